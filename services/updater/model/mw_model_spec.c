// SPDX-License-Identifier: Apache-2.0
#include "mw_model_spec.h"
#include "mw_arena.h"
#include "mw_math.h"
#include <stdio.h>

const double mw_model_rho_grid[MW_MODEL_RHO_MAX] = {0.0, 0.2, 0.4, 0.6, 0.8, 0.95};

struct mw_model_spec mw_model_spec_default(void)
{
    return (struct mw_model_spec){
        .seed = 1,
        .trend = true,
        .yearly_pairs = 3,
        .weekdays = true,
        .gamma_variance = 100.0,
        .sigma2_shape = 2.0,
        .sigma2_scale = 0.01,
        .rho = MW_NAN,
        .n_particles = 1024,
        .rows_max = MW_MODEL_ROWS_MAX,
    };
}

struct mw_model_channel mw_model_channel_default(struct mw_span name, double m, bool is_brand)
{
    return (struct mw_model_channel){
        .name = name,
        .m = m,
        .log_roi = {.mean = 0.2, .sd = 0.9},
        .alpha = {.a = is_brand ? 3.0 : 1.0, .b = 3.0},
        .log_kappa = {.mean = 0.0, .sd = 0.7},
        .log_n = {.mean = 0x1.7564ce3457ab2p-3 /* log 1.2 */, .sd = 0.3},
    };
}

/* ---- checking -------------------------------------------------------------------------------- */

static bool is_positive(double v)
{
    return v > 0.0 && v < MW_INF;
}

static bool is_finite(double v)
{
    return v > -MW_INF && v < MW_INF;
}

static enum mw_status check_normal(const struct mw_model_channel *channel, const char *field,
                                   const struct mw_model_normal *prior, struct mw_error *err)
{
    if (!is_finite(prior->mean) || !is_positive(prior->sd)) {
        return MW_FAIL(err, MW_E_DATA,
                       "channel %.*s: prior of %s is N(%g, %g^2); give a finite mean and an sd above 0",
                       MW_SPAN_ARG(channel->name), field, prior->mean, prior->sd);
    }
    return MW_OK;
}

static enum mw_status check_channel(const struct mw_model_channel *channel, struct mw_error *err)
{
    if (!is_positive(channel->m)) {
        return MW_FAIL(
            err, MW_E_DATA,
            "channel %.*s: spend scale m is %g; it is the mean of its non-zero spend and must be above 0",
            MW_SPAN_ARG(channel->name), channel->m);
    }
    if (!is_positive(channel->alpha.a) || !is_positive(channel->alpha.b)) {
        return MW_FAIL(err, MW_E_DATA, "channel %.*s: prior of alpha is Beta(%g, %g); both must be above 0",
                       MW_SPAN_ARG(channel->name), channel->alpha.a, channel->alpha.b);
    }
    MW_TRY(check_normal(channel, "log_roi", &channel->log_roi, err));
    MW_TRY(check_normal(channel, "log_kappa", &channel->log_kappa, err));
    return check_normal(channel, "log_n", &channel->log_n, err);
}

static enum mw_status check_limit(const char *what, size_t n, size_t least, size_t most, struct mw_error *err)
{
    if (n < least || n > most) {
        return MW_FAIL(err, n > most ? MW_E_FULL : MW_E_DATA, "%s is %zu; a model takes %zu to %zu", what, n,
                       least, most);
    }
    return MW_OK;
}

static enum mw_status check_sizes(const struct mw_model_spec *spec, struct mw_error *err)
{
    MW_TRY(check_limit("n_channels", spec->n_channels, 1, MW_MODEL_CHANNELS_MAX, err));
    MW_TRY(check_limit("yearly_pairs", spec->yearly_pairs, 0, MW_MODEL_YEARLY_MAX, err));
    MW_TRY(check_limit("the number of baseline columns", mw_model_spec_n_z(spec), 1, MW_MODEL_Z_MAX, err));
    MW_TRY(check_limit("rows_max", spec->rows_max, 1, MW_MODEL_ROWS_MAX, err));
    MW_TRY(check_limit("n_particles", spec->n_particles, 4 * MW_MODEL_LANES, MW_MODEL_PARTICLES_MAX, err));
    if (spec->n_particles % MW_MODEL_LANES != 0) {
        return MW_FAIL(err, MW_E_DATA, "n_particles is %zu; give a multiple of %d", spec->n_particles,
                       MW_MODEL_LANES);
    }
    return MW_OK;
}

