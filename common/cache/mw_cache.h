/* mw_cache.h: a cache that is never the truth: fenced writes, bounded waiting, repair by whoever knows
 * better.
 *
 * Every value belongs to a fence: (stream, n), where the stream names the log that the value was computed
 * from and n how far it had been read. A write is
 *
 *   accepted   when nothing is stored, or the same stream with a smaller n, or another stream
 *   same       when the same stream and n are stored: a repeat, written again
 *   older      when the same stream is stored with a larger n: a late writer, refused
 *   foreign    when the owner of the key is another stream: a writer of a log that was given up, refused
 *
 * The owner of a key is named by a second key that all values of one (tenant, service) share.
 * mw_cache_claim() sets it; a service claims once, when it begins to write for a tenant; an absent owner is
 * set by the first write. So a process that still runs on an old state folder cannot overwrite what the new
 * one has written.
 *
 * States: up, or degraded. Any error or timeout frees the connection (a late answer would be taken for the
 * next one), degrades, and starts a back-off during which every call returns at once; nothing is queued. What
 * was missed is not remembered key by key: a generation number rises whenever the store may lack something
 * (first connection, reconnect, restart, FLUSHALL), and a service that sees a new generation writes all its
 * keys again. A miss means "unknown", never zero. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_arena.h"
#include "mw_span.h"
#include "mw_status.h"

enum mw_cache_state { MW_CACHE_NONE, MW_CACHE_UP, MW_CACHE_DEGRADED };
enum mw_cache_outcome {
    MW_CACHE_ACCEPTED,
    MW_CACHE_SAME,
    MW_CACHE_OLDER,
    MW_CACHE_FOREIGN,
    MW_CACHE_SKIPPED, /* degraded, or no cache: nothing was written */
    MW_CACHE_OUTCOMES,
};

struct mw_cache_fence {
    struct mw_span stream; /* no spaces */
    int64_t n;
};

struct mw_cache_put {
    struct mw_span key, owner; /* owner: the key that names the stream allowed to write */
    struct mw_cache_fence fence;
    struct mw_span value;
    int64_t ttl_ms;                /* the backstop for keys that nobody writes any more; 0: none */
    enum mw_cache_outcome outcome; /* out */
};

struct mw_cache_stats {
    uint64_t outcomes[MW_CACHE_OUTCOMES];
    uint64_t gets, hits, failures, connects;
    char last_failure[160];
};

struct mw_cache; /* begins with a struct mw_cache_head */

struct mw_cache_ops {
    /* All puts in one pipeline; each put's outcome is set. Only a broken contract is a status: a cache that
     * is away is no error. */
    enum mw_status (*put)(struct mw_cache *cache, struct mw_cache_put *puts, size_t n, struct mw_error *err);
    /* *out is empty with data NULL on a miss and when degraded; the value is copied into the arena. `stream`
     * (may be NULL) gives the fence. */
    enum mw_status (*get)(struct mw_cache *cache, struct mw_span key, struct mw_arena *arena,
                          struct mw_span *out, struct mw_cache_fence *fence, struct mw_error *err);
    /* `stream` is from now on the only one that may write keys of this owner. Skipped when degraded (false).
     */
    bool (*claim)(struct mw_cache *cache, struct mw_span owner, struct mw_span stream);
    /* Reconnects when the back-off is over and looks whether the store forgot; then state and generation are
     * current. Bounded by the timeout. */
    void (*refresh)(struct mw_cache *cache);
    void (*close)(struct mw_cache *cache);
};

struct mw_cache_head {
    const struct mw_cache_ops *ops;
    enum mw_cache_state state;
    uint64_t generation; /* rises when keys may be missing: write everything again */
    struct mw_cache_stats stats;
};

struct mw_cache_redis_options {
    const char *host;     /* a name or address; NULL with a path */
    int port;             /* 0: 6379 */
    const char *path;     /* of a unix socket; NULL with a host */
    const char *password; /* NULL: none */
    int timeout_ms;       /* of one answer and of connecting; 0: 200 */
    int backoff_ms;       /* first wait after a failure, doubling; 0: 250 */
    int backoff_ms_max;   /* 0: 10,000 */
};

/* Does not connect: a server that is not there yet is a degraded cache. MW_E_CONTRACT, MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_cache_redis_open(struct mw_cache **out,
                                               const struct mw_cache_redis_options *options,
                                               struct mw_error *err);
/* A cache that holds nothing, for machines without one. */
MW_MUST_USE enum mw_status mw_cache_none_open(struct mw_cache **out, struct mw_error *err);

MW_MUST_USE enum mw_status mw_cache_put(struct mw_cache *cache, struct mw_cache_put *puts, size_t n,
                                        struct mw_error *err);
MW_MUST_USE enum mw_status mw_cache_get(struct mw_cache *cache, struct mw_span key, struct mw_arena *arena,
                                        struct mw_span *out, struct mw_cache_fence *fence,
                                        struct mw_error *err);
bool mw_cache_claim(struct mw_cache *cache, struct mw_span owner, struct mw_span stream);
void mw_cache_refresh(struct mw_cache *cache);
enum mw_cache_state mw_cache_state(const struct mw_cache *cache);
const char *mw_cache_state_name(enum mw_cache_state state);
uint64_t mw_cache_generation(const struct mw_cache *cache);
const struct mw_cache_stats *mw_cache_stats(const struct mw_cache *cache);
void mw_cache_close(struct mw_cache **cache);
