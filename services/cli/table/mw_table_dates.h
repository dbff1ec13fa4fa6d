/* mw_table_dates.h: the calendar that the dates of a table lie on. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_time.h"

enum mw_spacing { MW_SPACING_DAY, MW_SPACING_WEEK, MW_SPACING_MONTH };

/* Sorts in place and drops repeats and MW_DATE_NONE; returns how many are left. */
size_t mw_dates_sort(mw_date dates[], size_t n);
/* By the commonest gap between sorted distinct dates: 7 is weekly, 28 or more monthly (or longer), else
 * daily. */
enum mw_spacing mw_dates_spacing(const mw_date sorted[], size_t n);
