// SPDX-License-Identifier: Apache-2.0
#include "mw_simulate_internal.h"

#include "mw_dist.h"
#include "mw_math.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { FLIGHT_DAYS = 28, KINDS = 6 };

/* Purposes of random numbers: each has streams of its own. */
enum purpose { FLIGHT = 1, FLIGHT_LEVEL, SPEND_NOISE, WAVE, WEIGHT, ERROR, GEO_ERROR, CONTROL };

/* The sixth kind is the hard one: always on, nearly constant, so its return cannot be learnt without a test.
 */
static const struct kind {
    const char *name;
    int memory;
    double roi, alpha, kappa, n, spend_per_day, on_share;
} kinds[KINDS] = {
    {"search", MW_MEMORY_SHORT, 3.0, 0.10, 1.2, 1.1, 5000, 1.0},
    {"social", MW_MEMORY_SHORT, 1.8, 0.35, 0.9, 1.3, 3500, 1.0},
    {"video", MW_MEMORY_SHORT, 1.2, 0.50, 1.1, 1.0, 2500, 0.7},
    {"tv", MW_MEMORY_BRAND, 1.5, 0.80, 0.7, 1.5, 9000, 0.5},
    {"display", MW_MEMORY_SHORT, 0.6, 0.25, 0.6, 1.2, 2000, 0.6},
    {"affiliate", MW_MEMORY_SHORT, 2.5, 0.15, 1.0, 1.2, 900, 1.0},
};

/* gamma: sizes in units of s_y, as in the project's reference simulation. Weeks and days share all but
 * weekdays. */
static const double gamma_trend = 0.05, gamma_control = -0.025, gamma_holiday = 0.12;
static const double gamma_fourier[6] = {-0.037, 0.073, 0.018, 0.024, 0.012, -0.012};
static const double gamma_weekday[7] = {0, 0.012, 0.006, 0.018, 0.061, 0.098, 0.055};
static const double control_mean = 100.0, control_sd = 4.0;

int mw_simulate_days(const struct mw_simulate *sim)
{
    return sim->config.grid == MW_GRID_WEEK ? 7 : 1;
}

/* ---- random numbers ----------------------------------------------------------------------------------- */

static struct mw_rng draw_at(const struct mw_simulate *sim, enum purpose purpose, size_t stream,
                             int64_t index)
{
    const uint64_t key = mw_rng_key(mw_rng_key(sim->config.seed, (uint64_t)purpose), (uint64_t)index);
    return (struct mw_rng){.key = key, .stream = stream};
}

static double normal_at(const struct mw_simulate *sim, enum purpose purpose, size_t stream, int64_t index)
{
    struct mw_rng rng = draw_at(sim, purpose, stream, index);
    return mw_draw_normal(&rng);
}

static double uniform_at(const struct mw_simulate *sim, enum purpose purpose, size_t stream, int64_t index)
{
    struct mw_rng rng = draw_at(sim, purpose, stream, index);
    return mw_rng_uniform(&rng);
}

static double to_cents(double amount)
{
    return floor(amount * 100.0 + 0.5) / 100.0;
}

/* A wave of two periods between two and eight months, different for each stream: -1 .. 1 or so. */
static double wave_at(const struct mw_simulate *sim, size_t stream, double day)
{
    double sum = 0.0;
    for (int64_t k = 0; k < 2; k++) {
        const double length = 60.0 + 180.0 * uniform_at(sim, WAVE, stream, 2 * k);
        sum += mw_sin(2.0 * MW_PI * (day / length + uniform_at(sim, WAVE, stream, 2 * k + 1)));
    }
    return 0.6 * sum;
}

/* ---- spend -------------------------------------------------------------------------------------------- */

static bool channel_is_steady(const struct mw_simulate *sim, size_t i_channel)
{
    return i_channel % KINDS == KINDS - 1 && sim->config.channels[i_channel].on_share >= 1.0;
}

/* The first two flights are on, so that every channel has a scale early. */
static bool flight_is_on(const struct mw_simulate *sim, size_t i_channel, int64_t flight)
{
    return flight < 2 ||
           uniform_at(sim, FLIGHT, i_channel, flight) < sim->config.channels[i_channel].on_share;
}

