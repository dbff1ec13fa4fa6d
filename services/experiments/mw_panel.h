/* mw_panel.h: what one tenant's geos did, period by period: the outcome, and the spend of each channel.
 *
 * A measure is MW_PANEL_OUTCOME or mw_panel_channel(). A series is one measure in one geo; it holds
 * consecutive periods from its first date on, NaN where nothing was reported. Memory is bounded by the limits
 * below; what does not fit is refused and counted, never squeezed in by forgetting another series. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_messages.h"
#include "mw_names.h"

enum {
    MW_PANEL_OUTCOME = 0,
    MW_PANEL_PERIODS_MAX = 1500,   /* of one series: the oldest leave first */
    MW_PANEL_VALUES_MAX = 2000000, /* of one tenant: 16 MB */
};

struct mw_panel_series {
    uint32_t measure, geo;
    mw_date first; /* of value[0] */
    size_t n, capacity;
    double *value;
};

struct mw_panel {
    int32_t period_days;
    struct mw_names geos, channels;
    struct mw_panel_series *series; /* in the order of their first report */
    size_t n_series, capacity;
    struct mw_index index;
    size_t n_values; /* allocated over all series */
    size_t values_max;
    uint64_t n_refused; /* reports that did not fit */
};

/* period_days: 1 or 7. values_max 0: MW_PANEL_VALUES_MAX. */
void mw_panel_init(struct mw_panel *panel, int32_t period_days, size_t values_max);
void mw_panel_fini(struct mw_panel *panel);

/* The measure of a channel's spend, new or known. MW_E_FULL beyond MW_CHANNELS_MAX; MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_panel_channel(struct mw_panel *panel, struct mw_span channel, uint32_t *measure,
                                            struct mw_error *err);
/* The same for a channel that must be known: MW_INDEX_NONE when it never reported. */
uint32_t mw_panel_measure(const struct mw_panel *panel, struct mw_span channel);

/* Sets one value. A date before the kept ones is ignored, for nothing that runs can need it.
 * MW_E_FULL at a limit (counted in n_refused); MW_E_DATA for a date off the tenant's grid; MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_panel_put(struct mw_panel *panel, uint32_t measure, struct mw_span geo,
                                        mw_date date, double value, struct mw_error *err);

/* NULL when the geo never reported the measure. Borrowed until the next put. */
const struct mw_panel_series *mw_panel_find(const struct mw_panel *panel, uint32_t measure, uint32_t geo);
/* NaN outside the series and where nothing was reported; also for a NULL series. */
double mw_panel_at(const struct mw_panel *panel, const struct mw_panel_series *series, mw_date date);

void mw_panel_save(const struct mw_panel *panel, struct mw_writer *out);
/* Into a panel that was never used. MW_E_DATA, MW_E_MEMORY; the panel may then only be finished. */
MW_MUST_USE enum mw_status mw_panel_load(struct mw_panel *panel, struct mw_reader *in, struct mw_error *err);
