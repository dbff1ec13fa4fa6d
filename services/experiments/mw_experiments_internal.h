/* mw_experiments_internal.h: what the parts of the core share: state, and what is said of it. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_experiments_core.h"
#include "mw_geo_test.h"
#include "mw_tenants.h"

/* A test and what was published of it. */
struct mw_watched {
    struct mw_geo_test test;
    int64_t rev, lift_rev;
    struct mw_geo_result result; /* of the period last said; not saved: used in the same step only */
    double lift, se;             /* as last sent; NaN: never */
};

struct mw_experiments_tenant {
    struct mw_span name; /* first: mw_tenants.h */
    struct mw_span outcome;
    struct mw_arena arena; /* name and outcome */
    int64_t n;          /* the last fact taken in */
    mw_date closed_to;  /* last closed date */
    mw_date dirty_from; /* first closed period that changed since the last close; MW_DATE_NONE: none */
    struct mw_panel panel;
    struct mw_watched *tests; /* in the order of their declaration */
    size_t n_tests, capacity;
};

struct mw_experiments_core {
    struct mw_experiments_settings settings;
    struct mw_tenants tenants; /* of struct mw_experiments_tenant */
    struct mw_arena scratch; /* of one test in one step */
};

/* Where a record comes from. */
struct mw_said {
    const struct mw_experiments_tenant *tenant;
    const struct mw_fact *fact;
    struct mw_arena *scratch;
    struct mw_effects *out;
};

/* How the test stands now. */
int mw_watched_state(const struct mw_watched *watched, int32_t period_days);

/* One mw.experiment.v1. Not launched: no numbers, `reason` says why. MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_said_waiting(const struct mw_said *said, struct mw_watched *watched,
                                           const char *reason, struct mw_error *err);
/* Launched: the last period of the path, and its result for further use. MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_said_period(const struct mw_said *said, struct mw_watched *watched,
                                          const struct mw_geo_sight *sight, struct mw_error *err);
/* The lift of the period last said, when there is one that differs from the last sent. MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_said_lift(const struct mw_said *said, struct mw_watched *watched,
                                        struct mw_error *err);
/* A declaration that found no place, or a test that was withdrawn. */
MW_MUST_USE enum mw_status mw_said_of_none(const struct mw_said *said, const struct mw_test *test, int state,
                                           int64_t rev, struct mw_span reason, struct mw_error *err);
/* All points of a close in one mw.metric.v1; `is_new[i]`: test i took in a period at this close. */
MW_MUST_USE enum mw_status mw_said_points(const struct mw_said *said, const bool is_new[],
                                          struct mw_error *err);
