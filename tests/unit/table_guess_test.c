// SPDX-License-Identifier: Apache-2.0
#include "table_text.h"

#include "mw_vocabulary.h"
#include <criterion/criterion.h>
#include <stdlib.h>

/* ---- data sets that people know: read without help --------------------------------------------------------- */

struct expected_role {
    const char *column;
    enum mw_role role;
    const char *name;
};

static struct table_load guess_shared(const char *file)
{
    char path[4096];
    struct table_load l = {.csv = NULL};
    if (table_shared(file, path) == NULL) {
        cr_skip_test("data set %s is absent: set MW_SHARED", file);
    }
    cr_assert_eq(mw_csv_read(path, NULL, &l.csv, &l.err), MW_OK, "%s", l.err.text);
    if (mw_table_guess(l.csv, NULL, mw_span("demo"), &l.guess, &l.err) == MW_OK) {
        cr_expect_eq(mw_table_open(l.guess, &l.table, &l.err), MW_OK, "%s", l.err.text);
    }
    return l;
}

static void expect_roles(const struct table_load *l, const struct expected_role *want, size_t n)
{
    cr_assert_eq(l->csv->n_columns, n);
    for (size_t i = 0; i < n; i++) {
        const size_t c = mw_csv_column(l->csv, mw_span(want[i].column));
        cr_expect_eq(table_role(l, want[i].column), want[i].role, "%s is %s, want %s", want[i].column,
                     mw_role_name(table_role(l, want[i].column)), mw_role_name(want[i].role));
        cr_expect(want[i].name == NULL || mw_span_is(l->guess->columns[c].name, want[i].name),
                  "%s is called " MW_SPAN_FMT, want[i].column, MW_SPAN_ARG(l->guess->columns[c].name));
    }
}

static int memory_of(const struct mw_tenant *t, const char *channel)
{
    for (size_t i = 0; i < t->n_channels; i++) {
        if (mw_span_is(t->channels[i].channel, channel)) {
            return t->channels[i].memory;
        }
    }
    return -1;
}

Test(guess, reads_the_robyn_demo_table)
{
    static const struct expected_role want[] = {{"DATE", MW_ROLE_DATE, NULL},
                                                {"revenue", MW_ROLE_OUTCOME, "revenue"},
                                                {"tv_S", MW_ROLE_SPEND, "tv"},
                                                {"ooh_S", MW_ROLE_SPEND, "ooh"},
                                                {"print_S", MW_ROLE_SPEND, "print"},
                                                {"facebook_I", MW_ROLE_IGNORED, NULL},
                                                {"search_clicks_P", MW_ROLE_IGNORED, NULL},
                                                {"search_S", MW_ROLE_SPEND, "search"},
                                                {"competitor_sales_B", MW_ROLE_CONTROL, NULL},
                                                {"facebook_S", MW_ROLE_SPEND, "facebook"},
                                                {"events", MW_ROLE_EVENT, "events"},
                                                {"newsletter", MW_ROLE_IGNORED, NULL}};
    struct table_load l = guess_shared("robyn-simulated-weekly/dt_simulated_weekly.csv");
    expect_roles(&l, want, sizeof want / sizeof want[0]);
    const struct mw_tenant *t = &l.table->tenant;
    cr_expect_eq(t->grid, MW_GRID_WEEK);
    cr_expect_eq(t->outcome.kind, MW_OUTCOME_REVENUE);
    cr_expect_eq(memory_of(t, "tv"), MW_MEMORY_BRAND);
    cr_expect_eq(memory_of(t, "ooh"), MW_MEMORY_BRAND);
    cr_expect_eq(memory_of(t, "print"), MW_MEMORY_BRAND);
    cr_expect_eq(memory_of(t, "search"), MW_MEMORY_SHORT);
    cr_expect_eq(memory_of(t, "facebook"), MW_MEMORY_SHORT);
    cr_expect_eq(l.table->n_periods, 208);
    /* reference/nuts: the event is there in rows 130 and 178 only */
    double events = 0.0;
    for (size_t i = 0; i < 208; i++) {
        events += mw_table_period(l.table, i).factors[1];
    }
    cr_expect_eq(events, 2.0);
    cr_expect_eq(mw_table_period(l.table, 130).factors[1], 1.0);
    cr_expect_eq(mw_table_period(l.table, 178).factors[1], 1.0);
    table_load_close(&l);
}

