/* The shell around a core: identity of effects, dead letters, snapshots and the traps of restoring, verify. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_wire.h"
#include "toy_stack.h"

#include <stdio.h>

enum { N_RECORDS = 60 };
static const struct mw_service_settings no_snapshots = {.snapshot_records = -1, .snapshot_bytes = -1};

static struct mw_broker *open_virtual(void)
{
    struct mw_broker *broker = NULL;
    must(mw_bus_virtual_open(&broker, &(struct mw_bus_virtual_options){.seed = 1}, err));
    toy_declare(broker);
    return broker;
}

static struct mw_broker *open_memory(void)
{
    struct mw_broker *broker = NULL;
    must(mw_bus_sqlite_open(&broker, &(struct mw_bus_sqlite_options){.path = ":memory:"}, err));
    toy_declare(broker);
    return broker;
}

static void open_stack(struct toy_stack *stack, struct mw_broker *broker)
{
    must(toy_stack_open(stack, broker, &no_snapshots, NULL, err));
}

static void run_all(struct toy_stack *stack)
{
    for (int i = 0; i < N_RECORDS; i++) {
        toy_append(stack->broker, i);
    }
    must(toy_stack_quiesce(stack, err));
}

/* The record at one offset, whose spans live until the broker's next change. */
static struct mw_record record_at(struct mw_broker *broker, const char *topic, int64_t offset,
                                  struct mw_bus_reader **reader)
{
    const struct mw_bus_range range = {topic, 0, offset, offset + 1};
    const struct mw_record *record;
    must(mw_broker_read(broker, &range, 1, reader, err));
    must(mw_bus_reader_next(*reader, &record, err));
    cr_assert_not_null(record, "%s has no offset %lld", topic, (long long)offset);
    return *record;
}

#define expect_header(record, name, want)                                                                    \
    cr_expect(mw_span_is(mw_record_header(record, name), want), "%s is \"" MW_SPAN_FMT "\", want \"%s\"",    \
              name, MW_SPAN_ARG(mw_record_header(record, name)), want)

/* ---- identity ------------------------------------------------------------------------------------------------ */

Test(identity, an_effect_is_named_by_service_input_and_index_and_has_the_time_of_its_input)
{
    struct toy_stack stack;
    struct mw_broker *broker = open_memory();
    open_stack(&stack, broker);
    for (int i = 0; i < 5; i++) {
        toy_append_factor(broker, "ab", "x", 1 + i);
    }
    must(toy_stack_quiesce(&stack, err));
    struct mw_bus_reader *reader = NULL;
    struct mw_record record = record_at(broker, "mw.metric.v1", 0, &reader);
    expect_header(&record, "ce_id", "counter/mw.factor.v1/0/0/0");
    expect_header(&record, "ce_source", "counter");
    expect_header(&record, "ce_type", "mw.metric.v1");
    expect_header(&record, "ce_specversion", "1.0");
    expect_header(&record, "content-type", "application/json");
    cr_expect_eq(record.time_us, 1000);
    cr_expect(mw_span_is(record.key, "ab"));
    mw_bus_reader_close(&reader);
    record = record_at(broker, "mw.scenario.v1", 0, &reader);
    expect_header(&record, "ce_id", "teller/counter/mw.factor.v1/0/0/0/0");
    expect_header(&record, "ce_subject", "s/1");
    cr_expect_eq(record.time_us, 1000);
    mw_bus_reader_close(&reader);
    record = record_at(broker, "mw.factor.v1", 5, &reader); /* the loop: second effect of the fifth record */
    expect_header(&record, "ce_id", "counter/mw.factor.v1/0/4/1");
    mw_bus_reader_close(&reader);
    cr_expect_eq(toy_count(broker, "mw.metric.v1"), 6, "the record that came back was read too");
    toy_stack_close(&stack);
    mw_broker_close(&broker);
}

