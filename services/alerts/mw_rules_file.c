// SPDX-License-Identifier: Apache-2.0
#include "mw_rules_file.h"

#include "mw_rules_suggest.h"
#include "mw_template.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

enum { FILE_BYTES_MAX = 1 << 20, KEY_MAX = 128 };

/* What every reader below needs. */
struct source {
    yaml_document_t document;
    const char *name;
    struct mw_arena *arena;
    struct mw_error *err;
};

/* ---- places and plain values -------------------------------------------------------------------- */

/* Puts "file:line:column" before an error that says what is wrong; libyaml counts from 0, people from 1. */
static enum mw_status at_mark(const struct source *in, yaml_mark_t mark, enum mw_status status)
{
    if (status != MW_OK) {
        mw_error_prefix(in->err, "%s:%zu:%zu", in->name, mark.line + 1, mark.column + 1);
    }
    return status;
}

static enum mw_status at(const struct source *in, const yaml_node_t *node, enum mw_status status)
{
    return at_mark(in, node->start_mark, status);
}

#define FAIL_AT(in, node, ...) at((in), (node), MW_FAIL((in)->err, MW_E_DATA, __VA_ARGS__))

static struct mw_span text_of(const yaml_node_t *node)
{
    return (struct mw_span){(const char *)node->data.scalar.value, node->data.scalar.length};
}

static enum mw_status scalar_of(const struct source *in, const yaml_node_t *node, const char *what,
                                struct mw_span *out)
{
    if (node->type != YAML_SCALAR_NODE) {
        return FAIL_AT(in, node, "%s must be one plain value, not a list or a mapping", what);
    }
    *out = text_of(node);
    return MW_OK;
}

static enum mw_status keep(const struct source *in, struct mw_span text, struct mw_span *out)
{
    *out = mw_arena_copy(in->arena, text);
    return out->data == NULL ? MW_FAIL(in->err, MW_E_MEMORY, "no memory for rules") : MW_OK;
}

static enum mw_status keep_array(const struct source *in, const void *items, size_t n, size_t size, void *out)
{
    void *copy = mw_arena_take_array(in->arena, n, size);
    if (copy == NULL) {
        return MW_FAIL(in->err, MW_E_MEMORY, "no memory for rules");
    }
    if (n > 0) {
        memcpy(copy, items, n * size);
    }
    memcpy(out, &copy, sizeof copy);
    return MW_OK;
}

static yaml_node_t *node_of(struct source *in, int id)
{
    return yaml_document_get_node(&in->document, id);
}

/* ---- mappings with known keys ------------------------------------------------------------------- */

static enum mw_status fail_unknown(const struct source *in, const yaml_node_t *key, const char *where,
                                   const char *const known[], size_t n_known)
{
    const struct mw_span word = text_of(key);
    const char *nearest = mw_rules_nearest(word, known, n_known);
    char list[256] = "";
    for (size_t i = 0; i < n_known && nearest == NULL; i++) {
        const size_t used = strlen(list);
        (void)snprintf(list + used, sizeof list - used, "%s%s", i == 0 ? "" : ", ", known[i]);
    }
    return nearest != NULL ? FAIL_AT(in, key, "unknown key \"" MW_SPAN_FMT "\" in %s; did you mean \"%s\"?",
                                     MW_SPAN_ARG(word), where, nearest)
                           : FAIL_AT(in, key, "unknown key \"" MW_SPAN_FMT "\" in %s; the keys are: %s",
                                     MW_SPAN_ARG(word), where, list);
}

/* Every key a plain, known one, none twice. */
static enum mw_status check_keys(struct source *in, const yaml_node_t *node, const char *where,
                                 const char *const known[], size_t n_known)
{
    if (node->type != YAML_MAPPING_NODE) {
        return FAIL_AT(in, node, "%s must be a mapping of keys and values", where);
    }
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top;
         pair++) {
        const yaml_node_t *key = node_of(in, pair->key);
        struct mw_span word = {0};
        MW_TRY(scalar_of(in, key, "a key", &word));
        bool is_known = false;
        for (size_t i = 0; i < n_known; i++) {
            is_known = is_known || mw_span_is(word, known[i]);
        }
        if (!is_known) {
            return fail_unknown(in, key, where, known, n_known);
        }
        for (const yaml_node_pair_t *other = node->data.mapping.pairs.start; other < pair; other++) {
            if (mw_span_eq(text_of(node_of(in, other->key)), word)) {
                return FAIL_AT(in, key, "key \"" MW_SPAN_FMT "\" stands twice in %s; keep one",
                               MW_SPAN_ARG(word), where);
            }
        }
    }
    return MW_OK;
}

