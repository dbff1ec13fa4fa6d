/* stack.h: all services in one process on one broker, in the order of the flow:
 * ingest -> updater, experiments -> alerts -> publisher. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_publisher.h"
#include "mw_service.h"

enum { STACK_SERVICES = 5 };

struct stack_options {
    struct mw_broker *broker;
    struct mw_cache *cache;                      /* may be NULL */
    const struct mw_log *log;                    /* may be NULL */
    struct mw_metrics *metrics;                  /* may be NULL */
    const struct mw_sink *sink;                  /* sees every committed output; may be NULL */
    const struct mw_publisher_config *publisher; /* NULL: nothing is published outside */
    struct mw_service_settings settings;
};

struct stack {
    void *cores[STACK_SERVICES];
    struct mw_service *services[STACK_SERVICES];
    size_t n; /* services that are open, from the first on */
    struct mw_publisher *publisher;
};

/* Declares the topics and opens every service; the first step restores it. On failure nothing stays open. */
MW_MUST_USE enum mw_status stack_open(struct stack *stack, const struct stack_options *options,
                                      struct mw_error *err);
void stack_close(struct stack *stack);
/* Runs until nothing is left to read, all committed and delivered, or `stopped` says so. */
MW_MUST_USE enum mw_status stack_quiesce(struct stack *stack, bool (*stopped)(void *self), void *self,
                                         struct mw_error *err);
/* A snapshot of every service now. */
MW_MUST_USE enum mw_status stack_snapshot(struct stack *stack, struct mw_error *err);

/* One row per service: what it is called, how its core is made, what it reads. */
struct stack_service {
    const struct mw_core_ops *ops;
    enum mw_status (*open)(void **core, struct mw_error *err);
    const struct mw_type *const *inputs;
    size_t n_inputs;
    bool is_outward;
};
extern const struct stack_service stack_services[STACK_SERVICES];
