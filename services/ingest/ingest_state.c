/* Snapshots. What is read back is checked as far as it is used to find memory: the bytes were ours once, and a
 * damaged snapshot is passed over, never trusted. */
// SPDX-License-Identifier: Apache-2.0
#include "ingest_internal.h"

enum { INPUT_BYTES = 4 * 5 + 8 * 4 };

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
        mw_write_f64s(out, input->cpm, INGEST_CPM_KEPT);
        mw_write_u32(out, input->n_cpm);
        mw_write_f64(out, input->usual);
        mw_write_i32(out, input->usual_for);
        mw_write_f64(out, input->surge);
    }
}

static void load_input(struct ingest_input *input, struct mw_reader *in)
{
    input->first = mw_read_i32(in);
    input->newest = mw_read_i32(in);
    input->checked = mw_read_f64(in);
    input->failed = mw_read_f64(in);
    mw_read_f64s(in, input->cpm, INGEST_CPM_KEPT);
    input->n_cpm = mw_read_u32(in);
    input->usual = mw_read_f64(in);
    input->usual_for = mw_read_i32(in);
    input->surge = mw_read_f64(in);
}

static enum mw_status load_inputs(struct ingest_tenant *tenant, struct mw_reader *in, struct mw_error *err)
{
    const size_t n = mw_read_count(in, INPUT_BYTES);
    for (size_t i = 0; i < n; i++) {
        const int32_t kind = mw_read_i32(in);
        const uint32_t name = mw_read_u32(in);
        if (kind < MW_CELL_SPEND || kind > MW_CELL_FACTOR || name >= tenant->cells.names.n) {
            return MW_FAIL(err, MW_E_DATA, "ingest: input %zu of a snapshot is damaged", i);
        }
        MW_TRY(ingest_note_input(tenant, kind, name, 0, 0, 0, err));
        load_input(&tenant->inputs[tenant->n_inputs - 1], in);
    }
    return MW_OK;
}

static void save_calendar(const struct ingest_tenant *tenant, struct mw_writer *out)
{
    mw_write_bytes(out, tenant->journal, sizeof tenant->journal);
    mw_write_i64(out, tenant->n);
    mw_write_i64(out, tenant->now_us);
    mw_write_i32(out, tenant->today);
    mw_write_i32(out, tenant->week_start);
    mw_write_i32(out, tenant->first);
    mw_write_i32(out, tenant->newest);
    mw_write_i32(out, tenant->open_from);
    mw_write_i32(out, tenant->deltas_from);
    mw_write_u8(out, tenant->final);
}

static void load_calendar(struct ingest_tenant *tenant, struct mw_reader *in)
{
    mw_read_bytes(in, tenant->journal, sizeof tenant->journal);
    tenant->journal[sizeof tenant->journal - 1] = '\0';
    tenant->n = mw_read_i64(in);
    tenant->now_us = mw_read_i64(in);
    tenant->today = mw_read_i32(in);
    tenant->week_start = mw_read_i32(in);
    tenant->first = mw_read_i32(in);
    tenant->newest = mw_read_i32(in);
    tenant->open_from = mw_read_i32(in);
    tenant->deltas_from = mw_read_i32(in);
    tenant->final = mw_read_u8(in) != 0;
}

enum mw_status ingest_save(const void *self, struct mw_span name, struct mw_writer *out, struct mw_error *err)
{
    const struct ingest_core *core = self;
    if (name.len == 0) {
        mw_write_i64(out, core->now_us);
        return mw_writer_status(out, err);
    }
    const struct ingest_tenant *tenant = mw_tenants_find(&core->tenants, name);
    if (tenant == NULL) {
        return MW_FAIL(err, MW_E_CONTRACT, "ingest: no tenant \"" MW_SPAN_FMT "\" to save",
                       MW_SPAN_ARG(name));
    }
    mw_shape_write(&mw_type_tenant.shape, tenant->config, out);
    mw_write_u8(out, tenant->birth != NULL);
    if (tenant->birth != NULL) {
        mw_shape_write(ingest_birth_shape(), tenant->birth, out);
    }
    save_calendar(tenant, out);
    cells_save(&tenant->cells, out);
    ingest_ids_save(&tenant->deltas, out);
    ingest_ids_save(&tenant->asked, out);
    save_inputs(tenant, out);
    return mw_writer_status(out, err);
}

/* A struct that could not be read: the input was short, or memory is out. */
static enum mw_status no_struct(const struct mw_reader *in, const char *what, struct mw_error *err)
{
    return in->failed ? MW_FAIL(err, MW_E_DATA, "ingest: a snapshot's %s is damaged", what)
                      : MW_FAIL(err, MW_E_MEMORY, "ingest: no memory for a snapshot's %s", what);
}

static enum mw_status load_config(struct ingest_tenant *tenant, struct mw_span name, struct mw_reader *in,
                                  struct mw_error *err)
{
    tenant->config = mw_shape_read(&mw_type_tenant.shape, in, &tenant->arena);
    if (tenant->config == NULL) {
        return no_struct(in, "configuration", err);
    }
    tenant->name = tenant->config->tenant;
    if (mw_read_u8(in) != 0) {
        tenant->birth = mw_shape_read(ingest_birth_shape(), in, &tenant->arena);
        if (tenant->birth == NULL) {
            return no_struct(in, "birth", err);
        }
    }
    return mw_span_eq(tenant->name, name) && ingest_read_tz(tenant->config, &tenant->tz) == MW_OK
               ? MW_OK
               : MW_FAIL(err, MW_E_DATA, "ingest: a snapshot's name or time zone is damaged");
}

static enum mw_status load_tenant(struct ingest_tenant *tenant, struct mw_span name, struct mw_reader *in,
                                  struct mw_error *err)
{
    MW_TRY(load_config(tenant, name, in, err));
    load_calendar(tenant, in);
    MW_TRY(cells_load(&tenant->cells, in, err));
    MW_TRY(ingest_ids_load(&tenant->deltas, in, err));
    MW_TRY(ingest_ids_load(&tenant->asked, in, err));
    MW_TRY(load_inputs(tenant, in, err));
    return mw_reader_status(in, err);
}

enum mw_status ingest_load(void *self, struct mw_span name, struct mw_reader *in, struct mw_error *err)
{
    struct ingest_core *core = self;
    if (name.len == 0) {
        core->now_us = mw_read_i64(in);
        return mw_reader_status(in, err);
    }
    struct ingest_tenant *tenant = NULL;
    MW_TRY(mw_tenants_reserve(&core->tenants, err));
    MW_TRY(ingest_tenant_open(&tenant, err));
    const enum mw_status status = load_tenant(tenant, name, in, err);
    if (status != MW_OK) {
        ingest_tenant_close(tenant);
        return status;
    }
    ingest_forget(core, name);
    mw_tenants_add(&core->tenants, tenant);
    return MW_OK;
}

void ingest_forget(void *self, struct mw_span name)
{
    struct ingest_core *core = self;
    if (name.len == 0) {
        core->now_us = MW_TIME_NONE; /* the last partition is gone, and its time with it */
        return;
    }
    struct ingest_tenant *tenant = mw_tenants_remove(&core->tenants, name);
    if (tenant != NULL) {
        ingest_tenant_close(tenant);
    }
}
