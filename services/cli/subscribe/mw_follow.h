/* mw_follow.h: what a subscriber must watch besides the news itself: gaps, repeats, age, and silence.
 *
 *   gap       a rev that is not last + 1 of its (type, tenant, key): something was lost on the way
 *   repeat    a rev seen before: a publisher that restarted sends its last records again
 *   age       now - ts_pub_ms: beyond late_ms a warning, beyond stale_ms what is queued is not worth reading
 *   silence   silent_beats heartbeats missing in a row: the publisher is gone, or the way to it
 *   clock     heartbeats come but the tick in them is old: the publisher lives, the monitor does not
 *
 * No socket and no clock: the moment is passed in. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_arena.h"
#include "mw_index.h"

struct mw_follow_limits {
    int64_t late_ms, stale_ms, silent_beats, clock_stopped_ms;
    size_t keys_max; /* revisions remembered; a key beyond is printed but not watched */
};
/* 2 s, 10 s, 3 heartbeats, 60 s, a million keys. */
extern const struct mw_follow_limits mw_follow_defaults;

/* The header of one message. */
struct mw_follow_header {
    struct mw_span type, tenant, key;
    int64_t rev;                    /* 0: an event that nothing replaces, so nothing to watch */
    int64_t published_ms, event_ms; /* MW_TIME_NONE when absent */
    int64_t valid_until_ms;
};

struct mw_follow_beat {
    int64_t started_ms, interval_ms, tick_ms; /* tick: MW_TIME_NONE when ingest has not ticked yet */
};

enum mw_follow_news {
    MW_FOLLOW_NEW,
    MW_FOLLOW_REPEAT,
    MW_FOLLOW_OVER, /* the key's numbering began again: another journal */
};
enum mw_follow_age { MW_FOLLOW_FRESH, MW_FOLLOW_LATE, MW_FOLLOW_STALE };

struct mw_follow_verdict {
    enum mw_follow_news news;
    enum mw_follow_age age;
    int64_t n_missed; /* revisions of this key that never came */
    int64_t age_ms;
    bool expired; /* past valid_until: not to be acted on */
};

struct mw_follow_key {
    struct mw_span name; /* "<type>\n<tenant>\n<key>" */
    int64_t rev, event_ms;
};

/* Changes of the publisher's health; each is reported once. */
enum mw_follow_health {
    MW_FOLLOW_STEADY,
    MW_FOLLOW_SILENT,        /* heartbeats stay away */
    MW_FOLLOW_BACK,          /* they came again */
    MW_FOLLOW_RESTARTED,     /* by another process */
    MW_FOLLOW_CLOCK_STOPPED, /* the tick in them is old */
    MW_FOLLOW_CLOCK_RUNS,
};

struct mw_follow {
    struct mw_follow_limits limits;
    struct mw_follow_key *keys;
    size_t n_keys, capacity;
    struct mw_index index;
    struct mw_arena names, scratch;
    int64_t last_beat_ms, interval_ms, started_ms;
    bool heard, silent, clock_stopped;
};

void mw_follow_init(struct mw_follow *follow, const struct mw_follow_limits *limits, int64_t now_ms);
void mw_follow_fini(struct mw_follow *follow);
/* MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_follow_take(struct mw_follow *follow, const struct mw_follow_header *header,
                                          int64_t now_ms, struct mw_follow_verdict *out,
                                          struct mw_error *err);
enum mw_follow_health mw_follow_beat(struct mw_follow *follow, const struct mw_follow_beat *beat,
                                     int64_t now_ms);
/* To be asked when nothing came. */
enum mw_follow_health mw_follow_idle(struct mw_follow *follow, int64_t now_ms);
/* How long no heartbeat has come. */
int64_t mw_follow_silence_ms(const struct mw_follow *follow, int64_t now_ms);
