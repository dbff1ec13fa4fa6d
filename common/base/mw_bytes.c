// SPDX-License-Identifier: Apache-2.0
#include "mw_bytes.h"

#include <stdlib.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "snapshots are written as the machine's own bytes: little-endian machines only"
#endif

static bool make_room(struct mw_writer *out, size_t n_bytes)
{
    if (out->failed || n_bytes > SIZE_MAX / 2 - out->len) {
        out->failed = true;
        return false;
    }
    if (out->len + n_bytes <= out->capacity) {
        return true;
    }
    size_t capacity = out->capacity == 0 ? 256 : out->capacity;
    while (capacity < out->len + n_bytes) {
        capacity *= 2;
    }
    char *data = realloc(out->data, capacity);
    if (data == NULL) {
        out->failed = true;
        return false;
    }
    out->data = data;
    out->capacity = capacity;
    return true;
}

void mw_writer_reset(struct mw_writer *out)
{
    out->len = 0;
    out->failed = false;
}

void mw_writer_fini(struct mw_writer *out)
{
    free(out->data);
    *out = (struct mw_writer){0};
}

void mw_write_bytes(struct mw_writer *out, const void *v, size_t n_bytes)
{
    if (n_bytes > 0 && make_room(out, n_bytes)) {
        memcpy(out->data + out->len, v, n_bytes);
        out->len += n_bytes;
    }
}

void mw_write_u8(struct mw_writer *out, uint8_t v)
{
    mw_write_bytes(out, &v, sizeof v);
}

void mw_write_u32(struct mw_writer *out, uint32_t v)
{
    mw_write_bytes(out, &v, sizeof v);
}

void mw_write_u64(struct mw_writer *out, uint64_t v)
{
    mw_write_bytes(out, &v, sizeof v);
}

void mw_write_i32(struct mw_writer *out, int32_t v)
{
    mw_write_bytes(out, &v, sizeof v);
}

void mw_write_i64(struct mw_writer *out, int64_t v)
{
    mw_write_bytes(out, &v, sizeof v);
}

void mw_write_f64(struct mw_writer *out, double v)
{
    mw_write_bytes(out, &v, sizeof v);
}

void mw_write_f64s(struct mw_writer *out, const double *v, size_t n)
{
    mw_write_bytes(out, v, n * sizeof *v);
}

void mw_write_span(struct mw_writer *out, struct mw_span v)
{
    mw_write_u32(out, (uint32_t)v.len);
    mw_write_bytes(out, v.data, v.len);
}

struct mw_span mw_writer_span(const struct mw_writer *out)
{
    return (struct mw_span){out->data, out->len};
}

enum mw_status mw_writer_status(const struct mw_writer *out, struct mw_error *err)
{
    return out->failed ? MW_FAIL(err, MW_E_MEMORY, "no memory for a snapshot of %zu bytes", out->len) : MW_OK;
}

struct mw_reader mw_reader(struct mw_span in)
{
    return (struct mw_reader){.in = in};
}

size_t mw_reader_left(const struct mw_reader *in)
{
    return in->failed ? 0 : in->in.len - in->at;
}

static const char *take(struct mw_reader *in, size_t n_bytes)
{
    if (mw_reader_left(in) < n_bytes) {
        in->failed = true;
        return NULL;
    }
    const char *at = in->in.data + in->at;
    in->at += n_bytes;
    return at;
}

void mw_read_bytes(struct mw_reader *in, void *v, size_t n_bytes)
{
    if (n_bytes == 0) {
        return;
    }
    const char *bytes = take(in, n_bytes);
    if (bytes == NULL) {
        memset(v, 0, n_bytes);
    } else {
        memcpy(v, bytes, n_bytes);
    }
}

#define READ(type, name)                          \
    type mw_read_##name(struct mw_reader *in)     \
    {                                             \
        type v = 0;                               \
        mw_read_bytes(in, &v, sizeof v);          \
        return v;                                 \
    }
READ(uint8_t, u8)
READ(uint32_t, u32)
READ(uint64_t, u64)
READ(int32_t, i32)
READ(int64_t, i64)
READ(double, f64)
#undef READ

void mw_read_f64s(struct mw_reader *in, double *v, size_t n)
{
    mw_read_bytes(in, v, n * sizeof *v);
}

struct mw_span mw_read_span(struct mw_reader *in)
{
    const uint32_t len = mw_read_u32(in);
    const char *bytes = take(in, len);
    return bytes == NULL ? (struct mw_span){0} : (struct mw_span){bytes, len};
}

size_t mw_read_count(struct mw_reader *in, size_t element_bytes)
{
    const uint64_t n = mw_read_u64(in);
    const size_t least = element_bytes == 0 ? 1 : element_bytes;
    if (n > mw_reader_left(in) / least) {
        in->failed = true;
        return 0;
    }
    return (size_t)n;
}

enum mw_status mw_reader_status(const struct mw_reader *in, struct mw_error *err)
{
    return in->failed ? MW_FAIL(err, MW_E_DATA, "snapshot ends early or is damaged near byte %zu of %zu", in->at,
                                in->in.len)
                      : MW_OK;
}