Test(identity, an_effect_of_a_fact_is_named_by_tenant_and_number_and_fenced_by_the_journal)
{
    struct mw_broker *broker = open_memory();
    const struct mw_fact_close end = {.from = 20000, .to = 20000, .periods = 1};
    const struct mw_fact fact = {.n = 7,
                                 .tenant = mw_span("ab"),
                                 .journal = mw_span("journal-1"),
                                 .time = 1000,
                                 .kind = MW_FACT_CLOSE,
                                 .close = &end};
    struct mw_writer json = {0};
    must(mw_encode(&mw_type_fact, &fact, &json, err));
    mw_write_u8(&json, 0);
    append_text(broker, "mw.fact.v1", "ab", json.data);
    mw_writer_fini(&json);
    static const struct mw_type *const inputs[] = {&mw_type_fact};
    struct toy_core *core = toy_open();
    const struct mw_service_config config = {
        .ops = &toy_teller_ops, .core = core, .inputs = inputs, .n_inputs = 1, .broker = broker};
    struct mw_service *service = NULL;
    must(mw_service_open(&service, &config, err));
    must(mw_service_quiesce(&service, 1, NULL, NULL, err));
    struct mw_bus_reader *reader = NULL;
    const struct mw_record record = record_at(broker, "mw.scenario.v1", 0, &reader);
    expect_header(&record, "ce_id", "teller/ab/7/0");
    expect_header(&record, "ce_stream", "journal-1");
    expect_header(&record, "ce_n", "7");
    mw_bus_reader_close(&reader);
    mw_service_close(&service);
    toy_close(core);
    mw_broker_close(&broker);
}

/* ---- dead letters --------------------------------------------------------------------------------------------- */

static void expect_letter(struct mw_broker *broker, int64_t offset, const char *part)
{
    struct mw_bus_reader *reader = NULL;
    const struct mw_record record = record_at(broker, "mw.deadletter.v1", offset, &reader);
    char text[2048];
    (void)snprintf(text, sizeof text, MW_SPAN_FMT, MW_SPAN_ARG(record.value));
    cr_expect_not_null(strstr(text, part), "want %s in %s", part, text);
    mw_bus_reader_close(&reader);
}

Test(dead_letter, holds_the_record_whole_with_reason_place_and_pointer)
{
    struct toy_stack stack;
    struct mw_broker *broker = open_memory();
    open_stack(&stack, broker);
    append_text(broker, "mw.factor.v1", "ab", "{\"id\":");
    append_text(broker, "mw.factor.v1", "ab", "{\"id\":\"a b\"}");
    toy_append_factor(broker, "ab", "low", -1);
    toy_append_factor(broker, "ab", "many", -2);
    append_text(broker, "mw.factor.v1", "ab", "\xff\xfe\x01");
    append_text(broker, "mw.factor.v1", "\xff", "{}");
    toy_append_factor(broker, "ab", "good", 1);
    must(toy_stack_quiesce(&stack, err));
    expect_letter(broker, 0, "\"reason\":\"syntax\"");
    expect_letter(broker, 0, "\"record\":\"{\\\"id\\\":\"");
    expect_letter(broker, 1, "\"pointer\":\"/id\"");
    expect_letter(broker, 2, "\"reason\":\"too_low\",\"detail\":\"send more\"");
    expect_letter(broker, 2, "\"offset\":2");
    expect_letter(broker, 3, "\"reason\":\"full\",\"detail\":\"that is one too many\"");
    expect_letter(broker, 4, "\"record\":\"//4B\",\"encoding\":\"base64\"");
    expect_letter(broker, 5, "\"topic\":\"mw.factor.v1\"");
    cr_expect_eq(toy_count(broker, "mw.metric.v1"), 1, "the partition went on");
    cr_expect_eq(mw_service_info(stack.services[0])->n_deadletters, 6);
    toy_stack_close(&stack);
    mw_broker_close(&broker);
}

