/* model_test.c: exact arithmetic of the model, and every status that its headers promise. */
// SPDX-License-Identifier: Apache-2.0
#include "model_world.h"
#include "mw_expect.h"
#include "mw_la.h"
#include "mw_math.h"
#include "mw_model_curve.h"
#include "mw_model_derive.h"
#include "mw_model_forecast.h"
#include <stdlib.h>

static struct mw_arena scratch;

static struct model_world *small_world(void)
{
    return model_world_make(&(struct model_world_options){.seed = 5,
                                                          .n_channels = 2,
                                                          .n_rows = 60,
                                                          .n_controls = 1,
                                                          .n_events = 1,
                                                          .n_particles = 64,
                                                          .sigma = 0.05,
                                                          .rho = (double)NAN});
}

static void expect_text(const struct mw_error *err, const char *part)
{
    cr_expect(strstr(err->text, part) != NULL, "\"%s\" does not name %s", err->text, part);
}

/* ---- specification --------------------------------------------------------------------------- */

struct spec_fault {
    const char *named;
    enum mw_status status;
};

static void expect_fault(const struct mw_model_spec *spec, enum mw_status status, const char *named)
{
    struct mw_error err = {0};
    struct mw_model *model = NULL;
    cr_expect(mw_model_spec_check(spec, &err) == status, "%s: %s", named, mw_status_name(err.status));
    expect_text(&err, named);
    cr_expect(mw_model_open(&model, spec, &scratch, NULL) == status);
    cr_expect(model == NULL);
}

Test(model_spec, the_checker_names_the_field_that_is_wrong)
{
    struct model_world *w = small_world();
    const struct mw_model_spec good = w->spec;
    struct mw_model_spec spec = good;
    struct mw_model_channel channels[2] = {w->channels[0], w->channels[1]};
    cr_expect(mw_model_spec_check(&good, NULL) == MW_OK);

    spec.n_channels = 0, expect_fault(&spec, MW_E_DATA, "n_channels"), spec = good;
    spec.n_channels = 65, expect_fault(&spec, MW_E_FULL, "n_channels"), spec = good;
    spec.n_controls = 400, expect_fault(&spec, MW_E_FULL, "baseline columns"), spec = good;
    spec.rows_max = 1501, expect_fault(&spec, MW_E_FULL, "rows_max"), spec = good;
    spec.n_particles = 1000, expect_fault(&spec, MW_E_DATA, "n_particles"), spec = good;
    spec.yearly_pairs = 4, expect_fault(&spec, MW_E_FULL, "yearly_pairs"), spec = good;
    spec.first = MW_DATE_NONE, expect_fault(&spec, MW_E_DATA, "first"), spec = good;
    spec.s_y = 0.0, expect_fault(&spec, MW_E_DATA, "s_y"), spec = good;
    spec.s_y = (double)NAN, expect_fault(&spec, MW_E_DATA, "s_y"), spec = good;
    spec.gamma_variance = -1.0, expect_fault(&spec, MW_E_DATA, "gamma_variance"), spec = good;
    spec.sigma2_shape = 0.0, expect_fault(&spec, MW_E_DATA, "sigma2"), spec = good;
    spec.rho = 1.0, expect_fault(&spec, MW_E_DATA, "rho"), spec = good;
    spec.rho = -0.1, expect_fault(&spec, MW_E_DATA, "rho"), spec = good;
    w->controls[0].sd = 0.0, expect_fault(&good, MW_E_DATA, "control v0"), w->controls[0].sd = 1.0;
    spec.channels = channels;
    channels[1].m = 0.0, expect_fault(&spec, MW_E_DATA, "channel v1"), channels[1] = w->channels[1];
    channels[1].alpha.b = 0.0, expect_fault(&spec, MW_E_DATA, "alpha"), channels[1] = w->channels[1];
    channels[0].log_roi.sd = 0.0, expect_fault(&spec, MW_E_DATA, "log_roi"), channels[0] = w->channels[0];
    channels[0].log_kappa.mean = (double)NAN, expect_fault(&spec, MW_E_DATA, "log_kappa"),
    channels[0] = w->channels[0];
    channels[0].log_n.sd = (double)INFINITY, expect_fault(&spec, MW_E_DATA, "log_n");
    free(w);
}

