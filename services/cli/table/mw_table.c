// SPDX-License-Identifier: Apache-2.0
#include "mw_table.h"

#include "mw_names.h"
#include "mw_shape.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { NUMBERS_MAX = 50000000, WEEKS_OF_A_YEAR = 52, WARNINGS_MAX = 4, PARAMETERS_PER_CHANNEL = 4 };

/* What loading needs besides the table itself. Rows are stored as their position plus one, so that 0 means
 * none. */
struct loader {
    const struct mw_table_guess *guess;
    const struct mw_csv *csv;
    struct mw_table *table;
    struct mw_error *err;
    bool fill;
    size_t i_geo, i_channel, i_long_spend, i_outcome, i_times; /* columns, or MW_CSV_NONE */
    size_t *spend_columns, *factor_columns;                    /* by channel; by factor */
    uint32_t *row_period, *row_geo;                            /* by row */
    uint32_t *first_row;                                       /* [period][geo]: the row that has it */
    uint32_t *spend_row;                                       /* [period][channel][geo], of a long table */
    uint32_t *factor_count; /* [period][factor]: places that gave a value */
    struct mw_names geos;
    struct mw_arena arena;
};

/* ---- sizes
 * ------------------------------------------------------------------------------------------------- */

static const char *period_name(const struct mw_tenant *tenant)
{
    return tenant->grid == MW_GRID_WEEK ? "week" : "day";
}

static size_t at_geo(const struct mw_table *t, size_t i_period, size_t i_geo)
{
    return i_period * t->source.n_geos + i_geo;
}

static size_t at_spend(const struct mw_table *t, size_t i_period, size_t i_channel, size_t i_geo)
{
    return (i_period * t->tenant.n_channels + i_channel) * t->source.n_geos + i_geo;
}

static enum mw_status fail_memory(const struct loader *l)
{
    return MW_FAIL(l->err, MW_E_MEMORY, "%s: no memory for a table of %zu rows", l->csv->name,
                   l->csv->n_rows);
}

/* ---- columns
 * ----------------------------------------------------------------------------------------------- */

static size_t column_or_none(const struct loader *l, struct mw_span name)
{
    return name.len == 0 ? MW_CSV_NONE : mw_csv_column(l->csv, name);
}

/* The guess has checked that named columns are there. */
static enum mw_status find_columns(struct loader *l)
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
        return fail_memory(l);
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
static enum mw_status check_columns(const struct loader *l)
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

/* ---- places and periods
 * ------------------------------------------------------------------------------------ */

static enum mw_status read_geos(struct loader *l)
{
    struct mw_table *t = l->table;
    for (size_t i = 0; i < l->csv->n_rows; i++) {
        const struct mw_span name = l->i_geo == MW_CSV_NONE ? mw_span("") : mw_csv_cell(l->csv, i, l->i_geo);
        if (l->i_geo != MW_CSV_NONE && (name.len == 0 || name.len > 256)) {
            return mw_csv_fail(l->csv, i, l->i_geo, l->err, "the place is %s: name it, or remove the row",
                               name.len == 0 ? "blank" : "longer than 256 bytes");
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
    return geos == NULL || geos[l->geos.n - 1].data == NULL ? fail_memory(l) : MW_OK;
}

static enum mw_status check_date(const struct loader *l, size_t i_row)
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
static enum mw_status find_periods(struct loader *l)
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

static enum mw_status check_week_start(const struct loader *l)
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

/* ---- memory
 * ------------------------------------------------------------------------------------------------ */

static void fill_nan(double *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        values[i] = (double)NAN;
    }
}

static enum mw_status take_memory(struct loader *l)
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
        return fail_memory(l);
    }
    fill_nan(t->outcome, n_cells);
    return MW_OK;
}

/* ---- cells
 * ------------------------------------------------------------------------------------------------- */

