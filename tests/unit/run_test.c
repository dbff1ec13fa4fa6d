/* Log lines, meters, signals, clocks. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_clock.h"
#include "mw_log.h"
#include "mw_metrics.h"
#include "mw_signals.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- log ------------------------------------------------------------------------------------------------------ */

static char *logged(enum mw_log_form form, enum mw_log_level level, const struct mw_log_field *fields,
                    const char *text)
{
    char *out = NULL;
    size_t n = 0;
    FILE *stream = open_memstream(&out, &n);
    struct mw_log log;
    mw_log_init(&log, stream, "updater", form);
    mw_log_line(&log, level, "CACHE-DEGRADED", fields, "%s", text);
    (void)fclose(stream);
    return out;
}

Test(log, writes_one_json_object_a_line_whatever_is_in_it)
{
    char *line = logged(MW_LOG_JSON, MW_LOG_WARN,
                        MW_LOG_FIELDS(mw_log_str("path", "/run/\"x\"\n\\"), mw_log_int("n", -5),
                                      mw_log_num("x", 0.5), mw_log_num("none", (double)NAN),
                                      mw_log_str("odd", "a\xff"
                                                        "\xc3\xa4\xed\xa0\x80")),
                        "no answer\tyet");
    cr_assert_eq(line[strlen(line) - 1], '\n');
    json_error_t error;
    json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, &error);
    cr_assert_not_null(object, "%s in %s", error.text, line);
    cr_expect_str_eq(json_string_value(json_object_get(object, "level")), "warn");
    cr_expect_str_eq(json_string_value(json_object_get(object, "id")), "CACHE-DEGRADED");
    cr_expect_str_eq(json_string_value(json_object_get(object, "service")), "updater");
    cr_expect_str_eq(json_string_value(json_object_get(object, "text")), "no answer\tyet");
    cr_expect_str_eq(json_string_value(json_object_get(object, "path")), "/run/\"x\"\n\\");
    cr_expect_str_eq(json_string_value(json_object_get(object, "odd")), "a?\xc3\xa4???");
    cr_expect_eq(json_integer_value(json_object_get(object, "n")), -5);
    cr_expect_eq(json_real_value(json_object_get(object, "x")), 0.5);
    cr_expect(json_is_null(json_object_get(object, "none")));
    cr_expect_eq(strlen(json_string_value(json_object_get(object, "run"))), 16);
    json_decref(object);
    free(line);
}

Test(log, has_a_short_form_for_people)
{
    char *line =
        logged(MW_LOG_HUMAN, MW_LOG_INFO, MW_LOG_FIELDS(mw_log_int("a", 1), mw_log_str("b", "x")), "hello");
    cr_expect_not_null(strstr(line, " info  updater CACHE-DEGRADED hello (a=1, b=\"x\")\n"), "%s", line);
    free(line);
    line = logged(MW_LOG_HUMAN, MW_LOG_ERROR, NULL, "bare");
    cr_expect_not_null(strstr(line, "bare\n"), "%s", line);
    free(line);
}

Test(log, leaves_out_what_is_below_its_level_and_a_missing_log_is_silent)
{
    char *line = logged(MW_LOG_AUTO, MW_LOG_DEBUG, NULL, "quiet");
    cr_expect_eq(line[0], '\0');
    free(line);
    mw_log_line(NULL, MW_LOG_ERROR, "X", NULL, "nothing happens");
    enum mw_log_level level;
    cr_expect(mw_log_level_parse("warn", &level) && level == MW_LOG_WARN);
    cr_expect_not(mw_log_level_parse("loud", &level));
}

Test(log, an_error_becomes_a_line_with_its_status_and_place)
{
    char *out = NULL;
    size_t n = 0;
    FILE *stream = open_memstream(&out, &n);
    struct mw_log log;
    struct mw_error error = {0};
    mw_log_init(&log, stream, "updater", MW_LOG_JSON);
    (void)MW_FAIL(&error, MW_E_IO, "the disk is full");
    mw_log_error(&log, MW_LOG_ERROR, "BUS-FAILED", &error);
    (void)fclose(stream);
    cr_expect_not_null(strstr(out, "\"status\":\"MW_E_IO\""), "%s", out);
    cr_expect_not_null(strstr(out, "run_test.c:"), "%s", out);
    free(out);
}

