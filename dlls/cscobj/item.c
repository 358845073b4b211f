/*
 * Item objects: snapshots of what the service knows of one item
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "cscobj_private.h"
#include "wine/debug.h"

#include <stdlib.h>
#include <string.h>

WINE_DEFAULT_DEBUG_CHANNEL(cscobj);

/* One object answers for all four kinds; QueryInterface hands out what the kind has:
 *                                           server  share  directory  file
 *   IOfflineFilesItem, one kind interface     x       x        x       x
 *   IOfflineFilesItemContainer                x       x        x
 *   PinInfo(2), ChangeInfo, ConnectionInfo            x        x       x    (Q85)
 *   GhostInfo, ShareInfo, SuspendInfo                 x        x       x    (Q86)
 *   DirtyInfo, TransparentCacheInfo                   x        x       x    (Q86)
 *   Suspend                                           x        x            (Q86)
 *   FileSysInfo                                                x       x    (Q86)
 * The vtables of the other three kinds are the beginning of the one of files. */
struct item
{
    IOfflineFilesFileItem IOfflineFilesFileItem_iface;
    IOfflineFilesItemContainer IOfflineFilesItemContainer_iface;
    IOfflineFilesPinInfo2 IOfflineFilesPinInfo2_iface;
    IOfflineFilesChangeInfo IOfflineFilesChangeInfo_iface;
    IOfflineFilesFileSysInfo IOfflineFilesFileSysInfo_iface;
    IOfflineFilesConnectionInfo IOfflineFilesConnectionInfo_iface;
    IOfflineFilesGhostInfo IOfflineFilesGhostInfo_iface;
    IOfflineFilesShareInfo IOfflineFilesShareInfo_iface;
    IOfflineFilesSuspend IOfflineFilesSuspend_iface;
    IOfflineFilesSuspendInfo IOfflineFilesSuspendInfo_iface;
    IOfflineFilesDirtyInfo IOfflineFilesDirtyInfo_iface;
    IOfflineFilesTransparentCacheInfo IOfflineFilesTransparentCacheInfo_iface;
    LONG refs;
    OFFLINEFILES_ITEM_TYPE type;    /* never changes: QueryInterface depends on it */
    struct csc_link *link;
    SRWLOCK lock;                   /* for what Refresh replaces: */
    struct csc_wire_item *record;
    DWORD query;                    /* OFFLINEFILES_ITEM_QUERY_* of the record */
};

static struct csc_wire_item *copy_record(const struct csc_wire_item *record)
{
    struct csc_wire_item *copy;

    if ((copy = malloc(record->size))) memcpy(copy, record, record->size);
    return copy;
}

HRESULT fetch_item(LPCWSTR path, DWORD query, const struct csc_wire_filters *filters, struct csc_wire_item **record,
                   struct csc_link **link)
{
    const struct csc_wire_item *found;
    struct csc_call call = { 0 };
    BYTE *data = NULL;
    DWORD size = 0;
    HRESULT hr;

    *record = NULL;
    do
        if (SUCCEEDED(hr = call_begin(&call)))
            hr = ICscSession_FindItem(call.link->session, path, query, filters ? sizeof(*filters) : 0,
                                      (BYTE *)filters, &size, &data);
    while (call_again(&call, hr));

    if (SUCCEEDED(hr))
    {
        if (!data || !(found = wire_item_at(data, size, 0))) hr = E_UNEXPECTED;
        else if (!(*record = copy_record(found))) hr = E_OUTOFMEMORY;
        else
        {
            hr = S_OK;
            if (link) *link = link_addref(call.link);
        }
        CoTaskMemFree(data);
    }
    call_end(&call);
    return hr;
}

HRESULT item_find(LPCWSTR path, DWORD query, const struct csc_wire_filters *filters, IOfflineFilesItem **item)
{
    struct csc_wire_item *record;
    struct csc_link *link;
    HRESULT hr;

    *item = NULL;
    if (FAILED(hr = fetch_item(path, query, filters, &record, &link))) return hr;
    hr = item_create(record, query, link, item);
    link_release(link);
    free(record);
    return hr;
}

/* Copies the first length code units of the path, 0: all of it. NULL: no memory. */
static WCHAR *item_path(struct item *item, UINT32 length)
{
    WCHAR *path;

    AcquireSRWLockShared(&item->lock);
    path = copy_string(item->record->path, length ? length : item->record->path_length);
    ReleaseSRWLockShared(&item->lock);
    return path;
}

static BOOL item_flag(struct item *item, UINT32 flag)
{
    BOOL ret;

    AcquireSRWLockShared(&item->lock);
    ret = !!(item->record->flags & flag);
    ReleaseSRWLockShared(&item->lock);
    return ret;
}

static HRESULT get_flag(struct item *item, UINT32 flag, BOOL *ret)
{
    if (!ret) return E_POINTER;
    *ret = item_flag(item, flag);
    return S_OK;
}

