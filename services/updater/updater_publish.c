/* What the updater says after each close: the estimate, the allocation, and one record of metrics. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_model_derive.h"
#include "updater_advice.h"
#include "updater_internal.h"

#include "mw_math.h"

#include <math.h>

static enum mw_status no_memory(struct mw_error *err)
{
    return MW_FAIL(err, MW_E_MEMORY, "updater: no memory for what is published");
}

static void *take(const struct updater_step *step, size_t n, size_t size)
{
    return mw_arena_take_array(&step->out->arena, n, size);
}

/* ---- pieces ---- */

static struct mw_posterior posterior(const struct mw_summary *s)
{
    return (struct mw_posterior){.mean = s->mean, .sd = s->sd, .q05 = s->q05, .q50 = s->q50, .q95 = s->q95};
}

static struct mw_posterior posterior_or(const struct mw_summary *s, const char *reason)
{
    struct mw_posterior out = posterior(s);
    out.reason = isnan(s->mean) ? mw_span(reason) : (struct mw_span){0};
    return out;
}

static struct mw_quantiles quantiles(const struct mw_summary *s)
{
    return (struct mw_quantiles){s->mean, s->sd, s->q05, s->q25, s->q50, s->q75, s->q95};
}

/* Break-even needs an outcome in money: what a conversion is worth nobody has told us. */
static bool has_break_even(const struct updater_tenant *tenant)
{
    return tenant->config->outcome.kind == MW_OUTCOME_REVENUE;
}
static const char no_break_even[] = "no break-even: the outcome is not money";

static struct mw_posterior against_floor(const struct updater_tenant *tenant, const struct mw_summary *s)
{
    return has_break_even(tenant)
               ? posterior(s)
               : (struct mw_posterior){MW_NAN, MW_NAN, MW_NAN, MW_NAN, MW_NAN, mw_span(no_break_even)};
}

static struct mw_posterior wasted_pct_of(const struct updater_tenant *tenant, const struct mw_summary *s)
{
    return has_break_even(tenant) ? posterior_or(s, "nothing was spent in the window")
                                  : against_floor(tenant, s);
}

static double mroas_floor(const struct updater_tenant *tenant)
{
    const double margin = tenant->config->outcome.margin;
    return has_break_even(tenant) && margin > 0 ? 1 / margin : 1;
}

static mw_date last_day(const struct updater_tenant *tenant)
{
    return tenant->closed_to + updater_step_days(tenant->config) - 1;
}

static struct mw_data_state data_state(const struct updater_tenant *tenant)
{
    const int64_t today = tenant->now_us / MW_US_PER_DAY;
    return (struct mw_data_state){last_day(tenant), today - last_day(tenant), tenant->outcome_quality};
}

static struct mw_model_state model_state(const struct updater_tenant *tenant)
{
    const struct mw_model_spec *spec = mw_model_specification(tenant->model);
    return (struct mw_model_state){tenant->birth->version, (int64_t)spec->seed, (int64_t)spec->n_particles,
                                   (int64_t)mw_model_rows(tenant->model)};
}

/* ---- the estimate ---- */

static struct mw_mroas mroas_of(const struct updater_tenant *tenant,
                                const struct mw_model_channel_estimate *from)
{
    const struct mw_summary *s = &from->mroas;
    const bool can_pay = has_break_even(tenant);
    const char *reason = from->ever_spent ? "" : "the channel has never spent";
    return (struct mw_mroas){s->mean,
                             s->sd,
                             s->q05,
                             s->q50,
                             s->q95,
                             can_pay ? from->p_below_floor : MW_NAN,
                             can_pay ? mroas_floor(tenant) : MW_NAN,
                             mw_span(reason)};
}

/* A saturation point beyond the last spend of the curve is not known, only that it is far away. */
static struct mw_posterior saturation_of(const struct updater_tenant *tenant,
                                         const struct mw_model_channel_estimate *from)
{
    if (from->p_beyond_curve < 0.5 || !has_break_even(tenant)) {
        return against_floor(tenant, &from->saturation);
    }
    return (struct mw_posterior){MW_NAN, MW_NAN, MW_NAN,
                                 MW_NAN, MW_NAN, mw_span("beyond three times the present spend")};
}

