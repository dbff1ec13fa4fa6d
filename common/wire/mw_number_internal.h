/* mw_number_internal.h: numbers as JSON text, without the locale and the cost of printf. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stddef.h>
#include <stdint.h>

enum { MW_NUMBER_CHARS = 32 };

/* Digits of a finite double that read back as the same double, nearly always the fewest (Grisu2: Florian
 * Loitsch, "Printing Floating-Point Numbers Quickly and Accurately with Integers", PLDI 2010). Integer
 * arithmetic only, so the same on every machine. Plain from 1e-5 up to 17 digits before the point, scientific
 * outside; -0.0 keeps its sign. Not terminated; returns the length. */
size_t mw_number_format(double x, char out[MW_NUMBER_CHARS]);
/* At most 20 characters. */
size_t mw_integer_format(int64_t x, char *out);
