/* mw_real.h: the two doubles that are no numbers. C's own macros are floats, and a float that becomes a double is
 * a warning we keep. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <math.h>

#define MW_INF     ((double)INFINITY)
#define MW_NAN     ((double)NAN)