static enum mw_status read_number(const struct loader *l, size_t i_row, size_t i_column,
                                  struct mw_number *out)
{
    struct mw_error why = {0};
    const enum mw_decimal decimal = mw_profile_decimal(&l->guess->profiles[i_column]);
    if (mw_number_parse(mw_csv_cell(l->csv, i_row, i_column), decimal, out, &why) != MW_OK) {
        return mw_csv_fail(l->csv, i_row, i_column, l->err,
                           "%s: correct it, or leave the cell blank if nothing is known", why.text);
    }
    return MW_OK;
}

static enum mw_status read_spend(const struct loader *l, size_t i_row, size_t i_column, double *out)
{
    struct mw_number number;
    MW_TRY(read_number(l, i_row, i_column, &number));
    if (number.missing && !l->fill) {
        return mw_csv_fail(l->csv, i_row, i_column, l->err,
                           "the spend is blank: write 0 if nothing was spent, or "
                           "{\"fill\":\"zero\"} in the table file if that is what blanks mean");
    }
    if (!number.missing && !(number.value >= 0.0)) {
        return mw_csv_fail(l->csv, i_row, i_column, l->err,
                           "spend cannot be negative (%g): take a refund off the dates that it "
                           "is for",
                           number.value);
    }
    *out = number.missing ? 0.0 : number.value;
    return MW_OK;
}

static enum mw_status fail_duplicate(const struct loader *l, size_t i_row, uint32_t earlier,
                                     const char *within)
{
    return mw_csv_fail(l->csv, i_row, l->guess->i_date, l->err,
                       "\"" MW_SPAN_FMT "\" is there already, in row %zu%s: keep one "
                       "row, or add them up",
                       MW_SPAN_ARG(mw_csv_cell(l->csv, i_row, l->guess->i_date)),
                       mw_csv_row_number(l->csv, earlier - 1), within);
}

/* A row of a wide table: one date (and place), all channels. */
static enum mw_status load_wide_spend(struct loader *l, size_t i_row)
{
    struct mw_table *t = l->table;
    const size_t i_period = l->row_period[i_row], i_geo = l->row_geo[i_row];
    const uint32_t earlier = l->first_row[at_geo(t, i_period, i_geo)];
    if (earlier != 0) {
        return fail_duplicate(l, i_row, earlier,
                              l->i_geo == MW_CSV_NONE
                                  ? " (if rows are places, write {\"geo\":{\"column\":\"NAME\"}} in the "
                                    "table file)"
                                  : " for the same place");
    }
    for (size_t c = 0; c < t->tenant.n_channels; c++) {
        MW_TRY(read_spend(l, i_row, l->spend_columns[c], &t->spend[at_spend(t, i_period, c, i_geo)]));
    }
    return MW_OK;
}

static size_t channel_of_row(const struct loader *l, size_t i_row)
{
    const struct mw_tenant *t = &l->table->tenant;
    const struct mw_span text = mw_csv_cell(l->csv, i_row, l->i_channel);
    size_t i = 0;
    while (i + 1 < t->n_channels && !mw_span_eq(t->channels[i].column, text) &&
           !mw_span_eq(t->channels[i].channel, text)) {
        i++;
    }
    return i; /* the guess has checked that every text is a channel */
}

/* A row of a long table: one date, channel (and place). Channels without a row spent nothing. */
static enum mw_status load_long_spend(struct loader *l, size_t i_row)
{
    struct mw_table *t = l->table;
    const size_t i = at_spend(t, l->row_period[i_row], channel_of_row(l, i_row), l->row_geo[i_row]);
    if (l->spend_row[i] != 0) {
        return fail_duplicate(l, i_row, l->spend_row[i], " for the same channel");
    }
    l->spend_row[i] = (uint32_t)i_row + 1;
    return read_spend(l, i_row, l->i_long_spend, &t->spend[i]);
}

/* In a long table the outcome of a date stands beside each channel, or beside one. If it differs, it is what
 * each platform claims for itself, and no total can be made of that. */
