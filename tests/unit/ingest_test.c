// SPDX-License-Identifier: Apache-2.0
#include "ingest_world.h"
#include "mw_ingest_core.h"
#include "mw_real.h"

#include <criterion/criterion.h>
#include <stdio.h>

enum { FIRST = INGEST_WORLD_FIRST };

Test(ingest, facts_are_numbered_from_the_configuration_on)
{
    const struct mw_tenant config = ingest_world_config();
    struct core_driver driver = ingest_world_open(&config);
    const struct mw_fact *fact = core_driver_effect(&driver, &mw_type_fact, 0);
    cr_assert(fact != NULL && fact->n == 1 && fact->kind == MW_FACT_TENANT && fact->journal.len == 36);
    ingest_world_send_spend(&driver, ingest_world_spend("tv", FIRST, 100));
    fact = core_driver_effect(&driver, &mw_type_fact, 0);
    cr_expect(fact != NULL && fact->n == 2 && fact->cell->total == 100);
    core_driver_fini(&driver);
}

Test(ingest, a_total_is_the_sum_of_its_cells_and_a_correction_takes_it_back_to_the_bit)
{
    const struct mw_tenant config = ingest_world_config();
    struct core_driver driver = ingest_world_open(&config);
    struct mw_spend a = ingest_world_spend("tv", FIRST, 0.1), b = ingest_world_spend("tv", FIRST, 0.2);
    b.campaign = mw_span("spring");
    ingest_world_send_spend(&driver, a);
    ingest_world_send_spend(&driver, b);
    const double before = ingest_world_cell(&driver)->total;
    a.spend = 1e9;
    a.observed_at = 2;
    ingest_world_send_spend(&driver, a);
    cr_expect(ingest_world_cell(&driver)->total == 1e9 + 0.2);
    a.spend = 0.1;
    a.observed_at = 3;
    ingest_world_send_spend(&driver, a);
    cr_expect(ingest_world_cell(&driver)->total == before);
    core_driver_fini(&driver);
}

Test(ingest, the_newest_observation_wins_whatever_comes_last)
{
    const struct mw_tenant config = ingest_world_config();
    struct core_driver driver = ingest_world_open(&config);
    struct mw_spend event = ingest_world_spend("tv", FIRST, 7);
    event.observed_at = 9;
    ingest_world_send_spend(&driver, event);
    event.observed_at = 5;
    event.spend = 3;
    ingest_world_send_spend(&driver, event);
    cr_expect(core_driver_count(&driver, &mw_type_fact) == 0, "an older observation became a fact");
    core_driver_fini(&driver);
}

Test(ingest, a_delta_counts_once)
{
    const struct mw_tenant config = ingest_world_config();
    struct core_driver driver = ingest_world_open(&config);
    struct mw_spend event = ingest_world_spend("tv", FIRST, 5);
    event.kind = MW_OBS_DELTA;
    ingest_world_send_spend(&driver, event);
    ingest_world_send_spend(&driver, event);
    cr_expect(core_driver_count(&driver, &mw_type_fact) == 0);
    event.id = mw_span("e2");
    event.spend = -2;
    ingest_world_send_spend(&driver, event);
    cr_expect(ingest_world_cell(&driver)->value == 3);
    core_driver_fini(&driver);
}

