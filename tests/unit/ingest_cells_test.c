/* Cells: deltas and snapshots on the same cell, ids that are counted once, sums over many cells, limits. */
// SPDX-License-Identifier: Apache-2.0
#include "ingest_world.h"
#include "mw_ingest_core.h"
#include "mw_real.h"

#include <criterion/criterion.h>
#include <stdio.h>

enum { FIRST = INGEST_WORLD_FIRST };

static struct core_driver begin(void)
{
    const struct mw_tenant config = ingest_world_config();
    return ingest_world_open(&config);
}

static struct mw_spend delta(const char *id, double amount, int64_t observed_at)
{
    struct mw_spend event = ingest_world_spend("tv", FIRST, amount);
    event.kind = MW_OBS_DELTA;
    event.id = mw_span(id);
    event.observed_at = observed_at;
    return event;
}

static struct mw_spend snapshot(double amount, int64_t observed_at)
{
    struct mw_spend event = ingest_world_spend("tv", FIRST, amount);
    event.observed_at = observed_at;
    return event;
}

static bool is_news(const struct core_driver *driver)
{
    return core_driver_count(driver, &mw_type_fact) > 0;
}

Test(ingest_cells, a_delta_that_a_snapshot_holds_already_adds_nothing)
{
    struct core_driver driver = begin();
    ingest_world_send_spend(&driver, snapshot(100, 10));
    ingest_world_send_spend(&driver, delta("d1", 5, 9));
    cr_expect(!is_news(&driver), "a late delta was counted twice");
    ingest_world_send_spend(&driver, delta("d2", 5, 10));
    cr_expect(!is_news(&driver), "as known at 10 includes what was observed at 10");
    ingest_world_send_spend(&driver, delta("d3", 5, 11));
    cr_expect(ingest_world_cell(&driver)->value == 105);
    ingest_world_send_spend(&driver, snapshot(90, 10));
    cr_expect(!is_news(&driver), "it cannot say which deltas it holds");
    ingest_world_send_spend(&driver, snapshot(107, 11));
    cr_expect(ingest_world_cell(&driver)->value == 107);
    core_driver_fini(&driver);
}

Test(ingest_cells, deltas_count_in_any_order_of_their_times)
{
    struct core_driver driver = begin();
    ingest_world_send_spend(&driver, delta("d1", 5, 9));
    ingest_world_send_spend(&driver, delta("d2", 7, 3));
    cr_expect(ingest_world_cell(&driver)->value == 12);
    core_driver_fini(&driver);
}

Test(ingest_cells, deltas_of_money_add_up_to_the_micro_so_that_a_snapshot_can_confirm_them)
{
    struct core_driver driver = begin();
    ingest_world_send_spend(&driver, delta("d1", 0.1, 1));
    ingest_world_send_spend(&driver, delta("d2", 0.2, 2));
    cr_expect(ingest_world_cell(&driver)->value == 0.3);
    ingest_world_send_spend(&driver, snapshot(0.3, 3));
    cr_expect(!is_news(&driver), "nothing has changed");
    core_driver_fini(&driver);
}

Test(ingest_cells, a_table_imported_again_with_a_corrected_cell_moves_that_cell_only)
{
    struct core_driver driver = begin();
    ingest_world_send_spend(&driver, snapshot(100, 10));
    ingest_world_send_spend(&driver, snapshot(100, 10));
    cr_expect(!is_news(&driver));
    ingest_world_send_spend(&driver, snapshot(90, 10));
    cr_expect(ingest_world_cell(&driver)->value == 90, "among equal times the later record wins");
    core_driver_fini(&driver);
}

Test(ingest_cells, an_id_is_unique_within_its_source_and_kind_only)
{
    struct core_driver driver = begin();
    struct mw_spend event = delta("1", 5, 1);
    ingest_world_send_spend(&driver, event);
    event.source = mw_span("other");
    ingest_world_send_spend(&driver, event);
    cr_assert(is_news(&driver), "the id of another source was taken for a repeat");
    cr_expect(ingest_world_cell(&driver)->total == 10);
    const struct mw_outcome sale = {.id = mw_span("1"),
                                    .tenant = mw_span("acme"),
                                    .source = mw_span("ads"),
                                    .outcome = mw_span("revenue"),
                                    .currency = mw_span("EUR"),
                                    .kind = MW_OBS_DELTA,
                                    .observed_at = 1,
                                    .date = FIRST,
                                    .amount = 3,
                                    .value = MW_NAN};
    ingest_world_send(&driver, &mw_type_outcome, &sale);
    cr_expect(is_news(&driver));
    core_driver_fini(&driver);
}

Test(ingest_cells, ids_and_deltas_leave_together_even_when_a_settlement_runs_ahead_of_the_clock)
{
    struct core_driver driver = begin();
    ingest_world_send_clock(&driver, FIRST + 30);
    ingest_world_send_spend(&driver, delta("d1", 5, 1));
    struct mw_spend later = ingest_world_spend("tv", FIRST + 60, 1);
    ingest_world_send_spend(&driver, later);
    const struct mw_command settle = {.id = mw_span("s"),
                                      .tenant = mw_span("acme"),
                                      .kind = MW_COMMAND_SETTLE,
                                      .settle = &(struct mw_command_settle){FIRST + 60, false}};
    ingest_world_send(&driver, &mw_type_command, &settle);
    ingest_world_send_spend(&driver, delta("d1", 5, 1));
    ingest_world_expect_rejected(&driver, "delta_too_old");
    core_driver_fini(&driver);
}

