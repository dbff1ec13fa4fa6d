/* A tenant's configuration: what it may say, what it may change, and what is kept of it. */
// SPDX-License-Identifier: Apache-2.0
#include "ingest_internal.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- what a configuration names ---- */

bool ingest_is_channel(const struct mw_tenant *config, struct mw_span name)
{
    for (size_t i = 0; i < config->n_channels; i++) {
        if (mw_span_eq(config->channels[i].channel, name)) {
            return true;
        }
    }
    return false;
}

/* Controls come first, then events. */
static struct mw_span factor_name(const struct mw_tenant *config, size_t i)
{
    return i < config->n_controls ? config->controls[i].name : config->events[i - config->n_controls].name;
}

bool ingest_is_factor(const struct mw_tenant *config, struct mw_span name)
{
    for (size_t i = 0; i < config->n_controls + config->n_events; i++) {
        if (mw_span_eq(factor_name(config, i), name)) {
            return true;
        }
    }
    return false;
}

/* ---- what a configuration may say ---- */

/* Where a configuration is wrong and what to do; reason NULL: nowhere. */
struct objection {
    const char *reason, *pointer;
    struct mw_span name;
    const char *text; /* stands behind the name */
};

static const struct objection none = {0};

static struct objection bad(const char *pointer, struct mw_span name, const char *text)
{
    return (struct objection){"bad_tenant", pointer, name, text};
}

static struct objection object_to_zone(const struct mw_tenant *config)
{
    struct mw_tz tz;
    if (config->time_zone.len > 0 && config->time_zone_rule.len == 0) {
        return (struct objection){"bad_time_zone", "/time_zone_rule", config->time_zone,
                                  "comes without its rule: send with it the last line of its zoneinfo file"};
    }
    return ingest_read_tz(config, &tz) == MW_OK
               ? none
               : (struct objection){"bad_time_zone", "/time_zone_rule", config->time_zone_rule,
                                    "is not a rule like CET-1CEST,M3.5.0,M10.5.0/3"};
}

static struct objection object_to_outcome(const struct mw_tenant *config)
{
    if (config->grid < 0) {
        return bad("/grid", config->tenant, "needs a grid: day or week");
    }
    if (config->currency.len == 0) {
        return bad("/currency", config->tenant, "needs a currency like USD: all its spend is in it");
    }
    return config->outcome.name.len > 0
               ? none
               : bad("/outcome/name", config->tenant, "needs a name for its outcome");
}

/* A name twice would be one column of numbers in two places of the model. */
static struct objection object_to_channels(const struct mw_tenant *config)
{
    for (size_t i = 0; i < config->n_channels; i++) {
        const struct mw_tenant_channel *channel = &config->channels[i];
        if (channel->channel.len == 0) {
            return bad("/channels", channel->column, "is the column of a channel without a name");
        }
        for (size_t j = 0; j < i; j++) {
            if (mw_span_eq(config->channels[j].channel, channel->channel)) {
                return bad("/channels", channel->channel,
                           "is the name of two channels: name one of them anew");
            }
        }
    }
    return config->n_channels > 0 ? none : bad("/channels", config->tenant, "needs at least one channel");
}

static struct objection object_to_factors(const struct mw_tenant *config)
{
    for (size_t i = 0; i < config->n_controls + config->n_events; i++) {
        const struct mw_span name = factor_name(config, i);
        const char *pointer = i < config->n_controls ? "/controls" : "/events";
        if (name.len == 0) {
            return bad(pointer, config->tenant, "has a control or an event without a name");
        }
        for (size_t j = 0; j < i; j++) {
            if (mw_span_eq(factor_name(config, j), name)) {
                return bad(pointer, name, "is the name of two controls or events: name one of them anew");
            }
        }
    }
    return none;
}

static struct objection object_to_taxonomy(const struct mw_tenant *config)
{
    for (size_t i = 0; i < config->n_taxonomy; i++) {
        if (!ingest_is_channel(config, config->taxonomy[i].to)) {
            return bad("/taxonomy", config->taxonomy[i].to,
                       "is where a row of the taxonomy leads, and no channel: add it or drop the row");
        }
    }
    return none;
}

