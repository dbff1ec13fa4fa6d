// SPDX-License-Identifier: Apache-2.0
#include "mw_wire.h"

#include <criterion/criterion.h>
#include <float.h>
#include <locale.h>
#include <math.h>

static struct mw_spend a_spend(void)
{
    return (struct mw_spend){
        .id = mw_span("e1"),
        .tenant = mw_span("demo"),
        .source = mw_span("ads"),
        .channel = mw_span("tv"),
        .currency = mw_span("EUR"),
        .kind = MW_OBS_SNAPSHOT,
        .observed_at = 0,
        .date = 0,
        .spend = 12.5,
        .impressions = (double)NAN,
        .clicks = 3,
        .conversions = (double)NAN,
        .platform_value = (double)NAN,
    };
}

/* Encodes into a writer that already holds something, so that failing must leave that alone. */
static enum mw_status encode(const struct mw_type *type, const void *body, struct mw_writer *out,
                             struct mw_error *err)
{
    *err = (struct mw_error){0};
    mw_writer_reset(out);
    mw_write_u8(out, '#');
    const enum mw_status status = mw_encode(type, body, out, err);
    cr_expect(status == MW_OK || out->len == 1, "a failure left bytes behind");
    return status;
}

static void expect_text(const struct mw_writer *out, const char *text)
{
    cr_expect(mw_span_is(mw_writer_span(out), text), "got %.*s", (int)out->len, out->data);
}

static void expect_spend_refused(const struct mw_spend *spend, enum mw_status status, const char *text)
{
    struct mw_writer out = {0};
    struct mw_error err;
    cr_expect(encode(&mw_type_spend, spend, &out, &err) == status, "%s", text);
    cr_expect_str_eq(err.text, text);
    mw_writer_fini(&out);
}

Test(wire_encode, a_record_is_its_fields_in_the_tables_order_without_blanks)
{
    struct mw_writer out = {0};
    struct mw_error err;
    const struct mw_spend spend = a_spend();
    cr_assert(encode(&mw_type_spend, &spend, &out, &err) == MW_OK, "%s", err.text);
    expect_text(
        &out,
        "#{\"id\":\"e1\",\"tenant\":\"demo\",\"source\":\"ads\",\"channel\":\"tv\",\"currency\":\"EUR\","
        "\"kind\":\"snapshot\",\"observed_at\":\"1970-01-01T00:00:00.000000Z\",\"date\":\"1970-01-01\","
        "\"spend\":12500000,\"clicks\":3}");
    mw_writer_fini(&out);
}

Test(wire_encode, defaults_are_written_and_absence_is_left_out)
{
    struct mw_writer out = {0};
    struct mw_error err;
    const struct mw_tenant_model model = {.particles = 1024, .seed = 1};
    const struct mw_tenant tenant = {.tenant = mw_span("default"),
                                     .grid = -1,
                                     .week_start = -1,
                                     .model = &model,
                                     .outcome = {.margin = (double)NAN}};
    cr_assert(encode(&mw_type_tenant, &tenant, &out, &err) == MW_OK, "%s", err.text);
    expect_text(&out, "#{\"tenant\":\"default\",\"clock\":\"wall\",\"outcome\":{\"kind\":\"revenue\"},"
                      "\"model\":{\"particles\":1024,\"seed\":1}}");
    mw_writer_fini(&out);
}

Test(wire_encode, a_missing_number_is_null_where_its_key_must_be)
{
    struct mw_writer out = {0};
    struct mw_error err;
    const struct mw_point point = {.metric = mw_span("mroas"),
                                   .reason = mw_span("never spent"),
                                   .value = (double)NAN,
                                   .lower = (double)NAN,
                                   .upper = (double)NAN,
                                   .probability = (double)NAN,
                                   .threshold = 1,
                                   .money = (double)NAN,
                                   .money_lower = (double)NAN,
                                   .money_upper = (double)NAN};
    const struct mw_metric_points points = {
        .service = mw_span("updater"), .as_of = MW_DATE_NONE, .points = &point, .n_points = 1};
    const struct mw_metric metric = {.kind = MW_METRIC_POINTS, .points = &points};
    cr_assert(encode(&mw_type_metric, &metric, &out, &err) == MW_OK, "%s", err.text);
    expect_text(
        &out,
        "#{\"time\":\"1970-01-01T00:00:00.000000Z\",\"kind\":\"points\",\"points\":{\"service\":\"updater\","
        "\"n\":0,\"period_days\":0,\"points\":[{\"metric\":\"mroas\",\"reason\":\"never spent\","
        "\"value\":null,\"threshold\":1,\"evidence\":\"observational\"}]}}");
    mw_writer_fini(&out);
}