/* ---- IOfflineFilesFileItem and the other kinds ---- */

static inline struct item *impl_from_IOfflineFilesFileItem(IOfflineFilesFileItem *iface)
{
    return CONTAINING_RECORD(iface, struct item, IOfflineFilesFileItem_iface);
}

static HRESULT WINAPI item_QueryInterface(IOfflineFilesFileItem *iface, REFIID iid, void **obj)
{
    static const IID *const kinds[] =
    {
        &IID_IOfflineFilesFileItem, &IID_IOfflineFilesDirectoryItem,
        &IID_IOfflineFilesShareItem, &IID_IOfflineFilesServerItem
    };
    struct item *item = impl_from_IOfflineFilesFileItem(iface);
    const BOOL server = item->type == OFFLINEFILES_ITEM_TYPE_SERVER;
    const BOOL file = item->type == OFFLINEFILES_ITEM_TYPE_FILE;

    TRACE("%p, iid %s, obj %p\n", item, debugstr_guid(iid), obj);

    if (!obj) return E_POINTER;
    *obj = NULL;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IOfflineFilesItem) ||
        IsEqualIID(iid, kinds[item->type]))
        *obj = &item->IOfflineFilesFileItem_iface;
    else if (!file && IsEqualIID(iid, &IID_IOfflineFilesItemContainer))
        *obj = &item->IOfflineFilesItemContainer_iface;
    else if (!server && (IsEqualIID(iid, &IID_IOfflineFilesPinInfo) || IsEqualIID(iid, &IID_IOfflineFilesPinInfo2)))
        *obj = &item->IOfflineFilesPinInfo2_iface;
    else if (!server && IsEqualIID(iid, &IID_IOfflineFilesChangeInfo))
        *obj = &item->IOfflineFilesChangeInfo_iface;
    else if (!server && IsEqualIID(iid, &IID_IOfflineFilesConnectionInfo))
        *obj = &item->IOfflineFilesConnectionInfo_iface;
    else if (!server && IsEqualIID(iid, &IID_IOfflineFilesGhostInfo))
        *obj = &item->IOfflineFilesGhostInfo_iface;
    else if (!server && IsEqualIID(iid, &IID_IOfflineFilesShareInfo))
        *obj = &item->IOfflineFilesShareInfo_iface;
    else if (!server && IsEqualIID(iid, &IID_IOfflineFilesSuspendInfo))
        *obj = &item->IOfflineFilesSuspendInfo_iface;
    else if (!server && IsEqualIID(iid, &IID_IOfflineFilesDirtyInfo))
        *obj = &item->IOfflineFilesDirtyInfo_iface;
    else if (!server && IsEqualIID(iid, &IID_IOfflineFilesTransparentCacheInfo))
        *obj = &item->IOfflineFilesTransparentCacheInfo_iface;
    else if (!server && !file && IsEqualIID(iid, &IID_IOfflineFilesSuspend))
        *obj = &item->IOfflineFilesSuspend_iface;
    else if (item->type <= OFFLINEFILES_ITEM_TYPE_DIRECTORY && IsEqualIID(iid, &IID_IOfflineFilesFileSysInfo))
        *obj = &item->IOfflineFilesFileSysInfo_iface;
    else return E_NOINTERFACE;

    IUnknown_AddRef((IUnknown *)*obj);
    return S_OK;
}

static ULONG WINAPI item_AddRef(IOfflineFilesFileItem *iface)
{
    return InterlockedIncrement(&impl_from_IOfflineFilesFileItem(iface)->refs);
}

static ULONG WINAPI item_Release(IOfflineFilesFileItem *iface)
{
    struct item *item = impl_from_IOfflineFilesFileItem(iface);
    ULONG refs = InterlockedDecrement(&item->refs);

    if (!refs)
    {
        link_release(item->link);
        free(item->record);
        free(item);
        module_release();
    }
    return refs;
}

static HRESULT WINAPI item_GetItemType(IOfflineFilesFileItem *iface, OFFLINEFILES_ITEM_TYPE *type)
{
    if (!type) return E_POINTER;
    *type = impl_from_IOfflineFilesFileItem(iface)->type;
    return S_OK;
}

static HRESULT WINAPI item_GetPath(IOfflineFilesFileItem *iface, LPWSTR *path)
{
    struct item *item = impl_from_IOfflineFilesFileItem(iface);

    if (!path) return E_POINTER;
    AcquireSRWLockShared(&item->lock);
    *path = copy_string_for_caller(item->record->path, item->record->path_length);
    ReleaseSRWLockShared(&item->lock);
    return *path ? S_OK : E_OUTOFMEMORY;
}

