// SPDX-License-Identifier: Apache-2.0
/* The publisher and its subscriber over real sockets on this machine. */
#include "mw_clock.h"
#include "mw_messages.h"
#include "mw_publisher.h"
#include "mw_subscribe.h"
#include "mw_wire.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zmq.h>

enum { BEAT_MS = 50, PATIENCE_MS = 10000 };

/* ---- publisher
 * ------------------------------------------------------------------------------------------------ */

struct station {
    struct mw_publisher_core *core;
    struct mw_publisher *publisher;
};

static int64_t slow_clock_us(void)
{
    return mw_clock_now_us() - 20 * MW_US_PER_S;
}

static struct mw_publisher_config config_from(const char *path)
{
    static struct mw_arena arena;
    struct mw_publisher_config config;
    struct mw_options_result result;
    struct mw_error err = {0};
    const struct mw_command_line command = {
        .program = "test", .options = mw_publisher_options, .config_path = path};
    const struct mw_options_source source = {0};
    memset(&config, 0, sizeof config);
    cr_assert_eq(mw_options_load(&command, &source, &config, &arena, &result, &err), MW_OK, "%s", err.text);
    return config;
}

static struct mw_publisher_config publisher_defaults(const char *endpoint)
{
    struct mw_publisher_config config = config_from(NULL);
    config.endpoint = endpoint;
    config.heartbeat_ms = BEAT_MS;
    config.linger_ms = 0;
    config.now_us = mw_clock_now_us;
    return config;
}

static struct station open_station(const struct mw_publisher_config *config)
{
    struct station station = {0};
    struct mw_error err = {0};
    const struct mw_publisher_limits limits = {.keys_max = (size_t)config->keys_max};
    cr_assert_eq(mw_publisher_core_open(&station.core, &limits, NULL), MW_OK);
    cr_assert_eq(mw_publisher_open(&station.publisher, station.core, config, &err), MW_OK, "%s", err.text);
    return station;
}

static void close_station(struct station *station)
{
    mw_publisher_close(&station->publisher);
    mw_publisher_core_close(&station->core);
}

static void turn(struct station *station)
{
    cr_assert_eq(mw_publisher_turn(station->publisher, NULL), MW_OK);
}

/* Revision `rev` of the one alert of a tenant; the event's time grows with it. */
static void say(struct station *station, const char *tenant, int64_t rev, struct mw_span raw)
{
    const struct mw_alert alert = {.key = mw_span("floor/tv"),
                                   .rule = mw_span("floor"),
                                   .rev = rev,
                                   .severity = MW_SEVERITY_WARNING,
                                   .expires_at = MW_TIME_NONE};
    const struct mw_message in = {.type = &mw_type_alert,
                                  .body = &alert,
                                  .tenant = mw_span(tenant),
                                  .id = mw_span("alerts/1/0"),
                                  .raw = raw,
                                  .topic = mw_type_alert.topic,
                                  .offset = rev,
                                  .time_us = rev * MW_US_PER_S};
    struct mw_effects effects = {0};
    cr_assert_eq(mw_publisher_core_ops.step(station->core, &in, &effects, NULL), MW_OK);
    mw_effects_fini(&effects);
}

static void say_text(struct station *station, const char *tenant, int64_t rev)
{
    say(station, tenant, rev, mw_span("{\"opaque\":1}"));
}

/* ---- subscriber, on a thread of its own
 * ------------------------------------------------------------------------ */

struct listener {
    pthread_t thread;
    struct mw_subscribe subscribe;
    struct mw_subscribe_info info;
    struct mw_error err;
    enum mw_status status;
    char *lines, *remarks;
    size_t lines_len, remarks_len;
    atomic_bool stop, stalled;
};

static bool is_stopped(void *self)
{
    struct listener *listener = self;
    while (atomic_load(&listener->stalled) && !atomic_load(&listener->stop)) {
        mw_clock_sleep_us(1000);
    }
    return atomic_load(&listener->stop);
}

static void *listen_on(void *self)
{
    struct listener *listener = self;
    listener->status = mw_subscribe_run(&listener->subscribe, &listener->info, &listener->err);
    return NULL;
}

