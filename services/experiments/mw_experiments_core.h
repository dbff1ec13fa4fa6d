/* mw_experiments_core.h: the experiments service as a pure core.
 *
 * In: mw.fact.v1. Out: mw.experiment.v1 per running test and closed period, mw.metric.v1 once per close, and
 * at the end of a test its lift on mw.test.v1, which ingest orders into the journal for the model.
 *
 * Per tenant it keeps the panel of its geos and its tests. Cells only accumulate; a close moves every test to
 * the last closed period. The outcome and the grid of a tenant are those of its first configuration. A test
 * leaves 90 days after its end; until then a restatement of its days sends a corrected lift. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_core.h"

enum { MW_EXPERIMENTS_TESTS_MAX = 64, MW_EXPERIMENTS_KEPT_DAYS = 90 };

struct mw_experiments_settings {
    size_t tests_max;  /* per tenant; 0: MW_EXPERIMENTS_TESTS_MAX. One more is refused with a record that says
                          so */
    size_t values_max; /* of the panel of a tenant; 0: MW_PANEL_VALUES_MAX. Metric experiments_refused counts
                          more */
};

struct mw_experiments_core;

/* `settings` may be NULL. Closed by mw_experiments_ops.close. MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_experiments_open(struct mw_experiments_core **out,
                                               const struct mw_experiments_settings *settings,
                                               struct mw_error *err);

/* step: MW_E_CONTRACT (fatal) for a record that is not a fact and for a gap in the numbers of facts;
 * MW_E_MEMORY (fatal). A fact seen before is skipped. Nothing in a journal is rejected: what cannot be used
 * is said in a test's `reason` or counted. load: MW_E_DATA for a damaged snapshot, MW_E_MEMORY. */
extern const struct mw_core_ops mw_experiments_ops;
