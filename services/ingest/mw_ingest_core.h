/* mw_ingest_core.h: raw events in, one ordered journal per tenant out.
 *
 * Reads mw.tenant.v1, mw.spend.v1, mw.outcome.v1, mw.factor.v1, mw.test.v1, mw.command.v1 and mw.clock.v1;
 * writes mw.fact.v1 (its only writer: facts are numbered n = 1, 2, 3, ... per tenant), ticks, forwarded
 * commands and data quality on mw.metric.v1, and what it refuses on mw.deadletter.v1, whole and with a
 * reason.
 *
 * Reasons of dead letters: wrong_key, unknown_tenant, wrong_currency, unknown_channel, unknown_outcome, unknown_factor,
 * wrong_amount, negative_spend, odd_value, odd_date, future_date, delta_too_old, before_first, too_many_rows, too_many_cells,
 * unknown_test_channel, bad_tenant, bad_time_zone, too_many_ids. Reasons of the decoder stand in
 * wire/mw_wire.h. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_core.h"

struct ingest_core;

/* Owns everything; close with ingest_core_ops.close. MW_E_MEMORY. */
MW_MUST_USE enum mw_status ingest_core_open(struct ingest_core **out, struct mw_error *err);
extern const struct mw_core_ops ingest_core_ops;
