// SPDX-License-Identifier: Apache-2.0
#include "mw_alerts_internal.h"

#include <math.h>
#include <stdio.h>

struct mw_span mw_alerts_whole(struct mw_span text)
{
    size_t n_tail = 0; /* bytes since the last character began */
    while (n_tail < text.len && n_tail < 4 &&
           ((unsigned char)text.data[text.len - 1 - n_tail] & 0xc0) == 0x80) {
        n_tail++;
    }
    if (n_tail == text.len) {
        return text;
    }
    const unsigned char first = (unsigned char)text.data[text.len - 1 - n_tail];
    const size_t n_due = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    return (struct mw_span){text.data, n_tail < n_due ? text.len - 1 - n_tail : text.len};
}

static void copy_text(char *out, size_t capacity, struct mw_span text)
{
    const struct mw_span fits = {text.data, text.len < capacity - 1 ? text.len : capacity - 1};
    const struct mw_span whole = mw_alerts_whole(fits);
    if (whole.len > 0) {
        memcpy(out, whole.data, whole.len);
    }
    out[whole.len] = '\0';
}

/* A point that names no threshold was compared with the rule's own number. */
static double threshold_of(const struct mw_rule *rule, const struct mw_point *point)
{
    const struct mw_rule_condition *first = &rule->conditions[0];
    const bool compares_value = first->field == MW_RULE_VALUE || first->field == MW_RULE_MAGNITUDE;
    return isnan(point->threshold) && compares_value ? first->enter.number : point->threshold;
}

static void render(const struct mw_alerts_turn *turn, struct mw_alerts_instance *a,
                   const struct mw_alerts_reading *reading)
{
    const struct mw_template_values values = {
        .tenant = turn->tenant->name,
        .labels = a->labels,
        .points = reading->points,
        .as_of = reading->as_of != MW_DATE_NONE ? reading->as_of : (mw_date)(turn->now_us / MW_US_PER_DAY),
        .evaluations = a->count};
    mw_template_render(a->rule, a->rule->headline, &values, a->shown.headline, sizeof a->shown.headline);
    mw_template_render(a->rule, a->rule->action, &values, a->shown.action, sizeof a->shown.action);
}

bool mw_alerts_remember(const struct mw_alerts_turn *turn, struct mw_alerts_instance *a,
                        const struct mw_alerts_reading *reading)
{
    const struct mw_point *point = reading->points[0];
    render(turn, a, reading);
    if (point == NULL) {
        return false;
    }
    const struct mw_alerts_numbers numbers = {.value = point->value,
                                              .lower = point->lower,
                                              .upper = point->upper,
                                              .probability = point->probability,
                                              .threshold = threshold_of(a->rule, point),
                                              .money = point->money,
                                              .money_lower = point->money_lower,
                                              .money_upper = point->money_upper};
    const bool is_new = memcmp(&numbers, &a->shown.numbers, sizeof numbers) != 0;
    a->shown.numbers = numbers;
    a->shown.evidence = point->evidence;
    copy_text(a->shown.unit, sizeof a->shown.unit, point->unit);
    copy_text(a->shown.currency, sizeof a->shown.currency, mw_point_currency(point));
    return is_new;
}

void mw_alerts_incident(const struct mw_alerts_instance *a, char out[40])
{
    char text[MW_ALERTS_KEY_MAX + 32], hex[33];
    (void)snprintf(text, sizeof text, MW_SPAN_FMT "#%lld", MW_SPAN_ARG(a->key), (long long)a->incident_rev);
    mw_hash128_hex(mw_hash128(text, strlen(text)), hex);
    (void)snprintf(out, 40, "alr_%s", hex);
}

/* Copies into the record's arena; a failure is seen once, at the end. */
static struct mw_span keep(struct mw_arena *arena, struct mw_span text, bool *complete)
{
    const struct mw_span copy = mw_arena_copy(arena, text);
    *complete = *complete && copy.data != NULL;
    return copy;
}

/* A label that its points lack is left out. */
static void keep_labels(struct mw_arena *arena, const struct mw_alerts_instance *a, struct mw_alert *alert,
                        bool *complete)
{
    struct mw_label *labels = mw_new_array(arena, struct mw_label, a->n_labels);
    *complete = *complete && labels != NULL;
    for (size_t i = 0; i < a->n_labels && labels != NULL; i++) {
        if (a->labels[i].len > 0) {
            labels[alert->n_labels++] =
                (struct mw_label){keep(arena, a->rule->by[i], complete), keep(arena, a->labels[i], complete)};
        }
    }
    alert->labels = labels;
}

static const struct mw_alert_money *keep_money(struct mw_arena *arena, const struct mw_alerts_shown *shown,
                                               bool *complete)
{
    if (isnan(shown->numbers.money)) {
        return NULL;
    }
    struct mw_alert_money *money = mw_new(arena, struct mw_alert_money);
    *complete = *complete && money != NULL;
    if (money != NULL) {
        *money = (struct mw_alert_money){shown->numbers.money, shown->numbers.money_lower,
                                         shown->numbers.money_upper,
                                         keep(arena, mw_span(shown->currency), complete)};
    }
    return money;
}

