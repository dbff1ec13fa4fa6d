/* The parts under the core: every promised status, and small numbers that can be checked by hand. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_avt.h"
#include "mw_estimators.h"
#include "mw_panel.h"
#include "mw_sc.h"
#include "mw_window.h"

#include "mw_math.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- synthetic control ----------------------------------------------------------------------- */

static const double two_donors[] = {0, 1, 0, 1, 1, 0, 1, 0};
static const double halfway[] = {0.5, 0.5, 0.5, 0.5};

static enum mw_status fit_sc(struct mw_sc_problem problem, double weight[], struct mw_sc_info *info,
                             struct mw_error *err)
{
    struct mw_arena arena = {0};
    const enum mw_status status = mw_sc_fit(&problem, &arena, weight, info, err);
    mw_arena_fini(&arena);
    return status;
}

static struct mw_sc_problem small(void)
{
    return (struct mw_sc_problem){
        .n_rows = 4, .n_donors = 2, .treated = halfway, .donors = two_donors, .stride = 4};
}

Test(experiments_numbers, between_two_donors_is_half_of_each)
{
    double weight[2];
    struct mw_sc_info info;
    cr_assert(fit_sc(small(), weight, &info, NULL) == MW_OK);
    cr_expect(fabs(weight[0] - 0.5) < 1e-15 && fabs(weight[1] - 0.5) < 1e-15 && info.imbalance < 1e-15);
}

Test(experiments_numbers, beyond_a_donor_is_that_donor)
{
    const double beyond[] = {-1, 3, -1, 3};
    double weight[2];
    struct mw_sc_info info;
    struct mw_sc_problem problem = small();
    problem.treated = beyond;
    cr_assert(fit_sc(problem, weight, &info, NULL) == MW_OK);
    cr_expect(weight[0] == 1 && weight[1] == 0 && info.n_support == 1, "%g %g", weight[0], weight[1]);
}

Test(experiments_numbers, a_ridge_draws_weights_together)
{
    const double first[] = {0, 1, 0, 1};
    double weight[2];
    struct mw_sc_info info;
    struct mw_sc_problem problem = small();
    problem.treated = first;
    problem.ridge = 4;
    /* |A w - b|^2 + 4 |w|^2 = 4 (1-w)^2 + 4 w^2 + 4 (1-w)^2 for w of the first: least at w = 2/3. */
    cr_assert(fit_sc(problem, weight, &info, NULL) == MW_OK);
    cr_expect(fabs(weight[0] - 2.0 / 3) < 1e-14, "%.17g", weight[0]);
}

Test(experiments_numbers, synthetic_control_refuses_what_it_cannot_weigh)
{
    const double zeros[8] = {0}, broken[] = {0, MW_NAN, 0, 1};
    double weight[2];
    struct mw_sc_info info;
    struct mw_error err = {0};
    struct mw_sc_problem problem = small();
    problem.n_rows = 0;
    cr_expect(fit_sc(problem, weight, &info, NULL) == MW_E_CONTRACT);
    problem = small();
    problem.n_donors = 0;
    cr_expect(fit_sc(problem, weight, &info, NULL) == MW_E_CONTRACT);
    problem = small();
    problem.stride = 3;
    cr_expect(fit_sc(problem, weight, &info, NULL) == MW_E_CONTRACT);
    problem = small();
    problem.ridge = MW_NAN;
    cr_expect(fit_sc(problem, weight, &info, NULL) == MW_E_CONTRACT);
    problem = small();
    problem.donors = zeros;
    cr_expect(fit_sc(problem, weight, &info, &err) == MW_E_NUMERIC && strstr(err.text, "constant") != NULL);
    problem = small();
    problem.treated = broken;
    cr_expect(fit_sc(problem, weight, &info, NULL) == MW_E_NUMERIC);
}

