// SPDX-License-Identifier: Apache-2.0
#include "mw_table_guess.h"

#include "mw_table_dates.h"
#include "mw_text.h"
#include "mw_vocabulary.h"
#include <math.h>
#include <stdlib.h>

enum { EVENT_TEXTS_MAX = 20, LIST_CHARS_MAX = 150 };

/* ---- small questions
 * --------------------------------------------------------------------------------------- */

static bool has(const struct mw_table_guess *g, size_t i_column, unsigned words)
{
    return (g->columns[i_column].words & words) != 0;
}

/* A named column with a few cells that are no numbers is still the one meant: loading will point at the cell.
 */
static bool is_mostly_number(const struct mw_profile *p)
{
    return p->n > p->n_missing && 2 * p->n_number >= p->n - p->n_missing;
}

static enum mw_status fail_memory(const struct mw_table_guess *g, struct mw_error *err)
{
    return MW_FAIL(err, MW_E_MEMORY, "%s: no memory for a guess", g->csv->name);
}

static void decide(struct mw_table_guess *g, size_t i_column, enum mw_role role, const char *why)
{
    g->columns[i_column].role = role;
    g->columns[i_column].why = why;
}

static size_t count_role(const struct mw_table_guess *g, enum mw_role role, size_t *i_first)
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
static const char *list_columns(const struct mw_table_guess *g, enum mw_role role,
                                char out[LIST_CHARS_MAX + 8])
{
    size_t n = 0;
    out[0] = '\0';
    for (size_t i = 0; i < g->csv->n_columns; i++) {
        const struct mw_span name = g->csv->header[i];
        if (role != MW_ROLE_OPEN && g->columns[i].role != role) {
            continue;
        }
        if (n + name.len + 2 > LIST_CHARS_MAX) {
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

/* ---- what the table file says
 * ------------------------------------------------------------------------------ */

static enum mw_status take_column(struct mw_table_guess *g, struct mw_span column, enum mw_role role,
                                  struct mw_span name, struct mw_error *err)
{
    char columns[LIST_CHARS_MAX + 8];
    if (column.len == 0) {
        return MW_OK;
    }
    const size_t i = mw_csv_column(g->csv, column);
    if (i == MW_CSV_NONE) {
        return MW_FAIL(err, MW_E_DATA,
                       "%s: the table file names the column \"" MW_SPAN_FMT "\", which is not there; "
                       "the columns are %s",
                       g->csv->name, MW_SPAN_ARG(column), list_columns(g, MW_ROLE_OPEN, columns));
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
    decide(g, i, role, "the table file says so");
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

/* ---- the date
 * ---------------------------------------------------------------------------------------------- */

/* How much a column looks like the date of its rows: all cells are dates, the name says so. 0: not at all. */
static int date_rank(const struct mw_table_guess *g, size_t i)
{
    const struct mw_profile *p = &g->profiles[i];
    const bool named = has(g, i, MW_WORD_DATE);
    const bool exact = mw_text_is(g->csv->header[i], "date") || mw_text_is(g->csv->header[i], "ds");
    if (mw_profile_is_date(p)) {
        return 2 + named + exact;
    }
    return named && p->n > p->n_missing && 2 * p->n_date > p->n - p->n_missing ? 1 : 0;
}

static enum mw_status fail_no_date(const struct mw_table_guess *g, struct mw_error *err)
{
    char columns[LIST_CHARS_MAX + 8];
    for (size_t i = 0; i < g->csv->n_columns; i++) {
        if (has(g, i, MW_WORD_DATE) && !mw_profile_is_number(&g->profiles[i]) &&
            g->profiles[i].n_missing == 0) {
            return mw_csv_fail(g->csv, 0, i, err,
                               "\"" MW_SPAN_FMT "\" is not a date: write dates like 2026-01-31",
                               MW_SPAN_ARG(mw_csv_cell(g->csv, 0, i)));
        }
    }
    return MW_FAIL(err, MW_E_DATA,
                   "%s: no column holds dates; the columns are %s. A table needs a date in each row, like "
                   "2026-01-31; if there is one, write {\"date\":{\"column\":\"NAME\",\"format\":\"dmy\"}} "
                   "in the table file",
                   g->csv->name, list_columns(g, MW_ROLE_OPEN, columns));
}

static enum mw_status find_date(struct mw_table_guess *g, struct mw_error *err)
{
    int best = 0;
    size_t n_best = 0, i_given = 0;
    if (count_role(g, MW_ROLE_DATE, &i_given) > 0) {
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
                       "(or the one you mean) in the table file",
                       g->csv->name, n_best, MW_SPAN_ARG(name));
    }
    decide(g, g->i_date, MW_ROLE_DATE, "every cell is a date");
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
                           "\",\"format\":\"mdy\"}} (or \"dmy\") in the "
                           "table file",
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
        return fail_memory(g, err);
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

/* ---- tables with several rows per date
 * --------------------------------------------------------------------- */

static void find_geo(struct mw_table_guess *g)
{
    const unsigned amounts = MW_WORD_SPEND | MW_WORD_REVENUE | MW_WORD_CONVERSIONS | MW_WORD_EXPOSURE;
    size_t i_geo = 0;
    if (!g->dates_repeat || count_role(g, MW_ROLE_GEO, &i_geo) > 0) {
        return;
    }
    for (size_t i = 0; i < g->csv->n_columns; i++) {
        if (g->columns[i].role == MW_ROLE_OPEN && has(g, i, MW_WORD_GEO) &&
            !has(g, i, amounts | MW_WORD_POPULATION) && g->profiles[i].n_distinct > 1) {
            decide(g, i, MW_ROLE_GEO, "names a place; places are summed per date");
            return;
        }
    }
}

/* A column of texts called channel or platform, and one column of spend beside it. */
static void find_long(struct mw_table_guess *g)
{
    size_t i_channel = MW_CSV_NONE, i_spend = MW_CSV_NONE, n_spend = 0;
    for (size_t i = g->csv->n_columns; i-- > 0;) {
        const bool open = g->columns[i].role == MW_ROLE_OPEN, number = is_mostly_number(&g->profiles[i]);
        if (open && !number && has(g, i, MW_WORD_CHANNEL)) {
            i_channel = i;
        }
        if (open && number && has(g, i, MW_WORD_SPEND) && !has(g, i, MW_WORD_RATE | MW_WORD_RIVAL)) {
            i_spend = i;
            n_spend++;
        }
    }
    if (i_channel != MW_CSV_NONE && n_spend == 1) {
        decide(g, i_channel, MW_ROLE_CHANNEL, "names the channel of its row: a long table");
        decide(g, i_spend, MW_ROLE_SPEND, "the spend of the row's channel");
    }
}

/* ---- one column at a time
 * ---------------------------------------------------------------------------------- */

struct finding {
    enum mw_role role;
    const char *why;
};

static struct finding judge_text(const struct mw_table_guess *g, size_t i)
{
    const struct mw_profile *p = &g->profiles[i];
    if (mw_profile_is_date(p)) {
        return (struct finding){MW_ROLE_IGNORED, "a second date"};
    }
    if (p->n_missing > 0 && p->n_distinct <= EVENT_TEXTS_MAX &&
        (has(g, i, MW_WORD_EVENT) || 2 * p->n_missing >= p->n)) {
        return (struct finding){MW_ROLE_EVENT, "a text on some dates, nothing on the others"};
    }
    return (struct finding){MW_ROLE_IGNORED, "text"};
}

/* By contents alone, whatever the name; MW_ROLE_OPEN when they say nothing. */
static struct finding judge_contents(const struct mw_table_guess *g, size_t i)
{
    const struct mw_profile *p = &g->profiles[i];
    const char *function = mw_profile_date_function(g->csv, i, p, g->dates);
    if (mw_profile_is_constant(p) && !(has(g, i, MW_WORD_MEDIUM) && p->max == 0.0)) {
        return (struct finding){MW_ROLE_IGNORED, "the same in all rows"};
    }
    if (function != NULL) {
        return (struct finding){MW_ROLE_IGNORED, function};
    }
    if (p->is_row_number) {
        return (struct finding){MW_ROLE_IGNORED, "a count of rows"};
    }
    if (mw_profile_is_zero_one(p)) {
        return (struct finding){MW_ROLE_EVENT, "0 and 1 only"};
    }
    return (struct finding){MW_ROLE_OPEN, NULL};
}

/* What is never part of the model, or never an outcome, by its name. */
static struct finding judge_side_columns(const struct mw_table_guess *g, size_t i)
{
    const unsigned per_conversion = MW_WORD_REVENUE | MW_WORD_CONVERSIONS;
    const bool value_of =
        has(g, i, MW_WORD_VALUE_OF) ||
        (has(g, i, MW_WORD_RATE) && (g->columns[i].words & per_conversion) == per_conversion);
    if (has(g, i, MW_WORD_POPULATION)) {
        return (struct finding){MW_ROLE_IGNORED, "the size of a place"};
    }
    if (value_of) {
        return (struct finding){MW_ROLE_TIMES, "the value of one conversion"};
    }
    if (has(g, i, MW_WORD_RATE) && !has(g, i, MW_WORD_CONTROL | MW_WORD_RIVAL)) {
        return (struct finding){MW_ROLE_IGNORED, "a rate, not an amount"};
    }
    if (has(g, i, MW_WORD_RIVAL)) {
        return (struct finding){MW_ROLE_CONTROL, "what competitors do"};
    }
    if (has(g, i, MW_WORD_EXPOSURE)) {
        return (struct finding){MW_ROLE_IGNORED, "impressions, clicks and the like: the model takes spend"};
    }
    if (has(g, i, MW_WORD_ORGANIC)) {
        return (struct finding){MW_ROLE_IGNORED, "not paid for, and itself an effect of spend"};
    }
    return (struct finding){MW_ROLE_OPEN, NULL};
}

/* A few negative cells in a medium's column are mistakes that loading will point at; many mean that it is no spend. */
static struct finding judge_main_columns(const struct mw_table_guess *g, size_t i)
{
    if (has(g, i, MW_WORD_CONTROL)) {
        return (struct finding){MW_ROLE_CONTROL, "an outside influence by its name"};
    }
    if (has(g, i, MW_WORD_REVENUE | MW_WORD_CONVERSIONS | MW_WORD_TARGET)) {
        return has(g, i, MW_WORD_MEDIUM)
                   ? (struct finding){MW_ROLE_IGNORED, "what a platform claims is not the outcome"}
                   : (struct finding){MW_ROLE_OUTCOME, "an outcome by its name"};
    }
    if (has(g, i, MW_WORD_EVENT)) {
        return (struct finding){MW_ROLE_CONTROL, "promotions move sales; a depth, so not an event"};
    }
    if (has(g, i, MW_WORD_NUMBERED)) {
        return (struct finding){MW_ROLE_SPEND,
                                "ASSUMED to be media: nothing but its name and number says so"};
    }
    if (has(g, i, MW_WORD_MEDIUM) && 10 * g->profiles[i].n_negative <= g->profiles[i].n_number) {
        return (struct finding){MW_ROLE_SPEND, "spend on the medium it names"};
    }
    return (struct finding){MW_ROLE_IGNORED, "its name says nothing: list it to use it"};
}

static struct finding judge(const struct mw_table_guess *g, size_t i)
{
    const struct mw_profile *p = &g->profiles[i];
    if (p->n_missing == p->n) {
        return (struct finding){MW_ROLE_IGNORED, "empty"};
    }
    if (!is_mostly_number(p)) {
        return judge_text(g, i);
    }
    if (has(g, i, MW_WORD_SPEND) && !has(g, i, MW_WORD_EXPOSURE | MW_WORD_RATE | MW_WORD_RIVAL)) {
        return (struct finding){MW_ROLE_SPEND, "spend by its name"};
    }
    struct finding found = judge_contents(g, i);
    found = found.role == MW_ROLE_OPEN ? judge_side_columns(g, i) : found;
    return found.role == MW_ROLE_OPEN ? judge_main_columns(g, i) : found;
}

/* A complete table file leaves open at most which column its outcome is. */
static void judge_all(struct mw_table_guess *g, bool complete)
{
    for (size_t i = 0; i < g->csv->n_columns; i++) {
        if (g->columns[i].role != MW_ROLE_OPEN) {
            continue;
        }
        const struct finding found = judge(g, i);
        if (!complete || found.role == MW_ROLE_OUTCOME || found.role == MW_ROLE_TIMES) {
            decide(g, i, found.role, found.why);
        } else {
            decide(g, i, MW_ROLE_IGNORED, "the table file does not use it");
        }
    }
}

/* ---- all columns together
 * ---------------------------------------------------------------------------------- */

static enum mw_status name_columns(struct mw_table_guess *g, struct mw_error *err)
{
    for (size_t i = 0; i < g->csv->n_columns; i++) {
        struct mw_guess_column *c = &g->columns[i];
        const unsigned drop = c->role == MW_ROLE_SPEND ? (unsigned)(MW_WORD_SPEND | MW_WORD_TOTAL) : 0;
        if (c->name.len == 0) {
            c->name = mw_words_name(&g->arena, g->csv->header[i], drop, "media");
        }
        if (c->name.data == NULL) {
            return fail_memory(g, err);
        }
    }
    return MW_OK;
}

static bool names_spend(const struct mw_table_guess *g, size_t i)
{
    return g->columns[i].given || has(g, i, MW_WORD_SPEND);
}

static bool same_name_is_spend(const struct mw_table_guess *g, size_t i_column)
{
    for (size_t i = 0; i < g->csv->n_columns; i++) {
        if (i != i_column && g->columns[i].role == MW_ROLE_SPEND && names_spend(g, i) &&
            mw_span_eq(g->columns[i].name, g->columns[i_column].name)) {
            return true;
        }
    }
    return false;
}

/* Weaker claims to be spend give way: totals, x1 beside named media, "facebook" beside "facebook_spend". */
static void settle_spend(struct mw_table_guess *g)
{
    size_t n_spend = 0, n_numbered = 0;
    for (size_t i = 0; i < g->csv->n_columns; i++) {
        n_spend += g->columns[i].role == MW_ROLE_SPEND;
        n_numbered += g->columns[i].role == MW_ROLE_SPEND && has(g, i, MW_WORD_NUMBERED);
    }
    for (size_t i = 0; i < g->csv->n_columns; i++) {
        struct mw_guess_column *c = &g->columns[i];
        const bool numbered = has(g, i, MW_WORD_NUMBERED);
        if (c->role != MW_ROLE_SPEND || c->given) {
            continue;
        }
        if (has(g, i, MW_WORD_TOTAL) && n_spend > 1) {
            decide(g, i, MW_ROLE_IGNORED, "a total of other columns");
        } else if (numbered && n_spend > n_numbered) {
            decide(g, i, MW_ROLE_IGNORED,
                   "its name says nothing, and others say what they are: list it to use it");
        } else if (!names_spend(g, i) && !numbered && same_name_is_spend(g, i)) {
            decide(g, i, MW_ROLE_IGNORED, "another column says that it is the spend of this medium");
        }
        c->assumed = c->role == MW_ROLE_SPEND && numbered;
    }
}

static enum mw_status fail_no_spend(const struct mw_table_guess *g, struct mw_error *err)
{
    char columns[LIST_CHARS_MAX + 8];
    return MW_FAIL(err, MW_E_DATA,
                   "%s: no column looks like spend on media; the columns are %s. If some are, write "
                   "{\"channels\":[{\"column\":\"NAME\",\"channel\":\"tv\"}]} in the table file",
                   g->csv->name, list_columns(g, MW_ROLE_OPEN, columns));
}

static enum mw_status fail_no_outcome(const struct mw_table_guess *g, struct mw_error *err)
{
    char columns[LIST_CHARS_MAX + 8];
    return MW_FAIL(err, MW_E_DATA,
                   "%s: no column looks like the outcome (revenue, sales, conversions ..); the columns are "
                   "%s. Write {\"outcome\":{\"column\":\"NAME\",\"kind\":\"revenue\"}} in the table file",
                   g->csv->name, list_columns(g, MW_ROLE_OPEN, columns));
}

static enum mw_status fail_outcomes(const struct mw_table_guess *g, size_t i_first, struct mw_error *err)
{
    char columns[LIST_CHARS_MAX + 8];
    return MW_FAIL(err, MW_E_DATA,
                   "%s: several columns may be the outcome: %s. Write {\"outcome\":{\"column\":\"" MW_SPAN_FMT
                   "\",\"kind\":\"%s\"}} (or the one you mean) in the table file",
                   g->csv->name, list_columns(g, MW_ROLE_OUTCOME, columns),
                   MW_SPAN_ARG(g->csv->header[i_first]),
                   has(g, i_first, MW_WORD_REVENUE)       ? "revenue"
                   : has(g, i_first, MW_WORD_CONVERSIONS) ? "conversions"
                                                          : "other");
}

static void ignore_others(struct mw_table_guess *g, enum mw_role role, const char *why)
{
    for (size_t i = 0; i < g->csv->n_columns; i++) {
        if (g->columns[i].role == role && !g->columns[i].given) {
            decide(g, i, MW_ROLE_IGNORED, why);
        }
    }
}

/* Conversions with a value each are revenue; a value without conversions to multiply is read past. */
static enum mw_status settle_outcome(struct mw_table_guess *g, struct mw_error *err)
{
    size_t i_outcome = 0, i_times = 0;
    if (g->tenant.outcome.column.len > 0) {
        ignore_others(g, MW_ROLE_OUTCOME, "another column is the outcome");
        ignore_others(g, MW_ROLE_TIMES, "a rate, not an amount");
        (void)count_role(g, MW_ROLE_OUTCOME, &i_outcome);
        g->tenant.outcome.name = g->columns[i_outcome].name;
        return MW_OK;
    }
    const size_t n = count_role(g, MW_ROLE_OUTCOME, &i_outcome),
                 n_times = count_role(g, MW_ROLE_TIMES, &i_times);
    if (n != 1) {
        return n == 0 ? fail_no_outcome(g, err) : fail_outcomes(g, i_outcome, err);
    }
    const bool product =
        n_times == 1 && has(g, i_outcome, MW_WORD_CONVERSIONS) && !has(g, i_outcome, MW_WORD_REVENUE);
    if (!product) {
        ignore_others(g, MW_ROLE_TIMES, "a rate, not an amount");
    }
    g->tenant.outcome.column = g->csv->header[i_outcome];
    g->tenant.outcome.name = product ? mw_span("revenue") : g->columns[i_outcome].name;
    g->tenant.outcome.times = product ? g->csv->header[i_times] : (struct mw_span){0};
    g->tenant.outcome.kind = product || has(g, i_outcome, MW_WORD_REVENUE) ? MW_OUTCOME_REVENUE
                             : has(g, i_outcome, MW_WORD_CONVERSIONS)      ? MW_OUTCOME_CONVERSIONS
                                                                           : MW_OUTCOME_OTHER;
    return MW_OK;
}

/* ---- currency and decimals
 * --------------------------------------------------------------------------------- */

static bool is_money(const struct mw_table_guess *g, size_t i)
{
    const enum mw_role role = g->columns[i].role;
    return role == MW_ROLE_SPEND || role == MW_ROLE_TIMES ||
           (role == MW_ROLE_OUTCOME && g->tenant.outcome.kind == MW_OUTCOME_REVENUE &&
            g->tenant.outcome.times.len == 0);
}

static enum mw_status merge_currency(const struct mw_table_guess *g, size_t i, struct mw_span seen,
                                     struct mw_span *sum, struct mw_error *err)
{
    if (!mw_currency_agrees(*sum, seen)) {
        return mw_csv_fail(g->csv, MW_CSV_NONE, i, err,
                           "amounts are in " MW_SPAN_FMT ", others in " MW_SPAN_FMT
                           ": convert them to one currency before",
                           MW_SPAN_ARG(seen), MW_SPAN_ARG(*sum));
    }
    *sum = sum->len == 3 || seen.len == 0 ? *sum : seen;
    return MW_OK;
}

static enum mw_status settle_currency(struct mw_table_guess *g, struct mw_error *err)
{
    struct mw_span currency = g->tenant.currency;
    for (size_t i = 0; i < g->csv->n_columns; i++) {
        const struct mw_profile *p = &g->profiles[i];
        if (!is_money(g, i)) {
            continue;
        }
        if (p->i_mixed_currency != MW_CSV_NONE) {
            return mw_csv_fail(g->csv, p->i_mixed_currency, i, err,
                               "\"" MW_SPAN_FMT "\" is not in the currency of the rows "
                               "above (" MW_SPAN_FMT "): convert them to one currency before",
                               MW_SPAN_ARG(mw_csv_cell(g->csv, p->i_mixed_currency, i)),
                               MW_SPAN_ARG(p->currency));
        }
        MW_TRY(merge_currency(g, i, p->currency, &currency, err));
        MW_TRY(merge_currency(g, i, mw_words_currency(g->csv->header[i]), &currency, err));
    }
    g->currency_assumed = currency.len == 0;
    g->tenant.currency = currency.len == 0 ? mw_span("USD") : mw_currency_assume(currency);
    return MW_OK;
}

static enum mw_status check_decimals(const struct mw_table_guess *g, struct mw_error *err)
{
    for (size_t i = 0; i < g->csv->n_columns; i++) {
        const enum mw_role role = g->columns[i].role;
        const enum mw_decimal_verdict verdict = g->profiles[i].decimal;
        const bool used = role == MW_ROLE_OUTCOME || role == MW_ROLE_TIMES || role == MW_ROLE_SPEND ||
                          role == MW_ROLE_CONTROL;
        if (used && verdict == MW_DECIMAL_AMBIGUOUS) {
            const char sign = g->profiles[i].vote.unsure_point ? '.' : ',';
            return mw_csv_fail(
                g->csv, MW_CSV_NONE, i, err,
                "'%c' may be the decimal sign or part thousands, as in \"1%c234\", "
                "and nothing in the file decides it: write {\"decimal\":\".\"} (or \",\") in the table file",
                sign, sign);
        }
        if (used && verdict == MW_DECIMAL_MIXED) {
            return mw_csv_fail(
                g->csv, MW_CSV_NONE, i, err,
                "some cells have a decimal point, others a decimal comma: write "
                "them one way, or {\"decimal\":\".\"} in the table file to see which do not fit");
        }
    }
    return MW_OK;
}

/* ---- the tenant
 * -------------------------------------------------------------------------------------------- */

/* The lists of a tenant while they grow. */
struct lists {
    struct mw_tenant_channel *channels;
    struct mw_tenant_control *controls;
    struct mw_tenant_event *events;
    struct mw_span *ignored;
};

static enum mw_memory memory_of(unsigned words)
{
    return (words & MW_WORD_BRAND) != 0 && (words & MW_WORD_SEARCH) == 0 ? MW_MEMORY_BRAND : MW_MEMORY_SHORT;
}

static bool is_absent_text(struct mw_span text)
{
    static const char *const names[] = {"no", "false", "0", "off", "n", "f", NULL};
    return mw_number_is_missing(text) || mw_text_find(text, names) != SIZE_MAX;
}

/* The texts of an event column that mean "nothing": those of the file, and the blank one. */
static enum mw_status absent_texts(struct mw_table_guess *g, size_t i_column, struct mw_tenant_event *event,
                                   struct mw_error *err)
{
    struct mw_span *absent = mw_new_array(&g->arena, struct mw_span, EVENT_TEXTS_MAX + 1);
    if (absent == NULL) {
        return fail_memory(g, err);
    }
    size_t n = 0;
    for (size_t i = 0; i < g->csv->n_rows && n < EVENT_TEXTS_MAX; i++) {
        const struct mw_span text = mw_csv_cell(g->csv, i, i_column);
        bool known = text.len == 0 || !is_absent_text(text);
        for (size_t k = 0; k < n && !known; k++) {
            known = mw_span_eq(absent[k], text);
        }
        if (!known) {
            absent[n++] = text;
        }
    }
    event->absent = absent;
    event->n_absent = n;
    return MW_OK;
}

typedef bool name_taken(const struct mw_tenant *t, struct mw_span name);

static bool channel_is_taken(const struct mw_tenant *t, struct mw_span name)
{
    for (size_t i = 0; i < t->n_channels; i++) {
        if (mw_span_eq(t->channels[i].channel, name)) {
            return true;
        }
    }
    return false;
}

static bool factor_is_taken(const struct mw_tenant *t, struct mw_span name)
{
    for (size_t i = 0; i < t->n_controls; i++) {
        if (mw_span_eq(t->controls[i].name, name)) {
            return true;
        }
    }
    for (size_t i = 0; i < t->n_events; i++) {
        if (mw_span_eq(t->events[i].name, name)) {
            return true;
        }
    }
    return false;
}

/* "Price (net)" and "price-net" come down to one name: the second gets a number. */
static enum mw_status make_unique(struct mw_table_guess *g, name_taken *taken, struct mw_span *name,
                                  struct mw_error *err)
{
    const struct mw_span base = *name;
    for (size_t k = 2; name->data != NULL && taken(&g->tenant, *name); k++) {
        *name = mw_arena_printf(&g->arena, MW_SPAN_FMT "_%zu", MW_SPAN_ARG(base), k);
    }
    return name->data == NULL ? fail_memory(g, err) : MW_OK;
}

static enum mw_status add_channel(struct mw_table_guess *g, struct lists *to, struct mw_span column,
                                  struct mw_span name, unsigned words, struct mw_error *err)
{
    struct mw_tenant *t = &g->tenant;
    if (t->n_channels == MW_CHANNELS_MAX) {
        return MW_FAIL(err, MW_E_DATA,
                       "%s: more than %d channels: join small ones, or list those that count in the table "
                       "file",
                       g->csv->name, MW_CHANNELS_MAX);
    }
    MW_TRY(make_unique(g, channel_is_taken, &name, err));
    to->channels[t->n_channels++] = (struct mw_tenant_channel){.column = column,
                                                               .channel = name,
                                                               .memory = memory_of(words),
                                                               .spend_min = (double)NAN,
                                                               .spend_max = (double)NAN};
    return MW_OK;
}

static enum mw_status add_event(struct mw_table_guess *g, struct lists *to, size_t i, struct mw_error *err)
{
    struct mw_tenant_event event = {.column = g->csv->header[i], .name = g->columns[i].name};
    MW_TRY(make_unique(g, factor_is_taken, &event.name, err));
    if (!mw_profile_is_zero_one(&g->profiles[i])) {
        MW_TRY(absent_texts(g, i, &event, err));
    }
    to->events[g->tenant.n_events++] = event;
    return MW_OK;
}

static enum mw_status add_control(struct mw_table_guess *g, struct lists *to, size_t i, struct mw_error *err)
{
    struct mw_tenant_control control = {g->csv->header[i], g->columns[i].name};
    MW_TRY(make_unique(g, factor_is_taken, &control.name, err));
    to->controls[g->tenant.n_controls++] = control;
    return MW_OK;
}

static bool channel_text_is_known(const struct mw_tenant *t, struct mw_span text)
{
    for (size_t i = 0; i < t->n_channels; i++) {
        if (mw_span_eq(t->channels[i].column, text) || mw_span_eq(t->channels[i].channel, text)) {
            return true;
        }
    }
    return false;
}

/* The channels of a long table are the texts of its channel column, in the order of their first row; a table
 * file that lists channels must list all of them, so that no money is lost. */
static enum mw_status add_long_channels(struct mw_table_guess *g, struct lists *to, size_t i_column,
                                        bool listed, struct mw_error *err)
{
    for (size_t i = 0; i < g->csv->n_rows; i++) {
        const struct mw_span text = mw_csv_cell(g->csv, i, i_column);
        if (text.len == 0) {
            return mw_csv_fail(g->csv, i, i_column, err, "the channel is blank: name it, or remove the row");
        }
        if (channel_text_is_known(&g->tenant, text)) {
            continue;
        }
        if (listed) {
            return mw_csv_fail(g->csv, i, i_column, err,
                               "\"" MW_SPAN_FMT "\" is not among the channels that the table file "
                               "lists: add {\"column\":\"" MW_SPAN_FMT "\"} to them",
                               MW_SPAN_ARG(text), MW_SPAN_ARG(text));
        }
        MW_TRY(add_channel(g, to, text, mw_words_name(&g->arena, text, 0, "media"), mw_words_of(text), err));
    }
    return MW_OK;
}

/* Adds what was found; what the table file lists is there already. */
static enum mw_status add_column(struct mw_table_guess *g, struct lists *to, size_t i, struct mw_error *err)
{
    const struct mw_guess_column *c = &g->columns[i];
    if (c->role == MW_ROLE_GEO) {
        g->tenant.geo.column = g->csv->header[i];
    }
    if (c->given) {
        return MW_OK;
    }
    switch (c->role) {
    case MW_ROLE_SPEND:
        return g->tenant.long_form != NULL ? MW_OK
                                           : add_channel(g, to, g->csv->header[i], c->name, c->words, err);
    case MW_ROLE_CONTROL:
        return add_control(g, to, i, err);
    case MW_ROLE_EVENT:
        return add_event(g, to, i, err);
    case MW_ROLE_IGNORED:
        to->ignored[g->tenant.n_ignored++] = g->csv->header[i];
        return MW_OK;
    case MW_ROLE_OPEN:
    case MW_ROLE_DATE:
    case MW_ROLE_GEO:
    case MW_ROLE_CHANNEL:
    case MW_ROLE_OUTCOME:
    case MW_ROLE_TIMES:
        break;
    }
    return MW_OK;
}

static struct mw_span name_or_column(struct mw_table_guess *g, struct mw_span name, struct mw_span column)
{
    return name.len > 0 ? name : mw_words_name(&g->arena, column, 0, "media");
}

/* Copies what the table file lists, in its order, and names what it leaves unnamed after the columns. */
static bool copy_lists(struct mw_table_guess *g, struct lists *to)
{
    struct mw_tenant *t = &g->tenant;
    bool ok = true;
    for (size_t i = 0; i < t->n_channels; i++) {
        to->channels[i] = t->channels[i];
        to->channels[i].channel = name_or_column(g, t->channels[i].channel, t->channels[i].column);
        ok = ok && to->channels[i].channel.data != NULL;
    }
    for (size_t i = 0; i < t->n_controls; i++) {
        to->controls[i] = t->controls[i];
        to->controls[i].name = name_or_column(g, t->controls[i].name, t->controls[i].column);
        ok = ok && to->controls[i].name.data != NULL;
    }
    for (size_t i = 0; i < t->n_events; i++) {
        to->events[i] = t->events[i];
        to->events[i].name = name_or_column(g, t->events[i].name, t->events[i].column);
        ok = ok && to->events[i].name.data != NULL;
    }
    for (size_t i = 0; i < t->n_ignored; i++) {
        to->ignored[i] = t->ignored[i];
    }
    return ok;
}

static enum mw_status lists_take(struct mw_table_guess *g, struct lists *to, struct mw_error *err)
{
    struct mw_tenant *t = &g->tenant;
    const size_t n = g->csv->n_columns;
    to->channels = mw_new_array(&g->arena, struct mw_tenant_channel, MW_CHANNELS_MAX + t->n_channels);
    to->controls = mw_new_array(&g->arena, struct mw_tenant_control, n + t->n_controls);
    to->events = mw_new_array(&g->arena, struct mw_tenant_event, n + t->n_events);
    to->ignored = mw_new_array(&g->arena, struct mw_span, n + t->n_ignored);
    if (to->channels == NULL || to->controls == NULL || to->events == NULL || to->ignored == NULL ||
        !copy_lists(g, to)) {
        return fail_memory(g, err);
    }
    t->channels = to->channels;
    t->controls = to->controls;
    t->events = to->events;
    t->ignored = to->ignored;
    return MW_OK;
}

static enum mw_status take_long_form(struct mw_table_guess *g, size_t i_channel, struct mw_error *err)
{
    size_t i_spend = 0;
    struct mw_tenant_long *form = mw_new(&g->arena, struct mw_tenant_long);
    if (form == NULL) {
        return fail_memory(g, err);
    }
    (void)count_role(g, MW_ROLE_SPEND, &i_spend);
    *form = (struct mw_tenant_long){g->csv->header[i_channel], g->csv->header[i_spend]};
    g->tenant.long_form = form;
    return MW_OK;
}

/* What the table file lists stays as it is; the columns found are added behind. */
static enum mw_status build_tenant(struct mw_table_guess *g, struct mw_error *err)
{
    struct lists to;
    size_t i_channel = 0;
    const bool listed = g->tenant.n_channels > 0;
    MW_TRY(lists_take(g, &to, err));
    if (count_role(g, MW_ROLE_CHANNEL, &i_channel) > 0) {
        MW_TRY(take_long_form(g, i_channel, err));
        MW_TRY(add_long_channels(g, &to, i_channel, listed, err));
    }
    for (size_t i = 0; i < g->csv->n_columns; i++) {
        MW_TRY(add_column(g, &to, i, err));
    }
    return g->tenant.n_channels == 0 ? fail_no_spend(g, err) : MW_OK;
}

/* ---- lifecycle
 * --------------------------------------------------------------------------------------------- */

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
        return fail_memory(g, err);
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
        find_long(g);
    }
    find_geo(g);
    judge_all(g, complete);
    MW_TRY(name_columns(g, err));
    settle_spend(g);
    MW_TRY(settle_outcome(g, err));
    MW_TRY(settle_currency(g, err));
    MW_TRY(check_decimals(g, err));
    return build_tenant(g, err);
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
