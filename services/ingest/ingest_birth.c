/* The birth of a model: its units of measure are frozen here, and nothing that arrives later moves them (DESIGN 4).
 *
 *   due      all scales are given; or 26 weeks with the outcome have closed; or no more will come
 *   again    another configuration; or a channel or a control that had no scale has one by now: another version
 *   window   the first 26 weeks from the first date, or from the outcome's when that began later; what comes after a
 *            birth has a window of its own: a channel its first 8 weeks, a control its first 26, from 8 of them on */
// SPDX-License-Identifier: Apache-2.0
#include "ingest_internal.h"

#include "mw_math.h"

#include <math.h>

/* ---- looking up ---- */

static double total_or(const struct ingest_tenant *tenant, int32_t kind, struct mw_span name, mw_date period,
                       double otherwise)
{
    const uint32_t number = mw_names_find(&tenant->cells.names, name);
    double total = otherwise;
    if (number != MW_INDEX_NONE) {
        (void)cells_total(&tenant->cells, kind, number, period, &total);
    }
    return total;
}

/* The first period that a feed delivered for; MW_DATE_NONE when it has not come. */
static mw_date first_of(const struct ingest_tenant *tenant, int32_t kind, struct mw_span name)
{
    const uint32_t number = mw_names_find(&tenant->cells.names, name);
    const struct ingest_input *input = number == MW_INDEX_NONE ? NULL : ingest_input_of(tenant, kind, number);
    return input == NULL ? MW_DATE_NONE : input->first;
}

static mw_date later(mw_date a, mw_date b)
{
    return a > b ? a : b;
}

static mw_date earlier(mw_date a, mw_date b)
{
    return a < b ? a : b;
}

static double known_scale(const struct mw_tenant_scales *scales, struct mw_span channel)
{
    for (size_t i = 0; scales != NULL && i < scales->n_spend; i++) {
        if (mw_span_eq(scales->spend[i].name, channel)) {
            return scales->spend[i].value;
        }
    }
    return MW_NAN;
}

static const struct mw_scale *known_control(const struct mw_tenant_scales *scales, struct mw_span name)
{
    for (size_t i = 0; scales != NULL && i < scales->n_controls; i++) {
        if (mw_span_eq(scales->controls[i].name, name)) {
            return &scales->controls[i];
        }
    }
    return NULL;
}

static const struct mw_tenant_scales *frozen_before(const struct ingest_tenant *tenant)
{
    return tenant->birth == NULL ? NULL : &tenant->birth->scales;
}

/* ---- the window ---- */

/* The end of what scales are measured on, before the periods that are still open. A model that is born again keeps
 * it. */
static mw_date frozen_end(const struct ingest_tenant *tenant)
{
    const mw_date outcome = first_of(tenant, MW_CELL_OUTCOME, tenant->config->outcome.name);
    return tenant->birth != NULL
               ? tenant->birth->frozen_to + 1
               : earlier(later(tenant->first, outcome) + INGEST_BIRTH_DAYS, tenant->open_from);
}

/* ---- spend ---- */

/* Mean of the non-zero spend of [from, to); NaN when there is none. */
static double mean_spend(const struct ingest_tenant *tenant, struct mw_span channel, mw_date from, mw_date to)
{
    double sum = 0;
    int n = 0;
    for (mw_date period = from; period < to; period += ingest_period_days(tenant)) {
        const double spend = total_or(tenant, MW_CELL_SPEND, channel, period, 0);
        sum += spend > 0 ? spend : 0;
        n += spend > 0;
    }
    return n == 0 ? MW_NAN : sum / n;
}

static mw_date first_spend(const struct ingest_tenant *tenant, struct mw_span channel)
{
    const mw_date first = first_of(tenant, MW_CELL_SPEND, channel);
    for (mw_date period = first; first != MW_DATE_NONE && period < tenant->open_from;
         period += ingest_period_days(tenant)) {
        if (total_or(tenant, MW_CELL_SPEND, channel, period, 0) > 0) {
            return period;
        }
    }
    return MW_DATE_NONE;
}

/* As configured, else as it was frozen before, else from the window of the birth, else from the channel's own first
 * weeks; NaN: too early to say. */
