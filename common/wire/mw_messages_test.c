/* Incrementality tests and commands: what people and the experiments service ask for. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_rows_internal.h"

static const char *const names_test[] = {"declared", "lift", "withdrawn", NULL};
static const char *const names_command[] = {"settle", "rules",    "silence", "acknowledge",
                                            "decide", "scenario", NULL};

static const struct mw_field mw_test_declared_fields[] = {
    MW_STR(struct mw_test_declared, channel, MW_REQ, name, "The channel whose spend is changed."),
    MW_STR(struct mw_test_declared, method, MW_REQ, name, "How it is read: geo_holdout."),
    MW_STRS(struct mw_test_declared, treated, MW_REQ, MW_BETWEEN(1, MW_GEOS_MAX), label,
            "Places with changed spend."),
    MW_STRS(struct mw_test_declared, control, MW_OPTL, MW_AT_MOST(MW_GEOS_MAX), label,
            "Places to compare with; left out: every other place that reports the outcome."),
    MW_BOOL_OR(struct mw_test_declared, spend_off, false, "Go dark: the ads are off in the treated places."),
    MW_DATE(struct mw_test_declared, pre_from, MW_OPTL, "First date to learn from; left out: all there is."),
    MW_DATE(struct mw_test_declared, start, MW_REQ, "First date of changed spend."),
    MW_DATE(struct mw_test_declared, planned_end, MW_REQ, "Last planned date of changed spend."),
    MW_INT_OR(struct mw_test_declared, cooldown_days, 0, MW_BETWEEN(0, 365), "days",
              "Days after the end whose outcome still counts."),
    MW_INT_OR(struct mw_test_declared, days_min, 14, MW_BETWEEN(1, 365), "days",
              "Days before which nothing is called significant."),
    MW_NUM_OR(struct mw_test_declared, alpha, 0.05, MW_INSIDE(0, 1), "probability",
              "False-alarm rate over the whole test."),
    MW_NUM(struct mw_test_declared, spend_change, MW_OPTL, MW_ANY, "currency",
           "Planned difference of spend in the treated places over the test."),
};
static MW_SHAPE(mw_test_declared, "test_declared", "A test that is planned or runs.");

static const struct mw_field mw_test_lift_fields[] = {
    MW_STR(struct mw_test_lift, channel, MW_REQ, name, "The tested channel."),
    MW_STR(struct mw_test_lift, reason, MW_OPTL, text, "Why the test stopped."),
    MW_DATE(struct mw_test_lift, spend_from, MW_REQ, "First date of changed spend."),
    MW_DATE(struct mw_test_lift, spend_to, MW_REQ, "Last date of changed spend."),
    MW_DATE(struct mw_test_lift, measured_from, MW_OPTL,
            "First date whose outcome counts; left out: spend_from."),
    MW_DATE(struct mw_test_lift, measured_to, MW_OPTL, "Last date whose outcome counts; left out: spend_to."),
    MW_NUM(struct mw_test_lift, spend, MW_OPTL, MW_AT_LEAST(0), "currency per period", "Spend in the test."),
    MW_NUM(struct mw_test_lift, spend_factor, MW_OPTL, MW_AT_LEAST(0), "1",
           "Spend in the test as a factor of the usual."),
    MW_NUM_OR(struct mw_test_lift, share, 1, MW_ABOVE_TO(0, 1), "share",
              "Share of the market that was treated and that lift and se speak of."),
    MW_NUM(struct mw_test_lift, lift, MW_REQ, MW_ANY, "outcome",
           "Outcome that the spend brought; may be negative."),
    MW_NUM(struct mw_test_lift, se, MW_REQ, MW_ABOVE(0), "outcome", "Standard error of the lift."),
    MW_NUM(struct mw_test_lift, spend_difference, MW_OPTL, MW_ANY, "currency",
           "Spend that made the difference."),
    MW_NUM(struct mw_test_lift, log_e, MW_OPTL, MW_ANY, "1", "Log of the evidence against no effect."),
    MW_BOOL_OR(struct mw_test_lift, significant, false, "Whether the test reached significance."),
};
static MW_SHAPE(mw_test_lift, "test_lift", "The lift that a test observed.");

static const struct mw_field mw_test_withdrawn_fields[] = {
    MW_STR(struct mw_test_withdrawn, reason, MW_OPTL, text, "Why it no longer counts."),
};
static MW_SHAPE(mw_test_withdrawn, "test_withdrawn", "A test that no longer counts.");

static const struct mw_field mw_test_fields[] = {
    MW_STR(struct mw_test, id, MW_REQ, id, "Id of the event: repeats are dropped by it."),
    MW_STR(struct mw_test, tenant, MW_REQ, name, "Whose test."),
    MW_STR(struct mw_test, test, MW_REQ, name, "Name of the test."),
    MW_TIME(struct mw_test, known_at, MW_REQ, "When this was known: the newest wins."),
    MW_ENUM(struct mw_test, kind, MW_REQ, names_test,
            "What is said of it; the field of this name says more."),
    MW_VARIANT(struct mw_test, declared, mw_test_declared, "The plan."),
    MW_VARIANT(struct mw_test, lift, mw_test_lift, "The result."),
    MW_VARIANT(struct mw_test, withdrawn, mw_test_withdrawn, "The withdrawal."),
};
#define TEST                                                                                                 \
    MW_SHAPE_OF(mw_test, "test", "An incrementality test: declared, measured or withdrawn."),                \
        .discriminator = "kind"
const struct mw_shape mw_test_shape = {TEST};
const struct mw_type mw_type_test = {.topic = "mw.test.v1", .shape = {TEST}, .input = true, .title = "Test"};

static const struct mw_field mw_command_settle_fields[] = {
    MW_DATE(struct mw_command_settle, through, MW_REQ, "Everything up to and with this date is final."),
    MW_BOOL_OR(struct mw_command_settle, final, false,
               "No more will come: a model may be born from less than 26 weeks."),
};
static MW_SHAPE(mw_command_settle, "command_settle", "Closes all periods up to a date.");

static const struct mw_field mw_command_rules_fields[] = {
    MW_STR(struct mw_command_rules, version, MW_REQ, id, "Hash of the rules."),
    MW_STR(struct mw_command_rules, rules, MW_REQ, blob, "The rules in their normal form."),
};
static MW_SHAPE(mw_command_rules, "command_rules", "Replaces the alert rules.");

static const struct mw_field mw_matcher_fields[] = {
    MW_STR(struct mw_matcher, name, MW_REQ, name, "Name of the label."),
    MW_STR(struct mw_matcher, op, MW_REQ, op, "= or !=."),
    MW_STR(struct mw_matcher, value, MW_REQ, text, "Value to compare with."),
};
static MW_SHAPE(mw_matcher, "matcher", "A condition on a label.");

static const struct mw_field mw_command_silence_fields[] = {
    MW_STR(struct mw_command_silence, silence, MW_REQ, name,
           "Id of the silence; the same id again replaces it."),
    MW_STR(struct mw_command_silence, comment, MW_OPTL, text, "Why."),
    MW_LIST(struct mw_command_silence, matchers, mw_matcher, MW_REQ, MW_BETWEEN(1, 32), "All must hold."),
    MW_TIME(struct mw_command_silence, starts_at, MW_REQ, "From when."),
    MW_TIME(struct mw_command_silence, ends_at, MW_REQ, "Until when."),
};
static MW_SHAPE(mw_command_silence, "command_silence", "Keeps matching alerts quiet for a time.");

static const struct mw_field mw_command_acknowledge_fields[] = {
    MW_STR(struct mw_command_acknowledge, alert, MW_REQ, id, "Id of the incident."),
    MW_STR(struct mw_command_acknowledge, comment, MW_OPTL, text, "What is being done."),
};
static MW_SHAPE(mw_command_acknowledge, "command_acknowledge", "Somebody looks after an alert.");

static const struct mw_field mw_command_decide_fields[] = {
    MW_STR(struct mw_command_decide, decision, MW_REQ, name, "Id of the decision."),
    MW_STR(struct mw_command_decide, recommendation, MW_OPTL, id, "Id of the allocation it follows."),
    MW_STR(struct mw_command_decide, choice, MW_REQ, name, "Which of its moves, or what else was decided."),
    MW_STR(struct mw_command_decide, comment, MW_OPTL, text, "Why."),
    MW_MAP_OF(struct mw_command_decide, spend, mw_amount, mw_spend_amount_shape, MW_OPTL,
              MW_AT_MOST(MW_CHANNELS_MAX), "Spend per period of each channel from now on."),
};
static MW_SHAPE(mw_command_decide, "command_decide", "A decision taken, to be judged later.");

static const struct mw_field mw_command_scenario_fields[] = {
    MW_STR(struct mw_command_scenario, scenario, MW_REQ, name, "Id of the question."),
    MW_STR(struct mw_command_scenario, question, MW_REQ, text, "Such as: move 5,000 a week from A to B."),
};
static MW_SHAPE(mw_command_scenario, "command_scenario", "A what-if question.");

static const struct mw_field mw_command_fields[] = {
    MW_STR(struct mw_command, id, MW_REQ, id, "Id of the command: repeats are dropped by it."),
    MW_STR(struct mw_command, tenant, MW_OPTL, name, "Whom it is for; left out: everybody."),
    MW_STR(struct mw_command, by, MW_OPTL, name, "Role or account that asks."),
    MW_ENUM(struct mw_command, kind, MW_REQ, names_command, "What to do; the field of this name says more."),
    MW_VARIANT(struct mw_command, settle, mw_command_settle, "Close all periods up to a date."),
    MW_VARIANT(struct mw_command, rules, mw_command_rules, "Replace the alert rules."),
    MW_VARIANT(struct mw_command, silence, mw_command_silence, "Keep alerts quiet."),
    MW_VARIANT(struct mw_command, acknowledge, mw_command_acknowledge, "Look after an alert."),
    MW_VARIANT(struct mw_command, decide, mw_command_decide, "Record a decision."),
    MW_VARIANT(struct mw_command, scenario, mw_command_scenario, "Ask a what-if question."),
};
#define COMMAND                                                                                              \
    MW_SHAPE_OF(mw_command, "command", "What a person or program asks for."), .discriminator = "kind"
const struct mw_shape mw_command_shape = {COMMAND};
const struct mw_type mw_type_command = {
    .topic = "mw.command.v1", .shape = {COMMAND}, .input = true, .title = "Command"};
