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
        return prefix == 0 || (text.len >= prefix && memcmp(text.data, pattern.data, prefix) == 0);
    }
    return mw_span_eq(pattern, text);
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
    return ingest_is_channel(config, spend->channel) ? spend->channel : (struct mw_span){0};
}

/* ---- cells ---- */

/* What an event says of a cell. */
struct event {
    struct cell_observation seen;
    struct mw_span id;
    const struct mw_spend *spend; /* NULL: an outcome or a factor */
};

/* The first date seen fixes the weekday that weeks begin on, unless the configuration did. */
static void anchor_week(struct ingest_tenant *tenant, mw_date date)
{
    if (tenant->week_start < 0) {
        tenant->week_start = mw_date_weekday(date);
    }
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

static enum mw_status emit_cell(const struct ingest_step *step, const struct cell_observation *seen,
                                const struct cell_change *change, struct mw_error *err)
{
    const struct mw_fact_cell cell = {
        .cell = seen->kind,
        .name = seen->name,
        .source = seen->source,
        .campaign = seen->campaign,
        .geo = seen->geo,
        .date = seen->period,
        .value = change->value,
        .total = change->total,
        .geo_total = change->geo_total,
        .observed_at = seen->observed_at,
        .closed = seen->period < step->tenant->open_from,
    };
    const void *body = ingest_put(step, &cell, sizeof cell);
    return body == NULL ? MW_FAIL(err, MW_E_MEMORY, "ingest: no memory for a cell")
                        : ingest_emit_fact(step, &(struct mw_fact){.kind = MW_FACT_CELL, .cell = body}, err);
}

static enum mw_status apply(const struct ingest_step *step, struct event *event, struct mw_error *err)
{
    struct ingest_tenant *tenant = step->tenant;
    struct cell_observation *seen = &event->seen;
    struct cell_change change;
    anchor_week(tenant, seen->date);
    seen->period = ingest_period_of(tenant, seen->date);
    MW_TRY(cells_observe(&tenant->cells, seen, &change, err));
    widen_calendar(tenant, seen->period);
    struct ingest_checks checks = {0};
    if (event->spend != NULL) {
        ingest_check_spend(event->spend, ingest_input_of(tenant, seen->kind, change.name), &checks);
    }
    const bool is_settled = seen->period < tenant->open_from;
    if (event->spend != NULL && is_settled && !seen->is_delta && !change.is_new) {
        ingest_check_restated(change.before, change.value, &checks);
    }
    MW_TRY(
        ingest_note_input(tenant, seen->kind, change.name, seen->period, checks.checked, checks.failed, err));
    if (!change.changed) {
        return MW_OK;
    }
    MW_TRY(emit_cell(step, seen, &change, err));
    return seen->kind == MW_CELL_SPEND
               ? ingest_guard_spend(step, change.name, seen->period, change.total, err)
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

/* Years that a calendar with weeks before and after a date can still say. */
static bool is_odd(mw_date date)
{
    const int year = mw_date_to_civil(date).year;
    return year < 1900 || year > 2999;
}

static bool is_before_first(const struct ingest_tenant *tenant, mw_date date)
{
    return tenant->first != MW_DATE_NONE && date < tenant->first && tenant->open_from > tenant->first;
}

static enum mw_status refuse_date(const struct ingest_step *step, mw_date date, bool *is_refused,
                                  struct mw_error *err)
{
    const struct ingest_tenant *tenant = step->tenant;
    *is_refused = true;
    if (is_odd(date)) {
        return ingest_reject(step, "odd_date", "/date", err, "dates lie in the years 1900 to 2999");
    }
    if (is_future(tenant, date)) {
        return ingest_reject(
            step, "future_date", "/date", err,
            "the date is more than a day after the tenant's today: check date and time zone");
    }
    if (is_beyond_rows(tenant, date)) {
        return ingest_reject(step, "too_many_rows", "/date", err,
                             "a model holds %d periods: begin a tenant with a later first date",
                             INGEST_ROWS_MAX);
    }
    if (is_before_first(tenant, date)) {
        return ingest_reject(step, "before_first", "/date", err,
                             "the calendar begins later and has closed periods: send older history first");
    }
    *is_refused = false;
    return MW_OK;
}

static enum mw_status refuse_size(const struct ingest_step *step, const struct cell_observation *seen,
                                  bool *is_refused, struct mw_error *err)
{
    *is_refused = true;
    if (!(fabs(seen->value) <= INGEST_VALUE_MAX)) {
        return ingest_reject(step, "odd_value", "", err, "%g is no measurement: values are at most %g",
                             seen->value, INGEST_VALUE_MAX);
    }
    if (cells_are_full_for(&step->tenant->cells, seen)) {
        return ingest_reject(step, "too_many_cells", "", err,
                             "the tenant has %d cells, the most that are kept: send fewer campaigns or geos",
                             INGEST_CELLS_MAX);
    }
    *is_refused = false;
    return MW_OK;
}

/* An id counts as seen once its delta has been counted, never before. */
static enum mw_status admit_delta(const struct ingest_step *step, struct event *event, struct mw_error *err)
{
    struct ingest_tenant *tenant = step->tenant;
    const struct cell_observation *seen = &event->seen;
    const struct ingest_id id = {ingest_id_hash(seen->kind, seen->source, event->id), seen->date};
    if (tenant->deltas_from != MW_DATE_NONE && seen->date < tenant->deltas_from) {
        return ingest_reject(step, "delta_too_old", "/date", err,
                             "deltas are taken for %d days: send a snapshot of the cell", INGEST_DELTA_DAYS);
    }
    if (ingest_ids_have(&tenant->deltas, id.hash)) {
        return MW_OK;
    }
    if (tenant->deltas.n >= INGEST_DELTAS_MAX) {
        return ingest_reject(step, "too_many_ids", "/id", err,
                             "%d deltas of %d days are held, the most there may be: send snapshots",
                             INGEST_DELTAS_MAX, INGEST_DELTA_DAYS);
    }
    MW_TRY(apply(step, event, err));
    return ingest_ids_add(&tenant->deltas, id, err);
}

/* Checks of date, size and repeat, then the cell. */
static enum mw_status admit(const struct ingest_step *step, struct event *event, struct mw_error *err)
{
    bool is_refused = false;
    MW_TRY(refuse_date(step, event->seen.date, &is_refused, err));
    if (!is_refused) {
        MW_TRY(refuse_size(step, &event->seen, &is_refused, err));
    }
    if (is_refused) {
        return MW_OK;
    }
    return event->seen.is_delta ? admit_delta(step, event, err) : apply(step, event, err);
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
    struct event event = {.id = spend->id,
                          .spend = spend,
                          .seen = {.kind = MW_CELL_SPEND,
                                   .name = channel,
                                   .source = spend->source,
                                   .campaign = spend->campaign,
                                   .geo = spend->geo,
                                   .date = spend->date,
                                   .is_delta = is_delta,
                                   .is_money = true,
                                   .value = spend->spend,
                                   .observed_at = spend->observed_at}};
    return admit(step, &event, err);
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
    struct event event = {.id = outcome->id,
                          .seen = {.kind = MW_CELL_OUTCOME,
                                   .name = outcome->outcome,
                                   .source = outcome->source,
                                   .geo = outcome->geo,
                                   .date = outcome->date,
                                   .is_delta = outcome->kind == MW_OBS_DELTA,
                                   .is_money = revenue,
                                   .value = value,
                                   .observed_at = outcome->observed_at}};
    return admit(step, &event, err);
}

enum mw_status ingest_factor(const struct ingest_step *step, struct mw_error *err)
{
    const struct mw_factor *factor = step->in->body;
    if (!ingest_is_factor(step->tenant->config, factor->factor)) {
        return ingest_reject(step, "unknown_factor", "/factor", err,
                             "\"" MW_SPAN_FMT "\" is no control and no event of the tenant",
                             MW_SPAN_ARG(factor->factor));
    }
    struct event event = {.id = factor->id,
                          .seen = {.kind = MW_CELL_FACTOR,
                                   .name = factor->factor,
                                   .source = factor->source,
                                   .date = factor->date,
                                   .value = factor->value,
                                   .observed_at = factor->observed_at}};
    return admit(step, &event, err);
}

/* ---- tests and commands ---- */

enum asked { ASKED_TEST, ASKED_COMMAND };

/* Ids of tests and commands are few: as many as are held, the newest ones. */
static enum mw_status is_repeat(const struct ingest_step *step, enum asked what, struct mw_span id,
                                bool *repeated, struct mw_error *err)
{
    struct ingest_ids *asked = &step->tenant->asked;
    const uint64_t hash = ingest_id_hash((int32_t)what, (struct mw_span){0}, id);
    *repeated = ingest_ids_have(asked, hash);
    if (*repeated) {
        return MW_OK;
    }
    if (asked->n >= INGEST_ASKED_MAX) {
        MW_TRY(ingest_ids_halve(asked, err));
    }
    return ingest_ids_add(asked, (struct ingest_id){hash, MW_DATE_NONE}, err);
}

enum mw_status ingest_test(const struct ingest_step *step, struct mw_error *err)
{
    const struct mw_test *test = step->in->body;
    const struct mw_span channel = test->declared != NULL ? test->declared->channel
                                   : test->lift != NULL   ? test->lift->channel
                                                          : (struct mw_span){0};
    if (channel.len > 0 && !ingest_is_channel(step->tenant->config, channel)) {
        return ingest_reject(step, "unknown_test_channel", "", err,
                             "\"" MW_SPAN_FMT "\" is no channel of the tenant", MW_SPAN_ARG(channel));
    }
    bool repeated = false;
    MW_TRY(is_repeat(step, ASKED_TEST, test->id, &repeated, err));
    return repeated ? MW_OK
                    : ingest_emit_fact(step, &(struct mw_fact){.kind = MW_FACT_TEST, .test = test}, err);
}

/* What is about data or decisions enters the journal; what is about alerts goes on to mw.metric.v1. */
enum mw_status ingest_command(const struct ingest_step *step, struct mw_error *err)
{
    const struct mw_command *command = step->in->body;
    struct ingest_tenant *tenant = step->tenant;
    bool repeated = false;
    MW_TRY(is_repeat(step, ASKED_COMMAND, command->id, &repeated, err));
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
                                                      .time = ingest_now_us(step),
                                                      .kind = MW_METRIC_COMMAND,
                                                      .command = command},
                                  err);
    }
}
