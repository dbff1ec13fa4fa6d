// SPDX-License-Identifier: Apache-2.0
#include "mw_options_internal.h"

#include <stdio.h>

/* ---- sources ------------------------------------------------------------------------------------------------ */

static enum mw_status set_defaults(const struct mw_options_state *state, struct mw_error *err)
{
    const struct mw_option *rows = state->command->options;
    for (size_t i = 0; rows[i].name != NULL; i++) {
        if (rows[i].def != NULL) {
            MW_TRY(mw_option_set(state, i, mw_span(rows[i].def), MW_FROM_DEFAULT, err));
        }
    }
    return MW_OK;
}

/* "kafka.brokers" is MW_KAFKA_BROKERS. */
static void variable_name(const char *name, char out[80])
{
    (void)snprintf(out, 80, "MW_%s", name);
    for (char *at = out; *at != '\0'; at++) {
        const bool lower = *at >= 'a' && *at <= 'z';
        *at = lower ? (char)(*at - 'a' + 'A') : (*at == '-' || *at == '.') ? '_' : *at;
    }
}

static const char *find_variable(char *const *environment, const char *name)
{
    const size_t len = strlen(name);
    for (; environment != NULL && *environment != NULL; environment++) {
        if (strncmp(*environment, name, len) == 0 && (*environment)[len] == '=') {
            return *environment + len + 1;
        }
    }
    return NULL;
}

/* Variables of no option are left alone: MW_SHARED and others are nobody's settings. */
static enum mw_status set_from_environment(const struct mw_options_state *state, char *const *environment,
                                           struct mw_error *err)
{
    const struct mw_option *rows = state->command->options;
    for (size_t i = 0; rows[i].name != NULL; i++) {
        char name[80];
        variable_name(rows[i].name, name);
        const char *value = find_variable(environment, name);
        if (value != NULL) {
            const enum mw_status status = mw_option_set(state, i, mw_span(value), MW_FROM_ENVIRONMENT, err);
            if (status != MW_OK) {
                mw_error_prefix(err, "environment variable %s", name);
                return status;
            }
        }
    }
    return MW_OK;
}

struct flag {
    struct mw_span name;  /* without the dashes */
    struct mw_span value; /* of --name=value; data NULL without */
};

static bool read_flag(const char *arg, struct flag *out)
{
    if (strncmp(arg, "--", 2) != 0 || arg[2] == '\0') {
        return false;
    }
    const char *equals = strchr(arg, '=');
    const size_t len = equals == NULL ? strlen(arg + 2) : (size_t)(equals - arg - 2);
    *out = (struct flag){{arg + 2, len}, equals == NULL ? (struct mw_span){0} : mw_span(equals + 1)};
    return true;
}

/* Which row a flag means; --no-name means name when that is a switch. */
static size_t row_of(const struct mw_option *rows, struct flag *flag)
{
    const size_t i_row = mw_options_find(rows, flag->name);
    if (rows[i_row].name != NULL || flag->name.len <= 3 || memcmp(flag->name.data, "no-", 3) != 0) {
        return i_row;
    }
    const size_t i_switch = mw_options_find(rows, (struct mw_span){flag->name.data + 3, flag->name.len - 3});
    if (rows[i_switch].name == NULL || rows[i_switch].kind != MW_OPT_BOOL || flag->value.data != NULL) {
        return i_row;
    }
    flag->value = mw_span("false");
    return i_switch;
}

/* Sets one flag; *i moves past a value that stands by itself. */
static enum mw_status set_flag(const struct mw_options_state *state, const struct mw_options_source *source,
                               int *i, struct flag flag, struct mw_error *err)
{
    const struct mw_option *rows = state->command->options;
    const size_t i_row = row_of(rows, &flag);
    if (rows[i_row].name == NULL) {
        return mw_options_unknown(state->command, "option", flag.name, err);
    }
    if (rows[i_row].secret) {
        char name[80];
        variable_name(rows[i_row].name, name);
        return MW_FAIL(
            err, MW_E_DATA,
            "--%s would be seen by everybody on this machine; set the environment variable %s, or write it "
            "into the file of --config",
            rows[i_row].name, name);
    }
    if (flag.value.data == NULL && rows[i_row].kind == MW_OPT_BOOL) {
        flag.value = mw_span("true");
    } else if (flag.value.data == NULL) {
        if (*i + 1 >= source->argc) {
            return MW_FAIL(err, MW_E_DATA, "--%s needs a value: --%s %s", rows[i_row].name, rows[i_row].name,
                           rows[i_row].value == NULL ? "VALUE" : rows[i_row].value);
        }
        flag.value = mw_span(source->argv[++*i]);
    }
    const enum mw_status status = mw_option_set(state, i_row, flag.value, MW_FROM_FLAG, err);
    if (status != MW_OK) {
        mw_error_prefix(err, "on the command line");
    }
    return status;
}

