/* mw_messages.h: every message that travels, as plain structs. The tables beside them (mw_messages_*.c) say how
 * each looks on the wire; schemas/ is generated from the tables.
 *
 * Units: money is in units of the currency named (micros on the wire where it is booked money, a JSON number
 * where it is an estimate); shares are 0..1 unless a name says _pct; dates are local to the tenant.
 * A "name" (tenant, channel, source, ...) is 1 to 64 bytes of letters, digits, '_', '-', '.', ':' and '/'.
 * A "label" (campaign, geo, a source's own word for a channel) is 1 to 256 characters without control characters.
 * Absent numbers are NaN, absent dates MW_DATE_NONE, absent times MW_TIME_NONE, absent texts empty. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_field.h"

enum { MW_NAME_MAX = 64, MW_CHANNELS_MAX = 64, MW_CONTROLS_MAX = 400, MW_GEOS_MAX = 1000 };

enum mw_grid { MW_GRID_DAY, MW_GRID_WEEK };
enum mw_outcome_kind { MW_OUTCOME_REVENUE, MW_OUTCOME_CONVERSIONS, MW_OUTCOME_OTHER };
enum mw_memory { MW_MEMORY_SHORT, MW_MEMORY_BRAND };
enum mw_clock_source { MW_CLOCK_WALL, MW_CLOCK_EVENT };
enum mw_observation { MW_OBS_SNAPSHOT, MW_OBS_DELTA };
enum mw_evidence { MW_EVIDENCE_OBSERVATIONAL, MW_EVIDENCE_TEST_ADJACENT, MW_EVIDENCE_TEST_CALIBRATED };
enum mw_severity { MW_SEVERITY_INFO, MW_SEVERITY_WARNING, MW_SEVERITY_ERROR, MW_SEVERITY_CRITICAL };

/* ---- what is shared ---------------------------------------------------------------------------------------- */

struct mw_label { struct mw_span name, value; };          /* map element: text */
struct mw_amount { struct mw_span name; double value; };  /* map element: number */
struct mw_normal_prior { double mean, sd; };
struct mw_beta_prior { double a, b; };
struct mw_scale { struct mw_span name; double mean, sd; }; /* map element: a control's frozen constants */

/* A posterior quantity: its mean, sd and quantiles; `reason` says why when there is no number. */
struct mw_posterior { double mean, sd, q05, q50, q95; struct mw_span reason; };
struct mw_quantiles { double mean, sd, q05, q25, q50, q75, q95; };

/* ---- tenant: mw.tenant.v1, also the table file of the command line ----------------------------------------- */

struct mw_priors { /* absent ones take the defaults of DESIGN 4 */
    const struct mw_normal_prior *log_roi;
    const struct mw_beta_prior *alpha;
    const struct mw_normal_prior *log_kappa;
    const struct mw_normal_prior *log_n;
};
struct mw_column { struct mw_span column, format; }; /* format: order of a date's parts, ymd, mdy or dmy; empty: guessed */
struct mw_tenant_outcome {
    struct mw_span column, name; /* name defaults to the column's */
    int kind;                    /* enum mw_outcome_kind */
    double margin;               /* contribution margin 0..1, or NaN: then the floor of mROAS is 1 */
    struct mw_span times;        /* column to multiply by (conversions x value each), or empty */
};
struct mw_tenant_channel {
    struct mw_span column, channel; /* channel defaults to the column's name */
    int memory;                     /* enum mw_memory */
    const struct mw_priors *priors;
    double spend_min, spend_max;    /* hard limits of the allocation per period; NaN: 0 and 2 x current */
};
struct mw_tenant_control { struct mw_span column, name; };
struct mw_tenant_event { struct mw_span column, name; const struct mw_span *absent; size_t n_absent; };
struct mw_tenant_scales {
    const struct mw_amount *spend; size_t n_spend; /* map channel -> mean of its non-zero spend */
    double outcome;                                /* mean outcome */
    const struct mw_scale *controls; size_t n_controls;
    double outcome_sum, spend_sum; /* for the prior of a non-revenue outcome; NaN: from the frozen window */
};
struct mw_tenant_errors { double rho; }; /* NaN: free on the grid of DESIGN 4 */
/* What z holds besides the intercept; every part is on unless switched off. NaN: the defaults of DESIGN 4. */
struct mw_tenant_baseline { bool trend, yearly, weekdays, controls, events; double gamma_variance, sigma2_shape, sigma2_scale; };
struct mw_tenant_model { int64_t particles, seed; }; /* absent: 1024 and 1 */
struct mw_tenant_settle { int64_t spend_days, outcome_days; }; /* absent: 1 and 3 */
/* First match wins; empty fields match all, a trailing '*' matches a prefix. No "other" bucket: spend that no row and no channel's name fits is a dead letter. */
struct mw_tenant_taxonomy { struct mw_span source, channel, campaign, to; };
struct mw_tenant_long { struct mw_span channel, spend; }; /* long tables: the columns that name channel and spend */

