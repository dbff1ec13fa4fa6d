// SPDX-License-Identifier: Apache-2.0
#include "mw_stats.h"
#include "mw_math.h"

enum { LANES = 8, BLOCK = 256, RUN = 8 };

static const size_t SAMPLE_MAX = (size_t)1 << 24;

/* The one sum behind all moments: sum of w_i (x_i - cx) (y_i - cy) over [from, from + n). */
struct moment {
    const double *x, *y, *w; /* w NULL: all 1 */
    double cx, cy;
};

MW_INLINE double add_lanes(const double lane[LANES])
{
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

MW_CLONES static double block_plain(const struct moment *m, size_t from, size_t n)
{
    const double *x = m->x + from, *y = m->y + from, cx = m->cx, cy = m->cy;
    double lane[LANES] = {0.0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        for (size_t j = 0; j < LANES; j++) {
            lane[j] += (x[i + j] - cx) * (y[i + j] - cy);
        }
    }
    for (; i < n; i++) {
        lane[i % LANES] += (x[i] - cx) * (y[i] - cy);
    }
    return add_lanes(lane);
}

MW_CLONES static double block_weighted(const struct moment *m, size_t from, size_t n)
{
    const double *x = m->x + from, *y = m->y + from, *w = m->w + from, cx = m->cx, cy = m->cy;
    double lane[LANES] = {0.0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        for (size_t j = 0; j < LANES; j++) {
            lane[j] += w[i + j] * ((x[i + j] - cx) * (y[i + j] - cy));
        }
    }
    for (; i < n; i++) {
        lane[i % LANES] += w[i] * ((x[i] - cx) * (y[i] - cy));
    }
    return add_lanes(lane);
}

MW_CLONES static double block_sum(const double *x, size_t n)
{
    double lane[LANES] = {0.0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        for (size_t j = 0; j < LANES; j++) {
            lane[j] += x[i + j];
        }
    }
    for (; i < n; i++) {
        lane[i % LANES] += x[i];
    }
    return add_lanes(lane);
}

/* Half of n, in whole blocks: where a pairwise sum is cut. */
static size_t half_of(size_t n)
{
    return (n + 2 * BLOCK - 1) / (2 * BLOCK) * BLOCK;
}

static double moment_sum(const struct moment *m, size_t from, size_t n)
{
    if (n <= BLOCK) {
        return m->w == NULL ? block_plain(m, from, n) : block_weighted(m, from, n);
    }
    const size_t half = half_of(n);
    return moment_sum(m, from, half) + moment_sum(m, from + half, n - half);
}

double mw_sum(size_t n, const double x[])
{
    if (n <= BLOCK) {
        return block_sum(x, n);
    }
    const size_t half = half_of(n);
    return mw_sum(half, x) + mw_sum(n - half, x + half);
}

double mw_dot(size_t n, const double x[], const double y[])
{
    return moment_sum(&(struct moment){.x = x, .y = y}, 0, n);
}

static double total_weight(size_t n, const double w[])
{
    return w == NULL ? (double)n : mw_sum(n, w);
}

double mw_mean(size_t n, const double x[], const double w[])
{
    return (w == NULL ? mw_sum(n, x) : mw_dot(n, x, w)) / total_weight(n, w);
}

static double central_moment(size_t n, struct moment m)
{
    return moment_sum(&m, 0, n) / total_weight(n, m.w);
}

double mw_variance(size_t n, const double x[], const double w[])
{
    const double mean = mw_mean(n, x, w);
    return central_moment(n, (struct moment){.x = x, .y = x, .w = w, .cx = mean, .cy = mean});
}

double mw_correlation(size_t n, const double x[], const double y[], const double w[])
{
    const struct moment m = {.x = x, .y = y, .w = w, .cx = mw_mean(n, x, w), .cy = mw_mean(n, y, w)};
    const double both = central_moment(n, m);
    const double r = both / sqrt(mw_variance(n, x, w)) / sqrt(mw_variance(n, y, w));
    return r > 1.0 ? 1.0 : r < -1.0 ? -1.0 : r;
}

double mw_autocorrelation1(size_t n, const double x[])
{
    if (n < 2) {
        return MW_NAN;
    }
    const double mean = mw_mean(n, x, NULL);
    const struct moment now_and_before = {.x = x + 1, .y = x, .cx = mean, .cy = mean};
    const struct moment now = {.x = x, .y = x, .cx = mean, .cy = mean};
    return moment_sum(&now_and_before, 0, n - 1) / moment_sum(&now, 0, n);
}

enum mw_status mw_covariance(struct mw_columns columns, const double w[], double mean[], double covariance[],
                             struct mw_error *err)
{
    const size_t n = columns.n, d = columns.d;
    for (size_t k = 0; k < d; k++) {
        const double *x = columns.x + k * columns.stride;
        mean[k] = mw_mean(n, x, w);
        for (size_t j = 0; j <= k; j++) {
            const double *y = columns.x + j * columns.stride;
            const double c =
                central_moment(n, (struct moment){.x = x, .y = y, .w = w, .cx = mean[k], .cy = mean[j]});
            if (!(fabs(c) < MW_INF)) {
                return MW_FAIL(
                    err, MW_E_NUMERIC,
                    "covariance of variables %zu and %zu over %zu values is %g: look for values that are "
                    "not finite, or weights without information",
                    k, j, n, c);
            }
            covariance[k * d + j] = c;
            covariance[j * d + k] = c;
        }
    }
    return MW_OK;
}

/* Stable, so that ties keep the order of the sample whatever the library. */
static void insertion_sort(size_t n, struct mw_sample item[])
{
    for (size_t i = 1; i < n; i++) {
        const struct mw_sample moving = item[i];
        size_t at = i;
        for (; at > 0 && moving.value < item[at - 1].value; at--) {
            item[at] = item[at - 1];
        }
        item[at] = moving;
    }
}

static void merge(const struct mw_sample *left, size_t n_left, const struct mw_sample *right, size_t n_right,
                  struct mw_sample *out)
{
    const struct mw_sample *left_end = left + n_left, *right_end = right + n_right;
    while (left < left_end && right < right_end) {
        const size_t is_right = right->value < left->value;
        *out++ = *(is_right ? right : left);
        right += is_right;
        left += 1 - is_right;
    }
    while (left < left_end) {
        *out++ = *left++;
    }
    while (right < right_end) {
        *out++ = *right++;
    }
}

/* Bottom-up merge sort of item; spare has room for n more. Returns which of the two holds the result. */
static struct mw_sample *merge_sort(size_t n, struct mw_sample *item, struct mw_sample *spare)
{
    for (size_t at = 0; at < n; at += RUN) {
        insertion_sort(n - at < RUN ? n - at : RUN, item + at);
    }
    for (size_t width = RUN; width < n; width *= 2) {
        for (size_t at = 0; at < n; at += 2 * width) {
            const size_t left = n - at < width ? n - at : width, rest = n - at - left;
            merge(item + at, left, item + at + left, rest < width ? rest : width, spare + at);
        }
        struct mw_sample *swap = item;
        item = spare;
        spare = swap;
    }
    return item;
}

/* The values with a positive weight, the weight still their own. */
static enum mw_status collect(size_t n, const double x[], const double w[], struct mw_sample item[],
                              size_t *n_out, struct mw_error *err)
{
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
        const double weight = w == NULL ? 1.0 : w[i];
        if (!(fabs(x[i]) < MW_INF && weight >= 0.0 && weight < MW_INF)) {
            return MW_FAIL(err, MW_E_NUMERIC, "value %zu of %zu is %g with weight %g: both must be finite", i,
                           n, x[i], weight);
        }
        if (weight > 0.0) {
            item[m++] = (struct mw_sample){.value = x[i], .cumulative = weight};
        }
    }
    *n_out = m;
    return MW_OK;
}

