/* mw_math.h: elementary functions that give the same bits on every x86-64 machine, one at a time or eight.
 *
 * libm picks its code by processor type and its vector versions differ again. These are plain IEEE arithmetic
 * in a fixed order without branches: selects only, so a loop that calls them becomes vector code of any
 * width, and without fused multiply-add (-ffp-contract=off, which every target here has) each width rounds
 * alike.
 *
 *   mw_exp                error below 1 ulp; overflow gives inf, underflow a denormal and then 0
 *   mw_expm1              below 2 ulp
 *   mw_log mw_log1p       below 1 ulp, denormals too; log 0 = -inf, of a negative number NaN
 *   mw_pow(x, y)          below 1 ulp (logarithm in double-double); x >= 0, otherwise NaN; pow(x, 0) = pow(1, y) = 1
 *   mw_sin mw_cos         below 1 ulp for |x| <= 1e6; beyond that NaN, not a wrong number
 *   mw_logistic mw_logit  1/(1 + e^-x) and log(p / (1 - p)), below 3 ulp, also in the tails
 *   mw_lgamma             log Gamma(x), x >= 0, below 6 ulp, also beside its zeros 1 and 2
 *
 * NaN in gives NaN out. The polynomials were fitted in 80 digits (Chebyshev economisation, rounded to
 * double); each states the relative error it adds to its function. Reductions after Cody & Waite (1980),
 * products of two parts after Dekker (1971).
 *
 * MW_CLONES before a function compiles it for plain x86-64, AVX2 and AVX-512 and picks one at load time. Such
 * a file is compiled with the options of the target mw_kernels. Empty where function clones do not work:
 * under clang, under ThreadSanitizer (the resolver runs before the sanitizer does), or with MW_NO_CLONES. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_real.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined(MW_NO_CLONES) || defined(__clang__) || defined(__SANITIZE_THREAD__) || !defined(__x86_64__)
#define MW_CLONES
#else
#define MW_CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#endif

/* Inlined always: a call would keep the clone that calls from using its own vector width. */
#define MW_INLINE static inline __attribute__((always_inline))

#define MW_PI      0x1.921fb54442d18p+1
#define MW_LN2     0x1.62e42fefa39efp-1
#define MW_LN_2PI  0x1.d67f1c864beb5p+0
#define MW_SQRT2   0x1.6a09e667f3bcdp+0
#define MW_SIN_MAX 1e6 /* the largest |x| that mw_sin and mw_cos take */

/* ln 2 in two parts; the first has 42 bits, so its product with any exponent is exact. */
#define MW_LN2_HI 0x1.62e42fefa3800p-1
#define MW_LN2_LO 0x1.ef35793c76730p-45

/* Adding it leaves the nearest integer in the low bits: AVX2 converts no 64-bit integers. */
#define MW_ROUND_MAGIC 0x1.8p52

MW_INLINE uint64_t mw_bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

MW_INLINE double mw_from_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* 2^k for an integer |k| <= 1022. */
MW_INLINE double mw_two_to(double k)
{
    return mw_from_bits(mw_bits_of(k + (MW_ROUND_MAGIC + 1023.0)) << 52);
}

/* x = mantissa 2^exponent with the mantissa in [sqrt 1/2, sqrt 2), for finite x > 0. Other x give numbers
 * without meaning, which the callers select away. */
struct mw_binary {
    double mantissa, exponent;
};

MW_INLINE struct mw_binary mw_binary_of(double x)
{
    const uint64_t sqrt_half = UINT64_C(0x3fe6a09e667f3bcd), one = UINT64_C(0x3ff0000000000000);
    const int is_denormal = x < 0x1p-1022;
    const double normal = is_denormal ? x * 0x1p54 : x;
    const uint64_t bits = mw_bits_of(normal) + (one - sqrt_half);
    /* The biased exponent as an integer becomes the low bits of 2^52. */
    const double biased = mw_from_bits((bits >> 52) | UINT64_C(0x4330000000000000)) - 0x1p52;
    return (struct mw_binary){
        .mantissa = mw_from_bits((bits & UINT64_C(0x000fffffffffffff)) + sqrt_half),
        .exponent = biased - (is_denormal ? 1023.0 + 54.0 : 1023.0),
    };
}

