/* core_driver.h: drives one core with structs instead of records: no bus, no JSON. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_core.h"
#include "mw_messages.h"

struct core_driver {
    const struct mw_core_ops *ops;
    void *core;
    struct mw_effects effects; /* of the last step */
    int64_t offset;
    struct mw_error err;
};

void core_driver_init(struct core_driver *driver, const struct mw_core_ops *ops, void *core);
void core_driver_fini(struct core_driver *driver);
/* One message; the effects of the one before are gone. */
enum mw_status core_driver_step(struct core_driver *driver, const struct mw_type *type, const char *tenant,
                                const void *body);
/* The i-th effect of a type among those of the last step, or NULL. */
const void *core_driver_effect(const struct core_driver *driver, const struct mw_type *type, size_t i);
size_t core_driver_count(const struct core_driver *driver, const struct mw_type *type);
/* Saves every tenant and loads it into `fresh`; false when the bytes of a second save differ. */
bool core_driver_move_to(struct core_driver *driver, void *fresh);
