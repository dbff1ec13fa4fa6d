/* A seat reads two things one after the other: the rows of the log, by seq, and then, when it may, the
 * records that the open group has joined. The group's records get the next numbers of the log when the group
 * commits, so for a seat that has read m of them the commit means: its cursor is now at base + m.
 *
 * Which seats may read the group? Those that read only topics whose single writer is this process: nothing
 * can come between the log's end and the group there. On an open topic another process may append while the
 * group is open, and its record would then stand before the group's; so a seat that reads one waits for the
 * group commit. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_bus_sqlite_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

struct stream { /* one topic of a seat */
    int i_topic;
    int64_t *next;      /* by partition: offset after the last polled record */
    int64_t *committed; /* the same at the last commit */
    bool *is_dirty;     /* committed is not yet in the file */
};

struct place {
    int64_t seq;  /* of the last row read */
    size_t group; /* records of the open group read */
};

struct mw_seat {
    struct mw_bus_head head;
    struct mw_log_store *store;
    struct mw_seat *next;
    char *service;
    struct stream *streams;
    size_t n_streams;
    bool sees_group;       /* see above */
    bool may_miss_appends; /* others may append to what it reads */
    struct place at, committed_at;
    int64_t scanned; /* seq of the last row looked at: batch holds the wanted ones of (at.seq, scanned] */
    sqlite3_stmt *rows;
    struct mw_row_batch batch;
    int32_t n_announced; /* partitions whose assignment poll has told */
    struct mw_record_list staged;
    struct mw_record current;
};

static struct mw_seat *seat_of(struct mw_bus *bus)
{
    return (struct mw_seat *)(void *)bus;
}

/* ---- reading
 * ------------------------------------------------------------------------------------------------ */

static struct stream *stream_of(const struct mw_seat *seat, int i_topic)
{
    for (size_t i = 0; i < seat->n_streams; i++) {
        if (seat->streams[i].i_topic == i_topic) {
            return &seat->streams[i];
        }
    }
    return NULL;
}

/* Looks through the rows after `scanned` for wanted ones until the batch is full or the log ends. */
static enum mw_status read_ahead(struct mw_seat *seat, struct mw_error *err)
{
    mw_row_batch_reset(&seat->batch);
    (void)sqlite3_bind_int64(seat->rows, 1, seat->scanned);
    enum mw_status status = MW_OK;
    int rc = SQLITE_ROW;
    while (status == MW_OK && !mw_row_batch_is_full(&seat->batch)) {
        rc = sqlite3_step(seat->rows);
        if (rc != SQLITE_ROW) {
            break;
        }
        const struct stream *stream = stream_of(seat, sqlite3_column_int(seat->rows, 1) - 1);
        if (stream != NULL &&
            sqlite3_column_int64(seat->rows, 3) >= stream->next[sqlite3_column_int(seat->rows, 2)]) {
            status = mw_row_batch_add(&seat->batch, seat->store, seat->rows, err);
        }
        if (status == MW_OK) {
            seat->scanned = sqlite3_column_int64(seat->rows, 0);
        }
    }
    (void)sqlite3_reset(seat->rows);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
        return mw_log_fail(seat->store, rc, "reading records", err);
    }
    return status;
}

static void hand_out(struct mw_seat *seat, const struct mw_record *record, struct mw_bus_event *out)
{
    const struct stream *stream = stream_of(seat, mw_broker_topic_index(&seat->store->head, record->topic));
    stream->next[record->partition] = record->offset + 1;
    seat->current = *record;
    *out = (struct mw_bus_event){.kind = MW_BUS_RECORD, .record = &seat->current};
}

static enum mw_status next_row(struct mw_seat *seat, struct mw_bus_event *out, struct mw_error *err)
{
    struct mw_row_batch *batch = &seat->batch;
    if (batch->at == batch->records.n && seat->scanned < seat->store->last_seq) {
        MW_TRY(read_ahead(seat, err));
    }
    if (batch->at < batch->records.n) {
        seat->at.seq = batch->seqs[batch->at];
        hand_out(seat, &batch->records.items[batch->at++], out);
    } else {
        seat->at.seq = seat->scanned;
    }
    return MW_OK;
}

static void next_of_group(struct mw_seat *seat, struct mw_bus_event *out)
{
    const struct mw_record_list *group = &seat->store->group;
    while (seat->at.group < group->n) {
        const struct mw_record *record = &group->items[seat->at.group++];
        if (stream_of(seat, mw_broker_topic_index(&seat->store->head, record->topic)) != NULL) {
            hand_out(seat, record, out);
            return;
        }
    }
}

