/* Launch: everything that is decided before the first number of the test is looked at. Each step either
 * narrows the design or refuses it with a sentence that says what to do. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_geo_test.h"

#include "mw_math.h"

#include <stdio.h>

/* Weights whose certificate is worse than this are not the optimum. */
static const double KKT_TOLERANCE = 1e-6;

struct launch {
    struct mw_geo_test *test;
    const struct mw_test_declared *plan;
    const struct mw_panel *panel;
    struct mw_geo_registry registry;
    struct mw_arena *scratch;
    mw_date pre_from; /* first day of the first period */
    size_t n_pre;
};

static struct mw_span geo_name(const struct mw_panel *panel, uint32_t geo)
{
    return panel->geos.items[geo];
}

static enum mw_status find_geo(const struct mw_panel *panel, struct mw_span name, uint32_t *out,
                               struct mw_error *err)
{
    *out = mw_names_find(&panel->geos, name);
    if (*out == MW_INDEX_NONE || mw_panel_find(panel, MW_PANEL_OUTCOME, *out) == NULL) {
        return MW_FAIL(err, MW_E_DATA, "geo \"" MW_SPAN_FMT "\" reports no outcome: check its name",
                       MW_SPAN_ARG(name));
    }
    return MW_OK;
}

static enum mw_status find_treated(struct launch *l, struct mw_error *err)
{
    struct mw_geo_design *design = &l->test->design;
    design->treated = mw_new_array(l->scratch, uint32_t, l->plan->n_treated);
    if (design->treated == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for %zu geos", l->plan->n_treated);
    }
    for (size_t i = 0; i < l->plan->n_treated; i++) {
        MW_TRY(find_geo(l->panel, l->plan->treated[i], &design->treated[i], err));
    }
    design->n_treated = l->plan->n_treated;
    return MW_OK;
}

/* Latest first report of the treated geos, but at most a year back. */
static mw_date default_pre_from(const struct launch *l)
{
    mw_date from = l->plan->start - MW_GEO_PRE_DAYS_DEFAULT;
    for (size_t i = 0; i < l->test->design.n_treated; i++) {
        const struct mw_panel_series *series =
            mw_panel_find(l->panel, MW_PANEL_OUTCOME, l->test->design.treated[i]);
        from = series->first > from ? series->first : from;
    }
    return from;
}

/* The pre-period in whole periods, and its split: weights on the first 60 %, noise on the rest. */
static enum mw_status split_pre_period(struct launch *l, struct mw_error *err)
{
    const int32_t p = l->panel->period_days;
    struct mw_geo_design *design = &l->test->design;
    const struct mw_panel_series *any = mw_panel_find(l->panel, MW_PANEL_OUTCOME, design->treated[0]);
    if ((l->plan->start - any->first) % p != 0) {
        char first[16];
        mw_date_format(any->first, first);
        return MW_FAIL(err, MW_E_DATA,
                       "the test must start on the first day of a period: %s plus a multiple of %d days",
                       first, (int)p);
    }
    const mw_date from = l->plan->pre_from != MW_DATE_NONE ? l->plan->pre_from : default_pre_from(l);
    const mw_date days = l->plan->start - from;
    l->n_pre = days < p ? 0 : (size_t)(days / p);
    if (l->n_pre < MW_GEO_PRE_PERIODS_MIN || l->n_pre > MW_PANEL_PERIODS_MAX) {
        return MW_FAIL(err, MW_E_DATA,
                       "the pre-period has %zu periods: %d to %d are needed, so move pre_from or start",
                       l->n_pre, MW_GEO_PRE_PERIODS_MIN, MW_PANEL_PERIODS_MAX);
    }
    l->pre_from = l->plan->start - (mw_date)l->n_pre * p;
    const size_t share = (2 * l->n_pre + 4) / 5, days_min = (size_t)((MW_GEO_NOISE_DAYS_MIN + p - 1) / p);
    const size_t wanted = share > days_min ? share : days_min;
    const size_t n_noise = wanted < l->n_pre / 2 ? wanted : l->n_pre / 2;
    design->weights_from = l->pre_from;
    design->noise_from = l->plan->start - (mw_date)n_noise * p;
    design->weights_to = design->noise_from - p;
    design->noise_to = l->plan->start - p;
    return MW_OK;
}

