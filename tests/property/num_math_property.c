/* Every function against the 64-bit mantissa of long double, over its whole range and where it is hard.
 * Bounds are what mw_math.h promises; 20,000 random points a range, one fixed seed each. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_expect.h"
#include "mw_math.h"
#include "mw_rng.h"
#include <criterion/parameterized.h>
#include <float.h>

enum { POINTS = 20000 };

enum spacing { EVEN, BY_LOGARITHM, BY_LOGARITHM_BOTH_SIGNS };

struct range {
    const char *name;
    double (*got)(double);
    long double (*want)(long double);
    double from, to;
    enum spacing spacing;
    double ulp_max;
};

#define CALLABLE(name)                                                                                       \
    static double call_##name(double x)                                                                      \
    {                                                                                                        \
        return mw_##name(x);                                                                                 \
    }
CALLABLE(exp)
CALLABLE(expm1)
CALLABLE(log)
CALLABLE(log1p)
CALLABLE(sin)
CALLABLE(cos)
CALLABLE(logistic)
CALLABLE(logit)
CALLABLE(lgamma)

static long double want_logistic(long double x)
{
    return x >= 0 ? 1 / (1 + expl(-x)) : expl(x) / (1 + expl(x));
}

static long double want_logit(long double p)
{
    return p < 0.5L ? -log1pl((1 - 2 * p) / p) : log1pl((2 * p - 1) / (1 - p));
}

/* Distance in units of the last place of the true value, denormal ones included. */
static double ulps(double got, long double want)
{
    const double rounded = (double)want;
    if (got == rounded) {
        return 0.0;
    }
    int exponent = 0;
    (void)frexp(rounded, &exponent);
    exponent = exponent < DBL_MIN_EXP ? DBL_MIN_EXP : exponent;
    return (double)fabsl(((long double)got - want) / ldexpl(1.0L, exponent - DBL_MANT_DIG));
}

static double point(struct mw_rng *rng, double from, double to, enum spacing spacing)
{
    const double u = mw_rng_uniform(rng), sign = mw_rng_bits(rng) & 1 ? 1.0 : -1.0;
    if (spacing == EVEN) {
        return from + (to - from) * u;
    }
    const double size =
        (double)expl(logl((long double)from) + logl((long double)to / (long double)from) * (long double)u);
    return spacing == BY_LOGARITHM ? size : sign * size;
}

static const struct range ranges[] = {
    {"exp", call_exp, expl, -745.2, 709.8, EVEN, 1.0},
    {"exp", call_exp, expl, -1.0, 1.0, EVEN, 1.0},
    {"exp", call_exp, expl, 1e-300, 1.0, BY_LOGARITHM_BOTH_SIGNS, 1.0},
    {"expm1", call_expm1, expm1l, -45.0, 709.8, EVEN, 2.0},
    {"expm1", call_expm1, expm1l, -1.5, 1.5, EVEN, 2.0},
    {"expm1", call_expm1, expm1l, 1e-320, 1.0, BY_LOGARITHM_BOTH_SIGNS, 2.0},
    {"log", call_log, logl, 0x1p-1074, 1e308, BY_LOGARITHM, 1.0},
    {"log", call_log, logl, 0x1p-1074, 0x1p-1022, BY_LOGARITHM, 1.0},
    {"log", call_log, logl, 0.5, 2.0, EVEN, 1.0},
    {"log", call_log, logl, 0.999, 1.001, EVEN, 1.0},
    {"log1p", call_log1p, log1pl, -1.0, 3.0, EVEN, 1.0},
    {"log1p", call_log1p, log1pl, 1e-320, 1e308, BY_LOGARITHM, 1.0},
    {"log1p", call_log1p, log1pl, 1e-320, 1.0, BY_LOGARITHM_BOTH_SIGNS, 1.0},
    {"sin", call_sin, sinl, -1e6, 1e6, EVEN, 1.0},
    {"sin", call_sin, sinl, -4.0, 4.0, EVEN, 1.0},
    {"sin", call_sin, sinl, 1e-320, 1.0, BY_LOGARITHM_BOTH_SIGNS, 1.0},
    {"cos", call_cos, cosl, -1e6, 1e6, EVEN, 1.0},
    {"cos", call_cos, cosl, -4.0, 4.0, EVEN, 1.0},
    {"logistic", call_logistic, want_logistic, -740.0, 740.0, EVEN, 3.0},
    {"logistic", call_logistic, want_logistic, -8.0, 8.0, EVEN, 3.0},
    {"logit", call_logit, want_logit, 0.0, 1.0, EVEN, 3.0},
    {"logit", call_logit, want_logit, 0.499, 0.501, EVEN, 3.0},
    {"logit", call_logit, want_logit, 1e-320, 0.5, BY_LOGARITHM, 3.0},
    {"lgamma", call_lgamma, lgammal, 0.0, 12.0, EVEN, 6.0},
    {"lgamma", call_lgamma, lgammal, 0.4, 2.6, EVEN, 6.0},
    {"lgamma", call_lgamma, lgammal, 9.9, 10.1, EVEN, 6.0},
    {"lgamma", call_lgamma, lgammal, 1e-300, 1e300, BY_LOGARITHM, 6.0},
};

