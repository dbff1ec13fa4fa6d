/* `mixwatch verify`: every service's recorded input through a fresh core, compared with what is recorded. */
// SPDX-License-Identifier: Apache-2.0
#include "cli.h"
#include "stack.h"
#include "state.h"

#include <inttypes.h>
#include <stdio.h>

struct verify_config {
    const char *state;
};
static const struct mw_option options[] = {
    {"state", MW_OPT_STR, "state", offsetof(struct verify_config, state), "the monitor's folder",
     .value = "DIR"},
    {0},
};
static const struct mw_command_line command = {
    .program = "mixwatch verify",
    .summary =
        "Replays the recorded input of each service through a fresh core and compares every output and\n"
        "snapshot bit for bit. May run beside a running monitor. Exit code 3: something differs.",
    .options = options,
};

static enum mw_status verify_service(const struct stack_service *row, struct mw_broker *broker, bool *same,
                                     struct mw_error *err)
{
    void *core = NULL;
    MW_TRY(row->open(&core, err));
    const struct mw_service_config config = {
        .ops = row->ops, .core = core, .inputs = row->inputs, .n_inputs = row->n_inputs, .broker = broker};
    struct mw_verify_report report;
    const enum mw_status status = mw_service_verify(&config, &report, err);
    row->ops->close(core);
    MW_TRY(status);
    char hex[33];
    mw_hash128_hex(report.state, hex);
    (void)printf("%-12s %-16s %8" PRIu64 " inputs %8" PRIu64 " outputs %4" PRIu64
                 " snapshots  state %s%s%s\n",
                 row->ops->service, mw_verify_outcome_name(report.outcome), report.n_inputs, report.n_outputs,
                 report.n_snapshots, hex, report.text[0] == '\0' ? "" : "\n             ", report.text);
    *same &= report.outcome == MW_VERIFY_SAME;
    return MW_OK;
}

static enum mw_status verify_state(const char *dir, struct mw_error *err)
{
    struct mw_broker *broker = NULL;
    MW_TRY(state_look(dir, &broker, err));
    bool same = true;
    enum mw_status status = MW_OK;
    for (size_t i = 0; i < STACK_SERVICES && status == MW_OK; i++) {
        if (!stack_services[i].is_outward) {
            status = verify_service(&stack_services[i], broker, &same, err);
        }
    }
    mw_broker_close(&broker);
    MW_TRY(status);
    return same ? MW_OK : MW_FAIL(err, MW_E_NUMERIC, "what is recorded is not what the cores say");
}

enum mw_status cli_verify(const struct cli_arguments *arguments, struct mw_error *err)
{
    struct mw_arena arena = {0};
    struct verify_config config = {0};
    struct mw_options_result result;
    bool go_on = false;
    enum mw_status status = cli_options(&command, arguments, &config, &arena, &result, &go_on, err);
    if (status == MW_OK && go_on) {
        status = verify_state(config.state, err);
    }
    mw_arena_fini(&arena);
    return status;
}
