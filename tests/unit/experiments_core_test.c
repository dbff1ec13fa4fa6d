/* The core from the outside: facts in, records out. */
// SPDX-License-Identifier: Apache-2.0
#include "geo_world.h"

#include "mw_math.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <stdlib.h>

enum { DAY = 1, PRE = 80, TEST = 21, COOLDOWN = 7, START = WORLD_START + PRE, END = START + TEST + COOLDOWN };

static void open_running(struct world *world, double effect, double factor, mw_date to)
{
    world_open(world, 7, DAY);
    world_effect(world, effect, factor);
    world_config(world);
    world_declare(world, "alpha", world_plan(world));
    world_periods(world, WORLD_START, to);
}

/* ---- the life of a test ---------------------------------------------------------------------- */

Test(experiments_core, a_test_waits_until_its_first_day_is_closed)
{
    struct world world;
    open_running(&world, 0, 2, START);
    const struct world_experiment *alpha = world_find(&world, "alpha");
    cr_expect(alpha->record.state == MW_EXPERIMENT_WAITING && alpha->n_records == 1 &&
              alpha->record.day == 0);
    world_period(&world, START);
    cr_expect(alpha->record.state == MW_EXPERIMENT_RUNNING && alpha->record.day == 1, "state %d",
              alpha->record.state);
    cr_expect(alpha->record.as_of == START);
    world_close(&world);
}

Test(experiments_core, weights_and_noise_come_from_different_days)
{
    struct world world;
    open_running(&world, 0, 2, START + 1);
    const struct mw_experiment *record = &world_find(&world, "alpha")->record;
    cr_expect(record->weights_from == WORLD_START && record->weights_to == WORLD_START + 47);
    cr_expect(record->noise_from == WORLD_START + 48 && record->noise_to == START - 1);
    double sum = 0;
    for (size_t i = 0; i < WORLD_GEOS; i++) {
        sum += world_find(&world, "alpha")->weight[i];
    }
    cr_expect(fabs(sum - 1) < 1e-12, "weights sum to %.17g", sum);
    cr_expect(world_find(&world, "alpha")->weight[0] == 0, "a treated geo is its own donor");
    world_close(&world);
}

Test(experiments_core, the_effect_is_found_and_bounded)
{
    struct world world;
    open_running(&world, 25, 2, START + TEST);
    const struct mw_experiment *record = &world_find(&world, "alpha")->record;
    cr_expect(fabs(record->effect.mean - 25) < 5, "effect %g", record->effect.mean);
    cr_expect(record->effect.lower < 25 && 25 < record->effect.upper, "%g to %g", record->effect.lower,
              record->effect.upper);
    cr_expect(fabs(record->increment.mean - 2 * TEST * record->effect.mean) < 1e-9);
    const double lift = 100 * record->effect.mean / 1025; /* the treated geos sell 1,000 and 1,050 a day */
    cr_expect(fabs(record->lift_pct.mean - lift) < 0.1, "lift %g, about %g", record->lift_pct.mean, lift);
    const double iroas = 25 * 2 / (100.0 + 110); /* both doubled what they spent */
    cr_expect(fabs(record->iroas.mean - iroas) < 0.06, "iROAS %g", record->iroas.mean);
    cr_expect(record->iroas.lower > 0 && record->lift_pct.lower > 0);
    cr_expect(fabs(record->information - record->information_planned) < 1e-9 * record->information_planned);
    for (size_t i = 0; i < 3; i++) {
        cr_expect(fabs(world_find(&world, "alpha")->estimator[i] - 25) < 8, "estimator %zu says %g", i,
                  world_find(&world, "alpha")->estimator[i]);
    }
    world_close(&world);
}

Test(experiments_core, bounds_only_narrow_while_the_effect_is_constant)
{
    struct world world;
    open_running(&world, 25, 2, START + 2);
    const struct mw_experiment *record = &world_find(&world, "alpha")->record;
    for (mw_date date = START + 2; date < START + TEST; date++) {
        const double lower = isnan(record->effect.lower) ? -MW_INF : record->effect.lower;
        const double upper = isnan(record->effect.upper) ? MW_INF : record->effect.upper;
        world_period(&world, date);
        cr_expect(record->effect.lower >= lower && record->effect.upper <= upper, "day %lld widens",
                  (long long)record->day);
        cr_expect(record->effect.lower <= record->effect.mean && record->effect.mean <= record->effect.upper);
    }
    world_close(&world);
}

Test(experiments_core, bounds_follow_an_effect_that_changes_and_say_so)
{
    struct world world;
    open_running(&world, 0, 2, START + 8);
    world.treated_effect = 120;
    world_periods(&world, START + 8, START + TEST);
    const struct world_experiment *alpha = world_find(&world, "alpha");
    cr_expect(alpha->record.effect.lower <= alpha->record.effect.mean &&
              alpha->record.effect.mean <= alpha->record.effect.upper);
    cr_expect(strstr(alpha->reason, "changes over time") != NULL, "%s", alpha->reason);
    world_close(&world);
}

Test(experiments_core, significance_waits_for_day_14_though_the_evidence_is_there)
{
    struct world world;
    open_running(&world, 40, 2, START + 13);
    const struct world_experiment *alpha = world_find(&world, "alpha");
    cr_expect(alpha->record.log_e > alpha->record.threshold_log_e, "ln E %g", alpha->record.log_e);
    cr_expect(alpha->record.state == MW_EXPERIMENT_RUNNING && !alpha->record.significant &&
              world.significant == 0);
    world_period(&world, START + 13);
    cr_expect(alpha->record.day == 14);
    cr_expect(alpha->record.state == MW_EXPERIMENT_SIGNIFICANT && alpha->record.significant &&
              world.significant == 1);
    cr_expect(alpha->record.p_anytime <= 0.05);
    world_close(&world);
}

