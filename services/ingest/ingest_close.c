/* The calendar of a tenant: when a period is closed, when a model is born, how good each feed is. */
// SPDX-License-Identifier: Apache-2.0
#include "ingest_internal.h"

#include "mw_math.h"

#include <math.h>

int32_t ingest_period_days(const struct ingest_tenant *tenant)
{
    return tenant->config->grid == MW_GRID_WEEK ? 7 : 1;
}

mw_date ingest_period_of(const struct ingest_tenant *tenant, mw_date date)
{
    if (tenant->config->grid != MW_GRID_WEEK) {
        return date;
    }
    return date - (mw_date_weekday(date) - tenant->week_start + 7) % 7;
}

static int64_t settle_days(const struct mw_tenant *config)
{
    const int64_t spend = config->settle == NULL ? 1 : config->settle->spend_days;
    const int64_t outcome = config->settle == NULL ? 3 : config->settle->outcome_days;
    return spend > outcome ? spend : outcome;
}

/* ---- inputs and their quality ---- */

struct ingest_input *ingest_input_of(struct ingest_tenant *tenant, int32_t kind, uint32_t name)
{
    for (size_t i = 0; i < tenant->n_inputs; i++) {
        if (tenant->inputs[i].kind == kind && tenant->inputs[i].name == name) {
            return &tenant->inputs[i];
        }
    }
    return NULL;
}

static enum mw_status add_input(struct ingest_tenant *tenant, int32_t kind, uint32_t name, mw_date period,
                                struct ingest_input **out, struct mw_error *err)
{
    void *inputs = tenant->inputs;
    MW_TRY(mw_vector_grow(&inputs, tenant->n_inputs, &tenant->inputs_capacity, sizeof *tenant->inputs, err));
    tenant->inputs = inputs;
    *out = &tenant->inputs[tenant->n_inputs++];
    **out = (struct ingest_input){
        .kind = kind, .name = name, .first = period, .newest = period, .usual_for = MW_DATE_NONE};
    return MW_OK;
}

enum mw_status ingest_note_input(struct ingest_tenant *tenant, int32_t kind, uint32_t name, mw_date period,
                                 double checked, double failed, struct mw_error *err)
{
    struct ingest_input *input = ingest_input_of(tenant, kind, name);
    if (input == NULL) {
        MW_TRY(add_input(tenant, kind, name, period, &input, err));
    }
    input->first = period < input->first ? period : input->first;
    input->newest = period > input->newest ? period : input->newest;
    input->checked += checked;
    input->failed += failed;
    return MW_OK;
}

/* Completeness: share of the periods of the last 28 days, as far as they are due, that have a cell. */
static double completeness(const struct ingest_tenant *tenant, const struct ingest_input *input, mw_date due)
{
    const int32_t days = ingest_period_days(tenant);
    const mw_date window = due - INGEST_QUALITY_DAYS + 1;
    mw_date from = ingest_period_of(tenant, window > input->first ? window : input->first);
    int expected = 0, present = 0;
    for (; from + days - 1 <= due; from += days) {
        double total;
        expected++;
        present += cells_total(&tenant->cells, input->kind, input->name, from, &total);
    }
    return expected == 0 ? 100 : 100.0 * present / expected;
}

/* Recency: 100 up to the agreed age, 0 from three times that on. */
static double recency(double age_days, double agreed_days)
{
    if (age_days <= agreed_days) {
        return 100;
    }
    return age_days >= 3 * agreed_days ? 0 : 100 * (3 * agreed_days - age_days) / (2 * agreed_days);
}

static const char *const kind_names[] = {"spend", "outcome", "factor"};

static bool rate_input(const struct ingest_step *step, const struct ingest_input *input,
                       struct mw_quality *out)
{
    const struct ingest_tenant *tenant = step->tenant;
    const int32_t days = ingest_period_days(tenant);
    const int64_t lag = settle_days(tenant->config);
    /* A tenant that was settled by command before any clock is judged on the day after its newest data. */
    const mw_date today = tenant->today != MW_DATE_NONE ? tenant->today : tenant->newest + days;
    const double age = today - (input->newest + days - 1);
    *out = (struct mw_quality){
        .input = mw_arena_printf(&step->out->arena, "%s/" MW_SPAN_FMT, kind_names[input->kind],
                                 MW_SPAN_ARG(tenant->cells.names.items[input->name])),
        .completeness = completeness(tenant, input, today - (mw_date)lag),
        .consistency = input->checked > 0 ? 100 * (1 - input->failed / input->checked) : 100,
        .recency = recency(age, (double)(lag + days)),
    };
    out->score = 100 * mw_pow(out->completeness / 100, 0.40) * mw_pow(out->consistency / 100, 0.35) *
                 mw_pow(out->recency / 100, 0.25);
    out->quarantined =
        !(out->score >= 70 && out->completeness >= 50 && out->consistency >= 50 && out->recency >= 50);
    return out->input.data != NULL;
}

