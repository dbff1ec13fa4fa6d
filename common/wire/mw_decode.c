/* JSON to structs: one walk over jansson's tree, guided by the tables. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_check_internal.h"
#include "mw_wire.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

struct decoder {
    struct mw_arena *arena;
    char *text; /* where the next text goes: room for all of the record, taken at once */
    bool refuse_unknown;
    struct mw_fault *fault;
    struct mw_error *err;
};

static enum mw_status no_memory(struct decoder *d)
{
    return MW_FAIL(d->err, MW_E_MEMORY, "no memory to decode a record: raise the limit of its arena");
}

static enum mw_status refuse(struct decoder *d, const struct mw_path *path, const char *reason,
                             const char *fmt, ...) MW_PRINTF(4, 5);

static enum mw_status refuse(struct decoder *d, const struct mw_path *path, const char *reason,
                             const char *fmt, ...)
{
    struct mw_fault fault;
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(fault.text, sizeof fault.text, fmt, args);
    va_end(args);
    mw_path_print(path, fault.pointer, sizeof fault.pointer);
    (void)snprintf(fault.reason, sizeof fault.reason, "%s", reason);
    if (d->fault != NULL) {
        *d->fault = fault;
    }
    return MW_FAIL(d->err, MW_E_DATA, "%s: %s", fault.pointer[0] == '\0' ? "record" : fault.pointer,
                   fault.text);
}

static const char *type_name(const json_t *json)
{
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
    case JSON_REAL:
        return "a number";
    case JSON_NULL:
        return "null";
    default:
        return "a boolean";
    }
}

static enum mw_status refuse_type(struct decoder *d, const struct mw_path *path, const json_t *json,
                                  const char *want)
{
    return refuse(d, path, "type", "is %s, but must be %s", type_name(json), want);
}

static enum mw_status decode_value(struct decoder *d, const struct mw_field *field, const json_t *json,
                                   char *body, const struct mw_path *path);
static enum mw_status decode_members(struct decoder *d, const struct mw_shape *shape, size_t first,
                                     const json_t *json, char *body, const struct mw_path *path);

/* ---- absent fields
 * ----------------------------------------------------------------------------------------- */

static void set_absent_members(const struct mw_shape *shape, char *body);

/* The body is zeroed memory, so pointers, counts and texts need nothing. */
static void set_absent(const struct mw_field *field, char *body)
{
    void *at = body + field->offset;
    switch (field->kind) {
    case MW_F_STR:
        *(struct mw_span *)at = mw_span(field->absent_text);
        break;
    case MW_F_BOOL:
        *(bool *)at = field->absent_bool;
        break;
    case MW_F_INT:
        *(int64_t *)at = field->absent_int;
        break;
    case MW_F_NUM:
    case MW_F_MICROS:
        *(double *)at = field->absent_num;
        break;
    case MW_F_DATE:
        *(mw_date *)at = MW_DATE_NONE;
        break;
    case MW_F_TIME:
        *(int64_t *)at = MW_TIME_NONE;
        break;
    case MW_F_ENUM:
        *(int *)at = (int)field->absent_int;
        break;
    case MW_F_OBJ:
        set_absent_members(field->shape, at);
        break;
    default:
        break;
    }
}

static void set_absent_members(const struct mw_shape *shape, char *body)
{
    for (size_t i = 0; i < shape->n_fields; i++) {
        set_absent(&shape->fields[i], body);
    }
}

/* ---- scalars
 * ----------------------------------------------------------------------------------------------- */

static struct mw_span string_span(const json_t *json)
{
    return (struct mw_span){json_string_value(json), json_string_length(json)};
}

/* Every text takes two quotes in the record, so the room for a terminator is always there. */
static struct mw_span keep_text(struct decoder *d, struct mw_span text)
{
    char *at = d->text;
    memcpy(at, text.data, text.len);
    at[text.len] = '\0';
    d->text += text.len + 1;
    return (struct mw_span){at, text.len};
}

static enum mw_status decode_text(struct decoder *d, const struct mw_charset *charset, struct mw_span text,
                                  struct mw_span *out, const struct mw_path *path)
{
    if (!mw_charset_takes(charset, text)) {
        return refuse(d, path, "charset", "%s is not %s", mw_excerpt(text).text, charset->what);
    }
    *out = keep_text(d, text);
    return MW_OK;
}

static enum mw_status decode_str(struct decoder *d, const struct mw_field *field, const json_t *json,
                                 void *at, const struct mw_path *path)
{
    if (!json_is_string(json)) {
        return refuse_type(d, path, json, "a string");
    }
    return decode_text(d, field->charset, string_span(json), at, path);
}

