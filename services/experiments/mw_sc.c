// SPDX-License-Identifier: Apache-2.0
#include "mw_sc.h"

#include <math.h>

/* Relative slack of the gradient condition: three digits above rounding for the panels met
 * (incrementality 2.1). */
static const double GRADIENT_TOLERANCE = 1e-10;

/* The problem in the form the solver works on: minimise w'Gw/2 - c'w on the simplex. */
struct gram {
    size_t n;
    double *g; /* n x n */
    double *c; /* n */
};

/* The active set: which donors may carry weight, in the order they came in. */
struct active {
    size_t n;
    size_t *index;
    double
        *system; /* (n+1) x (n+2): equations of the current support, then their solution in the last column */
    double *candidate;
};

static double mean_of(const double *x, size_t n)
{
    double sum = 0;
    for (size_t t = 0; t < n; t++) {
        sum += x[t];
    }
    return sum / (double)n;
}

static double dot_centred(const double *x, double x_mean, const double *y, double y_mean, size_t n)
{
    double sum = 0;
    for (size_t t = 0; t < n; t++) {
        sum += (x[t] - x_mean) * (y[t] - y_mean);
    }
    return sum;
}

static enum mw_status check(const struct mw_sc_problem *p, struct mw_error *err)
{
    if (p->n_rows == 0 || p->n_rows > MW_SC_ROWS_MAX || p->n_donors == 0 || p->n_donors > MW_SC_DONORS_MAX ||
        p->stride < p->n_rows) {
        return MW_FAIL(err, MW_E_CONTRACT,
                       "synthetic control of %zu rows (1..%d) and %zu donors (1..%d), stride %zu", p->n_rows,
                       MW_SC_ROWS_MAX, p->n_donors, MW_SC_DONORS_MAX, p->stride);
    }
    if (!(p->ridge >= 0)) {
        return MW_FAIL(err, MW_E_CONTRACT, "synthetic control with ridge %g: it must be >= 0", p->ridge);
    }
    return MW_OK;
}

/* G and c, divided by their largest diagonal entry so that tolerances have no unit. */
static enum mw_status build_gram(const struct mw_sc_problem *p, struct mw_arena *scratch, struct gram *out,
                                 struct mw_error *err)
{
    const size_t n = p->n_donors, rows = p->n_rows;
    *out = (struct gram){
        .n = n, .g = mw_new_array(scratch, double, n *n), .c = mw_new_array(scratch, double, n)};
    double *mean = mw_new_array(scratch, double, n);
    if (out->g == NULL || out->c == NULL || mean == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for the Gram matrix of %zu donors", n);
    }
    const double treated_mean = p->unit_effects ? mean_of(p->treated, rows) : 0;
    double scale = 0;
    for (size_t i = 0; i < n; i++) {
        const double *a = p->donors + i * p->stride;
        mean[i] = p->unit_effects ? mean_of(a, rows) : 0;
        out->c[i] = dot_centred(a, mean[i], p->treated, treated_mean, rows);
        for (size_t j = 0; j <= i; j++) {
            out->g[i * n + j] = dot_centred(a, mean[i], p->donors + j * p->stride, mean[j], rows);
        }
        out->g[i * n + i] += p->ridge;
        scale = !(out->g[i * n + i] <= scale) ? out->g[i * n + i] : scale;
        if (!isfinite(out->c[i]) || !isfinite(out->g[i * n + i])) {
            return MW_FAIL(err, MW_E_NUMERIC,
                           "donor %zu or the treated series holds a value that is not finite", i);
        }
    }
    if (!(scale > 0)) {
        return MW_FAIL(err, MW_E_NUMERIC, "all %zu donors are constant: nothing to weigh", n);
    }
    for (size_t i = 0; i < n; i++) {
        out->c[i] /= scale;
        for (size_t j = 0; j <= i; j++) {
            out->g[i * n + j] /= scale;
            out->g[j * n + i] = out->g[i * n + j];
        }
    }
    return MW_OK;
}

static double gradient(const struct gram *gram, const double *w, size_t i)
{
    double sum = -gram->c[i];
    for (size_t j = 0; j < gram->n; j++) {
        sum += gram->g[i * gram->n + j] * w[j];
    }
    return sum;
}

