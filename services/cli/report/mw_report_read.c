// SPDX-License-Identifier: Apache-2.0
#include "mw_report_internal.h"

#include "mw_index.h"
#include "mw_shape.h"
#include "mw_wire.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* One pass over the files. A replay of two years has hundreds of estimates of many kilobytes each, so a
 * record lives only while it is looked at; of the last of its kind the line is kept. */
struct pass {
    struct mw_report_findings *out;
    struct mw_arena arena; /* of one record */
    struct mw_writer last_estimate, last_allocation;
};

/* Finds the place of a date in a vector whose elements begin with their date: true when it is there already.
 */
static bool find_date(const void *items, size_t n, size_t size, mw_date date, size_t *at)
{
    size_t low = 0, high = n;
    mw_date found = MW_DATE_NONE;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        memcpy(&found, (const char *)items + middle * size, sizeof found);
        low = found < date ? middle + 1 : low;
        high = found < date ? high : middle;
    }
    *at = low;
    if (low < n) {
        memcpy(&found, (const char *)items + low * size, sizeof found);
    }
    return low < n && found == date;
}

/* Puts `item`, which begins with its date, into its place; what was said of that date before is replaced. */
static enum mw_status put_dated(void **items, size_t *n, size_t *capacity, size_t size, const void *item,
                                struct mw_error *err)
{
    mw_date date;
    size_t at;
    memcpy(&date, item, sizeof date);
    if (!find_date(*items, *n, size, date, &at)) {
        MW_TRY(mw_vector_grow(items, *n, capacity, size, err));
        char *place = (char *)*items + at * size;
        memmove(place + size, place, (*n - at) * size);
        (*n)++;
    }
    memcpy((char *)*items + at * size, item, size);
    return MW_OK;
}

static void keep_line(struct mw_writer *kept, struct mw_span line)
{
    mw_writer_reset(kept);
    mw_write_bytes(kept, line.data, line.len);
}

/* ---- one record
 * ------------------------------------------------------------------------------------------------ */

static enum mw_status take_estimate(struct pass *pass, const void *body, struct mw_span line,
                                    struct mw_error *err)
{
    const struct mw_estimate *estimate = body;
    struct mw_report_findings *out = pass->out;
    const double particles = (double)estimate->model.particles;
    const struct mw_accuracy *accuracy = estimate->accuracy;
    const struct mw_report_day day = {.date = estimate->as_of,
                                      .ess_share = estimate->health.ess / particles,
                                      .unique_share = (double)estimate->health.unique_ancestors / particles,
                                      .acceptance = estimate->health.acceptance,
                                      .wmape_pct = accuracy == NULL ? (double)NAN : accuracy->wmape_pct,
                                      .coverage = accuracy == NULL ? (double)NAN : accuracy->coverage};
    MW_TRY(put_dated((void **)&out->days, &out->n_days, &out->days_capacity, sizeof day, &day, err));
    for (size_t i = 0; i < estimate->n_scored; i++) {
        MW_TRY(put_dated((void **)&out->scored, &out->n_scored, &out->scored_capacity, sizeof *out->scored,
                         &estimate->scored[i], err));
    }
    out->info.n_estimates++;
    keep_line(&pass->last_estimate, line);
    return mw_writer_status(&pass->last_estimate, err);
}

static enum mw_status take_allocation(struct pass *pass, const void *body, struct mw_span line,
                                      struct mw_error *err)
{
    const struct mw_allocation *allocation = body;
    struct mw_report_findings *out = pass->out;
    const struct mw_bes *efficiency = &allocation->efficiency;
    const struct mw_report_score score = {allocation->as_of, efficiency->q50, efficiency->q05,
                                          efficiency->q95};
    MW_TRY(
        put_dated((void **)&out->scores, &out->n_scores, &out->scores_capacity, sizeof score, &score, err));
    out->info.n_allocations++;
    keep_line(&pass->last_allocation, line);
    return mw_writer_status(&pass->last_allocation, err);
}

static struct mw_report_incident *incident_of(struct mw_report_findings *out, struct mw_span id)
{
    for (size_t i = out->n_incidents; i > 0; i--) {
        if (mw_span_eq(out->incidents[i - 1].id, id)) {
            return &out->incidents[i - 1];
        }
    }
    return NULL;
}

static bool is_end(int state)
{
    return state == MW_ALERT_RESOLVED || state == MW_ALERT_EXPIRED || state == MW_ALERT_INACTIVE;
}

static enum mw_status open_incident(struct mw_report_findings *out, const struct mw_alert *alert,
                                    struct mw_report_incident **incident, struct mw_error *err)
{
    MW_TRY(mw_vector_grow((void **)&out->incidents, out->n_incidents, &out->incidents_capacity,
                          sizeof *out->incidents, err));
    const struct mw_report_incident fresh = {.id = mw_arena_copy(&out->arena, alert->alert),
                                             .key = mw_arena_copy(&out->arena, alert->key),
                                             .rule = mw_arena_copy(&out->arena, alert->rule),
                                             .since_us =
                                                 alert->since != MW_TIME_NONE ? alert->since : alert->time,
                                             .until_us = MW_TIME_NONE};
    if (fresh.id.data == NULL || fresh.key.data == NULL || fresh.rule.data == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for alert " MW_SPAN_FMT, MW_SPAN_ARG(alert->key));
    }
    *incident = &out->incidents[out->n_incidents++];
    **incident = fresh;
    return MW_OK;
}

