/* mw_bus.h: ordered, durable records between services, and the one step that makes a service exactly-once.
 *
 *   mw_broker       the connection: an SQLite file, a Kafka cluster, a simulation. Topics, offsets, appends.
 *   mw_bus          one service's seat at a broker: its consumer and its transactional producer.
 *   mw_bus_reader   reads recorded ranges by hand, outside any group: restore, verify, status.
 *
 * The shape is that of Kafka's consume-process-produce transactions:
 *
 *   poll ──► record ──► produce (staged) ... ──┬──► commit: outputs and offsets of all polled records, or nothing
 *                                              └──► abort:  staged records dropped, the consumer rewound
 *
 * - A transaction begins by itself with the first record polled or produced after the last commit or abort.
 * - Readers and consumers see committed records only ("read_committed"). The one exception is documented at
 *   mw_broker_group_begin().
 * - Offsets grow but need not be dense (Kafka puts its markers there). Whoever wants the end asks for it.
 * - A seat that reads several topics reads them in ONE recorded order: a reader over the same ranges gives back
 *   the order in which poll gave the records. Restore and verify stand on this. (The embedded log has a global
 *   sequence number; an implementation without one must record the order of consumption with the offsets that
 *   it commits.)
 * - Partition p of all topics belongs together: it is assigned and revoked as one, and p is a function of the key.
 * - Everything handed out is borrowed until the next call on the same seat or reader.
 *
 * Errors: MW_E_IO with err->retriable means that nothing happened and the same call may be made again (the
 * staged records are kept); with err->fatal the outcome is unknown or the seat has been fenced: close it,
 * open a new one, restore. Neither flag: abort, restore, go on. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_event.h"
#include "mw_span.h"
#include "mw_status.h"

enum {
    MW_PARTITIONS_MAX = 256,
    MW_TOPICS_MAX = 64,
    MW_TOPIC_NAME_MAX = 249,       /* Kafka's limit */
    MW_RAW_BYTES_MAX = 1 << 20,    /* of a value on an open topic */
    MW_RECORD_BYTES_MAX = 8 << 20, /* of any other: a dead letter holds a raw record whole, escaped */
};
#define MW_PARTITION_ALL (-1)
#define MW_OFFSET_NONE   INT64_C(-1)

struct mw_headers {
    const struct mw_attribute *items;
    size_t n;
};

/* What travels. `offset` is set by the bus. */
struct mw_record {
    const char *topic;
    int32_t partition;
    int64_t offset, time_us;
    struct mw_span key; /* the tenant; empty: for the whole partition */
    struct mw_span value;
    struct mw_headers headers;
};

/* The value of a header, or an empty span. */
struct mw_span mw_record_header(const struct mw_record *record, const char *name);
/* What the latest record of (topic, key, subject) replaces: header ce_subject. */
#define MW_HEADER_SUBJECT "ce_subject"

/* murmur2 as Java's clients hash keys, and the partition that follows from it; the empty key has partition 0.
 */
int32_t mw_murmur2(struct mw_span key);
int32_t mw_partition_of(struct mw_span key, int32_t n_partitions);

struct mw_topic {
    const char *name;
    bool is_open;      /* processes outside may append to it; all others have one writing process */
    bool has_latest;   /* the latest record of each (key, subject) can be asked for */
    bool is_compacted; /* and only that one is kept; implies has_latest */
};

struct mw_bus_range { /* offsets from <= offset < to of one topic and partition */
    const char *topic;
    int32_t partition;
    int64_t from, to; /* to: MW_OFFSET_NONE for what is committed when the reader is opened */
};

/* first: offset of the oldest record kept (end when there is none); end: one past the newest committed one.
 */
struct mw_bus_extent {
    int64_t first, end;
};

enum mw_bus_event_kind {
    MW_BUS_NOTHING, /* the timeout passed, or a signal came */
    MW_BUS_RECORD,
    MW_BUS_ASSIGNED, /* restore the partition before the next poll */
    MW_BUS_REVOKED,  /* commit (unless it was lost), then forget the partition */
};

