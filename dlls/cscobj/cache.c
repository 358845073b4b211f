/*
 * The object of CLSID_OfflineFilesCache
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "cscobj_private.h"
#include "servprov.h"
#include "wine/debug.h"

#include <stdlib.h>

WINE_DEFAULT_DEBUG_CHANNEL(cscobj);

struct cache
{
    IOfflineFilesCache2 IOfflineFilesCache2_iface;
    IOfflineFilesItemContainer IOfflineFilesItemContainer_iface;
    IServiceProvider IServiceProvider_iface;
    struct connections connections;
    LONG refs;
    struct csc_link *link;      /* kept so that the calls of a client share it; NULL before the first */
};

static inline struct cache *impl_from_IOfflineFilesCache2(IOfflineFilesCache2 *iface)
{
    return CONTAINING_RECORD(iface, struct cache, IOfflineFilesCache2_iface);
}

static inline struct cache *impl_from_IOfflineFilesItemContainer(IOfflineFilesItemContainer *iface)
{
    return CONTAINING_RECORD(iface, struct cache, IOfflineFilesItemContainer_iface);
}

static inline struct cache *impl_from_IServiceProvider(IServiceProvider *iface)
{
    return CONTAINING_RECORD(iface, struct cache, IServiceProvider_iface);
}

/* Connects ahead of a call and keeps the link.  The call itself gets the link of its apartment, which
 * is this one unless the client passes the object around; errors are left to it, too. */
static void cache_keep_link(struct cache *cache)
{
    struct csc_link *link, *old = cache->link;

    if (old && old->generation) return;
    if (FAILED(link_acquire(&link))) return;
    if (InterlockedCompareExchangePointer((void **)&cache->link, link, old) != old) link_release(link);
    else link_release(old);
}

static HRESULT WINAPI cache_QueryInterface(IOfflineFilesCache2 *iface, REFIID iid, void **obj)
{
    struct cache *cache = impl_from_IOfflineFilesCache2(iface);

    TRACE("%p, iid %s, obj %p\n", cache, debugstr_guid(iid), obj);

    if (!obj) return E_POINTER;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IOfflineFilesCache) ||
        IsEqualIID(iid, &IID_IOfflineFilesCache2))
        *obj = &cache->IOfflineFilesCache2_iface;
    else if (IsEqualIID(iid, &IID_IOfflineFilesItemContainer))
        *obj = &cache->IOfflineFilesItemContainer_iface;
    else if (IsEqualIID(iid, &IID_IServiceProvider))
        *obj = &cache->IServiceProvider_iface;
    else if (IsEqualIID(iid, &IID_IConnectionPointContainer))
        *obj = &cache->connections.IConnectionPointContainer_iface;
    else
    {
        *obj = NULL;
        return E_NOINTERFACE;
    }
    IUnknown_AddRef((IUnknown *)*obj);
    return S_OK;
}

static ULONG WINAPI cache_AddRef(IOfflineFilesCache2 *iface)
{
    return InterlockedIncrement(&impl_from_IOfflineFilesCache2(iface)->refs);
}

static ULONG WINAPI cache_Release(IOfflineFilesCache2 *iface)
{
    struct cache *cache = impl_from_IOfflineFilesCache2(iface);
    ULONG refs = InterlockedDecrement(&cache->refs);

    if (!refs)
    {
        connections_end(&cache->connections);
        link_release(cache->link);
        free(cache);
        module_release();
    }
    return refs;
}

static HRESULT WINAPI cache_Synchronize(IOfflineFilesCache2 *iface, HWND parent, LPCWSTR *paths, ULONG count,
        BOOL async, DWORD flags, IOfflineFilesSyncConflictHandler *handler, IOfflineFilesSyncProgress *sink,
        GUID *sync_id)
{
    struct cache *cache = impl_from_IOfflineFilesCache2(iface);
    struct operation_request request = { 0 };
    HRESULT hr;

    TRACE("%p, paths %p, count %lu, async %d, flags %#lx, handler %p, sink %p, id %s\n", cache, paths, count, async,
          flags, handler, sink, debugstr_guid(sync_id));

    if (FAILED(hr = check_paths(paths, count)) || FAILED(hr = check_sync_control(flags))) return hr;

    /* A sink is not required with async either (Q19). */
    request.operation.kind = CSC_OP_SYNC;
    request.operation.flags = effective_sync_control(flags, !!handler);
    if (sync_id) request.operation.sync_id = *sync_id;
    request.paths = paths;
    request.count = count;
    request.async = async;
    request.async_progress = !!(flags & OFFLINEFILES_SYNC_CONTROL_FLAG_ASYNCPROGRESS);
    request.sync = sink;
    request.handler = handler;
    cache_keep_link(cache);
    return operation_run(&request);
}