static void prepare_listener(struct listener *listener, const char *endpoint)
{
    static struct mw_arena arena;
    struct mw_options_result result;
    const struct mw_command_line command = {.program = "test", .options = mw_subscribe_options};
    const struct mw_options_source source = {0};
    *listener = (struct listener){0};
    cr_assert_eq(mw_options_load(&command, &source, &listener->subscribe.config, &arena, &result, NULL),
                 MW_OK);
    listener->subscribe.config.endpoint = endpoint;
    listener->subscribe.config.for_ms = PATIENCE_MS;
    listener->subscribe.config.reconnect_ms = 10;
    listener->subscribe.out = open_memstream(&listener->lines, &listener->lines_len);
    listener->subscribe.remarks = open_memstream(&listener->remarks, &listener->remarks_len);
    listener->subscribe.now_us = mw_clock_now_us;
    listener->subscribe.stopped = is_stopped;
    listener->subscribe.stopped_self = listener;
}

static void start_listener(struct listener *listener)
{
    cr_assert_eq(pthread_create(&listener->thread, NULL, listen_on, listener), 0);
}

/* Subscriptions travel apart from the connection, so wait until the publisher has heard n of them. */
static void wait_for_subscriptions(struct station *station, uint64_t n)
{
    for (int i = 0; i < PATIENCE_MS && mw_publisher_info(station->publisher).n_subscribes < n; i++) {
        turn(station);
        mw_clock_sleep_us(1000);
    }
    cr_assert(mw_publisher_info(station->publisher).n_subscribes >= n, "no subscriber came");
}

static void join_listener(struct listener *listener)
{
    cr_assert_eq(pthread_join(listener->thread, NULL), 0);
    (void)fclose(listener->subscribe.out);
    (void)fclose(listener->subscribe.remarks);
}

static void stop_listener(struct listener *listener)
{
    atomic_store(&listener->stop, true);
    join_listener(listener);
}

static void free_listener(struct listener *listener)
{
    free(listener->lines);
    free(listener->remarks);
}

static void turn_for(struct station *station, int64_t ms)
{
    for (const int64_t end = mw_clock_steady_us() + 1000 * ms; mw_clock_steady_us() < end;) {
        turn(station);
        mw_clock_sleep_us(1000);
    }
}

/* ---- tests
 * ---------------------------------------------------------------------------------------------------- */

Test(publisher, a_late_joiner_gets_the_live_stream_without_a_gap)
{
    const struct mw_publisher_config config = publisher_defaults("tcp://127.0.0.1:*");
    struct station station = open_station(&config);
    struct listener listener;
    say_text(&station, "us", 1);
    say_text(&station, "us", 2);
    prepare_listener(&listener, mw_publisher_endpoint(station.publisher));
    listener.subscribe.config.count = 2;
    start_listener(&listener);
    wait_for_subscriptions(&station, 2);
    say_text(&station, "us", 3);
    say_text(&station, "us", 4);
    join_listener(&listener);
    cr_expect_eq(listener.status, MW_OK);
    cr_expect_eq(listener.info.n_records, 2);
    cr_expect_eq(listener.info.n_missed, 0);
    cr_expect(strstr(listener.lines, "alert us floor/tv #3 ") != NULL, "%s", listener.lines);
    cr_expect(strstr(listener.lines, "alert us floor/tv #4 ") != NULL, "%s", listener.lines);
    free_listener(&listener);
    close_station(&station);
}

Test(publisher, a_prefix_means_whole_segments)
{
    const struct mw_publisher_config config = publisher_defaults("tcp://127.0.0.1:*");
    struct station station = open_station(&config);
    struct listener listener;
    prepare_listener(&listener, mw_publisher_endpoint(station.publisher));
    listener.subscribe.prefixes = (const char *const[]){"alert/v1/us"};
    listener.subscribe.n_prefixes = 1;
    listener.subscribe.config.count = 1;
    start_listener(&listener);
    wait_for_subscriptions(&station, 2);
    say_text(&station, "usa", 1);
    say_text(&station, "us/east", 1);
    say_text(&station, "us", 1);
    join_listener(&listener);
    cr_expect_eq(listener.info.n_records, 1);
    cr_expect(strstr(listener.lines, " us floor/tv #1 ") != NULL, "%s", listener.lines);
    cr_expect(strstr(listener.lines, "usa") == NULL && strstr(listener.lines, "east") == NULL, "%s",
              listener.lines);
    free_listener(&listener);
    close_station(&station);
}

