// SPDX-License-Identifier: Apache-2.0
#include "bus_fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const char *const bus_kind_names[BUS_KINDS] = {"memory", "file", "virtual"};

static const struct mw_topic topics[] = {
    {.name = "raw.a", .is_open = true},      {.name = "raw.b", .is_open = true},
    {.name = "inner", .has_latest = true},   {.name = "inner.b", .has_latest = true},
    {.name = "state", .is_compacted = true},
};

void make_folder(char out[64])
{
    (void)snprintf(out, 64, "/tmp/mw-test-XXXXXX");
    cr_assert_not_null(mkdtemp(out), "no temporary folder");
}

void remove_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    for (const struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        char path[512];
        (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        (void)unlink(path);
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    (void)rmdir(folder);
}

static void open_broker(struct bus_fixture *fixture, int32_t n_partitions)
{
    if (fixture->kind == BUS_VIRTUAL) {
        must(mw_bus_virtual_open(&fixture->broker,
                                 &(struct mw_bus_virtual_options){.n_partitions = n_partitions, .seed = 1},
                                 err));
    } else {
        must(mw_bus_sqlite_open(&fixture->broker,
                                &(struct mw_bus_sqlite_options){.path = fixture->path,
                                                                .n_partitions = n_partitions,
                                                                .is_instance = true,
                                                                .busy_timeout_ms = 200},
                                err));
    }
    must(mw_broker_declare(fixture->broker, topics, sizeof topics / sizeof topics[0], err));
}

void bus_fixture_open(struct bus_fixture *fixture, enum bus_kind kind, int32_t n_partitions)
{
    *fixture = (struct bus_fixture){.kind = kind};
    (void)snprintf(fixture->path, sizeof fixture->path, ":memory:");
    if (kind == BUS_FILE) {
        make_folder(fixture->folder);
        (void)snprintf(fixture->path, sizeof fixture->path, "%s/log.db", fixture->folder);
    }
    open_broker(fixture, n_partitions);
}

void bus_fixture_reopen(struct bus_fixture *fixture)
{
    cr_assert_eq(fixture->kind, BUS_FILE);
    mw_broker_close(&fixture->broker);
    open_broker(fixture, 0);
}

void bus_fixture_close(struct bus_fixture *fixture)
{
    mw_broker_close(&fixture->broker);
    if (fixture->kind == BUS_FILE) {
        remove_folder(fixture->folder);
    }
}

struct mw_record record_of(const struct mw_broker *broker, const char *topic, const char *key,
                           const char *value)
{
    return (struct mw_record){.topic = topic,
                              .partition = mw_partition_of(mw_span(key), mw_broker_n_partitions(broker)),
                              .time_us = 1000,
                              .key = mw_span(key),
                              .value = mw_span(value)};
}

void append_text(struct mw_broker *broker, const char *topic, const char *key, const char *value)
{
    const struct mw_record record = record_of(broker, topic, key, value);
    must(mw_broker_append(broker, &record, 1, err));
}

struct mw_bus *seat_on(struct mw_broker *broker, const char *service, const char *topic_a,
                       const char *topic_b)
{
    const char *names[] = {topic_a, topic_b};
    struct mw_bus *bus = NULL;
    must(mw_bus_open(
        broker,
        &(struct mw_bus_options){.service = service, .topics = names, .n_topics = topic_b == NULL ? 1 : 2},
        &bus, err));
    return bus;
}

const char *poll_text(struct mw_bus *bus)
{
    static char text[4096];
    struct mw_bus_event event;
    do {
        must(mw_bus_poll(bus, 0, &event, err));
    } while (event.kind == MW_BUS_ASSIGNED || event.kind == MW_BUS_REVOKED);
    if (event.kind == MW_BUS_NOTHING) {
        return NULL;
    }
    (void)snprintf(text, sizeof text, MW_SPAN_FMT, MW_SPAN_ARG(event.record->value));
    return text;
}

void produce_text(struct mw_bus *bus, const struct mw_broker *broker, const char *topic, const char *key,
                  const char *value)
{
    const struct mw_record record = record_of(broker, topic, key, value);
    must(mw_bus_produce(bus, &record, err));
}

static const char *join(struct mw_bus_reader *reader)
{
    static char text[1 << 16];
    size_t len = 0;
    text[0] = '\0';
    for (;;) {
        const struct mw_record *record;
        must(mw_bus_reader_next(reader, &record, err));
        if (record == NULL) {
            break;
        }
        len += (size_t)snprintf(text + len, sizeof text - len, "%s" MW_SPAN_FMT, len == 0 ? "" : " ",
                                MW_SPAN_ARG(record->value));
    }
    mw_bus_reader_close(&reader);
    return text;
}

const char *topic_text(struct mw_broker *broker, const char *topic)
{
    struct mw_bus_range ranges[MW_PARTITIONS_MAX];
    const int32_t n = mw_broker_n_partitions(broker);
    for (int32_t p = 0; p < n; p++) {
        ranges[p] = (struct mw_bus_range){topic, p, 0, MW_OFFSET_NONE};
    }
    struct mw_bus_reader *reader = NULL;
    must(mw_broker_read(broker, ranges, (size_t)n, &reader, err));
    return join(reader);
}

const char *latest_text(struct mw_broker *broker, const char *topic)
{
    struct mw_bus_reader *reader = NULL;
    must(mw_broker_latest(broker, topic, MW_PARTITION_ALL, &reader, err));
    return join(reader);
}