/* An unevaluated sum, |lo| <= ulp(hi) / 2. */
struct mw_dd {
    double hi, lo;
};

/* a + b exactly, for |a| >= |b| or a = 0. */
MW_INLINE struct mw_dd mw_dd_fast_sum(double a, double b)
{
    const double sum = a + b;
    return (struct mw_dd){sum, b - (sum - a)};
}

/* a + b exactly. */
MW_INLINE struct mw_dd mw_dd_sum(double a, double b)
{
    const double sum = a + b, b_part = sum - a;
    return (struct mw_dd){sum, (a - (sum - b_part)) + (b - b_part)};
}

/* The upper 26 bits; unlike Veltkamp's splitting it cannot overflow. */
MW_INLINE double mw_upper_half(double x)
{
    return mw_from_bits(mw_bits_of(x) & UINT64_C(0xfffffffff8000000));
}

/* a * b to 105 bits. */
MW_INLINE struct mw_dd mw_dd_product(double a, double b)
{
    const double product = a * b;
    const double ah = mw_upper_half(a), al = a - ah, bh = mw_upper_half(b), bl = b - bh;
    return (struct mw_dd){product, ((ah * bh - product) + ah * bl + al * bh) + al * bl};
}

/* (e^r - 1 - r) / r^2 for |r| <= ln 2 / 2; adds 2e-18 to e^r. */
MW_INLINE double mw_exp_tail(double r)
{
    const double r2 = r * r, r4 = r2 * r2;
    const double p01 = 0.5 + r * 0x1.5555555555557p-3;
    const double p23 = 0x1.5555555555556p-5 + r * 0x1.11111111100dcp-7;
    const double p45 = 0x1.6c16c16c162d4p-10 + r * 0x1.a01a01abe7fe1p-13;
    const double p67 = 0x1.a01a01a6d889cp-16 + r * 0x1.71de0231960ebp-19;
    const double p89 = 0x1.27e4db646b17ep-22 + r * 0x1.af4de97ca4194p-26;
    const double upper = p89 + r2 * 0x1.1f730349868cep-29;
    return (p01 + r2 * p23) + r4 * ((p45 + r2 * p67) + r4 * upper);
}

/* e^(hi + lo) for |lo| < 1e-4. Two scalings, so that denormal results are rounded once. */
MW_INLINE double mw_exp_sum(double hi, double lo)
{
    const double capped = hi > 710.0 ? 710.0 : hi;
    const double x = capped < -746.0 ? -746.0 : capped;
    const double k = (x * 0x1.71547652b82fep+0 + MW_ROUND_MAGIC) - MW_ROUND_MAGIC;
    const double upper = x - k * MW_LN2_HI, lower = lo - k * MW_LN2_LO;
    const double r = upper + lower, rest = (upper - r) + lower;
    const double y = 1.0 + (r + (r * r * mw_exp_tail(r) + rest));
    const double half = (0.5 * k + MW_ROUND_MAGIC) - MW_ROUND_MAGIC;
    return y * mw_two_to(half) * mw_two_to(k - half);
}

MW_INLINE double mw_exp(double x)
{
    return mw_exp_sum(x, 0.0);
}

/* e^x - 1 = 2^k (1 + p) - 1. Half the power of two, so that k = 1024 does not overflow too early. */
MW_INLINE double mw_expm1(double x)
{
    const double capped = x > 710.0 ? 710.0 : x;
    const double bounded = capped < -40.0 ? -40.0 : capped; /* e^-40 is below half an ulp of 1 */
    const double k = (bounded * 0x1.71547652b82fep+0 + MW_ROUND_MAGIC) - MW_ROUND_MAGIC;
    const double upper = bounded - k * MW_LN2_HI, lower = k * MW_LN2_LO;
    const double r = upper - lower, rest = (upper - r) - lower;
    const double p = r + (r * r * mw_exp_tail(r) + rest);
    const double half_power = mw_two_to(k - 1.0);
    const double y = 2.0 * ((half_power - 0.5) + half_power * p);
    const double near_zero = k == 0.0 ? p : y;
    return fabs(x) < 0x1p-54 ? x : near_zero;
}

