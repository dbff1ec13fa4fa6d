// SPDX-License-Identifier: Apache-2.0
#include "geo_table.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GEOS_MAX = 64, PERIODS_MAX = 256, FIELDS_MAX = 8 };

static FILE *open_shared(const char *path)
{
    char full[1024];
    const char *folder = getenv("MW_SHARED");
    if (folder != NULL) {
        (void)snprintf(full, sizeof full, "%s/data/%s", folder, path);
    } else {
        (void)snprintf(full, sizeof full, "%s/../shared/data/%s", MW_SOURCE_DIR, path);
    }
    return fopen(full, "r");
}

/* Splits in place; quotes around a field are taken off. */
static int split(char *line, char separator, char *field[FIELDS_MAX])
{
    int n = 0;
    line[strcspn(line, "\r\n")] = '\0';
    for (char *at = line; at != NULL && n < FIELDS_MAX; n++) {
        char *end = strchr(at, separator);
        if (end != NULL) {
            *end++ = '\0';
        }
        const size_t len = strlen(at);
        if (len >= 2 && at[0] == '"' && at[len - 1] == '"') {
            at[len - 1] = '\0';
            at++;
        }
        field[n] = at;
        at = end;
    }
    return n;
}

static size_t position(char *names, size_t width, size_t *n, size_t n_max, const char *name)
{
    for (size_t i = 0; i < *n; i++) {
        if (strcmp(names + i * width, name) == 0) {
            return i;
        }
    }
    if (*n < n_max && strlen(name) < width) {
        (void)snprintf(names + *n * width, width, "%s", name);
        return (*n)++;
    }
    return n_max;
}

/* Rows are kept wide while the number of periods is unknown. */
static bool read_rows(struct geo_table *table, FILE *file, struct geo_table_columns columns, double *wide)
{
    char line[512], *field[FIELDS_MAX];
    bool fits = fgets(line, sizeof line, file) != NULL;
    while (fits && fgets(line, sizeof line, file) != NULL) {
        const int n = split(line, columns.separator, field);
        if (n <= columns.geo || n <= columns.period || n <= columns.value) {
            continue;
        }
        const char *geo = columns.geo < 0 ? "all" : field[columns.geo];
        const size_t i = position(table->geo[0], sizeof table->geo[0], &table->n_geos, GEOS_MAX, geo);
        const size_t t = position(table->period[0], sizeof table->period[0], &table->n_periods, PERIODS_MAX,
                                  field[columns.period]);
        fits = i < GEOS_MAX && t < PERIODS_MAX;
        if (fits) {
            wide[i * PERIODS_MAX + t] = strtod(field[columns.value], NULL);
        }
    }
    return fits;
}

struct geo_table *geo_table_open(const char *path, struct geo_table_columns columns)
{
    FILE *file = open_shared(path);
    if (file == NULL) {
        return NULL;
    }
    struct geo_table *table = calloc(1, sizeof *table);
    double *wide = calloc(GEOS_MAX * PERIODS_MAX, sizeof *wide);
    if (table == NULL || wide == NULL || !read_rows(table, file, columns, wide)) {
        geo_table_close(&table);
    } else {
        table->y = calloc(table->n_geos * table->n_periods, sizeof *table->y);
        for (size_t i = 0; table->y != NULL && i < table->n_geos; i++) {
            memcpy(table->y + i * table->n_periods, wide + i * PERIODS_MAX, table->n_periods * sizeof *wide);
        }
    }
    free(wide);
    (void)fclose(file);
    return table;
}

void geo_table_close(struct geo_table **table)
{
    if (*table != NULL) {
        free((*table)->y);
        free(*table);
        *table = NULL;
    }
}

const double *geo_table_series(const struct geo_table *table, const char *geo)
{
    for (size_t i = 0; i < table->n_geos; i++) {
        if (strcmp(table->geo[i], geo) == 0) {
            return table->y + i * table->n_periods;
        }
    }
    (void)fprintf(stderr, "no place named %s\n", geo);
    abort();
}

double *geo_table_others(const struct geo_table *table, const char *const *but, size_t n_but, size_t *n,
                         const char **names)
{
    double *out = calloc(table->n_geos * table->n_periods, sizeof *out);
    *n = 0;
    for (size_t i = 0; out != NULL && i < table->n_geos; i++) {
        bool wanted = true;
        for (size_t k = 0; k < n_but; k++) {
            wanted = wanted && strcmp(table->geo[i], but[k]) != 0;
        }
        if (wanted) {
            names[*n] = table->geo[i];
            memcpy(out + (*n)++ * table->n_periods, table->y + i * table->n_periods,
                   table->n_periods * sizeof *out);
        }
    }
    return out;
}
