// SPDX-License-Identifier: Apache-2.0
#include "core_driver.h"
#include "mw_ingest_core.h"
#include "mw_real.h"

#include <criterion/criterion.h>
#include <stdio.h>

enum { FIRST = 19723 }; /* 2024-01-01, a Monday */

static const struct mw_tenant_channel channels[] = {
    {.channel = {"tv", 2}, .spend_min = MW_NAN, .spend_max = MW_NAN},
    {.channel = {"search", 6}, .spend_min = MW_NAN, .spend_max = MW_NAN},
};
static const struct mw_tenant_control controls[] = {{.name = {"price", 5}}};

static struct mw_tenant acme(void)
{
    return (struct mw_tenant){
        .tenant = mw_span("acme"),
        .currency = mw_span("EUR"),
        .grid = MW_GRID_DAY,
        .week_start = -1,
        .clock = MW_CLOCK_EVENT,
        .outcome = {.name = mw_span("revenue"), .kind = MW_OUTCOME_REVENUE, .margin = MW_NAN},
        .channels = channels,
        .n_channels = 2,
        .controls = controls,
        .n_controls = 1,
    };
}

static struct core_driver begin(const struct mw_tenant *config)
{
    struct ingest_core *core = NULL;
    struct core_driver driver;
    cr_assert(ingest_core_open(&core, NULL) == MW_OK);
    core_driver_init(&driver, &ingest_core_ops, core);
    cr_assert(core_driver_step(&driver, &mw_type_tenant, "acme", config) == MW_OK);
    return driver;
}

static struct mw_spend spend(const char *channel, mw_date date, double amount)
{
    return (struct mw_spend){.id = mw_span("e1"),
                             .tenant = mw_span("acme"),
                             .source = mw_span("ads"),
                             .channel = mw_span(channel),
                             .currency = mw_span("EUR"),
                             .kind = MW_OBS_SNAPSHOT,
                             .observed_at = 1,
                             .date = date,
                             .spend = amount,
                             .impressions = MW_NAN,
                             .clicks = MW_NAN,
                             .conversions = MW_NAN,
                             .platform_value = MW_NAN};
}

static void send_spend(struct core_driver *driver, struct mw_spend event)
{
    cr_assert(core_driver_step(driver, &mw_type_spend, "acme", &event) == MW_OK, "%s", driver->err.text);
}

static void send_outcome(struct core_driver *driver, mw_date date, double amount)
{
    const struct mw_outcome event = {.id = mw_span("o"), .tenant = mw_span("acme"), .source = mw_span("shop"),
                                     .outcome = mw_span("revenue"), .currency = mw_span("EUR"),
                                     .observed_at = 1, .date = date, .amount = amount, .value = MW_NAN};
    cr_assert(core_driver_step(driver, &mw_type_outcome, "acme", &event) == MW_OK);
}

static void send_clock(struct core_driver *driver, mw_date today)
{
    const struct mw_clock clock = {.tenant = mw_span("acme"), .time = today * MW_US_PER_DAY + 1};
    cr_assert(core_driver_step(driver, &mw_type_clock, "acme", &clock) == MW_OK);
}

static void expect_rejected(const struct core_driver *driver, const char *reason)
{
    const struct mw_deadletter *letter = core_driver_effect(driver, &mw_type_deadletter, 0);
    cr_assert(letter != NULL, "nothing was rejected as %s", reason);
    cr_expect(mw_span_is(letter->reason, reason), "rejected as " MW_SPAN_FMT ", not %s", MW_SPAN_ARG(letter->reason), reason);
    cr_expect(mw_span_is(letter->record, "{}") && letter->detail.len > 0);
    cr_expect(core_driver_count(driver, &mw_type_fact) == 0);
}

static const struct mw_fact_cell *cell_of(const struct core_driver *driver)
{
    const struct mw_fact *fact = core_driver_effect(driver, &mw_type_fact, 0);
    return fact == NULL ? NULL : fact->cell;
}

Test(ingest, facts_are_numbered_from_the_configuration_on)
{
    const struct mw_tenant config = acme();
    struct core_driver driver = begin(&config);
    const struct mw_fact *fact = core_driver_effect(&driver, &mw_type_fact, 0);
    cr_assert(fact != NULL && fact->n == 1 && fact->kind == MW_FACT_TENANT && fact->journal.len == 36);
    send_spend(&driver, spend("tv", FIRST, 100));
    fact = core_driver_effect(&driver, &mw_type_fact, 0);
    cr_expect(fact != NULL && fact->n == 2 && fact->cell->total == 100);
    core_driver_fini(&driver);
}

