// SPDX-License-Identifier: Apache-2.0
#include "mw_field.h"
#include "mw_follow.h"

#include <criterion/criterion.h>

static struct mw_follow_header header_of(const char *key, int64_t rev, int64_t event_ms)
{
    return (struct mw_follow_header){.type = mw_span("mw.alert.v1"),
                                     .tenant = mw_span("us"),
                                     .key = mw_span(key),
                                     .rev = rev,
                                     .published_ms = 100000,
                                     .event_ms = event_ms,
                                     .valid_until_ms = MW_TIME_NONE};
}

static struct mw_follow_verdict take(struct mw_follow *follow, const char *key, int64_t rev, int64_t event_ms)
{
    struct mw_follow_verdict verdict;
    const struct mw_follow_header header = header_of(key, rev, event_ms);
    cr_assert_eq(mw_follow_take(follow, &header, 100000, &verdict, NULL), MW_OK);
    return verdict;
}

Test(follow, a_late_joiner_has_missed_nothing)
{
    struct mw_follow follow;
    mw_follow_init(&follow, &mw_follow_defaults, 0);
    cr_expect_eq(take(&follow, "a", 57, 1).n_missed, 0);
    cr_expect_eq(take(&follow, "a", 58, 2).n_missed, 0);
    mw_follow_fini(&follow);
}

Test(follow, a_gap_is_counted_per_key)
{
    struct mw_follow follow;
    mw_follow_init(&follow, &mw_follow_defaults, 0);
    (void)take(&follow, "a", 1, 1);
    (void)take(&follow, "b", 1, 1);
    cr_expect_eq(take(&follow, "a", 4, 2).n_missed, 2);
    cr_expect_eq(take(&follow, "b", 2, 2).n_missed, 0);
    mw_follow_fini(&follow);
}

Test(follow, a_revision_seen_before_is_a_repeat_and_leaves_no_gap_behind)
{
    struct mw_follow follow;
    mw_follow_init(&follow, &mw_follow_defaults, 0);
    (void)take(&follow, "a", 1, 1);
    (void)take(&follow, "a", 2, 2);
    cr_expect_eq(take(&follow, "a", 1, 1).news, MW_FOLLOW_REPEAT);
    cr_expect_eq(take(&follow, "a", 2, 2).news, MW_FOLLOW_REPEAT);
    const struct mw_follow_verdict next = take(&follow, "a", 3, 3);
    cr_expect_eq(next.news, MW_FOLLOW_NEW);
    cr_expect_eq(next.n_missed, 0);
    mw_follow_fini(&follow);
}

Test(follow, a_later_event_under_a_lower_revision_is_a_new_numbering)
{
    struct mw_follow follow;
    mw_follow_init(&follow, &mw_follow_defaults, 0);
    (void)take(&follow, "a", 300, 10);
    const struct mw_follow_verdict verdict = take(&follow, "a", 1, 11);
    cr_expect_eq(verdict.news, MW_FOLLOW_OVER);
    cr_expect_eq(verdict.n_missed, 0);
    cr_expect_eq(take(&follow, "a", 3, 12).n_missed, 1);
    mw_follow_fini(&follow);
}

Test(follow, types_and_tenants_number_apart_and_events_are_not_watched)
{
    struct mw_follow follow;
    mw_follow_init(&follow, &mw_follow_defaults, 0);
    struct mw_follow_verdict verdict;
    (void)take(&follow, "a", 1, 1);
    struct mw_follow_header other = header_of("a", 9, 1);
    other.type = mw_span("mw.estimate.v1");
    cr_assert_eq(mw_follow_take(&follow, &other, 100000, &verdict, NULL), MW_OK);
    cr_expect_eq(verdict.n_missed, 0);
    cr_expect_eq(take(&follow, "letter", 0, 1).news, MW_FOLLOW_NEW);
    cr_expect_eq(take(&follow, "letter", 0, 1).news, MW_FOLLOW_NEW);
    mw_follow_fini(&follow);
}

Test(follow, age_is_fresh_late_and_stale_at_its_limits)
{
    struct mw_follow follow;
    struct mw_follow_verdict verdict;
    const struct mw_follow_header first = header_of("a", 1, 1), second = header_of("a", 2, 2),
                                  third = header_of("a", 3, 3);
    mw_follow_init(&follow, &mw_follow_defaults, 0);
    cr_assert_eq(mw_follow_take(&follow, &first, 102000, &verdict, NULL), MW_OK);
    cr_expect_eq(verdict.age, MW_FOLLOW_FRESH);
    cr_assert_eq(mw_follow_take(&follow, &second, 110000, &verdict, NULL), MW_OK);
    cr_expect_eq(verdict.age, MW_FOLLOW_LATE);
    cr_assert_eq(mw_follow_take(&follow, &third, 110001, &verdict, NULL), MW_OK);
    cr_expect_eq(verdict.age, MW_FOLLOW_STALE);
    cr_expect_eq(take(&follow, "a", 4, 4).n_missed, 1, "what was discarded as stale is missing");
    mw_follow_fini(&follow);
}

