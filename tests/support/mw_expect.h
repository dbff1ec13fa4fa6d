/* mw_expect.h: comparisons that print both sides and their distance, and that NaN never passes. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <criterion/criterion.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

static inline bool mw_is_close(double got, double want, double rel, double abs)
{
    return got == want || fabs(got - want) <= abs + rel * fabs(want);
}

#define mw_expect_close(got_, want_, rel_, abs_)                                                             \
    do {                                                                                                     \
        const double got__ = (got_), want__ = (want_);                                                       \
        cr_expect(mw_is_close(got__, want__, (rel_), (abs_)),                                                \
                  "%s is %.17g, want %.17g, off by %.3g (%.3g of it)", #got_, got__, want__, got__ - want__, \
                  fabs((got__ - want__) / want__));                                                          \
    } while (0)

/* Also tells 0 from -0, and takes NaN for NaN. */
static inline bool mw_is_same(double got, double want)
{
    return memcmp(&got, &want, sizeof got) == 0 || (isnan(got) && isnan(want));
}

#define mw_expect_same(got_, want_)                                                                          \
    do {                                                                                                     \
        const double got__ = (got_), want__ = (want_);                                                       \
        cr_expect(mw_is_same(got__, want__), "%s is %.17g, want exactly %.17g", #got_, got__, want__);       \
    } while (0)
