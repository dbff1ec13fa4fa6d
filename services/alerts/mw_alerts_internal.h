/* mw_alerts_internal.h: the state behind mw_alerts_core.h, and which file does what with it.
 *
 *   mw_alerts_core.c     tenants, dispatch of points, ticks and commands
 *   mw_alerts_read.c     a points record and a rule -> one reading per label set
 *   mw_alerts_machine.c  a reading or a tick -> transitions
 *   mw_alerts_mute.c     silences, inhibition, flapping
 *   mw_alerts_emit.c     an alert's record
 *   mw_alerts_state.c    keys, memory, save and load */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_alerts_core.h"
#include "mw_template.h"
#include "mw_tenants.h"

enum {
    MW_ALERTS_KEY_MAX = 255, /* PagerDuty's dedup_key */
    MW_ALERTS_FIRES_MAX = 32,
    MW_ALERTS_HISTORY_DAYS = 90,
    MW_ALERTS_HEADLINE_MAX = 512,
    MW_ALERTS_ACTION_MAX = 1024,
    MW_ALERTS_CAUSE_MAX = 512,
    MW_ALERTS_MATCHERS_MAX = 32,
};

/* Kleene's three values: what a condition says when its number is missing. */
enum mw_truth { MW_FALSE, MW_UNKNOWN, MW_TRUE };

/* A set of rules, shared by the tenants that use it. */
struct mw_alerts_rules {
    struct mw_arena arena;
    struct mw_rule_set set;
    size_t users;
    struct mw_alerts_rules *next;
};

struct mw_alerts_silence {
    struct mw_arena arena;
    struct mw_span id, by, comment;
    int64_t starts_at, ends_at;
    struct mw_matcher *matchers;
    size_t n_matchers;
};

/* Doubles only, so that two can be compared by their bytes. */
struct mw_alerts_numbers {
    double value, lower, upper, probability, threshold, money, money_lower, money_upper;
};

/* What is told about an alert: its last known numbers and the sentences made of them. */
struct mw_alerts_shown {
    struct mw_alerts_numbers numbers;
    int evidence;
    char unit[MW_NAME_MAX], currency[8];
    char headline[MW_ALERTS_HEADLINE_MAX], action[MW_ALERTS_ACTION_MAX];
};

/* The last times something happened, newest overwriting oldest. */
struct mw_alerts_ring {
    int64_t at_us[MW_ALERTS_FIRES_MAX];
    uint64_t n; /* ever */
};

/* One rule and label set that was ever more than inactive. */
struct mw_alerts_instance {
    const struct mw_rule *rule; /* NULL: the rule is gone, the numbering of the key stays */
    struct mw_span name, key;   /* of the rule; both in text */
    struct mw_span labels[MW_RULE_LABELS_MAX];
    size_t n_labels;

    int state;       /* inactive, pending, firing, recovering or nodata */
    bool was_firing; /* before nodata */
    bool counted;    /* held on as many closed periods as the rule asks; only `for` may be missing */
    mw_date as_of, fired_as_of, shown_as_of;
    int64_t count, count_before; /* evaluations in a row that held, with and without the one of as_of */
    uint32_t held, held_before;  /* conditions that were entered and not left: hysteresis is per condition */
    int64_t since_us, changed_us, seen_us; /* incident; state; data */

    int64_t rev, incident_rev; /* of the last record; of the incident's first */
    bool acknowledged, flapping;
    int64_t acknowledged_until_us;
    uint64_t muted; /* hash of what kept the last record quiet, 0: nothing; flapping aside */
    struct mw_alerts_ring fires, moves;
    struct mw_alerts_shown shown;

    uint64_t mark; /* the turn that saw it; not saved */
    char text[];   /* name, key and labels */
};

