// SPDX-License-Identifier: Apache-2.0
#include "mw_follow.h"

#include "mw_field.h"

#include <stdlib.h>

const struct mw_follow_limits mw_follow_defaults = {
    .late_ms = 2000, .stale_ms = 10000, .silent_beats = 3, .clock_stopped_ms = 60000, .keys_max = 1000000};

void mw_follow_init(struct mw_follow *follow, const struct mw_follow_limits *limits, int64_t now_ms)
{
    *follow = (struct mw_follow){.limits = *limits, .last_beat_ms = now_ms, .interval_ms = 1000};
}

void mw_follow_fini(struct mw_follow *follow)
{
    free(follow->keys);
    mw_index_fini(&follow->index);
    mw_arena_fini(&follow->names);
    mw_arena_fini(&follow->scratch);
    *follow = (struct mw_follow){0};
}

/* ---- revisions
 * ------------------------------------------------------------------------------------------------ */

static bool has_name(const void *items, uint32_t i, const void *key)
{
    return mw_span_eq(((const struct mw_follow_key *)items)[i].name, *(const struct mw_span *)key);
}

/* *out = NULL when the table is full: such a key is shown but not watched. */
static enum mw_status key_add(struct mw_follow *follow, struct mw_span name, struct mw_follow_key **out,
                              struct mw_error *err)
{
    *out = NULL;
    if (follow->n_keys >= follow->limits.keys_max) {
        return MW_OK;
    }
    const struct mw_span kept = mw_arena_copy(&follow->names, name);
    if (kept.data == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for key %zu", follow->n_keys);
    }
    MW_TRY(
        mw_vector_grow((void **)&follow->keys, follow->n_keys, &follow->capacity, sizeof *follow->keys, err));
    MW_TRY(mw_index_add(&follow->index, mw_span_hash(kept), (uint32_t)follow->n_keys, err));
    *out = &follow->keys[follow->n_keys++];
    **out = (struct mw_follow_key){.name = kept};
    return MW_OK;
}

/* A new key has rev 0, which no record has. */
static enum mw_status key_of(struct mw_follow *follow, const struct mw_follow_header *header,
                             struct mw_follow_key **out, struct mw_error *err)
{
    mw_arena_reset(&follow->scratch);
    const struct mw_span name =
        mw_arena_printf(&follow->scratch, MW_SPAN_FMT "\n" MW_SPAN_FMT "\n" MW_SPAN_FMT,
                        MW_SPAN_ARG(header->type), MW_SPAN_ARG(header->tenant), MW_SPAN_ARG(header->key));
    if (name.data == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for a key");
    }
    const uint32_t at = mw_index_find(&follow->index, mw_span_hash(name), has_name, follow->keys, &name);
    if (at != MW_INDEX_NONE) {
        *out = &follow->keys[at];
        return MW_OK;
    }
    return key_add(follow, name, out, err);
}

/* A rev that is not ahead is a repeat when its event is no news either. A later event under a lower rev means
 * that the numbering began again, as after a journal was thrown away: nothing was missed and nothing may be
 * dropped. */
static void judge_rev(struct mw_follow_key *key, const struct mw_follow_header *header,
                      struct mw_follow_verdict *out)
{
    const bool is_first = key->rev == 0;
    if (!is_first && header->rev <= key->rev) {
        out->news = header->event_ms > key->event_ms ? MW_FOLLOW_OVER : MW_FOLLOW_REPEAT;
    }
    if (!is_first && header->rev > key->rev) {
        out->n_missed = header->rev - key->rev - 1;
    }
    if (out->news != MW_FOLLOW_REPEAT) {
        key->rev = header->rev;
        key->event_ms = header->event_ms;
    }
}

static enum mw_follow_age judge_age(const struct mw_follow_limits *limits, int64_t age_ms)
{
    return age_ms > limits->stale_ms  ? MW_FOLLOW_STALE
           : age_ms > limits->late_ms ? MW_FOLLOW_LATE
                                      : MW_FOLLOW_FRESH;
}

enum mw_status mw_follow_take(struct mw_follow *follow, const struct mw_follow_header *header, int64_t now_ms,
                              struct mw_follow_verdict *out, struct mw_error *err)
{
    *out = (struct mw_follow_verdict){.news = MW_FOLLOW_NEW};
    if (header->published_ms != MW_TIME_NONE) {
        out->age_ms = now_ms - header->published_ms;
        out->age = judge_age(&follow->limits, out->age_ms);
    }
    out->expired = header->valid_until_ms != MW_TIME_NONE && now_ms > header->valid_until_ms;
    if (header->rev <= 0 || out->age == MW_FOLLOW_STALE) {
        return MW_OK; /* what is stale is discarded, so it must stay a gap */
    }
    struct mw_follow_key *key = NULL;
    MW_TRY(key_of(follow, header, &key, err));
    if (key != NULL) {
        judge_rev(key, header, out);
    }
    return MW_OK;
}

/* ---- heartbeats
 * ----------------------------------------------------------------------------------------------- */

static enum mw_follow_health judge_clock(struct mw_follow *follow, int64_t tick_ms, int64_t now_ms)
{
    const bool stopped = tick_ms != MW_TIME_NONE && now_ms - tick_ms > follow->limits.clock_stopped_ms;
    if (stopped == follow->clock_stopped) {
        return MW_FOLLOW_STEADY;
    }
    follow->clock_stopped = stopped;
    return stopped ? MW_FOLLOW_CLOCK_STOPPED : MW_FOLLOW_CLOCK_RUNS;
}

enum mw_follow_health mw_follow_beat(struct mw_follow *follow, const struct mw_follow_beat *beat,
                                     int64_t now_ms)
{
    const bool was_silent = follow->silent;
    const bool restarted = follow->heard && beat->started_ms != follow->started_ms;
    follow->last_beat_ms = now_ms;
    follow->interval_ms = beat->interval_ms > 0 ? beat->interval_ms : follow->interval_ms;
    follow->started_ms = beat->started_ms;
    follow->heard = true;
    follow->silent = false;
    if (restarted || was_silent) {
        return restarted ? MW_FOLLOW_RESTARTED : MW_FOLLOW_BACK;
    }
    return judge_clock(follow, beat->tick_ms, now_ms);
}

int64_t mw_follow_silence_ms(const struct mw_follow *follow, int64_t now_ms)
{
    return now_ms - follow->last_beat_ms;
}

enum mw_follow_health mw_follow_idle(struct mw_follow *follow, int64_t now_ms)
{
    if (follow->silent ||
        mw_follow_silence_ms(follow, now_ms) <= follow->limits.silent_beats * follow->interval_ms) {
        return MW_FOLLOW_STEADY;
    }
    follow->silent = true;
    return MW_FOLLOW_SILENT;
}
