// SPDX-License-Identifier: Apache-2.0
#include "mw_messages.h"
#include "mw_publisher_core.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

/* What a sink was handed, as one line each: "topic key #rev id body". */
struct heard {
    char lines[32][256];
    size_t n;
    bool refuses;
};

static enum mw_status hear(void *self, const struct mw_frames *frames, struct mw_error *err)
{
    struct heard *heard = self;
    if (heard->refuses) {
        return MW_FAIL(err, MW_E_IO, "the sink is gone");
    }
    (void)snprintf(heard->lines[heard->n++], sizeof heard->lines[0],
                   MW_SPAN_FMT " " MW_SPAN_FMT " #%lld " MW_SPAN_FMT " " MW_SPAN_FMT,
                   MW_SPAN_ARG(frames->topic), MW_SPAN_ARG(frames->key), (long long)frames->rev,
                   MW_SPAN_ARG(frames->id), MW_SPAN_ARG(frames->body));
    return MW_OK;
}

static struct mw_publisher_core *open_core(size_t keys_max, struct heard *heard)
{
    struct mw_publisher_core *core = NULL;
    const struct mw_publisher_limits limits = {.keys_max = keys_max};
    cr_assert_eq(mw_publisher_core_open(&core, &limits, NULL), MW_OK);
    const struct mw_frames_sink sink = {hear, heard};
    mw_publisher_core_attach(core, heard == NULL ? NULL : &sink);
    return core;
}

static struct mw_message message_of(const struct mw_type *type, const char *tenant, const void *body,
                                    int64_t offset)
{
    return (struct mw_message){.type = type,
                               .body = body,
                               .tenant = mw_span(tenant),
                               .id = mw_span("svc/1/0"),
                               .raw = mw_span("{\"as\":\"it came\"}"),
                               .topic = type->topic,
                               .partition = 0,
                               .offset = offset,
                               .time_us = 1700000000123456};
}

static enum mw_status step(struct mw_publisher_core *core, const struct mw_message *in, struct mw_error *err)
{
    struct mw_effects effects = {0};
    const enum mw_status status = mw_publisher_core_ops.step(core, in, &effects, err);
    cr_expect_eq(effects.n, 0, "a publisher emits no records");
    mw_effects_fini(&effects);
    return status;
}

static enum mw_status step_alert(struct mw_publisher_core *core, const char *tenant, const char *key,
                                 int64_t rev)
{
    const struct mw_alert alert = {.tenant = mw_span(tenant),
                                   .key = mw_span(key),
                                   .rule = mw_span("mroas_below_floor"),
                                   .severity = MW_SEVERITY_WARNING,
                                   .rev = rev,
                                   .expires_at = MW_TIME_NONE};
    const struct mw_message in = message_of(&mw_type_alert, tenant, &alert, rev);
    return step(core, &in, NULL);
}

static struct mw_writer state_of(const struct mw_publisher_core *core, const char *tenant)
{
    struct mw_writer out = {0};
    cr_assert_eq(mw_publisher_core_ops.save(core, mw_span(tenant), &out, NULL), MW_OK);
    return out;
}

Test(publisher_core, each_type_goes_to_its_topic_with_the_body_as_it_came)
{
    struct heard heard = {0};
    struct mw_publisher_core *core = open_core(100, &heard);
    const struct mw_estimate estimate = {.outcome = mw_span("revenue"), .kind = MW_PUBLISHED, .rev = 4};
    const struct mw_allocation allocation = {
        .outcome = mw_span("revenue"), .kind = MW_LATEST, .rev = 5, .valid_until = 20000};
    const struct mw_experiment experiment = {.test = mw_span("geo-1"), .rev = 6};
    const struct mw_alert alert = {.key = mw_span("us/mroas/tv"),
                                   .rule = mw_span("mroas"),
                                   .severity = MW_SEVERITY_CRITICAL,
                                   .rev = 7,
                                   .expires_at = MW_TIME_NONE};
    const struct mw_deadletter letter = {.reason = mw_span("syntax")};
    const struct mw_message in[] = {message_of(&mw_type_estimate, "us", &estimate, 1),
                                    message_of(&mw_type_allocation, "us", &allocation, 2),
                                    message_of(&mw_type_experiment, "us", &experiment, 3),
                                    message_of(&mw_type_alert, "us", &alert, 4),
                                    message_of(&mw_type_deadletter, "us", &letter, 5)};
    for (size_t i = 0; i < 5; i++) {
        cr_assert_eq(step(core, &in[i], NULL), MW_OK);
    }
    const char *const expected[] = {
        "estimate/v1/us/published/ revenue/published #4 svc/1/0 {\"as\":\"it came\"}",
        "alloc/v1/us/latest/ revenue/latest #5 svc/1/0 {\"as\":\"it came\"}",
        "experiment/v1/us/geo-1/ geo-1 #6 svc/1/0 {\"as\":\"it came\"}",
        "alert/v1/us/critical/mroas/ us/mroas/tv #7 svc/1/0 {\"as\":\"it came\"}",
        "deadletter/v1/us/ svc/1/0 #0 svc/1/0 {\"as\":\"it came\"}"};
    cr_assert_eq(heard.n, 5);
    for (size_t i = 0; i < 5; i++) {
        cr_expect_str_eq(heard.lines[i], expected[i]);
    }
    mw_publisher_core_close(&core);
}

