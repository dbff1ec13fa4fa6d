/* Who earns what and what to do about it, in tables of at most 100 columns. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_format.h"
#include "mw_layout.h"
#include "mw_report_words.h"
#include "terminal.h"

#include <math.h>
#include <stdio.h>

enum { NAME_CHARS_MAX = 24 };

static void print_sheet(const struct mw_sheet *sheet)
{
    struct mw_writer text = {0};
    mw_sheet_write(sheet, &text);
    (void)fwrite(text.data, 1, text.len, stdout);
    mw_writer_fini(&text);
}

static struct mw_text text_of(const char *s)
{
    struct mw_text text;
    (void)snprintf(text.s, sizeof text.s, "%s", s);
    return text;
}

static struct mw_text name_of(struct mw_span name)
{
    struct mw_text text;
    (void)snprintf(text.s, sizeof text.s, "%.*s", name.len < NAME_CHARS_MAX ? (int)name.len : NAME_CHARS_MAX,
                   name.data);
    return text;
}

/* "4.52 (2.64..7.97)" */
static struct mw_text with_range(double middle, double low, double high)
{
    struct mw_text text;
    (void)snprintf(text.s, sizeof text.s, "%.20s (%.40s)", mw_format_number(middle).s,
                   mw_format_range(low, high).s);
    return text;
}

/* A sentence between the margins, broken where the terminal ends. */
static void print_sentence(struct mw_writer *sentence)
{
    struct mw_writer text = {0};
    const struct mw_paragraph shape = {.column = 2, .indent = 2, .width = terminal_width()};
    mw_paragraph_write(&shape, mw_writer_span(sentence), &text);
    (void)printf("  " MW_SPAN_FMT "\n", MW_SPAN_ARG(mw_writer_span(&text)));
    mw_writer_fini(&text);
    mw_writer_fini(sentence);
}

/* ---- who earns what ---- */

enum { EARN_CHANNEL, EARN_SPEND, EARN_SHARE, EARN_ROI, EARN_MROAS, EARN_BELOW, N_EARN };

/* "P(<1)": the head of the column says which floor. */
static struct mw_text below_floor(const struct mw_estimate *estimate)
{
    struct mw_text text;
    (void)snprintf(text.s, sizeof text.s, "P(<%g)", estimate->channels[0].mroas.floor);
    return text;
}

static struct mw_text earn_cell(const void *self, size_t row, size_t column)
{
    static const char *const head[N_EARN] = {"channel", "spend", "share %", "ROI", "mROAS", NULL};
    const struct mw_estimate *estimate = self;
    if (row == 0) {
        return column == EARN_BELOW ? below_floor(estimate) : text_of(head[column]);
    }
    const struct mw_estimate_channel *c = &estimate->channels[row - 1];
    switch (column) {
    case EARN_CHANNEL:
        return name_of(c->channel);
    case EARN_SPEND:
        return mw_format_number(c->spend_recent);
    case EARN_SHARE:
        return with_range(c->share.q50 * 100, c->share.q05 * 100, c->share.q95 * 100);
    case EARN_ROI:
        return with_range(c->roi.q50, c->roi.q05, c->roi.q95);
    case EARN_MROAS:
        return with_range(c->mroas.q50, c->mroas.q05, c->mroas.q95);
    default:
        return mw_format_probability(c->mroas.p_below_floor);
    }
}

static void print_earn_legend(const struct mw_estimate *estimate, const struct mw_allocation *allocation,
                              bool has_floor)
{
    struct mw_writer text = {0};
    const struct mw_span currency = estimate->currency, outcome = estimate->outcome;
    const struct mw_span period = allocation == NULL ? mw_span("period") : allocation->period;
    terminal_put(&text,
                 "Spend: " MW_SPAN_FMT " a " MW_SPAN_FMT
                 ", mean of the last 28 days. Over the whole history: "
                 "share of " MW_SPAN_FMT "; ROI: " MW_SPAN_FMT " per " MW_SPAN_FMT
                 " spent. mROAS: what 1 " MW_SPAN_FMT " more would bring now",
                 MW_SPAN_ARG(currency), MW_SPAN_ARG(period), MW_SPAN_ARG(outcome), MW_SPAN_ARG(outcome),
                 MW_SPAN_ARG(currency), MW_SPAN_ARG(currency));
    if (has_floor) {
        const double floor = estimate->channels[0].mroas.floor;
        terminal_put(&text, "; P(<%g): how likely that is less than %.2f", floor, floor);
    }
    terminal_put(&text, ". In brackets: 90 %% ranges.");
    print_sentence(&text);
}

