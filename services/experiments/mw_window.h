/* mw_window.h: what happened over a whole window, whatever the shape of the effect.
 *
 * tau of mw_avt.h assumes one effect on every day; an effect that builds up, or fades in the cool-down, is
 * not like that. Here the pre-period alone predicts every day of the window and the differences are summed
 * (TBR when q = 0, Kerman, Wang & Vaver 2017; a local level otherwise, as in Brodersen et al. 2015, without
 * draws). With the level's filtered variance p and the regressors x_t, whitened R'R = X'X:
 *
 *   total = sum_t y_t - [level_y + b'(x_t - level_x)]
 *   var   = s^2 { n + n^2 p + q sum_ij min(h_i, h_j) + |R'^-1 c|^2 },   c = sum_t (x_t - level_x)
 *
 *   h   periods since the last one before the window;  s^2 from the pre-period
 *
 * This is the number for the model, read once, at the end: it carries no promise for daily looks. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_avt.h"

#include <stdint.h>

struct mw_window {
    struct mw_givens pre; /* of the regression before the window */
    double b[MW_AVT_REGRESSORS_MAX], level[MW_WHITEN_COLUMNS_MAX];
    double q, p;
    double total, c[MW_AVT_REGRESSORS_MAX];
    double h, sum_h, sum_min; /* of the observed periods */
    uint64_t n;
};

/* From a fit that has seen the rows before the window and none of it. */
struct mw_window mw_window_begin(const struct mw_avt *before);
/* The same rows as mw_avt_append takes; D is not read. */
void mw_window_append(struct mw_window *window, const double row[]);
/* A period without a row. */
void mw_window_skip(struct mw_window *window);

struct mw_window_total {
    double total, se; /* over the observed periods; NaN before the first */
};
struct mw_window_total mw_window_read(const struct mw_window *window);