/* NULL when the mapping has no such key. */
static yaml_node_t *child(struct source *in, const yaml_node_t *node, const char *key)
{
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top;
         pair++) {
        if (mw_span_is(text_of(node_of(in, pair->key)), key)) {
            return node_of(in, pair->value);
        }
    }
    return NULL;
}

/* ---- settings ----------------------------------------------------------------------------------- */

static enum mw_status read_setting(struct source *in, const yaml_node_t *node,
                                   const struct mw_setting *setting, struct mw_rule *rule)
{
    struct mw_span text = {0};
    MW_TRY(scalar_of(in, node, setting->key, &text));
    return at(in, node, mw_setting_read(setting, text, in->arena, rule, in->err));
}

/* The keys of "persistence" are the settings "persistence.closed_days" and so on. */
static enum mw_status read_nested(struct source *in, const yaml_node_t *node, const char *prefix,
                                  struct mw_rule *rule)
{
    const char *known[8];
    size_t n_known = 0;
    const size_t n_prefix = strlen(prefix);
    for (size_t i = 0; i < mw_settings_n; i++) {
        const char *key = mw_settings[i].key;
        if (strncmp(key, prefix, n_prefix) == 0 && key[n_prefix] == '.') {
            known[n_known++] = key + n_prefix + 1;
        }
    }
    MW_TRY(check_keys(in, node, prefix, known, n_known));
    for (size_t i = 0; i < n_known; i++) {
        const yaml_node_t *value = child(in, node, known[i]);
        const char *key = known[i] - n_prefix - 1;
        if (value != NULL) {
            MW_TRY(read_setting(in, value, mw_setting_find(mw_span(key)), rule));
        }
    }
    return MW_OK;
}

/* ---- conditions --------------------------------------------------------------------------------- */

struct conditions {
    struct mw_rule_condition items[MW_RULE_CONDITIONS_MAX];
    size_t n, n_groups;
};

static const char *const condition_keys[] = {"metric", "value",       "magnitude", "lower",
                                             "upper",  "probability", "money",     "leave"};
enum { N_CONDITION_KEYS = sizeof condition_keys / sizeof condition_keys[0] };

static enum mw_status read_bound(struct source *in, const yaml_node_t *node, const char *what,
                                 struct mw_rule_bound *out)
{
    struct mw_span text = {0};
    MW_TRY(scalar_of(in, node, what, &text));
    return at(in, node, mw_rule_bound_read(text, out, in->err));
}

static enum mw_status read_enter(struct source *in, const yaml_node_t *node, struct mw_rule_condition *out)
{
    size_t n_fields = 0;
    for (int field = 0; mw_rule_field_names[field] != NULL; field++) {
        const yaml_node_t *bound = child(in, node, mw_rule_field_names[field]);
        if (bound != NULL) {
            n_fields++;
            out->field = field;
            MW_TRY(read_bound(in, bound, mw_rule_field_names[field], &out->enter));
        }
    }
    return n_fields == 1
               ? MW_OK
               : FAIL_AT(in, node,
                         "a condition needs one of value, magnitude, lower, upper, probability, money, "
                         "and has %zu; write {metric: mroas, probability: \">= 0.9\"}",
                         n_fields);
}

