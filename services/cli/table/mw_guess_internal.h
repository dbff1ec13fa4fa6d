/* mw_guess_internal.h: the steps of a guess, in the order in which they are taken (mw_table_guess.c). */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_table_guess.h"
#include "mw_vocabulary.h"

enum { MW_GUESS_EVENT_TEXTS = 20, MW_GUESS_LIST_CHARS = 150 };

/* ---- small questions ---------------------------------------------------------------------------------- */

bool mw_guess_has(const struct mw_table_guess *g, size_t i_column, unsigned words);
/* A named column with a few cells that are no numbers is still the one meant: loading will point at the cell. */
bool mw_guess_is_mostly_number(const struct mw_profile *p);
void mw_guess_decide(struct mw_table_guess *g, size_t i_column, enum mw_role role, const char *why);
/* How many columns have a role, and the first of them. */
size_t mw_guess_count(const struct mw_table_guess *g, enum mw_role role, size_t *i_first);
/* "a, b, c, ..." of the columns with a role; MW_ROLE_OPEN: of all. */
const char *mw_guess_list(const struct mw_table_guess *g, enum mw_role role,
                          char out[MW_GUESS_LIST_CHARS + 8]);
enum mw_status mw_guess_fail_memory(const struct mw_table_guess *g, struct mw_error *err);

/* ---- mw_guess_judge.c: column by column --------------------------------------------------------------- */

/* The column that names the channel, and its spend, when the table has a row per date and channel. */
void mw_guess_find_long(struct mw_table_guess *g);
/* The column that names the place, when dates repeat. */
void mw_guess_find_geo(struct mw_table_guess *g);
/* Gives every open column a role; `complete`: the table file lists its channels. */
void mw_guess_judge(struct mw_table_guess *g, bool complete);

/* ---- mw_guess_settle.c: all columns together ---------------------------------------------------------- */

/* Names of channels, controls, events and the outcome. MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_guess_name(struct mw_table_guess *g, struct mw_error *err);
/* Weaker claims to be spend give way. */
void mw_guess_settle_spend(struct mw_table_guess *g);
/* MW_E_DATA for no or several outcomes. */
MW_MUST_USE enum mw_status mw_guess_settle_outcome(struct mw_table_guess *g, struct mw_error *err);
/* MW_E_DATA for mixed currencies. */
MW_MUST_USE enum mw_status mw_guess_settle_currency(struct mw_table_guess *g, struct mw_error *err);
/* MW_E_DATA when a column in use may be read two ways. */
MW_MUST_USE enum mw_status mw_guess_check_decimals(const struct mw_table_guess *g, struct mw_error *err);

/* ---- mw_guess_tenant.c -------------------------------------------------------------------------------- */

/* Adds what was found to what the table file lists. MW_E_DATA without any channel or with too many. MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_guess_build(struct mw_table_guess *g, struct mw_error *err);
