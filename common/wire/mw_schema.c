/* The document is built as a jansson tree and printed at the end. A failed allocation anywhere leaves a NULL,
 * which jansson passes on and `put` remembers. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_schema.h"
#include "mw_check_internal.h"

#include <jansson.h>
#include <math.h>

/* Dates with the lengths of the months and the leap years of the Gregorian calendar, so that 2026-02-30 is
 * refused without any support for "format". The years are those of mw_date_parse and of MW_F_TIME. */
#define MONTH_DAY                                                                                            \
    "(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|"                                                      \
    "(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|"                                                                 \
    "02-(?:0[1-9]|1[0-9]|2[0-8]))"
#define LEAP_OF_CENTURY "(?:0[48]|[2468][048]|[13579][26])"
#define DATE_1600_TO_9999                                                                                    \
    "(?:(?:1[6-9]|[2-9][0-9])[0-9]{2}-" MONTH_DAY "|(?:(?:1[6-9]|[2-9][0-9])" LEAP_OF_CENTURY                \
    "|(?:16|[2468][048]|[3579][26])00)-02-29)"
#define DATE_1900_TO_2999                                                                                    \
    "(?:(?:19|2[0-9])[0-9]{2}-" MONTH_DAY "|(?:(?:19|2[0-9])" LEAP_OF_CENTURY "|(?:20|24|28)00)-02-29)"
#define TIME_OF_DAY "(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:[.][0-9]+)?"
#define UTC_OFFSET  "(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
#define WHOLE(body) "^" body "$(?!\\n)"

struct builder {
    json_t *defs;
    bool refuse_unknown;
    bool failed;
};

/* Takes the value over. */
static void put(struct builder *b, json_t *object, const char *key, json_t *value)
{
    b->failed |= json_object_set_new(object, key, value) != 0;
}

static void put_text(struct builder *b, json_t *object, const char *key, const char *text)
{
    put(b, object, key, json_string(text));
}

static json_t *typed(struct builder *b, const char *type)
{
    json_t *schema = json_object();
    put_text(b, schema, "type", type);
    return schema;
}

static json_t *reference(struct builder *b, const char *name)
{
    json_t *schema = json_object();
    put(b, schema, "$ref", json_sprintf("#/$defs/%s", name));
    return schema;
}

static json_t *number(double x)
{
    return x == floor(x) && fabs(x) < 0x1p53 ? json_integer((json_int_t)x) : json_real(x);
}

static json_t *object_schema(struct builder *b, const struct mw_shape *shape, size_t first);

/* ---- values
 * ------------------------------------------------------------------------------------------------ */

static json_t *text_schema(struct builder *b, const struct mw_charset *charset)
{
    json_t *schema = typed(b, "string");
    if (charset->pattern != NULL) {
        put_text(b, schema, "pattern", charset->pattern);
    }
    if (charset->chars_min > 0) {
        put(b, schema, "minLength", json_integer((json_int_t)charset->chars_min));
    }
    if (charset->chars_max > 0) {
        put(b, schema, "maxLength", json_integer((json_int_t)charset->chars_max));
    }
    return schema;
}

static void put_bounds(struct builder *b, json_t *schema, const struct mw_bounds *bounds)
{
    if (bounds->has_min) {
        put(b, schema, bounds->above ? "exclusiveMinimum" : "minimum", number(bounds->min));
    }
    if (bounds->has_max) {
        put(b, schema, bounds->below ? "exclusiveMaximum" : "maximum", number(bounds->max));
    }
}

/* Integers are 64 bits wide; micros a little less. */
static json_t *integer_schema(struct builder *b, const struct mw_field *field, json_int_t least,
                              json_int_t most)
{
    json_t *schema = typed(b, "integer");
    put(b, schema, "minimum", json_integer(least));
    put(b, schema, "maximum", json_integer(most));
    put_bounds(b, schema, &field->bounds);
    return schema;
}

static void allow_null(struct builder *b, json_t *schema, const struct mw_field *field)
{
    if (field->presence != MW_REQ) {
        json_t *types = json_array();
        b->failed |= json_array_append(types, json_object_get(schema, "type")) != 0;
        b->failed |= json_array_append_new(types, json_string("null")) != 0;
        put(b, schema, "type", types);
    }
}

static json_t *nullable_number(struct builder *b)
{
    static const struct mw_field element = {.presence = MW_NULL};
    json_t *schema = typed(b, "number");
    allow_null(b, schema, &element);
    return schema;
}

