// SPDX-License-Identifier: Apache-2.0
/* Every transition of the state machine, as a story each: timeline in, transitions out. */
#include "mw_timeline.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define RULES(settings)                                                                                      \
    "version: 1\nrules:\n  - name: low\n    by: [channel]\n    headline: \"{channel} {value:.2}\"\n"         \
    "    when: {all: [{metric: m, probability: \">= 0.9\", leave: \"<= 0.5\"}]}\n" settings

static void expect_timeline(struct mw_timeline timeline, const char *script, const char *expected)
{
    for (int restarts = 0; restarts < 2; restarts++) {
        timeline.restart_each = restarts == 1; /* no story may depend on memory that a restart would lose */
        char *got = mw_timeline_run(&timeline, script);
        cr_expect(strcmp(got, expected) == 0, "restart before every step: %d\n--- got\n%s--- expected\n%s",
                  restarts, got, expected);
        free(got);
    }
}

static void expect_story(const char *rules, const char *script, const char *expected)
{
    expect_timeline((struct mw_timeline){.rules = rules}, script, expected);
}

/* ---- persistence and hysteresis ----------------------------------------------------------------- */

#define THREE_DAYS RULES("    persistence: {closed_days: 3, closed_weeks: 2}\n")

Test(alerts_machine, fires_on_the_third_closed_day_in_a_row_and_resolves_past_the_leave_bound)
{
    expect_story(
        THREE_DAYS,
        "days 2026-01-01 | m{channel=tv} p=0.95\n"
        "days 2026-01-02 | m{channel=tv} p=0.9\n"
        "days 2026-01-03 | m{channel=tv} p=0.99\n"
        "days 2026-01-04 | m{channel=tv} p=0.6\n"
        "days 2026-01-05 | m{channel=tv} p=0.5\n",
        "2026-01-02T00:00 pending acme/low/tv rev=1 n=1 : the condition holds on 1 of 3 closed days in a "
        "row\n"
        "2026-01-04T00:00 firing acme/low/tv rev=2 n=3 : the condition holds on 3 of 3 closed days in a row\n"
        "2026-01-05T00:00 firing acme/low/tv rev=3 n=4 : new value\n"
        "2026-01-06T00:00 resolved acme/low/tv rev=4 n=0 : the condition no longer holds\n");
}

Test(alerts_machine, two_weeks_in_a_row_are_enough_on_a_weekly_grid)
{
    expect_story(THREE_DAYS,
                 "weeks 2026-01-04 | m{channel=tv} p=0.95\n"
                 "weeks 2026-01-11 | m{channel=tv} p=0.95\n",
                 "2026-01-05T00:00 pending acme/low/tv rev=1 n=1 : the condition holds on 1 of 2 closed "
                 "weeks in a row\n"
                 "2026-01-12T00:00 firing acme/low/tv rev=2 n=2 : the condition holds on 2 of 2 closed weeks "
                 "in a row\n");
}

Test(alerts_machine, pending_drops_to_inactive_when_one_day_fails_and_counts_from_one_again)
{
    expect_story(THREE_DAYS,
                 "days 2026-01-01 | m{channel=tv} p=0.95\n"
                 "days 2026-01-02 | m{channel=tv} p=0.95\n"
                 "days 2026-01-03 | m{channel=tv} p=0.89\n"
                 "days 2026-01-04 | m{channel=tv} p=0.95\n",
                 "2026-01-02T00:00 pending acme/low/tv rev=1 n=1 : the condition holds on 1 of 3 closed days "
                 "in a row\n"
                 "2026-01-04T00:00 inactive acme/low/tv rev=2 n=0 : the condition no longer holds\n"
                 "2026-01-05T00:00 pending acme/low/tv rev=3 n=1 : the condition holds on 1 of 3 closed days "
                 "in a row\n");
}

Test(alerts_machine, between_leave_and_enter_nothing_starts_and_nothing_ends)
{
    expect_story(RULES(""),
                 "days 2026-01-01 | m{channel=tv} p=0.89\n"
                 "days 2026-01-02 | m{channel=tv} p=0.9\n"
                 "days 2026-01-03 | m{channel=tv} p=0.51\n"
                 "days 2026-01-04 | m{channel=tv} p=0.5\n"
                 "days 2026-01-05 | m{channel=tv} p=0.89\n",
                 "2026-01-03T00:00 firing acme/low/tv rev=1 n=1 : the condition holds\n"
                 "2026-01-04T00:00 firing acme/low/tv rev=2 n=2 : new value\n"
                 "2026-01-05T00:00 resolved acme/low/tv rev=3 n=0 : the condition no longer holds\n");
}

