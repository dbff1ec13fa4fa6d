/* Structs to JSON: straight into the writer, in the table's order. Every value passes the same rules as on
 * the way in, so nothing is written that mw_decode would refuse. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_check_internal.h"
#include "mw_number_internal.h"
#include "mw_wire.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

struct encoder {
    struct mw_writer *out;
    struct mw_error *err;
};

static enum mw_status refuse(struct encoder *e, enum mw_status status, const struct mw_path *path,
                             const char *fmt, ...) MW_PRINTF(4, 5);

static enum mw_status refuse(struct encoder *e, enum mw_status status, const struct mw_path *path,
                             const char *fmt, ...)
{
    char pointer[256], text[160];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    mw_path_print(path, pointer, sizeof pointer);
    return MW_FAIL(e->err, status, "cannot be written: %s: %s", pointer[0] == '\0' ? "record" : pointer,
                   text);
}

static void put(struct encoder *e, const char *text, size_t len)
{
    mw_write_bytes(e->out, text, len);
}

static void put_char(struct encoder *e, char c)
{
    mw_write_bytes(e->out, &c, 1);
}

/* ---- what is absent
 * ---------------------------------------------------------------------------------------- */

static bool is_none(const struct mw_field *field, const char *body);

static bool all_none(const struct mw_shape *shape, const char *body)
{
    for (size_t i = 0; i < shape->n_fields; i++) {
        if (!is_none(&shape->fields[i], body)) {
            return false;
        }
    }
    return true;
}

/* Whether the wire has no word for the value of an optional field, so that it is left out. */
static bool is_none(const struct mw_field *field, const char *body)
{
    const void *at = body + field->offset;
    switch (field->kind) {
    case MW_F_STR:
        return ((const struct mw_span *)at)->len == 0;
    case MW_F_BOOL:
        return false;
    case MW_F_INT: {
        const int64_t value = *(const int64_t *)at;
        return value == field->absent_int && !mw_bounds_hold(&field->bounds, (double)value);
    }
    case MW_F_NUM:
    case MW_F_MICROS:
        return isnan(*(const double *)at);
    case MW_F_DATE:
        return *(const mw_date *)at == MW_DATE_NONE;
    case MW_F_TIME:
        return *(const int64_t *)at == MW_TIME_NONE;
    case MW_F_ENUM:
        return *(const int *)at == field->absent_int && field->absent_int < 0;
    case MW_F_OBJ:
        return all_none(field->shape, at);
    case MW_F_OPT:
        return *(const void *const *)at == NULL;
    default:
        return *(const size_t *)(const void *)(body + field->n_offset) == 0;
    }
}

/* ---- scalars
 * ----------------------------------------------------------------------------------------------- */

static void put_escape(struct encoder *e, char c)
{
    static const char hex[] = "0123456789abcdef";
    static const char named[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* pairs: the character, its letter */
    for (size_t i = 0; i + 1 < sizeof named; i += 2) {
        if (named[i] == c) {
            put_char(e, '\\');
            put_char(e, named[i + 1]);
            return;
        }
    }
    const char text[6] = {'\\', 'u', '0', '0', hex[(unsigned char)c >> 4], hex[c & 0xF]};
    put(e, text, sizeof text);
}

/* Runs without anything to escape are copied whole. */
static void put_text(struct encoder *e, struct mw_span text)
{
    size_t from = 0;
    put_char(e, '"');
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.data[i];
        if ((unsigned char)c < ' ' || c == '"' || c == '\\') {
            put(e, text.data + from, i - from);
            put_escape(e, c);
            from = i + 1;
        }
    }
    put(e, text.len == 0 ? "" : text.data + from, text.len - from);
    put_char(e, '"');
}

static enum mw_status encode_text(struct encoder *e, const struct mw_charset *charset, struct mw_span text,
                                  const struct mw_path *path)
{
    if (!mw_text_is_utf8(text)) {
        return refuse(e, MW_E_CONTRACT, path, "is not UTF-8");
    }
    if (!mw_charset_takes(charset, text)) {
        return refuse(e, MW_E_CONTRACT, path, "%s is not %s", mw_excerpt(text).text, charset->what);
    }
    put_text(e, text);
    return MW_OK;
}