static double spend_scale(const struct ingest_tenant *tenant, struct mw_span channel)
{
    double scale = known_scale(tenant->config->scales, channel);
    if (isnan(scale)) {
        scale = known_scale(frozen_before(tenant), channel);
    }
    if (isnan(scale) && tenant->birth == NULL) {
        scale = mean_spend(tenant, channel, tenant->first, frozen_end(tenant));
    }
    const mw_date start = isnan(scale) ? first_spend(tenant, channel) : MW_DATE_NONE;
    if (start != MW_DATE_NONE && (tenant->final || start + INGEST_NEW_CHANNEL_DAYS <= tenant->open_from)) {
        scale = mean_spend(tenant, channel, start, start + INGEST_NEW_CHANNEL_DAYS);
    }
    return scale;
}

/* ---- outcome ---- */

static double given_or(double given, const double *before, double measured)
{
    return given > 0 ? given : before != NULL ? *before : measured;
}

static void outcome_scale(const struct ingest_tenant *tenant, struct mw_tenant_scales *out)
{
    static const struct mw_tenant_scales nothing = {.outcome = 0};
    const struct mw_tenant *config = tenant->config;
    const struct mw_tenant_scales *given = config->scales == NULL ? &nothing : config->scales;
    const struct mw_tenant_scales *before = frozen_before(tenant);
    const mw_date end = frozen_end(tenant);
    double sum = 0, spend = 0;
    int n = 0;
    for (mw_date period = tenant->first; period < end; period += ingest_period_days(tenant)) {
        const double y = total_or(tenant, MW_CELL_OUTCOME, config->outcome.name, period, MW_NAN);
        sum += isnan(y) ? 0 : y;
        n += !isnan(y);
        for (size_t c = 0; c < config->n_channels; c++) {
            spend += total_or(tenant, MW_CELL_SPEND, config->channels[c].channel, period, 0);
        }
    }
    const double mean = n > 0 && sum > 0 ? sum / n : 1; /* an outcome of zeros has no scale: take its unit */
    out->outcome = given_or(given->outcome, before == NULL ? NULL : &before->outcome, mean);
    out->outcome_sum =
        given_or(given->outcome_sum, before == NULL ? NULL : &before->outcome_sum, fmax(sum, 0));
    out->spend_sum = given_or(given->spend_sum, before == NULL ? NULL : &before->spend_sum, fmax(spend, 0));
}

/* ---- controls ---- */

/* Mean and population sd of a control over [from, to); sd 1 for one that never moves. */
static struct mw_scale measure_control(const struct ingest_tenant *tenant, struct mw_span name, mw_date from,
                                       mw_date to)
{
    double sum = 0, squares = 0;
    int n = 0;
    for (int pass = 0; pass < 2; pass++) {
        const double mean = n > 0 ? sum / n : 0;
        n = 0;
        for (mw_date period = from; period < to; period += ingest_period_days(tenant)) {
            const double v = total_or(tenant, MW_CELL_FACTOR, name, period, MW_NAN);
            if (!isnan(v)) {
                n++;
                sum += pass == 0 ? v : 0;
                squares += pass == 1 ? (v - mean) * (v - mean) : 0;
            }
        }
    }
    const double sd = n > 0 ? sqrt(squares / n) : 0;
    return (struct mw_scale){name, n > 0 ? sum / n : 0, sd > 0 ? sd : 1};
}

/* False: too early to say. */
static bool control_scale(const struct ingest_tenant *tenant, struct mw_span name, struct mw_scale *out)
{
    const struct mw_scale *known = known_control(tenant->config->scales, name);
    known = known != NULL ? known : known_control(frozen_before(tenant), name);
    if (known != NULL) {
        *out = *known;
        return true;
    }
    const mw_date first = first_of(tenant, MW_CELL_FACTOR, name);
    const bool is_enough = tenant->final || first + INGEST_NEW_CHANNEL_DAYS <= tenant->open_from;
    if (first == MW_DATE_NONE || first >= tenant->open_from || !is_enough) {
        return false;
    }
    const mw_date own_end = earlier(first + INGEST_BIRTH_DAYS, tenant->open_from);
    *out = measure_control(tenant, name, first, tenant->birth == NULL ? frozen_end(tenant) : own_end);
    return true;
}

/* ---- due ---- */

