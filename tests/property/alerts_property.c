// SPDX-License-Identifier: Apache-2.0
/* How often the shipped mROAS rule cries wolf, and how late it is: the figures of the definitions, repeated
 * through the real core. An estimate wanders around the truth (AR 0.9 a day, sd known to its posterior) over
 * a quarter of 90 days; 2,000 quarters each, so a share of 0.2 has a standard error of 0.009. Bounds are four
 * of those around the values of an independent simulation of 20,000 quarters. */
#include "mw_alerts_core.h"
#include "mw_real.h"
#include "mw_rng.h"
#include "mw_rules_file.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { N_CHANNELS = 250, N_BATCHES = 8, N_QUARTERS = N_CHANNELS * N_BATCHES, N_DAYS = 90, NEVER = 999 };

struct quarter {
    double truth, sd;
};

struct figures {
    double share_fired, share_naive, median_day; /* day 1 is the first */
};

static double normal(struct mw_rng *rng)
{
    const double u = mw_rng_uniform(rng), v = mw_rng_uniform(rng);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

static int compare_days(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

struct world {
    struct mw_rule_set rules;
    struct mw_alerts_core *core;
    struct mw_effects out;
    struct mw_rng rng;
    double wander[N_CHANNELS];
    bool naive[N_CHANNELS];
    int first[N_CHANNELS];
    char names[N_CHANNELS][8];
    struct mw_label labels[N_CHANNELS];
    struct mw_point points[2 * N_CHANNELS];
};

static struct mw_point point_of(struct world *world, int c, const char *metric, double value)
{
    return (struct mw_point){.metric = mw_span(metric),
                             .labels = &world->labels[c],
                             .n_labels = 1,
                             .value = value,
                             .lower = MW_NAN,
                             .upper = MW_NAN,
                             .probability = MW_NAN,
                             .threshold = 1,
                             .money = 1e6,
                             .money_lower = MW_NAN,
                             .money_upper = MW_NAN};
}

static void draw_day(struct world *world, struct quarter quarter, int day)
{
    for (int c = 0; c < N_CHANNELS; c++) {
        const double shock = quarter.sd * normal(&world->rng);
        world->wander[c] = day == 0 ? shock : 0.9 * world->wander[c] + sqrt(1 - 0.81) * shock;
        const double estimate = quarter.truth + world->wander[c];
        world->naive[c] = world->naive[c] || estimate < 1;
        world->points[2 * c] = point_of(world, c, "mroas", estimate);
        world->points[2 * c].probability = 0.5 * erfc(-(1 - estimate) / (quarter.sd * sqrt(2)));
        world->points[2 * c + 1] = point_of(world, c, "channel_age_days", 400);
    }
}

static void step_day(struct world *world, int day)
{
    const struct mw_metric_points body = {.service = mw_span("updater"),
                                          .as_of = 20000 + day,
                                          .n = day,
                                          .period_days = 1,
                                          .points = world->points,
                                          .n_points = 2 * N_CHANNELS};
    const struct mw_metric metric = {
        .kind = MW_METRIC_POINTS, .time = (20001 + day) * MW_US_PER_DAY, .points = &body};
    const struct mw_message in = {.type = &mw_type_metric, .body = &metric, .tenant = mw_span("acme")};
    struct mw_error err = {0};
    mw_effects_reset(&world->out);
    cr_assert(mw_alerts_core_ops.step(world->core, &in, &world->out, &err) == MW_OK, "%s", err.text);
    for (size_t i = 0; i < world->out.n; i++) {
        const struct mw_alert *alert = world->out.items[i].body;
        const int c = atoi(alert->labels[0].value.data + 1);
        if (alert->state == MW_ALERT_FIRING && world->first[c] == NEVER) {
            world->first[c] = day + 1;
        }
    }
}

static void run_quarter(struct world *world, struct quarter quarter)
{
    const struct mw_alerts_options options = {.default_rules = world->rules.text};
    cr_assert(mw_alerts_core_open(&world->core, &options, NULL) == MW_OK);
    for (int c = 0; c < N_CHANNELS; c++) {
        snprintf(world->names[c], sizeof world->names[c], "c%d", c);
        world->labels[c] = (struct mw_label){mw_span("channel"), mw_span(world->names[c])};
        world->first[c] = NEVER;
        world->naive[c] = false;
    }
    for (int day = 0; day < N_DAYS; day++) {
        draw_day(world, quarter, day);
        step_day(world, day);
    }
    mw_alerts_core_ops.close(world->core);
}

static struct figures simulate(struct quarter quarter)
{
    struct world *world = calloc(1, sizeof *world);
    struct mw_arena arena = {0};
    static int first[N_QUARTERS];
    struct figures figures = {0};
    cr_assert(mw_rules_load(MW_SOURCE_DIR "/config/rules.yaml", &arena, &world->rules, NULL) == MW_OK);
    world->rng = (struct mw_rng){.key = mw_rng_key(7, (uint64_t)(1000 * quarter.truth))};
    for (int batch = 0; batch < N_BATCHES; batch++) {
        run_quarter(world, quarter);
        for (int c = 0; c < N_CHANNELS; c++) {
            first[batch * N_CHANNELS + c] = world->first[c];
            figures.share_fired += (world->first[c] != NEVER) / (double)N_QUARTERS;
            figures.share_naive += world->naive[c] / (double)N_QUARTERS;
        }
    }
    qsort(first, N_QUARTERS, sizeof first[0], compare_days);
    figures.median_day = first[N_QUARTERS / 2];
    mw_effects_fini(&world->out);
    mw_arena_fini(&arena);
    free(world);
    return figures;
}

static void expect_within(const char *what, double got, double low, double high)
{
    cr_expect(got >= low && got <= high, "%s is %g, not in %g .. %g (seed 7)", what, got, low, high);
}

Test(alerts_mroas, true_mroas_of_1_1_is_told_in_a_fifth_of_quarters_where_a_bare_threshold_does_in_nearly_all)
{
    const struct figures figures = simulate((struct quarter){.truth = 1.1, .sd = 0.15});
    expect_within("share of quarters with a false alarm", figures.share_fired, 0.19,
                  0.265);                                                          /* published: 0.22 */
    expect_within("share with the bare threshold", figures.share_naive, 0.975, 1); /* published: 0.99 */
}

Test(alerts_mroas, true_mroas_of_1_3_is_told_in_three_of_a_hundred_quarters_at_most)
{
    const struct figures figures = simulate((struct quarter){.truth = 1.3, .sd = 0.2});
    expect_within("share of quarters with a false alarm", figures.share_fired, 0.010,
                  0.038);                                                            /* published: 0.03 */
    expect_within("share with the bare threshold", figures.share_naive, 0.72, 0.80); /* published: 0.75 */
}

Test(alerts_mroas, true_mroas_of_0_7_is_told_on_the_first_days_that_the_rule_allows)
{
    const struct figures figures = simulate((struct quarter){.truth = 0.7, .sd = 0.15});
    expect_within("share of quarters told", figures.share_fired, 0.995, 1);
    expect_within("median day", figures.median_day, 3, 4); /* published: day 2, counted from 0 */
}

Test(alerts_mroas, true_mroas_of_0_9_is_told_within_three_weeks)
{
    const struct figures figures = simulate((struct quarter){.truth = 0.9, .sd = 0.15});
    expect_within("share of quarters told", figures.share_fired, 0.90, 0.96);
    expect_within("median day", figures.median_day, 17,
                  23); /* published: 17; the independent simulation: 20 */
}
