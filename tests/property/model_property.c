/* model_property.c: laws of the streaming posterior on simulated markets.
 *
 * Seeds are fixed. Where a law holds up to Monte-Carlo error, the bound stands beside the error that is
 * expected of it, and the world is small enough that the whole file takes seconds. */
// SPDX-License-Identifier: Apache-2.0
#include "model_world.h"
#include "mw_expect.h"
#include "mw_model_derive.h"
#include "mw_model_forecast.h"
#include <stdlib.h>

static struct model_world *world_of(uint64_t seed, size_t n_channels, size_t n_rows, size_t n_particles,
                                    double rho)
{
    return model_world_make(&(struct model_world_options){.seed = seed,
                                                          .n_channels = n_channels,
                                                          .n_rows = n_rows,
                                                          .n_controls = 1,
                                                          .n_events = 1,
                                                          .n_particles = n_particles,
                                                          .sigma = 0.05,
                                                          .rho = rho});
}

static struct mw_model_estimate derive(struct mw_model *model, struct mw_arena *arena)
{
    struct mw_model_estimate estimate;
    struct mw_error err = {0};
    cr_assert(mw_model_derive(model, &(struct mw_model_derive_options){.floor = 1.0}, arena, &estimate,
                              &err) == MW_OK,
              "%s", err.text);
    return estimate;
}

/* Largest difference of means in posterior sds, over parameters, contribution and mROAS. permute[c]: b's
 * channel. */
static double distance(const struct mw_model_estimate *a, const struct mw_model_estimate *b,
                       const size_t *permute)
{
    double worst = 0.0;
    for (size_t c = 0; c < a->n_channels; c++) {
        const struct mw_model_channel_estimate *x = &a->channels[c],
                                               *y = &b->channels[permute == NULL ? c : permute[c]];
        for (size_t j = 0; j < MW_THETA_N; j++) {
            worst = fmax(worst, fabs(x->theta[j].mean - y->theta[j].mean) / x->theta[j].sd);
            worst = fmax(worst, fabs(log(x->theta[j].sd / y->theta[j].sd)));
        }
        worst = fmax(worst, fabs(x->contribution.mean - y->contribution.mean) / x->contribution.sd);
    }
    return worst;
}

static void expect_same_bytes(const struct mw_model *a, const struct mw_model *b, const char *what)
{
    struct mw_writer x = {0}, y = {0};
    mw_model_save(a, &x);
    mw_model_save(b, &y);
    cr_expect(mw_span_eq(mw_writer_span(&x), mw_writer_span(&y)), "%s: states differ", what);
    mw_writer_fini(&x);
    mw_writer_fini(&y);
}

static void correct(struct mw_model *model, struct mw_model_change change, struct mw_model_info *info)
{
    struct mw_error err = {0};
    cr_assert(mw_model_correct(model, &change, 1, info, &err) == MW_OK, "%s", err.text);
}

static struct mw_model *through_bytes(struct mw_model **model, struct mw_arena *scratch)
{
    struct mw_writer bytes = {0};
    struct mw_model *loaded = NULL;
    struct mw_error err = {0};
    mw_model_save(*model, &bytes);
    struct mw_reader in = mw_reader(mw_writer_span(&bytes));
    cr_assert(mw_model_load(&loaded, &in, scratch, &err) == MW_OK, "%s", err.text);
    cr_expect(mw_reader_left(&in) == 0);
    expect_same_bytes(*model, loaded, "just loaded");
    mw_writer_fini(&bytes);
    mw_model_close(model);
    return loaded;
}

/* ---- the same bits --------------------------------------------------------------------------- */

Test(model_laws, a_stream_cut_anywhere_by_save_and_load_ends_in_the_same_bytes)
{
    struct mw_arena one = {0}, two = {0};
    struct model_world *w = world_of(3, 2, 60, 128, (double)NAN);
    w->outcome[20] = w->outcome[21] = (double)NAN;
    struct mw_model *whole = model_world_run(w, 0, &one), *cut = model_world_run(w, 0, &two);
    for (size_t t = 0; t < 60; t++) {
        model_world_append(w, whole, t, t + 1);
        model_world_append(w, cut, t, t + 1);
        if (t == 35) {
            const struct mw_model_change late = {model_world_row(w, 20).date, MW_MODEL_OUTCOME, 0, 2500.0};
            correct(whole, late, NULL);
            correct(cut, late, NULL);
        }
        if (t % 7 == 3 || t == 21 || t == 35) {
            cut = through_bytes(&cut, &two);
        }
    }
    expect_same_bytes(whole, cut, "at the end");
    cr_expect(mw_model_health(whole).moves > 3, "the stream should have moved its particles");
    mw_model_close(&whole);
    mw_model_close(&cut);
    mw_arena_fini(&one);
    mw_arena_fini(&two);
    free(w);
}

