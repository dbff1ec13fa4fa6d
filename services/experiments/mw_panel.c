// SPDX-License-Identifier: Apache-2.0
#include "mw_panel.h"

#include <math.h>
#include <stdlib.h>

struct series_key {
    uint32_t measure, geo;
};

static uint64_t key_hash(struct series_key key)
{
    return mw_span_hash((struct mw_span){(const char *)&key, sizeof key});
}

static bool series_has_key(const void *items, uint32_t i, const void *key)
{
    const struct mw_panel_series *series = (const struct mw_panel_series *)items + i;
    const struct series_key *want = key;
    return series->measure == want->measure && series->geo == want->geo;
}

void mw_panel_init(struct mw_panel *panel, int32_t period_days, size_t values_max)
{
    *panel = (struct mw_panel){.period_days = period_days,
                               .values_max = values_max == 0 ? MW_PANEL_VALUES_MAX : values_max};
}

void mw_panel_fini(struct mw_panel *panel)
{
    for (size_t i = 0; i < panel->n_series; i++) {
        free(panel->series[i].value);
    }
    free(panel->series);
    mw_index_fini(&panel->index);
    mw_names_fini(&panel->geos);
    mw_names_fini(&panel->channels);
    *panel = (struct mw_panel){0};
}

static enum mw_status refuse(struct mw_panel *panel, struct mw_error *err)
{
    panel->n_refused++;
    return MW_FAIL(err, MW_E_FULL,
                   "the panel of geos is full (%zu values, %d geos, %d channels): report fewer by geo",
                   panel->values_max, MW_GEOS_MAX, MW_CHANNELS_MAX);
}

enum mw_status mw_panel_channel(struct mw_panel *panel, struct mw_span channel, uint32_t *measure,
                                struct mw_error *err)
{
    if (panel->channels.n >= MW_CHANNELS_MAX && mw_names_find(&panel->channels, channel) == MW_INDEX_NONE) {
        return refuse(panel, err);
    }
    MW_TRY(mw_names_add(&panel->channels, channel, measure, err));
    *measure += 1; /* 0 is the outcome */
    return MW_OK;
}

uint32_t mw_panel_measure(const struct mw_panel *panel, struct mw_span channel)
{
    const uint32_t number = mw_names_find(&panel->channels, channel);
    return number == MW_INDEX_NONE ? MW_INDEX_NONE : number + 1;
}

static uint32_t find(const struct mw_panel *panel, struct series_key key)
{
    return mw_index_find(&panel->index, key_hash(key), series_has_key, panel->series, &key);
}

const struct mw_panel_series *mw_panel_find(const struct mw_panel *panel, uint32_t measure, uint32_t geo)
{
    const uint32_t i = find(panel, (struct series_key){measure, geo});
    return i == MW_INDEX_NONE ? NULL : &panel->series[i];
}

double mw_panel_at(const struct mw_panel *panel, const struct mw_panel_series *series, mw_date date)
{
    if (series == NULL || date < series->first || (date - series->first) % panel->period_days != 0) {
        return (double)NAN;
    }
    const size_t i = (size_t)((date - series->first) / panel->period_days);
    return i < series->n ? series->value[i] : (double)NAN;
}

static enum mw_status add_series(struct mw_panel *panel, struct series_key key, mw_date first,
                                 struct mw_panel_series **out, struct mw_error *err)
{
    void *items = panel->series;
    MW_TRY(mw_vector_grow(&items, panel->n_series, &panel->capacity, sizeof *panel->series, err));
    panel->series = items;
    MW_TRY(mw_index_add(&panel->index, key_hash(key), (uint32_t)panel->n_series, err));
    *out = &panel->series[panel->n_series++];
    **out = (struct mw_panel_series){.measure = key.measure, .geo = key.geo, .first = first};
    return MW_OK;
}

/* Room for n periods; grows by half so that a daily append is cheap and little is wasted. */
static enum mw_status reserve(struct mw_panel *panel, struct mw_panel_series *series, size_t n,
                              struct mw_error *err)
{
    if (n <= series->capacity) {
        return MW_OK;
    }
    const size_t capacity = n + n / 2 < 32 ? 32 : n + n / 2;
    if (panel->n_values + (capacity - series->capacity) > panel->values_max) {
        return refuse(panel, err);
    }
    double *value = realloc(series->value, capacity * sizeof *value);
    if (value == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for %zu periods of a geo", capacity);
    }
    panel->n_values += capacity - series->capacity;
    series->value = value;
    series->capacity = capacity;
    return MW_OK;
}

/* Moves the beginning n periods on, which may be past the last value. */
static void drop_oldest(struct mw_panel_series *series, size_t n, int32_t period_days)
{
    const size_t n_lost = n < series->n ? n : series->n;
    memmove(series->value, series->value + n_lost, (series->n - n_lost) * sizeof *series->value);
    series->n -= n_lost;
    series->first += (mw_date)n * period_days;
}

static void fill_missing(double *value, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        value[i] = (double)NAN;
    }
}

static enum mw_status extend_back(struct mw_panel *panel, struct mw_panel_series *series, size_t n,
                                  struct mw_error *err)
{
    MW_TRY(reserve(panel, series, series->n + n, err));
    memmove(series->value + n, series->value, series->n * sizeof *series->value);
    fill_missing(series->value, n);
    series->n += n;
    series->first -= (mw_date)n * panel->period_days;
    return MW_OK;
}

