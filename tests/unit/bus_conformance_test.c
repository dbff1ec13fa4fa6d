/* What mw_bus.h promises, asked of every implementation. */
// SPDX-License-Identifier: Apache-2.0
#include "bus_fixture.h"

#include <criterion/parameterized.h>
#include <stdio.h>

#define OnEveryBus(name)                                                                                     \
    static void on_every_bus_##name(struct bus_fixture *fixture);                                            \
    ParameterizedTestParameters(bus, name)                                                                   \
    {                                                                                                        \
        static enum bus_kind kinds[] = {BUS_MEMORY, BUS_FILE, BUS_VIRTUAL};                                  \
        return cr_make_param_array(enum bus_kind, kinds, BUS_KINDS);                                         \
    }                                                                                                        \
    ParameterizedTest(const enum bus_kind *kind, bus, name)                                                  \
    {                                                                                                        \
        struct bus_fixture fixture;                                                                          \
        bus_fixture_open(&fixture, *kind, 3);                                                                \
        on_every_bus_##name(&fixture);                                                                       \
        bus_fixture_close(&fixture);                                                                         \
    }                                                                                                        \
    static void on_every_bus_##name(struct bus_fixture *fixture)

#define expect_text(got, want)                                                                               \
    do {                                                                                                     \
        const char *got_ = (got);                                                                            \
        cr_expect(got_ != NULL && strcmp(got_, (want)) == 0, "%s bus: got %s, want %s",                      \
                  bus_kind_names[fixture->kind], got_ == NULL ? "nothing" : got_, (want));                   \
    } while (0)
#define expect_nothing(got)                                                                                  \
    do {                                                                                                     \
        const char *got_ = (got);                                                                            \
        cr_expect(got_ == NULL, "%s bus: got %s, want nothing", bus_kind_names[fixture->kind],               \
                  got_ == NULL ? "" : got_);                                                                 \
    } while (0)

OnEveryBus(a_service_reads_several_topics_in_the_order_they_were_written)
{
    struct mw_bus *bus = seat_on(fixture->broker, "s", "raw.a", "raw.b");
    append_text(fixture->broker, "raw.a", "t", "1");
    append_text(fixture->broker, "raw.b", "u", "2");
    append_text(fixture->broker, "inner", "t", "x");
    append_text(fixture->broker, "raw.b", "t", "3");
    append_text(fixture->broker, "raw.a", "v", "4");
    expect_text(poll_text(bus), "1");
    expect_text(poll_text(bus), "2");
    expect_text(poll_text(bus), "3");
    expect_text(poll_text(bus), "4");
    expect_nothing(poll_text(bus));
    mw_bus_close(&bus);
}

OnEveryBus(partitions_are_assigned_before_the_first_record)
{
    append_text(fixture->broker, "raw.a", "t", "1");
    struct mw_bus *bus = seat_on(fixture->broker, "s", "raw.a", NULL);
    for (int32_t p = 0; p < 3; p++) {
        struct mw_bus_event event;
        must(mw_bus_poll(bus, 0, &event, err));
        cr_expect(event.kind == MW_BUS_ASSIGNED && event.partition == p);
    }
    expect_text(poll_text(bus), "1");
    mw_bus_close(&bus);
}

OnEveryBus(staged_records_are_seen_after_the_commit_only)
{
    struct mw_bus *bus = seat_on(fixture->broker, "s", "raw.a", NULL);
    struct mw_bus *next = seat_on(fixture->broker, "n", "inner", NULL);
    append_text(fixture->broker, "raw.a", "t", "1");
    expect_text(poll_text(bus), "1");
    produce_text(bus, fixture->broker, "inner", "t", "out");
    expect_nothing(poll_text(next));
    expect_text(topic_text(fixture->broker, "inner"), "");
    must(mw_bus_commit(bus, err));
    expect_text(poll_text(next), "out");
    expect_text(topic_text(fixture->broker, "inner"), "out");
    mw_bus_close(&bus);
    mw_bus_close(&next);
}

OnEveryBus(an_abort_drops_what_was_staged_and_rewinds_to_the_last_commit)
{
    struct mw_bus *bus = seat_on(fixture->broker, "s", "raw.a", "raw.b");
    append_text(fixture->broker, "raw.a", "t", "1");
    append_text(fixture->broker, "raw.b", "u", "2");
    append_text(fixture->broker, "raw.a", "v", "3");
    expect_text(poll_text(bus), "1");
    must(mw_bus_commit(bus, err));
    expect_text(poll_text(bus), "2");
    expect_text(poll_text(bus), "3");
    produce_text(bus, fixture->broker, "inner", "t", "never");
    must(mw_bus_abort(bus, err));
    expect_text(poll_text(bus), "2");
    expect_text(poll_text(bus), "3");
    expect_nothing(poll_text(bus));
    must(mw_bus_commit(bus, err));
    expect_text(topic_text(fixture->broker, "inner"), "");
    mw_bus_close(&bus);
}

