// SPDX-License-Identifier: Apache-2.0
/* Simulated markets through ingest, updater and alerts. Populations are small (64 .. 512 particles): what is tested
 * here is what enters the model, when, and what is said of it, not how exact the posterior is. */
#include "mw_expect.h"
#include "pipeline.h"

static const struct market_options daily = {
    .n_channels = 2, .grid = MW_GRID_DAY, .seed = 11, .particles = 64, .scales = true};

/* ---- when ---- */

Test(pipeline, estimates_come_with_the_28th_closed_day_and_not_before)
{
    struct world world;
    world_open(&world, &daily);
    world_run(&world, 27);
    cr_expect(world_estimates(&world) == 0, "%zu estimates from 27 days", world_estimates(&world));
    world_run(&world, 1);
    const struct mw_estimate *estimate = pipeline_estimate(&world.pipeline, MW_LATEST);
    cr_assert(estimate != NULL, "no estimate from 28 days");
    cr_expect(estimate->model.rows == 28 && estimate->as_of == market_date(&world.market, 27));
    cr_expect(estimate->data.settled_to == estimate->as_of && estimate->data.age_days == 1);
    world_close(&world);
}

Test(pipeline, without_frozen_scales_a_model_is_born_and_heard_after_26_weeks)
{
    struct market_options options = daily;
    options.scales = false;
    struct world world;
    world_open(&world, &options);
    world_run(&world, 181);
    cr_expect(world_estimates(&world) == 0);
    world_run(&world, 1);
    const struct mw_estimate *estimate = pipeline_estimate(&world.pipeline, MW_LATEST);
    cr_assert(estimate != NULL && estimate->model.rows == 182 && estimate->model.version == 1);
    world_close(&world);
}

static void expect_revs(const struct world *world, const struct mw_type *type, int64_t step_days)
{
    int64_t rev[2] = {0, 0};
    mw_date as_of[2] = {0, 0};
    const struct pipeline_record *record;
    for (size_t i = 0; (record = pipeline_record(&world->pipeline, type, i)) != NULL; i++) {
        const struct mw_estimate *estimate = record->body;
        const struct mw_allocation *allocation = record->body;
        const bool is_estimate = type == &mw_type_estimate;
        const int kind = is_estimate ? estimate->kind : allocation->kind;
        const mw_date date = is_estimate ? estimate->as_of : allocation->as_of;
        cr_expect((is_estimate ? estimate->rev : allocation->rev) == rev[kind] + 1, "%s: a gap in rev",
                  type->topic);
        cr_expect(rev[kind] == 0 || date - as_of[kind] == (kind == MW_LATEST ? step_days : 7));
        cr_expect(mw_span_is(record->subject, kind == MW_LATEST ? "latest/revenue" : "published/revenue"),
                  MW_SPAN_FMT, MW_SPAN_ARG(record->subject));
        cr_expect(kind == MW_LATEST || mw_date_weekday(date) == 6, "published in mid-week");
        rev[kind]++;
        as_of[kind] = date;
    }
    cr_expect(rev[MW_LATEST] > 0 && rev[MW_PUBLISHED] > 0);
}

Test(pipeline, latest_moves_with_every_day_published_with_every_week_and_each_counts_for_itself)
{
    struct world world;
    world_open(&world, &daily);
    world_run(&world, 50);
    expect_revs(&world, &mw_type_estimate, 1);
    expect_revs(&world, &mw_type_allocation, 1);
    world_close(&world);
}

/* ---- decisions ---- */

static void expect_plan(const struct mw_allocation *allocation)
{
    double current = 0, optimal = 0;
    for (size_t c = 0; c < allocation->n_channels; c++) {
        const struct mw_allocation_channel *channel = &allocation->channels[c];
        current += channel->current;
        optimal += channel->optimal;
        cr_expect(channel->optimal >= channel->lower * (1 - 1e-9) &&
                  channel->optimal <= channel->upper * (1 + 1e-9));
        mw_expect_close(channel->upper, 2 * channel->current, 1e-9, 1e-6);
    }
    mw_expect_close(current, allocation->total, 1e-9, 0);
    mw_expect_close(optimal, allocation->total, 1e-9, 0);
    /* The certificate, from what is published: value = (1 - gap) bound, and no more than 0.01 % from it. */
    cr_expect(allocation->gap_pct >= 0 && allocation->gap_pct <= 0.01 + 1e-9, "gap %g %%",
              allocation->gap_pct);
    mw_expect_close(allocation->expected_optimal.mean, allocation->bound * (1 - allocation->gap_pct / 100),
                    1e-6, 0);
    cr_expect(allocation->lift.mean >= -1e-9 * allocation->expected_current.mean);
    cr_expect(allocation->efficiency.q50 >= 0 && allocation->efficiency.q50 <= 100 + 1e-9);
    cr_expect(allocation->capture_pct.q95 <= 100.2, "capture %g %%", allocation->capture_pct.q95);
}

