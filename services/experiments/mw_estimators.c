// SPDX-License-Identifier: Apache-2.0
#include "mw_estimators.h"

#include "mw_givens.h"

#include <math.h>

/* Variation of a series below this share of its size is rounding. */
static const double VARIATION_LEAST = 1e-12;

const struct mw_estimator mw_estimators[] = {
    {"sc_full", mw_estimate_sc},
    {"tbr", mw_estimate_tbr},
    {"did", mw_estimate_did},
};
const size_t mw_estimators_n = sizeof mw_estimators / sizeof mw_estimators[0];

static double mean_difference(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t t = 0; t < n; t++) {
        sum += a[t] - b[t];
    }
    return sum / (double)n;
}

static enum mw_status need(const struct mw_estimator_view *view, size_t n_pre, struct mw_error *err)
{
    if (view->n_pre < n_pre || view->n_test < 1) {
        return MW_FAIL(err, MW_E_DATA, "%zu periods before and %zu in the test: at least %zu and 1",
                       view->n_pre, view->n_test, n_pre);
    }
    return MW_OK;
}

static double change_of_gap(const struct mw_estimator_view *view, const double *against)
{
    const size_t n = view->n_pre;
    return mean_difference(view->treated + n, against + n, view->n_test) -
           mean_difference(view->treated, against, n);
}

enum mw_status mw_estimate_sc(const struct mw_estimator_view *view, struct mw_estimate_of_effect *out,
                              struct mw_error *err)
{
    MW_TRY(need(view, 1, err));
    *out = (struct mw_estimate_of_effect){change_of_gap(view, view->twin), (double)NAN};
    return MW_OK;
}

enum mw_status mw_estimate_did(const struct mw_estimator_view *view, struct mw_estimate_of_effect *out,
                               struct mw_error *err)
{
    MW_TRY(need(view, 1, err));
    *out = (struct mw_estimate_of_effect){change_of_gap(view, view->control), (double)NAN};
    return MW_OK;
}

static enum mw_status fit_pre_period(const struct mw_estimator_view *view, struct mw_givens *out,
                                     struct mw_error *err)
{
    MW_TRY(need(view, 4, err));
    *out = mw_givens(3);
    for (size_t t = 0; t < view->n_pre; t++) {
        const double row[3] = {1, view->control[t], view->treated[t]};
        mw_givens_append(out, row);
    }
    if (!(out->r[1][1] > VARIATION_LEAST * fabs(out->r[0][1]))) {
        return MW_FAIL(err, MW_E_DATA, "the control series is constant: no regression on it");
    }
    return MW_OK;
}

static double residual_sigma(const struct mw_givens *fit)
{
    return fabs(fit->r[2][2]) / sqrt((double)(fit->n_rows - 2));
}

enum mw_status mw_tbr_fit(const struct mw_estimator_view *view, struct mw_tbr_fit *out, struct mw_error *err)
{
    struct mw_givens fit;
    double b[2];
    MW_TRY(fit_pre_period(view, &fit, err));
    mw_givens_solve(&fit, b);
    *out = (struct mw_tbr_fit){.intercept = b[0], .slope = b[1], .sigma = residual_sigma(&fit)};
    return MW_OK;
}

/* Delta = sum of y - a - b x over the test, scale^2 = c'Vc + n s^2 with c = (n, sum x); V = s^2 (X'X)^-1, and
 * with X'X = R'R the first term is s^2 |R'^-1 c|^2. */
enum mw_status mw_estimate_tbr(const struct mw_estimator_view *view, struct mw_estimate_of_effect *out,
                               struct mw_error *err)
{
    struct mw_givens fit;
    double b[2], delta = 0, sum_x = 0;
    MW_TRY(fit_pre_period(view, &fit, err));
    mw_givens_solve(&fit, b);
    for (size_t t = view->n_pre; t < view->n_pre + view->n_test; t++) {
        delta += view->treated[t] - b[0] - b[1] * view->control[t];
        sum_x += view->control[t];
    }
    const double n = (double)view->n_test;
    const double u0 = n / fit.r[0][0], u1 = (sum_x - fit.r[0][1] * u0) / fit.r[1][1];
    const double scale = residual_sigma(&fit) * sqrt(u0 * u0 + u1 * u1 + n);
    *out = (struct mw_estimate_of_effect){.effect = delta / n, .se = scale / n};
    return MW_OK;
}
