/* model_bench.c: what a day, a move and a whole stream of the model cost, one JSON line per figure.
 *
 *   model_bench [CASE [PARTICLES [free]]]      default: simulated-daily 1024, rho fixed to 0
 *
 * Processor time of one core. The case comes from the folder that MW_SHARED names. A row without a move stands
 * beside its arithmetic floor: one adstock and Hill step for each channel and particle, and nothing else. */
// SPDX-License-Identifier: Apache-2.0
#include "bench_figure.h"
#include "mw_math.h"
#include "mw_model_derive.h"
#include "mw_model_forecast.h"
#include "reference_case.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *case_name;
static bool rho_is_free;

static void say_beside(const struct bench_figure *figure)
{
    char name[96];
    struct bench_figure named = *figure;
    (void)snprintf(name, sizeof name, "model/%s%s/%s", case_name, rho_is_free ? ", rho free" : "",
                   figure->name);
    named.name = name;
    bench_print(&named);
}

static void say(const char *what, double value, const char *unit)
{
    say_beside(&(struct bench_figure){.name = what, .value = value, .unit = unit});
}

/* ---- the floor ------------------------------------------------------------------------------------------ */

enum { FLOOR_N = 1024, FLOOR_ROUNDS = 2000 };

struct floor_arrays {
    double adstock[FLOOR_N], alpha[FLOOR_N], n[FLOOR_N], log_kappa[FLOOR_N], h[FLOOR_N];
};

MW_CLONES static void adstock_and_hill(struct floor_arrays *restrict p)
{
    for (size_t i = 0; i < FLOOR_N; i++) {
        p->adstock[i] = p->alpha[i] * p->adstock[i] + (1.0 - p->alpha[i]) * 1.1;
        p->h[i] = 1.0 / (1.0 + mw_exp(p->n[i] * (p->log_kappa[i] - mw_log(p->adstock[i]))));
    }
}

static double floor_ms(const struct reference_case *c)
{
    static struct floor_arrays arrays;
    for (size_t i = 0; i < FLOOR_N; i++) {
        const double u = (double)i / FLOOR_N;
        arrays.adstock[i] = 0.1 + u;
        arrays.alpha[i] = u;
        arrays.n[i] = 1.0 + u;
        arrays.log_kappa[i] = u - 0.5;
    }
    const double start = bench_cpu_seconds();
    for (size_t i = 0; i < FLOOR_ROUNDS; i++) {
        adstock_and_hill(&arrays);
    }
    const double seconds_a_step = (bench_cpu_seconds() - start) / FLOOR_ROUNDS / FLOOR_N;
    return 1e3 * seconds_a_step * (double)(c->spec.n_particles * c->spec.n_channels);
}

/* ---- the model ------------------------------------------------------------------------------------------ */

struct times {
    double quiet, moved, moved_most;
    size_t n_quiet, n_moved, n_moves, n_sweeps, n_stages;
};

static void stream(const struct reference_case *c, struct mw_model *model, struct times *times)
{
    struct mw_error err = {0};
    for (size_t t = 0; t < c->n_rows; t++) {
        const struct mw_model_row row = reference_case_row(c, t, true);
        struct mw_model_info info;
        const double start = bench_cpu_seconds();
        bench_check(mw_model_append(model, &row, &info, &err), &err);
        const double took = bench_cpu_seconds() - start;
        times->quiet += info.moves == 0 ? took : 0.0;
        times->n_quiet += info.moves == 0;
        times->moved += info.moves == 0 ? 0.0 : took;
        times->n_moved += info.moves != 0;
        times->moved_most = fmax(times->moved_most, info.moves == 0 ? 0.0 : took);
        times->n_moves += info.moves;
        times->n_sweeps += info.sweeps;
        times->n_stages += info.stages;
    }
}

static void bench_stream(const struct reference_case *c, struct mw_model *model)
{
    struct times times = {0};
    stream(c, model, &times);
    say("whole stream", times.quiet + times.moved, "s");
    say_beside(&(struct bench_figure){"new row without a move", "ms",
                                      1e3 * times.quiet / (double)times.n_quiet, "its arithmetic floor",
                                      floor_ms(c), 1.0});
    say("new row with moves, mean", 1e3 * times.moved / (double)times.n_moved, "ms");
    say("new row with moves, longest", 1e3 * times.moved_most, "ms");
    say("a move", 1e3 * times.moved / (double)times.n_moves, "ms");
    say("moves", (double)times.n_moves, "1");
    say("sweeps a move", (double)times.n_sweeps / (double)times.n_moves, "1");
    say("tempering stages", (double)times.n_stages, "1");
}

static void bench_views(const struct reference_case *c, struct mw_model *model)
{
    enum { REPEATS = 20 };
    static struct mw_model_forecast forecast;
    struct mw_arena arena = {0};
    struct mw_error err = {0};
    struct mw_model_estimate estimate;
    struct mw_writer bytes = {0};
    const struct mw_model_row row = reference_case_row(c, c->n_rows - 1, true);
    const struct mw_model_plan plan = {1, row.spend, row.controls, row.events};

    double start = bench_cpu_seconds();
    for (size_t i = 0; i < REPEATS; i++) {
        mw_arena_reset(&arena);
        bench_check(
            mw_model_derive(model, &(struct mw_model_derive_options){.floor = 1.0}, &arena, &estimate, &err),
            &err);
    }
    say("derived outputs", 1e3 * (bench_cpu_seconds() - start) / REPEATS, "ms");
    start = bench_cpu_seconds();
    for (size_t i = 0; i < REPEATS; i++) {
        bench_check(mw_model_forecast(model, &plan, &forecast, &err), &err);
    }
    say("forecast of one period", 1e3 * (bench_cpu_seconds() - start) / REPEATS, "ms");
    mw_model_save(model, &bytes);
    say("snapshot", (double)bytes.len / 1024.0, "KiB");
    mw_writer_fini(&bytes);
    mw_arena_fini(&arena);
}

static void bench_correction(const struct reference_case *c, struct mw_model *model)
{
    struct mw_error err = {0};
    struct mw_model_info info;
    const struct mw_model_row row = reference_case_row(c, c->n_rows - 3, true);
    const double start = bench_cpu_seconds();
    bench_check(mw_model_correct(model,
                                 &(struct mw_model_change){row.date, MW_MODEL_SPEND, 0, row.spend[0] * 1.02},
                                 1, &info, &err),
                &err);
    say("restated spend", 1e3 * (bench_cpu_seconds() - start), "ms");
    say("moves for it", (double)info.moves, "1");
}

int main(int argc, char **argv)
{
    struct mw_arena scratch = {0};
    struct mw_model *model = NULL;
    struct mw_error err = {0};
    case_name = argc > 1 ? argv[1] : "simulated-daily";
    struct reference_case *c = reference_case_open(case_name);
    if (c == NULL) {
        fprintf(stderr, "model_bench: %s is not in the folder that MW_SHARED names\n", case_name);
        return 2;
    }
    c->spec.n_particles = argc > 2 ? (size_t)strtoul(argv[2], NULL, 10) : 1024;
    rho_is_free = argc > 3 && strcmp(argv[3], "free") == 0;
    c->spec.rho = rho_is_free ? (double)NAN : 0.0;
    bench_check(mw_model_open(&model, &c->spec, &scratch, &err), &err);
    bench_stream(c, model);
    bench_views(c, model);
    bench_correction(c, model);
    mw_model_close(&model);
    mw_arena_fini(&scratch);
    reference_case_close(&c);
    return 0;
}
