// SPDX-License-Identifier: Apache-2.0
#include "mw_table_dates.h"

#include <stdlib.h>

enum { GAP_MAX = 32 };

static int compare(const void *a, const void *b)
{
    const mw_date x = *(const mw_date *)a, y = *(const mw_date *)b;
    return (x > y) - (x < y);
}

size_t mw_dates_sort(mw_date dates[], size_t n)
{
    size_t kept = 0;
    qsort(dates, n, sizeof *dates, compare);
    for (size_t i = 0; i < n; i++) {
        if (dates[i] != MW_DATE_NONE && (kept == 0 || dates[kept - 1] != dates[i])) {
            dates[kept++] = dates[i];
        }
    }
    return kept;
}

enum mw_spacing mw_dates_spacing(const mw_date sorted[], size_t n)
{
    size_t counts[GAP_MAX + 1] = {0}; /* by gap; the last is for all longer ones */
    size_t commonest = 1;
    for (size_t i = 1; i < n; i++) {
        const int64_t gap = (int64_t)sorted[i] - sorted[i - 1];
        counts[gap < GAP_MAX ? gap : GAP_MAX]++;
    }
    for (size_t gap = 2; gap <= GAP_MAX; gap++) {
        commonest = counts[gap] > counts[commonest] ? gap : commonest;
    }
    return commonest == 7 ? MW_SPACING_WEEK : commonest >= 28 ? MW_SPACING_MONTH : MW_SPACING_DAY;
}