Test(alerts_machine, label_sets_are_followed_apart)
{
    expect_story(RULES("    persistence: {closed_days: 2}\n"),
                 "days 2026-01-01 | m{channel=tv} p=0.95 | m{channel=search} p=0.1\n"
                 "days 2026-01-02 | m{channel=tv} p=0.1 | m{channel=search} p=0.95\n"
                 "days 2026-01-03 | m{channel=tv} p=0.1 | m{channel=search} p=0.95\n",
                 "2026-01-02T00:00 pending acme/low/tv rev=1 n=1 : the condition holds on 1 of 2 closed days "
                 "in a row\n"
                 "2026-01-03T00:00 inactive acme/low/tv rev=2 n=0 : the condition no longer holds\n"
                 "2026-01-03T00:00 pending acme/low/search rev=1 n=1 : the condition holds on 1 of 2 closed "
                 "days in a row\n"
                 "2026-01-04T00:00 firing acme/low/search rev=2 n=2 : the condition holds on 2 of 2 closed "
                 "days in a row\n");
}

Test(alerts_machine, several_points_of_one_label_set_enter_if_any_does_and_leave_when_all_have)
{
    expect_story(RULES(""),
                 "days 2026-01-01 | m{channel=tv,campaign=a} p=0.1 | m{channel=tv,campaign=b} p=0.95\n"
                 "days 2026-01-02 | m{channel=tv,campaign=a} p=0.6 | m{channel=tv,campaign=b} p=0.1\n"
                 "days 2026-01-03 | m{channel=tv,campaign=a} p=0.1 | m{channel=tv,campaign=b} p=0.1\n",
                 "2026-01-02T00:00 firing acme/low/tv rev=1 n=1 : the condition holds\n"
                 "2026-01-03T00:00 firing acme/low/tv rev=2 n=2 : new value\n"
                 "2026-01-04T00:00 resolved acme/low/tv rev=3 n=0 : the condition no longer holds\n");
}

/* ---- restatements ------------------------------------------------------------------------------- */

Test(alerts_machine, restatement_of_the_same_day_does_not_count_twice)
{
    expect_story(THREE_DAYS,
                 "days 2026-01-01 | m{channel=tv} p=0.95\n"
                 "days 2026-01-01 | m{channel=tv} p=0.96\n"
                 "days 2026-01-01 | m{channel=tv} p=0.97\n"
                 "days 2026-01-02 | m{channel=tv} p=0.95\n"
                 "days 2026-01-02 | m{channel=tv} p=0.2\n"
                 "days 2026-01-02 | m{channel=tv} p=0.95\n"
                 "days 2026-01-03 | m{channel=tv} p=0.95\n",
                 "2026-01-02T00:00 pending acme/low/tv rev=1 n=1 : the condition holds on 1 of 3 closed days "
                 "in a row\n"
                 "2026-01-03T00:00 inactive acme/low/tv rev=2 n=0 : the condition no longer holds\n"
                 "2026-01-03T00:00 pending acme/low/tv rev=3 n=2 : the condition holds on 2 of 3 closed days "
                 "in a row\n"
                 "2026-01-04T00:00 firing acme/low/tv rev=4 n=3 : the condition holds on 3 of 3 closed days "
                 "in a row\n");
}

Test(alerts_machine, restatement_that_reverses_a_fired_alert_corrects_it_at_once_under_the_same_key)
{
    expect_story(RULES("    keep_firing_for: 2d\n"),
                 "days 2026-01-01 | m{channel=tv} p=0.95\n"
                 "days 2026-01-01 | m{channel=tv} p=0.7\n",
                 "2026-01-02T00:00 firing acme/low/tv rev=1 n=1 : the condition holds\n"
                 "2026-01-02T00:00 resolved acme/low/tv rev=2 n=0 : correction: the data to 2026-01-01 were "
                 "restated and "
                 "the condition does not hold\n");
}

Test(alerts_machine, restatement_between_the_bounds_reverses_an_alert_that_fired_on_that_day)
{
    expect_story(
        THREE_DAYS,
        "days 2026-01-01 | m{channel=tv} p=0.95\n"
        "days 2026-01-02 | m{channel=tv} p=0.95\n"
        "days 2026-01-03 | m{channel=tv} p=0.95\n"
        "days 2026-01-03 | m{channel=tv} p=0.7\n",
        "2026-01-02T00:00 pending acme/low/tv rev=1 n=1 : the condition holds on 1 of 3 closed days in a "
        "row\n"
        "2026-01-04T00:00 firing acme/low/tv rev=2 n=3 : the condition holds on 3 of 3 closed days in a row\n"
        "2026-01-04T00:00 resolved acme/low/tv rev=3 n=0 : correction: the data to 2026-01-03 were restated "
        "and "
        "the condition does not hold\n");
}

