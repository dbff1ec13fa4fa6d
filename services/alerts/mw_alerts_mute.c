// SPDX-License-Identifier: Apache-2.0
/* What keeps an alert quiet: a silence that somebody asked for, another alert that explains it, or its own
 * flapping. In that order, and a quiet alert is followed and shown all the same. */
#include "mw_alerts_internal.h"

#include "mw_index.h"

#include <stdio.h>

void mw_alerts_ring_push(struct mw_alerts_ring *ring, int64_t at_us)
{
    ring->at_us[ring->n++ % MW_ALERTS_FIRES_MAX] = at_us;
}

int64_t mw_alerts_ring_count(const struct mw_alerts_ring *ring, int64_t from_us)
{
    int64_t count = 0;
    for (uint64_t i = 0; i < MW_ALERTS_FIRES_MAX && i < ring->n; i++) {
        count += ring->at_us[i] >= from_us;
    }
    return count;
}

/* "tv" matches itself, "search*" every text that begins so. */
static bool matches(struct mw_span pattern, struct mw_span text)
{
    const bool star = pattern.len > 0 && pattern.data[pattern.len - 1] == '*';
    return star ? text.len >= pattern.len - 1 && memcmp(text.data, pattern.data, pattern.len - 1) == 0
                : mw_span_eq(pattern, text);
}

static struct mw_span label_of(const struct mw_alerts_instance *a, struct mw_span name)
{
    for (size_t i = 0; i < a->n_labels && a->rule != NULL; i++) {
        if (mw_span_eq(a->rule->by[i], name)) {
            return a->labels[i];
        }
    }
    return (struct mw_span){0};
}

/* Silences may also name the rule and its severity. */
static struct mw_span matched_label(const struct mw_alerts_instance *a, struct mw_span name)
{
    static const char *const severities[] = {"info", "warning", "error", "critical"};
    if (mw_span_is(name, "rule")) {
        return a->name;
    }
    if (mw_span_is(name, "severity") && a->rule != NULL) {
        return mw_span(severities[a->rule->severity]);
    }
    return label_of(a, name);
}

static bool is_silenced(const struct mw_alerts_silence *silence, const struct mw_alerts_instance *a,
                        int64_t now_us)
{
    for (size_t i = 0; i < silence->n_matchers; i++) {
        const struct mw_matcher *m = &silence->matchers[i];
        const struct mw_span value = matched_label(a, m->name);
        if (matches(m->value, value) == mw_span_is(m->op, "!=")) {
            return false;
        }
    }
    return silence->starts_at <= now_us && now_us < silence->ends_at;
}

/* The value that `equal` compares: what the star of `only` stands for, where there is one. */
static struct mw_span compared_label(const struct mw_rule_inhibit *inhibit,
                                     const struct mw_alerts_instance *source, struct mw_span name)
{
    struct mw_span value = label_of(source, name);
    for (size_t i = 0; i < inhibit->n_only; i++) {
        const struct mw_span pattern = inhibit->only[i].value;
        if (mw_span_eq(inhibit->only[i].name, name) && pattern.data[pattern.len - 1] == '*' &&
            matches(pattern, value)) {
            value = (struct mw_span){value.data + pattern.len - 1, value.len - (pattern.len - 1)};
        }
    }
    return value;
}

/* Two missing labels do not agree: a rule without channels must not quieten those of every channel. */
static bool inhibits(const struct mw_rule_inhibit *inhibit, const struct mw_alerts_instance *source,
                     const struct mw_alerts_instance *target)
{
    bool named = false;
    for (size_t i = 0; i < inhibit->n_rules; i++) {
        named = named || mw_span_eq(inhibit->rules[i], target->name);
    }
    for (size_t i = 0; i < inhibit->n_equal && named; i++) {
        const struct mw_span value = label_of(target, inhibit->equal[i].name);
        named = value.len > 0 && mw_span_eq(value, compared_label(inhibit, source, inhibit->equal[i].value));
    }
    for (size_t i = 0; i < inhibit->n_only && named; i++) {
        named = matches(inhibit->only[i].value, label_of(source, inhibit->only[i].name));
    }
    return named;
}

