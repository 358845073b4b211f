/*
 * The proxies of the interfaces whose parameters are more than numbers
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The test's own objects live in a single-threaded apartment and are called from the
 * multi-threaded one, so that every argument goes through the proxy and the stub.
 */

#include "csctest.h"

static DWORD object_thread;

/* An object with one interface; the interfaces differ in their vtable only. */
struct object
{
    IUnknown IUnknown_iface;
    const IID *iid;
    LONG refs;
};

static struct object *impl_from_IUnknown(IUnknown *iface)
{
    return CONTAINING_RECORD(iface, struct object, IUnknown_iface);
}

static HRESULT WINAPI object_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    struct object *object = impl_from_IUnknown(iface);

    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, object->iid))
    {
        *out = NULL;
        return E_NOINTERFACE;
    }
    InterlockedIncrement(&object->refs);
    *out = iface;
    return S_OK;
}

static ULONG WINAPI object_AddRef(IUnknown *iface)
{
    return InterlockedIncrement(&impl_from_IUnknown(iface)->refs);
}

static ULONG WINAPI object_Release(IUnknown *iface)
{
    return InterlockedDecrement(&impl_from_IUnknown(iface)->refs);
}

#define UNKNOWN_METHODS (void *)object_QueryInterface, (void *)object_AddRef, (void *)object_Release
#define check_thread() ok(GetCurrentThreadId() == object_thread, "called on another thread\n")

static WCHAR *task_string(const WCHAR *text)
{
    WCHAR *copy = CoTaskMemAlloc((wcslen(text) + 1) * sizeof(*copy));

    if (copy) wcscpy(copy, text);
    return copy;
}

/* --- the test's item */

static HRESULT WINAPI item_GetItemType(IOfflineFilesItem *iface, OFFLINEFILES_ITEM_TYPE *type)
{
    check_thread();
    *type = OFFLINEFILES_ITEM_TYPE_SHARE;
    return S_OK;
}

static HRESULT WINAPI item_GetPath(IOfflineFilesItem *iface, LPWSTR *path)
{
    check_thread();
    return (*path = task_string(L"\\\\server\\share")) ? S_OK : E_OUTOFMEMORY;
}

static HRESULT WINAPI item_GetParentItem(IOfflineFilesItem *iface, IOfflineFilesItem **parent)
{
    check_thread();
    *parent = NULL;
    return E32(ERROR_NOT_SUPPORTED);
}

static HRESULT WINAPI item_Refresh(IOfflineFilesItem *iface, DWORD flags)
{
    check_thread();
    ok(flags == OFFLINEFILES_ITEM_QUERY_ADMIN, "flags %#lx\n", flags);
    return S_FALSE;
}

static HRESULT WINAPI item_IsMarkedForDeletion(IOfflineFilesItem *iface, BOOL *marked)
{
    check_thread();
    *marked = TRUE;
    return S_OK;
}

static const IOfflineFilesItemVtbl item_vtbl =
{
    UNKNOWN_METHODS, item_GetItemType, item_GetPath, item_GetParentItem, item_Refresh, item_IsMarkedForDeletion
};

static struct object item = { { (IUnknownVtbl *)&item_vtbl }, &IID_IOfflineFilesItem, 1 };

static void call_item(IOfflineFilesItem *proxy)
{
    OFFLINEFILES_ITEM_TYPE type = 99;
    IOfflineFilesItem *parent = (IOfflineFilesItem *)0xdeadbeef;
    BOOL marked = 99;
    WCHAR *path = NULL;
    HRESULT hr;

    hr = IOfflineFilesItem_GetItemType(proxy, &type);
    ok(hr == S_OK && type == OFFLINEFILES_ITEM_TYPE_SHARE, "GetItemType: %#lx, %d\n", hr, type);
    hr = IOfflineFilesItem_GetPath(proxy, &path);
    ok(hr == S_OK && path && !wcscmp(path, L"\\\\server\\share"), "GetPath: %#lx\n", hr);
    CoTaskMemFree(path);
    hr = IOfflineFilesItem_GetParentItem(proxy, &parent);
    ok(hr == E32(ERROR_NOT_SUPPORTED) && !parent, "GetParentItem: %#lx, %p\n", hr, parent);
    hr = IOfflineFilesItem_Refresh(proxy, OFFLINEFILES_ITEM_QUERY_ADMIN);
    ok(hr == S_FALSE, "Refresh: %#lx\n", hr);
    hr = IOfflineFilesItem_IsMarkedForDeletion(proxy, &marked);
    ok(hr == S_OK && marked == TRUE, "IsMarkedForDeletion: %#lx, %d\n", hr, marked);
}