struct mw_tenant {
    struct mw_span tenant, currency, time_zone, time_zone_rule; /* rule: POSIX TZ, filled by the shell from time_zone */
    int grid;                    /* enum mw_grid */
    int week_start;              /* weekday 0 = Monday of weekly grids; -1: that of the first date seen */
    int clock;                   /* enum mw_clock_source: event when a replayed or simulated history brings its own */
    struct mw_column date, geo;  /* table files only */
    const struct mw_tenant_long *long_form;
    struct mw_span fill;         /* table files: "zero" fills missing dates */
    struct mw_span decimal;      /* table files: "." or ","; empty: guessed */
    struct mw_tenant_outcome outcome;
    const struct mw_tenant_channel *channels; size_t n_channels;
    const struct mw_tenant_control *controls; size_t n_controls;
    const struct mw_tenant_event *events; size_t n_events;
    const struct mw_tenant_scales *scales; /* absent: frozen from the first 26 weeks */
    const struct mw_tenant_errors *errors;
    const struct mw_tenant_baseline *baseline;
    const struct mw_tenant_model *model;
    const struct mw_tenant_settle *settle;
    const struct mw_tenant_taxonomy *taxonomy; size_t n_taxonomy; /* how sources' names map to channels */
    const struct mw_span *ignored; size_t n_ignored; /* table files: columns that are read past */
};

/* ---- raw events ------------------------------------------------------------------------------------------- */

/* One cell: (tenant, date, source, channel, campaign, geo) and its metrics. */
struct mw_spend {
    struct mw_span id, tenant, source, channel, campaign, geo, currency;
    int kind; /* enum mw_observation: a snapshot replaces the cell as known at observed_at, a delta adds to it */
    int64_t observed_at;
    mw_date date; /* weekly grids: any day of the week, conventionally its first */
    double spend; /* micros on the wire */
    double impressions, clicks, conversions, platform_value; /* comparison only, never the outcome */
};
struct mw_outcome {
    struct mw_span id, tenant, source, outcome, geo, currency; /* outcome: its name */
    int kind;
    int64_t observed_at;
    mw_date date;
    double amount; /* revenue, micros on the wire */
    double value;  /* conversions or other; exactly one of amount and value */
};
struct mw_factor {
    struct mw_span id, tenant, source, factor; /* a control's or an event's name */
    int64_t observed_at;
    mw_date date;
    double value; /* events: 0 or 1 */
};

/* mw.clock.v1: the time as ingest's shell read it (no tenant), or as a replayed history brings it (a tenant). */
struct mw_clock { struct mw_span tenant; int64_t time; };

/* ---- tests ------------------------------------------------------------------------------------------------ */

enum mw_test_kind { MW_TEST_DECLARED, MW_TEST_LIFT, MW_TEST_WITHDRAWN };
struct mw_test_declared {
    struct mw_span channel, method;  /* "geo_holdout" */
    const struct mw_span *treated; size_t n_treated;
    const struct mw_span *control; size_t n_control; /* empty: every other geo that reports the outcome */
    bool spend_off;                  /* go-dark: the ads are off in the treated geos */
    mw_date pre_from, start, planned_end;
    int64_t cooldown_days, days_min; /* absent: 0, 14 */
    double alpha;                    /* absent: 0.05 */
    double spend_change;             /* planned difference of spend in the treated geos over the test */
};
struct mw_test_lift { /* an observed lift, as `--lifts` of replay reads it too */
    struct mw_span channel, reason;  /* reason: why the test stopped */
    mw_date spend_from, spend_to, measured_from, measured_to;
    double spend, spend_factor;      /* spend in the test: a value per period or a factor of what was spent */
    double share;                    /* treated share of the market that lift and se speak of; absent: 1 */
    double lift, se, spend_difference, log_e;
    bool significant;
};
struct mw_test_withdrawn { struct mw_span reason; };
struct mw_test {
    struct mw_span id, tenant, test;
    int64_t known_at;
    int kind; /* enum mw_test_kind: picks the variant */
    const struct mw_test_declared *declared;
    const struct mw_test_lift *lift;
    const struct mw_test_withdrawn *withdrawn;
};

