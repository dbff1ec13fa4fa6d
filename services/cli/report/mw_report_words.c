// SPDX-License-Identifier: Apache-2.0
#include "mw_report_words.h"

#include "mw_html.h"

#include <math.h>

/* A move that loses more often than this is not put first, however much it might bring: one in ten is what a
 * reader of a recommendation takes for "safe enough to try". The others stay in the table with their
 * probability. */
static const double loss_accepted = 0.10;

double mw_report_amount(const struct mw_allocation_move *move)
{
    double amount = 0;
    for (size_t i = 0; i < move->n_channels; i++) {
        amount += fmax(move->channels[i].to - move->channels[i].from, 0);
    }
    return amount;
}

const struct mw_allocation_move *mw_report_first_move(const struct mw_allocation *allocation)
{
    const struct mw_allocation_move *best = NULL;
    for (size_t i = 0; allocation != NULL && i < allocation->n_moves; i++) {
        const struct mw_allocation_move *move = &allocation->moves[i];
        const bool is_sound =
            move->p_loss <= loss_accepted && move->lift.q50 > 0 && mw_report_amount(move) > 0;
        if (is_sound && (best == NULL || move->lift.q50 > best->lift.q50)) {
            best = move;
        }
    }
    return best;
}

/* What is below a thousandth of the money that moves is rounding of the optimum. */
static bool takes_part(const struct mw_allocation_move *move, const struct mw_move_channel *channel, int sign)
{
    return sign * (channel->to - channel->from) > 1e-3 * mw_report_amount(move);
}

static size_t count(const struct mw_allocation_move *move, int sign)
{
    size_t n = 0;
    for (size_t i = 0; i < move->n_channels; i++) {
        n += takes_part(move, &move->channels[i], sign);
    }
    return n;
}

/* "meta", "meta and tv", "meta (8,000), tv (3,000) and ooh (1,000)": amounts where there is more than one. */
static void put_side(struct mw_writer *out, const struct mw_allocation_move *move, int sign)
{
    const size_t n = count(move, sign);
    size_t n_put = 0;
    for (size_t i = 0; i < move->n_channels; i++) {
        const struct mw_move_channel *channel = &move->channels[i];
        if (!takes_part(move, channel, sign)) {
            continue;
        }
        mw_html_put(out, "%s", n_put == 0 ? "" : n_put + 1 == n ? " and " : ", ");
        mw_html_text(out, channel->channel);
        if (n > 1) {
            mw_html_put(out, " (%s)", mw_format_estimate(fabs(channel->to - channel->from)).s);
        }
        n_put++;
    }
}

static void put_money(struct mw_writer *out, double amount, struct mw_span currency)
{
    mw_html_put(out, "%s", mw_format_estimate(amount).s);
    if (currency.len > 0) {
        mw_html_put(out, "&nbsp;");
        mw_html_text(out, currency);
    }
}

void mw_report_put_shift(struct mw_writer *out, const struct mw_report_findings *findings,
                         const struct mw_allocation_move *move)
{
    mw_html_put(out, "Move ");
    put_money(out, mw_report_amount(move), findings->allocation->currency);
    mw_html_put(out, " a %s from ", mw_report_period(findings));
    put_side(out, move, -1);
    mw_html_put(out, " to ");
    put_side(out, move, 1);
}

void mw_report_put_gain(struct mw_writer *out, const struct mw_report_findings *findings,
                        const struct mw_allocation_move *move)
{
    mw_html_put(out, "<strong>%s</strong> (%s) ", mw_format_signed(move->lift.q50).s,
                mw_format_range(move->lift.q05, move->lift.q95).s);
    mw_html_text(out, findings->estimate->outcome);
    mw_html_put(out, " a %s, <span class=\"keep\">P(loss) %s</span>", mw_report_period(findings),
                mw_report_probability(move->p_loss).s);
}

struct mw_text mw_report_probability(double share)
{
    struct mw_text text = mw_format_probability(share);
    if (text.s[0] == '<' || text.s[0] == '>') { /* the only characters of a number that HTML minds */
        const char *entity = text.s[0] == '<' ? "&lt;" : "&gt;";
        memmove(text.s + strlen(entity), text.s + 1, sizeof text.s - strlen(entity));
        memcpy(text.s, entity, strlen(entity));
        text.s[sizeof text.s - 1] = '\0';
    }
    return text;
}
