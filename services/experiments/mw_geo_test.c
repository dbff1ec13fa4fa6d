// SPDX-License-Identifier: Apache-2.0
#include "mw_geo_test.h"

#include "mw_math.h"

#include <stdio.h>

mw_date mw_geo_test_end(const struct mw_geo_test *test)
{
    return test->test->declared->planned_end + 1 + (mw_date)test->test->declared->cooldown_days;
}

double mw_geo_test_sign(const struct mw_geo_test *test)
{
    const struct mw_test_declared *plan = test->test->declared;
    return plan->spend_off || plan->spend_change < 0 ? -1 : 1;
}

double mw_geo_test_alpha(const struct mw_geo_test *test)
{
    const double alpha = test->test->declared->alpha;
    return isnan(alpha) ? 0.05 : alpha;
}

static int64_t days_needed(const struct mw_geo_test *test)
{
    const int64_t planned = test->test->declared->days_min;
    return planned > MW_GEO_DAYS_MIN ? planned : MW_GEO_DAYS_MIN;
}

static bool is_listed(const struct mw_span *names, size_t n, struct mw_span name)
{
    for (size_t i = 0; i < n; i++) {
        if (mw_span_eq(names[i], name)) {
            return true;
        }
    }
    return false;
}

static enum mw_status check_geos(const struct mw_test_declared *plan, struct mw_error *err)
{
    if (plan->n_treated == 0) {
        return MW_FAIL(err, MW_E_DATA, "no treated geos: name at least one");
    }
    if (plan->n_treated + plan->n_control > MW_GEOS_MAX) {
        return MW_FAIL(err, MW_E_DATA, "%zu geos in one test: at most %d", plan->n_treated + plan->n_control,
                       MW_GEOS_MAX);
    }
    for (size_t i = 0; i < plan->n_treated; i++) {
        if (is_listed(plan->treated, i, plan->treated[i])) {
            return MW_FAIL(err, MW_E_DATA, "\"" MW_SPAN_FMT "\" is treated twice",
                           MW_SPAN_ARG(plan->treated[i]));
        }
    }
    for (size_t i = 0; i < plan->n_control; i++) {
        if (is_listed(plan->treated, plan->n_treated, plan->control[i]) ||
            is_listed(plan->control, i, plan->control[i])) {
            return MW_FAIL(err, MW_E_DATA,
                           "\"" MW_SPAN_FMT "\" is named twice: a geo is treated or control, once",
                           MW_SPAN_ARG(plan->control[i]));
        }
    }
    return MW_OK;
}

static enum mw_status check_plan(const struct mw_test_declared *plan, struct mw_error *err)
{
    if (mw_method_of(plan->method) == NULL) {
        return MW_FAIL(err, MW_E_DATA, "method \"" MW_SPAN_FMT "\" is not known: use geo_holdout",
                       MW_SPAN_ARG(plan->method));
    }
    if (plan->start == MW_DATE_NONE || plan->planned_end == MW_DATE_NONE || plan->planned_end < plan->start ||
        plan->planned_end - plan->start > MW_PANEL_PERIODS_MAX) {
        return MW_FAIL(err, MW_E_DATA, "the test must end on or after its start, within %d days",
                       MW_PANEL_PERIODS_MAX);
    }
    if (plan->pre_from != MW_DATE_NONE && plan->pre_from >= plan->start) {
        return MW_FAIL(err, MW_E_DATA, "pre_from must lie before start");
    }
    if (plan->cooldown_days < 0 || plan->cooldown_days > MW_PANEL_PERIODS_MAX) {
        return MW_FAIL(err, MW_E_DATA, "cooldown_days is %lld: 0 to %d", (long long)plan->cooldown_days,
                       MW_PANEL_PERIODS_MAX);
    }
    if (!isnan(plan->alpha) && !(plan->alpha > 0 && plan->alpha < 1)) {
        return MW_FAIL(err, MW_E_DATA, "alpha is %g: it must lie between 0 and 1, say 0.05", plan->alpha);
    }
    return check_geos(plan, err);
}