static HRESULT delete_items(struct cache *cache, DWORD kind, LPCWSTR *paths, ULONG count, DWORD flags, BOOL async,
                            IOfflineFilesSimpleProgress *sink)
{
    struct operation_request request = { 0 };

    request.operation.kind = kind;
    request.operation.flags = flags;
    request.paths = paths;
    request.count = count;
    request.async = async;
    request.simple = sink;
    cache_keep_link(cache);
    return operation_run(&request);
}

static HRESULT WINAPI cache_DeleteItems(IOfflineFilesCache2 *iface, LPCWSTR *paths, ULONG count, DWORD flags,
                                        BOOL async, IOfflineFilesSimpleProgress *sink)
{
    struct cache *cache = impl_from_IOfflineFilesCache2(iface);
    HRESULT hr;

    TRACE("%p, paths %p, count %lu, flags %#lx, async %d, sink %p\n", cache, paths, count, flags, async, sink);

    if (FAILED(hr = check_paths(paths, count)) || FAILED(hr = check_delete_flags(flags))) return hr;
    return delete_items(cache, CSC_OP_DELETE, paths, count, flags, async, sink);
}

static HRESULT WINAPI cache_DeleteItemsForUser(IOfflineFilesCache2 *iface, LPCWSTR user, LPCWSTR *paths,
        ULONG count, DWORD flags, BOOL async, IOfflineFilesSimpleProgress *sink)
{
    struct cache *cache = impl_from_IOfflineFilesCache2(iface);
    BOOL owner;
    HRESULT hr;

    TRACE("%p, user %s, paths %p, count %lu, flags %#lx, async %d, sink %p\n", cache, debugstr_w(user), paths, count,
          flags, async, sink);

    if (!user || !user[0]) return E_INVALIDARG;
    if (FAILED(hr = check_paths(paths, count)) || FAILED(hr = check_delete_flags(flags))) return hr;
    if (!caller_is_administrator()) return E_ACCESSDENIED;
    if (FAILED(hr = user_owns_cache(user, &owner))) return hr;
    return delete_items(cache, owner ? CSC_OP_DELETE : CSC_OP_DELETE_NOTHING, paths, count, flags, async, sink);
}

static HRESULT pin_or_unpin(struct cache *cache, BOOL unpin, LPCWSTR *paths, ULONG count, BOOL deep, BOOL async,
                            DWORD flags, IOfflineFilesSyncProgress *sink)
{
    struct operation_request request = { 0 };
    HRESULT hr;

    TRACE("%p, unpin %d, paths %p, count %lu, deep %d, async %d, flags %#lx, sink %p\n", cache, unpin, paths, count,
          deep, async, flags, sink);

    if (FAILED(hr = check_paths(paths, count)) || FAILED(hr = check_pin_control(flags))) return hr;

    request.operation.kind = unpin ? CSC_OP_UNPIN : CSC_OP_PIN;
    request.operation.flags = effective_pin_control(flags, unpin);
    request.operation.deep = !!deep;
    request.paths = paths;
    request.count = count;
    request.async = async;
    request.async_progress = !!(flags & OFFLINEFILES_PIN_CONTROL_FLAG_ASYNCPROGRESS);
    request.sync = sink;
    cache_keep_link(cache);
    return operation_run(&request);
}

