/* mw_timeline.h: alert tests as a story: a timeline in, transitions out (as promtool tests rules).
 *
 * One step a line; the tenant is "acme"; '#' starts a comment:
 *
 *   tick 2026-01-05T06:00:00Z                      the partition's clock
 *   own-tick 2026-01-05T06:00:00Z                  the tenant's own clock
 *   days 2026-01-04 | mroas{channel=tv} p=0.95 money=500 | channel_age_days{channel=tv} v=40
 *   weeks 2026-01-04 | ...                         a points record of a closed day or week
 *   now | data_age_days{input=crm} v=9             points that are not about a closed period
 *   silence S1 2026-01-05T00:00:00Z 2026-01-06T00:00:00Z channel=tv rule!=data_quality
 *   ack acme/mroas_below_floor/tv                  acknowledges the key's latest incident
 *   rules NAME                                     loads a rule file that the test gave by name
 *   restart                                        saves, closes, opens, loads
 *   fail ...                                       the step in the rest of the line is refused
 *
 * Point fields: v lower upper p threshold money money_lower money_upper, reason=text, action=text, unit=text
 * ('_' for a space); null is a value that is missing. Each record that leaves becomes a line:
 *
 *   2026-01-05T06:00 firing acme/mroas_below_floor/tv rev=2 n=3 [by=S1] [ack] : cause
 *
 * (by=INCIDENT where another alert keeps it quiet). Every record is encoded too: what the wire refuses fails
 * the run.
 */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_alerts_core.h"

struct mw_timeline_file {
    const char *name, *yaml;
};

struct mw_timeline {
    const char *rules;                    /* YAML that holds from the start; NULL: config/rules.yaml */
    const struct mw_timeline_file *files; /* for `rules NAME` */
    size_t n_files;
    size_t alerts_max, silences_max;
    bool restart_each; /* save, close, open and load before every step */
    bool headlines;    /* a second line: headline and action */
};

/* Runs the script and returns the transitions, or a line that says what went wrong. Freed by the caller. */
char *mw_timeline_run(const struct mw_timeline *timeline, const char *script);
/* The whole file, freed by the caller; NULL when it cannot be read. */
char *mw_timeline_slurp(const char *path);
