// SPDX-License-Identifier: Apache-2.0
/* The state machine drawn in mw_alerts_core.h. Two ways in: a reading (new data about the label set) and a
 * tick (time passed). */
#include "mw_alerts_internal.h"

#include <stdio.h>

/* ---- transitions -------------------------------------------------------------------------------- */

/* Notices come from these, so these are what flaps. */
static bool is_notice(int from, int told)
{
    return told == MW_ALERT_RESOLVED || (told == MW_ALERT_FIRING && from != MW_ALERT_RECOVERING);
}

static void words_for_duration(int64_t us, char out[32])
{
    static const struct {
        int64_t us;
        const char *unit;
    } units[] = {{MW_US_PER_DAY, "days"}, {3600 * MW_US_PER_S, "hours"}, {60 * MW_US_PER_S, "minutes"}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (us >= units[i].us && us % units[i].us == 0) {
            (void)snprintf(out, 32, "%lld %s", (long long)(us / units[i].us), units[i].unit);
            return;
        }
    }
    (void)snprintf(out, 32, "%lld seconds", (long long)(us / MW_US_PER_S));
}

/* The record that finds the alert flapping still goes out, and says so; the ones after it stay quiet. */
static enum mw_status emit_first_flap(struct mw_alerts_turn *turn, struct mw_alerts_instance *a, int told,
                                      const char *cause)
{
    char text[MW_ALERTS_CAUSE_MAX], within[32];
    words_for_duration(a->rule->flap_within_us, within);
    (void)snprintf(text, sizeof text,
                   "flapping, %lld changes within %s: quiet until as long passes without one; %s",
                   (long long)a->rule->flap_transitions, within, cause);
    MW_TRY(mw_alerts_emit(turn, a, told, text));
    a->flapping = true;
    return MW_OK;
}

/* `told` is what the record says: resolved and expired are told, but inactive is what the alert then is. */
static enum mw_status change(struct mw_alerts_turn *turn, struct mw_alerts_instance *a, int state, int told,
                             const char *cause)
{
    const int from = a->state;
    a->state = state;
    a->changed_us = turn->now_us;
    turn->tenant->stale_mutes = true;
    if (is_notice(from, told)) {
        mw_alerts_ring_push(&a->moves, turn->now_us);
        if (!a->flapping && mw_alerts_ring_count(&a->moves, turn->now_us - a->rule->flap_within_us) >=
                                a->rule->flap_transitions) {
            return emit_first_flap(turn, a, told, cause);
        }
    }
    return mw_alerts_emit(turn, a, told, cause);
}

static void begin_incident(const struct mw_alerts_turn *turn, struct mw_alerts_instance *a)
{
    a->since_us = turn->now_us;
    a->incident_rev = a->rev + 1;
    a->acknowledged = false;
}

static enum mw_status fire(struct mw_alerts_turn *turn, struct mw_alerts_instance *a, const char *cause)
{
    a->fired_as_of = a->as_of;
    a->shown_as_of = a->as_of;
    mw_alerts_ring_push(&a->fires, turn->now_us);
    return change(turn, a, MW_ALERT_FIRING, MW_ALERT_FIRING, cause);
}

static enum mw_status resolve(struct mw_alerts_turn *turn, struct mw_alerts_instance *a, const char *cause)
{
    a->count = 0;
    a->held = 0;
    return change(turn, a, MW_ALERT_INACTIVE, MW_ALERT_RESOLVED, cause);
}

static enum mw_status leave(struct mw_alerts_turn *turn, struct mw_alerts_instance *a, const char *cause)
{
    if (a->rule->keep_firing_us > 0) {
        return change(turn, a, MW_ALERT_RECOVERING, MW_ALERT_RECOVERING, cause);
    }
    return resolve(turn, a, cause);
}

/* ---- a reading ---------------------------------------------------------------------------------- */

static int64_t periods_needed(const struct mw_rule *rule, int64_t period_days)
{
    const int64_t needed = period_days >= 7 ? rule->closed_weeks : rule->closed_days;
    return needed > 1 ? needed : 1;
}

/* Counts the reading in. What was before as_of is kept aside, so that a restatement of as_of counts afresh.
 */
static void count(struct mw_alerts_instance *a, const struct mw_alerts_reading *r, bool restated)
{
    if (!restated) {
        a->count_before = a->count;
        a->held_before = a->held;
        a->as_of = r->as_of;
    }
    const bool open = a->state == MW_ALERT_FIRING || a->state == MW_ALERT_RECOVERING ||
                      (a->state == MW_ALERT_NODATA && a->was_firing);
    const bool enters = mw_alerts_and(r->holds, r->gates) == MW_TRUE;
    a->held = open ? (a->held_before | r->entered) & ~r->left : r->entered;
    a->count = (open ? mw_alerts_holds(a->rule, a->held) : enters) ? a->count_before + 1 : 0;
    a->counted = a->count >= periods_needed(a->rule, r->period_days);
}