enum mw_status mw_sorted_init(struct mw_sorted *sorted, size_t n, const double x[], const double w[],
                              struct mw_sample scratch[], struct mw_error *err)
{
    size_t m = 0;
    double sum = 0.0;
    if (n < 1 || n > SAMPLE_MAX) {
        return MW_FAIL(err, MW_E_CONTRACT, "a sample of %zu: give 1 to %zu values", n, SAMPLE_MAX);
    }
    MW_TRY(collect(n, x, w, scratch, &m, err));
    struct mw_sample *item = merge_sort(m, scratch, scratch + n);
    for (size_t i = 0; i < m; i++) {
        sum += item[i].cumulative;
        item[i].cumulative = sum;
    }
    if (!(sum > 0.0 && sum < MW_INF)) {
        return MW_FAIL(err, MW_E_NUMERIC, "the weights of %zu values sum to %g and carry no information", n,
                       sum);
    }
    *sorted = (struct mw_sorted){.item = item, .n = m};
    return MW_OK;
}

/* Twice the middle of step i of the distribution function, less that of the first step. */
static double place(const struct mw_sorted *sorted, size_t i)
{
    const struct mw_sample *item = sorted->item;
    return i == 0 ? 0.0 : item[i - 1].cumulative + (item[i].cumulative - item[0].cumulative);
}