/* ---- meters --------------------------------------------------------------------------------------------------- */

static struct mw_meter *declare(struct mw_metrics *metrics, const struct mw_meter_declaration *what,
                                enum mw_status want)
{
    struct mw_meter *meter = NULL;
    struct mw_error error = {0};
    cr_expect_eq(mw_metrics_declare(metrics, what, &meter, &error), want, "%s", error.text);
    return meter;
}

Test(meters, are_written_as_prometheus_text)
{
    struct mw_metrics *metrics = NULL;
    cr_assert_eq(mw_metrics_open(&metrics, NULL), MW_OK);
    struct mw_meter_declaration records = {.name = "mw_records_total",
                                           .help = "records\nread",
                                           .unit = "1",
                                           .kind = MW_METER_COUNTER,
                                           .labels = {{"topic", "a\"b\\"}}};
    struct mw_meter *a = declare(metrics, &records, MW_OK);
    const double bounds[] = {0.1, 1};
    const struct mw_meter_declaration seconds = {.name = "mw_commit_seconds",
                                                 .help = "time",
                                                 .unit = "seconds",
                                                 .kind = MW_METER_HISTOGRAM,
                                                 .bounds = bounds,
                                                 .n_bounds = 2};
    struct mw_meter *histogram = declare(metrics, &seconds, MW_OK);
    records.labels[0].value = "c";
    struct mw_meter *c = declare(metrics, &records, MW_OK);
    cr_expect_eq(declare(metrics, &records, MW_OK), c);
    const struct mw_meter_declaration lag = {
        .name = "mw_lag", .help = "behind", .unit = "records", .kind = MW_METER_GAUGE};
    struct mw_meter *gauge = declare(metrics, &lag, MW_OK);
    mw_meter_add(a, 2);
    mw_meter_add(a, 0.5);
    mw_meter_add(c, 7);
    mw_meter_observe(histogram, 0.1);
    mw_meter_observe(histogram, 0.5);
    mw_meter_observe(histogram, 5);
    mw_meter_set(gauge, (double)NAN);
    mw_meter_add(NULL, 1);
    struct mw_writer out = {0};
    mw_metrics_write(metrics, &out);
    mw_write_u8(&out, 0);
    cr_expect_str_eq(out.data, "# HELP mw_records_total records\\nread (1)\n"
                               "# TYPE mw_records_total counter\n"
                               "mw_records_total{topic=\"a\\\"b\\\\\"} 2.5\n"
                               "mw_records_total{topic=\"c\"} 7\n"
                               "# HELP mw_commit_seconds time (seconds)\n"
                               "# TYPE mw_commit_seconds histogram\n"
                               "mw_commit_seconds_bucket{le=\"0.1\"} 1\n"
                               "mw_commit_seconds_bucket{le=\"1\"} 2\n"
                               "mw_commit_seconds_bucket{le=\"+Inf\"} 3\n"
                               "mw_commit_seconds_sum 5.6\n"
                               "mw_commit_seconds_count 3\n"
                               "# HELP mw_lag behind (records)\n"
                               "# TYPE mw_lag gauge\n"
                               "mw_lag NaN\n");
    cr_expect_eq(mw_meter_value(histogram), 3);
    mw_writer_fini(&out);
    mw_metrics_close(&metrics);
    mw_metrics_close(&metrics);
}