struct mw_bus_event {
    enum mw_bus_event_kind kind;
    const struct mw_record *record; /* MW_BUS_RECORD */
    int32_t partition;              /* MW_BUS_ASSIGNED, MW_BUS_REVOKED: of all topics of the seat */
    bool lost; /* MW_BUS_REVOKED: somebody else has it already, a commit would be refused */
};

struct mw_bus_options {
    const char *service;       /* the group: offsets are kept under this name */
    const char *const *topics; /* n_topics declared topics */
    size_t n_topics;
    bool committed_only; /* never sees records of an open group: for what carries records to the outside */
};

struct mw_bus;        /* private to the implementation, which begins it with a struct mw_bus_head */
struct mw_bus_reader; /* likewise */
struct mw_broker;     /* likewise */

struct mw_bus_ops {
    /* The next event in order. timeout_ms 0 does not wait. Partition events come in order with the records.
     */
    enum mw_status (*poll)(struct mw_bus *bus, int timeout_ms, struct mw_bus_event *out,
                           struct mw_error *err);
    /* Stages a copy. MW_E_CONTRACT: unknown topic, wrong partition number, or a partition that is not the
     * key's. MW_E_FULL: a value beyond MW_RECORD_BYTES_MAX. MW_E_MEMORY. */
    enum mw_status (*produce)(struct mw_bus *bus, const struct mw_record *record, struct mw_error *err);
    /* Staged records and the offsets of all polled ones: all or nothing. */
    enum mw_status (*commit)(struct mw_bus *bus, struct mw_error *err);
    /* Drops what is staged; the next poll begins after the last commit. */
    enum mw_status (*abort)(struct mw_bus *bus, struct mw_error *err);
    void (*close)(struct mw_bus *bus);
};

struct mw_bus_reader_ops {
    /* The next record in recorded order, or *out = NULL past the last. */
    enum mw_status (*next)(struct mw_bus_reader *reader, const struct mw_record **out, struct mw_error *err);
    void (*close)(struct mw_bus_reader *reader);
};

struct mw_broker_ops {
    /* Creates what is missing. MW_E_CONTRACT when a topic exists with other properties. */
    enum mw_status (*declare)(struct mw_broker *broker, const struct mw_topic *topics, size_t n,
                              struct mw_error *err);
    enum mw_status (*open)(struct mw_broker *broker, const struct mw_bus_options *options,
                           struct mw_bus **out, struct mw_error *err);
    /* A plain producer: all n records at once where the implementation can, otherwise in order. A failure
     * that is retriable may have stored some on Kafka: raw records carry ids, snapshots carry hashes.
     * Contract as produce; topics that are not open take appends from the process that runs the services
     * only. */
    enum mw_status (*append)(struct mw_broker *broker, const struct mw_record *records, size_t n,
                             struct mw_error *err);
    enum mw_status (*read)(struct mw_broker *broker, const struct mw_bus_range *ranges, size_t n,
                           struct mw_bus_reader **out, struct mw_error *err);
    /* The latest record of each (key, subject) of a topic with has_latest, in recorded order; partition may
     * be MW_PARTITION_ALL. MW_E_CONTRACT for other topics. */
    enum mw_status (*latest)(struct mw_broker *broker, const char *topic, int32_t partition,
                             struct mw_bus_reader **out, struct mw_error *err);
    /* The offset a service will read next, or MW_OFFSET_NONE when it never committed there. */
    enum mw_status (*committed)(struct mw_broker *broker, const char *service, const char *topic,
                                int32_t partition, int64_t *out, struct mw_error *err);
    enum mw_status (*extent)(struct mw_broker *broker, const char *topic, int32_t partition,
                             struct mw_bus_extent *out, struct mw_error *err);
    /* NULL in all three when the implementation has no groups; see mw_broker_group_begin(). */
    enum mw_status (*group_begin)(struct mw_broker *broker, struct mw_error *err);
    enum mw_status (*group_commit)(struct mw_broker *broker, struct mw_error *err);
    size_t (*group_bytes)(const struct mw_broker *broker);
    void (*close)(struct mw_broker *broker);
};

