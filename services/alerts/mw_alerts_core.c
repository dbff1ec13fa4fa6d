// SPDX-License-Identifier: Apache-2.0
#include "mw_alerts_internal.h"

#include <stdio.h>
#include <stdlib.h>

enum { ALERTS_MAX_DEFAULT = 4096, SILENCES_MAX_DEFAULT = 64 };

static const char no_rules[] = "mixwatch-rules 1\n";

static void core_close(void *opaque)
{
    struct mw_alerts_core *core = opaque;
    if (core == NULL) {
        return;
    }
    while (core->tenants.n > 0) {
        mw_alerts_forget(core, mw_tenants_name(&core->tenants, core->tenants.n - 1));
    }
    mw_alerts_use_rules(core, &core->default_rules, NULL);
    mw_tenants_fini(&core->tenants);
    free(core);
}

enum mw_status mw_alerts_core_open(struct mw_alerts_core **out, const struct mw_alerts_options *options,
                                   struct mw_error *err)
{
    struct mw_alerts_core *core = calloc(1, sizeof *core);
    if (core == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for the alerts core");
    }
    core->alerts_max = options->alerts_max == 0 ? ALERTS_MAX_DEFAULT : options->alerts_max;
    core->silences_max = options->silences_max == 0 ? SILENCES_MAX_DEFAULT : options->silences_max;
    struct mw_alerts_rules *rules = NULL;
    const struct mw_span text = options->default_rules.len == 0 ? mw_span(no_rules) : options->default_rules;
    const enum mw_status status = mw_alerts_intern_rules(core, text, &rules, err);
    if (status != MW_OK) {
        core_close(core);
        return status;
    }
    mw_alerts_use_rules(core, &core->default_rules, rules);
    *out = core;
    return MW_OK;
}

/* ---- points ------------------------------------------------------------------------------------- */

static bool carries(const struct mw_metric_points *points, struct mw_span metric)
{
    for (size_t i = 0; i < points->n_points; i++) {
        if (mw_span_eq(points->points[i].metric, metric)) {
            return true;
        }
    }
    return false;
}

/* Nothing is kept of a label set that is well, unless its falling silent would be news. */
static bool must_be_followed(const struct mw_rule *rule, const struct mw_alerts_reading *reading)
{
    return rule->nodata == MW_RULE_ALERT || mw_alerts_and(reading->holds, reading->gates) == MW_TRUE;
}

static enum mw_status observe_label_set(struct mw_alerts_turn *turn, const struct mw_rule *rule,
                                        const struct mw_metric_points *points, const struct mw_span labels[])
{
    struct mw_alerts_instance *a = mw_alerts_find(turn->tenant, rule, labels);
    if (a != NULL && a->mark == turn->tenant->turns) {
        return MW_OK; /* another point about the same label set came first and stood for both */
    }
    const struct mw_alerts_reading reading = mw_alerts_read(rule, points, labels);
    if (a == NULL && !must_be_followed(rule, &reading)) {
        return MW_OK;
    }
    const enum mw_status status = mw_alerts_take(turn, rule, labels, &a);
    if (status == MW_E_FULL) {
        return mw_alerts_raise_full(turn);
    }
    MW_TRY(status);
    a->mark = turn->tenant->turns;
    return mw_alerts_observe(turn, a, &reading);
}

/* A label set that the record should have and has not is one without data. */
static enum mw_status observe_absent(struct mw_alerts_turn *turn, const struct mw_rule *rule,
                                     const struct mw_metric_points *points)
{
    for (size_t i = 0; i < turn->tenant->n_instances; i++) {
        struct mw_alerts_instance *a = turn->tenant->instances[i];
        if (a->rule == rule && a->mark != turn->tenant->turns) {
            const struct mw_alerts_reading reading = mw_alerts_read(rule, points, a->labels);
            MW_TRY(mw_alerts_observe(turn, a, &reading));
        }
    }
    return MW_OK;
}