static double national_spend(const struct mw_simulate *sim, size_t i_channel, int64_t t)
{
    const struct mw_simulate_channel *c = &sim->config.channels[i_channel];
    const double day = (double)t * mw_simulate_days(sim);
    const int64_t flight = (int64_t)floor(day / FLIGHT_DAYS);
    const double noise = normal_at(sim, SPEND_NOISE, i_channel, t);
    if (channel_is_steady(sim, i_channel)) {
        return c->spend * mw_exp(0.03 * noise);
    }
    if (!flight_is_on(sim, i_channel, flight)) {
        return 0.0;
    }
    const double level = c->on_share < 1.0 ? 0.35 * normal_at(sim, FLIGHT_LEVEL, i_channel, flight)
                                           : 0.45 * wave_at(sim, i_channel, day);
    return c->spend * mw_exp(level + 0.25 * noise);
}

double mw_simulate_spend_untested(const struct mw_simulate *sim, size_t i_channel, size_t i_geo, int64_t t)
{
    return to_cents(national_spend(sim, i_channel, t) * sim->weight[i_geo]);
}

static bool is_off(const struct mw_simulate *sim, size_t i_channel, size_t i_geo, int64_t t)
{
    const struct mw_simulate_test *test = &sim->config.test;
    return sim->treated[i_geo] && i_channel == test->i_channel && t >= test->start &&
           t < test->start + test->days;
}

double mw_simulate_spend(const struct mw_simulate *sim, size_t i_channel, size_t i_geo, int64_t t)
{
    return is_off(sim, i_channel, i_geo, t) ? 0.0 : mw_simulate_spend_untested(sim, i_channel, i_geo, t);
}

double mw_simulate_response(const struct mw_simulate *sim, size_t i_channel, size_t i_geo, double spend,
                            double *adstock)
{
    const struct mw_simulate_channel *c = &sim->config.channels[i_channel];
    const double x = spend / (sim->weight[i_geo] * c->spend);
    *adstock = c->alpha * *adstock + (1.0 - c->alpha) * x;
    const double powered = *adstock > 0.0 ? mw_pow(*adstock, c->n) : 0.0;
    const double h = powered / (powered + mw_pow(c->kappa, c->n));
    return sim->s_y * sim->weight[i_geo] * sim->beta[i_channel] * h;
}

/* ---- baseline ----------------------------------------------------------------------------------------- */

static bool is_holiday(mw_date date)
{
    const struct mw_civil c = mw_date_to_civil(date);
    const bool fixed = (c.month == 1 && c.day == 1) || (c.month == 12 && c.day >= 24 && c.day <= 26);
    const bool black_friday = c.month == 11 && c.day >= 23 && c.day <= 29 && mw_date_weekday(date) == 4;
    const bool midsummer = c.month == 7 && c.day == 4;
    return fixed || black_friday || midsummer;
}

static bool has_holiday(const struct mw_simulate *sim, mw_date first)
{
    bool found = false;
    for (int d = 0; d < mw_simulate_days(sim); d++) {
        found = found || is_holiday(first + d);
    }
    return found;
}

static mw_date date_of(const struct mw_simulate *sim, int64_t t)
{
    return sim->config.first + (mw_date)t * mw_simulate_days(sim);
}

/* z' gamma, with the intercept that leaves the rest of the expected sales to media. */
static double baseline(const struct mw_simulate *sim, int64_t t)
{
    const mw_date date = date_of(sim, t), since = mw_date_from_civil((struct mw_civil){2000, 1, 1});
    const bool weekly = sim->config.grid == MW_GRID_WEEK;
    double sum = 1.0 - sim->config.media_share + gamma_trend * (double)t / (weekly ? 52.0 : 365.25);
    for (int k = 1; k <= 3; k++) {
        const double angle = 2.0 * MW_PI * k * (double)(date - since) / 365.25;
        sum += gamma_fourier[2 * k - 2] * mw_sin(angle) + gamma_fourier[2 * k - 1] * mw_cos(angle);
    }
    sum += weekly ? 0.0 : gamma_weekday[mw_date_weekday(date)];
    sum += gamma_control * (sim->factors[0] - control_mean) / control_sd;
    return sum + (weekly ? gamma_holiday / 3.0 : gamma_holiday) * sim->factors[1];
}