/* log(1 + f) = f - f^2/2 + s (f^2/2 + R), s = f / (2 + f), for 1 + f in [sqrt 1/2, sqrt 2): the small
 * corrections `low` join where they are not lost. The polynomial R adds 5e-18. */
MW_INLINE double mw_log_sum(double exponent, double f, double low)
{
    const double s = f / (2.0 + f), z = s * s, z2 = z * z;
    const double p01 = 0x1.5555555555558p-1 + z * 0x1.9999999995273p-2;
    const double p23 = 0x1.2492492dfd86cp-2 + z * 0x1.c71c62d5e53e0p-3;
    const double p45 = 0x1.7462b91b8df65p-3 + z * 0x1.39fdcceb4bb45p-3;
    const double tail = z * ((p01 + z2 * p23) + z2 * z2 * (p45 + z2 * 0x1.2b5f68a50d903p-3));
    const double half_square = 0.5 * f * f;
    return exponent * MW_LN2_HI -
           ((half_square - (s * (half_square + tail) + (exponent * MW_LN2_LO + low))) - f);
}

MW_INLINE double mw_log(double x)
{
    const struct mw_binary b = mw_binary_of(x);
    const double y = mw_log_sum(b.exponent, b.mantissa - 1.0, 0.0);
    const double at_zero = x == 0.0 ? -MW_INF : MW_NAN;
    const double at_end = x == MW_INF ? x : at_zero;
    return x > 0.0 && x < MW_INF ? y : at_end;
}

/* log(1 + x): what rounding 1 + x lost comes back as a correction of first order. */
MW_INLINE double mw_log1p(double x)
{
    const double u = 1.0 + x;
    const struct mw_binary b = mw_binary_of(u);
    const double lost = x >= 1.0 ? 1.0 - (u - x) : x - (u - 1.0);
    const int is_near = b.exponent == 0.0;
    const double f = is_near ? x : b.mantissa - 1.0;
    const double y = mw_log_sum(b.exponent, f, is_near ? 0.0 : lost / u);
    const double exact = fabs(x) < 0x1p-54 ? x : y;
    const double at_end = x == MW_INF ? x : x == -1.0 ? -MW_INF : MW_NAN;
    return x > -1.0 && x < MW_INF ? exact : at_end;
}

/* atanh(s) for s = hi + lo, |s| <= 0.172, to about 2^-64: s (1 + z/3 + z^2 Q(z)), z = s^2. The polynomial is
 * needed to a double only; z/3 and the products around it carry two parts. */
MW_INLINE struct mw_dd mw_dd_atanh(struct mw_dd s)
{
    const double third_hi = 0x1.5555550000000p-2, third_lo = 0x1.5555555555555p-28;
    struct mw_dd z = mw_dd_product(s.hi, s.hi);
    z.lo += 2.0 * s.hi * s.lo;
    const double z2 = z.hi * z.hi, z4 = z2 * z2;
    const double p01 = 0x1.999999999999ap-3 + z.hi * 0x1.2492492492522p-3;
    const double p23 = 0x1.c71c71c6ea5acp-4 + z.hi * 0x1.745d177ad436ap-4;
    const double p45 = 0x1.3b1395b82701ep-4 + z.hi * 0x1.1118cd67251c5p-4;
    const double p67 = 0x1.df7ba1f4809c3p-5 + z.hi * 0x1.e03a7acf07f85p-5;
    const double tail = z2 * ((p01 + z2 * p23) + z4 * (p45 + z2 * p67));
    const double zh = mw_upper_half(z.hi);
    const struct mw_dd t = mw_dd_fast_sum(
        zh * third_hi, (z.hi - zh) * third_hi + (z.hi * third_lo + (z.lo * (third_hi + third_lo) + tail)));
    struct mw_dd st = mw_dd_product(s.hi, t.hi);
    st.lo += s.hi * t.lo + s.lo * t.hi;
    const struct mw_dd sum = mw_dd_fast_sum(s.hi, st.hi);
    return mw_dd_fast_sum(sum.hi, sum.lo + (s.lo + st.lo));
}

