/* mw_la.h: small dense symmetric systems, in one fixed order of sums.
 *
 *   n   order of the matrix, 0 and up; made for some tens, good up to some hundreds
 *   a   symmetric, row-major, n x n without gaps; only the lower triangle is read
 *   l   its Cholesky factor, A = L L', in the lower triangle; the upper triangle is never touched
 *
 * Every inner product is summed in eight interleaved parts and then pairwise, whatever the processor, so a
 * factor has the same bits on every machine. Vendor BLAS does not promise that. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_status.h"

/* L in place of A. MW_E_NUMERIC names the pivot when A is not positive definite, or holds a NaN or an
 * infinity; the lower triangle is then spoilt. */
MW_MUST_USE enum mw_status mw_la_cholesky(size_t n, double a[], struct mw_error *err);

/* b := L^-1 b and b := L'^-1 b; both after each other solve A x = b. */
void mw_la_forward(size_t n, const double l[], double b[]);
void mw_la_backward(size_t n, const double l[], double b[]);

/* Forward solves for many right-hand sides at once, laid out as arrays over particles: entry k of system i is
 * b[k * stride + i], i < n_batch <= stride. Each column gets the same bits whatever the batch around it. */
void mw_la_forward_batch(size_t n, const double l[], double b[], size_t n_batch, size_t stride);

/* log det A = 2 sum log L_kk. */
double mw_la_log_det(size_t n, const double l[]);

/* The factor of A + w w' (an observation comes) and of A - w w' (one goes), in O(n^2): Givens rotations row
 * by row, as LINPACK's dchud and dchdd (Dongarra et al. 1979). w is used up; scratch holds 2 n doubles.
 * MW_E_NUMERIC: update, when w is not finite; downdate, when A - w w' is not positive definite or w is not
 * finite. L is then as it was. */
MW_MUST_USE enum mw_status mw_la_cholesky_update(size_t n, double l[], const double w[], double scratch[],
                                                 struct mw_error *err);
MW_MUST_USE enum mw_status mw_la_cholesky_downdate(size_t n, double l[], double w[], double scratch[],
                                                   struct mw_error *err);

/* Certificates, recomputed from the problem itself; some units of 1e-16 are good, and NaN stays NaN, so write
 * `if (!(residual <= tolerance))`. */

/* max |A - L L'| / max |A|, over the lower triangle; a is the matrix before it was factored. 0 for n = 0. */
double mw_la_factor_residual(size_t n, const double a[], const double l[]);
/* max |b - A x| / (max |A| sum |x| + max |b|): the normwise backward error of a solution. 0 when all is zero.
 */
double mw_la_solve_residual(size_t n, const double a[], const double x[], const double b[]);