Test(dead_letter, a_record_on_the_wrong_partition_is_one)
{
    struct mw_broker *broker = NULL;
    must(mw_bus_sqlite_open(&broker, &(struct mw_bus_sqlite_options){.path = ":memory:", .n_partitions = 2},
                            err));
    toy_declare(broker);
    struct mw_record record = record_of(broker, "mw.factor.v1", "ab", "{}");
    record.partition = 1 - record.partition;
    must(mw_broker_append(broker, &record, 1, err));
    struct toy_stack stack;
    open_stack(&stack, broker);
    must(toy_stack_quiesce(&stack, err));
    cr_expect_not_null(strstr(topic_text(broker, "mw.deadletter.v1"), "\"reason\":\"wrong_partition\""));
    toy_stack_close(&stack);
    mw_broker_close(&broker);
}

Test(internal_topic, a_record_of_ours_that_cannot_be_read_stops_the_service)
{
    struct toy_stack stack;
    struct mw_broker *broker = open_memory();
    open_stack(&stack, broker);
    append_text(broker, "mw.metric.v1", "ab", "{}");
    struct mw_error error = {0};
    cr_expect_eq(toy_stack_quiesce(&stack, &error), MW_E_DATA);
    cr_expect(error.fatal);
    cr_expect_not_null(strstr(error.text, "mw.metric.v1 partition 0 offset 0"), "%s", error.text);
    bool worked;
    cr_expect_eq(mw_service_step(stack.services[1], 0, &worked, NULL), MW_E_CONTRACT);
    cr_expect_eq(mw_service_commit(stack.services[1], NULL), MW_E_CONTRACT);
    toy_stack_close(&stack);
    mw_broker_close(&broker);
}

Test(core_failure, commits_nothing_of_the_batch)
{
    struct toy_stack stack;
    struct mw_broker *broker = open_virtual();
    open_stack(&stack, broker);
    toy_append_factor(broker, "ab", "good", 1);
    toy_append_factor(broker, "ab", "breaks-the-core", -3);
    struct mw_error error = {0};
    enum mw_status status = MW_OK;
    bool worked = true;
    while (status == MW_OK && worked) {
        status = mw_service_step(stack.services[0], 0, &worked, &error);
    }
    cr_expect_eq(status, MW_E_NUMERIC);
    cr_expect(error.fatal);
    toy_stack_close(&stack);
    cr_expect_eq(toy_count(broker, "mw.metric.v1"), 0);
    mw_broker_close(&broker);
}

/* ---- several services on one thread --------------------------------------------------------------------------- */

Test(quiesce, gives_the_same_bytes_with_and_without_groups_and_for_every_batch)
{
    struct mw_hash128 want = {0};
    for (size_t batch = 0; batch <= 50; batch = batch == 0 ? 1 : batch * 7) {
        for (int in_groups = 0; in_groups < 2; in_groups++) {
            struct mw_broker *broker = in_groups == 1 ? open_memory() : open_virtual();
            const struct mw_service_settings settings = {.batch_records = batch, .snapshot_records = 9};
            struct toy_stack stack;
            must(toy_stack_open(&stack, broker, &settings, NULL, err));
            run_all(&stack);
            const struct mw_hash128 got = toy_outcome(&stack);
            want = want.lo == 0 ? got : want;
            cr_expect_eq(got.lo, want.lo, "batch %zu, groups %d", batch, in_groups);
            toy_stack_close(&stack);
            mw_broker_close(&broker);
        }
    }
}

static bool after_some(void *self)
{
    return ++*(int *)self > 10;
}

Test(quiesce, ends_when_it_is_told_to_and_what_was_done_is_committed)
{
    struct mw_broker *broker = open_memory();
    struct toy_stack stack;
    open_stack(&stack, broker);
    for (int i = 0; i < N_RECORDS; i++) {
        toy_append(broker, i);
    }
    int n = 0;
    must(mw_service_quiesce(stack.services, 2, after_some, &n, err));
    const uint64_t n_metrics = toy_count(broker, "mw.metric.v1");
    cr_expect(n_metrics > 0 && n_metrics < 20, "%llu", (unsigned long long)n_metrics);
    must(toy_stack_quiesce(&stack, err));
    cr_expect(toy_count(broker, "mw.metric.v1") > n_metrics);
    toy_stack_close(&stack);
    mw_broker_close(&broker);
}

