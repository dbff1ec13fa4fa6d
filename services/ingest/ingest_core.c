// SPDX-License-Identifier: Apache-2.0
#include "ingest_internal.h"

#include "mw_real.h"
#include "mw_shape.h"

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

struct mw_point ingest_point(const char *metric, const char *unit)
{
    return (struct mw_point){.metric = mw_span(metric),
                             .unit = mw_span(unit),
                             .value = MW_NAN,
                             .lower = MW_NAN,
                             .upper = MW_NAN,
                             .probability = MW_NAN,
                             .threshold = MW_NAN,
                             .money = MW_NAN,
                             .money_lower = MW_NAN,
                             .money_upper = MW_NAN};
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
    body->time = tenant->now_us != MW_TIME_NONE ? tenant->now_us : step->in->time_us;
    return mw_effects_emit(step->out, &mw_type_fact, body->tenant, (struct mw_span){0}, body, err);
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
        .tenant = in->tenant,
        .id = in->id,
        .reason = mw_span(reason),
        .pointer = mw_span(pointer),
        .detail = mw_arena_copy(&step->out->arena, mw_span(detail)),
        .partition = in->partition,
        .offset = in->offset,
        .time = in->time_us,
        .record = in->raw,
    };
    return mw_effects_emit(step->out, &mw_type_deadletter, in->tenant, in->id, letter, err);
}

/* ---- tenants ---- */