static enum mw_status try_poll(struct mw_seat *seat, struct mw_bus_event *out, struct mw_error *err)
{
    *out = (struct mw_bus_event){.kind = MW_BUS_NOTHING};
    if (seat->n_announced < seat->store->head.n_partitions) {
        *out = (struct mw_bus_event){.kind = MW_BUS_ASSIGNED, .partition = seat->n_announced++};
        return MW_OK;
    }
    if (seat->may_miss_appends && seat->batch.at == seat->batch.records.n) {
        MW_TRY(mw_log_integer(seat->store, MW_SQL_SEQ_MAX, NULL, 0, 0, &seat->store->last_seq, err));
    }
    MW_TRY(next_row(seat, out, err));
    if (out->kind == MW_BUS_NOTHING && seat->sees_group && seat->store->group_is_open) {
        next_of_group(seat, out);
    }
    return MW_OK;
}

/* Other processes append without a word to us, so waiting is looking again: every 2 ms costs 0.3 % of a core.
 */
static enum mw_status seat_poll(struct mw_bus *bus, int timeout_ms, struct mw_bus_event *out,
                                struct mw_error *err)
{
    enum { LOOK_MS = 2 };
    for (int left_ms = timeout_ms;; left_ms -= LOOK_MS) {
        MW_TRY(try_poll(seat_of(bus), out, err));
        if (out->kind != MW_BUS_NOTHING || left_ms <= 0) {
            return MW_OK;
        }
        const long ms = left_ms < LOOK_MS ? left_ms : LOOK_MS;
        if (nanosleep(&(struct timespec){.tv_nsec = ms * 1000000L}, NULL) != 0 && errno == EINTR) {
            return MW_OK;
        }
    }
}

/* ---- writing
 * ------------------------------------------------------------------------------------------------ */

static enum mw_status seat_produce(struct mw_bus *bus, const struct mw_record *record, struct mw_error *err)
{
    struct mw_seat *seat = seat_of(bus);
    int i_topic;
    MW_TRY(mw_broker_check(&seat->store->head, record, &i_topic, err));
    MW_TRY(mw_record_list_add(&seat->staged, record, seat->store->head.topics[i_topic].name, err));
    seat->staged.items[seat->staged.n - 1].offset = MW_OFFSET_NONE;
    return MW_OK;
}

/* What is polled counts as committed from here on; a failed write calls this too, with the places of before.
 */
static void mark_committed(struct mw_seat *seat)
{
    const int32_t n_partitions = seat->store->head.n_partitions;
    for (size_t i = 0; i < seat->n_streams; i++) {
        struct stream *stream = &seat->streams[i];
        for (int32_t p = 0; p < n_partitions; p++) {
            stream->is_dirty[p] = stream->is_dirty[p] || stream->committed[p] != stream->next[p];
            stream->committed[p] = stream->next[p];
        }
    }
    seat->committed_at = seat->at;
}

static enum mw_status write_offsets(struct mw_seat *seat, bool polled, struct mw_error *err)
{
    for (size_t i = 0; i < seat->n_streams; i++) {
        const struct stream *stream = &seat->streams[i];
        for (int32_t p = 0; p < seat->store->head.n_partitions; p++) {
            const int64_t next = polled ? stream->next[p] : stream->committed[p];
            if (stream->is_dirty[p] || next != stream->committed[p]) {
                MW_TRY(mw_log_write_offset(seat->store, seat->service, stream->i_topic, p, next, err));
            }
        }
    }
    return MW_OK;
}

static void clear_dirty(struct mw_seat *seat)
{
    for (size_t i = 0; i < seat->n_streams; i++) {
        memset(seat->streams[i].is_dirty, 0, (size_t)seat->store->head.n_partitions * sizeof(bool));
    }
}

/* The number a joined record will have: that of the log, or one after the last that the group holds. */
static enum mw_status joined_offset(struct mw_log_store *store, int i_topic, int32_t partition, int64_t *out,
                                    struct mw_error *err)
{
    int64_t *next = &store->next_offset[i_topic][partition];
    if (*next < 0) {
        const int64_t args[] = {i_topic + 1, partition};
        MW_TRY(mw_log_integer(store, MW_SQL_OFFSET_MAX, args, 2, -1, next, err));
        *next += 1;
        for (size_t i = 0; i < store->group.n; i++) {
            const struct mw_record *record = &store->group.items[i];
            if (record->topic == store->head.topics[i_topic].name && record->partition == partition) {
                *next = record->offset + 1;
            }
        }
    }
    *out = (*next)++;
    return MW_OK;
}