/* JSON Schema calls 1.0 and 1e3 integers, so we do. Reals outside [-2^63, 2^63) are none. */
static bool read_integer(const json_t *json, int64_t *out)
{
    if (json_is_integer(json)) {
        *out = json_integer_value(json);
        return true;
    }
    const double x = json_real_value(json);
    if (!json_is_real(json) || x != floor(x) || !(x >= -0x1p63 && x < 0x1p63)) {
        return false;
    }
    *out = (int64_t)x;
    return true;
}

static enum mw_status decode_int(struct decoder *d, const struct mw_field *field, const json_t *json,
                                 void *at, const struct mw_path *path)
{
    int64_t value;
    if (!read_integer(json, &value)) {
        return refuse_type(d, path, json, "an integer");
    }
    if (!mw_bounds_hold(&field->bounds, (double)value)) {
        return refuse(d, path, "range", "%" PRId64 " %s", value,
                      mw_bounds_text(&field->bounds, (double)value).text);
    }
    *(int64_t *)at = value;
    return MW_OK;
}

static enum mw_status decode_num(struct decoder *d, const struct mw_field *field, const json_t *json,
                                 void *at, const struct mw_path *path)
{
    if (json_is_null(json) && field->presence != MW_REQ) {
        *(double *)at = field->absent_num;
        return MW_OK;
    }
    if (!json_is_number(json)) {
        return refuse_type(d, path, json, "a number");
    }
    const double value = json_number_value(json);
    if (!mw_bounds_hold(&field->bounds, value)) {
        return refuse(d, path, "range", "%.15g %s", value, mw_bounds_text(&field->bounds, value).text);
    }
    *(double *)at = value;
    return MW_OK;
}

/* The nearest double, or above 2^53 micros (where the integer itself fits no double) within a hair of it:
 * near enough for the encoder's nearest integer to come back to the same double. */
static double from_micros(int64_t micros)
{
    const int64_t exact = INT64_C(1) << 53, million = 1000000;
    return micros <= exact && micros >= -exact
               ? (double)micros / 1e6
               : (double)(micros / million) + (double)(micros % million) / 1e6;
}

static enum mw_status decode_micros(struct decoder *d, const struct mw_field *field, const json_t *json,
                                    void *at, const struct mw_path *path)
{
    int64_t micros;
    if (json_is_null(json) && field->presence != MW_REQ) {
        *(double *)at = (double)NAN;
        return MW_OK;
    }
    if (!read_integer(json, &micros)) {
        return refuse_type(d, path, json, "an integer of micros: 12.50 is written 12500000");
    }
    const double value = from_micros(micros);
    if (micros > MW_MICROS_MAX || micros < -MW_MICROS_MAX || !mw_bounds_hold(&field->bounds, value)) {
        return refuse(d, path, "range", "%" PRId64 " micros are out of range", micros);
    }
    *(double *)at = value;
    return MW_OK;
}

static enum mw_status decode_bool(struct decoder *d, const json_t *json, void *at, const struct mw_path *path)
{
    if (!json_is_boolean(json)) {
        return refuse_type(d, path, json, "true or false");
    }
    *(bool *)at = json_is_true(json);
    return MW_OK;
}

static enum mw_status decode_date(struct decoder *d, const json_t *json, void *at, const struct mw_path *path)
{
    if (!json_is_string(json)) {
        return refuse_type(d, path, json, "a date like 2026-01-31");
    }
    if (mw_date_parse(string_span(json), at, NULL) != MW_OK) {
        return refuse(d, path, "date", "%s is not a date like 2026-01-31",
                      mw_excerpt(string_span(json)).text);
    }
    return MW_OK;
}

/* The years as written, so that the schema can say it by a pattern. */
static bool has_year_1900_to_2999(struct mw_span text)
{
    return text.len >= 4 && (memcmp(text.data, "19", 2) == 0 || text.data[0] == '2');
}

static enum mw_status decode_time(struct decoder *d, const json_t *json, void *at, const struct mw_path *path)
{
    if (!json_is_string(json)) {
        return refuse_type(d, path, json, "a time like 2026-01-31T08:00:00Z");
    }
    const struct mw_span text = string_span(json);
    if (!has_year_1900_to_2999(text) || mw_time_parse(text, at, NULL) != MW_OK) {
        return refuse(d, path, "time", "%s is not a time like 2026-01-31T08:00:00Z of the years 1900 to 2999",
                      mw_excerpt(text).text);
    }
    return MW_OK;
}