static enum mw_status load_outcome(struct loader *l, size_t i_row)
{
    struct mw_number number, times = {.value = 1.0};
    double *outcome = &l->table->outcome[at_geo(l->table, l->row_period[i_row], l->row_geo[i_row])];
    MW_TRY(read_number(l, i_row, l->i_outcome, &number));
    if (l->i_times != MW_CSV_NONE) {
        MW_TRY(read_number(l, i_row, l->i_times, &times));
    }
    const double value = number.value * times.value; /* NaN when one is missing */
    if (!isnan(*outcome) && !isnan(value) && !(fabs(*outcome - value) <= 1e-9 * fabs(value))) {
        return mw_csv_fail(l->csv, i_row, l->i_outcome, l->err,
                           "%g, but %g beside another channel of the same date: claims of "
                           "single channels are no outcome: repeat the total of the date in each of its rows",
                           value, *outcome);
    }
    *outcome = isnan(value) ? *outcome : value;
    return MW_OK;
}

static bool event_is_absent(const struct mw_tenant_event *event, struct mw_span text)
{
    for (size_t i = 0; i < event->n_absent; i++) {
        if (mw_span_eq(event->absent[i], text)) {
            return true;
        }
    }
    return text.len == 0;
}

/* With a list of absent texts any other text is the event; without one the column must be numbers: 0 is none.
 */
static enum mw_status read_event(const struct loader *l, const struct mw_tenant_event *event, size_t i_row,
                                 size_t i_column, bool *present)
{
    const struct mw_span text = mw_csv_cell(l->csv, i_row, i_column);
    struct mw_number number;
    *present = !event_is_absent(event, text);
    if (event->n_absent > 0 || !*present) {
        return MW_OK;
    }
    MW_TRY(read_number(l, i_row, i_column, &number));
    if (!number.missing && number.value != 0.0 && number.value != 1.0) {
        return mw_csv_fail(l->csv, i_row, i_column, l->err,
                           "%g in a column of events: events are 0 or 1, or texts with "
                           "\"absent\":[..]; list it under controls if it is an amount",
                           number.value);
    }
    *present = number.value == 1.0;
    return MW_OK;
}

static enum mw_status load_factors(struct loader *l, size_t i_row)
{
    const struct mw_tenant *t = &l->table->tenant;
    const size_t at = l->row_period[i_row] * l->table->n_factors;
    struct mw_number number;
    for (size_t i = 0; i < t->n_controls; i++) {
        MW_TRY(read_number(l, i_row, l->factor_columns[i], &number));
        l->table->factors[at + i] += number.missing ? 0.0 : number.value;
        l->factor_count[at + i] += !number.missing;
    }
    for (size_t i = t->n_controls; i < l->table->n_factors; i++) {
        bool present = false;
        MW_TRY(read_event(l, &t->events[i - t->n_controls], i_row, l->factor_columns[i], &present));
        l->table->factors[at + i] = present ? 1.0 : l->table->factors[at + i];
    }
    return MW_OK;
}

static enum mw_status load_rows(struct loader *l)
{
    for (size_t i = 0; i < l->csv->n_rows; i++) {
        MW_TRY(l->i_channel == MW_CSV_NONE ? load_wide_spend(l, i) : load_long_spend(l, i));
        MW_TRY(load_outcome(l, i));
        MW_TRY(load_factors(l, i));
        l->first_row[at_geo(l->table, l->row_period[i], l->row_geo[i])] = (uint32_t)i + 1;
    }
    return MW_OK;
}

/* ---- missing dates
 * ----------------------------------------------------------------------------------------- */

/* The row that shows where a date is missing: the next later one of the place. */
static size_t row_after(const struct loader *l, size_t i_period, size_t i_geo)
{
    for (size_t t = i_period + 1; t < l->table->n_periods; t++) {
        const uint32_t row = l->first_row[at_geo(l->table, t, i_geo)];
        if (row != 0) {
            return row - 1;
        }
    }
    return MW_CSV_NONE;
}