Test(publisher_core, a_slash_in_a_name_cannot_reach_into_another_tenants_prefix)
{
    struct heard heard = {0};
    struct mw_publisher_core *core = open_core(100, &heard);
    cr_assert_eq(step_alert(core, "us/east", "k", 1), MW_OK);
    cr_assert_eq(step_alert(core, "a%b c", "k", 1), MW_OK);
    cr_expect(strncmp(heard.lines[0], "alert/v1/us%2Feast/warning/", 27) == 0, "%s", heard.lines[0]);
    cr_expect(strncmp(heard.lines[1], "alert/v1/a%25b%20c/warning/", 27) == 0, "%s", heard.lines[1]);
    mw_publisher_core_close(&core);
}

Test(publisher_core, a_record_with_an_enum_value_that_has_no_name_is_refused)
{
    struct heard heard = {0};
    struct mw_publisher_core *core = open_core(100, &heard);
    struct mw_error err = {0};
    const struct mw_alert alert = {.key = mw_span("k"), .rule = mw_span("r"), .severity = 9, .rev = 1};
    const struct mw_message in = message_of(&mw_type_alert, "us", &alert, 1);
    cr_expect_eq(step(core, &in, &err), MW_E_DATA);
    cr_expect(strstr(err.text, "\"info\"") != NULL, "%s", err.text);
    const struct mw_estimate estimate = {.kind = -1};
    const struct mw_message other = message_of(&mw_type_estimate, "us", &estimate, 2);
    cr_expect_eq(step(core, &other, NULL), MW_E_DATA);
    cr_expect_eq(heard.n, 0);
    mw_publisher_core_close(&core);
}

Test(publisher_core, other_types_pass_by_but_move_the_position)
{
    struct heard heard = {0};
    struct mw_publisher_core *core = open_core(100, &heard);
    const struct mw_fact fact = {.n = 1};
    const struct mw_message in = message_of(&mw_type_fact, "us", &fact, 41);
    cr_assert_eq(step(core, &in, NULL), MW_OK);
    struct mw_heartbeat beat = {0};
    mw_publisher_core_describe(core, &beat);
    cr_expect_eq(heard.n, 0);
    cr_assert_eq(beat.n_streams, 1);
    cr_expect_eq(beat.streams[0].offset, 41);
    mw_publisher_core_close(&core);
}

Test(publisher_core, a_sink_that_fails_leaves_the_core_as_it_was)
{
    struct heard heard = {.refuses = true};
    struct mw_publisher_core *core = open_core(100, &heard);
    cr_expect_eq(step_alert(core, "us", "k", 1), MW_E_IO);
    struct mw_heartbeat beat = {0};
    mw_publisher_core_describe(core, &beat);
    cr_expect_eq(beat.n_keys, 0);
    cr_expect_eq(beat.n_streams, 0);
    heard.refuses = false;
    cr_expect_eq(step_alert(core, "us", "k", 1), MW_OK);
    cr_expect_eq(heard.n, 1);
    mw_publisher_core_close(&core);
}

