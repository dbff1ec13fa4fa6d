// SPDX-License-Identifier: Apache-2.0
/* Sets of rules: checks that need more than one value, the normal form out and in.
 *
 *   mixwatch-rules 1
 *   rule mroas_below_floor
 *   by channel
 *   when 0 mroas probability >= 0.9 <= 0.5         group, metric, field, enter, leave
 *   inhibit rules a b equal channel=input only input=outcome*
 *   severity warning                               and every other setting, one a line
 *   end
 */
#include "mw_rule.h"

#include "mw_template.h"

#include <stdio.h>

#define HEADER "mixwatch-rules 1"

/* ---- checks ------------------------------------------------------------------------------------- */

static bool is_upper(int op)
{
    return op == MW_RULE_GT || op == MW_RULE_GE;
}

static bool is_inclusive(int op)
{
    return op == MW_RULE_LE || op == MW_RULE_GE;
}

enum mw_status mw_rule_condition_check(const struct mw_rule_condition *condition, struct mw_error *err)
{
    const struct mw_rule_bound enter = condition->enter, leave = condition->leave;
    const double apart = is_upper(enter.op) ? enter.number - leave.number : leave.number - enter.number;
    const bool touch = is_inclusive(enter.op) && is_inclusive(leave.op);
    if (is_upper(enter.op) == is_upper(leave.op) || !(apart >= 0) || (apart == 0 && touch)) {
        return MW_FAIL(
            err, MW_E_DATA,
            "leave %s %.15g is on the wrong side of enter %s %.15g: some value would do both; write a bound "
            "like %s %.15g or further away",
            mw_rule_op_names[leave.op], leave.number, mw_rule_op_names[enter.op], enter.number,
            mw_rule_op_names[mw_rule_bound_opposite(enter).op], enter.number);
    }
    return MW_OK;
}

static enum mw_status check_gates(const struct mw_rule *rule, struct mw_error *err)
{
    if ((rule->age_days > 0) != (rule->age_metric.len > 0)) {
        return MW_FAIL(err, MW_E_DATA, "min_age needs both: metric (like channel_age_days) and days above 0");
    }
    if (rule->expire_us <= 0 || rule->acknowledge_us <= 0 || rule->flap_within_us <= 0) {
        return MW_FAIL(err, MW_E_DATA, "expires_after, acknowledge_for and flapping.within must be above 0s");
    }
    return MW_OK;
}

/* An alert that does not say which channel it speaks of helps nobody. */
static enum mw_status check_headline(const struct mw_rule *rule, struct mw_error *err)
{
    if (rule->headline.len == 0) {
        return MW_FAIL(err, MW_E_DATA,
                       "headline is missing; write one sentence with placeholders like {value}");
    }
    for (size_t i = 0; i < rule->n_by; i++) {
        if (!mw_template_names(rule->headline, rule->by[i])) {
            return MW_FAIL(err, MW_E_DATA,
                           "headline lacks the placeholder {" MW_SPAN_FMT
                           "}: nobody could tell which one it means",
                           MW_SPAN_ARG(rule->by[i]));
        }
    }
    return MW_OK;
}

enum mw_status mw_rule_check(const struct mw_rule *rule, struct mw_error *err)
{
    if (rule->n_conditions == 0) {
        return MW_FAIL(err, MW_E_DATA,
                       "when is missing; write when: {all: [{metric: NAME, value: \"> 1\"}]}");
    }
    for (size_t i = 0; i < rule->n_conditions; i++) {
        MW_TRY(mw_rule_condition_check(&rule->conditions[i], err));
    }
    MW_TRY(check_gates(rule, err));
    MW_TRY(check_headline(rule, err));
    MW_TRY(mw_template_check(rule, rule->headline, err));
    return mw_template_check(rule, rule->action, err);
}

static enum mw_status check_targets(const struct mw_rule_set *set, const struct mw_rule *rule,
                                    const struct mw_rule_inhibit *inhibit, struct mw_error *err)
{
    for (size_t i = 0; i < inhibit->n_rules; i++) {
        if (mw_rule_find(set, inhibit->rules[i]) == NULL) {
            return MW_FAIL(err, MW_E_DATA,
                           "rule " MW_SPAN_FMT " inhibits " MW_SPAN_FMT ", but there is no such rule",
                           MW_SPAN_ARG(rule->name), MW_SPAN_ARG(inhibit->rules[i]));
        }
        if (mw_span_eq(inhibit->rules[i], rule->name)) {
            return MW_FAIL(err, MW_E_DATA, "rule " MW_SPAN_FMT " inhibits itself; take it out of the list",
                           MW_SPAN_ARG(rule->name));
        }
    }
    return MW_OK;
}

