/* `mixwatch simulate`: a market whose truth is known, as a table or an event stream. */
// SPDX-License-Identifier: Apache-2.0
#include "cli.h"
#include "mw_simulate.h"
#include "output.h"

#include <stdio.h>

struct simulate_config {
    const char *out, *tenant, *first;
    int64_t channels, periods, geos, seed, test_start, test_days, test_channel;
    double media_share, noise, rho;
    int grid;
    bool events, scales;
};

static const char *const grids[] = {"day", "week", NULL};
#define AT(member) offsetof(struct simulate_config, member)
static const struct mw_option options[] = {
    {"out", MW_OPT_STR, NULL, AT(out), "folder for table.csv, table.json, truth.json", .value = "DIR",
     .required = true},
    {"events", MW_OPT_BOOL, NULL, AT(events),
     "write events.jsonl as well: the raw records of the same market", .value = NULL},
    {"tenant", MW_OPT_STR, "simulated", AT(tenant), "name of the tenant", .value = "NAME"},
    {"channels", MW_OPT_I64, "6", AT(channels), "how many", .min = 1, .max = 64},
    {"periods", MW_OPT_I64, "730", AT(periods), "days or weeks", .min = 1, .max = 20000},
    {"grid", MW_OPT_ENUM, "day", AT(grid), "day or week", .choices = grids},
    {"first", MW_OPT_STR, "2024-01-01", AT(first), "first date", .value = "DATE"},
    {"geos", MW_OPT_I64, "1", AT(geos), "places; 1: none", .min = 1, .max = 1000},
    {"seed", MW_OPT_U64, "1", AT(seed), "another seed, another market", .max = 9e15},
    {"media-share", MW_OPT_NUM, "0.3", AT(media_share), "of sales that media cause", .min = 0, .max = 0.95},
    {"noise", MW_OPT_NUM, "0.05", AT(noise), "sd of the errors, in units of mean sales", .min = 0, .max = 10},
    {"rho", MW_OPT_NUM, "0", AT(rho), "autocorrelation of the errors", .min = 0, .max = 0.99},
    {"test-start", MW_OPT_I64, "0", AT(test_start), "period at which a geo holdout begins; 0: none",
     .max = 20000},
    {"test-days", MW_OPT_I64, "28", AT(test_days), "its length", .min = 1, .max = 365},
    {"test-channel", MW_OPT_I64, "1", AT(test_channel), "number of the channel that it switches off",
     .min = 1, .max = 64},
    {"scales", MW_OPT_BOOL, NULL, AT(scales),
     "state the generator's scales, so that estimates are in its units", .value = NULL},
    {0},
};
#undef AT

static const struct mw_command_line command = {
    .program = "mixwatch simulate",
    .summary = "Writes a simulated market: what was spent, what came in, and what truly caused it.",
    .options = options,
};

static enum mw_status fill(const struct simulate_config *from, struct mw_simulate_config *to,
                           struct mw_error *err)
{
    MW_TRY(mw_date_parse(mw_span(from->first), &to->first, err));
    to->tenant = mw_span(from->tenant);
    to->seed = (uint64_t)from->seed;
    to->n_geos = (size_t)from->geos;
    to->media_share = from->media_share;
    to->noise = from->noise;
    to->rho = from->rho;
    to->scales = from->scales;
    if (from->test_start > 0) {
        to->test = (struct mw_simulate_test){
            .test = mw_span("holdout"),
            .i_channel = (size_t)from->test_channel - 1,
            .n_treated = to->n_geos / 4 > 0 ? to->n_geos / 4 : 1,
            .start = from->test_start,
            .days = from->test_days,
        };
    }
    return MW_OK;
}

static enum mw_status simulate(const struct simulate_config *config, struct mw_arena *arena,
                               struct mw_error *err)
{
    struct mw_simulate_config market;
    MW_TRY(mw_simulate_config(arena, (size_t)config->channels, config->grid == 0 ? MW_GRID_DAY : MW_GRID_WEEK,
                              &market, err));
    MW_TRY(fill(config, &market, err));
    MW_TRY(output_folder(config->out, err));
    const unsigned forms = MW_SIMULATE_TABLE | (config->events ? MW_SIMULATE_EVENTS : 0u);
    MW_TRY(mw_simulate_write(&market, config->periods, forms, config->out, err));
    (void)fprintf(stderr, "%s: table.csv, table.json, truth.json%s\n", config->out,
                  config->events ? ", events.jsonl" : "");
    return MW_OK;
}

enum mw_status cli_simulate(const struct cli_arguments *arguments, struct mw_error *err)
{
    struct mw_arena arena = {0};
    struct simulate_config config = {0};
    struct mw_options_result result;
    bool go_on = false;
    enum mw_status status = cli_options(&command, arguments, &config, &arena, &result, &go_on, err);
    if (status == MW_OK && go_on) {
        status = simulate(&config, &arena, err);
    }
    mw_arena_fini(&arena);
    return status;
}
