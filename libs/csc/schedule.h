/*
 * When a share is synchronized in the background
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Pure: what the clocks and the policy say goes in, a point in time comes out.  background.c carries it out.
 * [behaviour.md §6.2, A.4]; docs/decisions.md, "The service's own work"
 */

#ifndef CSC_SCHEDULE_H
#define CSC_SCHEDULE_H

#include <stdint.h>

#include "status.h"

/* The policy "Configure Background Sync", with its numbers as they stand in the registry. */
struct csc_background_policy
{
    uint32_t period;                   /* BackgroundSyncPeriodMin, minutes */
    uint32_t variance;                 /* BackgroundSyncMaxStartMin: each start is late by up to so many minutes */
    uint32_t ignore_blockout_after;    /* BackgroundSyncIgnoreBlockOutAfterMin, minutes; 0: the window always holds */
    uint32_t blockout_start;           /* BackgroundSyncBlockOutStartTime, HHMM, local time */
    uint32_t blockout_duration;        /* BackgroundSyncBlockOutDurationMin; 0: no window */
    int      forced_offline;           /* BackgroundSyncEnabledForForcedOffline */
};

/* What holds where no policy is set: Windows 8's 120 minutes, late by up to 60, no window. */
void csc_background_defaults(struct csc_background_policy *policy);
/* Brings what is out of its range (see behaviour.md §6.2) back to the default; a window whose start is no time of day
 * is none. */
void csc_background_check(struct csc_background_policy *policy);

enum csc_background_mode
{
    CSC_BACKGROUND_NEVER,              /* the origin cannot be reached, or the share is suspended */
    CSC_BACKGROUND_ONLINE,
    CSC_BACKGROUND_SLOW,
    CSC_BACKGROUND_FORCED              /* offline by hand: only when the policy says so */
};

/* What is known of one share.  Times are of the wall clock, ns since 1970. */
struct csc_schedule
{
    int64_t  last;                     /* end of the last complete synchronization, or when counting began */
    int64_t  tried;                    /* end of the last attempt that was cut off; 0: none */
    unsigned failures;                 /* attempts in a row that left something which is worth another */
    uint32_t chance;                   /* drawn anew for each round: what part of the variance it is late, of 2^32 */
};

#define CSC_SCHEDULE_NEVER INT64_MAX

/* When the next background synchronization begins; not later than now: it is due.  CSC_SCHEDULE_NEVER: not at all.
 * online_period: for CSC_BACKGROUND_ONLINE, ns; 0: never.  utc_offset: of the local time, ns.
 * Times of the schedule that lie in the future, because somebody set the clock back, are brought back to now; a clock
 * that was set forward, or a machine that slept, at most makes it early. */
int64_t csc_schedule_next(struct csc_schedule *schedule, enum csc_background_mode mode,
                          const struct csc_background_policy *policy, int64_t online_period, int64_t now,
                          int64_t utc_offset);

/* Whether what failed for an item may go better soon, without anybody's decision. */
int csc_schedule_is_worth_retry(csc_status status);

#endif
