// SPDX-License-Identifier: Apache-2.0
#include "ingest_ids.h"

#include <stdlib.h>

void ingest_ids_fini(struct ingest_ids *ids)
{
    mw_index_fini(&ids->index);
    free(ids->items);
    *ids = (struct ingest_ids){0};
}

/* Each part is hashed by itself, so none can run into the next. */
uint64_t ingest_id_hash(int32_t kind, struct mw_span source, struct mw_span id)
{
    const uint64_t parts[] = {(uint64_t)kind, mw_span_hash(source), mw_span_hash(id)};
    return mw_span_hash((struct mw_span){(const char *)parts, sizeof parts});
}

static bool is_id(const void *items, uint32_t i, const void *key)
{
    return ((const struct ingest_id *)items)[i].hash == *(const uint64_t *)key;
}

bool ingest_ids_have(const struct ingest_ids *ids, uint64_t hash)
{
    return mw_index_find(&ids->index, hash, is_id, ids->items, &hash) != MW_INDEX_NONE;
}

enum mw_status ingest_ids_add(struct ingest_ids *ids, struct ingest_id id, struct mw_error *err)
{
    void *items = ids->items;
    MW_TRY(mw_vector_grow(&items, ids->n, &ids->capacity, sizeof *ids->items, err));
    ids->items = items;
    MW_TRY(mw_index_add(&ids->index, id.hash, (uint32_t)ids->n, err));
    ids->items[ids->n++] = id;
    return MW_OK;
}

static enum mw_status reindex(struct ingest_ids *ids, struct mw_error *err)
{
    mw_index_reset(&ids->index);
    for (size_t i = 0; i < ids->n; i++) {
        MW_TRY(mw_index_add(&ids->index, ids->items[i].hash, (uint32_t)i, err));
    }
    return MW_OK;
}

enum mw_status ingest_ids_forget(struct ingest_ids *ids, mw_date date, struct mw_error *err)
{
    size_t kept = 0;
    for (size_t i = 0; i < ids->n; i++) {
        if (ids->items[i].date >= date) {
            ids->items[kept++] = ids->items[i];
        }
    }
    const bool is_same = kept == ids->n;
    ids->n = kept;
    return is_same ? MW_OK : reindex(ids, err);
}

enum mw_status ingest_ids_halve(struct ingest_ids *ids, struct mw_error *err)
{
    const size_t n_left = ids->n / 2, kept = ids->n - n_left;
    if (n_left > 0) {
        memmove(ids->items, ids->items + n_left, kept * sizeof *ids->items);
    }
    ids->n = kept;
    return reindex(ids, err);
}

void ingest_ids_save(const struct ingest_ids *ids, struct mw_writer *out)
{
    mw_write_u64(out, ids->n);
    for (size_t i = 0; i < ids->n; i++) {
        mw_write_u64(out, ids->items[i].hash);
        mw_write_i32(out, ids->items[i].date);
    }
}

enum mw_status ingest_ids_load(struct ingest_ids *ids, struct mw_reader *in, struct mw_error *err)
{
    const size_t n = mw_read_count(in, sizeof(uint64_t) + sizeof(mw_date));
    for (size_t i = 0; i < n; i++) {
        const uint64_t hash = mw_read_u64(in);
        const mw_date date = mw_read_i32(in);
        MW_TRY(ingest_ids_add(ids, (struct ingest_id){hash, date}, err));
    }
    return MW_OK;
}
