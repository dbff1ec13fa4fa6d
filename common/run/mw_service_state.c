/* Snapshot sets. A set is every tenant of a partition at one position: parts with the bytes, then a manifest that
 * names them. Records of mw.state.<service>.v1, all on the partition:
 *
 *   key tenant, subject "a/0", "a/1", ...    at most 512 KiB of the tenant's saved bytes each
 *   key "",     subject "manifest/a"         positions, tenants, sizes, hashes, and a hash over itself
 *
 * and the same with "b": sets take turns between two slots, so that while one is being replaced the other is whole.
 * All tenants share one position because records without a key (ticks) move all of them: a set is taken or refused
 * as a whole, and then the log answers. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_clock.h"
#include "mw_service_internal.h"

#include <stdio.h>
#include <stdlib.h>

enum { SET_FORM = 1, SUBJECT_MAX = 40 };

static const char *slot_of(uint64_t number)
{
    return number % 2 == 0 ? "a" : "b";
}

/* ---- manifests ---------------------------------------------------------------------------------------------- */

void mw_set_write(const struct mw_set *set, struct mw_writer *out)
{
    const size_t begin = out->len;
    mw_write_u32(out, SET_FORM);
    mw_write_u64(out, set->number);
    mw_write_u32(out, set->state_version);
    mw_write_span(out, set->service);
    mw_write_span(out, set->broker);
    mw_write_u64(out, set->n_positions);
    for (size_t i = 0; i < set->n_positions; i++) {
        mw_write_span(out, set->positions[i].topic);
        mw_write_i64(out, set->positions[i].next);
    }
    mw_write_u64(out, set->n_tenants);
    for (size_t i = 0; i < set->n_tenants; i++) {
        const struct mw_set_tenant *tenant = &set->tenants[i];
        mw_write_span(out, tenant->tenant);
        mw_write_u64(out, tenant->n_bytes);
        mw_write_u64(out, tenant->hash.lo);
        mw_write_u64(out, tenant->hash.hi);
        mw_write_span(out, tenant->fence.stream);
        mw_write_i64(out, tenant->fence.n);
    }
    if (!out->failed) {
        const struct mw_hash128 hash = mw_hash128(out->data + begin, out->len - begin);
        mw_write_u64(out, hash.lo);
        mw_write_u64(out, hash.hi);
    }
}

static bool hash_holds(struct mw_span in)
{
    const size_t n_hash = sizeof(struct mw_hash128);
    if (in.len < n_hash) {
        return false;
    }
    struct mw_reader tail = mw_reader((struct mw_span){in.data + in.len - n_hash, n_hash});
    const struct mw_hash128 want = mw_hash128(in.data, in.len - n_hash);
    const uint64_t lo = mw_read_u64(&tail), hi = mw_read_u64(&tail);
    return lo == want.lo && hi == want.hi;
}

static bool read_positions(struct mw_reader *in, struct mw_arena *arena, struct mw_set *out)
{
    out->n_positions = mw_read_count(in, 12);
    out->positions = mw_new_array(arena, struct mw_set_position, out->n_positions);
    for (size_t i = 0; out->positions != NULL && i < out->n_positions; i++) {
        out->positions[i].topic = mw_read_span(in);
        out->positions[i].next = mw_read_i64(in);
    }
    return out->positions != NULL;
}

static bool read_tenants(struct mw_reader *in, struct mw_arena *arena, struct mw_set *out)
{
    out->n_tenants = mw_read_count(in, 40);
    out->tenants = mw_new_array(arena, struct mw_set_tenant, out->n_tenants);
    for (size_t i = 0; out->tenants != NULL && i < out->n_tenants; i++) {
        struct mw_set_tenant *tenant = &out->tenants[i];
        tenant->tenant = mw_read_span(in);
        tenant->n_bytes = mw_read_u64(in);
        tenant->hash.lo = mw_read_u64(in);
        tenant->hash.hi = mw_read_u64(in);
        tenant->fence.stream = mw_read_span(in);
        tenant->fence.n = mw_read_i64(in);
    }
    return out->tenants != NULL;
}

