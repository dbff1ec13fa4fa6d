/* mw_model_internal.h: how a model is laid out; for the files of this folder only. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_model.h"
#include "mw_model_kernel.h"

enum {
    MW_GAPS_MAX = 64
}; /* distinct gaps between observed rows: 54 would need more than MW_MODEL_ROWS_MAX rows */

/* How an observed row looks back on the one before it, per value of rho: its error given that one has mean
 * phi e and variance v sigma^2, with phi = rho^g and v = (1 - rho^2g) / (1 - rho^2). The first row has no one
 * before it, an infinite gap: phi = 0, v = 1 / (1 - rho^2), the stationary start. */
struct mw_gap {
    size_t periods; /* g; 0 for the infinite one */
    double phi[MW_MODEL_RHO_MAX], weight[MW_MODEL_RHO_MAX] /* 1 / v */, log_v[MW_MODEL_RHO_MAX];
};

/* The data, in the layout that the kernels read. */
struct mw_rows {
    size_t n, n_obs;
    double *spend;   /* [t * n_channels + c], as given */
    double *x;       /* the same in units of m_c */
    double *outcome; /* as given, NaN where missing */
    double *y;       /* outcome / s_y, 0 where missing */
    double *z;       /* [t * n_z + k] */
    uint32_t *obs;   /* row of the j-th observation */
    uint32_t *gap;   /* which of the model's gaps lies before it */
};

/* A = Z'W'WZ + I/V by its Cholesky factor, per rho: common to all particles. Built by one rank-1 update per
 * observed row, always from row 0, so the same rows give the same bits whether they came one by one or at
 * once. */
struct mw_gram {
    double *chol[MW_MODEL_RHO_MAX];
    double log_det[MW_MODEL_RHO_MAX]; /* of A */
    double log_v[MW_MODEL_RHO_MAX];   /* sum over observations */
};

struct mw_data {
    struct mw_rows rows;
    struct mw_gram gram;
};

/* Arrays over particles; entry i of row k of a matrix is a[k * n + i]. */
struct mw_population {
    size_t n;
    double *theta;  /* row c * MW_THETA_N + coordinate */
    uint32_t *rho;  /* index of the value of rho */
    double *log_w;  /* normalised: their exponentials sum to 1 */
    double *a;      /* row c: adstock after the last row */
    double *sum_h;  /* row c: sum of h over rows */
    double *b;      /* row k: Z'W'W r for the particle's own rho */
    double *q;      /* residual sum of squares */
    double *r_last; /* residual of the last observed row, before whitening and before gamma */
    uint32_t *root; /* which particle of the prior it descends from */
};

struct mw_model {
    struct mw_arena arena;    /* everything below */
    struct mw_arena *scratch; /* borrowed, reset by every call */
    struct mw_model_spec spec;
    size_t n_z, n_rho;
    double rho[MW_MODEL_RHO_MAX];
    struct mw_gap gaps[MW_GAPS_MAX];
    size_t n_gaps;
    struct mw_data data[2]; /* one in use, the other for what a correction moves from */
    int now;                /* which */
    struct mw_population pop;
    double *step;  /* [channel]: step size of its proposals, 0 .. 1, adapted from move to move */
    double *media; /* [row]: posterior mean of the media part, refreshed by every move */
    uint64_t n_news, n_moves, n_stages;
    double acceptance, rho_acceptance; /* of the last move */
    uint64_t n_survivors;              /* distinct parents in the last resampling */
    double log_evidence;
};

/* What the particles are moved under: the posterior given `to`, or on the way there the geometric mean
 * p(from | theta)^(1 - tau) p(to | theta)^tau. */
struct mw_bridge {
    const struct mw_data *from; /* NULL once tau is 1 */
    const struct mw_data *to;
    double tau;
};

/* ---- mw_model.c ------------------------------------------------------------------------------ */

/* An empty model; NULL when memory is out. */
struct mw_model *mw_model_new(struct mw_arena *scratch);
/* All arrays, for the specification that it holds by now. */
MW_MUST_USE enum mw_status mw_model_build(struct mw_model *model, struct mw_error *err);

/* ---- mw_model_rows.c ------------------------------------------------------------------------- */

MW_MUST_USE enum mw_status mw_data_take(struct mw_data *data, struct mw_model *model, struct mw_error *err);
/* Everything of row t but its place among the observations. The row was checked before. */
void mw_rows_put(const struct mw_model *model, struct mw_rows *rows, size_t t,
                 const struct mw_model_row *row);
/* The numbers of a row; mw_row_check looks at its date and the room for it, too. */
MW_MUST_USE enum mw_status mw_row_values_check(const struct mw_model *model, const struct mw_model_row *row,
                                               struct mw_error *err);
MW_MUST_USE enum mw_status mw_row_check(const struct mw_model *model, const struct mw_model_row *row,
                                        struct mw_error *err);
MW_MUST_USE enum mw_status mw_change_check(const struct mw_model *model, const struct mw_model_change *change,
                                           struct mw_error *err);
