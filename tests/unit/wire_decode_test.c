// SPDX-License-Identifier: Apache-2.0
#include "mw_shape.h"
#include "mw_wire.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct result {
    struct mw_arena arena;
    const void *body;
    struct mw_fault fault;
    struct mw_error err;
    enum mw_status status;
};

static void decode(struct result *r, const struct mw_type *type, struct mw_span json)
{
    *r = (struct result){0};
    r->status = mw_decode(type, json, &r->arena, &r->body, &r->fault, &r->err);
}

/* The example of the user's manual, as people write it. */
static const char table_file[] =
    "{\"tenant\":\"demo\",\"currency\":\"USD\",\"grid\":\"week\",\"date\":{\"column\":\"DATE\"},\n"
    " \"outcome\":{\"column\":\"revenue\",\"kind\":\"revenue\"},\n"
    " \"channels\":[{\"column\":\"tv_S\",\"channel\":\"tv\",\"memory\":\"brand\",\n"
    "   \"priors\":{\"log_roi\":{\"mean\":0.2,\"sd\":0.9},\"alpha\":{\"a\":3,\"b\":3},"
    "\"log_kappa\":{\"mean\":0,\"sd\":0.7},\"log_n\":{\"mean\":0.18,\"sd\":0.3}}}],\n"
    " \"controls\":[{\"column\":\"competitor_sales_B\",\"name\":\"competitor_sales\"}],\n"
    " \"events\":[{\"column\":\"events\",\"name\":\"event\",\"absent\":[\"na\",\"\"]}],\n"
    " \"scales\":{\"spend\":{\"tv\":117937.0},\"outcome\":1822143.0,"
    "\"controls\":{\"competitor_sales\":{\"mean\":1.0,\"sd\":0.5}}},\n"
    " \"errors\":{\"rho\":0}}\n";

Test(wire_decode, a_table_file_becomes_a_tenant)
{
    struct result r;
    decode(&r, &mw_type_tenant, mw_span(table_file));
    cr_assert(r.status == MW_OK, "%s", r.err.text);
    const struct mw_tenant *t = r.body;
    cr_expect(mw_span_is(t->tenant, "demo") && t->tenant.data[t->tenant.len] == '\0');
    cr_expect(t->grid == MW_GRID_WEEK && t->week_start == -1 && t->clock == MW_CLOCK_WALL);
    cr_assert(t->n_channels == 1 && t->n_controls == 1 && t->n_events == 1);
    cr_expect(t->channels[0].memory == MW_MEMORY_BRAND && t->channels[0].priors->alpha->b == 3);
    cr_expect(isnan(t->channels[0].spend_max) && isnan(t->outcome.margin));
    cr_expect(t->events[0].n_absent == 2 && t->events[0].absent[1].len == 0);
    cr_expect(t->scales->n_spend == 1 && t->scales->spend[0].value == 117937);
    cr_expect(mw_span_is(t->scales->controls[0].name, "competitor_sales") &&
              t->scales->controls[0].sd == 0.5);
    cr_expect(t->errors->rho == 0 && t->baseline == NULL && t->geo.column.len == 0);
    mw_arena_fini(&r.arena);
}

Test(wire_decode, fields_left_out_take_their_defaults)
{
    struct result r;
    decode(&r, &mw_type_tenant,
           mw_span("{\"outcome\":{},\"baseline\":{\"trend\":false},\"model\":{\"seed\":9}}"));
    cr_assert(r.status == MW_OK, "%s", r.err.text);
    const struct mw_tenant *t = r.body;
    cr_expect(mw_span_is(t->tenant, "default") && t->grid == -1);
    cr_expect(!t->baseline->trend && t->baseline->yearly && t->baseline->events);
    cr_expect(isnan(t->baseline->gamma_variance));
    cr_expect(t->model->particles == 1024 && t->model->seed == 9 && t->settle == NULL);
    mw_arena_fini(&r.arena);
}

