// SPDX-License-Identifier: Apache-2.0
#include "ingest_cells.h"

#include "mw_messages.h"

#include <stdlib.h>

void cells_fini(struct cells *cells)
{
    mw_names_fini(&cells->names);
    mw_index_fini(&cells->by_key);
    mw_index_fini(&cells->by_group);
    mw_index_fini(&cells->by_id);
    free(cells->items);
    free(cells->groups);
    free(cells->seen);
    *cells = (struct cells){0};
}

/* ---- finding ---- */

static uint64_t key_hash(const struct cell_key *key)
{
    return mw_span_hash(
        (struct mw_span){(const char *)key, sizeof *key}); /* no padding: six 32-bit members */
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

static bool is_seen(const void *items, uint32_t i, const void *key)
{
    return ((const struct seen_id *)items)[i].hash == *(const uint64_t *)key;
}

static uint32_t find_group(const struct cells *cells, const struct group_key *key)
{
    return mw_index_find(&cells->by_group, group_hash(key), is_group, cells->groups, key);
}

/* ---- adding ---- */

static enum mw_status group_join(struct cells *cells, const struct group_key *key, uint32_t i_cell,
                                 struct mw_error *err)
{
    const uint32_t known = find_group(cells, key);
    if (known != MW_INDEX_NONE) {
        struct cell_group *group = &cells->groups[known];
        cells->items[group->last].next_plus_1 = i_cell + 1;
        group->last = i_cell;
        return MW_OK;
    }
    void *groups = cells->groups;
    MW_TRY(mw_vector_grow(&groups, cells->n_groups, &cells->groups_capacity, sizeof *cells->groups, err));
    cells->groups = groups;
    MW_TRY(mw_index_add(&cells->by_group, group_hash(key), (uint32_t)cells->n_groups, err));
    cells->groups[cells->n_groups++] = (struct cell_group){*key, i_cell, i_cell};
    return MW_OK;
}

static enum mw_status cell_append(struct cells *cells, const struct cell *cell, mw_date period,
                                  struct mw_error *err)
{
    if (cells->n >= INGEST_CELLS_MAX) {
        return MW_FAIL(err, MW_E_FULL,
                       "the tenant has %d cells, the most that are kept: send fewer campaigns or geos",
                       INGEST_CELLS_MAX);
    }
    void *items = cells->items;
    MW_TRY(mw_vector_grow(&items, cells->n, &cells->capacity, sizeof *cells->items, err));
    cells->items = items;
    const struct group_key group = {cell->key.kind, cell->key.name, period};
    MW_TRY(mw_index_add(&cells->by_key, key_hash(&cell->key), (uint32_t)cells->n, err));
    cells->items[cells->n++] = *cell;
    return group_join(cells, &group, (uint32_t)(cells->n - 1), err);
}

/* Money and outcomes add up; a factor seen several times in a period (a daily one on a weekly grid) is
 * averaged. */
static double group_total(const struct cells *cells, const struct cell_group *group)
{
    double sum = 0;
    size_t n = 0;
    for (uint32_t next = group->first + 1; next != 0; next = cells->items[next - 1].next_plus_1, n++) {
        sum += cells->items[next - 1].value;
    }
    return group->key.kind == MW_CELL_FACTOR ? sum / (double)n : sum;
}

static void read_totals(const struct cells *cells, const struct cell_key *key, mw_date period,
                        struct cell_change *out)
{
    const struct group_key group_key = {key->kind, key->name, period};
    const uint32_t group = find_group(cells, &group_key);
    mw_invariant(group != MW_INDEX_NONE);
    out->total = group_total(cells, &cells->groups[group]);
    out->geo_total = 0;
    for (uint32_t next = cells->groups[group].first + 1; next != 0;
         next = cells->items[next - 1].next_plus_1) {
        const struct cell *cell = &cells->items[next - 1];
        out->geo_total += cell->key.geo == key->geo ? cell->value : 0;
    }
}

/* Finds or makes the cell of a key. */
static enum mw_status cell_of(struct cells *cells, const struct cell_key *key, mw_date period, uint32_t *out,
                              bool *is_new, struct mw_error *err)
{
    *out = mw_index_find(&cells->by_key, key_hash(key), is_cell, cells->items, key);
    *is_new = *out == MW_INDEX_NONE;
    if (*is_new) {
        const struct cell empty = {.key = *key, .observed_at = INT64_MIN};
        MW_TRY(cell_append(cells, &empty, period, err));
        *out = (uint32_t)(cells->n - 1);
    }
    return MW_OK;
}

enum mw_status cells_set(struct cells *cells, const struct cell_key *key, mw_date period, double value,
                         int64_t observed_at, struct cell_change *out, struct mw_error *err)
{
    uint32_t i;
    bool is_new;
    MW_TRY(cell_of(cells, key, period, &i, &is_new, err));
    struct cell *cell = &cells->items[i];
    out->changed = is_new || (observed_at >= cell->observed_at && !(cell->value == value));
    if (observed_at >= cell->observed_at) {
        cell->value = value;
        cell->observed_at = observed_at;
    }
    out->value = cell->value;
    read_totals(cells, key, period, out);
    return MW_OK;
}

enum mw_status cells_add(struct cells *cells, const struct cell_key *key, mw_date period, double value,
                         int64_t observed_at, struct cell_change *out, struct mw_error *err)
{
    uint32_t i;
    bool is_new;
    MW_TRY(cell_of(cells, key, period, &i, &is_new, err));
    struct cell *cell = &cells->items[i];
    out->changed = is_new || value != 0;
    cell->value += value;
    cell->observed_at = observed_at > cell->observed_at ? observed_at : cell->observed_at;
    out->value = cell->value;
    read_totals(cells, key, period, out);
    return MW_OK;
}

bool cells_total(const struct cells *cells, int32_t kind, uint32_t name, mw_date period, double *out)
{
    const struct group_key key = {kind, name, period};
    const uint32_t group = find_group(cells, &key);
    if (group == MW_INDEX_NONE) {
        return false;
    }
    *out = group_total(cells, &cells->groups[group]);
    return true;
}

/* ---- event ids ---- */

static enum mw_status seen_append(struct cells *cells, struct seen_id id, struct mw_error *err)
{
    void *seen = cells->seen;
    MW_TRY(mw_vector_grow(&seen, cells->n_seen, &cells->seen_capacity, sizeof *cells->seen, err));
    cells->seen = seen;
    MW_TRY(mw_index_add(&cells->by_id, id.hash, (uint32_t)cells->n_seen, err));
    cells->seen[cells->n_seen++] = id;
    return MW_OK;
}

enum mw_status cells_see(struct cells *cells, struct mw_span id, mw_date date, bool *repeated,
                         struct mw_error *err)
{
    const uint64_t hash = mw_span_hash(id);
    *repeated = mw_index_find(&cells->by_id, hash, is_seen, cells->seen, &hash) != MW_INDEX_NONE;
    return *repeated ? MW_OK : seen_append(cells, (struct seen_id){hash, date}, err);
}

enum mw_status cells_forget_ids(struct cells *cells, mw_date date, struct mw_error *err)
{
    size_t kept = 0;
    for (size_t i = 0; i < cells->n_seen; i++) {
        if (cells->seen[i].date >= date) {
            cells->seen[kept++] = cells->seen[i];
        }
    }
    if (kept == cells->n_seen) {
        return MW_OK;
    }
    cells->n_seen = kept;
    mw_index_reset(&cells->by_id);
    for (size_t i = 0; i < kept; i++) {
        MW_TRY(mw_index_add(&cells->by_id, cells->seen[i].hash, (uint32_t)i, err));
    }
    return MW_OK;
}

/* ---- snapshots: items only; indexes and chains follow from their order ---- */

static void save_cell(const struct cell *cell, struct mw_writer *out)
{
    mw_write_bytes(out, &cell->key, sizeof cell->key);
    mw_write_f64(out, cell->value);
    mw_write_i64(out, cell->observed_at);
}

/* Walking groups, not cells, tells the period of every cell without storing it twice. */
void cells_save(const struct cells *cells, struct mw_writer *out)
{
    mw_names_save(&cells->names, out);
    mw_date *period = malloc((cells->n + 1) * sizeof *period);
    out->failed |= period == NULL;
    for (size_t g = 0; period != NULL && g < cells->n_groups; g++) {
        for (uint32_t next = cells->groups[g].first + 1; next != 0;
             next = cells->items[next - 1].next_plus_1) {
            period[next - 1] = cells->groups[g].key.period;
        }
    }
    mw_write_u64(out, cells->n);
    for (size_t i = 0; period != NULL && i < cells->n; i++) {
        mw_write_i32(out, period[i]);
        save_cell(&cells->items[i], out);
    }
    mw_write_u64(out, cells->n_seen);
    for (size_t i = 0; i < cells->n_seen; i++) {
        mw_write_u64(out, cells->seen[i].hash);
        mw_write_i32(out, cells->seen[i].date);
    }
    free(period);
}

enum mw_status cells_load(struct cells *cells, struct mw_reader *in, struct mw_error *err)
{
    MW_TRY(mw_names_load(&cells->names, in, err));
    const size_t n = mw_read_count(in, sizeof(struct cell_key));
    for (size_t i = 0; i < n; i++) {
        const mw_date period = mw_read_i32(in);
        struct cell cell = {0};
        mw_read_bytes(in, &cell.key, sizeof cell.key);
        cell.value = mw_read_f64(in);
        cell.observed_at = mw_read_i64(in);
        MW_TRY(cell_append(cells, &cell, period, err));
    }
    const size_t n_seen = mw_read_count(in, sizeof(uint64_t));
    for (size_t i = 0; i < n_seen; i++) {
        const uint64_t hash = mw_read_u64(in);
        const mw_date date = mw_read_i32(in);
        MW_TRY(seen_append(cells, (struct seen_id){hash, date}, err));
    }
    return mw_reader_status(in, err);
}
