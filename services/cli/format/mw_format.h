/* mw_format.h: numbers as people read them, the same in every line and page that the command line prints.
 *
 * Digits follow the size, so that three or so carry meaning: 12,345  1,234  123  12.3  1.23  0.12  0.012.
 * What is not a number is written "n/a". A range is written "0.48..0.93": a dash would read as a minus. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_messages.h"

enum { MW_FORMAT_BYTES = 64 };
struct mw_text {
    char s[MW_FORMAT_BYTES];
};

struct mw_text mw_format_number(double value);
/* With exactly `decimals` of them, 0..9, for columns of a table. */
struct mw_text mw_format_fixed(double value, int decimals);
/* With its sign, also when positive. */
struct mw_text mw_format_signed(double value);
struct mw_text mw_format_range(double low, double high);
/* 0.063 is "6 %"; what is nearly never or nearly always is said so: "< 1 %", "> 99 %". */
struct mw_text mw_format_probability(double share);
/* 0.123 is "12.3 %". */
struct mw_text mw_format_percent(double share);
/* "2026-01-31" or "n/a". */
struct mw_text mw_format_date(mw_date date);
const char *mw_format_evidence(int evidence);
