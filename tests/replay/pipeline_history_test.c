// SPDX-License-Identifier: Apache-2.0
/* What happens to a stream over time: corrections, quarantine, forecasts, channels that begin, restarts, neighbours. */
#include "mw_expect.h"
#include "mw_real.h"
#include "pipeline.h"

static const struct market_options daily = {
    .n_channels = 2, .grid = MW_GRID_DAY, .seed = 11, .particles = 64, .scales = true};

/* ---- corrections ---- */

/* Distance of two posteriors in units of the wanted one's standard deviation: the worst channel and parameter. */
static double distance(const struct mw_estimate *got, const struct mw_estimate *want)
{
    double worst = 0;
    for (size_t c = 0; c < want->n_channels; c++) {
        const struct mw_parameters *g = &got->channels[c].parameters, *w = &want->channels[c].parameters;
        const struct {
            double got, want, sd;
        } pairs[] = {{g->log_roi.mean, w->log_roi.mean, w->log_roi.sd},
                     {g->logit_alpha.mean, w->logit_alpha.mean, w->logit_alpha.sd},
                     {g->log_kappa.mean, w->log_kappa.mean, w->log_kappa.sd},
                     {g->log_n.mean, w->log_n.mean, w->log_n.sd},
                     {got->channels[c].contribution.mean, want->channels[c].contribution.mean,
                      want->channels[c].contribution.sd}};
        for (size_t k = 0; k < sizeof pairs / sizeof pairs[0]; k++) {
            const double d = fabs(pairs[k].got - pairs[k].want) / pairs[k].sd;
            worst = d > worst || isnan(d) ? d : worst;
        }
    }
    return worst;
}

/* Day 60 is reported with too much spend of search and too many sales. */
struct mistake {
    double spend, outcome; /* times what was right */
};

static void mistype(void *self, int64_t period, double *spend, double *outcome)
{
    const struct mistake *mistake = self;
    if (period == 60) {
        spend[0] *= mistake->spend;
        *outcome *= mistake->outcome;
    }
}

static const struct market_options correctable = {
    .n_channels = 2, .grid = MW_GRID_DAY, .seed = 12, .particles = 512, .scales = true};

/* Day 110 of a market whose mistake is taken back on day 100, or never. */
static void run_mistaken(struct world *world, struct mistake *mistake, bool is_corrected)
{
    struct market_options options = correctable;
    options.edit = mistype;
    options.self = mistake;
    world_open(world, &options);
    world_run(world, 100);
    if (is_corrected) {
        market_restate_spend(&world->market, &world->pipeline, 60, 0, market_spend(&world->market, 60, 0));
        market_restate_outcome(&world->market, &world->pipeline, 60, market_outcome(&world->market, 60));
    }
    world_run(world, 10);
}

/* Two populations of 512: their means differ by some 0.06 posterior sd, the worst of ten by two or three times that. */
static void expect_corrected(struct mistake mistake, double far_at_least)
{
    struct world right, corrected, wrong;
    world_open(&right, &correctable);
    world_run(&right, 110);
    run_mistaken(&corrected, &mistake, true);
    run_mistaken(&wrong, &mistake, false);
    const struct mw_estimate *want = pipeline_estimate(&right.pipeline, MW_LATEST);
    const double near = distance(pipeline_estimate(&corrected.pipeline, MW_LATEST), want);
    const double far = distance(pipeline_estimate(&wrong.pipeline, MW_LATEST), want);
    cr_expect(near < 0.25, "%.3f posterior sd apart", near);
    cr_expect(far > far_at_least, "uncorrected it is %.3f posterior sd apart: this market shows nothing",
              far);
    world_close(&right);
    world_close(&corrected);
    world_close(&wrong);
}

Test(history, a_corrected_day_leads_to_the_posterior_of_those_who_knew_it_from_the_start)
{
    expect_corrected((struct mistake){3, 1.5}, 0.4);
}

/* The posterior of such a day has nothing in common with the right one: no bridge leads from one to the other. */
Test(history, so_does_a_day_with_ten_times_its_spend_and_three_times_its_sales)
{
    expect_corrected((struct mistake){10, 3}, 2);
}