double mw_sorted_quantile(const struct mw_sorted *sorted, double p)
{
    if (!(p >= 0.0 && p <= 1.0)) {
        return MW_NAN;
    }
    const double target = p * place(sorted, sorted->n - 1);
    size_t low = 0, high = sorted->n - 1;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (place(sorted, middle) <= target) {
            low = middle;
        } else {
            high = middle;
        }
    }
    const double from = place(sorted, low), width = place(sorted, high) - from;
    const double share = width > 0.0 ? (target - from) / width : 0.0;
    const double a = sorted->item[low].value, b = sorted->item[high].value;
    return share >= 1.0 ? b : a + share * (b - a);
}

/* Interval by interval: all terms are positive, where the usual difference of two means cancels. */
double mw_sorted_crps(const struct mw_sorted *sorted, double y)
{
    const struct mw_sample *item = sorted->item;
    const size_t last = sorted->n - 1;
    double sum = 0.0;
    for (size_t i = 0; i < last; i++) {
        const double below = item[i].cumulative / item[last].cumulative;
        const double from = item[i].value, to = item[i + 1].value;
        const double cut = y < from ? from : y < to ? y : to;
        sum += (cut - from) * below * below + (to - cut) * (1.0 - below) * (1.0 - below);
    }
    const double before = item[0].value - y, after = y - item[last].value;
    return y != y ? y : sum + (before > 0.0 ? before : after > 0.0 ? after : 0.0);
}

enum mw_status mw_summarise(size_t n, const double x[], const double w[], struct mw_sample scratch[],
                            struct mw_summary *out, struct mw_error *err)
{
    struct mw_sorted sorted;
    MW_TRY(mw_sorted_init(&sorted, n, x, w, scratch, err));
    *out = (struct mw_summary){
        .mean = mw_mean(n, x, w),
        .sd = sqrt(mw_variance(n, x, w)),
        .q05 = mw_sorted_quantile(&sorted, 0.05),
        .q25 = mw_sorted_quantile(&sorted, 0.25),
        .q50 = mw_sorted_quantile(&sorted, 0.50),
        .q75 = mw_sorted_quantile(&sorted, 0.75),
        .q95 = mw_sorted_quantile(&sorted, 0.95),
    };
    return MW_OK;
}

double mw_pit(size_t n, const double x[], const double w[], double y)
{
    double below = 0.0, total = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double weight = w == NULL ? 1.0 : w[i];
        below += weight * (x[i] < y ? 1.0 : x[i] == y ? 0.5 : x[i] > y ? 0.0 : MW_NAN);
        total += weight;
    }
    return below / total;
}
