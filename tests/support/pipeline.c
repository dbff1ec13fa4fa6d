// SPDX-License-Identifier: Apache-2.0
#include "pipeline.h"

#include "mw_alerts_core.h"
#include "mw_index.h"
#include "mw_ingest_core.h"
#include "mw_real.h"
#include "mw_rules_file.h"
#include "mw_updater_core.h"
#include "mw_wire.h"

#include <criterion/criterion.h>
#include <stdlib.h>

/* ---- cores ---- */

static void *new_ingest(void)
{
    struct ingest_core *core = NULL;
    cr_assert(ingest_core_open(&core, NULL) == MW_OK);
    return core;
}

static void *new_updater(void)
{
    struct updater_core *core = NULL;
    cr_assert(updater_core_open(&core, NULL) == MW_OK);
    return core;
}

static void *new_alerts(const struct pipeline *pipeline)
{
    struct mw_alerts_core *core = NULL;
    const struct mw_alerts_options options = {.default_rules = pipeline->rules.text};
    cr_assert(mw_alerts_core_open(&core, &options, NULL) == MW_OK);
    return core;
}

void pipeline_open(struct pipeline *pipeline)
{
    struct mw_error err = {0};
    *pipeline = (struct pipeline){0};
    cr_assert(mw_rules_load(MW_SOURCE_DIR "/config/rules.yaml", &pipeline->arena, &pipeline->rules, &err) ==
                  MW_OK,
              "%s", err.text);
    core_driver_init(&pipeline->ingest, &ingest_core_ops, new_ingest());
    core_driver_init(&pipeline->updater, &updater_core_ops, new_updater());
    core_driver_init(&pipeline->alerts, &mw_alerts_core_ops, new_alerts(pipeline));
}

void pipeline_close(struct pipeline *pipeline)
{
    core_driver_fini(&pipeline->ingest);
    core_driver_fini(&pipeline->updater);
    core_driver_fini(&pipeline->alerts);
    mw_arena_fini(&pipeline->arena);
    free(pipeline->records);
}

void pipeline_restart(struct pipeline *pipeline)
{
    cr_assert(core_driver_move_to(&pipeline->ingest, new_ingest()),
              "ingest saves other bytes than it was loaded from");
    cr_assert(core_driver_move_to(&pipeline->updater, new_updater()), "the updater saves other bytes");
    cr_assert(core_driver_move_to(&pipeline->alerts, new_alerts(pipeline)), "alerts save other bytes");
}

/* ---- records ---- */

static struct mw_span encode(struct pipeline *pipeline, const struct mw_type *type, const void *body)
{
    struct mw_writer json = {0};
    struct mw_error err = {0};
    cr_assert(mw_encode(type, body, &json, &err) == MW_OK, "a %s cannot be written: %s", type->topic,
              err.text);
    const struct mw_span copy = mw_arena_copy(&pipeline->arena, mw_writer_span(&json));
    mw_writer_fini(&json);
    return copy;
}

/* What arrives of an effect: written, read, and the same when written again. */
static const struct pipeline_record *travel(struct pipeline *pipeline, const struct mw_effect *effect)
{
    struct pipeline_record record = {.type = effect->type, .at = pipeline->n_raw};
    struct mw_error err = {0};
    record.json = encode(pipeline, effect->type, effect->body);
    cr_assert(mw_decode(effect->type, record.json, &pipeline->arena, &record.body, NULL, &err) == MW_OK,
              "a %s cannot be read: %s", effect->type->topic, err.text);
    cr_assert(mw_span_eq(encode(pipeline, effect->type, record.body), record.json), "a %s changed on its way",
              effect->type->topic);
    record.tenant = mw_arena_copy(&pipeline->arena, effect->tenant);
    record.subject = mw_arena_copy(&pipeline->arena, effect->subject);
    void *records = pipeline->records;
    cr_assert(mw_vector_grow(&records, pipeline->n, &pipeline->capacity, sizeof *pipeline->records, NULL) ==
              MW_OK);
    pipeline->records = records;
    pipeline->records[pipeline->n] = record;
    return &pipeline->records[pipeline->n++];
}

