// SPDX-License-Identifier: Apache-2.0
#include "num_kernels.h"
#include "mw_math.h"

#define CAT_(a, b) a##b
#define CAT(a, b)  CAT_(a, b)

#define LOOP(name, expression)                                                                               \
    MW_CLONES static void name(size_t n, const double *restrict x, const double *restrict y,                 \
                               double *restrict out)                                                         \
    {                                                                                                        \
        (void)y;                                                                                             \
        for (size_t i = 0; i < n; i++) {                                                                     \
            out[i] = (expression);                                                                           \
        }                                                                                                    \
    }

LOOP(loop_exp, mw_exp(x[i]))
LOOP(loop_expm1, mw_expm1(x[i]))
LOOP(loop_log, mw_log(x[i]))
LOOP(loop_log1p, mw_log1p(x[i]))
LOOP(loop_pow, mw_pow(x[i], y[i]))
LOOP(loop_sin, mw_sin(x[i]))
LOOP(loop_cos, mw_cos(x[i]))
LOOP(loop_logistic, mw_logistic(x[i]))
LOOP(loop_logit, mw_logit(x[i]))
LOOP(loop_lgamma, mw_lgamma(x[i]))
LOOP(loop_adstock, mw_logistic(y[i]) * x[i] + (1.0 - mw_logistic(y[i])) * 1.25)
LOOP(loop_hill, 1.0 / (1.0 + mw_exp(-1.2 * (mw_log(fabs(x[i])) - y[i]))))

void CAT(num_kernels_, NUM_VARIANT)(int k, size_t n, const double x[], const double y[], double out[])
{
    static void (*const loops[NUM_KERNELS])(size_t, const double *restrict, const double *restrict,
                                            double *restrict) = {
        loop_exp, loop_expm1,    loop_log,   loop_log1p,  loop_pow,     loop_sin,
        loop_cos, loop_logistic, loop_logit, loop_lgamma, loop_adstock, loop_hill,
    };
    loops[k](n, x, y, out);
}
