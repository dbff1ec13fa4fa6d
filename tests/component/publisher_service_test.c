// SPDX-License-Identifier: Apache-2.0
/* The publisher's core on the embedded bus: what a restart repeats, and what it must not. */
#include "mw_bus_sqlite.h"
#include "mw_publisher_core.h"
#include "mw_service.h"
#include "mw_wire.h"

#include <criterion/criterion.h>
#include <stdio.h>

struct stack {
    struct mw_broker *broker;
    struct mw_publisher_core *core;
    struct mw_service *service;
    int64_t revs[32]; /* as the sink heard them */
    size_t n;
};

static void must(enum mw_status status, const struct mw_error *err)
{
    cr_assert_eq(status, MW_OK, "%s", err->text);
}

static enum mw_status hear(void *self, const struct mw_frames *frames, struct mw_error *err)
{
    (void)err;
    struct stack *stack = self;
    stack->revs[stack->n++] = frames->rev;
    return MW_OK;
}

static void set_live(void *self, bool is_live)
{
    struct stack *stack = self;
    const struct mw_frames_sink sink = {hear, stack};
    mw_publisher_core_attach(stack->core, is_live ? &sink : NULL);
}

static void open_service(struct stack *stack)
{
    static const struct mw_type *const inputs[] = {&mw_type_alert, &mw_type_metric};
    const struct mw_publisher_limits limits = {.keys_max = 100};
    struct mw_error err = {0};
    must(mw_publisher_core_open(&stack->core, &limits, &err), &err);
    const struct mw_service_config config = {.ops = &mw_publisher_core_ops,
                                             .core = stack->core,
                                             .inputs = inputs,
                                             .n_inputs = 2,
                                             .broker = stack->broker,
                                             .settings = {.snapshot_records = 2},
                                             .is_outward = true,
                                             .set_live = set_live,
                                             .set_live_self = stack};
    must(mw_service_open(&stack->service, &config, &err), &err);
}

static void close_service(struct stack *stack)
{
    mw_service_close(&stack->service);
    mw_publisher_core_close(&stack->core);
}

static void open_stack(struct stack *stack)
{
    static const char *const services[] = {"publisher"};
    const struct mw_bus_sqlite_options options = {.path = ":memory:", .n_partitions = 1};
    struct mw_error err = {0};
    *stack = (struct stack){0};
    must(mw_bus_sqlite_open(&stack->broker, &options, &err), &err);
    must(mw_service_declare(stack->broker, services, 1, &err), &err);
    open_service(stack);
}

static void append_alert(struct stack *stack, int64_t rev)
{
    struct mw_writer json = {0};
    struct mw_error err = {0};
    char id[32];
    const struct mw_alert alert = {.tenant = mw_span("us"),
                                   .alert = mw_span("a1"),
                                   .key = mw_span("floor/tv"),
                                   .rule = mw_span("floor"),
                                   .rule_version = mw_span("1"),
                                   .state = MW_ALERT_FIRING,
                                   .severity = MW_SEVERITY_INFO,
                                   .rev = rev,
                                   .since = 0,
                                   .time = rev,
                                   .expires_at = MW_TIME_NONE,
                                   .headline = mw_span("h"),
                                   .metric = mw_span("mroas"),
                                   .unit = mw_span("1"),
                                   .as_of = 20000};
    must(mw_encode(&mw_type_alert, &alert, &json, &err), &err);
    (void)snprintf(id, sizeof id, "alerts/us/%lld/0", (long long)rev);
    const struct mw_attribute headers[] = {{mw_span("ce_id"), mw_span(id)},
                                        {mw_span("ce_source"), mw_span("alerts")},
                                        {mw_span("ce_type"), mw_span("mw.alert.v1")},
                                        {mw_span("ce_specversion"), mw_span("1.0")},
                                        {mw_span("ce_subject"), alert.key}};
    const struct mw_record record = {.topic = "mw.alert.v1",
                                     .time_us = rev,
                                     .key = mw_span("us"),
                                     .value = mw_writer_span(&json),
                                     .headers = {headers, 5}};
    must(mw_broker_append(stack->broker, &record, 1, &err), &err);
    mw_writer_fini(&json);
}

static void run_to_quiescence(struct stack *stack)
{
    struct mw_error err = {0};
    must(mw_service_quiesce(&stack->service, 1, NULL, NULL, &err), &err);
}

Test(publisher_service, a_clean_restart_publishes_nothing_twice_and_keeps_the_latest_values)
{
    struct stack stack;
    open_stack(&stack);
    for (int64_t rev = 1; rev <= 5; rev++) {
        append_alert(&stack, rev);
    }
    run_to_quiescence(&stack);
    close_service(&stack);
    open_service(&stack);
    append_alert(&stack, 6);
    run_to_quiescence(&stack);
    cr_assert_eq(stack.n, 6);
    for (size_t i = 0; i < 6; i++) {
        cr_expect_eq(stack.revs[i], (int64_t)i + 1);
    }
    struct mw_heartbeat beat = {0};
    mw_publisher_core_describe(stack.core, &beat);
    cr_expect_eq(beat.n_keys, 1);
    close_service(&stack);
    mw_broker_close(&stack.broker);
}

/* Published, then killed before the position was committed: the record comes again under the same revision. */
Test(publisher_service, a_crash_before_the_commit_repeats_the_last_records_and_misses_none)
{
    struct stack stack;
    struct mw_error err = {0};
    open_stack(&stack);
    append_alert(&stack, 1);
    run_to_quiescence(&stack);
    append_alert(&stack, 2);
    for (bool worked = true; stack.n < 2 && worked;) {
        must(mw_service_step(stack.service, 0, &worked, &err), &err);
    }
    close_service(&stack);
    open_service(&stack);
    append_alert(&stack, 3);
    run_to_quiescence(&stack);
    const int64_t expected[] = {1, 2, 2, 3};
    cr_assert_eq(stack.n, 4, "%zu", stack.n);
    for (size_t i = 0; i < 4; i++) {
        cr_expect_eq(stack.revs[i], expected[i]);
    }
    close_service(&stack);
    mw_broker_close(&stack.broker);
}

Test(publisher_service, a_replay_of_its_input_gives_the_same_state)
{
    static const struct mw_type *const inputs[] = {&mw_type_alert, &mw_type_metric};
    const struct mw_publisher_limits limits = {.keys_max = 100};
    struct mw_publisher_core *fresh = NULL;
    struct mw_verify_report report;
    struct mw_error err = {0};
    struct stack stack;
    open_stack(&stack);
    for (int64_t rev = 1; rev <= 5; rev++) {
        append_alert(&stack, rev);
        run_to_quiescence(&stack);
    }
    must(mw_publisher_core_open(&fresh, &limits, &err), &err);
    const struct mw_service_config config = {.ops = &mw_publisher_core_ops,
                                             .core = fresh,
                                             .inputs = inputs,
                                             .n_inputs = 2,
                                             .broker = stack.broker};
    must(mw_service_verify(&config, &report, &err), &err);
    cr_expect_eq(report.outcome, MW_VERIFY_SAME, "%s", report.text);
    cr_expect_eq(report.n_inputs, 5);
    cr_expect(report.n_snapshots > 0);
    mw_publisher_core_close(&fresh);
    close_service(&stack);
    mw_broker_close(&stack.broker);
}