enum mw_status mw_geo_test_open(struct mw_geo_test *out, const struct mw_test *declared, struct mw_error *err)
{
    *out = (struct mw_geo_test){.path = {.through = MW_DATE_NONE}};
    if (declared->declared == NULL) {
        return MW_FAIL(err, MW_E_CONTRACT, "test \"" MW_SPAN_FMT "\" is not a declaration",
                       MW_SPAN_ARG(declared->test));
    }
    out->test = mw_shape_copy(&mw_type_test.shape, declared, &out->arena);
    if (out->test == NULL) {
        mw_geo_test_close(out);
        return MW_FAIL(err, MW_E_MEMORY, "no memory for test \"" MW_SPAN_FMT "\"",
                       MW_SPAN_ARG(declared->test));
    }
    struct mw_error refusal = {0};
    out->method = mw_method_of(declared->declared->method);
    out->hopeless = check_plan(declared->declared, &refusal) != MW_OK;
    memcpy(out->refusal, refusal.text, sizeof out->refusal);
    return MW_OK;
}

void mw_geo_test_close(struct mw_geo_test *test)
{
    mw_arena_fini(&test->arena);
    *test = (struct mw_geo_test){0};
}

/* ---- what a period looks like ---------------------------------------------------------------- */

static bool is_treated(const struct mw_geo_design *design, uint32_t geo)
{
    for (size_t i = 0; i < design->n_treated; i++) {
        if (design->treated[i] == geo) {
            return true;
        }
    }
    return false;
}

/* All geos but the treated that ever spent on the channel: what goes on while the test runs. */
static void find_kept(const struct mw_geo_design *design, const struct mw_panel *panel,
                      struct mw_geo_sight *out)
{
    for (size_t i = 0; i < panel->n_series; i++) {
        const struct mw_panel_series *series = &panel->series[i];
        if (series->measure == design->spend_measure && !is_treated(design, series->geo)) {
            out->kept_spend[out->n_kept++] = series;
        }
    }
}

enum mw_status mw_geo_test_sight(const struct mw_geo_test *test, const struct mw_panel *panel,
                                 struct mw_arena *scratch, struct mw_geo_sight *out, struct mw_error *err)
{
    const struct mw_geo_design *design = &test->design;
    const size_t n_treated = design->n_treated, n_donors = design->n_donors;
    *out = (struct mw_geo_sight){.panel = panel};
    out->treated = mw_new_array(scratch, const struct mw_panel_series *, n_treated);
    out->treated_spend = mw_new_array(scratch, const struct mw_panel_series *, n_treated);
    out->donors = mw_new_array(scratch, const struct mw_panel_series *, n_donors);
    out->donor_spend = mw_new_array(scratch, const struct mw_panel_series *, n_donors);
    out->kept_spend = mw_new_array(scratch, const struct mw_panel_series *, panel->n_series);
    if (out->treated == NULL || out->treated_spend == NULL || out->donors == NULL ||
        out->donor_spend == NULL || out->kept_spend == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for the series of a test");
    }
    for (size_t i = 0; i < n_treated; i++) {
        out->treated[i] = mw_panel_find(panel, MW_PANEL_OUTCOME, design->treated[i]);
        out->treated_spend[i] = mw_panel_find(panel, design->spend_measure, design->treated[i]);
    }
    for (size_t j = 0; j < n_donors; j++) {
        out->donors[j] = mw_panel_find(panel, MW_PANEL_OUTCOME, design->donors[j].geo);
        out->donor_spend[j] = mw_panel_find(panel, design->spend_measure, design->donors[j].geo);
    }
    find_kept(design, panel, out);
    return MW_OK;
}

/* Platforms report no row where nothing was spent. */
static double spend_at(const struct mw_panel *panel, const struct mw_panel_series *series, mw_date date)
{
    const double value = mw_panel_at(panel, series, date);
    return isnan(value) ? 0 : value;
}

