/* mw_rng.h: counter-based random numbers (Philox4x32-10; Salmon, Moraes, Dror & Shaw, SC 2011).
 *
 * A draw is a pure function of (key, stream, index): nothing is carried from draw to draw, so results do not
 * depend on batching, on the order of services, on threads or on restarts. One key per (seed, tenant, purpose,
 * n), one stream per particle and stage, one index per draw. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_span.h"

struct mw_rng {
    uint64_t key;
    uint64_t stream;
    uint64_t index; /* next block of 128 bits */
};

/* Mixes what identifies a source of randomness into a key; chain calls to fold in more. */
uint64_t mw_rng_key(uint64_t key, uint64_t part);
uint64_t mw_rng_key_text(uint64_t key, struct mw_span part);

/* The 128 bits at (key, stream, index). */
void mw_rng_block(uint64_t key, uint64_t stream, uint64_t index, uint32_t out[4]);

/* Uniform in (0, 1), 52 bits, never 0 or 1; advances index by one block. */
double mw_rng_uniform(struct mw_rng *rng);
/* 64 uniform bits; advances index by one block. */
uint64_t mw_rng_bits(struct mw_rng *rng);

/* 52 of 64 bits as a double in (0, 1): with 53 the largest would round to 1. */
static inline double mw_rng_to_unit(uint64_t bits)
{
    return ((double)(bits >> 12) + 0.5) * 0x1p-52;
}