Test(alerts_machine, restatement_of_a_later_day_ends_an_alert_only_past_the_leave_bound)
{
    expect_story(RULES(""),
                 "days 2026-01-01 | m{channel=tv} p=0.95\n"
                 "days 2026-01-02 | m{channel=tv} p=0.95\n"
                 "days 2026-01-02 | m{channel=tv} p=0.7\n"
                 "days 2026-01-02 | m{channel=tv} p=0.4\n",
                 "2026-01-02T00:00 firing acme/low/tv rev=1 n=1 : the condition holds\n"
                 "2026-01-03T00:00 firing acme/low/tv rev=2 n=2 : new value\n"
                 "2026-01-03T00:00 resolved acme/low/tv rev=3 n=0 : correction: the data to 2026-01-02 were "
                 "restated and "
                 "the condition does not hold\n");
}

Test(alerts_machine, older_picture_is_ignored)
{
    expect_story(RULES(""),
                 "days 2026-01-05 | m{channel=tv} p=0.95\n"
                 "days 2026-01-04 | m{channel=tv} p=0.1\n",
                 "2026-01-06T00:00 firing acme/low/tv rev=1 n=1 : the condition holds\n");
}

Test(alerts_machine, new_value_is_told_once_per_closed_period_and_only_when_it_is_new)
{
    expect_story(RULES(""),
                 "days 2026-01-01 | m{channel=tv} p=0.95\n"
                 "days 2026-01-02 | m{channel=tv} p=0.96\n"
                 "days 2026-01-02 | m{channel=tv} p=0.97\n"
                 "days 2026-01-03 | m{channel=tv} p=0.97\n",
                 "2026-01-02T00:00 firing acme/low/tv rev=1 n=1 : the condition holds\n"
                 "2026-01-03T00:00 firing acme/low/tv rev=2 n=2 : new value\n");
}

/* ---- time --------------------------------------------------------------------------------------- */

Test(alerts_machine, for_is_measured_in_ticks_and_keep_firing_returns_without_a_new_incident)
{
    expect_story(
        RULES("    for: 10m\n    keep_firing_for: 1h\n"),
        "now | m{channel=none} p=0\n" /* the tenant is known from its first record */
        "tick 2026-01-01T00:00:00Z\n"
        "now | m{channel=tv} p=0.95\n"
        "tick 2026-01-01T00:09:59Z\n"
        "tick 2026-01-01T00:10:00Z\n"
        "now | m{channel=tv} p=0.4\n"
        "tick 2026-01-01T01:09:59Z\n"
        "now | m{channel=tv} p=0.95\n"
        "now | m{channel=tv} p=0.4\n"
        "tick 2026-01-01T02:09:59Z\n",
        "2026-01-01T00:00 pending acme/low/tv rev=1 n=1 : the condition holds\n"
        "2026-01-01T00:10 firing acme/low/tv rev=2 n=1 : the condition holds for 10 minutes\n"
        "2026-01-01T00:10 recovering acme/low/tv rev=3 n=0 : the condition no longer holds\n"
        "2026-01-01T01:09 firing acme/low/tv rev=4 n=1 : the condition holds again\n"
        "2026-01-01T01:09 recovering acme/low/tv rev=5 n=0 : the condition no longer holds\n"
        "2026-01-01T02:09 resolved acme/low/tv rev=6 n=0 : the condition did not hold for 1 hours\n");
}

Test(alerts_machine, recovering_goes_on_between_the_bounds)
{
    expect_story(
        RULES("    keep_firing_for: 1h\n"),
        "now | m{channel=tv} p=0\n"
        "tick 2026-01-01T00:00:00Z\n"
        "now | m{channel=tv} p=0.95\n"
        "now | m{channel=tv} p=0.4\n"
        "now | m{channel=tv} p=0.8\n"
        "tick 2026-01-01T01:00:00Z\n",
        "2026-01-01T00:00 firing acme/low/tv rev=1 n=1 : the condition holds\n"
        "2026-01-01T00:00 recovering acme/low/tv rev=2 n=0 : the condition no longer holds\n"
        "2026-01-01T01:00 resolved acme/low/tv rev=3 n=0 : the condition did not hold for 1 hours\n");
}

Test(alerts_machine, tick_that_goes_backwards_is_dropped)
{
    expect_story(RULES("    for: 10m\n"),
                 "now | m{channel=tv} p=0\n"
                 "tick 2026-01-01T12:00:00Z\n"
                 "now | m{channel=tv} p=0.95\n"
                 "tick 2026-01-01T11:00:00Z\n"
                 "now | m{channel=tv} p=0.96\n"
                 "tick 2026-01-01T12:10:00Z\n",
                 "2026-01-01T12:00 pending acme/low/tv rev=1 n=1 : the condition holds\n"
                 "2026-01-01T12:10 firing acme/low/tv rev=2 n=2 : the condition holds for 10 minutes\n");
}

