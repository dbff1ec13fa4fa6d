/* mw_alerts_core.h: from metrics and ticks to alerts: one state machine per rule and label set.
 *
 *                    holds                 held long enough
 *     inactive ────────────────► pending ────────────────────► firing ◄─────────────┐
 *        ▲  ▲   no longer holds     │                          │    │  holds again  │
 *        │  └───────────────────────┘             left the     │    │               │
 *        │                                        hysteresis   │    └──────────► recovering
 *        │                                        (no keeping) │   left, keep_firing_for   │
 *        └───────────────── resolved ◄─────────────────────────┴───────────────────────────┘ time is up
 *
 *     nodata    from any of them when the rule's policy is `alert`: null, gap, or silence of the metric
 *     expired   a pending, firing or nodata alert whose data never came back
 *     silenced  how a firing, recovering or nodata alert is shown while a silence, another alert or flapping
 *               keeps it quiet; silenced_by says which. It goes on being followed.
 *
 * A rule is evaluated once per points record that carries its primary metric, over that whole record, so that
 * a rule over two metrics never sees half of an update. Persistence counts closed periods by as_of: a
 * restatement of the same as_of is counted again, not twice. Time is what ticks say; a tick of the tenant's
 * own beats those of its partition, from its first one on. Every record that leaves carries rev 1, 2, 3 ..
 * per key.
 *
 * State per tenant is bounded: when alerts_max states are held, inactive ones that were quiet for 90 days
 * make room; if none can, the alert "alerts_full" fires and says how many conditions are not followed. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_core.h"
#include "mw_rule.h"

struct mw_alerts_core;

struct mw_alerts_options {
    struct mw_span default_rules; /* normal form that holds before the first rules command; empty: no rules */
    size_t alerts_max;            /* per tenant, 0: 4096 */
    size_t silences_max;          /* per tenant, 0: 64 */
};

/* MW_E_DATA when the default rules are not a normal form; MW_E_MEMORY. Closed by mw_alerts_core_ops.close. */
MW_MUST_USE enum mw_status mw_alerts_core_open(struct mw_alerts_core **out,
                                               const struct mw_alerts_options *options, struct mw_error *err);

/* step: MW_E_CONTRACT for anything but mw.metric.v1; MW_E_DATA for a command that cannot be carried out
 * (unknown alert, damaged rules, a silence of everything, too many silences); MW_E_MEMORY is fatal. */
extern const struct mw_core_ops mw_alerts_core_ops;
