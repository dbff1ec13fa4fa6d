/* mw_model_evaluate.c: what the data say about a theta: adstock, saturation, residual, whitening, projection
 * on the baseline, for a tile of particles at a time.
 *
 * With v = y / s_y - sum_c beta_c h_c, W the whitening of AR(1) errors and A = Z'W'WZ + I/V,
 *   q = v'W'W v - b' A^-1 b,   b = Z'W'W v
 *   log p(y / s_y | theta, rho) = -n/2 log 2 pi - (p log V + log det A + sum log v_j) / 2
 *       + shape log scale - lgamma(shape) + lgamma(shape + n/2) - (shape + n/2) log(scale + q/2)
 * (O'Hagan & Forster, Bayesian Inference, 2004, chapter 11). W'W v is made by the adjoint filter, so that the
 * dear product has the same Z for every particle, whatever its rho. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_math.h"
#include "mw_model_internal.h"

double mw_data_log_constant(const struct mw_model *model, const struct mw_data *data, size_t i_rho)
{
    const struct mw_model_spec *spec = &model->spec;
    const double half_n = 0.5 * (double)data->rows.n_obs, shape = spec->sigma2_shape;
    const double log_det = (double)model->n_z * mw_log(spec->gamma_variance) + data->gram.log_det[i_rho];

    return -half_n * MW_LN_2PI - 0.5 * (log_det + data->gram.log_v[i_rho]) +
           shape * mw_log(spec->sigma2_scale) - mw_lgamma(shape) + mw_lgamma(shape + half_n);
}

void mw_data_log_marginals(const struct mw_model *model, const struct mw_data *data, size_t n,
                           const uint32_t *rho, const double *q, double *out)
{
    const double shape = model->spec.sigma2_shape + 0.5 * (double)data->rows.n_obs;
    double constant[MW_MODEL_RHO_MAX];

    for (size_t i = 0; i < model->n_rho; i++) {
        constant[i] = mw_data_log_constant(model, data, i);
    }
    for (size_t i = 0; i < n; i++) {
        out[i] = constant[rho[i]] - shape * mw_log(model->spec.sigma2_scale + 0.5 * q[i]);
    }
}

/* ---- memory ---------------------------------------------------------------------------------- */

static bool take_data(struct mw_tile *tile, struct mw_tile_data *data, struct mw_arena *arena)
{
    const size_t n_channels = tile->model->spec.n_channels, path = tile->path_doubles;
    const size_t columns = tile->model->n_z * MW_L;

    data->h = mw_new_array(arena, double, n_channels *path);
    data->r = mw_new_array(arena, double, path);
    data->h_new = mw_new_array(arena, double, path);
    data->r_new = mw_new_array(arena, double, path);
    data->b = mw_new_array(arena, double, columns);
    data->b_new = mw_new_array(arena, double, columns);
    data->a = mw_new_array(arena, double, n_channels *MW_L);
    data->sum_h = mw_new_array(arena, double, n_channels *MW_L);
    data->phi = mw_new_array(arena, double, MW_GAPS_MAX *MW_L);
    data->weight = mw_new_array(arena, double, MW_GAPS_MAX *MW_L);
    return data->h != NULL && data->r != NULL && data->h_new != NULL && data->r_new != NULL &&
           data->b != NULL && data->b_new != NULL && data->a != NULL && data->sum_h != NULL &&
           data->phi != NULL && data->weight != NULL;
}