Test(wire_decode, money_becomes_units_of_its_currency)
{
    struct result r;
    decode(
        &r, &mw_type_outcome,
        mw_span(
            "{\"id\":\"a\",\"tenant\":\"t\",\"source\":\"s\",\"outcome\":\"o\",\"kind\":\"delta\","
            "\"observed_at\":\"1970-01-02T01:00:00.5+01:00\",\"date\":\"1970-01-02\",\"amount\":-12500000}"));
    cr_assert(r.status == MW_OK, "%s", r.err.text);
    const struct mw_outcome *o = r.body;
    cr_expect(o->amount == -12.5 && isnan(o->value) && o->kind == MW_OBS_DELTA && o->date == 1);
    cr_expect(o->observed_at == MW_US_PER_DAY + 500000);
    mw_arena_fini(&r.arena);
}

#define LETTER(offset)                                                                                       \
    "{\"topic\":\"a\",\"reason\":\"b\",\"partition\":0,\"offset\":" offset                                   \
    ",\"time\":\"2026-01-31T08:00:00Z\",\"record\":\"x\\u0000y\"}"

Test(wire_decode, integers_are_exact_to_64_bits)
{
    struct result r;
    decode(&r, &mw_type_deadletter, mw_span(LETTER("9007199254740993")));
    cr_assert(r.status == MW_OK, "%s", r.err.text);
    cr_expect(((const struct mw_deadletter *)r.body)->offset == INT64_C(9007199254740993));
    mw_arena_fini(&r.arena);
    decode(&r, &mw_type_deadletter, mw_span(LETTER("9223372036854775807")));
    cr_assert(r.status == MW_OK, "%s", r.err.text);
    cr_expect(((const struct mw_deadletter *)r.body)->offset == INT64_MAX);
    mw_arena_fini(&r.arena);
}

Test(wire_decode, a_whole_real_is_an_integer_as_json_schema_has_it)
{
    struct result r;
    decode(&r, &mw_type_deadletter, mw_span(LETTER("1e3")));
    cr_assert(r.status == MW_OK, "%s", r.err.text);
    cr_expect(((const struct mw_deadletter *)r.body)->offset == 1000);
    mw_arena_fini(&r.arena);
    decode(&r, &mw_type_deadletter, mw_span(LETTER("9223372036854775808.0")));
    cr_expect(r.status == MW_E_DATA && strcmp(r.fault.reason, "type") == 0);
    mw_arena_fini(&r.arena);
}

Test(wire_decode, nul_in_a_text_is_a_character_like_any_other)
{
    struct result r;
    decode(&r, &mw_type_deadletter, mw_span(LETTER("1")));
    cr_assert(r.status == MW_OK, "%s", r.err.text);
    const struct mw_span record = ((const struct mw_deadletter *)r.body)->record;
    cr_expect(record.len == 3 && memcmp(record.data, "x\0y", 3) == 0);
    mw_arena_fini(&r.arena);
}

#define CLOCK(time)  "{\"time\":" time "}"
#define TENANT(rest) "{\"outcome\":{}," rest "}"
#define TEST_HEAD    "\"id\":\"a\",\"tenant\":\"t\",\"test\":\"x\",\"known_at\":\"2026-01-31T08:00:00Z\","

