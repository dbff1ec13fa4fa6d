/* Records that decode and mean harm, or mean well and are odd: each is refused or counted, and whatever ingest says of
 * it can be written. */
// SPDX-License-Identifier: Apache-2.0
#include "ingest_world.h"
#include "mw_ingest_core.h"
#include "mw_real.h"

#include <criterion/criterion.h>

enum { FIRST = INGEST_WORLD_FIRST };

static struct core_driver begin(void)
{
    const struct mw_tenant config = ingest_world_config();
    return ingest_world_open(&config);
}

static struct mw_outcome count(mw_date date, const char *geo, double value)
{
    return (struct mw_outcome){.id = mw_span("o"),
                               .tenant = mw_span("acme"),
                               .source = mw_span("shop"),
                               .outcome = mw_span("revenue"),
                               .geo = mw_span(geo),
                               .observed_at = 1,
                               .date = date,
                               .amount = MW_NAN,
                               .value = value};
}

Test(ingest_hostile, a_channel_of_1024_bytes_is_quoted_up_to_a_whole_character)
{
    struct core_driver driver = begin();
    char channel[256 * 4 + 1] = {0};
    for (int i = 0; i < 256; i++) {
        memcpy(channel + (size_t)i * 4, "\xF0\x9F\x93\xBA", 4);
    }
    for (size_t shift = 0; shift < 4; shift++) { /* wherever the buffer ends within a character */
        struct mw_spend event = ingest_world_spend("", FIRST, 1);
        event.channel = mw_span(channel);
        event.source = (struct mw_span){"abcd", shift + 1};
        ingest_world_send_spend(&driver, event);
        ingest_world_expect_rejected(&driver, "unknown_channel");
    }
    core_driver_fini(&driver);
}

Test(ingest_hostile, a_key_id_and_time_that_nothing_can_carry_do_not_stop_the_partition)
{
    struct core_driver driver = begin();
    struct mw_effects out = {0};
    struct mw_error err = {0};
    const struct mw_spend event = ingest_world_spend("tv", FIRST, 1);
    const struct mw_message in = {.type = &mw_type_spend,
                                  .body = &event,
                                  .tenant = mw_span("\xff\xfe"),
                                  .id = mw_span("\xc3"),
                                  .raw = mw_span("{}"),
                                  .topic = "mw.spend.v1",
                                  .time_us = INT64_MAX};
    cr_assert(ingest_core_ops.step(driver.core, &in, &out, &err) == MW_OK);
    cr_assert(out.n == 1 && out.items[0].type == &mw_type_deadletter);
    const struct mw_deadletter *letter = out.items[0].body;
    cr_expect(mw_span_is(letter->reason, "wrong_key") && letter->tenant.len == 0 && letter->id.len == 0);
    cr_expect(letter->time < MW_TIME_MAX);
    mw_effects_fini(&out);
    core_driver_fini(&driver);
}

Test(ingest_hostile, a_record_under_another_tenants_key_is_refused)
{
    struct core_driver driver = begin();
    const struct mw_spend event = ingest_world_spend("tv", FIRST, 1);
    cr_assert(core_driver_step(&driver, &mw_type_spend, "rival", &event) == MW_OK);
    ingest_world_expect_rejected(&driver, "wrong_key");
    const struct mw_tenant config = ingest_world_config();
    cr_assert(core_driver_step(&driver, &mw_type_tenant, "rival", &config) == MW_OK);
    ingest_world_expect_rejected(&driver, "wrong_key");
    core_driver_fini(&driver);
}

Test(ingest_hostile, values_whose_sum_is_infinite_are_no_measurements)
{
    struct mw_tenant config = ingest_world_config();
    config.outcome.kind = MW_OUTCOME_OTHER;
    struct core_driver driver = ingest_world_open(&config);
    struct mw_outcome event = count(FIRST, "north", 1.7e308);
    ingest_world_send(&driver, &mw_type_outcome, &event);
    ingest_world_expect_rejected(&driver, "odd_value");
    ingest_world_send_price(&driver, FIRST, -1e300);
    ingest_world_expect_rejected(&driver, "odd_value");
    event = count(FIRST, "north", 1e15);
    ingest_world_send(&driver, &mw_type_outcome, &event);
    event = count(FIRST, "south", 1e15);
    ingest_world_send(&driver, &mw_type_outcome, &event);
    cr_expect(ingest_world_cell(&driver)->total == 2e15);
    core_driver_fini(&driver);
}

Test(ingest_hostile, an_outcome_below_zero_gives_birth_to_a_model_all_the_same)
{
    struct mw_tenant config = ingest_world_config();
    config.outcome.kind = MW_OUTCOME_OTHER;
    struct core_driver driver = ingest_world_open(&config);
    for (int i = 0; i < 190; i++) {
        const struct mw_outcome event = count(FIRST + i, "", -5);
        struct mw_spend credit = ingest_world_spend("tv", FIRST + i, -7);
        credit.kind = MW_OBS_DELTA;
        ingest_world_send(&driver, &mw_type_outcome, &event);
        ingest_world_send_spend(&driver, credit);
    }
    ingest_world_send_clock(&driver, FIRST + 190);
    const struct mw_fact *birth = ingest_world_fact_of(&driver, MW_FACT_BIRTH, 0);
    cr_assert(birth != NULL);
    cr_expect(birth->birth->scales.outcome == 1 && birth->birth->scales.outcome_sum == 0 &&
              birth->birth->scales.spend_sum == 0);
    core_driver_fini(&driver);
}

