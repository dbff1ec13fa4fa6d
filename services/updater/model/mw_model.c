/* mw_model.c: birth, news, and the weights: iterated batch importance sampling (Chopin 2002) with tempering.
 *
 * Every news changes the data from one state to another. The weights take the ratio of the marginal
 * likelihoods of the two; where that would leave too few effective particles it is taken in powers,
 *
 *   p(theta) p(from | theta)^(1 - tau) p(to | theta)^tau,   0 < tau <= 1,
 *
 * each stage resampled and moved (Neal 2001; Del Moral, Doucet & Jasra 2006). Both ends are known for every
 * particle, so the next tau is found by bisection at the price of some exponentials. A new row, a restated
 * spend, an outcome that comes late or is withdrawn: all are the same step. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_dist.h"
#include "mw_la.h"
#include "mw_model_internal.h"
#include "mw_resample.h"
#include <stdlib.h>

enum { STAGES_MAX = 100 };
static const double ess_share = 0.5;       /* of n: below it the population is resampled; Liu & Chen 1998 */
static const double ess_share_whole = 0.3; /* of n: a step that leaves as much is taken without tempering */

/* ---- birth and end --------------------------------------------------------------------------- */

static bool take_population(struct mw_model *model)
{
    struct mw_arena *arena = &model->arena;
    struct mw_population *pop = &model->pop;
    const size_t n = model->spec.n_particles, n_channels = model->spec.n_channels;

    *pop = (struct mw_population){
        .n = n,
        .theta = mw_new_array(arena, double, n *n_channels *MW_THETA_N),
        .rho = mw_new_array(arena, uint32_t, n),
        .log_w = mw_new_array(arena, double, n),
        .a = mw_new_array(arena, double, n *n_channels),
        .sum_h = mw_new_array(arena, double, n *n_channels),
        .b = mw_new_array(arena, double, n * model->n_z),
        .q = mw_new_array(arena, double, n),
        .r_last = mw_new_array(arena, double, n),
        .root = mw_new_array(arena, uint32_t, n),
    };
    model->step = mw_new_array(arena, double, n_channels);
    model->media = mw_new_array(arena, double, model->spec.rows_max);
    return pop->theta != NULL && pop->rho != NULL && pop->log_w != NULL && pop->a != NULL &&
           pop->sum_h != NULL && pop->b != NULL && pop->q != NULL && pop->r_last != NULL &&
           pop->root != NULL && model->step != NULL && model->media != NULL;
}

/* Particle i reads its own stream: one draw per coordinate, channel after channel, then rho. */
static void draw_prior(struct mw_model *model)
{
    struct mw_population *pop = &model->pop;
    const uint64_t key = mw_model_key(model, MW_FOR_PRIOR, 0);

    for (size_t i = 0; i < pop->n; i++) {
        struct mw_rng rng = {.key = key, .stream = i};
        for (size_t c = 0; c < model->spec.n_channels; c++) {
            const struct mw_model_channel *channel = &model->spec.channels[c];
            double *theta = pop->theta + c * MW_THETA_N * pop->n + i;
            theta[MW_LOG_ROI * pop->n] = channel->log_roi.mean + channel->log_roi.sd * mw_draw_normal(&rng);
            theta[MW_LOGIT_ALPHA * pop->n] = mw_draw_logit_beta(&rng, channel->alpha.a, channel->alpha.b);
            theta[MW_LOG_KAPPA * pop->n] =
                channel->log_kappa.mean + channel->log_kappa.sd * mw_draw_normal(&rng);
            theta[MW_LOG_N * pop->n] = channel->log_n.mean + channel->log_n.sd * mw_draw_normal(&rng);
        }
        pop->rho[i] = (uint32_t)(mw_rng_uniform(&rng) * (double)model->n_rho);
        pop->log_w[i] = -mw_log((double)pop->n);
        pop->root[i] = (uint32_t)i;
    }
    for (size_t c = 0; c < model->spec.n_channels; c++) {
        model->step[c] = 0.7;
    }
    model->n_survivors = pop->n;
}