static enum mw_status fail_missing(const struct loader *l, size_t i_period, size_t i_geo, size_t n_missing)
{
    const struct mw_table *t = l->table;
    const int days = mw_period_days(&t->tenant);
    char date[16], place[100] = "";
    mw_date_format(t->first + (mw_date)i_period * days, date);
    if (l->i_geo != MW_CSV_NONE) {
        (void)snprintf(place, sizeof place, " of %.80s", t->source.geos[i_geo].data);
    }
    return mw_csv_fail(
        l->csv, row_after(l, i_period, i_geo), l->guess->i_date, l->err,
        "the %s %s%s has no row (%zu missing in "
        "all): add it with a blank outcome, or write {\"fill\":\"zero\"} in the table file if a missing %s "
        "means that nothing was spent and nothing sold",
        period_name(&t->tenant), date, place, n_missing, period_name(&t->tenant));
}

/* Spend of a missing row is zero already. */
static enum mw_status settle_missing(struct loader *l)
{
    struct mw_table *t = l->table;
    size_t n_missing = 0, first = 0;
    for (size_t i = t->n_periods * t->source.n_geos; i-- > 0;) {
        if (l->first_row[i] == 0) {
            t->outcome[i] = 0.0;
            first = i;
            n_missing++;
        }
    }
    return n_missing > 0 && !l->fill
               ? fail_missing(l, first / t->source.n_geos, first % t->source.n_geos, n_missing)
               : MW_OK;
}

/* A sum over places needs all of them: one blank makes the period a gap. */
static void settle_gaps(struct mw_table *t)
{
    for (size_t i = 0; i < t->n_periods; i++) {
        if (isnan(mw_table_outcome(t, i))) {
            fill_nan(&t->outcome[at_geo(t, i, 0)], t->source.n_geos);
            t->n_gaps++;
        }
    }
}

static enum mw_status fail_control(const struct loader *l, size_t i_period, size_t i_control)
{
    uint32_t row = 0;
    for (size_t g = 0; g < l->table->source.n_geos && row == 0; g++) {
        row = l->first_row[at_geo(l->table, i_period, g)];
    }
    return mw_csv_fail(
        l->csv, row == 0 ? MW_CSV_NONE : row - 1, l->factor_columns[i_control], l->err,
        "a control needs a value on every date: fill it in, or put the column under \"ignored\" in the table "
        "file");
}

/* Means over the rows that gave a value; a date that was filled keeps the value before it. */
static enum mw_status settle_controls(struct loader *l)
{
    struct mw_table *t = l->table;
    for (size_t i = 0; i < t->n_periods; i++) {
        double *now = &t->factors[i * t->n_factors];
        bool has_row = false;
        for (size_t g = 0; g < t->source.n_geos; g++) {
            has_row = has_row || l->first_row[at_geo(t, i, g)] != 0;
        }
        for (size_t k = 0; k < t->tenant.n_controls; k++) {
            const uint32_t n = l->factor_count[i * t->n_factors + k];
            if (n == 0 && has_row) {
                return fail_control(l, i, k);
            }
            now[k] = n > 0 ? now[k] / n : (now - t->n_factors)[k]; /* the first date always has a row */
        }
    }
    return MW_OK;
}

/* ---- is it enough for a model?
 * ----------------------------------------------------------------------------- */

static enum mw_status check_channels(const struct loader *l)
{
    const struct mw_table *t = l->table;
    for (size_t c = 0; c < t->tenant.n_channels; c++) {
        double sum = 0.0;
        for (size_t i = 0; i < t->n_periods; i++) {
            sum += mw_table_spend(t, i, c);
        }
        if (!(sum > 0.0)) {
            return mw_csv_fail(
                l->csv, MW_CSV_NONE, l->spend_columns[c], l->err,
                "the channel \"" MW_SPAN_FMT "\" never spends, so "
                "nothing can be learnt of it: put the column under \"ignored\" in the table file",
                MW_SPAN_ARG(t->tenant.channels[c].channel));
        }
    }
    return MW_OK;
}