Test(experiments_core, a_longer_minimum_of_the_plan_holds)
{
    struct world world;
    world_open(&world, 7, DAY);
    world_effect(&world, 40, 2);
    world_config(&world);
    struct mw_test_declared plan = world_plan(&world);
    plan.days_min = 20;
    world_declare(&world, "alpha", plan);
    world_periods(&world, WORLD_START, START + 19);
    cr_expect(world_find(&world, "alpha")->record.state == MW_EXPERIMENT_RUNNING);
    world_period(&world, START + 19);
    cr_expect(world_find(&world, "alpha")->record.state == MW_EXPERIMENT_SIGNIFICANT);
    world_close(&world);
}

Test(experiments_core, harm_is_flagged_at_once)
{
    struct world world;
    open_running(&world, -60, 2, START + 6);
    const struct world_experiment *alpha = world_find(&world, "alpha");
    cr_expect(alpha->record.state == MW_EXPERIMENT_HARM && world.harm == 1,
              "state %d after %lld days, ln E %g", alpha->record.state, (long long)alpha->record.day,
              alpha->record.log_e);
    cr_expect(!alpha->record.significant && strstr(alpha->reason, "against the plan") != NULL, "%s",
              alpha->reason);
    world_close(&world);
}

Test(experiments_core, going_dark_expects_a_fall)
{
    struct world world;
    world_open(&world, 7, DAY);
    world_effect(&world, -40, 0);
    world_config(&world);
    struct mw_test_declared plan = world_plan(&world);
    plan.spend_off = true;
    world_declare(&world, "alpha", plan);
    world_periods(&world, WORLD_START, END);
    const struct world_experiment *alpha = world_find(&world, "alpha");
    cr_expect(alpha->record.significant && world.harm == 0);
    cr_expect(alpha->record.state == MW_EXPERIMENT_ENDED);
    world_close(&world);
}

Test(experiments_core, without_effect_nothing_is_called)
{
    struct world world;
    open_running(&world, 0, 2, END);
    const struct world_experiment *alpha = world_find(&world, "alpha");
    cr_expect(!alpha->record.significant && alpha->record.state == MW_EXPERIMENT_ENDED && world.harm == 0);
    cr_expect(world.n_lifts == 1 && !world.lift.significant,
              "a test that found nothing is handed over as well");
    world_close(&world);
}

/* ---- into the model -------------------------------------------------------------------------- */

Test(experiments_core, the_lift_of_going_dark_speaks_of_the_treated_share)
{
    struct world world;
    world_open(&world, 7, DAY);
    world_effect(&world, -40, 0);
    world_config(&world);
    struct mw_test_declared plan = world_plan(&world);
    plan.spend_off = true;
    world_declare(&world, "alpha", plan);
    world_periods(&world, WORLD_START, END - 1);
    cr_expect(world.n_lifts == 0, "not before the cool-down is over");
    world_period(&world, END - 1);
    cr_assert(world.n_lifts == 1);
    cr_expect(strcmp(world.lift_id, "experiments/alpha/lift/1") == 0, "%s", world.lift_id);
    /* 2 geos lose 40 on each of 21 days: what the spend that was had brought. */
    cr_expect(fabs(world.lift.lift - 2 * 40 * TEST) < 3 * world.lift.se, "lift %g +- %g", world.lift.lift,
              world.lift.se);
    cr_expect(world.lift.spend_factor < 1e-12 && isnan(world.lift.spend));
    double market = 0;
    for (size_t i = 0; i < WORLD_GEOS; i++) {
        market += 100 + 10 * (double)i;
    }
    cr_expect(fabs(world.lift.share - 210 / market) < 1e-9, "share %.12g, want %.12g", world.lift.share,
              210 / market);
    cr_expect(fabs(world.lift.spend_difference + 210.0 * TEST) < 1e-6, "%g", world.lift.spend_difference);
    cr_expect(world.lift.measured_from == START && world.lift.measured_to == END - 1);
    cr_expect(world.lift.spend_to == START + TEST - 1 && world.lift.significant && world.lift.log_e > 3);
    world_close(&world);
}

Test(experiments_core, ads_in_the_treated_geos_only_are_the_whole_effect)
{
    struct world world;
    open_running(&world, 30, MW_NAN, END);
    cr_assert(world.n_lifts == 1);
    cr_expect(fabs(world.lift.lift - 2 * 30 * TEST) < 3 * world.lift.se, "lift %g +- %g", world.lift.lift,
              world.lift.se);
    cr_expect(world.lift.share == 1 && world.lift.spend == 0 && isnan(world.lift.spend_factor));
    world_close(&world);
}

Test(experiments_core, more_spend_gives_a_negative_lift_against_the_tested_level)
{
    struct world world;
    open_running(&world, 30, 2, END);
    cr_assert(world.n_lifts == 1);
    cr_expect(fabs(world.lift.lift + 2 * 30 * TEST) < 3 * world.lift.se, "lift %g +- %g", world.lift.lift,
              world.lift.se);
    cr_expect(fabs(world.lift.spend_factor - 2) < 1e-9, "%g", world.lift.spend_factor);
    world_close(&world);
}