/* --- the test's enumerator: three items, of which two are left */

static HRESULT WINAPI enum_Next(IEnumOfflineFilesItems *iface, ULONG asked, IOfflineFilesItem **items, ULONG *fetched)
{
    ULONG i;

    check_thread();
    for (i = 0; i < asked && i < 2; i++)
    {
        items[i] = (IOfflineFilesItem *)&item.IUnknown_iface;
        IOfflineFilesItem_AddRef(items[i]);
    }
    *fetched = i;
    return i == asked ? S_OK : S_FALSE;
}

static HRESULT WINAPI enum_Skip(IEnumOfflineFilesItems *iface, ULONG count)
{
    check_thread();
    return count > 2 ? S_FALSE : S_OK;
}

static HRESULT WINAPI enum_Reset(IEnumOfflineFilesItems *iface)
{
    check_thread();
    return S_OK;
}

static HRESULT WINAPI enum_Clone(IEnumOfflineFilesItems *iface, IEnumOfflineFilesItems **copy)
{
    check_thread();
    *copy = iface;
    IEnumOfflineFilesItems_AddRef(iface);
    return S_OK;
}

static const IEnumOfflineFilesItemsVtbl enum_vtbl = { UNKNOWN_METHODS, enum_Next, enum_Skip, enum_Reset, enum_Clone };

static struct object enumerator = { { (IUnknownVtbl *)&enum_vtbl }, &IID_IEnumOfflineFilesItems, 1 };

static void call_enum(IEnumOfflineFilesItems *proxy)
{
    IEnumOfflineFilesItems *copy = NULL;
    IOfflineFilesItem *items[5] = { NULL };
    ULONG fetched = 99, i;
    HRESULT hr;

    hr = IEnumOfflineFilesItems_Next(proxy, 5, items, &fetched);
    ok(hr == S_FALSE && fetched == 2, "Next: %#lx, %lu\n", hr, fetched);
    for (i = 0; i < fetched && i < 5; i++)
    {
        ok(items[i] != NULL, "item %lu is NULL\n", i);
        if (!items[i]) continue;
        call_item(items[i]);
        release(items[i]);
    }
    hr = IEnumOfflineFilesItems_Next(proxy, 1, items, &fetched);
    ok(hr == S_OK && fetched == 1, "Next: %#lx, %lu\n", hr, fetched);
    if (hr == S_OK) release(items[0]);
    hr = IEnumOfflineFilesItems_Skip(proxy, 3);
    ok(hr == S_FALSE, "Skip: %#lx\n", hr);
    hr = IEnumOfflineFilesItems_Reset(proxy);
    ok(hr == S_OK, "Reset: %#lx\n", hr);
    hr = IEnumOfflineFilesItems_Clone(proxy, &copy);
    ok(hr == S_OK && copy, "Clone: %#lx\n", hr);
    if (hr == S_OK) release(copy);
}

/* --- the test's filter */

static HRESULT WINAPI filter_GetFilterFlags(IOfflineFilesItemFilter *iface, ULONGLONG *flags, ULONGLONG *mask)
{
    check_thread();
    *flags = OFFLINEFILES_ITEM_FILTER_FLAG_DIRTY | 0x8000000000000000ull;
    *mask = OFFLINEFILES_ITEM_FILTER_FLAGS;
    return S_OK;
}

static HRESULT WINAPI filter_GetTimeFilter(IOfflineFilesItemFilter *iface, FILETIME *time, BOOL *time_of_day,
                                           OFFLINEFILES_ITEM_TIME *type, OFFLINEFILES_COMPARE *compare)
{
    check_thread();
    time->dwLowDateTime = 1;
    time->dwHighDateTime = 2;
    *time_of_day = TRUE;
    *type = OFFLINEFILES_ITEM_TIME_LASTWRITE;
    *compare = OFFLINEFILES_COMPARE_GTE;
    return S_OK;
}

