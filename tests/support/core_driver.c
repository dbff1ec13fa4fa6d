// SPDX-License-Identifier: Apache-2.0
#include "core_driver.h"

void core_driver_init(struct core_driver *driver, const struct mw_core_ops *ops, void *core)
{
    *driver = (struct core_driver){.ops = ops, .core = core};
}

void core_driver_fini(struct core_driver *driver)
{
    mw_effects_fini(&driver->effects);
    driver->ops->close(driver->core);
}

enum mw_status core_driver_step(struct core_driver *driver, const struct mw_type *type, const char *tenant,
                                const void *body)
{
    const struct mw_message in = {
        .type = type,
        .body = body,
        .tenant = mw_span(tenant),
        .id = mw_span("id"),
        .raw = mw_span("{}"),
        .topic = type->topic,
        .offset = driver->offset++,
    };
    mw_effects_reset(&driver->effects);
    driver->err = (struct mw_error){0};
    return driver->ops->step(driver->core, &in, &driver->effects, &driver->err);
}

size_t core_driver_count(const struct core_driver *driver, const struct mw_type *type)
{
    size_t n = 0;
    for (size_t i = 0; i < driver->effects.n; i++) {
        n += driver->effects.items[i].type == type;
    }
    return n;
}

const void *core_driver_effect(const struct core_driver *driver, const struct mw_type *type, size_t i)
{
    for (size_t k = 0; k < driver->effects.n; k++) {
        if (driver->effects.items[k].type == type && i-- == 0) {
            return driver->effects.items[k].body;
        }
    }
    return NULL;
}

static bool saves_same(struct core_driver *driver, void *fresh, struct mw_span tenant)
{
    struct mw_writer before = {0}, after = {0};
    struct mw_error err = {0};
    bool same = driver->ops->save(driver->core, tenant, &before, &err) == MW_OK;
    struct mw_reader in = mw_reader(mw_writer_span(&before));
    same = same && driver->ops->load(fresh, tenant, &in, &err) == MW_OK;
    same = same && driver->ops->save(fresh, tenant, &after, &err) == MW_OK;
    same = same && mw_span_eq(mw_writer_span(&before), mw_writer_span(&after));
    mw_writer_fini(&before);
    mw_writer_fini(&after);
    return same;
}

bool core_driver_move_to(struct core_driver *driver, void *fresh)
{
    struct mw_span tenant;
    bool same = true;
    for (size_t i = 0; driver->ops->tenant_at(driver->core, i, &tenant); i++) {
        same &= saves_same(driver, fresh, tenant);
    }
    driver->ops->close(driver->core);
    driver->core = fresh;
    return same;
}
