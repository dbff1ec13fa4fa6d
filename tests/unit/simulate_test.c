// SPDX-License-Identifier: Apache-2.0
#include "mw_simulate.h"

#include "mw_expect.h"
#include "mw_math.h"
#include "mw_table.h"
#include "mw_wire.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct mw_simulate *open_market(size_t n_channels, int grid, size_t n_geos, struct mw_arena *arena)
{
    struct mw_simulate_config config;
    struct mw_simulate *sim = NULL;
    struct mw_error err = {0};
    cr_assert_eq(mw_simulate_config(arena, n_channels, grid, &config, &err), MW_OK, "%s", err.text);
    config.n_geos = n_geos;
    cr_assert_eq(mw_simulate_open(&config, &sim, &err), MW_OK, "%s", err.text);
    return sim;
}

Test(simulate, the_same_period_comes_whoever_asks)
{
    struct mw_arena arena = {0};
    struct mw_simulate *walked = open_market(6, MW_GRID_DAY, 3, &arena),
                       *sought = open_market(6, MW_GRID_DAY, 3, &arena);
    struct mw_period a, b;
    for (int t = 0; t < 400; t++) {
        mw_simulate_next(walked, &a);
    }
    mw_simulate_seek(sought, 700);
    mw_simulate_seek(sought, 399);
    mw_simulate_next(sought, &b);
    cr_expect_eq(mw_simulate_at(sought), 400);
    cr_expect_eq(a.date, b.date);
    cr_expect_eq(memcmp(a.spend, b.spend, 18 * sizeof(double)), 0);
    cr_expect_eq(memcmp(a.outcome, b.outcome, 3 * sizeof(double)), 0);
    cr_expect_eq(memcmp(a.factors, b.factors, 2 * sizeof(double)), 0);
    mw_simulate_close(&walked);
    mw_simulate_close(&sought);
    mw_simulate_close(&sought);
    mw_arena_fini(&arena);
}

/* Without noise the outcome is the model's mean; what is left after taking the channels' response off must be the baseline,
 * which is linear in known columns. The response is computed here again from the definition, with libm. */
Test(simulate, sales_are_the_model_of_the_design)
{
    struct mw_arena arena = {0};
    struct mw_simulate_config config;
    struct mw_simulate_truth truth;
    struct mw_simulate *sim = NULL;
    cr_assert_eq(mw_simulate_config(&arena, 4, MW_GRID_DAY, &config, NULL), MW_OK);
    config.noise = 0.0;
    cr_assert_eq(mw_simulate_open(&config, &sim, NULL), MW_OK);
    cr_assert_eq(mw_simulate_truth(sim, 365, &arena, &truth, NULL), MW_OK);
    double adstock[4] = {0}, contribution[4] = {0};
    for (int t = 0; t < 365; t++) {
        struct mw_period p;
        mw_simulate_next(sim, &p);
        double media = 0.0;
        for (size_t c = 0; c < 4; c++) {
            const struct mw_simulate_channel *k = &config.channels[c];
            adstock[c] = k->alpha * adstock[c] + (1 - k->alpha) * p.spend[c] / k->spend;
            const double h = pow(adstock[c], k->n) / (pow(adstock[c], k->n) + pow(k->kappa, k->n));
            const double beta = k->roi * k->spend * (1 + pow(k->kappa, k->n)) / truth.s_y;
            mw_expect_close(truth.beta[c], beta, 1e-12, 0);
            contribution[c] += truth.s_y * beta * h;
            media += truth.s_y * beta * h;
        }
        const double d = p.date - mw_date_from_civil((struct mw_civil){2000, 1, 1}),
                     w = 2 * MW_PI * d / 365.25;
        static const double weekday[7] = {0, 0.012, 0.006, 0.018, 0.061, 0.098, 0.055};
        const double base = 0.7 + 0.05 * t / 365.25 - 0.037 * sin(w) + 0.073 * cos(w) + 0.018 * sin(2 * w) +
                            0.024 * cos(2 * w) + 0.012 * sin(3 * w) - 0.012 * cos(3 * w) +
                            weekday[mw_date_weekday(p.date)] - 0.025 * (p.factors[0] - 100) / 4 +
                            0.12 * p.factors[1];
        mw_expect_close(p.outcome[0], truth.s_y * base + media, 1e-10, 0.006);
    }
    for (size_t c = 0; c < 4; c++) {
        mw_expect_close(truth.contribution[c], contribution[c], 1e-10, 0);
    }
    mw_simulate_close(&sim);
    mw_arena_fini(&arena);
}

