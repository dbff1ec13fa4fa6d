/* `mixwatch status`: read from the log alone, so it answers whether or not a monitor runs. */
// SPDX-License-Identifier: Apache-2.0
#include "cli.h"
#include "mw_format.h"
#include "mw_index.h"
#include "mw_summary.h"
#include "mw_wire.h"
#include "stack.h"
#include "state.h"

#include "mw_bus_sqlite.h"

#include <inttypes.h>
#include <stdio.h>

struct status_config {
    const char *state;
};
static const struct mw_option options[] = {
    {"state", MW_OPT_STR, "state", offsetof(struct status_config, state), "the monitor's folder",
     .value = "DIR"},
    {0},
};
static const struct mw_command_line command = {
    .program = "mixwatch status",
    .summary = "What runs, how far each service has read, the last estimate and allocation, open alerts.",
    .options = options,
};

/* ---- services ---- */

static enum mw_status print_service(const struct stack_service *row, struct mw_broker *broker,
                                    struct mw_error *err)
{
    int64_t read = 0, end = 0;
    for (size_t i = 0; i < row->n_inputs; i++) {
        for (int32_t p = 0; p < mw_broker_n_partitions(broker); p++) {
            int64_t committed;
            struct mw_bus_extent extent;
            MW_TRY(mw_broker_committed(broker, row->ops->service, row->inputs[i]->topic, p, &committed, err));
            MW_TRY(mw_broker_extent(broker, row->inputs[i]->topic, p, &extent, err));
            read += committed == MW_OFFSET_NONE ? 0 : committed;
            end += extent.end;
        }
    }
    (void)printf("  %-12s read %9" PRId64 " of %9" PRId64 " records%s\n", row->ops->service, read, end,
                 read < end ? "  (behind)" : "");
    return MW_OK;
}

/* Whoever can take the instance lock proves that nobody holds it. */
static enum mw_status print_running(const char *dir, struct mw_error *err)
{
    struct state_paths paths;
    MW_TRY(state_paths(dir, &paths, err));
    struct mw_broker *broker = NULL;
    struct mw_error why = {0};
    const enum mw_status status = mw_bus_sqlite_open(
        &broker, &(struct mw_bus_sqlite_options){.path = paths.log, .must_exist = true, .is_instance = true},
        &why);
    mw_broker_close(&broker);
    if (status == MW_E_BUSY) {
        (void)printf("running: %s\n", why.text);
        return MW_OK;
    }
    (void)printf("not running (state in %s)\n", dir);
    return MW_OK;
}

/* ---- latest records ---- */

static bool is_open_alert(const struct mw_type *type, const void *body)
{
    if (type != &mw_type_alert) {
        return true;
    }
    const int state = ((const struct mw_alert *)body)->state;
    return state == MW_ALERT_FIRING || state == MW_ALERT_RECOVERING || state == MW_ALERT_SILENCED ||
           state == MW_ALERT_PENDING || state == MW_ALERT_NODATA;
}

static enum mw_status print_record(const struct mw_type *type, const struct mw_record *record,
                                   size_t *n_printed, struct mw_error *err)
{
    struct mw_arena arena = {0};
    struct mw_writer line = {0};
    const void *body = NULL;
    const enum mw_status status = mw_decode(type, record->value, &arena, &body, NULL, err);
    if (status == MW_OK && is_open_alert(type, body)) {
        mw_summary_write(type, body, &line);
        (void)printf("  " MW_SPAN_FMT "  " MW_SPAN_FMT "\n", MW_SPAN_ARG(record->key),
                     MW_SPAN_ARG(mw_writer_span(&line)));
        (*n_printed)++;
    }
    mw_writer_fini(&line);
    mw_arena_fini(&arena);
    return status;
}

static enum mw_status print_latest(const struct mw_type *type, const char *title, struct mw_broker *broker,
                                   struct mw_error *err)
{
    size_t n = 0;
    (void)printf("%s\n", title);
    for (int32_t p = 0; p < mw_broker_n_partitions(broker); p++) {
        struct mw_bus_reader *reader = NULL;
        MW_TRY(mw_broker_latest(broker, type->topic, p, &reader, err));
        const struct mw_record *record = NULL;
        enum mw_status status = mw_bus_reader_next(reader, &record, err);
        while (status == MW_OK && record != NULL) {
            status = print_record(type, record, &n, err);
            status = status == MW_OK ? mw_bus_reader_next(reader, &record, err) : status;
        }
        mw_bus_reader_close(&reader);
        MW_TRY(status);
    }
    if (n == 0) {
        (void)printf("  none\n");
    }
    return MW_OK;
}

static enum mw_status print_status(const char *dir, struct mw_error *err)
{
    struct mw_broker *broker = NULL;
    MW_TRY(state_look(dir, &broker, err));
    enum mw_status status = print_running(dir, err);
    (void)printf("services\n");
    for (size_t i = 0; i < STACK_SERVICES && status == MW_OK; i++) {
        status = print_service(&stack_services[i], broker, err);
    }
    static const struct {
        const struct mw_type *type;
        const char *title;
    } latest[] = {{&mw_type_estimate, "last estimates"},
                  {&mw_type_allocation, "last allocations"},
                  {&mw_type_experiment, "tests"},
                  {&mw_type_alert, "open alerts"}};
    for (size_t i = 0; i < sizeof latest / sizeof latest[0] && status == MW_OK; i++) {
        status = print_latest(latest[i].type, latest[i].title, broker, err);
    }
    mw_broker_close(&broker);
    return status;
}

enum mw_status cli_status(const struct cli_arguments *arguments, struct mw_error *err)
{
    struct mw_arena arena = {0};
    struct status_config config = {0};
    struct mw_options_result result;
    bool go_on = false;
    enum mw_status status = cli_options(&command, arguments, &config, &arena, &result, &go_on, err);
    if (status == MW_OK && go_on) {
        status = print_status(config.state, err);
    }
    mw_arena_fini(&arena);
    return status;
}
