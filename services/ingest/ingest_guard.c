/* Guards that act while a day is still open: money that runs away is said within the tick, not at the close. */
// SPDX-License-Identifier: Apache-2.0
#include "ingest_internal.h"

#include "mw_math.h"

/* Told from twice the usual spend on, so that a rule can enter higher and leave lower; and until it is below. */
static const double surge_told = 2;

/* Mean of the non-zero spend of the last 28 closed days: what a day of this channel usually costs. It changes with
 * each close only. Unknown for a channel that runs in flights: there a dear day after cheap ones is the plan. */
static double usual_spend(struct ingest_tenant *tenant, struct ingest_input *input)
{
    if (input->usual_for == tenant->open_from) {
        return input->usual;
    }
    const int32_t days = ingest_period_days(tenant);
    double sum = 0;
    int n = 0;
    for (mw_date period = tenant->open_from - INGEST_QUALITY_DAYS; period < tenant->open_from;
         period += days) {
        double total;
        if (cells_total(&tenant->cells, MW_CELL_SPEND, input->name, period, &total) && total > 0) {
            sum += total;
            n++;
        }
    }
    input->usual_for = tenant->open_from;
    input->usual =
        n * days >= INGEST_QUALITY_DAYS / 4 ? sum / n : MW_NAN; /* a week of spend, or we do not know */
    return input->usual;
}

static enum mw_status tell(const struct ingest_step *step, const struct ingest_input *input, mw_date period,
                           double total, struct mw_error *err)
{
    const struct ingest_tenant *tenant = step->tenant;
    struct mw_point *point = mw_new(&step->out->arena, struct mw_point);
    struct mw_label *label = mw_new(&step->out->arena, struct mw_label);
    struct mw_metric_points *batch = mw_new(&step->out->arena, struct mw_metric_points);
    if (point == NULL || label == NULL || batch == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "ingest: no memory for a guard");
    }
    const int32_t days = ingest_period_days(tenant);
    *label = (struct mw_label){mw_span("channel"), tenant->cells.names.items[input->name]};
    *point = mw_point_of("spend_surge", "times the usual");
    point->labels = label;
    point->n_labels = 1;
    point->value = input->surge;
    point->threshold = 3;
    point->money = (total - input->usual) * 7 / days;
    *batch = (struct mw_metric_points){mw_span("ingest"), period, tenant->n, days, point, 1};
    const struct mw_metric metric = {
        .tenant = tenant->name, .time = ingest_now_us(step), .kind = MW_METRIC_POINTS, .points = batch};
    return ingest_emit_metric(step, &metric, err);
}

enum mw_status ingest_guard_spend(const struct ingest_step *step, uint32_t name, mw_date period, double total,
                                  struct mw_error *err)
{
    struct ingest_tenant *tenant = step->tenant;
    struct ingest_input *input = ingest_input_of(tenant, MW_CELL_SPEND, name);
    if (tenant->config->grid != MW_GRID_DAY || input == NULL || period < tenant->open_from ||
        period < input->newest) {
        return MW_OK; /* a week is too long to wait for, and a correction of the past is no run-away */
    }
    const double usual = usual_spend(tenant, input), before = input->surge;
    if (!(usual > 0)) {
        return MW_OK;
    }
    input->surge = total / usual;
    return input->surge >= surge_told || before >= surge_told ? tell(step, input, period, total, err) : MW_OK;
}