/* Looking at a model, or running another one on the same scratch in between, changes nothing. */
Test(model_laws, results_do_not_depend_on_what_else_runs)
{
    struct mw_arena one = {0}, shared = {0}, out = {0};
    struct model_world *w = world_of(4, 2, 40, 128, (double)NAN), *v = world_of(5, 3, 40, 64, 0.0);
    struct mw_model *alone = model_world_run(w, 40, &one);
    struct mw_model *busy = model_world_run(w, 0, &shared), *other = model_world_run(v, 0, &shared);
    for (size_t t = 0; t < 40; t++) {
        model_world_append(w, busy, t, t + 1);
        model_world_append(v, other, t, t + 1);
        const struct mw_model_estimate estimate = derive(busy, &out);
        cr_expect(estimate.n_rows == t + 1);
    }
    expect_same_bytes(alone, busy, "with company");
    mw_model_close(&alone);
    mw_model_close(&busy);
    mw_model_close(&other);
    mw_arena_fini(&one);
    mw_arena_fini(&shared);
    mw_arena_fini(&out);
    free(w);
    free(v);
}

/* ---- the same posterior ---------------------------------------------------------------------- */

/* Two runs of 2,048 particles: each mean has an error of about 1 / sqrt 1000 sd, 24 comparisons. */
static const double monte_carlo = 0.2;

Test(model_laws, the_order_of_channels_does_not_matter)
{
    const size_t permute[] = {2, 0, 1};
    struct mw_arena scratch = {0}, out = {0};
    struct model_world *w = world_of(6, 3, 80, 2048, 0.0), *v = world_of(6, 3, 80, 2048, 0.0);
    for (size_t c = 0; c < 3; c++) {
        v->channels[permute[c]] = w->channels[c];
        for (size_t t = 0; t < 80; t++) {
            v->spend[t][permute[c]] = w->spend[t][c];
        }
    }
    struct mw_model *a = model_world_run(w, 80, &scratch), *b = model_world_run(v, 80, &scratch);
    const struct mw_model_estimate x = derive(a, &out), y = derive(b, &out);
    const double d = distance(&x, &y, permute);
    cr_expect(d < monte_carlo, "distance %g", d);
    mw_model_close(&a);
    mw_model_close(&b);
    mw_arena_fini(&scratch);
    mw_arena_fini(&out);
    free(w);
    free(v);
}

/* A wrong outcome ten sigma off and a wrong spend go in and are taken back in two steps. */
Test(model_laws, a_correction_taken_back_leaves_the_posterior_where_it_was)
{
    struct mw_arena scratch = {0}, out = {0};
    struct model_world *w = world_of(7, 2, 80, 2048, (double)NAN);
    struct mw_model *model = model_world_run(w, 80, &scratch);
    const struct mw_model_estimate before = derive(model, &out);
    const struct mw_model_row row = model_world_row(w, 40);
    struct mw_model_info info;
    correct(model, (struct mw_model_change){row.date, MW_MODEL_OUTCOME, 0, row.outcome + 500.0}, &info);
    correct(model, (struct mw_model_change){row.date, MW_MODEL_SPEND, 1, 5.0 * row.spend[1] + 100.0}, NULL);
    const struct mw_model_estimate between = derive(model, &out);
    correct(model, (struct mw_model_change){row.date, MW_MODEL_SPEND, 1, row.spend[1]}, NULL);
    correct(model, (struct mw_model_change){row.date, MW_MODEL_OUTCOME, 0, row.outcome}, NULL);
    const struct mw_model_estimate after = derive(model, &out);
    const double d = distance(&before, &after, NULL);
    cr_expect(d < monte_carlo, "distance %g", d);
    cr_expect(between.fit.sigma > 1.2 * before.fit.sigma, "the wrong outcome left no trace");
    mw_model_close(&model);
    mw_arena_fini(&scratch);
    mw_arena_fini(&out);
    free(w);
}

