/* Keys, all with the tenant in braces so that one tenant's keys share a cluster slot:
 *
 *   mw:{tenant}:latest:<topic>:<subject>   the latest record of a topic with a latest view: a read model
 *   mw:{tenant}:state:<service>            the tenant's snapshot
 *   mw:{tenant}:owner:<service>            the stream that may write what this service writes
 *
 * Everything here can be lost: a new generation of the cache has all of it written again, from the bus and from the
 * core. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_clock.h"
#include "mw_service_internal.h"

#include <stdlib.h>

enum { PUTS_MAX = 64, LOOK_US = 1000000 };

static const struct mw_span no_text = {"", 0}; /* data must not be NULL where it is printed */

struct batch {
    struct mw_service *service;
    struct mw_arena arena; /* keys, and in a repair values */
    struct mw_cache_put puts[PUTS_MAX];
    size_t n;
};

static enum mw_status flush(struct batch *batch, struct mw_error *err)
{
    const enum mw_status status = mw_cache_put(batch->service->config.cache, batch->puts, batch->n, err);
    batch->n = 0;
    mw_arena_reset(&batch->arena);
    return status;
}

static struct mw_span key_of(struct batch *batch, struct mw_span tenant, const char *kind, const char *what,
                             struct mw_span subject)
{
    return mw_arena_printf(&batch->arena, "mw:{" MW_SPAN_FMT "}:%s:%s%s" MW_SPAN_FMT, MW_SPAN_ARG(tenant),
                           kind, what, subject.len > 0 ? ":" : "", MW_SPAN_ARG(subject));
}

/* A service takes a tenant's keys once per start: so the log that runs now wins over one that was given up. */
static enum mw_status claim(struct batch *batch, struct mw_span tenant, struct mw_span owner,
                            struct mw_span stream, struct mw_error *err)
{
    struct mw_tenant_entry *entry;
    MW_TRY(mw_service_tenant(batch->service, tenant, &entry, err));
    entry->is_claimed = entry->is_claimed || mw_cache_claim(batch->service->config.cache, owner, stream);
    return MW_OK;
}

static enum mw_status add(struct batch *batch, struct mw_span tenant, struct mw_span key,
                          struct mw_span value, const struct mw_cache_fence *fence, struct mw_error *err)
{
    const struct mw_service_config *config = &batch->service->config;
    const struct mw_span owner = key_of(batch, tenant, "owner", config->ops->service, no_text);
    if (key.data == NULL || owner.data == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for a cache key");
    }
    MW_TRY(claim(batch, tenant, owner, fence->stream, err));
    batch->puts[batch->n++] = (struct mw_cache_put){
        .key = key, .owner = owner, .fence = *fence, .value = value, .ttl_ms = config->settings.cache_ttl_ms};
    return batch->n == PUTS_MAX ? flush(batch, err) : MW_OK;
}

static bool is_read_model(const struct mw_service *service, const struct mw_record *record)
{
    const struct mw_topic *topic = mw_broker_topic(service->config.broker, record->topic);
    return record->key.len > 0 && topic != NULL && topic->has_latest && !topic->is_compacted &&
           !topic->is_open;
}

static enum mw_status add_record(struct batch *batch, const struct mw_record *record, struct mw_span value,
                                 struct mw_error *err)
{
    struct mw_span digits = mw_record_header(record, MW_HEADER_N);
    digits = mw_arena_copy(&batch->arena, digits); /* terminated */
    const struct mw_cache_fence fence = {
        mw_arena_copy(&batch->arena, mw_record_header(record, MW_HEADER_STREAM)),
        digits.data == NULL ? 0 : strtoll(digits.data, NULL, 10)};
    if (fence.stream.data == NULL || digits.data == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for a cache key");
    }
    if (fence.stream.len == 0) {
        return MW_OK; /* not written by a service */
    }
    const struct mw_span subject = mw_record_header(record, MW_HEADER_SUBJECT);
    return add(batch, record->key, key_of(batch, record->key, "latest", record->topic, subject), value,
               &fence, err);
}

/* ---- repair ------------------------------------------------------------------------------------------------- */

static enum mw_status repair_topic(struct batch *batch, const struct mw_topic *topic, int32_t partition,
                                   struct mw_error *err)
{
    const struct mw_service *service = batch->service;
    struct mw_bus_reader *reader = NULL;
    MW_TRY(mw_broker_latest(service->config.broker, topic->name, partition, &reader, err));
    const struct mw_record *record = NULL;
    enum mw_status status = mw_bus_reader_next(reader, &record, err);
    while (status == MW_OK && record != NULL) {
        if (is_read_model(service, record) &&
            mw_span_is(mw_record_header(record, MW_HEADER_SOURCE), service->config.ops->service)) {
            const struct mw_span value = mw_arena_copy(&batch->arena, record->value);
            status = value.data == NULL ? MW_FAIL(err, MW_E_MEMORY, "no memory to repair the cache")
                                        : add_record(batch, record, value, err);
        }
        status = status == MW_OK ? mw_bus_reader_next(reader, &record, err) : status;
    }
    mw_bus_reader_close(&reader);
    return status;
}