static enum mw_status read_condition(struct source *in, const yaml_node_t *node, struct conditions *out)
{
    if (out->n == MW_RULE_CONDITIONS_MAX) {
        return FAIL_AT(in, node, "a rule takes up to %d conditions", MW_RULE_CONDITIONS_MAX);
    }
    struct mw_rule_condition *condition = &out->items[out->n++];
    *condition = (struct mw_rule_condition){.group = out->n_groups};
    MW_TRY(check_keys(in, node, "a condition", condition_keys, N_CONDITION_KEYS));
    const yaml_node_t *metric = child(in, node, "metric"), *leave = child(in, node, "leave");
    struct mw_span name = {0};
    if (metric == NULL) {
        return FAIL_AT(in, node,
                       "a condition needs a metric; write {metric: mroas, probability: \">= 0.9\"}");
    }
    MW_TRY(scalar_of(in, metric, "metric", &name));
    if (!mw_metric_name_is_valid(name)) {
        return FAIL_AT(in, metric, "\"" MW_SPAN_FMT "\" is no metric's name; write letters, digits and _-.:/",
                       MW_SPAN_ARG(name));
    }
    MW_TRY(keep(in, name, &condition->metric));
    MW_TRY(read_enter(in, node, condition));
    condition->leave = mw_rule_bound_opposite(condition->enter);
    if (leave != NULL) {
        MW_TRY(read_bound(in, leave, "leave", &condition->leave));
    }
    return at(in, leave != NULL ? leave : node, mw_rule_condition_check(condition, in->err));
}

static enum mw_status read_any(struct source *in, const yaml_node_t *list, struct conditions *out)
{
    if (list->type != YAML_SEQUENCE_NODE ||
        list->data.sequence.items.start == list->data.sequence.items.top) {
        return FAIL_AT(in, list, "any needs a list of conditions");
    }
    for (const yaml_node_item_t *item = list->data.sequence.items.start; item < list->data.sequence.items.top;
         item++) {
        MW_TRY(read_condition(in, node_of(in, *item), out));
    }
    out->n_groups++;
    return MW_OK;
}

/* An item of `all` is a condition or {any: [..]}. */
static enum mw_status read_all_item(struct source *in, const yaml_node_t *node, struct conditions *out)
{
    static const char *const keys[] = {"any"};
    if (node->type == YAML_MAPPING_NODE && child(in, node, "any") != NULL) {
        MW_TRY(check_keys(in, node, "an item of all", keys, 1));
        return read_any(in, child(in, node, "any"), out);
    }
    MW_TRY(read_condition(in, node, out));
    out->n_groups++;
    return MW_OK;
}

static enum mw_status read_conditions(struct source *in, const yaml_node_t *node, struct conditions *out)
{
    static const char *const keys[] = {"all", "any"};
    MW_TRY(check_keys(in, node, "when", keys, 2));
    const yaml_node_t *all = child(in, node, "all"), *any = child(in, node, "any");
    if ((all == NULL) == (any == NULL)) {
        return FAIL_AT(in, node, "when needs either all or any, with a list of conditions");
    }
    if (any != NULL) {
        return read_any(in, any, out);
    }
    if (all->type != YAML_SEQUENCE_NODE || all->data.sequence.items.start == all->data.sequence.items.top) {
        return FAIL_AT(in, all, "all needs a list of conditions");
    }
    for (const yaml_node_item_t *item = all->data.sequence.items.start; item < all->data.sequence.items.top;
         item++) {
        MW_TRY(read_all_item(in, node_of(in, *item), out));
    }
    return MW_OK;
}

static enum mw_status read_when(struct source *in, const yaml_node_t *node, struct mw_rule *rule)
{
    struct conditions conditions = {0};
    MW_TRY(read_conditions(in, node, &conditions));
    rule->n_conditions = conditions.n;
    rule->n_groups = conditions.n_groups;
    return keep_array(in, conditions.items, conditions.n, sizeof conditions.items[0],
                      (void *)&rule->conditions);
}

/* ---- lists of names and pairs ------------------------------------------------------------------- */

static enum mw_status read_names(struct source *in, const yaml_node_t *node, const char *what, size_t most,
                                 const struct mw_span **out, size_t *n_out)
{
    struct mw_span names[MW_RULES_MAX];
    size_t n = 0;
    if (node->type != YAML_SEQUENCE_NODE) {
        return FAIL_AT(in, node, "%s must be a list of names, like [channel]", what);
    }
    for (const yaml_node_item_t *item = node->data.sequence.items.start; item < node->data.sequence.items.top;
         item++) {
        const yaml_node_t *name = node_of(in, *item);
        struct mw_span text = {0};
        MW_TRY(scalar_of(in, name, what, &text));
        if (n == most || !mw_metric_name_is_valid(text)) {
            return FAIL_AT(in, name, "%s takes up to %zu names of letters, digits and _-.:/", what, most);
        }
        MW_TRY(keep(in, text, &names[n++]));
    }
    *n_out = n;
    return keep_array(in, names, n, sizeof names[0], (void *)out);
}

