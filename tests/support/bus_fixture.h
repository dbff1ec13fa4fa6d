/* bus_fixture.h: brokers to test with: every implementation behind one call, and records in one line. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_bus.h"
#include "mw_bus_sqlite.h"
#include "mw_bus_virtual.h"

#include <criterion/criterion.h>

enum bus_kind { BUS_MEMORY, BUS_FILE, BUS_VIRTUAL, BUS_KINDS };
extern const char *const bus_kind_names[BUS_KINDS];

/* Topics: "raw.a" and "raw.b" (open), "inner" and "inner.b" (latest), "state" (compacted). */
struct bus_fixture {
    enum bus_kind kind;
    char folder[64]; /* of BUS_FILE; removed at the end */
    char path[96];
    struct mw_broker *broker;
};

void bus_fixture_open(struct bus_fixture *fixture, enum bus_kind kind, int32_t n_partitions);
/* Closes and opens again what outlives a process: the file. */
void bus_fixture_reopen(struct bus_fixture *fixture);
void bus_fixture_close(struct bus_fixture *fixture);
/* A fresh folder under the system's temporary one, and its removal with all files in it. */
void make_folder(char out[64]);
void remove_folder(const char *folder);

/* key "k" goes to its own partition. */
struct mw_record record_of(const struct mw_broker *broker, const char *topic, const char *key,
                           const char *value);
void append_text(struct mw_broker *broker, const char *topic, const char *key, const char *value);
struct mw_bus *seat_on(struct mw_broker *broker, const char *service, const char *topic_a,
                       const char *topic_b);
/* The value of the next record, or NULL when there is none; assignments are passed over. */
const char *poll_text(struct mw_bus *bus);
void produce_text(struct mw_bus *bus, const struct mw_broker *broker, const char *topic, const char *key,
                  const char *value);
/* All values of a topic in recorded order, blank-separated; borrowed until the next call. */
const char *topic_text(struct mw_broker *broker, const char *topic);
const char *latest_text(struct mw_broker *broker, const char *topic);

#define must(call)                                                                                           \
    do {                                                                                                     \
        struct mw_error must_err_ = {0};                                                                     \
        struct mw_error *err = &must_err_;                                                                   \
        cr_assert_eq((call), MW_OK, "%s: %s", #call, must_err_.text);                                        \
    } while (0)
