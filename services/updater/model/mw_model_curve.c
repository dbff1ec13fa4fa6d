/* mw_model_curve.c: response curves, marginal ROAS and saturation of one channel, draw by draw.
 *
 * In the window the adstock is a_t = base_t + s w_t: what was spent before decays, what is spent at multiple
 * s of the window's flighting comes on top. After the window nothing is spent and with v_j = (a_j / kappa)^n,
 * h = v / (1 + v) and v_j+1 = v_j alpha^n: no exponential is needed. The tail ends when alpha^(n j) is below
 * 1e-6 in every draw. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_model_curve.h"
#include "mw_model_kernel.h"

enum { D = MW_MODEL_DRAWS };
static const double tail_cut = 1e-6;

MW_CLONES void mw_curve_parameters(double m_over_s_y, double s_y, struct mw_curve_draws *draws)
{
    for (size_t i = 0; i < D; i++) {
        const double n = mw_exp(draws->theta[MW_LOG_N][i]), log_kappa = draws->theta[MW_LOG_KAPPA][i];
        const double alpha = mw_logistic(draws->theta[MW_LOGIT_ALPHA][i]);
        draws->n[i] = n;
        draws->alpha[i] = alpha;
        draws->decay[i] = mw_exp(n * mw_log(alpha));
        draws->gain[i] =
            s_y * mw_exp(draws->theta[MW_LOG_ROI][i]) * m_over_s_y * (1.0 + mw_exp(n * log_kappa));
    }
}

/* Adstock after n_rows rows of x. */
MW_CLONES static void carry(size_t n_rows, size_t stride, const double *restrict x,
                            const double *restrict alpha, double *restrict a)
{
    for (size_t i = 0; i < D; i++) {
        a[i] = 0.0;
    }
    for (size_t t = 0; t < n_rows; t++) {
        const double x_t = x[t * stride];
        for (size_t i = 0; i < D; i++) {
            a[i] = alpha[i] * a[i] + (1.0 - alpha[i]) * x_t;
        }
    }
}

MW_CLONES static void window_paths(size_t n_rows, const double *restrict x, const double *restrict alpha,
                                   const double *restrict before, double *restrict base,
                                   double *restrict unit)
{
    for (size_t t = 0; t < n_rows; t++) {
        const double *restrict b = t == 0 ? before : base + (t - 1) * D;
        for (size_t i = 0; i < D; i++) {
            base[t * D + i] = alpha[i] * b[i];
            unit[t * D + i] = (t == 0 ? 0.0 : alpha[i] * unit[(t - 1) * D + i]) + (1.0 - alpha[i]) * x[t];
        }
    }
}

void mw_curve_window(const struct mw_curve_window *window, struct mw_curve_draws *draws)
{
    carry(window->n_before, window->stride, window->before, draws->alpha, draws->v);
    window_paths(window->n_rows, window->x, draws->alpha, draws->v, draws->base, draws->unit);
}

/* Sum over the window of h at multiple s. */
MW_CLONES static void window_sum(size_t n_rows, double s, const struct mw_curve_draws *draws,
                                 double *restrict sum)
{
    const double *restrict n = draws->n, *restrict log_kappa = draws->theta[MW_LOG_KAPPA];
    for (size_t t = 0; t < n_rows; t++) {
        const double *restrict base = draws->base + t * D, *restrict unit = draws->unit + t * D;
        for (size_t i = 0; i < D; i++) {
            sum[i] += mw_saturation(base[i] + s * unit[i], n[i], log_kappa[i]);
        }
    }
}

/* And of its derivative by s: dh/ds = h (1 - h) n unit / a. At a = 0 nothing was spent or is: left out. */
MW_CLONES static void window_slope(size_t n_rows, double s, const struct mw_curve_draws *draws,
                                   double *restrict sum, double *restrict slope)
{
    const double *restrict n = draws->n, *restrict log_kappa = draws->theta[MW_LOG_KAPPA];
    for (size_t t = 0; t < n_rows; t++) {
        const double *restrict base = draws->base + t * D, *restrict unit = draws->unit + t * D;
        for (size_t i = 0; i < D; i++) {
            const double a = base[i] + s * unit[i];
            const double h = mw_saturation(a, n[i], log_kappa[i]);
            sum[i] += h;
            slope[i] += a > 0.0 ? h * (1.0 - h) * n[i] * unit[i] / a : 0.0;
        }
    }
}

