/* The consistency checks that an event can fail by itself or against what its feed said before (definitions.md,
 * data-quality score). Left out is what nobody sends us: parents of children, invoices. */
// SPDX-License-Identifier: Apache-2.0
#include "ingest_internal.h"

#include "mw_math.h"

#include <math.h>

enum { CPM_LEAST = 14 };            /* fewer say too little of what is usual */
static const double cpm_z = 6;      /* definitions.md: robust z of CPM below 6 */
static const double cpm_mad = 0.05; /* a feed steadier than 5 % is not held to it */
static const double restated_by = 0.5;

static void sort(double *x, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        const double value = x[i];
        size_t at = i;
        for (; at > 0 && x[at - 1] > value; at--) {
            x[at] = x[at - 1];
        }
        x[at] = value;
    }
}

static double median(double *x, size_t n)
{
    sort(x, n);
    return n % 2 == 1 ? x[n / 2] : 0.5 * (x[n / 2 - 1] + x[n / 2]);
}

/* |x - median| in units of 1.4826 MAD, which is one standard deviation of a normal. */
static double robust_z(const double *sample, size_t n, double x)
{
    double sorted[INGEST_CPM_KEPT];
    memcpy(sorted, sample, n * sizeof *sorted);
    const double middle = median(sorted, n);
    for (size_t i = 0; i < n; i++) {
        sorted[i] = fabs(sample[i] - middle);
    }
    const double mad = median(sorted, n);
    return fabs(x - middle) / (1.4826 * (mad > cpm_mad ? mad : cpm_mad));
}

/* Cost per impression, in logs: it may double as easily as it may halve. */
static void check_cpm(double log_cpm, struct ingest_input *input, struct ingest_checks *out)
{
    const size_t n = input->n_cpm < INGEST_CPM_KEPT ? input->n_cpm : INGEST_CPM_KEPT;
    if (n >= CPM_LEAST) {
        out->checked += 1;
        out->failed += !(robust_z(input->cpm, n, log_cpm) < cpm_z);
    }
    input->cpm[input->n_cpm % INGEST_CPM_KEPT] = log_cpm;
    input->n_cpm = input->n_cpm + 1 == UINT32_MAX ? INGEST_CPM_KEPT : input->n_cpm + 1;
}

void ingest_check_spend(const struct mw_spend *spend, struct ingest_input *input, struct ingest_checks *out)
{
    if (!isnan(spend->clicks) && !isnan(spend->impressions)) {
        out->checked += 1;
        out->failed += spend->clicks > spend->impressions;
    }
    if (!isnan(spend->impressions)) {
        out->checked += 1;
        out->failed += spend->spend > 0 && spend->impressions == 0;
    }
    if (input != NULL && spend->spend > 0 && spend->impressions > 0) {
        check_cpm(mw_log(spend->spend) - mw_log(spend->impressions), input, out);
    }
}

void ingest_check_restated(double before, double value, struct ingest_checks *out)
{
    out->checked += 1;
    out->failed += fabs(value - before) > restated_by * fabs(before);
}
