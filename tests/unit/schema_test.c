/* The committed documents are what the tables say, and the examples are what they claim to be. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_schema.h"
#include "mw_shape.h"
#include "mw_wire.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>

static void read_file(const char *path, struct mw_writer *out)
{
    char block[4096];
    size_t n;
    FILE *file = fopen(path, "rb");
    cr_assert(file != NULL, "%s: missing", path);
    mw_writer_reset(out);
    while ((n = fread(block, 1, sizeof block, file)) > 0) {
        mw_write_bytes(out, block, n);
    }
    (void)fclose(file);
}

static void expect_current(const char *name, const struct mw_writer *generated)
{
    struct mw_writer committed = {0};
    char path[512];
    (void)snprintf(path, sizeof path, "%s/schemas/%s", MW_SOURCE_DIR, name);
    read_file(path, &committed);
    cr_expect(mw_span_eq(mw_writer_span(&committed), mw_writer_span(generated)),
              "schemas/%s is not current: run mw_schema schemas and look at the difference", name);
    mw_writer_fini(&committed);
}

Test(schema, committed_schemas_are_those_of_the_tables)
{
    struct mw_writer generated = {0};
    for (size_t i = 0; mw_types[i] != NULL; i++) {
        char name[128];
        (void)snprintf(name, sizeof name, "%s.schema.json", mw_types[i]->topic);
        mw_writer_reset(&generated);
        cr_assert(mw_schema_write(mw_types[i], &generated, NULL) == MW_OK);
        expect_current(name, &generated);
    }
    mw_writer_fini(&generated);
}

Test(schema, the_committed_asyncapi_document_is_that_of_the_tables)
{
    struct mw_writer generated = {0};
    cr_assert(mw_asyncapi_write(&generated, NULL) == MW_OK);
    expect_current("asyncapi.yaml", &generated);
    mw_writer_fini(&generated);
}

Test(schema, a_writer_out_of_memory_is_reported)
{
    struct mw_writer failed = {.failed = true};
    struct mw_error err = {0};
    cr_expect(mw_schema_write(&mw_type_spend, &failed, &err) == MW_E_MEMORY);
    cr_expect(mw_asyncapi_write(&failed, NULL) == MW_E_MEMORY);
    mw_writer_fini(&failed);
}

struct tally {
    size_t n_valid, n_invalid;
};

static void encode(const struct mw_type *type, const void *body, struct mw_writer *out)
{
    struct mw_error err = {0};
    mw_writer_reset(out);
    cr_assert(mw_encode(type, body, out, &err) == MW_OK, "%s: %s", type->topic, err.text);
}

/* Decoded, encoded and decoded again, and copied through the form of snapshots: always the same bytes. */
static void expect_fixed_point(const struct mw_type *type, const void *body, struct mw_arena *arena)
{
    struct mw_writer first = {0}, other = {0};
    const void *again;
    encode(type, body, &first);
    cr_assert(mw_decode(type, mw_writer_span(&first), arena, &again, NULL, NULL) == MW_OK);
    encode(type, again, &other);
    cr_expect(mw_span_eq(mw_writer_span(&first), mw_writer_span(&other)));
    encode(type, mw_shape_copy(&type->shape, body, arena), &other);
    cr_expect(mw_span_eq(mw_writer_span(&first), mw_writer_span(&other)));
    mw_writer_fini(&first);
    mw_writer_fini(&other);
}

static void check_example(const struct mw_type *type, const char *path, const char *name, struct tally *tally)
{
    struct mw_writer text = {0};
    struct mw_arena arena = {0};
    struct mw_error err = {0};
    const void *body;
    const bool should_pass = strncmp(name, "valid-", 6) == 0;
    cr_assert(should_pass || strncmp(name, "invalid-", 8) == 0, "%s", path);
    read_file(path, &text);
    const enum mw_status status = mw_decode(type, mw_writer_span(&text), &arena, &body, NULL, &err);
    cr_expect(status == (should_pass ? MW_OK : MW_E_DATA), "%s: %s", path, err.text);
    if (status == MW_OK) {
        expect_fixed_point(type, body, &arena);
    }
    tally->n_valid += should_pass;
    tally->n_invalid += !should_pass;
    mw_arena_fini(&arena);
    mw_writer_fini(&text);
}

Test(schema, every_message_has_examples_that_are_accepted_and_refused_as_named)
{
    for (size_t i = 0; mw_types[i] != NULL; i++) {
        struct tally tally = {0};
        char folder[512], path[1024];
        (void)snprintf(folder, sizeof folder, "%s/schemas/examples/%s", MW_SOURCE_DIR, mw_types[i]->topic);
        DIR *dir = opendir(folder);
        cr_assert(dir != NULL, "%s: missing", folder);
        for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
            if (entry->d_name[0] != '.') {
                (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
                check_example(mw_types[i], path, entry->d_name, &tally);
            }
        }
        (void)closedir(dir);
        cr_expect(tally.n_valid >= 3 && tally.n_invalid >= 4, "%s: %zu valid, %zu invalid",
                  mw_types[i]->topic, tally.n_valid, tally.n_invalid);
    }
}
