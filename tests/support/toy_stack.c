// SPDX-License-Identifier: Apache-2.0
#include "toy_stack.h"

#include <stdio.h>

static const char *const services[] = {"counter", "teller"};

void toy_declare(struct mw_broker *broker)
{
    must(mw_service_declare(broker, services, 2, err));
}

enum mw_status toy_stack_open(struct toy_stack *stack, struct mw_broker *broker,
                              const struct mw_service_settings *settings, struct mw_cache *cache,
                              struct mw_error *err)
{
    *stack = (struct toy_stack){.broker = broker};
    enum mw_status status = MW_OK;
    for (int i = 0; i < 2 && status == MW_OK; i++) {
        stack->cores[i] = toy_open();
        const struct mw_service_config config = {.ops = i == 0 ? &toy_counter_ops : &toy_teller_ops,
                                                 .core = stack->cores[i],
                                                 .inputs = i == 0 ? toy_counter_inputs : toy_teller_inputs,
                                                 .n_inputs = i == 0 ? 2 : 1,
                                                 .broker = broker,
                                                 .cache = cache,
                                                 .settings = *settings};
        status = mw_service_open(&stack->services[i], &config, err);
    }
    if (status != MW_OK) {
        toy_stack_close(stack);
    }
    return status;
}

void toy_stack_close(struct toy_stack *stack)
{
    for (int i = 0; i < 2; i++) {
        mw_service_close(&stack->services[i]);
        toy_close(stack->cores[i]);
        stack->cores[i] = NULL;
    }
}

enum mw_status toy_stack_quiesce(struct toy_stack *stack, struct mw_error *err)
{
    return mw_service_quiesce(stack->services, 2, NULL, NULL, err);
}

void toy_append_factor(struct mw_broker *broker, const char *tenant, const char *id, double value)
{
    char json[256];
    (void)snprintf(json, sizeof json,
                   "{\"id\":\"%s\",\"tenant\":\"%s\",\"source\":\"s\",\"factor\":\"f\",\"observed_at\":"
                   "\"2026-01-01T00:00:00Z\",\"date\":\"2026-01-01\",\"value\":%g}",
                   id, tenant, value);
    append_text(broker, "mw.factor.v1", tenant, json);
}

void toy_append(struct mw_broker *broker, int i)
{
    static const char *const tenants[] = {"ab", "cd", "ef"};
    char id[16];
    (void)snprintf(id, sizeof id, "e%d", i);
    if (i % 11 == 7) {
        struct mw_record tick = record_of(broker, "mw.clock.v1", "", "{\"time\":\"2026-01-01T00:00:00Z\"}");
        for (tick.partition = 0; tick.partition < mw_broker_n_partitions(broker); tick.partition++) {
            must(mw_broker_append(broker, &tick, 1, err));
        }
    } else if (i % 13 == 5) {
        append_text(broker, "mw.factor.v1", tenants[i % 3], "{\"id\":");
    } else {
        toy_append_factor(broker, tenants[i % 3], id, i % 17 == 3 ? -1 : i);
    }
}

static void add_record(struct mw_writer *out, const struct mw_record *record, bool values_only)
{
    mw_write_span(out, record->value);
    if (!values_only) {
        mw_write_i64(out, record->offset);
        mw_write_i64(out, record->time_us);
        mw_write_span(out, record->key);
        for (size_t i = 0; i < record->headers.n; i++) {
            mw_write_span(out, record->headers.items[i].name);
            const bool names_the_log = mw_span_is(record->headers.items[i].name, "ce_stream");
            mw_write_span(out, names_the_log ? mw_span("log") : record->headers.items[i].value);
        }
    }
}

static void add_topic(struct mw_broker *broker, const char *topic, bool values_only, struct mw_writer *out)
{
    for (int32_t p = 0; p < mw_broker_n_partitions(broker); p++) {
        const struct mw_bus_range range = {topic, p, 0, MW_OFFSET_NONE};
        struct mw_bus_reader *reader = NULL;
        const struct mw_record *record;
        must(mw_broker_read(broker, &range, 1, &reader, err));
        for (;;) {
            must(mw_bus_reader_next(reader, &record, err));
            if (record == NULL) {
                break;
            }
            add_record(out, record, values_only);
        }
        mw_bus_reader_close(&reader);
    }
}

static struct mw_hash128 outcome(struct toy_stack *stack, bool values_only)
{
    static const char *const topics[] = {"mw.factor.v1", "mw.metric.v1", "mw.scenario.v1",
                                         "mw.deadletter.v1"};
    struct mw_writer all = {0};
    for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++) {
        add_topic(stack->broker, topics[i], values_only && i < 3, &all);
        mw_write_u32(&all, 0);
        if (values_only && i == 2) {
            break; /* a dead letter names its offset */
        }
    }
    for (int i = 0; i < 2; i++) {
        struct mw_hash128 state;
        must(mw_service_state_hash(stack->services[i], &state, err));
        mw_write_u64(&all, state.lo);
    }
    const struct mw_hash128 hash = mw_hash128(all.data, all.len);
    mw_writer_fini(&all);
    return hash;
}

struct mw_hash128 toy_outcome(struct toy_stack *stack)
{
    return outcome(stack, false);
}

struct mw_hash128 toy_values(struct toy_stack *stack)
{
    return outcome(stack, true);
}

uint64_t toy_count(struct mw_broker *broker, const char *topic)
{
    uint64_t n = 0;
    for (int32_t p = 0; p < mw_broker_n_partitions(broker); p++) {
        const struct mw_bus_range range = {topic, p, 0, MW_OFFSET_NONE};
        struct mw_bus_reader *reader = NULL;
        const struct mw_record *record;
        must(mw_broker_read(broker, &range, 1, &reader, err));
        for (;;) {
            must(mw_bus_reader_next(reader, &record, err));
            if (record == NULL) {
                break;
            }
            n++;
        }
        mw_bus_reader_close(&reader);
    }
    return n;
}
