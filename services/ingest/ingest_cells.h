/* ingest_cells.h: the table of what is known: one cell per (kind, name, date, source, campaign, geo), the
 * sums that the model reads, and the event ids that have been counted.
 *
 * A cell belongs to a group (kind, name, period); a group is what the model sees as one number. Cells of a
 * group are chained in the order of their arrival and always summed in that order, so a correction back to an
 * old value gives back the old sum to the bit. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_index.h"
#include "mw_names.h"
#include "mw_time.h"

enum { INGEST_CELLS_MAX = 200000, INGEST_DELTA_DAYS = 35 };

struct cell_key {
    int32_t kind; /* enum mw_cell_kind */
    uint32_t name, source, campaign, geo;
    mw_date date;
};

struct cell {
    struct cell_key key;
    uint32_t next_plus_1; /* in its group; 0: last */
    double value;
    int64_t observed_at;
};

struct group_key {
    int32_t kind;
    uint32_t name;
    mw_date period;
};

struct cell_group {
    struct group_key key;
    uint32_t first, last; /* cells */
};

/* An event id that was counted, with the date whose window it leaves with. */
struct seen_id {
    uint64_t hash;
    mw_date date;
};

struct cells {
    struct mw_names names; /* channels, outcomes, factors, sources, campaigns, geos */
    struct cell *items;
    size_t n, capacity;
    struct cell_group *groups;
    size_t n_groups, groups_capacity;
    struct seen_id *seen;
    size_t n_seen, seen_capacity;
    struct mw_index by_key, by_group, by_id;
};

/* All zero is valid and empty. */
void cells_fini(struct cells *cells);

struct cell_change {
    bool changed; /* the value is another one than before */
    double value, total, geo_total;
};

/* Sets a cell as known at observed_at; an older observation changes nothing. MW_E_FULL at INGEST_CELLS_MAX,
 * MW_E_MEMORY. */
MW_MUST_USE enum mw_status cells_set(struct cells *cells, const struct cell_key *key, mw_date period,
                                     double value, int64_t observed_at, struct cell_change *out,
                                     struct mw_error *err);
/* Adds to a cell. */
MW_MUST_USE enum mw_status cells_add(struct cells *cells, const struct cell_key *key, mw_date period,
                                     double value, int64_t observed_at, struct cell_change *out,
                                     struct mw_error *err);

/* The sum of a group (factors: the mean); false when it has no cell. */
bool cells_total(const struct cells *cells, int32_t kind, uint32_t name, mw_date period, double *out);

/* Remembers an event id; *repeated says whether it was known. */
MW_MUST_USE enum mw_status cells_see(struct cells *cells, struct mw_span id, mw_date date, bool *repeated,
                                     struct mw_error *err);
/* Forgets ids of dates before `date`. */
MW_MUST_USE enum mw_status cells_forget_ids(struct cells *cells, mw_date date, struct mw_error *err);

void cells_save(const struct cells *cells, struct mw_writer *out);
/* Into empty cells. MW_E_DATA, MW_E_MEMORY. */
MW_MUST_USE enum mw_status cells_load(struct cells *cells, struct mw_reader *in, struct mw_error *err);
