// SPDX-License-Identifier: Apache-2.0
#include "mw_table_internal.h"

#include "mw_shape.h"
#include <math.h>
#include <stdlib.h>

enum { NUMBERS_MAX = 50000000 };

/* ---- sizes -------------------------------------------------------------------------------------------- */

const char *mw_loader_period_name(const struct mw_tenant *tenant)
{
    return tenant->grid == MW_GRID_WEEK ? "week" : "day";
}

size_t mw_table_at_geo(const struct mw_table *t, size_t i_period, size_t i_geo)
{
    return i_period * t->source.n_geos + i_geo;
}

size_t mw_table_at_spend(const struct mw_table *t, size_t i_period, size_t i_channel, size_t i_geo)
{
    return (i_period * t->tenant.n_channels + i_channel) * t->source.n_geos + i_geo;
}

enum mw_status mw_loader_fail_memory(const struct mw_loader *l)
{
    return MW_FAIL(l->err, MW_E_MEMORY, "%s: no memory for a table of %zu rows", l->csv->name,
                   l->csv->n_rows);
}

/* ---- columns ------------------------------------------------------------------------------------------ */

static size_t column_or_none(const struct mw_loader *l, struct mw_span name)
{
    return name.len == 0 ? MW_CSV_NONE : mw_csv_column(l->csv, name);
}

/* The guess has checked that named columns are there. */
static enum mw_status find_columns(struct mw_loader *l)
{
    const struct mw_tenant *t = &l->table->tenant;
    l->i_geo = column_or_none(l, t->geo.column);
    l->i_outcome = column_or_none(l, t->outcome.column);
    l->i_times = column_or_none(l, t->outcome.times);
    l->i_channel = t->long_form == NULL ? MW_CSV_NONE : column_or_none(l, t->long_form->channel);
    l->i_long_spend = t->long_form == NULL ? MW_CSV_NONE : column_or_none(l, t->long_form->spend);
    l->spend_columns = mw_new_array(&l->arena, size_t, t->n_channels);
    l->factor_columns = mw_new_array(&l->arena, size_t, l->table->n_factors);
    if (l->spend_columns == NULL || l->factor_columns == NULL) {
        return mw_loader_fail_memory(l);
    }
    for (size_t i = 0; i < t->n_channels; i++) {
        l->spend_columns[i] =
            l->i_channel != MW_CSV_NONE ? l->i_long_spend : column_or_none(l, t->channels[i].column);
    }
    for (size_t i = 0; i < t->n_controls; i++) {
        l->factor_columns[i] = column_or_none(l, t->controls[i].column);
    }
    for (size_t i = 0; i < t->n_events; i++) {
        l->factor_columns[t->n_controls + i] = column_or_none(l, t->events[i].column);
    }
    return MW_OK;
}

/* A table file may list things for other sources, without a column; a table cannot bring them. */
static enum mw_status check_columns(const struct mw_loader *l)
{
    const struct mw_tenant *t = &l->table->tenant;
    for (size_t i = 0; i < t->n_channels; i++) {
        if (l->spend_columns[i] == MW_CSV_NONE) {
            return MW_FAIL(l->err, MW_E_DATA,
                           "%s: channel \"" MW_SPAN_FMT "\" has no column: add \"column\" to it in the table "
                           "file",
                           l->csv->name, MW_SPAN_ARG(t->channels[i].channel));
        }
    }
    for (size_t i = 0; i < l->table->n_factors; i++) {
        const struct mw_span name =
            i < t->n_controls ? t->controls[i].name : t->events[i - t->n_controls].name;
        if (l->factor_columns[i] == MW_CSV_NONE) {
            return MW_FAIL(l->err, MW_E_DATA,
                           "%s: the %s \"" MW_SPAN_FMT "\" has no column: add \"column\" to it in the table "
                           "file",
                           l->csv->name, i < t->n_controls ? "control" : "event", MW_SPAN_ARG(name));
        }
    }
    return MW_OK;
}

/* ---- places and periods ------------------------------------------------------------------------------- */

/* What keeps a text from being the name of a place (mw_charset_label), or NULL. */
static const char *label_fault(struct mw_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7f) {
            return "holds a control character";
        }
    }
    return text.len == 0 ? "is blank" : text.len > 256 ? "is longer than 256 bytes" : NULL;
}