enum mw_status mw_model_build(struct mw_model *model, struct mw_error *err)
{
    model->n_z = mw_model_spec_n_z(&model->spec);
    model->n_rho = mw_model_spec_rhos(&model->spec, model->rho);
    if (!take_population(model)) {
        return MW_NO_MEMORY(err);
    }
    MW_TRY(mw_data_take(&model->data[0], model, err));
    return mw_data_take(&model->data[1], model, err);
}

struct mw_model *mw_model_new(struct mw_arena *scratch)
{
    struct mw_model *model = calloc(1, sizeof *model);
    if (model != NULL) {
        mw_arena_init(&model->arena, 0);
        model->scratch = scratch;
        mw_arena_reset(scratch);
    }
    return model;
}

/* Through bytes and back: a deep copy by the code that a snapshot uses. */
static enum mw_status copy_spec(const struct mw_model_spec *spec, struct mw_model *model,
                                struct mw_error *err)
{
    struct mw_writer bytes = {0};
    mw_model_spec_save(spec, &bytes);
    enum mw_status status = mw_writer_status(&bytes, err);
    if (status == MW_OK) {
        struct mw_reader in = mw_reader(mw_writer_span(&bytes));
        status = mw_model_spec_load(&model->spec, &model->arena, &in, err);
    }
    mw_writer_fini(&bytes);
    return status;
}

enum mw_status mw_model_open(struct mw_model **out, const struct mw_model_spec *spec,
                             struct mw_arena *scratch, struct mw_error *err)
{
    *out = NULL;
    MW_TRY(mw_model_spec_check(spec, err));
    struct mw_model *model = mw_model_new(scratch);
    if (model == NULL) {
        return MW_NO_MEMORY(err);
    }
    enum mw_status status = copy_spec(spec, model, err);
    if (status == MW_OK) {
        status = mw_model_build(model, err);
    }
    if (status != MW_OK) {
        mw_model_close(&model);
        return status;
    }
    draw_prior(model);
    *out = model;
    return MW_OK;
}

void mw_model_close(struct mw_model **model)
{
    if (*model != NULL) {
        mw_arena_fini(&(*model)->arena);
        free(*model);
        *model = NULL;
    }
}

/* ---- weights --------------------------------------------------------------------------------- */

/* A reweighting on its way: from the old data (tau 0) to the new (tau 1). */
struct passage {
    struct mw_model *model;
    struct mw_bridge bridge; /* from is kept for the stages */
    const struct mw_data *from;
    double *log_from, *log_to; /* per particle */
    double *work;
    double tau;
};

static enum mw_status passage_take(struct passage *passage, struct mw_model *model, struct mw_error *err)
{
    *passage = (struct passage){
        .model = model,
        .log_from = mw_new_array(model->scratch, double, model->pop.n),
        .log_to = mw_new_array(model->scratch, double, model->pop.n),
        .work = mw_new_array(model->scratch, double, model->pop.n),
    };
    return passage->log_from != NULL && passage->log_to != NULL && passage->work != NULL ? MW_OK
                                                                                         : MW_NO_MEMORY(err);
}

/* The ESS that going on to `tau` would leave; NaN when the weights would carry no information. */
static double ess_at(const struct passage *passage, double tau)
{
    const struct mw_population *pop = &passage->model->pop;
    const double by = tau - passage->tau;
    double log_mean;

    for (size_t i = 0; i < pop->n; i++) {
        passage->work[i] = pop->log_w[i] + by * (passage->log_to[i] - passage->log_from[i]);
    }
    if (mw_weights_normalise(pop->n, passage->work, passage->work, &log_mean, NULL) != MW_OK) {
        return MW_NAN;
    }
    return mw_ess(pop->n, passage->work);
}

