// SPDX-License-Identifier: Apache-2.0
#include "mw_dist.h"
#include "mw_expect.h"
#include "mw_stats.h"
#include "num_dist_tables.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const double inf = (double)INFINITY, nan_ = (double)NAN;

Test(num_dist, normal_cdf_agrees_with_the_table_far_into_the_tail)
{
    for (size_t i = 0; i < COUNT(normal_cdf_table); i++) {
        mw_expect_close(mw_normal_cdf(normal_cdf_table[i].z), normal_cdf_table[i].want, 1e-15, 0x1p-1074);
    }
    mw_expect_same(mw_normal_cdf(inf), 1.0);
    mw_expect_same(mw_normal_cdf(-inf), 0.0);
    mw_expect_same(mw_normal_cdf(nan_), nan_);
}

Test(num_dist, normal_cdf_has_no_step_where_its_two_forms_meet)
{
    const double below = mw_normal_cdf(nextafter(-1.15, -2.0)), above = mw_normal_cdf(nextafter(-1.15, 0.0));
    mw_expect_close(below, above, 1e-15, 0);
}

Test(num_dist, normal_quantile_agrees_with_the_table_and_undoes_the_cdf)
{
    for (size_t i = 0; i < COUNT(normal_quantile_table); i++) {
        mw_expect_close(mw_normal_quantile(normal_quantile_table[i].p), normal_quantile_table[i].want, 1e-15,
                        0);
    }
    for (double z = -37.0; z < 0.0; z += 0.37) {
        mw_expect_close(mw_normal_quantile(mw_normal_cdf(z)), z, 1e-15, 4e-16); /* 1/2 + z leaves that room */
    }
    mw_expect_same(mw_normal_quantile(0.0), -inf);
    mw_expect_same(mw_normal_quantile(1.0), inf);
    mw_expect_same(mw_normal_quantile(-0.1), nan_);
    mw_expect_same(mw_normal_quantile(nan_), nan_);
}

Test(num_dist, student_cdf_agrees_with_the_table)
{
    for (size_t i = 0; i < COUNT(student_cdf_table); i++) {
        const double t = student_cdf_table[i].t, df = student_cdf_table[i].df,
                     want = student_cdf_table[i].want;
        mw_expect_close(mw_student_cdf(t, df), want, 1e-14 + 1e-16 * fabs(log(want)), 0);
    }
    mw_expect_same(mw_student_cdf(0.0, 3.0), 0.5);
    mw_expect_same(mw_student_cdf(inf, 3.0), 1.0);
    mw_expect_same(mw_student_cdf(-inf, 3.0), 0.0);
    mw_expect_same(mw_student_cdf(-1.5, inf), mw_normal_cdf(-1.5));
    mw_expect_same(mw_student_cdf(1.0, 0.0), nan_);
    mw_expect_same(mw_student_cdf(1.0, nan_), nan_);
    mw_expect_same(mw_student_cdf(nan_, 3.0), nan_);
}

Test(num_dist, student_cdf_has_no_step_where_it_becomes_a_bent_normal)
{
    for (double t = -30.0; t < 5.0; t += 0.7) {
        const double before = mw_student_cdf(t, 9999.99) / mw_student_cdf(t, 9999.97);
        const double across = mw_student_cdf(t, 10000.01) / mw_student_cdf(t, 9999.99);
        mw_expect_close(across, before, 1e-11 + 1e-5 * fabs(1.0 - before),
                        0); /* its own bend is 4e-6 of it */
    }
}

Test(num_dist, student_quantile_agrees_with_the_table_and_undoes_the_cdf)
{
    for (size_t i = 0; i < COUNT(student_quantile_table); i++) {
        const double p = student_quantile_table[i].p, df = student_quantile_table[i].df;
        mw_expect_close(mw_student_quantile(p, df), student_quantile_table[i].want, 1e-14, 0);
    }
    for (double df = 0.3; df < 1e8; df *= 3.0) {
        for (double p = 1e-12; p < 0.5; p *= 1.9) {
            mw_expect_close(mw_student_cdf(mw_student_quantile(p, df), df), p, 2e-12, 0);
        }
    }
    mw_expect_same(mw_student_quantile(0.5, 3.0), 0.0);
    mw_expect_same(mw_student_quantile(0.0, 3.0), -inf);
    mw_expect_same(mw_student_quantile(1.0, 3.0), inf);
    mw_expect_same(mw_student_quantile(1.5, 3.0), nan_);
    mw_expect_same(mw_student_quantile(0.2, -1.0), nan_);
    mw_expect_same(mw_student_quantile(0.2, inf), mw_normal_quantile(0.2));
}