Test(simulate, errors_have_the_autocorrelation_and_size_asked_for)
{
    struct mw_arena arena = {0};
    struct mw_simulate_config config;
    struct mw_simulate *noisy = NULL, *quiet = NULL;
    struct mw_simulate_truth truth;
    cr_assert_eq(mw_simulate_config(&arena, 1, MW_GRID_DAY, &config, NULL), MW_OK);
    config.rho = 0.6;
    cr_assert_eq(mw_simulate_open(&config, &noisy, NULL), MW_OK);
    config.noise = 0.0;
    cr_assert_eq(mw_simulate_open(&config, &quiet, NULL), MW_OK);
    cr_assert_eq(mw_simulate_truth(noisy, 1, &arena, &truth, NULL), MW_OK);
    double before = 0.0, square = 0.0, product = 0.0;
    enum { N = 20000 };
    for (int t = 0; t < N; t++) {
        struct mw_period a, b;
        mw_simulate_next(noisy, &a);
        mw_simulate_next(quiet, &b);
        const double e = (a.outcome[0] - b.outcome[0]) / truth.s_y;
        square += e * e;
        product += e * before;
        before = e;
    }
    /* Six standard errors of an AR(1) sample of this size: a false alarm is not to be seen. */
    mw_expect_close(sqrt(square / N), 0.04, 0.06, 0);
    mw_expect_close(product / square, 0.6, 0, 0.035);
    mw_expect_close(truth.sigma, 0.04 * 0.8, 1e-12, 0);
    mw_simulate_close(&noisy);
    mw_simulate_close(&quiet);
    mw_arena_fini(&arena);
}

Test(simulate, places_add_up_to_the_country)
{
    struct mw_arena arena = {0};
    struct mw_simulate *one = open_market(3, MW_GRID_DAY, 1, &arena),
                       *many = open_market(3, MW_GRID_DAY, 20, &arena);
    for (int t = 0; t < 200; t++) {
        struct mw_period a, b;
        double spend = 0.0, outcome = 0.0;
        mw_simulate_next(one, &a);
        mw_simulate_next(many, &b);
        for (size_t g = 0; g < 20; g++) {
            spend += b.spend[g];
            outcome += b.outcome[g];
        }
        mw_expect_close(spend, a.spend[0], 0, 0.11); /* twenty roundings to cents */
        mw_expect_close(outcome, a.outcome[0], 1e-6, 0.2);
    }
    mw_simulate_close(&one);
    mw_simulate_close(&many);
    mw_arena_fini(&arena);
}

static struct mw_simulate_config config_with_test(struct mw_arena *arena)
{
    struct mw_simulate_config config;
    cr_assert_eq(mw_simulate_config(arena, 6, MW_GRID_DAY, &config, NULL), MW_OK);
    config.n_geos = 12;
    config.test = (struct mw_simulate_test){
        .test = mw_span("holdout-1"), .i_channel = 0, .n_treated = 4, .start = 100, .days = 28};
    return config;
}

Test(simulate, a_holdout_is_declared_once_and_stops_spend_in_the_treated_places_only)
{
    struct mw_arena arena = {0};
    struct mw_simulate *sim = NULL;
    const struct mw_simulate_config config = config_with_test(&arena);
    cr_assert_eq(mw_simulate_open(&config, &sim, NULL), MW_OK);
    struct mw_raw record;
    size_t n_declared = 0, n_off = 0;
    for (int64_t t = 0; t < 200; t++) {
        struct mw_period p;
        if (mw_simulate_declaration(sim, t, &record)) {
            struct mw_writer json = {0};
            struct mw_error err = {0};
            n_declared++;
            cr_expect_eq(t, 100);
            cr_expect_eq(mw_encode(record.type, record.body, &json, &err), MW_OK, "%s", err.text);
            cr_expect_eq(record.as.test.declared->n_treated, 4);
            mw_writer_fini(&json);
        }
        mw_simulate_next(sim, &p);
        size_t off = 0;
        for (size_t g = 0; g < 12; g++) {
            off += p.spend[g] == 0.0;
        }
        n_off += off;
        cr_expect_eq(off, t >= 100 && t < 128 ? 4 : 0, "%d", (int)t);
    }
    cr_expect_eq(n_declared, 1);
    cr_expect_eq(n_off, 4 * 28);
    mw_simulate_close(&sim);
    mw_arena_fini(&arena);
}

