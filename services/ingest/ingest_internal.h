/* ingest_internal.h: the state of ingest and what its parts owe each other.
 *   ingest_core.c     effects, dispatch, life
 *   ingest_tenant.c   what a configuration may say and may change
 *   ingest_events.c   checks of one raw event; cells and facts
 *   ingest_checks.c  consistency checks of one event
 *   ingest_guard.c    what must be said while a day is open
 *   ingest_close.c    the calendar: ticks, closing of periods
 *   ingest_birth.c    scales are frozen, a model is born
 *   ingest_quality.c  how good each feed is
 *   ingest_state.c    snapshots */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "ingest_cells.h"
#include "ingest_ids.h"
#include "mw_ingest_core.h"
#include "mw_messages.h"
#include "mw_shape.h"
#include "mw_tenants.h"

enum {
    INGEST_BIRTH_DAYS = 26 * 7,
    INGEST_NEW_CHANNEL_DAYS = 8 * 7,
    INGEST_QUALITY_DAYS = 28,
    INGEST_CPM_KEPT = 28,
    INGEST_DELTA_DAYS = 35,
    INGEST_DELTAS_MAX = 1000000, /* ids of deltas that are held: 50 MB */
    INGEST_ASKED_MAX = 20000     /* ids of tests and commands: at 20 a day, three years */
};
/* Of the models behind us: rows that one holds, what its population is a multiple of, and its own columns
 * (intercept, trend, three yearly pairs, six weekdays). */
enum { INGEST_ROWS_MAX = 1500, INGEST_PARTICLES_STEP = 16, INGEST_BASELINE_COLUMNS = 14 };

/* Larger values are no measurements; sums and squares of all that fit stay finite, and JSON can say them. */
#define INGEST_VALUE_MAX 1e15

/* What is known of a feed, beyond its cells: definitions.md, data-quality score. */
struct ingest_input {
    int32_t kind; /* enum mw_cell_kind */
    uint32_t name;
    mw_date first, newest;       /* periods */
    double checked, failed;      /* consistency checks, fading with INGEST_QUALITY_DAYS */
    double cpm[INGEST_CPM_KEPT]; /* log cost per impression of the last events that have both, in a ring */
    uint32_t n_cpm;              /* ever seen */
    double usual;                /* spend of a day that has some, over the last 28 closed days */
    mw_date usual_for;           /* as of this open_from */
    double surge;                /* the open day's spend as a multiple of it */
};

struct ingest_tenant {
    struct mw_span name;   /* first: mw_tenants finds it by that */
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
    mw_date deltas_from; /* ids of deltas are held from this date on, and no older one is taken */
    bool final;
    struct cells cells;
    struct ingest_ids deltas, asked; /* asked: tests and commands */
    struct ingest_input *inputs;
    size_t n_inputs, inputs_capacity;
};

