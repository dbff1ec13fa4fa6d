// SPDX-License-Identifier: Apache-2.0
#include "mw_layout.h"

#include <string.h>

static const char gap[] = "  ";

/* Bytes are not characters: what continues a character takes no room on a screen. */
static int chars_of(struct mw_span text)
{
    int n = 0;
    for (size_t i = 0; i < text.len; i++) {
        n += ((unsigned char)text.data[i] & 0xc0) != 0x80;
    }
    return n;
}

static void put(struct mw_writer *out, const char *text)
{
    mw_write_bytes(out, text, strlen(text));
}

static void put_blanks(struct mw_writer *out, int n)
{
    for (int i = 0; i < n; i++) {
        mw_write_u8(out, ' ');
    }
}

static int width_of(const struct mw_sheet *sheet, size_t column)
{
    int width = 0;
    for (size_t row = 0; row < sheet->n_rows; row++) {
        const struct mw_text text = sheet->cell(sheet->self, row, column);
        const int n = chars_of(mw_span(text.s));
        width = n > width ? n : width;
    }
    return width;
}

/* The widths are measured again for each row: a table has few of them, and so it needs no memory and no limit. */
static void put_row(const struct mw_sheet *sheet, size_t row, struct mw_writer *out)
{
    for (size_t column = 0; column < sheet->n_columns; column++) {
        const struct mw_text text = sheet->cell(sheet->self, row, column);
        const int blanks = width_of(sheet, column) - chars_of(mw_span(text.s));
        put(out, gap);
        put_blanks(out, column == 0 ? 0 : blanks);
        put(out, text.s);
        put_blanks(out, column == 0 ? blanks : 0);
    }
    put(out, "\n");
}

void mw_sheet_write(const struct mw_sheet *sheet, struct mw_writer *out)
{
    for (size_t row = 0; row < sheet->n_rows; row++) {
        put_row(sheet, row, out);
    }
}

/* "5 %" is one word: a line should not begin with its unit. */
static bool is_break(struct mw_span text, size_t i)
{
    return text.data[i] == ' ' && !(i + 1 < text.len && text.data[i + 1] == '%');
}

static struct mw_span next_word(struct mw_span *rest)
{
    size_t begin = 0;
    while (begin < rest->len && rest->data[begin] == ' ') {
        begin++;
    }
    size_t end = begin;
    while (end < rest->len && !is_break(*rest, end)) {
        end++;
    }
    const struct mw_span word = {rest->data + begin, end - begin};
    *rest = (struct mw_span){rest->data + end, rest->len - end};
    return word;
}

void mw_paragraph_write(const struct mw_paragraph *shape, struct mw_span text, struct mw_writer *out)
{
    int column = shape->column;
    bool is_first = true;
    for (struct mw_span word = next_word(&text); word.len > 0; word = next_word(&text)) {
        const int n = chars_of(word);
        if (!is_first && shape->width > 0 && column + 1 + n > shape->width) {
            put(out, "\n");
            put_blanks(out, shape->indent);
            column = shape->indent;
        } else if (!is_first) {
            put(out, " ");
            column++;
        }
        mw_write_bytes(out, word.data, word.len);
        column += n;
        is_first = false;
    }
}
