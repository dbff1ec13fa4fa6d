/* mw_model.h: the streaming posterior of one tenant's marketing mix model.
 *
 * A population of N weighted particles carries the joint posterior of theta (and of rho, where it is free);
 * gamma and sigma^2 are integrated out in closed form. Every kind of news is one reweighting by an exact
 * ratio of marginal likelihoods; when the effective sample size falls below N/2 the particles are resampled
 * and moved by Metropolis sweeps until they have forgotten where they stood. README.md tells the idea and
 * what is exact.
 *
 * Results depend on the specification and on the order of the news, and on nothing else: not on threads, on
 * machine types, or on where the stream was cut by save and load. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_arena.h"
#include "mw_model_spec.h"

struct mw_model;

/* What one piece of news did. */
struct mw_model_info {
    double log_predictive; /* log density (y in units of s_y) that the model gave to this row, or to the
                              correction */
    double ess;            /* after it */
    double ess_least;      /* the least that one step of reweighting left */
    size_t moves;          /* resample-move steps it took */
    size_t sweeps;         /* Metropolis sweeps in them */
    size_t stages;         /* tempering stages: 0 when it went in whole */
};

struct mw_model_row {
    mw_date date;           /* the next one of the grid */
    const double *spend;    /* n_channels, >= 0 */
    const double *controls; /* n_controls, raw: the frozen constants are applied here */
    const double *events;   /* n_events, 0 or 1 */
    double outcome;         /* NaN: not known, the row advances the carry-over only */
};

enum mw_model_cell { MW_MODEL_SPEND, MW_MODEL_OUTCOME, MW_MODEL_CONTROL, MW_MODEL_EVENT };

struct mw_model_change {
    mw_date date;
    enum mw_model_cell cell;
    size_t index; /* of the channel, control or event; 0 for the outcome */
    double value; /* what holds from now on; NaN withdraws an outcome */
};

/* Copies the specification and draws the particles from the prior. `scratch` is borrowed for the model's
 * life: an arena for models alone, shared by those of one thread; every call below resets it. MW_E_DATA and
 * MW_E_FULL from mw_model_spec_check; MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_model_open(struct mw_model **out, const struct mw_model_spec *spec,
                                         struct mw_arena *scratch, struct mw_error *err);
/* Nulls the pointer; may be called twice. */
void mw_model_close(struct mw_model **model);

/* One more row. MW_E_DATA, naming the field, when the date is not the next one of the grid, a spend is
 * negative or not finite, a control not finite, an event neither 0 nor 1, or the outcome infinite; MW_E_FULL
 * at rows_max; the model is then as before. MW_E_MEMORY and MW_E_NUMERIC (fatal) otherwise. info may be NULL.
 */
MW_MUST_USE enum mw_status mw_model_append(struct mw_model *model, const struct mw_model_row *row,
                                           struct mw_model_info *info, struct mw_error *err);

/* All changes as one reweighting from the posterior given the old data to that given the new. Any rows that
 * the model holds; later entries for one cell win. Statuses as mw_model_append; MW_E_DATA also for a date
 * that the model does not hold. */
MW_MUST_USE enum mw_status mw_model_correct(struct mw_model *model, const struct mw_model_change changes[],
                                            size_t n_changes, struct mw_model_info *info,
                                            struct mw_error *err);

/* Versioned bytes; the loaded model continues with the same bits. */
void mw_model_save(const struct mw_model *model, struct mw_writer *out);
/* MW_E_DATA for a damaged snapshot or one of another version, MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_model_load(struct mw_model **out, struct mw_reader *in,
                                         struct mw_arena *scratch, struct mw_error *err);

/* ---- what is known without any sampling ------------------------------------------------------ */

const struct mw_model_spec *mw_model_specification(const struct mw_model *model);
size_t mw_model_rows(const struct mw_model *model);
size_t mw_model_observations(const struct mw_model *model); /* rows with an outcome */
mw_date mw_model_last_date(const struct mw_model *model);   /* MW_DATE_NONE before the first row */

/* theta: n_channels x MW_THETA_N, row by row. */
double mw_model_log_prior(const struct mw_model *model, const double theta[]);

/* Everything that the data say about one theta at one rho, computed from row 0 by the code that moves
 * particles. */
struct mw_model_point {
    double log_marginal; /* log p(y / s_y | theta, rho), gamma and sigma^2 integrated out */
    double q;            /* residual sum of squares v'v - v'Z (Z'Z + I/V)^-1 Z'v, whitened by rho */
    double *beta;        /* n_channels, caller's; may be NULL */
    double *sum_h;       /* n_channels, caller's; may be NULL */
};
/* MW_E_CONTRACT when rho is not a value that the specification allows; MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_model_evaluate(struct mw_model *model, const double theta[], double rho,
                                             struct mw_model_point *out, struct mw_error *err);
