/* mw_number.h: numbers as people and programs write them in tables.
 *
 * Decimal point or comma; thousands separated by the other one, by a blank (also U+00A0, U+2009, U+202F) or
 * by an apostrophe, in threes (or the two-two-three of Indian numbers); a currency sign or code before or
 * behind; (1,234.50), -5, 5- and U+2212 for negatives; 12 %; an exponent. Blank, "-", "n/a" and the like
 * mean: missing.
 *
 * Which of '.' and ',' is the decimal sign is a property of a column or a file, never of one cell: "1.234"
 * may be either. So cells vote first (mw_decimal_vote), and are read then. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_span.h"
#include "mw_status.h"

enum mw_decimal { MW_DECIMAL_POINT, MW_DECIMAL_COMMA };

struct mw_number {
    double value;          /* finite, or NaN when missing */
    bool missing, percent; /* percent: the value is already divided by 100 */
    struct mw_span
        currency; /* constant text: "EUR", or one of "$", "kr" and "¥" that several currencies share */
};

/* MW_E_DATA says what is wrong with the text; file, row and column are the caller's to add. */
MW_MUST_USE enum mw_status mw_number_parse(struct mw_span text, enum mw_decimal decimal,
                                           struct mw_number *out, struct mw_error *err);

/* What the cells say of the decimal sign. */
struct mw_decimal_vote {
    size_t n_point, n_comma, n_unsure; /* cells that prove one, and cells such as "1.234" and "1,234" */
    bool unsure_point;                 /* among the unsure there was a '.' .. */
    bool unsure_comma;                 /* .. and a ',' */
};
void mw_decimal_vote(struct mw_decimal_vote *vote, struct mw_span text);
void mw_decimal_vote_add(struct mw_decimal_vote *sum, const struct mw_decimal_vote *vote);

enum mw_decimal_verdict { MW_DECIMAL_IS_POINT, MW_DECIMAL_IS_COMMA, MW_DECIMAL_AMBIGUOUS, MW_DECIMAL_MIXED };
/* The column's own votes decide, then the file's; no separators at all is a point. */
enum mw_decimal_verdict mw_decimal_decide(const struct mw_decimal_vote *column,
                                          const struct mw_decimal_vote *file);

/* Whether the text stands for "no value here". */
bool mw_number_is_missing(struct mw_span text);
/* The currency that a word is the sign or code of; empty for others. */
struct mw_span mw_currency_of(struct mw_span word);
/* "$" agrees with USD and CAD, EUR with EUR; the empty one with all. */
bool mw_currency_agrees(struct mw_span a, struct mw_span b);
/* The ISO code to assume: "$" is USD, "kr" is SEK, "¥" is JPY; codes are themselves. */
struct mw_span mw_currency_assume(struct mw_span currency);