/* What every implementation's struct begins with. */
struct mw_bus_head {
    const struct mw_bus_ops *ops;
};
struct mw_bus_reader_head {
    const struct mw_bus_reader_ops *ops;
};
struct mw_broker_head {
    const struct mw_broker_ops *ops;
    char id[40]; /* of the log, a UUID given at its creation: another log, other offsets */
    int32_t n_partitions;
    /* The topics declared so far; topics[i].name stays valid while the broker is open. */
    struct mw_topic topics[MW_TOPICS_MAX];
    size_t n_topics;
};

/* ---- calls: the tables above as functions
 * ------------------------------------------------------------------ */

MW_MUST_USE enum mw_status mw_bus_poll(struct mw_bus *bus, int timeout_ms, struct mw_bus_event *out,
                                       struct mw_error *err);
MW_MUST_USE enum mw_status mw_bus_produce(struct mw_bus *bus, const struct mw_record *record,
                                          struct mw_error *err);
MW_MUST_USE enum mw_status mw_bus_commit(struct mw_bus *bus, struct mw_error *err);
MW_MUST_USE enum mw_status mw_bus_abort(struct mw_bus *bus, struct mw_error *err);
void mw_bus_close(struct mw_bus **bus);

MW_MUST_USE enum mw_status mw_bus_reader_next(struct mw_bus_reader *reader, const struct mw_record **out,
                                              struct mw_error *err);
void mw_bus_reader_close(struct mw_bus_reader **reader);

const char *mw_broker_id(const struct mw_broker *broker);
int32_t mw_broker_n_partitions(const struct mw_broker *broker);
/* NULL when no such topic is declared. */
const struct mw_topic *mw_broker_topic(const struct mw_broker *broker, const char *name);
/* The i-th declared topic, or NULL past the last. */
const struct mw_topic *mw_broker_topic_at(const struct mw_broker *broker, size_t i);

MW_MUST_USE enum mw_status mw_broker_declare(struct mw_broker *broker, const struct mw_topic *topics,
                                             size_t n, struct mw_error *err);
MW_MUST_USE enum mw_status mw_bus_open(struct mw_broker *broker, const struct mw_bus_options *options,
                                       struct mw_bus **out, struct mw_error *err);
MW_MUST_USE enum mw_status mw_broker_append(struct mw_broker *broker, const struct mw_record *records,
                                            size_t n, struct mw_error *err);
MW_MUST_USE enum mw_status mw_broker_read(struct mw_broker *broker, const struct mw_bus_range *ranges,
                                          size_t n, struct mw_bus_reader **out, struct mw_error *err);
MW_MUST_USE enum mw_status mw_broker_latest(struct mw_broker *broker, const char *topic, int32_t partition,
                                            struct mw_bus_reader **out, struct mw_error *err);
MW_MUST_USE enum mw_status mw_broker_committed(struct mw_broker *broker, const char *service,
                                               const char *topic, int32_t partition, int64_t *out,
                                               struct mw_error *err);
MW_MUST_USE enum mw_status mw_broker_extent(struct mw_broker *broker, const char *topic, int32_t partition,
                                            struct mw_bus_extent *out, struct mw_error *err);
/* Records that a service has still to read, over its topics. */
MW_MUST_USE enum mw_status mw_broker_lag(struct mw_broker *broker, const struct mw_bus_options *options,
                                         int64_t *out, struct mw_error *err);

/* A group makes one durable transaction out of many: between begin and group_commit a seat's commit only
 * joins its outputs and offsets to the group. Seats of the same process see records of the group at once, in
 * the order in which they were joined, so a raw record can run through all services before anything is
 * written; a crash takes the whole group back. Two kinds of seats wait for the group commit instead: those
 * opened committed_only, and those that read an open topic (other processes may append to it meanwhile, and
 * the recorded order must be the order of reading). The write lock of the log is held for the group commit
 * only. MW_E_CONTRACT without the instance lock or when a group is open. A failed group_commit that is
 * retriable keeps the group. */
bool mw_broker_has_groups(const struct mw_broker *broker);
MW_MUST_USE enum mw_status mw_broker_group_begin(struct mw_broker *broker, struct mw_error *err);
MW_MUST_USE enum mw_status mw_broker_group_commit(struct mw_broker *broker, struct mw_error *err);
size_t mw_broker_group_bytes(const struct mw_broker *broker); /* joined and not yet committed */
void mw_broker_close(struct mw_broker **broker);