static HRESULT WINAPI filter_GetPatternFilter(IOfflineFilesItemFilter *iface, LPWSTR pattern, ULONG count)
{
    check_thread();
    ok(count == MAX_PATH, "room for %lu characters\n", count);
    wcscpy(pattern, L"*.d?c");
    return S_OK;
}

static const IOfflineFilesItemFilterVtbl filter_vtbl =
{
    UNKNOWN_METHODS, filter_GetFilterFlags, filter_GetTimeFilter, filter_GetPatternFilter
};

static struct object filter = { { (IUnknownVtbl *)&filter_vtbl }, &IID_IOfflineFilesItemFilter, 1 };

static void call_filter(IOfflineFilesItemFilter *proxy)
{
    ULONGLONG flags = 0, mask = 0;
    OFFLINEFILES_ITEM_TIME type = 99;
    OFFLINEFILES_COMPARE compare = 99;
    WCHAR pattern[MAX_PATH];
    FILETIME time = { 0 };
    BOOL time_of_day = 99;
    HRESULT hr;

    hr = IOfflineFilesItemFilter_GetFilterFlags(proxy, &flags, &mask);
    ok(hr == S_OK && flags == 0x8000000000000020ull && mask == 0x3ffffff, "GetFilterFlags: %#lx, %llx, %llx\n", hr,
       flags, mask);
    hr = IOfflineFilesItemFilter_GetTimeFilter(proxy, &time, &time_of_day, &type, &compare);
    ok(hr == S_OK && time.dwLowDateTime == 1 && time.dwHighDateTime == 2 && time_of_day == TRUE &&
       type == OFFLINEFILES_ITEM_TIME_LASTWRITE && compare == OFFLINEFILES_COMPARE_GTE, "GetTimeFilter: %#lx\n", hr);
    memset(pattern, 0, sizeof(pattern));
    hr = IOfflineFilesItemFilter_GetPatternFilter(proxy, pattern, MAX_PATH);
    ok(hr == S_OK && !wcscmp(pattern, L"*.d?c"), "GetPatternFilter: %#lx, %ls\n", hr, pattern);
}

/* --- the test's conflict handler */

static HRESULT WINAPI handler_ResolveConflict(IOfflineFilesSyncConflictHandler *iface, LPCWSTR path, DWORD known,
                                              OFFLINEFILES_SYNC_STATE state, DWORD details,
                                              OFFLINEFILES_SYNC_CONFLICT_RESOLVE *decision, LPWSTR *name)
{
    check_thread();
    ok(!wcscmp(path, L"\\\\server\\share\\conflict.txt"), "path %ls\n", path);
    ok(known == 3 && details == OFFLINEFILES_CHANGES_REMOTE_TIME, "known %#lx, details %#lx\n", known, details);
    *name = NULL;
    if (state == OFFLINEFILES_SYNC_STATE_Stable)
    {
        *decision = OFFLINEFILES_SYNC_CONFLICT_RESOLVE_SKIP;
        return S_OK;
    }
    ok(state == OFFLINEFILES_SYNC_STATE_FileReplacedAndDeletedOnClient_DirChangedOnServer, "state %d\n", state);
    *decision = OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPALLCHANGES;
    return (*name = task_string(L"conflict (user v1).txt")) ? S_OK : E_OUTOFMEMORY;
}

static const IOfflineFilesSyncConflictHandlerVtbl handler_vtbl = { UNKNOWN_METHODS, handler_ResolveConflict };

static struct object handler = { { (IUnknownVtbl *)&handler_vtbl }, &IID_IOfflineFilesSyncConflictHandler, 1 };

static void call_handler(IOfflineFilesSyncConflictHandler *proxy)
{
    OFFLINEFILES_SYNC_CONFLICT_RESOLVE decision = 99;
    WCHAR *name = NULL;
    HRESULT hr;

    hr = IOfflineFilesSyncConflictHandler_ResolveConflict(proxy, L"\\\\server\\share\\conflict.txt", 3,
            OFFLINEFILES_SYNC_STATE_FileReplacedAndDeletedOnClient_DirChangedOnServer,
            OFFLINEFILES_CHANGES_REMOTE_TIME, &decision, &name);
    ok(hr == S_OK && decision == OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPALLCHANGES, "%#lx, %d\n", hr, decision);
    ok(name && !wcscmp(name, L"conflict (user v1).txt"), "name %ls\n", name ? name : L"(none)");
    CoTaskMemFree(name);
    name = (WCHAR *)0xdeadbeef;
    hr = IOfflineFilesSyncConflictHandler_ResolveConflict(proxy, L"\\\\server\\share\\conflict.txt", 3,
            OFFLINEFILES_SYNC_STATE_Stable, OFFLINEFILES_CHANGES_REMOTE_TIME, &decision, &name);
    ok(hr == S_OK && decision == OFFLINEFILES_SYNC_CONFLICT_RESOLVE_SKIP && !name, "%#lx, %d, %p\n", hr, decision,
       name);
}

