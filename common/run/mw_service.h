/* mw_service.h: the thin shell around a core: bus in, bus out, state kept, cache fed.
 *
 *   poll ─► decode ─► core.step ─► encode effects, number them ─► produce .. ─► commit ─► cache, sink, snapshot
 *
 * Identity. The effects of an input are numbered from 0; an effect's id (header ce_id) is
 * "<service>/<input>/<index>", where the input is "<tenant>/<n>" for a fact, "<topic>/<partition>/<offset>"
 * for a record of an open topic (nobody vouches for outside ids), and the input's own ce_id otherwise. A
 * produced record has the time of its input, so output is a function of input. Headers ce_stream and ce_n
 * carry the fence for the cache: the journal and n of the fact, or the log's id and the sum of the offsets read.
 *
 * Restore of a partition, before its first record:
 *   1. the newest snapshot that is whole (hash), of this state version and not ahead of the committed position;
 *      an older one, then none, when that fails
 *   2. the inputs between the snapshot and the committed position, stepped with their effects dropped
 * so a restart, a rebalance and an audit run the same code, and a lost or odd snapshot costs time, never
 * truth.
 *
 * Snapshots go to mw.state.<service>.v1 (compacted) after the commit, by plain append: they are functions of
 * the log. A set holds every tenant of a partition at one position, in parts of at most 512 KiB, then a
 * manifest. Two slots take turns, so a set that was cut off leaves the one before it whole.
 *
 * A record of an open topic that cannot be decoded, lies on the wrong partition, or that the core refuses
 * (MW_E_DATA, MW_E_FULL) becomes a dead letter and the service goes on. On an internal topic the same is
 * fatal: it is our own writing, and skipping it would hide a fault.
 *
 * Partitions. A core's tenants are functions of their partition. What belongs to no tenant sees every partition
 * of the process, so a core that keeps such state across records must run with one partition per process
 * (the embedded bus has one by default); forgetting the empty tenant resets it, with the last partition. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_bus.h"
#include "mw_cache.h"
#include "mw_core.h"
#include "mw_field.h"
#include "mw_log.h"
#include "mw_metrics.h"

#define MW_STATE_PART_BYTES ((size_t)512 << 10)

/* Carries committed outputs further in this process (a progress display, a test). Called after the commit, so
 * a crash in between loses the call: whoever must not miss a record reads its topic with a service of its
 * own. */
struct mw_sink {
    void (*deliver)(void *self, const struct mw_record *record);
    void *self;
};

struct mw_service_settings {  /* 0: the default */
    size_t batch_records;     /* commit after so many inputs: 500 */
    size_t batch_bytes;       /* or so many bytes of outputs: 1 MiB */
    int64_t batch_us;         /* or so long after the first input: 100,000 */
    int64_t snapshot_records; /* a snapshot after so many inputs: 20,000; -1: never */
    int64_t
        snapshot_bytes; /* or so many bytes of inputs and no fewer than the last snapshot has: 32 MiB; -1: never */
    int64_t snapshot_us;  /* or so long at work in the core since the last one: 5,000,000; -1: never */
    int64_t cache_ttl_ms; /* 7 days */
};

struct mw_service_config {
    const struct mw_core_ops *ops;
    void *core;                          /* fresh; stays the caller's */
    const struct mw_type *const *inputs; /* what the service reads */
    size_t n_inputs;
    struct mw_broker *broker;
    struct mw_cache *cache;     /* may be NULL */
    const struct mw_sink *sink; /* may be NULL */
    const struct mw_log *log;   /* may be NULL */
    struct mw_metrics *metrics; /* may be NULL */
    struct mw_service_settings settings;
    /* The core itself carries records outside (the publisher): it must see committed records only, and it
     * acts before its position is committed, so after a crash the last ones come again. */
    bool is_outward;
    /* Called with false before a restore replays what was done before, with true when that is over. May be
     * NULL. */
    void (*set_live)(void *self, bool is_live);
    void *set_live_self;
};

struct mw_service;