Test(alerts_machine, tenants_own_clock_beats_the_clock_of_its_partition)
{
    expect_story(RULES("    for: 10m\n"),
                 "now | m{channel=tv} p=0\n"
                 "tick 2026-01-01T00:00:00Z\n"
                 "own-tick 2020-01-01T00:00:00Z\n"
                 "now | m{channel=tv} p=0.95\n"
                 "tick 2026-01-02T00:00:00Z\n"
                 "own-tick 2020-01-01T00:10:00Z\n",
                 "2020-01-01T00:00 pending acme/low/tv rev=1 n=1 : the condition holds\n"
                 "2020-01-01T00:10 firing acme/low/tv rev=2 n=1 : the condition holds for 10 minutes\n");
}

Test(alerts_machine, alert_whose_data_never_come_back_expires)
{
    expect_story(
        RULES("    expires_after: 2d\n"),
        "days 2026-01-01 | m{channel=tv} p=0.95\n"
        "tick 2026-01-03T23:59:59Z\n"
        "tick 2026-01-04T00:00:00Z\n",
        "2026-01-02T00:00 firing acme/low/tv rev=1 n=1 : the condition holds\n"
        "2026-01-04T00:00 expired acme/low/tv rev=2 n=0 : no data for 2 days: it says nothing any more\n");
}

/* ---- no data ------------------------------------------------------------------------------------ */

Test(alerts_machine, missing_number_keeps_the_state_and_neither_counts_nor_resets)
{
    expect_story(
        THREE_DAYS,
        "days 2026-01-01 | m{channel=tv} p=0.95\n"
        "days 2026-01-02 | m{channel=tv} p=null reason=never_spent\n"
        "days 2026-01-03 | m{channel=search} p=0.1\n"
        "days 2026-01-04 | m{channel=tv} p=0.95\n"
        "days 2026-01-05 | m{channel=tv} p=0.95\n"
        "days 2026-01-06 | m{channel=tv} p=null\n"
        "days 2026-01-07 | m{channel=tv} p=0.4\n",
        "2026-01-02T00:00 pending acme/low/tv rev=1 n=1 : the condition holds on 1 of 3 closed days in a "
        "row\n"
        "2026-01-06T00:00 firing acme/low/tv rev=2 n=3 : the condition holds on 3 of 3 closed days in a row\n"
        "2026-01-08T00:00 resolved acme/low/tv rev=3 n=0 : the condition no longer holds\n");
}

Test(alerts_machine, no_data_may_count_as_well)
{
    expect_story(
        RULES("    no_data: {policy: ok}\n    persistence: {closed_days: 2}\n"),
        "days 2026-01-01 | m{channel=tv} p=0.95\n"
        "days 2026-01-02 | m{channel=tv} p=null\n"
        "days 2026-01-03 | m{channel=tv} p=0.95\n"
        "days 2026-01-04 | m{channel=tv} p=0.95\n"
        "days 2026-01-05 | m{channel=tv} p=null\n",
        "2026-01-02T00:00 pending acme/low/tv rev=1 n=1 : the condition holds on 1 of 2 closed days in a "
        "row\n"
        "2026-01-03T00:00 inactive acme/low/tv rev=2 n=0 : no data: m\n"
        "2026-01-04T00:00 pending acme/low/tv rev=3 n=1 : the condition holds on 1 of 2 closed days in a "
        "row\n"
        "2026-01-05T00:00 firing acme/low/tv rev=4 n=2 : the condition holds on 2 of 2 closed days in a row\n"
        "2026-01-06T00:00 resolved acme/low/tv rev=5 n=0 : no data: m\n");
}

Test(alerts_machine, no_data_may_be_an_alert_of_its_own_also_by_silence)
{
    expect_story(RULES("    no_data: {policy: alert, after: 6h}\n"),
                 "days 2025-12-31 | m{channel=tv} p=0.1\n"
                 "tick 2026-01-01T05:59:59Z\n"
                 "tick 2026-01-01T06:00:00Z\n"
                 "now | m{channel=tv} p=0.2\n"
                 "now | m{channel=tv} p=null reason=feed_is_down\n"
                 "now | m{channel=tv} p=0.95\n",
                 "2026-01-01T06:00 nodata acme/low/tv rev=1 n=0 : no data for 6 hours\n"
                 "2026-01-01T06:00 resolved acme/low/tv rev=2 n=0 : data are back\n"
                 "2026-01-01T06:00 nodata acme/low/tv rev=3 n=0 : no data: feed is down\n"
                 "2026-01-01T06:00 resolved acme/low/tv rev=4 n=1 : data are back\n"
                 "2026-01-01T06:00 firing acme/low/tv rev=5 n=1 : the condition holds\n");
}

