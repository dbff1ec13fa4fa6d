// SPDX-License-Identifier: Apache-2.0
#include "records.h"

#include "mw_event.h"
#include "mw_index.h"
#include "mw_wire.h"

#include <stdlib.h>

void record_batch_fini(struct record_batch *batch)
{
    mw_arena_fini(&batch->arena);
    free(batch->items);
    *batch = (struct record_batch){.broker = batch->broker};
}

/* Everything of `record` must live in the batch's arena already. */
static enum mw_status push(struct record_batch *batch, struct mw_record record, struct mw_error *err)
{
    void *items = batch->items;
    MW_TRY(mw_vector_grow(&items, batch->n, &batch->capacity, sizeof *batch->items, err));
    batch->items = items;
    record.partition = mw_partition_of(record.key, mw_broker_n_partitions(batch->broker));
    record.offset = MW_OFFSET_NONE;
    if (record.key.data == NULL || record.value.data == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for a batch of records");
    }
    batch->items[batch->n++] = record;
    return MW_OK;
}

/* CloudEvents attributes as headers of the record. */
static enum mw_status write_headers(struct record_batch *batch, const struct mw_type *type,
                                    const struct record_origin *origin, struct mw_headers *out,
                                    struct mw_error *err)
{
    const struct mw_event event = {
        .id = mw_arena_copy(&batch->arena, origin->id),
        .source = mw_arena_copy(&batch->arena, origin->source),
        .type = mw_span(type->topic),
        .time_us = origin->time_us,
    };
    struct mw_attribute *headers = mw_new_array(&batch->arena, struct mw_attribute, MW_EVENT_ATTRIBUTES);
    if (event.id.data == NULL || event.source.data == NULL || headers == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for a batch of records");
    }
    out->items = headers;
    return mw_event_write(&event, &batch->arena, headers, &out->n, err);
}

enum mw_status record_batch_add(struct record_batch *batch, const struct mw_type *type, struct mw_span tenant,
                                const struct record_origin *origin, const void *body, struct mw_error *err)
{
    struct mw_record record = {.topic = type->topic, .time_us = origin->time_us};
    MW_TRY(write_headers(batch, type, origin, &record.headers, err));
    struct mw_writer bytes = {0};
    enum mw_status status = mw_encode(type, body, &bytes, err);
    if (status == MW_OK) {
        record.key = mw_arena_copy(&batch->arena, tenant);
        record.value = mw_arena_copy(&batch->arena, mw_writer_span(&bytes));
        status = push(batch, record, err);
    }
    mw_writer_fini(&bytes);
    return status;
}

enum mw_status record_batch_add_raw(struct record_batch *batch, const char *topic, struct mw_span key,
                                    struct mw_span value, struct mw_error *err)
{
    const struct mw_record record = {.topic = topic,
                                     .key = mw_arena_copy(&batch->arena, key),
                                     .value = mw_arena_copy(&batch->arena, value)};
    return push(batch, record, err);
}

enum mw_status record_batch_append(struct record_batch *batch, struct mw_error *err)
{
    const enum mw_status status =
        batch->n == 0 ? MW_OK : mw_broker_append(batch->broker, batch->items, batch->n, err);
    batch->n = 0;
    mw_arena_reset(&batch->arena);
    return status;
}
