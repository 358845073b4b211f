/*
 * When a share is synchronized in the background
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "schedule.h"
#include "test.h"

#define SECOND 1000000000LL
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
/* midnight of some day in 2026, UTC */
#define ZERO   (20500 * DAY)

#define NEVER  CSC_BACKGROUND_NEVER
#define ONLINE CSC_BACKGROUND_ONLINE
#define SLOW   CSC_BACKGROUND_SLOW
#define FORCED CSC_BACKGROUND_FORCED
#define NO     (-1)                 /* not at all */
#define HALF   0x80000000u

/* All in minutes after ZERO, but for the policy's HHMM. */
static const struct
{
    const char *what;
    enum csc_background_mode mode;
    int last, tried;
    unsigned failures;
    uint32_t chance;
    struct csc_background_policy policy;
    int online_period, now, utc_offset, expected;
} cases[] =
{
    { "slow: the period after the last", SLOW, 100, 0, 0, 0, { .period = 360 }, 0, 110, 0, 460 },
    { "slow: overdue is now", SLOW, 100, 0, 0, 0, { .period = 360 }, 0, 1000, 0, 1000 },
    { "slow: just due", SLOW, 100, 0, 0, 0, { .period = 360 }, 0, 460, 0, 460 },
    { "late by half of the variance", SLOW, 100, 0, 0, HALF, { .period = 120, .variance = 60 }, 0, 110, 0, 250 },
    { "no variance", SLOW, 100, 0, 0, HALF, { .period = 120 }, 0, 110, 0, 220 },
    { "an origin out of reach", NEVER, 0, 0, 3, 0, { .period = 1, .forced_offline = 1 }, 5, 1000, 0, NO },
    { "offline by hand, not allowed", FORCED, 0, 0, 0, 0, { .period = 60 }, 5, 1000, 0, NO },
    { "offline by hand, allowed", FORCED, 100, 0, 0, 0, { .period = 60, .forced_offline = 1 }, 5, 110, 0, 160 },
    { "online has a period of its own, and is never late", ONLINE, 100, 0, 0, HALF, { .period = 360, .variance = 60 },
      20, 110, 0, 120 },
    { "online, switched off", ONLINE, 100, 0, 5, 0, { .period = 360 }, 0, 1000, 0, NO },

    { "what failed is tried again after a minute", ONLINE, 100, 0, 1, 0, { .period = 360 }, 20, 100, 0, 101 },
    { "the third time after four", ONLINE, 100, 0, 3, 0, { .period = 360 }, 20, 100, 0, 104 },
    { "at most as late as without a failure", ONLINE, 100, 0, 9, 0, { .period = 360 }, 20, 100, 0, 120 },
    { "at most 32 minutes", SLOW, 100, 0, 40, 0, { .period = 360 }, 20, 100, 0, 132 },
    { "a failed attempt counts from its end", SLOW, 100, 300, 2, 0, { .period = 360 }, 0, 300, 0, 302 },
    { "cut off: a minute of peace", SLOW, 100, 500, 0, 0, { .period = 360 }, 0, 500, 0, 501 },
    { "cut off before it was due", SLOW, 100, 110, 0, 0, { .period = 360 }, 0, 110, 0, 460 },
    { "tried long ago", SLOW, 100, 500, 0, 0, { .period = 360 }, 0, 900, 0, 900 },

    { "clock set back: the period from now", SLOW, 5000, 0, 0, 0, { .period = 60 }, 0, 100, 0, 160 },
    { "clock set back after a cut", SLOW, 5000, 6000, 0, 0, { .period = 60 }, 0, 100, 0, 160 },
    { "clock set back after a failure", SLOW, 5000, 6000, 1, 0, { .period = 60 }, 0, 100, 0, 101 },
    { "clock set forward, or a machine that slept: now", SLOW, 100, 0, 0, 0, { .period = 60 }, 0, 900000, 0, 900000 },

    { "due in the window: at its end", SLOW, 0, 0, 0, 0,
      { .period = 60, .blockout_start = 30, .blockout_duration = 120 }, 0, 10, 0, 150 },
    { "overdue in the window: at its end", SLOW, 0, 0, 0, 0,
      { .period = 10, .blockout_start = 30, .blockout_duration = 120 }, 0, 60, 0, 150 },
    { "the end belongs to it no more", SLOW, 0, 0, 0, 0,
      { .period = 10, .blockout_start = 30, .blockout_duration = 120 }, 0, 150, 0, 150 },
    { "its first instant belongs to it", SLOW, 0, 0, 0, 0,
      { .period = 30, .blockout_start = 30, .blockout_duration = 120 }, 0, 0, 0, 150 },
    { "over midnight, before it", SLOW, 0, 0, 0, 0,
      { .period = 10, .blockout_start = 2300, .blockout_duration = 120 }, 0, 23 * 60 + 30, 0, 25 * 60 },
    { "over midnight, behind it", SLOW, 0, 0, 0, 0,
      { .period = 10, .blockout_start = 2300, .blockout_duration = 120 }, 0, 24 * 60 + 59, 0, 25 * 60 },
    { "over midnight, after the window", SLOW, 0, 0, 0, 0,
      { .period = 10, .blockout_start = 2300, .blockout_duration = 120 }, 0, 25 * 60, 0, 25 * 60 },
    { "2400 is midnight", SLOW, 0, 0, 0, 0,
      { .period = 10, .blockout_start = 2400, .blockout_duration = 60 }, 0, 10, 0, 60 },
    { "it is local time: two hours east", SLOW, 0, 0, 0, 0,
      { .period = 10, .blockout_start = 300, .blockout_duration = 60 }, 0, 70, 120, 120 },
    { "five hours west", SLOW, 0, 0, 0, 0,
      { .period = 10, .blockout_start = 2000, .blockout_duration = 60 }, 0, 70, -300, 120 },
    { "it holds for online shares", ONLINE, 0, 0, 0, 0,
      { .period = 360, .blockout_start = 0, .blockout_duration = 60 }, 5, 10, 0, 60 },
    { "and for another attempt", SLOW, 0, 0, 1, 0,
      { .period = 360, .blockout_start = 0, .blockout_duration = 60 }, 5, 10, 0, 60 },
    { "all day long: never", SLOW, 0, 0, 0, 0, { .period = 10, .blockout_duration = 1440 }, 0, 5000, 0, NO },

    { "after so long in spite of the window", SLOW, 0, 0, 0, 0,
      { .period = 10, .blockout_start = 30, .blockout_duration = 120, .ignore_blockout_after = 90 }, 0, 60, 0, 90 },
    { "and at once when it was longer", SLOW, 0, 0, 0, 0,
      { .period = 10, .blockout_start = 30, .blockout_duration = 120, .ignore_blockout_after = 90 }, 0, 100, 0, 100 },
    { "the window ends before", SLOW, 0, 0, 0, 0,
      { .period = 10, .blockout_start = 30, .blockout_duration = 120, .ignore_blockout_after = 600 }, 0, 60, 0, 150 },
    { "it does not make anything due", SLOW, 0, 0, 0, 0,
      { .period = 400, .blockout_start = 300, .blockout_duration = 200, .ignore_blockout_after = 60 }, 0, 60, 0, 400 },
    { "a window without end ends then", SLOW, 0, 0, 0, 0,
      { .period = 10, .blockout_duration = 1440, .ignore_blockout_after = 2000 }, 0, 60, 0, 2000 },
};