Test(experiments_core, a_test_without_a_difference_of_spend_tells_the_model_nothing)
{
    struct world world;
    open_running(&world, 30, 1, END);
    const struct world_experiment *alpha = world_find(&world, "alpha");
    cr_expect(world.n_lifts == 0 && isnan(alpha->record.iroas.mean));
    cr_expect(strstr(alpha->reason, "no differently") != NULL, "%s", alpha->reason);
    world_close(&world);
}

Test(experiments_core, spend_far_below_the_plan_is_said)
{
    struct world world;
    world_open(&world, 7, DAY);
    world_effect(&world, 30, 1.2);
    world_config(&world);
    struct mw_test_declared plan = world_plan(&world);
    plan.spend_change = 210 * TEST;
    world_declare(&world, "alpha", plan);
    world_periods(&world, WORLD_START, START + 5);
    cr_expect(strstr(world_find(&world, "alpha")->reason, "20 % of the plan") != NULL, "%s",
              world_find(&world, "alpha")->reason);
    world_close(&world);
}

/* ---- late and corrected data ----------------------------------------------------------------- */

static void expect_same_numbers(const struct mw_experiment *a, const struct mw_experiment *b)
{
    cr_expect(a->effect.mean == b->effect.mean && a->effect.lower == b->effect.lower &&
                  a->effect.upper == b->effect.upper && a->log_e == b->log_e && a->t == b->t &&
                  a->iroas.mean == b->iroas.mean && a->lift_pct.mean == b->lift_pct.mean &&
                  a->state == b->state,
              "effect %.17g and %.17g, ln E %.17g and %.17g, state %d and %d", a->effect.mean, b->effect.mean,
              a->log_e, b->log_e, a->state, b->state);
}

Test(experiments_core, a_corrected_day_gives_the_bits_that_the_right_one_would_have)
{
    struct world right, corrected;
    open_running(&right, 25, 2, START + 18);
    open_running(&corrected, 25, 2, START + 6);
    world_cell(&corrected, MW_CELL_OUTCOME, world_geo(0), START + 4, 5000);
    world_periods(&corrected, START + 6, START + 12);
    const double disturbed = world_find(&corrected, "alpha")->record.effect.mean;
    world_cell(&corrected, MW_CELL_OUTCOME, world_geo(0), START + 4, world_outcome(&right, 0, START + 4));
    world_periods(&corrected, START + 12, START + 18);
    cr_expect(fabs(disturbed - 25) > 100, "the wrong day did nothing: %g", disturbed);
    expect_same_numbers(&world_find(&right, "alpha")->record, &world_find(&corrected, "alpha")->record);
    world_close(&right);
    world_close(&corrected);
}

Test(experiments_core, a_missing_geo_leaves_its_day_out_and_blocks_the_call_until_it_comes)
{
    struct world world, right;
    open_running(&right, 40, 2, START + 15);
    open_running(&world, 40, 2, START + 13);
    for (size_t i = 0; i < WORLD_GEOS; i++) {
        if (i != 1) {
            world_cell(&world, MW_CELL_OUTCOME, world_geo(i), START + 13,
                       world_outcome(&world, i, START + 13));
        }
        world_cell(&world, MW_CELL_SPEND, world_geo(i), START + 13, world_spend(&world, i, START + 13));
    }
    world_close_to(&world, START + 13);
    const struct world_experiment *alpha = world_find(&world, "alpha");
    cr_expect(alpha->record.day == 14 && alpha->record.state == MW_EXPERIMENT_RUNNING, "state %d",
              alpha->record.state);
    cr_expect(strstr(alpha->reason, "no outcome from bremen") != NULL, "%s", alpha->reason);
    world_cell(&world, MW_CELL_OUTCOME, world_geo(1), START + 13, world_outcome(&world, 1, START + 13));
    world_period(&world, START + 14);
    expect_same_numbers(&world_find(&right, "alpha")->record, &alpha->record);
    cr_expect(alpha->record.state == MW_EXPERIMENT_SIGNIFICANT);
    world_close(&world);
    world_close(&right);
}

Test(experiments_core, a_restated_day_of_an_ended_test_sends_a_corrected_lift)
{
    struct world world;
    open_running(&world, 25, 2, END + 3);
    const double before = world.lift.lift;
    const size_t n_records = world_find(&world, "alpha")->n_records;
    cr_assert(world.n_lifts == 1);
    world_cell(&world, MW_CELL_OUTCOME, world_geo(0), START + 4, world_outcome(&world, 0, START + 4) + 42);
    world_period(&world, END + 3);
    cr_expect(world.n_lifts == 2 && strcmp(world.lift_id, "experiments/alpha/lift/2") == 0, "%s",
              world.lift_id);
    cr_expect(fabs((before - world.lift.lift) - 42) < 1e-6, "lift moved by %g", before - world.lift.lift);
    cr_expect(world_find(&world, "alpha")->n_records == n_records + 1);
    world_close(&world);
}

Test(experiments_core, a_restatement_that_changes_nothing_says_nothing)
{
    struct world world;
    open_running(&world, 25, 2, END + 3);
    const size_t n_records = world_find(&world, "alpha")->n_records;
    world_cell(&world, MW_CELL_OUTCOME, world_geo(0), START + 4, world_outcome(&world, 0, START + 4));
    world_period(&world, END + 3);
    cr_expect(world.n_lifts == 1 && world_find(&world, "alpha")->n_records == n_records);
    world_close(&world);
}

