// SPDX-License-Identifier: Apache-2.0
#include "mw_datecell.h"
#include "mw_table_dates.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define ANY    MW_DATE_ANY_ORDER
#define EITHER ((unsigned)(MW_DATE_MDY | MW_DATE_DMY))

Test(date, orders_that_a_text_allows)
{
    static const struct {
        const char *text;
        unsigned orders;
    } cases[] = {{"2024-01-31", MW_DATE_YMD},
                 {"2024/1/31", MW_DATE_YMD},
                 {"2024.01.31", MW_DATE_YMD},
                 {"20240131", MW_DATE_YMD},
                 {"2024-01-31T00:00:00Z", MW_DATE_YMD},
                 {"2024-01-31 08:15:00.000+02:00", MW_DATE_YMD},
                 {"2024-01-31 00:00:00 UTC", MW_DATE_YMD},
                 {"1/31/2024", MW_DATE_MDY},
                 {"31/1/2024", MW_DATE_DMY},
                 {"4/5/2024", EITHER},
                 {"4/5/24", EITHER},
                 {"4-5-2024 12:00 AM", EITHER},
                 {"4.5.2024", MW_DATE_DMY},
                 {"31.01.24", MW_DATE_DMY},
                 {"2 Jan 2024", ANY},
                 {"2-Jan-24", ANY},
                 {"Jan 2, 2024", ANY},
                 {"January 2nd, 2024", ANY},
                 {"Tue, 2 Jan 2024", ANY},
                 {"2024 Jan 2", ANY},
                 {"2. März 2024", ANY},
                 {"2 août 2024", ANY},
                 {"2024-01", MW_DATE_YMD},
                 {"Jan 2024", ANY},
                 {"", 0},
                 {"2024", 0},
                 {"2024.5", 0},
                 {"2011.75", 0},
                 {"12345678", 0},
                 {"2024-02-30", 0},
                 {"2023-02-29", 0},
                 {"13/13/2024", 0},
                 {"1/2/3", 0},
                 {"Jan 24", 0},
                 {"1 Jan Feb 2024", 0},
                 {"1,234,567", 0},
                 {"192.168.10.1", 0},
                 {"2024-01-31 noon", 0},
                 {"hello there", 0},
                 {"2024-01-31-05", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cr_expect_eq(mw_date_orders(mw_span(cases[i].text)), cases[i].orders, "\"%s\" allows %u, want %u",
                     cases[i].text, mw_date_orders(mw_span(cases[i].text)), cases[i].orders);
    }
}

Test(date, is_read_under_an_order)
{
    static const struct {
        const char *text;
        enum mw_date_order order;
        struct mw_civil want;
    } cases[] = {{"4/5/2024", MW_DATE_MDY, {2024, 4, 5}},    {"4/5/2024", MW_DATE_DMY, {2024, 5, 4}},
                 {"1/3/68", MW_DATE_MDY, {2068, 1, 3}},      {"1/3/69", MW_DATE_MDY, {1969, 1, 3}},
                 {"2-Jan-24", MW_DATE_MDY, {2024, 1, 2}},    {"Dez 24, 2023", MW_DATE_YMD, {2023, 12, 24}},
                 {"Sept 3 2024", MW_DATE_YMD, {2024, 9, 3}}, {"2024-07", MW_DATE_YMD, {2024, 7, 1}},
                 {"20240229", MW_DATE_YMD, {2024, 2, 29}},   {"3 enero 2024", MW_DATE_DMY, {2024, 1, 3}}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        mw_date got = 0;
        cr_expect(mw_date_read(mw_span(cases[i].text), cases[i].order, &got), "%s", cases[i].text);
        cr_expect_eq(got, mw_date_from_civil(cases[i].want), "%s", cases[i].text);
    }
    mw_date none = 0;
    cr_expect(!mw_date_read(mw_span("31/1/2024"), MW_DATE_MDY, &none));
    cr_expect_eq(none, MW_DATE_NONE);
}

Test(date, every_day_of_four_years_survives_each_form)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const mw_date first = mw_date_from_civil((struct mw_civil){2023, 1, 1});
    for (mw_date d = first; d < first + 1461; d++) {
        const struct mw_civil c = mw_date_to_civil(d);
        char texts[5][40];
        const enum mw_date_order orders[5] = {MW_DATE_YMD, MW_DATE_MDY, MW_DATE_DMY, MW_DATE_DMY,
                                              MW_DATE_YMD};
        snprintf(texts[0], sizeof texts[0], "%d-%02d-%02d", c.year, c.month, c.day);
        snprintf(texts[1], sizeof texts[1], "%d/%d/%02d", c.month, c.day, c.year % 100);
        snprintf(texts[2], sizeof texts[2], "%d.%d.%d", c.day, c.month, c.year);
        snprintf(texts[3], sizeof texts[3], "%d %s %d", c.day, months[c.month - 1], c.year);
        snprintf(texts[4], sizeof texts[4], "%04d%02d%02d 00:00", c.year, c.month, c.day);
        for (size_t i = 0; i < 5; i++) {
            mw_date got = 0;
            cr_assert(mw_date_read(mw_span(texts[i]), orders[i], &got), "%s", texts[i]);
            cr_assert_eq(got, d, "%s", texts[i]);
        }
    }
}

Test(date, an_order_is_decided_by_what_all_cells_leave)
{
    cr_expect_eq(mw_date_order_decide(ANY), MW_DATE_YMD);
    cr_expect_eq(mw_date_order_decide(MW_DATE_MDY), MW_DATE_MDY);
    cr_expect_eq(mw_date_order_decide(MW_DATE_DMY), MW_DATE_DMY);
    cr_expect_eq(mw_date_order_decide(EITHER), MW_DATE_NO_ORDER);
    cr_expect_eq(mw_date_order_decide(0), MW_DATE_NO_ORDER);
    cr_expect_eq(mw_date_order_of(mw_span("dmy")), MW_DATE_DMY);
    cr_expect_eq(mw_date_order_of(mw_span("dym")), MW_DATE_NO_ORDER);
    cr_expect(mw_date_is_month(mw_span("2024-05")) && !mw_date_is_month(mw_span("2024-05-01")));
}

Test(dates, sorting_drops_repeats_and_what_is_none)
{
    mw_date dates[] = {5, MW_DATE_NONE, 3, 5, 3, 9};
    cr_assert_eq(mw_dates_sort(dates, 6), 3);
    cr_expect(dates[0] == 3 && dates[1] == 5 && dates[2] == 9);
}

Test(dates, the_commonest_gap_is_the_grid)
{
    cr_expect_eq(mw_dates_spacing((mw_date[]){0, 1, 2, 9, 10}, 5), MW_SPACING_DAY);
    cr_expect_eq(mw_dates_spacing((mw_date[]){0, 7, 14, 15, 21, 28}, 6), MW_SPACING_WEEK);
    cr_expect_eq(mw_dates_spacing((mw_date[]){0, 31, 59, 90}, 4), MW_SPACING_MONTH);
    cr_expect_eq(mw_dates_spacing((mw_date[]){0, 365, 730}, 3), MW_SPACING_MONTH);
    cr_expect_eq(mw_dates_spacing((mw_date[]){4}, 1), MW_SPACING_DAY);
}
