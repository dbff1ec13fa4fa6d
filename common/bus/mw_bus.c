// SPDX-License-Identifier: Apache-2.0
#include "mw_bus_internal.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- records
 * ------------------------------------------------------------------------------------------------ */

struct mw_span mw_record_header(const struct mw_record *record, const char *name)
{
    for (size_t i = 0; i < record->headers.n; i++) {
        if (mw_span_is(record->headers.items[i].name, name)) {
            return record->headers.items[i].value;
        }
    }
    return (struct mw_span){0};
}

/* MurmurHash2 with the seed and the byte order of org.apache.kafka.common.utils.Utils.murmur2. */
int32_t mw_murmur2(struct mw_span key)
{
    const uint32_t m = 0x5bd1e995u;
    uint32_t h = 0x9747b28cu ^ (uint32_t)key.len;
    const unsigned char *at = (const unsigned char *)key.data;
    size_t left = key.len;
    for (; left >= 4; left -= 4, at += 4) {
        uint32_t k = (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
        k *= m;
        k ^= k >> 24;
        k *= m;
        h *= m;
        h ^= k;
    }
    for (size_t i = left; i > 0; i--) {
        h ^= (uint32_t)at[i - 1] << (8 * (i - 1));
    }
    h = left > 0 ? h * m : h;
    h ^= h >> 13;
    h *= m;
    h ^= h >> 15;
    int32_t out;
    memcpy(&out, &h, sizeof out);
    return out;
}

int32_t mw_partition_of(struct mw_span key, int32_t n_partitions)
{
    return key.len == 0 ? 0 : (mw_murmur2(key) & INT32_MAX) % n_partitions;
}

void mw_headers_write(const struct mw_headers *headers, struct mw_writer *out)
{
    mw_write_u64(out, headers->n);
    for (size_t i = 0; i < headers->n; i++) {
        mw_write_span(out, headers->items[i].name);
        mw_write_span(out, headers->items[i].value);
    }
}

enum mw_status mw_headers_read(struct mw_span in, struct mw_arena *arena, struct mw_headers *out,
                               struct mw_error *err)
{
    struct mw_reader reader = mw_reader(in);
    const size_t n = mw_read_count(&reader, 2 * sizeof(uint32_t));
    struct mw_attribute *items = mw_new_array(arena, struct mw_attribute, n);
    if (items == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for %zu headers of a record", n);
    }
    for (size_t i = 0; i < n; i++) {
        items[i].name = mw_read_span(&reader);
        items[i].value = mw_read_span(&reader);
    }
    *out = (struct mw_headers){items, n};
    return mw_reader_status(&reader, err);
}

/* ---- lists of records
 * --------------------------------------------------------------------------------------- */

static bool make_room(struct mw_record_list *list)
{
    if (list->n < list->capacity) {
        return true;
    }
    const size_t capacity = list->capacity == 0 ? 64 : 2 * list->capacity;
    struct mw_record *items = realloc(list->items, capacity * sizeof *items);
    if (items == NULL) {
        return false;
    }
    list->items = items;
    list->capacity = capacity;
    return true;
}

static size_t record_bytes(const struct mw_record *record)
{
    size_t n = record->key.len + record->value.len;
    for (size_t i = 0; i < record->headers.n; i++) {
        n += record->headers.items[i].name.len + record->headers.items[i].value.len;
    }
    return n;
}

static struct mw_span copy_to(char **at, struct mw_span from)
{
    char *to = *at;
    if (from.len > 0) {
        memcpy(to, from.data, from.len);
    }
    *at += from.len;
    return (struct mw_span){to, from.len};
}

/* One block per record: the headers' array first, then all texts. */
enum mw_status mw_record_list_add(struct mw_record_list *list, const struct mw_record *record,
                                  const char *topic, struct mw_error *err)
{
    const size_t array_bytes = record->headers.n * sizeof *record->headers.items,
                 n_bytes = record_bytes(record);
    char *block = mw_arena_take(&list->arena, array_bytes + n_bytes);
    if (block == NULL || !make_room(list)) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory to stage a record of %zu bytes for %s", n_bytes, topic);
    }
    struct mw_attribute *headers = (struct mw_attribute *)(void *)block;
    char *at = block + array_bytes;
    for (size_t i = 0; i < record->headers.n; i++) {
        headers[i].name = copy_to(&at, record->headers.items[i].name);
        headers[i].value = copy_to(&at, record->headers.items[i].value);
    }
    struct mw_record copy = *record;
    copy.topic = topic;
    copy.key = copy_to(&at, record->key);
    copy.value = copy_to(&at, record->value);
    copy.headers = (struct mw_headers){headers, record->headers.n};
    list->items[list->n++] = copy;
    list->n_bytes += n_bytes;
    return MW_OK;
}

