// SPDX-License-Identifier: Apache-2.0
#include "redis.h"

#include "mw_clock.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { START_MS = 3000, STEP_MS = 20 };

/* The child of a fork: it must not take our terminal's Ctrl-C before we have written what we have, and not outlive us
 * when we are killed. */
static void exec_server(const char *socket_path, pid_t parent)
{
    (void)setsid();
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) {
        _exit(127);
    }
    if (freopen("/dev/null", "r", stdin) == NULL || freopen("/dev/null", "w", stdout) == NULL) {
        _exit(127);
    }
    execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", socket_path, "--unixsocketperm",
           "700", "--save", "", "--appendonly", "no", "--maxmemory", "256mb", "--maxmemory-policy",
           "allkeys-lru", "--logfile", "", (char *)NULL);
    _exit(127);
}

/* Waits until the socket is there or the server has ended. */
static bool has_started(struct redis *redis, const char *socket_path)
{
    for (int waited = 0; waited < START_MS; waited += STEP_MS) {
        if (access(socket_path, F_OK) == 0) {
            return true;
        }
        if (waitpid(redis->pid, NULL, WNOHANG) == redis->pid) {
            redis->pid = 0;
            return false;
        }
        mw_clock_sleep_us(STEP_MS * 1000);
    }
    return false;
}

static bool start_server(struct redis *redis, const char *socket_path)
{
    (void)unlink(socket_path);
    const pid_t self = getpid();
    redis->pid = fork();
    if (redis->pid == 0) {
        exec_server(socket_path, self);
    }
    return redis->pid > 0 && has_started(redis, socket_path);
}

enum { HOST_BYTES = 256 };

static bool is_path(const char *where)
{
    return where[0] == '/' || where[0] == '.';
}

enum mw_status redis_check(const char *where, struct mw_error *err)
{
    const char *colon = strrchr(where, ':');
    const bool is_address =
        colon != NULL && colon != where && colon - where < HOST_BYTES && atoi(colon + 1) > 0;
    if (is_address || is_path(where) || strcmp(where, "none") == 0 || strcmp(where, "private") == 0) {
        return MW_OK;
    }
    return MW_FAIL(err, MW_E_DATA, "--redis %s: write private, none, HOST:PORT or the path of a socket",
                   where);
}

static enum mw_status open_at(struct redis *redis, const char *where, struct mw_error *err)
{
    char host[HOST_BYTES];
    const char *colon = strrchr(where, ':');
    if (is_path(where)) {
        return mw_cache_redis_open(&redis->cache, &(struct mw_cache_redis_options){.path = where}, err);
    }
    memcpy(host, where, (size_t)(colon - where));
    host[colon - where] = '\0';
    const struct mw_cache_redis_options options = {
        .host = host, .port = atoi(colon + 1), .password = getenv("MW_REDIS_PASSWORD")};
    return mw_cache_redis_open(&redis->cache, &options, err);
}

enum mw_status redis_open(struct redis *redis, const char *where, const char *socket_path,
                          struct mw_error *err)
{
    *redis = (struct redis){0};
    MW_TRY(redis_check(where, err));
    if (strcmp(where, "none") == 0) {
        return mw_cache_none_open(&redis->cache, err);
    }
    if (strcmp(where, "private") != 0) {
        return open_at(redis, where, err);
    }
    const int len = snprintf(redis->socket_path, sizeof redis->socket_path, "%s", socket_path);
    if (len >= (int)sizeof redis->socket_path || !start_server(redis, socket_path)) {
        (void)fprintf(stderr,
                      "degraded: no redis-server could be started; restarts take longer, nothing is lost\n");
        redis_close(redis);
        return mw_cache_none_open(&redis->cache, err);
    }
    return mw_cache_redis_open(&redis->cache, &(struct mw_cache_redis_options){.path = socket_path}, err);
}

void redis_keep(struct redis *redis)
{
    if (redis->pid == 0 || waitpid(redis->pid, NULL, WNOHANG) != redis->pid) {
        return;
    }
    redis->pid = 0;
    const bool is_back = start_server(redis, redis->socket_path);
    (void)fprintf(stderr, "degraded: the private redis-server has ended; %s\n",
                  is_back ? "another one was started and is filled again"
                          : "no other one could be started: restarts take longer, nothing is lost");
}

void redis_close(struct redis *redis)
{
    mw_cache_close(&redis->cache);
    if (redis->pid > 0) {
        (void)kill(redis->pid, SIGTERM);
        (void)waitpid(redis->pid, NULL, 0);
    }
    redis->pid = 0;
}