void mw_rows_change(const struct mw_model *model, struct mw_rows *rows, const struct mw_model_change *change);
/* to = from, without its observations and Gram factors. */
void mw_rows_copy(const struct mw_model *model, const struct mw_rows *from, struct mw_rows *to);
/* Appends row t to the list of observations and to the factors. scratch: 3 n_z doubles. */
MW_MUST_USE enum mw_status mw_data_observe(struct mw_model *model, struct mw_data *data, size_t t,
                                           double *scratch, struct mw_error *err);
/* All observations from row 0. */
MW_MUST_USE enum mw_status mw_data_rebuild(struct mw_model *model, struct mw_data *data,
                                           struct mw_error *err);
void mw_gram_copy(const struct mw_model *model, const struct mw_gram *from, struct mw_gram *to);
/* Row t whitened against the last observation: z is [k], out; returns the gap. */
size_t mw_data_gap(struct mw_model *model, const struct mw_rows *rows, size_t t);
void mw_data_whitened(const struct mw_model *model, const struct mw_rows *rows, size_t t, size_t gap,
                      size_t i_rho, double *z);
void mw_design_row(const struct mw_model_spec *spec, size_t t, const double *controls, const double *events,
                   double *z);

/* ---- mw_model_evaluate.c --------------------------------------------------------------------- */

/* What log p(y | theta, rho) owes to rho and the data but not to theta: log p = constant - shape log(scale +
 * q/2). */
double mw_data_log_constant(const struct mw_model *model, const struct mw_data *data, size_t i_rho);
void mw_data_log_marginals(const struct mw_model *model, const struct mw_data *data, size_t n,
                           const uint32_t *rho, const double *q, double *out);

/* A tile: MW_L particles with all their paths for one set of data. */
struct mw_tile_data {
    const struct mw_data *data;
    double power;  /* its part in the target: tau, 1 - tau or 1 */
    double *h, *r; /* path of channel c at h + c * path_doubles */
    double *h_new, *r_new;
    double *b, *b_new; /* n_z rows over lanes */
    double *a, *sum_h; /* a row per channel */
    double a_new[MW_L], sum_h_new[MW_L];
    double q[MW_L], q_new[MW_L], log_marginal[MW_L], log_marginal_new[MW_L];
    double *phi, *weight; /* MW_GAPS_MAX rows over lanes, for the particles' rho */
};
struct mw_tile {
    const struct mw_model *model;
    size_t path_doubles;
    size_t n_data;
    struct mw_tile_data data[2]; /* the last one is where the bridge ends */
    double *u, *work;            /* shared: whitened path, n_z rows */
    double *theta;               /* row c * MW_THETA_N + coordinate over lanes */
    struct mw_lanes *lanes;      /* per channel */
    uint32_t rho[MW_L];
};

MW_MUST_USE enum mw_status mw_tile_take(struct mw_tile *tile, const struct mw_model *model,
                                        const struct mw_bridge *bridge, struct mw_error *err);
/* Everything from row 0 for the thetas and rhos in the tile. */
void mw_tile_rebuild(struct mw_tile *tile);
void mw_tile_read(struct mw_tile *tile, const struct mw_population *pop, size_t first);
/* Back into the population: theta, rho and what the last data make of them. */
void mw_tile_write(const struct mw_tile *tile, struct mw_population *pop, size_t first);
/* log_marginal and so on for the residual path r at the given rhos. */
void mw_tile_marginal(struct mw_tile *tile, struct mw_tile_data *data, const uint32_t rho[MW_L],
                      const double *r, double *b, double q[MW_L], double log_marginal[MW_L]);
/* h_new, r_new and the _new numbers of every set of data for a new theta of one channel. */
void mw_tile_propose(struct mw_tile *tile, size_t c, const struct mw_lanes *lanes);
/* The same for new rhos at the same theta. */
void mw_tile_propose_rho(struct mw_tile *tile, const uint32_t rho[MW_L]);
/* take[i] != 0: lane i goes where it was proposed. */
void mw_tile_accept(struct mw_tile *tile, size_t c, const struct mw_lanes *lanes, const double take[MW_L]);
void mw_tile_accept_rho(struct mw_tile *tile, const uint32_t rho[MW_L], const double take[MW_L]);

/* ---- mw_model_move.c ------------------------------------------------------------------------- */

struct mw_move_info {
    size_t sweeps;
    double acceptance, rho_acceptance;
};
/* Resamples by the weights and moves the particles under the bridge's target; weights are then equal.
 * log_from, n entries, gets log p(from | theta) when the bridge has a `from`. `stage` keys the random
 * numbers. */
MW_MUST_USE enum mw_status mw_population_move(struct mw_model *model, const struct mw_bridge *bridge,
                                              uint64_t stage, double *log_from, struct mw_move_info *info,
                                              struct mw_error *err);

/* ---- random keys ----------------------------------------------------------------------------- */

enum mw_purpose { MW_FOR_PRIOR = 1, MW_FOR_RESAMPLING, MW_FOR_MOVES, MW_FOR_RHO, MW_FOR_DRAWS, MW_FOR_NOISE };
/* One key per (seed, tenant, news, purpose, stage). */
uint64_t mw_model_key(const struct mw_model *model, enum mw_purpose purpose, uint64_t stage);

#define MW_NO_MEMORY(err)                                                                                    \
    MW_FAIL((err), MW_E_MEMORY, "no memory for the model's arrays; lower n_particles or rows_max")