static enum mw_status weigh(struct passage *passage, double tau, struct mw_model_info *info,
                            struct mw_error *err)
{
    struct mw_population *pop = &passage->model->pop;
    const double by = tau - passage->tau;
    double log_mean;

    for (size_t i = 0; i < pop->n; i++) {
        pop->log_w[i] += by * (passage->log_to[i] - passage->log_from[i]);
    }
    MW_TRY(mw_weights_normalise(pop->n, pop->log_w, passage->work, &log_mean, err));
    const double log_sum = log_mean + mw_log((double)pop->n);
    for (size_t i = 0; i < pop->n; i++) {
        pop->log_w[i] -= log_sum;
    }
    passage->model->log_evidence += log_sum;
    passage->tau = tau;
    info->log_predictive += log_sum;
    info->ess = mw_ess(pop->n, passage->work);
    info->ess_least = info->ess_least < info->ess ? info->ess_least : info->ess;
    return MW_OK;
}

/* How far to go in one stage: to the end when that leaves enough, else to where the ESS is n/2. */
static double next_tau(const struct passage *passage)
{
    const double n = (double)passage->model->pop.n;
    double low = passage->tau, high = 1.0;

    if (ess_at(passage, 1.0) >= ess_share_whole * n) {
        return 1.0;
    }
    for (int step = 0; step < 30; step++) {
        const double middle = 0.5 * (low + high);
        if (ess_at(passage, middle) >= ess_share * n) {
            low = middle;
        } else {
            high = middle;
        }
    }
    /* A start that is below n/2 already: the least step there is, then the move makes room. */
    return low > passage->tau ? low : high;
}

static enum mw_status stage(struct passage *passage, struct mw_model_info *info, struct mw_error *err)
{
    struct mw_model *model = passage->model;
    struct mw_move_info moved;

    passage->bridge.tau = passage->tau;
    passage->bridge.from = passage->tau < 1.0 ? passage->from : NULL;
    MW_TRY(mw_population_move(model, &passage->bridge, info->moves, passage->log_from, &moved, err));
    mw_data_log_marginals(model, passage->bridge.to, model->pop.n, model->pop.rho, model->pop.q,
                          passage->log_to);
    model->n_moves++;
    model->acceptance = moved.acceptance;
    model->rho_acceptance = moved.rho_acceptance;
    info->moves++;
    info->sweeps += moved.sweeps;
    info->ess = (double)model->pop.n;
    return MW_OK;
}

/* Carries the population from the old data to the new. log_from and log_to are those of the particles. */
static enum mw_status pass(struct passage *passage, struct mw_model_info *info, struct mw_error *err)
{
    const double enough = ess_share * (double)passage->model->pop.n;

    info->ess_least = (double)passage->model->pop.n;
    while (passage->tau < 1.0) {
        const bool is_easy = ess_at(passage, 1.0) >= enough;
        const bool is_last = info->moves + 1 == STAGES_MAX;
        MW_TRY(weigh(passage, is_easy || is_last ? 1.0 : next_tau(passage), info, err));
        if (is_easy) {
            break;
        }
        if (passage->tau < 1.0) {
            info->stages++;
            passage->model->n_stages++;
        }
        MW_TRY(stage(passage, info, err));
    }
    return MW_OK;
}

/* ---- news ------------------------------------------------------------------------------------ */

/* Each rho's view of row t before it joins: z whitened, s = A^-1 z, f = z's. Tables are [k * n_rho + i]. */
static enum mw_status row_views(struct mw_model *model, const struct mw_data *data, size_t t,
                                struct mw_kernel_row *out, struct mw_error *err)
{
    const size_t n_z = model->n_z, n_rho = model->n_rho, gap = mw_data_gap(model, &data->rows, t);
    double *z = mw_new_array(model->scratch, double, n_z *n_rho);
    double *s = mw_new_array(model->scratch, double, n_z *n_rho);
    double *one = mw_new_array(model->scratch, double, 2 * n_z);

