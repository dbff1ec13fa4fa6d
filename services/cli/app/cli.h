/* cli.h: the commands of `mixwatch`. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_options.h"

/* What a command is started with: arguments after its name, and the environment. */
struct cli_arguments {
    int argc;
    char *const *argv;
    char *const *environment;
};

struct cli_command {
    const char *name, *summary;
    /* Reads its own options; MW_OK also when --help was asked for and printed. */
    enum mw_status (*run)(const struct cli_arguments *arguments, struct mw_error *err);
};

MW_MUST_USE enum mw_status cli_run(const struct cli_arguments *arguments, struct mw_error *err);
MW_MUST_USE enum mw_status cli_replay(const struct cli_arguments *arguments, struct mw_error *err);
MW_MUST_USE enum mw_status cli_subscribe(const struct cli_arguments *arguments, struct mw_error *err);
MW_MUST_USE enum mw_status cli_status(const struct cli_arguments *arguments, struct mw_error *err);
MW_MUST_USE enum mw_status cli_verify(const struct cli_arguments *arguments, struct mw_error *err);
MW_MUST_USE enum mw_status cli_export(const struct cli_arguments *arguments, struct mw_error *err);
MW_MUST_USE enum mw_status cli_schema(const struct cli_arguments *arguments, struct mw_error *err);
MW_MUST_USE enum mw_status cli_simulate(const struct cli_arguments *arguments, struct mw_error *err);

/* Loads options into *config. *go_on is false when --help or --version was asked for, and has been printed.
 */
MW_MUST_USE enum mw_status cli_options(const struct mw_command_line *command,
                                       const struct cli_arguments *arguments, void *config,
                                       struct mw_arena *arena, struct mw_options_result *result, bool *go_on,
                                       struct mw_error *err);
