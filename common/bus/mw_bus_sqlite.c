// SPDX-License-Identifier: Apache-2.0
#include "mw_bus_sqlite_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* `offset` counts within (topic, partition). `latest` points at the newest record of each (key, subject)
 * where the topic asks for it. `offsets` is what Kafka calls __consumer_offsets. */
static const char schema[] =
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE topics(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, is_open INTEGER NOT NULL,"
    " has_latest INTEGER NOT NULL, is_compacted INTEGER NOT NULL);"
    "CREATE TABLE records(seq INTEGER PRIMARY KEY, topic INTEGER NOT NULL, partition INTEGER NOT NULL,"
    " offset INTEGER NOT NULL, time_us INTEGER NOT NULL, key BLOB NOT NULL, headers BLOB NOT NULL,"
    " value BLOB NOT NULL);"
    "CREATE UNIQUE INDEX records_by_offset ON records(topic, partition, offset);"
    "CREATE TABLE latest(topic INTEGER NOT NULL, partition INTEGER NOT NULL, key BLOB NOT NULL,"
    " subject BLOB NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY(topic, partition, key, subject)) WITHOUT "
    "ROWID;"
    "CREATE TABLE offsets(service TEXT NOT NULL, topic INTEGER NOT NULL, partition INTEGER NOT NULL,"
    " next INTEGER NOT NULL, PRIMARY KEY(service, topic, partition)) WITHOUT ROWID;";

static enum mw_status execute(struct mw_log_store *store, const char *text, const char *what,
                              struct mw_error *err)
{
    const int rc = sqlite3_exec(store->db, text, NULL, NULL, NULL);
    return rc == SQLITE_OK ? MW_OK : mw_log_fail(store, rc, what, err);
}

static enum mw_status query(struct mw_log_store *store, const char *text, int64_t *out, struct mw_error *err)
{
    sqlite3_stmt *statement;
    MW_TRY(mw_log_prepare(store, text, &statement, err));
    const int rc = sqlite3_step(statement);
    *out = rc == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    (void)sqlite3_finalize(statement);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? MW_OK : mw_log_fail(store, rc, "reading the log", err);
}

/* ---- the instance lock
 * -------------------------------------------------------------------------------------- */

/* A lock of the system on a file beside the log, so it ends with the process however that ends. The pid is
 * asked of the system too; the text in the file is for people. */
static enum mw_status take_instance(struct mw_log_store *store, struct mw_error *err)
{
    char path[4096];
    const int len = snprintf(path, sizeof path, "%s.lock", store->path);
    if (len < 0 || (size_t)len >= sizeof path) {
        return MW_FAIL(err, MW_E_IO, "%s: the path is too long", store->path);
    }
    store->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (store->lock_fd < 0) {
        return MW_FAIL(err, MW_E_IO, "%s: %s; check the folder and its permissions", path, strerror(errno));
    }
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(store->lock_fd, F_SETLK, &lock) == 0) {
        char pid[24];
        const int n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
        if (ftruncate(store->lock_fd, 0) != 0 || write(store->lock_fd, pid, (size_t)n) != n) {
            return MW_FAIL(err, MW_E_IO, "%s: %s", path, strerror(errno));
        }
        return MW_OK;
    }
    struct flock holder = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    const bool known = fcntl(store->lock_fd, F_GETLK, &holder) == 0 && holder.l_type != F_UNLCK;
    return MW_FAIL(
        err, MW_E_BUSY,
        "%s: the services already run on this state folder, as process %ld; stop that one first, or name "
        "another folder",
        store->path, known ? (long)holder.l_pid : -1L);
}

/* ---- the file
 * ----------------------------------------------------------------------------------------------- */

static enum mw_status connect_file(struct mw_log_store *store, const struct mw_bus_sqlite_options *options,
                                   struct mw_error *err)
{
    const int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (options->must_exist ? 0 : SQLITE_OPEN_CREATE);
    const int rc = sqlite3_open_v2(options->path, &store->db, flags, NULL);
    if (rc != SQLITE_OK) {
        return options->must_exist && access(options->path, F_OK) != 0
                   ? MW_FAIL(err, MW_E_IO, "%s: there is no log here; `mixwatch run` makes one",
                             options->path)
                   : mw_log_fail(store, rc, "opening", err);
    }
    (void)sqlite3_extended_result_codes(store->db, 1);
    (void)sqlite3_busy_timeout(store->db, options->busy_timeout_ms == 0 ? 10000 : options->busy_timeout_ms);
    return MW_OK;
}

