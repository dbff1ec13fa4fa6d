// SPDX-License-Identifier: Apache-2.0
#include "ingest_cells.h"

#include "mw_messages.h"

#include <math.h>
#include <stdlib.h>

/* About the square root of the largest groups there are (1,000 geos): then a block and the list of blocks are equally
 * long. */
enum { BLOCK_CELLS = 32 };

void cells_fini(struct cells *cells)
{
    mw_names_fini(&cells->names);
    mw_index_fini(&cells->by_key);
    mw_index_fini(&cells->by_group);
    free(cells->items);
    free(cells->blocks);
    free(cells->groups);
    *cells = (struct cells){0};
}

/* ---- finding: keys have no padding, so their bytes are what they say ---- */

static uint64_t key_hash(const struct cell_key *key)
{
    return mw_span_hash((struct mw_span){(const char *)key, sizeof *key});
}

static uint64_t group_hash(const struct group_key *key)
{
    return mw_span_hash((struct mw_span){(const char *)key, sizeof *key});
}

static bool is_cell(const void *items, uint32_t i, const void *key)
{
    return memcmp(&((const struct cell *)items)[i].key, key, sizeof(struct cell_key)) == 0;
}

static bool is_group(const void *items, uint32_t i, const void *key)
{
    return memcmp(&((const struct cell_group *)items)[i].key, key, sizeof(struct group_key)) == 0;
}

static uint32_t find_cell(const struct cells *cells, const struct cell_key *key)
{
    return mw_index_find(&cells->by_key, key_hash(key), is_cell, cells->items, key);
}

static uint32_t find_group(const struct cells *cells, const struct group_key *key)
{
    return mw_index_find(&cells->by_group, group_hash(key), is_group, cells->groups, key);
}

static struct group_key group_of(const struct cell_key *key, mw_date period, enum cell_side side)
{
    const uint32_t geo = side == CELL_SIDE_GEO ? key->geo : CELL_EVERY_GEO;
    return (struct group_key){key->kind, key->name, geo, period};
}

/* ---- adding ---- */

static enum mw_status add_block(struct cells *cells, uint32_t i_cell, uint32_t *out, struct mw_error *err)
{
    void *blocks = cells->blocks;
    MW_TRY(mw_vector_grow(&blocks, cells->n_blocks, &cells->blocks_capacity, sizeof *cells->blocks, err));
    cells->blocks = blocks;
    *out = (uint32_t)cells->n_blocks++;
    cells->blocks[*out] = (struct cell_block){.first = i_cell};
    return MW_OK;
}

static enum mw_status add_group(struct cells *cells, const struct group_key *key, uint32_t i_cell,
                                uint32_t *out, struct mw_error *err)
{
    void *groups = cells->groups;
    uint32_t block;
    MW_TRY(mw_vector_grow(&groups, cells->n_groups, &cells->groups_capacity, sizeof *cells->groups, err));
    cells->groups = groups;
    MW_TRY(add_block(cells, i_cell, &block, err));
    *out = (uint32_t)cells->n_groups;
    MW_TRY(mw_index_add(&cells->by_group, group_hash(key), *out, err));
    cells->groups[cells->n_groups++] =
        (struct cell_group){.key = *key, .first_block = block, .last_block = block, .last_cell = i_cell};
    return MW_OK;
}

/* Puts a cell behind the others of its group. */
static enum mw_status join_group(struct cells *cells, uint32_t i_cell, mw_date period, enum cell_side side,
                                 struct mw_error *err)
{
    const struct group_key key = group_of(&cells->items[i_cell].key, period, side);
    uint32_t i_group = find_group(cells, &key);
    if (i_group == MW_INDEX_NONE) {
        MW_TRY(add_group(cells, &key, i_cell, &i_group, err));
    }
    struct cell_group *group = &cells->groups[i_group];
    if (cells->blocks[group->last_block].n == BLOCK_CELLS) {
        uint32_t block;
        MW_TRY(add_block(cells, i_cell, &block, err));
        cells->blocks[group->last_block].next_plus_1 = block + 1;
        group->last_block = block;
    }
    if (group->n > 0) {
        cells->items[group->last_cell].next_plus_1[side] = i_cell + 1;
    }
    cells->items[i_cell].block[side] = group->last_block;
    cells->blocks[group->last_block].n++;
    group->last_cell = i_cell;
    group->n++;
    return MW_OK;
}

