// SPDX-License-Identifier: Apache-2.0
#include "table_text.h"

#include "mw_rng.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SEEDS = 200 };

static uint64_t below(struct mw_rng *rng, uint64_t n)
{
    return mw_rng_bits(rng) % n;
}

/* ---- CSV: what is written with quotes is read back --------------------------------------------------------- */

enum { COLUMNS_MAX = 6, ROWS_MAX = 20, CELL_MAX = 12 };

struct texts {
    size_t n_columns, n_rows;
    char cells[ROWS_MAX + 1][COLUMNS_MAX][CELL_MAX + 1];
};

static void random_cell(struct mw_rng *rng, char out[CELL_MAX + 1])
{
    static const char alphabet[] = "abcXYZ019,;|\t\"\n\r .-";
    const size_t n = below(rng, CELL_MAX);
    for (size_t i = 0; i < n; i++) {
        out[i] = alphabet[below(rng, sizeof alphabet - 1)];
    }
    out[n] = '\0';
}

static void random_texts(struct mw_rng *rng, struct texts *t)
{
    memset(t, 0, sizeof *t);
    t->n_columns = 2 + below(rng, COLUMNS_MAX - 1);
    t->n_rows = 1 + below(rng, ROWS_MAX);
    for (size_t c = 0; c < t->n_columns; c++) {
        snprintf(t->cells[0][c], CELL_MAX, "name %zu", c);
        for (size_t r = 1; r <= t->n_rows; r++) {
            random_cell(rng, t->cells[r][c]);
        }
    }
    for (size_t r = 1; r <= t->n_rows; r++) {
        t->cells[r][0][0] = 'k'; /* no row is blank */
    }
}

static struct mw_span write_texts(const struct texts *t, char separator, const char *line_end,
                                  struct mw_writer *out)
{
    for (size_t r = 0; r <= t->n_rows; r++) {
        for (size_t c = 0; c < t->n_columns; c++) {
            mw_write_bytes(out, &separator, c > 0);
            mw_write_u8(out, '"');
            for (const char *p = t->cells[r][c]; *p != '\0'; p++) {
                mw_write_bytes(out, "\"", *p == '"');
                mw_write_u8(out, (uint8_t)*p);
            }
            mw_write_u8(out, '"');
        }
        mw_write_bytes(out, line_end, strlen(line_end));
    }
    return mw_writer_span(out);
}

Test(csv_property, quoted_cells_come_back_whatever_they_hold)
{
    static const char separators[] = {',', ';', '\t', '|'};
    static const char *const line_ends[] = {"\n", "\r\n", "\r"};
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct mw_rng rng = {.key = mw_rng_key(seed, 1)};
        struct texts t;
        struct mw_writer out = {0};
        struct mw_csv *csv = NULL;
        struct mw_error err = {0};
        random_texts(&rng, &t);
        const struct mw_span text = write_texts(&t, separators[seed % 4], line_ends[seed % 3], &out);
        cr_assert_eq(mw_csv_parse("t", text, NULL, &csv, &err), MW_OK, "seed %d: %s", (int)seed, err.text);
        cr_assert(csv->n_rows == t.n_rows && csv->n_columns == t.n_columns, "seed %d", (int)seed);
        for (size_t r = 0; r < t.n_rows; r++) {
            for (size_t c = 0; c < t.n_columns; c++) {
                const struct mw_csv_cell raw = csv->cells[(r + 1) * t.n_columns + c];
                const struct mw_span got = {csv->text + raw.at, raw.len};
                cr_assert(mw_span_is(got, t.cells[r + 1][c]), "seed %d, row %zu, column %zu", (int)seed, r,
                          c);
            }
        }
        mw_csv_close(&csv);
        mw_writer_fini(&out);
    }
}

/* ---- numbers: every way of writing reads back as the same double ------------------------------------------- */

struct writing {
    char point;
    const char *group, *before, *after;
};

static void write_number(double value, const struct writing *w, char out[128])
{
    char digits[64];
    snprintf(digits, sizeof digits, "%.2f", fabs(value));
    const size_t n_whole = strlen(digits) - 3;
    size_t n = (size_t)snprintf(out, 128, "%s%s", value < 0 ? "-" : "", w->before);
    for (size_t i = 0; i < n_whole; i++) {
        out[n++] = digits[i];
        if (i + 1 < n_whole && (n_whole - i - 1) % 3 == 0) {
            n += (size_t)snprintf(out + n, 128 - n, "%s", w->group);
        }
    }
    snprintf(out + n, 128 - n, "%c%s%s", w->point, digits + n_whole + 1, w->after);
}