Test(history, a_burst_of_corrections_waits_for_the_next_close_and_enters_as_one)
{
    struct world world;
    world_open(&world, &daily);
    world_run(&world, 60);
    const size_t before = world_estimates(&world);
    for (int64_t day = 20; day < 50; day++) {
        market_restate_spend(&world.market, &world.pipeline, day, 0,
                             0.5 * market_spend(&world.market, day, 0));
    }
    cr_expect(world_estimates(&world) == before,
              "a correction of a closed day was not kept for the next close");
    world_run(&world, 1);
    cr_expect(world_estimates(&world) == before + 1);
    const struct mw_estimate *estimate = pipeline_estimate(&world.pipeline, MW_LATEST);
    cr_expect(estimate->model.rows == 61);
    double spend = 0;
    for (int64_t day = 0; day < 61; day++) {
        spend += (day >= 20 && day < 50 ? 0.5 : 1) * market_spend(&world.market, day, 0);
    }
    mw_expect_close(estimate->channels[0].spend, spend, 1e-9, 0);
    world_close(&world);
}

/* ---- quarantine ---- */

enum { GAP_FROM = 60, GAP_TO = 80, BACK = 90 };

/* Sales are not reported from day 60 to day 79, then a hundred times too high until day 89. */
static void break_feed(void *self, int64_t period, double *spend, double *outcome)
{
    (void)self, (void)spend;
    if (period >= GAP_FROM && period < GAP_TO) {
        *outcome = MW_NAN;
    } else if (period >= GAP_TO && period < BACK) {
        *outcome *= 100;
    }
}

static bool is_quarantined(const struct world *world)
{
    bool held = false;
    for (size_t k = 0; k < world->pipeline.n; k++) {
        const struct mw_fact *fact = world->pipeline.records[k].body;
        const bool is_close = world->pipeline.records[k].type == &mw_type_fact && fact->kind == MW_FACT_CLOSE;
        for (size_t i = 0; is_close && i < fact->close->n_quality; i++) {
            if (mw_span_is(fact->close->quality[i].input, "outcome/revenue")) {
                held = fact->close->quality[i].quarantined;
            }
        }
    }
    return held;
}

Test(history, outcomes_in_quarantine_are_gaps_and_count_when_their_feed_is_trusted_again)
{
    struct market_options options = correctable;
    struct world right, broken;
    world_open(&right, &options);
    options.edit = break_feed;
    world_open(&broken, &options);
    world_run(&right, 120);
    world_run(&broken, BACK);
    cr_assert(is_quarantined(&broken), "20 of 28 days are missing: the feed is not fit to learn from");
    const struct mw_estimate *during = pipeline_estimate(&broken.pipeline, MW_LATEST);
    cr_expect(during->model.rows == BACK && during->data.quality < 70);
    const double scale = market_outcome(&broken.market, 0) * BACK;
    cr_expect(during->channels[0].contribution.mean < scale, "the absurd values were learnt");
    for (int64_t day = GAP_FROM; day < BACK; day++) {
        market_restate_outcome(&broken.market, &broken.pipeline, day, market_outcome(&broken.market, day));
    }
    world_run(&broken, 120 - BACK);
    cr_expect(!is_quarantined(&broken));
    const double apart = distance(pipeline_estimate(&broken.pipeline, MW_LATEST),
                                  pipeline_estimate(&right.pipeline, MW_LATEST));
    cr_expect(apart < 0.3, "%.3f posterior sd apart", apart);
    world_close(&right);
    world_close(&broken);
}

static void late_channel_and_broken_feed(void *self, int64_t period, double *spend, double *outcome)
{
    (void)self;
    spend[1] = period < 190 ? 0 : spend[1];
    *outcome = period >= 225 ? MW_NAN : *outcome;
}

/* A model that is born again while the feed is silent keeps what it knew before. */
Test(history, a_birth_in_quarantine_keeps_the_outcomes_from_before)
{
    struct market_options options = daily;
    options.scales = false;
    options.edit = late_channel_and_broken_feed;
    struct world world;
    world_open(&world, &options);
    world_run(&world, 250);
    cr_assert(is_quarantined(&world));
    const struct mw_estimate *estimate = pipeline_estimate(&world.pipeline, MW_LATEST);
    cr_assert(estimate->model.version == 2);
    cr_expect(estimate->as_of == market_date(&world.market, 249), "nothing is said any more");
    cr_expect(estimate->channels[0].prior_share < 0.9, "nothing of 225 days is left in the model");
    world_close(&world);
}