/* log x in two parts for finite x > 0. */
MW_INLINE struct mw_dd mw_dd_log(double x)
{
    const struct mw_binary b = mw_binary_of(x);
    const double f = b.mantissa - 1.0;
    const struct mw_dd den = mw_dd_sum(b.mantissa, 1.0);
    const double s = f / den.hi;
    const struct mw_dd back = mw_dd_product(s, den.hi);
    const double s_lo = (((f - back.hi) - back.lo) - s * den.lo) / den.hi;
    const struct mw_dd half = mw_dd_atanh((struct mw_dd){s, s_lo});
    const struct mw_dd sum = mw_dd_fast_sum(b.exponent * MW_LN2_HI, 2.0 * half.hi);
    return mw_dd_fast_sum(sum.hi, sum.lo + (b.exponent * MW_LN2_LO + 2.0 * half.lo));
}

/* Where many are needed and y log x is of order one, mw_exp(y * mw_log(x)) has an error of |y log x| ulp at a
 * third of the cost. */
MW_INLINE double mw_pow(double x, double y)
{
    /* Beyond 2^65 every x but 1 has overflowed or vanished; the bound keeps products finite. */
    const double capped = y > 0x1p65 ? 0x1p65 : y;
    const double power = capped < -0x1p65 ? -0x1p65 : capped;
    const struct mw_dd log_x = mw_dd_log(x);
    struct mw_dd e = mw_dd_product(power, log_x.hi);
    e.lo += power * log_x.lo;
    const double inside = mw_exp_sum(e.hi, fabs(e.hi) > 1000.0 ? 0.0 : e.lo);
    const double at_zero = y > 0.0 ? 0.0 : y < 0.0 ? MW_INF : MW_NAN;
    const double at_infinity = y > 0.0 ? MW_INF : y < 0.0 ? 0.0 : MW_NAN;
    const double at_end = x == 0.0 ? at_zero : x == MW_INF ? at_infinity : MW_NAN;
    const double z = x > 0.0 && x < MW_INF ? inside : at_end;
    return x == 1.0 || y == 0.0 ? 1.0 : z;
}

/* x = quadrant pi/2 + hi + lo. pi/2 comes in three parts of 33 bits, whose products with a quadrant below
 * 2^20 are exact, and a tail: 152 bits, enough for the double below 1e6 nearest to a multiple of pi/2. */
struct mw_angle {
    double hi, lo;
    uint64_t quadrant; /* only the last two bits mean anything */
};

MW_INLINE struct mw_angle mw_angle_of(double x)
{
    const double magic = x * 0x1.45f306dc9c883p-1 + MW_ROUND_MAGIC;
    const double k = magic - MW_ROUND_MAGIC;
    const struct mw_dd first = mw_dd_sum(x - k * 0x1.921fb54400000p+0, -(k * 0x1.0b4611a600000p-34));
    const struct mw_dd second = mw_dd_sum(first.hi, -(k * 0x1.3198a2e000000p-69));
    const struct mw_dd r = mw_dd_fast_sum(second.hi, (first.lo + second.lo) - k * 0x1.b839a252049c1p-104);
    return (struct mw_angle){r.hi, r.lo, mw_bits_of(magic)};
}

