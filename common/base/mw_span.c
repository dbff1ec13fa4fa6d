// SPDX-License-Identifier: Apache-2.0
#include "mw_span.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

int mw_span_cmp(struct mw_span a, struct mw_span b)
{
    const size_t shorter = a.len < b.len ? a.len : b.len;
    const int order = shorter == 0 ? 0 : memcmp(a.data, b.data, shorter);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

uint64_t mw_span_hash(struct mw_span a)
{
    return XXH3_64bits(a.data, a.len);
}

struct mw_hash128 mw_hash128(const void *data, size_t n_bytes)
{
    const XXH128_hash_t hash = XXH3_128bits(data, n_bytes);
    return (struct mw_hash128){hash.low64, hash.high64};
}

void mw_hash128_hex(struct mw_hash128 hash, char out[33])
{
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < 16; i++) {
        out[i] = digits[(hash.hi >> (60 - 4 * i)) & 15];
        out[16 + i] = digits[(hash.lo >> (60 - 4 * i)) & 15];
    }
    out[32] = '\0';
}
