// SPDX-License-Identifier: Apache-2.0
#include "reference_case.h"
#include "mw_math.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MAX = 40, LINE_MAX_BYTES = 4096, ROWS_MAX = 1500 };

struct table {
    char header[LINE_MAX_BYTES];
    char *column[COLUMNS_MAX];
    size_t n_columns, n_rows;
    char *line[ROWS_MAX];
    char *cell[ROWS_MAX][COLUMNS_MAX];
};

static const char *shared_folder(void)
{
    const char *folder = getenv("MW_SHARED");
    return folder != NULL ? folder : MW_SOURCE_DIR "/../shared";
}

/* These tables have no commas inside quotes. */
static size_t split(char *line, char *cell[COLUMNS_MAX])
{
    size_t n = 0;
    for (char *at = line; at != NULL && n < COLUMNS_MAX; n++) {
        cell[n] = at[0] == '"' ? at + 1 : at;
        at = strchr(at, ',');
        if (at != NULL) {
            *at++ = 0;
        }
        cell[n][strcspn(cell[n], "\"\r\n")] = 0;
    }
    return n;
}

static struct table *table_open(const char *path)
{
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return NULL;
    }
    struct table *table = calloc(1, sizeof *table);
    char line[LINE_MAX_BYTES];
    if (fgets(table->header, sizeof table->header, file) != NULL) {
        table->n_columns = split(table->header, table->column);
    }
    while (table->n_rows < ROWS_MAX && fgets(line, sizeof line, file) != NULL) {
        table->line[table->n_rows] = strdup(line);
        split(table->line[table->n_rows], table->cell[table->n_rows]);
        table->n_rows++;
    }
    fclose(file);
    return table;
}

static void table_close(struct table *table)
{
    for (size_t t = 0; t < table->n_rows; t++) {
        free(table->line[t]);
    }
    free(table);
}

static const char *cell(const struct table *table, size_t t, const char *column)
{
    for (size_t k = 0; k < table->n_columns; k++) {
        if (strcmp(table->column[k], column) == 0) {
            return table->cell[t][k];
        }
    }
    fprintf(stderr, "no column %s\n", column);
    abort();
}

static double number(const struct table *table, size_t t, const char *column)
{
    return strtod(cell(table, t, column), NULL);
}

static double outcome_of(const struct table *table, size_t t, const json_t *columns)
{
    if (json_is_string(columns)) {
        return number(table, t, json_string_value(columns));
    }
    double product = 1.0;
    for (size_t i = 0; i < json_array_size(columns); i++) {
        product *= number(table, t, json_string_value(json_array_get(columns, i)));
    }
    return product;
}

static void read_channels(struct reference_case *c, const json_t *spec)
{
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(spec, "channels"), name, value)
    {
        const bool is_brand = strcmp(json_string_value(json_object_get(value, "kind")), "brand") == 0;
        struct mw_model_channel *channel = &c->channels[c->spec.n_channels++];
        *channel =
            mw_model_channel_default(mw_span(name), json_number_value(json_object_get(value, "m")), is_brand);
        channel->log_roi.mean = json_number_value(json_object_get(value, "log_roi_mean"));
        channel->log_n.mean = mw_log(1.2);
    }
    json_object_foreach(json_object_get(spec, "controls"), name, value)
    {
        c->controls[c->spec.n_controls++] =
            (struct mw_model_control){.name = mw_span(name),
                                      .mean = json_number_value(json_object_get(value, "mean")),
                                      .sd = json_number_value(json_object_get(value, "sd"))};
    }
    json_object_foreach(json_object_get(spec, "events"), name, value)
    {
        c->events[c->spec.n_events++] = mw_span(name);
    }
}

static void read_spec(struct reference_case *c, const json_t *spec)
{
    c->spec = mw_model_spec_default();
    c->spec.tenant = mw_span(c->name);
    c->spec.grid = strcmp(json_string_value(json_object_get(spec, "frequency")), "daily") == 0
                       ? MW_MODEL_DAILY
                       : MW_MODEL_WEEKLY;
    struct mw_error err = {0};
    if (mw_date_parse(mw_span(json_string_value(json_object_get(spec, "first_date"))), &c->spec.first,
                      &err) != MW_OK) {
        abort();
    }
    c->spec.s_y = json_number_value(json_object_get(spec, "s_y"));
    c->spec.rho = 0.0;
    read_channels(c, spec);
    c->spec.channels = c->channels;
    c->spec.controls = c->controls;
    c->spec.events = c->events;
    c->n_rows = (size_t)json_integer_value(json_object_get(spec, "rows_used"));
}