Test(model_spec, columns_of_z_stand_in_the_order_of_the_reference)
{
    struct model_world *w = small_world();
    const char *const weekly[] = {"intercept", "trend", "sin1", "cos1", "sin2",
                                  "cos2",      "sin3",  "cos3", "v0",   "event"};
    const char *const days[] = {"dow_tue", "dow_wed", "dow_thu", "dow_fri", "dow_sat", "dow_sun"};
    char name[MW_MODEL_NAME_BYTES];
    cr_assert(mw_model_spec_n_z(&w->spec) == 10);
    for (size_t k = 0; k < 10; k++) {
        mw_model_spec_z_name(&w->spec, k, name);
        cr_expect(strcmp(name, weekly[k]) == 0, "column %zu is %s", k, name);
    }
    w->spec.grid = MW_MODEL_DAILY;
    cr_assert(mw_model_spec_n_z(&w->spec) == 16);
    for (size_t k = 0; k < 6; k++) {
        mw_model_spec_z_name(&w->spec, 8 + k, name);
        cr_expect(strcmp(name, days[k]) == 0, "column %zu is %s", 8 + k, name);
    }
    free(w);
}

/* Var logit Beta(a, b) = psi1(a) + psi1(b); psi1(1) = pi^2/6, psi1(3) = pi^2/6 - 5/4. */
Test(model_spec, the_prior_sd_of_logit_alpha_is_exact)
{
    const struct mw_model_channel brand = mw_model_channel_default(mw_span("tv"), 1.0, true);
    const struct mw_model_channel brief = mw_model_channel_default(mw_span("search"), 1.0, false);
    mw_expect_close(mw_model_channel_prior_sd(&brand, MW_LOGIT_ALPHA),
                    sqrt(2.0 * (MW_PI * MW_PI / 6.0 - 1.25)), 1e-11, 0);
    mw_expect_close(mw_model_channel_prior_sd(&brief, MW_LOGIT_ALPHA), sqrt(MW_PI * MW_PI / 3.0 - 1.25),
                    1e-11, 0);
}

/* ---- the marginal likelihood, against a dense covariance matrix -------------------------------------------
 */

/* log p(y / s_y | theta, rho) from the n x n covariance of y, with libm and no whitening: the errors'
 * correlations rho^|s - t| / (1 - rho^2), the baseline's V ZZ'. */
static double dense_log_marginal(const struct model_world *w, size_t n_rows, double rho)
{
    const struct mw_model_spec *spec = &w->spec;
    double v[WORLD_ROWS_MAX], z[WORLD_ROWS_MAX][16], a[WORLD_CHANNELS_MAX] = {0};
    size_t at[WORLD_ROWS_MAX], n = 0;
    for (size_t t = 0; t < n_rows; t++) {
        double media = 0.0;
        for (size_t c = 0; c < spec->n_channels; c++) {
            const double *theta = w->theta[c], m = w->channels[c].m, power = exp(theta[MW_LOG_N]);
            const double alpha = 1.0 / (1.0 + exp(-theta[MW_LOGIT_ALPHA])),
                         kappa_n = pow(exp(theta[MW_LOG_KAPPA]), power);
            a[c] = alpha * a[c] + (1.0 - alpha) * w->spend[t][c] / m;
            media += exp(theta[MW_LOG_ROI]) * m / spec->s_y * (1.0 + kappa_n) * pow(a[c], power) /
                     (pow(a[c], power) + kappa_n);
        }
        if (!isnan(w->outcome[t])) {
            const double d = spec->first + 7.0 * (double)t - 10957.0; /* days from 2000-01-01 */
            double *row = z[n];
            row[0] = 1.0;
            row[1] = (double)t / 52.0;
            for (size_t k = 1; k <= 3; k++) {
                row[2 * k] = sin(2.0 * MW_PI * (double)k * d / 365.25);
                row[2 * k + 1] = cos(2.0 * MW_PI * (double)k * d / 365.25);
            }
            row[8] = (w->control[t][0] - 5.0) / 2.0;
            row[9] = w->event[t][0];
            at[n] = t;
            v[n++] = w->outcome[t] / spec->s_y - media;
        }
    }
    double *k = calloc(n * n, sizeof(double)), quad = 0.0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            double zz = 0.0;
            for (size_t column = 0; column < 10; column++) {
                zz += z[i][column] * z[j][column];
            }
            k[i * n + j] = pow(rho, fabs((double)at[i] - (double)at[j])) / (1.0 - rho * rho) + 100.0 * zz;
        }
    }
    cr_assert(mw_la_cholesky(n, k, NULL) == MW_OK);
    mw_la_forward(n, k, v);
    for (size_t i = 0; i < n; i++) {
        quad += v[i] * v[i];
    }
    const double half = 0.5 * (double)n, log_det = mw_la_log_det(n, k);
    free(k);
    return -half * log(2.0 * MW_PI) - 0.5 * log_det + 2.0 * log(0.01) - lgamma(2.0) + lgamma(2.0 + half) -
           (2.0 + half) * log(0.01 + 0.5 * quad);
}