Test(alerts_machine, alert_that_lost_its_data_goes_on_firing_when_they_are_back_between_the_bounds)
{
    expect_story(
        RULES("    no_data: {policy: alert}\n"),
        "days 2026-01-01 | m{channel=tv} p=0.95\n"
        "days 2026-01-02 | m{channel=search} p=0.1\n"
        "days 2026-01-03 | m{channel=tv} p=0.7\n"
        "days 2026-01-04 | m{channel=tv} p=null\n"
        "days 2026-01-05 | m{channel=tv} p=0.5\n",
        "2026-01-02T00:00 firing acme/low/tv rev=1 n=1 : the condition holds\n"
        "2026-01-03T00:00 nodata acme/low/tv rev=2 n=1 : no data: m\n"
        "2026-01-04T00:00 firing acme/low/tv rev=3 n=2 : data are back and the condition still holds\n"
        "2026-01-04T00:00 nodata acme/low/search rev=1 n=0 : no data: m\n"
        "2026-01-05T00:00 nodata acme/low/tv rev=4 n=2 : no data: m\n"
        "2026-01-06T00:00 resolved acme/low/tv rev=5 n=0 : data are back\n");
}

/* ---- gates and several conditions --------------------------------------------------------------- */

Test(alerts_machine, young_channel_does_not_fire_and_its_young_days_do_not_count)
{
    expect_story(RULES("    persistence: {closed_days: 2}\n    min_age: {metric: age, days: 14}\n"),
                 "days 2026-01-01 | m{channel=tv} p=0.95 | age{channel=tv} v=12\n"
                 "days 2026-01-02 | m{channel=tv} p=0.95 | age{channel=tv} v=13\n"
                 "days 2026-01-03 | m{channel=tv} p=0.95 | age{channel=tv} v=14\n"
                 "days 2026-01-04 | m{channel=tv} p=0.95 | age{channel=tv} v=15\n",
                 "2026-01-04T00:00 pending acme/low/tv rev=1 n=1 : the condition holds on 1 of 2 closed days "
                 "in a row\n"
                 "2026-01-05T00:00 firing acme/low/tv rev=2 n=2 : the condition holds on 2 of 2 closed days "
                 "in a row\n");
}

Test(alerts_machine, little_money_does_not_fire_but_does_not_end_an_alert_either)
{
    expect_story(RULES("    materiality: {money_per_week: 100}\n"),
                 "days 2026-01-01 | m{channel=tv} p=0.95 money=99.99\n"
                 "days 2026-01-02 | m{channel=tv} p=0.95\n"
                 "days 2026-01-03 | m{channel=tv} p=0.95 money=100\n"
                 "days 2026-01-04 | m{channel=tv} p=0.95 money=5\n",
                 "2026-01-04T00:00 firing acme/low/tv rev=1 n=1 : the condition holds\n"
                 "2026-01-05T00:00 firing acme/low/tv rev=2 n=2 : new value\n");
}

#define TWO(kind)                                                                                            \
    "version: 1\nrules:\n  - name: two\n    headline: \"{value}\"\n    when: {" kind                         \
    ": [{metric: a, value: \"> 10\", leave: \"<= 5\"}, {metric: b, value: \"> 10\", leave: \"<= 5\"}]}\n"

Test(alerts_machine, all_needs_every_condition_and_ends_with_the_first_that_leaves)
{
    expect_story(TWO("all"),
                 "days 2026-01-01 | a v=11 | b v=10\n"
                 "days 2026-01-02 | a v=11 | b v=11\n"
                 "days 2026-01-03 | a v=6 | b v=6\n"
                 "days 2026-01-04 | a v=11 | b v=5\n",
                 "2026-01-03T00:00 firing acme/two rev=1 n=1 : the condition holds\n"
                 "2026-01-04T00:00 firing acme/two rev=2 n=2 : new value\n"
                 "2026-01-05T00:00 resolved acme/two rev=3 n=0 : the condition no longer holds\n");
}

/* b never entered, so its 6 (between its bounds) does not keep the alert alive. */
Test(alerts_machine, any_needs_one_condition_and_only_those_that_entered_must_leave)
{
    expect_story(TWO("any"),
                 "days 2026-01-01 | a v=11 | b v=1\n"
                 "days 2026-01-02 | a v=6 | b v=6\n"
                 "days 2026-01-03 | a v=5 | b v=6\n"
                 "days 2026-01-04 | a v=1 | b v=11\n"
                 "days 2026-01-05 | a v=1 | b v=null\n"
                 "days 2026-01-06 | a v=1 | b v=5\n",
                 "2026-01-02T00:00 firing acme/two rev=1 n=1 : the condition holds\n"
                 "2026-01-03T00:00 firing acme/two rev=2 n=2 : new value\n"
                 "2026-01-04T00:00 resolved acme/two rev=3 n=0 : the condition no longer holds\n"
                 "2026-01-05T00:00 firing acme/two rev=4 n=1 : the condition holds\n"
                 "2026-01-07T00:00 resolved acme/two rev=5 n=0 : the condition no longer holds\n");
}

