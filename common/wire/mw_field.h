/* mw_field.h: how a message type is declared: one table of fields, from which decoder, encoder, validation with
 * the position of the fault, and JSON Schema all come.
 *
 * A field names its place in the struct by offset. What a field's C type is follows from its kind:
 *
 *   MW_F_STR     struct mw_span          "text"; absent: empty. min_len, max_len in bytes
 *   MW_F_BOOL    bool                    absent: false
 *   MW_F_INT     int64_t                 an integer; absent: field.absent_int
 *   MW_F_NUM     double                  finite; null or absent: NaN
 *   MW_F_MICROS  double                  money: integer micros on the wire, units of the currency in the struct; NaN
 *   MW_F_DATE    mw_date                 "2026-01-31"; absent: MW_DATE_NONE
 *   MW_F_TIME    int64_t                 RFC 3339 on the wire, microseconds UTC; absent: MW_TIME_NONE
 *   MW_F_ENUM    int (an enum)           one of a list of names; absent: field.absent_int
 *   MW_F_OBJ     struct x                an object, in place
 *   MW_F_OPT     const struct x *        an object that may be absent: NULL
 *   MW_F_LIST    const struct x * and size_t n   an array of objects
 *   MW_F_STRS    const struct mw_span * and size_t n   an array of strings
 *   MW_F_NUMS    const double * and size_t n           an array of numbers (null: NaN)
 *   MW_F_MAP     const struct x * and size_t n   an object with free keys; the key fills the element's first field, a
 *                                        struct mw_span. When the element has just one more field the value stands
 *                                        alone: {"tv": 117937.0}; otherwise {"tv": {"mean": 1, "sd": 2}}
 *
 * A type may have variants: an enum field (the discriminator) whose chosen name must be matched by exactly the
 * MW_F_OPT field of that name; the other variants must be absent. Unknown fields are refused in input (a typing error must not
 * be silent) and allowed where the schema's readers are outside (outputs): versions are additive within v1. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_core.h"
#include "mw_time.h"

#define MW_TIME_NONE INT64_MIN

enum mw_field_kind {
    MW_F_STR,
    MW_F_BOOL,
    MW_F_INT,
    MW_F_NUM,
    MW_F_MICROS,
    MW_F_DATE,
    MW_F_TIME,
    MW_F_ENUM,
    MW_F_OBJ,
    MW_F_OPT,
    MW_F_LIST,
    MW_F_STRS,
    MW_F_NUMS,
    MW_F_MAP,
};

struct mw_field {
    const char *name;
    enum mw_field_kind kind;
    size_t offset;   /* of the value, or of the pointer */
    size_t n_offset; /* of the count, for LIST, STRS, NUMS, MAP */
    const struct mw_shape *shape;  /* of the nested object or element */
    const char *const *names;      /* of an enum, NULL-terminated, in the order of its values from 0 */
    bool required;
    bool variant;                  /* present exactly when the discriminator has this field's name */
    bool has_min, has_max;         /* bounds are inclusive */
    bool exclusive_min;
    double min, max;               /* of numbers; of lengths (STR) and counts (LIST, STRS, NUMS, MAP) */
    int64_t absent_int;
    const char *pattern;           /* name of a charset: "name" (see mw_messages.h), or NULL */
    const char *unit;              /* "currency", "share", "days", "1", ... */
    const char *doc;               /* one sentence */
};

struct mw_shape {
    const char *name;
    size_t size;
    const struct mw_field *fields;
    size_t n_fields;
    const char *discriminator; /* name of the enum field that picks the variant, or NULL */
    const char *doc;
};

/* A message type is a shape with a topic. The topic is also its type name in CloudEvents and in the schema. */
struct mw_type {
    const char *topic;   /* "mw.spend.v1" */
    struct mw_shape shape;
    bool input;          /* read from outside: unknown fields are refused */
    bool compacted;      /* only the latest record per (tenant, subject) matters */
    const char *title;
};
