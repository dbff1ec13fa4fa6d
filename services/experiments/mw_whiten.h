/* mw_whiten.h: turning a series with a wandering level into independent rows.
 *
 * The noise of a gap series is taken as a local level: V = s^2 (I + q min(s, t)), white noise plus a random
 * walk whose variance is q times as large. One scalar Kalman filter, run over each column of a regression
 * with the same gains, gives L^-1 times the column, where V/s^2 = L D L' (Harvey 1989, section 3.4): the same
 * rows as Cholesky whitening, at constant cost a row. q = 0 leaves the rows as they are. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_status.h"

enum { MW_WHITEN_COLUMNS_MAX = 5 };

struct mw_whitener {
    double q;       /* variance of the level's step, relative to the noise */
    double p;       /* variance of the level before the next row */
    double log_det; /* sum of ln F so far: half of the likelihood's normalising constant */
    double level[MW_WHITEN_COLUMNS_MAX]; /* filtered level of each column */
};

struct mw_whitener mw_whitener(double q);
/* One row in, one whitened row out, in place; n_columns <= MW_WHITEN_COLUMNS_MAX, the same in every call. */
void mw_whiten_row(struct mw_whitener *whitener, size_t n_columns, double row[]);
/* A period without a row: the level wanders on. */
void mw_whiten_skip(struct mw_whitener *whitener);

/* q by restricted maximum likelihood on a fixed grid. */
struct mw_reml {
    double q, sigma; /* sigma: sd of the whitened noise */
    bool at_top;     /* the largest q won: the series is a random walk, do not trust intervals on this grid */
};
/* row[i * n_columns ..]: the regressors, then the response last; NaN as the response leaves a row out.
 * MW_E_CONTRACT for too many columns; MW_E_DATA when fewer complete rows than columns + 2, or when the
 * regressors explain every row exactly (no noise to measure); MW_E_NUMERIC for values that are not finite. */
MW_MUST_USE enum mw_status mw_whiten_reml(size_t n_rows, size_t n_columns, const double row[],
                                          struct mw_reml *out, struct mw_error *err);
