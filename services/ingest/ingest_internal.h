/* ingest_internal.h: the state of ingest and what its parts owe each other.
 *   ingest_core.c    tenants, dispatch, snapshots
 *   ingest_events.c  checks of one raw event; cells and facts
 *   ingest_guard.c   what must be said while a day is open
 *   ingest_close.c   the calendar: ticks, closing of periods, birth of models, data quality */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "ingest_cells.h"
#include "mw_ingest_core.h"
#include "mw_messages.h"

enum {
    INGEST_BIRTH_DAYS = 26 * 7,
    INGEST_NEW_CHANNEL_DAYS = 8 * 7,
    INGEST_QUALITY_DAYS = 28,
    INGEST_IDS_MAX = 100000
};
/* Of the models behind us: rows that one holds, what its population is a multiple of, and its own columns
 * (intercept, trend, three yearly pairs, six weekdays). */
enum { INGEST_ROWS_MAX = 1500, INGEST_PARTICLES_STEP = 16, INGEST_BASELINE_COLUMNS = 14 };

/* What is known of a feed, beyond its cells: definitions.md, data-quality score. */
struct ingest_input {
    int32_t kind; /* enum mw_cell_kind */
    uint32_t name;
    mw_date first, newest;  /* periods */
    double checked, failed; /* consistency checks, fading with INGEST_QUALITY_DAYS */
    double usual;           /* spend of a day that has some, over the last 28 closed days */
    mw_date usual_for;      /* as of this open_from */
    double surge;           /* the open day's spend as a multiple of it */
};

struct ingest_tenant {
    struct mw_span name;
    struct mw_arena arena; /* of config and birth; renewed when either changes */
    const struct mw_tenant *config;
    const struct mw_fact_birth *birth; /* NULL before a model is born */
    struct mw_tz tz;
    char journal[37];
    int64_t n;                        /* of the newest fact */
    int64_t now_us;                   /* MW_TIME_NONE before the first tick */
    mw_date today;                    /* local date of now_us, as of the last quality report */
    int32_t week_start;               /* -1 until the first date */
    mw_date first, newest, open_from; /* periods; MW_DATE_NONE before any cell */
    bool final;
    struct cells cells;
    struct ingest_input *inputs;
    size_t n_inputs, inputs_capacity;
};

struct ingest_core {
    struct ingest_tenant **tenants; /* bytewise by name */
    size_t n_tenants, tenants_capacity;
    int64_t now_us; /* of the partition; MW_TIME_NONE before the first tick */
};

/* One step's context: who, what, where to. */
struct ingest_step {
    struct ingest_core *core;
    struct ingest_tenant *tenant;
    const struct mw_message *in;
    struct mw_effects *out;
};

/* ---- ingest_core.c ---- */
/* Writes the record whole to the dead letters; MW_OK, because being refused is an outcome of the record. */
MW_MUST_USE enum mw_status ingest_reject(const struct ingest_step *step, const char *reason,
                                         const char *pointer, struct mw_error *err, const char *fmt, ...)
    MW_PRINTF(5, 6);
/* Numbers a fact and emits it; `fact` names kind and variant, the rest is filled in. */
MW_MUST_USE enum mw_status ingest_emit_fact(const struct ingest_step *step, const struct mw_fact *fact,
                                            struct mw_error *err);
MW_MUST_USE enum mw_status ingest_emit_metric(const struct ingest_step *step, const struct mw_metric *metric,
                                              struct mw_error *err);
/* Copies into the effects' arena; NULL when memory is out. */
MW_MUST_USE void *ingest_put(const struct ingest_step *step, const void *body, size_t n_bytes);

/* A copy whose texts live in the effects' arena too; NULL when memory is out. */
MW_MUST_USE const struct mw_fact_birth *ingest_put_birth(const struct ingest_step *step,
                                                         const struct mw_fact_birth *birth);
/* Keeps a copy of a new birth beside the configuration; texts borrowed from the configuration end here. */
MW_MUST_USE enum mw_status ingest_keep_birth(struct ingest_tenant *tenant, const struct mw_fact_birth *birth,
                                             struct mw_error *err);

/* A point of a metric without any number yet. */
struct mw_point ingest_point(const char *metric, const char *unit);

/* ---- ingest_guard.c ---- */
/* Compares the spend of an open period with what the channel usually spends; metric spend_surge. */
MW_MUST_USE enum mw_status ingest_guard_spend(const struct ingest_step *step, uint32_t name, mw_date period,
                                              double total, struct mw_error *err);

/* ---- ingest_events.c ---- */
MW_MUST_USE enum mw_status ingest_spend(const struct ingest_step *step, struct mw_error *err);
MW_MUST_USE enum mw_status ingest_outcome(const struct ingest_step *step, struct mw_error *err);
MW_MUST_USE enum mw_status ingest_factor(const struct ingest_step *step, struct mw_error *err);
MW_MUST_USE enum mw_status ingest_test(const struct ingest_step *step, struct mw_error *err);
MW_MUST_USE enum mw_status ingest_command(const struct ingest_step *step, struct mw_error *err);

/* ---- ingest_close.c ---- */
int32_t ingest_period_days(const struct ingest_tenant *tenant);
/* The first day of the period that a date falls in. */
mw_date ingest_period_of(const struct ingest_tenant *tenant, mw_date date);
MW_MUST_USE enum mw_status ingest_clock(const struct ingest_step *step, struct mw_error *err);
/* Closes all periods up to the one that holds `through`, as far as data has been seen. */
MW_MUST_USE enum mw_status ingest_close_through(const struct ingest_step *step, mw_date through,
                                                struct mw_error *err);
/* A model is born, or born again with another version when a channel or the configuration is new. */
MW_MUST_USE enum mw_status ingest_give_birth(const struct ingest_step *step, struct mw_error *err);
/* NULL when the feed has not come yet. */
struct ingest_input *ingest_input_of(struct ingest_tenant *tenant, int32_t kind, uint32_t name);
/* Notes that a feed delivered for a period and how many of its checks failed. */
MW_MUST_USE enum mw_status ingest_note_input(struct ingest_tenant *tenant, int32_t kind, uint32_t name,
                                             mw_date period, double checked, double failed,
                                             struct mw_error *err);