static HRESULT WINAPI cache_Pin(IOfflineFilesCache2 *iface, HWND parent, LPCWSTR *paths, ULONG count, BOOL deep,
                                BOOL async, DWORD flags, IOfflineFilesSyncProgress *sink)
{
    return pin_or_unpin(impl_from_IOfflineFilesCache2(iface), FALSE, paths, count, deep, async, flags, sink);
}

static HRESULT WINAPI cache_Unpin(IOfflineFilesCache2 *iface, HWND parent, LPCWSTR *paths, ULONG count, BOOL deep,
                                  BOOL async, DWORD flags, IOfflineFilesSyncProgress *sink)
{
    return pin_or_unpin(impl_from_IOfflineFilesCache2(iface), TRUE, paths, count, deep, async, flags, sink);
}

static HRESULT WINAPI cache_GetEncryptionStatus(IOfflineFilesCache2 *iface, BOOL *encrypted, BOOL *partial)
{
    struct cache *cache = impl_from_IOfflineFilesCache2(iface);
    BOOL is_encrypted = FALSE, is_partial = FALSE;
    struct csc_call call = { 0 };
    HRESULT hr;

    TRACE("%p, encrypted %p, partial %p\n", cache, encrypted, partial);

    if (encrypted) *encrypted = FALSE;
    if (partial) *partial = FALSE;
    if (!encrypted || !partial) return E_POINTER;
    cache_keep_link(cache);
    do
        if (SUCCEEDED(hr = call_begin(&call)))
            hr = ICscSession_GetEncryptionStatus(call.link->session, &is_encrypted, &is_partial);
    while (call_again(&call, hr));
    call_end(&call);
    if (FAILED(hr)) return hr;
    *encrypted = !!is_encrypted;
    *partial = !!is_partial;
    return S_OK;
}

/* TRUE if a policy wants the opposite. */
static BOOL policy_forbids_encryption(BOOL encrypt)
{
    DWORD wanted, size = sizeof(wanted);

    return !RegGetValueW(HKEY_LOCAL_MACHINE, CSC_POLICY_KEY, L"EncryptCache", RRF_RT_REG_DWORD, NULL, &wanted, &size) &&
           !wanted != !encrypt;
}

/* No administrator is needed (Q57). */
static HRESULT WINAPI cache_Encrypt(IOfflineFilesCache2 *iface, HWND parent, BOOL encrypt, DWORD flags, BOOL async,
                                    IOfflineFilesSyncProgress *sink)
{
    struct cache *cache = impl_from_IOfflineFilesCache2(iface);
    struct operation_request request = { 0 };
    LPCWSTR none = NULL;
    HRESULT hr;

    TRACE("%p, encrypt %d, flags %#lx, async %d, sink %p\n", cache, encrypt, flags, async, sink);

    if (FAILED(hr = check_flags(flags, OFFLINEFILES_ENCRYPTION_CONTROL_FLAGS))) return hr;
    if (policy_forbids_encryption(encrypt)) return HRESULT_FROM_WIN32(ERROR_ACCESS_DISABLED_BY_POLICY);
    request.operation.kind = CSC_OP_ENCRYPT;
    request.operation.flags = flags;
    request.operation.deep = !!encrypt;
    request.paths = &none;
    request.async = async;
    request.async_progress = !!(flags & OFFLINEFILES_ENCRYPTION_CONTROL_FLAG_ASYNCPROGRESS);
    request.sync = sink;
    cache_keep_link(cache);
    return operation_run(&request);
}

static HRESULT WINAPI cache_FindItemEx(IOfflineFilesCache2 *iface, LPCWSTR path,
        IOfflineFilesItemFilter *include_file, IOfflineFilesItemFilter *include_dir,
        IOfflineFilesItemFilter *exclude_file, IOfflineFilesItemFilter *exclude_dir,
        DWORD query, IOfflineFilesItem **item)
{
    struct cache *cache = impl_from_IOfflineFilesCache2(iface);
    const struct csc_wire_filters *filters;
    struct csc_wire_filters values;
    HRESULT hr;

    TRACE("%p, path %s, query %#lx, item %p\n", cache, debugstr_w(path), query, item);

    if (!item) return E_POINTER;
    *item = NULL;
    if (FAILED(hr = check_path(path)) || FAILED(hr = check_query_flags(query))) return hr;
    if (FAILED(hr = read_filters(include_file, include_dir, exclude_file, exclude_dir, &values, &filters))) return hr;
    cache_keep_link(cache);
    return item_find(path, query, filters, item);
}

