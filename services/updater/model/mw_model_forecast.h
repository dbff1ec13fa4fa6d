/* mw_model_forecast.h: what the outcome will be, written down before it is known, and scored after.
 *
 * A forecast is MW_MODEL_DRAWS draws of the next periods' outcomes, noise included, for a given plan of spend
 * and externals. It is a plain value: frozen when issued, kept as long as the caller likes, scored draw by
 * draw. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_model_derive.h"

enum { MW_MODEL_HORIZON_MAX = 13 };

struct mw_model_forecast {
    mw_date first; /* of period 0, the one after the model's last row */
    int step_days;
    size_t n_periods;
    double draws[MW_MODEL_HORIZON_MAX][MW_MODEL_DRAWS]; /* outcome */
    struct mw_summary period[MW_MODEL_HORIZON_MAX];
};

/* One row per period, as in mw_model_row; outcomes are not read. */
struct mw_model_plan {
    size_t n_periods;       /* 1 .. MW_MODEL_HORIZON_MAX */
    const double *spend;    /* [period * n_channels + channel] */
    const double *controls; /* [period * n_controls + control], raw */
    const double *events;   /* [period * n_events + event] */
};

/* MW_E_DATA naming the field for a plan that a row could not hold; MW_E_MEMORY. A model without any row
 * forecasts from its prior. */
MW_MUST_USE enum mw_status mw_model_forecast(struct mw_model *model, const struct mw_model_plan *plan,
                                             struct mw_model_forecast *out, struct mw_error *err);

/* out[i] = sum over periods from .. to (inclusive) of draw i: a week of a daily forecast. */
void mw_model_forecast_sum(const struct mw_model_forecast *forecast, size_t from, size_t to,
                           double out[MW_MODEL_DRAWS]);

struct mw_model_score {
    double actual, forecast /* median */, q05, q95;
    double crps, pit;
    bool covered; /* q05 <= actual <= q95 */
};
/* MW_E_DATA for an actual that is not finite. */
MW_MUST_USE enum mw_status mw_model_score(const double draws[MW_MODEL_DRAWS], double actual,
                                          struct mw_model_score *out, struct mw_error *err);

struct mw_model_accuracy {
    size_t n;
    double wmape_pct;  /* sum |A - F| / sum |A|, F the median */
    double mape_pct;   /* mean of |A - F| / |A| over rows with A != 0 */
    double bias_pct;   /* sum (F - A) / sum |A| */
    double coverage;   /* share inside the 90 % interval */
    double coverage_p; /* two-sided probability of a coverage as far from 90 % when intervals are honest */
    double crps;       /* mean */
};
/* NaN where nothing can be said: no scores, or actuals that are all 0. */
struct mw_model_accuracy mw_model_accuracy(const struct mw_model_score scores[], size_t n);

void mw_model_forecast_save(const struct mw_model_forecast *forecast, struct mw_writer *out);
/* MW_E_DATA for a damaged one. */
MW_MUST_USE enum mw_status mw_model_forecast_load(struct mw_model_forecast *forecast, struct mw_reader *in,
                                                  struct mw_error *err);
