/* Configurations: what is refused, what may change, and what a birth waits for. */
// SPDX-License-Identifier: Apache-2.0
#include "ingest_world.h"
#include "mw_ingest_core.h"
#include "mw_real.h"

#include <criterion/criterion.h>

enum { FIRST = INGEST_WORLD_FIRST };

static void expect_refused(struct core_driver *driver, const struct mw_tenant *config, const char *pointer)
{
    ingest_world_send(driver, &mw_type_tenant, config);
    ingest_world_expect_rejected(driver, "bad_tenant");
    const struct mw_deadletter *letter = core_driver_effect(driver, &mw_type_deadletter, 0);
    cr_expect(mw_span_is(letter->pointer, pointer), "at " MW_SPAN_FMT ", not %s",
              MW_SPAN_ARG(letter->pointer), pointer);
}

Test(ingest_tenant, names_that_are_missing_or_come_twice_are_refused)
{
    static const struct mw_tenant_channel twins[] = {{.channel = {"tv", 2}}, {.channel = {"tv", 2}}};
    static const struct mw_tenant_channel nameless[] = {{.column = {"tv_S", 4}}};
    static const struct mw_tenant_event clash[] = {{.name = {"price", 5}}};
    static const struct mw_tenant_taxonomy astray[] = {{.to = {"radio", 5}}};
    const struct mw_tenant good = ingest_world_config();
    struct core_driver driver = ingest_world_open(&good);
    struct mw_tenant config = good;
    config.channels = twins;
    expect_refused(&driver, &config, "/channels");
    config.channels = nameless;
    config.n_channels = 1;
    expect_refused(&driver, &config, "/channels");
    config = good;
    config.n_channels = 0;
    expect_refused(&driver, &config, "/channels");
    config = good;
    config.events = clash;
    config.n_events = 1;
    expect_refused(&driver, &config, "/events");
    config = good;
    config.taxonomy = astray;
    config.n_taxonomy = 1;
    expect_refused(&driver, &config, "/taxonomy");
    config = good;
    config.outcome.name = (struct mw_span){0};
    expect_refused(&driver, &config, "/outcome/name");
    config = good;
    config.currency = (struct mw_span){0};
    expect_refused(&driver, &config, "/currency");
    core_driver_fini(&driver);
}

Test(ingest_tenant, what_has_been_counted_keeps_its_currency_grid_and_outcome)
{
    const struct mw_tenant good = ingest_world_config();
    struct core_driver driver = ingest_world_open(&good);
    ingest_world_send_spend(&driver, ingest_world_spend("tv", FIRST, 1));
    struct mw_tenant config = good;
    config.currency = mw_span("USD");
    expect_refused(&driver, &config, "/currency");
    config = good;
    config.grid = MW_GRID_WEEK;
    expect_refused(&driver, &config, "/grid");
    config = good;
    config.week_start = 3;
    expect_refused(&driver, &config, "/week_start");
    config = good;
    config.outcome.kind = MW_OUTCOME_CONVERSIONS;
    expect_refused(&driver, &config, "/outcome");
    config = good;
    config.outcome.name = mw_span("orders");
    expect_refused(&driver, &config, "/outcome");
    core_driver_fini(&driver);
}

Test(ingest_tenant, the_same_configuration_again_is_no_news)
{
    struct mw_tenant config = ingest_world_config();
    struct core_driver driver = ingest_world_open(&config);
    ingest_world_send(&driver, &mw_type_tenant, &config);
    cr_expect(driver.effects.n == 0);
    config.n_controls = 0;
    ingest_world_send(&driver, &mw_type_tenant, &config);
    cr_expect(ingest_world_fact_of(&driver, MW_FACT_TENANT, 0) != NULL);
    core_driver_fini(&driver);
}

/* Days [from, to) of tv, search, revenue and price. */
static void send_days(struct core_driver *driver, int from, int to, bool with_outcome, bool with_price)
{
    for (int i = from; i < to; i++) {
        ingest_world_send_spend(driver, ingest_world_spend("tv", FIRST + i, 100));
        ingest_world_send_spend(driver, ingest_world_spend("search", FIRST + i, 50));
        if (with_outcome) {
            ingest_world_send_outcome(driver, FIRST + i, i % 2 == 0 ? 900 : 1100);
        }
        if (with_price) {
            ingest_world_send_price(driver, FIRST + i, i % 2 == 0 ? 8 : 12);
        }
    }
}

