// SPDX-License-Identifier: Apache-2.0
#include "ingest_internal.h"

#include "mw_charset.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- effects ---- */

void *ingest_put(const struct ingest_step *step, const void *body, size_t n_bytes)
{
    void *copy = mw_arena_take(&step->out->arena, n_bytes);
    return copy == NULL ? NULL : memcpy(copy, body, n_bytes);
}

static enum mw_status no_memory(struct mw_error *err)
{
    return MW_FAIL(err, MW_E_MEMORY, "ingest: no memory for the effects of a record");
}

/* Whoever wrote the record stamped it: a time that no message can carry becomes the nearest that one can. */
int64_t ingest_now_us(const struct ingest_step *step)
{
    return step->tenant != NULL && step->tenant->now_us != MW_TIME_NONE ? step->tenant->now_us
                                                                        : mw_time_clamp(step->in->time_us);
}

/* The tenant's own copy of its name goes with its configuration, which a later effect of this very step may renew. */
static struct mw_span put_name(const struct ingest_step *step, struct mw_span name)
{
    return name.len == 0 ? name : mw_arena_copy(&step->out->arena, name);
}

enum mw_status ingest_emit_metric(const struct ingest_step *step, const struct mw_metric *metric,
                                  struct mw_error *err)
{
    struct mw_metric *body = ingest_put(step, metric, sizeof *metric);
    if (body == NULL) {
        return no_memory(err);
    }
    body->tenant = put_name(step, metric->tenant);
    return body->tenant.len > 0 && body->tenant.data == NULL
               ? no_memory(err)
               : mw_effects_emit(step->out, &mw_type_metric, body->tenant, (struct mw_span){0}, body, err);
}

enum mw_status ingest_emit_fact(const struct ingest_step *step, const struct mw_fact *fact,
                                struct mw_error *err)
{
    struct ingest_tenant *tenant = step->tenant;
    struct mw_fact *body = ingest_put(step, fact, sizeof *fact);
    if (body == NULL) {
        return no_memory(err);
    }
    body->tenant = put_name(step, tenant->name);
    if (body->tenant.data == NULL) {
        return no_memory(err);
    }
    body->n = ++tenant->n;
    body->journal = mw_span(tenant->journal);
    body->time = ingest_now_us(step);
    return mw_effects_emit(step->out, &mw_type_fact, body->tenant, (struct mw_span){0}, body, err);
}

/* Key and id come from outside: a dead letter that could not be written would stop the partition. */
static struct mw_span text_or_nothing(struct mw_span text)
{
    return text.len <= 1024 && mw_text_is_utf8(text) ? text : (struct mw_span){0};
}

/* A text of a fixed buffer may have been cut inside of a character, or hold a key that is no text. */
static struct mw_span whole_characters(const char *text)
{
    struct mw_span out = mw_span(text);
    while (out.len > 0 && !mw_text_is_utf8(out)) {
        out.len--;
    }
    return out;
}

enum mw_status ingest_reject(const struct ingest_step *step, const char *reason, const char *pointer,
                             struct mw_error *err, const char *fmt, ...)
{
    const struct mw_message *in = step->in;
    char detail[400];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(detail, sizeof detail, fmt, args);
    va_end(args);
    struct mw_deadletter *letter = mw_new(&step->out->arena, struct mw_deadletter);
    if (letter == NULL) {
        return no_memory(err);
    }
    *letter = (struct mw_deadletter){
        .topic = mw_span(in->topic),
        .tenant = text_or_nothing(in->tenant),
        .id = text_or_nothing(in->id),
        .reason = mw_span(reason),
        .pointer = mw_span(pointer),
        .detail = mw_arena_copy(&step->out->arena, whole_characters(detail)),
        .partition = in->partition,
        .offset = in->offset,
        .time = mw_time_clamp(in->time_us),
        .record = in->raw,
    };
    return letter->detail.data == NULL
               ? no_memory(err)
               : mw_effects_emit(step->out, &mw_type_deadletter, in->tenant, letter->id, letter, err);
}

/* ---- dispatch ---- */

