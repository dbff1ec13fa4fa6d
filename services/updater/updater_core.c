// SPDX-License-Identifier: Apache-2.0
#include "mw_index.h"
#include "mw_shape.h"
#include "updater_internal.h"

#include <math.h>
#include <stdlib.h>

/* ---- tenants ---- */

static void tenant_close(struct updater_tenant *tenant)
{
    mw_model_close(&tenant->model);
    updater_forecasts_fini(&tenant->forecasts);
    updater_rows_fini(&tenant->rows);
    mw_arena_fini(&tenant->arena);
    free(tenant->dirty);
    free(tenant);
}

static enum mw_status tenant_open(struct updater_core *core, struct updater_tenant **out,
                                  struct mw_error *err)
{
    MW_TRY(mw_tenants_reserve(&core->tenants, err));
    *out = calloc(1, sizeof **out);
    if (*out == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "updater: no memory for a tenant");
    }
    (*out)->closed_to = (*out)->held_from = MW_DATE_NONE;
    (*out)->outcome_quality = 100;
    return MW_OK;
}

static void forget(void *self, struct mw_span name)
{
    struct updater_core *core = self;
    struct updater_tenant *tenant = mw_tenants_remove(&core->tenants, name);
    if (tenant != NULL) {
        tenant_close(tenant);
    }
}

static bool tenant_at(const void *self, size_t i, struct mw_span *out)
{
    const struct updater_core *core = self;
    if (i >= core->tenants.n) {
        return false;
    }
    *out = mw_tenants_name(&core->tenants, i);
    return true;
}

/* ---- configuration ---- */

static const struct mw_shape *birth_shape(void)
{
    return mw_shape_of_field(&mw_type_fact.shape, "birth");
}

/* Copies configuration and birth into a new arena, so that the old ones are freed whole. */
static enum mw_status tenant_keep(struct updater_tenant *tenant, const struct mw_tenant *config,
                                  const struct mw_fact_birth *birth, struct mw_error *err)
{
    struct mw_arena arena = {0};
    const struct mw_tenant *config_copy = mw_shape_copy(&mw_type_tenant.shape, config, &arena);
    const struct mw_fact_birth *birth_copy =
        birth == NULL ? NULL : mw_shape_copy(birth_shape(), birth, &arena);
    if (config_copy == NULL || (birth != NULL && birth_copy == NULL)) {
        mw_arena_fini(&arena);
        return MW_FAIL(err, MW_E_MEMORY, "updater: no memory for the configuration of a tenant");
    }
    mw_arena_fini(&tenant->arena);
    tenant->arena = arena;
    tenant->config = config_copy;
    tenant->birth = birth_copy;
    tenant->name = config_copy->tenant;
    return MW_OK;
}

/* The column of a cell, or SIZE_MAX when the configuration has none. */
static size_t column_of(const struct mw_tenant *config, int cell, struct mw_span name)
{
    if (cell == MW_CELL_OUTCOME) {
        return mw_span_eq(config->outcome.name, name) ? updater_outcome_column(config) : SIZE_MAX;
    }
    for (size_t c = 0; cell == MW_CELL_SPEND && c < config->n_channels; c++) {
        if (mw_span_eq(config->channels[c].channel, name)) {
            return c;
        }
    }
    for (size_t k = 0; cell == MW_CELL_FACTOR && k < config->n_controls; k++) {
        if (mw_span_eq(config->controls[k].name, name)) {
            return config->n_channels + k;
        }
    }
    for (size_t k = 0; cell == MW_CELL_FACTOR && k < config->n_events; k++) {
        if (mw_span_eq(config->events[k].name, name)) {
            return config->n_channels + config->n_controls + k;
        }
    }
    return SIZE_MAX;
}