static void withdraw(struct model_world *w, size_t from, size_t to)
{
    for (size_t t = from; t < to; t++) {
        w->outcome[t] = (double)NAN;
    }
}

Test(model, whitened_likelihood_with_gaps_equals_the_dense_one_at_every_rho)
{
    struct model_world *w = small_world();
    withdraw(w, 0, 2);
    withdraw(w, 10, 11);
    withdraw(w, 20, 27);
    withdraw(w, 58, 60);
    struct mw_model *model = model_world_run(w, 60, &scratch);
    cr_expect(mw_model_rows(model) == 60 && mw_model_observations(model) == 48);
    for (size_t i = 0; i < MW_MODEL_RHO_MAX; i++) {
        struct mw_model_point point = {0};
        cr_assert(mw_model_evaluate(model, &w->theta[0][0], mw_model_rho_grid[i], &point, NULL) == MW_OK);
        mw_expect_close(point.log_marginal, dense_log_marginal(w, 60, mw_model_rho_grid[i]), 1e-9, 1e-8);
    }
    struct mw_model_point point;
    cr_expect(mw_model_evaluate(model, &w->theta[0][0], 0.3, &point, NULL) == MW_E_CONTRACT);
    mw_model_close(&model);
    free(w);
}

Test(model, a_corrected_model_holds_exactly_the_data_of_one_that_never_knew_better)
{
    struct model_world *w = small_world();
    withdraw(w, 30, 32);
    struct mw_model *model = model_world_run(w, 60, &scratch);
    struct model_world *truth = small_world();
    truth->spend[7][1] = 1234.0;
    truth->control[9][0] = 8.5;
    truth->event[11][0] = 1.0 - truth->event[11][0];
    withdraw(truth, 40, 41);
    const struct mw_model_change changes[] = {
        {model_world_row(w, 7).date, MW_MODEL_SPEND, 1, 99.0},
        {model_world_row(w, 7).date, MW_MODEL_SPEND, 1, 1234.0}, /* the later entry wins */
        {model_world_row(w, 9).date, MW_MODEL_CONTROL, 0, 8.5},
        {model_world_row(w, 11).date, MW_MODEL_EVENT, 0, truth->event[11][0]},
        {model_world_row(w, 30).date, MW_MODEL_OUTCOME, 0, truth->outcome[30]},
        {model_world_row(w, 31).date, MW_MODEL_OUTCOME, 0, truth->outcome[31]},
        {model_world_row(w, 40).date, MW_MODEL_OUTCOME, 0, (double)NAN},
    };
    struct mw_model_info info;
    cr_assert(mw_model_correct(model, changes, 7, &info, NULL) == MW_OK);
    cr_expect(info.ess >= 32.0 - 1e-9);
    for (size_t i = 0; i < MW_MODEL_RHO_MAX; i++) {
        struct mw_model_point point = {0};
        cr_assert(mw_model_evaluate(model, &w->theta[0][0], mw_model_rho_grid[i], &point, NULL) == MW_OK);
        mw_expect_close(point.log_marginal, dense_log_marginal(truth, 60, mw_model_rho_grid[i]), 1e-9, 1e-8);
    }
    mw_model_close(&model);
    free(w);
    free(truth);
}

