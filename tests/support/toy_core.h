/* toy_core.h: two small cores to test the shell with.
 *
 *   counter  mw.factor.v1, mw.clock.v1 -> mw.metric.v1 (one record each), and every fifth factor of a tenant comes
 *            back as a raw record from "loop", as lifts do. A value of -1 is refused ("too_low"), -2 is one too many,
 *            -3 breaks the core.
 *   teller   mw.metric.v1 -> mw.scenario.v1, the latest of which is a read model
 *
 * Their state is a hash over all that they have seen, in order: nothing may be lost, doubled or swapped. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_core.h"
#include "mw_messages.h"

struct toy_core;

struct toy_core *toy_open(void);
void toy_close(struct toy_core *core);
/* Makes every tenant's saved state this much longer. */
void toy_set_ballast(struct toy_core *core, size_t n_bytes);

extern const struct mw_core_ops toy_counter_ops, toy_teller_ops;
/* The same with another version of the state. */
extern const struct mw_core_ops toy_counter_newer_ops;
extern const struct mw_type *const toy_counter_inputs[2];
extern const struct mw_type *const toy_teller_inputs[1];
