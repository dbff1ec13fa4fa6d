// SPDX-License-Identifier: Apache-2.0
/* Keys and memory: tenants by name, alert states by key, rule sets by content; and what a snapshot holds. */
#include "mw_alerts_internal.h"

#include "mw_index.h"

#include <stdio.h>
#include <stdlib.h>

#define TEXT(literal)                                                                                        \
    {                                                                                                        \
        literal, sizeof literal - 1                                                                          \
    }

/* The alert about the limit itself. It has a place of its own, so that it can always be raised. */
const struct mw_rule mw_alerts_full_rule = {
    .name = TEXT(MW_RULE_RESERVED),
    .owner = TEXT("monitoring"),
    .severity = MW_SEVERITY_ERROR,
    .flap_transitions = INT64_MAX,
    .flap_within_us = MW_US_PER_DAY,
    .acknowledge_us = 7 * MW_US_PER_DAY,
};

/* ---- keys --------------------------------------------------------------------------------------- */

/* "acme/test_significant/geo-1,search". Longer than 255 bytes (labels may be) it ends in its hash. */
static struct mw_span make_key(struct mw_span tenant, const struct mw_rule *rule,
                               const struct mw_span labels[], char out[MW_ALERTS_KEY_MAX + 1])
{
    char text[4 * MW_ALERTS_KEY_MAX], hex[33];
    int n = snprintf(text, sizeof text, MW_SPAN_FMT "/" MW_SPAN_FMT, MW_SPAN_ARG(tenant),
                     MW_SPAN_ARG(rule->name));
    for (size_t i = 0; i < rule->n_by && n < (int)sizeof text; i++) {
        n += snprintf(text + n, sizeof text - (size_t)n, "%c" MW_SPAN_FMT, i == 0 ? '/' : ',',
                      (int)labels[i].len, labels[i].len > 0 ? labels[i].data : "");
    }
    const size_t len = n < (int)sizeof text ? (size_t)n : sizeof text - 1;
    if (len <= MW_ALERTS_KEY_MAX) {
        memcpy(out, text, len + 1);
        return (struct mw_span){out, len};
    }
    mw_hash128_hex(mw_hash128(text, len), hex);
    const struct mw_span head = mw_alerts_whole((struct mw_span){text, MW_ALERTS_KEY_MAX - 33});
    (void)snprintf(out, MW_ALERTS_KEY_MAX + 1, MW_SPAN_FMT "~%s", MW_SPAN_ARG(head), hex);
    return mw_span(out);
}

