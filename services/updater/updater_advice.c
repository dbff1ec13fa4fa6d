/* From response curves to money: the best split of the same budget, the moves towards it, and how far the present
 * split is from it.
 *
 * Plans are made on the posterior-mean curves; what they are worth is told by the draws. The efficiency score asks
 * each of a number of draws for its own optimum, because a single optimum has no interval. */
// SPDX-License-Identifier: Apache-2.0
#include "updater_advice.h"

#include "mw_allocate.h"

#include "mw_math.h"

#include <math.h>

enum { EFFICIENCY_DRAWS = 64, MOVE_UNITS = 20, NODES_MAX = 2000, DRAW_NODES_MAX = 60 };
static const double plan_gap = 1e-4, draw_gap = 1e-3, materiality = 0.02, efficiency_floor = 70;

struct advisor {
    const struct updater_step *step;
    const struct mw_model_estimate *estimate;
    struct mw_arena *arena; /* of the effects */
    size_t n;               /* channels of the model */
    double *current, total;
    struct mw_allocate_channel *channels; /* posterior-mean curves */
    struct mw_sample *scratch;
};

static void *take(const struct advisor *a, size_t n, size_t size)
{
    return mw_arena_take_array(a->arena, n, size);
}

static enum mw_status no_memory(struct mw_error *err)
{
    return MW_FAIL(err, MW_E_MEMORY, "updater: no memory for an allocation");
}

/* ---- the problem ---- */

/* Hard limits: what the tenant said, else nothing to twice the present spend; never beyond the curve. */
static void set_bounds(const struct mw_tenant_channel *config, double current, double end,
                       struct mw_allocate_channel *out)
{
    const double upper = isnan(config->spend_max) ? 2 * current : config->spend_max;
    out->upper = upper < end ? upper : end;
    out->lower = config->spend_min > 0 ? config->spend_min : 0;
    out->lower = out->lower < out->upper ? out->lower : out->upper;
}

static enum mw_status advisor_init(struct advisor *a, struct mw_error *err)
{
    a->n = a->estimate->n_channels;
    a->current = take(a, a->n, sizeof *a->current);
    a->channels = take(a, a->n, sizeof *a->channels);
    a->scratch = take(a, 2 * MW_MODEL_DRAWS, sizeof *a->scratch);
    if (a->current == NULL || a->channels == NULL || a->scratch == NULL) {
        return no_memory(err);
    }
    a->total = 0;
    for (size_t c = 0; c < a->n; c++) {
        const struct mw_model_channel_estimate *from = &a->estimate->channels[c];
        const struct updater_tenant *tenant = a->step->tenant;
        a->current[c] = from->is_planned ? 0 : from->spend_recent;
        a->total += a->current[c];
        a->channels[c] = (struct mw_allocate_channel){
            .spend = from->curve.spend, .response = from->curve.mean, .n_points = from->curve.n};
        set_bounds(&tenant->config->channels[updater_channel_of(tenant, c)], a->current[c],
                   from->curve.spend[from->curve.n - 1], &a->channels[c]);
    }
    return MW_OK;
}

/* Bounds that cannot hold the present total give way: better to answer for a wider range than not at all. */
static void widen_to_total(struct advisor *a)
{
    double lowest = 0, highest = 0;
    for (size_t c = 0; c < a->n; c++) {
        lowest += a->channels[c].lower;
        highest += a->channels[c].upper;
    }
    for (size_t c = 0; c < a->n && (lowest > a->total || highest < a->total); c++) {
        a->channels[c].lower = a->current[c] < a->channels[c].lower ? a->current[c] : a->channels[c].lower;
        a->channels[c].upper = a->current[c] > a->channels[c].upper ? a->current[c] : a->channels[c].upper;
    }
}

/* ---- what a split is worth to draw d ---- */

static double response_of_draw(const struct mw_model_curve *curve, size_t d, double spend)
{
    size_t low = 0, high = curve->n - 1;
    if (!(spend < curve->spend[high])) {
        return curve->draws[high * MW_MODEL_DRAWS + d];
    }
    while (high - low > 1) {
        const size_t middle = (low + high) / 2;
        *(curve->spend[middle] <= spend ? &low : &high) = middle;
    }
    const double share = (spend - curve->spend[low]) / (curve->spend[high] - curve->spend[low]);
    const double r0 = curve->draws[low * MW_MODEL_DRAWS + d], r1 = curve->draws[high * MW_MODEL_DRAWS + d];
    return r0 + share * (r1 - r0);
}

static void value_of_draws(const struct advisor *a, const double *spend, double *out)
{
    for (size_t d = 0; d < MW_MODEL_DRAWS; d++) {
        out[d] = 0;
        for (size_t c = 0; c < a->n; c++) {
            out[d] += response_of_draw(&a->estimate->channels[c].curve, d, spend[c]);
        }
    }
}

