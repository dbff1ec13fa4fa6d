// SPDX-License-Identifier: Apache-2.0
#include "mw_core.h"

#include <stdlib.h>

static bool make_room(struct mw_effects *out)
{
    if (out->n < out->capacity) {
        return true;
    }
    const size_t capacity = out->capacity == 0 ? 16 : 2 * out->capacity;
    struct mw_effect *items = realloc(out->items, capacity * sizeof *items);
    if (items == NULL) {
        return false;
    }
    out->items = items;
    out->capacity = capacity;
    return true;
}

enum mw_status mw_effects_emit(struct mw_effects *out, const struct mw_type *type, struct mw_span tenant,
                               struct mw_span subject, const void *body, struct mw_error *err)
{
    const struct mw_effect effect = {type, body, mw_arena_copy(&out->arena, tenant),
                                     mw_arena_copy(&out->arena, subject)};
    if (effect.tenant.data == NULL || effect.subject.data == NULL || !make_room(out)) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for effect %zu of a step", out->n);
    }
    out->items[out->n++] = effect;
    return MW_OK;
}

void mw_effects_reset(struct mw_effects *out)
{
    mw_arena_reset(&out->arena);
    out->n = 0;
}

void mw_effects_fini(struct mw_effects *out)
{
    mw_arena_fini(&out->arena);
    free(out->items);
    *out = (struct mw_effects){0};
}