static bool has_persisted(const struct mw_alerts_turn *turn, const struct mw_alerts_instance *a)
{
    return a->counted && (a->rule->for_us == 0 || turn->now_us - a->since_us >= a->rule->for_us);
}

static void words_for_hold(const struct mw_alerts_instance *a, const struct mw_alerts_reading *r,
                           char out[MW_ALERTS_CAUSE_MAX])
{
    const int64_t needed = periods_needed(a->rule, r->period_days);
    if (needed > 1) {
        (void)snprintf(out, MW_ALERTS_CAUSE_MAX, "the condition holds on %lld of %lld closed %s in a row",
                       (long long)(a->count < needed ? a->count : needed), (long long)needed,
                       r->period_days >= 7 ? "weeks" : "days");
    } else {
        (void)snprintf(out, MW_ALERTS_CAUSE_MAX, "the condition holds");
    }
}

static enum mw_status observe_quiet(struct mw_alerts_turn *turn, struct mw_alerts_instance *a,
                                    const struct mw_alerts_reading *r)
{
    if (mw_alerts_and(r->holds, r->gates) != MW_TRUE) {
        return a->state == MW_ALERT_PENDING
                   ? change(turn, a, MW_ALERT_INACTIVE, MW_ALERT_INACTIVE, "the condition no longer holds")
                   : MW_OK;
    }
    char cause[MW_ALERTS_CAUSE_MAX];
    words_for_hold(a, r, cause);
    mw_alerts_remember(turn, a, r);
    const bool begins = a->state == MW_ALERT_INACTIVE;
    if (begins) {
        begin_incident(turn, a);
    }
    if (has_persisted(turn, a)) {
        return fire(turn, a, cause);
    }
    return begins ? change(turn, a, MW_ALERT_PENDING, MW_ALERT_PENDING, cause) : MW_OK;
}

/* A new value is told once per closed period (per day where there are none). */
static enum mw_status update(struct mw_alerts_turn *turn, struct mw_alerts_instance *a,
                             const struct mw_alerts_reading *r)
{
    const mw_date period = r->as_of != MW_DATE_NONE ? r->as_of : (mw_date)(turn->now_us / MW_US_PER_DAY);
    const bool is_new = mw_alerts_remember(turn, a, r);
    if (!is_new || period == a->shown_as_of) {
        return MW_OK;
    }
    a->shown_as_of = period;
    return mw_alerts_emit(turn, a, MW_ALERT_FIRING, "new value");
}

/* A fire stands on the data to fired_as_of. When those are restated and no longer would fire, or a
 * restatement ends it later, whoever was told is told so under the same key, at once. */
static enum mw_status correct(struct mw_alerts_turn *turn, struct mw_alerts_instance *a,
                              const struct mw_alerts_reading *r)
{
    char cause[MW_ALERTS_CAUSE_MAX], as_of[16];
    mw_date_format(r->as_of, as_of);
    (void)snprintf(cause, sizeof cause,
                   "correction: the data to %s were restated and the condition does not hold", as_of);
    mw_alerts_remember(turn, a, r);
    return resolve(turn, a, cause);
}

static enum mw_status observe_firing(struct mw_alerts_turn *turn, struct mw_alerts_instance *a,
                                     const struct mw_alerts_reading *r, bool restated)
{
    const bool reversed = restated && a->fired_as_of == r->as_of && r->holds == MW_FALSE;
    const bool left = !mw_alerts_holds(a->rule, a->held);
    if (reversed || (left && restated)) {
        return correct(turn, a, r);
    }
    if (left) {
        mw_alerts_remember(turn, a, r);
        return leave(turn, a, "the condition no longer holds");
    }
    return update(turn, a, r);
}

static enum mw_status observe_recovering(struct mw_alerts_turn *turn, struct mw_alerts_instance *a,
                                         const struct mw_alerts_reading *r)
{
    if (r->holds != MW_TRUE) {
        return MW_OK;
    }
    mw_alerts_remember(turn, a, r);
    return change(turn, a, MW_ALERT_FIRING, MW_ALERT_FIRING, "the condition holds again");
}