/* Channels that a test of them answers to, a sentence a grade: "Evidence: observational: tv, search". */
static void print_evidence(const struct mw_estimate *estimate)
{
    static const char *const meanings[] = {[MW_EVIDENCE_OBSERVATIONAL] =
                                               " (from history alone, no test has entered)",
                                           [MW_EVIDENCE_TEST_ADJACENT] = " (a test of something near)",
                                           [MW_EVIDENCE_TEST_CALIBRATED] = " (held against a test of it)"};
    for (int grade = MW_EVIDENCE_TEST_CALIBRATED; grade >= MW_EVIDENCE_OBSERVATIONAL; grade--) {
        struct mw_writer text = {0};
        size_t n = 0;
        for (size_t c = 0; c < estimate->n_channels; c++) {
            const struct mw_estimate_channel *channel = &estimate->channels[c];
            if (channel->evidence == grade && n++ == 0) {
                terminal_put(&text, "Evidence %s%s: ", mw_format_evidence(grade), meanings[grade]);
            }
            if (channel->evidence == grade) {
                terminal_put(&text, "%s" MW_SPAN_FMT, n > 1 ? ", " : "", MW_SPAN_ARG(channel->channel));
            }
        }
        if (n > 0) {
            print_sentence(&text);
        }
    }
}

/* What is still the assumption made before any data, more than what the data say. */
static void print_doubts(const struct mw_estimate *estimate)
{
    struct mw_writer text = {0};
    size_t n = 0;
    for (size_t c = 0; c < estimate->n_channels; c++) {
        const struct mw_estimate_channel *channel = &estimate->channels[c];
        if (!mw_span_is(channel->verdict, "identified")) {
            terminal_put(&text, "%s" MW_SPAN_FMT,
                         n++ == 0 ? "Not settled by data alone, the prior assumption still weighs: " : ", ",
                         MW_SPAN_ARG(channel->channel));
        }
    }
    if (n > 0) {
        print_sentence(&text);
    }
    mw_writer_fini(&text);
}

static void print_earn(const struct mw_estimate *estimate, const struct mw_allocation *allocation)
{
    const bool has_floor = estimate->n_channels > 0 && isfinite(estimate->channels[0].mroas.floor);
    (void)printf("\nWho earns what: " MW_SPAN_FMT ", data settled to %s (%lld day%s old)\n\n",
                 MW_SPAN_ARG(estimate->outcome), mw_format_date(estimate->data.settled_to).s,
                 (long long)estimate->data.age_days, estimate->data.age_days == 1 ? "" : "s");
    print_sheet(&(struct mw_sheet){.n_rows = estimate->n_channels + 1,
                                   .n_columns = has_floor ? N_EARN : N_EARN - 1,
                                   .cell = earn_cell,
                                   .self = estimate});
    (void)printf("\n");
    print_earn_legend(estimate, allocation, has_floor);
    print_evidence(estimate);
    print_doubts(estimate);
    (void)printf("  Model: R2 %s, %s of %s particles effective\n", mw_format_number(estimate->fit.r2).s,
                 mw_format_fixed(estimate->health.ess, 0).s,
                 mw_format_fixed((double)estimate->model.particles, 0).s);
}

/* ---- what to do about it ---- */

enum { SPLIT_CHANNEL, SPLIT_NOW, SPLIT_BEST, SPLIT_CHANGE, N_SPLIT };

