/* mw_csv.h: a table of texts from a CSV file as people export them.
 *
 * RFC 4180, and what real files have besides: a separator that is sniffed (comma, semicolon, tab, bar;
 * separators in quotes do not count; Excel's first line "sep=;" is obeyed), a UTF-8 byte order mark, CR, LF
 * or CRLF, quoted cells with line breaks, empty rows at the end, blanks around names. The whole file is held
 * in memory, bounded by limits, and cells are unquoted in place.
 *
 * Rows in errors are numbered as a spreadsheet shows them: the header is row 1. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_arena.h"
#include "mw_span.h"
#include "mw_status.h"

struct mw_csv_limits { /* 0 takes the default */
    size_t bytes;      /* 256 MiB */
    size_t cells;      /* 32 Mi: 8 bytes each */
    size_t columns;    /* 4096 */
};

struct mw_csv_cell {
    uint32_t at, len; /* in text */
};

struct mw_csv {
    char *name; /* of the file, for errors */
    char *text;
    struct mw_csv_cell *cells; /* header, then rows, each of n_columns cells */
    size_t n_columns, n_rows;  /* n_rows without the header */
    size_t header_row;         /* its number in the file: 1, or 2 after "sep=;" */
    char separator;
    struct mw_arena arena;  /* header names */
    struct mw_span *header; /* trimmed; a column without a name is "column_3" */
};

/* MW_E_DATA: empty, no header, not UTF-8 text, an open quote, rows of another length than the header, an
 * empty row between rows, two columns of one name. MW_E_FULL: beyond a limit. MW_E_MEMORY. The text is
 * copied. */
MW_MUST_USE enum mw_status mw_csv_parse(const char *name, struct mw_span text,
                                        const struct mw_csv_limits *limits, struct mw_csv **out,
                                        struct mw_error *err);
/* The same for a file; MW_E_IO when it cannot be read. `limits` may be NULL. */
MW_MUST_USE enum mw_status mw_csv_read(const char *path, const struct mw_csv_limits *limits,
                                       struct mw_csv **out, struct mw_error *err);
/* NULL is fine, and so is a second call. */
void mw_csv_close(struct mw_csv **csv);

/* Cell of row 0 .. n_rows - 1, without blanks around it. Borrowed until close. */
struct mw_span mw_csv_cell(const struct mw_csv *csv, size_t i_row, size_t i_column);
/* The position of a column by its exact name, or MW_CSV_NONE. */
size_t mw_csv_column(const struct mw_csv *csv, struct mw_span name);
/* Number of a row as a spreadsheet shows it. */
size_t mw_csv_row_number(const struct mw_csv *csv, size_t i_row);

#define MW_CSV_NONE SIZE_MAX

/* MW_E_DATA "FILE: row 12, column "tv_S": ..."; either position may be MW_CSV_NONE. */
enum mw_status mw_csv_fail(const struct mw_csv *csv, size_t i_row, size_t i_column, struct mw_error *err,
                           const char *fmt, ...) MW_PRINTF(5, 6);
