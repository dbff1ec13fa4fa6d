/* bench_figure.h: one measured number, printed as one line of JSON, beside what it is to be compared with: an
 * anchor measured in the same run (so that a slow or busy machine moves both) and the bound that is stated. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_status.h"

struct bench_figure {
    const char *name, *unit; /* name: "ingest/deltas/file", its parts from coarse to fine */
    double value;
    const char *anchor;  /* what the anchor is; NULL: there is none */
    double anchor_value; /* in the same unit; the ratio is value / anchor_value */
    double limit;        /* value may be at most this; 0: nothing is stated */
};

void bench_print(const struct bench_figure *figure);
/* A failure of what is measured ends the program: a figure of something that did not work is none. */
void bench_check(enum mw_status status, const struct mw_error *err);
double bench_wall_seconds(void);
double bench_cpu_seconds(void); /* of this process, all threads */
/* Sorts `values`; the smallest one that at least a share q of them does not exceed. */
double bench_quantile(double *values, size_t n, double q);