static HRESULT WINAPI item_GetParentItem(IOfflineFilesFileItem *iface, IOfflineFilesItem **parent)
{
    struct item *item = impl_from_IOfflineFilesFileItem(iface);
    WCHAR *path, *end;
    HRESULT hr;

    TRACE("%p, parent %p\n", item, parent);

    if (!parent) return E_POINTER;
    *parent = NULL;
    if (item->type == OFFLINEFILES_ITEM_TYPE_SERVER) return HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED);
    if (!(path = item_path(item, 0))) return E_OUTOFMEMORY;
    if (!(end = wcsrchr(path, '\\')) || end < path + 3) hr = E_UNEXPECTED;
    else
    {
        *end = 0;
        hr = item_find(path, 0, NULL, parent);
    }
    free(path);
    return hr;
}

/* 0 does not repeat earlier options: the flags say what is fetched now (Q84). */
static HRESULT WINAPI item_Refresh(IOfflineFilesFileItem *iface, DWORD query)
{
    struct item *item = impl_from_IOfflineFilesFileItem(iface);
    struct csc_wire_item *record, *old;
    WCHAR *path;
    HRESULT hr;

    TRACE("%p, query %#lx\n", item, query);

    if (FAILED(hr = check_query_flags(query))) return hr;
    if (!(path = item_path(item, 0))) return E_OUTOFMEMORY;
    hr = fetch_item(path, query, NULL, &record, NULL);
    free(path);
    if (FAILED(hr)) return hr;
    if (record->type != (UINT32)item->type)
    {
        /* Something of another kind took its place; this item is gone. */
        free(record);
        return HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND);
    }

    AcquireSRWLockExclusive(&item->lock);
    old = item->record;
    item->record = record;
    item->query = query;
    ReleaseSRWLockExclusive(&item->lock);
    free(old);
    return S_OK;
}

static HRESULT WINAPI item_IsMarkedForDeletion(IOfflineFilesFileItem *iface, BOOL *marked)
{
    return get_flag(impl_from_IOfflineFilesFileItem(iface), CSC_ITEM_MARKED_FOR_DELETION, marked);
}

static HRESULT WINAPI file_IsSparse(IOfflineFilesFileItem *iface, BOOL *sparse)
{
    return get_flag(impl_from_IOfflineFilesFileItem(iface), CSC_ITEM_SPARSE, sparse);
}

static HRESULT WINAPI file_IsEncrypted(IOfflineFilesFileItem *iface, BOOL *encrypted)
{
    return get_flag(impl_from_IOfflineFilesFileItem(iface), CSC_ITEM_ENCRYPTED, encrypted);
}

static const IOfflineFilesFileItemVtbl item_vtbl =
{
    item_QueryInterface,
    item_AddRef,
    item_Release,
    item_GetItemType,
    item_GetPath,
    item_GetParentItem,
    item_Refresh,
    item_IsMarkedForDeletion,
    file_IsSparse,
    file_IsEncrypted
};

