// SPDX-License-Identifier: Apache-2.0
#include "mw_csv.h"

#include "mw_index.h"
#include "mw_text.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { SNIFF_RECORDS = 32, NAME_BYTES_MAX = 256 };

static const struct mw_csv_limits limits_default = {
    .bytes = (size_t)256 << 20, .cells = (size_t)32 << 20, .columns = 4096};

struct parser {
    struct mw_csv *csv;
    struct mw_csv_limits limits;
    size_t at, end;
    size_t row; /* number of the record being read, the first of the file is 1 */
    size_t n_cells, capacity;
    struct mw_error *err;
};

/* ---- errors ------------------------------------------------------------------------------------------- */

size_t mw_csv_row_number(const struct mw_csv *csv, size_t i_row)
{
    return csv->header_row + 1 + i_row;
}

enum mw_status mw_csv_fail(const struct mw_csv *csv, size_t i_row, size_t i_column, struct mw_error *err,
                           const char *fmt, ...)
{
    char text[400], row[40] = "", column[120] = "";
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (i_row != MW_CSV_NONE) {
        (void)snprintf(row, sizeof row, ": row %zu", mw_csv_row_number(csv, i_row));
    }
    if (i_column != MW_CSV_NONE) {
        const struct mw_span name = csv->header[i_column];
        (void)snprintf(column, sizeof column, "%scolumn \"%.*s\"", i_row == MW_CSV_NONE ? ": " : ", ",
                       (int)(name.len < 80 ? name.len : 80), name.data);
    }
    return MW_FAIL(err, MW_E_DATA, "%s%s%s: %s", csv->name, row, column, text);
}

static enum mw_status fail_at_cell(const struct parser *p, size_t i_column, const char *what)
{
    return MW_FAIL(p->err, MW_E_DATA, "%s: row %zu, column %zu: %s", p->csv->name, p->row, i_column + 1,
                   what);
}

/* ---- encoding ----------------------------------------------------------------------------------------- */

static bool starts_with(const struct parser *p, const char *bytes, size_t n)
{
    return p->end - p->at >= n && memcmp(p->csv->text + p->at, bytes, n) == 0;
}

static size_t line_of(const char *text, size_t at)
{
    size_t line = 1;
    for (size_t i = 0; i < at; i++) {
        line += text[i] == '\n';
    }
    return line;
}

/* Skips a byte order mark; refuses what is not text, naming what it probably is. */
static enum mw_status check_encoding(struct parser *p)
{
    const char *name = p->csv->name;
    if (p->end == 0) {
        return MW_FAIL(p->err, MW_E_DATA,
                       "%s: the file is empty: export it again, with a header and a row for each date", name);
    }
    if (starts_with(p, "\xff\xfe", 2) || starts_with(p, "\xfe\xff", 2)) {
        return MW_FAIL(p->err, MW_E_DATA, "%s: the file is UTF-16: save it as \"CSV UTF-8\"", name);
    }
    if (starts_with(p, "PK\x03\x04", 4)) {
        return MW_FAIL(p->err, MW_E_DATA,
                       "%s: this is a spreadsheet, not a CSV file: save the sheet as \"CSV UTF-8\"", name);
    }
    if (starts_with(p, "\xef\xbb\xbf", 3)) {
        p->at = 3;
    }
    const size_t bad = mw_utf8_fault((struct mw_span){p->csv->text, p->end});
    if (bad != MW_CSV_NONE) {
        return MW_FAIL(p->err, MW_E_DATA,
                       "%s: line %zu has the byte 0x%02x, which is not UTF-8 text: save the file as "
                       "\"CSV UTF-8\"",
                       name, line_of(p->csv->text, bad), (unsigned char)p->csv->text[bad]);
    }
    return MW_OK;
}

/* ---- separator ---------------------------------------------------------------------------------------- */

struct sniffed {
    size_t n_header; /* separators in the first record */
    bool regular;    /* the same number in every record looked at */
};

/* The end of the record that begins at `at`, past its line break; counts separators outside quotes. */
static size_t scan_record(const struct parser *p, size_t at, char separator, size_t *n)
{
    bool quoted = false;
    *n = 0;
    for (; at < p->end; at++) {
        const char c = p->csv->text[at];
        quoted = quoted != (c == '"');
        *n += !quoted && c == separator;
        if (!quoted && (c == '\n' || c == '\r')) {
            return at + (c == '\r' && at + 1 < p->end && p->csv->text[at + 1] == '\n' ? 2 : 1);
        }
    }
    return p->end;
}

