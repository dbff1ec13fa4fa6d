// SPDX-License-Identifier: Apache-2.0
#include "mw_simulate_internal.h"

#include "mw_wire.h"
#include <errno.h>
#include <stdio.h>

enum { PATH_CHARS = 4096 };

/* A file that becomes visible under its name only when it is whole. */
struct output {
    FILE *file;
    char path[PATH_CHARS], part[PATH_CHARS + 8];
};

static enum mw_status fail_io(const struct output *o, const char *what, struct mw_error *err)
{
    return MW_FAIL(err, MW_E_IO, "%.300s: cannot be %s: %s", o->path, what, strerror(errno));
}

static enum mw_status output_open(struct output *o, const char *folder, const char *name,
                                  struct mw_error *err)
{
    const int n = snprintf(o->path, sizeof o->path, "%s/%s", folder, name);
    o->file = NULL;
    if (n < 0 || (size_t)n >= sizeof o->path) {
        return MW_FAIL(err, MW_E_IO, "the path of %s is too long", name);
    }
    (void)snprintf(o->part, sizeof o->part, "%s.part", o->path);
    o->file = fopen(o->part, "wb");
    return o->file == NULL ? fail_io(o, "written", err) : MW_OK;
}

/* Renames after a clean close, removes after a failure; gives the first failure. */
static enum mw_status output_close(struct output *o, enum mw_status status, struct mw_error *err)
{
    if (o->file == NULL) {
        return status;
    }
    const bool bad = ferror(o->file) != 0, closed = fclose(o->file) == 0;
    if (status == MW_OK && (bad || !closed)) {
        status = fail_io(o, "written", err);
    }
    if (status == MW_OK && rename(o->part, o->path) != 0) {
        status = fail_io(o, "renamed into place", err);
    }
    if (status != MW_OK) {
        (void)remove(o->part);
    }
    return status;
}

/* ---- table -------------------------------------------------------------------------------------------- */

static void write_header(FILE *file, const struct mw_source *source)
{
    (void)fprintf(file, "date%s,revenue", source->n_geos > 1 ? ",geo" : "");
    for (size_t c = 0; c < source->tenant->n_channels; c++) {
        (void)fprintf(file, ",%s", source->tenant->channels[c].channel.data);
    }
    (void)fprintf(file, ",price_index,holiday\n");
}

static void write_row(FILE *file, const struct mw_source *source, const struct mw_period *period,
                      size_t i_geo)
{
    char date[16];
    mw_date_format(period->date, date);
    (void)fprintf(file, "%s%s%s,%.2f", date, source->n_geos > 1 ? "," : "", source->geos[i_geo].data,
                  period->outcome[i_geo]);
    for (size_t c = 0; c < source->tenant->n_channels; c++) {
        (void)fprintf(file, ",%.2f", period->spend[c * source->n_geos + i_geo]);
    }
    (void)fprintf(file, ",%.2f,%d\n", period->factors[0], period->factors[1] > 0.5);
}

static enum mw_status write_table(struct mw_simulate *sim, int64_t n_periods, FILE *file,
                                  struct mw_error *err)
{
    struct mw_period period;
    (void)err;
    write_header(file, &sim->source);
    for (int64_t t = 0; t < n_periods; t++) {
        mw_simulate_next(sim, &period);
        for (size_t g = 0; g < sim->source.n_geos; g++) {
            write_row(file, &sim->source, &period, g);
        }
    }
    return MW_OK;
}

static enum mw_status write_tenant(struct mw_simulate *sim, int64_t n_periods, FILE *file,
                                   struct mw_error *err)
{
    struct mw_writer text = {0};
    (void)n_periods;
    const enum mw_status status = mw_encode(&mw_type_tenant, &sim->tenant, &text, err);
    (void)fwrite(text.data, 1, status == MW_OK ? text.len : 0, file);
    (void)fputc('\n', file);
    mw_writer_fini(&text);
    return status;
}

/* ---- events ------------------------------------------------------------------------------------------- */

