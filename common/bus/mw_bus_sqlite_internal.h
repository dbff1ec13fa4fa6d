/* mw_bus_sqlite_internal.h: the parts of the embedded bus.
 *
 *   mw_bus_sqlite.c        opening, schema, topics, the instance lock, the table of functions
 *   mw_bus_sqlite_store.c  rows: writing records and offsets, reading them in batches, translating errors
 *   mw_bus_sqlite_seat.c   a service's seat, and groups
 *
 * The file is a log: `records` has one row per record, in the order of its global number `seq`; an offset
 * counts within (topic, partition). A seat reads by seq, so it sees several topics in the one order they were
 * written. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_bus_internal.h"
#include "mw_bus_sqlite.h"

#include <sqlite3.h>

enum { MW_LOG_VERSION = 1, MW_LOG_APPLICATION_ID = 0x6d785761 /* "mxWa" */ };

enum mw_log_statement {
    MW_SQL_BEGIN,
    MW_SQL_COMMIT,
    MW_SQL_ROLLBACK,
    MW_SQL_INSERT,
    MW_SQL_LATEST_FIND,
    MW_SQL_LATEST_SET,
    MW_SQL_DELETE,
    MW_SQL_OFFSET_SET,
    MW_SQL_OFFSET_GET,
    MW_SQL_SEQ_MAX,
    MW_SQL_OFFSET_MAX,
    MW_SQL_OFFSET_MIN,
    MW_SQL_STATEMENTS,
};

struct mw_seat;

struct mw_log_store {
    struct mw_broker_head head;
    sqlite3 *db;
    sqlite3_stmt *statements[MW_SQL_STATEMENTS];
    char *path;
    bool in_memory, is_instance;
    int lock_fd;
    int64_t last_seq; /* of the newest committed record that this process knows of */
    /* The next offset of each topic and partition, or -1: ask. Kept where no other process may append. */
    int64_t next_offset[MW_TOPICS_MAX][MW_PARTITIONS_MAX];
    struct mw_seat *seats;
    bool group_is_open;
    struct mw_record_list group; /* joined records, in order, not yet written */
    struct mw_writer scratch;    /* headers of the record being written */
};

/* Committed records read ahead. */
struct mw_row_batch {
    struct mw_record_list records;
    int64_t *seqs;
    size_t capacity, at;
    struct mw_arena headers; /* arrays of the row being read */
};
void mw_row_batch_reset(struct mw_row_batch *batch);
void mw_row_batch_fini(struct mw_row_batch *batch);
/* Copies the row under the cursor: seq, topic, partition, offset, time_us, key, headers, value. */
MW_MUST_USE enum mw_status mw_row_batch_add(struct mw_row_batch *batch, struct mw_log_store *store,
                                            sqlite3_stmt *row, struct mw_error *err);
enum { MW_BATCH_RECORDS = 256, MW_BATCH_BYTES = 1 << 20 };
bool mw_row_batch_is_full(const struct mw_row_batch *batch);

/* Fills err for an SQLite result code, with what the user can do about it; `what` says what was being done.
 */
enum mw_status mw_log_fail(const struct mw_log_store *store, int rc, const char *what, struct mw_error *err);
/* Prepares, and reads one integer (`absent` when there is no row or it is NULL). */
MW_MUST_USE enum mw_status mw_log_prepare(const struct mw_log_store *store, const char *sql,
                                          sqlite3_stmt **out, struct mw_error *err);
MW_MUST_USE enum mw_status mw_log_prepare_all(struct mw_log_store *store, struct mw_error *err);
MW_MUST_USE enum mw_status mw_log_integer(struct mw_log_store *store, enum mw_log_statement which,
                                          const int64_t *args, size_t n_args, int64_t absent, int64_t *out,
                                          struct mw_error *err);

/* One write transaction: begin, any number of writes, end. A failure in between rolls back by itself. */
MW_MUST_USE enum mw_status mw_log_begin(struct mw_log_store *store, struct mw_error *err);
MW_MUST_USE enum mw_status mw_log_write(struct mw_log_store *store, const struct mw_record *records, size_t n,
                                        struct mw_error *err);
MW_MUST_USE enum mw_status mw_log_write_offset(struct mw_log_store *store, const char *service, int i_topic,
                                               int32_t partition, int64_t next, struct mw_error *err);
MW_MUST_USE enum mw_status mw_log_end(struct mw_log_store *store, struct mw_error *err);
void mw_log_rollback(struct mw_log_store *store);

MW_MUST_USE enum mw_status mw_log_committed(struct mw_log_store *store, const char *service, int i_topic,
                                            int32_t partition, int64_t *out, struct mw_error *err);
MW_MUST_USE enum mw_status mw_log_extent(struct mw_log_store *store, int i_topic, int32_t partition,
                                         struct mw_bus_extent *out, struct mw_error *err);
/* May this process append to the topic, and does nobody else? */
bool mw_log_owns(const struct mw_log_store *store, int i_topic);

MW_MUST_USE enum mw_status mw_seat_open(struct mw_broker *broker, const struct mw_bus_options *options,
                                        struct mw_bus **out, struct mw_error *err);
MW_MUST_USE enum mw_status mw_log_group_begin(struct mw_broker *broker, struct mw_error *err);
MW_MUST_USE enum mw_status mw_log_group_commit(struct mw_broker *broker, struct mw_error *err);
size_t mw_log_group_bytes(const struct mw_broker *broker);

MW_MUST_USE enum mw_status mw_log_read(struct mw_broker *broker, const struct mw_bus_range *ranges, size_t n,
                                       struct mw_bus_reader **out, struct mw_error *err);
MW_MUST_USE enum mw_status mw_log_latest(struct mw_broker *broker, const char *topic, int32_t partition,
                                         struct mw_bus_reader **out, struct mw_error *err);
