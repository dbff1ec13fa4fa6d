// SPDX-License-Identifier: Apache-2.0
#include "mw_model_derive.h"
#include "mw_dist.h"
#include "mw_la.h"
#include "mw_model_curve.h"
#include "mw_model_draws.h"
#include "mw_model_internal.h"
#include "mw_resample.h"

enum { D = MW_MODEL_DRAWS };
static const double default_multiples[] = {0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0};
static const double mroas_step = 1.01; /* definitions.md: one per cent more */
static const double weak_from = 0.5, prior_from = 0.8, collinear_from = 0.9;

const char *mw_model_verdict_name(enum mw_model_verdict verdict)
{
    static const char *const names[] = {"identified", "weak", "prior"};
    return names[verdict];
}

struct deriver {
    struct mw_model *model;
    struct mw_arena *arena;
    const double *multiples;
    size_t n_multiples;
    double floor;
    double *w;         /* particle weights */
    double *x, *spare; /* n particles each */
    double *media;     /* sum over channels of contribution, per particle */
    double *wasted;    /* sum over channels, per draw */
    uint32_t draw[D];
    struct mw_sample *sort; /* 2 n entries */
    struct mw_curve_draws *draws;
    size_t window_rows;
};

/* ---- set-up ---------------------------------------------------------------------------------- */

static enum mw_status check_options(const struct mw_model *model,
                                    const struct mw_model_derive_options *options, struct mw_error *err)
{
    if (mw_model_observations(model) == 0) {
        return MW_FAIL(err, MW_E_DATA, "the model has no row with an outcome yet; append some first");
    }
    if (!(options->floor > 0.0 && options->floor < MW_INF)) {
        return MW_FAIL(err, MW_E_DATA, "the floor of mROAS is %g; give 1, or 1 / margin", options->floor);
    }
    if (options->n_multiples > MW_MODEL_CURVE_MAX - 1) {
        return MW_FAIL(err, MW_E_DATA, "a curve of %zu points; at most %d", options->n_multiples,
                       MW_MODEL_CURVE_MAX - 1);
    }
    for (size_t g = 0; g < options->n_multiples; g++) {
        if (!(options->multiples[g] > (g == 0 ? 0.0 : options->multiples[g - 1]))) {
            return MW_FAIL(err, MW_E_DATA, "multiple %zu of the curve is %g; they must ascend from above 0",
                           g, options->multiples[g]);
        }
    }
    return MW_OK;
}

static enum mw_status deriver_take(struct deriver *d, struct mw_model *model,
                                   const struct mw_model_derive_options *options, struct mw_arena *arena,
                                   struct mw_error *err)
{
    const size_t n = model->pop.n, rows = mw_model_rows(model),
                 window = mw_model_spec_window_rows(&model->spec);
    struct mw_arena *scratch = model->scratch;
    const bool is_default = options->n_multiples == 0;
    double log_mean;

    *d = (struct deriver){
        .model = model,
        .arena = arena,
        .multiples = is_default ? default_multiples : options->multiples,
        .n_multiples =
            is_default ? sizeof default_multiples / sizeof default_multiples[0] : options->n_multiples,
        .floor = options->floor,
        .w = mw_new_array(scratch, double, n),
        .x = mw_new_array(scratch, double, n),
        .spare = mw_new_array(scratch, double, n),
        .media = mw_new_array(scratch, double, n),
        .wasted = mw_new_array(scratch, double, D),
        .sort = mw_new_array(scratch, struct mw_sample, 2 * (n > D ? n : D)),
        .draws = mw_new(scratch, struct mw_curve_draws),
        .window_rows = rows < window ? rows : window,
    };
    if (d->w == NULL || d->x == NULL || d->spare == NULL || d->media == NULL || d->wasted == NULL ||
        d->sort == NULL || d->draws == NULL) {
        return MW_NO_MEMORY(err);
    }
    d->draws->base = mw_new_array(scratch, double, d->window_rows *D);
    d->draws->unit = mw_new_array(scratch, double, d->window_rows *D);
    if (d->draws->base == NULL || d->draws->unit == NULL) {
        return MW_NO_MEMORY(err);
    }
    MW_TRY(mw_weights_normalise(n, model->pop.log_w, d->w, &log_mean, err));
    mw_model_draw_particles(model, d->w, d->draw);
    return MW_OK;
}

static enum mw_status summarise(struct deriver *d, size_t n, const double *x, const double *w,
                                struct mw_summary *out, struct mw_error *err)
{
    return mw_summarise(n, x, w, d->sort, out, err);
}

