/* mw_model_rows.c: the data of a model, and the factors of its design. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_la.h"
#include "mw_math.h"
#include "mw_model_internal.h"

enum mw_status mw_data_take(struct mw_data *data, struct mw_model *model, struct mw_error *err)
{
    struct mw_arena *arena = &model->arena;
    const size_t n = model->spec.rows_max, n_channels = model->spec.n_channels, n_z = model->n_z;
    struct mw_rows *rows = &data->rows;

    *rows = (struct mw_rows){
        .spend = mw_new_array(arena, double, n *n_channels),
        .x = mw_new_array(arena, double, n *n_channels),
        .outcome = mw_new_array(arena, double, n),
        .y = mw_new_array(arena, double, n),
        .z = mw_new_array(arena, double, n *n_z),
        .obs = mw_new_array(arena, uint32_t, n),
        .gap = mw_new_array(arena, uint32_t, n),
    };
    for (size_t i = 0; i < model->n_rho; i++) {
        data->gram.chol[i] = mw_new_array(arena, double, n_z *n_z);
        if (data->gram.chol[i] == NULL) {
            return MW_NO_MEMORY(err);
        }
    }
    if (rows->spend == NULL || rows->x == NULL || rows->outcome == NULL || rows->y == NULL ||
        rows->z == NULL || rows->obs == NULL || rows->gap == NULL) {
        return MW_NO_MEMORY(err);
    }
    return mw_data_rebuild(model, data, err);
}

/* ---- the columns of z ------------------------------------------------------------------------ */

void mw_design_row(const struct mw_model_spec *spec, size_t t, const double *controls, const double *events,
                   double *z)
{
    const mw_date date = spec->first + (mw_date)t * mw_model_spec_step_days(spec);
    const double from_2000 = (double)(date - mw_date_from_civil((struct mw_civil){2000, 1, 1}));

    *z++ = 1.0;
    if (spec->trend) {
        *z++ = (double)t / (spec->grid == MW_MODEL_DAILY ? 365.25 : 52.0);
    }
    for (size_t k = 1; k <= spec->yearly_pairs; k++) {
        const double angle = 2.0 * MW_PI * (double)k * from_2000 / 365.25;
        *z++ = mw_sin(angle);
        *z++ = mw_cos(angle);
    }
    if (spec->weekdays && spec->grid == MW_MODEL_DAILY) {
        for (int day = 1; day <= 6; day++) {
            *z++ = mw_date_weekday(date) == day ? 1.0 : 0.0;
        }
    }
    for (size_t j = 0; j < spec->n_controls; j++) {
        *z++ = (controls[j] - spec->controls[j].mean) / spec->controls[j].sd;
    }
    for (size_t j = 0; j < spec->n_events; j++) {
        *z++ = events[j];
    }
}

/* ---- one row --------------------------------------------------------------------------------- */

static bool is_finite(double v)
{
    return v > -MW_INF && v < MW_INF;
}

static enum mw_status check_spend(const struct mw_model_spec *spec, size_t c, double v, struct mw_error *err)
{
    if (!(v >= 0.0 && v < MW_INF)) {
        return MW_FAIL(err, MW_E_DATA, "spend of channel %.*s is %g; give a finite amount of 0 or more",
                       MW_SPAN_ARG(spec->channels[c].name), v);
    }
    return MW_OK;
}

static enum mw_status check_control(const struct mw_model_spec *spec, size_t j, double v,
                                    struct mw_error *err)
{
    if (!is_finite(v)) {
        return MW_FAIL(err, MW_E_DATA, "control %.*s is %g; give a finite number",
                       MW_SPAN_ARG(spec->controls[j].name), v);
    }
    return MW_OK;
}

static enum mw_status check_event(const struct mw_model_spec *spec, size_t j, double v, struct mw_error *err)
{
    if (v != 0.0 && v != 1.0) {
        return MW_FAIL(err, MW_E_DATA, "event %.*s is %g; give 0 or 1", MW_SPAN_ARG(spec->events[j]), v);
    }
    return MW_OK;
}

static enum mw_status check_outcome(double v, struct mw_error *err)
{
    if (v == MW_INF || v == -MW_INF) {
        return MW_FAIL(err, MW_E_DATA, "the outcome is infinite; give a finite number, or none for a gap");
    }
    return MW_OK;
}

enum mw_status mw_row_values_check(const struct mw_model *model, const struct mw_model_row *row,
                                   struct mw_error *err)
{
    const struct mw_model_spec *spec = &model->spec;
    for (size_t c = 0; c < spec->n_channels; c++) {
        MW_TRY(check_spend(spec, c, row->spend[c], err));
    }
    for (size_t j = 0; j < spec->n_controls; j++) {
        MW_TRY(check_control(spec, j, row->controls[j], err));
    }
    for (size_t j = 0; j < spec->n_events; j++) {
        MW_TRY(check_event(spec, j, row->events[j], err));
    }
    return check_outcome(row->outcome, err);
}

