/* mw_service_internal.h: the parts of the shell.
 *
 *   mw_stepper.c          one record into one step of the core, and its effects into records
 *   mw_service.c          the seat, batches, commits; several services on one thread
 *   mw_service_state.c    snapshot sets: writing, choosing, restoring
 *   mw_service_cache.c    read models and snapshots into the cache, repair
 *   mw_service_verify.c   the recorded log against a fresh core */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_messages.h"
#include "mw_names.h"
#include "mw_record_list.h"
#include "mw_service.h"

#define MW_HEADER_ID     "ce_id"
#define MW_HEADER_SOURCE "ce_source"
#define MW_HEADER_STREAM "ce_stream" /* extension attributes: the fence of the input */
#define MW_HEADER_N      "ce_n"

/* ---- stepping ----------------------------------------------------------------------------------------------- */

struct mw_stepper {
    const struct mw_service_config *config;
    int32_t n_partitions;
    struct mw_arena arena; /* of one input */
    struct mw_effects effects;
    struct mw_writer json;
    int64_t *positions; /* [input][partition]: the next offset to step */
    bool by_journal;    /* facts are the only input: the fence is (journal, n) */
    /* Of the last input: */
    struct mw_cache_fence fence; /* stream in the arena */
    bool rejected;
};

MW_MUST_USE enum mw_status mw_stepper_init(struct mw_stepper *stepper, const struct mw_service_config *config,
                                           struct mw_error *err);
void mw_stepper_fini(struct mw_stepper *stepper);
/* Steps the core with one record; its effects are appended to `out` as records (NULL: they are dropped, as in a
 * restore). A refused record of an open topic is a dead letter there. */
MW_MUST_USE enum mw_status mw_stepper_run(struct mw_stepper *stepper, const struct mw_record *record,
                                          struct mw_record_list *out, struct mw_error *err);
/* How many offsets of a partition have been read, over all inputs: grows with every record. */
int64_t mw_stepper_progress(const struct mw_stepper *stepper, int32_t partition);
int64_t *mw_stepper_position(const struct mw_stepper *stepper, size_t i_input, int32_t partition);
/* What is to be read of a partition from the stepper's positions up to the service's committed ones, as one range per
 * input with news. `ranges` has room for n_inputs. MW_E_DATA when some of it is gone from the log. */
MW_MUST_USE enum mw_status mw_stepper_ranges(const struct mw_stepper *stepper, int32_t partition,
                                             struct mw_bus_range *ranges, size_t *n, struct mw_error *err);
/* Does the tenant belong to the partition? The empty one belongs to all. */
bool mw_stepper_has_tenant(const struct mw_stepper *stepper, struct mw_span tenant, int32_t partition);
/* The core's tenants in its order with the empty one first, whether or not the core lists it. */
bool mw_core_tenant(const struct mw_core_ops *ops, const void *core, size_t i, struct mw_span *out);
void mw_state_topic(const char *service, char out[MW_TOPIC_NAME_MAX + 1]);

/* ---- the service -------------------------------------------------------------------------------------------- */

struct mw_tenant_entry { /* by the number of its name */
    char stream[64];     /* fence of the last input: see mw_cache_fence */
    int64_t n;
    bool is_claimed; /* this process has claimed its keys in the cache */
};

struct mw_service_meters {
    struct mw_meter *records, *effects, *deadletters, *commits, *snapshots, *restored, *commit_seconds,
        *cache_up;
};

struct mw_service {
    struct mw_service_config config;
    struct mw_stepper stepper;
    struct mw_bus *bus;
    struct mw_service_info info;
    struct mw_service_meters meters;
    bool is_assigned[MW_PARTITIONS_MAX];
    uint64_t n_sets[MW_PARTITIONS_MAX]; /* number of the newest good snapshot set */
    bool in_group;                      /* commits join a group: delivering waits for it */
    bool is_broken;
    /* The open batch and what is not yet delivered. */
    size_t batch_records;
    int64_t batch_begin_us;
    bool is_open;                  /* something was polled since the last commit */
    struct mw_record_list outputs; /* since the last delivery */
    size_t staged_bytes;           /* of them, produced since the last commit */
    int64_t since_snapshot_records, since_snapshot_bytes, since_snapshot_us;
    int64_t snapshot_bytes; /* of the last snapshots of all partitions */
    struct mw_names tenants;
    struct mw_tenant_entry *entries;
    size_t n_entries, entries_capacity;
    uint64_t cache_generation; /* of the last repair */
    int64_t cache_looked_us;
    enum mw_cache_state cache_state;
};

/* The entry of a tenant, made when it is new. Only tenants of the journal and of the core come here, never a key of
 * an open topic, which anybody can make up. MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_service_tenant(struct mw_service *service, struct mw_span tenant,
                                             struct mw_tenant_entry **out, struct mw_error *err);
/* Remembers the fence of a record that was stepped. */
MW_MUST_USE enum mw_status mw_service_note_fence(struct mw_service *service, struct mw_span tenant,
                                                 const struct mw_cache_fence *fence, struct mw_error *err);
/* The fence of what the core now holds of a tenant; the stream is borrowed, and empty when nothing is known. */
MW_MUST_USE enum mw_status mw_service_fence(struct mw_service *service, struct mw_span tenant,
                                            struct mw_cache_fence *out, struct mw_error *err);

/* Brings the core to the committed position of a partition that was just assigned. */
MW_MUST_USE enum mw_status mw_service_restore(struct mw_service *service, int32_t partition,
                                              struct mw_error *err);
void mw_service_forget(struct mw_service *service, int32_t partition);

/* Writes the read models among `records` to the cache, and everything when the cache may have lost something. */
MW_MUST_USE enum mw_status mw_service_feed_cache(struct mw_service *service, const struct mw_record *records,
                                                 size_t n, struct mw_error *err);
MW_MUST_USE enum mw_status mw_service_cache_state(struct mw_service *service, struct mw_span tenant,
                                                  struct mw_span bytes, struct mw_error *err);

/* ---- snapshot sets ------------------------------------------------------------------------------------------ */

struct mw_set_tenant {
    struct mw_span tenant;
    uint64_t n_bytes;
    struct mw_hash128 hash;
    struct mw_cache_fence fence;
};
struct mw_set_position {
    struct mw_span topic;
    int64_t next;
};
struct mw_set { /* a manifest */
    uint64_t number;
    uint32_t state_version;
    struct mw_span service, broker;
    struct mw_set_position *positions;
    size_t n_positions;
    struct mw_set_tenant *tenants;
    size_t n_tenants;
};
void mw_set_write(const struct mw_set *set, struct mw_writer *out);
/* Texts are borrowed from `in`. MW_E_DATA when it is damaged or of an unknown form. */
MW_MUST_USE enum mw_status mw_set_read(struct mw_span in, struct mw_arena *arena, struct mw_set *out,
                                       struct mw_error *err);
/* All readable manifests of a partition, newest first; at most two are kept (the slots). *n_odd counts unreadable
 * ones. Everything lives in the arena. */
MW_MUST_USE enum mw_status mw_sets_read(struct mw_broker *broker, const char *service, int32_t partition,
                                        struct mw_arena *arena, struct mw_set out[2], size_t *n,
                                        size_t *n_odd, struct mw_error *err);
/* The set's position for a topic, or MW_OFFSET_NONE. */
int64_t mw_set_position(const struct mw_set *set, const char *topic);
