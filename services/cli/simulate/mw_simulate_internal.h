/* mw_simulate_internal.h: the market's state, shared by the files of this folder. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_simulate.h"

enum { MW_SIMULATE_PERIODS_MAX = 1 << 20, MW_SIMULATE_GEOS_MAX = 200, MW_SIMULATE_FACTORS = 2 };

struct mw_simulate {
    struct mw_arena arena;
    struct mw_simulate_config config;
    struct mw_tenant tenant;
    struct mw_source source;
    struct mw_test_declared declared;
    double s_y;
    double *beta;                      /* [channel] */
    double *weight;                    /* [geo]: share of spend and sales */
    bool *treated;                     /* [geo] */
    int64_t t;                         /* the next period */
    double e;                          /* its error before the next draw */
    double *adstock;                   /* [channel][geo] */
    double *spend, *outcome, *factors; /* of the period given last */
};

/* Spend of a channel in a place in period t, whatever was asked before. */
double mw_simulate_spend(const struct mw_simulate *sim, size_t i_channel, size_t i_geo, int64_t t);
/* The same if there were no test. */
double mw_simulate_spend_untested(const struct mw_simulate *sim, size_t i_channel, size_t i_geo, int64_t t);
/* Advances one adstock by a period's spend in a place and gives the channel's sales there. */
double mw_simulate_response(const struct mw_simulate *sim, size_t i_channel, size_t i_geo, double spend,
                            double *adstock);
/* Length of a period. */
int mw_simulate_days(const struct mw_simulate *sim);