enum mw_status mw_row_check(const struct mw_model *model, const struct mw_model_row *row,
                            struct mw_error *err)
{
    const struct mw_model_spec *spec = &model->spec;
    const size_t t = model->data[model->now].rows.n;
    const mw_date next = spec->first + (mw_date)t * mw_model_spec_step_days(spec);

    if (t == spec->rows_max) {
        return MW_FAIL(err, MW_E_FULL, "the model holds %zu rows, its limit; raise rows_max (at most %d)", t,
                       MW_MODEL_ROWS_MAX);
    }
    if (row->date != next) {
        char want[16], got[16];
        mw_date_format(next, want);
        mw_date_format(row->date, got);
        return MW_FAIL(err, MW_E_DATA, "row %zu is dated %s; the grid's next date is %s", t, got, want);
    }
    return mw_row_values_check(model, row, err);
}

static void put_outcome(const struct mw_model *model, struct mw_rows *rows, size_t t, double outcome)
{
    rows->outcome[t] = outcome;
    rows->y[t] = outcome == outcome ? outcome / model->spec.s_y : 0.0;
}

static void put_spend(const struct mw_model *model, struct mw_rows *rows, size_t t, size_t c, double spend)
{
    const size_t at = t * model->spec.n_channels + c;
    rows->spend[at] = spend;
    rows->x[at] = spend / model->spec.channels[c].m;
}

void mw_rows_put(const struct mw_model *model, struct mw_rows *rows, size_t t, const struct mw_model_row *row)
{
    for (size_t c = 0; c < model->spec.n_channels; c++) {
        put_spend(model, rows, t, c, row->spend[c]);
    }
    put_outcome(model, rows, t, row->outcome);
    mw_design_row(&model->spec, t, row->controls, row->events, rows->z + t * model->n_z);
}

/* ---- corrections ----------------------------------------------------------------------------- */

static size_t row_of(const struct mw_model *model, mw_date date)
{
    return (size_t)((date - model->spec.first) / mw_model_spec_step_days(&model->spec));
}

static enum mw_status check_date(const struct mw_model *model, mw_date date, struct mw_error *err)
{
    const int step = mw_model_spec_step_days(&model->spec);
    if (date < model->spec.first || (date - model->spec.first) % step != 0 ||
        row_of(model, date) >= model->data[model->now].rows.n) {
        char text[16];
        mw_date_format(date, text);
        return MW_FAIL(err, MW_E_DATA, "the model holds no row of %s; append rows before correcting them",
                       text);
    }
    return MW_OK;
}

enum mw_status mw_change_check(const struct mw_model *model, const struct mw_model_change *change,
                               struct mw_error *err)
{
    const struct mw_model_spec *spec = &model->spec;
    const size_t counts[] = {spec->n_channels, 1, spec->n_controls, spec->n_events};

    MW_TRY(check_date(model, change->date, err));
    if ((size_t)change->cell >= sizeof counts / sizeof counts[0] || change->index >= counts[change->cell]) {
        return MW_FAIL(err, MW_E_DATA, "a correction names cell %d, index %zu; the model has no such column",
                       (int)change->cell, change->index);
    }
    switch (change->cell) {
    case MW_MODEL_SPEND:
        return check_spend(spec, change->index, change->value, err);
    case MW_MODEL_CONTROL:
        return check_control(spec, change->index, change->value, err);
    case MW_MODEL_EVENT:
        return check_event(spec, change->index, change->value, err);
    default:
        return check_outcome(change->value, err);
    }
}

void mw_rows_change(const struct mw_model *model, struct mw_rows *rows, const struct mw_model_change *change)
{
    const struct mw_model_spec *spec = &model->spec;
    const size_t t = row_of(model, change->date), j = change->index;
    double *from_controls = rows->z + (t + 1) * model->n_z - spec->n_events - spec->n_controls;

    switch (change->cell) {
    case MW_MODEL_SPEND:
        put_spend(model, rows, t, j, change->value);
        break;
    case MW_MODEL_CONTROL:
        from_controls[j] = (change->value - spec->controls[j].mean) / spec->controls[j].sd;
        break;
    case MW_MODEL_EVENT:
        from_controls[spec->n_controls + j] = change->value;
        break;
    case MW_MODEL_OUTCOME:
        put_outcome(model, rows, t, change->value);
        break;
    }
}

