/* mw_estimators.h: the other answers to the same question. They are published beside the headline, because
 * their spread is the part of the uncertainty that no single model sees (4,667 to 7,652 on one public panel).
 *
 * An estimator is one row of the table. It reads the treated series and a control series over the same
 * periods:
 *
 *   sc_full   gap to the synthetic control fitted on the whole pre-period (the usual practice; optimistic)
 *   tbr       regression of treated on control over the pre-period, carried forward (Kerman, Wang & Vaver
 * 2017) did       change of the treated less change of the controls' mean */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_status.h"

/* n_pre periods before and n_test periods in the test, one after the other, without gaps in either series. */
struct mw_estimator_view {
    size_t n_pre, n_test;
    const double *treated;
    const double *control; /* mean of the donors */
    const double *twin;    /* synthetic control of the whole pre-period */
};

/* Effect on the treated series per period of the test, in its own unit. se is NaN where the method gives
 * none. */
struct mw_estimate_of_effect {
    double effect, se;
};

struct mw_estimator {
    const char *name;
    /* MW_E_DATA when there are too few periods for the method. */
    enum mw_status (*estimate)(const struct mw_estimator_view *view, struct mw_estimate_of_effect *out,
                               struct mw_error *err);
};

extern const struct mw_estimator mw_estimators[];
extern const size_t mw_estimators_n;

MW_MUST_USE enum mw_status mw_estimate_sc(const struct mw_estimator_view *view,
                                          struct mw_estimate_of_effect *out, struct mw_error *err);
MW_MUST_USE enum mw_status mw_estimate_tbr(const struct mw_estimator_view *view,
                                           struct mw_estimate_of_effect *out, struct mw_error *err);
MW_MUST_USE enum mw_status mw_estimate_did(const struct mw_estimator_view *view,
                                           struct mw_estimate_of_effect *out, struct mw_error *err);

/* The regression behind tbr: y = intercept + slope x, sigma with n_pre - 2 degrees of freedom. */
struct mw_tbr_fit {
    double intercept, slope, sigma;
};
MW_MUST_USE enum mw_status mw_tbr_fit(const struct mw_estimator_view *view, struct mw_tbr_fit *out,
                                      struct mw_error *err);