OnEveryBus(a_new_seat_goes_on_after_the_last_commit)
{
    append_text(fixture->broker, "raw.a", "t", "1");
    append_text(fixture->broker, "raw.a", "t", "2");
    struct mw_bus *bus = seat_on(fixture->broker, "s", "raw.a", NULL);
    expect_text(poll_text(bus), "1");
    must(mw_bus_commit(bus, err));
    expect_text(poll_text(bus), "2");
    mw_bus_close(&bus); /* 2 was polled and not committed */
    bus = seat_on(fixture->broker, "s", "raw.a", NULL);
    expect_text(poll_text(bus), "2");
    mw_bus_close(&bus);
}

OnEveryBus(two_services_read_the_same_topic_independently)
{
    append_text(fixture->broker, "raw.a", "t", "1");
    struct mw_bus *a = seat_on(fixture->broker, "a", "raw.a", NULL);
    struct mw_bus *b = seat_on(fixture->broker, "b", "raw.a", NULL);
    expect_text(poll_text(a), "1");
    must(mw_bus_commit(a, err));
    expect_text(poll_text(b), "1");
    mw_bus_close(&a);
    mw_bus_close(&b);
}

OnEveryBus(one_service_has_one_seat)
{
    struct mw_bus *bus = seat_on(fixture->broker, "s", "raw.a", NULL), *second;
    const char *topics[] = {"raw.a"};
    struct mw_error error = {0};
    cr_expect_eq(mw_bus_open(fixture->broker,
                             &(struct mw_bus_options){.service = "s", .topics = topics, .n_topics = 1},
                             &second, &error),
                 MW_E_BUSY);
    mw_bus_close(&bus);
}

OnEveryBus(records_travel_whole)
{
    const struct mw_attribute headers[] = {{mw_span("ce_id"), mw_span("x/1")},
                                           {mw_span("ce_subject"), mw_span("")}};
    const char value[] = "with\0nul";
    struct mw_record record = record_of(fixture->broker, "raw.a", "t", "");
    record.value = (struct mw_span){value, sizeof value};
    record.headers = (struct mw_headers){headers, 2};
    record.time_us = INT64_C(1769850000123456);
    must(mw_broker_append(fixture->broker, &record, 1, err));
    struct mw_bus *bus = seat_on(fixture->broker, "s", "raw.a", NULL);
    struct mw_bus_event event;
    do {
        must(mw_bus_poll(bus, 0, &event, err));
    } while (event.kind == MW_BUS_ASSIGNED);
    cr_assert_eq(event.kind, MW_BUS_RECORD);
    cr_expect_str_eq(event.record->topic, "raw.a");
    cr_expect_eq(event.record->partition, record.partition);
    cr_expect_eq(event.record->offset, 0);
    cr_expect_eq(event.record->time_us, record.time_us);
    cr_expect(mw_span_is(event.record->key, "t"));
    cr_expect(mw_span_eq(event.record->value, record.value));
    cr_expect_eq(event.record->headers.n, 2);
    cr_expect(mw_span_is(mw_record_header(event.record, "ce_id"), "x/1"));
    cr_expect_eq(mw_record_header(event.record, "ce_subject").len, 0);
    cr_expect_eq(mw_record_header(event.record, "ce_none").len, 0);
    mw_bus_close(&bus);
}

OnEveryBus(a_reader_gives_ranges_in_recorded_order_and_no_more_than_asked)
{
    const int32_t p = mw_partition_of(mw_span("t"), 3);
    for (int i = 0; i < 6; i++) {
        char value[16];
        (void)snprintf(value, sizeof value, "%c%d", i % 2 == 0 ? 'a' : 'b', i / 2);
        append_text(fixture->broker, i % 2 == 0 ? "raw.a" : "raw.b", "t", value);
    }
    char name_a[] = "raw.a", name_b[] = "raw.b";
    const struct mw_bus_range ranges[] = {{name_a, p, 1, MW_OFFSET_NONE}, {name_b, p, 0, 2}};
    struct mw_bus_reader *reader = NULL;
    must(mw_broker_read(fixture->broker, ranges, 2, &reader, err));
    name_a[0] = name_b[0] = '?';                        /* names are borrowed for the call only */
    append_text(fixture->broker, "raw.b", "t", "late"); /* after the reader was opened */
    static const char *const want[] = {"b0", "a1", "b1", "a2"};
    const struct mw_record *record;
    for (size_t i = 0; i < 4; i++) {
        must(mw_bus_reader_next(reader, &record, err));
        cr_assert_not_null(record);
        cr_expect(mw_span_is(record->value, want[i]), "%s: record %zu is " MW_SPAN_FMT ", want %s",
                  bus_kind_names[fixture->kind], i, MW_SPAN_ARG(record->value), want[i]);
    }
    must(mw_bus_reader_next(reader, &record, err));
    cr_expect_null(record);
    mw_bus_reader_close(&reader);
}