static void set_factors(struct mw_simulate *sim, int64_t t)
{
    const double day = (double)t * mw_simulate_days(sim);
    const double index =
        control_mean + control_sd * (wave_at(sim, 1000, day) + 0.4 * normal_at(sim, CONTROL, 0, t));
    sim->factors[0] = to_cents(index);
    sim->factors[1] = has_holiday(sim, date_of(sim, t)) ? 1.0 : 0.0;
}

/* ---- a period ----------------------------------------------------------------------------------------- */

/* e_t = rho e_t-1 + N(0, sigma^2), in its stationary law from the first period on. */
static void advance_error(struct mw_simulate *sim)
{
    const double rho = sim->config.rho, innovation = sqrt(1.0 - rho * rho);
    const double draw = sim->config.noise * normal_at(sim, ERROR, 0, sim->t);
    sim->e = sim->t == 0 ? draw : rho * sim->e + innovation * draw;
}

/* Noise of each place, whose sum over places is taken off again in proportion to weight. A place's sd goes
 * with the root of its weight: small places are noisier. */
static void add_geo_noise(struct mw_simulate *sim)
{
    const size_t n = sim->config.n_geos;
    double sum = 0.0;
    if (n == 1) {
        return;
    }
    for (size_t g = 0; g < n; g++) {
        const double sd = sim->config.noise_geo * sim->s_y * sqrt(sim->weight[g] / (double)n);
        const double noise = sd * normal_at(sim, GEO_ERROR, g, sim->t);
        sim->outcome[g] += noise;
        sum += noise;
    }
    for (size_t g = 0; g < n; g++) {
        sim->outcome[g] -= sim->weight[g] * sum;
    }
}

void mw_simulate_next(struct mw_simulate *sim, struct mw_period *out)
{
    const size_t n_geos = sim->config.n_geos;
    set_factors(sim, sim->t);
    advance_error(sim);
    const double common = baseline(sim, sim->t) + sim->e;
    for (size_t g = 0; g < n_geos; g++) {
        sim->outcome[g] = sim->s_y * sim->weight[g] * common;
    }
    for (size_t i = 0; i < sim->config.n_channels * n_geos; i++) {
        const size_t c = i / n_geos, g = i % n_geos;
        sim->spend[i] = mw_simulate_spend(sim, c, g, sim->t);
        sim->outcome[g] += mw_simulate_response(sim, c, g, sim->spend[i], &sim->adstock[i]);
    }
    add_geo_noise(sim);
    for (size_t g = 0; g < n_geos; g++) {
        sim->outcome[g] = to_cents(sim->outcome[g]);
    }
    *out = (struct mw_period){date_of(sim, sim->t), sim->spend, sim->outcome, sim->factors};
    sim->t++;
}

int64_t mw_simulate_at(const struct mw_simulate *sim)
{
    return sim->t;
}

void mw_simulate_seek(struct mw_simulate *sim, int64_t t)
{
    struct mw_period passed;
    if (t < sim->t) {
        memset(sim->adstock, 0, sim->config.n_channels * sim->config.n_geos * sizeof *sim->adstock);
        sim->t = 0;
    }
    while (sim->t < t) {
        mw_simulate_next(sim, &passed);
    }
}

const struct mw_source *mw_simulate_source(const struct mw_simulate *sim)
{
    return &sim->source;
}

/* ---- opening ------------------------------------------------------------------------------------------ */

static enum mw_status check_channel(const struct mw_simulate_channel *c, struct mw_error *err)
{
    const bool theta = c->roi >= 0.0 && c->alpha >= 0.0 && c->alpha < 1.0 && c->kappa > 0.0 && c->n > 0.0;
    if (!theta || !(c->spend > 0.0) || !(c->on_share >= 0.0 && c->on_share <= 1.0) || c->channel.len == 0) {
        return MW_FAIL(err, MW_E_CONTRACT,
                       "channel \"" MW_SPAN_FMT
                       "\": wanted a name, roi >= 0, 0 <= alpha < 1, kappa > 0, n > 0, "
                       "spend > 0, 0 <= on_share <= 1",
                       MW_SPAN_ARG(c->channel));
    }
    return MW_OK;
}