static struct sniffed sniff_separator(const struct parser *p, char separator)
{
    struct sniffed seen = {.regular = true};
    size_t at = scan_record(p, p->at, separator, &seen.n_header);
    for (size_t i = 1; i < SNIFF_RECORDS && at < p->end; i++) {
        const size_t from = at;
        size_t n = 0;
        at = scan_record(p, at, separator, &n);
        const struct mw_span line = {p->csv->text + from, at - from};
        seen.regular = seen.regular && (n == seen.n_header || mw_text_trim(line).len == 0);
    }
    return seen;
}

/* A separator that splits every record alike wins; the comma is asked last, since it is also met in numbers
 * and in prose. Without one, the most frequent of the header is taken, and the ragged row will be reported.
 */
static char sniff(const struct parser *p)
{
    static const char candidates[] = {'\t', ';', '|', ','};
    char best = ',';
    size_t n_best = 0;
    for (size_t i = 0; i < sizeof candidates; i++) {
        const struct sniffed seen = sniff_separator(p, candidates[i]);
        if (seen.regular && seen.n_header > 0) {
            return candidates[i];
        }
        if (seen.n_header > n_best) {
            best = candidates[i];
            n_best = seen.n_header;
        }
    }
    return best;
}

/* Excel writes and reads "sep=;" as a first line that is no part of the table. */
static bool take_sep_line(struct parser *p)
{
    const char *line = p->csv->text + p->at;
    const size_t left = p->end - p->at;
    if (left < 6 || memcmp(line, "sep=", 4) != 0 || (line[5] != '\r' && line[5] != '\n')) {
        return false;
    }
    p->csv->separator = line[4];
    p->at += line[5] == '\r' && left > 6 && line[6] == '\n' ? 7 : 6;
    p->row++;
    return true;
}

/* ---- records ------------------------------------------------------------------------------------------ */

static enum mw_status add_cell(struct parser *p, size_t at, size_t len)
{
    if (p->n_cells >= p->limits.cells) {
        return MW_FAIL(p->err, MW_E_FULL, "%s: row %zu: more than %zu cells: split the file", p->csv->name,
                       p->row, p->limits.cells);
    }
    void *cells = p->csv->cells;
    MW_TRY(mw_vector_grow(&cells, p->n_cells, &p->capacity, sizeof *p->csv->cells, p->err));
    p->csv->cells = cells;
    p->csv->cells[p->n_cells++] = (struct mw_csv_cell){(uint32_t)at, (uint32_t)len};
    return MW_OK;
}

static bool is_end_of_cell(const struct parser *p, size_t at)
{
    const char *text = p->csv->text;
    return at >= p->end || text[at] == p->csv->separator || text[at] == '\n' || text[at] == '\r';
}

/* Unquotes in place: what is written never overtakes what is read. Blanks may stand after the closing quote.
 */
static enum mw_status read_quoted(struct parser *p, size_t i_column)
{
    char *text = p->csv->text;
    const size_t first = p->at + 1;
    size_t to = first, from = first;
    for (;; from++) {
        if (from >= p->end) {
            return fail_at_cell(p, i_column, "a quote is opened and never closed: close it or remove it");
        }
        if (text[from] == '"') {
            if (from + 1 >= p->end || text[from + 1] != '"') {
                break;
            }
            from++; /* a doubled quote stands for one */
        }
        text[to++] = text[from];
    }
    for (p->at = from + 1; !is_end_of_cell(p, p->at); p->at++) {
        if (text[p->at] != ' ' && text[p->at] != '\t') {
            return fail_at_cell(p, i_column,
                                "text follows a closing quote: double the quotes that belong to the text");
        }
    }
    return add_cell(p, first, to - first);
}

static enum mw_status read_plain(struct parser *p)
{
    const size_t first = p->at;
    while (!is_end_of_cell(p, p->at)) {
        p->at++;
    }
    return add_cell(p, first, p->at - first);
}

static enum mw_status read_cell(struct parser *p, size_t i_column)
{
    while (p->at < p->end && p->csv->text[p->at] == ' ' && p->csv->separator != ' ') {
        p->at++;
    }
    const bool quoted = p->at < p->end && p->csv->text[p->at] == '"';
    return quoted ? read_quoted(p, i_column) : read_plain(p);
}

/* Reads one record and its line break. */
static enum mw_status read_record(struct parser *p, size_t *n)
{
    const char *text = p->csv->text;
    *n = 0;
    for (;;) {
        if (*n >= p->limits.columns) {
            return MW_FAIL(p->err, MW_E_FULL, "%s: row %zu: more than %zu columns", p->csv->name, p->row,
                           p->limits.columns);
        }
        MW_TRY(read_cell(p, (*n)++));
        if (p->at >= p->end || text[p->at] != p->csv->separator) {
            break;
        }
        p->at++;
    }
    if (p->at < p->end) {
        p->at += text[p->at] == '\r' && p->at + 1 < p->end && text[p->at + 1] == '\n' ? 2 : 1;
    }
    return MW_OK;
}

