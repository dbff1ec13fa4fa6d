/* How good each feed is: completeness, consistency and recency, and the score that they make (definitions.md). */
// SPDX-License-Identifier: Apache-2.0
#include "ingest_internal.h"

#include "mw_math.h"

#include <math.h>

/* ---- inputs ---- */

struct ingest_input *ingest_input_of(const struct ingest_tenant *tenant, int32_t kind, uint32_t name)
{
    for (size_t i = 0; i < tenant->n_inputs; i++) {
        if (tenant->inputs[i].kind == kind && tenant->inputs[i].name == name) {
            return &tenant->inputs[i];
        }
    }
    return NULL;
}

static enum mw_status add_input(struct ingest_tenant *tenant, int32_t kind, uint32_t name, mw_date period,
                                struct ingest_input **out, struct mw_error *err)
{
    void *inputs = tenant->inputs;
    MW_TRY(mw_vector_grow(&inputs, tenant->n_inputs, &tenant->inputs_capacity, sizeof *tenant->inputs, err));
    tenant->inputs = inputs;
    *out = &tenant->inputs[tenant->n_inputs++];
    **out = (struct ingest_input){
        .kind = kind, .name = name, .first = period, .newest = period, .usual_for = MW_DATE_NONE};
    return MW_OK;
}

enum mw_status ingest_note_input(struct ingest_tenant *tenant, int32_t kind, uint32_t name, mw_date period,
                                 double checked, double failed, struct mw_error *err)
{
    struct ingest_input *input = ingest_input_of(tenant, kind, name);
    if (input == NULL) {
        MW_TRY(add_input(tenant, kind, name, period, &input, err));
    }
    input->first = period < input->first ? period : input->first;
    input->newest = period > input->newest ? period : input->newest;
    input->checked += checked;
    input->failed += failed;
    return MW_OK;
}

/* ---- the three parts of the score ---- */

/* Days as the calendar counts them: a tenant that was settled by command before any clock is judged on the day after
 * its newest data. */
static mw_date today_of(const struct ingest_tenant *tenant)
{
    return tenant->today != MW_DATE_NONE ? tenant->today : tenant->newest + ingest_period_days(tenant);
}

/* Data of a period that has not ended, or of tomorrow in another zone, is not younger than new. */
static int32_t age_days(const struct ingest_tenant *tenant, const struct ingest_input *input)
{
    const int32_t age = today_of(tenant) - (input->newest + ingest_period_days(tenant) - 1);
    return age > 0 ? age : 0;
}

/* Completeness: share of the periods of the last 28 days, as far as they are due, that have a cell. */
static double completeness(const struct ingest_tenant *tenant, const struct ingest_input *input, mw_date due)
{
    const int32_t days = ingest_period_days(tenant);
    const mw_date window = due - INGEST_QUALITY_DAYS + 1;
    mw_date from = ingest_period_of(tenant, window > input->first ? window : input->first);
    int expected = 0, present = 0;
    for (; from + days - 1 <= due; from += days) {
        double total;
        expected++;
        present += cells_total(&tenant->cells, input->kind, input->name, from, &total);
    }
    return expected == 0 ? 100 : 100.0 * present / expected;
}

/* Recency: 100 up to the agreed age, 0 from three times that on. */
static double recency(double age_days, double agreed_days)
{
    if (age_days <= agreed_days) {
        return 100;
    }
    return age_days >= 3 * agreed_days ? 0 : 100 * (3 * agreed_days - age_days) / (2 * agreed_days);
}

/* ---- all inputs ---- */

static const char *const kind_names[] = {"spend", "outcome", "factor"};