static enum mw_status set_from_flags(const struct mw_options_state *state,
                                     const struct mw_options_source *source, struct mw_options_result *out,
                                     struct mw_error *err)
{
    const char **operands = mw_new_array(state->arena, const char *, (size_t)source->argc);
    if (operands == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for %d arguments", source->argc);
    }
    bool only_operands = false;
    for (int i = 0; i < source->argc; i++) {
        struct flag flag;
        if (!only_operands && strcmp(source->argv[i], "--") == 0) {
            only_operands = true;
        } else if (!only_operands && read_flag(source->argv[i], &flag)) {
            const bool is_config = mw_span_is(flag.name, "config"); /* read before everything else */
            i += is_config && flag.value.data == NULL;
            MW_TRY(is_config ? MW_OK : set_flag(state, source, &i, flag, err));
        } else if (!only_operands && source->argv[i][0] == '-' && source->argv[i][1] != '\0') {
            return MW_FAIL(err, MW_E_DATA,
                           "\"%s\": options are written in full, with two dashes; `%s --help` lists them",
                           source->argv[i], state->command->program);
        } else {
            operands[out->n_operands++] = source->argv[i];
        }
    }
    out->operands = operands;
    if (out->n_operands > 0 && state->command->operands == NULL) {
        return MW_FAIL(err, MW_E_DATA, "\"%s\": %s takes options only; `%s --help` lists them", operands[0],
                       state->command->program, state->command->program);
    }
    return MW_OK;
}

/* ---- the order of things ------------------------------------------------------------------------------------- */