Test(publisher_core, a_muted_core_remembers_but_says_nothing)
{
    struct heard heard = {0};
    struct mw_publisher_core *core = open_core(100, NULL);
    cr_assert_eq(step_alert(core, "us", "k", 1), MW_OK);
    const struct mw_frames_sink sink = {hear, &heard};
    mw_publisher_core_attach(core, &sink);
    cr_assert_eq(step_alert(core, "us", "k", 2), MW_OK);
    cr_expect_eq(heard.n, 1);
    mw_publisher_core_close(&core);
}

Test(publisher_core, the_table_keeps_the_latest_of_each_key_and_gives_it_by_prefix)
{
    struct heard heard = {0}, latest = {0};
    struct mw_publisher_core *core = open_core(100, &heard);
    cr_assert_eq(step_alert(core, "usa", "k", 1), MW_OK);
    cr_assert_eq(step_alert(core, "us", "b", 1), MW_OK);
    cr_assert_eq(step_alert(core, "us", "a", 1), MW_OK);
    cr_assert_eq(step_alert(core, "us", "a", 2), MW_OK);
    const struct mw_frames_sink visitor = {hear, &latest};
    cr_assert_eq(mw_publisher_core_latest(core, mw_span("alert/v1/us/"), &visitor, NULL), MW_OK);
    cr_assert_eq(latest.n, 2);
    cr_expect(strstr(latest.lines[0], " a #2 ") != NULL, "%s", latest.lines[0]);
    cr_expect(strstr(latest.lines[1], " b #1 ") != NULL, "%s", latest.lines[1]);
    cr_assert_eq(mw_publisher_core_latest(core, mw_span(""), &visitor, NULL), MW_OK);
    cr_expect_eq(latest.n, 5);
    latest.refuses = true;
    cr_expect_eq(mw_publisher_core_latest(core, mw_span(""), &visitor, NULL), MW_E_IO);
    mw_publisher_core_close(&core);
}

Test(publisher_core, a_key_beyond_the_limit_is_published_and_counted_but_not_kept)
{
    struct heard heard = {0};
    struct mw_publisher_core *core = open_core(2, &heard);
    cr_assert_eq(step_alert(core, "us", "a", 1), MW_OK);
    cr_assert_eq(step_alert(core, "us", "b", 1), MW_OK);
    cr_assert_eq(step_alert(core, "us", "c", 1), MW_OK);
    cr_assert_eq(step_alert(core, "us", "a", 2), MW_OK);
    struct mw_heartbeat beat = {0};
    mw_publisher_core_describe(core, &beat);
    cr_expect_eq(heard.n, 4);
    cr_expect_eq(beat.n_keys, 2);
    cr_expect_eq(beat.n_not_kept, 1);
    mw_publisher_core_close(&core);
}

static enum mw_status step_tick(struct mw_publisher_core *core, const char *tenant, int32_t partition,
                                int64_t time_us)
{
    const struct mw_metric_tick tick = {.time = time_us};
    const struct mw_metric metric = {.kind = MW_METRIC_TICK, .tick = &tick};
    struct mw_message in = message_of(&mw_type_metric, tenant, &metric, time_us / 1000000);
    in.partition = partition;
    return step(core, &in, NULL);
}

Test(publisher_core, the_heartbeats_tick_is_that_of_the_partition_furthest_behind)
{
    struct mw_publisher_core *core = open_core(100, NULL);
    struct mw_heartbeat beat = {0};
    mw_publisher_core_describe(core, &beat);
    cr_expect_eq(beat.tick_ms, MW_TIME_NONE);
    cr_expect_eq(beat.tenant_tick_ms, MW_TIME_NONE);
    cr_assert_eq(step_tick(core, "", 1, 9000000), MW_OK);
    cr_assert_eq(step_tick(core, "", 0, 5000000), MW_OK);
    cr_assert_eq(step_tick(core, "", 0, 4000000), MW_OK); /* backwards */
    cr_assert_eq(step_tick(core, "demo", 0, 1000000), MW_OK);
    mw_publisher_core_describe(core, &beat);
    cr_expect_eq(beat.tick_ms, 5000);
    cr_expect_eq(beat.tenant_tick_ms, 1000);
    mw_publisher_core_close(&core);
}