static enum mw_status check_controls(const struct loader *l)
{
    const struct mw_table *t = l->table;
    for (size_t k = 0; k < t->tenant.n_controls; k++) {
        size_t i = 1;
        while (i < t->n_periods && t->factors[i * t->n_factors + k] == t->factors[k]) {
            i++;
        }
        if (i == t->n_periods) {
            return mw_csv_fail(l->csv, MW_CSV_NONE, l->factor_columns[k], l->err,
                               "the control is %g on every date and explains "
                               "nothing: put the column under \"ignored\" in the table file",
                               t->factors[k]);
        }
    }
    return MW_OK;
}

size_t mw_table_n_parameters(const struct mw_tenant *tenant)
{
    static const struct mw_tenant_baseline all = {
        .trend = true, .yearly = true, .weekdays = true, .controls = true, .events = true};
    const struct mw_tenant_baseline *b = tenant->baseline == NULL ? &all : tenant->baseline;
    const bool rho_fixed = tenant->errors != NULL && !isnan(tenant->errors->rho);
    return 1 + (b->trend ? 1u : 0u) + (b->yearly ? 6u : 0u) +
           (b->weekdays && tenant->grid == MW_GRID_DAY ? 6u : 0u) + (b->controls ? tenant->n_controls : 0) +
           (b->events ? tenant->n_events : 0) + PARAMETERS_PER_CHANNEL * tenant->n_channels +
           (rho_fixed ? 0u : 1u) + 1;
}

static enum mw_status check_rows(const struct loader *l)
{
    const struct mw_table *t = l->table;
    const size_t n_rows = t->n_periods - t->n_gaps, n_parameters = mw_table_n_parameters(&t->tenant);
    double sum = 0.0;
    if (n_rows < n_parameters) {
        return MW_FAIL(
            l->err, MW_E_DATA,
            "%s: %zu %ss with an outcome are too few for %zu parameters (%zu channels with %d each, "
            "and %zu others): give more history, join channels, or put columns under \"ignored\" in the "
            "table file",
            l->csv->name, n_rows, period_name(&t->tenant), n_parameters, t->tenant.n_channels,
            PARAMETERS_PER_CHANNEL, n_parameters - PARAMETERS_PER_CHANNEL * t->tenant.n_channels);
    }
    for (size_t i = 0; i < t->n_periods; i++) {
        const double outcome = mw_table_outcome(t, i);
        sum += isnan(outcome) ? 0.0 : outcome;
    }
    if (!(sum > 0.0)) {
        return mw_csv_fail(l->csv, MW_CSV_NONE, l->i_outcome, l->err,
                           "the outcome sums to %g: it must be above zero", sum);
    }
    return MW_OK;
}

/* ---- warnings
 * ---------------------------------------------------------------------------------------------- */

static enum mw_status add_warning(const struct loader *l, struct mw_span text)
{
    mw_invariant(l->table->n_warnings < WARNINGS_MAX);
    l->table->warnings[l->table->n_warnings++] = text;
    return text.data == NULL ? fail_memory(l) : MW_OK;
}

