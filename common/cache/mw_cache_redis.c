/* Redis through hiredis 0.14: RESP2, one blocking connection with a timeout.
 *
 * A value is a hash {stream, n, value}, written by one script, so read, compare and write are one step. The script is
 * called by its SHA-1; NOSCRIPT (a server that was restarted or flushed its scripts) has it sent in full.
 *
 * FLUSHALL happens without a word to us, so a sentinel key is asked for with every pipeline and every refresh: when
 * it is gone the generation rises, and whoever owns the values writes them again. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_cache.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

enum { PIPELINE_MAX = 64 };

/* KEYS: value, owner. ARGV: stream, n, value, ttl_ms. Numbers beyond 2^53 would be compared as doubles, so n is
 * compared as digits: longer is larger. Answers are those of enum mw_cache_outcome. */
static const char script[] =
    "local owner = redis.call('GET', KEYS[2])\n"
    "if not owner then redis.call('SET', KEYS[2], ARGV[1])\n"
    "elseif owner ~= ARGV[1] then return 3 end\n"
    "local stored = redis.call('HMGET', KEYS[1], 'stream', 'n')\n"
    "local same = stored[1] == ARGV[1] and stored[2] == ARGV[2]\n"
    "if stored[1] == ARGV[1] and not same then\n"
    "  local a, b = stored[2], ARGV[2]\n"
    "  if #a > #b or (#a == #b and a > b) then return 2 end\n"
    "end\n"
    "redis.call('HSET', KEYS[1], 'stream', ARGV[1], 'n', ARGV[2], 'value', ARGV[3])\n"
    "if tonumber(ARGV[4]) > 0 then redis.call('PEXPIRE', KEYS[1], ARGV[4])\n"
    "else redis.call('PERSIST', KEYS[1]) end\n"
    "if same then return 1 end\n"
    "return 0\n";
static const char sentinel[] = "mw:sentinel";

struct redis {
    struct mw_cache_head head;
    char *host, *path, *password;
    int port, timeout_ms, backoff_ms_first, backoff_ms_max;
    redisContext *context;
    char sha[48]; /* "" until the script was loaded on this connection */
    int backoff_ms;
    int64_t retry_at_ms;
};

static struct redis *redis_of(struct mw_cache *cache)
{
    return (struct redis *)(void *)cache;
}

static int64_t steady_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- connection --------------------------------------------------------------------------------------------- */

/* After any error the context is dead: a late answer would be taken for that of the next command (hiredis #306). */
static void give_up(struct redis *redis, const char *why)
{
    (void)snprintf(redis->head.stats.last_failure, sizeof redis->head.stats.last_failure, "%s", why);
    redis->head.stats.failures++;
    if (redis->context != NULL) {
        redisFree(redis->context);
        redis->context = NULL;
    }
    redis->head.state = MW_CACHE_DEGRADED;
    redis->retry_at_ms = steady_ms() + redis->backoff_ms;
    redis->backoff_ms =
        redis->backoff_ms > redis->backoff_ms_max / 2 ? redis->backoff_ms_max : 2 * redis->backoff_ms;
}

static void give_up_after(struct redis *redis, const redisReply *reply)
{
    char why[160];
    if (reply != NULL && reply->type == REDIS_REPLY_ERROR) {
        (void)snprintf(why, sizeof why, "%.150s", reply->str);
    } else if (redis->context != NULL && redis->context->err == REDIS_ERR_IO) {
        (void)snprintf(why, sizeof why, "no answer within %d ms", redis->timeout_ms);
    } else {
        (void)snprintf(why, sizeof why, "%.150s",
                       redis->context != NULL && redis->context->err != 0 ? redis->context->errstr
                                                                          : "an answer of an unknown kind");
    }
    give_up(redis, why);
}

