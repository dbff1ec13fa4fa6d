// SPDX-License-Identifier: Apache-2.0
#include "mw_report.h"

#include "mw_report_internal.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

static enum mw_status write_whole(const char *path, struct mw_span bytes, struct mw_error *err)
{
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        return MW_FAIL(err, MW_E_IO, "%s: %s", path, strerror(errno));
    }
    const bool written =
        fwrite(bytes.data, 1, bytes.len, file) == bytes.len && fflush(file) == 0 && fsync(fileno(file)) == 0;
    const int code = errno;
    if (fclose(file) != 0 || !written) {
        return MW_FAIL(err, MW_E_IO, "%s: %s; is the disk full?", path, strerror(written ? errno : code));
    }
    return MW_OK;
}

/* A reader of the folder sees the old file or the new one, never half of one. */
static enum mw_status replace_file(const char *dir, const char *name, const struct mw_writer *text,
                                   struct mw_error *err)
{
    char path[PATH_MAX], fresh[PATH_MAX];
    MW_TRY(mw_writer_status(text, err));
    if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path ||
        snprintf(fresh, sizeof fresh, "%s/.%s.new", dir, name) >= (int)sizeof fresh) {
        return MW_FAIL(err, MW_E_IO, "%.200s...: the path is too long", dir);
    }
    const enum mw_status status = write_whole(fresh, mw_writer_span(text), err);
    if (status != MW_OK) {
        (void)unlink(fresh);
        return status;
    }
    if (rename(fresh, path) != 0) {
        const int code = errno;
        (void)unlink(fresh);
        return MW_FAIL(err, MW_E_IO, "%s: %s", path, strerror(code));
    }
    return MW_OK;
}

static enum mw_status write_files(const struct mw_report_request *request,
                                  struct mw_report_findings *findings, struct mw_error *err)
{
    struct mw_writer csv = {0}, html = {0};
    mw_report_csv(findings, &csv);
    mw_report_html(findings, request->chart_library, &html);
    findings->info.csv_bytes = csv.len;
    findings->info.html_bytes = html.len;
    enum mw_status status = replace_file(request->dir, "summary.csv", &csv, err);
    if (status == MW_OK) {
        status = replace_file(request->dir, "report.html", &html, err);
    }
    mw_writer_fini(&csv);
    mw_writer_fini(&html);
    return status;
}

enum mw_status mw_report_write(const struct mw_report_request *request, struct mw_report_info *info,
                               struct mw_error *err)
{
    struct mw_report_findings findings;
    enum mw_status status = mw_report_read(request, &findings, err);
    if (status == MW_OK) {
        status = write_files(request, &findings, err);
    }
    if (status == MW_OK && info != NULL) {
        *info = findings.info;
    }
    mw_report_findings_fini(&findings);
    return status;
}
