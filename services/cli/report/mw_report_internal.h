/* mw_report_internal.h: what the parts of the report share: the findings, and how they are written.
 *
 *   topic files ──► mw_report_read ──► findings ──► mw_report_csv    summary.csv
 *                                               ├─► mw_report_json   what the charts draw, one object
 *                                               └─► mw_report_html   the page: sentences, tables, that object
 */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_arena.h"
#include "mw_bytes.h"
#include "mw_format.h"
#include "mw_messages.h"
#include "mw_report.h"

/* What the charts over time show of one published state of the model. */
struct mw_report_day {
    mw_date date;
    double ess_share, unique_share, acceptance; /* the first two of the particles */
    double wmape_pct, coverage;                 /* NaN while no forecast was scored */
};
struct mw_report_score {
    mw_date date;
    double middle, low, high; /* of the budget efficiency score */
};
/* An alert from its firing to its end. */
struct mw_report_incident {
    struct mw_span id, key, rule, headline, action;
    int severity;
    int64_t since_us, until_us; /* until: MW_TIME_NONE while it lasts */
    bool is_silenced;
};

struct mw_report_findings {
    struct mw_arena arena; /* of everything below but the vectors */
    struct mw_span tenant;
    const struct mw_estimate *estimate; /* the last */
    const struct mw_estimate_channel *const *by_contribution;
    const struct mw_allocation *allocation; /* the last, or NULL */
    struct mw_report_day *days;             /* these three by date, each date once: the last word counts */
    struct mw_report_score *scores;
    struct mw_scored *scored;
    struct mw_report_incident *incidents;            /* in the order of their first record */
    const struct mw_report_incident **incident_rows; /* room for all of them, for whoever sorts them */
    const struct mw_experiment **experiments;        /* the last record of each test, likewise */
    size_t n_days, n_scores, n_scored, n_incidents, n_experiments;
    size_t days_capacity, scores_capacity, scored_capacity, incidents_capacity, experiments_capacity;
    struct mw_report_info info;
};

MW_MUST_USE enum mw_status mw_report_read(const struct mw_report_request *request,
                                          struct mw_report_findings *out, struct mw_error *err);
/* Also after a failed read. */
void mw_report_findings_fini(struct mw_report_findings *findings);

/* Memory faults are kept by the writer. */
void mw_report_csv(const struct mw_report_findings *findings, struct mw_writer *out);
void mw_report_json(const struct mw_report_findings *findings, struct mw_writer *out);
void mw_report_html(const struct mw_report_findings *findings, struct mw_span chart_library,
                    struct mw_writer *out);

/* The i-th channel of the last estimate, by contribution, the largest first. */
const struct mw_estimate_channel *mw_report_channel(const struct mw_report_findings *findings, size_t i);
/* What the allocation gives a channel, or NULL. */
const struct mw_allocation_channel *mw_report_allocated(const struct mw_report_findings *findings,
                                                        struct mw_span channel);
/* "day" or "week": the length of a period of the model. */
const char *mw_report_period(const struct mw_report_findings *findings);
const char *mw_report_severity(int severity);