Test(alerts_machine, rule_over_two_metrics_of_which_one_is_missing_says_nothing)
{
    expect_story(TWO("all"), "days 2026-01-01 | a v=11\ndays 2026-01-02 | b v=11\n", "");
}

/* ---- from outside ------------------------------------------------------------------------------- */

Test(alerts_machine, silence_shows_the_alert_as_silenced_and_gives_it_back_when_it_ends)
{
    expect_story(
        RULES(""),
        "days 2026-01-01 | m{channel=tv} p=0.95 | m{channel=search} p=0.95\n"
        "tick 2026-01-02T00:00:00Z\n"
        "silence S1 2026-01-02T06:00:00Z 2026-01-03T00:00:00Z channel=tv\n"
        "tick 2026-01-02T06:00:00Z\n"
        "days 2026-01-02 | m{channel=tv} p=0.96 | m{channel=search} p=0.4\n"
        "tick 2026-01-03T00:00:00Z\n",
        "2026-01-02T00:00 firing acme/low/tv rev=1 n=1 : the condition holds\n"
        "2026-01-02T00:00 firing acme/low/search rev=1 n=1 : the condition holds\n"
        "2026-01-02T06:00 silenced acme/low/tv rev=2 n=1 by=S1 : kept quiet by silence S1 (duty: planned)\n"
        "2026-01-02T06:00 silenced acme/low/tv rev=3 n=2 by=S1 : new value\n"
        "2026-01-02T06:00 resolved acme/low/search rev=2 n=0 : the condition no longer holds\n"
        "2026-01-03T00:00 firing acme/low/tv rev=4 n=2 : no longer kept quiet\n");
}

Test(alerts_machine, silence_can_be_ended_early_and_match_by_rule_prefix_and_exclusion)
{
    expect_story(
        RULES(""),
        "days 2026-01-01 | m{channel=tv} p=0.95 | m{channel=search} p=0.95\n"
        "tick 2026-01-02T00:00:00Z\n"
        "silence S1 2026-01-01T00:00:00Z 2026-01-09T00:00:00Z rule=lo* channel!=tv severity=warning\n"
        "silence S1 2026-01-01T00:00:00Z 2026-01-01T00:00:00Z rule=low\n",
        "2026-01-02T00:00 firing acme/low/tv rev=1 n=1 : the condition holds\n"
        "2026-01-02T00:00 firing acme/low/search rev=1 n=1 : the condition holds\n"
        "2026-01-02T00:00 silenced acme/low/search rev=2 n=1 by=S1 : kept quiet by silence S1 (duty: "
        "planned)\n"
        "2026-01-02T00:00 firing acme/low/search rev=3 n=1 : no longer kept quiet\n");
}

Test(alerts_machine, silence_of_everything_and_one_too_many_are_refused)
{
    expect_timeline((struct mw_timeline){.rules = RULES(""), .silences_max = 1},
                    "fail silence S1 2026-01-01T00:00:00Z 2026-01-09T00:00:00Z\n"
                    "silence S1 2026-01-01T00:00:00Z 2026-01-09T00:00:00Z rule=low\n"
                    "fail silence S2 2026-01-01T00:00:00Z 2026-01-09T00:00:00Z rule=low\n"
                    "silence S1 2026-01-01T00:00:00Z 2026-01-10T00:00:00Z rule=low\n",
                    "");
}

Test(alerts_machine, acknowledgement_is_shown_lapses_and_ends_with_the_incident)
{
    expect_story(RULES("    acknowledge_for: 1d\n"),
                 "days 2026-01-01 | m{channel=tv} p=0.95\n"
                 "tick 2026-01-02T00:00:00Z\n"
                 "ack acme/low/tv\n"
                 "tick 2026-01-03T00:00:00Z\n"
                 "ack acme/low/tv\n"
                 "days 2026-01-02 | m{channel=tv} p=0.1\n"
                 "fail ack acme/low/tv\n"
                 "days 2026-01-03 | m{channel=tv} p=0.95\n",
                 "2026-01-02T00:00 firing acme/low/tv rev=1 n=1 : the condition holds\n"
                 "2026-01-02T00:00 firing acme/low/tv rev=2 n=1 ack : acknowledged by duty: seen\n"
                 "2026-01-03T00:00 firing acme/low/tv rev=3 n=1 : the acknowledgement has lapsed\n"
                 "2026-01-03T00:00 firing acme/low/tv rev=4 n=1 ack : acknowledged by duty: seen\n"
                 "2026-01-03T00:00 resolved acme/low/tv rev=5 n=0 ack : the condition no longer holds\n"
                 "2026-01-03T00:00 firing acme/low/tv rev=6 n=1 : the condition holds\n");
}

Test(alerts_machine, acknowledgement_of_an_unknown_alert_is_refused)
{
    expect_story(RULES(""), "fail ack acme/low/tv\n", "");
}