static enum mw_status observe_rule(struct mw_alerts_turn *turn, const struct mw_rule *rule,
                                   const struct mw_metric_points *points)
{
    const struct mw_span primary = rule->conditions[0].metric;
    if (!carries(points, primary)) {
        return MW_OK;
    }
    for (size_t i = 0; i < points->n_points; i++) {
        struct mw_span labels[MW_RULE_LABELS_MAX];
        if (mw_span_eq(points->points[i].metric, primary)) {
            mw_alerts_project(rule, &points->points[i], labels);
            MW_TRY(observe_label_set(turn, rule, points, labels));
        }
    }
    return observe_absent(turn, rule, points);
}

/* Rules that keep others quiet go first: what they explain is then never told aloud. */
static enum mw_status step_points(struct mw_alerts_turn *turn, const struct mw_metric_points *points)
{
    const struct mw_rule_set *set = &turn->tenant->rules->set;
    turn->tenant->turns++;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < set->n_rules; i++) {
            if ((set->rules[i].n_inhibits > 0) == (pass == 0)) {
                MW_TRY(observe_rule(turn, &set->rules[i], points));
            }
        }
    }
    return mw_alerts_sweep_mutes(turn);
}

/* ---- ticks -------------------------------------------------------------------------------------- */

/* A replayed history brings its own clock, keyed by its tenant; from its first tick on the partition's clock
 * is not the tenant's any more. */
static bool is_its_clock(struct mw_alerts_tenant *tenant, const struct mw_message *in)
{
    if (in->tenant.len == 0) {
        return !tenant->own_clock && tenant->partition == in->partition;
    }
    if (!tenant->own_clock) {
        tenant->own_clock = true;
        tenant->tick_us = MW_TIME_NONE;
    }
    return true;
}

static enum mw_status tick_tenant(struct mw_alerts_turn *turn, int64_t time_us)
{
    struct mw_alerts_tenant *tenant = turn->tenant;
    const int64_t before_us = tenant->tick_us;
    if (before_us != MW_TIME_NONE && time_us <= before_us) {
        return MW_OK; /* backwards, or the same again */
    }
    tenant->tick_us = turn->now_us = time_us;
    mw_alerts_expire_silences(turn, before_us);
    for (size_t i = 0; i < tenant->n_instances; i++) {
        MW_TRY(mw_alerts_pass_time(turn, tenant->instances[i]));
    }
    MW_TRY(mw_alerts_ease_full(turn));
    return mw_alerts_sweep_mutes(turn);
}

static enum mw_status step_tick(struct mw_alerts_core *core, const struct mw_message *in,
                                struct mw_effects *out, struct mw_error *err)
{
    const struct mw_metric *metric = in->body;
    for (size_t i = 0; i < core->tenants.n; i++) {
        struct mw_alerts_turn turn = {.core = core, .tenant = core->tenants.items[i], .out = out, .err = err};
        const bool addressed = in->tenant.len == 0 || mw_span_eq(in->tenant, turn.tenant->name);
        if (addressed && is_its_clock(turn.tenant, in)) {
            MW_TRY(tick_tenant(&turn, metric->tick->time));
        }
    }
    return MW_OK;
}

/* ---- commands ----------------------------------------------------------------------------------- */

static struct mw_alerts_instance *find_incident(const struct mw_alerts_tenant *tenant, struct mw_span wanted)
{
    for (size_t i = 0; tenant != NULL && i < tenant->n_instances; i++) {
        char id[40];
        mw_alerts_incident(tenant->instances[i], id);
        if (tenant->instances[i]->state != MW_ALERT_INACTIVE && mw_span_is(wanted, id)) {
            return tenant->instances[i];
        }
    }
    return NULL;
}

static int clipped(struct mw_span text, size_t most)
{
    return (int)(text.len < most ? text.len : most);
}

static enum mw_status acknowledge(struct mw_alerts_turn *turn, struct mw_alerts_instance *a,
                                  const struct mw_command *command)
{
    const struct mw_span by = command->by.len > 0 ? command->by : mw_span("somebody");
    const struct mw_span comment = command->acknowledge->comment;
    char cause[MW_ALERTS_CAUSE_MAX];
    (void)snprintf(cause, sizeof cause, "acknowledged by %.*s%s%.*s", clipped(by, MW_NAME_MAX), by.data,
                   comment.len > 0 ? ": " : "", clipped(comment, 400), comment.len > 0 ? comment.data : "");
    a->acknowledged = true;
    a->acknowledged_until_us = turn->now_us + a->rule->acknowledge_us;
    return mw_alerts_emit(turn, a, a->state, cause);
}

