// SPDX-License-Identifier: Apache-2.0
#include "model_world.h"
#include "mw_dist.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void die(const struct mw_error *err)
{
    fprintf(stderr, "%s\n", err->text);
    abort();
}

static void make_spec(struct model_world *w, const struct model_world_options *o)
{
    static char names[WORLD_CONTROLS_MAX][16];
    w->n_rows = o->n_rows;
    w->spec = mw_model_spec_default();
    w->spec.tenant = mw_span("world");
    w->spec.seed = o->seed;
    w->spec.grid = o->is_daily ? MW_MODEL_DAILY : MW_MODEL_WEEKLY;
    w->spec.first = mw_date_from_civil((struct mw_civil){2023, 1, 2});
    w->spec.s_y = 1000.0;
    w->spec.rho = o->rho;
    w->spec.n_particles = o->n_particles;
    w->spec.rows_max = WORLD_ROWS_MAX;
    w->spec.channels = w->channels;
    w->spec.n_channels = o->n_channels;
    w->spec.controls = w->controls;
    w->spec.n_controls = o->n_controls;
    w->spec.events = w->events;
    w->spec.n_events = o->n_events;
    w->events[0] = mw_span("event");
    for (size_t j = 0; j < WORLD_CONTROLS_MAX; j++) {
        snprintf(names[j], sizeof names[j], "v%zu", j);
        w->controls[j] = (struct mw_model_control){.name = mw_span(names[j]), .mean = 5.0, .sd = 2.0};
    }
    for (size_t c = 0; c < o->n_channels; c++) {
        w->channels[c] = mw_model_channel_default(
            mw_span(names[c]), 100.0 * (double)(c + 1) / (double)o->n_channels, c % 2 == 1);
    }
}

static void draw_data(struct model_world *w, struct mw_rng *rng)
{
    for (size_t c = 0; c < w->spec.n_channels; c++) {
        const struct mw_model_channel *channel = &w->channels[c];
        w->theta[c][MW_LOG_ROI] = channel->log_roi.mean + channel->log_roi.sd * mw_draw_normal(rng);
        w->theta[c][MW_LOGIT_ALPHA] = mw_draw_logit_beta(rng, channel->alpha.a, channel->alpha.b);
        w->theta[c][MW_LOG_KAPPA] = channel->log_kappa.mean + channel->log_kappa.sd * mw_draw_normal(rng);
        w->theta[c][MW_LOG_N] = channel->log_n.mean + channel->log_n.sd * mw_draw_normal(rng);
    }
    for (size_t t = 0; t < w->n_rows; t++) {
        for (size_t c = 0; c < w->spec.n_channels; c++) {
            const double level = mw_rng_uniform(rng) < 0.3 ? 0.0 : 1.43;
            w->spend[t][c] = level * w->channels[c].m * exp(0.5 * mw_draw_normal(rng) - 0.125);
        }
        for (size_t j = 0; j < w->spec.n_controls; j++) {
            w->control[t][j] = 5.0 + 2.0 * mw_draw_normal(rng);
        }
        w->event[t][0] = mw_rng_uniform(rng) < 0.05;
    }
}

/* y = s_y (0.6 + 0.1 sin of the year + media + e). */
static void make_outcome(struct model_world *w, const struct model_world_options *o, struct mw_rng *rng)
{
    double a[WORLD_CHANNELS_MAX] = {0},
           e = o->sigma * mw_draw_normal(rng) / sqrt(1.0 - o->rho_true * o->rho_true);
    for (size_t t = 0; t < w->n_rows; t++) {
        double mean = 0.6 + 0.1 * sin(2.0 * MW_PI * (double)t / (o->is_daily ? 365.25 : 52.18));
        for (size_t c = 0; c < w->spec.n_channels; c++) {
            const double *theta = w->theta[c], m = w->channels[c].m;
            const double alpha = 1.0 / (1.0 + exp(-theta[MW_LOGIT_ALPHA])), n = exp(theta[MW_LOG_N]);
            const double kappa_n = pow(exp(theta[MW_LOG_KAPPA]), n);
            a[c] = alpha * a[c] + (1.0 - alpha) * w->spend[t][c] / m;
            const double media = exp(theta[MW_LOG_ROI]) * m / w->spec.s_y * (1.0 + kappa_n) * pow(a[c], n) /
                                 (pow(a[c], n) + kappa_n);
            w->contribution[c] += w->spec.s_y * media;
            mean += media;
        }
        w->outcome[t] = w->spec.s_y * (mean + e);
        e = o->rho_true * e + o->sigma * mw_draw_normal(rng);
    }
}

struct model_world *model_world_make(const struct model_world_options *options)
{
    struct model_world *world = calloc(1, sizeof *world);
    struct mw_rng rng = {.key = mw_rng_key(options->seed, 77)};
    make_spec(world, options);
    draw_data(world, &rng);
    make_outcome(world, options, &rng);
    return world;
}

struct mw_model_row model_world_row(const struct model_world *world, size_t t)
{
    return (struct mw_model_row){
        .date = world->spec.first + (mw_date)t * mw_model_spec_step_days(&world->spec),
        .spend = world->spend[t],
        .controls = world->control[t],
        .events = world->event[t],
        .outcome = world->outcome[t],
    };
}

void model_world_append(const struct model_world *world, struct mw_model *model, size_t from, size_t to)
{
    struct mw_error err = {0};
    for (size_t t = from; t < to; t++) {
        const struct mw_model_row row = model_world_row(world, t);
        if (mw_model_append(model, &row, NULL, &err) != MW_OK) {
            die(&err);
        }
    }
}

struct mw_model *model_world_run(const struct model_world *world, size_t n, struct mw_arena *scratch)
{
    struct mw_error err = {0};
    struct mw_model *model = NULL;
    if (mw_model_open(&model, &world->spec, scratch, &err) != MW_OK) {
        die(&err);
    }
    model_world_append(world, model, 0, n);
    return model;
}
