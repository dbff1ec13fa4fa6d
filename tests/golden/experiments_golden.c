/* Published and independently recomputed numbers (reference incrementality.md, part 3), to the digits
 * printed. */
// SPDX-License-Identifier: Apache-2.0
#include "geo_table.h"
#include "mw_avt.h"
#include "mw_estimators.h"
#include "mw_experiments_core.h"
#include "mw_messages.h"
#include "mw_sc.h"
#include "mw_window.h"

#include "mw_math.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Half a unit of the last digit printed, and a little for the rounding of what was printed. */
#define EXPECT_PRINTED(got, want, digits)                                                                    \
    cr_expect(fabs((got) - (want)) <= 0.51 * pow(10, -(digits)), "%s is %.10g, printed %.10g", #got,         \
              (double)(got), (double)(want))

static struct mw_arena arena;

static void end(void)
{
    mw_arena_fini(&arena);
}

TestSuite(experiments_golden, .fini = end);

static struct geo_table *open_or_skip(const char *path, struct geo_table_columns columns)
{
    struct geo_table *table = geo_table_open(path, columns);
    if (table == NULL) {
        (void)fprintf(stderr, "skipped: %s is not there, set MW_SHARED\n",
                      path); /* Criterion skips in silence */
        cr_skip_test("%s is not there: set MW_SHARED", path);
    }
    return table;
}

/* ---- Prop 99 --------------------------------------------------------------------------------- */

enum { PROP_PRE = 19, PROP_POST = 12 };

struct prop99 {
    struct geo_table *table;
    const double *treated;
    double *donors;
    size_t n_donors;
    const char *names[64];
};

static struct prop99 open_prop99(void)
{
    static const char *const treated[] = {"California"};
    struct prop99 p = {.table = open_or_skip("prop99-synthdid/california_prop99.csv",
                                             (struct geo_table_columns){';', 0, 1, 2})};
    p.treated = geo_table_series(p.table, treated[0]);
    p.donors = geo_table_others(p.table, treated, 1, &p.n_donors, p.names);
    cr_assert(p.n_donors == 38 && p.table->n_periods == PROP_PRE + PROP_POST);
    return p;
}

static double weight_of(const char *const *names, size_t n, const double *weight, const char *name)
{
    for (size_t j = 0; j < n; j++) {
        if (strcmp(names[j], name) == 0) {
            return weight[j];
        }
    }
    return MW_NAN;
}

Test(experiments_golden, prop_99_synthetic_control_reaches_the_exact_optimum)
{
    static const struct {
        const char *state;
        double weight;
    } published[] = {{"Utah", .393908},        {"Montana", .231840},       {"Nevada", .204923},
                     {"Connecticut", .109090}, {"New Hampshire", .045429}, {"Colorado", .014811}};
    static const double gaps[] = {-8.440,  -9.207,  -12.634, -13.729, -17.534, -22.049,
                                  -22.858, -23.997, -26.261, -23.338, -27.520, -26.597};
    struct prop99 p = open_prop99();
    const struct mw_sc_problem problem = {.n_rows = PROP_PRE,
                                          .n_donors = p.n_donors,
                                          .treated = p.treated,
                                          .donors = p.donors,
                                          .stride = p.table->n_periods};
    double weight[64], att = 0;
    struct mw_sc_info info;
    cr_assert(mw_sc_fit(&problem, &arena, weight, &info, NULL) == MW_OK);
    cr_expect(info.outcome == MW_SC_OPTIMAL && info.kkt < 1e-12 && info.n_support == 6, "kkt %g, %zu donors",
              info.kkt, info.n_support);
    for (size_t i = 0; i < sizeof published / sizeof published[0]; i++) {
        EXPECT_PRINTED(weight_of(p.names, p.n_donors, weight, published[i].state), published[i].weight, 6);
    }
    EXPECT_PRINTED(info.imbalance / sqrt(PROP_PRE), 1.656400, 6);
    for (size_t t = 0; t < PROP_POST; t++) {
        double gap = p.treated[PROP_PRE + t];
        for (size_t j = 0; j < p.n_donors; j++) {
            gap -= weight[j] * p.donors[j * p.table->n_periods + PROP_PRE + t];
        }
        EXPECT_PRINTED(gap, gaps[t], 3);
        att += gap / PROP_POST;
    }
    EXPECT_PRINTED(att, -19.513629768, 9);
    free(p.donors);
    geo_table_close(&p.table);
}