/* --- the test's event filter */

static HRESULT WINAPI events_filter_GetPathFilter(IOfflineFilesEventsFilter *iface, LPWSTR *path,
                                                  OFFLINEFILES_PATHFILTER_MATCH *match)
{
    check_thread();
    *match = OFFLINEFILES_PATHFILTER_SELFORDESCENDENT;
    return (*path = task_string(L"\\\\server\\share\\folder")) ? S_OK : E_OUTOFMEMORY;
}

static HRESULT WINAPI events_filter_GetIncludedEvents(IOfflineFilesEventsFilter *iface, ULONG room,
                                                      OFFLINEFILES_EVENTS *events, ULONG *count)
{
    check_thread();
    ok(room == OFFLINEFILES_NUM_EVENTS, "room for %lu events\n", room);
    events[0] = OFFLINEFILES_EVENT_SYNCBEGIN;
    events[1] = OFFLINEFILES_EVENT_PREFETCHCLOSEHANDLEEND;
    *count = 2;
    return S_OK;
}

static HRESULT WINAPI events_filter_GetExcludedEvents(IOfflineFilesEventsFilter *iface, ULONG room,
                                                      OFFLINEFILES_EVENTS *events, ULONG *count)
{
    check_thread();
    *count = 0;
    return E_NOTIMPL;
}

static const IOfflineFilesEventsFilterVtbl events_filter_vtbl =
{
    UNKNOWN_METHODS, events_filter_GetPathFilter, events_filter_GetIncludedEvents, events_filter_GetExcludedEvents
};

static struct object events_filter = { { (IUnknownVtbl *)&events_filter_vtbl }, &IID_IOfflineFilesEventsFilter, 1 };

static void call_events_filter(IOfflineFilesEventsFilter *proxy)
{
    OFFLINEFILES_EVENTS events[OFFLINEFILES_NUM_EVENTS];
    OFFLINEFILES_PATHFILTER_MATCH match = 99;
    WCHAR *path = NULL;
    ULONG count = 99;
    HRESULT hr;

    hr = IOfflineFilesEventsFilter_GetPathFilter(proxy, &path, &match);
    ok(hr == S_OK && path && !wcscmp(path, L"\\\\server\\share\\folder"), "GetPathFilter: %#lx\n", hr);
    ok(match == OFFLINEFILES_PATHFILTER_SELFORDESCENDENT, "match %d\n", match);
    CoTaskMemFree(path);
    hr = IOfflineFilesEventsFilter_GetIncludedEvents(proxy, OFFLINEFILES_NUM_EVENTS, events, &count);
    ok(hr == S_OK && count == 2, "GetIncludedEvents: %#lx, %lu\n", hr, count);
    ok(events[0] == OFFLINEFILES_EVENT_SYNCBEGIN && events[1] == OFFLINEFILES_EVENT_PREFETCHCLOSEHANDLEEND,
       "events %d, %d\n", events[0], events[1]);
    hr = IOfflineFilesEventsFilter_GetExcludedEvents(proxy, OFFLINEFILES_NUM_EVENTS, events, &count);
    ok(hr == E_NOTIMPL, "GetExcludedEvents: %#lx\n", hr);
}

/* --- the test's error information */

static HRESULT WINAPI error_info_GetRawData(IOfflineFilesErrorInfo *iface, BYTE_BLOB **blob)
{
    check_thread();
    if (!(*blob = CoTaskMemAlloc(FIELD_OFFSET(BYTE_BLOB, abData[5])))) return E_OUTOFMEMORY;
    (*blob)->clSize = 5;
    memcpy((*blob)->abData, "blob", 5);
    return S_OK;
}

