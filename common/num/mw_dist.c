/* Norming constants and the incomplete functions rest on Loader's saddle-point form of binomial and Poisson
 * probabilities (Fast and accurate computation of binomial probabilities, 2000): no difference of large
 * logarithms occurs, so a parameter of a million costs no digits. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_dist.h"

enum { FRACTION_TERMS_MAX = 200000, NEWTON_STEPS_MAX = 60 };

static const double EPSILON = 0x1p-53, TINY = 1e-300, HALF_LN_2PI = 0.91893853320467274;

/* lgamma(x) less (x - 1/2) log x - x + log(2 pi) / 2. */
static double stirling_error(double x)
{
    return x >= 10.0 ? mw_stirling_tail(x) : mw_lgamma(x) - ((x - 0.5) * mw_log(x) - x + HALF_LN_2PI);
}

double mw_log_beta(double a, double b)
{
    const double p = a < b ? a : b, q = a < b ? b : a, share = p / (p + q);
    if (!(p > 0.0 && q < MW_INF)) {
        return MW_NAN;
    }
    if (q < 10.0) {
        return mw_lgamma(p) + mw_lgamma(q) - mw_lgamma(p + q);
    }
    const double upper = stirling_error(q) - stirling_error(p + q);
    if (p < 10.0) {
        return mw_lgamma(p) + (p - p * mw_log(p + q)) + ((q - 0.5) * mw_log1p(-share) + upper);
    }
    const double odds = (p - 0.5) * mw_log(share) + q * mw_log1p(-share);
    return odds + (HALF_LN_2PI - 0.5 * mw_log(q)) + (stirling_error(p) + upper);
}

struct mw_normal mw_normal(double mean, double sd)
{
    return (struct mw_normal){
        .mean = mean, .sd = sd, .log_norm = -HALF_LN_2PI - (sd > 0.0 ? mw_log(sd) : MW_NAN)};
}

struct mw_student mw_student(double df, double location, double scale)
{
    /* sqrt(df) B(df/2, 1/2) is the norming integral. */
    const double log_integral = 0.5 * mw_log(df) + mw_log_beta(0.5 * df, 0.5);
    const double log_scale = scale > 0.0 ? mw_log(scale) : MW_NAN;
    return (struct mw_student){
        .df = df, .location = location, .scale = scale, .log_norm = -log_integral - log_scale};
}

struct mw_logit_beta mw_logit_beta(double a, double b)
{
    return (struct mw_logit_beta){.a = a, .b = b, .log_norm = -mw_log_beta(a, b)};
}

struct mw_inverse_gamma mw_inverse_gamma(double shape, double scale)
{
    const bool is_valid = shape > 0.0 && scale > 0.0;
    return (struct mw_inverse_gamma){
        .shape = shape,
        .scale = scale,
        .log_norm = is_valid ? shape * mw_log(scale) - mw_lgamma(shape) : MW_NAN,
    };
}

/* P(Z > z) for z >= 1.15: e^(-z^2/2) / (z + 3.5) times a polynomial in (z - 3.5) / (z + 3.5), fitted to
 * 2e-17. The square is split, or its rounding would cost z^2 units in the last place. */
static double normal_tail(double z)
{
    static const double coefficient[] = {
        0x1.7d241a953a614p-1,   -0x1.2191517fa27b8p-1, 0x1.42fec3680acbcp-2,   -0x1.db5837f7f545ap-4,
        0x1.1d35bdee12a83p-6,   0x1.a86cec76433a5p-8,  -0x1.a20079675eeddp-9,  -0x1.d2a140d1b484dp-12,
        0x1.f3cfa98e9e09ep-12,  0x1.19285409e2625p-14, -0x1.3d063d7759933p-14, -0x1.3b37c1f0af557p-16,
        0x1.820f4822e66eap-17,  0x1.7b23ed9d973e4p-18, -0x1.37213dbe8ab8cp-20, -0x1.8b74a50fe3b9dp-20,
        -0x1.5ed24d4270776p-23, 0x1.381690862f655p-22, 0x1.5c3cc8b4d3c6ap-23,  -0x1.8e982e686d2d2p-25,
        -0x1.17b1a94823d44p-24, 0x1.9fc146bee3f49p-26,
    };
    const double x = z > 40.0 ? 40.0 : z; /* e^-800 is 0 */
    const double t = (x - 3.5) / (x + 3.5), upper = mw_upper_half(x);
    double sum = 0.0;
    for (size_t k = sizeof coefficient / sizeof *coefficient; k-- > 0;) {
        sum = sum * t + coefficient[k];
    }
    return mw_exp_sum(-0.5 * upper * upper, -0.5 * (x - upper) * (x + upper)) * (sum / (x + 3.5));
}

