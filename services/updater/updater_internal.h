/* updater_internal.h: the state of the updater and what its parts owe each other.
 *   updater_core.c      tenants, facts, snapshots
 *   updater_learn.c     configuration and birth become a specification; rows enter the model
 *   updater_forecast.c  forecasts issued, kept and scored
 *   updater_advice.c    response curves to allocation, moves, efficiency
 *   updater_publish.c   the records that go out */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_messages.h"
#include "mw_model.h"
#include "mw_tenants.h"
#include "mw_updater_core.h"
#include "updater_forecast.h"
#include "updater_rows.h"

/* A closed cell that has changed since it entered the model. */
struct updater_dirty {
    mw_date date;
    uint32_t column;
};

struct updater_tenant {
    struct mw_span name;   /* first: mw_tenants.h */
    struct mw_arena arena; /* of config and birth; renewed when either changes */
    const struct mw_tenant *config;
    const struct mw_fact_birth *birth; /* NULL before a model is born */
    int64_t n;                         /* of the newest fact */
    mw_date closed_to;                 /* first day of the newest closed period; MW_DATE_NONE before one */
    int64_t now_us;
    mw_date held_from; /* the outcome's feed is in quarantine: rows from here on are gaps until it is not;
                          MW_DATE_NONE when it is trusted */
    struct updater_rows rows;
    struct updater_dirty *dirty;
    size_t n_dirty, dirty_capacity;
    double outcome_quality;
    struct mw_model *model; /* NULL before a model is born */
    struct updater_forecasts forecasts;
    int64_t estimate_rev[2], allocation_rev[2]; /* by enum mw_publication */
};

struct updater_core {
    struct mw_tenants tenants; /* of struct updater_tenant */
    struct mw_arena scratch;   /* of models: what a move needs and nobody keeps */
};

struct updater_step {
    struct updater_core *core;
    struct updater_tenant *tenant;
    const struct mw_message *in;
    struct mw_effects *out;
};

/* Columns of the rows: channels, controls, events, the outcome, in the order of the configuration. */
static inline size_t updater_n_columns(const struct mw_tenant *config)
{
    return config->n_channels + config->n_controls + config->n_events + 1;
}
static inline size_t updater_outcome_column(const struct mw_tenant *config)
{
    return updater_n_columns(config) - 1;
}
static inline int32_t updater_step_days(const struct mw_tenant *config)
{
    return config->grid == MW_GRID_WEEK ? 7 : 1;
}

static inline bool updater_is_held(const struct updater_tenant *tenant, mw_date date)
{
    return tenant->held_from != MW_DATE_NONE && date >= tenant->held_from;
}

/* ---- updater_learn.c ---- */
/* A model of the newest birth, fed with every closed row. Closes the one before. */
MW_MUST_USE enum mw_status updater_be_born(const struct updater_step *step, struct mw_error *err);
/* The row of a closed period enters the model, after the corrections that waited. */
MW_MUST_USE enum mw_status updater_learn_close(const struct updater_step *step, mw_date date,
                                               struct mw_error *err);
/* One row as the model takes it: gaps of spend are 0, of controls the last known value, of events 0. The arrays
 * have as many entries as the model's specification says. */
void updater_read_row(const struct updater_tenant *tenant, mw_date date, double *spend, double *controls,
                      double *events, double *outcome);
/* The model's channel i is this one of the configuration. */
size_t updater_channel_of(const struct updater_tenant *tenant, size_t i_model_channel);

/* ---- updater_publish.c ---- */
MW_MUST_USE enum mw_status updater_publish(const struct updater_step *step, struct mw_error *err);
