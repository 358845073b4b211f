/*
 * What was seen of an item when it was decided about
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "engine.h"
#include "public.h"
#include "sight.h"

/* Those that are synchronized, as far as they were looked at, and a file against a directory. */
static int differ(uint32_t a, uint32_t b)
{
    return csc_attributes_differ(a, b) || (a ^ b) & CSC_ATTR_DIRECTORY;
}

static void take_copy(struct csc_wire_error *sight, enum csc_copy which, const struct csc_stat *stat)
{
    struct csc_wire_copy *copy = &sight->copies[which];

    if (!stat) return;
    sight->looked |= CSC_COPY_BIT(which);
    /* a failed look may have left the type that the listing told */
    if ((stat->type != CSC_TYPE_FILE && stat->type != CSC_TYPE_DIRECTORY) || !stat->attributes) return;
    sight->found |= CSC_COPY_BIT(which);
    copy->attributes = stat->attributes & ~CSC_ATTR_UNSEEN;
    copy->size = stat->type == CSC_TYPE_FILE ? stat->size : 0;
    copy->last_write = csc_filetime_from_ns(stat->mtime);
    copy->change = csc_filetime_from_ns(stat->ctime);
}

static void take_original(struct csc_wire_error *sight, const struct csc_item *item)
{
    struct csc_wire_copy *copy = &sight->copies[CSC_COPY_ORIGINAL];

    sight->looked |= CSC_COPY_BIT(CSC_COPY_ORIGINAL);
    if (!item || !(item->flags & CSC_ROW_BASE)) return;
    sight->found |= CSC_COPY_BIT(CSC_COPY_ORIGINAL);
    copy->attributes = item->origin.attributes;
    copy->size = item->type == OFFLINEFILES_ITEM_TYPE_FILE ? item->origin.size : 0;
    copy->last_write = csc_filetime_from_ns(item->origin.mtime);
    copy->change = csc_filetime_from_ns(item->origin.ctime);
}

static uint32_t differences(const struct csc_item *item, const struct csc_stat *local, const struct csc_stat *origin)
{
    int agreed = item && (item->flags & CSC_ROW_BASE);
    uint32_t changes = 0;

    if (agreed ? local->ctime != item->local.ctime || origin->ctime != item->origin.ctime : local->ctime != origin->ctime)
        changes |= OFFLINEFILES_SYNC_ITEM_CHANGE_CHANGETIME;
    if (local->mtime != origin->mtime
        && !(agreed && local->mtime == item->local.mtime && origin->mtime == item->origin.mtime))
        changes |= OFFLINEFILES_SYNC_ITEM_CHANGE_WRITETIME;
    if ((local->type == CSC_TYPE_FILE ? local->size : 0) != (origin->type == CSC_TYPE_FILE ? origin->size : 0))
        changes |= OFFLINEFILES_SYNC_ITEM_CHANGE_FILESIZE;
    if (differ(local->attributes, origin->attributes)
        && !(agreed && !differ(local->attributes, item->local.attributes)
             && !differ(origin->attributes, item->origin.attributes)))
        changes |= OFFLINEFILES_SYNC_ITEM_CHANGE_ATTRIBUTES;
    return changes;
}

void csc_sight_take(struct csc_wire_error *sight, const struct csc_item *item, const struct csc_stat *local,
                    const struct csc_stat *origin)
{
    const uint32_t both = CSC_COPY_BIT(CSC_COPY_LOCAL) | CSC_COPY_BIT(CSC_COPY_REMOTE);

    memset(sight, 0, sizeof(*sight));
    sight->size = sizeof(*sight);
    take_copy(sight, CSC_COPY_LOCAL, local);
    take_copy(sight, CSC_COPY_REMOTE, origin);
    take_original(sight, item);
    if ((sight->found & both) == both) sight->changes = differences(item, local, origin);
}