/* What the column of a new configuration was called in the old one. */
static size_t old_column(const struct mw_tenant *old, const struct mw_tenant *config, size_t column)
{
    if (column < config->n_channels) {
        return column_of(old, MW_CELL_SPEND, config->channels[column].channel);
    }
    column -= config->n_channels;
    if (column < config->n_controls) {
        return column_of(old, MW_CELL_FACTOR, config->controls[column].name);
    }
    column -= config->n_controls;
    return column < config->n_events ? column_of(old, MW_CELL_FACTOR, config->events[column].name)
                                     : column_of(old, MW_CELL_OUTCOME, config->outcome.name);
}

static enum mw_status take_config(struct updater_step *step, const struct mw_tenant *config,
                                  struct mw_error *err)
{
    const bool is_new = step->tenant == NULL;
    if (is_new) {
        MW_TRY(tenant_open(step->core, &step->tenant, err));
        updater_rows_init(&step->tenant->rows, updater_step_days(config), updater_n_columns(config));
    } else {
        size_t *from = mw_new_array(&step->out->arena, size_t, updater_n_columns(config));
        if (from == NULL) {
            return MW_FAIL(err, MW_E_MEMORY, "updater: no memory for the columns of a tenant");
        }
        for (size_t k = 0; k < updater_n_columns(config); k++) {
            from[k] = old_column(step->tenant->config, config, k);
        }
        MW_TRY(updater_rows_remap(&step->tenant->rows, updater_n_columns(config), from, err));
        step->tenant->n_dirty = 0; /* a birth follows and reads all rows anew */
    }
    const enum mw_status kept = tenant_keep(step->tenant, config, step->tenant->birth, err);
    if (is_new && kept != MW_OK) {
        tenant_close(step->tenant);
    } else if (is_new) {
        mw_tenants_add(&step->core->tenants, step->tenant);
    }
    return kept;
}

/* ---- cells and closes ---- */

static enum mw_status mark_dirty(struct updater_tenant *tenant, mw_date date, size_t column,
                                 struct mw_error *err)
{
    for (size_t i = 0; i < tenant->n_dirty; i++) {
        if (tenant->dirty[i].date == date && tenant->dirty[i].column == column) {
            return MW_OK;
        }
    }
    void *dirty = tenant->dirty;
    MW_TRY(mw_vector_grow(&dirty, tenant->n_dirty, &tenant->dirty_capacity, sizeof *tenant->dirty, err));
    tenant->dirty = dirty;
    tenant->dirty[tenant->n_dirty++] = (struct updater_dirty){date, (uint32_t)column};
    return MW_OK;
}

static enum mw_status take_cell(struct updater_tenant *tenant, const struct mw_fact_cell *cell,
                                struct mw_error *err)
{
    const size_t column = column_of(tenant->config, cell->cell, cell->name);
    if (column == SIZE_MAX) {
        return MW_OK; /* of a configuration that has changed since */
    }
    MW_TRY(updater_rows_set(&tenant->rows, cell->date, column, cell->total, err));
    return cell->closed ? mark_dirty(tenant, cell->date, column, err) : MW_OK;
}

/* The rows that waited enter as corrections. */
static enum mw_status release_outcome(struct updater_tenant *tenant, struct mw_error *err)
{
    const size_t column = updater_outcome_column(tenant->config);
    const int32_t days = updater_step_days(tenant->config);
    for (mw_date date = tenant->held_from; date <= tenant->closed_to && tenant->model != NULL; date += days) {
        if (!isnan(updater_rows_get(&tenant->rows, date, column))) {
            MW_TRY(mark_dirty(tenant, date, column, err));
        }
    }
    tenant->held_from = MW_DATE_NONE;
    return MW_OK;
}

static bool is_outcome(const struct updater_tenant *tenant, struct mw_span input)
{
    const struct mw_span name = tenant->config->outcome.name, kind = mw_span("outcome/");
    return input.len == kind.len + name.len && memcmp(input.data, kind.data, kind.len) == 0 &&
           memcmp(input.data + kind.len, name.data, name.len) == 0;
}