/* ---- commands --------------------------------------------------------------------------------------------- */

enum mw_command_kind { MW_COMMAND_SETTLE, MW_COMMAND_RULES, MW_COMMAND_SILENCE, MW_COMMAND_ACKNOWLEDGE, MW_COMMAND_DECIDE, MW_COMMAND_SCENARIO };
/* Everything up to a date is final: the end of a table closes all. */
struct mw_command_settle { mw_date through; bool final; }; /* final: no more will come, so a model may be born from less than 26 weeks */
/* The rules as loaded: the normal form that the alerts service reads, not the file. */
struct mw_command_rules { struct mw_span version, rules; };
struct mw_matcher { struct mw_span name, op, value; }; /* op: = or != */
struct mw_command_silence {
    struct mw_span silence, comment;
    const struct mw_matcher *matchers; size_t n_matchers;
    int64_t starts_at, ends_at;
};
struct mw_command_acknowledge { struct mw_span alert, comment; };
struct mw_command_decide { struct mw_span decision, recommendation, choice, comment; const struct mw_amount *spend; size_t n_spend; };
struct mw_command_scenario { struct mw_span scenario, question; };
struct mw_command {
    struct mw_span id, tenant, by; /* by: a role or account name */
    int kind;                      /* enum mw_command_kind */
    const struct mw_command_settle *settle;
    const struct mw_command_rules *rules;
    const struct mw_command_silence *silence;
    const struct mw_command_acknowledge *acknowledge;
    const struct mw_command_decide *decide;
    const struct mw_command_scenario *scenario;
};

/* ---- the journal: mw.fact.v1 ------------------------------------------------------------------------------ */

enum mw_fact_kind { MW_FACT_TENANT, MW_FACT_CELL, MW_FACT_BIRTH, MW_FACT_CLOSE, MW_FACT_TEST, MW_FACT_COMMAND };
enum mw_cell_kind { MW_CELL_SPEND, MW_CELL_OUTCOME, MW_CELL_FACTOR };

/* A cell has a new value. `total` is the sum over all cells of (date, name), `geo_total` over those of its geo:
 * so a reader of the journal needs no cells of its own. */
struct mw_fact_cell {
    int cell;                                         /* enum mw_cell_kind */
    struct mw_span name, source, campaign, geo;       /* name: channel, outcome or factor */
    mw_date date;                                     /* first day of its period */
    double value, total, geo_total;
    int64_t observed_at;
    bool closed;                                      /* the period was closed before: a restatement */
};
/* A model is born: scales are frozen here and never move. */
struct mw_fact_birth { int64_t version; struct mw_span outcome; mw_date first, frozen_to; struct mw_tenant_scales scales; };
/* A period is closed: its row enters the model. `quality` 0..100 per input, definitions.md. */
struct mw_quality { struct mw_span input; double completeness, consistency, recency, score; bool quarantined; };
struct mw_fact_close { mw_date from, to; int64_t periods; const struct mw_quality *quality; size_t n_quality; };

struct mw_fact {
    int64_t n;               /* 1, 2, 3, ... per tenant: the identity of a fact */
    struct mw_span tenant, journal; /* journal: id of the journal, set by its first fact */
    int64_t time;            /* ingest's clock when it wrote the fact */
    int kind;                /* enum mw_fact_kind */
    const struct mw_tenant *config; /* variant "tenant" on the wire is named config */
    const struct mw_fact_cell *cell;
    const struct mw_fact_birth *birth;
    const struct mw_fact_close *close;
    const struct mw_test *test;
    const struct mw_command *command;
};

struct mw_deadletter {
    struct mw_span topic, tenant, id, reason, detail, pointer; /* reason: machine-readable; pointer: JSON pointer of the fault */
    int64_t partition, offset, time;
    struct mw_span record; /* whole, as text; base64 when it is not UTF-8 (then encoding says so) */
    struct mw_span encoding;
};

/* ---- estimates -------------------------------------------------------------------------------------------- */