static struct mw_estimate_channel channel_of(const struct updater_tenant *tenant,
                                             const struct mw_model_channel_estimate *from)
{
    const struct mw_model_curve *curve = &from->curve;
    return (struct mw_estimate_channel){
        .channel = from->name,
        .parameters = {quantiles(&from->theta[MW_LOG_ROI]), quantiles(&from->theta[MW_LOGIT_ALPHA]),
                       quantiles(&from->theta[MW_LOG_KAPPA]), quantiles(&from->theta[MW_LOG_N])},
        .contribution = posterior(&from->contribution),
        .share = posterior(&from->share),
        .roi = posterior_or(&from->roi, "the channel has never spent"),
        .mroas = mroas_of(tenant, from),
        .saturation = saturation_of(tenant, from),
        .saturation_technical = posterior(&from->saturation_technical),
        .inflection = posterior(&from->inflection),
        .wasted_spend = against_floor(tenant, &from->wasted),
        .spend = from->spend,
        .spend_recent = from->is_planned ? 0 : from->spend_recent,
        .curve = {curve->spend, curve->q05, curve->q50, curve->q95, curve->n, curve->n, curve->n, curve->n},
        .evidence = MW_EVIDENCE_OBSERVATIONAL,
        .prior_share = from->prior_share[MW_LOG_ROI],
        .verdict = mw_span(mw_model_verdict_name(from->verdict)),
    };
}

static enum mw_status fill_estimate(const struct updater_step *step, const struct mw_model_estimate *from,
                                    struct mw_estimate *out, struct mw_error *err)
{
    const struct updater_tenant *tenant = step->tenant;
    struct mw_estimate_channel *channels = take(step, from->n_channels, sizeof *channels);
    if (channels == NULL) {
        return no_memory(err);
    }
    for (size_t c = 0; c < from->n_channels; c++) {
        channels[c] = channel_of(tenant, &from->channels[c]);
    }
    *out = (struct mw_estimate){
        .tenant = tenant->name,
        .outcome = tenant->config->outcome.name,
        .currency = tenant->config->currency,
        .as_of = last_day(tenant),
        .n = tenant->n,
        .model = model_state(tenant),
        .channels = channels,
        .n_channels = from->n_channels,
        .baseline = posterior(&from->baseline),
        .media_share = posterior(&from->media_share),
        .wasted_spend_pct = wasted_pct_of(tenant, &from->wasted_pct),
        .roi = posterior_or(&from->roi, "nothing was ever spent"),
        .fit = {from->fit.r2, from->fit.residual_autocorrelation, from->fit.rho, from->fit.sigma},
        .health = {from->health.ess, from->health.acceptance, (int64_t)from->health.unique_ancestors,
                   (int64_t)from->health.moves, (int64_t)from->health.stages},
        .data = data_state(tenant),
    };
    return updater_forecasts_describe(step, out, err);
}

/* ---- who gets it: latest always, published on the last day of a week ---- */

static const char *const kind_names[] = {"latest", "published"};

static struct mw_span subject_of(const struct updater_step *step, int kind)
{
    const struct mw_span outcome = step->tenant->config->outcome.name;
    return mw_arena_printf(&step->out->arena, "%s/" MW_SPAN_FMT, kind_names[kind], MW_SPAN_ARG(outcome));
}

static enum mw_status emit_estimate(const struct updater_step *step, const struct mw_estimate *estimate,
                                    int kind, struct mw_error *err)
{
    struct mw_estimate *body = take(step, 1, sizeof *body);
    const struct mw_span subject = subject_of(step, kind);
    if (body == NULL || subject.data == NULL) {
        return no_memory(err);
    }
    *body = *estimate;
    body->kind = kind;
    body->rev = ++step->tenant->estimate_rev[kind];
    return mw_effects_emit(step->out, &mw_type_estimate, step->tenant->name, subject, body, err);
}

static enum mw_status emit_allocation(const struct updater_step *step, const struct mw_allocation *allocation,
                                      int kind, struct mw_error *err)
{
    struct mw_allocation *body = take(step, 1, sizeof *body);
    const struct mw_span subject = subject_of(step, kind);
    if (body == NULL || subject.data == NULL) {
        return no_memory(err);
    }
    *body = *allocation;
    body->kind = kind;
    body->rev = ++step->tenant->allocation_rev[kind];
    return mw_effects_emit(step->out, &mw_type_allocation, step->tenant->name, subject, body, err);
}

