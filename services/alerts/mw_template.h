/* mw_template.h: the sentences of an alert, like "{channel}: the next 1 returns {value}".
 *
 *   {label}                  a label that the rule groups by
 *   {value} {lower} {upper} {threshold} {probability} {money} {money_lower} {money_upper}
 *   {unit} {action} {reason} of the primary metric's point
 *   {metric.value}           the same of another metric of the rule
 *   {tenant} {rule} {as_of} {evaluations}
 *   {value:.2} {value:,} {value:%}    decimals, thousands, a share as percent; else the unit decides
 *   {{ and }}                braces
 *
 * The text is plain: whoever sends it escapes it for its receiver. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_rule.h"

/* What one alert has to say; points run beside the rule's conditions, NULL where a condition has none. */
struct mw_template_values {
    struct mw_span tenant;
    const struct mw_span *labels; /* values of rule->by */
    const struct mw_point *const *points;
    mw_date as_of;
    int64_t evaluations;
};

/* MW_E_DATA names the placeholder and what there is. */
MW_MUST_USE enum mw_status mw_template_check(const struct mw_rule *rule, struct mw_span text,
                                             struct mw_error *err);
/* True when the text has the placeholder {name}. */
bool mw_template_names(struct mw_span text, struct mw_span name);
/* Writes at most capacity - 1 bytes and a terminator; what does not fit is cut at a character, "..." at the
 * end. Returns the length. The template must have been checked. */
size_t mw_template_render(const struct mw_rule *rule, struct mw_span text,
                          const struct mw_template_values *values, char *out, size_t capacity);
/* The currency that a point's money is in: its label "currency", or empty. */
struct mw_span mw_point_currency(const struct mw_point *point);
