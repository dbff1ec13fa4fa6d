/* mw_schema.h: the tables as documents for others: JSON Schema 2020-12 of each type, AsyncAPI 3.0 of all
 * topics and channels. schemas/ holds what these functions write; a test compares.
 *
 * A schema accepts exactly the bodies that mw_decode accepts, given text that is I-JSON (mw_wire.h): what a
 * schema cannot see (a key twice, integers beyond 64 bits, the size of a record) is decided before it. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_messages.h"

/* Appends the document with a final newline. MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_schema_write(const struct mw_type *type, struct mw_writer *out,
                                           struct mw_error *err);
/* The same for all topics and the channels of the publisher, as YAML. MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_asyncapi_write(struct mw_writer *out, struct mw_error *err);
