/* mw_metrics.h: what a process counts, declared with name, help and unit, written as Prometheus text (0.0.4).
 *
 * A meter is declared once and then moved by pointer, without a look-up and without allocation. (The numbers
 * that rules look at travel as mw.metric.v1; these here are for whoever runs the service.) */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_bytes.h"
#include "mw_span.h"
#include "mw_status.h"

enum mw_meter_kind { MW_METER_COUNTER, MW_METER_GAUGE, MW_METER_HISTOGRAM };
enum { MW_METERS_MAX = 512, MW_METER_BUCKETS_MAX = 24, MW_METER_LABELS_MAX = 4 };

struct mw_meter_label {
    const char *name, *value;
};

struct mw_meter_declaration {
    const char *name; /* "mw_bus_commits_total": mw_, what, unit; counters end in _total */
    const char *help;
    const char *unit; /* "seconds", "bytes", "1" */
    enum mw_meter_kind kind;
    struct mw_meter_label labels[MW_METER_LABELS_MAX]; /* ends at the first without a name */
    const double *bounds; /* histogram: rising upper bounds of the buckets, without +Inf */
    size_t n_bounds;
};

struct mw_meter;
struct mw_metrics;

MW_MUST_USE enum mw_status mw_metrics_open(struct mw_metrics **out, struct mw_error *err);
void mw_metrics_close(struct mw_metrics **metrics);
/* The same name and labels give the same meter again. MW_E_CONTRACT for a bad name, bad bounds, or the same
 * name with another kind, help or unit; MW_E_FULL; MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_metrics_declare(struct mw_metrics *metrics,
                                              const struct mw_meter_declaration *what, struct mw_meter **out,
                                              struct mw_error *err);

/* A NULL meter is allowed in all three. Counters take no negative and no NaN (mw_invariant). */
void mw_meter_add(struct mw_meter *meter, double x);
void mw_meter_set(struct mw_meter *meter, double x);     /* gauge */
void mw_meter_observe(struct mw_meter *meter, double x); /* histogram */
double mw_meter_value(const struct mw_meter *meter); /* counter, gauge; histogram: number of observations */

/* Bounds from `from` times `factor`, n of them: 1 ms to 8 s is mw_meter_bounds(0.001, 2, 14, bounds). */
void mw_meter_bounds(double from, double factor, size_t n, double bounds[]);

/* All meters in the order of declaration, one HELP and TYPE line per name. */
void mw_metrics_write(const struct mw_metrics *metrics, struct mw_writer *out);
