/* mw_publisher.h: the ZeroMQ side of the publisher: an XPUB socket that carries what the core hands it.
 *
 * The socket drops rather than waits: measured with one fast and one stalled subscriber, a socket that does
 * not drop starves the fast one too. What a slow subscriber loses it sees as a gap of rev. Three settings
 * bound how old the rest can be that it still finds queued: send_hwm messages here, send_buffer_bytes in the
 * kernel, and whatever the subscriber's own side holds.
 *
 * No thread: the owner calls mw_publisher_turn at least a few times a second, between steps. A publisher that
 * cannot do that is late, and the missing heartbeat says so to every subscriber. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_options.h"
#include "mw_publisher_core.h"

struct mw_publisher_config {
    const char *endpoint;      /* "tcp://127.0.0.1:5556", "ipc:///run/mixwatch/pub"; port "*": any free one */
    int64_t send_hwm;          /* messages queued per subscriber before dropping */
    int64_t send_buffer_bytes; /* of the kernel, per subscriber */
    int64_t linger_ms;         /* how long closing waits for what is queued */
    int64_t zmtp_heartbeat_ms; /* pings on the connection, by libzmq: finds dead peers */
    int64_t zmtp_timeout_ms;   /* no answer for so long: the peer is dropped */
    int64_t zmtp_ttl_ms;       /* what the peer is told to wait for us */
    int64_t handshake_ms;      /* a connection that says nothing is closed */
    int64_t message_bytes_max; /* of what a subscriber may send: subscriptions are short */
    int64_t backlog;           /* connections that wait to be accepted */
    bool verbose;              /* hear of every subscription, not only of the first to a prefix */
    int64_t heartbeat_ms;      /* between two heartbeats */
    int64_t keys_max;          /* for the core's limits: latest values kept */
    int64_t (*now_us)(void);   /* the wall clock; not a setting */
};
/* Everything but now_us, named "publisher.*". */
extern const struct mw_option mw_publisher_options[];

struct mw_publisher;

/* Becomes the sink of `core`, which must outlive it. MW_E_IO when the endpoint cannot be bound (in use, not
 * an address), MW_E_CONTRACT for a setting that libzmq does not take, MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_publisher_open(struct mw_publisher **out, struct mw_publisher_core *core,
                                             const struct mw_publisher_config *cfg, struct mw_error *err);
/* Waits linger_ms at most; the core is left without a sink. May be called twice. */
void mw_publisher_close(struct mw_publisher **publisher);
/* Where it is bound, with the port chosen; lives as long as the publisher. */
const char *mw_publisher_endpoint(const struct mw_publisher *publisher);
/* What a restore replays was published before: false mutes the core, true connects it again. Takes the
 * publisher as mw_service_config.set_live_self. Live from the start. */
void mw_publisher_set_live(void *publisher, bool is_live);

/* Reads what subscribers asked for, lets the canary read, and sends the heartbeat when it is due. */
MW_MUST_USE enum mw_status mw_publisher_turn(struct mw_publisher *publisher, struct mw_error *err);

struct mw_publisher_info {
    uint64_t n_sent, n_heartbeats;
    uint64_t n_canary_lost; /* of n_sent, what a reader that looks once a heartbeat has missed */
    uint64_t n_subscribes, n_unsubscribes; /* heard since opening, the canary's own left out */
    uint64_t n_refused;                    /* messages of subscribers that are not subscriptions */
};
struct mw_publisher_info mw_publisher_info(const struct mw_publisher *publisher);
