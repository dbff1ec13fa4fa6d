// SPDX-License-Identifier: Apache-2.0
#include "mw_dist.h"
#include "mw_expect.h"
#include "mw_la.h"
#include <criterion/parameterized.h>

enum { N_MAX = 70, BATCH_MAX = 200, SEEDS = 200 };

struct fixture {
    size_t n;
    double a[N_MAX * N_MAX], l[N_MAX * N_MAX];
    struct mw_rng rng;
};

/* A = B B' + I / 100, like the normal equations of a regression with its prior; sizes and columns from the
 * seed. */
static void build(struct fixture *f, uint64_t seed)
{
    static double b[N_MAX * N_MAX];
    f->rng = (struct mw_rng){.key = seed};
    f->n = 1 + (size_t)(seed * 37 % N_MAX);
    for (size_t i = 0; i < f->n * f->n; i++) {
        b[i] = mw_draw_normal(&f->rng);
    }
    for (size_t i = 0; i < f->n; i++) {
        for (size_t j = 0; j < f->n; j++) {
            double sum = i == j ? 0.01 : 0.0;
            for (size_t k = 0; k < f->n; k++) {
                sum += b[i * f->n + k] * b[j * f->n + k];
            }
            f->a[i * f->n + j] = sum;
        }
    }
    memcpy(f->l, f->a, sizeof f->a);
    cr_assert(mw_la_cholesky(f->n, f->l, NULL) == MW_OK, "seed %lu", (unsigned long)seed);
}

static void fill(struct mw_rng *rng, size_t n, double x[])
{
    for (size_t i = 0; i < n; i++) {
        x[i] = mw_draw_normal(rng);
    }
}

ParameterizedTestParameters(num_la_property, certificates_hold_on_random_systems)
{
    static uint64_t seeds[SEEDS];
    for (size_t i = 0; i < SEEDS; i++) {
        seeds[i] = i + 1;
    }
    return cr_make_param_array(uint64_t, seeds, SEEDS);
}

ParameterizedTest(uint64_t *seed, num_la_property, certificates_hold_on_random_systems)
{
    static struct fixture f;
    double x[N_MAX], b[N_MAX], w[N_MAX], used[N_MAX], scratch[2 * N_MAX];
    build(&f, *seed);
    const size_t n = f.n;
    cr_expect(mw_la_factor_residual(n, f.a, f.l) <= 1e-14, "factor, seed %lu", (unsigned long)*seed);

    fill(&f.rng, n, b);
    memcpy(x, b, sizeof x);
    mw_la_forward(n, f.l, x);
    mw_la_backward(n, f.l, x);
    cr_expect(mw_la_solve_residual(n, f.a, x, b) <= 1e-13, "solution, seed %lu", (unsigned long)*seed);

    fill(&f.rng, n, w);
    memcpy(used, w, sizeof w);
    static double updated[N_MAX * N_MAX];
    for (size_t i = 0; i < n * n; i++) {
        updated[i] = f.a[i] + w[i / n] * w[i % n];
    }
    cr_assert(mw_la_cholesky_update(n, f.l, w, scratch, NULL) == MW_OK);
    cr_expect(mw_la_factor_residual(n, updated, f.l) <= 1e-13, "update, seed %lu", (unsigned long)*seed);
    cr_assert(mw_la_cholesky_downdate(n, f.l, used, scratch, NULL) == MW_OK);
    cr_expect(mw_la_factor_residual(n, f.a, f.l) <= 1e-11, "downdate, seed %lu", (unsigned long)*seed);
    for (size_t k = 0; k < n; k++) {
        cr_expect(f.l[k * n + k] > 0.0, "pivots stay positive, seed %lu", (unsigned long)*seed);
    }
}

/* Whatever the batch around it, a column is solved by the same operations. */
Test(num_la_property, a_column_has_the_same_bits_in_every_batch)
{
    static struct fixture f;
    static double whole[N_MAX * BATCH_MAX], parts[N_MAX * BATCH_MAX];
    const size_t stride = BATCH_MAX, cuts[] = {0, 1, 8, 71, 136, 199};
    build(&f, 11);
    fill(&f.rng, f.n * stride, whole);
    memcpy(parts, whole, sizeof parts);
    mw_la_forward_batch(f.n, f.l, whole, 199, stride);
    for (size_t k = 0; k + 1 < sizeof cuts / sizeof *cuts; k++) {
        mw_la_forward_batch(f.n, f.l, parts + cuts[k], cuts[k + 1] - cuts[k], stride);
    }
    cr_expect(memcmp(whole, parts, sizeof whole) == 0);
}

Test(num_la_property, a_batch_solves_each_of_its_columns)
{
    static struct fixture f;
    static double batch[N_MAX * BATCH_MAX];
    double column[N_MAX];
    build(&f, 12);
    fill(&f.rng, f.n * BATCH_MAX, batch);
    for (size_t i = 0; i < BATCH_MAX; i += 33) {
        static double copy[N_MAX * BATCH_MAX];
        memcpy(copy, batch, sizeof copy);
        for (size_t k = 0; k < f.n; k++) {
            column[k] = batch[k * BATCH_MAX + i];
        }
        mw_la_forward(f.n, f.l, column);
        mw_la_forward_batch(f.n, f.l, copy, BATCH_MAX, BATCH_MAX);
        for (size_t k = 0; k < f.n; k++) {
            mw_expect_close(copy[k * BATCH_MAX + i], column[k], 1e-9, 1e-12);
        }
    }
}
