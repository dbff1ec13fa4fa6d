/* `mixwatch run`: all services in one process on the embedded log: history first, then live until Ctrl-C. */
// SPDX-License-Identifier: Apache-2.0
#include "cli.h"
#include "demo.h"
#include "load.h"
#include "mw_clock.h"
#include "mw_format.h"
#include "mw_names.h"
#include "mw_signals.h"
#include "mw_summary.h"
#include "mw_wire.h"
#include "redis.h"
#include "state.h"
#include "terminal.h"

#include <stdio.h>
#include <string.h>

enum {
    TURN_US = 5000,
    TICK_US = 1000000,
    SNAPSHOT_US = 250000,
    SNAPSHOT_BYTES = 128 << 10,
    TOLD_MAX = 4096,
    HEAD_BYTES = 80,
    OLD_DAYS = 14
};

struct run_config {
    const char *data, *table, *state, *first, *rules, *redis, *publish, *journal;
    int64_t seed, particles, day_ms;
    bool fresh, once;
};

#define AT(member) offsetof(struct run_config, member)
static const struct mw_option options[] = {
    {"data", MW_OPT_STR, NULL, AT(data), "a table of spend and outcome; without it, the demo",
     .value = "FILE.csv"},
    {"table", MW_OPT_STR, NULL, AT(table), "what its columns are; guessed and printed without it",
     .value = "TABLE.json"},
    {"state", MW_OPT_STR, "state", AT(state), "the folder that the monitor keeps", .value = "DIR"},
    {"fresh", MW_OPT_BOOL, NULL, AT(fresh), "forget what the folder holds and start over", .value = NULL},
    {"once", MW_OPT_BOOL, NULL, AT(once), "stop when the history is through", .value = NULL},
    {"day", MW_OPT_MS, "3s", AT(day_ms), "the demo's live stream brings a day so often", .value = "TIME",
     .min = 100, .max = 86400000},
    {"first", MW_OPT_STR, NULL, AT(first), "first date of the demo; without it, two years before today",
     .value = "DATE"},
    {"rules", MW_OPT_STR, NULL, AT(rules), "alert rules; those of config/rules.yaml without it",
     .value = "FILE.yaml"},
    {"redis", MW_OPT_STR, "private", AT(redis), "private, none, HOST:PORT or the path of a socket",
     .value = "WHERE"},
    {"publish", MW_OPT_STR, "tcp://127.0.0.1:5556", AT(publish), "where the publisher listens; none: nowhere",
     .value = "ADDRESS"},
    {"seed", MW_OPT_I64, "0", AT(seed), "root of all random streams; 0: as the description says, else 1",
     .max = 9e15},
    {"particles", MW_OPT_I64, "0", AT(particles),
     "size of the population; 0: as the description says, else 1024", .max = 65536},
    {"journal", MW_OPT_STR, NULL, AT(journal), "names a new journal; without it, the log's own id",
     .value = "NAME"},
    {0},
};
#undef AT

static const struct mw_command_line command = {
    .program = "mixwatch run",
    .summary =
        "Runs the whole monitor in one process: replays the history, prints who earns what, then prints\n"
        "alerts and recommendations as they come. Ctrl-C stops; the next start goes on where it stopped.",
    .options = options,
};

struct run {
    const struct run_config *config;
    struct mw_arena arena;
    struct load load;
    struct demo demo;
    struct load_rules rules;
    struct mw_broker *broker;
    struct redis redis;
    struct mw_log log;
    struct mw_sink sink;
    struct stack stack;
    struct import import;
    struct terminal_progress progress;
    size_t history, position; /* periods: of the history, on the bus */
    bool is_live;
    struct mw_names told; /* subjects whose state has been printed, or passed while history loaded */
    uint32_t n_told;
    int told_state[TOLD_MAX];
};

static bool stopped(void *self)
{
    (void)self;
    return mw_signals_caught() != 0;
}

/* ---- what is printed as it comes ---- */

/* Alerts and tests are records of a state, sent again with every closed day: a person wants to hear of a change. */
static bool is_another_state(struct run *run, struct mw_span subject, int state)
{
    uint32_t i = 0;
    if (mw_names_add(&run->told, subject, &i, NULL) != MW_OK || i >= TOLD_MAX) {
        return true;
    }
    const bool is_new = i == run->n_told;
    run->n_told += is_new;
    const bool is_other = is_new || run->told_state[i] != state;
    run->told_state[i] = state;
    return is_other;
}