static enum mw_status summarise(const struct advisor *a, size_t n, const double *x, struct mw_posterior *out,
                                struct mw_error *err)
{
    struct mw_summary s;
    MW_TRY(mw_summarise(n, x, NULL, a->scratch, &s, err));
    *out = (struct mw_posterior){.mean = s.mean, .sd = s.sd, .q05 = s.q05, .q50 = s.q50, .q95 = s.q95};
    return MW_OK;
}

static double share_below(size_t n, const double *x, double level)
{
    size_t below = 0;
    for (size_t i = 0; i < n; i++) {
        below += x[i] < level;
    }
    return (double)below / (double)n;
}

/* ---- the optimum ---- */

/* Slope of a mean curve at a spend: what the next unit returns there. */
static double slope_at(const struct mw_allocate_channel *channel, double spend)
{
    const double end = channel->spend[channel->n_points - 1], h = end / 200;
    const double from = spend + h <= end ? spend : end - h;
    return h > 0 ? (mw_allocate_response(channel, from + h) - mw_allocate_response(channel, from)) / h
                 : MW_NAN;
}

static enum mw_status write_channels(const struct advisor *a, const double *optimal,
                                     struct mw_allocation *out, struct mw_error *err)
{
    struct mw_allocation_channel *channels = take(a, a->n, sizeof *channels);
    if (channels == NULL) {
        return no_memory(err);
    }
    for (size_t c = 0; c < a->n; c++) {
        channels[c] = (struct mw_allocation_channel){
            .channel = a->estimate->channels[c].name,
            .current = a->current[c],
            .optimal = optimal[c],
            .lower = a->channels[c].lower,
            .upper = a->channels[c].upper,
            .mroas_current = slope_at(&a->channels[c], a->current[c]),
            .mroas_optimal = slope_at(&a->channels[c], optimal[c]),
        };
    }
    out->channels = channels;
    out->n_channels = a->n;
    return MW_OK;
}

/* Values of the present and the best split, and what lies between them, draw by draw. */
static enum mw_status judge_optimum(const struct advisor *a, const double *optimal, struct mw_allocation *out,
                                    struct mw_error *err)
{
    double *now = take(a, MW_MODEL_DRAWS, sizeof *now), *best = take(a, MW_MODEL_DRAWS, sizeof *best);
    double *gain = take(a, MW_MODEL_DRAWS, sizeof *gain);
    if (now == NULL || best == NULL || gain == NULL) {
        return no_memory(err);
    }
    value_of_draws(a, a->current, now);
    value_of_draws(a, optimal, best);
    size_t material = 0;
    for (size_t d = 0; d < MW_MODEL_DRAWS; d++) {
        gain[d] = best[d] - now[d];
        material += gain[d] > materiality * now[d];
    }
    out->p_loss = share_below(MW_MODEL_DRAWS, gain, 0);
    out->p_material = (double)material / MW_MODEL_DRAWS;
    out->materiality = materiality;
    MW_TRY(summarise(a, MW_MODEL_DRAWS, now, &out->expected_current, err));
    MW_TRY(summarise(a, MW_MODEL_DRAWS, best, &out->expected_optimal, err));
    return summarise(a, MW_MODEL_DRAWS, gain, &out->lift, err);
}

static enum mw_status find_optimum(const struct advisor *a, struct mw_allocation *out, struct mw_error *err)
{
    const struct mw_allocate_problem problem = {a->channels, a->n, a->total, plan_gap, NODES_MAX};
    struct mw_allocate_result result;
    MW_TRY(mw_allocate(&problem, a->arena, &result, err));
    MW_TRY(mw_allocate_verify(&problem, &result, err));
    out->total = a->total;
    out->bound = result.bound;
    out->gap_pct = 100 * result.gap;
    MW_TRY(write_channels(a, result.spend, out, err));
    return judge_optimum(a, result.spend, out, err);
}

/* ---- efficiency: each draw's own optimum ---- */

/* The draw's curves, as the optimiser wants them: one column of the table of draws. */
static void load_draw(const struct advisor *a, size_t d, struct mw_allocate_channel *channels,
                      double *response)
{
    for (size_t c = 0; c < a->n; c++) {
        const struct mw_model_curve *curve = &a->estimate->channels[c].curve;
        channels[c] = a->channels[c];
        channels[c].response = response;
        for (size_t i = 0; i < curve->n; i++) {
            *response++ = curve->draws[i * MW_MODEL_DRAWS + d];
        }
    }
}

static double misplaced_share(const struct advisor *a, const double *optimal)
{
    double sum = 0;
    for (size_t c = 0; c < a->n; c++) {
        sum += fabs(a->current[c] - optimal[c]);
    }
    return 0.5 * sum / a->total;
}