static enum mw_status add_cell(struct cells *cells, const struct cell_key *key, mw_date period, uint32_t *out,
                               struct mw_error *err)
{
    void *items = cells->items;
    mw_invariant(cells->n < INGEST_CELLS_MAX);
    MW_TRY(mw_vector_grow(&items, cells->n, &cells->capacity, sizeof *cells->items, err));
    cells->items = items;
    *out = (uint32_t)cells->n;
    MW_TRY(mw_index_add(&cells->by_key, key_hash(key), *out, err));
    cells->items[cells->n++] = (struct cell){.key = *key, .observed_at = INT64_MIN, .snapshot_at = INT64_MIN};
    MW_TRY(join_group(cells, *out, period, CELL_SIDE_ALL, err));
    return join_group(cells, *out, period, CELL_SIDE_GEO, err);
}

/* ---- sums ---- */

static void sum_block(struct cells *cells, uint32_t i_block, enum cell_side side)
{
    struct cell_block *block = &cells->blocks[i_block];
    uint32_t at = block->first;
    block->sum = cells->items[at].value;
    for (uint32_t i = 1; i < block->n; i++) {
        at = cells->items[at].next_plus_1[side] - 1;
        block->sum += cells->items[at].value;
    }
}

static void set_value(struct cells *cells, uint32_t i_cell, double value)
{
    cells->items[i_cell].value = value;
    sum_block(cells, cells->items[i_cell].block[CELL_SIDE_ALL], CELL_SIDE_ALL);
    sum_block(cells, cells->items[i_cell].block[CELL_SIDE_GEO], CELL_SIDE_GEO);
}

/* Money and outcomes add up; a factor seen several times in a period (a daily one on a weekly grid) is averaged. */
static double group_total(const struct cells *cells, const struct cell_group *group)
{
    double sum = cells->blocks[group->first_block].sum;
    for (uint32_t next = cells->blocks[group->first_block].next_plus_1; next != 0;
         next = cells->blocks[next - 1].next_plus_1) {
        sum += cells->blocks[next - 1].sum;
    }
    return group->key.kind == MW_CELL_FACTOR ? sum / group->n : sum;
}

static double total_of(const struct cells *cells, const struct cell_key *key, mw_date period,
                       enum cell_side side)
{
    const struct group_key group_key = group_of(key, period, side);
    const uint32_t group = find_group(cells, &group_key);
    mw_invariant(group != MW_INDEX_NONE);
    return group_total(cells, &cells->groups[group]);
}

bool cells_total(const struct cells *cells, int32_t kind, uint32_t name, mw_date period, double *out)
{
    const struct group_key key = {kind, name, CELL_EVERY_GEO, period};
    const uint32_t group = find_group(cells, &key);
    if (group == MW_INDEX_NONE) {
        return false;
    }
    *out = group_total(cells, &cells->groups[group]);
    return true;
}

/* ---- observations ---- */

bool cells_are_full_for(const struct cells *cells, const struct cell_observation *seen)
{
    const struct mw_names *names = &cells->names;
    const struct cell_key key = {
        .kind = seen->kind,
        .name = mw_names_find(names, seen->name),
        .source = mw_names_find(names, seen->source),
        .campaign = mw_names_find(names, seen->campaign),
        .geo = mw_names_find(names, seen->geo),
        .date = seen->date,
    };
    return cells->n >= INGEST_CELLS_MAX && find_cell(cells, &key) == MW_INDEX_NONE;
}

static enum mw_status key_of(struct mw_names *names, const struct cell_observation *seen,
                             struct cell_key *out, struct mw_error *err)
{
    *out = (struct cell_key){.kind = seen->kind, .date = seen->date};
    MW_TRY(mw_names_add(names, seen->name, &out->name, err));
    MW_TRY(mw_names_add(names, seen->source, &out->source, err));
    MW_TRY(mw_names_add(names, seen->campaign, &out->campaign, err));
    return mw_names_add(names, seen->geo, &out->geo, err);
}

/* Money comes in micros. Doubles near a sum of amounts are put back on them, as far as they can tell them apart
 * (2^51 micros), so that deltas and the snapshot that confirms them agree to the bit. */
static double whole_micros(double x)
{
    return fabs(x) < 0x1p51 / 1e6 ? floor(x * 1e6 + 0.5) / 1e6 : x;
}