Test(ingest_cells, the_delta_window_does_not_move_back_with_the_time_zone)
{
    struct mw_tenant config = ingest_world_config();
    config.time_zone_rule = mw_span("<+14>-14");
    struct core_driver driver = ingest_world_open(&config);
    const struct mw_clock noon = {.tenant = mw_span("acme"),
                                  .time = (FIRST + 35) * MW_US_PER_DAY + MW_US_PER_DAY / 2};
    struct mw_spend event = delta("d1", 5, 1);
    ingest_world_send_spend(&driver, event);
    ingest_world_send(&driver, &mw_type_clock, &noon); /* it is FIRST + 36 there: the id of FIRST has left */
    config.time_zone_rule = mw_span("<-12>12");
    ingest_world_send(&driver, &mw_type_tenant, &config);
    ingest_world_send_spend(&driver, event);
    ingest_world_expect_rejected(&driver, "delta_too_old");
    core_driver_fini(&driver);
}

Test(ingest_cells, commands_and_tests_are_taken_however_many_deltas_are_held)
{
    struct core_driver driver = begin();
    char id[32];
    for (int i = 0; i < 100001; i++) {
        (void)snprintf(id, sizeof id, "d%d", i);
        struct mw_spend event = delta(id, 1, 1);
        cr_assert(core_driver_step(&driver, &mw_type_spend, "acme", &event) == MW_OK);
    }
    cr_expect(ingest_world_cell(&driver)->value == 100001);
    const struct mw_command decide = {
        .id = mw_span("c"),
        .tenant = mw_span("acme"),
        .by = mw_span("me"),
        .kind = MW_COMMAND_DECIDE,
        .decide = &(struct mw_command_decide){.decision = mw_span("d"), .choice = mw_span("accepted")}};
    cr_assert(core_driver_step(&driver, &mw_type_command, "acme", &decide) == MW_OK);
    cr_expect(is_news(&driver), "a command was refused for the sake of deltas");
    core_driver_fini(&driver);
}

Test(ingest_cells, the_newest_ids_of_commands_are_held_however_many_come)
{
    struct core_driver driver = begin();
    char id[32];
    struct mw_command command = {.tenant = mw_span("acme"),
                                 .by = mw_span("me"),
                                 .kind = MW_COMMAND_SETTLE,
                                 .settle = &(struct mw_command_settle){FIRST, false}};
    for (int i = 0; i < 30000; i++) {
        (void)snprintf(id, sizeof id, "c%d", i);
        command.id = mw_span(id);
        cr_assert(core_driver_step(&driver, &mw_type_command, "acme", &command) == MW_OK &&
                  driver.effects.n == 0);
    }
    command.kind = MW_COMMAND_DECIDE;
    command.decide = &(struct mw_command_decide){.decision = mw_span("d"), .choice = mw_span("accepted")};
    cr_assert(core_driver_step(&driver, &mw_type_command, "acme", &command) == MW_OK);
    cr_expect(!is_news(&driver), "the last command was done twice");
    core_driver_fini(&driver);
}

/* 200,000 cells in one day of one channel: campaigns x geos. A step that walked all of them would take minutes. */
Test(ingest_cells, so_many_cells_are_held_and_no_more, .timeout = 60)
{
    struct core_driver driver = begin();
    char campaign[32], geo[32];
    struct mw_spend event = ingest_world_spend("tv", FIRST, 0.25);
    for (int i = 0; i < 200000; i++) {
        (void)snprintf(campaign, sizeof campaign, "c%d", i / 1000);
        (void)snprintf(geo, sizeof geo, "g%d", i % 1000);
        event.campaign = mw_span(campaign);
        event.geo = mw_span(geo);
        cr_assert(core_driver_step(&driver, &mw_type_spend, "acme", &event) == MW_OK);
    }
    cr_expect(ingest_world_cell(&driver)->total == 50000 && ingest_world_cell(&driver)->geo_total == 50);
    struct mw_writer before = {0}, after = {0};
    cr_assert(ingest_core_ops.save(driver.core, mw_span("acme"), &before, NULL) == MW_OK);
    event.campaign = mw_span("one more");
    event.kind = MW_OBS_DELTA;
    ingest_world_send_spend(&driver, event);
    ingest_world_expect_rejected(&driver, "too_many_cells");
    cr_assert(ingest_core_ops.save(driver.core, mw_span("acme"), &after, NULL) == MW_OK);
    cr_expect(mw_span_eq(mw_writer_span(&before), mw_writer_span(&after)),
              "a refused record left something behind");
    struct ingest_core *fresh = NULL;
    cr_assert(ingest_core_open(&fresh, NULL) == MW_OK);
    cr_expect(core_driver_move_to(&driver, fresh));
    event.campaign = mw_span(campaign);
    event.kind = MW_OBS_SNAPSHOT;
    event.spend = 1.25;
    ingest_world_send_spend(&driver, event);
    cr_expect(ingest_world_cell(&driver)->total == 50001 && ingest_world_cell(&driver)->geo_total == 51);
    mw_writer_fini(&before);
    mw_writer_fini(&after);
    core_driver_fini(&driver);
}