enum mw_status mw_rule_set_check(const struct mw_rule_set *set, struct mw_error *err)
{
    for (size_t i = 0; i < set->n_rules; i++) {
        const struct mw_rule *rule = &set->rules[i];
        if (mw_span_is(rule->name, MW_RULE_RESERVED)) {
            return MW_FAIL(err, MW_E_DATA,
                           "the name " MW_RULE_RESERVED " is the monitor's own; choose another");
        }
        if (mw_rule_find(set, rule->name) != rule) {
            return MW_FAIL(err, MW_E_DATA, "two rules are named " MW_SPAN_FMT "; give one another name",
                           MW_SPAN_ARG(rule->name));
        }
        for (size_t k = 0; k < rule->n_inhibits; k++) {
            MW_TRY(check_targets(set, rule, &rule->inhibits[k], err));
        }
    }
    return MW_OK;
}

const struct mw_rule *mw_rule_find(const struct mw_rule_set *set, struct mw_span name)
{
    for (size_t i = 0; i < set->n_rules; i++) {
        if (mw_span_eq(set->rules[i].name, name)) {
            return &set->rules[i];
        }
    }
    return NULL;
}

/* ---- out ---------------------------------------------------------------------------------------- */

static void put(struct mw_writer *out, struct mw_span text)
{
    mw_write_bytes(out, text.data, text.len);
}

static void put_text(struct mw_writer *out, const char *text)
{
    put(out, mw_span(text));
}

static void put_number(struct mw_writer *out, double x)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%.15g", x);
    put_text(out, text);
}

/* A line must stay a line. */
static void put_escaped(struct mw_writer *out, struct mw_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.data[i];
        if (c == '\n' || c == '\\') {
            put_text(out, c == '\n' ? "\\n" : "\\\\");
        } else {
            mw_write_u8(out, (uint8_t)c);
        }
    }
}

static void put_duration(struct mw_writer *out, int64_t us)
{
    static const struct {
        int64_t us;
        char unit;
    } units[] = {
        {7 * MW_US_PER_DAY, 'w'}, {MW_US_PER_DAY, 'd'}, {3600 * MW_US_PER_S, 'h'}, {60 * MW_US_PER_S, 'm'}};
    int64_t unit = MW_US_PER_S;
    char name = 's';
    for (size_t i = 0; i < sizeof units / sizeof units[0] && us > 0; i++) {
        if (us % units[i].us == 0) {
            unit = units[i].us;
            name = units[i].unit;
            break;
        }
    }
    put_number(out, (double)(us / unit));
    mw_write_u8(out, (uint8_t)name);
}

static void put_setting(struct mw_writer *out, const struct mw_setting *setting, const struct mw_rule *rule)
{
    const void *at = (const char *)rule + setting->offset;
    put_text(out, setting->key);
    put_text(out, " ");
    switch (setting->kind) {
    case MW_SET_TEXT:
    case MW_SET_NAME:
        put_escaped(out, *(const struct mw_span *)at);
        break;
    case MW_SET_ENUM:
        put_text(out, setting->names[*(const int *)at]);
        break;
    case MW_SET_COUNT:
        put_number(out, (double)*(const int64_t *)at);
        break;
    case MW_SET_NUMBER:
        put_number(out, *(const double *)at);
        break;
    case MW_SET_DURATION:
        put_duration(out, *(const int64_t *)at);
        break;
    }
    put_text(out, "\n");
}

static void put_bound(struct mw_writer *out, struct mw_rule_bound bound)
{
    put_text(out, " ");
    put_text(out, mw_rule_op_names[bound.op]);
    put_text(out, " ");
    put_number(out, bound.number);
}

static void put_condition(struct mw_writer *out, const struct mw_rule_condition *condition)
{
    put_text(out, "when ");
    put_number(out, (double)condition->group);
    put_text(out, " ");
    put(out, condition->metric);
    put_text(out, " ");
    put_text(out, mw_rule_field_names[condition->field]);
    put_bound(out, condition->enter);
    put_bound(out, condition->leave);
    put_text(out, "\n");
}

static void put_words(struct mw_writer *out, const struct mw_span *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        put_text(out, " ");
        put(out, words[i]);
    }
}

static void put_pairs(struct mw_writer *out, const struct mw_label *pairs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        put_text(out, " ");
        put(out, pairs[i].name);
        put_text(out, "=");
        put(out, pairs[i].value);
    }
}