static enum mw_status decode_enum(struct decoder *d, const struct mw_field *field, const json_t *json,
                                  void *at, const struct mw_path *path)
{
    char names[160] = "";
    if (!json_is_string(json)) {
        return refuse_type(d, path, json, "a string");
    }
    for (int i = 0; field->names[i] != NULL; i++) {
        if (mw_span_is(string_span(json), field->names[i])) {
            *(int *)at = i;
            return MW_OK;
        }
        const size_t used = strlen(names);
        (void)snprintf(names + used, sizeof names - used, "%s%s", i == 0 ? "" : ", ", field->names[i]);
    }
    return refuse(d, path, "name", "%s is not one of %s", mw_excerpt(string_span(json)).text, names);
}

/* ---- lists and maps
 * ---------------------------------------------------------------------------------------- */

/* Counts are checked before memory is taken, so that a short record cannot ask for much. */
static enum mw_status take_elements(struct decoder *d, const struct mw_field *field, size_t n, size_t size,
                                    char *body, char **items, const struct mw_path *path)
{
    if (!mw_bounds_hold(&field->bounds, (double)n)) {
        return refuse(d, path, "length", "a length of %zu %s", n,
                      mw_bounds_text(&field->bounds, (double)n).text);
    }
    *items = n == 0 ? NULL : mw_arena_take_array(d->arena, n, size);
    if (n > 0 && *items == NULL) {
        return no_memory(d);
    }
    memcpy(body + field->offset, items, sizeof *items);
    memcpy(body + field->n_offset, &n, sizeof n);
    return MW_OK;
}

static enum mw_status decode_element(struct decoder *d, const struct mw_field *field, const json_t *json,
                                     char *at, const struct mw_path *path)
{
    if (field->kind == MW_F_STRS) {
        return decode_str(d, field, json, at, path);
    }
    if (field->kind == MW_F_NUMS) {
        static const struct mw_field number = {
            .kind = MW_F_NUM, .presence = MW_NULL, .absent_num = (double)NAN};
        return decode_num(d, &number, json, at, path);
    }
    return decode_members(d, field->shape, 0, json, at, path);
}

static enum mw_status decode_array(struct decoder *d, const struct mw_field *field, const json_t *json,
                                   char *body, const struct mw_path *path)
{
    const size_t size = field->kind == MW_F_STRS   ? sizeof(struct mw_span)
                        : field->kind == MW_F_NUMS ? sizeof(double)
                                                   : field->shape->size;
    char *items = NULL;
    if (!json_is_array(json)) {
        return refuse_type(d, path, json, "an array");
    }
    const size_t n = json_array_size(json);
    MW_TRY(take_elements(d, field, n, size, body, &items, path));
    for (size_t i = 0; i < n; i++) {
        const struct mw_path element = {.up = path, .index = i};
        MW_TRY(decode_element(d, field, json_array_get(json, i), items + i * size, &element));
    }
    return MW_OK;
}

static enum mw_status decode_entry(struct decoder *d, const struct mw_shape *shape, struct mw_span key,
                                   const json_t *json, char *item, const struct mw_path *path)
{
    const struct mw_field *name = &shape->fields[0];
    struct mw_span *kept = (struct mw_span *)(void *)(item + name->offset);
    MW_TRY(decode_text(d, name->charset, key, kept, path));
    return shape->n_fields == 2 ? decode_value(d, &shape->fields[1], json, item, path)
                                : decode_members(d, shape, 1, json, item, path);
}

static enum mw_status decode_map(struct decoder *d, const struct mw_field *field, const json_t *json,
                                 char *body, const struct mw_path *path)
{
    char *item = NULL;
    if (!json_is_object(json)) {
        return refuse_type(d, path, json, "an object");
    }
    MW_TRY(take_elements(d, field, json_object_size(json), field->shape->size, body, &item, path));
    json_t *object = (json_t *)json; /* jansson's iterators want it writable; they do not write */
    for (void *it = json_object_iter(object); it != NULL; it = json_object_iter_next(object, it)) {
        const struct mw_span key = {json_object_iter_key(it), json_object_iter_key_len(it)};
        const struct mw_path entry = {.up = path, .key = key};
        MW_TRY(decode_entry(d, field->shape, key, json_object_iter_value(it), item, &entry));
        item += field->shape->size;
    }
    return MW_OK;
}

/* ---- objects
 * ----------------------------------------------------------------------------------------------- */