Test(model_laws, saying_the_same_thing_twice_changes_no_estimate)
{
    struct mw_arena scratch = {0}, out = {0};
    struct model_world *w = world_of(8, 2, 50, 256, (double)NAN);
    struct mw_model *model = model_world_run(w, 50, &scratch);
    const struct mw_model_change change = {model_world_row(w, 30).date, MW_MODEL_OUTCOME, 0,
                                           w->outcome[30] * 1.05};
    struct mw_model_info info;
    correct(model, change, NULL);
    const struct mw_model_estimate once = derive(model, &out);
    correct(model, change, &info);
    const struct mw_model_estimate twice = derive(model, &out);
    cr_expect(info.moves == 0 && fabs(info.log_predictive) < 1e-9, "log ratio %g", info.log_predictive);
    cr_expect(distance(&once, &twice, NULL) < 1e-8);
    mw_model_close(&model);
    mw_arena_fini(&scratch);
    mw_arena_fini(&out);
    free(w);
}

Test(model_laws, outcomes_that_come_late_give_the_posterior_of_outcomes_in_time)
{
    struct mw_arena scratch = {0}, out = {0};
    struct model_world *w = world_of(9, 2, 80, 2048, (double)NAN),
                       *late = world_of(9, 2, 80, 2048, (double)NAN);
    struct mw_model_change changes[6];
    for (size_t i = 0; i < 6; i++) {
        const size_t t = 60 + 3 * i;
        changes[i] = (struct mw_model_change){model_world_row(w, t).date, MW_MODEL_OUTCOME, 0, w->outcome[t]};
        late->outcome[t] = (double)NAN;
    }
    struct mw_model *in_time = model_world_run(w, 80, &scratch), *model = model_world_run(late, 80, &scratch);
    struct mw_model_info info;
    cr_assert(mw_model_correct(model, changes, 6, &info, NULL) == MW_OK);
    const struct mw_model_estimate x = derive(in_time, &out), y = derive(model, &out);
    const double d = distance(&x, &y, NULL);
    cr_expect(d < monte_carlo, "distance %g", d);
    cr_expect(x.n_observations == y.n_observations);
    mw_model_close(&in_time);
    mw_model_close(&model);
    mw_arena_fini(&scratch);
    mw_arena_fini(&out);
    free(w);
    free(late);
}

/* The evidence is the sum of what each row was given, so two orders of the same news must agree on it: rows
 * with their outcomes, or all rows first and the outcomes as one correction. Error of each some 0.2 in the
 * log. */
Test(model_laws, the_evidence_does_not_depend_on_how_the_outcomes_came)
{
    struct mw_arena scratch = {0};
    struct model_world *w = world_of(10, 2, 40, 2048, 0.0), *blank = world_of(10, 2, 40, 2048, 0.0);
    struct mw_model_change changes[40];
    for (size_t t = 0; t < 40; t++) {
        changes[t] = (struct mw_model_change){model_world_row(w, t).date, MW_MODEL_OUTCOME, 0, w->outcome[t]};
        blank->outcome[t] = (double)NAN;
    }
    struct mw_model *streamed = model_world_run(w, 40, &scratch),
                    *at_once = model_world_run(blank, 40, &scratch);
    struct mw_model_info info;
    cr_assert(mw_model_correct(at_once, changes, 40, &info, NULL) == MW_OK);
    const double a = mw_model_health(streamed).log_evidence, b = mw_model_health(at_once).log_evidence;
    cr_expect(fabs(a - b) < 0.6, "log evidence %g row by row, %g at once", a, b);
    cr_expect(info.stages > 0, "forty outcomes at once should need tempering");
    mw_model_close(&streamed);
    mw_model_close(&at_once);
    mw_arena_fini(&scratch);
    free(w);
    free(blank);
}

/* ---- degenerate data ------------------------------------------------------------------------- */

static void expect_finite(const struct mw_model_estimate *e, const char *what)
{
    for (size_t c = 0; c < e->n_channels; c++) {
        const struct mw_model_channel_estimate *channel = &e->channels[c];
        for (size_t j = 0; j < MW_THETA_N; j++) {
            cr_expect(isfinite(channel->theta[j].mean) && channel->theta[j].sd > 0.0, "%s: theta", what);
        }
        cr_expect(isfinite(channel->contribution.sd) && isfinite(channel->mroas.sd) &&
                      isfinite(channel->saturation.sd) && isfinite(channel->wasted.mean) &&
                      isfinite(channel->curve.q95[channel->curve.n - 1]),
                  "%s: channel %zu", what, c);
        cr_expect(isfinite(channel->roi.mean) == channel->ever_spent, "%s: ROI", what);
    }
    cr_expect(isfinite(e->baseline.sd) && isfinite(e->fit.r2) && isfinite(e->fit.sigma) &&
                  isfinite(e->wasted_pct.mean) && isfinite(e->fit.residual_autocorrelation) &&
                  isfinite(e->fit.innovation_autocorrelation),
              "%s: totals", what);
}