Test(alerts_machine, flapping_gives_one_last_notice_and_clears_after_quiet)
{
    expect_story(
        RULES("    flapping: {transitions: 3, within: 10d}\n"),
        "days 2026-01-01 | m{channel=tv} p=0.95\n"
        "days 2026-01-02 | m{channel=tv} p=0.1\n"
        "days 2026-01-03 | m{channel=tv} p=0.95\n"
        "days 2026-01-04 | m{channel=tv} p=0.1\n"
        "days 2026-01-05 | m{channel=tv} p=0.95\n"
        "tick 2026-01-15T23:59:59Z\n"
        "tick 2026-01-16T00:00:00Z\n",
        "2026-01-02T00:00 firing acme/low/tv rev=1 n=1 : the condition holds\n"
        "2026-01-03T00:00 resolved acme/low/tv rev=2 n=0 : the condition no longer holds\n"
        "2026-01-04T00:00 firing acme/low/tv rev=3 n=1 : flapping, 3 changes within 10 days: quiet until as "
        "long "
        "passes without one; the condition holds\n"
        "2026-01-05T00:00 resolved acme/low/tv rev=4 n=0 by=flapping : the condition no longer holds\n"
        "2026-01-06T00:00 silenced acme/low/tv rev=5 n=1 by=flapping : the condition holds\n"
        "2026-01-16T00:00 firing acme/low/tv rev=6 n=1 : no longer flapping\n");
}

#define CAUSE_AND_EFFECT                                                                                     \
    "version: 1\nrules:\n"                                                                                   \
    "  - {name: effect, by: [channel], headline: \"{channel}\", when: {all: [{metric: m, value: \"> "        \
    "1\"}]}}\n"                                                                                              \
    "  - name: cause\n    by: [input]\n    headline: \"{input}\"\n    when: {all: [{metric: q, value: \"> "  \
    "1\"}]}\n"                                                                                               \
    "    inhibits: [{rules: [effect], equal: {channel: input}, only: {input: \"spend/*\"}}, {rules: "        \
    "[effect], only: {input: \"outcome*\"}}]\n"

Test(alerts_machine, alert_that_is_explained_by_another_stays_quiet_until_that_one_ends)
{
    expect_story(CAUSE_AND_EFFECT,
                 "days 2026-01-01 | q{input=spend/tv} v=2 | m{channel=tv} v=2 | m{channel=search} v=2\n"
                 "days 2026-01-02 | q{input=spend/tv} v=0\n",
                 "2026-01-02T00:00 firing acme/cause/spend/tv rev=1 n=1 : the condition holds\n"
                 "2026-01-02T00:00 silenced acme/effect/tv rev=1 n=1 by=INCIDENT : the condition holds\n"
                 "2026-01-02T00:00 firing acme/effect/search rev=1 n=1 : the condition holds\n"
                 "2026-01-03T00:00 resolved acme/cause/spend/tv rev=2 n=0 : the condition no longer holds\n"
                 "2026-01-03T00:00 firing acme/effect/tv rev=2 n=1 : no longer kept quiet\n");
}

Test(alerts_machine, alert_that_fired_first_is_quietened_by_a_later_explanation)
{
    expect_story(CAUSE_AND_EFFECT,
                 "days 2026-01-01 | m{channel=tv} v=2\n"
                 "days 2026-01-02 | q{input=outcome/revenue} v=2\n",
                 "2026-01-02T00:00 firing acme/effect/tv rev=1 n=1 : the condition holds\n"
                 "2026-01-03T00:00 firing acme/cause/outcome/revenue rev=1 n=1 : the condition holds\n"
                 "2026-01-03T00:00 silenced acme/effect/tv rev=2 n=1 by=INCIDENT : kept quiet by "
                 "acme/cause/outcome/revenue\n");
}

Test(alerts_machine, two_missing_labels_do_not_agree)
{
    expect_story("version: 1\nrules:\n"
                 "  - {name: effect, by: [channel], headline: \"{channel}\", when: {all: [{metric: m, value: "
                 "\"> 1\"}]}}\n"
                 "  - {name: cause, by: [channel], headline: \"{channel}\", when: {all: [{metric: q, value: "
                 "\"> 1\"}]},\n"
                 "     inhibits: [{rules: [effect], equal: {channel: channel}}]}\n",
                 "days 2026-01-01 | q v=2 | m v=2\n",
                 "2026-01-02T00:00 firing acme/cause/ rev=1 n=1 : the condition holds\n"
                 "2026-01-02T00:00 firing acme/effect/ rev=1 n=1 : the condition holds\n");
}

static const char two_rules[] =
    "version: 1\nrules:\n  - {name: a, headline: \"{value}\", when: {all: [{metric: a, value: \"> 1\"}]}}\n"
    "  - {name: b, headline: \"{value}\", when: {all: [{metric: b, value: \"> 1\"}]}}\n"
    "  - {name: c, headline: \"{value}\", when: {all: [{metric: c, value: \"> 1\"}]}, persistence: "
    "{closed_days: 2}}\n";
