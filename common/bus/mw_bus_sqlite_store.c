// SPDX-License-Identifier: Apache-2.0
#include "mw_bus_sqlite_internal.h"

#include <stdlib.h>

/* ---- errors
 * ------------------------------------------------------------------------------------------------- */

static enum mw_status fail(struct mw_error *err, enum mw_status status, bool retriable, bool fatal,
                           const struct mw_log_store *store, const char *what, const char *why)
{
    (void)MW_FAIL(err, status, "%s: %s: %s", store->path, what, why);
    if (err != NULL) {
        err->retriable = retriable;
        err->fatal = fatal;
    }
    return status;
}

/* https://www.sqlite.org/rescode.html: which codes can be met here, and what a person does about each. */
enum mw_status mw_log_fail(const struct mw_log_store *store, int rc, const char *what, struct mw_error *err)
{
    switch (rc & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return fail(err, MW_E_BUSY, true, false, store, what,
                    "another process kept the log locked; try again, or end the process that writes to it");
    case SQLITE_FULL:
        return fail(err, MW_E_IO, true, false, store, what,
                    "the disk is full (or the size limit of the log is reached); nothing of this commit was "
                    "written: free some space and start again");
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return fail(
            err, MW_E_DATA, false, true, store, what,
            "the file is damaged or no log of mixwatch; restore it from a backup or begin a new state "
            "folder");
    case SQLITE_NOMEM:
        return fail(err, MW_E_MEMORY, false, true, store, what, "no memory");
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
        return fail(err, MW_E_IO, false, true, store, what,
                    "the file cannot be opened for writing; check the folder and its permissions");
    default:
        return fail(err, MW_E_IO, false, true, store, what, sqlite3_errmsg(store->db));
    }
}

/* ---- statements
 * --------------------------------------------------------------------------------------------- */

static const char *const sql[MW_SQL_STATEMENTS] = {
    [MW_SQL_BEGIN] = "BEGIN IMMEDIATE",
    [MW_SQL_COMMIT] = "COMMIT",
    [MW_SQL_ROLLBACK] = "ROLLBACK",
    [MW_SQL_INSERT] = "INSERT INTO records(seq, topic, partition, offset, time_us, key, headers, value) "
                      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [MW_SQL_LATEST_FIND] =
        "SELECT seq FROM latest WHERE topic = ?1 AND partition = ?2 AND key = ?3 AND subject = ?4",
    [MW_SQL_LATEST_SET] = "INSERT OR REPLACE INTO latest(topic, partition, key, subject, seq) "
                          "VALUES(?1, ?2, ?3, ?4, ?5)",
    [MW_SQL_DELETE] = "DELETE FROM records WHERE seq = ?1",
    [MW_SQL_OFFSET_SET] =
        "INSERT OR REPLACE INTO offsets(topic, partition, next, service) VALUES(?1, ?2, ?3, ?4)",
    [MW_SQL_OFFSET_GET] = "SELECT next FROM offsets WHERE topic = ?1 AND partition = ?2 AND service = ?3",
    [MW_SQL_SEQ_MAX] = "SELECT max(seq) FROM records",
    [MW_SQL_OFFSET_MAX] = "SELECT max(offset) FROM records WHERE topic = ?1 AND partition = ?2",
    [MW_SQL_OFFSET_MIN] = "SELECT min(offset) FROM records WHERE topic = ?1 AND partition = ?2",
};

enum mw_status mw_log_prepare(const struct mw_log_store *store, const char *text, sqlite3_stmt **out,
                              struct mw_error *err)
{
    const int rc = sqlite3_prepare_v3(store->db, text, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);
    return rc == SQLITE_OK ? MW_OK : mw_log_fail(store, rc, "preparing a statement", err);
}

enum mw_status mw_log_prepare_all(struct mw_log_store *store, struct mw_error *err)
{
    for (size_t i = 0; i < MW_SQL_STATEMENTS; i++) {
        MW_TRY(mw_log_prepare(store, sql[i], &store->statements[i], err));
    }
    return MW_OK;
}

