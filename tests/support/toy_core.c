// SPDX-License-Identifier: Apache-2.0
#include "toy_core.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { TENANTS_MAX = 16 };

struct toy_tenant {
    char name[MW_NAME_MAX + 1];
    int64_t n;
    uint64_t hash;
};

struct toy_core {
    struct toy_tenant tenants[TENANTS_MAX]; /* the empty one first, the others sorted */
    size_t n;
    size_t ballast;
};

const struct mw_type *const toy_counter_inputs[2] = {&mw_type_factor, &mw_type_clock};
const struct mw_type *const toy_teller_inputs[1] = {&mw_type_metric};

struct toy_core *toy_open(void)
{
    struct toy_core *core = calloc(1, sizeof *core);
    core->n = 1;
    return core;
}

void toy_close(struct toy_core *core)
{
    free(core);
}

void toy_set_ballast(struct toy_core *core, size_t n_bytes)
{
    core->ballast = n_bytes;
}

static struct toy_tenant *find(struct toy_core *core, struct mw_span name, bool make)
{
    size_t i = 0;
    while (i < core->n && mw_span_cmp(mw_span(core->tenants[i].name), name) < 0) {
        i++;
    }
    if (i < core->n && mw_span_is(name, core->tenants[i].name)) {
        return &core->tenants[i];
    }
    if (!make || core->n == TENANTS_MAX || name.len > MW_NAME_MAX) {
        return NULL;
    }
    memmove(&core->tenants[i + 1], &core->tenants[i], (core->n++ - i) * sizeof core->tenants[0]);
    core->tenants[i] = (struct toy_tenant){.n = 0};
    memcpy(core->tenants[i].name, name.data, name.len);
    return &core->tenants[i];
}

static void see(struct toy_tenant *tenant, struct mw_span raw)
{
    tenant->n++;
    tenant->hash = (tenant->hash ^ mw_span_hash(raw)) * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)tenant->n;
}

static int64_t time_of(const struct toy_tenant *tenant)
{
    return INT64_C(1700000000000000) + (int64_t)(tenant->hash % UINT64_C(1000000000000));
}

static enum mw_status no_memory(struct mw_error *err)
{
    return MW_FAIL(err, MW_E_MEMORY, "no memory for an effect");
}

static enum mw_status emit_metric(const struct toy_tenant *tenant, struct mw_effects *out,
                                  struct mw_error *err)
{
    struct mw_metric *metric = mw_new(&out->arena, struct mw_metric);
    struct mw_metric_tick *tick = mw_new(&out->arena, struct mw_metric_tick);
    if (metric == NULL || tick == NULL) {
        return no_memory(err);
    }
    *tick = (struct mw_metric_tick){.time = time_of(tenant)};
    *metric = (struct mw_metric){.tenant = mw_arena_copy(&out->arena, mw_span(tenant->name)),
                                 .time = tick->time,
                                 .kind = MW_METRIC_TICK,
                                 .tick = tick};
    return mw_effects_emit(out, &mw_type_metric, metric->tenant, (struct mw_span){"", 0}, metric, err);
}

static enum mw_status emit_loop(const struct toy_tenant *tenant, struct mw_effects *out, struct mw_error *err)
{
    struct mw_factor *factor = mw_new(&out->arena, struct mw_factor);
    if (factor == NULL) {
        return no_memory(err);
    }
    *factor =
        (struct mw_factor){.id = mw_arena_printf(&out->arena, "%s-%lld", tenant->name, (long long)tenant->n),
                           .tenant = mw_arena_copy(&out->arena, mw_span(tenant->name)),
                           .source = mw_span("loop"),
                           .factor = mw_span("f"),
                           .observed_at = time_of(tenant),
                           .date = 20000,
                           .value = (double)tenant->n};
    return mw_effects_emit(out, &mw_type_factor, factor->tenant, (struct mw_span){"", 0}, factor, err);
}

static enum mw_status refuse(const struct mw_factor *factor, struct mw_error *err)
{
    if (factor->value == -1) {
        return MW_FAIL(err, MW_E_DATA, "too_low: send more");
    }
    if (factor->value == -2) {
        return MW_FAIL(err, MW_E_FULL, "that is one too many");
    }
    (void)MW_FAIL(err, MW_E_NUMERIC, "the core is broken");
    err->fatal = true;
    return MW_E_NUMERIC;
}

