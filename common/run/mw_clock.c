// SPDX-License-Identifier: Apache-2.0
#include "mw_clock.h"

#include <time.h>

static int64_t read_clock(clockid_t clock)
{
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t mw_clock_now_us(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t mw_clock_steady_us(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

void mw_clock_sleep_us(int64_t us)
{
    if (us > 0) {
        (void)nanosleep(&(struct timespec){.tv_sec = us / 1000000, .tv_nsec = (long)(us % 1000000) * 1000},
                        NULL);
    }
}