/* The first place whose key is not smaller. */
static size_t place_of(const struct mw_alerts_tenant *tenant, struct mw_span key)
{
    size_t low = 0, high = tenant->n_instances;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (mw_span_cmp(tenant->instances[middle]->key, key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool is_at(const struct mw_alerts_tenant *tenant, size_t place, struct mw_span key)
{
    return place < tenant->n_instances && mw_span_eq(tenant->instances[place]->key, key);
}

struct mw_alerts_instance *mw_alerts_find(const struct mw_alerts_tenant *tenant, const struct mw_rule *rule,
                                          const struct mw_span labels[])
{
    char text[MW_ALERTS_KEY_MAX + 1];
    const struct mw_span key = make_key(tenant->name, rule, labels, text);
    const size_t place = place_of(tenant, key);
    return is_at(tenant, place, key) ? tenant->instances[place] : NULL;
}

static struct mw_span append(char **at, struct mw_span text)
{
    const struct mw_span copy = {*at, text.len};
    if (text.len > 0) {
        memcpy(*at, text.data, text.len);
    }
    *at += text.len;
    *(*at)++ = '\0';
    return copy;
}

static struct mw_alerts_instance *new_instance(struct mw_span name, struct mw_span key,
                                               const struct mw_span labels[], size_t n_labels)
{
    size_t n_bytes = name.len + 1 + key.len + 1;
    for (size_t i = 0; i < n_labels; i++) {
        n_bytes += labels[i].len + 1;
    }
    struct mw_alerts_instance *a = calloc(1, sizeof *a + n_bytes);
    if (a == NULL) {
        return NULL;
    }
    char *at = a->text;
    a->name = append(&at, name);
    a->key = append(&at, key);
    for (size_t i = 0; i < n_labels; i++) {
        a->labels[i] = append(&at, labels[i]);
    }
    a->n_labels = n_labels;
    a->as_of = a->fired_as_of = a->shown_as_of = MW_DATE_NONE;
    return a;
}

void mw_alerts_drop(struct mw_alerts_tenant *tenant, size_t i)
{
    const struct mw_alerts_instance *a = tenant->instances[i];
    tenant->rev_floor = a->rev > tenant->rev_floor ? a->rev : tenant->rev_floor;
    free(tenant->instances[i]);
    tenant->n_instances--;
    memmove(&tenant->instances[i], &tenant->instances[i + 1],
            (tenant->n_instances - i) * sizeof tenant->instances[0]);
}

/* A key that made room and returns goes on above rev_floor: a gap tells its readers to ask for a snapshot, a
 * repeated number would tell them nothing. */
static bool make_room(struct mw_alerts_turn *turn)
{
    struct mw_alerts_tenant *tenant = turn->tenant;
    const int64_t quiet_since = turn->now_us - MW_ALERTS_HISTORY_DAYS * MW_US_PER_DAY;
    bool made = false;
    for (size_t i = tenant->n_instances; i-- > 0;) {
        const struct mw_alerts_instance *a = tenant->instances[i];
        if (a->state == MW_ALERT_INACTIVE && !a->flapping && a->changed_us < quiet_since &&
            a->seen_us < quiet_since) {
            mw_alerts_drop(tenant, i);
            made = true;
        }
    }
    return made;
}

static enum mw_status insert(struct mw_alerts_tenant *tenant, struct mw_alerts_instance *a,
                             struct mw_error *err)
{
    void *instances = tenant->instances;
    MW_TRY(mw_vector_grow(&instances, tenant->n_instances, &tenant->instances_capacity,
                          sizeof tenant->instances[0], err));
    tenant->instances = instances;
    const size_t place = place_of(tenant, a->key);
    memmove(&tenant->instances[place + 1], &tenant->instances[place],
            (tenant->n_instances - place) * sizeof tenant->instances[0]);
    tenant->instances[place] = a;
    tenant->n_instances++;
    return MW_OK;
}

enum mw_status mw_alerts_take(struct mw_alerts_turn *turn, const struct mw_rule *rule,
                              const struct mw_span labels[], struct mw_alerts_instance **out)
{
    struct mw_alerts_tenant *tenant = turn->tenant;
    *out = mw_alerts_find(tenant, rule, labels);
    if (*out != NULL) {
        return MW_OK;
    }
    if (tenant->n_instances >= turn->core->alerts_max && rule != &mw_alerts_full_rule && !make_room(turn)) {
        return MW_E_FULL;
    }
    char text[MW_ALERTS_KEY_MAX + 1];
    struct mw_alerts_instance *a =
        new_instance(rule->name, make_key(tenant->name, rule, labels, text), labels, rule->n_by);
    if (a == NULL || insert(tenant, a, turn->err) != MW_OK) {
        free(a);
        return MW_FAIL(turn->err, MW_E_MEMORY, "no memory for an alert of rule " MW_SPAN_FMT,
                       MW_SPAN_ARG(rule->name));
    }
    a->rule = rule;
    a->rev = tenant->rev_floor;
    a->seen_us = turn->now_us;
    *out = a;
    return MW_OK;
}

/* ---- rules -------------------------------------------------------------------------------------- */

static void unlink_rules(struct mw_alerts_core *core, struct mw_alerts_rules *rules)
{
    struct mw_alerts_rules **at = &core->rules;
    while (*at != rules) {
        at = &(*at)->next;
    }
    *at = rules->next;
    mw_arena_fini(&rules->arena);
    free(rules);
}

void mw_alerts_use_rules(struct mw_alerts_core *core, struct mw_alerts_rules **place,
                         struct mw_alerts_rules *rules)
{
    struct mw_alerts_rules *old = *place;
    if (rules != NULL) {
        rules->users++;
    }
    *place = rules;
    if (old != NULL && --old->users == 0) {
        unlink_rules(core, old);
    }
}

enum mw_status mw_alerts_intern_rules(struct mw_alerts_core *core, struct mw_span text,
                                      struct mw_alerts_rules **out, struct mw_error *err)
{
    for (struct mw_alerts_rules *rules = core->rules; rules != NULL; rules = rules->next) {
        if (mw_span_eq(rules->set.text, text)) {
            *out = rules;
            return MW_OK;
        }
    }
    struct mw_alerts_rules *rules = calloc(1, sizeof *rules);
    if (rules == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for rules");
    }
    const enum mw_status status = mw_rule_set_read(text, &rules->arena, &rules->set, err);
    if (status != MW_OK) {
        mw_arena_fini(&rules->arena);
        free(rules);
        return status;
    }
    rules->next = core->rules;
    core->rules = rules;
    *out = rules;
    return MW_OK;
}

/* ---- tenants ------------------------------------------------------------------------------------ */

struct mw_alerts_tenant *mw_alerts_find_tenant(const struct mw_alerts_core *core, struct mw_span name)
{
    return mw_tenants_find(&core->tenants, name);
}

static struct mw_alerts_tenant *new_tenant(struct mw_span name, int32_t partition)
{
    struct mw_alerts_tenant *tenant = calloc(1, sizeof *tenant + name.len + 1);
    if (tenant != NULL) {
        char *at = tenant->text;
        tenant->name = append(&at, name);
        tenant->partition = partition;
        tenant->tick_us = MW_TIME_NONE;
    }
    return tenant;
}

enum mw_status mw_alerts_take_tenant(struct mw_alerts_core *core, struct mw_span name, int32_t partition,
                                     struct mw_alerts_tenant **out, struct mw_error *err)
{
    *out = mw_alerts_find_tenant(core, name);
    if (*out != NULL) {
        return MW_OK;
    }
    MW_TRY(mw_tenants_reserve(&core->tenants, err));
    struct mw_alerts_tenant *tenant = new_tenant(name, partition);
    if (tenant == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for tenant " MW_SPAN_FMT, MW_SPAN_ARG(name));
    }
    mw_alerts_use_rules(core, &tenant->rules, core->default_rules);
    mw_tenants_add(&core->tenants, tenant);
    *out = tenant;
    return MW_OK;
}

void mw_alerts_forget(void *opaque, struct mw_span name)
{
    struct mw_alerts_core *core = opaque;
    struct mw_alerts_tenant *tenant = mw_tenants_remove(&core->tenants, name);
    if (tenant == NULL) {
        return;
    }
    for (size_t i = 0; i < tenant->n_instances; i++) {
        free(tenant->instances[i]);
    }
    while (tenant->n_silences > 0) {
        mw_alerts_drop_silence(tenant, tenant->n_silences - 1);
    }
    mw_alerts_use_rules(core, &tenant->rules, NULL);
    free(tenant->instances);
    free(tenant->silences);
    free(tenant);
}

/* ---- snapshots ---------------------------------------------------------------------------------- */

static void save_ring(const struct mw_alerts_ring *ring, struct mw_writer *out)
{
    mw_write_u64(out, ring->n);
    for (uint64_t i = 0; i < MW_ALERTS_FIRES_MAX && i < ring->n; i++) {
        mw_write_i64(out, ring->at_us[i]);
    }
}

static void load_ring(struct mw_alerts_ring *ring, struct mw_reader *in)
{
    ring->n = mw_read_u64(in);
    for (uint64_t i = 0; i < MW_ALERTS_FIRES_MAX && i < ring->n; i++) {
        ring->at_us[i] = mw_read_i64(in);
    }
}

static void save_shown(const struct mw_alerts_shown *shown, struct mw_writer *out)
{
    mw_write_bytes(out, &shown->numbers, sizeof shown->numbers);
    mw_write_i32(out, shown->evidence);
    mw_write_span(out, mw_span(shown->unit));
    mw_write_span(out, mw_span(shown->currency));
    mw_write_span(out, mw_span(shown->headline));
    mw_write_span(out, mw_span(shown->action));
}

static void load_text(char *out, size_t capacity, struct mw_reader *in)
{
    const struct mw_span text = mw_read_span(in);
    in->failed = in->failed || text.len >= capacity;
    if (!in->failed && text.len > 0) {
        memcpy(out, text.data, text.len);
    }
}

static void load_shown(struct mw_alerts_shown *shown, struct mw_reader *in)
{
    mw_read_bytes(in, &shown->numbers, sizeof shown->numbers);
    shown->evidence = mw_read_i32(in);
    load_text(shown->unit, sizeof shown->unit, in);
    load_text(shown->currency, sizeof shown->currency, in);
    load_text(shown->headline, sizeof shown->headline, in);
    load_text(shown->action, sizeof shown->action, in);
}

static void save_instance(const struct mw_alerts_instance *a, struct mw_writer *out)
{
    mw_write_span(out, a->name);
    mw_write_span(out, a->key);
    mw_write_u32(out, (uint32_t)a->n_labels);
    for (size_t i = 0; i < a->n_labels; i++) {
        mw_write_span(out, a->labels[i]);
    }
    mw_write_i32(out, a->state);
    const bool flags[] = {a->was_firing, a->counted, a->acknowledged, a->flapping};
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        mw_write_u8(out, flags[i]);
    }
    mw_write_i32(out, a->as_of);
    mw_write_i32(out, a->fired_as_of);
    mw_write_i32(out, a->shown_as_of);
    const int64_t numbers[] = {a->count,   a->count_before, a->since_us,     a->changed_us,
                               a->seen_us, a->rev,          a->incident_rev, a->acknowledged_until_us};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        mw_write_i64(out, numbers[i]);
    }
    mw_write_u32(out, a->held);
    mw_write_u32(out, a->held_before);
    mw_write_u64(out, a->muted);
    save_ring(&a->fires, out);
    save_ring(&a->moves, out);
    save_shown(&a->shown, out);
}

static void load_fields(struct mw_alerts_instance *a, struct mw_reader *in)
{
    a->state = mw_read_i32(in);
    in->failed = in->failed || a->state < MW_ALERT_INACTIVE || a->state > MW_ALERT_NODATA;
    bool *const flags[] = {&a->was_firing, &a->counted, &a->acknowledged, &a->flapping};
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        *flags[i] = mw_read_u8(in) != 0;
    }
    a->as_of = mw_read_i32(in);
    a->fired_as_of = mw_read_i32(in);
    a->shown_as_of = mw_read_i32(in);
    int64_t *const numbers[] = {&a->count,   &a->count_before, &a->since_us,     &a->changed_us,
                                &a->seen_us, &a->rev,          &a->incident_rev, &a->acknowledged_until_us};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        *numbers[i] = mw_read_i64(in);
    }
    a->held = mw_read_u32(in);
    a->held_before = mw_read_u32(in);
    a->muted = mw_read_u64(in);
    load_ring(&a->fires, in);
    load_ring(&a->moves, in);
    load_shown(&a->shown, in);
}