static enum mw_status write_warnings(const struct loader *l)
{
    struct mw_table *t = l->table;
    const size_t n_weeks = t->n_periods * (size_t)mw_period_days(&t->tenant) / 7;
    t->warnings = mw_new_array(&t->arena, struct mw_span, WARNINGS_MAX);
    if (t->warnings == NULL) {
        return fail_memory(l);
    }
    if (n_weeks < WEEKS_OF_A_YEAR) {
        MW_TRY(add_warning(
            l, mw_arena_printf(
                   &t->arena,
                   "%zu full weeks of history, less than %d (MIS-01): a yearly cycle cannot be told from "
                   "the effect of spend yet, so intervals are wide and lean on the priors: hold "
                   "decisions until a year is there, or run a test",
                   n_weeks, WEEKS_OF_A_YEAR)));
    }
    if (t->n_gaps > 0) {
        MW_TRY(add_warning(l, mw_arena_printf(&t->arena,
                                              "%zu of %zu %ss have no outcome and do not enter the model",
                                              t->n_gaps, t->n_periods, period_name(&t->tenant))));
    }
    if (l->guess->currency_assumed) {
        MW_TRY(add_warning(
            l, mw_arena_printf(&t->arena,
                               "nothing says which currency the money is in: " MW_SPAN_FMT
                               " is assumed; write {\"currency\":\"EUR\"} in the table file to change it",
                               MW_SPAN_ARG(t->tenant.currency))));
    }
    return MW_OK;
}

/* ---- lifecycle
 * --------------------------------------------------------------------------------------------- */

static enum mw_status copy_tenant(struct loader *l)
{
    struct mw_table *t = l->table;
    const struct mw_tenant *copy = mw_shape_copy(&mw_type_tenant.shape, &l->guess->tenant, &t->arena);
    if (copy == NULL) {
        return fail_memory(l);
    }
    t->tenant = *copy;
    t->source = (struct mw_source){.tenant = &t->tenant, .source = mw_span("table")};
    t->n_factors = t->tenant.n_controls + t->tenant.n_events;
    l->row_period = mw_new_array(&l->arena, uint32_t, l->csv->n_rows);
    l->row_geo = mw_new_array(&l->arena, uint32_t, l->csv->n_rows);
    return l->row_period == NULL || l->row_geo == NULL ? fail_memory(l) : MW_OK;
}

static enum mw_status load(struct loader *l)
{
    MW_TRY(copy_tenant(l));
    MW_TRY(find_columns(l));
    MW_TRY(check_columns(l));
    MW_TRY(read_geos(l));
    MW_TRY(find_periods(l));
    MW_TRY(check_week_start(l));
    MW_TRY(take_memory(l));
    MW_TRY(load_rows(l));
    MW_TRY(settle_missing(l));
    settle_gaps(l->table);
    MW_TRY(settle_controls(l));
    MW_TRY(check_channels(l));
    MW_TRY(check_controls(l));
    MW_TRY(check_rows(l));
    MW_TRY(write_warnings(l));
    return mw_source_seal(&l->table->source, l->err);
}

enum mw_status mw_table_open(const struct mw_table_guess *guess, struct mw_table **out, struct mw_error *err)
{
    struct mw_table *table = calloc(1, sizeof *table);
    struct loader l = {
        .guess = guess, .csv = guess->csv, .table = table, .err = err, .fill = guess->tenant.fill.len > 0};
    *out = table;
    if (table == NULL) {
        return fail_memory(&l);
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

/* ---- access
 * ------------------------------------------------------------------------------------------------ */

struct mw_period mw_table_period(const struct mw_table *table, size_t i_period)
{
    return (struct mw_period){.date = table->first + (mw_date)i_period * mw_period_days(&table->tenant),
                              .spend = &table->spend[at_spend(table, i_period, 0, 0)],
                              .outcome = &table->outcome[at_geo(table, i_period, 0)],
                              .factors = &table->factors[i_period * table->n_factors]};
}

double mw_table_outcome(const struct mw_table *table, size_t i_period)
{
    double sum = 0.0;
    for (size_t g = 0; g < table->source.n_geos; g++) {
        sum += table->outcome[at_geo(table, i_period, g)];
    }
    return sum;
}

double mw_table_spend(const struct mw_table *table, size_t i_period, size_t i_channel)
{
    double sum = 0.0;
    for (size_t g = 0; g < table->source.n_geos; g++) {
        sum += table->spend[at_spend(table, i_period, i_channel, g)];
    }
    return sum;
}