static enum mw_status check_controls(const struct mw_model_spec *spec, struct mw_error *err)
{
    for (size_t j = 0; j < spec->n_controls; j++) {
        const struct mw_model_control *control = &spec->controls[j];
        if (!is_finite(control->mean) || !is_positive(control->sd)) {
            return MW_FAIL(
                err, MW_E_DATA,
                "control %.*s: frozen constants are mean %g, sd %g; leave out a control that never varies",
                MW_SPAN_ARG(control->name), control->mean, control->sd);
        }
    }
    return MW_OK;
}

static enum mw_status check_noise(const struct mw_model_spec *spec, struct mw_error *err)
{
    if (!is_positive(spec->gamma_variance)) {
        return MW_FAIL(err, MW_E_DATA, "gamma_variance is %g; give a number above 0", spec->gamma_variance);
    }
    if (!is_positive(spec->sigma2_shape) || !is_positive(spec->sigma2_scale)) {
        return MW_FAIL(err, MW_E_DATA, "sigma2 ~ InvGamma(%g, %g); both must be above 0", spec->sigma2_shape,
                       spec->sigma2_scale);
    }
    if (spec->rho == spec->rho && !(spec->rho >= 0.0 && spec->rho <= 0.99)) {
        return MW_FAIL(err, MW_E_DATA, "rho is %g; give 0 to 0.99, or none to estimate it", spec->rho);
    }
    return MW_OK;
}

enum mw_status mw_model_spec_check(const struct mw_model_spec *spec, struct mw_error *err)
{
    MW_TRY(check_sizes(spec, err));
    if (spec->first == MW_DATE_NONE) {
        return MW_FAIL(err, MW_E_DATA, "first is not set; it is the date of the first row");
    }
    if (!is_positive(spec->s_y)) {
        return MW_FAIL(err, MW_E_DATA, "outcome scale s_y is %g; it is the mean outcome and must be above 0",
                       spec->s_y);
    }
    for (size_t c = 0; c < spec->n_channels; c++) {
        MW_TRY(check_channel(&spec->channels[c], err));
    }
    MW_TRY(check_controls(spec, err));
    return check_noise(spec, err);
}

/* ---- the columns of z ------------------------------------------------------------------------ */

static size_t n_weekday_columns(const struct mw_model_spec *spec)
{
    return spec->weekdays && spec->grid == MW_MODEL_DAILY ? 6 : 0;
}

size_t mw_model_spec_n_z(const struct mw_model_spec *spec)
{
    return 1 + (spec->trend ? 1u : 0u) + 2 * spec->yearly_pairs + n_weekday_columns(spec) + spec->n_controls +
           spec->n_events;
}

void mw_model_spec_z_name(const struct mw_model_spec *spec, size_t k, char out[MW_MODEL_NAME_BYTES])
{
    static const char *const days[] = {"dow_tue", "dow_wed", "dow_thu", "dow_fri", "dow_sat", "dow_sun"};
    const size_t n_fixed = 1 + (spec->trend ? 1u : 0u), n_yearly = 2 * spec->yearly_pairs;
    const size_t n_days = n_weekday_columns(spec), from_controls = n_fixed + n_yearly + n_days;

    if (k < n_fixed) {
        snprintf(out, MW_MODEL_NAME_BYTES, "%s", k == 0 ? "intercept" : "trend");
    } else if (k < n_fixed + n_yearly) {
        const size_t j = k - n_fixed;
        snprintf(out, MW_MODEL_NAME_BYTES, "%s%zu", j % 2 == 0 ? "sin" : "cos", j / 2 + 1);
    } else if (k < from_controls) {
        snprintf(out, MW_MODEL_NAME_BYTES, "%s", days[k - n_fixed - n_yearly]);
    } else if (k < from_controls + spec->n_controls) {
        snprintf(out, MW_MODEL_NAME_BYTES, "%.*s", MW_SPAN_ARG(spec->controls[k - from_controls].name));
    } else {
        snprintf(out, MW_MODEL_NAME_BYTES, "%.*s",
                 MW_SPAN_ARG(spec->events[k - from_controls - spec->n_controls]));
    }
}

int mw_model_spec_step_days(const struct mw_model_spec *spec)
{
    return spec->grid == MW_MODEL_DAILY ? 1 : 7;
}