/* The IUnknown methods of the other interfaces all go to the item. */
#define ITEM_UNKNOWN(iface_type, prefix) \
static inline struct item *impl_from_##iface_type(iface_type *iface) \
{ \
    return CONTAINING_RECORD(iface, struct item, iface_type##_iface); \
} \
static HRESULT WINAPI prefix##_QueryInterface(iface_type *iface, REFIID iid, void **obj) \
{ \
    return item_QueryInterface(&impl_from_##iface_type(iface)->IOfflineFilesFileItem_iface, iid, obj); \
} \
static ULONG WINAPI prefix##_AddRef(iface_type *iface) \
{ \
    return item_AddRef(&impl_from_##iface_type(iface)->IOfflineFilesFileItem_iface); \
} \
static ULONG WINAPI prefix##_Release(iface_type *iface) \
{ \
    return item_Release(&impl_from_##iface_type(iface)->IOfflineFilesFileItem_iface); \
}

/* ---- IOfflineFilesItemContainer ---- */

ITEM_UNKNOWN(IOfflineFilesItemContainer, container)

static HRESULT WINAPI container_EnumItemsEx(IOfflineFilesItemContainer *iface,
        IOfflineFilesItemFilter *include_file, IOfflineFilesItemFilter *include_dir,
        IOfflineFilesItemFilter *exclude_file, IOfflineFilesItemFilter *exclude_dir,
        DWORD enum_flags, DWORD query, IEnumOfflineFilesItems **ret)
{
    struct item *item = impl_from_IOfflineFilesItemContainer(iface);
    WCHAR *path;
    HRESULT hr;

    TRACE("%p, flags %#lx, query %#lx, ret %p\n", item, enum_flags, query, ret);

    if (!ret) return E_POINTER;
    *ret = NULL;
    if (!(path = item_path(item, 0))) return E_OUTOFMEMORY;
    hr = container_enum(path, include_file, include_dir, exclude_file, exclude_dir, enum_flags, query, ret);
    free(path);
    return hr;
}

static HRESULT WINAPI container_EnumItems(IOfflineFilesItemContainer *iface, DWORD query,
                                          IEnumOfflineFilesItems **ret)
{
    return container_EnumItemsEx(iface, NULL, NULL, NULL, NULL, 0, query, ret);
}

static const IOfflineFilesItemContainerVtbl container_vtbl =
{
    container_QueryInterface,
    container_AddRef,
    container_Release,
    container_EnumItems,
    container_EnumItemsEx
};

/* ---- IOfflineFilesPinInfo2 ---- */

ITEM_UNKNOWN(IOfflineFilesPinInfo2, pin)

static HRESULT get_pin(IOfflineFilesPinInfo2 *iface, UINT32 reasons, BOOL *pinned, BOOL *inherit)
{
    struct item *item = impl_from_IOfflineFilesPinInfo2(iface);
    UINT32 pin;

    if (pinned) *pinned = FALSE;
    if (inherit) *inherit = FALSE;
    if (!pinned || !inherit) return E_POINTER;

    AcquireSRWLockShared(&item->lock);
    pin = item->record->pin;
    ReleaseSRWLockShared(&item->lock);
    *pinned = !!(pin & reasons);
    *inherit = !!(pin & (reasons << CSC_PIN_INHERIT_SHIFT));
    return S_OK;
}

static HRESULT WINAPI pin_IsPinned(IOfflineFilesPinInfo2 *iface, BOOL *pinned)
{
    BOOL inherit;

    return get_pin(iface, CSC_PIN_REASONS, pinned, &inherit);
}

/* A pin of one user is one of all users: the cache does not keep them apart (Q53). */
static HRESULT WINAPI pin_IsPinnedForUser(IOfflineFilesPinInfo2 *iface, BOOL *pinned, BOOL *inherit)
{
    return get_pin(iface, CSC_PIN_USER, pinned, inherit);
}

static HRESULT WINAPI pin_IsPinnedForUserByPolicy(IOfflineFilesPinInfo2 *iface, BOOL *pinned, BOOL *inherit)
{
    return get_pin(iface, CSC_PIN_USER_POLICY, pinned, inherit);
}

static HRESULT WINAPI pin_IsPinnedForComputer(IOfflineFilesPinInfo2 *iface, BOOL *pinned, BOOL *inherit)
{
    return get_pin(iface, CSC_PIN_COMPUTER, pinned, inherit);
}

static HRESULT WINAPI pin_IsPinnedForFolderRedirection(IOfflineFilesPinInfo2 *iface, BOOL *pinned, BOOL *inherit)
{
    return get_pin(iface, CSC_PIN_REDIRECTION, pinned, inherit);
}

static HRESULT WINAPI pin_IsPartlyPinned(IOfflineFilesPinInfo2 *iface, BOOL *partly)
{
    return get_flag(impl_from_IOfflineFilesPinInfo2(iface), CSC_ITEM_PARTLY_PINNED, partly);
}

static const IOfflineFilesPinInfo2Vtbl pin_vtbl =
{
    pin_QueryInterface,
    pin_AddRef,
    pin_Release,
    pin_IsPinned,
    pin_IsPinnedForUser,
    pin_IsPinnedForUserByPolicy,
    pin_IsPinnedForComputer,
    pin_IsPinnedForFolderRedirection,
    pin_IsPartlyPinned
};

/* ---- IOfflineFilesChangeInfo ---- */

ITEM_UNKNOWN(IOfflineFilesChangeInfo, change)

static HRESULT WINAPI change_IsDirty(IOfflineFilesChangeInfo *iface, BOOL *dirty)
{
    return get_flag(impl_from_IOfflineFilesChangeInfo(iface), CSC_ITEM_DIRTY, dirty);
}

static HRESULT WINAPI change_IsDeletedOffline(IOfflineFilesChangeInfo *iface, BOOL *deleted)
{
    return get_flag(impl_from_IOfflineFilesChangeInfo(iface), CSC_ITEM_DELETED_OFFLINE, deleted);
}

static HRESULT WINAPI change_IsCreatedOffline(IOfflineFilesChangeInfo *iface, BOOL *created)
{
    return get_flag(impl_from_IOfflineFilesChangeInfo(iface), CSC_ITEM_CREATED_OFFLINE, created);
}

static HRESULT WINAPI change_IsLocallyModifiedData(IOfflineFilesChangeInfo *iface, BOOL *modified)
{
    return get_flag(impl_from_IOfflineFilesChangeInfo(iface), CSC_ITEM_MODIFIED_DATA, modified);
}

static HRESULT WINAPI change_IsLocallyModifiedAttributes(IOfflineFilesChangeInfo *iface, BOOL *modified)
{
    return get_flag(impl_from_IOfflineFilesChangeInfo(iface), CSC_ITEM_MODIFIED_ATTRIBUTES, modified);
}

static HRESULT WINAPI change_IsLocallyModifiedTime(IOfflineFilesChangeInfo *iface, BOOL *modified)
{
    return get_flag(impl_from_IOfflineFilesChangeInfo(iface), CSC_ITEM_MODIFIED_TIME, modified);
}

static const IOfflineFilesChangeInfoVtbl change_vtbl =
{
    change_QueryInterface,
    change_AddRef,
    change_Release,
    change_IsDirty,
    change_IsDeletedOffline,
    change_IsCreatedOffline,
    change_IsLocallyModifiedData,
    change_IsLocallyModifiedAttributes,
    change_IsLocallyModifiedTime
};

/* ---- IOfflineFilesFileSysInfo ---- */

ITEM_UNKNOWN(IOfflineFilesFileSysInfo, filesys)

/* Tells whether the record has that copy: REMOTE is reserved, the others may be missing, for instance
 * ORIGINAL of what was created offline (Q90).  Called with the lock held. */
static HRESULT check_copy(const struct item *item, OFFLINEFILES_ITEM_COPY copy)
{
    UINT32 flag = copy == OFFLINEFILES_ITEM_COPY_LOCAL ? CSC_ITEM_HAS_LOCAL : CSC_ITEM_HAS_ORIGINAL;

    if (copy == OFFLINEFILES_ITEM_COPY_REMOTE) return HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED);
    if (copy != OFFLINEFILES_ITEM_COPY_LOCAL && copy != OFFLINEFILES_ITEM_COPY_ORIGINAL) return E_INVALIDARG;
    return item->record->flags & flag ? S_OK : HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND);
}

static HRESULT WINAPI filesys_GetAttributes(IOfflineFilesFileSysInfo *iface, OFFLINEFILES_ITEM_COPY copy,
                                            DWORD *attributes)
{
    struct item *item = impl_from_IOfflineFilesFileSysInfo(iface);
    HRESULT hr;

    if (!attributes) return E_POINTER;
    *attributes = 0;
    AcquireSRWLockShared(&item->lock);
    if (SUCCEEDED(hr = check_copy(item, copy)))
        *attributes = copy == OFFLINEFILES_ITEM_COPY_LOCAL ? item->record->local_attributes
                                                           : item->record->original_attributes;
    ReleaseSRWLockShared(&item->lock);
    return hr;
}

static void set_filetime(FILETIME *ft, UINT64 time)
{
    ft->dwLowDateTime = (DWORD)time;
    ft->dwHighDateTime = (DWORD)(time >> 32);
}

static HRESULT WINAPI filesys_GetTimes(IOfflineFilesFileSysInfo *iface, OFFLINEFILES_ITEM_COPY copy,
                                       FILETIME *creation, FILETIME *last_write, FILETIME *change,
                                       FILETIME *last_access)
{
    struct item *item = impl_from_IOfflineFilesFileSysInfo(iface);
    const UINT64 *times;
    HRESULT hr;

    if (creation) set_filetime(creation, 0);
    if (last_write) set_filetime(last_write, 0);
    if (change) set_filetime(change, 0);
    if (last_access) set_filetime(last_access, 0);
    if (!creation || !last_write || !change || !last_access) return E_POINTER;

    AcquireSRWLockShared(&item->lock);
    if (SUCCEEDED(hr = check_copy(item, copy)))
    {
        times = copy == OFFLINEFILES_ITEM_COPY_LOCAL ? item->record->local_times : item->record->original_times;
        set_filetime(creation, times[CSC_TIME_CREATION]);
        set_filetime(last_write, times[CSC_TIME_LAST_WRITE]);
        set_filetime(change, times[CSC_TIME_CHANGE]);
        set_filetime(last_access, times[CSC_TIME_LAST_ACCESS]);
    }
    ReleaseSRWLockShared(&item->lock);
    return hr;
}

static HRESULT WINAPI filesys_GetFileSize(IOfflineFilesFileSysInfo *iface, OFFLINEFILES_ITEM_COPY copy,
                                          LARGE_INTEGER *size)
{
    struct item *item = impl_from_IOfflineFilesFileSysInfo(iface);
    HRESULT hr;

    if (!size) return E_POINTER;
    size->QuadPart = 0;
    AcquireSRWLockShared(&item->lock);
    if (SUCCEEDED(hr = check_copy(item, copy)))
        size->QuadPart = copy == OFFLINEFILES_ITEM_COPY_LOCAL ? item->record->local_size
                                                              : item->record->original_size;
    ReleaseSRWLockShared(&item->lock);
    return hr;
}

static const IOfflineFilesFileSysInfoVtbl filesys_vtbl =
{
    filesys_QueryInterface,
    filesys_AddRef,
    filesys_Release,
    filesys_GetAttributes,
    filesys_GetTimes,
    filesys_GetFileSize
};

/* ---- IOfflineFilesConnectionInfo ---- */

ITEM_UNKNOWN(IOfflineFilesConnectionInfo, connection)

static HRESULT WINAPI connection_GetConnectState(IOfflineFilesConnectionInfo *iface,
        OFFLINEFILES_CONNECT_STATE *state, OFFLINEFILES_OFFLINE_REASON *reason)
{
    struct item *item = impl_from_IOfflineFilesConnectionInfo(iface);
    DWORD current_state = OFFLINEFILES_CONNECT_STATE_UNKNOWN, current_reason = OFFLINEFILES_OFFLINE_REASON_UNKNOWN;
    struct csc_call call = { 0 };
    BOOL prefetched;
    WCHAR *path;
    HRESULT hr;

    TRACE("%p, state %p, reason %p\n", item, state, reason);

    if (state) *state = OFFLINEFILES_CONNECT_STATE_UNKNOWN;
    if (reason) *reason = OFFLINEFILES_OFFLINE_REASON_UNKNOWN;
    if (!state || !reason) return E_POINTER;

    AcquireSRWLockShared(&item->lock);
    if ((prefetched = !!(item->query & OFFLINEFILES_ITEM_QUERY_CONNECTIONSTATE)))
    {
        *state = item->record->connect_state;
        *reason = item->record->offline_reason;
    }
    ReleaseSRWLockShared(&item->lock);
    if (prefetched) return S_OK;

    if (!(path = item_path(item, 0))) return E_OUTOFMEMORY;
    do
        if (SUCCEEDED(hr = call_begin(&call)))
            hr = ICscSession_GetConnectState(call.link->session, path, &current_state, &current_reason);
    while (call_again(&call, hr));
    call_end(&call);
    free(path);
    if (FAILED(hr)) return hr;
    *state = current_state;
    *reason = current_reason;
    return S_OK;
}

/* Going online is an operation: it synchronizes first (Q95). */
static HRESULT go_online(struct item *item)
{
    struct operation_request request = { .operation = { .kind = CSC_OP_ONLINE }, .count = 1 };
    LPCWSTR path;
    HRESULT hr;

    if (!(path = item_path(item, 0))) return E_OUTOFMEMORY;
    request.paths = &path;
    hr = operation_run(&request);
    free((WCHAR *)path);
    return hr;
}

static HRESULT go_offline(struct item *item, BOOL force, BOOL *prevented)
{
    struct csc_call call = { 0 };
    WCHAR *path;
    HRESULT hr;

    if (!(path = item_path(item, 0))) return E_OUTOFMEMORY;
    do
        if (SUCCEEDED(hr = call_begin(&call)))
            hr = ICscSession_GoOffline(call.link->session, path, force, prevented);
    while (call_again(&call, hr));
    call_end(&call);
    free(path);
    return hr;
}

static HRESULT WINAPI connection_SetConnectState(IOfflineFilesConnectionInfo *iface, HWND parent, DWORD flags,
                                                 OFFLINEFILES_CONNECT_STATE state)
{
    struct item *item = impl_from_IOfflineFilesConnectionInfo(iface);
    BOOL prevented = FALSE;
    HRESULT hr;

    TRACE("%p, flags %#lx, state %d\n", item, flags, state);

    if (FAILED(hr = check_flags(flags, OFFLINEFILES_TRANSITION_FLAGS))) return hr;
    switch (state)
    {
    case OFFLINEFILES_CONNECT_STATE_ONLINE:
        return go_online(item);
    case OFFLINEFILES_CONNECT_STATE_OFFLINE:
        hr = go_offline(item, FALSE, &prevented);
        return SUCCEEDED(hr) && prevented ? HRESULT_FROM_WIN32(ERROR_OPEN_FILES) : hr;
    default:
        return E_INVALIDARG; /* the other states can't be had by asking (Q94) */
    }
}

static HRESULT WINAPI connection_TransitionOnline(IOfflineFilesConnectionInfo *iface, HWND parent, DWORD flags)
{
    struct item *item = impl_from_IOfflineFilesConnectionInfo(iface);
    HRESULT hr;

    TRACE("%p, flags %#lx\n", item, flags);

    if (FAILED(hr = check_flags(flags, OFFLINEFILES_TRANSITION_FLAGS))) return hr;
    return go_online(item);
}

static HRESULT WINAPI connection_TransitionOffline(IOfflineFilesConnectionInfo *iface, HWND parent, DWORD flags,
                                                   BOOL force, BOOL *prevented)
{
    struct item *item = impl_from_IOfflineFilesConnectionInfo(iface);
    BOOL open_files = FALSE;
    HRESULT hr;

    TRACE("%p, flags %#lx, force %d, prevented %p\n", item, flags, force, prevented);

    if (!prevented) return E_POINTER;
    *prevented = FALSE;
    if (FAILED(hr = check_flags(flags, OFFLINEFILES_TRANSITION_FLAGS))) return hr;
    if (FAILED(hr = go_offline(item, !!force, &open_files))) return hr;
    *prevented = !force && open_files;
    return S_OK;
}

static const IOfflineFilesConnectionInfoVtbl connection_vtbl =
{
    connection_QueryInterface,
    connection_AddRef,
    connection_Release,
    connection_GetConnectState,
    connection_SetConnectState,
    connection_TransitionOnline,
    connection_TransitionOffline
};

/* ---- IOfflineFilesGhostInfo ---- */

ITEM_UNKNOWN(IOfflineFilesGhostInfo, ghost)

static HRESULT WINAPI ghost_IsGhosted(IOfflineFilesGhostInfo *iface, BOOL *ghosted)
{
    return get_flag(impl_from_IOfflineFilesGhostInfo(iface), CSC_ITEM_GHOST, ghosted);
}

static const IOfflineFilesGhostInfoVtbl ghost_vtbl =
{
    ghost_QueryInterface,
    ghost_AddRef,
    ghost_Release,
    ghost_IsGhosted
};

/* ---- IOfflineFilesShareInfo ---- */

ITEM_UNKNOWN(IOfflineFilesShareInfo, share)

static HRESULT WINAPI share_GetShareItem(IOfflineFilesShareInfo *iface, IOfflineFilesShareItem **ret)
{
    struct item *item = impl_from_IOfflineFilesShareInfo(iface);
    IOfflineFilesItem *found;
    UINT32 length;
    WCHAR *path;
    HRESULT hr;

    TRACE("%p, ret %p\n", item, ret);

    if (!ret) return E_POINTER;
    *ret = NULL;
    AcquireSRWLockShared(&item->lock);
    length = item->record->share_length;
    ReleaseSRWLockShared(&item->lock);
    if (!length) return E_UNEXPECTED;
    if (!(path = item_path(item, length))) return E_OUTOFMEMORY;
    hr = item_find(path, 0, NULL, &found);
    free(path);
    if (FAILED(hr)) return hr;
    hr = IOfflineFilesItem_QueryInterface(found, &IID_IOfflineFilesShareItem, (void **)ret);
    IOfflineFilesItem_Release(found);
    return hr;
}

static HRESULT WINAPI share_GetShareCachingMode(IOfflineFilesShareInfo *iface, OFFLINEFILES_CACHING_MODE *mode)
{
    struct item *item = impl_from_IOfflineFilesShareInfo(iface);

    if (!mode) return E_POINTER;
    AcquireSRWLockShared(&item->lock);
    *mode = item->record->caching_mode;
    ReleaseSRWLockShared(&item->lock);
    return S_OK;
}

/* No share comes from a DFS namespace (Q87). */
static HRESULT WINAPI share_IsShareDfsJunction(IOfflineFilesShareInfo *iface, BOOL *junction)
{
    if (!junction) return E_POINTER;
    *junction = FALSE;
    return S_OK;
}

static const IOfflineFilesShareInfoVtbl share_vtbl =
{
    share_QueryInterface,
    share_AddRef,
    share_Release,
    share_GetShareItem,
    share_GetShareCachingMode,
    share_IsShareDfsJunction
};

/* ---- IOfflineFilesSuspend ---- */

ITEM_UNKNOWN(IOfflineFilesSuspend, suspend)

/* The item stays the snapshot that it is: Refresh shows the new state. */
static HRESULT WINAPI suspend_SuspendRoot(IOfflineFilesSuspend *iface, BOOL suspend)
{
    struct item *item = impl_from_IOfflineFilesSuspend(iface);
    struct csc_call call = { 0 };
    WCHAR *path;
    HRESULT hr;

    TRACE("%p, suspend %d\n", item, suspend);

    if (!(path = item_path(item, 0))) return E_OUTOFMEMORY;
    do
        if (SUCCEEDED(hr = call_begin(&call)))
            hr = ICscSession_SuspendRoot(call.link->session, path, !!suspend);
    while (call_again(&call, hr));
    call_end(&call);
    free(path);
    return hr;
}

static const IOfflineFilesSuspendVtbl suspend_vtbl =
{
    suspend_QueryInterface,
    suspend_AddRef,
    suspend_Release,
    suspend_SuspendRoot
};

/* ---- IOfflineFilesSuspendInfo ---- */

ITEM_UNKNOWN(IOfflineFilesSuspendInfo, suspend_info)

static HRESULT WINAPI suspend_info_IsSuspended(IOfflineFilesSuspendInfo *iface, BOOL *suspended, BOOL *root)
{
    struct item *item = impl_from_IOfflineFilesSuspendInfo(iface);

    if (suspended) *suspended = FALSE;
    if (root) *root = FALSE;
    if (!suspended || !root) return E_POINTER;

    *suspended = item_flag(item, CSC_ITEM_SUSPENDED);
    *root = item_flag(item, CSC_ITEM_SUSPENDED_ROOT);
    return S_OK;
}

static const IOfflineFilesSuspendInfoVtbl suspend_info_vtbl =
{
    suspend_info_QueryInterface,
    suspend_info_AddRef,
    suspend_info_Release,
    suspend_info_IsSuspended
};

/* ---- IOfflineFilesDirtyInfo ---- */

ITEM_UNKNOWN(IOfflineFilesDirtyInfo, dirty)

/* For files only, the others fail; the snapshot always has the number (Q91). */
static HRESULT WINAPI dirty_LocalDirtyByteCount(IOfflineFilesDirtyInfo *iface, LARGE_INTEGER *count)
{
    struct item *item = impl_from_IOfflineFilesDirtyInfo(iface);

    if (!count) return E_POINTER;
    count->QuadPart = 0;
    if (item->type != OFFLINEFILES_ITEM_TYPE_FILE) return HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED);
    AcquireSRWLockShared(&item->lock);
    count->QuadPart = item->record->dirty_bytes;
    ReleaseSRWLockShared(&item->lock);
    return S_OK;
}

/* Reserved, answered as other requests for the remote copy (Q90). */
static HRESULT WINAPI dirty_RemoteDirtyByteCount(IOfflineFilesDirtyInfo *iface, LARGE_INTEGER *count)
{
    if (!count) return E_POINTER;
    count->QuadPart = 0;
    return HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED);
}