struct mw_service_info {
    const char *service;
    uint64_t n_records, n_effects, n_deadletters, n_commits, n_snapshots, n_restored;
    uint64_t n_snapshots_refused; /* snapshots that a restore passed over */
    uint64_t n_repairs;           /* times that all cache keys were written again */
    int64_t last_time_us;         /* time of the last input; 0: none yet */
};

/* Declares every topic of mw_types[] and the state topic of each service; may be called again. */
MW_MUST_USE enum mw_status mw_service_declare(struct mw_broker *broker, const char *const *services, size_t n,
                                              struct mw_error *err);
/* Takes the seat. Restoring happens when a partition is assigned, that is in the first step. */
MW_MUST_USE enum mw_status mw_service_open(struct mw_service **out, const struct mw_service_config *config,
                                           struct mw_error *err);
/* Leaves without committing: what was not committed never happened. */
void mw_service_close(struct mw_service **service);

/* One event of the bus, waiting at most timeout_ms for it; *worked says whether there was one. Commits when a
 * batch is full. Any failure is final for this service: close it, open it again, which restores
 * (err->retriable is only a hint that this will help). */
MW_MUST_USE enum mw_status mw_service_step(struct mw_service *service, int timeout_ms, bool *worked,
                                           struct mw_error *err);
/* Commits what is open and, unless a group of the broker is open, delivers it. */
MW_MUST_USE enum mw_status mw_service_commit(struct mw_service *service, struct mw_error *err);
/* After a commit or group commit: cache, sink, snapshot when one is due. */
MW_MUST_USE enum mw_status mw_service_deliver(struct mw_service *service, struct mw_error *err);
/* Writes a snapshot now; everything must be committed. */
MW_MUST_USE enum mw_status mw_service_snapshot(struct mw_service *service, struct mw_error *err);
/* Over the saved bytes of all tenants in the core's order, the state that belongs to no tenant first. */
MW_MUST_USE enum mw_status mw_service_state_hash(struct mw_service *service, struct mw_hash128 *out,
                                                 struct mw_error *err);
const struct mw_service_info *mw_service_info(const struct mw_service *service);

/* Steps, commits and delivers until `stopped` says so (asked between records) or a failure. */
MW_MUST_USE enum mw_status mw_service_run(struct mw_service *service, bool (*stopped)(void *self), void *self,
                                          struct mw_error *err);

/* Runs services of one broker on this thread until none has anything to read, all is committed and delivered.
 * `services` stand in the order of the flow; the LAST one with something to read goes first, one record at a
 * time, so each raw record has run through everything before the next one starts: the recorded order of all
 * topics is a function of the raw records, whatever the batches. With a broker that has groups, many inputs
 * of all services make one transaction (limits: the first service's batch settings). `stopped` may be NULL.
 */
MW_MUST_USE enum mw_status mw_service_quiesce(struct mw_service *const services[], size_t n,
                                              bool (*stopped)(void *self), void *self, struct mw_error *err);

enum mw_verify_outcome {
    MW_VERIFY_SAME,
    MW_VERIFY_OUTPUT_DIFFERS, /* a recorded output is not what the core says now */
    MW_VERIFY_OUTPUT_MISSING, /* the core says more than is recorded */
    MW_VERIFY_OUTPUT_EXTRA,   /* the bus holds an output that the core does not make */
    MW_VERIFY_STATE_DIFFERS,  /* a snapshot at or before the committed position is not what the core holds
                                 there */
};

struct mw_verify_report {
    enum mw_verify_outcome outcome;
    uint64_t n_inputs, n_outputs, n_snapshots;
    struct mw_hash128 state; /* at the committed position */
    char text[480];          /* where the first difference is, in words */
};

/* Replays the recorded inputs of config->ops->service up to its committed position through config->core
 * (fresh) and compares every output (partition, key, time, id, subject, bytes) and every snapshot set with
 * what the bus holds. A difference is an outcome, not a failure. Uses ops, core, inputs and broker of the
 * config. */
MW_MUST_USE enum mw_status mw_service_verify(const struct mw_service_config *config,
                                             struct mw_verify_report *out, struct mw_error *err);
const char *mw_verify_outcome_name(enum mw_verify_outcome outcome);
