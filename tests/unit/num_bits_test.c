// SPDX-License-Identifier: Apache-2.0
#include "mw_dist.h"
#include "mw_expect.h"
#include "mw_rng.h"
#include "num_kernels.h"

enum { N = 4099 }; /* odd, so that vector loops have a remainder */

static double x[N], y[N], want[N], got[N];

/* Ordinary numbers of every size used, then everything that is special. Only exact operations, so that the
 * inputs are the same everywhere. */
static void fill(void)
{
    static const double special[] = {0.0,   -0.0,   1.0, -1.0, 0x1p-1074, 0x1p-1022, 0x1.fffffffffffffp+1023,
                                     710.0, -746.0, 1e6};
    struct mw_rng rng = {.key = 23};
    for (size_t i = 0; i < N; i++) {
        const double scale = ldexp(1.0, (int)(mw_rng_bits(&rng) % 24) - 12);
        x[i] = (mw_rng_uniform(&rng) - 0.25) * scale;
        y[i] = (mw_rng_uniform(&rng) - 0.5) * 16.0;
    }
    for (size_t i = 0; i < sizeof special / sizeof *special; i++) {
        x[31 * i] = special[i];
    }
    x[400] = (double)INFINITY;
    x[401] = (double)-INFINITY;
    x[402] = (double)NAN;
}

/* The bits of a NaN are not promised, only that it is one. */
static void expect_same_bits(const char *variant, int k)
{
    for (size_t i = 0; i < N; i++) {
        cr_assert(mw_is_same(got[i], want[i]), "kernel %d, %s: %a and %a for x %a, y %a", k, variant, got[i],
                  want[i], x[i], y[i]);
    }
}

#define COMPARE(variant)                                                                                     \
    for (int k = 0; k < NUM_KERNELS; k++) {                                                                  \
        num_kernels_O0(k, N, x, y, want);                                                                    \
        num_kernels_##variant(k, N, x, y, got);                                                              \
        expect_same_bits(#variant, k);                                                                       \
    }

Test(num_bits, optimisation_changes_no_bit, .init = fill){COMPARE(O2) COMPARE(O3)}

Test(num_bits, the_clone_picked_at_load_time_changes_no_bit, .init = fill){COMPARE(clones)}

#if defined(NUM_HAVE_WIDE)
Test(num_bits, avx2_changes_no_bit, .init = fill)
{
    if (!__builtin_cpu_supports("avx2")) {
        cr_skip_test("this processor has no AVX2");
    }
    COMPARE(avx2)
}

Test(num_bits, avx512_changes_no_bit, .init = fill)
{
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512dq")) {
        cr_skip_test("this processor has no AVX-512");
    }
    COMPARE(avx512)
}
#endif

/* Recorded once; every compiler, level and machine must come to the same. A change here means that every
 * stored posterior is replayed to other bits: raise the model's version with it. */
Test(num_bits, results_are_the_recorded_ones, .init = fill)
{
    static double all[(NUM_KERNELS + 2) * N];
    size_t n = 0;
    for (int k = 0; k < NUM_KERNELS; k++) {
        num_kernels_clones(k, N, x, y, all + n);
        n += N;
    }
    for (size_t i = 0; i < N; i++) {
        struct mw_rng rng = {.key = 4, .index = i * MW_DRAW_STUDENT_BLOCKS};
        all[n + i] = mw_draw_student(&rng, mw_student(5.0, 0.0, 1.0));
        all[n + N + i] = mw_student_cdf(y[i], 7.0);
    }
    n += 2 * N;
    for (size_t i = 0; i < n; i++) {
        all[i] = isnan(all[i]) ? 0.0 : all[i];
    }
    char hex[33];
    mw_hash128_hex(mw_hash128(all, n * sizeof *all), hex);
    cr_expect(strcmp(hex, "c8f39abf96090c135b5024fc5e111719") == 0, "hash is %s", hex);
}