    if (z == NULL || s == NULL || one == NULL) {
        return MW_NO_MEMORY(err);
    }
    *out = (struct mw_kernel_row){.n_z = n_z, .n_rho = n_rho, .z = z, .s = s};
    for (size_t i = 0; i < n_rho; i++) {
        mw_data_whitened(model, &data->rows, t, gap, i, one);
        memcpy(one + n_z, one, n_z * sizeof(double));
        mw_la_forward(n_z, data->gram.chol[i], one + n_z);
        mw_la_backward(n_z, data->gram.chol[i], one + n_z);
        for (size_t k = 0; k < n_z; k++) {
            z[k * n_rho + i] = one[k];
            s[k * n_rho + i] = one[n_z + k];
            out->f[i] += one[k] * one[n_z + k];
        }
        out->phi[i] = model->gaps[gap].phi[i];
        out->root_weight[i] = sqrt(model->gaps[gap].weight[i]);
    }
    return MW_OK;
}

/* Adstock, sums and the posterior mean of the media part go one row on; media gets each particle's part. */
static void advance(struct mw_model *model, size_t t, double *media)
{
    struct mw_population *pop = &model->pop;
    const size_t n = pop->n, n_channels = model->spec.n_channels;

    for (size_t c = 0; c < n_channels; c++) {
        const double *theta[MW_THETA_N];
        for (size_t j = 0; j < MW_THETA_N; j++) {
            theta[j] = pop->theta + (c * MW_THETA_N + j) * n;
        }
        mw_kernel_advance(n, model->data[model->now].rows.x[t * n_channels + c],
                          model->spec.channels[c].m / model->spec.s_y, theta, pop->a + c * n,
                          pop->sum_h + c * n, media);
    }
    double mean = 0.0;
    for (size_t i = 0; i < n; i++) {
        mean += mw_exp(pop->log_w[i]) * media[i];
    }
    model->media[t] = mean;
}

/* The observed row t: every particle takes it in, then the weights follow. */
static enum mw_status assimilate(struct mw_model *model, size_t t, const double *media,
                                 struct mw_model_info *info, struct mw_error *err)
{
    struct mw_data *data = &model->data[model->now];
    struct mw_population *pop = &model->pop;
    struct mw_kernel_row row;
    struct passage passage;
    double *residual = mw_new_array(model->scratch, double, pop->n);
    double *work = mw_new_array(model->scratch, double, 3 * model->n_z);

    if (residual == NULL || work == NULL) {
        return MW_NO_MEMORY(err);
    }
    MW_TRY(passage_take(&passage, model, err));
    MW_TRY(row_views(model, data, t, &row, err));
    mw_data_log_marginals(model, data, pop->n, pop->rho, pop->q, passage.log_from);

    struct mw_data before = {.rows = data->rows, .gram = model->data[1 - model->now].gram};
    before.rows.n = t;
    mw_gram_copy(model, &data->gram, &before.gram);
    for (size_t i = 0; i < pop->n; i++) {
        residual[i] = data->rows.y[t] - media[i];
    }
    mw_kernel_assimilate(pop->n, &row, pop->rho, residual, pop->r_last, pop->b, pop->q, passage.work);
    MW_TRY(mw_data_observe(model, data, t, work, err));
    mw_data_log_marginals(model, data, pop->n, pop->rho, pop->q, passage.log_to);

    passage.from = &before;
    passage.bridge.to = data;
    return pass(&passage, info, err);
}

/* A failure past the checks leaves a population that is neither before nor after the news. */
static enum mw_status close_news(enum mw_status status, struct mw_error *err)
{
    if (status != MW_OK && err != NULL) {
        err->fatal = true;
    }
    return status;
}

