/* report_sample.h: topic files as a replay writes them, for a tenant that does not exist. Two years of weeks,
 * five channels, one of them never spent on; an alert that ended, one that lasts, a test. Made by formula, so
 * the same bytes every time. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_messages.h"

struct report_sample {
    size_t n_weeks; /* estimates; the first is that of week 26 */
    const char *tenant;
    const char *headline; /* of the alert that lasts */
    bool no_sound_move;   /* every move loses too often */
    bool no_allocation, no_alerts, no_tests, no_forecasts;
};
extern const struct report_sample report_sample_full;

/* Appends to the files of `dir`; a fault ends the test. */
void report_sample_write(const struct report_sample *sample, const char *dir);