/* ---- statuses of rows and changes ------------------------------------------------------------ */

static void expect_row_fault(struct mw_model *model, const struct mw_model_row *row, const char *named)
{
    struct mw_error err = {0};
    cr_expect(mw_model_append(model, row, NULL, &err) == MW_E_DATA, "%s", named);
    expect_text(&err, named);
    cr_expect(!err.fatal);
}

Test(model, a_bad_row_is_refused_by_name_and_leaves_no_trace)
{
    struct model_world *w = small_world();
    struct mw_model *model = model_world_run(w, 5, &scratch);
    struct mw_writer before = {0}, after = {0};
    mw_model_save(model, &before);
    struct mw_model_row row = model_world_row(w, 5);
    double spend[2] = {1.0, -1.0}, control[1] = {(double)NAN}, event[1] = {0.5};

    row.date += 7, expect_row_fault(model, &row, "2023-02-13"), row = model_world_row(w, 5);
    row.spend = spend, expect_row_fault(model, &row, "channel v1");
    spend[1] = (double)INFINITY, expect_row_fault(model, &row, "channel v1"), row = model_world_row(w, 5);
    row.controls = control, expect_row_fault(model, &row, "control v0"), row = model_world_row(w, 5);
    row.events = event, expect_row_fault(model, &row, "event"), row = model_world_row(w, 5);
    row.outcome = (double)-INFINITY, expect_row_fault(model, &row, "outcome");
    mw_model_save(model, &after);
    cr_expect(mw_span_eq(mw_writer_span(&before), mw_writer_span(&after)));
    mw_writer_fini(&before);
    mw_writer_fini(&after);
    mw_model_close(&model);
    free(w);
}

Test(model, a_row_beyond_the_limit_is_full_and_says_how_to_raise_it)
{
    struct model_world *w = small_world();
    w->spec.rows_max = 4;
    struct mw_model *model = model_world_run(w, 4, &scratch);
    struct mw_error err = {0};
    const struct mw_model_row row = model_world_row(w, 4);
    cr_expect(mw_model_append(model, &row, NULL, &err) == MW_E_FULL);
    expect_text(&err, "rows_max");
    mw_model_close(&model);
    free(w);
}

Test(model, a_bad_correction_is_refused_by_name_and_leaves_no_trace)
{
    struct model_world *w = small_world();
    struct mw_model *model = model_world_run(w, 5, &scratch);
    const mw_date date = model_world_row(w, 2).date;
    const struct mw_model_change bad[] = {
        {date + 1, MW_MODEL_SPEND, 0, 1.0},   {date + 35, MW_MODEL_SPEND, 0, 1.0},
        {date - 70, MW_MODEL_SPEND, 0, 1.0},  {date, MW_MODEL_SPEND, 2, 1.0},
        {date, MW_MODEL_SPEND, 0, -1.0},      {date, MW_MODEL_EVENT, 0, 2.0},
        {date, MW_MODEL_CONTROL, 1, 0.0},     {date, MW_MODEL_CONTROL, 0, (double)NAN},
        {date, MW_MODEL_OUTCOME, 1, 1.0},     {date, MW_MODEL_OUTCOME, 0, (double)INFINITY},
        {date, (enum mw_model_cell)9, 0, 1.0}};
    struct mw_writer before = {0}, after = {0};
    mw_model_save(model, &before);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct mw_model_change changes[] = {{date, MW_MODEL_SPEND, 0, 5.0}, bad[i]};
        struct mw_error err = {0};
        cr_expect(mw_model_correct(model, changes, 2, NULL, &err) == MW_E_DATA, "change %zu", i);
        cr_expect(!err.fatal && err.text[0] != 0);
    }
    mw_model_save(model, &after);
    cr_expect(mw_span_eq(mw_writer_span(&before), mw_writer_span(&after)));
    mw_writer_fini(&before);
    mw_writer_fini(&after);
    mw_model_close(&model);
    free(w);
}