static const struct {
    const struct mw_type *type;
    const char *json, *reason, *pointer, *text;
} faults[] = {
    {&mw_type_tenant, TENANT("\"channels\":[{\"priors\":{\"alpha\":{\"a\":0,\"b\":1}}}]"), "range",
     "/channels/0/priors/alpha/a", "0 is not above 0"},
    {&mw_type_tenant, TENANT("\"model\":{\"particles\":65537}"), "range", "/model/particles",
     "65537 is not at most 65536"},
    {&mw_type_tenant, TENANT("\"errors\":{\"rho\":-0.5}"), "range", "/errors/rho", "-0.5 is not at least 0"},
    {&mw_type_tenant, TENANT("\"chanels\":[]"), "unknown_field", "/chanels",
     "is not a field of tenant: check its spelling"},
    {&mw_type_tenant, TENANT("\"a/b~c\":1"), "unknown_field", "/a~1b~0c",
     "is not a field of tenant: check its spelling"},
    {&mw_type_tenant, TENANT("\"a\\u001bb\":1"), "unknown_field", "/a?b",
     "is not a field of tenant: check its spelling"},
    {&mw_type_tenant, TENANT("\"date\":{}"), "missing", "/date/column", "is missing: Header of the column."},
    {&mw_type_tenant, TENANT("\"date\":null"), "type", "/date", "is null, but must be an object"},
    {&mw_type_tenant, TENANT("\"geo\":[]"), "type", "/geo", "is an array, but must be an object"},
    {&mw_type_tenant, TENANT("\"ignored\":\"x\""), "type", "/ignored", "is a string, but must be an array"},
    {&mw_type_tenant, TENANT("\"ignored\":[\"a\",7]"), "type", "/ignored/1",
     "is a number, but must be a string"},
    {&mw_type_tenant, TENANT("\"baseline\":{\"trend\":1}"), "type", "/baseline/trend",
     "is a number, but must be true or false"},
    {&mw_type_tenant, TENANT("\"errors\":{\"rho\":true}"), "type", "/errors/rho",
     "is a boolean, but must be a number"},
    {&mw_type_tenant, TENANT("\"model\":{\"seed\":1.5}"), "type", "/model/seed",
     "is a number, but must be an integer"},
    {&mw_type_tenant, TENANT("\"grid\":7"), "type", "/grid", "is a number, but must be a string"},
    {&mw_type_tenant, TENANT("\"scales\":{\"spend\":[]}"), "type", "/scales/spend",
     "is an array, but must be an object"},
    {&mw_type_tenant, TENANT("\"scales\":{\"spend\":{\"a b\":1}}"), "charset", "/scales/spend/a b",
     "\"a b\" is not 1 to 64 of letters, digits, '_', '-', '.', ':' and '/'"},
    {&mw_type_tenant, TENANT("\"grid\":\"month\""), "name", "/grid", "\"month\" is not one of day, week"},
    {&mw_type_tenant, TENANT("\"currency\":\"usd\""), "charset", "/currency",
     "\"usd\" is not a currency of three capital letters like USD"},
    {&mw_type_tenant, "[]", "type", "", "is an array, but must be an object"},
    {&mw_type_clock, CLOCK("\"2026-01-31\""), "time", "/time",
     "\"2026-01-31\" is not a time like 2026-01-31T08:00:00Z of the years 1900 to 2999"},
    {&mw_type_clock, CLOCK("7"), "type", "/time",
     "is a number, but must be a time like 2026-01-31T08:00:00Z"},
    {&mw_type_test, "{" TEST_HEAD "\"kind\":\"withdrawn\"}", "variant", "/withdrawn",
     "is missing when kind is \"withdrawn\""},
    {&mw_type_test, "{" TEST_HEAD "\"kind\":\"lift\",\"withdrawn\":{}}", "variant", "/lift",
     "is missing when kind is \"lift\""},
    {&mw_type_command, "{\"id\":\"a\",\"kind\":\"settle\",\"settle\":{\"through\":\"2026-02-30\"}}", "date",
     "/settle/through", "\"2026-02-30\" is not a date like 2026-01-31"},
    {&mw_type_command, "{\"id\":\"a\",\"kind\":\"settle\",\"settle\":{\"through\":20260131}}", "type",
     "/settle/through", "is a number, but must be a date like 2026-01-31"},
    {&mw_type_command, "{\"id\":\"a\",\"kind\":\"silence\",\"silence\":{\"silence\":\"s\",\"matchers\":[]}}",
     "length", "/silence/matchers", "a length of 0 is not at least 1"},
};

Test(wire_decode, a_fault_has_a_place_a_reason_and_a_sentence)
{
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct result r;
        decode(&r, faults[i].type, mw_span(faults[i].json));
        cr_expect(r.status == MW_E_DATA && r.body == NULL, "%s", faults[i].json);
        cr_expect_str_eq(r.fault.pointer, faults[i].pointer);
        cr_expect_str_eq(r.fault.reason, faults[i].reason, "%s", faults[i].json);
        cr_expect_str_eq(r.fault.text, faults[i].text);
        mw_arena_fini(&r.arena);
    }
}