static HRESULT WINAPI error_info_GetDescription(IOfflineFilesErrorInfo *iface, LPWSTR *text)
{
    check_thread();
    return (*text = task_string(L"description")) ? S_OK : E_OUTOFMEMORY;
}

static const IOfflineFilesErrorInfoVtbl error_info_vtbl =
{
    UNKNOWN_METHODS, error_info_GetRawData, error_info_GetDescription
};

static struct object error_info = { { (IUnknownVtbl *)&error_info_vtbl }, &IID_IOfflineFilesErrorInfo, 1 };

static void call_error_info(IOfflineFilesErrorInfo *proxy)
{
    BYTE_BLOB *blob = NULL;
    WCHAR *text = NULL;
    HRESULT hr;

    hr = IOfflineFilesErrorInfo_GetRawData(proxy, &blob);
    ok(hr == S_OK && blob && blob->clSize == 5 && !memcmp(blob->abData, "blob", 5), "GetRawData: %#lx\n", hr);
    CoTaskMemFree(blob);
    hr = IOfflineFilesErrorInfo_GetDescription(proxy, &text);
    ok(hr == S_OK && text && !wcscmp(text, L"description"), "GetDescription: %#lx\n", hr);
    CoTaskMemFree(text);
}

/* --- the test's cache, for what the other interfaces do not have: arrays of paths, windows, sinks */

static HRESULT WINAPI cache_Synchronize(IOfflineFilesCache *iface, HWND parent, LPCWSTR *paths, ULONG count,
                                        BOOL async, DWORD flags, IOfflineFilesSyncConflictHandler *conflicts,
                                        IOfflineFilesSyncProgress *progress, GUID *id)
{
    check_thread();
    ok(parent == (HWND)0x1234, "window %p\n", parent);
    ok(count == 3, "%lu paths\n", count);
    ok(!wcscmp(paths[0], L"\\\\server\\share\\first") && !wcscmp(paths[1], L"\\\\s\\s") &&
       !wcscmp(paths[2], L"\\\\server\\share\\the third and longest"), "paths %ls, %ls, %ls\n", paths[0], paths[1],
       paths[2]);
    ok(async == TRUE && flags == OFFLINEFILES_SYNC_CONTROL_CR_KEEPLATEST, "%d, %#lx\n", async, flags);
    ok(conflicts != NULL && !progress, "handler %p, sink %p\n", conflicts, progress);
    ok(id && IsEqualGUID(id, &IID_IOfflineFilesCache), "another id\n");
    return S_OK;
}

static HRESULT WINAPI cache_DeleteItems(IOfflineFilesCache *iface, LPCWSTR *paths, ULONG count, DWORD flags,
                                        BOOL async, IOfflineFilesSimpleProgress *progress)
{
    OFFLINEFILES_OP_RESPONSE response = 99;
    BOOL abort = 99;
    HRESULT hr;

    check_thread();
    ok(count == 1 && !wcscmp(paths[0], L"\\\\server\\share"), "%lu paths, %ls\n", count, paths[0]);
    ok(progress != NULL, "no sink\n");
    hr = IOfflineFilesSimpleProgress_Begin(progress, &abort);
    ok(hr == S_OK && !abort, "Begin: %#lx, %d\n", hr, abort);
    hr = IOfflineFilesSimpleProgress_ItemBegin(progress, paths[0], &response);
    ok(hr == S_OK && response == OFFLINEFILES_OP_CONTINUE, "ItemBegin: %#lx, %d\n", hr, response);
    hr = IOfflineFilesSimpleProgress_ItemResult(progress, paths[0], E32(ERROR_BUSY), &response);
    ok(hr == S_OK && response == OFFLINEFILES_OP_ABORT, "ItemResult: %#lx, %d\n", hr, response);
    hr = IOfflineFilesSimpleProgress_End(progress, E_FAIL);
    ok(hr == S_OK, "End: %#lx\n", hr);
    return E_FAIL;
}

static HRESULT WINAPI cache_DeleteItemsForUser(IOfflineFilesCache *iface, LPCWSTR user, LPCWSTR *paths, ULONG count,
                                               DWORD flags, BOOL async, IOfflineFilesSimpleProgress *progress)
{
    check_thread();
    ok(!wcscmp(user, L"domain\\user"), "user %ls\n", user);
    ok(count == 2 && !wcscmp(paths[0], L"a") && !wcscmp(paths[1], L"b"), "%lu paths\n", count);
    ok(!progress, "sink %p\n", progress);
    return S_OK;
}

