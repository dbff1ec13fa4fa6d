/* pipeline.h: ingest, updater and alerts chained in one process, without a bus.
 *
 * A raw record goes through ingest, its facts through the updater, the metrics of both through alerts, in this order.
 * Between two cores every effect is encoded and decoded, so what a core sees is what would have travelled, and a
 * record that cannot travel ends the test. All records are kept. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "core_driver.h"
#include "mw_rule.h"
#include "mw_simulate.h"

struct pipeline_record {
    const struct mw_type *type;
    const void *body;
    struct mw_span tenant, subject, json;
    int64_t at; /* number of the raw record that caused it */
};

struct pipeline {
    struct core_driver ingest, updater, alerts;
    struct mw_arena arena; /* of everything below, and of the rules */
    struct mw_rule_set rules;
    struct pipeline_record *records;
    size_t n, capacity;
    int64_t n_raw;
};

void pipeline_open(struct pipeline *pipeline);
void pipeline_close(struct pipeline *pipeline);
void pipeline_send(struct pipeline *pipeline, const struct mw_type *type, const char *tenant,
                   const void *body);
/* Every core is saved and goes on as a fresh one. */
void pipeline_restart(struct pipeline *pipeline);
/* The i-th record of a type; NULL past the last. */
const struct pipeline_record *pipeline_record(const struct pipeline *pipeline, const struct mw_type *type,
                                              size_t i);
size_t pipeline_count(const struct pipeline *pipeline, const struct mw_type *type);
/* The newest estimate or allocation of a kind; NULL when there is none. */
const struct mw_estimate *pipeline_estimate(const struct pipeline *pipeline, int kind);
const struct mw_allocation *pipeline_allocation(const struct pipeline *pipeline, int kind);
/* A hash of all records of a tenant, in order; of all tenants when it is empty. */
struct mw_hash128 pipeline_hash(const struct pipeline *pipeline, const char *tenant);

/* ---- a simulated market in front of it ---- */

struct market_options {
    const char *name; /* NULL: "acme" */
    size_t n_channels;
    int grid;
    int outcome_kind;
    uint64_t seed;
    int64_t particles;
    double margin; /* 0: none */
    bool scales;   /* frozen by the tenant: the model is born with the first period */
    /* What is sent instead of what was simulated; may be NULL. NaN as outcome: nothing is sent. */
    void (*edit)(void *self, int64_t period, double *spend, double *outcome);
    void *self;
};

struct market {
    struct market_options options;
    struct mw_arena arena;
    struct mw_simulate *simulate;
    struct mw_source source;
    struct mw_tenant tenant;
    struct mw_tenant_model model;
    double *spend, outcome;
};

void market_open(struct market *market, const struct market_options *options);
void market_close(struct market *market);
/* The tenant's configuration as it stands in market->tenant. */
void market_introduce(struct market *market, struct pipeline *pipeline);
/* The next n periods, each closed at its end. */
void market_run(struct market *market, struct pipeline *pipeline, int64_t n_periods);
mw_date market_date(const struct market *market, int64_t period);
/* Another value for one cell, observed just after the last period sent has ended. */
void market_restate_spend(const struct market *market, struct pipeline *pipeline, int64_t period,
                          size_t i_channel, double spend);
void market_restate_outcome(const struct market *market, struct pipeline *pipeline, int64_t period,
                            double outcome);
/* What the simulation says of a period: as sent unless an edit changed it. */
double market_spend(const struct market *market, int64_t period, size_t i_channel);
double market_outcome(const struct market *market, int64_t period);

/* ---- both ---- */

struct world {
    struct pipeline pipeline;
    struct market market;
};

void world_open(struct world *world, const struct market_options *options);
void world_close(struct world *world);
void world_run(struct world *world, int64_t n_periods);
size_t world_estimates(const struct world *world);