Test(num_dist, incomplete_beta_and_gamma_agree_with_the_table)
{
    for (size_t i = 0; i < COUNT(beta_cdf_table); i++) {
        const double x = beta_cdf_table[i].x, a = beta_cdf_table[i].a, b = beta_cdf_table[i].b;
        mw_expect_close(mw_beta_cdf(x, a, b), beta_cdf_table[i].want, a + b > 1e4 ? 2e-13 : 1e-14, 0);
    }
    for (size_t i = 0; i < COUNT(gamma_cdf_table); i++) {
        const double x = gamma_cdf_table[i].x, shape = gamma_cdf_table[i].shape;
        mw_expect_close(mw_gamma_cdf(x, shape), gamma_cdf_table[i].want, 1e-14, 0);
        mw_expect_close(mw_gamma_tail(x, shape), gamma_tail_table[i].want, 1e-14, 0);
    }
}

Test(num_dist, incomplete_functions_have_their_ends_and_refuse_the_rest)
{
    mw_expect_same(mw_beta_cdf(0.0, 2.0, 3.0), 0.0);
    mw_expect_same(mw_beta_cdf(1.0, 2.0, 3.0), 1.0);
    mw_expect_same(mw_beta_cdf(1.1, 2.0, 3.0), nan_);
    mw_expect_same(mw_beta_cdf(0.5, 0.0, 3.0), nan_);
    mw_expect_same(mw_beta_cdf(nan_, 2.0, 3.0), nan_);
    mw_expect_same(mw_gamma_cdf(0.0, 2.0), 0.0);
    mw_expect_same(mw_gamma_cdf(inf, 2.0), 1.0);
    mw_expect_same(mw_gamma_tail(0.0, 2.0), 1.0);
    mw_expect_same(mw_gamma_tail(inf, 2.0), 0.0);
    mw_expect_same(mw_gamma_cdf(-1.0, 2.0), nan_);
    mw_expect_same(mw_gamma_tail(1.0, nan_), nan_);
}

Test(num_dist, binomial_cdf_is_the_sum_of_its_terms)
{
    const double p = 0.3;
    double term = pow(1.0 - p, 20.0), sum = 0.0;
    for (int k = 0; k < 20; k++) {
        sum += term;
        mw_expect_close(mw_binomial_cdf(k, 20, p), sum, 1e-14, 0);
        term *= (20.0 - k) / (k + 1.0) * p / (1.0 - p);
    }
    mw_expect_same(mw_binomial_cdf(-1, 20, p), 0.0);
    mw_expect_same(mw_binomial_cdf(20, 20, p), 1.0);
    mw_expect_same(mw_binomial_cdf(3, 20, 0.0), 1.0);
    mw_expect_same(mw_binomial_cdf(3, 20, 1.0), 0.0);
    mw_expect_same(mw_binomial_cdf(3, 20, 1.5), nan_);
    mw_expect_same(mw_binomial_cdf(3, -2, 0.5), nan_);
}

Test(num_dist, log_beta_keeps_its_digits_for_large_arguments)
{
    for (size_t i = 0; i < COUNT(log_beta_table); i++) {
        mw_expect_close(mw_log_beta(log_beta_table[i].a, log_beta_table[i].b), log_beta_table[i].want, 3e-15,
                        0);
        mw_expect_close(mw_log_beta(log_beta_table[i].b, log_beta_table[i].a), log_beta_table[i].want, 3e-15,
                        0);
    }
    mw_expect_same(mw_log_beta(0.0, 1.0), nan_);
    mw_expect_same(mw_log_beta(1.0, nan_), nan_);
}

