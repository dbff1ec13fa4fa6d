// SPDX-License-Identifier: Apache-2.0
/* Each folder of tests/golden/alerts is a story about the shipped rules: timeline.txt in, expected.txt out,
 * why.md. MW_GOLDEN_UPDATE=1 rewrites expected.txt; the difference is then reviewed. */
#include "mw_timeline.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#define CASES MW_SOURCE_DIR "/tests/golden/alerts"

static char *slurp(const char *folder, const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof path, CASES "/%s/%s", folder, name);
    return mw_timeline_slurp(path);
}

static void rewrite(const char *folder, const char *text)
{
    char path[512];
    (void)snprintf(path, sizeof path, CASES "/%s/expected.txt", folder);
    FILE *file = fopen(path, "wb");
    cr_assert(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0, "%s cannot be written", path);
}

static void expect_case(const char *folder)
{
    char *timeline = slurp(folder, "timeline.txt"), *expected = slurp(folder, "expected.txt"),
         *why = slurp(folder, "why.md");
    cr_assert(timeline != NULL && why != NULL, "%s lacks timeline.txt or why.md", folder);
    for (int restarts = 0; restarts < 2; restarts++) {
        char *got = mw_timeline_run(&(struct mw_timeline){.headlines = true, .restart_each = restarts == 1},
                                    timeline);
        if (getenv("MW_GOLDEN_UPDATE") != NULL) {
            rewrite(folder, got);
        } else {
            cr_expect(expected != NULL && strcmp(got, expected) == 0,
                      "%s, restarts %d\n--- got\n%s--- expected\n%s", folder, restarts, got,
                      expected == NULL ? "(nothing)" : expected);
        }
        free(got);
    }
    free(timeline);
    free(expected);
    free(why);
}

Test(alerts_golden, each_timeline_gives_its_transitions)
{
    DIR *cases = opendir(CASES);
    cr_assert(cases != NULL);
    size_t n = 0;
    for (const struct dirent *entry = readdir(cases); entry != NULL; entry = readdir(cases)) {
        if (entry->d_name[0] != '.') {
            expect_case(entry->d_name);
            n++;
        }
    }
    (void)closedir(cases);
    cr_expect(n >= 8, "only %zu cases were found", n);
}