/* P(0 < Z < z) for |z| < 1.15, odd in z, fitted to 2e-17. */
static double normal_middle(double z)
{
    static const double coefficient[] = {
        0x1.9884533d43651p-2,  -0x1.1058377e2cee0p-4,  0x1.46d0429769176p-7,  -0x1.37403f6b9e4efp-10,
        0x1.e42b0d50d6b4dp-14, -0x1.3ce8fa9668516p-17, 0x1.658a1a26d909dp-21, -0x1.622197ed19904p-25,
        0x1.3868e80b004a2p-29, -0x1.ef73adb0be99ep-34, 0x1.5ad1069681b75p-38, -0x1.609b93bb554e5p-43,
    };
    const double z2 = z * z;
    double sum = 0.0;
    for (size_t k = sizeof coefficient / sizeof *coefficient; k-- > 0;) {
        sum = sum * z2 + coefficient[k];
    }
    return z * sum;
}

double mw_normal_cdf(double z)
{
    if (fabs(z) < 1.15) {
        return 0.5 + normal_middle(z);
    }
    return z > 0.0 ? 1.0 - normal_tail(z) : normal_tail(-z);
}

/* a0 + a1 x + .. + a7 x^7 over b0 + .. + b7 x^7. */
static double rational7(const double a[8], const double b[8], double x)
{
    double above = 0.0, below = 0.0;
    for (size_t k = 8; k-- > 0;) {
        above = above * x + a[k];
        below = below * x + b[k];
    }
    return above / below;
}

double mw_normal_quantile(double p)
{
    static const double middle_a[] = {3.3871328727963666080e0,  1.3314166789178437745e+2,
                                      1.9715909503065514427e+3, 1.3731693765509461125e+4,
                                      4.5921953931549871457e+4, 6.7265770927008700853e+4,
                                      3.3430575583588128105e+4, 2.5090809287301226727e+3};
    static const double middle_b[] = {1.0,
                                      4.2313330701600911252e+1,
                                      6.8718700749205790830e+2,
                                      5.3941960214247511077e+3,
                                      2.1213794301586595867e+4,
                                      3.9307895800092710610e+4,
                                      2.8729085735721942674e+4,
                                      5.2264952788528545610e+3};
    static const double near_a[] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                                    5.76949722146069140550e0,  3.64784832476320460504e0,
                                    1.27045825245236838258e0,  2.41780725177450611770e-1,
                                    2.27238449892691845833e-2, 7.74545014278341407640e-4};
    static const double near_b[] = {1.0,
                                    2.05319162663775882187e0,
                                    1.67638483018380384940e0,
                                    6.89767334985100004550e-1,
                                    1.48103976427480074590e-1,
                                    1.51986665636164571966e-2,
                                    5.47593808499534494600e-4,
                                    1.05075007164441684324e-9};
    static const double far_a[] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                                   1.78482653991729133580e0,  2.96560571828504891230e-1,
                                   2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                   2.71155556874348757815e-5, 2.01033439929228813265e-7};
    static const double far_b[] = {1.0,
                                   5.99832206555887937690e-1,
                                   1.36929880922735805310e-1,
                                   1.48753612908506148525e-2,
                                   7.86869131145613259100e-4,
                                   1.84631831751005468180e-5,
                                   1.42151175831644588870e-7,
                                   2.04426310338993978564e-15};
    const double q = p - 0.5, tail = q < 0.0 ? p : 1.0 - p;
    if (!(p > 0.0 && p < 1.0)) {
        return p == 0.0 ? -MW_INF : p == 1.0 ? MW_INF : MW_NAN;
    }
    if (fabs(q) <= 0.425) {
        return q * rational7(middle_a, middle_b, 0.180625 - q * q);
    }
    const double r = sqrt(-mw_log(tail));
    const double z = r <= 5.0 ? rational7(near_a, near_b, r - 1.6) : rational7(far_a, far_b, r - 5.0);
    return q < 0.0 ? -z : z;
}

/* x log(x / mean) + mean - x, by a series where the two are close. Their difference comes from the caller,
 * who may know it better than the rounded mean does. */