static void expect_moves(const struct mw_allocation *allocation)
{
    static const double steps[] = {0.05, 0.15, 0.30};
    double before = 0;
    cr_assert(allocation->n_moves == 3);
    for (size_t m = 0; m < 3; m++) {
        const struct mw_allocation_move *move = &allocation->moves[m];
        double from = 0, to = 0, moved = 0;
        for (size_t c = 0; c < move->n_channels; c++) {
            from += move->channels[c].from;
            to += move->channels[c].to;
            moved += fabs(move->channels[c].to - move->channels[c].from) / 2;
        }
        mw_expect_close(from, allocation->total, 1e-9, 0);
        mw_expect_close(to, allocation->total, 1e-9, 0);
        mw_expect_close(move->moved, moved / allocation->total, 1e-9, 1e-12);
        cr_expect(move->step == steps[m] && move->moved <= move->step + 1e-9);
        cr_expect(move->lift.mean >= before - 1e-9 * allocation->total, "more freedom, less lift");
        before = move->lift.mean;
    }
    cr_expect(allocation->lift.mean >= before - 1e-4 * allocation->bound, "a move beats the proven optimum");
}

Test(pipeline, every_recommendation_adds_up_within_its_limits_and_its_proof)
{
    struct market_options options = daily;
    options.n_channels = 4;
    struct world world;
    world_open(&world, &options);
    world_run(&world, 70);
    const struct pipeline_record *record;
    size_t n = 0;
    for (; (record = pipeline_record(&world.pipeline, &mw_type_allocation, n)) != NULL; n++) {
        expect_plan(record->body);
        expect_moves(record->body);
    }
    cr_expect(n > 43, "%zu allocations", n);
    world_close(&world);
}

/* The opposite of a move loses where the move gains, so a move with P(loss) below one half is safer than its opposite. */
Test(pipeline, the_small_move_is_less_likely_to_lose_than_to_gain)
{
    struct market_options options = daily;
    options.n_channels = 4;
    options.particles = 256;
    struct world world;
    world_open(&world, &options);
    world_run(&world, 120);
    const struct mw_allocation *allocation = pipeline_allocation(&world.pipeline, MW_LATEST);
    cr_expect(allocation->moves[0].p_loss < 0.5, "P(loss) %g", allocation->moves[0].p_loss);
    cr_expect(allocation->moves[0].lift.q50 > 0);
    world_close(&world);
}

Test(pipeline, one_channel_is_always_where_it_should_be)
{
    struct market_options options = daily;
    options.n_channels = 1;
    struct world world;
    world_open(&world, &options);
    world_run(&world, 30);
    const struct mw_allocation *allocation = pipeline_allocation(&world.pipeline, MW_LATEST);
    cr_assert(allocation != NULL);
    mw_expect_close(allocation->efficiency.q05, 100, 1e-9, 0);
    cr_expect(allocation->efficiency.p_below_floor == 0);
    cr_expect(allocation->moves[0].moved == 0 && allocation->moves[2].lift.mean == 0);
    cr_expect(allocation->p_loss == 0 && allocation->p_material == 0);
    world_close(&world);
}

static void spend_evenly(void *self, int64_t period, double *spend, double *outcome)
{
    (void)self, (void)period, (void)outcome;
    spend[0] = 4000;
    spend[1] = 3000;
}

Test(pipeline, a_split_that_its_hard_limits_pin_down_is_the_optimum)
{
    struct market_options options = daily;
    options.edit = spend_evenly;
    struct world world;
    pipeline_open(&world.pipeline);
    market_open(&world.market, &options);
    struct mw_tenant_channel pinned[2] = {world.market.tenant.channels[0], world.market.tenant.channels[1]};
    pinned[0].spend_min = pinned[0].spend_max = 4000;
    pinned[1].spend_min = pinned[1].spend_max = 3000;
    world.market.tenant.channels = pinned;
    market_introduce(&world.market, &world.pipeline);
    world_run(&world, 30);
    const struct mw_allocation *allocation = pipeline_allocation(&world.pipeline, MW_LATEST);
    cr_assert(allocation != NULL);
    mw_expect_close(allocation->efficiency.mean, 100, 1e-9, 0);
    mw_expect_close(allocation->capture_pct.mean, 100, 1e-9, 0);
    cr_expect(allocation->channels[0].lower == 4000 && allocation->channels[0].upper == 4000);
    world_close(&world);
}

/* ---- metrics ---- */

static struct mw_span label_of(const struct mw_point *point, const char *name)
{
    for (size_t i = 0; i < point->n_labels; i++) {
        if (mw_span_is(point->labels[i].name, name)) {
            return point->labels[i].value;
        }
    }
    return (struct mw_span){0};
}

