/* The best move within a largest step: a channel takes d units, -units <= d <= units; the units taken from some
 * equal those given to others. Value iteration over channels with state (units taken, units given). */
// SPDX-License-Identifier: Apache-2.0
#include "mw_allocate_internal.h"

#include "mw_real.h"

struct table {
    size_t width;   /* units + 1 */
    double *value;  /* [channel][taken][given]: best sum so far, -inf where unreachable */
    int8_t *choice; /* units that the channel gained, to walk back */
};

static size_t cell(const struct table *table, size_t channel, size_t taken, size_t given)
{
    return (channel * table->width + taken) * table->width + given;
}

static bool is_allowed(const struct mw_allocate_channel *channel, double current, double spend)
{
    const double slack = 1e-9 * (channel->upper + 1);
    const bool stays = fabs(spend - current) <= slack;
    const bool within = spend >= channel->lower - slack && spend <= channel->upper + slack;
    const bool not_between = channel->minimum == 0 || spend <= slack || spend >= channel->minimum - slack;
    return stays || (within && not_between && spend >= -slack);
}

/* All states that a gain of d units of one channel leads to. */
static void apply_gain(const struct table *table, size_t channel, int d, double response)
{
    const size_t take = d < 0 ? (size_t)-d : 0, give = d > 0 ? (size_t)d : 0;
    for (size_t taken = take; taken < table->width; taken++) {
        for (size_t given = give; given < table->width; given++) {
            const double before = channel == 0
                                      ? (taken == take && given == give ? 0 : -MW_INF)
                                      : table->value[cell(table, channel - 1, taken - take, given - give)];
            const size_t here = cell(table, channel, taken, given);
            if (before + response > table->value[here]) {
                table->value[here] = before + response;
                table->choice[here] = (int8_t)d;
            }
        }
    }
}

/* d = 0 first, so that among equals the answer moves least. */
static void fill_channel(const struct mw_move_problem *problem, const struct table *table, size_t c,
                         double unit)
{
    const struct mw_allocate_channel *channel = &problem->channels[c];
    const size_t first = cell(table, c, 0, 0);
    for (size_t i = first; i < first + table->width * table->width; i++) {
        table->value[i] = -MW_INF;
    }
    for (size_t i = 0; i < 2 * problem->units + 1; i++) {
        const int d = (i % 2 == 0 ? 1 : -1) * (int)((i + 1) / 2);
        const double spend = problem->current[c] + d * unit;
        if (is_allowed(channel, problem->current[c], spend)) {
            apply_gain(table, c, d, mw_allocate_response(channel, spend));
        }
    }
}

static void walk_back(const struct mw_move_problem *problem, const struct table *table, size_t moved,
                      double unit, double *spend)
{
    size_t taken = moved, given = moved;
    for (size_t c = problem->n_channels; c-- > 0;) {
        const int d = table->choice[cell(table, c, taken, given)];
        spend[c] = problem->current[c] + d * unit;
        taken -= d < 0 ? (size_t)-d : 0;
        given -= d > 0 ? (size_t)d : 0;
    }
}

static enum mw_status check(const struct mw_move_problem *problem, struct mw_error *err)
{
    if (problem->n_channels == 0 || problem->n_channels > MW_ALLOCATE_CHANNELS_MAX || problem->units == 0 ||
        problem->units > 64 || !(problem->step > 0 && problem->step <= 1) || !(problem->total >= 0)) {
        return MW_FAIL(err, MW_E_DATA, "a move needs 1 to %d channels, a step in (0, 1] and 1 to 64 units",
                       MW_ALLOCATE_CHANNELS_MAX);
    }
    double total = 0;
    for (size_t c = 0; c < problem->n_channels; c++) {
        MW_TRY(mw_allocate_check(&problem->channels[c], c, err));
        if (!(problem->current[c] >= 0)) {
            return MW_FAIL(err, MW_E_DATA, "channel %zu: its present spend, %g, is not 0 or more", c,
                           problem->current[c]);
        }
        total += problem->current[c];
    }
    if (!(fabs(total - problem->total) <= 1e-9 * (problem->total + 1))) {
        return MW_FAIL(err, MW_E_DATA, "the present spends add up to %.12g, not to the total of %.12g", total,
                       problem->total);
    }
    return MW_OK;
}

enum mw_status mw_move_best(const struct mw_move_problem *problem, struct mw_arena *arena,
                            struct mw_move_result *out, struct mw_error *err)
{
    MW_TRY(check(problem, err));
    const size_t width = problem->units + 1, cells = problem->n_channels * width * width;
    const struct table table = {width, mw_new_array(arena, double, cells),
                                mw_new_array(arena, int8_t, cells)};
    double *spend = mw_new_array(arena, double, problem->n_channels);
    if (table.value == NULL || table.choice == NULL || spend == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for a move over %zu channels", problem->n_channels);
    }
    const double unit = problem->step * problem->total / (double)problem->units;
    for (size_t c = 0; c < problem->n_channels; c++) {
        fill_channel(problem, &table, c, unit);
    }
    const size_t last = problem->n_channels - 1;
    size_t best = 0;
    for (size_t moved = 1; moved < width; moved++) {
        if (table.value[cell(&table, last, moved, moved)] > table.value[cell(&table, last, best, best)]) {
            best = moved;
        }
    }
    walk_back(problem, &table, best, unit, spend);
    *out = (struct mw_move_result){
        .spend = spend,
        .value = table.value[cell(&table, last, best, best)],
        .value_current = table.value[cell(&table, last, 0, 0)],
        .moved = problem->step * (double)best / (double)problem->units,
    };
    return MW_OK;
}
