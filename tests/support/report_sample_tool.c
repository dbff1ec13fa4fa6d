// SPDX-License-Identifier: Apache-2.0
/* report_sample_tool DIR: the sample's topic files and the report made of them, to be looked at in a browser. */
#include "mw_report.h"
#include "report_sample.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    struct mw_error err = {0};
    if (argc != 2) {
        (void)fprintf(stderr, "usage: report_sample_tool DIR\n");
        return 2;
    }
    const struct mw_report_request request = {.dir = argv[1], .chart_library = mw_report_chart_library()};
    report_sample_write(&report_sample_full, argv[1]);
    if (mw_report_write(&request, NULL, &err) != MW_OK) {
        (void)fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    return 0;
}
