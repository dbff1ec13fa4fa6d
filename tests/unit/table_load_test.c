// SPDX-License-Identifier: Apache-2.0
#include "table_text.h"

#include "mw_expect.h"
#include "mw_wire.h"
#include <stdlib.h>

static const char header[] = "date,revenue,tv,search,price,event_1";

static struct table_load load_edited(const struct table_edit *edits, size_t n_edits,
                                     const struct mw_tenant *given)
{
    struct table_load l;
    char *text = table_text(
        &(struct table_text){.header = header, .n_rows = 110, .days = 7, .edits = edits, .n_edits = n_edits});
    (void)table_load(text, given, &l);
    free(text);
    return l;
}

static void expect_bad(struct table_edit edit, const char *part)
{
    struct table_load l = load_edited(&edit, 1, NULL);
    cr_expect_eq(l.err.status, MW_E_DATA, "%s = %s", edit.column, edit.text);
    cr_expect(strstr(l.err.text, part) != NULL, "\"%s\" does not say \"%s\"", l.err.text, part);
    table_load_close(&l);
}

/* ---- bad input: file, row, column, what to do -------------------------------------------------------------- */

Test(load, a_bad_cell_is_named_with_row_and_column)
{
    expect_bad((struct table_edit){5, "tv", "abc"}, "t.csv: row 7, column \"tv\": \"abc\" is not a number");
    expect_bad((struct table_edit){5, "tv", "-3"}, "row 7, column \"tv\": spend cannot be negative (-3)");
    expect_bad((struct table_edit){5, "tv", "1e13"}, "row 7, column \"tv\": 1e+13 is larger than 9e+12");
    expect_bad((struct table_edit){5, "tv", ""}, "row 7, column \"tv\": the spend is blank: write 0");
    expect_bad((struct table_edit){5, "price", "n/a"},
               "row 7, column \"price\": a control needs a value on every date");
    expect_bad((struct table_edit){5, "revenue", "many"},
               "row 7, column \"revenue\": \"many\" is not a number");
    expect_bad((struct table_edit){5, "date", ""}, "row 7, column \"date\": the date is blank");
    expect_bad((struct table_edit){5, "date", "2023-02-30"},
               "row 7, column \"date\": \"2023-02-30\" is not a date");
    expect_bad((struct table_edit){5, "date", "2023-01-30"},
               "row 7, column \"date\": \"2023-01-30\" is there already, in row 6");
    expect_bad((struct table_edit){5, "date", "2023-02-07"},
               "row 7, column \"date\": \"2023-02-07\" is 1 days off the weeks");
    expect_bad((struct table_edit){5, "date", NULL},
               "row 7, column \"date\": the week 2023-02-06 has no row (1 missing in all)");
}

Test(load, an_event_column_listed_as_such_takes_only_0_and_1)
{
    const struct table_edit edit = {5, "event_1", "2"};
    const struct mw_tenant_event event = {.column = mw_span("event_1")};
    struct mw_tenant given = table_given();
    given.events = &event;
    given.n_events = 1;
    struct table_load l = load_edited(&edit, 1, &given);
    cr_expect(strstr(l.err.text, "row 7, column \"event_1\": 2 in a column of events") != NULL, "%s",
              l.err.text);
    table_load_close(&l);
}

Test(load, a_channel_that_never_spends_is_refused)
{
    struct table_edit edits[110];
    for (size_t i = 0; i < 110; i++) {
        edits[i] = (struct table_edit){i, "tv", "0"};
    }
    struct table_load l = load_edited(edits, 110, NULL);
    cr_expect(strstr(l.err.text, "column \"tv\": the channel \"tv\" never spends") != NULL, "%s", l.err.text);
    table_load_close(&l);
}

Test(load, an_outcome_that_is_never_there_is_refused)
{
    struct table_edit edits[110];
    for (size_t i = 0; i < 110; i++) {
        edits[i] = (struct table_edit){i, "revenue", i % 2 == 0 ? "0.0" : "0.00"};
    }
    struct table_load l = load_edited(edits, 110, NULL);
    cr_expect_eq(l.err.status, MW_E_DATA);
    table_load_close(&l);
}