static enum mw_status join_group(struct mw_seat *seat, struct mw_error *err)
{
    struct mw_log_store *store = seat->store;
    const size_t n_before = store->group.n;
    for (size_t i = 0; i < seat->staged.n; i++) {
        struct mw_record record = seat->staged.items[i];
        const int i_topic = mw_broker_topic_index(&store->head, record.topic);
        enum mw_status status = MW_OK;
        if (mw_log_owns(store, i_topic) && !store->head.topics[i_topic].is_open) {
            status = joined_offset(store, i_topic, record.partition, &record.offset, err);
        }
        if (status == MW_OK) {
            status = mw_record_list_add(&store->group, &record, record.topic, err);
        }
        if (status != MW_OK) {
            store->group.n = n_before;
            memset(store->next_offset, 0xff, sizeof store->next_offset);
            return status;
        }
    }
    mark_committed(seat);
    mw_record_list_reset(&seat->staged);
    return MW_OK;
}

static enum mw_status check_owns(const struct mw_log_store *store, const struct mw_record_list *list,
                                 struct mw_error *err)
{
    for (size_t i = 0; i < list->n && !store->is_instance; i++) {
        const int i_topic = mw_broker_topic_index(&store->head, list->items[i].topic);
        if (!store->head.topics[i_topic].is_open) {
            return MW_FAIL(err, MW_E_CONTRACT, "%s is written by the process that runs the services only",
                           list->items[i].topic);
        }
    }
    return MW_OK;
}

static bool has_news(const struct mw_seat *seat)
{
    bool news = seat->staged.n > 0;
    for (size_t i = 0; i < seat->n_streams; i++) {
        const struct stream *stream = &seat->streams[i];
        for (int32_t p = 0; p < seat->store->head.n_partitions; p++) {
            news = news || stream->is_dirty[p] || stream->next[p] != stream->committed[p];
        }
    }
    return news;
}

static enum mw_status seat_commit(struct mw_bus *bus, struct mw_error *err)
{
    struct mw_seat *seat = seat_of(bus);
    MW_TRY(check_owns(seat->store, &seat->staged, err));
    if (!has_news(seat)) {
        return MW_OK;
    }
    if (seat->store->group_is_open) {
        return join_group(seat, err);
    }
    const int64_t last_seq = seat->store->last_seq;
    MW_TRY(mw_log_begin(seat->store, err));
    enum mw_status status = mw_log_write(seat->store, seat->staged.items, seat->staged.n, err);
    if (status == MW_OK) {
        status = write_offsets(seat, true, err);
    }
    if (status == MW_OK) {
        status = mw_log_end(seat->store, err);
    }
    if (status != MW_OK) {
        seat->store->last_seq = last_seq;
        return status;
    }
    mark_committed(seat);
    clear_dirty(seat);
    mw_record_list_reset(&seat->staged);
    return MW_OK;
}

static enum mw_status seat_abort(struct mw_bus *bus, struct mw_error *err)
{
    (void)err;
    struct mw_seat *seat = seat_of(bus);
    mw_record_list_reset(&seat->staged);
    mw_row_batch_reset(&seat->batch);
    for (size_t i = 0; i < seat->n_streams; i++) {
        memcpy(seat->streams[i].next, seat->streams[i].committed,
               (size_t)seat->store->head.n_partitions * sizeof(int64_t));
    }
    seat->at = seat->committed_at;
    seat->scanned = seat->at.seq;
    return MW_OK;
}

/* ---- opening
 * ------------------------------------------------------------------------------------------------ */

static void seat_close(struct mw_bus *bus)
{
    struct mw_seat *seat = seat_of(bus);
    for (struct mw_seat **link = &seat->store->seats; *link != NULL; link = &(*link)->next) {
        if (*link == seat) {
            *link = seat->next;
            break;
        }
    }
    for (size_t i = 0; i < seat->n_streams; i++) {
        free(seat->streams[i].next);
        free(seat->streams[i].committed);
        free(seat->streams[i].is_dirty);
    }
    (void)sqlite3_finalize(seat->rows);
    mw_row_batch_fini(&seat->batch);
    mw_record_list_fini(&seat->staged);
    free(seat->streams);
    free(seat->service);
    free(seat);
}

static const struct mw_bus_ops seat_ops = {
    .poll = seat_poll,
    .produce = seat_produce,
    .commit = seat_commit,
    .abort = seat_abort,
    .close = seat_close,
};

