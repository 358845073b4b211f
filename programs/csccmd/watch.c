/*
 * csccmd: watch
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <wchar.h>

#include "csccmd.h"
#include <ocidl.h>

/* The sink of published events; all calls come on the program's only thread. */
struct watcher
{
    IOfflineFilesEvents4 IOfflineFilesEvents4_iface;
    IOfflineFilesEventsFilter IOfflineFilesEventsFilter_iface;
    LONG refcount;
    const WCHAR *path;            /* NULL: everything */
    ULONG left;                   /* events until the end; 0: no end */
    ULONG told;
    HANDLE enough;
};

/* What an event tells beside its name. */
struct details
{
    const WCHAR *path, *old_path;
    const WCHAR *item;            /* type of the item */
    const HRESULT *result;
    const GUID *id;
    const WCHAR *note;            /* name of a number, and the number */
    DWORD number;
};

static struct watcher *impl_from_IOfflineFilesEvents4(IOfflineFilesEvents4 *iface)
{
    return CONTAINING_RECORD(iface, struct watcher, IOfflineFilesEvents4_iface);
}

static struct watcher *impl_from_IOfflineFilesEventsFilter(IOfflineFilesEventsFilter *iface)
{
    return CONTAINING_RECORD(iface, struct watcher, IOfflineFilesEventsFilter_iface);
}

static void print_event(const WCHAR *name, const struct details *details)
{
    static const GUID no_id;
    WCHAR time[TIME_TEXT_SIZE], id[64];
    FILETIME now;

    GetSystemTimeAsFileTime(&now);
    if (details->id && (IsEqualGUID(details->id, &no_id) || !StringFromGUID2(details->id, id, ARRAYSIZE(id)))) id[0] = 0;
    if (global_switches & SWITCH_JSON)
    {
        json_begin(L"event");
        json_time(L"time", &now);
        json_string(L"event", name);
        if (details->path) json_string(L"path", details->path);
        if (details->old_path) json_string(L"old_path", details->old_path);
        if (details->item) json_string(L"item", details->item);
        if (details->result) json_hresult(*details->result);
        if (details->id) json_string(L"id", id[0] ? id : NULL);
        if (details->note) json_number(details->note, details->number);
        json_end();
        flush_output();
        return;
    }
    print(out_stream(), L"%ls  %ls", format_time(&now, time) ? time : L"-", name);
    if (details->old_path) print(out_stream(), L"  %ls ->", details->old_path);
    if (details->path) print(out_stream(), L"  %ls", details->path);
    if (details->item) print(out_stream(), L"  %ls", details->item);
    if (details->result) print(out_stream(), L"  0x%08lx", (DWORD)*details->result);
    if (details->id && id[0]) print(out_stream(), L"  %ls", id);
    if (details->note) print(out_stream(), L"  %ls %lu", details->note, details->number);
    print(out_stream(), L"\n");
    flush_output();
}

static HRESULT tell(IOfflineFilesEvents4 *iface, const WCHAR *name, const struct details *details)
{
    struct watcher *watcher = impl_from_IOfflineFilesEvents4(iface);

    if (watcher->told && watcher->told == watcher->left) return S_OK;     /* it was enough */
    print_event(name, details);
    if (++watcher->told == watcher->left) SetEvent(watcher->enough);
    return S_OK;
}

/* ---- the sink ---- */

static HRESULT WINAPI watcher_QueryInterface(IOfflineFilesEvents4 *iface, REFIID iid, void **obj)
{
    struct watcher *watcher = impl_from_IOfflineFilesEvents4(iface);

    *obj = NULL;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IOfflineFilesEvents) ||
        IsEqualIID(iid, &IID_IOfflineFilesEvents2) || IsEqualIID(iid, &IID_IOfflineFilesEvents3) ||
        IsEqualIID(iid, &IID_IOfflineFilesEvents4))
        *obj = iface;
    else if (IsEqualIID(iid, &IID_IOfflineFilesEventsFilter))
        *obj = &watcher->IOfflineFilesEventsFilter_iface;
    if (!*obj) return E_NOINTERFACE;
    watcher->refcount++;
    return S_OK;
}

/* It is a variable of run_watch and outlives its users. */
static ULONG WINAPI watcher_AddRef(IOfflineFilesEvents4 *iface)
{
    return ++impl_from_IOfflineFilesEvents4(iface)->refcount;
}

static ULONG WINAPI watcher_Release(IOfflineFilesEvents4 *iface)
{
    return --impl_from_IOfflineFilesEvents4(iface)->refcount;
}

