// SPDX-License-Identifier: Apache-2.0
#include "mw_la.h"
#include "mw_math.h"

enum { LANES = 8, BATCH_BLOCK = 64 }; /* 64 columns of 30 rows stay in the first-level cache */

/* Eight running sums: the order is fixed, and one AVX-512 or two AVX registers hold them. The two vectors may
 * be the same, but neither is written. */
MW_INLINE double dot(size_t n, const double *x, const double *y)
{
    double lane[LANES] = {0.0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        for (size_t j = 0; j < LANES; j++) {
            lane[j] += x[i + j] * y[i + j];
        }
    }
    for (; i < n; i++) {
        lane[i % LANES] += x[i] * y[i];
    }
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

/* Row i of L by substitution through the rows before it; returns the square of its pivot. */
MW_CLONES static double eliminate_row(size_t i, size_t n, double *a)
{
    double *row = a + i * n;
    for (size_t j = 0; j < i; j++) {
        row[j] = (row[j] - dot(j, row, a + j * n)) / a[j * n + j];
    }
    return row[i] - dot(i, row, row);
}

enum mw_status mw_la_cholesky(size_t n, double a[], struct mw_error *err)
{
    for (size_t i = 0; i < n; i++) {
        const double given = a[i * n + i], pivot = eliminate_row(i, n, a);
        if (!(pivot > 0.0 && pivot < MW_INF)) {
            return MW_FAIL(
                err, MW_E_NUMERIC,
                "pivot %zu of %zu is %g (diagonal %g): not positive definite; look for columns that "
                "depend on each other, or add to the diagonal",
                i, n, pivot, given);
        }
        a[i * n + i] = sqrt(pivot);
    }
    return MW_OK;
}

MW_CLONES static void forward(size_t n, const double *l, double *b)
{
    for (size_t i = 0; i < n; i++) {
        b[i] = (b[i] - dot(i, l + i * n, b)) / l[i * n + i];
    }
}

void mw_la_forward(size_t n, const double l[], double b[])
{
    forward(n, l, b);
}

/* y -= a x; x and y do not overlap. */
MW_INLINE void subtract_scaled(size_t n, double a, const double *restrict x, double *restrict y)
{
    for (size_t i = 0; i < n; i++) {
        y[i] -= a * x[i];
    }
}

/* By rows of L, which are the columns of L': what is known leaves the equations above it. */
MW_CLONES static void backward(size_t n, const double *restrict l, double *restrict b)
{
    for (size_t i = n; i-- > 0;) {
        b[i] /= l[i * n + i];
        subtract_scaled(i, b[i], l + i * n, b);
    }
}

void mw_la_backward(size_t n, const double l[], double b[])
{
    backward(n, l, b);
}

/* The columns at..at+width, all rows. */
MW_INLINE void forward_block(size_t n, const double *restrict l, double *restrict b, size_t width,
                             size_t stride)
{
    for (size_t k = 0; k < n; k++) {
        double *restrict bk = b + k * stride;
        for (size_t j = 0; j < k; j++) {
            subtract_scaled(width, l[k * n + j], b + j * stride, bk);
        }
        for (size_t i = 0; i < width; i++) {
            bk[i] /= l[k * n + k];
        }
    }
}

MW_CLONES static void forward_all(size_t n, const double *restrict l, double *restrict b, size_t n_batch,
                                  size_t stride)
{
    size_t at = 0;
    for (; at + BATCH_BLOCK <= n_batch; at += BATCH_BLOCK) {
        forward_block(n, l, b + at, BATCH_BLOCK, stride);
    }
    forward_block(n, l, b + at, n_batch - at, stride);
}

void mw_la_forward_batch(size_t n, const double l[], double b[], size_t n_batch, size_t stride)
{
    forward_all(n, l, b, n_batch, stride);
}

double mw_la_log_det(size_t n, const double l[])
{
    double sum = 0.0;
    for (size_t k = 0; k < n; k++) {
        sum += mw_log(l[k * n + k]);
    }
    return 2.0 * sum;
}

static enum mw_status check_finite(size_t n, const double w[], struct mw_error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (!(fabs(w[i]) < MW_INF)) {
            return MW_FAIL(err, MW_E_NUMERIC, "entry %zu of %zu of the rank-1 term is %g: leave this row out",
                           i, n, w[i]);
        }
    }
    return MW_OK;
}

