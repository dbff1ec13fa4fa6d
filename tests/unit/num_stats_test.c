// SPDX-License-Identifier: Apache-2.0
#include "mw_dist.h"
#include "mw_expect.h"
#include "mw_stats.h"

static const double inf = (double)INFINITY, nan_ = (double)NAN;

enum { N = 1000 };

static void fill(double x[], double w[])
{
    struct mw_rng rng = {.key = 3};
    for (size_t i = 0; i < N; i++) {
        x[i] = 5.0 + 2.0 * mw_draw_normal(&rng);
        w[i] = mw_rng_uniform(&rng) < 0.2 ? 0.0 : mw_rng_uniform(&rng);
    }
}

static struct mw_sorted sorted_of(size_t n, const double x[], const double w[])
{
    static struct mw_sample scratch[2 * N];
    struct mw_sorted sorted;
    cr_assert(mw_sorted_init(&sorted, n, x, w, scratch, NULL) == MW_OK);
    return sorted;
}

Test(num_stats, sums_are_exact_where_all_partial_sums_are)
{
    static double x[100001];
    for (size_t n = 0; n <= 1200; n += 1 + n / 9) {
        for (size_t i = 0; i < n; i++) {
            x[i] = (double)i;
        }
        mw_expect_same(mw_sum(n, x), n == 0 ? 0.0 : (double)(n * (n - 1) / 2));
        double squares = 0.0;
        for (size_t i = 0; i < n; i++) {
            squares += x[i] * x[i];
        }
        mw_expect_same(mw_dot(n, x, x), squares);
    }
}

Test(num_stats, a_long_sum_loses_less_than_a_running_one)
{
    static double x[1000003];
    const size_t n = sizeof x / sizeof *x;
    for (size_t i = 0; i < n; i++) {
        x[i] = 0.1;
    }
    const double want = (double)((long double)0.1 * (long double)n), got = mw_sum(n, x);
    mw_expect_close(got, want, 1e-15, 0);
}

Test(num_stats, moments_of_a_small_sample_are_the_known_ones)
{
    const double x[] = {1, 2, 3, 4}, y[] = {2, 1, 4, 3}, w[] = {1, 1, 2, 0}, constant[] = {5, 5, 5, 5};
    mw_expect_same(mw_mean(4, x, NULL), 2.5);
    mw_expect_same(mw_variance(4, x, NULL), 1.25);
    mw_expect_same(mw_mean(4, x, w), 2.25);
    mw_expect_same(mw_variance(4, x, w), 0.6875);
    mw_expect_close(mw_correlation(4, x, y, NULL), 0.6, 1e-15, 0);
    mw_expect_same(mw_correlation(4, x, constant, NULL), nan_);
    mw_expect_close(mw_autocorrelation1(4, x), (1.5 * 0.5 - 0.5 * 0.5 + 0.5 * 1.5) / 5.0, 1e-15, 0);
    mw_expect_same(mw_autocorrelation1(4, constant), nan_);
    mw_expect_same(mw_autocorrelation1(1, x), nan_);
    mw_expect_same(mw_mean(0, x, NULL), nan_);
}

Test(num_stats, covariance_agrees_with_the_moments_and_is_symmetric)
{
    static double x[3 * 1024], w[N], other[N];
    double mean[3], covariance[9];
    fill(x, w);
    fill(x + 1024, other);
    for (size_t i = 0; i < N; i++) {
        x[1024 + i] = x[i] * x[i];
        x[2048 + i] = -x[i];
    }
    const struct mw_columns columns = {.x = x, .n = N, .d = 3, .stride = 1024};
    cr_assert(mw_covariance(columns, w, mean, covariance, NULL) == MW_OK);
    mw_expect_same(mean[1], mw_mean(N, x + 1024, w));
    mw_expect_same(covariance[0], mw_variance(N, x, w));
    mw_expect_close(covariance[2], -covariance[0], 1e-14, 0);
    mw_expect_same(covariance[3], covariance[1]);
    mw_expect_close(mw_correlation(N, x, x + 2048, w), -1.0, 1e-14, 0);
}