struct mw_alerts_tenant {
    struct mw_span name; /* first: mw_tenants.h */
    int32_t partition;
    bool own_clock;
    int64_t tick_us; /* MW_TIME_NONE before the first */
    struct mw_alerts_rules *rules;
    struct mw_alerts_instance **instances; /* by key */
    size_t n_instances, instances_capacity;
    int64_t rev_floor; /* the highest rev of a state that made room */
    int64_t refused, refused_us;
    struct mw_alerts_silence *silences;
    size_t n_silences, silences_capacity;
    bool stale_mutes; /* something changed that may keep alerts quiet */
    uint64_t turns;
    char text[]; /* name */
};

struct mw_alerts_core {
    struct mw_alerts_rules *rules; /* all that are in use */
    struct mw_alerts_rules *default_rules;
    struct mw_tenants tenants; /* of struct mw_alerts_tenant */
    size_t alerts_max, silences_max;
};

/* One input and one tenant. */
struct mw_alerts_turn {
    struct mw_alerts_core *core;
    struct mw_alerts_tenant *tenant;
    struct mw_effects *out;
    struct mw_error *err;
    int64_t now_us;
};

/* What a record says about one label set of a rule. */
struct mw_alerts_reading {
    enum mw_truth holds; /* the conditions */
    enum mw_truth gates; /* age and materiality: they keep an alert from starting, not from staying */
    uint32_t entered, left, known; /* conditions */
    const struct mw_point *points[MW_RULE_CONDITIONS_MAX];
    struct mw_span reason; /* why something is missing */
    mw_date as_of;         /* MW_DATE_NONE: not about closed periods */
    int64_t period_days;
};

/* ---- mw_alerts_read.c --------------------------------------------------------------------------- */

/* The values of the rule's labels; a label that the point lacks is empty. */
void mw_alerts_project(const struct mw_rule *rule, const struct mw_point *point, struct mw_span labels[]);
struct mw_alerts_reading mw_alerts_read(const struct mw_rule *rule, const struct mw_metric_points *points,
                                        const struct mw_span labels[]);
enum mw_truth mw_alerts_and(enum mw_truth a, enum mw_truth b);
/* Every group has a condition that is held. */
bool mw_alerts_holds(const struct mw_rule *rule, uint32_t held);

/* ---- mw_alerts_machine.c ------------------------------------------------------------------------ */

MW_MUST_USE enum mw_status mw_alerts_observe(struct mw_alerts_turn *turn, struct mw_alerts_instance *a,
                                             const struct mw_alerts_reading *reading);
/* Whatever time alone changes. */
MW_MUST_USE enum mw_status mw_alerts_pass_time(struct mw_alerts_turn *turn, struct mw_alerts_instance *a);
/* The rule changed: whatever was going on is over. */
MW_MUST_USE enum mw_status mw_alerts_reset(struct mw_alerts_turn *turn, struct mw_alerts_instance *a,
                                           const char *cause);
/* A condition could not be followed. */
MW_MUST_USE enum mw_status mw_alerts_raise_full(struct mw_alerts_turn *turn);
MW_MUST_USE enum mw_status mw_alerts_ease_full(struct mw_alerts_turn *turn);

/* ---- mw_alerts_mute.c --------------------------------------------------------------------------- */

static inline bool mw_alerts_is_open(const struct mw_alerts_instance *a)
{
    return a->state == MW_ALERT_FIRING || a->state == MW_ALERT_RECOVERING || a->state == MW_ALERT_NODATA;
}
/* What keeps an alert quiet: the id of a silence or of another incident, and words about it. */
struct mw_alerts_mute {
    char by[MW_NAME_MAX + 1];
    char why[MW_ALERTS_CAUSE_MAX - 64];
};
/* False, and empty, when nothing keeps it quiet now. Flapping aside. */
bool mw_alerts_muted_by(const struct mw_alerts_turn *turn, const struct mw_alerts_instance *a,
                        struct mw_alerts_mute *out);