static double deviance(double x, double mean, double difference)
{
    if (!(fabs(difference) < 0.1 * (x + mean))) {
        return x * mw_log(x / mean) - difference;
    }
    const double v = difference / (x + mean), v2 = v * v;
    double sum = difference * v, term = 2.0 * x * v;
    for (int j = 1; j < 12; j++) { /* v2 <= 0.01 */
        term *= v2;
        sum += term / (2 * j + 1);
    }
    return sum;
}

/* x^a e^-x / Gamma(a + 1). */
static double poisson_weight(double a, double x)
{
    const double log_root = HALF_LN_2PI + 0.5 * mw_log(a);
    return mw_exp(-stirling_error(a) - deviance(a, x, a - x) - log_root);
}

/* x^a y^b / B(a, b), y = 1 - x. Beside 1 only the other of the two still tells the difference. */
static double beta_weight(double x, double y, double a, double b)
{
    const double n = a + b, difference = x < y ? a - n * x : n * y - b;
    const double excess = stirling_error(n) - stirling_error(a) - stirling_error(b);
    const double exponent = excess - deviance(a, n * x, difference) - deviance(b, n * y, -difference);
    return sqrt(a / n * b / (2.0 * MW_PI)) * mw_exp(exponent);
}

/* One step of Lentz's evaluation of a continued fraction, f -> f * change, with terms numerator / (1 + ..).
 */
struct lentz {
    double c, d, value, change, distance;
};

static void lentz_step(struct lentz *f, double numerator, double denominator)
{
    f->d = denominator + numerator * f->d;
    f->c = denominator + numerator / f->c;
    f->d = 1.0 / (f->d == 0.0 ? TINY : f->d);
    f->c = f->c == 0.0 ? TINY : f->c;
    f->change = f->c * f->d;
    f->value *= f->change;
}

/* True when the last factor is 1 to rounding, or is no longer getting nearer to it. */
static bool lentz_has_settled(struct lentz *f)
{
    const double before = f->distance;
    f->distance = fabs(f->change - 1.0);
    return f->distance <= 2.0 * EPSILON || (f->distance < 1e-13 && f->distance >= before);
}

/* I_x(a, b) for x <= (a + 1) / (a + b + 2), where the fraction settles in O(sqrt(max(a, b))) terms
 * (Abramowitz & Stegun 26.5.8). */
static double beta_fraction(double x, double y, double a, double b)
{
    const double first = 1.0 - (a + b) * x / (a + 1.0); /* positive in the stated range */
    struct lentz f = {.c = 1.0, .d = 1.0 / first, .value = 1.0 / first, .distance = MW_INF};
    for (int m = 1; m < FRACTION_TERMS_MAX; m++) {
        const double am = a + 2.0 * m;
        lentz_step(&f, m * (b - m) * x / ((am - 1.0) * am), 1.0);
        lentz_step(&f, -(a + m) * (a + b + m) * x / (am * (am + 1.0)), 1.0);
        if (lentz_has_settled(&f)) {
            return beta_weight(x, y, a, b) * f.value / a;
        }
    }
    return MW_NAN;
}

/* I_x(a, b) with y = 1 - x given exactly by the caller. */
static double beta_ratio(double x, double y, double a, double b)
{
    if (!(x >= 0.0 && y >= 0.0 && a > 0.0 && b > 0.0 && a + b < MW_INF)) {
        return MW_NAN;
    }
    if (x == 0.0 || y == 0.0) {
        return x == 0.0 ? 0.0 : 1.0;
    }
    return x <= (a + 1.0) / (a + b + 2.0) ? beta_fraction(x, y, a, b) : 1.0 - beta_fraction(y, x, b, a);
}

double mw_beta_cdf(double x, double a, double b)
{
    return beta_ratio(x, 1.0 - x, a, b);
}

/* P(shape, x) for x < shape + 1: x^a e^-x / Gamma(a + 1) (1 + x / (a + 1) + ..). */
static double gamma_series(double x, double a)
{
    double sum = 1.0, term = 1.0;
    for (int k = 1; k < FRACTION_TERMS_MAX; k++) {
        term *= x / (a + k);
        sum += term;
        if (term <= 0.5 * EPSILON * sum) {
            return poisson_weight(a, x) * sum;
        }
    }
    return MW_NAN;
}

/* Q(shape, x) for x >= shape + 1 (Abramowitz & Stegun 6.5.31, its even part). */
static double gamma_fraction(double x, double a)
{
    double denominator = x + 1.0 - a;
    struct lentz f = {
        .c = 1.0 / TINY, .d = 1.0 / denominator, .value = 1.0 / denominator, .distance = MW_INF};
    for (int k = 1; k < FRACTION_TERMS_MAX; k++) {
        denominator += 2.0;
        lentz_step(&f, -k * (k - a), denominator);
        if (lentz_has_settled(&f)) {
            return poisson_weight(a, x) * a * f.value;
        }
    }
    return MW_NAN;
}

