// SPDX-License-Identifier: Apache-2.0
#include "stack.h"

#include "mw_alerts_core.h"
#include "mw_experiments_core.h"
#include "mw_ingest_core.h"
#include "mw_messages.h"
#include "mw_updater_core.h"

/* ---- the five rows ---- */

static enum mw_status open_ingest(void **core, struct mw_error *err)
{
    struct ingest_core *ingest = NULL;
    const enum mw_status status = ingest_core_open(&ingest, err);
    *core = ingest;
    return status;
}

static enum mw_status open_updater(void **core, struct mw_error *err)
{
    struct updater_core *updater = NULL;
    const enum mw_status status = updater_core_open(&updater, err);
    *core = updater;
    return status;
}

static enum mw_status open_experiments(void **core, struct mw_error *err)
{
    struct mw_experiments_core *experiments = NULL;
    const enum mw_status status = mw_experiments_open(&experiments, NULL, err);
    *core = experiments;
    return status;
}

/* No default rules: those that hold arrive as commands, so that the recorded input says which they were. */
static enum mw_status open_alerts(void **core, struct mw_error *err)
{
    struct mw_alerts_core *alerts = NULL;
    const enum mw_status status = mw_alerts_core_open(&alerts, &(struct mw_alerts_options){0}, err);
    *core = alerts;
    return status;
}

static enum mw_status open_publisher(void **core, struct mw_error *err)
{
    struct mw_publisher_core *publisher = NULL;
    const enum mw_status status =
        mw_publisher_core_open(&publisher, &(struct mw_publisher_limits){.keys_max = 100000}, err);
    *core = publisher;
    return status;
}

static const struct mw_type *const raw_types[] = {&mw_type_tenant, &mw_type_spend, &mw_type_outcome,
                                                  &mw_type_factor, &mw_type_test,  &mw_type_command,
                                                  &mw_type_clock};
static const struct mw_type *const fact_types[] = {&mw_type_fact};
static const struct mw_type *const metric_types[] = {&mw_type_metric};
static const struct mw_type *const public_types[] = {&mw_type_estimate,   &mw_type_allocation,
                                                     &mw_type_experiment, &mw_type_metric,
                                                     &mw_type_alert,      &mw_type_deadletter};

#define TYPES(list) list, sizeof list / sizeof list[0]

const struct stack_service stack_services[STACK_SERVICES] = {
    {&ingest_core_ops, open_ingest, TYPES(raw_types), false},
    {&updater_core_ops, open_updater, TYPES(fact_types), false},
    {&mw_experiments_ops, open_experiments, TYPES(fact_types), false},
    {&mw_alerts_core_ops, open_alerts, TYPES(metric_types), false},
    {&mw_publisher_core_ops, open_publisher, TYPES(public_types), true},
};

/* ---- opening and closing ---- */

static enum mw_status declare(struct mw_broker *broker, struct mw_error *err)
{
    const char *names[STACK_SERVICES];
    for (size_t i = 0; i < STACK_SERVICES; i++) {
        names[i] = stack_services[i].ops->service;
    }
    return mw_service_declare(broker, names, STACK_SERVICES, err);
}

static enum mw_status open_service(struct stack *stack, size_t i, const struct stack_options *options,
                                   struct mw_error *err)
{
    const struct stack_service *row = &stack_services[i];
    MW_TRY(row->open(&stack->cores[i], err));
    if (row->is_outward) {
        MW_TRY(mw_publisher_open(&stack->publisher, stack->cores[i], options->publisher, err));
    }
    const struct mw_service_config config = {
        .ops = row->ops,
        .core = stack->cores[i],
        .inputs = row->inputs,
        .n_inputs = row->n_inputs,
        .broker = options->broker,
        .cache = row->is_outward ? NULL : options->cache,
        .sink = options->sink,
        .log = options->log,
        .metrics = options->metrics,
        .settings = options->settings,
        .is_outward = row->is_outward,
        .set_live = row->is_outward ? mw_publisher_set_live : NULL,
        .set_live_self = stack->publisher,
    };
    return mw_service_open(&stack->services[i], &config, err);
}

enum mw_status stack_open(struct stack *stack, const struct stack_options *options, struct mw_error *err)
{
    *stack = (struct stack){0};
    enum mw_status status = declare(options->broker, err);
    const size_t n = options->publisher == NULL ? STACK_SERVICES - 1 : STACK_SERVICES;
    for (size_t i = 0; i < n && status == MW_OK; i++) {
        stack->n = i + 1;
        status = open_service(stack, i, options, err);
    }
    if (status != MW_OK) {
        stack_close(stack);
    }
    return status;
}

void stack_close(struct stack *stack)
{
    for (size_t i = stack->n; i-- > 0;) {
        mw_service_close(&stack->services[i]);
    }
    mw_publisher_close(&stack->publisher);
    for (size_t i = stack->n; i-- > 0;) {
        if (stack->cores[i] != NULL) {
            stack_services[i].ops->close(stack->cores[i]);
        }
    }
    *stack = (struct stack){0};
}

enum mw_status stack_quiesce(struct stack *stack, bool (*stopped)(void *self), void *self,
                             struct mw_error *err)
{
    MW_TRY(mw_service_quiesce(stack->services, stack->n, stopped, self, err));
    return stack->publisher == NULL ? MW_OK : mw_publisher_turn(stack->publisher, err);
}

enum mw_status stack_snapshot(struct stack *stack, struct mw_error *err)
{
    for (size_t i = 0; i < stack->n; i++) {
        MW_TRY(mw_service_snapshot(stack->services[i], err));
    }
    return MW_OK;
}
