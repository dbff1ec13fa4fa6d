/* model_world.h: small markets with known truth, by the literal recursions of the model and libm. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_model.h"

enum { WORLD_CHANNELS_MAX = 64, WORLD_ROWS_MAX = 400, WORLD_CONTROLS_MAX = 320 };

struct model_world {
    struct mw_model_spec spec;
    struct mw_model_channel channels[WORLD_CHANNELS_MAX];
    struct mw_model_control controls[WORLD_CONTROLS_MAX];
    struct mw_span events[1];
    size_t n_rows;
    double theta[WORLD_CHANNELS_MAX][MW_THETA_N];
    double spend[WORLD_ROWS_MAX][WORLD_CHANNELS_MAX];
    double control[WORLD_ROWS_MAX][WORLD_CONTROLS_MAX];
    double event[WORLD_ROWS_MAX][1];
    double outcome[WORLD_ROWS_MAX];
    double contribution[WORLD_CHANNELS_MAX];
};

struct model_world_options {
    uint64_t seed;
    size_t n_channels, n_rows, n_controls, n_events, n_particles;
    bool is_daily;
    double sigma;    /* of the innovations, in units of s_y */
    double rho_true; /* of the errors */
    double rho;      /* of the model; NaN: free */
};

/* On the heap; theta is drawn from the prior. */
struct model_world *model_world_make(const struct model_world_options *options);
struct mw_model_row model_world_row(const struct model_world *world, size_t t);
/* Opens a model and appends rows 0 .. n - 1; aborts on a failure. */
struct mw_model *model_world_run(const struct model_world *world, size_t n, struct mw_arena *scratch);
void model_world_append(const struct model_world *world, struct mw_model *model, size_t from, size_t to);
