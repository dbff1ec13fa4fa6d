// SPDX-License-Identifier: Apache-2.0
#include "ingest_world.h"

#include "mw_ingest_core.h"
#include "mw_real.h"
#include "mw_wire.h"

#include <criterion/criterion.h>

static const struct mw_tenant_channel channels[] = {
    {.channel = {"tv", 2}, .spend_min = MW_NAN, .spend_max = MW_NAN},
    {.channel = {"search", 6}, .spend_min = MW_NAN, .spend_max = MW_NAN},
};
static const struct mw_tenant_control controls[] = {{.name = {"price", 5}}};

struct mw_tenant ingest_world_config(void)
{
    return (struct mw_tenant){
        .tenant = mw_span("acme"),
        .currency = mw_span("EUR"),
        .grid = MW_GRID_DAY,
        .week_start = -1,
        .clock = MW_CLOCK_EVENT,
        .outcome = {.name = mw_span("revenue"), .kind = MW_OUTCOME_REVENUE, .margin = MW_NAN},
        .channels = channels,
        .n_channels = 2,
        .controls = controls,
        .n_controls = 1,
    };
}

struct core_driver ingest_world_open(const struct mw_tenant *config)
{
    struct ingest_core *core = NULL;
    struct core_driver driver;
    cr_assert(ingest_core_open(&core, NULL) == MW_OK);
    core_driver_init(&driver, &ingest_core_ops, core);
    ingest_world_send(&driver, &mw_type_tenant, config);
    cr_assert(ingest_world_fact(&driver) != NULL, "the configuration was refused");
    return driver;
}

static void expect_writable(const struct core_driver *driver)
{
    struct mw_writer json = {0};
    for (size_t i = 0; i < driver->effects.n; i++) {
        const struct mw_effect *effect = &driver->effects.items[i];
        struct mw_error err = {0};
        mw_writer_reset(&json);
        cr_expect(mw_encode(effect->type, effect->body, &json, &err) == MW_OK, "effect %zu: %s", i, err.text);
    }
    mw_writer_fini(&json);
}

void ingest_world_send(struct core_driver *driver, const struct mw_type *type, const void *body)
{
    cr_assert(core_driver_step(driver, type, "acme", body) == MW_OK, "%s", driver->err.text);
    expect_writable(driver);
}

struct mw_spend ingest_world_spend(const char *channel, mw_date date, double amount)
{
    return (struct mw_spend){.id = mw_span("e1"),
                             .tenant = mw_span("acme"),
                             .source = mw_span("ads"),
                             .channel = mw_span(channel),
                             .currency = mw_span("EUR"),
                             .kind = MW_OBS_SNAPSHOT,
                             .observed_at = 1,
                             .date = date,
                             .spend = amount,
                             .impressions = MW_NAN,
                             .clicks = MW_NAN,
                             .conversions = MW_NAN,
                             .platform_value = MW_NAN};
}

void ingest_world_send_spend(struct core_driver *driver, struct mw_spend event)
{
    ingest_world_send(driver, &mw_type_spend, &event);
}

void ingest_world_send_outcome(struct core_driver *driver, mw_date date, double amount)
{
    const struct mw_outcome event = {.id = mw_span("o"),
                                     .tenant = mw_span("acme"),
                                     .source = mw_span("shop"),
                                     .outcome = mw_span("revenue"),
                                     .currency = mw_span("EUR"),
                                     .observed_at = 1,
                                     .date = date,
                                     .amount = amount,
                                     .value = MW_NAN};
    ingest_world_send(driver, &mw_type_outcome, &event);
}

void ingest_world_send_price(struct core_driver *driver, mw_date date, double value)
{
    const struct mw_factor event = {.id = mw_span("f"),
                                    .tenant = mw_span("acme"),
                                    .source = mw_span("shop"),
                                    .factor = mw_span("price"),
                                    .observed_at = 1,
                                    .date = date,
                                    .value = value};
    ingest_world_send(driver, &mw_type_factor, &event);
}

void ingest_world_send_clock(struct core_driver *driver, mw_date today)
{
    const struct mw_clock clock = {.tenant = mw_span("acme"), .time = today * MW_US_PER_DAY + 1};
    ingest_world_send(driver, &mw_type_clock, &clock);
}

void ingest_world_expect_rejected(const struct core_driver *driver, const char *reason)
{
    const struct mw_deadletter *letter = core_driver_effect(driver, &mw_type_deadletter, 0);
    cr_assert(letter != NULL, "nothing was rejected as %s", reason);
    cr_expect(mw_span_is(letter->reason, reason), "rejected as " MW_SPAN_FMT ", not %s: " MW_SPAN_FMT,
              MW_SPAN_ARG(letter->reason), reason, MW_SPAN_ARG(letter->detail));
    cr_expect(mw_span_is(letter->record, "{}") && letter->detail.len > 0);
    cr_expect(driver->effects.n == 1);
}

const struct mw_fact *ingest_world_fact(const struct core_driver *driver)
{
    return core_driver_effect(driver, &mw_type_fact, 0);
}

const struct mw_fact_cell *ingest_world_cell(const struct core_driver *driver)
{
    const struct mw_fact *fact = ingest_world_fact(driver);
    return fact == NULL ? NULL : fact->cell;
}

const struct mw_fact *ingest_world_fact_of(const struct core_driver *driver, int kind, size_t i)
{
    for (size_t k = 0; k < core_driver_count(driver, &mw_type_fact); k++) {
        const struct mw_fact *fact = core_driver_effect(driver, &mw_type_fact, k);
        if (fact->kind == kind && i-- == 0) {
            return fact;
        }
    }
    return NULL;
}