Test(wire_decode, the_error_says_pointer_and_text)
{
    struct result r;
    decode(&r, &mw_type_tenant, mw_span(faults[0].json));
    cr_expect_str_eq(r.err.text, "/channels/0/priors/alpha/a: 0 is not above 0");
    mw_arena_fini(&r.arena);
}

Test(wire_decode, amounts_are_whole_micros_within_bounds)
{
    static const char head[] =
        "{\"id\":\"a\",\"tenant\":\"t\",\"source\":\"s\",\"outcome\":\"o\",\"kind\":\"delta\","
        "\"observed_at\":\"2026-01-31T08:00:00Z\",\"date\":\"2026-01-31\",\"amount\":";
    static const struct {
        const char *amount, *reason;
    } cases[] = {{"12.5", "type"},
                 {"\"1\"", "type"},
                 {"9000000000000000001", "range"},
                 {"-9000000000000000001", "range"},
                 {"null", "one_of"},
                 {"1,\"value\":1", "one_of"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct result r;
        char json[400];
        (void)snprintf(json, sizeof json, "%s%s}", head, cases[i].amount);
        decode(&r, &mw_type_outcome, mw_span(json));
        cr_expect_str_eq(r.fault.reason, cases[i].reason, "%s", json);
        mw_arena_fini(&r.arena);
    }
}

static const struct {
    const char *json, *reason;
} broken[] = {
    {"", "syntax"},
    {"{", "syntax"},
    {"{\"time\":\"2026-01-31T08:00:00Z\"} x", "syntax"},
    {"{\"time\":NaN}", "syntax"},
    {"{\"time\":Infinity}", "syntax"},
    {"{\"time\":1e999}", "range"},
    {"{\"time\":9223372036854775808}", "range"},
    {"{\"time\":\"\xff\"}", "utf8"},
    {"{\"time\":\"\\ud800\"}", "utf8"},
    {"\xef\xbb\xbf{}", "syntax"},
    {"{\"tenant\":\"a\",\"tenant\":\"b\"}", "duplicate_key"},
    {"'time'", "syntax"},
    {"7", "syntax"},
};

Test(wire_decode, text_that_is_not_i_json_is_refused)
{
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        struct result r;
        decode(&r, &mw_type_clock, mw_span(broken[i].json));
        cr_expect(r.status == MW_E_DATA, "%s", broken[i].json);
        cr_expect(r.fault.pointer[0] == '\0');
        if (strcmp(broken[i].json, "{\"time\":\"\\ud800\"}") != 0) { /* jansson files it under syntax */
            cr_expect_str_eq(r.fault.reason, broken[i].reason, "%s: %s", broken[i].json, r.err.text);
        }
        mw_arena_fini(&r.arena);
    }
}

Test(wire_decode, a_syntax_error_says_line_column_and_byte)
{
    struct result r;
    decode(&r, &mw_type_clock, mw_span("{\n  \"time\": ,\n}"));
    cr_expect(strstr(r.err.text, "line 2, column 11, byte 13") != NULL, "%s", r.err.text);
    mw_arena_fini(&r.arena);
}

/* jansson 2.14 alone reads over these. */
Test(wire_decode, a_nul_byte_between_values_is_refused)
{
    static const char json[] = "{\"time\":\"2026-01-31T08:00:00Z\",\"n\":1\0}";
    struct result r;
    decode(&r, &mw_type_fact, (struct mw_span){json, sizeof json - 1});
    cr_expect_str_eq(r.fault.reason, "syntax");
    mw_arena_fini(&r.arena);
}