size_t mw_model_spec_tail_rows(const struct mw_model_spec *spec)
{
    return spec->grid == MW_MODEL_DAILY ? 182 : 26;
}

size_t mw_model_spec_window_rows(const struct mw_model_spec *spec)
{
    return spec->grid == MW_MODEL_DAILY ? 28 : 4;
}

size_t mw_model_spec_rhos(const struct mw_model_spec *spec, double rho[MW_MODEL_RHO_MAX])
{
    if (spec->rho == spec->rho) {
        rho[0] = spec->rho;
        return 1;
    }
    memcpy(rho, mw_model_rho_grid, sizeof mw_model_rho_grid);
    return MW_MODEL_RHO_MAX;
}

/* ---- priors ---------------------------------------------------------------------------------- */

static double log_normal_density(double x, const struct mw_model_normal *prior)
{
    const double d = (x - prior->mean) / prior->sd;
    return -0.5 * d * d - mw_log(prior->sd) - 0.5 * MW_LN_2PI;
}

/* log(1 + e^x) without overflow. */
static double softplus(double x)
{
    return (x > 0.0 ? x : 0.0) + mw_log1p(mw_exp(-fabs(x)));
}

double mw_model_channel_log_prior(const struct mw_model_channel *channel, const double theta[MW_THETA_N])
{
    const double a = channel->alpha.a, b = channel->alpha.b;
    const double log_beta = mw_lgamma(a) + mw_lgamma(b) - mw_lgamma(a + b);
    const double logit = theta[MW_LOGIT_ALPHA];

    return log_normal_density(theta[MW_LOG_ROI], &channel->log_roi) - a * softplus(-logit) -
           b * softplus(logit) - log_beta + log_normal_density(theta[MW_LOG_KAPPA], &channel->log_kappa) +
           log_normal_density(theta[MW_LOG_N], &channel->log_n);
}

/* The second derivative of log Gamma: upwards by its recurrence until the asymptotic series (Abramowitz &
 * Stegun 6.4.12) is good to 1e-12. */
static double trigamma(double x)
{
    double sum = 0.0;
    for (; x < 12.0; x += 1.0) {
        sum += 1.0 / (x * x);
    }
    const double v = 1.0 / x, v2 = v * v;
    return sum + v * (1.0 + v * (0.5 + v * (1.0 / 6.0 + v2 * (-1.0 / 30.0 + v2 * (1.0 / 42.0 - v2 / 30.0)))));
}

double mw_model_channel_prior_sd(const struct mw_model_channel *channel, enum mw_model_coordinate coordinate)
{
    switch (coordinate) {
    case MW_LOG_ROI:
        return channel->log_roi.sd;
    case MW_LOGIT_ALPHA:
        return sqrt(trigamma(channel->alpha.a) + trigamma(channel->alpha.b));
    case MW_LOG_KAPPA:
        return channel->log_kappa.sd;
    default:
        return channel->log_n.sd;
    }
}

/* ---- save and load --------------------------------------------------------------------------- */

static void save_normal(const struct mw_model_normal *prior, struct mw_writer *out)
{
    mw_write_f64(out, prior->mean);
    mw_write_f64(out, prior->sd);
}

static void save_channel(const struct mw_model_channel *channel, struct mw_writer *out)
{
    mw_write_span(out, channel->name);
    mw_write_f64(out, channel->m);
    save_normal(&channel->log_roi, out);
    mw_write_f64(out, channel->alpha.a);
    mw_write_f64(out, channel->alpha.b);
    save_normal(&channel->log_kappa, out);
    save_normal(&channel->log_n, out);
}