/* The first period without an outcome, or MW_DATE_NONE. */
static mw_date first_gap(const struct launch *l, uint32_t geo)
{
    const struct mw_panel_series *series = mw_panel_find(l->panel, MW_PANEL_OUTCOME, geo);
    for (mw_date date = l->pre_from; date < l->plan->start; date += l->panel->period_days) {
        if (!isfinite(mw_panel_at(l->panel, series, date))) {
            return date;
        }
    }
    return MW_DATE_NONE;
}

static enum mw_status check_complete(const struct launch *l, uint32_t geo, struct mw_error *err)
{
    const mw_date gap = first_gap(l, geo);
    if (gap == MW_DATE_NONE) {
        return MW_OK;
    }
    char text[16];
    mw_date_format(gap, text);
    return MW_FAIL(err, MW_E_DATA,
                   "geo \"" MW_SPAN_FMT "\" has no outcome on %s: send it, or leave the geo out",
                   MW_SPAN_ARG(geo_name(l->panel, geo)), text);
}

static enum mw_status check_treated_complete(const struct launch *l, struct mw_error *err)
{
    for (size_t i = 0; i < l->test->design.n_treated; i++) {
        MW_TRY(check_complete(l, l->test->design.treated[i], err));
    }
    return MW_OK;
}

/* Is the geo treated by another test that measures something between two dates? */
static const struct mw_geo_test *other_treating(const struct launch *l, struct mw_span geo, mw_date from)
{
    for (size_t k = 0; k < l->registry.n_tests; k++) {
        const struct mw_geo_test *other = l->registry.tests[k];
        if (other == l->test || other->hopeless || (other->tried && !other->launched) ||
            other->test->declared->start >= mw_geo_test_end(l->test) || mw_geo_test_end(other) <= from) {
            continue;
        }
        for (size_t i = 0; i < other->test->declared->n_treated; i++) {
            if (mw_span_eq(other->test->declared->treated[i], geo)) {
                return other;
            }
        }
    }
    return NULL;
}

/* Of two declared tests that want the same geo at the same time the first to launch has it. */
static enum mw_status check_not_shared(const struct launch *l, struct mw_error *err)
{
    for (size_t i = 0; i < l->plan->n_treated; i++) {
        const struct mw_geo_test *other = other_treating(l, l->plan->treated[i], l->plan->start);
        if (other != NULL && other->launched) {
            return MW_FAIL(err, MW_E_DATA,
                           "geo \"" MW_SPAN_FMT "\" is treated by test \"" MW_SPAN_FMT
                           "\" at the same time: choose other geos or dates",
                           MW_SPAN_ARG(l->plan->treated[i]), MW_SPAN_ARG(other->test->test));
        }
    }
    return MW_OK;
}

static enum mw_status open_donors(struct launch *l, size_t n_max, struct mw_error *err)
{
    l->test->design.donors = mw_new_array(l->scratch, struct mw_geo_donor, n_max);
    if (l->test->design.donors == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for %zu donors", n_max);
    }
    return MW_OK;
}

static enum mw_status take_listed_donors(struct launch *l, struct mw_error *err)
{
    struct mw_geo_design *design = &l->test->design;
    MW_TRY(open_donors(l, l->plan->n_control, err));
    for (size_t j = 0; j < l->plan->n_control; j++) {
        uint32_t geo;
        MW_TRY(find_geo(l->panel, l->plan->control[j], &geo, err));
        MW_TRY(check_complete(l, geo, err));
        const struct mw_geo_test *other = other_treating(l, l->plan->control[j], l->pre_from);
        if (other != NULL) {
            return MW_FAIL(err, MW_E_DATA,
                           "control geo \"" MW_SPAN_FMT "\" is treated by test \"" MW_SPAN_FMT
                           "\": leave it out",
                           MW_SPAN_ARG(l->plan->control[j]), MW_SPAN_ARG(other->test->test));
        }
        design->donors[design->n_donors++].geo = geo;
    }
    return MW_OK;
}

