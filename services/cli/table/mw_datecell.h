/* mw_datecell.h: dates as people and programs write them in tables.
 *
 *   2024-01-31, 2024/1/31, 20240131       year first
 *   1/31/2024, 31/1/2024, 31.1.2024       with '.' the day comes first; two-digit years are 1969 .. 2068
 *   2 Jan 2024, 2-Jan-24, January 2, 2024, Wed, 31 Jan 2024
 *   2024-01, Jan 2024                     a month: its first day
 *   any of them with a time of day behind ("2024-01-31T00:00:00Z", "1/31/2024 12:00 AM"), which is dropped
 *
 * In which order the parts of "4/5/2024" stand is a property of a column, never of one cell: each cell leaves
 * some orders possible, and what all cells leave is what the column is. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_time.h"

enum mw_date_order { /* a set */
                     MW_DATE_NO_ORDER = 0,
                     MW_DATE_YMD = 1,
                     MW_DATE_MDY = 2,
                     MW_DATE_DMY = 4,
};
#define MW_DATE_ANY_ORDER ((unsigned)(MW_DATE_YMD | MW_DATE_MDY | MW_DATE_DMY))

/* The orders under which the text is a date; a text that names its month is a date in all of them. */
unsigned mw_date_orders(struct mw_span text);
/* The date under one order; false when the text is none. */
bool mw_date_read(struct mw_span text, enum mw_date_order order, mw_date *out);
/* Whether the text gives a month only ("2024-01", "Jan 2024"). */
bool mw_date_is_month(struct mw_span text);

/* "ymd", "mdy", "dmy"; the other way MW_DATE_NO_ORDER for anything else. */
const char *mw_date_order_name(enum mw_date_order order);
enum mw_date_order mw_date_order_of(struct mw_span name);
/* The one order to read a column by, when its cells agree on one: no order, or several that give the same
 * date for all cells (texts with named months), which is MW_DATE_YMD. MW_DATE_NO_ORDER when it is open. */
enum mw_date_order mw_date_order_decide(unsigned orders);