Test(model, every_failed_allocation_is_a_status)
{
    struct model_world *w = small_world();
    size_t n = 0;
    for (enum mw_status status = MW_E_MEMORY; status != MW_OK; n++) {
        struct mw_model *model = NULL;
        struct mw_arena own = {0};
        cr_assert(n < 1000);
        mw_arena_fail_after(n + 1);
        status = mw_model_open(&model, &w->spec, &own, NULL);
        cr_expect(status == MW_OK || (status == MW_E_MEMORY && model == NULL), "allocation %zu: %s", n,
                  mw_status_name(status));
        mw_arena_fail_after(0);
        mw_model_close(&model);
        mw_arena_fini(&own);
    }
    cr_expect(n > 20, "open survived after %zu allocations", n);
    free(w);
}

Test(model, a_failed_allocation_on_the_way_is_memory_and_fatal_once_the_row_is_in)
{
    struct model_world *w = small_world();
    size_t n = 0, n_failed = 0;
    for (bool is_done = false; !is_done; n++) {
        struct mw_arena own = {0};
        struct mw_model *model = model_world_run(w, 6, &own);
        const struct mw_model_row row = model_world_row(w, 6);
        struct mw_error err = {0};
        mw_arena_fail_after(n + 1);
        const enum mw_status status = mw_model_append(model, &row, NULL, &err);
        mw_arena_fail_after(0);
        is_done = status == MW_OK;
        n_failed += status == MW_E_MEMORY;
        cr_expect(is_done || (status == MW_E_MEMORY && err.fatal == (mw_model_rows(model) == 7)));
        mw_model_close(&model);
        mw_arena_fini(&own);
        cr_assert(n < 1000);
    }
    cr_expect(n_failed >= 5);
    free(w);
}

/* ---- snapshots ------------------------------------------------------------------------------- */

Test(model, a_cut_or_foreign_snapshot_is_refused)
{
    struct model_world *w = small_world();
    struct mw_model *model = model_world_run(w, 8, &scratch), *loaded = NULL;
    struct mw_writer bytes = {0};
    mw_model_save(model, &bytes);
    for (size_t len = 0; len < bytes.len; len += 211) {
        struct mw_reader in = mw_reader((struct mw_span){bytes.data, len});
        cr_expect(mw_model_load(&loaded, &in, &scratch, NULL) == MW_E_DATA, "cut at %zu", len);
        cr_expect(loaded == NULL);
    }
    bytes.data[4]++; /* the version */
    struct mw_reader in = mw_reader(mw_writer_span(&bytes));
    struct mw_error err = {0};
    cr_expect(mw_model_load(&loaded, &in, &scratch, &err) == MW_E_DATA);
    expect_text(&err, "version");
    mw_writer_fini(&bytes);
    mw_model_close(&model);
    mw_model_close(&model);
    free(w);
}

/* ---- derived numbers ------------------------------------------------------------------------- */

