/* terminal.h: what a person sees: a progress bar, who earns what, lines as they come. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_bus.h"
#include "mw_bytes.h"
#include "mw_messages.h"

struct terminal_progress {
    const char *what; /* "history" */
    int64_t start_us, shown_us;
    bool is_terminal;
};
/* Draws at most ten times a second; on a stream that is no terminal, one line at every tenth. */
void terminal_progress_show(struct terminal_progress *progress, size_t done, size_t n);

/* Characters of a line: the terminal's, within 60..100; 100 where stdout is none. */
int terminal_width(void);
/* printf at the end of a sentence. */
void terminal_put(struct mw_writer *out, const char *fmt, ...) MW_PRINTF(2, 3);
/* Prints head and text as a paragraph that fits the terminal, its further lines indented, and a line end. */
void terminal_hang(const char *head, int indent, struct mw_span text);
/* The same for what comes as it happens: one line each where stdout is no terminal, for those who filter it. */
void terminal_news(const char *head, struct mw_span text);

/* Who earns what, and the recommended allocation with its moves. allocation may be NULL. */
void terminal_estimate(const struct mw_estimate *estimate, const struct mw_allocation *allocation);

/* The latest record of (topic, tenant, subject), decoded into the arena; *out is NULL when there is none. */
MW_MUST_USE enum mw_status terminal_latest(struct mw_broker *broker, const struct mw_type *type,
                                           struct mw_span tenant, struct mw_span subject,
                                           struct mw_arena *arena, const void **out, struct mw_error *err);

/* Under a title, the latest record of every subject of a type, a line each; of alerts those that are open. */
MW_MUST_USE enum mw_status terminal_latest_lines(struct mw_broker *broker, const struct mw_type *type,
                                                 const char *title, struct mw_error *err);
