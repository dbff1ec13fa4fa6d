/* state.h: the folder that a running monitor keeps: one log, one lock, one socket of a private Redis. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_bus.h"

enum { STATE_PATH_BYTES = 4096 };

struct state_paths {
    char log[STATE_PATH_BYTES];    /* DIR/mixwatch.db */
    char socket[STATE_PATH_BYTES]; /* DIR/redis.sock */
    char table[STATE_PATH_BYTES];  /* DIR/table.json */
};
/* MW_E_DATA when the folder's name is too long. */
MW_MUST_USE enum mw_status state_paths(const char *dir, struct state_paths *out, struct mw_error *err);

/* Makes the folder, takes its lock, opens its log; `fresh` empties it first. MW_E_BUSY when another monitor
 * runs on it, MW_E_DATA for a log of a newer version, MW_E_IO. */
MW_MUST_USE enum mw_status state_open(const char *dir, bool fresh, struct mw_broker **out,
                                      struct mw_error *err);
/* For commands that look: no lock, nothing is made. MW_E_IO when there is no log. */
MW_MUST_USE enum mw_status state_look(const char *dir, struct mw_broker **out, struct mw_error *err);
