// SPDX-License-Identifier: Apache-2.0
#include "updater_forecast.h"

#include "updater_internal.h"

#include <math.h>

void updater_forecasts_fini(struct updater_forecasts *forecasts)
{
    mw_writer_fini(&forecasts->frozen);
    *forecasts = (struct updater_forecasts){0};
}

void updater_forecasts_reset(struct updater_forecasts *forecasts)
{
    mw_writer_reset(&forecasts->frozen);
    forecasts->is_fresh = false;
}

static size_t periods_of_week(const struct updater_tenant *tenant)
{
    return (size_t)(7 / updater_step_days(tenant->config));
}

/* ---- plans ---- */

struct plan {
    struct mw_model_plan plan;
    double *spend, *controls, *events;
};

static enum mw_status plan_take(const struct updater_step *step, size_t n_periods, struct plan *out,
                                struct mw_error *err)
{
    const struct mw_model_spec *spec = mw_model_specification(step->tenant->model);
    struct mw_arena *arena = &step->out->arena;
    out->spend = mw_new_array(arena, double, n_periods * spec->n_channels);
    out->controls = mw_new_array(arena, double, n_periods * spec->n_controls);
    out->events = mw_new_array(arena, double, n_periods * spec->n_events);
    out->plan = (struct mw_model_plan){n_periods, out->spend, out->controls, out->events};
    return out->spend != NULL && out->controls != NULL && out->events != NULL
               ? MW_OK
               : MW_FAIL(err, MW_E_MEMORY, "updater: no memory for a forecast");
}

/* Period i of a plan as date `from` was spent; the outcome of that date is returned. */
static double plan_as_spent(const struct updater_tenant *tenant, struct plan *plan, size_t i, mw_date from)
{
    const struct mw_model_spec *spec = mw_model_specification(tenant->model);
    double outcome;
    updater_read_row(tenant, from, plan->spend + i * spec->n_channels, plan->controls + i * spec->n_controls,
                     plan->events + i * spec->n_events, &outcome);
    return outcome;
}

/* ---- a week is scored ---- */

static void push_week(struct updater_forecasts *forecasts, mw_date date, const struct mw_model_score *score)
{
    if (forecasts->n_weeks == UPDATER_WEEKS_KEPT) {
        memmove(forecasts->weeks, forecasts->weeks + 1, (UPDATER_WEEKS_KEPT - 1) * sizeof *forecasts->weeks);
        forecasts->n_weeks--;
    }
    forecasts->weeks[forecasts->n_weeks++] = (struct updater_week){date, *score};
    forecasts->is_fresh = true;
}

/* What the frozen posterior says of the week as it was spent, against what came. A week with a gap is not scored. */
static enum mw_status score_week(const struct updater_step *step, struct mw_error *err)
{
    struct updater_tenant *tenant = step->tenant;
    struct updater_forecasts *forecasts = &tenant->forecasts;
    const size_t n = periods_of_week(tenant);
    struct plan plan;
    MW_TRY(plan_take(step, n, &plan, err));
    double actual = 0;
    for (size_t i = 0; i < n; i++) {
        const mw_date date = forecasts->frozen_for + (mw_date)i * updater_step_days(tenant->config);
        actual += plan_as_spent(tenant, &plan, i, date);
    }
    struct mw_model_forecast *forecast = mw_new(&step->out->arena, struct mw_model_forecast);
    if (forecast == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "updater: no memory for a forecast");
    }
    if (isnan(actual)) {
        return MW_OK;
    }
    struct mw_model *frozen = NULL;
    struct mw_reader in = mw_reader(mw_writer_span(&forecasts->frozen));
    MW_TRY(mw_model_load(&frozen, &in, &step->core->scratch, err));
    const enum mw_status status = mw_model_forecast(frozen, &plan.plan, forecast, err);
    mw_model_close(&frozen);
    MW_TRY(status);
    double draws[MW_MODEL_DRAWS];
    struct mw_model_score score;
    mw_model_forecast_sum(forecast, 0, n - 1, draws);
    MW_TRY(mw_model_score(draws, actual, &score, err));
    push_week(forecasts, forecasts->frozen_for, &score);
    return MW_OK;
}

static enum mw_status freeze(struct updater_tenant *tenant, mw_date date, struct mw_error *err)
{
    struct updater_forecasts *forecasts = &tenant->forecasts;
    mw_writer_reset(&forecasts->frozen);
    mw_model_save(tenant->model, &forecasts->frozen);
    forecasts->frozen_for = date;
    return mw_writer_status(&forecasts->frozen, err);
}

enum mw_status updater_forecasts_turn(const struct updater_step *step, mw_date date, struct mw_error *err)
{
    struct updater_tenant *tenant = step->tenant;
    struct updater_forecasts *forecasts = &tenant->forecasts;
    forecasts->is_fresh = false;
    if (forecasts->frozen.len == 0) {
        MW_TRY(freeze(tenant, date, err));
    }
    const size_t i = (size_t)((date - forecasts->frozen_for) / updater_step_days(tenant->config));
    if (i + 1 < periods_of_week(tenant)) {
        return MW_OK;
    }
    MW_TRY(score_week(step, err));
    mw_writer_reset(&forecasts->frozen);
    return MW_OK;
}

/* ---- what is said of the weeks to come ---- */