/* Foreign and newer files are left untouched. */
static enum mw_status check_identity(struct mw_log_store *store, bool *is_empty, struct mw_error *err)
{
    int64_t application_id, version, n_tables;
    MW_TRY(query(store, "PRAGMA application_id", &application_id, err));
    MW_TRY(query(store, "PRAGMA user_version", &version, err));
    MW_TRY(query(store, "SELECT count(*) FROM sqlite_master", &n_tables, err));
    *is_empty = n_tables == 0 && application_id == 0 && version == 0;
    if (!*is_empty && application_id != MW_LOG_APPLICATION_ID) {
        return MW_FAIL(err, MW_E_DATA, "%s: a database of another program; name another state folder",
                       store->path);
    }
    if (version > MW_LOG_VERSION) {
        return MW_FAIL(
            err, MW_E_DATA,
            "%s: written by a newer mixwatch (log version %lld, this program knows %d); install that "
            "version, or name another state folder",
            store->path, (long long)version, MW_LOG_VERSION);
    }
    return MW_OK;
}

/* synchronous=FULL: a commit that was confirmed survives a power cut. A log in memory promises nothing and
 * saves the journal. */
static enum mw_status configure(struct mw_log_store *store, int64_t pages_max, struct mw_error *err)
{
    char text[64];
    (void)snprintf(text, sizeof text, "PRAGMA max_page_count = %lld", (long long)pages_max);
    MW_TRY(pages_max > 0 ? execute(store, text, "limiting its size", err) : MW_OK);
    return execute(store,
                   store->in_memory ? "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;"
                                    : "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                                      "PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -16384;",
                   "setting up", err);
}

static enum mw_status write_meta(struct mw_log_store *store, int32_t n_partitions, struct mw_error *err)
{
    char id[40], text[256];
    MW_TRY(mw_bus_draw_id(id, err));
    (void)snprintf(text, sizeof text,
                   "INSERT INTO meta VALUES('id', '%s'), ('partitions', '%d');"
                   "PRAGMA application_id = %d; PRAGMA user_version = %d;",
                   id, (int)n_partitions, MW_LOG_APPLICATION_ID, MW_LOG_VERSION);
    return execute(store, text, "creating", err);
}

/* All of it in one transaction; two processes may both find the file empty, and the second then finds the
 * tables. */