/* Runs a statement without rows. */
static int run(struct mw_log_store *store, enum mw_log_statement which)
{
    sqlite3_stmt *statement = store->statements[which];
    const int rc = sqlite3_step(statement);
    (void)sqlite3_reset(statement);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* Topics are numbered from 1 in the file, from 0 in memory. */
static void bind_place(sqlite3_stmt *statement, int i_topic, int32_t partition)
{
    (void)sqlite3_bind_int(statement, 1, i_topic + 1);
    (void)sqlite3_bind_int(statement, 2, partition);
}

static void bind_bytes(sqlite3_stmt *statement, int at, struct mw_span bytes)
{
    (void)sqlite3_bind_blob64(statement, at, bytes.len == 0 ? "" : bytes.data, bytes.len, SQLITE_STATIC);
}

/* The first column of the first row; the statement is reset. */
static enum mw_status one_integer(struct mw_log_store *store, sqlite3_stmt *statement, int64_t absent,
                                  int64_t *out, struct mw_error *err)
{
    const int rc = sqlite3_step(statement);
    const bool has_value = rc == SQLITE_ROW && sqlite3_column_type(statement, 0) != SQLITE_NULL;
    *out = has_value ? sqlite3_column_int64(statement, 0) : absent;
    (void)sqlite3_reset(statement);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? MW_OK : mw_log_fail(store, rc, "reading the log", err);
}

enum mw_status mw_log_integer(struct mw_log_store *store, enum mw_log_statement which, const int64_t *args,
                              size_t n_args, int64_t absent, int64_t *out, struct mw_error *err)
{
    sqlite3_stmt *statement = store->statements[which];
    for (size_t i = 0; i < n_args; i++) {
        (void)sqlite3_bind_int64(statement, (int)i + 1, args[i]);
    }
    return one_integer(store, statement, absent, out, err);
}

/* ---- writing
 * ------------------------------------------------------------------------------------------------ */

bool mw_log_owns(const struct mw_log_store *store, int i_topic)
{
    return store->in_memory || (store->is_instance && !store->head.topics[i_topic].is_open);
}

void mw_log_rollback(struct mw_log_store *store)
{
    if (sqlite3_get_autocommit(store->db) == 0) {
        (void)run(store, MW_SQL_ROLLBACK);
    }
    memset(store->next_offset, 0xff, sizeof store->next_offset); /* all -1 */
}

enum mw_status mw_log_begin(struct mw_log_store *store, struct mw_error *err)
{
    const int rc = run(store, MW_SQL_BEGIN);
    if (rc != SQLITE_OK) {
        return mw_log_fail(store, rc, "beginning a commit", err);
    }
    for (size_t i = 0; i < store->head.n_topics; i++) {
        if (!mw_log_owns(store, (int)i)) {
            memset(store->next_offset[i], 0xff, sizeof store->next_offset[i]);
        }
    }
    const enum mw_status status = mw_log_integer(store, MW_SQL_SEQ_MAX, NULL, 0, 0, &store->last_seq, err);
    if (status != MW_OK) {
        mw_log_rollback(store);
    }
    return status;
}

/* A COMMIT that fails for want of space has done nothing; one that fails in the disk may or may not have. */
enum mw_status mw_log_end(struct mw_log_store *store, struct mw_error *err)
{
    const int rc = run(store, MW_SQL_COMMIT);
    if (rc == SQLITE_OK) {
        return MW_OK;
    }
    const enum mw_status status = mw_log_fail(store, rc, "committing", err);
    mw_log_rollback(store);
    return status;
}

/* The open group has its own numbers in next_offset: they are what the records will get. */
static enum mw_status place(struct mw_log_store *store, const struct mw_record *record, int i_topic,
                            int64_t *out, struct mw_error *err)
{
    int64_t *next = &store->next_offset[i_topic][record->partition];
    if (record->offset != MW_OFFSET_NONE) {
        *out = record->offset;
        return MW_OK;
    }
    if (*next < 0) {
        const int64_t args[] = {i_topic + 1, record->partition};
        MW_TRY(mw_log_integer(store, MW_SQL_OFFSET_MAX, args, 2, -1, next, err));
        *next += 1;
    }
    *out = (*next)++;
    return MW_OK;
}

static enum mw_status insert(struct mw_log_store *store, const struct mw_record *record, int i_topic,
                             int64_t seq, struct mw_error *err)
{
    int64_t offset;
    MW_TRY(place(store, record, i_topic, &offset, err));
    mw_writer_reset(&store->scratch);
    mw_headers_write(&record->headers, &store->scratch);
    MW_TRY(mw_writer_status(&store->scratch, err));
    sqlite3_stmt *statement = store->statements[MW_SQL_INSERT];
    (void)sqlite3_bind_int64(statement, 1, seq);
    (void)sqlite3_bind_int(statement, 2, i_topic + 1);
    (void)sqlite3_bind_int(statement, 3, record->partition);
    (void)sqlite3_bind_int64(statement, 4, offset);
    (void)sqlite3_bind_int64(statement, 5, record->time_us);
    bind_bytes(statement, 6, record->key);
    bind_bytes(statement, 7, mw_writer_span(&store->scratch));
    bind_bytes(statement, 8, record->value);
    const int rc = run(store, MW_SQL_INSERT);
    return rc == SQLITE_OK ? MW_OK : mw_log_fail(store, rc, "writing a record", err);
}

/* Points the latest view at the new record; a compacted topic forgets the one before. */
static enum mw_status supersede(struct mw_log_store *store, const struct mw_record *record, int i_topic,
                                int64_t seq, struct mw_error *err)
{
    const struct mw_span subject = mw_record_header(record, MW_HEADER_SUBJECT);
    int64_t before = 0;
    if (store->head.topics[i_topic].is_compacted) {
        sqlite3_stmt *find = store->statements[MW_SQL_LATEST_FIND];
        bind_place(find, i_topic, record->partition);
        bind_bytes(find, 3, record->key);
        bind_bytes(find, 4, subject);
        MW_TRY(one_integer(store, find, 0, &before, err));
    }
    sqlite3_stmt *set = store->statements[MW_SQL_LATEST_SET];
    bind_place(set, i_topic, record->partition);
    bind_bytes(set, 3, record->key);
    bind_bytes(set, 4, subject);
    (void)sqlite3_bind_int64(set, 5, seq);
    int rc = run(store, MW_SQL_LATEST_SET);
    if (rc == SQLITE_OK && before > 0) {
        (void)sqlite3_bind_int64(store->statements[MW_SQL_DELETE], 1, before);
        rc = run(store, MW_SQL_DELETE);
    }
    return rc == SQLITE_OK ? MW_OK : mw_log_fail(store, rc, "writing the latest record", err);
}

static enum mw_status write_one(struct mw_log_store *store, const struct mw_record *record,
                                struct mw_error *err)
{
    const int i_topic = mw_broker_topic_index(&store->head, record->topic);
    const int64_t seq = store->last_seq + 1;
    MW_TRY(insert(store, record, i_topic, seq, err));
    if (store->head.topics[i_topic].has_latest) {
        MW_TRY(supersede(store, record, i_topic, seq, err));
    }
    store->last_seq = seq;
    return MW_OK;
}

enum mw_status mw_log_write(struct mw_log_store *store, const struct mw_record *records, size_t n,
                            struct mw_error *err)
{
    for (size_t i = 0; i < n; i++) {
        const enum mw_status status = write_one(store, &records[i], err);
        if (status != MW_OK) {
            mw_log_rollback(store);
            return status;
        }
    }
    return MW_OK;
}

enum mw_status mw_log_write_offset(struct mw_log_store *store, const char *service, int i_topic,
                                   int32_t partition, int64_t next, struct mw_error *err)
{
    sqlite3_stmt *statement = store->statements[MW_SQL_OFFSET_SET];
    bind_place(statement, i_topic, partition);
    (void)sqlite3_bind_int64(statement, 3, next);
    (void)sqlite3_bind_text(statement, 4, service, -1, SQLITE_STATIC);
    const int rc = run(store, MW_SQL_OFFSET_SET);
    if (rc == SQLITE_OK) {
        return MW_OK;
    }
    const enum mw_status status = mw_log_fail(store, rc, "writing an offset", err);
    mw_log_rollback(store);
    return status;
}

/* ---- reading
 * ------------------------------------------------------------------------------------------------ */

enum mw_status mw_log_committed(struct mw_log_store *store, const char *service, int i_topic,
                                int32_t partition, int64_t *out, struct mw_error *err)
{
    sqlite3_stmt *statement = store->statements[MW_SQL_OFFSET_GET];
    bind_place(statement, i_topic, partition);
    (void)sqlite3_bind_text(statement, 3, service, -1, SQLITE_STATIC);
    return one_integer(store, statement, MW_OFFSET_NONE, out, err);
}

enum mw_status mw_log_extent(struct mw_log_store *store, int i_topic, int32_t partition,
                             struct mw_bus_extent *out, struct mw_error *err)
{
    const int64_t args[] = {i_topic + 1, partition};
    int64_t last;
    MW_TRY(mw_log_integer(store, MW_SQL_OFFSET_MAX, args, 2, -1, &last, err));
    out->end = last + 1;
    return mw_log_integer(store, MW_SQL_OFFSET_MIN, args, 2, out->end, &out->first, err);
}

void mw_row_batch_reset(struct mw_row_batch *batch)
{
    mw_record_list_reset(&batch->records);
    batch->at = 0;
}

void mw_row_batch_fini(struct mw_row_batch *batch)
{
    mw_record_list_fini(&batch->records);
    mw_arena_fini(&batch->headers);
    free(batch->seqs);
    *batch = (struct mw_row_batch){0};
}

bool mw_row_batch_is_full(const struct mw_row_batch *batch)
{
    return batch->records.n >= MW_BATCH_RECORDS || batch->records.n_bytes >= MW_BATCH_BYTES;
}

static struct mw_span column_bytes(sqlite3_stmt *row, int at)
{
    const void *data = sqlite3_column_blob(row, at); /* before _bytes, as its documentation asks */
    return (struct mw_span){data, (size_t)sqlite3_column_bytes(row, at)};
}

static bool make_room(struct mw_row_batch *batch)
{
    if (batch->records.n < batch->capacity) {
        return true;
    }
    const size_t capacity = batch->capacity == 0 ? MW_BATCH_RECORDS : 2 * batch->capacity;
    int64_t *seqs = realloc(batch->seqs, capacity * sizeof *seqs);
    if (seqs == NULL) {
        return false;
    }
    batch->seqs = seqs;
    batch->capacity = capacity;
    return true;
}

enum mw_status mw_row_batch_add(struct mw_row_batch *batch, struct mw_log_store *store, sqlite3_stmt *row,
                                struct mw_error *err)
{
    const int i_topic = sqlite3_column_int(row, 1) - 1;
    if (i_topic < 0 || (size_t)i_topic >= store->head.n_topics) {
        return mw_log_fail(store, SQLITE_CORRUPT, "reading a record of an unknown topic", err);
    }
    struct mw_record record = {.topic = store->head.topics[i_topic].name,
                               .partition = sqlite3_column_int(row, 2),
                               .offset = sqlite3_column_int64(row, 3),
                               .time_us = sqlite3_column_int64(row, 4),
                               .key = column_bytes(row, 5),
                               .value = column_bytes(row, 7)};
    mw_arena_reset(&batch->headers);
    if (mw_headers_read(column_bytes(row, 6), &batch->headers, &record.headers, NULL) != MW_OK) {
        return mw_log_fail(store, SQLITE_CORRUPT, "reading the headers of a record", err);
    }
    if (!make_room(batch)) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory to read ahead %zu records", batch->records.n);
    }
    batch->seqs[batch->records.n] = sqlite3_column_int64(row, 0);
    return mw_record_list_add(&batch->records, &record, record.topic, err);
}

