/* One raw event: is it about something known, in the right unit, for a date that can be? Then it moves a
 * cell, and a cell that moved is a fact. */
// SPDX-License-Identifier: Apache-2.0
#include "ingest_internal.h"

#include <math.h>

/* ---- what may be named ---- */

static bool matches(struct mw_span pattern, struct mw_span text)
{
    if (pattern.len == 0) {
        return true;
    }
    if (pattern.data[pattern.len - 1] == '*') {
        const size_t prefix = pattern.len - 1;
        return text.len >= prefix && memcmp(text.data, pattern.data, prefix) == 0;
    }
    return mw_span_eq(pattern, text);
}

static bool is_channel(const struct mw_tenant *config, struct mw_span name)
{
    for (size_t i = 0; i < config->n_channels; i++) {
        if (mw_span_eq(config->channels[i].channel, name)) {
            return true;
        }
    }
    return false;
}

/* The channel of the taxonomy: the first row that matches, else a channel of that very name; empty when none.
 */
static struct mw_span map_channel(const struct mw_tenant *config, const struct mw_spend *spend)
{
    for (size_t i = 0; i < config->n_taxonomy; i++) {
        const struct mw_tenant_taxonomy *row = &config->taxonomy[i];
        if (matches(row->source, spend->source) && matches(row->channel, spend->channel) &&
            matches(row->campaign, spend->campaign)) {
            return row->to;
        }
    }
    return is_channel(config, spend->channel) ? spend->channel : (struct mw_span){0};
}

static bool is_factor(const struct mw_tenant *config, struct mw_span name)
{
    for (size_t i = 0; i < config->n_controls; i++) {
        if (mw_span_eq(config->controls[i].name, name)) {
            return true;
        }
    }
    for (size_t i = 0; i < config->n_events; i++) {
        if (mw_span_eq(config->events[i].name, name)) {
            return true;
        }
    }
    return false;
}

/* ---- cells ---- */

struct observation {
    int32_t cell;
    struct mw_span name, source, campaign, geo, id;
    mw_date date;
    bool is_delta;
    double value;
    int64_t observed_at;
    double checked, failed;
};

/* The first date seen fixes the weekday that weeks begin on, unless the configuration did. */
static void anchor_week(struct ingest_tenant *tenant, mw_date date)
{
    if (tenant->week_start < 0) {
        tenant->week_start = mw_date_weekday(date);
    }
}

static enum mw_status key_of(struct ingest_tenant *tenant, const struct observation *seen,
                             struct cell_key *out, struct mw_error *err)
{
    struct mw_names *names = &tenant->cells.names;
    *out = (struct cell_key){.kind = seen->cell, .date = seen->date};
    MW_TRY(mw_names_add(names, seen->name, &out->name, err));
    MW_TRY(mw_names_add(names, seen->source, &out->source, err));
    MW_TRY(mw_names_add(names, seen->campaign, &out->campaign, err));
    return mw_names_add(names, seen->geo, &out->geo, err);
}

static void widen_calendar(struct ingest_tenant *tenant, mw_date period)
{
    if (tenant->first == MW_DATE_NONE) {
        tenant->first = tenant->newest = tenant->open_from = period;
    }
    /* Before anything was closed the calendar may still begin earlier. */
    if (period < tenant->first && tenant->open_from == tenant->first) {
        tenant->first = tenant->open_from = period;
    }
    tenant->newest = period > tenant->newest ? period : tenant->newest;
}

static enum mw_status emit_cell(const struct ingest_step *step, const struct observation *seen,
                                mw_date period, const struct cell_change *change, struct mw_error *err)
{
    const struct mw_fact_cell cell = {
        .cell = seen->cell,
        .name = seen->name,
        .source = seen->source,
        .campaign = seen->campaign,
        .geo = seen->geo,
        .date = period,
        .value = change->value,
        .total = change->total,
        .geo_total = change->geo_total,
        .observed_at = seen->observed_at,
        .closed = step->tenant->open_from != MW_DATE_NONE && period < step->tenant->open_from,
    };
    const void *body = ingest_put(step, &cell, sizeof cell);
    return body == NULL ? MW_FAIL(err, MW_E_MEMORY, "ingest: no memory for a cell")
                        : ingest_emit_fact(step, &(struct mw_fact){.kind = MW_FACT_CELL, .cell = body}, err);
}

static enum mw_status apply(const struct ingest_step *step, const struct observation *seen,
                            struct mw_error *err)
{
    struct ingest_tenant *tenant = step->tenant;
    anchor_week(tenant, seen->date);
    struct cell_key key;
    MW_TRY(key_of(tenant, seen, &key, err));
    const mw_date period = ingest_period_of(tenant, seen->date);
    struct cell_change change;
    struct mw_error full = {0};
    const enum mw_status status =
        seen->is_delta
            ? cells_add(&tenant->cells, &key, period, seen->value, seen->observed_at, &change, &full)
            : cells_set(&tenant->cells, &key, period, seen->value, seen->observed_at, &change, &full);
    if (status == MW_E_FULL) {
        return ingest_reject(step, "too_many_cells", "", err, "%s", full.text);
    }
    if (status != MW_OK) {
        return MW_FAIL(err, status, "%s", full.text);
    }
    widen_calendar(tenant, period);
    MW_TRY(ingest_note_input(tenant, seen->cell, key.name, period, seen->checked, seen->failed, err));
    if (!change.changed) {
        return MW_OK;
    }
    MW_TRY(emit_cell(step, seen, period, &change, err));
    return seen->cell == MW_CELL_SPEND ? ingest_guard_spend(step, key.name, period, change.total, err)
                                       : MW_OK;
}

