/*
 * What is told of an item that failed: IOfflineFilesSyncErrorInfo and its items
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The objects hold copies of what the service sent with the failure and never change; other apartments get copies of
 * them (errormarshal.c).
 */

#include "cscobj_private.h"
#include "wine/debug.h"

#include <stdlib.h>
#include <string.h>

WINE_DEFAULT_DEBUG_CHANNEL(cscobj);

/* ---- IOfflineFilesSyncErrorItemInfo ---- */

struct error_item
{
    IOfflineFilesSyncErrorItemInfo IOfflineFilesSyncErrorItemInfo_iface;
    LONG refs;
    struct error_marshal marshal;
    struct csc_wire_copy copy;
};

static inline struct error_item *impl_from_IOfflineFilesSyncErrorItemInfo(IOfflineFilesSyncErrorItemInfo *iface)
{
    return CONTAINING_RECORD(iface, struct error_item, IOfflineFilesSyncErrorItemInfo_iface);
}

static HRESULT WINAPI error_item_QueryInterface(IOfflineFilesSyncErrorItemInfo *iface, REFIID iid, void **obj)
{
    struct error_item *item = impl_from_IOfflineFilesSyncErrorItemInfo(iface);

    TRACE("%p, %s, %p\n", item, debugstr_guid(iid), obj);

    if (!obj) return E_POINTER;
    *obj = NULL;
    if (IsEqualGUID(iid, &IID_IUnknown) || IsEqualGUID(iid, &IID_IOfflineFilesSyncErrorItemInfo)) *obj = iface;
    else if (IsEqualGUID(iid, &IID_IMarshal)) *obj = &item->marshal.IMarshal_iface;
    else return E_NOINTERFACE;
    IOfflineFilesSyncErrorItemInfo_AddRef(iface);
    return S_OK;
}

static ULONG WINAPI error_item_AddRef(IOfflineFilesSyncErrorItemInfo *iface)
{
    return InterlockedIncrement(&impl_from_IOfflineFilesSyncErrorItemInfo(iface)->refs);
}

static ULONG WINAPI error_item_Release(IOfflineFilesSyncErrorItemInfo *iface)
{
    struct error_item *item = impl_from_IOfflineFilesSyncErrorItemInfo(iface);
    ULONG refs = InterlockedDecrement(&item->refs);

    if (!refs)
    {
        free(item);
        module_release();
    }
    return refs;
}

static HRESULT WINAPI error_item_GetFileAttributes(IOfflineFilesSyncErrorItemInfo *iface, DWORD *attributes)
{
    if (!attributes) return E_POINTER;
    *attributes = impl_from_IOfflineFilesSyncErrorItemInfo(iface)->copy.attributes;
    return S_OK;
}

static void store_time(FILETIME *to, UINT64 time)
{
    to->dwLowDateTime = (DWORD)time;
    to->dwHighDateTime = time >> 32;
}

static HRESULT WINAPI error_item_GetFileTimes(IOfflineFilesSyncErrorItemInfo *iface, FILETIME *last_write,
                                              FILETIME *change)
{
    struct error_item *item = impl_from_IOfflineFilesSyncErrorItemInfo(iface);

    if (!last_write || !change) return E_POINTER;
    store_time(last_write, item->copy.last_write);
    store_time(change, item->copy.change);
    return S_OK;
}

static HRESULT WINAPI error_item_GetFileSize(IOfflineFilesSyncErrorItemInfo *iface, LARGE_INTEGER *size)
{
    if (!size) return E_POINTER;
    size->QuadPart = impl_from_IOfflineFilesSyncErrorItemInfo(iface)->copy.size;
    return S_OK;
}

static const IOfflineFilesSyncErrorItemInfoVtbl error_item_vtbl =
{
    error_item_QueryInterface,
    error_item_AddRef,
    error_item_Release,
    error_item_GetFileAttributes,
    error_item_GetFileTimes,
    error_item_GetFileSize
};