static struct mw_text split_cell(const void *self, size_t row, size_t column)
{
    static const char *const head[N_SPLIT] = {"channel", "now", "best", "change"};
    const struct mw_allocation *allocation = self;
    if (row == 0) {
        return text_of(head[column]);
    }
    const struct mw_allocation_channel *c = &allocation->channels[row - 1];
    switch (column) {
    case SPLIT_CHANNEL:
        return name_of(c->channel);
    case SPLIT_NOW:
        return mw_format_number(c->current);
    case SPLIT_BEST:
        return mw_format_estimate(c->optimal);
    default:
        return mw_format_signed(c->optimal - c->current);
    }
}

static void print_split(const struct mw_allocation *allocation)
{
    struct mw_writer text = {0};
    (void)printf("\nBest split of " MW_SPAN_FMT " %s a " MW_SPAN_FMT ", valid until %s\n\n",
                 MW_SPAN_ARG(allocation->currency), mw_format_number(allocation->total).s,
                 MW_SPAN_ARG(allocation->period), mw_format_date(allocation->valid_until).s);
    print_sheet(&(struct mw_sheet){
        .n_rows = allocation->n_channels + 1, .n_columns = N_SPLIT, .cell = split_cell, .self = allocation});
    (void)printf("\n");
    terminal_put(&text, "Budget efficiency today: %s of 100 (%s); 100 is the best split.",
                 mw_format_number(allocation->efficiency.q50).s,
                 mw_format_range(allocation->efficiency.q05, allocation->efficiency.q95).s);
    print_sentence(&text);
}

/* "conservative: 5.0 % of the budget, +1,260 revenue a day (900..1,570), P(loss) < 1 %", and below it who gives and
 * who takes. */
static void print_move(const struct mw_allocation *allocation, const struct mw_allocation_move *move)
{
    struct mw_writer text = {0};
    (void)printf("  %-13.*s %s of the budget: %s " MW_SPAN_FMT " a " MW_SPAN_FMT " (%s), P(loss) %s\n",
                 MW_SPAN_ARG(move->name), mw_format_percent(move->moved).s,
                 mw_format_signed(move->lift.q50).s, MW_SPAN_ARG(allocation->outcome),
                 MW_SPAN_ARG(allocation->period), mw_format_range(move->lift.q05, move->lift.q95).s,
                 mw_format_probability(move->p_loss).s);
    for (size_t c = 0; c < move->n_channels; c++) {
        const double change = move->channels[c].to - move->channels[c].from;
        if (fabs(change) > 1e-3 * mw_report_amount(move)) {
            terminal_put(&text, "%s" MW_SPAN_FMT " %s", mw_writer_span(&text).len > 0 ? ", " : "",
                         MW_SPAN_ARG(move->channels[c].channel), mw_format_signed(change).s);
        }
    }
    struct mw_writer lines = {0};
    mw_paragraph_write(&(struct mw_paragraph){16, 16, terminal_width()}, mw_writer_span(&text), &lines);
    (void)printf("%16s" MW_SPAN_FMT "\n", "", MW_SPAN_ARG(mw_writer_span(&lines)));
    mw_writer_fini(&lines);
    mw_writer_fini(&text);
}

static void print_moves(const struct mw_allocation *allocation)
{
    struct mw_writer text = {0};
    (void)printf("\nSteps towards it, of which to take one (evidence: %s)\n\n",
                 mw_format_evidence(allocation->evidence));
    for (size_t i = 0; i < allocation->n_moves; i++) {
        print_move(allocation, &allocation->moves[i]);
    }
    if (mw_report_first_move(allocation) == NULL) {
        (void)printf("\n");
        terminal_put(&text,
                     "None of them gains with a probability of loss of 10 %% or less: leave the budget "
                     "where it is.");
        print_sentence(&text);
    }
    mw_writer_fini(&text);
}

void terminal_estimate(const struct mw_estimate *estimate, const struct mw_allocation *allocation)
{
    print_earn(estimate, allocation);
    if (allocation != NULL) {
        print_split(allocation);
        print_moves(allocation);
    }
    (void)fflush(stdout);
}
