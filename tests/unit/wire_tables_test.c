/* Laws that every field table keeps; the codec and the schema rely on them. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_charset.h"
#include "mw_messages.h"

#include <criterion/criterion.h>

enum { SHAPES_MAX = 128 };

struct shapes {
    const struct mw_shape *seen[SHAPES_MAX];
    size_t n;
};

static void collect(struct shapes *all, const struct mw_shape *shape)
{
    for (size_t i = 0; i < all->n; i++) {
        if (all->seen[i]->fields == shape->fields) {
            return;
        }
    }
    cr_assert(all->n < SHAPES_MAX);
    all->seen[all->n++] = shape;
    for (size_t i = 0; i < shape->n_fields; i++) {
        if (shape->fields[i].shape != NULL) {
            collect(all, shape->fields[i].shape);
        }
    }
}

static struct shapes all_shapes(void)
{
    struct shapes all = {0};
    for (size_t i = 0; mw_types[i] != NULL; i++) {
        collect(&all, &mw_types[i]->shape);
    }
    return all;
}

/* Runs a law on every field of every shape. */
static void each_field(void (*law)(const struct mw_shape *shape, const struct mw_field *field))
{
    const struct shapes all = all_shapes();
    cr_assert(all.n > 50);
    for (size_t s = 0; s < all.n; s++) {
        for (size_t i = 0; i < all.seen[s]->n_fields; i++) {
            law(all.seen[s], &all.seen[s]->fields[i]);
        }
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

Test(wire_tables, a_type_is_found_by_its_topic_and_by_nothing_else)
{
    size_t n = 0;
    for (; mw_types[n] != NULL; n++) {
        cr_expect(mw_type_of(mw_span(mw_types[n]->topic)) == mw_types[n]);
    }
    cr_expect(n == 17);
    cr_expect(mw_type_of(mw_span("mw.spend.v2")) == NULL);
    cr_expect(mw_type_of(mw_span("mw.spend.v")) == NULL);
    cr_expect(mw_type_of((struct mw_span){0}) == NULL);
}

static void is_documented(const struct mw_shape *shape, const struct mw_field *field)
{
    const size_t len = field->doc == NULL ? 0 : strlen(field->doc);
    cr_expect(len > 3 && field->doc[len - 1] == '.', "%s.%s needs a sentence", shape->name, field->name);
    const bool is_number = field->kind == MW_F_INT || field->kind == MW_F_NUM || field->kind == MW_F_MICROS ||
                           field->kind == MW_F_NUMS;
    cr_expect(field->unit != NULL && is_number == (strcmp(field->unit, "none") != 0), "%s.%s needs a unit",
              shape->name, field->name);
}

Test(wire_tables, every_field_has_a_sentence_and_every_number_a_unit)
{
    each_field(is_documented);
}

static void is_unique(const struct mw_shape *shape, const struct mw_field *field)
{
    cr_expect(field_named(shape, field->name) == field, "%s.%s comes twice", shape->name, field->name);
    cr_expect(shape->n_fields <= 64, "%s: the decoder marks fields in 64 bits", shape->name);
}

Test(wire_tables, names_of_a_shape_are_unique)
{
    each_field(is_unique);
}

Test(wire_tables, a_name_belongs_to_one_shape)
{
    const struct shapes all = all_shapes();
    for (size_t i = 0; i < all.n; i++) {
        for (size_t j = 0; j < i; j++) {
            cr_expect(strcmp(all.seen[i]->name, all.seen[j]->name) != 0, "%s comes twice", all.seen[i]->name);
        }
    }
}

static void absence_cannot_be_written(const struct mw_shape *shape, const struct mw_field *field)
{
    if (field->presence == MW_OPTL && field->kind == MW_F_INT && field->absent_int == -1) {
        cr_expect(field->bounds.has_min && field->bounds.min > -1, "%s.%s: -1 must not be a value",
                  shape->name, field->name);
    }
    if (field->kind == MW_F_NUM && field->absent_num == field->absent_num) {
        cr_expect(field->presence == MW_OPTL, "%s.%s: a default for what must be there", shape->name,
                  field->name);
    }
}

Test(wire_tables, what_stands_for_absence_is_no_value)
{
    each_field(absence_cannot_be_written);
}

static void has_its_parts(const struct mw_shape *shape, const struct mw_field *field)
{
    const char *where = field->name;
    const bool is_nested = field->kind == MW_F_OBJ || field->kind == MW_F_OPT || field->kind == MW_F_LIST ||
                           field->kind == MW_F_MAP;
    cr_expect((field->shape != NULL) == is_nested, "%s.%s", shape->name, where);
    cr_expect((field->names != NULL) == (field->kind == MW_F_ENUM), "%s.%s", shape->name, where);
    cr_expect((field->charset != NULL) == (field->kind == MW_F_STR || field->kind == MW_F_STRS), "%s.%s",
              shape->name, where);
    cr_expect(!field->variant || (field->kind == MW_F_OPT && shape->discriminator != NULL), "%s.%s",
              shape->name, where);
    if (field->kind == MW_F_MAP) {
        cr_expect(field->shape->n_fields >= 2 && field->shape->fields[0].kind == MW_F_STR,
                  "%s.%s: needs a key", shape->name, where);
    }
}

Test(wire_tables, every_kind_has_its_parts)
{
    each_field(has_its_parts);
}

Test(wire_tables, a_discriminator_has_a_variant_for_each_of_its_names)
{
    const struct shapes all = all_shapes();
    size_t n_discriminated = 0;
    for (size_t s = 0; s < all.n; s++) {
        const struct mw_shape *shape = all.seen[s];
        if (shape->discriminator == NULL) {
            continue;
        }
        const struct mw_field *kind = field_named(shape, shape->discriminator);
        cr_assert(kind != NULL && kind->kind == MW_F_ENUM && kind->presence == MW_REQ, "%s", shape->name);
        size_t n_names = 0, n_variants = 0;
        for (; kind->names[n_names] != NULL; n_names++) {
            const struct mw_field *variant = field_named(shape, kind->names[n_names]);
            cr_expect(variant != NULL && variant->variant, "%s.%s", shape->name, kind->names[n_names]);
        }
        for (size_t i = 0; i < shape->n_fields; i++) {
            n_variants += shape->fields[i].variant;
        }
        cr_expect(n_names == n_variants, "%s", shape->name);
        n_discriminated++;
    }
    cr_expect(n_discriminated == 4);
}

static size_t field_bytes(const struct mw_field *field)
{
    switch (field->kind) {
    case MW_F_STR:
        return sizeof(struct mw_span);
    case MW_F_BOOL:
        return sizeof(bool);
    case MW_F_DATE:
        return sizeof(mw_date);
    case MW_F_ENUM:
        return sizeof(int);
    case MW_F_OBJ:
        return field->shape->size;
    default:
        return 8;
    }
}

static void mark(unsigned char *covered, size_t from, size_t n_bytes, const struct mw_shape *shape)
{
    for (size_t i = from; i < from + n_bytes; i++) {
        cr_assert(i < shape->size && !covered[i], "%s: byte %zu belongs to two fields", shape->name, i);
        covered[i] = 1;
    }
}

/* A member without a row would leave a hole; what is left between rows is padding, less than an alignment. */
Test(wire_tables, no_member_of_a_struct_is_forgotten)
{
    static unsigned char covered[1 << 14];
    const struct shapes all = all_shapes();
    for (size_t s = 0; s < all.n; s++) {
        const struct mw_shape *shape = all.seen[s];
        cr_assert(shape->size <= sizeof covered);
        memset(covered, 0, sizeof covered);
        for (size_t i = 0; i < shape->n_fields; i++) {
            const struct mw_field *field = &shape->fields[i];
            mark(covered, field->offset, field_bytes(field), shape);
            if (field->n_offset != 0) {
                mark(covered, field->n_offset, sizeof(size_t), shape);
            }
        }
        for (size_t i = 0, hole = 0; i < shape->size; i++) {
            hole = covered[i] ? 0 : hole + 1;
            cr_expect(hole < 8, "%s: a member near byte %zu has no row", shape->name, i);
        }
    }
}

/* A short record must not be able to ask for much memory before its elements are looked at. */
static void is_counted(const struct mw_shape *shape, const struct mw_field *field)
{
    const bool is_list = field->kind == MW_F_LIST || field->kind == MW_F_MAP || field->kind == MW_F_STRS;
    cr_expect(!is_list || (field->bounds.has_max && field->bounds.max <= 10000),
              "%s.%s needs a largest count", shape->name, field->name);
}

Test(wire_tables, lists_of_inputs_have_a_largest_count)
{
    struct shapes inputs = {0};
    for (size_t i = 0; mw_types[i] != NULL; i++) {
        if (mw_types[i]->input) {
            collect(&inputs, &mw_types[i]->shape);
        }
    }
    for (size_t s = 0; s < inputs.n; s++) {
        for (size_t i = 0; i < inputs.seen[s]->n_fields; i++) {
            is_counted(inputs.seen[s], &inputs.seen[s]->fields[i]);
        }
    }
}

Test(wire_tables, a_name_is_1_to_64_of_its_characters)
{
    char text[80];
    memset(text, 'a', sizeof text);
    cr_expect(mw_charset_takes(&mw_charset_name, mw_span("A-z_0.9:/")));
    cr_expect(mw_charset_takes(&mw_charset_name, (struct mw_span){text, 64}));
    cr_expect(!mw_charset_takes(&mw_charset_name, (struct mw_span){text, 65}));
    cr_expect(!mw_charset_takes(&mw_charset_name, mw_span("")));
    cr_expect(!mw_charset_takes(&mw_charset_name, mw_span("a b")));
    cr_expect(!mw_charset_takes(&mw_charset_name, (struct mw_span){"a\0b", 3}));
}

Test(wire_tables, lengths_count_characters_and_not_bytes)
{
    char text[1024];
    for (size_t i = 0; i < sizeof text; i += 2) {
        memcpy(text + i, "\xc3\xa9", 2);
    }
    cr_expect(mw_charset_takes(&mw_charset_label, (struct mw_span){text, 512}));
    cr_expect(!mw_charset_takes(&mw_charset_label, (struct mw_span){text, 514}));
    cr_expect(mw_text_chars((struct mw_span){text, 512}) == 256);
}

Test(wire_tables, only_well_formed_utf8_is_utf8)
{
    static const char *const good[] = {"",
                                       "a",
                                       "\xc2\x80",
                                       "\xe0\xa0\x80",
                                       "\xed\x9f\xbf",
                                       "\xef\xbf\xbf",
                                       "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf",
                                       "a\xc3\xa9z"};
    static const char *const bad[] = {"\x80",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xe0\x9f\xbf",
                                      "\xed\xa0\x80",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xc3",
                                      "\xe2\x82",
                                      "\xf0\x9f\x98",
                                      "\xc3(",
                                      "\xe2\x82(",
                                      "\xff"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        cr_expect(mw_text_is_utf8(mw_span(good[i])), "good %zu", i);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_expect(!mw_text_is_utf8(mw_span(bad[i])), "bad %zu", i);
    }
}
