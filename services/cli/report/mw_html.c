// SPDX-License-Identifier: Apache-2.0
#include "mw_html.h"

#include <stdarg.h>
#include <stdio.h>

enum { PIECE_BYTES = 2048 };

static void put(struct mw_writer *out, const char *text)
{
    mw_write_bytes(out, text, strlen(text));
}

void mw_html_put(struct mw_writer *out, const char *fmt, ...)
{
    char piece[PIECE_BYTES];
    va_list args;
    va_start(args, fmt);
    const int n = vsnprintf(piece, sizeof piece, fmt, args);
    va_end(args);
    mw_invariant(n >= 0 && (size_t)n < sizeof piece);
    put(out, piece);
}

static const char *entity_of(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void mw_html_text(struct mw_writer *out, struct mw_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        const char *entity = entity_of(text.data[i]);
        if (entity != NULL) {
            put(out, entity);
        } else {
            mw_write_u8(out, (unsigned char)text.data[i]);
        }
    }
}

void mw_html_table_begin(struct mw_writer *out, const struct mw_html_table *table)
{
    mw_html_put(out, "<div class=\"scroll\"><table>\n<caption><span>%s</span></caption>\n<thead><tr>",
                table->caption);
    for (size_t i = 0; i < table->n_heads; i++) {
        const bool is_text = i < table->n_texts || (table->last_is_text && i + 1 == table->n_heads);
        mw_html_put(out, "<th scope=\"col\"%s>%s</th>", is_text ? " class=\"text\"" : "", table->heads[i]);
    }
    put(out, "</tr></thead>\n<tbody>\n");
}

void mw_html_table_end(struct mw_writer *out)
{
    put(out, "</tbody></table></div>\n");
}

void mw_html_row_head(struct mw_writer *out, struct mw_span text)
{
    put(out, "<tr><th scope=\"row\">");
    mw_html_text(out, text);
    put(out, "</th>");
}

void mw_html_cell(struct mw_writer *out, const char *number)
{
    mw_html_put(out, "<td>%s</td>", number);
}

void mw_html_cell_interval(struct mw_writer *out, const char *number, const char *interval)
{
    mw_html_put(out, "<td>%s<small>%s</small></td>", number, interval);
}

void mw_html_cell_text(struct mw_writer *out, struct mw_span text)
{
    put(out, "<td class=\"text\">");
    mw_html_text(out, text);
    put(out, "</td>");
}
