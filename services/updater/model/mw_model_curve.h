/* mw_model_curve.h: the loops behind response curves, over MW_MODEL_DRAWS draws of one channel. Internal. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_model_derive.h"

struct mw_curve_draws {
    double theta[MW_THETA_N][MW_MODEL_DRAWS];
    double alpha[MW_MODEL_DRAWS], n[MW_MODEL_DRAWS];
    double decay[MW_MODEL_DRAWS]; /* alpha^n */
    double gain[MW_MODEL_DRAWS];  /* s_y beta: outcome per unit of h */
    double v[MW_MODEL_DRAWS], lift[MW_MODEL_DRAWS];
    double *base, *unit; /* window rows x draws */
};

struct mw_curve_window {
    size_t n_rows, n_tail;
    const double *x;      /* the window's flighting in units of m_c, one after the other */
    const double *before; /* the rows before it, every `stride`-th entry */
    size_t n_before, stride;
};

/* From theta: everything up to gain. */
void mw_curve_parameters(double m_over_s_y, double s_y, struct mw_curve_draws *draws);
/* Rows of tail that all draws need, at most `most`. */
size_t mw_curve_tail_rows(const struct mw_curve_draws *draws, size_t most);
/* base and unit. */
void mw_curve_window(const struct mw_curve_window *window, struct mw_curve_draws *draws);
/* sum of h over window and tail at multiple s of the window's spend; and its derivative by s. */
void mw_curve_response(const struct mw_curve_window *window, double s, struct mw_curve_draws *draws,
                       double *sum);
void mw_curve_response_slope(const struct mw_curve_window *window, double s, struct mw_curve_draws *draws,
                             double *sum, double *slope);
/* Largest spend at which the slope meets the floor; the curve's last if it does there, 0 if it does nowhere.
 * Entry g of response and slope lies at g * stride; spend[0] = response[0] = 0; slope[0] is not read. */
double mw_curve_saturation(size_t n, const double *spend, const double *response, const double *slope,
                           size_t stride, double floor);
