// SPDX-License-Identifier: Apache-2.0
#include "mw_number.h"

#include "mw_expect.h"

#define P MW_DECIMAL_POINT
#define C MW_DECIMAL_COMMA

static const struct good {
    const char *text;
    enum mw_decimal decimal;
    double value;
    const char *currency;
} goods[] = {
    {"0", P, 0, ""},
    {"  42 ", P, 42, ""},
    {"1234.5", P, 1234.5, ""},
    {"1,234.5", P, 1234.5, ""},
    {"1,234,567", P, 1234567, ""},
    {"12,34,567.5", P, 1234567.5, ""},
    {"1234,5", C, 1234.5, ""},
    {"1.234,5", C, 1234.5, ""},
    {"1.234.567", C, 1234567, ""},
    {"1 234,5", C, 1234.5, ""},
    {"1\xc2\xa0"
     "234,5",
     C, 1234.5, ""},
    {"1\xe2\x80\xaf"
     "234\xe2\x80\xaf"
     "567",
     C, 1234567, ""},
    {"1'234.50", P, 1234.5, ""},
    {"1\xe2\x80\x99"
     "234.50",
     P, 1234.5, ""},
    {".5", P, 0.5, ""},
    {",5", C, 0.5, ""},
    {"5.", P, 5, ""},
    {"1e3", P, 1000, ""},
    {"1.5E-2", P, 0.015, ""},
    {"-5", P, -5, ""},
    {"5-", P, -5, ""},
    {"+5", P, 5, ""},
    {"\xe2\x88\x92"
     "5",
     P, -5, ""},
    {"(1,234.50)", P, -1234.5, ""},
    {"($1,234.50)", P, -1234.5, "$"},
    {"-$5", P, -5, "$"},
    {"$-5", P, -5, "$"},
    {"$ 1,234", P, 1234, "$"},
    {"1.234,50 €", C, 1234.5, "EUR"},
    {"€1.234,50", C, 1234.5, "EUR"},
    {"EUR 12", P, 12, "EUR"},
    {"12 USD", P, 12, "USD"},
    {"12USD", P, 12, "USD"},
    {"£5", P, 5, "GBP"},
    {"CHF 1'000.00", P, 1000, "CHF"},
    {"1 000 kr", P, 1000, "kr"},
    {"1 000,50 kr.", C, 1000.5, "kr"},
    {"12 zł", P, 12, "PLN"},
    {"CA$5", P, 5, "CAD"},
    {"12.5%", P, 0.125, ""},
    {"-3 %", P, -0.03, ""},
};

Test(number, is_read_as_people_write_it)
{
    for (const struct good *c = goods; c < goods + sizeof goods / sizeof goods[0]; c++) {
        struct mw_number n;
        struct mw_error err = {0};
        cr_expect_eq(mw_number_parse(mw_span(c->text), c->decimal, &n, &err), MW_OK, "%s: %s", c->text,
                     err.text);
        cr_expect(!n.missing, "%s", c->text);
        cr_expect(mw_is_close(n.value, c->value, 1e-15, 0), "%s is %.17g", c->text, n.value);
        cr_expect(mw_span_is(n.currency, c->currency), "%s has " MW_SPAN_FMT, c->text,
                  MW_SPAN_ARG(n.currency));
        cr_expect_eq(n.percent, strchr(c->text, '%') != NULL, "%s", c->text);
    }
}

Test(number, what_is_no_number_is_refused)
{
    static const struct {
        const char *text;
        enum mw_decimal decimal;
    } bad[] = {{"abc", P},    {"1.2.3", P},        {"1,23", P},       {"12,3456", P},    {"1,234,56", P},
               {"1.5", C},    {"1234,567,890", P}, {"--5", P},        {"-(5)", P},       {"5 5", P},
               {"$5€", P},    {"1,2 345", P},      {"inf", P},        {"0x10", P},       {"1e99999", P},
               {"1e999", P},  {"()", P},           {"$", P},          {"%", P},          {"1,", P},
               {"+-5", P},    {"1 234.567 8", P},  {"2024-01-01", P}, {"12 monkeys", P}, {"5%%", P},
               {"1' '234", P}};
    struct mw_number n;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct mw_error err = {0};
        cr_expect_eq(mw_number_parse(mw_span(bad[i].text), bad[i].decimal, &n, &err), MW_E_DATA, "%s",
                     bad[i].text);
        cr_expect(err.text[0] == '"', "%s", err.text);
    }
}