static const struct mw_timeline_file reloads[] = {
    {"texts", "version: 1\nrules:\n  - {name: a, headline: \"now {value}\", owner: me, when: {all: [{metric: "
              "a, value: \"> 1\"}]}}\n"
              "  - {name: b, headline: \"{value}\", when: {all: [{metric: b, value: \"> 1\"}]}}\n"
              "  - {name: c, headline: \"{value}\", when: {all: [{metric: c, value: \"> 1\"}]}, persistence: "
              "{closed_days: 2}}\n"},
    {"changed",
     "version: 1\nrules:\n  - {name: a, headline: \"{value}\", when: {all: [{metric: a, value: \"> 1\"}]}}\n"
     "  - {name: c, headline: \"{value}\", when: {all: [{metric: c, value: \"> 2\"}]}}\n"},
    {"back", two_rules},
};

Test(alerts_machine, reload_resets_only_what_changed_says_so_and_keeps_counting_revisions)
{
    char *got = mw_timeline_run(&(struct mw_timeline){.rules = two_rules, .files = reloads, .n_files = 3},
                                "days 2026-01-01 | a v=2 | b v=2 | c v=2\n"
                                "tick 2026-01-02T00:00:00Z\n"
                                "rules texts\n"
                                "rules changed\n"
                                "days 2026-01-02 | a v=3 | b v=3 | c v=2\n"
                                "rules back\n"
                                "days 2026-01-03 | a v=3 | b v=3 | c v=2\n");
    static const char *const parts[] = {
        "2026-01-02T00:00 firing acme/a rev=1 n=1 : the condition holds\n"
        "2026-01-02T00:00 firing acme/b rev=1 n=1 : the condition holds\n"
        "2026-01-02T00:00 pending acme/c rev=1 n=1 : the condition holds on 1 of 2 closed days in a row\n"
        "2026-01-02T00:00 resolved acme/b rev=2 n=0 : reset: rule b is gone, version ",
        "2026-01-02T00:00 inactive acme/c rev=2 n=0 : reset: rule c changed, version ",
        "2026-01-02T00:00 firing acme/a rev=2 n=2 : new value\n"
        "2026-01-02T00:00 firing acme/b rev=3 n=1 : the condition holds\n"
        "2026-01-02T00:00 pending acme/c rev=3 n=1 : the condition holds on 1 of 2 closed days in a row\n"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        cr_expect(strstr(got, parts[i]) != NULL, "--- got\n%s--- lacks\n%s", got, parts[i]);
    }
    free(got);
}

/* ---- limits ------------------------------------------------------------------------------------- */

Test(alerts_machine, full_table_is_an_alert_that_ends_when_nothing_was_refused_for_a_day)
{
    expect_timeline(
        (struct mw_timeline){.rules = RULES(""), .alerts_max = 2},
        "days 2026-01-01 | m{channel=a} p=1 | m{channel=b} p=1 | m{channel=c} p=1 | m{channel=d} p=1\n"
        "tick 2026-01-02T00:00:00Z\n"
        "days 2026-01-02 | m{channel=a} p=0 | m{channel=b} p=1 | m{channel=c} p=0\n"
        "tick 2026-01-02T23:59:59Z\n"
        "tick 2026-01-03T00:00:00Z\n",
        "2026-01-02T00:00 firing acme/low/a rev=1 n=1 : the condition holds\n"
        "2026-01-02T00:00 firing acme/low/b rev=1 n=1 : the condition holds\n"
        "2026-01-02T00:00 firing acme/alerts_full rev=1 n=0 : the limit of alert states is reached\n"
        "2026-01-02T00:00 resolved acme/low/a rev=2 n=0 : the condition no longer holds\n"
        "2026-01-03T00:00 resolved acme/alerts_full rev=2 n=0 : nothing was refused for a day; 2 readings "
        "were before\n");
}

Test(alerts_machine, states_quiet_for_ninety_days_make_room_and_revisions_never_repeat)
{
    expect_timeline((struct mw_timeline){.rules = RULES(""), .alerts_max = 1},
                    "days 2026-01-01 | m{channel=a} p=1\n"
                    "days 2026-01-02 | m{channel=a} p=0\n"
                    "tick 2026-04-10T00:00:00Z\n"
                    "days 2026-04-09 | m{channel=b} p=1\n",
                    "2026-01-02T00:00 firing acme/low/a rev=1 n=1 : the condition holds\n"
                    "2026-01-03T00:00 resolved acme/low/a rev=2 n=0 : the condition no longer holds\n"
                    "2026-04-10T00:00 firing acme/low/b rev=3 n=1 : the condition holds\n");
}
