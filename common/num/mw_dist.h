/* mw_dist.h: distributions: log densities, distribution functions, quantiles, draws.
 *
 *   normal         mean, sd
 *   student        df, location, scale            t with a place and a width
 *   logit_beta     a, b                           the law of logit(p), p ~ Beta(a, b), its Jacobian included
 *   inverse_gamma  shape, scale                   scale / Gamma(shape, 1)
 *
 * A struct holds parameters and the log of the norming constant, made once by the function of the same name;
 * densities are inlined into loops over particles and become vector code. Parameters out of range (a width
 * not positive, a NaN) make the constant NaN, and with it every density: NaN must fail, and does so
 * downstream.
 *
 * Distribution functions and quantiles have a relative error of about 1e-15 in the middle and some 1e-15
 * times the logarithm of the tail in the tails, where tails are reached by their own functions and not by 1 -
 * x. Arguments out of range give NaN.
 *
 * A draw is a function of (key, stream, index) and moves the index by a number of blocks that does not depend
 * on what was drawn, so that draw k of a stream can be found without the draws before it. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_math.h"
#include "mw_rng.h"

struct mw_normal {
    double mean, sd, log_norm;
};
struct mw_student {
    double df, location, scale, log_norm;
};
struct mw_logit_beta {
    double a, b, log_norm;
};
struct mw_inverse_gamma {
    double shape, scale, log_norm;
};

struct mw_normal mw_normal(double mean, double sd);
struct mw_student mw_student(double df, double location, double scale);
struct mw_logit_beta mw_logit_beta(double a, double b);
struct mw_inverse_gamma mw_inverse_gamma(double shape, double scale);

MW_INLINE double mw_normal_log_density(struct mw_normal d, double x)
{
    const double z = (x - d.mean) / d.sd;
    return d.log_norm - 0.5 * z * z;
}

MW_INLINE double mw_student_log_density(struct mw_student d, double x)
{
    const double z = (x - d.location) / d.scale;
    return d.log_norm - 0.5 * (d.df + 1.0) * mw_log1p(z * z / d.df);
}

/* x is the logit: a log p + b log(1 - p), where both logarithms share log(1 + e^-|x|). */
MW_INLINE double mw_logit_beta_log_density(struct mw_logit_beta d, double x)
{
    const double shared = mw_log1p(mw_exp(-fabs(x)));
    const double beyond = x > 0.0 ? -d.b * x : d.a * x;
    return d.log_norm + (beyond - (d.a + d.b) * shared);
}

/* -inf for x <= 0. */
MW_INLINE double mw_inverse_gamma_log_density(struct mw_inverse_gamma d, double x)
{
    const double y = d.log_norm - (d.shape + 1.0) * mw_log(x) - d.scale / x;
    return x <= 0.0 ? -MW_INF : y;
}

/* log B(a, b), a and b > 0, without the cancellation of three lgammas. */
double mw_log_beta(double a, double b);

/* P(Z <= z); the upper tail is mw_normal_cdf(-z). */
double mw_normal_cdf(double z);
/* Wichura (1988), AS 241. -inf at 0, inf at 1. */
double mw_normal_quantile(double p);

/* Standard Student t, df > 0, |t| below 1e150; df = inf is the normal. */
double mw_student_cdf(double t, double df);
double mw_student_quantile(double p, double df);

/* Regularised incomplete beta I_x(a, b), 0 <= x <= 1; and gamma: P(shape, x) and its complement Q, x >= 0.
 * Parameters up to 1e8; NaN where the continued fraction does not settle. */
double mw_beta_cdf(double x, double a, double b);
double mw_gamma_cdf(double x, double shape);
double mw_gamma_tail(double x, double shape);

/* P(K <= k), K ~ Binomial(n, p). k < 0 gives 0, k >= n gives 1. */
double mw_binomial_cdf(int64_t k, int64_t n, double p);

/* Blocks of the generator that a draw takes. */
enum {
    MW_DRAW_NORMAL_BLOCKS = 1,
    MW_DRAW_GAMMA_BLOCKS = 16,
    MW_DRAW_BETA_BLOCKS = 2 * MW_DRAW_GAMMA_BLOCKS,
    MW_DRAW_STUDENT_BLOCKS = MW_DRAW_NORMAL_BLOCKS + MW_DRAW_GAMMA_BLOCKS,
};

/* Standard normal, by the quantile of one uniform: at most 8.3 from 0. */
double mw_draw_normal(struct mw_rng *rng);
/* log of Gamma(shape, 1): small shapes give numbers whose exponential is 0. */
double mw_draw_log_gamma(struct mw_rng *rng, double shape);
double mw_draw_gamma(struct mw_rng *rng, double shape);
/* Beta(a, b), and its logit, which does not stick to 0 and 1. */
double mw_draw_beta(struct mw_rng *rng, double a, double b);
double mw_draw_logit_beta(struct mw_rng *rng, double a, double b);
double mw_draw_student(struct mw_rng *rng, struct mw_student d);
double mw_draw_inverse_gamma(struct mw_rng *rng, struct mw_inverse_gamma d);
