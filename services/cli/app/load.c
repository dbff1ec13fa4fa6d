// SPDX-License-Identifier: Apache-2.0
#include "load.h"

#include "mw_rules_file.h"
#include "mw_wire.h"
#include "output.h"
#include "zone.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DESCRIPTION_BYTES_MAX = 1 << 20 };

/* config/rules.yaml as it was when this program was built. */
extern const char mw_shipped_rules[];

enum mw_status load_file(const char *path, size_t limit_bytes, struct mw_arena *arena, struct mw_span *out,
                         struct mw_error *err)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return MW_FAIL(err, MW_E_IO, "cannot read %s: %s", path, strerror(errno));
    }
    char *text = mw_arena_take(arena, limit_bytes + 1);
    const size_t len = text == NULL ? 0 : fread(text, 1, limit_bytes, file);
    const bool failed = ferror(file) != 0, is_whole = feof(file) != 0 || fgetc(file) == EOF;
    (void)fclose(file);
    if (text == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory to read %s", path);
    }
    if (failed || !is_whole) {
        return failed ? MW_FAIL(err, MW_E_IO, "cannot read %s: %s", path, strerror(errno))
                      : MW_FAIL(err, MW_E_FULL, "%s is larger than %zu bytes", path, limit_bytes);
    }
    *out = (struct mw_span){text, len};
    return MW_OK;
}

/* A file that a user writes to settle one question may leave the outcome to the guess; a tenant's record may not. */
static struct mw_span with_outcome(struct mw_span text, struct mw_arena *arena)
{
    json_t *object = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, NULL);
    struct mw_span out = text;
    if (json_is_object(object) && json_object_get(object, "outcome") == NULL &&
        json_object_set_new(object, "outcome", json_object()) == 0) {
        char *completed = json_dumps(object, JSON_COMPACT);
        out = completed == NULL ? text : mw_arena_copy(arena, mw_span(completed));
        free(completed);
    }
    json_decref(object);
    return out;
}

static enum mw_status read_description(struct load *load, const char *path, const struct mw_tenant **out,
                                       struct mw_error *err)
{
    struct mw_span text;
    MW_TRY(load_file(path, DESCRIPTION_BYTES_MAX, &load->arena, &text, err));
    const void *body = NULL;
    text = with_outcome(text, &load->arena);
    const enum mw_status status = mw_decode(&mw_type_tenant, text, &load->arena, &body, NULL, err);
    mw_error_prefix(err, "%s", path);
    *out = body;
    return status;
}

enum mw_status load_check_model(const struct mw_tenant_model *model, const char *where, struct mw_error *err)
{
    if (model != NULL && (model->particles < 64 || model->particles % 16 != 0)) {
        return MW_FAIL(err, MW_E_DATA,
                       "%s: %lld particles cannot be carried: write a multiple of 16, at least 64", where,
                       (long long)model->particles);
    }
    return MW_OK;
}

/* Seed and particles of the command line win over those of the description. */
static enum mw_status override_model(struct load *load, const struct load_options *options,
                                     struct mw_error *err)
{
    if (options->seed == 0 && options->particles == 0) {
        return load_check_model(load->guess->tenant.model, options->table, err);
    }
    struct mw_tenant_model *model = mw_new(&load->arena, struct mw_tenant_model);
    if (model == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for a table's description");
    }
    const struct mw_tenant_model *said = load->guess->tenant.model;
    *model = said != NULL ? *said : (struct mw_tenant_model){1024, 1};
    model->seed = options->seed != 0 ? options->seed : model->seed;
    model->particles = options->particles != 0 ? options->particles : model->particles;
    load->guess->tenant.model = model;
    return load_check_model(model, options->particles == 0 ? options->table : "--particles", err);
}

static void print_guess(const struct mw_table_guess *guess)
{
    struct mw_writer text = {0};
    mw_table_guess_print(guess, &text);
    (void)fwrite(text.data, 1, text.len, stderr);
    mw_writer_fini(&text);
}

enum mw_status load_describe(struct load *load, const struct load_options *options, struct mw_error *err)
{
    *load = (struct load){0};
    if (options->data == NULL) {
        return MW_FAIL(err, MW_E_DATA, "which table? Write --data FILE.csv");
    }
    const struct mw_tenant *given = NULL;
    if (options->table != NULL) {
        MW_TRY(read_description(load, options->table, &given, err));
    }
    MW_TRY(mw_csv_read(options->data, NULL, &load->csv, err));
    MW_TRY(mw_table_guess(load->csv, given, mw_span("default"), &load->guess, err));
    const bool is_complete = given != NULL && (given->n_channels > 0 || given->long_form != NULL);
    if (!is_complete && !options->quiet) {
        print_guess(load->guess);
    }
    struct mw_tenant *tenant = &load->guess->tenant;
    if (tenant->time_zone.len > 0 && tenant->time_zone_rule.len == 0) {
        MW_TRY(zone_rule(tenant->time_zone, &load->arena, &tenant->time_zone_rule, err));
    }
    return override_model(load, options, err);
}

enum mw_status load_table(struct load *load, const struct load_options *options, struct mw_error *err)
{
    MW_TRY(load_describe(load, options, err));
    MW_TRY(mw_table_open(load->guess, &load->table, err));
    for (size_t i = 0; i < load->table->n_warnings; i++) {
        (void)fprintf(stderr, "warning: " MW_SPAN_FMT "\n", MW_SPAN_ARG(load->table->warnings[i]));
    }
    return MW_OK;
}

void load_fini(struct load *load)
{
    mw_table_close(&load->table);
    mw_table_guess_close(&load->guess);
    mw_csv_close(&load->csv);
    mw_arena_fini(&load->arena);
}

enum mw_status load_write_description(const struct load *load, const char *path, struct mw_error *err)
{
    struct mw_writer text = {0};
    enum mw_status status = mw_encode(&mw_type_tenant, &load->guess->tenant, &text, err);
    if (status == MW_OK) {
        mw_write_u8(&text, '\n');
        status = output_file(path, mw_writer_span(&text), err);
    }
    mw_writer_fini(&text);
    return status;
}

enum mw_status load_alert_rules(const char *path, struct mw_arena *arena, struct load_rules *out,
                                struct mw_error *err)
{
    struct mw_rule_set set;
    MW_TRY(path == NULL ? mw_rules_parse(mw_span(mw_shipped_rules), "config/rules.yaml", arena, &set, err)
                        : mw_rules_load(path, arena, &set, err));
    const struct mw_span version = mw_arena_copy(arena, mw_span(set.version));
    *out = (struct load_rules){set.text, version};
    return version.data == NULL ? MW_FAIL(err, MW_E_MEMORY, "no memory for the alert rules") : MW_OK;
}
