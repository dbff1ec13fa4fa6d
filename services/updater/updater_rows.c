// SPDX-License-Identifier: Apache-2.0
#include "updater_rows.h"

#include "mw_math.h"

#include <math.h>
#include <stdlib.h>

void updater_rows_init(struct updater_rows *rows, int32_t step_days, size_t n_columns)
{
    *rows = (struct updater_rows){.first = MW_DATE_NONE, .step_days = step_days, .n_columns = n_columns};
}

void updater_rows_fini(struct updater_rows *rows)
{
    free(rows->values);
    *rows = (struct updater_rows){.first = MW_DATE_NONE};
}

static enum mw_status reserve(struct updater_rows *rows, size_t n_rows, struct mw_error *err)
{
    if (n_rows > UPDATER_ROWS_MAX) {
        return MW_FAIL(err, MW_E_FULL, "%zu periods between the first and the last date: at most %d are kept",
                       n_rows, UPDATER_ROWS_MAX);
    }
    if (n_rows <= rows->capacity) {
        return MW_OK;
    }
    size_t capacity = rows->capacity == 0 ? 64 : rows->capacity;
    while (capacity < n_rows) {
        capacity *= 2;
    }
    double *values = realloc(rows->values, capacity * rows->n_columns * sizeof *values);
    if (values == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for %zu periods", capacity);
    }
    rows->values = values;
    rows->capacity = capacity;
    return MW_OK;
}

static void fill_unknown(double *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        values[i] = MW_NAN;
    }
}

/* Makes room for n rows before row 0. */
static enum mw_status grow_front(struct updater_rows *rows, size_t n, struct mw_error *err)
{
    MW_TRY(reserve(rows, rows->n_rows + n, err));
    const size_t width = rows->n_columns;
    memmove(rows->values + n * width, rows->values, rows->n_rows * width * sizeof *rows->values);
    fill_unknown(rows->values, n * width);
    rows->n_rows += n;
    rows->first -= (mw_date)n * rows->step_days;
    return MW_OK;
}

static enum mw_status grow_back(struct updater_rows *rows, size_t n_rows, struct mw_error *err)
{
    MW_TRY(reserve(rows, n_rows, err));
    fill_unknown(rows->values + rows->n_rows * rows->n_columns, (n_rows - rows->n_rows) * rows->n_columns);
    rows->n_rows = n_rows;
    return MW_OK;
}

enum mw_status updater_rows_set(struct updater_rows *rows, mw_date date, size_t column, double value,
                                struct mw_error *err)
{
    rows->first = rows->first == MW_DATE_NONE ? date : rows->first;
    if (date < rows->first) {
        MW_TRY(grow_front(rows, (size_t)((rows->first - date) / rows->step_days), err));
    }
    const size_t row = (size_t)((date - rows->first) / rows->step_days);
    if (row >= rows->n_rows) {
        MW_TRY(grow_back(rows, row + 1, err));
    }
    rows->values[row * rows->n_columns + column] = value;
    return MW_OK;
}

double updater_rows_get(const struct updater_rows *rows, mw_date date, size_t column)
{
    if (rows->first == MW_DATE_NONE || date < rows->first) {
        return MW_NAN;
    }
    const size_t row = (size_t)((date - rows->first) / rows->step_days);
    return row < rows->n_rows ? rows->values[row * rows->n_columns + column] : MW_NAN;
}

enum mw_status updater_rows_remap(struct updater_rows *rows, size_t n_columns, const size_t from[],
                                  struct mw_error *err)
{
    struct updater_rows wider;
    updater_rows_init(&wider, rows->step_days, n_columns);
    wider.first = rows->first;
    if (rows->n_rows > 0) {
        MW_TRY(grow_back(&wider, rows->n_rows, err));
    }
    for (size_t row = 0; row < rows->n_rows; row++) {
        for (size_t k = 0; k < n_columns; k++) {
            if (from[k] != SIZE_MAX) {
                wider.values[row * n_columns + k] = rows->values[row * rows->n_columns + from[k]];
            }
        }
    }
    updater_rows_fini(rows);
    *rows = wider;
    return MW_OK;
}

void updater_rows_save(const struct updater_rows *rows, struct mw_writer *out)
{
    mw_write_i32(out, rows->first);
    mw_write_i32(out, rows->step_days);
    mw_write_u64(out, rows->n_columns);
    mw_write_u64(out, rows->n_rows);
    mw_write_f64s(out, rows->values, rows->n_rows * rows->n_columns);
}

enum mw_status updater_rows_load(struct updater_rows *rows, struct mw_reader *in, struct mw_error *err)
{
    const mw_date first = mw_read_i32(in);
    const int32_t step_days = mw_read_i32(in);
    const uint64_t n_columns = mw_read_u64(in);
    updater_rows_init(rows, step_days, (size_t)n_columns);
    const size_t n_rows =
        n_columns > SIZE_MAX / 64 ? 0 : mw_read_count(in, (size_t)n_columns * sizeof(double));
    MW_TRY(mw_reader_status(in, err));
    rows->first = first;
    if (n_rows > 0) {
        MW_TRY(grow_back(rows, n_rows, err));
        mw_read_f64s(in, rows->values, n_rows * rows->n_columns);
    }
    return mw_reader_status(in, err);
}