static void mean_series(const double *donors, size_t n_donors, size_t n, const double *weight, double *out)
{
    for (size_t t = 0; t < n; t++) {
        out[t] = 0;
        for (size_t j = 0; j < n_donors; j++) {
            out[t] += (weight == NULL ? 1 / (double)n_donors : weight[j]) * donors[j * n + t];
        }
    }
}

Test(experiments_golden, prop_99_difference_in_differences)
{
    struct prop99 p = open_prop99();
    double control[64];
    mean_series(p.donors, p.n_donors, p.table->n_periods, NULL, control);
    const struct mw_estimator_view view = {PROP_PRE, PROP_POST, p.treated, control, control};
    struct mw_estimate_of_effect did;
    cr_assert(mw_estimate_did(&view, &did, NULL) == MW_OK);
    EXPECT_PRINTED(did.effect, -27.3491110836, 9);
    free(p.donors);
    geo_table_close(&p.table);
}

/* ---- GeoLift walkthrough: chicago and portland, days 91 to 105 ------------------------------- */

enum { LIFT_PRE = 90, LIFT_TEST = 15, LIFT_DAYS = LIFT_PRE + LIFT_TEST, LIFT_GEOS = 2 };

struct geolift {
    struct geo_table *table;
    double treated[LIFT_DAYS]; /* mean of the two */
    double *donors;
    size_t n_donors;
    const char *names[64];
    double weight[64], twin[LIFT_DAYS];
    struct mw_sc_info info;
};

static struct geolift open_geolift(size_t n_weight_days)
{
    static const char *const treated[] = {"chicago", "portland"};
    struct geolift g = {.table = open_or_skip("geolift-walkthrough/GeoLift_Test.csv",
                                              (struct geo_table_columns){',', 0, 2, 1})};
    cr_assert(g.table->n_periods == LIFT_DAYS);
    const double *chicago = geo_table_series(g.table, treated[0]),
                 *portland = geo_table_series(g.table, treated[1]);
    for (size_t t = 0; t < LIFT_DAYS; t++) {
        g.treated[t] = (chicago[t] + portland[t]) / LIFT_GEOS;
    }
    g.donors = geo_table_others(g.table, treated, LIFT_GEOS, &g.n_donors, g.names);
    const struct mw_sc_problem problem = {.n_rows = n_weight_days,
                                          .n_donors = g.n_donors,
                                          .treated = g.treated,
                                          .donors = g.donors,
                                          .stride = LIFT_DAYS,
                                          .unit_effects = true};
    cr_assert(mw_sc_fit(&problem, &arena, g.weight, &g.info, NULL) == MW_OK);
    mean_series(g.donors, g.n_donors, LIFT_DAYS, g.weight, g.twin);
    return g;
}

static void close_geolift(struct geolift *g)
{
    free(g->donors);
    geo_table_close(&g->table);
}

/* Unit effects: the gap less its mean on the days of the weights. */
static void gaps_of(const struct geolift *g, size_t n_weight_days, double gap[LIFT_DAYS])
{
    double offset = 0;
    for (size_t t = 0; t < n_weight_days; t++) {
        offset += (g->treated[t] - g->twin[t]) / (double)n_weight_days;
    }
    for (size_t t = 0; t < LIFT_DAYS; t++) {
        gap[t] = g->treated[t] - g->twin[t] - offset;
    }
}

