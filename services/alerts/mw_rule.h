/* mw_rule.h: what an alert rule is, and the normal form in which rules travel.
 *
 * People write config/rules.yaml. A shell reads that file (mw_rules_file.h), fills in every default and
 * writes the normal form: plain text, one `key value` a line, which travels inside a command record. The core
 * reads nothing else. Lines and not JSON or binary, because then the core needs no JSON library, a person can
 * read in the journal which rules held on a given day, and two versions can be compared with diff. All
 * settings are written, defaults too: a later default never changes what a recorded rule meant.
 *
 * Numbers have at most 15 digits, so text -> double -> text gives the same text and needs no strtod (which
 * depends on the locale). Durations are a count and one of s m h d w. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_arena.h"
#include "mw_bytes.h"
#include "mw_messages.h"

enum {
    MW_RULES_MAX = 64,
    MW_RULE_NAME_MAX = 48, /* leaves room for tenant and labels in a key of 255 bytes */
    MW_RULE_CONDITIONS_MAX = 12,
    MW_RULE_LABELS_MAX = 4,
    MW_RULE_INHIBITS_MAX = 8,
    MW_RULE_TEXT_MAX = 480,
    MW_RULE_FLAPS_MAX = 16,
};

#define MW_RULE_RESERVED "alerts_full" /* what the core raises about its own limit */

enum mw_rule_field {
    MW_RULE_VALUE,
    MW_RULE_MAGNITUDE, /* |value| */
    MW_RULE_LOWER,
    MW_RULE_UPPER,
    MW_RULE_PROBABILITY,
    MW_RULE_MONEY,
};
enum mw_rule_op { MW_RULE_LT, MW_RULE_LE, MW_RULE_GT, MW_RULE_GE };
enum mw_rule_nodata { MW_RULE_KEEP, MW_RULE_ALERT, MW_RULE_OK };

struct mw_rule_bound {
    int op; /* enum mw_rule_op */
    double number;
};

/* Conditions of one group are alternatives; a rule holds when every group does. */
struct mw_rule_condition {
    struct mw_span metric;
    int field; /* enum mw_rule_field */
    size_t group;
    struct mw_rule_bound enter, leave; /* no number satisfies both */
};

/* While an alert of the rule is open, alerts of `rules` stay quiet, where this one's labels match `only`
 * (label, text that may end in a star) and every pair of `equal` (label of the quiet one, label of this one)
 * agrees. Where `only` has a star for a label of `equal`, what the star stands for is compared: {input:
 * spend/STAR} and {channel: input} pair the input "spend/tv" with the channel "tv". */
struct mw_rule_inhibit {
    const struct mw_span *rules;
    size_t n_rules;
    const struct mw_label *equal;
    size_t n_equal;
    const struct mw_label *only;
    size_t n_only;
};

struct mw_rule {
    struct mw_span name, about, owner, runbook;
    struct mw_span headline, action; /* templates, mw_template.h */
    int severity;                    /* enum mw_severity */
    const struct mw_span *by;        /* the labels whose values tell one alert of the rule from another */
    size_t n_by;
    const struct mw_rule_condition *conditions; /* the first names the rule's primary metric */
    size_t n_conditions, n_groups;
    int64_t closed_days, closed_weeks; /* in a row that must hold, on daily and weekly grids */
    int64_t for_us, keep_firing_us;
    int nodata;              /* enum mw_rule_nodata */
    int64_t nodata_after_us; /* silence of the metric that counts as no data; 0: only nulls and gaps do */
    int64_t expire_us, acknowledge_us; /* how long an alert outlives its data, and an acknowledgement lasts */
    struct mw_span age_metric;
    double age_days;       /* below it the rule does not hold; 0: no such gate */
    double money_per_week; /* less at stake than this does not fire; 0: no such gate */
    int64_t flap_transitions, flap_within_us;
    const struct mw_rule_inhibit *inhibits;
    size_t n_inhibits;
    uint64_t hash; /* of all that decides its states: a change of texts, owner or severity resets nothing */
};

struct mw_rule_set {
    struct mw_rule *rules;
    size_t n_rules;
    struct mw_span text; /* the normal form */
    char version[33];    /* its content hash */
};

/* Reads a normal form. All of `out` lives in the arena. MW_E_DATA names the line; MW_E_FULL past
 * MW_RULES_MAX; MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_rule_set_read(struct mw_span text, struct mw_arena *arena,
                                            struct mw_rule_set *out, struct mw_error *err);
/* Completes a set whose rules are filled in and checked: hashes, normal form, version. MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_rule_set_seal(struct mw_rule_set *set, struct mw_arena *arena,
                                            struct mw_error *err);
/* NULL when there is none of that name. */
const struct mw_rule *mw_rule_find(const struct mw_rule_set *set, struct mw_span name);

/* ---- what both readers (YAML and normal form) are made of --------------------------------------- */

enum mw_setting_kind { MW_SET_TEXT, MW_SET_NAME, MW_SET_ENUM, MW_SET_COUNT, MW_SET_NUMBER, MW_SET_DURATION };

/* One scalar of a rule. The key is the path in the file and the first word of the line in the normal form. */
struct mw_setting {
    const char *key;
    enum mw_setting_kind kind;
    size_t offset;
    const char *fallback;
    double min, max; /* of counts and numbers */
    const char *const *names;
    bool decides; /* part of the rule's hash */
};
extern const struct mw_setting mw_settings[];
extern const size_t mw_settings_n;
extern const char *const mw_rule_field_names[];
extern const char *const mw_rule_op_names[];

const struct mw_setting *mw_setting_find(struct mw_span key);
/* MW_E_DATA says what to write instead; MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_setting_read(const struct mw_setting *setting, struct mw_span text,
                                           struct mw_arena *arena, struct mw_rule *rule,
                                           struct mw_error *err);
/* All settings at their fallbacks. */
MW_MUST_USE enum mw_status mw_rule_init(struct mw_rule *rule, struct mw_arena *arena, struct mw_error *err);

/* ">= 0.9". MW_E_DATA. */
MW_MUST_USE enum mw_status mw_rule_bound_read(struct mw_span text, struct mw_rule_bound *out,
                                              struct mw_error *err);
/* What is left when `enter` is not met: the leave bound of a condition that names none. */
struct mw_rule_bound mw_rule_bound_opposite(struct mw_rule_bound enter);
bool mw_rule_bound_holds(struct mw_rule_bound bound, double x);
/* 1 to 48 lower-case letters, digits and '_', beginning with a letter. */
bool mw_rule_name_is_valid(struct mw_span name);
/* 1 to 64 bytes of letters, digits and _-.:/ */
bool mw_metric_name_is_valid(struct mw_span name);
/* Exact: at most 15 digits and an exponent within 22. */
bool mw_decimal_read(struct mw_span text, double *out);

/* The checks that need more than one value. MW_E_DATA. */
MW_MUST_USE enum mw_status mw_rule_condition_check(const struct mw_rule_condition *condition,
                                                   struct mw_error *err);
MW_MUST_USE enum mw_status mw_rule_check(const struct mw_rule *rule, struct mw_error *err);
/* Names inside the set: duplicates, and inhibits that name no rule or themselves. */
MW_MUST_USE enum mw_status mw_rule_set_check(const struct mw_rule_set *set, struct mw_error *err);
