// SPDX-License-Identifier: Apache-2.0
#include "mw_number_internal.h"

#include <stdbool.h>
#include <string.h>

/* f * 2^e, with f normalised (its top bit set) wherever products are taken. */
struct fp {
    uint64_t f;
    int e;
};

/* 10^k as f * 2^e, f rounded to nearest: k = -348, -340, .. 340, computed exactly with rational numbers. */
struct cached_power {
    uint64_t f;
    int16_t e, k;
};
enum { POWER_FIRST = -348, POWER_STEP = 8 };
// clang-format off
static const struct cached_power cached_powers[] = {
    {UINT64_C(0xfa8fd5a0081c0288), -1220, -348}, {UINT64_C(0xbaaee17fa23ebf76), -1193, -340}, {UINT64_C(0x8b16fb203055ac76), -1166, -332},
    {UINT64_C(0xcf42894a5dce35ea), -1140, -324}, {UINT64_C(0x9a6bb0aa55653b2d), -1113, -316}, {UINT64_C(0xe61acf033d1a45df), -1087, -308},
    {UINT64_C(0xab70fe17c79ac6ca), -1060, -300}, {UINT64_C(0xff77b1fcbebcdc4f), -1034, -292}, {UINT64_C(0xbe5691ef416bd60c), -1007, -284},
    {UINT64_C(0x8dd01fad907ffc3c), -980, -276}, {UINT64_C(0xd3515c2831559a83), -954, -268}, {UINT64_C(0x9d71ac8fada6c9b5), -927, -260},
    {UINT64_C(0xea9c227723ee8bcb), -901, -252}, {UINT64_C(0xaecc49914078536d), -874, -244}, {UINT64_C(0x823c12795db6ce57), -847, -236},
    {UINT64_C(0xc21094364dfb5637), -821, -228}, {UINT64_C(0x9096ea6f3848984f), -794, -220}, {UINT64_C(0xd77485cb25823ac7), -768, -212},
    {UINT64_C(0xa086cfcd97bf97f4), -741, -204}, {UINT64_C(0xef340a98172aace5), -715, -196}, {UINT64_C(0xb23867fb2a35b28e), -688, -188},
    {UINT64_C(0x84c8d4dfd2c63f3b), -661, -180}, {UINT64_C(0xc5dd44271ad3cdba), -635, -172}, {UINT64_C(0x936b9fcebb25c996), -608, -164},
    {UINT64_C(0xdbac6c247d62a584), -582, -156}, {UINT64_C(0xa3ab66580d5fdaf6), -555, -148}, {UINT64_C(0xf3e2f893dec3f126), -529, -140},
    {UINT64_C(0xb5b5ada8aaff80b8), -502, -132}, {UINT64_C(0x87625f056c7c4a8b), -475, -124}, {UINT64_C(0xc9bcff6034c13053), -449, -116},
    {UINT64_C(0x964e858c91ba2655), -422, -108}, {UINT64_C(0xdff9772470297ebd), -396, -100}, {UINT64_C(0xa6dfbd9fb8e5b88f), -369, -92},
    {UINT64_C(0xf8a95fcf88747d94), -343, -84}, {UINT64_C(0xb94470938fa89bcf), -316, -76}, {UINT64_C(0x8a08f0f8bf0f156b), -289, -68},
    {UINT64_C(0xcdb02555653131b6), -263, -60}, {UINT64_C(0x993fe2c6d07b7fac), -236, -52}, {UINT64_C(0xe45c10c42a2b3b06), -210, -44},
    {UINT64_C(0xaa242499697392d3), -183, -36}, {UINT64_C(0xfd87b5f28300ca0e), -157, -28}, {UINT64_C(0xbce5086492111aeb), -130, -20},
    {UINT64_C(0x8cbccc096f5088cc), -103, -12}, {UINT64_C(0xd1b71758e219652c), -77, -4}, {UINT64_C(0x9c40000000000000), -50, 4},
    {UINT64_C(0xe8d4a51000000000), -24, 12}, {UINT64_C(0xad78ebc5ac620000), 3, 20}, {UINT64_C(0x813f3978f8940984), 30, 28},
    {UINT64_C(0xc097ce7bc90715b3), 56, 36}, {UINT64_C(0x8f7e32ce7bea5c70), 83, 44}, {UINT64_C(0xd5d238a4abe98068), 109, 52},
    {UINT64_C(0x9f4f2726179a2245), 136, 60}, {UINT64_C(0xed63a231d4c4fb27), 162, 68}, {UINT64_C(0xb0de65388cc8ada8), 189, 76},
    {UINT64_C(0x83c7088e1aab65db), 216, 84}, {UINT64_C(0xc45d1df942711d9a), 242, 92}, {UINT64_C(0x924d692ca61be758), 269, 100},
    {UINT64_C(0xda01ee641a708dea), 295, 108}, {UINT64_C(0xa26da3999aef774a), 322, 116}, {UINT64_C(0xf209787bb47d6b85), 348, 124},
    {UINT64_C(0xb454e4a179dd1877), 375, 132}, {UINT64_C(0x865b86925b9bc5c2), 402, 140}, {UINT64_C(0xc83553c5c8965d3d), 428, 148},
    {UINT64_C(0x952ab45cfa97a0b3), 455, 156}, {UINT64_C(0xde469fbd99a05fe3), 481, 164}, {UINT64_C(0xa59bc234db398c25), 508, 172},
    {UINT64_C(0xf6c69a72a3989f5c), 534, 180}, {UINT64_C(0xb7dcbf5354e9bece), 561, 188}, {UINT64_C(0x88fcf317f22241e2), 588, 196},
    {UINT64_C(0xcc20ce9bd35c78a5), 614, 204}, {UINT64_C(0x98165af37b2153df), 641, 212}, {UINT64_C(0xe2a0b5dc971f303a), 667, 220},
    {UINT64_C(0xa8d9d1535ce3b396), 694, 228}, {UINT64_C(0xfb9b7cd9a4a7443c), 720, 236}, {UINT64_C(0xbb764c4ca7a44410), 747, 244},
    {UINT64_C(0x8bab8eefb6409c1a), 774, 252}, {UINT64_C(0xd01fef10a657842c), 800, 260}, {UINT64_C(0x9b10a4e5e9913129), 827, 268},
    {UINT64_C(0xe7109bfba19c0c9d), 853, 276}, {UINT64_C(0xac2820d9623bf429), 880, 284}, {UINT64_C(0x80444b5e7aa7cf85), 907, 292},
    {UINT64_C(0xbf21e44003acdd2d), 933, 300}, {UINT64_C(0x8e679c2f5e44ff8f), 960, 308}, {UINT64_C(0xd433179d9c8cb841), 986, 316},
    {UINT64_C(0x9e19db92b4e31ba9), 1013, 324}, {UINT64_C(0xeb96bf6ebadf77d9), 1039, 332}, {UINT64_C(0xaf87023b9bf0ee6b), 1066, 340},
};
// clang-format on