static bool has_flag(const struct mw_options_source *source, const char *name)
{
    for (int i = 0; i < source->argc && strcmp(source->argv[i], "--") != 0; i++) {
        if (strcmp(source->argv[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static enum mw_status find_config(const struct mw_options_source *source, const char **out,
                                  struct mw_error *err)
{
    for (int i = 0; i < source->argc && strcmp(source->argv[i], "--") != 0; i++) {
        struct flag flag;
        if (!read_flag(source->argv[i], &flag) || !mw_span_is(flag.name, "config")) {
            continue;
        }
        if (flag.value.data == NULL && i + 1 == source->argc) {
            return MW_FAIL(err, MW_E_DATA, "--config needs a value: --config FILE");
        }
        *out = flag.value.data != NULL ? flag.value.data : source->argv[i + 1];
    }
    return MW_OK;
}

static enum mw_status check_required(const struct mw_options_state *state, struct mw_error *err)
{
    const struct mw_option *rows = state->command->options;
    for (size_t i = 0; rows[i].name != NULL; i++) {
        if (rows[i].required && state->origins[i] == MW_FROM_DEFAULT) {
            return MW_FAIL(err, MW_E_DATA, "--%s %s is missing: %s", rows[i].name,
                           rows[i].value == NULL ? "VALUE" : rows[i].value, rows[i].help);
        }
    }
    return MW_OK;
}

static enum mw_status load_all(const struct mw_options_state *state, const struct mw_options_source *source,
                               struct mw_options_result *out, struct mw_error *err)
{
    const char *named = NULL;
    MW_TRY(set_defaults(state, err));
    MW_TRY(find_config(source, &named, err));
    if (named != NULL || state->command->config_path != NULL) {
        MW_TRY(mw_options_read_file(state, named != NULL ? named : state->command->config_path, named != NULL,
                                    err));
    }
    MW_TRY(set_from_environment(state, source->environment, err));
    MW_TRY(set_from_flags(state, source, out, err));
    return check_required(state, err);
}

enum mw_status mw_options_load(const struct mw_command_line *command, const struct mw_options_source *source,
                               void *config, struct mw_arena *arena, struct mw_options_result *out,
                               struct mw_error *err)
{
    *out = (struct mw_options_result){.outcome = MW_OPTIONS_RUN};
    if (has_flag(source, "--help") || has_flag(source, "--version")) {
        out->outcome = has_flag(source, "--help") ? MW_OPTIONS_HELP : MW_OPTIONS_VERSION;
        return MW_OK;
    }
    enum mw_option_origin *origins =
        mw_new_array(arena, enum mw_option_origin, mw_options_count(command->options));
    if (origins == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for the options of %s", command->program);
    }
    out->origins = origins;
    return load_all(&(struct mw_options_state){command, config, arena, origins}, source, out, err);
}

/* ---- texts -------------------------------------------------------------------------------------------------- */

static void put(struct mw_writer *out, const char *text)
{
    mw_write_bytes(out, text, strlen(text));
}

/* "--particles N" */
static void flag_text(const struct mw_option *row, char out[96])
{
    const char *value = row->kind == MW_OPT_BOOL ? NULL : row->value == NULL ? "VALUE" : row->value;
    (void)snprintf(out, 96, "--%s%s%s", row->name, value == NULL ? "" : " ", value == NULL ? "" : value);
}

static void put_remarks(const struct mw_option *row, struct mw_writer *out)
{
    char text[160];
    if (row->choices != NULL) {
        put(out, " (");
        for (size_t i = 0; row->choices[i] != NULL; i++) {
            put(out, i == 0 ? "" : "|");
            put(out, row->choices[i]);
        }
        put(out, ")");
    }
    if (row->min != 0 || row->max != 0) {
        (void)snprintf(text, sizeof text, " (%.15g..%.15g)", row->min, row->max);
        put(out, text);
    }
    if (row->def != NULL && !(row->kind == MW_OPT_BOOL && strcmp(row->def, "false") == 0)) {
        (void)snprintf(text, sizeof text, " [%s]", row->def);
        put(out, text);
    }
    put(out, row->required ? " (required)" : "");
    put(out, row->secret ? " (environment or file only)" : "");
}

static size_t widest(const struct mw_option *rows)
{
    size_t width = strlen("--config FILE");
    for (size_t i = 0; rows[i].name != NULL; i++) {
        char flag[96];
        flag_text(&rows[i], flag);
        width = strlen(flag) > width ? strlen(flag) : width;
    }
    return width;
}

static void put_row(struct mw_writer *out, size_t width, const char *flag, const char *help)
{
    char text[128];
    (void)snprintf(text, sizeof text, "  %-*s  ", (int)width, flag);
    put(out, text);
    put(out, help);
}

void mw_options_help(const struct mw_command_line *command, struct mw_writer *out)
{
    const size_t width = widest(command->options);
    put(out, command->program);
    put(out, " [OPTIONS]");
    put(out, command->operands == NULL ? "" : " ");
    put(out, command->operands == NULL ? "" : command->operands);
    put(out, "\n\n");
    put(out, command->summary);
    put(out, "\n\nOptions:\n");
    for (const struct mw_option *row = command->options; row->name != NULL; row++) {
        char flag[96];
        flag_text(row, flag);
        put_row(out, width, flag, row->help);
        put_remarks(row, out);
        put(out, "\n");
    }
    put_row(out, width, "--config FILE", "settings as lines `name: value` (YAML)");
    if (command->config_path != NULL) {
        put(out, " [");
        put(out, command->config_path);
        put(out, "]");
    }
    put(out, "\n");
    put_row(out, width, "--help", "this text\n");
    put_row(out, width, "--version", "which version this is\n");
    put(out, "\nLater wins: default, file, environment (MW_ and the name in capitals, '_' for '-' and '.'), "
             "option.\n");
    if (command->notes != NULL) {
        put(out, "\n");
        put(out, command->notes);
        put(out, "\n");
    }
}

void mw_options_describe(const struct mw_command_line *command, const void *config,
                         const struct mw_options_result *result, struct mw_writer *out)
{
    static const char *const origins[] = {"default", "file", "environment", "option"};
    for (size_t i = 0; command->options[i].name != NULL; i++) {
        put(out, command->options[i].name);
        put(out, " = ");
        mw_option_write(&command->options[i], config, out);
        put(out, "  (");
        put(out, origins[result->origins[i]]);
        put(out, ")\n");
    }
}
