/* mw_layout.h: tables and sentences that fit a terminal.
 *
 * Widths are counted in characters, not bytes; what stands in a cell or a sentence is printable UTF-8. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_bytes.h"
#include "mw_format.h"

/* A table whose cells are made when they are asked for: row 0 is the head, column 0 stands left, the others right.
 * Every column is as wide as its widest cell. */
struct mw_sheet {
    size_t n_rows, n_columns;
    struct mw_text (*cell)(const void *self, size_t row, size_t column);
    const void *self;
};
void mw_sheet_write(const struct mw_sheet *sheet, struct mw_writer *out);

/* Breaks `text` between words into lines of at most `width` characters, of which the first begins after `column`
 * characters that are written already, and the others after `indent` blanks. A longer word has a line of its own.
 * width 0: never breaks. Ends without a line end. */
struct mw_paragraph {
    int column, indent, width;
};
void mw_paragraph_write(const struct mw_paragraph *shape, struct mw_span text, struct mw_writer *out);
