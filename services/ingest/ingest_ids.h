/* ingest_ids.h: event ids that have been counted, so that a repeat is told from news.
 *
 * Kept as 64-bit hashes of (kind, source, id): an id is unique within its source only. A date tells when an id may
 * leave: whoever owns the set refuses events of that date from then on. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_bytes.h"
#include "mw_index.h"
#include "mw_time.h"

struct ingest_id {
    uint64_t hash;
    mw_date date;
};

struct ingest_ids {
    struct ingest_id *items; /* in the order of their arrival */
    size_t n, capacity;
    struct mw_index index;
};

/* All zero is valid and empty. */
void ingest_ids_fini(struct ingest_ids *ids);
uint64_t ingest_id_hash(int32_t kind, struct mw_span source, struct mw_span id);
bool ingest_ids_have(const struct ingest_ids *ids, uint64_t hash);
/* An id that is not there yet. MW_E_MEMORY. */
MW_MUST_USE enum mw_status ingest_ids_add(struct ingest_ids *ids, struct ingest_id id, struct mw_error *err);
/* Forgets the ids of dates before `date`. MW_E_MEMORY. */
MW_MUST_USE enum mw_status ingest_ids_forget(struct ingest_ids *ids, mw_date date, struct mw_error *err);
/* Forgets the older half. MW_E_MEMORY. */
MW_MUST_USE enum mw_status ingest_ids_halve(struct ingest_ids *ids, struct mw_error *err);

void ingest_ids_save(const struct ingest_ids *ids, struct mw_writer *out);
/* Into an empty set. MW_E_MEMORY; damage shows in the reader's status. */
MW_MUST_USE enum mw_status ingest_ids_load(struct ingest_ids *ids, struct mw_reader *in,
                                           struct mw_error *err);