static const IOfflineFilesDirtyInfoVtbl dirty_vtbl =
{
    dirty_QueryInterface,
    dirty_AddRef,
    dirty_Release,
    dirty_LocalDirtyByteCount,
    dirty_RemoteDirtyByteCount
};

/* ---- IOfflineFilesTransparentCacheInfo ---- */

ITEM_UNKNOWN(IOfflineFilesTransparentCacheInfo, transparent)

/* No: whatever this cache holds can be used without the server, too. */
static HRESULT WINAPI transparent_IsTransparentlyCached(IOfflineFilesTransparentCacheInfo *iface, BOOL *cached)
{
    if (!cached) return E_POINTER;
    *cached = FALSE;
    return S_OK;
}

static const IOfflineFilesTransparentCacheInfoVtbl transparent_vtbl =
{
    transparent_QueryInterface,
    transparent_AddRef,
    transparent_Release,
    transparent_IsTransparentlyCached
};

HRESULT item_create(const struct csc_wire_item *record, DWORD query, struct csc_link *link,
                    IOfflineFilesItem **ret)
{
    struct item *item;

    *ret = NULL;
    if (!(item = calloc(1, sizeof(*item)))) return E_OUTOFMEMORY;
    if (!(item->record = copy_record(record)))
    {
        free(item);
        return E_OUTOFMEMORY;
    }
    item->IOfflineFilesFileItem_iface.lpVtbl = (IOfflineFilesFileItemVtbl *)&item_vtbl;
    item->IOfflineFilesItemContainer_iface.lpVtbl = (IOfflineFilesItemContainerVtbl *)&container_vtbl;
    item->IOfflineFilesPinInfo2_iface.lpVtbl = (IOfflineFilesPinInfo2Vtbl *)&pin_vtbl;
    item->IOfflineFilesChangeInfo_iface.lpVtbl = (IOfflineFilesChangeInfoVtbl *)&change_vtbl;
    item->IOfflineFilesFileSysInfo_iface.lpVtbl = (IOfflineFilesFileSysInfoVtbl *)&filesys_vtbl;
    item->IOfflineFilesConnectionInfo_iface.lpVtbl = (IOfflineFilesConnectionInfoVtbl *)&connection_vtbl;
    item->IOfflineFilesGhostInfo_iface.lpVtbl = (IOfflineFilesGhostInfoVtbl *)&ghost_vtbl;
    item->IOfflineFilesShareInfo_iface.lpVtbl = (IOfflineFilesShareInfoVtbl *)&share_vtbl;
    item->IOfflineFilesSuspend_iface.lpVtbl = (IOfflineFilesSuspendVtbl *)&suspend_vtbl;
    item->IOfflineFilesSuspendInfo_iface.lpVtbl = (IOfflineFilesSuspendInfoVtbl *)&suspend_info_vtbl;
    item->IOfflineFilesDirtyInfo_iface.lpVtbl = (IOfflineFilesDirtyInfoVtbl *)&dirty_vtbl;
    item->IOfflineFilesTransparentCacheInfo_iface.lpVtbl = (IOfflineFilesTransparentCacheInfoVtbl *)&transparent_vtbl;
    item->refs = 1;
    item->type = record->type;
    item->query = query;
    item->link = link_addref(link);
    InitializeSRWLock(&item->lock);
    module_addref();

    *ret = (IOfflineFilesItem *)&item->IOfflineFilesFileItem_iface;
    return S_OK;
}