Test(meters, that_are_declared_badly_or_twice_otherwise_are_refused)
{
    struct mw_metrics *metrics = NULL;
    cr_assert_eq(mw_metrics_open(&metrics, NULL), MW_OK);
    const double falling[] = {1, 0.5}, unbounded[] = {(double)INFINITY};
    const struct mw_meter_declaration bad[] = {
        {.name = "with blank_total", .help = "h", .unit = "1", .kind = MW_METER_COUNTER},
        {.name = "7_total", .help = "h", .unit = "1", .kind = MW_METER_COUNTER},
        {.name = "x_total", .unit = "1", .kind = MW_METER_COUNTER},
        {.name = "x_count", .help = "h", .unit = "1", .kind = MW_METER_COUNTER},
        {.name = "x", .help = "h", .unit = "1", .kind = MW_METER_HISTOGRAM},
        {.name = "x", .help = "h", .unit = "1", .kind = MW_METER_HISTOGRAM, .bounds = falling, .n_bounds = 2},
        {.name = "x",
         .help = "h",
         .unit = "1",
         .kind = MW_METER_HISTOGRAM,
         .bounds = unbounded,
         .n_bounds = 1},
        {.name = "x", .help = "h", .unit = "1", .kind = MW_METER_GAUGE, .labels = {{"a-b", "c"}}},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        (void)declare(metrics, &bad[i], MW_E_CONTRACT);
    }
    struct mw_meter_declaration good = {.name = "x", .help = "h", .unit = "1", .kind = MW_METER_GAUGE};
    (void)declare(metrics, &good, MW_OK);
    good.unit = "bytes";
    (void)declare(metrics, &good, MW_E_CONTRACT);
    char name[16];
    good = (struct mw_meter_declaration){.name = name, .help = "h", .unit = "1", .kind = MW_METER_GAUGE};
    for (int i = 1; i <= MW_METERS_MAX; i++) {
        (void)snprintf(name, sizeof name, "m_%d", i);
        (void)declare(metrics, &good, i < MW_METERS_MAX ? MW_OK : MW_E_FULL);
    }
    mw_metrics_close(&metrics);
}

Test(meters, a_counter_that_would_fall_is_a_bug_of_ours, .signal = SIGABRT)
{
    struct mw_metrics *metrics = NULL;
    cr_assert_eq(mw_metrics_open(&metrics, NULL), MW_OK);
    const struct mw_meter_declaration what = {
        .name = "x_total", .help = "h", .unit = "1", .kind = MW_METER_COUNTER};
    mw_meter_add(declare(metrics, &what, MW_OK), (double)NAN);
}

Test(meters, bounds_grow_by_their_factor)
{
    double bounds[4];
    mw_meter_bounds(0.5, 2, 4, bounds);
    cr_expect(bounds[0] == 0.5 && bounds[3] == 4);
}

/* ---- signals and clocks --------------------------------------------------------------------------------------- */

Test(signals, the_first_sets_a_flag_and_makes_a_pipe_readable)
{
    cr_expect_eq(mw_signals_fd(), -1);
    cr_assert_eq(mw_signals_install(NULL), MW_OK);
    struct pollfd waiting = {.fd = mw_signals_fd(), .events = POLLIN};
    cr_expect_eq(poll(&waiting, 1, 0), 0);
    cr_expect_eq(mw_signals_caught(), 0);
    (void)raise(SIGTERM);
    cr_expect_eq(mw_signals_caught(), SIGTERM);
    cr_expect_eq(poll(&waiting, 1, 0), 1);
    (void)raise(SIGINT);
    cr_expect_eq(mw_signals_caught(), SIGTERM, "the first one counts");
}

Test(signals, the_second_of_a_kind_ends_the_process)
{
    const pid_t child = fork();
    if (child == 0) {
        if (mw_signals_install(NULL) == MW_OK) {
            (void)raise(SIGINT);
            (void)raise(SIGINT);
        }
        _exit(0);
    }
    int result;
    cr_assert_eq(waitpid(child, &result, 0), child);
    cr_expect(WIFSIGNALED(result) && WTERMSIG(result) == SIGINT);
}

Test(clock, steady_time_passes_and_wall_time_is_this_century)
{
    const int64_t before_us = mw_clock_steady_us();
    mw_clock_sleep_us(3000);
    mw_clock_sleep_us(0);
    mw_clock_sleep_us(-5);
    const int64_t passed_us = mw_clock_steady_us() - before_us;
    cr_expect(passed_us >= 3000 && passed_us < 2000000, "%lld", (long long)passed_us);
    cr_expect(mw_clock_now_us() > INT64_C(1600000000000000) && mw_clock_now_us() < INT64_C(4102444800000000));
}
