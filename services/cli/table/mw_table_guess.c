// SPDX-License-Identifier: Apache-2.0
#include "mw_guess_internal.h"

#include "mw_table_dates.h"
#include "mw_text.h"
#include <math.h>
#include <stdlib.h>

/* ---- small questions ---------------------------------------------------------------------------------- */

bool mw_guess_has(const struct mw_table_guess *g, size_t i_column, unsigned words)
{
    return (g->columns[i_column].words & words) != 0;
}

/* A named column with a few cells that are no numbers is still the one meant: loading will point at the cell.
 */
bool mw_guess_is_mostly_number(const struct mw_profile *p)
{
    return p->n > p->n_missing && 2 * p->n_number >= p->n - p->n_missing;
}

enum mw_status mw_guess_fail_memory(const struct mw_table_guess *g, struct mw_error *err)
{
    return MW_FAIL(err, MW_E_MEMORY, "%s: no memory for a guess", g->csv->name);
}

void mw_guess_decide(struct mw_table_guess *g, size_t i_column, enum mw_role role, const char *why)
{
    g->columns[i_column].role = role;
    g->columns[i_column].why = why;
}

size_t mw_guess_count(const struct mw_table_guess *g, enum mw_role role, size_t *i_first)
{
    size_t n = 0;
    for (size_t i = g->csv->n_columns; i-- > 0;) {
        if (g->columns[i].role == role) {
            *i_first = i;
            n++;
        }
    }
    return n;
}

/* "a, b, c, ..." of all columns, or of those with one role. */
const char *mw_guess_list(const struct mw_table_guess *g, enum mw_role role,
                          char out[MW_GUESS_LIST_CHARS + 8])
{
    size_t n = 0;
    out[0] = '\0';
    for (size_t i = 0; i < g->csv->n_columns; i++) {
        const struct mw_span name = g->csv->header[i];
        if (role != MW_ROLE_OPEN && g->columns[i].role != role) {
            continue;
        }
        if (n + name.len + 2 > MW_GUESS_LIST_CHARS) {
            memcpy(out + n, ", ...", 6);
            break;
        }
        if (n > 0) {
            memcpy(out + n, ", ", 2);
            n += 2;
        }
        memcpy(out + n, name.data, name.len);
        n += name.len;
        out[n] = '\0';
    }
    return out;
}

/* ---- what the table file says ------------------------------------------------------------------------- */

static enum mw_status take_column(struct mw_table_guess *g, struct mw_span column, enum mw_role role,
                                  struct mw_span name, struct mw_error *err)
{
    char columns[MW_GUESS_LIST_CHARS + 8];
    if (column.len == 0) {
        return MW_OK;
    }
    const size_t i = mw_csv_column(g->csv, column);
    if (i == MW_CSV_NONE) {
        return MW_FAIL(err, MW_E_DATA,
                       "%s: the table file names the column \"" MW_SPAN_FMT "\", which is not there; "
                       "the columns are %s",
                       g->csv->name, MW_SPAN_ARG(column), mw_guess_list(g, MW_ROLE_OPEN, columns));
    }
    if (g->columns[i].role != MW_ROLE_OPEN && g->columns[i].role != role) {
        return MW_FAIL(err, MW_E_DATA,
                       "%s: the table file takes the column \"" MW_SPAN_FMT "\" for two things, %s and "
                       "%s: leave one out",
                       g->csv->name, MW_SPAN_ARG(column), mw_role_name(g->columns[i].role),
                       mw_role_name(role));
    }
    g->columns[i].given = true;
    g->columns[i].name = name.len > 0 ? name : g->columns[i].name;
    mw_guess_decide(g, i, role, "the table file says so");
    return MW_OK;
}

static enum mw_status take_lists(struct mw_table_guess *g, const struct mw_tenant *t, struct mw_error *err)
{
    for (size_t i = 0; i < t->n_channels && t->long_form == NULL; i++) {
        MW_TRY(take_column(g, t->channels[i].column, MW_ROLE_SPEND, t->channels[i].channel, err));
    }
    for (size_t i = 0; i < t->n_controls; i++) {
        MW_TRY(take_column(g, t->controls[i].column, MW_ROLE_CONTROL, t->controls[i].name, err));
    }
    for (size_t i = 0; i < t->n_events; i++) {
        MW_TRY(take_column(g, t->events[i].column, MW_ROLE_EVENT, t->events[i].name, err));
    }
    for (size_t i = 0; i < t->n_ignored; i++) {
        MW_TRY(take_column(g, t->ignored[i], MW_ROLE_IGNORED, (struct mw_span){0}, err));
    }
    return MW_OK;
}