Test(experiments_numbers, synthetic_control_survives_every_failed_allocation)
{
    for (size_t n = 1; n <= 8; n++) {
        double weight[2];
        struct mw_sc_info info;
        mw_arena_fail_after(n);
        const enum mw_status status = fit_sc(small(), weight, &info, NULL);
        mw_arena_fail_after(0);
        cr_expect(status == MW_E_MEMORY, "allocation %zu: %s", n, mw_status_name(status));
    }
}

Test(experiments_numbers, the_certificate_sees_wrong_weights)
{
    const double wrong[] = {0.6, 0.4}, negative[] = {1.5, -0.5}, not_one[] = {0.5, 0.4},
                 broken[] = {MW_NAN, 1};
    const double right[] = {0.5, 0.5};
    const struct mw_sc_problem problem = small();
    struct mw_arena arena = {0};
    double violation;
    cr_assert(mw_sc_certificate(&problem, right, &arena, &violation, NULL) == MW_OK && violation <= 1e-15);
    cr_assert(mw_sc_certificate(&problem, wrong, &arena, &violation, NULL) == MW_OK && violation > 0.01);
    cr_assert(mw_sc_certificate(&problem, negative, &arena, &violation, NULL) == MW_OK && violation >= 0.5);
    cr_assert(mw_sc_certificate(&problem, not_one, &arena, &violation, NULL) == MW_OK &&
              violation >= 0.1 - 1e-12);
    cr_assert(mw_sc_certificate(&problem, broken, &arena, &violation, NULL) == MW_OK && isnan(violation));
    mw_arena_fini(&arena);
}

/* ---- noise ----------------------------------------------------------------------------------- */

Test(experiments_numbers, a_noise_fit_refuses_what_has_no_noise)
{
    double rows[40];
    struct mw_reml noise;
    struct mw_error err = {0};
    for (size_t t = 0; t < 20; t++) {
        rows[2 * t] = 1;
        rows[2 * t + 1] = 1234.5;
    }
    cr_expect(mw_whiten_reml(20, 2, rows, &noise, &err) == MW_E_DATA && strstr(err.text, "no noise") != NULL,
              "%s", err.text);
    cr_expect(mw_whiten_reml(3, 2, rows, &noise, NULL) == MW_E_DATA);
    cr_expect(mw_whiten_reml(20, 1, rows, &noise, NULL) == MW_E_CONTRACT);
    cr_expect(mw_whiten_reml(5, 6, rows, &noise, NULL) == MW_E_CONTRACT);
    rows[7] = MW_INF;
    cr_expect(mw_whiten_reml(20, 2, rows, &noise, NULL) == MW_E_NUMERIC);
    rows[7] = 1234.5;
    rows[6] = MW_NAN;
    cr_expect(mw_whiten_reml(20, 2, rows, &noise, NULL) == MW_E_NUMERIC, "a regressor may not be missing");
}

Test(experiments_numbers, a_random_walk_without_noise_runs_to_the_top_of_the_grid)
{
    double rows[120], level = 0;
    struct mw_reml noise;
    for (size_t t = 0; t < 60; t++) {
        level += t % 7 < 3 ? 5 : -4;
        rows[2 * t] = 1;
        rows[2 * t + 1] = level;
    }
    cr_assert(mw_whiten_reml(60, 2, rows, &noise, NULL) == MW_OK);
    cr_expect(noise.at_top && noise.q == 100, "q %g", noise.q);
}

/* ---- the anytime-valid t --------------------------------------------------------------------- */

Test(experiments_numbers, phi_is_the_tuning_of_the_normal_mixture)
{
    /* Reference 2.8 and 3.9: the divisor at 0.05, and best_rho of confseq at v_opt 100. */
    cr_expect(fabs(1 / mw_avt_phi(1, 0.05) - 7.936155) < 5e-7, "%.8g", 1 / mw_avt_phi(1, 0.05));
    cr_expect(fabs(mw_avt_phi(100, 0.05) - 12.60056) < 5e-6, "%.8g", mw_avt_phi(100, 0.05));
}

Test(experiments_numbers, without_wandering_the_planned_information_is_that_of_two_means)
{
    cr_expect(fabs(mw_avt_planned_information(0, 36, 15) - 36.0 * 15 / 51) < 1e-12);
    cr_expect(mw_avt_planned_information(1, 36, 15) < 2,
              "a wandering level tells little, however long one looks");
}