Test(experiments_core, a_test_declared_after_its_start_catches_up_day_by_day)
{
    struct world timely, late;
    open_running(&timely, 25, 2, START + 10);
    world_open(&late, 7, DAY);
    world_effect(&late, 25, 2);
    world_config(&late);
    world_periods(&late, WORLD_START, START + 9);
    world_declare(&late, "alpha", world_plan(&late));
    world_period(&late, START + 9);
    const struct world_experiment *alpha = world_find(&late, "alpha");
    cr_expect(alpha->n_records == 1 + 10, "%zu records", alpha->n_records);
    cr_expect(strstr(alpha->reason, "after its start") != NULL, "%s", alpha->reason);
    expect_same_numbers(&world_find(&timely, "alpha")->record, &alpha->record);
    world_close(&timely);
    world_close(&late);
}

Test(experiments_core, what_is_frozen_at_launch_does_not_move_with_restated_history)
{
    struct world world;
    open_running(&world, 25, 2, START + 5);
    const struct world_experiment before = *world_find(&world, "alpha");
    world_cell(&world, MW_CELL_OUTCOME, world_geo(3), WORLD_START + 10, 4000);
    world_cell(&world, MW_CELL_OUTCOME, world_geo(0), START - 5, world_outcome(&world, 0, START - 5) + 10);
    world_period(&world, START + 5);
    const struct world_experiment *after = world_find(&world, "alpha");
    cr_expect(memcmp(before.weight, after->weight, sizeof before.weight) == 0);
    cr_expect(before.record.phi == after->record.phi && before.record.noise_q == after->record.noise_q);
    world_close(&world);
}

/* ---- refusals -------------------------------------------------------------------------------- */

struct refusal {
    const char *why;
    void (*spoil)(struct world *world, struct mw_test_declared *plan);
};

static const struct mw_span unknown_geos[] = {{"aachen", 6}, {"atlantis", 8}};
static const struct mw_span twice[] = {{"aachen", 6}, {"aachen", 6}};
static const struct mw_span one_donor[] = {{"jena", 4}};
static const struct mw_span treated_as_control[] = {{"jena", 4}, {"bremen", 6}};
static const struct mw_span unknown_control[] = {{"jena", 4}, {"atlantis", 8}};

static void name_an_unknown_geo(struct world *world, struct mw_test_declared *plan)
{
    (void)world;
    plan->treated = unknown_geos;
}
static void treat_one_twice(struct world *world, struct mw_test_declared *plan)
{
    (void)world;
    plan->treated = twice;
}
static void treat_none(struct world *world, struct mw_test_declared *plan)
{
    (void)world;
    plan->n_treated = 0;
}
static void compare_with_one(struct world *world, struct mw_test_declared *plan)
{
    (void)world;
    plan->control = one_donor;
    plan->n_control = 1;
}
static void compare_with_a_treated(struct world *world, struct mw_test_declared *plan)
{
    (void)world;
    plan->control = treated_as_control;
    plan->n_control = 2;
}
static void compare_with_an_unknown(struct world *world, struct mw_test_declared *plan)
{
    (void)world;
    plan->control = unknown_control;
    plan->n_control = 2;
}
static void shorten_the_pre_period(struct world *world, struct mw_test_declared *plan)
{
    (void)world;
    plan->pre_from = plan->start - 24;
}
static void begin_before_the_data(struct world *world, struct mw_test_declared *plan)
{
    (void)world;
    plan->pre_from = WORLD_START - 3;
}
static void test_another_channel(struct world *world, struct mw_test_declared *plan)
{
    (void)world;
    plan->channel = mw_span("tv");
}
static void switch_off_what_is_off(struct world *world, struct mw_test_declared *plan)
{
    world->treated_factor = MW_NAN;
    world->effect_from = plan->start + 1;
    plan->spend_off = true;
}
static void choose_an_unknown_method(struct world *world, struct mw_test_declared *plan)
{
    (void)world;
    plan->method = mw_span("tea_leaves");
}
static void end_before_the_start(struct world *world, struct mw_test_declared *plan)
{
    (void)world;
    plan->planned_end = plan->start - 1;
}
static void learn_after_the_start(struct world *world, struct mw_test_declared *plan)
{
    (void)world;
    plan->pre_from = plan->start;
}

static const struct refusal refusals[] = {
    {"\"atlantis\" reports no outcome", name_an_unknown_geo},
    {"treated twice", treat_one_twice},
    {"no treated geos", treat_none},
    {"1 donors are complete", compare_with_one},
    {"named twice", compare_with_a_treated},
    {"\"atlantis\" reports no outcome", compare_with_an_unknown},
    {"24 periods: 25", shorten_the_pre_period},
    {"has no outcome on 2024-10-01", begin_before_the_data},
    {"no spend of \"tv\"", test_another_channel},
    {"switching it off changes nothing", switch_off_what_is_off},
    {"method \"tea_leaves\"", choose_an_unknown_method},
    {"end on or after its start", end_before_the_start},
    {"pre_from must lie before start", learn_after_the_start},
};

ParameterizedTestParameters(experiments_core, a_test_that_cannot_be_read_says_why)
{
    static int
        numbers[sizeof refusals / sizeof refusals[0]]; /* pointers do not survive the way to the test */
    for (int i = 0; i < (int)(sizeof numbers / sizeof numbers[0]); i++) {
        numbers[i] = i;
    }
    return cr_make_param_array(int, numbers, sizeof numbers / sizeof numbers[0]);
}

