/* mw_shape.h: what the table of a struct gives for free: a deep copy and a binary form for snapshots.
 *
 * Cores keep message structs as state (a tenant's configuration, a declared test). With the field tables they
 * need no hand-written copy, save and load, and a new field is never forgotten. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_field.h"

/* A copy that borrows nothing from `body`, in `arena`; NULL when memory is out. */
MW_MUST_USE void *mw_shape_copy(const struct mw_shape *shape, const void *body, struct mw_arena *arena);

/* Field by field in the table's order. The form is for snapshots only: a changed table changes it, so a core
 * raises its state_version with the table. */
void mw_shape_write(const struct mw_shape *shape, const void *body, struct mw_writer *out);
/* What mw_shape_write wrote; texts are copied into `arena`. NULL when memory is out or the input is damaged
 * (the reader remembers which). */
MW_MUST_USE void *mw_shape_read(const struct mw_shape *shape, struct mw_reader *in, struct mw_arena *arena);

/* The shape of a field of that name; NULL when there is none, or it is no object. */
const struct mw_shape *mw_shape_of_field(const struct mw_shape *shape, const char *field);