/* sin(hi + lo) and cos(hi + lo) for |hi| <= pi/4; the polynomials add 2e-17 and 2e-18. */
MW_INLINE double mw_sin_core(double hi, double lo)
{
    const double z = hi * hi, z2 = z * z;
    const double p01 = -0x1.5555555555555p-3 + z * 0x1.1111111110bb1p-7;
    const double p23 = -0x1.a01a019e8357dp-13 + z * 0x1.71de37961e4c6p-19;
    const double p45 = -0x1.ae600a926c89ap-26 + z * 0x1.5e0af186af739p-33;
    const double tail = p01 + z2 * (p23 + z2 * p45);
    return hi + (hi * z * tail + lo * (1.0 - 0.5 * z));
}

MW_INLINE double mw_cos_core(double hi, double lo)
{
    const double z = hi * hi, z2 = z * z;
    const double p01 = 0x1.5555555555555p-5 + z * -0x1.6c16c16c16966p-10;
    const double p23 = 0x1.a01a019f4e867p-16 + z * -0x1.27e4fa17a41b4p-22;
    const double p45 = 0x1.1eeb68b109173p-29 + z * -0x1.907d7aebd5e3dp-37;
    const double tail = p01 + z2 * (p23 + z2 * p45);
    const double half = 0.5 * z, y = 1.0 - half;
    return y + (((1.0 - y) - half) + (z2 * tail - hi * lo));
}

MW_INLINE double mw_sin_of(struct mw_angle angle, uint64_t quarter_turns)
{
    const uint64_t quadrant = angle.quadrant + quarter_turns;
    const double sine = mw_sin_core(angle.hi, angle.lo), cosine = mw_cos_core(angle.hi, angle.lo);
    const double y = (quadrant & 1) != 0 ? cosine : sine;
    return mw_from_bits(mw_bits_of(y) ^ ((quadrant & 2) << 62));
}

MW_INLINE double mw_sin(double x)
{
    const double y = mw_sin_of(mw_angle_of(x), 0);
    const double exact = fabs(x) < 0x1p-27 ? x : y;
    return fabs(x) <= MW_SIN_MAX ? exact : MW_NAN;
}

MW_INLINE double mw_cos(double x)
{
    const double y = mw_sin_of(mw_angle_of(x), 1);
    return fabs(x) <= MW_SIN_MAX ? y : MW_NAN;
}

MW_INLINE double mw_logistic(double x)
{
    const double e = mw_exp(-fabs(x));
    return (x >= 0.0 ? 1.0 : e) / (1.0 + e);
}

/* Through log1p of the odds less one, since p / (1 - p) itself loses everything beside p = 1/2, where 1 - 2 p
 * is exact. */
MW_INLINE double mw_logit(double p)
{
    const double excess = 2.0 * p - 1.0;
    const double y = p < 0.5 ? -mw_log1p(-excess / p) : mw_log1p(excess / (1.0 - p));
    return p < 0x1p-60 ? mw_log(p) : y;
}

/* One step of Gamma(x) = (x - 1) Gamma(x - 1) down towards [1.5, 2.5). */
MW_INLINE double mw_lgamma_step(double x, double *product)
{
    const int is_above = x >= 2.5;
    *product = is_above ? *product * (x - 1.0) : *product;
    return is_above ? x - 1.0 : x;
}

/* lgamma(2 + t) / t for |t| <= 1/2; adds 1e-17. */
MW_INLINE double mw_lgamma_near_two(double t)
{
    const double t2 = t * t, t4 = t2 * t2, t8 = t4 * t4;
    const double p0 = (0x1.b0ee6072093cep-2 + t * 0x1.4a34cc4a60fa6p-2) +
                      t2 * (-0x1.13e001a55760ap-4 + t * 0x1.51322ac7d848ap-6);
    const double p4 = (-0x1.e404fc218dbaep-8 + t * 0x1.7add6eadb5317p-9) +
                      t2 * (-0x1.38ac5c2d48207p-10 + t * 0x1.0b36af8779ca0p-11);
    const double p8 = (-0x1.d3fd4b679c1c4p-13 + t * 0x1.a127afee53e7dp-14) +
                      t2 * (-0x1.78de9ab752b81p-15 + t * 0x1.580e0afa55850p-16);
    const double p12 = (-0x1.3cb3be36ad88bp-17 + t * 0x1.258f3057730fap-18) +
                       t2 * (-0x1.1276ebd557fb0p-19 + t * 0x1.012012be3900ap-20);
    const double p16 = (-0x1.ce17528bcf460p-22 + t * 0x1.b40adb09a1e12p-23) +
                       t2 * (-0x1.2009c1a550d0dp-23 + t * 0x1.11fa5e7c86f7bp-24);
    return (p0 + t4 * p4) + t8 * ((p8 + t4 * p12) + t8 * p16);
}