/* From the first day that closes in quarantine on, outcomes wait until their feed is trusted again. */
static enum mw_status watch_outcome(struct updater_tenant *tenant, const struct mw_fact_close *close,
                                    struct mw_error *err)
{
    for (size_t i = 0; i < close->n_quality; i++) {
        const struct mw_quality *quality = &close->quality[i];
        if (!is_outcome(tenant, quality->input)) {
            continue;
        }
        tenant->outcome_quality = quality->score;
        if (quality->quarantined && tenant->held_from == MW_DATE_NONE) {
            tenant->held_from = close->from;
        } else if (!quality->quarantined && tenant->held_from != MW_DATE_NONE) {
            MW_TRY(release_outcome(tenant, err));
        }
    }
    return MW_OK;
}

static enum mw_status take_close(const struct updater_step *step, const struct mw_fact_close *close,
                                 struct mw_error *err)
{
    struct updater_tenant *tenant = step->tenant;
    MW_TRY(watch_outcome(tenant, close, err));
    tenant->closed_to = close->from;
    if (tenant->model == NULL) {
        return MW_OK;
    }
    MW_TRY(updater_learn_close(step, close->from, err));
    return updater_publish(step, err);
}

static enum mw_status take_birth(const struct updater_step *step, const struct mw_fact_birth *birth,
                                 struct mw_error *err)
{
    MW_TRY(tenant_keep(step->tenant, step->tenant->config, birth, err));
    MW_TRY(updater_be_born(step, err));
    return updater_publish(step, err);
}

static enum mw_status take_fact(const struct updater_step *step, const struct mw_fact *fact,
                                struct mw_error *err)
{
    step->tenant->n = fact->n;
    step->tenant->now_us = fact->time;
    switch (fact->kind) {
    case MW_FACT_CELL:
        return take_cell(step->tenant, fact->cell, err);
    case MW_FACT_CLOSE:
        return take_close(step, fact->close, err);
    case MW_FACT_BIRTH:
        return take_birth(step, fact->birth, err);
    default:
        return MW_OK; /* tests and decisions have their place in the journal already */
    }
}

static enum mw_status step(void *self, const struct mw_message *in, struct mw_effects *out,
                           struct mw_error *err)
{
    struct updater_core *core = self;
    const struct mw_fact *fact = in->body;
    if (in->type != &mw_type_fact) {
        return MW_FAIL(err, MW_E_CONTRACT, "updater does not read %s", in->topic);
    }
    struct updater_step step = {core, mw_tenants_find(&core->tenants, fact->tenant), in, out};
    if (fact->kind == MW_FACT_TENANT) {
        MW_TRY(take_config(&step, fact->config, err));
    }
    if (step.tenant == NULL) {
        return MW_FAIL(err, MW_E_CONTRACT,
                       "the journal of tenant \"" MW_SPAN_FMT "\" does not begin with its configuration",
                       MW_SPAN_ARG(fact->tenant));
    }
    return take_fact(&step, fact, err);
}

/* ---- snapshots ---- */

static void save_dirty(const struct updater_tenant *tenant, struct mw_writer *out)
{
    mw_write_u64(out, tenant->n_dirty);
    for (size_t i = 0; i < tenant->n_dirty; i++) {
        mw_write_i32(out, tenant->dirty[i].date);
        mw_write_u32(out, tenant->dirty[i].column);
    }
}

static enum mw_status load_dirty(struct updater_tenant *tenant, struct mw_reader *in, struct mw_error *err)
{
    const size_t n = mw_read_count(in, 8);
    for (size_t i = 0; i < n; i++) {
        const mw_date date = mw_read_i32(in);
        MW_TRY(mark_dirty(tenant, date, mw_read_u32(in), err));
    }
    return MW_OK;
}

