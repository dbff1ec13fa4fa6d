/* What the core says: records of a test's state, the points of a close, and the lift for the model.
 * Everything that a record points to is copied into the effects' arena, for a test may be gone before the
 * record is sent. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_estimators.h"
#include "mw_experiments_internal.h"

#include "mw_math.h"

#include <stdio.h>

static const struct mw_effect_estimate NO_ESTIMATE = {
    .mean = (double)NAN, .se = (double)NAN, .lower = (double)NAN, .upper = (double)NAN};

/* Actual spend difference below this share of the plan is said. */
static const double DELIVERY_LEAST = 0.5;

static enum mw_status no_memory(struct mw_error *err)
{
    return MW_FAIL(err, MW_E_MEMORY, "no memory for what a test says");
}

int mw_watched_state(const struct mw_watched *watched, int32_t period_days)
{
    const struct mw_geo_test *test = &watched->test;
    if (!test->launched) {
        return test->hopeless || test->tried ? MW_EXPERIMENT_INVALID : MW_EXPERIMENT_WAITING;
    }
    if (mw_geo_test_next(test, period_days) == MW_DATE_NONE) {
        return MW_EXPERIMENT_ENDED;
    }
    if (test->path.harm_on != MW_DATE_NONE) {
        return MW_EXPERIMENT_HARM;
    }
    return test->path.significant_on != MW_DATE_NONE ? MW_EXPERIMENT_SIGNIFICANT : MW_EXPERIMENT_RUNNING;
}

/* ---- the record ------------------------------------------------------------------------------ */

/* As of the last close; before the first one, the day on which the fact was written. */
static mw_date as_of_now(const struct mw_said *said)
{
    return said->tenant->closed_to != MW_DATE_NONE ? said->tenant->closed_to
                                                   : (mw_date)(said->fact->time / MW_US_PER_DAY);
}

static struct mw_experiment *blank(const struct mw_said *said, const struct mw_test *test)
{
    struct mw_arena *arena = &said->out->arena;
    struct mw_experiment *out = mw_new(arena, struct mw_experiment);
    if (out == NULL) {
        return NULL;
    }
    *out = (struct mw_experiment){
        .tenant = mw_arena_copy(arena, said->tenant->name),
        .test = mw_arena_copy(arena, test->test),
        .channel = mw_arena_copy(arena, test->declared->channel),
        .method = mw_arena_copy(arena, test->declared->method),
        .as_of = as_of_now(said),
        .start = test->declared->start,
        .planned_end = test->declared->planned_end,
        .n = said->fact->n,
        .effect = NO_ESTIMATE,
        .increment = NO_ESTIMATE,
        .lift_pct = NO_ESTIMATE,
        .iroas = NO_ESTIMATE,
        .log_e = MW_NAN,
        .p_anytime = MW_NAN,
        .t = MW_NAN,
        .information = MW_NAN,
        .information_planned = MW_NAN,
        .noise_q = MW_NAN,
        .phi = MW_NAN,
        .alpha = test->declared->alpha,
        .threshold_log_e = MW_NAN,
        .weights_from = MW_DATE_NONE,
        .weights_to = MW_DATE_NONE,
        .noise_from = MW_DATE_NONE,
        .noise_to = MW_DATE_NONE,
    };
    const bool is_whole = out->tenant.data != NULL && out->test.data != NULL && out->channel.data != NULL &&
                          out->method.data != NULL;
    return is_whole ? out : NULL;
}

static enum mw_status emit_experiment(const struct mw_said *said, const struct mw_experiment *body,
                                      struct mw_error *err)
{
    const struct mw_span subject =
        mw_arena_printf(&said->out->arena, "test/" MW_SPAN_FMT, MW_SPAN_ARG(body->test));
    if (subject.data == NULL) {
        return no_memory(err);
    }
    return mw_effects_emit(said->out, &mw_type_experiment, body->tenant, subject, body, err);
}

