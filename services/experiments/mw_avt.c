// SPDX-License-Identifier: Apache-2.0
#include "mw_avt.h"

#include "mw_math.h"

enum mw_status mw_avt_init(struct mw_avt *avt, size_t n_regressors, double q, struct mw_error *err)
{
    if (n_regressors < 1 || n_regressors > MW_AVT_REGRESSORS_MAX || !(q >= 0) || !isfinite(q)) {
        return MW_FAIL(err, MW_E_CONTRACT, "anytime-valid t with %zu regressors (1..%d) and q %g (>= 0)",
                       n_regressors, MW_AVT_REGRESSORS_MAX, q);
    }
    *avt = (struct mw_avt){.whitener = mw_whitener(q), .fit = mw_givens(n_regressors + 1)};
    return MW_OK;
}

enum mw_status mw_avt_append(struct mw_avt *avt, const double row[], struct mw_error *err)
{
    double copy[MW_WHITEN_COLUMNS_MAX];
    const size_t n_columns = avt->fit.n_columns;
    for (size_t i = 0; i < n_columns; i++) {
        if (!isfinite(row[i])) {
            return MW_FAIL(err, MW_E_NUMERIC, "row %zu, column %zu of a running test is %g", avt->fit.n_rows,
                           i, row[i]);
        }
        copy[i] = row[i];
    }
    mw_whiten_row(&avt->whitener, n_columns, copy);
    mw_givens_append(&avt->fit, copy);
    return MW_OK;
}

void mw_avt_skip(struct mw_avt *avt)
{
    mw_whiten_skip(&avt->whitener);
}

double mw_avt_log_e(struct mw_avt_point at, double phi)
{
    const double r = phi / (phi + at.information), share = at.t * at.t / at.nu;
    return 0.5 * mw_log(r) + 0.5 * (at.nu + 1) * (mw_log1p(share) - mw_log1p(r * share));
}

/* Where ln E meets ln(1/alpha): t^2 = nu (1 - q) / (q - r) with q = (r alpha^2)^(1/(nu + 1)). */
double mw_avt_margin(struct mw_avt_point at, double phi, double alpha)
{
    const double r = phi / (phi + at.information);
    const double q = mw_exp((mw_log(r) + 2 * mw_log(alpha)) / (at.nu + 1));
    return q > r ? sqrt(at.nu * (1 - q) / (q - r)) : MW_INF;
}

static struct mw_avt_estimate unknown(double nu)
{
    return (struct mw_avt_estimate){
        .tau = MW_NAN, .se = MW_NAN, .t = MW_NAN, .nu = nu, .lower = -MW_INF, .upper = MW_INF};
}

/* D is the last regressor, so its row of R holds its information and, with the response, tau alone. */
struct mw_avt_estimate mw_avt_estimate(const struct mw_avt *avt, double phi, double alpha)
{
    const struct mw_givens *fit = &avt->fit;
    const size_t y = fit->n_columns - 1, d = y - 1;
    const double nu = (double)fit->n_rows - (double)y, root_information = fit->r[d][d];
    if (!(nu >= 1) || !(root_information > 0)) {
        return unknown(nu);
    }
    struct mw_avt_estimate out = {
        .is_known = true, .nu = nu, .information = root_information * root_information};
    out.tau = fit->r[d][y] / root_information;
    out.se = sqrt(fit->r[y][y] * fit->r[y][y] / nu) / root_information;
    out.t = out.tau / out.se;
    if (!isfinite(out.t)) {
        return unknown(nu); /* an exact fit has no noise to compare with */
    }
    const struct mw_avt_point at = {.t = out.t, .nu = nu, .information = out.information};
    const double margin = out.se * mw_avt_margin(at, phi, alpha);
    out.log_e = mw_avt_log_e(at, phi);
    out.lower = out.tau - margin;
    out.upper = out.tau + margin;
    return out;
}

double mw_avt_planned_information(double q, size_t n_pre, size_t n_test)
{
    struct mw_whitener whitener = mw_whitener(q);
    struct mw_givens fit = mw_givens(3);
    for (size_t i = 0; i < n_pre + n_test; i++) {
        double row[3] = {1, i < n_pre ? 0 : 1, 0};
        mw_whiten_row(&whitener, 3, row);
        mw_givens_append(&fit, row);
    }
    return fit.r[1][1] * fit.r[1][1];
}

double mw_avt_phi(double information, double alpha)
{
    const double doubled = -2 * mw_log(alpha);
    return information / (doubled + mw_log1p(doubled));
}
