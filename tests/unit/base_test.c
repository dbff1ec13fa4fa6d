// SPDX-License-Identifier: Apache-2.0
#include "mw_core.h"
#include "mw_names.h"
#include "mw_rng.h"
#include "mw_tenants.h"
#include "mw_time.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* ---- random numbers: the known answers published with Random123 ---- */

static void expect_block(uint64_t key, uint64_t stream, uint64_t index, const uint32_t want[4])
{
    uint32_t got[4];
    mw_rng_block(key, stream, index, got);
    for (int i = 0; i < 4; i++) {
        cr_expect(got[i] == want[i], "word %d: %08x, published %08x", i, got[i], want[i]);
    }
}

Test(rng, philox_gives_the_published_answers)
{
    expect_block(0, 0, 0, (uint32_t[]){0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    expect_block(UINT64_MAX, UINT64_MAX, UINT64_MAX,
                 (uint32_t[]){0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
    expect_block(0x299f31d0a4093822, 0x0370734413198a2e, 0x85a308d3243f6a88,
                 (uint32_t[]){0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

Test(rng, a_draw_depends_on_its_place_and_not_on_what_was_drawn_before)
{
    struct mw_rng a = {.key = 7, .stream = 3}, b = {.key = 7, .stream = 3, .index = 1};
    (void)mw_rng_uniform(&a);
    cr_expect(mw_rng_bits(&a) == mw_rng_bits(&b));
    cr_expect(mw_rng_to_unit(0) > 0 && mw_rng_to_unit(UINT64_MAX) < 1);
}

/* ---- dates ---- */

Test(date, agrees_with_libc_on_every_day_of_four_centuries)
{
    for (mw_date date = -73000; date < 73000; date++) {
        const time_t seconds = (time_t)date * 86400;
        struct tm tm;
        gmtime_r(&seconds, &tm);
        const struct mw_civil c = mw_date_to_civil(date);
        cr_assert(c.year == tm.tm_year + 1900 && c.month == tm.tm_mon + 1 && c.day == tm.tm_mday, "day %d",
                  date);
        cr_assert(mw_date_from_civil(c) == date && mw_date_weekday(date) == (tm.tm_wday + 6) % 7, "day %d",
                  date);
    }
}

static bool date_parses(const char *text)
{
    mw_date date;
    return mw_date_parse(mw_span(text), &date, NULL) == MW_OK;
}

Test(date, only_real_days_in_iso_form_parse)
{
    cr_expect(date_parses("2024-02-29") && date_parses("2000-02-29"));
    const char *const bad[] = {"2023-02-29",  "1900-02-29", "2024-13-01", "2024-00-10", "2024-1-01",
                               "2024-01-01 ", "20240101",   "",           "2024-01-32", "x024-01-01"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_expect(!date_parses(bad[i]), "\"%s\" was taken", bad[i]);
    }
}

Test(time, parses_offsets_and_fractions_and_formats_back)
{
    int64_t us;
    char text[32];
    cr_assert(mw_time_parse(mw_span("2024-03-10T01:02:03.25+02:00"), &us, NULL) == MW_OK);
    mw_time_format(us, text);
    cr_expect_str_eq(text, "2024-03-09T23:02:03.250000Z");
    mw_time_format(-1, text);
    cr_expect_str_eq(text, "1969-12-31T23:59:59.999999Z");
}

Test(time, what_is_not_rfc_3339_is_refused)
{
    const char *const bad[] = {"2024-03-10",
                               "2024-03-10T01:02:03",
                               "2024-03-10T24:00:00Z",
                               "2024-03-10T01:02:03.Z",
                               "2024-03-10T01:02:03+2:00",
                               "2024-02-30T00:00:00Z",
                               "2024-03-10T01:02:03Zx",
                               ""};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int64_t us;
        cr_expect(mw_time_parse(mw_span(bad[i]), &us, NULL) == MW_E_DATA, "\"%s\" was taken", bad[i]);
    }
}

/* ---- time zones: libc with the same rule is the oracle ---- */

static void expect_same_as_libc(const char *rule)
{
    struct mw_tz tz;
    cr_assert(mw_tz_parse(mw_span(rule), &tz, NULL) == MW_OK, "%s", rule);
    setenv("TZ", rule, 1);
    tzset();
    for (int64_t s = 1577836800; s < 1577836800 + 3 * 366 * 86400LL; s += 1801) {
        const time_t seconds = (time_t)s;
        struct tm tm;
        localtime_r(&seconds, &tm);
        const mw_date want =
            mw_date_from_civil((struct mw_civil){tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday});
        cr_assert(mw_tz_date(&tz, s * MW_US_PER_S) == want, "%s at %lld", rule, (long long)s);
        const int32_t offset = mw_tz_offset_s(&tz, s * MW_US_PER_S);
        cr_assert((offset + s % 86400 + 2 * 86400) % 86400 == tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec,
                  "%s", rule);
    }
}

Test(tz, rules_give_the_local_days_that_libc_gives)
{
    expect_same_as_libc("UTC0");
    expect_same_as_libc("CET-1CEST,M3.5.0,M10.5.0/3");
    expect_same_as_libc("EST5EDT,M3.2.0,M11.1.0");
    expect_same_as_libc("AEST-10AEDT,M10.1.0,M4.1.0/3"); /* southern summer */
    expect_same_as_libc("<+0330>-3:30");
    expect_same_as_libc("NZST-12NZDT,M9.5.0,M4.1.0/3");
    expect_same_as_libc("EET-2EEST,M3.5.0/0,M10.5.0/0");    /* Beirut: midnight does not exist */
    expect_same_as_libc("CST5CDT,M3.2.0/0,M11.1.0/1");      /* Havana */
    expect_same_as_libc("IST-1GMT0,M10.5.0,M3.5.0/1");      /* Dublin: its summer time is the standard one */
    expect_same_as_libc("<-02>2<-01>,M3.5.0/-1,M10.5.0/0"); /* Nuuk: changes the evening before */
}

static void expect_midnights(const char *rule)
{
    struct mw_tz tz;
    cr_assert(mw_tz_parse(mw_span(rule), &tz, NULL) == MW_OK);
    for (mw_date date = 19000; date < 19800; date++) {
        const int64_t midnight = mw_tz_midnight_us(&tz, date);
        cr_assert(mw_tz_date(&tz, midnight) == date && mw_tz_date(&tz, midnight - 1) == date - 1,
                  "%s: day %d", rule, date);
    }
}

Test(tz, midnight_begins_the_local_date_even_where_the_clock_skips_it)
{
    expect_midnights("CET-1CEST,M3.5.0,M10.5.0/3");
    expect_midnights("AEST-10AEDT,M10.1.0,M4.1.0/3");
    expect_midnights("EET-2EEST,M3.5.0/0,M10.5.0/0");
    expect_midnights("CST5CDT,M3.2.0/0,M11.1.0/1");
    expect_midnights("<-02>2<-01>,M3.5.0/-1,M10.5.0/0");
    expect_midnights("IST-1GMT0,M10.5.0,M3.5.0/1");
    expect_midnights("<+0330>-3:30");
}

Test(tz, broken_rules_are_refused)
{
    const char *const bad[] = {
        "", "CET", "C1", "CET-1CEST", "CET-1CEST,M13.1.0,M10.5.0", "CET-1CEST,J60,J300", "CET-1x,"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct mw_tz tz;
        cr_expect(mw_tz_parse(mw_span(bad[i]), &tz, NULL) == MW_E_DATA, "\"%s\" was taken", bad[i]);
    }
}

/* ---- snapshots ---- */

Test(bytes, what_is_written_is_read_and_nothing_beyond)
{
    struct mw_writer out = {0};
    mw_write_u8(&out, 7);
    mw_write_i64(&out, -5);
    mw_write_f64(&out, -0.0);
    mw_write_span(&out, mw_span("tv"));
    struct mw_reader in = mw_reader(mw_writer_span(&out));
    cr_expect(mw_read_u8(&in) == 7 && mw_read_i64(&in) == -5 && signbit(mw_read_f64(&in)));
    cr_expect(mw_span_is(mw_read_span(&in), "tv") && mw_reader_left(&in) == 0);
    cr_expect(mw_reader_status(&in, NULL) == MW_OK);
    cr_expect(mw_read_u32(&in) == 0 && mw_reader_status(&in, NULL) == MW_E_DATA);
    mw_writer_fini(&out);
}

Test(bytes, a_count_that_the_input_cannot_hold_is_refused_before_any_memory_is_asked_for)
{
    struct mw_writer out = {0};
    mw_write_u64(&out, UINT64_MAX / 2);
    struct mw_reader in = mw_reader(mw_writer_span(&out));
    cr_expect(mw_read_count(&in, 8) == 0 && mw_reader_status(&in, NULL) == MW_E_DATA);
    mw_writer_fini(&out);
}

/* ---- memory ---- */

Test(arena, hands_out_zeroed_aligned_memory_up_to_its_limit)
{
    struct mw_arena arena;
    mw_arena_init(&arena, 1 << 16);
    size_t n = 0;
    for (char *p; (p = mw_arena_take(&arena, 1000)) != NULL; n++) {
        cr_assert((uintptr_t)p % 64 == 0 && p[0] == 0 && p[999] == 0);
        memset(p, 0xff, 1000);
    }
    cr_expect(n == 64, "%zu", n);
    mw_arena_reset(&arena);
    const char *again = mw_arena_take(&arena, 1000);
    cr_expect(again != NULL && again[500] == 0);
    mw_arena_fini(&arena);
    mw_arena_fini(&arena);
}

Test(arena, an_overflowing_size_is_refused)
{
    struct mw_arena arena = {0};
    cr_expect(mw_arena_take_array(&arena, SIZE_MAX / 4, 8) == NULL);
    cr_expect(mw_arena_take(&arena, SIZE_MAX - 8) == NULL);
    mw_arena_fini(&arena);
}

Test(names, numbers_stay_and_survive_a_snapshot)
{
    struct mw_names names = {0}, copy = {0};
    char text[16];
    for (uint32_t i = 0; i < 1000; i++) {
        uint32_t number;
        (void)snprintf(text, sizeof text, "n%u", i % 500);
        cr_assert(mw_names_add(&names, mw_span(text), &number, NULL) == MW_OK);
        cr_assert(number == i % 500);
    }
    struct mw_writer out = {0};
    mw_names_save(&names, &out);
    struct mw_reader in = mw_reader(mw_writer_span(&out));
    cr_assert(mw_names_load(&copy, &in, NULL) == MW_OK);
    cr_expect(mw_names_find(&copy, mw_span("n499")) == 499 &&
              mw_names_find(&copy, mw_span("x")) == MW_INDEX_NONE);
    mw_writer_fini(&out);
    mw_names_fini(&names);
    mw_names_fini(&copy);
}

Test(names, a_snapshot_with_a_name_twice_is_refused)
{
    struct mw_names names = {0};
    struct mw_writer out = {0};
    mw_write_u64(&out, 2);
    mw_write_span(&out, mw_span("tv"));
    mw_write_span(&out, mw_span("tv"));
    struct mw_reader in = mw_reader(mw_writer_span(&out));
    cr_expect(mw_names_load(&names, &in, NULL) == MW_E_DATA, "what follows would count one name too many");
    mw_writer_fini(&out);
    mw_names_fini(&names);
}

Test(tenants, are_found_by_name_and_walked_in_bytewise_order)
{
    static struct {
        struct mw_span name;
    } items[4];
    static const char *const names[] = {"b", "a", "", "ab"};
    struct mw_tenants tenants = {0};
    for (size_t i = 0; i < 4; i++) {
        items[i].name = mw_span(names[i]);
        cr_assert(mw_tenants_reserve(&tenants, NULL) == MW_OK);
        mw_tenants_add(&tenants, &items[i]);
    }
    static const char *const order[] = {"", "a", "ab", "b"};
    for (size_t i = 0; i < 4; i++) {
        cr_expect(mw_span_is(mw_tenants_name(&tenants, i), order[i]));
    }
    cr_expect(mw_tenants_find(&tenants, mw_span("ab")) == &items[3] &&
              mw_tenants_find(&tenants, mw_span("c")) == NULL);
    cr_expect(mw_tenants_remove(&tenants, mw_span("a")) == &items[1] && tenants.n == 3);
    cr_expect(mw_tenants_remove(&tenants, mw_span("a")) == NULL && tenants.n == 3);
    mw_tenants_fini(&tenants);
}

Test(effects, keep_their_order_and_report_lost_memory)
{
    struct mw_effects effects = {0};
    int body = 1;
    for (int i = 0; i < 40; i++) {
        cr_assert(mw_effects_emit(&effects, NULL, mw_span("acme"), mw_span("x"), &body, NULL) == MW_OK);
    }
    cr_expect(effects.n == 40 && mw_span_is(effects.items[39].tenant, "acme"));
    mw_arena_fail_after(1);
    cr_expect(mw_effects_emit(&effects, NULL, mw_span("acme"), mw_span("x"), &body, NULL) == MW_E_MEMORY);
    mw_arena_fail_after(0);
    mw_effects_fini(&effects);
}

/* ---- errors ---- */

Test(status, the_first_error_wins_and_a_prefix_names_the_place)
{
    struct mw_error err = {0};
    cr_expect(MW_FAIL(&err, MW_E_DATA, "row %d", 3) == MW_E_DATA);
    cr_expect(MW_FAIL(&err, MW_E_IO, "later") == MW_E_IO);
    mw_error_prefix(&err, "%s", "a.csv");
    cr_expect_str_eq(err.text, "a.csv: row 3");
    cr_expect(err.status == MW_E_DATA);
    cr_expect_str_eq(mw_status_name(MW_E_BUSY), "MW_E_BUSY");
}
