/* mw.estimate.v1 and mw.allocation.v1: what the model says, and what to do about it. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_rows_internal.h"

static const struct mw_field mw_parameters_fields[] = {
    MW_OBJ(struct mw_parameters, log_roi, mw_quantiles, MW_REQ, "Log of the return at reference spend."),
    MW_OBJ(struct mw_parameters, logit_alpha, mw_quantiles, MW_REQ, "Log odds of the carry-over."),
    MW_OBJ(struct mw_parameters, log_kappa, mw_quantiles, MW_REQ, "Log of the half-saturation point."),
    MW_OBJ(struct mw_parameters, log_n, mw_quantiles, MW_REQ, "Log of the Hill exponent."),
};
static MW_SHAPE(mw_parameters, "parameters", "Posteriors of a channel's parameters.");

static const struct mw_field mw_mroas_fields[] = {
    MW_NUM(struct mw_mroas, mean, MW_NULL, MW_ANY, "outcome per currency", "Posterior mean."),
    MW_NUM(struct mw_mroas, sd, MW_NULL, MW_ANY, "outcome per currency", "Posterior standard deviation."),
    MW_NUM(struct mw_mroas, q05, MW_NULL, MW_ANY, "outcome per currency", "Lower end of the 90 % interval."),
    MW_NUM(struct mw_mroas, q50, MW_NULL, MW_ANY, "outcome per currency", "Posterior median."),
    MW_NUM(struct mw_mroas, q95, MW_NULL, MW_ANY, "outcome per currency", "Upper end of the 90 % interval."),
    MW_NUM(struct mw_mroas, p_below_floor, MW_NULL, MW_ANY, "probability",
           "Probability that it is below the floor."),
    MW_NUM(struct mw_mroas, floor, MW_NULL, MW_ANY, "outcome per currency", "Break-even: 1/margin, or 1."),
    MW_STR(struct mw_mroas, reason, MW_OPTL, text, "Why there is no number, where there is none."),
};
static MW_SHAPE(mw_mroas, "mroas",
                "Return of 1 % more spend than in the last 28 settled days, carry-over included.");

static const struct mw_field mw_curve_fields[] = {
    MW_NUMS(struct mw_curve, spend, MW_REQ, MW_ANY, "currency per period", "Points of spend."),
    MW_NUMS(struct mw_curve, q05, MW_REQ, MW_ANY, "outcome per period",
            "Lower end of the 90 % interval at each."),
    MW_NUMS(struct mw_curve, q50, MW_REQ, MW_ANY, "outcome per period", "Median at each."),
    MW_NUMS(struct mw_curve, q95, MW_REQ, MW_ANY, "outcome per period",
            "Upper end of the 90 % interval at each."),
};
static MW_SHAPE(mw_curve, "curve", "Response to spend.");

static const struct mw_field mw_estimate_channel_fields[] = {
    MW_STR(struct mw_estimate_channel, channel, MW_REQ, name, "The channel."),
    MW_OBJ(struct mw_estimate_channel, parameters, mw_parameters, MW_REQ, "Its parameters."),
    MW_OBJ(struct mw_estimate_channel, contribution, mw_posterior, MW_REQ,
           "Outcome that it brought over all rows."),
    MW_OBJ(struct mw_estimate_channel, share, mw_posterior, MW_REQ,
           "Contribution as a share of the outcome."),
    MW_OBJ(struct mw_estimate_channel, roi, mw_posterior, MW_REQ, "Contribution per unit of spend."),
    MW_OBJ(struct mw_estimate_channel, mroas, mw_mroas, MW_REQ, "Return of a little more spend."),
    MW_OBJ(struct mw_estimate_channel, saturation, mw_posterior, MW_REQ,
           "Spend per period where mROAS meets the floor."),
    MW_OBJ(struct mw_estimate_channel, saturation_technical, mw_posterior, MW_REQ,
           "Spend per period that reaches 90 % of the asymptote."),
    MW_OBJ(struct mw_estimate_channel, inflection, mw_posterior, MW_REQ,
           "Spend per period where an S-curve turns."),
    MW_OBJ(struct mw_estimate_channel, wasted_spend, mw_posterior, MW_REQ,
           "Spend per period beyond saturation."),
    MW_NUM(struct mw_estimate_channel, spend, MW_NULL, MW_ANY, "currency", "Spend over all rows."),
    MW_NUM(struct mw_estimate_channel, spend_recent, MW_NULL, MW_ANY, "currency per period",
           "Mean spend of the last 28 settled days."),
    MW_OBJ(struct mw_estimate_channel, curve, mw_curve, MW_REQ, "Response curve."),
    MW_ENUM(struct mw_estimate_channel, evidence, MW_REQ, mw_names_evidence,
            "How well it is backed by tests."),
    MW_NUM(struct mw_estimate_channel, prior_share, MW_NULL, MW_ANY, "1",
           "Posterior over prior standard deviation of log ROI: 1 means that the prior is talking."),
    MW_STR(struct mw_estimate_channel, verdict, MW_OPTL, name, "identified, weak or prior."),
};
static MW_SHAPE(mw_estimate_channel, "estimate_channel", "What is known of a channel.");

static const struct mw_field mw_fit_fields[] = {
    MW_NUM(struct mw_fit, r2, MW_NULL, MW_ANY, "1",
           "Share of the outcome's variance that the posterior mean explains."),
    MW_NUM(struct mw_fit, residual_autocorrelation, MW_NULL, MW_ANY, "1", "At lag one, after whitening."),
    MW_NUM(struct mw_fit, rho, MW_NULL, MW_ANY, "1", "Posterior mean of the errors' autocorrelation."),
    MW_NUM(struct mw_fit, sigma, MW_NULL, MW_ANY, "outcome per period", "Posterior mean of the noise."),
};
static MW_SHAPE(mw_fit, "fit", "How well the model follows the data.");

static const struct mw_field mw_health_fields[] = {
    MW_NUM(struct mw_health, ess, MW_NULL, MW_ANY, "particles", "Effective sample size of the population."),
    MW_NUM(struct mw_health, acceptance, MW_NULL, MW_ANY, "share", "Proposals accepted in the last move."),
    MW_INT(struct mw_health, unique_ancestors, MW_REQ, MW_AT_LEAST(0), "particles",
           "Distinct ancestors of the population."),
    MW_INT(struct mw_health, moves, MW_REQ, MW_AT_LEAST(0), "1", "Moves since the birth of the model."),
    MW_INT(struct mw_health, stages, MW_REQ, MW_AT_LEAST(0), "1", "Tempering stages since the model began."),
};
static MW_SHAPE(mw_health, "health", "Whether the population can be trusted.");

static const struct mw_field mw_forecast_point_fields[] = {
    MW_DATE(struct mw_forecast_point, date, MW_REQ, "First date of the period."),
    MW_NUM(struct mw_forecast_point, mean, MW_NULL, MW_ANY, "outcome per period", "Mean."),
    MW_NUM(struct mw_forecast_point, q05, MW_NULL, MW_ANY, "outcome per period",
           "Lower end of the 90 % interval."),
    MW_NUM(struct mw_forecast_point, q50, MW_NULL, MW_ANY, "outcome per period", "Median."),
    MW_NUM(struct mw_forecast_point, q95, MW_NULL, MW_ANY, "outcome per period",
           "Upper end of the 90 % interval."),
};
static MW_SHAPE(mw_forecast_point, "forecast_point", "A forecast, stored before the outcome is known.");

static const struct mw_field mw_scored_fields[] = {
    MW_DATE(struct mw_scored, date, MW_REQ, "First date of the period."),
    MW_NUM(struct mw_scored, actual, MW_NULL, MW_ANY, "outcome per period", "What came."),
    MW_NUM(struct mw_scored, forecast, MW_NULL, MW_ANY, "outcome per period", "Median that was forecast."),
    MW_NUM(struct mw_scored, q05, MW_NULL, MW_ANY, "outcome per period",
           "Lower end of the forecast's 90 % interval."),
    MW_NUM(struct mw_scored, q95, MW_NULL, MW_ANY, "outcome per period",
           "Upper end of the forecast's 90 % interval."),
    MW_NUM(struct mw_scored, crps, MW_NULL, MW_ANY, "outcome per period",
           "Continuous ranked probability score."),
    MW_NUM(struct mw_scored, pit, MW_NULL, MW_ANY, "probability",
           "Forecast probability of less than what came."),
};
static MW_SHAPE(mw_scored, "scored", "A forecast against what came.");

static const struct mw_field mw_accuracy_fields[] = {
    MW_INT(struct mw_accuracy, weeks, MW_REQ, MW_AT_LEAST(0), "weeks",
           "Settled weeks that it is taken from."),
    MW_NUM(struct mw_accuracy, wmape_pct, MW_NULL, MW_ANY, "%",
           "Sum of absolute errors over the sum of outcomes."),
    MW_NUM(struct mw_accuracy, mape_pct, MW_NULL, MW_ANY, "%", "Mean absolute percentage error."),
    MW_NUM(struct mw_accuracy, bias_pct, MW_NULL, MW_ANY, "%", "Sum of errors over the sum of outcomes."),
    MW_NUM(struct mw_accuracy, coverage, MW_NULL, MW_ANY, "share", "Outcomes inside their 90 % interval."),
    MW_NUM(struct mw_accuracy, coverage_p, MW_NULL, MW_ANY, "probability",
           "How likely so poor a coverage is by chance."),
    MW_NUM(struct mw_accuracy, crps, MW_NULL, MW_ANY, "outcome per period",
           "Mean continuous ranked probability score."),
};
static MW_SHAPE(mw_accuracy, "accuracy", "How good recent forecasts were.");

static const struct mw_field mw_estimate_fields[] = {
    MW_STR(struct mw_estimate, tenant, MW_REQ, name, "Whose estimate."),
    MW_STR(struct mw_estimate, outcome, MW_REQ, name, "Of which outcome."),
    MW_STR(struct mw_estimate, currency, MW_OPTL, currency, "Currency of all money in it."),
    MW_DATE(struct mw_estimate, as_of, MW_REQ, "Last closed date."),
    MW_ENUM(struct mw_estimate, kind, MW_REQ, mw_names_publication,
            "latest moves with every closed period, published on the tenant's decision cadence."),
    MW_INT(struct mw_estimate, n, MW_REQ, MW_AT_LEAST(0), "1", "Last fact that it knows."),
    MW_INT(struct mw_estimate, rev, MW_REQ, MW_AT_LEAST(0), "1", "1, 2, 3, ... per tenant and kind."),
    MW_OBJ(struct mw_estimate, model, mw_model_state, MW_REQ, "The model."),
    MW_LIST(struct mw_estimate, channels, mw_estimate_channel, MW_REQ, MW_ANY, "What each channel does."),
    MW_OBJ(struct mw_estimate, baseline, mw_posterior, MW_REQ, "Outcome without any spend, over all rows."),
    MW_OBJ(struct mw_estimate, media_share, mw_posterior, MW_REQ, "Share of the outcome that spend brought."),
    MW_OBJ(struct mw_estimate, wasted_spend_pct, mw_posterior, MW_REQ,
           "Spend beyond saturation, in % of all spend."),
    MW_OBJ(struct mw_estimate, roi, mw_posterior, MW_REQ, "Return of all spend together."),
    MW_OBJ(struct mw_estimate, fit, mw_fit, MW_REQ, "How well the model follows the data."),
    MW_OBJ(struct mw_estimate, health, mw_health, MW_REQ, "Whether the population can be trusted."),
    MW_LIST(struct mw_estimate, forecast, mw_forecast_point, MW_REQ, MW_ANY, "The next periods."),
    MW_LIST(struct mw_estimate, scored, mw_scored, MW_REQ, MW_ANY,
            "Forecasts whose outcome this update brought."),
    MW_OPT(struct mw_estimate, accuracy, mw_accuracy, "The last 4 settled weeks of forecasts."),
    MW_OBJ(struct mw_estimate, data, mw_data_state, MW_REQ, "How fresh and how good the data are."),
};
const struct mw_type mw_type_estimate = {
    .topic = "mw.estimate.v1",
    .shape = {MW_SHAPE_OF(mw_estimate, "estimate", "What each channel earns, with intervals.")},
    .compacted = true,
    .title = "Estimate",
};

static const struct mw_field mw_allocation_channel_fields[] = {
    MW_STR(struct mw_allocation_channel, channel, MW_REQ, name, "The channel."),
    MW_NUM(struct mw_allocation_channel, current, MW_NULL, MW_ANY, "currency per period", "Spend now."),
    MW_NUM(struct mw_allocation_channel, optimal, MW_NULL, MW_ANY, "currency per period",
           "Spend at the optimum."),
    MW_NUM(struct mw_allocation_channel, lower, MW_NULL, MW_ANY, "currency per period",
           "Least spend allowed."),
    MW_NUM(struct mw_allocation_channel, upper, MW_NULL, MW_ANY, "currency per period",
           "Largest spend allowed."),
    MW_NUM(struct mw_allocation_channel, mroas_current, MW_NULL, MW_ANY, "outcome per currency",
           "Mean mROAS now."),
    MW_NUM(struct mw_allocation_channel, mroas_optimal, MW_NULL, MW_ANY, "outcome per currency",
           "Mean mROAS at the optimum."),
};
static MW_SHAPE(mw_allocation_channel, "allocation_channel", "What the optimum gives a channel.");

static const struct mw_field mw_allocation_move_fields[] = {
    MW_STR(struct mw_allocation_move, name, MW_REQ, name, "conservative, moderate or aggressive."),
    MW_NUM(struct mw_allocation_move, step, MW_NULL, MW_ANY, "share",
           "Largest share of the budget that moves."),
    MW_LIST(struct mw_allocation_move, channels, mw_move_channel, MW_REQ, MW_ANY,
            "What it does to each channel."),
    MW_OBJ(struct mw_allocation_move, lift, mw_posterior, MW_REQ, "Outcome per period that it adds."),
    MW_NUM(struct mw_allocation_move, p_loss, MW_NULL, MW_ANY, "probability", "Probability that it loses."),
    MW_NUM(struct mw_allocation_move, moved, MW_NULL, MW_ANY, "share",
           "Share of the budget that does move; at most step."),
    MW_STR(struct mw_allocation_move, text, MW_OPTL, text, "The same as a sentence."),
};
static MW_SHAPE(mw_allocation_move, "allocation_move", "A step towards the optimum.");

static const struct mw_field mw_bes_fields[] = {
    MW_NUM(struct mw_bes, mean, MW_NULL, MW_ANY, "0..100", "Posterior mean."),
    MW_NUM(struct mw_bes, q05, MW_NULL, MW_ANY, "0..100", "Lower end of the 90 % interval."),
    MW_NUM(struct mw_bes, q50, MW_NULL, MW_ANY, "0..100", "Median."),
    MW_NUM(struct mw_bes, q95, MW_NULL, MW_ANY, "0..100", "Upper end of the 90 % interval."),
    MW_NUM(struct mw_bes, p_below_floor, MW_NULL, MW_ANY, "probability",
           "Probability that it is below the floor."),
    MW_NUM(struct mw_bes, floor, MW_NULL, MW_ANY, "0..100", "The floor."),
};
static MW_SHAPE(mw_bes, "budget_efficiency",
                "Budget efficiency score: how much of the money is where it should be.");

static const struct mw_field mw_allocation_fields[] = {
    MW_STR(struct mw_allocation, tenant, MW_REQ, name, "Whose allocation."),
    MW_STR(struct mw_allocation, outcome, MW_REQ, name, "Of which outcome."),
    MW_STR(struct mw_allocation, currency, MW_OPTL, currency, "Currency of all money in it."),
    MW_STR(struct mw_allocation, period, MW_REQ, period, "Length of a period."),
    MW_DATE(struct mw_allocation, as_of, MW_REQ, "Last closed date."),
    MW_ENUM(struct mw_allocation, kind, MW_REQ, mw_names_publication,
            "latest moves with every closed period, published on the tenant's decision cadence."),
    MW_INT(struct mw_allocation, n, MW_REQ, MW_AT_LEAST(0), "1", "Last fact that it knows."),
    MW_INT(struct mw_allocation, rev, MW_REQ, MW_AT_LEAST(0), "1", "1, 2, 3, ... per tenant and kind."),
    MW_NUM(struct mw_allocation, total, MW_NULL, MW_ANY, "currency per period", "The budget."),
    MW_LIST(struct mw_allocation, channels, mw_allocation_channel, MW_REQ, MW_ANY, "Now and at the optimum."),
    MW_OBJ(struct mw_allocation, expected_current, mw_posterior, MW_REQ,
           "Media-driven outcome per period now."),
    MW_OBJ(struct mw_allocation, expected_optimal, mw_posterior, MW_REQ, "The same at the optimum."),
    MW_OBJ(struct mw_allocation, lift, mw_posterior, MW_REQ, "Their difference."),
    MW_NUM(struct mw_allocation, p_loss, MW_NULL, MW_ANY, "probability",
           "Probability that the optimum loses."),
    MW_NUM(struct mw_allocation, p_material, MW_NULL, MW_ANY, "probability",
           "Probability that the optimum gains more than materiality."),
    MW_NUM(struct mw_allocation, materiality, MW_NULL, MW_ANY, "share",
           "Share of the media-driven outcome that matters."),
    MW_OBJ(struct mw_allocation, efficiency, mw_bes, MW_REQ, "Budget efficiency score."),
    MW_OBJ(struct mw_allocation, capture_pct, mw_posterior, MW_REQ,
           "Response now in % of that at the optimum."),
    MW_LIST(struct mw_allocation, moves, mw_allocation_move, MW_REQ, MW_ANY, "Steps towards the optimum."),
    MW_NUM(struct mw_allocation, bound, MW_NULL, MW_ANY, "outcome per period",
           "Proven upper bound of the expected outcome."),
    MW_NUM(struct mw_allocation, gap_pct, MW_NULL, MW_ANY, "%", "Distance of the optimum from that bound."),
    MW_DATE(struct mw_allocation, valid_until, MW_OPTL, "After this date it must not be acted on."),
    MW_ENUM(struct mw_allocation, evidence, MW_REQ, mw_names_evidence,
            "Weakest evidence of the channels that move."),
    MW_OBJ(struct mw_allocation, data, mw_data_state, MW_REQ, "How fresh and how good the data are."),
    MW_OBJ(struct mw_allocation, model, mw_model_state, MW_REQ, "The model."),
};
const struct mw_type mw_type_allocation = {
    .topic = "mw.allocation.v1",
    .shape = {MW_SHAPE_OF(mw_allocation, "allocation",
                          "Where the money should go, and what that would bring.")},
    .compacted = true,
    .title = "Allocation",
};