static HRESULT WINAPI cache_Pin(IOfflineFilesCache *iface, HWND parent, LPCWSTR *paths, ULONG count, BOOL deep,
                                BOOL async, DWORD flags, IOfflineFilesSyncProgress *progress)
{
    check_thread();
    ok(!parent && count == 2 && deep == TRUE && !async && flags == PIN_USER && !progress, "other arguments\n");
    ok(!wcscmp(paths[0], L"a") && !wcscmp(paths[1], L"b"), "paths %ls, %ls\n", paths[0], paths[1]);
    return S_OK;
}

static HRESULT WINAPI cache_GetEncryptionStatus(IOfflineFilesCache *iface, BOOL *encrypted, BOOL *partial)
{
    check_thread();
    *encrypted = FALSE;
    *partial = TRUE;
    return S_OK;
}

static HRESULT WINAPI cache_Encrypt(IOfflineFilesCache *iface, HWND parent, BOOL encrypt, DWORD flags, BOOL async,
                                    IOfflineFilesSyncProgress *progress)
{
    return E_NOTIMPL;
}

static HRESULT WINAPI cache_FindItem(IOfflineFilesCache *iface, LPCWSTR path, DWORD flags, IOfflineFilesItem **out)
{
    check_thread();
    ok(!wcscmp(path, L"\\\\server\\share"), "path %ls\n", path);
    *out = (IOfflineFilesItem *)&item.IUnknown_iface;
    IOfflineFilesItem_AddRef(*out);
    return S_OK;
}

static HRESULT WINAPI cache_FindItemEx(IOfflineFilesCache *iface, LPCWSTR path, IOfflineFilesItemFilter *include_file,
                                       IOfflineFilesItemFilter *include_dir, IOfflineFilesItemFilter *exclude_file,
                                       IOfflineFilesItemFilter *exclude_dir, DWORD flags, IOfflineFilesItem **out)
{
    check_thread();
    ok(!include_file && include_dir && !exclude_file && !exclude_dir, "other filters\n");
    *out = NULL;
    return E32(ERROR_FILE_NOT_FOUND);
}

static HRESULT WINAPI cache_RenameItem(IOfflineFilesCache *iface, LPCWSTR from, LPCWSTR to, BOOL replace)
{
    check_thread();
    ok(!wcscmp(from, L"from") && !wcscmp(to, L"to") && replace == TRUE, "%ls, %ls, %d\n", from, to, replace);
    return S_OK;
}

static HRESULT WINAPI cache_GetLocation(IOfflineFilesCache *iface, LPWSTR *path)
{
    check_thread();
    return (*path = task_string(L"C:\\windows\\CSC")) ? S_OK : E_OUTOFMEMORY;
}

static HRESULT WINAPI cache_GetDiskSpaceInformation(IOfflineFilesCache *iface, ULONGLONG *total, ULONGLONG *limit,
                                                    ULONGLONG *used, ULONGLONG *unpinned_limit,
                                                    ULONGLONG *unpinned_used)
{
    check_thread();
    *total = 1ull << 63;
    *limit = 1ull << 40;
    *used = 3;
    *unpinned_limit = 2;
    *unpinned_used = 1;
    return S_OK;
}

static HRESULT WINAPI cache_SetDiskSpaceLimits(IOfflineFilesCache *iface, ULONGLONG limit, ULONGLONG unpinned_limit)
{
    check_thread();
    ok(limit == 1ull << 40 && unpinned_limit == 1ull << 33, "%llx, %llx\n", limit, unpinned_limit);
    return S_OK;
}

static HRESULT WINAPI cache_ProcessAdminPinPolicy(IOfflineFilesCache *iface, IOfflineFilesSyncProgress *pinning,
                                                  IOfflineFilesSyncProgress *unpinning)
{
    return E_NOTIMPL;
}

static HRESULT WINAPI cache_GetSettingObject(IOfflineFilesCache *iface, LPCWSTR name, IOfflineFilesSetting **setting)
{
    check_thread();
    *setting = NULL;
    return E32(ERROR_INVALID_NAME);
}

