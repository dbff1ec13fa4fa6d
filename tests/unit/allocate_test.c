// SPDX-License-Identifier: Apache-2.0
#include "mw_allocate.h"
#include "mw_real.h"

#include <criterion/criterion.h>
#include <math.h>

static const double spend[] = {0, 1, 2, 3};
static const double concave[] = {0, 3, 5, 6};
static const double convex[] = {0, 0.5, 2, 7};

static struct mw_allocate_channel channel(const double *response)
{
    return (struct mw_allocate_channel){.spend = spend, .response = response, .n_points = 4, .upper = 3};
}

Test(allocate, an_s_shaped_channel_gets_all_or_nothing)
{
    struct mw_allocate_channel channels[] = {channel(concave), channel(convex)};
    const struct mw_allocate_problem problem = {channels, 2, 3, 1e-9, 100};
    struct mw_arena arena = {0};
    struct mw_allocate_result result;
    cr_assert(mw_allocate(&problem, &arena, &result, NULL) == MW_OK);
    cr_expect(fabs(result.value - 7) < 1e-9 && result.spend[1] == 3, "got %g", result.value);
    mw_arena_fini(&arena);
}

Test(allocate, a_minimum_is_nothing_or_at_least_that)
{
    struct mw_allocate_channel channels[] = {channel(concave), channel(concave)};
    channels[1].minimum = 2;
    const struct mw_allocate_problem problem = {channels, 2, 3, 1e-9, 100};
    struct mw_arena arena = {0};
    struct mw_allocate_result result;
    cr_assert(mw_allocate(&problem, &arena, &result, NULL) == MW_OK);
    cr_expect(fabs(result.value - 8) < 1e-9 && result.spend[1] == 2, "got %g with %g", result.value,
              result.spend[1]);
    mw_arena_fini(&arena);
}

/* s = 0 or at least the minimum; a lower bound above 0 rules out the 0. */
Test(allocate, a_lower_bound_does_not_let_a_channel_below_its_minimum)
{
    struct mw_allocate_channel channels[] = {channel(concave), channel(concave)};
    channels[1].lower = 0.5;
    channels[1].minimum = 2;
    struct mw_allocate_problem problem = {channels, 2, 3, 1e-9, 100};
    struct mw_arena arena = {0};
    struct mw_allocate_result result;
    struct mw_error err = {0};
    cr_assert(mw_allocate(&problem, &arena, &result, NULL) == MW_OK);
    cr_expect(result.spend[1] >= 2 - 1e-12, "got %g", result.spend[1]);
    result.spend[0] = 2;
    result.spend[1] = 1;
    cr_expect(mw_allocate_verify(&problem, &result, NULL) == MW_E_NUMERIC);
    problem.total = 1;
    cr_expect(mw_allocate(&problem, &arena, &result, &err) == MW_E_DATA);
    cr_expect(strstr(err.text, "2 .. 6") != NULL, "%s", err.text);
    mw_arena_fini(&arena);
}

/* 2.6 of 3 channels that take 2.5 to 3 or nothing: one of them has it all, but the hulls share it out. */
Test(allocate, a_stop_before_any_split_was_found_is_no_verdict_on_the_problem)
{
    const double falling[] = {0, 1, 1.5, 1};
    struct mw_allocate_channel channels[] = {channel(falling), channel(falling), channel(falling)};
    for (size_t c = 0; c < 3; c++) {
        channels[c].minimum = 2;
    }
    struct mw_allocate_problem problem = {channels, 3, 2.6, 1e-9, 1};
    struct mw_arena arena = {0};
    struct mw_allocate_result result;
    cr_expect(mw_allocate(&problem, &arena, &result, NULL) == MW_E_FULL);
    problem.nodes_max = 100;
    cr_expect(mw_allocate(&problem, &arena, &result, NULL) == MW_OK);
    problem.total = 1;
    cr_expect(mw_allocate(&problem, &arena, &result, NULL) == MW_E_DATA);
    mw_arena_fini(&arena);
}

