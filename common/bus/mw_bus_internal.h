/* mw_bus_internal.h: what the implementations of the bus share: topics, the checks of produce, headers as bytes. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_arena.h"
#include "mw_bus.h"
#include "mw_bytes.h"
#include "mw_record_list.h"

/* Index of a declared topic, or -1. */
int mw_broker_topic_index(const struct mw_broker_head *head, const char *name);
/* The promises of produce and append; *out is the topic's index. */
MW_MUST_USE enum mw_status mw_broker_check(const struct mw_broker_head *head, const struct mw_record *record,
                                           int *out, struct mw_error *err);
/* Adds one topic to the table, or compares it with the one that is there. MW_E_CONTRACT, MW_E_FULL,
 * MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_broker_add_topic(struct mw_broker_head *head, const struct mw_topic *topic,
                                               bool *is_new, struct mw_error *err);
void mw_broker_drop_topics(struct mw_broker_head *head);
/* The options of a seat: a service name, declared topics, none twice. */
MW_MUST_USE enum mw_status mw_bus_check_options(const struct mw_broker_head *head,
                                                const struct mw_bus_options *options, struct mw_error *err);
/* A random UUID (version 4) as text. MW_E_IO when the system gives no random bytes. */
MW_MUST_USE enum mw_status mw_bus_draw_id(char out[40], struct mw_error *err);

/* Headers as one blob: count, then name and value of each. */
void mw_headers_write(const struct mw_headers *headers, struct mw_writer *out);
/* Names and values are borrowed from `in`, the array lives in the arena. MW_E_DATA, MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_headers_read(struct mw_span in, struct mw_arena *arena, struct mw_headers *out,
                                           struct mw_error *err);
