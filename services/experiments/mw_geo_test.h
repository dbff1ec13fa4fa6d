/* mw_geo_test.h: one geo experiment from its declaration to its last number.
 *
 *   declared ──launch──► running, a period at a time ──► ended (planned end and cool-down are over)
 *
 * What is frozen when (incrementality.md 2.8):
 *   launch    the first period of the test is closed. From the pre-period alone: donors, their weights (first
 *             60 %), the noise (last 40 %, at least 28 days where the pre-period allows), q, phi, the
 * information planned, the offset of spend. Weights and noise come from different days: fitted on the same
 * days, 11 to 28 % of tests without any effect would be called significant. running   every closed period
 * appends one whitened row. Nothing frozen moves. When a closed period is restated the path is run again from
 * its first row: the same code, so the same bits as if it had come in time.
 *
 * Dates are first days of periods. A pure data structure: who closes days and who is told is
 * mw_experiments_core. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_avt.h"
#include "mw_panel.h"
#include "mw_sc.h"
#include "mw_shape.h"
#include "mw_window.h"

enum {
    MW_GEO_PRE_PERIODS_MIN = 25, /* what GeoLift asks for, too */
    MW_GEO_NOISE_DAYS_MIN = 28,
    MW_GEO_DONORS_MIN = 2,
    MW_GEO_DAYS_MIN = 14, /* before "significant" */
    MW_GEO_PRE_DAYS_DEFAULT = 365,
};

/* A donor: its weight in the honest twin (first part of the pre-period) and in the usual one (all of it). */
struct mw_geo_donor {
    uint32_t geo;
    double weight, weight_full;
};

struct mw_geo_design {
    uint32_t *treated; /* numbers in the panel's table of geos */
    size_t n_treated;
    struct mw_geo_donor *donors;
    size_t n_donors, n_left_out; /* left out: a gap in the pre-period, or treated in an overlapping test */
    uint32_t spend_measure;
    mw_date weights_from, weights_to, noise_from, noise_to; /* first days of the first and the last period */
    double q, phi, information_planned;
    double threshold_log_e; /* ln(1/alpha), times the factor of the design's A/A calibration where there is
                               one */
    double spend_offset;    /* mean spend of the treated beyond their twin, noise window */
};

/* One period as the test sees it: means over the treated geos, weighted means over the donors. */
struct mw_geo_day {
    mw_date date;
    uint32_t missing; /* a geo without the outcome, or MW_INDEX_NONE; the four numbers below are then NaN */
    double treated, twin, twin_full, control;
    double spend_treated, spend_twin,
        spend_kept; /* sums: treated; their twin's scaled to them; all other geos */
};

/* Everything that a new day adds to. */
struct mw_geo_path {
    mw_date through; /* last period looked at; MW_DATE_NONE at first */
    struct mw_avt avt;
    struct mw_avt_estimate now;
    int64_t n_periods, n_missing;
    uint32_t missing; /* of the last period */
    struct mw_window window;
    double outcome_treated;                       /* sum over complete periods of the mean treated geo */
    int64_t n_spend_periods;                      /* without the cool-down, as the next three */
    double spend_treated, spend_twin, spend_kept; /* sums */
    double log_e_max, log_e_plan, log_e_harm; /* running maxima: any sign, the planned sign, the other one */
    double lower, upper; /* running intersection of the intervals, per treated geo and period */
    bool moved; /* the estimate left them, so the effect is not constant: the bounds are then today's alone */
    mw_date significant_on, harm_on;
};

struct mw_geo_test;

/* A method is one row of a table of functions; everything else of a test is common to all. */
struct mw_method {
    const char *name; /* as declared */
    size_t n_regressors;
    /* Donors are chosen: weights. MW_E_DATA says why the method cannot run. */
    enum mw_status (*weigh)(const struct mw_panel *panel, struct mw_geo_design *design,
                            struct mw_arena *scratch, struct mw_error *err);
    /* Regressors before D, which is the caller's, and the response. */
    void (*row)(const struct mw_geo_day *day, double d, double row[]);
};
/* NULL when there is no such method. */
const struct mw_method *mw_method_of(struct mw_span name);

struct mw_geo_test {
    struct mw_arena arena;          /* declaration and design */
    const struct mw_test *test;     /* as declared, our copy */
    const struct mw_method *method; /* NULL only when hopeless */
    bool hopeless;                  /* the declaration itself cannot run; `refusal` says why */
    bool launched;
    bool tried; /* a launch was refused: tried again only when the past was restated */
    bool late;  /* declared after its first period was closed */
    struct mw_geo_design design;
    struct mw_geo_path path;
    char refusal[sizeof((struct mw_error *)0)->text]; /* why it could not launch; empty while it may */
};

