// SPDX-License-Identifier: Apache-2.0
#include "report_sample.h"

#include "mw_wire.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { N_CHANNELS = 5, N_CURVE = 21, N_MOVES = 3, N_AHEAD = 4 };

const struct report_sample report_sample_full = {
    .n_weeks = 104, .tenant = "demo", .headline = "tv: the next 1 USD brings 0.71 (0.48..0.93)"};

static const mw_date first_week = 19366; /* 2023-01-09, a Monday */

static const struct {
    const char *name;
    double contribution, spend, roi, mroas, saturation;
    int evidence;
} truth[N_CHANNELS] = {
    {"tv", 1.92e6, 1.6e6, 1.2, 0.71, 11000, MW_EVIDENCE_OBSERVATIONAL},
    {"search", 3.15e6, 9.0e5, 3.5, 2.3, 21000, MW_EVIDENCE_TEST_CALIBRATED},
    {"social", 1.08e6, 6.0e5, 1.8, 1.25, 9000, MW_EVIDENCE_TEST_ADJACENT},
    {"out-of-home", 2.1e5, 3.5e5, 0.6, 0.45, 1200, MW_EVIDENCE_OBSERVATIONAL},
    {"podcast", (double)NAN, 0, (double)NAN, (double)NAN, (double)NAN, MW_EVIDENCE_OBSERVATIONAL},
};

static void check(enum mw_status status, const struct mw_error *err)
{
    if (status != MW_OK) {
        (void)fprintf(stderr, "report sample: %s\n", err->text);
        abort();
    }
}

static void append(const char *dir, const struct mw_type *type, const void *body)
{
    char path[512];
    struct mw_writer line = {0};
    struct mw_error err = {0};
    check(mw_encode(type, body, &line, &err), &err);
    mw_write_u8(&line, '\n');
    (void)snprintf(path, sizeof path, "%s/%s.jsonl", dir, type->topic);
    FILE *file = fopen(path, "a");
    if (file == NULL || fwrite(line.data, 1, line.len, file) != line.len || fclose(file) != 0) {
        abort();
    }
    mw_writer_fini(&line);
}

/* An uneven line without a generator: sines of periods that do not fit together. */
static double wave(double t, double phase)
{
    return 0.6 * sin(0.9 * t + phase) + 0.4 * sin(2.3 * t + 2 * phase);
}

static struct mw_posterior around(double middle, double sd_share)
{
    const double sd = fabs(middle) * sd_share;
    return (struct mw_posterior){.mean = middle,
                                 .sd = sd,
                                 .q05 = middle - 1.645 * sd,
                                 .q50 = middle,
                                 .q95 = middle + 1.645 * sd,
                                 .reason = isnan(middle) ? mw_span("never spent") : (struct mw_span){0}};
}

static struct mw_quantiles quantiles(double mean, double sd)
{
    return (struct mw_quantiles){
        mean, sd, mean - 1.645 * sd, mean - 0.674 * sd, mean, mean + 0.674 * sd, mean + 1.645 * sd};
}

struct curve_data {
    double spend[N_CURVE], q05[N_CURVE], q50[N_CURVE], q95[N_CURVE];
};

static struct mw_curve curve_of(size_t c, struct curve_data *data)
{
    const double recent = truth[c].spend / 104;
    if (!(recent > 0)) {
        return (struct mw_curve){0};
    }
    for (size_t i = 0; i < N_CURVE; i++) {
        const double x = 2 * recent * (double)i / (N_CURVE - 1), u = x / recent;
        const double y = truth[c].contribution / 104 * 2 * u / (u + 1);
        data->spend[i] = x;
        data->q05[i] = y * 0.72;
        data->q50[i] = y;
        data->q95[i] = y * 1.3;
    }
    return (struct mw_curve){data->spend, data->q05, data->q50, data->q95,
                             N_CURVE,     N_CURVE,   N_CURVE,   N_CURVE};
}

