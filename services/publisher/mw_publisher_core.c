// SPDX-License-Identifier: Apache-2.0
#include "mw_publisher_core.h"

#include "mw_index.h"
#include "mw_messages.h"

#include <stdlib.h>

const char *const mw_publisher_topics[] = {"mw.estimate.v1",
                                           "mw.allocation.v1",
                                           "mw.experiment.v1",
                                           "mw.alert.v1",
                                           "mw.deadletter.v1",
                                           "mw.metric.v1",
                                           NULL};

/* One latest value. Its texts live in one block of its own, since each goes when its successor comes. */
struct entry {
    struct mw_frames frames; /* its tenant is the table's */
    char *block;
};

struct tenant {
    char *name_block;
    struct mw_span name;
    struct entry *entries; /* by (type, key) */
    size_t n, capacity;
};

struct partition_tick {
    int32_t partition;
    int64_t tick_ms;
};

struct mw_publisher_core {
    struct mw_publisher_limits limits;
    struct mw_frames_sink sink;
    struct tenant *tenants; /* by name */
    size_t n_tenants, tenants_capacity, n_keys;
    struct mw_stream_position *streams; /* by topic and partition */
    size_t n_streams, streams_capacity;
    struct partition_tick *ticks; /* by partition */
    size_t n_ticks, ticks_capacity;
    int64_t tenant_tick_ms;
    uint64_t n_not_kept;   /* of this process, so not part of the state */
    struct mw_arena arena; /* of one step */
};

/* ---- the table
 * ------------------------------------------------------------------------------------------------ */

static int order_of(const struct mw_frames *a, const struct mw_frames *b)
{
    const int by_type = mw_span_cmp(mw_span(a->type->topic), mw_span(b->type->topic));
    return by_type != 0 ? by_type : mw_span_cmp(a->key, b->key);
}