void mw_model_spec_save(const struct mw_model_spec *spec, struct mw_writer *out)
{
    mw_write_span(out, spec->tenant);
    mw_write_u64(out, spec->seed);
    mw_write_u8(out, (uint8_t)spec->grid);
    mw_write_i32(out, spec->first);
    mw_write_f64(out, spec->s_y);
    mw_write_u8(out, spec->trend);
    mw_write_u8(out, (uint8_t)spec->yearly_pairs);
    mw_write_u8(out, spec->weekdays);
    mw_write_f64(out, spec->gamma_variance);
    mw_write_f64(out, spec->sigma2_shape);
    mw_write_f64(out, spec->sigma2_scale);
    mw_write_f64(out, spec->rho);
    mw_write_u32(out, (uint32_t)spec->n_particles);
    mw_write_u32(out, (uint32_t)spec->rows_max);
    mw_write_u64(out, spec->n_channels);
    for (size_t c = 0; c < spec->n_channels; c++) {
        save_channel(&spec->channels[c], out);
    }
    mw_write_u64(out, spec->n_controls);
    for (size_t j = 0; j < spec->n_controls; j++) {
        mw_write_span(out, spec->controls[j].name);
        mw_write_f64(out, spec->controls[j].mean);
        mw_write_f64(out, spec->controls[j].sd);
    }
    mw_write_u64(out, spec->n_events);
    for (size_t j = 0; j < spec->n_events; j++) {
        mw_write_span(out, spec->events[j]);
    }
}

static struct mw_model_normal load_normal(struct mw_reader *in)
{
    const double mean = mw_read_f64(in);
    return (struct mw_model_normal){.mean = mean, .sd = mw_read_f64(in)};
}

/* Clears *ok when memory is out. */
static struct mw_span load_text(struct mw_arena *arena, struct mw_reader *in, bool *ok)
{
    const struct mw_span text = mw_arena_copy(arena, mw_read_span(in));
    *ok = *ok && text.data != NULL;
    return text;
}

static void load_channel(struct mw_model_channel *channel, struct mw_arena *arena, struct mw_reader *in,
                         bool *ok)
{
    channel->name = load_text(arena, in, ok);
    channel->m = mw_read_f64(in);
    channel->log_roi = load_normal(in);
    channel->alpha.a = mw_read_f64(in);
    channel->alpha.b = mw_read_f64(in);
    channel->log_kappa = load_normal(in);
    channel->log_n = load_normal(in);
}

static bool load_lists(struct mw_model_spec *spec, struct mw_arena *arena, struct mw_reader *in)
{
    bool ok = true;
    spec->n_channels = mw_read_count(in, sizeof(double));
    struct mw_model_channel *channels = mw_new_array(arena, struct mw_model_channel, spec->n_channels);
    for (size_t c = 0; channels != NULL && c < spec->n_channels; c++) {
        load_channel(&channels[c], arena, in, &ok);
    }
    spec->n_controls = mw_read_count(in, sizeof(double));
    struct mw_model_control *controls = mw_new_array(arena, struct mw_model_control, spec->n_controls);
    for (size_t j = 0; controls != NULL && j < spec->n_controls; j++) {
        controls[j].name = load_text(arena, in, &ok);
        controls[j].mean = mw_read_f64(in);
        controls[j].sd = mw_read_f64(in);
    }
    spec->n_events = mw_read_count(in, sizeof(uint32_t));
    struct mw_span *events = mw_new_array(arena, struct mw_span, spec->n_events);
    for (size_t j = 0; events != NULL && j < spec->n_events; j++) {
        events[j] = load_text(arena, in, &ok);
    }
    spec->channels = channels;
    spec->controls = controls;
    spec->events = events;
    return ok && channels != NULL && controls != NULL && events != NULL;
}

enum mw_status mw_model_spec_load(struct mw_model_spec *spec, struct mw_arena *arena, struct mw_reader *in,
                                  struct mw_error *err)
{
    bool ok = true;
    *spec = (struct mw_model_spec){0};
    spec->tenant = load_text(arena, in, &ok);
    spec->seed = mw_read_u64(in);
    spec->grid = mw_read_u8(in) == MW_MODEL_DAILY ? MW_MODEL_DAILY : MW_MODEL_WEEKLY;
    spec->first = mw_read_i32(in);
    spec->s_y = mw_read_f64(in);
    spec->trend = mw_read_u8(in) != 0;
    spec->yearly_pairs = mw_read_u8(in);
    spec->weekdays = mw_read_u8(in) != 0;
    spec->gamma_variance = mw_read_f64(in);
    spec->sigma2_shape = mw_read_f64(in);
    spec->sigma2_scale = mw_read_f64(in);
    spec->rho = mw_read_f64(in);
    spec->n_particles = mw_read_u32(in);
    spec->rows_max = mw_read_u32(in);
    if (!load_lists(spec, arena, in) || !ok) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for the model's specification");
    }
    MW_TRY(mw_reader_status(in, err));
    return mw_model_spec_check(spec, err);
}