/* The plan nobody has told us: a week like the last one. */
static enum mw_status forecast_ahead(const struct updater_step *step, struct mw_estimate *out,
                                     struct mw_error *err)
{
    const struct updater_tenant *tenant = step->tenant;
    const int32_t days = updater_step_days(tenant->config);
    const size_t week = periods_of_week(tenant);
    struct plan plan;
    MW_TRY(plan_take(step, MW_MODEL_HORIZON_MAX, &plan, err));
    for (size_t i = 0; i < MW_MODEL_HORIZON_MAX; i++) {
        const mw_date like = tenant->closed_to - (mw_date)(week - 1 - i % week) * days;
        (void)plan_as_spent(tenant, &plan, i, like);
    }
    memset(plan.events, 0,
           MW_MODEL_HORIZON_MAX * mw_model_specification(tenant->model)->n_events * sizeof(double));
    struct mw_model_forecast *forecast = mw_new(&step->out->arena, struct mw_model_forecast);
    struct mw_forecast_point *points =
        mw_new_array(&step->out->arena, struct mw_forecast_point, MW_MODEL_HORIZON_MAX);
    if (forecast == NULL || points == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "updater: no memory for a forecast");
    }
    MW_TRY(mw_model_forecast(tenant->model, &plan.plan, forecast, err));
    for (size_t i = 0; i < MW_MODEL_HORIZON_MAX; i++) {
        const struct mw_summary *s = &forecast->period[i];
        points[i] = (struct mw_forecast_point){tenant->closed_to + (mw_date)(i + 1) * days, s->mean, s->q05,
                                               s->q50, s->q95};
    }
    out->forecast = points;
    out->n_forecast = MW_MODEL_HORIZON_MAX;
    return MW_OK;
}

static enum mw_status describe_newest(const struct updater_step *step, struct mw_estimate *out,
                                      struct mw_error *err)
{
    const struct updater_forecasts *forecasts = &step->tenant->forecasts;
    if (!forecasts->is_fresh) {
        return MW_OK;
    }
    struct mw_scored *scored = mw_new(&step->out->arena, struct mw_scored);
    if (scored == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "updater: no memory for a score");
    }
    const struct updater_week *week = &forecasts->weeks[forecasts->n_weeks - 1];
    *scored = (struct mw_scored){week->date,      week->score.actual, week->score.forecast, week->score.q05,
                                 week->score.q95, week->score.crps,   week->score.pit};
    out->scored = scored;
    out->n_scored = 1;
    return MW_OK;
}

static enum mw_status describe_accuracy(const struct updater_step *step, struct mw_estimate *out,
                                        struct mw_error *err)
{
    const struct updater_forecasts *forecasts = &step->tenant->forecasts;
    if (forecasts->n_weeks < UPDATER_WEEKS_JUDGED) {
        return MW_OK;
    }
    struct mw_model_score scores[UPDATER_WEEKS_JUDGED];
    for (size_t i = 0; i < UPDATER_WEEKS_JUDGED; i++) {
        scores[i] = forecasts->weeks[forecasts->n_weeks - UPDATER_WEEKS_JUDGED + i].score;
    }
    const struct mw_model_accuracy a = mw_model_accuracy(scores, UPDATER_WEEKS_JUDGED);
    struct mw_accuracy *accuracy = mw_new(&step->out->arena, struct mw_accuracy);
    if (accuracy == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "updater: no memory for an accuracy");
    }
    *accuracy = (struct mw_accuracy){(int64_t)a.n, a.wmape_pct,  a.mape_pct, a.bias_pct,
                                     a.coverage,   a.coverage_p, a.crps};
    out->accuracy = accuracy;
    return MW_OK;
}

enum mw_status updater_forecasts_describe(const struct updater_step *step, struct mw_estimate *out,
                                          struct mw_error *err)
{
    MW_TRY(forecast_ahead(step, out, err));
    MW_TRY(describe_newest(step, out, err));
    return describe_accuracy(step, out, err);
}

/* ---- snapshots ---- */

void updater_forecasts_save(const struct updater_forecasts *forecasts, struct mw_writer *out)
{
    mw_write_span(out, mw_writer_span(&forecasts->frozen));
    mw_write_i32(out, forecasts->frozen_for);
    mw_write_u8(out, forecasts->is_fresh);
    mw_write_u64(out, forecasts->n_weeks);
    for (size_t i = 0; i < forecasts->n_weeks; i++) {
        const struct mw_model_score *s = &forecasts->weeks[i].score;
        mw_write_i32(out, forecasts->weeks[i].date);
        mw_write_f64s(out, (const double[]){s->actual, s->forecast, s->q05, s->q95, s->crps, s->pit}, 6);
        mw_write_u8(out, s->covered);
    }
}

enum mw_status updater_forecasts_load(struct updater_forecasts *forecasts, struct mw_reader *in,
                                      struct mw_error *err)
{
    const struct mw_span frozen = mw_read_span(in);
    mw_write_bytes(&forecasts->frozen, frozen.data, frozen.len);
    forecasts->frozen_for = mw_read_i32(in);
    forecasts->is_fresh = mw_read_u8(in) != 0;
    forecasts->n_weeks = mw_read_count(in, 53);
    if (forecasts->n_weeks > UPDATER_WEEKS_KEPT) {
        return MW_FAIL(err, MW_E_DATA, "updater: a snapshot has %zu scored weeks", forecasts->n_weeks);
    }
    for (size_t i = 0; i < forecasts->n_weeks; i++) {
        struct mw_model_score *s = &forecasts->weeks[i].score;
        double v[6];
        forecasts->weeks[i].date = mw_read_i32(in);
        mw_read_f64s(in, v, 6);
        *s = (struct mw_model_score){v[0], v[1], v[2], v[3], v[4], v[5], mw_read_u8(in) != 0};
    }
    MW_TRY(mw_writer_status(&forecasts->frozen, err));
    return mw_reader_status(in, err);
}
