/* mw_bytes.h: versioned binary snapshots: little-endian, no padding, bounds checked on the way in.
 *
 * Writing cannot fail halfway: a writer that ran out of memory remembers it and mw_writer_status() says so at
 * the end. Reading is the same: after the first short or odd field every further read gives zero, and
 * mw_reader_status() says what was wrong. So save and load read as plain lists of fields. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_span.h"
#include "mw_status.h"

struct mw_writer {
    char *data;
    size_t len, capacity;
    bool failed;
};

/* All zero is a valid empty writer; _fini frees, _reset keeps the memory. */
void mw_writer_reset(struct mw_writer *out);
void mw_writer_fini(struct mw_writer *out);
void mw_write_u8(struct mw_writer *out, uint8_t v);
void mw_write_u32(struct mw_writer *out, uint32_t v);
void mw_write_u64(struct mw_writer *out, uint64_t v);
void mw_write_i32(struct mw_writer *out, int32_t v);
void mw_write_i64(struct mw_writer *out, int64_t v);
void mw_write_f64(struct mw_writer *out, double v); /* the bits, NaN payloads too */
void mw_write_span(struct mw_writer *out, struct mw_span v);
void mw_write_f64s(struct mw_writer *out, const double *v, size_t n);
void mw_write_bytes(struct mw_writer *out, const void *v, size_t n_bytes);
struct mw_span mw_writer_span(const struct mw_writer *out); /* borrowed until the next write */
MW_MUST_USE enum mw_status mw_writer_status(const struct mw_writer *out, struct mw_error *err); /* MW_E_MEMORY */

struct mw_reader {
    struct mw_span in;
    size_t at;
    bool failed;
};

struct mw_reader mw_reader(struct mw_span in);
uint8_t mw_read_u8(struct mw_reader *in);
uint32_t mw_read_u32(struct mw_reader *in);
uint64_t mw_read_u64(struct mw_reader *in);
int32_t mw_read_i32(struct mw_reader *in);
int64_t mw_read_i64(struct mw_reader *in);
double mw_read_f64(struct mw_reader *in);
/* Borrowed from the input, not copied. */
struct mw_span mw_read_span(struct mw_reader *in);
void mw_read_f64s(struct mw_reader *in, double *v, size_t n);
void mw_read_bytes(struct mw_reader *in, void *v, size_t n_bytes);
/* A count of elements of at least `element_bytes` each: fails when the input cannot hold that many, so a
 * damaged snapshot can never ask for absurd memory. */
size_t mw_read_count(struct mw_reader *in, size_t element_bytes);
size_t mw_reader_left(const struct mw_reader *in);
/* MW_E_DATA when any read fell short. */
MW_MUST_USE enum mw_status mw_reader_status(const struct mw_reader *in, struct mw_error *err);
