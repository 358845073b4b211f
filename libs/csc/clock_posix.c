/*
 * The real clocks
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <time.h>

#include "fs.h"

#define NS_PER_SECOND 1000000000

static int64_t read_clock(clockid_t id)
{
    struct timespec time;

    clock_gettime(id, &time);
    return (int64_t)time.tv_sec * NS_PER_SECOND + time.tv_nsec;
}

static int64_t posix_now(struct csc_clock *clock)
{
    (void)clock;
    return read_clock(CLOCK_REALTIME);
}

static int64_t posix_monotonic(struct csc_clock *clock)
{
    (void)clock;
    return read_clock(CLOCK_MONOTONIC);
}

struct csc_clock *csc_clock_posix(void)
{
    static struct csc_clock clock = {posix_now, posix_monotonic};

    return &clock;
}
