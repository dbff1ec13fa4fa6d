// SPDX-License-Identifier: Apache-2.0
/* What was raised: alerts and tests. */
#include "mw_report_page.h"

enum { ENDED_SHOWN = 8 };

struct rows {
    const struct mw_report_incident **items;
    size_t n;
};

static void put_day(struct mw_writer *out, int64_t time_us)
{
    char text[32];
    mw_time_format(time_us, text);
    mw_html_put(out, "<td>%.10s</td>", text);
}

static void put_incident_row(const struct mw_page *page, const struct mw_report_incident *incident)
{
    struct mw_writer *out = page->out;
    mw_html_put(out,
                "<tr><th scope=\"row\" class=\"keep\"><i class=\"key %s\"></i>%s</th><td class=\"text\">",
                mw_report_severity(incident->severity), mw_report_severity(incident->severity));
    mw_html_text(out, incident->headline);
    mw_html_put(out, "<small>");
    mw_html_text(out, incident->action);
    mw_html_put(out, "</small></td>");
    put_day(out, incident->since_us);
    if (incident->until_us == MW_TIME_NONE) {
        mw_html_put(out, "<td>%s</td></tr>\n", incident->is_silenced ? "silenced" : "open");
    } else {
        put_day(out, incident->until_us);
        mw_html_put(out, "</tr>\n");
    }
}

static void put_incidents(const struct mw_page *page, const char *caption, struct rows rows)
{
    static const char *const heads[] = {"Severity", "What", "Since", "Until"};
    const struct mw_html_table table = {
        .caption = caption, .heads = heads, .n_heads = N_OF(heads), .n_texts = 2};
    mw_html_table_begin(page->out, &table);
    for (size_t i = 0; i < rows.n; i++) {
        put_incident_row(page, rows.items[i]);
    }
    mw_html_table_end(page->out);
}

/* The newest first. */
static struct rows rows_of(const struct mw_report_findings *findings, bool is_open,
                           const struct mw_report_incident **items)
{
    struct rows rows = {items, 0};
    for (size_t i = findings->n_incidents; i > 0; i--) {
        const struct mw_report_incident *incident = &findings->incidents[i - 1];
        if ((incident->until_us == MW_TIME_NONE) == is_open) {
            items[rows.n++] = incident;
        }
    }
    return rows;
}

/* Years of history raise hundreds; what is over and old folds away. */
static void put_ended(const struct mw_page *page, struct rows ended)
{
    const size_t n_shown = ended.n < ENDED_SHOWN ? ended.n : ENDED_SHOWN;
    const struct rows shown = {ended.items, n_shown}, rest = {ended.items + n_shown, ended.n - n_shown};
    if (shown.n > 0) {
        put_incidents(page, "Over, the newest first", shown);
    }
    if (rest.n > 0) {
        mw_html_put(page->out, "<details><summary>%zu earlier ones</summary>\n", rest.n);
        put_incidents(page, "Earlier", rest);
        mw_html_put(page->out, "</details>\n");
    }
}

void mw_page_put_alerts(const struct mw_page *page)
{
    const struct mw_report_findings *findings = page->findings;
    mw_page_section(page, "alerts", "Alerts");
    mw_page_figure(page, &(struct mw_page_figure){
                             "alerts", "Alerts over time",
                             "<i class=\"key info\"></i>info <i class=\"key warning\"></i>warning "
                             "<i class=\"key error\"></i>error <i class=\"key critical\"></i>critical"});
    const struct rows open = rows_of(findings, true, findings->incident_rows);
    const struct rows ended = rows_of(findings, false, findings->incident_rows + open.n);
    if (open.n > 0) {
        put_incidents(page, "Open, the newest first", open);
    } else {
        mw_html_put(page->out, "<p>%s.</p>\n",
                    findings->n_incidents == 0 ? "None was raised" : "None is open");
    }
    put_ended(page, ended);
    mw_page_section_end(page);
}

static void put_test_row(const struct mw_page *page, const struct mw_experiment *test)
{
    static const char *const states[] = {[MW_EXPERIMENT_WAITING] = "waiting",
                                         [MW_EXPERIMENT_RUNNING] = "running",
                                         [MW_EXPERIMENT_SIGNIFICANT] = "significant",
                                         [MW_EXPERIMENT_HARM] = "harmful",
                                         [MW_EXPERIMENT_ENDED] = "ended",
                                         [MW_EXPERIMENT_INVALID] = "invalid"};
    struct mw_writer *out = page->out;
    mw_html_row_head(out, test->test);
    mw_html_cell_text(out, test->channel);
    mw_html_put(out, "<td class=\"text\">%s<small>day %lld</small></td>", states[test->state],
                (long long)test->day);
    mw_html_cell_interval(out, mw_format_fixed(test->lift_pct.mean, 1).s,
                          mw_format_range_fixed(test->lift_pct.lower, test->lift_pct.upper, 1).s);
    mw_html_cell_interval(out, mw_format_estimate(test->iroas.mean).s,
                          mw_format_range(test->iroas.lower, test->iroas.upper).s);
    mw_html_cell(out, mw_format_fixed(test->p_anytime, 4).s);
    mw_html_put(out, "</tr>\n");
}

void mw_page_put_tests(const struct mw_page *page)
{
    static const char *const heads[] = {"Test", "Channel", "State", "Lift, %", "iROAS", "p, valid any day"};
    const struct mw_html_table table = {.caption = "Ranges hold whenever one looks, not only on the last day",
                                        .heads = heads,
                                        .n_heads = N_OF(heads),
                                        .n_texts = 3};
    if (page->findings->n_experiments == 0) {
        return;
    }
    mw_page_section(page, "tests", "Tests");
    mw_html_table_begin(page->out, &table);
    for (size_t i = 0; i < page->findings->n_experiments; i++) {
        put_test_row(page, page->findings->experiments[i]);
    }
    mw_html_table_end(page->out);
    mw_page_section_end(page);
}
