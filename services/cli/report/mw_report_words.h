/* mw_report_words.h: the sentences of the report that say what to do. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_report_internal.h"

/* The move to say first: the one that brings most among those that lose with a probability of at most 10 %;
 * NULL when none is that sound, which is advice too. */
const struct mw_allocation_move *mw_report_first_move(const struct mw_allocation *allocation);
/* Money that changes channels, per period. */
double mw_report_amount(const struct mw_allocation_move *move);
/* "Move 12,000 USD a week from meta to search". */
void mw_report_put_shift(struct mw_writer *out, const struct mw_report_findings *findings,
                         const struct mw_allocation_move *move);
/* "+9,600 (2,100..17,500) revenue a week, P(loss) 6 %". */
void mw_report_put_gain(struct mw_writer *out, const struct mw_report_findings *findings,
                        const struct mw_allocation_move *move);
/* mw_format_probability with "<" and ">" as HTML wants them. */
struct mw_text mw_report_probability(double share);