static bool is_news(struct run *run, const struct mw_record *record, const void *body)
{
    const struct mw_span subject = mw_record_header(record, MW_HEADER_SUBJECT);
    if (strcmp(record->topic, mw_type_alert.topic) == 0) {
        return is_another_state(run, subject, ((const struct mw_alert *)body)->state);
    }
    if (strcmp(record->topic, mw_type_experiment.topic) == 0) {
        return is_another_state(run, subject, ((const struct mw_experiment *)body)->state);
    }
    const struct mw_allocation *allocation = body;
    return allocation->kind == MW_PUBLISHED;
}

static bool is_printable(const struct mw_record *record)
{
    return strcmp(record->topic, mw_type_alert.topic) == 0 ||
           strcmp(record->topic, mw_type_allocation.topic) == 0 ||
           strcmp(record->topic, mw_type_experiment.topic) == 0;
}

/* The date of what is said stands first: simulated days pass in seconds. */
static mw_date date_of(const struct mw_record *record, const void *body)
{
    return strcmp(record->topic, mw_type_alert.topic) == 0 ? ((const struct mw_alert *)body)->as_of
           : strcmp(record->topic, mw_type_experiment.topic) == 0
               ? ((const struct mw_experiment *)body)->as_of
               : ((const struct mw_allocation *)body)->as_of;
}

static void print_news(void *self, const struct mw_record *record)
{
    struct run *run = self;
    if (!is_printable(record)) {
        return;
    }
    struct mw_arena arena = {0};
    struct mw_writer line = {0};
    const void *body = NULL;
    const struct mw_type *type = mw_type_of(mw_span(record->topic));
    if (mw_decode(type, record->value, &arena, &body, NULL, NULL) == MW_OK && is_news(run, record, body) &&
        run->is_live) {
        char head[HEAD_BYTES];
        mw_summary_write(type, body, &line);
        (void)snprintf(head, sizeof head, "%s  ", mw_format_date(date_of(record, body)).s);
        terminal_news(head, mw_writer_span(&line));
        (void)fflush(stdout);
    }
    mw_writer_fini(&line);
    mw_arena_fini(&arena);
}

static void show_progress(void *self, size_t done, size_t n)
{
    struct run *run = self;
    terminal_progress_show(&run->progress, done, n);
}

static enum mw_status print_estimate(struct run *run, struct mw_error *err)
{
    const struct mw_tenant *tenant = run->import.feed.source->tenant;
    const struct mw_span subject =
        mw_arena_printf(&run->arena, "latest/" MW_SPAN_FMT, MW_SPAN_ARG(tenant->outcome.name));
    const void *estimate = NULL, *allocation = NULL;
    MW_TRY(terminal_latest(run->broker, &mw_type_estimate, tenant->tenant, subject, &run->arena, &estimate,
                           err));
    MW_TRY(terminal_latest(run->broker, &mw_type_allocation, tenant->tenant, subject, &run->arena,
                           &allocation, err));
    if (estimate == NULL) {
        (void)fprintf(stderr, "no estimate yet: it takes 28 settled days\n");
        return MW_OK;
    }
    terminal_estimate(estimate, allocation);
    (void)printf("\n");
    return terminal_latest_lines(run->broker, &mw_type_alert, "Open alerts", err);
}

/* ---- opening ---- */

/* The demo's history ends yesterday; a log that has one already keeps its dates. */
static enum mw_status open_demo(struct run *run, struct mw_error *err)
{
    mw_date first = MW_DATE_NONE;
    MW_TRY(import_first(run->broker, mw_span(DEMO_TENANT), &first, err));
    if (first == MW_DATE_NONE && run->config->first != NULL) {
        MW_TRY(mw_date_parse(mw_span(run->config->first), &first, err));
    } else if (first == MW_DATE_NONE) {
        first = (mw_date)(mw_clock_now_us() / MW_US_PER_DAY) - DEMO_HISTORY_DAYS;
    }
    const uint64_t seed = run->config->seed == 0 ? 1 : (uint64_t)run->config->seed;
    MW_TRY(demo_open(&run->demo, seed, run->config->particles, first, err));
    run->import.feed = demo_feed(&run->demo);
    run->history = DEMO_HISTORY_DAYS;
    return MW_OK;
}