static struct mw_estimate_channel channel_of(size_t c, double width, struct curve_data *curve)
{
    const double mroas = truth[c].mroas;
    const bool is_new = isnan(mroas);
    return (struct mw_estimate_channel){
        .channel = mw_span(truth[c].name),
        .parameters = {quantiles(0.2, 0.5), quantiles(-1, 0.6), quantiles(0, 0.5), quantiles(0.2, 0.3)},
        .contribution = around(truth[c].contribution, 0.14 * width),
        .share = around(truth[c].contribution / 1.9e7, 0.14 * width),
        .roi = around(truth[c].roi, 0.14 * width),
        .mroas = {.mean = mroas,
                  .sd = 0.2 * mroas,
                  .q05 = mroas * (1 - 0.33 * width),
                  .q50 = mroas,
                  .q95 = mroas * (1 + 0.33 * width),
                  .p_below_floor = is_new ? (double)NAN : 1 / (1 + exp(6 * (mroas - 1))),
                  .floor = 1,
                  .reason = is_new ? mw_span("never spent") : (struct mw_span){0}},
        .saturation = around(truth[c].saturation, 0.2),
        .saturation_technical = around(2.5 * truth[c].saturation, 0.2),
        .inflection = around((double)NAN, 0),
        .wasted_spend = is_new ? around((double)NAN, 0)
                               : around(fmax(0, truth[c].spend / 104 - truth[c].saturation), 0.25),
        .spend = truth[c].spend,
        .spend_recent = truth[c].spend / 104,
        .curve = curve_of(c, curve),
        .evidence = truth[c].evidence,
        .prior_share = is_new ? 1 : 0.3 + 0.1 * (double)c,
        .verdict = mw_span(is_new   ? "prior"
                           : c == 3 ? "weak"
                                    : "identified")};
}

static double outcome_of(size_t week)
{
    return 182000 + 26000 * sin(6.2831853 * (double)week / 52) + 9000 * wave((double)week, 1);
}

static struct mw_scored scored_of(size_t week)
{
    const double forecast =
        182000 + 26000 * sin(6.2831853 * (double)week / 52) + 4000 * wave((double)week, 2);
    return (struct mw_scored){first_week + 7 * (mw_date)week,
                              outcome_of(week),
                              forecast,
                              forecast - 14000,
                              forecast + 14000,
                              3000,
                              0.5};
}

static void write_estimate(const struct report_sample *sample, const char *dir, size_t week)
{
    struct curve_data curves[N_CHANNELS];
    struct mw_estimate_channel channels[N_CHANNELS];
    struct mw_forecast_point ahead[N_AHEAD];
    const double t = (double)week, width = 1 + 20 / (t + 1);
    for (size_t c = 0; c < N_CHANNELS; c++) {
        channels[c] = channel_of(c, width, &curves[c]);
    }
    for (size_t i = 0; i < N_AHEAD; i++) {
        const struct mw_scored next = scored_of(week + 1 + i);
        ahead[i] = (struct mw_forecast_point){next.date, next.forecast, next.q05, next.forecast, next.q95};
    }
    const struct mw_scored scored = scored_of(week);
    const struct mw_accuracy accuracy = {.weeks = 4,
                                         .wmape_pct = 6.5 + 3 * wave(t, 0),
                                         .mape_pct = 7,
                                         .bias_pct = 1.4,
                                         .coverage = 1,
                                         .coverage_p = 1,
                                         .crps = 3000};
    const struct mw_estimate estimate = {
        .tenant = mw_span(sample->tenant),
        .outcome = mw_span("revenue"),
        .currency = mw_span("USD"),
        .as_of = first_week + 7 * (mw_date)week + 6,
        .kind = MW_LATEST,
        .n = (int64_t)week * 12,
        .rev = (int64_t)week - 25,
        .model = {.version = 1, .seed = 1, .particles = 1024, .rows = (int64_t)week + 1},
        .channels = channels,
        .n_channels = N_CHANNELS,
        .baseline = around(1.26e7, 0.05),
        .media_share = around(0.337, 0.1),
        .wasted_spend_pct = around(15.2, 0.2),
        .roi = around(1.84, 0.1),
        .fit = {.r2 = 0.91, .residual_autocorrelation = 0.07, .rho = 0.2, .sigma = 8100},
        .health = {.ess = 1024 * (0.72 + 0.27 * wave(t, 3)),
                   .acceptance = 0.31,
                   .unique_ancestors = (int64_t)(900 + 100 * wave(t, 4)),
                   .moves = (int64_t)week / 5,
                   .stages = 1},
        .forecast = ahead,
        .n_forecast = sample->no_forecasts ? 0 : N_AHEAD,
        .scored = &scored,
        .n_scored = sample->no_forecasts ? 0 : 1,
        .accuracy = sample->no_forecasts ? NULL : &accuracy,
        .data = {.settled_to = first_week + 7 * (mw_date)week + 6, .age_days = 0, .quality = 97}};
    append(dir, &mw_type_estimate, &estimate);
}