void mw_rows_copy(const struct mw_model *model, const struct mw_rows *from, struct mw_rows *to)
{
    const size_t n = from->n, spend_bytes = n * model->spec.n_channels * sizeof(double);
    to->n = n;
    to->n_obs = 0;
    memcpy(to->spend, from->spend, spend_bytes);
    memcpy(to->x, from->x, spend_bytes);
    memcpy(to->outcome, from->outcome, n * sizeof(double));
    memcpy(to->y, from->y, n * sizeof(double));
    memcpy(to->z, from->z, n * model->n_z * sizeof(double));
}

/* ---- observations and factors ---------------------------------------------------------------- */

static struct mw_gap gap_of(const struct mw_model *model, size_t periods)
{
    struct mw_gap gap = {.periods = periods};
    for (size_t i = 0; i < model->n_rho; i++) {
        const double rho2 = model->rho[i] * model->rho[i];
        double phi = periods == 0 ? 0.0 : 1.0;
        for (size_t g = 0; g < periods; g++) {
            phi *= model->rho[i];
        }
        gap.phi[i] = phi;
        gap.weight[i] = (1.0 - rho2) / (1.0 - phi * phi);
        gap.log_v[i] = -mw_log(gap.weight[i]);
    }
    return gap;
}

size_t mw_data_gap(struct mw_model *model, const struct mw_rows *rows, size_t t)
{
    const size_t periods = rows->n_obs == 0 ? 0 : t - rows->obs[rows->n_obs - 1];
    for (size_t g = 0; g < model->n_gaps; g++) {
        if (model->gaps[g].periods == periods) {
            return g;
        }
    }
    mw_invariant(model->n_gaps < MW_GAPS_MAX);
    model->gaps[model->n_gaps] = gap_of(model, periods);
    return model->n_gaps++;
}

void mw_data_whitened(const struct mw_model *model, const struct mw_rows *rows, size_t t, size_t gap,
                      size_t i_rho, double *z)
{
    const double root = sqrt(model->gaps[gap].weight[i_rho]), phi = model->gaps[gap].phi[i_rho];
    const double *row = rows->z + t * model->n_z;
    const double *before = rows->n_obs == 0 ? row : rows->z + (size_t)rows->obs[rows->n_obs - 1] * model->n_z;

    for (size_t k = 0; k < model->n_z; k++) {
        z[k] = (row[k] - phi * before[k]) * root;
    }
}

enum mw_status mw_data_observe(struct mw_model *model, struct mw_data *data, size_t t, double *scratch,
                               struct mw_error *err)
{
    struct mw_rows *rows = &data->rows;
    const size_t gap = mw_data_gap(model, rows, t), n_z = model->n_z;

    for (size_t i = 0; i < model->n_rho; i++) {
        mw_data_whitened(model, rows, t, gap, i, scratch);
        MW_TRY(mw_la_cholesky_update(n_z, data->gram.chol[i], scratch, scratch + n_z, err));
        data->gram.log_det[i] = mw_la_log_det(n_z, data->gram.chol[i]);
        data->gram.log_v[i] += model->gaps[gap].log_v[i];
    }
    rows->obs[rows->n_obs] = (uint32_t)t;
    rows->gap[rows->n_obs] = (uint32_t)gap;
    rows->n_obs++;
    return MW_OK;
}

/* The prior alone: A = I / V. */
static void gram_reset(const struct mw_model *model, struct mw_gram *gram)
{
    const size_t n_z = model->n_z;
    for (size_t i = 0; i < model->n_rho; i++) {
        memset(gram->chol[i], 0, n_z * n_z * sizeof(double));
        for (size_t k = 0; k < n_z; k++) {
            gram->chol[i][k * n_z + k] = 1.0 / sqrt(model->spec.gamma_variance);
        }
        gram->log_det[i] = mw_la_log_det(n_z, gram->chol[i]);
        gram->log_v[i] = 0.0;
    }
}

enum mw_status mw_data_rebuild(struct mw_model *model, struct mw_data *data, struct mw_error *err)
{
    double *scratch = mw_new_array(model->scratch, double, 3 * model->n_z);
    if (scratch == NULL) {
        return MW_NO_MEMORY(err);
    }
    gram_reset(model, &data->gram);
    data->rows.n_obs = 0;
    for (size_t t = 0; t < data->rows.n; t++) {
        if (data->rows.outcome[t] == data->rows.outcome[t]) {
            MW_TRY(mw_data_observe(model, data, t, scratch, err));
        }
    }
    return MW_OK;
}

void mw_gram_copy(const struct mw_model *model, const struct mw_gram *from, struct mw_gram *to)
{
    for (size_t i = 0; i < model->n_rho; i++) {
        memcpy(to->chol[i], from->chol[i], model->n_z * model->n_z * sizeof(double));
        to->log_det[i] = from->log_det[i];
        to->log_v[i] = from->log_v[i];
    }
}