/* The tenant that the body speaks of: every input has a field of that name. */
static struct mw_span body_tenant(const struct mw_message *in)
{
    const struct mw_shape *shape = &in->type->shape;
    for (size_t i = 0; i < shape->n_fields; i++) {
        if (strcmp(shape->fields[i].name, "tenant") == 0) {
            return *(const struct mw_span *)(const void *)((const char *)in->body + shape->fields[i].offset);
        }
    }
    return (struct mw_span){0};
}

static enum mw_status handle(struct ingest_step *step, struct mw_error *err)
{
    static const struct {
        const struct mw_type *type;
        enum mw_status (*handle)(const struct ingest_step *step, struct mw_error *err);
    } handlers[] = {
        {&mw_type_spend, ingest_spend}, {&mw_type_outcome, ingest_outcome}, {&mw_type_factor, ingest_factor},
        {&mw_type_test, ingest_test},   {&mw_type_command, ingest_command},
    };
    for (size_t i = 0; i < sizeof handlers / sizeof handlers[0]; i++) {
        if (handlers[i].type == step->in->type) {
            return handlers[i].handle(step, err);
        }
    }
    return MW_FAIL(err, MW_E_CONTRACT, "ingest does not read %s", step->in->topic);
}

/* The key decides on partition and owner, the body on whose numbers move: they must be one tenant. */
static enum mw_status dispatch(struct ingest_step *step, struct mw_error *err)
{
    const struct mw_message *in = step->in;
    const struct mw_span body = body_tenant(in);
    const bool is_tick = in->type == &mw_type_clock && body.len == 0;
    if (!is_tick && !mw_span_eq(body, in->tenant)) {
        return ingest_reject(step, "wrong_key", "/tenant", err,
                             "the record speaks of tenant \"" MW_SPAN_FMT
                             "\" and its key is another: produce it with its tenant as the key",
                             MW_SPAN_ARG(body));
    }
    if (in->type == &mw_type_tenant) {
        return ingest_config(step, err);
    }
    if (in->type == &mw_type_clock) {
        return ingest_clock(step, err);
    }
    if (step->tenant == NULL) {
        return ingest_reject(step, "unknown_tenant", "/tenant", err,
                             "no configuration of tenant \"" MW_SPAN_FMT
                             "\" has come: send mw.tenant.v1 first",
                             MW_SPAN_ARG(in->tenant));
    }
    return handle(step, err);
}

/* What ingest refuses is an effect, a dead letter. So a failure is one of the machine, somewhere within changes that
 * belong together, and the state before it is on the log. */
static enum mw_status step(void *self, const struct mw_message *in, struct mw_effects *out,
                           struct mw_error *err)
{
    struct ingest_core *core = self;
    struct ingest_step step = {core, mw_tenants_find(&core->tenants, in->tenant), in, out};
    const enum mw_status status = dispatch(&step, err);
    if (status != MW_OK && err != NULL) {
        err->fatal = true;
    }
    return status;
}

/* ---- life ---- */

enum mw_status ingest_core_open(struct ingest_core **out, struct mw_error *err)
{
    *out = calloc(1, sizeof **out);
    if (*out == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "ingest: no memory");
    }
    (*out)->now_us = MW_TIME_NONE;
    return MW_OK;
}

/* The empty tenant comes first: it stands for what belongs to none, the partition's time. */
static bool tenant_at(const void *self, size_t i, struct mw_span *out)
{
    const struct ingest_core *core = self;
    *out = i == 0 || i > core->tenants.n ? (struct mw_span){0} : mw_tenants_name(&core->tenants, i - 1);
    return i <= core->tenants.n;
}

static void core_close(void *self)
{
    struct ingest_core *core = self;
    if (core == NULL) {
        return;
    }
    for (size_t i = 0; i < core->tenants.n; i++) {
        ingest_tenant_close(core->tenants.items[i]);
    }
    mw_tenants_fini(&core->tenants);
    free(core);
}

const struct mw_core_ops ingest_core_ops = {
    .service = "ingest",
    .state_version = 3,
    .step = step,
    .save = ingest_save,
    .load = ingest_load,
    .forget = ingest_forget,
    .tenant_at = tenant_at,
    .close = core_close,
};