Test(ingest, what_does_not_fit_the_tenant_is_a_dead_letter_with_its_reason)
{
    const struct mw_tenant config = ingest_world_config();
    struct core_driver driver = ingest_world_open(&config);
    struct mw_spend event = ingest_world_spend("radio", FIRST, 1);
    ingest_world_send_spend(&driver, event);
    ingest_world_expect_rejected(&driver, "unknown_channel");
    event = ingest_world_spend("tv", FIRST, 1);
    event.currency = mw_span("USD");
    ingest_world_send_spend(&driver, event);
    ingest_world_expect_rejected(&driver, "wrong_currency");
    ingest_world_send_spend(&driver, ingest_world_spend("tv", FIRST, -1));
    ingest_world_expect_rejected(&driver, "negative_spend");
    ingest_world_send_outcome(&driver, FIRST, MW_NAN);
    ingest_world_expect_rejected(&driver, "wrong_amount");
    const struct mw_factor factor = {.id = mw_span("f"),
                                     .tenant = mw_span("acme"),
                                     .factor = mw_span("weather"),
                                     .source = mw_span("x"),
                                     .date = FIRST};
    cr_assert(core_driver_step(&driver, &mw_type_factor, "acme", &factor) == MW_OK);
    ingest_world_expect_rejected(&driver, "unknown_factor");
    event.tenant = mw_span("nobody");
    cr_assert(core_driver_step(&driver, &mw_type_spend, "nobody", &event) == MW_OK);
    ingest_world_expect_rejected(&driver, "unknown_tenant");
    const struct mw_test test = {.id = mw_span("t"),
                                 .tenant = mw_span("acme"),
                                 .kind = MW_TEST_LIFT,
                                 .lift = &(struct mw_test_lift){.channel = mw_span("radio")}};
    cr_assert(core_driver_step(&driver, &mw_type_test, "acme", &test) == MW_OK);
    ingest_world_expect_rejected(&driver, "unknown_test_channel");
    core_driver_fini(&driver);
}

Test(ingest, a_tenant_that_cannot_be_served_is_refused)
{
    struct mw_tenant config = ingest_world_config();
    struct core_driver driver = ingest_world_open(&config);
    config.time_zone_rule = mw_span("nowhere");
    cr_assert(core_driver_step(&driver, &mw_type_tenant, "acme", &config) == MW_OK);
    ingest_world_expect_rejected(&driver, "bad_time_zone");
    config = ingest_world_config();
    config.time_zone = mw_span("Europe/Paris");
    cr_assert(core_driver_step(&driver, &mw_type_tenant, "acme", &config) == MW_OK);
    ingest_world_expect_rejected(&driver, "bad_time_zone");
    config = ingest_world_config();
    config.grid = -1;
    cr_assert(core_driver_step(&driver, &mw_type_tenant, "acme", &config) == MW_OK);
    ingest_world_expect_rejected(&driver, "bad_tenant");
    config = ingest_world_config();
    config.model = &(struct mw_tenant_model){1000, 1};
    cr_assert(core_driver_step(&driver, &mw_type_tenant, "acme", &config) == MW_OK);
    ingest_world_expect_rejected(&driver, "bad_tenant");
    core_driver_fini(&driver);
}

Test(ingest, dates_out_of_reach_are_refused)
{
    struct mw_tenant config = ingest_world_config();
    config.clock = MW_CLOCK_WALL;
    struct core_driver driver = ingest_world_open(&config);
    const struct mw_clock clock = {.time = (FIRST + 40) * MW_US_PER_DAY};
    cr_assert(core_driver_step(&driver, &mw_type_clock, "", &clock) == MW_OK);
    ingest_world_send_spend(&driver, ingest_world_spend("tv", FIRST + 42, 1));
    ingest_world_expect_rejected(&driver, "future_date");
    struct mw_spend event = ingest_world_spend("tv", FIRST + 4, 1);
    event.kind = MW_OBS_DELTA;
    ingest_world_send_spend(&driver, event);
    ingest_world_expect_rejected(&driver, "delta_too_old");
    ingest_world_send_spend(&driver, ingest_world_spend("tv", FIRST + 40, 1));
    ingest_world_send_spend(&driver, ingest_world_spend("tv", FIRST + 40 - 1500, 1));
    ingest_world_expect_rejected(&driver, "too_many_rows");
    core_driver_fini(&driver);
}

