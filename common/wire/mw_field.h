/* mw_field.h: how a message type is declared: one table of fields, from which decoder, encoder, validation
 * with the position of the fault, and JSON Schema all come.
 *
 * A field names its place in the struct by offset. What its C type is follows from its kind, and so does the
 * value that stands for "none":
 *
 *   MW_F_STR     struct mw_span     a text; none: empty
 *   MW_F_BOOL    bool               true or false
 *   MW_F_INT     int64_t            an integer (1.0 and 1e3 are integers too, as JSON Schema has it)
 *   MW_F_NUM     double             finite; none: NaN
 *   MW_F_MICROS  double             money: integer micros on the wire, units of its currency here; none: NaN
 *   MW_F_DATE    mw_date            "2026-01-31", years 1600 to 9999; none: MW_DATE_NONE
 *   MW_F_TIME    int64_t            RFC 3339, years 1900 to 2999, here microseconds UTC; none: MW_TIME_NONE
 *   MW_F_ENUM    int (an enum)      one of a list of names
 *   MW_F_OBJ     struct x           an object, in place
 *   MW_F_OPT     const struct x *   an object that may be absent: NULL
 *   MW_F_LIST    const struct x * and size_t n_...         an array of objects
 *   MW_F_STRS    const struct mw_span * and size_t n_...   an array of texts
 *   MW_F_NUMS    const double * and size_t n_...           an array of numbers (null: NaN)
 *   MW_F_MAP     const struct x * and size_t n_...         an object with free keys. The key fills the
 *                element's first field, a struct mw_span. An element with just one more field stands alone:
 *                {"tv": 117937.0}; one with more is an object: {"price": {"mean": 1, "sd": 2}}
 *
 * Presence and defaults. MW_REQ: the key must be there, with a value. MW_NULL: the key must be there; a
 * number may be null (NaN). MW_OPTL: the key may be left out; a number may be null too. A field left out
 * takes its `absent` value. The encoder leaves out what the wire cannot say (NaN, an empty text, no date, an
 * integer outside the field's own bounds, an enum of -1) and writes everything else, defaults too: a record
 * must not change its meaning when a default does.
 *
 * Rules over several fields of a shape. Variants: an enum field (the discriminator) whose chosen name must be
 * matched by exactly the MW_F_OPT field of that name; the other variants must be absent. one_of: exactly one
 * of two optional numbers has a value. Unknown fields are refused in input (a typing error must not be
 * silent) and allowed where the schema's readers are outside (outputs): versions are additive within v1. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_core.h"
#include "mw_time.h"

#define MW_TIME_NONE INT64_MIN
/* Instants that travel lie in the years 1900 to 2999 as written; offsets move them by a day at most. */
#define MW_TIME_MIN (INT64_C(-2208988800) * MW_US_PER_S - MW_US_PER_DAY)
#define MW_TIME_MAX (INT64_C(32503680000) * MW_US_PER_S + MW_US_PER_DAY)
/* The nearest time that can travel: a record's own stamp may be anything. */
static inline int64_t mw_time_clamp(int64_t time_us)
{
    const int64_t from = time_us < MW_TIME_MIN ? MW_TIME_MIN : time_us;
    return from >= MW_TIME_MAX ? MW_TIME_MAX - 1 : from;
}

/* Booked money on the wire: within nine trillion units of a currency either way. */
#define MW_MICROS_MAX INT64_C(9000000000000000000)

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

enum mw_presence { MW_OPTL, MW_REQ, MW_NULL };

/* Of a number's value (money in units of its currency) or of the count of a list or map. */
struct mw_bounds {
    double min, max;
    bool has_min, has_max;
    bool above, below; /* the bound itself is outside */
};

/* What texts a field takes. Lengths are in characters (Unicode code points), as JSON Schema counts them. */
struct mw_charset {
    const char *name;
    const char *what;    /* for errors: "is not <what>" */
    const char *pattern; /* ECMA-262 regular expression that says the same as `accepts`; NULL: any text */
    size_t chars_min, chars_max;          /* chars_max 0: no limit of its own */
    bool (*accepts)(struct mw_span text); /* NULL: any text */
};

struct mw_field {
    const char *name;
    enum mw_field_kind kind;
    enum mw_presence presence;
    size_t offset;                    /* of the value, or of the pointer */
    size_t n_offset;                  /* of the count, for LIST, STRS, NUMS, MAP */
    const struct mw_shape *shape;     /* of the nested object or element */
    const char *const *names;         /* of an enum, NULL-terminated, in the order of its values from 0 */
    const struct mw_charset *charset; /* of a text, or of the elements of STRS */
    struct mw_bounds bounds;
    bool variant;       /* present exactly when the discriminator has this field's name */
    bool absent_bool;   /* what a field left out takes, by kind */
    int64_t absent_int; /* INT and ENUM */
    double absent_num;
    const char *absent_text; /* NULL: empty */
    const char *unit;        /* of numbers: "currency", "share", "days", "1", ...; "none" for the rest */
    const char *doc;         /* one sentence */
};

struct mw_shape {
    const char *name;
    size_t size;
    const struct mw_field *fields;
    size_t n_fields;
    const char *discriminator; /* name of the enum field that picks the variant, or NULL */
    const char *one_of[2];     /* names of two optional numbers of which exactly one has a value, or NULL */
    const char *doc;
};

/* A message type is a shape with a topic. The topic is also its type name in CloudEvents and in the schema.
 */
struct mw_type {
    const char *topic; /* "mw.spend.v1" */
    struct mw_shape shape;
    bool input;     /* read from outside: unknown fields are refused */
    bool compacted; /* only the latest record per (tenant, subject) matters */
    const char *title;
};