HRESULT error_item_create(const struct csc_wire_copy *copy, IOfflineFilesSyncErrorItemInfo **ret)
{
    struct error_item *item;

    if (!(item = calloc(1, sizeof(*item)))) return E_OUTOFMEMORY;
    module_addref();
    item->IOfflineFilesSyncErrorItemInfo_iface.lpVtbl = (IOfflineFilesSyncErrorItemInfoVtbl *)&error_item_vtbl;
    item->refs = 1;
    item->copy = *copy;
    error_marshal_init(&item->marshal, (IUnknown *)&item->IOfflineFilesSyncErrorItemInfo_iface, ERROR_KIND_ITEM, &item->copy,
                       sizeof(item->copy));
    *ret = &item->IOfflineFilesSyncErrorItemInfo_iface;
    return S_OK;
}

/* ---- IOfflineFilesSyncErrorInfo ---- */

struct error_info
{
    IOfflineFilesSyncErrorInfo IOfflineFilesSyncErrorInfo_iface;
    LONG refs;
    struct error_marshal marshal;
    struct csc_wire_error error;
};

static inline struct error_info *impl_from_IOfflineFilesSyncErrorInfo(IOfflineFilesSyncErrorInfo *iface)
{
    return CONTAINING_RECORD(iface, struct error_info, IOfflineFilesSyncErrorInfo_iface);
}

static HRESULT WINAPI error_info_QueryInterface(IOfflineFilesSyncErrorInfo *iface, REFIID iid, void **obj)
{
    struct error_info *info = impl_from_IOfflineFilesSyncErrorInfo(iface);

    TRACE("%p, %s, %p\n", info, debugstr_guid(iid), obj);

    if (!obj) return E_POINTER;
    *obj = NULL;
    if (IsEqualGUID(iid, &IID_IUnknown) || IsEqualGUID(iid, &IID_IOfflineFilesErrorInfo) ||
        IsEqualGUID(iid, &IID_IOfflineFilesSyncErrorInfo)) *obj = iface;
    else if (IsEqualGUID(iid, &IID_IMarshal)) *obj = &info->marshal.IMarshal_iface;
    else return E_NOINTERFACE;
    IOfflineFilesSyncErrorInfo_AddRef(iface);
    return S_OK;
}

static ULONG WINAPI error_info_AddRef(IOfflineFilesSyncErrorInfo *iface)
{
    return InterlockedIncrement(&impl_from_IOfflineFilesSyncErrorInfo(iface)->refs);
}

static ULONG WINAPI error_info_Release(IOfflineFilesSyncErrorInfo *iface)
{
    struct error_info *info = impl_from_IOfflineFilesSyncErrorInfo(iface);
    ULONG refs = InterlockedDecrement(&info->refs);

    if (!refs)
    {
        free(info);
        module_release();
    }
    return refs;
}

/* The record as it came from the service (Q30): opaque to callers, one block. */
static HRESULT WINAPI error_info_GetRawData(IOfflineFilesSyncErrorInfo *iface, BYTE_BLOB **ret)
{
    struct error_info *info = impl_from_IOfflineFilesSyncErrorInfo(iface);
    BYTE_BLOB *blob;

    if (!ret) return E_POINTER;
    *ret = NULL;
    if (!(blob = CoTaskMemAlloc(FIELD_OFFSET(BYTE_BLOB, abData) + sizeof(info->error)))) return E_OUTOFMEMORY;
    blob->clSize = sizeof(info->error);
    memcpy(blob->abData, &info->error, sizeof(info->error));
    *ret = blob;
    return S_OK;
}

/* The system's text for the result, in the user's language, without the line end.  [behaviour.md §2.22] */
static HRESULT WINAPI error_info_GetDescription(IOfflineFilesSyncErrorInfo *iface, LPWSTR *ret)
{
    struct error_info *info = impl_from_IOfflineFilesSyncErrorInfo(iface);
    WCHAR number[32], *text = NULL;
    DWORD length;

    if (!ret) return E_POINTER;
    length = FormatMessageW(FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS,
                            NULL, info->error.status, 0, (WCHAR *)&text, 0, NULL);
    while (length && wcschr(L"\r\n ", text[length - 1])) length--;
    if (!length)
    {
        LocalFree(text);
        text = NULL;
        length = swprintf(number, ARRAYSIZE(number), L"Error 0x%08x", info->error.status);
    }
    *ret = copy_string_for_caller(text ? text : number, length);
    LocalFree(text);
    return *ret ? S_OK : E_OUTOFMEMORY;
}