static const struct mw_rule *rule_of(const struct mw_alerts_tenant *tenant,
                                     const struct mw_alerts_instance *a)
{
    if (mw_span_eq(a->name, mw_alerts_full_rule.name)) {
        return &mw_alerts_full_rule;
    }
    const struct mw_rule *rule = mw_rule_find(&tenant->rules->set, a->name);
    return rule != NULL && rule->n_by == a->n_labels ? rule : NULL;
}

static enum mw_status load_instance(struct mw_alerts_tenant *tenant, struct mw_reader *in,
                                    struct mw_error *err)
{
    struct mw_span labels[MW_RULE_LABELS_MAX] = {{0}};
    const struct mw_span name = mw_read_span(in), key = mw_read_span(in);
    const uint32_t n_labels = mw_read_u32(in);
    in->failed = in->failed || n_labels > MW_RULE_LABELS_MAX || key.len > MW_ALERTS_KEY_MAX;
    for (uint32_t i = 0; i < n_labels && !in->failed; i++) {
        labels[i] = mw_read_span(in);
    }
    MW_TRY(mw_reader_status(in, err));
    struct mw_alerts_instance *a = new_instance(name, key, labels, n_labels);
    if (a == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for an alert");
    }
    load_fields(a, in);
    a->rule = rule_of(tenant, a);
    /* An open alert without a rule cannot have been saved: its reset comes first. */
    in->failed = in->failed || (a->rule == NULL && a->state != MW_ALERT_INACTIVE);
    enum mw_status status = mw_reader_status(in, err);
    status = status == MW_OK ? insert(tenant, a, err) : status;
    if (status != MW_OK) {
        free(a);
    }
    return status;
}

