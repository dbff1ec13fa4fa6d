/* guard_bench: from appending a spend event that trips a guard to the subscriber that is told: p50 and p99.
 *
 *   guard_bench LOG              its own ingest, alerts and publisher on a new log, looking every millisecond
 *   guard_bench LOG ENDPOINT     a running `mixwatch run` that has this log and publishes there
 *
 *   append (durable) ─► ingest: spend_surge ─► alerts: firing ─► group commit ─► publisher ─► SUB socket here
 *
 * 5 tenants with 61 channels and a fortnight of history; then, one at a time, each channel spends five times
 * what a day of it costs. The clock runs from before the append until the alert of that very channel has been
 * received. Pauses are random up to the monitor's turn, so that no event meets it at a chosen moment. The
 * anchor is the append itself: one durable commit of one record. */
// SPDX-License-Identifier: Apache-2.0
#include "bench_feed.h"
#include "bench_figure.h"
#include "mw_alerts_core.h"
#include "mw_bus_sqlite.h"
#include "mw_clock.h"
#include "mw_ingest_core.h"
#include "mw_publisher.h"
#include "mw_rng.h"
#include "mw_service.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum {
    TENANTS = 5,
    CHANNELS = 61,
    EVENTS = TENANTS * (CHANNELS - 1), /* channel 0 of each tenant warms up */
    HISTORY_DAYS = 14,
    LOOK_US = 1000,
    PAUSE_US = 100000,
    PATIENCE_MS = 30000,
};

static void fail(const char *what)
{
    (void)fprintf(stderr, "guard_bench: %s\n", what);
    exit(1);
}

/* ---- the monitor: ingest, alerts and publisher on a thread ---- */

enum { SERVICES = 3 };

struct monitor {
    pthread_t thread;
    atomic_bool stop;
    struct mw_broker *broker;
    struct ingest_core *ingest;
    struct mw_alerts_core *alerts;
    struct mw_publisher_core *publisher_core;
    struct mw_publisher *publisher;
    struct mw_service *services[SERVICES];
};

static const struct mw_type *const raw_types[] = {&mw_type_tenant, &mw_type_spend, &mw_type_outcome,
                                                  &mw_type_factor, &mw_type_test,  &mw_type_command,
                                                  &mw_type_clock};
static const struct mw_type *const metric_types[] = {&mw_type_metric};
static const struct mw_type *const public_types[] = {&mw_type_estimate,   &mw_type_allocation,
                                                     &mw_type_experiment, &mw_type_metric,
                                                     &mw_type_alert,      &mw_type_deadletter};

static void open_publisher(struct monitor *monitor, const char *endpoint)
{
    static struct mw_arena arena;
    struct mw_error err = {0};
    struct mw_publisher_config config = {0};
    struct mw_options_result result;
    const struct mw_command_line defaults = {.program = "publisher", .options = mw_publisher_options};
    bench_check(mw_options_load(&defaults, &(struct mw_options_source){0}, &config, &arena, &result, &err),
                &err);
    config.endpoint = endpoint;
    config.now_us = mw_clock_now_us;
    const struct mw_publisher_limits limits = {.keys_max = (size_t)config.keys_max};
    bench_check(mw_publisher_core_open(&monitor->publisher_core, &limits, &err), &err);
    bench_check(mw_publisher_open(&monitor->publisher, monitor->publisher_core, &config, &err), &err);
}

static void open_services(struct monitor *monitor)
{
    struct mw_error err = {0};
    const struct mw_service_config configs[SERVICES] = {
        {.ops = &ingest_core_ops, .core = monitor->ingest, .inputs = raw_types, .n_inputs = 7},
        {.ops = &mw_alerts_core_ops, .core = monitor->alerts, .inputs = metric_types, .n_inputs = 1},
        {.ops = &mw_publisher_core_ops,
         .core = monitor->publisher_core,
         .inputs = public_types,
         .n_inputs = 6,
         .is_outward = true,
         .set_live = mw_publisher_set_live,
         .set_live_self = monitor->publisher},
    };
    const char *names[SERVICES];
    for (size_t i = 0; i < SERVICES; i++) {
        names[i] = configs[i].ops->service;
    }
    bench_check(mw_service_declare(monitor->broker, names, SERVICES, &err), &err);
    for (size_t i = 0; i < SERVICES; i++) {
        struct mw_service_config config = configs[i];
        config.broker = monitor->broker;
        bench_check(mw_service_open(&monitor->services[i], &config, &err), &err);
    }
}