static enum mw_status check_config(const struct mw_simulate_config *c, struct mw_error *err)
{
    if (c->n_channels < 1 || c->n_channels > MW_CHANNELS_MAX || c->n_geos < 1 ||
        c->n_geos > MW_SIMULATE_GEOS_MAX) {
        return MW_FAIL(err, MW_E_CONTRACT, "%zu channels and %zu places: wanted 1 to %d and 1 to %d",
                       c->n_channels, c->n_geos, MW_CHANNELS_MAX, MW_SIMULATE_GEOS_MAX);
    }
    if (!(c->media_share > 0.0 && c->media_share < 1.0) || !(c->rho >= 0.0 && c->rho < 1.0) ||
        !(c->noise >= 0.0) || !(c->noise_geo >= 0.0)) {
        return MW_FAIL(err, MW_E_CONTRACT,
                       "media_share %g, rho %g, noise %g: wanted 0 < share < 1, 0 <= rho < 1, noise >= 0",
                       c->media_share, c->rho, c->noise);
    }
    const struct mw_simulate_test *test = &c->test;
    if (test->n_treated > 0 &&
        (test->n_treated >= c->n_geos || test->i_channel >= c->n_channels || test->start < 1 ||
         test->days < 1 || c->grid != MW_GRID_DAY || test->test.len == 0)) {
        return MW_FAIL(err, MW_E_CONTRACT,
                       "a test needs a name, days, a channel that is there, a start after the first day, and "
                       "fewer treated places (%zu) than there are (%zu)",
                       test->n_treated, c->n_geos);
    }
    for (size_t i = 0; i < c->n_channels; i++) {
        MW_TRY(check_channel(&c->channels[i], err));
    }
    return MW_OK;
}

static bool take_memory(struct mw_simulate *sim)
{
    const size_t n_channels = sim->config.n_channels, n_geos = sim->config.n_geos,
                 n_cells = n_channels * n_geos;
    struct mw_simulate_channel *channels = mw_new_array(&sim->arena, struct mw_simulate_channel, n_channels);
    sim->beta = mw_new_array(&sim->arena, double, n_channels);
    sim->weight = mw_new_array(&sim->arena, double, n_geos);
    sim->treated = mw_new_array(&sim->arena, bool, n_geos);
    sim->adstock = mw_new_array(&sim->arena, double, n_cells);
    sim->spend = mw_new_array(&sim->arena, double, n_cells);
    sim->outcome = mw_new_array(&sim->arena, double, n_geos);
    sim->factors = mw_new_array(&sim->arena, double, MW_SIMULATE_FACTORS);
    if (channels == NULL || sim->beta == NULL || sim->weight == NULL || sim->treated == NULL ||
        sim->adstock == NULL || sim->spend == NULL || sim->outcome == NULL || sim->factors == NULL) {
        return false;
    }
    bool ok = true;
    for (size_t i = 0; i < n_channels; i++) {
        channels[i] = sim->config.channels[i];
        channels[i].channel = mw_arena_copy(&sim->arena, channels[i].channel);
        ok = ok && channels[i].channel.data != NULL;
    }
    sim->config.channels = channels;
    sim->config.tenant = mw_arena_copy(&sim->arena, sim->config.tenant);
    sim->config.currency = mw_arena_copy(&sim->arena, sim->config.currency);
    sim->config.test.test = mw_arena_copy(&sim->arena, sim->config.test.test);
    return ok && sim->config.tenant.data != NULL && sim->config.currency.data != NULL &&
           sim->config.test.test.data != NULL;
}

/* s_y is what makes the expected media sales their share of all; beta follows from ROI as in DESIGN 4. */
static void set_scales(struct mw_simulate *sim)
{
    double media = 0.0;
    for (size_t i = 0; i < sim->config.n_channels; i++) {
        const struct mw_simulate_channel *c = &sim->config.channels[i];
        media += c->roi * c->spend * c->on_share;
    }
    sim->s_y = media > 0.0 ? media / sim->config.media_share : sim->config.channels[0].spend;
    for (size_t i = 0; i < sim->config.n_channels; i++) {
        const struct mw_simulate_channel *c = &sim->config.channels[i];
        sim->beta[i] = c->roi * c->spend / sim->s_y * (1.0 + mw_pow(c->kappa, c->n));
    }
}

/* Treated places are spread over the list, so that none of the sizes is left out. */
static void set_geos(struct mw_simulate *sim)
{
    const size_t n = sim->config.n_geos, n_treated = sim->config.test.n_treated;
    double sum = 0.0;
    for (size_t g = 0; g < n; g++) {
        sim->weight[g] = n == 1 ? 1.0 : mw_exp(0.5 * normal_at(sim, WEIGHT, g, 0));
        sum += sim->weight[g];
    }
    for (size_t g = 0; g < n; g++) {
        sim->weight[g] /= sum;
    }
    for (size_t k = 0; k < n_treated; k++) {
        sim->treated[k * n / n_treated] = true;
    }
}