ParameterizedTest(int *number, experiments_core, a_test_that_cannot_be_read_says_why)
{
    const struct refusal *refusal = &refusals[*number];
    struct world world;
    world_open(&world, 7, DAY);
    world_effect(&world, 25, 2);
    world_config(&world);
    struct mw_test_declared plan = world_plan(&world);
    refusal->spoil(&world, &plan);
    world_declare(&world, "alpha", plan);
    world_periods(&world, WORLD_START, START + 3);
    const struct world_experiment *alpha = world_find(&world, "alpha");
    cr_expect(alpha->record.state == MW_EXPERIMENT_INVALID && strstr(alpha->reason, refusal->why) != NULL,
              "state %d, \"%s\", wanted \"%s\"", alpha->record.state, alpha->reason, refusal->why);
    cr_expect(alpha->n_records <= 2 && isnan(alpha->record.effect.mean) && world.n_lifts == 0);
    world_close(&world);
}

Test(experiments_core, a_constant_treated_geo_is_refused)
{
    struct world world;
    world_open(&world, 7, DAY);
    world_effect(&world, 0, 2);
    world_config(&world);
    world_declare(&world, "alpha", world_plan(&world));
    for (mw_date date = WORLD_START; date <= START; date++) {
        for (size_t i = 0; i < WORLD_GEOS; i++) {
            world_cell(&world, MW_CELL_OUTCOME, world_geo(i), date,
                       i < 4 ? 0 : world_outcome(&world, i, date));
            world_cell(&world, MW_CELL_SPEND, world_geo(i), date, world_spend(&world, i, date));
        }
        world_close_to(&world, date);
    }
    const struct world_experiment *alpha = world_find(&world, "alpha");
    cr_expect(alpha->record.state == MW_EXPERIMENT_INVALID &&
                  strstr(alpha->reason, "no noise to measure") != NULL,
              "state %d, \"%s\"", alpha->record.state, alpha->reason);
    world_close(&world);
}

Test(experiments_core, a_gap_that_wanders_is_refused)
{
    struct world world;
    world_open(&world, 7, DAY);
    world_effect(&world, 0, 2);
    world_config(&world);
    world_declare(&world, "alpha", world_plan(&world));
    double level = 0;
    for (mw_date date = WORLD_START; date <= START; date++) {
        level +=
            400 * sin(0.1 * date) * sin(0.1 * date) * sin(0.037 * date); /* smooth, so no noise around it */
        for (size_t i = 0; i < WORLD_GEOS; i++) {
            world_cell(&world, MW_CELL_OUTCOME, world_geo(i), date,
                       world_outcome(&world, i, date) + (i < 2 ? level : 0));
            world_cell(&world, MW_CELL_SPEND, world_geo(i), date, world_spend(&world, i, date));
        }
        world_close_to(&world, date);
    }
    const struct world_experiment *alpha = world_find(&world, "alpha");
    cr_expect(alpha->record.state == MW_EXPERIMENT_INVALID && strstr(alpha->reason, "random walk") != NULL,
              "state %d, \"%s\"", alpha->record.state, alpha->reason);
    world_close(&world);
}

/* A hole in the pre-period of a treated geo: refused until the day is sent, then caught up. */
Test(experiments_core, a_refused_test_launches_when_the_missing_day_comes)
{
    struct world world, right;
    open_running(&right, 25, 2, START + 6);
    world_open(&world, 7, DAY);
    world_effect(&world, 25, 2);
    world_config(&world);
    world_declare(&world, "alpha", world_plan(&world));
    for (mw_date date = WORLD_START; date < START + 5; date++) {
        for (size_t i = 0; i < WORLD_GEOS; i++) {
            if (i != 1 || date != WORLD_START + 30) {
                world_cell(&world, MW_CELL_OUTCOME, world_geo(i), date, world_outcome(&world, i, date));
            }
            world_cell(&world, MW_CELL_SPEND, world_geo(i), date, world_spend(&world, i, date));
        }
        world_close_to(&world, date);
    }
    const struct world_experiment *alpha = world_find(&world, "alpha");
    cr_expect(alpha->record.state == MW_EXPERIMENT_INVALID &&
                  strstr(alpha->reason, "\"bremen\" has no outcome") != NULL,
              "\"%s\"", alpha->reason);
    cr_expect(alpha->n_records == 2, "said once, not every day: %zu", alpha->n_records);
    world_cell(&world, MW_CELL_OUTCOME, world_geo(1), WORLD_START + 30,
               world_outcome(&world, 1, WORLD_START + 30));
    world_period(&world, START + 5);
    cr_expect(alpha->record.state == MW_EXPERIMENT_RUNNING && alpha->record.day == 6);
    expect_same_numbers(&world_find(&right, "alpha")->record, &alpha->record);
    world_close(&world);
    world_close(&right);
}

Test(experiments_core, a_donor_with_a_hole_is_left_out)
{
    struct world world;
    world_open(&world, 7, DAY);
    world_effect(&world, 25, 2);
    world_config(&world);
    world_declare(&world, "alpha", world_plan(&world));
    for (mw_date date = WORLD_START; date < START + 2; date++) {
        for (size_t i = 0; i < WORLD_GEOS; i++) {
            if (i != 5 || date != WORLD_START + 30) {
                world_cell(&world, MW_CELL_OUTCOME, world_geo(i), date, world_outcome(&world, i, date));
            }
            world_cell(&world, MW_CELL_SPEND, world_geo(i), date, world_spend(&world, i, date));
        }
        world_close_to(&world, date);
    }
    const struct world_experiment *alpha = world_find(&world, "alpha");
    cr_expect(alpha->record.state == MW_EXPERIMENT_RUNNING && alpha->weight[5] == 0, "\"%s\"", alpha->reason);
    world_close(&world);
}