static void put_integer(struct encoder *e, int64_t value)
{
    char text[MW_NUMBER_CHARS];
    put(e, text, mw_integer_format(value, text));
}

static enum mw_status encode_int(struct encoder *e, const struct mw_field *field, int64_t value,
                                 const struct mw_path *path)
{
    if (!mw_bounds_hold(&field->bounds, (double)value)) {
        return refuse(e, MW_E_CONTRACT, path, "%" PRId64 " %s", value,
                      mw_bounds_text(&field->bounds, (double)value).text);
    }
    put_integer(e, value);
    return MW_OK;
}

/* Null stands for NaN where the table allows it; true when it was written. */
static enum mw_status encode_missing(struct encoder *e, enum mw_presence presence, double value,
                                     bool *is_missing, const struct mw_path *path)
{
    *is_missing = isnan(value);
    if (isinf(value) || (isnan(value) && presence == MW_REQ)) {
        return refuse(e, MW_E_NUMERIC, path, "is %s, which JSON cannot say",
                      isnan(value) ? "not a number" : "infinite");
    }
    if (*is_missing) {
        put(e, "null", 4);
    }
    return MW_OK;
}

static enum mw_status encode_num(struct encoder *e, const struct mw_field *field, double value,
                                 const struct mw_path *path)
{
    bool is_missing;
    MW_TRY(encode_missing(e, field->presence, value, &is_missing, path));
    if (is_missing) {
        return MW_OK;
    }
    if (!mw_bounds_hold(&field->bounds, value)) {
        return refuse(e, MW_E_CONTRACT, path, "%.15g %s", value, mw_bounds_text(&field->bounds, value).text);
    }
    char text[MW_NUMBER_CHARS];
    put(e, text, mw_number_format(value, text));
    return MW_OK;
}

/* The integer nearest to 10^6 x exactly, for |10^6 x| up to MW_MICROS_MAX: the product's rounding error, which fma
 * gives, is added as an integer. So decode and encode undo each other for every amount: below 2^33 units of a currency
 * the double tells the micros apart and determines the integer, above the integer determines the double. */
static int64_t nearest_micros(double x)
{
    const double product = x * 1e6, error = fma(x, 1e6, -product), whole = nearbyint(product);
    return (int64_t)whole + (int64_t)nearbyint((product - whole) + error);
}

static enum mw_status encode_micros(struct encoder *e, const struct mw_field *field, double value,
                                    const struct mw_path *path)
{
    bool is_missing;
    MW_TRY(encode_missing(e, field->presence, value, &is_missing, path));
    if (is_missing) {
        return MW_OK;
    }
    if (!(fabs(value) * 1e6 <= (double)MW_MICROS_MAX) || !mw_bounds_hold(&field->bounds, value)) {
        return refuse(e, MW_E_CONTRACT, path, "%.15g is out of range for money", value);
    }
    put_integer(e, nearest_micros(value));
    return MW_OK;
}

static enum mw_status encode_date(struct encoder *e, mw_date date, const struct mw_path *path)
{
    char text[16];
    if (date == MW_DATE_NONE || !mw_civil_is_valid(mw_date_to_civil(date))) {
        return refuse(e, MW_E_CONTRACT, path,
                      date == MW_DATE_NONE ? "has no date" : "has a date out of range");
    }
    mw_date_format(date, text);
    put_text(e, mw_span(text));
    return MW_OK;
}

static enum mw_status encode_time(struct encoder *e, int64_t time_us, const struct mw_path *path)
{
    char text[32];
    if (time_us < MW_TIME_MIN || time_us >= MW_TIME_MAX) {
        return refuse(e, MW_E_CONTRACT, path,
                      time_us == MW_TIME_NONE ? "has no time" : "has a time outside the years 1900 to 2999");
    }
    mw_time_format(time_us, text);
    put_text(e, mw_span(text));
    return MW_OK;
}

