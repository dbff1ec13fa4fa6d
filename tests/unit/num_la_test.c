// SPDX-License-Identifier: Apache-2.0
#include "mw_expect.h"
#include "mw_la.h"

static const double nan_ = (double)NAN;

Test(num_la, the_factor_of_a_small_matrix_is_the_known_one)
{
    double a[] = {4, 99, 99, 12, 37, 99, -16, -43, 98};
    const double want[] = {2, 99, 99, 6, 1, 99, -8, 5, 3};
    cr_assert(mw_la_cholesky(3, a, NULL) == MW_OK);
    for (size_t i = 0; i < 9; i++) {
        mw_expect_same(a[i], want[i]); /* the 99s above the diagonal are left alone */
    }
    mw_expect_close(mw_la_log_det(3, a), log(36.0), 1e-15, 0);
}

Test(num_la, forward_and_backward_solve_the_system)
{
    const double a[] = {4, 12, -16, 12, 37, -43, -16, -43, 98};
    double l[9], x[] = {1, 2, 3};
    const double b[] = {1, 2, 3};
    memcpy(l, a, sizeof l);
    cr_assert(mw_la_cholesky(3, l, NULL) == MW_OK);
    mw_la_forward(3, l, x);
    mw_la_backward(3, l, x);
    cr_expect(mw_la_solve_residual(3, a, x, b) <= 1e-14);
    cr_expect(mw_la_factor_residual(3, a, l) <= 1e-15);
}

Test(num_la, a_matrix_that_is_not_positive_definite_names_the_pivot)
{
    struct mw_error err = {0};
    double indefinite[] = {1, 0, 2, 1};
    cr_expect(mw_la_cholesky(2, indefinite, &err) == MW_E_NUMERIC);
    cr_expect(strstr(err.text, "pivot 1 of 2") != NULL, "%s", err.text);
    double singular[] = {1, 0, 1, 1};
    cr_expect(mw_la_cholesky(2, singular, NULL) == MW_E_NUMERIC);
    double not_a_number[] = {1, 0, nan_, 1};
    cr_expect(mw_la_cholesky(2, not_a_number, NULL) == MW_E_NUMERIC);
    double infinite[] = {(double)INFINITY};
    cr_expect(mw_la_cholesky(1, infinite, NULL) == MW_E_NUMERIC);
}

Test(num_la, an_empty_system_is_solved_by_nothing)
{
    double none[1] = {7};
    cr_expect(mw_la_cholesky(0, none, NULL) == MW_OK);
    mw_la_forward(0, none, none);
    mw_la_backward(0, none, none);
    mw_la_forward_batch(0, none, none, 1, 1);
    mw_expect_same(mw_la_log_det(0, none), 0.0);
    mw_expect_same(none[0], 7.0);
}

Test(num_la, a_row_that_is_not_finite_leaves_the_factor_alone)
{
    double l[] = {2, 0, 1, 3}, w[] = {1, nan_}, scratch[4];
    const double before[] = {2, 0, 1, 3};
    cr_expect(mw_la_cholesky_update(2, l, w, scratch, NULL) == MW_E_NUMERIC);
    cr_expect(mw_la_cholesky_downdate(2, l, w, scratch, NULL) == MW_E_NUMERIC);
    cr_expect(memcmp(l, before, sizeof l) == 0);
}

Test(num_la, taking_away_more_than_there_is_leaves_the_factor_alone)
{
    struct mw_error err = {0};
    double l[] = {2, 0, 1, 3}, w[] = {2, 1}, scratch[4];
    const double before[] = {2, 0, 1, 3};
    cr_expect(mw_la_cholesky_downdate(2, l, w, scratch, &err) == MW_E_NUMERIC);
    cr_expect(strstr(err.text, "factor afresh") != NULL, "%s", err.text);
    cr_expect(memcmp(l, before, sizeof l) == 0);
}

Test(num_la, a_certificate_does_not_let_nan_through)
{
    const double a[] = {4, 2, 2, 3}, l[] = {2, 0, nan_, 1}, x[] = {nan_, 0}, b[] = {1, 1};
    cr_expect(!(mw_la_factor_residual(2, a, l) <= 1.0));
    cr_expect(!(mw_la_solve_residual(2, a, x, b) <= 1.0));
    const double wrong[] = {2, 0, 1, 1.5};
    cr_expect(mw_la_factor_residual(2, a, wrong) > 0.01, "and it tells a wrong factor from a right one");
}