/* The value of a cell after an observation. */
static double learn(const struct cell_observation *seen, struct cell *cell)
{
    const bool is_known = seen->observed_at <= cell->snapshot_at;
    if (seen->is_delta) {
        const double sum = cell->value + seen->value;
        cell->observed_at = seen->observed_at > cell->observed_at ? seen->observed_at : cell->observed_at;
        return is_known ? cell->value : seen->is_money ? whole_micros(sum) : sum;
    }
    if (seen->observed_at < cell->observed_at) {
        return cell->value;
    }
    cell->observed_at = cell->snapshot_at = seen->observed_at;
    return seen->value;
}

enum mw_status cells_observe(struct cells *cells, const struct cell_observation *seen,
                             struct cell_change *out, struct mw_error *err)
{
    struct cell_key key;
    MW_TRY(key_of(&cells->names, seen, &key, err));
    uint32_t i = find_cell(cells, &key);
    const bool is_new = i == MW_INDEX_NONE;
    if (is_new) {
        MW_TRY(add_cell(cells, &key, seen->period, &i, err));
    }
    const double before = cells->items[i].value, value = learn(seen, &cells->items[i]);
    set_value(cells, i, value);
    *out = (struct cell_change){
        .changed = is_new || !(value == before),
        .is_new = is_new,
        .before = before,
        .name = key.name,
        .value = value,
        .total = total_of(cells, &key, seen->period, CELL_SIDE_ALL),
        .geo_total = total_of(cells, &key, seen->period, CELL_SIDE_GEO),
    };
    return MW_OK;
}

/* ---- snapshots: items only; indexes, chains and sums follow from their order ---- */

static void save_cell(const struct cell *cell, struct mw_writer *out)
{
    mw_write_bytes(out, &cell->key, sizeof cell->key);
    mw_write_f64(out, cell->value);
    mw_write_i64(out, cell->observed_at);
    mw_write_i64(out, cell->snapshot_at);
}

/* Walking groups, not cells, tells the period of every cell without storing it twice. */
static void read_periods(const struct cells *cells, mw_date *period)
{
    for (size_t g = 0; g < cells->n_groups; g++) {
        const struct cell_group *group = &cells->groups[g];
        if (group->key.geo != CELL_EVERY_GEO) {
            continue;
        }
        for (uint32_t next = cells->blocks[group->first_block].first + 1; next != 0;
             next = cells->items[next - 1].next_plus_1[CELL_SIDE_ALL]) {
            period[next - 1] = group->key.period;
        }
    }
}

void cells_save(const struct cells *cells, struct mw_writer *out)
{
    mw_names_save(&cells->names, out);
    mw_date *period = malloc((cells->n + 1) * sizeof *period);
    if (period == NULL) {
        out->failed = true;
        return;
    }
    read_periods(cells, period);
    mw_write_u64(out, cells->n);
    for (size_t i = 0; i < cells->n; i++) {
        mw_write_i32(out, period[i]);
        save_cell(&cells->items[i], out);
    }
    free(period);
}

/* What a snapshot of ours can hold: a damaged one must not index beyond anything. */
static bool is_possible(const struct cells *cells, const struct cell_key *key)
{
    const size_t n = cells->names.n;
    return key->kind >= MW_CELL_SPEND && key->kind <= MW_CELL_FACTOR && key->name < n && key->source < n &&
           key->campaign < n && key->geo < n && cells->n < INGEST_CELLS_MAX &&
           find_cell(cells, key) == MW_INDEX_NONE;
}

enum mw_status cells_load(struct cells *cells, struct mw_reader *in, struct mw_error *err)
{
    MW_TRY(mw_names_load(&cells->names, in, err));
    const size_t n = mw_read_count(in, sizeof(struct cell_key));
    for (size_t i = 0; i < n; i++) {
        const mw_date period = mw_read_i32(in);
        struct cell_key key;
        uint32_t at;
        mw_read_bytes(in, &key, sizeof key);
        MW_TRY(mw_reader_status(in, err));
        if (!is_possible(cells, &key)) {
            return MW_FAIL(err, MW_E_DATA, "ingest: cell %zu of a snapshot is damaged", i);
        }
        MW_TRY(add_cell(cells, &key, period, &at, err));
        set_value(cells, at, mw_read_f64(in));
        cells->items[at].observed_at = mw_read_i64(in);
        cells->items[at].snapshot_at = mw_read_i64(in);
    }
    return mw_reader_status(in, err);
}