/* The quality of every input, in the order in which they first came; NULL when memory is out. */
static const struct mw_quality *rate_inputs(const struct ingest_step *step)
{
    const struct ingest_tenant *tenant = step->tenant;
    struct mw_quality *quality = mw_new_array(&step->out->arena, struct mw_quality, tenant->n_inputs);
    for (size_t i = 0; quality != NULL && i < tenant->n_inputs; i++) {
        if (!rate_input(step, &tenant->inputs[i], &quality[i])) {
            return NULL;
        }
    }
    return quality;
}

/* Two points per input: its score and the age of its newest period. */
static bool quality_points(const struct ingest_step *step, const struct mw_quality *quality,
                           struct mw_point *points)
{
    const struct ingest_tenant *tenant = step->tenant;
    for (size_t i = 0; i < tenant->n_inputs; i++) {
        struct mw_label *label = mw_new(&step->out->arena, struct mw_label);
        if (label == NULL) {
            return false;
        }
        *label = (struct mw_label){mw_span("input"), quality[i].input};
        points[2 * i] = ingest_point("data_quality", "score");
        points[2 * i].value = quality[i].score;
        points[2 * i].threshold = 70;
        points[2 * i].lower = fmin(quality[i].completeness, fmin(quality[i].consistency, quality[i].recency));
        points[2 * i + 1] = ingest_point("data_age_days", "days");
        points[2 * i + 1].value = tenant->today - (tenant->inputs[i].newest + ingest_period_days(tenant) - 1);
        points[2 * i].labels = points[2 * i + 1].labels = label;
        points[2 * i].n_labels = points[2 * i + 1].n_labels = 1;
    }
    return true;
}

static enum mw_status report_quality(const struct ingest_step *step, struct mw_error *err)
{
    const struct ingest_tenant *tenant = step->tenant;
    const struct mw_quality *quality = rate_inputs(step);
    struct mw_point *points = mw_new_array(&step->out->arena, struct mw_point, 2 * tenant->n_inputs);
    struct mw_metric_points *batch = mw_new(&step->out->arena, struct mw_metric_points);
    if (quality == NULL || points == NULL || batch == NULL || !quality_points(step, quality, points)) {
        return MW_FAIL(err, MW_E_MEMORY, "ingest: no memory for data quality");
    }
    *batch = (struct mw_metric_points){
        .service = mw_span("ingest"),
        .as_of = tenant->today,
        .n = tenant->n,
        .period_days = ingest_period_days(tenant),
        .points = points,
        .n_points = 2 * tenant->n_inputs,
    };
    return ingest_emit_metric(
        step,
        &(struct mw_metric){
            .tenant = tenant->name, .time = tenant->now_us, .kind = MW_METRIC_POINTS, .points = batch},
        err);
}

/* Checks that failed long ago weigh less: a fading count with a memory of 28 days. */
static void fade_checks(struct ingest_tenant *tenant, int32_t n_days)
{
    for (int32_t day = 0; day < n_days && day < 365; day++) {
        for (size_t i = 0; i < tenant->n_inputs; i++) {
            tenant->inputs[i].checked *= 1 - 1.0 / INGEST_QUALITY_DAYS;
            tenant->inputs[i].failed *= 1 - 1.0 / INGEST_QUALITY_DAYS;
        }
    }
}

/* ---- birth: scales are frozen ---- */

static double total_or(const struct ingest_tenant *tenant, int32_t kind, struct mw_span name, mw_date period,
                       double otherwise)
{
    const uint32_t number = mw_names_find(&tenant->cells.names, name);
    double total = otherwise;
    if (number != MW_INDEX_NONE) {
        (void)cells_total(&tenant->cells, kind, number, period, &total);
    }
    return total;
}

/* Mean of the non-zero spend of [from, to); NaN when there is none. */
static double mean_spend(const struct ingest_tenant *tenant, struct mw_span channel, mw_date from, mw_date to)
{
    double sum = 0;
    int n = 0;
    for (mw_date period = from; period < to; period += ingest_period_days(tenant)) {
        const double spend = total_or(tenant, MW_CELL_SPEND, channel, period, 0);
        sum += spend;
        n += spend > 0;
    }
    return n == 0 ? MW_NAN : sum / n;
}