/* The seq before which everything of this stream has been read. */
static enum mw_status seq_before(struct mw_log_store *store, int i_topic, int32_t partition, int64_t next,
                                 int64_t *out, struct mw_error *err)
{
    sqlite3_stmt *statement;
    MW_TRY(mw_log_prepare(store,
                          "SELECT seq FROM records WHERE topic = ?1 AND partition = ?2 AND offset >= ?3 "
                          "ORDER BY offset LIMIT 1",
                          &statement, err));
    (void)sqlite3_bind_int(statement, 1, i_topic + 1);
    (void)sqlite3_bind_int(statement, 2, partition);
    (void)sqlite3_bind_int64(statement, 3, next);
    const int rc = sqlite3_step(statement);
    *out = rc == SQLITE_ROW ? sqlite3_column_int64(statement, 0) - 1 : store->last_seq;
    (void)sqlite3_finalize(statement);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? MW_OK : mw_log_fail(store, rc, "finding a position", err);
}

/* A position outside of what is kept is an alarm, never a silent jump (auto.offset.reset=error). */
static enum mw_status check_position(const struct mw_seat *seat, const struct stream *stream,
                                     int32_t partition, struct mw_error *err)
{
    const struct mw_topic *topic = &seat->store->head.topics[stream->i_topic];
    const int64_t next = stream->next[partition];
    struct mw_bus_extent extent;
    MW_TRY(mw_log_extent(seat->store, stream->i_topic, partition, &extent, err));
    if (next <= extent.end && (topic->is_compacted || next >= extent.first)) {
        return MW_OK;
    }
    (void)MW_FAIL(
        err, MW_E_DATA,
        "%s: service %s has read %s partition %d up to offset %lld, but the log holds %lld..%lld: the file "
        "is not the one this service worked on; restore it or begin a new state folder",
        seat->store->path, seat->service, topic->name, (int)partition, (long long)next,
        (long long)extent.first, (long long)extent.end);
    if (err != NULL) {
        err->fatal = true;
    }
    return MW_E_DATA;
}

static enum mw_status open_stream(struct mw_seat *seat, struct stream *stream, const char *topic,
                                  struct mw_error *err)
{
    struct mw_log_store *store = seat->store;
    const size_t n = (size_t)store->head.n_partitions;
    stream->i_topic = mw_broker_topic_index(&store->head, topic);
    stream->next = calloc(n, sizeof *stream->next);
    stream->committed = calloc(n, sizeof *stream->committed);
    stream->is_dirty = calloc(n, sizeof *stream->is_dirty);
    if (stream->next == NULL || stream->committed == NULL || stream->is_dirty == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for the positions of %s", topic);
    }
    for (int32_t p = 0; p < store->head.n_partitions; p++) {
        int64_t next, seq;
        MW_TRY(mw_log_committed(store, seat->service, stream->i_topic, p, &next, err));
        stream->next[p] = next == MW_OFFSET_NONE ? 0 : next;
        stream->committed[p] = stream->next[p];
        MW_TRY(check_position(seat, stream, p, err));
        MW_TRY(seq_before(store, stream->i_topic, p, stream->next[p], &seq, err));
        seat->at.seq = seq < seat->at.seq ? seq : seat->at.seq;
    }
    return MW_OK;
}

static bool reads_open_topic(const struct mw_seat *seat)
{
    bool open = false;
    for (size_t i = 0; i < seat->n_streams; i++) {
        open = open || seat->store->head.topics[seat->streams[i].i_topic].is_open;
    }
    return open;
}

static enum mw_status set_up(struct mw_seat *seat, const struct mw_bus_options *options, struct mw_error *err)
{
    const size_t len = strlen(options->service) + 1;
    seat->service = malloc(len);
    seat->streams = calloc(options->n_topics + 1, sizeof *seat->streams);
    if (seat->service == NULL || seat->streams == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for the seat of %s", options->service);
    }
    memcpy(seat->service, options->service, len);
    MW_TRY(mw_log_prepare(seat->store,
                          "SELECT seq, topic, partition, offset, time_us, key, headers, value FROM "
                          "records WHERE seq > ?1 ORDER BY seq",
                          &seat->rows, err));
    MW_TRY(mw_log_integer(seat->store, MW_SQL_SEQ_MAX, NULL, 0, 0, &seat->store->last_seq, err));
    seat->at.seq = seat->store->last_seq;
    for (size_t i = 0; i < options->n_topics; i++) {
        seat->n_streams = i + 1;
        MW_TRY(open_stream(seat, &seat->streams[i], options->topics[i], err));
    }
    seat->committed_at = seat->at;
    seat->scanned = seat->at.seq;
    seat->sees_group = seat->store->is_instance && !options->committed_only && !reads_open_topic(seat);
    seat->may_miss_appends = !seat->store->in_memory && (!seat->store->is_instance || reads_open_topic(seat));
    return MW_OK;
}

