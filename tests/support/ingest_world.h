/* ingest_world.h: a tenant "acme" and its events for tests of ingest. Every step also proves that all its effects can
 * be written: one that cannot stops the service for good. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "core_driver.h"

enum { INGEST_WORLD_FIRST = 19723 }; /* 2024-01-01, a Monday */

/* Daily, EUR, revenue, channels tv and search, control price, on its own clock. */
struct mw_tenant ingest_world_config(void);
/* A core that has taken the configuration. */
struct core_driver ingest_world_open(const struct mw_tenant *config);
/* One message of tenant acme. */
void ingest_world_send(struct core_driver *driver, const struct mw_type *type, const void *body);

/* A snapshot of source "ads", observed at 1. */
struct mw_spend ingest_world_spend(const char *channel, mw_date date, double amount);
void ingest_world_send_spend(struct core_driver *driver, struct mw_spend event);
void ingest_world_send_outcome(struct core_driver *driver, mw_date date, double amount);
void ingest_world_send_price(struct core_driver *driver, mw_date date, double value);
/* A clock at the beginning of a day. */
void ingest_world_send_clock(struct core_driver *driver, mw_date today);

/* The one thing that the last step did was to refuse its record for this reason. */
void ingest_world_expect_rejected(const struct core_driver *driver, const char *reason);
/* The first fact of the last step, or NULL; the cell of it, or NULL. */
const struct mw_fact *ingest_world_fact(const struct core_driver *driver);
const struct mw_fact_cell *ingest_world_cell(const struct core_driver *driver);
/* The i-th fact of a kind of the last step, or NULL. */
const struct mw_fact *ingest_world_fact_of(const struct core_driver *driver, int kind, size_t i);
