// SPDX-License-Identifier: Apache-2.0
#include "bench_figure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void bench_print(const struct bench_figure *figure)
{
    (void)printf("{\"name\":\"%s\",\"value\":%.6g,\"unit\":\"%s\"", figure->name, figure->value,
                 figure->unit);
    if (figure->anchor != NULL) {
        (void)printf(",\"anchor\":\"%s\",\"anchor_value\":%.6g,\"ratio\":%.3g", figure->anchor,
                     figure->anchor_value, figure->value / figure->anchor_value);
    }
    if (figure->limit > 0) {
        (void)printf(",\"limit\":%.6g,\"within\":%s", figure->limit,
                     figure->value <= figure->limit ? "true" : "false");
    }
    (void)printf("}\n");
    (void)fflush(stdout);
}

void bench_check(enum mw_status status, const struct mw_error *err)
{
    if (status != MW_OK) {
        (void)fprintf(stderr, "bench: %s\n", err->text);
        exit(1);
    }
}

static double seconds_of(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double bench_wall_seconds(void)
{
    return seconds_of(CLOCK_MONOTONIC);
}

double bench_cpu_seconds(void)
{
    return seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_quantile(double *values, size_t n, double q)
{
    qsort(values, n, sizeof *values, by_value);
    const size_t rank = (size_t)ceil(q * (double)n);
    return values[rank > 0 ? rank - 1 : 0];
}
