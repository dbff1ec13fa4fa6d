/* updater_advice.h: the allocation record from an estimate. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_model_derive.h"
#include "updater_internal.h"

/* Fills everything that follows from curves and bounds: channels, expectations, efficiency, moves. *is_possible is
 * false, and nothing is filled, when nothing was spent in the window. MW_E_MEMORY, MW_E_NUMERIC. */
MW_MUST_USE enum mw_status updater_advise(const struct updater_step *step,
                                          const struct mw_model_estimate *estimate, struct mw_allocation *out,
                                          bool *is_possible, struct mw_error *err);
