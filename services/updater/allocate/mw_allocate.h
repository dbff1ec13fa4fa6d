/* mw_allocate.h: the best split of a budget over channels, with a proof of how good it is.
 *
 * Each channel has a response curve, given on a grid of spends and linear in between; curves may be S-shaped and a
 * channel may have a least spend below which it gets nothing. The problem
 *
 *     maximise  sum_c R_c(s_c)   subject to  sum_c s_c = total,  lower_c <= s_c <= upper_c,  s_c = 0 or >= minimum_c
 *
 * is solved globally: replacing every curve by its concave hull gives a bound that a sort of hull segments attains
 * (at most one channel ends inside a segment); branching on the channel whose hull lies furthest above its curve
 * closes the gap (Horst & Tuy, Global Optimization, 1996, ch. 4; separable case Falk & Soland 1969). What comes
 * back is a feasible split, a proven upper bound, and the distance between them. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_arena.h"

enum { MW_ALLOCATE_CHANNELS_MAX = 64, MW_ALLOCATE_POINTS_MAX = 512 };

struct mw_allocate_channel {
    const double *spend;    /* n_points, strictly increasing from 0 */
    const double *response; /* n_points, finite */
    size_t n_points;        /* 2 .. MW_ALLOCATE_POINTS_MAX */
    double lower, upper;    /* 0 <= lower <= upper <= the grid's end */
    double minimum;         /* least spend when there is any, up to upper; 0: none */
};

struct mw_allocate_problem {
    const struct mw_allocate_channel *channels;
    size_t n_channels;
    double total;
    double gap; /* stop when bound - value <= gap * |bound|; 1e-4 is a good choice */
    size_t nodes_max;
};

enum mw_allocate_outcome {
    MW_ALLOCATE_OPTIMAL, /* within the asked gap */
    MW_ALLOCATE_STOPPED, /* nodes_max reached: the gap is what it says */
};

struct mw_allocate_result {
    double *spend;            /* n_channels, in the arena */
    double value, bound, gap; /* gap = (bound - value) / |bound|, 0 when both are 0 */
    size_t nodes;
    enum mw_allocate_outcome outcome;
};

/* MW_E_DATA, naming channel and number, for a malformed problem and for bounds that the total cannot meet;
 * MW_E_FULL when nodes_max nodes hold no split that keeps every minimum; MW_E_MEMORY. The result lives in `arena`. */
MW_MUST_USE enum mw_status mw_allocate(const struct mw_allocate_problem *problem, struct mw_arena *arena,
                                       struct mw_allocate_result *out, struct mw_error *err);

/* R_c at a spend: linear between grid points, flat beyond the end. */
double mw_allocate_response(const struct mw_allocate_channel *channel, double spend);

/* Checks a result from the problem alone: bounds, minima and total to a relative 1e-9, value recomputed, value <=
 * bound. MW_E_NUMERIC naming what fails. */
MW_MUST_USE enum mw_status mw_allocate_verify(const struct mw_allocate_problem *problem,
                                              const struct mw_allocate_result *result, struct mw_error *err);

/* The best move that shifts at most `step` of the total away from `current`: exact on a grid of step / units, by
 * dynamic programming over (taken, given). Bounds and minima hold; a channel that is outside them now may stay
 * where it is. */
struct mw_move_problem {
    const struct mw_allocate_channel *channels;
    const double *current; /* n_channels */
    size_t n_channels;
    double total; /* sum of current */
    double step;  /* share of total, 0 < step <= 1 */
    size_t units; /* 1 .. 64: how finely the step is cut; 20 is a good choice */
};
struct mw_move_result {
    double *spend;                      /* n_channels, in the arena */
    double value, value_current, moved; /* moved: share of the total */
};
/* MW_E_DATA, naming channel and number, for a malformed problem; MW_E_MEMORY. Never worse than staying. */
MW_MUST_USE enum mw_status mw_move_best(const struct mw_move_problem *problem, struct mw_arena *arena,
                                        struct mw_move_result *out, struct mw_error *err);