static bool is_pattern(struct mw_span text)
{
    const size_t n_star = text.len > 0 && text.data[text.len - 1] == '*';
    return text.len == n_star ? text.len > 0
                              : mw_metric_name_is_valid((struct mw_span){text.data, text.len - n_star});
}

static enum mw_status read_pairs(struct source *in, const yaml_node_t *node, const char *what,
                                 const struct mw_label **out, size_t *n_out)
{
    struct mw_label pairs[MW_RULE_LABELS_MAX];
    size_t n = 0;
    if (node->type != YAML_MAPPING_NODE) {
        return FAIL_AT(in, node, "%s must be a mapping of labels, like {channel: input}", what);
    }
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top;
         pair++) {
        const yaml_node_t *key = node_of(in, pair->key), *value = node_of(in, pair->value);
        struct mw_span name = {0}, text = {0};
        MW_TRY(scalar_of(in, key, what, &name));
        MW_TRY(scalar_of(in, value, what, &text));
        if (n == MW_RULE_LABELS_MAX || !mw_metric_name_is_valid(name) || !is_pattern(text)) {
            return FAIL_AT(in, key, "%s takes up to %d pairs of a label and a name", what,
                           MW_RULE_LABELS_MAX);
        }
        MW_TRY(keep(in, name, &pairs[n].name));
        MW_TRY(keep(in, text, &pairs[n++].value));
    }
    *n_out = n;
    return keep_array(in, pairs, n, sizeof pairs[0], (void *)out);
}

static enum mw_status read_inhibit(struct source *in, const yaml_node_t *node, struct mw_rule_inhibit *out)
{
    static const char *const keys[] = {"rules", "equal", "only"};
    *out = (struct mw_rule_inhibit){0};
    MW_TRY(check_keys(in, node, "inhibits", keys, 3));
    const yaml_node_t *rules = child(in, node, "rules"), *equal = child(in, node, "equal"),
                      *only = child(in, node, "only");
    if (rules == NULL) {
        return FAIL_AT(in, node, "inhibits needs rules: a list of the rules that stay quiet");
    }
    MW_TRY(read_names(in, rules, "rules", MW_RULES_MAX, &out->rules, &out->n_rules));
    if (equal != NULL) {
        MW_TRY(read_pairs(in, equal, "equal", &out->equal, &out->n_equal));
    }
    return only == NULL ? MW_OK : read_pairs(in, only, "only", &out->only, &out->n_only);
}

static enum mw_status read_inhibits(struct source *in, const yaml_node_t *node, struct mw_rule *rule)
{
    struct mw_rule_inhibit inhibits[MW_RULE_INHIBITS_MAX];
    if (node->type != YAML_SEQUENCE_NODE) {
        return FAIL_AT(
            in, node,
            "inhibits must be a list, like [{rules: [mroas_below_floor], equal: {channel: input}}]");
    }
    for (const yaml_node_item_t *item = node->data.sequence.items.start; item < node->data.sequence.items.top;
         item++) {
        const yaml_node_t *inhibit = node_of(in, *item);
        if (rule->n_inhibits == MW_RULE_INHIBITS_MAX) {
            return FAIL_AT(in, inhibit, "a rule takes up to %d inhibits", MW_RULE_INHIBITS_MAX);
        }
        MW_TRY(read_inhibit(in, inhibit, &inhibits[rule->n_inhibits++]));
    }
    return keep_array(in, inhibits, rule->n_inhibits, sizeof inhibits[0], (void *)&rule->inhibits);
}

/* ---- a rule ------------------------------------------------------------------------------------- */

static const char *const rule_keys[] = {
    "name",    "about",       "severity",        "owner",    "runbook",         "headline", "action",
    "by",      "when",        "persistence",     "for",      "keep_firing_for", "no_data",  "expires_after",
    "min_age", "materiality", "acknowledge_for", "flapping", "inhibits"};
enum { N_RULE_KEYS = sizeof rule_keys / sizeof rule_keys[0] };
static const char *const nested_keys[] = {"persistence", "no_data", "min_age", "materiality", "flapping"};

