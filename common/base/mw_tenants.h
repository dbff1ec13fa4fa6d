/* mw_tenants.h: what a core keeps per tenant, found by name, walked in bytewise order: the order in which states are
 * saved and hashed, so it must be the same everywhere. Items are the owner's; each begins with its name. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_span.h"
#include "mw_status.h"

struct mw_tenants {
    void **items; /* each points to a struct whose first member is its `struct mw_span name` */
    size_t n, capacity;
};

/* All zero is valid and empty. Frees the list, not the items. */
void mw_tenants_fini(struct mw_tenants *tenants);
/* NULL when there is none of that name. */
void *mw_tenants_find(const struct mw_tenants *tenants, struct mw_span name);
/* Makes room for one more, so that mw_tenants_add cannot fail. MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_tenants_reserve(struct mw_tenants *tenants, struct mw_error *err);
/* Its name must be set and new. */
void mw_tenants_add(struct mw_tenants *tenants, void *item);
/* Takes an item out and returns it; NULL when there is none of that name. */
void *mw_tenants_remove(struct mw_tenants *tenants, struct mw_span name);
struct mw_span mw_tenants_name(const struct mw_tenants *tenants, size_t i);
