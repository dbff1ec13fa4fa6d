// SPDX-License-Identifier: Apache-2.0
#include "mw_publisher.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <zmq.h>

enum { ENDPOINT_MAX = 256 };

#define AT(member) offsetof(struct mw_publisher_config, member)
/* The two marks bound parked staleness: with the defaults of libzmq and the kernel 4.6 to 7 MB of old news
 * waited for a stalled subscriber that came back. The handshake is given what libzmq grants by default. */
const struct mw_option mw_publisher_options[] = {
    {"publisher.endpoint", MW_OPT_STR, "tcp://127.0.0.1:5556", AT(endpoint), "where subscribers connect",
     .value = "ADDRESS"},
    {"publisher.send-hwm", MW_OPT_I64, "10000", AT(send_hwm),
     "messages queued per subscriber before dropping", .min = 1, .max = 1e8},
    {"publisher.send-buffer", MW_OPT_I64, "64Ki", AT(send_buffer_bytes),
     "bytes of the kernel's buffer per subscriber", .min = 1024, .max = 1 << 30},
    {"publisher.linger", MW_OPT_MS, "1s", AT(linger_ms), "how long closing waits for what is queued",
     .max = 6e4},
    {"publisher.zmtp-heartbeat", MW_OPT_MS, "2s", AT(zmtp_heartbeat_ms), "pings on the connection; 0: none",
     .max = 6e5},
    {"publisher.zmtp-timeout", MW_OPT_MS, "6s", AT(zmtp_timeout_ms), "a peer silent for so long is dropped",
     .max = 6e5},
    {"publisher.zmtp-ttl", MW_OPT_MS, "6s", AT(zmtp_ttl_ms), "how long a peer is told to wait for us",
     .max = 6e6},
    {"publisher.handshake", MW_OPT_MS, "30s", AT(handshake_ms), "a connection that says nothing is closed",
     .max = 6e5},
    {"publisher.message-bytes-max", MW_OPT_I64, "4Ki", AT(message_bytes_max),
     "largest message of a subscriber", .min = 64, .max = 1 << 20},
    {"publisher.backlog", MW_OPT_I64, "128", AT(backlog), "connections that wait to be accepted", .min = 1,
     .max = 65535},
    {"publisher.verbose", MW_OPT_BOOL, "true", AT(verbose),
     "hear of every subscription, not only of new prefixes", .value = NULL},
    {"publisher.heartbeat", MW_OPT_MS, "1s", AT(heartbeat_ms), "between two heartbeats", .min = 10,
     .max = 6e4},
    {"publisher.keys-max", MW_OPT_I64, "100k", AT(keys_max), "latest values kept for late joiners", .min = 1,
     .max = 1e9},
    {0},
};
#undef AT

struct mw_publisher {
    struct mw_publisher_config cfg;
    struct mw_publisher_core *core;
    void *context;
    void *xpub;
    void *canary; /* a subscriber to everything that is read once a turn: what it misses, slow readers miss */
    char endpoint[ENDPOINT_MAX];
    int64_t started_ms, next_heartbeat_ms, heartbeat_seq;
    uint64_t n_canary_received;
    struct mw_publisher_info info;
    struct mw_writer header, body;
};

static int64_t now_ms(const struct mw_publisher *publisher)
{
    return publisher->cfg.now_us() / 1000;
}

/* ---- opening
 * -------------------------------------------------------------------------------------------------- */

static enum mw_status set_option(void *socket, int option, int64_t value, const char *name,
                                 struct mw_error *err)
{
    if (value < 0 || value > INT_MAX) {
        return MW_FAIL(err, MW_E_CONTRACT, "publisher: %s %lld is not between 0 and %d", name,
                       (long long)value, INT_MAX);
    }
    const int v = (int)value;
    if (zmq_setsockopt(socket, option, &v, sizeof v) != 0) {
        return MW_FAIL(err, MW_E_CONTRACT, "publisher: %s %d: %s", name, v, zmq_strerror(zmq_errno()));
    }
    return MW_OK;
}

