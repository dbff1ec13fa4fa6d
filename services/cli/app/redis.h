/* redis.h: the cache of a monitor on one machine: a private redis-server on a socket in the state folder,
 * unless another one is named. Nothing is stored on disk: the log is the truth. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_cache.h"

#include <sys/types.h>

struct redis {
    struct mw_cache *cache;
    pid_t pid;             /* of a private server; 0: none */
    char socket_path[108]; /* its address, as long as such an address may be */
};

/* MW_E_DATA for a `where` that redis_open would refuse. */
MW_MUST_USE enum mw_status redis_check(const char *where, struct mw_error *err);

/* where: "private", "none", "HOST:PORT" or the path of a socket. A server that cannot be started or reached
 * is a degraded cache, said on stderr. MW_E_DATA for a `where` that is none of these; MW_E_MEMORY. */
MW_MUST_USE enum mw_status redis_open(struct redis *redis, const char *where, const char *socket_path,
                                      struct mw_error *err);
/* Starts the private server again when it has ended; the cache finds it by itself. Costs a system call. */
void redis_keep(struct redis *redis);
/* Ends the private server too. */
void redis_close(struct redis *redis);