static enum mw_status decode_opt(struct decoder *d, const struct mw_field *field, const json_t *json,
                                 char *body, const struct mw_path *path)
{
    char *nested = mw_arena_take(d->arena, field->shape->size);
    if (nested == NULL) {
        return no_memory(d);
    }
    MW_TRY(decode_members(d, field->shape, 0, json, nested, path));
    memcpy(body + field->offset, &nested, sizeof nested);
    return MW_OK;
}

static enum mw_status decode_value(struct decoder *d, const struct mw_field *field, const json_t *json,
                                   char *body, const struct mw_path *path)
{
    void *at = body + field->offset;
    switch (field->kind) {
    case MW_F_STR:
        return decode_str(d, field, json, at, path);
    case MW_F_BOOL:
        return decode_bool(d, json, at, path);
    case MW_F_INT:
        return decode_int(d, field, json, at, path);
    case MW_F_NUM:
        return decode_num(d, field, json, at, path);
    case MW_F_MICROS:
        return decode_micros(d, field, json, at, path);
    case MW_F_DATE:
        return decode_date(d, json, at, path);
    case MW_F_TIME:
        return decode_time(d, json, at, path);
    case MW_F_ENUM:
        return decode_enum(d, field, json, at, path);
    case MW_F_OBJ:
        return decode_members(d, field->shape, 0, json, at, path);
    case MW_F_OPT:
        return decode_opt(d, field, json, body, path);
    case MW_F_MAP:
        return decode_map(d, field, json, body, path);
    default:
        return decode_array(d, field, json, body, path);
    }
}

/* Writers mostly keep the table's order, so the search begins after the field found last. */
static size_t field_index(const struct mw_shape *shape, size_t first, size_t guess, const char *name)
{
    for (size_t i = guess; i < shape->n_fields; i++) {
        if (strcmp(shape->fields[i].name, name) == 0) {
            return i;
        }
    }
    for (size_t i = first; i < guess; i++) {
        if (strcmp(shape->fields[i].name, name) == 0) {
            return i;
        }
    }
    return shape->n_fields;
}

static enum mw_status finish_absent(struct decoder *d, const struct mw_shape *shape, size_t first,
                                    uint64_t seen, char *body, const struct mw_path *path)
{
    for (size_t i = first; i < shape->n_fields; i++) {
        const struct mw_field *field = &shape->fields[i];
        if ((seen >> i & 1) != 0) {
            continue;
        }
        if (field->presence != MW_OPTL) {
            const struct mw_path member = {.up = path, .key = mw_span(field->name)};
            return refuse(d, &member, "missing", "is missing: %s", field->doc);
        }
        set_absent(field, body);
    }
    return MW_OK;
}

static const char *chosen_variant(const struct mw_shape *shape, const char *body)
{
    const struct mw_field *kind = &shape->fields[field_index(shape, 0, 0, shape->discriminator)];
    return kind->names[*(const int *)(const void *)(body + kind->offset)];
}

static enum mw_status check_variants(struct decoder *d, const struct mw_shape *shape, uint64_t seen,
                                     const char *body, const struct mw_path *path)
{
    const char *chosen = chosen_variant(shape, body);
    for (size_t i = 0; i < shape->n_fields; i++) {
        const struct mw_field *field = &shape->fields[i];
        const bool is_seen = (seen >> i & 1) != 0;
        if (field->variant && is_seen != (strcmp(field->name, chosen) == 0)) {
            const struct mw_path member = {.up = path, .key = mw_span(field->name)};
            return refuse(d, &member, "variant", "%s when %s is \"%s\"",
                          is_seen ? "must not be there" : "is missing", shape->discriminator, chosen);
        }
    }
    return MW_OK;
}

static double number_at(const struct mw_shape *shape, const char *name, const char *body)
{
    const struct mw_field *field = &shape->fields[field_index(shape, 0, 0, name)];
    return *(const double *)(const void *)(body + field->offset);
}

static enum mw_status check_one_of(struct decoder *d, const struct mw_shape *shape, const char *body,
                                   const struct mw_path *path)
{
    const bool has_first = !isnan(number_at(shape, shape->one_of[0], body));
    const bool has_second = !isnan(number_at(shape, shape->one_of[1], body));
    if (has_first == has_second) {
        return refuse(d, path, "one_of", "has %s of %s and %s, but must have exactly one",
                      has_first ? "both" : "neither", shape->one_of[0], shape->one_of[1]);
    }
    return MW_OK;
}

/* The members of an object into the fields of a shape from `first` on: an element of a map has its key
 * already. */