static enum mw_status take_given(struct mw_table_guess *g, struct mw_error *err)
{
    const struct mw_tenant *t = &g->tenant;
    MW_TRY(take_column(g, t->date.column, MW_ROLE_DATE, (struct mw_span){0}, err));
    MW_TRY(take_column(g, t->geo.column, MW_ROLE_GEO, (struct mw_span){0}, err));
    MW_TRY(take_column(g, t->outcome.column, MW_ROLE_OUTCOME, t->outcome.name, err));
    MW_TRY(take_column(g, t->outcome.times, MW_ROLE_TIMES, (struct mw_span){0}, err));
    if (t->long_form != NULL) {
        MW_TRY(take_column(g, t->long_form->channel, MW_ROLE_CHANNEL, (struct mw_span){0}, err));
        MW_TRY(take_column(g, t->long_form->spend, MW_ROLE_SPEND, (struct mw_span){0}, err));
    }
    return take_lists(g, t, err);
}

/* A table file that lists its channels leaves nothing to guess but the date. */
static bool is_complete(const struct mw_tenant *given)
{
    return given != NULL && (given->n_channels > 0 || given->long_form != NULL);
}

/* ---- the date ----------------------------------------------------------------------------------------- */

/* How much a column looks like the date of its rows: all cells are dates, the name says so. 0: not at all. */
static int date_rank(const struct mw_table_guess *g, size_t i)
{
    const struct mw_profile *p = &g->profiles[i];
    const bool named = mw_guess_has(g, i, MW_WORD_DATE);
    const bool exact = mw_text_is(g->csv->header[i], "date") || mw_text_is(g->csv->header[i], "ds");
    if (mw_profile_is_date(p)) {
        return 2 + named + exact;
    }
    return named && p->n > p->n_missing && 2 * p->n_date > p->n - p->n_missing ? 1 : 0;
}

static enum mw_status fail_no_date(const struct mw_table_guess *g, struct mw_error *err)
{
    char columns[MW_GUESS_LIST_CHARS + 8];
    for (size_t i = 0; i < g->csv->n_columns; i++) {
        if (mw_guess_has(g, i, MW_WORD_DATE) && !mw_profile_is_number(&g->profiles[i]) &&
            g->profiles[i].n_missing == 0) {
            return mw_csv_fail(g->csv, 0, i, err,
                               "\"" MW_SPAN_FMT "\" is not a date: write dates like 2026-01-31",
                               MW_SPAN_ARG(mw_csv_cell(g->csv, 0, i)));
        }
    }
    return MW_FAIL(err, MW_E_DATA,
                   "%s: no column holds dates; the columns are %s. A table needs a date in each row, like "
                   "2026-01-31; if there is one, write {\"date\":{\"column\":\"NAME\",\"format\":\"dmy\"}} "
                   "in a table file (--table FILE.json)",
                   g->csv->name, mw_guess_list(g, MW_ROLE_OPEN, columns));
}

static enum mw_status find_date(struct mw_table_guess *g, struct mw_error *err)
{
    int best = 0;
    size_t n_best = 0, i_given = 0;
    if (mw_guess_count(g, MW_ROLE_DATE, &i_given) > 0) {
        g->i_date = i_given;
        return MW_OK;
    }
    for (size_t i = 0; i < g->csv->n_columns; i++) {
        const int rank = g->columns[i].role == MW_ROLE_OPEN ? date_rank(g, i) : 0;
        n_best = rank > best ? 1 : n_best + (rank == best);
        g->i_date = rank > best ? i : g->i_date;
        best = rank > best ? rank : best;
    }
    if (best == 0) {
        return fail_no_date(g, err);
    }
    if (n_best > 1) {
        const struct mw_span name = g->csv->header[g->i_date];
        return MW_FAIL(err, MW_E_DATA,
                       "%s: %zu columns may be the date: write {\"date\":{\"column\":\"" MW_SPAN_FMT "\"}} "
                       "(or the one you mean) in a table file (--table FILE.json)",
                       g->csv->name, n_best, MW_SPAN_ARG(name));
    }
    mw_guess_decide(g, g->i_date, MW_ROLE_DATE, "every cell is a date");
    return MW_OK;
}

static enum mw_status find_order(const struct mw_table_guess *g, enum mw_date_order *order,
                                 struct mw_error *err)
{
    const struct mw_profile *p = &g->profiles[g->i_date];
    const struct mw_span format = g->tenant.date.format;
    const size_t row = p->i_first_bad_date;
    *order = format.len > 0 ? mw_date_order_of(format) : mw_date_order_decide(p->date_orders);
    if (format.len == 0 && row != MW_CSV_NONE) {
        return mw_csv_fail(g->csv, row, g->i_date, err,
                           "\"" MW_SPAN_FMT "\" is not a date%s: write all dates like 2026-01-31",
                           MW_SPAN_ARG(mw_csv_cell(g->csv, row, g->i_date)),
                           row > 0 ? " in the form of those above it" : "");
    }
    if (*order == MW_DATE_NO_ORDER) {
        return mw_csv_fail(g->csv, 0, g->i_date, err,
                           "\"" MW_SPAN_FMT "\" may be month/day or day/month, and no other row "
                           "decides it: write {\"date\":{\"column\":\"" MW_SPAN_FMT
                           "\",\"format\":\"mdy\"}} (or \"dmy\") in a "
                           "table file (--table FILE.json)",
                           MW_SPAN_ARG(mw_csv_cell(g->csv, 0, g->i_date)),
                           MW_SPAN_ARG(g->csv->header[g->i_date]));
    }
    return MW_OK;
}