/* ---- readers
 * ------------------------------------------------------------------------------------------------ */

struct range {
    int i_topic;
    int32_t partition;
    int64_t from, to;
};

struct reader {
    struct mw_bus_reader_head head;
    struct mw_log_store *store;
    sqlite3_stmt *rows; /* ?1: seq or offset after which the next batch begins */
    bool by_offset;
    int64_t after;
    bool at_end;
    struct mw_row_batch batch;
    size_t n_ranges; /* 0: every row is wanted */
    struct range ranges[];
};

static bool reader_wants(const struct reader *reader, sqlite3_stmt *row)
{
    const int i_topic = sqlite3_column_int(row, 1) - 1;
    const int32_t partition = sqlite3_column_int(row, 2);
    const int64_t offset = sqlite3_column_int64(row, 3);
    for (size_t i = 0; i < reader->n_ranges; i++) {
        const struct range *range = &reader->ranges[i];
        if (range->i_topic == i_topic && range->partition == partition) {
            if (offset >= range->from && offset < range->to) {
                return true;
            }
        }
    }
    return reader->n_ranges == 0;
}

static enum mw_status reader_fill(struct reader *reader, struct mw_error *err)
{
    mw_row_batch_reset(&reader->batch);
    (void)sqlite3_bind_int64(reader->rows, 1, reader->after);
    enum mw_status status = MW_OK;
    int rc = SQLITE_ROW;
    while (status == MW_OK && !mw_row_batch_is_full(&reader->batch)) {
        rc = sqlite3_step(reader->rows);
        if (rc != SQLITE_ROW) {
            break;
        }
        reader->after = sqlite3_column_int64(reader->rows, reader->by_offset ? 3 : 0);
        if (reader_wants(reader, reader->rows)) {
            status = mw_row_batch_add(&reader->batch, reader->store, reader->rows, err);
        }
    }
    (void)sqlite3_reset(reader->rows);
    reader->at_end = rc == SQLITE_DONE;
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
        return mw_log_fail(reader->store, rc, "reading records", err);
    }
    return status;
}

