/* mw_model_move.c: resampling, and the Metropolis sweeps that make resampled particles differ again.
 *
 * A sweep takes the channels in turn. The four coordinates of one channel are proposed by the t-preconditioned
 * Crank-Nicolson step (Kamatani 2017; Grumitt, Karamanis & Seljak 2024), which leaves a multivariate t with nu
 * degrees of freedom invariant:
 *
 *   theta' = m + sqrt(1 - s^2) (theta - m) + s sqrt(w) L xi
 *   1/w ~ Gamma(shape (nu + 4) / 2, rate (nu + |L^-1 (theta - m)|^2) / 2)
 *
 * so only the ratio of the target to that t decides. m and LL' are the population's own regression of this
 * channel's coordinates on those of all others, taken before resampling: s = 1 is an independence sampler that
 * follows ridges between channels, a small s a random walk; s adapts to the acceptance. The t's tails are
 * heavier than those of the posterior, so that no particle gets stuck far out. rho moves to a neighbour on its
 * grid.
 *
 * Sweeps come in rounds of two, because a tile's paths are rebuilt when it is taken up (keeping them all would
 * be rows x particles x channels doubles), and go on until no coordinate remembers where it stood. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_la.h"
#include "mw_math.h"
#include "mw_model_internal.h"
#include "mw_resample.h"
#include "mw_rng.h"

enum {
    SWEEPS_PER_ROUND = 2,
    ROUNDS_MAX = 5,
    NU = 6,                        /* degrees of freedom */
    GAMMA_UNIFORMS = (NU + 4) / 2, /* Gamma with a whole shape: that many exponentials */
    UNIFORMS = GAMMA_UNIFORMS + 5, /* and four normals and the decision */
};
/* Correlation with the start at which a coordinate has moved enough. */
static const double remembered_max = 0.30;
static const double acceptance_target = 0.40;
static const double step_least = 0.05;
/* The t's scale matrix over the population's covariance. The one of the same covariance has (nu - 2) / nu = 0.67:
 * then the exponential tail of logit alpha is thin in proposals, and its sd came out 3-9 % short. Tried: 0.67, 1,
 * 1.2, 1.3, and nu = 4. */
static const double spread = 1.2;

/* The population's law of one channel's coordinates given all others. */
struct conditional {
    double mean[MW_THETA_N];
    double *slope; /* [coordinate * n_theta + other], 0 for the channel's own */
    double chol[MW_THETA_N * MW_THETA_N];
};

struct mover {
    struct mw_model *model;
    size_t n_theta;
    double *mean; /* of all coordinates */
    struct conditional *channels;
    uint64_t key;
    uint64_t *accepted; /* per channel, in this round */
    uint64_t accepted_rho;
    double *media;
    size_t sweep;
};

uint64_t mw_model_key(const struct mw_model *model, enum mw_purpose purpose, uint64_t stage)
{
    const uint64_t tenant = mw_rng_key_text(model->spec.seed, model->spec.tenant);
    return mw_rng_key(mw_rng_key(mw_rng_key(tenant, model->n_news), (uint64_t)purpose), stage);
}

/* ---- the population's moments ---------------------------------------------------------------- */

static void weighted_moments(const struct mw_population *pop, const double *w, size_t n_theta, double *mean,
                             double *cov, double *centred)
{
    const size_t n = pop->n;
    for (size_t k = 0; k < n_theta; k++) {
        const double *theta = pop->theta + k * n;
        double sum = 0.0;
        for (size_t i = 0; i < n; i++) {
            sum += w[i] * theta[i];
        }
        mean[k] = sum;
        for (size_t i = 0; i < n; i++) {
            centred[k * n + i] = theta[i] - sum;
        }
    }
    for (size_t k = 0; k < n_theta; k++) {
        for (size_t j = 0; j <= k; j++) {
            const double *a = centred + k * n, *b = centred + j * n;
            double sum = 0.0;
            for (size_t i = 0; i < n; i++) {
                sum += w[i] * a[i] * b[i];
            }
            cov[k * n_theta + j] = cov[j * n_theta + k] = sum;
        }
    }
}

