/* `mixwatch schema`: the messages and their JSON Schemas, from the tables that encode and decode them. */
// SPDX-License-Identifier: Apache-2.0
#include "cli.h"
#include "mw_messages.h"
#include "mw_schema.h"

#include <stdio.h>

static const struct mw_option options[] = {{0}};
static const struct mw_command_line command = {
    .program = "mixwatch schema",
    .summary = "Lists the messages, or prints the JSON Schema (2020-12) of those named.",
    .operands = "[TYPE...]",
    .options = options,
    .notes = "TYPE is a topic such as mw.estimate.v1; \"estimate\" will do.\n",
};

static void list_types(void)
{
    for (size_t i = 0; mw_types[i] != NULL; i++) {
        (void)printf("%-20s %s\n", mw_types[i]->topic, mw_types[i]->title);
    }
}

static const struct mw_type *find_type(const char *name)
{
    char topic[80];
    (void)snprintf(topic, sizeof topic, "mw.%s.v1", name);
    const struct mw_type *type = mw_type_of(mw_span(name));
    return type != NULL ? type : mw_type_of(mw_span(topic));
}

static enum mw_status print_schema(const char *name, struct mw_error *err)
{
    const struct mw_type *type = find_type(name);
    if (type == NULL) {
        return MW_FAIL(err, MW_E_DATA, "there is no message \"%s\"; `mixwatch schema` lists them", name);
    }
    struct mw_writer text = {0};
    enum mw_status status = mw_schema_write(type, &text, err);
    (void)fwrite(text.data, 1, text.len, stdout);
    mw_writer_fini(&text);
    return status;
}

enum mw_status cli_schema(const struct cli_arguments *arguments, struct mw_error *err)
{
    struct mw_arena arena = {0};
    struct mw_options_result result = {0};
    char nothing = 0;
    bool go_on = false;
    enum mw_status status = cli_options(&command, arguments, &nothing, &arena, &result, &go_on, err);
    if (status == MW_OK && go_on && result.n_operands == 0) {
        list_types();
    }
    for (size_t i = 0; status == MW_OK && go_on && i < result.n_operands; i++) {
        status = print_schema(result.operands[i], err);
    }
    mw_arena_fini(&arena);
    return status;
}