Test(ingest_hostile, weeks_around_the_last_years_that_a_date_can_have_are_refused)
{
    struct mw_tenant config = ingest_world_config();
    config.grid = MW_GRID_WEEK;
    config.week_start = 0;
    struct core_driver driver = ingest_world_open(&config);
    ingest_world_send_spend(&driver,
                            ingest_world_spend("tv", mw_date_from_civil((struct mw_civil){1600, 1, 1}), 1));
    ingest_world_expect_rejected(&driver, "odd_date");
    ingest_world_send_spend(&driver,
                            ingest_world_spend("tv", mw_date_from_civil((struct mw_civil){9999, 12, 31}), 1));
    ingest_world_expect_rejected(&driver, "odd_date");
    core_driver_fini(&driver);
}

Test(ingest_hostile, a_star_matches_a_campaign_that_is_not_there)
{
    static const struct mw_tenant_taxonomy rows[] = {{.campaign = {"*", 1}, .to = {"tv", 2}}};
    struct mw_tenant config = ingest_world_config();
    config.taxonomy = rows;
    config.n_taxonomy = 1;
    struct core_driver driver = ingest_world_open(&config);
    ingest_world_send_spend(&driver, ingest_world_spend("anything", FIRST, 1));
    cr_expect(mw_span_is(ingest_world_cell(&driver)->name, "tv"));
    core_driver_fini(&driver);
}

Test(ingest_hostile, a_settlement_before_any_clock_closes_with_sane_quality)
{
    struct core_driver driver = begin();
    ingest_world_send_spend(&driver, ingest_world_spend("tv", FIRST, 1));
    const struct mw_command settle = {.id = mw_span("s"),
                                      .tenant = mw_span("acme"),
                                      .kind = MW_COMMAND_SETTLE,
                                      .settle = &(struct mw_command_settle){FIRST + 9, false}};
    ingest_world_send(&driver, &mw_type_command, &settle);
    const struct mw_fact *fact = ingest_world_fact_of(&driver, MW_FACT_CLOSE, 0);
    cr_assert(fact != NULL && fact->close->n_quality == 1 && fact->close->quality[0].recency == 100);
    core_driver_fini(&driver);
}

Test(ingest_hostile, snapshots_that_are_cut_or_damaged_are_refused_and_leave_the_tenant_as_it_was)
{
    struct core_driver driver = begin();
    ingest_world_send_spend(&driver, ingest_world_spend("tv", FIRST, 5));
    struct mw_writer good = {0}, again = {0};
    cr_assert(ingest_core_ops.save(driver.core, mw_span("acme"), &good, NULL) == MW_OK);
    for (size_t len = 0; len < good.len; len++) {
        struct mw_reader in = mw_reader((struct mw_span){good.data, len});
        cr_assert(ingest_core_ops.load(driver.core, mw_span("acme"), &in, NULL) == MW_E_DATA, "%zu bytes",
                  len);
    }
    for (size_t at = 0; at < good.len; at++) { /* whatever it says, it must not reach beyond its memory */
        struct mw_writer odd = {0};
        struct ingest_core *other = NULL;
        mw_write_bytes(&odd, good.data, good.len);
        odd.data[at] = (char)(odd.data[at] ^ 0x55);
        struct mw_reader in = mw_reader(mw_writer_span(&odd));
        cr_assert(ingest_core_open(&other, NULL) == MW_OK);
        if (ingest_core_ops.load(other, mw_span("acme"), &in, NULL) == MW_OK) {
            mw_writer_reset(&odd);
            cr_expect(ingest_core_ops.save(other, mw_span("acme"), &odd, NULL) == MW_OK);
        }
        ingest_core_ops.close(other);
        mw_writer_fini(&odd);
    }
    cr_assert(ingest_core_ops.save(driver.core, mw_span("acme"), &again, NULL) == MW_OK);
    cr_expect(mw_span_eq(mw_writer_span(&good), mw_writer_span(&again)));
    mw_writer_fini(&good);
    mw_writer_fini(&again);
    core_driver_fini(&driver);
}

Test(ingest_hostile, a_failed_allocation_is_fatal_since_a_part_of_the_step_is_done)
{
    for (size_t n = 1; n <= 6; n++) {
        struct core_driver driver = begin();
        const struct mw_spend event = ingest_world_spend("tv", FIRST, 5);
        mw_arena_fail_after(n);
        const enum mw_status status = core_driver_step(&driver, &mw_type_spend, "acme", &event);
        mw_arena_fail_after(0);
        cr_expect(status == MW_E_MEMORY && driver.err.fatal, "allocation %zu", n);
        core_driver_fini(&driver);
    }
}

Test(ingest_hostile, what_ingest_does_not_read_is_a_fault_of_the_caller)
{
    struct core_driver driver = begin();
    const struct mw_estimate body = {.tenant = mw_span("acme")};
    cr_expect(core_driver_step(&driver, &mw_type_estimate, "acme", &body) == MW_E_CONTRACT);
    struct mw_writer out = {0};
    cr_expect(ingest_core_ops.save(driver.core, mw_span("nobody"), &out, NULL) == MW_E_CONTRACT);
    mw_writer_fini(&out);
    core_driver_fini(&driver);
}

Test(ingest_hostile, forgetting_the_empty_tenant_forgets_the_partitions_time)
{
    struct core_driver driver = begin();
    const struct mw_clock late = {.time = 2000}, early = {.time = 1000};
    cr_assert(core_driver_step(&driver, &mw_type_clock, "", &late) == MW_OK);
    cr_assert(core_driver_step(&driver, &mw_type_clock, "", &early) == MW_OK && driver.effects.n == 0);
    ingest_core_ops.forget(driver.core, (struct mw_span){0});
    cr_assert(core_driver_step(&driver, &mw_type_clock, "", &early) == MW_OK && driver.effects.n == 1);
    core_driver_fini(&driver);
}