Test(experiments_golden, geolift_weights_and_effect_on_the_whole_pre_period)
{
    static const struct {
        const char *city;
        double weight;
    } published[] = {{"cincinnati", .22718},  {"miami", .20277},       {"baton rouge", .13354},
                     {"minneapolis", .08998}, {"dallas", .07392},      {"nashville", .06853},
                     {"honolulu", .06726},    {"austin", .04653},      {"san diego", .04507},
                     {"reno", .03063},        {"san antonio", .00539}, {"new york", .00464},
                     {"houston", .00457}};
    static const double daily[] = {108.81, -64.81, -95.97, -218.60, 61.51,  -9.18,  340.64, 406.00,
                                   248.95, 254.13, 371.27, 406.87,  280.91, 224.73, 18.07};
    struct geolift g = open_geolift(LIFT_PRE);
    double gap[LIFT_DAYS], sum = 0, expected = 0;
    cr_expect(g.info.outcome == MW_SC_OPTIMAL && g.info.kkt < 1e-12, "kkt %g", g.info.kkt);
    for (size_t i = 0; i < sizeof published / sizeof published[0]; i++) {
        EXPECT_PRINTED(weight_of(g.names, g.n_donors, g.weight, published[i].city), published[i].weight, 5);
    }
    EXPECT_PRINTED(g.info.imbalance, 909.488539, 6);
    EXPECT_PRINTED(g.info.imbalance_scaled, .1636394, 7);
    gaps_of(&g, LIFT_PRE, gap);
    for (size_t t = 0; t < LIFT_TEST; t++) {
        EXPECT_PRINTED(gap[LIFT_PRE + t], daily[t], 2);
        sum += gap[LIFT_PRE + t];
        expected += g.treated[LIFT_PRE + t] - gap[LIFT_PRE + t];
    }
    EXPECT_PRINTED(sum / LIFT_TEST, 155.555687, 6);
    EXPECT_PRINTED(LIFT_GEOS * sum, 4666.671, 3);
    EXPECT_PRINTED(sum / expected, .0542319, 7);
    close_geolift(&g);
}

/* Rows of gap ~ 1 + D from the first calibration day on; the estimate after each of `days`. */
static struct mw_avt_estimate after(const double gap[LIFT_DAYS], size_t calibrate_from, double q, double phi,
                                    size_t days)
{
    struct mw_avt avt;
    cr_assert(mw_avt_init(&avt, 2, q, NULL) == MW_OK);
    for (size_t t = calibrate_from; t < LIFT_PRE + days; t++) {
        const double row[] = {1, t < LIFT_PRE ? 0 : 1, gap[t]};
        cr_assert(mw_avt_append(&avt, row, NULL) == MW_OK);
    }
    return mw_avt_estimate(&avt, phi, 0.05);
}