static void test_table(void)
{
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
    {
        struct csc_schedule schedule = { ZERO + cases[i].last * MINUTE, cases[i].tried ? ZERO + cases[i].tried * MINUTE : 0,
                                         cases[i].failures, cases[i].chance };
        int64_t next = csc_schedule_next(&schedule, cases[i].mode, &cases[i].policy, cases[i].online_period * MINUTE,
                                         ZERO + cases[i].now * MINUTE, cases[i].utc_offset * MINUTE);
        int64_t expected = cases[i].expected == NO ? CSC_SCHEDULE_NEVER : ZERO + cases[i].expected * MINUTE;

        if (!CHECK(next == expected))
            printf("  %s: %.2f minutes, expected %d\n", cases[i].what,
                   next == CSC_SCHEDULE_NEVER ? -1.0 : (double)(next - ZERO) / MINUTE, cases[i].expected);
    }
}

/* A clock that is set back by a day costs one period, not a day. */
static void test_clock_set_back(void)
{
    struct csc_background_policy policy = { .period = 60 };
    struct csc_schedule schedule = { .last = ZERO + DAY };
    int64_t now = ZERO, next;

    next = csc_schedule_next(&schedule, SLOW, &policy, 0, now, 0);
    CHECK(next == ZERO + HOUR);
    for (; now < ZERO + HOUR; now += MINUTE) next = csc_schedule_next(&schedule, SLOW, &policy, 0, now, 0);
    CHECK(next == ZERO + HOUR);
    CHECK(csc_schedule_next(&schedule, SLOW, &policy, 0, ZERO + HOUR, 0) == ZERO + HOUR);
}