static void put_inhibit(struct mw_writer *out, const struct mw_rule_inhibit *inhibit)
{
    put_text(out, "inhibit rules");
    put_words(out, inhibit->rules, inhibit->n_rules);
    put_text(out, " equal");
    put_pairs(out, inhibit->equal, inhibit->n_equal);
    put_text(out, " only");
    put_pairs(out, inhibit->only, inhibit->n_only);
    put_text(out, "\n");
}

/* What decides a rule's states and nothing else, or all of it. */
static void put_rule(struct mw_writer *out, const struct mw_rule *rule, bool only_what_decides)
{
    put_text(out, "rule ");
    put(out, rule->name);
    put_text(out, "\nby");
    put_words(out, rule->by, rule->n_by);
    put_text(out, "\n");
    for (size_t i = 0; i < rule->n_conditions; i++) {
        put_condition(out, &rule->conditions[i]);
    }
    for (size_t i = 0; i < rule->n_inhibits && !only_what_decides; i++) {
        put_inhibit(out, &rule->inhibits[i]);
    }
    for (size_t i = 0; i < mw_settings_n; i++) {
        if (mw_settings[i].decides || !only_what_decides) {
            put_setting(out, &mw_settings[i], rule);
        }
    }
    put_text(out, "end\n");
}

static enum mw_status seal_into(struct mw_rule_set *set, struct mw_arena *arena, struct mw_writer *out,
                                struct mw_error *err)
{
    for (size_t i = 0; i < set->n_rules; i++) {
        mw_writer_reset(out);
        put_rule(out, &set->rules[i], true);
        set->rules[i].hash = mw_span_hash(mw_writer_span(out));
    }
    mw_writer_reset(out);
    put_text(out, HEADER "\n");
    for (size_t i = 0; i < set->n_rules; i++) {
        put_rule(out, &set->rules[i], false);
    }
    MW_TRY(mw_writer_status(out, err));
    set->text = mw_arena_copy(arena, mw_writer_span(out));
    mw_hash128_hex(mw_hash128(out->data, out->len), set->version);
    return set->text.data == NULL
               ? MW_FAIL(err, MW_E_MEMORY, "no memory for the normal form of %zu rules", set->n_rules)
               : MW_OK;
}

enum mw_status mw_rule_set_seal(struct mw_rule_set *set, struct mw_arena *arena, struct mw_error *err)
{
    struct mw_writer out = {0};
    const enum mw_status status = seal_into(set, arena, &out, err);
    mw_writer_fini(&out);
    return status;
}

/* ---- in ----------------------------------------------------------------------------------------- */

/* A rule while its lines arrive. */
struct draft {
    struct mw_arena *arena;
    struct mw_rule *rule; /* NULL between rules */
    struct mw_rule_condition conditions[MW_RULE_CONDITIONS_MAX];
    struct mw_rule_inhibit inhibits[MW_RULE_INHIBITS_MAX];
    struct mw_span by[MW_RULE_LABELS_MAX];
};

/* Cuts the text up to `end` off the front; the last part has no end. */
static struct mw_span cut(struct mw_span *text, char end)
{
    const char *at = text->len == 0 ? NULL : memchr(text->data, end, text->len);
    const size_t len = at == NULL ? text->len : (size_t)(at - text->data);
    const struct mw_span part = {text->data, len};
    const size_t used = at == NULL ? len : len + 1;
    *text = (struct mw_span){text->len == 0 ? text->data : text->data + used, text->len - used};
    return part;
}

static enum mw_status keep(struct mw_arena *arena, struct mw_span text, struct mw_span *out,
                           struct mw_error *err)
{
    *out = mw_arena_copy(arena, text);
    return out->data == NULL ? MW_FAIL(err, MW_E_MEMORY, "no memory for rules") : MW_OK;
}

static void *keep_array(struct mw_arena *arena, const void *items, size_t n, size_t size)
{
    void *copy = mw_arena_take_array(arena, n, size);
    if (copy != NULL && n > 0) {
        memcpy(copy, items, n * size);
    }
    return copy;
}

static enum mw_status read_by(struct draft *draft, struct mw_span rest, struct mw_error *err)
{
    while (rest.len > 0) {
        const struct mw_span label = cut(&rest, ' ');
        if (draft->rule->n_by == MW_RULE_LABELS_MAX || !mw_metric_name_is_valid(label)) {
            return MW_FAIL(err, MW_E_DATA, "by takes up to %d label names", MW_RULE_LABELS_MAX);
        }
        MW_TRY(keep(draft->arena, label, &draft->by[draft->rule->n_by++], err));
    }
    return MW_OK;
}

static int find_word(const char *const *words, struct mw_span word)
{
    for (int i = 0; words[i] != NULL; i++) {
        if (mw_span_is(word, words[i])) {
            return i;
        }
    }
    return -1;
}