static enum mw_status encode_enum(struct encoder *e, const struct mw_field *field, int value,
                                  const struct mw_path *path)
{
    int n = 0;
    while (field->names[n] != NULL) {
        n++;
    }
    if (value < 0 || value >= n) {
        return refuse(e, MW_E_CONTRACT, path, "%d is not one of its %d names", value, n);
    }
    put_text(e, mw_span(field->names[value]));
    return MW_OK;
}

/* ---- objects, lists and maps
 * --------------------------------------------------------------------------------- */

static enum mw_status encode_value(struct encoder *e, const struct mw_field *field, const char *body,
                                   const struct mw_path *path);
static enum mw_status encode_members(struct encoder *e, const struct mw_shape *shape, size_t first,
                                     const char *body, const struct mw_path *path);

static struct mw_span key_of(const struct mw_shape *shape, const char *items, size_t i)
{
    return *(const struct mw_span *)(const void *)(items + i * shape->size + shape->fields[0].offset);
}

/* Maps are short, so looking back is cheaper than a table. */
static bool is_key_used(const struct mw_shape *shape, const char *items, size_t i)
{
    const struct mw_span key = key_of(shape, items, i);
    for (size_t j = 0; j < i; j++) {
        if (mw_span_eq(key_of(shape, items, j), key)) {
            return true;
        }
    }
    return false;
}

static enum mw_status encode_entry(struct encoder *e, const struct mw_shape *shape, const char *item,
                                   const struct mw_path *path)
{
    MW_TRY(encode_text(e, shape->fields[0].charset, path->key, path));
    put_char(e, ':');
    return shape->n_fields == 2 ? encode_value(e, &shape->fields[1], item, path)
                                : encode_members(e, shape, 1, item, path);
}

static enum mw_status encode_element(struct encoder *e, const struct mw_field *field, const char *items,
                                     size_t i, const struct mw_path *path)
{
    static const struct mw_field number = {.kind = MW_F_NUM, .presence = MW_NULL};
    switch (field->kind) {
    case MW_F_STRS:
        return encode_text(e, field->charset, ((const struct mw_span *)(const void *)items)[i], path);
    case MW_F_NUMS:
        return encode_num(e, &number, ((const double *)(const void *)items)[i], path);
    case MW_F_MAP:
        return encode_entry(e, field->shape, items + i * field->shape->size, path);
    default:
        return encode_members(e, field->shape, 0, items + i * field->shape->size, path);
    }
}

static enum mw_status encode_elements(struct encoder *e, const struct mw_field *field, const char *body,
                                      const struct mw_path *path)
{
    const char *items = *(const char *const *)(const void *)(body + field->offset);
    const size_t n = *(const size_t *)(const void *)(body + field->n_offset);
    const bool is_map = field->kind == MW_F_MAP;
    if (!mw_bounds_hold(&field->bounds, (double)n)) {
        return refuse(e, MW_E_CONTRACT, path, "a length of %zu %s", n,
                      mw_bounds_text(&field->bounds, (double)n).text);
    }
    put_char(e, is_map ? '{' : '[');
    for (size_t i = 0; i < n; i++) {
        struct mw_path element = {.up = path, .index = i};
        if (is_map) {
            element.key = key_of(field->shape, items, i);
        }
        if (is_map && is_key_used(field->shape, items, i)) {
            return refuse(e, MW_E_CONTRACT, &element, "comes twice");
        }
        if (i > 0) {
            put_char(e, ',');
        }
        MW_TRY(encode_element(e, field, items, i, &element));
    }
    put_char(e, is_map ? '}' : ']');
    return MW_OK;
}