Test(number, digits_without_end_are_refused)
{
    char text[1001];
    struct mw_number n;
    memset(text, '7', sizeof text);
    cr_expect_eq(mw_number_parse((struct mw_span){text, 1000}, P, &n, NULL), MW_E_DATA);
}

Test(number, missing_has_many_names)
{
    static const char *const texts[] = {"",     "  ",   "-", "n/a",          "NA",  "NaN",
                                        "null", "#N/A", ".", "\xe2\x80\x94", "None"};
    struct mw_number n;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        cr_expect_eq(mw_number_parse(mw_span(texts[i]), P, &n, NULL), MW_OK, "%s", texts[i]);
        cr_expect(n.missing && isnan(n.value), "%s", texts[i]);
    }
}

static enum mw_decimal_verdict verdict(const char *const column[], const char *const file[])
{
    struct mw_decimal_vote a = {0}, b = {0};
    for (; *column != NULL; column++) {
        mw_decimal_vote(&a, mw_span(*column));
    }
    for (; *file != NULL; file++) {
        mw_decimal_vote(&b, mw_span(*file));
    }
    mw_decimal_vote_add(&b, &a);
    return mw_decimal_decide(&a, &b);
}

#define COLUMN(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NO_CELLS    ((const char *const[]){NULL})

Test(decimal, the_column_decides_first)
{
    cr_expect_eq(verdict(COLUMN("1.234", "12.5"), COLUMN("1,5")), MW_DECIMAL_IS_POINT);
    cr_expect_eq(verdict(COLUMN("1,234", "12,5"), COLUMN("1.5")), MW_DECIMAL_IS_COMMA);
    cr_expect_eq(verdict(COLUMN("1.234.567"), NO_CELLS), MW_DECIMAL_IS_COMMA);
    cr_expect_eq(verdict(COLUMN("1,234,567"), NO_CELLS), MW_DECIMAL_IS_POINT);
    cr_expect_eq(verdict(COLUMN("1.234,56"), NO_CELLS), MW_DECIMAL_IS_COMMA);
    cr_expect_eq(verdict(COLUMN("0.123"), NO_CELLS), MW_DECIMAL_IS_POINT);
    cr_expect_eq(verdict(COLUMN("1234.567"), NO_CELLS), MW_DECIMAL_IS_POINT);
    cr_expect_eq(verdict(COLUMN("1 234,567"), NO_CELLS), MW_DECIMAL_IS_COMMA);
    cr_expect_eq(verdict(COLUMN("$1,234.00"), NO_CELLS), MW_DECIMAL_IS_POINT);
}

Test(decimal, then_the_file_and_without_signs_it_does_not_matter)
{
    cr_expect_eq(verdict(COLUMN("1.234"), COLUMN("12,5")), MW_DECIMAL_IS_COMMA);
    cr_expect_eq(verdict(COLUMN("1,234"), COLUMN("12.5")), MW_DECIMAL_IS_POINT);
    cr_expect_eq(verdict(COLUMN("17", "abc"), COLUMN("12,5")), MW_DECIMAL_IS_POINT);
}

Test(decimal, what_has_two_readings_is_not_decided)
{
    cr_expect_eq(verdict(COLUMN("1.234", "987"), NO_CELLS), MW_DECIMAL_AMBIGUOUS);
    cr_expect_eq(verdict(COLUMN("1,234"), COLUMN("12.5", "12,5")), MW_DECIMAL_AMBIGUOUS);
    cr_expect_eq(verdict(COLUMN("12.5", "12,5"), NO_CELLS), MW_DECIMAL_MIXED);
}

Test(currency, signs_agree_with_their_codes)
{
    cr_expect(mw_currency_agrees(mw_span("$"), mw_span("CAD")));
    cr_expect(mw_currency_agrees(mw_span("NOK"), mw_span("kr")));
    cr_expect(mw_currency_agrees(mw_span(""), mw_span("EUR")));
    cr_expect(!mw_currency_agrees(mw_span("$"), mw_span("EUR")));
    cr_expect(!mw_currency_agrees(mw_span("USD"), mw_span("CAD")));
    cr_expect(mw_span_is(mw_currency_assume(mw_span("$")), "USD"));
    cr_expect(mw_span_is(mw_currency_assume(mw_span("kr")), "SEK"));
    cr_expect(mw_span_is(mw_currency_assume(mw_span("¥")), "JPY"));
    cr_expect(mw_span_is(mw_currency_assume(mw_span("GBP")), "GBP"));
}