/* Products are brought to an exponent in this range, so that the integral part of a scaled number fits 32
 * bits. */
enum { ALPHA = -60 };

static struct fp normalise(struct fp x)
{
    const int shift = __builtin_clzll(x.f);
    return (struct fp){x.f << shift, x.e - shift};
}

/* Upper half of the 128-bit product, rounded. */
static struct fp multiply(struct fp a, struct fp b)
{
    const uint64_t a_lo = a.f & UINT32_MAX, a_hi = a.f >> 32, b_lo = b.f & UINT32_MAX, b_hi = b.f >> 32;
    const uint64_t cross_a = a_hi * b_lo, cross_b = a_lo * b_hi;
    const uint64_t middle =
        (a_lo * b_lo >> 32) + (cross_a & UINT32_MAX) + (cross_b & UINT32_MAX) + (UINT64_C(1) << 31);
    return (struct fp){a_hi * b_hi + (cross_a >> 32) + (cross_b >> 32) + (middle >> 32), a.e + b.e + 64};
}

/* The double and the midpoints to its neighbours, all with the exponent of the upper midpoint: any decimal
 * strictly between the midpoints reads back as the double. */
struct boundaries {
    struct fp low, value, high;
};

static struct boundaries boundaries_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    const uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
    const int exponent = (int)(bits >> 52 & 0x7FF);
    const struct fp v = exponent == 0 ? (struct fp){fraction, -1074}
                                      : (struct fp){fraction | UINT64_C(1) << 52, exponent - 1075};
    /* Below a power of two the neighbours lie half as far apart. */
    const bool is_power = fraction == 0 && exponent > 1;
    const struct fp high = normalise((struct fp){2 * v.f + 1, v.e - 1});
    const struct fp low = is_power ? (struct fp){4 * v.f - 1, v.e - 2} : (struct fp){2 * v.f - 1, v.e - 1};
    return (struct boundaries){
        .low = {low.f << (low.e - high.e), high.e}, .value = normalise(v), .high = high};
}

/* The power c with ALPHA <= e + c.e + 64 <= ALPHA + 28. */
static const struct cached_power *power_for(int e)
{
    const int f = ALPHA - e - 1;
    const int k = f * 78913 / (1 << 18) + (f > 0); /* ceil(f log10 2), exact for |f| < 1500 */
    return &cached_powers[(-POWER_FIRST + k + POWER_STEP - 1) / POWER_STEP];
}

