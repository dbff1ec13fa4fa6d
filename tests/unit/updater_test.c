// SPDX-License-Identifier: Apache-2.0
/* The updater's core fed with facts made by hand: what it refuses, what it passes over, what it keeps. Whole histories
 * are told in tests/replay. */
#include "core_driver.h"
#include "mw_real.h"
#include "mw_updater_core.h"
#include "updater_rows.h"

#include <criterion/criterion.h>
#include <math.h>

enum { FIRST = 19723 }; /* 2024-01-01, a Monday */

static const struct mw_tenant_channel channels[] = {
    {.channel = {"tv", 2}, .spend_min = MW_NAN, .spend_max = MW_NAN},
    {.channel = {"search", 6}, .spend_min = MW_NAN, .spend_max = MW_NAN},
};
static const struct mw_tenant_model model = {64, 1};
static const struct mw_amount scales[] = {{{"tv", 2}, 100}, {{"search", 6}, 50}};

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
        .model = &model,
    };
}

struct journal {
    struct core_driver driver;
    int64_t n;
};

static enum mw_status append(struct journal *journal, struct mw_fact fact)
{
    fact.n = ++journal->n;
    fact.tenant = mw_span("acme");
    fact.journal = mw_span("00000000-0000-8000-8000-000000000000");
    fact.time = (FIRST + 100) * MW_US_PER_DAY;
    return core_driver_step(&journal->driver, &mw_type_fact, "acme", &fact);
}

static struct journal begin(void)
{
    struct updater_core *core = NULL;
    struct journal journal = {0};
    const struct mw_tenant config = acme();
    cr_assert(updater_core_open(&core, NULL) == MW_OK);
    core_driver_init(&journal.driver, &updater_core_ops, core);
    cr_assert(append(&journal, (struct mw_fact){.kind = MW_FACT_TENANT, .config = &config}) == MW_OK);
    return journal;
}

static void cell(struct journal *journal, int kind, const char *name, mw_date date, double total)
{
    const struct mw_fact_cell cell = {.cell = kind,
                                      .name = mw_span(name),
                                      .source = mw_span("x"),
                                      .date = date,
                                      .value = total,
                                      .total = total,
                                      .geo_total = total};
    cr_assert(append(journal, (struct mw_fact){.kind = MW_FACT_CELL, .cell = &cell}) == MW_OK);
}

static enum mw_status close_day(struct journal *journal, mw_date date)
{
    const struct mw_fact_close close = {.from = date, .to = date, .periods = date - FIRST + 1};
    return append(journal, (struct mw_fact){.kind = MW_FACT_CLOSE, .close = &close});
}

static void give_birth(struct journal *journal, size_t n_spend)
{
    const struct mw_fact_birth birth = {.version = 1,
                                        .outcome = mw_span("revenue"),
                                        .first = FIRST,
                                        .frozen_to = FIRST,
                                        .scales = {.spend = scales,
                                                   .n_spend = n_spend,
                                                   .outcome = 1000,
                                                   .outcome_sum = MW_NAN,
                                                   .spend_sum = MW_NAN}};
    cr_assert(append(journal, (struct mw_fact){.kind = MW_FACT_BIRTH, .birth = &birth}) == MW_OK, "%s",
              journal->driver.err.text);
}

static void live(struct journal *journal, int from, int to)
{
    for (int day = from; day < to; day++) {
        cell(journal, MW_CELL_SPEND, "tv", FIRST + day, day % 3 == 0 ? 0 : 120);
        cell(journal, MW_CELL_SPEND, "search", FIRST + day, 40 + day % 7);
        cell(journal, MW_CELL_OUTCOME, "revenue", FIRST + day, 1000 + 40 * (day % 5));
        cr_assert(close_day(journal, FIRST + day) == MW_OK, "%s", journal->driver.err.text);
        if (day == 0) {
            give_birth(journal, 2);
        }
    }
}

static const struct mw_estimate *estimate_of(const struct journal *journal)
{
    return core_driver_effect(&journal->driver, &mw_type_estimate, 0);
}