/* n particles know little about d (d + 1) / 2 covariances: those between channels are drawn towards 0. The
 * ridge keeps a population that has collapsed onto one point able to leave it. */
static void shrink(const struct mw_model *model, size_t d, double ess, double *cov)
{
    const double keep = ess / (ess + (double)d);
    for (size_t k = 0; k < d; k++) {
        const double sd = mw_model_channel_prior_sd(&model->spec.channels[k / MW_THETA_N],
                                                    (enum mw_model_coordinate)(k % MW_THETA_N));
        cov[k * d + k] += 1e-6 * sd * sd;
        for (size_t j = 0; j < d; j++) {
            cov[k * d + j] *= k / MW_THETA_N == j / MW_THETA_N ? 1.0 : keep;
        }
    }
}

/* row = (row k of the inverse of the matrix whose factor is l). */
static void inverse_row(size_t d, const double *l, size_t k, double *row)
{
    memset(row, 0, d * sizeof(double));
    row[k] = 1.0;
    mw_la_forward(d, l, row);
    mw_la_backward(d, l, row);
}

/* With precision P: covariance P_cc^-1, slope -P_cc^-1 P_c,rest. */
static enum mw_status fit_channel(struct mover *mover, size_t c, const double *l, double *rows,
                                  struct mw_error *err)
{
    const size_t d = mover->n_theta, from = c * MW_THETA_N;
    struct conditional *channel = &mover->channels[c];
    double factor[MW_THETA_N * MW_THETA_N];

    for (size_t j = 0; j < MW_THETA_N; j++) {
        inverse_row(d, l, from + j, rows + j * d);
        memcpy(factor + j * MW_THETA_N, rows + j * d + from, MW_THETA_N * sizeof(double));
    }
    MW_TRY(mw_la_cholesky(MW_THETA_N, factor, err));
    for (size_t other = 0; other < d; other++) {
        double column[MW_THETA_N];
        for (size_t j = 0; j < MW_THETA_N; j++) {
            column[j] = other / MW_THETA_N == c ? 0.0 : -rows[j * d + other];
        }
        mw_la_forward(MW_THETA_N, factor, column);
        mw_la_backward(MW_THETA_N, factor, column);
        for (size_t j = 0; j < MW_THETA_N; j++) {
            channel->slope[j * d + other] = column[j];
        }
    }
    memcpy(channel->mean, mover->mean + from, sizeof channel->mean);
    for (size_t j = 0; j < MW_THETA_N; j++) {
        inverse_row(MW_THETA_N, factor, j, channel->chol + j * MW_THETA_N);
    }
    for (size_t j = 0; j < (size_t)MW_THETA_N * MW_THETA_N; j++) {
        channel->chol[j] *= spread;
    }
    return mw_la_cholesky(MW_THETA_N, channel->chol, err);
}

static enum mw_status mover_fit(struct mover *mover, const double *w, struct mw_error *err)
{
    struct mw_model *model = mover->model;
    struct mw_arena *arena = model->scratch;
    const size_t d = mover->n_theta;
    double *cov = mw_new_array(arena, double, d *d);
    double *centred = mw_new_array(arena, double, d * model->pop.n);
    double *rows = mw_new_array(arena, double, d *MW_THETA_N);

    if (cov == NULL || centred == NULL || rows == NULL) {
        return MW_NO_MEMORY(err);
    }
    weighted_moments(&model->pop, w, d, mover->mean, cov, centred);
    shrink(model, d, mw_ess(model->pop.n, w), cov);
    MW_TRY(mw_la_cholesky(d, cov, err));
    for (size_t c = 0; c < model->spec.n_channels; c++) {
        MW_TRY(fit_channel(mover, c, cov, rows, err));
    }
    return MW_OK;
}

