/* mw_sc.h: synthetic-control weights, exactly.
 *
 *   minimise  |A w - b|^2 + r |w|^2   over  w >= 0, sum w = 1
 *
 *   b   the treated series (mean of the treated geos), n_rows periods
 *   A   the donors, one column each
 *   r   ridge, >= 0
 *
 * With unit effects each series is taken as the difference from its own mean first, so that only movements
 * have to match. The solver is an active-set method on the Gram matrix (reference: Abadie, Diamond &
 * Hainmueller 2010 for the problem; Wolfe's nearest-point method, 1976, for the idea): it ends at the
 * optimum, not near it, and the same input gives the same bits. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_arena.h"
#include "mw_status.h"

enum { MW_SC_ROWS_MAX = 2000, MW_SC_DONORS_MAX = 1000 };

struct mw_sc_problem {
    size_t n_rows, n_donors;
    const double *treated; /* n_rows */
    const double *donors;  /* donor j in row t: donors[j * stride + t] */
    size_t stride;         /* >= n_rows */
    bool unit_effects;
    double ridge;
};

enum mw_sc_outcome {
    MW_SC_OPTIMAL, /* no donor's weight can be raised with profit */
    MW_SC_STALLED, /* rounding or the limit on rounds stopped it earlier; the certificate tells how far */
};

struct mw_sc_info {
    enum mw_sc_outcome outcome;
    size_t n_rounds, n_support; /* donors with a positive weight */
    double imbalance;           /* root of the sum of squared gaps of the fitted rows */
    double imbalance_scaled;    /* that, divided by the same with equal weights */
    double kkt;                 /* mw_sc_certificate of the result */
};

/* Fills weight[n_donors]. Working memory comes from `scratch`.
 * MW_E_CONTRACT for no rows, no donors or more than the limits; MW_E_NUMERIC when a value is not finite or
 * every series is constant zero; MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_sc_fit(const struct mw_sc_problem *problem, struct mw_arena *scratch,
                                     double weight[], struct mw_sc_info *info, struct mw_error *err);

/* How far weights are from the optimum, recomputed from the problem's own data: the largest violation of
 * nonnegativity, of the sum, and of the gradient condition (relative to the largest gradient). NaN when
 * anything is. */
MW_MUST_USE enum mw_status mw_sc_certificate(const struct mw_sc_problem *problem, const double weight[],
                                             struct mw_arena *scratch, double *violation,
                                             struct mw_error *err);