static struct objection object_to_size(const struct mw_tenant *config)
{
    const size_t n_columns = config->n_controls + config->n_events + INGEST_BASELINE_COLUMNS;
    if (config->model != NULL && config->model->particles % INGEST_PARTICLES_STEP != 0) {
        return bad("/model/particles", config->tenant, "needs a multiple of 16 particles");
    }
    if (config->n_channels > MW_CHANNELS_MAX) {
        return bad("/channels", config->tenant, "has more than 64 channels, the most that a model takes");
    }
    return n_columns <= MW_CONTROLS_MAX
               ? none
               : bad("/controls", config->tenant,
                     "has more than 386 controls and events together, the most that a model takes");
}

/* What cells, closed periods and running tests are already counted in. */
static struct objection object_to_change(const struct mw_tenant *was, const struct mw_tenant *config,
                                         int32_t week_start)
{
    if (was->grid != config->grid ||
        (config->week_start >= 0 && week_start >= 0 && config->week_start != week_start)) {
        return bad(was->grid != config->grid ? "/grid" : "/week_start", config->tenant,
                   "keeps the grid that its calendar began with: begin another tenant");
    }
    if (!mw_span_eq(was->currency, config->currency)) {
        return bad("/currency", was->currency,
                   "is the currency of what has been counted: begin another tenant for another currency");
    }
    const bool is_same =
        mw_span_eq(was->outcome.name, config->outcome.name) && was->outcome.kind == config->outcome.kind;
    return is_same ? none
                   : bad("/outcome", was->outcome.name,
                         "is the outcome of this tenant: begin another tenant for another outcome");
}

static struct objection object_to(const struct mw_tenant *config, const struct ingest_tenant *tenant)
{
    static struct objection (*const rules[])(const struct mw_tenant *config) = {
        object_to_zone,    object_to_outcome,  object_to_channels,
        object_to_factors, object_to_taxonomy, object_to_size,
    };
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        const struct objection objection = rules[i](config);
        if (objection.reason != NULL) {
            return objection;
        }
    }
    return tenant == NULL ? none : object_to_change(tenant->config, config, tenant->week_start);
}

enum mw_status ingest_read_tz(const struct mw_tenant *config, struct mw_tz *out)
{
    const bool is_utc = config->time_zone_rule.len == 0;
    return mw_tz_parse(is_utc ? mw_span("UTC0") : config->time_zone_rule, out, NULL);
}

/* ---- what is kept ---- */

enum mw_status ingest_tenant_open(struct ingest_tenant **out, struct mw_error *err)
{
    struct ingest_tenant *tenant = calloc(1, sizeof *tenant);
    if (tenant == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "ingest: no memory for a tenant");
    }
    tenant->now_us = MW_TIME_NONE;
    tenant->today = tenant->first = tenant->newest = tenant->open_from = MW_DATE_NONE;
    tenant->deltas_from = MW_DATE_NONE;
    tenant->week_start = -1;
    *out = tenant;
    return MW_OK;
}

void ingest_tenant_close(struct ingest_tenant *tenant)
{
    cells_fini(&tenant->cells);
    ingest_ids_fini(&tenant->deltas);
    ingest_ids_fini(&tenant->asked);
    mw_arena_fini(&tenant->arena);
    free(tenant->inputs);
    free(tenant);
}

/* A UUID of version 8 (RFC 9562: custom) from the identity of the tenant's first record: a journal begun anew
 * has another record and so another id, while a replay of the same records gives the same. */
static void name_journal(struct ingest_tenant *tenant, const struct mw_message *in)
{
    const struct mw_hash128 name = mw_hash128(in->tenant.data, in->tenant.len),
                            id = mw_hash128(in->id.data, in->id.len);
    const uint64_t parts[] = {name.lo, name.hi, id.lo, id.hi, (uint64_t)in->time_us};
    char hex[33];
    mw_hash128_hex(mw_hash128(parts, sizeof parts), hex);
    hex[12] = '8';
    hex[16] = "89ab"[(hex[16] >= 'a' ? hex[16] - 'a' + 10 : hex[16] - '0') & 3];
    (void)snprintf(tenant->journal, sizeof tenant->journal, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8,
                   hex + 12, hex + 16, hex + 20);
}