static enum mw_status mover_take(struct mover *mover, struct mw_model *model, struct mw_error *err)
{
    struct mw_arena *arena = model->scratch;
    const size_t n_channels = model->spec.n_channels, d = n_channels * MW_THETA_N;

    *mover = (struct mover){
        .model = model,
        .n_theta = d,
        .mean = mw_new_array(arena, double, d),
        .channels = mw_new_array(arena, struct conditional, n_channels),
        .accepted = mw_new_array(arena, uint64_t, n_channels),
        .media = mw_new_array(arena, double, model->spec.rows_max),
    };
    bool ok =
        mover->mean != NULL && mover->channels != NULL && mover->accepted != NULL && mover->media != NULL;
    for (size_t c = 0; ok && c < n_channels; c++) {
        mover->channels[c].slope = mw_new_array(arena, double, d *MW_THETA_N);
        ok = mover->channels[c].slope != NULL;
    }
    return ok ? MW_OK : MW_NO_MEMORY(err);
}

/* ---- one proposal for a tile ----------------------------------------------------------------- */

struct proposal {
    double theta[MW_THETA_N][MW_L];
    double log_ratio[MW_L]; /* of the reference t: old over new */
    double log_u[MW_L];
};

/* u[k] over lanes, particle first + i reading its own stream. */
static void draw_uniforms(uint64_t key, size_t first, size_t n_uniforms, double u[][MW_L])
{
    for (size_t i = 0; i < MW_L; i++) {
        for (size_t k = 0; k < n_uniforms; k += 2) {
            uint32_t bits[4];
            mw_rng_block(key, first + i, k, bits);
            u[k][i] = mw_rng_to_unit((uint64_t)bits[0] << 32 | bits[1]);
            if (k + 1 < n_uniforms) {
                u[k + 1][i] = mw_rng_to_unit((uint64_t)bits[2] << 32 | bits[3]);
            }
        }
    }
}

static void conditional_means(const struct mover *mover, const struct mw_tile *tile, size_t c,
                              double mean[MW_THETA_N][MW_L])
{
    const struct conditional *channel = &mover->channels[c];
    const size_t d = mover->n_theta;

    for (size_t j = 0; j < MW_THETA_N; j++) {
        const double *slope = channel->slope + j * d;
        for (size_t i = 0; i < MW_L; i++) {
            mean[j][i] = channel->mean[j];
        }
        for (size_t other = 0; other < d; other++) {
            for (size_t i = 0; i < MW_L; i++) {
                mean[j][i] += slope[other] * (tile->theta[other * MW_L + i] - mover->mean[other]);
            }
        }
    }
}

static double squared_distance(const double *chol, const double deviation[MW_THETA_N])
{
    double v[MW_THETA_N], sum = 0.0;
    memcpy(v, deviation, sizeof v);
    mw_la_forward(MW_THETA_N, chol, v);
    for (size_t j = 0; j < MW_THETA_N; j++) {
        sum += v[j] * v[j];
    }
    return sum;
}

/* log of the t's density at distance^2, less its constant. */
static double log_reference(double distance2)
{
    return -0.5 * (NU + 4.0) * mw_log1p(distance2 / NU);
}

