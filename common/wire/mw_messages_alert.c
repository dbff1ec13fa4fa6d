/* mw.metric.v1, every number that a rule may look at, and mw.alert.v1, what the rules make of them. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_real.h"
#include "mw_rows_internal.h"

static const char *const names_metric[] = {"points", "tick", "command", NULL};
static const char *const names_alert[] = {"inactive", "pending",  "firing",  "recovering", "resolved",
                                          "nodata",   "silenced", "expired", NULL};
static const char *const names_severity[] = {"info", "warning", "error", "critical", NULL};

static const struct mw_field mw_point_fields[] = {
    MW_STR(struct mw_point, metric, MW_REQ, name, "Name of the metric."),
    MW_STR(struct mw_point, unit, MW_OPTL, text, "Unit of value, lower, upper and threshold."),
    MW_STR(struct mw_point, reason, MW_OPTL, text, "Why the value is missing."),
    MW_MAP(struct mw_point, labels, mw_label, MW_OPTL, MW_ANY, "What it is about, such as the channel."),
    MW_NUM(struct mw_point, value, MW_NULL, MW_ANY, "see unit", "The value."),
    MW_NUM(struct mw_point, lower, MW_OPTL, MW_ANY, "see unit", "Lower end of its 90 % interval."),
    MW_NUM(struct mw_point, upper, MW_OPTL, MW_ANY, "see unit", "Upper end of its 90 % interval."),
    MW_NUM(struct mw_point, probability, MW_OPTL, MW_ANY, "probability",
           "Probability of being past the threshold."),
    MW_NUM(struct mw_point, threshold, MW_OPTL, MW_ANY, "see unit", "The threshold."),
    MW_NUM(struct mw_point, money, MW_OPTL, MW_ANY, "currency per week", "Money at stake."),
    MW_NUM(struct mw_point, money_lower, MW_OPTL, MW_ANY, "currency per week",
           "Lower end of its 90 % interval."),
    MW_NUM(struct mw_point, money_upper, MW_OPTL, MW_ANY, "currency per week",
           "Upper end of its 90 % interval."),
    MW_ENUM_OR(struct mw_point, evidence, MW_EVIDENCE_OBSERVATIONAL, mw_names_evidence,
               "How well it is backed by tests."),
    MW_STR(struct mw_point, action, MW_OPTL, text, "What to do, as a sentence."),
};
static MW_SHAPE(mw_point, "point", "A number with what is needed to judge it.");

static const struct mw_field mw_metric_points_fields[] = {
    MW_STR(struct mw_metric_points, service, MW_REQ, name, "Who says it."),
    MW_DATE(struct mw_metric_points, as_of, MW_OPTL, "Last closed date."),
    MW_INT(struct mw_metric_points, n, MW_REQ, MW_AT_LEAST(0), "1", "Last fact that it knows."),
    MW_INT(struct mw_metric_points, period_days, MW_REQ, MW_AT_LEAST(0), "days",
           "Length of a closed period: 1 or 7."),
    MW_LIST(struct mw_metric_points, points, mw_point, MW_REQ, MW_ANY, "The numbers."),
};
static MW_SHAPE(mw_metric_points, "metric_points",
                "Everything that one update says, so that a rule over two metrics never sees half of it.");

static const struct mw_field mw_metric_tick_fields[] = {
    MW_TIME(struct mw_metric_tick, time, MW_REQ, "The time."),
};
static MW_SHAPE(mw_metric_tick, "metric_tick", "Time passes.");

static const struct mw_field mw_metric_fields[] = {
    MW_STR(struct mw_metric, tenant, MW_OPTL, name, "Whose numbers; left out: everybody's tick or command."),
    MW_TIME(struct mw_metric, time, MW_REQ, "When it was said."),
    MW_ENUM(struct mw_metric, kind, MW_REQ, names_metric, "What it is; the field of this name says more."),
    MW_VARIANT(struct mw_metric, points, mw_metric_points, "Numbers."),
    MW_VARIANT(struct mw_metric, tick, mw_metric_tick, "A tick of the clock."),
    MW_VARIANT(struct mw_metric, command, mw_command, "A command for the alerts."),
};
const struct mw_type mw_type_metric = {
    .topic = "mw.metric.v1",
    .shape = {MW_SHAPE_OF(mw_metric, "metric", "Numbers, ticks and commands that alerts are made of."),
              .discriminator = "kind"},
    .title = "Metric",
};

static const struct mw_field mw_alert_money_fields[] = {
    MW_NUM(struct mw_alert_money, per_week, MW_NULL, MW_ANY, "currency per week", "Money at stake."),
    MW_NUM(struct mw_alert_money, lower, MW_NULL, MW_ANY, "currency per week",
           "Lower end of its 90 % interval."),
    MW_NUM(struct mw_alert_money, upper, MW_NULL, MW_ANY, "currency per week",
           "Upper end of its 90 % interval."),
    MW_STR(struct mw_alert_money, currency, MW_OPTL, currency, "The currency."),
};
static MW_SHAPE(mw_alert_money, "alert_money", "What it costs to do nothing.");

static const struct mw_field mw_alert_fields[] = {
    MW_STR(struct mw_alert, tenant, MW_REQ, name, "Whose alert."),
    MW_STR(struct mw_alert, alert, MW_REQ, id, "Id of this incident."),
    MW_STR(struct mw_alert, key, MW_REQ, text, "Tenant, rule and labels: the same over incidents."),
    MW_STR(struct mw_alert, rule, MW_REQ, name, "The rule."),
    MW_STR(struct mw_alert, rule_version, MW_OPTL, id, "Hash of the rules."),
    MW_MAP(struct mw_alert, labels, mw_label, MW_OPTL, MW_ANY, "What it is about."),
    MW_ENUM(struct mw_alert, state, MW_REQ, names_alert, "How it stands."),
    MW_ENUM(struct mw_alert, severity, MW_REQ, names_severity, "How bad it is."),
    MW_INT(struct mw_alert, rev, MW_REQ, MW_AT_LEAST(0), "1", "1, 2, 3, ... per key."),
    MW_TIME(struct mw_alert, since, MW_OPTL, "When this state began."),
    MW_TIME(struct mw_alert, time, MW_REQ, "When it was said."),
    MW_TIME(struct mw_alert, expires_at, MW_OPTL, "When it ends by itself."),
    MW_STR(struct mw_alert, headline, MW_OPTL, text, "What is wrong."),
    MW_STR(struct mw_alert, action, MW_OPTL, text, "What to do."),
    MW_STR(struct mw_alert, cause, MW_OPTL, text, "Why it may be."),
    MW_STR(struct mw_alert, owner, MW_OPTL, text, "Who looks after it."),
    MW_STR(struct mw_alert, runbook, MW_OPTL, text, "Where to read on."),
    MW_STR(struct mw_alert, metric, MW_OPTL, name, "The metric."),
    MW_STR(struct mw_alert, unit, MW_OPTL, text, "Unit of value, lower, upper and threshold."),
    MW_NUM(struct mw_alert, value, MW_NULL, MW_ANY, "see unit", "The value."),
    MW_NUM(struct mw_alert, lower, MW_OPTL, MW_ANY, "see unit", "Lower end of its 90 % interval."),
    MW_NUM(struct mw_alert, upper, MW_OPTL, MW_ANY, "see unit", "Upper end of its 90 % interval."),
    MW_NUM(struct mw_alert, probability, MW_OPTL, MW_ANY, "probability",
           "Probability of being past the threshold."),
    MW_NUM(struct mw_alert, threshold, MW_OPTL, MW_ANY, "see unit", "The threshold."),
    MW_INT(struct mw_alert, evaluations, MW_REQ, MW_AT_LEAST(0), "1",
           "Evaluations in a row that held the condition."),
    MW_DATE(struct mw_alert, as_of, MW_OPTL, "Last closed date that it knows."),
    MW_OPT(struct mw_alert, money, mw_alert_money, "What it costs to do nothing."),
    MW_ENUM_OR(struct mw_alert, evidence, MW_EVIDENCE_OBSERVATIONAL, mw_names_evidence,
               "How well it is backed by tests."),
    MW_BOOL_OR(struct mw_alert, acknowledged, false, "Somebody looks after it."),
    MW_STR(struct mw_alert, silenced_by, MW_OPTL, name, "The silence that keeps it quiet."),
    MW_INT(struct mw_alert, fired_90_days, MW_REQ, MW_AT_LEAST(0), "1",
           "How often it fired in the last 90 days."),
};
const struct mw_type mw_type_alert = {
    .topic = "mw.alert.v1",
    .shape = {MW_SHAPE_OF(mw_alert, "alert", "The state of an alert.")},
    .compacted = true,
    .title = "Alert",
};

struct mw_point mw_point_of(const char *metric, const char *unit)
{
    return (struct mw_point){.metric = mw_span(metric),
                             .unit = mw_span(unit),
                             .value = MW_NAN,
                             .lower = MW_NAN,
                             .upper = MW_NAN,
                             .probability = MW_NAN,
                             .threshold = MW_NAN,
                             .money = MW_NAN,
                             .money_lower = MW_NAN,
                             .money_upper = MW_NAN};
}