static HRESULT WINAPI cache_FindItem(IOfflineFilesCache2 *iface, LPCWSTR path, DWORD query,
                                     IOfflineFilesItem **item)
{
    return cache_FindItemEx(iface, path, NULL, NULL, NULL, NULL, query, item);
}

/* bReplaceIfExists is reserved: a new path that exists is an error whatever it says. */
static HRESULT rename_item(struct cache *cache, LPCWSTR path, LPCWSTR new_path, BOOL later)
{
    struct csc_call call = { 0 };
    HRESULT hr;

    if (FAILED(hr = check_path(path)) || FAILED(hr = check_path(new_path))) return hr;
    if (later && !caller_is_administrator()) return E_ACCESSDENIED;
    cache_keep_link(cache);
    do
        if (SUCCEEDED(hr = call_begin(&call)))
            hr = ICscSession_RenameItem(call.link->session, path, new_path, later);
    while (call_again(&call, hr));
    call_end(&call);
    return hr;
}

static HRESULT WINAPI cache_RenameItem(IOfflineFilesCache2 *iface, LPCWSTR path, LPCWSTR new_path, BOOL replace)
{
    struct cache *cache = impl_from_IOfflineFilesCache2(iface);

    TRACE("%p, path %s, new path %s, replace %d\n", cache, debugstr_w(path), debugstr_w(new_path), replace);

    return rename_item(cache, path, new_path, TRUE);
}

static HRESULT WINAPI cache_GetLocation(IOfflineFilesCache2 *iface, LPWSTR *path)
{
    struct cache *cache = impl_from_IOfflineFilesCache2(iface);
    struct csc_call call = { 0 };
    LPWSTR location = NULL;
    HRESULT hr;

    TRACE("%p, path %p\n", cache, path);

    if (!path) return E_POINTER;
    *path = NULL;
    cache_keep_link(cache);
    do
        if (SUCCEEDED(hr = call_begin(&call)))
            hr = ICscSession_GetLocation(call.link->session, &location);
    while (call_again(&call, hr));
    call_end(&call);
    if (FAILED(hr)) return hr;
    if (!location) return E_UNEXPECTED;
    *path = location;
    return S_OK;
}

static HRESULT WINAPI cache_GetDiskSpaceInformation(IOfflineFilesCache2 *iface, ULONGLONG *volume_total,
        ULONGLONG *limit, ULONGLONG *used, ULONGLONG *unpinned_limit, ULONGLONG *unpinned_used)
{
    struct cache *cache = impl_from_IOfflineFilesCache2(iface);
    ULONGLONG *const outputs[] = { volume_total, limit, used, unpinned_limit, unpinned_used };
    ULONGLONG values[ARRAYSIZE(outputs)] = { 0 };
    struct csc_call call = { 0 };
    BOOL missing = FALSE;
    unsigned int i;
    HRESULT hr;

    TRACE("%p\n", cache);

    for (i = 0; i < ARRAYSIZE(outputs); i++)
    {
        if (outputs[i]) *outputs[i] = 0;
        else missing = TRUE;
    }
    if (missing) return E_POINTER;
    cache_keep_link(cache);
    do
        if (SUCCEEDED(hr = call_begin(&call)))
            hr = ICscSession_GetDiskSpace(call.link->session, &values[0], &values[1], &values[2], &values[3],
                                          &values[4]);
    while (call_again(&call, hr));
    call_end(&call);
    if (FAILED(hr)) return hr;
    for (i = 0; i < ARRAYSIZE(outputs); i++) *outputs[i] = values[i];
    return S_OK;
}

