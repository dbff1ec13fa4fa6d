// SPDX-License-Identifier: Apache-2.0
#include "redis_fixture.h"

#include "bus_fixture.h"

#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

double steady_seconds(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void wait_until_it_answers(const struct redis_fixture *fixture)
{
    for (int i = 0; i < 500; i++) {
        redisContext *context = redisConnectUnix(fixture->path);
        redisReply *reply = context == NULL || context->err != 0 ? NULL : redisCommand(context, "PING");
        const bool answers = reply != NULL && reply->type == REDIS_REPLY_STATUS;
        freeReplyObject(reply);
        if (context != NULL) {
            redisFree(context);
        }
        if (answers) {
            return;
        }
        (void)nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    cr_assert_fail("redis-server does not answer on %s", fixture->path);
}

void redis_fixture_start(struct redis_fixture *fixture)
{
    fixture->pid = fork();
    if (fixture->pid == 0) {
        (void)execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", fixture->path, "--save",
                     "", "--appendonly", "no", "--dir", fixture->folder, "--logfile", "/dev/null",
                     (char *)NULL);
        _exit(127);
    }
    wait_until_it_answers(fixture);
}

void redis_fixture_open(struct redis_fixture *fixture)
{
    (void)signal(SIGPIPE, SIG_IGN);
    make_folder(fixture->folder);
    (void)snprintf(fixture->path, sizeof fixture->path, "%s/redis.sock", fixture->folder);
    redis_fixture_start(fixture);
}

void redis_fixture_signal(struct redis_fixture *fixture, int number)
{
    cr_assert(fixture->pid > 0);
    cr_assert_eq(kill(fixture->pid, number), 0);
}

void redis_fixture_kill(struct redis_fixture *fixture)
{
    if (fixture->pid > 0) {
        (void)kill(fixture->pid, SIGKILL);
        (void)waitpid(fixture->pid, NULL, 0);
        fixture->pid = 0;
    }
}

const char *redis_fixture_say(struct redis_fixture *fixture, const char *command)
{
    static char text[4096];
    text[0] = '\0';
    redisContext *context = redisConnectUnix(fixture->path);
    cr_assert(context != NULL && context->err == 0);
    redisReply *reply = redisCommand(context, command);
    cr_assert_not_null(reply);
    if (reply->type == REDIS_REPLY_INTEGER) {
        (void)snprintf(text, sizeof text, "%lld", reply->integer);
    } else if (reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS ||
               reply->type == REDIS_REPLY_ERROR) {
        (void)snprintf(text, sizeof text, "%s", reply->str);
    }
    freeReplyObject(reply);
    redisFree(context);
    return text;
}

void redis_fixture_close(struct redis_fixture *fixture)
{
    redis_fixture_kill(fixture);
    remove_folder(fixture->folder);
}

struct mw_cache *redis_fixture_cache(const struct redis_fixture *fixture)
{
    struct mw_cache *cache = NULL;
    must(mw_cache_redis_open(
        &cache,
        &(struct mw_cache_redis_options){
            .path = fixture->path, .timeout_ms = 200, .backoff_ms = 50, .backoff_ms_max = 200},
        err));
    return cache;
}