/* States of rules that did not change go on; the others end with a record that says why. */
static enum mw_status relink(struct mw_alerts_turn *turn, struct mw_alerts_instance *a,
                             const struct mw_rule_set *next)
{
    if (a->rule == &mw_alerts_full_rule) {
        return MW_OK;
    }
    const struct mw_rule *rule = mw_rule_find(next, a->name);
    if (a->rule != NULL && (rule == NULL || rule->hash != a->rule->hash)) {
        char cause[MW_ALERTS_CAUSE_MAX];
        (void)snprintf(cause, sizeof cause, "reset: rule " MW_SPAN_FMT " %s, version %.12s to %.12s",
                       MW_SPAN_ARG(a->name), rule == NULL ? "is gone" : "changed",
                       turn->tenant->rules->set.version, next->version);
        MW_TRY(mw_alerts_reset(turn, a, cause));
    }
    a->rule = rule != NULL && rule->n_by == a->n_labels ? rule : NULL;
    return MW_OK;
}

static enum mw_status reload(struct mw_alerts_turn *turn, struct mw_alerts_rules *rules)
{
    struct mw_alerts_tenant *tenant = turn->tenant;
    for (size_t i = 0; i < tenant->n_instances; i++) {
        MW_TRY(relink(turn, tenant->instances[i], &rules->set));
    }
    mw_alerts_use_rules(turn->core, &tenant->rules, rules);
    tenant->stale_mutes = true;
    return mw_alerts_sweep_mutes(turn);
}

static int64_t time_of(const struct mw_alerts_tenant *tenant, const struct mw_metric *metric)
{
    return tenant->tick_us != MW_TIME_NONE ? tenant->tick_us : metric->time;
}

/* Rules without a tenant are for every tenant of the partition, and for those to come. */
static enum mw_status reload_all(struct mw_alerts_core *core, const struct mw_message *in,
                                 struct mw_alerts_rules *rules, struct mw_effects *out, struct mw_error *err)
{
    mw_alerts_use_rules(core, &core->default_rules, rules);
    for (size_t i = 0; i < core->tenants.n; i++) {
        struct mw_alerts_turn turn = {.core = core,
                                      .tenant = core->tenants.items[i],
                                      .out = out,
                                      .err = err,
                                      .now_us = time_of(core->tenants.items[i], in->body)};
        if (turn.tenant->partition == in->partition) {
            MW_TRY(reload(&turn, rules));
        }
    }
    return MW_OK;
}

static enum mw_status open_turn(struct mw_alerts_core *core, const struct mw_message *in,
                                struct mw_effects *out, struct mw_alerts_turn *turn, struct mw_error *err)
{
    *turn = (struct mw_alerts_turn){.core = core, .out = out, .err = err};
    MW_TRY(mw_alerts_take_tenant(core, in->tenant, in->partition, &turn->tenant, err));
    turn->tenant->partition = in->partition;
    turn->now_us = time_of(turn->tenant, in->body);
    return MW_OK;
}

static enum mw_status step_rules(struct mw_alerts_core *core, const struct mw_message *in,
                                 const struct mw_command_rules *command, struct mw_effects *out,
                                 struct mw_error *err)
{
    char version[33];
    mw_hash128_hex(mw_hash128(command->rules.data, command->rules.len), version);
    if (!mw_span_is(command->version, version)) {
        return MW_FAIL(err, MW_E_DATA,
                       "rules say version " MW_SPAN_FMT " and are %s: damaged or edited; load the file again",
                       MW_SPAN_ARG(command->version), version);
    }
    struct mw_alerts_rules *rules = NULL;
    struct mw_alerts_turn turn;
    MW_TRY(mw_alerts_intern_rules(core, command->rules, &rules, err));
    if (in->tenant.len == 0) {
        return reload_all(core, in, rules, out, err);
    }
    struct mw_alerts_rules *held = NULL;
    mw_alerts_use_rules(core, &held, rules); /* nobody uses it yet, and a failure below must not leak it */
    enum mw_status status = open_turn(core, in, out, &turn, err);
    status = status == MW_OK ? reload(&turn, rules) : status;
    mw_alerts_use_rules(core, &held, NULL);
    return status;
}