/* Takes a copy of the declaration. One that can never run is an outcome: MW_OK, hopeless, `refusal` says why.
 * MW_E_CONTRACT for a record that declares nothing; MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_geo_test_open(struct mw_geo_test *out, const struct mw_test *declared,
                                            struct mw_error *err);
void mw_geo_test_close(struct mw_geo_test *test);

/* Other tests whose geos this one may not use as donors, or share as treated. */
struct mw_geo_registry {
    const struct mw_geo_test *const *tests; /* may hold the test itself */
    size_t n_tests;
};

/* Freezes the design of a test that is not hopeless. Its first period must be closed. A refusal is an
 * outcome: MW_OK, launched stays false and `refusal` says why and what to do. MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_geo_test_launch(struct mw_geo_test *test, const struct mw_panel *panel,
                                              struct mw_geo_registry registry, struct mw_arena *scratch,
                                              struct mw_error *err);

/* The series a launched test reads, found once for many periods. Borrowed from the panel and the arena. */
struct mw_geo_sight {
    const struct mw_panel *panel;
    const struct mw_panel_series **treated, **donors, **treated_spend, **donor_spend, **kept_spend;
    size_t n_kept;
};
MW_MUST_USE enum mw_status mw_geo_test_sight(const struct mw_geo_test *test, const struct mw_panel *panel,
                                             struct mw_arena *scratch, struct mw_geo_sight *out,
                                             struct mw_error *err);
struct mw_geo_day mw_geo_test_day(const struct mw_geo_test *test, const struct mw_geo_sight *sight,
                                  mw_date date);
/* The same with spend left at zero: most of the cost of a day is the spend of all other geos. */
struct mw_geo_day mw_geo_test_outcomes(const struct mw_geo_test *test, const struct mw_geo_sight *sight,
                                       mw_date date);

/* Back to the day before the test: calibration rows only. Called by launch; call it to replay. */
MW_MUST_USE enum mw_status mw_geo_test_rewind(struct mw_geo_test *test, const struct mw_geo_sight *sight,
                                              struct mw_error *err);
/* The next period of the test, or MW_DATE_NONE past its last one. */
mw_date mw_geo_test_next(const struct mw_geo_test *test, int32_t period_days);
/* Appends that period. */
MW_MUST_USE enum mw_status mw_geo_test_step(struct mw_geo_test *test, const struct mw_geo_sight *sight,
                                            struct mw_error *err);

/* First day after the last period that the test measures: planned end and cool-down. */
mw_date mw_geo_test_end(const struct mw_geo_test *test);
/* +1 when the plan expects the outcome of the treated geos to rise, -1 when it expects it to fall. */
double mw_geo_test_sign(const struct mw_geo_test *test);
double mw_geo_test_alpha(const struct mw_geo_test *test);

/* What the path says in the units that people use. NaN where it cannot say. Bounds are anytime-valid at 1 -
 * alpha; the running intersection as long as the effect looks constant. */
struct mw_geo_result {
    struct mw_effect_estimate effect;    /* per treated geo and day */
    struct mw_effect_estimate increment; /* all treated geos, whole test so far */
    struct mw_effect_estimate lift_pct;  /* of what the treated geos would have had */
    struct mw_effect_estimate iroas;     /* increment per unit of actual spend difference */
    double spend_difference;             /* actual, treated geos beyond their twin */
    double estimators[4];                /* effects of mw_estimators, per treated geo and day; NaN */
    double window_total, window_se;      /* all treated geos, whole window, whatever the effect's shape */
    double spread;                       /* sd of that over honest and full twin and regression */
    double p_anytime;
};
MW_MUST_USE enum mw_status mw_geo_test_result(const struct mw_geo_test *test,
                                              const struct mw_geo_sight *sight, struct mw_arena *scratch,
                                              struct mw_geo_result *out, struct mw_error *err);

/* The whole window as the model takes it in: lift = outcome at the spend that was minus outcome at the
 * tested level, in the treated share of the market (incrementality.md 2.12). Call at the end of the test. */
void mw_geo_test_lift(const struct mw_geo_test *test, const struct mw_panel *panel,
                      const struct mw_geo_result *result, struct mw_test_lift *out);

void mw_geo_test_save(const struct mw_geo_test *test, struct mw_writer *out);
/* Into one that was never used. MW_E_DATA, MW_E_MEMORY; it may then only be closed. */
MW_MUST_USE enum mw_status mw_geo_test_load(struct mw_geo_test *out, struct mw_reader *in,
                                            struct mw_error *err);
