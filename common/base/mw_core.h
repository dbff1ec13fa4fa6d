/* mw_core.h: the seam between a service's core and its shell.
 *
 * A core is a deterministic function of its ordered input: one decoded message in, effects out. It has no clock,
 * socket, file, environment, thread, log line or random seed of its own. The unit of state is (service, tenant):
 * what a core knows of one tenant can be saved, loaded and forgotten without touching the others.
 *
 * Effects are numbered in the order they are emitted: (service, id of the input, index) is an effect's id, so
 * that whoever reads outside the bus can drop repeats. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_arena.h"
#include "mw_bytes.h"
#include "mw_span.h"
#include "mw_status.h"

struct mw_type; /* a message type: its topic and its table of fields (wire/mw_field.h) */

/* One decoded record. Everything is borrowed until step returns. */
struct mw_message {
    const struct mw_type *type;
    const void *body;      /* the struct that `type` describes */
    struct mw_span tenant; /* the record's key; empty for a clock tick that is for every tenant of a partition */
    struct mw_span id;     /* of the record, unique: what producers and effects are de-duplicated by */
    struct mw_span raw;    /* the bytes as they came, for dead letters */
    const char *topic;
    int32_t partition;
    int64_t offset;
    int64_t time_us; /* stamped by the producer's bus; part of the record, so a replay sees the same */
};

/* One record to produce. Its key is always its tenant (empty: for the whole partition). */
struct mw_effect {
    const struct mw_type *type;
    const void *body; /* in the effects' arena */
    struct mw_span tenant;
    struct mw_span subject; /* what the latest record of replaces the one before, e.g. "channel/tv"; may be empty */
};

/* What a step wants done; emptied by the shell before each step. Bodies and texts live in `arena`. */
struct mw_effects {
    struct mw_arena arena;
    struct mw_effect *items;
    size_t n, capacity;
};

/* MW_E_MEMORY. `body`, and all that it points to, lives in the effects' arena or in the message of this step, or
 * is constant; tenant and subject are copied. */
MW_MUST_USE enum mw_status mw_effects_emit(struct mw_effects *out, const struct mw_type *type, struct mw_span tenant,
                                           struct mw_span subject, const void *body, struct mw_error *err);
void mw_effects_reset(struct mw_effects *out);
void mw_effects_fini(struct mw_effects *out);

struct mw_core_ops {
    const char *service; /* "ingest", "updater": first part of every effect's id and of the state's topic */
    uint32_t state_version;
    /* One message in, effects out. A failure leaves the core as it was before the call or, with err->fatal,
     * unusable. MW_E_DATA rejects the record (dead letter); the core goes on with the next. */
    enum mw_status (*step)(void *core, const struct mw_message *in, struct mw_effects *out, struct mw_error *err);
    /* All state of one tenant; the empty tenant is what belongs to no tenant. save then load gives a core that
     * continues with the same bytes. */
    enum mw_status (*save)(const void *core, struct mw_span tenant, struct mw_writer *out, struct mw_error *err);
    enum mw_status (*load)(void *core, struct mw_span tenant, struct mw_reader *in, struct mw_error *err);
    /* The partition of the tenant was revoked. Unknown tenants are ignored. */
    void (*forget)(void *core, struct mw_span tenant);
    /* The i-th tenant in a fixed order (bytewise), or false past the last one. */
    bool (*tenant_at)(const void *core, size_t i, struct mw_span *out);
    void (*close)(void *core);
};
