/* mw_table_internal.h: the steps of loading a table, in the order in which they are taken (mw_table.c). */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_names.h"
#include "mw_table.h"

/* What loading needs besides the table itself. Rows are stored as their position plus one, so that 0 means
 * none. */
struct mw_loader {
    const struct mw_table_guess *guess;
    const struct mw_csv *csv;
    struct mw_table *table;
    struct mw_error *err;
    bool fill;
    size_t i_geo, i_channel, i_long_spend, i_outcome, i_times; /* columns, or MW_CSV_NONE */
    size_t *spend_columns, *factor_columns;                    /* by channel; by factor */
    uint32_t *row_period, *row_geo;                            /* by row */
    uint32_t *first_row;                                       /* [period][geo]: the row that has it */
    uint32_t *spend_row;                                       /* [period][channel][geo], of a long table */
    uint32_t *factor_count; /* [period][factor]: places that gave a value */
    struct mw_names geos;
    struct mw_arena arena;
};

/* Positions in the table's arrays. */
size_t mw_table_at_geo(const struct mw_table *t, size_t i_period, size_t i_geo);
size_t mw_table_at_spend(const struct mw_table *t, size_t i_period, size_t i_channel, size_t i_geo);
enum mw_status mw_loader_fail_memory(const struct mw_loader *l);
/* "week", "day". */
const char *mw_loader_period_name(const struct mw_tenant *tenant);

/* ---- mw_table_cells.c --------------------------------------------------------------------------------- */

/* Puts every cell in its place. MW_E_DATA for what cannot be read, for negative and blank spend, and for dates that
 * come twice. */
MW_MUST_USE enum mw_status mw_loader_read_rows(struct mw_loader *l);

/* ---- mw_table_check.c --------------------------------------------------------------------------------- */

/* Missing dates: filled with zeros where the table file wants it, MW_E_DATA otherwise. */
MW_MUST_USE enum mw_status mw_loader_settle_missing(struct mw_loader *l);
/* A period that lacks the outcome of a place has none. */
void mw_loader_settle_gaps(struct mw_table *t);
/* Means over places. MW_E_DATA for a date without any value. */
MW_MUST_USE enum mw_status mw_loader_settle_controls(struct mw_loader *l);
/* MW_E_DATA for what no model can learn from. */
MW_MUST_USE enum mw_status mw_loader_check_channels(const struct mw_loader *l);
MW_MUST_USE enum mw_status mw_loader_check_controls(const struct mw_loader *l);
MW_MUST_USE enum mw_status mw_loader_check_rows(const struct mw_loader *l);
/* What a person should know. MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_loader_warn(const struct mw_loader *l);
