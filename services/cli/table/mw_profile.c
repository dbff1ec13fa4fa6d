// SPDX-License-Identifier: Apache-2.0
#include "mw_profile.h"

#include <math.h>

enum { ROWS_TO_TELL = 8 }; /* with fewer rows anything may look like a count */

/* ---- one cell at a time ------------------------------------------------------------------------------- */

struct distinct {
    uint64_t hashes[MW_DISTINCT_MAX];
    size_t n;
};

static void add_distinct(struct distinct *seen, struct mw_span text)
{
    const uint64_t hash = mw_span_hash(text);
    for (size_t i = 0; i < seen->n; i++) {
        if (seen->hashes[i] == hash) {
            return;
        }
    }
    if (seen->n < MW_DISTINCT_MAX) {
        seen->hashes[seen->n++] = hash;
    }
}

static void add_date(struct mw_profile *p, struct mw_span text, size_t i_row)
{
    const unsigned orders = mw_date_orders(text);
    p->n_date += orders != 0;
    if ((orders & p->date_orders) != 0) {
        p->date_orders &= orders;
    } else if (p->i_first_bad_date == MW_CSV_NONE) {
        p->i_first_bad_date = i_row;
    }
}

static void add_text(struct mw_profile *p, struct mw_span text, size_t i_row)
{
    if (mw_number_is_missing(text)) {
        p->n_missing++;
        return;
    }
    add_date(p, text, i_row);
    mw_decimal_vote(&p->vote, text);
}

static void add_number(struct mw_profile *p, struct mw_span text, size_t i_row)
{
    struct mw_number number;
    if (mw_number_parse(text, mw_profile_decimal(p), &number, NULL) != MW_OK || number.missing) {
        return;
    }
    p->n_number++;
    p->n_zero += number.value == 0.0;
    p->n_one += number.value == 1.0;
    p->n_negative += number.value < 0.0;
    p->min = !(p->min <= number.value) ? number.value : p->min;
    p->max = !(p->max >= number.value) ? number.value : p->max;
    p->is_row_number = p->is_row_number && p->n >= ROWS_TO_TELL && number.value == p->min + (double)i_row;
    if (!mw_currency_agrees(p->currency, number.currency)) {
        p->i_mixed_currency = p->i_mixed_currency == MW_CSV_NONE ? i_row : p->i_mixed_currency;
    } else if (p->currency.len != 3) {
        p->currency = number.currency.len > 0 ? number.currency : p->currency; /* "$", then "USD" says more */
    }
}

static enum mw_decimal_verdict decide(const struct mw_profile *p, const struct mw_decimal_vote *file,
                                      char decimal)
{
    return decimal == '.'   ? MW_DECIMAL_IS_POINT
           : decimal == ',' ? MW_DECIMAL_IS_COMMA
                            : mw_decimal_decide(&p->vote, file);
}

static void read_texts(const struct mw_csv *csv, size_t i_column, struct mw_profile *p)
{
    struct distinct seen = {.n = 0};
    for (size_t i = 0; i < csv->n_rows; i++) {
        const struct mw_span cell = mw_csv_cell(csv, i, i_column);
        add_text(p, cell, i);
        add_distinct(&seen, cell);
    }
    p->n_distinct = seen.n;
}

enum mw_status mw_profiles(const struct mw_csv *csv, char decimal, struct mw_arena *arena,
                           struct mw_profile **out, struct mw_error *err)
{
    struct mw_decimal_vote file = {0};
    struct mw_profile *all = mw_new_array(arena, struct mw_profile, csv->n_columns);
    if (all == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "%s: no memory for %zu columns", csv->name, csv->n_columns);
    }
    for (size_t c = 0; c < csv->n_columns; c++) {
        all[c] = (struct mw_profile){.n = csv->n_rows,
                                     .date_orders = MW_DATE_ANY_ORDER,
                                     .i_first_bad_date = MW_CSV_NONE,
                                     .i_mixed_currency = MW_CSV_NONE,
                                     .min = (double)NAN,
                                     .max = (double)NAN,
                                     .is_row_number = true};
        read_texts(csv, c, &all[c]);
        mw_decimal_vote_add(&file, &all[c].vote);
    }
    for (size_t c = 0; c < csv->n_columns; c++) {
        all[c].decimal = decide(&all[c], &file, decimal);
        for (size_t i = 0; i < csv->n_rows; i++) {
            add_number(&all[c], mw_csv_cell(csv, i, c), i);
        }
        all[c].is_row_number = all[c].is_row_number && all[c].n_number == csv->n_rows;
    }
    *out = all;
    return MW_OK;
}

