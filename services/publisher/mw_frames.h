/* mw_frames.h: how a record of the bus looks to a subscriber: three frames, [topic][header][body].
 *
 *   topic    estimate/v1/<tenant>/<kind>/            alloc/v1/<tenant>/<kind>/
 *            experiment/v1/<tenant>/<test>/          alert/v1/<tenant>/<severity>/<rule>/
 *            deadletter/v1/<tenant>/                 hb/
 *   header   one JSON object: what a subscriber needs before it looks at the body
 *   body     the bytes of the bus record, untouched
 *
 * A subscription is a bytewise prefix, so every topic ends in '/': "alert/v1/us/" must not bring the alerts
 * of "usa". For the same reason a '/' inside a name is written "%2F" (as is every byte that no name may
 * have): otherwise that prefix would bring the alerts of a tenant "us/east" too.
 *
 * (type, tenant, key) is what a later record replaces; its rev is 1, 2, 3, .. as the core that made it
 * counted, so a subscriber knows a gap by rev != last + 1, whichever publisher it hears and however often it
 * restarts. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_core.h"
#include "mw_field.h"

enum { MW_FRAMES_VERSION = 1 };
#define MW_HEARTBEAT_TOPIC "hb/"

struct mw_frames {
    struct mw_span topic;
    const struct mw_type *type;
    struct mw_span id; /* of the effect: repeats after a restart have the same */
    struct mw_span tenant, key;
    int64_t rev;            /* 0: an event that nothing replaces (dead letters) */
    int64_t event_ms;       /* Unix time; of the record, that is of the input that caused it */
    int64_t valid_until_ms; /* not to be acted on afterwards; MW_TIME_NONE: no such moment */
    struct mw_span body;
};

/* Does the publisher carry records of this type to its subscribers? */
bool mw_frames_is_routed(const struct mw_type *type);
/* The frames of one record; `in->type` must be routed. Topic and key live in `arena`, the rest is borrowed
 * from `in`. MW_E_DATA for an enum value without a name, MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_frames_route(const struct mw_message *in, struct mw_arena *arena,
                                           struct mw_frames *out, struct mw_error *err);
/* The header as sent at `now_ms`. Memory faults are kept by the writer. */
void mw_frames_write_header(const struct mw_frames *frames, int64_t now_ms, struct mw_writer *out);

/* The last record seen of a topic's partition. */
struct mw_stream_position {
    struct mw_span topic;
    int32_t partition;
    int64_t offset;
};

/* What goes out under "hb/" every second, whether or not there is news: it proves that a subscription is
 * live, tells a dead publisher from a quiet one, and a stopped clock from a quiet business. */
struct mw_heartbeat {
    int64_t now_ms, interval_ms;
    int64_t started_ms; /* of the publisher: another value is another process */
    int64_t seq;        /* 1, 2, 3, .. since started_ms */
    int64_t
        tick_ms; /* the wall clock as ingest last told it, of the partition furthest behind; MW_TIME_NONE */
    int64_t tenant_tick_ms; /* the newest clock of a tenant that brings its own; MW_TIME_NONE */
    const struct mw_stream_position *streams;
    size_t n_streams;
    uint64_t n_sent;        /* records since started_ms */
    uint64_t n_canary_lost; /* of those: what a subscriber that reads once a second would have missed */
    size_t n_keys;          /* in the table of latest values */
    uint64_t n_not_kept;    /* records whose key did not fit into it */
};
void mw_heartbeat_write_header(const struct mw_heartbeat *heartbeat, struct mw_writer *out);
void mw_heartbeat_write_body(const struct mw_heartbeat *heartbeat, struct mw_writer *out);