static void propose_lane(const double *chol, double step, const double mean[MW_THETA_N],
                         double u[UNIFORMS][MW_L], size_t i, const struct mw_tile *tile, size_t c,
                         struct proposal *out)
{
    double old[MW_THETA_N], next[MW_THETA_N], product = 1.0;
    for (size_t j = 0; j < MW_THETA_N; j++) {
        old[j] = tile->theta[(c * MW_THETA_N + j) * MW_L + i] - mean[j];
    }
    for (size_t k = 0; k < GAMMA_UNIFORMS; k++) {
        product *= u[4 + k][i];
    }
    const double distance2 = squared_distance(chol, old);
    const double reach = step * sqrt(0.5 * (NU + distance2) / -mw_log(product));
    const double keep = sqrt(1.0 - step * step);
    for (size_t j = 0; j < MW_THETA_N; j++) {
        double xi = 0.0;
        for (size_t k = 0; k <= j; k++) {
            xi += chol[j * MW_THETA_N + k] * u[k][i];
        }
        next[j] = keep * old[j] + reach * xi;
        out->theta[j][i] = mean[j] + next[j];
    }
    out->log_ratio[i] = log_reference(distance2) - log_reference(squared_distance(chol, next));
    out->log_u[i] = mw_log(u[UNIFORMS - 1][i]);
}

static void propose(const struct mover *mover, const struct mw_tile *tile, size_t first, size_t c,
                    struct proposal *out)
{
    const uint64_t key = mw_rng_key(mw_rng_key(mover->key, mover->sweep), c);
    double u[UNIFORMS][MW_L], mean[MW_THETA_N][MW_L];

    draw_uniforms(key, first, UNIFORMS, u);
    mw_kernel_normals(MW_L, u[0], u[1]);
    mw_kernel_normals(MW_L, u[2], u[3]);
    conditional_means(mover, tile, c, mean);
    for (size_t i = 0; i < MW_L; i++) {
        const double m[MW_THETA_N] = {mean[0][i], mean[1][i], mean[2][i], mean[3][i]};
        propose_lane(mover->channels[c].chol, mover->model->step[c], m, u, i, tile, c, out);
    }
}

/* ---- Metropolis ------------------------------------------------------------------------------ */

/* Lanes whose proposal is taken; a NaN anywhere is a refusal. Returns how many. */
static uint64_t decide(const struct mw_tile *tile, const double log_ratio[MW_L], const double log_u[MW_L],
                       double take[MW_L])
{
    uint64_t n_taken = 0;
    for (size_t i = 0; i < MW_L; i++) {
        double log_accept = log_ratio[i];
        for (size_t d = 0; d < tile->n_data; d++) {
            const struct mw_tile_data *data = &tile->data[d];
            log_accept += data->power * (data->log_marginal_new[i] - data->log_marginal[i]);
        }
        take[i] = log_u[i] < log_accept ? 1.0 : 0.0;
        n_taken += log_u[i] < log_accept;
    }
    return n_taken;
}

static void move_channel(struct mover *mover, struct mw_tile *tile, size_t first, size_t c)
{
    const struct mw_model_spec *spec = &mover->model->spec;
    const double *old[MW_THETA_N], *next[MW_THETA_N];
    double prior_old[MW_L], prior_new[MW_L], take[MW_L];
    struct proposal proposal;
    struct mw_lanes lanes;

    propose(mover, tile, first, c, &proposal);
    for (size_t j = 0; j < MW_THETA_N; j++) {
        old[j] = tile->theta + (c * MW_THETA_N + j) * MW_L;
        next[j] = proposal.theta[j];
    }
    mw_kernel_log_prior(old, &spec->channels[c], prior_old);
    mw_kernel_log_prior(next, &spec->channels[c], prior_new);
    mw_kernel_lanes(next, spec->channels[c].m / spec->s_y, &lanes);
    mw_tile_propose(tile, c, &lanes);
    for (size_t i = 0; i < MW_L; i++) {
        proposal.log_ratio[i] += prior_new[i] - prior_old[i];
    }
    mover->accepted[c] += decide(tile, proposal.log_ratio, proposal.log_u, take);
    mw_tile_accept(tile, c, &lanes, take);
    mw_kernel_take(MW_THETA_N, take, proposal.theta[0], tile->theta + c * MW_THETA_N * MW_L);
}