static HRESULT WINAPI cache_EnumSettingObjects(IOfflineFilesCache *iface, IEnumOfflineFilesSettings **settings)
{
    return E_NOTIMPL;
}

static HRESULT WINAPI cache_IsPathCacheable(IOfflineFilesCache *iface, LPCWSTR path, BOOL *cacheable,
                                            OFFLINEFILES_CACHING_MODE *mode)
{
    check_thread();
    *cacheable = TRUE;
    *mode = OFFLINEFILES_CACHING_MODE_AUTO_PROGANDDOC;
    return S_OK;
}

static const IOfflineFilesCacheVtbl cache_vtbl =
{
    UNKNOWN_METHODS, cache_Synchronize, cache_DeleteItems, cache_DeleteItemsForUser, cache_Pin, cache_Pin,
    cache_GetEncryptionStatus, cache_Encrypt, cache_FindItem, cache_FindItemEx, cache_RenameItem, cache_GetLocation,
    cache_GetDiskSpaceInformation, cache_SetDiskSpaceLimits, cache_ProcessAdminPinPolicy, cache_GetSettingObject,
    cache_EnumSettingObjects, cache_IsPathCacheable
};

static struct object cache = { { (IUnknownVtbl *)&cache_vtbl }, &IID_IOfflineFilesCache, 1 };

/* The handler and the filter of the calling apartment are never called. */
static struct object local_handler = { { (IUnknownVtbl *)&handler_vtbl }, &IID_IOfflineFilesSyncConflictHandler, 1 };
static struct object local_filter = { { (IUnknownVtbl *)&filter_vtbl }, &IID_IOfflineFilesItemFilter, 1 };

static void call_cache(IOfflineFilesCache *proxy)
{
    static LPCWSTR three[] =
    {
        L"\\\\server\\share\\first", L"\\\\s\\s", L"\\\\server\\share\\the third and longest"
    };
    static LPCWSTR two[] = { L"a", L"b" };
    static LPCWSTR one = L"\\\\server\\share";
    ULONGLONG total = 0, limit = 0, used = 0, unpinned_limit = 0, unpinned_used = 0;
    OFFLINEFILES_CACHING_MODE mode = 99;
    IOfflineFilesSetting *setting = NULL;
    IOfflineFilesItem *found = NULL;
    BOOL first = 99, second = 99;
    GUID id = IID_IOfflineFilesCache;
    struct sink *sink = sink_create();
    WCHAR *path = NULL;
    HRESULT hr;

    hr = IOfflineFilesCache_Synchronize(proxy, (HWND)0x1234, three, 3, TRUE, OFFLINEFILES_SYNC_CONTROL_CR_KEEPLATEST,
                                        (IOfflineFilesSyncConflictHandler *)&local_handler.IUnknown_iface, NULL, &id);
    ok(hr == S_OK, "Synchronize: %#lx\n", hr);
    sink->result_response = OFFLINEFILES_OP_ABORT;
    hr = IOfflineFilesCache_DeleteItems(proxy, &one, 1, 0, FALSE, &sink->IOfflineFilesSimpleProgress_iface);
    ok(hr == E_FAIL, "DeleteItems: %#lx\n", hr);
    check_protocol(sink, E_FAIL, 0);
    ok(sink_result(sink, one) == E32(ERROR_BUSY), "result %#lx\n", sink_result(sink, one));
    hr = IOfflineFilesCache_DeleteItemsForUser(proxy, L"domain\\user", two, 2, 0, FALSE, NULL);
    ok(hr == S_OK, "DeleteItemsForUser: %#lx\n", hr);
    hr = IOfflineFilesCache_Pin(proxy, NULL, two, 2, TRUE, FALSE, PIN_USER, NULL);
    ok(hr == S_OK, "Pin: %#lx\n", hr);
    hr = IOfflineFilesCache_Unpin(proxy, NULL, two, 2, TRUE, FALSE, PIN_USER, NULL);
    ok(hr == S_OK, "Unpin: %#lx\n", hr);
    hr = IOfflineFilesCache_GetEncryptionStatus(proxy, &first, &second);
    ok(hr == S_OK && !first && second == TRUE, "GetEncryptionStatus: %#lx, %d, %d\n", hr, first, second);
    hr = IOfflineFilesCache_FindItem(proxy, one, 0, &found);
    ok(hr == S_OK && found, "FindItem: %#lx\n", hr);
    if (hr == S_OK)
    {
        call_item(found);
        release(found);
    }
    found = (IOfflineFilesItem *)0xdeadbeef;
    hr = IOfflineFilesCache_FindItemEx(proxy, one, NULL, (IOfflineFilesItemFilter *)&local_filter.IUnknown_iface, NULL,
                                       NULL, 0, &found);
    ok(hr == E32(ERROR_FILE_NOT_FOUND) && !found, "FindItemEx: %#lx, %p\n", hr, found);
    hr = IOfflineFilesCache_RenameItem(proxy, L"from", L"to", TRUE);
    ok(hr == S_OK, "RenameItem: %#lx\n", hr);
    hr = IOfflineFilesCache_GetLocation(proxy, &path);
    ok(hr == S_OK && path && !wcscmp(path, L"C:\\windows\\CSC"), "GetLocation: %#lx\n", hr);
    CoTaskMemFree(path);
    hr = IOfflineFilesCache_GetDiskSpaceInformation(proxy, &total, &limit, &used, &unpinned_limit, &unpinned_used);
    ok(hr == S_OK && total == 1ull << 63 && limit == 1ull << 40 && used == 3 && unpinned_limit == 2 &&
       unpinned_used == 1, "GetDiskSpaceInformation: %#lx\n", hr);
    hr = IOfflineFilesCache_SetDiskSpaceLimits(proxy, 1ull << 40, 1ull << 33);
    ok(hr == S_OK, "SetDiskSpaceLimits: %#lx\n", hr);
    hr = IOfflineFilesCache_GetSettingObject(proxy, L"name", &setting);
    ok(hr == E32(ERROR_INVALID_NAME) && !setting, "GetSettingObject: %#lx\n", hr);
    hr = IOfflineFilesCache_IsPathCacheable(proxy, one, &first, &mode);
    ok(hr == S_OK && first == TRUE && mode == OFFLINEFILES_CACHING_MODE_AUTO_PROGANDDOC, "IsPathCacheable: %#lx\n", hr);
    sink_free(sink);
}

