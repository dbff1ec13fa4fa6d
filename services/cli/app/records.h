/* records.h: raw records on their way to the bus: encoded, keyed by tenant, appended in batches that never
 * depend on timing, so that whatever lands between two batches (a lift that a test sends back) lands at the
 * same place in every run. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_bus.h"
#include "mw_messages.h"

struct record_batch {
    struct mw_broker *broker;
    struct mw_arena arena;
    struct mw_record *items;
    size_t n, capacity;
};

void record_batch_fini(struct record_batch *batch);
/* Who says what when: the attributes of a CloudEvent. The time is the record's too, so that a repeated import
 * gives the same bytes. */
struct record_origin {
    struct mw_span id, source;
    int64_t time_us;
};
/* Encodes `body` and holds it. MW_E_MEMORY, MW_E_CONTRACT as mw_encode. */
MW_MUST_USE enum mw_status record_batch_add(struct record_batch *batch, const struct mw_type *type,
                                            struct mw_span tenant, const struct record_origin *origin,
                                            const void *body, struct mw_error *err);
/* A record of an own topic, as it is; the latest of a key is what counts. */
MW_MUST_USE enum mw_status record_batch_add_raw(struct record_batch *batch, const char *topic,
                                                struct mw_span key, struct mw_span value,
                                                struct mw_error *err);
/* Appends all in one step and empties the batch. */
MW_MUST_USE enum mw_status record_batch_append(struct record_batch *batch, struct mw_error *err);
