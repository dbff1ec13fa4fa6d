/* mw_wire.h: messages as JSON, both ways, from their tables (mw_field.h).
 *
 * Accepted is RFC 8259 as I-JSON (RFC 7493) narrows it: UTF-8, no byte order mark, no key twice in an object,
 * no lone surrogates, no NUL in a key, finite numbers, integers within 64 bits, nesting up to
 * MW_WIRE_DEPTH_MAX. What the table says beyond that is what the JSON Schema in schemas/ says: both accept
 * and refuse the same.
 *
 * Written is one canonical form, fixed for good: keys in the table's order, no blanks, the shortest digits
 * that read back as the same double, times in UTC with six decimals. Decoding what was encoded gives the same
 * struct, encoding what was decoded from canonical JSON the same bytes. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_messages.h"

enum {
    MW_WIRE_INPUT_BYTES_MAX = 1 << 20,  /* of one record from outside */
    MW_WIRE_OUTPUT_BYTES_MAX = 8 << 20, /* of one of ours: a dead letter holds a whole record, escaped */
    MW_WIRE_DEPTH_MAX = 64,
};

/* Where and why a record was refused. */
struct mw_fault {
    char pointer[256]; /* RFC 6901, "/channels/0/priors/alpha/a"; "" is the record; cut with "..." when too
                          long; control characters, which only unknown keys may have, are shown as '?' */
    char reason[48];   /* for programs: syntax, utf8, duplicate_key, too_large, too_deep, missing,
                          unknown_field, type, range, length, charset, name (of an enum), date, time, variant,
                          one_of */
    char text[384];    /* for people: "0 is not above 0"; of a syntax error with line, column and byte */
};

/* *body is the struct that `type` describes, in `arena` with all its texts; it borrows nothing from `json`.
 * MW_E_DATA when the record is refused: *fault (may be NULL) says where, and err's text is "/pointer: text".
 * MW_E_MEMORY when the arena is full. */
MW_MUST_USE enum mw_status mw_decode(const struct mw_type *type, struct mw_span json, struct mw_arena *arena,
                                     const void **body, struct mw_fault *fault, struct mw_error *err);

/* Appends one line of canonical JSON without the newline; `out` is unchanged when it fails.
 * MW_E_NUMERIC: an infinite number, or NaN where the table wants a number. MW_E_CONTRACT: another value that
 * the table does not allow, so that nothing is written which mw_decode would refuse; both name the pointer.
 * MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_encode(const struct mw_type *type, const void *body, struct mw_writer *out,
                                     struct mw_error *err);
