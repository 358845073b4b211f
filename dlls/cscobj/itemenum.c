/*
 * Enumerators of items over a snapshot of records
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "cscobj_private.h"
#include "wine/debug.h"

#include <stdlib.h>

WINE_DEFAULT_DEBUG_CHANNEL(cscobj);

#define FETCH_BYTES (1024 * 1024) /* asked for in one call */

/* The whole enumeration is fetched when the enumerator is made (Q71): it is consistent, outlives the
 * service, and costs few calls. */
struct blob
{
    struct blob *next;
    DWORD size;
    BYTE *data;             /* free */
};

struct snapshot
{
    LONG refs;
    struct csc_link *link;
    struct blob *first;
    DWORD query;
    BOOL files_only;
};

static void snapshot_release(struct snapshot *snapshot)
{
    struct blob *blob, *next;

    if (InterlockedDecrement(&snapshot->refs)) return;
    for (blob = snapshot->first; blob; blob = next)
    {
        next = blob->next;
        free(blob->data);
        free(blob);
    }
    link_release(snapshot->link);
    free(snapshot);
}

static HRESULT unpack_blob(const BYTE *packed, DWORD size, struct blob **ret)
{
    struct blob *blob;
    HRESULT hr;

    if (!(blob = calloc(1, sizeof(*blob)))) return E_OUTOFMEMORY;
    hr = wire_unpack(packed, size, &blob->data, &blob->size);
    if (SUCCEEDED(hr) && !wire_items_sound(blob->data, blob->size)) hr = E_UNEXPECTED;
    if (FAILED(hr))
    {
        free(blob->data);
        free(blob);
        return hr;
    }
    *ret = blob;
    return S_OK;
}

static HRESULT fetch_blobs(ICscSession *session, ULONGLONG handle, struct blob **tail)
{
    BYTE *data;
    DWORD size;
    HRESULT hr;

    for (;;)
    {
        data = NULL;
        size = 0;
        if (FAILED(hr = ICscSession_EnumNext(session, handle, FETCH_BYTES, &size, &data))) return hr;
        if (hr == S_FALSE || !data || !size)
        {
            CoTaskMemFree(data);
            return hr == S_FALSE ? S_OK : E_UNEXPECTED;
        }
        hr = unpack_blob(data, size, tail);
        CoTaskMemFree(data);
        if (FAILED(hr)) return hr;
        tail = &(*tail)->next;
    }
}

static HRESULT snapshot_fetch(struct csc_link *link, LPCWSTR path, DWORD query, DWORD enum_flags,
                              const struct csc_wire_filters *filters, struct snapshot **ret)
{
    struct snapshot *snapshot;
    ULONGLONG handle;
    HRESULT hr;

    if (!(snapshot = calloc(1, sizeof(*snapshot)))) return E_OUTOFMEMORY;
    snapshot->refs = 1;
    snapshot->link = link_addref(link);
    snapshot->query = query;
    snapshot->files_only = (enum_flags & OFFLINEFILES_ENUM_FLAT) && (enum_flags & OFFLINEFILES_ENUM_FLAT_FILESONLY);

    if (SUCCEEDED(hr = ICscSession_EnumOpen(link->session, path, query, enum_flags,
                                               filters ? sizeof(*filters) : 0, (BYTE *)filters, &handle)))
    {
        hr = fetch_blobs(link->session, handle, &snapshot->first);
        if (!is_disconnect(hr)) ICscSession_EnumClose(link->session, handle);
    }
    if (SUCCEEDED(hr)) *ret = snapshot;
    else snapshot_release(snapshot);
    return hr;
}

struct item_enum
{
    IEnumOfflineFilesItems IEnumOfflineFilesItems_iface;
    LONG refs;
    struct snapshot *snapshot;
    SRWLOCK lock;           /* for the position: */
    struct blob *blob;
    DWORD offset;
};

static HRESULT item_enum_create(struct snapshot *snapshot, struct blob *blob, DWORD offset,
                                IEnumOfflineFilesItems **ret);

static inline struct item_enum *impl_from_IEnumOfflineFilesItems(IEnumOfflineFilesItems *iface)
{
    return CONTAINING_RECORD(iface, struct item_enum, IEnumOfflineFilesItems_iface);
}

/* Returns the record at the position and steps behind it; NULL at the end. */
static const struct csc_wire_item *next_record(const struct snapshot *snapshot, struct blob **blob, DWORD *offset)
{
    const struct csc_wire_item *record;

    while (*blob)
    {
        if (*offset >= (*blob)->size)
        {
            *blob = (*blob)->next;
            *offset = 0;
            continue;
        }
        record = (const struct csc_wire_item *)((*blob)->data + *offset);
        *offset += record->size;
        if (!snapshot->files_only || record->type == OFFLINEFILES_ITEM_TYPE_FILE) return record;
    }
    return NULL;
}

static HRESULT WINAPI item_enum_QueryInterface(IEnumOfflineFilesItems *iface, REFIID iid, void **obj)
{
    if (!obj) return E_POINTER;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IEnumOfflineFilesItems))
    {
        IEnumOfflineFilesItems_AddRef(iface);
        *obj = iface;
        return S_OK;
    }
    *obj = NULL;
    return E_NOINTERFACE;
}

static ULONG WINAPI item_enum_AddRef(IEnumOfflineFilesItems *iface)
{
    return InterlockedIncrement(&impl_from_IEnumOfflineFilesItems(iface)->refs);
}