/* ---- forecasts ---- */

static const struct mw_scored *scored_at(const struct world *world, size_t i)
{
    const struct pipeline_record *record;
    for (size_t k = 0; (record = pipeline_record(&world->pipeline, &mw_type_estimate, k)) != NULL; k++) {
        const struct mw_estimate *estimate = record->body;
        if (estimate->kind == MW_LATEST && estimate->n_scored > 0 && i-- == 0) {
            cr_expect(estimate->n_scored == 1);
            cr_expect(estimate->as_of == estimate->scored[0].date + 6, "scored before the week was over");
            return &estimate->scored[0];
        }
    }
    return NULL;
}

/* Day 0 is the row that a model is born with; its weeks begin on day 1. */
enum { WEEK = 1 + 7 * 10 };

static void absurd_week(void *self, int64_t period, double *spend, double *outcome)
{
    (void)self, (void)spend;
    *outcome *= period >= WEEK && period < WEEK + 7 ? 10 : 1;
}

Test(history, a_week_is_scored_once_by_the_forecast_that_stood_before_it)
{
    struct market_options options = daily;
    struct world plain, absurd;
    world_open(&plain, &options);
    options.edit = absurd_week;
    world_open(&absurd, &options);
    world_run(&plain, 84);
    world_run(&absurd, 84);
    size_t n = 0;
    bool seen = false;
    for (; scored_at(&plain, n) != NULL; n++) {
        const struct mw_scored *a = scored_at(&plain, n), *b = scored_at(&absurd, n);
        cr_expect(n == 0 || a->date == scored_at(&plain, n - 1)->date + 7,
                  "a week is missing or scored twice");
        cr_assert(b != NULL && a->date == b->date);
        const int64_t week = a->date - market_date(&plain.market, 0);
        double sum = 0;
        for (int64_t day = week; day < week + 7; day++) {
            sum += market_outcome(&plain.market, day);
        }
        mw_expect_close(a->actual, sum, 1e-9, 0);
        if (week <= WEEK) {
            cr_expect(a->forecast == b->forecast && a->q05 == b->q05 && a->q95 == b->q95,
                      "the outcome of week %zu moved its own forecast", n);
        }
        if (week == WEEK) {
            seen = true;
            mw_expect_close(b->actual, 10 * sum, 1e-9, 0);
            cr_expect(b->pit == 1 && a->pit < 1);
        }
    }
    cr_expect(seen && n == 8, "%zu weeks scored", n);
    world_close(&plain);
    world_close(&absurd);
}

static void silent_day(void *self, int64_t period, double *spend, double *outcome)
{
    (void)self, (void)spend;
    *outcome = period == WEEK + 2 ? MW_NAN : *outcome;
}

Test(history, a_week_with_a_gap_is_not_scored)
{
    struct market_options options = daily;
    options.edit = silent_day;
    struct world world;
    world_open(&world, &options);
    world_run(&world, 84);
    size_t n = 0;
    for (const struct mw_scored *scored; (scored = scored_at(&world, n)) != NULL; n++) {
        cr_expect(scored->date != market_date(&world.market, WEEK));
    }
    cr_expect(n == 7, "%zu weeks scored of 8", n);
    world_close(&world);
}

/* ---- channels that begin ---- */

static void late_channel(void *self, int64_t period, double *spend, double *outcome)
{
    (void)self, (void)outcome;
    spend[1] = period < 190 ? 0 : spend[1];
}

Test(history, a_channel_that_begins_in_mid_stream_gets_its_place_with_the_second_birth)
{
    struct market_options options = daily;
    options.scales = false;
    options.edit = late_channel;
    struct world world;
    world_open(&world, &options);
    world_run(&world, 245);
    const struct mw_estimate *before = pipeline_estimate(&world.pipeline, MW_LATEST);
    cr_assert(before != NULL);
    cr_expect(before->n_channels == 1 && before->model.version == 1);
    world_run(&world, 2);
    const struct mw_estimate *after = pipeline_estimate(&world.pipeline, MW_LATEST);
    cr_expect(after->n_channels == 2 && after->model.version == 2 && after->model.rows == 247);
    cr_expect(mw_span_is(after->channels[1].channel, "social"));
    double spend = 0;
    for (int64_t day = 190; day < 247; day++) {
        spend += market_spend(&world.market, day, 1);
    }
    mw_expect_close(after->channels[1].spend, spend, 1e-9, 0);
    world_close(&world);
}

