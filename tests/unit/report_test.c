// SPDX-License-Identifier: Apache-2.0
#include "mw_report.h"
#include "report_sample.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64];

static void make_dir(void)
{
    (void)snprintf(dir, sizeof dir, "/tmp/mw-report-XXXXXX");
    cr_assert_not_null(mkdtemp(dir));
}

static const char *const names[] = {"mw.estimate.v1.jsonl", "mw.allocation.v1.jsonl",
                                    "mw.alert.v1.jsonl",    "mw.experiment.v1.jsonl",
                                    "summary.csv",          "report.html",
                                    ".report.html.new",     ".summary.csv.new"};

static void remove_dir(void)
{
    char path[128];
    (void)chmod(dir, 0700);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        (void)unlink(path);
        (void)rmdir(path);
    }
    (void)rmdir(dir);
}

TestSuite(report, .init = make_dir, .fini = remove_dir);

static char *read_back(const char *name)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file, "%s", path);
    cr_assert_eq(fseek(file, 0, SEEK_END), 0);
    const long size = ftell(file);
    char *text = calloc(1, (size_t)size + 1);
    rewind(file);
    cr_assert_eq(fread(text, 1, (size_t)size, file), (size_t)size);
    (void)fclose(file);
    return text;
}

static enum mw_status write_report(struct mw_span library, struct mw_report_info *info, struct mw_error *err)
{
    const struct mw_report_request request = {.dir = dir, .chart_library = library};
    return mw_report_write(&request, info, err);
}