OnEveryBus(an_empty_topic_reads_as_nothing)
{
    expect_text(topic_text(fixture->broker, "inner"), "");
    expect_text(latest_text(fixture->broker, "state"), "");
    struct mw_bus_extent extent;
    must(mw_broker_extent(fixture->broker, "inner", 0, &extent, err));
    cr_expect(extent.first == 0 && extent.end == 0);
}

static void append_subject(struct mw_broker *broker, const char *topic, const char *subject,
                           const char *value)
{
    const struct mw_attribute header = {mw_span(MW_HEADER_SUBJECT), mw_span(subject)};
    struct mw_record record = record_of(broker, topic, "t", value);
    record.headers = (struct mw_headers){&header, 1};
    must(mw_broker_append(broker, &record, 1, err));
}

OnEveryBus(the_latest_view_has_one_record_for_each_key_and_subject)
{
    append_subject(fixture->broker, "inner", "tv", "tv1");
    append_subject(fixture->broker, "inner", "radio", "radio1");
    append_subject(fixture->broker, "inner", "tv", "tv2");
    append_text(fixture->broker, "inner", "u", "u1");
    expect_text(latest_text(fixture->broker, "inner"), "radio1 tv2 u1");
    expect_text(topic_text(fixture->broker, "inner"), "tv1 radio1 tv2 u1"); /* nothing is lost */
}

OnEveryBus(a_compacted_topic_keeps_the_latest_only_and_its_offsets_go_on)
{
    append_subject(fixture->broker, "state", "a", "a1");
    append_subject(fixture->broker, "state", "b", "b1");
    append_subject(fixture->broker, "state", "a", "a2");
    expect_text(topic_text(fixture->broker, "state"), "b1 a2");
    struct mw_bus_extent extent;
    must(mw_broker_extent(fixture->broker, "state", mw_partition_of(mw_span("t"), 3), &extent, err));
    cr_expect(extent.first == 1 && extent.end == 3, "%lld..%lld", (long long)extent.first,
              (long long)extent.end);
    struct mw_bus *bus = seat_on(fixture->broker, "s", "state", NULL); /* holes are no lost position */
    expect_text(poll_text(bus), "b1");
    expect_text(poll_text(bus), "a2");
    mw_bus_close(&bus);
}

OnEveryBus(committed_offsets_and_lag_say_how_far_a_service_is)
{
    const char *topics[] = {"raw.a", "raw.b"};
    const struct mw_bus_options options = {.service = "s", .topics = topics, .n_topics = 2};
    const int32_t p = mw_partition_of(mw_span("t"), 3);
    append_text(fixture->broker, "raw.a", "t", "1");
    append_text(fixture->broker, "raw.b", "t", "2");
    append_text(fixture->broker, "raw.b", "u", "3");
    int64_t offset, lag;
    must(mw_broker_committed(fixture->broker, "s", "raw.a", p, &offset, err));
    cr_expect_eq(offset, MW_OFFSET_NONE);
    must(mw_broker_lag(fixture->broker, &options, &lag, err));
    cr_expect_eq(lag, 3);
    struct mw_bus *bus = seat_on(fixture->broker, "s", "raw.a", "raw.b");
    expect_text(poll_text(bus), "1");
    must(mw_bus_commit(bus, err));
    must(mw_broker_committed(fixture->broker, "s", "raw.a", p, &offset, err));
    cr_expect_eq(offset, 1);
    must(mw_broker_lag(fixture->broker, &options, &lag, err));
    cr_expect_eq(lag, 2);
    mw_bus_close(&bus);
}

OnEveryBus(produce_refuses_unknown_topics_partitions_and_keys_on_the_wrong_one)
{
    struct mw_bus *bus = seat_on(fixture->broker, "s", "raw.a", NULL);
    struct mw_record record = record_of(fixture->broker, "none", "t", "x");
    cr_expect_eq(mw_bus_produce(bus, &record, NULL), MW_E_CONTRACT);
    record = record_of(fixture->broker, "inner", "t", "x");
    record.partition = 3;
    cr_expect_eq(mw_bus_produce(bus, &record, NULL), MW_E_CONTRACT);
    record.partition = -1;
    cr_expect_eq(mw_bus_produce(bus, &record, NULL), MW_E_CONTRACT);
    record.partition = (mw_partition_of(mw_span("t"), 3) + 1) % 3;
    cr_expect_eq(mw_bus_produce(bus, &record, NULL), MW_E_CONTRACT);
    record.topic = "raw.b"; /* open: what comes is taken, its reader judges */
    cr_expect_eq(mw_bus_produce(bus, &record, NULL), MW_OK);
    mw_bus_close(&bus);
}