enum mw_status mw_said_of_none(const struct mw_said *said, const struct mw_test *test, int state, int64_t rev,
                               struct mw_span reason, struct mw_error *err)
{
    struct mw_experiment *out = blank(said, test);
    if (out == NULL || reason.data == NULL) {
        return no_memory(err);
    }
    out->state = state;
    out->rev = rev;
    out->reason = reason;
    return emit_experiment(said, out, err);
}

enum mw_status mw_said_waiting(const struct mw_said *said, struct mw_watched *watched, const char *reason,
                               struct mw_error *err)
{
    const int state = mw_watched_state(watched, said->tenant->panel.period_days);
    return mw_said_of_none(said, watched->test.test, state, ++watched->rev,
                           mw_arena_copy(&said->out->arena, mw_span(reason)), err);
}

/* ---- a period -------------------------------------------------------------------------------- */

/* Share of the planned spend difference that was delivered so far; NaN without a plan. */
static double delivery(const struct mw_geo_test *test, double spend_difference, int32_t period_days)
{
    const struct mw_test_declared *plan = test->test->declared;
    const double n_planned = (double)((plan->planned_end - plan->start) / period_days + 1);
    const double expected = plan->spend_change * (double)test->path.n_spend_periods / n_planned;
    return expected == 0 ? MW_NAN : spend_difference / expected;
}

/* The most important thing to know about the numbers of this period, or nothing. */
static struct mw_span remark(const struct mw_said *said, const struct mw_geo_test *test,
                             const struct mw_geo_result *result)
{
    struct mw_arena *arena = &said->out->arena;
    const struct mw_panel *panel = &said->tenant->panel;
    const double delivered = delivery(test, result->spend_difference, panel->period_days);
    if (test->path.missing != MW_INDEX_NONE) {
        char date[16];
        mw_date_format(test->path.through, date);
        return mw_arena_printf(
            arena, "no outcome from " MW_SPAN_FMT " on %s: that period is left out until it comes",
            MW_SPAN_ARG(panel->geos.items[test->path.missing]), date);
    }
    if (isnan(result->iroas.mean) && test->path.now.is_known) {
        return mw_span("the treated geos spend no differently from the others: nothing is being tested");
    }
    if (delivered < DELIVERY_LEAST) {
        return mw_arena_printf(arena, "the spend difference is %.0f %% of the plan", 100 * delivered);
    }
    if (test->path.moved) {
        return mw_span("the effect changes over time: the bounds are those of today alone");
    }
    return mw_span(test->late ? "declared after its start" : "");
}

static struct mw_span reason_of(const struct mw_said *said, const struct mw_geo_test *test, int state,
                                const struct mw_geo_result *result)
{
    char date[16] = "";
    const char *what = "";
    if (test->path.harm_on != MW_DATE_NONE) {
        mw_date_format(test->path.harm_on, date);
        what = "the outcome moves against the plan since ";
    } else if (test->path.significant_on != MW_DATE_NONE) {
        mw_date_format(test->path.significant_on, date);
        what = "significant since ";
    } else if (state == MW_EXPERIMENT_ENDED) {
        what = "ended without a significant effect";
    }
    const struct mw_span more = remark(said, test, result);
    const bool has_both = what[0] != '\0' && more.len > 0;
    return mw_arena_printf(&said->out->arena, "%s%s%s" MW_SPAN_FMT, what, date, has_both ? "; " : "",
                           MW_SPAN_ARG(more));
}

static enum mw_status add_weights(const struct mw_said *said, const struct mw_geo_design *design,
                                  struct mw_experiment *out, struct mw_error *err)
{
    struct mw_arena *arena = &said->out->arena;
    struct mw_amount *weights = mw_new_array(arena, struct mw_amount, design->n_donors);
    if (weights == NULL) {
        return no_memory(err);
    }
    for (size_t j = 0; j < design->n_donors; j++) {
        if (design->donors[j].weight > 0) {
            const struct mw_span geo = said->tenant->panel.geos.items[design->donors[j].geo];
            weights[out->n_weights++] =
                (struct mw_amount){mw_arena_copy(arena, geo), design->donors[j].weight};
        }
    }
    out->weights = weights;
    return MW_OK;
}