Test(ingest, a_total_is_the_sum_of_its_cells_and_a_correction_takes_it_back_to_the_bit)
{
    const struct mw_tenant config = acme();
    struct core_driver driver = begin(&config);
    struct mw_spend a = spend("tv", FIRST, 0.1), b = spend("tv", FIRST, 0.2);
    b.campaign = mw_span("spring");
    send_spend(&driver, a);
    send_spend(&driver, b);
    const double before = cell_of(&driver)->total;
    a.spend = 1e9;
    a.observed_at = 2;
    send_spend(&driver, a);
    cr_expect(cell_of(&driver)->total == 1e9 + 0.2);
    a.spend = 0.1;
    a.observed_at = 3;
    send_spend(&driver, a);
    cr_expect(cell_of(&driver)->total == before);
    core_driver_fini(&driver);
}

Test(ingest, the_newest_observation_wins_whatever_comes_last)
{
    const struct mw_tenant config = acme();
    struct core_driver driver = begin(&config);
    struct mw_spend event = spend("tv", FIRST, 7);
    event.observed_at = 9;
    send_spend(&driver, event);
    event.observed_at = 5;
    event.spend = 3;
    send_spend(&driver, event);
    cr_expect(core_driver_count(&driver, &mw_type_fact) == 0, "an older observation became a fact");
    core_driver_fini(&driver);
}

Test(ingest, a_delta_counts_once)
{
    const struct mw_tenant config = acme();
    struct core_driver driver = begin(&config);
    struct mw_spend event = spend("tv", FIRST, 5);
    event.kind = MW_OBS_DELTA;
    send_spend(&driver, event);
    send_spend(&driver, event);
    cr_expect(core_driver_count(&driver, &mw_type_fact) == 0);
    event.id = mw_span("e2");
    event.spend = -2;
    send_spend(&driver, event);
    cr_expect(cell_of(&driver)->value == 3);
    core_driver_fini(&driver);
}

Test(ingest, what_does_not_fit_the_tenant_is_a_dead_letter_with_its_reason)
{
    const struct mw_tenant config = acme();
    struct core_driver driver = begin(&config);
    struct mw_spend event = spend("radio", FIRST, 1);
    send_spend(&driver, event);
    expect_rejected(&driver, "unknown_channel");
    event = spend("tv", FIRST, 1);
    event.currency = mw_span("USD");
    send_spend(&driver, event);
    expect_rejected(&driver, "wrong_currency");
    send_spend(&driver, spend("tv", FIRST, -1));
    expect_rejected(&driver, "negative_spend");
    send_outcome(&driver, FIRST, MW_NAN);
    expect_rejected(&driver, "wrong_amount");
    const struct mw_factor factor = {.id = mw_span("f"), .factor = mw_span("weather"), .source = mw_span("x"), .date = FIRST};
    cr_assert(core_driver_step(&driver, &mw_type_factor, "acme", &factor) == MW_OK);
    expect_rejected(&driver, "unknown_factor");
    cr_assert(core_driver_step(&driver, &mw_type_spend, "nobody", &event) == MW_OK);
    expect_rejected(&driver, "unknown_tenant");
    const struct mw_test test = {.id = mw_span("t"), .kind = MW_TEST_LIFT,
                                 .lift = &(struct mw_test_lift){.channel = mw_span("radio")}};
    cr_assert(core_driver_step(&driver, &mw_type_test, "acme", &test) == MW_OK);
    expect_rejected(&driver, "unknown_test_channel");
    core_driver_fini(&driver);
}