static enum mw_status step_silence(struct mw_alerts_core *core, const struct mw_message *in,
                                   const struct mw_command *command, struct mw_effects *out,
                                   struct mw_error *err)
{
    struct mw_alerts_turn turn;
    MW_TRY(mw_alerts_check_silence(core, mw_alerts_find_tenant(core, in->tenant), command->silence, err));
    MW_TRY(open_turn(core, in, out, &turn, err));
    MW_TRY(mw_alerts_take_silence(&turn, command));
    return mw_alerts_sweep_mutes(&turn);
}

static enum mw_status step_acknowledge(struct mw_alerts_core *core, const struct mw_message *in,
                                       const struct mw_command *command, struct mw_effects *out,
                                       struct mw_error *err)
{
    struct mw_alerts_turn turn;
    const struct mw_span id = command->acknowledge->alert;
    struct mw_alerts_instance *a = find_incident(mw_alerts_find_tenant(core, in->tenant), id);
    if (a == NULL) {
        return MW_FAIL(err, MW_E_DATA,
                       "no open alert has the id " MW_SPAN_FMT "; `mixwatch status` lists them",
                       MW_SPAN_ARG(id));
    }
    MW_TRY(open_turn(core, in, out, &turn, err));
    return acknowledge(&turn, a, command);
}

static enum mw_status step_command(struct mw_alerts_core *core, const struct mw_message *in,
                                   struct mw_effects *out, struct mw_error *err)
{
    const struct mw_command *command = ((const struct mw_metric *)in->body)->command;
    switch (command->kind) {
    case MW_COMMAND_RULES:
        return step_rules(core, in, command->rules, out, err);
    case MW_COMMAND_SILENCE:
        return step_silence(core, in, command, out, err);
    case MW_COMMAND_ACKNOWLEDGE:
        return step_acknowledge(core, in, command, out, err);
    default:
        return MW_OK; /* settlements, decisions and scenarios are other services' business */
    }
}

/* ---- the seam ----------------------------------------------------------------------------------- */

static enum mw_status dispatch(struct mw_alerts_core *core, const struct mw_message *in,
                               struct mw_effects *out, struct mw_error *err)
{
    const struct mw_metric *metric = in->body;
    struct mw_alerts_turn turn;
    const bool for_all = metric->kind == MW_METRIC_TICK ||
                         (metric->kind == MW_METRIC_COMMAND && metric->command->kind == MW_COMMAND_RULES);
    if (in->tenant.len == 0 && !for_all) {
        return MW_FAIL(err, MW_E_DATA, "the record names no tenant; only ticks and rules may be for all");
    }
    switch (metric->kind) {
    case MW_METRIC_TICK:
        return step_tick(core, in, out, err);
    case MW_METRIC_COMMAND:
        return step_command(core, in, out, err);
    default:
        MW_TRY(open_turn(core, in, out, &turn, err));
        return step_points(&turn, metric->points);
    }
}

static enum mw_status core_step(void *core, const struct mw_message *in, struct mw_effects *out,
                                struct mw_error *err)
{
    if (in->type != &mw_type_metric) {
        return MW_FAIL(err, MW_E_CONTRACT, "alerts reads mw.metric.v1 only");
    }
    const enum mw_status status = dispatch(core, in, out, err);
    if (status == MW_E_MEMORY && err != NULL) {
        err->fatal = true; /* half a step cannot be taken back: restart and replay */
    }
    return status;
}

static bool core_tenant_at(const void *opaque, size_t i, struct mw_span *out)
{
    const struct mw_alerts_core *core = opaque;
    if (i >= core->tenants.n) {
        return false;
    }
    *out = mw_tenants_name(&core->tenants, i);
    return true;
}

const struct mw_core_ops mw_alerts_core_ops = {
    .service = "alerts",
    .state_version = 1,
    .step = core_step,
    .save = mw_alerts_save,
    .load = mw_alerts_load,
    .forget = mw_alerts_forget,
    .tenant_at = core_tenant_at,
    .close = core_close,
};
