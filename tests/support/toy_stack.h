/* toy_stack.h: the two toy services on one broker, and everything they leave behind as one text. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "bus_fixture.h"
#include "mw_service.h"
#include "toy_core.h"

struct toy_stack {
    struct mw_broker *broker;
    struct toy_core *cores[2];
    struct mw_service *services[2];
};

/* Declares every topic; may be called again. */
void toy_declare(struct mw_broker *broker);
/* A status instead of a failed test, as with a misbehaving broker; on failure nothing stays open. */
enum mw_status toy_stack_open(struct toy_stack *stack, struct mw_broker *broker,
                              const struct mw_service_settings *settings, struct mw_cache *cache,
                              struct mw_error *err);
void toy_stack_close(struct toy_stack *stack);
enum mw_status toy_stack_quiesce(struct toy_stack *stack, struct mw_error *err);

/* The i-th of a fixed series of raw records over three tenants: factors, now and then a tick for everybody and a
 * record that is refused. */
void toy_append(struct mw_broker *broker, int i);
void toy_append_factor(struct mw_broker *broker, const char *tenant, const char *id, double value);

/* A hash over every record of every topic but the states: place, key, time, headers, bytes; and over both states. */
struct mw_hash128 toy_outcome(struct toy_stack *stack);
/* The same over the values alone, where offsets may differ. */
struct mw_hash128 toy_values(struct toy_stack *stack);
uint64_t toy_count(struct mw_broker *broker, const char *topic);