Test(num_stats, covariance_without_information_is_a_status)
{
    const double x[] = {1, 2, 3, nan_}, none[] = {0, 0};
    double mean[2], covariance[4];
    struct mw_error err = {0};
    const struct mw_columns columns = {.x = x, .n = 2, .d = 2, .stride = 2};
    cr_expect(mw_covariance(columns, NULL, mean, covariance, &err) == MW_E_NUMERIC);
    cr_expect(strstr(err.text, "variables 1 and 0") != NULL, "%s", err.text);
    const struct mw_columns first = {.x = x, .n = 2, .d = 1, .stride = 2};
    cr_expect(mw_covariance(first, none, mean, covariance, NULL) == MW_E_NUMERIC);
}

Test(num_stats, quantiles_of_equal_weights_are_type_seven)
{
    const double x[] = {9, 1, 4, 7, 2}; /* 1 2 4 7 9 */
    const struct mw_sorted sorted = sorted_of(5, x, NULL);
    mw_expect_same(mw_sorted_quantile(&sorted, 0.0), 1.0);
    mw_expect_close(mw_sorted_quantile(&sorted, 0.1), 1.4, 1e-15, 0);
    mw_expect_same(mw_sorted_quantile(&sorted, 0.25), 2.0);
    mw_expect_same(mw_sorted_quantile(&sorted, 0.5), 4.0);
    mw_expect_close(mw_sorted_quantile(&sorted, 0.9), 8.2, 1e-15, 0);
    mw_expect_same(mw_sorted_quantile(&sorted, 1.0), 9.0);
    mw_expect_same(mw_sorted_quantile(&sorted, 1.1), nan_);
    mw_expect_same(mw_sorted_quantile(&sorted, nan_), nan_);
}

Test(num_stats, weighted_quantiles_mirror_rise_and_ignore_what_weighs_nothing)
{
    static double x[N], w[N], mirrored[N], x_kept[N], w_kept[N], q[101], m[101];
    size_t kept = 0;
    fill(x, w);
    for (size_t i = 0; i < N; i++) {
        mirrored[i] = -x[i];
        if (w[i] > 0.0) {
            x_kept[kept] = x[i];
            w_kept[kept++] = w[i];
        }
    }
    const struct mw_sorted sorted = sorted_of(N, x, w);
    for (int i = 0; i <= 100; i++) {
        q[i] = mw_sorted_quantile(&sorted, i / 100.0);
        cr_expect(i == 0 || q[i - 1] <= q[i], "at %d %%", i);
    }
    const struct mw_sorted negative = sorted_of(N, mirrored, w);
    for (int i = 0; i <= 100; i++) {
        m[i] = mw_sorted_quantile(&negative, 1.0 - i / 100.0);
        mw_expect_close(m[i], -q[i], 1e-12, 0);
    }
    const struct mw_sorted fewer = sorted_of(kept, x_kept, w_kept);
    mw_expect_same(mw_sorted_quantile(&fewer, 0.3), q[30]);
}

Test(num_stats, sorting_is_right_at_every_length_and_stable)
{
    static double x[N], w[N];
    for (size_t n = 1; n < 200; n++) {
        struct mw_rng rng = {.key = n};
        for (size_t i = 0; i < n; i++) {
            x[i] = (double)(mw_rng_bits(&rng) % 16);
            w[i] = (double)(i + 1); /* tells where an entry came from */
        }
        const struct mw_sorted sorted = sorted_of(n, x, w);
        double before = 0.0, own_before = 0.0;
        for (size_t i = 0; i < n; i++) {
            const double own = sorted.item[i].cumulative - before;
            cr_assert(i == 0 || sorted.item[i - 1].value <= sorted.item[i].value, "n %zu at %zu", n, i);
            cr_assert(i == 0 || sorted.item[i - 1].value < sorted.item[i].value || own_before < own,
                      "tie, n %zu", n);
            cr_assert(x[(size_t)own - 1] == sorted.item[i].value, "weight went elsewhere, n %zu", n);
            before = sorted.item[i].cumulative;
            own_before = own;
        }
    }
}

