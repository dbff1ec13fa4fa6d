/* geo_table.h: a long table (place, period, value) of the shared data folder as a matrix. For tests only. The
 * folder is MW_SHARED, by default ../shared beside the source tree. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stddef.h>

struct geo_table {
    size_t n_geos, n_periods;
    char geo[64][48];
    char period[256][16];
    double *y; /* geo i in period t: y[i * n_periods + t] */
};

struct geo_table_columns {
    char separator;
    int geo, period, value; /* from 0; geo -1: a wide table, all rows are one place named "all" */
};

/* NULL when the file is absent or holds more than fits. `path` is below data/ of the folder. */
struct geo_table *geo_table_open(const char *path, struct geo_table_columns columns);
void geo_table_close(struct geo_table **table);
/* The series of a place; aborts the test on an unknown name. */
const double *geo_table_series(const struct geo_table *table, const char *geo);
/* All series but those named, one after the other; `names[j]` is the place of series j. Freed by the caller.
 */
double *geo_table_others(const struct geo_table *table, const char *const *but, size_t n_but, size_t *n,
                         const char **names);