static struct mw_summary scaled(struct mw_summary s, double by)
{
    return (struct mw_summary){.mean = s.mean * by,
                               .sd = s.sd * by,
                               .q05 = s.q05 * by,
                               .q25 = s.q25 * by,
                               .q50 = s.q50 * by,
                               .q75 = s.q75 * by,
                               .q95 = s.q95 * by};
}

/* ---- from the whole population --------------------------------------------------------------- */

/* s_y beta sum_h per particle. */
static void contributions(const struct mw_model *model, size_t c, double *out)
{
    const struct mw_population *pop = &model->pop;
    const struct mw_model_channel *channel = &model->spec.channels[c];
    for (size_t first = 0; first < pop->n; first += MW_L) {
        const double *theta[MW_THETA_N];
        struct mw_lanes lanes;
        for (size_t j = 0; j < MW_THETA_N; j++) {
            theta[j] = pop->theta + (c * MW_THETA_N + j) * pop->n + first;
        }
        mw_kernel_lanes(theta, channel->m / model->spec.s_y, &lanes);
        for (size_t i = 0; i < MW_L; i++) {
            out[first + i] = model->spec.s_y * lanes.beta[i] * pop->sum_h[c * pop->n + first + i];
        }
    }
}

static double column_sum(const double *x, size_t from, size_t to, size_t stride)
{
    double sum = 0.0;
    for (size_t t = from; t < to; t++) {
        sum += x[t * stride];
    }
    return sum;
}

static enum mw_status derive_parameters(struct deriver *d, size_t c, struct mw_model_channel_estimate *out,
                                        struct mw_error *err)
{
    const struct mw_model_channel *channel = &d->model->spec.channels[c];
    const struct mw_population *pop = &d->model->pop;
    for (size_t j = 0; j < MW_THETA_N; j++) {
        const double *theta = pop->theta + (c * MW_THETA_N + j) * pop->n;
        MW_TRY(summarise(d, pop->n, theta, d->w, &out->theta[j], err));
        out->prior_share[j] =
            out->theta[j].sd / mw_model_channel_prior_sd(channel, (enum mw_model_coordinate)j);
    }
    return MW_OK;
}

static enum mw_status derive_contribution(struct deriver *d, size_t c, double outcome,
                                          struct mw_model_channel_estimate *out, struct mw_error *err)
{
    const struct mw_population *pop = &d->model->pop;

    contributions(d->model, c, d->x);
    for (size_t i = 0; i < pop->n; i++) {
        d->media[i] += d->x[i];
    }
    MW_TRY(summarise(d, pop->n, d->x, d->w, &out->contribution, err));
    out->share = scaled(out->contribution, 1.0 / outcome);
    out->roi = scaled(out->contribution, out->spend > 0.0 ? 1.0 / out->spend : MW_NAN);
    return MW_OK;
}

/* ---- collinearity ---------------------------------------------------------------------------- */

static double spend_correlation(const struct mw_rows *rows, size_t n_channels, size_t from, size_t a,
                                size_t b)
{
    const double n = (double)(rows->n - from);
    const double ma = column_sum(rows->x + a, from, rows->n, n_channels) / n;
    const double mb = column_sum(rows->x + b, from, rows->n, n_channels) / n;
    double aa = 0.0, bb = 0.0, ab = 0.0;
    for (size_t t = from; t < rows->n; t++) {
        const double da = rows->x[t * n_channels + a] - ma, db = rows->x[t * n_channels + b] - mb;
        aa += da * da;
        bb += db * db;
        ab += da * db;
    }
    return aa > 0.0 && bb > 0.0 ? ab / sqrt(aa * bb) : 0.0;
}

/* Over the last 26 weeks, every pair once. */
static void derive_collinearity(const struct mw_model *model, struct mw_model_channel_estimate *channels)
{
    const struct mw_rows *rows = &model->data[model->now].rows;
    const size_t span = mw_model_spec_tail_rows(&model->spec), n_channels = model->spec.n_channels;
    const size_t from = rows->n > span ? rows->n - span : 0;

    for (size_t a = 0; a < n_channels; a++) {
        for (size_t b = 0; b < a; b++) {
            const double r = fabs(spend_correlation(rows, n_channels, from, a, b));
            const size_t pair[2] = {a, b};
            for (size_t k = 0; k < 2; k++) {
                struct mw_model_channel_estimate *channel = &channels[pair[k]];
                if (r > channel->collinearity) {
                    channel->collinearity = r;
                    channel->collinear_with = pair[1 - k];
                }
            }
        }
    }
}