static enum mw_status save(const void *self, struct mw_span name, struct mw_writer *out, struct mw_error *err)
{
    const struct updater_core *core = self;
    const struct updater_tenant *tenant = mw_tenants_find(&core->tenants, name);
    if (name.len == 0) {
        return mw_writer_status(out, err); /* the updater knows nothing beyond its tenants */
    }
    if (tenant == NULL) {
        return MW_FAIL(err, MW_E_CONTRACT, "updater: no tenant \"" MW_SPAN_FMT "\" to save",
                       MW_SPAN_ARG(name));
    }
    mw_shape_write(&mw_type_tenant.shape, tenant->config, out);
    mw_write_u8(out, tenant->birth != NULL);
    if (tenant->birth != NULL) {
        mw_shape_write(birth_shape(), tenant->birth, out);
    }
    mw_write_i64(out, tenant->n);
    mw_write_i32(out, tenant->closed_to);
    mw_write_i64(out, tenant->now_us);
    mw_write_i32(out, tenant->held_from);
    mw_write_f64(out, tenant->outcome_quality);
    for (int kind = 0; kind < 2; kind++) {
        mw_write_i64(out, tenant->estimate_rev[kind]);
        mw_write_i64(out, tenant->allocation_rev[kind]);
    }
    updater_rows_save(&tenant->rows, out);
    save_dirty(tenant, out);
    updater_forecasts_save(&tenant->forecasts, out);
    mw_write_u8(out, tenant->model != NULL);
    if (tenant->model != NULL) {
        mw_model_save(tenant->model, out);
    }
    return mw_writer_status(out, err);
}

static enum mw_status load_tenant(struct updater_core *core, struct updater_tenant *tenant,
                                  struct mw_reader *in, struct mw_error *err)
{
    tenant->config = mw_shape_read(&mw_type_tenant.shape, in, &tenant->arena);
    if (tenant->config == NULL) {
        return MW_FAIL(err, MW_E_DATA, "updater: a snapshot's configuration is damaged");
    }
    tenant->name = tenant->config->tenant;
    if (mw_read_u8(in) != 0) {
        tenant->birth = mw_shape_read(birth_shape(), in, &tenant->arena);
    }
    tenant->n = mw_read_i64(in);
    tenant->closed_to = mw_read_i32(in);
    tenant->now_us = mw_read_i64(in);
    tenant->held_from = mw_read_i32(in);
    tenant->outcome_quality = mw_read_f64(in);
    for (int kind = 0; kind < 2; kind++) {
        tenant->estimate_rev[kind] = mw_read_i64(in);
        tenant->allocation_rev[kind] = mw_read_i64(in);
    }
    MW_TRY(updater_rows_load(&tenant->rows, in, err));
    MW_TRY(load_dirty(tenant, in, err));
    MW_TRY(updater_forecasts_load(&tenant->forecasts, in, err));
    if (mw_read_u8(in) != 0) {
        MW_TRY(mw_model_load(&tenant->model, in, &core->scratch, err));
    }
    return mw_reader_status(in, err);
}

static enum mw_status load(void *self, struct mw_span name, struct mw_reader *in, struct mw_error *err)
{
    struct updater_core *core = self;
    if (name.len == 0) {
        return mw_reader_status(in, err);
    }
    forget(core, name);
    struct updater_tenant *tenant = NULL;
    MW_TRY(tenant_open(core, &tenant, err));
    const enum mw_status status = load_tenant(core, tenant, in, err);
    if (status != MW_OK) {
        tenant_close(tenant);
        return status;
    }
    mw_tenants_add(&core->tenants, tenant);
    return MW_OK;
}

/* ---- life ---- */

enum mw_status updater_core_open(struct updater_core **out, struct mw_error *err)
{
    *out = calloc(1, sizeof **out);
    return *out == NULL ? MW_FAIL(err, MW_E_MEMORY, "updater: no memory") : MW_OK;
}

static void core_close(void *self)
{
    struct updater_core *core = self;
    if (core == NULL) {
        return;
    }
    for (size_t i = 0; i < core->tenants.n; i++) {
        tenant_close(core->tenants.items[i]);
    }
    mw_arena_fini(&core->scratch);
    mw_tenants_fini(&core->tenants);
    free(core);
}

const struct mw_core_ops updater_core_ops = {
    .service = "updater",
    .state_version = 2,
    .step = step,
    .save = save,
    .load = load,
    .forget = forget,
    .tenant_at = tenant_at,
    .close = core_close,
};
