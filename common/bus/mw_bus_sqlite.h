/* mw_bus_sqlite.h: the embedded bus: a durable log in one SQLite file, or in memory for replays and tests.
 *
 * One process holds the instance lock and runs the services; any other process may append raw records and
 * read. WAL and synchronous=FULL: what a commit has confirmed survives a power cut. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_bus.h"

struct mw_bus_sqlite_options {
    const char *path;     /* ":memory:" for a log that ends with the process */
    int32_t n_partitions; /* fixed at creation; 0: 1 for a new log, whatever an existing one has */
    bool is_instance;     /* take the instance lock: this process runs services (implied in memory) */
    bool must_exist;      /* do not create: for commands that only look */
    int busy_timeout_ms;  /* how long to wait for another writer; 0: 10,000 */
    int64_t pages_max;    /* upper bound of the file in pages of 4 KiB; 0: none */
};

/* One process opens a path with is_instance once: the lock is the process's.
 * MW_E_BUSY: another process holds the instance lock (its pid is in the text). MW_E_DATA: not a log of ours,
 * of a newer version, damaged, or with another number of partitions. MW_E_IO: cannot be opened or written. */
MW_MUST_USE enum mw_status
mw_bus_sqlite_open(struct mw_broker **out, const struct mw_bus_sqlite_options *options, struct mw_error *err);
