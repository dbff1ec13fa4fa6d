/* mw_index.h: finds an item of a vector by its key: open addressing over (hash, position), linear probing, at
 * most half full. The items stay where the owner keeps them, in the order of their arrival, so walking them is
 * deterministic and only they are saved; an index is rebuilt on load. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_status.h"
#include <stdint.h>

struct mw_index_slot {
    uint64_t hash;
    uint32_t item_plus_1; /* 0: empty */
};

struct mw_index {
    struct mw_index_slot *slots;
    size_t n_slots, n; /* n_slots is a power of two or 0 */
};

#define MW_INDEX_NONE UINT32_MAX

/* Does item i of `items` have the key? */
typedef bool mw_index_eq(const void *items, uint32_t i, const void *key);

/* The position of the item with this hash and key, or MW_INDEX_NONE. */
uint32_t mw_index_find(const struct mw_index *index, uint64_t hash, mw_index_eq *eq, const void *items,
                       const void *key);
/* Adds a position that is not there yet. MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_index_add(struct mw_index *index, uint64_t hash, uint32_t item, struct mw_error *err);
/* Forgets all positions, keeps the memory. */
void mw_index_reset(struct mw_index *index);
void mw_index_fini(struct mw_index *index);

/* Doubles a vector when it is full: *items of `size` bytes each. MW_E_MEMORY leaves it as it was. */
MW_MUST_USE enum mw_status mw_vector_grow(void **items, size_t n, size_t *capacity, size_t size, struct mw_error *err);
