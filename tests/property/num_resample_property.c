// SPDX-License-Identifier: Apache-2.0
#include "mw_dist.h"
#include "mw_expect.h"
#include "mw_resample.h"
#include <criterion/parameterized.h>

enum { N = 257, SEEDS = 200 };

/* From nearly equal weights to nearly all on one, some exactly zero. */
static void build(uint64_t seed, double log_weight[N])
{
    struct mw_rng rng = {.key = seed};
    const double spread = (double)(seed % 40);
    for (size_t i = 0; i < N; i++) {
        const double z = mw_draw_normal(&rng);
        log_weight[i] = mw_rng_uniform(&rng) < 0.05 ? (double)-INFINITY : spread * z;
    }
}

ParameterizedTestParameters(num_resample_property, offspring_are_floor_or_ceil_of_their_share)
{
    static uint64_t seeds[SEEDS];
    for (size_t i = 0; i < SEEDS; i++) {
        seeds[i] = i + 1;
    }
    return cr_make_param_array(uint64_t, seeds, SEEDS);
}

ParameterizedTest(uint64_t *seed, num_resample_property, offspring_are_floor_or_ceil_of_their_share)
{
    double log_weight[N], weight[N], log_mean;
    uint32_t ancestor[N], offspring[N] = {0};
    build(*seed, log_weight);
    cr_assert(mw_weights_normalise(N, log_weight, weight, &log_mean, NULL) == MW_OK);
    struct mw_rng rng = {.key = *seed, .stream = 1};
    cr_assert(mw_resample_systematic(N, weight, mw_rng_uniform(&rng), ancestor, NULL) == MW_OK);
    for (size_t i = 0; i < N; i++) {
        cr_assert(ancestor[i] < N && (i == 0 || ancestor[i - 1] <= ancestor[i]), "order, seed %lu",
                  (unsigned long)*seed);
        offspring[ancestor[i]]++;
    }
    for (size_t i = 0; i < N; i++) {
        const double share = N * weight[i], slack = 1e-10; /* rounding of the running sum */
        cr_expect(offspring[i] >= floor(share - slack) && offspring[i] <= ceil(share + slack),
                  "seed %lu: particle %zu has %u of %.17g", (unsigned long)*seed, i, offspring[i], share);
        cr_expect(weight[i] > 0.0 || offspring[i] == 0, "seed %lu: %zu was dead", (unsigned long)*seed, i);
    }
}

ParameterizedTestParameters(num_resample_property, a_constant_in_the_logs_changes_nothing_beyond_rounding)
{
    static uint64_t seeds[SEEDS];
    for (size_t i = 0; i < SEEDS; i++) {
        seeds[i] = i + 1;
    }
    return cr_make_param_array(uint64_t, seeds, SEEDS);
}

ParameterizedTest(uint64_t *seed, num_resample_property,
                  a_constant_in_the_logs_changes_nothing_beyond_rounding)
{
    double log_weight[N], shifted[N], weight[N], other[N], log_mean, other_mean, sum = 0.0;
    const double constant = (double)(*seed) * 1000.0 - 1e5;
    build(*seed, log_weight);
    for (size_t i = 0; i < N; i++) {
        shifted[i] = log_weight[i] + constant;
    }
    cr_assert(mw_weights_normalise(N, log_weight, weight, &log_mean, NULL) == MW_OK);
    cr_assert(mw_weights_normalise(N, shifted, other, &other_mean, NULL) == MW_OK);
    for (size_t i = 0; i < N; i++) {
        mw_expect_close(other[i], weight[i], 1e-10, 0);
        sum += weight[i];
    }
    mw_expect_close(sum, 1.0, 1e-13, 0);
    mw_expect_close(other_mean - constant, log_mean, 0, 1e-10);
    const double ess = mw_ess(N, weight);
    cr_expect(ess >= 1.0 && ess <= N * (1 + 1e-12), "seed %lu: %g", (unsigned long)*seed, ess);

    double in_place[N];
    memcpy(in_place, log_weight, sizeof in_place);
    cr_assert(mw_weights_normalise(N, in_place, in_place, &log_mean, NULL) == MW_OK);
    cr_expect(memcmp(in_place, weight, sizeof weight) == 0, "in place, seed %lu", (unsigned long)*seed);
}

/* Small spaces are enumerated: all weights 0..3 of four particles, on a grid of uniforms. */
Test(num_resample_property, all_small_cases_keep_the_law)
{
    for (unsigned code = 1; code < 256; code++) {
        const double weight[] = {code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6};
        const double sum = weight[0] + weight[1] + weight[2] + weight[3];
        for (int grid = 0; grid < 32; grid++) {
            uint32_t ancestor[4], offspring[4] = {0};
            cr_assert(mw_resample_systematic(4, weight, grid / 32.0, ancestor, NULL) == MW_OK);
            for (size_t i = 0; i < 4; i++) {
                offspring[ancestor[i]]++;
            }
            for (size_t i = 0; i < 4; i++) {
                const double share = 4.0 * weight[i] / sum;
                cr_expect(offspring[i] >= floor(share - 1e-12) && offspring[i] <= ceil(share + 1e-12),
                          "weights %u, u01 %d/32, particle %zu", code, grid, i);
            }
        }
    }
}
