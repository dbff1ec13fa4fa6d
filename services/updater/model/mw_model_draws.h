/* mw_model_draws.h: draws of what is integrated out, gamma and sigma^2, and the fit of the posterior mean.
 * Internal. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_model_derive.h"

/* MW_MODEL_DRAWS particles by systematic sampling from the weights: the same ones for the same news. */
void mw_model_draw_particles(const struct mw_model *model, const double *w, uint32_t draw[MW_MODEL_DRAWS]);

/* f'gamma for a fixed f. Given theta and rho, sigma^2 ~ InvGamma(shape + n/2, scale + q/2) and
 * f'gamma | sigma^2 ~ N(f'A^-1 b, sigma^2 f'A^-1 f). */
struct mw_gamma_form {
    const struct mw_model *model;
    double *weight; /* [i_rho * n_z + k]: A^-1 f */
    double variance[MW_MODEL_RHO_MAX];
};
struct mw_gamma_draw {
    double value, sigma2;
};
MW_MUST_USE enum mw_status mw_gamma_form_take(struct mw_gamma_form *out, const struct mw_model *model,
                                              const double *f, struct mw_error *err);
struct mw_gamma_draw mw_gamma_form_draw(const struct mw_gamma_form *form, size_t particle, size_t draw);

/* All of gamma for one draw, A^-1 b + sigma L'^-1 xi; returns its sigma^2. */
double mw_gamma_draw(const struct mw_model *model, size_t particle, size_t draw, double *gamma);

/* Fills r2, the autocorrelations and rho. */
MW_MUST_USE enum mw_status mw_model_derive_fit(struct mw_model *model, const double *w,
                                               struct mw_model_fit *fit, struct mw_error *err);
