/* mw_rows_internal.h: how the rows of the field tables are written.
 *
 * One macro per kind. MW_AT picks the offset through _Generic, so a row whose kind disagrees with the
 * member's C type does not compile; nested shapes are found by the struct's own tag (struct mw_scale:
 * mw_scale_shape). The last argument is the sentence that the schema shows; numbers say their unit before it.
 */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_charset.h"
#include "mw_messages.h"

#include <math.h>

// clang-format off
#define MW_AT(S, m, T) _Generic(&((S *)0)->m, T *: offsetof(S, m))
#define MW_AT_N(S, m) MW_AT(S, n_##m, size_t)

/* Bounds of a number, or of the count of a list. */
#define MW_ANY             {0}
#define MW_AT_LEAST(a)     {.min = (a), .has_min = true}
#define MW_ABOVE(a)        {.min = (a), .has_min = true, .above = true}
#define MW_AT_MOST(b)      {.max = (b), .has_max = true}
#define MW_BETWEEN(a, b)   {.min = (a), .max = (b), .has_min = true, .has_max = true}
#define MW_ABOVE_TO(a, b)  {.min = (a), .max = (b), .has_min = true, .has_max = true, .above = true}
#define MW_INSIDE(a, b)    {.min = (a), .max = (b), .has_min = true, .has_max = true, .above = true, .below = true}

#define MW_ROW(wire, k, p, text) .name = (wire), .kind = (k), .presence = (p), .doc = (text)
#define MW_PLAIN .unit = "none", .absent_num = (double)NAN

/* Those ending _OR are optional with a default. Optional integers and enums without one are -1 when absent, so -1
 * must lie outside their bounds. */