static ULONG WINAPI item_enum_Release(IEnumOfflineFilesItems *iface)
{
    struct item_enum *self = impl_from_IEnumOfflineFilesItems(iface);
    ULONG refs = InterlockedDecrement(&self->refs);

    if (!refs)
    {
        snapshot_release(self->snapshot);
        free(self);
        module_release();
    }
    return refs;
}

/* fetched may be NULL for one element, as with other COM enumerators (Q73). */
static HRESULT WINAPI item_enum_Next(IEnumOfflineFilesItems *iface, ULONG count, IOfflineFilesItem **items,
                                     ULONG *fetched)
{
    struct item_enum *self = impl_from_IEnumOfflineFilesItems(iface);
    const struct csc_wire_item *record;
    struct blob *blob;
    DWORD offset;
    HRESULT hr = S_OK;
    ULONG i;

    TRACE("%p, count %lu, items %p, fetched %p\n", self, count, items, fetched);

    if (fetched) *fetched = 0;
    if ((count && !items) || (!fetched && count != 1)) return E_POINTER;
    for (i = 0; i < count; i++) items[i] = NULL;

    AcquireSRWLockExclusive(&self->lock);
    blob = self->blob;
    offset = self->offset;
    for (i = 0; i < count; i++)
    {
        if (!(record = next_record(self->snapshot, &blob, &offset))) break;
        if (FAILED(hr = item_create(record, self->snapshot->query, self->snapshot->link, &items[i]))) break;
    }
    if (SUCCEEDED(hr))
    {
        self->blob = blob;
        self->offset = offset;
    }
    ReleaseSRWLockExclusive(&self->lock);

    if (FAILED(hr))
    {
        while (i--)
        {
            IOfflineFilesItem_Release(items[i]);
            items[i] = NULL;
        }
        return hr;
    }
    if (fetched) *fetched = i;
    return i == count ? S_OK : S_FALSE;
}

static HRESULT WINAPI item_enum_Skip(IEnumOfflineFilesItems *iface, ULONG count)
{
    struct item_enum *self = impl_from_IEnumOfflineFilesItems(iface);

    TRACE("%p, count %lu\n", self, count);

    AcquireSRWLockExclusive(&self->lock);
    while (count && next_record(self->snapshot, &self->blob, &self->offset)) count--;
    ReleaseSRWLockExclusive(&self->lock);
    return count ? S_FALSE : S_OK;
}

static HRESULT WINAPI item_enum_Reset(IEnumOfflineFilesItems *iface)
{
    struct item_enum *self = impl_from_IEnumOfflineFilesItems(iface);

    TRACE("%p\n", self);

    AcquireSRWLockExclusive(&self->lock);
    self->blob = self->snapshot->first;
    self->offset = 0;
    ReleaseSRWLockExclusive(&self->lock);
    return S_OK;
}

static HRESULT WINAPI item_enum_Clone(IEnumOfflineFilesItems *iface, IEnumOfflineFilesItems **ret)
{
    struct item_enum *self = impl_from_IEnumOfflineFilesItems(iface);
    struct blob *blob;
    DWORD offset;

    TRACE("%p, ret %p\n", self, ret);

    if (!ret) return E_POINTER;
    AcquireSRWLockShared(&self->lock);
    blob = self->blob;
    offset = self->offset;
    ReleaseSRWLockShared(&self->lock);
    return item_enum_create(self->snapshot, blob, offset, ret);
}

static const IEnumOfflineFilesItemsVtbl item_enum_vtbl =
{
    item_enum_QueryInterface,
    item_enum_AddRef,
    item_enum_Release,
    item_enum_Next,
    item_enum_Skip,
    item_enum_Reset,
    item_enum_Clone
};

static HRESULT item_enum_create(struct snapshot *snapshot, struct blob *blob, DWORD offset,
                                IEnumOfflineFilesItems **ret)
{
    struct item_enum *self;

    *ret = NULL;
    if (!(self = calloc(1, sizeof(*self)))) return E_OUTOFMEMORY;
    self->IEnumOfflineFilesItems_iface.lpVtbl = (IEnumOfflineFilesItemsVtbl *)&item_enum_vtbl;
    self->refs = 1;
    self->snapshot = snapshot;
    self->blob = blob;
    self->offset = offset;
    InitializeSRWLock(&self->lock);
    InterlockedIncrement(&snapshot->refs);
    module_addref();
    *ret = &self->IEnumOfflineFilesItems_iface;
    return S_OK;
}

HRESULT container_enum(LPCWSTR path, IOfflineFilesItemFilter *include_file, IOfflineFilesItemFilter *include_dir,
                       IOfflineFilesItemFilter *exclude_file, IOfflineFilesItemFilter *exclude_dir,
                       DWORD enum_flags, DWORD query, IEnumOfflineFilesItems **ret)
{
    const struct csc_wire_filters *filters;
    struct csc_wire_filters values;
    struct snapshot *snapshot = NULL;
    struct csc_call call = { 0 };
    HRESULT hr;

    if (!ret) return E_POINTER;
    *ret = NULL;
    if (FAILED(hr = check_flags(enum_flags, OFFLINEFILES_ENUM_FLAGS)) || FAILED(hr = check_query_flags(query)))
        return hr;
    if (FAILED(hr = read_filters(include_file, include_dir, exclude_file, exclude_dir, &values, &filters))) return hr;

    do
        if (SUCCEEDED(hr = call_begin(&call)))
            hr = snapshot_fetch(call.link, path, query, enum_flags, filters, &snapshot);
    while (call_again(&call, hr));
    call_end(&call);
    if (FAILED(hr)) return hr;
    hr = item_enum_create(snapshot, snapshot->first, 0, ret);
    snapshot_release(snapshot);
    return hr;
}
