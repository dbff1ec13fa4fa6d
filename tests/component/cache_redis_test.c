/* The cache against a real redis-server: fences, FLUSHALL, SIGKILL, SIGSTOP, restart. */
// SPDX-License-Identifier: Apache-2.0
#include "bus_fixture.h"
#include "redis_fixture.h"
#include "toy_stack.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static enum mw_cache_outcome put(struct mw_cache *cache, const char *key, const char *stream, int64_t n,
                                 const char *value)
{
    struct mw_cache_put one = {.key = mw_span(key),
                               .owner = mw_span("owner"),
                               .fence = {mw_span(stream), n},
                               .value = mw_span(value)};
    must(mw_cache_put(cache, &one, 1, err));
    return one.outcome;
}

#define expect_value(cache, key, want)                                                                       \
    do {                                                                                                     \
        struct mw_arena arena_ = {0};                                                                        \
        struct mw_span got_;                                                                                 \
        must(mw_cache_get(cache, mw_span(key), &arena_, &got_, NULL, err));                                  \
        cr_expect(mw_span_is(got_, want) && got_.data != NULL, "%s is \"" MW_SPAN_FMT "\", want \"%s\"",     \
                  key, (int)got_.len, got_.data == NULL ? "" : got_.data, want);                             \
        mw_arena_fini(&arena_);                                                                              \
    } while (0)

static bool is_missing(struct mw_cache *cache, const char *key)
{
    struct mw_arena arena = {0};
    struct mw_span got;
    must(mw_cache_get(cache, mw_span(key), &arena, &got, NULL, err));
    mw_arena_fini(&arena);
    return got.data == NULL;
}