struct collected {
    int n;
    char last_topic[64];
};

static void collect(void *self, const struct mw_record *record)
{
    struct collected *collected = self;
    collected->n++;
    (void)snprintf(collected->last_topic, sizeof collected->last_topic, "%s", record->topic);
}

Test(sink, gets_every_output_once_after_its_commit)
{
    struct mw_broker *broker = open_memory();
    struct toy_core *core = toy_open();
    struct collected collected = {0};
    const struct mw_sink sink = {collect, &collected};
    const struct mw_service_config config = {.ops = &toy_teller_ops,
                                             .core = core,
                                             .inputs = toy_teller_inputs,
                                             .n_inputs = 1,
                                             .broker = broker,
                                             .sink = &sink};
    struct mw_service *service = NULL;
    must(mw_service_open(&service, &config, err));
    const char tick[] =
        "{\"tenant\":\"ab\",\"time\":\"2026-01-01T00:00:00.000000Z\",\"kind\":\"tick\",\"tick\":{\"time\":"
        "\"2026-01-01T00:00:00.000000Z\"}}";
    append_text(broker, "mw.metric.v1", "ab", tick);
    append_text(broker, "mw.metric.v1", "ab", tick);
    bool worked = true;
    while (worked) {
        must(mw_service_step(service, 0, &worked, err));
    }
    cr_expect_eq(collected.n, 0);
    cr_expect_eq(mw_service_deliver(service, NULL), MW_E_CONTRACT);
    cr_expect_eq(mw_service_snapshot(service, NULL), MW_E_CONTRACT);
    must(mw_service_commit(service, err));
    cr_expect_eq(collected.n, 2);
    cr_expect_str_eq(collected.last_topic, "mw.scenario.v1");
    mw_service_close(&service);
    toy_close(core);
    mw_broker_close(&broker);
}

struct live_log {
    char text[32];
};

static void note_live(void *self, bool is_live)
{
    struct live_log *log = self;
    (void)strncat(log->text, is_live ? "live " : "replay ", sizeof log->text - strlen(log->text) - 1);
}

Test(outward, a_service_that_acts_outside_is_told_what_is_replay)
{
    struct mw_broker *broker = open_memory();
    struct live_log log = {""};
    for (int start = 0; start < 2; start++) {
        struct toy_core *core = toy_open();
        const struct mw_service_config config = {.ops = &toy_counter_ops,
                                                 .core = core,
                                                 .inputs = toy_counter_inputs,
                                                 .n_inputs = 2,
                                                 .broker = broker,
                                                 .is_outward = true,
                                                 .set_live = note_live,
                                                 .set_live_self = &log};
        struct mw_service *service = NULL;
        must(mw_service_open(&service, &config, err));
        toy_append_factor(broker, "ab", "x", 1);
        must(mw_service_quiesce(&service, 1, NULL, NULL, err));
        mw_service_close(&service);
        toy_close(core);
    }
    cr_expect_str_eq(log.text, "replay live replay live ");
    mw_broker_close(&broker);
}

/* ---- snapshots and the traps of restoring --------------------------------------------------------------------- */

/* Runs all records with a snapshot after the first 20 and the first 40 inputs; the last 20 are replayed. */
static struct mw_hash128 run_with_two_snapshots(struct mw_broker *broker)
{
    struct toy_stack stack;
    open_stack(&stack, broker);
    for (int i = 0; i < N_RECORDS; i++) {
        toy_append(broker, i);
        if (i % 20 == 19) {
            must(toy_stack_quiesce(&stack, err));
            if (i < 40) {
                must(mw_service_snapshot(stack.services[0], err));
                must(mw_service_snapshot(stack.services[1], err));
            }
        }
    }
    const struct mw_hash128 hash = toy_outcome(&stack);
    toy_stack_close(&stack);
    return hash;
}