static void read_rows(struct reference_case *c, const struct table *table, const json_t *spec)
{
    const size_t n = c->n_rows, n_channels = c->spec.n_channels;
    const size_t n_controls = c->spec.n_controls, n_events = c->spec.n_events;

    c->spend = calloc(n * n_channels, sizeof(double));
    c->control = calloc(n * n_controls + 1, sizeof(double));
    c->event = calloc(n * n_events + 1, sizeof(double));
    c->outcome = calloc(n, sizeof(double));
    for (size_t t = 0; t < n; t++) {
        for (size_t k = 0; k < n_channels; k++) {
            c->spend[t * n_channels + k] = number(table, t, c->channels[k].name.data);
        }
        for (size_t k = 0; k < n_controls; k++) {
            c->control[t * n_controls + k] = number(table, t, c->controls[k].name.data);
        }
        for (size_t k = 0; k < n_events; k++) {
            const char *text = cell(table, t, c->events[k].data);
            c->event[t * n_events + k] = strcmp(text, "0") != 0 && strcmp(text, "na") != 0;
        }
        c->outcome[t] = outcome_of(table, t, json_object_get(spec, "outcome"));
    }
}

/* The changes that the "-restated" cases describe in words. */
struct restatement {
    const char *name, *channel; /* channel NULL: the outcome */
    size_t from, to;
    double factor;
};
static const struct restatement restatements[] = {
    {"robyn-simulated-weekly-restated", "facebook_S", 150, 160, 0.8},
    {"robyn-simulated-weekly-restated", NULL, 155, 160, 1.03},
    {"simulated-daily-restated", "tv", 500, 560, 0.8},
    {"simulated-daily-restated", "search", 300, 400, 1.15},
    {"simulated-daily-restated", NULL, 620, 680, 1.06},
};

static void restate(struct reference_case *c)
{
    const size_t n_channels = c->spec.n_channels;
    c->outcome_final = calloc(c->n_rows, sizeof(double));
    c->spend_final = calloc(c->n_rows * n_channels, sizeof(double));
    memcpy(c->outcome_final, c->outcome, c->n_rows * sizeof(double));
    memcpy(c->spend_final, c->spend, c->n_rows * n_channels * sizeof(double));
    for (size_t i = 0; i < sizeof restatements / sizeof restatements[0]; i++) {
        const struct restatement *change = &restatements[i];
        for (size_t t = change->from; strcmp(c->name, change->name) == 0 && t <= change->to; t++) {
            if (change->channel == NULL) {
                c->outcome_final[t] *= change->factor;
            }
            for (size_t k = 0; k < n_channels; k++) {
                const bool is_it =
                    change->channel != NULL && mw_span_is(c->channels[k].name, change->channel);
                c->spend_final[t * n_channels + k] *= is_it ? change->factor : 1.0;
            }
        }
    }
}

struct reference_case *reference_case_open(const char *name)
{
    char path[1024];
    struct reference_case *c = calloc(1, sizeof *c);

    snprintf(c->name, sizeof c->name, "%s", name);
    snprintf(path, sizeof path, "%s/reference/nuts/%s.json", shared_folder(), name);
    c->root = json_load_file(path, 0, NULL);
    const json_t *spec = json_object_get(c->root, "spec");
    snprintf(path, sizeof path, "%s/data/%s", shared_folder(),
             spec == NULL ? "" : json_string_value(json_object_get(spec, "file")));
    struct table *table = spec == NULL ? NULL : table_open(path);
    if (table == NULL) {
        reference_case_close(&c);
        return NULL;
    }
    read_spec(c, spec);
    read_rows(c, table, spec);
    table_close(table);
    restate(c);
    return c;
}

void reference_case_close(struct reference_case **c)
{
    if (*c != NULL) {
        json_decref((*c)->root);
        free((*c)->spend);
        free((*c)->control);
        free((*c)->event);
        free((*c)->outcome);
        free((*c)->outcome_final);
        free((*c)->spend_final);
        free(*c);
        *c = NULL;
    }
}

struct mw_model_row reference_case_row(const struct reference_case *c, size_t t, bool final)
{
    const struct mw_model_spec *spec = &c->spec;
    return (struct mw_model_row){
        .date = spec->first + (mw_date)t * mw_model_spec_step_days(spec),
        .spend = (final ? c->spend_final : c->spend) + t * spec->n_channels,
        .controls = c->control + t * spec->n_controls,
        .events = c->event + t * spec->n_events,
        .outcome = (final ? c->outcome_final : c->outcome)[t],
    };
}

double reference_case_number(const struct reference_case *c, const char *section, const char *quantity,
                             size_t channel, const char *field)
{
    char key[160];
    snprintf(key, sizeof key, "%s.%s", quantity, c->channels[channel].name.data);
    const json_t *value = json_object_get(json_object_get(json_object_get(c->root, section), key), field);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}