/* Scales that a birth needs no data for. The sums are for the prior of channels that have none of their own. */
static bool has_all_scales(const struct mw_tenant *config)
{
    const struct mw_tenant_scales *given = config->scales;
    bool has_all = given != NULL && given->outcome > 0;
    for (size_t c = 0; has_all && c < config->n_channels; c++) {
        const struct mw_priors *priors = config->channels[c].priors;
        const bool has_prior = config->outcome.kind == MW_OUTCOME_REVENUE ||
                               (priors != NULL && priors->log_roi != NULL) ||
                               (given->outcome_sum > 0 && given->spend_sum > 0);
        has_all = has_prior && known_scale(given, config->channels[c].channel) > 0;
    }
    for (size_t k = 0; has_all && k < config->n_controls; k++) {
        has_all = known_control(given, config->controls[k].name) != NULL;
    }
    return has_all;
}

static bool has_new_channel(const struct ingest_tenant *tenant)
{
    for (size_t c = 0; c < tenant->config->n_channels; c++) {
        const struct mw_span channel = tenant->config->channels[c].channel;
        if (isnan(known_scale(frozen_before(tenant), channel)) && spend_scale(tenant, channel) > 0) {
            return true;
        }
    }
    return false;
}

static bool has_new_control(const struct ingest_tenant *tenant)
{
    struct mw_scale scale;
    for (size_t k = 0; k < tenant->config->n_controls; k++) {
        const struct mw_span name = tenant->config->controls[k].name;
        if (known_control(frozen_before(tenant), name) == NULL && control_scale(tenant, name, &scale)) {
            return true;
        }
    }
    return false;
}

bool ingest_is_birth_due(const struct ingest_tenant *tenant)
{
    const struct mw_tenant *config = tenant->config;
    if (tenant->birth != NULL) {
        const struct mw_tenant_scales *frozen = &tenant->birth->scales;
        return (frozen->n_spend < config->n_channels && has_new_channel(tenant)) ||
               (frozen->n_controls < config->n_controls && has_new_control(tenant));
    }
    const mw_date outcome = first_of(tenant, MW_CELL_OUTCOME, config->outcome.name);
    if (has_all_scales(config)) {
        return true;
    }
    if (outcome == MW_DATE_NONE || outcome >= tenant->open_from) {
        return false; /* without any outcome there is no unit to measure it in */
    }
    const bool is_all = tenant->final && tenant->open_from > tenant->newest;
    return is_all || tenant->open_from >= later(tenant->first, outcome) + INGEST_BIRTH_DAYS;
}

/* ---- birth ---- */

/* Fills the scales in the effects' arena; false when memory is out. */
static bool freeze_scales(const struct ingest_step *step, struct mw_tenant_scales *out)
{
    const struct ingest_tenant *tenant = step->tenant;
    const struct mw_tenant *config = tenant->config;
    struct mw_amount *spend = mw_new_array(&step->out->arena, struct mw_amount, config->n_channels);
    struct mw_scale *controls = mw_new_array(&step->out->arena, struct mw_scale, config->n_controls);
    if (spend == NULL || controls == NULL) {
        return false;
    }
    *out = (struct mw_tenant_scales){.spend = spend, .controls = controls};
    for (size_t c = 0; c < config->n_channels; c++) {
        const double scale = spend_scale(tenant, config->channels[c].channel);
        if (scale > 0) {
            spend[out->n_spend++] = (struct mw_amount){config->channels[c].channel, scale};
        }
    }
    for (size_t k = 0; k < config->n_controls; k++) {
        out->n_controls += control_scale(tenant, config->controls[k].name, &controls[out->n_controls]);
    }
    outcome_scale(tenant, out);
    return true;
}

enum mw_status ingest_give_birth(const struct ingest_step *step, struct mw_error *err)
{
    struct ingest_tenant *tenant = step->tenant;
    struct mw_fact_birth birth = {
        .version = tenant->birth == NULL ? 1 : tenant->birth->version + 1,
        .outcome = tenant->config->outcome.name,
        .first = tenant->first,
        .frozen_to = frozen_end(tenant) - 1,
    };
    const struct mw_fact_birth *body = freeze_scales(step, &birth.scales)
                                           ? mw_shape_copy(ingest_birth_shape(), &birth, &step->out->arena)
                                           : NULL;
    if (body == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "ingest: no memory for the birth of a model");
    }
    MW_TRY(ingest_emit_fact(step, &(struct mw_fact){.kind = MW_FACT_BIRTH, .birth = body}, err));
    return ingest_keep_birth(tenant, body, err);
}