Test(publisher_core, a_loaded_core_goes_on_with_the_same_bytes)
{
    struct mw_publisher_core *a = open_core(100, NULL), *b = open_core(100, NULL);
    cr_assert_eq(step_alert(a, "us", "k", 1), MW_OK);
    cr_assert_eq(step_alert(a, "eu", "k", 1), MW_OK);
    cr_assert_eq(step_alert(a, "", "whole/partition", 1), MW_OK);
    cr_assert_eq(step_tick(a, "", 1, 9000000), MW_OK);
    const char *const tenants[] = {"", "eu", "us"};
    for (size_t i = 0; i < 3; i++) {
        struct mw_writer saved = state_of(a, tenants[i]);
        struct mw_reader in = mw_reader(mw_writer_span(&saved));
        cr_assert_eq(mw_publisher_core_ops.load(b, mw_span(tenants[i]), &in, NULL), MW_OK);
        mw_writer_fini(&saved);
    }
    cr_assert_eq(step_tick(a, "", 0, 8000000), MW_OK);
    cr_assert_eq(step_tick(b, "", 0, 8000000), MW_OK);
    cr_assert_eq(step_alert(a, "us", "k", 2), MW_OK);
    cr_assert_eq(step_alert(b, "us", "k", 2), MW_OK);
    for (size_t i = 0; i < 3; i++) {
        struct mw_writer x = state_of(a, tenants[i]), y = state_of(b, tenants[i]);
        cr_expect(mw_span_eq(mw_writer_span(&x), mw_writer_span(&y)), "tenant \"%s\"", tenants[i]);
        mw_writer_fini(&x);
        mw_writer_fini(&y);
    }
    mw_publisher_core_close(&a);
    mw_publisher_core_close(&b);
}

Test(publisher_core, tenants_are_listed_bytewise_and_the_nameless_one_is_not_among_them)
{
    struct mw_publisher_core *core = open_core(100, NULL);
    struct mw_span name;
    cr_assert_eq(step_alert(core, "us", "k", 1), MW_OK);
    cr_assert_eq(step_alert(core, "", "k", 1), MW_OK);
    cr_assert_eq(step_alert(core, "eu", "k", 1), MW_OK);
    cr_assert(mw_publisher_core_ops.tenant_at(core, 0, &name));
    cr_expect(mw_span_is(name, "eu"));
    cr_assert(mw_publisher_core_ops.tenant_at(core, 1, &name));
    cr_expect(mw_span_is(name, "us"));
    cr_expect_not(mw_publisher_core_ops.tenant_at(core, 2, &name));
    mw_publisher_core_ops.forget(core, mw_span("eu"));
    mw_publisher_core_ops.forget(core, mw_span("nobody"));
    cr_assert(mw_publisher_core_ops.tenant_at(core, 0, &name));
    cr_expect(mw_span_is(name, "us"));
    mw_publisher_core_close(&core);
}

Test(publisher_core, every_cut_of_a_snapshot_is_refused)
{
    struct mw_publisher_core *core = open_core(100, NULL);
    cr_assert_eq(step_alert(core, "", "k", 1), MW_OK);
    cr_assert_eq(step_tick(core, "", 0, 8000000), MW_OK);
    struct mw_writer saved = state_of(core, "");
    for (size_t len = 0; len < saved.len; len++) {
        struct mw_publisher_core *fresh = open_core(100, NULL);
        struct mw_reader in = mw_reader((struct mw_span){saved.data, len});
        cr_expect_eq(mw_publisher_core_ops.load(fresh, mw_span(""), &in, NULL), MW_E_DATA, "cut at %zu", len);
        mw_publisher_core_close(&fresh);
    }
    struct mw_reader whole = mw_reader(mw_writer_span(&saved));
    cr_expect_eq(mw_publisher_core_ops.load(core, mw_span("us"), &whole, NULL), MW_E_DATA,
                 "another tenant's");
    mw_writer_fini(&saved);
    mw_publisher_core_close(&core);
}

Test(publisher_core, an_arena_without_memory_is_a_status)
{
    struct mw_publisher_core *core = open_core(100, NULL);
    mw_arena_fail_after(1);
    cr_expect_eq(step_alert(core, "us", "k", 1), MW_E_MEMORY);
    mw_arena_fail_after(0);
    cr_expect_eq(step_alert(core, "us", "k", 1), MW_OK);
    mw_publisher_core_close(&core);
}