enum mw_publication { MW_LATEST, MW_PUBLISHED };
struct mw_model_state { int64_t version, seed, particles, rows; };
struct mw_parameters { struct mw_quantiles log_roi, logit_alpha, log_kappa, log_n; };
struct mw_mroas { double mean, sd, q05, q50, q95, p_below_floor, floor; struct mw_span reason; };
struct mw_curve { const double *spend, *q05, *q50, *q95; size_t n_spend, n_q05, n_q50, n_q95; }; /* spend and response per period */
struct mw_estimate_channel {
    struct mw_span channel;
    struct mw_parameters parameters;
    struct mw_posterior contribution, share, roi; /* over the rows of the model; share of the outcome */
    struct mw_mroas mroas;
    struct mw_posterior saturation;               /* spend per period where mROAS meets the floor */
    struct mw_posterior saturation_technical;     /* 90 % of the asymptote */
    struct mw_posterior inflection;
    struct mw_posterior wasted_spend;             /* per period, beyond saturation */
    double spend, spend_recent;                   /* over the rows; mean per period of the last 28 days */
    struct mw_curve curve;
    int evidence;                                 /* enum mw_evidence */
    double prior_share;                           /* posterior sd / prior sd of log ROI: 1 means the prior is talking */
    struct mw_span verdict;                       /* "identified", "weak", "prior" */
};
struct mw_fit { double r2, residual_autocorrelation, rho, sigma; };
struct mw_health { double ess, acceptance; int64_t unique_ancestors, moves, stages; };
struct mw_forecast_point { mw_date date; double mean, q05, q50, q95; };
struct mw_scored { mw_date date; double actual, forecast, q05, q95, crps, pit; };
struct mw_accuracy { /* the last 4 settled weeks */
    int64_t weeks; double wmape_pct, mape_pct, bias_pct, coverage, coverage_p, crps;
};
struct mw_data_state { mw_date settled_to; int64_t age_days; double quality; };
struct mw_estimate {
    struct mw_span tenant, outcome, currency;
    mw_date as_of;
    int kind; /* enum mw_publication */
    int64_t n, rev;
    struct mw_model_state model;
    const struct mw_estimate_channel *channels; size_t n_channels;
    struct mw_posterior baseline, media_share, wasted_spend_pct, roi;
    struct mw_fit fit;
    struct mw_health health;
    const struct mw_forecast_point *forecast; size_t n_forecast;
    const struct mw_scored *scored; size_t n_scored; /* forecasts whose outcome this update brought */
    const struct mw_accuracy *accuracy;
    struct mw_data_state data;
};

/* ---- allocation ------------------------------------------------------------------------------------------- */

struct mw_allocation_channel { struct mw_span channel; double current, optimal, lower, upper, mroas_current, mroas_optimal; };
struct mw_move_channel { struct mw_span channel; double from, to; };
struct mw_allocation_move {
    struct mw_span name;  /* conservative, moderate, aggressive */
    double step;          /* largest share of the budget that moves: 0.05, 0.15, 0.30 */
    const struct mw_move_channel *channels; size_t n_channels;
    struct mw_posterior lift; /* per period, against current */
    double p_loss, moved; /* moved: share of the budget that does move */
    struct mw_span text;
};
struct mw_bes { double mean, q05, q50, q95, p_below_floor, floor; };
struct mw_allocation {
    struct mw_span tenant, outcome, currency, period; /* "day", "week" */
    mw_date as_of;
    int kind;
    int64_t n, rev;
    double total; /* per period */
    const struct mw_allocation_channel *channels; size_t n_channels;
    struct mw_posterior expected_current, expected_optimal, lift; /* media-driven outcome per period */
    double p_loss, p_material, materiality; /* P(optimum gains > materiality x media-driven outcome) */
    struct mw_bes efficiency;          /* budget efficiency score */
    struct mw_posterior capture_pct;   /* response capture */
    const struct mw_allocation_move *moves; size_t n_moves;
    double bound, gap_pct;             /* proven upper bound of the expected outcome; distance of the optimum from it */
    mw_date valid_until;
    int evidence;
    struct mw_data_state data;
    struct mw_model_state model;
};

/* ---- experiments ------------------------------------------------------------------------------------------ */