Test(load, fewer_rows_than_parameters_are_refused_with_both_numbers)
{
    struct table_load l;
    char *text = table_text(&(struct table_text){.header = header, .n_rows = 18, .days = 7});
    cr_expect_eq(table_load(text, NULL, &l), MW_E_DATA);
    /* intercept, trend, 6 Fourier, price, event_1, 2 x 4, rho, sigma */
    cr_expect(strstr(l.err.text, "18 weeks with an outcome are too few for 20 parameters") != NULL, "%s",
              l.err.text);
    table_load_close(&l);
    free(text);
}

Test(load, a_fixed_baseline_has_fewer_parameters)
{
    const struct mw_tenant_baseline bare = {.trend = false};
    const struct mw_tenant_errors white = {.rho = 0.0};
    struct mw_tenant t = table_given();
    t.grid = MW_GRID_DAY;
    t.n_channels = 3;
    cr_expect_eq(mw_table_n_parameters(&t), 1 + 1 + 6 + 6 + 12 + 2);
    t.baseline = &bare;
    t.errors = &white;
    cr_expect_eq(mw_table_n_parameters(&t), 1 + 12 + 1);
}

Test(load, less_than_a_year_is_a_warning)
{
    struct table_load l;
    char *text = table_text(&(struct table_text){.header = header, .n_rows = 40, .days = 7});
    cr_assert_eq(table_load(text, NULL, &l), MW_OK, "%s", l.err.text);
    cr_assert_eq(l.table->n_warnings, 2);
    cr_expect(strstr(l.table->warnings[0].data, "40 full weeks of history") != NULL &&
              strstr(l.table->warnings[0].data, "MIS-01") != NULL);
    cr_expect(strstr(l.table->warnings[1].data, "USD is assumed") != NULL);
    table_load_close(&l);
    free(text);
}

/* ---- gaps and fills ---------------------------------------------------------------------------------------- */

Test(load, a_blank_outcome_is_a_gap_without_a_record)
{
    const struct table_edit edit = {5, "revenue", ""};
    struct table_load l = load_edited(&edit, 1, NULL);
    cr_assert_not_null(l.table, "%s", l.err.text);
    cr_expect_eq(l.table->n_gaps, 1);
    cr_expect(isnan(mw_table_outcome(l.table, 5)));
    struct mw_raw record;
    const uint64_t n = mw_period_records(&l.table->source);
    mw_table_record(l.table, 1 + 5 * n + 2, &record); /* after two channels */
    cr_expect_null(record.type);
    mw_table_record(l.table, 1 + 6 * n + 2, &record);
    cr_expect_eq(record.type, &mw_type_outcome);
    cr_expect(strstr(l.table->warnings[0].data, "1 of 110 weeks have no outcome") != NULL);
    table_load_close(&l);
}

Test(load, fill_zero_makes_missing_dates_and_blank_spend_zero)
{
    const struct table_edit edits[] = {{5, "", NULL}, {6, "", NULL}, {9, "tv", ""}};
    struct mw_tenant given = table_given();
    given.fill = mw_span("zero");
    struct table_load l = load_edited(edits, 3, &given);
    cr_assert_not_null(l.table, "%s", l.err.text);
    cr_expect_eq(l.table->n_periods, 110);
    cr_expect_eq(mw_table_outcome(l.table, 5), 0.0);
    cr_expect_eq(mw_table_spend(l.table, 6, 0), 0.0);
    cr_expect_eq(mw_table_spend(l.table, 9, 0), 0.0);
    cr_expect_eq(mw_table_period(l.table, 6).factors[0], mw_table_period(l.table, 4).factors[0]);
    table_load_close(&l);
}

/* ---- places and long tables -------------------------------------------------------------------------------- */

Test(load, places_are_kept_and_one_blank_makes_the_period_a_gap)
{
    struct table_load l;
    const struct table_edit edit = {7, "revenue", ""};
    char *text = table_text(&(struct table_text){.header = "date,geo,revenue,tv,price",
                                                 .n_rows = 110,
                                                 .days = 1,
                                                 .geos = {"north", "south", NULL},
                                                 .edits = &edit,
                                                 .n_edits = 1});
    cr_assert_eq(table_load(text, NULL, &l), MW_OK, "%s", l.err.text);
    cr_assert_eq(l.table->source.n_geos, 2);
    cr_expect(mw_span_is(l.table->source.geos[1], "south"));
    cr_expect_eq(l.table->n_gaps, 1);
    const struct mw_period p = mw_table_period(l.table, 3);
    mw_expect_close(mw_table_outcome(l.table, 3), p.outcome[0] + p.outcome[1], 0, 0);
    table_load_close(&l);
    free(text);
}

