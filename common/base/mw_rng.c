// SPDX-License-Identifier: Apache-2.0
#include "mw_rng.h"

enum { ROUNDS = 10 };

/* Multipliers and Weyl increments of Philox4x32 as published. */
static const uint32_t M0 = 0xD2511F53u, M1 = 0xCD9E8D57u, W0 = 0x9E3779B9u, W1 = 0xBB67AE85u;

void mw_rng_block(uint64_t key, uint64_t stream, uint64_t index, uint32_t out[4])
{
    uint32_t c0 = (uint32_t)index, c1 = (uint32_t)(index >> 32);
    uint32_t c2 = (uint32_t)stream, c3 = (uint32_t)(stream >> 32);
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    for (int round = 0; round < ROUNDS; round++) {
        const uint64_t p0 = (uint64_t)M0 * c0, p1 = (uint64_t)M1 * c2;
        const uint32_t n0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0, n2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)p1;
        c3 = (uint32_t)p0;
        c0 = n0;
        c2 = n2;
        k0 += W0;
        k1 += W1;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

uint64_t mw_rng_key(uint64_t key, uint64_t part)
{
    uint32_t out[4];
    mw_rng_block(key, part, 0, out);
    return (uint64_t)out[1] << 32 | out[0];
}

uint64_t mw_rng_key_text(uint64_t key, struct mw_span part)
{
    return mw_rng_key(key, mw_span_hash(part));
}

uint64_t mw_rng_bits(struct mw_rng *rng)
{
    uint32_t out[4];
    mw_rng_block(rng->key, rng->stream, rng->index++, out);
    return (uint64_t)out[1] << 32 | out[0];
}

double mw_rng_uniform(struct mw_rng *rng)
{
    return mw_rng_to_unit(mw_rng_bits(rng));
}