static enum mw_status read_geos(struct mw_loader *l)
{
    struct mw_table *t = l->table;
    for (size_t i = 0; i < l->csv->n_rows; i++) {
        const struct mw_span name = l->i_geo == MW_CSV_NONE ? mw_span("") : mw_csv_cell(l->csv, i, l->i_geo);
        const char *fault = l->i_geo == MW_CSV_NONE ? NULL : label_fault(name);
        if (fault != NULL) {
            return mw_csv_fail(l->csv, i, l->i_geo, l->err, "the place %s: name it, or remove the row",
                               fault);
        }
        MW_TRY(mw_names_add(&l->geos, name, &l->row_geo[i], l->err));
        if (l->geos.n > MW_GEOS_MAX) {
            return mw_csv_fail(l->csv, i, l->i_geo, l->err, "more than %d places: use larger ones",
                               MW_GEOS_MAX);
        }
    }
    struct mw_span *geos = mw_new_array(&t->arena, struct mw_span, l->geos.n);
    for (size_t i = 0; geos != NULL && i < l->geos.n; i++) {
        geos[i] = mw_arena_copy(&t->arena, l->geos.items[i]);
    }
    t->source.geos = geos;
    t->source.n_geos = l->geos.n;
    return geos == NULL || geos[l->geos.n - 1].data == NULL ? mw_loader_fail_memory(l) : MW_OK;
}

static enum mw_status check_date(const struct mw_loader *l, size_t i_row)
{
    const struct mw_span text = mw_csv_cell(l->csv, i_row, l->guess->i_date);
    if (l->guess->dates[i_row] != MW_DATE_NONE) {
        return MW_OK;
    }
    if (text.len == 0) {
        return mw_csv_fail(l->csv, i_row, l->guess->i_date, l->err,
                           "the date is blank: fill it in, or remove the row");
    }
    return mw_csv_fail(l->csv, i_row, l->guess->i_date, l->err,
                       "\"" MW_SPAN_FMT "\" is not a date with the parts in the order "
                       "\"" MW_SPAN_FMT "\": write dates like 2026-01-31",
                       MW_SPAN_ARG(text), MW_SPAN_ARG(l->table->tenant.date.format));
}

/* The first period and how many there are. A weekly table keeps the weekday of its first date. */
static enum mw_status find_periods(struct mw_loader *l)
{
    const int days = mw_period_days(&l->table->tenant);
    mw_date first = MW_DATE_NONE, last = MW_DATE_NONE;
    for (size_t i = 0; i < l->csv->n_rows; i++) {
        MW_TRY(check_date(l, i));
        const mw_date date = l->guess->dates[i];
        first = first == MW_DATE_NONE || date < first ? date : first;
        last = date > last ? date : last;
    }
    for (size_t i = 0; i < l->csv->n_rows; i++) {
        const int off = (l->guess->dates[i] - first) % days;
        if (off != 0) {
            return mw_csv_fail(l->csv, i, l->guess->i_date, l->err,
                               "\"" MW_SPAN_FMT "\" is %d days off the weeks of the other "
                               "rows: all dates of a weekly table must fall on one weekday",
                               MW_SPAN_ARG(mw_csv_cell(l->csv, i, l->guess->i_date)), off);
        }
        l->row_period[i] = (uint32_t)((l->guess->dates[i] - first) / days);
    }
    l->table->first = first;
    l->table->n_periods = (size_t)((last - first) / days) + 1;
    return MW_OK;
}

static enum mw_status check_week_start(const struct mw_loader *l)
{
    struct mw_tenant *t = &l->table->tenant;
    if (t->grid != MW_GRID_WEEK) {
        return MW_OK;
    }
    const int weekday = mw_date_weekday(l->table->first);
    if (t->week_start >= 0 && t->week_start != weekday) {
        return mw_csv_fail(l->csv, 0, l->guess->i_date, l->err,
                           "the weeks of the table begin on another weekday than "
                           "\"week_start\" says: leave it out of the table file");
    }
    t->week_start = weekday;
    return MW_OK;
}

/* ---- memory ------------------------------------------------------------------------------------------- */

static void fill_nan(double *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        values[i] = (double)NAN;
    }
}