enum mw_status mw_set_read(struct mw_span in, struct mw_arena *arena, struct mw_set *out,
                           struct mw_error *err)
{
    *out = (struct mw_set){0};
    struct mw_reader reader = mw_reader(in);
    if (mw_read_u32(&reader) != SET_FORM || !hash_holds(in)) {
        return MW_FAIL(err, MW_E_DATA, "a snapshot's manifest is damaged or of another version");
    }
    out->number = mw_read_u64(&reader);
    out->state_version = mw_read_u32(&reader);
    out->service = mw_read_span(&reader);
    out->broker = mw_read_span(&reader);
    if (!read_positions(&reader, arena, out) || !read_tenants(&reader, arena, out)) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for a snapshot's manifest");
    }
    return mw_reader_status(&reader, err);
}

int64_t mw_set_position(const struct mw_set *set, const char *topic)
{
    for (size_t i = 0; i < set->n_positions; i++) {
        if (mw_span_is(set->positions[i].topic, topic)) {
            return set->positions[i].next;
        }
    }
    return MW_OFFSET_NONE;
}

static enum mw_status open_state(struct mw_broker *broker, const char *service, int32_t partition,
                                 struct mw_bus_reader **out, struct mw_error *err)
{
    char topic[MW_TOPIC_NAME_MAX + 1];
    mw_state_topic(service, topic);
    const struct mw_bus_range range = {topic, partition, 0, MW_OFFSET_NONE};
    return mw_broker_read(broker, &range, 1, out, err);
}

/* The newest manifest of each slot; a log that is not compacted yet may hold older ones too. */
static void keep_newest(const struct mw_set *set, struct mw_set out[2], size_t *n)
{
    for (size_t i = 0; i < *n; i++) {
        if (out[i].number % 2 == set->number % 2) {
            out[i] = set->number >= out[i].number ? *set : out[i];
            return;
        }
    }
    out[(*n)++] = *set;
}

enum mw_status mw_sets_read(struct mw_broker *broker, const char *service, int32_t partition,
                            struct mw_arena *arena, struct mw_set out[2], size_t *n, size_t *n_odd,
                            struct mw_error *err)
{
    *n = 0;
    *n_odd = 0;
    struct mw_bus_reader *reader = NULL;
    MW_TRY(open_state(broker, service, partition, &reader, err));
    const struct mw_record *record = NULL;
    enum mw_status status = mw_bus_reader_next(reader, &record, err);
    for (; status == MW_OK && record != NULL; status = mw_bus_reader_next(reader, &record, err)) {
        const struct mw_span subject = mw_record_header(record, MW_HEADER_SUBJECT);
        if (subject.len < 9 || memcmp(subject.data, "manifest/", 9) != 0) {
            continue;
        }
        struct mw_set set;
        const struct mw_span bytes = mw_arena_copy(arena, record->value);
        if (bytes.data == NULL) {
            status = MW_FAIL(err, MW_E_MEMORY, "no memory for a snapshot's manifest");
            break;
        }
        if (mw_set_read(bytes, arena, &set, NULL) == MW_OK) {
            keep_newest(&set, out, n);
        } else {
            (*n_odd)++;
        }
    }
    mw_bus_reader_close(&reader);
    if (*n == 2 && out[0].number < out[1].number) {
        const struct mw_set older = out[0];
        out[0] = out[1];
        out[1] = older;
    }
    return status;
}

/* ---- writing ------------------------------------------------------------------------------------------------ */

struct set_writer {
    struct mw_service *service;
    int32_t partition;
    char topic[MW_TOPIC_NAME_MAX + 1];
    struct mw_set set;
    size_t tenants_capacity;
    struct mw_arena arena; /* texts of the set */
    struct mw_writer bytes;
    struct mw_record_list records;
};

static enum mw_status add_record(struct set_writer *writer, struct mw_span key, const char *subject,
                                 struct mw_span value, struct mw_error *err)
{
    const struct mw_attribute headers[] = {{mw_span(MW_HEADER_SUBJECT), mw_span(subject)}};
    const struct mw_record record = {.topic = writer->topic,
                                     .partition = writer->partition,
                                     .time_us = writer->service->info.last_time_us,
                                     .key = key,
                                     .value = value,
                                     .headers = {headers, 1}};
    const struct mw_topic *topic = mw_broker_topic(writer->service->config.broker, writer->topic);
    mw_invariant(topic != NULL);
    return mw_record_list_add(&writer->records, &record, topic->name, err);
}

