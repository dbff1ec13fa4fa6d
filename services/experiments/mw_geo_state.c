/* A test as bytes and back. Floating-point state travels bit for bit: a test that was saved continues with
 * the numbers it would have had. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_geo_test.h"

static void write_givens(const struct mw_givens *fit, struct mw_writer *out)
{
    mw_write_u64(out, fit->n_columns);
    mw_write_u64(out, fit->n_rows);
    for (size_t i = 0; i < MW_GIVENS_COLUMNS_MAX; i++) {
        mw_write_f64s(out, fit->r[i], MW_GIVENS_COLUMNS_MAX);
    }
}

static void read_givens(struct mw_givens *fit, struct mw_reader *in)
{
    fit->n_columns = (size_t)mw_read_u64(in);
    fit->n_rows = (size_t)mw_read_u64(in);
    for (size_t i = 0; i < MW_GIVENS_COLUMNS_MAX; i++) {
        mw_read_f64s(in, fit->r[i], MW_GIVENS_COLUMNS_MAX);
    }
    in->failed = in->failed || fit->n_columns < 2 || fit->n_columns > MW_GIVENS_COLUMNS_MAX;
}

static void write_window(const struct mw_window *window, struct mw_writer *out)
{
    const double numbers[] = {window->q, window->p, window->total, window->h, window->sum_h, window->sum_min};
    write_givens(&window->pre, out);
    mw_write_f64s(out, window->b, MW_AVT_REGRESSORS_MAX);
    mw_write_f64s(out, window->level, MW_WHITEN_COLUMNS_MAX);
    mw_write_f64s(out, window->c, MW_AVT_REGRESSORS_MAX);
    mw_write_f64s(out, numbers, sizeof numbers / sizeof numbers[0]);
    mw_write_u64(out, window->n);
}

static void read_window(struct mw_window *window, struct mw_reader *in)
{
    double x[6] = {0};
    read_givens(&window->pre, in);
    mw_read_f64s(in, window->b, MW_AVT_REGRESSORS_MAX);
    mw_read_f64s(in, window->level, MW_WHITEN_COLUMNS_MAX);
    mw_read_f64s(in, window->c, MW_AVT_REGRESSORS_MAX);
    mw_read_f64s(in, x, sizeof x / sizeof x[0]);
    window->q = x[0];
    window->p = x[1];
    window->total = x[2];
    window->h = x[3];
    window->sum_h = x[4];
    window->sum_min = x[5];
    window->n = mw_read_u64(in);
}

static void write_avt(const struct mw_avt *avt, struct mw_writer *out)
{
    mw_write_f64(out, avt->whitener.q);
    mw_write_f64(out, avt->whitener.p);
    mw_write_f64(out, avt->whitener.log_det);
    mw_write_f64s(out, avt->whitener.level, MW_WHITEN_COLUMNS_MAX);
    write_givens(&avt->fit, out);
}

static void read_avt(struct mw_avt *avt, struct mw_reader *in)
{
    avt->whitener.q = mw_read_f64(in);
    avt->whitener.p = mw_read_f64(in);
    avt->whitener.log_det = mw_read_f64(in);
    mw_read_f64s(in, avt->whitener.level, MW_WHITEN_COLUMNS_MAX);
    read_givens(&avt->fit, in);
}

static void write_estimate(const struct mw_avt_estimate *now, struct mw_writer *out)
{
    const double numbers[] = {now->tau,         now->se,    now->t,     now->nu,
                              now->information, now->log_e, now->lower, now->upper};
    mw_write_u8(out, now->is_known);
    mw_write_f64s(out, numbers, sizeof numbers / sizeof numbers[0]);
}

static struct mw_avt_estimate read_estimate(struct mw_reader *in)
{
    double x[8] = {0};
    const bool is_known = mw_read_u8(in) != 0;
    mw_read_f64s(in, x, sizeof x / sizeof x[0]);
    return (struct mw_avt_estimate){.is_known = is_known,
                                    .tau = x[0],
                                    .se = x[1],
                                    .t = x[2],
                                    .nu = x[3],
                                    .information = x[4],
                                    .log_e = x[5],
                                    .lower = x[6],
                                    .upper = x[7]};
}

static void write_path(const struct mw_geo_path *path, struct mw_writer *out)
{
    mw_write_i32(out, path->through);
    write_avt(&path->avt, out);
    write_window(&path->window, out);
    write_estimate(&path->now, out);
    mw_write_i64(out, path->n_periods);
    mw_write_i64(out, path->n_spend_periods);
    mw_write_i64(out, path->n_missing);
    mw_write_u32(out, path->missing);
    const double numbers[] = {path->outcome_treated, path->spend_treated, path->spend_twin,
                              path->spend_kept,      path->log_e_max,     path->log_e_plan,
                              path->log_e_harm,      path->lower,         path->upper};
    mw_write_f64s(out, numbers, sizeof numbers / sizeof numbers[0]);
    mw_write_u8(out, path->moved);
    mw_write_i32(out, path->significant_on);
    mw_write_i32(out, path->harm_on);
}

static void read_path(struct mw_geo_path *path, struct mw_reader *in)
{
    double x[9] = {0};
    path->through = mw_read_i32(in);
    read_avt(&path->avt, in);
    read_window(&path->window, in);
    path->now = read_estimate(in);
    path->n_periods = mw_read_i64(in);
    path->n_spend_periods = mw_read_i64(in);
    path->n_missing = mw_read_i64(in);
    path->missing = mw_read_u32(in);
    mw_read_f64s(in, x, sizeof x / sizeof x[0]);
    path->outcome_treated = x[0];
    path->spend_treated = x[1];
    path->spend_twin = x[2];
    path->spend_kept = x[3];
    path->log_e_max = x[4];
    path->log_e_plan = x[5];
    path->log_e_harm = x[6];
    path->lower = x[7];
    path->upper = x[8];
    path->moved = mw_read_u8(in) != 0;
    path->significant_on = mw_read_i32(in);
    path->harm_on = mw_read_i32(in);
}

static void write_design(const struct mw_geo_design *design, struct mw_writer *out)
{
    mw_write_u64(out, design->n_treated);
    for (size_t i = 0; i < design->n_treated; i++) {
        mw_write_u32(out, design->treated[i]);
    }
    mw_write_u64(out, design->n_donors);
    for (size_t j = 0; j < design->n_donors; j++) {
        mw_write_u32(out, design->donors[j].geo);
        mw_write_f64(out, design->donors[j].weight);
        mw_write_f64(out, design->donors[j].weight_full);
    }
    mw_write_u64(out, design->n_left_out);
    mw_write_u32(out, design->spend_measure);
    mw_write_i32(out, design->weights_from);
    mw_write_i32(out, design->weights_to);
    mw_write_i32(out, design->noise_from);
    mw_write_i32(out, design->noise_to);
    const double numbers[] = {design->q, design->phi, design->information_planned, design->threshold_log_e,
                              design->spend_offset};
    mw_write_f64s(out, numbers, sizeof numbers / sizeof numbers[0]);
}

static enum mw_status read_lists(struct mw_geo_design *design, struct mw_arena *arena, struct mw_reader *in,
                                 struct mw_error *err)
{
    design->n_treated = mw_read_count(in, 4);
    design->treated = mw_new_array(arena, uint32_t, design->n_treated);
    for (size_t i = 0; design->treated != NULL && i < design->n_treated; i++) {
        design->treated[i] = mw_read_u32(in);
    }
    design->n_donors = mw_read_count(in, 20);
    design->donors = mw_new_array(arena, struct mw_geo_donor, design->n_donors);
    for (size_t j = 0; design->donors != NULL && j < design->n_donors; j++) {
        design->donors[j].geo = mw_read_u32(in);
        design->donors[j].weight = mw_read_f64(in);
        design->donors[j].weight_full = mw_read_f64(in);
    }
    if (design->treated == NULL || design->donors == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for the design of a test");
    }
    return mw_reader_status(in, err);
}

static enum mw_status read_design(struct mw_geo_design *design, struct mw_arena *arena, struct mw_reader *in,
                                  struct mw_error *err)
{
    MW_TRY(read_lists(design, arena, in, err));
    double x[5] = {0};
    design->n_left_out = (size_t)mw_read_u64(in);
    design->spend_measure = mw_read_u32(in);
    design->weights_from = mw_read_i32(in);
    design->weights_to = mw_read_i32(in);
    design->noise_from = mw_read_i32(in);
    design->noise_to = mw_read_i32(in);
    mw_read_f64s(in, x, sizeof x / sizeof x[0]);
    design->q = x[0];
    design->phi = x[1];
    design->information_planned = x[2];
    design->threshold_log_e = x[3];
    design->spend_offset = x[4];
    return mw_reader_status(in, err);
}

void mw_geo_test_save(const struct mw_geo_test *test, struct mw_writer *out)
{
    mw_shape_write(&mw_type_test.shape, test->test, out);
    mw_write_u8(out, test->hopeless);
    mw_write_u8(out, test->launched);
    mw_write_u8(out, test->tried);
    mw_write_u8(out, test->late);
    mw_write_span(out, mw_span(test->refusal));
    if (test->launched) {
        write_design(&test->design, out);
        write_path(&test->path, out);
    }
}

static enum mw_status read_test(struct mw_geo_test *out, struct mw_reader *in, struct mw_error *err)
{
    out->test = mw_shape_read(&mw_type_test.shape, in, &out->arena);
    MW_TRY(mw_reader_status(in, err));
    if (out->test == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for a test");
    }
    if (out->test->declared == NULL) {
        in->failed = true;
        return mw_reader_status(in, err);
    }
    out->method = mw_method_of(out->test->declared->method);
    out->hopeless = mw_read_u8(in) != 0;
    out->launched = mw_read_u8(in) != 0;
    out->tried = mw_read_u8(in) != 0;
    out->late = mw_read_u8(in) != 0;
    const struct mw_span refusal = mw_read_span(in);
    in->failed = in->failed || (out->method == NULL && !out->hopeless) || refusal.len >= sizeof out->refusal;
    MW_TRY(mw_reader_status(in, err));
    if (refusal.len > 0) {
        memcpy(out->refusal, refusal.data, refusal.len);
    }
    return MW_OK;
}

enum mw_status mw_geo_test_load(struct mw_geo_test *out, struct mw_reader *in, struct mw_error *err)
{
    *out = (struct mw_geo_test){.path = {.through = MW_DATE_NONE}};
    MW_TRY(read_test(out, in, err));
    if (!out->launched) {
        return MW_OK;
    }
    MW_TRY(read_design(&out->design, &out->arena, in, err));
    read_path(&out->path, in);
    return mw_reader_status(in, err);
}