/* A crash between publishing and committing: the new process repeats the last record and goes on. */
Test(publisher, a_restart_keeps_the_revisions_and_repeats_are_dropped)
{
    char endpoint[128];
    (void)snprintf(endpoint, sizeof endpoint, "ipc:///tmp/mw-publisher-%d", (int)getpid());
    const struct mw_publisher_config config = publisher_defaults(endpoint);
    struct station station = open_station(&config);
    struct listener listener;
    prepare_listener(&listener, endpoint);
    listener.subscribe.config.count = 3;
    start_listener(&listener);
    wait_for_subscriptions(&station, 2);
    turn_for(&station, 2 * BEAT_MS);
    say_text(&station, "us", 1);
    say_text(&station, "us", 2);
    turn_for(&station, 4 * BEAT_MS);
    close_station(&station);

    station = open_station(&config);
    wait_for_subscriptions(&station, 2);
    turn_for(&station, 2 * BEAT_MS);
    say_text(&station, "us", 2);
    say_text(&station, "us", 3);
    join_listener(&listener);
    cr_expect_eq(listener.info.n_records, 3);
    cr_expect_eq(listener.info.n_repeats, 1);
    cr_expect_eq(listener.info.n_missed, 0);
    cr_expect_eq(listener.info.n_restarts, 1);
    cr_expect(strstr(listener.remarks, "restarted:") != NULL, "%s", listener.remarks);
    free_listener(&listener);
    close_station(&station);
}

/* 2 KB records, so that the stalled side's buffers hold a small part of them. */
Test(publisher, what_a_slow_subscriber_loses_it_sees_as_gaps_and_the_publisher_never_waits)
{
    enum { N = 20000 };
    static char body[2048];
    struct mw_publisher_config config = publisher_defaults("tcp://127.0.0.1:*");
    config.send_hwm = 10;
    struct station station = open_station(&config);
    struct listener listener;
    memset(body, ' ', sizeof body);
    body[0] = '{';
    body[sizeof body - 1] = '}';
    prepare_listener(&listener, mw_publisher_endpoint(station.publisher));
    listener.subscribe.config.receive_hwm = 10;
    listener.subscribe.config.receive_buffer_bytes = 16384;
    listener.subscribe.config.stale_ms = 10 * PATIENCE_MS;
    start_listener(&listener);
    wait_for_subscriptions(&station, 2);
    say_text(&station, "us", 1);
    turn_for(&station, 4 * BEAT_MS);
    atomic_store(&listener.stalled, true);
    for (int64_t rev = 2; rev < N; rev++) {
        say(&station, "us", rev, (struct mw_span){body, sizeof body});
    }
    atomic_store(&listener.stalled, false);
    turn_for(&station, 20 * BEAT_MS);
    say_text(&station, "us", N);
    turn_for(&station, 4 * BEAT_MS);
    stop_listener(&listener);
    cr_expect(listener.info.n_missed > 0);
    cr_expect_eq(listener.info.n_records + listener.info.n_missed, N, "%llu printed, %llu missed",
                 (unsigned long long)listener.info.n_records, (unsigned long long)listener.info.n_missed);
    cr_expect(strstr(listener.remarks, "gap: mw.alert.v1 us floor/tv: ") != NULL, "%.300s", listener.remarks);
    free_listener(&listener);
    close_station(&station);
}

Test(publisher, the_canary_counts_what_a_slow_reader_would_have_missed)
{
    struct mw_publisher_config config = publisher_defaults("tcp://127.0.0.1:*");
    config.send_hwm = 100;
    struct station station = open_station(&config);
    turn(&station);
    for (int64_t rev = 1; rev <= 50; rev++) {
        say_text(&station, "us", rev);
    }
    turn_for(&station, 2 * BEAT_MS);
    cr_expect_eq(mw_publisher_info(station.publisher).n_canary_lost, 0);
    for (int64_t rev = 51; rev <= 1050; rev++) {
        say_text(&station, "us", rev);
    }
    turn_for(&station, 2 * BEAT_MS);
    const struct mw_publisher_info info = mw_publisher_info(station.publisher);
    cr_expect(info.n_canary_lost > 800 && info.n_canary_lost < 1000, "%llu lost",
              (unsigned long long)info.n_canary_lost);
    close_station(&station);
}

