/* ingest_script.h: any bytes as a history of one tenant: spend, outcomes, factors, clocks, commands, configurations, odd
 * ones too. Run through ingest twice, once without a break and once through a snapshot wherever the bytes say so.
 *
 * Checked after every step: it succeeds, all it says can be written, facts are numbered without a gap, periods close
 * one after the other, versions of the model count up, a total is the sum of the cells as the facts told them (kept
 * apart, added up plainly); at every snapshot and at the end, both cores save the same bytes. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stddef.h>
#include <stdint.h>

struct ingest_script_info {
    size_t steps, facts, cells, closes, births, refused, snapshots;
};

/* Aborts at the first thing that does not hold. */
void ingest_script_run(const uint8_t *data, size_t n_bytes, struct ingest_script_info *out);
