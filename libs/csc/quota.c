/*
 * How much the cache may take: the rules
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "quota.h"

#define MIB (1024ull * 1024)

static uint64_t policy_bytes(uint32_t mib)
{
    return (mib < CSC_QUOTA_MAX_MIB ? mib : CSC_QUOTA_MAX_MIB) * MIB;
}

void csc_quota_decide(const struct csc_quota_question *q, struct csc_quota *quota)
{
    uint64_t limit, unpinned;

    /* a policy wins over a choice; with neither it is a quarter of the drive */
    if (q->policy.limited) limit = policy_bytes(q->policy.limit);
    else if (q->chosen) limit = q->chosen_limit;
    else limit = q->volume / 4;
    if (limit > q->volume) limit = q->system_drive ? q->volume / 4 * 3 : q->volume;

    if (q->policy.unpinned_limited) unpinned = policy_bytes(q->policy.unpinned_limit);
    else if (q->chosen) unpinned = q->chosen_unpinned_limit;
    else unpinned = limit;

    quota->target = limit;
    quota->limit = limit < q->used ? q->used : limit;
    quota->unpinned_limit = unpinned < limit ? unpinned : limit;
}