/* The position of a tenant in the sorted list, or of the place where it belongs. */
static size_t tenant_place(const struct ingest_core *core, struct mw_span name)
{
    size_t low = 0, high = core->n_tenants;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (mw_span_cmp(core->tenants[middle]->name, name) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static struct ingest_tenant *tenant_find(const struct ingest_core *core, struct mw_span name)
{
    const size_t at = tenant_place(core, name);
    return at < core->n_tenants && mw_span_eq(core->tenants[at]->name, name) ? core->tenants[at] : NULL;
}

static void tenant_close(struct ingest_tenant *tenant)
{
    cells_fini(&tenant->cells);
    mw_arena_fini(&tenant->arena);
    free(tenant->inputs);
    free(tenant);
}

static void tenant_insert(struct ingest_core *core, struct ingest_tenant *tenant)
{
    const size_t at = tenant_place(core, tenant->name);
    memmove(core->tenants + at + 1, core->tenants + at, (core->n_tenants - at) * sizeof *core->tenants);
    core->tenants[at] = tenant;
    core->n_tenants++;
}

static enum mw_status tenant_open(struct ingest_core *core, struct ingest_tenant **out, struct mw_error *err)
{
    void *tenants = core->tenants;
    MW_TRY(mw_vector_grow(&tenants, core->n_tenants, &core->tenants_capacity, sizeof *core->tenants, err));
    core->tenants = tenants;
    struct ingest_tenant *tenant = calloc(1, sizeof *tenant);
    if (tenant == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "ingest: no memory for a tenant");
    }
    tenant->now_us = MW_TIME_NONE;
    tenant->today = tenant->first = tenant->newest = tenant->open_from = MW_DATE_NONE;
    tenant->week_start = -1;
    *out = tenant;
    return MW_OK;
}

static void forget(void *self, struct mw_span name)
{
    struct ingest_core *core = self;
    const size_t at = tenant_place(core, name);
    if (at < core->n_tenants && mw_span_eq(core->tenants[at]->name, name)) {
        tenant_close(core->tenants[at]);
        memmove(core->tenants + at, core->tenants + at + 1, (--core->n_tenants - at) * sizeof *core->tenants);
    }
}

/* The empty tenant comes first: it stands for what belongs to none, the partition's time. */
static bool tenant_at(const void *self, size_t i, struct mw_span *out)
{
    const struct ingest_core *core = self;
    *out = i == 0 || i > core->n_tenants ? (struct mw_span){0} : core->tenants[i - 1]->name;
    return i <= core->n_tenants;
}

/* ---- configuration ---- */

/* A UUID of version 8 (RFC 9562: custom) from the identity of the tenant's first record: a journal begun anew
 * has another record and so another id, while a replay of the same records gives the same. */
static void name_journal(struct ingest_tenant *tenant, const struct mw_message *in)
{
    char text[3 * MW_NAME_MAX + 64];
    const int len = snprintf(text, sizeof text, MW_SPAN_FMT "/" MW_SPAN_FMT "/%lld", MW_SPAN_ARG(in->tenant),
                             MW_SPAN_ARG(in->id), (long long)in->time_us);
    const size_t used = len < (int)sizeof text ? (size_t)len : sizeof text - 1;
    char hex[33];
    mw_hash128_hex(mw_hash128(text, used), hex);
    hex[12] = '8';
    hex[16] = "89ab"[(hex[16] >= 'a' ? hex[16] - 'a' + 10 : hex[16] - '0') & 3];
    (void)snprintf(tenant->journal, sizeof tenant->journal, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8,
                   hex + 12, hex + 16, hex + 20);
}

/* Copies configuration and birth into a new arena, so that the old ones are freed whole. */
static enum mw_status tenant_keep(struct ingest_tenant *tenant, const struct mw_tenant *config,
                                  const struct mw_fact_birth *birth, const struct mw_shape *birth_shape,
                                  struct mw_error *err)
{
    struct mw_arena arena = {0};
    const struct mw_tenant *config_copy = mw_shape_copy(&mw_type_tenant.shape, config, &arena);
    const struct mw_fact_birth *birth_copy = birth == NULL ? NULL : mw_shape_copy(birth_shape, birth, &arena);
    if (config_copy == NULL || (birth != NULL && birth_copy == NULL)) {
        mw_arena_fini(&arena);
        return MW_FAIL(err, MW_E_MEMORY, "ingest: no memory for the configuration of a tenant");
    }
    mw_arena_fini(&tenant->arena);
    tenant->arena = arena;
    tenant->config = config_copy;
    tenant->birth = birth_copy;
    tenant->name = config_copy->tenant;
    return MW_OK;
}

/* The table of a fact's variant, found by its name: the birth's shape is nobody's public symbol. */
static const struct mw_shape *birth_shape(void)
{
    for (size_t i = 0; i < mw_type_fact.shape.n_fields; i++) {
        if (strcmp(mw_type_fact.shape.fields[i].name, "birth") == 0) {
            return mw_type_fact.shape.fields[i].shape;
        }
    }
    mw_invariant(!"mw.fact.v1 has a birth");
    return NULL;
}

const struct mw_fact_birth *ingest_put_birth(const struct ingest_step *step,
                                             const struct mw_fact_birth *birth)
{
    return mw_shape_copy(birth_shape(), birth, &step->out->arena);
}

enum mw_status ingest_keep_birth(struct ingest_tenant *tenant, const struct mw_fact_birth *birth,
                                 struct mw_error *err)
{
    return tenant_keep(tenant, tenant->config, birth, birth_shape(), err);
}

static enum mw_status read_tz(const struct mw_tenant *config, struct mw_tz *out)
{
    const bool none = config->time_zone_rule.len == 0;
    return mw_tz_parse(none ? mw_span("UTC0") : config->time_zone_rule, out, NULL);
}

static enum mw_status ingest_config(struct ingest_step *step, struct mw_error *err)
{
    const struct mw_tenant *config = step->in->body;
    struct mw_tz tz;
    if (config->time_zone.len > 0 && config->time_zone_rule.len == 0) {
        return ingest_reject(step, "bad_time_zone", "/time_zone_rule", err,
                             "a core reads no files: send with \"" MW_SPAN_FMT
                             "\" the last line of its zoneinfo file",
                             MW_SPAN_ARG(config->time_zone));
    }
    if (read_tz(config, &tz) != MW_OK) {
        return ingest_reject(step, "bad_time_zone", "/time_zone_rule", err,
                             "\"" MW_SPAN_FMT "\" is not a rule like CET-1CEST,M3.5.0,M10.5.0/3",
                             MW_SPAN_ARG(config->time_zone_rule));
    }
    if (config->grid < 0 || config->n_channels == 0) {
        return ingest_reject(step, "bad_tenant", config->grid < 0 ? "/grid" : "/channels", err,
                             "a tenant needs a grid (day or week) and at least one channel");
    }
    if (config->model != NULL && config->model->particles % INGEST_PARTICLES_STEP != 0) {
        return ingest_reject(step, "bad_tenant", "/model/particles", err,
                             "%lld particles: write a multiple of %d", (long long)config->model->particles,
                             INGEST_PARTICLES_STEP);
    }
    const size_t n_columns = config->n_controls + config->n_events + INGEST_BASELINE_COLUMNS;
    if (config->n_channels > MW_CHANNELS_MAX || n_columns > MW_CONTROLS_MAX) {
        return ingest_reject(step, "bad_tenant", config->n_channels > MW_CHANNELS_MAX ? "/channels" : "/controls", err,
                             "a model takes %d channels and %d columns of controls and events", MW_CHANNELS_MAX,
                             MW_CONTROLS_MAX - INGEST_BASELINE_COLUMNS);
    }
    const bool is_new = step->tenant == NULL;
    if (is_new) {
        MW_TRY(tenant_open(step->core, &step->tenant, err));
        name_journal(step->tenant, step->in);
    }
    struct ingest_tenant *tenant = step->tenant;
    const enum mw_status kept = tenant_keep(tenant, config, tenant->birth, birth_shape(), err);
    if (kept != MW_OK) {
        if (is_new) {
            tenant_close(tenant);
        }
        return kept;
    }
    tenant->tz = tz;
    tenant->week_start = config->week_start >= 0 ? config->week_start : tenant->week_start;
    if (is_new) {
        tenant_insert(step->core, tenant);
        tenant->now_us = config->clock == MW_CLOCK_WALL ? step->core->now_us : MW_TIME_NONE;
    }
    MW_TRY(ingest_emit_fact(step, &(struct mw_fact){.kind = MW_FACT_TENANT, .config = config}, err));
    return tenant->birth == NULL ? MW_OK : ingest_give_birth(step, err);
}

/* ---- dispatch ---- */

static enum mw_status step_tenant_event(struct ingest_step *step, struct mw_error *err)
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

static enum mw_status step(void *self, const struct mw_message *in, struct mw_effects *out,
                           struct mw_error *err)
{
    struct ingest_core *core = self;
    struct ingest_step step = {core, tenant_find(core, in->tenant), in, out};
    if (in->type == &mw_type_tenant) {
        return ingest_config(&step, err);
    }
    if (in->type == &mw_type_clock) {
        return ingest_clock(&step, err);
    }
    if (step.tenant == NULL) {
        return ingest_reject(&step, "unknown_tenant", "/tenant", err,
                             "no configuration of tenant \"" MW_SPAN_FMT
                             "\" has come: send mw.tenant.v1 first",
                             MW_SPAN_ARG(in->tenant));
    }
    return step_tenant_event(&step, err);
}

/* ---- snapshots ---- */

static void save_inputs(const struct ingest_tenant *tenant, struct mw_writer *out)
{
    mw_write_u64(out, tenant->n_inputs);
    for (size_t i = 0; i < tenant->n_inputs; i++) {
        const struct ingest_input *input = &tenant->inputs[i];
        mw_write_i32(out, input->kind);
        mw_write_u32(out, input->name);
        mw_write_i32(out, input->first);
        mw_write_i32(out, input->newest);
        mw_write_f64(out, input->checked);
        mw_write_f64(out, input->failed);
        mw_write_f64(out, input->usual);
        mw_write_i32(out, input->usual_for);
        mw_write_f64(out, input->surge);
    }
}

static enum mw_status load_inputs(struct ingest_tenant *tenant, struct mw_reader *in, struct mw_error *err)
{
    const size_t n = mw_read_count(in, 32);
    for (size_t i = 0; i < n; i++) {
        void *inputs = tenant->inputs;
        MW_TRY(
            mw_vector_grow(&inputs, tenant->n_inputs, &tenant->inputs_capacity, sizeof *tenant->inputs, err));
        tenant->inputs = inputs;
        struct ingest_input *input = &tenant->inputs[tenant->n_inputs++];
        *input = (struct ingest_input){0};
        input->kind = mw_read_i32(in);
        input->name = mw_read_u32(in);
        input->first = mw_read_i32(in);
        input->newest = mw_read_i32(in);
        input->checked = mw_read_f64(in);
        input->failed = mw_read_f64(in);
        input->usual = mw_read_f64(in);
        input->usual_for = mw_read_i32(in);
        input->surge = mw_read_f64(in);
    }
    return MW_OK;
}

static enum mw_status save(const void *self, struct mw_span name, struct mw_writer *out, struct mw_error *err)
{
    const struct ingest_core *core = self;
    if (name.len == 0) {
        mw_write_i64(out, core->now_us);
        return mw_writer_status(out, err);
    }
    const struct ingest_tenant *tenant = tenant_find(core, name);
    if (tenant == NULL) {
        return MW_FAIL(err, MW_E_CONTRACT, "ingest: no tenant \"" MW_SPAN_FMT "\" to save",
                       MW_SPAN_ARG(name));
    }
    mw_shape_write(&mw_type_tenant.shape, tenant->config, out);
    mw_write_u8(out, tenant->birth != NULL);
    if (tenant->birth != NULL) {
        mw_shape_write(birth_shape(), tenant->birth, out);
    }
    mw_write_bytes(out, tenant->journal, sizeof tenant->journal);
    mw_write_i64(out, tenant->n);
    mw_write_i64(out, tenant->now_us);
    mw_write_i32(out, tenant->today);
    mw_write_i32(out, tenant->week_start);
    mw_write_i32(out, tenant->first);
    mw_write_i32(out, tenant->newest);
    mw_write_i32(out, tenant->open_from);
    mw_write_u8(out, tenant->final);
    save_inputs(tenant, out);
    cells_save(&tenant->cells, out);
    return mw_writer_status(out, err);
}

static enum mw_status load_tenant(struct ingest_tenant *tenant, struct mw_reader *in, struct mw_error *err)
{
    const struct mw_tenant *config = mw_shape_read(&mw_type_tenant.shape, in, &tenant->arena);
    if (config == NULL) {
        return MW_FAIL(err, MW_E_DATA, "ingest: a snapshot's configuration is damaged");
    }
    tenant->config = config;
    tenant->name = config->tenant;
    if (mw_read_u8(in) != 0) {
        tenant->birth = mw_shape_read(birth_shape(), in, &tenant->arena);
    }
    mw_read_bytes(in, tenant->journal, sizeof tenant->journal);
    tenant->n = mw_read_i64(in);
    tenant->now_us = mw_read_i64(in);
    tenant->today = mw_read_i32(in);
    tenant->week_start = mw_read_i32(in);
    tenant->first = mw_read_i32(in);
    tenant->newest = mw_read_i32(in);
    tenant->open_from = mw_read_i32(in);
    tenant->final = mw_read_u8(in) != 0;
    MW_TRY(load_inputs(tenant, in, err));
    MW_TRY(cells_load(&tenant->cells, in, err));
    return read_tz(config, &tenant->tz) == MW_OK
               ? mw_reader_status(in, err)
               : MW_FAIL(err, MW_E_DATA, "ingest: a snapshot's time zone is damaged");
}

static enum mw_status load(void *self, struct mw_span name, struct mw_reader *in, struct mw_error *err)
{
    struct ingest_core *core = self;
    if (name.len == 0) {
        core->now_us = mw_read_i64(in);
        return mw_reader_status(in, err);
    }
    forget(core, name);
    struct ingest_tenant *tenant = NULL;
    MW_TRY(tenant_open(core, &tenant, err));
    const enum mw_status status = load_tenant(tenant, in, err);
    if (status != MW_OK) {
        tenant_close(tenant);
        return status;
    }
    tenant_insert(core, tenant);
    return MW_OK;
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

static void core_close(void *self)
{
    struct ingest_core *core = self;
    for (size_t i = 0; core != NULL && i < core->n_tenants; i++) {
        tenant_close(core->tenants[i]);
    }
    if (core != NULL) {
        free(core->tenants);
    }
    free(core);
}

const struct mw_core_ops ingest_core_ops = {
    .service = "ingest",
    .state_version = 1,
    .step = step,
    .save = save,
    .load = load,
    .forget = forget,
    .tenant_at = tenant_at,
    .close = core_close,
};
