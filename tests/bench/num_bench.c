/* num_bench.c: nanoseconds per element of the kernels that the model lives on, as JSON lines; best of 20
 * rounds over 1,024 elements, which stay in the first-level cache. libm's scalar exp stands beside them as a
 * yardstick. */
// SPDX-License-Identifier: Apache-2.0
#include "bench_figure.h"
#include "mw_num.h"
#include <stdio.h>

enum { N = 1024, REPEATS = 200, ROUNDS = 20, ORDER = 22 };

/* Arrays over particles, as the model lays them out. */
struct arrays {
    double x[N], y[N], adstock[N], alpha[N], n[N], log_kappa[N], out[N];
    double l[ORDER * ORDER], rhs[ORDER * N];
    struct mw_sample scratch[2 * N];
};

static struct arrays a;

#define KERNEL(name, statement)                                                                              \
    MW_CLONES static void name(struct arrays *restrict p)                                                    \
    {                                                                                                        \
        for (size_t i = 0; i < N; i++) {                                                                     \
            statement;                                                                                       \
        }                                                                                                    \
    }

KERNEL(kernel_exp, p->out[i] = mw_exp(p->x[i]))
KERNEL(kernel_log, p->out[i] = mw_log(p->x[i]))
KERNEL(kernel_pow, p->out[i] = mw_pow(p->x[i], p->y[i]))
KERNEL(kernel_logistic, p->out[i] = mw_logistic(p->x[i]))
KERNEL(kernel_lgamma, p->out[i] = mw_lgamma(p->x[i]))
KERNEL(kernel_libm_exp, p->out[i] = exp(p->x[i]))
/* One day of one channel: adstock, then a^n / (a^n + kappa^n). */
KERNEL(kernel_adstock_hill, double s = p->alpha[i] * p->adstock[i] + (1.0 - p->alpha[i]) * 1.1;
       p->adstock[i] = s; p->out[i] = 1.0 / (1.0 + mw_exp(p->n[i] * (p->log_kappa[i] - mw_log(s)))))

static void kernel_forward_batch(struct arrays *p)
{
    mw_la_forward_batch(ORDER, p->l, p->rhs, N, N);
}

static void kernel_normal_draw(struct arrays *p)
{
    struct mw_rng rng = {.key = 1};
    for (size_t i = 0; i < N; i++) {
        p->out[i] = mw_draw_normal(&rng);
    }
}

static void kernel_summary(struct arrays *p)
{
    struct mw_summary summary;
    p->out[0] = mw_summarise(N, p->rhs, p->alpha, p->scratch, &summary, NULL) == MW_OK ? summary.q50 : 0.0;
}

static void fill(void)
{
    struct mw_rng rng = {.key = 7};
    for (size_t i = 0; i < N; i++) {
        a.x[i] = 0.01 + 3.0 * mw_rng_uniform(&rng);
        a.y[i] = mw_draw_normal(&rng);
        a.alpha[i] = mw_rng_uniform(&rng);
        a.n[i] = mw_exp(0.18 + 0.3 * mw_draw_normal(&rng));
        a.log_kappa[i] = 0.7 * mw_draw_normal(&rng);
    }
    for (size_t k = 0; k < ORDER * N; k++) {
        a.rhs[k] = mw_draw_normal(&rng);
    }
    for (size_t k = 0; k < ORDER; k++) {
        a.l[k * ORDER + k] = 1.0;
    }
}

static double best_ns(void (*kernel)(struct arrays *))
{
    double best = 1e300;
    for (int round = 0; round < ROUNDS; round++) {
        const double start = 1e9 * bench_wall_seconds();
        for (int i = 0; i < REPEATS; i++) {
            kernel(&a);
        }
        const double ns = (1e9 * bench_wall_seconds() - start) / REPEATS / N;
        best = ns < best ? ns : best;
    }
    return best;
}

int main(void)
{
    static const struct {
        const char *name;
        void (*kernel)(struct arrays *);
    } benches[] = {
        {"exp", kernel_exp},
        {"log", kernel_log},
        {"pow", kernel_pow},
        {"logistic", kernel_logistic},
        {"lgamma", kernel_lgamma},
        {"adstock_hill_step", kernel_adstock_hill},
        {"forward_batch_22", kernel_forward_batch},
        {"normal_draw", kernel_normal_draw},
        {"weighted_summary", kernel_summary},
    };
    fill();
    const double libm_exp = best_ns(kernel_libm_exp);
    for (size_t i = 0; i < sizeof benches / sizeof *benches; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "num/%s", benches[i].name);
        bench_print(
            &(struct bench_figure){name, "ns", best_ns(benches[i].kernel), "libm's exp", libm_exp, 0});
    }
    return 0;
}