static enum mw_status add_estimators(const struct mw_said *said, const struct mw_geo_result *result,
                                     struct mw_experiment *out, struct mw_error *err)
{
    struct mw_amount *estimators = mw_new_array(&said->out->arena, struct mw_amount, mw_estimators_n);
    if (estimators == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < mw_estimators_n; i++) {
        estimators[i] = (struct mw_amount){mw_span(mw_estimators[i].name), result->estimators[i]};
    }
    out->estimators = estimators;
    out->n_estimators = mw_estimators_n;
    return MW_OK;
}

static void add_evidence(const struct mw_geo_test *test, int32_t period_days, struct mw_experiment *out)
{
    const struct mw_geo_design *design = &test->design;
    const struct mw_geo_path *path = &test->path;
    out->as_of = path->through + period_days - 1;
    out->day = (int64_t)(path->through - test->test->declared->start) + period_days;
    out->log_e = path->log_e_max;
    out->t = path->now.t;
    out->information = path->now.information;
    out->information_planned = design->information_planned;
    out->noise_q = design->q;
    out->phi = design->phi;
    out->alpha = mw_geo_test_alpha(test);
    out->threshold_log_e = design->threshold_log_e;
    out->weights_from = design->weights_from;
    out->weights_to = design->weights_to + period_days - 1;
    out->noise_from = design->noise_from;
    out->noise_to = design->noise_to + period_days - 1;
    out->significant = path->significant_on != MW_DATE_NONE;
}

enum mw_status mw_said_period(const struct mw_said *said, struct mw_watched *watched,
                              const struct mw_geo_sight *sight, struct mw_error *err)
{
    const struct mw_geo_test *test = &watched->test;
    const int32_t period_days = said->tenant->panel.period_days;
    const struct mw_geo_result *result = &watched->result;
    MW_TRY(mw_geo_test_result(test, sight, said->scratch, &watched->result, err));
    struct mw_experiment *out = blank(said, test->test);
    if (out == NULL) {
        return no_memory(err);
    }
    add_evidence(test, period_days, out);
    MW_TRY(add_weights(said, &test->design, out, err));
    MW_TRY(add_estimators(said, result, out, err));
    out->effect = result->effect;
    out->increment = result->increment;
    out->lift_pct = result->lift_pct;
    out->iroas = result->iroas;
    out->p_anytime = result->p_anytime;
    out->state = mw_watched_state(watched, period_days);
    out->rev = ++watched->rev;
    out->reason = reason_of(said, test, out->state, result);
    return out->reason.data == NULL ? no_memory(err) : emit_experiment(said, out, err);
}

/* ---- the lift -------------------------------------------------------------------------------- */

static enum mw_status emit_lift(const struct mw_said *said, const struct mw_watched *watched,
                                const struct mw_test_lift *lift, struct mw_error *err)
{
    struct mw_arena *arena = &said->out->arena;
    const struct mw_span name = watched->test.test->test;
    struct mw_test *out = mw_new(arena, struct mw_test);
    struct mw_test_lift *body = mw_new(arena, struct mw_test_lift);
    const struct mw_span subject = mw_arena_printf(arena, "test/" MW_SPAN_FMT "/lift", MW_SPAN_ARG(name));
    if (out == NULL || body == NULL || subject.data == NULL) {
        return no_memory(err);
    }
    *body = *lift;
    body->channel = mw_arena_copy(arena, lift->channel);
    *out = (struct mw_test){.id = mw_arena_printf(arena, "experiments/" MW_SPAN_FMT "/lift/%lld",
                                                  MW_SPAN_ARG(name), (long long)watched->lift_rev),
                            .tenant = mw_arena_copy(arena, said->tenant->name),
                            .test = mw_arena_copy(arena, name),
                            .known_at = said->fact->time,
                            .kind = MW_TEST_LIFT,
                            .lift = body};
    if (body->channel.data == NULL || out->id.data == NULL || out->tenant.data == NULL ||
        out->test.data == NULL) {
        return no_memory(err);
    }
    return mw_effects_emit(said->out, &mw_type_test, out->tenant, subject, out, err);
}