/* Where the tail starts: v = (a / kappa)^n after the window, lift = n unit / a. */
MW_CLONES static void tail_start(size_t last, double s, struct mw_curve_draws *draws)
{
    const double *restrict n = draws->n, *restrict log_kappa = draws->theta[MW_LOG_KAPPA];
    const double *restrict base = draws->base + last * D, *restrict unit = draws->unit + last * D;
    for (size_t i = 0; i < D; i++) {
        const double a = base[i] + s * unit[i];
        const double v = mw_exp(n[i] * (mw_log(a) - log_kappa[i]));
        draws->v[i] = v < 1e300 ? v : 1e300;
        draws->lift[i] = a > 0.0 ? n[i] * unit[i] / a : 0.0;
    }
}

/* One row after the window. */
MW_CLONES static void tail_sum(const double *restrict decay, double *restrict v, double *restrict sum)
{
    for (size_t i = 0; i < D; i++) {
        v[i] *= decay[i];
        sum[i] += v[i] / (1.0 + v[i]);
    }
}

MW_CLONES static void tail_slope(const double *restrict decay, const double *restrict lift,
                                 double *restrict v, double *restrict sum, double *restrict slope)
{
    for (size_t i = 0; i < D; i++) {
        v[i] *= decay[i];
        const double rest = 1.0 / (1.0 + v[i]), h = v[i] * rest;
        sum[i] += h;
        slope[i] += h * rest * lift[i];
    }
}

size_t mw_curve_tail_rows(const struct mw_curve_draws *draws, size_t most)
{
    double slowest = 0.0, left = 1.0;
    size_t n = 0;
    for (size_t i = 0; i < D; i++) {
        slowest = draws->decay[i] > slowest ? draws->decay[i] : slowest;
    }
    for (; n < most && left >= tail_cut; n++) {
        left *= slowest;
    }
    return n;
}

void mw_curve_response(const struct mw_curve_window *window, double s, struct mw_curve_draws *draws,
                       double *sum)
{
    memset(sum, 0, D * sizeof(double));
    window_sum(window->n_rows, s, draws, sum);
    tail_start(window->n_rows - 1, s, draws);
    for (size_t j = 0; j < window->n_tail; j++) {
        tail_sum(draws->decay, draws->v, sum);
    }
}

void mw_curve_response_slope(const struct mw_curve_window *window, double s, struct mw_curve_draws *draws,
                             double *sum, double *slope)
{
    memset(sum, 0, D * sizeof(double));
    memset(slope, 0, D * sizeof(double));
    window_slope(window->n_rows, s, draws, sum, slope);
    tail_start(window->n_rows - 1, s, draws);
    for (size_t j = 0; j < window->n_tail; j++) {
        tail_slope(draws->decay, draws->lift, draws->v, sum, slope);
    }
}

/* The slope between two points of the curve is the quadratic that has the slopes at both ends and the right
 * mean (the derivative of the cubic Hermite interpolant): where it falls to the floor, as a fraction of the
 * way. */
static double crossing(double slope_low, double slope_high, double mean, double floor)
{
    const double c = slope_low - floor;
    const double b = -4.0 * slope_low - 2.0 * slope_high + 6.0 * mean;
    const double a = 3.0 * (slope_low + slope_high) - 6.0 * mean;
    const double discriminant = b * b - 4.0 * a * c;
    const double root = sqrt(discriminant > 0.0 ? discriminant : 0.0);
    /* c >= 0 > value at 1, so exactly one root lies in [0, 1]: the one with the falling slope. */
    const double u = b <= 0.0 ? 2.0 * c / (-b + root) : (-b - root) / (2.0 * a);
    return u > 0.0 ? (u < 1.0 ? u : 1.0) : 0.0;
}

double mw_curve_saturation(size_t n, const double *spend, const double *response, const double *slope,
                           size_t stride, double floor)
{
    size_t g = n - 1;
    if (slope[g * stride] >= floor) {
        return spend[g];
    }
    while (g > 1 && slope[(g - 1) * stride] < floor) {
        g--;
    }
    const double width = spend[g] - spend[g - 1];
    const double mean = (response[g * stride] - response[(g - 1) * stride]) / width;
    if (g > 1) {
        return spend[g - 1] + width * crossing(slope[(g - 1) * stride], slope[g * stride], mean, floor);
    }
    /* Below the first point the slope at 0 may be infinite: a straight line with the right mean. */
    const double at_zero = 2.0 * mean - slope[stride];
    return mean < floor ? 0.0 : width * (at_zero - floor) / (at_zero - slope[stride]);
}