Test(number_property, every_way_of_writing_reads_back)
{
    static const struct writing ways[] = {
        {'.', "", "", ""},         {'.', ",", "", ""},     {',', ".", "", " €"},
        {',', "\xc2\xa0", "", ""}, {'.', "'", "CHF ", ""}, {',', "\xe2\x80\xaf", "", "\xc2\xa0kr"},
        {'.', ",", "$", ""},       {',', "", "", "zł"},    {'.', " ", "", " USD"}};
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct mw_rng rng = {.key = mw_rng_key(seed, 2)};
        const double scale = 1.0 + (double)below(&rng, 100000000000u);
        const double value = floor((mw_rng_uniform(&rng) - 0.5) * scale) / 100.0;
        for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
            char text[128];
            struct mw_number number;
            struct mw_decimal_vote vote = {0};
            struct mw_error err = {0};
            write_number(value, &ways[i], text);
            mw_decimal_vote(&vote, mw_span(text));
            const enum mw_decimal want = ways[i].point == '.' ? MW_DECIMAL_POINT : MW_DECIMAL_COMMA;
            cr_assert_eq(mw_decimal_decide(&vote, &vote),
                         want == MW_DECIMAL_POINT ? MW_DECIMAL_IS_POINT : MW_DECIMAL_IS_COMMA, "seed %d: %s",
                         (int)seed, text);
            cr_assert_eq(mw_number_parse(mw_span(text), want, &number, &err), MW_OK, "seed %d: %s", (int)seed,
                         err.text);
            cr_assert_eq(number.value, value, "seed %d: %s is %.17g, want %.17g", (int)seed, text,
                         number.value, value);
        }
    }
}

/* ---- tables: the order of rows does not matter ------------------------------------------------------------- */

static char *shuffle_rows(const char *text, struct mw_rng *rng)
{
    char *copy = strdup(text), *lines[512], *out = calloc(1, strlen(text) + 2);
    size_t n = 0;
    for (char *line = strtok(copy, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        lines[n++] = line;
    }
    for (size_t i = n - 1; i > 1; i--) {
        const size_t j = 1 + below(rng, i);
        char *swap = lines[i];
        lines[i] = lines[j];
        lines[j] = swap;
    }
    for (size_t i = 0, at = 0; i < n; i++) {
        at += (size_t)sprintf(out + at, "%s\n", lines[i]);
    }
    free(copy);
    return out;
}

Test(table_property, the_order_of_rows_does_not_matter)
{
    char *text = table_text(&(struct table_text){
        .header = "date,revenue,tv,search,price,event_1", .n_rows = 60, .days = 7, .date_format = "mdy"});
    struct table_load want;
    cr_assert_eq(table_load(text, NULL, &want), MW_OK, "%s", want.err.text);
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct mw_rng rng = {.key = mw_rng_key(seed, 3)};
        struct table_load got;
        char *shuffled = shuffle_rows(text, &rng);
        cr_assert_eq(table_load(shuffled, NULL, &got), MW_OK, "seed %d: %s", (int)seed, got.err.text);
        cr_assert_eq(mw_table_n_records(got.table), mw_table_n_records(want.table));
        for (uint64_t k = 0; k < mw_table_n_records(want.table); k++) {
            struct mw_raw a, b;
            mw_table_record(want.table, k, &a);
            mw_table_record(got.table, k, &b);
            cr_assert(mw_span_eq(a.id, b.id), "seed %d, record %d", (int)seed, (int)k);
        }
        table_load_close(&got);
        free(shuffled);
    }
    table_load_close(&want);
    free(text);
}

/* ---- errors: one broken byte never loads as something else quietly ------------------------------------------ */

Test(table_property, damage_is_an_error_or_a_table_but_never_a_crash)
{
    char *text = table_text(&(struct table_text){
        .header = "date,geo,revenue,tv,price,event_1", .n_rows = 60, .days = 1, .geos = {"a", "b", NULL}});
    const size_t len = strlen(text);
    size_t n_refused = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct mw_rng rng = {.key = mw_rng_key(seed, 4)};
        struct table_load l;
        char *damaged = strdup(text);
        for (size_t i = 0; i < 1 + seed % 3; i++) {
            damaged[below(&rng, len)] = "\",;\n-x0 9"[below(&rng, 9)];
        }
        const enum mw_status status = table_load(damaged, NULL, &l);
        cr_assert(status == MW_OK || (status == MW_E_DATA && l.err.text[0] != '\0'), "seed %d: %s", (int)seed,
                  l.err.text);
        cr_assert(status == MW_OK || strncmp(l.err.text, "t.csv: ", 7) == 0, "seed %d: %s", (int)seed,
                  l.err.text);
        n_refused += status != MW_OK;
        table_load_close(&l);
        free(damaged);
    }
    cr_expect_gt(n_refused, SEEDS / 4);
    free(text);
}