static double known_scale(const struct mw_amount *scales, size_t n, struct mw_span name)
{
    for (size_t i = 0; i < n; i++) {
        if (mw_span_eq(scales[i].name, name)) {
            return scales[i].value;
        }
    }
    return MW_NAN;
}

static mw_date first_spend(const struct ingest_tenant *tenant, struct mw_span channel)
{
    for (mw_date period = tenant->first; period < tenant->open_from; period += ingest_period_days(tenant)) {
        if (total_or(tenant, MW_CELL_SPEND, channel, period, 0) > 0) {
            return period;
        }
    }
    return MW_DATE_NONE;
}

/* As configured, else as it was frozen before, else from the window, else from the channel's own first weeks;
 * NaN: too early to say. */
static double spend_scale(const struct ingest_tenant *tenant, struct mw_span channel, mw_date frozen_end)
{
    const struct mw_tenant_scales *given = tenant->config->scales;
    double scale = given == NULL ? MW_NAN : known_scale(given->spend, given->n_spend, channel);
    if (isnan(scale) && tenant->birth != NULL) {
        scale = known_scale(tenant->birth->scales.spend, tenant->birth->scales.n_spend, channel);
    }
    if (isnan(scale)) {
        scale = mean_spend(tenant, channel, tenant->first, frozen_end);
    }
    const mw_date start = isnan(scale) ? first_spend(tenant, channel) : MW_DATE_NONE;
    if (start != MW_DATE_NONE && (tenant->final || start + INGEST_NEW_CHANNEL_DAYS <= tenant->open_from)) {
        scale = mean_spend(tenant, channel, start, start + INGEST_NEW_CHANNEL_DAYS);
    }
    return scale;
}

static void outcome_scale(const struct ingest_tenant *tenant, mw_date frozen_end,
                          struct mw_tenant_scales *out)
{
    const struct mw_tenant *config = tenant->config;
    double sum = 0, spend = 0;
    int n = 0;
    for (mw_date period = tenant->first; period < frozen_end; period += ingest_period_days(tenant)) {
        const double y = total_or(tenant, MW_CELL_OUTCOME, config->outcome.name, period, MW_NAN);
        sum += isnan(y) ? 0 : y;
        n += !isnan(y);
        for (size_t c = 0; c < config->n_channels; c++) {
            spend += total_or(tenant, MW_CELL_SPEND, config->channels[c].channel, period, 0);
        }
    }
    const struct mw_tenant_scales *given = config->scales;
    const struct mw_tenant_scales *before = tenant->birth == NULL ? NULL : &tenant->birth->scales;
    const bool has_given = given != NULL && given->outcome > 0;
    const double mean = n > 0 && sum > 0 ? sum / n : 1; /* an outcome of zeros has no scale: take its unit */
    out->outcome = has_given ? given->outcome : before != NULL ? before->outcome : mean;
    out->outcome_sum = given != NULL && given->outcome_sum > 0 ? given->outcome_sum
                       : before != NULL                        ? before->outcome_sum
                                                               : sum;
    out->spend_sum = given != NULL && given->spend_sum > 0 ? given->spend_sum
                     : before != NULL                      ? before->spend_sum
                                                           : spend;
}

/* Mean and population sd of a control over the frozen window; sd 1 for one that never moves. */
static struct mw_scale measure_control(const struct ingest_tenant *tenant, struct mw_span name,
                                       mw_date frozen_end)
{
    double sum = 0, squares = 0;
    int n = 0;
    for (int pass = 0; pass < 2; pass++) {
        const double mean = n > 0 ? sum / n : 0;
        n = 0;
        for (mw_date period = tenant->first; period < frozen_end; period += ingest_period_days(tenant)) {
            const double v = total_or(tenant, MW_CELL_FACTOR, name, period, MW_NAN);
            if (!isnan(v)) {
                n++;
                sum += pass == 0 ? v : 0;
                squares += pass == 1 ? (v - mean) * (v - mean) : 0;
            }
        }
    }
    const double sd = n > 0 ? sqrt(squares / n) : 0;
    return (struct mw_scale){name, n > 0 ? sum / n : 0, sd > 0 ? sd : 1};
}

