/* Any history at all: what ingest_script.h checks, for random bytes. */
// SPDX-License-Identifier: Apache-2.0
#include "ingest_script.h"
#include "mw_rng.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

enum { SEEDS = 60, BYTES = 3000 };

static struct ingest_script_info run(uint64_t seed)
{
    static uint8_t data[BYTES];
    struct mw_rng rng = {.key = mw_rng_key(seed, 77)};
    struct ingest_script_info info;
    for (size_t i = 0; i < BYTES; i++) {
        data[i] = (uint8_t)(mw_rng_bits(&rng) >> 40);
    }
    ingest_script_run(data, BYTES, &info);
    return info;
}

ParameterizedTestParameters(ingest, facts_add_up_and_a_snapshot_anywhere_changes_nothing)
{
    static uint64_t seeds[SEEDS];
    for (uint64_t i = 0; i < SEEDS; i++) {
        seeds[i] = i;
    }
    return cr_make_param_array(uint64_t, seeds, SEEDS);
}

ParameterizedTest(uint64_t *seed, ingest, facts_add_up_and_a_snapshot_anywhere_changes_nothing)
{
    const struct ingest_script_info info = run(*seed);
    cr_expect(info.steps > 100 && info.snapshots > 10, "seed %lu", *seed);
}

Test(ingest, the_random_histories_have_everything_in_them)
{
    struct ingest_script_info sum = {0};
    for (uint64_t seed = 0; seed < 10; seed++) {
        const struct ingest_script_info info = run(seed);
        sum.cells += info.cells;
        sum.closes += info.closes;
        sum.births += info.births;
        sum.refused += info.refused;
    }
    cr_expect(sum.cells > 1000 && sum.closes > 500 && sum.births > 5 && sum.refused > 500,
              "%zu cells, %zu closes, %zu births, %zu refused", sum.cells, sum.closes, sum.births,
              sum.refused);
}