/* ---- several tests, several tenants ---------------------------------------------------------- */

static const struct mw_span other_treated[] = {{"cottbus", 7}, {"dresden", 7}};
static const struct mw_span overlapping[] = {{"bremen", 6}, {"cottbus", 7}};

Test(experiments_core, tests_in_parallel_do_not_use_each_others_geos_as_donors)
{
    struct world world;
    world_open(&world, 7, DAY);
    world_effect(&world, 25, 2);
    world_config(&world);
    struct mw_test_declared second = world_plan(&world);
    second.treated = other_treated;
    second.start += 5;
    second.planned_end += 5;
    world_declare(&world, "alpha", world_plan(&world));
    world_declare(&world, "beta", second);
    world_periods(&world, WORLD_START, END + 5);
    const struct world_experiment *alpha = world_find(&world, "alpha"), *beta = world_find(&world, "beta");
    cr_expect(alpha->weight[2] == 0 && alpha->weight[3] == 0, "alpha leans on beta's geos");
    cr_expect(beta->weight[0] == 0 && beta->weight[1] == 0, "beta leans on alpha's geos");
    cr_expect(alpha->record.state == MW_EXPERIMENT_ENDED && beta->record.state == MW_EXPERIMENT_ENDED);
    cr_expect(alpha->record.significant && !beta->record.significant);
    cr_expect(world.n_lifts == 1, "beta spent no differently: %zu lifts", world.n_lifts);
    world_close(&world);
}

Test(experiments_core, a_geo_cannot_be_treated_by_two_tests_at_once)
{
    struct world world;
    world_open(&world, 7, DAY);
    world_effect(&world, 25, 2);
    world_config(&world);
    struct mw_test_declared second = world_plan(&world);
    second.treated = overlapping;
    second.start += 5;
    world_declare(&world, "alpha", world_plan(&world));
    world_declare(&world, "beta", second);
    world_periods(&world, WORLD_START, START + 8);
    const struct world_experiment *beta = world_find(&world, "beta");
    cr_expect(world_find(&world, "alpha")->record.state == MW_EXPERIMENT_RUNNING);
    cr_expect(beta->record.state == MW_EXPERIMENT_INVALID &&
                  strstr(beta->reason, "treated by test \"alpha\"") != NULL,
              "\"%s\"", beta->reason);
    world_close(&world);
}

Test(experiments_core, a_withdrawn_test_says_goodbye_and_is_gone)
{
    struct world world;
    open_running(&world, 25, 2, START + 5);
    world_withdraw(&world, "alpha", "wrong geos");
    const struct world_experiment *alpha = world_find(&world, "alpha");
    const size_t n_records = alpha->n_records;
    cr_expect(alpha->record.state == MW_EXPERIMENT_ENDED &&
                  strcmp(alpha->reason, "withdrawn: wrong geos") == 0,
              "%s", alpha->reason);
    world_periods(&world, START + 5, END + 2);
    cr_expect(alpha->n_records == n_records && world.n_lifts == 0);
    world_withdraw(&world, "never declared", "");
    cr_expect(world.status == MW_OK);
    world_close(&world);
}

Test(experiments_core, before_its_launch_a_test_may_be_declared_anew_and_not_after)
{
    struct world world;
    world_open(&world, 7, DAY);
    world_effect(&world, 25, 2);
    world_config(&world);
    struct mw_test_declared plan = world_plan(&world);
    plan.method = mw_span("tea_leaves");
    world_declare(&world, "alpha", plan);
    const struct world_experiment *alpha = world_find(&world, "alpha");
    cr_expect(alpha->record.state == MW_EXPERIMENT_INVALID);
    world_declare(&world, "alpha", world_plan(&world));
    cr_expect(alpha->record.state == MW_EXPERIMENT_WAITING && alpha->record.rev == 2);
    world_periods(&world, WORLD_START, START + 2);
    plan = world_plan(&world);
    plan.planned_end += 100;
    world_declare(&world, "alpha", plan);
    world_period(&world, START + 2);
    cr_expect(alpha->record.planned_end == START + TEST - 1, "history was rewritten");
    world_close(&world);
}

Test(experiments_core, tenants_do_not_see_each_other)
{
    struct world one, two, alone;
    open_running(&alone, 25, 2, START + 3);
    world_open(&one, 7, DAY);
    world_open(&two, 8, DAY);
    mw_experiments_ops.close(two.core);
    two.core = one.core;
    two.tenant = "another";
    world_effect(&one, 25, 2);
    world_effect(&two, 0, 2);
    world_config(&one);
    world_declare(&one, "alpha", world_plan(&one));
    world_config(&two);
    world_declare(&two, "alpha", world_plan(&two));
    for (mw_date date = WORLD_START; date < START + 3; date++) {
        world_period(&one, date);
        world_period(&two, date);
    }
    cr_expect(one.said.len == alone.said.len && memcmp(one.said.data, alone.said.data, one.said.len) == 0);
    struct mw_span name;
    cr_expect(mw_experiments_ops.tenant_at(one.core, 0, &name) && mw_span_is(name, "another"));
    cr_expect(mw_experiments_ops.tenant_at(one.core, 1, &name) && mw_span_is(name, "shop"));
    cr_expect(!mw_experiments_ops.tenant_at(one.core, 2, &name));
    mw_experiments_ops.forget(one.core, mw_span("another"));
    mw_experiments_ops.forget(one.core, mw_span("nobody"));
    cr_expect(mw_experiments_ops.tenant_at(one.core, 0, &name) && mw_span_is(name, "shop"));
    cr_expect(!mw_experiments_ops.tenant_at(one.core, 1, &name));
    two.core = NULL;
    world_close(&one);
    world_close(&two);
    world_close(&alone);
}

