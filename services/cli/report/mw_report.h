/* mw_report.h: what a replay found out, for people: DIR/summary.csv for a spreadsheet and DIR/report.html to
 * look at.
 *
 * Input are the topic files of a replay in the same folder, one record's body per line: mw.estimate.v1.jsonl
 * (which must be there) and mw.allocation.v1.jsonl, mw.alert.v1.jsonl, mw.experiment.v1.jsonl (which may be
 * missing). The same files give the same bytes: nothing is asked of a clock or a network.
 *
 * The page is one file that needs nothing else, also offline and from file://. Every number in it carries its
 * unit, its interval, the age of its data and its grade of evidence. Charts are drawn in the reader's browser
 * by the chart library inside the page; without the library the page says so, and the tables, which are plain
 * HTML, say the same. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_span.h"
#include "mw_status.h"

struct mw_report_request {
    const char *dir;
    struct mw_span tenant;        /* empty: that of the first estimate */
    struct mw_span chart_library; /* JavaScript that defines chart_library; empty: tables only */
};

struct mw_report_info {
    size_t n_estimates, n_allocations, n_alerts, n_experiments; /* records read, of this tenant */
    size_t n_other_tenants;                                     /* records of others, left out */
    size_t html_bytes, csv_bytes;
};

/* The library that was found when this program was built, or an empty span. */
struct mw_span mw_report_chart_library(void);

/* Each file is written beside its place and moved there when it is whole.
 * MW_E_IO: a file cannot be read or written. MW_E_DATA: no estimate of the tenant, or a record that its type
 * does not allow, named by file and line. MW_E_MEMORY. `info` may be NULL. */
MW_MUST_USE enum mw_status mw_report_write(const struct mw_report_request *request,
                                           struct mw_report_info *info, struct mw_error *err);