Test(ingest, a_tenant_that_cannot_be_served_is_refused)
{
    struct mw_tenant config = acme();
    struct core_driver driver = begin(&config);
    config.time_zone_rule = mw_span("nowhere");
    cr_assert(core_driver_step(&driver, &mw_type_tenant, "acme", &config) == MW_OK);
    expect_rejected(&driver, "bad_time_zone");
    config = acme();
    config.time_zone = mw_span("Europe/Paris");
    cr_assert(core_driver_step(&driver, &mw_type_tenant, "acme", &config) == MW_OK);
    expect_rejected(&driver, "bad_time_zone");
    config = acme();
    config.grid = -1;
    cr_assert(core_driver_step(&driver, &mw_type_tenant, "acme", &config) == MW_OK);
    expect_rejected(&driver, "bad_tenant");
    config = acme();
    config.model = &(struct mw_tenant_model){1000, 1};
    cr_assert(core_driver_step(&driver, &mw_type_tenant, "acme", &config) == MW_OK);
    expect_rejected(&driver, "bad_tenant");
    core_driver_fini(&driver);
}

Test(ingest, dates_out_of_reach_are_refused)
{
    struct mw_tenant config = acme();
    config.clock = MW_CLOCK_WALL;
    struct core_driver driver = begin(&config);
    const struct mw_clock clock = {.time = (FIRST + 40) * MW_US_PER_DAY};
    cr_assert(core_driver_step(&driver, &mw_type_clock, "", &clock) == MW_OK);
    send_spend(&driver, spend("tv", FIRST + 42, 1));
    expect_rejected(&driver, "future_date");
    struct mw_spend event = spend("tv", FIRST + 4, 1);
    event.kind = MW_OBS_DELTA;
    send_spend(&driver, event);
    expect_rejected(&driver, "delta_too_old");
    send_spend(&driver, spend("tv", FIRST + 40, 1));
    send_spend(&driver, spend("tv", FIRST + 40 - 1500, 1));
    expect_rejected(&driver, "too_many_rows");
    core_driver_fini(&driver);
}

Test(ingest, the_taxonomy_maps_names_of_sources_to_channels)
{
    static const struct mw_tenant_taxonomy rows[] = {
        {.source = {"ads", 3}, .campaign = {"brand_*", 7}, .to = {"tv", 2}},
        {.source = {"ads", 3}, .channel = {"google", 6}, .to = {"search", 6}},
    };
    struct mw_tenant config = acme();
    config.taxonomy = rows;
    config.n_taxonomy = 2;
    struct core_driver driver = begin(&config);
    struct mw_spend event = spend("google", FIRST, 4);
    send_spend(&driver, event);
    cr_expect(mw_span_is(cell_of(&driver)->name, "search"));
    event.campaign = mw_span("brand_spring");
    send_spend(&driver, event);
    cr_expect(mw_span_is(cell_of(&driver)->name, "tv"));
    core_driver_fini(&driver);
}

/* Days FIRST .. FIRST + n - 1 with spend and outcome. */
static void send_days(struct core_driver *driver, int n)
{
    for (int i = 0; i < n; i++) {
        send_spend(driver, spend("tv", FIRST + i, 100 + i));
        send_spend(driver, spend("search", FIRST + i, i % 2 == 0 ? 0 : 50));
        send_outcome(driver, FIRST + i, 1000);
    }
}

Test(ingest, a_day_closes_when_spend_and_outcome_have_settled_and_not_before_data_came)
{
    const struct mw_tenant config = acme();
    struct core_driver driver = begin(&config);
    send_days(&driver, 3);
    send_clock(&driver, FIRST + 2);
    cr_expect(core_driver_count(&driver, &mw_type_fact) == 0);
    send_clock(&driver, FIRST + 3);
    const struct mw_fact *fact = core_driver_effect(&driver, &mw_type_fact, 0);
    cr_assert(fact != NULL && fact->kind == MW_FACT_CLOSE && fact->close->from == FIRST && fact->close->periods == 1);
    send_clock(&driver, FIRST + 300);
    cr_expect(core_driver_count(&driver, &mw_type_fact) == 2, "days without any data were closed");
    send_clock(&driver, FIRST + 200);
    cr_expect(driver.effects.n == 0, "a clock that goes backwards did something");
    core_driver_fini(&driver);
}

Test(ingest, a_late_cell_of_a_closed_day_says_so)
{
    const struct mw_tenant config = acme();
    struct core_driver driver = begin(&config);
    send_days(&driver, 3);
    send_clock(&driver, FIRST + 5);
    struct mw_spend event = spend("tv", FIRST, 500);
    event.observed_at = 2;
    send_spend(&driver, event);
    cr_expect(cell_of(&driver)->closed);
    core_driver_fini(&driver);
}