Test(model_derive, options_out_of_range_and_an_empty_model_are_refused)
{
    struct model_world *w = small_world();
    struct mw_model *model = model_world_run(w, 0, &scratch);
    struct mw_arena arena = {0};
    struct mw_model_estimate out;
    const double falling[] = {1.0, 0.5}, many[MW_MODEL_CURVE_MAX] = {1.0};
    cr_expect(mw_model_derive(model, &(struct mw_model_derive_options){.floor = 1.0}, &arena, &out, NULL) ==
              MW_E_DATA);
    model_world_append(w, model, 0, 3);
    const struct mw_model_derive_options bad[] = {
        {.floor = 0.0},
        {.floor = (double)NAN},
        {.floor = 1.0, .multiples = falling, .n_multiples = 2},
        {.floor = 1.0, .multiples = many, .n_multiples = MW_MODEL_CURVE_MAX}};
    for (size_t i = 0; i < 4; i++) {
        cr_expect(mw_model_derive(model, &bad[i], &arena, &out, NULL) == MW_E_DATA, "options %zu", i);
    }
    cr_expect(mw_model_derive(model, &(struct mw_model_derive_options){.floor = 1.0}, &arena, &out, NULL) ==
              MW_OK);
    mw_arena_fini(&arena);
    mw_model_close(&model);
    free(w);
}

/* sum of h over window and the whole tail of 182 rows, by the recursions of the reference's README and libm.
 */
static double literal_response(const double *x, size_t n_before, size_t n_window, double s,
                               const double theta[])
{
    const double alpha = 1.0 / (1.0 + exp(-theta[MW_LOGIT_ALPHA])), n = exp(theta[MW_LOG_N]);
    const double kappa_n = pow(exp(theta[MW_LOG_KAPPA]), n);
    double a = 0.0, sum = 0.0;
    for (size_t t = 0; t < n_before + n_window + 182; t++) {
        const double spend = t < n_before ? x[t] : t < n_before + n_window ? s * x[t] : 0.0;
        a = alpha * a + (1.0 - alpha) * spend;
        sum += t < n_before ? 0.0 : pow(a, n) / (pow(a, n) + kappa_n);
    }
    return sum;
}

Test(model_derive, curves_equal_the_literal_recursion_to_one_in_a_million)
{
    enum { BEFORE = 50, WINDOW = 28 };
    const double thetas[][MW_THETA_N] = {
        {0, -2, 0, 0.2}, {0, 1.5, -0.3, 0.4}, {0, 3, 0.5, -0.2}, {0, -6, 1, 1.2}};
    struct mw_curve_draws *draws = calloc(1, sizeof *draws);
    double x[BEFORE + WINDOW], sum[MW_MODEL_DRAWS], slope[MW_MODEL_DRAWS];
    for (size_t t = 0; t < BEFORE + WINDOW; t++) {
        x[t] = t % 5 == 0 ? 0.0 : 0.5 + 0.1 * (double)(t % 7);
    }
    for (size_t k = 0; k < 4; k++) {
        for (size_t i = 0; i < MW_MODEL_DRAWS; i++) {
            for (size_t j = 0; j < MW_THETA_N; j++) {
                draws->theta[j][i] = thetas[k][j];
            }
        }
        draws->base = calloc((size_t)WINDOW * MW_MODEL_DRAWS, sizeof(double));
        draws->unit = calloc((size_t)WINDOW * MW_MODEL_DRAWS, sizeof(double));
        mw_curve_parameters(1.0, 1.0, draws);
        struct mw_curve_window window = {
            .n_rows = WINDOW, .x = x + BEFORE, .before = x, .n_before = BEFORE, .stride = 1};
        window.n_tail = mw_curve_tail_rows(draws, 182);
        mw_curve_window(&window, draws);
        for (double s = 0.5; s < 3.0; s += 0.5) {
            const double want = literal_response(x, BEFORE, WINDOW, s, thetas[k]), d = 1e-4;
            const double up = literal_response(x, BEFORE, WINDOW, s + d, thetas[k]);
            const double down = literal_response(x, BEFORE, WINDOW, s - d, thetas[k]);
            mw_curve_response_slope(&window, s, draws, sum, slope);
            mw_expect_close(sum[17], want, 2e-6, 0);
            mw_expect_close(slope[17], (up - down) / (2.0 * d), 2e-5, 0);
            mw_curve_response(&window, s, draws, sum);
            mw_expect_close(sum[255], want, 2e-6, 0);
        }
        free(draws->base);
        free(draws->unit);
    }
    free(draws);
}

