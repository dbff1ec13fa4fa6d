// SPDX-License-Identifier: Apache-2.0
#include "mw_expect.h"
#include "mw_resample.h"

static const double inf = (double)INFINITY, nan_ = (double)NAN;

Test(num_resample, nan_weight_is_a_status_not_a_result)
{
    const double weight[] = {0.5, nan_, 0.5};
    uint32_t ancestor[3];
    struct mw_error err = {0};
    cr_expect(mw_resample_systematic(3, weight, 0.5, ancestor, &err) == MW_E_NUMERIC);
    cr_expect(strstr(err.text, "weight 1 of 3") != NULL, "%s", err.text);
}

Test(num_resample, weights_without_information_are_a_status)
{
    const double none[] = {0, 0}, negative[] = {1, -0.5}, infinite[] = {1, inf},
                 overflow[] = {1.7e308, 1.7e308};
    uint32_t ancestor[2];
    cr_expect(mw_resample_systematic(2, none, 0.5, ancestor, NULL) == MW_E_NUMERIC);
    cr_expect(mw_resample_systematic(2, negative, 0.5, ancestor, NULL) == MW_E_NUMERIC);
    cr_expect(mw_resample_systematic(2, infinite, 0.5, ancestor, NULL) == MW_E_NUMERIC);
    cr_expect(mw_resample_systematic(2, overflow, 0.5, ancestor, NULL) == MW_E_NUMERIC);
}

Test(num_resample, a_broken_contract_is_a_status)
{
    const double weight[] = {1, 1};
    uint32_t ancestor[2];
    double log_mean, out[2];
    cr_expect(mw_resample_systematic(2, weight, 1.0, ancestor, NULL) == MW_E_CONTRACT);
    cr_expect(mw_resample_systematic(2, weight, nan_, ancestor, NULL) == MW_E_CONTRACT);
    cr_expect(mw_resample_systematic(0, weight, 0.5, ancestor, NULL) == MW_E_CONTRACT);
    cr_expect(mw_resample_systematic(MW_PARTICLES_MAX + 1, weight, 0.5, ancestor, NULL) == MW_E_CONTRACT);
    cr_expect(mw_weights_normalise(0, weight, out, &log_mean, NULL) == MW_E_CONTRACT);
}

Test(num_resample, a_particle_of_weight_zero_never_survives)
{
    const double weight[] = {0, 0, 3, 0, 1, 0};
    const double uniform[] = {0.0, 0x1p-60, 0.5, 1.0 - 0x1p-53};
    for (size_t k = 0; k < sizeof uniform / sizeof *uniform; k++) {
        uint32_t ancestor[6];
        cr_assert(mw_resample_systematic(6, weight, uniform[k], ancestor, NULL) == MW_OK);
        for (size_t i = 0; i < 6; i++) {
            cr_expect(weight[ancestor[i]] > 0.0, "u01 %g, new %zu from %u", uniform[k], i, ancestor[i]);
        }
    }
}

Test(num_resample, normalised_weights_sum_to_one_and_the_mean_is_the_evidence)
{
    const double log_weight[] = {-1000.0, -1000.0 + 0x1.62e42fefa39efp-1, -inf};
    double weight[3], log_mean;
    cr_assert(mw_weights_normalise(3, log_weight, weight, &log_mean, NULL) == MW_OK);
    mw_expect_close(weight[0], 1.0 / 3.0, 1e-13, 0);
    mw_expect_close(weight[1], 2.0 / 3.0, 1e-13, 0);
    mw_expect_same(weight[2], 0.0);
    mw_expect_close(log_mean, -1000.0, 1e-15, 0); /* (1 + 2 + 0) / 3 of e^-1000 */
}

Test(num_resample, log_weights_without_information_are_a_status_and_leave_the_outputs)
{
    const double ruled_out[] = {-inf, -inf}, not_a_number[] = {0, nan_}, infinite[] = {0, inf};
    double weight[] = {7, 8}, log_mean = 9;
    struct mw_error err = {0};
    cr_expect(mw_weights_normalise(2, ruled_out, weight, &log_mean, NULL) == MW_E_NUMERIC);
    cr_expect(mw_weights_normalise(2, not_a_number, weight, &log_mean, &err) == MW_E_NUMERIC);
    cr_expect(strstr(err.text, "log weight 1 of 2") != NULL, "%s", err.text);
    cr_expect(mw_weights_normalise(2, infinite, weight, &log_mean, NULL) == MW_E_NUMERIC);
    cr_expect(weight[0] == 7 && weight[1] == 8 && log_mean == 9);
}

Test(num_resample, effective_sample_size_has_its_known_values)
{
    const double equal[] = {2, 2, 2, 2}, one[] = {0, 5, 0, 0}, tiny[] = {1e-300, 1e-300, 0, 0},
                 none[] = {0, 0, 0, 0};
    const double not_a_number[] = {1, nan_, 1, 1};
    mw_expect_same(mw_ess(4, equal), 4.0);
    mw_expect_same(mw_ess(4, one), 1.0);
    mw_expect_same(mw_ess(4, tiny), 2.0);
    mw_expect_same(mw_ess(4, none), nan_);
    mw_expect_same(mw_ess(4, not_a_number), nan_);
}