/* Densities against differences of their own distribution functions. */
Test(num_dist, densities_are_the_slopes_of_the_distribution_functions)
{
    const double h = 1e-5;
    for (double x = -4.0; x < 4.0; x += 0.31) {
        const double normal =
            (mw_normal_cdf((x + h - 0.5) / 2.0) - mw_normal_cdf((x - h - 0.5) / 2.0)) / (2 * h);
        mw_expect_close(exp(mw_normal_log_density(mw_normal(0.5, 2.0), x)), normal, 1e-7, 1e-10);
        const double student =
            (mw_student_cdf((x + h - 0.5) / 2.0, 4.5) - mw_student_cdf((x - h - 0.5) / 2.0, 4.5)) / (2 * h);
        mw_expect_close(exp(mw_student_log_density(mw_student(4.5, 0.5, 2.0), x)), student, 1e-7, 1e-10);
        const double beta =
            (mw_beta_cdf(mw_logistic(x + h), 1.0, 3.0) - mw_beta_cdf(mw_logistic(x - h), 1.0, 3.0)) / (2 * h);
        mw_expect_close(exp(mw_logit_beta_log_density(mw_logit_beta(1.0, 3.0), x)), beta, 1e-7, 1e-10);
        const double y = exp(x), k = y * h;
        const double gamma =
            (mw_gamma_tail(0.7 / (y + k), 2.0) - mw_gamma_tail(0.7 / (y - k), 2.0)) / (2 * k);
        mw_expect_close(exp(mw_inverse_gamma_log_density(mw_inverse_gamma(2.0, 0.7), y)), gamma, 1e-7, 1e-9);
    }
}

Test(num_dist, densities_refuse_parameters_out_of_range_and_survive_the_tails)
{
    mw_expect_same(mw_normal_log_density(mw_normal(0.0, 0.0), 1.0), nan_);
    mw_expect_same(mw_normal_log_density(mw_normal(0.0, -1.0), 1.0), nan_);
    mw_expect_same(mw_student_log_density(mw_student(4.0, 0.0, -1.0), 1.0), nan_);
    mw_expect_same(mw_student_log_density(mw_student(-4.0, 0.0, 1.0), 1.0), nan_);
    mw_expect_same(mw_logit_beta_log_density(mw_logit_beta(0.0, 1.0), 1.0), nan_);
    mw_expect_same(mw_inverse_gamma_log_density(mw_inverse_gamma(2.0, 0.0), 1.0), nan_);
    mw_expect_same(mw_inverse_gamma_log_density(mw_inverse_gamma(2.0, 1.0), 0.0), -inf);
    mw_expect_same(mw_inverse_gamma_log_density(mw_inverse_gamma(2.0, 1.0), -3.0), -inf);
    mw_expect_close(mw_logit_beta_log_density(mw_logit_beta(1.0, 3.0), 1000.0), log(3.0) - 3000.0, 1e-15, 0);
    mw_expect_close(mw_logit_beta_log_density(mw_logit_beta(1.0, 3.0), -1000.0), log(3.0) - 1000.0, 1e-15, 0);
}

/* Kolmogorov's distance of n draws from the law they claim; above 1.95 / sqrt(n) once in 1,000 tries. The
 * seeds are fixed, so the tests below never alarm by chance after they were written. */
enum { DRAWS = 4000 };

static double draws_to_uniform(double draw[], double (*cdf)(double x, const double *parameter),
                               const double *parameter)
{
    static struct mw_sample scratch[2 * DRAWS];
    struct mw_sorted sorted;
    double worst = 0.0;
    cr_assert(mw_sorted_init(&sorted, DRAWS, draw, NULL, scratch, NULL) == MW_OK);
    for (size_t i = 0; i < DRAWS; i++) {
        const double u = cdf(sorted.item[i].value, parameter);
        const double distance = fmax(fabs(u - (double)i / DRAWS), fabs(u - (double)(i + 1) / DRAWS));
        worst = !(distance <= worst) ? distance : worst;
    }
    return worst * sqrt(DRAWS);
}

static double normal_law(double x, const double *parameter)
{
    (void)parameter;
    return mw_normal_cdf(x);
}