static enum mw_model_verdict verdict_of(const struct mw_model_channel_estimate *channel)
{
    const double share = channel->prior_share[MW_LOG_ROI];
    if (!(share < prior_from)) {
        return MW_MODEL_PRIOR;
    }
    return share < weak_from && channel->collinearity < collinear_from ? MW_MODEL_IDENTIFIED : MW_MODEL_WEAK;
}

/* ---- curves, from the draws ------------------------------------------------------------------ */

/* The window's flighting; flat at m_c where it has no spend. Returns the spend per period at multiple 1. */
static enum mw_status window_of(struct deriver *d, size_t c, struct mw_curve_window *out, double *spend,
                                struct mw_error *err)
{
    const struct mw_model_spec *spec = &d->model->spec;
    const struct mw_rows *rows = &d->model->data[d->model->now].rows;
    const size_t stride = spec->n_channels, n = d->window_rows, from = rows->n - n;
    double *x = mw_new_array(d->model->scratch, double, n);

    if (x == NULL) {
        return MW_NO_MEMORY(err);
    }
    const double sum = column_sum(rows->x + c, from, rows->n, stride);
    for (size_t t = 0; t < n; t++) {
        x[t] = sum > 0.0 ? rows->x[(from + t) * stride + c] : 1.0;
    }
    *spend = spec->channels[c].m * (sum > 0.0 ? sum / (double)n : 1.0);
    *out = (struct mw_curve_window){
        .n_rows = n,
        .x = x,
        .before = rows->x + c,
        .n_before = from,
        .stride = stride,
        .n_tail = mw_curve_tail_rows(d->draws, mw_model_spec_tail_rows(spec)),
    };
    return MW_OK;
}

static void read_draws(struct deriver *d, size_t c)
{
    const struct mw_population *pop = &d->model->pop;
    for (size_t j = 0; j < MW_THETA_N; j++) {
        const double *theta = pop->theta + (c * MW_THETA_N + j) * pop->n;
        for (size_t i = 0; i < D; i++) {
            d->draws->theta[j][i] = theta[d->draw[i]];
        }
    }
    mw_curve_parameters(d->model->spec.channels[c].m / d->model->spec.s_y, d->model->spec.s_y, d->draws);
}

/* mROAS at the window's spend, and what the window causes at no spend (its carry-over), per draw. */
static enum mw_status derive_mroas(struct deriver *d, const struct mw_curve_window *window, double spend,
                                   double *at_zero, struct mw_model_channel_estimate *out,
                                   struct mw_error *err)
{
    double at_spend[D], above[D], mroas[D], n_below = 0.0;
    const double more = (mroas_step - 1.0) * spend * (double)window->n_rows;

    mw_curve_response(window, 0.0, d->draws, at_zero);
    mw_curve_response(window, 1.0, d->draws, at_spend);
    mw_curve_response(window, mroas_step, d->draws, above);
    for (size_t i = 0; i < D; i++) {
        mroas[i] = d->draws->gain[i] * (above[i] - at_spend[i]) / more;
        n_below += mroas[i] < d->floor;
    }
    out->p_below_floor = n_below / D;
    return summarise(d, D, mroas, NULL, &out->mroas, err);
}

struct curve_arrays {
    double *spend, *draws, *slopes, *levels[4]; /* mean, q05, q50, q95 */
};

static enum mw_status curve_take(struct deriver *d, struct curve_arrays *a, struct mw_model_curve *out,
                                 struct mw_error *err)
{
    const size_t n = d->n_multiples + 1;
    double *all = mw_new_array(d->arena, double, n *(5 + 2 * D));
    if (all == NULL) {
        return MW_NO_MEMORY(err);
    }
    *a = (struct curve_arrays){.spend = all, .draws = all + 5 * n, .slopes = all + (5 + D) * n};
    for (size_t k = 0; k < 4; k++) {
        a->levels[k] = all + (k + 1) * n;
    }
    *out = (struct mw_model_curve){.n = n,
                                   .spend = a->spend,
                                   .mean = a->levels[0],
                                   .q05 = a->levels[1],
                                   .q50 = a->levels[2],
                                   .q95 = a->levels[3],
                                   .draws = a->draws,
                                   .slopes = a->slopes};
    return MW_OK;
}

/* Point g of the curve: response per period and slope per unit of spend. */
static enum mw_status curve_point(struct deriver *d, const struct mw_curve_window *window, double spend,
                                  const double *at_zero, size_t g, const struct curve_arrays *a,
                                  struct mw_error *err)
{
    const double multiple = d->multiples[g - 1], rows = (double)window->n_rows;
    double *response = a->draws + g * D, *slope = a->slopes + g * D;
    struct mw_summary s;

