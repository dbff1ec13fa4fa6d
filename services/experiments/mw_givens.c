// SPDX-License-Identifier: Apache-2.0
#include "mw_givens.h"

#include "mw_status.h"

#include <math.h>
#include <string.h>

struct mw_givens mw_givens(size_t n_columns)
{
    mw_invariant(n_columns <= MW_GIVENS_COLUMNS_MAX);
    return (struct mw_givens){.n_columns = n_columns};
}

/* Rotates row k of R and the new row so that the new row's k-th entry becomes zero; R's diagonal stays >= 0.
 */
static void rotate(size_t n, size_t k, double *restrict r, double *restrict row)
{
    const double length = sqrt(r[k] * r[k] + row[k] * row[k]);
    if (!(length > 0)) {
        return;
    }
    const double c = r[k] / length, s = row[k] / length;
    r[k] = length;
    row[k] = 0;
    for (size_t j = k + 1; j < n; j++) {
        const double above = r[j];
        r[j] = c * above + s * row[j];
        row[j] = c * row[j] - s * above;
    }
}

void mw_givens_append(struct mw_givens *fit, const double row[])
{
    double rest[MW_GIVENS_COLUMNS_MAX];
    memcpy(rest, row, fit->n_columns * sizeof *rest);
    for (size_t k = 0; k < fit->n_columns; k++) {
        rotate(fit->n_columns, k, fit->r[k], rest);
    }
    fit->n_rows++;
}

void mw_givens_solve(const struct mw_givens *fit, double b[])
{
    const size_t k = fit->n_columns - 1;
    for (size_t i = k; i-- > 0;) {
        double rest = fit->r[i][k];
        for (size_t j = i + 1; j < k; j++) {
            rest -= fit->r[i][j] * b[j];
        }
        b[i] = fit->r[i][i] > 0 ? rest / fit->r[i][i] : 0;
    }
}