Test(experiments_numbers, the_interval_ends_where_the_evidence_reaches_its_threshold)
{
    const struct mw_avt_point at = {.nu = 40, .information = 7};
    const double margin = mw_avt_margin(at, 1.2, 0.05);
    const struct mw_avt_point edge = {.t = margin, .nu = at.nu, .information = at.information};
    cr_expect(fabs(mw_avt_log_e(edge, 1.2) - log(20)) < 1e-12, "%g", mw_avt_log_e(edge, 1.2));
}

Test(experiments_numbers, the_interval_is_infinite_while_one_day_could_be_anything)
{
    const struct mw_avt_point at = {.nu = 2, .information = 0.9};
    cr_expect(isinf(mw_avt_margin(at, 1.2, 0.05)));
}

Test(experiments_numbers, an_estimate_is_unknown_before_the_test_and_without_noise)
{
    struct mw_avt avt;
    cr_assert(mw_avt_init(&avt, 2, 0, NULL) == MW_OK);
    const double before[][3] = {{1, 0, 5}, {1, 0, 5}}, after[] = {1, 1, 9};
    cr_assert(mw_avt_append(&avt, before[0], NULL) == MW_OK && mw_avt_append(&avt, before[1], NULL) == MW_OK);
    struct mw_avt_estimate now = mw_avt_estimate(&avt, 1, 0.05);
    cr_expect(!now.is_known && isnan(now.tau) && now.log_e == 0 && isinf(now.upper));
    cr_assert(mw_avt_append(&avt, after, NULL) == MW_OK);
    now = mw_avt_estimate(&avt, 1, 0.05);
    cr_expect(!now.is_known && isnan(now.t), "a fit without residual says t = %g", now.t);
}

Test(experiments_numbers, the_anytime_t_refuses_bad_calls_and_keeps_its_state)
{
    struct mw_avt avt, before;
    cr_expect(mw_avt_init(&avt, 0, 0, NULL) == MW_E_CONTRACT);
    cr_expect(mw_avt_init(&avt, 5, 0, NULL) == MW_E_CONTRACT);
    cr_expect(mw_avt_init(&avt, 2, -1, NULL) == MW_E_CONTRACT);
    cr_expect(mw_avt_init(&avt, 2, MW_NAN, NULL) == MW_E_CONTRACT);
    cr_assert(mw_avt_init(&avt, 2, 0.1, NULL) == MW_OK);
    before = avt;
    const double row[] = {1, 0, MW_NAN};
    cr_expect(mw_avt_append(&avt, row, NULL) == MW_E_NUMERIC);
    cr_expect(memcmp(&avt, &before, sizeof avt) == 0);
}

Test(experiments_numbers, a_large_mean_costs_no_digits)
{
    struct mw_avt plain, shifted;
    cr_assert(mw_avt_init(&plain, 2, 0, NULL) == MW_OK && mw_avt_init(&shifted, 2, 0, NULL) == MW_OK);
    for (int t = 0; t < 50; t++) {
        const double y = (t * 37) % 11 - 5 + (t >= 30 ? 2 : 0);
        const double row[] = {1, t >= 30, y}, far[] = {1, t >= 30, y + 1e9};
        cr_assert(mw_avt_append(&plain, row, NULL) == MW_OK && mw_avt_append(&shifted, far, NULL) == MW_OK);
    }
    const struct mw_avt_estimate a = mw_avt_estimate(&plain, 1, 0.05), b = mw_avt_estimate(&shifted, 1, 0.05);
    cr_expect(fabs(a.t - b.t) < 1e-5 * fabs(a.t), "%.10g and %.10g", a.t, b.t);
}

/* ---- window and estimators ------------------------------------------------------------------- */

