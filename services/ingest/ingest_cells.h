/* ingest_cells.h: the table of what is known: one cell per (kind, name, date, source, campaign, geo), and the sums
 * that the model and the tests read.
 *
 * A cell belongs to two groups: (kind, name, period), what the model sees as one number, and the same with its geo.
 * The cells of a group are chained in the order of their arrival and summed in that order, by blocks whose sums are
 * kept: a change adds up one block and the sums of the others, and a correction back to an old value gives back the
 * old sum to the bit.
 *
 * Observations. A snapshot replaces the cell as known at its observed_at; one that is older than anything the cell
 * has heard of changes nothing, since it cannot say which of the later deltas it holds. A delta adds to the cell;
 * one observed at or before the cell's snapshot is part of that snapshot and changes nothing. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_index.h"
#include "mw_names.h"
#include "mw_time.h"

enum { INGEST_CELLS_MAX = 200000 };

/* Texts as numbers of `names`. */
struct cell_key {
    int32_t kind; /* enum mw_cell_kind */
    uint32_t name, source, campaign, geo;
    mw_date date;
};

enum cell_side { CELL_SIDE_ALL, CELL_SIDE_GEO, CELL_SIDES };

struct cell {
    struct cell_key key;
    uint32_t next_plus_1[CELL_SIDES]; /* in the group of that side; 0: last */
    uint32_t block[CELL_SIDES];
    double value;
    int64_t observed_at, snapshot_at; /* newest of all, newest snapshot; INT64_MIN: none */
};

/* Some cells of a group that follow each other, and their sum. */
struct cell_block {
    uint32_t first, n; /* cells */
    uint32_t next_plus_1;
    double sum;
};

struct group_key {
    int32_t kind;
    uint32_t name, geo; /* CELL_EVERY_GEO: the group of all */
    mw_date period;
};
#define CELL_EVERY_GEO UINT32_MAX

struct cell_group {
    struct group_key key;
    uint32_t first_block, last_block, last_cell;
    uint32_t n; /* cells */
};

struct cells {
    struct mw_names names; /* channels, outcomes, factors, sources, campaigns, geos */
    struct cell *items;
    size_t n, capacity;
    struct cell_block *blocks;
    size_t n_blocks, blocks_capacity;
    struct cell_group *groups;
    size_t n_groups, groups_capacity;
    struct mw_index by_key, by_group;
};

/* All zero is valid and empty. */
void cells_fini(struct cells *cells);

/* What is observed of which cell. */
struct cell_observation {
    int32_t kind; /* enum mw_cell_kind */
    struct mw_span name, source, campaign, geo;
    mw_date date, period; /* period: the first day of the one that holds the date */
    bool is_delta, is_money;
    double value;
    int64_t observed_at;
};

struct cell_change {
    bool changed; /* the cell is new or has another value than before */
    bool is_new;
    double before; /* its value; 0 of a new cell */
    uint32_t name;
    double value, total, geo_total;
};

/* Would an observation need a cell more than INGEST_CELLS_MAX? Then it must not be made. */
bool cells_are_full_for(const struct cells *cells, const struct cell_observation *seen);
/* MW_E_MEMORY leaves the cells unusable. */
MW_MUST_USE enum mw_status cells_observe(struct cells *cells, const struct cell_observation *seen,
                                         struct cell_change *out, struct mw_error *err);

/* The sum of a group over all geos (factors: the mean); false when it has no cell. */
bool cells_total(const struct cells *cells, int32_t kind, uint32_t name, mw_date period, double *out);

void cells_save(const struct cells *cells, struct mw_writer *out);
/* Into empty cells. MW_E_DATA, MW_E_MEMORY. */
MW_MUST_USE enum mw_status cells_load(struct cells *cells, struct mw_reader *in, struct mw_error *err);