enum mw_experiment_state { MW_EXPERIMENT_WAITING, MW_EXPERIMENT_RUNNING, MW_EXPERIMENT_SIGNIFICANT, MW_EXPERIMENT_HARM, MW_EXPERIMENT_ENDED, MW_EXPERIMENT_INVALID };
struct mw_effect_estimate { double mean, se, lower, upper; }; /* bounds: anytime-valid at 1 - alpha */
struct mw_experiment {
    struct mw_span tenant, test, channel, method, reason;
    mw_date as_of, start, planned_end;
    int64_t n, rev, day; /* day of the test, 1 .. */
    int state;           /* enum mw_experiment_state */
    struct mw_effect_estimate effect;     /* per treated geo and day */
    struct mw_effect_estimate increment;  /* all treated geos, whole test so far */
    struct mw_effect_estimate lift_pct;
    struct mw_effect_estimate iroas;
    double log_e, p_anytime, t, information, information_planned, noise_q, phi, alpha, threshold_log_e;
    const struct mw_amount *weights; size_t n_weights; /* of the donors */
    mw_date weights_from, weights_to, noise_from, noise_to;
    const struct mw_amount *estimators; size_t n_estimators; /* other estimators' effect, for the spread */
    bool significant;
};

/* ---- metrics, ticks, alerts ------------------------------------------------------------------------------- */

enum mw_metric_kind { MW_METRIC_POINTS, MW_METRIC_TICK, MW_METRIC_COMMAND };
struct mw_point {
    struct mw_span metric, unit, reason; /* reason: why the value is missing */
    const struct mw_label *labels; size_t n_labels;
    double value, lower, upper, probability, threshold;
    double money, money_lower, money_upper; /* at stake, per week */
    int evidence;
    struct mw_span action; /* a sentence: what to do */
};
/* A point without any number yet: what is not said is NaN, not 0. */
struct mw_point mw_point_of(const char *metric, const char *unit);
/* Everything that one update says, in one record, so a rule over two metrics never sees half of it. */
struct mw_metric_points {
    struct mw_span service;
    mw_date as_of;
    int64_t n, period_days; /* the length of a closed period: 1 or 7 */
    const struct mw_point *points; size_t n_points;
};
struct mw_metric_tick { int64_t time; };
struct mw_metric {
    struct mw_span tenant;
    int64_t time;
    int kind;
    const struct mw_metric_points *points;
    const struct mw_metric_tick *tick;
    const struct mw_command *command;
};

enum mw_alert_state { MW_ALERT_INACTIVE, MW_ALERT_PENDING, MW_ALERT_FIRING, MW_ALERT_RECOVERING, MW_ALERT_RESOLVED, MW_ALERT_NODATA, MW_ALERT_SILENCED, MW_ALERT_EXPIRED };
struct mw_alert_money { double per_week, lower, upper; struct mw_span currency; };
struct mw_alert {
    struct mw_span tenant, alert, key, rule, rule_version; /* alert: id of this incident; key: tenant/rule/labels */
    const struct mw_label *labels; size_t n_labels;
    int state;      /* enum mw_alert_state */
    int severity;   /* enum mw_severity */
    int64_t rev;    /* 1, 2, 3, .. per key */
    int64_t since, time, expires_at;
    struct mw_span headline, action, cause, owner, runbook, metric, unit;
    double value, lower, upper, probability, threshold;
    int64_t evaluations; /* in a row that held the condition */
    mw_date as_of;
    const struct mw_alert_money *money;
    int evidence;
    bool acknowledged;
    struct mw_span silenced_by;
    int64_t fired_90_days;
};

/* ---- filled by later services, declared so that their topics and schemas are agreed -------------------------- */

struct mw_decision { struct mw_span tenant, decision, recommendation, choice, by, comment; int64_t n, rev, time; mw_date as_of; const struct mw_amount *spend; size_t n_spend; struct mw_posterior predicted; };
struct mw_scenario { struct mw_span tenant, scenario, question, answer, currency; int64_t n, rev; mw_date as_of, valid_until; const struct mw_move_channel *channels; size_t n_channels; struct mw_posterior outcome, profit; double p_loss; bool extrapolated; int evidence; };
struct mw_notification { struct mw_span tenant, notification, receiver, group, alert, outcome, detail; int64_t time, attempt; int state; };

extern const struct mw_type mw_type_tenant, mw_type_spend, mw_type_outcome, mw_type_factor, mw_type_test, mw_type_command,
    mw_type_clock, mw_type_fact, mw_type_deadletter, mw_type_estimate, mw_type_allocation, mw_type_experiment,
    mw_type_metric, mw_type_alert, mw_type_decision, mw_type_scenario, mw_type_notification;

/* All of them in the order of the flow; NULL-terminated. */
extern const struct mw_type *const mw_types[];
/* NULL when there is no such topic. */
const struct mw_type *mw_type_of(struct mw_span topic);
