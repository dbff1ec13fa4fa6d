/* mw_report_page.h: what the parts of the page share. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_html.h"
#include "mw_report_internal.h"

#define N_OF(array) (sizeof(array) / sizeof(array)[0])

struct mw_page {
    const struct mw_report_findings *findings;
    struct mw_writer *out;
    bool has_charts;
};

struct mw_page_figure {
    const char *chart; /* name of its specification */
    const char *label; /* what it shows, for those who do not see it */
    const char *caption;
};

void mw_page_section(const struct mw_page *page, const char *id, const char *title);
void mw_page_section_end(const struct mw_page *page);
/* Nothing on a page without charts. */
void mw_page_figure(const struct mw_page *page, const struct mw_page_figure *figure);

/* mw_report_raised.c: alerts, and tests when there are any. */
void mw_page_put_alerts(const struct mw_page *page);
void mw_page_put_tests(const struct mw_page *page);
