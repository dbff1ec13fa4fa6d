/* mw_profile.h: what the contents of a column say about it: dates, numbers or texts, how they are written,
 * which range they have. One pass over the cells; names are mw_vocabulary.h. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_csv.h"
#include "mw_datecell.h"
#include "mw_number.h"

struct mw_profile {
    size_t n, n_missing;     /* cells; those that say "no value" */
    size_t n_number, n_date; /* of the others; a cell may be both (20240131) */
    unsigned date_orders;    /* that all dates allow */
    size_t i_first_bad_date; /* first row that is no date, or that no order shared with the rows above fits */
    struct mw_decimal_vote vote;
    enum mw_decimal_verdict decimal;
    struct mw_span currency; /* constant text */
    size_t i_mixed_currency; /* first row with another one, or MW_CSV_NONE */
    size_t n_zero, n_one, n_negative;
    double min, max;    /* of the numbers; NaN without any */
    size_t n_distinct;  /* texts, missing ones included; counted up to MW_DISTINCT_MAX */
    bool is_row_number; /* goes up by one from row to row */
};

enum { MW_DISTINCT_MAX = 64 };

/* Profiles of all columns, in the arena, with the decimal sign decided over the file (or as given: '.', ','
 * or 0). MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_profiles(const struct mw_csv *csv, char decimal, struct mw_arena *arena,
                                       struct mw_profile **out, struct mw_error *err);

bool mw_profile_is_date(const struct mw_profile *p);   /* every cell that says something */
bool mw_profile_is_number(const struct mw_profile *p); /* the same */
bool mw_profile_is_constant(const struct mw_profile *p);
bool mw_profile_is_zero_one(const struct mw_profile *p); /* both occur, nothing else */
enum mw_decimal mw_profile_decimal(const struct mw_profile *p);

/* "the week of the year", "a count of days": why the column follows from the dates of its rows alone; NULL
 * when it does not. */
const char *mw_profile_date_function(const struct mw_csv *csv, size_t i_column, const struct mw_profile *p,
                                     const mw_date dates[]);
