/* mw_givens.h: least squares that grows by a row (Golub & Van Loan, Matrix Computations, 5.1 and 6.5).
 *
 * The upper triangle R of the QR factor of [X y], y the last column. Appending a row rotates it into R; with
 * R = [R_xx r_xy; 0 r_yy], the coefficients solve R_xx b = r_xy and |r_yy| is the root of the residual sum of
 * squares. Nothing is squared on the way, so a response with a large mean loses no digits. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stddef.h>

enum { MW_GIVENS_COLUMNS_MAX = 5 };

struct mw_givens {
    size_t n_columns; /* regressors and the response */
    size_t n_rows;
    double r[MW_GIVENS_COLUMNS_MAX][MW_GIVENS_COLUMNS_MAX];
};

/* n_columns <= MW_GIVENS_COLUMNS_MAX. */
struct mw_givens mw_givens(size_t n_columns);
void mw_givens_append(struct mw_givens *fit, const double row[]);
/* b[n_columns - 1]; a regressor that has never varied gets 0. */
void mw_givens_solve(const struct mw_givens *fit, double b[]);
