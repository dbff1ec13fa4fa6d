/* mw_publisher_core.h: what has been published last, by key, and where every stream stands.
 *
 * The core consumes the topics that subscribers care about and mw.metric.v1 (for its ticks). It emits no
 * records: each routed record becomes three frames, handed to a sink that the shell owns. What it reads is
 * committed, so nothing that may still be undone is ever published; the sink is called before the shell
 * commits its position, so after a crash the last records come again with the same id and rev, and none is
 * missing.
 *
 * Its state is the table of latest values: one entry per (type, tenant, key), a compacted log in memory. It
 * is what a snapshot for a late joiner is answered from. Dead letters are events, not states, and are not
 * kept. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_core.h"
#include "mw_frames.h"

/* Carries frames outside. Everything in them is borrowed until publish returns. A failure makes step fail and
 * leaves the core as it was. */
struct mw_frames_sink {
    enum mw_status (*publish)(void *self, const struct mw_frames *frames, struct mw_error *err);
    void *self;
};

struct mw_publisher_limits {
    size_t keys_max; /* of the table, over all tenants; a record of one more key is published but not kept */
};

struct mw_publisher_core;

/* MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_publisher_core_open(struct mw_publisher_core **out,
                                                  const struct mw_publisher_limits *limits,
                                                  struct mw_error *err);
void mw_publisher_core_close(struct mw_publisher_core **core);
/* A copy of the sink is used from now on; NULL mutes, as while a shell replays what was published before. */
void mw_publisher_core_attach(struct mw_publisher_core *core, const struct mw_frames_sink *sink);

/* step, save, load, forget, tenant_at, close; the empty tenant's state is positions and clocks. */
extern const struct mw_core_ops mw_publisher_core_ops;
/* What to subscribe the core's consumer to; NULL-terminated. */
extern const char *const mw_publisher_topics[];

/* Fills tick_ms, tenant_tick_ms, streams, n_keys and n_not_kept; streams are borrowed until the next step. */
void mw_publisher_core_describe(const struct mw_publisher_core *core, struct mw_heartbeat *out);

/* The latest value of every key whose topic begins with `prefix`, ordered by tenant, type, key: what a
 * snapshot for a late joiner will be made of. Ends early at the first failure of the visitor and returns it.
 */
MW_MUST_USE enum mw_status mw_publisher_core_latest(const struct mw_publisher_core *core,
                                                    struct mw_span prefix,
                                                    const struct mw_frames_sink *visitor,
                                                    struct mw_error *err);
