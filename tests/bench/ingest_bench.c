/* ingest_bench: spend events a second through ingest on the embedded log, in memory and in a file, beside
 * jansson parsing the same bytes and doing nothing with them.
 *
 *   ingest_bench FOLDER          the file goes there
 *
 * A day is 6 channels x 20 campaigns x 4 reports of each, and a clock that closes the day before; its events
 * are parsed (the anchor), appended (not counted: the producer's work) and run through the service until it
 * rests: poll, decode, core, encode, one commit. Deltas are de-duplicated by id, snapshots replace their cell;
 * each event moves a cell and so is a fact. */
// SPDX-License-Identifier: Apache-2.0
#include "bench_feed.h"
#include "bench_figure.h"
#include "mw_bus_sqlite.h"
#include "mw_ingest_core.h"
#include "mw_service.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHANNELS = 6, CAMPAIGNS = 20, REPORTS = 4, DAYS = 100, DAY_EVENTS = CHANNELS * CAMPAIGNS * REPORTS };

static const struct mw_type *const raw_types[] = {&mw_type_tenant, &mw_type_spend, &mw_type_outcome,
                                                  &mw_type_factor, &mw_type_test,  &mw_type_command,
                                                  &mw_type_clock};

struct bench {
    struct mw_broker *broker;
    struct ingest_core *core;
    struct mw_service *service;
    struct record_batch batch;
    double parse_s, append_s, ingest_s;
    size_t bytes;
};

static void open_bench(struct bench *bench, const char *path)
{
    struct mw_error err = {0};
    *bench = (struct bench){0};
    const struct mw_bus_sqlite_options log = {.path = path, .is_instance = true};
    bench_check(mw_bus_sqlite_open(&bench->broker, &log, &err), &err);
    bench_check(ingest_core_open(&bench->core, &err), &err);
    bench_check(mw_service_declare(bench->broker, &ingest_core_ops.service, 1, &err), &err);
    const struct mw_service_config config = {.ops = &ingest_core_ops,
                                             .core = bench->core,
                                             .inputs = raw_types,
                                             .n_inputs = sizeof raw_types / sizeof *raw_types,
                                             .broker = bench->broker};
    bench_check(mw_service_open(&bench->service, &config, &err), &err);
    bench->batch.broker = bench->broker;
}

static void close_bench(struct bench *bench)
{
    record_batch_fini(&bench->batch);
    mw_service_close(&bench->service);
    ingest_core_ops.close(bench->core);
    mw_broker_close(&bench->broker);
}

/* ---- one day ---- */

static void fill_day(struct bench *bench, mw_date date, int kind)
{
    for (size_t i = 0; i < DAY_EVENTS; i++) {
        const size_t report = i / (CHANNELS * CAMPAIGNS);
        const struct bench_spend spend = {
            .channel = i % CHANNELS,
            .campaign = i / CHANNELS % CAMPAIGNS,
            .date = date,
            .kind = kind,
            .amount = kind == MW_OBS_DELTA ? 12.34 : 12.34 * (double)(report + 1),
            .i_report = (int64_t)report,
        };
        bench_feed_spend(&bench->batch, mw_span("bench"), &spend);
    }
    bench_feed_clock(&bench->batch, mw_span("bench"), date + 1);
}

/* With the flags that our decoder sets, so that it is the same work. */
static void parse(struct bench *bench)
{
    const double start = bench_wall_seconds();
    for (size_t i = 0; i < bench->batch.n; i++) {
        const struct mw_span json = bench->batch.items[i].value;
        json_error_t error;
        json_t *root = json_loadb(json.data, json.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
        bench->bytes += root != NULL ? json.len : 0;
        json_decref(root);
    }
    bench->parse_s += bench_wall_seconds() - start;
}

static void append(struct bench *bench)
{
    struct mw_error err = {0};
    const double start = bench_wall_seconds();
    bench_check(record_batch_append(&bench->batch, &err), &err);
    bench->append_s += bench_wall_seconds() - start;
}

static void ingest(struct bench *bench)
{
    struct mw_error err = {0};
    const double start = bench_wall_seconds();
    bench_check(mw_service_quiesce(&bench->service, 1, NULL, NULL, &err), &err);
    bench->ingest_s += bench_wall_seconds() - start;
}

/* ---- a whole run ---- */

/* Refused events would be fast ones. */
static void check_all_became_facts(const struct bench *bench)
{
    const struct mw_service_info *info = mw_service_info(bench->service);
    if (info->n_deadletters > 0 || info->n_effects < (uint64_t)DAYS * DAY_EVENTS) {
        (void)fprintf(stderr, "ingest_bench: %llu dead letters, %llu effects of %d events\n",
                      (unsigned long long)info->n_deadletters, (unsigned long long)info->n_effects,
                      DAYS * DAY_EVENTS);
        exit(1);
    }
}

static void print(const struct bench *bench, const char *kind, const char *place)
{
    const double n = (double)DAYS * DAY_EVENTS;
    char name[64];
    (void)snprintf(name, sizeof name, "ingest/%s/%s", kind, place);
    bench_print(&(struct bench_figure){name, "events/s", n / bench->ingest_s, "jansson parsing alone",
                                       n / bench->parse_s, 0});
    (void)snprintf(name, sizeof name, "ingest/%s/%s/append", kind, place);
    bench_print(&(struct bench_figure){name, "events/s", n / bench->append_s, NULL, 0, 0});
}

static void run(const char *path, int kind)
{
    struct bench bench;
    open_bench(&bench, path);
    bench_feed_tenant(&bench.batch, mw_span("bench"), CHANNELS);
    append(&bench);
    ingest(&bench);
    bench.append_s = bench.ingest_s = 0;
    for (mw_date day = 0; day < DAYS; day++) {
        fill_day(&bench, BENCH_DAY + day, kind);
        parse(&bench);
        append(&bench);
        ingest(&bench);
    }
    check_all_became_facts(&bench);
    print(&bench, kind == MW_OBS_DELTA ? "deltas" : "snapshots", path[0] == ':' ? "memory" : "file");
    close_bench(&bench);
}

int main(int argc, char **argv)
{
    static const int kinds[] = {MW_OBS_DELTA, MW_OBS_SNAPSHOT};
    if (argc != 2) {
        (void)fprintf(stderr, "usage: ingest_bench FOLDER\n");
        return 2;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char path[4096];
        (void)snprintf(path, sizeof path, "%s/ingest-%zu.db", argv[1], i);
        run(":memory:", kinds[i]);
        run(path, kinds[i]);
    }
    return 0;
}
