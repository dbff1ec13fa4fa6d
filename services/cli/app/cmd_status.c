/* `mixwatch status`: read from the log alone, so it answers whether or not a monitor runs. */
// SPDX-License-Identifier: Apache-2.0
#include "cli.h"
#include "stack.h"
#include "state.h"
#include "terminal.h"

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
        status = terminal_latest_lines(broker, latest[i].type, latest[i].title, err);
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