static void *watch(void *self)
{
    struct monitor *monitor = self;
    struct mw_error err = {0};
    while (!atomic_load(&monitor->stop)) {
        bench_check(mw_service_quiesce(monitor->services, SERVICES, NULL, NULL, &err), &err);
        bench_check(mw_publisher_turn(monitor->publisher, &err), &err);
        mw_clock_sleep_us(LOOK_US);
    }
    return NULL;
}

static void start_monitor(struct monitor *monitor, const char *log, const char *endpoint)
{
    struct mw_error err = {0};
    const struct mw_bus_sqlite_options options = {.path = log, .is_instance = true};
    bench_check(mw_bus_sqlite_open(&monitor->broker, &options, &err), &err);
    bench_check(ingest_core_open(&monitor->ingest, &err), &err);
    bench_check(mw_alerts_core_open(&monitor->alerts, &(struct mw_alerts_options){0}, &err), &err);
    open_publisher(monitor, endpoint);
    open_services(monitor);
    if (pthread_create(&monitor->thread, NULL, watch, monitor) != 0) {
        fail("no thread for the monitor");
    }
}

static void stop_monitor(struct monitor *monitor)
{
    atomic_store(&monitor->stop, true);
    (void)pthread_join(monitor->thread, NULL);
    for (size_t i = SERVICES; i-- > 0;) {
        mw_service_close(&monitor->services[i]);
    }
    mw_publisher_close(&monitor->publisher);
    mw_publisher_core_close(&monitor->publisher_core);
    mw_alerts_core_ops.close(monitor->alerts);
    ingest_core_ops.close(monitor->ingest);
    mw_broker_close(&monitor->broker);
}

/* ---- the subscriber ---- */

struct subscriber {
    void *context, *socket;
};

static void subscribe(struct subscriber *subscriber, const char *endpoint)
{
    const int patience = PATIENCE_MS;
    subscriber->context = zmq_ctx_new();
    subscriber->socket = zmq_socket(subscriber->context, ZMQ_SUB);
    if (subscriber->socket == NULL ||
        zmq_setsockopt(subscriber->socket, ZMQ_RCVTIMEO, &patience, sizeof patience) != 0 ||
        zmq_setsockopt(subscriber->socket, ZMQ_SUBSCRIBE, "alert/v1/guard-", 15) != 0 ||
        zmq_setsockopt(subscriber->socket, ZMQ_SUBSCRIBE, "hb/", 3) != 0 ||
        zmq_connect(subscriber->socket, endpoint) != 0) {
        fail(zmq_strerror(zmq_errno()));
    }
}

static void unsubscribe(struct subscriber *subscriber)
{
    (void)zmq_close(subscriber->socket);
    (void)zmq_ctx_term(subscriber->context);
}

enum { FRAME_MAX = 4096 };

/* Topic and header of the next message; the frames after them are read past. */
static void receive(struct subscriber *subscriber, char topic[FRAME_MAX], char header[FRAME_MAX])
{
    char rest[FRAME_MAX];
    int more = 1;
    size_t more_len = sizeof more;
    for (int i = 0; more; i++) {
        char *frame = i == 0 ? topic : i == 1 ? header : rest;
        const int n = zmq_recv(subscriber->socket, frame, FRAME_MAX - 1, 0);
        if (n < 0) {
            fail("nothing came from the publisher");
        }
        frame[n < FRAME_MAX - 1 ? n : FRAME_MAX - 1] = 0;
        (void)zmq_getsockopt(subscriber->socket, ZMQ_RCVMORE, &more, &more_len);
    }
}

/* The alerts were subscribed to first, so with the first heartbeat both subscriptions are known to hold. */
static void await_heartbeat(struct subscriber *subscriber)
{
    char topic[FRAME_MAX], header[FRAME_MAX];
    do {
        receive(subscriber, topic, header);
    } while (strcmp(topic, "hb/") != 0);
    (void)zmq_setsockopt(subscriber->socket, ZMQ_UNSUBSCRIBE, "hb/", 3);
}

static void await_alert(struct subscriber *subscriber, struct mw_span tenant, size_t channel)
{
    char topic[FRAME_MAX], header[FRAME_MAX], want_topic[FRAME_MAX], want_key[64];
    (void)snprintf(want_topic, sizeof want_topic, "alert/v1/" MW_SPAN_FMT "/critical/spend_surge/",
                   MW_SPAN_ARG(tenant));
    (void)snprintf(want_key, sizeof want_key, "/" MW_SPAN_FMT "\"", MW_SPAN_ARG(bench_channel(channel)));
    do {
        receive(subscriber, topic, header);
    } while (strcmp(topic, want_topic) != 0 || strstr(header, want_key) == NULL);
}

