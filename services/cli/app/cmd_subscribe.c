/* `mixwatch subscribe`: the library of the same name with this program's clock, signals and streams. */
// SPDX-License-Identifier: Apache-2.0
#include "cli.h"
#include "mw_clock.h"
#include "mw_signals.h"
#include "mw_subscribe.h"

static const struct mw_command_line command = {
    .program = "mixwatch subscribe",
    .summary =
        "Prints what the publisher sends, a line each; says on stderr what is missing, late or silent.",
    .operands = "[PREFIX...]",
    .options = mw_subscribe_options,
    .notes = "PREFIX is the beginning of a topic: alert/v1/demo, alloc, estimate/v1/demo/latest.\n",
};

static bool stopped(void *self)
{
    (void)self;
    return mw_signals_caught() != 0;
}

enum mw_status cli_subscribe(const struct cli_arguments *arguments, struct mw_error *err)
{
    struct mw_arena arena = {0};
    struct mw_subscribe subscribe = {
        .out = stdout, .remarks = stderr, .now_us = mw_clock_now_us, .stopped = stopped};
    struct mw_options_result result = {0};
    bool go_on = false;
    enum mw_status status = cli_options(&command, arguments, &subscribe.config, &arena, &result, &go_on, err);
    if (status == MW_OK && go_on) {
        struct mw_subscribe_info info;
        subscribe.prefixes = result.operands;
        subscribe.n_prefixes = result.n_operands;
        status = mw_signals_install(err);
        status = status == MW_OK ? mw_subscribe_run(&subscribe, &info, err) : status;
    }
    mw_arena_fini(&arena);
    return status;
}
