// SPDX-License-Identifier: Apache-2.0
#include "demo.h"

#include "mw_wire.h"

enum { GEOS = 8, TREATED = 2, TEST_START = 705, TEST_DAYS = 35, CHANNELS = 6 };

static void set_market(struct mw_simulate_config *config, uint64_t seed, mw_date first)
{
    config->tenant = mw_span(DEMO_TENANT);
    config->seed = seed;
    config->first = first;
    config->n_geos = GEOS;
    config->test = (struct mw_simulate_test){.test = mw_span("search-holdout"),
                                             .i_channel = 0,
                                             .n_treated = TREATED,
                                             .start = TEST_START,
                                             .days = TEST_DAYS};
}

/* The simulator's tenant says nothing of the population. */
static enum mw_status size_population(struct demo *demo, int64_t particles, struct mw_error *err)
{
    demo->source = *mw_simulate_source(demo->simulate);
    if (particles == 0) {
        return MW_OK;
    }
    demo->model = (struct mw_tenant_model){particles, 1};
    demo->tenant = *demo->source.tenant;
    demo->tenant.model = &demo->model;
    demo->source.tenant = &demo->tenant;
    return mw_source_seal(&demo->source, err);
}

enum mw_status demo_open(struct demo *demo, uint64_t seed, int64_t particles, mw_date first,
                         struct mw_error *err)
{
    *demo = (struct demo){0};
    struct mw_simulate_config config;
    MW_TRY(mw_simulate_config(&demo->arena, CHANNELS, MW_GRID_DAY, &config, err));
    set_market(&config, seed, first);
    MW_TRY(mw_simulate_open(&config, &demo->simulate, err));
    return size_population(demo, particles, err);
}

void demo_fini(struct demo *demo)
{
    mw_simulate_close(&demo->simulate);
    mw_arena_fini(&demo->arena);
}

static struct mw_period period(void *self, size_t i)
{
    struct demo *demo = self;
    struct mw_period out;
    if (mw_simulate_at(demo->simulate) != (int64_t)i) {
        mw_simulate_seek(demo->simulate, (int64_t)i);
    }
    mw_simulate_next(demo->simulate, &out);
    return out;
}

static enum mw_status declare_test(void *self, size_t i, struct record_batch *batch, struct mw_error *err)
{
    const struct demo *demo = self;
    const struct mw_source *source = mw_simulate_source(demo->simulate);
    struct mw_raw raw;
    if (!mw_simulate_declaration(demo->simulate, (int64_t)i, &raw)) {
        return MW_OK;
    }
    const struct record_origin origin = {raw.id, source->source, raw.time_us};
    return record_batch_add(batch, raw.type, source->tenant->tenant, &origin, raw.body, err);
}

static struct mw_hash128 fingerprint(void *self, size_t n)
{
    (void)n;
    return ((const struct demo *)self)->fingerprint;
}

/* The market is what its first day says it is: another seed or another shape has another first day. */
struct import_feed demo_feed(struct demo *demo)
{
    const struct mw_source *source = &demo->source;
    const struct mw_period first = period(demo, 0);
    demo->fingerprint =
        mw_hash128(first.spend, source->tenant->n_channels * source->n_geos * sizeof *first.spend);
    return (struct import_feed){
        .source = source,
        .first = first.date,
        .n_periods = IMPORT_ENDLESS,
        .fingerprint = fingerprint,
        .period = period,
        .extra = declare_test,
        .self = demo,
    };
}
