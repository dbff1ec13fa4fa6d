/* model_golden.c: the streamed posterior against independent ones by NUTS, of the same model and data.
 *
 * Source of truth: reference/nuts in the shared folder (MW_SHARED): its README states the definitions and how
 * good the posteriors are (Monte-Carlo error of a mean about sd / 100). Seeds are fixed, so a run either
 * always passes or never does. Bounds: mean within 0.12 posterior sd, sd within 12 %, of every channel's four
 * parameters, contribution and ROI. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_expect.h"
#include "mw_model_derive.h"
#include "reference_case.h"
#include <stdio.h>
#include <stdlib.h>

enum { QUANTITIES = 6, CHANNELS = 8 };
static const char *const quantity[QUANTITIES] = {"log_roi", "logit_alpha",  "log_kappa",
                                                 "log_n",   "contribution", "roi"};
static const double mean_bound = 0.12, sd_bound = 0.12;

struct moments {
    double mean[CHANNELS][QUANTITIES], sd[CHANNELS][QUANTITIES], mroas[CHANNELS];
};

static struct reference_case *open_or_skip(const char *name)
{
    struct reference_case *c = reference_case_open(name);
    if (c == NULL) {
        (void)fprintf(stderr, "skipped: %s is not in the folder that MW_SHARED names\n", name);
        cr_skip("%s", name);
    }
    return c;
}

static void ok(enum mw_status status, const struct mw_error *err)
{
    cr_assert(status == MW_OK, "%s", err->text);
}

static struct mw_model *open_model(struct reference_case *c, uint64_t seed, size_t n_particles,
                                   struct mw_arena *scratch)
{
    struct mw_model *model = NULL;
    struct mw_error err = {0};
    c->spec.seed = seed;
    c->spec.n_particles = n_particles;
    ok(mw_model_open(&model, &c->spec, scratch, &err), &err);
    return model;
}

static void append(const struct reference_case *c, struct mw_model *model, size_t from, size_t to, bool final)
{
    struct mw_error err = {0};
    for (size_t t = from; t < to; t++) {
        const struct mw_model_row row = reference_case_row(c, t, final);
        ok(mw_model_append(model, &row, NULL, &err), &err);
    }
}

/* Adds the model's posterior, weighted, to the average over seeds. */
static void accumulate(struct mw_model *model, double weight, struct moments *out)
{
    struct mw_arena arena = {0};
    struct mw_error err = {0};
    struct mw_model_estimate estimate;
    ok(mw_model_derive(model, &(struct mw_model_derive_options){.floor = 1.0}, &arena, &estimate, &err),
       &err);
    for (size_t c = 0; c < estimate.n_channels; c++) {
        const struct mw_model_channel_estimate *channel = &estimate.channels[c];
        for (size_t q = 0; q < QUANTITIES; q++) {
            const struct mw_summary *s = q < MW_THETA_N ? &channel->theta[q]
                                         : q == 4       ? &channel->contribution
                                                        : &channel->roi;
            out->mean[c][q] += weight * s->mean;
            out->sd[c][q] += weight * s->sd;
        }
        out->mroas[c] += weight * channel->mroas.mean;
    }
    mw_arena_fini(&arena);
}

static void compare(const struct reference_case *c, const struct moments *got, const char *what)
{
    double worst_mean = 0.0, worst_sd = 0.0;
    for (size_t k = 0; k < c->spec.n_channels; k++) {
        for (size_t q = 0; q < QUANTITIES; q++) {
            const char *section = q < MW_THETA_N ? "parameters" : "derived";
            const double mean = reference_case_number(c, section, quantity[q], k, "mean");
            const double sd = reference_case_number(c, section, quantity[q], k, "sd");
            const double off_mean = fabs(got->mean[k][q] - mean) / sd,
                         off_sd = fabs(got->sd[k][q] / sd - 1.0);
            cr_expect(off_mean <= mean_bound && off_sd <= sd_bound,
                      "%s, %s of %s: mean %g (NUTS %g), off by %.3f sd; sd %g (NUTS %g), off by %.1f %%",
                      what, quantity[q], c->channels[k].name.data, got->mean[k][q], mean, off_mean,
                      got->sd[k][q], sd, 100.0 * off_sd);
            worst_mean = fmax(worst_mean, off_mean);
            worst_sd = fmax(worst_sd, off_sd);
        }
    }
    printf("%-34s worst mean %.3f sd, worst sd %.1f %%\n", what, worst_mean, 100.0 * worst_sd);
}