Test(follow, advice_past_its_validity_is_marked)
{
    struct mw_follow follow;
    struct mw_follow_verdict verdict;
    struct mw_follow_header header = header_of("a", 1, 1);
    header.valid_until_ms = 100000;
    mw_follow_init(&follow, &mw_follow_defaults, 0);
    cr_assert_eq(mw_follow_take(&follow, &header, 100000, &verdict, NULL), MW_OK);
    cr_expect_not(verdict.expired);
    header.rev = 2;
    cr_assert_eq(mw_follow_take(&follow, &header, 100001, &verdict, NULL), MW_OK);
    cr_expect(verdict.expired);
    mw_follow_fini(&follow);
}

Test(follow, a_full_table_watches_what_it_has_and_lets_the_rest_through)
{
    struct mw_follow follow;
    struct mw_follow_limits limits = mw_follow_defaults;
    limits.keys_max = 1;
    mw_follow_init(&follow, &limits, 0);
    (void)take(&follow, "a", 1, 1);
    cr_expect_eq(take(&follow, "b", 1, 1).news, MW_FOLLOW_NEW);
    cr_expect_eq(take(&follow, "b", 5, 1).n_missed, 0);
    cr_expect_eq(take(&follow, "a", 5, 2).n_missed, 3);
    mw_follow_fini(&follow);
}

Test(follow, three_missing_heartbeats_are_silence_said_once)
{
    struct mw_follow follow;
    const struct mw_follow_beat beat = {.started_ms = 7, .interval_ms = 1000, .tick_ms = MW_TIME_NONE};
    mw_follow_init(&follow, &mw_follow_defaults, 0);
    cr_expect_eq(mw_follow_beat(&follow, &beat, 1000), MW_FOLLOW_STEADY);
    cr_expect_eq(mw_follow_idle(&follow, 4000), MW_FOLLOW_STEADY);
    cr_expect_eq(mw_follow_idle(&follow, 4001), MW_FOLLOW_SILENT);
    cr_expect_eq(mw_follow_idle(&follow, 9000), MW_FOLLOW_STEADY);
    cr_expect_eq(mw_follow_beat(&follow, &beat, 9500), MW_FOLLOW_BACK);
    mw_follow_fini(&follow);
}

Test(follow, a_publisher_that_was_never_heard_is_silent_too)
{
    struct mw_follow follow;
    mw_follow_init(&follow, &mw_follow_defaults, 50000);
    cr_expect_eq(mw_follow_idle(&follow, 53001), MW_FOLLOW_SILENT);
    mw_follow_fini(&follow);
}

Test(follow, another_process_is_noticed)
{
    struct mw_follow follow;
    struct mw_follow_beat beat = {.started_ms = 7, .interval_ms = 1000, .tick_ms = MW_TIME_NONE};
    mw_follow_init(&follow, &mw_follow_defaults, 0);
    (void)mw_follow_beat(&follow, &beat, 1000);
    beat.started_ms = 8;
    cr_expect_eq(mw_follow_beat(&follow, &beat, 2000), MW_FOLLOW_RESTARTED);
    cr_expect_eq(mw_follow_beat(&follow, &beat, 3000), MW_FOLLOW_STEADY);
    mw_follow_fini(&follow);
}

Test(follow, heartbeats_with_an_old_tick_mean_a_stopped_clock)
{
    struct mw_follow follow;
    struct mw_follow_beat beat = {.started_ms = 7, .interval_ms = 1000, .tick_ms = 100000};
    mw_follow_init(&follow, &mw_follow_defaults, 0);
    cr_expect_eq(mw_follow_beat(&follow, &beat, 160000), MW_FOLLOW_STEADY);
    cr_expect_eq(mw_follow_beat(&follow, &beat, 160001), MW_FOLLOW_CLOCK_STOPPED);
    cr_expect_eq(mw_follow_beat(&follow, &beat, 161000), MW_FOLLOW_STEADY);
    beat.tick_ms = 161500;
    cr_expect_eq(mw_follow_beat(&follow, &beat, 162000), MW_FOLLOW_CLOCK_RUNS);
    mw_follow_fini(&follow);
}

Test(follow, no_memory_for_a_name_is_a_status)
{
    struct mw_follow follow;
    struct mw_follow_verdict verdict;
    const struct mw_follow_header header = header_of("a", 1, 1);
    mw_follow_init(&follow, &mw_follow_defaults, 0);
    mw_arena_fail_after(1);
    cr_expect_eq(mw_follow_take(&follow, &header, 100000, &verdict, NULL), MW_E_MEMORY);
    mw_arena_fail_after(0);
    cr_expect_eq(mw_follow_take(&follow, &header, 100000, &verdict, NULL), MW_OK);
    mw_follow_fini(&follow);
}
