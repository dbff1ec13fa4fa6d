// SPDX-License-Identifier: Apache-2.0
#include "mw_guess_internal.h"

/* ---- all columns together ----------------------------------------------------------------------------- */

enum mw_status mw_guess_name(struct mw_table_guess *g, struct mw_error *err)
{
    for (size_t i = 0; i < g->csv->n_columns; i++) {
        struct mw_guess_column *c = &g->columns[i];
        const unsigned drop = c->role == MW_ROLE_SPEND ? (unsigned)(MW_WORD_SPEND | MW_WORD_TOTAL) : 0;
        if (c->name.len == 0) {
            c->name = mw_words_name(&g->arena, g->csv->header[i], drop, "media");
        }
        if (c->name.data == NULL) {
            return mw_guess_fail_memory(g, err);
        }
    }
    return MW_OK;
}

static bool names_spend(const struct mw_table_guess *g, size_t i)
{
    return g->columns[i].given || mw_guess_has(g, i, MW_WORD_SPEND);
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
void mw_guess_settle_spend(struct mw_table_guess *g)
{
    size_t n_spend = 0, n_numbered = 0;
    for (size_t i = 0; i < g->csv->n_columns; i++) {
        n_spend += g->columns[i].role == MW_ROLE_SPEND;
        n_numbered += g->columns[i].role == MW_ROLE_SPEND && mw_guess_has(g, i, MW_WORD_NUMBERED);
    }
    for (size_t i = 0; i < g->csv->n_columns; i++) {
        struct mw_guess_column *c = &g->columns[i];
        const bool numbered = mw_guess_has(g, i, MW_WORD_NUMBERED);
        if (c->role != MW_ROLE_SPEND || c->given) {
            continue;
        }
        if (mw_guess_has(g, i, MW_WORD_TOTAL) && n_spend > 1) {
            mw_guess_decide(g, i, MW_ROLE_IGNORED, "a total of other columns");
        } else if (numbered && n_spend > n_numbered) {
            mw_guess_decide(g, i, MW_ROLE_IGNORED,
                            "its name says nothing, and others say what they are: list it to use it");
        } else if (!names_spend(g, i) && !numbered && same_name_is_spend(g, i)) {
            mw_guess_decide(g, i, MW_ROLE_IGNORED, "another column says that it is the spend of this medium");
        }
        c->assumed = c->role == MW_ROLE_SPEND && numbered;
    }
}

static enum mw_status fail_no_outcome(const struct mw_table_guess *g, struct mw_error *err)
{
    char columns[MW_GUESS_LIST_CHARS + 8];
    return MW_FAIL(err, MW_E_DATA,
                   "%s: no column looks like the outcome (revenue, sales, conversions ..); the columns are "
                   "%s. Write {\"outcome\":{\"column\":\"NAME\",\"kind\":\"revenue\"}} in a table file "
                   "(--table FILE.json)",
                   g->csv->name, mw_guess_list(g, MW_ROLE_OPEN, columns));
}

static enum mw_status fail_outcomes(const struct mw_table_guess *g, size_t i_first, struct mw_error *err)
{
    char columns[MW_GUESS_LIST_CHARS + 8];
    return MW_FAIL(err, MW_E_DATA,
                   "%s: several columns may be the outcome: %s. Write {\"outcome\":{\"column\":\"" MW_SPAN_FMT
                   "\",\"kind\":\"%s\"}} (or the one you mean) in a table file (--table FILE.json)",
                   g->csv->name, mw_guess_list(g, MW_ROLE_OUTCOME, columns),
                   MW_SPAN_ARG(g->csv->header[i_first]),
                   mw_guess_has(g, i_first, MW_WORD_REVENUE)       ? "revenue"
                   : mw_guess_has(g, i_first, MW_WORD_CONVERSIONS) ? "conversions"
                                                                   : "other");
}

static void ignore_others(struct mw_table_guess *g, enum mw_role role, const char *why)
{
    for (size_t i = 0; i < g->csv->n_columns; i++) {
        if (g->columns[i].role == role && !g->columns[i].given) {
            mw_guess_decide(g, i, MW_ROLE_IGNORED, why);
        }
    }
}

/* Conversions with a value each are revenue; a value without conversions to multiply is read past. */
enum mw_status mw_guess_settle_outcome(struct mw_table_guess *g, struct mw_error *err)
{
    size_t i_outcome = 0, i_times = 0;
    if (g->tenant.outcome.column.len > 0) {
        ignore_others(g, MW_ROLE_OUTCOME, "another column is the outcome");
        ignore_others(g, MW_ROLE_TIMES, "a rate, not an amount");
        (void)mw_guess_count(g, MW_ROLE_OUTCOME, &i_outcome);
        g->tenant.outcome.name = g->columns[i_outcome].name;
        return MW_OK;
    }
    const size_t n = mw_guess_count(g, MW_ROLE_OUTCOME, &i_outcome),
                 n_times = mw_guess_count(g, MW_ROLE_TIMES, &i_times);
    if (n != 1) {
        return n == 0 ? fail_no_outcome(g, err) : fail_outcomes(g, i_outcome, err);
    }
    const bool product = n_times == 1 && mw_guess_has(g, i_outcome, MW_WORD_CONVERSIONS) &&
                         !mw_guess_has(g, i_outcome, MW_WORD_REVENUE);
    if (!product) {
        ignore_others(g, MW_ROLE_TIMES, "a rate, not an amount");
    }
    g->tenant.outcome.column = g->csv->header[i_outcome];
    g->tenant.outcome.name = product ? mw_span("revenue") : g->columns[i_outcome].name;
    g->tenant.outcome.times = product ? g->csv->header[i_times] : (struct mw_span){0};
    g->tenant.outcome.kind = product || mw_guess_has(g, i_outcome, MW_WORD_REVENUE) ? MW_OUTCOME_REVENUE
                             : mw_guess_has(g, i_outcome, MW_WORD_CONVERSIONS)      ? MW_OUTCOME_CONVERSIONS
                                                                                    : MW_OUTCOME_OTHER;
    return MW_OK;
}

/* ---- currency and decimals ---------------------------------------------------------------------------- */

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

enum mw_status mw_guess_settle_currency(struct mw_table_guess *g, struct mw_error *err)
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

enum mw_status mw_guess_check_decimals(const struct mw_table_guess *g, struct mw_error *err)
{
    for (size_t i = 0; i < g->csv->n_columns; i++) {
        const enum mw_role role = g->columns[i].role;
        const enum mw_decimal_verdict verdict = g->profiles[i].decimal;
        const bool used = role == MW_ROLE_OUTCOME || role == MW_ROLE_TIMES || role == MW_ROLE_SPEND ||
                          role == MW_ROLE_CONTROL;
        if (used && verdict == MW_DECIMAL_AMBIGUOUS) {
            const char sign = g->profiles[i].vote.unsure_point ? '.' : ',';
            return mw_csv_fail(g->csv, MW_CSV_NONE, i, err,
                               "'%c' may be the decimal sign or part thousands, as in \"1%c234\", "
                               "and nothing in the file decides it: write {\"decimal\":\".\"} (or \",\") in "
                               "a table file (--table FILE.json)",
                               sign, sign);
        }
        if (used && verdict == MW_DECIMAL_MIXED) {
            return mw_csv_fail(g->csv, MW_CSV_NONE, i, err,
                               "some cells have a decimal point, others a decimal comma: write "
                               "them one way, or {\"decimal\":\".\"} in a table file (--table FILE.json) to "
                               "see which do not fit");
        }
    }
    return MW_OK;
}
