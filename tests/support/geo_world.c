// SPDX-License-Identifier: Apache-2.0
#include "geo_world.h"

#include "mw_dist.h"
#include "mw_wire.h"

#include "mw_math.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const geos[WORLD_GEOS] = {"aachen",     "bremen",   "cottbus",   "dresden",
                                             "essen",      "freiburg", "göttingen", "halle",
                                             "ingolstadt", "jena",     "kassel",    "leipzig"};
static const struct mw_span treated_geos[] = {{"aachen", 6}, {"bremen", 6}};

const char *world_geo(size_t i)
{
    return geos[i];
}

void world_open(struct world *world, uint64_t seed, int32_t period_days)
{
    *world = (struct world){.tenant = "shop",
                            .seed = seed,
                            .period_days = period_days,
                            .treated_factor = 1,
                            .significant = MW_NAN,
                            .harm = MW_NAN,
                            .refused = MW_NAN};
    cr_assert(mw_experiments_open(&world->core, NULL, NULL) == MW_OK);
}

void world_close(struct world *world)
{
    mw_experiments_ops.close(world->core);
    mw_effects_fini(&world->effects);
    mw_writer_fini(&world->said);
}

/* ---- what the core says ---------------------------------------------------------------------- */

static size_t number_of(struct mw_span geo)
{
    for (size_t i = 0; i < WORLD_GEOS; i++) {
        if (mw_span_is(geo, geos[i])) {
            return i;
        }
    }
    cr_assert_fail("a weight for an unknown place");
    return 0;
}

static struct world_experiment *slot_of(struct world *world, struct mw_span test)
{
    for (size_t i = 0; i < world->n_experiments; i++) {
        if (mw_span_is(test, world->experiments[i].test)) {
            return &world->experiments[i];
        }
    }
    cr_assert(world->n_experiments < WORLD_TESTS);
    struct world_experiment *out = &world->experiments[world->n_experiments++];
    (void)snprintf(out->test, sizeof out->test, MW_SPAN_FMT, MW_SPAN_ARG(test));
    return out;
}

static void keep_experiment(struct world *world, const struct mw_experiment *record)
{
    struct world_experiment *out = slot_of(world, record->test);
    cr_expect(record->rev == out->record.rev + 1, "rev %lld follows %lld", (long long)record->rev,
              (long long)out->record.rev);
    out->record = *record;
    out->n_records++;
    out->n_weights = record->n_weights;
    (void)snprintf(out->reason, sizeof out->reason, MW_SPAN_FMT, MW_SPAN_ARG(record->reason));
    memset(out->weight, 0, sizeof out->weight);
    for (size_t j = 0; j < record->n_weights; j++) {
        out->weight[number_of(record->weights[j].name)] = record->weights[j].value;
    }
    for (size_t i = 0; i < record->n_estimators && i < 3; i++) {
        out->estimator[i] = record->estimators[i].value;
    }
}

static void keep_points(struct world *world, const struct mw_metric_points *points)
{
    for (size_t i = 0; i < points->n_points; i++) {
        const struct mw_point *point = &points->points[i];
        if (mw_span_is(point->metric, "test_significant")) {
            world->significant = point->value;
        } else if (mw_span_is(point->metric, "test_harm")) {
            world->harm = point->value;
        } else if (mw_span_is(point->metric, "experiments_refused")) {
            world->refused = point->value;
        }
    }
}

static void keep_lift(struct world *world, const struct mw_test *test)
{
    cr_assert(test->kind == MW_TEST_LIFT);
    world->lift = *test->lift;
    world->n_lifts++;
    (void)snprintf(world->lift_id, sizeof world->lift_id, MW_SPAN_FMT, MW_SPAN_ARG(test->id));
}

/* As it would travel: what our own decoder refuses fails the test here. */
static void keep(struct world *world, const struct mw_effect *effect)
{
    struct mw_arena arena = {0};
    struct mw_writer line = {0};
    const void *body;
    struct mw_error err = {0};
    cr_assert(mw_encode(effect->type, effect->body, &line, &err) == MW_OK, "%s: %s", effect->type->topic,
              err.text);
    cr_assert(mw_decode(effect->type, mw_writer_span(&line), &arena, &body, NULL, &err) == MW_OK, "%s: %s",
              effect->type->topic, err.text);
    if (effect->type == &mw_type_experiment) {
        keep_experiment(world, body);
    } else if (effect->type == &mw_type_metric) {
        keep_points(world, ((const struct mw_metric *)body)->points);
    } else {
        cr_assert(effect->type == &mw_type_test);
        keep_lift(world, body);
    }
    mw_write_bytes(&world->said, line.data, line.len);
    mw_write_u8(&world->said, '\n');
    mw_writer_fini(&line);
    mw_arena_fini(&arena);
}

/* ---- facts ----------------------------------------------------------------------------------- */

void world_feed(struct world *world, struct mw_fact fact)
{
    fact.n = ++world->n;
    fact.tenant = mw_span(world->tenant);
    fact.time = (WORLD_START + world->n) * MW_US_PER_S;
    const struct mw_message message = {
        .type = &mw_type_fact, .body = &fact, .tenant = fact.tenant, .topic = mw_type_fact.topic};
    mw_effects_reset(&world->effects);
    world->err = (struct mw_error){0};
    world->status = mw_experiments_ops.step(world->core, &message, &world->effects, &world->err);
    for (size_t i = 0; world->status == MW_OK && i < world->effects.n; i++) {
        keep(world, &world->effects.items[i]);
    }
}