static enum mw_status score_draws(const struct advisor *a, double *score, double *capture,
                                  struct mw_error *err)
{
    size_t n_points = 0;
    for (size_t c = 0; c < a->n; c++) {
        n_points += a->estimate->channels[c].curve.n;
    }
    struct mw_allocate_channel *channels = take(a, a->n, sizeof *channels);
    double *response = take(a, n_points, sizeof *response);
    if (channels == NULL || response == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < EFFICIENCY_DRAWS; i++) {
        load_draw(a, i * (MW_MODEL_DRAWS / EFFICIENCY_DRAWS), channels, response);
        const struct mw_allocate_problem problem = {channels, a->n, a->total, draw_gap, DRAW_NODES_MAX};
        struct mw_allocate_result best;
        struct mw_arena *scratch = &a->step->core->scratch;
        mw_arena_reset(scratch);
        MW_TRY(mw_allocate(&problem, scratch, &best, err));
        double now = 0;
        for (size_t c = 0; c < a->n; c++) {
            now += mw_allocate_response(&channels[c], a->current[c]);
        }
        score[i] = 100 * (1 - misplaced_share(a, best.spend));
        capture[i] = best.value > 0 ? 100 * now / best.value : 100;
    }
    return MW_OK;
}

static enum mw_status rate_efficiency(const struct advisor *a, struct mw_allocation *out,
                                      struct mw_error *err)
{
    double score[EFFICIENCY_DRAWS], capture[EFFICIENCY_DRAWS];
    MW_TRY(score_draws(a, score, capture, err));
    struct mw_posterior s;
    MW_TRY(summarise(a, EFFICIENCY_DRAWS, score, &s, err));
    out->efficiency = (struct mw_bes){
        s.mean,          s.q05, s.q50, s.q95, share_below(EFFICIENCY_DRAWS, score, efficiency_floor),
        efficiency_floor};
    return summarise(a, EFFICIENCY_DRAWS, capture, &out->capture_pct, err);
}

/* ---- moves ---- */

static enum mw_status write_move(const struct advisor *a, const double *spend,
                                 struct mw_allocation_move *move, struct mw_error *err)
{
    struct mw_move_channel *channels = take(a, a->n, sizeof *channels);
    double *now = take(a, MW_MODEL_DRAWS, sizeof *now), *then = take(a, MW_MODEL_DRAWS, sizeof *then);
    if (channels == NULL || now == NULL || then == NULL) {
        return no_memory(err);
    }
    for (size_t c = 0; c < a->n; c++) {
        channels[c] = (struct mw_move_channel){a->estimate->channels[c].name, a->current[c], spend[c]};
    }
    move->channels = channels;
    move->n_channels = a->n;
    value_of_draws(a, a->current, now);
    value_of_draws(a, spend, then);
    for (size_t d = 0; d < MW_MODEL_DRAWS; d++) {
        then[d] -= now[d];
    }
    move->p_loss = share_below(MW_MODEL_DRAWS, then, 0);
    return summarise(a, MW_MODEL_DRAWS, then, &move->lift, err);
}

static enum mw_status find_moves(const struct advisor *a, struct mw_allocation *out, struct mw_error *err)
{
    static const struct {
        const char *name;
        double step;
    } steps[] = {{"conservative", 0.05}, {"moderate", 0.15}, {"aggressive", 0.30}};
    const size_t n = sizeof steps / sizeof steps[0];
    struct mw_allocation_move *moves = take(a, n, sizeof *moves);
    if (moves == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < n; i++) {
        const struct mw_move_problem problem = {a->channels, a->current,    a->n,
                                                a->total,    steps[i].step, MOVE_UNITS};
        struct mw_move_result best;
        MW_TRY(mw_move_best(&problem, a->arena, &best, err));
        moves[i].name = mw_span(steps[i].name);
        moves[i].step = steps[i].step;
        moves[i].moved = best.moved;
        MW_TRY(write_move(a, best.spend, &moves[i], err));
    }
    out->moves = moves;
    out->n_moves = n;
    return MW_OK;
}

enum mw_status updater_advise(const struct updater_step *step, const struct mw_model_estimate *estimate,
                              struct mw_allocation *out, bool *is_possible, struct mw_error *err)
{
    struct advisor a = {.step = step, .estimate = estimate, .arena = &step->out->arena};
    MW_TRY(advisor_init(&a, err));
    *is_possible = a.total > 0;
    if (!*is_possible) {
        return MW_OK;
    }
    widen_to_total(&a);
    MW_TRY(find_optimum(&a, out, err));
    MW_TRY(rate_efficiency(&a, out, err));
    return find_moves(&a, out, err);
}