Test(publisher_core, the_header_says_what_a_subscriber_needs_before_the_body)
{
    struct mw_writer out = {0};
    const struct mw_frames frames = {.topic = mw_span("alert/v1/us/info/r/"),
                                     .type = &mw_type_alert,
                                     .id = mw_span("alerts/us/7/0"),
                                     .tenant = mw_span("us"),
                                     .key = mw_span("us/r/\"quoted\"\\\n"),
                                     .rev = 3,
                                     .event_ms = 1700000000123,
                                     .valid_until_ms = MW_TIME_NONE,
                                     .body = mw_span("{}")};
    mw_frames_write_header(&frames, 1700000000200, &out);
    mw_write_u8(&out, 0);
    cr_expect_str_eq(
        out.data,
        "{\"v\":1,\"type\":\"mw.alert.v1\",\"id\":\"alerts/us/7/0\",\"tenant\":\"us\","
        "\"key\":\"us/r/\\\"quoted\\\"\\\\\\u000a\",\"rev\":3,\"ts_pub_ms\":1700000000200,"
        "\"ts_event_ms\":1700000000123,\"valid_until_ms\":null,\"schema\":\"mw.alert.v1.schema.json\"}");
    mw_writer_fini(&out);
}

Test(publisher_core, a_header_is_json_whatever_bytes_a_refused_record_had_for_a_key)
{
    struct mw_writer out = {0};
    const struct mw_frames frames = {.type = &mw_type_deadletter,
                                     .tenant = mw_span("a\xff"
                                                       "b"),
                                     .key = mw_span("caf\xc3\xa9"),
                                     .valid_until_ms = MW_TIME_NONE};
    mw_frames_write_header(&frames, 1, &out);
    mw_write_u8(&out, 0);
    cr_expect(strstr(out.data, "\"tenant\":\"a\\u00ffb\",\"key\":\"caf\xc3\xa9\"") != NULL, "%s", out.data);
    mw_writer_fini(&out);
}

Test(publisher_core, advice_is_valid_to_the_end_of_its_last_day)
{
    struct mw_arena arena = {0};
    struct mw_frames frames;
    const struct mw_allocation allocation = {.outcome = mw_span("revenue"),
                                             .valid_until = 1}; /* 1970-01-02 */
    const struct mw_message in = message_of(&mw_type_allocation, "us", &allocation, 1);
    cr_assert_eq(mw_frames_route(&in, &arena, &frames, NULL), MW_OK);
    cr_expect_eq(frames.valid_until_ms, INT64_C(2) * 86400 * 1000);
    cr_expect_eq(frames.event_ms, 1700000000123);
    mw_arena_fini(&arena);
}

Test(publisher_core, a_heartbeat_carries_clock_positions_and_losses)
{
    struct mw_writer out = {0};
    const struct mw_stream_position streams[] = {{mw_span("mw.alert.v1"), 0, 17},
                                                 {mw_span("mw.metric.v1"), 1, 5}};
    const struct mw_heartbeat beat = {.now_ms = 5000,
                                      .interval_ms = 1000,
                                      .started_ms = 1000,
                                      .seq = 4,
                                      .tick_ms = 4900,
                                      .tenant_tick_ms = MW_TIME_NONE,
                                      .streams = streams,
                                      .n_streams = 2,
                                      .n_sent = 9,
                                      .n_canary_lost = 2,
                                      .n_keys = 3,
                                      .n_not_kept = 1};
    mw_heartbeat_write_header(&beat, &out);
    mw_heartbeat_write_body(&beat, &out);
    mw_write_u8(&out, 0);
    cr_expect_str_eq(out.data,
                     "{\"v\":1,\"type\":\"heartbeat\",\"rev\":4,\"ts_pub_ms\":5000}"
                     "{\"started_ms\":1000,\"interval_ms\":1000,\"tick_ms\":4900,\"tenant_tick_ms\":null,"
                     "\"streams\":[{\"topic\":\"mw.alert.v1\",\"partition\":0,\"offset\":17},"
                     "{\"topic\":\"mw.metric.v1\",\"partition\":1,\"offset\":5}],"
                     "\"sent\":9,\"canary_lost\":2,\"keys\":3,\"not_kept\":1}");
    mw_writer_fini(&out);
}