static enum mw_status counter_step(void *self, const struct mw_message *in, struct mw_effects *out,
                                   struct mw_error *err)
{
    struct toy_core *core = self;
    const struct mw_factor *factor = in->type == &mw_type_factor ? in->body : NULL;
    if (factor != NULL && factor->value < 0) {
        return refuse(factor, err);
    }
    struct toy_tenant *tenant = find(core, in->tenant, true);
    if (tenant == NULL) {
        return MW_FAIL(err, MW_E_FULL, "too_many_tenants: %d are the most", TENANTS_MAX - 1);
    }
    see(tenant, in->raw);
    MW_TRY(emit_metric(tenant, out, err));
    const bool loops = factor != NULL && tenant->n % 5 == 0 && !mw_span_is(factor->source, "loop");
    return loops ? emit_loop(tenant, out, err) : MW_OK;
}

static enum mw_status teller_step(void *self, const struct mw_message *in, struct mw_effects *out,
                                  struct mw_error *err)
{
    struct toy_core *core = self;
    struct toy_tenant *tenant = find(core, in->tenant, true);
    if (tenant == NULL) {
        return MW_FAIL(err, MW_E_FULL, "too many tenants");
    }
    see(tenant, in->raw);
    if (in->tenant.len == 0) {
        return MW_OK;
    }
    struct mw_scenario *scenario = mw_new(&out->arena, struct mw_scenario);
    if (scenario == NULL) {
        return no_memory(err);
    }
    const double nan = (double)NAN;
    const struct mw_posterior nothing = {nan, nan, nan, nan, nan, mw_span("a toy")};
    *scenario = (struct mw_scenario){
        .tenant = mw_arena_copy(&out->arena, in->tenant),
        .scenario = mw_span("s"),
        .question = mw_span("how many?"),
        .answer = mw_arena_printf(&out->arena, "%lld, %016llx", (long long)tenant->n,
                                  (unsigned long long)tenant->hash),
        .n = tenant->n,
        .rev = tenant->n,
        .as_of = 20000,
        .valid_until = MW_DATE_NONE,
        .outcome = nothing,
        .profit = nothing,
        .p_loss = nan,
    };
    const struct mw_span subject = mw_arena_printf(&out->arena, "s/%lld", (long long)(tenant->n % 2));
    return mw_effects_emit(out, &mw_type_scenario, scenario->tenant, subject, scenario, err);
}

static enum mw_status save(const void *self, struct mw_span tenant, struct mw_writer *out,
                           struct mw_error *err)
{
    (void)err;
    struct toy_core *core = (struct toy_core *)(uintptr_t)self;
    const struct toy_tenant *row = find(core, tenant, false);
    mw_write_i64(out, row == NULL ? 0 : row->n);
    mw_write_u64(out, row == NULL ? 0 : row->hash);
    for (size_t i = 0; i < core->ballast / 8; i++) {
        mw_write_u64(out, i);
    }
    return MW_OK;
}

static enum mw_status load(void *self, struct mw_span tenant, struct mw_reader *in, struct mw_error *err)
{
    struct toy_core *core = self;
    struct toy_tenant *row = find(core, tenant, true);
    row->n = mw_read_i64(in);
    row->hash = mw_read_u64(in);
    return mw_reader_status(in, err);
}

static void forget(void *self, struct mw_span tenant)
{
    struct toy_core *core = self;
    struct toy_tenant *row = find(core, tenant, false);
    if (row != NULL && tenant.len == 0) {
        *row = (struct toy_tenant){.n = 0};
    } else if (row != NULL) {
        const size_t i = (size_t)(row - core->tenants);
        memmove(row, row + 1, (--core->n - i) * sizeof *row);
    }
}

static bool tenant_at(const void *self, size_t i, struct mw_span *out)
{
    const struct toy_core *core = self;
    *out = i < core->n ? mw_span(core->tenants[i].name) : (struct mw_span){0};
    return i < core->n;
}

static void close_core(void *self)
{
    toy_close(self);
}

#define TOY_OPS(name, version, step_function)                                                                \
    {                                                                                                        \
        .service = (name), .state_version = (version), .step = (step_function), .save = save, .load = load,  \
        .forget = forget, .tenant_at = tenant_at, .close = close_core                                        \
    }
const struct mw_core_ops toy_counter_ops = TOY_OPS("counter", 1, counter_step);
const struct mw_core_ops toy_counter_newer_ops = TOY_OPS("counter", 2, counter_step);
const struct mw_core_ops toy_teller_ops = TOY_OPS("teller", 1, teller_step);
