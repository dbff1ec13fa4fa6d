// SPDX-License-Identifier: Apache-2.0
#include "terminal.h"

#include "mw_clock.h"
#include "mw_format.h"
#include "mw_summary.h"
#include "mw_wire.h"

#include <stdio.h>
#include <unistd.h>

enum { BAR_CELLS = 32 };

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

/* ---- tables ---- */

static struct mw_text range_of(double low, double high)
{
    return mw_format_range(low, high);
}

static void print_channel(const struct mw_estimate_channel *c)
{
    (void)printf("  %-16.*s %12s %8s %16s %8s %16s %8s %16s %9s  %s\n", MW_SPAN_ARG(c->channel),
                 mw_format_number(c->spend_recent).s, mw_format_percent(c->share.q50).s,
                 range_of(c->share.q05 * 100, c->share.q95 * 100).s, mw_format_number(c->roi.q50).s,
                 range_of(c->roi.q05, c->roi.q95).s, mw_format_number(c->mroas.q50).s,
                 range_of(c->mroas.q05, c->mroas.q95).s, mw_format_probability(c->mroas.p_below_floor).s,
                 mw_format_evidence(c->evidence));
}

static void print_channels(const struct mw_estimate *estimate)
{
    (void)printf("\nWho earns what: " MW_SPAN_FMT
                 ", %s, data settled to %s (%lld days old), 90 %% intervals\n\n",
                 MW_SPAN_ARG(estimate->outcome), mw_format_date(estimate->as_of).s,
                 mw_format_date(estimate->data.settled_to).s, (long long)estimate->data.age_days);
    (void)printf("  %-16s %12s %8s %16s %8s %16s %8s %16s %9s  %s\n", "channel", "spend", "share", "%", "ROI",
                 "", "mROAS", "", "P(<floor)", "evidence");
    for (size_t c = 0; c < estimate->n_channels; c++) {
        print_channel(&estimate->channels[c]);
    }
    (void)printf("\n  spend in " MW_SPAN_FMT
                 " per period, last 28 days; share of the outcome; model: R2 %s, ESS %s of "
                 "%lld particles\n",
                 MW_SPAN_ARG(estimate->currency), mw_format_number(estimate->fit.r2).s,
                 mw_format_number(estimate->health.ess).s, (long long)estimate->model.particles);
}

static void print_move(const struct mw_allocation *allocation, const struct mw_allocation_move *move)
{
    (void)printf("  %-13.*s moves %5s: %s a " MW_SPAN_FMT " (%s), P(loss) %s:", MW_SPAN_ARG(move->name),
                 mw_format_percent(move->moved).s, mw_format_signed(move->lift.q50).s,
                 MW_SPAN_ARG(allocation->period), range_of(move->lift.q05, move->lift.q95).s,
                 mw_format_probability(move->p_loss).s);
    const char *separator = " ";
    for (size_t c = 0; c < move->n_channels; c++) {
        const double change = move->channels[c].to - move->channels[c].from;
        if (change > 1e-9 || change < -1e-9) {
            (void)printf("%s" MW_SPAN_FMT " %s", separator, MW_SPAN_ARG(move->channels[c].channel),
                         mw_format_signed(change).s);
            separator = ", ";
        }
    }
    (void)printf("\n");
}

static void print_allocation(const struct mw_allocation *allocation)
{
    (void)printf("\nRecommended split of %s " MW_SPAN_FMT " a " MW_SPAN_FMT ", valid until %s\n\n",
                 mw_format_number(allocation->total).s, MW_SPAN_ARG(allocation->currency),
                 MW_SPAN_ARG(allocation->period), mw_format_date(allocation->valid_until).s);
    (void)printf("  %-16s %12s %12s\n", "channel", "now", "optimal");
    for (size_t c = 0; c < allocation->n_channels; c++) {
        const struct mw_allocation_channel *channel = &allocation->channels[c];
        (void)printf("  %-16.*s %12s %12s\n", MW_SPAN_ARG(channel->channel),
                     mw_format_number(channel->current).s, mw_format_number(channel->optimal).s);
    }
    (void)printf("\n  budget efficiency %s %% (%s), within %s %% of the proven best\n\n",
                 mw_format_number(allocation->efficiency.q50).s,
                 range_of(allocation->efficiency.q05, allocation->efficiency.q95).s,
                 mw_format_number(allocation->gap_pct).s);
    for (size_t i = 0; i < allocation->n_moves; i++) {
        print_move(allocation, &allocation->moves[i]);
    }
}

void terminal_estimate(const struct mw_estimate *estimate, const struct mw_allocation *allocation)
{
    print_channels(estimate);
    if (allocation != NULL) {
        print_allocation(allocation);
    }
    (void)fflush(stdout);
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

static enum mw_status print_record(const struct mw_type *type, const struct mw_record *record,
                                   size_t *n_printed, struct mw_error *err)
{
    struct mw_arena arena = {0};
    struct mw_writer line = {0};
    const void *body = NULL;
    const enum mw_status status = mw_decode(type, record->value, &arena, &body, NULL, err);
    if (status == MW_OK && is_open_alert(type, body)) {
        mw_summary_write(type, body, &line);
        (void)printf("  " MW_SPAN_FMT "  " MW_SPAN_FMT "\n", MW_SPAN_ARG(record->key),
                     MW_SPAN_ARG(mw_writer_span(&line)));
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