/* Options hold only for what is bound or connected after them, so all are set first. XPUB_NODROP stays off.
 */
static enum mw_status set_options(struct mw_publisher *publisher, struct mw_error *err)
{
    const struct mw_publisher_config *cfg = &publisher->cfg;
    const int64_t max_bytes = cfg->message_bytes_max;
    const struct {
        int option;
        int64_t value;
        const char *name;
    } options[] = {
        {ZMQ_SNDHWM, cfg->send_hwm, "send_hwm"},
        {ZMQ_SNDBUF, cfg->send_buffer_bytes, "send_buffer_bytes"},
        {ZMQ_LINGER, cfg->linger_ms, "linger_ms"},
        {ZMQ_HEARTBEAT_IVL, cfg->zmtp_heartbeat_ms, "zmtp_heartbeat_ms"},
        {ZMQ_HEARTBEAT_TIMEOUT, cfg->zmtp_timeout_ms, "zmtp_timeout_ms"},
        {ZMQ_HEARTBEAT_TTL, cfg->zmtp_ttl_ms, "zmtp_ttl_ms"},
        {ZMQ_HANDSHAKE_IVL, cfg->handshake_ms, "handshake_ms"},
        {ZMQ_BACKLOG, cfg->backlog, "backlog"},
        {ZMQ_XPUB_VERBOSE, cfg->verbose, "verbose"},
    };
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        MW_TRY(set_option(publisher->xpub, options[i].option, options[i].value, options[i].name, err));
    }
    if (zmq_setsockopt(publisher->xpub, ZMQ_MAXMSGSIZE, &max_bytes, sizeof max_bytes) != 0) {
        return MW_FAIL(err, MW_E_CONTRACT, "publisher: message_bytes_max %lld: %s", (long long)max_bytes,
                       zmq_strerror(zmq_errno()));
    }
    return MW_OK;
}

static enum mw_status bind_endpoint(struct mw_publisher *publisher, struct mw_error *err)
{
    size_t len = sizeof publisher->endpoint;
    if (zmq_bind(publisher->xpub, publisher->cfg.endpoint) != 0 ||
        zmq_getsockopt(publisher->xpub, ZMQ_LAST_ENDPOINT, publisher->endpoint, &len) != 0) {
        return MW_FAIL(err, MW_E_IO,
                       "publisher: cannot bind %s: %s; is another monitor running? Name another address "
                       "(--publish tcp://127.0.0.1:5557), or none (--publish none)",
                       publisher->cfg.endpoint, zmq_strerror(zmq_errno()));
    }
    return MW_OK;
}

static enum mw_status open_canary(struct mw_publisher *publisher, struct mw_error *err)
{
    static const char address[] =
        "inproc://canary"; /* a context of our own: no other publisher can hold the name */
    publisher->canary = zmq_socket(publisher->context, ZMQ_SUB);
    if (publisher->canary == NULL || zmq_bind(publisher->xpub, address) != 0) {
        return MW_FAIL(err, MW_E_IO, "publisher: no canary: %s", zmq_strerror(zmq_errno()));
    }
    /* Over inproc both marks add up, so the canary's own is the smallest there is. */
    MW_TRY(set_option(publisher->canary, ZMQ_RCVHWM, 1, "canary mark", err));
    MW_TRY(set_option(publisher->canary, ZMQ_LINGER, 0, "canary linger", err));
    if (zmq_setsockopt(publisher->canary, ZMQ_SUBSCRIBE, "", 0) != 0 ||
        zmq_connect(publisher->canary, address) != 0) {
        return MW_FAIL(err, MW_E_IO, "publisher: no canary: %s", zmq_strerror(zmq_errno()));
    }
    return MW_OK;
}

static enum mw_status hear_subscriptions(struct mw_publisher *publisher, struct mw_error *err);