static bool is_inhibited_by(const struct mw_alerts_instance *source, const struct mw_alerts_instance *target)
{
    if (source == target || source->rule == NULL || !mw_alerts_is_open(source)) {
        return false;
    }
    for (size_t i = 0; i < source->rule->n_inhibits; i++) {
        if (inhibits(&source->rule->inhibits[i], source, target)) {
            return true;
        }
    }
    return false;
}

bool mw_alerts_muted_by(const struct mw_alerts_turn *turn, const struct mw_alerts_instance *a,
                        struct mw_alerts_mute *out)
{
    const struct mw_alerts_tenant *tenant = turn->tenant;
    for (size_t i = 0; i < tenant->n_silences; i++) {
        const struct mw_alerts_silence *silence = &tenant->silences[i];
        if (is_silenced(silence, a, turn->now_us)) {
            (void)snprintf(out->by, sizeof out->by, MW_SPAN_FMT, MW_SPAN_ARG(silence->id));
            (void)snprintf(out->why, sizeof out->why,
                           "silence " MW_SPAN_FMT " (" MW_SPAN_FMT ": " MW_SPAN_FMT ")",
                           MW_SPAN_ARG(silence->id), MW_SPAN_ARG(silence->by), MW_SPAN_ARG(silence->comment));
            return true;
        }
    }
    for (size_t i = 0; i < tenant->n_instances; i++) {
        const struct mw_alerts_instance *source = tenant->instances[i];
        if (is_inhibited_by(source, a)) {
            mw_alerts_incident(source, out->by);
            (void)snprintf(out->why, sizeof out->why, MW_SPAN_FMT, MW_SPAN_ARG(source->key));
            return true;
        }
    }
    *out = (struct mw_alerts_mute){0};
    return false;
}

enum mw_status mw_alerts_sweep_mutes(struct mw_alerts_turn *turn)
{
    struct mw_alerts_tenant *tenant = turn->tenant;
    for (size_t i = 0; i < tenant->n_instances && tenant->stale_mutes; i++) {
        struct mw_alerts_instance *a = tenant->instances[i];
        struct mw_alerts_mute mute;
        if (!mw_alerts_is_open(a)) {
            continue;
        }
        const bool muted = mw_alerts_muted_by(turn, a, &mute);
        if ((muted ? mw_span_hash(mw_span(mute.by)) : 0) != a->muted) {
            char cause[MW_ALERTS_CAUSE_MAX];
            (void)snprintf(cause, sizeof cause, muted ? "kept quiet by %s" : "no longer kept quiet%s",
                           mute.why);
            MW_TRY(mw_alerts_emit(turn, a, a->state, cause));
        }
    }
    tenant->stale_mutes = false;
    return MW_OK;
}

/* ---- silences ----------------------------------------------------------------------------------- */

static size_t find_silence(const struct mw_alerts_tenant *tenant, struct mw_span id)
{
    size_t i = 0;
    while (i < tenant->n_silences && !mw_span_eq(tenant->silences[i].id, id)) {
        i++;
    }
    return i;
}

enum mw_status mw_alerts_check_silence(const struct mw_alerts_core *core,
                                       const struct mw_alerts_tenant *tenant,
                                       const struct mw_command_silence *silence, struct mw_error *err)
{
    if (silence->n_matchers == 0 || silence->n_matchers > MW_ALERTS_MATCHERS_MAX) {
        return MW_FAIL(err, MW_E_DATA,
                       "silence " MW_SPAN_FMT " has %zu matchers; give 1 to %d, like channel = tv or rule = "
                       "mroas_below_floor: a silence of everything would hide a broken monitor",
                       MW_SPAN_ARG(silence->silence), silence->n_matchers, MW_ALERTS_MATCHERS_MAX);
    }
    for (size_t i = 0; i < silence->n_matchers; i++) {
        if (!mw_span_is(silence->matchers[i].op, "=") && !mw_span_is(silence->matchers[i].op, "!=")) {
            return MW_FAIL(err, MW_E_DATA,
                           "silence " MW_SPAN_FMT ": \"" MW_SPAN_FMT "\" is no comparison; write = or !=",
                           MW_SPAN_ARG(silence->silence), MW_SPAN_ARG(silence->matchers[i].op));
        }
    }
    if (silence->ends_at == MW_TIME_NONE) {
        return MW_FAIL(err, MW_E_DATA, "silence " MW_SPAN_FMT " has no end; give ends_at",
                       MW_SPAN_ARG(silence->silence));
    }
    const bool known = tenant != NULL && find_silence(tenant, silence->silence) < tenant->n_silences;
    if (tenant != NULL && !known && tenant->n_silences >= core->silences_max) {
        return MW_FAIL(err, MW_E_DATA,
                       "%zu silences are held, the limit; end one of them first (ends_at in the past)",
                       tenant->n_silences);
    }
    return MW_OK;
}