/* Opens again; the outcome must be the same whatever happened to the snapshots. */
static void expect_restored(struct mw_broker *broker, struct mw_hash128 want, uint64_t n_replayed_min,
                            uint64_t n_replayed_max, uint64_t n_refused)
{
    struct toy_stack stack;
    open_stack(&stack, broker);
    must(toy_stack_quiesce(&stack, err));
    const struct mw_service_info *info = mw_service_info(stack.services[0]);
    cr_expect(info->n_restored >= n_replayed_min && info->n_restored <= n_replayed_max,
              "%llu records replayed", (unsigned long long)info->n_restored);
    cr_expect_eq(info->n_snapshots_refused, n_refused, "%llu refused",
                 (unsigned long long)info->n_snapshots_refused);
    cr_expect_eq(toy_outcome(&stack).lo, want.lo);
    toy_stack_close(&stack);
}

static int64_t last_of(struct mw_broker *broker, const char *topic, const char *subject)
{
    int64_t offset = -1;
    const struct mw_bus_range range = {topic, 0, 0, MW_OFFSET_NONE};
    struct mw_bus_reader *reader = NULL;
    const struct mw_record *record;
    must(mw_broker_read(broker, &range, 1, &reader, err));
    for (;;) {
        must(mw_bus_reader_next(reader, &record, err));
        if (record == NULL) {
            break;
        }
        offset = mw_span_is(mw_record_header(record, MW_HEADER_SUBJECT), subject) ? record->offset : offset;
    }
    mw_bus_reader_close(&reader);
    cr_assert(offset >= 0, "%s has no %s", topic, subject);
    return offset;
}

#define STATE "mw.state.counter.v1"

Test(restore, begins_at_the_newest_snapshot)
{
    struct mw_broker *broker = open_virtual();
    const struct mw_hash128 want = run_with_two_snapshots(broker);
    expect_restored(broker, want, 20, 30, 0);
    mw_broker_close(&broker);
}

Test(restore, without_any_snapshot_replays_the_log)
{
    struct mw_broker *broker = open_virtual();
    struct toy_stack stack;
    open_stack(&stack, broker);
    run_all(&stack);
    const struct mw_hash128 want = toy_outcome(&stack);
    toy_stack_close(&stack);
    expect_restored(broker, want, N_RECORDS, 90, 0);
    mw_broker_close(&broker);
}

Test(restore, a_damaged_part_falls_back_to_the_older_set)
{
    struct mw_broker *broker = open_virtual();
    const struct mw_hash128 want = run_with_two_snapshots(broker);
    must(
        mw_bus_virtual_damage(broker, STATE, 0, last_of(broker, STATE, "a/0"), 3, err)); /* set 2 is slot a */
    expect_restored(broker, want, 45, 60, 1);
    mw_broker_close(&broker);
}

Test(restore, a_damaged_manifest_falls_back_to_the_older_set)
{
    struct mw_broker *broker = open_virtual();
    const struct mw_hash128 want = run_with_two_snapshots(broker);
    must(mw_bus_virtual_damage(broker, STATE, 0, last_of(broker, STATE, "manifest/a"), 30, err));
    expect_restored(broker, want, 45, 60, 1);
    mw_broker_close(&broker);
}

Test(restore, with_both_sets_damaged_replays_the_log)
{
    struct mw_broker *broker = open_virtual();
    const struct mw_hash128 want = run_with_two_snapshots(broker);
    must(mw_bus_virtual_damage(broker, STATE, 0, last_of(broker, STATE, "manifest/a"), 0, err));
    must(mw_bus_virtual_damage(broker, STATE, 0, last_of(broker, STATE, "b/0"), 0, err));
    expect_restored(broker, want, N_RECORDS, 90, 2);
    mw_broker_close(&broker);
}

