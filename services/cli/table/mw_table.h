/* mw_table.h: a table of spend and outcome, checked and placed on a calendar, and the raw records it stands
 * for.
 *
 * Periods are days or weeks (of any fixed weekday) without gaps, from the first date to the last. Within a
 * period values lie side by side, so a period is three rows of numbers and a live source can make them as
 * well (mw_period). Units: money in the tenant's currency; the outcome in its own.
 *
 * What is refused (MW_E_DATA, with file, row, column and what to do): dates or numbers that cannot be read, a
 * date twice (within a place or a channel), missing dates unless "fill" is "zero", blank or negative spend, a
 * channel that never spends, a control without a value, fewer rows than parameters, monthly rows. A blank
 * outcome is a gap: the period has none. What a person should know but the table can be used for is a
 * warning. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_records.h"
#include "mw_table_guess.h"

struct mw_table {
    struct mw_arena arena;
    struct mw_tenant tenant;
    struct mw_source source;
    mw_date first;
    size_t n_periods, n_factors, n_gaps;
    double *spend;   /* [period][channel][geo] */
    double *outcome; /* [period][geo] */
    double *factors; /* [period][factor]: mean over places of a control, 1 where any place has an event */
    struct mw_span *warnings;
    size_t n_warnings;
};

/* Loads what the guess describes; the table borrows nothing from it. MW_E_DATA as said above, MW_E_FULL above
 * 50 million numbers, MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_table_open(const struct mw_table_guess *guess, struct mw_table **out,
                                         struct mw_error *err);
/* May be called twice. */
void mw_table_close(struct mw_table **table);

struct mw_period mw_table_period(const struct mw_table *table, size_t i_period);
/* Sum over places; NaN in a gap. */
double mw_table_outcome(const struct mw_table *table, size_t i_period);
double mw_table_spend(const struct mw_table *table, size_t i_period, size_t i_channel);
/* Parameters of the model of this tenant: 4 of each channel, the columns of z, rho unless fixed, sigma. */
size_t mw_table_n_parameters(const struct mw_tenant *tenant);

/* How many records a table stands for, gaps included; and record k of them: 0 is the tenant. */
uint64_t mw_table_n_records(const struct mw_table *table);
void mw_table_record(const struct mw_table *table, uint64_t k,
                     struct mw_raw *out); /* out must not be moved */

/* Gives each record from number k on to `emit` until it fails or the table ends. *k is the number of the
 * record being given, and of the next one afterwards, so after a failure the same call goes on with the
 * record that failed. */
typedef enum mw_status mw_emit_raw(void *context, uint64_t k, const struct mw_raw *record,
                                   struct mw_error *err);
MW_MUST_USE enum mw_status mw_table_records(const struct mw_table *table, uint64_t *k, mw_emit_raw *emit,
                                            void *context, struct mw_error *err);