/* Pending alerts and those that never fired are no incident; the headline is the last one said while it
 * fired. */
static enum mw_status take_alert(struct pass *pass, const void *body, struct mw_span line,
                                 struct mw_error *err)
{
    (void)line;
    const struct mw_alert *alert = body;
    struct mw_report_findings *out = pass->out;
    struct mw_report_incident *incident = incident_of(out, alert->alert);
    const bool fires = alert->state == MW_ALERT_FIRING || alert->state == MW_ALERT_SILENCED;
    out->info.n_alerts++;
    if (incident == NULL && fires) {
        MW_TRY(open_incident(out, alert, &incident, err));
    }
    if (incident == NULL) {
        return MW_OK;
    }
    incident->until_us = is_end(alert->state) ? alert->time : MW_TIME_NONE;
    if (fires) {
        incident->severity = alert->severity;
        incident->is_silenced = alert->state == MW_ALERT_SILENCED || alert->silenced_by.len > 0;
        incident->headline = mw_arena_copy(&out->arena, alert->headline);
        incident->action = mw_arena_copy(&out->arena, alert->action);
    }
    return incident->headline.data == NULL || incident->action.data == NULL
               ? MW_FAIL(err, MW_E_MEMORY, "no memory for alert " MW_SPAN_FMT, MW_SPAN_ARG(alert->key))
               : MW_OK;
}

static enum mw_status take_experiment(struct pass *pass, const void *body, struct mw_span line,
                                      struct mw_error *err)
{
    (void)line;
    struct mw_report_findings *out = pass->out;
    const struct mw_experiment *experiment = mw_shape_copy(&mw_type_experiment.shape, body, &out->arena);
    if (experiment == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for a test");
    }
    out->info.n_experiments++;
    for (size_t i = 0; i < out->n_experiments; i++) {
        if (mw_span_eq(out->experiments[i]->test, experiment->test)) {
            out->experiments[i] = experiment;
            return MW_OK;
        }
    }
    MW_TRY(mw_vector_grow((void **)&out->experiments, out->n_experiments, &out->experiments_capacity,
                          sizeof *out->experiments, err));
    out->experiments[out->n_experiments++] = experiment;
    return MW_OK;
}

/* ---- files
 * ------------------------------------------------------------------------------------------------------ */

static const struct source {
    const struct mw_type *type;
    enum mw_status (*take)(struct pass *pass, const void *body, struct mw_span line, struct mw_error *err);
    size_t tenant_offset;
    bool required;
} sources[] = {
    {&mw_type_estimate, take_estimate, offsetof(struct mw_estimate, tenant), true},
    {&mw_type_allocation, take_allocation, offsetof(struct mw_allocation, tenant), false},
    {&mw_type_alert, take_alert, offsetof(struct mw_alert, tenant), false},
    {&mw_type_experiment, take_experiment, offsetof(struct mw_experiment, tenant), false},
};

static enum mw_status take_line(struct pass *pass, const struct source *source, struct mw_span line,
                                struct mw_error *err)
{
    const void *body = NULL;
    struct mw_span tenant;
    mw_arena_reset(&pass->arena);
    MW_TRY(mw_decode(source->type, line, &pass->arena, &body, NULL, err));
    memcpy(&tenant, (const char *)body + source->tenant_offset, sizeof tenant);
    if (pass->out->tenant.len == 0) {
        pass->out->tenant = mw_arena_copy(&pass->out->arena, tenant);
    }
    if (!mw_span_eq(tenant, pass->out->tenant)) {
        pass->out->info.n_other_tenants++;
        return MW_OK;
    }
    return source->take(pass, body, line, err);
}

static enum mw_status take_lines(struct pass *pass, const struct source *source, FILE *file, const char *path,
                                 struct mw_error *err)
{
    char *text = NULL;
    size_t capacity = 0, n_line = 0;
    ssize_t len;
    enum mw_status status = MW_OK;
    while (status == MW_OK && (len = getline(&text, &capacity, file)) >= 0) {
        n_line++;
        while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r')) {
            len--;
        }
        if (len > 0) {
            status = take_line(pass, source, (struct mw_span){text, (size_t)len}, err);
        }
    }
    if (status != MW_OK) {
        mw_error_prefix(err, "%s:%zu", path, n_line);
    } else if (ferror(file)) {
        status = MW_FAIL(err, MW_E_IO, "%s: reading failed: %s", path, strerror(errno));
    }
    free(text);
    return status;
}