static void save_silence(const struct mw_alerts_silence *silence, struct mw_writer *out)
{
    mw_write_span(out, silence->id);
    mw_write_span(out, silence->by);
    mw_write_span(out, silence->comment);
    mw_write_i64(out, silence->starts_at);
    mw_write_i64(out, silence->ends_at);
    mw_write_u32(out, (uint32_t)silence->n_matchers);
    for (size_t i = 0; i < silence->n_matchers; i++) {
        mw_write_span(out, silence->matchers[i].name);
        mw_write_span(out, silence->matchers[i].op);
        mw_write_span(out, silence->matchers[i].value);
    }
}

static enum mw_status load_silence(struct mw_alerts_turn *turn, struct mw_reader *in)
{
    struct mw_matcher matchers[MW_ALERTS_MATCHERS_MAX];
    struct mw_command_silence body = {.matchers = matchers};
    struct mw_command command = {.silence = &body};
    body.silence = mw_read_span(in);
    command.by = mw_read_span(in);
    body.comment = mw_read_span(in);
    body.starts_at = mw_read_i64(in);
    body.ends_at = mw_read_i64(in);
    body.n_matchers = mw_read_u32(in);
    in->failed = in->failed || body.n_matchers > MW_ALERTS_MATCHERS_MAX;
    for (size_t i = 0; i < body.n_matchers && !in->failed; i++) {
        matchers[i].name = mw_read_span(in);
        matchers[i].op = mw_read_span(in);
        matchers[i].value = mw_read_span(in);
    }
    MW_TRY(mw_reader_status(in, turn->err));
    return mw_alerts_take_silence(turn, &command);
}

