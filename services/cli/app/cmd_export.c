/* `mixwatch export`: the topics of a state folder as JSON lines, for notebooks, audits and tests. */
// SPDX-License-Identifier: Apache-2.0
#include "cli.h"
#include "output.h"
#include "state.h"

struct export_config {
    const char *state, *out;
};
static const struct mw_option options[] = {
    {"state", MW_OPT_STR, "state", offsetof(struct export_config, state), "the monitor's folder",
     .value = "DIR"},
    {"out", MW_OPT_STR, NULL, offsetof(struct export_config, out), "folder for one file per topic",
     .value = "DIR", .required = true},
    {0},
};
static const struct mw_command_line command = {
    .program = "mixwatch export",
    .summary = "Writes every topic that the services have written as DIR/<topic>.jsonl, a record a line.",
    .options = options,
};

static enum mw_status export_state(const struct export_config *config, struct mw_error *err)
{
    struct mw_broker *broker = NULL;
    struct output_stage stage = {{0}, {0}};
    MW_TRY(state_look(config->state, &broker, err));
    enum mw_status status = output_stage_open(&stage, config->out, err);
    status = status == MW_OK ? output_topics(broker, stage.path, err) : status;
    status = status == MW_OK ? output_stage_commit(&stage, err) : status;
    output_stage_close(&stage);
    mw_broker_close(&broker);
    return status;
}

enum mw_status cli_export(const struct cli_arguments *arguments, struct mw_error *err)
{
    struct mw_arena arena = {0};
    struct export_config config = {0};
    struct mw_options_result result;
    bool go_on = false;
    enum mw_status status = cli_options(&command, arguments, &config, &arena, &result, &go_on, err);
    if (status == MW_OK && go_on) {
        status = export_state(&config, err);
    }
    mw_arena_fini(&arena);
    return status;
}