static void see_outcomes(const struct mw_geo_design *design, const struct mw_geo_sight *sight,
                         struct mw_geo_day *day)
{
    for (size_t i = 0; i < design->n_treated; i++) {
        const double y = mw_panel_at(sight->panel, sight->treated[i], day->date);
        day->missing = isfinite(y) ? day->missing : design->treated[i];
        day->treated += y / (double)design->n_treated;
    }
    for (size_t j = 0; j < design->n_donors; j++) {
        const struct mw_geo_donor *donor = &design->donors[j];
        const double y = mw_panel_at(sight->panel, sight->donors[j], day->date);
        const bool needed = donor->weight > 0;
        day->missing = needed && !isfinite(y) ? donor->geo : day->missing;
        day->twin += needed ? donor->weight * y : 0;
        day->twin_full += donor->weight_full > 0 ? donor->weight_full * y : 0;
        day->control += y / (double)design->n_donors;
    }
}

static void see_spend(const struct mw_geo_design *design, const struct mw_geo_sight *sight,
                      struct mw_geo_day *day)
{
    for (size_t i = 0; i < design->n_treated; i++) {
        day->spend_treated += spend_at(sight->panel, sight->treated_spend[i], day->date);
    }
    for (size_t j = 0; j < design->n_donors; j++) {
        day->spend_twin += (double)design->n_treated * design->donors[j].weight *
                           spend_at(sight->panel, sight->donor_spend[j], day->date);
    }
    for (size_t k = 0; k < sight->n_kept; k++) {
        day->spend_kept += spend_at(sight->panel, sight->kept_spend[k], day->date);
    }
}

struct mw_geo_day mw_geo_test_outcomes(const struct mw_geo_test *test, const struct mw_geo_sight *sight,
                                       mw_date date)
{
    struct mw_geo_day day = {.date = date, .missing = MW_INDEX_NONE};
    see_outcomes(&test->design, sight, &day);
    if (day.missing != MW_INDEX_NONE) {
        day.treated = day.twin = day.twin_full = day.control = MW_NAN;
    }
    return day;
}

struct mw_geo_day mw_geo_test_day(const struct mw_geo_test *test, const struct mw_geo_sight *sight,
                                  mw_date date)
{
    struct mw_geo_day day = mw_geo_test_outcomes(test, sight, date);
    see_spend(&test->design, sight, &day);
    return day;
}

/* ---- the path -------------------------------------------------------------------------------- */

/* False, and no row, when a geo is missing. */
static bool row_of(const struct mw_geo_test *test, const struct mw_geo_day *day, double d, double row[])
{
    if (day->missing != MW_INDEX_NONE) {
        return false;
    }
    test->method->row(day, d, row);
    return true;
}

static enum mw_status append_noise(struct mw_geo_test *test, const struct mw_geo_day *day,
                                   struct mw_error *err)
{
    double row[MW_WHITEN_COLUMNS_MAX];
    if (row_of(test, day, 0, row)) {
        return mw_avt_append(&test->path.avt, row, err);
    }
    mw_avt_skip(&test->path.avt);
    return MW_OK;
}

static enum mw_status append_test(struct mw_geo_test *test, const struct mw_geo_day *day,
                                  struct mw_error *err)
{
    double row[MW_WHITEN_COLUMNS_MAX];
    if (row_of(test, day, 1, row)) {
        mw_window_append(&test->path.window, row);
        return mw_avt_append(&test->path.avt, row, err);
    }
    mw_window_skip(&test->path.window);
    mw_avt_skip(&test->path.avt);
    return MW_OK;
}

enum mw_status mw_geo_test_rewind(struct mw_geo_test *test, const struct mw_geo_sight *sight,
                                  struct mw_error *err)
{
    test->path = (struct mw_geo_path){.through = MW_DATE_NONE,
                                      .missing = MW_INDEX_NONE,
                                      .lower = -MW_INF,
                                      .upper = MW_INF,
                                      .significant_on = MW_DATE_NONE,
                                      .harm_on = MW_DATE_NONE};
    MW_TRY(mw_avt_init(&test->path.avt, test->method->n_regressors, test->design.q, err));
    for (mw_date date = test->design.noise_from; date <= test->design.noise_to;
         date += sight->panel->period_days) {
        const struct mw_geo_day day = mw_geo_test_day(test, sight, date);
        MW_TRY(append_noise(test, &day, err));
    }
    test->path.window = mw_window_begin(&test->path.avt);
    return MW_OK;
}