/* --- from apartment to apartment */

struct handover
{
    IStream *stream;
    const IID *iid;
    void (*call)(IUnknown *proxy);
};

static DWORD WINAPI caller_thread(void *arg)
{
    struct handover *handover = arg;
    IUnknown *proxy;
    HRESULT hr;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    hr = CoGetInterfaceAndReleaseStream(handover->stream, handover->iid, (void **)&proxy);
    ok(hr == S_OK, "CoGetInterfaceAndReleaseStream: %#lx\n", hr);
    if (hr == S_OK)
    {
        handover->call(proxy);
        release(proxy);
    }
    CoUninitialize();
    return 0;
}

static void test_object(struct object *object, void *call)
{
    struct handover handover = { NULL, object->iid, call };
    HANDLE thread;
    HRESULT hr;
    DWORD wait;

    hr = CoMarshalInterThreadInterfaceInStream(object->iid, &object->IUnknown_iface, &handover.stream);
    ok(hr == S_OK, "CoMarshalInterThreadInterfaceInStream: %#lx\n", hr);
    if (hr != S_OK) return;
    thread = CreateThread(NULL, 0, caller_thread, &handover, 0, NULL);
    ok(thread != NULL, "CreateThread: error %lu\n", GetLastError());
    hr = CoWaitForMultipleHandles(0, 30000, 1, &thread, &wait);
    ok(hr == S_OK, "the other apartment does not get on: %#lx\n", hr);
    CloseHandle(thread);
}

START_TEST(marshal)
{
    CoInitialize(NULL);
    object_thread = GetCurrentThreadId();
    test_object(&item, call_item);
    test_object(&enumerator, call_enum);
    test_object(&filter, call_filter);
    test_object(&handler, call_handler);
    test_object(&events_filter, call_events_filter);
    test_object(&error_info, call_error_info);
    test_object(&cache, call_cache);
    CoUninitialize();
    ok(item.refs == 1 && enumerator.refs == 1 && filter.refs == 1 && handler.refs == 1 && events_filter.refs == 1 &&
       error_info.refs == 1 && cache.refs == 1, "references are left\n");
    ok(local_handler.refs == 1 && local_filter.refs == 1, "references are left in the calling apartment\n");
}