static enum mw_status encode_value(struct encoder *e, const struct mw_field *field, const char *body,
                                   const struct mw_path *path)
{
    const void *at = body + field->offset;
    switch (field->kind) {
    case MW_F_STR:
        return encode_text(e, field->charset, *(const struct mw_span *)at, path);
    case MW_F_BOOL:
        put(e, *(const bool *)at ? "true" : "false", *(const bool *)at ? 4 : 5);
        return MW_OK;
    case MW_F_INT:
        return encode_int(e, field, *(const int64_t *)at, path);
    case MW_F_NUM:
        return encode_num(e, field, *(const double *)at, path);
    case MW_F_MICROS:
        return encode_micros(e, field, *(const double *)at, path);
    case MW_F_DATE:
        return encode_date(e, *(const mw_date *)at, path);
    case MW_F_TIME:
        return encode_time(e, *(const int64_t *)at, path);
    case MW_F_ENUM:
        return encode_enum(e, field, *(const int *)at, path);
    case MW_F_OBJ:
        return encode_members(e, field->shape, 0, at, path);
    case MW_F_OPT:
        return encode_members(e, field->shape, 0, *(const char *const *)at, path);
    default:
        return encode_elements(e, field, body, path);
    }
}

static const struct mw_field *field_named(const struct mw_shape *shape, const char *name)
{
    for (size_t i = 0; i < shape->n_fields; i++) {
        if (strcmp(shape->fields[i].name, name) == 0) {
            return &shape->fields[i];
        }
    }
    return NULL;
}

/* After the members, so that the discriminator is known to have a name. */
static enum mw_status check_variants(struct encoder *e, const struct mw_shape *shape, const char *body,
                                     const struct mw_path *path)
{
    const struct mw_field *kind = field_named(shape, shape->discriminator);
    const char *chosen = kind->names[*(const int *)(const void *)(body + kind->offset)];
    for (size_t i = 0; i < shape->n_fields; i++) {
        const struct mw_field *field = &shape->fields[i];
        if (field->variant && is_none(field, body) == (strcmp(field->name, chosen) == 0)) {
            const struct mw_path member = {.up = path, .key = mw_span(field->name)};
            return refuse(e, MW_E_CONTRACT, &member, "does not go with %s \"%s\"", shape->discriminator,
                          chosen);
        }
    }
    return MW_OK;
}

static enum mw_status check_one_of(struct encoder *e, const struct mw_shape *shape, const char *body,
                                   const struct mw_path *path)
{
    const bool lacks_first = is_none(field_named(shape, shape->one_of[0]), body);
    const bool lacks_second = is_none(field_named(shape, shape->one_of[1]), body);
    if (lacks_first == lacks_second) {
        return refuse(e, MW_E_CONTRACT, path, "has %s of %s and %s, but must have exactly one",
                      lacks_first ? "neither" : "both", shape->one_of[0], shape->one_of[1]);
    }
    return MW_OK;
}

static enum mw_status encode_members(struct encoder *e, const struct mw_shape *shape, size_t first,
                                     const char *body, const struct mw_path *path)
{
    bool has_any = false;
    put_char(e, '{');
    for (size_t i = first; i < shape->n_fields; i++) {
        const struct mw_field *field = &shape->fields[i];
        if (field->presence == MW_OPTL && is_none(field, body)) {
            continue;
        }
        const struct mw_path member = {.up = path, .key = mw_span(field->name)};
        put(e, has_any ? ",\"" : "\"", has_any ? 2 : 1);
        put(e, field->name, strlen(field->name));
        put(e, "\":", 2);
        MW_TRY(encode_value(e, field, body, &member));
        has_any = true;
    }
    put_char(e, '}');
    if (shape->one_of[0] != NULL) {
        MW_TRY(check_one_of(e, shape, body, path));
    }
    return shape->discriminator == NULL ? MW_OK : check_variants(e, shape, body, path);
}

enum mw_status mw_encode(const struct mw_type *type, const void *body, struct mw_writer *out,
                         struct mw_error *err)
{
    struct encoder e = {.out = out, .err = err};
    const struct mw_path record = {0};
    const size_t before = out->len;
    enum mw_status status = encode_members(&e, &type->shape, 0, body, &record);
    if (status == MW_OK && out->failed) {
        status = MW_FAIL(err, MW_E_MEMORY, "no memory to write a record");
    }
    if (status != MW_OK) {
        out->len = before;
    }
    return status;
}