static void write_allocation(const struct report_sample *sample, const char *dir, size_t week)
{
    static const double optimal_share[N_CHANNELS] = {0.30, 0.47, 0.19, 0.04, 0};
    static const double steps[N_MOVES] = {0.05, 0.15, 0.30}, lifts[N_MOVES] = {2900, 7400, 9600},
                        losses[N_MOVES] = {0.002, 0.06, 0.21};
    static const char *const names[N_MOVES] = {"conservative", "moderate", "aggressive"};
    struct mw_allocation_channel channels[N_CHANNELS];
    struct mw_move_channel shifts[N_MOVES][N_CHANNELS];
    struct mw_allocation_move moves[N_MOVES];
    const double total = 3.45e6 / 104, t = (double)week;
    for (size_t c = 0; c < N_CHANNELS; c++) {
        const double current = truth[c].spend / 104;
        channels[c] = (struct mw_allocation_channel){
            mw_span(truth[c].name), current, total * optimal_share[c], 0, 2 * current, truth[c].mroas, 1.3};
    }
    for (size_t m = 0; m < N_MOVES; m++) {
        for (size_t c = 0; c < N_CHANNELS; c++) {
            const double current = channels[c].current;
            shifts[m][c] = (struct mw_move_channel){
                channels[c].channel, current, current + (channels[c].optimal - current) * steps[m] / 0.3};
        }
        moves[m] = (struct mw_allocation_move){.name = mw_span(names[m]),
                                               .step = steps[m],
                                               .channels = shifts[m],
                                               .n_channels = N_CHANNELS,
                                               .lift = around(lifts[m], 0.3 + 0.2 * (double)m),
                                               .p_loss = sample->no_sound_move ? 0.4 : losses[m],
                                               .moved = steps[m]};
    }
    const double efficiency = 72 + 6 * wave(t / 4, 1);
    const struct mw_allocation allocation = {
        .tenant = mw_span(sample->tenant),
        .outcome = mw_span("revenue"),
        .currency = mw_span("USD"),
        .period = mw_span("week"),
        .as_of = first_week + 7 * (mw_date)week + 6,
        .kind = MW_LATEST,
        .n = (int64_t)week * 12,
        .rev = (int64_t)week - 25,
        .total = total,
        .channels = channels,
        .n_channels = N_CHANNELS,
        .expected_current = around(61000, 0.1),
        .expected_optimal = around(71000, 0.1),
        .lift = around(9900, 0.5),
        .p_loss = 0.08,
        .p_material = 0.93,
        .materiality = 0.02,
        .efficiency = {efficiency, efficiency - 9, efficiency, efficiency + 8, 0.4, 70},
        .capture_pct = around(86, 0.05),
        .moves = moves,
        .n_moves = N_MOVES,
        .bound = 71005,
        .gap_pct = 0.007,
        .valid_until = first_week + 7 * (mw_date)week + 13,
        .evidence = MW_EVIDENCE_TEST_ADJACENT,
        .data = {first_week + 7 * (mw_date)week + 6, 0, 97},
        .model = {1, 1, 1024, (int64_t)week + 1}};
    append(dir, &mw_type_allocation, &allocation);
}

