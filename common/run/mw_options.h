/* mw_options.h: settings are rows of a table. One row gives parsing, default, range, --help and the place in
 * the config struct.
 *
 *   static const struct mw_option rows[] = {
 *       {"seed", MW_OPT_U64, "1", offsetof(struct config, seed), .help = "root of all streams"},
 *       {"until", MW_OPT_STR, NULL, offsetof(struct config, until), .help = "last date", .value = "DATE"},
 *       {0},
 *   };
 *
 * (.help is named so that gcc takes the fields left out for meant.)
 *
 * Later sources win: default < config file < environment < flags. The file is a flat YAML mapping of option
 * names; the variable of "kafka.brokers" is MW_KAFKA_BROKERS; the flag is --kafka.brokers VALUE or
 * --kafka.brokers=VALUE. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_arena.h"
#include "mw_bytes.h"
#include "mw_status.h"

enum mw_option_kind {
    MW_OPT_STR,  /* const char *; NULL without a default */
    MW_OPT_I64,  /* int64_t; suffixes k, M, G (1000) and Ki, Mi, Gi */
    MW_OPT_U64,  /* uint64_t; likewise */
    MW_OPT_INT,  /* int; likewise */
    MW_OPT_NUM,  /* double, finite */
    MW_OPT_BOOL, /* bool; --name alone means true, --no-name false */
    MW_OPT_MS,   /* int64_t milliseconds: "250ms", "5s", "2m", "1h"; a number alone is ms */
    MW_OPT_ENUM, /* int: index into choices */
};

struct mw_option {
    const char *name; /* lower case, digits, '-' and '.' */
    enum mw_option_kind kind;
    const char *def; /* as text; NULL: zero, NULL or false */
    size_t offset;
    const char *help;
    const char *value;          /* what --help calls the value: "FILE", "DATE" */
    double min, max;            /* of numbers, inclusive; both 0: no range */
    const char *const *choices; /* NULL-terminated */
    bool secret;                /* from file or environment only, never shown */
    bool required;
};

struct mw_command_line {
    const char *program;     /* "mixwatch replay" */
    const char *summary;     /* one sentence */
    const char *operands;    /* "[PREFIX...]", or NULL when there are none: then one is an error */
    const char *config_path; /* read when it exists; --config FILE names another, which then must exist */
    const char *notes;       /* printed at the end of --help, or NULL */
    const struct mw_option *options; /* ends with a row without a name */
};

enum mw_options_outcome { MW_OPTIONS_RUN, MW_OPTIONS_HELP, MW_OPTIONS_VERSION };

struct mw_options_source {
    int argc; /* without the program and the command's name */
    char *const *argv;
    char *const *environment; /* "NAME=value", NULL-terminated; NULL: none */
};

enum mw_option_origin { MW_FROM_DEFAULT, MW_FROM_FILE, MW_FROM_ENVIRONMENT, MW_FROM_FLAG };

struct mw_options_result {
    enum mw_options_outcome outcome;
    const char *const *operands; /* in the arena */
    size_t n_operands;
    const enum mw_option_origin *origins; /* one per row */
};

/* Fills *config; its texts live in the arena. MW_E_DATA names the flag, the variable or file:line:column, and
 * the nearest known name for an unknown one. With --help or --version among the flags nothing else is looked
 * at. MW_E_IO: the named file cannot be read. MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_options_load(const struct mw_command_line *command,
                                           const struct mw_options_source *source, void *config,
                                           struct mw_arena *arena, struct mw_options_result *out,
                                           struct mw_error *err);
/* The text of --help. */
void mw_options_help(const struct mw_command_line *command, struct mw_writer *out);
/* One line per option, "name = value  (origin)", secrets masked: what a service logs at its start. */
void mw_options_describe(const struct mw_command_line *command, const void *config,
                         const struct mw_options_result *result, struct mw_writer *out);
/* The nearest of `names` within a third of its length (optimal string alignment), or NULL. */
const char *mw_nearest_name(const char *name, const char *const *names, size_t n);