/* Significant or not: a model that only hears of the tests that worked learns too much. Without a difference
 * of spend there is nothing to learn from. */
enum mw_status mw_said_lift(const struct mw_said *said, struct mw_watched *watched, struct mw_error *err)
{
    const struct mw_geo_result *result = &watched->result;
    struct mw_test_lift lift;
    mw_geo_test_lift(&watched->test, &said->tenant->panel, result, &lift);
    const bool tells = isfinite(result->iroas.mean) && isfinite(lift.lift) && lift.se > 0 && lift.share > 0;
    if (!tells || (lift.lift == watched->lift && lift.se == watched->se)) {
        return MW_OK;
    }
    watched->lift = lift.lift;
    watched->se = lift.se;
    watched->lift_rev++;
    lift.reason = watched->lift_rev == 1 ? mw_span("planned end and cool-down are over")
                                         : mw_span("its days were restated");
    return emit_lift(said, watched, &lift, err);
}

/* ---- the points of a close ------------------------------------------------------------------- */

enum { POINTS_PER_TEST = 7 };

struct points {
    struct mw_point *items;
    size_t n;
};

static struct mw_point *point(struct points *points, const char *metric, const char *unit,
                              const struct mw_label *labels, double value)
{
    struct mw_point *out = &points->items[points->n++];
    *out = mw_point_of(metric, unit);
    out->labels = labels;
    out->n_labels = labels == NULL ? 0 : 2;
    out->value = value;
    out->evidence = MW_EVIDENCE_TEST_CALIBRATED;
    return out;
}

static void bounded_point(struct points *points, const char *metric, const char *unit,
                          const struct mw_label *labels, struct mw_effect_estimate x)
{
    struct mw_point *out = point(points, metric, unit, labels, x.mean);
    out->lower = x.lower;
    out->upper = x.upper;
    out->reason = mw_span(isnan(x.mean) ? "not enough data yet, or no difference of spend" : "");
}

static struct mw_span bounds_text(struct mw_arena *arena, const char *what, const char *unit,
                                  struct mw_effect_estimate x)
{
    if (!isfinite(x.mean) || !isfinite(x.lower) || !isfinite(x.upper)) {
        return mw_arena_printf(arena, "%s not bounded yet", what);
    }
    return mw_arena_printf(arena, "%s %.2f%s (%.2f to %.2f)", what, x.mean, unit, x.lower, x.upper);
}

/* What a person wants to read of a test, as the end of a sentence that has named it and its channel. */
static struct mw_span verdict(const struct mw_said *said, const struct mw_geo_test *test,
                              const struct mw_geo_result *result, int64_t day)
{
    struct mw_arena *arena = &said->out->arena;
    const struct mw_span lift = bounds_text(arena, "the treated places moved by", " %", result->lift_pct);
    const struct mw_span iroas = bounds_text(arena, "iROAS", "", result->iroas);
    return mw_arena_printf(
        arena, "after %lld days " MW_SPAN_FMT ", " MW_SPAN_FMT ", at %.0f %% however often one looks",
        (long long)day, MW_SPAN_ARG(lift), MW_SPAN_ARG(iroas), 100 * (1 - mw_geo_test_alpha(test)));
}