Test(experiments_numbers, estimators_refuse_too_few_periods)
{
    const double y[] = {1, 2, 3, 4, 5}, constant[] = {2, 2, 2, 2, 2};
    struct mw_estimate_of_effect out;
    struct mw_tbr_fit fit;
    const struct mw_estimator_view no_test = {5, 0, y, y, y}, no_pre = {0, 5, y, y, y},
                                   three = {3, 2, y, y, y};
    const struct mw_estimator_view flat = {4, 1, y, constant, y};
    for (size_t i = 0; i < mw_estimators_n; i++) {
        cr_expect(mw_estimators[i].estimate(&no_test, &out, NULL) == MW_E_DATA, "%s", mw_estimators[i].name);
        cr_expect(mw_estimators[i].estimate(&no_pre, &out, NULL) == MW_E_DATA, "%s", mw_estimators[i].name);
    }
    cr_expect(mw_estimate_tbr(&three, &out, NULL) == MW_E_DATA);
    cr_expect(mw_estimate_tbr(&flat, &out, NULL) == MW_E_DATA && mw_tbr_fit(&flat, &fit, NULL) == MW_E_DATA);
}

Test(experiments_numbers, a_window_without_a_row_has_no_total)
{
    struct mw_avt avt;
    cr_assert(mw_avt_init(&avt, 2, 0.1, NULL) == MW_OK);
    for (int t = 0; t < 9; t++) {
        const double row[] = {1, 0, t % 4};
        cr_assert(mw_avt_append(&avt, row, NULL) == MW_OK);
    }
    struct mw_window window = mw_window_begin(&avt);
    mw_window_skip(&window);
    cr_expect(isnan(mw_window_read(&window).total) && isnan(mw_window_read(&window).se));
}

/* ---- panel ----------------------------------------------------------------------------------- */

static double at(const struct mw_panel *panel, const char *geo, mw_date date)
{
    return mw_panel_at(
        panel, mw_panel_find(panel, MW_PANEL_OUTCOME, mw_names_find(&panel->geos, mw_span(geo))), date);
}

static enum mw_status put(struct mw_panel *panel, const char *geo, mw_date date, double value)
{
    return mw_panel_put(panel, MW_PANEL_OUTCOME, mw_span(geo), date, value, NULL);
}

Test(experiments_numbers, a_panel_takes_days_in_any_order_and_knows_its_holes)
{
    struct mw_panel panel;
    mw_panel_init(&panel, 1, 0);
    cr_assert(put(&panel, "jena", 105, 5) == MW_OK && put(&panel, "jena", 100, 1) == MW_OK);
    cr_assert(put(&panel, "jena", 180, 9) == MW_OK && put(&panel, "jena", 105, 6) == MW_OK);
    cr_expect(at(&panel, "jena", 105) == 6 && at(&panel, "jena", 100) == 1 && at(&panel, "jena", 180) == 9);
    cr_expect(isnan(at(&panel, "jena", 101)) && isnan(at(&panel, "jena", 99)) &&
              isnan(at(&panel, "jena", 181)));
    cr_expect(isnan(at(&panel, "nowhere", 100)));
    mw_panel_fini(&panel);
}

Test(experiments_numbers, the_oldest_periods_leave_first_and_stay_away)
{
    struct mw_panel panel;
    mw_panel_init(&panel, 1, 0);
    for (mw_date date = 0; date < MW_PANEL_PERIODS_MAX + 10; date++) {
        cr_assert(put(&panel, "jena", date, date) == MW_OK);
    }
    cr_expect(isnan(at(&panel, "jena", 9)) && at(&panel, "jena", 10) == 10);
    cr_expect(at(&panel, "jena", MW_PANEL_PERIODS_MAX + 9) == MW_PANEL_PERIODS_MAX + 9);
    cr_expect(put(&panel, "jena", 5, 1) == MW_OK && isnan(at(&panel, "jena", 5)));
    cr_expect(panel.series[0].n == MW_PANEL_PERIODS_MAX);
    mw_panel_fini(&panel);
}

