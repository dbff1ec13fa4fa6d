// SPDX-License-Identifier: Apache-2.0
#include "mw_tenants.h"

#include "mw_index.h"

#include <stdlib.h>

struct mw_span mw_tenants_name(const struct mw_tenants *tenants, size_t i)
{
    return *(const struct mw_span *)tenants->items[i];
}

/* The position of a name, or of the place where it belongs. */
static size_t place_of(const struct mw_tenants *tenants, struct mw_span name)
{
    size_t low = 0, high = tenants->n;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (mw_span_cmp(mw_tenants_name(tenants, middle), name) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool is_at(const struct mw_tenants *tenants, size_t place, struct mw_span name)
{
    return place < tenants->n && mw_span_eq(mw_tenants_name(tenants, place), name);
}

void mw_tenants_fini(struct mw_tenants *tenants)
{
    free(tenants->items);
    *tenants = (struct mw_tenants){0};
}

void *mw_tenants_find(const struct mw_tenants *tenants, struct mw_span name)
{
    const size_t place = place_of(tenants, name);
    return is_at(tenants, place, name) ? tenants->items[place] : NULL;
}

enum mw_status mw_tenants_reserve(struct mw_tenants *tenants, struct mw_error *err)
{
    void *items = tenants->items;
    MW_TRY(mw_vector_grow(&items, tenants->n, &tenants->capacity, sizeof *tenants->items, err));
    tenants->items = items;
    return MW_OK;
}

void mw_tenants_add(struct mw_tenants *tenants, void *item)
{
    const struct mw_span name = *(const struct mw_span *)item;
    const size_t place = place_of(tenants, name);
    mw_invariant(tenants->n < tenants->capacity && !is_at(tenants, place, name));
    memmove(tenants->items + place + 1, tenants->items + place, (tenants->n - place) * sizeof *tenants->items);
    tenants->items[place] = item;
    tenants->n++;
}

void *mw_tenants_remove(struct mw_tenants *tenants, struct mw_span name)
{
    const size_t place = place_of(tenants, name);
    if (!is_at(tenants, place, name)) {
        return NULL;
    }
    void *item = tenants->items[place];
    tenants->n--;
    memmove(tenants->items + place, tenants->items + place + 1, (tenants->n - place) * sizeof *tenants->items);
    return item;
}