enum mw_status mw_tile_take(struct mw_tile *tile, const struct mw_model *model,
                            const struct mw_bridge *bridge, struct mw_error *err)
{
    struct mw_arena *arena = model->scratch;
    const size_t n_channels = model->spec.n_channels;
    bool ok = true;

    *tile = (struct mw_tile){.model = model, .path_doubles = (bridge->to->rows.n + 1) * MW_L};
    if (bridge->from != NULL) {
        tile->data[tile->n_data++] = (struct mw_tile_data){.data = bridge->from, .power = 1.0 - bridge->tau};
    }
    tile->data[tile->n_data++] = (struct mw_tile_data){.data = bridge->to, .power = bridge->tau};
    for (size_t d = 0; d < tile->n_data; d++) {
        ok = take_data(tile, &tile->data[d], arena) && ok;
    }
    tile->u = mw_new_array(arena, double, tile->path_doubles);
    tile->work = mw_new_array(arena, double, model->n_z *MW_L);
    tile->theta = mw_new_array(arena, double, n_channels *MW_THETA_N *MW_L);
    tile->lanes = mw_new_array(arena, struct mw_lanes, n_channels);
    if (!ok || tile->u == NULL || tile->work == NULL || tile->theta == NULL || tile->lanes == NULL) {
        return MW_NO_MEMORY(err);
    }
    return MW_OK;
}

void mw_tile_read(struct mw_tile *tile, const struct mw_population *pop, size_t first)
{
    const size_t n_theta = tile->model->spec.n_channels * MW_THETA_N;
    for (size_t k = 0; k < n_theta; k++) {
        memcpy(tile->theta + k * MW_L, pop->theta + k * pop->n + first, sizeof(double) * MW_L);
    }
    memcpy(tile->rho, pop->rho + first, sizeof tile->rho);
}

static void write_rows(size_t n_rows, const double *from, double *to, size_t stride)
{
    for (size_t k = 0; k < n_rows; k++) {
        memcpy(to + k * stride, from + k * MW_L, sizeof(double) * MW_L);
    }
}

void mw_tile_write(const struct mw_tile *tile, struct mw_population *pop, size_t first)
{
    const struct mw_tile_data *data = &tile->data[tile->n_data - 1];
    const struct mw_rows *rows = &data->data->rows;
    const size_t n_channels = tile->model->spec.n_channels;

    write_rows(n_channels * MW_THETA_N, tile->theta, pop->theta + first, pop->n);
    memcpy(pop->rho + first, tile->rho, sizeof tile->rho);
    write_rows(n_channels, data->a, pop->a + first, pop->n);
    write_rows(n_channels, data->sum_h, pop->sum_h + first, pop->n);
    write_rows(tile->model->n_z, data->b, pop->b + first, pop->n);
    memcpy(pop->q + first, data->q, sizeof data->q);
    if (rows->n_obs > 0) {
        const size_t last = rows->obs[rows->n_obs - 1];
        memcpy(pop->r_last + first, data->r + last * MW_L, sizeof(double) * MW_L);
    }
}

/* ---- evaluation ------------------------------------------------------------------------------ */

/* phi and 1/v of every gap for the rho of each lane. */
static void gap_tables(const struct mw_tile *tile, const uint32_t rho[MW_L], double *phi, double *weight)
{
    const struct mw_model *model = tile->model;
    for (size_t g = 0; g < model->n_gaps; g++) {
        for (size_t i = 0; i < MW_L; i++) {
            phi[g * MW_L + i] = model->gaps[g].phi[rho[i]];
            weight[g * MW_L + i] = model->gaps[g].weight[rho[i]];
        }
    }
}

/* b'A^-1 b, where each lane has the A of its rho: one solve per rho that occurs in the tile. */
static void explained(struct mw_tile *tile, const struct mw_gram *gram, const uint32_t rho[MW_L],
                      const double *b, double out[MW_L])
{
    for (uint32_t i_rho = 0; i_rho < tile->model->n_rho; i_rho++) {
        bool occurs = false;
        for (size_t i = 0; i < MW_L; i++) {
            occurs = occurs || rho[i] == i_rho;
        }
        if (!occurs) {
            continue;
        }
        double sum[MW_L];
        mw_kernel_quadratic(tile->model->n_z, gram->chol[i_rho], b, tile->work, sum);
        for (size_t i = 0; i < MW_L; i++) {
            out[i] = rho[i] == i_rho ? sum[i] : out[i];
        }
    }
}