Test(load, a_place_without_a_proper_name_is_refused)
{
    static const struct {
        const char *geo, *part;
    } cases[] = {{"", "the place is blank"}, {"a\tb", "the place holds a control character"}};
    for (size_t i = 0; i < 2; i++) {
        struct table_load l;
        const struct table_edit edit = {7, "geo", cases[i].geo};
        char *text = table_text(&(struct table_text){.header = "date,geo,revenue,tv",
                                                     .n_rows = 110,
                                                     .days = 1,
                                                     .geos = {"north", "south", NULL},
                                                     .edits = &edit,
                                                     .n_edits = 1});
        cr_expect_eq(table_load(text, NULL, &l), MW_E_DATA);
        cr_expect(strstr(l.err.text, cases[i].part) != NULL, "%s", l.err.text);
        table_load_close(&l);
        free(text);
    }
}

Test(load, a_date_twice_in_a_place_is_refused)
{
    struct table_load l;
    const struct table_edit edit = {7, "date", "2023-01-02"};
    char *text = table_text(&(struct table_text){.header = "date,geo,revenue,tv",
                                                 .n_rows = 110,
                                                 .days = 1,
                                                 .geos = {"north", "south", NULL},
                                                 .edits = &edit,
                                                 .n_edits = 1});
    cr_expect_eq(table_load(text, NULL, &l), MW_E_DATA);
    cr_expect(strstr(l.err.text, "is there already, in row 2 for the same place") != NULL, "%s", l.err.text);
    table_load_close(&l);
    free(text);
}

static char *long_table(const char *last_rows)
{
    struct mw_arena arena = {0};
    struct mw_span text = mw_arena_printf(&arena, "date,channel,spend,revenue\n");
    for (int i = 0; i < 60; i++) {
        char date[16];
        mw_date_format(19723 + i, date);
        text = mw_arena_printf(&arena, MW_SPAN_FMT "%s,TV,%d,%d\n", MW_SPAN_ARG(text), date,
                               i * 37 % 11 * 100, 5000 + i * 7919 % 997);
        if (i % 2 == 0) {
            text = mw_arena_printf(&arena, MW_SPAN_FMT "%s,Paid Search,%d,\n", MW_SPAN_ARG(text), date,
                                   50 + i * 31 % 7);
        }
    }
    text = mw_arena_printf(&arena, MW_SPAN_FMT "%s", MW_SPAN_ARG(text), last_rows);
    char *copy = malloc(text.len + 1);
    memcpy(copy, text.data, text.len + 1);
    mw_arena_fini(&arena);
    return copy;
}

Test(load, a_long_table_has_its_channels_in_rows)
{
    struct table_load l;
    char *text = long_table("");
    cr_assert_eq(table_load(text, NULL, &l), MW_OK, "%s", l.err.text);
    const struct mw_tenant *t = &l.table->tenant;
    cr_assert_eq(t->n_channels, 2);
    cr_expect(mw_span_is(t->channels[0].channel, "TV"));
    cr_expect_eq(t->channels[0].memory, MW_MEMORY_BRAND);
    cr_expect(mw_span_is(t->channels[1].channel, "Paid_Search"));
    cr_assert_not_null(t->long_form);
    cr_expect(mw_span_is(t->long_form->spend, "spend"));
    cr_expect_eq(l.table->n_periods, 60);
    cr_expect_eq(mw_table_spend(l.table, 1, 1), 0.0); /* no row: nothing spent */
    cr_expect_eq(mw_table_spend(l.table, 2, 1), 56.0);
    cr_expect_eq(mw_table_outcome(l.table, 0), 5000.0);
    table_load_close(&l);
    free(text);
}

