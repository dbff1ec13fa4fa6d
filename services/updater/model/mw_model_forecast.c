// SPDX-License-Identifier: Apache-2.0
#include "mw_model_forecast.h"
#include "mw_dist.h"
#include "mw_model_draws.h"
#include "mw_model_internal.h"
#include "mw_resample.h"

enum { D = MW_MODEL_DRAWS };

static struct mw_model_row plan_row(const struct mw_model *model, const struct mw_model_plan *plan, size_t h)
{
    const struct mw_model_spec *spec = &model->spec;
    return (struct mw_model_row){
        .date = spec->first + (mw_date)(mw_model_rows(model) + h) * mw_model_spec_step_days(spec),
        .spend = plan->spend + h * spec->n_channels,
        .controls = plan->controls + h * spec->n_controls,
        .events = plan->events + h * spec->n_events,
        .outcome = MW_NAN,
    };
}

static enum mw_status check_plan(const struct mw_model *model, const struct mw_model_plan *plan,
                                 struct mw_error *err)
{
    if (plan->n_periods < 1 || plan->n_periods > MW_MODEL_HORIZON_MAX) {
        return MW_FAIL(err, MW_E_DATA, "a plan of %zu periods; give 1 to %d", plan->n_periods,
                       MW_MODEL_HORIZON_MAX);
    }
    for (size_t h = 0; h < plan->n_periods; h++) {
        const struct mw_model_row row = plan_row(model, plan, h);
        const enum mw_status status = mw_row_values_check(model, &row, err);
        if (status != MW_OK) {
            mw_error_prefix(err, "plan, period %zu", h);
            return status;
        }
    }
    return MW_OK;
}

/* The media part of every period for one particle, in units of s_y. */
static void media_path(const struct mw_model *model, const struct mw_model_plan *plan, size_t particle,
                       double *out)
{
    const struct mw_population *pop = &model->pop;
    const struct mw_model_spec *spec = &model->spec;

    memset(out, 0, plan->n_periods * sizeof(double));
    for (size_t c = 0; c < spec->n_channels; c++) {
        const struct mw_model_channel *channel = &spec->channels[c];
        const double *theta = pop->theta + c * MW_THETA_N * pop->n + particle;
        const double n = mw_exp(theta[MW_LOG_N * pop->n]), log_kappa = theta[MW_LOG_KAPPA * pop->n];
        const double alpha = mw_logistic(theta[MW_LOGIT_ALPHA * pop->n]);
        const double beta =
            mw_exp(theta[MW_LOG_ROI * pop->n]) * channel->m / spec->s_y * (1.0 + mw_exp(n * log_kappa));
        double a = pop->a[c * pop->n + particle];
        for (size_t h = 0; h < plan->n_periods; h++) {
            a = alpha * a + (1.0 - alpha) * plan->spend[h * spec->n_channels + c] / channel->m;
            out[h] += beta * mw_saturation(a, n, log_kappa);
        }
    }
}

/* The law of the next error given the last observed one, `periods` before; none: the stationary law. */
struct next_error {
    double mean, variance;
};
static struct next_error next_error(double rho, size_t periods, double last)
{
    double phi = periods == 0 ? 0.0 : 1.0;
    for (size_t g = 0; g < periods; g++) {
        phi *= rho;
    }
    return (struct next_error){.mean = phi * last, .variance = (1.0 - phi * phi) / (1.0 - rho * rho)};
}

/* One draw: gamma and sigma^2 given the particle, then errors that go on from the last one observed. */
static void forecast_draw(const struct mw_model *model, const struct mw_model_plan *plan, const double *z,
                          size_t particle, size_t draw, double *gamma, struct mw_model_forecast *out)
{
    const struct mw_rows *rows = &model->data[model->now].rows;
    const double rho = model->rho[model->pop.rho[particle]];
    const double sigma2 = mw_gamma_draw(model, particle, draw, gamma);
    struct mw_rng rng = {.key = mw_model_key(model, MW_FOR_NOISE, 2), .stream = draw};
    double media[MW_MODEL_HORIZON_MAX], error = 0.0;
    size_t periods = 0;

    media_path(model, plan, particle, media);
    if (rows->n_obs > 0) {
        const size_t last = rows->obs[rows->n_obs - 1];
        error = model->pop.r_last[particle];
        for (size_t k = 0; k < model->n_z; k++) {
            error -= rows->z[last * model->n_z + k] * gamma[k];
        }
        periods = rows->n - last;
    }
    for (size_t h = 0; h < plan->n_periods; h++, periods = 1) {
        const struct next_error next = next_error(rho, periods, error);
        error = next.mean + sqrt(sigma2 * next.variance) * mw_draw_normal(&rng);
        double y = media[h] + error;
        for (size_t k = 0; k < model->n_z; k++) {
            y += z[h * model->n_z + k] * gamma[k];
        }
        out->draws[h][draw] = model->spec.s_y * y;
    }
}

static enum mw_status summarise_periods(struct mw_model_forecast *out, struct mw_error *err)
{
    struct mw_sample sort[2 * D];
    for (size_t h = 0; h < out->n_periods; h++) {
        MW_TRY(mw_summarise(D, out->draws[h], NULL, sort, &out->period[h], err));
    }
    return MW_OK;
}

enum mw_status mw_model_forecast(struct mw_model *model, const struct mw_model_plan *plan,
                                 struct mw_model_forecast *out, struct mw_error *err)
{
    uint32_t draw[D];
    double log_mean;