Test(restore, a_set_cut_off_between_parts_and_manifest_is_not_seen)
{
    struct mw_broker *broker = open_virtual();
    const struct mw_hash128 want = run_with_two_snapshots(broker);
    const struct mw_attribute subject = {mw_span(MW_HEADER_SUBJECT), mw_span("b/0")};
    struct mw_record part =
        record_of(broker, STATE, "ab", "the first part of set 3, and then the power went");
    part.headers = (struct mw_headers){&subject, 1};
    must(mw_broker_append(broker, &part, 1, err));
    expect_restored(broker, want, 20, 30, 0); /* set 2 in slot a is whole */
    mw_broker_close(&broker);
}

/* A snapshot of a run whose last commits were lost with the disk they were on. */
Test(restore, a_set_ahead_of_the_committed_position_is_ignored)
{
    struct mw_broker *whole = open_virtual(), *broker = open_virtual(); /* same seed: same id */
    (void)run_with_two_snapshots(whole);
    struct toy_stack stack;
    open_stack(&stack, broker);
    for (int i = 0; i < 10; i++) {
        toy_append(broker, i);
    }
    must(toy_stack_quiesce(&stack, err));
    const struct mw_hash128 want = toy_outcome(&stack);
    toy_stack_close(&stack);
    const struct mw_bus_range range = {STATE, 0, 0, MW_OFFSET_NONE};
    struct mw_bus_reader *reader = NULL;
    const struct mw_record *record;
    must(mw_broker_read(whole, &range, 1, &reader, err));
    for (;;) {
        must(mw_bus_reader_next(reader, &record, err));
        if (record == NULL) {
            break;
        }
        must(mw_broker_append(broker, record, 1, err));
    }
    mw_bus_reader_close(&reader);
    expect_restored(broker, want, 10, 20, 2);
    mw_broker_close(&whole);
    mw_broker_close(&broker);
}

Test(restore, a_set_of_another_log_is_ignored)
{
    struct mw_broker *other = NULL, *broker = open_virtual();
    must(mw_bus_virtual_open(&other, &(struct mw_bus_virtual_options){.seed = 2}, err));
    toy_declare(other);
    (void)run_with_two_snapshots(other);
    const struct mw_bus_range range = {STATE, 0, 0, MW_OFFSET_NONE};
    struct mw_bus_reader *reader = NULL;
    const struct mw_record *record;
    must(mw_broker_read(other, &range, 1, &reader, err));
    for (;;) {
        must(mw_bus_reader_next(reader, &record, err));
        if (record == NULL) {
            break;
        }
        must(mw_broker_append(broker, record, 1, err));
    }
    mw_bus_reader_close(&reader);
    struct toy_stack stack;
    open_stack(&stack, broker);
    run_all(&stack);
    cr_expect_eq(mw_service_info(stack.services[0])->n_snapshots_refused, 2);
    toy_stack_close(&stack);
    mw_broker_close(&other);
    mw_broker_close(&broker);
}

static struct mw_hash128 state_of(const struct mw_core_ops *ops, struct mw_broker *broker,
                                  uint64_t *n_refused)
{
    struct toy_core *core = toy_open();
    const struct mw_service_config config = {
        .ops = ops, .core = core, .inputs = toy_counter_inputs, .n_inputs = 2, .broker = broker};
    struct mw_service *service = NULL;
    struct mw_hash128 hash;
    bool worked;
    must(mw_service_open(&service, &config, err));
    must(mw_service_step(service, 0, &worked, err)); /* the assignment, and with it the restore */
    must(mw_service_state_hash(service, &hash, err));
    *n_refused = mw_service_info(service)->n_snapshots_refused;
    mw_service_close(&service);
    toy_close(core);
    return hash;
}

Test(restore, a_set_of_another_version_is_ignored_and_the_state_rebuilt)
{
    struct mw_broker *broker = open_virtual();
    (void)run_with_two_snapshots(broker);
    uint64_t n_same, n_newer;
    const struct mw_hash128 same = state_of(&toy_counter_ops, broker, &n_same);
    const struct mw_hash128 newer = state_of(&toy_counter_newer_ops, broker, &n_newer);
    cr_expect_eq(same.lo, newer.lo);
    cr_expect(n_same == 0 && n_newer == 2);
    mw_broker_close(&broker);
}