Test(history, a_channel_added_by_configuration_is_known_at_once_and_the_others_keep_their_scales)
{
    struct market_options options = daily;
    options.scales = false;
    struct world world;
    world_open(&world, &options);
    world_run(&world, 200);
    struct mw_tenant_channel channels[3] = {world.market.tenant.channels[1], world.market.tenant.channels[0]};
    channels[2] = channels[0];
    channels[2].channel = mw_span("radio");
    world.market.tenant.channels = channels;
    world.market.tenant.n_channels = 3;
    market_introduce(&world.market, &world.pipeline);
    const struct mw_estimate *estimate = pipeline_estimate(&world.pipeline, MW_LATEST);
    cr_assert(estimate->model.version == 2 && estimate->n_channels == 2 && estimate->model.rows == 200);
    cr_expect(mw_span_is(estimate->channels[0].channel, "social"),
              "columns follow the configuration's order");
    double spend = 0;
    for (int64_t day = 0; day < 200; day++) {
        spend += market_spend(&world.market, day, 1);
    }
    mw_expect_close(estimate->channels[0].spend, spend, 1e-9, 0);
    world_close(&world);
}

/* ---- restarts and neighbours ---- */

/* A history with all that state may hold: a feed that breaks, a channel that begins, corrections that wait. */
static void run_eventful(struct world *world, bool restarts)
{
    struct market_options options = daily;
    options.scales = false;
    options.edit = late_channel;
    world_open(world, &options);
    static const int64_t stops[] = {1, 27, 181, 182, 186, 200, 230, 246, 250};
    for (size_t i = 0, day = 0; i < sizeof stops / sizeof stops[0]; i++) {
        world_run(world, stops[i] - (int64_t)day);
        day = (size_t)stops[i];
        if (day == 186 || day == 230) {
            market_restate_spend(&world->market, &world->pipeline, 100, 0, 1.0);
            market_restate_outcome(&world->market, &world->pipeline, (int64_t)day - 2, 1000.0 * (double)day);
        }
        if (restarts) {
            pipeline_restart(&world->pipeline);
        }
    }
}

Test(history, saved_and_loaded_at_any_moment_it_goes_on_with_the_same_bytes)
{
    struct world whole, cut;
    run_eventful(&whole, false);
    run_eventful(&cut, true);
    const struct mw_hash128 a = pipeline_hash(&whole.pipeline, ""), b = pipeline_hash(&cut.pipeline, "");
    cr_expect(whole.pipeline.n == cut.pipeline.n && whole.pipeline.n > 1000);
    cr_expect(a.lo == b.lo && a.hi == b.hi, "the outputs differ");
    world_close(&whole);
    world_close(&cut);
}

Test(history, tenants_side_by_side_say_what_each_would_say_alone)
{
    struct market_options options = daily, other = daily;
    other.name = "bolt";
    other.n_channels = 3;
    other.seed = 12;
    struct world alone, bolt_alone, both;
    struct market bolt;
    world_open(&alone, &options);
    world_open(&bolt_alone, &other);
    world_run(&alone, 60);
    world_run(&bolt_alone, 50);
    world_open(&both, &options);
    market_open(&bolt, &other);
    market_introduce(&bolt, &both.pipeline);
    for (int64_t day = 0; day < 60; day++) {
        world_run(&both, 1);
        market_run(&bolt, &both.pipeline, day < 50 ? 1 : 0);
    }
    const struct mw_hash128 a = pipeline_hash(&alone.pipeline, "acme"),
                            b = pipeline_hash(&both.pipeline, "acme");
    const struct mw_hash128 c = pipeline_hash(&bolt_alone.pipeline, "bolt"),
                            d = pipeline_hash(&both.pipeline, "bolt");
    cr_expect(a.lo == b.lo && a.hi == b.hi);
    cr_expect(c.lo == d.lo && c.hi == d.hi);
    cr_expect(world_estimates(&alone) > 30 && world_estimates(&bolt_alone) > 20);
    market_close(&bolt);
    world_close(&alone);
    world_close(&bolt_alone);
    world_close(&both);
}