/* ---- weekly grids ---------------------------------------------------------------------------- */

Test(experiments_core, a_weekly_grid_counts_in_calendar_days)
{
    struct world world;
    world_open(&world, 7, 7);
    world_effect(&world, 25, 2);
    world_config(&world);
    struct mw_test_declared plan = world_plan(&world);
    world_declare(&world, "alpha", plan);
    world_periods(&world, WORLD_START, plan.start + 7 * 7);
    const struct world_experiment *alpha = world_find(&world, "alpha");
    cr_expect(alpha->record.day == 49 && alpha->record.as_of == plan.start + 48, "day %lld",
              (long long)alpha->record.day);
    cr_expect(fabs(alpha->record.effect.mean * 7 - 25) < 8, "per day %g", alpha->record.effect.mean);
    cr_expect(fabs(alpha->record.increment.mean - 2 * 49 * alpha->record.effect.mean) < 1e-9);
    world_periods(&world, plan.start + 7 * 7, plan.planned_end + 1 + 7);
    cr_expect(alpha->record.state == MW_EXPERIMENT_ENDED && world.n_lifts == 1, "state %d",
              alpha->record.state);
    world_close(&world);
}

Test(experiments_core, a_weekly_test_starts_with_a_week)
{
    struct world world;
    world_open(&world, 7, 7);
    world_effect(&world, 25, 2);
    world_config(&world);
    struct mw_test_declared plan = world_plan(&world);
    plan.start += 2;
    world_declare(&world, "alpha", plan);
    world_periods(&world, WORLD_START, plan.start + 14);
    cr_expect(strstr(world_find(&world, "alpha")->reason, "first day of a period") != NULL, "%s",
              world_find(&world, "alpha")->reason);
    world_close(&world);
}

/* ---- state ----------------------------------------------------------------------------------- */

static void restart(struct world *world)
{
    struct mw_writer saved = {0}, again = {0};
    const struct mw_span tenant = mw_span(world->tenant);
    cr_assert(mw_experiments_ops.save(world->core, tenant, &saved, NULL) == MW_OK);
    mw_experiments_ops.close(world->core);
    cr_assert(mw_experiments_open(&world->core, NULL, NULL) == MW_OK);
    struct mw_reader in = mw_reader(mw_writer_span(&saved));
    cr_assert(mw_experiments_ops.load(world->core, tenant, &in, &world->err) == MW_OK, "%s", world->err.text);
    cr_assert(mw_reader_left(&in) == 0);
    cr_assert(mw_experiments_ops.save(world->core, tenant, &again, NULL) == MW_OK);
    cr_expect(saved.len == again.len && memcmp(saved.data, again.data, saved.len) == 0,
              "saved state is not the same");
    mw_writer_fini(&saved);
    mw_writer_fini(&again);
}

/* A world with something of everything: two tests, a refused one, a hole, a restatement, a corrected lift. */
static void tell_all(struct world *world, mw_date restart_at)
{
    world_open(world, 7, DAY);
    world_effect(world, 25, 2);
    world_config(world);
    struct mw_test_declared second = world_plan(world), third = second;
    second.treated = other_treated;
    second.start += 5;
    second.planned_end += 5;
    third.treated = unknown_geos;
    world_declare(world, "alpha", world_plan(world));
    world_declare(world, "beta", second);
    world_declare(world, "gamma", third);
    for (mw_date date = WORLD_START; date < END + 8; date++) {
        if (date == START + 8) {
            world_cell(world, MW_CELL_OUTCOME, world_geo(0), START + 2, 1500);
        }
        if (date == END + 7) {
            world_cell(world, MW_CELL_OUTCOME, world_geo(1), START + 3, 1000);
        }
        if (date == restart_at) {
            restart(world);
        }
        world_period(world, date);
    }
}

static int restarts[] = {0, 1, 79, 80, 81, 85, 86, 88, 89, 100, 101, 107, 108, 112, 113, 115};

ParameterizedTestParameters(experiments_core, a_restart_at_any_point_continues_with_the_same_bytes)
{
    return cr_make_param_array(int, restarts, sizeof restarts / sizeof restarts[0]);
}

ParameterizedTest(int *day, experiments_core, a_restart_at_any_point_continues_with_the_same_bytes)
{
    struct world whole, restarted;
    tell_all(&whole, MW_DATE_NONE);
    tell_all(&restarted, WORLD_START + *day);
    cr_expect(whole.said.len == restarted.said.len &&
                  memcmp(whole.said.data, restarted.said.data, whole.said.len) == 0,
              "restart on day %d: %zu and %zu bytes", *day, whole.said.len, restarted.said.len);
    cr_expect(whole.n_lifts == 2, "%zu lifts", whole.n_lifts);
    world_close(&whole);
    world_close(&restarted);
}

Test(experiments_core, a_damaged_snapshot_is_refused_and_leaves_nothing)
{
    struct world world;
    struct mw_writer saved = {0};
    open_running(&world, 25, 2, START + 5);
    cr_assert(mw_experiments_ops.save(world.core, mw_span("shop"), &saved, NULL) == MW_OK);
    for (size_t len = 0; len < saved.len; len += len < 200 || len + 400 > saved.len ? 1 : 61) {
        struct mw_reader in = mw_reader((struct mw_span){saved.data, len});
        cr_expect(mw_experiments_ops.load(world.core, mw_span("copy"), &in, NULL) == MW_E_DATA, "cut at %zu",
                  len);
        struct mw_span name;
        cr_expect(!mw_experiments_ops.tenant_at(world.core, 1, &name));
    }
    mw_writer_fini(&saved);
    world_close(&world);
}

