// SPDX-License-Identifier: Apache-2.0
/* Each folder of tests/golden/table is a table: input.csv and perhaps table.json in; expected.txt out: the printed guess,
 * warnings and all records, or the error. why.md names the source of truth. MW_GOLDEN_UPDATE=1 rewrites expected.txt;
 * the difference is then reviewed. */
#include "mw_table.h"
#include "mw_wire.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#define CASES MW_SOURCE_DIR "/tests/golden/table"

/* The whole file with a terminator; len 0 and data NULL when it is not there. */
static struct mw_span slurp(const char *folder, const char *name, struct mw_arena *arena)
{
    char path[512], *text = NULL;
    size_t len = 0;
    snprintf(path, sizeof path, CASES "/%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return (struct mw_span){NULL, 0};
    }
    fseek(file, 0, SEEK_END);
    len = (size_t)ftell(file);
    rewind(file);
    text = mw_arena_take(arena, len + 1);
    cr_assert_eq(fread(text, 1, len, file), len);
    fclose(file);
    return (struct mw_span){text, len};
}

static void put(struct mw_writer *out, const char *text)
{
    mw_write_bytes(out, text, strlen(text));
}

static enum mw_status write_record(void *context, uint64_t k, const struct mw_raw *record,
                                   struct mw_error *err)
{
    struct mw_writer *out = context;
    (void)k;
    put(out, record->type->topic);
    put(out, " ");
    MW_TRY(mw_encode(record->type, record->body, out, err));
    put(out, "\n");
    return MW_OK;
}

static enum mw_status run(struct mw_span csv_text, const struct mw_tenant *given, struct mw_writer *out,
                          struct mw_error *err)
{
    struct mw_csv *csv = NULL;
    struct mw_table_guess *guess = NULL;
    struct mw_table *table = NULL;
    uint64_t k = 0;
    enum mw_status status = mw_csv_parse("input.csv", csv_text, NULL, &csv, err);
    if (status == MW_OK) {
        status = mw_table_guess(csv, given, mw_span("demo"), &guess, err);
    }
    if (status == MW_OK) {
        mw_table_guess_print(guess, out);
        status = mw_table_open(guess, &table, err);
    }
    for (size_t i = 0; status == MW_OK && i < table->n_warnings; i++) {
        put(out, "warning: ");
        put(out, table->warnings[i].data);
        put(out, "\n");
    }
    if (status == MW_OK) {
        status = mw_table_records(table, &k, write_record, out, err);
    }
    mw_table_close(&table);
    mw_table_guess_close(&guess);
    mw_csv_close(&csv);
    return status;
}

static void rewrite(const char *folder, struct mw_span text)
{
    char path[512];
    snprintf(path, sizeof path, CASES "/%s/expected.txt", folder);
    FILE *file = fopen(path, "wb");
    cr_assert(file != NULL && fwrite(text.data, 1, text.len, file) == text.len && fclose(file) == 0, "%s",
              path);
}

static void expect_case(const char *folder)
{
    struct mw_arena arena = {0};
    struct mw_writer out = {0};
    struct mw_error err = {0};
    const void *given = NULL;
    const struct mw_span input = slurp(folder, "input.csv", &arena),
                         json = slurp(folder, "table.json", &arena);
    const struct mw_span expected = slurp(folder, "expected.txt", &arena);
    cr_assert(input.data != NULL && slurp(folder, "why.md", &arena).data != NULL,
              "%s lacks input.csv or why.md", folder);
    if (json.data != NULL) {
        cr_assert_eq(mw_decode(&mw_type_tenant, json, &arena, &given, NULL, &err), MW_OK, "%s: %s", folder,
                     err.text);
    }
    const enum mw_status status = run(input, given, &out, &err);
    if (status != MW_OK) {
        put(&out, mw_status_name(status));
        put(&out, ": ");
        put(&out, err.text);
        put(&out, "\n");
    }
    if (getenv("MW_GOLDEN_UPDATE") != NULL) {
        rewrite(folder, mw_writer_span(&out));
    } else {
        cr_expect(mw_span_eq(mw_writer_span(&out), expected),
                  "%s\n--- got\n" MW_SPAN_FMT "--- expected\n" MW_SPAN_FMT, folder,
                  MW_SPAN_ARG(mw_writer_span(&out)), MW_SPAN_ARG(expected));
    }
    mw_writer_fini(&out);
    mw_arena_fini(&arena);
}

Test(table_golden, each_table_gives_its_records_or_its_error)
{
    DIR *cases = opendir(CASES);
    size_t n = 0;
    cr_assert_not_null(cases);
    for (const struct dirent *entry = readdir(cases); entry != NULL; entry = readdir(cases)) {
        if (entry->d_name[0] != '.') {
            expect_case(entry->d_name);
            n++;
        }
    }
    closedir(cases);
    cr_expect(n >= 8, "only %zu cases were found", n);
}