/* One record into the core that reads its type, and what comes of it into the next. */
static void pass_on(struct pipeline *pipeline, struct core_driver *driver, const struct mw_type *type,
                    const char *tenant, const void *body)
{
    cr_assert(core_driver_step(driver, type, tenant, body) == MW_OK, "%s: %s", driver->ops->service,
              driver->err.text);
    for (size_t i = 0; i < driver->effects.n; i++) {
        const struct pipeline_record *record = travel(pipeline, &driver->effects.items[i]);
        const char *key = record->tenant.data;
        if (record->type == &mw_type_fact) {
            pass_on(pipeline, &pipeline->updater, record->type, key, record->body);
        } else if (record->type == &mw_type_metric) {
            pass_on(pipeline, &pipeline->alerts, record->type, key, record->body);
        }
    }
}

void pipeline_send(struct pipeline *pipeline, const struct mw_type *type, const char *tenant,
                   const void *body)
{
    pass_on(pipeline, &pipeline->ingest, type, tenant, body);
    pipeline->n_raw++;
}

const struct pipeline_record *pipeline_record(const struct pipeline *pipeline, const struct mw_type *type,
                                              size_t i)
{
    for (size_t k = 0; k < pipeline->n; k++) {
        if (pipeline->records[k].type == type && i-- == 0) {
            return &pipeline->records[k];
        }
    }
    return NULL;
}

size_t pipeline_count(const struct pipeline *pipeline, const struct mw_type *type)
{
    size_t n = 0;
    for (size_t k = 0; k < pipeline->n; k++) {
        n += pipeline->records[k].type == type;
    }
    return n;
}

const struct mw_estimate *pipeline_estimate(const struct pipeline *pipeline, int kind)
{
    for (size_t k = pipeline->n; k-- > 0;) {
        const struct mw_estimate *body = pipeline->records[k].body;
        if (pipeline->records[k].type == &mw_type_estimate && body->kind == kind) {
            return body;
        }
    }
    return NULL;
}

const struct mw_allocation *pipeline_allocation(const struct pipeline *pipeline, int kind)
{
    for (size_t k = pipeline->n; k-- > 0;) {
        const struct mw_allocation *body = pipeline->records[k].body;
        if (pipeline->records[k].type == &mw_type_allocation && body->kind == kind) {
            return body;
        }
    }
    return NULL;
}

struct mw_hash128 pipeline_hash(const struct pipeline *pipeline, const char *tenant)
{
    struct mw_writer all = {0};
    for (size_t k = 0; k < pipeline->n; k++) {
        const struct pipeline_record *record = &pipeline->records[k];
        if (tenant[0] == '\0' || mw_span_is(record->tenant, tenant)) {
            mw_write_span(&all, mw_span(record->type->topic));
            mw_write_span(&all, record->subject);
            mw_write_span(&all, record->json);
        }
    }
    const struct mw_hash128 hash = mw_hash128(all.data, all.len);
    mw_writer_fini(&all);
    return hash;
}

/* ---- the market ---- */

void market_open(struct market *market, const struct market_options *options)
{
    *market = (struct market){.options = *options};
    market->options.name = options->name == NULL ? "acme" : options->name;
    struct mw_simulate_config config;
    struct mw_error err = {0};
    cr_assert(mw_simulate_config(&market->arena, options->n_channels, options->grid, &config, &err) == MW_OK);
    config.tenant = mw_span(market->options.name);
    config.seed = options->seed;
    config.first = 19723; /* 2024-01-01, a Monday */
    config.scales = options->scales;
    cr_assert(mw_simulate_open(&config, &market->simulate, &err) == MW_OK, "%s", err.text);
    market->source = *mw_simulate_source(market->simulate);
    market->tenant = *market->source.tenant;
    market->model = (struct mw_tenant_model){options->particles, 1};
    market->tenant.model = &market->model;
    market->tenant.outcome.kind = options->outcome_kind;
    market->tenant.outcome.margin = options->margin > 0 ? options->margin : MW_NAN;
    market->source.tenant = &market->tenant;
    market->spend = mw_new_array(&market->arena, double, options->n_channels);
    cr_assert(market->spend != NULL && mw_source_seal(&market->source, &err) == MW_OK);
}