Test(publisher, heartbeats_keep_coming_without_news_and_their_absence_is_silence)
{
    const struct mw_publisher_config config = publisher_defaults("tcp://127.0.0.1:*");
    struct station station = open_station(&config);
    struct listener listener;
    prepare_listener(&listener, mw_publisher_endpoint(station.publisher));
    start_listener(&listener);
    wait_for_subscriptions(&station, 2);
    turn_for(&station, 10 * BEAT_MS);
    mw_clock_sleep_us(1000 * 20 * BEAT_MS); /* a publisher that hangs */
    turn_for(&station, 10 * BEAT_MS);
    stop_listener(&listener);
    cr_expect_eq(listener.status, MW_OK);
    cr_expect(listener.info.n_heartbeats >= 10, "%llu heartbeats",
              (unsigned long long)listener.info.n_heartbeats);
    cr_expect_eq(listener.info.n_records, 0);
    cr_expect_eq(listener.info.n_silences, 1, "%llu: %s", (unsigned long long)listener.info.n_silences,
                 listener.remarks);
    cr_expect(strstr(listener.remarks, "silent:") != NULL && strstr(listener.remarks, "back:") != NULL, "%s",
              listener.remarks);
    free_listener(&listener);
    close_station(&station);
}

Test(publisher, stale_records_are_discarded_and_the_subscriber_joins_again)
{
    struct mw_publisher_config config = publisher_defaults("tcp://127.0.0.1:*");
    config.now_us = slow_clock_us; /* as if each record had waited 20 s in a queue */
    struct station station = open_station(&config);
    struct listener listener;
    prepare_listener(&listener, mw_publisher_endpoint(station.publisher));
    start_listener(&listener);
    wait_for_subscriptions(&station, 2);
    say_text(&station, "us", 1);
    wait_for_subscriptions(&station, 4);
    stop_listener(&listener);
    cr_expect_eq(listener.info.n_records, 0);
    cr_expect_eq(listener.info.n_stale, 1);
    cr_expect_eq(listener.info.n_rejoins, 1);
    cr_expect_str_empty(listener.lines);
    free_listener(&listener);
    close_station(&station);
}

Test(publisher, json_lines_carry_header_and_body_as_sent)
{
    const struct mw_publisher_config config = publisher_defaults("tcp://127.0.0.1:*");
    struct station station = open_station(&config);
    struct listener listener;
    prepare_listener(&listener, mw_publisher_endpoint(station.publisher));
    listener.subscribe.config.json = true;
    listener.subscribe.config.count = 1;
    start_listener(&listener);
    wait_for_subscriptions(&station, 2);
    say(&station, "us", 1, mw_span("{\"a\": [1,  2]}"));
    join_listener(&listener);
    cr_expect(strncmp(listener.lines, "{\"topic\":\"alert/v1/us/warning/floor/\",\"header\":{\"v\":1,", 54) ==
                  0,
              "%s", listener.lines);
    cr_expect(strstr(listener.lines, ",\"body\":{\"a\": [1,  2]}}\n") != NULL, "%s", listener.lines);
    free_listener(&listener);
    close_station(&station);
}

