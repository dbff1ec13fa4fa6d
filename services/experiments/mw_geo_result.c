/* From the path of a test to the numbers that people and the model use. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_estimators.h"
#include "mw_geo_test.h"

#include "mw_math.h"

/* A spend difference below this share of what was spent is no treatment. */
static const double SPEND_DIFFERENCE_LEAST = 0.01;

static const struct mw_effect_estimate NO_ESTIMATE = {
    .mean = (double)NAN, .se = (double)NAN, .lower = (double)NAN, .upper = (double)NAN};

static double finite_or_nan(double x)
{
    return isfinite(x) ? x : MW_NAN;
}

static struct mw_effect_estimate scaled(struct mw_effect_estimate x, double factor)
{
    const double a = x.lower * factor, b = x.upper * factor;
    return (struct mw_effect_estimate){.mean = finite_or_nan(x.mean * factor),
                                       .se = finite_or_nan(x.se * fabs(factor)),
                                       .lower = finite_or_nan(factor < 0 ? b : a),
                                       .upper = finite_or_nan(factor < 0 ? a : b)};
}

static struct mw_effect_estimate per_period(const struct mw_geo_path *path)
{
    if (!path->now.is_known) {
        return NO_ESTIMATE;
    }
    return (struct mw_effect_estimate){
        .mean = path->now.tau, .se = path->now.se, .lower = path->lower, .upper = path->upper};
}

/* 100 n tau / (Y - n tau), which rises with tau as long as there is something left without the effect. */
static double lift_of(double total, double observed)
{
    const double without = observed - total;
    return without > 0 ? 100 * total / without : MW_NAN;
}

static struct mw_effect_estimate lift_pct(const struct mw_geo_path *path, struct mw_effect_estimate tau)
{
    const double n = (double)(path->n_periods - path->n_missing), y = path->outcome_treated;
    const double without = y - n * tau.mean;
    return (struct mw_effect_estimate){
        .mean = lift_of(n * tau.mean, y),
        .se = without > 0 ? finite_or_nan(100 * n * tau.se * y / (without * without)) : MW_NAN,
        .lower = isfinite(tau.lower) ? lift_of(n * tau.lower, y) : MW_NAN,
        .upper = isfinite(tau.upper) ? lift_of(n * tau.upper, y) : MW_NAN};
}

/* What the treated geos would have spent, as their twin says. */
static double counterfactual_spend(const struct mw_geo_test *test)
{
    return test->path.spend_twin + test->design.spend_offset * (double)test->path.n_spend_periods;
}

static struct mw_effect_estimate iroas(struct mw_effect_estimate increment, double difference,
                                       double turnover)
{
    if (!(fabs(difference) > SPEND_DIFFERENCE_LEAST * turnover)) {
        return NO_ESTIMATE;
    }
    return scaled(increment, 1 / difference);
}

/* ---- the other estimators -------------------------------------------------------------------- */

static void gather(const struct mw_geo_test *test, const struct mw_geo_sight *sight, mw_date from, mw_date to,
                   double *columns[3], size_t *n)
{
    for (mw_date date = from; date <= to; date += sight->panel->period_days) {
        const struct mw_geo_day day = mw_geo_test_outcomes(test, sight, date);
        if (isfinite(day.treated) && isfinite(day.control) && isfinite(day.twin_full)) {
            columns[0][*n] = day.treated;
            columns[1][*n] = day.control;
            columns[2][*n] = day.twin_full;
            ++*n;
        }
    }
}

static enum mw_status view_of(const struct mw_geo_test *test, const struct mw_geo_sight *sight,
                              struct mw_arena *scratch, struct mw_estimator_view *out, struct mw_error *err)
{
    const struct mw_geo_design *design = &test->design;
    const size_t room = (size_t)((test->path.through - design->weights_from) / sight->panel->period_days) + 1;
    double *columns[3];
    for (size_t i = 0; i < 3; i++) {
        columns[i] = mw_new_array(scratch, double, room);
        if (columns[i] == NULL) {
            return MW_FAIL(err, MW_E_MEMORY, "no memory for %zu periods of estimators", room);
        }
    }
    size_t n = 0;
    gather(test, sight, design->weights_from, design->noise_to, columns, &n);
    *out = (struct mw_estimator_view){
        .n_pre = n, .treated = columns[0], .control = columns[1], .twin = columns[2]};
    gather(test, sight, test->test->declared->start, test->path.through, columns, &n);
    out->n_test = n - out->n_pre;
    return MW_OK;
}

