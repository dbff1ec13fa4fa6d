/* mw_model_kernel.h: the loops that take the time, over MW_MODEL_LANES particles side by side.
 *
 * An array "over lanes" holds L = MW_MODEL_LANES doubles, one per particle; a "path" holds them row after
 * row, path[t * L + i]. No branches on data, no allocation, sums in row order: every vector width gives the
 * same bits. Arguments that are written never alias the others. A tile of L particles keeps its paths in the
 * second level cache, which a pass over the whole population at once would not. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_math.h"
#include "mw_model_spec.h"

enum { MW_L = MW_MODEL_LANES };

/* a^n / (a^n + kappa^n) = 1 / (1 + e^(n (log kappa - log a))) for finite a >= 0; 0 at a = 0. Most of the time
 * of a model is spent here, so its logarithm and its exponential are those of mw_math.h without what cannot
 * occur: denormals (2e-308 of the mean spend counts as that), infinities, results beyond e^700. Error of some
 * ulp of n. */
MW_INLINE double mw_saturation(double a, double n, double log_kappa)
{
    const uint64_t sqrt_half = UINT64_C(0x3fe6a09e667f3bcd), one = UINT64_C(0x3ff0000000000000);
    const uint64_t bits = mw_bits_of(a) + (one - sqrt_half);
    const double exponent = mw_from_bits((bits >> 52) | UINT64_C(0x4330000000000000)) - (0x1p52 + 1023.0);
    const double f = mw_from_bits((bits & UINT64_C(0x000fffffffffffff)) + sqrt_half) - 1.0;
    const double x = n * (log_kappa - mw_log_sum(exponent, f, 0.0));
    const double capped = x > 700.0 ? 700.0 : x;
    const double bounded = capped < -700.0 ? -700.0 : capped;
    const double magic = bounded * 0x1.71547652b82fep+0 /* 1 / ln 2 */ + MW_ROUND_MAGIC;
    const double k = magic - MW_ROUND_MAGIC;
    const double r = (bounded - k * MW_LN2_HI) - k * MW_LN2_LO;
    const double power = mw_from_bits((mw_bits_of(magic) + 1023) << 52); /* 2^k */
    const double e = (1.0 + (r + r * r * mw_exp_tail(r))) * power;
    return a > 0.0 ? 1.0 / (1.0 + e) : 0.0;
}

/* One channel's parameters as the recursions want them. */
struct mw_lanes {
    double alpha[MW_L], n[MW_L], log_kappa[MW_L], beta[MW_L];
};

/* theta[j]: coordinate j over lanes; beta = ROI m / (s_y h(1)). */
void mw_kernel_lanes(const double *const theta[MW_THETA_N], double m_over_s_y, struct mw_lanes *out);

/* log p(theta_c) less its constant; inv_sd etc. from the channel. */
void mw_kernel_log_prior(const double *const theta[MW_THETA_N], const struct mw_model_channel *channel,
                         double out[MW_L]);

/* path = adstock of x (every `stride`-th entry) from a zero start; last = its final row. */
void mw_kernel_adstock(size_t n_rows, size_t stride, const double *x, const double alpha[MW_L], double *path,
                       double last[MW_L]);
/* path: adstock in, saturated out; sum = its sum over rows. */
void mw_kernel_saturate(size_t n_rows, const struct mw_lanes *lanes, double *path, double sum[MW_L]);
/* r = y in every lane. */
void mw_kernel_fill(size_t n_rows, const double *y, double *r);
/* r -= beta h */
void mw_kernel_subtract(size_t n_rows, const double beta[MW_L], const double *h, double *r);
/* r_new = r + beta h - beta_new h_new */
void mw_kernel_exchange(size_t n_rows, const double beta[MW_L], const double *h, const double beta_new[MW_L],
                        const double *h_new, const double *r, double *r_new);
/* to = from where take[i] != 0 */
void mw_kernel_take(size_t n_rows, const double take[MW_L], const double *from, double *to);
/* sum[t] += y_t - r over lanes: the media part. */
void mw_kernel_media(size_t n_rows, const double *y, const double *r, double *sum);

/* W'W r at the observed rows, where W whitens AR(1) errors: e_j = (r_j - phi_j r_j-1) / sqrt(v_j). Row j
 * looks back over gap[j]; phi and weight = 1/v are tables over lanes, one entry per distinct gap. u has n_obs
 * + 1 rows, the first unused. quad = r'W'W r. */
void mw_kernel_whiten(size_t n_obs, const uint32_t *obs, const uint32_t *gap, const double *phi,
                      const double *weight, const double *r, double *u, double quad[MW_L]);
/* b[k] = sum_j z[obs_j][k] u[j + 1] over lanes, k = 0 .. n_z - 1. */
void mw_kernel_project(size_t n_obs, size_t n_z, const uint32_t *obs, const double *z, const double *u,
                       double *b);
/* sum = |chol^-1 b|^2 over lanes; work has n_z rows. chol: row-major lower triangle. */
void mw_kernel_quadratic(size_t n_z, const double *chol, const double *b, double *work, double sum[MW_L]);

/* ---- one new row, over the whole population -------------------------------------------------- */

/* Advances a and sum_h of one channel by a row and adds beta h to media; all arrays have n entries. */
void mw_kernel_advance(size_t n, double x, double m_over_s_y, const double *const theta[MW_THETA_N],
                       double *a, double *sum_h, double *media);

/* The row as each rho sees it: entry [k * n_rho + i] of z (whitened) and s = (Z'Z + I/V)^-1 z, and per rho.
 */
struct mw_kernel_row {
    size_t n_z, n_rho;
    const double *z, *s;
    double f[MW_MODEL_RHO_MAX], phi[MW_MODEL_RHO_MAX], root_weight[MW_MODEL_RHO_MAX];
};
/* b and q take the row in: r = y - media is the residual, r_last the one before it (replaced by r). e is
 * work. */
void mw_kernel_assimilate(size_t n, const struct mw_kernel_row *row, const uint32_t *rho, const double *r,
                          double *r_last, double *b, double *q, double *e);

/* Pairs of uniforms become pairs of standard normals in place (Box & Muller 1958). */
void mw_kernel_normals(size_t n, double *u1, double *u2);
