/* updater_rows.h: what the journal says about each period, as the model wants it: one row per period, one column
 * per channel, control, event and the outcome; NaN where nothing is known. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_bytes.h"
#include "mw_time.h"

struct updater_rows {
    mw_date first; /* of row 0; MW_DATE_NONE while empty */
    int32_t step_days;
    size_t n_columns;
    double *values; /* n_rows x n_columns */
    size_t n_rows, capacity;
};

enum { UPDATER_ROWS_MAX = 4096 }; /* far beyond what a model holds: a journal that asks for more is damaged */

void updater_rows_init(struct updater_rows *rows, int32_t step_days, size_t n_columns);
void updater_rows_fini(struct updater_rows *rows);
/* Writes a value, adding rows before or after as needed. MW_E_FULL, MW_E_MEMORY. */
MW_MUST_USE enum mw_status updater_rows_set(struct updater_rows *rows, mw_date date, size_t column,
                                            double value, struct mw_error *err);
/* NaN when the row is not there. */
double updater_rows_get(const struct updater_rows *rows, mw_date date, size_t column);
/* The same dates with other columns: column k of the result is column from[k] of rows, SIZE_MAX: unknown. */
MW_MUST_USE enum mw_status updater_rows_remap(struct updater_rows *rows, size_t n_columns,
                                              const size_t from[], struct mw_error *err);
void updater_rows_save(const struct updater_rows *rows, struct mw_writer *out);
/* MW_E_DATA, MW_E_MEMORY. */
MW_MUST_USE enum mw_status updater_rows_load(struct updater_rows *rows, struct mw_reader *in,
                                             struct mw_error *err);