/* ---- exact numbers --------------------------------------------------------------------------- */

static double at(const json_t *array, size_t i)
{
    return json_number_value(json_array_get(array, i));
}

static void check_point(const struct reference_case *c, struct mw_model *model, const json_t *point)
{
    const size_t n = c->spec.n_channels;
    double theta[CHANNELS * MW_THETA_N], beta[CHANNELS], sum_h[CHANNELS];
    struct mw_model_point got = {.beta = beta, .sum_h = sum_h};
    struct mw_error err = {0};

    for (size_t k = 0; k < n * MW_THETA_N; k++) {
        theta[k] = at(json_array_get(json_object_get(point, "theta"), k / MW_THETA_N), k % MW_THETA_N);
    }
    ok(mw_model_evaluate(model, theta, 0.0, &got, &err), &err);
    mw_expect_close(mw_model_log_prior(model, theta),
                    json_number_value(json_object_get(point, "log_prior_theta")), 1e-9, 0);
    mw_expect_close(got.log_marginal, json_number_value(json_object_get(point, "log_marginal")), 1e-9, 0);
    mw_expect_close(got.q, json_number_value(json_object_get(point, "q")), 1e-9, 0);
    for (size_t k = 0; k < n; k++) {
        mw_expect_close(beta[k], at(json_object_get(point, "beta"), k), 1e-9, 0);
        mw_expect_close(sum_h[k], at(json_object_get(point, "sum_h"), k), 1e-9, 0);
    }
}

Test(model_golden, checkpoints_of_every_case_agree_to_nine_digits)
{
    static const char *const names[] = {"pymc-mmm-example",
                                        "pymc-mmm-example-half",
                                        "pymc-mmm-example-lift",
                                        "robyn-simulated-weekly",
                                        "robyn-simulated-weekly-restated",
                                        "meridian-national",
                                        "simulated-daily",
                                        "simulated-daily-half",
                                        "simulated-daily-lift",
                                        "simulated-daily-restated"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct reference_case *c = open_or_skip(names[i]);
        struct mw_arena scratch = {0};
        struct mw_model *model = open_model(c, 1, 64, &scratch);
        append(c, model, 0, c->n_rows, true);
        const json_t *points = json_object_get(c->root, "checkpoints");
        cr_expect(json_array_size(points) == 3);
        for (size_t k = 0; k < json_array_size(points); k++) {
            check_point(c, model, json_array_get(points, k));
        }
        mw_model_close(&model);
        mw_arena_fini(&scratch);
        reference_case_close(&c);
    }
}

/* ---- posteriors ------------------------------------------------------------------------------ */

static void stream(struct reference_case *c, size_t seeds, size_t n_particles, struct moments *out)
{
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        struct mw_arena scratch = {0};
        struct mw_model *model = open_model(c, seed, n_particles, &scratch);
        append(c, model, 0, c->n_rows, true);
        accumulate(model, 1.0 / (double)seeds, out);
        mw_model_close(&model);
        mw_arena_fini(&scratch);
    }
}

static void stream_and_compare(const char *name)
{
    struct reference_case *c = open_or_skip(name);
    struct moments got = {0};
    stream(c, 5, 1024, &got);
    compare(c, &got, name);
    reference_case_close(&c);
}

Test(model_golden, five_streams_of_two_channels_over_179_weeks_give_the_reference_posterior)
{
    stream_and_compare("pymc-mmm-example");
}

Test(model_golden, five_streams_of_five_channels_over_208_weeks_give_the_reference_posterior)
{
    stream_and_compare("robyn-simulated-weekly");
}

Test(model_golden, five_streams_of_five_weakly_informed_channels_give_the_reference_posterior)
{
    stream_and_compare("meridian-national");
}

/* mROAS, too, where the data inform it (affiliate's is the prior's log-normal tail): mean of 5 x 256 draws.
 */