/* The position of the entry with the same (type, key), or where it belongs. */
static size_t entry_position(const struct tenant *tenant, const struct mw_frames *frames, bool *found)
{
    size_t low = 0, high = tenant->n;
    *found = false;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = order_of(&tenant->entries[middle].frames, frames);
        if (order == 0) {
            *found = true;
            return middle;
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return low;
}

static size_t tenant_position(const struct mw_publisher_core *core, struct mw_span name, bool *found)
{
    size_t low = 0, high = core->n_tenants;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (mw_span_cmp(core->tenants[middle].name, name) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *found = low < core->n_tenants && mw_span_eq(core->tenants[low].name, name);
    return low;
}

static void *insert_at(void *items, size_t n, size_t size, size_t at)
{
    char *place = (char *)items + at * size;
    memmove(place + size, place, (n - at) * size);
    memset(place, 0, size);
    return place;
}

static char *copy_text(struct mw_span *text, char *to)
{
    if (text->len > 0) {
        memcpy(to, text->data, text->len);
    }
    text->data = to;
    return to + text->len;
}

static enum mw_status tenant_take(struct mw_publisher_core *core, struct mw_span name, struct tenant **out,
                                  struct mw_error *err)
{
    bool found;
    const size_t at = tenant_position(core, name, &found);
    if (!found) {
        MW_TRY(mw_vector_grow((void **)&core->tenants, core->n_tenants, &core->tenants_capacity,
                              sizeof *core->tenants, err));
        char *block = malloc(name.len + 1);
        if (block == NULL) {
            return MW_FAIL(err, MW_E_MEMORY, "no memory for tenant " MW_SPAN_FMT, MW_SPAN_ARG(name));
        }
        struct tenant *tenant = insert_at(core->tenants, core->n_tenants++, sizeof *core->tenants, at);
        tenant->name_block = block;
        tenant->name = name;
        (void)copy_text(&tenant->name, block);
    }
    *out = &core->tenants[at];
    return MW_OK;
}

static enum mw_status entry_copy(const struct mw_frames *frames, struct entry *out, struct mw_error *err)
{
    *out = (struct entry){.frames = *frames};
    struct mw_frames *copy = &out->frames;
    out->block = malloc(copy->topic.len + copy->id.len + copy->key.len + copy->body.len + 1);
    if (out->block == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for the latest value of " MW_SPAN_FMT,
                       MW_SPAN_ARG(copy->key));
    }
    char *to = copy_text(&copy->topic, out->block);
    to = copy_text(&copy->id, to);
    to = copy_text(&copy->key, to);
    (void)copy_text(&copy->body, to);
    return MW_OK;
}

static bool is_kept(const struct mw_publisher_core *core, const struct mw_frames *frames)
{
    bool found;
    const size_t at = tenant_position(core, frames->tenant, &found);
    if (found) {
        (void)entry_position(&core->tenants[at], frames, &found);
    }
    return found;
}

/* Keeps `frames` as the latest of its key. A new key beyond the limit is counted and left out: subscribers
 * still get the record itself, only a later snapshot lacks it. */
static enum mw_status remember(struct mw_publisher_core *core, const struct mw_frames *frames,
                               struct mw_error *err)
{
    struct tenant *tenant = NULL;
    struct entry entry;
    bool found;
    if (core->n_keys >= core->limits.keys_max && !is_kept(core, frames)) {
        core->n_not_kept++;
        return MW_OK;
    }
    MW_TRY(tenant_take(core, frames->tenant, &tenant, err));
    MW_TRY(mw_vector_grow((void **)&tenant->entries, tenant->n, &tenant->capacity, sizeof *tenant->entries,
                          err));
    MW_TRY(entry_copy(frames, &entry, err));
    entry.frames.tenant = tenant->name;
    const size_t at = entry_position(tenant, frames, &found);
    if (found) {
        free(tenant->entries[at].block);
    } else {
        (void)insert_at(tenant->entries, tenant->n++, sizeof *tenant->entries, at);
        core->n_keys++;
    }
    tenant->entries[at] = entry;
    return MW_OK;
}

static void tenant_drop(struct mw_publisher_core *core, size_t at)
{
    struct tenant *tenant = &core->tenants[at];
    for (size_t i = 0; i < tenant->n; i++) {
        free(tenant->entries[i].block);
    }
    core->n_keys -= tenant->n;
    free(tenant->entries);
    free(tenant->name_block);
    memmove(tenant, tenant + 1, (--core->n_tenants - at) * sizeof *tenant);
}

/* ---- positions and clocks
 * ------------------------------------------------------------------------------------- */

static int stream_order(const struct mw_stream_position *a, const struct mw_stream_position *b)
{
    const int by_topic = mw_span_cmp(a->topic, b->topic);
    return by_topic != 0 ? by_topic : (a->partition > b->partition) - (a->partition < b->partition);
}

static int64_t newer(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Both tables are kept in order, so that what was loaded and what was lived through save the same bytes, and
 * both only move forward, so that loading the partitions one after the other ends at the newest of each. */
static enum mw_status set_position(struct mw_publisher_core *core, const struct mw_stream_position *position,
                                   struct mw_error *err)
{
    size_t at = 0;
    while (at < core->n_streams && stream_order(&core->streams[at], position) < 0) {
        at++;
    }
    if (at < core->n_streams && stream_order(&core->streams[at], position) == 0) {
        core->streams[at].offset = newer(core->streams[at].offset, position->offset);
        return MW_OK;
    }
    MW_TRY(mw_vector_grow((void **)&core->streams, core->n_streams, &core->streams_capacity,
                          sizeof *core->streams, err));
    *(struct mw_stream_position *)insert_at(core->streams, core->n_streams++, sizeof *core->streams, at) =
        *position;
    return MW_OK;
}

static enum mw_status set_tick(struct mw_publisher_core *core, struct partition_tick tick,
                               struct mw_error *err)
{
    size_t at = 0;
    while (at < core->n_ticks && core->ticks[at].partition < tick.partition) {
        at++;
    }
    if (at < core->n_ticks && core->ticks[at].partition == tick.partition) {
        core->ticks[at].tick_ms = newer(core->ticks[at].tick_ms, tick.tick_ms);
        return MW_OK;
    }
    MW_TRY(mw_vector_grow((void **)&core->ticks, core->n_ticks, &core->ticks_capacity, sizeof *core->ticks,
                          err));
    *(struct partition_tick *)insert_at(core->ticks, core->n_ticks++, sizeof *core->ticks, at) = tick;
    return MW_OK;
}

/* A tick without a tenant is the wall clock of its partition; one with a tenant is that tenant's own clock,
 * which may run through a history years ago. */
static enum mw_status take_metric(struct mw_publisher_core *core, const struct mw_message *in,
                                  struct mw_error *err)
{
    const struct mw_metric *metric = in->body;
    if (metric->kind != MW_METRIC_TICK || metric->tick == NULL) {
        return MW_OK;
    }
    const int64_t tick_ms = metric->tick->time / 1000;
    if (in->tenant.len == 0) {
        return set_tick(core, (struct partition_tick){in->partition, tick_ms}, err);
    }
    core->tenant_tick_ms = newer(core->tenant_tick_ms, tick_ms);
    return MW_OK;
}

/* The clock of the partition furthest behind: that of one which stands still. */
static int64_t oldest_tick_ms(const struct mw_publisher_core *core)
{
    int64_t oldest = core->n_ticks == 0 ? MW_TIME_NONE : INT64_MAX;
    for (size_t i = 0; i < core->n_ticks; i++) {
        oldest = core->ticks[i].tick_ms < oldest ? core->ticks[i].tick_ms : oldest;
    }
    return oldest;
}

/* ---- the core
 * ------------------------------------------------------------------------------------------------- */

static enum mw_status publish(struct mw_publisher_core *core, const struct mw_message *in,
                              struct mw_error *err)
{
    struct mw_frames frames;
    mw_arena_reset(&core->arena);
    MW_TRY(mw_frames_route(in, &core->arena, &frames, err));
    if (core->sink.publish != NULL) {
        MW_TRY(core->sink.publish(core->sink.self, &frames, err));
    }
    return in->type == &mw_type_deadletter ? MW_OK : remember(core, &frames, err);
}

static enum mw_status publisher_step(void *self, const struct mw_message *in, struct mw_effects *out,
                                     struct mw_error *err)
{
    struct mw_publisher_core *core = self;
    (void)out; /* what a publisher does is seen by subscribers, not by the bus */
    if (in->type == &mw_type_metric) {
        MW_TRY(take_metric(core, in, err));
    } else if (mw_frames_is_routed(in->type)) {
        MW_TRY(publish(core, in, err));
    }
    /* The topic of a type is constant, that of the record is borrowed. */
    const struct mw_stream_position position = {mw_span(in->type->topic), in->partition, in->offset};
    return set_position(core, &position, err);
}

static void save_clocks(const struct mw_publisher_core *core, struct mw_writer *out)
{
    mw_write_i64(out, core->tenant_tick_ms);
    mw_write_u64(out, core->n_ticks);
    for (size_t i = 0; i < core->n_ticks; i++) {
        mw_write_i32(out, core->ticks[i].partition);
        mw_write_i64(out, core->ticks[i].tick_ms);
    }
    mw_write_u64(out, core->n_streams);
    for (size_t i = 0; i < core->n_streams; i++) {
        mw_write_span(out, core->streams[i].topic);
        mw_write_i32(out, core->streams[i].partition);
        mw_write_i64(out, core->streams[i].offset);
    }
}

static void save_entry(const struct mw_frames *entry, struct mw_writer *out)
{
    mw_write_span(out, mw_span(entry->type->topic));
    mw_write_span(out, entry->topic);
    mw_write_span(out, entry->id);
    mw_write_span(out, entry->key);
    mw_write_i64(out, entry->rev);
    mw_write_i64(out, entry->event_ms);
    mw_write_i64(out, entry->valid_until_ms);
    mw_write_span(out, entry->body);
}

static enum mw_status publisher_save(const void *self, struct mw_span tenant, struct mw_writer *out,
                                     struct mw_error *err)
{
    const struct mw_publisher_core *core = self;
    bool found;
    const size_t at = tenant_position(core, tenant, &found);
    const size_t n = found ? core->tenants[at].n : 0;
    mw_write_u8(out, tenant.len == 0);
    if (tenant.len == 0) {
        save_clocks(core, out);
    }
    mw_write_u64(out, n);
    for (size_t i = 0; i < n; i++) {
        save_entry(&core->tenants[at].entries[i].frames, out);
    }
    return mw_writer_status(out, err);
}

static enum mw_status load_clocks(struct mw_publisher_core *core, struct mw_reader *in, struct mw_error *err)
{
    core->tenant_tick_ms = newer(core->tenant_tick_ms, mw_read_i64(in));
    for (size_t n = mw_read_count(in, 12); n > 0; n--) {
        const int32_t partition = mw_read_i32(in);
        MW_TRY(set_tick(core, (struct partition_tick){partition, mw_read_i64(in)}, err));
    }
    for (size_t n = mw_read_count(in, 20); n > 0; n--) {
        const struct mw_type *type = mw_type_of(mw_read_span(in));
        struct mw_stream_position position = {.partition = mw_read_i32(in)};
        position.offset = mw_read_i64(in);
        if (type == NULL) {
            return MW_FAIL(err, MW_E_DATA, "publisher snapshot: a stream of an unknown topic");
        }
        position.topic = mw_span(type->topic);
        MW_TRY(set_position(core, &position, err));
    }
    return mw_reader_status(in, err);
}

static enum mw_status load_entry(struct mw_publisher_core *core, struct mw_span tenant, struct mw_reader *in,
                                 struct mw_error *err)
{
    struct mw_frames entry = {.type = mw_type_of(mw_read_span(in)), .tenant = tenant};
    entry.topic = mw_read_span(in);
    entry.id = mw_read_span(in);
    entry.key = mw_read_span(in);
    entry.rev = mw_read_i64(in);
    entry.event_ms = mw_read_i64(in);
    entry.valid_until_ms = mw_read_i64(in);
    entry.body = mw_read_span(in);
    MW_TRY(mw_reader_status(in, err));
    if (entry.type == NULL || !mw_frames_is_routed(entry.type)) {
        return MW_FAIL(err, MW_E_DATA, "publisher snapshot: a latest value of an unknown type");
    }
    return remember(core, &entry, err);
}

static void publisher_forget(void *self, struct mw_span tenant)
{
    struct mw_publisher_core *core = self;
    bool found;
    const size_t at = tenant_position(core, tenant, &found);
    if (found) {
        tenant_drop(core, at);
    }
}

static enum mw_status publisher_load(void *self, struct mw_span tenant, struct mw_reader *in,
                                     struct mw_error *err)
{
    struct mw_publisher_core *core = self;
    publisher_forget(core, tenant);
    if (mw_read_u8(in) != (tenant.len == 0)) {
        return MW_FAIL(err, MW_E_DATA, "publisher snapshot: not of tenant \"" MW_SPAN_FMT "\"",
                       MW_SPAN_ARG(tenant));
    }
    if (tenant.len == 0) {
        MW_TRY(load_clocks(core, in, err));
    }
    for (size_t n = mw_read_count(in, 40); n > 0; n--) {
        MW_TRY(load_entry(core, tenant, in, err));
    }
    return mw_reader_status(in, err);
}

static bool publisher_tenant_at(const void *self, size_t i, struct mw_span *out)
{
    const struct mw_publisher_core *core = self;
    const size_t n_nameless =
        core->n_tenants > 0 && core->tenants[0].name.len == 0; /* saved with the clocks */
    if (i + n_nameless >= core->n_tenants) {
        return false;
    }
    *out = core->tenants[i + n_nameless].name;
    return true;
}

static void publisher_close(void *self)
{
    struct mw_publisher_core *core = self;
    while (core->n_tenants > 0) {
        tenant_drop(core, core->n_tenants - 1);
    }
    free(core->tenants);
    free(core->streams);
    free(core->ticks);
    mw_arena_fini(&core->arena);
    free(core);
}

const struct mw_core_ops mw_publisher_core_ops = {
    .service = "publisher",
    .state_version = 1,
    .step = publisher_step,
    .save = publisher_save,
    .load = publisher_load,
    .forget = publisher_forget,
    .tenant_at = publisher_tenant_at,
    .close = publisher_close,
};

enum mw_status mw_publisher_core_open(struct mw_publisher_core **out,
                                      const struct mw_publisher_limits *limits, struct mw_error *err)
{
    struct mw_publisher_core *core = calloc(1, sizeof *core);
    if (core == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for the publisher");
    }
    core->limits = *limits;
    core->tenant_tick_ms = MW_TIME_NONE;
    *out = core;
    return MW_OK;
}

void mw_publisher_core_close(struct mw_publisher_core **core)
{
    if (*core != NULL) {
        publisher_close(*core);
        *core = NULL;
    }
}

void mw_publisher_core_attach(struct mw_publisher_core *core, const struct mw_frames_sink *sink)
{
    core->sink = sink == NULL ? (struct mw_frames_sink){0} : *sink;
}

void mw_publisher_core_describe(const struct mw_publisher_core *core, struct mw_heartbeat *out)
{
    out->tick_ms = oldest_tick_ms(core);
    out->tenant_tick_ms = core->tenant_tick_ms;
    out->streams = core->streams;
    out->n_streams = core->n_streams;
    out->n_keys = core->n_keys;
    out->n_not_kept = core->n_not_kept;
}

static bool begins_with(struct mw_span text, struct mw_span prefix)
{
    return text.len >= prefix.len && (prefix.len == 0 || memcmp(text.data, prefix.data, prefix.len) == 0);
}

enum mw_status mw_publisher_core_latest(const struct mw_publisher_core *core, struct mw_span prefix,
                                        const struct mw_frames_sink *visitor, struct mw_error *err)
{
    for (size_t i = 0; i < core->n_tenants; i++) {
        const struct tenant *tenant = &core->tenants[i];
        for (size_t j = 0; j < tenant->n; j++) {
            if (begins_with(tenant->entries[j].frames.topic, prefix)) {
                MW_TRY(visitor->publish(visitor->self, &tenant->entries[j].frames, err));
            }
        }
    }
    return MW_OK;
}
