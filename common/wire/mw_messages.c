/* What the themes share, and the list of all types. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_rows_internal.h"

static const struct mw_field mw_label_fields[] = {
    MW_STR(struct mw_label, name, MW_REQ, name, "Name of the label."),
    MW_STR(struct mw_label, value, MW_REQ, text, "Value of the label."),
};
MW_SHAPE(mw_label, "label", "A name and a text.");

static const struct mw_field mw_amount_fields[] = {
    MW_STR(struct mw_amount, name, MW_REQ, label, "What the number belongs to."),
    MW_NUM(struct mw_amount, value, MW_REQ, MW_ANY, "1", "The number."),
};
MW_SHAPE(mw_amount, "amount", "A name and a number.");

static const struct mw_field mw_spend_amount_fields[] = {
    MW_STR(struct mw_amount, name, MW_REQ, name, "The channel."),
    MW_NUM(struct mw_amount, value, MW_REQ, MW_AT_LEAST(0), "currency", "Spend per period."),
};
const struct mw_shape mw_spend_amount_shape =
    MW_SHAPE_ROWS(mw_amount, mw_spend_amount_fields, "spend_amount", "A channel and its spend.");

static const struct mw_field mw_posterior_fields[] = {
    MW_NUM(struct mw_posterior, mean, MW_NULL, MW_ANY, "as the field says", "Posterior mean."),
    MW_NUM(struct mw_posterior, sd, MW_NULL, MW_ANY, "as the field says", "Posterior standard deviation."),
    MW_NUM(struct mw_posterior, q05, MW_NULL, MW_ANY, "as the field says", "Lower end of the 90 % interval."),
    MW_NUM(struct mw_posterior, q50, MW_NULL, MW_ANY, "as the field says", "Posterior median."),
    MW_NUM(struct mw_posterior, q95, MW_NULL, MW_ANY, "as the field says", "Upper end of the 90 % interval."),
    MW_STR(struct mw_posterior, reason, MW_OPTL, text, "Why there is no number, where there is none."),
};
MW_SHAPE(mw_posterior, "posterior", "A quantity with its 90 % interval.");

static const struct mw_field mw_quantiles_fields[] = {
    MW_NUM(struct mw_quantiles, mean, MW_NULL, MW_ANY, "1", "Posterior mean."),
    MW_NUM(struct mw_quantiles, sd, MW_NULL, MW_ANY, "1", "Posterior standard deviation."),
    MW_NUM(struct mw_quantiles, q05, MW_NULL, MW_ANY, "1", "5 % quantile."),
    MW_NUM(struct mw_quantiles, q25, MW_NULL, MW_ANY, "1", "25 % quantile."),
    MW_NUM(struct mw_quantiles, q50, MW_NULL, MW_ANY, "1", "Median."),
    MW_NUM(struct mw_quantiles, q75, MW_NULL, MW_ANY, "1", "75 % quantile."),
    MW_NUM(struct mw_quantiles, q95, MW_NULL, MW_ANY, "1", "95 % quantile."),
};
MW_SHAPE(mw_quantiles, "quantiles", "The posterior of a parameter.");

static const struct mw_field mw_data_state_fields[] = {
    MW_DATE(struct mw_data_state, settled_to, MW_OPTL, "Last date whose data count as final."),
    MW_INT(struct mw_data_state, age_days, MW_REQ, MW_ANY, "days", "Days from settled_to to as_of."),
    MW_NUM(struct mw_data_state, quality, MW_NULL, MW_ANY, "0..100",
           "Data-quality score of the worst input."),
};
MW_SHAPE(mw_data_state, "data_state", "How fresh and how good the data are.");

static const struct mw_field mw_model_state_fields[] = {
    MW_INT(struct mw_model_state, version, MW_REQ, MW_AT_LEAST(0), "1",
           "Version of the model, counted from its birth."),
    MW_INT(struct mw_model_state, seed, MW_REQ, MW_AT_LEAST(0), "1", "Root of all random numbers."),
    MW_INT(struct mw_model_state, particles, MW_REQ, MW_AT_LEAST(0), "1", "Size of the population."),
    MW_INT(struct mw_model_state, rows, MW_REQ, MW_AT_LEAST(0), "periods", "Closed periods in the model."),
};
MW_SHAPE(mw_model_state, "model_state", "Which model made the numbers.");

static const struct mw_field mw_move_channel_fields[] = {
    MW_STR(struct mw_move_channel, channel, MW_REQ, name, "The channel."),
    MW_NUM(struct mw_move_channel, from, MW_NULL, MW_ANY, "currency per period", "Spend before the move."),
    MW_NUM(struct mw_move_channel, to, MW_NULL, MW_ANY, "currency per period", "Spend after the move."),
};
MW_SHAPE(mw_move_channel, "move_channel", "What a move does to one channel.");

const char *const mw_names_evidence[] = {"observational", "test-adjacent", "test-calibrated", NULL};
const char *const mw_names_publication[] = {"latest", "published", NULL};

const struct mw_type *const mw_types[] = {
    &mw_type_tenant,   &mw_type_spend,        &mw_type_outcome,
    &mw_type_factor,   &mw_type_test,         &mw_type_command,
    &mw_type_clock,    &mw_type_fact,         &mw_type_deadletter,
    &mw_type_estimate, &mw_type_allocation,   &mw_type_experiment,
    &mw_type_metric,   &mw_type_alert,        &mw_type_decision,
    &mw_type_scenario, &mw_type_notification, NULL,
};

const struct mw_type *mw_type_of(struct mw_span topic)
{
    for (size_t i = 0; mw_types[i] != NULL; i++) {
        if (mw_span_is(topic, mw_types[i]->topic)) {
            return mw_types[i];
        }
    }
    return NULL;
}