/* Data came back. What fired before goes on unless it has left; the rest begins anew. */
static enum mw_status observe_nodata(struct mw_alerts_turn *turn, struct mw_alerts_instance *a,
                                     const struct mw_alerts_reading *r)
{
    mw_alerts_remember(turn, a, r);
    if (a->was_firing && mw_alerts_holds(a->rule, a->held)) {
        return change(turn, a, MW_ALERT_FIRING, MW_ALERT_FIRING,
                      "data are back and the condition still holds");
    }
    MW_TRY(change(turn, a, MW_ALERT_INACTIVE, MW_ALERT_RESOLVED, "data are back"));
    return observe_quiet(turn, a, r);
}

static enum mw_status miss(struct mw_alerts_turn *turn, struct mw_alerts_instance *a, const char *cause)
{
    if (a->rule->nodata == MW_RULE_KEEP || a->state == MW_ALERT_NODATA) {
        return MW_OK;
    }
    if (a->rule->nodata == MW_RULE_OK) {
        a->count = 0;
        a->held = 0;
        return a->state == MW_ALERT_PENDING  ? change(turn, a, MW_ALERT_INACTIVE, MW_ALERT_INACTIVE, cause)
               : a->state == MW_ALERT_FIRING ? leave(turn, a, cause)
                                             : MW_OK;
    }
    a->was_firing = a->state == MW_ALERT_FIRING || a->state == MW_ALERT_RECOVERING;
    if (a->state == MW_ALERT_INACTIVE) {
        begin_incident(turn, a);
    }
    return change(turn, a, MW_ALERT_NODATA, MW_ALERT_NODATA, cause);
}

static enum mw_status observe_missing(struct mw_alerts_turn *turn, struct mw_alerts_instance *a,
                                      const struct mw_alerts_reading *r)
{
    char cause[MW_ALERTS_CAUSE_MAX];
    (void)snprintf(cause, sizeof cause, "no data: " MW_SPAN_FMT,
                   r->reason.len < 400 ? (int)r->reason.len : 400, r->reason.len > 0 ? r->reason.data : "");
    if (a->shown.headline[0] == '\0') {
        mw_alerts_remember(turn, a, r);
    }
    return miss(turn, a, cause);
}

enum mw_status mw_alerts_observe(struct mw_alerts_turn *turn, struct mw_alerts_instance *a,
                                 const struct mw_alerts_reading *reading)
{
    const bool dated = reading->as_of != MW_DATE_NONE && a->as_of != MW_DATE_NONE;
    if (dated && reading->as_of < a->as_of) {
        return MW_OK; /* an older picture cannot undo a newer one */
    }
    const bool quiet = a->state == MW_ALERT_INACTIVE || a->state == MW_ALERT_PENDING;
    if ((quiet ? mw_alerts_and(reading->holds, reading->gates) : reading->holds) == MW_UNKNOWN) {
        return observe_missing(turn, a, reading);
    }
    const bool restated = dated && reading->as_of == a->as_of;
    a->seen_us = turn->now_us;
    count(a, reading, restated);
    switch (a->state) {
    case MW_ALERT_FIRING:
        return observe_firing(turn, a, reading, restated);
    case MW_ALERT_RECOVERING:
        return observe_recovering(turn, a, reading);
    case MW_ALERT_NODATA:
        return observe_nodata(turn, a, reading);
    default:
        return observe_quiet(turn, a, reading);
    }
}

/* ---- a tick ------------------------------------------------------------------------------------- */

static enum mw_status pass_silence_of_metric(struct mw_alerts_turn *turn, struct mw_alerts_instance *a)
{
    if (a->rule->nodata_after_us == 0 || turn->now_us - a->seen_us < a->rule->nodata_after_us) {
        return MW_OK;
    }
    char cause[MW_ALERTS_CAUSE_MAX], after[32];
    words_for_duration(a->rule->nodata_after_us, after);
    (void)snprintf(cause, sizeof cause, "no data for %s", after);
    return miss(turn, a, cause);
}

static enum mw_status pass_state(struct mw_alerts_turn *turn, struct mw_alerts_instance *a)
{
    char cause[MW_ALERTS_CAUSE_MAX], time[32];
    if (a->state == MW_ALERT_PENDING && a->rule->for_us > 0 && has_persisted(turn, a)) {
        words_for_duration(a->rule->for_us, time);
        (void)snprintf(cause, sizeof cause, "the condition holds for %s", time);
        return fire(turn, a, cause);
    }
    if (a->state == MW_ALERT_RECOVERING && turn->now_us - a->changed_us >= a->rule->keep_firing_us) {
        words_for_duration(a->rule->keep_firing_us, time);
        (void)snprintf(cause, sizeof cause, "the condition did not hold for %s", time);
        return resolve(turn, a, cause);
    }
    return MW_OK;
}