static HRESULT WINAPI error_info_GetSyncOperation(IOfflineFilesSyncErrorInfo *iface, OFFLINEFILES_SYNC_OPERATION *operation)
{
    if (!operation) return E_POINTER;
    *operation = impl_from_IOfflineFilesSyncErrorInfo(iface)->error.operation;
    return S_OK;
}

static HRESULT WINAPI error_info_GetItemChangeFlags(IOfflineFilesSyncErrorInfo *iface, DWORD *flags)
{
    if (!flags) return E_POINTER;
    *flags = impl_from_IOfflineFilesSyncErrorInfo(iface)->error.changes;
    return S_OK;
}

static HRESULT store_copy_bits(UINT32 bits, BOOL *local, BOOL *remote, BOOL *original)
{
    if (!local || !remote || !original) return E_POINTER;
    *local = (bits & CSC_COPY_BIT(CSC_COPY_LOCAL)) != 0;
    *remote = (bits & CSC_COPY_BIT(CSC_COPY_REMOTE)) != 0;
    *original = (bits & CSC_COPY_BIT(CSC_COPY_ORIGINAL)) != 0;
    return S_OK;
}

static HRESULT WINAPI error_info_InfoEnumerated(IOfflineFilesSyncErrorInfo *iface, BOOL *local, BOOL *remote, BOOL *original)
{
    return store_copy_bits(impl_from_IOfflineFilesSyncErrorInfo(iface)->error.looked, local, remote, original);
}

static HRESULT WINAPI error_info_InfoAvailable(IOfflineFilesSyncErrorInfo *iface, BOOL *local, BOOL *remote, BOOL *original)
{
    return store_copy_bits(impl_from_IOfflineFilesSyncErrorInfo(iface)->error.found, local, remote, original);
}

static HRESULT get_item(IOfflineFilesSyncErrorInfo *iface, enum csc_copy copy, IOfflineFilesSyncErrorItemInfo **ret)
{
    struct error_info *info = impl_from_IOfflineFilesSyncErrorInfo(iface);

    if (!ret) return E_POINTER;
    *ret = NULL;
    if (!(info->error.found & CSC_COPY_BIT(copy))) return HRESULT_FROM_WIN32(ERROR_NOT_FOUND);
    return error_item_create(&info->error.copies[copy], ret);
}

static HRESULT WINAPI error_info_GetLocalInfo(IOfflineFilesSyncErrorInfo *iface, IOfflineFilesSyncErrorItemInfo **ret)
{
    return get_item(iface, CSC_COPY_LOCAL, ret);
}

static HRESULT WINAPI error_info_GetRemoteInfo(IOfflineFilesSyncErrorInfo *iface, IOfflineFilesSyncErrorItemInfo **ret)
{
    return get_item(iface, CSC_COPY_REMOTE, ret);
}

static HRESULT WINAPI error_info_GetOriginalInfo(IOfflineFilesSyncErrorInfo *iface, IOfflineFilesSyncErrorItemInfo **ret)
{
    return get_item(iface, CSC_COPY_ORIGINAL, ret);
}

static const IOfflineFilesSyncErrorInfoVtbl error_info_vtbl =
{
    error_info_QueryInterface,
    error_info_AddRef,
    error_info_Release,
    error_info_GetRawData,
    error_info_GetDescription,
    error_info_GetSyncOperation,
    error_info_GetItemChangeFlags,
    error_info_InfoEnumerated,
    error_info_InfoAvailable,
    error_info_GetLocalInfo,
    error_info_GetRemoteInfo,
    error_info_GetOriginalInfo
};

HRESULT error_info_create(const struct csc_wire_error *error, IOfflineFilesSyncErrorInfo **ret)
{
    struct error_info *info;

    if (!(info = calloc(1, sizeof(*info)))) return E_OUTOFMEMORY;
    module_addref();
    info->IOfflineFilesSyncErrorInfo_iface.lpVtbl = (IOfflineFilesSyncErrorInfoVtbl *)&error_info_vtbl;
    info->refs = 1;
    info->error = *error;
    error_marshal_init(&info->marshal, (IUnknown *)&info->IOfflineFilesSyncErrorInfo_iface, ERROR_KIND_INFO, &info->error,
                       sizeof(info->error));
    *ret = &info->IOfflineFilesSyncErrorInfo_iface;
    return S_OK;
}
