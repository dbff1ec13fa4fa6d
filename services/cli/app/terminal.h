/* terminal.h: what a person sees: a progress bar, who earns what, lines as they come. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_bus.h"
#include "mw_messages.h"

struct terminal_progress {
    const char *what; /* "history" */
    int64_t start_us, shown_us;
    bool is_terminal;
};
/* Draws at most ten times a second; on a stream that is no terminal, one line at every tenth. */
void terminal_progress_show(struct terminal_progress *progress, size_t done, size_t n);

/* Who earns what, and the recommended allocation with its moves. allocation may be NULL. */
void terminal_estimate(const struct mw_estimate *estimate, const struct mw_allocation *allocation);

/* The latest record of (topic, tenant, subject), decoded into the arena; *out is NULL when there is none. */
MW_MUST_USE enum mw_status terminal_latest(struct mw_broker *broker, const struct mw_type *type,
                                           struct mw_span tenant, struct mw_span subject,
                                           struct mw_arena *arena, const void **out, struct mw_error *err);

/* Under a title, the latest record of every subject of a type, a line each; of alerts those that are open. */
MW_MUST_USE enum mw_status terminal_latest_lines(struct mw_broker *broker, const struct mw_type *type,
                                                 const char *title, struct mw_error *err);
