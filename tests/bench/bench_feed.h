/* bench_feed.h: raw records of tenants that come from no table: who they are, what they spend, what day it is.
 * Each call adds one record to a batch; a failure ends the program. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "records.h"

enum { BENCH_DAY = 19723 /* 2024-01-01, the first day */, BENCH_CHANNELS_MAX = MW_CHANNELS_MAX };

/* "c00", "c01", ... */
struct mw_span bench_channel(size_t i);

/* A tenant whose history brings its own clock, with channels 0 .. n_channels - 1. */
void bench_feed_tenant(struct record_batch *batch, struct mw_span tenant, size_t n_channels);
/* The rules of config/rules.yaml. */
void bench_feed_rules(struct record_batch *batch, struct mw_span tenant);
/* It is `today`: whatever is settled by then closes. */
void bench_feed_clock(struct record_batch *batch, struct mw_span tenant, mw_date today);

struct bench_spend {
    size_t channel, campaign;
    mw_date date;
    int kind; /* enum mw_observation */
    double amount;
    int64_t i_report; /* 0, 1, .. of that cell: gives it another id and a later moment */
};
void bench_feed_spend(struct record_batch *batch, struct mw_span tenant, const struct bench_spend *spend);
