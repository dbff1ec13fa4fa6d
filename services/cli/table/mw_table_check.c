// SPDX-License-Identifier: Apache-2.0
#include "mw_table_internal.h"

#include <math.h>
#include <stdio.h>

enum { WEEKS_OF_A_YEAR = 52, WARNINGS_MAX = 4, PARAMETERS_PER_CHANNEL = 4 };

/* ---- missing dates ------------------------------------------------------------------------------------ */

/* The row that shows where a date is missing: the next later one of the place. */
static size_t row_after(const struct mw_loader *l, size_t i_period, size_t i_geo)
{
    for (size_t t = i_period + 1; t < l->table->n_periods; t++) {
        const uint32_t row = l->first_row[mw_table_at_geo(l->table, t, i_geo)];
        if (row != 0) {
            return row - 1;
        }
    }
    return MW_CSV_NONE;
}

static enum mw_status fail_missing(const struct mw_loader *l, size_t i_period, size_t i_geo, size_t n_missing)
{
    const struct mw_table *t = l->table;
    const int days = mw_period_days(&t->tenant);
    char date[16], place[100] = "";
    mw_date_format(t->first + (mw_date)i_period * days, date);
    if (l->i_geo != MW_CSV_NONE) {
        (void)snprintf(place, sizeof place, " of %.80s", t->source.geos[i_geo].data);
    }
    return mw_csv_fail(l->csv, row_after(l, i_period, i_geo), l->guess->i_date, l->err,
                       "the %s %s%s has no row (%zu missing in "
                       "all): add it with a blank outcome, or write {\"fill\":\"zero\"} in a table file "
                       "(--table FILE.json) if a missing %s "
                       "means that nothing was spent and nothing sold",
                       mw_loader_period_name(&t->tenant), date, place, n_missing,
                       mw_loader_period_name(&t->tenant));
}

/* Spend of a missing row is zero already. */
enum mw_status mw_loader_settle_missing(struct mw_loader *l)
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
void mw_loader_settle_gaps(struct mw_table *t)
{
    for (size_t i = 0; i < t->n_periods; i++) {
        if (isnan(mw_table_outcome(t, i))) {
            for (size_t g = 0; g < t->source.n_geos; g++) {
                t->outcome[mw_table_at_geo(t, i, g)] = (double)NAN;
            }
            t->n_gaps++;
        }
    }
}

static enum mw_status fail_control(const struct mw_loader *l, size_t i_period, size_t i_control)
{
    uint32_t row = 0;
    for (size_t g = 0; g < l->table->source.n_geos && row == 0; g++) {
        row = l->first_row[mw_table_at_geo(l->table, i_period, g)];
    }
    return mw_csv_fail(
        l->csv, row == 0 ? MW_CSV_NONE : row - 1, l->factor_columns[i_control], l->err,
        "a control needs a value on every date: fill it in, or put the column under \"ignored\" in the table "
        "file");
}

/* Means over the rows that gave a value; a date that was filled keeps the value before it. */
enum mw_status mw_loader_settle_controls(struct mw_loader *l)
{
    struct mw_table *t = l->table;
    for (size_t i = 0; i < t->n_periods; i++) {
        double *now = &t->factors[i * t->n_factors];
        bool has_row = false;
        for (size_t g = 0; g < t->source.n_geos; g++) {
            has_row = has_row || l->first_row[mw_table_at_geo(t, i, g)] != 0;
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

/* ---- is it enough for a model? ------------------------------------------------------------------------ */

enum mw_status mw_loader_check_channels(const struct mw_loader *l)
{
    const struct mw_table *t = l->table;
    for (size_t c = 0; c < t->tenant.n_channels; c++) {
        double sum = 0.0;
        for (size_t i = 0; i < t->n_periods; i++) {
            sum += mw_table_spend(t, i, c);
        }
        if (!(sum > 0.0)) {
            return mw_csv_fail(l->csv, MW_CSV_NONE, l->spend_columns[c], l->err,
                               "the channel \"" MW_SPAN_FMT "\" never spends, so "
                               "nothing can be learnt of it: write {\"ignored\":[\"COLUMN\"]} in a table "
                               "file (--table FILE.json)",
                               MW_SPAN_ARG(t->tenant.channels[c].channel));
        }
    }
    return MW_OK;
}

enum mw_status mw_loader_check_controls(const struct mw_loader *l)
{
    const struct mw_table *t = l->table;
    for (size_t k = 0; k < t->tenant.n_controls; k++) {
        size_t i = 1;
        while (i < t->n_periods && t->factors[i * t->n_factors + k] == t->factors[k]) {
            i++;
        }
        if (i == t->n_periods) {
            return mw_csv_fail(
                l->csv, MW_CSV_NONE, l->factor_columns[k], l->err,
                "the control is %g on every date and explains "
                "nothing: write {\"ignored\":[\"COLUMN\"]} in a table file (--table FILE.json)",
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

enum mw_status mw_loader_check_rows(const struct mw_loader *l)
{
    const struct mw_table *t = l->table;
    const size_t n_rows = t->n_periods - t->n_gaps, n_parameters = mw_table_n_parameters(&t->tenant);
    double sum = 0.0;
    if (n_rows < n_parameters) {
        return MW_FAIL(
            l->err, MW_E_DATA,
            "%s: %zu %ss with an outcome are too few for %zu parameters (%zu channels with %d each, "
            "and %zu others): give more history, join channels, or write {\"ignored\":[\"COLUMN\"]} in a "
            "table file (--table FILE.json)",
            l->csv->name, n_rows, mw_loader_period_name(&t->tenant), n_parameters, t->tenant.n_channels,
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

/* ---- warnings ----------------------------------------------------------------------------------------- */

static enum mw_status add_warning(const struct mw_loader *l, struct mw_span text)
{
    mw_invariant(l->table->n_warnings < WARNINGS_MAX);
    l->table->warnings[l->table->n_warnings++] = text;
    return text.data == NULL ? mw_loader_fail_memory(l) : MW_OK;
}

enum mw_status mw_loader_warn(const struct mw_loader *l)
{
    struct mw_table *t = l->table;
    const size_t n_weeks = t->n_periods * (size_t)mw_period_days(&t->tenant) / 7;
    t->warnings = mw_new_array(&t->arena, struct mw_span, WARNINGS_MAX);
    if (t->warnings == NULL) {
        return mw_loader_fail_memory(l);
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
                                              t->n_gaps, t->n_periods, mw_loader_period_name(&t->tenant))));
    }
    if (l->guess->currency_assumed) {
        MW_TRY(add_warning(
            l,
            mw_arena_printf(
                &t->arena,
                "nothing says which currency the money is in: " MW_SPAN_FMT
                " is assumed; write {\"currency\":\"EUR\"} in a table file (--table FILE.json) to change it",
                MW_SPAN_ARG(t->tenant.currency))));
    }
    return MW_OK;
}