Test(guess, reads_the_pymc_example_and_marks_its_media_as_assumed)
{
    static const struct expected_role want[] = {
        {"date_week", MW_ROLE_DATE, NULL},    {"y", MW_ROLE_OUTCOME, "y"},
        {"x1", MW_ROLE_SPEND, "x1"},          {"x2", MW_ROLE_SPEND, "x2"},
        {"event_1", MW_ROLE_EVENT, NULL},     {"event_2", MW_ROLE_EVENT, NULL},
        {"dayofyear", MW_ROLE_IGNORED, NULL}, {"t", MW_ROLE_IGNORED, NULL}};
    struct table_load l = guess_shared("pymc-mmm-example/mmm_example.csv");
    expect_roles(&l, want, sizeof want / sizeof want[0]);
    cr_expect(l.guess->columns[2].assumed);
    cr_expect_eq(l.table->tenant.outcome.kind, MW_OUTCOME_OTHER);
    cr_expect_eq(l.table->first, mw_date_from_civil((struct mw_civil){2018, 4, 2}));
    cr_expect_eq(l.table->n_periods, 179);
    table_load_close(&l);
}

Test(guess, reads_the_simulated_daily_table)
{
    static const struct expected_role want[] = {
        {"date", MW_ROLE_DATE, NULL},           {"revenue", MW_ROLE_OUTCOME, NULL},
        {"search", MW_ROLE_SPEND, "search"},    {"social", MW_ROLE_SPEND, NULL},
        {"video", MW_ROLE_SPEND, NULL},         {"tv", MW_ROLE_SPEND, NULL},
        {"display", MW_ROLE_SPEND, NULL},       {"affiliate", MW_ROLE_SPEND, NULL},
        {"price_index", MW_ROLE_CONTROL, NULL}, {"holiday", MW_ROLE_EVENT, NULL}};
    struct table_load l = guess_shared("simulated-daily/simulated_daily.csv");
    expect_roles(&l, want, sizeof want / sizeof want[0]);
    cr_expect_eq(l.table->tenant.grid, MW_GRID_DAY);
    cr_expect_eq(l.table->n_periods, 730);
    table_load_close(&l);
}

/* Promo has no 0/1 form here but a depth, and promotions move sales: a person would expect it among the controls. The
 * reference posterior leaves it out, which a table file can do with "ignored". */
Test(guess, multiplies_conversions_by_their_value)
{
    struct table_load l = guess_shared("meridian-simulated/national_all_channels.csv");
    cr_expect_eq(table_role(&l, "conversions"), MW_ROLE_OUTCOME);
    cr_expect_eq(table_role(&l, "revenue_per_conversion"), MW_ROLE_TIMES);
    cr_expect_eq(table_role(&l, "Organic_channel0_impression"), MW_ROLE_IGNORED);
    cr_expect_eq(table_role(&l, "Promo"), MW_ROLE_CONTROL);
    cr_expect_eq(l.table->tenant.n_channels, 5);
    cr_expect_eq(l.table->tenant.n_controls, 3);
    cr_expect_eq(l.table->tenant.outcome.kind, MW_OUTCOME_REVENUE);
    double sum = 0.0;
    for (size_t i = 0; i < l.table->n_periods; i++) {
        sum += mw_table_outcome(l.table, i);
    }
    cr_expect(sum / 156.0 > 8453320.552 && sum / 156.0 < 8453320.553,
              "s_y of the reference is 8453320.55209996, got %.10g", sum / 156.0);
    table_load_close(&l);
}

Test(guess, sums_places_per_date_and_averages_their_controls)
{
    struct table_load l = guess_shared("meridian-simulated/geo_all_channels.csv");
    struct table_load national = guess_shared("meridian-simulated/national_all_channels.csv");
    cr_assert_eq(l.table->source.n_geos, 40);
    cr_assert_eq(l.table->n_periods, 156);
    for (size_t i = 0; i < 156; i++) {
        const double got = mw_table_spend(l.table, i, 0), want = mw_table_spend(national.table, i, 0);
        cr_expect(got > want * 0.999999 && got < want * 1.000001, "%zu: %.10g %.10g", i, got, want);
    }
    double sum = 0.0; /* rows run place by place, 156 weeks each */
    for (size_t g = 0; g < 40; g++) {
        const struct mw_span cell =
            mw_csv_cell(l.csv, g * 156 + 7, mw_csv_column(l.csv, mw_span("competitor_sales_control")));
        sum += strtod(cell.data, NULL);
    }
    const double mean = mw_table_period(l.table, 7).factors[0];
    cr_expect(mean > sum / 40 - 1e-12 && mean < sum / 40 + 1e-12, "%.15g, want %.15g", mean, sum / 40);
    table_load_close(&l);
    table_load_close(&national);
}