static enum mw_status add_parts(struct set_writer *writer, struct mw_span tenant, struct mw_error *err)
{
    const struct mw_span bytes = mw_writer_span(&writer->bytes);
    for (size_t at = 0, i = 0; at < bytes.len; at += MW_STATE_PART_BYTES, i++) {
        char subject[SUBJECT_MAX];
        (void)snprintf(subject, sizeof subject, "%s/%zu", slot_of(writer->set.number), i);
        const size_t left = bytes.len - at;
        const size_t len = left < MW_STATE_PART_BYTES ? left : MW_STATE_PART_BYTES;
        MW_TRY(add_record(writer, tenant, subject, (struct mw_span){bytes.data + at, len}, err));
    }
    return MW_OK;
}

static enum mw_status add_tenant(struct set_writer *writer, struct mw_span tenant, struct mw_error *err)
{
    struct mw_service *service = writer->service;
    struct mw_cache_fence fence;
    MW_TRY(mw_service_fence(service, tenant, &fence, err));
    mw_writer_reset(&writer->bytes);
    MW_TRY(service->config.ops->save(service->config.core, tenant, &writer->bytes, err));
    MW_TRY(mw_writer_status(&writer->bytes, err));
    MW_TRY(mw_vector_grow((void **)&writer->set.tenants, writer->set.n_tenants, &writer->tenants_capacity,
                          sizeof *writer->set.tenants, err));
    struct mw_set_tenant *row = &writer->set.tenants[writer->set.n_tenants++];
    *row = (struct mw_set_tenant){.tenant = mw_arena_copy(&writer->arena, tenant),
                                  .n_bytes = writer->bytes.len,
                                  .hash = mw_hash128(writer->bytes.data, writer->bytes.len),
                                  .fence = {mw_arena_copy(&writer->arena, fence.stream), fence.n}};
    if (row->tenant.data == NULL || row->fence.stream.data == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for a snapshot's manifest");
    }
    MW_TRY(add_parts(writer, tenant, err));
    return mw_service_cache_state(service, tenant, mw_writer_span(&writer->bytes), err);
}

static enum mw_status add_manifest(struct set_writer *writer, struct mw_error *err)
{
    const struct mw_stepper *stepper = &writer->service->stepper;
    const struct mw_service_config *config = &writer->service->config;
    struct mw_set_position *positions =
        mw_new_array(&writer->arena, struct mw_set_position, config->n_inputs);
    if (positions == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for a snapshot's manifest");
    }
    for (size_t i = 0; i < config->n_inputs; i++) {
        positions[i] = (struct mw_set_position){mw_span(config->inputs[i]->topic),
                                                *mw_stepper_position(stepper, i, writer->partition)};
    }
    writer->set.positions = positions;
    writer->set.n_positions = config->n_inputs;
    writer->set.state_version = config->ops->state_version;
    writer->set.service = mw_span(config->ops->service);
    writer->set.broker = mw_span(mw_broker_id(config->broker));
    mw_writer_reset(&writer->bytes);
    mw_set_write(&writer->set, &writer->bytes);
    MW_TRY(mw_writer_status(&writer->bytes, err));
    char subject[SUBJECT_MAX];
    (void)snprintf(subject, sizeof subject, "manifest/%s", slot_of(writer->set.number));
    return add_record(writer, (struct mw_span){"", 0}, subject, mw_writer_span(&writer->bytes), err);
}

static enum mw_status fill_set(struct set_writer *writer, struct mw_error *err)
{
    const struct mw_service_config *config = &writer->service->config;
    struct mw_span tenant;
    for (size_t i = 0; mw_core_tenant(config->ops, config->core, i, &tenant); i++) {
        if (mw_stepper_has_tenant(&writer->service->stepper, tenant, writer->partition)) {
            MW_TRY(add_tenant(writer, tenant, err));
        }
    }
    MW_TRY(add_manifest(writer, err));
    return mw_broker_append(config->broker, writer->records.items, writer->records.n, err);
}

