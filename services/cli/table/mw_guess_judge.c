// SPDX-License-Identifier: Apache-2.0
#include "mw_guess_internal.h"

/* ---- tables with several rows per date ---------------------------------------------------------------- */

void mw_guess_find_geo(struct mw_table_guess *g)
{
    const unsigned amounts = MW_WORD_SPEND | MW_WORD_REVENUE | MW_WORD_CONVERSIONS | MW_WORD_EXPOSURE;
    size_t i_geo = 0;
    if (!g->dates_repeat || mw_guess_count(g, MW_ROLE_GEO, &i_geo) > 0) {
        return;
    }
    for (size_t i = 0; i < g->csv->n_columns; i++) {
        if (g->columns[i].role == MW_ROLE_OPEN && mw_guess_has(g, i, MW_WORD_GEO) &&
            !mw_guess_has(g, i, amounts | MW_WORD_POPULATION) && g->profiles[i].n_distinct > 1) {
            mw_guess_decide(g, i, MW_ROLE_GEO, "names a place; places are summed per date");
            return;
        }
    }
}

/* A column of texts called channel or platform, and one column of spend beside it. */
void mw_guess_find_long(struct mw_table_guess *g)
{
    size_t i_channel = MW_CSV_NONE, i_spend = MW_CSV_NONE, n_spend = 0;
    for (size_t i = g->csv->n_columns; i-- > 0;) {
        const bool open = g->columns[i].role == MW_ROLE_OPEN,
                   number = mw_guess_is_mostly_number(&g->profiles[i]);
        if (open && !number && mw_guess_has(g, i, MW_WORD_CHANNEL)) {
            i_channel = i;
        }
        if (open && number && mw_guess_has(g, i, MW_WORD_SPEND) &&
            !mw_guess_has(g, i, MW_WORD_RATE | MW_WORD_RIVAL)) {
            i_spend = i;
            n_spend++;
        }
    }
    if (i_channel != MW_CSV_NONE && n_spend == 1) {
        mw_guess_decide(g, i_channel, MW_ROLE_CHANNEL, "names the channel of its row: a long table");
        mw_guess_decide(g, i_spend, MW_ROLE_SPEND, "the spend of the row's channel");
    }
}

/* ---- one column at a time ----------------------------------------------------------------------------- */

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
    if (p->n_missing > 0 && p->n_distinct <= MW_GUESS_EVENT_TEXTS &&
        (mw_guess_has(g, i, MW_WORD_EVENT) || 2 * p->n_missing >= p->n)) {
        return (struct finding){MW_ROLE_EVENT, "a text on some dates, nothing on the others"};
    }
    return (struct finding){MW_ROLE_IGNORED, "text"};
}

/* By contents alone, whatever the name; MW_ROLE_OPEN when they say nothing. */
static struct finding judge_contents(const struct mw_table_guess *g, size_t i)
{
    const struct mw_profile *p = &g->profiles[i];
    const char *function = mw_profile_date_function(g->csv, i, p, g->dates);
    if (mw_profile_is_constant(p) && !(mw_guess_has(g, i, MW_WORD_MEDIUM) && p->max == 0.0)) {
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
        mw_guess_has(g, i, MW_WORD_VALUE_OF) ||
        (mw_guess_has(g, i, MW_WORD_RATE) && (g->columns[i].words & per_conversion) == per_conversion);
    if (mw_guess_has(g, i, MW_WORD_POPULATION)) {
        return (struct finding){MW_ROLE_IGNORED, "the size of a place"};
    }
    if (value_of) {
        return (struct finding){MW_ROLE_TIMES, "the value of one conversion"};
    }
    if (mw_guess_has(g, i, MW_WORD_RATE) && !mw_guess_has(g, i, MW_WORD_CONTROL | MW_WORD_RIVAL)) {
        return (struct finding){MW_ROLE_IGNORED, "a rate, not an amount"};
    }
    if (mw_guess_has(g, i, MW_WORD_RIVAL)) {
        return (struct finding){MW_ROLE_CONTROL, "what competitors do"};
    }
    if (mw_guess_has(g, i, MW_WORD_EXPOSURE)) {
        return (struct finding){MW_ROLE_IGNORED, "impressions, clicks and the like: the model takes spend"};
    }
    if (mw_guess_has(g, i, MW_WORD_ORGANIC)) {
        return (struct finding){MW_ROLE_IGNORED, "not paid for, and itself an effect of spend"};
    }
    return (struct finding){MW_ROLE_OPEN, NULL};
}

/* A few negative cells in a medium's column are mistakes that loading will point at; many mean that it is no spend. */
static struct finding judge_main_columns(const struct mw_table_guess *g, size_t i)
{
    if (mw_guess_has(g, i, MW_WORD_CONTROL)) {
        return (struct finding){MW_ROLE_CONTROL, "an outside influence by its name"};
    }
    if (mw_guess_has(g, i, MW_WORD_REVENUE | MW_WORD_CONVERSIONS | MW_WORD_TARGET)) {
        return mw_guess_has(g, i, MW_WORD_MEDIUM)
                   ? (struct finding){MW_ROLE_IGNORED, "what a platform claims is not the outcome"}
                   : (struct finding){MW_ROLE_OUTCOME, "an outcome by its name"};
    }
    if (mw_guess_has(g, i, MW_WORD_EVENT)) {
        return (struct finding){MW_ROLE_CONTROL, "promotions move sales; a depth, so not an event"};
    }
    if (mw_guess_has(g, i, MW_WORD_NUMBERED)) {
        return (struct finding){MW_ROLE_SPEND,
                                "ASSUMED to be media: nothing but its name and number says so"};
    }
    if (mw_guess_has(g, i, MW_WORD_MEDIUM) && 10 * g->profiles[i].n_negative <= g->profiles[i].n_number) {
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
    if (!mw_guess_is_mostly_number(p)) {
        return judge_text(g, i);
    }
    if (mw_guess_has(g, i, MW_WORD_SPEND) &&
        !mw_guess_has(g, i, MW_WORD_EXPOSURE | MW_WORD_RATE | MW_WORD_RIVAL)) {
        return (struct finding){MW_ROLE_SPEND, "spend by its name"};
    }
    struct finding found = judge_contents(g, i);
    found = found.role == MW_ROLE_OPEN ? judge_side_columns(g, i) : found;
    return found.role == MW_ROLE_OPEN ? judge_main_columns(g, i) : found;
}

/* A complete table file leaves open at most which column its outcome is. */
void mw_guess_judge(struct mw_table_guess *g, bool complete)
{
    for (size_t i = 0; i < g->csv->n_columns; i++) {
        if (g->columns[i].role != MW_ROLE_OPEN) {
            continue;
        }
        const struct finding found = judge(g, i);
        if (!complete || found.role == MW_ROLE_OUTCOME || found.role == MW_ROLE_TIMES) {
            mw_guess_decide(g, i, found.role, found.why);
        } else {
            mw_guess_decide(g, i, MW_ROLE_IGNORED, "the table file does not use it");
        }
    }
}
