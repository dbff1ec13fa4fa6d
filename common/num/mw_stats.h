/* mw_stats.h: sums, moments, quantiles and scores of samples, weighted or not.
 *
 *   n    sample size, 1 .. 2^24
 *   x    the sample; y another one, or the value that came true
 *   w    weights >= 0 of any scale, or NULL for equal ones; their sum must be finite and positive
 *
 * Moments are those of the weighted population (divided by sum w, not by n - 1): particles and draws are a
 * law, not a survey of one. Sums run in a fixed order: eight interleaved parts within blocks of 256, blocks
 * pairwise, so the error grows as log n and the bits do not depend on the processor.
 *
 * The quantile is Hyndman & Fan's type 7 (R's and numpy's default), carried to weights by symmetry: sorted
 * values sit at the middles of their steps of the distribution function, stretched so that the smallest is at
 * 0 and the largest at 1, straight lines between. Values of weight 0 count for nothing; ties keep the order
 * of the sample. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_status.h"

double mw_sum(size_t n, const double x[]);
double mw_dot(size_t n, const double x[], const double y[]);

/* NaN where the weights carry no information; correlations also for a constant sample. */
double mw_mean(size_t n, const double x[], const double w[]);
double mw_variance(size_t n, const double x[], const double w[]);
double mw_correlation(size_t n, const double x[], const double y[], const double w[]);
/* sum (x_t - m)(x_{t-1} - m) / sum (x_t - m)^2. */
double mw_autocorrelation1(size_t n, const double x[]);

/* d variables as arrays over particles, variable k of particle i at x[k * stride + i], i < n <= stride: their
 * means, and the d x d row-major covariance, both triangles. MW_E_NUMERIC when a result is not finite. */
struct mw_columns {
    const double *x;
    size_t n, d, stride;
};
MW_MUST_USE enum mw_status mw_covariance(struct mw_columns columns, const double w[], double mean[],
                                         double covariance[], struct mw_error *err);

/* A sample in ascending order, with the weight up to and including each value. It borrows the scratch it was
 * built in. */
struct mw_sample {
    double value, cumulative;
};
struct mw_sorted {
    const struct mw_sample *item;
    size_t n; /* values of positive weight */
};

/* scratch: 2 n entries. MW_E_CONTRACT when n is out of range; MW_E_NUMERIC when a value is not finite or the
 * weights carry no information. */
MW_MUST_USE enum mw_status mw_sorted_init(struct mw_sorted *sorted, size_t n, const double x[],
                                          const double w[], struct mw_sample scratch[], struct mw_error *err);
/* p in [0, 1], else NaN. */
double mw_sorted_quantile(const struct mw_sorted *sorted, double p);
/* Continuous ranked probability score, the integral of (F(z) - [z >= y])^2 (Gneiting & Raftery 2007): in the
 * unit of y, 0 is perfect, |x - y| for a single x. */
double mw_sorted_crps(const struct mw_sorted *sorted, double y);

struct mw_summary {
    double mean, sd, q05, q25, q50, q75, q95;
};
/* Statuses as mw_sorted_init; scratch: 2 n entries. */
MW_MUST_USE enum mw_status mw_summarise(size_t n, const double x[], const double w[],
                                        struct mw_sample scratch[], struct mw_summary *out,
                                        struct mw_error *err);

/* Probability integral transform: P(X < y) + P(X = y) / 2, uniform over many forecasts when they are honest.
 */
double mw_pit(size_t n, const double x[], const double w[], double y);