static enum mw_status reader_next(struct mw_bus_reader *self, const struct mw_record **out,
                                  struct mw_error *err)
{
    struct reader *reader = (struct reader *)(void *)self;
    *out = NULL;
    while (reader->batch.at == reader->batch.records.n) {
        if (reader->at_end) {
            return MW_OK;
        }
        MW_TRY(reader_fill(reader, err));
    }
    *out = &reader->batch.records.items[reader->batch.at++];
    return MW_OK;
}

static void reader_close(struct mw_bus_reader *self)
{
    struct reader *reader = (struct reader *)(void *)self;
    (void)sqlite3_finalize(reader->rows);
    mw_row_batch_fini(&reader->batch);
    free(reader);
}

static const struct mw_bus_reader_ops reader_ops = {.next = reader_next, .close = reader_close};

#define COLUMNS "r.seq, r.topic, r.partition, r.offset, r.time_us, r.key, r.headers, r.value"

static enum mw_status reader_new(struct mw_log_store *store, size_t n_ranges, const char *text,
                                 struct reader **out, struct mw_error *err)
{
    struct reader *reader = calloc(1, sizeof *reader + n_ranges * sizeof reader->ranges[0]);
    if (reader == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for a reader of %zu ranges", n_ranges);
    }
    reader->head.ops = &reader_ops;
    reader->store = store;
    const enum mw_status status = mw_log_prepare(store, text, &reader->rows, err);
    if (status != MW_OK) {
        reader_close((struct mw_bus_reader *)(void *)reader);
        return status;
    }
    *out = reader;
    return MW_OK;
}