/* ---- dates and repeats ---- */

static bool is_future(const struct ingest_tenant *tenant, mw_date date)
{
    /* A history that brings its own clock writes each period before the clock has reached it. */
    const bool wall = tenant->config->clock == MW_CLOCK_WALL && tenant->now_us != MW_TIME_NONE;
    return wall && date > mw_tz_date(&tenant->tz, tenant->now_us) + 1;
}

/* A model holds so many rows and no more: a cell beyond would be a row that it can never take. */
static bool is_beyond_rows(const struct ingest_tenant *tenant, mw_date date)
{
    if (tenant->first == MW_DATE_NONE) {
        return false;
    }
    const mw_date first = date < tenant->first ? date : tenant->first;
    const mw_date last = date > tenant->newest ? date : tenant->newest;
    return (last - first) / ingest_period_days(tenant) >= INGEST_ROWS_MAX;
}

static bool is_too_old(const struct ingest_tenant *tenant, const struct observation *seen)
{
    return seen->is_delta && tenant->now_us != MW_TIME_NONE &&
           seen->date < mw_tz_date(&tenant->tz, tenant->now_us) - INGEST_DELTA_DAYS;
}

/* Date and repeat checks, then the cell. */
static enum mw_status admit(const struct ingest_step *step, struct observation *seen, struct mw_error *err)
{
    struct ingest_tenant *tenant = step->tenant;
    if (is_future(tenant, seen->date)) {
        return ingest_reject(
            step, "future_date", "/date", err,
            "the date is more than a day after the tenant's today: check date and time zone");
    }
    if (is_beyond_rows(tenant, seen->date)) {
        return ingest_reject(step, "too_many_rows", "/date", err,
                             "a model holds %d periods: begin a tenant with a later first date",
                             INGEST_ROWS_MAX);
    }
    if (tenant->first != MW_DATE_NONE && seen->date < tenant->first && tenant->open_from > tenant->first) {
        return ingest_reject(step, "before_first", "/date", err,
                             "the calendar begins later and has closed periods: send older history first");
    }
    if (is_too_old(tenant, seen)) {
        return ingest_reject(step, "delta_too_old", "/date", err,
                             "deltas are taken for %d days: send a snapshot of the cell", INGEST_DELTA_DAYS);
    }
    if (seen->is_delta) {
        bool repeated = false;
        MW_TRY(cells_see(&tenant->cells, seen->id, seen->date, &repeated, err));
        if (repeated) {
            return MW_OK;
        }
    }
    return apply(step, seen, err);
}

/* ---- the events ---- */

static enum mw_status wrong_currency(const struct ingest_step *step, struct mw_span currency,
                                     struct mw_error *err)
{
    return ingest_reject(step, "wrong_currency", "/currency", err,
                         "the tenant's currency is " MW_SPAN_FMT ", the record's " MW_SPAN_FMT
                         ": convert before sending",
                         MW_SPAN_ARG(step->tenant->config->currency), MW_SPAN_ARG(currency));
}

/* Consistency checks that one spend event can fail (definitions.md): clicks <= impressions; no paid spend
 * without impressions where impressions are reported. */
static void check_spend(const struct mw_spend *spend, struct observation *out)
{
    if (!isnan(spend->clicks) && !isnan(spend->impressions)) {
        out->checked += 1;
        out->failed += spend->clicks > spend->impressions;
    }
    if (!isnan(spend->impressions)) {
        out->checked += 1;
        out->failed += spend->spend > 0 && spend->impressions == 0;
    }
}

enum mw_status ingest_spend(const struct ingest_step *step, struct mw_error *err)
{
    const struct mw_spend *spend = step->in->body;
    const struct mw_tenant *config = step->tenant->config;
    const struct mw_span channel = map_channel(config, spend);
    if (!mw_span_eq(spend->currency, config->currency)) {
        return wrong_currency(step, spend->currency, err);
    }
    if (channel.len == 0) {
        return ingest_reject(step, "unknown_channel", "/channel", err,
                             "\"" MW_SPAN_FMT "\" of source \"" MW_SPAN_FMT
                             "\" is in no channel: add it to the tenant's channels or taxonomy",
                             MW_SPAN_ARG(spend->channel), MW_SPAN_ARG(spend->source));
    }
    const bool is_delta = spend->kind == MW_OBS_DELTA;
    if (!is_delta && spend->spend < 0) {
        return ingest_reject(step, "negative_spend", "/spend", err,
                             "a snapshot says %.6f: only a delta may be negative", spend->spend);
    }
    struct observation seen = {
        MW_CELL_SPEND, channel,  spend->source, spend->campaign,    spend->geo, spend->id,
        spend->date,   is_delta, spend->spend,  spend->observed_at, 0,          0};
    check_spend(spend, &seen);
    return admit(step, &seen, err);
}