enum mw_status mw_seat_open(struct mw_broker *broker, const struct mw_bus_options *options,
                            struct mw_bus **out, struct mw_error *err)
{
    struct mw_log_store *store = (struct mw_log_store *)(void *)broker;
    if (store->group_is_open) {
        return MW_FAIL(err, MW_E_CONTRACT, "service %s: seats are taken before a group begins",
                       options->service);
    }
    for (const struct mw_seat *other = store->seats; other != NULL; other = other->next) {
        if (strcmp(other->service, options->service) == 0) {
            return MW_FAIL(err, MW_E_BUSY, "service %s has a seat in this process already", options->service);
        }
    }
    struct mw_seat *seat = calloc(1, sizeof *seat);
    if (seat == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for the seat of %s", options->service);
    }
    seat->head.ops = &seat_ops;
    seat->store = store;
    const enum mw_status status = set_up(seat, options, err);
    if (status != MW_OK) {
        seat_close((struct mw_bus *)(void *)seat);
        return status;
    }
    seat->next = store->seats;
    store->seats = seat;
    *out = (struct mw_bus *)(void *)seat;
    return MW_OK;
}

/* ---- groups
 * ------------------------------------------------------------------------------------------------- */

enum mw_status mw_log_group_begin(struct mw_broker *broker, struct mw_error *err)
{
    struct mw_log_store *store = (struct mw_log_store *)(void *)broker;
    if (!store->is_instance || store->group_is_open) {
        return MW_FAIL(err, MW_E_CONTRACT,
                       store->group_is_open ? "a group is open already" : "a group needs the instance lock");
    }
    store->group_is_open = true;
    return MW_OK;
}

static enum mw_status write_group(struct mw_log_store *store, struct mw_error *err)
{
    MW_TRY(mw_log_write(store, store->group.items, store->group.n, err));
    for (struct mw_seat *seat = store->seats; seat != NULL; seat = seat->next) {
        MW_TRY(write_offsets(seat, false, err));
    }
    return mw_log_end(store, err);
}

static bool group_has_news(const struct mw_log_store *store)
{
    bool news = store->group.n > 0;
    for (const struct mw_seat *seat = store->seats; seat != NULL; seat = seat->next) {
        for (size_t i = 0; i < seat->n_streams; i++) {
            for (int32_t p = 0; p < store->head.n_partitions; p++) {
                news = news || seat->streams[i].is_dirty[p];
            }
        }
    }
    return news;
}

/* The group's records are rows now: places in the group become places in the log. */
static void settle(struct place *at, int64_t base)
{
    if (at->group > 0) {
        *at = (struct place){.seq = base + (int64_t)at->group};
    }
}

static void settle_seats(struct mw_log_store *store, int64_t base)
{
    for (struct mw_seat *seat = store->seats; seat != NULL; seat = seat->next) {
        const bool read_group = seat->at.group > 0;
        settle(&seat->at, base);
        settle(&seat->committed_at, base);
        if (read_group) { /* then nothing was left in its batch */
            mw_row_batch_reset(&seat->batch);
            seat->scanned = seat->at.seq;
        }
        clear_dirty(seat);
    }
}

enum mw_status mw_log_group_commit(struct mw_broker *broker, struct mw_error *err)
{
    struct mw_log_store *store = (struct mw_log_store *)(void *)broker;
    if (!store->group_is_open) {
        return MW_FAIL(err, MW_E_CONTRACT, "no group is open");
    }
    if (group_has_news(store)) {
        const int64_t last_seq = store->last_seq;
        MW_TRY(mw_log_begin(store, err));
        const int64_t base = store->last_seq;
        const enum mw_status status = write_group(store, err);
        if (status != MW_OK) {
            store->last_seq = last_seq;
            return status;
        }
        settle_seats(store, base);
        mw_record_list_reset(&store->group);
    }
    store->group_is_open = false;
    return MW_OK;
}

size_t mw_log_group_bytes(const struct mw_broker *broker)
{
    return ((const struct mw_log_store *)(const void *)broker)->group.n_bytes;
}
