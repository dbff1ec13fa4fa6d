// SPDX-License-Identifier: Apache-2.0
#include "mw_format.h"

#include <criterion/criterion.h>
#include <math.h>

Test(format, digits_follow_the_size)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {{1234567.4, "1,234,567"},
                 {12345, "12,345"},
                 {1234, "1,234"},
                 {999.6, "1,000"},
                 {123.4, "123"},
                 {99.96, "100"},
                 {12.34, "12.3"},
                 {9.996, "10.0"},
                 {1.234, "1.23"},
                 {0.1234, "0.12"},
                 {0.0123, "0.012"},
                 {0.001, "0.0010"},
                 {0, "0"},
                 {-12345, "-12,345"},
                 {-0.00001, "0.0000"},
                 {(double)NAN, "n/a"},
                 {(double)INFINITY, "inf"},
                 {1e300, "1e+300"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cr_expect_str_eq(mw_format_number(cases[i].value).s, cases[i].text);
    }
}

Test(format, minus_zero_is_zero)
{
    cr_expect_str_eq(mw_format_fixed(-0.001, 2).s, "0.00");
    cr_expect_str_eq(mw_format_fixed(-0.0, 0).s, "0");
}

Test(format, both_ends_of_a_range_have_the_places_of_the_larger)
{
    cr_expect_str_eq(mw_format_range(0.482, 12.3).s, "0.5..12.3");
    cr_expect_str_eq(mw_format_range(-12000, 500).s, "-12,000..500");
    cr_expect_str_eq(mw_format_range((double)NAN, 1).s, "n/a");
}

Test(format, what_is_nearly_sure_is_not_called_certain)
{
    cr_expect_str_eq(mw_format_probability(0).s, "< 1 %");
    cr_expect_str_eq(mw_format_probability(0.063).s, "6 %");
    cr_expect_str_eq(mw_format_probability(1).s, "> 99 %");
    cr_expect_str_eq(mw_format_probability((double)NAN).s, "n/a");
}

Test(format, estimates_and_their_ranges_end_at_the_third_digit)
{
    cr_expect_str_eq(mw_format_estimate(13486).s, "13,500");
    cr_expect_str_eq(mw_format_estimate(999600).s, "1,000,000");
    cr_expect_str_eq(mw_format_estimate(-13486).s, "-13,500");
    cr_expect_str_eq(mw_format_estimate(1.2345).s, "1.23");
    cr_expect_str_eq(mw_format_estimate((double)NAN).s, "n/a");
    cr_expect_str_eq(mw_format_estimate((double)INFINITY).s, "inf");
    cr_expect_str_eq(mw_format_range(1314, 13486).s, "1,300..13,500");
    cr_expect_str_eq(mw_format_range(-40, 2285046).s, "0..2,290,000");
    cr_expect_str_eq(mw_format_range_fixed(4.12, 17.25, 1).s, "4.1..17.2");
    cr_expect_str_eq(mw_format_signed(7441).s, "+7,440");
}

Test(format, signs_percents_dates_and_grades)
{
    cr_expect_str_eq(mw_format_signed(9600).s, "+9,600");
    cr_expect_str_eq(mw_format_signed(-3).s, "-3.00");
    cr_expect_str_eq(mw_format_signed_fixed(1.24, 1).s, "+1.2");
    cr_expect_str_eq(mw_format_percent(0.1234).s, "12.3 %");
    cr_expect_str_eq(mw_format_percent((double)NAN).s, "n/a");
    cr_expect_str_eq(mw_format_date(20484).s, "2026-01-31");
    cr_expect_str_eq(mw_format_date(MW_DATE_NONE).s, "n/a");
    cr_expect_str_eq(mw_format_evidence(MW_EVIDENCE_TEST_CALIBRATED), "test-calibrated");
    cr_expect_str_eq(mw_format_evidence(-1), "unknown");
}