/* The monitor lives in the time of the table: without this, advice on last year's spend would look like today's. */
static void say_how_old(struct mw_table *table)
{
    const struct mw_tenant *tenant = &table->tenant;
    const mw_date last = mw_table_period(table, table->n_periods - 1).date +
                         (tenant->grid == MW_GRID_WEEK ? 6 : 0),
                  today = (mw_date)(mw_clock_now_us() / MW_US_PER_DAY);
    if (today - last > OLD_DAYS) {
        (void)fprintf(stderr,
                      "warning: the table ends on %s, %d days ago: ages and advice are those of that day\n",
                      mw_format_date(last).s, (int)(today - last));
    }
}

static enum mw_status open_table(struct run *run, struct mw_error *err)
{
    const struct run_config *config = run->config;
    const struct load_options load = {config->data, config->table, config->seed, config->particles, false};
    MW_TRY(load_table(&run->load, &load, err));
    run->import.feed = import_table_feed(run->load.table, MW_DATE_NONE);
    run->history = run->import.feed.n_periods;
    say_how_old(run->load.table);
    return MW_OK;
}

/* Beside the log lies what the columns were taken for, to be read, corrected and given back with --table. */
static enum mw_status save_description(const struct run *run, struct mw_error *err)
{
    struct state_paths paths;
    MW_TRY(state_paths(run->config->state, &paths, err));
    return run->config->data == NULL ? MW_OK : load_write_description(&run->load, paths.table, err);
}

static enum mw_status open_stack(struct run *run, struct mw_error *err)
{
    struct mw_publisher_config publisher;
    struct mw_options_result result;
    const struct mw_command_line defaults = {.program = "publisher", .options = mw_publisher_options};
    MW_TRY(mw_options_load(&defaults, &(struct mw_options_source){0}, &publisher, &run->arena, &result, err));
    publisher.endpoint = run->config->publish;
    publisher.now_us = mw_clock_now_us;
    run->sink = (struct mw_sink){print_news, run};
    const struct stack_options stack_options = {
        .broker = run->broker,
        .cache = run->redis.cache,
        .log = &run->log,
        .sink = &run->sink,
        .publisher = strcmp(run->config->publish, "none") == 0 ? NULL : &publisher,
        /* A snapshot after so much work that it is a small part of it, so that a kill costs little of it again. */
        .settings = {.snapshot_us = SNAPSHOT_US, .snapshot_bytes = SNAPSHOT_BYTES},
    };
    return stack_open(&run->stack, &stack_options, err);
}

static enum mw_status check_particles(int64_t particles, struct mw_error *err)
{
    const struct mw_tenant_model model = {particles, 1};
    return particles == 0 ? MW_OK : load_check_model(&model, "--particles", err);
}

static enum mw_status open_all(struct run *run, struct mw_error *err)
{
    struct state_paths paths;
    MW_TRY(mw_signals_install(err));
    MW_TRY(redis_check(run->config->redis, err));
    MW_TRY(check_particles(run->config->particles, err));
    if (run->config->data != NULL) {
        MW_TRY(open_table(run, err)); /* a table that is refused leaves no state folder behind */
    }
    MW_TRY(load_alert_rules(run->config->rules, &run->arena, &run->rules, err));
    MW_TRY(state_paths(run->config->state, &paths, err));
    MW_TRY(state_open(run->config->state, run->config->fresh, &run->broker, err));
    if (run->config->data == NULL) {
        MW_TRY(open_demo(run, err));
    }
    MW_TRY(save_description(run, err));
    MW_TRY(redis_open(&run->redis, run->config->redis, paths.socket, err));
    run->import.broker = run->broker;
    run->import.rules = run->rules.text;
    run->import.rules_version = run->rules.version;
    run->import.journal =
        mw_span(run->config->journal != NULL ? run->config->journal : mw_broker_id(run->broker));
    return open_stack(run, err);
}

/* ---- live ---- */