static enum mw_status read_name(struct source *in, const yaml_node_t *node, struct mw_rule *rule)
{
    const yaml_node_t *name = child(in, node, "name");
    struct mw_span text = {0};
    if (name == NULL) {
        return FAIL_AT(in, node, "a rule needs a name; write name: mroas_below_floor");
    }
    MW_TRY(scalar_of(in, name, "name", &text));
    if (!mw_rule_name_is_valid(text)) {
        return FAIL_AT(in, name,
                       "\"" MW_SPAN_FMT
                       "\" is no rule's name; write 1 to %d of a-z, 0-9 and _, a letter first",
                       MW_SPAN_ARG(text), MW_RULE_NAME_MAX);
    }
    return keep(in, text, &rule->name);
}

static enum mw_status read_settings(struct source *in, const yaml_node_t *node, struct mw_rule *rule)
{
    for (size_t i = 0; i < N_RULE_KEYS; i++) {
        const struct mw_setting *setting = mw_setting_find(mw_span(rule_keys[i]));
        const yaml_node_t *value = child(in, node, rule_keys[i]);
        if (setting != NULL && value != NULL) {
            MW_TRY(read_setting(in, value, setting, rule));
        }
    }
    for (size_t i = 0; i < sizeof nested_keys / sizeof nested_keys[0]; i++) {
        const yaml_node_t *value = child(in, node, nested_keys[i]);
        if (value != NULL) {
            MW_TRY(read_nested(in, value, nested_keys[i], rule));
        }
    }
    return MW_OK;
}

/* Templates are checked where they stand; what remains is about the rule as a whole. */
static enum mw_status check_rule(struct source *in, const yaml_node_t *node, const struct mw_rule *rule)
{
    const yaml_node_t *headline = child(in, node, "headline"), *action = child(in, node, "action");
    if (headline != NULL) {
        MW_TRY(at(in, headline, mw_template_check(rule, rule->headline, in->err)));
    }
    if (action != NULL) {
        MW_TRY(at(in, action, mw_template_check(rule, rule->action, in->err)));
    }
    return at(in, node, mw_rule_check(rule, in->err));
}

static enum mw_status read_rule(struct source *in, const yaml_node_t *node, struct mw_rule *rule)
{
    MW_TRY(check_keys(in, node, "a rule", rule_keys, N_RULE_KEYS));
    MW_TRY(mw_rule_init(rule, in->arena, in->err));
    MW_TRY(read_name(in, node, rule));
    MW_TRY(read_settings(in, node, rule));
    const yaml_node_t *by = child(in, node, "by"), *when = child(in, node, "when"),
                      *inhibits = child(in, node, "inhibits");
    if (by != NULL) {
        MW_TRY(read_names(in, by, "by", MW_RULE_LABELS_MAX, &rule->by, &rule->n_by));
    }
    if (when != NULL) {
        MW_TRY(read_when(in, when, rule));
    }
    if (inhibits != NULL) {
        MW_TRY(read_inhibits(in, inhibits, rule));
    }
    return check_rule(in, node, rule);
}

/* ---- the file ----------------------------------------------------------------------------------- */

/* After each rule, so that an error about names stands at the rule that brought it. */
static enum mw_status read_rules(struct source *in, const yaml_node_t *list, struct mw_rule_set *out)
{
    const yaml_node_t *last = list;
    if (list->type != YAML_SEQUENCE_NODE) {
        return FAIL_AT(in, list, "rules must be a list");
    }
    for (const yaml_node_item_t *item = list->data.sequence.items.start; item < list->data.sequence.items.top;
         item++) {
        last = node_of(in, *item);
        if (out->n_rules == MW_RULES_MAX) {
            return at(in, last, MW_FAIL(in->err, MW_E_FULL, "a file takes up to %d rules", MW_RULES_MAX));
        }
        struct mw_rule *rule = &out->rules[out->n_rules];
        MW_TRY(read_rule(in, last, rule));
        if (mw_rule_find(out, rule->name) != NULL) {
            return FAIL_AT(in, child(in, last, "name"),
                           "a rule named " MW_SPAN_FMT " stands above; choose another name",
                           MW_SPAN_ARG(rule->name));
        }
        out->n_rules++;
    }
    return at(in, last, mw_rule_set_check(out, in->err));
}