void world_config(struct world *world)
{
    const struct mw_tenant config = {.tenant = mw_span(world->tenant),
                                     .currency = mw_span("EUR"),
                                     .grid = world->period_days == 7 ? MW_GRID_WEEK : MW_GRID_DAY,
                                     .outcome = {.name = mw_span("revenue")}};
    world_feed(world, (struct mw_fact){.kind = MW_FACT_TENANT, .config = &config});
}

void world_cell(struct world *world, enum mw_cell_kind kind, const char *geo, mw_date date, double value)
{
    const struct mw_fact_cell cell = {.cell = (int)kind,
                                      .name = mw_span(kind == MW_CELL_SPEND ? "search" : "revenue"),
                                      .geo = mw_span(geo),
                                      .date = date,
                                      .value = value,
                                      .total = value,
                                      .geo_total = value};
    world_feed(world, (struct mw_fact){.kind = MW_FACT_CELL, .cell = &cell});
}

void world_close_to(struct world *world, mw_date period)
{
    const struct mw_fact_close close = {.from = period, .to = period + world->period_days - 1, .periods = 1};
    world_feed(world, (struct mw_fact){.kind = MW_FACT_CLOSE, .close = &close});
}

void world_declare(struct world *world, const char *name, struct mw_test_declared plan)
{
    const struct mw_test test = {.id = mw_span("declaration"),
                                 .tenant = mw_span(world->tenant),
                                 .test = mw_span(name),
                                 .kind = MW_TEST_DECLARED,
                                 .declared = &plan};
    world_feed(world, (struct mw_fact){.kind = MW_FACT_TEST, .test = &test});
}

void world_withdraw(struct world *world, const char *name, const char *reason)
{
    const struct mw_test_withdrawn withdrawn = {.reason = mw_span(reason)};
    const struct mw_test test = {.id = mw_span("withdrawal"),
                                 .tenant = mw_span(world->tenant),
                                 .test = mw_span(name),
                                 .kind = MW_TEST_WITHDRAWN,
                                 .withdrawn = &withdrawn};
    world_feed(world, (struct mw_fact){.kind = MW_FACT_TEST, .test = &test});
}

/* ---- the world ------------------------------------------------------------------------------- */

static double normal_at(const struct world *world, uint64_t what, mw_date date)
{
    struct mw_rng rng = {.key = mw_rng_key(world->seed, what), .stream = (uint64_t)date};
    return mw_draw_normal(&rng);
}

static bool in_effect(const struct world *world, mw_date date)
{
    return date >= world->effect_from && date <= world->effect_to;
}

double world_outcome(const struct world *world, size_t geo, mw_date date)
{
    const double load = 0.4 + 0.1 * (double)(geo % 5), other = 0.2 * (double)(geo % 3);
    const double weekly = 20 * sin(6.283185307179586 * date / 7.0);
    const double common = 10 * normal_at(world, 1, date), second = 6 * normal_at(world, 2, date);
    const double base = 1000 + 50 * (double)geo + load * (common + weekly) + other * second +
                        4 * normal_at(world, 10 + geo, date);
    return base + (geo < 2 && in_effect(world, date) ? world->treated_effect : 0);
}

double world_spend(const struct world *world, size_t geo, mw_date date)
{
    const bool only_treated = isnan(world->treated_factor);
    const double usual = only_treated ? 0 : 100 + 10 * (double)geo;
    if (geo >= 2 || !in_effect(world, date)) {
        return usual;
    }
    return only_treated ? 50 : usual * world->treated_factor;
}

void world_period(struct world *world, mw_date period)
{
    for (size_t i = 0; i < WORLD_GEOS; i++) {
        world_cell(world, MW_CELL_OUTCOME, geos[i], period, world_outcome(world, i, period));
        world_cell(world, MW_CELL_SPEND, geos[i], period, world_spend(world, i, period));
    }
    world_close_to(world, period);
}

void world_periods(struct world *world, mw_date from, mw_date to)
{
    for (mw_date period = from; period < to; period += world->period_days) {
        world_period(world, period);
        cr_assert(world->status == MW_OK, "%s", world->err.text);
    }
}

struct mw_test_declared world_plan(const struct world *world)
{
    const mw_date start = WORLD_START + 80 * world->period_days;
    return (struct mw_test_declared){.channel = mw_span("search"),
                                     .method = mw_span("geo_holdout"),
                                     .treated = treated_geos,
                                     .n_treated = 2,
                                     .pre_from = MW_DATE_NONE,
                                     .start = start,
                                     .planned_end = start + 21 * world->period_days - 1,
                                     .cooldown_days = 7,
                                     .days_min = 14,
                                     .alpha = 0.05,
                                     .spend_change = MW_NAN};
}

void world_effect(struct world *world, double effect, double factor)
{
    const struct mw_test_declared plan = world_plan(world);
    world->treated_effect = effect;
    world->treated_factor = factor;
    world->effect_from = plan.start;
    world->effect_to = plan.planned_end;
}

const struct world_experiment *world_find(const struct world *world, const char *test)
{
    for (size_t i = 0; i < world->n_experiments; i++) {
        if (strcmp(world->experiments[i].test, test) == 0) {
            return &world->experiments[i];
        }
    }
    cr_assert_fail("nothing was said of test %s", test);
    return NULL;
}
