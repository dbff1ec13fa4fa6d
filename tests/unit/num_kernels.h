/* num_kernels.h: one source compiled several times (see CMakeLists.txt), to show that neither the width of
 * the vector registers nor the level of optimisation changes a bit. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stddef.h>

enum { NUM_KERNELS = 12 };

/* Kernel k over n values; x any double, and y the second argument where there is one. */
#define NUM_KERNELS_DECLARE(variant)                                                                         \
    void num_kernels_##variant(int k, size_t n, const double x[], const double y[], double out[])

NUM_KERNELS_DECLARE(clones);
NUM_KERNELS_DECLARE(O0);
NUM_KERNELS_DECLARE(O2);
NUM_KERNELS_DECLARE(O3);
NUM_KERNELS_DECLARE(avx2);
NUM_KERNELS_DECLARE(avx512);
