/* mw.fact.v1, the ordered journal of a tenant, and mw.deadletter.v1, what could not enter it. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_rows_internal.h"

static const char *const names_fact[] = {"config", "cell", "birth", "close", "test", "command", NULL};
static const char *const names_cell[] = {"spend", "outcome", "factor", NULL};

static const struct mw_field mw_fact_cell_fields[] = {
    MW_ENUM(struct mw_fact_cell, cell, MW_REQ, names_cell, "What kind of cell."),
    MW_STR(struct mw_fact_cell, name, MW_REQ, name, "Channel, outcome or factor, in the tenant's words."),
    MW_STR(struct mw_fact_cell, source, MW_OPTL, name, "System that reported it."),
    MW_STR(struct mw_fact_cell, campaign, MW_OPTL, label, "Campaign."),
    MW_STR(struct mw_fact_cell, geo, MW_OPTL, label, "Place."),
    MW_DATE(struct mw_fact_cell, date, MW_REQ, "First day of its period."),
    MW_NUM(struct mw_fact_cell, value, MW_NULL, MW_ANY, "currency, count or as the factor",
           "New value of the cell."),
    MW_NUM(struct mw_fact_cell, total, MW_NULL, MW_ANY, "as value", "Sum over all cells of (date, name)."),
    MW_NUM(struct mw_fact_cell, geo_total, MW_NULL, MW_ANY, "as value",
           "Sum over the cells of (date, name, geo)."),
    MW_TIME(struct mw_fact_cell, observed_at, MW_OPTL, "When the source knew it."),
    MW_BOOL_OR(struct mw_fact_cell, closed, false, "The period was closed before: a restatement."),
};
static MW_SHAPE(mw_fact_cell, "fact_cell", "A cell has a new value.");

static const struct mw_field mw_fact_birth_fields[] = {
    MW_INT(struct mw_fact_birth, version, MW_REQ, MW_AT_LEAST(0), "1", "Version of the model."),
    MW_STR(struct mw_fact_birth, outcome, MW_REQ, name, "The outcome that it explains."),
    MW_DATE(struct mw_fact_birth, first, MW_REQ, "First date of its first period."),
    MW_DATE(struct mw_fact_birth, frozen_to, MW_REQ, "Last date that the scales were taken from."),
    MW_OBJ(struct mw_fact_birth, scales, mw_tenant_scales, MW_REQ,
           "Units of measure; they never move again."),
};
static MW_SHAPE(mw_fact_birth, "fact_birth", "A model is born.");

static const struct mw_field mw_quality_fields[] = {
    MW_STR(struct mw_quality, input, MW_REQ, label, "The input."),
    MW_NUM(struct mw_quality, completeness, MW_NULL, MW_BETWEEN(0, 100), "0..100",
           "Expected cells that are present."),
    MW_NUM(struct mw_quality, consistency, MW_NULL, MW_BETWEEN(0, 100), "0..100", "Checks that passed."),
    MW_NUM(struct mw_quality, recency, MW_NULL, MW_BETWEEN(0, 100), "0..100", "How fresh it is."),
    MW_NUM(struct mw_quality, score, MW_NULL, MW_BETWEEN(0, 100), "0..100", "All three together."),
    MW_BOOL(struct mw_quality, quarantined, MW_REQ, "Too poor to be trusted."),
};
static MW_SHAPE(mw_quality, "quality", "How good an input is.");

static const struct mw_field mw_fact_close_fields[] = {
    MW_DATE(struct mw_fact_close, from, MW_REQ, "First date of the first closed period."),
    MW_DATE(struct mw_fact_close, to, MW_REQ, "Last date of the last closed period."),
    MW_INT(struct mw_fact_close, periods, MW_REQ, MW_AT_LEAST(0), "periods", "How many periods close."),
    MW_LIST(struct mw_fact_close, quality, mw_quality, MW_OPTL, MW_ANY, "How good each input is."),
};
static MW_SHAPE(mw_fact_close, "fact_close", "A period is closed: its row enters the model.");

static const struct mw_field mw_fact_fields[] = {
    MW_INT(struct mw_fact, n, MW_REQ, MW_AT_LEAST(1), "1",
           "1, 2, 3, ... per tenant: the identity of a fact."),
    MW_STR(struct mw_fact, tenant, MW_REQ, name, "Whose fact."),
    MW_STR(struct mw_fact, journal, MW_OPTL, id, "Id of the journal, in its first fact."),
    MW_TIME(struct mw_fact, time, MW_REQ, "When it was written."),
    MW_ENUM(struct mw_fact, kind, MW_REQ, names_fact, "What happened; the field of this name says more."),
    MW_VARIANT(struct mw_fact, config, mw_tenant, "The tenant's configuration from here on."),
    MW_VARIANT(struct mw_fact, cell, mw_fact_cell, "A cell has a new value."),
    MW_VARIANT(struct mw_fact, birth, mw_fact_birth, "A model is born."),
    MW_VARIANT(struct mw_fact, close, mw_fact_close, "Periods are closed."),
    MW_VARIANT(struct mw_fact, test, mw_test, "A test is declared, measured or withdrawn."),
    MW_VARIANT(struct mw_fact, command, mw_command, "A command that changes the future."),
};
const struct mw_type mw_type_fact = {
    .topic = "mw.fact.v1",
    .shape = {MW_SHAPE_OF(mw_fact, "fact", "One entry of the ordered journal of a tenant."),
              .discriminator = "kind"},
    .title = "Fact",
};

static const struct mw_field mw_deadletter_fields[] = {
    MW_STR(struct mw_deadletter, topic, MW_REQ, name, "Topic of the refused record."),
    MW_STR(struct mw_deadletter, tenant, MW_OPTL, text, "Its tenant, when it could be read."),
    MW_STR(struct mw_deadletter, id, MW_OPTL, text, "Its id, when it could be read."),
    MW_STR(struct mw_deadletter, reason, MW_REQ, name, "Why, for programs."),
    MW_STR(struct mw_deadletter, detail, MW_OPTL, text, "Why and what to do, for people."),
    MW_STR(struct mw_deadletter, pointer, MW_OPTL, text, "JSON pointer (RFC 6901) of the fault."),
    MW_INT(struct mw_deadletter, partition, MW_REQ, MW_AT_LEAST(0), "1", "Partition of the refused record."),
    MW_INT(struct mw_deadletter, offset, MW_REQ, MW_AT_LEAST(0), "1", "Its offset."),
    MW_TIME(struct mw_deadletter, time, MW_REQ, "Its time."),
    MW_STR(struct mw_deadletter, record, MW_REQ, blob, "The record, whole."),
    MW_STR(struct mw_deadletter, encoding, MW_OPTL, name, "base64 when the record is not UTF-8."),
};
const struct mw_type mw_type_deadletter = {
    .topic = "mw.deadletter.v1",
    .shape = {MW_SHAPE_OF(mw_deadletter, "deadletter", "A record that was refused, whole, with the reason.")},
    .title = "Dead letter",
};