Test(model_golden, five_streams_of_six_channels_over_730_days_give_the_reference_posterior)
{
    struct reference_case *c = open_or_skip("simulated-daily");
    struct moments got = {0};
    stream(c, 5, 1024, &got);
    compare(c, &got, "simulated-daily");
    for (size_t k = 0; k < 5; k++) {
        const double mean = reference_case_number(c, "derived", "mroas", k, "mean");
        const double sd = reference_case_number(c, "derived", "mroas", k, "sd");
        cr_expect(fabs(got.mroas[k] - mean) <= 0.15 * sd, "mROAS of %s is %g (NUTS %g, sd %g)",
                  c->channels[k].name.data, got.mroas[k], mean, sd);
    }
    reference_case_close(&c);
}

/* One stream, looked at twice: nothing is refitted between. */
static void half_and_whole(const char *half_name, const char *name)
{
    struct reference_case *half = open_or_skip(half_name), *whole = open_or_skip(name);
    struct mw_arena scratch = {0};
    struct moments at_half = {0}, at_end = {0};
    struct mw_model *model = open_model(whole, 1, 4096, &scratch);
    append(whole, model, 0, half->n_rows, true);
    accumulate(model, 1.0, &at_half);
    append(whole, model, half->n_rows, whole->n_rows, true);
    accumulate(model, 1.0, &at_end);
    compare(half, &at_half, half_name);
    compare(whole, &at_end, name);
    mw_model_close(&model);
    mw_arena_fini(&scratch);
    reference_case_close(&half);
    reference_case_close(&whole);
}

Test(model_golden, one_weekly_stream_matches_at_its_half_and_at_its_end)
{
    half_and_whole("pymc-mmm-example-half", "pymc-mmm-example");
}

Test(model_golden, one_daily_stream_matches_at_its_half_and_at_its_end)
{
    half_and_whole("simulated-daily-half", "simulated-daily");
}

/* ---- restatements ---------------------------------------------------------------------------- */

static size_t list_changes(const struct reference_case *c, struct mw_model_change *out)
{
    const size_t n_channels = c->spec.n_channels;
    size_t n = 0;
    for (size_t t = 0; t < c->n_rows; t++) {
        const mw_date date = reference_case_row(c, t, true).date;
        for (size_t k = 0; k < n_channels; k++) {
            const double value = c->spend_final[t * n_channels + k];
            if (value != c->spend[t * n_channels + k]) {
                out[n++] = (struct mw_model_change){date, MW_MODEL_SPEND, k, value};
            }
        }
        if (c->outcome_final[t] != c->outcome[t]) {
            out[n++] = (struct mw_model_change){date, MW_MODEL_OUTCOME, 0, c->outcome_final[t]};
        }
    }
    return n;
}

static void restate_and_compare(const char *name, size_t seeds, size_t n_changes_known)
{
    struct reference_case *c = open_or_skip(name);
    struct mw_model_change *changes = calloc(c->n_rows * (c->spec.n_channels + 1), sizeof *changes);
    const size_t n = list_changes(c, changes);
    struct moments got = {0};
    cr_assert(n == n_changes_known, "%zu cells differ", n);
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        struct mw_arena scratch = {0};
        struct mw_error err = {0};
        struct mw_model *model = open_model(c, seed, 1024, &scratch);
        append(c, model, 0, c->n_rows, false);
        ok(mw_model_correct(model, changes, n, NULL, &err), &err);
        accumulate(model, 1.0 / (double)seeds, &got);
        mw_model_close(&model);
        mw_arena_fini(&scratch);
    }
    compare(c, &got, name);
    free(changes);
    reference_case_close(&c);
}

Test(model_golden, a_weekly_restatement_gives_the_posterior_of_the_restated_data)
{
    restate_and_compare("robyn-simulated-weekly-restated", 5,
                        5 + 6); /* facebook spends in 5 of those 11 rows */
}

Test(model_golden,
     a_daily_restatement_of_two_channels_and_the_outcome_gives_the_posterior_of_the_restated_data)
{
    restate_and_compare("simulated-daily-restated", 5, 34 + 101 + 61); /* tv is off in 27 of those 61 rows */
}