Test(load, a_long_table_that_says_two_things_is_refused)
{
    static const struct {
        const char *rows, *part;
    } cases[] = {{"2024-01-01,TV,5,\n", "is there already, in row 2 for the same channel"},
                 {"2024-01-02,Paid Search,5,17\n", "claims of single channels are no outcome"},
                 {"2024-01-02,,5,\n", "the channel is blank"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct table_load l;
        char *text = long_table(cases[i].rows);
        cr_expect_eq(table_load(text, NULL, &l), MW_E_DATA);
        cr_expect(strstr(l.err.text, cases[i].part) != NULL, "%s", l.err.text);
        table_load_close(&l);
        free(text);
    }
}

Test(load, a_listed_long_table_must_list_all_channels)
{
    const struct mw_tenant_channel channel = {.column = mw_span("TV"), .channel = mw_span("tele")};
    const struct mw_tenant_long form = {mw_span("channel"), mw_span("spend")};
    struct mw_tenant given = table_given();
    given.channels = &channel;
    given.n_channels = 1;
    given.long_form = &form;
    struct table_load l;
    char *text = long_table("");
    cr_expect_eq(table_load(text, &given, &l), MW_E_DATA);
    cr_expect(strstr(l.err.text, "\"Paid Search\" is not among the channels") != NULL, "%s", l.err.text);
    table_load_close(&l);
    free(text);
}

Test(load, european_exports_are_read)
{
    struct mw_arena arena = {0};
    struct mw_span text = mw_arena_printf(&arena, "\xef\xbb\xbf"
                                                  "Datum;Umsatz;\"TV-Kosten\"\r\n");
    for (int i = 0; i < 60; i++) {
        const struct mw_civil c = mw_date_to_civil(19723 + i);
        text = mw_arena_printf(&arena, MW_SPAN_FMT "%d.%d.%d;\"1.%03d,50 €\";%d,25\r\n", MW_SPAN_ARG(text),
                               c.day, c.month, c.year, i * 7919 % 997, i * 37 % 11);
    }
    struct table_load l;
    cr_assert_eq(table_load(text.data, NULL, &l), MW_OK, "%s", l.err.text);
    cr_expect_eq(mw_table_outcome(l.table, 0), 1000.5);
    cr_expect_eq(mw_table_spend(l.table, 1, 0), 4.25);
    cr_expect(mw_span_is(l.table->tenant.currency, "EUR"));
    cr_expect_eq(l.table->n_warnings, 1); /* less than a year; the currency is known */
    table_load_close(&l);
    mw_arena_fini(&arena);
}

Test(load, too_many_numbers_are_a_status)
{
    struct table_load l;
    struct mw_arena arena = {0};
    struct mw_tenant given = table_given();
    given.grid = MW_GRID_DAY;
    given.fill = mw_span("zero");
    given.geo.column = mw_span("geo");
    struct mw_span text = mw_arena_printf(&arena, "date,geo,revenue,tv\n");
    for (int i = 0; i < 1000; i++) {
        text = mw_arena_printf(&arena, MW_SPAN_FMT "%d-01-%02d,g%d,%d.5,%d.25\n", MW_SPAN_ARG(text),
                               i == 0 ? 1900 : 2199, i % 28 + 1, i, i * 7 % 13, i * 5 % 17);
    }
    cr_expect_eq(table_load(text.data, &given, &l), MW_E_FULL, "%s", l.err.text);
    table_load_close(&l);
    mw_arena_fini(&arena);
}

Test(load, memory_that_runs_out_is_a_status)
{
    struct table_load l = load_edited(NULL, 0, NULL);
    cr_assert_not_null(l.guess);
    size_t n = 1;
    for (;; n++) {
        struct mw_table *table = NULL;
        mw_arena_fail_after(n);
        const enum mw_status status = mw_table_open(l.guess, &table, NULL);
        mw_arena_fail_after(0);
        mw_table_close(&table);
        if (status == MW_OK) {
            break;
        }
        cr_assert_eq(status, MW_E_MEMORY, "allocation %zu", n);
    }
    cr_expect_gt(n, 8);
    table_load_close(&l);
}

/* ---- records ----------------------------------------------------------------------------------------------- */

struct collected {
    struct mw_writer text;
    uint64_t stop_at;
};

static enum mw_status collect(void *context, uint64_t k, const struct mw_raw *record, struct mw_error *err)
{
    struct collected *c = context;
    if (k == c->stop_at) {
        return MW_FAIL(err, MW_E_IO, "stopped at %llu", (unsigned long long)k);
    }
    mw_write_bytes(&c->text, record->type->topic, strlen(record->type->topic));
    MW_TRY(mw_encode(record->type, record->body, &c->text, err));
    mw_write_span(&c->text, record->id);
    return MW_OK;
}

Test(records, go_on_where_they_were_interrupted)
{
    struct table_load l = load_edited(NULL, 0, NULL);
    struct collected whole = {.stop_at = UINT64_MAX}, parts = {.stop_at = 0};
    struct mw_error err = {0};
    uint64_t k = 0;
    cr_assert_eq(mw_table_records(l.table, &k, collect, &whole, &err), MW_OK, "%s", err.text);
    cr_expect_eq(k, mw_table_n_records(l.table));
    k = 0;
    for (enum mw_status status = MW_E_IO; status != MW_OK; parts.stop_at += 97) {
        const uint64_t before = k;
        status = mw_table_records(l.table, &k, collect, &parts, NULL);
        cr_assert(status == MW_OK || k == parts.stop_at, "%llu after %llu", (unsigned long long)k,
                  (unsigned long long)before);
    }
    cr_expect(mw_span_eq(mw_writer_span(&whole.text), mw_writer_span(&parts.text)));
    mw_writer_fini(&whole.text);
    mw_writer_fini(&parts.text);
    table_load_close(&l);
}

Test(records, come_in_order_and_end_with_the_final_settlement)
{
    struct table_load l = load_edited(NULL, 0, NULL);
    const struct mw_type *const want[] = {&mw_type_tenant, &mw_type_spend,  &mw_type_spend, &mw_type_outcome,
                                          &mw_type_factor, &mw_type_factor, &mw_type_clock, &mw_type_command};
    struct mw_raw record;
    for (uint64_t k = 0; k < 8; k++) {
        mw_table_record(l.table, k, &record);
        cr_expect_eq(record.type, want[k], "%llu", (unsigned long long)k);
    }
    cr_expect_eq(record.settle.through, l.table->first + 6);
    cr_expect(!record.settle.final);
    mw_table_record(l.table, mw_table_n_records(l.table) - 1, &record);
    cr_expect(record.settle.final);
    cr_expect_eq(record.settle.through, l.table->first + 110 * 7 - 1);
    table_load_close(&l);
}

Test(records, a_changed_cell_has_a_new_id_and_all_others_keep_theirs)
{
    const struct table_edit edit = {5, "tv", "77.25"};
    struct table_load a = load_edited(NULL, 0, NULL), b = load_edited(&edit, 1, NULL);
    size_t n_changed = 0;
    for (uint64_t k = 0; k < mw_table_n_records(a.table); k++) {
        struct mw_raw one, other;
        mw_table_record(a.table, k, &one);
        mw_table_record(b.table, k, &other);
        n_changed += !mw_span_eq(one.id, other.id);
    }
    cr_expect_eq(n_changed, 1);
    table_load_close(&a);
    table_load_close(&b);
}

Test(records, ids_never_repeat_within_a_table)
{
    struct table_load l;
    char *text = table_text(&(struct table_text){.header = "date,geo,revenue,tv,radio,event_1",
                                                 .n_rows = 60,
                                                 .days = 1,
                                                 .geos = {"north", "south", "west", NULL}});
    cr_assert_eq(table_load(text, NULL, &l), MW_OK, "%s", l.err.text);
    const uint64_t n = mw_table_n_records(l.table);
    struct mw_raw *records = calloc(n, sizeof *records);
    for (uint64_t k = 0; k < n; k++) {
        mw_table_record(l.table, k, &records[k]);
        for (uint64_t j = 0; j < k; j++) {
            cr_assert(strcmp(records[j].id_text, records[k].id_text) != 0, "%llu and %llu",
                      (unsigned long long)j, (unsigned long long)k);
        }
    }
    free(records);
    table_load_close(&l);
    free(text);
}