/* Takes and frees a reply; false (and the connection given up) unless it is of the wanted type. */
static bool expect_reply(struct redis *redis, redisReply *reply, int type)
{
    const bool good = reply != NULL && reply->type == type;
    if (!good) {
        give_up_after(redis, reply);
    }
    freeReplyObject(reply);
    return good;
}

static bool authenticate(struct redis *redis)
{
    return redis->password == NULL ||
           expect_reply(redis, redisCommand(redis->context, "AUTH %s", redis->password), REDIS_REPLY_STATUS);
}

static bool load_script(struct redis *redis)
{
    redisReply *reply = redisCommand(redis->context, "SCRIPT LOAD %b", script, sizeof script - 1);
    if (reply != NULL && reply->type == REDIS_REPLY_STRING) {
        (void)snprintf(redis->sha, sizeof redis->sha, "%.40s", reply->str);
    }
    return expect_reply(redis, reply, REDIS_REPLY_STRING);
}

static void note_loss(struct redis *redis)
{
    redis->head.generation++;
}

/* SET .. NX answers nil when the sentinel is there, and OK when it had to be set: then everything may be gone. */
static bool check_sentinel(struct redis *redis, redisReply *reply)
{
    const bool good = reply != NULL && (reply->type == REDIS_REPLY_NIL || reply->type == REDIS_REPLY_STATUS);
    if (!good) {
        give_up_after(redis, reply);
    } else if (reply->type == REDIS_REPLY_STATUS) {
        note_loss(redis);
    }
    freeReplyObject(reply);
    return good;
}

static redisContext *dial(const struct redis *redis)
{
    const struct timeval timeout = {.tv_sec = redis->timeout_ms / 1000,
                                    .tv_usec = redis->timeout_ms % 1000 * 1000};
    redisContext *context = redis->path != NULL ? redisConnectUnixWithTimeout(redis->path, timeout)
                                                : redisConnectWithTimeout(redis->host, redis->port, timeout);
    if (context != NULL && context->err == 0) {
        (void)redisSetTimeout(context, timeout);
    }
    return context;
}

/* A new connection means that we do not know what was missed: a new generation. */
static void connect_now(struct redis *redis)
{
    redis->context = dial(redis);
    if (redis->context == NULL || redis->context->err != 0) {
        char why[160];
        (void)snprintf(why, sizeof why, "%.150s",
                       redis->context == NULL ? "no memory" : redis->context->errstr);
        give_up(redis, why);
        return;
    }
    if (authenticate(redis) && load_script(redis) &&
        expect_reply(redis, redisCommand(redis->context, "SET %s 1", sentinel), REDIS_REPLY_STATUS)) {
        redis->head.state = MW_CACHE_UP;
        redis->head.stats.connects++;
        redis->backoff_ms = redis->backoff_ms_first;
        note_loss(redis);
    }
}

static bool is_ready(struct redis *redis)
{
    if (redis->context == NULL && steady_ms() >= redis->retry_at_ms) {
        connect_now(redis);
    }
    return redis->context != NULL;
}

static void redis_refresh(struct mw_cache *cache)
{
    struct redis *redis = redis_of(cache);
    const bool was_connected = redis->context != NULL;
    if (is_ready(redis) && was_connected) {
        (void)check_sentinel(redis, redisCommand(redis->context, "SET %s 1 NX", sentinel));
    }
}

/* ---- writing ------------------------------------------------------------------------------------------------ */

static int append_put(const struct redis *redis, const struct mw_cache_put *put)
{
    char n[24], ttl[24];
    (void)snprintf(n, sizeof n, "%lld", (long long)put->fence.n);
    (void)snprintf(ttl, sizeof ttl, "%lld", (long long)put->ttl_ms);
    return redisAppendCommand(redis->context, "EVALSHA %s 2 %b %b %b %s %b %s", redis->sha, put->key.data,
                              put->key.len, put->owner.data, put->owner.len, put->fence.stream.data,
                              put->fence.stream.len, n, put->value.data == NULL ? "" : put->value.data,
                              put->value.len, ttl);
}