    mw_arena_reset(model->scratch);
    MW_TRY(check_plan(model, plan, err));
    double *w = mw_new_array(model->scratch, double, model->pop.n);
    double *gamma = mw_new_array(model->scratch, double, model->n_z);
    double *z = mw_new_array(model->scratch, double, plan->n_periods * model->n_z);
    if (w == NULL || gamma == NULL || z == NULL) {
        return MW_NO_MEMORY(err);
    }
    MW_TRY(mw_weights_normalise(model->pop.n, model->pop.log_w, w, &log_mean, err));
    mw_model_draw_particles(model, w, draw);
    *out = (struct mw_model_forecast){
        .first = model->spec.first + (mw_date)mw_model_rows(model) * mw_model_spec_step_days(&model->spec),
        .step_days = mw_model_spec_step_days(&model->spec),
        .n_periods = plan->n_periods,
    };
    for (size_t h = 0; h < plan->n_periods; h++) {
        const struct mw_model_row row = plan_row(model, plan, h);
        mw_design_row(&model->spec, mw_model_rows(model) + h, row.controls, row.events, z + h * model->n_z);
    }
    for (size_t i = 0; i < D; i++) {
        forecast_draw(model, plan, z, draw[i], i, gamma, out);
    }
    return summarise_periods(out, err);
}

void mw_model_forecast_sum(const struct mw_model_forecast *forecast, size_t from, size_t to, double out[D])
{
    for (size_t i = 0; i < D; i++) {
        out[i] = 0.0;
        for (size_t h = from; h <= to; h++) {
            out[i] += forecast->draws[h][i];
        }
    }
}

/* ---- scores ---------------------------------------------------------------------------------- */

enum mw_status mw_model_score(const double draws[D], double actual, struct mw_model_score *out,
                              struct mw_error *err)
{
    struct mw_sample sort[2 * D];
    struct mw_sorted sorted;

    if (!(fabs(actual) < MW_INF)) {
        return MW_FAIL(err, MW_E_DATA, "a forecast can be scored by a finite outcome only, not by %g",
                       actual);
    }
    MW_TRY(mw_sorted_init(&sorted, D, draws, NULL, sort, err));
    *out = (struct mw_model_score){
        .actual = actual,
        .forecast = mw_sorted_quantile(&sorted, 0.5),
        .q05 = mw_sorted_quantile(&sorted, 0.05),
        .q95 = mw_sorted_quantile(&sorted, 0.95),
        .crps = mw_sorted_crps(&sorted, actual),
        .pit = mw_pit(D, draws, NULL, actual),
    };
    out->covered = out->q05 <= actual && actual <= out->q95;
    return MW_OK;
}

static double two_sided(size_t covered, size_t n)
{
    const double lower = mw_binomial_cdf((int64_t)covered, (int64_t)n, 0.9);
    const double upper = 1.0 - mw_binomial_cdf((int64_t)covered - 1, (int64_t)n, 0.9);
    const double p = 2.0 * (lower < upper ? lower : upper);
    return p < 1.0 ? p : 1.0;
}

struct mw_model_accuracy mw_model_accuracy(const struct mw_model_score scores[], size_t n)
{
    double error = 0.0, signed_error = 0.0, actual = 0.0, relative = 0.0, crps = 0.0;
    size_t covered = 0, n_relative = 0;

    for (size_t i = 0; i < n; i++) {
        const double miss = scores[i].forecast - scores[i].actual;
        error += fabs(miss);
        signed_error += miss;
        actual += fabs(scores[i].actual);
        crps += scores[i].crps;
        covered += scores[i].covered;
        if (scores[i].actual != 0.0) {
            relative += fabs(miss / scores[i].actual);
            n_relative++;
        }
    }
    return (struct mw_model_accuracy){
        .n = n,
        .wmape_pct = actual > 0.0 ? 100.0 * error / actual : MW_NAN,
        .mape_pct = n_relative > 0 ? 100.0 * relative / (double)n_relative : MW_NAN,
        .bias_pct = actual > 0.0 ? 100.0 * signed_error / actual : MW_NAN,
        .coverage = n > 0 ? (double)covered / (double)n : MW_NAN,
        .coverage_p = n > 0 ? two_sided(covered, n) : MW_NAN,
        .crps = n > 0 ? crps / (double)n : MW_NAN,
    };
}

/* ---- save and load --------------------------------------------------------------------------- */

enum { FORECAST_VERSION = 1 };

void mw_model_forecast_save(const struct mw_model_forecast *forecast, struct mw_writer *out)
{
    mw_write_u32(out, FORECAST_VERSION);
    mw_write_i32(out, forecast->first);
    mw_write_i32(out, forecast->step_days);
    mw_write_u32(out, (uint32_t)forecast->n_periods);
    for (size_t h = 0; h < forecast->n_periods; h++) {
        mw_write_f64s(out, forecast->draws[h], D);
    }
}

enum mw_status mw_model_forecast_load(struct mw_model_forecast *forecast, struct mw_reader *in,
                                      struct mw_error *err)
{
    const uint32_t version = mw_read_u32(in);
    *forecast = (struct mw_model_forecast){.first = mw_read_i32(in)};
    forecast->step_days = mw_read_i32(in);
    const uint32_t n_periods = mw_read_u32(in);
    if (in->failed || version != FORECAST_VERSION || n_periods > MW_MODEL_HORIZON_MAX) {
        return MW_FAIL(err, MW_E_DATA, "a saved forecast is damaged or of another version");
    }
    forecast->n_periods = n_periods;
    for (size_t h = 0; h < n_periods; h++) {
        mw_read_f64s(in, forecast->draws[h], D);
    }
    MW_TRY(mw_reader_status(in, err));
    return summarise_periods(forecast, err);
}