static bool cut_bound(struct mw_span *rest, struct mw_rule_bound *out)
{
    out->op = find_word(mw_rule_op_names, cut(rest, ' '));
    return mw_decimal_read(cut(rest, ' '), &out->number) && out->op >= 0;
}

static enum mw_status read_when(struct draft *draft, struct mw_span rest, struct mw_error *err)
{
    struct mw_rule *rule = draft->rule;
    if (rule->n_conditions == MW_RULE_CONDITIONS_MAX) {
        return MW_FAIL(err, MW_E_DATA, "a rule takes up to %d conditions", MW_RULE_CONDITIONS_MAX);
    }
    struct mw_rule_condition *condition = &draft->conditions[rule->n_conditions];
    double group;
    const bool group_ok = mw_decimal_read(cut(&rest, ' '), &group);
    const struct mw_span metric = cut(&rest, ' ');
    condition->field = find_word(mw_rule_field_names, cut(&rest, ' '));
    const bool bounds_ok = cut_bound(&rest, &condition->enter) && cut_bound(&rest, &condition->leave);
    const bool next = group_ok && (group == (double)rule->n_groups ||
                                   (rule->n_groups > 0 && group == (double)(rule->n_groups - 1)));
    if (!next || !bounds_ok || rest.len > 0 || condition->field < 0 || !mw_metric_name_is_valid(metric)) {
        return MW_FAIL(err, MW_E_DATA, "when needs group, metric, field, enter bound, leave bound");
    }
    condition->group = (size_t)group;
    rule->n_groups = condition->group + 1;
    rule->n_conditions++;
    return keep(draft->arena, metric, &condition->metric, err);
}

/* "a=b c=d" up to the word `until` or the end. */
static enum mw_status read_pairs(struct mw_arena *arena, struct mw_span *rest, const char *until,
                                 const struct mw_label **out, size_t *n_out, struct mw_error *err)
{
    struct mw_label pairs[MW_RULE_LABELS_MAX];
    size_t n = 0;
    while (rest->len > 0) {
        struct mw_span value = cut(rest, ' ');
        if (until != NULL && mw_span_is(value, until)) {
            break;
        }
        const struct mw_span name = cut(&value, '=');
        if (n == MW_RULE_LABELS_MAX || name.len == 0 || value.len == 0) {
            return MW_FAIL(err, MW_E_DATA, "inhibit needs up to %d pairs like channel=input",
                           MW_RULE_LABELS_MAX);
        }
        MW_TRY(keep(arena, name, &pairs[n].name, err));
        MW_TRY(keep(arena, value, &pairs[n++].value, err));
    }
    *out = keep_array(arena, pairs, n, sizeof pairs[0]);
    *n_out = n;
    return *out == NULL ? MW_FAIL(err, MW_E_MEMORY, "no memory for rules") : MW_OK;
}

static enum mw_status read_targets(struct mw_arena *arena, struct mw_span *rest, struct mw_rule_inhibit *out,
                                   struct mw_error *err)
{
    struct mw_span names[MW_RULES_MAX];
    for (struct mw_span name = cut(rest, ' '); !mw_span_is(name, "equal"); name = cut(rest, ' ')) {
        if (out->n_rules == MW_RULES_MAX || !mw_rule_name_is_valid(name)) {
            return MW_FAIL(err, MW_E_DATA, "inhibit needs rule names and then the word equal");
        }
        MW_TRY(keep(arena, name, &names[out->n_rules++], err));
    }
    out->rules = keep_array(arena, names, out->n_rules, sizeof names[0]);
    return out->rules == NULL ? MW_FAIL(err, MW_E_MEMORY, "no memory for rules") : MW_OK;
}

static enum mw_status read_inhibit(struct draft *draft, struct mw_span rest, struct mw_error *err)
{
    struct mw_rule *rule = draft->rule;
    if (rule->n_inhibits == MW_RULE_INHIBITS_MAX || !mw_span_is(cut(&rest, ' '), "rules")) {
        return MW_FAIL(err, MW_E_DATA, "inhibit needs the word rules, up to %d times a rule",
                       MW_RULE_INHIBITS_MAX);
    }
    struct mw_rule_inhibit *inhibit = &draft->inhibits[rule->n_inhibits++];
    *inhibit = (struct mw_rule_inhibit){0};
    MW_TRY(read_targets(draft->arena, &rest, inhibit, err));
    MW_TRY(read_pairs(draft->arena, &rest, "only", &inhibit->equal, &inhibit->n_equal, err));
    return read_pairs(draft->arena, &rest, NULL, &inhibit->only, &inhibit->n_only, err);
}