static enum mw_status write_record(const struct mw_raw *record, struct mw_writer *line, FILE *file,
                                   struct mw_error *err)
{
    char time[32];
    if (record->type == NULL) {
        return MW_OK;
    }
    mw_writer_reset(line);
    MW_TRY(mw_encode(record->type, record->body, line, err));
    mw_time_format(record->time_us, time);
    (void)fprintf(file, "{\"topic\":\"%s\",\"id\":\"" MW_SPAN_FMT "\",\"time\":\"%s\",\"record\":%.*s}\n",
                  record->type->topic, MW_SPAN_ARG(record->id), time, (int)line->len, line->data);
    return MW_OK;
}

static enum mw_status write_period(struct mw_simulate *sim, bool final, struct mw_writer *line, FILE *file,
                                   struct mw_error *err)
{
    struct mw_raw record;
    struct mw_period period;
    if (mw_simulate_declaration(sim, sim->t, &record)) {
        MW_TRY(write_record(&record, line, file, err));
    }
    mw_simulate_next(sim, &period);
    for (size_t i = 0; i < mw_period_records(&sim->source); i++) {
        mw_period_record(&sim->source, &period, final, i, &record);
        MW_TRY(write_record(&record, line, file, err));
    }
    return MW_OK;
}

static enum mw_status write_events(struct mw_simulate *sim, int64_t n_periods, FILE *file,
                                   struct mw_error *err)
{
    struct mw_writer line = {0};
    struct mw_raw record;
    mw_tenant_record(&sim->source, sim->config.first, &record);
    enum mw_status status = write_record(&record, &line, file, err);
    for (int64_t t = 0; t < n_periods && status == MW_OK; t++) {
        status = write_period(sim, t + 1 == n_periods, &line, file, err);
    }
    mw_writer_fini(&line);
    return status;
}

/* ---- truth and all ------------------------------------------------------------------------------------ */

static enum mw_status write_truth(struct mw_simulate *sim, int64_t n_periods, FILE *file,
                                  struct mw_error *err)
{
    struct mw_writer text = {0};
    const enum mw_status status = mw_simulate_truth_json(sim, n_periods, &text, err);
    (void)fwrite(text.data, 1, status == MW_OK ? text.len : 0, file);
    mw_writer_fini(&text);
    return status;
}

typedef enum mw_status write_fn(struct mw_simulate *sim, int64_t n_periods, FILE *file, struct mw_error *err);

static enum mw_status write_file(struct mw_simulate *sim, int64_t n_periods, const char *folder,
                                 const char *name, write_fn *write, struct mw_error *err)
{
    struct output o;
    mw_simulate_seek(sim, 0);
    enum mw_status status = output_open(&o, folder, name, err);
    if (status == MW_OK) {
        status = write(sim, n_periods, o.file, err);
    }
    return output_close(&o, status, err);
}

static enum mw_status write_files(struct mw_simulate *sim, int64_t n_periods, unsigned forms,
                                  const char *folder, struct mw_error *err)
{
    if ((forms & MW_SIMULATE_TABLE) != 0) {
        MW_TRY(write_file(sim, n_periods, folder, "table.csv", write_table, err));
        MW_TRY(write_file(sim, n_periods, folder, "table.json", write_tenant, err));
    }
    if ((forms & MW_SIMULATE_EVENTS) != 0) {
        MW_TRY(write_file(sim, n_periods, folder, "events.jsonl", write_events, err));
    }
    return write_file(sim, n_periods, folder, "truth.json", write_truth, err);
}

enum mw_status mw_simulate_write(const struct mw_simulate_config *config, int64_t n_periods, unsigned forms,
                                 const char *folder, struct mw_error *err)
{
    struct mw_simulate *sim = NULL;
    if (n_periods < 1 || n_periods > MW_SIMULATE_PERIODS_MAX) {
        return MW_FAIL(err, MW_E_CONTRACT, "%lld periods: wanted 1 to %d", (long long)n_periods,
                       MW_SIMULATE_PERIODS_MAX);
    }
    MW_TRY(mw_simulate_open(config, &sim, err));
    const enum mw_status status = write_files(sim, n_periods, forms, folder, err);
    mw_simulate_close(&sim);
    return status;
}