static void append(const char *name, const char *text)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "a");
    cr_assert(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void expect_has(const char *text, const char *part)
{
    cr_expect(strstr(text, part) != NULL, "missing: %s", part);
}

static void expect_lacks(const char *text, const char *part)
{
    cr_expect(strstr(text, part) == NULL, "unwanted: %s", part);
}

static const struct mw_span some_library = {"const chart_library = {};", 25};

Test(report, the_budget_sentence_comes_before_every_table)
{
    report_sample_write(&report_sample_full, dir);
    cr_assert_eq(write_report(some_library, NULL, NULL), MW_OK);
    char *html = read_back("report.html");
    const char *sentence = strstr(html, "Move 3,740&nbsp;USD a week from tv (2,720) and out-of-home (1,020) "
                                        "to search (3,470) and social (267): "
                                        "<strong>+7,400</strong> (1,300..13,500) revenue a week");
    cr_assert_not_null(sentence);
    cr_expect(sentence < strstr(html, "<table>"));
    expect_has(html, "P(loss) 6 %");
    expect_has(html, "Evidence: test-adjacent");
    expect_has(html, "Data settled to <b>2025-01-05</b>, 0 days old");
    free(html);
}

Test(report, a_move_that_loses_too_often_is_not_put_first)
{
    struct report_sample sample = report_sample_full;
    sample.no_sound_move = true;
    report_sample_write(&sample, dir);
    cr_assert_eq(write_report(some_library, NULL, NULL), MW_OK);
    char *html = read_back("report.html");
    expect_has(html, "Leave the budget where it is");
    expect_has(html, "40 %"); /* the moves stay in the table */
    free(html);
}

Test(report, the_summary_has_a_row_per_channel_and_empty_fields_for_what_is_not_known)
{
    report_sample_write(&report_sample_full, dir);
    cr_assert_eq(write_report(some_library, NULL, NULL), MW_OK);
    char *csv = read_back("summary.csv");
    size_t n_lines = 0;
    for (const char *p = csv; *p != '\0'; p++) {
        n_lines += *p == '\n';
    }
    cr_expect_eq(n_lines, 6);
    expect_has(csv, "\r\ndemo,revenue,USD,week,2025-01-05,0,search,900000,3150000,");
    expect_has(csv, ",test-calibrated,0.4,identified\r\n");
    expect_has(csv, ",podcast,0,,,,,,,,,,,,,1,,,,,,,,0,0,observational,1,prior\r\n");
    expect_lacks(csv, ",nan");
    free(csv);
}

Test(report, the_same_files_give_the_same_bytes)
{
    report_sample_write(&report_sample_full, dir);
    cr_assert_eq(write_report(mw_report_chart_library(), NULL, NULL), MW_OK);
    char *html = read_back("report.html"), *csv = read_back("summary.csv");
    cr_assert_eq(write_report(mw_report_chart_library(), NULL, NULL), MW_OK);
    char *html2 = read_back("report.html"), *csv2 = read_back("summary.csv");
    cr_expect_str_eq(html, html2);
    cr_expect_str_eq(csv, csv2);
    free(html);
    free(html2);
    free(csv);
    free(csv2);
}

Test(report, the_page_asks_nothing_of_a_network)
{
    report_sample_write(&report_sample_full, dir);
    cr_assert_eq(write_report(some_library, NULL, NULL), MW_OK);
    char *html = read_back("report.html");
    expect_lacks(html, " src=");
    expect_lacks(html, "<link");
    expect_lacks(html, "@import");
    expect_lacks(html, "url(");
    expect_lacks(html, "http");
    free(html);
}

Test(report, without_the_library_the_page_says_so_and_the_tables_are_there)
{
    struct mw_report_info info;
    report_sample_write(&report_sample_full, dir);
    cr_assert_eq(write_report((struct mw_span){0}, &info, NULL), MW_OK);
    char *html = read_back("report.html");
    expect_has(html, "There are no charts in this page");
    expect_has(html, "libjs-vega");
    expect_has(html, "test-calibrated");
    expect_lacks(html, "<script");
    expect_lacks(html, "<figure");
    cr_expect(info.html_bytes < 40000, "%zu bytes", info.html_bytes);
    free(html);
}

Test(report, a_text_from_outside_cannot_become_markup_or_end_the_script)
{
    struct report_sample sample = report_sample_full;
    sample.headline = "</script><img src=x onerror=\"a()\"> & 'so'";
    report_sample_write(&sample, dir);
    cr_assert_eq(write_report(some_library, NULL, NULL), MW_OK);
    char *html = read_back("report.html");
    expect_has(html, "&lt;/script&gt;&lt;img src=x onerror=&quot;a()&quot;&gt; &amp; &#39;so&#39;");
    expect_has(html, "\\u003c/script>\\u003cimg");
    expect_lacks(html, "<img");
    free(html);
}

Test(report, an_alert_lasts_from_its_firing_to_its_end_and_pending_ones_are_none)
{
    struct mw_report_info info;
    report_sample_write(&report_sample_full, dir);
    cr_assert_eq(write_report(some_library, &info, NULL), MW_OK);
    char *html = read_back("report.html");
    cr_expect_eq(info.n_alerts, 7);
    expect_has(html, "<td>2023-10-16</td><td>2023-11-27</td>");
    expect_has(html, "<td>2024-09-16</td><td>open</td>");
    expect_lacks(html, "<td>2023-12-25");
    free(html);
}

Test(report, a_young_history_has_a_report_too)
{
    const struct report_sample sample = {.n_weeks = 27,
                                         .tenant = "demo",
                                         .headline = "",
                                         .no_allocation = true,
                                         .no_alerts = true,
                                         .no_tests = true,
                                         .no_forecasts = true};
    struct mw_report_info info;
    report_sample_write(&sample, dir);
    cr_assert_eq(write_report(some_library, &info, NULL), MW_OK);
    char *html = read_back("report.html");
    cr_expect_eq(info.n_estimates, 1);
    expect_has(html, "No allocation yet");
    expect_has(html, "None was raised");
    expect_has(html, "No forecast has been scored yet");
    expect_lacks(html, "nan");
    free(html);
}

Test(report, other_tenants_are_left_out_and_counted)
{
    struct report_sample other = report_sample_full;
    struct mw_report_info info;
    other.tenant = "elsewhere";
    report_sample_write(&report_sample_full, dir);
    report_sample_write(&other, dir);
    cr_assert_eq(write_report(some_library, &info, NULL), MW_OK);
    char *html = read_back("report.html");
    cr_expect_eq(info.n_estimates, 78);
    cr_expect_eq(info.n_other_tenants, 78 + 78 + 7 + 2);
    expect_lacks(html, "elsewhere");
    free(html);
    const struct mw_report_request request = {
        .dir = dir, .tenant = mw_span("elsewhere"), .chart_library = some_library};
    cr_assert_eq(mw_report_write(&request, &info, NULL), MW_OK);
    cr_expect_eq(info.n_estimates, 78);
    html = read_back("report.html");
    expect_has(html, "What brings revenue to elsewhere");
    free(html);
}

Test(report, a_bad_record_is_named_by_file_and_line_and_nothing_is_written)
{
    struct mw_error err = {0};
    report_sample_write(&report_sample_full, dir);
    append("mw.allocation.v1.jsonl", "{\"tenant\":\"demo\"}\n");
    cr_expect_eq(write_report(some_library, NULL, &err), MW_E_DATA);
    expect_has(err.text, "mw.allocation.v1.jsonl:79: ");
    char path[128];
    (void)snprintf(path, sizeof path, "%s/report.html", dir);
    cr_expect_neq(access(path, F_OK), 0);
}

Test(report, without_estimates_there_is_no_report)
{
    struct mw_error err = {0};
    cr_expect_eq(write_report(some_library, NULL, &err), MW_E_IO);
    expect_has(err.text, "mw.estimate.v1.jsonl");
    append("mw.estimate.v1.jsonl", "\n");
    err = (struct mw_error){0};
    cr_expect_eq(write_report(some_library, NULL, &err), MW_E_DATA);
    expect_has(err.text, "too short");
}

Test(report, a_folder_that_cannot_be_written_to_is_an_error_and_leaves_the_old_page)
{
    struct mw_error err = {0};
    char path[128];
    report_sample_write(&report_sample_full, dir);
    (void)snprintf(path, sizeof path, "%s/report.html", dir);
    cr_assert_eq(mkdir(path, 0700), 0); /* root may write anywhere, but not over a folder */
    cr_expect_eq(write_report(some_library, NULL, &err), MW_E_IO);
    expect_has(err.text, "report.html");
    (void)snprintf(path, sizeof path, "%s/.report.html.new", dir);
    cr_expect_neq(access(path, F_OK), 0);
}

Test(report, no_memory_is_a_status)
{
    report_sample_write(&report_sample_full, dir);
    mw_arena_fail_after(3);
    cr_expect_eq(write_report(some_library, NULL, NULL), MW_E_MEMORY);
    mw_arena_fail_after(0);
    cr_expect_eq(write_report(some_library, NULL, NULL), MW_OK);
}
