/* Numbers survive the wire bit for bit; amounts of money to the micro. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_number_internal.h"
#include "mw_rng.h"
#include "mw_wire.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { N_DRAWS = 200000 };

static const char *format(double x)
{
    static char text[MW_NUMBER_CHARS + 1];
    text[mw_number_format(x, text)] = '\0';
    return text;
}

static bool same_bits(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

static double from_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

Test(wire_number, any_double_reads_back_as_itself)
{
    struct mw_rng rng = {.key = 1, .stream = 1};
    for (int i = 0; i < N_DRAWS; i++) {
        const double x = from_bits(mw_rng_bits(&rng));
        cr_assert(!isfinite(x) || same_bits(strtod(format(x), NULL), x), "%a is written %s", x, format(x));
    }
}

Test(wire_number, neighbours_of_powers_of_two_and_ten_read_back_as_themselves)
{
    for (int e = -1074; e < 1024; e++) {
        const double x = ldexp(1, e);
        const double near[] = {nextafter(x, 0), x, nextafter(x, HUGE_VAL)};
        for (size_t i = 0; i < 3; i++) {
            cr_assert(!isfinite(near[i]) || same_bits(strtod(format(near[i]), NULL), near[i]), "%a", near[i]);
        }
    }
    for (int e = -323; e <= 308; e++) {
        char text[16];
        (void)snprintf(text, sizeof text, "1e%d", e);
        const double x = strtod(text, NULL);
        cr_assert(same_bits(strtod(format(x), NULL), x), "%a", x);
    }
}

/* Decimals of few digits are what people write: those must come back as written. */
Test(wire_number, short_decimals_are_written_as_people_write_them)
{
    struct mw_rng rng = {.key = 2, .stream = 1};
    for (int i = 0; i < N_DRAWS; i++) {
        char text[32];
        const unsigned cents = (unsigned)(mw_rng_bits(&rng) % 1000000000);
        (void)snprintf(text, sizeof text, "%u.%02u1", cents / 100, cents % 100);
        cr_assert_str_eq(format(strtod(text, NULL)), text);
    }
}

Test(wire_number, notation_is_plain_near_one_and_scientific_far_away)
{
    static const struct {
        double x;
        const char *text;
    } cases[] = {{0, "0"},
                 {-0.0, "-0.0"},
                 {1, "1"},
                 {-1.5, "-1.5"},
                 {0.1, "0.1"},
                 {0.00001, "0.00001"},
                 {9e-6, "9e-6"},
                 {1.5e-7, "1.5e-7"},
                 {1e16, "10000000000000000"},
                 {1e17, "1e17"},
                 {-1.25e300, "-1.25e300"},
                 {5e-324, "5e-324"},
                 {1.7976931348623157e308, "1.7976931348623157e308"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cr_expect_str_eq(format(cases[i].x), cases[i].text);
    }
}

Test(wire_number, integers_have_all_their_digits)
{
    static const int64_t cases[] = {0, 7, -7, 1000000, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[MW_NUMBER_CHARS + 1], want[32];
        text[mw_integer_format(cases[i], text)] = '\0';
        (void)snprintf(want, sizeof want, "%lld", (long long)cases[i]);
        cr_expect_str_eq(text, want);
    }
}

/* An amount through decoder and encoder; returns what came out. */
static int64_t through(int64_t micros, double *amount)
{
    static const char head[] =
        "{\"id\":\"a\",\"tenant\":\"t\",\"source\":\"s\",\"outcome\":\"o\",\"kind\":\"delta\","
        "\"observed_at\":\"2026-01-31T08:00:00.000000Z\",\"date\":\"2026-01-31\",\"amount\":";
    char json[400];
    struct mw_arena arena = {0};
    struct mw_writer out = {0};
    const void *body = NULL;
    (void)snprintf(json, sizeof json, "%s%lld}", head, (long long)micros);
    cr_assert(mw_decode(&mw_type_outcome, mw_span(json), &arena, &body, NULL, NULL) == MW_OK, "%s", json);
    *amount = ((const struct mw_outcome *)body)->amount;
    cr_assert(mw_encode(&mw_type_outcome, body, &out, NULL) == MW_OK);
    mw_write_u8(&out, 0);
    const int64_t back = strtoll(strstr(out.data, "\"amount\":") + 9, NULL, 10);
    mw_arena_fini(&arena);
    mw_writer_fini(&out);
    return back;
}

/* Below 2^33 units the integer survives; above, the double does, since it cannot tell every micro apart. */
Test(wire_number, amounts_survive_to_the_micro)
{
    struct mw_rng rng = {.key = 3, .stream = 1};
    for (int i = 0; i < 20000; i++) {
        const int shift = 1 + (int)(mw_rng_bits(&rng) % 62);
        const int64_t magnitude = (int64_t)(mw_rng_bits(&rng) >> shift);
        const int64_t bounded = magnitude > MW_MICROS_MAX ? MW_MICROS_MAX : magnitude;
        const int64_t micros = i % 2 == 0 ? bounded : -bounded;
        double amount, again;
        const int64_t back = through(micros, &amount);
        if (llabs(micros) < (INT64_C(1) << 33) * 1000000) {
            cr_assert(back == micros, "%lld came back as %lld", (long long)micros, (long long)back);
        } else {
            (void)through(back, &again);
            cr_assert(same_bits(amount, again), "%lld micros", (long long)micros);
        }
    }
}
