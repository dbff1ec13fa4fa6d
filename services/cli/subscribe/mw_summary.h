/* mw_summary.h: one record as one line for a person: what is the case, with its interval, and what to do. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_bytes.h"
#include "mw_field.h"

/* No line end. Control characters in texts become spaces: names come from outside, and a terminal obeys them.
 * A type without a summary of its own writes nothing. */
void mw_summary_write(const struct mw_type *type, const void *body, struct mw_writer *out);
