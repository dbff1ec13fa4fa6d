/* mw_model_spec.h: what one model is: its grid, channels, priors, frozen scales and the columns of its
 * baseline.
 *
 * Legend (DESIGN 4; exact definitions in the reference's README and in README.md here):
 *   a_ct = alpha_c a_c,t-1 + (1 - alpha_c) x_ct / m_c            adstock
 *   h_ct = a_ct^n_c / (a_ct^n_c + kappa_c^n_c)                    saturation
 *   y_t / s_y = z_t' gamma + sum_c beta_c h_ct + e_t,   e_t = rho e_t-1 + N(0, sigma^2)
 *   theta_c = (log ROI_c, logit alpha_c, log kappa_c, log n_c),   beta_c = ROI_c m_c / (s_y h_c(1))
 *   gamma | sigma^2 ~ N(0, sigma^2 V I),   sigma^2 ~ InvGamma(shape, scale)
 *
 * Nothing that arrives later moves the meaning of a parameter: the scales m_c, s_y and the constants of the
 * controls are part of the specification. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_bytes.h"
#include "mw_time.h"

enum {
    MW_MODEL_ROWS_MAX = 1500,
    MW_MODEL_CHANNELS_MAX = 64,
    MW_MODEL_Z_MAX = 400,
    MW_MODEL_PARTICLES_MAX = 1 << 16,
    MW_MODEL_YEARLY_MAX = 3, /* Fourier pairs */
    MW_MODEL_RHO_MAX = 6,    /* values that a free rho may take */
    MW_MODEL_LANES = 16,     /* particles that move together; the population is a multiple of it */
    MW_MODEL_NAME_BYTES = 80,
};

enum mw_model_grid { MW_MODEL_DAILY, MW_MODEL_WEEKLY };

/* The coordinates of theta_c, in this order wherever they are stored. */
enum mw_model_coordinate { MW_LOG_ROI, MW_LOGIT_ALPHA, MW_LOG_KAPPA, MW_LOG_N, MW_THETA_N };

struct mw_model_normal {
    double mean, sd;
};
struct mw_model_beta {
    double a, b;
};

struct mw_model_channel {
    struct mw_span name;
    double m; /* mean of the non-zero spend, frozen; units of spend per period */
    struct mw_model_normal log_roi;
    struct mw_model_beta alpha;
    struct mw_model_normal log_kappa, log_n;
};

struct mw_model_control {
    struct mw_span name;
    double mean, sd; /* frozen */
};

/* Spans and arrays are borrowed; mw_model_open copies what it keeps. */
struct mw_model_spec {
    struct mw_span tenant; /* part of every random key */
    uint64_t seed;
    enum mw_model_grid grid;
    mw_date first; /* date of row 0; a weekly grid starts its weeks on this weekday */
    double s_y;    /* mean outcome, frozen */
    const struct mw_model_channel *channels;
    size_t n_channels;
    bool trend;          /* t / P, P = 365.25 days or 52 weeks */
    size_t yearly_pairs; /* sin and cos of 2 pi k d / 365.25, d = days from 2000-01-01 */
    bool weekdays;       /* Tuesday .. Sunday against Monday; daily grids only */
    const struct mw_model_control *controls;
    size_t n_controls;
    const struct mw_span *events; /* names of 0/1 columns */
    size_t n_events;
    double gamma_variance; /* V */
    double sigma2_shape, sigma2_scale;
    double rho; /* 0 <= rho < 1 fixes the autocorrelation of the errors; NaN: free on mw_model_rho_grid */
    size_t n_particles; /* a multiple of MW_MODEL_LANES */
    size_t rows_max;
};

/* {0, 0.2, 0.4, 0.6, 0.8, 0.95}, equally likely a priori. */
extern const double mw_model_rho_grid[MW_MODEL_RHO_MAX];

/* The defaults of DESIGN 4 for all that is not the tenant's own: baseline columns, priors of gamma and
 * sigma^2, rho free, 1024 particles, seed 1. */
struct mw_model_spec mw_model_spec_default(void);
/* The default priors of a channel; brand: television, print, out-of-home and their like. */
struct mw_model_channel mw_model_channel_default(struct mw_span name, double m, bool is_brand);

/* MW_E_DATA naming the field, its value and what it may be; MW_E_FULL when a limit above is passed. */
MW_MUST_USE enum mw_status mw_model_spec_check(const struct mw_model_spec *spec, struct mw_error *err);

/* Columns of z, and the name of column k ("trend", "cos2", "dow_sun", a control, an event). */
size_t mw_model_spec_n_z(const struct mw_model_spec *spec);
void mw_model_spec_z_name(const struct mw_model_spec *spec, size_t k, char out[MW_MODEL_NAME_BYTES]);
/* Days from one row to the next. */
int mw_model_spec_step_days(const struct mw_model_spec *spec);
/* Rows of a tail and of the recent window: 182 and 28 days, or 26 and 4 weeks. */
size_t mw_model_spec_tail_rows(const struct mw_model_spec *spec);
size_t mw_model_spec_window_rows(const struct mw_model_spec *spec);

/* Values that rho may take, and their number: the grid, or the one it is fixed to. */
size_t mw_model_spec_rhos(const struct mw_model_spec *spec, double rho[MW_MODEL_RHO_MAX]);

/* log p(theta_c) in the coordinates of theta, the Jacobian of alpha included. */
double mw_model_channel_log_prior(const struct mw_model_channel *channel, const double theta[MW_THETA_N]);
/* Prior standard deviation of a coordinate, exact (for logit alpha by trigamma). */
double mw_model_channel_prior_sd(const struct mw_model_channel *channel, enum mw_model_coordinate coordinate);

void mw_model_spec_save(const struct mw_model_spec *spec, struct mw_writer *out);
/* Texts and arrays go to the arena. MW_E_DATA for a damaged one, MW_E_MEMORY. */
struct mw_arena;
MW_MUST_USE enum mw_status mw_model_spec_load(struct mw_model_spec *spec, struct mw_arena *arena,
                                              struct mw_reader *in, struct mw_error *err);
