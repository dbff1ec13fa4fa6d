/* mw_avt.h: a t test that may be looked at every day.
 *
 *   gap_t = regressors_t' b + tau D_t + noise_t,   D_t = 1 from the first day of the test
 *
 * Rows are whitened (mw_whiten.h) and appended to a small triangular factor (mw_givens.h); every day gives
 * tau, its standard error and an e-value that stays valid however often and whenever one looks (Lindon, Ham,
 * Tingley & Bojinov 2022, "Anytime-valid linear models"; incrementality.md 2.8):
 *
 *   ln E = 1/2 ln r + (nu + 1)/2 [ln(1 + t^2/nu) - ln(1 + r t^2/nu)],   r = phi / (phi + z2)
 *
 *   n, k   rows and regressors (D included);  nu = n - k
 *   z2     information on tau: 1 / [(X'X)^-1]_DD
 *   phi    tunes the bound to be tightest when z2 reaches the information planned
 *
 * Under no effect P(E ever >= 1/alpha) <= alpha for Gaussian noise, whatever intercept, slope and variance
 * are: the error of the pre-period estimate is inside. A day costs O(k^2), in time and in state. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_givens.h"
#include "mw_whiten.h"

enum { MW_AVT_REGRESSORS_MAX = MW_WHITEN_COLUMNS_MAX - 1 };

struct mw_avt {
    struct mw_whitener whitener;
    struct mw_givens fit; /* the last regressor is D */
};

struct mw_avt_estimate {
    bool is_known; /* false until a row with D = 1 and one degree of freedom are there; then tau, se, t are
                      NaN */
    double tau, se, t, nu, information; /* information: z2 */
    double log_e;                       /* 0 while unknown: one look, no evidence */
    double lower, upper;                /* at 1 - alpha; infinite while there is too little information */
};

/* MW_E_CONTRACT unless 1 <= n_regressors <= MW_AVT_REGRESSORS_MAX and q >= 0 and finite. */
MW_MUST_USE enum mw_status mw_avt_init(struct mw_avt *avt, size_t n_regressors, double q,
                                       struct mw_error *err);
/* row: the regressors with D last, then the response. MW_E_NUMERIC when one is not finite; the state is then
 * unchanged. */
MW_MUST_USE enum mw_status mw_avt_append(struct mw_avt *avt, const double row[], struct mw_error *err);
/* A period without a row. */
void mw_avt_skip(struct mw_avt *avt);

/* The fit as it stands. phi > 0, alpha in (0, 1). */
struct mw_avt_estimate mw_avt_estimate(const struct mw_avt *avt, double phi, double alpha);

/* What the estimate is made of: the evidence, and the half width of the interval in units of se. */
struct mw_avt_point {
    double t, nu, information;
};
double mw_avt_log_e(struct mw_avt_point at, double phi);
double mw_avt_margin(struct mw_avt_point at, double phi, double alpha); /* t is not used */

/* z2 on the planned last day for a regression on intercept and D: n_pre rows before, n_test rows in the test.
 */
double mw_avt_planned_information(double q, size_t n_pre, size_t n_test);
/* The phi that makes a normal-mixture bound tightest at `information`. */
double mw_avt_phi(double information, double alpha);
