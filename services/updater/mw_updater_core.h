/* mw_updater_core.h: the journal in, estimates, allocations and metrics out.
 *
 * Reads mw.fact.v1. Per tenant it keeps the rows that the facts describe, the streaming posterior
 * (model/mw_model.h) and the forecasts it has issued. A closed period becomes a row of the model; a fact that
 * changes a closed period waits, with others like it, for the next close and then enters as one correction. After
 * each close it writes mw.estimate.v1 and mw.allocation.v1 (latest; published as well on the last day of a week)
 * and every number that a rule may look at as one record on mw.metric.v1. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_core.h"

struct updater_core;

/* Owns everything; close with updater_core_ops.close. MW_E_MEMORY. */
MW_MUST_USE enum mw_status updater_core_open(struct updater_core **out, struct mw_error *err);
extern const struct mw_core_ops updater_core_ops;
