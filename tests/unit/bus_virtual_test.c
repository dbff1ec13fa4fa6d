/* The simulated broker misbehaves as it is told, reproducibly, and never more than a real one may. */
// SPDX-License-Identifier: Apache-2.0
#include "bus_fixture.h"

#include <stdio.h>

static struct mw_broker *open_sim(uint64_t seed, struct mw_bus_faults faults)
{
    static const struct mw_topic topics[] = {{.name = "raw.a", .is_open = true},
                                             {.name = "raw.b", .is_open = true},
                                             {.name = "inner", .has_latest = true}};
    struct mw_broker *broker = NULL;
    must(mw_bus_virtual_open(&broker, &(struct mw_bus_virtual_options){.seed = seed, .faults = faults}, err));
    must(mw_broker_declare(broker, topics, 3, err));
    return broker;
}

static void append_numbers(struct mw_broker *broker, int n)
{
    for (int i = 0; i < n; i++) {
        char value[16];
        (void)snprintf(value, sizeof value, "%c%03d", i % 2 == 0 ? 'a' : 'b', i);
        append_text(broker, i % 2 == 0 ? "raw.a" : "raw.b", "t", value);
    }
}

static const char *both_topics(struct mw_broker *broker)
{
    static char text[4096];
    const struct mw_bus_range ranges[] = {{"raw.a", 0, 0, MW_OFFSET_NONE}, {"raw.b", 0, 0, MW_OFFSET_NONE}};
    struct mw_bus_reader *reader = NULL;
    must(mw_broker_read(broker, ranges, 2, &reader, err));
    size_t len = 0;
    for (;;) {
        const struct mw_record *record;
        must(mw_bus_reader_next(reader, &record, err));
        if (record == NULL) {
            break;
        }
        len += (size_t)snprintf(text + len, sizeof text - len, MW_SPAN_FMT " ", MW_SPAN_ARG(record->value));
    }
    mw_bus_reader_close(&reader);
    return text;
}

Test(virtual, reorders_across_topics_never_within_one_and_readers_see_what_poll_saw)
{
    struct mw_broker *broker = open_sim(7, (struct mw_bus_faults){.reorder = 0.4});
    append_numbers(broker, 40);
    struct mw_bus *bus = seat_on(broker, "s", "raw.a", "raw.b");
    char polled[4096] = "", last_a[16] = "", last_b[16] = "";
    bool out_of_order = false;
    int last = -1;
    for (const char *text; (text = poll_text(bus)) != NULL;) {
        char *before = text[0] == 'a' ? last_a : last_b;
        cr_expect(strcmp(before, text) < 0, "%s after %s", text, before);
        (void)snprintf(before, 16, "%.15s", text);
        out_of_order = out_of_order || atoi(text + 1) < last;
        last = atoi(text + 1);
        (void)snprintf(polled + strlen(polled), sizeof polled - strlen(polled), "%s ", text);
    }
    cr_expect(out_of_order);
    cr_expect_str_eq(both_topics(broker), polled);
    mw_bus_close(&bus);
    mw_broker_close(&broker);
}

Test(virtual, the_same_seed_gives_the_same_run)
{
    char first[4096];
    for (int run = 0; run < 2; run++) {
        struct mw_broker *broker = open_sim(11, (struct mw_bus_faults){.reorder = 0.3, .repeat = 0.2});
        append_numbers(broker, 40);
        if (run == 0) {
            (void)snprintf(first, sizeof first, "%s", both_topics(broker));
        } else {
            cr_expect_str_eq(both_topics(broker), first);
        }
        mw_broker_close(&broker);
    }
}

Test(virtual, drops_say_so_and_repeats_do_not)
{
    struct mw_broker *broker = open_sim(3, (struct mw_bus_faults){.drop = 0.3, .repeat = 0.3});
    const struct mw_record record = record_of(broker, "raw.a", "t", "x");
    int64_t n_said = 0, n_dropped = 0;
    for (int i = 0; i < 100; i++) {
        struct mw_error error = {0};
        const enum mw_status status = mw_broker_append(broker, &record, 1, &error);
        cr_expect(status == MW_OK || (status == MW_E_IO && error.retriable));
        n_said += status == MW_OK;
        n_dropped += status != MW_OK;
    }
    struct mw_bus_extent extent;
    must(mw_broker_extent(broker, "raw.a", 0, &extent, err));
    cr_expect(n_dropped > 10 && extent.end > n_said);
    mw_broker_close(&broker);
}

