// SPDX-License-Identifier: Apache-2.0
#include "mw_model_kernel.h"

MW_CLONES void mw_kernel_lanes(const double *const theta[MW_THETA_N], double m_over_s_y, struct mw_lanes *out)
{
    const double *log_roi = theta[MW_LOG_ROI], *logit_alpha = theta[MW_LOGIT_ALPHA];
    const double *log_kappa = theta[MW_LOG_KAPPA], *log_n = theta[MW_LOG_N];

    for (size_t i = 0; i < MW_L; i++) {
        const double n = mw_exp(log_n[i]);
        out->alpha[i] = mw_logistic(logit_alpha[i]);
        out->n[i] = n;
        out->log_kappa[i] = log_kappa[i];
        out->beta[i] = mw_exp(log_roi[i]) * m_over_s_y * (1.0 + mw_exp(n * log_kappa[i]));
    }
}

MW_CLONES void mw_kernel_log_prior(const double *const theta[MW_THETA_N],
                                   const struct mw_model_channel *channel, double out[MW_L])
{
    const double a = channel->alpha.a, b = channel->alpha.b;
    const struct mw_model_normal roi = channel->log_roi, kappa = channel->log_kappa, n = channel->log_n;

    for (size_t i = 0; i < MW_L; i++) {
        const double d_roi = (theta[MW_LOG_ROI][i] - roi.mean) / roi.sd;
        const double d_kappa = (theta[MW_LOG_KAPPA][i] - kappa.mean) / kappa.sd;
        const double d_n = (theta[MW_LOG_N][i] - n.mean) / n.sd;
        const double logit = theta[MW_LOGIT_ALPHA][i];
        const double log1p_small = mw_log1p(mw_exp(-fabs(logit)));
        const double log_alpha = (logit < 0.0 ? logit : 0.0) - log1p_small;
        const double log_rest = (logit > 0.0 ? -logit : 0.0) - log1p_small;
        out[i] = a * log_alpha + b * log_rest - 0.5 * (d_roi * d_roi + d_kappa * d_kappa + d_n * d_n);
    }
}

MW_CLONES void mw_kernel_adstock(size_t n_rows, size_t stride, const double *restrict x,
                                 const double alpha[restrict MW_L], double *restrict path,
                                 double last[restrict MW_L])
{
    double a[MW_L] = {0}, rest[MW_L];
    for (size_t i = 0; i < MW_L; i++) {
        rest[i] = 1.0 - alpha[i];
    }
    for (size_t t = 0; t < n_rows; t++) {
        const double x_t = x[t * stride];
        for (size_t i = 0; i < MW_L; i++) {
            a[i] = alpha[i] * a[i] + rest[i] * x_t;
            path[t * MW_L + i] = a[i];
        }
    }
    for (size_t i = 0; i < MW_L; i++) {
        last[i] = a[i];
    }
}

MW_CLONES void mw_kernel_saturate(size_t n_rows, const struct mw_lanes *restrict lanes, double *restrict path,
                                  double sum[restrict MW_L])
{
    double s[MW_L] = {0};
    for (size_t t = 0; t < n_rows; t++) {
        double *restrict h = path + t * MW_L;
        for (size_t i = 0; i < MW_L; i++) {
            h[i] = mw_saturation(h[i], lanes->n[i], lanes->log_kappa[i]);
        }
        for (size_t i = 0; i < MW_L; i++) {
            s[i] += h[i];
        }
    }
    for (size_t i = 0; i < MW_L; i++) {
        sum[i] = s[i];
    }
}

MW_CLONES void mw_kernel_fill(size_t n_rows, const double *restrict y, double *restrict r)
{
    for (size_t t = 0; t < n_rows; t++) {
        for (size_t i = 0; i < MW_L; i++) {
            r[t * MW_L + i] = y[t];
        }
    }
}

MW_CLONES void mw_kernel_subtract(size_t n_rows, const double beta[restrict MW_L], const double *restrict h,
                                  double *restrict r)
{
    for (size_t t = 0; t < n_rows; t++) {
        for (size_t i = 0; i < MW_L; i++) {
            r[t * MW_L + i] -= beta[i] * h[t * MW_L + i];
        }
    }
}

