// SPDX-License-Identifier: Apache-2.0
#include "mw_index.h"

#include <stdlib.h>
#include <string.h>

uint32_t mw_index_find(const struct mw_index *index, uint64_t hash, mw_index_eq *eq, const void *items,
                       const void *key)
{
    if (index->n_slots == 0) {
        return MW_INDEX_NONE;
    }
    for (size_t at = hash & (index->n_slots - 1);; at = (at + 1) & (index->n_slots - 1)) {
        const struct mw_index_slot *slot = &index->slots[at];
        if (slot->item_plus_1 == 0) {
            return MW_INDEX_NONE;
        }
        if (slot->hash == hash && eq(items, slot->item_plus_1 - 1, key)) {
            return slot->item_plus_1 - 1;
        }
    }
}

static void put(struct mw_index *index, struct mw_index_slot slot)
{
    size_t at = slot.hash & (index->n_slots - 1);
    while (index->slots[at].item_plus_1 != 0) {
        at = (at + 1) & (index->n_slots - 1);
    }
    index->slots[at] = slot;
}

static enum mw_status grow(struct mw_index *index, struct mw_error *err)
{
    struct mw_index wider = {.n_slots = index->n_slots == 0 ? 64 : 2 * index->n_slots, .n = index->n};
    wider.slots = calloc(wider.n_slots, sizeof *wider.slots);
    if (wider.slots == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for an index of %zu items", index->n);
    }
    for (size_t i = 0; i < index->n_slots; i++) {
        if (index->slots[i].item_plus_1 != 0) {
            put(&wider, index->slots[i]);
        }
    }
    free(index->slots);
    *index = wider;
    return MW_OK;
}

enum mw_status mw_index_add(struct mw_index *index, uint64_t hash, uint32_t item, struct mw_error *err)
{
    if (2 * (index->n + 1) > index->n_slots) {
        MW_TRY(grow(index, err));
    }
    put(index, (struct mw_index_slot){hash, item + 1});
    index->n++;
    return MW_OK;
}

void mw_index_reset(struct mw_index *index)
{
    if (index->n_slots > 0) {
        memset(index->slots, 0, index->n_slots * sizeof *index->slots);
    }
    index->n = 0;
}

void mw_index_fini(struct mw_index *index)
{
    free(index->slots);
    *index = (struct mw_index){0};
}

enum mw_status mw_vector_grow(void **items, size_t n, size_t *capacity, size_t size, struct mw_error *err)
{
    if (n < *capacity) {
        return MW_OK;
    }
    const size_t wider = *capacity == 0 ? 16 : 2 * *capacity;
    void *grown = wider > SIZE_MAX / size ? NULL : realloc(*items, wider * size);
    if (grown == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for %zu items", wider);
    }
    *items = grown;
    *capacity = wider;
    return MW_OK;
}