Test(ingest, a_model_is_born_after_26_weeks_with_frozen_scales)
{
    const struct mw_tenant config = acme();
    struct core_driver driver = begin(&config);
    send_days(&driver, 190);
    send_clock(&driver, FIRST + 184);
    cr_expect(core_driver_count(&driver, &mw_type_fact) == 183, "one birth among %zu facts", core_driver_count(&driver, &mw_type_fact));
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
    const struct mw_tenant config = acme();
    struct core_driver driver = begin(&config);
    send_days(&driver, 60);
    const struct mw_command command = {.id = mw_span("s"), .tenant = mw_span("acme"), .kind = MW_COMMAND_SETTLE,
                                       .settle = &(struct mw_command_settle){FIRST + 59, true}};
    cr_assert(core_driver_step(&driver, &mw_type_command, "acme", &command) == MW_OK);
    cr_expect(core_driver_count(&driver, &mw_type_fact) == 61);
    cr_assert(core_driver_step(&driver, &mw_type_command, "acme", &command) == MW_OK);
    cr_expect(driver.effects.n == 0, "a repeated command did something");
    core_driver_fini(&driver);
}

Test(ingest, a_silent_feed_loses_its_quality_and_is_quarantined)
{
    const struct mw_tenant config = acme();
    struct core_driver driver = begin(&config);
    send_days(&driver, 30);
    send_clock(&driver, FIRST + 31);
    send_clock(&driver, FIRST + 60);
    const struct mw_metric *metric = core_driver_effect(&driver, &mw_type_metric, 1);
    cr_assert(metric != NULL && metric->kind == MW_METRIC_POINTS);
    const struct mw_point *score = &metric->points->points[0];
    cr_expect(mw_span_is(score->metric, "data_quality") && score->value == 0, "score %g", score->value);
    cr_expect(metric->points->points[1].value == 31, "age %g days", metric->points->points[1].value);
    core_driver_fini(&driver);
}

Test(ingest, a_snapshot_continues_with_the_same_bytes)
{
    const struct mw_tenant config = acme();
    struct core_driver driver = begin(&config);
    send_days(&driver, 200);
    send_clock(&driver, FIRST + 190);
    struct ingest_core *fresh = NULL;
    cr_assert(ingest_core_open(&fresh, NULL) == MW_OK);
    cr_expect(core_driver_move_to(&driver, fresh));
    send_clock(&driver, FIRST + 191);
    const struct mw_fact *fact = core_driver_effect(&driver, &mw_type_fact, 0);
    cr_expect(fact != NULL && fact->kind == MW_FACT_CLOSE && fact->close->periods == 189);
    core_driver_fini(&driver);
}

Test(ingest, a_new_channel_gets_its_scale_after_eight_weeks_as_another_version)
{
    const struct mw_tenant config = acme();
    struct core_driver driver = begin(&config);
    for (int i = 0; i < 300; i++) {
        send_spend(&driver, spend("tv", FIRST + i, 100));
        send_spend(&driver, spend("search", FIRST + i, i < 200 ? 0 : 40));
        send_outcome(&driver, FIRST + i, 1000);
    }
    send_clock(&driver, FIRST + 300);
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
    const struct mw_tenant config = acme();
    struct core_driver driver = begin(&config);
    for (int i = 0; i < 30; i++) {
        send_spend(&driver, spend("tv", FIRST + i, 100));
        send_outcome(&driver, FIRST + i, 1000);
    }
    send_clock(&driver, FIRST + 30);
    send_spend(&driver, spend("tv", FIRST + 30, 150));
    cr_expect(core_driver_count(&driver, &mw_type_metric) == 0, "half as much again is no news");
    struct mw_spend more = spend("tv", FIRST + 30, 400);
    more.observed_at = 2;
    send_spend(&driver, more);
    const struct mw_metric *metric = core_driver_effect(&driver, &mw_type_metric, 0);
    cr_assert(metric != NULL && mw_span_is(metric->points->points[0].metric, "spend_surge"));
    cr_expect(metric->points->points[0].value == 4 && metric->points->points[0].money == 7 * 300);
    more.observed_at = 3;
    more.spend = 100;
    send_spend(&driver, more);
    metric = core_driver_effect(&driver, &mw_type_metric, 0);
    cr_assert(metric != NULL && metric->points->points[0].value == 1, "the correction must close the alert");
    core_driver_fini(&driver);
}