Test(simulate, the_true_loss_of_a_holdout_is_the_difference_of_two_worlds)
{
    struct mw_arena arena = {0};
    struct mw_simulate *with = NULL, *without = NULL;
    struct mw_simulate_config config = config_with_test(&arena);
    struct mw_simulate_truth truth;
    cr_assert_eq(mw_simulate_open(&config, &with, NULL), MW_OK);
    config.test.n_treated = 0;
    cr_assert_eq(mw_simulate_open(&config, &without, NULL), MW_OK);
    cr_assert_eq(mw_simulate_truth(with, 200, &arena, &truth, NULL), MW_OK);
    double lost = 0.0;
    for (int64_t t = 0; t < 200; t++) {
        struct mw_period a, b;
        mw_simulate_next(with, &a);
        mw_simulate_next(without, &b);
        for (size_t g = 0; g < 12; g++) {
            lost += b.outcome[g] - a.outcome[g];
        }
    }
    cr_expect_gt(truth.lift_test, 1000.0);
    mw_expect_close(lost, truth.lift_test, 0, 15.0); /* 4,800 roundings to cents */
    mw_simulate_close(&with);
    mw_simulate_close(&without);
    mw_arena_fini(&arena);
}

Test(simulate, settings_out_of_range_are_named)
{
    struct mw_arena arena = {0};
    struct mw_simulate_config good = config_with_test(&arena), bad[9];
    struct mw_simulate_channel channel = good.channels[0];
    struct mw_simulate *sim = NULL;
    for (size_t i = 0; i < 9; i++) {
        bad[i] = good;
    }
    channel.alpha = 1.0;
    bad[0].n_channels = 0;
    bad[1].n_geos = 0;
    bad[2].media_share = 1.0;
    bad[3].rho = (double)NAN;
    bad[4].noise = -1.0;
    bad[5].test.n_treated = 12;
    bad[6].test.start = 0;
    bad[7].grid = MW_GRID_WEEK;
    bad[8].channels = &channel;
    bad[8].n_channels = 1;
    for (size_t i = 0; i < 9; i++) {
        struct mw_error err = {0};
        cr_expect_eq(mw_simulate_open(&bad[i], &sim, &err), MW_E_CONTRACT, "case %zu", i);
        cr_expect(err.text[0] != '\0' && sim == NULL);
    }
    cr_expect_eq(mw_simulate_config(&arena, 65, MW_GRID_DAY, &good, NULL), MW_E_CONTRACT);
    cr_expect_eq(mw_simulate_write(&bad[0], 10, MW_SIMULATE_TABLE, "/tmp", NULL), MW_E_CONTRACT);
    cr_expect_eq(mw_simulate_write(&bad[0], 0, MW_SIMULATE_TABLE, "/tmp", NULL), MW_E_CONTRACT);
    mw_arena_fini(&arena);
}

/* ---- files ------------------------------------------------------------------------------------------------- */

static char *read_file(const char *folder, const char *name)
{
    char path[200], *text = NULL;
    size_t len = 0;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb"), *copy = open_memstream(&text, &len);
    cr_assert_not_null(file, "%s", path);
    for (int c = fgetc(file); c != EOF; c = fgetc(file)) {
        fputc(c, copy);
    }
    fclose(file);
    fclose(copy);
    unlink(path);
    return text;
}

/* What the guess makes of the written table is what the simulator's own tenant says, and the numbers are the same to the
 * bit. */
