/* demo.h: the demo tenant: a simulated market as a feed of periods without end, with a geo holdout under way.
 */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "import.h"
#include "mw_simulate.h"

struct demo {
    struct mw_hash128 fingerprint;
    struct mw_arena arena;
    struct mw_simulate *simulate;
    struct mw_tenant_model model;
    struct mw_tenant tenant; /* the simulated one, with a population of its own size */
    struct mw_source source;
};

/* Two years of history stand behind the live stream. particles 0: the default. `demo` must not be moved.
 * MW_E_MEMORY. Fini in any case. */
enum { DEMO_HISTORY_DAYS = 730 };
#define DEMO_TENANT "demo"
MW_MUST_USE enum mw_status demo_open(struct demo *demo, uint64_t seed, int64_t particles, mw_date first,
                                     struct mw_error *err);
void demo_fini(struct demo *demo);
struct import_feed demo_feed(struct demo *demo);