enum { N_RANGES = sizeof ranges / sizeof *ranges };

/* Parameters cross to a process with other addresses, so a row goes by its number. */
ParameterizedTestParameters(num_math_property, error_stays_below_the_promised_ulps)
{
    static size_t row[N_RANGES];
    for (size_t i = 0; i < N_RANGES; i++) {
        row[i] = i;
    }
    return cr_make_param_array(size_t, row, N_RANGES);
}

ParameterizedTest(size_t *row, num_math_property, error_stays_below_the_promised_ulps)
{
    const struct range *r = &ranges[*row];
    struct mw_rng rng = {.key = 17};
    double worst = 0.0, at = r->from;
    for (int i = 0; i < POINTS; i++) {
        const double x = point(&rng, r->from, r->to, r->spacing);
        const double error = ulps(r->got(x), r->want((long double)x));
        if (!(error <= worst)) {
            worst = error;
            at = x;
        }
    }
    cr_expect(worst <= r->ulp_max, "%s on [%g, %g]: %.3f ulp at %.17g (%a)", r->name, r->from, r->to, worst,
              at, at);
}

/* The hard cases of the reduction: doubles next to multiples of pi/2, where all leading digits cancel. */
Test(num_math_property, sin_and_cos_hold_beside_multiples_of_half_pi)
{
    const long double half_pi = 1.57079632679489661923132169163975144L;
    for (int k = 1; k < 636000; k += 37) {
        const double x = (double)(half_pi * k);
        cr_expect(ulps(mw_sin(x), sinl((long double)x)) <= 1.0, "sin(%.17g)", x);
        cr_expect(ulps(mw_cos(x), cosl((long double)x)) <= 1.0, "cos(%.17g)", x);
    }
}

struct powers {
    double base_from, base_to, exponent_max; /* |y log x| up to exponent_max */
};

ParameterizedTestParameters(num_math_property, pow_stays_below_one_ulp)
{
    static struct powers powers[] = {
        {1e-307, 1e308, 744.0}, {0x1p-1074, 0x1p-1022, 744.0}, {1e-3, 1e3, 3.0},
        {1e-3, 1e3, 40.0},      {0.999, 1.001, 700.0},
    };
    return cr_make_param_array(struct powers, powers, sizeof powers / sizeof *powers);
}

ParameterizedTest(struct powers *r, num_math_property, pow_stays_below_one_ulp)
{
    struct mw_rng rng = {.key = 18};
    for (int i = 0; i < POINTS; i++) {
        const double x = point(&rng, r->base_from, r->base_to, BY_LOGARITHM);
        const double y = point(&rng, -r->exponent_max, r->exponent_max, EVEN) / log(x);
        const double error = ulps(mw_pow(x, y), powl((long double)x, (long double)y));
        cr_assert(error <= 1.0, "%.17g ^ %.17g: %.3f ulp", x, y, error);
    }
}

Test(num_math_property, exp_and_log_do_not_step_backwards_beside_powers_of_two)
{
    for (int k = -1000; k < 1000; k++) {
        const double x = ldexp(1.0, k), above = nextafter(x, (double)INFINITY), below = nextafter(x, 0.0);
        cr_expect(mw_log(below) <= mw_log(x) && mw_log(x) <= mw_log(above), "log at 2^%d", k);
        const double seam = (k + 0.5) * MW_LN2;
        if (fabs(seam) < 700.0) {
            const double left = mw_exp(nextafter(seam, -1e9)), right = mw_exp(nextafter(seam, 1e9));
            cr_expect(left <= right * (1.0 + DBL_EPSILON), "exp at the seam %g", seam);
        }
    }
}