static void sleep_ms(long ms)
{
    (void)nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

Test(fence, a_newer_position_replaces_an_older_one_is_refused)
{
    struct redis_fixture redis;
    redis_fixture_open(&redis);
    struct mw_cache *cache = redis_fixture_cache(&redis);
    cr_expect_eq(put(cache, "k", "log-1", 9, "nine"), MW_CACHE_ACCEPTED);
    cr_expect_eq(put(cache, "k", "log-1", 10, "ten"),
                 MW_CACHE_ACCEPTED); /* digits, not letters, are compared */
    cr_expect_eq(put(cache, "k", "log-1", 9, "late"), MW_CACHE_OLDER);
    expect_value(cache, "k", "ten");
    cr_expect_eq(put(cache, "k", "log-1", 10, "ten"), MW_CACHE_SAME);
    cr_expect_eq(put(cache, "k", "log-1", INT64_C(9007199254740993), "2^53+1"), MW_CACHE_ACCEPTED);
    cr_expect_eq(put(cache, "k", "log-1", INT64_C(9007199254740992), "2^53"), MW_CACHE_OLDER);
    struct mw_arena arena = {0};
    struct mw_span value;
    struct mw_cache_fence fence;
    must(mw_cache_get(cache, mw_span("k"), &arena, &value, &fence, err));
    cr_expect(mw_span_is(fence.stream, "log-1") && fence.n == INT64_C(9007199254740993));
    mw_arena_fini(&arena);
    mw_cache_close(&cache);
    redis_fixture_close(&redis);
}

Test(fence, a_log_that_was_given_up_cannot_write_any_more)
{
    struct redis_fixture redis;
    redis_fixture_open(&redis);
    struct mw_cache *old = redis_fixture_cache(&redis), *new = redis_fixture_cache(&redis);
    cr_expect(mw_cache_claim(old, mw_span("owner"), mw_span("log-1")));
    cr_expect_eq(put(old, "k", "log-1", 1000, "old"), MW_CACHE_ACCEPTED);
    cr_expect_eq(put(new, "k", "log-2", 1, "new"), MW_CACHE_FOREIGN); /* before it claims */
    cr_expect(mw_cache_claim(new, mw_span("owner"), mw_span("log-2")));
    cr_expect_eq(put(new, "k", "log-2", 1, "new"), MW_CACHE_ACCEPTED);
    cr_expect_eq(put(old, "k", "log-1", 1001, "zombie"), MW_CACHE_FOREIGN);
    expect_value(new, "k", "new");
    mw_cache_close(&old);
    mw_cache_close(&new);
    redis_fixture_close(&redis);
}

Test(values, of_any_bytes_and_many_at_once_come_back_and_live_as_long_as_said)
{
    struct redis_fixture redis;
    redis_fixture_open(&redis);
    struct mw_cache *cache = redis_fixture_cache(&redis);
    static const char bytes[] = "\0\xff %s {}\r\n";
    enum { N = 200 }; /* more than one pipeline */
    static struct mw_cache_put puts[N];
    static char keys[N][16];
    for (int i = 0; i < N; i++) {
        (void)snprintf(keys[i], sizeof keys[i], "k%d", i);
        puts[i] = (struct mw_cache_put){.key = mw_span(keys[i]),
                                        .owner = mw_span("owner"),
                                        .fence = {mw_span("log-1"), i},
                                        .value = {bytes, sizeof bytes},
                                        .ttl_ms = i == 0 ? 5000 : 0};
    }
    must(mw_cache_put(cache, puts, N, err));
    cr_expect_eq(mw_cache_stats(cache)->outcomes[MW_CACHE_ACCEPTED], N);
    struct mw_arena arena = {0};
    struct mw_span value;
    must(mw_cache_get(cache, mw_span("k199"), &arena, &value, NULL, err));
    cr_expect(mw_span_eq(value, (struct mw_span){bytes, sizeof bytes}));
    mw_arena_fini(&arena);
    const int ttl_ms = atoi(redis_fixture_say(&redis, "PTTL k0"));
    cr_expect(ttl_ms > 0 && ttl_ms <= 5000, "%d", ttl_ms);
    cr_expect_str_eq(redis_fixture_say(&redis, "PTTL k1"), "-1");
    cr_expect(is_missing(cache, "never"));
    cr_expect(mw_cache_stats(cache)->gets == 2 && mw_cache_stats(cache)->hits == 1);
    mw_cache_close(&cache);
    redis_fixture_close(&redis);
}

Test(script, forgotten_by_the_server_is_sent_again)
{
    struct redis_fixture redis;
    redis_fixture_open(&redis);
    struct mw_cache *cache = redis_fixture_cache(&redis);
    cr_expect_eq(put(cache, "k", "log-1", 1, "one"), MW_CACHE_ACCEPTED);
    cr_expect_str_eq(redis_fixture_say(&redis, "SCRIPT FLUSH"), "OK");
    cr_expect_eq(put(cache, "k", "log-1", 2, "two"), MW_CACHE_ACCEPTED);
    expect_value(cache, "k", "two");
    cr_expect_eq(mw_cache_stats(cache)->failures, 0);
    mw_cache_close(&cache);
    redis_fixture_close(&redis);
}

Test(loss, flushall_raises_the_generation)
{
    struct redis_fixture redis;
    redis_fixture_open(&redis);
    struct mw_cache *cache = redis_fixture_cache(&redis);
    cr_expect_eq(put(cache, "k", "log-1", 1, "one"), MW_CACHE_ACCEPTED);
    const uint64_t before = mw_cache_generation(cache);
    mw_cache_refresh(cache);
    cr_expect_eq(mw_cache_generation(cache), before);
    cr_expect_str_eq(redis_fixture_say(&redis, "FLUSHALL"), "OK");
    cr_expect(is_missing(cache, "k"));
    mw_cache_refresh(cache);
    cr_expect(mw_cache_generation(cache) > before);
    cr_expect_eq(mw_cache_state(cache), MW_CACHE_UP);
    mw_cache_close(&cache);
    redis_fixture_close(&redis);
}

Test(loss, a_killed_server_degrades_at_once_and_comes_back_with_a_new_generation)
{
    struct redis_fixture redis;
    redis_fixture_open(&redis);
    struct mw_cache *cache = redis_fixture_cache(&redis);
    cr_expect_eq(put(cache, "k", "log-1", 1, "one"), MW_CACHE_ACCEPTED);
    const uint64_t before = mw_cache_generation(cache);
    redis_fixture_kill(&redis);
    const double begin = steady_seconds();
    for (int i = 0; i < 100; i++) {
        cr_expect_eq(put(cache, "k", "log-1", 2 + i, "x"), MW_CACHE_SKIPPED);
        cr_expect(is_missing(cache, "k"));
        cr_expect_not(mw_cache_claim(cache, mw_span("owner"), mw_span("log-1")));
    }
    cr_expect(steady_seconds() - begin < 1.0, "%g s", steady_seconds() - begin);
    cr_expect_eq(mw_cache_state(cache), MW_CACHE_DEGRADED);
    cr_expect(mw_cache_stats(cache)->last_failure[0] != '\0');
    redis_fixture_start(&redis);
    sleep_ms(300); /* the longest back-off is 200 ms */
    cr_expect_eq(put(cache, "k", "log-1", 200, "again"), MW_CACHE_ACCEPTED);
    cr_expect(mw_cache_generation(cache) > before);
    expect_value(cache, "k", "again");
    mw_cache_close(&cache);
    redis_fixture_close(&redis);
}

/* A server that hangs for 5 s costs one timeout per back-off, never the 5 s; no answer of before is ever taken for
 * one of after. */
Test(loss, a_hanging_server_blocks_no_longer_than_the_timeout)
{
    struct redis_fixture redis;
    redis_fixture_open(&redis);
    struct mw_cache *cache = redis_fixture_cache(&redis);
    cr_expect_eq(put(cache, "k", "log-1", 1, "one"), MW_CACHE_ACCEPTED);
    redis_fixture_signal(&redis, SIGSTOP);
    double longest = 0;
    for (double begin = steady_seconds(); steady_seconds() - begin < 5.0;) {
        const double before = steady_seconds();
        cr_expect_eq(put(cache, "k", "log-1", 2, "skipped"), MW_CACHE_SKIPPED);
        const double took = steady_seconds() - before;
        longest = took > longest ? took : longest;
        sleep_ms(20);
    }
    cr_expect(longest < 1.0, "%g s", longest); /* 0.2 s, and a busy machine */
    redis_fixture_signal(&redis, SIGCONT);
    sleep_ms(300);
    cr_expect_eq(put(cache, "k", "log-1", 3, "three"), MW_CACHE_ACCEPTED);
    expect_value(cache, "k", "three");
    mw_cache_close(&cache);
    redis_fixture_close(&redis);
}

Test(loss, a_server_that_was_never_there_is_a_degraded_cache)
{
    struct mw_cache *cache = NULL;
    const struct mw_cache_redis_options options = {.path = "/tmp/mw-no-such-folder/redis.sock"};
    must(mw_cache_redis_open(&cache, &options, err));
    cr_expect_eq(mw_cache_state(cache), MW_CACHE_DEGRADED);
    mw_cache_refresh(cache);
    cr_expect_eq(mw_cache_state(cache), MW_CACHE_DEGRADED);
    cr_expect_eq(put(cache, "k", "log-1", 1, "x"), MW_CACHE_SKIPPED);
    cr_expect_eq(mw_cache_generation(cache), 0);
    mw_cache_close(&cache);
    mw_cache_close(&cache);
}

/* ---- a service and its cache ---------------------------------------------------------------------------------- */

static const struct mw_service_settings settings = {.snapshot_records = 10};

static const char *read_model(struct mw_broker *broker)
{
    static char want[4096];
    (void)snprintf(want, sizeof want, "%s", latest_text(broker, "mw.scenario.v1"));
    return want;
}

/* Every latest record of the bus is in the cache, byte for byte. */
static bool is_fed(struct redis_fixture *redis, struct mw_broker *broker)
{
    static const char *const tenants[] = {"ab", "cd", "ef"};
    const char *want = read_model(broker);
    for (int i = 0; i < 6; i++) {
        char command[160];
        (void)snprintf(command, sizeof command, "HGET mw:{%s}:latest:mw.scenario.v1:s/%d value",
                       tenants[i / 2], i % 2);
        const char *got = redis_fixture_say(redis, command);
        if (got[0] == '\0' || strstr(want, got) == NULL) {
            return false;
        }
    }
    for (int i = 0; i < 3; i++) {
        char command[160];
        (void)snprintf(command, sizeof command, "HEXISTS mw:{%s}:state:counter value", tenants[i]);
        if (strcmp(redis_fixture_say(redis, command), "1") != 0) {
            return false;
        }
    }
    return true;
}

static void append_and_run(struct toy_stack *stack, int from, int to)
{
    for (int i = from; i < to; i++) {
        toy_append(stack->broker, i);
    }
    must(toy_stack_quiesce(stack, err));
}

Test(service, keeps_read_models_and_snapshots_in_the_cache_and_repairs_them)
{
    struct redis_fixture redis;
    redis_fixture_open(&redis);
    struct mw_cache *cache = redis_fixture_cache(&redis);
    struct mw_broker *broker = NULL;
    must(mw_bus_sqlite_open(&broker, &(struct mw_bus_sqlite_options){.path = ":memory:"}, err));
    toy_declare(broker);
    struct toy_stack stack;
    must(toy_stack_open(&stack, broker, &settings, cache, err));
    append_and_run(&stack, 0, 40);
    cr_expect(is_fed(&redis, broker), "after a commit");

    cr_expect_str_eq(redis_fixture_say(&redis, "FLUSHALL"), "OK");
    append_and_run(&stack, 40, 50);
    cr_expect(is_fed(&redis, broker), "after FLUSHALL and the next commit");

    cr_expect_str_eq(redis_fixture_say(&redis, "FLUSHALL"), "OK");
    sleep_ms(1100);
    must(toy_stack_quiesce(&stack, err));
    cr_expect(is_fed(&redis, broker), "after FLUSHALL and no commit at all: looked at once a second");

    redis_fixture_kill(&redis);
    append_and_run(&stack, 50, 60); /* nobody waits for it */
    redis_fixture_start(&redis);
    sleep_ms(1100);
    must(toy_stack_quiesce(&stack, err));
    cr_expect(is_fed(&redis, broker), "after a restart");
    cr_expect(mw_service_info(stack.services[1])->n_repairs >= 4);
    toy_stack_close(&stack);
    mw_cache_close(&cache);

    cr_expect_str_eq(redis_fixture_say(&redis, "FLUSHALL"), "OK");
    cache = redis_fixture_cache(&redis); /* a new process repairs what it restored */
    must(toy_stack_open(&stack, broker, &settings, cache, err));
    must(toy_stack_quiesce(&stack, err));
    cr_expect(is_fed(&redis, broker), "after a new start");
    toy_stack_close(&stack);
    mw_cache_close(&cache);
    mw_broker_close(&broker);
    redis_fixture_close(&redis);
}

Test(service, gives_the_same_bytes_with_a_cache_without_and_with_one_that_hangs)
{
    struct redis_fixture redis;
    redis_fixture_open(&redis);
    uint64_t want = 0;
    for (int kind = 0; kind < 3; kind++) {
        struct mw_cache *cache = kind == 0 ? NULL : redis_fixture_cache(&redis);
        struct mw_broker *broker = NULL;
        must(mw_bus_sqlite_open(&broker, &(struct mw_bus_sqlite_options){.path = ":memory:"}, err));
        toy_declare(broker);
        struct toy_stack stack;
        must(toy_stack_open(&stack, broker, &settings, cache, err));
        if (kind == 2) {
            append_and_run(&stack, 0, 5);
            redis_fixture_signal(&redis, SIGSTOP);
        }
        append_and_run(&stack, kind == 2 ? 5 : 0, 60);
        const uint64_t got = toy_outcome(&stack).lo;
        want = want == 0 ? got : want;
        cr_expect_eq(got, want, "kind %d", kind);
        toy_stack_close(&stack);
        mw_cache_close(&cache);
        mw_broker_close(&broker);
    }
    redis_fixture_close(&redis);
}