/* Gaussian elimination with partial pivoting; m holds n rows of n coefficients and the right side. */
static bool solve_dense(size_t n, double *m)
{
    const size_t width = n + 1;
    for (size_t k = 0; k < n; k++) {
        size_t pivot = k;
        for (size_t i = k + 1; i < n; i++) {
            pivot = fabs(m[i * width + k]) > fabs(m[pivot * width + k]) ? i : pivot;
        }
        for (size_t j = 0; j < width && pivot != k; j++) {
            const double swap = m[k * width + j];
            m[k * width + j] = m[pivot * width + j];
            m[pivot * width + j] = swap;
        }
        if (!(fabs(m[k * width + k]) > 1e-14)) {
            return false;
        }
        for (size_t i = k + 1; i < n; i++) {
            const double factor = m[i * width + k] / m[k * width + k];
            for (size_t j = k; j < width && factor != 0; j++) {
                m[i * width + j] -= factor * m[k * width + j];
            }
        }
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t j = i + 1; j < n; j++) {
            m[i * width + n] -= m[i * width + j] * m[j * width + n];
        }
        m[i * width + n] /= m[i * width + i];
    }
    return true;
}

/* The optimum over the support when signs are left free: G_SS z + mu = c_S, 1'z = 1, with G_SS divided by its
 * mean diagonal so that pivots compare with the row of ones. */
static bool solve_support(const struct gram *gram, struct active *s)
{
    const size_t n = s->n, width = n + 2;
    double *m = s->system, trace = 0;
    for (size_t a = 0; a < n; a++) {
        trace += gram->g[s->index[a] * gram->n + s->index[a]];
    }
    const double scale = trace > 0 ? trace / (double)n : 1;
    for (size_t a = 0; a < n; a++) {
        for (size_t b = 0; b < n; b++) {
            m[a * width + b] = gram->g[s->index[a] * gram->n + s->index[b]] / scale;
        }
        m[a * width + n] = 1;
        m[a * width + n + 1] = gram->c[s->index[a]] / scale;
        m[n * width + a] = 1;
    }
    m[n * width + n] = 0;
    m[n * width + n + 1] = 1;
    if (!solve_dense(n + 1, m)) {
        return false;
    }
    for (size_t a = 0; a < n; a++) {
        s->candidate[a] = m[a * width + n + 1];
    }
    return true;
}

static void drop(struct active *s, size_t at)
{
    for (size_t a = at; a + 1 < s->n; a++) {
        s->index[a] = s->index[a + 1];
    }
    s->n--;
}

/* Moves w towards the candidate as far as signs allow. True when it arrived; otherwise the donor that reached
 * zero has left the support. */
static bool step_towards(struct active *s, double *w)
{
    double step = 1;
    size_t blocking = s->n;
    for (size_t a = 0; a < s->n; a++) {
        const double now = w[s->index[a]], then = s->candidate[a];
        if (then <= 0 && now / (now - then) < step) {
            step = now / (now - then);
            blocking = a;
        }
    }
    for (size_t a = 0; a < s->n; a++) {
        double *at = &w[s->index[a]];
        *at = blocking == s->n ? s->candidate[a] : *at + step * (s->candidate[a] - *at);
    }
    if (blocking == s->n) {
        return true;
    }
    w[s->index[blocking]] = 0;
    drop(s, blocking);
    return false;
}

/* The donor whose weight would gain most, and by how much below the level of those that have weight. */
static size_t most_wanted(const struct gram *gram, const double *w, double *shortfall, double *largest)
{
    double level = 0, best = HUGE_VAL;
    size_t wanted = 0;
    *largest = 0;
    for (size_t i = 0; i < gram->n; i++) {
        const double g = gradient(gram, w, i);
        level += w[i] * g;
        *largest = fabs(g) > *largest ? fabs(g) : *largest;
        if (g < best) {
            best = g;
            wanted = i;
        }
    }
    *shortfall = best - level;
    return wanted;
}

static size_t best_single(const struct gram *gram)
{
    size_t best = 0;
    for (size_t i = 1; i < gram->n; i++) {
        const double value = gram->g[i * gram->n + i] / 2 - gram->c[i];
        best = value < gram->g[best * gram->n + best] / 2 - gram->c[best] ? i : best;
    }
    return best;
}

static bool holds(const struct active *s, size_t donor)
{
    for (size_t a = 0; a < s->n; a++) {
        if (s->index[a] == donor) {
            return true;
        }
    }
    return false;
}

static enum mw_sc_outcome solve(const struct gram *gram, struct active *s, double *w, size_t *n_rounds)
{
    const size_t limit = 20 * gram->n + 100; /* a cycle through rounding ends here, not in a hang */
    s->index[0] = best_single(gram);
    s->n = 1;
    w[s->index[0]] = 1;
    for (*n_rounds = 1; *n_rounds <= limit; ++*n_rounds) {
        if (!solve_support(gram, s)) {
            return MW_SC_STALLED;
        }
        if (!step_towards(s, w)) {
            continue;
        }
        double shortfall, largest;
        const size_t wanted = most_wanted(gram, w, &shortfall, &largest);
        if (!(shortfall <= -GRADIENT_TOLERANCE * largest)) {
            return MW_SC_OPTIMAL;
        }
        if (holds(s, wanted)) {
            return MW_SC_STALLED;
        }
        s->index[s->n++] = wanted;
    }
    return MW_SC_STALLED;
}

