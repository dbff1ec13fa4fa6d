// SPDX-License-Identifier: Apache-2.0
#include "mw_shape.h"

#include <stdint.h>

/* Sizes of what stands in the struct for each kind; nested objects in place take their shape's size. */
static size_t scalar_bytes(const struct mw_field *field)
{
    switch (field->kind) {
    case MW_F_BOOL:
        return sizeof(bool);
    case MW_F_INT:
    case MW_F_TIME:
        return sizeof(int64_t);
    case MW_F_NUM:
    case MW_F_MICROS:
        return sizeof(double);
    case MW_F_DATE:
        return sizeof(mw_date);
    case MW_F_ENUM:
        return sizeof(int);
    default:
        return 0;
    }
}

static size_t element_bytes(const struct mw_field *field)
{
    return field->kind == MW_F_STRS   ? sizeof(struct mw_span)
           : field->kind == MW_F_NUMS ? sizeof(double)
                                      : field->shape->size;
}

static bool is_list(const struct mw_field *field)
{
    return field->kind == MW_F_LIST || field->kind == MW_F_MAP || field->kind == MW_F_STRS ||
           field->kind == MW_F_NUMS;
}

static const void *pointer_at(const void *body, size_t offset)
{
    const void *p;
    memcpy(&p, (const char *)body + offset, sizeof p);
    return p;
}

static void set_pointer(void *body, size_t offset, const void *p)
{
    memcpy((char *)body + offset, &p, sizeof p);
}

static size_t count_at(const void *body, const struct mw_field *field)
{
    size_t n;
    memcpy(&n, (const char *)body + field->n_offset, sizeof n);
    return n;
}

static void write_elements(const struct mw_field *field, const char *items, size_t n, struct mw_writer *out)
{
    mw_write_u64(out, n);
    for (size_t i = 0; i < n; i++) {
        const char *item = items + i * element_bytes(field);
        if (field->kind == MW_F_STRS) {
            mw_write_span(out, *(const struct mw_span *)(const void *)item);
        } else if (field->kind == MW_F_NUMS) {
            mw_write_bytes(out, item, sizeof(double));
        } else {
            mw_shape_write(field->shape, item, out);
        }
    }
}

static void write_field(const struct mw_field *field, const void *body, struct mw_writer *out)
{
    const char *at = (const char *)body + field->offset;
    if (is_list(field)) {
        write_elements(field, pointer_at(body, field->offset), count_at(body, field), out);
    } else if (field->kind == MW_F_STR) {
        mw_write_span(out, *(const struct mw_span *)(const void *)at);
    } else if (field->kind == MW_F_OBJ) {
        mw_shape_write(field->shape, at, out);
    } else if (field->kind == MW_F_OPT) {
        const void *nested = pointer_at(body, field->offset);
        mw_write_u8(out, nested != NULL);
        if (nested != NULL) {
            mw_shape_write(field->shape, nested, out);
        }
    } else {
        mw_write_bytes(out, at, scalar_bytes(field));
    }
}

void mw_shape_write(const struct mw_shape *shape, const void *body, struct mw_writer *out)
{
    for (size_t i = 0; i < shape->n_fields; i++) {
        write_field(&shape->fields[i], body, out);
    }
}

static bool read_into(const struct mw_shape *shape, void *body, struct mw_reader *in, struct mw_arena *arena);

static bool read_text(struct mw_span *text, struct mw_reader *in, struct mw_arena *arena)
{
    *text = mw_arena_copy(arena, mw_read_span(in));
    return text->data != NULL;
}

static bool read_elements(const struct mw_field *field, void *body, struct mw_reader *in,
                          struct mw_arena *arena)
{
    const size_t n = mw_read_count(in, 1), size = element_bytes(field);
    if (n == 0) {
        return !in->failed;
    }
    char *items = mw_arena_take_array(arena, n, size);
    if (items == NULL) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        void *item = items + i * size;
        if (field->kind == MW_F_NUMS) {
            mw_read_bytes(in, item, sizeof(double));
        } else if (!(field->kind == MW_F_STRS ? read_text(item, in, arena)
                                              : read_into(field->shape, item, in, arena))) {
            return false;
        }
    }
    set_pointer(body, field->offset, items);
    memcpy((char *)body + field->n_offset, &n, sizeof n);
    return true;
}

static bool read_field(const struct mw_field *field, void *body, struct mw_reader *in, struct mw_arena *arena)
{
    char *at = (char *)body + field->offset;
    if (is_list(field)) {
        return read_elements(field, body, in, arena);
    }
    if (field->kind == MW_F_STR) {
        return read_text((struct mw_span *)(void *)at, in, arena);
    }
    if (field->kind == MW_F_OBJ) {
        return read_into(field->shape, at, in, arena);
    }
    if (field->kind != MW_F_OPT) {
        mw_read_bytes(in, at, scalar_bytes(field));
        return true;
    }
    if (mw_read_u8(in) == 0) {
        return true;
    }
    void *nested = mw_shape_read(field->shape, in, arena);
    set_pointer(body, field->offset, nested);
    return nested != NULL;
}

static bool read_into(const struct mw_shape *shape, void *body, struct mw_reader *in, struct mw_arena *arena)
{
    for (size_t i = 0; i < shape->n_fields; i++) {
        if (!read_field(&shape->fields[i], body, in, arena) || in->failed) {
            return false;
        }
    }
    return true;
}

void *mw_shape_read(const struct mw_shape *shape, struct mw_reader *in, struct mw_arena *arena)
{
    void *body = mw_arena_take(arena, shape->size);
    return body != NULL && read_into(shape, body, in, arena) ? body : NULL;
}

/* A copy is a write followed by a read: one walk over the table less to keep right. */
void *mw_shape_copy(const struct mw_shape *shape, const void *body, struct mw_arena *arena)
{
    struct mw_writer bytes = {0};
    mw_shape_write(shape, body, &bytes);
    struct mw_reader in = mw_reader(mw_writer_span(&bytes));
    void *copy = bytes.failed ? NULL : mw_shape_read(shape, &in, arena);
    mw_writer_fini(&bytes);
    return copy;
}

const struct mw_shape *mw_shape_of_field(const struct mw_shape *shape, const char *field)
{
    for (size_t i = 0; i < shape->n_fields; i++) {
        if (strcmp(shape->fields[i].name, field) == 0) {
            return shape->fields[i].shape;
        }
    }
    return NULL;
}