Test(publisher, a_record_is_summed_up_in_a_line)
{
    const struct mw_publisher_config config = publisher_defaults("tcp://127.0.0.1:*");
    struct station station = open_station(&config);
    struct listener listener;
    struct mw_writer json = {0};
    struct mw_error err = {0};
    const struct mw_deadletter letter = {.topic = mw_span("mw.spend.v1"),
                                         .tenant = mw_span("us"),
                                         .id = mw_span("e-1"),
                                         .reason = mw_span("delta_too_old"),
                                         .detail = mw_span("send a snapshot"),
                                         .pointer = mw_span("/date"),
                                         .partition = 0,
                                         .offset = 12,
                                         .time = 0,
                                         .record = mw_span("{}"),
                                         .encoding = mw_span("utf-8")};
    cr_assert_eq(mw_encode(&mw_type_deadletter, &letter, &json, &err), MW_OK, "%s", err.text);
    prepare_listener(&listener, mw_publisher_endpoint(station.publisher));
    listener.subscribe.config.count = 1;
    start_listener(&listener);
    wait_for_subscriptions(&station, 2);
    const struct mw_message in = {.type = &mw_type_deadletter,
                                  .body = &letter,
                                  .tenant = mw_span("us"),
                                  .id = mw_span("ingest/x/0"),
                                  .raw = mw_writer_span(&json),
                                  .topic = mw_type_deadletter.topic,
                                  .offset = 1,
                                  .time_us = 1};
    struct mw_effects effects = {0};
    cr_assert_eq(mw_publisher_core_ops.step(station.core, &in, &effects, NULL), MW_OK);
    join_listener(&listener);
    cr_expect(
        strstr(listener.lines,
               "deadletter us ingest/x/0  mw.spend.v1 0@12 delta_too_old at /date: send a snapshot\n") !=
            NULL,
        "%s", listener.lines);
    mw_effects_fini(&effects);
    mw_writer_fini(&json);
    free_listener(&listener);
    close_station(&station);
}

Test(publisher, without_a_publisher_the_subscriber_says_so)
{
    struct listener listener;
    prepare_listener(&listener, "ipc:///tmp/mw-nobody-listens-here");
    listener.subscribe.config.for_ms = 300;
    start_listener(&listener);
    join_listener(&listener);
    cr_expect_eq(listener.status, MW_E_IO);
    cr_expect(strstr(listener.err.text, "--endpoint") != NULL, "%s", listener.err.text);
    free_listener(&listener);
}

Test(publisher, an_address_that_is_none_is_refused_on_both_sides)
{
    struct mw_publisher_config config = publisher_defaults("not an address");
    struct mw_publisher_core *core = NULL;
    struct mw_publisher *publisher = NULL;
    struct mw_error err = {0};
    const struct mw_publisher_limits limits = {.keys_max = 10};
    cr_assert_eq(mw_publisher_core_open(&core, &limits, NULL), MW_OK);
    cr_expect_eq(mw_publisher_open(&publisher, core, &config, &err), MW_E_IO);
    cr_expect(publisher == NULL && strstr(err.text, "not an address") != NULL, "%s", err.text);
    config.endpoint = "tcp://127.0.0.1:*";
    config.send_hwm = -5;
    cr_expect_eq(mw_publisher_open(&publisher, core, &config, NULL), MW_E_CONTRACT);
    mw_publisher_core_close(&core);

    struct listener listener;
    prepare_listener(&listener, "not an address");
    start_listener(&listener);
    join_listener(&listener);
    cr_expect_eq(listener.status, MW_E_CONTRACT);
    free_listener(&listener);
}

Test(publisher, the_commented_config_file_shows_the_defaults)
{
    struct mw_publisher_config built_in = config_from(NULL),
                               shown = config_from(MW_SOURCE_DIR "/config/publisher.yaml");
    cr_expect_str_eq(built_in.endpoint, shown.endpoint);
    built_in.endpoint = shown.endpoint = NULL;
    cr_expect_eq(memcmp(&built_in, &shown, sizeof shown), 0);
    FILE *file = fopen(MW_SOURCE_DIR "/config/publisher.yaml", "r");
    cr_assert_not_null(file, "the file that is compared must be there");
    (void)fclose(file);
}

Test(publisher, an_endpoint_in_use_is_named)
{
    struct mw_publisher_config config = publisher_defaults("tcp://127.0.0.1:*");
    struct station station = open_station(&config);
    struct mw_publisher *second = NULL;
    struct mw_publisher_core *core = NULL;
    struct mw_error err = {0};
    const struct mw_publisher_limits limits = {.keys_max = 10};
    cr_assert_eq(mw_publisher_core_open(&core, &limits, NULL), MW_OK);
    config.endpoint = mw_publisher_endpoint(station.publisher);
    cr_expect_eq(mw_publisher_open(&second, core, &config, &err), MW_E_IO);
    cr_expect(strstr(err.text, config.endpoint) != NULL, "%s", err.text);
    mw_publisher_core_close(&core);
    close_station(&station);
}