static enum mw_status take_file(struct pass *pass, const struct source *source, const char *dir,
                                struct mw_error *err)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/%s.jsonl", dir, source->type->topic) >= (int)sizeof path) {
        return MW_FAIL(err, MW_E_IO, "%.200s...: the path is too long", dir);
    }
    FILE *file = fopen(path, "r");
    if (file == NULL && errno == ENOENT && !source->required) {
        return MW_OK;
    }
    if (file == NULL) {
        return MW_FAIL(err, MW_E_IO, "%s: %s; it is written by mixwatch replay --out", path, strerror(errno));
    }
    const enum mw_status status = take_lines(pass, source, file, path, err);
    (void)fclose(file);
    return status;
}

/* Insertion sort: 64 channels at most, and equal ones keep their order. A channel without a number comes
 * last. */
static enum mw_status rank_channels(struct mw_report_findings *out, struct mw_error *err)
{
    const size_t n = out->estimate->n_channels;
    const struct mw_estimate_channel **ranked =
        mw_new_array(&out->arena, const struct mw_estimate_channel *, n);
    if (ranked == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for %zu channels", n);
    }
    for (size_t i = 0; i < n; i++) {
        const struct mw_estimate_channel *channel = &out->estimate->channels[i];
        size_t at = i;
        while (at > 0 && !(ranked[at - 1]->contribution.q50 >= channel->contribution.q50) &&
               !isnan(channel->contribution.q50)) {
            ranked[at] = ranked[at - 1];
            at--;
        }
        ranked[at] = channel;
    }
    out->by_contribution = ranked;
    return MW_OK;
}

static enum mw_status decode_last(struct pass *pass, struct mw_error *err)
{
    struct mw_report_findings *out = pass->out;
    const void *estimate = NULL, *allocation = NULL;
    if (out->info.n_estimates == 0) {
        return MW_FAIL(err, MW_E_DATA,
                       "no estimate%s" MW_SPAN_FMT
                       " in mw.estimate.v1.jsonl: the history was too short for a model, "
                       "or the tenant has another name",
                       out->tenant.len == 0 ? "" : " of tenant ", MW_SPAN_ARG(out->tenant));
    }
    MW_TRY(mw_decode(&mw_type_estimate, mw_writer_span(&pass->last_estimate), &out->arena, &estimate, NULL,
                     err));
    if (out->info.n_allocations > 0) {
        MW_TRY(mw_decode(&mw_type_allocation, mw_writer_span(&pass->last_allocation), &out->arena,
                         &allocation, NULL, err));
    }
    out->estimate = estimate;
    out->allocation = allocation;
    out->incident_rows = mw_new_array(&out->arena, const struct mw_report_incident *, out->n_incidents);
    if (out->incident_rows == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for %zu alerts", out->n_incidents);
    }
    return rank_channels(out, err);
}

enum mw_status mw_report_read(const struct mw_report_request *request, struct mw_report_findings *out,
                              struct mw_error *err)
{
    *out = (struct mw_report_findings){.tenant = request->tenant};
    struct pass pass = {.out = out};
    enum mw_status status = MW_OK;
    for (size_t i = 0; i < sizeof sources / sizeof sources[0] && status == MW_OK; i++) {
        status = take_file(&pass, &sources[i], request->dir, err);
    }
    if (status == MW_OK) {
        status = decode_last(&pass, err);
    }
    mw_arena_fini(&pass.arena);
    mw_writer_fini(&pass.last_estimate);
    mw_writer_fini(&pass.last_allocation);
    return status;
}

void mw_report_findings_fini(struct mw_report_findings *findings)
{
    free(findings->days);
    free(findings->scores);
    free(findings->scored);
    free(findings->incidents);
    free(findings->experiments);
    mw_arena_fini(&findings->arena);
    *findings = (struct mw_report_findings){0};
}

/* ---- what the writers ask for
 * ----------------------------------------------------------------------------------- */

const struct mw_allocation_channel *mw_report_allocated(const struct mw_report_findings *findings,
                                                        struct mw_span channel)
{
    const struct mw_allocation *allocation = findings->allocation;
    for (size_t i = 0; allocation != NULL && i < allocation->n_channels; i++) {
        if (mw_span_eq(allocation->channels[i].channel, channel)) {
            return &allocation->channels[i];
        }
    }
    return NULL;
}

const struct mw_estimate_channel *mw_report_channel(const struct mw_report_findings *findings, size_t i)
{
    return findings->by_contribution[i];
}

const char *mw_report_severity(int severity)
{
    static const char *const names[] = {[MW_SEVERITY_INFO] = "info",
                                        [MW_SEVERITY_WARNING] = "warning",
                                        [MW_SEVERITY_ERROR] = "error",
                                        [MW_SEVERITY_CRITICAL] = "critical"};
    return severity < 0 || severity > MW_SEVERITY_CRITICAL ? "unknown" : names[severity];
}

/* The allocation says it; without one the distance of two forecasts does. */
const char *mw_report_period(const struct mw_report_findings *findings)
{
    const struct mw_estimate *estimate = findings->estimate;
    if (findings->allocation != NULL) {
        return mw_span_is(findings->allocation->period, "week") ? "week" : "day";
    }
    const bool is_weekly =
        estimate->n_forecast > 1 && estimate->forecast[1].date - estimate->forecast[0].date == 7;
    return is_weekly ? "week" : "day";
}
