/* mw_format.h: numbers as people read them, the same in every line and page that the command line prints.
 *
 * A number that was booked is shown as it is: 12,345  123.4 as 123  12.3  1.23. An estimate is shown to three digits,
 * 12,300, because the others are noise; both ends of a range to the same place. What is not a number is "n/a". A range
 * is written "0.48..0.93": a dash would read as a minus. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_messages.h"

enum { MW_FORMAT_BYTES = 64 };
struct mw_text {
    char s[MW_FORMAT_BYTES];
};

struct mw_text mw_format_number(double value);
struct mw_text mw_format_estimate(double value);
/* An estimate with its sign, also when positive. */
struct mw_text mw_format_signed(double value);
struct mw_text mw_format_range(double low, double high);
/* With exactly `decimals` of them, 0..9, for columns of a table. */
struct mw_text mw_format_fixed(double value, int decimals);
struct mw_text mw_format_signed_fixed(double value, int decimals);
struct mw_text mw_format_range_fixed(double low, double high, int decimals);
/* 0.063 is "6 %"; what is nearly never or nearly always is said so: "< 1 %", "> 99 %". */
struct mw_text mw_format_probability(double share);
/* 0.123 is "12.3 %". */
struct mw_text mw_format_percent(double share);
/* "2026-01-31" or "n/a". */
struct mw_text mw_format_date(mw_date date);
const char *mw_format_evidence(int evidence);
