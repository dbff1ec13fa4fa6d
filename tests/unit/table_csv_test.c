// SPDX-License-Identifier: Apache-2.0
#include "mw_csv.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct mw_csv *read_text(const char *text)
{
    struct mw_csv *csv = NULL;
    struct mw_error err = {0};
    cr_assert_eq(mw_csv_parse("t.csv", mw_span(text), NULL, &csv, &err), MW_OK, "%s", err.text);
    return csv;
}

static void expect_cell(const struct mw_csv *csv, size_t row, size_t column, const char *want)
{
    const struct mw_span got = mw_csv_cell(csv, row, column);
    cr_expect(mw_span_is(got, want), "row %zu column %zu is \"" MW_SPAN_FMT "\", want \"%s\"", row, column,
              MW_SPAN_ARG(got), want);
}

static void expect_refused(struct mw_span text, const struct mw_csv_limits *limits, enum mw_status status,
                           const char *part)
{
    struct mw_csv *csv = NULL;
    struct mw_error err = {0};
    cr_expect_eq(mw_csv_parse("t.csv", text, limits, &csv, &err), status, "%.40s", text.data);
    cr_expect_null(csv);
    cr_expect(strstr(err.text, part) != NULL, "\"%s\" does not say \"%s\"", err.text, part);
}

Test(csv, separators_are_sniffed_outside_quotes)
{
    static const struct {
        const char *text;
        char separator;
    } cases[] = {{"a,b\n1,2\n", ','},
                 {"a;b\n1,5;2,5\n", ';'},
                 {"a\tb\n1,5\t2;5\n", '\t'},
                 {"a|b\n1|2\n", '|'},
                 {"\"a;x\",\"b;y\"\n1,2\n", ','},
                 {"a;b, net\n1;2\n", ';'},
                 {"sep=;\r\na;b\r\n1;2\r\n", ';'},
                 {"sep=,\na,b\n1;2,3\n", ','}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mw_csv *csv = read_text(cases[i].text);
        cr_expect_eq(csv->separator, cases[i].separator, "case %zu", i);
        cr_expect_eq(csv->n_columns, 2);
        cr_expect_eq(csv->n_rows, 1);
        mw_csv_close(&csv);
    }
}

Test(csv, quotes_hold_separators_quotes_and_line_breaks)
{
    struct mw_csv *csv =
        read_text("name,text\r\n\"a,b\",\"say \"\"hi\"\"\"\r\n\"two\nlines\" , plain \r\n5\" tv,\"\"\r\n");
    cr_assert_eq(csv->n_rows, 3);
    expect_cell(csv, 0, 0, "a,b");
    expect_cell(csv, 0, 1, "say \"hi\"");
    expect_cell(csv, 1, 0, "two\nlines");
    expect_cell(csv, 1, 1, "plain");
    expect_cell(csv, 2, 0, "5\" tv");
    expect_cell(csv, 2, 1, "");
    mw_csv_close(&csv);
    mw_csv_close(&csv);
}

Test(csv, byte_order_mark_line_ends_and_empty_rows_at_the_end_do_not_count)
{
    static const char *const texts[] = {"\357\273\277a,b\r\n1,2\r\n\r\n,\r\n",
                                        "a,b\r1,2\r", "a,b\n1,2", " a , b \n1,2\n\n\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct mw_csv *csv = read_text(texts[i]);
        cr_expect_eq(csv->n_rows, 1, "text %zu", i);
        cr_expect_eq(mw_csv_column(csv, mw_span("a")), 0);
        cr_expect_eq(mw_csv_column(csv, mw_span("b")), 1);
        cr_expect_eq(mw_csv_column(csv, mw_span("c")), MW_CSV_NONE);
        expect_cell(csv, 0, 1, "2");
        mw_csv_close(&csv);
    }
}

Test(csv, columns_without_a_name_get_one)
{
    struct mw_csv *csv = read_text(",a,\n0,1,\n");
    cr_expect(mw_span_is(csv->header[0], "column_1"));
    cr_expect(mw_span_is(csv->header[2], "column_3"));
    mw_csv_close(&csv);
}