static void expect_wide(struct model_world *w, const char *what, size_t channel)
{
    struct mw_arena scratch = {0}, out = {0};
    struct mw_model *model = model_world_run(w, w->n_rows, &scratch);
    const struct mw_model_estimate e = derive(model, &out);
    expect_finite(&e, what);
    cr_expect(e.channels[channel].verdict != MW_MODEL_IDENTIFIED, "%s: %s, prior share %g", what,
              mw_model_verdict_name(e.channels[channel].verdict),
              e.channels[channel].prior_share[MW_LOG_ROI]);
    mw_model_close(&model);
    mw_arena_fini(&scratch);
    mw_arena_fini(&out);
    free(w);
}

Test(model_degenerate, constant_spend_is_told_from_the_baseline_by_the_prior_alone)
{
    struct model_world *w = world_of(11, 2, 80, 256, (double)NAN);
    for (size_t t = 0; t < 80; t++) {
        w->spend[t][0] = 50.0;
    }
    expect_wide(w, "constant spend", 0);
}

Test(model_degenerate, two_identical_channels_share_honestly)
{
    struct model_world *w = world_of(12, 2, 80, 256, (double)NAN);
    for (size_t t = 0; t < 80; t++) {
        w->spend[t][1] = w->spend[t][0] * w->channels[1].m / w->channels[0].m;
    }
    expect_wide(w, "identical channels", 1);
}

Test(model_degenerate, a_channel_that_never_spends_keeps_its_prior)
{
    struct model_world *w = world_of(13, 2, 60, 256, (double)NAN);
    for (size_t t = 0; t < 60; t++) {
        w->spend[t][1] = 0.0;
    }
    expect_wide(w, "never spends", 1);
}

Test(model_degenerate, outcomes_of_nothing_but_zeros_stay_finite)
{
    struct model_world *w = world_of(14, 2, 60, 256, (double)NAN);
    memset(w->outcome, 0, sizeof w->outcome);
    struct mw_arena scratch = {0}, out = {0};
    struct mw_model *model = model_world_run(w, 60, &scratch);
    cr_expect(mw_model_health(model).ess > 0.0);
    struct mw_model_estimate e;
    struct mw_error err = {0};
    /* Shares of an outcome of 0 do not exist: that is a status or a NaN, never a number. */
    if (mw_model_derive(model, &(struct mw_model_derive_options){.floor = 1.0}, &out, &e, &err) == MW_OK) {
        expect_finite(&e, "zeros");
        cr_expect(!isfinite(e.media_share.mean));
    }
    mw_model_close(&model);
    mw_arena_fini(&scratch);
    mw_arena_fini(&out);
    free(w);
}

Test(model_degenerate, one_absurd_outcome_is_survived_and_can_be_withdrawn)
{
    struct mw_arena scratch = {0}, out = {0};
    struct model_world *w = world_of(15, 2, 60, 512, (double)NAN);
    struct mw_model *model = model_world_run(w, 50, &scratch);
    const struct mw_model_estimate before = derive(model, &out);
    struct mw_model_row row = model_world_row(w, 50);
    struct mw_model_info info;
    row.outcome = 1e9;
    cr_assert(mw_model_append(model, &row, &info, NULL) == MW_OK);
    cr_expect(info.ess > 0.0 && info.log_predictive < -20.0);
    const struct mw_model_estimate absurd = derive(model, &out);
    expect_finite(&absurd, "absurd outcome");
    correct(model, (struct mw_model_change){row.date, MW_MODEL_OUTCOME, 0, (double)NAN}, &info);
    const struct mw_model_estimate after = derive(model, &out);
    cr_expect(distance(&before, &after, NULL) < 0.5, "distance %g", distance(&before, &after, NULL));
    mw_model_close(&model);
    mw_arena_fini(&scratch);
    mw_arena_fini(&out);
    free(w);
}

Test(model_degenerate, fifty_channels_and_three_hundred_controls_on_thirty_rows_are_wide_and_finite)
{
    struct model_world *w = model_world_make(&(struct model_world_options){.seed = 16,
                                                                           .n_channels = 50,
                                                                           .n_rows = 30,
                                                                           .n_controls = 300,
                                                                           .n_particles = 64,
                                                                           .sigma = 0.05,
                                                                           .rho = 0.0});
    expect_wide(w, "fifty channels", 49);
}

/* ---- truth ----------------------------------------------------------------------------------- */