Test(restore, inputs_that_are_gone_matter_only_without_a_snapshot_after_them)
{
    struct mw_broker *broker = open_virtual();
    const struct mw_hash128 want = run_with_two_snapshots(broker);
    struct toy_stack stack;
    open_stack(&stack, broker);
    const int64_t kept = 20; /* both sets read the factors farther than this */
    must(mw_bus_virtual_trim(broker, "mw.factor.v1", 0, kept / 2, err));
    toy_stack_close(&stack);
    open_stack(&stack, broker);
    must(toy_stack_quiesce(&stack, err));
    struct mw_hash128 state;
    must(mw_service_state_hash(stack.services[0], &state, err));
    toy_stack_close(&stack);
    (void)want;
    must(mw_bus_virtual_damage(broker, STATE, 0, last_of(broker, STATE, "a/0"), 0, err));
    must(mw_bus_virtual_damage(broker, STATE, 0, last_of(broker, STATE, "b/0"), 0, err));
    open_stack(&stack, broker);
    struct mw_error error = {0};
    cr_expect_eq(toy_stack_quiesce(&stack, &error), MW_E_DATA);
    cr_expect(error.fatal);
    cr_expect_not_null(strstr(error.text, "the log begins at 10"), "%s", error.text);
    toy_stack_close(&stack);
    mw_broker_close(&broker);
}

Test(snapshot, a_state_of_many_parts_comes_back)
{
    struct mw_broker *broker = open_memory();
    struct toy_stack stack;
    open_stack(&stack, broker);
    toy_set_ballast(stack.cores[0], 3 * MW_STATE_PART_BYTES + 24);
    run_all(&stack);
    must(mw_service_snapshot(stack.services[0], err));
    cr_expect_eq(toy_count(broker, STATE), 1 + 4 * 4,
                 "four parts for each of three tenants and for no tenant");
    const struct mw_bus_range range = {STATE, 0, 0, MW_OFFSET_NONE};
    struct mw_bus_reader *reader = NULL;
    const struct mw_record *record;
    must(mw_broker_read(broker, &range, 1, &reader, err));
    for (;;) {
        must(mw_bus_reader_next(reader, &record, err));
        if (record == NULL) {
            break;
        }
        cr_expect(record->value.len <= MW_STATE_PART_BYTES);
    }
    mw_bus_reader_close(&reader);
    toy_set_ballast(stack.cores[0], 0);
    const struct mw_hash128 want = toy_outcome(&stack);
    toy_stack_close(&stack);
    expect_restored(broker, want, 0, 0, 0);
    mw_broker_close(&broker);
}

Test(snapshot, is_written_after_so_many_records_and_keeps_two_sets)
{
    struct mw_broker *broker = open_memory();
    const struct mw_service_settings settings = {.batch_records = 4, .snapshot_records = 10};
    struct toy_stack stack;
    must(toy_stack_open(&stack, broker, &settings, NULL, err));
    run_all(&stack);
    const uint64_t n = mw_service_info(stack.services[0])->n_snapshots;
    cr_expect(n >= 3 && n <= 7, "%llu", (unsigned long long)n);
    cr_expect_eq(toy_count(broker, STATE), 2 * 5, "two manifests with three tenants and no tenant each");
    toy_stack_close(&stack);
    mw_broker_close(&broker);
}

/* ---- verify --------------------------------------------------------------------------------------------------- */

static struct mw_verify_report verify(struct mw_broker *broker)
{
    struct toy_core *core = toy_open();
    const struct mw_service_config config = {
        .ops = &toy_counter_ops, .core = core, .inputs = toy_counter_inputs, .n_inputs = 2, .broker = broker};
    struct mw_verify_report report;
    must(mw_service_verify(&config, &report, err));
    toy_close(core);
    return report;
}

static void expect_outcome(const struct mw_verify_report *report, enum mw_verify_outcome want,
                           const char *part)
{
    cr_expect_eq(report->outcome, want, "%s: %s", mw_verify_outcome_name(report->outcome), report->text);
    cr_expect_not_null(strstr(report->text, part), "%s", report->text);
}