static enum mw_status take_memory(struct mw_loader *l)
{
    struct mw_table *t = l->table;
    const size_t n_cells = t->n_periods * t->source.n_geos, n_spend = n_cells * t->tenant.n_channels;
    const size_t n_factors = t->n_periods * t->n_factors;
    if (n_cells + n_spend + n_factors > NUMBERS_MAX) {
        return MW_FAIL(l->err, MW_E_FULL,
                       "%s: %zu periods of %zu channels and %zu places are more than %d numbers: sum over "
                       "places, or split the file by date",
                       l->csv->name, t->n_periods, t->tenant.n_channels, t->source.n_geos, NUMBERS_MAX);
    }
    t->spend = mw_new_array(&t->arena, double, n_spend);
    t->outcome = mw_new_array(&t->arena, double, n_cells);
    t->factors = mw_new_array(&t->arena, double, n_factors);
    l->first_row = mw_new_array(&l->arena, uint32_t, n_cells);
    l->factor_count = mw_new_array(&l->arena, uint32_t, n_factors);
    l->spend_row = mw_new_array(&l->arena, uint32_t, l->i_channel == MW_CSV_NONE ? 0 : n_spend);
    if (t->spend == NULL || t->outcome == NULL || t->factors == NULL || l->first_row == NULL ||
        l->factor_count == NULL || l->spend_row == NULL) {
        return mw_loader_fail_memory(l);
    }
    fill_nan(t->outcome, n_cells);
    return MW_OK;
}

/* ---- lifecycle ---------------------------------------------------------------------------------------- */

static enum mw_status copy_tenant(struct mw_loader *l)
{
    struct mw_table *t = l->table;
    const struct mw_tenant *copy = mw_shape_copy(&mw_type_tenant.shape, &l->guess->tenant, &t->arena);
    if (copy == NULL) {
        return mw_loader_fail_memory(l);
    }
    t->tenant = *copy;
    t->source = (struct mw_source){.tenant = &t->tenant, .source = mw_span("table")};
    t->n_factors = t->tenant.n_controls + t->tenant.n_events;
    l->row_period = mw_new_array(&l->arena, uint32_t, l->csv->n_rows);
    l->row_geo = mw_new_array(&l->arena, uint32_t, l->csv->n_rows);
    return l->row_period == NULL || l->row_geo == NULL ? mw_loader_fail_memory(l) : MW_OK;
}

static enum mw_status load(struct mw_loader *l)
{
    MW_TRY(copy_tenant(l));
    MW_TRY(find_columns(l));
    MW_TRY(check_columns(l));
    MW_TRY(read_geos(l));
    MW_TRY(find_periods(l));
    MW_TRY(check_week_start(l));
    MW_TRY(take_memory(l));
    MW_TRY(mw_loader_read_rows(l));
    MW_TRY(mw_loader_settle_missing(l));
    mw_loader_settle_gaps(l->table);
    MW_TRY(mw_loader_settle_controls(l));
    MW_TRY(mw_loader_check_channels(l));
    MW_TRY(mw_loader_check_controls(l));
    MW_TRY(mw_loader_check_rows(l));
    MW_TRY(mw_loader_warn(l));
    return mw_source_seal(&l->table->source, l->err);
}

enum mw_status mw_table_open(const struct mw_table_guess *guess, struct mw_table **out, struct mw_error *err)
{
    struct mw_table *table = calloc(1, sizeof *table);
    struct mw_loader l = {
        .guess = guess, .csv = guess->csv, .table = table, .err = err, .fill = guess->tenant.fill.len > 0};
    *out = table;
    if (table == NULL) {
        return mw_loader_fail_memory(&l);
    }
    const enum mw_status status = load(&l);
    mw_names_fini(&l.geos);
    mw_arena_fini(&l.arena);
    if (status != MW_OK) {
        mw_table_close(out);
    }
    return status;
}

void mw_table_close(struct mw_table **table)
{
    if (*table != NULL) {
        mw_arena_fini(&(*table)->arena);
        free(*table);
        *table = NULL;
    }
}

/* ---- access ------------------------------------------------------------------------------------------- */

struct mw_period mw_table_period(const struct mw_table *table, size_t i_period)
{
    return (struct mw_period){.date = table->first + (mw_date)i_period * mw_period_days(&table->tenant),
                              .spend = &table->spend[mw_table_at_spend(table, i_period, 0, 0)],
                              .outcome = &table->outcome[mw_table_at_geo(table, i_period, 0)],
                              .factors = &table->factors[i_period * table->n_factors]};
}

double mw_table_outcome(const struct mw_table *table, size_t i_period)
{
    double sum = 0.0;
    for (size_t g = 0; g < table->source.n_geos; g++) {
        sum += table->outcome[mw_table_at_geo(table, i_period, g)];
    }
    return sum;
}

double mw_table_spend(const struct mw_table *table, size_t i_period, size_t i_channel)
{
    double sum = 0.0;
    for (size_t g = 0; g < table->source.n_geos; g++) {
        sum += table->spend[mw_table_at_spend(table, i_period, i_channel, g)];
    }
    return sum;
}