Test(virtual, a_refused_commit_did_nothing_and_a_lost_one_did_everything)
{
    struct mw_broker *broker = open_sim(5, (struct mw_bus_faults){.commit_refused = 0.5, .commit_lost = 0.5});
    struct mw_bus *bus = seat_on(broker, "s", "raw.a", NULL);
    int n_refused = 0, n_lost = 0;
    int64_t want = 0;
    for (int i = 0; i < 200; i++) {
        struct mw_error error = {0};
        produce_text(bus, broker, "inner", "t", "x");
        const enum mw_status status = mw_bus_commit(bus, &error);
        want += status == MW_OK || error.fatal;
        n_lost += status != MW_OK && error.fatal;
        if (status != MW_OK && !error.fatal) {
            n_refused++;
            must(mw_bus_abort(bus, err));
        }
        struct mw_bus_extent extent;
        must(mw_broker_extent(broker, "inner", 0, &extent, err));
        cr_assert_eq(extent.end, want);
    }
    cr_expect(n_refused > 20 && n_lost > 20);
    mw_bus_close(&bus);
    mw_broker_close(&broker);
}

Test(virtual, markers_make_holes_that_nobody_trips_over)
{
    struct mw_broker *broker = open_sim(5, (struct mw_bus_faults){.marker = 0.9});
    struct mw_bus *bus = seat_on(broker, "s", "raw.a", NULL);
    for (int i = 0; i < 5; i++) {
        produce_text(bus, broker, "inner", "t", "x");
        must(mw_bus_commit(bus, err));
    }
    struct mw_bus_extent extent;
    must(mw_broker_extent(broker, "inner", 0, &extent, err));
    cr_expect(extent.end > 5);
    cr_expect_str_eq(topic_text(broker, "inner"), "x x x x x");
    mw_bus_close(&bus);
    mw_broker_close(&broker);
}

Test(virtual, a_revoked_partition_comes_back_at_its_committed_position)
{
    struct mw_broker *broker = open_sim(9, (struct mw_bus_faults){.rebalance = 0.3});
    append_numbers(broker, 20);
    struct mw_bus *bus = seat_on(broker, "s", "raw.a", NULL);
    int n_revoked = 0, n_records = 0;
    for (int i = 0; i < 400 && n_records < 10; i++) {
        struct mw_bus_event event;
        must(mw_bus_poll(bus, 0, &event, err));
        n_revoked += event.kind == MW_BUS_REVOKED;
        if (event.kind == MW_BUS_RECORD) {
            char want[16];
            (void)snprintf(want, sizeof want, "a%03d", 2 * n_records);
            cr_expect(mw_span_is(event.record->value, want));
            n_records++;
            must(mw_bus_commit(bus, err));
        }
    }
    cr_expect_eq(n_records, 10);
    cr_expect(n_revoked > 0);
    mw_bus_close(&bus);
    mw_broker_close(&broker);
}

Test(virtual, a_trimmed_log_refuses_a_position_before_its_start)
{
    struct mw_broker *broker = open_sim(1, (struct mw_bus_faults){0});
    append_numbers(broker, 10);
    must(mw_bus_virtual_trim(broker, "raw.a", 0, 2, err));
    const char *topics[] = {"raw.a"};
    struct mw_bus *bus;
    struct mw_error error = {0};
    cr_expect_eq(mw_bus_open(broker,
                             &(struct mw_bus_options){.service = "s", .topics = topics, .n_topics = 1}, &bus,
                             &error),
                 MW_E_DATA);
    cr_expect(error.fatal);
    cr_expect_eq(mw_bus_virtual_trim(broker, "none", 0, 2, NULL), MW_E_CONTRACT);
    cr_expect_eq(mw_bus_virtual_damage(broker, "raw.a", 0, 99, 0, NULL), MW_E_CONTRACT);
    mw_broker_close(&broker);
}

Test(virtual, has_no_groups)
{
    struct mw_broker *broker = open_sim(1, (struct mw_bus_faults){0});
    cr_expect_not(mw_broker_has_groups(broker));
    cr_expect_eq(mw_broker_group_begin(broker, NULL), MW_E_CONTRACT);
    mw_broker_close(&broker);
}