static enum mw_status read_document(struct source *in, struct mw_rule_set *out)
{
    static const char *const keys[] = {"version", "rules"};
    const yaml_node_t *root = yaml_document_get_root_node(&in->document);
    if (root == NULL) {
        return MW_FAIL(in->err, MW_E_DATA,
                       "%s:1:1: the file is empty; write version: 1 and rules:", in->name);
    }
    MW_TRY(check_keys(in, root, "the file", keys, 2));
    const yaml_node_t *version = child(in, root, "version"), *rules = child(in, root, "rules");
    struct mw_span text = {0};
    if (version != NULL) {
        MW_TRY(scalar_of(in, version, "version", &text));
    }
    if (!mw_span_is(text, "1")) {
        return FAIL_AT(in, version != NULL ? version : root,
                       "this reads rule files of version 1; write version: 1");
    }
    if (rules == NULL) {
        return FAIL_AT(in, root, "rules is missing; write rules: and a list of rules");
    }
    out->rules = mw_new_array(in->arena, struct mw_rule, MW_RULES_MAX);
    if (out->rules == NULL) {
        return MW_FAIL(in->err, MW_E_MEMORY, "no memory for rules");
    }
    MW_TRY(read_rules(in, rules, out));
    return mw_rule_set_seal(out, in->arena, in->err);
}

static enum mw_status fail_syntax(const struct source *in, const yaml_parser_t *parser)
{
    if (parser->error == YAML_MEMORY_ERROR) {
        return MW_FAIL(in->err, MW_E_MEMORY, "no memory for %s", in->name);
    }
    return MW_FAIL(in->err, MW_E_DATA, "%s:%zu:%zu: not YAML: %s%s%s; check indentation, quotes and brackets",
                   in->name, parser->problem_mark.line + 1, parser->problem_mark.column + 1,
                   parser->problem == NULL ? "unreadable" : parser->problem,
                   parser->context == NULL ? "" : ", ", parser->context == NULL ? "" : parser->context);
}

enum mw_status mw_rules_parse(struct mw_span yaml, const char *name, struct mw_arena *arena,
                              struct mw_rule_set *out, struct mw_error *err)
{
    struct source in = {.name = name, .arena = arena, .err = err};
    yaml_parser_t parser;
    *out = (struct mw_rule_set){0};
    if (!yaml_parser_initialize(&parser)) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for %s", name);
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)yaml.data, yaml.len);
    enum mw_status status = MW_OK;
    if (!yaml_parser_load(&parser, &in.document)) {
        status = fail_syntax(&in, &parser);
    } else {
        status = read_document(&in, out);
        yaml_document_delete(&in.document);
    }
    yaml_parser_delete(&parser);
    return status;
}

static enum mw_status read_file(FILE *file, const char *path, struct mw_arena *arena, struct mw_span *out,
                                struct mw_error *err)
{
    char *bytes = mw_arena_take(arena, FILE_BYTES_MAX + 1);
    if (bytes == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for %s", path);
    }
    const size_t n = fread(bytes, 1, FILE_BYTES_MAX + 1, file);
    if (ferror(file)) {
        return MW_FAIL(err, MW_E_IO, "%s: cannot be read: %s", path, strerror(errno));
    }
    if (n > FILE_BYTES_MAX) {
        return MW_FAIL(err, MW_E_DATA, "%s: more than %d bytes; is it a rule file?", path, FILE_BYTES_MAX);
    }
    *out = (struct mw_span){bytes, n};
    return MW_OK;
}

enum mw_status mw_rules_load(const char *path, struct mw_arena *arena, struct mw_rule_set *out,
                             struct mw_error *err)
{
    struct mw_arena bytes = {0};
    struct mw_span yaml = {0};
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return MW_FAIL(err, MW_E_IO, "%s: cannot be opened: %s", path, strerror(errno));
    }
    enum mw_status status = read_file(file, path, &bytes, &yaml, err);
    (void)fclose(file);
    if (status == MW_OK) {
        status = mw_rules_parse(yaml, path, arena, out, err);
    }
    mw_arena_fini(&bytes);
    return status;
}