/* Worlds are drawn from the prior, so 90 % intervals hold the truth in 90 % of cases exactly. 40 worlds x 2
 * channels x 5 quantities, in clumps: a standard error of about 2 %. */
Test(model_truth, intervals_of_worlds_drawn_from_the_prior_hold_the_truth_at_their_rate)
{
    size_t n = 0, inside = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct mw_arena scratch = {0}, out = {0};
        struct model_world *w = world_of(100 + seed, 2, 104, 256, 0.0);
        struct mw_model *model = model_world_run(w, 104, &scratch);
        const struct mw_model_estimate e = derive(model, &out);
        for (size_t c = 0; c < 2; c++) {
            for (size_t j = 0; j <= MW_THETA_N; j++) {
                const struct mw_summary *s =
                    j < MW_THETA_N ? &e.channels[c].theta[j] : &e.channels[c].contribution;
                const double truth = j < MW_THETA_N ? w->theta[c][j] : w->contribution[c];
                inside += s->q05 <= truth && truth <= s->q95;
                n++;
            }
        }
        mw_model_close(&model);
        mw_arena_fini(&scratch);
        mw_arena_fini(&out);
        free(w);
    }
    const double rate = (double)inside / (double)n;
    cr_expect(rate > 0.84 && rate < 0.96, "90 %% intervals held the truth in %.3f of %zu cases", rate, n);
}

Test(model_truth, autocorrelated_errors_are_found_and_white_ones_are_not)
{
    const double truths[] = {0.0, 0.8};
    for (size_t i = 0; i < 2; i++) {
        struct mw_arena scratch = {0}, out = {0};
        struct model_world *w = model_world_make(&(struct model_world_options){.seed = 21,
                                                                               .n_channels = 2,
                                                                               .n_rows = 300,
                                                                               .n_particles = 256,
                                                                               .is_daily = true,
                                                                               .sigma = 0.05,
                                                                               .rho_true = truths[i],
                                                                               .rho = (double)NAN});
        struct mw_model *model = model_world_run(w, 300, &scratch);
        const struct mw_model_estimate e = derive(model, &out);
        cr_expect(fabs(e.fit.rho - truths[i]) < 0.15, "rho is %g, posterior mean %g", truths[i], e.fit.rho);
        cr_expect(fabs(e.fit.innovation_autocorrelation) < 0.2, "innovations: %g",
                  e.fit.innovation_autocorrelation);
        mw_model_close(&model);
        mw_arena_fini(&scratch);
        mw_arena_fini(&out);
        free(w);
    }
}

/* One step ahead, 30 worlds x 40 weeks. The 5 % and 95 % quantiles of 256 draws hold the next one in 0.893 of
 * cases; standard error 0.9 %, and somewhat more because a world's weeks share its parameters. */
Test(model_truth, forecasts_issued_before_the_outcome_cover_it_at_their_rate)
{
    static struct mw_model_score scores[30 * 40];
    size_t n = 0;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        struct mw_arena scratch = {0};
        struct model_world *w = model_world_make(&(struct model_world_options){.seed = 300 + seed,
                                                                               .n_channels = 2,
                                                                               .n_rows = 100,
                                                                               .n_controls = 1,
                                                                               .n_events = 1,
                                                                               .n_particles = 256,
                                                                               .sigma = 0.05,
                                                                               .rho_true = 0.4,
                                                                               .rho = (double)NAN});
        struct mw_model *model = model_world_run(w, 60, &scratch);
        for (size_t t = 60; t < 100; t++) {
            static struct mw_model_forecast forecast;
            const struct mw_model_row row = model_world_row(w, t);
            const struct mw_model_plan plan = {1, row.spend, row.controls, row.events};
            cr_assert(mw_model_forecast(model, &plan, &forecast, NULL) == MW_OK);
            cr_assert(mw_model_score(forecast.draws[0], row.outcome, &scores[n++], NULL) == MW_OK);
            model_world_append(w, model, t, t + 1);
        }
        mw_model_close(&model);
        mw_arena_fini(&scratch);
        free(w);
    }
    const struct mw_model_accuracy a = mw_model_accuracy(scores, n);
    double pit = 0.0;
    for (size_t i = 0; i < n; i++) {
        pit += scores[i].pit / (double)n;
    }
    cr_expect(a.coverage > 0.863 && a.coverage < 0.923, "coverage %.3f", a.coverage);
    cr_expect(fabs(pit - 0.5) < 0.05, "mean PIT %.3f", pit);
    cr_expect(fabs(a.bias_pct) < 2.0, "bias %.2f %%", a.bias_pct);
}
