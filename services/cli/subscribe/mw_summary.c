// SPDX-License-Identifier: Apache-2.0
#include "mw_summary.h"

#include "mw_format.h"
#include "mw_messages.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

enum { CHANNELS_SHOWN = 4, PIECE_BYTES = 512 };

static bool is_control(unsigned char c)
{
    return c < 0x20 || c == 0x7f;
}

static void put_span(struct mw_writer *out, struct mw_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        mw_write_u8(out, is_control((unsigned char)text.data[i]) ? ' ' : (unsigned char)text.data[i]);
    }
}

static void put(struct mw_writer *out, const char *fmt, ...) MW_PRINTF(2, 3);
static void put(struct mw_writer *out, const char *fmt, ...)
{
    char piece[PIECE_BYTES];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(piece, sizeof piece, fmt, args);
    va_end(args);
    put_span(out, mw_span(piece));
}

/* "1.23 (0.48..0.93)" */
static void put_estimate(struct mw_writer *out, double middle, double low, double high)
{
    put(out, "%s (%s)", mw_format_estimate(middle).s, mw_format_range(low, high).s);
}

/* ---- one function per type
 * ------------------------------------------------------------------------------------ */

static void put_next_money(struct mw_writer *out, const struct mw_estimate *estimate)
{
    for (size_t i = 0; i < estimate->n_channels && i < CHANNELS_SHOWN; i++) {
        const struct mw_estimate_channel *channel = &estimate->channels[i];
        put(out, i == 0 ? " " : ", ");
        put_span(out, channel->channel);
        put(out, " ");
        put_estimate(out, channel->mroas.q50, channel->mroas.q05, channel->mroas.q95);
    }
    if (estimate->n_channels > CHANNELS_SHOWN) {
        put(out, " and %zu more", estimate->n_channels - CHANNELS_SHOWN);
    }
}

static void put_estimate_line(const void *body, struct mw_writer *out)
{
    const struct mw_estimate *estimate = body;
    put(out, "data to %s: ROI ", mw_format_date(estimate->data.settled_to).s);
    put_estimate(out, estimate->roi.q50, estimate->roi.q05, estimate->roi.q95);
    put(out, "; the next 1 returns");
    put_next_money(out, estimate);
    put(out, "; ESS %s of %lld", mw_format_fixed(estimate->health.ess, 0).s,
        (long long)estimate->model.particles);
}

static void put_move(struct mw_writer *out, const struct mw_allocation_move *move, struct mw_span period)
{
    put(out, "; ");
    if (move->text.len > 0) {
        put_span(out, move->text);
        return;
    }
    put(out, "moving %s of the budget brings %s a ", mw_format_percent(move->moved).s,
        mw_format_signed(move->lift.q50).s);
    put_span(out, period);
    put(out, " (%s), P(loss) %s", mw_format_range(move->lift.q05, move->lift.q95).s,
        mw_format_probability(move->p_loss).s);
}

static void put_allocation_line(const void *body, struct mw_writer *out)
{
    const struct mw_allocation *allocation = body;
    put(out, "efficiency ");
    put_estimate(out, allocation->efficiency.q50, allocation->efficiency.q05, allocation->efficiency.q95);
    put(out, " of 100");
    if (allocation->n_moves > 0) {
        put_move(out, &allocation->moves[0], allocation->period);
    }
    put(out, "; valid until %s, %s", mw_format_date(allocation->valid_until).s,
        mw_format_evidence(allocation->evidence));
}

static void put_experiment_line(const void *body, struct mw_writer *out)
{
    static const char *const states[] = {[MW_EXPERIMENT_WAITING] = "waiting",
                                         [MW_EXPERIMENT_RUNNING] = "running",
                                         [MW_EXPERIMENT_SIGNIFICANT] = "significant",
                                         [MW_EXPERIMENT_HARM] = "harm",
                                         [MW_EXPERIMENT_ENDED] = "ended",
                                         [MW_EXPERIMENT_INVALID] = "invalid"};
    const struct mw_experiment *experiment = body;
    const bool is_known = experiment->state >= 0 && experiment->state <= MW_EXPERIMENT_INVALID;
    put_span(out, experiment->channel);
    put(out, " day %lld %s: lift ", (long long)experiment->day,
        is_known ? states[experiment->state] : "unknown");
    put_estimate(out, experiment->lift_pct.mean, experiment->lift_pct.lower, experiment->lift_pct.upper);
    put(out, " %%, iROAS ");
    put_estimate(out, experiment->iroas.mean, experiment->iroas.lower, experiment->iroas.upper);
    if (experiment->reason.len > 0) {
        put(out, "; ");
        put_span(out, experiment->reason);
    }
}

static void put_alert_line(const void *body, struct mw_writer *out)
{
    static const char *const states[] = {
        [MW_ALERT_INACTIVE] = "inactive",     [MW_ALERT_PENDING] = "pending",   [MW_ALERT_FIRING] = "FIRING",
        [MW_ALERT_RECOVERING] = "recovering", [MW_ALERT_RESOLVED] = "resolved", [MW_ALERT_NODATA] = "no data",
        [MW_ALERT_SILENCED] = "silenced",     [MW_ALERT_EXPIRED] = "expired"};
    static const char *const severities[] = {"info", "warning", "error", "critical"};
    const struct mw_alert *alert = body;
    const bool is_known = alert->state >= 0 && alert->state <= MW_ALERT_EXPIRED;
    const bool is_graded = alert->severity >= 0 && alert->severity <= MW_SEVERITY_CRITICAL;
    put(out, "%s %s: ", is_known ? states[alert->state] : "unknown",
        is_graded ? severities[alert->severity] : "ungraded");
    put_span(out, alert->headline);
    if (alert->action.len > 0) {
        put(out, " -> ");
        put_span(out, alert->action);
    }
    if (alert->acknowledged || alert->silenced_by.len > 0) {
        put(out, alert->acknowledged ? " [acknowledged]" : " [silenced]");
    }
}

static void put_deadletter_line(const void *body, struct mw_writer *out)
{
    const struct mw_deadletter *letter = body;
    put_span(out, letter->topic);
    put(out, " %lld@%lld ", (long long)letter->partition, (long long)letter->offset);
    put_span(out, letter->reason);
    put(out, " at ");
    put_span(out, letter->pointer.len == 0 ? mw_span("/") : letter->pointer);
    put(out, ": ");
    put_span(out, letter->detail);
}

static const struct {
    const struct mw_type *type;
    void (*put)(const void *body, struct mw_writer *out);
} summaries[] = {
    {&mw_type_estimate, put_estimate_line},     {&mw_type_allocation, put_allocation_line},
    {&mw_type_experiment, put_experiment_line}, {&mw_type_alert, put_alert_line},
    {&mw_type_deadletter, put_deadletter_line},
};

void mw_summary_write(const struct mw_type *type, const void *body, struct mw_writer *out)
{
    for (size_t i = 0; i < sizeof summaries / sizeof summaries[0]; i++) {
        if (summaries[i].type == type) {
            summaries[i].put(body, out);
            return;
        }
    }
}
