/* `mixwatch replay`: the embedded bus in memory, a table, and a folder for what comes out. */
// SPDX-License-Identifier: Apache-2.0
#include "cli.h"
#include "import.h"
#include "load.h"
#include "mw_bus_sqlite.h"
#include "mw_format.h"
#include "mw_report.h"
#include "output.h"
#include "terminal.h"

#include <stdio.h>

struct replay_config {
    const char *data, *table, *out, *until, *rules;
    int64_t seed, particles;
    bool check, no_report, quiet;
};

#define AT(member) offsetof(struct replay_config, member)
static const struct mw_option options[] = {
    {"data", MW_OPT_STR, NULL, AT(data), "the table of spend and outcome", .value = "FILE.csv",
     .required = true},
    {"table", MW_OPT_STR, NULL, AT(table), "what its columns are; guessed and printed without it",
     .value = "TABLE.json"},
    {"out", MW_OPT_STR, NULL, AT(out), "folder for the outputs, made if need be", .value = "DIR"},
    {"until", MW_OPT_STR, NULL, AT(until), "the last date to replay", .value = "DATE"},
    {"seed", MW_OPT_I64, "0", AT(seed), "root of all random streams; 0: as the description says, else 1",
     .max = 9e15},
    {"particles", MW_OPT_I64, "0", AT(particles),
     "size of the population; 0: as the description says, else 1024", .max = 65536},
    {"rules", MW_OPT_STR, NULL, AT(rules), "alert rules; those of config/rules.yaml without it",
     .value = "FILE.yaml"},
    {"check", MW_OPT_BOOL, NULL, AT(check), "stop after printing what the columns are taken for",
     .value = NULL},
    {"no-report", MW_OPT_BOOL, NULL, AT(no_report), "topics and table.json only", .value = NULL},
    {"quiet", MW_OPT_BOOL, NULL, AT(quiet), "no progress and no tables on the terminal", .value = NULL},
    {0},
};
#undef AT

static const struct mw_command_line command = {
    .program = "mixwatch replay",
    .summary =
        "Runs a table through all services on one thread, without network, and writes every output topic,\n"
        "the accepted table, a summary and a report. The same input gives the same bytes.",
    .options = options,
    .notes = "Outputs: DIR/<topic>.jsonl, DIR/table.json, DIR/summary.csv, DIR/report.html\n",
};

struct replay {
    const struct replay_config *config;
    struct load load;
    struct load_rules rules;
    struct mw_arena arena;
    struct mw_broker *broker;
    struct output_stage stage;
    mw_date until; /* MW_DATE_NONE: all of the table */
    struct terminal_progress progress;
};

static void show_progress(void *self, size_t done, size_t n)
{
    struct replay *replay = self;
    if (!replay->config->quiet) {
        terminal_progress_show(&replay->progress, done, n);
    }
}

static enum mw_status read_until(struct replay *replay, struct mw_error *err)
{
    const char *text = replay->config->until;
    replay->until = MW_DATE_NONE;
    if (text == NULL) {
        return MW_OK;
    }
    const enum mw_status status = mw_date_parse(mw_span(text), &replay->until, err);
    mw_error_prefix(err, "--until");
    return status;
}

static enum mw_status check_until(const struct replay *replay, struct mw_error *err)
{
    const mw_date first = replay->load.table->first;
    if (replay->until != MW_DATE_NONE && replay->until < first) {
        return MW_FAIL(err, MW_E_DATA,
                       "--until %s is before the table's first date, %s: nothing would be left",
                       mw_format_date(replay->until).s, mw_format_date(first).s);
    }
    return MW_OK;
}

static enum mw_status run_services(struct replay *replay, struct mw_error *err)
{
    const struct import import = {
        .broker = replay->broker,
        .feed = import_table_feed(replay->load.table, replay->until),
        .rules = replay->rules.text,
        .rules_version = replay->rules.version,
    };
    MW_TRY(import_declare(replay->broker, err));
    struct stack stack;
    const struct stack_options stack_options = {
        .broker = replay->broker,
        .settings = {.snapshot_records = -1, .snapshot_bytes = -1, .snapshot_us = -1},
    };
    MW_TRY(stack_open(&stack, &stack_options, err));
    const struct import_progress progress = {show_progress, NULL, replay};
    const enum mw_status status = import_run(&import, import.feed.n_periods, &stack, &progress, err);
    stack_close(&stack);
    return status;
}