const struct mw_shape *ingest_birth_shape(void)
{
    return mw_shape_of_field(&mw_type_fact.shape, "birth");
}

/* Copies configuration and birth into a new arena, so that the old ones are freed whole. */
static enum mw_status keep(struct ingest_tenant *tenant, const struct mw_tenant *config,
                           const struct mw_fact_birth *birth, struct mw_error *err)
{
    struct mw_arena arena = {0};
    const struct mw_tenant *config_copy = mw_shape_copy(&mw_type_tenant.shape, config, &arena);
    const struct mw_fact_birth *birth_copy =
        birth == NULL ? NULL : mw_shape_copy(ingest_birth_shape(), birth, &arena);
    if (config_copy == NULL || (birth != NULL && birth_copy == NULL)) {
        mw_arena_fini(&arena);
        return MW_FAIL(err, MW_E_MEMORY, "ingest: no memory for the configuration of a tenant");
    }
    mw_arena_fini(&tenant->arena);
    tenant->arena = arena;
    tenant->config = config_copy;
    tenant->birth = birth_copy;
    tenant->name = config_copy->tenant;
    return MW_OK;
}

enum mw_status ingest_keep_birth(struct ingest_tenant *tenant, const struct mw_fact_birth *birth,
                                 struct mw_error *err)
{
    return keep(tenant, tenant->config, birth, err);
}

/* Producers send a configuration at every start of theirs: the same once more is no news. */
static enum mw_status is_same_config(const struct ingest_tenant *tenant, const struct mw_tenant *config,
                                     bool *out, struct mw_error *err)
{
    struct mw_writer was = {0}, is = {0};
    mw_shape_write(&mw_type_tenant.shape, tenant->config, &was);
    mw_shape_write(&mw_type_tenant.shape, config, &is);
    enum mw_status status = mw_writer_status(&was, err);
    status = status == MW_OK ? mw_writer_status(&is, err) : status;
    *out = mw_span_eq(mw_writer_span(&was), mw_writer_span(&is));
    mw_writer_fini(&was);
    mw_writer_fini(&is);
    return status;
}

static enum mw_status take_first(struct ingest_step *step, const struct mw_tenant *config,
                                 struct mw_error *err)
{
    struct ingest_tenant *tenant = NULL;
    MW_TRY(mw_tenants_reserve(&step->core->tenants, err));
    MW_TRY(ingest_tenant_open(&tenant, err));
    const enum mw_status status = keep(tenant, config, NULL, err);
    if (status != MW_OK) {
        ingest_tenant_close(tenant);
        return status;
    }
    name_journal(tenant, step->in);
    tenant->now_us = config->clock == MW_CLOCK_WALL ? step->core->now_us : MW_TIME_NONE;
    mw_tenants_add(&step->core->tenants, tenant);
    step->tenant = tenant;
    return MW_OK;
}

static enum mw_status take_next(struct ingest_step *step, const struct mw_tenant *config, bool *is_same,
                                struct mw_error *err)
{
    MW_TRY(is_same_config(step->tenant, config, is_same, err));
    return *is_same ? MW_OK : keep(step->tenant, config, step->tenant->birth, err);
}

enum mw_status ingest_config(struct ingest_step *step, struct mw_error *err)
{
    const struct mw_tenant *config = step->in->body;
    const struct objection objection = object_to(config, step->tenant);
    if (objection.reason != NULL) {
        return ingest_reject(step, objection.reason, objection.pointer, err, "\"" MW_SPAN_FMT "\" %s",
                             MW_SPAN_ARG(objection.name), objection.text);
    }
    bool is_same = false;
    MW_TRY(step->tenant == NULL ? take_first(step, config, err) : take_next(step, config, &is_same, err));
    if (is_same) {
        return MW_OK;
    }
    struct ingest_tenant *tenant = step->tenant;
    MW_TRY(ingest_read_tz(config, &tenant->tz)); /* it was read before */
    tenant->week_start = config->week_start >= 0 ? config->week_start : tenant->week_start;
    MW_TRY(ingest_emit_fact(step, &(struct mw_fact){.kind = MW_FACT_TENANT, .config = config}, err));
    return tenant->birth == NULL ? MW_OK : ingest_give_birth(step, err);
}