/* The wall clock of tenants that live by it; silences and advice of all expire by it. */
static enum mw_status append_tick(struct run *run, struct mw_error *err)
{
    struct record_batch batch = {.broker = run->broker};
    const int64_t now = mw_clock_now_us();
    const struct mw_clock clock = {.time = now};
    const struct mw_span id = mw_arena_printf(&batch.arena, "tick/%lld", (long long)now);
    const struct record_origin origin = {id, mw_span("clock"), now};
    enum mw_status status =
        record_batch_add(&batch, &mw_type_clock, (struct mw_span){0}, &origin, &clock, err);
    status = status == MW_OK ? record_batch_append(&batch, err) : status;
    record_batch_fini(&batch);
    return status;
}

static enum mw_status append_day(struct run *run, struct mw_error *err)
{
    MW_TRY(import_period(&run->import, run->position, err));
    run->position++;
    return MW_OK;
}

static enum mw_status live(struct run *run, struct mw_error *err)
{
    const bool is_demo = run->config->data == NULL;
    int64_t next_tick = mw_clock_steady_us(), next_day = next_tick + run->config->day_ms * 1000;
    run->is_live = true;
    MW_TRY(import_position(&run->import, &run->position, err));
    while (!stopped(NULL)) {
        const int64_t now = mw_clock_steady_us();
        if (now >= next_tick) {
            MW_TRY(append_tick(run, err));
            next_tick = now + TICK_US;
            redis_keep(&run->redis);
        }
        if (is_demo && now >= next_day) {
            MW_TRY(append_day(run, err));
            next_day = now + run->config->day_ms * 1000;
        }
        MW_TRY(stack_quiesce(&run->stack, stopped, NULL, err));
        mw_clock_sleep_us(TURN_US);
    }
    return MW_OK;
}

static void print_live(const struct run *run)
{
    const bool is_published = run->stack.publisher != NULL;
    (void)printf("\nLive%s. State in %s; published on %s; Ctrl-C stops.\n\n",
                 run->config->data == NULL ? ": a simulated day every few seconds" : "", run->config->state,
                 is_published ? mw_publisher_endpoint(run->stack.publisher) : "no address");
    (void)fflush(stdout);
}

/* Says how much had to be done again: the records since the last snapshots. */
static enum mw_status restore(struct run *run, struct mw_error *err)
{
    uint64_t again = 0;
    MW_TRY(stack_quiesce(&run->stack, stopped, NULL, err));
    for (size_t i = 0; i < run->stack.n; i++) {
        again += mw_service_info(run->stack.services[i])->n_restored;
    }
    if (again > 0) {
        (void)fprintf(stderr, "restored from snapshots and %llu records after them\n",
                      (unsigned long long)again);
    }
    return MW_OK;
}

static enum mw_status run_monitor(struct run *run, struct mw_error *err)
{
    MW_TRY(open_all(run, err));
    MW_TRY(restore(run, err));
    const struct import_progress progress = {show_progress, stopped, run};
    MW_TRY(import_run(&run->import, run->history, &run->stack, &progress, err));
    if (!stopped(NULL)) {
        MW_TRY(print_estimate(run, err));
    }
    if (!run->config->once && !stopped(NULL)) {
        print_live(run);
        MW_TRY(live(run, err));
    }
    if (stopped(NULL)) {
        (void)fprintf(stderr, "\nstopped; the next start goes on from here\n");
    }
    return stack_snapshot(&run->stack, err);
}

enum mw_status cli_run(const struct cli_arguments *arguments, struct mw_error *err)
{
    struct run_config config = {0};
    struct run run = {.config = &config, .progress = {.what = "history"}};
    struct mw_options_result result;
    bool go_on = false;
    mw_log_init(&run.log, NULL, "run", MW_LOG_AUTO);
    run.log.level = MW_LOG_WARN;
    enum mw_status status = cli_options(&command, arguments, &config, &run.arena, &result, &go_on, err);
    if (status == MW_OK && go_on) {
        status = run_monitor(&run, err);
    }
    stack_close(&run.stack);
    redis_close(&run.redis);
    mw_broker_close(&run.broker);
    demo_fini(&run.demo);
    load_fini(&run.load);
    mw_names_fini(&run.told);
    mw_arena_fini(&run.arena);
    return status;
}