/* Whatever the numbers are: due is due, and being asked again says the same. */
static void test_stable(void)
{
    uint64_t random = 1;
    unsigned i;

    for (i = 0; i < 200000; i++)
    {
        struct csc_background_policy policy;
        struct csc_schedule schedule;
        enum csc_background_mode mode;
        uint64_t numbers[12];
        int64_t now, next, period;
        unsigned n;

        for (n = 0; n < 12; n++)
        {
            random = random * 6364136223846793005ull + 1442695040888963407ull;
            numbers[n] = random >> 33;
        }
        policy = (struct csc_background_policy){ numbers[0] % 2000, numbers[1] % 4000, numbers[2] % 3 ? numbers[2] % 3000 : 0,
                                                 numbers[3] % 2600, numbers[4] % 2 ? numbers[4] % 1600 : 0, 1 };
        csc_background_check(&policy);
        mode = CSC_BACKGROUND_ONLINE + numbers[5] % 3;
        now = ZERO + (int64_t)(numbers[6] % (3 * DAY / SECOND)) * SECOND;
        period = (int64_t)(1 + numbers[7] % 1000) * MINUTE;
        schedule = (struct csc_schedule){ now - (int64_t)(numbers[8] % 100000) * SECOND + 20000 * SECOND,
                                          numbers[9] % 2 ? now - (int64_t)(numbers[9] % 3000) * SECOND : 0,
                                          numbers[10] % 3 ? 0 : numbers[10] % 70, (uint32_t)(numbers[11] << 1) };
        next = csc_schedule_next(&schedule, mode, &policy, period, now, 0);
        CHECK(next >= now);
        CHECK(next == CSC_SCHEDULE_NEVER || csc_schedule_next(&schedule, mode, &policy, period, next, 0) == next);
        CHECK(next == CSC_SCHEDULE_NEVER || next == now
              || csc_schedule_next(&schedule, mode, &policy, period, next - SECOND, 0) == next);
        if (policy.blockout_duration < 1440) CHECK(next < now + 5 * DAY);
        if (test_failures) return;
    }
}

static void test_check(void)
{
    struct csc_background_policy policy;

    csc_background_defaults(&policy);
    CHECK(policy.period == 120 && policy.variance == 60 && !policy.blockout_duration && !policy.forced_offline);
    csc_background_check(&policy);
    CHECK(policy.period == 120 && policy.variance == 60);
    policy = (struct csc_background_policy){ 0, 3601, 0xffffffff, 2460, 100, 0 };
    csc_background_check(&policy);
    CHECK(policy.period == 120 && policy.variance == 60 && !policy.blockout_duration);
    CHECK(policy.ignore_blockout_after < 0xffffffff && policy.ignore_blockout_after > 1000000);
    policy = (struct csc_background_policy){ 1440, 3600, 5, 2400, 1440, 1 };
    csc_background_check(&policy);
    CHECK(policy.period == 1440 && policy.variance == 3600 && policy.blockout_start == 2400 &&
          policy.blockout_duration == 1440 && policy.ignore_blockout_after == 5 && policy.forced_offline);
    policy = (struct csc_background_policy){ 1441, 0, 0, 1275, 10, 0 };
    csc_background_check(&policy);
    CHECK(policy.period == 120 && !policy.variance && !policy.blockout_duration);
}

static void test_worth(void)
{
    CHECK(csc_schedule_is_worth_retry(CSC_E_SHARING));
    CHECK(csc_schedule_is_worth_retry(CSC_E_DISK_FULL));
    CHECK(csc_schedule_is_worth_retry(CSC_E_IO));
    CHECK(csc_schedule_is_worth_retry(CSC_E_ACCESS_DENIED));
    CHECK(!csc_schedule_is_worth_retry(CSC_OK));
    CHECK(!csc_schedule_is_worth_retry(CSC_E_CONFLICT));
    CHECK(!csc_schedule_is_worth_retry(CSC_E_CANNOT_ACCESS));
}

int main(void)
{
    RUN(test_table);
    RUN(test_clock_set_back);
    RUN(test_stable);
    RUN(test_check);
    RUN(test_worth);
    return test_report();
}
