// SPDX-License-Identifier: Apache-2.0
#include "mw_messages.h"
#include "mw_summary.h"

#include <criterion/criterion.h>

static void expect_line(const struct mw_type *type, const void *body, const char *expected)
{
    struct mw_writer out = {0};
    mw_summary_write(type, body, &out);
    mw_write_u8(&out, 0);
    cr_expect_str_eq(out.data, expected);
    mw_writer_fini(&out);
}

Test(summary, an_alert_says_state_severity_headline_and_action)
{
    const struct mw_alert alert = {.state = MW_ALERT_FIRING,
                                   .severity = MW_SEVERITY_WARNING,
                                   .headline = mw_span("tv: the next 1 brings 0.71"),
                                   .action = mw_span("reduce tv"),
                                   .acknowledged = true};
    expect_line(&mw_type_alert, &alert,
                "FIRING warning: tv: the next 1 brings 0.71 -> reduce tv [acknowledged]");
    const struct mw_alert odd = {
        .state = 99, .severity = -1, .headline = mw_span("h"), .silenced_by = mw_span("s")};
    expect_line(&mw_type_alert, &odd, "unknown ungraded: h [silenced]");
}

Test(summary, control_characters_of_outside_texts_do_not_reach_the_terminal)
{
    const struct mw_alert alert = {.headline = mw_span("a\x1b[2Jb\nc\x7f")};
    expect_line(&mw_type_alert, &alert, "inactive info: a [2Jb c ");
}

Test(summary, an_estimate_shows_four_channels_and_counts_the_rest)
{
    struct mw_estimate_channel channels[6] = {0};
    for (size_t i = 0; i < 6; i++) {
        channels[i] = (struct mw_estimate_channel){.channel = mw_span("tv"),
                                                   .mroas = {.q05 = 0.48, .q50 = 0.71, .q95 = 0.93}};
    }
    const struct mw_estimate estimate = {.channels = channels,
                                         .n_channels = 6,
                                         .roi = {.q05 = 1.9, .q50 = 2.31, .q95 = 2.8},
                                         .data = {.settled_to = 20484},
                                         .health = {.ess = 809.4},
                                         .model = {.particles = 1024}};
    expect_line(&mw_type_estimate, &estimate,
                "data to 2026-01-31: ROI 2.31 (1.90..2.80); the next 1 returns tv 0.71 (0.48..0.93), tv 0.71 "
                "(0.48..0.93), "
                "tv 0.71 (0.48..0.93), tv 0.71 (0.48..0.93) and 2 more; ESS 809 of 1024");
}

Test(summary, an_allocation_shows_its_first_move_and_how_long_it_holds)
{
    struct mw_allocation_move move = {
        .moved = 0.05, .lift = {.q05 = 2100, .q50 = 9600, .q95 = 17500}, .p_loss = 0.06};
    const struct mw_allocation allocation = {.period = mw_span("week"),
                                             .efficiency = {.q05 = 61, .q50 = 68, .q95 = 75},
                                             .moves = &move,
                                             .n_moves = 1,
                                             .valid_until = 20484};
    expect_line(&mw_type_allocation, &allocation,
                "efficiency 68.0 (61.0..75.0) of 100; moving 5.0 % of the budget brings +9,600 a week "
                "(2,100..17,500), P(loss) 6 %; "
                "valid until 2026-01-31, observational");
    move.text = mw_span("Move it.");
    expect_line(&mw_type_allocation, &allocation,
                "efficiency 68.0 (61.0..75.0) of 100; Move it.; valid until 2026-01-31, observational");
}

Test(summary, a_test_shows_its_day_lift_and_reason)
{
    const struct mw_experiment test = {.channel = mw_span("search"),
                                       .day = 19,
                                       .state = MW_EXPERIMENT_SIGNIFICANT,
                                       .lift_pct = {6.2, 1.7, 1.9, 10.6},
                                       .iroas = {1.8, 0.5, 0.6, 3.1},
                                       .reason = mw_span("bound crossed")};
    expect_line(&mw_type_experiment, &test,
                "search day 19 significant: lift 6.20 (1.9..10.6) %, iROAS 1.80 (0.60..3.10); bound crossed");
}

Test(summary, a_type_without_a_summary_writes_nothing)
{
    const struct mw_fact fact = {.n = 1};
    expect_line(&mw_type_fact, &fact, "");
}
