/* mw_names.h: texts that recur (channels, sources, geos) as small numbers, in the order of their first use. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_arena.h"
#include "mw_bytes.h"
#include "mw_index.h"

struct mw_names {
    struct mw_span *items;
    size_t n, capacity;
    struct mw_index index;
    struct mw_arena arena;
};

/* All zero is a valid empty table. */
void mw_names_fini(struct mw_names *names);
/* The number of a text, new or known. MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_names_add(struct mw_names *names, struct mw_span text, uint32_t *out, struct mw_error *err);
/* MW_INDEX_NONE when the text was never added. */
uint32_t mw_names_find(const struct mw_names *names, struct mw_span text);
void mw_names_save(const struct mw_names *names, struct mw_writer *out);
/* Into an empty table. MW_E_DATA, MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_names_load(struct mw_names *names, struct mw_reader *in, struct mw_error *err);