static bool is_treated_here(const struct mw_geo_design *design, uint32_t geo)
{
    for (size_t i = 0; i < design->n_treated; i++) {
        if (design->treated[i] == geo) {
            return true;
        }
    }
    return false;
}

/* Every other geo that is complete and not treated elsewhere, in the order of the panel. */
static enum mw_status take_all_donors(struct launch *l, struct mw_error *err)
{
    struct mw_geo_design *design = &l->test->design;
    MW_TRY(open_donors(l, l->panel->geos.n, err));
    for (uint32_t geo = 0; geo < l->panel->geos.n; geo++) {
        if (is_treated_here(design, geo) || mw_panel_find(l->panel, MW_PANEL_OUTCOME, geo) == NULL) {
            continue;
        }
        if (first_gap(l, geo) != MW_DATE_NONE ||
            other_treating(l, geo_name(l->panel, geo), l->pre_from) != NULL) {
            design->n_left_out++;
            continue;
        }
        design->donors[design->n_donors++].geo = geo;
    }
    return MW_OK;
}

static enum mw_status choose_donors(struct launch *l, struct mw_error *err)
{
    MW_TRY(l->plan->n_control > 0 ? take_listed_donors(l, err) : take_all_donors(l, err));
    if (l->test->design.n_donors < MW_GEO_DONORS_MIN) {
        return MW_FAIL(err, MW_E_DATA,
                       "%zu donors are complete and untreated (%zu left out): at least %d are needed",
                       l->test->design.n_donors, l->test->design.n_left_out, MW_GEO_DONORS_MIN);
    }
    return MW_OK;
}

/* Sum of what a geo spent before and on the first day; `seen` is set by any report, also of zero. */
static double spend_until_start(const struct launch *l, uint32_t geo, bool *seen)
{
    const struct mw_panel_series *series = mw_panel_find(l->panel, l->test->design.spend_measure, geo);
    double sum = 0;
    for (mw_date date = l->pre_from; date <= l->plan->start; date += l->panel->period_days) {
        const double spend = mw_panel_at(l->panel, series, date);
        *seen = *seen || isfinite(spend);
        sum += isfinite(spend) ? spend : 0;
    }
    return sum;
}

static enum mw_status check_spend(struct launch *l, struct mw_error *err)
{
    struct mw_geo_design *design = &l->test->design;
    design->spend_measure = mw_panel_measure(l->panel, l->plan->channel);
    bool seen = false;
    double treated = 0;
    for (size_t i = 0; i < design->n_treated && design->spend_measure != MW_INDEX_NONE; i++) {
        treated += spend_until_start(l, design->treated[i], &seen);
    }
    for (size_t j = 0; j < design->n_donors && design->spend_measure != MW_INDEX_NONE; j++) {
        (void)spend_until_start(l, design->donors[j].geo, &seen);
    }
    if (!seen) {
        return MW_FAIL(err, MW_E_DATA,
                       "no spend of \"" MW_SPAN_FMT "\" is reported by geo: send spend with its geo",
                       MW_SPAN_ARG(l->plan->channel));
    }
    if (l->plan->spend_off && !(treated > 0)) {
        return MW_FAIL(err, MW_E_DATA,
                       "the treated geos spent nothing on \"" MW_SPAN_FMT
                       "\" before: switching it off changes nothing",
                       MW_SPAN_ARG(l->plan->channel));
    }
    return MW_OK;
}

static mw_date planned_periods(const struct launch *l)
{
    return (l->plan->planned_end - l->plan->start) / l->panel->period_days + 1;
}

