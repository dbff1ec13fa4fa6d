/* Decisions, scenarios and notifications: agreed here, written by later services. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_rows_internal.h"

static const char *const names_notification[] = {"pending", "delivered", "failed", "given_up", NULL};

static const struct mw_field mw_decision_fields[] = {
    MW_STR(struct mw_decision, tenant, MW_REQ, name, "Whose decision."),
    MW_STR(struct mw_decision, decision, MW_REQ, name, "Id of the decision."),
    MW_STR(struct mw_decision, recommendation, MW_OPTL, id, "Id of the allocation it follows."),
    MW_STR(struct mw_decision, choice, MW_REQ, name, "Which of its moves, or what else was decided."),
    MW_STR(struct mw_decision, by, MW_OPTL, name, "Role or account that decided."),
    MW_STR(struct mw_decision, comment, MW_OPTL, text, "Why."),
    MW_INT(struct mw_decision, n, MW_REQ, MW_AT_LEAST(0), "1", "Last fact that it knows."),
    MW_INT(struct mw_decision, rev, MW_REQ, MW_AT_LEAST(0), "1", "1, 2, 3, ... per decision."),
    MW_TIME(struct mw_decision, time, MW_REQ, "When it was taken."),
    MW_DATE(struct mw_decision, as_of, MW_REQ, "Last closed date that was known."),
    MW_MAP_OF(struct mw_decision, spend, mw_amount, mw_spend_amount_shape, MW_OPTL,
              MW_AT_MOST(MW_CHANNELS_MAX), "Spend per period of each channel from then on."),
    MW_OBJ(struct mw_decision, predicted, mw_posterior, MW_REQ, "Outcome per period that was predicted."),
};
const struct mw_type mw_type_decision = {
    .topic = "mw.decision.v1",
    .shape = {MW_SHAPE_OF(mw_decision, "decision", "A decision with what was predicted of it.")},
    .compacted = true,
    .title = "Decision",
};

static const struct mw_field mw_scenario_fields[] = {
    MW_STR(struct mw_scenario, tenant, MW_REQ, name, "Whose scenario."),
    MW_STR(struct mw_scenario, scenario, MW_REQ, name, "Id of the question."),
    MW_STR(struct mw_scenario, question, MW_REQ, text, "The question."),
    MW_STR(struct mw_scenario, answer, MW_REQ, text, "The answer as a sentence."),
    MW_STR(struct mw_scenario, currency, MW_OPTL, currency, "Currency of all money in it."),
    MW_INT(struct mw_scenario, n, MW_REQ, MW_AT_LEAST(0), "1", "Last fact that it knows."),
    MW_INT(struct mw_scenario, rev, MW_REQ, MW_AT_LEAST(0), "1", "1, 2, 3, ... per question."),
    MW_DATE(struct mw_scenario, as_of, MW_REQ, "Last closed date."),
    MW_DATE(struct mw_scenario, valid_until, MW_OPTL, "After this date it must not be acted on."),
    MW_LIST(struct mw_scenario, channels, mw_move_channel, MW_REQ, MW_ANY, "What it does to each channel."),
    MW_OBJ(struct mw_scenario, outcome, mw_posterior, MW_REQ, "Outcome per period that it adds."),
    MW_OBJ(struct mw_scenario, profit, mw_posterior, MW_REQ, "Profit per period that it adds."),
    MW_NUM(struct mw_scenario, p_loss, MW_NULL, MW_ANY, "probability", "Probability that it loses."),
    MW_BOOL_OR(struct mw_scenario, extrapolated, false, "It asks for spend outside what was ever tried."),
    MW_ENUM_OR(struct mw_scenario, evidence, MW_EVIDENCE_OBSERVATIONAL, mw_names_evidence,
               "Weakest evidence of the channels that move."),
};
const struct mw_type mw_type_scenario = {
    .topic = "mw.scenario.v1",
    .shape = {MW_SHAPE_OF(mw_scenario, "scenario", "The answer to a what-if question.")},
    .compacted = true,
    .title = "Scenario",
};

static const struct mw_field mw_notification_fields[] = {
    MW_STR(struct mw_notification, tenant, MW_REQ, name, "Whose notification."),
    MW_STR(struct mw_notification, notification, MW_REQ, id, "Id of the notification."),
    MW_STR(struct mw_notification, receiver, MW_REQ, name, "Who gets it."),
    MW_STR(struct mw_notification, group, MW_OPTL, text, "What it was grouped by."),
    MW_STR(struct mw_notification, alert, MW_OPTL, id, "The incident it is about."),
    MW_STR(struct mw_notification, outcome, MW_OPTL, text, "What the receiver answered."),
    MW_STR(struct mw_notification, detail, MW_OPTL, text, "What went wrong."),
    MW_TIME(struct mw_notification, time, MW_REQ, "When it was tried."),
    MW_INT(struct mw_notification, attempt, MW_REQ, MW_AT_LEAST(0), "1", "1, 2, 3, ... per notification."),
    MW_ENUM(struct mw_notification, state, MW_REQ, names_notification, "How it stands."),
};
const struct mw_type mw_type_notification = {
    .topic = "mw.notification.v1",
    .shape = {MW_SHAPE_OF(mw_notification, "notification", "What was sent to whom.")},
    .title = "Notification",
};
