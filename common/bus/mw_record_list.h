/* mw_record_list.h: records that outlive the call that gave them. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_arena.h"
#include "mw_bus.h"

/* Records copied with all that they borrow. All zero is empty. */
struct mw_record_list {
    struct mw_arena arena;
    struct mw_record *items;
    size_t n, capacity;
    size_t n_bytes; /* of keys, values and headers */
};

/* `topic` becomes the copy's topic and must outlive the list. MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_record_list_add(struct mw_record_list *list, const struct mw_record *record,
                                              const char *topic, struct mw_error *err);
void mw_record_list_reset(struct mw_record_list *list);
void mw_record_list_fini(struct mw_record_list *list);