Test(experiments_core, what_belongs_to_no_tenant_is_nothing_and_an_unknown_tenant_cannot_be_saved)
{
    struct world world;
    struct mw_writer saved = {0};
    world_open(&world, 7, DAY);
    cr_expect(mw_experiments_ops.save(world.core, mw_span(""), &saved, NULL) == MW_OK && saved.len == 0);
    struct mw_reader in = mw_reader(mw_writer_span(&saved));
    cr_expect(mw_experiments_ops.load(world.core, mw_span(""), &in, NULL) == MW_OK);
    cr_expect(mw_experiments_ops.save(world.core, mw_span("nobody"), &saved, NULL) == MW_E_CONTRACT);
    mw_writer_fini(&saved);
    world_close(&world);
}

/* ---- limits and contracts -------------------------------------------------------------------- */

Test(experiments_core, a_fact_seen_before_is_skipped_and_a_gap_is_fatal)
{
    struct world world;
    open_running(&world, 25, 2, START + 5);
    const size_t said = world.said.len;
    world.n -= 3;
    world_close_to(&world, START + 50);
    cr_expect(world.status == MW_OK && world.said.len == said);
    world.n += 5;
    world_close_to(&world, START + 6);
    cr_expect(world.status == MW_E_CONTRACT && world.err.fatal && strstr(world.err.text, "gap") != NULL, "%s",
              world.err.text);
    world_close(&world);
}

Test(experiments_core, only_facts_are_read)
{
    struct world world;
    world_open(&world, 7, DAY);
    const struct mw_message message = {.type = &mw_type_metric, .topic = "mw.metric.v1"};
    struct mw_error err = {0};
    cr_expect(mw_experiments_ops.step(world.core, &message, &world.effects, &err) == MW_E_CONTRACT &&
              err.fatal);
    world_close(&world);
}

Test(experiments_core, one_test_more_than_the_limit_is_refused_in_public)
{
    struct world world;
    world_open(&world, 7, DAY);
    mw_experiments_ops.close(world.core);
    cr_assert(mw_experiments_open(&world.core, &(struct mw_experiments_settings){.tests_max = 1}, NULL) ==
              MW_OK);
    world_config(&world);
    world_declare(&world, "alpha", world_plan(&world));
    world_declare(&world, "beta", world_plan(&world));
    const struct world_experiment *beta = world_find(&world, "beta");
    cr_expect(beta->record.state == MW_EXPERIMENT_INVALID && strstr(beta->reason, "the limit") != NULL, "%s",
              beta->reason);
    world_close(&world);
}

Test(experiments_core, a_full_panel_is_counted_in_public_and_stops_nothing)
{
    struct world world;
    world_open(&world, 7, DAY);
    mw_experiments_ops.close(world.core);
    cr_assert(mw_experiments_open(&world.core, &(struct mw_experiments_settings){.values_max = 64}, NULL) ==
              MW_OK);
    world_effect(&world, 25, 2);
    world_config(&world);
    world_declare(&world, "alpha", world_plan(&world));
    world_periods(&world, WORLD_START, START + 2);
    cr_expect(world.refused > 0, "refused %g", world.refused);
    cr_expect(world_find(&world, "alpha")->record.state == MW_EXPERIMENT_INVALID);
    world_close(&world);
}

Test(experiments_core, an_old_test_leaves)
{
    struct world world;
    open_running(&world, 25, 2, END);
    world_periods(&world, END, END + MW_EXPERIMENTS_KEPT_DAYS + 2);
    const size_t n_records = world_find(&world, "alpha")->n_records;
    world_cell(&world, MW_CELL_OUTCOME, world_geo(0), START + 4, 3000);
    world_period(&world, END + MW_EXPERIMENTS_KEPT_DAYS + 2);
    cr_expect(world_find(&world, "alpha")->n_records == n_records && world.n_lifts == 1);
    world_close(&world);
}

/* Every allocation of the step that launches a test, and of the first, fails once. */
Test(experiments_core, running_out_of_memory_is_a_fatal_status_never_a_crash)
{
    for (size_t n = 1; n < 40; n++) {
        struct world world;
        open_running(&world, 25, 2, START);
        for (size_t i = 0; i < WORLD_GEOS; i++) {
            world_cell(&world, MW_CELL_OUTCOME, world_geo(i), START, world_outcome(&world, i, START));
            world_cell(&world, MW_CELL_SPEND, world_geo(i), START, world_spend(&world, i, START));
        }
        const struct mw_fact_close close = {.from = START, .to = START, .periods = 1};
        const struct mw_fact fact = {
            .n = world.n + 1, .tenant = mw_span("shop"), .kind = MW_FACT_CLOSE, .close = &close};
        const struct mw_message message = {.type = &mw_type_fact, .body = &fact, .tenant = fact.tenant};
        struct mw_error err = {0};
        mw_effects_reset(&world.effects);
        mw_arena_fail_after(n);
        const enum mw_status status = mw_experiments_ops.step(world.core, &message, &world.effects, &err);
        mw_arena_fail_after(0);
        cr_expect(status == MW_E_MEMORY && err.fatal, "allocation %zu: %s, %s", n, mw_status_name(status),
                  err.text);
        world_close(&world);
    }
}