Test(experiments_golden, geolift_honest_split_is_always_valid)
{
    enum { SPLIT = 54, NOISE = LIFT_PRE - SPLIT };
    struct geolift g = open_geolift(SPLIT);
    double gap[LIFT_DAYS], rows[NOISE * 2], mean = 0, squares = 0;
    gaps_of(&g, SPLIT, gap);
    EXPECT_PRINTED(weight_of(g.names, g.n_donors, g.weight, "cincinnati"), .3243, 4);
    EXPECT_PRINTED(weight_of(g.names, g.n_donors, g.weight, "miami"), .1870, 4);
    EXPECT_PRINTED(weight_of(g.names, g.n_donors, g.weight, "honolulu"), .1547, 4);
    for (size_t t = 0; t < NOISE; t++) {
        rows[2 * t] = 1;
        rows[2 * t + 1] = gap[SPLIT + t];
        mean += gap[SPLIT + t] / NOISE;
    }
    for (size_t t = 0; t < NOISE; t++) {
        squares += (gap[SPLIT + t] - mean) * (gap[SPLIT + t] - mean);
    }
    EXPECT_PRINTED(mean, -34.5308, 4);
    EXPECT_PRINTED(sqrt(squares / (NOISE - 1)), 114.9019, 4);

    struct mw_reml noise;
    cr_assert(mw_whiten_reml(NOISE, 2, rows, &noise, NULL) == MW_OK);
    cr_expect(noise.q == 0 && !noise.at_top, "q %g", noise.q);
    const double phi = mw_avt_phi(mw_avt_planned_information(noise.q, NOISE, LIFT_TEST), 0.05);
    EXPECT_PRINTED(phi, 1.334177, 6);

    const struct mw_avt_estimate day7 = after(gap, SPLIT, noise.q, phi, 7);
    EXPECT_PRINTED(day7.tau, 65.75129, 5);
    EXPECT_PRINTED(day7.se, 53.92408, 5);
    EXPECT_PRINTED(day7.t, 1.21933, 5);
    EXPECT_PRINTED(day7.information, 5.86047, 5);
    EXPECT_PRINTED(day7.log_e, -.23522, 5);
    const struct mw_avt_estimate day12 = after(gap, SPLIT, noise.q, phi, 12);
    EXPECT_PRINTED(day12.tau, 240.64906, 5);
    EXPECT_PRINTED(day12.se, 56.52606, 5);
    EXPECT_PRINTED(day12.t, 4.25731, 5);
    EXPECT_PRINTED(day12.information, 9, 5);
    EXPECT_PRINTED(day12.log_e, 5.61685, 5);
    EXPECT_PRINTED(day12.lower, 60.7167, 4);
    EXPECT_PRINTED(day12.upper, 420.5814, 4);
    const struct mw_avt_estimate day15 = after(gap, SPLIT, noise.q, phi, 15);
    EXPECT_PRINTED(day15.tau, 242.55909, 5);
    EXPECT_PRINTED(day15.se, 51.24308, 5);
    EXPECT_PRINTED(day15.t, 4.73350, 5);
    EXPECT_PRINTED(day15.information, 10.58824, 5);
    EXPECT_PRINTED(day15.log_e, 7.07139, 5);
    EXPECT_PRINTED(day15.lower, 80.2418, 4);
    EXPECT_PRINTED(day15.upper, 404.8764, 4);
    close_geolift(&g);
}

Test(experiments_golden, geolift_in_sample_arithmetic)
{
    struct geolift g = open_geolift(LIFT_PRE);
    double gap[LIFT_DAYS];
    gaps_of(&g, LIFT_PRE, gap);
    const double phi = mw_avt_phi(mw_avt_planned_information(0, LIFT_PRE, LIFT_TEST), 0.05);
    EXPECT_PRINTED(phi, 1.620072, 6);
    const struct mw_avt_estimate day15 = after(gap, 0, 0, phi, 15);
    EXPECT_PRINTED(day15.tau, 155.55569, 5);
    EXPECT_PRINTED(day15.se, 32.30068, 5);
    EXPECT_PRINTED(day15.t, 4.81586, 5);
    EXPECT_PRINTED(day15.information, 12.85714, 5);
    EXPECT_PRINTED(day15.log_e, 8.17106, 5);
    EXPECT_PRINTED(day15.lower, 55.5210, 4);
    EXPECT_PRINTED(day15.upper, 255.5904, 4);
    close_geolift(&g);
}

/* Sums, as TBR is usually written: both cities on the other 38. */
static void sums_of(const struct geolift *g, double y[LIFT_DAYS], double x[LIFT_DAYS])
{
    for (size_t t = 0; t < LIFT_DAYS; t++) {
        y[t] = LIFT_GEOS * g->treated[t];
        x[t] = 0;
        for (size_t j = 0; j < g->n_donors; j++) {
            x[t] += g->donors[j * LIFT_DAYS + t];
        }
    }
}