OnEveryBus(a_record_beyond_the_limit_is_full)
{
    char *big = calloc(1, MW_RECORD_BYTES_MAX + 1);
    cr_assert_not_null(big);
    struct mw_record record = record_of(fixture->broker, "raw.a", "t", "");
    static const size_t limits[] = {MW_RAW_BYTES_MAX, MW_RECORD_BYTES_MAX};
    for (size_t i = 0; i < 2; i++) {
        record.topic = i == 0 ? "raw.a" : "inner";
        record.value = (struct mw_span){big, limits[i] + 1};
        cr_expect_eq(mw_broker_append(fixture->broker, &record, 1, NULL), MW_E_FULL);
        record.value.len = limits[i];
        cr_expect_eq(mw_broker_append(fixture->broker, &record, 1, NULL), MW_OK);
    }
    free(big);
}

OnEveryBus(topics_are_declared_once_and_never_change)
{
    const struct mw_topic same = {.name = "raw.a", .is_open = true}, other = {.name = "raw.a"};
    const struct mw_topic odd = {.name = "no topic"};
    cr_expect_eq(mw_broker_declare(fixture->broker, &same, 1, NULL), MW_OK);
    cr_expect_eq(mw_broker_declare(fixture->broker, &other, 1, NULL), MW_E_CONTRACT);
    cr_expect_eq(mw_broker_declare(fixture->broker, &odd, 1, NULL), MW_E_CONTRACT);
    cr_expect_not_null(mw_broker_topic(fixture->broker, "raw.a"));
    cr_expect_null(mw_broker_topic(fixture->broker, "no topic"));
    enum mw_status status = MW_OK;
    for (int i = 0; i < MW_TOPICS_MAX && status == MW_OK; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "more.%d", i);
        status = mw_broker_declare(fixture->broker, &(struct mw_topic){.name = name}, 1, NULL);
    }
    cr_expect_eq(status, MW_E_FULL);
}

OnEveryBus(what_does_not_exist_cannot_be_read)
{
    struct mw_bus_reader *reader;
    const struct mw_bus_range no_topic = {"none", 0, 0, MW_OFFSET_NONE}, no_partition = {"raw.a", 3, 0, 1};
    int64_t offset;
    cr_expect_eq(mw_broker_read(fixture->broker, &no_topic, 1, &reader, NULL), MW_E_CONTRACT);
    cr_expect_eq(mw_broker_read(fixture->broker, &no_partition, 1, &reader, NULL), MW_E_CONTRACT);
    cr_expect_eq(mw_broker_latest(fixture->broker, "raw.a", 0, &reader, NULL), MW_E_CONTRACT);
    cr_expect_eq(mw_broker_committed(fixture->broker, "s", "none", 0, &offset, NULL), MW_E_CONTRACT);
    const char *topics[] = {"raw.a", "raw.a"};
    struct mw_bus *bus;
    cr_expect_eq(mw_bus_open(fixture->broker,
                             &(struct mw_bus_options){.service = "s", .topics = topics, .n_topics = 2}, &bus,
                             NULL),
                 MW_E_CONTRACT);
    cr_expect_eq(
        mw_bus_open(fixture->broker, &(struct mw_bus_options){.topics = topics, .n_topics = 1}, &bus, NULL),
        MW_E_CONTRACT);
}

/* Consume, process, produce with aborts, commits and new seats at every step: each input has one output. */
OnEveryBus(whatever_is_aborted_or_left_every_input_has_exactly_one_output)
{
    enum { N = 60 };
    char want[N * 6] = "";
    for (int i = 0; i < N; i++) {
        char value[16];
        (void)snprintf(value, sizeof value, "%d", i);
        append_text(fixture->broker, i % 3 == 0 ? "raw.a" : "raw.b", "t", value);
        (void)snprintf(want + strlen(want), sizeof want - strlen(want), "%s%d", i == 0 ? "" : " ", i);
    }
    uint32_t lot = 12345;
    struct mw_bus *bus = seat_on(fixture->broker, "s", "raw.a", "raw.b");
    for (const char *text; (text = poll_text(bus)) != NULL;) {
        produce_text(bus, fixture->broker, "inner", "t", text);
        lot = lot * 1664525u + 1013904223u;
        if (lot >> 30 == 0) {
            must(mw_bus_commit(bus, err));
        } else if (lot >> 30 == 1) {
            must(mw_bus_abort(bus, err));
        } else if (lot >> 28 == 8) {
            mw_bus_close(&bus);
            bus = seat_on(fixture->broker, "s", "raw.a", "raw.b");
        }
    }
    must(mw_bus_commit(bus, err));
    mw_bus_close(&bus);
    expect_text(topic_text(fixture->broker, "inner"), want);
}