Test(experiments_numbers, a_jump_of_almost_the_whole_memory_keeps_the_calendar)
{
    struct mw_panel panel;
    mw_panel_init(&panel, 1, 0);
    cr_assert(put(&panel, "jena", 0, 1) == MW_OK && put(&panel, "jena", 1, 2) == MW_OK);
    cr_assert(put(&panel, "jena", MW_PANEL_PERIODS_MAX + 2, 3) == MW_OK);
    cr_expect(at(&panel, "jena", MW_PANEL_PERIODS_MAX + 2) == 3 && isnan(at(&panel, "jena", 1)));
    cr_expect(put(&panel, "jena", 10 * MW_PANEL_PERIODS_MAX, 4) == MW_E_DATA,
              "a date far ahead is a typing error");
    mw_panel_fini(&panel);
}

Test(experiments_numbers, a_weekly_panel_refuses_a_day_within_a_week)
{
    struct mw_panel panel;
    mw_panel_init(&panel, 7, 0);
    cr_assert(put(&panel, "jena", 70, 1) == MW_OK && put(&panel, "jena", 63, 2) == MW_OK);
    cr_expect(put(&panel, "jena", 72, 3) == MW_E_DATA);
    cr_expect(at(&panel, "jena", 63) == 2 && isnan(at(&panel, "jena", 65)));
    mw_panel_fini(&panel);
}

Test(experiments_numbers, a_full_panel_refuses_and_counts)
{
    struct mw_panel panel;
    char name[16];
    uint32_t measure;
    mw_panel_init(&panel, 1, 40);
    cr_assert(put(&panel, "jena", 0, 1) == MW_OK);
    cr_expect(put(&panel, "halle", 0, 1) == MW_E_FULL && panel.n_refused == 1 && panel.n_series == 1);
    cr_expect(put(&panel, "jena", 39, 1) == MW_E_FULL && panel.n_refused == 2 && at(&panel, "jena", 0) == 1);
    mw_panel_fini(&panel);
    mw_panel_init(&panel, 1, 0);
    for (int i = 0; i < MW_GEOS_MAX; i++) {
        (void)snprintf(name, sizeof name, "geo %d", i);
        cr_assert(put(&panel, name, 0, 1) == MW_OK);
    }
    cr_expect(put(&panel, "one more", 0, 1) == MW_E_FULL && put(&panel, "geo 5", 1, 1) == MW_OK);
    for (int i = 0; i < MW_CHANNELS_MAX; i++) {
        (void)snprintf(name, sizeof name, "channel %d", i);
        cr_assert(mw_panel_channel(&panel, mw_span(name), &measure, NULL) == MW_OK);
    }
    cr_expect(mw_panel_channel(&panel, mw_span("one more"), &measure, NULL) == MW_E_FULL);
    cr_expect(mw_panel_measure(&panel, mw_span("one more")) == MW_INDEX_NONE);
    mw_panel_fini(&panel);
}

Test(experiments_numbers, a_panel_survives_its_snapshot_and_refuses_a_cut_one)
{
    struct mw_panel panel, copy;
    struct mw_writer saved = {0}, again = {0};
    mw_panel_init(&panel, 1, 1000);
    for (int i = 0; i < 50; i++) {
        cr_assert(put(&panel, i % 2 == 0 ? "jena" : "halle", i, i) == MW_OK);
    }
    mw_panel_save(&panel, &saved);
    struct mw_reader in = mw_reader(mw_writer_span(&saved));
    cr_assert(mw_panel_load(&copy, &in, NULL) == MW_OK && mw_reader_left(&in) == 0);
    mw_panel_save(&copy, &again);
    cr_expect(saved.len == again.len && memcmp(saved.data, again.data, saved.len) == 0);
    mw_panel_fini(&copy);
    for (size_t len = 0; len < saved.len; len++) {
        in = mw_reader((struct mw_span){saved.data, len});
        cr_expect(mw_panel_load(&copy, &in, NULL) == MW_E_DATA, "cut at %zu", len);
        mw_panel_fini(&copy);
    }
    mw_panel_fini(&panel);
    mw_writer_fini(&saved);
    mw_writer_fini(&again);
}