#define MW_STR(S, m, p, cs, text) \
    {MW_ROW(#m, MW_F_STR, p, text), MW_PLAIN, .offset = MW_AT(S, m, struct mw_span), .charset = &mw_charset_##cs}
#define MW_STR_OR(S, m, def, cs, text) \
    {MW_ROW(#m, MW_F_STR, MW_OPTL, text), MW_PLAIN, .offset = MW_AT(S, m, struct mw_span), \
     .charset = &mw_charset_##cs, .absent_text = (def)}
#define MW_BOOL(S, m, p, text) {MW_ROW(#m, MW_F_BOOL, p, text), MW_PLAIN, .offset = MW_AT(S, m, bool)}
#define MW_BOOL_OR(S, m, def, text) \
    {MW_ROW(#m, MW_F_BOOL, MW_OPTL, text), MW_PLAIN, .offset = MW_AT(S, m, bool), .absent_bool = (def)}
#define MW_INT(S, m, p, limits, u, text) \
    {MW_ROW(#m, MW_F_INT, p, text), .unit = (u), .bounds = limits, .offset = MW_AT(S, m, int64_t), \
     .absent_int = -1, .absent_num = (double)NAN}
#define MW_INT_OR(S, m, def, limits, u, text) \
    {MW_ROW(#m, MW_F_INT, MW_OPTL, text), .unit = (u), .bounds = limits, .offset = MW_AT(S, m, int64_t), \
     .absent_int = (def), .absent_num = (double)NAN}
#define MW_NUM(S, m, p, limits, u, text) \
    {MW_ROW(#m, MW_F_NUM, p, text), .unit = (u), .bounds = limits, .offset = MW_AT(S, m, double), .absent_num = (double)NAN}
#define MW_NUM_OR(S, m, def, limits, u, text) \
    {MW_ROW(#m, MW_F_NUM, MW_OPTL, text), .unit = (u), .bounds = limits, .offset = MW_AT(S, m, double), \
     .absent_num = (def)}
#define MW_MICROS(S, m, p, limits, text) \
    {MW_ROW(#m, MW_F_MICROS, p, text), .unit = "micros of the currency", .bounds = limits, \
     .offset = MW_AT(S, m, double), .absent_num = (double)NAN}
#define MW_DATE(S, m, p, text) {MW_ROW(#m, MW_F_DATE, p, text), MW_PLAIN, .offset = MW_AT(S, m, mw_date)}
#define MW_TIME(S, m, p, text) {MW_ROW(#m, MW_F_TIME, p, text), MW_PLAIN, .offset = MW_AT(S, m, int64_t)}
#define MW_ENUM(S, m, p, list, text) \
    {MW_ROW(#m, MW_F_ENUM, p, text), MW_PLAIN, .offset = MW_AT(S, m, int), .names = (list), .absent_int = -1}
#define MW_ENUM_OR(S, m, def, list, text) \
    {MW_ROW(#m, MW_F_ENUM, MW_OPTL, text), MW_PLAIN, .offset = MW_AT(S, m, int), .names = (list), \
     .absent_int = (def)}

/* Nested: `tag` is the struct's tag. */
#define MW_OBJ(S, m, tag, p, text) \
    {MW_ROW(#m, MW_F_OBJ, p, text), MW_PLAIN, .offset = MW_AT(S, m, struct tag), .shape = &tag##_shape}
#define MW_OPT_AS(wire, S, m, tag, text) \
    {MW_ROW(wire, MW_F_OPT, MW_OPTL, text), MW_PLAIN, .offset = MW_AT(S, m, const struct tag *), \
     .shape = &tag##_shape}
#define MW_OPT(S, m, tag, text) MW_OPT_AS(#m, S, m, tag, text)
#define MW_VARIANT(S, m, tag, text) \
    {MW_ROW(#m, MW_F_OPT, MW_OPTL, text), MW_PLAIN, .offset = MW_AT(S, m, const struct tag *), \
     .shape = &tag##_shape, .variant = true}
#define MW_LIST(S, m, tag, p, limits, text) \
    {MW_ROW(#m, MW_F_LIST, p, text), MW_PLAIN, .offset = MW_AT(S, m, const struct tag *), \
     .n_offset = MW_AT_N(S, m), .shape = &tag##_shape, .bounds = limits}
#define MW_MAP(S, m, tag, p, limits, text) \
    {MW_ROW(#m, MW_F_MAP, p, text), MW_PLAIN, .offset = MW_AT(S, m, const struct tag *), \
     .n_offset = MW_AT_N(S, m), .shape = &tag##_shape, .bounds = limits}
/* A map whose elements take another shape of the same struct, with rules of its own. */
#define MW_MAP_OF(S, m, tag, s, p, limits, text) \
    {MW_ROW(#m, MW_F_MAP, p, text), MW_PLAIN, .offset = MW_AT(S, m, const struct tag *), \
     .n_offset = MW_AT_N(S, m), .shape = &(s), .bounds = limits}
#define MW_STRS(S, m, p, limits, cs, text) \
    {MW_ROW(#m, MW_F_STRS, p, text), MW_PLAIN, .offset = MW_AT(S, m, const struct mw_span *), \
     .n_offset = MW_AT_N(S, m), .charset = &mw_charset_##cs, .bounds = limits}
#define MW_NUMS(S, m, p, limits, u, text) \
    {MW_ROW(#m, MW_F_NUMS, p, text), .unit = (u), .absent_num = (double)NAN, .offset = MW_AT(S, m, const double *), \
     .n_offset = MW_AT_N(S, m), .bounds = limits}

/* The shape of struct `tag`, whose rows are tag_fields. */
#define MW_SHAPE_OF(tag, wire, text) \
    .name = (wire), .size = sizeof(struct tag), .fields = tag##_fields, \
    .n_fields = sizeof tag##_fields / sizeof tag##_fields[0], .doc = (text)
#define MW_SHAPE(tag, wire, text) const struct mw_shape tag##_shape = {MW_SHAPE_OF(tag, wire, text)}
/* A second shape over the same struct: `rows` are its fields. */
#define MW_SHAPE_ROWS(tag, rows, wire, text) \
    {.name = (wire), .size = sizeof(struct tag), .fields = rows, .n_fields = sizeof rows / sizeof rows[0], \
     .doc = (text)}
// clang-format on

/* Shapes and names that more than one theme uses. */
extern const struct mw_shape mw_label_shape, mw_amount_shape, mw_spend_amount_shape, mw_posterior_shape,
    mw_quantiles_shape, mw_tenant_shape, mw_tenant_scales_shape, mw_test_shape, mw_command_shape,
    mw_data_state_shape, mw_model_state_shape, mw_move_channel_shape;
extern const char *const mw_names_evidence[], *const mw_names_publication[];