Test(experiments_golden, geolift_by_regression_and_by_difference_in_differences)
{
    struct geolift g = open_geolift(LIFT_PRE);
    double y[LIFT_DAYS], x[LIFT_DAYS], control[LIFT_DAYS];
    sums_of(&g, y, x);
    const struct mw_estimator_view sums = {LIFT_PRE, LIFT_TEST, y, x, x};
    struct mw_estimate_of_effect tbr, did, sc;
    struct mw_tbr_fit fit;
    cr_assert(mw_estimate_tbr(&sums, &tbr, NULL) == MW_OK && mw_tbr_fit(&sums, &fit, NULL) == MW_OK);
    EXPECT_PRINTED(tbr.effect * LIFT_TEST, 5345.05, 2);
    EXPECT_PRINTED(tbr.se * LIFT_TEST, 1675.34, 2);
    EXPECT_PRINTED(tbr.effect / tbr.se, 3.1904, 4);
    EXPECT_PRINTED(fit.intercept, 1524.580, 3);
    EXPECT_PRINTED(fit.slope, .0252588069, 10);
    EXPECT_PRINTED(fit.sigma, 399.927, 3);
    mean_series(g.donors, g.n_donors, LIFT_DAYS, NULL, control);
    const struct mw_estimator_view means = {LIFT_PRE, LIFT_TEST, g.treated, control, g.twin};
    cr_assert(mw_estimate_did(&means, &did, NULL) == MW_OK && mw_estimate_sc(&means, &sc, NULL) == MW_OK);
    EXPECT_PRINTED(did.effect, 255.076, 3);
    EXPECT_PRINTED(sc.effect, 155.555687, 6);
    close_geolift(&g);
}

/* With q = 0 the whole-window sum is TBR by another road. */
Test(experiments_golden, geolift_whole_window_without_a_wandering_level_is_the_regression)
{
    struct geolift g = open_geolift(LIFT_PRE);
    double y[LIFT_DAYS], x[LIFT_DAYS];
    struct mw_avt avt;
    sums_of(&g, y, x);
    cr_assert(mw_avt_init(&avt, 3, 0, NULL) == MW_OK);
    struct mw_window window = {0};
    for (size_t t = 0; t < LIFT_DAYS; t++) {
        const double row[] = {1, x[t], t < LIFT_PRE ? 0 : 1, y[t]};
        if (t == LIFT_PRE) {
            window = mw_window_begin(&avt);
        }
        if (t < LIFT_PRE) {
            cr_assert(mw_avt_append(&avt, row, NULL) == MW_OK);
        } else {
            mw_window_append(&window, row);
        }
    }
    EXPECT_PRINTED(mw_window_read(&window).total, 5345.05, 2);
    EXPECT_PRINTED(mw_window_read(&window).se, 1675.34, 2);
    close_geolift(&g);
}

/* The regressor x stays in the whitened regression. */
Test(experiments_golden, geolift_regression_with_local_level_whitening)
{
    struct geolift g = open_geolift(LIFT_PRE);
    double y[LIFT_DAYS], x[LIFT_DAYS], rows[LIFT_PRE * 3];
    sums_of(&g, y, x);
    for (size_t t = 0; t < LIFT_PRE; t++) {
        rows[3 * t] = 1;
        rows[3 * t + 1] = x[t];
        rows[3 * t + 2] = y[t];
    }
    struct mw_reml noise;
    struct mw_avt avt;
    cr_assert(mw_whiten_reml(LIFT_PRE, 3, rows, &noise, NULL) == MW_OK);
    cr_expect(noise.q == 3e-3, "q %g", noise.q);
    cr_assert(mw_avt_init(&avt, 3, noise.q, NULL) == MW_OK);
    for (size_t t = 0; t < LIFT_DAYS; t++) {
        const double row[] = {1, x[t], t < LIFT_PRE ? 0 : 1, y[t]};
        cr_assert(mw_avt_append(&avt, row, NULL) == MW_OK);
    }
    const struct mw_avt_estimate day15 = mw_avt_estimate(&avt, .925538, 0.05);
    EXPECT_PRINTED(mw_avt_phi(day15.information, 0.05), .925538, 6);
    EXPECT_PRINTED(day15.tau, 358.01309, 5);
    EXPECT_PRINTED(day15.se, 152.80679, 5);
    EXPECT_PRINTED(day15.log_e, 1.29525, 5);
    close_geolift(&g);
}