static enum mw_status write_set(struct mw_service *service, int32_t partition, struct mw_error *err)
{
    struct set_writer writer = {.service = service, .partition = partition};
    writer.set.number = service->n_sets[partition] + 1;
    mw_state_topic(service->config.ops->service, writer.topic);
    const enum mw_status status = fill_set(&writer, err);
    if (status == MW_OK) {
        service->n_sets[partition]++;
        service->snapshot_bytes += (int64_t)writer.records.n_bytes;
        service->info.n_snapshots++;
        mw_meter_add(service->meters.snapshots, 1);
    } else {
        mw_error_prefix(err, "service %s: writing a snapshot", service->config.ops->service);
    }
    free(writer.set.tenants);
    mw_arena_fini(&writer.arena);
    mw_writer_fini(&writer.bytes);
    mw_record_list_fini(&writer.records);
    return status;
}

enum mw_status mw_service_snapshot(struct mw_service *service, struct mw_error *err)
{
    if (service->is_open || service->in_group) {
        return MW_FAIL(err, MW_E_CONTRACT, "service %s: a snapshot is of what is committed; commit first",
                       service->config.ops->service);
    }
    service->snapshot_bytes = 0;
    for (int32_t p = 0; p < service->stepper.n_partitions; p++) {
        MW_TRY(service->is_assigned[p] ? write_set(service, p, err) : MW_OK);
    }
    service->since_snapshot_records = 0;
    service->since_snapshot_bytes = 0;
    service->since_snapshot_us = 0;
    return MW_OK;
}

/* ---- choosing ----------------------------------------------------------------------------------------------- */

static enum mw_status refuse(struct mw_service *service, const struct mw_set *set, const char *why)
{
    service->info.n_snapshots_refused++;
    mw_log_line(service->config.log, MW_LOG_WARN, "SNAPSHOT-REFUSED",
                MW_LOG_FIELDS(mw_log_int("set", set->number), mw_log_int("tenants", set->n_tenants)),
                "a snapshot is passed over: %s", why);
    return MW_E_DATA;
}

/* May the set be used? Restore traps: of another log, of another schema, of other inputs, ahead of the log. */
static enum mw_status check_set(struct mw_service *service, const struct mw_set *set, int32_t partition,
                                struct mw_error *err)
{
    const struct mw_service_config *config = &service->config;
    if (!mw_span_is(set->service, config->ops->service) ||
        !mw_span_is(set->broker, mw_broker_id(config->broker))) {
        return refuse(service, set, "it was taken from another log");
    }
    if (set->state_version != config->ops->state_version) {
        return refuse(service, set, "it was written by another version of the program");
    }
    if (set->n_positions != config->n_inputs) {
        return refuse(service, set, "the service reads other topics now");
    }
    for (size_t i = 0; i < config->n_inputs; i++) {
        int64_t committed;
        MW_TRY(mw_broker_committed(config->broker, config->ops->service, config->inputs[i]->topic, partition,
                                   &committed, err));
        const int64_t next = mw_set_position(set, config->inputs[i]->topic);
        if (next == MW_OFFSET_NONE) {
            return refuse(service, set, "the service reads other topics now");
        }
        if (next > (committed == MW_OFFSET_NONE ? 0 : committed)) {
            return refuse(service, set, "it is ahead of the committed position");
        }
    }
    return MW_OK;
}

/* ---- loading ------------------------------------------------------------------------------------------------ */

static size_t find_tenant(const struct mw_set *set, struct mw_span tenant)
{
    size_t i = 0;
    while (i < set->n_tenants && !mw_span_eq(set->tenants[i].tenant, tenant)) {
        i++;
    }
    return i;
}

/* "a/12" of slot a is 12; anything else is not a part of this set. */
static bool part_number(struct mw_span subject, const char *slot, size_t *out)
{
    char text[SUBJECT_MAX];
    if (subject.len < 3 || subject.len >= sizeof text || subject.data[0] != slot[0] ||
        subject.data[1] != '/') {
        return false;
    }
    (void)snprintf(text, sizeof text, MW_SPAN_FMT, MW_SPAN_ARG(subject));
    char *end;
    *out = strtoull(text + 2, &end, 10);
    return *end == '\0' && *out < SIZE_MAX / MW_STATE_PART_BYTES;
}

static void place_part(const struct mw_set *set, const struct mw_record *record, char **bytes)
{
    size_t i_part;
    const size_t i = find_tenant(set, record->key);
    if (i == set->n_tenants ||
        !part_number(mw_record_header(record, MW_HEADER_SUBJECT), slot_of(set->number), &i_part)) {
        return;
    }
    const size_t at = i_part * MW_STATE_PART_BYTES, n_bytes = (size_t)set->tenants[i].n_bytes;
    if (at < n_bytes && record->value.len <= n_bytes - at && record->value.len > 0) {
        memcpy(bytes[i] + at, record->value.data, record->value.len);
    }
}

