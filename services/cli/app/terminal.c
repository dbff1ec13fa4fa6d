// SPDX-License-Identifier: Apache-2.0
#include "terminal.h"

#include "mw_clock.h"
#include "mw_format.h"
#include "mw_layout.h"
#include "mw_summary.h"
#include "mw_wire.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { BAR_CELLS = 32, WIDTH_MIN = 60, WIDTH_MAX = 100, PIECE_BYTES = 1024, HEAD_BYTES = 160 };

/* ---- progress ---- */

static void draw_bar(const struct terminal_progress *progress, size_t done, size_t n, double seconds)
{
    const size_t full = n == 0 ? BAR_CELLS : done * BAR_CELLS / n;
    (void)fprintf(stderr, "\r%s [", progress->what);
    for (size_t i = 0; i < BAR_CELLS; i++) {
        (void)fputc(i < full ? '#' : '.', stderr);
    }
    const double left = done == 0 ? 0 : seconds * (double)(n - done) / (double)done;
    (void)fprintf(stderr, "] %zu of %zu periods, %.0f s left ", done, n, left);
    if (done == n) {
        (void)fprintf(stderr, "\r\033[K%s: %zu periods in %.1f s\n", progress->what, n, seconds);
    }
}

void terminal_progress_show(struct terminal_progress *progress, size_t done, size_t n)
{
    const int64_t now = mw_clock_steady_us();
    if (progress->start_us == 0) {
        progress->start_us = now;
        progress->is_terminal = isatty(STDERR_FILENO) == 1;
    }
    const double seconds = (double)(now - progress->start_us) * 1e-6;
    if (progress->is_terminal && (done == n || now - progress->shown_us >= 100000)) {
        draw_bar(progress, done, n, seconds);
        progress->shown_us = now;
    } else if (!progress->is_terminal && n > 0 && done * 10 / n != (done - 1) * 10 / n) {
        (void)fprintf(stderr, "%s: %zu of %zu periods, %.1f s\n", progress->what, done, n, seconds);
    }
}

/* ---- sentences ---- */

int terminal_width(void)
{
    struct winsize size = {0};
    if (isatty(STDOUT_FILENO) != 1 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 ||
        size.ws_col > WIDTH_MAX || size.ws_col == 0) {
        return WIDTH_MAX;
    }
    return size.ws_col < WIDTH_MIN ? WIDTH_MIN : size.ws_col;
}

void terminal_put(struct mw_writer *out, const char *fmt, ...)
{
    char piece[PIECE_BYTES];
    va_list args;
    va_start(args, fmt);
    const int n = vsnprintf(piece, sizeof piece, fmt, args);
    va_end(args);
    mw_write_bytes(out, piece, n < 0 ? 0 : n < PIECE_BYTES ? (size_t)n : sizeof piece - 1);
}

static void hang(const char *head, const struct mw_paragraph *shape, struct mw_span text)
{
    struct mw_writer lines = {0};
    mw_paragraph_write(shape, text, &lines);
    (void)printf("%s" MW_SPAN_FMT "\n", head, MW_SPAN_ARG(mw_writer_span(&lines)));
    mw_writer_fini(&lines);
}

void terminal_hang(const char *head, int indent, struct mw_span text)
{
    hang(head, &(struct mw_paragraph){(int)strlen(head), indent, terminal_width()}, text);
}

void terminal_news(const char *head, struct mw_span text)
{
    const int column = (int)strlen(head);
    hang(head, &(struct mw_paragraph){column, column, isatty(STDOUT_FILENO) == 1 ? terminal_width() : 0},
         text);
}

/* ---- looking up ---- */

enum mw_status terminal_latest(struct mw_broker *broker, const struct mw_type *type, struct mw_span tenant,
                               struct mw_span subject, struct mw_arena *arena, const void **out,
                               struct mw_error *err)
{
    const int32_t partition = mw_partition_of(tenant, mw_broker_n_partitions(broker));
    struct mw_bus_reader *reader = NULL;
    *out = NULL;
    MW_TRY(mw_broker_latest(broker, type->topic, partition, &reader, err));
    const struct mw_record *record = NULL;
    enum mw_status status = mw_bus_reader_next(reader, &record, err);
    for (; status == MW_OK && record != NULL; status = mw_bus_reader_next(reader, &record, err)) {
        if (mw_span_eq(record->key, tenant) &&
            mw_span_eq(mw_record_header(record, MW_HEADER_SUBJECT), subject)) {
            status = mw_decode(type, record->value, arena, out, NULL, err);
        }
        if (status != MW_OK) {
            break;
        }
    }
    mw_bus_reader_close(&reader);
    return status;
}

/* ---- latest records, a line each ---- */

static bool is_open_alert(const struct mw_type *type, const void *body)
{
    if (type != &mw_type_alert) {
        return true;
    }
    const int state = ((const struct mw_alert *)body)->state;
    return state == MW_ALERT_FIRING || state == MW_ALERT_RECOVERING || state == MW_ALERT_SILENCED ||
           state == MW_ALERT_PENDING || state == MW_ALERT_NODATA;
}

/* "demo  ..", and of what there are two of a tenant, the latest and the published: "demo latest/revenue  ..". */
static void print_line(const struct mw_type *type, const struct mw_record *record, struct mw_span line)
{
    char head[HEAD_BYTES];
    const bool is_one_of_two = type == &mw_type_estimate || type == &mw_type_allocation;
    const struct mw_span subject =
        is_one_of_two ? mw_record_header(record, MW_HEADER_SUBJECT) : (struct mw_span){0};
    (void)snprintf(head, sizeof head, "  " MW_SPAN_FMT "%s" MW_SPAN_FMT "  ", MW_SPAN_ARG(record->key),
                   is_one_of_two ? " " : "", MW_SPAN_ARG(subject));
    terminal_hang(head, 4, line);
}

static enum mw_status print_record(const struct mw_type *type, const struct mw_record *record,
                                   size_t *n_printed, struct mw_error *err)
{
    struct mw_arena arena = {0};
    struct mw_writer line = {0};
    const void *body = NULL;
    const enum mw_status status = mw_decode(type, record->value, &arena, &body, NULL, err);
    if (status == MW_OK && is_open_alert(type, body)) {
        mw_summary_write(type, body, &line);
        print_line(type, record, mw_writer_span(&line));
        (*n_printed)++;
    }
    mw_writer_fini(&line);
    mw_arena_fini(&arena);
    return status;
}

enum mw_status terminal_latest_lines(struct mw_broker *broker, const struct mw_type *type, const char *title,
                                     struct mw_error *err)
{
    size_t n = 0;
    (void)printf("%s\n", title);
    for (int32_t p = 0; p < mw_broker_n_partitions(broker); p++) {
        struct mw_bus_reader *reader = NULL;
        MW_TRY(mw_broker_latest(broker, type->topic, p, &reader, err));
        const struct mw_record *record = NULL;
        enum mw_status status = mw_bus_reader_next(reader, &record, err);
        while (status == MW_OK && record != NULL) {
            status = print_record(type, record, &n, err);
            status = status == MW_OK ? mw_bus_reader_next(reader, &record, err) : status;
        }
        mw_bus_reader_close(&reader);
        MW_TRY(status);
    }
    if (n == 0) {
        (void)printf("  none\n");
    }
    return MW_OK;
}