/* One step up or down the grid; beyond its ends the step is refused. */
static void move_rho(struct mover *mover, struct mw_tile *tile, size_t first)
{
    const uint32_t n_rho = (uint32_t)mover->model->n_rho;
    double u[2][MW_L], log_ratio[MW_L], log_u[MW_L], take[MW_L];
    uint32_t rho[MW_L];

    if (n_rho == 1) {
        return;
    }
    draw_uniforms(mw_rng_key(mw_rng_key(mover->key, mover->sweep), MW_MODEL_CHANNELS_MAX), first, 2, u);
    for (size_t i = 0; i < MW_L; i++) {
        const uint32_t to = u[0][i] < 0.5 ? tile->rho[i] - 1 : tile->rho[i] + 1; /* 0 - 1 is beyond, too */
        rho[i] = to < n_rho ? to : tile->rho[i];
        log_ratio[i] = to < n_rho ? 0.0 : -MW_INF;
        log_u[i] = mw_log(u[1][i]);
    }
    mw_tile_propose_rho(tile, rho);
    mover->accepted_rho += decide(tile, log_ratio, log_u, take);
    mw_tile_accept_rho(tile, rho, take);
}

static void move_tile(struct mover *mover, struct mw_tile *tile, size_t first, double *log_from)
{
    struct mw_model *model = mover->model;
    const size_t sweep = mover->sweep;

    mw_tile_read(tile, &model->pop, first);
    mw_tile_rebuild(tile);
    for (size_t s = 0; s < SWEEPS_PER_ROUND; s++) {
        for (size_t c = 0; c < model->spec.n_channels; c++) {
            move_channel(mover, tile, first, c);
        }
        move_rho(mover, tile, first);
        mover->sweep++;
    }
    mover->sweep = sweep;
    mw_tile_write(tile, &model->pop, first);
    if (tile->n_data == 2) {
        memcpy(log_from + first, tile->data[0].log_marginal, sizeof tile->data[0].log_marginal);
    }
    const struct mw_tile_data *last = &tile->data[tile->n_data - 1];
    mw_kernel_media(last->data->rows.n, last->data->rows.y, last->r, mover->media);
}

/* ---- resampling ------------------------------------------------------------------------------ */

static uint64_t count_survivors(size_t n, const uint32_t *ancestor)
{
    uint64_t count = n > 0;
    for (size_t i = 1; i < n; i++) {
        count += ancestor[i] != ancestor[i - 1];
    }
    return count;
}

/* Adstock, sums and projections are made anew by the first round, so only what is free is copied. */
static enum mw_status resample(struct mw_model *model, const double *w, uint64_t stage, struct mw_error *err)
{
    struct mw_population *pop = &model->pop;
    const size_t n = pop->n, n_theta = model->spec.n_channels * MW_THETA_N;
    uint32_t *ancestor = mw_new_array(model->scratch, uint32_t, n);
    double *row = mw_new_array(model->scratch, double, n);
    uint32_t *ids = mw_new_array(model->scratch, uint32_t, n);
    struct mw_rng rng = {.key = mw_model_key(model, MW_FOR_RESAMPLING, stage)};

    if (ancestor == NULL || row == NULL || ids == NULL) {
        return MW_NO_MEMORY(err);
    }
    MW_TRY(mw_resample_systematic(n, w, mw_rng_uniform(&rng), ancestor, err));
    for (size_t k = 0; k < n_theta; k++) {
        double *theta = pop->theta + k * n;
        memcpy(row, theta, n * sizeof(double));
        for (size_t i = 0; i < n; i++) {
            theta[i] = row[ancestor[i]];
        }
    }
    uint32_t *const lists[] = {pop->rho, pop->root};
    for (size_t k = 0; k < 2; k++) {
        memcpy(ids, lists[k], n * sizeof(uint32_t));
        for (size_t i = 0; i < n; i++) {
            lists[k][i] = ids[ancestor[i]];
        }
    }
    for (size_t i = 0; i < n; i++) {
        pop->log_w[i] = -mw_log((double)n);
    }
    model->n_survivors = count_survivors(n, ancestor);
    return MW_OK;
}

