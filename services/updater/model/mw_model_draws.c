// SPDX-License-Identifier: Apache-2.0
#include "mw_model_draws.h"
#include "mw_dist.h"
#include "mw_la.h"
#include "mw_model_internal.h"

/* Kitagawa's systematic scheme, as in resampling, for fewer draws than particles. */
void mw_model_draw_particles(const struct mw_model *model, const double *w, uint32_t draw[MW_MODEL_DRAWS])
{
    struct mw_rng rng = {.key = mw_model_key(model, MW_FOR_DRAWS, 0)};
    const double offset = mw_rng_uniform(&rng);
    double below = 0.0;
    size_t i = 0;

    for (size_t k = 0; k < MW_MODEL_DRAWS; k++) {
        const double at = ((double)k + offset) / MW_MODEL_DRAWS;
        while (i + 1 < model->pop.n && below + w[i] <= at) {
            below += w[i++];
        }
        draw[k] = (uint32_t)i;
    }
}

static double draw_sigma2(const struct mw_model *model, size_t particle, struct mw_rng *rng)
{
    const double shape = model->spec.sigma2_shape + 0.5 * (double)mw_model_observations(model);
    const double scale = model->spec.sigma2_scale + 0.5 * model->pop.q[particle];
    return mw_draw_inverse_gamma(rng, mw_inverse_gamma(shape, scale));
}

enum mw_status mw_gamma_form_take(struct mw_gamma_form *out, const struct mw_model *model, const double *f,
                                  struct mw_error *err)
{
    const size_t n_z = model->n_z;
    const struct mw_gram *gram = &model->data[model->now].gram;

    *out = (struct mw_gamma_form){.model = model,
                                  .weight = mw_new_array(model->scratch, double, n_z * model->n_rho)};
    if (out->weight == NULL) {
        return MW_NO_MEMORY(err);
    }
    for (size_t i = 0; i < model->n_rho; i++) {
        double *weight = out->weight + i * n_z;
        memcpy(weight, f, n_z * sizeof(double));
        mw_la_forward(n_z, gram->chol[i], weight);
        mw_la_backward(n_z, gram->chol[i], weight);
        for (size_t k = 0; k < n_z; k++) {
            out->variance[i] += f[k] * weight[k];
        }
    }
    return MW_OK;
}

struct mw_gamma_draw mw_gamma_form_draw(const struct mw_gamma_form *form, size_t particle, size_t draw)
{
    const struct mw_model *model = form->model;
    const struct mw_population *pop = &model->pop;
    const uint32_t i_rho = pop->rho[particle];
    const double *weight = form->weight + i_rho * model->n_z;
    struct mw_rng rng = {.key = mw_model_key(model, MW_FOR_NOISE, 0), .stream = draw};
    double mean = 0.0;

    for (size_t k = 0; k < model->n_z; k++) {
        mean += weight[k] * pop->b[k * pop->n + particle];
    }
    const double sigma2 = draw_sigma2(model, particle, &rng);
    return (struct mw_gamma_draw){
        .value = mean + sqrt(sigma2 * form->variance[i_rho]) * mw_draw_normal(&rng),
        .sigma2 = sigma2,
    };
}

double mw_gamma_draw(const struct mw_model *model, size_t particle, size_t draw, double *gamma)
{
    const struct mw_population *pop = &model->pop;
    const double *chol = model->data[model->now].gram.chol[pop->rho[particle]];
    struct mw_rng rng = {.key = mw_model_key(model, MW_FOR_NOISE, 1), .stream = draw};
    const double sigma2 = draw_sigma2(model, particle, &rng);

    for (size_t k = 0; k < model->n_z; k++) {
        gamma[k] = pop->b[k * pop->n + particle];
    }
    mw_la_forward(model->n_z, chol, gamma);
    for (size_t k = 0; k < model->n_z; k++) {
        gamma[k] += sqrt(sigma2) * mw_draw_normal(&rng);
    }
    mw_la_backward(model->n_z, chol, gamma);
    return sigma2;
}

/* ---- fit ------------------------------------------------------------------------------------- */

/* E[gamma] = sum over rho of A^-1 E[b; rho]: b is linear in what it is averaged over. */
static void mean_gamma(const struct mw_model *model, const double *w, double *b, double *gamma)
{
    const struct mw_population *pop = &model->pop;
    const size_t n_z = model->n_z;

    memset(gamma, 0, n_z * sizeof(double));
    for (uint32_t i_rho = 0; i_rho < model->n_rho; i_rho++) {
        for (size_t k = 0; k < n_z; k++) {
            b[k] = 0.0;
            for (size_t i = 0; i < pop->n; i++) {
                b[k] += pop->rho[i] == i_rho ? w[i] * pop->b[k * pop->n + i] : 0.0;
            }
        }
        mw_la_forward(n_z, model->data[model->now].gram.chol[i_rho], b);
        mw_la_backward(n_z, model->data[model->now].gram.chol[i_rho], b);
        for (size_t k = 0; k < n_z; k++) {
            gamma[k] += b[k];
        }
    }
}

/* Observed rows less the posterior mean: media as of the last move and the days since, baseline as of now. */
static void residuals(const struct mw_model *model, const double *gamma, double *out)
{
    const struct mw_rows *rows = &model->data[model->now].rows;
    for (size_t j = 0; j < rows->n_obs; j++) {
        const size_t t = rows->obs[j];
        double fit = model->media[t];
        for (size_t k = 0; k < model->n_z; k++) {
            fit += rows->z[t * model->n_z + k] * gamma[k];
        }
        out[j] = rows->y[t] - fit;
    }
}

static double r_squared(const struct mw_rows *rows, const double *residual)
{
    double mean = 0.0, error = 0.0, total = 0.0;
    for (size_t j = 0; j < rows->n_obs; j++) {
        mean += rows->y[rows->obs[j]] / (double)rows->n_obs;
    }
    for (size_t j = 0; j < rows->n_obs; j++) {
        const double deviation = rows->y[rows->obs[j]] - mean;
        error += residual[j] * residual[j];
        total += deviation * deviation;
    }
    return total > 0.0 ? 1.0 - error / total : 0.0;
}

/* NaN (no variation, or one row) is 0: nothing speaks for dependence. */
static double autocorrelation(size_t n, const double *x)
{
    const double r = n < 3 ? 0.0 : mw_autocorrelation1(n, x);
    return r == r ? r : 0.0;
}

enum mw_status mw_model_derive_fit(struct mw_model *model, const double *w, struct mw_model_fit *fit,
                                   struct mw_error *err)
{
    const struct mw_rows *rows = &model->data[model->now].rows;
    double *gamma = mw_new_array(model->scratch, double, 2 * model->n_z);
    double *residual = mw_new_array(model->scratch, double, 2 * rows->n);

    if (gamma == NULL || residual == NULL) {
        return MW_NO_MEMORY(err);
    }
    mean_gamma(model, w, gamma + model->n_z, gamma);
    residuals(model, gamma, residual);
    fit->rho = 0.0;
    for (size_t i = 0; i < model->pop.n; i++) {
        fit->rho += w[i] * model->rho[model->pop.rho[i]];
    }
    double *innovation = residual + rows->n;
    for (size_t j = 1; j < rows->n_obs; j++) {
        innovation[j - 1] = residual[j] - fit->rho * residual[j - 1];
    }
    fit->r2 = r_squared(rows, residual);
    fit->residual_autocorrelation = autocorrelation(rows->n_obs, residual);
    fit->innovation_autocorrelation = autocorrelation(rows->n_obs - 1, innovation);
    return MW_OK;
}