struct ingest_core {
    struct mw_tenants tenants; /* struct ingest_tenant */
    int64_t now_us;            /* of the partition; MW_TIME_NONE before the first tick */
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
/* The tenant's time; before its first tick the record's own, as far as a record may say it. */
int64_t ingest_now_us(const struct ingest_step *step);

/* ---- ingest_tenant.c ---- */
MW_MUST_USE enum mw_status ingest_tenant_open(struct ingest_tenant **out, struct mw_error *err);
void ingest_tenant_close(struct ingest_tenant *tenant);
/* A tenant's configuration: its first one, another one, or the same again, which is no news. */
MW_MUST_USE enum mw_status ingest_config(struct ingest_step *step, struct mw_error *err);
/* MW_E_DATA for a rule that is none; no rule is UTC. */
MW_MUST_USE enum mw_status ingest_read_tz(const struct mw_tenant *config, struct mw_tz *out);
bool ingest_is_channel(const struct mw_tenant *config, struct mw_span name);
bool ingest_is_factor(const struct mw_tenant *config, struct mw_span name);
const struct mw_shape *ingest_birth_shape(void);
/* Keeps a copy of a new birth beside the configuration; texts borrowed from the configuration end here. */
MW_MUST_USE enum mw_status ingest_keep_birth(struct ingest_tenant *tenant, const struct mw_fact_birth *birth,
                                             struct mw_error *err);

/* ---- ingest_checks.c ---- */
/* How many of the consistency checks of definitions.md applied to an event, and how many failed. */
struct ingest_checks {
    double checked, failed;
};
/* Within one spend event, and its cost per impression against the feed's last ones, among which it then is. `input`
 * may be NULL: the feed's first event. */
void ingest_check_spend(const struct mw_spend *spend, struct ingest_input *input, struct ingest_checks *out);
/* Settled spend that moves by more than half is outside what a restatement usually is. (Open periods grow, and an
 * outcome that is put right after a broken feed must not be held against it.) */
void ingest_check_restated(double before, double value, struct ingest_checks *out);

/* ---- ingest_events.c ---- */
MW_MUST_USE enum mw_status ingest_spend(const struct ingest_step *step, struct mw_error *err);
MW_MUST_USE enum mw_status ingest_outcome(const struct ingest_step *step, struct mw_error *err);
MW_MUST_USE enum mw_status ingest_factor(const struct ingest_step *step, struct mw_error *err);
MW_MUST_USE enum mw_status ingest_test(const struct ingest_step *step, struct mw_error *err);
MW_MUST_USE enum mw_status ingest_command(const struct ingest_step *step, struct mw_error *err);

/* ---- ingest_guard.c ---- */
/* Compares the spend of an open period with what the channel usually spends; metric spend_surge. */
MW_MUST_USE enum mw_status ingest_guard_spend(const struct ingest_step *step, uint32_t name, mw_date period,
                                              double total, struct mw_error *err);

/* ---- ingest_close.c ---- */
int32_t ingest_period_days(const struct ingest_tenant *tenant);
/* The first day of the period that a date falls in. */
mw_date ingest_period_of(const struct ingest_tenant *tenant, mw_date date);
/* Days until spend and outcome of a day have settled. */
int32_t ingest_settle_days(const struct mw_tenant *config);
MW_MUST_USE enum mw_status ingest_clock(const struct ingest_step *step, struct mw_error *err);
/* Closes all periods up to the one that holds `through`, as far as data has been seen. */
MW_MUST_USE enum mw_status ingest_close_through(const struct ingest_step *step, mw_date through,
                                                struct mw_error *err);

/* ---- ingest_birth.c ---- */
/* Is there enough for a first model, or for one more channel or control? */
bool ingest_is_birth_due(const struct ingest_tenant *tenant);
/* A model is born, or born again with another version when a channel or the configuration is new. */
MW_MUST_USE enum mw_status ingest_give_birth(const struct ingest_step *step, struct mw_error *err);

/* ---- ingest_quality.c ---- */
/* NULL when the feed has not come yet. */
struct ingest_input *ingest_input_of(const struct ingest_tenant *tenant, int32_t kind, uint32_t name);
/* Notes that a feed delivered for a period and how many of its checks failed. */
MW_MUST_USE enum mw_status ingest_note_input(struct ingest_tenant *tenant, int32_t kind, uint32_t name,
                                             mw_date period, double checked, double failed,
                                             struct mw_error *err);
/* The quality of every input, in the order in which they first came, in the effects' arena; NULL when memory is
 * out. */
MW_MUST_USE const struct mw_quality *ingest_rate_inputs(const struct ingest_step *step);
MW_MUST_USE enum mw_status ingest_report_quality(const struct ingest_step *step, struct mw_error *err);
/* Checks that failed long ago weigh less. */
void ingest_fade_checks(struct ingest_tenant *tenant, int32_t n_days);

/* ---- ingest_state.c ---- */
MW_MUST_USE enum mw_status ingest_save(const void *self, struct mw_span name, struct mw_writer *out,
                                       struct mw_error *err);
MW_MUST_USE enum mw_status ingest_load(void *self, struct mw_span name, struct mw_reader *in,
                                       struct mw_error *err);
void ingest_forget(void *self, struct mw_span name);