static enum mw_status read_parts(struct mw_service *service, const struct mw_set *set, int32_t partition,
                                 char **bytes, struct mw_error *err)
{
    struct mw_bus_reader *reader = NULL;
    MW_TRY(open_state(service->config.broker, service->config.ops->service, partition, &reader, err));
    const struct mw_record *record = NULL;
    enum mw_status status = mw_bus_reader_next(reader, &record, err);
    for (; status == MW_OK && record != NULL; status = mw_bus_reader_next(reader, &record, err)) {
        place_part(set, record, bytes);
    }
    mw_bus_reader_close(&reader);
    return status;
}

static enum mw_status load_tenant(struct mw_service *service, const struct mw_set_tenant *row,
                                  const char *bytes, struct mw_error *err)
{
    const struct mw_hash128 hash = mw_hash128(bytes, (size_t)row->n_bytes);
    if (hash.lo != row->hash.lo || hash.hi != row->hash.hi) {
        return MW_FAIL(err, MW_E_DATA, "a part is missing or damaged");
    }
    struct mw_reader reader = mw_reader((struct mw_span){bytes, (size_t)row->n_bytes});
    MW_TRY(service->config.ops->load(service->config.core, row->tenant, &reader, err));
    MW_TRY(mw_reader_status(&reader, err));
    return mw_service_note_fence(service, row->tenant, &row->fence, err);
}

/* All or nothing: what was loaded before a damaged tenant is forgotten again. */
static enum mw_status load_set(struct mw_service *service, const struct mw_set *set, int32_t partition,
                               struct mw_arena *arena, struct mw_error *err)
{
    char **bytes = mw_new_array(arena, char *, set->n_tenants);
    for (size_t i = 0; bytes != NULL && i < set->n_tenants; i++) {
        bytes[i] = mw_arena_take(arena, (size_t)set->tenants[i].n_bytes);
        bytes = bytes[i] == NULL ? NULL : bytes;
    }
    if (bytes == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for a snapshot of %zu tenants", set->n_tenants);
    }
    MW_TRY(read_parts(service, set, partition, bytes, err));
    struct mw_error why = {0};
    for (size_t i = 0; i < set->n_tenants; i++) {
        if (load_tenant(service, &set->tenants[i], bytes[i], &why) == MW_OK) {
            continue;
        }
        for (size_t k = 0; k <= i; k++) {
            service->config.ops->forget(service->config.core, set->tenants[k].tenant);
        }
        if (why.status == MW_E_MEMORY) {
            return MW_FAIL(err, MW_E_MEMORY, "%s", why.text);
        }
        return refuse(service, set, why.text);
    }
    return MW_OK;
}

/* Loads the newest good set and takes over its positions; without one the positions are 0 and the core is empty. */
static enum mw_status load_newest(struct mw_service *service, int32_t partition, struct mw_arena *arena,
                                  struct mw_error *err)
{
    const struct mw_service_config *config = &service->config;
    struct mw_set sets[2];
    size_t n_sets, n_odd;
    MW_TRY(mw_sets_read(config->broker, config->ops->service, partition, arena, sets, &n_sets, &n_odd, err));
    service->info.n_snapshots_refused += n_odd;
    for (size_t i = 0; i < config->n_inputs; i++) {
        *mw_stepper_position(&service->stepper, i, partition) = 0;
    }
    service->n_sets[partition] = 0;
    for (size_t k = 0; k < n_sets; k++) {
        enum mw_status status = check_set(service, &sets[k], partition, err);
        if (status == MW_OK) {
            status = load_set(service, &sets[k], partition, arena, err);
        }
        if (status == MW_OK) {
            for (size_t i = 0; i < config->n_inputs; i++) {
                *mw_stepper_position(&service->stepper, i, partition) =
                    mw_set_position(&sets[k], config->inputs[i]->topic);
            }
            service->n_sets[partition] = sets[k].number;
            return MW_OK;
        }
        if (err != NULL && err->status != MW_OK) {
            return status; /* the bus failed, not the snapshot */
        }
    }
    return MW_OK;
}