    a->spend[g] = multiple * spend;
    mw_curve_response_slope(window, multiple, d->draws, response, slope);
    for (size_t i = 0; i < D; i++) {
        response[i] = d->draws->gain[i] * (response[i] - at_zero[i]) / rows;
        slope[i] = d->draws->gain[i] * slope[i] / (rows * spend);
    }
    MW_TRY(summarise(d, D, response, NULL, &s, err));
    a->levels[0][g] = s.mean;
    a->levels[1][g] = s.q05;
    a->levels[2][g] = s.q50;
    a->levels[3][g] = s.q95;
    return MW_OK;
}

static enum mw_status derive_saturation(struct deriver *d, struct mw_model_channel_estimate *out,
                                        struct mw_error *err)
{
    const struct mw_model_curve *curve = &out->curve;
    const double current = out->is_planned ? 0.0 : out->spend_recent;
    double at[D], wasted[D], n_beyond = 0.0;

    for (size_t i = 0; i < D; i++) {
        at[i] = mw_curve_saturation(curve->n, curve->spend, curve->draws + i, curve->slopes + i, D, d->floor);
        wasted[i] = current > at[i] ? current - at[i] : 0.0;
        d->wasted[i] += wasted[i];
        n_beyond += at[i] >= curve->spend[curve->n - 1];
    }
    out->p_beyond_curve = n_beyond / D;
    MW_TRY(summarise(d, D, at, NULL, &out->saturation, err));
    return summarise(d, D, wasted, NULL, &out->wasted, err);
}

/* Steady spends, where a = x / m: kappa 9^(1/n), and kappa ((n - 1) / (n + 1))^(1/n) for n > 1. */
static enum mw_status derive_shape(struct deriver *d, size_t c, struct mw_model_channel_estimate *out,
                                   struct mw_error *err)
{
    const double m = d->model->spec.channels[c].m;
    double technical[D], inflection[D], n_s_shaped = 0.0;

    for (size_t i = 0; i < D; i++) {
        const double n = d->draws->n[i], log_kappa = d->draws->theta[MW_LOG_KAPPA][i];
        technical[i] = m * mw_exp(log_kappa + mw_log(9.0) / n);
        inflection[i] = n > 1.0 ? m * mw_exp(log_kappa + mw_log((n - 1.0) / (n + 1.0)) / n) : 0.0;
        n_s_shaped += n > 1.0;
    }
    out->p_s_shaped = n_s_shaped / D;
    MW_TRY(summarise(d, D, technical, NULL, &out->saturation_technical, err));
    return summarise(d, D, inflection, NULL, &out->inflection, err);
}

static enum mw_status derive_curve(struct deriver *d, size_t c, struct mw_model_channel_estimate *out,
                                   struct mw_error *err)
{
    struct mw_curve_window window;
    struct curve_arrays arrays = {0};
    double spend = 0.0, at_zero[D];

    read_draws(d, c);
    MW_TRY(window_of(d, c, &window, &spend, err));
    mw_curve_window(&window, d->draws);
    MW_TRY(derive_mroas(d, &window, spend, at_zero, out, err));
    MW_TRY(curve_take(d, &arrays, &out->curve, err));
    for (size_t g = 1; g < out->curve.n; g++) {
        MW_TRY(curve_point(d, &window, spend, at_zero, g, &arrays, err));
    }
    MW_TRY(derive_saturation(d, out, err));
    return derive_shape(d, c, out, err);
}

static enum mw_status derive_channel(struct deriver *d, size_t c, double outcome,
                                     struct mw_model_channel_estimate *out, struct mw_error *err)
{
    const struct mw_model_spec *spec = &d->model->spec;
    const struct mw_rows *rows = &d->model->data[d->model->now].rows;
    const double recent = column_sum(rows->spend + c, rows->n - d->window_rows, rows->n, spec->n_channels);

    out->name = spec->channels[c].name;
    out->spend = column_sum(rows->spend + c, 0, rows->n, spec->n_channels);
    out->spend_recent = recent / (double)d->window_rows;
    out->ever_spent = out->spend > 0.0;
    out->is_planned = !(recent > 0.0);
    MW_TRY(derive_parameters(d, c, out, err));
    MW_TRY(derive_contribution(d, c, outcome, out, err));
    return derive_curve(d, c, out, err);
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* Missing rows counted at the mean of the observed ones. */
static double total_outcome(const struct mw_model *model)
{
    const struct mw_rows *rows = &model->data[model->now].rows;
    double sum = 0.0;
    for (size_t j = 0; j < rows->n_obs; j++) {
        sum += rows->outcome[rows->obs[j]];
    }
    return sum * (double)rows->n / (double)rows->n_obs;
}

static enum mw_status derive_totals(struct deriver *d, struct mw_model_estimate *out, struct mw_error *err)
{
    const struct mw_model_channel_estimate *channels = out->channels;
    double spend = 0.0, recent = 0.0, wasted[D];
    struct mw_summary media;

