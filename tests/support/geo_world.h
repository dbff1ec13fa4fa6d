/* geo_world.h: a journal of one or more tenants with geos, and the experiments core that reads it. For tests.
 *
 * Outcomes are a level per geo, two common factors and white noise, all from the seed; a date and a geo
 * always give the same numbers, so a world may be told in any order. Everything the core emits is encoded as
 * it would travel, decoded again (which checks the tables' bounds), appended to `said` and kept as the latest
 * of its kind. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_experiments_core.h"
#include "mw_messages.h"

enum { WORLD_START = 20000, WORLD_GEOS = 12, WORLD_TESTS = 8 };

struct world_experiment { /* the latest record of a test */
    char test[65], reason[256];
    struct mw_experiment record; /* numbers only: its texts and lists are gone */
    size_t n_records, n_weights;
    double weight[WORLD_GEOS]; /* by number of the geo */
    double estimator[3];
};

struct world {
    struct mw_experiments_core *core;
    struct mw_effects effects;
    struct mw_writer said; /* one JSON line per effect */
    int64_t n;             /* of the last fact of every tenant */
    const char *tenant;
    uint64_t seed;
    int32_t period_days;
    double treated_effect; /* added to the outcome of geos 0 and 1 from `effect_from` to `effect_to` */
    mw_date effect_from, effect_to;
    double treated_factor; /* of their spend in those days; NAN: the treated spend only then */
    struct world_experiment experiments[WORLD_TESTS];
    size_t n_experiments;
    struct mw_test_lift lift; /* the last sent, without texts */
    char lift_id[128];
    size_t n_lifts;
    double significant, harm, refused; /* last values of the points of any test; NAN: never */
    struct mw_error err;
    enum mw_status status; /* of the last step */
};

void world_open(struct world *world, uint64_t seed, int32_t period_days);
void world_close(struct world *world);

/* Hands a fact to the core, numbered next. */
void world_feed(struct world *world, struct mw_fact fact);
void world_config(struct world *world);
void world_cell(struct world *world, enum mw_cell_kind kind, const char *geo, mw_date date, double value);
void world_close_to(struct world *world, mw_date period);
void world_declare(struct world *world, const char *test, struct mw_test_declared plan);
void world_withdraw(struct world *world, const char *test, const char *reason);

const char *world_geo(size_t i);
double world_outcome(const struct world *world, size_t geo, mw_date date);
double world_spend(const struct world *world, size_t geo, mw_date date);
/* Cells of all geos for one period, and its close. */
void world_period(struct world *world, mw_date period);
/* Those from `from` up to and without `to`. */
void world_periods(struct world *world, mw_date from, mw_date to);

/* Geos 0 and 1 treated from WORLD_START + 80 periods for 21 periods, 7 days of cool-down. */
struct mw_test_declared world_plan(const struct world *world);
/* Sets the world's effect to that plan. */
void world_effect(struct world *world, double effect, double factor);
const struct world_experiment *world_find(const struct world *world, const char *test);
