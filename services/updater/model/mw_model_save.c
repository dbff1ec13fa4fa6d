/* mw_model_save.c: a model as versioned bytes. What follows from the saved (the Gram factors, the list of
 * observations, the gaps) is made anew on loading, by the same operations in the same order as it was first
 * made: the loaded model continues with the same bits. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_model_internal.h"
#include <math.h>
#include <stdlib.h>

enum { SNAPSHOT_MAGIC = 0x4d574d4f /* "MWMO" */, SNAPSHOT_VERSION = 1 };

static void save_ids(struct mw_writer *out, const uint32_t *ids, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        mw_write_u32(out, ids[i]);
    }
}

static void save_population(const struct mw_model *model, struct mw_writer *out)
{
    const struct mw_population *pop = &model->pop;
    const size_t n = pop->n, n_channels = model->spec.n_channels;

    mw_write_f64s(out, pop->theta, n * n_channels * MW_THETA_N);
    mw_write_f64s(out, pop->log_w, n);
    mw_write_f64s(out, pop->a, n * n_channels);
    mw_write_f64s(out, pop->sum_h, n * n_channels);
    mw_write_f64s(out, pop->b, n * model->n_z);
    mw_write_f64s(out, pop->q, n);
    mw_write_f64s(out, pop->r_last, n);
    save_ids(out, pop->rho, n);
    save_ids(out, pop->root, n);
}

void mw_model_save(const struct mw_model *model, struct mw_writer *out)
{
    const struct mw_rows *rows = &model->data[model->now].rows;

    mw_write_u32(out, SNAPSHOT_MAGIC);
    mw_write_u32(out, SNAPSHOT_VERSION);
    mw_model_spec_save(&model->spec, out);
    mw_write_u64(out, rows->n);
    mw_write_f64s(out, rows->spend, rows->n * model->spec.n_channels);
    mw_write_f64s(out, rows->x, rows->n * model->spec.n_channels);
    mw_write_f64s(out, rows->outcome, rows->n);
    mw_write_f64s(out, rows->y, rows->n);
    mw_write_f64s(out, rows->z, rows->n * model->n_z);
    mw_write_f64s(out, model->media, rows->n);
    mw_write_f64s(out, model->step, model->spec.n_channels);
    mw_write_u64(out, model->n_news);
    mw_write_u64(out, model->n_moves);
    mw_write_u64(out, model->n_stages);
    mw_write_u64(out, model->n_survivors);
    mw_write_f64(out, model->acceptance);
    mw_write_f64(out, model->rho_acceptance);
    mw_write_f64(out, model->log_evidence);
    save_population(model, out);
}

static void load_ids(struct mw_reader *in, uint32_t *ids, size_t n, size_t below)
{
    for (size_t i = 0; i < n; i++) {
        const uint32_t id = mw_read_u32(in);
        in->failed = in->failed || id >= below;
        ids[i] = in->failed ? 0 : id;
    }
}

static void load_population(struct mw_model *model, struct mw_reader *in)
{
    struct mw_population *pop = &model->pop;
    const size_t n = pop->n, n_channels = model->spec.n_channels;

    mw_read_f64s(in, pop->theta, n * n_channels * MW_THETA_N);
    mw_read_f64s(in, pop->log_w, n);
    mw_read_f64s(in, pop->a, n * n_channels);
    mw_read_f64s(in, pop->sum_h, n * n_channels);
    mw_read_f64s(in, pop->b, n * model->n_z);
    mw_read_f64s(in, pop->q, n);
    mw_read_f64s(in, pop->r_last, n);
    load_ids(in, pop->rho, n, model->n_rho);
    load_ids(in, pop->root, n, n);
}

static enum mw_status load_rows(struct mw_model *model, struct mw_reader *in, struct mw_error *err)
{
    struct mw_rows *rows = &model->data[0].rows;
    const size_t n = mw_read_count(in, sizeof(double)), n_channels = model->spec.n_channels;

    if (in->failed || n > model->spec.rows_max) {
        return MW_FAIL(err, MW_E_DATA, "snapshot of a model holds %zu rows, more than its limit", n);
    }
    rows->n = n;
    mw_read_f64s(in, rows->spend, n * n_channels);
    mw_read_f64s(in, rows->x, n * n_channels);
    mw_read_f64s(in, rows->outcome, n);
    mw_read_f64s(in, rows->y, n);
    mw_read_f64s(in, rows->z, n * model->n_z);
    mw_read_f64s(in, model->media, n);
    return mw_reader_status(in, err);
}

static enum mw_status load_into(struct mw_model *model, struct mw_reader *in, struct mw_error *err)
{
    const uint32_t magic = mw_read_u32(in), version = mw_read_u32(in);
    if (in->failed || magic != SNAPSHOT_MAGIC || version != SNAPSHOT_VERSION) {
        return MW_FAIL(err, MW_E_DATA, "snapshot is not a model of version %d; rebuild from the journal",
                       SNAPSHOT_VERSION);
    }
    MW_TRY(mw_model_spec_load(&model->spec, &model->arena, in, err));
    MW_TRY(mw_model_build(model, err));
    MW_TRY(load_rows(model, in, err));
    mw_read_f64s(in, model->step, model->spec.n_channels);
    model->n_news = mw_read_u64(in);
    model->n_moves = mw_read_u64(in);
    model->n_stages = mw_read_u64(in);
    model->n_survivors = mw_read_u64(in);
    model->acceptance = mw_read_f64(in);
    model->rho_acceptance = mw_read_f64(in);
    model->log_evidence = mw_read_f64(in);
    load_population(model, in);
    MW_TRY(mw_reader_status(in, err));
    return mw_data_rebuild(model, &model->data[0], err);
}

enum mw_status mw_model_load(struct mw_model **out, struct mw_reader *in, struct mw_arena *scratch,
                             struct mw_error *err)
{
    *out = NULL;
    struct mw_model *model = mw_model_new(scratch);
    if (model == NULL) {
        return MW_NO_MEMORY(err);
    }
    const enum mw_status status = load_into(model, in, err);
    if (status != MW_OK) {
        mw_model_close(&model);
        return status;
    }
    *out = model;
    return MW_OK;
}