static bool is_decision_day(const struct updater_tenant *tenant)
{
    return tenant->config->grid == MW_GRID_WEEK || mw_date_weekday(last_day(tenant)) == 6;
}

static enum mw_status publish_both(const struct updater_step *step, const struct mw_estimate *estimate,
                                   const struct mw_allocation *allocation, struct mw_error *err)
{
    const int kinds = is_decision_day(step->tenant) ? 2 : 1;
    for (int kind = 0; kind < kinds; kind++) {
        MW_TRY(emit_estimate(step, estimate, kind, err));
        if (allocation != NULL) {
            MW_TRY(emit_allocation(step, allocation, kind, err));
        }
    }
    return MW_OK;
}

/* ---- metrics ---- */

struct points {
    const struct updater_step *step;
    struct mw_point *items;
    size_t n;
};

static struct mw_point *add_point(struct points *points, const char *metric, const char *unit, double value)
{
    struct mw_point *point = &points->items[points->n++];
    *point = mw_point_of(metric, unit);
    point->value = value;
    return point;
}

/* Money is said with its currency; `channel` of length 0: of all channels. */
static bool label_point(struct points *points, struct mw_point *point, struct mw_span channel)
{
    struct mw_label *labels = take(points->step, 2, sizeof *labels);
    if (labels == NULL) {
        return false;
    }
    size_t n = 0;
    if (channel.len > 0) {
        labels[n++] = (struct mw_label){mw_span("channel"), channel};
    }
    labels[n++] = (struct mw_label){mw_span("currency"), points->step->tenant->config->currency};
    point->labels = labels;
    point->n_labels = n;
    return true;
}

/* Days since the channel's first spend: a young one does not alarm. */
static double channel_age(const struct updater_tenant *tenant, size_t i_model_channel)
{
    const size_t column = updater_channel_of(tenant, i_model_channel);
    for (mw_date date = tenant->birth->first; date <= tenant->closed_to;
         date += updater_step_days(tenant->config)) {
        if (updater_rows_get(&tenant->rows, date, column) > 0) {
            return last_day(tenant) - date + 1;
        }
    }
    return 0;
}

static bool add_channel_points(struct points *points, const struct mw_estimate *estimate)
{
    const struct updater_tenant *tenant = points->step->tenant;
    const double weeks = 7.0 / updater_step_days(tenant->config);
    for (size_t c = 0; c < estimate->n_channels; c++) {
        const struct mw_estimate_channel *channel = &estimate->channels[c];
        const bool is_active = channel->spend_recent > 0;
        struct mw_point *age = add_point(points, "channel_age_days", "days", channel_age(tenant, c));
        struct mw_point *mroas = add_point(points, "mroas", "1", is_active ? channel->mroas.q50 : MW_NAN);
        if (!label_point(points, age, channel->channel) || !label_point(points, mroas, channel->channel)) {
            return false;
        }
        mroas->reason = is_active ? channel->mroas.reason : mw_span("no spend in the last 28 days");
        if (!isnan(mroas->value)) {
            mroas->lower = channel->mroas.q05;
            mroas->upper = channel->mroas.q95;
            mroas->probability = channel->mroas.p_below_floor;
            mroas->threshold = channel->mroas.floor;
            mroas->money = weeks * channel->wasted_spend.q50;
            mroas->money_lower = weeks * channel->wasted_spend.q05;
            mroas->money_upper = weeks * channel->wasted_spend.q95;
        }
    }
    return true;
}

/* What lies on the table is money only where the outcome is. */
static bool add_budget_points(struct points *points, const struct mw_allocation *allocation)
{
    const double weeks = 7.0 / updater_step_days(points->step->tenant->config);
    const bool is_money = has_break_even(points->step->tenant);
    struct mw_point *score = add_point(points, "budget_efficiency", "%", allocation->efficiency.q50);
    score->lower = allocation->efficiency.q05;
    score->upper = allocation->efficiency.q95;
    score->probability = allocation->efficiency.p_below_floor;
    score->threshold = allocation->efficiency.floor;
    struct mw_point *loss = add_point(points, "budget_loss", is_money ? "currency/week" : "outcome/week",
                                      weeks * allocation->lift.q50);
    loss->lower = weeks * allocation->lift.q05;
    loss->upper = weeks * allocation->lift.q95;
    loss->probability = allocation->p_material;
    loss->threshold = allocation->materiality;
    if (is_money) {
        score->money = loss->money = loss->value;
        score->money_lower = loss->money_lower = loss->lower;
        score->money_upper = loss->money_upper = loss->upper;
    }
    const struct mw_span all_channels = {0};
    return label_point(points, score, all_channels) && label_point(points, loss, all_channels);
}