Test(updater, a_journal_that_does_not_begin_with_its_configuration_is_refused)
{
    struct updater_core *core = NULL;
    struct journal journal = {0};
    cr_assert(updater_core_open(&core, NULL) == MW_OK);
    core_driver_init(&journal.driver, &updater_core_ops, core);
    cr_expect(close_day(&journal, FIRST) == MW_E_CONTRACT);
    cr_expect(strstr(journal.driver.err.text, "acme") != NULL &&
              strstr(journal.driver.err.text, "configuration") != NULL);
    core_driver_fini(&journal.driver);
}

Test(updater, another_topic_is_refused)
{
    struct journal journal = begin();
    const struct mw_metric metric = {.tenant = mw_span("acme")};
    cr_expect(core_driver_step(&journal.driver, &mw_type_metric, "acme", &metric) == MW_E_CONTRACT);
    core_driver_fini(&journal.driver);
}

Test(updater, nothing_is_said_of_an_open_day)
{
    struct journal journal = begin();
    live(&journal, 0, 40);
    cell(&journal, MW_CELL_SPEND, "tv", FIRST + 40, 1e6);
    cell(&journal, MW_CELL_OUTCOME, "revenue", FIRST + 40, 1e9);
    cr_expect(journal.driver.effects.n == 0);
    core_driver_fini(&journal.driver);
}

Test(updater, cells_that_no_configuration_knows_are_passed_over)
{
    struct journal plain = begin(), noisy = begin();
    live(&plain, 0, 40);
    live(&noisy, 0, 39);
    cell(&noisy, MW_CELL_SPEND, "radio", FIRST + 39, 1e9);
    cell(&noisy, MW_CELL_FACTOR, "tv", FIRST + 39, 1e9);
    cell(&noisy, MW_CELL_OUTCOME, "visits", FIRST + 39, 1e9);
    live(&noisy, 39, 40);
    const struct mw_estimate *a = estimate_of(&plain), *b = estimate_of(&noisy);
    cr_assert(a != NULL && b != NULL);
    cr_expect(a->channels[0].contribution.mean == b->channels[0].contribution.mean);
    cr_expect(b->n == a->n + 3, "n is that of the fact");
    core_driver_fini(&plain.driver);
    core_driver_fini(&noisy.driver);
}

Test(updater, tests_and_decisions_change_nothing_yet)
{
    struct journal journal = begin();
    live(&journal, 0, 30);
    const struct mw_test test = {.id = mw_span("t"), .kind = MW_TEST_WITHDRAWN};
    cr_expect(append(&journal, (struct mw_fact){.kind = MW_FACT_TEST, .test = &test}) == MW_OK);
    cr_expect(journal.driver.effects.n == 0);
    core_driver_fini(&journal.driver);
}

Test(updater, a_close_that_skips_a_day_is_refused_with_both_dates)
{
    struct journal journal = begin();
    live(&journal, 0, 30);
    cr_expect(close_day(&journal, FIRST + 31) == MW_E_DATA, "the model took a row out of turn");
    cr_expect(strstr(journal.driver.err.text, "2024-02-01") != NULL ||
                  strstr(journal.driver.err.text, "2024-01-31") != NULL,
              "%s", journal.driver.err.text);
    core_driver_fini(&journal.driver);
}

Test(updater, a_birth_without_any_spend_waits_for_the_next)
{
    struct journal journal = begin();
    cr_assert(close_day(&journal, FIRST) == MW_OK);
    give_birth(&journal, 0);
    cr_expect(close_day(&journal, FIRST + 1) == MW_OK);
    cr_expect(journal.driver.effects.n == 0);
    core_driver_fini(&journal.driver);
}

Test(updater, credits_larger_than_the_spend_of_a_day_count_as_no_spend)
{
    struct journal journal = begin();
    live(&journal, 0, 30);
    cell(&journal, MW_CELL_SPEND, "tv", FIRST + 30, -5);
    cr_expect(close_day(&journal, FIRST + 30) == MW_OK, "%s", journal.driver.err.text);
    cr_expect(estimate_of(&journal) != NULL);
    core_driver_fini(&journal.driver);
}