static void write_alert(const struct report_sample *sample, const char *dir, const char *id, int state,
                        size_t week)
{
    const bool is_tv = id[0] == 't';
    const struct mw_label label = {mw_span("channel"), mw_span("tv")};
    const int64_t time = (first_week + 7 * (int64_t)week) * MW_US_PER_DAY;
    const struct mw_alert alert = {
        .tenant = mw_span(sample->tenant),
        .alert = mw_span(id),
        .key = mw_span(is_tv ? "mroas_below_floor/tv" : "forecast_error_high"),
        .rule = mw_span(is_tv ? "mroas_below_floor" : "forecast_error_high"),
        .rule_version = mw_span("1"),
        .labels = &label,
        .n_labels = is_tv ? 1 : 0,
        .state = state,
        .severity = is_tv ? MW_SEVERITY_WARNING : MW_SEVERITY_INFO,
        .rev = (int64_t)week,
        .since = time,
        .time = time,
        .expires_at = MW_TIME_NONE,
        .headline = mw_span(is_tv ? sample->headline : "Forecast error 16 % but within honest intervals"),
        .action = mw_span(is_tv ? "Reduce by 15 %: the money brings more in search" : "Nothing to do"),
        .metric = mw_span(is_tv ? "mroas" : "forecast_wmape_pct"),
        .unit = mw_span("1"),
        .value = 0.71,
        .lower = 0.48,
        .upper = 0.93,
        .probability = 0.98,
        .threshold = 1,
        .evaluations = 3,
        .as_of = first_week + 7 * (mw_date)week + 6,
        .evidence = MW_EVIDENCE_OBSERVATIONAL};
    append(dir, &mw_type_alert, &alert);
}

static void write_test(const struct report_sample *sample, const char *dir, int64_t day)
{
    const bool is_done = day >= 19;
    const struct mw_experiment test = {.tenant = mw_span(sample->tenant),
                                       .test = mw_span("search-geo-1"),
                                       .channel = mw_span("search"),
                                       .method = mw_span("geo_holdout"),
                                       .as_of = first_week + 600 + (mw_date)day,
                                       .start = first_week + 600,
                                       .planned_end = first_week + 628,
                                       .n = day,
                                       .rev = day,
                                       .day = day,
                                       .state = is_done ? MW_EXPERIMENT_SIGNIFICANT : MW_EXPERIMENT_RUNNING,
                                       .effect = {120, 30, 40, 200},
                                       .increment = {9000, 2500, 2700, 15300},
                                       .lift_pct = {6.2, 1.7, 1.9, 10.6},
                                       .iroas = {1.8, 0.5, 0.6, 3.1},
                                       .log_e = 4.1,
                                       .p_anytime = 0.016,
                                       .t = 3.6,
                                       .information = 0.8,
                                       .information_planned = 1,
                                       .noise_q = 0.5,
                                       .phi = 0.2,
                                       .alpha = 0.05,
                                       .threshold_log_e = 3,
                                       .weights_from = first_week,
                                       .weights_to = first_week + 400,
                                       .noise_from = first_week + 401,
                                       .noise_to = first_week + 599,
                                       .significant = is_done};
    append(dir, &mw_type_experiment, &test);
}

void report_sample_write(const struct report_sample *sample, const char *dir)
{
    for (size_t week = 26; week < sample->n_weeks; week++) {
        write_estimate(sample, dir, week);
        if (!sample->no_allocation) {
            write_allocation(sample, dir, week);
        }
    }
    if (!sample->no_alerts) {
        write_alert(sample, dir, "f1", MW_ALERT_FIRING, 40);
        write_alert(sample, dir, "f1", MW_ALERT_RESOLVED, 46);
        write_alert(sample, dir, "p1", MW_ALERT_PENDING, 50);
        write_alert(sample, dir, "t1", MW_ALERT_FIRING, 88);
        write_alert(sample, dir, "t1", MW_ALERT_FIRING, 89);
        write_alert(sample, dir, "f2", MW_ALERT_FIRING, 92);
        write_alert(sample, dir, "f2", MW_ALERT_RESOLVED, 95);
    }
    for (int64_t day = 18; !sample->no_tests && day <= 19; day++) {
        write_test(sample, dir, day);
    }
}
