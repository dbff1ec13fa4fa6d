// SPDX-License-Identifier: Apache-2.0
#include "table_text.h"

#include "mw_rng.h"
#include "mw_text.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Deterministic numbers that no function of the date gives. */
static unsigned noise(size_t row, size_t column)
{
    uint32_t out[4];
    mw_rng_block(7, column, row, out);
    return out[0] % 1000;
}

static void date_cell(const struct table_text *t, size_t row, char *out)
{
    const mw_date date = mw_date_from_civil((struct mw_civil){2023, 1, 2}) + (mw_date)row * t->days;
    const struct mw_civil c = mw_date_to_civil(date);
    const char *format = t->date_format == NULL ? "iso" : t->date_format;
    if (strcmp(format, "mdy") == 0) {
        snprintf(out, TABLE_TEXT_CELL_CHARS, "%d/%d/%d", c.month, c.day, c.year);
    } else if (strcmp(format, "dmy") == 0) {
        snprintf(out, TABLE_TEXT_CELL_CHARS, "%d.%d.%d", c.day, c.month, c.year);
    } else {
        mw_date_format(date, out);
    }
}

static const struct table_edit *edit_of(const struct table_text *t, size_t row, struct mw_span column)
{
    for (size_t i = 0; i < t->n_edits; i++) {
        if (t->edits[i].row == row && (t->edits[i].text == NULL || mw_span_is(column, t->edits[i].column))) {
            return &t->edits[i];
        }
    }
    return NULL;
}

static void cell(const struct table_text *t, size_t row, size_t i_column, struct mw_span column,
                 const char *geo, char *out)
{
    const struct table_edit *edit = edit_of(t, row, column);
    if (edit != NULL && edit->text != NULL) {
        snprintf(out, TABLE_TEXT_CELL_CHARS, "%s", edit->text);
    } else if (mw_span_is(column, "date")) {
        date_cell(t, row, out);
    } else if (mw_span_is(column, "geo")) {
        snprintf(out, TABLE_TEXT_CELL_CHARS, "%s", geo);
    } else if (mw_text_starts(column, "event")) {
        snprintf(out, TABLE_TEXT_CELL_CHARS, "%d", noise(row, i_column) < 200);
    } else {
        snprintf(out, TABLE_TEXT_CELL_CHARS, "%u.5", 1000 + noise(row, i_column));
    }
}

static void write_row(const struct table_text *t, size_t row, const char *geo, FILE *file)
{
    char text[TABLE_TEXT_CELL_CHARS];
    size_t i_column = 0;
    for (const char *at = t->header; *at != '\0'; i_column++) {
        const size_t n = strcspn(at, ",");
        cell(t, row, i_column, (struct mw_span){at, n}, geo, text);
        fprintf(file, "%s%s", i_column > 0 ? "," : "", text);
        at += n + (at[n] == ',');
    }
    fputc('\n', file);
}

char *table_text(const struct table_text *t)
{
    char *text = NULL;
    size_t len = 0;
    FILE *file = open_memstream(&text, &len);
    fprintf(file, "%s\n", t->header);
    for (size_t row = 0; row < t->n_rows; row++) {
        const struct table_edit *edit = edit_of(t, row, mw_span(""));
        for (size_t g = 0; !(edit != NULL && edit->text == NULL) && (g == 0 || t->geos[g] != NULL) && g < 4;
             g++) {
            write_row(t, row, t->geos[g], file);
        }
    }
    fclose(file);
    return text;
}

enum mw_status table_load(const char *text, const struct mw_tenant *given, struct table_load *out)
{
    *out = (struct table_load){.csv = NULL};
    enum mw_status status = mw_csv_parse("t.csv", mw_span(text), NULL, &out->csv, &out->err);
    if (status == MW_OK) {
        status = mw_table_guess(out->csv, given, mw_span("demo"), &out->guess, &out->err);
    }
    if (status == MW_OK) {
        status = mw_table_open(out->guess, &out->table, &out->err);
    }
    return status;
}

void table_load_close(struct table_load *load)
{
    mw_table_close(&load->table);
    mw_table_guess_close(&load->guess);
    mw_csv_close(&load->csv);
}

enum mw_role table_role(const struct table_load *load, const char *column)
{
    const size_t i = mw_csv_column(load->csv, mw_span(column));
    cr_assert_neq(i, MW_CSV_NONE, "no column %s", column);
    cr_assert_not_null(load->guess, "%s", load->err.text);
    return load->guess->columns[i].role;
}

const char *table_shared(const char *file, char path[4096])
{
    const char *shared = getenv("MW_SHARED");
    snprintf(path, 4096, "%s/data/%s", shared != NULL ? shared : MW_SOURCE_DIR "/../shared", file);
    return access(path, R_OK) == 0 ? path : NULL;
}

struct mw_tenant table_given(void)
{
    return (struct mw_tenant){.grid = -1, .week_start = -1, .outcome = {.margin = (double)NAN}};
}