static json_t *number_schema(struct builder *b, const struct mw_field *field)
{
    const bool is_micros = field->kind == MW_F_MICROS;
    json_t *schema = is_micros ? integer_schema(b, field, -MW_MICROS_MAX, MW_MICROS_MAX) : typed(b, "number");
    if (!is_micros) {
        put_bounds(b, schema, &field->bounds);
    }
    allow_null(b, schema, field);
    return schema;
}

static json_t *enum_schema(struct builder *b, const struct mw_field *field)
{
    json_t *schema = json_object(), *names = json_array();
    for (size_t i = 0; field->names[i] != NULL; i++) {
        b->failed |= json_array_append_new(names, json_string(field->names[i])) != 0;
    }
    put(b, schema, "enum", names);
    return schema;
}

static json_t *def_of(struct builder *b, const struct mw_shape *shape, size_t first)
{
    if (json_object_get(b->defs, shape->name) == NULL) {
        put(b, b->defs, shape->name, json_object()); /* keeps its place before those it refers to */
        put(b, b->defs, shape->name, object_schema(b, shape, first));
    }
    return reference(b, shape->name);
}

static json_t *value_schema(struct builder *b, const struct mw_field *field);

static void put_counts(struct builder *b, json_t *schema, const struct mw_bounds *bounds, const char *least,
                       const char *most)
{
    if (bounds->has_min) {
        put(b, schema, least, number(bounds->min));
    }
    if (bounds->has_max) {
        put(b, schema, most, number(bounds->max));
    }
}

static json_t *array_schema(struct builder *b, const struct mw_field *field)
{
    json_t *schema = typed(b, "array");
    put(b, schema, "items",
        field->kind == MW_F_STRS   ? text_schema(b, field->charset)
        : field->kind == MW_F_NUMS ? nullable_number(b)
                                   : def_of(b, field->shape, 0));
    put_counts(b, schema, &field->bounds, "minItems", "maxItems");
    return schema;
}

static json_t *map_schema(struct builder *b, const struct mw_field *field)
{
    const struct mw_shape *shape = field->shape;
    json_t *schema = typed(b, "object"), *keys = text_schema(b, shape->fields[0].charset);
    put(b, schema, "propertyNames", keys);
    put(b, schema, "additionalProperties",
        shape->n_fields == 2 ? value_schema(b, &shape->fields[1]) : def_of(b, shape, 1));
    put_counts(b, schema, &field->bounds, "minProperties", "maxProperties");
    return schema;
}

static json_t *value_schema(struct builder *b, const struct mw_field *field)
{
    switch (field->kind) {
    case MW_F_STR:
        return text_schema(b, field->charset);
    case MW_F_BOOL:
        return typed(b, "boolean");
    case MW_F_INT:
        return integer_schema(b, field, INT64_MIN, INT64_MAX);
    case MW_F_NUM:
    case MW_F_MICROS:
        return number_schema(b, field);
    case MW_F_DATE:
        return reference(b, "date");
    case MW_F_TIME:
        return reference(b, "time");
    case MW_F_ENUM:
        return enum_schema(b, field);
    case MW_F_OBJ:
    case MW_F_OPT:
        return def_of(b, field->shape, 0);
    case MW_F_MAP:
        return map_schema(b, field);
    default:
        return array_schema(b, field);
    }
}

/* ---- objects
 * ----------------------------------------------------------------------------------------------- */

static json_t *default_of(const struct mw_field *field)
{
    switch (field->kind) {
    case MW_F_STR:
        return field->absent_text == NULL ? NULL : json_string(field->absent_text);
    case MW_F_BOOL:
        return json_boolean(field->absent_bool);
    case MW_F_INT:
        return mw_bounds_hold(&field->bounds, (double)field->absent_int) ? json_integer(field->absent_int)
                                                                         : NULL;
    case MW_F_NUM:
        return isnan(field->absent_num) ? NULL : number(field->absent_num);
    case MW_F_ENUM:
        return field->absent_int < 0 ? NULL : json_string(field->names[field->absent_int]);
    default:
        return NULL;
    }
}

static json_t *field_schema(struct builder *b, const struct mw_field *field)
{
    json_t *schema = value_schema(b, field);
    put_text(b, schema, "description", field->doc);
    if (strcmp(field->unit, "none") != 0) {
        put_text(b, schema, "x-unit", field->unit);
    }
    json_t *absent = field->presence == MW_OPTL ? default_of(field) : NULL;
    if (absent != NULL) {
        put(b, schema, "default", absent);
    }
    return schema;
}