Test(ingest_tenant, a_birth_waits_for_26_weeks_of_the_outcome)
{
    const struct mw_tenant config = ingest_world_config();
    struct core_driver driver = ingest_world_open(&config);
    send_days(&driver, 0, 200, false, true);
    ingest_world_send_clock(&driver, FIRST + 200);
    cr_expect(ingest_world_fact_of(&driver, MW_FACT_CLOSE, 190) != NULL);
    cr_expect(ingest_world_fact_of(&driver, MW_FACT_BIRTH, 0) == NULL, "born without any outcome");
    send_days(&driver, 200, 400, true, true);
    ingest_world_send_clock(&driver, FIRST + 200 + 182 + 1);
    cr_expect(ingest_world_fact_of(&driver, MW_FACT_BIRTH, 0) == NULL, "born a day too early");
    ingest_world_send_clock(&driver, FIRST + 200 + 182 + 2);
    const struct mw_fact *fact = ingest_world_fact_of(&driver, MW_FACT_BIRTH, 0);
    cr_assert(fact != NULL);
    cr_expect(fact->birth->scales.outcome == 1000 && fact->birth->frozen_to == FIRST + 200 + 181);
    core_driver_fini(&driver);
}

Test(ingest_tenant, scales_that_are_given_in_part_do_not_hasten_a_birth)
{
    static const struct mw_amount spend[] = {{{"tv", 2}, 100}};
    const struct mw_tenant_scales scales = {
        .spend = spend, .n_spend = 1, .outcome = 1000, .outcome_sum = MW_NAN, .spend_sum = MW_NAN};
    struct mw_tenant config = ingest_world_config();
    config.scales = &scales;
    struct core_driver driver = ingest_world_open(&config);
    send_days(&driver, 0, 190, true, true);
    ingest_world_send_clock(&driver, FIRST + 10);
    cr_expect(ingest_world_fact_of(&driver, MW_FACT_BIRTH, 0) == NULL,
              "search and price frozen on a few days");
    ingest_world_send_clock(&driver, FIRST + 190);
    const struct mw_fact *fact = ingest_world_fact_of(&driver, MW_FACT_BIRTH, 0);
    cr_assert(fact != NULL && fact->birth->scales.n_controls == 1);
    cr_expect(fact->birth->scales.controls[0].mean == 10 && fact->birth->scales.controls[0].sd == 2);
    core_driver_fini(&driver);
}

Test(ingest_tenant, scales_that_are_all_given_let_a_model_be_born_at_the_first_close)
{
    static const struct mw_amount spend[] = {{{"tv", 2}, 100}, {{"search", 6}, 40}};
    static const struct mw_scale controls[] = {{{"price", 5}, 10, 2}};
    const struct mw_tenant_scales scales = {spend, 2, 1000, controls, 1, MW_NAN, MW_NAN};
    struct mw_tenant config = ingest_world_config();
    config.scales = &scales;
    struct core_driver driver = ingest_world_open(&config);
    send_days(&driver, 0, 5, true, true);
    ingest_world_send_clock(&driver, FIRST + 4);
    cr_expect(ingest_world_fact_of(&driver, MW_FACT_BIRTH, 0) != NULL);
    core_driver_fini(&driver);
}

Test(ingest_tenant, a_control_that_comes_later_is_measured_on_weeks_of_its_own)
{
    const struct mw_tenant config = ingest_world_config();
    struct core_driver driver = ingest_world_open(&config);
    send_days(&driver, 0, 200, true, false);
    ingest_world_send_clock(&driver, FIRST + 190);
    const struct mw_fact *fact = ingest_world_fact_of(&driver, MW_FACT_BIRTH, 0);
    cr_assert(fact != NULL);
    cr_expect(fact->birth->scales.n_controls == 0, "a control without a value was frozen");
    send_days(&driver, 200, 300, true, true);
    ingest_world_send_clock(&driver, FIRST + 300);
    fact = ingest_world_fact_of(&driver, MW_FACT_BIRTH, 0);
    cr_assert(fact != NULL && fact->birth->version == 2 && fact->birth->scales.n_controls == 1);
    cr_expect(fact->birth->scales.controls[0].mean == 10 && fact->birth->scales.controls[0].sd == 2);
    cr_expect(ingest_world_fact_of(&driver, MW_FACT_BIRTH, 1) == NULL);
    core_driver_fini(&driver);
}