Test(wire_encode, infinity_and_a_missing_required_number_are_numeric_errors_with_their_place)
{
    struct mw_spend spend = a_spend();
    spend.clicks = HUGE_VAL;
    expect_spend_refused(&spend, MW_E_NUMERIC,
                         "cannot be written: /clicks: is infinite, which JSON cannot say");
    spend = a_spend();
    spend.spend = (double)NAN;
    expect_spend_refused(&spend, MW_E_NUMERIC,
                         "cannot be written: /spend: is not a number, which JSON cannot say");
    spend.spend = -HUGE_VAL;
    expect_spend_refused(&spend, MW_E_NUMERIC,
                         "cannot be written: /spend: is infinite, which JSON cannot say");
}

Test(wire_encode, nothing_is_written_that_would_be_refused_when_read)
{
    struct mw_spend spend = a_spend();
    spend.tenant = (struct mw_span){0};
    expect_spend_refused(
        &spend, MW_E_CONTRACT,
        "cannot be written: /tenant: \"\" is not 1 to 64 of letters, digits, '_', '-', '.', ':' and '/'");
    spend = a_spend();
    spend.campaign = mw_span("\xff");
    expect_spend_refused(&spend, MW_E_CONTRACT, "cannot be written: /campaign: is not UTF-8");
    spend = a_spend();
    spend.kind = 2;
    expect_spend_refused(&spend, MW_E_CONTRACT, "cannot be written: /kind: 2 is not one of its 2 names");
    spend = a_spend();
    spend.date = MW_DATE_NONE;
    expect_spend_refused(&spend, MW_E_CONTRACT, "cannot be written: /date: has no date");
    spend.date = 40000000;
    expect_spend_refused(&spend, MW_E_CONTRACT, "cannot be written: /date: has a date out of range");
    spend = a_spend();
    spend.observed_at = MW_TIME_NONE;
    expect_spend_refused(&spend, MW_E_CONTRACT, "cannot be written: /observed_at: has no time");
    spend.observed_at = INT64_MAX;
    expect_spend_refused(&spend, MW_E_CONTRACT,
                         "cannot be written: /observed_at: has a time outside the years 1900 to 2999");
    spend = a_spend();
    spend.spend = 1e13;
    expect_spend_refused(&spend, MW_E_CONTRACT,
                         "cannot be written: /spend: 10000000000000 is out of range for money");
}

Test(wire_encode, rules_over_several_fields_hold_for_writers_too)
{
    struct mw_writer out = {0};
    struct mw_error err;
    const struct mw_command_settle settle = {.through = 0};
    const struct mw_command_scenario scenario = {.scenario = mw_span("a")};
    const struct mw_command two = {
        .id = mw_span("c"), .kind = MW_COMMAND_SETTLE, .settle = &settle, .scenario = &scenario};
    cr_expect(encode(&mw_type_command, &two, &out, &err) == MW_E_CONTRACT);
    cr_expect_str_eq(err.text, "cannot be written: /scenario: does not go with kind \"settle\"");
    const struct mw_command none = {.id = mw_span("c"), .kind = MW_COMMAND_RULES};
    cr_expect(encode(&mw_type_command, &none, &out, &err) == MW_E_CONTRACT);
    const struct mw_outcome both = {.id = mw_span("a"),
                                    .tenant = mw_span("a"),
                                    .source = mw_span("a"),
                                    .outcome = mw_span("a"),
                                    .amount = 1,
                                    .value = 1};
    cr_expect(encode(&mw_type_outcome, &both, &out, &err) == MW_E_CONTRACT);
    cr_expect_str_eq(err.text,
                     "cannot be written: record: has both of amount and value, but must have exactly one");
    mw_writer_fini(&out);
}

