// SPDX-License-Identifier: Apache-2.0
#include "mw_expect.h"
#include "mw_math.h"

static const double inf = (double)INFINITY, nan_ = (double)NAN;

Test(num_math, exp_overflows_to_infinity_and_underflows_through_denormals_to_zero)
{
    mw_expect_same(mw_exp(0.0), 1.0);
    mw_expect_same(mw_exp(-0.0), 1.0);
    mw_expect_same(mw_exp(inf), inf);
    mw_expect_same(mw_exp(-inf), 0.0);
    mw_expect_same(mw_exp(nan_), nan_);
    cr_expect(mw_exp(0x1.62e42fefa39efp+9) < inf, "the largest argument that does not overflow");
    mw_expect_same(mw_exp(0x1.62e42fefa39f0p+9), inf);
    mw_expect_same(mw_exp(-745.1), 0x1p-1074);
    mw_expect_same(mw_exp(-745.2), 0.0);
}

Test(num_math, expm1_keeps_small_arguments_and_reaches_its_ends)
{
    mw_expect_same(mw_expm1(-0.0), -0.0);
    mw_expect_same(mw_expm1(0x1p-1074), 0x1p-1074);
    mw_expect_same(mw_expm1(-1e-300), -1e-300);
    mw_expect_same(mw_expm1(-inf), -1.0);
    mw_expect_same(mw_expm1(-1000.0), -1.0);
    mw_expect_same(mw_expm1(inf), inf);
    mw_expect_same(mw_expm1(nan_), nan_);
    cr_expect(mw_expm1(0x1.62e42fefa39efp+9) < inf);
}

Test(num_math, log_knows_zero_denormals_and_negatives)
{
    mw_expect_same(mw_log(1.0), 0.0);
    mw_expect_same(mw_log(0.0), -inf);
    mw_expect_same(mw_log(-0.0), -inf);
    mw_expect_same(mw_log(-1.0), nan_);
    mw_expect_same(mw_log(-inf), nan_);
    mw_expect_same(mw_log(inf), inf);
    mw_expect_same(mw_log(nan_), nan_);
    mw_expect_close(mw_log(0x1p-1074), -1074 * 0.69314718055994530942, 1e-15, 0);
    mw_expect_close(mw_log(0x1.fffffffffffffp+1023), 1024 * 0.69314718055994530942, 1e-15, 0);
}

Test(num_math, log1p_keeps_small_arguments_and_knows_minus_one)
{
    mw_expect_same(mw_log1p(-0.0), -0.0);
    mw_expect_same(mw_log1p(1e-300), 1e-300);
    mw_expect_same(mw_log1p(-1.0), -inf);
    mw_expect_same(mw_log1p(-1.5), nan_);
    mw_expect_same(mw_log1p(inf), inf);
    mw_expect_same(mw_log1p(-inf), nan_);
    mw_expect_same(mw_log1p(nan_), nan_);
}

Test(num_math, pow_follows_the_standard_for_bases_that_are_not_negative)
{
    const double base[] = {0.0, 0x1p-1074, 1e-310, 0.5, 1.0, 1.0 + 0x1p-52, 2.0, 1e300, inf, nan_};
    const double power[] = {-inf, -1e300, -2.0, -0.5, -0.0,  0.0, 0x1p-1074,
                            0.5,  1.0,    3.0,  1e19, 1e300, inf, nan_};
    for (size_t i = 0; i < sizeof base / sizeof *base; i++) {
        for (size_t j = 0; j < sizeof power / sizeof *power; j++) {
            const double got = mw_pow(base[i], power[j]), want = pow(base[i], power[j]);
            cr_expect(mw_is_same(got, want) || mw_is_close(got, want, 3e-16, 0),
                      "%g ^ %g is %.17g, want %.17g", base[i], power[j], got, want);
        }
    }
    mw_expect_same(mw_pow(-2.0, 2.0), nan_);
}

Test(num_math, angles_out_of_range_are_not_a_number)
{
    mw_expect_same(mw_sin(-0.0), -0.0);
    mw_expect_same(mw_cos(0.0), 1.0);
    mw_expect_close(mw_sin(MW_PI), 1.2246467991473532e-16, 1e-15, 0);
    mw_expect_close(mw_cos(1e6), 0.93675212753314474, 1e-15, 0);
    mw_expect_same(mw_sin(1.001e6), nan_);
    mw_expect_same(mw_cos(-1.001e6), nan_);
    mw_expect_same(mw_sin(inf), nan_);
    mw_expect_same(mw_cos(nan_), nan_);
}

Test(num_math, logit_undoes_logistic_also_in_the_tails)
{
    for (double x = -700.0; x <= 36.0; x += 1.75) {
        const double slack = 1e-15 * fabs(x) + 4e-16 * (2.0 + exp(x)); /* 1 - p has that much room */
        mw_expect_close(mw_logit(mw_logistic(x)), x, 0, slack);
    }
    mw_expect_same(mw_logistic(inf), 1.0);
    mw_expect_same(mw_logistic(-inf), 0.0);
    mw_expect_same(mw_logistic(nan_), nan_);
    mw_expect_same(mw_logit(0.0), -inf);
    mw_expect_same(mw_logit(1.0), inf);
    mw_expect_same(mw_logit(1.1), nan_);
    mw_expect_same(mw_logit(-0.1), nan_);
    mw_expect_same(mw_logit(nan_), nan_);
    mw_expect_same(mw_logit(0.5), 0.0);
    mw_expect_close(mw_logit(1e-310), -713.80137882815416, 1e-15, 0);
}

Test(num_math, lgamma_is_the_log_of_factorials_and_has_its_zeros)
{
    double log_factorial = 0.0;
    for (int k = 1; k < 60; k++) {
        mw_expect_close(mw_lgamma(k), log_factorial, 1e-15, 0);
        log_factorial += mw_log(k);
    }
    cr_expect(mw_lgamma(1.0) == 0.0 && mw_lgamma(2.0) == 0.0);
    mw_expect_close(mw_lgamma(1.0 + 0x1p-40), -0.57721566490153286 * 0x1p-40, 2e-12, 0);
    mw_expect_close(mw_lgamma(0.5), 0.57236494292470009, 1e-15, 0);
    mw_expect_same(mw_lgamma(0.0), inf);
    mw_expect_same(mw_lgamma(inf), inf);
    mw_expect_same(mw_lgamma(-0.5), nan_);
    mw_expect_same(mw_lgamma(nan_), nan_);
}