static bool rate_input(const struct ingest_step *step, const struct ingest_input *input,
                       struct mw_quality *out)
{
    const struct ingest_tenant *tenant = step->tenant;
    const int32_t days = ingest_period_days(tenant);
    const int32_t lag = ingest_settle_days(tenant->config);
    *out = (struct mw_quality){
        .input = mw_arena_printf(&step->out->arena, "%s/" MW_SPAN_FMT, kind_names[input->kind],
                                 MW_SPAN_ARG(tenant->cells.names.items[input->name])),
        .completeness = completeness(tenant, input, today_of(tenant) - lag),
        .consistency = input->checked > 0 ? 100 * (1 - input->failed / input->checked) : 100,
        .recency = recency(age_days(tenant, input), lag + days),
    };
    out->score = 100 * mw_pow(out->completeness / 100, 0.40) * mw_pow(out->consistency / 100, 0.35) *
                 mw_pow(out->recency / 100, 0.25);
    out->quarantined =
        !(out->score >= 70 && out->completeness >= 50 && out->consistency >= 50 && out->recency >= 50);
    return out->input.data != NULL;
}

const struct mw_quality *ingest_rate_inputs(const struct ingest_step *step)
{
    const struct ingest_tenant *tenant = step->tenant;
    struct mw_quality *quality = mw_new_array(&step->out->arena, struct mw_quality, tenant->n_inputs);
    for (size_t i = 0; quality != NULL && i < tenant->n_inputs; i++) {
        if (!rate_input(step, &tenant->inputs[i], &quality[i])) {
            return NULL;
        }
    }
    return quality;
}

/* Two points per input: its score and the age of its newest period. */
static bool quality_points(const struct ingest_step *step, const struct mw_quality *quality,
                           struct mw_point *points)
{
    const struct ingest_tenant *tenant = step->tenant;
    for (size_t i = 0; i < tenant->n_inputs; i++) {
        struct mw_label *label = mw_new(&step->out->arena, struct mw_label);
        if (label == NULL) {
            return false;
        }
        *label = (struct mw_label){mw_span("input"), quality[i].input};
        points[2 * i] = mw_point_of("data_quality", "score");
        points[2 * i].value = quality[i].score;
        points[2 * i].threshold = 70;
        points[2 * i].lower = fmin(quality[i].completeness, fmin(quality[i].consistency, quality[i].recency));
        points[2 * i + 1] = mw_point_of("data_age_days", "days");
        points[2 * i + 1].value = age_days(tenant, &tenant->inputs[i]);
        points[2 * i].labels = points[2 * i + 1].labels = label;
        points[2 * i].n_labels = points[2 * i + 1].n_labels = 1;
    }
    return true;
}

enum mw_status ingest_report_quality(const struct ingest_step *step, struct mw_error *err)
{
    const struct ingest_tenant *tenant = step->tenant;
    const struct mw_quality *quality = ingest_rate_inputs(step);
    struct mw_point *points = mw_new_array(&step->out->arena, struct mw_point, 2 * tenant->n_inputs);
    struct mw_metric_points *batch = mw_new(&step->out->arena, struct mw_metric_points);
    if (quality == NULL || points == NULL || batch == NULL || !quality_points(step, quality, points)) {
        return MW_FAIL(err, MW_E_MEMORY, "ingest: no memory for data quality");
    }
    *batch = (struct mw_metric_points){
        .service = mw_span("ingest"),
        .as_of = tenant->today,
        .n = tenant->n,
        .period_days = ingest_period_days(tenant),
        .points = points,
        .n_points = 2 * tenant->n_inputs,
    };
    return ingest_emit_metric(
        step,
        &(struct mw_metric){
            .tenant = tenant->name, .time = tenant->now_us, .kind = MW_METRIC_POINTS, .points = batch},
        err);
}

/* A fading count with a memory of 28 days. */
void ingest_fade_checks(struct ingest_tenant *tenant, int32_t n_days)
{
    for (int32_t day = 0; day < n_days && day < 365; day++) {
        for (size_t i = 0; i < tenant->n_inputs; i++) {
            tenant->inputs[i].checked *= 1 - 1.0 / INGEST_QUALITY_DAYS;
            tenant->inputs[i].failed *= 1 - 1.0 / INGEST_QUALITY_DAYS;
        }
    }
}