static enum mw_status open_sockets(struct mw_publisher *publisher, struct mw_error *err)
{
    publisher->context = zmq_ctx_new();
    publisher->xpub = publisher->context == NULL ? NULL : zmq_socket(publisher->context, ZMQ_XPUB);
    if (publisher->xpub == NULL) {
        return MW_FAIL(err, MW_E_IO, "publisher: no socket: %s", zmq_strerror(zmq_errno()));
    }
    MW_TRY(set_options(publisher, err));
    MW_TRY(open_canary(publisher, err));
    MW_TRY(hear_subscriptions(publisher, err)); /* the canary's, before anybody else can be there */
    publisher->info = (struct mw_publisher_info){0};
    return bind_endpoint(publisher, err);
}

enum mw_status mw_publisher_open(struct mw_publisher **out, struct mw_publisher_core *core,
                                 const struct mw_publisher_config *cfg, struct mw_error *err)
{
    *out = NULL;
    struct mw_publisher *publisher = calloc(1, sizeof *publisher);
    if (publisher == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for the publisher's socket");
    }
    publisher->cfg = *cfg;
    publisher->core = core;
    const enum mw_status status = open_sockets(publisher, err);
    if (status != MW_OK) {
        mw_publisher_close(&publisher);
        return status;
    }
    publisher->started_ms = now_ms(publisher);
    publisher->next_heartbeat_ms = publisher->started_ms;
    mw_publisher_set_live(publisher, true);
    *out = publisher;
    return MW_OK;
}

void mw_publisher_close(struct mw_publisher **out)
{
    struct mw_publisher *publisher = *out;
    if (publisher == NULL) {
        return;
    }
    mw_publisher_core_attach(publisher->core, NULL);
    if (publisher->canary != NULL) {
        (void)zmq_close(publisher->canary);
    }
    if (publisher->xpub != NULL) {
        (void)zmq_close(publisher->xpub);
    }
    if (publisher->context != NULL) {
        (void)zmq_ctx_term(publisher->context);
    }
    mw_writer_fini(&publisher->header);
    mw_writer_fini(&publisher->body);
    free(publisher);
    *out = NULL;
}

const char *mw_publisher_endpoint(const struct mw_publisher *publisher)
{
    return publisher->endpoint;
}

/* ---- sending
 * -------------------------------------------------------------------------------------------------- */

/* In drop mode sending fails only by a signal in between, which is nothing, or without a socket. */
static enum mw_status send_frame(struct mw_publisher *publisher, struct mw_span frame, int flags,
                                 struct mw_error *err)
{
    while (zmq_send(publisher->xpub, frame.data, frame.len, flags) < 0) {
        if (zmq_errno() != EINTR) {
            return MW_FAIL(err, MW_E_IO, "publisher: sending on %s: %s", publisher->endpoint,
                           zmq_strerror(zmq_errno()));
        }
    }
    return MW_OK;
}

static enum mw_status send_frames(struct mw_publisher *publisher, struct mw_span topic, struct mw_span header,
                                  struct mw_span body, struct mw_error *err)
{
    MW_TRY(send_frame(publisher, topic, ZMQ_SNDMORE, err));
    MW_TRY(send_frame(publisher, header, ZMQ_SNDMORE, err));
    MW_TRY(send_frame(publisher, body, 0, err));
    publisher->info.n_sent++;
    return MW_OK;
}

static enum mw_status publish(void *self, const struct mw_frames *frames, struct mw_error *err)
{
    struct mw_publisher *publisher = self;
    mw_writer_reset(&publisher->header);
    mw_frames_write_header(frames, now_ms(publisher), &publisher->header);
    MW_TRY(mw_writer_status(&publisher->header, err));
    return send_frames(publisher, frames->topic, mw_writer_span(&publisher->header), frames->body, err);
}

void mw_publisher_set_live(void *self, bool is_live)
{
    struct mw_publisher *publisher = self;
    const struct mw_frames_sink sink = {publish, publisher};
    mw_publisher_core_attach(publisher->core, is_live ? &sink : NULL);
}

