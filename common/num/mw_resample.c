// SPDX-License-Identifier: Apache-2.0
#include "mw_resample.h"
#include "mw_math.h"

static enum mw_status check_count(size_t n, struct mw_error *err)
{
    if (n < 1 || n > MW_PARTICLES_MAX) {
        return MW_FAIL(err, MW_E_CONTRACT, "%zu particles: give 1 to %zu", n, MW_PARTICLES_MAX);
    }
    return MW_OK;
}

static enum mw_status find_max(size_t n, const double log_weight[], double *out, struct mw_error *err)
{
    double max = -MW_INF;
    for (size_t i = 0; i < n; i++) {
        if (!(log_weight[i] < MW_INF)) {
            return MW_FAIL(err, MW_E_NUMERIC, "log weight %zu of %zu is %g: look at its likelihood", i, n,
                           log_weight[i]);
        }
        max = log_weight[i] > max ? log_weight[i] : max;
    }
    if (!(max > -MW_INF)) {
        return MW_FAIL(err, MW_E_NUMERIC, "all %zu particles are ruled out: the data contradict the model",
                       n);
    }
    *out = max;
    return MW_OK;
}

MW_CLONES static void exp_less(size_t n, double max, const double *log_weight, double *weight)
{
    for (size_t i = 0; i < n; i++) {
        weight[i] = mw_exp(log_weight[i] - max);
    }
}

enum mw_status mw_weights_normalise(size_t n, const double log_weight[], double weight[], double *log_mean,
                                    struct mw_error *err)
{
    double max = 0.0, sum = 0.0;
    MW_TRY(check_count(n, err));
    MW_TRY(find_max(n, log_weight, &max, err));
    exp_less(n, max, log_weight, weight);
    for (size_t i = 0; i < n; i++) {
        sum += weight[i];
    }
    /* The sum is at least 1, from the largest, and at most n. */
    for (size_t i = 0; i < n; i++) {
        weight[i] /= sum;
    }
    *log_mean = max + mw_log(sum / (double)n);
    return MW_OK;
}

double mw_ess(size_t n, const double weight[])
{
    double max = 0.0, sum = 0.0, sum_squares = 0.0;
    for (size_t i = 0; i < n; i++) {
        max = weight[i] > max ? weight[i] : max;
    }
    for (size_t i = 0; i < n; i++) {
        const double w = weight[i] / max; /* by the largest, so that tiny weights keep their squares */
        sum += w;
        sum_squares += w * w;
    }
    return sum * sum / sum_squares;
}

static enum mw_status sum_weights(size_t n, const double weight[], double *out, struct mw_error *err)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        if (!(weight[i] >= 0.0)) {
            return MW_FAIL(err, MW_E_NUMERIC, "weight %zu of %zu is %g: weights are finite and not negative",
                           i, n, weight[i]);
        }
        sum += weight[i];
    }
    if (!(sum > 0.0 && sum < MW_INF)) {
        return MW_FAIL(err, MW_E_NUMERIC,
                       "%zu weights sum to %g and carry no information: normalise them first", n, sum);
    }
    *out = sum;
    return MW_OK;
}

enum mw_status mw_resample_systematic(size_t n, const double weight[], double u01, uint32_t ancestor[],
                                      struct mw_error *err)
{
    double sum = 0.0;
    MW_TRY(check_count(n, err));
    if (!(u01 >= 0.0 && u01 < 1.0)) {
        return MW_FAIL(err, MW_E_CONTRACT, "uniform number %g: give one in [0, 1)", u01);
    }
    MW_TRY(sum_weights(n, weight, &sum, err));

    size_t parent = 0, heir = 0; /* heir: the last parent with a weight, should rounding run past the end */
    double reached = weight[0];
    for (size_t i = 0; i < n; i++) {
        const double point = (u01 + (double)i) / (double)n * sum;
        while (parent + 1 < n && !(reached > point)) {
            parent++;
            reached += weight[parent];
            heir = weight[parent] > 0.0 ? parent : heir;
        }
        ancestor[i] = (uint32_t)heir;
    }
    return MW_OK;
}