/* Noise of the gap on days that the weights have not seen; the same pass takes the offset of spend. */
static enum mw_status measure_noise(struct launch *l, const struct mw_geo_sight *sight, struct mw_error *err)
{
    struct mw_geo_design *design = &l->test->design;
    const int32_t p = l->panel->period_days;
    const size_t n = (size_t)((l->plan->start - design->noise_from) / p), k = l->test->method->n_regressors;
    double *rows = mw_new_array(l->scratch, double, n *k);
    if (rows == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for %zu periods of noise", n);
    }
    for (size_t t = 0; t < n; t++) {
        const struct mw_geo_day day = mw_geo_test_day(l->test, sight, design->noise_from + (mw_date)t * p);
        double row[MW_WHITEN_COLUMNS_MAX];
        l->test->method->row(&day, 0, row);
        memcpy(rows + t * k, row, (k - 1) * sizeof *row); /* D, the last regressor, is zero before the test */
        rows[t * k + k - 1] = row[k];
        design->spend_offset += (day.spend_treated - day.spend_twin) / (double)n;
    }
    struct mw_reml noise;
    MW_TRY(mw_whiten_reml(n, k, rows, &noise, err));
    if (noise.at_top) {
        return MW_FAIL(err, MW_E_DATA,
                       "the gap between treated geos and their twin wanders like a random walk: "
                       "choose other geos, or weekly data");
    }
    design->q = noise.q;
    return MW_OK;
}

static void plan_information(struct launch *l)
{
    struct mw_geo_design *design = &l->test->design;
    const double alpha = mw_geo_test_alpha(l->test);
    const size_t n_noise = (size_t)((l->plan->start - design->noise_from) / l->panel->period_days);
    design->information_planned = mw_avt_planned_information(design->q, n_noise, (size_t)planned_periods(l));
    design->phi = mw_avt_phi(design->information_planned, alpha);
    design->threshold_log_e = -mw_log(alpha);
}

/* Until now the lists were scratch, so that a refused launch leaves nothing behind. */
static enum mw_status keep_design(struct launch *l, struct mw_error *err)
{
    struct mw_geo_design *design = &l->test->design;
    uint32_t *treated = mw_new_array(&l->test->arena, uint32_t, design->n_treated);
    struct mw_geo_donor *donors = mw_new_array(&l->test->arena, struct mw_geo_donor, design->n_donors);
    if (treated == NULL || donors == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for the design of a test");
    }
    memcpy(treated, design->treated, design->n_treated * sizeof *treated);
    memcpy(donors, design->donors, design->n_donors * sizeof *donors);
    design->treated = treated;
    design->donors = donors;
    return MW_OK;
}

static enum mw_status freeze(struct launch *l, struct mw_error *err)
{
    struct mw_geo_sight sight;
    MW_TRY(find_treated(l, err));
    MW_TRY(split_pre_period(l, err));
    MW_TRY(check_treated_complete(l, err));
    MW_TRY(check_not_shared(l, err));
    MW_TRY(choose_donors(l, err));
    MW_TRY(check_spend(l, err));
    MW_TRY(l->test->method->weigh(l->panel, &l->test->design, l->scratch, err));
    MW_TRY(mw_geo_test_sight(l->test, l->panel, l->scratch, &sight, err));
    MW_TRY(measure_noise(l, &sight, err));
    plan_information(l);
    MW_TRY(mw_geo_test_rewind(l->test, &sight, err));
    return keep_design(l, err);
}

enum mw_status mw_geo_test_launch(struct mw_geo_test *test, const struct mw_panel *panel,
                                  struct mw_geo_registry registry, struct mw_arena *scratch,
                                  struct mw_error *err)
{
    struct launch l = {
        .test = test, .plan = test->test->declared, .panel = panel, .registry = registry, .scratch = scratch};
    struct mw_error refusal = {0};
    test->design = (struct mw_geo_design){0};
    test->tried = true;
    const enum mw_status status = freeze(&l, &refusal);
    if (status == MW_E_MEMORY) {
        return MW_FAIL(err, status, "%s", refusal.text);
    }
    test->launched = status == MW_OK;
    if (!test->launched) {
        test->design = (struct mw_geo_design){0};
    }
    (void)snprintf(test->refusal, sizeof test->refusal, "%s", refusal.text);
    return MW_OK;
}