/* ---- the same through the service ------------------------------------------------------------ */

enum { FIRST_DAY = 18628 }; /* 2021-01-01 */

static void tell(struct mw_experiments_core *core, struct mw_effects *effects, int64_t *n,
                 struct mw_fact fact)
{
    fact.n = ++*n;
    fact.tenant = mw_span("geolift");
    const struct mw_message message = {.type = &mw_type_fact, .body = &fact, .tenant = fact.tenant};
    struct mw_error err = {0};
    mw_effects_reset(effects);
    cr_assert(mw_experiments_ops.step(core, &message, effects, &err) == MW_OK, "%s", err.text);
}

static void tell_cell(struct mw_experiments_core *core, struct mw_effects *effects, int64_t *n, int kind,
                      const char *geo, size_t day, double value)
{
    const struct mw_fact_cell cell = {.cell = kind,
                                      .name = mw_span(kind == MW_CELL_SPEND ? "ads" : "sales"),
                                      .geo = mw_span(geo),
                                      .date = FIRST_DAY + (mw_date)day,
                                      .geo_total = value};
    tell(core, effects, n, (struct mw_fact){.kind = MW_FACT_CELL, .cell = &cell});
}

static void expect_day(const struct mw_effects *effects, size_t day)
{
    for (size_t i = 0; i < effects->n; i++) {
        if (effects->items[i].type != &mw_type_experiment) {
            continue;
        }
        const struct mw_experiment *now = effects->items[i].body;
        if (day == 7) {
            EXPECT_PRINTED(now->effect.mean, 65.75129, 5);
            EXPECT_PRINTED(now->t, 1.21933, 5);
            EXPECT_PRINTED(now->phi, 1.334177, 6);
            cr_expect(now->noise_q == 0 && now->state == MW_EXPERIMENT_RUNNING);
        } else if (day == 12) {
            EXPECT_PRINTED(now->log_e, 5.61685, 5);
            EXPECT_PRINTED(now->effect.lower, 60.7167, 4);
            EXPECT_PRINTED(now->effect.upper, 420.5814, 4);
            cr_expect(now->state == MW_EXPERIMENT_RUNNING, "14 days are not over");
        } else if (day == 15) {
            EXPECT_PRINTED(now->effect.mean, 242.55909, 5);
            EXPECT_PRINTED(now->effect.se, 51.24308, 5);
            cr_expect(now->log_e >= 7.07139, "a running maximum: %g", now->log_e);
            EXPECT_PRINTED(now->effect.lower, 80.2418, 4); /* today's alone: the effect of this test grows */
            EXPECT_PRINTED(now->effect.upper, 404.8764, 4);
            EXPECT_PRINTED(now->estimators[0].value, 155.555687, 6);
            EXPECT_PRINTED(now->estimators[1].value, 5345.05 / 30, 3);
            EXPECT_PRINTED(now->estimators[2].value, 255.076, 3);
            cr_expect(now->significant && now->state == MW_EXPERIMENT_ENDED);
        }
        return;
    }
    cr_assert_fail("nothing was said of day %zu", day);
}

