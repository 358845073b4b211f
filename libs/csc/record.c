/*
 * Item records
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "scope.h"

/* Which kinds of change tell a file apart from its record. */
static uint32_t kinds_of_change(const struct csc_item *item, const struct csc_stat *local)
{
    int is_file = item->type == OFFLINEFILES_ITEM_TYPE_FILE;
    uint32_t flags = 0;

    /* another thing of the same name */
    if (is_file != (local->type == CSC_TYPE_FILE)) return CSC_ITEM_MODIFIED_DATA;
    if (csc_attributes_differ(item->local.attributes, local->attributes)) flags |= CSC_ITEM_MODIFIED_ATTRIBUTES;
    if (!is_file) return flags ? flags : CSC_ITEM_MODIFIED_ATTRIBUTES;
    if (item->local.mtime != local->mtime) flags |= CSC_ITEM_MODIFIED_TIME | CSC_ITEM_MODIFIED_DATA;
    if (item->local.size != local->size) flags |= CSC_ITEM_MODIFIED_DATA;
    /* the times prove nothing: content may differ until a sync has compared it */
    return flags ? flags : CSC_ITEM_MODIFIED_DATA;
}

uint32_t csc_item_change_flags(struct csc_scope *scope, const struct csc_item *item, const struct csc_stat *local, int tree_lost)
{
    const struct csc_engine *engine = scope->engine;
    int exists = local->type != CSC_TYPE_NONE;
    uint32_t flags = 0;

    /* in a first fill a file has its name for an instant before its row, and nobody else makes any */
    if (!item) return csc_fill_mark_holds(scope) ? 0 : CSC_ITEM_DIRTY | CSC_ITEM_CREATED_OFFLINE;
    if (item->type == OFFLINEFILES_ITEM_TYPE_SHARE) return 0;

    if (item->type == OFFLINEFILES_ITEM_TYPE_FILE)
    {
        if (!exists && ((item->flags & CSC_ROW_SPARSE) || tree_lost)) return CSC_ITEM_SPARSE | CSC_ITEM_GHOST;
    }
    else if (!(item->flags & CSC_ROW_ENUMERATED)) flags |= CSC_ITEM_GHOST;

    if (!exists)
    {
        /* without an agreement there is nothing that could have been deleted */
        if (tree_lost || !(item->flags & CSC_ROW_BASE)) return flags;
        return flags | CSC_ITEM_DIRTY | CSC_ITEM_DELETED_OFFLINE;
    }
    /* made by a program where no complete content stood */
    if ((item->flags & CSC_ROW_SPARSE) || !(item->flags & CSC_ROW_BASE))
        return (flags & ~CSC_ITEM_GHOST) | CSC_ITEM_DIRTY | CSC_ITEM_CREATED_OFFLINE;
    if (csc_compare_side(&item->local, item->type, local, engine->granularity, engine->trusted_ctime) == CSC_SAME)
        return flags;
    return flags | CSC_ITEM_DIRTY | kinds_of_change(item, local);
}

void csc_item_see_local(struct csc_fs *fs, struct csc_dir *dir, const char *name, const struct csc_item *item,
                        struct csc_stat *local)
{
    int recorded = item && (item->flags & CSC_ROW_BASE);

    /* a directory's ctime moves with each name in it; whether its attributes changed the next synchronization finds out */
    if (recorded && (local->type == CSC_TYPE_DIRECTORY || local->ctime == item->local.ctime))
        csc_attributes_take(local, item->local.attributes);
    else if (local->attributes & CSC_ATTR_UNSEEN) fs->see(fs, dir, name, local);       /* else it stays open */
}

/* Where the volume does not tell when a file was made: the earliest time known. */
static int64_t creation_time(int64_t btime, int64_t mtime, int64_t ctime)
{
    return btime ? btime : mtime < ctime ? mtime : ctime;
}

static void fill_local(struct csc_wire_item *record, const struct csc_stat *local)
{
    int64_t created = creation_time(local->btime, local->mtime, local->ctime);

    record->flags |= CSC_ITEM_HAS_LOCAL;
    if (local->encrypted) record->flags |= CSC_ITEM_ENCRYPTED;
    record->local_attributes = local->attributes & ~CSC_ATTR_UNSEEN;
    record->local_size = local->size;
    record->local_times[CSC_TIME_CREATION] = csc_filetime_from_ns(created);
    record->local_times[CSC_TIME_LAST_WRITE] = csc_filetime_from_ns(local->mtime);
    record->local_times[CSC_TIME_CHANGE] = csc_filetime_from_ns(local->ctime);
    record->local_times[CSC_TIME_LAST_ACCESS] = csc_filetime_from_ns(local->atime);
}

static void fill_original(struct csc_wire_item *record, const struct csc_base *base)
{
    record->flags |= CSC_ITEM_HAS_ORIGINAL;
    record->original_attributes = base->attributes;
    record->original_size = base->size;
    record->original_times[CSC_TIME_CREATION] =
        csc_filetime_from_ns(creation_time(base->btime, base->mtime, base->ctime));
    /* 0: recorded by a version that did not look at it */
    if (base->atime) record->original_times[CSC_TIME_LAST_ACCESS] = csc_filetime_from_ns(base->atime);
    record->original_times[CSC_TIME_LAST_WRITE] = csc_filetime_from_ns(base->mtime);
    record->original_times[CSC_TIME_CHANGE] = csc_filetime_from_ns(base->ctime);
}

static uint32_t type_of(const struct csc_item_view *view)
{
    if (view->item) return view->item->type;
    return view->local && view->local->type == CSC_TYPE_DIRECTORY ? OFFLINEFILES_ITEM_TYPE_DIRECTORY
                                                                  : OFFLINEFILES_ITEM_TYPE_FILE;
}

csc_status csc_record_item(struct csc_buffer *buffer, const struct csc_item_view *view)
{
    long length = csc_utf16_length(view->path), share_length = 0;
    struct csc_wire_item *record;
    size_t size, before = buffer->size, written;
    csc_status status;

    if (view->name_share) share_length = csc_utf16_length(view->name_share);
    if (length < 0 || share_length < 0) return CSC_E_INVALID_NAME;

    size = (sizeof(*record) + ((size_t)length + 1) * sizeof(uint16_t) + 7) & ~(size_t)7;
    if (!(record = csc_buffer_add(buffer, size))) return CSC_E_OUT_OF_MEMORY;
    memset(record, 0, size);
    record->size = (uint32_t)size;
    record->type = type_of(view);
    record->flags = view->flags;
    record->connect_state = view->connect_state;
    record->offline_reason = view->offline_reason;
    record->caching_mode = view->caching_mode;
    record->share_length = (uint32_t)share_length;
    if (view->item)
    {
        record->id = (uint64_t)view->item->id;
        record->pin = view->item->pin;
        if (view->item->flags & CSC_ROW_BASE) fill_original(record, &view->item->origin);
    }
    if (view->local && view->local->type != CSC_TYPE_NONE) fill_local(record, view->local);
    if (record->type == OFFLINEFILES_ITEM_TYPE_FILE &&
        (record->flags & (CSC_ITEM_CREATED_OFFLINE | CSC_ITEM_MODIFIED_DATA)))
        record->dirty_bytes = record->local_size;

    record->path_length = (uint32_t)length;
    status = csc_utf16_from_utf8(view->path, record->path, (size_t)length + 1, &written);
    if (csc_failed(status)) buffer->size = before;
    return status;
}