enum mw_status ingest_outcome(const struct ingest_step *step, struct mw_error *err)
{
    const struct mw_outcome *outcome = step->in->body;
    const struct mw_tenant *config = step->tenant->config;
    const bool revenue = config->outcome.kind == MW_OUTCOME_REVENUE;
    if (!mw_span_eq(outcome->outcome, config->outcome.name)) {
        return ingest_reject(step, "unknown_outcome", "/outcome", err,
                             "the tenant's outcome is \"" MW_SPAN_FMT "\", not \"" MW_SPAN_FMT "\"",
                             MW_SPAN_ARG(config->outcome.name), MW_SPAN_ARG(outcome->outcome));
    }
    if (revenue && !mw_span_eq(outcome->currency, config->currency)) {
        return wrong_currency(step, outcome->currency, err);
    }
    const double value = revenue ? outcome->amount : outcome->value;
    if (isnan(value) || !isnan(revenue ? outcome->value : outcome->amount)) {
        return ingest_reject(step, "wrong_amount", revenue ? "/amount" : "/value", err,
                             "a %s outcome has \"%s\" and nothing else", revenue ? "revenue" : "counted",
                             revenue ? "amount" : "value");
    }
    struct observation seen = {MW_CELL_OUTCOME,
                               outcome->outcome,
                               outcome->source,
                               (struct mw_span){0},
                               outcome->geo,
                               outcome->id,
                               outcome->date,
                               outcome->kind == MW_OBS_DELTA,
                               value,
                               outcome->observed_at,
                               0,
                               0};
    return admit(step, &seen, err);
}

enum mw_status ingest_factor(const struct ingest_step *step, struct mw_error *err)
{
    const struct mw_factor *factor = step->in->body;
    if (!is_factor(step->tenant->config, factor->factor)) {
        return ingest_reject(step, "unknown_factor", "/factor", err,
                             "\"" MW_SPAN_FMT "\" is no control and no event of the tenant",
                             MW_SPAN_ARG(factor->factor));
    }
    struct observation seen = {MW_CELL_FACTOR,
                               factor->factor,
                               factor->source,
                               (struct mw_span){0},
                               (struct mw_span){0},
                               factor->id,
                               factor->date,
                               false,
                               factor->value,
                               factor->observed_at,
                               0,
                               0};
    return admit(step, &seen, err);
}

/* Ids of tests and commands are few and are kept for good. */
static enum mw_status is_repeat(const struct ingest_step *step, struct mw_span id, bool *repeated,
                                struct mw_error *err)
{
    if (step->tenant->cells.n_seen >= INGEST_IDS_MAX) {
        *repeated = true;
        return ingest_reject(step, "too_many_ids", "/id", err, "%d event ids are held, the most there may be",
                             INGEST_IDS_MAX);
    }
    return cells_see(&step->tenant->cells, id, INT32_MAX, repeated, err);
}

enum mw_status ingest_test(const struct ingest_step *step, struct mw_error *err)
{
    const struct mw_test *test = step->in->body;
    const struct mw_span channel = test->declared != NULL ? test->declared->channel
                                   : test->lift != NULL   ? test->lift->channel
                                                          : (struct mw_span){0};
    if (channel.len > 0 && !is_channel(step->tenant->config, channel)) {
        return ingest_reject(step, "unknown_test_channel", "", err,
                             "\"" MW_SPAN_FMT "\" is no channel of the tenant", MW_SPAN_ARG(channel));
    }
    bool repeated = false;
    MW_TRY(is_repeat(step, test->id, &repeated, err));
    return repeated ? MW_OK
                    : ingest_emit_fact(step, &(struct mw_fact){.kind = MW_FACT_TEST, .test = test}, err);
}

/* What is about data or decisions enters the journal; what is about alerts goes on to mw.metric.v1. */
enum mw_status ingest_command(const struct ingest_step *step, struct mw_error *err)
{
    const struct mw_command *command = step->in->body;
    struct ingest_tenant *tenant = step->tenant;
    bool repeated = false;
    MW_TRY(is_repeat(step, command->id, &repeated, err));
    if (repeated) {
        return MW_OK;
    }
    switch (command->kind) {
    case MW_COMMAND_SETTLE:
        tenant->final |= command->settle->final;
        return tenant->first == MW_DATE_NONE ? MW_OK
                                             : ingest_close_through(step, command->settle->through, err);
    case MW_COMMAND_DECIDE:
    case MW_COMMAND_SCENARIO:
        return ingest_emit_fact(step, &(struct mw_fact){.kind = MW_FACT_COMMAND, .command = command}, err);
    default:
        return ingest_emit_metric(step,
                                  &(struct mw_metric){.tenant = tenant->name,
                                                      .time = step->in->time_us,
                                                      .kind = MW_METRIC_COMMAND,
                                                      .command = command},
                                  err);
    }
}