/* ---- the methods ----------------------------------------------------------------------------- */

static void copy_series(const struct mw_panel *panel, uint32_t geo, mw_date from, size_t n, double scale,
                        double *out)
{
    const struct mw_panel_series *series = mw_panel_find(panel, MW_PANEL_OUTCOME, geo);
    for (size_t t = 0; t < n; t++) {
        out[t] += scale * mw_panel_at(panel, series, from + (mw_date)t * panel->period_days);
    }
}

static enum mw_status fit_twin(const struct mw_sc_problem *problem, struct mw_arena *scratch, double *weight,
                               struct mw_error *err)
{
    struct mw_sc_info info;
    MW_TRY(mw_sc_fit(problem, scratch, weight, &info, err));
    if (!(info.kkt <= KKT_TOLERANCE)) {
        return MW_FAIL(err, MW_E_NUMERIC,
                       "the donors' weights did not settle (certificate %g): leave out geos that "
                       "copy each other",
                       info.kkt);
    }
    return MW_OK;
}

/* Synthetic control with unit effects, twice: on the days kept for it, and on the whole pre-period for the
 * spread. */
static enum mw_status weigh_synthetic_control(const struct mw_panel *panel, struct mw_geo_design *design,
                                              struct mw_arena *scratch, struct mw_error *err)
{
    const int32_t p = panel->period_days;
    const size_t n_weights = (size_t)((design->noise_from - design->weights_from) / p);
    const size_t n_pre = n_weights + (size_t)((design->noise_to - design->noise_from) / p) + 1;
    double *treated = mw_new_array(scratch, double, n_pre);
    double *donors = mw_new_array(scratch, double, n_pre * design->n_donors);
    double *weight = mw_new_array(scratch, double, design->n_donors);
    double *weight_full = mw_new_array(scratch, double, design->n_donors);
    if (treated == NULL || donors == NULL || weight == NULL || weight_full == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for %zu periods of %zu donors", n_pre, design->n_donors);
    }
    for (size_t i = 0; i < design->n_treated; i++) {
        copy_series(panel, design->treated[i], design->weights_from, n_pre, 1 / (double)design->n_treated,
                    treated);
    }
    for (size_t j = 0; j < design->n_donors; j++) {
        copy_series(panel, design->donors[j].geo, design->weights_from, n_pre, 1, donors + j * n_pre);
    }
    struct mw_sc_problem problem = {.n_rows = n_weights,
                                    .n_donors = design->n_donors,
                                    .treated = treated,
                                    .donors = donors,
                                    .stride = n_pre,
                                    .unit_effects = true};
    MW_TRY(fit_twin(&problem, scratch, weight, err));
    problem.n_rows = n_pre;
    MW_TRY(fit_twin(&problem, scratch, weight_full, err));
    for (size_t j = 0; j < design->n_donors; j++) {
        design->donors[j].weight = weight[j];
        design->donors[j].weight_full = weight_full[j];
    }
    return MW_OK;
}

/* gap ~ 1 + tau D. */
static void gap_row(const struct mw_geo_day *day, double d, double row[])
{
    row[0] = 1;
    row[1] = d;
    row[2] = day->treated - day->twin;
}

static const struct mw_method methods[] = {
    {.name = "geo_holdout", .n_regressors = 2, .weigh = weigh_synthetic_control, .row = gap_row},
};

const struct mw_method *mw_method_of(struct mw_span name)
{
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (mw_span_is(name, methods[i].name)) {
            return &methods[i];
        }
    }
    return NULL;
}