static double log_gamma_law(double x, const double *shape)
{
    return mw_gamma_cdf(mw_exp(x), *shape);
}

static double logit_beta_law(double x, const double *ab)
{
    return mw_beta_cdf(mw_logistic(x), ab[0], ab[1]);
}

static double student_law(double x, const double *df)
{
    return mw_student_cdf((x - 0.5) / 2.0, *df);
}

static double inverse_gamma_law(double x, const double *shape)
{
    return mw_gamma_tail(0.7 / x, *shape);
}

#define FILL(draw_, expression)                                                                              \
    for (size_t i = 0; i < DRAWS; i++) {                                                                     \
        (draw_)[i] = (expression);                                                                           \
    }

Test(num_dist, draws_follow_their_laws)
{
    static double draw[DRAWS];
    struct mw_rng rng = {.key = 5, .stream = 1};
    FILL(draw, mw_draw_normal(&rng));
    cr_expect(draws_to_uniform(draw, normal_law, NULL) < 1.95, "normal");

    const double shapes[] = {0.05, 0.5, 1.0, 2.0, 37.5};
    for (size_t k = 0; k < COUNT(shapes); k++) {
        FILL(draw, mw_draw_log_gamma(&rng, shapes[k]));
        cr_expect(draws_to_uniform(draw, log_gamma_law, &shapes[k]) < 1.95, "gamma %g", shapes[k]);
    }
    const double ab[] = {1.0, 3.0, 3.0, 3.0, 0.2, 0.4};
    for (size_t k = 0; k < COUNT(ab); k += 2) {
        FILL(draw, mw_draw_logit_beta(&rng, ab[k], ab[k + 1]));
        cr_expect(draws_to_uniform(draw, logit_beta_law, ab + k) < 1.95, "beta %g %g", ab[k], ab[k + 1]);
    }
    const double df = 4.5, shape = 2.0;
    const struct mw_student student = mw_student(df, 0.5, 2.0);
    FILL(draw, mw_draw_student(&rng, student));
    cr_expect(draws_to_uniform(draw, student_law, &df) < 1.95, "student");
    const struct mw_inverse_gamma inverse_gamma = mw_inverse_gamma(shape, 0.7);
    FILL(draw, mw_draw_inverse_gamma(&rng, inverse_gamma));
    cr_expect(draws_to_uniform(draw, inverse_gamma_law, &shape) < 1.95, "inverse gamma");
}

Test(num_dist, a_draw_takes_the_blocks_it_declares_and_is_found_again_by_its_index)
{
    struct mw_rng rng = {.key = 9};
    for (uint64_t i = 0; i < 200; i++) {
        struct mw_rng again = {.key = 9, .index = i * MW_DRAW_GAMMA_BLOCKS};
        mw_expect_same(mw_draw_gamma(&rng, 0.7), mw_draw_gamma(&again, 0.7));
    }
    cr_expect(rng.index == 200 * MW_DRAW_GAMMA_BLOCKS);
    (void)mw_draw_normal(&rng);
    (void)mw_draw_beta(&rng, 2.0, 3.0);
    (void)mw_draw_student(&rng, mw_student(4.0, 0.0, 1.0));
    (void)mw_draw_inverse_gamma(&rng, mw_inverse_gamma(2.0, 1.0));
    const uint64_t declared =
        MW_DRAW_NORMAL_BLOCKS + MW_DRAW_BETA_BLOCKS + MW_DRAW_STUDENT_BLOCKS + MW_DRAW_GAMMA_BLOCKS;
    cr_expect(rng.index == 200 * MW_DRAW_GAMMA_BLOCKS + declared);
}

Test(num_dist, a_draw_with_a_shape_out_of_range_is_not_a_number)
{
    struct mw_rng rng = {.key = 9};
    mw_expect_same(mw_draw_gamma(&rng, 0.0), nan_);
    mw_expect_same(mw_draw_gamma(&rng, -2.0), nan_);
    mw_expect_same(mw_draw_gamma(&rng, nan_), nan_);
    mw_expect_same(mw_draw_beta(&rng, nan_, 1.0), nan_);
}
