/* updater_forecast.h: forecasts issued before a week begins and scored when it is over.
 *
 * The error that judges the model is the conditional one (definitions.md): what would the posterior as it stood
 * before the week have said, had it known the week's spend and externals? So the posterior itself is frozen when a
 * week begins; when the week has closed it is asked for the week as it was spent, and its answer is scored. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_messages.h"
#include "mw_model_forecast.h"

enum { UPDATER_WEEKS_KEPT = 13, UPDATER_WEEKS_JUDGED = 4 };

struct updater_week {
    mw_date date; /* its first day */
    struct mw_model_score score;
};

struct updater_forecasts {
    struct mw_writer frozen;                       /* the posterior before the week under way; empty: none */
    mw_date frozen_for;                            /* first day of that week */
    struct updater_week weeks[UPDATER_WEEKS_KEPT]; /* oldest first */
    size_t n_weeks;
    bool is_fresh; /* the newest one came with the row just learnt */
};

struct updater_tenant;
struct updater_step;

void updater_forecasts_fini(struct updater_forecasts *forecasts);
/* Another model: what was frozen belongs to the old one; scores stay. */
void updater_forecasts_reset(struct updater_forecasts *forecasts);
/* To be called before the row of `date` enters the model: freezes the posterior when a week begins, scores the week
 * when `date` is its last period. */
MW_MUST_USE enum mw_status updater_forecasts_turn(const struct updater_step *step, mw_date date,
                                                  struct mw_error *err);
/* Fills forecast, scored and accuracy of an estimate; the lists live in the effects' arena. */
MW_MUST_USE enum mw_status updater_forecasts_describe(const struct updater_step *step,
                                                      struct mw_estimate *out, struct mw_error *err);
void updater_forecasts_save(const struct updater_forecasts *forecasts, struct mw_writer *out);
/* MW_E_DATA, MW_E_MEMORY. */
MW_MUST_USE enum mw_status updater_forecasts_load(struct updater_forecasts *forecasts, struct mw_reader *in,
                                                  struct mw_error *err);
