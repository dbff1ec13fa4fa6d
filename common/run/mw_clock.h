/* mw_clock.h: the only place where time is read. Cores never see it: time is data there. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdint.h>

/* Microseconds since 1970-01-01T00:00:00Z by the wall clock, which may jump. */
int64_t mw_clock_now_us(void);
/* Microseconds since some moment, never backwards: for ages and timeouts. */
int64_t mw_clock_steady_us(void);
/* Returns early when a signal arrives. */
void mw_clock_sleep_us(int64_t us);