void market_close(struct market *market)
{
    mw_simulate_close(&market->simulate);
    mw_arena_fini(&market->arena);
}

void market_introduce(struct market *market, struct pipeline *pipeline)
{
    pipeline_send(pipeline, &mw_type_tenant, market->options.name, &market->tenant);
}

void market_run(struct market *market, struct pipeline *pipeline, int64_t n_periods)
{
    for (int64_t k = 0; k < n_periods; k++) {
        const int64_t t = mw_simulate_at(market->simulate);
        struct mw_period period;
        mw_simulate_next(market->simulate, &period);
        memcpy(market->spend, period.spend, market->options.n_channels * sizeof *market->spend);
        market->outcome = period.outcome[0];
        if (market->options.edit != NULL) {
            market->options.edit(market->options.self, t, market->spend, &market->outcome);
        }
        period.spend = market->spend;
        period.outcome = &market->outcome;
        for (size_t i = 0; i < mw_period_records(&market->source); i++) {
            struct mw_raw raw;
            mw_period_record(&market->source, &period, false, i, &raw);
            if (raw.type != NULL) {
                pipeline_send(pipeline, raw.type, market->options.name, raw.body);
            }
        }
    }
}

mw_date market_date(const struct market *market, int64_t period)
{
    return market->source.tenant->grid == MW_GRID_WEEK ? 19723 + 7 * (mw_date)period
                                                       : 19723 + (mw_date)period;
}

/* One number of a period, from a walk of its own. */
static double look_up(const struct market *market, int64_t period, size_t i_channel)
{
    const int64_t at = mw_simulate_at(market->simulate);
    struct mw_period row;
    mw_simulate_seek(market->simulate, period);
    mw_simulate_next(market->simulate, &row);
    const double value = i_channel < market->options.n_channels ? row.spend[i_channel] : row.outcome[0];
    mw_simulate_seek(market->simulate, at);
    return value;
}

double market_spend(const struct market *market, int64_t period, size_t i_channel)
{
    return look_up(market, period, i_channel);
}

double market_outcome(const struct market *market, int64_t period)
{
    return look_up(market, period, market->options.n_channels);
}

static int64_t now_us(const struct market *market)
{
    return market_date(market, mw_simulate_at(market->simulate)) * MW_US_PER_DAY + MW_US_PER_S;
}

/* Record i of a period with another value in it, as a later observation. */
static void restate(const struct market *market, struct pipeline *pipeline, int64_t period, size_t i,
                    double value)
{
    struct mw_period row = {.date = market_date(market, period), .spend = market->spend, .outcome = &value};
    struct mw_raw raw;
    market->spend[i < market->options.n_channels ? i : 0] = value;
    mw_period_record(&market->source, &row, false, i, &raw);
    if (raw.type == &mw_type_spend) {
        raw.as.spend.observed_at = now_us(market);
    } else {
        raw.as.outcome.observed_at = now_us(market);
    }
    pipeline_send(pipeline, raw.type, market->options.name, raw.body);
}

void market_restate_spend(const struct market *market, struct pipeline *pipeline, int64_t period,
                          size_t i_channel, double spend)
{
    restate(market, pipeline, period, i_channel, spend);
}

void market_restate_outcome(const struct market *market, struct pipeline *pipeline, int64_t period,
                            double outcome)
{
    restate(market, pipeline, period, market->options.n_channels, outcome);
}

/* ---- both ---- */

void world_open(struct world *world, const struct market_options *options)
{
    pipeline_open(&world->pipeline);
    market_open(&world->market, options);
    market_introduce(&world->market, &world->pipeline);
}

void world_close(struct world *world)
{
    market_close(&world->market);
    pipeline_close(&world->pipeline);
}

void world_run(struct world *world, int64_t n_periods)
{
    market_run(&world->market, &world->pipeline, n_periods);
}

size_t world_estimates(const struct world *world)
{
    return pipeline_count(&world->pipeline, &mw_type_estimate);
}