/* `channel` NULL: of all channels. */
static const struct mw_point *point_of(const struct mw_metric_points *points, const char *metric,
                                       const char *channel)
{
    for (size_t i = 0; i < points->n_points; i++) {
        const struct mw_point *point = &points->points[i];
        if (mw_span_is(point->metric, metric) &&
            mw_span_is(label_of(point, "channel"), channel == NULL ? "" : channel)) {
            return point;
        }
    }
    return NULL;
}

static const struct mw_metric_points *updater_points(const struct world *world)
{
    for (size_t k = world->pipeline.n; k-- > 0;) {
        const struct mw_metric *metric = world->pipeline.records[k].body;
        if (world->pipeline.records[k].type == &mw_type_metric && metric->kind == MW_METRIC_POINTS &&
            mw_span_is(metric->points->service, "updater")) {
            return metric->points;
        }
    }
    return NULL;
}

static void expect_mroas(const struct mw_point *point, const struct mw_estimate_channel *channel)
{
    cr_assert(point != NULL);
    cr_expect(point->value == channel->mroas.q50 && point->lower == channel->mroas.q05);
    cr_expect(point->upper == channel->mroas.q95 && point->probability == channel->mroas.p_below_floor);
    cr_expect(point->threshold == channel->mroas.floor);
    mw_expect_close(point->money, 7 * channel->wasted_spend.q50, 1e-12, 0);
    cr_expect(mw_span_is(label_of(point, "currency"), "USD"), "money is said with its currency");
}

Test(pipeline, metrics_are_the_numbers_of_the_records_in_the_units_of_the_rules)
{
    struct world world;
    world_open(&world, &daily);
    world_run(&world, 70);
    const struct mw_metric_points *points = updater_points(&world);
    const struct mw_estimate *estimate = pipeline_estimate(&world.pipeline, MW_LATEST);
    const struct mw_allocation *allocation = pipeline_allocation(&world.pipeline, MW_LATEST);
    cr_assert(points != NULL && points->as_of == estimate->as_of && points->n == estimate->n);
    cr_expect(points->period_days == 1);
    expect_mroas(point_of(points, "mroas", "search"), &estimate->channels[0]);
    expect_mroas(point_of(points, "mroas", "social"), &estimate->channels[1]);
    cr_expect(point_of(points, "channel_age_days", "social")->value == 70);
    const struct mw_point *score = point_of(points, "budget_efficiency", NULL);
    cr_expect(score->value == allocation->efficiency.q50 && score->threshold == 70);
    cr_expect(score->probability == allocation->efficiency.p_below_floor);
    const struct mw_point *loss = point_of(points, "budget_loss", NULL);
    mw_expect_close(loss->value, 7 * allocation->lift.q50, 1e-12, 0);
    cr_expect(loss->money == loss->value && loss->probability == allocation->p_material);
    const struct mw_point *wmape = point_of(points, "forecast_wmape_pct", NULL);
    cr_assert(wmape != NULL && estimate->accuracy != NULL && estimate->accuracy->weeks == 4);
    cr_expect(wmape->value == estimate->accuracy->wmape_pct && wmape->threshold == 15);
    cr_expect(point_of(points, "forecast_bias_pct", NULL)->value == estimate->accuracy->bias_pct);
    cr_expect(point_of(points, "forecast_coverage_p", NULL)->value == estimate->accuracy->coverage_p);
    mw_expect_close(point_of(points, "model_ess_share", NULL)->value, estimate->health.ess / 64, 1e-12, 0);
    world_close(&world);
}

static void second_channel_pauses(void *self, int64_t period, double *spend, double *outcome)
{
    (void)self, (void)outcome;
    spend[1] = period >= 30 ? 0 : spend[1];
}

Test(pipeline, a_channel_at_rest_for_28_days_has_no_number_and_says_why)
{
    struct market_options options = daily;
    options.edit = second_channel_pauses;
    struct world world;
    world_open(&world, &options);
    world_run(&world, 58);
    const struct mw_point *point = point_of(updater_points(&world), "mroas", "social");
    cr_assert(point != NULL && isnan(point->value) && isnan(point->probability) && isnan(point->money));
    cr_expect(mw_span_is(point->reason, "no spend in the last 28 days"));
    cr_expect(!isnan(point_of(updater_points(&world), "mroas", "search")->value));
    world_close(&world);
}

/* ---- tenants of other kinds ---- */