static enum mw_status pass_expiry(struct mw_alerts_turn *turn, struct mw_alerts_instance *a)
{
    if (a->state == MW_ALERT_INACTIVE || turn->now_us - a->seen_us < a->rule->expire_us) {
        return MW_OK;
    }
    char cause[MW_ALERTS_CAUSE_MAX], time[32];
    words_for_duration(a->rule->expire_us, time);
    (void)snprintf(cause, sizeof cause, "no data for %s: it says nothing any more", time);
    a->count = 0;
    a->held = 0;
    a->flapping = false;
    return change(turn, a, MW_ALERT_INACTIVE, MW_ALERT_EXPIRED, cause);
}

static enum mw_status pass_acknowledgement(struct mw_alerts_turn *turn, struct mw_alerts_instance *a)
{
    if (!a->acknowledged || turn->now_us < a->acknowledged_until_us) {
        return MW_OK;
    }
    a->acknowledged = false;
    return a->state == MW_ALERT_INACTIVE
               ? MW_OK
               : mw_alerts_emit(turn, a, a->state, "the acknowledgement has lapsed");
}

static enum mw_status pass_flapping(struct mw_alerts_turn *turn, struct mw_alerts_instance *a)
{
    if (!a->flapping || mw_alerts_ring_count(&a->moves, turn->now_us - a->rule->flap_within_us + 1) > 0) {
        return MW_OK;
    }
    a->flapping = false;
    return mw_alerts_emit(turn, a, a->state == MW_ALERT_INACTIVE ? MW_ALERT_RESOLVED : a->state,
                          "no longer flapping");
}

enum mw_status mw_alerts_pass_time(struct mw_alerts_turn *turn, struct mw_alerts_instance *a)
{
    if (a->rule == NULL || a->rule == &mw_alerts_full_rule) {
        return MW_OK;
    }
    MW_TRY(pass_silence_of_metric(turn, a));
    MW_TRY(pass_state(turn, a));
    MW_TRY(pass_expiry(turn, a));
    MW_TRY(pass_acknowledgement(turn, a));
    return pass_flapping(turn, a);
}

/* ---- from outside ------------------------------------------------------------------------------- */

enum mw_status mw_alerts_reset(struct mw_alerts_turn *turn, struct mw_alerts_instance *a, const char *cause)
{
    const int from = a->state;
    a->state = MW_ALERT_INACTIVE;
    a->count = a->count_before = 0;
    a->held = a->held_before = 0;
    a->as_of = a->fired_as_of = MW_DATE_NONE;
    a->flapping = a->acknowledged = false;
    turn->tenant->stale_mutes = true;
    if (from == MW_ALERT_INACTIVE) {
        return MW_OK;
    }
    return mw_alerts_emit(turn, a, from == MW_ALERT_PENDING ? MW_ALERT_INACTIVE : MW_ALERT_RESOLVED, cause);
}

static enum mw_status emit_full(struct mw_alerts_turn *turn, struct mw_alerts_instance *a)
{
    (void)snprintf(a->shown.headline, sizeof a->shown.headline,
                   "%zu alert states are held, the limit: conditions of other label sets are not followed",
                   turn->core->alerts_max);
    (void)snprintf(
        a->shown.action, sizeof a->shown.action,
        "Raise alerts.max, or let the rules group by fewer labels; states quiet for %d days make room",
        MW_ALERTS_HISTORY_DAYS);
    begin_incident(turn, a);
    mw_alerts_ring_push(&a->fires, turn->now_us);
    return change(turn, a, MW_ALERT_FIRING, MW_ALERT_FIRING, "the limit of alert states is reached");
}

enum mw_status mw_alerts_raise_full(struct mw_alerts_turn *turn)
{
    struct mw_alerts_instance *a = NULL;
    MW_TRY(mw_alerts_take(turn, &mw_alerts_full_rule, NULL, &a));
    turn->tenant->refused++;
    turn->tenant->refused_us = a->seen_us = turn->now_us;
    return a->state == MW_ALERT_FIRING ? MW_OK : emit_full(turn, a);
}

/* A day without a refusal: there is room again, or nothing that needs it. */
enum mw_status mw_alerts_ease_full(struct mw_alerts_turn *turn)
{
    struct mw_alerts_instance *a = mw_alerts_find(turn->tenant, &mw_alerts_full_rule, NULL);
    if (a == NULL || a->state != MW_ALERT_FIRING || turn->now_us - turn->tenant->refused_us < MW_US_PER_DAY) {
        return MW_OK;
    }
    char cause[MW_ALERTS_CAUSE_MAX];
    (void)snprintf(cause, sizeof cause, "nothing was refused for a day; %lld readings were before",
                   (long long)turn->tenant->refused);
    turn->tenant->refused = 0;
    return resolve(turn, a, cause);
}
