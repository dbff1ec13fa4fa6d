/* mw_simulate.h: a market with a known truth: spend, sales and what caused them, period by period, for ever.
 *
 * It is exactly the model that the monitor fits (DESIGN 4): geometric adstock, Hill saturation, trend, three
 * yearly Fourier pairs, days of the week, one control, holidays, AR(1) errors. The baseline z' gamma is spelt
 * out in mw_simulate.c. With places, each is a small copy of the country: its weight is its share of spend
 * and sales, carry-over and saturation work on spend per head, and its own noise sums to zero over all
 * places, so the sum of the places is again the model. A geo holdout switches one channel off in some places
 * for a time.
 *
 * Spend of (channel, place, period) is a pure function of the seed, and so are errors given the period
 * before: period t is the same whoever asks, and a live stream that was stopped goes on by seeking to where
 * it was.
 *
 * Units: money per period; theta as in DESIGN 4, in the generator's own scales m_c (mean spend while on) and
 * s_y. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_records.h"

struct mw_simulate_channel {
    struct mw_span channel;
    int memory;                  /* enum mw_memory */
    double roi, alpha, kappa, n; /* the truth */
    double spend;                /* m_c: usual spend per period while it is on */
    double on_share;             /* share of four-week flights that are on; 1: always on */
};

struct mw_simulate_test { /* n_treated 0: none. Tests need places and a daily grid. */
    struct mw_span test;
    size_t i_channel, n_treated;
    int64_t start, days; /* period it starts, counted from 0, and how long it is */
};

struct mw_simulate_config {
    struct mw_span tenant, currency;
    uint64_t seed;
    int grid; /* enum mw_grid */
    mw_date first;
    const struct mw_simulate_channel *channels;
    size_t n_channels, n_geos; /* n_geos 1: no places */
    double media_share;        /* of expected sales, 0 .. 1: settles s_y */
    double noise;              /* standard deviation of e in units of s_y */
    double rho;                /* of AR(1) errors */
    double noise_geo; /* of a place of average size, beyond the common noise, in units of its sales */
    bool scales; /* the tenant states the generator's scales, so that estimates are in the truth's units */
    struct mw_simulate_test test;
};

/* A demo: six channels, a day, one place. `n_channels` of up to MW_CHANNELS_MAX take turns in six kinds.
 * `arena` keeps the channels. MW_E_CONTRACT, MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_simulate_config(struct mw_arena *arena, size_t n_channels, int grid,
                                              struct mw_simulate_config *out, struct mw_error *err);

struct mw_simulate;

/* Copies what it needs. MW_E_CONTRACT names the setting that is out of range. MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_simulate_open(const struct mw_simulate_config *config, struct mw_simulate **out,
                                            struct mw_error *err);
void mw_simulate_close(struct mw_simulate **sim);

/* Tenant and places, for mw_period_record. */
const struct mw_source *mw_simulate_source(const struct mw_simulate *sim);
/* Number of the next period, counted from 0. */
int64_t mw_simulate_at(const struct mw_simulate *sim);
/* The next period, borrowed until the next call. */
void mw_simulate_next(struct mw_simulate *sim, struct mw_period *out);
/* So that the next period is number t; costs a walk from the start when it lies behind, less than a second
 * for years. */
void mw_simulate_seek(struct mw_simulate *sim, int64_t t);
/* The declaration of the test as a record, when its period starts the test: to be sent before the period's
 * own records. `out` must not be moved. */
bool mw_simulate_declaration(const struct mw_simulate *sim, int64_t t, struct mw_raw *out);

/* What was true over the first n periods. mROAS by the definition of published numbers: +1 % over the last 28
 * days, with a tail of 182 days. */
struct mw_simulate_truth {
    double s_y, sigma, media_share;                    /* media_share: of n s_y */
    double *contribution, *spend, *roi, *mroas, *beta; /* by channel */
    double lift_test;                                  /* sales lost in the treated places over the test */
};
/* In `arena`. MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_simulate_truth(const struct mw_simulate *sim, int64_t n_periods,
                                             struct mw_arena *arena, struct mw_simulate_truth *out,
                                             struct mw_error *err);
/* As a JSON object. MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_simulate_truth_json(const struct mw_simulate *sim, int64_t n_periods,
                                                  struct mw_writer *out, struct mw_error *err);

enum mw_simulate_form {
    MW_SIMULATE_TABLE = 1,  /* table.csv, table.json */
    MW_SIMULATE_EVENTS = 2, /* events.jsonl: {"topic":..,"id":..,"time":..,"record":{..}} */
};
/* Writes n periods as the forms asked for, and truth.json, into a folder that is there. Each file appears
 * whole or not at all. MW_E_IO, and whatever opening says. */
MW_MUST_USE enum mw_status mw_simulate_write(const struct mw_simulate_config *config, int64_t n_periods,
                                             unsigned forms, const char *folder, struct mw_error *err);
