/* mw_allocate_internal.h: what both solvers ask of a channel. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_allocate.h"

/* Curve, bounds and minimum of channel c; MW_E_DATA names channel and number. */
MW_MUST_USE enum mw_status mw_allocate_check(const struct mw_allocate_channel *channel, size_t c,
                                             struct mw_error *err);