static redisReply *read_reply(const struct redis *redis)
{
    void *reply = NULL;
    return redisGetReply(redis->context, &reply) == REDIS_OK ? reply : NULL;
}

/* The server forgot the script while we were connected (SCRIPT FLUSH): the value is sent again, with the script. */
static redisReply *eval_in_full(const struct redis *redis, const struct mw_cache_put *put)
{
    return redisCommand(redis->context, "EVAL %b 2 %b %b %b %lld %b %lld", script, sizeof script - 1,
                        put->key.data, put->key.len, put->owner.data, put->owner.len, put->fence.stream.data,
                        put->fence.stream.len, (long long)put->fence.n,
                        put->value.data == NULL ? "" : put->value.data, put->value.len,
                        (long long)put->ttl_ms);
}

static bool is_noscript(const redisReply *reply)
{
    return reply != NULL && reply->type == REDIS_REPLY_ERROR && strncmp(reply->str, "NOSCRIPT", 8) == 0;
}

static bool take_outcome(struct redis *redis, redisReply *reply, struct mw_cache_put *put)
{
    if (reply != NULL && reply->type == REDIS_REPLY_INTEGER && reply->integer >= 0 &&
        reply->integer < MW_CACHE_SKIPPED) {
        put->outcome = (enum mw_cache_outcome)reply->integer;
    }
    return expect_reply(redis, reply, REDIS_REPLY_INTEGER);
}

/* Replies come in the order of the commands; those without the script are done again after all were read. */
static bool read_outcomes(struct redis *redis, struct mw_cache_put *puts, size_t n)
{
    bool again[PIPELINE_MAX] = {false}, any = false;
    for (size_t i = 0; i < n; i++) {
        redisReply *reply = read_reply(redis);
        again[i] = is_noscript(reply);
        any = any || again[i];
        if (again[i]) {
            freeReplyObject(reply);
        } else if (!take_outcome(redis, reply, &puts[i])) {
            return false;
        }
    }
    if (!check_sentinel(redis, read_reply(redis))) {
        return false;
    }
    for (size_t i = 0; i < n && any; i++) {
        if (again[i] && !take_outcome(redis, eval_in_full(redis, &puts[i]), &puts[i])) {
            return false;
        }
    }
    return !any || load_script(redis);
}

static bool put_pipeline(struct redis *redis, struct mw_cache_put *puts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (append_put(redis, &puts[i]) != REDIS_OK) {
            give_up_after(redis, NULL);
            return false;
        }
    }
    if (redisAppendCommand(redis->context, "SET %s 1 NX", sentinel) != REDIS_OK) {
        give_up_after(redis, NULL);
        return false;
    }
    return read_outcomes(redis, puts, n);
}

static enum mw_status redis_put(struct mw_cache *cache, struct mw_cache_put *puts, size_t n,
                                struct mw_error *err)
{
    (void)err;
    struct redis *redis = redis_of(cache);
    for (size_t i = 0; i < n; i++) {
        puts[i].outcome = MW_CACHE_SKIPPED;
    }
    for (size_t at = 0; at < n && is_ready(redis); at += PIPELINE_MAX) {
        if (!put_pipeline(redis, puts + at, n - at < PIPELINE_MAX ? n - at : PIPELINE_MAX)) {
            break;
        }
    }
    return MW_OK;
}

static bool redis_claim(struct mw_cache *cache, struct mw_span owner, struct mw_span stream)
{
    struct redis *redis = redis_of(cache);
    return is_ready(redis) && expect_reply(redis,
                                           redisCommand(redis->context, "SET %b %b", owner.data, owner.len,
                                                        stream.data, stream.len),
                                           REDIS_REPLY_STATUS);
}

/* ---- reading ------------------------------------------------------------------------------------------------ */