static enum mw_status decode_members(struct decoder *d, const struct mw_shape *shape, size_t first,
                                     const json_t *json, char *body, const struct mw_path *path)
{
    uint64_t seen = 0;
    size_t next = first;
    if (!json_is_object(json)) {
        return refuse_type(d, path, json, "an object");
    }
    json_t *object = (json_t *)json; /* jansson's iterators want it writable; they do not write */
    for (void *it = json_object_iter(object); it != NULL; it = json_object_iter_next(object, it)) {
        const char *name = json_object_iter_key(it);
        const struct mw_path member = {.up = path, .key = mw_span(name)};
        const size_t i = field_index(shape, first, next, name);
        if (i < shape->n_fields) {
            MW_TRY(decode_value(d, &shape->fields[i], json_object_iter_value(it), body, &member));
            seen |= UINT64_C(1) << i;
            next = i + 1;
        } else if (d->refuse_unknown) {
            return refuse(d, &member, "unknown_field", "is not a field of %s: check its spelling",
                          shape->name);
        }
    }
    MW_TRY(finish_absent(d, shape, first, seen, body, path));
    if (shape->one_of[0] != NULL) {
        MW_TRY(check_one_of(d, shape, body, path));
    }
    return shape->discriminator == NULL ? MW_OK : check_variants(d, shape, seen, body, path);
}

/* ---- records
 * ----------------------------------------------------------------------------------------------- */

/* Deepest nesting of brackets outside strings; on malformed text some number, which is enough for a limit. */
static int nesting(struct mw_span json)
{
    int depth = 0, deepest = 0;
    bool in_string = false;
    for (size_t i = 0; i < json.len; i++) {
        const char c = json.data[i];
        if (in_string) {
            i += c == '\\';
            in_string = c != '"';
        } else if (c == '{' || c == '[') {
            deepest = ++depth > deepest ? depth : deepest;
        } else if (c == '}' || c == ']') {
            depth--;
        } else {
            in_string = c == '"';
        }
    }
    return deepest;
}

static const char *syntax_reason(const json_error_t *error)
{
    switch (json_error_code(error)) {
    case json_error_duplicate_key:
        return "duplicate_key";
    case json_error_invalid_utf8:
        return "utf8";
    case json_error_numeric_overflow:
        return "range";
    default:
        return "syntax";
    }
}

static enum mw_status parse(struct decoder *d, struct mw_span json, json_t **out)
{
    json_error_t error;
    const struct mw_path record = {0};
    *out =
        json_loadb(json.len == 0 ? "" : json.data, json.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (*out != NULL) {
        return MW_OK;
    }
    if (json_error_code(&error) == json_error_out_of_memory) {
        return no_memory(d);
    }
    return refuse(d, &record, syntax_reason(&error), "not JSON at line %d, column %d, byte %d: %s",
                  error.line, error.column, error.position, error.text);
}

/* What is decided before parsing. jansson 2.14 reads over a NUL byte that follows a number or a literal. */
static enum mw_status check_bytes(struct decoder *d, struct mw_span json, size_t bytes_max)
{
    const struct mw_path record = {0};
    if (json.len > bytes_max) {
        return refuse(d, &record, "too_large", "has %zu bytes, but may have %zu at most", json.len,
                      bytes_max);
    }
    const char *nul = json.len == 0 ? NULL : memchr(json.data, '\0', json.len);
    if (nul != NULL) {
        return refuse(d, &record, "syntax", "not JSON at byte %zu: a NUL", (size_t)(nul - json.data));
    }
    if (nesting(json) > MW_WIRE_DEPTH_MAX) {
        return refuse(d, &record, "too_deep", "is nested deeper than %d levels", MW_WIRE_DEPTH_MAX);
    }
    return MW_OK;
}

enum mw_status mw_decode(const struct mw_type *type, struct mw_span json, struct mw_arena *arena,
                         const void **body, struct mw_fault *fault, struct mw_error *err)
{
    struct decoder d = {.arena = arena, .refuse_unknown = type->input, .fault = fault, .err = err};
    const struct mw_path record = {0};
    json_t *tree = NULL;
    MW_TRY(check_bytes(&d, json, type->input ? MW_WIRE_INPUT_BYTES_MAX : MW_WIRE_OUTPUT_BYTES_MAX));
    MW_TRY(parse(&d, json, &tree));

    char *struct_body = mw_arena_take(arena, type->shape.size);
    d.text = mw_arena_take(arena, json.len);
    const enum mw_status status = struct_body == NULL || d.text == NULL
                                      ? no_memory(&d)
                                      : decode_members(&d, &type->shape, 0, tree, struct_body, &record);
    json_decref(tree);
    if (status == MW_OK) {
        *body = struct_body;
    }
    return status;
}
