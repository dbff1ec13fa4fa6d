/* import.h: a table becomes raw records on the bus, period by period.
 *
 * All records of a period are appended in one step together with a note of how far the import has come, and
 * the services run until they rest before the next period. So an import that was cut off goes on where it
 * stopped, and what the services send back (a lift of a test) lands between the same two periods in every
 * run. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_table.h"
#include "records.h"
#include "stack.h"

/* Where periods come from: a table, or a simulation that never ends. */
struct import_feed {
    const struct mw_source *source;
    mw_date first;
    size_t n_periods; /* IMPORT_ENDLESS for a live one */
    /* Of all that the first n periods follow from: a table that has grown since is the same as far as it went. */
    struct mw_hash128 (*fingerprint)(void *self, size_t n);
    struct mw_period (*period)(void *self, size_t i);
    /* Records besides those of the period itself, such as a test that begins; may be NULL. */
    enum mw_status (*extra)(void *self, size_t i, struct record_batch *batch, struct mw_error *err);
    void *self;
};
#define IMPORT_ENDLESS SIZE_MAX
/* The feed of a table, as far as `until` (MW_DATE_NONE: all of it). */
struct import_feed import_table_feed(struct mw_table *table, mw_date until);

struct import {
    struct mw_broker *broker;
    struct import_feed feed;
    struct mw_span rules, rules_version; /* normal form; empty: none */
    struct mw_span journal;              /* names the journal: another text, another journal */
};

/* The topic that remembers how far imports have come; declare it before the stack is opened. */
MW_MUST_USE enum mw_status import_declare(struct mw_broker *broker, struct mw_error *err);
/* The first period that is not on the bus yet. MW_E_DATA when the bus holds an import of
 * another table: one whose rows so far are not the same. */
MW_MUST_USE enum mw_status import_position(const struct import *import, size_t *i_period,
                                           struct mw_error *err);
/* The first date of the tenant's import; MW_DATE_NONE when there is none. */
MW_MUST_USE enum mw_status import_first(struct mw_broker *broker, struct mw_span tenant, mw_date *out,
                                        struct mw_error *err);
/* Appends one period; the first one brings the tenant and its alert rules. */
MW_MUST_USE enum mw_status import_period(const struct import *import, size_t i_period, struct mw_error *err);

struct import_progress {
    void (*show)(void *self, size_t done, size_t n);
    bool (*stopped)(void *self);
    void *self;
};
/* All that is missing of the first n_periods, through the stack, until it rests. */
MW_MUST_USE enum mw_status import_run(const struct import *import, size_t n_periods, struct stack *stack,
                                      const struct import_progress *progress, struct mw_error *err);
/* The alert rules of a tenant as a command. */
MW_MUST_USE enum mw_status import_rules(struct record_batch *batch, struct mw_span tenant,
                                        struct mw_span rules, struct mw_span version, int64_t time_us,
                                        struct mw_error *err);
