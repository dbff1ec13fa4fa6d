/* mw.experiment.v1: a running incrementality test, read live. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_rows_internal.h"

static const char *const names_state[] = {"waiting", "running", "significant", "harm",
                                          "ended",   "invalid", NULL};

static const struct mw_field mw_effect_estimate_fields[] = {
    MW_NUM(struct mw_effect_estimate, mean, MW_NULL, MW_ANY, "as the field says", "Estimate."),
    MW_NUM(struct mw_effect_estimate, se, MW_NULL, MW_ANY, "as the field says", "Standard error."),
    MW_NUM(struct mw_effect_estimate, lower, MW_NULL, MW_ANY, "as the field says",
           "Anytime-valid lower bound."),
    MW_NUM(struct mw_effect_estimate, upper, MW_NULL, MW_ANY, "as the field says",
           "Anytime-valid upper bound."),
};
static MW_SHAPE(mw_effect_estimate, "effect_estimate", "An effect with bounds that hold at every look.");

static const struct mw_field mw_experiment_fields[] = {
    MW_STR(struct mw_experiment, tenant, MW_REQ, name, "Whose test."),
    MW_STR(struct mw_experiment, test, MW_REQ, name, "Name of the test."),
    MW_STR(struct mw_experiment, channel, MW_REQ, name, "The tested channel."),
    MW_STR(struct mw_experiment, method, MW_REQ, name, "How it is read."),
    MW_STR(struct mw_experiment, reason, MW_OPTL, text, "Why it is in this state."),
    MW_DATE(struct mw_experiment, as_of, MW_REQ, "Last closed date."),
    MW_DATE(struct mw_experiment, start, MW_OPTL, "First date of changed spend."),
    MW_DATE(struct mw_experiment, planned_end, MW_OPTL, "Last planned date of changed spend."),
    MW_INT(struct mw_experiment, n, MW_REQ, MW_AT_LEAST(0), "1", "Last fact that it knows."),
    MW_INT(struct mw_experiment, rev, MW_REQ, MW_AT_LEAST(0), "1", "1, 2, 3, ... per test."),
    MW_INT(struct mw_experiment, day, MW_REQ, MW_AT_LEAST(0), "days",
           "Day of the test, from 1; 0 before it starts."),
    MW_ENUM(struct mw_experiment, state, MW_REQ, names_state, "How it stands."),
    MW_OBJ(struct mw_experiment, effect, mw_effect_estimate, MW_REQ, "Outcome per treated place and day."),
    MW_OBJ(struct mw_experiment, increment, mw_effect_estimate, MW_REQ,
           "Outcome of all treated places so far."),
    MW_OBJ(struct mw_experiment, lift_pct, mw_effect_estimate, MW_REQ,
           "Effect in % of the outcome without it."),
    MW_OBJ(struct mw_experiment, iroas, mw_effect_estimate, MW_REQ,
           "Increment per unit of spend difference."),
    MW_NUM(struct mw_experiment, log_e, MW_NULL, MW_ANY, "1", "Log of the evidence against no effect."),
    MW_NUM(struct mw_experiment, p_anytime, MW_NULL, MW_ANY, "probability", "Anytime-valid p-value."),
    MW_NUM(struct mw_experiment, t, MW_NULL, MW_ANY, "1", "t statistic."),
    MW_NUM(struct mw_experiment, information, MW_NULL, MW_ANY, "1", "Information so far."),
    MW_NUM(struct mw_experiment, information_planned, MW_NULL, MW_ANY, "1",
           "Information at the planned end."),
    MW_NUM(struct mw_experiment, noise_q, MW_NULL, MW_ANY, "1",
           "Signal-to-noise ratio of the wandering level."),
    MW_NUM(struct mw_experiment, phi, MW_NULL, MW_ANY, "1", "Scale of the mixture over effects."),
    MW_NUM(struct mw_experiment, alpha, MW_NULL, MW_ANY, "probability",
           "False-alarm rate over the whole test."),
    MW_NUM(struct mw_experiment, threshold_log_e, MW_NULL, MW_ANY, "1", "log_e at which it is significant."),
    MW_MAP(struct mw_experiment, weights, mw_amount, MW_OPTL, MW_ANY,
           "Weight of each place to compare with."),
    MW_DATE(struct mw_experiment, weights_from, MW_OPTL, "First date that the weights were taken from."),
    MW_DATE(struct mw_experiment, weights_to, MW_OPTL, "Last date that the weights were taken from."),
    MW_DATE(struct mw_experiment, noise_from, MW_OPTL, "First date that the noise was taken from."),
    MW_DATE(struct mw_experiment, noise_to, MW_OPTL, "Last date that the noise was taken from."),
    MW_MAP(struct mw_experiment, estimators, mw_amount, MW_OPTL, MW_ANY,
           "What other estimators say of the effect."),
    MW_BOOL(struct mw_experiment, significant, MW_REQ, "Whether no effect is excluded, at least 14 days in."),
};
const struct mw_type mw_type_experiment = {
    .topic = "mw.experiment.v1",
    .shape = {MW_SHAPE_OF(mw_experiment, "experiment", "What a running test says so far.")},
    .compacted = true,
    .title = "Experiment",
};
