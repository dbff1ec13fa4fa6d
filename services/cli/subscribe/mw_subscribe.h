/* mw_subscribe.h: a client of the publisher: prints what it sends, a line each, and says what is missing.
 *
 *   08:00:01 alert demo mroas_below_floor/tv #3  FIRING warning: tv: the next 1 returns 0.71 ...
 *   gap: mw.alert.v1 demo mroas_below_floor/tv: 2 missed before #6
 *
 * Records go to `out`, remarks (gaps, age, silence, restarts) to `remarks`. Whole path segments are
 * subscribed to: the prefix "alert/v1/us" means "alert/v1/us/", so that "usa" is somebody else. With no
 * prefix everything comes. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_follow.h"
#include "mw_options.h"

#include <stdio.h>

struct mw_subscribe_config {
    const char *endpoint;
    bool json;           /* records as {"topic":..,"header":{..},"body":{..}}, header and body as sent */
    int64_t count;       /* end after so many records; 0: never */
    int64_t for_ms;      /* end after so long; 0: never */
    int64_t receive_hwm; /* messages queued here before libzmq drops */
    int64_t receive_buffer_bytes; /* of the kernel; 0: its own choice */
    int64_t message_bytes_max;    /* larger ones end the connection */
    int64_t reconnect_ms, reconnect_max_ms;
    int64_t zmtp_heartbeat_ms, zmtp_timeout_ms;
    int64_t late_ms, stale_ms, silent_beats, clock_stopped_ms;
};
/* The settings above as rows, for a command line of its own or among others. */
extern const struct mw_option mw_subscribe_options[];

struct mw_subscribe {
    struct mw_subscribe_config config;
    const char *const *prefixes;
    size_t n_prefixes;
    FILE *out, *remarks;
    int64_t (*now_us)(void);     /* the wall clock, as the publisher's stamps are */
    bool (*stopped)(void *self); /* asked at least four times a second; may be NULL */
    void *stopped_self;
};

struct mw_subscribe_info {
    uint64_t n_records, n_heartbeats;
    uint64_t n_missed, n_repeats, n_late, n_stale; /* repeats and stale records are not printed */
    uint64_t n_rejoins, n_silences, n_restarts, n_malformed;
};

/* Until count, for_ms or stopped ends it. MW_E_IO: no publisher was heard at all, or `out` cannot be written;
 * MW_E_CONTRACT: an endpoint or setting that libzmq does not take. */
MW_MUST_USE enum mw_status mw_subscribe_run(const struct mw_subscribe *subscribe,
                                            struct mw_subscribe_info *info, struct mw_error *err);