/* ---- restoring ---------------------------------------------------------------------------------------------- */

static enum mw_status replay(struct mw_service *service, struct mw_bus_reader *reader, struct mw_error *err)
{
    for (;;) {
        const struct mw_record *record;
        MW_TRY(mw_bus_reader_next(reader, &record, err));
        if (record == NULL) {
            return MW_OK;
        }
        const int64_t begin_us = mw_clock_steady_us();
        MW_TRY(mw_stepper_run(&service->stepper, record, NULL, err));
        /* What had to be done again counts towards the next snapshot: or else a process that is killed again and
         * again before a snapshot is due would begin at the same place each time. */
        service->since_snapshot_us += mw_clock_steady_us() - begin_us;
        service->since_snapshot_records++;
        service->since_snapshot_bytes += (int64_t)record->value.len;
        MW_TRY(mw_service_note_fence(service, record->key, &service->stepper.fence, err));
        service->info.n_restored++;
        service->info.last_time_us = record->time_us;
        mw_meter_add(service->meters.restored, 1);
    }
}

static enum mw_status replay_rest(struct mw_service *service, int32_t partition, struct mw_arena *arena,
                                  struct mw_error *err)
{
    struct mw_bus_range *ranges = mw_new_array(arena, struct mw_bus_range, service->config.n_inputs);
    if (ranges == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory to restore service %s", service->config.ops->service);
    }
    size_t n;
    MW_TRY(mw_stepper_ranges(&service->stepper, partition, ranges, &n, err));
    if (n == 0) {
        return MW_OK;
    }
    struct mw_bus_reader *reader = NULL;
    MW_TRY(mw_broker_read(service->config.broker, ranges, n, &reader, err));
    const enum mw_status status = replay(service, reader, err);
    mw_bus_reader_close(&reader);
    return status;
}

enum mw_status mw_service_restore(struct mw_service *service, int32_t partition, struct mw_error *err)
{
    const struct mw_service_config *config = &service->config;
    struct mw_arena arena = {0};
    struct mw_error local = {0};
    const uint64_t before = service->info.n_restored;
    if (config->set_live != NULL) {
        config->set_live(config->set_live_self, false);
    }
    enum mw_status status = load_newest(service, partition, &arena, &local);
    if (status == MW_OK) {
        status = replay_rest(service, partition, &arena, &local);
    }
    mw_arena_fini(&arena);
    if (status != MW_OK) {
        mw_error_prefix(&local, "restoring service %s", config->ops->service);
        if (err != NULL && err->status == MW_OK) {
            *err = local;
        }
        return status;
    }
    if (config->set_live != NULL) {
        config->set_live(config->set_live_self, true);
    }
    mw_log_line(config->log, MW_LOG_DEBUG, "SERVICE-RESTORED",
                MW_LOG_FIELDS(mw_log_str("of", config->ops->service), mw_log_int("partition", partition),
                              mw_log_int("set", service->n_sets[partition]),
                              mw_log_int("replayed", service->info.n_restored - before)),
                "state is at the committed position");
    return MW_OK;
}

/* The state that belongs to no tenant goes with the last partition. */
void mw_service_forget(struct mw_service *service, int32_t partition)
{
    const struct mw_service_config *config = &service->config;
    service->is_assigned[partition] = false;
    bool any = false;
    for (int32_t p = 0; p < service->stepper.n_partitions; p++) {
        any = any || service->is_assigned[p];
    }
    struct mw_arena arena = {0};
    struct mw_span tenant;
    for (size_t i = 1; mw_core_tenant(config->ops, config->core, i, &tenant);) {
        if (!mw_stepper_has_tenant(&service->stepper, tenant, partition)) {
            i++;
            continue;
        }
        mw_arena_reset(&arena);
        const struct mw_span name = mw_arena_copy(&arena, tenant); /* forgetting frees the core's own text */
        mw_invariant(name.data != NULL);
        config->ops->forget(config->core, name);
        struct mw_span now;
        mw_invariant(!mw_core_tenant(config->ops, config->core, i, &now) || !mw_span_eq(now, name));
    }
    if (!any) {
        config->ops->forget(config->core, (struct mw_span){"", 0});
    }
    mw_arena_fini(&arena);
}