    for (size_t c = 0; c < out->n_channels; c++) {
        spend += channels[c].spend;
        recent += channels[c].spend_recent;
    }
    for (size_t i = 0; i < D; i++) {
        wasted[i] = recent > 0.0 ? 100.0 * d->wasted[i] / recent : 0.0;
    }
    MW_TRY(summarise(d, d->model->pop.n, d->media, d->w, &media, err));
    out->media_share = scaled(media, 1.0 / out->outcome);
    out->roi = scaled(media, spend > 0.0 ? 1.0 / spend : MW_NAN);
    return summarise(d, D, wasted, NULL, &out->wasted_pct, err);
}

/* sum over rows of z'gamma: a linear form of gamma, whose law given theta, rho and sigma^2 is normal. */
static enum mw_status derive_baseline(struct deriver *d, struct mw_model_estimate *out, struct mw_error *err)
{
    const struct mw_model *model = d->model;
    const struct mw_rows *rows = &model->data[model->now].rows;
    double *form = mw_new_array(model->scratch, double, model->n_z);
    double baseline[D], sigma = 0.0;

    if (form == NULL) {
        return MW_NO_MEMORY(err);
    }
    for (size_t t = 0; t < rows->n; t++) {
        for (size_t k = 0; k < model->n_z; k++) {
            form[k] += rows->z[t * model->n_z + k];
        }
    }
    struct mw_gamma_form linear;
    MW_TRY(mw_gamma_form_take(&linear, model, form, err));
    for (size_t i = 0; i < D; i++) {
        const struct mw_gamma_draw drawn = mw_gamma_form_draw(&linear, d->draw[i], i);
        baseline[i] = model->spec.s_y * drawn.value;
        sigma += model->spec.s_y * sqrt(drawn.sigma2) / D;
    }
    out->fit.sigma = sigma;
    return summarise(d, D, baseline, NULL, &out->baseline, err);
}

struct mw_model_health mw_model_health(const struct mw_model *model)
{
    const struct mw_population *pop = &model->pop;
    uint64_t n_roots = 0;
    double sum = 0.0;

    for (size_t i = 0; i < pop->n; i++) {
        const double w = mw_exp(pop->log_w[i]);
        sum += w * w;
        /* Resampling keeps the order of the parents, so equal roots stand together. */
        n_roots += i == 0 || pop->root[i] != pop->root[i - 1];
    }
    return (struct mw_model_health){
        .ess = 1.0 / sum,
        .acceptance = model->acceptance,
        .rho_acceptance = model->rho_acceptance,
        .log_evidence = model->log_evidence,
        .unique_ancestors = model->n_survivors,
        .unique_roots = n_roots,
        .moves = model->n_moves,
        .stages = model->n_stages,
        .news = model->n_news,
    };
}

enum mw_status mw_model_derive(struct mw_model *model, const struct mw_model_derive_options *options,
                               struct mw_arena *arena, struct mw_model_estimate *out, struct mw_error *err)
{
    const size_t n_channels = model->spec.n_channels;
    struct deriver d;

    mw_arena_reset(model->scratch);
    MW_TRY(check_options(model, options, err));
    MW_TRY(deriver_take(&d, model, options, arena, err));
    struct mw_model_channel_estimate *channels =
        mw_new_array(arena, struct mw_model_channel_estimate, n_channels);
    if (channels == NULL) {
        return MW_NO_MEMORY(err);
    }
    *out = (struct mw_model_estimate){
        .as_of = mw_model_last_date(model),
        .n_rows = mw_model_rows(model),
        .n_observations = mw_model_observations(model),
        .n_channels = n_channels,
        .channels = channels,
        .outcome = total_outcome(model),
        .health = mw_model_health(model),
    };
    for (size_t c = 0; c < n_channels; c++) {
        MW_TRY(derive_channel(&d, c, out->outcome, &channels[c], err));
    }
    derive_collinearity(model, channels);
    for (size_t c = 0; c < n_channels; c++) {
        channels[c].verdict = verdict_of(&channels[c]);
    }
    MW_TRY(derive_totals(&d, out, err));
    MW_TRY(derive_baseline(&d, out, err));
    return mw_model_derive_fit(model, d.w, &out->fit, err);
}
