/* mw_table_guess.h: from the header and the contents of a table to a tenant: which column is the date, the
 * outcome, spend, a control, an event, and which are read past, each with the reason.
 *
 * What a table file already says is taken as said. When it lists its channels it is complete, and only the
 * date, the grid and the currency are still found; when it does not, all columns that it does not name are
 * guessed.
 *
 * Rules: functions of the date, counts of rows, impressions, clicks, rates and what is not paid for are
 * ignored; 0/1 columns, and texts that are mostly "na" or blank, are events; names like x1 are media only
 * when nothing else is, and are marked as assumed; what has two readings is refused, never decided by chance.
 */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_bytes.h"
#include "mw_messages.h"
#include "mw_profile.h"

enum mw_role {
    MW_ROLE_OPEN, /* not decided yet */
    MW_ROLE_IGNORED,
    MW_ROLE_DATE,
    MW_ROLE_GEO,
    MW_ROLE_OUTCOME,
    MW_ROLE_TIMES, /* what the outcome is multiplied by */
    MW_ROLE_SPEND,
    MW_ROLE_CHANNEL, /* of a long table: the column that names the channel */
    MW_ROLE_CONTROL,
    MW_ROLE_EVENT,
};

struct mw_guess_column {
    enum mw_role role;
    unsigned words;      /* enum mw_word */
    struct mw_span name; /* of the channel, control, event or outcome */
    const char *why;     /* constant text */
    bool assumed;        /* a person should look at it */
    bool given;          /* by the table file */
};

struct mw_table_guess {
    struct mw_arena arena;
    const struct mw_csv *csv; /* borrowed */
    struct mw_profile *profiles;
    struct mw_guess_column *columns; /* one per column of the file */
    mw_date *dates;                  /* one per row; MW_DATE_NONE where it cannot be read */
    size_t i_date;
    bool dates_repeat; /* more rows than dates: places, or a long table */
    bool currency_assumed;
    struct mw_tenant tenant; /* complete: names, grid and currency filled in */
};

/* `given` is what a table file says, or NULL; `tenant` names the tenant when it does not. The guess borrows
 * from `csv` and `given`. MW_E_DATA, naming columns and an example line to write: no or several dates,
 * outcomes; no spend; an open order of date parts or decimal sign; mixed currencies; a named column that is
 * not there; monthly rows. MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_table_guess(const struct mw_csv *csv, const struct mw_tenant *given,
                                          struct mw_span tenant, struct mw_table_guess **out,
                                          struct mw_error *err);
/* May be called twice. */
void mw_table_guess_close(struct mw_table_guess **guess);

/* A plain aligned table for people: column, what it is taken for, why. */
void mw_table_guess_print(const struct mw_table_guess *guess, struct mw_writer *out);
/* "spend", "control": what a role is called in print. */
const char *mw_role_name(enum mw_role role);
