// SPDX-License-Identifier: Apache-2.0
#include "mw_cache.h"

#include <criterion/criterion.h>

Test(none, holds_nothing_and_says_so)
{
    struct mw_cache *cache = NULL;
    cr_assert_eq(mw_cache_none_open(&cache, NULL), MW_OK);
    struct mw_cache_put put = {
        .key = mw_span("k"), .owner = mw_span("o"), .fence = {mw_span("s"), 1}, .value = mw_span("v")};
    cr_expect_eq(mw_cache_put(cache, &put, 1, NULL), MW_OK);
    cr_expect_eq(put.outcome, MW_CACHE_SKIPPED);
    struct mw_arena arena = {0};
    struct mw_span value = mw_span("x");
    cr_expect_eq(mw_cache_get(cache, mw_span("k"), &arena, &value, NULL, NULL), MW_OK);
    cr_expect_null(value.data);
    cr_expect_not(mw_cache_claim(cache, mw_span("o"), mw_span("s")));
    mw_cache_refresh(cache);
    cr_expect_str_eq(mw_cache_state_name(mw_cache_state(cache)), "none");
    cr_expect_eq(mw_cache_generation(cache), 0);
    cr_expect_eq(mw_cache_stats(cache)->outcomes[MW_CACHE_SKIPPED], 1);
    mw_cache_close(&cache);
    cr_expect_null(cache);
}

Test(put, without_key_owner_or_fence_breaks_the_contract)
{
    struct mw_cache *cache = NULL;
    cr_assert_eq(mw_cache_none_open(&cache, NULL), MW_OK);
    struct mw_cache_put put = {.key = mw_span("k"), .owner = mw_span("o")};
    cr_expect_eq(mw_cache_put(cache, &put, 1, NULL), MW_E_CONTRACT);
    mw_cache_close(&cache);
}

Test(redis, is_named_by_host_or_path)
{
    struct mw_cache *cache = NULL;
    cr_expect_eq(mw_cache_redis_open(&cache, &(struct mw_cache_redis_options){0}, NULL), MW_E_CONTRACT);
    cr_expect_eq(mw_cache_redis_open(&cache, &(struct mw_cache_redis_options){.host = "a", .path = "b"}, NULL),
                 MW_E_CONTRACT);
    cr_expect_null(cache);
}
