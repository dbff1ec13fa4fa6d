// SPDX-License-Identifier: Apache-2.0
#include "mw_layout.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct mw_text cell(const void *self, size_t row, size_t column)
{
    static const char *const texts[3][3] = {
        {"channel", "now", "best"}, {"tv", "12,345", "1"}, {"Größe", "7", "23"}};
    struct mw_text text;
    (void)self;
    (void)snprintf(text.s, sizeof text.s, "%s", texts[row][column]);
    return text;
}

static void expect_text(struct mw_writer *out, const char *want)
{
    mw_write_u8(out, '\0');
    cr_expect_str_eq((const char *)out->data, want);
    mw_writer_fini(out);
}

Test(layout, a_column_is_as_wide_as_its_widest_cell_in_characters)
{
    struct mw_writer out = {0};
    mw_sheet_write(&(struct mw_sheet){.n_rows = 3, .n_columns = 3, .cell = cell}, &out);
    expect_text(&out, "  channel     now  best\n"
                      "  tv       12,345     1\n"
                      "  Größe         7    23\n");
}

static void expect_paragraph(int column, int indent, int width, const char *text, const char *want)
{
    struct mw_writer out = {0};
    mw_paragraph_write(&(struct mw_paragraph){column, indent, width}, mw_span(text), &out);
    expect_text(&out, want);
}

Test(layout, a_sentence_breaks_between_words_and_hangs)
{
    expect_paragraph(0, 2, 10, "one two three four", "one two\n  three\n  four");
    expect_paragraph(4, 2, 10, "one two three four", "one\n  two\n  three\n  four");
    expect_paragraph(0, 2, 13, "one two three", "one two three");
    expect_paragraph(0, 2, 12, "one two three", "one two\n  three");
}

Test(layout, a_word_longer_than_the_line_stands_alone)
{
    expect_paragraph(0, 2, 8, "a considerable thing", "a\n  considerable\n  thing");
    expect_paragraph(6, 2, 8, "considerable", "considerable");
}

Test(layout, umlauts_count_once_and_without_a_width_nothing_breaks)
{
    expect_paragraph(0, 0, 9, "Größe für", "Größe für");
    expect_paragraph(0, 4, 0, "one two  three four five", "one two three four five");
    expect_paragraph(0, 4, 10, "", "");
}

Test(layout, a_number_keeps_its_percent_sign)
{
    expect_paragraph(0, 2, 10, "at most 20 % a step", "at most\n  20 % a\n  step");
}