static void expect_round_trip(int grid, size_t n_geos)
{
    char folder[] = "/tmp/mw_sim_XXXXXX";
    struct mw_arena arena = {0};
    struct mw_simulate_config config;
    struct mw_simulate *sim = NULL;
    struct mw_csv *csv = NULL;
    struct mw_table_guess *guess = NULL;
    struct mw_table *table = NULL;
    struct mw_error err = {0};
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(mw_simulate_config(&arena, 6, grid, &config, &err), MW_OK);
    config.n_geos = n_geos;
    config.scales = true;
    cr_assert_eq(mw_simulate_write(&config, 150, MW_SIMULATE_TABLE | MW_SIMULATE_EVENTS, folder, &err), MW_OK,
                 "%s", err.text);
    cr_assert_eq(mw_simulate_open(&config, &sim, &err), MW_OK);
    char *text = read_file(folder, "table.csv"), *json = read_file(folder, "table.json");
    char *truth = read_file(folder, "truth.json"), *events = read_file(folder, "events.jsonl");
    const void *given = NULL;
    cr_assert_eq(mw_decode(&mw_type_tenant, mw_span(strtok(json, "\n")), &arena, &given, NULL, &err), MW_OK,
                 "%s", err.text);
    cr_assert_eq(mw_csv_parse("table.csv", mw_span(text), NULL, &csv, &err), MW_OK, "%s", err.text);
    for (int with_file = 0; with_file < 2; with_file++) {
        cr_assert_eq(mw_table_guess(csv, with_file ? given : NULL, mw_span("demo"), &guess, &err), MW_OK,
                     "%s", err.text);
        cr_assert_eq(mw_table_open(guess, &table, &err), MW_OK, "%s", err.text);
        cr_assert_eq(table->n_periods, 150);
        cr_assert_eq(table->source.n_geos, n_geos);
        cr_expect_eq(table->tenant.n_channels, 6);
        cr_expect_eq(table->tenant.scales != NULL, with_file == 1);
        mw_simulate_seek(sim, 0);
        for (size_t t = 0; t < 150; t++) {
            struct mw_period want;
            mw_simulate_next(sim, &want);
            const struct mw_period got = mw_table_period(table, t);
            cr_assert_eq(got.date, want.date);
            cr_assert_eq(memcmp(got.spend, want.spend, 6 * n_geos * sizeof(double)), 0, "spend of %zu", t);
            cr_assert_eq(memcmp(got.outcome, want.outcome, n_geos * sizeof(double)), 0, "outcome of %zu", t);
            mw_expect_close(got.factors[0], want.factors[0], 1e-14, 0); /* a mean over places */
            cr_assert_eq(got.factors[1], want.factors[1]);
        }
        mw_table_close(&table);
        mw_table_guess_close(&guess);
    }
    cr_expect(strstr(truth, "\"roi_achieved\":") != NULL);
    cr_expect(strncmp(events, "{\"topic\":\"mw.tenant.v1\",\"id\":\"row-", 34) == 0, "%.80s", events);
    cr_expect(strstr(events, "\"final\":true") != NULL);
    cr_expect_eq(rmdir(folder), 0, "only the four files are left behind");
    free(text);
    free(json);
    free(truth);
    free(events);
    mw_csv_close(&csv);
    mw_simulate_close(&sim);
    mw_arena_fini(&arena);
}

Test(simulate, a_written_table_reads_back_to_the_bit)
{
    expect_round_trip(MW_GRID_DAY, 1);
}

Test(simulate, so_does_a_weekly_one)
{
    expect_round_trip(MW_GRID_WEEK, 1);
}

Test(simulate, and_one_with_places)
{
    expect_round_trip(MW_GRID_DAY, 7);
}

Test(simulate, a_folder_that_is_not_there_is_a_status)
{
    struct mw_arena arena = {0};
    struct mw_simulate_config config;
    struct mw_error err = {0};
    cr_assert_eq(mw_simulate_config(&arena, 1, MW_GRID_DAY, &config, NULL), MW_OK);
    cr_expect_eq(mw_simulate_write(&config, 10, MW_SIMULATE_TABLE, "/tmp/mw-no-such-folder", &err), MW_E_IO);
    cr_expect(strstr(err.text, "/tmp/mw-no-such-folder/table.csv") != NULL, "%s", err.text);
    mw_arena_fini(&arena);
}