/* If kind is "lift" then lift must be there, else it must not. */
static json_t *variant_rule(struct builder *b, const char *discriminator, const char *name)
{
    json_t *rule = json_pack("{s:{s:{s:{s:s}}, s:[s]}, s:{s:[s]}, s:{s:{s:b}}}", "if", "properties",
                             discriminator, "const", name, "required", discriminator, "then", "required",
                             name, "else", "properties", name, 0);
    b->failed |= rule == NULL;
    return rule;
}

static void put_variants(struct builder *b, json_t *schema, const struct mw_shape *shape)
{
    json_t *rules = json_array();
    for (size_t i = 0; i < shape->n_fields; i++) {
        if (shape->fields[i].variant) {
            json_t *rule = variant_rule(b, shape->discriminator, shape->fields[i].name);
            b->failed |= json_array_append_new(rules, rule) != 0;
        }
    }
    put(b, schema, "allOf", rules);
}

/* A number that is null counts as absent, so the rule asks for its type, not for its key. */
static void put_one_of(struct builder *b, json_t *schema, const char *const names[2])
{
    json_t *choices = json_array();
    for (size_t i = 0; i < 2; i++) {
        json_t *choice =
            json_pack("{s:[s], s:{s:{s:s}}}", "required", names[i], "properties", names[i], "type", "number");
        b->failed |= json_array_append_new(choices, choice) != 0;
    }
    put(b, schema, "oneOf", choices);
}

/* The members of a shape from `first` on: an element of a map has its key outside. */
static void put_members(struct builder *b, json_t *schema, const struct mw_shape *shape, size_t first)
{
    json_t *properties = json_object(), *required = json_array();
    put_text(b, schema, "type", "object");
    for (size_t i = first; i < shape->n_fields; i++) {
        const struct mw_field *field = &shape->fields[i];
        put(b, properties, field->name, field_schema(b, field));
        if (field->presence != MW_OPTL) {
            b->failed |= json_array_append_new(required, json_string(field->name)) != 0;
        }
    }
    put(b, schema, "properties", properties);
    put(b, schema, "required", required);
    if (b->refuse_unknown) {
        put(b, schema, "additionalProperties", json_false());
    }
    if (shape->discriminator != NULL) {
        put_variants(b, schema, shape);
    }
    if (shape->one_of[0] != NULL) {
        put_one_of(b, schema, shape->one_of);
    }
}

static json_t *object_schema(struct builder *b, const struct mw_shape *shape, size_t first)
{
    json_t *schema = json_object();
    put_text(b, schema, "description", shape->doc);
    put_members(b, schema, shape, first);
    return schema;
}

static void put_pattern_def(struct builder *b, const char *name, const char *doc, const char *pattern)
{
    json_t *def = typed(b, "string");
    put_text(b, def, "description", doc);
    put_text(b, def, "pattern", pattern);
    put(b, b->defs, name, def);
}

/* ---- documents
 * --------------------------------------------------------------------------------------------- */

static int append(const char *text, size_t len, void *out)
{
    mw_write_bytes(out, text, len);
    return 0;
}

enum mw_status mw_schema_write(const struct mw_type *type, struct mw_writer *out, struct mw_error *err)
{
    struct builder b = {.defs = json_object(), .refuse_unknown = type->input};
    json_t *schema = json_object();
    put_text(&b, schema, "$schema", "https://json-schema.org/draft/2020-12/schema");
    put(&b, schema, "$id", json_sprintf("urn:mixwatch:schema:%s", type->topic));
    put_text(&b, schema, "title", type->title);
    put_text(&b, schema, "description", type->shape.doc);
    put_pattern_def(&b, "date", "A date of the Gregorian calendar, YYYY-MM-DD.", WHOLE(DATE_1600_TO_9999));
    put_pattern_def(&b, "time", "An instant, RFC 3339.",
                    WHOLE(DATE_1900_TO_2999 "[Tt]" TIME_OF_DAY UTC_OFFSET));
    put_members(&b, schema, &type->shape, 0);
    put(&b, schema, "$defs", b.defs);

    const size_t before = out->len;
    b.failed |= json_dump_callback(schema, append, out, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) != 0;
    mw_write_bytes(out, "\n", 1);
    json_decref(schema);
    if (!b.failed && !out->failed) {
        return MW_OK;
    }
    out->len = before;
    return MW_FAIL(err, MW_E_MEMORY, "no memory to write the schema of %s", type->topic);
}
