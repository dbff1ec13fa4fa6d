// SPDX-License-Identifier: Apache-2.0
#include "cli.h"

#include <stdio.h>
#include <string.h>

extern char **environ;

static const struct cli_command commands[] = {
    {"run", "run the monitor: the demo, or a table of your own", cli_run},
    {"replay", "a table through all services, as fast as the machine goes, into a folder", cli_replay},
    {"subscribe", "print what the publisher sends, a line each", cli_subscribe},
    {"status", "what runs, how far each service has read, last estimate, open alerts", cli_status},
    {"verify", "replay each service's recorded input and compare outputs and state bit for bit", cli_verify},
    {"export", "the topics of a state folder as JSON lines", cli_export},
    {"simulate", "write a table or an event stream with known truth", cli_simulate},
    {"schema", "the messages, or the JSON Schema of one", cli_schema},
};
enum { N_COMMANDS = sizeof commands / sizeof commands[0] };

static void print_help(FILE *out)
{
    (void)fputs(
        "usage: mixwatch COMMAND [OPTIONS]\n\n"
        "Always-on monitoring of marketing spend: estimates with intervals per channel, a recommended\n"
        "allocation and alerts, kept up to date on every closed day or week.\n\n",
        out);
    for (size_t i = 0; i < N_COMMANDS; i++) {
        (void)fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
    }
    (void)fputs(
        "\n`mixwatch COMMAND --help` says all about one. Exit codes: 0 done; 2 wrong usage, bad input,\n"
        "a folder in use, a full disk; 1 no memory or a computation that failed; 3 `verify` found a "
        "difference.\n",
        out);
}

enum mw_status cli_options(const struct mw_command_line *command, const struct cli_arguments *arguments,
                           void *config, struct mw_arena *arena, struct mw_options_result *result,
                           bool *go_on, struct mw_error *err)
{
    const struct mw_options_source source = {arguments->argc, arguments->argv, arguments->environment};
    MW_TRY(mw_options_load(command, &source, config, arena, result, err));
    *go_on = result->outcome == MW_OPTIONS_RUN;
    if (result->outcome == MW_OPTIONS_HELP) {
        struct mw_writer text = {0};
        mw_options_help(command, &text);
        (void)fwrite(text.data, 1, text.len, stdout);
        mw_writer_fini(&text);
    } else if (result->outcome == MW_OPTIONS_VERSION) {
        (void)printf("mixwatch %s\n", MW_VERSION);
    }
    return MW_OK;
}

static const struct cli_command *find(const char *name)
{
    for (size_t i = 0; i < N_COMMANDS; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

static int unknown_command(const char *name)
{
    const char *names[N_COMMANDS];
    for (size_t i = 0; i < N_COMMANDS; i++) {
        names[i] = commands[i].name;
    }
    const char *near = mw_nearest_name(name, names, N_COMMANDS);
    (void)fprintf(stderr, "mixwatch: there is no command \"%s\"%s%s%s; `mixwatch --help` lists them\n", name,
                  near == NULL ? "" : " (did you mean \"", near == NULL ? "" : near,
                  near == NULL ? "" : "\"?)");
    return 2;
}

/* A supervisor reads the code: 2 needs somebody to change a file, a setting or the disk; 1 is nobody's fault but
 * the machine's or ours. */
static int exit_code(const struct cli_command *command, enum mw_status status)
{
    switch (status) {
    case MW_OK:
        return 0;
    case MW_E_NUMERIC:
        return command->run == cli_verify ? 3 : 1;
    case MW_E_MEMORY:
        return 1;
    default:
        return 2;
    }
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return 2;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        (void)printf("mixwatch %s\n", MW_VERSION);
        return 0;
    }
    const struct cli_command *command = find(argv[1]);
    if (command == NULL) {
        return unknown_command(argv[1]);
    }
    struct mw_error err = {0};
    const struct cli_arguments arguments = {argc - 2, argv + 2, environ};
    const enum mw_status status = command->run(&arguments, &err);
    if (status != MW_OK) {
        (void)fprintf(stderr, "mixwatch %s: %s\n", command->name, err.text);
    }
    return exit_code(command, status);
}
