/* table_text.h: small CSV tables for tests, with single cells changed. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_table.h"

enum { TABLE_TEXT_CELL_CHARS = 40 };

struct table_edit {
    size_t row;         /* 0-based data row */
    const char *column; /* of the header */
    const char *text;   /* NULL: the whole row is left out */
};

struct table_text {
    const char
        *header; /* "date,revenue,tv,search": what a column holds follows from its name, see table_text.c */
    size_t n_rows;
    int days;                /* between rows: 7 */
    const char *date_format; /* "iso" (or NULL), "mdy", "dmy" */
    const struct table_edit *edits;
    size_t n_edits;
    const char *geos[4]; /* NULL-terminated: each date once per place, column "geo" */
};

/* The text of the table; freed by the caller. */
char *table_text(const struct table_text *t);

/* All that a table goes through. Whatever is not NULL must be closed by table_load_close. */
struct table_load {
    struct mw_csv *csv;
    struct mw_table_guess *guess;
    struct mw_table *table;
    struct mw_error err;
};
/* Parses, guesses, loads; returns the first status that is not MW_OK. `given` may be NULL. */
enum mw_status table_load(const char *text, const struct mw_tenant *given, struct table_load *out);
void table_load_close(struct table_load *load);
/* What the column is taken for; aborts the test when it is not there. */
enum mw_role table_role(const struct table_load *load, const char *column);
/* The folder of data sets ($MW_SHARED/data), or NULL when it is absent. */
const char *table_shared(const char *file, char path[4096]);
/* A tenant as a table file without anything in it would give. */
struct mw_tenant table_given(void);
