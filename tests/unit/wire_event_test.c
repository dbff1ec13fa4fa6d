// SPDX-License-Identifier: Apache-2.0
#include "mw_event.h"

#include <criterion/criterion.h>

static struct mw_event an_event(void)
{
    return (struct mw_event){.id = mw_span("ingest/7/0"),
                             .source = mw_span("ingest"),
                             .type = mw_span("mw.fact.v1"),
                             .subject = mw_span("channel/tv"),
                             .time_us = 1500000};
}

static struct mw_attribute header(const char *name, const char *value)
{
    return (struct mw_attribute){mw_span(name), mw_span(value)};
}

Test(wire_event, attributes_come_back_as_they_were_written)
{
    struct mw_arena arena = {0};
    struct mw_attribute headers[MW_EVENT_ATTRIBUTES];
    struct mw_event event = an_event(), back;
    size_t n = 0;
    cr_assert(mw_event_write(&event, &arena, headers, &n, NULL) == MW_OK && n == 7);
    cr_expect(mw_span_is(headers[0].name, "ce_specversion") && mw_span_is(headers[0].value, "1.0"));
    cr_expect(mw_span_is(headers[5].value, "1970-01-01T00:00:01.500000Z"));
    cr_expect(mw_span_is(headers[6].name, "content-type") &&
              mw_span_is(headers[6].value, "application/json"));
    cr_assert(mw_event_read(headers, n, &back, NULL) == MW_OK);
    cr_expect(mw_span_eq(back.id, event.id) && mw_span_eq(back.source, event.source));
    cr_expect(mw_span_eq(back.type, event.type) && mw_span_eq(back.subject, event.subject));
    cr_expect(back.time_us == event.time_us);
    mw_arena_fini(&arena);
}

Test(wire_event, subject_and_time_may_be_absent)
{
    struct mw_arena arena = {0};
    struct mw_attribute headers[MW_EVENT_ATTRIBUTES];
    struct mw_event event = an_event(), back;
    size_t n = 0;
    event.subject = (struct mw_span){0};
    event.time_us = MW_TIME_NONE;
    cr_assert(mw_event_write(&event, &arena, headers, &n, NULL) == MW_OK && n == 5);
    cr_assert(mw_event_read(headers, n, &back, NULL) == MW_OK);
    cr_expect(back.subject.len == 0 && back.time_us == MW_TIME_NONE);
    mw_arena_fini(&arena);
}

Test(wire_event, an_event_without_identity_breaks_the_contract)
{
    struct mw_arena arena = {0};
    struct mw_attribute headers[MW_EVENT_ATTRIBUTES];
    struct mw_event event = an_event();
    size_t n = 0;
    event.id = (struct mw_span){0};
    cr_expect(mw_event_write(&event, &arena, headers, &n, NULL) == MW_E_CONTRACT);
    mw_arena_fini(&arena);
}

Test(wire_event, a_full_arena_is_reported)
{
    struct mw_arena arena = {0};
    struct mw_attribute headers[MW_EVENT_ATTRIBUTES];
    const struct mw_event event = an_event();
    size_t n = 0;
    mw_arena_fail_after(1);
    cr_expect(mw_event_write(&event, &arena, headers, &n, NULL) == MW_E_MEMORY);
    mw_arena_fail_after(0);
    mw_arena_fini(&arena);
}

/* One header of a good set replaced, added or removed. */
static enum mw_status read_with(struct mw_attribute other, bool drop, struct mw_error *err)
{
    struct mw_attribute headers[8] = {header("CE_SpecVersion", "1.0"), header("ce_id", "1"),
                                      header("ce_source", "x"),        header("ce_type", "mw.spend.v1"),
                                      header("ce_extra", "ignored"),   header("traceparent", "ignored")};
    struct mw_event event;
    size_t n = 6;
    for (size_t i = 0; i < 4; i++) {
        if (mw_span_eq(headers[i].name, other.name)) {
            headers[i].value = drop ? (struct mw_span){0} : other.value;
            return mw_event_read(headers, n, &event, err);
        }
    }
    headers[n++] = other;
    return mw_event_read(headers, n, &event, err);
}

Test(wire_event, names_are_read_in_any_case_and_extensions_are_ignored)
{
    cr_expect(read_with(header("Content-Type", "application/json; charset=utf-8"), false, NULL) == MW_OK);
    cr_expect(read_with(header("ce_time", "2026-01-31T08:00:00+02:00"), false, NULL) == MW_OK);
}

Test(wire_event, headers_that_break_cloudevents_are_refused)
{
    static const struct {
        const char *name, *value, *text;
    } cases[] = {
        {"ce_id", NULL, "header ce_id is missing: CloudEvents 1.0 asks for it"},
        {"ce_type", NULL, "header ce_type is missing: CloudEvents 1.0 asks for it"},
        {"CE_SpecVersion", "0.3", "header ce_specversion is \"0.3\", but must be 1.0"},
        {"ce_Id", "again", "header ce_id comes twice: send it once"},
        {"ce_time", "yesterday", "header ce_time: \"yesterday\" is not a time like 2026-01-31T08:00:00Z"},
        {"content-type", "text/plain", "header content-type is \"text/plain\", but must be application/json"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mw_error err = {0};
        const bool drop = cases[i].value == NULL;
        cr_expect(read_with(header(cases[i].name, drop ? "" : cases[i].value), drop, &err) == MW_E_DATA);
        cr_expect_str_eq(err.text, cases[i].text);
    }
}