Test(guess, refuses_tables_that_are_not_spend_tables)
{
    static const struct {
        const char *file, *part;
    } cases[] = {{"geolift-walkthrough/GeoLift_PreTest.csv", "no column looks like spend"},
                 {"prop99-synthdid/california_prop99.csv", "no column holds dates"},
                 {"orbit-iclaims/iclaims_example.csv", "no column looks like the outcome"},
                 {"causalimpact-toy/causalimpact_toy.csv", "no column holds dates"},
                 {"confseq-ate/ate_data.csv", "no column holds dates"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct table_load l = guess_shared(cases[i].file);
        cr_expect_eq(l.err.status, MW_E_DATA);
        cr_expect(strstr(l.err.text, cases[i].part) != NULL, "%s", l.err.text);
        table_load_close(&l);
    }
}

/* ---- names in other words ---------------------------------------------------------------------------------- */

static struct table_load load_header(const char *header)
{
    struct table_load l;
    char *text = table_text(&(struct table_text){.header = header, .n_rows = 110, .days = 7});
    (void)table_load(text, NULL, &l);
    free(text);
    return l;
}

Test(guess, knows_names_in_several_languages)
{
    static const struct {
        const char *header, *column;
        enum mw_role role;
    } cases[] = {{"date,Umsatz,TV Kosten,Facebook Ausgaben", "Umsatz", MW_ROLE_OUTCOME},
                 {"date,Umsatz,TV Kosten,Facebook Ausgaben", "TV Kosten", MW_ROLE_SPEND},
                 {"date,ventes,coût radio", "coût radio", MW_ROLE_SPEND},
                 {"date,ingresos,gasto_tv,inversión display", "inversión display", MW_ROLE_SPEND},
                 {"date,orders,FacebookSpend,GoogleAdsSpend", "GoogleAdsSpend", MW_ROLE_SPEND},
                 {"date,sales,spend_tv,spend_search", "spend_tv", MW_ROLE_SPEND},
                 {"date,sales,tv_cost,Out of Home", "Out of Home", MW_ROLE_SPEND},
                 {"date,sales,tv,tv_clicks", "tv_clicks", MW_ROLE_IGNORED},
                 {"date,sales,tv,facebook_conversions", "facebook_conversions", MW_ROLE_IGNORED},
                 {"date,sales,tv,competitor_spend", "competitor_spend", MW_ROLE_CONTROL},
                 {"date,sales,tv,mean_temperature", "mean_temperature", MW_ROLE_CONTROL},
                 {"date,sales,tv,cpm", "cpm", MW_ROLE_IGNORED},
                 {"date,sales,tv,event_x", "event_x", MW_ROLE_EVENT},
                 {"date,sales,tv,foo", "foo", MW_ROLE_IGNORED},
                 {"date,sales,tv,x1", "x1", MW_ROLE_IGNORED},
                 {"date,sales,tv_spend,radio_spend,total_spend", "total_spend", MW_ROLE_IGNORED},
                 {"date,sales,facebook,facebook_spend", "facebook", MW_ROLE_IGNORED}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct table_load l = load_header(cases[i].header);
        cr_expect_eq(table_role(&l, cases[i].column), cases[i].role, "%s in %s is %s", cases[i].column,
                     cases[i].header, mw_role_name(table_role(&l, cases[i].column)));
        table_load_close(&l);
    }
}

Test(guess, names_channels_by_what_is_left_of_the_column)
{
    static const struct {
        const char *column, *name;
    } cases[] = {{"tv_S", "tv"},
                 {"spend_tv", "tv"},
                 {"Cost (EUR) Facebook", "Facebook"},
                 {"TVSpend", "TV"},
                 {"Kosten", "media"},
                 {"Display – Kosten", "Display"},
                 {"Channel0_spend", "Channel0"}};
    struct mw_arena arena = {0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct mw_span got = mw_words_name(&arena, mw_span(cases[i].column), MW_WORD_SPEND, "media");
        cr_expect(mw_span_is(got, cases[i].name), "%s: " MW_SPAN_FMT, cases[i].column, MW_SPAN_ARG(got));
    }
    mw_arena_fini(&arena);
}

Test(guess, two_columns_of_one_name_get_two_channels)
{
    struct table_load l = load_header("date,sales,tv spend,spend-tv");
    cr_assert_not_null(l.table, "%s", l.err.text);
    cr_expect(mw_span_is(l.table->tenant.channels[0].channel, "tv"));
    cr_expect(mw_span_is(l.table->tenant.channels[1].channel, "tv_2"));
    table_load_close(&l);
}

Test(guess, search_for_a_brand_has_a_short_memory)
{
    struct table_load l = load_header("date,sales,brand_search_spend,branding_spend");
    cr_assert_not_null(l.table, "%s", l.err.text);
    cr_expect_eq(l.table->tenant.channels[0].memory, MW_MEMORY_SHORT);
    cr_expect_eq(l.table->tenant.channels[1].memory, MW_MEMORY_BRAND);
    table_load_close(&l);
}

Test(guess, open_questions_are_refused_with_a_line_to_write)
{
    static const struct {
        const char *header, *part;
    } cases[] = {{"date,revenue,sales,tv", "{\"outcome\":{\"column\":\"revenue\",\"kind\":\"revenue\"}}"},
                 {"date,foo,tv", "no column looks like the outcome"},
                 {"date,sales,foo", "no column looks like spend"},
                 {"foo,sales,tv", "no column holds dates"},
                 {"date,sales_usd,tv_spend_eur", "convert them to one currency"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct table_load l = load_header(cases[i].header);
        cr_expect_eq(l.err.status, MW_E_DATA, "%s", cases[i].header);
        cr_expect(strstr(l.err.text, cases[i].part) != NULL, "%s", l.err.text);
        table_load_close(&l);
    }
}

/* ---- what the table file says ------------------------------------------------------------------------------ */

static char *plain_table(const char *header)
{
    return table_text(&(struct table_text){.header = header, .n_rows = 110, .days = 7});
}

Test(guess, a_table_file_without_channels_only_answers_its_question)
{
    char *text = plain_table("date,revenue,sales,tv,foo");
    struct mw_tenant given = table_given();
    given.outcome.column = mw_span("sales");
    struct table_load l;
    cr_assert_eq(table_load(text, &given, &l), MW_OK, "%s", l.err.text);
    cr_expect_eq(table_role(&l, "sales"), MW_ROLE_OUTCOME);
    cr_expect_eq(table_role(&l, "revenue"), MW_ROLE_IGNORED);
    cr_expect_eq(table_role(&l, "tv"), MW_ROLE_SPEND);
    cr_expect(mw_span_is(l.table->tenant.outcome.name, "sales"));
    table_load_close(&l);
    free(text);
}

Test(guess, a_table_file_with_channels_is_complete)
{
    char *text = plain_table("date,revenue,sales,tv,foo,radio");
    const struct mw_tenant_channel channels[] = {{.column = mw_span("foo"), .channel = mw_span("my-foo")}};
    struct mw_tenant given = table_given();
    given.outcome =
        (struct mw_tenant_outcome){.column = mw_span("sales"), .name = mw_span("net"), .margin = 0.5};
    given.channels = channels;
    given.n_channels = 1;
    struct table_load l;
    cr_assert_eq(table_load(text, &given, &l), MW_OK, "%s", l.err.text);
    const struct mw_tenant *t = &l.table->tenant;
    cr_expect_eq(t->n_channels, 1);
    cr_expect(mw_span_is(t->channels[0].channel, "my-foo"));
    cr_expect(mw_span_is(t->outcome.name, "net"));
    cr_expect_eq(t->outcome.margin, 0.5);
    cr_expect_eq(table_role(&l, "radio"), MW_ROLE_IGNORED);
    table_load_close(&l);
    free(text);
}

Test(guess, a_table_file_that_does_not_fit_is_refused)
{
    char *text = plain_table("date,sales,tv");
    struct table_load l;
    struct mw_tenant given = table_given();
    given.outcome.column = mw_span("profit");
    cr_expect_eq(table_load(text, &given, &l), MW_E_DATA);
    cr_expect(strstr(l.err.text, "\"profit\", which is not there; the columns are date, sales, tv") != NULL,
              "%s", l.err.text);
    table_load_close(&l);
    given.outcome.column = mw_span("sales");
    given.outcome.times = mw_span("sales");
    cr_expect_eq(table_load(text, &given, &l), MW_E_DATA);
    cr_expect(strstr(l.err.text, "for two things") != NULL, "%s", l.err.text);
    table_load_close(&l);
    free(text);
}

/* ---- dates, decimals, currencies --------------------------------------------------------------------------- */

Test(guess, an_open_order_of_dates_is_refused_and_a_format_settles_it)
{
    static const char text[] = "date,sales,tv\n1/2/2024,1,2\n2/2/2024,3,4\n3/2/2024,5,6\n";
    struct table_load l;
    cr_expect_eq(table_load(text, NULL, &l), MW_E_DATA);
    cr_expect(strstr(l.err.text, "{\"date\":{\"column\":\"date\",\"format\":\"mdy\"}} (or \"dmy\")") != NULL,
              "%s", l.err.text);
    table_load_close(&l);
    struct mw_tenant given = table_given();
    given.date = (struct mw_column){mw_span("date"), mw_span("dmy")};
    (void)table_load(text, &given, &l);
    cr_assert_not_null(l.guess, "%s", l.err.text);
    cr_expect_eq(l.guess->dates[1], mw_date_from_civil((struct mw_civil){2024, 2, 2}));
    cr_expect_eq(l.guess->tenant.grid, MW_GRID_DAY);
    table_load_close(&l);
}

Test(guess, dates_of_two_forms_are_refused_where_the_second_begins)
{
    struct table_load l;
    cr_expect_eq(table_load("date,sales,tv\n2024-01-01,1,2\n2024-01-02,1,2\n3/1/2024,1,2\n", NULL, &l),
                 MW_E_DATA);
    cr_expect(strstr(l.err.text, "t.csv: row 4, column \"date\": \"3/1/2024\" is not a date in the form") !=
                  NULL,
              "%s", l.err.text);
    table_load_close(&l);
}

Test(guess, months_are_refused_with_the_reason)
{
    struct table_load l;
    cr_expect_eq(table_load("month,sales,tv\n2024-01,1,2\n2024-02,3,4\n2024-03,5,6\n", NULL, &l), MW_E_DATA);
    cr_expect(strstr(l.err.text, "MIS-01") != NULL, "%s", l.err.text);
    table_load_close(&l);
}

Test(guess, an_open_decimal_sign_is_refused_and_the_table_file_settles_it)
{
    static const char text[] = "date;sales;tv\n2024-01-01;1.234;5\n2024-01-02;2.345;6\n";
    struct table_load l;
    cr_expect_eq(table_load(text, NULL, &l), MW_E_DATA);
    cr_expect(strstr(l.err.text, "column \"sales\": '.' may be the decimal sign or part thousands") != NULL,
              "%s", l.err.text);
    table_load_close(&l);
    struct mw_tenant given = table_given();
    given.decimal = mw_span(",");
    (void)table_load(text, &given, &l);
    cr_assert_not_null(l.guess, "%s", l.err.text);
    cr_expect_eq(l.guess->profiles[1].max, 2345.0);
    table_load_close(&l);
}

Test(guess, two_currencies_in_one_column_are_refused_at_the_row)
{
    struct table_load l;
    cr_expect_eq(table_load("date,sales,tv\n2024-01-01,1,$2\n2024-01-02,3,€4\n", NULL, &l), MW_E_DATA);
    cr_expect(strstr(l.err.text, "row 3, column \"tv\": \"€4\" is not in the currency") != NULL, "%s",
              l.err.text);
    table_load_close(&l);
    struct mw_tenant given = table_given();
    given.currency = mw_span("CAD");
    (void)table_load("date,sales,tv\n2024-01-01,1,$2\n2024-01-02,3,$4\n", &given, &l);
    cr_assert_not_null(l.guess, "%s", l.err.text);
    cr_expect(mw_span_is(l.guess->tenant.currency, "CAD"));
    table_load_close(&l);
}

Test(guess, several_date_columns_are_settled_by_name_or_refused)
{
    struct table_load l;
    (void)table_load("other,date,sales,tv\n2024-01-02,2024-01-01,1,2\n2024-01-03,2024-01-02,3,4\n", NULL, &l);
    cr_expect_eq(table_role(&l, "date"), MW_ROLE_DATE);
    cr_expect_eq(table_role(&l, "other"), MW_ROLE_IGNORED);
    table_load_close(&l);
    cr_expect_eq(table_load("a,b,sales,tv\n2024-01-02,2024-01-01,1,2\n2024-01-03,2024-01-02,3,4\n", NULL, &l),
                 MW_E_DATA);
    cr_expect(strstr(l.err.text, "2 columns may be the date") != NULL, "%s", l.err.text);
    table_load_close(&l);
}

Test(guess, functions_of_the_date_are_known_by_content)
{
    static const struct {
        const char *name, *why;
    } columns[] = {{"a", "the month"},       {"b", "the week of the year"}, {"c", "the day of the week"},
                   {"d", "a count of days"}, {"e", "the weekend"},          {"f", "the year"}};
    struct mw_arena arena = {0};
    struct mw_span text = mw_arena_printf(&arena, "date,sales,tv,a,b,c,d,e,f\n");
    for (mw_date d = 19700; d < 20200; d++) {
        const struct mw_civil c = mw_date_to_civil(d);
        const int yearday = d - mw_date_from_civil((struct mw_civil){c.year, 1, 1});
        text = mw_arena_printf(&arena, MW_SPAN_FMT "%d-%02d-%02d,%d.5,%d.5,%d,%d,%d,%d,%d,%d\n",
                               MW_SPAN_ARG(text), c.year, c.month, c.day, d * 7919 % 1000, d * 104729 % 1000,
                               c.month, yearday / 7 + 1, mw_date_weekday(d) + 1, d - 19700,
                               mw_date_weekday(d) >= 5, c.year);
    }
    struct table_load l;
    cr_assert_eq(table_load(text.data, NULL, &l), MW_OK, "%s", l.err.text);
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        const size_t c = mw_csv_column(l.csv, mw_span(columns[i].name));
        cr_expect_eq(l.guess->columns[c].role, MW_ROLE_IGNORED, "%s", columns[i].name);
        cr_expect(strstr(l.guess->columns[c].why, columns[i].why) != NULL, "%s: %s", columns[i].name,
                  l.guess->columns[c].why);
    }
    table_load_close(&l);
    mw_arena_fini(&arena);
}

Test(guess, prints_a_table_with_a_line_per_column)
{
    struct table_load l = load_header("date,sales,tv_cost,foo");
    struct mw_writer out = {0};
    mw_table_guess_print(l.guess, &out);
    mw_write_u8(&out, 0);
    cr_expect_str_eq(out.data, "t.csv: 110 rows, by week; outcome sales (revenue); money in USD (assumed)\n"
                               "  column   is       because\n"
                               "  date     date     every cell is a date\n"
                               "  sales    outcome  an outcome by its name\n"
                               "  tv_cost  spend    channel tv, brand memory: spend by its name\n"
                               "  foo      ignored  its name says nothing: list it to use it\n");
    mw_writer_fini(&out);
    table_load_close(&l);
}

Test(guess, memory_that_runs_out_is_a_status)
{
    char *text = plain_table("date,sales,tv,event_1,price");
    struct mw_csv *csv = NULL;
    cr_assert_eq(mw_csv_parse("t.csv", mw_span(text), NULL, &csv, NULL), MW_OK);
    size_t n = 1;
    for (;; n++) {
        struct mw_table_guess *guess = NULL;
        mw_arena_fail_after(n);
        const enum mw_status status = mw_table_guess(csv, NULL, mw_span("demo"), &guess, NULL);
        mw_arena_fail_after(0);
        mw_table_guess_close(&guess);
        if (status == MW_OK) {
            break;
        }
        cr_assert_eq(status, MW_E_MEMORY, "allocation %zu", n);
    }
    cr_expect_gt(n, 8);
    mw_csv_close(&csv);
    free(text);
}