Test(csv, rows_are_numbered_as_a_spreadsheet_shows_them)
{
    struct mw_csv *csv = read_text("sep=;\na;b\n\"x\ny\";1\n2;3\n");
    cr_expect_eq(mw_csv_row_number(csv, 1), 4);
    struct mw_error err = {0};
    cr_expect_eq(mw_csv_fail(csv, 1, 0, &err, "is %d", 7), MW_E_DATA);
    cr_expect_str_eq(err.text, "t.csv: row 4, column \"a\": is 7");
    mw_csv_close(&csv);
}

Test(csv, what_is_no_table_is_refused_with_its_place)
{
    static const struct {
        const char *text, *part;
    } cases[] = {{"", "empty"},
                 {"\n\na,b\n", "row 1 is empty"},
                 {"a,b\n", "no rows"},
                 {"a,b\n1,2\n1,2,3\n", "row 3, column 3: the row has 3 cells, the header has 2"},
                 {"a,b\n1,2\n1\n", "row 3, column 2: the row has 1 cells"},
                 {"a,b\n1,2\n\n3,4\n", "row 3 is empty, but rows follow"},
                 {"a,b\n1,\"2\n3,4\n", "row 2, column 2: a quote is opened and never closed"},
                 {"a,b\n\"1\"x,2\n", "row 2, column 1: text follows a closing quote"},
                 {"a,b,a\n1,2,3\n", "columns 1 and 3 are both named \"a\""},
                 {"\xff\xfe"
                  "a",
                  "UTF-16"},
                 {"PK\x03\x04 and so on", "spreadsheet"},
                 {"a,b\n1,2\n\xa3"
                  "5,6\n",
                  "line 3 has the byte 0xa3"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        expect_refused(mw_span(cases[i].text), NULL, MW_E_DATA, cases[i].part);
    }
    expect_refused((struct mw_span){"a,b\n1,\0\n", 8}, NULL, MW_E_DATA, "0x00");
}

Test(csv, a_name_longer_than_256_bytes_is_refused)
{
    char text[400];
    memset(text, 'x', 300);
    strcpy(text + 300, ",b\n1,2\n");
    expect_refused(mw_span(text), NULL, MW_E_DATA, "row 1, column 1: the name of the column is longer");
}

Test(csv, limits_are_statuses)
{
    expect_refused(mw_span("a,b\n1,2\n"), &(struct mw_csv_limits){.bytes = 7}, MW_E_FULL, "larger than");
    expect_refused(mw_span("a,b\n1,2\n"), &(struct mw_csv_limits){.cells = 3}, MW_E_FULL,
                   "row 2: more than 3 cells");
    expect_refused(mw_span("a,b\n1,2\n"), &(struct mw_csv_limits){.columns = 1}, MW_E_FULL,
                   "row 1: more than 1 columns");
}

Test(csv, memory_that_runs_out_is_a_status)
{
    mw_arena_fail_after(1);
    expect_refused(mw_span("a,b\n1,2\n"), NULL, MW_E_MEMORY, "no memory");
    mw_arena_fail_after(2);
    expect_refused(mw_span("a,\n1,2\n"), NULL, MW_E_MEMORY, "no memory");
    mw_arena_fail_after(0);
}

Test(csv, files_are_read_whole_and_unreadable_ones_are_named)
{
    char path[] = "/tmp/mw_csv_XXXXXX";
    struct mw_csv *csv = NULL;
    struct mw_error err = {0};
    const int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    FILE *file = fdopen(fd, "w");
    fputs("a,b\n", file);
    for (int i = 0; i < 30000; i++) {
        fprintf(file, "%d,%d\n", i, 2 * i);
    }
    fclose(file);
    cr_assert_eq(mw_csv_read(path, NULL, &csv, &err), MW_OK, "%s", err.text);
    cr_expect_eq(csv->n_rows, 30000);
    expect_cell(csv, 29999, 1, "59998");
    mw_csv_close(&csv);
    cr_expect_eq(mw_csv_read(path, &(struct mw_csv_limits){.bytes = 1000}, &csv, &err), MW_E_FULL);
    unlink(path);
    err = (struct mw_error){0};
    cr_expect_eq(mw_csv_read(path, NULL, &csv, &err), MW_E_IO);
    cr_expect(strstr(err.text, path) != NULL);
    err = (struct mw_error){0};
    cr_expect_eq(mw_csv_read("/", NULL, &csv, &err), MW_E_IO, "%s", err.text);
}