static bool is_blank(const struct parser *p, size_t first_cell)
{
    for (size_t i = first_cell; i < p->n_cells; i++) {
        const struct mw_csv_cell cell = p->csv->cells[i];
        if (mw_text_trim((struct mw_span){p->csv->text + cell.at, cell.len}).len > 0) {
            return false;
        }
    }
    return true;
}

/* Rows of blank cells are dropped at the end of a file (spreadsheets leave them there) and refused elsewhere.
 */
static enum mw_status read_rows(struct parser *p)
{
    struct mw_csv *csv = p->csv;
    size_t blank_row = 0;
    for (; p->at < p->end; p->row++) {
        const size_t first_cell = p->n_cells;
        size_t n = 0;
        MW_TRY(read_record(p, &n));
        if (is_blank(p, first_cell)) {
            p->n_cells = first_cell;
            blank_row = blank_row == 0 ? p->row : blank_row;
            continue;
        }
        if (blank_row != 0) {
            return MW_FAIL(p->err, MW_E_DATA,
                           "%s: row %zu is empty, but rows follow: remove it, or what stands below "
                           "the table",
                           csv->name, blank_row);
        }
        if (n != csv->n_columns) {
            return MW_FAIL(p->err, MW_E_DATA,
                           "%s: row %zu, column %zu: the row has %zu cells, the header has %zu: "
                           "quote cells that contain '%c', remove notes and totals around the table",
                           csv->name, p->row, n < csv->n_columns ? n + 1 : csv->n_columns + 1, n,
                           csv->n_columns, csv->separator);
        }
        csv->n_rows++;
    }
    return MW_OK;
}

static enum mw_status check_name(struct parser *p, size_t i_column)
{
    const struct mw_csv *csv = p->csv;
    if (csv->header[i_column].len > NAME_BYTES_MAX) {
        return fail_at_cell(p, i_column, "the name of the column is longer than 256 bytes: shorten it");
    }
    for (size_t i = 0; i < i_column; i++) {
        if (mw_span_eq(csv->header[i], csv->header[i_column])) {
            return MW_FAIL(p->err, MW_E_DATA,
                           "%s: columns %zu and %zu are both named \"" MW_SPAN_FMT "\": rename one",
                           csv->name, i + 1, i_column + 1, MW_SPAN_ARG(csv->header[i]));
        }
    }
    return MW_OK;
}

static enum mw_status read_header(struct parser *p)
{
    struct mw_csv *csv = p->csv;
    csv->header_row = p->row;
    MW_TRY(read_record(p, &csv->n_columns));
    if (is_blank(p, 0)) {
        return MW_FAIL(p->err, MW_E_DATA, "%s: row %zu is empty: the first row must name the columns",
                       csv->name, p->row);
    }
    csv->header = mw_new_array(&csv->arena, struct mw_span, csv->n_columns);
    if (csv->header == NULL) {
        return MW_FAIL(p->err, MW_E_MEMORY, "%s: no memory for %zu columns", csv->name, csv->n_columns);
    }
    for (size_t i = 0; i < csv->n_columns; i++) {
        const struct mw_csv_cell cell = csv->cells[i];
        csv->header[i] = mw_text_trim((struct mw_span){csv->text + cell.at, cell.len});
        if (csv->header[i].len == 0) {
            csv->header[i] = mw_arena_printf(&csv->arena, "column_%zu", i + 1);
        }
        if (csv->header[i].data == NULL) {
            return MW_FAIL(p->err, MW_E_MEMORY, "%s: no memory for %zu columns", csv->name, csv->n_columns);
        }
        MW_TRY(check_name(p, i));
    }
    p->row++;
    return MW_OK;
}

static enum mw_status parse(struct parser *p)
{
    MW_TRY(check_encoding(p));
    if (!take_sep_line(p)) {
        p->csv->separator = sniff(p);
    }
    MW_TRY(read_header(p));
    MW_TRY(read_rows(p));
    if (p->csv->n_rows == 0) {
        return MW_FAIL(p->err, MW_E_DATA,
                       "%s: the file has a header and no rows: export it again, with a row for each date",
                       p->csv->name);
    }
    return MW_OK;
}

/* ---- lifecycle ---------------------------------------------------------------------------------------- */

