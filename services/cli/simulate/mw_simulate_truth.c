// SPDX-License-Identifier: Apache-2.0
#include "mw_simulate_internal.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

/* definitions: mROAS looks at the last 28 days, and at what comes of them for 182 more. */
enum { RECENT_DAYS = 28, TAIL_DAYS = 182 };

/* Sales of one channel in one place over n periods and a tail without spend; the spend of periods from
 * `raised` on is taken 1 % higher. */
static double sales(const struct mw_simulate *sim, size_t c, size_t g, int64_t n, int64_t tail,
                    int64_t raised)
{
    double adstock = 0.0, sum = 0.0;
    for (int64_t t = 0; t < n + tail; t++) {
        const double spend = t < n ? mw_simulate_spend(sim, c, g, t) : 0.0;
        sum += mw_simulate_response(sim, c, g, t >= raised ? 1.01 * spend : spend, &adstock);
    }
    return sum;
}

static double spend_between(const struct mw_simulate *sim, size_t c, int64_t from, int64_t to)
{
    double sum = 0.0;
    for (int64_t t = from; t < to; t++) {
        for (size_t g = 0; g < sim->config.n_geos; g++) {
            sum += mw_simulate_spend(sim, c, g, t);
        }
    }
    return sum;
}

static void channel_truth(const struct mw_simulate *sim, size_t c, int64_t n, struct mw_simulate_truth *out)
{
    const int64_t recent = RECENT_DAYS / mw_simulate_days(sim), tail = TAIL_DAYS / mw_simulate_days(sim);
    const int64_t from = n > recent ? n - recent : 0;
    double more = 0.0;
    for (size_t g = 0; g < sim->config.n_geos; g++) {
        out->contribution[c] += sales(sim, c, g, n, 0, n);
        more += sales(sim, c, g, n, tail, from) - sales(sim, c, g, n, tail, n);
    }
    const double recent_spend = spend_between(sim, c, from, n);
    out->spend[c] = spend_between(sim, c, 0, n);
    out->roi[c] = out->spend[c] > 0.0 ? out->contribution[c] / out->spend[c] : (double)NAN;
    out->mroas[c] = recent_spend > 0.0 ? more / (0.01 * recent_spend) : (double)NAN;
    out->beta[c] = sim->beta[c];
}

/* What the treated places would have sold more without the test, its carry-over after the end included. */
static double test_lift(const struct mw_simulate *sim, int64_t n)
{
    const size_t c = sim->config.test.i_channel;
    double lost = 0.0;
    for (size_t g = 0; g < sim->config.n_geos && sim->config.test.n_treated > 0; g++) {
        double with = 0.0, without = 0.0;
        for (int64_t t = 0; t < n && sim->treated[g]; t++) {
            lost += mw_simulate_response(sim, c, g, mw_simulate_spend_untested(sim, c, g, t), &with);
            lost -= mw_simulate_response(sim, c, g, mw_simulate_spend(sim, c, g, t), &without);
        }
    }
    return lost;
}

enum mw_status mw_simulate_truth(const struct mw_simulate *sim, int64_t n_periods, struct mw_arena *arena,
                                 struct mw_simulate_truth *out, struct mw_error *err)
{
    const size_t n = sim->config.n_channels;
    double *values = mw_new_array(arena, double, 5 * n);
    if (values == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for the truth of %zu channels", n);
    }
    const double rho = sim->config.rho;
    *out = (struct mw_simulate_truth){.s_y = sim->s_y,
                                      .sigma = sim->config.noise * sqrt(1.0 - rho * rho),
                                      .contribution = values,
                                      .spend = values + n,
                                      .roi = values + 2 * n,
                                      .mroas = values + 3 * n,
                                      .beta = values + 4 * n,
                                      .lift_test = test_lift(sim, n_periods)};
    double media = 0.0;
    for (size_t c = 0; c < n; c++) {
        channel_truth(sim, c, n_periods, out);
        media += out->contribution[c];
    }
    out->media_share = media / (sim->s_y * (double)n_periods);
    return MW_OK;
}

/* ---- JSON --------------------------------------------------------------------------------------------- */

static void put(struct mw_writer *out, const char *fmt, ...) MW_PRINTF(2, 3);

static void put(struct mw_writer *out, const char *fmt, ...)
{
    char text[600];
    va_list args;
    va_start(args, fmt);
    const int n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    mw_invariant(n >= 0 && (size_t)n < sizeof text);
    mw_write_bytes(out, text, (size_t)n);
}

static void put_number(struct mw_writer *out, const char *name, double value)
{
    if (isfinite(value)) {
        put(out, ",\"%s\":%.17g", name, value);
    } else {
        put(out, ",\"%s\":null", name);
    }
}

static void put_channel(struct mw_writer *out, const struct mw_simulate *sim,
                        const struct mw_simulate_truth *truth, size_t c)
{
    const struct mw_simulate_channel *k = &sim->config.channels[c];
    put(out, "%s\n  \"" MW_SPAN_FMT "\":{\"memory\":\"%s\"", c == 0 ? "" : ",", MW_SPAN_ARG(k->channel),
        k->memory == MW_MEMORY_BRAND ? "brand" : "short");
    put_number(out, "alpha", k->alpha);
    put_number(out, "beta", truth->beta[c]);
    put_number(out, "contribution", truth->contribution[c]);
    put_number(out, "kappa", k->kappa);
    put_number(out, "m", k->spend);
    put_number(out, "mroas", truth->mroas[c]);
    put_number(out, "n", k->n);
    put_number(out, "roi_achieved", truth->roi[c]);
    put_number(out, "roi_reference", k->roi);
    put_number(out, "spend", truth->spend[c]);
    put(out, "}");
}

static void put_test(struct mw_writer *out, const struct mw_simulate *sim,
                     const struct mw_simulate_truth *truth)
{
    if (sim->config.test.n_treated == 0) {
        return;
    }
    put(out, ",\"test\":{\"test\":\"" MW_SPAN_FMT "\",\"channel\":\"" MW_SPAN_FMT "\",\"n_treated\":%zu",
        MW_SPAN_ARG(sim->config.test.test), MW_SPAN_ARG(sim->declared.channel), sim->declared.n_treated);
    put_number(out, "sales_lost", truth->lift_test);
    put(out, "}");
}

enum mw_status mw_simulate_truth_json(const struct mw_simulate *sim, int64_t n_periods, struct mw_writer *out,
                                      struct mw_error *err)
{
    struct mw_arena arena = {0};
    struct mw_simulate_truth truth;
    enum mw_status status = mw_simulate_truth(sim, n_periods, &arena, &truth, err);
    if (status == MW_OK) {
        put(out, "{\"seed\":%llu,\"periods\":%lld,\"grid\":\"%s\"", (unsigned long long)sim->config.seed,
            (long long)n_periods, sim->config.grid == MW_GRID_WEEK ? "week" : "day");
        put_number(out, "s_y", truth.s_y);
        put_number(out, "sigma", truth.sigma);
        put_number(out, "rho", sim->config.rho);
        put_number(out, "media_share", truth.media_share);
        put_test(out, sim, &truth);
        put(out, ",\"channels\":{");
        for (size_t c = 0; c < sim->config.n_channels; c++) {
            put_channel(out, sim, &truth, c);
        }
        put(out, "}}\n");
        status = mw_writer_status(out, err);
    }
    mw_arena_fini(&arena);
    return status;
}