/* Tells of every open alert whose silence began or ended since its last record. */
MW_MUST_USE enum mw_status mw_alerts_sweep_mutes(struct mw_alerts_turn *turn);
MW_MUST_USE enum mw_status mw_alerts_take_silence(struct mw_alerts_turn *turn,
                                                  const struct mw_command *command);
/* Drops the silences that are over. */
void mw_alerts_expire_silences(struct mw_alerts_turn *turn, int64_t before_us);
/* A silence with matchers, in force or not, that fits the limits. */
MW_MUST_USE enum mw_status mw_alerts_check_silence(const struct mw_alerts_core *core,
                                                   const struct mw_alerts_tenant *tenant,
                                                   const struct mw_command_silence *silence,
                                                   struct mw_error *err);
void mw_alerts_drop_silence(struct mw_alerts_tenant *tenant, size_t i);
/* An empty one at the end. MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_alerts_add_silence(struct mw_alerts_tenant *tenant,
                                                 struct mw_alerts_silence **out, struct mw_error *err);
void mw_alerts_ring_push(struct mw_alerts_ring *ring, int64_t at_us);
/* How many of the remembered times are at or after `from_us`. */
int64_t mw_alerts_ring_count(const struct mw_alerts_ring *ring, int64_t from_us);

/* ---- mw_alerts_emit.c --------------------------------------------------------------------------- */

/* Takes over what the reading's primary point says; false when there is none or it says nothing new. */
bool mw_alerts_remember(const struct mw_alerts_turn *turn, struct mw_alerts_instance *a,
                        const struct mw_alerts_reading *reading);
/* One record with the next rev. `state` is an enum mw_alert_state. */
MW_MUST_USE enum mw_status mw_alerts_emit(struct mw_alerts_turn *turn, struct mw_alerts_instance *a,
                                          int state, const char *cause);
/* The id of the incident that an alert is in: 36 bytes and a terminator. */
void mw_alerts_incident(const struct mw_alerts_instance *a, char out[40]);
/* The text without a character that was cut in its middle at the end: what leaves must be UTF-8. */
struct mw_span mw_alerts_whole(struct mw_span text);

/* ---- mw_alerts_state.c -------------------------------------------------------------------------- */

extern const struct mw_rule mw_alerts_full_rule;

/* NULL when the label set was never more than inactive. */
struct mw_alerts_instance *mw_alerts_find(const struct mw_alerts_tenant *tenant, const struct mw_rule *rule,
                                          const struct mw_span labels[]);
/* Found or new. MW_E_FULL when the tenant holds alerts_max of them and none can make room; MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_alerts_take(struct mw_alerts_turn *turn, const struct mw_rule *rule,
                                          const struct mw_span labels[], struct mw_alerts_instance **out);
void mw_alerts_drop(struct mw_alerts_tenant *tenant, size_t i);

struct mw_alerts_tenant *mw_alerts_find_tenant(const struct mw_alerts_core *core, struct mw_span name);
MW_MUST_USE enum mw_status mw_alerts_take_tenant(struct mw_alerts_core *core, struct mw_span name,
                                                 int32_t partition, struct mw_alerts_tenant **out,
                                                 struct mw_error *err);
/* Parsed once however many tenants use it; the caller uses or frees it. */
MW_MUST_USE enum mw_status mw_alerts_intern_rules(struct mw_alerts_core *core, struct mw_span text,
                                                  struct mw_alerts_rules **out, struct mw_error *err);
void mw_alerts_use_rules(struct mw_alerts_core *core, struct mw_alerts_rules **place,
                         struct mw_alerts_rules *rules);

enum mw_status mw_alerts_save(const void *core, struct mw_span tenant, struct mw_writer *out,
                              struct mw_error *err);
enum mw_status mw_alerts_load(void *core, struct mw_span tenant, struct mw_reader *in, struct mw_error *err);
void mw_alerts_forget(void *core, struct mw_span tenant);