void mw_tile_marginal(struct mw_tile *tile, struct mw_tile_data *data, const uint32_t rho[MW_L],
                      const double *r, double *b, double q[MW_L], double log_marginal[MW_L])
{
    const struct mw_rows *rows = &data->data->rows;
    double quad[MW_L], part[MW_L] = {0};

    gap_tables(tile, rho, data->phi, data->weight);
    mw_kernel_whiten(rows->n_obs, rows->obs, rows->gap, data->phi, data->weight, r, tile->u, quad);
    mw_kernel_project(rows->n_obs, tile->model->n_z, rows->obs, rows->z, tile->u, b);
    explained(tile, &data->data->gram, rho, b, part);
    for (size_t i = 0; i < MW_L; i++) {
        /* Rounding may leave a perfect fit just below zero; NaN stays NaN. */
        const double left = quad[i] - part[i];
        q[i] = left < 0.0 ? 0.0 : left;
    }
    mw_data_log_marginals(tile->model, data->data, MW_L, rho, q, log_marginal);
}

static void theta_rows(const struct mw_tile *tile, size_t c, const double *out[MW_THETA_N])
{
    for (size_t j = 0; j < MW_THETA_N; j++) {
        out[j] = tile->theta + (c * MW_THETA_N + j) * MW_L;
    }
}

static void channel_path(const struct mw_tile *tile, const struct mw_rows *rows, size_t c,
                         const struct mw_lanes *lanes, double *h, double *a, double *sum_h)
{
    mw_kernel_adstock(rows->n, tile->model->spec.n_channels, rows->x + c, lanes->alpha, h, a);
    mw_kernel_saturate(rows->n, lanes, h, sum_h);
}

static void rebuild_data(struct mw_tile *tile, struct mw_tile_data *data)
{
    const struct mw_rows *rows = &data->data->rows;

    mw_kernel_fill(rows->n, rows->y, data->r);
    for (size_t c = 0; c < tile->model->spec.n_channels; c++) {
        double *h = data->h + c * tile->path_doubles;
        channel_path(tile, rows, c, &tile->lanes[c], h, data->a + c * MW_L, data->sum_h + c * MW_L);
        mw_kernel_subtract(rows->n, tile->lanes[c].beta, h, data->r);
    }
    mw_tile_marginal(tile, data, tile->rho, data->r, data->b, data->q, data->log_marginal);
}

void mw_tile_rebuild(struct mw_tile *tile)
{
    const struct mw_model_spec *spec = &tile->model->spec;
    for (size_t c = 0; c < spec->n_channels; c++) {
        const double *theta[MW_THETA_N];
        theta_rows(tile, c, theta);
        mw_kernel_lanes(theta, spec->channels[c].m / spec->s_y, &tile->lanes[c]);
    }
    for (size_t d = 0; d < tile->n_data; d++) {
        rebuild_data(tile, &tile->data[d]);
    }
}

/* ---- proposals ------------------------------------------------------------------------------- */

void mw_tile_propose(struct mw_tile *tile, size_t c, const struct mw_lanes *lanes)
{
    for (size_t d = 0; d < tile->n_data; d++) {
        struct mw_tile_data *data = &tile->data[d];
        const struct mw_rows *rows = &data->data->rows;
        channel_path(tile, rows, c, lanes, data->h_new, data->a_new, data->sum_h_new);
        mw_kernel_exchange(rows->n, tile->lanes[c].beta, data->h + c * tile->path_doubles, lanes->beta,
                           data->h_new, data->r, data->r_new);
        mw_tile_marginal(tile, data, tile->rho, data->r_new, data->b_new, data->q_new,
                         data->log_marginal_new);
    }
}

void mw_tile_propose_rho(struct mw_tile *tile, const uint32_t rho[MW_L])
{
    for (size_t d = 0; d < tile->n_data; d++) {
        struct mw_tile_data *data = &tile->data[d];
        mw_tile_marginal(tile, data, rho, data->r, data->b_new, data->q_new, data->log_marginal_new);
    }
}

