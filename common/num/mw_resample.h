/* mw_resample.h: weights in logs, and which particles survive.
 *
 *   n          number of particles, 1 .. MW_PARTICLES_MAX
 *   log_weight any scale; -inf is a particle that is ruled out
 *   weight[i]  >= 0; for resampling any scale, their sum finite and positive
 *   ancestor   out, n entries, non-decreasing; entry i is the parent of new particle i
 *
 * Systematic resampling, Kitagawa (1996): one uniform decides everything, and the offspring of i number floor
 * or ceil of n w_i / sum w. Sums run in index order, so the same weights give the same survivors everywhere.
 */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_status.h"
#include <stdint.h>

#define MW_PARTICLES_MAX ((size_t)1 << 24)

/* weight = exp(log_weight) / sum, and *log_mean = log of the mean of exp(log_weight): the factor by which the
 * evidence grew. Adding a constant to every log_weight adds it to *log_mean and changes weights by rounding
 * only. weight may be log_weight itself. MW_E_NUMERIC, outputs untouched, when all are -inf, or any is NaN or
 * +inf; MW_E_CONTRACT when n is out of range. */
MW_MUST_USE enum mw_status mw_weights_normalise(size_t n, const double log_weight[], double weight[],
                                                double *log_mean, struct mw_error *err);

/* Effective sample size (sum w)^2 / sum w^2, in [1, n] for weights of any scale; NaN when they carry no
 * information. */
double mw_ess(size_t n, const double weight[]);

/* One uniform u01 in [0, 1) decides everything, so a replay needs only that number. A particle of weight 0
 * never survives. MW_E_NUMERIC when the weights carry no information (a zero, infinite or NaN sum, or a
 * negative entry); MW_E_CONTRACT when n or u01 is out of range. */
MW_MUST_USE enum mw_status mw_resample_systematic(size_t n, const double weight[], double u01,
                                                  uint32_t ancestor[], struct mw_error *err);