MW_CLONES void mw_kernel_exchange(size_t n_rows, const double beta[restrict MW_L], const double *restrict h,
                                  const double beta_new[restrict MW_L], const double *restrict h_new,
                                  const double *restrict r, double *restrict r_new)
{
    for (size_t t = 0; t < n_rows; t++) {
        for (size_t i = 0; i < MW_L; i++) {
            const size_t at = t * MW_L + i;
            r_new[at] = r[at] + (beta[i] * h[at] - beta_new[i] * h_new[at]);
        }
    }
}

MW_CLONES void mw_kernel_take(size_t n_rows, const double take[restrict MW_L], const double *restrict from,
                              double *restrict to)
{
    for (size_t t = 0; t < n_rows; t++) {
        for (size_t i = 0; i < MW_L; i++) {
            const size_t at = t * MW_L + i;
            to[at] = take[i] != 0.0 ? from[at] : to[at];
        }
    }
}

MW_CLONES void mw_kernel_media(size_t n_rows, const double *restrict y, const double *restrict r,
                               double *restrict sum)
{
    for (size_t t = 0; t < n_rows; t++) {
        double s = 0.0;
        for (size_t i = 0; i < MW_L; i++) {
            s += y[t] - r[t * MW_L + i];
        }
        sum[t] += s;
    }
}

/* The adjoint in the same pass: e_j reaches row j with weight 1 and the row before it with -phi_j. */
MW_CLONES void mw_kernel_whiten(size_t n_obs, const uint32_t *restrict obs, const uint32_t *restrict gap,
                                const double *restrict phi, const double *restrict weight,
                                const double *restrict r, double *restrict u, double quad[restrict MW_L])
{
    double before[MW_L] = {0}, held[MW_L] = {0}, sum[MW_L] = {0};
    for (size_t j = 0; j < n_obs; j++) {
        const double *restrict r_j = r + (size_t)obs[j] * MW_L;
        const double *restrict phi_j = phi + (size_t)gap[j] * MW_L;
        const double *restrict weight_j = weight + (size_t)gap[j] * MW_L;
        double *restrict u_before = u + j * MW_L;
        for (size_t i = 0; i < MW_L; i++) {
            const double d = r_j[i] - phi_j[i] * before[i];
            const double e = d * weight_j[i];
            sum[i] += d * e;
            u_before[i] = held[i] - phi_j[i] * e;
            held[i] = e;
            before[i] = r_j[i];
        }
    }
    for (size_t i = 0; i < MW_L; i++) {
        u[n_obs * MW_L + i] = held[i];
        quad[i] = sum[i];
    }
}

enum { PROJECT_LANES = 8 }; /* 4 sums of 8 lanes fit the registers of AVX2 */

/* Columns k .. k + 3 of z against lanes 0 .. 7 of u. */
MW_INLINE void project_block(size_t n_obs, size_t n_z, const uint32_t *restrict obs, const double *restrict z,
                             const double *restrict u, double *restrict b)
{
    double s0[PROJECT_LANES] = {0}, s1[PROJECT_LANES] = {0}, s2[PROJECT_LANES] = {0}, s3[PROJECT_LANES] = {0};
    for (size_t j = 0; j < n_obs; j++) {
        const double *restrict z_j = z + (size_t)obs[j] * n_z, *restrict u_j = u + j * MW_L;
        const double z0 = z_j[0], z1 = z_j[1], z2 = z_j[2], z3 = z_j[3];
        for (size_t i = 0; i < PROJECT_LANES; i++) {
            s0[i] += z0 * u_j[i];
            s1[i] += z1 * u_j[i];
            s2[i] += z2 * u_j[i];
            s3[i] += z3 * u_j[i];
        }
    }
    for (size_t i = 0; i < PROJECT_LANES; i++) {
        b[i] = s0[i];
        b[MW_L + i] = s1[i];
        b[2 * MW_L + i] = s2[i];
        b[3 * MW_L + i] = s3[i];
    }
}

MW_INLINE void project_column(size_t n_obs, size_t n_z, const uint32_t *restrict obs,
                              const double *restrict z, const double *restrict u, double *restrict b)
{
    double s[PROJECT_LANES] = {0};
    for (size_t j = 0; j < n_obs; j++) {
        const double z_j = z[(size_t)obs[j] * n_z];
        for (size_t i = 0; i < PROJECT_LANES; i++) {
            s[i] += z_j * u[j * MW_L + i];
        }
    }
    for (size_t i = 0; i < PROJECT_LANES; i++) {
        b[i] = s[i];
    }
}