Test(ingest, the_taxonomy_maps_names_of_sources_to_channels)
{
    static const struct mw_tenant_taxonomy rows[] = {
        {.source = {"ads", 3}, .campaign = {"brand_*", 7}, .to = {"tv", 2}},
        {.source = {"ads", 3}, .channel = {"google", 6}, .to = {"search", 6}},
    };
    struct mw_tenant config = ingest_world_config();
    config.taxonomy = rows;
    config.n_taxonomy = 2;
    struct core_driver driver = ingest_world_open(&config);
    struct mw_spend event = ingest_world_spend("google", FIRST, 4);
    ingest_world_send_spend(&driver, event);
    cr_expect(mw_span_is(ingest_world_cell(&driver)->name, "search"));
    event.campaign = mw_span("brand_spring");
    ingest_world_send_spend(&driver, event);
    cr_expect(mw_span_is(ingest_world_cell(&driver)->name, "tv"));
    core_driver_fini(&driver);
}

/* Days FIRST .. FIRST + n - 1 with spend and outcome. */
static void send_days(struct core_driver *driver, int n)
{
    for (int i = 0; i < n; i++) {
        ingest_world_send_spend(driver, ingest_world_spend("tv", FIRST + i, 100 + i));
        ingest_world_send_spend(driver, ingest_world_spend("search", FIRST + i, i % 2 == 0 ? 0 : 50));
        ingest_world_send_outcome(driver, FIRST + i, 1000);
    }
}

Test(ingest, a_day_closes_when_spend_and_outcome_have_settled_and_not_before_data_came)
{
    const struct mw_tenant config = ingest_world_config();
    struct core_driver driver = ingest_world_open(&config);
    send_days(&driver, 3);
    ingest_world_send_clock(&driver, FIRST + 2);
    cr_expect(core_driver_count(&driver, &mw_type_fact) == 0);
    ingest_world_send_clock(&driver, FIRST + 3);
    const struct mw_fact *fact = core_driver_effect(&driver, &mw_type_fact, 0);
    cr_assert(fact != NULL && fact->kind == MW_FACT_CLOSE && fact->close->from == FIRST &&
              fact->close->periods == 1);
    ingest_world_send_clock(&driver, FIRST + 300);
    cr_expect(core_driver_count(&driver, &mw_type_fact) == 2, "days without any data were closed");
    ingest_world_send_clock(&driver, FIRST + 200);
    cr_expect(driver.effects.n == 0, "a clock that goes backwards did something");
    core_driver_fini(&driver);
}

Test(ingest, a_late_cell_of_a_closed_day_says_so)
{
    const struct mw_tenant config = ingest_world_config();
    struct core_driver driver = ingest_world_open(&config);
    send_days(&driver, 3);
    ingest_world_send_clock(&driver, FIRST + 5);
    struct mw_spend event = ingest_world_spend("tv", FIRST, 500);
    event.observed_at = 2;
    ingest_world_send_spend(&driver, event);
    cr_expect(ingest_world_cell(&driver)->closed);
    core_driver_fini(&driver);
}

Test(ingest, a_model_is_born_after_26_weeks_with_frozen_scales)
{
    const struct mw_tenant config = ingest_world_config();
    struct core_driver driver = ingest_world_open(&config);
    send_days(&driver, 190);
    ingest_world_send_clock(&driver, FIRST + 184);
    cr_expect(core_driver_count(&driver, &mw_type_fact) == 183, "one birth among %zu facts",
              core_driver_count(&driver, &mw_type_fact));
    const struct mw_fact *fact = core_driver_effect(&driver, &mw_type_fact, 182);
    cr_assert(fact != NULL && fact->kind == MW_FACT_BIRTH);
    cr_expect(fact->birth->version == 1 && fact->birth->scales.n_spend == 2);
    cr_expect(fact->birth->scales.spend[0].value == 100 + 181 / 2.0);
    cr_expect(fact->birth->scales.spend[1].value == 50, "the mean is over days with spend");
    cr_expect(fact->birth->scales.outcome == 1000);
    core_driver_fini(&driver);
}