static void fill_identity(const struct mw_alerts_turn *turn, const struct mw_alerts_instance *a,
                          struct mw_alert *alert, bool *complete)
{
    struct mw_arena *arena = &turn->out->arena;
    char id[40];
    mw_alerts_incident(a, id);
    alert->tenant = keep(arena, turn->tenant->name, complete);
    alert->alert = keep(arena, mw_span(id), complete);
    alert->key = keep(arena, a->key, complete);
    alert->rule = keep(arena, a->name, complete);
    alert->rule_version = keep(arena, mw_span(turn->tenant->rules->set.version), complete);
    keep_labels(arena, a, alert, complete);
    alert->severity = a->rule->severity;
    alert->owner = keep(arena, a->rule->owner, complete);
    alert->runbook = keep(arena, a->rule->runbook, complete);
    if (a->rule->n_conditions > 0) {
        alert->metric = keep(arena, a->rule->conditions[0].metric, complete);
    }
}

static void fill_shown(const struct mw_alerts_turn *turn, const struct mw_alerts_instance *a,
                       struct mw_alert *alert, bool *complete)
{
    struct mw_arena *arena = &turn->out->arena;
    const struct mw_alerts_shown *shown = &a->shown;
    alert->headline = keep(arena, mw_span(shown->headline), complete);
    if (a->state != MW_ALERT_INACTIVE) { /* what is over asks for nothing */
        alert->action = keep(arena, mw_span(shown->action), complete);
    }
    alert->unit = keep(arena, mw_span(shown->unit), complete);
    alert->value = shown->numbers.value;
    alert->lower = shown->numbers.lower;
    alert->upper = shown->numbers.upper;
    alert->probability = shown->numbers.probability;
    alert->threshold = shown->numbers.threshold;
    alert->money = keep_money(arena, shown, complete);
    alert->evidence = shown->evidence;
}

static void fill_history(const struct mw_alerts_turn *turn, const struct mw_alerts_instance *a,
                         struct mw_alert *alert)
{
    alert->rev = a->rev;
    alert->since = a->since_us;
    alert->time = turn->now_us;
    alert->expires_at = a->state == MW_ALERT_INACTIVE || a->rule->expire_us == 0
                            ? MW_TIME_NONE
                            : a->seen_us + a->rule->expire_us;
    alert->evaluations = a->count;
    alert->as_of = a->as_of;
    alert->acknowledged = a->acknowledged;
    alert->fired_90_days =
        mw_alerts_ring_count(&a->fires, turn->now_us - MW_ALERTS_HISTORY_DAYS * MW_US_PER_DAY);
}

/* Whatever names a quiet state is not noticed by a receiver that looks at `state` alone: an open alert that
 * is kept quiet is shown as silenced. */
static void fill_mute(struct mw_alerts_turn *turn, struct mw_alerts_instance *a, struct mw_alert *alert,
                      bool *complete)
{
    struct mw_alerts_mute mute = {0};
    const bool open = mw_alerts_is_open(a);
    const bool muted = open && mw_alerts_muted_by(turn, a, &mute);
    a->muted = muted ? mw_span_hash(mw_span(mute.by)) : 0;
    if (!muted && a->flapping) {
        (void)snprintf(mute.by, sizeof mute.by, "flapping");
    }
    alert->state = mute.by[0] != '\0' && open ? MW_ALERT_SILENCED : alert->state;
    alert->silenced_by = keep(&turn->out->arena, mw_span(mute.by), complete);
}

enum mw_status mw_alerts_emit(struct mw_alerts_turn *turn, struct mw_alerts_instance *a, int state,
                              const char *cause)
{
    bool complete = true;
    struct mw_alert *alert = mw_new(&turn->out->arena, struct mw_alert);
    if (alert == NULL) {
        return MW_FAIL(turn->err, MW_E_MEMORY, "no memory for the record of alert " MW_SPAN_FMT,
                       MW_SPAN_ARG(a->key));
    }
    a->rev++;
    alert->state = state;
    fill_identity(turn, a, alert, &complete);
    fill_shown(turn, a, alert, &complete);
    fill_history(turn, a, alert);
    fill_mute(turn, a, alert, &complete);
    alert->cause = keep(&turn->out->arena, mw_alerts_whole(mw_span(cause)), &complete);
    if (!complete) {
        return MW_FAIL(turn->err, MW_E_MEMORY, "no memory for the record of alert " MW_SPAN_FMT,
                       MW_SPAN_ARG(a->key));
    }
    return mw_effects_emit(turn->out, &mw_type_alert, turn->tenant->name, a->key, alert, turn->err);
}