static enum mw_status read_setting(struct draft *draft, struct mw_span key, struct mw_span text,
                                   struct mw_error *err)
{
    const struct mw_setting *setting = mw_setting_find(key);
    char plain[2 * MW_RULE_TEXT_MAX + 1];
    size_t n = 0;
    if (setting == NULL || text.len > sizeof plain) {
        return MW_FAIL(err, MW_E_DATA, "\"" MW_SPAN_FMT "\" is unknown or %zu bytes long", MW_SPAN_ARG(key),
                       text.len);
    }
    for (size_t i = 0; i < text.len; i++) {
        const bool escaped = text.data[i] == '\\' && i + 1 < text.len;
        i += escaped;
        plain[n++] = escaped && text.data[i] == 'n' ? '\n' : text.data[i];
    }
    return mw_setting_read(setting, (struct mw_span){plain, n}, draft->arena, draft->rule, err);
}

static enum mw_status read_end(struct draft *draft, struct mw_error *err)
{
    struct mw_rule *rule = draft->rule;
    rule->by = keep_array(draft->arena, draft->by, rule->n_by, sizeof draft->by[0]);
    rule->conditions =
        keep_array(draft->arena, draft->conditions, rule->n_conditions, sizeof draft->conditions[0]);
    rule->inhibits = keep_array(draft->arena, draft->inhibits, rule->n_inhibits, sizeof draft->inhibits[0]);
    if (rule->by == NULL || rule->conditions == NULL || rule->inhibits == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for rules");
    }
    draft->rule = NULL;
    return mw_rule_check(rule, err);
}

static enum mw_status read_start(struct draft *draft, struct mw_span name, struct mw_rule_set *set,
                                 struct mw_error *err)
{
    if (!mw_rule_name_is_valid(name)) {
        return MW_FAIL(err, MW_E_DATA, "a rule's name has 1 to %d of a-z, 0-9 and _", MW_RULE_NAME_MAX);
    }
    if (set->n_rules == MW_RULES_MAX) {
        return MW_FAIL(err, MW_E_FULL, "more than %d rules", MW_RULES_MAX);
    }
    draft->rule = &set->rules[set->n_rules++];
    MW_TRY(mw_rule_init(draft->rule, draft->arena, err));
    return keep(draft->arena, name, &draft->rule->name, err);
}

static enum mw_status read_line(struct draft *draft, struct mw_span line, struct mw_rule_set *set,
                                struct mw_error *err)
{
    const struct mw_span key = cut(&line, ' ');
    if (draft->rule == NULL) {
        return mw_span_is(key, "rule") ? read_start(draft, line, set, err)
                                       : MW_FAIL(err, MW_E_DATA, "\"rule NAME\" is expected here");
    }
    if (mw_span_is(key, "by")) {
        return read_by(draft, line, err);
    }
    if (mw_span_is(key, "when")) {
        return read_when(draft, line, err);
    }
    if (mw_span_is(key, "inhibit")) {
        return read_inhibit(draft, line, err);
    }
    return mw_span_is(key, "end") ? read_end(draft, err) : read_setting(draft, key, line, err);
}

static enum mw_status read_lines(struct mw_span text, struct draft *draft, struct mw_rule_set *set,
                                 struct mw_error *err)
{
    if (!mw_span_is(cut(&text, '\n'), HEADER)) {
        return MW_FAIL(err, MW_E_DATA,
                       "normal form of rules, line 1: \"" HEADER "\" is expected; load the rule file "
                       "with a mixwatch of this version");
    }
    for (size_t number = 2; text.len > 0; number++) {
        const enum mw_status status = read_line(draft, cut(&text, '\n'), set, err);
        if (status != MW_OK) {
            mw_error_prefix(err, "normal form of rules, line %zu", number);
            return status;
        }
    }
    return draft->rule == NULL ? mw_rule_set_check(set, err)
                               : MW_FAIL(err, MW_E_DATA, "normal form of rules ends inside rule " MW_SPAN_FMT,
                                         MW_SPAN_ARG(draft->rule->name));
}

enum mw_status mw_rule_set_read(struct mw_span text, struct mw_arena *arena, struct mw_rule_set *out,
                                struct mw_error *err)
{
    struct draft *draft = mw_new(arena, struct draft);
    *out = (struct mw_rule_set){.rules = mw_new_array(arena, struct mw_rule, MW_RULES_MAX)};
    if (draft == NULL || out->rules == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for rules");
    }
    draft->arena = arena;
    MW_TRY(read_lines(text, draft, out, err));
    return mw_rule_set_seal(out, arena, err);
}