static struct mw_scale control_scale(const struct ingest_tenant *tenant, struct mw_span name,
                                     mw_date frozen_end)
{
    const struct mw_tenant_scales *sources[] = {tenant->config->scales,
                                                tenant->birth == NULL ? NULL : &tenant->birth->scales};
    for (size_t s = 0; s < 2; s++) {
        for (size_t i = 0; sources[s] != NULL && i < sources[s]->n_controls; i++) {
            if (mw_span_eq(sources[s]->controls[i].name, name)) {
                return sources[s]->controls[i];
            }
        }
    }
    return measure_control(tenant, name, frozen_end);
}

/* Fills the scales in the effects' arena; false when memory is out. */
static bool freeze_scales(const struct ingest_step *step, mw_date frozen_end, struct mw_tenant_scales *out)
{
    const struct ingest_tenant *tenant = step->tenant;
    const struct mw_tenant *config = tenant->config;
    struct mw_amount *spend = mw_new_array(&step->out->arena, struct mw_amount, config->n_channels);
    struct mw_scale *controls = mw_new_array(&step->out->arena, struct mw_scale, config->n_controls);
    if (spend == NULL || controls == NULL) {
        return false;
    }
    *out = (struct mw_tenant_scales){.spend = spend, .controls = controls, .n_controls = config->n_controls};
    for (size_t c = 0; c < config->n_channels; c++) {
        const double scale = spend_scale(tenant, config->channels[c].channel, frozen_end);
        if (scale > 0) {
            spend[out->n_spend++] = (struct mw_amount){config->channels[c].channel, scale};
        }
    }
    for (size_t k = 0; k < config->n_controls; k++) {
        controls[k] = control_scale(tenant, config->controls[k].name, frozen_end);
    }
    outcome_scale(tenant, frozen_end, out);
    return true;
}

enum mw_status ingest_give_birth(const struct ingest_step *step, struct mw_error *err)
{
    struct ingest_tenant *tenant = step->tenant;
    const mw_date window_end = tenant->first + INGEST_BIRTH_DAYS;
    const mw_date frozen_end = window_end < tenant->open_from ? window_end : tenant->open_from;
    struct mw_fact_birth birth = {
        .version = tenant->birth == NULL ? 1 : tenant->birth->version + 1,
        .outcome = tenant->config->outcome.name,
        .first = tenant->first,
        .frozen_to = frozen_end - 1,
    };
    const struct mw_fact_birth *body =
        freeze_scales(step, frozen_end, &birth.scales) ? ingest_put_birth(step, &birth) : NULL;
    if (body == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "ingest: no memory for the birth of a model");
    }
    MW_TRY(ingest_emit_fact(step, &(struct mw_fact){.kind = MW_FACT_BIRTH, .birth = body}, err));
    return ingest_keep_birth(tenant, body, err);
}

/* Has a channel that the model lacks by now a scale of its own? */
static bool has_new_channel(const struct ingest_tenant *tenant)
{
    const struct mw_tenant_scales *frozen = &tenant->birth->scales;
    for (size_t c = 0; c < tenant->config->n_channels; c++) {
        const struct mw_span channel = tenant->config->channels[c].channel;
        if (isnan(known_scale(frozen->spend, frozen->n_spend, channel)) &&
            spend_scale(tenant, channel, tenant->first) > 0) {
            return true;
        }
    }
    return false;
}

static bool is_birth_due(const struct ingest_tenant *tenant)
{
    if (tenant->birth != NULL) {
        return tenant->birth->scales.n_spend < tenant->config->n_channels && has_new_channel(tenant);
    }
    const bool has_scales = tenant->config->scales != NULL;
    const bool is_all = tenant->final && tenant->open_from > tenant->newest;
    return has_scales || is_all || tenant->open_from >= tenant->first + INGEST_BIRTH_DAYS;
}

/* ---- closing ---- */

static enum mw_status close_one(const struct ingest_step *step, const struct mw_quality *quality,
                                struct mw_error *err)
{
    struct ingest_tenant *tenant = step->tenant;
    const int32_t days = ingest_period_days(tenant);
    const struct mw_fact_close close = {
        .from = tenant->open_from,
        .to = tenant->open_from + days - 1,
        .periods = (tenant->open_from - tenant->first) / days + 1,
        .quality = quality,
        .n_quality = tenant->n_inputs,
    };
    const void *body = ingest_put(step, &close, sizeof close);
    if (body == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "ingest: no memory for a close");
    }
    tenant->open_from += days;
    MW_TRY(ingest_emit_fact(step, &(struct mw_fact){.kind = MW_FACT_CLOSE, .close = body}, err));
    return is_birth_due(tenant) ? ingest_give_birth(step, err) : MW_OK;
}

