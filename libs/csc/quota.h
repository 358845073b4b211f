/*
 * How much the cache may take: the rules
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Pure: nothing is read, nothing is carried out.  [behaviour.md §6.2.1]; Q63, Q64
 */

#ifndef CSC_QUOTA_H
#define CSC_QUOTA_H

#include <stdint.h>

/* The policy values CacheQuotaLimit and CacheQuotaLimitUnpinned, in MiB. */
struct csc_quota_policy
{
    int      limited, unpinned_limited;      /* the value is configured */
    uint32_t limit, unpinned_limit;
};

/* The largest value of either policy; larger ones are taken as this. */
#define CSC_QUOTA_MAX_MIB 100000000u

struct csc_quota_question
{
    struct csc_quota_policy policy;
    int      chosen;                         /* an administrator set limits (SetDiskSpaceLimits), in bytes: */
    uint64_t chosen_limit, chosen_unpinned_limit;
    uint64_t volume;                         /* bytes of the volume that holds the cache */
    int      system_drive;                   /* it also holds the system */
    uint64_t used;                           /* bytes of content in the cache */
};

struct csc_quota
{
    uint64_t limit, unpinned_limit;          /* bytes; limit is at least what is used: then the cache is full */
    uint64_t target;                         /* limit, before it was raised to what is used: to be reached by eviction */
};

void csc_quota_decide(const struct csc_quota_question *question, struct csc_quota *quota);

#endif
