/* mw_span.h: borrowed bytes with a length. A span never owns; whoever hands one out says how long it lives. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct mw_span {
    const char *data; /* not terminated, unless the source says so */
    size_t len;
};

#define MW_SPAN_FMT "%.*s"
#define MW_SPAN_ARG(s) (int)(s).len, (s).data

static inline struct mw_span mw_span(const char *text)
{
    return (struct mw_span){text, text == NULL ? 0 : strlen(text)};
}

static inline bool mw_span_eq(struct mw_span a, struct mw_span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool mw_span_is(struct mw_span a, const char *text)
{
    return mw_span_eq(a, mw_span(text));
}

/* Bytewise order, shorter first among equals: the tie-break used wherever order must be the same everywhere. */
int mw_span_cmp(struct mw_span a, struct mw_span b);

/* 64 bits for tables and random keys (XXH3, seed 0): fast, not for adversaries. */
uint64_t mw_span_hash(struct mw_span a);

/* 128 bits for content: two contents with the same hash are taken to be equal (XXH3). */
struct mw_hash128 {
    uint64_t lo, hi;
};
struct mw_hash128 mw_hash128(const void *data, size_t n_bytes);
/* 32 lower-case hexadecimal digits and a terminator. */
void mw_hash128_hex(struct mw_hash128 hash, char out[33]);