Test(wire_decode, a_record_has_a_largest_size_and_depth)
{
    struct result r;
    char *large = malloc(MW_WIRE_INPUT_BYTES_MAX + 1);
    cr_assert(large != NULL);
    memset(large, ' ', MW_WIRE_INPUT_BYTES_MAX + 1);
    memcpy(large, "{\"time\":\"2026-01-31T08:00:00Z\"}", 31);
    decode(&r, &mw_type_clock, (struct mw_span){large, MW_WIRE_INPUT_BYTES_MAX + 1});
    cr_expect(r.status == MW_E_DATA && strcmp(r.fault.reason, "too_large") == 0);
    mw_arena_fini(&r.arena);
    decode(&r, &mw_type_clock, (struct mw_span){large, MW_WIRE_INPUT_BYTES_MAX});
    cr_expect(r.status == MW_OK, "%s", r.err.text);
    mw_arena_fini(&r.arena);
    memset(large, '[', 4096);
    decode(&r, &mw_type_clock, (struct mw_span){large, 4096});
    cr_expect(r.status == MW_E_DATA && strcmp(r.fault.reason, "too_deep") == 0);
    mw_arena_fini(&r.arena);
    free(large);
}

Test(wire_decode, brackets_inside_texts_are_not_depth)
{
    struct result r;
    char json[600] = "{\"tenant\":\"";
    memset(json + strlen(json), '[', 100);
    strcat(json, "\\\"[\",\"time\":7}");
    decode(&r, &mw_type_clock, mw_span(json));
    cr_expect_str_eq(r.fault.reason, "charset", "%s", r.err.text);
    mw_arena_fini(&r.arena);
}

Test(wire_decode, a_long_pointer_is_cut_and_says_so)
{
    struct result r;
    char json[800] = "{\"";
    memset(json + 2, 'k', 500);
    strcat(json, "\":1}");
    decode(&r, &mw_type_clock, mw_span(json));
    cr_expect_str_eq(r.fault.reason, "unknown_field");
    const size_t len = strlen(r.fault.pointer);
    cr_expect(len == sizeof r.fault.pointer - 1 && strcmp(r.fault.pointer + len - 3, "...") == 0);
    mw_arena_fini(&r.arena);
}

Test(wire_decode, unknown_fields_are_refused_in_inputs_and_read_over_in_outputs)
{
    struct result r;
    decode(&r, &mw_type_clock, mw_span("{\"time\":\"2026-01-31T08:00:00Z\",\"zone\":{\"a\":[1]}}"));
    cr_expect_str_eq(r.fault.pointer, "/zone");
    mw_arena_fini(&r.arena);
    decode(&r, &mw_type_metric,
           mw_span("{\"time\":\"2026-01-31T08:00:00Z\",\"kind\":\"tick\",\"zone\":{\"a\":[1]},"
                   "\"tick\":{\"time\":\"2026-01-31T08:00:00Z\",\"more\":null}}"));
    cr_expect(r.status == MW_OK, "%s", r.err.text);
    mw_arena_fini(&r.arena);
}

Test(wire_decode, a_full_arena_is_no_memory_and_no_fault_of_the_record)
{
    struct mw_arena arena;
    struct mw_error err = {0};
    const void *body = NULL;
    mw_arena_init(&arena, 256);
    cr_expect(mw_decode(&mw_type_tenant, mw_span(table_file), &arena, &body, NULL, &err) == MW_E_MEMORY);
    cr_expect(body == NULL);
    mw_arena_fini(&arena);
}

Test(wire_decode, every_allocation_may_fail)
{
    size_t n_failed = 0;
    for (size_t n = 1; n < 100; n++) {
        struct result r;
        mw_arena_fail_after(n);
        decode(&r, &mw_type_tenant, mw_span(table_file));
        mw_arena_fail_after(0);
        mw_arena_fini(&r.arena);
        if (r.status == MW_OK) {
            break;
        }
        cr_expect(r.status == MW_E_MEMORY);
        n_failed++;
    }
    cr_expect(n_failed > 8 && n_failed < 99, "%zu", n_failed);
}

Test(wire_decode, the_fault_may_be_of_no_interest)
{
    struct mw_arena arena = {0};
    const void *body;
    cr_expect(mw_decode(&mw_type_clock, mw_span("{}"), &arena, &body, NULL, NULL) == MW_E_DATA);
    mw_arena_fini(&arena);
}