/* ---- rounds ---------------------------------------------------------------------------------- */

static void adapt_steps(struct mover *mover, struct mw_move_info *info)
{
    struct mw_model *model = mover->model;
    const double tried = (double)(SWEEPS_PER_ROUND * model->pop.n);
    double sum = 0.0;

    for (size_t c = 0; c < model->spec.n_channels; c++) {
        const double rate = (double)mover->accepted[c] / tried;
        const double step = model->step[c] * mw_exp(1.5 * (rate - acceptance_target));
        model->step[c] = step > 1.0 ? 1.0 : step < step_least ? step_least : step;
        sum += rate;
        mover->accepted[c] = 0;
    }
    info->acceptance = sum / (double)model->spec.n_channels;
    info->rho_acceptance = (double)mover->accepted_rho / tried;
    mover->accepted_rho = 0;
}

static double correlation(size_t n, const double *x, const double *y)
{
    double mx = 0.0, my = 0.0, xx = 0.0, yy = 0.0, xy = 0.0;
    for (size_t i = 0; i < n; i++) {
        mx += x[i] / (double)n;
        my += y[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        const double dx = x[i] - mx, dy = y[i] - my;
        xx += dx * dx;
        yy += dy * dy;
        xy += dx * dy;
    }
    return xx > 0.0 && yy > 0.0 ? xy / sqrt(xx * yy) : 1.0;
}

/* The largest correlation of a coordinate with what it was after resampling. */
static double remembered(const struct mover *mover, const double *start)
{
    const struct mw_population *pop = &mover->model->pop;
    double most = -1.0;
    for (size_t k = 0; k < mover->n_theta; k++) {
        const double r = correlation(pop->n, start + k * pop->n, pop->theta + k * pop->n);
        most = r > most ? r : most;
    }
    return most;
}

static void run_round(struct mover *mover, struct mw_tile *tile, double *log_from)
{
    const size_t n = mover->model->pop.n;
    memset(mover->media, 0, tile->data[tile->n_data - 1].data->rows.n * sizeof(double));
    for (size_t first = 0; first < n; first += MW_L) {
        move_tile(mover, tile, first, log_from);
    }
    mover->sweep += SWEEPS_PER_ROUND;
}

enum mw_status mw_population_move(struct mw_model *model, const struct mw_bridge *bridge, uint64_t stage,
                                  double *log_from, struct mw_move_info *info, struct mw_error *err)
{
    const size_t n = model->pop.n, n_theta = model->spec.n_channels * MW_THETA_N;
    double *w = mw_new_array(model->scratch, double, n);
    double *start = mw_new_array(model->scratch, double, n *n_theta);
    double log_mean;
    struct mover mover;
    struct mw_tile tile;

    if (w == NULL || start == NULL) {
        return MW_NO_MEMORY(err);
    }
    *info = (struct mw_move_info){0};
    MW_TRY(mover_take(&mover, model, err));
    MW_TRY(mw_tile_take(&tile, model, bridge, err));
    MW_TRY(mw_weights_normalise(n, model->pop.log_w, w, &log_mean, err));
    MW_TRY(mover_fit(&mover, w, err));
    MW_TRY(resample(model, w, stage, err));
    mover.key = mw_model_key(model, MW_FOR_MOVES, stage);
    memcpy(start, model->pop.theta, n * n_theta * sizeof(double));
    for (size_t round = 0; round < ROUNDS_MAX; round++) {
        run_round(&mover, &tile, log_from);
        adapt_steps(&mover, info);
        if (remembered(&mover, start) <= remembered_max) {
            break;
        }
    }
    info->sweeps = mover.sweep;
    for (size_t t = 0; t < bridge->to->rows.n; t++) {
        model->media[t] = mover.media[t] / (double)n;
    }
    return MW_OK;
}