static void run_estimators(const struct mw_estimator_view *view, double effects[])
{
    for (size_t i = 0; i < mw_estimators_n; i++) {
        struct mw_estimate_of_effect estimate;
        const bool has = mw_estimators[i].estimate(view, &estimate, NULL) == MW_OK;
        effects[i] = has ? finite_or_nan(estimate.effect) : MW_NAN;
    }
}

/* Sample sd of the honest twin, the full twin and the regression (2.12: difference in differences is shown,
 * not counted: it ignores what the weights are for). All three are plain means over the window. */
static double spread_of(double honest, const double effects[])
{
    const double all[3] = {honest, effects[0], effects[1]};
    double n = 0, sum = 0, squares = 0;
    for (size_t i = 0; i < 3; i++) {
        n += isfinite(all[i]) ? 1 : 0;
        sum += isfinite(all[i]) ? all[i] : 0;
    }
    for (size_t i = 0; i < 3; i++) {
        const double away = isfinite(all[i]) ? all[i] - sum / n : 0;
        squares += away * away;
    }
    return n > 1 ? sqrt(squares / (n - 1)) : 0;
}

enum mw_status mw_geo_test_result(const struct mw_geo_test *test, const struct mw_geo_sight *sight,
                                  struct mw_arena *scratch, struct mw_geo_result *out, struct mw_error *err)
{
    const struct mw_geo_path *path = &test->path;
    const struct mw_effect_estimate tau = per_period(path);
    const double n_geos = (double)test->design.n_treated, n_periods = (double)path->n_periods;
    const double per_day = 1 / (double)sight->panel->period_days;
    struct mw_estimator_view view;
    double effects[sizeof out->estimators / sizeof out->estimators[0]] = {0};
    MW_TRY(view_of(test, sight, scratch, &view, err));
    run_estimators(&view, effects);

    const double expected = counterfactual_spend(test), n_complete = n_periods - (double)path->n_missing;
    const struct mw_window_total window = mw_window_read(&path->window);
    const double whole =
        n_geos * n_periods / n_complete; /* missing periods are taken to be like the others */
    *out =
        (struct mw_geo_result){.effect = scaled(tau, per_day),
                               .increment = scaled(tau, n_geos * n_periods),
                               .lift_pct = lift_pct(path, tau),
                               .spend_difference = path->spend_treated - expected,
                               .window_total = whole * window.total,
                               .window_se = whole * window.se,
                               .spread = n_geos * n_periods * spread_of(window.total / n_complete, effects),
                               .p_anytime = fmin(1, mw_exp(-path->log_e_max))};
    out->iroas = iroas(out->increment, out->spend_difference, path->spend_treated + fabs(expected));
    for (size_t i = 0; i < mw_estimators_n; i++) {
        out->estimators[i] = effects[i] * per_day;
    }
    return MW_OK;
}

/* ---- into the model -------------------------------------------------------------------------- */

/* What would have been spent and was in fact held back or raised: x is the spend that was, x* the tested
 * level. Ads in the treated geos only: the tested level is "none", and the increment is the whole effect
 * there. */
static void compare_levels(const struct mw_geo_path *path, double expected, double increment,
                           struct mw_test_lift *out)
{
    const bool only_treated =
        !(expected > SPEND_DIFFERENCE_LEAST * path->spend_treated) && path->spend_treated > 0;
    const double ours = only_treated ? path->spend_treated : fmax(expected, 0);
    const double market = ours + path->spend_kept;
    out->share = market > 0 ? ours / market : 1;
    out->spend = only_treated ? 0 : MW_NAN;
    out->spend_factor = only_treated ? MW_NAN : path->spend_treated / expected;
    out->lift = only_treated ? increment : -increment;
}

void mw_geo_test_lift(const struct mw_geo_test *test, const struct mw_panel *panel,
                      const struct mw_geo_result *result, struct mw_test_lift *out)
{
    const struct mw_test_declared *plan = test->test->declared;
    *out = (struct mw_test_lift){.channel = plan->channel,
                                 .spend_from = plan->start,
                                 .spend_to = plan->planned_end,
                                 .measured_from = plan->start,
                                 .measured_to = test->path.through + panel->period_days - 1,
                                 .spend_difference = result->spend_difference,
                                 .log_e = test->path.log_e_max,
                                 .significant = test->path.significant_on != MW_DATE_NONE};
    compare_levels(&test->path, counterfactual_spend(test), result->window_total, out);
    out->se = sqrt(result->window_se * result->window_se + result->spread * result->spread);
}