/* Moves the last digit down while that brings the decimal closer to the value and stays inside the interval.
 */
static void round_towards(char *last, uint64_t distance, uint64_t width, uint64_t rest, uint64_t ten_kappa)
{
    while (rest < distance && width - rest >= ten_kappa &&
           (rest + ten_kappa < distance || distance - rest > rest + ten_kappa - distance)) {
        (*last)--;
        rest += ten_kappa;
    }
}

struct decimal {
    char digits[20];
    int n;
    int exponent; /* the value is digits * 10^exponent */
};

static uint32_t largest_power_of_ten(uint32_t x, int *n_digits)
{
    uint32_t power = 1;
    *n_digits = 1;
    while (x / power >= 10) {
        power *= 10;
        (*n_digits)++;
    }
    return power;
}

/* Digits of `high`, most significant first, until what is left is less than the width of the interval. */
static void generate_digits(struct decimal *out, struct fp low, struct fp value, struct fp high)
{
    uint64_t width = high.f - low.f, distance = high.f - value.f;
    const int shift = -high.e;
    const uint64_t one = UINT64_C(1) << shift;
    uint32_t whole = (uint32_t)(high.f >> shift);
    uint64_t part = high.f & (one - 1);
    int n_left = 0;
    for (uint32_t power = largest_power_of_ten(whole, &n_left); n_left > 0; power /= 10) {
        out->digits[out->n++] = (char)('0' + whole / power);
        whole %= power;
        n_left--;
        const uint64_t rest = ((uint64_t)whole << shift) + part;
        if (rest <= width) {
            out->exponent += n_left;
            round_towards(&out->digits[out->n - 1], distance, width, rest, (uint64_t)power << shift);
            return;
        }
    }
    do {
        part *= 10;
        width *= 10;
        distance *= 10;
        out->digits[out->n++] = (char)('0' + (part >> shift));
        part &= one - 1;
        out->exponent--;
    } while (part > width);
    round_towards(&out->digits[out->n - 1], distance, width, part, one);
}

/* x > 0 and finite. The interval is narrowed by one unit each way: the products are off by less than that. */
static struct decimal decimal_of(double x)
{
    const struct boundaries b = boundaries_of(x);
    const struct cached_power *power = power_for(b.high.e);
    const struct fp c = {power->f, power->e};
    struct fp low = multiply(b.low, c), high = multiply(b.high, c);
    low.f++;
    high.f--;
    struct decimal out = {.exponent = -power->k};
    generate_digits(&out, low, multiply(b.value, c), high);
    return out;
}

static char *put_exponent(char *at, int exponent)
{
    *at++ = 'e';
    return at + mw_integer_format(exponent, at);
}

/* d.ddde-8, 0.00ddd, ddd.ddd or ddd00. */
static size_t lay_out(const struct decimal *d, char *out)
{
    const int point = d->n + d->exponent; /* digits before the decimal point */
    const size_t n = (size_t)d->n;
    char *at = out;
    if (point > 17 || point < -4) {
        *at++ = d->digits[0];
        if (n > 1) {
            *at++ = '.';
            memcpy(at, d->digits + 1, n - 1);
            at += n - 1;
        }
        at = put_exponent(at, point - 1);
    } else if (point <= 0) {
        memcpy(at, "0.0000", 6);
        at += 2 - point;
        memcpy(at, d->digits, n);
        at += n;
    } else if (d->exponent >= 0) {
        memcpy(at, d->digits, n);
        memset(at + n, '0', (size_t)d->exponent);
        at += point;
    } else {
        const size_t before = (size_t)point;
        memcpy(at, d->digits, before);
        at[before] = '.';
        memcpy(at + before + 1, d->digits + before, n - before);
        at += n + 1;
    }
    return (size_t)(at - out);
}

size_t mw_number_format(double x, char out[MW_NUMBER_CHARS])
{
    if (x == 0) {
        const bool is_negative = 1 / x < 0; /* a plain -0 would be read as the integer 0 */
        memcpy(out, is_negative ? "-0.0" : "0", is_negative ? 4 : 1);
        return is_negative ? 4 : 1;
    }
    const size_t sign = x < 0;
    out[0] = '-';
    const struct decimal d = decimal_of(sign ? -x : x);
    return sign + lay_out(&d, out + sign);
}

size_t mw_integer_format(int64_t x, char *out)
{
    char reversed[24];
    size_t n = 0, at = 0;
    uint64_t rest = x < 0 ? 0 - (uint64_t)x : (uint64_t)x;
    do {
        reversed[n++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (x < 0) {
        out[at++] = '-';
    }
    while (n > 0) {
        out[at++] = reversed[--n];
    }
    return at;
}