Test(ingest_tenant, a_channel_that_is_dropped_leaves_the_next_model_and_the_others_keep_their_scales)
{
    static const struct mw_tenant_channel one[] = {
        {.channel = {"search", 6}, .spend_min = MW_NAN, .spend_max = MW_NAN}};
    struct mw_tenant config = ingest_world_config();
    struct core_driver driver = ingest_world_open(&config);
    send_days(&driver, 0, 200, true, true);
    ingest_world_send_clock(&driver, FIRST + 200);
    config.channels = one;
    config.n_channels = 1;
    ingest_world_send(&driver, &mw_type_tenant, &config);
    const struct mw_fact *fact = ingest_world_fact_of(&driver, MW_FACT_BIRTH, 0);
    cr_assert(fact != NULL && fact->birth->version == 2 && fact->birth->scales.n_spend == 1);
    cr_expect(fact->birth->scales.spend[0].value == 50 && fact->birth->frozen_to == FIRST + 181);
    ingest_world_send_spend(&driver, ingest_world_spend("tv", FIRST + 200, 1));
    ingest_world_expect_rejected(&driver, "unknown_channel");
    core_driver_fini(&driver);
}

Test(ingest_tenant, daily_events_fall_into_weeks_and_the_age_of_an_open_week_is_not_negative)
{
    struct mw_tenant config = ingest_world_config();
    config.grid = MW_GRID_WEEK;
    struct core_driver driver = ingest_world_open(&config);
    for (int i = 0; i < 24; i++) { /* to a Wednesday */
        ingest_world_send_spend(&driver, ingest_world_spend("tv", FIRST + i, 10));
    }
    cr_expect(ingest_world_cell(&driver)->date == FIRST + 21 && ingest_world_cell(&driver)->total == 30);
    ingest_world_send_clock(&driver, FIRST + 24);
    const struct mw_metric *metric = core_driver_effect(&driver, &mw_type_metric, 1);
    cr_assert(metric != NULL && mw_span_is(metric->points->points[1].metric, "data_age_days"));
    cr_expect(metric->points->points[1].value == 0, "%g days", metric->points->points[1].value);
    cr_expect(ingest_world_fact_of(&driver, MW_FACT_CLOSE, 2) != NULL, "the third week ended three days ago");
    cr_expect(ingest_world_fact_of(&driver, MW_FACT_CLOSE, 3) == NULL,
              "a week that is still open was closed");
    core_driver_fini(&driver);
}

Test(ingest_tenant, a_tenant_of_the_wall_clock_closes_at_its_own_midnight_and_a_little_later)
{
    struct mw_tenant config = ingest_world_config();
    config.clock = MW_CLOCK_WALL;
    config.time_zone_rule = mw_span("CET-1CEST,M3.5.0,M10.5.0/3");
    struct core_driver driver = ingest_world_open(&config);
    const mw_date sunday = 19813; /* 2024-03-31: the hour from two to three does not exist */
    ingest_world_send_spend(&driver, ingest_world_spend("tv", sunday - 3, 10));
    const int64_t midnight_us = sunday * MW_US_PER_DAY - 3600 * MW_US_PER_S;
    const int64_t stagger_us = (int64_t)(mw_span_hash(mw_span("acme")) % 600) * MW_US_PER_S;
    const struct mw_clock before = {.time = midnight_us + stagger_us - 1},
                          at = {.time = midnight_us + stagger_us};
    cr_assert(core_driver_step(&driver, &mw_type_clock, "", &before) == MW_OK);
    cr_expect(core_driver_count(&driver, &mw_type_fact) == 0);
    cr_assert(core_driver_step(&driver, &mw_type_clock, "", &at) == MW_OK);
    cr_expect(core_driver_count(&driver, &mw_type_fact) == 1);
    ingest_world_send_spend(&driver, ingest_world_spend("tv", sunday - 2, 10));
    const struct mw_clock next = {.time = at.time + 23 * 3600 * MW_US_PER_S};
    cr_assert(core_driver_step(&driver, &mw_type_clock, "", &next) == MW_OK);
    cr_expect(core_driver_count(&driver, &mw_type_fact) == 1, "that day had 23 hours");
    core_driver_fini(&driver);
}