/* Sum of squares of b - A w, with equal weights when w is NULL. */
static double squared_gap(const struct mw_sc_problem *p, const double *w)
{
    double sum = 0, sum_squares = 0;
    for (size_t t = 0; t < p->n_rows; t++) {
        double gap = p->treated[t];
        for (size_t j = 0; j < p->n_donors; j++) {
            gap -= (w == NULL ? 1 / (double)p->n_donors : w[j]) * p->donors[j * p->stride + t];
        }
        sum += gap;
        sum_squares += gap * gap;
    }
    return p->unit_effects ? sum_squares - sum * sum / (double)p->n_rows : sum_squares;
}

static double root_of(double squared)
{
    return sqrt(squared < 0 ? 0 : squared); /* the difference of two sums may be a rounding below zero */
}

static enum mw_status open_active(size_t n_donors, struct mw_arena *scratch, struct active *out,
                                  struct mw_error *err)
{
    *out = (struct active){.index = mw_new_array(scratch, size_t, n_donors),
                           .system = mw_new_array(scratch, double, (n_donors + 1) * (n_donors + 2)),
                           .candidate = mw_new_array(scratch, double, n_donors)};
    if (out->index == NULL || out->system == NULL || out->candidate == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for the active set of %zu donors", n_donors);
    }
    return MW_OK;
}

static size_t count_positive(const double *w, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        count += w[i] > 0;
    }
    return count;
}

enum mw_status mw_sc_fit(const struct mw_sc_problem *problem, struct mw_arena *scratch, double weight[],
                         struct mw_sc_info *info, struct mw_error *err)
{
    struct gram gram;
    struct active active;
    MW_TRY(check(problem, err));
    MW_TRY(build_gram(problem, scratch, &gram, err));
    MW_TRY(open_active(problem->n_donors, scratch, &active, err));
    for (size_t j = 0; j < problem->n_donors; j++) {
        weight[j] = 0;
    }
    *info = (struct mw_sc_info){0};
    info->outcome = solve(&gram, &active, weight, &info->n_rounds);
    info->n_support = count_positive(weight, problem->n_donors);
    info->imbalance = root_of(squared_gap(problem, weight));
    info->imbalance_scaled = info->imbalance / root_of(squared_gap(problem, NULL));
    return mw_sc_certificate(problem, weight, scratch, &info->kkt, err);
}

static double larger(double a, double b)
{
    return !(b <= a) ? b : a; /* lets NaN through */
}

/* Works on the gap series itself, not on the Gram matrix the solver used. */
enum mw_status mw_sc_certificate(const struct mw_sc_problem *problem, const double weight[],
                                 struct mw_arena *scratch, double *violation, struct mw_error *err)
{
    MW_TRY(check(problem, err));
    const size_t rows = problem->n_rows, n = problem->n_donors;
    double *gap = mw_new_array(scratch, double, rows), *g = mw_new_array(scratch, double, n);
    if (gap == NULL || g == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for the certificate of %zu donors", n);
    }
    for (size_t t = 0; t < rows; t++) {
        gap[t] = problem->treated[t];
        for (size_t j = 0; j < n; j++) {
            gap[t] -= weight[j] * problem->donors[j * problem->stride + t];
        }
    }
    const double gap_mean = problem->unit_effects ? mean_of(gap, rows) : 0;
    double sum = 0, level = 0, largest = 0, worst = 0, size = 0;
    for (size_t j = 0; j < n; j++) {
        const double *a = problem->donors + j * problem->stride;
        const double a_mean = problem->unit_effects ? mean_of(a, rows) : 0;
        g[j] = problem->ridge * weight[j] - dot_centred(a, a_mean, gap, gap_mean, rows);
        sum += weight[j];
        level += weight[j] * g[j];
        largest = larger(largest, fabs(g[j]));
        size = larger(size, dot_centred(a, a_mean, a, a_mean, rows));
        worst = larger(worst, -weight[j]);
    }
    /* A perfect fit has no gradient at all: then compare with the size of the data. */
    const double unit = larger(largest, 1e-6 * size);
    for (size_t j = 0; j < n && unit > 0; j++) {
        worst = larger(worst, (level - g[j]) / unit);
    }
    *violation = larger(worst, fabs(sum - 1));
    return MW_OK;
}