void mw_record_list_reset(struct mw_record_list *list)
{
    mw_arena_reset(&list->arena);
    list->n = 0;
    list->n_bytes = 0;
}

void mw_record_list_fini(struct mw_record_list *list)
{
    mw_arena_fini(&list->arena);
    free(list->items);
    *list = (struct mw_record_list){0};
}

/* ---- topics
 * ------------------------------------------------------------------------------------------------- */

int mw_broker_topic_index(const struct mw_broker_head *head, const char *name)
{
    for (size_t i = 0; i < head->n_topics; i++) {
        if (head->topics[i].name == name || strcmp(head->topics[i].name, name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

enum mw_status mw_broker_check(const struct mw_broker_head *head, const struct mw_record *record, int *out,
                               struct mw_error *err)
{
    const int i_topic = mw_broker_topic_index(head, record->topic);
    if (i_topic < 0) {
        return MW_FAIL(err, MW_E_CONTRACT, "topic \"%s\" has not been declared", record->topic);
    }
    if (record->partition < 0 || record->partition >= head->n_partitions) {
        return MW_FAIL(err, MW_E_CONTRACT, "%s has partitions 0..%d, not %d", record->topic,
                       (int)head->n_partitions - 1, (int)record->partition);
    }
    /* An open topic takes what comes: its reader refuses a record on the wrong partition with a dead letter.
     */
    if (record->key.len > 0 && !head->topics[i_topic].is_open &&
        mw_partition_of(record->key, head->n_partitions) != record->partition) {
        return MW_FAIL(err, MW_E_CONTRACT, "%s: key \"" MW_SPAN_FMT "\" belongs to partition %d, not %d",
                       record->topic, MW_SPAN_ARG(record->key),
                       (int)mw_partition_of(record->key, head->n_partitions), (int)record->partition);
    }
    const size_t limit = head->topics[i_topic].is_open ? MW_RAW_BYTES_MAX : MW_RECORD_BYTES_MAX;
    if (record->value.len > limit) {
        return MW_FAIL(err, MW_E_FULL, "%s: a record of %zu bytes; the limit is %zu", record->topic,
                       record->value.len, limit);
    }
    *out = i_topic;
    return MW_OK;
}

static bool name_is_valid(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    const size_t len = strlen(name);
    return len > 0 && len <= MW_TOPIC_NAME_MAX && strspn(name, allowed) == len;
}

static bool same_properties(const struct mw_topic *a, const struct mw_topic *b)
{
    return a->is_open == b->is_open && a->is_compacted == b->is_compacted &&
           (a->has_latest || a->is_compacted) == (b->has_latest || b->is_compacted);
}

enum mw_status mw_broker_add_topic(struct mw_broker_head *head, const struct mw_topic *topic, bool *is_new,
                                   struct mw_error *err)
{
    const int i_topic = mw_broker_topic_index(head, topic->name);
    *is_new = i_topic < 0;
    if (i_topic >= 0) {
        return same_properties(&head->topics[i_topic], topic)
                   ? MW_OK
                   : MW_FAIL(err, MW_E_CONTRACT,
                             "topic %s exists with other properties (open, latest, compacted)", topic->name);
    }
    if (!name_is_valid(topic->name)) {
        return MW_FAIL(err, MW_E_CONTRACT,
                       "\"%s\" is no topic name: letters, digits, '.', '_' and '-', at most %d", topic->name,
                       MW_TOPIC_NAME_MAX);
    }
    if (head->n_topics == MW_TOPICS_MAX) {
        return MW_FAIL(err, MW_E_FULL, "topic %s is one more than the %d there may be", topic->name,
                       MW_TOPICS_MAX);
    }
    const size_t len = strlen(topic->name) + 1;
    char *name = malloc(len);
    if (name == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for topic %s", topic->name);
    }
    memcpy(name, topic->name, len);
    head->topics[head->n_topics++] = (struct mw_topic){.name = name,
                                                       .is_open = topic->is_open,
                                                       .has_latest = topic->has_latest || topic->is_compacted,
                                                       .is_compacted = topic->is_compacted};
    return MW_OK;
}

void mw_broker_drop_topics(struct mw_broker_head *head)
{
    for (size_t i = 0; i < head->n_topics; i++) {
        free((void *)(uintptr_t)head->topics[i].name);
    }
    head->n_topics = 0;
}

enum mw_status mw_bus_check_options(const struct mw_broker_head *head, const struct mw_bus_options *options,
                                    struct mw_error *err)
{
    if (options->service == NULL || !name_is_valid(options->service)) {
        return MW_FAIL(err, MW_E_CONTRACT, "a seat needs the name of its service");
    }
    for (size_t i = 0; i < options->n_topics; i++) {
        if (mw_broker_topic_index(head, options->topics[i]) < 0) {
            return MW_FAIL(err, MW_E_CONTRACT, "service %s: topic \"%s\" has not been declared",
                           options->service, options->topics[i]);
        }
        for (size_t k = 0; k < i; k++) {
            if (strcmp(options->topics[k], options->topics[i]) == 0) {
                return MW_FAIL(err, MW_E_CONTRACT, "service %s names topic %s twice", options->service,
                               options->topics[i]);
            }
        }
    }
    return MW_OK;
}

enum mw_status mw_bus_draw_id(char out[40], struct mw_error *err)
{
    unsigned char b[16];
    FILE *source = fopen("/dev/urandom", "rb");
    const size_t n = source == NULL ? 0 : fread(b, 1, sizeof b, source);
    if (source != NULL) {
        (void)fclose(source);
    }
    if (n != sizeof b) {
        return MW_FAIL(err, MW_E_IO, "/dev/urandom gave no random bytes for the id of a new log");
    }
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    (void)snprintf(out, 40, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
                   b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
                   b[15]);
    return MW_OK;
}

/* ---- calls
 * -------------------------------------------------------------------------------------------------- */

static const struct mw_bus_ops *bus_ops(struct mw_bus *bus)
{
    return ((struct mw_bus_head *)(void *)bus)->ops;
}

static const struct mw_broker_head *head_of(const struct mw_broker *broker)
{
    return (const struct mw_broker_head *)(const void *)broker;
}

enum mw_status mw_bus_poll(struct mw_bus *bus, int timeout_ms, struct mw_bus_event *out, struct mw_error *err)
{
    return bus_ops(bus)->poll(bus, timeout_ms, out, err);
}

enum mw_status mw_bus_produce(struct mw_bus *bus, const struct mw_record *record, struct mw_error *err)
{
    return bus_ops(bus)->produce(bus, record, err);
}

enum mw_status mw_bus_commit(struct mw_bus *bus, struct mw_error *err)
{
    return bus_ops(bus)->commit(bus, err);
}

enum mw_status mw_bus_abort(struct mw_bus *bus, struct mw_error *err)
{
    return bus_ops(bus)->abort(bus, err);
}

void mw_bus_close(struct mw_bus **bus)
{
    if (*bus != NULL) {
        bus_ops(*bus)->close(*bus);
        *bus = NULL;
    }
}

enum mw_status mw_bus_reader_next(struct mw_bus_reader *reader, const struct mw_record **out,
                                  struct mw_error *err)
{
    return ((struct mw_bus_reader_head *)(void *)reader)->ops->next(reader, out, err);
}

void mw_bus_reader_close(struct mw_bus_reader **reader)
{
    if (*reader != NULL) {
        ((struct mw_bus_reader_head *)(void *)*reader)->ops->close(*reader);
        *reader = NULL;
    }
}

const char *mw_broker_id(const struct mw_broker *broker)
{
    return head_of(broker)->id;
}

int32_t mw_broker_n_partitions(const struct mw_broker *broker)
{
    return head_of(broker)->n_partitions;
}

const struct mw_topic *mw_broker_topic(const struct mw_broker *broker, const char *name)
{
    const int i_topic = mw_broker_topic_index(head_of(broker), name);
    return i_topic < 0 ? NULL : &head_of(broker)->topics[i_topic];
}

const struct mw_topic *mw_broker_topic_at(const struct mw_broker *broker, size_t i)
{
    return i < head_of(broker)->n_topics ? &head_of(broker)->topics[i] : NULL;
}

enum mw_status mw_broker_declare(struct mw_broker *broker, const struct mw_topic *topics, size_t n,
                                 struct mw_error *err)
{
    return head_of(broker)->ops->declare(broker, topics, n, err);
}

enum mw_status mw_bus_open(struct mw_broker *broker, const struct mw_bus_options *options,
                           struct mw_bus **out, struct mw_error *err)
{
    *out = NULL;
    MW_TRY(mw_bus_check_options(head_of(broker), options, err));
    return head_of(broker)->ops->open(broker, options, out, err);
}

enum mw_status mw_broker_append(struct mw_broker *broker, const struct mw_record *records, size_t n,
                                struct mw_error *err)
{
    return head_of(broker)->ops->append(broker, records, n, err);
}

enum mw_status mw_broker_read(struct mw_broker *broker, const struct mw_bus_range *ranges, size_t n,
                              struct mw_bus_reader **out, struct mw_error *err)
{
    *out = NULL;
    for (size_t i = 0; i < n; i++) {
        const bool has_partition =
            ranges[i].partition >= 0 && ranges[i].partition < head_of(broker)->n_partitions;
        if (mw_broker_topic_index(head_of(broker), ranges[i].topic) < 0 || !has_partition) {
            return MW_FAIL(err, MW_E_CONTRACT, "there is no partition %d of topic \"%s\" to read",
                           (int)ranges[i].partition, ranges[i].topic);
        }
    }
    return head_of(broker)->ops->read(broker, ranges, n, out, err);
}

enum mw_status mw_broker_latest(struct mw_broker *broker, const char *topic, int32_t partition,
                                struct mw_bus_reader **out, struct mw_error *err)
{
    *out = NULL;
    const int i_topic = mw_broker_topic_index(head_of(broker), topic);
    if (i_topic < 0 || !head_of(broker)->topics[i_topic].has_latest || partition < MW_PARTITION_ALL ||
        partition >= head_of(broker)->n_partitions) {
        return MW_FAIL(err, MW_E_CONTRACT, "topic \"%s\", partition %d, keeps no latest records", topic,
                       (int)partition);
    }
    return head_of(broker)->ops->latest(broker, topic, partition, out, err);
}

static enum mw_status check_partition(const struct mw_broker *broker, const char *topic, int32_t partition,
                                      struct mw_error *err)
{
    const bool known = mw_broker_topic_index(head_of(broker), topic) >= 0 && partition >= 0 &&
                       partition < head_of(broker)->n_partitions;
    return known ? MW_OK
                 : MW_FAIL(err, MW_E_CONTRACT, "there is no partition %d of topic \"%s\"", (int)partition,
                           topic);
}

enum mw_status mw_broker_committed(struct mw_broker *broker, const char *service, const char *topic,
                                   int32_t partition, int64_t *out, struct mw_error *err)
{
    MW_TRY(check_partition(broker, topic, partition, err));
    return head_of(broker)->ops->committed(broker, service, topic, partition, out, err);
}

enum mw_status mw_broker_extent(struct mw_broker *broker, const char *topic, int32_t partition,
                                struct mw_bus_extent *out, struct mw_error *err)
{
    MW_TRY(check_partition(broker, topic, partition, err));
    return head_of(broker)->ops->extent(broker, topic, partition, out, err);
}

enum mw_status mw_broker_lag(struct mw_broker *broker, const struct mw_bus_options *options, int64_t *out,
                             struct mw_error *err)
{
    *out = 0;
    for (size_t i = 0; i < options->n_topics; i++) {
        for (int32_t p = 0; p < mw_broker_n_partitions(broker); p++) {
            int64_t committed;
            struct mw_bus_extent extent;
            MW_TRY(mw_broker_committed(broker, options->service, options->topics[i], p, &committed, err));
            MW_TRY(mw_broker_extent(broker, options->topics[i], p, &extent, err));
            const int64_t from = committed == MW_OFFSET_NONE ? extent.first : committed;
            *out += extent.end > from ? extent.end - from : 0;
        }
    }
    return MW_OK;
}

bool mw_broker_has_groups(const struct mw_broker *broker)
{
    return head_of(broker)->ops->group_begin != NULL;
}

enum mw_status mw_broker_group_begin(struct mw_broker *broker, struct mw_error *err)
{
    return mw_broker_has_groups(broker) ? head_of(broker)->ops->group_begin(broker, err)
                                        : MW_FAIL(err, MW_E_CONTRACT, "this bus has no groups");
}

enum mw_status mw_broker_group_commit(struct mw_broker *broker, struct mw_error *err)
{
    return mw_broker_has_groups(broker) ? head_of(broker)->ops->group_commit(broker, err)
                                        : MW_FAIL(err, MW_E_CONTRACT, "this bus has no groups");
}

size_t mw_broker_group_bytes(const struct mw_broker *broker)
{
    return mw_broker_has_groups(broker) ? head_of(broker)->ops->group_bytes(broker) : 0;
}

void mw_broker_close(struct mw_broker **broker)
{
    if (*broker != NULL) {
        head_of(*broker)->ops->close(*broker);
        *broker = NULL;
    }
}