static bool name_geos(struct mw_simulate *sim)
{
    const size_t n = sim->config.n_geos;
    struct mw_span *geos = mw_new_array(&sim->arena, struct mw_span, n),
                   *treated = mw_new_array(&sim->arena, struct mw_span, n);
    size_t n_treated = 0;
    bool ok = geos != NULL && treated != NULL;
    for (size_t g = 0; ok && g < n; g++) {
        geos[g] = n == 1 ? mw_span("") : mw_arena_printf(&sim->arena, "place-%02zu", g + 1);
        ok = geos[g].data != NULL;
        if (sim->treated[g]) {
            treated[n_treated++] = geos[g];
        }
    }
    sim->source =
        (struct mw_source){.tenant = &sim->tenant, .source = mw_span("simulator"), .geos = geos, .n_geos = n};
    sim->declared.treated = treated;
    sim->declared.n_treated = n_treated;
    return ok;
}

static bool set_tenant_scales(struct mw_simulate *sim)
{
    struct mw_tenant_scales *scales = mw_new(&sim->arena, struct mw_tenant_scales);
    struct mw_amount *spend = mw_new_array(&sim->arena, struct mw_amount, sim->config.n_channels);
    struct mw_scale *control = mw_new(&sim->arena, struct mw_scale);
    if (scales == NULL || spend == NULL || control == NULL) {
        return false;
    }
    for (size_t i = 0; i < sim->config.n_channels; i++) {
        spend[i] = (struct mw_amount){sim->config.channels[i].channel, sim->config.channels[i].spend};
    }
    *control = (struct mw_scale){mw_span("price_index"), control_mean, control_sd};
    *scales = (struct mw_tenant_scales){.spend = spend,
                                        .n_spend = sim->config.n_channels,
                                        .outcome = sim->s_y,
                                        .controls = control,
                                        .n_controls = 1,
                                        .outcome_sum = (double)NAN,
                                        .spend_sum = (double)NAN};
    sim->tenant.scales = scales;
    return true;
}

static bool set_tenant(struct mw_simulate *sim)
{
    const struct mw_simulate_config *c = &sim->config;
    static const struct mw_tenant_control control = {{"price_index", 11}, {"price_index", 11}};
    static const struct mw_tenant_event event = {.column = {"holiday", 7}, .name = {"holiday", 7}};
    struct mw_tenant_channel *channels = mw_new_array(&sim->arena, struct mw_tenant_channel, c->n_channels);
    if (channels == NULL) {
        return false;
    }
    for (size_t i = 0; i < c->n_channels; i++) {
        channels[i] = (struct mw_tenant_channel){.column = c->channels[i].channel,
                                                 .channel = c->channels[i].channel,
                                                 .memory = c->channels[i].memory,
                                                 .spend_min = (double)NAN,
                                                 .spend_max = (double)NAN};
    }
    sim->tenant = (struct mw_tenant){.tenant = c->tenant,
                                     .currency = c->currency,
                                     .grid = c->grid,
                                     .week_start = c->grid == MW_GRID_WEEK ? mw_date_weekday(c->first) : -1,
                                     .clock = MW_CLOCK_EVENT,
                                     .date = {mw_span("date"), mw_span("ymd")},
                                     .geo = {.column = c->n_geos > 1 ? mw_span("geo") : mw_span("")},
                                     .outcome = {.column = mw_span("revenue"),
                                                 .name = mw_span("revenue"),
                                                 .kind = MW_OUTCOME_REVENUE,
                                                 .margin = (double)NAN},
                                     .channels = channels,
                                     .n_channels = c->n_channels,
                                     .controls = &control,
                                     .n_controls = 1,
                                     .events = &event,
                                     .n_events = 1};
    return !c->scales || set_tenant_scales(sim);
}