static enum mw_status fail_monthly(const struct mw_table_guess *g, struct mw_error *err)
{
    return mw_csv_fail(
        g->csv, MW_CSV_NONE, g->i_date, err,
        "the rows are months or longer: a month hides when the money was "
        "spent and what it did, so carry-over and saturation cannot be told apart (MIS-01): export the "
        "table by week or by day");
}

/* Reads all dates, and the grid from them unless the table file names it. */
static enum mw_status read_calendar(struct mw_table_guess *g, struct mw_error *err)
{
    enum mw_date_order order = MW_DATE_NO_ORDER;
    MW_TRY(find_order(g, &order, err));
    g->dates = mw_new_array(&g->arena, mw_date, g->csv->n_rows);
    mw_date *sorted = malloc(g->csv->n_rows * sizeof *sorted);
    if (g->dates == NULL || sorted == NULL) {
        free(sorted);
        return mw_guess_fail_memory(g, err);
    }
    for (size_t i = 0; i < g->csv->n_rows; i++) {
        (void)mw_date_read(mw_csv_cell(g->csv, i, g->i_date), order, &g->dates[i]);
    }
    memcpy(sorted, g->dates, g->csv->n_rows * sizeof *sorted);
    const size_t n = mw_dates_sort(sorted, g->csv->n_rows);
    const enum mw_spacing spacing = mw_dates_spacing(sorted, n);
    free(sorted);
    if (n > 1 && spacing == MW_SPACING_MONTH) {
        return fail_monthly(g, err);
    }
    g->dates_repeat = n < g->csv->n_rows;
    g->tenant.grid = g->tenant.grid >= 0          ? g->tenant.grid
                     : spacing == MW_SPACING_WEEK ? MW_GRID_WEEK
                                                  : MW_GRID_DAY;
    g->tenant.date = (struct mw_column){g->csv->header[g->i_date], mw_span(mw_date_order_name(order))};
    return MW_OK;
}

/* ---- lifecycle ---------------------------------------------------------------------------------------- */

static struct mw_tenant tenant_blank(struct mw_span name)
{
    return (struct mw_tenant){.tenant = name,
                              .grid = -1,
                              .week_start = -1,
                              .clock = MW_CLOCK_EVENT,
                              .outcome = {.margin = (double)NAN}};
}

static enum mw_status open_columns(struct mw_table_guess *g, struct mw_error *err)
{
    const char decimal = g->tenant.decimal.len == 1 ? g->tenant.decimal.data[0] : 0;
    g->columns = mw_new_array(&g->arena, struct mw_guess_column, g->csv->n_columns);
    if (g->columns == NULL) {
        return mw_guess_fail_memory(g, err);
    }
    for (size_t i = 0; i < g->csv->n_columns; i++) {
        g->columns[i].words = mw_words_of(g->csv->header[i]);
    }
    return mw_profiles(g->csv, decimal, &g->arena, &g->profiles, err);
}

static enum mw_status guess(struct mw_table_guess *g, bool complete, struct mw_error *err)
{
    MW_TRY(open_columns(g, err));
    MW_TRY(take_given(g, err));
    MW_TRY(find_date(g, err));
    MW_TRY(read_calendar(g, err));
    if (!complete) {
        mw_guess_find_long(g);
    }
    mw_guess_find_geo(g);
    mw_guess_judge(g, complete);
    MW_TRY(mw_guess_name(g, err));
    mw_guess_settle_spend(g);
    MW_TRY(mw_guess_settle_outcome(g, err));
    MW_TRY(mw_guess_settle_currency(g, err));
    MW_TRY(mw_guess_check_decimals(g, err));
    return mw_guess_build(g, err);
}

enum mw_status mw_table_guess(const struct mw_csv *csv, const struct mw_tenant *given, struct mw_span tenant,
                              struct mw_table_guess **out, struct mw_error *err)
{
    struct mw_table_guess *g = calloc(1, sizeof *g);
    *out = g;
    if (g == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "%s: no memory for a guess", csv->name);
    }
    g->csv = csv;
    g->tenant = given != NULL ? *given : tenant_blank(tenant);
    g->tenant.tenant = g->tenant.tenant.len > 0 ? g->tenant.tenant : tenant;
    g->tenant.clock = MW_CLOCK_EVENT; /* a table is history and brings its own time */
    const enum mw_status status = guess(g, is_complete(given), err);
    if (status != MW_OK) {
        mw_table_guess_close(out);
    }
    return status;
}

void mw_table_guess_close(struct mw_table_guess **g)
{
    if (*g != NULL) {
        mw_arena_fini(&(*g)->arena);
        free(*g);
        *g = NULL;
    }
}
