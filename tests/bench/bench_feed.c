// SPDX-License-Identifier: Apache-2.0
#include "bench_feed.h"

#include "bench_figure.h"
#include "mw_real.h"
#include "mw_rules_file.h"
#include "mw_time.h"

#include <stdio.h>

static const char rules_path[] = MW_SOURCE_DIR "/config/rules.yaml";

struct mw_span bench_channel(size_t i)
{
    static char names[BENCH_CHANNELS_MAX][4];
    (void)snprintf(names[i], sizeof names[i], "c%02u", (unsigned)i % 100);
    return mw_span(names[i]);
}

static void add(struct record_batch *batch, const struct mw_type *type, struct mw_span tenant,
                struct mw_span id, int64_t time_us, const void *body)
{
    struct mw_error err = {0};
    const struct record_origin origin = {id, mw_span("bench"), time_us};
    bench_check(record_batch_add(batch, type, tenant, &origin, body, &err), &err);
}

void bench_feed_tenant(struct record_batch *batch, struct mw_span tenant, size_t n_channels)
{
    struct mw_tenant_channel channels[BENCH_CHANNELS_MAX];
    for (size_t i = 0; i < n_channels; i++) {
        channels[i] =
            (struct mw_tenant_channel){.channel = bench_channel(i), .spend_min = MW_NAN, .spend_max = MW_NAN};
    }
    const struct mw_tenant body = {
        .tenant = tenant,
        .currency = mw_span("EUR"),
        .grid = MW_GRID_DAY,
        .week_start = -1,
        .clock = MW_CLOCK_EVENT,
        .outcome = {.name = mw_span("revenue"), .kind = MW_OUTCOME_REVENUE, .margin = MW_NAN},
        .channels = channels,
        .n_channels = n_channels,
    };
    const struct mw_span id = mw_arena_printf(&batch->arena, "tenant/" MW_SPAN_FMT, MW_SPAN_ARG(tenant));
    add(batch, &mw_type_tenant, tenant, id, BENCH_DAY * MW_US_PER_DAY, &body);
}

void bench_feed_rules(struct record_batch *batch, struct mw_span tenant)
{
    struct mw_error err = {0};
    struct mw_rule_set rules;
    bench_check(mw_rules_load(rules_path, &batch->arena, &rules, &err), &err);
    const struct mw_command_rules loaded = {mw_span(rules.version), rules.text};
    const struct mw_command body = {.id = mw_span("rules"),
                                    .tenant = tenant,
                                    .by = mw_span("bench"),
                                    .kind = MW_COMMAND_RULES,
                                    .rules = &loaded};
    add(batch, &mw_type_command, tenant, body.id, BENCH_DAY * MW_US_PER_DAY, &body);
}

void bench_feed_clock(struct record_batch *batch, struct mw_span tenant, mw_date today)
{
    const struct mw_clock body = {.tenant = tenant, .time = today * MW_US_PER_DAY + 1};
    const struct mw_span id = mw_arena_printf(&batch->arena, "clock/%d", (int)today);
    add(batch, &mw_type_clock, tenant, id, body.time, &body);
}

void bench_feed_spend(struct record_batch *batch, struct mw_span tenant, const struct bench_spend *spend)
{
    const int64_t time_us = spend->date * MW_US_PER_DAY + (spend->i_report + 1) * 60 * MW_US_PER_S;
    const struct mw_span channel = bench_channel(spend->channel);
    const struct mw_spend body = {
        .id = mw_arena_printf(&batch->arena, MW_SPAN_FMT "/%zu/%d/%lld", MW_SPAN_ARG(channel),
                              spend->campaign, (int)spend->date, (long long)spend->i_report),
        .tenant = tenant,
        .source = mw_span("ads"),
        .channel = channel,
        .campaign = mw_arena_printf(&batch->arena, "campaign %zu", spend->campaign),
        .currency = mw_span("EUR"),
        .kind = spend->kind,
        .observed_at = time_us,
        .date = spend->date,
        .spend = spend->amount,
        .impressions = 1000 * spend->amount,
        .clicks = 10 * spend->amount,
        .conversions = MW_NAN,
        .platform_value = MW_NAN,
    };
    add(batch, &mw_type_spend, tenant, body.id, time_us, &body);
}