Test(ingest, the_end_of_a_short_table_gives_birth_too)
{
    const struct mw_tenant config = ingest_world_config();
    struct core_driver driver = ingest_world_open(&config);
    send_days(&driver, 60);
    const struct mw_command command = {.id = mw_span("s"),
                                       .tenant = mw_span("acme"),
                                       .kind = MW_COMMAND_SETTLE,
                                       .settle = &(struct mw_command_settle){FIRST + 59, true}};
    cr_assert(core_driver_step(&driver, &mw_type_command, "acme", &command) == MW_OK);
    cr_expect(core_driver_count(&driver, &mw_type_fact) == 61);
    cr_assert(core_driver_step(&driver, &mw_type_command, "acme", &command) == MW_OK);
    cr_expect(driver.effects.n == 0, "a repeated command did something");
    core_driver_fini(&driver);
}

Test(ingest, a_silent_feed_loses_its_quality_and_is_quarantined)
{
    const struct mw_tenant config = ingest_world_config();
    struct core_driver driver = ingest_world_open(&config);
    send_days(&driver, 30);
    ingest_world_send_clock(&driver, FIRST + 31);
    ingest_world_send_clock(&driver, FIRST + 60);
    const struct mw_metric *metric = core_driver_effect(&driver, &mw_type_metric, 1);
    cr_assert(metric != NULL && metric->kind == MW_METRIC_POINTS);
    const struct mw_point *score = &metric->points->points[0];
    cr_expect(mw_span_is(score->metric, "data_quality") && score->value == 0, "score %g", score->value);
    cr_expect(metric->points->points[1].value == 31, "age %g days", metric->points->points[1].value);
    core_driver_fini(&driver);
}

Test(ingest, a_snapshot_continues_with_the_same_bytes)
{
    const struct mw_tenant config = ingest_world_config();
    struct core_driver driver = ingest_world_open(&config);
    send_days(&driver, 200);
    ingest_world_send_clock(&driver, FIRST + 190);
    struct ingest_core *fresh = NULL;
    cr_assert(ingest_core_open(&fresh, NULL) == MW_OK);
    cr_expect(core_driver_move_to(&driver, fresh));
    ingest_world_send_clock(&driver, FIRST + 191);
    const struct mw_fact *fact = core_driver_effect(&driver, &mw_type_fact, 0);
    cr_expect(fact != NULL && fact->kind == MW_FACT_CLOSE && fact->close->periods == 189);
    core_driver_fini(&driver);
}

Test(ingest, a_new_channel_gets_its_scale_after_eight_weeks_as_another_version)
{
    const struct mw_tenant config = ingest_world_config();
    struct core_driver driver = ingest_world_open(&config);
    for (int i = 0; i < 300; i++) {
        ingest_world_send_spend(&driver, ingest_world_spend("tv", FIRST + i, 100));
        ingest_world_send_spend(&driver, ingest_world_spend("search", FIRST + i, i < 200 ? 0 : 40));
        ingest_world_send_outcome(&driver, FIRST + i, 1000);
    }
    ingest_world_send_clock(&driver, FIRST + 300);
    int64_t versions = 0;
    for (size_t i = 0; i < core_driver_count(&driver, &mw_type_fact); i++) {
        const struct mw_fact *fact = core_driver_effect(&driver, &mw_type_fact, i);
        if (fact->kind == MW_FACT_BIRTH) {
            versions = fact->birth->version;
            cr_expect(fact->birth->scales.n_spend == (size_t)versions);
            cr_expect(fact->birth->scales.spend[0].value == 100, "the old scale moved");
        }
    }
    cr_expect(versions == 2);
    core_driver_fini(&driver);
}