double mw_gamma_cdf(double x, double shape)
{
    if (!(x >= 0.0 && shape > 0.0 && shape < MW_INF)) {
        return MW_NAN;
    }
    if (x == 0.0 || x == MW_INF) {
        return x == 0.0 ? 0.0 : 1.0;
    }
    return x < shape + 1.0 ? gamma_series(x, shape) : 1.0 - gamma_fraction(x, shape);
}

double mw_gamma_tail(double x, double shape)
{
    if (!(x >= 0.0 && shape > 0.0 && shape < MW_INF)) {
        return MW_NAN;
    }
    if (x == 0.0 || x == MW_INF) {
        return x == 0.0 ? 1.0 : 0.0;
    }
    return x < shape + 1.0 ? 1.0 - gamma_series(x, shape) : gamma_fraction(x, shape);
}

double mw_binomial_cdf(int64_t k, int64_t n, double p)
{
    if (n < 0 || !(p >= 0.0 && p <= 1.0)) {
        return MW_NAN;
    }
    if (k < 0 || k >= n) {
        return k < 0 ? 0.0 : 1.0;
    }
    return beta_ratio(1.0 - p, p, (double)(n - k), (double)k + 1.0);
}

/* From here on Student's t is the normal with its argument bent: the fraction would lose df units in the last
 * place, while Hill's expansion (Algorithm 395, 1970) leaves out terms below 1e-16. */
static const double NEARLY_NORMAL_DF = 1e4;

static double bend_to_normal(double t, double df)
{
    const double a = df - 0.5, b = 48.0 * a * a, w2 = a * mw_log1p(t / df * t), w = sqrt(w2);
    const double second = w * (855.0 + w2 * (240.0 + w2 * (33.0 + w2 * 4.0)));
    return w + w * (w2 + 3.0) / b - second / (10.0 * b * (b + 0.8 * w2 * w2 + 100.0));
}

/* P(T > t), t >= 0. df / (df + t^2) and its complement are both formed without subtraction. */
static double student_tail(double t, double df)
{
    if (df >= NEARLY_NORMAL_DF) {
        return mw_normal_cdf(-bend_to_normal(t, df));
    }
    const double odds = t / df * t;
    return odds == MW_INF ? 0.0 : 0.5 * beta_ratio(1.0 / (1.0 + odds), odds / (1.0 + odds), 0.5 * df, 0.5);
}

/* P(0 < T < t), 0 <= t <= 1. */
static double student_middle(double t, double df)
{
    if (df >= NEARLY_NORMAL_DF) {
        return normal_middle(bend_to_normal(t, df));
    }
    const double odds = t / df * t;
    return 0.5 * beta_ratio(odds / (1.0 + odds), 1.0 / (1.0 + odds), 0.5, 0.5 * df);
}

double mw_student_cdf(double t, double df)
{
    if (!(df > 0.0) || t != t) {
        return MW_NAN;
    }
    if (df == MW_INF) {
        return mw_normal_cdf(t);
    }
    if (fabs(t) < 1.0) {
        const double middle = student_middle(fabs(t), df);
        return t < 0.0 ? 0.5 - middle : 0.5 + middle;
    }
    return t < 0.0 ? student_tail(-t, df) : 1.0 - student_tail(t, df);
}

/* t > 0 with P(0 < T < t) = share. The function is concave, so Newton's steps from 0 rise to the root. */
static double student_quantile_middle(double share, struct mw_student d)
{
    double t = share / mw_exp(d.log_norm);
    for (int step = 0; step < NEWTON_STEPS_MAX; step++) {
        const double move = (share - student_middle(t, d.df)) / mw_exp(mw_student_log_density(d, t));
        t += move;
        if (!(fabs(move) > 4.0 * EPSILON * t)) {
            break;
        }
    }
    return t;
}

/* t > 0 with P(T > t) = tail, in logarithms of both, where the tail is nearly straight and bends down: the
 * first step may overshoot, the others come back from the right. It starts from the normal quantile, bent back
 * to leading order; far from the root a first step could leave the range of double. */
