/* What producers send: spend, outcomes and factors, and the time. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_rows_internal.h"

static const char *const names_observation[] = {"snapshot", "delta", NULL};

static const struct mw_field mw_spend_fields[] = {
    MW_STR(struct mw_spend, id, MW_REQ, id,
           "Id of the event, unique within the source: repeats are dropped by it."),
    MW_STR(struct mw_spend, tenant, MW_REQ, name, "Whose spend."),
    MW_STR(struct mw_spend, source, MW_REQ, name, "System that reports it."),
    MW_STR(struct mw_spend, channel, MW_REQ, label, "What the money was spent on, in the source's words."),
    MW_STR(struct mw_spend, campaign, MW_OPTL, label, "Campaign, in the source's words."),
    MW_STR(struct mw_spend, geo, MW_OPTL, label, "Place; left out: everywhere."),
    MW_STR(struct mw_spend, currency, MW_REQ, currency, "Currency of spend and platform_value."),
    MW_ENUM(struct mw_spend, kind, MW_REQ, names_observation,
            "A snapshot replaces the cell as known at observed_at, a delta adds to it."),
    MW_TIME(struct mw_spend, observed_at, MW_REQ, "When the source knew it: the newest snapshot wins."),
    MW_DATE(struct mw_spend, date, MW_REQ, "Local date of the spend; any day of the week on a weekly grid."),
    MW_MICROS(struct mw_spend, spend, MW_REQ, MW_ANY,
              "Money spent; a delta may be negative, a snapshot may not."),
    MW_NUM(struct mw_spend, impressions, MW_OPTL, MW_ANY, "impressions",
           "Times shown, as the platform says."),
    MW_NUM(struct mw_spend, clicks, MW_OPTL, MW_ANY, "clicks", "Clicks, as the platform says."),
    MW_NUM(struct mw_spend, conversions, MW_OPTL, MW_ANY, "conversions",
           "Conversions that the platform claims; for comparison only."),
    MW_MICROS(struct mw_spend, platform_value, MW_OPTL, MW_ANY,
              "Value of conversions that the platform claims; for comparison only."),
};
const struct mw_type mw_type_spend = {
    .topic = "mw.spend.v1",
    .shape = {MW_SHAPE_OF(mw_spend, "spend",
                          "What one cell of date, source, channel, campaign and geo cost.")},
    .input = true,
    .title = "Spend",
};

static const struct mw_field mw_outcome_fields[] = {
    MW_STR(struct mw_outcome, id, MW_REQ, id,
           "Id of the event, unique within the source: repeats are dropped by it."),
    MW_STR(struct mw_outcome, tenant, MW_REQ, name, "Whose outcome."),
    MW_STR(struct mw_outcome, source, MW_REQ, name, "System that reports it."),
    MW_STR(struct mw_outcome, outcome, MW_REQ, name, "Name of the outcome."),
    MW_STR(struct mw_outcome, geo, MW_OPTL, label, "Place; left out: everywhere."),
    MW_STR(struct mw_outcome, currency, MW_OPTL, currency, "Currency of the amount."),
    MW_ENUM(struct mw_outcome, kind, MW_REQ, names_observation,
            "A snapshot replaces the cell as known at observed_at, a delta adds to it."),
    MW_TIME(struct mw_outcome, observed_at, MW_REQ, "When the source knew it: the newest snapshot wins."),
    MW_DATE(struct mw_outcome, date, MW_REQ, "Local date of the outcome."),
    MW_MICROS(struct mw_outcome, amount, MW_OPTL, MW_ANY,
              "Revenue; exactly one of amount and value is given."),
    MW_NUM(struct mw_outcome, value, MW_OPTL, MW_ANY, "outcome", "Conversions or another count."),
};
const struct mw_type mw_type_outcome = {
    .topic = "mw.outcome.v1",
    .shape = {MW_SHAPE_OF(mw_outcome, "outcome", "What one cell of date, source, outcome and geo brought."),
              .one_of = {"amount", "value"}},
    .input = true,
    .title = "Outcome",
};

static const struct mw_field mw_factor_fields[] = {
    MW_STR(struct mw_factor, id, MW_REQ, id,
           "Id of the event, unique within the source: repeats are dropped by it."),
    MW_STR(struct mw_factor, tenant, MW_REQ, name, "Whose factor."),
    MW_STR(struct mw_factor, source, MW_REQ, name, "System that reports it."),
    MW_STR(struct mw_factor, factor, MW_REQ, name, "Name of a control or of an event."),
    MW_TIME(struct mw_factor, observed_at, MW_REQ, "When the source knew it: the newest wins."),
    MW_DATE(struct mw_factor, date, MW_REQ, "Local date."),
    MW_NUM(struct mw_factor, value, MW_REQ, MW_ANY, "as the factor", "Its value; an event is 0 or 1."),
};
const struct mw_type mw_type_factor = {
    .topic = "mw.factor.v1",
    .shape = {MW_SHAPE_OF(mw_factor, "factor", "The value of a control or an event on a date.")},
    .input = true,
    .title = "External factor",
};

static const struct mw_field mw_clock_fields[] = {
    MW_STR(struct mw_clock, tenant, MW_OPTL, name,
           "Whose time, in a replayed history; left out: everybody's."),
    MW_TIME(struct mw_clock, time, MW_REQ, "The time."),
};
const struct mw_type mw_type_clock = {
    .topic = "mw.clock.v1",
    .shape = {MW_SHAPE_OF(mw_clock, "clock", "The time, as read once or as a replayed history brings it.")},
    .input = true,
    .title = "Clock",
};