static enum mw_status resolve(struct mw_log_store *store, const struct mw_bus_range *in, struct range *out,
                              struct mw_error *err)
{
    struct mw_bus_extent extent;
    const int i_topic = mw_broker_topic_index(&store->head, in->topic);
    MW_TRY(mw_log_extent(store, i_topic, in->partition, &extent, err));
    const bool to_end = in->to == MW_OFFSET_NONE || in->to > extent.end;
    *out = (struct range){i_topic, in->partition, in->from, to_end ? extent.end : in->to};
    return MW_OK;
}

/* One range is read along the index of its offsets; several along seq, which is their recorded order,
 * beginning where the earliest of them does. */
static enum mw_status first_seq(struct mw_log_store *store, const struct range *range, int64_t *out,
                                struct mw_error *err)
{
    sqlite3_stmt *statement;
    MW_TRY(mw_log_prepare(store,
                          "SELECT seq FROM records WHERE topic = ?1 AND partition = ?2 AND offset >= ?3 "
                          "ORDER BY offset LIMIT 1",
                          &statement, err));
    bind_place(statement, range->i_topic, range->partition);
    (void)sqlite3_bind_int64(statement, 3, range->from);
    const enum mw_status status = one_integer(store, statement, INT64_MAX, out, err);
    (void)sqlite3_finalize(statement);
    return status;
}