void mw_alerts_drop_silence(struct mw_alerts_tenant *tenant, size_t i)
{
    mw_arena_fini(&tenant->silences[i].arena);
    tenant->n_silences--;
    memmove(&tenant->silences[i], &tenant->silences[i + 1],
            (tenant->n_silences - i) * sizeof tenant->silences[0]);
}

enum mw_status mw_alerts_add_silence(struct mw_alerts_tenant *tenant, struct mw_alerts_silence **out,
                                     struct mw_error *err)
{
    void *silences = tenant->silences;
    MW_TRY(mw_vector_grow(&silences, tenant->n_silences, &tenant->silences_capacity,
                          sizeof tenant->silences[0], err));
    tenant->silences = silences;
    *out = &tenant->silences[tenant->n_silences++];
    **out = (struct mw_alerts_silence){0};
    return MW_OK;
}

static enum mw_status copy_silence(struct mw_alerts_silence *silence, const struct mw_command *command,
                                   struct mw_error *err)
{
    const struct mw_command_silence *body = command->silence;
    struct mw_arena *arena = &silence->arena;
    silence->id = mw_arena_copy(arena, body->silence);
    silence->by = mw_arena_copy(arena, command->by);
    silence->comment = mw_arena_copy(arena, body->comment);
    silence->starts_at = body->starts_at;
    silence->ends_at = body->ends_at;
    silence->matchers = mw_new_array(arena, struct mw_matcher, body->n_matchers);
    silence->n_matchers = silence->matchers == NULL ? 0 : body->n_matchers;
    bool complete =
        silence->matchers != NULL && silence->id.data && silence->by.data && silence->comment.data;
    for (size_t i = 0; i < silence->n_matchers; i++) {
        const struct mw_matcher *m = &body->matchers[i];
        silence->matchers[i] = (struct mw_matcher){mw_arena_copy(arena, m->name), mw_arena_copy(arena, m->op),
                                                   mw_arena_copy(arena, m->value)};
        complete = complete && silence->matchers[i].name.data && silence->matchers[i].op.data &&
                   silence->matchers[i].value.data;
    }
    return complete ? MW_OK : MW_FAIL(err, MW_E_MEMORY, "no memory for a silence");
}

/* The same id again replaces; an end in the past ends it. */
enum mw_status mw_alerts_take_silence(struct mw_alerts_turn *turn, const struct mw_command *command)
{
    struct mw_alerts_tenant *tenant = turn->tenant;
    const size_t old = find_silence(tenant, command->silence->silence);
    if (old < tenant->n_silences) {
        mw_alerts_drop_silence(tenant, old);
    }
    tenant->stale_mutes = true;
    if (command->silence->ends_at <= turn->now_us) {
        return MW_OK;
    }
    struct mw_alerts_silence *silence = NULL;
    MW_TRY(mw_alerts_add_silence(tenant, &silence, turn->err));
    return copy_silence(silence, command, turn->err);
}

void mw_alerts_expire_silences(struct mw_alerts_turn *turn, int64_t before_us)
{
    struct mw_alerts_tenant *tenant = turn->tenant;
    for (size_t i = tenant->n_silences; i-- > 0;) {
        const struct mw_alerts_silence *silence = &tenant->silences[i];
        tenant->stale_mutes =
            tenant->stale_mutes || (before_us < silence->starts_at && silence->starts_at <= turn->now_us);
        if (silence->ends_at <= turn->now_us) {
            tenant->stale_mutes = true;
            mw_alerts_drop_silence(tenant, i);
        }
    }
}