Test(publisher, a_reader_that_goes_away_ends_the_subscriber)
{
    const struct mw_publisher_config config = publisher_defaults("tcp://127.0.0.1:*");
    struct station station = open_station(&config);
    struct listener listener;
    prepare_listener(&listener, mw_publisher_endpoint(station.publisher));
    (void)fclose(listener.subscribe.out);
    listener.subscribe.out = fopen("/dev/full", "w");
    cr_assert_not_null(listener.subscribe.out);
    start_listener(&listener);
    wait_for_subscriptions(&station, 2);
    say_text(&station, "us", 1);
    join_listener(&listener);
    cr_expect_eq(listener.status, MW_E_IO);
    free_listener(&listener);
    close_station(&station);
}

Test(publisher, what_a_subscriber_sends_beyond_subscriptions_is_counted_and_dropped)
{
    const struct mw_publisher_config config = publisher_defaults("tcp://127.0.0.1:*");
    struct station station = open_station(&config);
    void *context = zmq_ctx_new();
    void *xsub = zmq_socket(context, ZMQ_XSUB);
    const int linger_ms = 0;
    (void)zmq_setsockopt(xsub, ZMQ_LINGER, &linger_ms, sizeof linger_ms);
    cr_assert_eq(zmq_connect(xsub, mw_publisher_endpoint(station.publisher)), 0);
    cr_assert_eq(zmq_send(xsub,
                          "\x01"
                          "alert/",
                          7, 0),
                 7);
    cr_assert_eq(zmq_send(xsub,
                          "\x07"
                          "delete all",
                          11, 0),
                 11);
    cr_assert_eq(zmq_send(xsub,
                          "\x00"
                          "alert/",
                          7, 0),
                 7);
    turn_for(&station, 10 * BEAT_MS);
    const struct mw_publisher_info info = mw_publisher_info(station.publisher);
    cr_expect_eq(info.n_subscribes, 1);
    cr_expect_eq(info.n_unsubscribes, 1);
    cr_expect_eq(info.n_refused, 1);
    (void)zmq_close(xsub);
    (void)zmq_ctx_term(context);
    close_station(&station);
}

Test(publisher, what_is_not_ours_on_the_wire_is_counted_and_skipped)
{
    void *context = zmq_ctx_new();
    void *pub = zmq_socket(context, ZMQ_XPUB);
    char endpoint[64], subscription[64];
    size_t len = sizeof endpoint;
    cr_assert_eq(zmq_bind(pub, "tcp://127.0.0.1:*"), 0);
    cr_assert_eq(zmq_getsockopt(pub, ZMQ_LAST_ENDPOINT, endpoint, &len), 0);
    struct listener listener;
    prepare_listener(&listener, endpoint);
    listener.subscribe.config.count = 1;
    start_listener(&listener);
    cr_assert(zmq_recv(pub, subscription, sizeof subscription, 0) > 0);
    cr_assert(zmq_recv(pub, subscription, sizeof subscription, 0) > 0);
    const char *const messages[][4] = {
        {"one frame"},
        {"x/", "{}", "{}"},
        {"x/", "not json", "{}"},
        {"hb/", "{\"v\":1,\"type\":\"heartbeat\",\"rev\":1,\"ts_pub_ms\":1}", "nothing"},
        {"x/", "{}", "{}", "a fourth"},
        {"x/", "{\"v\":1,\"type\":\"x\",\"rev\":0,\"ts_pub_ms\":99999999999999}", "{}"}};
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        for (size_t j = 0; j < 4 && messages[i][j] != NULL; j++) {
            const bool more = j + 1 < 4 && messages[i][j + 1] != NULL;
            cr_assert(zmq_send(pub, messages[i][j], strlen(messages[i][j]), more ? ZMQ_SNDMORE : 0) >= 0);
        }
    }
    join_listener(&listener);
    cr_expect_eq(listener.info.n_malformed, 5);
    cr_expect_eq(listener.info.n_records, 1);
    free_listener(&listener);
    (void)zmq_close(pub);
    (void)zmq_ctx_term(context);
}
