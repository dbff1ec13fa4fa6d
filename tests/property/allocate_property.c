// SPDX-License-Identifier: Apache-2.0
#include "mw_allocate.h"
#include "mw_real.h"
#include "mw_rng.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <math.h>

enum { POINTS = 41, CHANNELS = 3, CELLS = 40 };

struct world {
    double spend[CHANNELS][POINTS], response[CHANNELS][POINTS];
    struct mw_allocate_channel channels[CHANNELS];
};

/* Hill curves, some S-shaped, on a grid of whole units, so that the best split lies on the grid or inside one
 * segment and enumeration over the grid is a lower bound of the optimum. */
static void draw_world(struct world *w, uint64_t seed, bool with_minimum)
{
    struct mw_rng rng = {.key = mw_rng_key(seed, 1)};
    for (int c = 0; c < CHANNELS; c++) {
        const double n = 0.6 + 3 * mw_rng_uniform(&rng), k = 4 + 20 * mw_rng_uniform(&rng);
        const double top = 5 + 20 * mw_rng_uniform(&rng);
        for (int i = 0; i < POINTS; i++) {
            w->spend[c][i] = i;
            w->response[c][i] = i == 0 ? 0 : top / (1 + pow(k / i, n));
        }
        w->channels[c] = (struct mw_allocate_channel){.spend = w->spend[c], .response = w->response[c], .n_points = POINTS,
                                                      .upper = POINTS - 1};
        w->channels[c].minimum = with_minimum ? floor(12 * mw_rng_uniform(&rng)) : 0;
    }
}

static bool is_kept(const struct mw_allocate_channel *channel, int s)
{
    return s == 0 || s >= channel->minimum;
}

static double enumerate(const struct world *w, int total)
{
    double best = -MW_INF;
    for (int a = 0; a <= total && a < POINTS; a++) {
        for (int b = 0; a + b <= total && b < POINTS; b++) {
            const int c = total - a - b;
            if (c < POINTS && is_kept(&w->channels[0], a) && is_kept(&w->channels[1], b) && is_kept(&w->channels[2], c)) {
                best = fmax(best, w->response[0][a] + w->response[1][b] + w->response[2][c]);
            }
        }
    }
    return best;
}

ParameterizedTestParameters(allocate, no_grid_point_beats_it_and_its_bound_holds)
{
    static uint64_t seeds[200];
    for (uint64_t i = 0; i < 200; i++) {
        seeds[i] = i;
    }
    return cr_make_param_array(uint64_t, seeds, 200);
}

ParameterizedTest(uint64_t *seed, allocate, no_grid_point_beats_it_and_its_bound_holds)
{
    struct world w;
    draw_world(&w, *seed, *seed % 2 == 1);
    const int total = 10 + (int)(*seed % 50);
    const struct mw_allocate_problem problem = {w.channels, CHANNELS, total, 1e-6, 4000};
    struct mw_arena arena = {0};
    struct mw_allocate_result result;
    struct mw_error err = {0};
    cr_assert(mw_allocate(&problem, &arena, &result, &err) == MW_OK, "seed %lu: %s", *seed, err.text);
    cr_expect(mw_allocate_verify(&problem, &result, &err) == MW_OK, "seed %lu: %s", *seed, err.text);
    const double best = enumerate(&w, total);
    cr_expect(result.value >= best - 1e-5 * best, "seed %lu: %.9g, enumeration has %.9g", *seed, result.value, best);
    cr_expect(result.bound >= best - 1e-9, "seed %lu: bound %.9g under %.9g", *seed, result.bound, best);
    cr_expect(result.outcome == MW_ALLOCATE_OPTIMAL && result.gap <= 1e-6, "seed %lu: gap %g after %zu nodes", *seed,
              result.gap, result.nodes);
    mw_arena_fini(&arena);
}

/* All moves of whole units between three channels, by brute force. */
static double enumerate_moves(const struct world *w, const double *current, int units)
{
    double best = -MW_INF;
    for (int a = -units; a <= units; a++) {
        for (int b = -units; b <= units; b++) {
            const int d[3] = {a, b, -a - b};
            const int taken = (a < 0 ? -a : 0) + (b < 0 ? -b : 0) + (d[2] < 0 ? -d[2] : 0);
            double value = 0;
            bool ok = taken <= units;
            for (int c = 0; c < CHANNELS; c++) {
                const double s = current[c] + d[c];
                ok &= d[c] == 0 || (s >= 0 && s <= POINTS - 1 && is_kept(&w->channels[c], (int)s));
                value += mw_allocate_response(&w->channels[c], s);
            }
            best = ok ? fmax(best, value) : best;
        }
    }
    return best;
}

ParameterizedTestParameters(move, the_best_move_is_the_best_of_all_moves)
{
    static uint64_t seeds[200];
    for (uint64_t i = 0; i < 200; i++) {
        seeds[i] = i;
    }
    return cr_make_param_array(uint64_t, seeds, 200);
}

ParameterizedTest(uint64_t *seed, move, the_best_move_is_the_best_of_all_moves)
{
    struct world w;
    draw_world(&w, *seed, *seed % 2 == 1);
    const double current[CHANNELS] = {20, 14, 6};
    const struct mw_move_problem problem = {w.channels, current, CHANNELS, 40, 0.2, 8}; /* units of 1 */
    struct mw_arena arena = {0};
    struct mw_move_result result;
    struct mw_error err = {0};
    cr_assert(mw_move_best(&problem, &arena, &result, &err) == MW_OK, "seed %lu: %s", *seed, err.text);
    const double best = enumerate_moves(&w, current, 8);
    cr_expect(fabs(result.value - best) <= 1e-9 * best, "seed %lu: %.9g, enumeration has %.9g", *seed, result.value, best);
    cr_expect(result.value >= result.value_current);
    cr_expect(fabs(result.spend[0] + result.spend[1] + result.spend[2] - 40) < 1e-9);
    mw_arena_fini(&arena);
}
