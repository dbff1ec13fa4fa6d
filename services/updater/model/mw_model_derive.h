/* mw_model_derive.h: what a posterior means: contribution, ROI, marginal ROAS, response curves, saturation.
 *
 * Parameters, contribution, ROI and share are summaries of the whole weighted population. What needs the
 * paths of a channel again is computed for MW_MODEL_DRAWS systematic draws of the population, always the same
 * ones for the same news, so all of it belongs together draw by draw.
 *
 * Definitions (exact; the reference's README and definitions.md):
 *   window        the last 28 days or 4 weeks; its shape over days is the flighting shape of all curves
 *   R_c(s)        expected outcome that mean spend s per period in the window causes, in the window and in the
 *                 182 days (26 weeks) after it, against none; per period
 *   mROAS         (outcome at 1.01 times the window's spend less outcome at it) / (0.01 times that spend)
 *   saturation    the largest spend per period at which the slope of R_c still meets the floor
 *   wasted spend  what is spent beyond it
 * Units: outcome, spend, and outcome per spend, as they came in. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_model.h"
#include "mw_stats.h"

enum { MW_MODEL_DRAWS = 256, MW_MODEL_CURVE_MAX = 32 };

enum mw_model_verdict {
    MW_MODEL_IDENTIFIED,
    MW_MODEL_WEAK,  /* posterior sd of log ROI at least half of the prior's, or spend moves with another
                       channel's */
    MW_MODEL_PRIOR, /* at least 0.8 of it: the prior is talking */
};
const char *mw_model_verdict_name(enum mw_model_verdict verdict); /* "identified", "weak", "prior" */

struct mw_model_derive_options {
    double floor;            /* of mROAS: 1, or 1 / margin; > 0 */
    const double *multiples; /* spends of the curves in multiples of the window's: ascending, > 0 */
    size_t n_multiples;      /* 0: the default, 0.25 .. 3 */
};

/* R_c at n spends; the arrays live where the estimate does. */
struct mw_model_curve {
    size_t n;
    const double *spend;                  /* per period; spend[0] = 0 */
    const double *mean, *q05, *q50, *q95; /* outcome per period */
    const double *draws, *slopes;         /* [point * MW_MODEL_DRAWS + draw]: R_c and its derivative */
};

struct mw_model_channel_estimate {
    struct mw_span name;
    struct mw_summary theta[MW_THETA_N];
    struct mw_summary contribution, roi, share;
    double prior_share[MW_THETA_N]; /* posterior sd / prior sd */
    enum mw_model_verdict verdict;
    double collinearity;   /* largest |correlation| of its recent spend with another channel's; 0: none */
    size_t collinear_with; /* that channel */
    double spend;          /* over the rows */
    double spend_recent;   /* per period, in the window */
    bool ever_spent;       /* if not, roi is NaN */
    bool is_planned;       /* no spend in the window: curve and mROAS are for a flat m_c per period */
    struct mw_summary mroas;
    double p_below_floor;
    struct mw_model_curve curve;
    struct mw_summary saturation;
    double p_beyond_curve; /* share of draws whose saturation lies beyond the curve; they count as its last
                              spend */
    struct mw_summary wasted;
    struct mw_summary saturation_technical; /* steady spend at 90 % of the asymptote */
    struct mw_summary inflection;           /* steady spend where the curve turns concave; 0 where n <= 1 */
    double p_s_shaped;                      /* share of draws with n > 1 */
};

struct mw_model_fit {
    double r2;                                                   /* of the posterior mean, observed rows */
    double residual_autocorrelation, innovation_autocorrelation; /* lag 1, before and after whitening */
    double rho;                                                  /* posterior mean */
    double sigma; /* of the innovations, in units of the outcome */
};

struct mw_model_health {
    double ess, acceptance, rho_acceptance, log_evidence;
    uint64_t unique_ancestors; /* distinct parents in the last resampling */
    uint64_t unique_roots;     /* distinct particles of the prior that the population descends from */
    uint64_t moves, stages, news;
};

struct mw_model_estimate {
    mw_date as_of;
    size_t n_rows, n_observations, n_channels;
    const struct mw_model_channel_estimate *channels;
    struct mw_summary baseline;    /* sum over rows of s_y z'gamma */
    struct mw_summary media_share; /* of the outcome */
    struct mw_summary roi;         /* all media over all spend; NaN without spend */
    struct mw_summary wasted_pct;  /* of the spend in the window */
    double outcome;                /* sum over rows; missing ones counted at the mean of the others */
    struct mw_model_fit fit;
    struct mw_model_health health;
};

/* The estimate lives in `arena`; names are borrowed from the model. MW_E_DATA for an option out of range or a
 * model without an observed row; MW_E_MEMORY; MW_E_NUMERIC. */
MW_MUST_USE enum mw_status mw_model_derive(struct mw_model *model,
                                           const struct mw_model_derive_options *options,
                                           struct mw_arena *arena, struct mw_model_estimate *out,
                                           struct mw_error *err);

struct mw_model_health mw_model_health(const struct mw_model *model);