static const struct mw_label *labels_of(const struct mw_said *said, const struct mw_geo_test *test)
{
    struct mw_arena *arena = &said->out->arena;
    struct mw_label *labels = mw_new_array(arena, struct mw_label, 2);
    if (labels == NULL) {
        return NULL;
    }
    labels[0] = (struct mw_label){mw_span("channel"), mw_arena_copy(arena, test->test->declared->channel)};
    labels[1] = (struct mw_label){mw_span("test"), mw_arena_copy(arena, test->test->test)};
    return labels[0].value.data != NULL && labels[1].value.data != NULL ? labels : NULL;
}

static enum mw_status add_points(const struct mw_said *said, const struct mw_watched *watched,
                                 struct points *points, struct mw_error *err)
{
    const struct mw_geo_test *test = &watched->test;
    const struct mw_geo_result *result = &watched->result;
    const int32_t period_days = said->tenant->panel.period_days;
    const int64_t day = (int64_t)(test->path.through - test->test->declared->start) + period_days;
    const struct mw_label *labels = labels_of(said, test);
    if (labels == NULL) {
        return no_memory(err);
    }
    const double alpha = mw_geo_test_alpha(test), planned = test->design.information_planned;
    point(points, "test_log_e", "1", labels, test->path.log_e_max)->threshold = test->design.threshold_log_e;
    struct mw_point *significant =
        point(points, "test_significant", "1", labels, test->path.significant_on != MW_DATE_NONE);
    significant->probability = result->p_anytime;
    significant->threshold = alpha;
    significant->action = verdict(said, test, result, day);
    point(points, "test_harm", "1", labels, test->path.harm_on != MW_DATE_NONE)->action = significant->action;
    point(points, "test_days", "days", labels, (double)day)->threshold =
        fmax((double)test->test->declared->days_min, MW_GEO_DAYS_MIN);
    bounded_point(points, "test_lift_pct", "%", labels, result->lift_pct);
    bounded_point(points, "test_iroas", "1", labels, result->iroas);
    point(points, "test_information_share", "1", labels, test->path.now.information / planned);
    return significant->action.data == NULL ? no_memory(err) : MW_OK;
}

static enum mw_status emit_points(const struct mw_said *said, const struct points *points,
                                  struct mw_error *err)
{
    struct mw_metric *out = mw_new(&said->out->arena, struct mw_metric);
    struct mw_metric_points *body = mw_new(&said->out->arena, struct mw_metric_points);
    if (out == NULL || body == NULL) {
        return no_memory(err);
    }
    *body = (struct mw_metric_points){.service = mw_span("experiments"),
                                      .as_of = said->tenant->closed_to,
                                      .n = said->fact->n,
                                      .period_days = said->tenant->panel.period_days,
                                      .points = points->items,
                                      .n_points = points->n};
    *out = (struct mw_metric){.tenant = mw_arena_copy(&said->out->arena, said->tenant->name),
                              .time = said->fact->time,
                              .kind = MW_METRIC_POINTS,
                              .points = body};
    if (out->tenant.data == NULL) {
        return no_memory(err);
    }
    return mw_effects_emit(said->out, &mw_type_metric, out->tenant, mw_span("experiments"), out, err);
}

enum mw_status mw_said_points(const struct mw_said *said, const bool is_new[], struct mw_error *err)
{
    const struct mw_experiments_tenant *tenant = said->tenant;
    const size_t room = tenant->n_tests * POINTS_PER_TEST + 1;
    struct points points = {.items = mw_new_array(&said->out->arena, struct mw_point, room)};
    if (points.items == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < tenant->n_tests; i++) {
        if (is_new[i]) {
            MW_TRY(add_points(said, &tenant->tests[i], &points, err));
        }
    }
    if (tenant->panel.n_refused > 0) {
        (void)point(&points, "experiments_refused", "1", NULL, (double)tenant->panel.n_refused);
    }
    return points.n == 0 ? MW_OK : emit_points(said, &points, err);
}