static void add_model_points(struct points *points, const struct mw_estimate *estimate)
{
    if (estimate->accuracy != NULL) {
        struct mw_point *wmape = add_point(points, "forecast_wmape_pct", "%", estimate->accuracy->wmape_pct);
        wmape->threshold = 15;
        add_point(points, "forecast_bias_pct", "%", estimate->accuracy->bias_pct);
        add_point(points, "forecast_coverage_p", "probability", estimate->accuracy->coverage_p);
    }
    add_point(points, "model_ess_share", "share", estimate->health.ess / (double)estimate->model.particles);
    add_point(points, "model_residual_autocorrelation", "1", estimate->fit.residual_autocorrelation);
}

static enum mw_status emit_metrics(const struct updater_step *step, const struct mw_estimate *estimate,
                                   const struct mw_allocation *allocation, struct mw_error *err)
{
    const struct updater_tenant *tenant = step->tenant;
    struct points points = {step, take(step, 2 * estimate->n_channels + 8, sizeof(struct mw_point)), 0};
    struct mw_metric_points *batch = take(step, 1, sizeof *batch);
    struct mw_metric *metric = take(step, 1, sizeof *metric);
    if (points.items == NULL || batch == NULL || metric == NULL || !add_channel_points(&points, estimate)) {
        return no_memory(err);
    }
    if (allocation != NULL && !add_budget_points(&points, allocation)) {
        return no_memory(err);
    }
    add_model_points(&points, estimate);
    *batch = (struct mw_metric_points){mw_span("updater"), last_day(tenant),
                                       tenant->n,          updater_step_days(tenant->config),
                                       points.items,       points.n};
    *metric = (struct mw_metric){
        .tenant = tenant->name, .time = tenant->now_us, .kind = MW_METRIC_POINTS, .points = batch};
    return mw_effects_emit(step->out, &mw_type_metric, tenant->name, (struct mw_span){0}, metric, err);
}

/* ---- all of it ---- */

static struct mw_allocation allocation_of(const struct updater_tenant *tenant)
{
    const bool weekly = tenant->config->grid == MW_GRID_WEEK;
    return (struct mw_allocation){
        .tenant = tenant->name,
        .outcome = tenant->config->outcome.name,
        .currency = tenant->config->currency,
        .period = mw_span(weekly ? "week" : "day"),
        .as_of = last_day(tenant),
        .n = tenant->n,
        .valid_until = last_day(tenant) + 14,
        .evidence = MW_EVIDENCE_OBSERVATIONAL,
        .data = data_state(tenant),
        .model = model_state(tenant),
    };
}

enum mw_status updater_publish(const struct updater_step *step, struct mw_error *err)
{
    const struct updater_tenant *tenant = step->tenant;
    if (tenant->model == NULL ||
        mw_model_rows(tenant->model) < mw_model_spec_window_rows(mw_model_specification(tenant->model)) ||
        mw_model_observations(tenant->model) == 0) {
        return MW_OK; /* less than 28 days: nothing that anybody should act on */
    }
    struct mw_model_estimate derived;
    /* Dense where people move: a budget is planned between half and twice the present spend. */
    static const double multiples[] = {0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 1, 1.15, 1.3, 1.5, 1.75, 2, 2.5, 3};
    const struct mw_model_derive_options options = {.floor = mroas_floor(tenant),
                                                    .multiples = multiples,
                                                    .n_multiples = sizeof multiples / sizeof multiples[0]};
    MW_TRY(mw_model_derive(tenant->model, &options, &step->out->arena, &derived, err));
    struct mw_estimate estimate;
    MW_TRY(fill_estimate(step, &derived, &estimate, err));
    struct mw_allocation allocation = allocation_of(tenant);
    bool has_allocation = false;
    MW_TRY(updater_advise(step, &derived, &allocation, &has_allocation, err));
    const struct mw_allocation *advice = has_allocation ? &allocation : NULL;
    MW_TRY(publish_both(step, &estimate, advice, err));
    return emit_metrics(step, &estimate, advice, err);
}