static HRESULT WINAPI cache_SetDiskSpaceLimits(IOfflineFilesCache2 *iface, ULONGLONG limit, ULONGLONG unpinned_limit)
{
    struct cache *cache = impl_from_IOfflineFilesCache2(iface);
    struct csc_call call = { 0 };
    HRESULT hr;

    TRACE("%p, limit %s, unpinned %s\n", cache, wine_dbgstr_longlong(limit), wine_dbgstr_longlong(unpinned_limit));

    if (!caller_is_administrator()) return E_ACCESSDENIED;
    cache_keep_link(cache);
    do
        if (SUCCEEDED(hr = call_begin(&call)))
            hr = ICscSession_SetDiskSpaceLimits(call.link->session, limit, unpinned_limit);
    while (call_again(&call, hr));
    call_end(&call);
    return hr;
}

static HRESULT WINAPI cache_ProcessAdminPinPolicy(IOfflineFilesCache2 *iface, IOfflineFilesSyncProgress *pin_sink,
                                                  IOfflineFilesSyncProgress *unpin_sink)
{
    struct cache *cache = impl_from_IOfflineFilesCache2(iface);

    TRACE("%p, sinks %p, %p\n", cache, pin_sink, unpin_sink);

    cache_keep_link(cache);
    return process_admin_pins(pin_sink, unpin_sink);
}

static HRESULT WINAPI cache_GetSettingObject(IOfflineFilesCache2 *iface, LPCWSTR name, IOfflineFilesSetting **setting)
{
    TRACE("%p, name %s, setting %p\n", impl_from_IOfflineFilesCache2(iface), debugstr_w(name), setting);

    return setting_find_object(name, setting);
}

static HRESULT WINAPI cache_EnumSettingObjects(IOfflineFilesCache2 *iface, IEnumOfflineFilesSettings **ret)
{
    TRACE("%p, ret %p\n", impl_from_IOfflineFilesCache2(iface), ret);

    return setting_enum_create(ret);
}

static HRESULT WINAPI cache_IsPathCacheable(IOfflineFilesCache2 *iface, LPCWSTR path, BOOL *cacheable,
                                            OFFLINEFILES_CACHING_MODE *mode)
{
    struct cache *cache = impl_from_IOfflineFilesCache2(iface);
    DWORD share_mode = OFFLINEFILES_CACHING_MODE_NONE;
    struct csc_call call = { 0 };
    BOOL answer = FALSE;
    HRESULT hr;

    TRACE("%p, path %s, cacheable %p, mode %p\n", cache, debugstr_w(path), cacheable, mode);

    if (cacheable) *cacheable = FALSE;
    if (mode) *mode = OFFLINEFILES_CACHING_MODE_NONE;
    if (!cacheable || !mode) return E_POINTER;
    if (FAILED(hr = check_path(path))) return hr;
    cache_keep_link(cache);
    do
        if (SUCCEEDED(hr = call_begin(&call)))
            hr = ICscSession_IsPathCacheable(call.link->session, path, &answer, &share_mode);
    while (call_again(&call, hr));
    call_end(&call);
    if (FAILED(hr)) return hr;
    *cacheable = !!answer;
    *mode = share_mode;
    return S_OK;
}

static HRESULT WINAPI cache_RenameItemEx(IOfflineFilesCache2 *iface, LPCWSTR path, LPCWSTR new_path, BOOL replace)
{
    struct cache *cache = impl_from_IOfflineFilesCache2(iface);

    TRACE("%p, path %s, new path %s, replace %d\n", cache, debugstr_w(path), debugstr_w(new_path), replace);

    return rename_item(cache, path, new_path, FALSE);
}

static const IOfflineFilesCache2Vtbl cache_vtbl =
{
    cache_QueryInterface,
    cache_AddRef,
    cache_Release,
    cache_Synchronize,
    cache_DeleteItems,
    cache_DeleteItemsForUser,
    cache_Pin,
    cache_Unpin,
    cache_GetEncryptionStatus,
    cache_Encrypt,
    cache_FindItem,
    cache_FindItemEx,
    cache_RenameItem,
    cache_GetLocation,
    cache_GetDiskSpaceInformation,
    cache_SetDiskSpaceLimits,
    cache_ProcessAdminPinPolicy,
    cache_GetSettingObject,
    cache_EnumSettingObjects,
    cache_IsPathCacheable,
    cache_RenameItemEx
};

