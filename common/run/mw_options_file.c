// SPDX-License-Identifier: Apache-2.0
#include "mw_options_internal.h"

#include <errno.h>
#include <stdio.h>
#include <yaml.h>

struct source {
    yaml_parser_t parser;
    const char *path;
};

/* libyaml counts from 0; people and editors from 1. */
static enum mw_status fault_at(const struct source *source, yaml_mark_t mark, const char *text,
                               struct mw_error *err)
{
    return MW_FAIL(err, MW_E_DATA, "%s:%zu:%zu: %s", source->path, mark.line + 1, mark.column + 1, text);
}

static enum mw_status next(struct source *source, yaml_event_t *event, struct mw_error *err)
{
    if (yaml_parser_parse(&source->parser, event) == 1) {
        return MW_OK;
    }
    memset(event, 0, sizeof *event);
    return fault_at(source, source->parser.problem_mark,
                    source->parser.problem == NULL ? "no YAML" : source->parser.problem, err);
}

static struct mw_span scalar(const yaml_event_t *event)
{
    return (struct mw_span){(const char *)event->data.scalar.value, event->data.scalar.length};
}

static enum mw_status set_pair(const struct mw_options_state *state, const struct source *source,
                               const yaml_event_t *key, const yaml_event_t *value, bool *is_set,
                               struct mw_error *err)
{
    const struct mw_option *rows = state->command->options;
    const size_t i_row = mw_options_find(rows, scalar(key));
    enum mw_status status;
    yaml_mark_t mark = key->start_mark;
    if (rows[i_row].name == NULL) {
        status = mw_options_unknown(state->command, "setting", scalar(key), err);
    } else if (is_set[i_row]) {
        status = MW_FAIL(err, MW_E_DATA, "%s stands here a second time", rows[i_row].name);
    } else {
        mark = value->start_mark;
        is_set[i_row] = true;
        status = mw_option_set(state, i_row, scalar(value), MW_FROM_FILE, err);
    }
    if (status != MW_OK) {
        mw_error_prefix(err, "%s:%zu:%zu", source->path, mark.line + 1, mark.column + 1);
    }
    return status;
}

/* Reads key and value up to the end of the mapping. */
static enum mw_status read_pairs(const struct mw_options_state *state, struct source *source, bool *is_set,
                                 struct mw_error *err)
{
    for (;;) {
        yaml_event_t key, value;
        MW_TRY(next(source, &key, err));
        if (key.type != YAML_SCALAR_EVENT) {
            const bool at_end = key.type == YAML_MAPPING_END_EVENT;
            const yaml_mark_t mark = key.start_mark;
            yaml_event_delete(&key);
            return at_end ? MW_OK : fault_at(source, mark, "a setting's name is a word", err);
        }
        enum mw_status status = next(source, &value, err);
        if (status == MW_OK && value.type != YAML_SCALAR_EVENT) {
            status = fault_at(source, value.start_mark,
                              "a setting's value is one text or number: write name: value", err);
        }
        if (status == MW_OK) {
            status = set_pair(state, source, &key, &value, is_set, err);
        }
        yaml_event_delete(&key);
        yaml_event_delete(&value);
        MW_TRY(status);
    }
}

/* An empty file or one with comments only sets nothing. */
static enum mw_status read_document(const struct mw_options_state *state, struct source *source, bool *is_set,
                                    struct mw_error *err)
{
    for (;;) {
        yaml_event_t event;
        MW_TRY(next(source, &event, err));
        const yaml_event_type_t type = event.type;
        const yaml_mark_t mark = event.start_mark;
        yaml_event_delete(&event);
        if (type == YAML_STREAM_END_EVENT || type == YAML_DOCUMENT_END_EVENT) {
            return MW_OK;
        }
        if (type == YAML_MAPPING_START_EVENT) {
            return read_pairs(state, source, is_set, err);
        }
        if (type != YAML_STREAM_START_EVENT && type != YAML_DOCUMENT_START_EVENT) {
            return fault_at(source, mark, "expected lines such as `name: value`", err);
        }
    }
}

enum mw_status mw_options_read_file(const struct mw_options_state *state, const char *path, bool must_exist,
                                    struct mw_error *err)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return !must_exist && errno == ENOENT ? MW_OK
                                              : MW_FAIL(err, MW_E_IO, "%s: %s", path, strerror(errno));
    }
    bool *is_set = mw_new_array(state->arena, bool, mw_options_count(state->command->options));
    struct source source = {.path = path};
    enum mw_status status = MW_E_MEMORY;
    if (is_set == NULL || yaml_parser_initialize(&source.parser) != 1) {
        (void)MW_FAIL(err, MW_E_MEMORY, "no memory to read %s", path);
    } else {
        yaml_parser_set_input_file(&source.parser, file);
        status = read_document(state, &source, is_set, err);
        yaml_parser_delete(&source.parser);
    }
    (void)fclose(file);
    return status;
}