MW_CLONES void mw_kernel_project(size_t n_obs, size_t n_z, const uint32_t *restrict obs,
                                 const double *restrict z, const double *restrict u, double *restrict b)
{
    for (size_t lane = 0; lane < MW_L; lane += PROJECT_LANES) {
        const double *restrict from = u + MW_L + lane; /* u[j + 1] */
        size_t k = 0;
        for (; k + 4 <= n_z; k += 4) {
            project_block(n_obs, n_z, obs, z + k, from, b + k * MW_L + lane);
        }
        for (; k < n_z; k++) {
            project_column(n_obs, n_z, obs, z + k, from, b + k * MW_L + lane);
        }
    }
}

MW_CLONES void mw_kernel_quadratic(size_t n_z, const double *restrict chol, const double *restrict b,
                                   double *restrict work, double sum[restrict MW_L])
{
    double total[MW_L] = {0};
    for (size_t k = 0; k < n_z; k++) {
        const double *restrict row = chol + k * n_z;
        double v[MW_L];
        for (size_t i = 0; i < MW_L; i++) {
            v[i] = b[k * MW_L + i];
        }
        for (size_t j = 0; j < k; j++) {
            for (size_t i = 0; i < MW_L; i++) {
                v[i] -= row[j] * work[j * MW_L + i];
            }
        }
        const double pivot = 1.0 / row[k];
        for (size_t i = 0; i < MW_L; i++) {
            v[i] *= pivot;
            work[k * MW_L + i] = v[i];
            total[i] += v[i] * v[i];
        }
    }
    for (size_t i = 0; i < MW_L; i++) {
        sum[i] = total[i];
    }
}

MW_CLONES void mw_kernel_advance(size_t n, double x, double m_over_s_y, const double *const theta[MW_THETA_N],
                                 double *restrict a, double *restrict sum_h, double *restrict media)
{
    const double *restrict log_roi = theta[MW_LOG_ROI], *restrict logit_alpha = theta[MW_LOGIT_ALPHA];
    const double *restrict log_kappa = theta[MW_LOG_KAPPA], *restrict log_n = theta[MW_LOG_N];

    for (size_t i = 0; i < n; i++) {
        const double alpha = mw_logistic(logit_alpha[i]), power = mw_exp(log_n[i]);
        const double beta = mw_exp(log_roi[i]) * m_over_s_y * (1.0 + mw_exp(power * log_kappa[i]));
        a[i] = alpha * a[i] + (1.0 - alpha) * x;
        const double h = mw_saturation(a[i], power, log_kappa[i]);
        sum_h[i] += h;
        media[i] += beta * h;
    }
}

MW_CLONES void mw_kernel_assimilate(size_t n, const struct mw_kernel_row *row, const uint32_t *restrict rho,
                                    const double *restrict r, double *restrict r_last, double *restrict b,
                                    double *restrict q, double *restrict e)
{
    for (size_t i = 0; i < n; i++) {
        e[i] = (r[i] - row->phi[rho[i]] * r_last[i]) * row->root_weight[rho[i]];
        r_last[i] = e[i]; /* the whitened residual, until the last loop */
    }
    for (size_t k = 0; k < row->n_z; k++) {
        const double *restrict z = row->z + k * row->n_rho, *restrict s = row->s + k * row->n_rho;
        double *restrict b_k = b + k * n;
        for (size_t i = 0; i < n; i++) {
            e[i] -= s[rho[i]] * b_k[i];
            b_k[i] += z[rho[i]] * r_last[i];
        }
    }
    for (size_t i = 0; i < n; i++) {
        q[i] += e[i] * e[i] / (1.0 + row->f[rho[i]]);
        r_last[i] = r[i];
    }
}

MW_CLONES void mw_kernel_normals(size_t n, double *restrict u1, double *restrict u2)
{
    for (size_t i = 0; i < n; i++) {
        const double radius = sqrt(-2.0 * mw_log(u1[i])), angle = 2.0 * MW_PI * u2[i];
        u1[i] = radius * mw_cos(angle);
        u2[i] = radius * mw_sin(angle);
    }
}