Test(updater, a_tenant_is_forgotten_and_only_that_one)
{
    struct journal journal = begin();
    struct mw_span tenant;
    live(&journal, 0, 30);
    updater_core_ops.forget(journal.driver.core, mw_span("bolt"));
    cr_expect(updater_core_ops.tenant_at(journal.driver.core, 0, &tenant) && mw_span_is(tenant, "acme"));
    updater_core_ops.forget(journal.driver.core, mw_span("acme"));
    cr_expect(!updater_core_ops.tenant_at(journal.driver.core, 0, &tenant));
    core_driver_fini(&journal.driver);
}

Test(updater, a_snapshot_cut_anywhere_or_of_nobody_is_refused)
{
    struct journal journal = begin();
    struct mw_writer whole = {0};
    struct mw_error err = {0};
    live(&journal, 0, 30);
    cr_assert(updater_core_ops.save(journal.driver.core, mw_span("acme"), &whole, &err) == MW_OK);
    for (size_t cut = 0; cut < whole.len; cut += 1 + whole.len / 97) {
        struct mw_reader in = mw_reader((struct mw_span){whole.data, cut});
        err = (struct mw_error){0};
        cr_expect(updater_core_ops.load(journal.driver.core, mw_span("acme"), &in, &err) == MW_E_DATA,
                  "%zu of %zu bytes were taken for all", cut, whole.len);
    }
    mw_writer_reset(&whole);
    cr_expect(updater_core_ops.save(journal.driver.core, mw_span("bolt"), &whole, &err) == MW_E_CONTRACT);
    mw_writer_fini(&whole);
    core_driver_fini(&journal.driver);
}

/* ---- rows ---- */

Test(updater_rows, grow_at_both_ends_and_know_what_they_do_not_know)
{
    struct updater_rows rows;
    updater_rows_init(&rows, 7, 2);
    cr_expect(isnan(updater_rows_get(&rows, FIRST, 0)));
    cr_assert(updater_rows_set(&rows, FIRST, 0, 1, NULL) == MW_OK);
    cr_assert(updater_rows_set(&rows, FIRST + 70, 1, 2, NULL) == MW_OK);
    cr_assert(updater_rows_set(&rows, FIRST - 700, 0, 3, NULL) == MW_OK);
    cr_expect(rows.n_rows == 111 && rows.first == FIRST - 700);
    cr_expect(updater_rows_get(&rows, FIRST, 0) == 1 && updater_rows_get(&rows, FIRST + 70, 1) == 2);
    cr_expect(updater_rows_get(&rows, FIRST - 700, 0) == 3 && isnan(updater_rows_get(&rows, FIRST, 1)));
    cr_expect(isnan(updater_rows_get(&rows, FIRST + 77, 0)) &&
              isnan(updater_rows_get(&rows, FIRST - 707, 0)));
    updater_rows_fini(&rows);
}

Test(updater_rows, a_date_centuries_away_is_refused)
{
    struct updater_rows rows;
    struct mw_error err = {0};
    updater_rows_init(&rows, 1, 1);
    cr_assert(updater_rows_set(&rows, FIRST, 0, 1, NULL) == MW_OK);
    cr_expect(updater_rows_set(&rows, FIRST + UPDATER_ROWS_MAX, 0, 1, &err) == MW_E_FULL);
    cr_expect(updater_rows_set(&rows, FIRST - UPDATER_ROWS_MAX, 0, 1, NULL) == MW_E_FULL);
    cr_expect(updater_rows_set(&rows, FIRST + UPDATER_ROWS_MAX - 1, 0, 1, NULL) == MW_OK);
    cr_expect(strstr(err.text, "4097") != NULL, "%s", err.text);
    updater_rows_fini(&rows);
}

Test(updater_rows, take_other_columns_without_losing_a_value)
{
    struct updater_rows rows;
    const size_t from[] = {1, SIZE_MAX, 0};
    updater_rows_init(&rows, 1, 2);
    cr_assert(updater_rows_set(&rows, FIRST, 0, 1, NULL) == MW_OK &&
              updater_rows_set(&rows, FIRST + 1, 1, 2, NULL) == MW_OK);
    cr_assert(updater_rows_remap(&rows, 3, from, NULL) == MW_OK);
    cr_expect(updater_rows_get(&rows, FIRST, 2) == 1 && updater_rows_get(&rows, FIRST + 1, 0) == 2);
    cr_expect(isnan(updater_rows_get(&rows, FIRST, 1)));
    updater_rows_fini(&rows);
}
