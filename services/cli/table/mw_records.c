// SPDX-License-Identifier: Apache-2.0
#include "mw_records.h"

#include "mw_shape.h"
#include <math.h>
#include <stdio.h>

int mw_period_days(const struct mw_tenant *tenant)
{
    return tenant->grid == MW_GRID_WEEK ? 7 : 1;
}

/* ---- ids ---------------------------------------------------------------------------------------------- */

/* What an id says, hashed: no part can run into the next, as each is hashed with its length. */
struct hasher {
    struct mw_hash128 sum;
};

static void add_bytes(struct hasher *h, const void *data, size_t n_bytes)
{
    const struct mw_hash128 part = mw_hash128(data, n_bytes);
    const uint64_t words[5] = {h->sum.lo, h->sum.hi, part.lo, part.hi, n_bytes};
    h->sum = mw_hash128(words, sizeof words);
}

static void add_text(struct hasher *h, struct mw_span text)
{
    add_bytes(h, text.data, text.len);
}

static struct mw_span finish_id(const struct hasher *h, struct mw_raw *out)
{
    char hex[33];
    mw_hash128_hex(h->sum, hex);
    (void)snprintf(out->id_text, sizeof out->id_text, "row-%s", hex);
    out->id = mw_span(out->id_text);
    return out->id;
}

void mw_raw_identify(struct mw_raw *out, struct mw_span text)
{
    struct hasher h = {.sum = {0, 0}};
    add_text(&h, text);
    (void)finish_id(&h, out);
}

/* The id of a cell's value. -0 and 0 are one value. */
static struct mw_span cell_id(const struct mw_source *source, const struct mw_type *type, struct mw_span name,
                              struct mw_span geo, mw_date date, double value, struct mw_raw *out)
{
    struct hasher h = {.sum = {0, 0}};
    const double plain = value == 0.0 ? 0.0 : value;
    add_text(&h, source->tenant->tenant);
    add_text(&h, source->source);
    add_text(&h, mw_span(type->topic));
    add_text(&h, name);
    add_text(&h, geo);
    add_bytes(&h, &date, sizeof date);
    add_bytes(&h, &plain, sizeof plain);
    return finish_id(&h, out);
}

/* ---- one record --------------------------------------------------------------------------------------- */

static int64_t midnight_us(mw_date date)
{
    return (int64_t)date * MW_US_PER_DAY;
}

static int64_t end_us(const struct mw_source *source, const struct mw_period *period)
{
    return midnight_us(period->date + mw_period_days(source->tenant));
}

static void set(struct mw_raw *out, const struct mw_type *type, const void *body, int64_t time_us)
{
    out->type = type;
    out->body = body;
    out->time_us = time_us;
}

static void spend_record(const struct mw_source *source, const struct mw_period *period, size_t i,
                         struct mw_raw *out)
{
    const struct mw_tenant *t = source->tenant;
    const struct mw_span channel = t->channels[i / source->n_geos].channel,
                         geo = source->geos[i % source->n_geos];
    set(out, &mw_type_spend, &out->as.spend, end_us(source, period));
    out->as.spend =
        (struct mw_spend){.id = cell_id(source, out->type, channel, geo, period->date, period->spend[i], out),
                          .tenant = t->tenant,
                          .source = source->source,
                          .channel = channel,
                          .geo = geo,
                          .currency = t->currency,
                          .kind = MW_OBS_SNAPSHOT,
                          .observed_at = out->time_us,
                          .date = period->date,
                          .spend = period->spend[i],
                          .impressions = (double)NAN,
                          .clicks = (double)NAN,
                          .conversions = (double)NAN,
                          .platform_value = (double)NAN};
}