/* ---- the producer ---- */

static struct mw_span tenant_name(size_t i)
{
    static const char *const names[TENANTS] = {"guard-0", "guard-1", "guard-2", "guard-3", "guard-4"};
    return mw_span(names[i]);
}

static void append(struct record_batch *batch)
{
    struct mw_error err = {0};
    bench_check(record_batch_append(batch, &err), &err);
}

static void feed_history(struct record_batch *batch, struct mw_span tenant)
{
    bench_feed_tenant(batch, tenant, CHANNELS);
    bench_feed_rules(batch, tenant);
    for (mw_date day = BENCH_DAY; day < BENCH_DAY + HISTORY_DAYS; day++) {
        for (size_t channel = 0; channel < CHANNELS; channel++) {
            bench_feed_spend(batch, tenant,
                             &(struct bench_spend){.channel = channel, .date = day, .amount = 100});
        }
        bench_feed_clock(batch, tenant, day + 1);
        append(batch);
    }
}

static void feed_surge(struct record_batch *batch, struct mw_span tenant, size_t channel)
{
    bench_feed_spend(batch, tenant,
                     &(struct bench_spend){
                         .channel = channel, .date = BENCH_DAY + HISTORY_DAYS, .amount = 500, .i_report = 1});
}

/* ---- the measurement ---- */

struct times {
    double append_ms[EVENTS], told_ms[EVENTS];
};

static void measure(struct record_batch *batch, struct subscriber *subscriber, struct times *times)
{
    struct mw_rng rng = {.key = 1};
    for (size_t i = 0; i < EVENTS; i++) {
        const struct mw_span tenant = tenant_name(i % TENANTS);
        const size_t channel = 1 + i / TENANTS;
        mw_clock_sleep_us((int64_t)(PAUSE_US * mw_rng_uniform(&rng)));
        feed_surge(batch, tenant, channel);
        const double start = bench_wall_seconds();
        append(batch);
        times->append_ms[i] = 1e3 * (bench_wall_seconds() - start);
        await_alert(subscriber, tenant, channel);
        times->told_ms[i] = 1e3 * (bench_wall_seconds() - start);
    }
}

static void warm_up(struct record_batch *batch, struct subscriber *subscriber)
{
    for (size_t i = 0; i < TENANTS; i++) {
        feed_history(batch, tenant_name(i));
        feed_surge(batch, tenant_name(i), 0);
        append(batch);
        await_alert(subscriber, tenant_name(i), 0);
    }
}

static void print(struct times *times, const char *path)
{
    static const struct {
        const char *name;
        double q;
    } rows[] = {{"p50", 0.5}, {"p99", 0.99}, {"most", 1.0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "guard/%s/%s", path, rows[i].name);
        bench_print(&(struct bench_figure){name, "ms", bench_quantile(times->told_ms, EVENTS, rows[i].q),
                                           "durable append alone",
                                           bench_quantile(times->append_ms, EVENTS, rows[i].q), 0});
    }
}

int main(int argc, char **argv)
{
    static struct times times;
    static struct monitor monitor;
    struct mw_error err = {0};
    char own_endpoint[4096];
    if (argc < 2 || argc > 3) {
        (void)fprintf(stderr, "usage: guard_bench LOG [ENDPOINT]\n");
        return 2;
    }
    (void)snprintf(own_endpoint, sizeof own_endpoint, "ipc://%s.pub", argv[1]);
    const bool is_own = argc == 2;
    const char *endpoint = is_own ? own_endpoint : argv[2];
    if (is_own) {
        start_monitor(&monitor, argv[1], endpoint);
    }
    struct record_batch batch = {0};
    struct subscriber subscriber;
    bench_check(mw_bus_sqlite_open(&batch.broker,
                                   &(struct mw_bus_sqlite_options){.path = argv[1], .must_exist = true},
                                   &err),
                &err);
    subscribe(&subscriber, endpoint);
    await_heartbeat(&subscriber);
    warm_up(&batch, &subscriber);
    measure(&batch, &subscriber, &times);
    print(&times, is_own ? "three services" : "mixwatch run");
    unsubscribe(&subscriber);
    if (is_own) {
        stop_monitor(&monitor);
    }
    struct mw_broker *broker = batch.broker;
    record_batch_fini(&batch);
    mw_broker_close(&broker);
    return 0;
}