/* ---- questions ---------------------------------------------------------------------------------------- */

bool mw_profile_is_date(const struct mw_profile *p)
{
    return p->n > p->n_missing && p->n_date == p->n - p->n_missing;
}

bool mw_profile_is_number(const struct mw_profile *p)
{
    return p->n > p->n_missing && p->n_number == p->n - p->n_missing;
}

bool mw_profile_is_constant(const struct mw_profile *p)
{
    return p->n_distinct <= 1 || (mw_profile_is_number(p) && p->n_missing == 0 && p->min == p->max);
}

bool mw_profile_is_zero_one(const struct mw_profile *p)
{
    return mw_profile_is_number(p) && p->n_zero > 0 && p->n_one > 0 && p->n_zero + p->n_one == p->n_number;
}

enum mw_decimal mw_profile_decimal(const struct mw_profile *p)
{
    return p->decimal == MW_DECIMAL_IS_COMMA ? MW_DECIMAL_COMMA : MW_DECIMAL_POINT;
}

/* ---- functions of the date ---------------------------------------------------------------------------- */

static int day_of_year(mw_date d)
{
    return d - mw_date_from_civil((struct mw_civil){mw_date_to_civil(d).year, 1, 1}) + 1;
}

static double year_of(mw_date d)
{
    return mw_date_to_civil(d).year;
}

static double month_of(mw_date d)
{
    return mw_date_to_civil(d).month;
}

static double quarter_of(mw_date d)
{
    return (mw_date_to_civil(d).month - 1) /
           3; /* counted from 0; the first row settles where counting starts */
}

static double day_of_month(mw_date d)
{
    return mw_date_to_civil(d).day;
}

static double yearday_of(mw_date d)
{
    return day_of_year(d);
}

static double simple_week_of(mw_date d)
{
    return (day_of_year(d) - 1) / 7;
}

/* ISO 8601: the week belongs to the year of its Thursday. */
static double iso_week_of(mw_date d)
{
    return (day_of_year(d - mw_date_weekday(d) + 3) - 1) / 7;
}

static double monday_weekday_of(mw_date d)
{
    return mw_date_weekday(d);
}

static double sunday_weekday_of(mw_date d)
{
    return (mw_date_weekday(d) + 1) % 7;
}

static double weekend_of(mw_date d)
{
    return mw_date_weekday(d) >= 5;
}

static double days_of(mw_date d)
{
    return d;
}

static double weeks_of(mw_date d)
{
    return d / 7.0;
}

static const struct {
    const char *what;
    double (*f)(mw_date);
} date_functions[] = {
    {"follows from the date: the year", year_of},
    {"follows from the date: the month", month_of},
    {"follows from the date: the quarter", quarter_of},
    {"follows from the date: the day of the month", day_of_month},
    {"follows from the date: the day of the year", yearday_of},
    {"follows from the date: the week of the year", simple_week_of},
    {"follows from the date: the week of the year", iso_week_of},
    {"follows from the date: the day of the week", monday_weekday_of},
    {"follows from the date: the day of the week", sunday_weekday_of},
    {"follows from the date: the weekend", weekend_of},
    {"follows from the date: a count of days", days_of},
    {"follows from the date: a count of weeks", weeks_of},
};

/* Up to a constant: people count from 0, from 1, from a year of their own. */
static bool follows(const struct mw_csv *csv, size_t i_column, const struct mw_profile *p,
                    const mw_date dates[], double (*f)(mw_date))
{
    double start = (double)NAN;
    for (size_t i = 0; i < csv->n_rows; i++) {
        struct mw_number number;
        if (mw_number_parse(mw_csv_cell(csv, i, i_column), mw_profile_decimal(p), &number, NULL) != MW_OK ||
            number.missing || dates[i] == MW_DATE_NONE) {
            return false;
        }
        const double offset = number.value - f(dates[i]);
        start = i == 0 ? offset : start;
        if (!(fabs(offset - start) <= 1e-6)) {
            return false;
        }
    }
    return true;
}

const char *mw_profile_date_function(const struct mw_csv *csv, size_t i_column, const struct mw_profile *p,
                                     const mw_date dates[])
{
    if (!mw_profile_is_number(p) || p->n_missing > 0 || mw_profile_is_constant(p) || p->n < ROWS_TO_TELL) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof date_functions / sizeof date_functions[0]; i++) {
        if (follows(csv, i_column, p, dates, date_functions[i].f)) {
            return date_functions[i].what;
        }
    }
    return NULL;
}