Test(ingest, a_day_that_costs_three_usual_ones_is_told_while_it_is_open)
{
    const struct mw_tenant config = ingest_world_config();
    struct core_driver driver = ingest_world_open(&config);
    for (int i = 0; i < 30; i++) {
        ingest_world_send_spend(&driver, ingest_world_spend("tv", FIRST + i, 100));
        ingest_world_send_outcome(&driver, FIRST + i, 1000);
    }
    ingest_world_send_clock(&driver, FIRST + 30);
    ingest_world_send_spend(&driver, ingest_world_spend("tv", FIRST + 30, 150));
    cr_expect(core_driver_count(&driver, &mw_type_metric) == 0, "half as much again is no news");
    struct mw_spend more = ingest_world_spend("tv", FIRST + 30, 400);
    more.observed_at = 2;
    ingest_world_send_spend(&driver, more);
    const struct mw_metric *metric = core_driver_effect(&driver, &mw_type_metric, 0);
    cr_assert(metric != NULL && mw_span_is(metric->points->points[0].metric, "spend_surge"));
    cr_expect(metric->points->points[0].value == 4 && metric->points->points[0].money == 7 * 300);
    more.observed_at = 3;
    more.spend = 100;
    ingest_world_send_spend(&driver, more);
    metric = core_driver_effect(&driver, &mw_type_metric, 0);
    cr_assert(metric != NULL && metric->points->points[0].value == 1, "the correction must close the alert");
    core_driver_fini(&driver);
}

/* The weakest part of the quality of spend/tv as the last clock reported it. */
static double weakest_of_tv(const struct core_driver *driver)
{
    const struct mw_metric *metric = core_driver_effect(driver, &mw_type_metric, 1);
    cr_assert(metric != NULL && mw_span_is(metric->points->points[0].labels->value, "spend/tv"));
    return metric->points->points[0].lower;
}

/* Thirty days at about the same cost per impression, and one more at `times` that. */
static double quality_after_cpm(double times)
{
    const struct mw_tenant config = ingest_world_config();
    struct core_driver driver = ingest_world_open(&config);
    for (int i = 0; i <= 30; i++) {
        struct mw_spend event = ingest_world_spend("tv", FIRST + i, 100 + i % 3);
        event.impressions = 10000 / (i == 30 ? times : 1);
        ingest_world_send_spend(&driver, event);
        ingest_world_send_outcome(&driver, FIRST + i, 1000);
    }
    ingest_world_send_clock(&driver, FIRST + 31);
    const double weakest = weakest_of_tv(&driver);
    core_driver_fini(&driver);
    return weakest;
}

Test(ingest, a_cost_per_impression_far_from_the_usual_fails_a_check)
{
    const double usual = quality_after_cpm(1), dear = quality_after_cpm(20);
    cr_expect(usual == 100, "an ordinary day: %g", usual);
    cr_expect(dear < 100 && dear > 90, "one failed check among many: %g", dear);
}

/* A closed day restated to `times` its value and back, ten times over. */
static double quality_after_restating(double times)
{
    const struct mw_tenant config = ingest_world_config();
    struct core_driver driver = ingest_world_open(&config);
    for (int i = 0; i < 10; i++) {
        ingest_world_send_spend(&driver, ingest_world_spend("tv", FIRST + i, 100));
    }
    ingest_world_send_clock(&driver, FIRST + 9);
    for (int i = 1; i <= 10; i++) {
        struct mw_spend event = ingest_world_spend("tv", FIRST, 100 * (i % 2 == 0 ? 1 : times));
        event.observed_at = 1 + i;
        ingest_world_send_spend(&driver, event);
    }
    ingest_world_send_clock(&driver, FIRST + 10);
    const double weakest = weakest_of_tv(&driver);
    core_driver_fini(&driver);
    return weakest;
}

Test(ingest, restating_settled_spend_by_more_than_half_fails_a_check_and_by_less_does_not)
{
    const double mild = quality_after_restating(1.2), wild = quality_after_restating(3);
    cr_expect(mild == 100, "mild: %g", mild);
    cr_expect(wild == 0, "wild: %g", wild);
}