#define PLAIN(method) \
    static HRESULT WINAPI watcher_##method(IOfflineFilesEvents4 *iface) \
    { \
        struct details details = { 0 }; \
        return tell(iface, L"" #method, &details); \
    }
#define ABOUT_ITEM(method) \
    static HRESULT WINAPI watcher_##method(IOfflineFilesEvents4 *iface, LPCWSTR path, OFFLINEFILES_ITEM_TYPE type) \
    { \
        struct details details = { .path = path, .item = item_type_name(type) }; \
        return tell(iface, L"" #method, &details); \
    }
#define ABOUT_CONFLICT(method) \
    static HRESULT WINAPI watcher_##method(IOfflineFilesEvents4 *iface, LPCWSTR path, const FILETIME *time, \
                                           OFFLINEFILES_SYNC_STATE state) \
    { \
        struct details details = { .path = path, .note = L"state", .number = state }; \
        return tell(iface, L"" #method, &details); \
    }
#define WITH_FLAGS(method) \
    static HRESULT WINAPI watcher_##method(IOfflineFilesEvents4 *iface, DWORD flags) \
    { \
        struct details details = { .note = L"flags", .number = flags }; \
        return tell(iface, L"" #method, &details); \
    }

PLAIN(CacheIsFull)
PLAIN(CacheIsCorrupted)
ABOUT_CONFLICT(SyncConflictRecAdded)
ABOUT_CONFLICT(SyncConflictRecUpdated)
ABOUT_CONFLICT(SyncConflictRecRemoved)
PLAIN(NetTransportArrived)
PLAIN(NoNetTransports)
ABOUT_ITEM(ItemDisconnected)
ABOUT_ITEM(ItemReconnected)
ABOUT_ITEM(ItemAvailableOffline)
ABOUT_ITEM(ItemNotAvailableOffline)
ABOUT_ITEM(ItemPinned)
ABOUT_ITEM(ItemNotPinned)
ABOUT_ITEM(ItemAddedToCache)
ABOUT_ITEM(ItemDeletedFromCache)
PLAIN(DataLost)
PLAIN(Ping)
PLAIN(ItemReconnectBegin)
PLAIN(ItemReconnectEnd)
PLAIN(CacheEvictBegin)
PLAIN(CacheEvictEnd)
WITH_FLAGS(BackgroundSyncBegin)
WITH_FLAGS(BackgroundSyncEnd)
PLAIN(PolicyChangeDetected)
PLAIN(PreferenceChangeDetected)
PLAIN(SettingsChangesApplied)
PLAIN(PrefetchCloseHandleBegin)

static HRESULT WINAPI watcher_CacheMoved(IOfflineFilesEvents4 *iface, LPCWSTR old_path, LPCWSTR path)
{
    struct details details = { .path = path, .old_path = old_path };

    return tell(iface, L"CacheMoved", &details);
}

static HRESULT WINAPI watcher_Enabled(IOfflineFilesEvents4 *iface, BOOL enabled)
{
    struct details details = { .note = L"enabled", .number = enabled };

    return tell(iface, L"Enabled", &details);
}

static HRESULT WINAPI watcher_EncryptionChanged(IOfflineFilesEvents4 *iface, BOOL was_encrypted, BOOL was_partial,
                                                BOOL is_encrypted, BOOL is_partial)
{
    struct details details = { .note = L"encrypted", .number = is_encrypted };

    return tell(iface, L"EncryptionChanged", &details);
}

static HRESULT WINAPI watcher_SyncBegin(IOfflineFilesEvents4 *iface, REFGUID id)
{
    struct details details = { .id = id };

    return tell(iface, L"SyncBegin", &details);
}

static HRESULT WINAPI watcher_SyncFileResult(IOfflineFilesEvents4 *iface, REFGUID id, LPCWSTR path, HRESULT result)
{
    struct details details = { .path = path, .result = &result, .id = id };

    return tell(iface, L"SyncFileResult", &details);
}

static HRESULT WINAPI watcher_SyncEnd(IOfflineFilesEvents4 *iface, REFGUID id, HRESULT result)
{
    struct details details = { .result = &result, .id = id };

    return tell(iface, L"SyncEnd", &details);
}

static HRESULT WINAPI watcher_ItemModified(IOfflineFilesEvents4 *iface, LPCWSTR path, OFFLINEFILES_ITEM_TYPE type,
                                           BOOL data, BOOL attributes)
{
    struct details details = { .path = path, .item = item_type_name(type), .note = L"data", .number = data };

    return tell(iface, L"ItemModified", &details);
}

static HRESULT WINAPI watcher_ItemRenamed(IOfflineFilesEvents4 *iface, LPCWSTR old_path, LPCWSTR path,
                                          OFFLINEFILES_ITEM_TYPE type)
{
    struct details details = { .path = path, .old_path = old_path, .item = item_type_name(type) };

    return tell(iface, L"ItemRenamed", &details);
}

static HRESULT WINAPI watcher_TransparentCacheItemNotify(IOfflineFilesEvents4 *iface, LPCWSTR path,
        OFFLINEFILES_EVENTS event, OFFLINEFILES_ITEM_TYPE type, BOOL data, BOOL attributes, LPCWSTR old_path)
{
    struct details details = { .path = path, .item = item_type_name(type), .note = L"event", .number = event };

    return tell(iface, L"TransparentCacheItemNotify", &details);
}

static HRESULT WINAPI watcher_PrefetchFileBegin(IOfflineFilesEvents4 *iface, LPCWSTR path)
{
    struct details details = { .path = path };

    return tell(iface, L"PrefetchFileBegin", &details);
}

static HRESULT WINAPI watcher_PrefetchFileEnd(IOfflineFilesEvents4 *iface, LPCWSTR path, HRESULT result)
{
    struct details details = { .path = path, .result = &result };

    return tell(iface, L"PrefetchFileEnd", &details);
}

static HRESULT WINAPI watcher_PrefetchCloseHandleEnd(IOfflineFilesEvents4 *iface, DWORD closed, DWORD open, HRESULT result)
{
    struct details details = { .result = &result, .note = L"closed", .number = closed };

    return tell(iface, L"PrefetchCloseHandleEnd", &details);
}

static const IOfflineFilesEvents4Vtbl watcher_vtbl =
{
    watcher_QueryInterface,
    watcher_AddRef,
    watcher_Release,
    watcher_CacheMoved,
    watcher_CacheIsFull,
    watcher_CacheIsCorrupted,
    watcher_Enabled,
    watcher_EncryptionChanged,
    watcher_SyncBegin,
    watcher_SyncFileResult,
    watcher_SyncConflictRecAdded,
    watcher_SyncConflictRecUpdated,
    watcher_SyncConflictRecRemoved,
    watcher_SyncEnd,
    watcher_NetTransportArrived,
    watcher_NoNetTransports,
    watcher_ItemDisconnected,
    watcher_ItemReconnected,
    watcher_ItemAvailableOffline,
    watcher_ItemNotAvailableOffline,
    watcher_ItemPinned,
    watcher_ItemNotPinned,
    watcher_ItemModified,
    watcher_ItemAddedToCache,
    watcher_ItemDeletedFromCache,
    watcher_ItemRenamed,
    watcher_DataLost,
    watcher_Ping,
    watcher_ItemReconnectBegin,
    watcher_ItemReconnectEnd,
    watcher_CacheEvictBegin,
    watcher_CacheEvictEnd,
    watcher_BackgroundSyncBegin,
    watcher_BackgroundSyncEnd,
    watcher_PolicyChangeDetected,
    watcher_PreferenceChangeDetected,
    watcher_SettingsChangesApplied,
    watcher_TransparentCacheItemNotify,
    watcher_PrefetchFileBegin,
    watcher_PrefetchFileEnd,
    watcher_PrefetchCloseHandleBegin,
    watcher_PrefetchCloseHandleEnd
};

/* ---- its filter ---- */

static HRESULT WINAPI filter_QueryInterface(IOfflineFilesEventsFilter *iface, REFIID iid, void **obj)
{
    return watcher_QueryInterface(&impl_from_IOfflineFilesEventsFilter(iface)->IOfflineFilesEvents4_iface, iid, obj);
}

static ULONG WINAPI filter_AddRef(IOfflineFilesEventsFilter *iface)
{
    return ++impl_from_IOfflineFilesEventsFilter(iface)->refcount;
}

static ULONG WINAPI filter_Release(IOfflineFilesEventsFilter *iface)
{
    return --impl_from_IOfflineFilesEventsFilter(iface)->refcount;
}

static HRESULT WINAPI filter_GetPathFilter(IOfflineFilesEventsFilter *iface, LPWSTR *path,
                                           OFFLINEFILES_PATHFILTER_MATCH *match)
{
    struct watcher *watcher = impl_from_IOfflineFilesEventsFilter(iface);

    if (!watcher->path) return E_NOTIMPL;
    if (!(*path = CoTaskMemAlloc((wcslen(watcher->path) + 1) * sizeof(WCHAR)))) return E_OUTOFMEMORY;
    wcscpy(*path, watcher->path);
    *match = OFFLINEFILES_PATHFILTER_SELFORDESCENDENT;
    return S_OK;
}

static HRESULT WINAPI filter_GetIncludedEvents(IOfflineFilesEventsFilter *iface, ULONG count, OFFLINEFILES_EVENTS *events,
                                               ULONG *got)
{
    return E_NOTIMPL;
}

static HRESULT WINAPI filter_GetExcludedEvents(IOfflineFilesEventsFilter *iface, ULONG count, OFFLINEFILES_EVENTS *events,
                                               ULONG *got)
{
    return E_NOTIMPL;
}

static const IOfflineFilesEventsFilterVtbl filter_vtbl =
{
    filter_QueryInterface,
    filter_AddRef,
    filter_Release,
    filter_GetPathFilter,
    filter_GetIncludedEvents,
    filter_GetExcludedEvents
};

/* ---- the verb ---- */

/* A number from 1 on; FALSE: it is none. */
static BOOL parse_number(const WCHAR *text, ULONG *number)
{
    WCHAR *end;

    *number = text ? wcstoul(text, &end, 10) : 0;
    return !text || (*text >= '1' && *text <= '9' && !*end && *number <= 1000000);
}

static HRESULT find_point(IOfflineFilesCache *cache, IConnectionPoint **point)
{
    IConnectionPointContainer *container;
    HRESULT hr;

    *point = NULL;
    hr = IOfflineFilesCache_QueryInterface(cache, &IID_IConnectionPointContainer, (void **)&container);
    if (FAILED(hr)) return hr;
    hr = IConnectionPointContainer_FindConnectionPoint(container, &IID_IOfflineFilesEvents4, point);
    IConnectionPointContainer_Release(container);
    return hr;
}

int run_watch(const struct command *command)
{
    struct watcher watcher = { .refcount = 1, .path = command->arg_count ? command->args[0] : NULL };
    IOfflineFilesCache *cache;
    IConnectionPoint *point;
    ULONG seconds;
    DWORD cookie, index;
    HRESULT hr;
    int ret;

    if (!parse_number(command->values[VALUE_EVENTS], &watcher.left) ||
        !parse_number(command->values[VALUE_SECONDS], &seconds))
        return usage_error(command->verb, L"watch: --count and --seconds take a number from 1 on");
    watcher.IOfflineFilesEvents4_iface.lpVtbl = (IOfflineFilesEvents4Vtbl *)&watcher_vtbl;
    watcher.IOfflineFilesEventsFilter_iface.lpVtbl = (IOfflineFilesEventsFilterVtbl *)&filter_vtbl;
    if (!(watcher.enough = CreateEventW(NULL, TRUE, FALSE, NULL)))
    {
        report_error(command->verb->name, HRESULT_FROM_WIN32(GetLastError()));
        return CMD_FAILED;
    }
    if ((ret = open_cache(&cache))) return ret;
    hr = find_point(cache, &point);
    if (SUCCEEDED(hr))
    {
        hr = IConnectionPoint_Advise(point, (IUnknown *)&watcher.IOfflineFilesEvents4_iface, &cookie);
        if (SUCCEEDED(hr))
        {
            if (!(global_switches & (SWITCH_JSON | SWITCH_QUIET))) print(err_stream(), L"watching, Ctrl+C ends it\n");
            /* calls come in meanwhile */
            CoWaitForMultipleHandles(0, seconds ? seconds * 1000 : INFINITE, 1, &watcher.enough, &index);
            IConnectionPoint_Unadvise(point, cookie);
        }
        IConnectionPoint_Release(point);
    }
    if (FAILED(hr)) report_error(watcher.path ? watcher.path : command->verb->name, hr);
    IOfflineFilesCache_Release(cache);
    CloseHandle(watcher.enough);
    if (SUCCEEDED(hr) && global_switches & SWITCH_JSON)
    {
        json_begin(L"summary");
        json_string(L"verb", command->verb->name);
        json_string(L"result", L"done");
        json_number(L"events", watcher.told);
        json_end();
    }
    return FAILED(hr) ? exit_code(hr) : CMD_DONE;
}
