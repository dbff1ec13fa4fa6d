// SPDX-License-Identifier: Apache-2.0
#include "mw_window.h"

#include "mw_math.h"

static size_t last_regressor(const struct mw_window *window)
{
    return window->pre.n_columns - 2; /* D, which is zero before the window */
}

struct mw_window mw_window_begin(const struct mw_avt *before)
{
    struct mw_window out = {.pre = before->fit, .q = before->whitener.q};
    out.p = before->whitener.p - before->whitener.q; /* of the level on the last row, not of the next one */
    mw_givens_solve(&before->fit, out.b);
    memcpy(out.level, before->whitener.level, sizeof out.level);
    return out;
}

void mw_window_append(struct mw_window *window, const double row[])
{
    const size_t d = last_regressor(window);
    double expected = window->level[d + 1];
    for (size_t i = 0; i < d; i++) {
        const double x = row[i] - window->level[i];
        expected += window->b[i] * x;
        window->c[i] += x;
    }
    window->total += row[d + 1] - expected;
    window->h += 1;
    window->sum_min += window->h + 2 * window->sum_h;
    window->sum_h += window->h;
    window->n++;
}

void mw_window_skip(struct mw_window *window)
{
    window->h += 1;
}

/* |R'^-1 c|^2 by forward substitution. */
static double coefficients_variance(const struct mw_window *window)
{
    const size_t d = last_regressor(window);
    double u[MW_AVT_REGRESSORS_MAX], sum = 0;
    for (size_t i = 0; i < d; i++) {
        u[i] = window->c[i];
        for (size_t j = 0; j < i; j++) {
            u[i] -= window->pre.r[j][i] * u[j];
        }
        u[i] /= window->pre.r[i][i];
        sum += u[i] * u[i];
    }
    return sum;
}

struct mw_window_total mw_window_read(const struct mw_window *window)
{
    const size_t d = last_regressor(window);
    if (window->n == 0 || window->pre.n_rows <= d) {
        return (struct mw_window_total){MW_NAN, MW_NAN};
    }
    const double n = (double)window->n, rest = window->pre.r[d + 1][d + 1];
    const double s2 = rest * rest / (double)(window->pre.n_rows - d);
    const double v = n + n * n * window->p + window->q * window->sum_min + coefficients_variance(window);
    return (struct mw_window_total){.total = window->total, .se = sqrt(s2 * v)};
}