static double current_ess(const struct mw_model *model)
{
    double sum = 0.0;
    for (size_t i = 0; i < model->pop.n; i++) {
        const double w = mw_exp(model->pop.log_w[i]);
        sum += w * w;
    }
    return 1.0 / sum;
}

enum mw_status mw_model_append(struct mw_model *model, const struct mw_model_row *row,
                               struct mw_model_info *info, struct mw_error *err)
{
    struct mw_rows *rows = &model->data[model->now].rows;
    struct mw_model_info unused;
    struct mw_model_info *said = info == NULL ? &unused : info;
    const size_t t = rows->n;

    mw_arena_reset(model->scratch);
    MW_TRY(mw_row_check(model, row, err));
    double *media = mw_new_array(model->scratch, double, model->pop.n);
    if (media == NULL) {
        return MW_NO_MEMORY(err);
    }
    *said = (struct mw_model_info){.log_predictive = 0.0};
    mw_rows_put(model, rows, t, row);
    rows->n++;
    model->n_news++;
    advance(model, t, media);
    if (rows->outcome[t] != rows->outcome[t]) {
        said->ess = said->ess_least = current_ess(model);
        return MW_OK;
    }
    return close_news(assimilate(model, t, media, said, err), err);
}

/* log p(new data) of every particle, whose states become those of the new data. */
static enum mw_status reevaluate(struct mw_model *model, const struct mw_data *data, double *log_marginal,
                                 struct mw_error *err)
{
    struct mw_tile tile;
    MW_TRY(mw_tile_take(&tile, model, &(struct mw_bridge){.to = data, .tau = 1.0}, err));
    for (size_t first = 0; first < model->pop.n; first += MW_L) {
        mw_tile_read(&tile, &model->pop, first);
        mw_tile_rebuild(&tile);
        mw_tile_write(&tile, &model->pop, first);
    }
    mw_data_log_marginals(model, data, model->pop.n, model->pop.rho, model->pop.q, log_marginal);
    return MW_OK;
}

enum mw_status mw_model_correct(struct mw_model *model, const struct mw_model_change changes[],
                                size_t n_changes, struct mw_model_info *info, struct mw_error *err)
{
    const struct mw_data *from = &model->data[model->now];
    struct mw_data *to = &model->data[1 - model->now];
    struct mw_model_info unused;
    struct mw_model_info *said = info == NULL ? &unused : info;
    struct passage passage;

    mw_arena_reset(model->scratch);
    for (size_t i = 0; i < n_changes; i++) {
        MW_TRY(mw_change_check(model, &changes[i], err));
    }
    *said = (struct mw_model_info){.log_predictive = 0.0};
    MW_TRY(passage_take(&passage, model, err));
    mw_rows_copy(model, &from->rows, &to->rows);
    for (size_t i = 0; i < n_changes; i++) {
        mw_rows_change(model, &to->rows, &changes[i]);
    }
    MW_TRY(mw_data_rebuild(model, to, err));

    model->n_news++;
    model->now = 1 - model->now;
    mw_data_log_marginals(model, from, model->pop.n, model->pop.rho, model->pop.q, passage.log_from);
    passage.from = from;
    passage.bridge.to = to;
    enum mw_status status = reevaluate(model, to, passage.log_to, err);
    return close_news(status == MW_OK ? pass(&passage, said, err) : status, err);
}

/* ---- what is known without any sampling ------------------------------------------------------ */

const struct mw_model_spec *mw_model_specification(const struct mw_model *model)
{
    return &model->spec;
}

size_t mw_model_rows(const struct mw_model *model)
{
    return model->data[model->now].rows.n;
}

size_t mw_model_observations(const struct mw_model *model)
{
    return model->data[model->now].rows.n_obs;
}

mw_date mw_model_last_date(const struct mw_model *model)
{
    const size_t n = mw_model_rows(model);
    return n == 0 ? MW_DATE_NONE
                  : model->spec.first + (mw_date)(n - 1) * mw_model_spec_step_days(&model->spec);
}