Test(experiments_golden, geolift_through_the_service)
{
    static const struct mw_span treated[] = {{"chicago", 7}, {"portland", 8}};
    const struct mw_test_declared plan = {.channel = mw_span("ads"),
                                          .method = mw_span("geo_holdout"),
                                          .treated = treated,
                                          .n_treated = 2,
                                          .pre_from = FIRST_DAY,
                                          .start = FIRST_DAY + LIFT_PRE,
                                          .planned_end = FIRST_DAY + LIFT_DAYS - 1,
                                          .days_min = 14,
                                          .alpha = 0.05,
                                          .spend_change = MW_NAN};
    const struct mw_test test = {.test = mw_span("walkthrough"), .kind = MW_TEST_DECLARED, .declared = &plan};
    const struct mw_tenant config = {.outcome = {.name = mw_span("sales")}};
    struct geo_table *table =
        open_or_skip("geolift-walkthrough/GeoLift_Test.csv", (struct geo_table_columns){',', 0, 2, 1});
    struct mw_experiments_core *core;
    struct mw_effects effects = {0};
    int64_t n = 0;
    cr_assert(mw_experiments_open(&core, NULL, NULL) == MW_OK);
    tell(core, &effects, &n, (struct mw_fact){.kind = MW_FACT_TENANT, .config = &config});
    tell(core, &effects, &n, (struct mw_fact){.kind = MW_FACT_TEST, .test = &test});
    for (size_t t = 0; t < LIFT_DAYS; t++) {
        for (size_t i = 0; i < table->n_geos; i++) {
            const bool on = t >= LIFT_PRE &&
                            (strcmp(table->geo[i], "chicago") == 0 || strcmp(table->geo[i], "portland") == 0);
            tell_cell(core, &effects, &n, MW_CELL_OUTCOME, table->geo[i], t, table->y[i * LIFT_DAYS + t]);
            tell_cell(core, &effects, &n, MW_CELL_SPEND, table->geo[i], t, on ? 1000 : 0);
        }
        const struct mw_fact_close close = {.to = FIRST_DAY + (mw_date)t};
        tell(core, &effects, &n, (struct mw_fact){.kind = MW_FACT_CLOSE, .close = &close});
        if (t >= LIFT_PRE) {
            expect_day(&effects, t - LIFT_PRE + 1);
        }
    }
    mw_experiments_ops.close(core);
    mw_effects_fini(&effects);
    geo_table_close(&table);
}

/* ---- CausalImpact toy ------------------------------------------------------------------------ */

Test(experiments_golden, causalimpact_toy_by_regression)
{
    enum { TOY_PRE = 70, TOY_TEST = 30 };
    static const char path[] = "causalimpact-toy/causalimpact_toy.csv";
    struct geo_table *y = open_or_skip(path, (struct geo_table_columns){',', -1, 0, 1});
    struct geo_table *x = open_or_skip(path, (struct geo_table_columns){',', -1, 0, 2});
    cr_assert(y->n_periods == TOY_PRE + TOY_TEST);
    const struct mw_estimator_view view = {TOY_PRE, TOY_TEST, y->y, x->y, x->y};
    struct mw_estimate_of_effect tbr;
    struct mw_tbr_fit fit;
    double actual = 0;
    for (size_t t = TOY_PRE; t < TOY_PRE + TOY_TEST; t++) {
        actual += y->y[t] / TOY_TEST;
    }
    cr_assert(mw_estimate_tbr(&view, &tbr, NULL) == MW_OK && mw_tbr_fit(&view, &fit, NULL) == MW_OK);
    EXPECT_PRINTED(actual, 117.0485, 4);
    EXPECT_PRINTED(actual - tbr.effect, 106.5927, 4);
    EXPECT_PRINTED(tbr.effect, 10.45583, 5);
    EXPECT_PRINTED(tbr.effect * TOY_TEST, 313.675, 3);
    EXPECT_PRINTED(tbr.se * TOY_TEST, 8.593495, 6);
    EXPECT_PRINTED(100 * tbr.effect / (actual - tbr.effect), 9.809, 3);
    EXPECT_PRINTED(fit.intercept, 4.284002, 6);
    EXPECT_PRINTED(fit.slope, 1.150065, 6);
    EXPECT_PRINTED(fit.sigma, 1.212221, 6);
    geo_table_close(&y);
    geo_table_close(&x);
}