static enum mw_status aim(struct reader *reader, struct mw_error *err)
{
    if (reader->by_offset) {
        const struct range *range = &reader->ranges[0];
        (void)sqlite3_bind_int64(reader->rows, 2, range->i_topic + 1);
        (void)sqlite3_bind_int64(reader->rows, 3, range->partition);
        (void)sqlite3_bind_int64(reader->rows, 4, range->to);
        reader->after = range->from - 1;
        return MW_OK;
    }
    int64_t until;
    MW_TRY(mw_log_integer(reader->store, MW_SQL_SEQ_MAX, NULL, 0, 0, &until, err));
    (void)sqlite3_bind_int64(reader->rows, 2, until);
    reader->after = INT64_MAX;
    for (size_t i = 0; i < reader->n_ranges; i++) {
        int64_t seq;
        MW_TRY(first_seq(reader->store, &reader->ranges[i], &seq, err));
        reader->after = seq - 1 < reader->after ? seq - 1 : reader->after;
    }
    return MW_OK;
}

enum mw_status mw_log_read(struct mw_broker *broker, const struct mw_bus_range *ranges, size_t n,
                           struct mw_bus_reader **out, struct mw_error *err)
{
    struct mw_log_store *store = (struct mw_log_store *)(void *)broker;
    struct reader *reader = NULL;
    MW_TRY(reader_new(store, n,
                      n == 1 ? "SELECT " COLUMNS " FROM records r WHERE topic = ?2 AND partition = ?3 AND "
                               "offset > ?1 AND offset < ?4 ORDER BY offset"
                             : "SELECT " COLUMNS " FROM records r WHERE seq > ?1 AND seq <= ?2 ORDER BY seq",
                      &reader, err));
    *out = (struct mw_bus_reader *)(void *)reader;
    reader->by_offset = n == 1;
    reader->n_ranges = n;
    reader->at_end = n == 0;
    enum mw_status status = MW_OK;
    for (size_t i = 0; i < n && status == MW_OK; i++) {
        status = resolve(store, &ranges[i], &reader->ranges[i], err);
    }
    if (status == MW_OK) {
        status = aim(reader, err);
    }
    if (status != MW_OK) {
        mw_bus_reader_close(out);
    }
    return status;
}

enum mw_status mw_log_latest(struct mw_broker *broker, const char *topic, int32_t partition,
                             struct mw_bus_reader **out, struct mw_error *err)
{
    struct mw_log_store *store = (struct mw_log_store *)(void *)broker;
    struct reader *reader = NULL;
    MW_TRY(reader_new(store, 0,
                      "SELECT " COLUMNS
                      " FROM latest l JOIN records r ON r.seq = l.seq WHERE l.topic = ?2 AND "
                      "(?3 < 0 OR l.partition = ?3) AND l.seq > ?1 ORDER BY l.seq",
                      &reader, err));
    (void)sqlite3_bind_int(reader->rows, 2, mw_broker_topic_index(&store->head, topic) + 1);
    (void)sqlite3_bind_int(reader->rows, 3, partition);
    *out = (struct mw_bus_reader *)(void *)reader;
    return MW_OK;
}
