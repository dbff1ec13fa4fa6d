/* mw_num.h: the numerics that our promises rest on: reproducible to the bit on every x86-64 machine.
 *
 *   mw_math.h      exp, log, log1p, expm1, pow, sin, cos, tanh-free logistic: branch-free, inlined,
 * vectorisable mw_la.h        small dense Cholesky and triangular solves, fixed order of sums mw_dist.h
 * normal, Student t, gamma, beta: densities, distribution functions, quantiles, draws mw_resample.h
 * systematic resampling, weights in logs, effective sample size mw_stats.h     weighted mean, sd, quantiles;
 * summaries
 *
 * libm picks its code by processor type, so its last bit differs between machines; ours does not. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_dist.h"
#include "mw_la.h"
#include "mw_math.h"
#include "mw_resample.h"
#include "mw_stats.h"