static void set_declaration(struct mw_simulate *sim)
{
    const struct mw_simulate_test *test = &sim->config.test;
    double share = 0.0;
    for (size_t g = 0; g < sim->config.n_geos; g++) {
        share += sim->treated[g] ? sim->weight[g] : 0.0;
    }
    sim->declared.channel = sim->config.channels[test->i_channel].channel;
    sim->declared.method = mw_span("geo_holdout");
    sim->declared.spend_off = true;
    sim->declared.pre_from = sim->config.first;
    sim->declared.start = date_of(sim, test->start);
    sim->declared.planned_end = date_of(sim, test->start + test->days - 1);
    sim->declared.days_min = 14;
    sim->declared.alpha = 0.05;
    sim->declared.spend_change = -share * sim->config.channels[test->i_channel].spend * (double)test->days;
}

bool mw_simulate_declaration(const struct mw_simulate *sim, int64_t t, struct mw_raw *out)
{
    char text[300];
    if (sim->config.test.n_treated == 0 || t != sim->config.test.start) {
        return false;
    }
    *out = (struct mw_raw){.type = &mw_type_test, .body = &out->as.test};
    (void)snprintf(text, sizeof text, "%.64s/%.64s/declared", sim->config.tenant.data,
                   sim->config.test.test.data);
    mw_raw_identify(out, mw_span(text));
    out->time_us = (int64_t)date_of(sim, t) * MW_US_PER_DAY;
    out->as.test = (struct mw_test){.id = out->id,
                                    .tenant = sim->config.tenant,
                                    .test = sim->config.test.test,
                                    .known_at = out->time_us,
                                    .kind = MW_TEST_DECLARED,
                                    .declared = &sim->declared};
    return true;
}

enum mw_status mw_simulate_open(const struct mw_simulate_config *config, struct mw_simulate **out,
                                struct mw_error *err)
{
    *out = NULL;
    MW_TRY(check_config(config, err));
    struct mw_simulate *sim = calloc(1, sizeof *sim);
    if (sim == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for a simulation");
    }
    sim->config = *config;
    bool ok = take_memory(sim);
    if (ok) {
        set_scales(sim);
        set_geos(sim);
        ok = name_geos(sim) && set_tenant(sim);
    }
    const enum mw_status status =
        ok ? mw_source_seal(&sim->source, err) : MW_FAIL(err, MW_E_MEMORY, "no memory for a simulation");
    if (status != MW_OK) {
        mw_simulate_close(&sim);
        return status;
    }
    set_declaration(sim);
    *out = sim;
    return MW_OK;
}

void mw_simulate_close(struct mw_simulate **sim)
{
    if (*sim != NULL) {
        mw_arena_fini(&(*sim)->arena);
        free(*sim);
        *sim = NULL;
    }
}

enum mw_status mw_simulate_config(struct mw_arena *arena, size_t n_channels, int grid,
                                  struct mw_simulate_config *out, struct mw_error *err)
{
    if (n_channels < 1 || n_channels > MW_CHANNELS_MAX) {
        return MW_FAIL(err, MW_E_CONTRACT, "%zu channels: wanted 1 to %d", n_channels, MW_CHANNELS_MAX);
    }
    struct mw_simulate_channel *channels = mw_new_array(arena, struct mw_simulate_channel, n_channels);
    for (size_t i = 0; channels != NULL && i < n_channels; i++) {
        const struct kind *k = &kinds[i % KINDS];
        const struct mw_span name =
            i < KINDS ? mw_span(k->name) : mw_arena_printf(arena, "%s-%zu", k->name, i / KINDS + 1);
        channels[i] = (struct mw_simulate_channel){name,
                                                   k->memory,
                                                   k->roi,
                                                   k->alpha,
                                                   k->kappa,
                                                   k->n,
                                                   k->spend_per_day * (grid == MW_GRID_WEEK ? 7 : 1),
                                                   k->on_share};
        channels = name.data == NULL ? NULL : channels;
    }
    if (channels == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for %zu channels", n_channels);
    }
    *out = (struct mw_simulate_config){.tenant = mw_span("demo"),
                                       .currency = mw_span("USD"),
                                       .seed = 1,
                                       .grid = grid,
                                       .first = mw_date_from_civil((struct mw_civil){2024, 1, 1}),
                                       .channels = channels,
                                       .n_channels = n_channels,
                                       .n_geos = 1,
                                       .media_share = 0.3,
                                       .noise = 0.04,
                                       .rho = 0.4,
                                       .noise_geo = 0.06};
    return MW_OK;
}
