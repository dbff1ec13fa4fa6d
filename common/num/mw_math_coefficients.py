#!/usr/bin/env python3
"""Where the polynomials of mw_math.h and mw_dist.c come from. Not part of the build; needs mpmath.

Each row: Chebyshev economisation in 80 digits on the stated interval, rounded to double; printed low order first,
with the largest error of the rounded polynomial.
"""
# SPDX-License-Identifier: Apache-2.0
import mpmath as mp

mp.mp.dps = 80
LN2, PI = mp.log(2), mp.pi


def series(terms, x):
    return sum(c * x**k for k, c in enumerate(terms))


def fit(name, f, low, high, n_terms):
    low, high = mp.mpf(low), mp.mpf(high)
    terms = [float(c) for c in reversed(mp.chebyfit(f, [low, high], n_terms))]
    points = [low + (high - low) * i / 400 for i in range(401)]
    worst = max(abs(series([mp.mpf(c) for c in terms], x) - f(x)) for x in points)
    print(f"{name}: error {mp.nstr(worst, 2)}")
    print("   " + ", ".join(c.hex() for c in terms))


def normal_tail(t):
    """(z + 3.5) P(Z > z) e^(z^2/2) as a function of t = (z - 3.5) / (z + 3.5)."""
    z = mp.mpf("3.5") * (1 + t) / (1 - t)
    return (z + mp.mpf("3.5")) * mp.erfc(z / mp.sqrt(2)) * mp.exp(z * z / 2) / 2


def place(z):
    return (mp.mpf(z) - mp.mpf("3.5")) / (mp.mpf(z) + mp.mpf("3.5"))


if __name__ == "__main__":
    slack = mp.mpf("1.0001")  # reductions round, so intervals are met from a little outside
    ratio = ((mp.sqrt(2) - 1) / (mp.sqrt(2) + 1)) ** 2 * mp.mpf("1.001")
    near_two = [1 - mp.euler] + [(-1) ** k * (mp.zeta(k) - 1) / k for k in range(2, 80)]
    past_one = [-mp.euler] + [(-1) ** k * mp.zeta(k) / k for k in range(2, 400)]
    middle = [(-1) ** k / (mp.factorial(k) * (2 * k + 1) * mp.mpf(2) ** k) / mp.sqrt(2 * PI) for k in range(60)]

    fit("mw_exp_tail", lambda r: series([1 / mp.factorial(k + 2) for k in range(40)], r), -LN2 / 2 * slack, LN2 / 2 * slack, 11)
    fit("mw_log_sum", lambda z: 2 * series([mp.mpf(1) / (2 * k + 3) for k in range(60)], z), 0, ratio, 7)
    fit("mw_dd_atanh", lambda z: series([mp.mpf(1) / (2 * k + 5) for k in range(60)], z), 0, ratio, 8)
    quarter = (PI / 4 * slack) ** 2
    fit("mw_sin_core", lambda z: series([(-1) ** (k + 1) / mp.factorial(2 * k + 3) for k in range(30)], z), 0, quarter, 6)
    fit("mw_cos_core", lambda z: series([(-1) ** k / mp.factorial(2 * k + 4) for k in range(30)], z), 0, quarter, 6)
    fit("mw_lgamma_near_two", lambda t: series(near_two, t), "-0.5", "0.5", 20)
    fit("mw_lgamma_past_one", lambda t: series(past_one, t), 0, "0.5", 17)
    fit("normal_middle", lambda z: series(middle, z), 0, "1.33", 12)
    fit("normal_tail", normal_tail, place("1.15"), place(40), 22)