static struct mw_csv_limits limits_or_default(const struct mw_csv_limits *limits)
{
    struct mw_csv_limits l = limits == NULL ? (struct mw_csv_limits){0} : *limits;
    l.bytes = l.bytes == 0 || l.bytes > UINT32_MAX ? limits_default.bytes : l.bytes;
    l.cells = l.cells == 0 ? limits_default.cells : l.cells;
    l.columns = l.columns == 0 ? limits_default.columns : l.columns;
    return l;
}

/* Takes over `text`, whatever happens. */
static enum mw_status csv_open_take(const char *name, char *text, size_t len,
                                    const struct mw_csv_limits *limits, struct mw_csv **out,
                                    struct mw_error *err)
{
    struct mw_csv *csv = calloc(1, sizeof *csv);
    char *own_name = strdup(name);
    if (csv == NULL || own_name == NULL) {
        free(csv);
        free(own_name);
        free(text);
        return MW_FAIL(err, MW_E_MEMORY, "%s: no memory", name);
    }
    *csv = (struct mw_csv){.name = own_name, .text = text};
    struct parser p = {.csv = csv, .limits = *limits, .end = len, .row = 1, .err = err};
    const enum mw_status status = parse(&p);
    if (status != MW_OK) {
        mw_csv_close(&csv);
    }
    *out = csv;
    return status;
}

static enum mw_status fail_too_large(const char *name, size_t limit_bytes, struct mw_error *err)
{
    return MW_FAIL(err, MW_E_FULL,
                   "%s: larger than %zu MiB, the most that is read at once: split the file by date", name,
                   limit_bytes >> 20);
}

enum mw_status mw_csv_parse(const char *name, struct mw_span text, const struct mw_csv_limits *limits,
                            struct mw_csv **out, struct mw_error *err)
{
    const struct mw_csv_limits l = limits_or_default(limits);
    *out = NULL;
    if (text.len > l.bytes) {
        return fail_too_large(name, l.bytes, err);
    }
    char *copy = malloc(text.len + 1);
    if (copy == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "%s: no memory for %zu bytes", name, text.len);
    }
    if (text.len > 0) {
        memcpy(copy, text.data, text.len);
    }
    return csv_open_take(name, copy, text.len, &l, out, err);
}

/* Reads up to one byte more than the limit, so that the caller sees which files are too large. */
static enum mw_status read_all(const char *path, FILE *file, size_t limit_bytes, char **text, size_t *len,
                               struct mw_error *err)
{
    size_t capacity = 0;
    while (*len <= limit_bytes && !feof(file)) {
        if (*len == capacity) {
            capacity = capacity == 0 ? (size_t)1 << 16 : 2 * capacity;
            char *larger = realloc(*text, capacity);
            if (larger == NULL) {
                return MW_FAIL(err, MW_E_MEMORY, "%s: no memory for %zu bytes", path, capacity);
            }
            *text = larger;
        }
        *len += fread(*text + *len, 1, capacity - *len, file);
        if (ferror(file)) {
            return MW_FAIL(err, MW_E_IO, "%s: cannot be read: %s; name a file of comma-separated values",
                           path, strerror(errno));
        }
    }
    return *len > limit_bytes ? fail_too_large(path, limit_bytes, err) : MW_OK;
}

enum mw_status mw_csv_read(const char *path, const struct mw_csv_limits *limits, struct mw_csv **out,
                           struct mw_error *err)
{
    const struct mw_csv_limits l = limits_or_default(limits);
    char *text = NULL;
    size_t len = 0;
    *out = NULL;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return MW_FAIL(err, MW_E_IO, "%s: cannot be opened: %s; check the name and who may read it", path,
                       strerror(errno));
    }
    const enum mw_status status = read_all(path, file, l.bytes, &text, &len, err);
    (void)fclose(file);
    if (status != MW_OK) {
        free(text);
        return status;
    }
    return csv_open_take(path, text, len, &l, out, err);
}

void mw_csv_close(struct mw_csv **csv)
{
    if (*csv == NULL) {
        return;
    }
    mw_arena_fini(&(*csv)->arena);
    free((*csv)->cells);
    free((*csv)->text);
    free((*csv)->name);
    free(*csv);
    *csv = NULL;
}

/* ---- access ------------------------------------------------------------------------------------------- */

struct mw_span mw_csv_cell(const struct mw_csv *csv, size_t i_row, size_t i_column)
{
    const struct mw_csv_cell cell = csv->cells[(i_row + 1) * csv->n_columns + i_column];
    return mw_text_trim((struct mw_span){csv->text + cell.at, cell.len});
}

size_t mw_csv_column(const struct mw_csv *csv, struct mw_span name)
{
    for (size_t i = 0; i < csv->n_columns; i++) {
        if (mw_span_eq(csv->header[i], name)) {
            return i;
        }
    }
    return MW_CSV_NONE;
}