mw_date mw_geo_test_next(const struct mw_geo_test *test, int32_t period_days)
{
    const mw_date last = test->path.through;
    const mw_date next = last == MW_DATE_NONE ? test->test->declared->start : last + period_days;
    return next < mw_geo_test_end(test) ? next : MW_DATE_NONE;
}

static void count_day(struct mw_geo_path *path, const struct mw_geo_day *day, bool is_cooldown)
{
    path->through = day->date;
    path->n_periods++;
    path->missing = day->missing;
    path->n_spend_periods += !is_cooldown;
    path->spend_treated += is_cooldown ? 0 : day->spend_treated;
    path->spend_twin += is_cooldown ? 0 : day->spend_twin;
    path->spend_kept += is_cooldown ? 0 : day->spend_kept;
    if (day->missing == MW_INDEX_NONE) {
        path->outcome_treated += day->treated;
    } else {
        path->n_missing++;
    }
}

/* All intervals hold the truth at once with probability 1 - alpha, so for a constant effect their
 * intersection does. An estimate outside of it shows that the effect is not constant (or that the one chance
 * in 1/alpha has come): from then on, and in the cool-down, today's interval stands alone, for the mean
 * effect so far. */
static void narrow(struct mw_geo_path *path, bool is_cooldown)
{
    const double lower = fmax(path->lower, path->now.lower), upper = fmin(path->upper, path->now.upper);
    const bool fits = !path->now.is_known || (lower <= path->now.tau && path->now.tau <= upper);
    path->moved = path->moved || (!is_cooldown && !fits);
    const bool alone = path->moved || is_cooldown;
    path->lower = alone ? path->now.lower : lower;
    path->upper = alone ? path->now.upper : upper;
}

static void weigh_evidence(struct mw_geo_path *path, double sign)
{
    path->log_e_max = fmax(path->log_e_max, path->now.log_e);
    if (path->now.is_known && path->now.t * sign > 0) {
        path->log_e_plan = fmax(path->log_e_plan, path->now.log_e);
    } else if (path->now.is_known) {
        path->log_e_harm = fmax(path->log_e_harm, path->now.log_e);
    }
}

static void raise_flags(struct mw_geo_test *test, int64_t n_days)
{
    struct mw_geo_path *path = &test->path;
    const double threshold = test->design.threshold_log_e;
    const bool may_call = n_days >= days_needed(test) && path->missing == MW_INDEX_NONE;
    if (path->significant_on == MW_DATE_NONE && may_call && path->log_e_plan >= threshold) {
        path->significant_on = path->through;
    }
    if (path->harm_on == MW_DATE_NONE && path->log_e_harm >= threshold) {
        path->harm_on = path->through;
    }
}

enum mw_status mw_geo_test_step(struct mw_geo_test *test, const struct mw_geo_sight *sight,
                                struct mw_error *err)
{
    const struct mw_test_declared *plan = test->test->declared;
    const int32_t period_days = sight->panel->period_days;
    const mw_date date = mw_geo_test_next(test, period_days);
    mw_invariant(test->launched && date != MW_DATE_NONE);
    const struct mw_geo_day day = mw_geo_test_day(test, sight, date);
    const bool is_cooldown = date > plan->planned_end;
    MW_TRY(append_test(test, &day, err));
    count_day(&test->path, &day, is_cooldown);
    test->path.now = mw_avt_estimate(&test->path.avt, test->design.phi, mw_geo_test_alpha(test));
    narrow(&test->path, is_cooldown);
    weigh_evidence(&test->path, mw_geo_test_sign(test));
    raise_flags(test, (int64_t)(date - plan->start) + period_days);
    return MW_OK;
}