/* c and s with c x + s y = r, -s x + c y = 0, where r >= 0 and nothing overflows on the way. */
static double rotation(double x, double y, double *c, double *s)
{
    const double scale = fabs(x) > fabs(y) ? fabs(x) : fabs(y);
    if (scale == 0.0) {
        *c = 1.0;
        *s = 0.0;
        return 0.0;
    }
    const double xs = x / scale, ys = y / scale, norm = sqrt(xs * xs + ys * ys);
    *c = xs / norm;
    *s = ys / norm;
    return scale * norm;
}

/* Row j of L sees the rotations of the pivots before it, then makes its own. */
enum mw_status mw_la_cholesky_update(size_t n, double l[], const double w[], double scratch[],
                                     struct mw_error *err)
{
    double *c = scratch, *s = scratch + n;
    MW_TRY(check_finite(n, w, err));
    for (size_t j = 0; j < n; j++) {
        double *row = l + j * n, carried = w[j];
        for (size_t i = 0; i < j; i++) {
            const double turned = c[i] * row[i] + s[i] * carried;
            carried = c[i] * carried - s[i] * row[i];
            row[i] = turned;
        }
        row[j] = rotation(row[j], carried, &c[j], &s[j]);
    }
    return MW_OK;
}

/* The rotations that turn (p, sqrt(1 - p'p)) into (0, 1), last entry first; p = L^-1 w in s on entry. */
static void find_downdate(size_t n, double left, double c[], double s[])
{
    double norm = left;
    for (size_t i = n; i-- > 0;) {
        norm = rotation(norm, s[i], &c[i], &s[i]);
    }
}

enum mw_status mw_la_cholesky_downdate(size_t n, double l[], double w[], double scratch[],
                                       struct mw_error *err)
{
    double *c = scratch, *s = scratch + n;
    MW_TRY(check_finite(n, w, err));
    mw_la_forward(n, l, w);
    const double left = 1.0 - dot(n, w, w);
    if (!(left > 0.0)) {
        return MW_FAIL(err, MW_E_NUMERIC,
                       "taking the row away leaves %g of 1: no longer positive definite; factor afresh",
                       left);
    }
    for (size_t i = 0; i < n; i++) {
        s[i] = w[i];
    }
    find_downdate(n, sqrt(left), c, s);
    for (size_t j = 0; j < n; j++) {
        double *row = l + j * n, carried = 0.0;
        for (size_t i = j + 1; i-- > 0;) {
            const double turned = c[i] * carried + s[i] * row[i];
            row[i] = c[i] * row[i] - s[i] * carried;
            carried = turned;
        }
    }
    return MW_OK;
}

/* A maximum that a NaN does not slip through. */
static double max_of(double max, double x)
{
    return max != max || x <= max ? max : x;
}

double mw_la_factor_residual(size_t n, const double a[], const double l[])
{
    double worst = 0.0, scale = 0.0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            const double product = dot(j + 1, l + i * n, l + j * n);
            worst = max_of(worst, fabs(a[i * n + j] - product));
            scale = max_of(scale, fabs(a[i * n + j]));
        }
    }
    return worst == 0.0 ? 0.0 : worst / scale;
}

double mw_la_solve_residual(size_t n, const double a[], const double x[], const double b[])
{
    double worst = 0.0, scale_a = 0.0, scale_b = 0.0, sum_x = 0.0;
    for (size_t i = 0; i < n; i++) {
        double left = b[i];
        for (size_t j = 0; j < n; j++) {
            const double entry = j <= i ? a[i * n + j] : a[j * n + i];
            left -= entry * x[j];
            scale_a = max_of(scale_a, fabs(entry));
        }
        worst = max_of(worst, fabs(left));
        scale_b = max_of(scale_b, fabs(b[i]));
        sum_x += fabs(x[i]);
    }
    return worst == 0.0 ? 0.0 : worst / (scale_a * sum_x + scale_b);
}