static void outcome_record(const struct mw_source *source, const struct mw_period *period, size_t i,
                           struct mw_raw *out)
{
    const struct mw_tenant *t = source->tenant;
    const double value = period->outcome[i];
    const bool money = t->outcome.kind == MW_OUTCOME_REVENUE;
    if (isnan(value)) {
        return;
    }
    set(out, &mw_type_outcome, &out->as.outcome, end_us(source, period));
    out->as.outcome = (struct mw_outcome){
        .id = cell_id(source, out->type, t->outcome.name, source->geos[i], period->date, value, out),
        .tenant = t->tenant,
        .source = source->source,
        .outcome = t->outcome.name,
        .geo = source->geos[i],
        .currency = money ? t->currency : (struct mw_span){0},
        .kind = MW_OBS_SNAPSHOT,
        .observed_at = out->time_us,
        .date = period->date,
        .amount = money ? value : (double)NAN,
        .value = money ? (double)NAN : value};
}

static void factor_record(const struct mw_source *source, const struct mw_period *period, size_t i,
                          struct mw_raw *out)
{
    const struct mw_tenant *t = source->tenant;
    const struct mw_span name = i < t->n_controls ? t->controls[i].name : t->events[i - t->n_controls].name;
    const struct mw_span nowhere = {0};
    set(out, &mw_type_factor, &out->as.factor, end_us(source, period));
    out->as.factor = (struct mw_factor){
        .id = cell_id(source, out->type, name, nowhere, period->date, period->factors[i], out),
        .tenant = t->tenant,
        .source = source->source,
        .factor = name,
        .observed_at = out->time_us,
        .date = period->date,
        .value = period->factors[i]};
}

static void clock_record(const struct mw_source *source, const struct mw_period *period, struct mw_raw *out)
{
    const struct mw_span nothing = {0};
    set(out, &mw_type_clock, &out->as.clock, end_us(source, period));
    (void)cell_id(source, out->type, nothing, nothing, period->date, 0.0, out);
    out->as.clock = (struct mw_clock){.tenant = source->tenant->tenant, .time = out->time_us};
}

static void settle_record(const struct mw_source *source, const struct mw_period *period, bool final,
                          struct mw_raw *out)
{
    const struct mw_span nothing = {0};
    const mw_date through = period->date + mw_period_days(source->tenant) - 1;
    set(out, &mw_type_command, &out->as.command, end_us(source, period));
    out->settle = (struct mw_command_settle){.through = through, .final = final};
    out->as.command =
        (struct mw_command){.id = cell_id(source, out->type, nothing, nothing, through, final, out),
                            .tenant = source->tenant->tenant,
                            .by = source->source,
                            .kind = MW_COMMAND_SETTLE,
                            .settle = &out->settle};
}

size_t mw_period_records(const struct mw_source *source)
{
    const struct mw_tenant *t = source->tenant;
    return (t->n_channels + 1) * source->n_geos + t->n_controls + t->n_events + 2;
}

void mw_period_record(const struct mw_source *source, const struct mw_period *period, bool final, size_t i,
                      struct mw_raw *out)
{
    const struct mw_tenant *t = source->tenant;
    const size_t n_spend = t->n_channels * source->n_geos, n_factors = t->n_controls + t->n_events;
    *out = (struct mw_raw){.type = NULL};
    if (i < n_spend) {
        spend_record(source, period, i, out);
        return;
    }
    i -= n_spend;
    if (i < source->n_geos) {
        outcome_record(source, period, i, out);
        return;
    }
    i -= source->n_geos;
    if (i < n_factors) {
        factor_record(source, period, i, out);
    } else if (i == n_factors) {
        clock_record(source, period, out);
    } else {
        settle_record(source, period, final, out);
    }
}

enum mw_status mw_source_seal(struct mw_source *source, struct mw_error *err)
{
    struct mw_writer text = {0};
    mw_shape_write(&mw_type_tenant.shape, source->tenant, &text);
    const enum mw_status status = mw_writer_status(&text, err);
    source->tenant_hash = mw_hash128(text.data, text.len);
    mw_writer_fini(&text);
    return status;
}

void mw_tenant_record(const struct mw_source *source, mw_date first, struct mw_raw *out)
{
    const struct hasher h = {.sum = source->tenant_hash};
    *out = (struct mw_raw){.type = NULL};
    set(out, &mw_type_tenant, source->tenant, midnight_us(first));
    (void)finish_id(&h, out);
}
