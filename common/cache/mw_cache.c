// SPDX-License-Identifier: Apache-2.0
#include "mw_cache.h"

#include <stdlib.h>

static struct mw_cache_head *head_of(const struct mw_cache *cache)
{
    return (struct mw_cache_head *)(uintptr_t)cache;
}

enum mw_status mw_cache_put(struct mw_cache *cache, struct mw_cache_put *puts, size_t n, struct mw_error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (puts[i].key.len == 0 || puts[i].owner.len == 0 || puts[i].fence.stream.len == 0) {
            return MW_FAIL(err, MW_E_CONTRACT, "a cached value needs a key, an owner and a fence");
        }
    }
    MW_TRY(head_of(cache)->ops->put(cache, puts, n, err));
    for (size_t i = 0; i < n; i++) {
        head_of(cache)->stats.outcomes[puts[i].outcome]++;
    }
    return MW_OK;
}

enum mw_status mw_cache_get(struct mw_cache *cache, struct mw_span key, struct mw_arena *arena,
                            struct mw_span *out, struct mw_cache_fence *fence, struct mw_error *err)
{
    *out = (struct mw_span){0};
    head_of(cache)->stats.gets++;
    MW_TRY(head_of(cache)->ops->get(cache, key, arena, out, fence, err));
    head_of(cache)->stats.hits += out->data != NULL;
    return MW_OK;
}

bool mw_cache_claim(struct mw_cache *cache, struct mw_span owner, struct mw_span stream)
{
    return head_of(cache)->ops->claim(cache, owner, stream);
}

void mw_cache_refresh(struct mw_cache *cache)
{
    head_of(cache)->ops->refresh(cache);
}

enum mw_cache_state mw_cache_state(const struct mw_cache *cache)
{
    return head_of(cache)->state;
}

const char *mw_cache_state_name(enum mw_cache_state state)
{
    static const char *const names[] = {"none", "up", "degraded"};
    return names[state];
}

uint64_t mw_cache_generation(const struct mw_cache *cache)
{
    return head_of(cache)->generation;
}

const struct mw_cache_stats *mw_cache_stats(const struct mw_cache *cache)
{
    return &head_of(cache)->stats;
}

void mw_cache_close(struct mw_cache **cache)
{
    if (*cache != NULL) {
        head_of(*cache)->ops->close(*cache);
        *cache = NULL;
    }
}

/* ---- none --------------------------------------------------------------------------------------------------- */

static enum mw_status none_put(struct mw_cache *cache, struct mw_cache_put *puts, size_t n,
                               struct mw_error *err)
{
    (void)cache;
    (void)err;
    for (size_t i = 0; i < n; i++) {
        puts[i].outcome = MW_CACHE_SKIPPED;
    }
    return MW_OK;
}

static enum mw_status none_get(struct mw_cache *cache, struct mw_span key, struct mw_arena *arena,
                               struct mw_span *out, struct mw_cache_fence *fence, struct mw_error *err)
{
    (void)cache;
    (void)key;
    (void)arena;
    (void)fence;
    (void)err;
    *out = (struct mw_span){0};
    return MW_OK;
}

static bool none_claim(struct mw_cache *cache, struct mw_span owner, struct mw_span stream)
{
    (void)cache;
    (void)owner;
    (void)stream;
    return false;
}

static void none_refresh(struct mw_cache *cache)
{
    (void)cache;
}

static void none_close(struct mw_cache *cache)
{
    free(cache);
}

static const struct mw_cache_ops none_ops = {
    .put = none_put, .get = none_get, .claim = none_claim, .refresh = none_refresh, .close = none_close};

enum mw_status mw_cache_none_open(struct mw_cache **out, struct mw_error *err)
{
    struct mw_cache_head *head = calloc(1, sizeof *head);
    *out = (struct mw_cache *)(void *)head;
    if (head == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for a cache");
    }
    head->ops = &none_ops;
    head->state = MW_CACHE_NONE;
    return MW_OK;
}