Test(num_stats, a_summary_holds_moments_and_quantiles)
{
    static double x[N], w[N];
    static struct mw_sample scratch[2 * N];
    struct mw_summary got;
    fill(x, w);
    cr_assert(mw_summarise(N, x, w, scratch, &got, NULL) == MW_OK);
    mw_expect_same(got.mean, mw_mean(N, x, w));
    mw_expect_close(got.sd, 2.0, 0.1, 0);
    cr_expect(got.q05 < got.q25 && got.q25 < got.q50 && got.q50 < got.q75 && got.q75 < got.q95);
    mw_expect_close(got.q95, 5.0 + 2.0 * 1.645, 0.05, 0);
    const double one[] = {3.5};
    cr_assert(mw_summarise(1, one, NULL, scratch, &got, NULL) == MW_OK);
    cr_expect(got.mean == 3.5 && got.sd == 0.0 && got.q05 == 3.5 && got.q95 == 3.5);
}

Test(num_stats, a_sample_that_cannot_be_sorted_is_a_status)
{
    static struct mw_sample scratch[4];
    const double x[] = {1, nan_}, good[] = {1, 2}, none[] = {0, 0}, negative[] = {1, -1},
                 infinite[] = {inf, 1};
    struct mw_summary out;
    struct mw_sorted sorted;
    cr_expect(mw_summarise(2, x, NULL, scratch, &out, NULL) == MW_E_NUMERIC);
    cr_expect(mw_summarise(2, infinite, NULL, scratch, &out, NULL) == MW_E_NUMERIC);
    cr_expect(mw_summarise(2, good, none, scratch, &out, NULL) == MW_E_NUMERIC);
    cr_expect(mw_summarise(2, good, negative, scratch, &out, NULL) == MW_E_NUMERIC);
    cr_expect(mw_summarise(0, good, NULL, scratch, &out, NULL) == MW_E_CONTRACT);
    cr_expect(mw_sorted_init(&sorted, ((size_t)1 << 24) + 1, good, NULL, scratch, NULL) == MW_E_CONTRACT);
}

/* The definition with two means over all pairs, as an oracle. */
static double crps_by_pairs(size_t n, const double x[], const double w[], double y)
{
    double first = 0.0, second = 0.0, total = 0.0;
    for (size_t i = 0; i < n; i++) {
        total += w[i];
        first += w[i] * fabs(x[i] - y);
        for (size_t j = 0; j < n; j++) {
            second += w[i] * w[j] * fabs(x[i] - x[j]);
        }
    }
    return first / total - 0.5 * second / (total * total);
}

Test(num_stats, crps_is_the_mean_distance_less_half_the_spread)
{
    static double x[N], w[N];
    fill(x, w);
    const double outcome[] = {-100.0, 0.0, 4.9, 5.0, 7.3, 1000.0};
    for (size_t k = 0; k < sizeof outcome / sizeof *outcome; k++) {
        const struct mw_sorted sorted = sorted_of(N, x, w);
        mw_expect_close(mw_sorted_crps(&sorted, outcome[k]), crps_by_pairs(N, x, w, outcome[k]), 1e-11, 0);
    }
    const double one[] = {3.0};
    const struct mw_sorted sorted = sorted_of(1, one, NULL);
    mw_expect_same(mw_sorted_crps(&sorted, 5.5), 2.5);
    mw_expect_same(mw_sorted_crps(&sorted, 1.0), 2.0);
    mw_expect_same(mw_sorted_crps(&sorted, 3.0), 0.0);
    mw_expect_same(mw_sorted_crps(&sorted, nan_), nan_);
}

Test(num_stats, pit_counts_what_lies_below_and_half_of_ties)
{
    const double x[] = {1, 2, 2, 3}, w[] = {1, 1, 1, 5};
    mw_expect_same(mw_pit(4, x, NULL, 2.0), 0.5);
    mw_expect_same(mw_pit(4, x, NULL, 0.0), 0.0);
    mw_expect_same(mw_pit(4, x, NULL, 9.0), 1.0);
    mw_expect_same(mw_pit(4, x, w, 2.5), 0.375);
    mw_expect_same(mw_pit(4, x, NULL, nan_), nan_);
}
