/* mw_html.h: HTML by hand, with one rule: text that was not written here goes through mw_html_text. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_bytes.h"

/* Markup of ours; arguments must need no escaping (numbers, dates, our own words). */
void mw_html_put(struct mw_writer *out, const char *fmt, ...) MW_PRINTF(2, 3);
/* Anybody's text. */
void mw_html_text(struct mw_writer *out, struct mw_span text);

/* A table that scrolls by itself on a narrow screen. Headings are markup; those after the first n_texts
 * columns stand over numbers, to the right. */
struct mw_html_table {
    const char *caption;
    const char *const *heads;
    size_t n_heads;
    size_t n_texts;
    bool last_is_text;
};
void mw_html_table_begin(struct mw_writer *out, const struct mw_html_table *table);
void mw_html_table_end(struct mw_writer *out);
/* <th scope=row> with somebody's text. */
void mw_html_row_head(struct mw_writer *out, struct mw_span text);
/* One number, and one with its interval in smaller type below. */
void mw_html_cell(struct mw_writer *out, const char *number);
void mw_html_cell_interval(struct mw_writer *out, const char *number, const char *interval);
void mw_html_cell_text(struct mw_writer *out, struct mw_span text);