Test(pipeline, a_weekly_tenant_is_judged_by_weeks_and_published_with_each)
{
    const struct market_options options = {
        .n_channels = 2, .grid = MW_GRID_WEEK, .seed = 4, .particles = 64, .scales = true};
    struct world world;
    world_open(&world, &options);
    world_run(&world, 3);
    cr_expect(world_estimates(&world) == 0);
    world_run(&world, 27);
    const struct mw_estimate *estimate = pipeline_estimate(&world.pipeline, MW_LATEST);
    const struct mw_allocation *allocation = pipeline_allocation(&world.pipeline, MW_PUBLISHED);
    cr_assert(estimate != NULL && allocation != NULL && estimate->model.rows == 30);
    cr_expect(estimate->as_of == market_date(&world.market, 30) - 1 &&
              mw_span_is(allocation->period, "week"));
    cr_expect(estimate->rev == 27 && allocation->rev == 27);
    cr_expect(estimate->n_scored == 1 && estimate->scored[0].date == market_date(&world.market, 29));
    cr_expect(updater_points(&world)->period_days == 7);
    mw_expect_close(point_of(updater_points(&world), "budget_loss", NULL)->value, allocation->lift.q50, 1e-12,
                    0);
    world_close(&world);
}

Test(pipeline, a_margin_raises_the_floor_that_the_next_unit_of_spend_must_meet)
{
    struct market_options options = daily;
    struct world plain, margin;
    world_open(&plain, &options);
    options.margin = 0.25;
    world_open(&margin, &options);
    world_run(&plain, 40);
    world_run(&margin, 40);
    const struct mw_estimate_channel *low = &pipeline_estimate(&plain.pipeline, MW_LATEST)->channels[0];
    const struct mw_estimate_channel *high = &pipeline_estimate(&margin.pipeline, MW_LATEST)->channels[0];
    cr_expect(low->mroas.floor == 1 && high->mroas.floor == 4);
    cr_expect(low->mroas.q50 == high->mroas.q50 && low->mroas.p_below_floor < high->mroas.p_below_floor);
    cr_expect(low->wasted_spend.mean < high->wasted_spend.mean);
    cr_expect(point_of(updater_points(&margin), "mroas", "search")->threshold == 4);
    world_close(&plain);
    world_close(&margin);
}

/* A conversion every 100 of sales: its return on spend is no money, so no floor applies and no money is at stake. */
static void count_conversions(void *self, int64_t period, double *spend, double *outcome)
{
    (void)self, (void)period, (void)spend;
    *outcome = floor(*outcome / 100);
}

Test(pipeline, counted_outcomes_are_attributed_but_not_held_against_a_floor_in_money)
{
    struct market_options options = daily;
    options.outcome_kind = MW_OUTCOME_CONVERSIONS;
    options.scales = false; /* the generator's are those of sales */
    options.edit = count_conversions;
    struct world world;
    world_open(&world, &options);
    world_run(&world, 184);
    const struct mw_estimate *estimate = pipeline_estimate(&world.pipeline, MW_LATEST);
    cr_assert(estimate != NULL && pipeline_count(&world.pipeline, &mw_type_deadletter) == 0);
    const struct mw_estimate_channel *search = &estimate->channels[0];
    cr_expect(search->share.q50 > 0.01 && search->roi.q50 > 0 && search->roi.q50 < 0.3, "ROI %g",
              search->roi.q50);
    cr_expect(isnan(search->mroas.p_below_floor) && isnan(search->mroas.floor) && search->mroas.q50 > 0);
    cr_expect(isnan(search->saturation.q50) && search->saturation.reason.len > 0);
    cr_expect(isnan(search->wasted_spend.q50) && isnan(estimate->wasted_spend_pct.q50));
    const struct mw_point *mroas = point_of(updater_points(&world), "mroas", "search");
    const struct mw_point *loss = point_of(updater_points(&world), "budget_loss", NULL);
    cr_expect(mroas->value > 0 && isnan(mroas->probability) && isnan(mroas->money));
    cr_expect(loss->value > 0 && isnan(loss->money) && mw_span_is(loss->unit, "outcome/week"));
    world_close(&world);
}

static void spend_nothing(void *self, int64_t period, double *spend, double *outcome)
{
    (void)self, (void)outcome;
    spend[0] = period < 190 ? 0 : spend[0];
    spend[1] = period < 190 ? 0 : spend[1];
}

Test(pipeline, a_tenant_that_has_not_spent_yet_has_no_model_until_eight_weeks_after_it_does)
{
    struct market_options options = daily;
    options.scales = false;
    options.edit = spend_nothing;
    struct world world;
    world_open(&world, &options);
    world_run(&world, 245);
    cr_expect(world_estimates(&world) == 0);
    world_run(&world, 3);
    const struct mw_estimate *estimate = pipeline_estimate(&world.pipeline, MW_LATEST);
    cr_assert(estimate != NULL);
    cr_expect(estimate->model.version == 2 && estimate->n_channels == 2);
    world_close(&world);
}