Test(wire_encode, bounds_and_counts_hold_for_writers_too)
{
    struct mw_writer out = {0};
    struct mw_error err;
    const struct mw_tenant_model model = {.particles = 1, .seed = 1};
    struct mw_tenant tenant = {
        .tenant = mw_span("a"), .grid = -1, .week_start = -1, .model = &model, .outcome = {.margin = 0.5}};
    cr_expect(encode(&mw_type_tenant, &tenant, &out, &err) == MW_E_CONTRACT);
    cr_expect_str_eq(err.text, "cannot be written: /model/particles: 1 is not at least 64");
    tenant.model = NULL;
    tenant.outcome.margin = 1.5;
    cr_expect(encode(&mw_type_tenant, &tenant, &out, &err) == MW_E_CONTRACT);
    cr_expect_str_eq(err.text, "cannot be written: /outcome/margin: 1.5 is not at most 1");
    tenant.outcome.margin = 1;
    tenant.n_channels = MW_CHANNELS_MAX + 1;
    cr_expect(encode(&mw_type_tenant, &tenant, &out, &err) == MW_E_CONTRACT);
    cr_expect_str_eq(err.text, "cannot be written: /channels: a length of 65 is not at most 64");
    mw_writer_fini(&out);
}

Test(wire_encode, a_key_of_a_map_comes_once)
{
    struct mw_writer out = {0};
    struct mw_error err;
    const struct mw_amount spend[] = {{mw_span("tv"), 1}, {mw_span("search"), 2}, {mw_span("tv"), 3}};
    struct mw_command_decide decide = {
        .decision = mw_span("d"), .choice = mw_span("own"), .spend = spend, .n_spend = 3};
    const struct mw_command command = {.id = mw_span("c"), .kind = MW_COMMAND_DECIDE, .decide = &decide};
    cr_expect(encode(&mw_type_command, &command, &out, &err) == MW_E_CONTRACT);
    cr_expect_str_eq(err.text, "cannot be written: /decide/spend/tv: comes twice");
    decide.n_spend = 2;
    cr_expect(encode(&mw_type_command, &command, &out, &err) == MW_OK, "%s", err.text);
    mw_writer_fini(&out);
}

Test(wire_encode, texts_are_escaped_as_little_as_json_asks)
{
    struct mw_writer out = {0};
    struct mw_error err;
    const struct mw_deadletter letter = {
        .topic = mw_span("a"), .reason = mw_span("b"), .record = {"\"\\/\b\f\n\r\t\0\x1f\x7f\xc3\xa9", 13}};
    cr_assert(encode(&mw_type_deadletter, &letter, &out, &err) == MW_OK, "%s", err.text);
    expect_text(&out, "#{\"topic\":\"a\",\"reason\":\"b\",\"partition\":0,\"offset\":0,"
                      "\"time\":\"1970-01-01T00:00:00.000000Z\","
                      "\"record\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\x7f\xc3\xa9\"}");
    mw_writer_fini(&out);
}

Test(wire_encode, a_writer_out_of_memory_is_reported)
{
    struct mw_writer out = {.failed = true};
    struct mw_error err = {0};
    const struct mw_spend spend = a_spend();
    cr_expect(mw_encode(&mw_type_spend, &spend, &out, &err) == MW_E_MEMORY);
    mw_writer_fini(&out);
}

Test(wire_encode, a_decimal_comma_in_the_locale_changes_nothing)
{
    static const char *const locales[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE"};
    bool is_set = false;
    for (size_t i = 0; !is_set && i < sizeof locales / sizeof locales[0]; i++) {
        is_set = setlocale(LC_NUMERIC, locales[i]) != NULL;
    }
    if (!is_set) {
        cr_skip("no locale with a decimal comma is installed");
    }
    struct mw_writer out = {0};
    struct mw_arena arena = {0};
    struct mw_error err;
    const void *body;
    struct mw_spend spend = a_spend();
    spend.clicks = 0.25;
    cr_assert(encode(&mw_type_spend, &spend, &out, &err) == MW_OK);
    const struct mw_span json = {out.data + 1, out.len - 1};
    cr_assert(mw_decode(&mw_type_spend, json, &arena, &body, NULL, &err) == MW_OK, "%s", err.text);
    cr_expect(((const struct mw_spend *)body)->clicks == 0.25);
    mw_arena_fini(&arena);
    mw_writer_fini(&out);
}