static enum mw_status extend_to(struct mw_panel *panel, struct mw_panel_series *series, size_t n,
                                struct mw_error *err)
{
    const size_t excess = n > MW_PANEL_PERIODS_MAX ? n - MW_PANEL_PERIODS_MAX : 0;
    n -= excess;
    MW_TRY(reserve(panel, series, n, err));
    drop_oldest(series, excess, panel->period_days);
    fill_missing(series->value + series->n, n - series->n);
    series->n = n;
    return MW_OK;
}

static enum mw_status put(struct mw_panel *panel, struct mw_panel_series *series, mw_date date, double value,
                          struct mw_error *err)
{
    const int64_t days = (int64_t)date - series->first, at = days / panel->period_days;
    if (days % panel->period_days != 0 || at > (int64_t)series->n + MW_PANEL_PERIODS_MAX) {
        char text[16];
        mw_date_format(date, text);
        return MW_FAIL(err, MW_E_DATA, "%s is not a period of this geo's calendar (every %d days)", text,
                       (int)panel->period_days);
    }
    if (at < 0 && series->n + (size_t)-at > MW_PANEL_PERIODS_MAX) {
        return MW_OK;
    }
    if (at < 0) {
        MW_TRY(extend_back(panel, series, (size_t)-at, err));
    } else if ((size_t)at >= series->n) {
        MW_TRY(extend_to(panel, series, (size_t)at + 1, err));
    }
    series->value[(date - series->first) / panel->period_days] = value;
    return MW_OK;
}

enum mw_status mw_panel_put(struct mw_panel *panel, uint32_t measure, struct mw_span geo, mw_date date,
                            double value, struct mw_error *err)
{
    struct series_key key = {.measure = measure};
    if (panel->geos.n >= MW_GEOS_MAX && mw_names_find(&panel->geos, geo) == MW_INDEX_NONE) {
        return refuse(panel, err);
    }
    MW_TRY(mw_names_add(&panel->geos, geo, &key.geo, err));
    const uint32_t known = find(panel, key);
    if (known != MW_INDEX_NONE) {
        return put(panel, &panel->series[known], date, value, err);
    }
    if (panel->n_values + 32 > panel->values_max) {
        return refuse(panel, err); /* before the series exists, so that a full panel does not grow at all */
    }
    struct mw_panel_series *series;
    MW_TRY(add_series(panel, key, date, &series, err));
    return put(panel, series, date, value, err);
}

void mw_panel_save(const struct mw_panel *panel, struct mw_writer *out)
{
    mw_write_i32(out, panel->period_days);
    mw_write_u64(out, panel->values_max);
    mw_write_u64(out, panel->n_refused);
    mw_names_save(&panel->geos, out);
    mw_names_save(&panel->channels, out);
    mw_write_u64(out, panel->n_series);
    for (size_t i = 0; i < panel->n_series; i++) {
        const struct mw_panel_series *series = &panel->series[i];
        mw_write_u32(out, series->measure);
        mw_write_u32(out, series->geo);
        mw_write_i32(out, series->first);
        mw_write_u64(out, series->capacity);
        mw_write_u64(out, series->n);
        mw_write_f64s(out, series->value, series->n);
    }
}

/* The capacity is restored as it was, so that the limit bites on the same value after a restart. */
static enum mw_status load_series(struct mw_panel *panel, struct mw_reader *in, struct mw_error *err)
{
    struct series_key key = {.measure = mw_read_u32(in)};
    key.geo = mw_read_u32(in);
    const mw_date first = mw_read_i32(in);
    const uint64_t capacity = mw_read_u64(in);
    const size_t n = mw_read_count(in, sizeof(double));
    if (in->failed || capacity > 2 * MW_PANEL_PERIODS_MAX || n > capacity) {
        in->failed = true;
        return mw_reader_status(in, err);
    }
    struct mw_panel_series *series;
    MW_TRY(add_series(panel, key, first, &series, err));
    series->value = malloc((size_t)capacity * sizeof *series->value);
    if (series->value == NULL && capacity > 0) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for %zu periods of a geo", (size_t)capacity);
    }
    series->capacity = (size_t)capacity;
    series->n = n;
    panel->n_values += series->capacity;
    mw_read_f64s(in, series->value, n);
    return mw_reader_status(in, err);
}

enum mw_status mw_panel_load(struct mw_panel *panel, struct mw_reader *in, struct mw_error *err)
{
    const int32_t period_days = mw_read_i32(in);
    const uint64_t values_max = mw_read_u64(in);
    mw_panel_init(panel, period_days, (size_t)values_max);
    panel->n_refused = mw_read_u64(in);
    if (period_days != 1 && period_days != 7) {
        in->failed = true;
    }
    MW_TRY(mw_reader_status(in, err));
    MW_TRY(mw_names_load(&panel->geos, in, err));
    MW_TRY(mw_names_load(&panel->channels, in, err));
    const size_t n_series = mw_read_count(in, 28);
    for (size_t i = 0; i < n_series; i++) {
        MW_TRY(load_series(panel, in, err));
    }
    return mw_reader_status(in, err);
}
