/* mw.tenant.v1: what a business is to the monitor; also the table file of the command line, so everything but
 * the outcome has a default and `grid` may be left to the table's own dates. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_rows_internal.h"

static const char *const names_grid[] = {"day", "week", NULL};
static const char *const names_weekday[] = {"monday", "tuesday",  "wednesday", "thursday",
                                            "friday", "saturday", "sunday",    NULL};
static const char *const names_clock[] = {"wall", "event", NULL};
static const char *const names_outcome[] = {"revenue", "conversions", "other", NULL};
static const char *const names_memory[] = {"short", "brand", NULL};

static const struct mw_field mw_normal_prior_fields[] = {
    MW_NUM(struct mw_normal_prior, mean, MW_REQ, MW_BETWEEN(-50, 50), "1", "Mean."),
    MW_NUM(struct mw_normal_prior, sd, MW_REQ, MW_ABOVE(0), "1", "Standard deviation."),
};
static MW_SHAPE(mw_normal_prior, "normal", "A normal distribution.");

static const struct mw_field mw_beta_prior_fields[] = {
    MW_NUM(struct mw_beta_prior, a, MW_REQ, MW_ABOVE(0), "1", "First shape parameter."),
    MW_NUM(struct mw_beta_prior, b, MW_REQ, MW_ABOVE(0), "1", "Second shape parameter."),
};
static MW_SHAPE(mw_beta_prior, "beta", "A beta distribution.");

static const struct mw_field mw_priors_fields[] = {
    MW_OPT(struct mw_priors, log_roi, mw_normal_prior,
           "Log of the return at reference spend in steady state."),
    MW_OPT(struct mw_priors, alpha, mw_beta_prior, "Carry-over from one period to the next."),
    MW_OPT(struct mw_priors, log_kappa, mw_normal_prior,
           "Log of the half-saturation point in units of mean non-zero spend."),
    MW_OPT(struct mw_priors, log_n, mw_normal_prior, "Log of the Hill exponent."),
};
static MW_SHAPE(mw_priors, "priors", "Priors of a channel; those left out keep their defaults.");

static const struct mw_field mw_column_fields[] = {
    MW_STR(struct mw_column, column, MW_REQ, column, "Header of the column."),
    MW_STR(struct mw_column, format, MW_OPTL, date_order, "Order of a date's parts; left out: guessed."),
};
static MW_SHAPE(mw_column, "column", "A column of the table.");

static const struct mw_field mw_tenant_outcome_fields[] = {
    MW_STR(struct mw_tenant_outcome, column, MW_OPTL, column, "Header of the column that holds it."),
    MW_STR(struct mw_tenant_outcome, name, MW_OPTL, name, "Name of the outcome; left out: the column's."),
    MW_ENUM_OR(struct mw_tenant_outcome, kind, MW_OUTCOME_REVENUE, names_outcome, "What is counted."),
    MW_NUM(struct mw_tenant_outcome, margin, MW_OPTL, MW_ABOVE_TO(0, 1), "share",
           "Contribution margin; the floor of mROAS is 1/margin, and 1 without it."),
    MW_STR(struct mw_tenant_outcome, times, MW_OPTL, column,
           "Column to multiply by, such as the value of a conversion."),
};
static MW_SHAPE(mw_tenant_outcome, "tenant_outcome", "What the spend is for.");

static const struct mw_field mw_tenant_channel_fields[] = {
    MW_STR(struct mw_tenant_channel, column, MW_OPTL, column, "Header of the column with its spend."),
    MW_STR(struct mw_tenant_channel, channel, MW_OPTL, name, "Name of the channel; left out: the column's."),
    MW_ENUM_OR(struct mw_tenant_channel, memory, MW_MEMORY_SHORT, names_memory,
               "How long it is remembered: picks the default prior of alpha."),
    MW_OPT(struct mw_tenant_channel, priors, mw_priors, "Priors of its parameters."),
    MW_NUM(struct mw_tenant_channel, spend_min, MW_OPTL, MW_AT_LEAST(0), "currency per period",
           "Least spend that an allocation may give; left out: 0."),
    MW_NUM(struct mw_tenant_channel, spend_max, MW_OPTL, MW_AT_LEAST(0), "currency per period",
           "Largest spend that an allocation may give; left out: twice the current."),
};
static MW_SHAPE(mw_tenant_channel, "tenant_channel", "A channel that money is spent on.");

static const struct mw_field mw_tenant_control_fields[] = {
    MW_STR(struct mw_tenant_control, column, MW_OPTL, column, "Header of its column."),
    MW_STR(struct mw_tenant_control, name, MW_OPTL, name, "Name of the control; left out: the column's."),
};
static MW_SHAPE(mw_tenant_control, "tenant_control",
                "An external factor, standardised with frozen constants.");

static const struct mw_field mw_tenant_event_fields[] = {
    MW_STR(struct mw_tenant_event, column, MW_OPTL, column, "Header of its column."),
    MW_STR(struct mw_tenant_event, name, MW_OPTL, name, "Name of the event; left out: the column's."),
    MW_STRS(struct mw_tenant_event, absent, MW_OPTL, MW_AT_MOST(64), text,
            "Cells that mean: not on this date."),
};
static MW_SHAPE(mw_tenant_event, "tenant_event", "Something that is on or off on a date.");

static const struct mw_field scale_spend_fields[] = {
    MW_STR(struct mw_amount, name, MW_REQ, name, "The channel."),
    MW_NUM(struct mw_amount, value, MW_REQ, MW_ABOVE(0), "currency per period",
           "Mean of its non-zero spend."),
};
static const struct mw_shape scale_spend_shape = MW_SHAPE_ROWS(
    mw_amount, scale_spend_fields, "scale_spend", "The unit in which a channel's spend is measured.");

static const struct mw_field mw_scale_fields[] = {
    MW_STR(struct mw_scale, name, MW_REQ, name, "The control."),
    MW_NUM(struct mw_scale, mean, MW_REQ, MW_ANY, "as the control", "Frozen mean."),
    MW_NUM(struct mw_scale, sd, MW_REQ, MW_ABOVE(0), "as the control", "Frozen standard deviation."),
};
static MW_SHAPE(mw_scale, "scale", "The constants that standardise a control.");

static const struct mw_field mw_tenant_scales_fields[] = {
    MW_MAP_OF(struct mw_tenant_scales, spend, mw_amount, scale_spend_shape, MW_OPTL,
              MW_AT_MOST(MW_CHANNELS_MAX), "Mean non-zero spend of each channel."),
    MW_NUM(struct mw_tenant_scales, outcome, MW_OPTL, MW_ABOVE(0), "outcome per period", "Mean outcome."),
    MW_MAP(struct mw_tenant_scales, controls, mw_scale, MW_OPTL, MW_AT_MOST(MW_CONTROLS_MAX),
           "Mean and standard deviation of each control."),
    MW_NUM(struct mw_tenant_scales, outcome_sum, MW_OPTL, MW_AT_LEAST(0), "outcome",
           "Sum of the outcome that the prior of a non-revenue outcome takes."),
    MW_NUM(struct mw_tenant_scales, spend_sum, MW_OPTL, MW_AT_LEAST(0), "currency",
           "Sum of all spend that the prior of a non-revenue outcome takes."),
};
MW_SHAPE(mw_tenant_scales, "tenant_scales", "Units of measure, frozen at the birth of a model.");

static const struct mw_field mw_tenant_errors_fields[] = {
    MW_NUM(struct mw_tenant_errors, rho, MW_OPTL, MW_BETWEEN(0, 0.99), "1",
           "Autocorrelation of the errors from one period to the next; left out: estimated."),
};
static MW_SHAPE(mw_tenant_errors, "tenant_errors", "What is assumed of the errors.");

static const struct mw_field mw_tenant_baseline_fields[] = {
    MW_BOOL_OR(struct mw_tenant_baseline, trend, true, "A linear trend."),
    MW_BOOL_OR(struct mw_tenant_baseline, yearly, true, "Three yearly Fourier pairs."),
    MW_BOOL_OR(struct mw_tenant_baseline, weekdays, true, "Days of the week, on a daily grid."),
    MW_BOOL_OR(struct mw_tenant_baseline, controls, true, "The controls."),
    MW_BOOL_OR(struct mw_tenant_baseline, events, true, "The events."),
    MW_NUM(struct mw_tenant_baseline, gamma_variance, MW_OPTL, MW_ABOVE(0), "1",
           "Prior variance of the coefficients in units of the noise variance; left out: 100."),
    MW_NUM(struct mw_tenant_baseline, sigma2_shape, MW_OPTL, MW_ABOVE(0), "1",
           "Shape of the noise variance's inverse-gamma prior; left out: 2."),
    MW_NUM(struct mw_tenant_baseline, sigma2_scale, MW_OPTL, MW_ABOVE(0), "1",
           "Scale of the noise variance's inverse-gamma prior; left out: 0.01."),
};
static MW_SHAPE(mw_tenant_baseline, "tenant_baseline", "What explains the outcome besides spend.");

static const struct mw_field mw_tenant_model_fields[] = {
    MW_INT_OR(struct mw_tenant_model, particles, 1024, MW_BETWEEN(64, 65536), "1", "Size of the population."),
    MW_INT_OR(struct mw_tenant_model, seed, 1, MW_AT_LEAST(0), "1", "Root of all random numbers."),
};
static MW_SHAPE(mw_tenant_model, "tenant_model", "How the posterior is carried.");

static const struct mw_field mw_tenant_settle_fields[] = {
    MW_INT_OR(struct mw_tenant_settle, spend_days, 1, MW_BETWEEN(0, 90), "days",
              "Days until spend counts as final."),
    MW_INT_OR(struct mw_tenant_settle, outcome_days, 3, MW_BETWEEN(0, 90), "days",
              "Days until the outcome counts as final."),
};
static MW_SHAPE(mw_tenant_settle, "tenant_settle", "When a period closes.");

static const struct mw_field mw_tenant_taxonomy_fields[] = {
    MW_STR(struct mw_tenant_taxonomy, source, MW_OPTL, label, "Source to match; a final * matches any rest."),
    MW_STR(struct mw_tenant_taxonomy, channel, MW_OPTL, label, "The source's channel to match."),
    MW_STR(struct mw_tenant_taxonomy, campaign, MW_OPTL, label, "Campaign to match."),
    MW_STR(struct mw_tenant_taxonomy, to, MW_REQ, name, "The tenant's channel."),
};
static MW_SHAPE(mw_tenant_taxonomy, "tenant_taxonomy",
                "How a source's names map to a channel; the first match wins.");

static const struct mw_field mw_tenant_long_fields[] = {
    MW_STR(struct mw_tenant_long, channel, MW_REQ, column, "Header of the column that names the channel."),
    MW_STR(struct mw_tenant_long, spend, MW_REQ, column, "Header of the column with the spend."),
};
static MW_SHAPE(mw_tenant_long, "tenant_long", "A table with a row per date and channel.");

static const struct mw_field mw_tenant_fields[] = {
    MW_STR_OR(struct mw_tenant, tenant, "default", name, "Whom the records are about."),
    MW_STR(struct mw_tenant, currency, MW_OPTL, currency, "Currency of all its money."),
    MW_STR(struct mw_tenant, time_zone, MW_OPTL, id, "IANA name of the zone whose midnights bound its days."),
    MW_STR(struct mw_tenant, time_zone_rule, MW_OPTL, id,
           "The zone as a POSIX TZ rule; filled in from time_zone."),
    MW_ENUM(struct mw_tenant, grid, MW_OPTL, names_grid,
            "Length of a period; left out: that of the table's dates."),
    MW_ENUM(struct mw_tenant, week_start, MW_OPTL, names_weekday,
            "First day of a weekly grid's weeks; left out: that of the first date seen."),
    MW_ENUM_OR(
        struct mw_tenant, clock, MW_CLOCK_WALL, names_clock,
        "Whose time closes periods: the wall's, or that of mw.clock.v1 records of a replayed history."),
    MW_OBJ(struct mw_tenant, date, mw_column, MW_OPTL, "Table files: the column of the date."),
    MW_OBJ(struct mw_tenant, geo, mw_column, MW_OPTL,
           "Table files: the column of the place; places are summed."),
    MW_OPT_AS("long", struct mw_tenant, long_form, mw_tenant_long,
              "Table files: a row per date and channel."),
    MW_STR(struct mw_tenant, fill, MW_OPTL, fill, "Table files: what missing dates count as."),
    MW_STR(struct mw_tenant, decimal, MW_OPTL, decimal, "Table files: the decimal sign; left out: guessed."),
    MW_OBJ(struct mw_tenant, outcome, mw_tenant_outcome, MW_REQ, "The outcome."),
    MW_LIST(struct mw_tenant, channels, mw_tenant_channel, MW_OPTL, MW_AT_MOST(MW_CHANNELS_MAX),
            "The channels."),
    MW_LIST(struct mw_tenant, controls, mw_tenant_control, MW_OPTL, MW_AT_MOST(MW_CONTROLS_MAX),
            "The controls."),
    MW_LIST(struct mw_tenant, events, mw_tenant_event, MW_OPTL, MW_AT_MOST(MW_CONTROLS_MAX), "The events."),
    MW_OPT(struct mw_tenant, scales, mw_tenant_scales,
           "Units of measure; left out: frozen from the first 26 weeks."),
    MW_OPT(struct mw_tenant, errors, mw_tenant_errors, "What is assumed of the errors."),
    MW_OPT(struct mw_tenant, baseline, mw_tenant_baseline, "What explains the outcome besides spend."),
    MW_OPT(struct mw_tenant, model, mw_tenant_model, "How the posterior is carried."),
    MW_OPT(struct mw_tenant, settle, mw_tenant_settle, "When a period closes."),
    MW_LIST(struct mw_tenant, taxonomy, mw_tenant_taxonomy, MW_OPTL, MW_AT_MOST(10000),
            "How sources' names map to channels."),
    MW_STRS(struct mw_tenant, ignored, MW_OPTL, MW_AT_MOST(10000), column,
            "Table files: columns to read past."),
};
#define TENANT                                                                                               \
    MW_SHAPE_OF(mw_tenant, "tenant", "A business, its channels and its outcome; also a table file.")
const struct mw_shape mw_tenant_shape = {TENANT};
const struct mw_type mw_type_tenant = {
    .topic = "mw.tenant.v1", .shape = {TENANT}, .input = true, .compacted = true, .title = "Tenant"};