static bool is_text(const redisReply *reply)
{
    return reply != NULL && reply->type == REDIS_REPLY_STRING;
}

static enum mw_status take_value(const redisReply *reply, struct mw_arena *arena, struct mw_span *out,
                                 struct mw_cache_fence *fence, struct mw_error *err)
{
    if (!is_text(reply->element[0]) || !is_text(reply->element[1]) || !is_text(reply->element[2])) {
        return MW_OK; /* a miss */
    }
    *out = mw_arena_copy(arena, (struct mw_span){reply->element[2]->str, (size_t)reply->element[2]->len});
    const struct mw_span stream =
        mw_arena_copy(arena, (struct mw_span){reply->element[0]->str, (size_t)reply->element[0]->len});
    if (out->data == NULL || stream.data == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for a cached value of %zu bytes",
                       (size_t)reply->element[2]->len);
    }
    if (fence != NULL) {
        *fence = (struct mw_cache_fence){stream, strtoll(reply->element[1]->str, NULL, 10)};
    }
    return MW_OK;
}

static enum mw_status redis_get(struct mw_cache *cache, struct mw_span key, struct mw_arena *arena,
                                struct mw_span *out, struct mw_cache_fence *fence, struct mw_error *err)
{
    struct redis *redis = redis_of(cache);
    if (!is_ready(redis)) {
        return MW_OK;
    }
    redisReply *reply = redisCommand(redis->context, "HMGET %b stream n value", key.data, key.len);
    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY || reply->elements != 3) {
        give_up_after(redis, reply);
        freeReplyObject(reply);
        return MW_OK;
    }
    const enum mw_status status = take_value(reply, arena, out, fence, err);
    freeReplyObject(reply);
    return status;
}

/* ---- opening ------------------------------------------------------------------------------------------------ */

static void redis_close(struct mw_cache *cache)
{
    struct redis *redis = redis_of(cache);
    if (redis->context != NULL) {
        redisFree(redis->context);
    }
    free(redis->host);
    free(redis->path);
    free(redis->password);
    free(redis);
}

static const struct mw_cache_ops redis_ops = {
    .put = redis_put, .get = redis_get, .claim = redis_claim, .refresh = redis_refresh, .close = redis_close};

static bool copy_text(const char *text, char **out)
{
    if (text == NULL) {
        return true;
    }
    const size_t len = strlen(text) + 1;
    *out = malloc(len);
    if (*out != NULL) {
        memcpy(*out, text, len);
    }
    return *out != NULL;
}

enum mw_status mw_cache_redis_open(struct mw_cache **out, const struct mw_cache_redis_options *options,
                                   struct mw_error *err)
{
    *out = NULL;
    if ((options->host == NULL) == (options->path == NULL)) {
        return MW_FAIL(err, MW_E_CONTRACT, "a Redis cache has either a host or a socket's path");
    }
    struct redis *redis = calloc(1, sizeof *redis);
    if (redis == NULL || !copy_text(options->host, &redis->host) || !copy_text(options->path, &redis->path) ||
        !copy_text(options->password, &redis->password)) {
        if (redis != NULL) {
            redis_close((struct mw_cache *)(void *)redis);
        }
        return MW_FAIL(err, MW_E_MEMORY, "no memory for a cache");
    }
    redis->head.ops = &redis_ops;
    redis->head.state = MW_CACHE_DEGRADED; /* until the first connection */
    redis->port = options->port == 0 ? 6379 : options->port;
    redis->timeout_ms = options->timeout_ms == 0 ? 200 : options->timeout_ms;
    redis->backoff_ms_first = options->backoff_ms == 0 ? 250 : options->backoff_ms;
    redis->backoff_ms_max = options->backoff_ms_max == 0 ? 10000 : options->backoff_ms_max;
    redis->backoff_ms = redis->backoff_ms_first;
    *out = (struct mw_cache *)(void *)redis;
    return MW_OK;
}
