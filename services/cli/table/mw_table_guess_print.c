// SPDX-License-Identifier: Apache-2.0
#include "mw_table_guess.h"

#include <stdio.h>

enum { COLUMN_WIDTH_MAX = 32, LINE_MAX_CHARS = 400 };

const char *mw_role_name(enum mw_role role)
{
    switch (role) {
    case MW_ROLE_OPEN:
        return "open";
    case MW_ROLE_IGNORED:
        return "ignored";
    case MW_ROLE_DATE:
        return "date";
    case MW_ROLE_GEO:
        return "place";
    case MW_ROLE_OUTCOME:
        return "outcome";
    case MW_ROLE_TIMES:
        return "times";
    case MW_ROLE_SPEND:
        return "spend";
    case MW_ROLE_CHANNEL:
        return "channel";
    case MW_ROLE_CONTROL:
        return "control";
    case MW_ROLE_EVENT:
        return "event";
    }
    return "unknown";
}

/* Bytes are not characters: what continues a character takes no room on a screen. */
static int chars_of(struct mw_span text)
{
    int n = 0;
    for (size_t i = 0; i < text.len; i++) {
        n += ((unsigned char)text.data[i] & 0xc0) != 0x80;
    }
    return n;
}

static int column_width(const struct mw_csv *csv)
{
    int width = 6;
    for (size_t i = 0; i < csv->n_columns; i++) {
        const int n = chars_of(csv->header[i]);
        width = n > width ? n : width;
    }
    return width < COLUMN_WIDTH_MAX ? width : COLUMN_WIDTH_MAX;
}

static void print_row(struct mw_writer *out, int width, struct mw_span column, const char *role,
                      const char *detail)
{
    char line[LINE_MAX_CHARS];
    const int shown = column.len < 200 ? (int)column.len : 200, pad = width - chars_of(column);
    const int n = snprintf(line, sizeof line, "  %.*s%*s  %-8s %s\n", shown, column.data, pad > 0 ? pad : 0,
                           "", role, detail);
    mw_write_bytes(out, line, n < 0 ? 0 : (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
}

static const struct mw_tenant_channel *channel_of(const struct mw_tenant *t, struct mw_span column)
{
    for (size_t i = 0; i < t->n_channels && t->long_form == NULL; i++) {
        if (mw_span_eq(t->channels[i].column, column)) {
            return &t->channels[i];
        }
    }
    return NULL;
}

static void print_column(const struct mw_table_guess *guess, size_t i, int width, struct mw_writer *out)
{
    const struct mw_guess_column *c = &guess->columns[i];
    const struct mw_span column = guess->csv->header[i];
    const struct mw_tenant_channel *channel = channel_of(&guess->tenant, column);
    char detail[200];
    if (c->role == MW_ROLE_SPEND && channel != NULL) {
        (void)snprintf(detail, sizeof detail, "channel " MW_SPAN_FMT ", %s memory: %s",
                       MW_SPAN_ARG(channel->channel), channel->memory == MW_MEMORY_BRAND ? "brand" : "short",
                       c->why);
    } else {
        (void)snprintf(detail, sizeof detail, "%s", c->why);
    }
    print_row(out, width, column, mw_role_name(c->role), detail);
}

static void print_long_channels(const struct mw_tenant *t, int width, struct mw_writer *out)
{
    char detail[200];
    for (size_t i = 0; i < t->n_channels && t->long_form != NULL; i++) {
        (void)snprintf(detail, sizeof detail, "%s memory",
                       t->channels[i].memory == MW_MEMORY_BRAND ? "brand" : "short");
        print_row(out, width, t->channels[i].channel, "  spend", detail);
    }
}

void mw_table_guess_print(const struct mw_table_guess *guess, struct mw_writer *out)
{
    static const char *const kinds[] = {"revenue", "conversions", "other"};
    const struct mw_tenant *t = &guess->tenant;
    const int width = column_width(guess->csv);
    char head[LINE_MAX_CHARS];
    const int n =
        snprintf(head, sizeof head,
                 "%.120s: %zu rows, by %s; outcome " MW_SPAN_FMT " (%s); money in " MW_SPAN_FMT "%s\n",
                 guess->csv->name, guess->csv->n_rows, t->grid == MW_GRID_WEEK ? "week" : "day",
                 MW_SPAN_ARG(t->outcome.name), kinds[t->outcome.kind], MW_SPAN_ARG(t->currency),
                 guess->currency_assumed ? " (assumed)" : "");
    mw_write_bytes(out, head, n < 0 ? 0 : (size_t)n < sizeof head ? (size_t)n : sizeof head - 1);
    print_row(out, width, mw_span("column"), "is", "because");
    for (size_t i = 0; i < guess->csv->n_columns; i++) {
        print_column(guess, i, width, out);
        if (guess->columns[i].role == MW_ROLE_CHANNEL) {
            print_long_channels(t, width, out);
        }
    }
}