/* lgamma(1 + t) / t for 0 <= t <= 1/2; adds 2e-17. */
MW_INLINE double mw_lgamma_past_one(double t)
{
    const double t2 = t * t, t4 = t2 * t2, t8 = t4 * t4;
    const double p0 = (-0x1.2788cfc6fb619p-1 + t * 0x1.a51a6625307c3p-1) +
                      t2 * (-0x1.9a4d55bea9a04p-2 + t * 0x1.151322ac06b9cp-2);
    const double p4 = (-0x1.a8b9c1551c410p-3 + t * 0x1.5b40c77306ac0p-3) +
                      t2 * (-0x1.270366dc29a82p-3 + t * 0x1.010894dc19633p-3);
    const double p8 = (-0x1.c7dad85f595fep-4 + t * 0x1.98f5991df58c3p-4) +
                      t2 * (-0x1.6facaf72e69a9p-4 + t * 0x1.441cf464dadc1p-4);
    const double p12 = (-0x1.0bdefda39d316p-4 + t * 0x1.81c5cd30fce1ep-5) +
                       t2 * (-0x1.b45bac97fda50p-6 + t * 0x1.4cb1eab69ba65p-7);
    return (p0 + t4 * p4) + t8 * ((p8 + t4 * p12) - t8 * 0x1.f3bf3c319cb42p-10);
}

/* Stirling's series less its leading terms; for x >= 10 what is left out is below 3e-17 of lgamma. */
MW_INLINE double mw_stirling_tail(double x)
{
    const double v = 1.0 / x, z = v * v;
    return v * (1.0 / 12.0 +
                z * (-1.0 / 360.0 + z * (1.0 / 1260.0 + z * (-1.0 / 1680.0 +
                                                             z * (1.0 / 1188.0 + z * (-691.0 / 360360.0 +
                                                                                      z * (1.0 / 156.0)))))));
}

/* Below 10 the argument is moved to [1.5, 2.5) and the factors met on the way are put back by one logarithm;
 * all terms then have one sign, or cancel by a factor of 2.5 at most (just below x = 1). From 1 to 1.5 they
 * would cancel by more, so there lgamma has a polynomial of its own. */
MW_INLINE double mw_lgamma(double x)
{
    double product = 1.0;
    double moved = mw_lgamma_step(mw_lgamma_step(x, &product), &product);
    moved = mw_lgamma_step(mw_lgamma_step(moved, &product), &product);
    moved = mw_lgamma_step(mw_lgamma_step(moved, &product), &product);
    moved = mw_lgamma_step(mw_lgamma_step(moved, &product), &product);
    const double below = x < 0.5 ? x * (x + 1.0) : x;
    const double t = x < 0.5 ? x : x < 1.5 ? x - 1.0 : moved - 2.0;
    const double log_of = mw_log(x >= 10.0 ? x : x < 1.5 ? below : product);
    const double small = t * mw_lgamma_near_two(t) + (x < 1.5 ? -log_of : log_of);
    const double large = ((x - 0.5) * (log_of - 1.0) + 0.41893853320467274) + mw_stirling_tail(x);
    const double near_one = t * mw_lgamma_past_one(t);
    const double y = x >= 10.0 ? large : x >= 1.0 && x < 1.5 ? near_one : small;
    return x >= 0.0 ? y : MW_NAN;
}