Test(verify, finds_what_was_recorded)
{
    struct mw_broker *broker = open_virtual();
    (void)run_with_two_snapshots(broker);
    struct mw_verify_report report = verify(broker);
    expect_outcome(&report, MW_VERIFY_SAME, "");
    cr_expect(report.n_inputs > N_RECORDS && report.n_outputs > N_RECORDS && report.n_snapshots == 2);
    struct toy_stack stack;
    open_stack(&stack, broker);
    must(toy_stack_quiesce(&stack, err));
    struct mw_hash128 state;
    must(mw_service_state_hash(stack.services[0], &state, err));
    cr_expect_eq(report.state.lo, state.lo);
    toy_stack_close(&stack);
    mw_broker_close(&broker);
}

Test(verify, finds_a_changed_byte_of_an_output)
{
    struct mw_broker *broker = open_virtual();
    (void)run_with_two_snapshots(broker);
    must(mw_bus_virtual_damage(broker, "mw.metric.v1", 0, 17, 30, err));
    const struct mw_verify_report report = verify(broker);
    expect_outcome(&report, MW_VERIFY_OUTPUT_DIFFERS, "its value differs from what is recorded at offset 17");
    mw_broker_close(&broker);
}

Test(verify, finds_a_changed_input)
{
    struct mw_broker *broker = open_virtual();
    (void)run_with_two_snapshots(broker);
    must(mw_bus_virtual_damage(broker, "mw.factor.v1", 0, 4, 7, err)); /* another id */
    const struct mw_verify_report report = verify(broker);
    expect_outcome(&report, MW_VERIFY_OUTPUT_DIFFERS, "of mw.factor.v1 partition 0 offset 4");
    mw_broker_close(&broker);
}

Test(verify, finds_a_lost_output)
{
    struct mw_broker *broker = open_virtual();
    (void)run_with_two_snapshots(broker);
    must(mw_bus_virtual_trim(broker, "mw.deadletter.v1", 0, 99, err));
    const struct mw_verify_report report = verify(broker);
    expect_outcome(&report, MW_VERIFY_OUTPUT_MISSING, "mw.deadletter.v1");
    mw_broker_close(&broker);
}

Test(verify, finds_an_output_that_nobody_made)
{
    struct mw_broker *broker = open_virtual();
    (void)run_with_two_snapshots(broker);
    const struct mw_attribute headers[] = {{mw_span("ce_id"), mw_span("counter/forged/0")},
                                           {mw_span("ce_source"), mw_span("counter")}};
    struct mw_record record = record_of(broker, "mw.scenario.v1", "ab", "{}");
    record.headers = (struct mw_headers){headers, 2};
    must(mw_broker_append(broker, &record, 1, err));
    const struct mw_verify_report report = verify(broker);
    expect_outcome(&report, MW_VERIFY_OUTPUT_EXTRA, "counter/forged/0");
    mw_broker_close(&broker);
}

/* The toy's ballast is no function of its input, so a set taken with it cannot be found again. */
Test(verify, finds_a_snapshot_that_is_not_the_state)
{
    struct mw_broker *broker = open_virtual();
    struct toy_stack stack;
    open_stack(&stack, broker);
    run_all(&stack);
    toy_set_ballast(stack.cores[0], 8);
    must(mw_service_snapshot(stack.services[0], err));
    toy_stack_close(&stack);
    const struct mw_verify_report report = verify(broker);
    expect_outcome(&report, MW_VERIFY_STATE_DIFFERS, "snapshot 1: the state of tenant");
    mw_broker_close(&broker);
}

Test(verify, of_a_service_that_never_ran_is_empty)
{
    struct mw_broker *broker = open_virtual();
    const struct mw_verify_report report = verify(broker);
    expect_outcome(&report, MW_VERIFY_SAME, "");
    cr_expect_eq(report.n_inputs, 0);
    mw_broker_close(&broker);
}