static enum mw_status create(struct mw_log_store *store, int32_t n_partitions, struct mw_error *err)
{
    MW_TRY(execute(store, "BEGIN IMMEDIATE", "creating", err));
    bool is_empty;
    enum mw_status status = check_identity(store, &is_empty, err);
    if (status == MW_OK && is_empty) {
        status = execute(store, schema, "creating", err);
        if (status == MW_OK) {
            status = write_meta(store, n_partitions == 0 ? 1 : n_partitions, err);
        }
    }
    if (status == MW_OK) {
        status = execute(store, "COMMIT", "creating", err);
    }
    if (status != MW_OK && sqlite3_get_autocommit(store->db) == 0) {
        (void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    }
    return status;
}

static enum mw_status read_meta(struct mw_log_store *store, int32_t n_partitions, struct mw_error *err)
{
    int64_t n;
    MW_TRY(query(store, "SELECT value FROM meta WHERE name = 'partitions'", &n, err));
    if (n < 1 || n > MW_PARTITIONS_MAX) {
        return mw_log_fail(store, SQLITE_CORRUPT, "reading its number of partitions", err);
    }
    if (n_partitions != 0 && n != n_partitions) {
        return MW_FAIL(
            err, MW_E_DATA,
            "%s: has %lld partitions, and that is fixed for its life; asked for were %d: leave the "
            "setting out, or begin a new state folder",
            store->path, (long long)n, (int)n_partitions);
    }
    store->head.n_partitions = (int32_t)n;
    sqlite3_stmt *statement;
    MW_TRY(mw_log_prepare(store, "SELECT value FROM meta WHERE name = 'id'", &statement, err));
    const bool found = sqlite3_step(statement) == SQLITE_ROW;
    (void)snprintf(store->head.id, sizeof store->head.id, "%s",
                   found ? (const char *)sqlite3_column_text(statement, 0) : "");
    (void)sqlite3_finalize(statement);
    return found ? MW_OK : mw_log_fail(store, SQLITE_CORRUPT, "reading its id", err);
}

/* ---- topics
 * ------------------------------------------------------------------------------------------------- */

/* Topics are numbered without gaps in the order of their creation and never deleted. */
static enum mw_status load_topics(struct mw_log_store *store, struct mw_error *err)
{
    sqlite3_stmt *row;
    MW_TRY(mw_log_prepare(store, "SELECT name, is_open, has_latest, is_compacted FROM topics ORDER BY id",
                          &row, err));
    enum mw_status status = MW_OK;
    int rc = sqlite3_step(row);
    for (; rc == SQLITE_ROW && status == MW_OK; rc = sqlite3_step(row)) {
        const struct mw_topic topic = {.name = (const char *)sqlite3_column_text(row, 0),
                                       .is_open = sqlite3_column_int(row, 1) != 0,
                                       .has_latest = sqlite3_column_int(row, 2) != 0,
                                       .is_compacted = sqlite3_column_int(row, 3) != 0};
        bool is_new;
        status = mw_broker_add_topic(&store->head, &topic, &is_new, err);
    }
    (void)sqlite3_finalize(row);
    if (status == MW_OK && rc != SQLITE_DONE) {
        return mw_log_fail(store, rc, "reading its topics", err);
    }
    return status;
}

static enum mw_status insert_topic(struct mw_log_store *store, const struct mw_topic *topic,
                                   struct mw_error *err)
{
    sqlite3_stmt *statement;
    MW_TRY(mw_log_prepare(store,
                          "INSERT INTO topics(id, name, is_open, has_latest, is_compacted) "
                          "VALUES(?1, ?2, ?3, ?4, ?5)",
                          &statement, err));
    (void)sqlite3_bind_int64(statement, 1, (int64_t)store->head.n_topics);
    (void)sqlite3_bind_text(statement, 2, topic->name, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int(statement, 3, topic->is_open);
    (void)sqlite3_bind_int(statement, 4, topic->has_latest || topic->is_compacted);
    (void)sqlite3_bind_int(statement, 5, topic->is_compacted);
    const int rc = sqlite3_step(statement);
    (void)sqlite3_finalize(statement);
    return rc == SQLITE_DONE ? MW_OK : mw_log_fail(store, rc, "creating a topic", err);
}

static enum mw_status declare_in_transaction(struct mw_log_store *store, const struct mw_topic *topics,
                                             size_t n, struct mw_error *err)
{
    MW_TRY(load_topics(store, err)); /* another process may have made some */
    for (size_t i = 0; i < n; i++) {
        bool is_new;
        MW_TRY(mw_broker_add_topic(&store->head, &topics[i], &is_new, err));
        if (is_new) {
            MW_TRY(insert_topic(store, &topics[i], err));
        }
    }
    return MW_OK;
}

static enum mw_status store_declare(struct mw_broker *broker, const struct mw_topic *topics, size_t n,
                                    struct mw_error *err)
{
    struct mw_log_store *store = (struct mw_log_store *)(void *)broker;
    bool all_known = true;
    for (size_t i = 0; i < n; i++) {
        bool is_new = mw_broker_topic_index(&store->head, topics[i].name) < 0;
        all_known = all_known && !is_new;
        MW_TRY(is_new ? MW_OK : mw_broker_add_topic(&store->head, &topics[i], &is_new, err));
    }
    if (all_known) {
        return MW_OK;
    }
    const size_t n_before = store->head.n_topics;
    MW_TRY(mw_log_begin(store, err));
    enum mw_status status = declare_in_transaction(store, topics, n, err);
    if (status == MW_OK) {
        status = mw_log_end(store, err);
    }
    if (status != MW_OK) {
        mw_log_rollback(store);
        while (store->head.n_topics > n_before) {
            free((void *)(uintptr_t)store->head.topics[--store->head.n_topics].name);
        }
    }
    return status;
}

/* ---- the broker
 * --------------------------------------------------------------------------------------------- */

static enum mw_status stage(struct mw_log_store *store, const struct mw_record *records, size_t n,
                            struct mw_record_list *out, struct mw_error *err)
{
    for (size_t i = 0; i < n; i++) {
        int i_topic;
        MW_TRY(mw_broker_check(&store->head, &records[i], &i_topic, err));
        const struct mw_topic *topic = &store->head.topics[i_topic];
        if (!topic->is_open && !store->is_instance) {
            return MW_FAIL(err, MW_E_CONTRACT, "%s is written by the process that runs the services only",
                           topic->name);
        }
        if (!topic->is_open && store->group.n > 0) {
            return MW_FAIL(err, MW_E_CONTRACT, "%s: an append would overtake the open group", topic->name);
        }
        MW_TRY(mw_record_list_add(out, &records[i], topic->name, err));
        out->items[i].offset = MW_OFFSET_NONE;
    }
    return MW_OK;
}

static enum mw_status store_append(struct mw_broker *broker, const struct mw_record *records, size_t n,
                                   struct mw_error *err)
{
    struct mw_log_store *store = (struct mw_log_store *)(void *)broker;
    struct mw_record_list list = {0};
    const int64_t last_seq = store->last_seq;
    enum mw_status status = stage(store, records, n, &list, err);
    if (status == MW_OK && n > 0) {
        status = mw_log_begin(store, err);
        if (status == MW_OK) {
            status = mw_log_write(store, list.items, list.n, err);
        }
        if (status == MW_OK) {
            status = mw_log_end(store, err);
        }
        store->last_seq = status == MW_OK ? store->last_seq : last_seq;
    }
    mw_record_list_fini(&list);
    return status;
}

static enum mw_status store_committed(struct mw_broker *broker, const char *service, const char *topic,
                                      int32_t partition, int64_t *out, struct mw_error *err)
{
    struct mw_log_store *store = (struct mw_log_store *)(void *)broker;
    return mw_log_committed(store, service, mw_broker_topic_index(&store->head, topic), partition, out, err);
}

static enum mw_status store_extent(struct mw_broker *broker, const char *topic, int32_t partition,
                                   struct mw_bus_extent *out, struct mw_error *err)
{
    struct mw_log_store *store = (struct mw_log_store *)(void *)broker;
    return mw_log_extent(store, mw_broker_topic_index(&store->head, topic), partition, out, err);
}

static void store_close(struct mw_broker *broker)
{
    struct mw_log_store *store = (struct mw_log_store *)(void *)broker;
    mw_invariant(store->seats == NULL); /* seats are left before the broker is */
    for (size_t i = 0; i < MW_SQL_STATEMENTS; i++) {
        (void)sqlite3_finalize(store->statements[i]);
    }
    (void)sqlite3_close(store->db);
    if (store->lock_fd >= 0) {
        (void)close(store->lock_fd);
    }
    mw_broker_drop_topics(&store->head);
    mw_record_list_fini(&store->group);
    mw_writer_fini(&store->scratch);
    free(store->path);
    free(store);
}

static const struct mw_broker_ops store_ops = {
    .declare = store_declare,
    .open = mw_seat_open,
    .append = store_append,
    .read = mw_log_read,
    .latest = mw_log_latest,
    .committed = store_committed,
    .extent = store_extent,
    .group_begin = mw_log_group_begin,
    .group_commit = mw_log_group_commit,
    .group_bytes = mw_log_group_bytes,
    .close = store_close,
};

static enum mw_status set_up(struct mw_log_store *store, const struct mw_bus_sqlite_options *options,
                             struct mw_error *err)
{
    store->in_memory = strcmp(options->path, ":memory:") == 0;
    store->is_instance = options->is_instance || store->in_memory;
    bool is_empty;
    MW_TRY(options->is_instance && !store->in_memory ? take_instance(store, err) : MW_OK);
    MW_TRY(connect_file(store, options, err));
    MW_TRY(check_identity(store, &is_empty, err));
    MW_TRY(configure(store, options->pages_max, err));
    MW_TRY(is_empty ? create(store, options->n_partitions, err) : MW_OK);
    MW_TRY(read_meta(store, options->n_partitions, err));
    MW_TRY(mw_log_prepare_all(store, err));
    MW_TRY(load_topics(store, err));
    return mw_log_integer(store, MW_SQL_SEQ_MAX, NULL, 0, 0, &store->last_seq, err);
}

enum mw_status mw_bus_sqlite_open(struct mw_broker **out, const struct mw_bus_sqlite_options *options,
                                  struct mw_error *err)
{
    *out = NULL;
    if (options->n_partitions < 0 || options->n_partitions > MW_PARTITIONS_MAX) {
        return MW_FAIL(err, MW_E_CONTRACT, "a log has 1..%d partitions, not %d", MW_PARTITIONS_MAX,
                       (int)options->n_partitions);
    }
    struct mw_log_store *store = calloc(1, sizeof *store);
    const size_t len = strlen(options->path) + 1;
    char *path = malloc(len);
    if (store == NULL || path == NULL) {
        free(store);
        free(path);
        return MW_FAIL(err, MW_E_MEMORY, "no memory to open %s", options->path);
    }
    memcpy(path, options->path, len);
    store->head.ops = &store_ops;
    store->path = path;
    store->lock_fd = -1;
    memset(store->next_offset, 0xff, sizeof store->next_offset);
    const enum mw_status status = set_up(store, options, err);
    if (status != MW_OK) {
        store_close((struct mw_broker *)(void *)store);
        return status;
    }
    *out = (struct mw_broker *)(void *)store;
    return MW_OK;
}