static double student_quantile_tail(double tail, struct mw_student d)
{
    const double z = mw_normal_quantile(tail), bend = z * z / d.df;
    double log_t = 0.5 * mw_log(d.df * mw_expm1(bend < 600.0 ? bend : 600.0));
    for (int step = 0; step < NEWTON_STEPS_MAX; step++) {
        const double t = mw_exp(log_t), reached = student_tail(t, d.df);
        const double slope = mw_exp(mw_student_log_density(d, t) + log_t) / reached;
        const double move = mw_log(reached / tail) / slope;
        log_t += move;
        if (!(fabs(move) > 2.0 * EPSILON)) {
            break;
        }
    }
    return mw_exp(log_t);
}

double mw_student_quantile(double p, double df)
{
    const double tail = p < 0.5 ? p : 1.0 - p;
    if (!(p > 0.0 && p < 1.0 && df > 0.0)) {
        return !(df > 0.0) ? MW_NAN : p == 0.0 ? -MW_INF : p == 1.0 ? MW_INF : MW_NAN;
    }
    if (df == MW_INF || p == 0.5) {
        return p == 0.5 ? 0.0 : mw_normal_quantile(p);
    }
    const struct mw_student d = mw_student(df, 0.0, 1.0);
    const double t = tail > 0.25 ? student_quantile_middle(0.5 - tail, d) : student_quantile_tail(tail, d);
    return p < 0.5 ? -t : t;
}

double mw_draw_normal(struct mw_rng *rng)
{
    return mw_normal_quantile(mw_rng_uniform(rng));
}

/* Two uniforms from one block. */
struct pair {
    double first, second;
};

static struct pair draw_pair(const struct mw_rng *rng, uint64_t ahead)
{
    uint32_t bits[4];
    mw_rng_block(rng->key, rng->stream, rng->index + ahead, bits);
    return (struct pair){
        .first = mw_rng_to_unit((uint64_t)bits[1] << 32 | bits[0]),
        .second = mw_rng_to_unit((uint64_t)bits[3] << 32 | bits[2]),
    };
}

/* Marsaglia & Tsang (2000), a block an attempt. For shape >= 1 an attempt fails with probability below 0.05,
 * so that all fifteen fail once in 1e19 draws; the mode of the proposal stands in then. */
static double log_gamma_above_one(const struct mw_rng *rng, double shape)
{
    const double d = shape - 1.0 / 3.0, c = 1.0 / sqrt(9.0 * d);
    for (uint64_t attempt = 0; attempt + 1 < MW_DRAW_GAMMA_BLOCKS; attempt++) {
        const struct pair u = draw_pair(rng, attempt);
        const double x = mw_normal_quantile(u.first), root = 1.0 + c * x;
        const double v = root * root * root;
        if (root > 0.0 && mw_log(u.second) < 0.5 * x * x + d * (1.0 - v + mw_log(v))) {
            return mw_log(d * v);
        }
    }
    return mw_log(d);
}

/* The last block lifts a shape below 1: Gamma(a) = Gamma(a + 1) U^(1/a). */
double mw_draw_log_gamma(struct mw_rng *rng, double shape)
{
    const double lift = mw_log(draw_pair(rng, MW_DRAW_GAMMA_BLOCKS - 1).first) / shape;
    const double y =
        shape < 1.0 ? log_gamma_above_one(rng, shape + 1.0) + lift : log_gamma_above_one(rng, shape);
    rng->index += MW_DRAW_GAMMA_BLOCKS;
    return shape > 0.0 && shape < MW_INF ? y : MW_NAN;
}

double mw_draw_gamma(struct mw_rng *rng, double shape)
{
    return mw_exp(mw_draw_log_gamma(rng, shape));
}

double mw_draw_logit_beta(struct mw_rng *rng, double a, double b)
{
    const double log_a = mw_draw_log_gamma(rng, a), log_b = mw_draw_log_gamma(rng, b);
    return log_a - log_b;
}

double mw_draw_beta(struct mw_rng *rng, double a, double b)
{
    return mw_logistic(mw_draw_logit_beta(rng, a, b));
}

double mw_draw_student(struct mw_rng *rng, struct mw_student d)
{
    const double z = mw_draw_normal(rng), log_gamma = mw_draw_log_gamma(rng, 0.5 * d.df);
    return d.location + d.scale * z * mw_exp(0.5 * (mw_log(0.5 * d.df) - log_gamma));
}

double mw_draw_inverse_gamma(struct mw_rng *rng, struct mw_inverse_gamma d)
{
    return mw_exp(mw_log(d.scale) - mw_draw_log_gamma(rng, d.shape));
}