static void save_tenant(const struct mw_alerts_tenant *tenant, struct mw_writer *out)
{
    mw_write_span(out, tenant->rules->set.text);
    mw_write_i32(out, tenant->partition);
    mw_write_u8(out, tenant->own_clock);
    mw_write_i64(out, tenant->tick_us);
    mw_write_i64(out, tenant->rev_floor);
    mw_write_i64(out, tenant->refused);
    mw_write_i64(out, tenant->refused_us);
    mw_write_u64(out, tenant->n_silences);
    for (size_t i = 0; i < tenant->n_silences; i++) {
        save_silence(&tenant->silences[i], out);
    }
    mw_write_u64(out, tenant->n_instances);
    for (size_t i = 0; i < tenant->n_instances; i++) {
        save_instance(tenant->instances[i], out);
    }
}

static enum mw_status load_tenant(struct mw_alerts_core *core, struct mw_alerts_tenant *tenant,
                                  struct mw_reader *in, struct mw_error *err)
{
    /* No silence that was saved is over yet, so they are taken over at the beginning of time. */
    struct mw_alerts_turn turn = {.core = core, .tenant = tenant, .err = err, .now_us = INT64_MIN};
    struct mw_alerts_rules *rules = NULL;
    MW_TRY(mw_alerts_intern_rules(core, mw_read_span(in), &rules, err));
    mw_alerts_use_rules(core, &tenant->rules, rules);
    tenant->partition = mw_read_i32(in);
    tenant->own_clock = mw_read_u8(in) != 0;
    tenant->tick_us = mw_read_i64(in);
    tenant->rev_floor = mw_read_i64(in);
    tenant->refused = mw_read_i64(in);
    tenant->refused_us = mw_read_i64(in);
    for (size_t n = mw_read_count(in, 32); n > 0; n--) {
        MW_TRY(load_silence(&turn, in));
    }
    for (size_t n = mw_read_count(in, 64); n > 0; n--) {
        MW_TRY(load_instance(tenant, in, err));
    }
    tenant->stale_mutes = false;
    return mw_reader_status(in, err);
}

/* The empty tenant is what new tenants begin with: the default rules. */
enum mw_status mw_alerts_save(const void *opaque, struct mw_span name, struct mw_writer *out,
                              struct mw_error *err)
{
    const struct mw_alerts_core *core = opaque;
    const struct mw_alerts_tenant *tenant = mw_alerts_find_tenant(core, name);
    if (name.len == 0) {
        mw_write_span(out, core->default_rules->set.text);
    } else if (tenant != NULL) {
        save_tenant(tenant, out);
    } else {
        return MW_FAIL(err, MW_E_CONTRACT, "tenant " MW_SPAN_FMT " is not known to alerts",
                       MW_SPAN_ARG(name));
    }
    return mw_writer_status(out, err);
}

enum mw_status mw_alerts_load(void *opaque, struct mw_span name, struct mw_reader *in, struct mw_error *err)
{
    struct mw_alerts_core *core = opaque;
    if (name.len == 0) {
        struct mw_alerts_rules *rules = NULL;
        MW_TRY(mw_alerts_intern_rules(core, mw_read_span(in), &rules, err));
        mw_alerts_use_rules(core, &core->default_rules, rules);
        return MW_OK;
    }
    mw_alerts_forget(core, name);
    struct mw_alerts_tenant *tenant = NULL;
    MW_TRY(mw_alerts_take_tenant(core, name, -1, &tenant, err));
    const enum mw_status status = load_tenant(core, tenant, in, err);
    if (status != MW_OK) {
        mw_alerts_forget(core, name);
    }
    return status;
}