static enum mw_status send_heartbeat(struct mw_publisher *publisher, struct mw_error *err)
{
    struct mw_heartbeat heartbeat = {.now_ms = now_ms(publisher),
                                     .interval_ms = publisher->cfg.heartbeat_ms,
                                     .started_ms = publisher->started_ms,
                                     .seq = ++publisher->heartbeat_seq,
                                     .n_sent = publisher->info.n_sent - publisher->info.n_heartbeats,
                                     .n_canary_lost = publisher->info.n_canary_lost};
    mw_publisher_core_describe(publisher->core, &heartbeat);
    mw_writer_reset(&publisher->header);
    mw_writer_reset(&publisher->body);
    mw_heartbeat_write_header(&heartbeat, &publisher->header);
    mw_heartbeat_write_body(&heartbeat, &publisher->body);
    MW_TRY(mw_writer_status(&publisher->header, err));
    MW_TRY(mw_writer_status(&publisher->body, err));
    MW_TRY(send_frames(publisher, mw_span(MW_HEARTBEAT_TOPIC), mw_writer_span(&publisher->header),
                       mw_writer_span(&publisher->body), err));
    publisher->info.n_heartbeats++;
    return MW_OK;
}

/* ---- reading
 * -------------------------------------------------------------------------------------------------- */

/* One frame without waiting: *n_bytes < 0 when there is none; longer frames than the buffer keep their
 * length. */
static enum mw_status take_frame(void *socket, char *buffer, size_t capacity, int *n_bytes,
                                 struct mw_error *err)
{
    do {
        *n_bytes = zmq_recv(socket, buffer, capacity, ZMQ_DONTWAIT);
    } while (*n_bytes < 0 && zmq_errno() == EINTR);
    if (*n_bytes < 0 && zmq_errno() != EAGAIN) {
        return MW_FAIL(err, MW_E_IO, "publisher: receiving: %s", zmq_strerror(zmq_errno()));
    }
    return MW_OK;
}

/* A subscriber's message is one byte, 1 to subscribe and 0 to leave, and the prefix. A late joiner gets the
 * live stream from here on; the values it came too late for are in the core's table. */
static enum mw_status hear_subscriptions(struct mw_publisher *publisher, struct mw_error *err)
{
    char first = 0;
    for (;;) {
        int n_bytes;
        MW_TRY(take_frame(publisher->xpub, &first, sizeof first, &n_bytes, err));
        if (n_bytes < 0) {
            return MW_OK;
        }
        publisher->info.n_subscribes += n_bytes > 0 && first == 1;
        publisher->info.n_unsubscribes += n_bytes > 0 && first == 0;
        publisher->info.n_refused += n_bytes == 0 || (first != 0 && first != 1);
    }
}

/* Over inproc everything sent is there or was dropped, so the difference is exactly what was dropped. */
static enum mw_status read_canary(struct mw_publisher *publisher, struct mw_error *err)
{
    char frame[1];
    for (;;) {
        int n_bytes, more = 0;
        size_t len = sizeof more;
        MW_TRY(take_frame(publisher->canary, frame, sizeof frame, &n_bytes, err));
        if (n_bytes < 0) {
            break;
        }
        if (zmq_getsockopt(publisher->canary, ZMQ_RCVMORE, &more, &len) == 0 && more == 0) {
            publisher->n_canary_received++;
        }
    }
    publisher->info.n_canary_lost = publisher->info.n_sent - publisher->n_canary_received;
    return MW_OK;
}

/* Heartbeats keep their beat: a late one does not shift those after it, but missed ones are not made up for.
 */
enum mw_status mw_publisher_turn(struct mw_publisher *publisher, struct mw_error *err)
{
    MW_TRY(hear_subscriptions(publisher, err));
    const int64_t now = now_ms(publisher), interval = publisher->cfg.heartbeat_ms;
    const bool clock_went_back = publisher->next_heartbeat_ms > now + interval;
    if (now < publisher->next_heartbeat_ms && !clock_went_back) {
        return MW_OK;
    }
    MW_TRY(read_canary(publisher, err));
    const int64_t late = clock_went_back ? 0 : (now - publisher->next_heartbeat_ms) % interval;
    publisher->next_heartbeat_ms = now - late + interval;
    return send_heartbeat(publisher, err);
}

struct mw_publisher_info mw_publisher_info(const struct mw_publisher *publisher)
{
    return publisher->info;
}