static void accept_numbers(const struct mw_tile *tile, struct mw_tile_data *data, const double take[MW_L])
{
    mw_kernel_take(tile->model->n_z, take, data->b_new, data->b);
    mw_kernel_take(1, take, data->q_new, data->q);
    mw_kernel_take(1, take, data->log_marginal_new, data->log_marginal);
}

void mw_tile_accept(struct mw_tile *tile, size_t c, const struct mw_lanes *lanes, const double take[MW_L])
{
    struct mw_lanes *old = &tile->lanes[c];
    for (size_t d = 0; d < tile->n_data; d++) {
        struct mw_tile_data *data = &tile->data[d];
        const size_t n_rows = data->data->rows.n;
        mw_kernel_take(n_rows, take, data->h_new, data->h + c * tile->path_doubles);
        mw_kernel_take(n_rows, take, data->r_new, data->r);
        mw_kernel_take(1, take, data->a_new, data->a + c * MW_L);
        mw_kernel_take(1, take, data->sum_h_new, data->sum_h + c * MW_L);
        accept_numbers(tile, data, take);
    }
    mw_kernel_take(1, take, lanes->alpha, old->alpha);
    mw_kernel_take(1, take, lanes->n, old->n);
    mw_kernel_take(1, take, lanes->log_kappa, old->log_kappa);
    mw_kernel_take(1, take, lanes->beta, old->beta);
}

void mw_tile_accept_rho(struct mw_tile *tile, const uint32_t rho[MW_L], const double take[MW_L])
{
    for (size_t d = 0; d < tile->n_data; d++) {
        accept_numbers(tile, &tile->data[d], take);
    }
    for (size_t i = 0; i < MW_L; i++) {
        tile->rho[i] = take[i] != 0.0 ? rho[i] : tile->rho[i];
    }
}

/* ---- one point ------------------------------------------------------------------------------- */

double mw_model_log_prior(const struct mw_model *model, const double theta[])
{
    double sum = 0.0;
    for (size_t c = 0; c < model->spec.n_channels; c++) {
        sum += mw_model_channel_log_prior(&model->spec.channels[c], theta + c * MW_THETA_N);
    }
    return sum;
}

static bool find_rho(const struct mw_model *model, double rho, uint32_t *out)
{
    for (uint32_t i = 0; i < model->n_rho; i++) {
        if (model->rho[i] == rho) {
            *out = i;
            return true;
        }
    }
    return false;
}

enum mw_status mw_model_evaluate(struct mw_model *model, const double theta[], double rho,
                                 struct mw_model_point *out, struct mw_error *err)
{
    const size_t n_channels = model->spec.n_channels;
    struct mw_tile tile;
    uint32_t i_rho = 0;

    if (!find_rho(model, rho, &i_rho)) {
        return MW_FAIL(err, MW_E_CONTRACT, "rho %g is not one that the model's specification allows", rho);
    }
    mw_arena_reset(model->scratch);
    MW_TRY(mw_tile_take(&tile, model, &(struct mw_bridge){.to = &model->data[model->now], .tau = 1.0}, err));
    for (size_t i = 0; i < MW_L; i++) {
        for (size_t k = 0; k < n_channels * MW_THETA_N; k++) {
            tile.theta[k * MW_L + i] = theta[k];
        }
        tile.rho[i] = i_rho;
    }
    mw_tile_rebuild(&tile);
    out->log_marginal = tile.data[0].log_marginal[0];
    out->q = tile.data[0].q[0];
    for (size_t c = 0; c < n_channels; c++) {
        if (out->beta != NULL) {
            out->beta[c] = tile.lanes[c].beta[0];
        }
        if (out->sum_h != NULL) {
            out->sum_h[c] = tile.data[0].sum_h[c * MW_L];
        }
    }
    return MW_OK;
}
