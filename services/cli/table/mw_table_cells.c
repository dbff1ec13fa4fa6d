// SPDX-License-Identifier: Apache-2.0
#include "mw_table_internal.h"

#include <math.h>

/* ---- cells -------------------------------------------------------------------------------------------- */

/* 64 bits of micros hold 9.2e12: more than any budget, and a sign that two cells ran together. */
static const double amount_max = 9e12;

static enum mw_status check_amount(const struct mw_loader *l, size_t i_row, size_t i_column, double amount)
{
    return fabs(amount) > amount_max
               ? mw_csv_fail(l->csv, i_row, i_column, l->err,
                             "%g is larger than %g, the most that is taken: correct it, or use larger units",
                             amount, amount_max)
               : MW_OK;
}

static enum mw_status read_number(const struct mw_loader *l, size_t i_row, size_t i_column,
                                  struct mw_number *out)
{
    struct mw_error why = {0};
    const enum mw_decimal decimal = mw_profile_decimal(&l->guess->profiles[i_column]);
    if (mw_number_parse(mw_csv_cell(l->csv, i_row, i_column), decimal, out, &why) != MW_OK) {
        return mw_csv_fail(l->csv, i_row, i_column, l->err,
                           "%s: correct it, or leave the cell blank if nothing is known", why.text);
    }
    return check_amount(l, i_row, i_column, out->value);
}

static enum mw_status read_spend(const struct mw_loader *l, size_t i_row, size_t i_column, double *out)
{
    struct mw_number number;
    MW_TRY(read_number(l, i_row, i_column, &number));
    if (number.missing && !l->fill) {
        const struct mw_span cell = mw_csv_cell(l->csv, i_row, i_column);
        const bool has_word = cell.len > 0; /* "n/a", "-" .. */
        return mw_csv_fail(l->csv, i_row, i_column, l->err,
                           "the spend is blank%s" MW_SPAN_FMT
                           "%s: write 0 if nothing was spent, or {\"fill\":\"zero\"} in a table file "
                           "(--table FILE.json) if that is what blanks mean",
                           has_word ? " (\"" : "", MW_SPAN_ARG(cell), has_word ? "\")" : "");
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

static enum mw_status fail_duplicate(const struct mw_loader *l, size_t i_row, uint32_t earlier,
                                     const char *within)
{
    return mw_csv_fail(l->csv, i_row, l->guess->i_date, l->err,
                       "\"" MW_SPAN_FMT "\" is there already, in row %zu%s: keep one "
                       "row, or add them up",
                       MW_SPAN_ARG(mw_csv_cell(l->csv, i_row, l->guess->i_date)),
                       mw_csv_row_number(l->csv, earlier - 1), within);
}

/* A row of a wide table: one date (and place), all channels. */
static enum mw_status load_wide_spend(struct mw_loader *l, size_t i_row)
{
    struct mw_table *t = l->table;
    const size_t i_period = l->row_period[i_row], i_geo = l->row_geo[i_row];
    const uint32_t earlier = l->first_row[mw_table_at_geo(t, i_period, i_geo)];
    if (earlier != 0) {
        return fail_duplicate(l, i_row, earlier,
                              l->i_geo == MW_CSV_NONE
                                  ? " (if rows are places, write {\"geo\":{\"column\":\"NAME\"}} in a "
                                    "table file, --table FILE.json)"
                                  : " for the same place");
    }
    for (size_t c = 0; c < t->tenant.n_channels; c++) {
        MW_TRY(
            read_spend(l, i_row, l->spend_columns[c], &t->spend[mw_table_at_spend(t, i_period, c, i_geo)]));
    }
    return MW_OK;
}

static size_t channel_of_row(const struct mw_loader *l, size_t i_row)
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
static enum mw_status load_long_spend(struct mw_loader *l, size_t i_row)
{
    struct mw_table *t = l->table;
    const size_t i = mw_table_at_spend(t, l->row_period[i_row], channel_of_row(l, i_row), l->row_geo[i_row]);
    if (l->spend_row[i] != 0) {
        return fail_duplicate(l, i_row, l->spend_row[i], " for the same channel");
    }
    l->spend_row[i] = (uint32_t)i_row + 1;
    return read_spend(l, i_row, l->i_long_spend, &t->spend[i]);
}

/* In a long table the outcome of a date stands beside each channel, or beside one. If it differs, it is what
 * each platform claims for itself, and no total can be made of that. */
static enum mw_status load_outcome(struct mw_loader *l, size_t i_row)
{
    struct mw_number number, times = {.value = 1.0};
    double *outcome = &l->table->outcome[mw_table_at_geo(l->table, l->row_period[i_row], l->row_geo[i_row])];
    MW_TRY(read_number(l, i_row, l->i_outcome, &number));
    if (l->i_times != MW_CSV_NONE) {
        MW_TRY(read_number(l, i_row, l->i_times, &times));
    }
    const double value = number.value * times.value; /* NaN when one is missing */
    MW_TRY(check_amount(l, i_row, l->i_outcome, value));
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
static enum mw_status read_event(const struct mw_loader *l, const struct mw_tenant_event *event, size_t i_row,
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

static enum mw_status load_factors(struct mw_loader *l, size_t i_row)
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

enum mw_status mw_loader_read_rows(struct mw_loader *l)
{
    for (size_t i = 0; i < l->csv->n_rows; i++) {
        MW_TRY(l->i_channel == MW_CSV_NONE ? load_wide_spend(l, i) : load_long_spend(l, i));
        MW_TRY(load_outcome(l, i));
        MW_TRY(load_factors(l, i));
        l->first_row[mw_table_at_geo(l->table, l->row_period[i], l->row_geo[i])] = (uint32_t)i + 1;
    }
    return MW_OK;
}