static HRESULT WINAPI container_QueryInterface(IOfflineFilesItemContainer *iface, REFIID iid, void **obj)
{
    return cache_QueryInterface(&impl_from_IOfflineFilesItemContainer(iface)->IOfflineFilesCache2_iface, iid, obj);
}

static ULONG WINAPI container_AddRef(IOfflineFilesItemContainer *iface)
{
    return cache_AddRef(&impl_from_IOfflineFilesItemContainer(iface)->IOfflineFilesCache2_iface);
}

static ULONG WINAPI container_Release(IOfflineFilesItemContainer *iface)
{
    return cache_Release(&impl_from_IOfflineFilesItemContainer(iface)->IOfflineFilesCache2_iface);
}

static HRESULT WINAPI container_EnumItemsEx(IOfflineFilesItemContainer *iface,
        IOfflineFilesItemFilter *include_file, IOfflineFilesItemFilter *include_dir,
        IOfflineFilesItemFilter *exclude_file, IOfflineFilesItemFilter *exclude_dir,
        DWORD enum_flags, DWORD query, IEnumOfflineFilesItems **ret)
{
    struct cache *cache = impl_from_IOfflineFilesItemContainer(iface);

    TRACE("%p, flags %#lx, query %#lx, ret %p\n", cache, enum_flags, query, ret);

    return container_enum(NULL, include_file, include_dir, exclude_file, exclude_dir, enum_flags, query, ret);
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

static HRESULT WINAPI provider_QueryInterface(IServiceProvider *iface, REFIID iid, void **obj)
{
    return cache_QueryInterface(&impl_from_IServiceProvider(iface)->IOfflineFilesCache2_iface, iid, obj);
}

static ULONG WINAPI provider_AddRef(IServiceProvider *iface)
{
    return cache_AddRef(&impl_from_IServiceProvider(iface)->IOfflineFilesCache2_iface);
}

static ULONG WINAPI provider_Release(IServiceProvider *iface)
{
    return cache_Release(&impl_from_IServiceProvider(iface)->IOfflineFilesCache2_iface);
}

/* A private agreement with csccmd: the service CLSID_CscService is the session.  The public interfaces
 * have no way to map a share. */
static HRESULT WINAPI provider_QueryService(IServiceProvider *iface, REFGUID service, REFIID iid, void **obj)
{
    struct cache *cache = impl_from_IServiceProvider(iface);
    struct csc_link *link;
    HRESULT hr;

    TRACE("%p, service %s, iid %s, obj %p\n", cache, debugstr_guid(service), debugstr_guid(iid), obj);

    if (!obj) return E_POINTER;
    *obj = NULL;
    if (!IsEqualGUID(service, &CLSID_CscService)) return E_NOINTERFACE;
    cache_keep_link(cache);
    if (FAILED(hr = link_acquire(&link))) return hr;
    hr = ICscSession_QueryInterface(link->session, iid, obj);
    link_release(link);
    return hr;
}

static const IServiceProviderVtbl provider_vtbl =
{
    provider_QueryInterface,
    provider_AddRef,
    provider_Release,
    provider_QueryService
};

HRESULT cache_create(REFIID iid, void **obj)
{
    struct cache *cache;
    HRESULT hr;

    *obj = NULL;
    if (!(cache = calloc(1, sizeof(*cache)))) return E_OUTOFMEMORY;
    cache->IOfflineFilesCache2_iface.lpVtbl = (IOfflineFilesCache2Vtbl *)&cache_vtbl;
    cache->IOfflineFilesItemContainer_iface.lpVtbl = (IOfflineFilesItemContainerVtbl *)&container_vtbl;
    cache->IServiceProvider_iface.lpVtbl = (IServiceProviderVtbl *)&provider_vtbl;
    connections_init(&cache->connections, (IUnknown *)&cache->IOfflineFilesCache2_iface);
    cache->refs = 1;
    module_addref();

    hr = IOfflineFilesCache2_QueryInterface(&cache->IOfflineFilesCache2_iface, iid, obj);
    IOfflineFilesCache2_Release(&cache->IOfflineFilesCache2_iface);
    return hr;
}
