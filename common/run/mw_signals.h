/* mw_signals.h: SIGINT and SIGTERM set one flag; the loop looks at it between messages, poll(2) wakes on a
 * pipe. A second signal of the same kind ends the process at once, as a person expects who presses Ctrl-C
 * twice. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_status.h"

/* May be called again. MW_E_IO. SIGPIPE is ignored from now on: a closed socket or pipe is an error code. */
MW_MUST_USE enum mw_status mw_signals_install(struct mw_error *err);
/* The number of the first signal, or 0. */
int mw_signals_caught(void);
/* Readable once a signal was caught; -1 before installation. Never read from it. */
int mw_signals_fd(void);
