// SPDX-License-Identifier: Apache-2.0
#include "mw_alerts_internal.h"

#include <math.h>

enum mw_truth mw_alerts_and(enum mw_truth a, enum mw_truth b)
{
    return a < b ? a : b;
}

static struct mw_span label_of(const struct mw_point *point, struct mw_span name)
{
    for (size_t i = 0; i < point->n_labels; i++) {
        if (mw_span_eq(point->labels[i].name, name)) {
            return point->labels[i].value;
        }
    }
    return (struct mw_span){0};
}

void mw_alerts_project(const struct mw_rule *rule, const struct mw_point *point, struct mw_span labels[])
{
    for (size_t i = 0; i < rule->n_by; i++) {
        labels[i] = label_of(point, rule->by[i]);
    }
}

/* A point of the primary metric belongs to exactly one label set; one of another metric belongs to every
 * label set it does not contradict, so a number about the whole tenant may stand in a rule per channel. */
static bool is_about(const struct mw_rule *rule, const struct mw_point *point, const struct mw_span labels[],
                     bool is_primary)
{
    for (size_t i = 0; i < rule->n_by; i++) {
        const struct mw_span value = label_of(point, rule->by[i]);
        if (!mw_span_eq(value, labels[i]) && (is_primary || value.len > 0)) {
            return false;
        }
    }
    return true;
}

static double field_of(const struct mw_point *point, int field)
{
    switch (field) {
    case MW_RULE_VALUE:
        return point->value;
    case MW_RULE_MAGNITUDE:
        return fabs(point->value);
    case MW_RULE_LOWER:
        return point->lower;
    case MW_RULE_UPPER:
        return point->upper;
    case MW_RULE_PROBABILITY:
        return point->probability;
    default:
        return point->money;
    }
}

/* Several points may be about one label set (campaigns of a channel, say): any of them enters, all must
 * leave. The one that is shown is the first that enters, else the first with a number. */
static void read_condition(const struct mw_rule *rule, size_t i, const struct mw_metric_points *points,
                           const struct mw_span labels[], struct mw_alerts_reading *out)
{
    const struct mw_rule_condition *condition = &rule->conditions[i];
    const bool is_primary = mw_span_eq(condition->metric, rule->conditions[0].metric);
    const uint32_t bit = UINT32_C(1) << i;
    bool left = true;
    for (size_t k = 0; k < points->n_points; k++) {
        const struct mw_point *point = &points->points[k];
        if (!mw_span_eq(point->metric, condition->metric) || !is_about(rule, point, labels, is_primary)) {
            continue;
        }
        const double x = field_of(point, condition->field);
        const bool enters = !isnan(x) && mw_rule_bound_holds(condition->enter, x);
        if (out->points[i] == NULL || (!isnan(x) && !(out->known & bit)) ||
            (enters && !(out->entered & bit))) {
            out->points[i] = point;
        }
        out->known |= isnan(x) ? 0 : bit;
        out->entered |= enters ? bit : 0;
        left = left && !isnan(x) && mw_rule_bound_holds(condition->leave, x);
    }
    out->left |= left && (out->known & bit) ? bit : 0;
}

static uint32_t group_mask(const struct mw_rule *rule, size_t group)
{
    uint32_t mask = 0;
    for (size_t i = 0; i < rule->n_conditions; i++) {
        mask |= rule->conditions[i].group == group ? UINT32_C(1) << i : 0;
    }
    return mask;
}

bool mw_alerts_holds(const struct mw_rule *rule, uint32_t held)
{
    for (size_t group = 0; group < rule->n_groups; group++) {
        if ((held & group_mask(rule, group)) == 0) {
            return false;
        }
    }
    return rule->n_groups > 0;
}

/* A group is unknown only when none of its alternatives has a number: a missing bias does not hide that the
 * coverage is fine. */
static enum mw_truth truth_of(const struct mw_rule *rule, const struct mw_alerts_reading *reading)
{
    enum mw_truth truth = MW_TRUE;
    for (size_t group = 0; group < rule->n_groups; group++) {
        const uint32_t mask = group_mask(rule, group);
        const enum mw_truth one = reading->entered & mask ? MW_TRUE
                                  : reading->known & mask ? MW_FALSE
                                                          : MW_UNKNOWN;
        truth = mw_alerts_and(truth, one);
    }
    return truth;
}

static enum mw_truth at_least(double x, double least)
{
    return isnan(x) ? MW_UNKNOWN : x >= least ? MW_TRUE : MW_FALSE;
}

static enum mw_truth read_age(const struct mw_rule *rule, const struct mw_metric_points *points,
                              const struct mw_span labels[])
{
    for (size_t k = 0; k < points->n_points && rule->age_days > 0; k++) {
        const struct mw_point *point = &points->points[k];
        if (mw_span_eq(point->metric, rule->age_metric) && is_about(rule, point, labels, false)) {
            return at_least(point->value, rule->age_days);
        }
    }
    return rule->age_days > 0 ? MW_UNKNOWN : MW_TRUE;
}

static enum mw_truth read_money(const struct mw_rule *rule, const struct mw_alerts_reading *reading)
{
    enum mw_truth truth = rule->money_per_week > 0 ? MW_UNKNOWN : MW_TRUE;
    for (size_t i = 0; i < rule->n_conditions && truth == MW_UNKNOWN; i++) {
        truth = reading->points[i] == NULL ? MW_UNKNOWN
                                           : at_least(reading->points[i]->money, rule->money_per_week);
    }
    return truth;
}

static struct mw_span read_reason(const struct mw_rule *rule, const struct mw_alerts_reading *reading)
{
    for (size_t i = 0; i < rule->n_conditions; i++) {
        if (!(reading->known & UINT32_C(1) << i)) {
            const struct mw_point *point = reading->points[i];
            return point != NULL && point->reason.len > 0 ? point->reason : rule->conditions[i].metric;
        }
    }
    return (struct mw_span){0};
}

struct mw_alerts_reading mw_alerts_read(const struct mw_rule *rule, const struct mw_metric_points *points,
                                        const struct mw_span labels[])
{
    struct mw_alerts_reading reading = {.as_of = points->as_of, .period_days = points->period_days};
    for (size_t i = 0; i < rule->n_conditions; i++) {
        read_condition(rule, i, points, labels, &reading);
    }
    reading.holds = truth_of(rule, &reading);
    reading.gates = mw_alerts_and(read_age(rule, points, labels), read_money(rule, &reading));
    reading.reason = read_reason(rule, &reading);
    return reading;
}
