/*
 * csccmd: what the interfaces of an item tell
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "csccmd.h"

static void *query(IOfflineFilesItem *item, REFIID iid)
{
    void *out;

    return SUCCEEDED(IOfflineFilesItem_QueryInterface(item, iid, &out)) ? out : NULL;
}

static BOOL read_pins(IOfflineFilesItem *item, struct item_facts *facts)
{
    IOfflineFilesPinInfo *pins = query(item, &IID_IOfflineFilesPinInfo);
    BOOL ok;

    if (!pins) return FALSE;
    ok = SUCCEEDED(IOfflineFilesPinInfo_IsPinned(pins, &facts->pinned)) &&
         SUCCEEDED(IOfflineFilesPinInfo_IsPinnedForUser(pins, &facts->user.pinned, &facts->user.inherit)) &&
         SUCCEEDED(IOfflineFilesPinInfo_IsPinnedForUserByPolicy(pins, &facts->user_policy.pinned,
                                                                &facts->user_policy.inherit)) &&
         SUCCEEDED(IOfflineFilesPinInfo_IsPinnedForComputer(pins, &facts->computer.pinned,
                                                            &facts->computer.inherit)) &&
         SUCCEEDED(IOfflineFilesPinInfo_IsPinnedForFolderRedirection(pins, &facts->redirection.pinned,
                                                                     &facts->redirection.inherit));
    IOfflineFilesPinInfo_Release(pins);
    return ok;
}

static BOOL read_partly_pinned(IOfflineFilesItem *item, struct item_facts *facts)
{
    IOfflineFilesPinInfo2 *pins = query(item, &IID_IOfflineFilesPinInfo2);
    BOOL ok;

    if (!pins) return FALSE;
    ok = SUCCEEDED(IOfflineFilesPinInfo2_IsPartlyPinned(pins, &facts->partly_pinned));
    IOfflineFilesPinInfo2_Release(pins);
    return ok;
}

static BOOL read_changes(IOfflineFilesItem *item, struct item_facts *facts)
{
    IOfflineFilesChangeInfo *changes = query(item, &IID_IOfflineFilesChangeInfo);
    BOOL ok;

    if (!changes) return FALSE;
    ok = SUCCEEDED(IOfflineFilesChangeInfo_IsDirty(changes, &facts->dirty)) &&
         SUCCEEDED(IOfflineFilesChangeInfo_IsDeletedOffline(changes, &facts->deleted)) &&
         SUCCEEDED(IOfflineFilesChangeInfo_IsCreatedOffline(changes, &facts->created)) &&
         SUCCEEDED(IOfflineFilesChangeInfo_IsLocallyModifiedData(changes, &facts->data)) &&
         SUCCEEDED(IOfflineFilesChangeInfo_IsLocallyModifiedAttributes(changes, &facts->attributes)) &&
         SUCCEEDED(IOfflineFilesChangeInfo_IsLocallyModifiedTime(changes, &facts->time));
    IOfflineFilesChangeInfo_Release(changes);
    return ok;
}

static BOOL read_copy(IOfflineFilesItem *item, OFFLINEFILES_ITEM_COPY which, struct copy_facts *copy)
{
    IOfflineFilesFileSysInfo *info = query(item, &IID_IOfflineFilesFileSysInfo);
    LARGE_INTEGER size;
    BOOL ok;

    if (!info) return FALSE;
    ok = SUCCEEDED(IOfflineFilesFileSysInfo_GetAttributes(info, which, &copy->attributes)) &&
         SUCCEEDED(IOfflineFilesFileSysInfo_GetFileSize(info, which, &size)) &&
         SUCCEEDED(IOfflineFilesFileSysInfo_GetTimes(info, which, &copy->creation, &copy->write, &copy->change,
                                                     &copy->access));
    if (ok) copy->size = size.QuadPart;
    IOfflineFilesFileSysInfo_Release(info);
    return ok;
}

static BOOL read_ghost(IOfflineFilesItem *item, struct item_facts *facts)
{
    IOfflineFilesGhostInfo *info = query(item, &IID_IOfflineFilesGhostInfo);
    BOOL ok;

    if (!info) return FALSE;
    ok = SUCCEEDED(IOfflineFilesGhostInfo_IsGhosted(info, &facts->ghost));
    IOfflineFilesGhostInfo_Release(info);
    return ok;
}

static BOOL read_transparent(IOfflineFilesItem *item, struct item_facts *facts)
{
    IOfflineFilesTransparentCacheInfo *info = query(item, &IID_IOfflineFilesTransparentCacheInfo);
    BOOL ok;

    if (!info) return FALSE;
    ok = SUCCEEDED(IOfflineFilesTransparentCacheInfo_IsTransparentlyCached(info, &facts->transparent));
    IOfflineFilesTransparentCacheInfo_Release(info);
    return ok;
}

static BOOL read_connection(IOfflineFilesItem *item, struct item_facts *facts)
{
    IOfflineFilesConnectionInfo *info = query(item, &IID_IOfflineFilesConnectionInfo);
    BOOL ok;

    if (!info) return FALSE;
    ok = SUCCEEDED(IOfflineFilesConnectionInfo_GetConnectState(info, &facts->state, &facts->reason));
    IOfflineFilesConnectionInfo_Release(info);
    return ok;
}

static BOOL read_share(IOfflineFilesItem *item, struct item_facts *facts)
{
    IOfflineFilesShareInfo *info = query(item, &IID_IOfflineFilesShareInfo);
    IOfflineFilesShareItem *share;
    BOOL ok = FALSE;

    if (!info) return FALSE;
    if (SUCCEEDED(IOfflineFilesShareInfo_GetShareItem(info, &share)))
    {
        ok = SUCCEEDED(IOfflineFilesShareItem_GetPath(share, &facts->share));
        IOfflineFilesShareItem_Release(share);
    }
    if (FAILED(IOfflineFilesShareInfo_GetShareCachingMode(info, &facts->caching_mode)))
        facts->caching_mode = OFFLINEFILES_CACHING_MODE_NONE;
    if (FAILED(IOfflineFilesShareInfo_IsShareDfsJunction(info, &facts->dfs))) facts->dfs = FALSE;
    IOfflineFilesShareInfo_Release(info);
    return ok;
}

static BOOL read_file(IOfflineFilesItem *item, struct item_facts *facts)
{
    IOfflineFilesFileItem *file = query(item, &IID_IOfflineFilesFileItem);
    BOOL ok;

    if (!file) return FALSE;
    ok = SUCCEEDED(IOfflineFilesFileItem_IsSparse(file, &facts->sparse)) &&
         SUCCEEDED(IOfflineFilesFileItem_IsEncrypted(file, &facts->encrypted));
    IOfflineFilesFileItem_Release(file);
    return ok;
}

static BOOL read_dirty_size(IOfflineFilesItem *item, struct item_facts *facts)
{
    IOfflineFilesDirtyInfo *info = query(item, &IID_IOfflineFilesDirtyInfo);
    LARGE_INTEGER size;
    BOOL ok;

    if (!info) return FALSE;
    ok = SUCCEEDED(IOfflineFilesDirtyInfo_LocalDirtyByteCount(info, &size));
    if (ok) facts->dirty_bytes = size.QuadPart;
    IOfflineFilesDirtyInfo_Release(info);
    return ok;
}

static BOOL read_suspension(IOfflineFilesItem *item, struct item_facts *facts)
{
    IOfflineFilesSuspendInfo *info = query(item, &IID_IOfflineFilesSuspendInfo);
    BOOL ok;

    if (!info) return FALSE;
    ok = SUCCEEDED(IOfflineFilesSuspendInfo_IsSuspended(info, &facts->suspended, &facts->suspended_root));
    IOfflineFilesSuspendInfo_Release(info);
    return ok;
}

HRESULT read_item(IOfflineFilesItem *item, unsigned int wanted, struct item_facts *facts)
{
    HRESULT hr;

    memset(facts, 0, sizeof(*facts));
    if (FAILED(hr = IOfflineFilesItem_GetItemType(item, &facts->type))) return hr;
    if (FAILED(hr = IOfflineFilesItem_GetPath(item, &facts->path)))
    {
        facts->path = NULL;
        return hr;
    }
    if (FAILED(IOfflineFilesItem_IsMarkedForDeletion(item, &facts->marked_for_deletion)))
        facts->marked_for_deletion = FALSE;

    if ((wanted & FACT_PIN) && read_pins(item, facts)) facts->known |= FACT_PIN;
    if ((wanted & FACT_PARTLY) && read_partly_pinned(item, facts)) facts->known |= FACT_PARTLY;
    if ((wanted & FACT_CHANGE) && read_changes(item, facts)) facts->known |= FACT_CHANGE;
    if ((wanted & FACT_LOCAL) && read_copy(item, OFFLINEFILES_ITEM_COPY_LOCAL, &facts->local))
        facts->known |= FACT_LOCAL;
    if ((wanted & FACT_ORIGINAL) && read_copy(item, OFFLINEFILES_ITEM_COPY_ORIGINAL, &facts->original))
        facts->known |= FACT_ORIGINAL;
    if ((wanted & FACT_GHOST) && read_ghost(item, facts)) facts->known |= FACT_GHOST;
    if ((wanted & FACT_TRANSPARENT) && read_transparent(item, facts)) facts->known |= FACT_TRANSPARENT;
    if ((wanted & FACT_CONNECTION) && read_connection(item, facts)) facts->known |= FACT_CONNECTION;
    if ((wanted & FACT_SHARE) && read_share(item, facts)) facts->known |= FACT_SHARE;
    if ((wanted & FACT_FILE) && read_file(item, facts)) facts->known |= FACT_FILE;
    if ((wanted & FACT_DIRTY_SIZE) && read_dirty_size(item, facts)) facts->known |= FACT_DIRTY_SIZE;
    if ((wanted & FACT_SUSPEND) && read_suspension(item, facts)) facts->known |= FACT_SUSPEND;
    return S_OK;
}

void free_item(struct item_facts *facts)
{
    CoTaskMemFree(facts->path);
    CoTaskMemFree(facts->share);
    memset(facts, 0, sizeof(*facts));
}