/* R(s) = 10 s / (s + 2): slope 20 / (s + 2)^2 meets 1 at s = sqrt 20 - 2. */
Test(model_derive, saturation_is_where_the_slope_meets_the_floor)
{
    const double spend[] = {0, 0.5, 1, 2, 3, 4, 6};
    double response[7], slope[7];
    for (size_t g = 0; g < 7; g++) {
        response[g] = 10.0 * spend[g] / (spend[g] + 2.0);
        slope[g] = 20.0 / ((spend[g] + 2.0) * (spend[g] + 2.0));
    }
    mw_expect_close(mw_curve_saturation(7, spend, response, slope, 1, 1.0), sqrt(20.0) - 2.0, 5e-3, 0);
    mw_expect_close(mw_curve_saturation(7, spend, response, slope, 1, 1.25), 2.0, 1e-12, 0);
    mw_expect_same(mw_curve_saturation(7, spend, response, slope, 1, 0.1), 6.0); /* beyond the curve */
    mw_expect_close(mw_curve_saturation(7, spend, response, slope, 1, 4.0), sqrt(5.0) - 2.0, 0.1,
                    0); /* before its first point */
    mw_expect_same(mw_curve_saturation(7, spend, response, slope, 1, 5.0), 0.0);
}

/* Per draw, through the whole of mw_model_derive: mROAS from the definition, contribution from sum_h. */
Test(model_derive, an_estimate_is_consistent_within_itself)
{
    struct model_world *w = small_world();
    struct mw_model *model = model_world_run(w, 60, &scratch);
    struct mw_arena arena = {0};
    struct mw_model_estimate e;
    cr_assert(mw_model_derive(model, &(struct mw_model_derive_options){.floor = 1.0}, &arena, &e, NULL) ==
              MW_OK);
    double media = 0.0;
    for (size_t c = 0; c < 2; c++) {
        const struct mw_model_channel_estimate *channel = &e.channels[c];
        mw_expect_close(channel->roi.mean * channel->spend, channel->contribution.mean, 1e-12, 0);
        mw_expect_close(channel->share.q50 * e.outcome, channel->contribution.q50, 1e-12, 0);
        cr_expect(channel->ever_spent && !channel->is_planned);
        cr_expect(channel->curve.spend[0] == 0.0 && channel->curve.q50[0] == 0.0);
        for (size_t g = 1; g < channel->curve.n; g++) {
            cr_expect(channel->curve.q50[g] >= channel->curve.q50[g - 1]);
            cr_expect(channel->curve.q05[g] <= channel->curve.q50[g] &&
                      channel->curve.q50[g] <= channel->curve.q95[g]);
        }
        media += channel->share.mean;
    }
    mw_expect_close(media, e.media_share.mean, 1e-12, 0);
    cr_expect(fabs(e.baseline.mean / e.outcome + e.media_share.mean - 1.0) < 0.05, "%g + %g",
              e.baseline.mean / e.outcome, e.media_share.mean);
    cr_expect(e.health.unique_roots >= 1 && e.health.unique_roots <= 64 && e.health.ess <= 64.0 + 1e-9);
    cr_expect(e.as_of == model_world_row(w, 59).date && e.n_rows == 60 && e.n_observations == 60);
    mw_arena_fini(&arena);
    mw_model_close(&model);
    free(w);
}

/* ---- forecasts ------------------------------------------------------------------------------- */

static struct mw_model_plan plan_of(const struct model_world *w, size_t from, size_t n, double *spend,
                                    double *control, double *event)
{
    for (size_t h = 0; h < n; h++) {
        for (size_t c = 0; c < w->spec.n_channels; c++) {
            spend[h * w->spec.n_channels + c] = w->spend[from + h][c];
        }
        control[h] = w->control[from + h][0];
        event[h] = w->event[from + h][0];
    }
    return (struct mw_model_plan){.n_periods = n, .spend = spend, .controls = control, .events = event};
}

