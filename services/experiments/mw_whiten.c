// SPDX-License-Identifier: Apache-2.0
#include "mw_whiten.h"

#include "mw_givens.h"
#include "mw_math.h"

/* The grid of incrementality.md 2.8, step 3. */
static const double Q_GRID[] = {0, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 100};
enum { Q_COUNT = sizeof Q_GRID / sizeof Q_GRID[0] };

/* Residuals below this share of the response's size are rounding, not noise. */
static const double NOISE_FLOOR = 1e-12;

struct mw_whitener mw_whitener(double q)
{
    return (struct mw_whitener){.q = q, .p = q};
}

void mw_whiten_row(struct mw_whitener *whitener, size_t n_columns, double row[])
{
    const double f = whitener->p + 1, gain = whitener->p / f, root = sqrt(f);
    for (size_t i = 0; i < n_columns; i++) {
        const double e = row[i] - whitener->level[i];
        row[i] = e / root;
        whitener->level[i] += gain * e;
    }
    whitener->p = whitener->p * (1 - gain) + whitener->q;
    whitener->log_det += mw_log(f);
}

void mw_whiten_skip(struct mw_whitener *whitener)
{
    whitener->p += whitener->q;
}

static struct mw_givens fit_whitened(size_t n_rows, size_t n_columns, const double row[], double q,
                                     double *log_det)
{
    struct mw_whitener whitener = mw_whitener(q);
    struct mw_givens fit = mw_givens(n_columns);
    for (size_t i = 0; i < n_rows; i++) {
        double copy[MW_WHITEN_COLUMNS_MAX];
        memcpy(copy, row + i * n_columns, n_columns * sizeof *copy);
        if (isnan(copy[n_columns - 1])) {
            mw_whiten_skip(&whitener);
            continue;
        }
        mw_whiten_row(&whitener, n_columns, copy);
        mw_givens_append(&fit, copy);
    }
    *log_det = whitener.log_det;
    return fit;
}

static double residual_variance(const struct mw_givens *fit)
{
    const size_t k = fit->n_columns - 1;
    return fit->r[k][k] * fit->r[k][k] / (double)(fit->n_rows - k);
}

/* -(n-p)/2 ln s2 - 1/2 sum ln F - 1/2 ln |Z'Z|, up to a constant. */
static double restricted_log_likelihood(const struct mw_givens *fit, double log_det)
{
    const size_t k = fit->n_columns - 1;
    double sum = -0.5 * (double)(fit->n_rows - k) * mw_log(residual_variance(fit)) - 0.5 * log_det;
    for (size_t i = 0; i < k; i++) {
        sum -= mw_log(fit->r[i][i]);
    }
    return sum;
}

static enum mw_status check_rows(size_t n_rows, size_t n_columns, const double row[], struct mw_error *err)
{
    if (n_columns < 2 || n_columns > MW_WHITEN_COLUMNS_MAX) {
        return MW_FAIL(err, MW_E_CONTRACT, "noise fit with %zu columns: 2..%d", n_columns,
                       MW_WHITEN_COLUMNS_MAX);
    }
    size_t n_complete = 0;
    for (size_t i = 0; i < n_rows * n_columns; i++) {
        const bool is_response = i % n_columns == n_columns - 1;
        n_complete += is_response && !isnan(row[i]);
        if (!isfinite(row[i]) && !(is_response && isnan(row[i]))) {
            return MW_FAIL(err, MW_E_NUMERIC, "noise fit: row %zu holds %g", i / n_columns, row[i]);
        }
    }
    if (n_complete < n_columns + 2) {
        return MW_FAIL(err, MW_E_DATA, "noise fit: %zu complete rows, at least %zu are needed", n_complete,
                       n_columns + 2);
    }
    return MW_OK;
}

enum mw_status mw_whiten_reml(size_t n_rows, size_t n_columns, const double row[], struct mw_reml *out,
                              struct mw_error *err)
{
    MW_TRY(check_rows(n_rows, n_columns, row, err));
    double best = -MW_INF, size = 0;
    *out = (struct mw_reml){0};
    for (size_t i = 0; i < n_rows; i++) {
        const double y = row[i * n_columns + n_columns - 1];
        size = fabs(y) > size ? fabs(y) : size;
    }
    for (size_t i = 0; i < Q_COUNT; i++) {
        double log_det;
        const struct mw_givens fit = fit_whitened(n_rows, n_columns, row, Q_GRID[i], &log_det);
        const double sigma = sqrt(residual_variance(&fit));
        if (!(sigma > NOISE_FLOOR * size)) {
            return MW_FAIL(err, MW_E_DATA,
                           "the series has no noise to measure: it is constant or fitted exactly");
        }
        const double score = restricted_log_likelihood(&fit, log_det);
        if (score > best) {
            best = score;
            *out = (struct mw_reml){.q = Q_GRID[i], .sigma = sigma, .at_top = i == Q_COUNT - 1};
        }
    }
    return isfinite(best) ? MW_OK : MW_FAIL(err, MW_E_NUMERIC, "the noise fit has no finite likelihood");
}