Test(allocate, bounds_that_the_total_cannot_meet_are_refused_with_their_range)
{
    struct mw_allocate_channel channels[] = {channel(concave)};
    const struct mw_allocate_problem problem = {channels, 1, 4, 1e-9, 100};
    struct mw_arena arena = {0};
    struct mw_allocate_result result;
    struct mw_error err = {0};
    cr_expect(mw_allocate(&problem, &arena, &result, &err) == MW_E_DATA);
    cr_expect(strstr(err.text, "0 .. 3") != NULL, "%s", err.text);
    mw_arena_fini(&arena);
}

Test(allocate, a_nan_in_a_curve_is_refused)
{
    const double broken[] = {0, 1, MW_NAN, 2};
    struct mw_allocate_channel channels[] = {channel(broken)};
    const struct mw_allocate_problem problem = {channels, 1, 1, 1e-9, 100};
    struct mw_arena arena = {0};
    struct mw_allocate_result result;
    cr_expect(mw_allocate(&problem, &arena, &result, NULL) == MW_E_DATA);
    mw_arena_fini(&arena);
}

Test(allocate, too_few_nodes_is_an_outcome_with_an_honest_gap)
{
    const double s_curve[] = {0, 0.2, 4, 5};
    struct mw_allocate_channel channels[] = {channel(s_curve), channel(s_curve), channel(s_curve)};
    const struct mw_allocate_problem problem = {channels, 3, 2.9, 1e-9, 1};
    struct mw_arena arena = {0};
    struct mw_allocate_result result;
    cr_assert(mw_allocate(&problem, &arena, &result, NULL) == MW_OK);
    cr_expect(result.outcome == MW_ALLOCATE_STOPPED && result.gap > 0);
    mw_arena_fini(&arena);
}

Test(allocate, every_failed_allocation_is_reported)
{
    struct mw_allocate_channel channels[] = {channel(concave), channel(convex)};
    const struct mw_allocate_problem problem = {channels, 2, 3, 1e-9, 100};
    for (size_t n = 1; n <= 6; n++) {
        struct mw_arena arena = {0};
        struct mw_allocate_result result;
        mw_arena_fail_after(n);
        cr_expect(mw_allocate(&problem, &arena, &result, NULL) == MW_E_MEMORY, "allocation %zu", n);
        mw_arena_fini(&arena);
    }
    mw_arena_fail_after(0);
}

Test(allocate, the_certificate_refuses_a_wrong_value)
{
    struct mw_allocate_channel channels[] = {channel(concave), channel(convex)};
    const struct mw_allocate_problem problem = {channels, 2, 3, 1e-9, 100};
    struct mw_arena arena = {0};
    struct mw_allocate_result result;
    cr_assert(mw_allocate(&problem, &arena, &result, NULL) == MW_OK);
    cr_expect(mw_allocate_verify(&problem, &result, NULL) == MW_OK);
    result.value += 0.1;
    cr_expect(mw_allocate_verify(&problem, &result, NULL) == MW_E_NUMERIC);
    mw_arena_fini(&arena);
}

Test(move, broken_curves_and_spends_are_refused_by_name)
{
    const double broken[] = {0, 1, MW_NAN, 2}, current[] = {1}, negative[] = {-1};
    struct mw_allocate_channel bad[] = {channel(broken)}, none[] = {{.n_points = 0}},
                               good[] = {channel(concave)};
    const struct mw_move_problem problems[] = {{bad, current, 1, 1, 0.1, 20},
                                               {none, current, 1, 1, 0.1, 20},
                                               {good, negative, 1, 1, 0.1, 20},
                                               {good, current, 1, 9, 0.1, 20}};
    for (size_t i = 0; i < sizeof problems / sizeof problems[0]; i++) {
        struct mw_arena arena = {0};
        struct mw_move_result result;
        cr_expect(mw_move_best(&problems[i], &arena, &result, NULL) == MW_E_DATA, "problem %zu", i);
        mw_arena_fini(&arena);
    }
}

Test(move, a_step_of_nothing_is_refused)
{
    struct mw_allocate_channel channels[] = {channel(concave)};
    const double current[] = {1};
    const struct mw_move_problem problem = {channels, current, 1, 1, 0, 20};
    struct mw_arena arena = {0};
    struct mw_move_result result;
    cr_expect(mw_move_best(&problem, &arena, &result, NULL) == MW_E_DATA);
    mw_arena_fini(&arena);
}
