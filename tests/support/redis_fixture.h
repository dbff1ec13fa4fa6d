/* redis_fixture.h: a private redis-server on a unix socket, without persistence, ended by its pid. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_cache.h"

#include <sys/types.h>

struct redis_fixture {
    char folder[64], path[96];
    pid_t pid; /* 0: not running */
};

void redis_fixture_open(struct redis_fixture *fixture); /* makes the folder and starts the server */
void redis_fixture_start(struct redis_fixture *fixture);
void redis_fixture_kill(struct redis_fixture *fixture); /* SIGKILL */
void redis_fixture_signal(struct redis_fixture *fixture, int number);
/* A command by a connection of its own, e.g. "FLUSHALL"; the answer as text, "" for nil. */
const char *redis_fixture_say(struct redis_fixture *fixture, const char *command);
void redis_fixture_close(struct redis_fixture *fixture);
struct mw_cache *redis_fixture_cache(const struct redis_fixture *fixture);
double steady_seconds(void);
