/* The calendar of a tenant: what day it is, and when a period is closed. */
// SPDX-License-Identifier: Apache-2.0
#include "ingest_internal.h"

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

int32_t ingest_settle_days(const struct mw_tenant *config)
{
    const int64_t spend = config->settle == NULL ? 1 : config->settle->spend_days;
    const int64_t outcome = config->settle == NULL ? 3 : config->settle->outcome_days;
    return (int32_t)(spend > outcome ? spend : outcome);
}

/* The day moves on, or periods close: deltas of dates that are now too old are refused, so their ids may go. The
 * window never moves back, not even with the tenant's time zone: an id that is gone would be counted again. */
static enum mw_status move_delta_window(struct ingest_tenant *tenant, mw_date day, struct mw_error *err)
{
    const mw_date from = day - INGEST_DELTA_DAYS;
    if (tenant->deltas_from != MW_DATE_NONE && from <= tenant->deltas_from) {
        return MW_OK;
    }
    tenant->deltas_from = from;
    return ingest_ids_forget(&tenant->deltas, from, err);
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
    return ingest_is_birth_due(tenant) ? ingest_give_birth(step, err) : MW_OK;
}

/* Periods that begin before `end` and not after the newest data: a feed that has died closes nothing, it
 * ages. */
static enum mw_status close_before(const struct ingest_step *step, mw_date end, struct mw_error *err)
{
    struct ingest_tenant *tenant = step->tenant;
    if (tenant->first == MW_DATE_NONE || tenant->open_from >= end || tenant->open_from > tenant->newest) {
        return MW_OK;
    }
    const struct mw_quality *quality = ingest_rate_inputs(step);
    if (quality == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "ingest: no memory for data quality");
    }
    while (tenant->open_from < end && tenant->open_from <= tenant->newest) {
        MW_TRY(close_one(step, quality, err));
    }
    return move_delta_window(tenant, tenant->open_from, err);
}

enum mw_status ingest_close_through(const struct ingest_step *step, mw_date through, struct mw_error *err)
{
    const struct ingest_tenant *tenant = step->tenant;
    MW_TRY(close_before(step, ingest_period_of(tenant, through) + ingest_period_days(tenant), err));
    return tenant->final && ingest_is_birth_due(tenant) ? ingest_give_birth(step, err) : MW_OK;
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
        ingest_fade_checks(tenant, today - tenant->today);
    }
    tenant->today = today;
    MW_TRY(move_delta_window(tenant, mw_tz_date(&tenant->tz, time_us), err));
    MW_TRY(
        close_before(step, today - ingest_settle_days(tenant->config) - ingest_period_days(tenant) + 2, err));
    return is_new_day && tenant->n_inputs > 0 ? ingest_report_quality(step, err) : MW_OK;
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
    for (size_t i = 0; i < core->tenants.n; i++) {
        struct ingest_tenant *tenant = core->tenants.items[i];
        if (tenant->config->clock == MW_CLOCK_WALL) {
            const struct ingest_step one = {core, tenant, step->in, step->out};
            MW_TRY(advance(&one, clock->time, err));
        }
    }
    return MW_OK;
}
