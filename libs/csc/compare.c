/*
 * One side of an item against what was recorded of it
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "engine.h"
#include "public.h"

int csc_is_racy(int64_t mtime, int64_t looked, int64_t granularity)
{
    return mtime >= looked - granularity;
}

enum csc_difference csc_compare_side(const struct csc_base *base, uint32_t type, const struct csc_stat *now,
                                     int64_t granularity, int trusted_ctime)
{
    uint32_t attributes = csc_attributes_differ(base->attributes, now->attributes);

    if (type != OFFLINEFILES_ITEM_TYPE_FILE)
        return now->type != CSC_TYPE_DIRECTORY || attributes ? CSC_CHANGED : CSC_SAME;

    if (now->type != CSC_TYPE_FILE || attributes) return CSC_CHANGED;
    if (now->size != base->size || now->mtime != base->mtime) return CSC_CHANGED;

    /* Content that was written twice within one tick of the clock has one time only. */
    if (csc_is_racy(base->mtime, base->recorded, granularity)) return CSC_UNSURE;
    /* The time can be set back after writing; ctime and the file's identity tell. */
    if (trusted_ctime && (now->ctime != base->ctime || now->ino != base->ino)) return CSC_UNSURE;
    return CSC_SAME;
}