static enum mw_status repair_states(struct batch *batch, struct mw_error *err)
{
    const struct mw_service_config *config = &batch->service->config;
    struct mw_writer bytes = {0};
    enum mw_status status = MW_OK;
    struct mw_span tenant;
    for (size_t i = 1; status == MW_OK && mw_core_tenant(config->ops, config->core, i, &tenant); i++) {
        mw_writer_reset(&bytes);
        status = config->ops->save(config->core, tenant, &bytes, err);
        if (status == MW_OK) {
            status = mw_service_cache_state(batch->service, tenant, mw_writer_span(&bytes), err);
        }
    }
    mw_writer_fini(&bytes);
    return status;
}

static enum mw_status repair(struct batch *batch, struct mw_error *err)
{
    struct mw_service *service = batch->service;
    const struct mw_topic *topic;
    for (size_t i = 0; (topic = mw_broker_topic_at(service->config.broker, i)) != NULL; i++) {
        for (int32_t p = 0; p < service->stepper.n_partitions; p++) {
            if (topic->has_latest && !topic->is_compacted && !topic->is_open && service->is_assigned[p]) {
                MW_TRY(repair_topic(batch, topic, p, err));
            }
        }
    }
    MW_TRY(flush(batch, err));
    MW_TRY(repair_states(batch, err));
    service->info.n_repairs++;
    return MW_OK;
}

static void say_state(struct mw_service *service)
{
    struct mw_cache *cache = service->config.cache;
    const enum mw_cache_state state = mw_cache_state(cache);
    if (state == service->cache_state) {
        return;
    }
    service->cache_state = state;
    mw_meter_set(service->meters.cache_up, state == MW_CACHE_UP);
    const bool up = state == MW_CACHE_UP;
    mw_log_line(service->config.log, up ? MW_LOG_INFO : MW_LOG_WARN, up ? "CACHE-UP" : "CACHE-DEGRADED",
                MW_LOG_FIELDS(mw_log_str("of", service->config.ops->service)), "%s",
                up ? "the cache answers; all keys are written again" : mw_cache_stats(cache)->last_failure);
}

/* Looking costs a round trip, so it is done with a write or once a second. */
static bool is_time_to_look(struct mw_service *service, size_t n)
{
    const int64_t now_us = mw_clock_steady_us();
    if (n == 0 && service->cache_looked_us != 0 && now_us - service->cache_looked_us < LOOK_US) {
        return false;
    }
    service->cache_looked_us = now_us;
    return true;
}

enum mw_status mw_service_feed_cache(struct mw_service *service, const struct mw_record *records, size_t n,
                                     struct mw_error *err)
{
    struct mw_cache *cache = service->config.cache;
    if (cache == NULL || mw_cache_state(cache) == MW_CACHE_NONE || !is_time_to_look(service, n)) {
        return MW_OK;
    }
    struct batch batch = {.service = service};
    enum mw_status status = MW_OK;
    mw_cache_refresh(cache);
    if (mw_cache_state(cache) == MW_CACHE_UP && mw_cache_generation(cache) != service->cache_generation) {
        service->cache_generation =
            mw_cache_generation(cache); /* lost again meanwhile: again the next time */
        status = repair(&batch, err);
    } else {
        for (size_t i = 0; i < n && status == MW_OK; i++) {
            status = is_read_model(service, &records[i])
                         ? add_record(&batch, &records[i], records[i].value, err)
                         : MW_OK;
        }
        status = status == MW_OK ? flush(&batch, err) : status;
    }
    mw_arena_fini(&batch.arena);
    say_state(service);
    return status;
}

enum mw_status mw_service_cache_state(struct mw_service *service, struct mw_span tenant, struct mw_span bytes,
                                      struct mw_error *err)
{
    struct mw_cache *cache = service->config.cache;
    struct mw_cache_fence fence;
    MW_TRY(mw_service_fence(service, tenant, &fence, err));
    if (cache == NULL || mw_cache_state(cache) != MW_CACHE_UP || tenant.len == 0 || fence.stream.len == 0) {
        return MW_OK;
    }
    struct batch batch = {.service = service};
    const struct mw_span key = key_of(&batch, tenant, "state", service->config.ops->service, no_text);
    enum mw_status status = add(&batch, tenant, key, bytes, &fence, err);
    status = status == MW_OK ? flush(&batch, err) : status;
    mw_arena_fini(&batch.arena);
    return status;
}