Test(model_forecast, bad_plans_and_actuals_are_refused)
{
    struct model_world *w = small_world();
    struct mw_model *model = model_world_run(w, 40, &scratch);
    double spend[28], control[14], event[14];
    struct mw_model_forecast forecast;
    struct mw_model_score score;
    struct mw_model_plan plan = plan_of(w, 40, 14, spend, control, event);
    cr_expect(mw_model_forecast(model, &plan, &forecast, NULL) == MW_E_DATA);
    plan.n_periods = 0;
    cr_expect(mw_model_forecast(model, &plan, &forecast, NULL) == MW_E_DATA);
    plan.n_periods = 3;
    spend[3] = -1.0;
    struct mw_error err = {0};
    cr_expect(mw_model_forecast(model, &plan, &forecast, &err) == MW_E_DATA);
    expect_text(&err, "period 1: spend of channel v1");
    spend[3] = 1.0;
    cr_expect(mw_model_forecast(model, &plan, &forecast, NULL) == MW_OK);
    cr_expect(forecast.first == model_world_row(w, 40).date && forecast.n_periods == 3);
    cr_expect(mw_model_score(forecast.draws[0], (double)NAN, &score, NULL) == MW_E_DATA);
    cr_expect(mw_model_score(forecast.draws[0], 900.0, &score, NULL) == MW_OK);
    mw_model_close(&model);
    free(w);
}

Test(model_forecast, a_saved_forecast_comes_back_whole_and_a_cut_one_does_not)
{
    struct model_world *w = small_world();
    struct mw_model *model = model_world_run(w, 40, &scratch);
    double spend[28], control[14], event[14], week[MW_MODEL_DRAWS];
    static struct mw_model_forecast forecast, loaded;
    const struct mw_model_plan plan = plan_of(w, 40, 4, spend, control, event);
    struct mw_writer bytes = {0};
    cr_assert(mw_model_forecast(model, &plan, &forecast, NULL) == MW_OK);
    mw_model_forecast_save(&forecast, &bytes);
    struct mw_reader in = mw_reader(mw_writer_span(&bytes));
    cr_assert(mw_model_forecast_load(&loaded, &in, NULL) == MW_OK);
    cr_expect(memcmp(&forecast, &loaded, sizeof forecast) == 0);
    in = mw_reader((struct mw_span){bytes.data, bytes.len - 1});
    cr_expect(mw_model_forecast_load(&loaded, &in, NULL) == MW_E_DATA);
    mw_model_forecast_sum(&forecast, 1, 3, week);
    mw_expect_close(week[9], forecast.draws[1][9] + forecast.draws[2][9] + forecast.draws[3][9], 1e-15, 0);
    mw_writer_fini(&bytes);
    mw_model_close(&model);
    free(w);
}

Test(model_forecast, accuracy_is_that_of_the_definitions)
{
    const struct mw_model_score scores[] = {{.actual = 100, .forecast = 110, .covered = true, .crps = 2},
                                            {.actual = 200, .forecast = 190, .covered = true, .crps = 4},
                                            {.actual = 50, .forecast = 80, .covered = false, .crps = 6},
                                            {.actual = 0, .forecast = 0, .covered = true, .crps = 0}};
    const struct mw_model_accuracy a = mw_model_accuracy(scores, 4);
    mw_expect_close(a.wmape_pct, 100.0 * 50 / 350, 1e-14, 0);
    mw_expect_close(a.mape_pct, 100.0 * (0.1 + 0.05 + 0.6) / 3, 1e-14, 0);
    mw_expect_close(a.bias_pct, 100.0 * 30 / 350, 1e-14, 0);
    mw_expect_close(a.coverage, 0.75, 1e-15, 0);
    mw_expect_close(a.coverage_p, 2.0 * (1.0 - 0.6561), 1e-12, 0); /* P(K <= 3), K ~ Binomial(4, 0.9) */
    mw_expect_close(a.crps, 3.0, 1e-15, 0);
    cr_expect(isnan(mw_model_accuracy(NULL, 0).wmape_pct));
}