static enum mw_status find_latest(struct replay *replay, const struct mw_type *type, const void **out,
                                  struct mw_error *err)
{
    const struct mw_tenant *tenant = &replay->load.guess->tenant;
    const struct mw_span subject =
        mw_arena_printf(&replay->arena, "latest/" MW_SPAN_FMT, MW_SPAN_ARG(tenant->outcome.name));
    return terminal_latest(replay->broker, type, tenant->tenant, subject, &replay->arena, out, err);
}

/* A history too short for an estimate leaves its topics all the same, and nothing to report on. */
static enum mw_status write_outputs(struct replay *replay, bool has_estimate, struct mw_error *err)
{
    const char *dir = replay->stage.path;
    char path[OUTPUT_PATH_BYTES + 16];
    (void)snprintf(path, sizeof path, "%s/table.json", dir);
    MW_TRY(output_topics(replay->broker, dir, err));
    MW_TRY(load_write_description(&replay->load, path, err));
    const struct mw_report_request report = {
        .dir = dir, .tenant = replay->load.guess->tenant.tenant, .chart_library = mw_report_chart_library()};
    if (has_estimate && !replay->config->no_report) {
        MW_TRY(mw_report_write(&report, NULL, err));
    }
    return output_stage_commit(&replay->stage, err);
}

static enum mw_status give_result(struct replay *replay, struct mw_error *err)
{
    const void *estimate = NULL, *allocation = NULL;
    MW_TRY(find_latest(replay, &mw_type_estimate, &estimate, err));
    MW_TRY(find_latest(replay, &mw_type_allocation, &allocation, err));
    if (replay->config->out != NULL) {
        MW_TRY(write_outputs(replay, estimate != NULL, err));
    }
    if (estimate == NULL) {
        (void)fprintf(stderr, "no estimate yet: it takes 28 settled days\n");
    } else if (!replay->config->quiet) {
        terminal_estimate(estimate, allocation);
    }
    return MW_OK;
}

static enum mw_status replay_table(struct replay *replay, struct mw_error *err)
{
    const struct replay_config *config = replay->config;
    const struct load_options load = {config->data, config->table, config->seed, config->particles,
                                      config->quiet};
    if (config->check) {
        return load_describe(&replay->load, &load, err);
    }
    MW_TRY(read_until(replay, err));
    MW_TRY(load_alert_rules(config->rules, &replay->arena, &replay->rules, err));
    MW_TRY(load_table(&replay->load, &load, err));
    MW_TRY(check_until(replay, err));
    if (config->out != NULL) {
        MW_TRY(output_stage_open(&replay->stage, config->out, err));
    }
    MW_TRY(mw_bus_sqlite_open(&replay->broker, &(struct mw_bus_sqlite_options){.path = ":memory:"}, err));
    MW_TRY(run_services(replay, err));
    return give_result(replay, err);
}

enum mw_status cli_replay(const struct cli_arguments *arguments, struct mw_error *err)
{
    struct replay_config config = {0};
    struct replay replay = {.config = &config, .progress = {.what = "replay"}};
    struct mw_options_result result;
    bool go_on = false;
    enum mw_status status = cli_options(&command, arguments, &config, &replay.arena, &result, &go_on, err);
    if (status == MW_OK && go_on && config.out == NULL && !config.check) {
        status = MW_FAIL(err, MW_E_DATA,
                         "where to? Write --out DIR (or --check to see what the columns are taken for)");
    }
    if (status == MW_OK && go_on) {
        status = replay_table(&replay, err);
    }
    output_stage_close(&replay.stage);
    mw_broker_close(&replay.broker);
    load_fini(&replay.load);
    mw_arena_fini(&replay.arena);
    return status;
}