/* Periods that begin before `end` and not after the newest data: a feed that has died closes nothing, it
 * ages. */
static enum mw_status close_before(const struct ingest_step *step, mw_date end, struct mw_error *err)
{
    struct ingest_tenant *tenant = step->tenant;
    if (tenant->first == MW_DATE_NONE || tenant->open_from >= end || tenant->open_from > tenant->newest) {
        return MW_OK;
    }
    const struct mw_quality *quality = rate_inputs(step);
    if (quality == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "ingest: no memory for data quality");
    }
    while (tenant->open_from < end && tenant->open_from <= tenant->newest) {
        MW_TRY(close_one(step, quality, err));
    }
    return cells_forget_ids(&tenant->cells, tenant->open_from - INGEST_DELTA_DAYS, err);
}

enum mw_status ingest_close_through(const struct ingest_step *step, mw_date through, struct mw_error *err)
{
    const struct ingest_tenant *tenant = step->tenant;
    MW_TRY(close_before(step, ingest_period_of(tenant, through) + ingest_period_days(tenant), err));
    const bool late = tenant->birth == NULL && tenant->final && is_birth_due(tenant);
    return late ? ingest_give_birth(step, err) : MW_OK;
}

/* Wall tenants close up to ten minutes after midnight, spread by name, so that midnight is not a wall. */
static int64_t stagger_us(const struct ingest_tenant *tenant)
{
    return tenant->config->clock == MW_CLOCK_WALL ? (int64_t)(mw_span_hash(tenant->name) % 600) * MW_US_PER_S
                                                  : 0;
}

static enum mw_status advance(const struct ingest_step *step, int64_t time_us, struct mw_error *err)
{
    struct ingest_tenant *tenant = step->tenant;
    if (tenant->now_us != MW_TIME_NONE && time_us <= tenant->now_us) {
        return MW_OK;
    }
    tenant->now_us = time_us;
    const mw_date today = mw_tz_date(&tenant->tz, time_us - stagger_us(tenant));
    const bool is_new_day = today != tenant->today;
    if (is_new_day && tenant->today != MW_DATE_NONE) {
        fade_checks(tenant, today - tenant->today);
    }
    tenant->today = today;
    MW_TRY(close_before(step, today - (mw_date)settle_days(tenant->config) - ingest_period_days(tenant) + 2,
                        err));
    return is_new_day && tenant->n_inputs > 0 ? report_quality(step, err) : MW_OK;
}

/* ---- the clock ---- */

static enum mw_status emit_tick(const struct ingest_step *step, struct mw_span tenant, int64_t time_us,
                                struct mw_error *err)
{
    const struct mw_metric_tick tick = {time_us};
    const void *body = ingest_put(step, &tick, sizeof tick);
    return body == NULL ? MW_FAIL(err, MW_E_MEMORY, "ingest: no memory for a tick")
                        : ingest_emit_metric(
                              step,
                              &(struct mw_metric){
                                  .tenant = tenant, .time = time_us, .kind = MW_METRIC_TICK, .tick = body},
                              err);
}

static enum mw_status tenant_clock(const struct ingest_step *step, int64_t time_us, struct mw_error *err)
{
    const struct ingest_tenant *tenant = step->tenant;
    if (tenant == NULL || tenant->config->clock != MW_CLOCK_EVENT) {
        return ingest_reject(step, "unknown_tenant", "/tenant", err,
                             "only a tenant with \"clock\": \"event\" is told the time by its own records");
    }
    if (tenant->now_us != MW_TIME_NONE && time_us <= tenant->now_us) {
        return MW_OK;
    }
    MW_TRY(emit_tick(step, tenant->name, time_us, err));
    return advance(step, time_us, err);
}

enum mw_status ingest_clock(const struct ingest_step *step, struct mw_error *err)
{
    const struct mw_clock *clock = step->in->body;
    if (clock->tenant.len > 0) {
        return tenant_clock(step, clock->time, err);
    }
    struct ingest_core *core = step->core;
    if (core->now_us != MW_TIME_NONE && clock->time <= core->now_us) {
        return MW_OK; /* a tick that goes backwards is dropped */
    }
    core->now_us = clock->time;
    MW_TRY(emit_tick(step, (struct mw_span){0}, clock->time, err));
    for (size_t i = 0; i < core->n_tenants; i++) {
        if (core->tenants[i]->config->clock == MW_CLOCK_WALL) {
            const struct ingest_step one = {core, core->tenants[i], step->in, step->out};
            MW_TRY(advance(&one, clock->time, err));
        }
    }
    return MW_OK;
}
