/*
 * When a share is synchronized in the background
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "schedule.h"
#include "units.h"

#define SECOND       CSC_NS_PER_S
#define MINUTE       (60 * SECOND)
#define DAY_MINUTES  1440
#define DAY          (DAY_MINUTES * MINUTE)

#define DEFAULT_PERIOD   120
#define DEFAULT_VARIANCE 60
#define MOST_VARIANCE    3600
/* a time without synchronization that is longer than this is as good as for ever (19 years) */
#define MOST_IGNORE      10000000

/* after an attempt that was cut off, because somebody else wanted the share */
#define PAUSE            MINUTE
#define FIRST_RETRY      MINUTE
#define RETRY_DOUBLINGS  5          /* 32 minutes at most */

void csc_background_defaults(struct csc_background_policy *policy)
{
    *policy = (struct csc_background_policy){ .period = DEFAULT_PERIOD, .variance = DEFAULT_VARIANCE };
}

void csc_background_check(struct csc_background_policy *policy)
{
    if (!policy->period || policy->period > DAY_MINUTES) policy->period = DEFAULT_PERIOD;
    if (policy->variance > MOST_VARIANCE) policy->variance = DEFAULT_VARIANCE;
    if (policy->blockout_start > 2400 || policy->blockout_start % 100 > 59 || policy->blockout_duration > DAY_MINUTES)
        policy->blockout_start = policy->blockout_duration = 0;
    if (policy->ignore_blockout_after > MOST_IGNORE) policy->ignore_blockout_after = MOST_IGNORE;
}

/* How much longer the window lasts at a time of the local clock, ns; 0: outside of it. */
static int64_t blocked_for(const struct csc_background_policy *policy, int64_t local)
{
    int64_t start = (policy->blockout_start / 100 * 60 + policy->blockout_start % 100) % DAY_MINUTES * MINUTE;
    int64_t duration = policy->blockout_duration * MINUTE, inside;

    if (!duration) return 0;
    if (duration >= DAY) return CSC_SCHEDULE_NEVER;
    inside = ((local - start) % DAY + DAY) % DAY;
    return inside < duration ? duration - inside : 0;
}

static int64_t retry_after(unsigned failures)
{
    return FIRST_RETRY << (failures - 1 < RETRY_DOUBLINGS ? failures - 1 : RETRY_DOUBLINGS);
}

int64_t csc_schedule_next(struct csc_schedule *schedule, enum csc_background_mode mode,
                          const struct csc_background_policy *policy, int64_t online_period, int64_t now,
                          int64_t utc_offset)
{
    int64_t period = policy->period * MINUTE, due, left, over;

    if (mode == CSC_BACKGROUND_NEVER || (mode == CSC_BACKGROUND_FORCED && !policy->forced_offline) ||
        (mode == CSC_BACKGROUND_ONLINE && !online_period))
        return CSC_SCHEDULE_NEVER;
    if (schedule->last > now) schedule->last = now;
    if (schedule->tried > now) schedule->tried = now;

    if (mode == CSC_BACKGROUND_ONLINE) period = online_period;
    else period += (int64_t)(((uint64_t)policy->variance * 60 * schedule->chance) >> 32) * SECOND;
    due = schedule->last + period;
    if (schedule->failures)
    {
        int64_t base = schedule->tried > schedule->last ? schedule->tried : schedule->last;

        if (due > base + retry_after(schedule->failures)) due = base + retry_after(schedule->failures);
    }
    if (schedule->tried > schedule->last)
    {
        int64_t pause = period < PAUSE ? period : PAUSE;

        if (due < schedule->tried + pause) due = schedule->tried + pause;
    }
    if (due < now) due = now;

    if (!(left = blocked_for(policy, due + utc_offset))) return due;
    over = policy->ignore_blockout_after ? schedule->last + policy->ignore_blockout_after * MINUTE : CSC_SCHEDULE_NEVER;
    if (over < due) over = due;
    if (left > CSC_SCHEDULE_NEVER - due) return over;
    return over < due + left ? over : due + left;
}

int csc_schedule_is_worth_retry(csc_status status)
{
    if (!csc_failed(status)) return 0;
    switch (status)
    {
    case CSC_E_CONFLICT:            /* waits for somebody's decision */
    case CSC_E_CANCELLED:
    case CSC_E_DUPLICATE_NAME:
    case CSC_E_INVALID_NAME:
    case CSC_E_NAME_TOO_LONG:
    case CSC_E_CANNOT_ACCESS:
    case CSC_E_POLICY:
    case CSC_E_EXCLUDED:
    case CSC_E_NOT_SUPPORTED:
        return 0;
    }
    return 1;
}
