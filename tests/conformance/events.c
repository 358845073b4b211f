/*
 * Published events: connection points, sinks of all versions, filters, apartments, processes
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The unit starts itself again as "events listen PATH": another process that listens until it is killed.
 */

#include "csctest.h"
#include <initguid.h>
#include <ocidl.h>
#include <olectl.h>

DEFINE_GUID(test_id, 0x6d1c1d1e, 0x52c4, 0x4d27, 0x8c, 0x0a, 0x35, 0x1e, 0x90, 0x77, 0x2b, 0x11);

#define EVENT(name) OFFLINEFILES_EVENT_##name
#define MAX_CALLS 2000

/* --- a sink that writes down what it is told */

struct told
{
    OFFLINEFILES_EVENTS event;
    DWORD thread, detail;         /* detail: type of the item, state of the conflict, flags */
    BOOL data, attributes;
    HRESULT hr;
    GUID id;
    FILETIME time;
    WCHAR path[300], old[300];
};

struct listener
{
    IOfflineFilesEvents4 IOfflineFilesEvents4_iface;
    IOfflineFilesEventsFilter IOfflineFilesEventsFilter_iface;
    LONG refs;
    CRITICAL_SECTION lock;
    unsigned int version;         /* of the interface that it has, 1 to 4 */

    BOOL filtered;                /* it has IOfflineFilesEventsFilter */
    const WCHAR *path;            /* NULL: E_NOTIMPL; the same with the lists */
    OFFLINEFILES_PATHFILTER_MATCH match;
    const OFFLINEFILES_EVENTS *included, *excluded;
    ULONG included_count, excluded_count, room[2], filter_calls[3];

    HRESULT returns;
    HANDLE hang;                  /* callbacks wait for it */
    IConnectionPoint *leave;      /* it unadvises itself in the next callback */
    DWORD cookie;
    HRESULT left;                 /* what that gave */

    struct told calls[MAX_CALLS];
    unsigned int count;
};

static struct listener *impl_from_IOfflineFilesEvents4(IOfflineFilesEvents4 *iface)
{
    return CONTAINING_RECORD(iface, struct listener, IOfflineFilesEvents4_iface);
}

static struct listener *impl_from_IOfflineFilesEventsFilter(IOfflineFilesEventsFilter *iface)
{
    return CONTAINING_RECORD(iface, struct listener, IOfflineFilesEventsFilter_iface);
}

static HRESULT WINAPI listener_QueryInterface(IOfflineFilesEvents4 *iface, REFIID iid, void **out)
{
    static const IID *const versions[] =
        { &IID_IOfflineFilesEvents, &IID_IOfflineFilesEvents2, &IID_IOfflineFilesEvents3, &IID_IOfflineFilesEvents4 };
    struct listener *listener = impl_from_IOfflineFilesEvents4(iface);
    unsigned int i;

    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown)) *out = iface;
    for (i = 0; i < listener->version; i++) if (IsEqualIID(iid, versions[i])) *out = iface;
    if (listener->filtered && IsEqualIID(iid, &IID_IOfflineFilesEventsFilter))
        *out = &listener->IOfflineFilesEventsFilter_iface;
    if (!*out) return E_NOINTERFACE;
    InterlockedIncrement(&listener->refs);
    return S_OK;
}

static ULONG WINAPI listener_AddRef(IOfflineFilesEvents4 *iface)
{
    return InterlockedIncrement(&impl_from_IOfflineFilesEvents4(iface)->refs);
}

static ULONG WINAPI listener_Release(IOfflineFilesEvents4 *iface)
{
    return InterlockedDecrement(&impl_from_IOfflineFilesEvents4(iface)->refs);
}

/* The next entry, with what all calls have; end() follows. */
static struct told *begin(IOfflineFilesEvents4 *iface, OFFLINEFILES_EVENTS event, const WCHAR *path)
{
    struct listener *listener = impl_from_IOfflineFilesEvents4(iface);
    struct told *told;

    EnterCriticalSection(&listener->lock);
    told = &listener->calls[listener->count < MAX_CALLS ? listener->count : MAX_CALLS - 1];
    memset(told, 0, sizeof(*told));
    told->event = event;
    told->thread = GetCurrentThreadId();
    if (path) lstrcpynW(told->path, path, ARRAY_SIZE(told->path));
    return told;
}

static HRESULT end(IOfflineFilesEvents4 *iface)
{
    struct listener *listener = impl_from_IOfflineFilesEvents4(iface);
    IConnectionPoint *leave = listener->leave;
    HANDLE hang = listener->hang;

    listener->count++;
    listener->leave = NULL;
    LeaveCriticalSection(&listener->lock);
    if (leave) listener->left = IConnectionPoint_Unadvise(leave, listener->cookie);
    if (hang) WaitForSingleObject(hang, 30000);
    return listener->returns;
}

static HRESULT simple(IOfflineFilesEvents4 *iface, OFFLINEFILES_EVENTS event)
{
    begin(iface, event, NULL);
    return end(iface);
}

static HRESULT about_item(IOfflineFilesEvents4 *iface, OFFLINEFILES_EVENTS event, LPCWSTR path, OFFLINEFILES_ITEM_TYPE type)
{
    begin(iface, event, path)->detail = type;
    return end(iface);
}

static HRESULT conflict(IOfflineFilesEvents4 *iface, OFFLINEFILES_EVENTS event, LPCWSTR path, const FILETIME *time,
                        OFFLINEFILES_SYNC_STATE state)
{
    struct told *told = begin(iface, event, path);

    told->time = *time;
    told->detail = state;
    return end(iface);
}

static HRESULT sync_event(IOfflineFilesEvents4 *iface, OFFLINEFILES_EVENTS event, REFGUID id, LPCWSTR path, HRESULT hr)
{
    struct told *told = begin(iface, event, path);

    told->id = *id;
    told->hr = hr;
    return end(iface);
}

#define SIMPLE(method, event) \
    static HRESULT WINAPI listener_##method(IOfflineFilesEvents4 *iface) { return simple(iface, EVENT(event)); }
#define ITEM(method, event) \
    static HRESULT WINAPI listener_##method(IOfflineFilesEvents4 *iface, LPCWSTR path, OFFLINEFILES_ITEM_TYPE type) \
    { return about_item(iface, EVENT(event), path, type); }
#define CONFLICT(method, event) \
    static HRESULT WINAPI listener_##method(IOfflineFilesEvents4 *iface, LPCWSTR path, const FILETIME *time, \
                                            OFFLINEFILES_SYNC_STATE state) \
    { return conflict(iface, EVENT(event), path, time, state); }
#define FLAGS(method, event) \
    static HRESULT WINAPI listener_##method(IOfflineFilesEvents4 *iface, DWORD flags) \
    { begin(iface, EVENT(event), NULL)->detail = flags; return end(iface); }

SIMPLE(CacheIsFull, CACHEISFULL)
SIMPLE(CacheIsCorrupted, CACHEISCORRUPTED)
CONFLICT(SyncConflictRecAdded, SYNCCONFLICTRECADDED)
CONFLICT(SyncConflictRecUpdated, SYNCCONFLICTRECUPDATED)
CONFLICT(SyncConflictRecRemoved, SYNCCONFLICTRECREMOVED)
SIMPLE(NetTransportArrived, NETTRANSPORTARRIVED)
SIMPLE(NoNetTransports, NONETTRANSPORTS)
ITEM(ItemDisconnected, ITEMDISCONNECTED)
ITEM(ItemReconnected, ITEMRECONNECTED)
ITEM(ItemAvailableOffline, ITEMAVAILABLEOFFLINE)
ITEM(ItemNotAvailableOffline, ITEMNOTAVAILABLEOFFLINE)
ITEM(ItemPinned, ITEMPINNED)
ITEM(ItemNotPinned, ITEMNOTPINNED)
ITEM(ItemAddedToCache, ITEMADDEDTOCACHE)
ITEM(ItemDeletedFromCache, ITEMDELETEDFROMCACHE)
SIMPLE(DataLost, DATALOST)
SIMPLE(Ping, PING)
SIMPLE(ItemReconnectBegin, ITEMRECONNECTBEGIN)
SIMPLE(ItemReconnectEnd, ITEMRECONNECTEND)
SIMPLE(CacheEvictBegin, CACHEEVICTBEGIN)
SIMPLE(CacheEvictEnd, CACHEEVICTEND)
FLAGS(BackgroundSyncBegin, BACKGROUNDSYNCBEGIN)
FLAGS(BackgroundSyncEnd, BACKGROUNDSYNCEND)
SIMPLE(PolicyChangeDetected, POLICYCHANGEDETECTED)
SIMPLE(PreferenceChangeDetected, PREFERENCECHANGEDETECTED)
SIMPLE(SettingsChangesApplied, SETTINGSCHANGESAPPLIED)
SIMPLE(PrefetchCloseHandleBegin, PREFETCHCLOSEHANDLEBEGIN)

static HRESULT WINAPI listener_CacheMoved(IOfflineFilesEvents4 *iface, LPCWSTR old, LPCWSTR new)
{
    begin(iface, EVENT(CACHEMOVED), new);
    return end(iface);
}

static HRESULT WINAPI listener_Enabled(IOfflineFilesEvents4 *iface, BOOL enabled)
{
    return simple(iface, EVENT(ENABLED));
}

static HRESULT WINAPI listener_EncryptionChanged(IOfflineFilesEvents4 *iface, BOOL was_encrypted, BOOL was_partial,
                                                 BOOL is_encrypted, BOOL is_partial)
{
    return simple(iface, EVENT(ENCRYPTIONCHANGED));
}

static HRESULT WINAPI listener_SyncBegin(IOfflineFilesEvents4 *iface, REFGUID id)
{
    return sync_event(iface, EVENT(SYNCBEGIN), id, NULL, S_OK);
}

static HRESULT WINAPI listener_SyncFileResult(IOfflineFilesEvents4 *iface, REFGUID id, LPCWSTR path, HRESULT hr)
{
    return sync_event(iface, EVENT(SYNCFILERESULT), id, path, hr);
}

static HRESULT WINAPI listener_SyncEnd(IOfflineFilesEvents4 *iface, REFGUID id, HRESULT hr)
{
    return sync_event(iface, EVENT(SYNCEND), id, NULL, hr);
}

static HRESULT WINAPI listener_ItemModified(IOfflineFilesEvents4 *iface, LPCWSTR path, OFFLINEFILES_ITEM_TYPE type,
                                            BOOL data, BOOL attributes)
{
    struct told *told = begin(iface, EVENT(ITEMMODIFIED), path);

    told->detail = type;
    told->data = data;
    told->attributes = attributes;
    return end(iface);
}

static HRESULT WINAPI listener_ItemRenamed(IOfflineFilesEvents4 *iface, LPCWSTR old, LPCWSTR new,
                                           OFFLINEFILES_ITEM_TYPE type)
{
    struct told *told = begin(iface, EVENT(ITEMRENAMED), new);

    told->detail = type;
    lstrcpynW(told->old, old, ARRAY_SIZE(told->old));
    return end(iface);
}

static HRESULT WINAPI listener_TransparentCacheItemNotify(IOfflineFilesEvents4 *iface, LPCWSTR path,
        OFFLINEFILES_EVENTS event, OFFLINEFILES_ITEM_TYPE type, BOOL data, BOOL attributes, LPCWSTR old)
{
    return about_item(iface, EVENT(TRANSPARENTCACHEITEMNOTIFY), path, type);
}

static HRESULT WINAPI listener_PrefetchFileBegin(IOfflineFilesEvents4 *iface, LPCWSTR path)
{
    begin(iface, EVENT(PREFETCHFILEBEGIN), path);
    return end(iface);
}

static HRESULT WINAPI listener_PrefetchFileEnd(IOfflineFilesEvents4 *iface, LPCWSTR path, HRESULT hr)
{
    begin(iface, EVENT(PREFETCHFILEEND), path)->hr = hr;
    return end(iface);
}

static HRESULT WINAPI listener_PrefetchCloseHandleEnd(IOfflineFilesEvents4 *iface, DWORD closed, DWORD open, HRESULT hr)
{
    return simple(iface, EVENT(PREFETCHCLOSEHANDLEEND));
}

static const IOfflineFilesEvents4Vtbl listener_vtbl =
{
    listener_QueryInterface, listener_AddRef, listener_Release,
    listener_CacheMoved, listener_CacheIsFull, listener_CacheIsCorrupted, listener_Enabled, listener_EncryptionChanged,
    listener_SyncBegin, listener_SyncFileResult, listener_SyncConflictRecAdded, listener_SyncConflictRecUpdated,
    listener_SyncConflictRecRemoved, listener_SyncEnd, listener_NetTransportArrived, listener_NoNetTransports,
    listener_ItemDisconnected, listener_ItemReconnected, listener_ItemAvailableOffline, listener_ItemNotAvailableOffline,
    listener_ItemPinned, listener_ItemNotPinned, listener_ItemModified, listener_ItemAddedToCache,
    listener_ItemDeletedFromCache, listener_ItemRenamed, listener_DataLost, listener_Ping,
    listener_ItemReconnectBegin, listener_ItemReconnectEnd, listener_CacheEvictBegin, listener_CacheEvictEnd,
    listener_BackgroundSyncBegin, listener_BackgroundSyncEnd, listener_PolicyChangeDetected,
    listener_PreferenceChangeDetected, listener_SettingsChangesApplied,
    listener_TransparentCacheItemNotify, listener_PrefetchFileBegin, listener_PrefetchFileEnd,
    listener_PrefetchCloseHandleBegin, listener_PrefetchCloseHandleEnd
};

static HRESULT WINAPI filter_QueryInterface(IOfflineFilesEventsFilter *iface, REFIID iid, void **out)
{
    return listener_QueryInterface(&impl_from_IOfflineFilesEventsFilter(iface)->IOfflineFilesEvents4_iface, iid, out);
}

static ULONG WINAPI filter_AddRef(IOfflineFilesEventsFilter *iface)
{
    return InterlockedIncrement(&impl_from_IOfflineFilesEventsFilter(iface)->refs);
}

static ULONG WINAPI filter_Release(IOfflineFilesEventsFilter *iface)
{
    return InterlockedDecrement(&impl_from_IOfflineFilesEventsFilter(iface)->refs);
}

static HRESULT WINAPI filter_GetPathFilter(IOfflineFilesEventsFilter *iface, LPWSTR *path,
                                           OFFLINEFILES_PATHFILTER_MATCH *match)
{
    struct listener *listener = impl_from_IOfflineFilesEventsFilter(iface);

    listener->filter_calls[0]++;
    if (!listener->path) return E_NOTIMPL;
    if (!(*path = CoTaskMemAlloc((lstrlenW(listener->path) + 1) * sizeof(WCHAR)))) return E_OUTOFMEMORY;
    lstrcpyW(*path, listener->path);
    *match = listener->match;
    return S_OK;
}

static HRESULT get_list(const OFFLINEFILES_EVENTS *from, ULONG from_count, ULONG count, OFFLINEFILES_EVENTS *list, ULONG *got)
{
    if (!from) return E_NOTIMPL;
    *got = min(from_count, count);
    memcpy(list, from, *got * sizeof(*from));
    return S_OK;
}

static HRESULT WINAPI filter_GetIncludedEvents(IOfflineFilesEventsFilter *iface, ULONG count, OFFLINEFILES_EVENTS *list,
                                               ULONG *got)
{
    struct listener *listener = impl_from_IOfflineFilesEventsFilter(iface);

    listener->filter_calls[1]++;
    listener->room[0] = count;
    return get_list(listener->included, listener->included_count, count, list, got);
}

static HRESULT WINAPI filter_GetExcludedEvents(IOfflineFilesEventsFilter *iface, ULONG count, OFFLINEFILES_EVENTS *list,
                                               ULONG *got)
{
    struct listener *listener = impl_from_IOfflineFilesEventsFilter(iface);

    listener->filter_calls[2]++;
    listener->room[1] = count;
    return get_list(listener->excluded, listener->excluded_count, count, list, got);
}

static const IOfflineFilesEventsFilterVtbl filter_vtbl =
{
    filter_QueryInterface, filter_AddRef, filter_Release,
    filter_GetPathFilter, filter_GetIncludedEvents, filter_GetExcludedEvents
};

static struct listener *listener_create(unsigned int version)
{
    struct listener *listener = calloc(1, sizeof(*listener));

    listener->IOfflineFilesEvents4_iface.lpVtbl = (IOfflineFilesEvents4Vtbl *)&listener_vtbl;
    listener->IOfflineFilesEventsFilter_iface.lpVtbl = (IOfflineFilesEventsFilterVtbl *)&filter_vtbl;
    listener->refs = 1;
    listener->version = version;
    InitializeCriticalSection(&listener->lock);
    return listener;
}

static IUnknown *unknown(struct listener *listener)
{
    return (IUnknown *)&listener->IOfflineFilesEvents4_iface;
}

static void listener_free(struct listener *listener)
{
    wait_for(listener->refs == 1);
    ok(listener->refs == 1, "the sink is still held: %ld\n", listener->refs);
    if (listener->refs != 1) return;    /* rather a leak than a crash */
    DeleteCriticalSection(&listener->lock);
    free(listener);
}

/* The last call for an event and a path (NULL: any), or NULL. */
static struct told *find_told(struct listener *listener, OFFLINEFILES_EVENTS event, const WCHAR *path)
{
    struct told *found = NULL;
    unsigned int i;

    EnterCriticalSection(&listener->lock);
    for (i = 0; i < listener->count && i < MAX_CALLS; i++)
        if (listener->calls[i].event == event && (!path || !lstrcmpiW(listener->calls[i].path, path)))
            found = &listener->calls[i];
    LeaveCriticalSection(&listener->lock);
    return found;
}

#define expect(listener, event, path) expect_(__LINE__, listener, EVENT(event), #event, path)
static struct told *expect_(int line, struct listener *listener, OFFLINEFILES_EVENTS event, const char *name,
                            const WCHAR *path)
{
    static struct told nothing;
    struct told *told;

    wait_for((told = find_told(listener, event, path)));
    ok_(__FILE__, line)(told != NULL, "%s was not told of %ls\n", name, path ? path : L"anything");
    return told ? told : &nothing;
}

static unsigned int count_told(struct listener *listener, OFFLINEFILES_EVENTS event)
{
    unsigned int i, count = 0;

    EnterCriticalSection(&listener->lock);
    for (i = 0; i < listener->count && i < MAX_CALLS; i++) count += listener->calls[i].event == event;
    LeaveCriticalSection(&listener->lock);
    return count;
}

static void forget(struct listener *listener)
{
    pump(700);
    EnterCriticalSection(&listener->lock);
    listener->count = 0;
    LeaveCriticalSection(&listener->lock);
}

/* --- connecting */

static IConnectionPoint *find_point(REFIID iid)
{
    IConnectionPointContainer *container;
    IConnectionPoint *point = NULL;
    HRESULT hr;

    hr = IOfflineFilesCache_QueryInterface(unit_cache(), &IID_IConnectionPointContainer, (void **)&container);
    ok(hr == S_OK, "no IConnectionPointContainer: %#lx\n", hr);
    if (FAILED(hr)) return NULL;
    hr = IConnectionPointContainer_FindConnectionPoint(container, iid, &point);
    ok(hr == S_OK, "FindConnectionPoint: %#lx\n", hr);
    release(container);
    return point;
}

static IConnectionPoint *advise(struct listener *listener)
{
    IConnectionPoint *point = find_point(&IID_IOfflineFilesEvents);
    HRESULT hr;

    if (!point) return NULL;
    hr = IConnectionPoint_Advise(point, unknown(listener), &listener->cookie);
    ok(hr == S_OK, "Advise: %#lx\n", hr);
    ok(listener->cookie != 0, "no cookie\n");
    return point;
}

static void unadvise(IConnectionPoint *point, struct listener *listener)
{
    HRESULT hr;

    if (!point) return;
    hr = IConnectionPoint_Unadvise(point, listener->cookie);
    ok(hr == S_OK, "Unadvise: %#lx\n", hr);
    release(point);
}

static void test_points(void)
{
    fact("if.cachepoints");
    static const IID *const iids[] =
        { &IID_IOfflineFilesEvents, &IID_IOfflineFilesEvents2, &IID_IOfflineFilesEvents3, &IID_IOfflineFilesEvents4 };
    IConnectionPoint *point, *other, *points[8];
    IConnectionPointContainer *container, *back;
    IEnumConnectionPoints *list, *clone;
    ULONG got, before;
    unsigned int i;
    HRESULT hr;
    IID iid;

    before = references(unit_cache());
    hr = IOfflineFilesCache_QueryInterface(unit_cache(), &IID_IConnectionPointContainer, (void **)&container);
    ok(hr == S_OK, "no IConnectionPointContainer: %#lx\n", hr);
    if (FAILED(hr)) return;

    for (i = 0; i < ARRAY_SIZE(iids); i++)
    {
        point = NULL;
        hr = IConnectionPointContainer_FindConnectionPoint(container, iids[i], &point);
        if (i) ok_ours(hr == S_OK, Q100, "%u: %#lx\n", i, hr);
        else ok(hr == S_OK, "FindConnectionPoint: %#lx\n", hr);
        if (FAILED(hr)) continue;
        hr = IConnectionPoint_GetConnectionInterface(point, &iid);
        ok(hr == S_OK && IsEqualIID(&iid, iids[i]), "%u: %#lx, %s\n", i, hr, wine_dbgstr_guid(&iid));
        hr = IConnectionPoint_GetConnectionPointContainer(point, &back);
        ok(hr == S_OK && back == container, "%u: %#lx, %p is not %p\n", i, hr, back, container);
        if (SUCCEEDED(hr)) release(back);
        hr = IConnectionPointContainer_FindConnectionPoint(container, iids[i], &other);
        ok(hr == S_OK && other == point, "%u: %#lx, another point\n", i, hr);
        if (SUCCEEDED(hr)) release(other);
        hr = IConnectionPoint_QueryInterface(point, &IID_IConnectionPointContainer, (void **)&back);
        ok(hr == E_NOINTERFACE, "a point is a container: %#lx\n", hr);
        release(point);
    }
    point = (void *)0xdead;
    hr = IConnectionPointContainer_FindConnectionPoint(container, &IID_IDispatch, &point);
    ok(hr == CONNECT_E_NOCONNECTION && !point, "FindConnectionPoint: %#lx, %p\n", hr, point);
    if (on_ours())
    {
        hr = IConnectionPointContainer_FindConnectionPoint(container, &IID_IOfflineFilesEvents, NULL);
        ok_ours(hr == E_POINTER, Q8, "FindConnectionPoint: %#lx\n", hr);
        hr = IConnectionPointContainer_EnumConnectionPoints(container, NULL);
        ok_ours(hr == E_POINTER, Q8, "EnumConnectionPoints: %#lx\n", hr);
    }

    hr = IConnectionPointContainer_EnumConnectionPoints(container, &list);
    ok(hr == S_OK, "EnumConnectionPoints: %#lx\n", hr);
    if (SUCCEEDED(hr))
    {
        got = 99;
        hr = IEnumConnectionPoints_Next(list, ARRAY_SIZE(points), points, &got);
        ok(hr == S_FALSE && got >= 1, "Next: %#lx, %lu\n", hr, got);
        ok_ours(got == ARRAY_SIZE(iids), Q100, "%lu points\n", got);
        for (i = 0; i < got; i++)
        {
            hr = IConnectionPoint_GetConnectionInterface(points[i], &iid);
            if (i < ARRAY_SIZE(iids)) ok_ours(hr == S_OK && IsEqualIID(&iid, iids[i]), Q100, "%u\n", i);
            release(points[i]);
        }
        hr = IEnumConnectionPoints_Next(list, 1, points, &got);
        ok(hr == S_FALSE && !got, "Next: %#lx, %lu\n", hr, got);
        hr = IEnumConnectionPoints_Reset(list);
        ok(hr == S_OK, "Reset: %#lx\n", hr);
        hr = IEnumConnectionPoints_Skip(list, 1);
        ok(hr == S_OK, "Skip: %#lx\n", hr);
        hr = IEnumConnectionPoints_Clone(list, &clone);
        ok(hr == S_OK, "Clone: %#lx\n", hr);
        hr = IEnumConnectionPoints_Skip(list, 100);
        ok(hr == S_FALSE, "Skip: %#lx\n", hr);
        hr = IEnumConnectionPoints_Next(clone, 1, points, NULL);
        ok_ours(hr == S_OK, Q100, "Next of the clone: %#lx\n", hr);
        if (hr == S_OK) release(points[0]);
        release(clone);
        release(list);
    }
    release(container);
    ok(references(unit_cache()) == before, "references: %lu, then %lu\n", before, references(unit_cache()));
}

static void test_advise(void)
{
    fact("events.advise");
    struct listener *listener = listener_create(2), *stranger = listener_create(0);
    IConnectionPoint *point = find_point(&IID_IOfflineFilesEvents), *third;
    IEnumConnections *list;
    CONNECTDATA data[4];
    DWORD cookie, second;
    ULONG got;
    HRESULT hr;

    if (!point) return;
    cookie = 99;
    hr = IConnectionPoint_Advise(point, unknown(stranger), &cookie);
    ok(hr == CONNECT_E_CANNOTCONNECT, "Advise without the interface: %#lx\n", hr);
    ok(!cookie, "cookie %lu\n", cookie);
    hr = IConnectionPoint_Advise(point, NULL, &cookie);
    ok_ours(hr == E_POINTER, Q8, "Advise: %#lx\n", hr);
    hr = IConnectionPoint_Advise(point, unknown(listener), NULL);
    ok_ours(hr == E_POINTER, Q8, "Advise: %#lx\n", hr);
    ok(listener->refs == 1 && stranger->refs == 1, "references %ld, %ld\n", listener->refs, stranger->refs);
    third = find_point(&IID_IOfflineFilesEvents3);
    if (third)
    {
        hr = IConnectionPoint_Advise(third, unknown(listener), &cookie);
        ok_ours(hr == CONNECT_E_CANNOTCONNECT, Q100, "Advise of an older version: %#lx\n", hr);
    }

    hr = IConnectionPoint_Advise(point, unknown(listener), &cookie);
    ok(hr == S_OK && cookie, "Advise: %#lx, %lu\n", hr, cookie);
    hr = IConnectionPoint_Advise(point, unknown(listener), &second);
    ok(hr == S_OK && second && second != cookie, "Advise: %#lx, %lu\n", hr, second);
    ok(listener->refs > 1, "the sink is not held\n");

    hr = IConnectionPoint_EnumConnections(point, &list);
    ok(hr == S_OK, "EnumConnections: %#lx\n", hr);
    if (SUCCEEDED(hr))
    {
        got = 0;
        hr = IEnumConnections_Next(list, ARRAY_SIZE(data), data, &got);
        ok(hr == S_FALSE && got == 2, "Next: %#lx, %lu\n", hr, got);
        if (got == 2)
        {
            ok(data[0].dwCookie == cookie && data[1].dwCookie == second, "cookies %lu, %lu\n", data[0].dwCookie,
               data[1].dwCookie);
            ok(data[0].pUnk == unknown(listener), "another object\n");
        }
        for (; got; got--) IUnknown_Release(data[got - 1].pUnk);
        release(list);
    }
    if (third)
    {
        hr = IConnectionPoint_Unadvise(third, cookie);
        ok_ours(hr == CONNECT_E_NOCONNECTION, Q100, "Unadvise at another point: %#lx\n", hr);
        release(third);
    }
    hr = IConnectionPoint_Unadvise(point, cookie);
    ok(hr == S_OK, "Unadvise: %#lx\n", hr);
    hr = IConnectionPoint_Unadvise(point, cookie);
    ok(hr == CONNECT_E_NOCONNECTION, "Unadvise again: %#lx\n", hr);
    hr = IConnectionPoint_Unadvise(point, 12345);
    ok(hr == CONNECT_E_NOCONNECTION, "Unadvise of nothing: %#lx\n", hr);
    hr = IConnectionPoint_Unadvise(point, second);
    ok(hr == S_OK, "Unadvise: %#lx\n", hr);
    release(point);
    listener_free(listener);
    listener_free(stranger);
}

/* --- what is told */

static HRESULT sync_with_id(const WCHAR *path, DWORD flags, GUID *id)
{
    LPCWSTR paths[] = { path };

    return IOfflineFilesCache_Synchronize(unit_cache(), NULL, paths, 1, FALSE, flags, NULL, NULL, id);
}

static void test_items(void)
{
    fact("events.advise ev.returns");
    struct listener *listener = listener_create(4);
    IConnectionPoint *point;
    GUID id = test_id;
    HRESULT hr;

    make_dir(unc(L"items"));
    write_file(unc(L"items\\a"), "alpha");
    listener->returns = E_FAIL;
    if (!(point = advise(listener))) return;
    {
        fact("ev.added ev.available ev.pinned");
        hr = pin(unc(L"items"), TRUE, PIN_USER, NULL);
        ok(hr == S_OK, "Pin: %#lx\n", hr);
        ok(expect(listener, ITEMADDEDTOCACHE, unc(L"items\\a"))->detail == OFFLINEFILES_ITEM_TYPE_FILE, "type\n");
        ok(expect(listener, ITEMPINNED, unc(L"items"))->detail == OFFLINEFILES_ITEM_TYPE_DIRECTORY, "type\n");
        expect(listener, ITEMPINNED, unc(L"items\\a"));
        hr = sync_path(unc(L"items"), SYNC_BOTH | OFFLINEFILES_SYNC_CONTROL_FLAG_FILLSPARSE, NULL);
        ok(hr == S_OK, "Synchronize: %#lx\n", hr);
        ok(expect(listener, ITEMADDEDTOCACHE, unc(L"items\\a")) < expect(listener, ITEMAVAILABLEOFFLINE, unc(L"items\\a")),
           "it was available before it was there\n");
    }
    {
        fact("ev.syncbegin ev.syncfile ev.syncend sync.id ev.modified");
        static const GUID none;

        forget(listener);
        hr = sync_with_id(unc(L"items"), SYNC_BOTH, NULL);
        ok(hr == S_OK, "Synchronize: %#lx\n", hr);
        ok(IsEqualGUID(&expect(listener, SYNCBEGIN, NULL)->id, &none), "an id nobody gave\n");
        ok(IsEqualGUID(&expect(listener, SYNCEND, NULL)->id, &none), "an id nobody gave\n");
        forget(listener);
        if (origin(NULL)) write_file(origin(L"items\\a"), "another text");
        else write_file(unc(L"items\\a"), "another text");
        hr = sync_with_id(unc(L"items"), SYNC_BOTH, &id);
        ok(hr == S_OK, "Synchronize: %#lx\n", hr);
        ok(IsEqualGUID(&expect(listener, SYNCEND, NULL)->id, &test_id), "not the caller's id\n");
        ok(IsEqualGUID(&expect(listener, SYNCBEGIN, NULL)->id, &test_id), "not the caller's id\n");
        ok(expect(listener, SYNCEND, NULL)->hr == S_OK, "result %#lx\n", find_told(listener, EVENT(SYNCEND), NULL)->hr);
        ok(expect(listener, SYNCFILERESULT, unc(L"items\\a"))->hr == S_OK, "result\n");
        ok(IsEqualGUID(&expect(listener, SYNCFILERESULT, unc(L"items\\a"))->id, &test_id), "not the caller's id\n");
        ok(expect(listener, SYNCBEGIN, NULL) < expect(listener, SYNCFILERESULT, unc(L"items\\a")) &&
           expect(listener, SYNCFILERESULT, unc(L"items\\a")) < expect(listener, SYNCEND, NULL), "order\n");
        ok(expect(listener, ITEMMODIFIED, unc(L"items\\a"))->data, "the content changed\n");
        ok(!expect(listener, ITEMMODIFIED, unc(L"items\\a"))->attributes, "the attributes did not\n");
    }
    {
        fact("ev.pinned ev.deleted ev.available");
        forget(listener);
        hr = unpin(unc(L"items\\a"), FALSE, PIN_USER, NULL);
        ok(hr == S_OK, "Unpin: %#lx\n", hr);
        expect(listener, ITEMNOTPINNED, unc(L"items\\a"));
        pump(700);
        ok(!find_told(listener, EVENT(ITEMNOTAVAILABLEOFFLINE), unc(L"items\\a")), "unpinning took its content\n");
        hr = delete_path(unc(L"items\\a"), 0, NULL);
        ok(hr == S_OK, "DeleteItems: %#lx\n", hr);
        expect(listener, ITEMDELETEDFROMCACHE, unc(L"items\\a"));
        ok_ours(expect(listener, ITEMNOTAVAILABLEOFFLINE, unc(L"items\\a")) <
                expect(listener, ITEMDELETEDFROMCACHE, unc(L"items\\a")), Q101, "order\n");
    }
    unadvise(point, listener);
    {
        fact("res.events res.evict");
        static const OFFLINEFILES_EVENTS reserved[] =
        {
            EVENT(CACHEMOVED), EVENT(CACHEISFULL), EVENT(CACHEISCORRUPTED), EVENT(ENABLED), EVENT(ENCRYPTIONCHANGED),
            EVENT(CACHEEVICTBEGIN), EVENT(CACHEEVICTEND)
        };
        unsigned int i;

        for (i = 0; i < ARRAY_SIZE(reserved); i++)
            ok(!count_told(listener, reserved[i]), "reserved event %d\n", reserved[i]);
    }
    forget(listener);
    hr = pin(unc(L"items"), TRUE, PIN_USER_FILL, NULL);
    ok(hr == S_OK, "Pin: %#lx\n", hr);
    pump(1000);
    ok(!listener->count, "told of %u events after Unadvise\n", listener->count);
    listener_free(listener);
}

static void test_connection(void)
{
    fact("ev.disconnected");
    struct listener *listener = listener_create(2);
    IConnectionPoint *point;
    const WCHAR *share;
    HRESULT hr;

    make_dir(unc(L"con"));
    write_file(unc(L"con\\old"), "text");
    hr = pin(unc(L"con"), TRUE, PIN_USER_FILL, NULL);
    ok(hr == S_OK, "Pin: %#lx\n", hr);
    share = on_ours() ? share_path() : NULL;     /* which item of the scope is told is our decision */
    if (!(point = advise(listener))) return;
    if (go_offline())
    {
        struct told *told = expect(listener, ITEMDISCONNECTED, share);

        ok_ours(told->detail == OFFLINEFILES_ITEM_TYPE_SHARE, Q101, "type %lu\n", told->detail);
        ok(!find_told(listener, EVENT(ITEMRECONNECTED), share), "still offline\n");
        {
            fact("ev.renamed");
            BOOL ret = MoveFileW(unc(L"con\\old"), unc(L"con\\new"));

            ok(ret, "MoveFile: %lu\n", GetLastError());
            go_online();
            expect(listener, ITEMRECONNECTED, share);
            hr = sync_path(unc(L"con"), SYNC_BOTH, NULL);
            ok(hr == S_OK, "Synchronize: %#lx\n", hr);
            told = expect(listener, ITEMRENAMED, unc(L"con\\new"));
            ok(!lstrcmpiW(told->old, unc(L"con\\old")), "old name %ls\n", told->old);
            ok(told->detail == OFFLINEFILES_ITEM_TYPE_FILE, "type %lu\n", told->detail);
        }
    }
    unadvise(point, listener);
    listener_free(listener);
}

/* What follows a move on the server is no rename in the file system. */
static void test_not_renamed(void)
{
    fact("ev.notrenamed");
    struct listener *listener = listener_create(4);
    IOfflineFilesCache2 *cache2 = NULL;
    IConnectionPoint *point;
    HRESULT hr;

    make_dir(unc(L"follow"));
    write_file(unc(L"follow\\old"), "text");
    hr = pin(unc(L"follow"), TRUE, PIN_USER_FILL, NULL);
    ok(hr == S_OK, "Pin: %#lx\n", hr);
    hr = IOfflineFilesCache_QueryInterface(unit_cache(), &IID_IOfflineFilesCache2, (void **)&cache2);
    ok(hr == S_OK, "no IOfflineFilesCache2: %#lx\n", hr);
    if (hr == S_OK && (point = advise(listener)))
    {
        hr = IOfflineFilesCache2_RenameItemEx(cache2, unc(L"follow\\old"), unc(L"follow\\new"), FALSE);
        ok(hr == S_OK, "RenameItemEx: %#lx\n", hr);
        hr = delete_path(unc(L"follow\\new"), 0, NULL);
        ok(hr == S_OK, "DeleteItems: %#lx\n", hr);
        expect(listener, ITEMDELETEDFROMCACHE, unc(L"follow\\new"));
        ok_ours(!count_told(listener, EVENT(ITEMRENAMED)), Q62, "ItemRenamed was raised\n");
        unadvise(point, listener);
    }
    if (cache2) release(cache2);
    listener_free(listener);
}

static void test_encryption(void)
{
    fact("enc.events res.events");
    struct listener *listener = listener_create(4);
    struct told *begun, *ended;
    BOOL encrypted, partial;
    IConnectionPoint *point;
    HRESULT hr;

    hr = IOfflineFilesCache_GetEncryptionStatus(unit_cache(), &encrypted, &partial);
    ok(hr == S_OK, "GetEncryptionStatus: %#lx\n", hr);
    if (hr == S_OK && (point = advise(listener)))
    {
        static const GUID none;

        hr = IOfflineFilesCache_Encrypt(unit_cache(), NULL, encrypted, 0, FALSE, NULL);
        ok(hr == S_OK, "Encrypt: %#lx\n", hr);
        ended = expect(listener, SYNCEND, NULL);
        begun = expect(listener, SYNCBEGIN, NULL);
        ok(ended->hr == S_OK, "result %#lx\n", ended->hr);
        ok(begun < ended, "order\n");
        ok_ours(IsEqualGUID(&begun->id, &none) && IsEqualGUID(&ended->id, &none), Q45, "an id nobody gave\n");
        if (on_ours())
        {
            /* what cannot be is told like any other result */
            forget(listener);
            hr = IOfflineFilesCache_Encrypt(unit_cache(), NULL, !encrypted, 0, FALSE, NULL);
            ok_ours(FAILED(hr), Q59, "Encrypt: %#lx\n", hr);
            expect(listener, SYNCBEGIN, NULL);
            ended = expect(listener, SYNCEND, NULL);
            ok_ours(ended->hr == hr, Q59, "result %#lx\n", ended->hr);
        }
        ok(!count_told(listener, EVENT(ENCRYPTIONCHANGED)), "EncryptionChanged is reserved\n");
        unadvise(point, listener);
    }
    listener_free(listener);
}

static void test_conflict(void)
{
    fact("ev.conflictadded ev.conflictupdated ev.conflictremoved");
    struct listener *listener;
    IConnectionPoint *point;
    struct told *told;
    FILETIME now;
    HRESULT hr;

    if (!origin(NULL))
    {
        skip("CSCTEST_ORIGIN is not set\n");
        return;
    }
    listener = listener_create(1);
    make_dir(unc(L"conflict"));
    write_file(unc(L"conflict\\x"), "both");
    hr = pin(unc(L"conflict"), TRUE, PIN_USER_FILL, NULL);
    ok(hr == S_OK, "Pin: %#lx\n", hr);
    if (!(point = advise(listener))) return;
    if (go_offline())
    {
        write_file(unc(L"conflict\\x"), "ours, offline");
        write_file(origin(L"conflict\\x"), "theirs");
        hr = sync_path(unc(L"conflict"), SYNC_BOTH, NULL);
        ok(hr == E32(ERROR_MORE_DATA), "Synchronize: %#lx\n", hr);
        told = expect(listener, SYNCCONFLICTRECADDED, unc(L"conflict\\x"));
        GetSystemTimeAsFileTime(&now);
        ok(told->detail == OFFLINEFILES_SYNC_STATE_FileChangedOnClient_ChangedOnServer, "state %lu\n", told->detail);
        ok(CompareFileTime(&told->time, &now) <= 0 && now.dwHighDateTime - told->time.dwHighDateTime <= 1,
           "time %08lx%08lx\n", told->time.dwHighDateTime, told->time.dwLowDateTime);
        hr = sync_path(unc(L"conflict"), SYNC_BOTH, NULL);
        ok(hr == E32(ERROR_MORE_DATA), "Synchronize: %#lx\n", hr);
        expect(listener, SYNCCONFLICTRECUPDATED, unc(L"conflict\\x"));
        hr = sync_path(unc(L"conflict"), SYNC_BOTH | OFFLINEFILES_SYNC_CONTROL_CR_KEEPLOCAL, NULL);
        ok(hr == S_OK, "Synchronize: %#lx\n", hr);
        expect(listener, SYNCCONFLICTRECREMOVED, unc(L"conflict\\x"));
        go_online();
    }
    unadvise(point, listener);
    listener_free(listener);
}

/* --- filters */

/* Pins and unpins the tree "filter", and tells of how many of its five items a listener heard. */
static unsigned int items_heard(struct listener *listener)
{
    const WCHAR *paths[] = { unc(L"filter"), unc(L"filter\\in"), unc(L"filter\\in\\a"), unc(L"filter\\in\\deep"),
                             unc(L"filter\\in\\deep\\b") };
    struct listener *control = listener_create(1);
    IConnectionPoint *point = advise(listener), *control_point = advise(control);
    unsigned int i, heard = 0;
    HRESULT hr;

    if (!point || !control_point) return 99;
    hr = pin(unc(L"filter"), TRUE, PIN_USER, NULL);
    ok(hr == S_OK, "Pin: %#lx\n", hr);
    for (i = 0; i < ARRAY_SIZE(paths); i++) expect(control, ITEMPINNED, paths[i]);
    hr = unpin(unc(L"filter"), TRUE, PIN_USER, NULL);
    ok(hr == S_OK, "Unpin: %#lx\n", hr);
    for (i = 0; i < ARRAY_SIZE(paths); i++) expect(control, ITEMNOTPINNED, paths[i]);
    pump(500);
    for (i = 0; i < ARRAY_SIZE(paths); i++)
        if (find_told(listener, EVENT(ITEMPINNED), paths[i])) heard |= 1u << i;
    unadvise(point, listener);
    unadvise(control_point, control);
    listener_free(control);
    return heard;
}

static void test_filters(void)
{
    fact("events.filter");
    static const struct { OFFLINEFILES_PATHFILTER_MATCH match; unsigned int heard; } paths[] =
    {
        { OFFLINEFILES_PATHFILTER_SELF, 0x02 }, { OFFLINEFILES_PATHFILTER_CHILD, 0x0c },
        { OFFLINEFILES_PATHFILTER_DESCENDENT, 0x1c },
        { OFFLINEFILES_PATHFILTER_SELFORCHILD, 0x0e }, { OFFLINEFILES_PATHFILTER_SELFORDESCENDENT, 0x1e }
    };
    static const OFFLINEFILES_EVENTS pinned[] = { EVENT(ITEMPINNED), EVENT(SYNCBEGIN) };
    static const OFFLINEFILES_EVENTS not_pinned[] = { EVENT(ITEMNOTPINNED), EVENT(SYNCBEGIN), EVENT(PING), EVENT(DATALOST) };
    struct listener *listener;
    IConnectionPoint *point;
    unsigned int i, heard;
    DWORD cookie;
    HRESULT hr;

    make_dir(unc(L"filter"));
    make_dir(unc(L"filter\\in"));
    make_dir(unc(L"filter\\in\\deep"));
    write_file(unc(L"filter\\in\\a"), "a");
    write_file(unc(L"filter\\in\\deep\\b"), "b");

    for (i = 0; i < ARRAY_SIZE(paths); i++)
    {
        fact("evf.path pfm.self pfm.child pfm.descendent pfm.both");

        listener = listener_create(1);
        listener->filtered = TRUE;
        listener->path = unc(L"FILTER\\in");
        listener->match = paths[i].match;
        heard = items_heard(listener);
        ok(heard == paths[i].heard, "match %u: %#x\n", i, heard);
        ok_ours(count_told(listener, EVENT(SYNCBEGIN)) > 0, Q102, "an event without a path was left out\n");
        listener_free(listener);
    }
    {
        fact("evf.nopath evf.included mem.eventlist");
        listener = listener_create(1);
        listener->filtered = TRUE;
        listener->included = pinned;
        listener->included_count = ARRAY_SIZE(pinned);
        heard = items_heard(listener);
        ok(heard == 0x1f, "with a list: %#x\n", heard);
        ok(!count_told(listener, EVENT(ITEMNOTPINNED)), "told of what is not in the list\n");
        ok(!count_told(listener, EVENT(SYNCEND)), "told of what is not in the list\n");
        ok(count_told(listener, EVENT(SYNCBEGIN)) > 0, "not told of what is in the list\n");
        ok(listener->room[0] >= ARRAY_SIZE(pinned), "room for %lu\n", listener->room[0]);
        ok_ours(listener->filter_calls[0] == 1 && listener->filter_calls[1] == 1 && listener->filter_calls[2] == 1, Q102,
                "calls %lu, %lu, %lu\n", listener->filter_calls[0], listener->filter_calls[1], listener->filter_calls[2]);
        ok_ours(listener->room[0] == OFFLINEFILES_NUM_EVENTS && listener->room[1] == OFFLINEFILES_NUM_EVENTS, Q102,
                "room for %lu, %lu\n", listener->room[0], listener->room[1]);
        listener_free(listener);
    }
    {
        fact("evf.excluded evf.both");
        listener = listener_create(1);
        listener->filtered = TRUE;
        listener->included = pinned;
        listener->included_count = ARRAY_SIZE(pinned);
        listener->excluded = not_pinned;
        listener->excluded_count = ARRAY_SIZE(not_pinned);
        heard = items_heard(listener);
        ok(heard == 0x1f, "with both lists: %#x\n", heard);
        ok(!count_told(listener, EVENT(SYNCBEGIN)), "told of what is in both lists\n");
        listener_free(listener);

        listener = listener_create(1);
        listener->filtered = TRUE;
        listener->excluded = not_pinned;
        listener->excluded_count = 1;
        heard = items_heard(listener);
        ok(heard == 0x1f, "with an exclusion: %#x\n", heard);
        ok(!count_told(listener, EVENT(ITEMNOTPINNED)), "told of what is excluded\n");
        ok(count_told(listener, EVENT(SYNCEND)) > 0, "not told of the rest\n");
        listener_free(listener);
    }

    /* an empty list of what is wanted, and a path that is none */
    listener = listener_create(1);
    listener->filtered = TRUE;
    listener->included = pinned;
    heard = items_heard(listener);
    ok_ours(!heard && !listener->count, Q102, "with an empty list: %#x\n", heard);
    listener->included = NULL;
    listener->path = L"C:\\windows";
    if ((point = find_point(&IID_IOfflineFilesEvents)))
    {
        hr = IConnectionPoint_Advise(point, unknown(listener), &cookie);
        ok_ours(hr == E32(ERROR_BAD_PATHNAME), Q102, "Advise: %#lx\n", hr);
        if (SUCCEEDED(hr)) IConnectionPoint_Unadvise(point, cookie);
        release(point);
    }
    listener_free(listener);
}

/* --- threads */

/* Changes something that everybody is told of: pins and unpins a file. */
static void make_noise(const WCHAR *name)
{
    HRESULT hr;

    write_file(unc(name), "noise");
    hr = pin(unc(name), FALSE, PIN_USER, NULL);
    ok(hr == S_OK, "Pin: %#lx\n", hr);
}

static void test_single_threaded(void)
{
    fact("events.advise");
    struct listener *listener = listener_create(4);
    IConnectionPoint *point = advise(listener);
    DWORD before;

    if (!point) return;
    make_noise(L"sta");
    /* the apartment does not look at its messages */
    pump(0);
    before = listener->count;
    Sleep(1000);
    ok_ours(listener->count == before, Q5, "called while the apartment was busy\n");
    ok_ours(expect(listener, ITEMPINNED, unc(L"sta"))->thread == GetCurrentThreadId(), Q5, "another thread\n");
    /* what is under way does not come after Unadvise */
    make_noise(L"sta2");
    Sleep(1000);
    unadvise(point, listener);
    forget(listener);
    pump(500);
    ok(!listener->count, "called after Unadvise\n");
    listener_free(listener);
}

static DWORD CALLBACK mta_thread(void *arg)
{
    struct listener *listener = arg;
    IConnectionPointContainer *container;
    IConnectionPoint *point;
    IOfflineFilesCache *cache;
    DWORD start = GetTickCount();
    HRESULT hr;

    if (FAILED(hr = CoInitializeEx(NULL, COINIT_MULTITHREADED))) return hr;
    hr = CoCreateInstance(&CLSID_OfflineFilesCache, NULL, CLSCTX_INPROC_SERVER, &IID_IOfflineFilesCache, (void **)&cache);
    if (SUCCEEDED(hr))
    {
        hr = IOfflineFilesCache_QueryInterface(cache, &IID_IConnectionPointContainer, (void **)&container);
        if (SUCCEEDED(hr))
        {
            hr = IConnectionPointContainer_FindConnectionPoint(container, &IID_IOfflineFilesEvents, &point);
            if (SUCCEEDED(hr))
            {
                hr = IConnectionPoint_Advise(point, unknown(listener), &listener->cookie);
                while (SUCCEEDED(hr) && !find_told(listener, EVENT(ITEMPINNED), NULL) && GetTickCount() - start < 15000)
                    Sleep(50);
                if (SUCCEEDED(hr)) hr = IConnectionPoint_Unadvise(point, listener->cookie);
                IConnectionPoint_Release(point);
            }
            IConnectionPointContainer_Release(container);
        }
        IOfflineFilesCache_Release(cache);
    }
    CoUninitialize();
    return hr;
}

static void test_multi_threaded(void)
{
    fact("events.advise");
    struct listener *listener = listener_create(3);
    DWORD id, code = 1;
    struct told *told;
    HANDLE thread;

    thread = CreateThread(NULL, 0, mta_thread, listener, 0, &id);
    wait_for(listener->cookie);
    ok(listener->cookie != 0, "no cookie\n");
    make_noise(L"mta");
    told = expect(listener, ITEMPINNED, unc(L"mta"));
    ok_ours(told->thread != GetCurrentThreadId() && told->thread != id, Q5, "called on a thread of the client\n");
    wait_for(!WaitForSingleObject(thread, 0));
    GetExitCodeThread(thread, &code);
    ok(!code, "the other thread: %#lx\n", code);
    CloseHandle(thread);
    listener_free(listener);
}

static void test_unadvise_in_callback(void)
{
    fact("events.advise");
    struct listener *listener = listener_create(2);
    IConnectionPoint *point = advise(listener);
    unsigned int count;

    if (!point) return;
    listener->left = E_PENDING;
    listener->leave = point;
    make_noise(L"leaving");
    wait_for(listener->left != E_PENDING);
    ok(listener->left == S_OK, "Unadvise in a callback: %#lx\n", listener->left);
    count = listener->count;
    make_noise(L"left");
    pump(1000);
    ok_ours(listener->count == count && count == 1, Q101, "%u calls, then %u\n", count, listener->count);
    release(point);
    listener_free(listener);
}

static void test_versions(void)
{
    fact("events.advise");
    struct listener *old = listener_create(1), *new = listener_create(4);
    IConnectionPoint *point = advise(old), *other = advise(new);

    if (!point || !other) return;
    make_noise(L"versions");
    expect(old, ITEMPINNED, unc(L"versions"));
    expect(new, ITEMPINNED, unc(L"versions"));
    if (on_ours())
    {
        /* what the service sees in the registry */
        fact("ev.policy ev.applied stg.noticed");
        DWORD value = 3, since = GetTickCount();
        HKEY key;

        if (RegCreateKeyExW(HKEY_LOCAL_MACHINE, L"Software\\Policies\\Microsoft\\Windows\\NetCache", 0, NULL, 0,
                            KEY_ALL_ACCESS | KEY_WOW64_64KEY, NULL, &key, NULL))
            skip("the policy cannot be written\n");
        else
        {
            RegSetValueExW(key, L"GoOfflineAction", 0, REG_DWORD, (BYTE *)&value, sizeof(value));
            expect(new, POLICYCHANGEDETECTED, NULL);
            ok(expect(new, POLICYCHANGEDETECTED, NULL) < expect(new, SETTINGSCHANGESAPPLIED, NULL), "order\n");
            ok(GetTickCount() - since < 10000, "after %lu ms\n", GetTickCount() - since);
            RegDeleteValueW(key, L"GoOfflineAction");
            RegCloseKey(key);
        }
        if (!RegCreateKeyExW(HKEY_LOCAL_MACHINE, L"Software\\Microsoft\\Windows\\CurrentVersion\\NetCache", 0, NULL, 0,
                             KEY_ALL_ACCESS | KEY_WOW64_64KEY, NULL, &key, NULL))
        {
            fact("ev.preference");

            RegSetValueExW(key, L"SlowLinkSpeed", 0, REG_DWORD, (BYTE *)&value, sizeof(value));
            expect(new, PREFERENCECHANGEDETECTED, NULL);
            RegDeleteValueW(key, L"SlowLinkSpeed");
            RegCloseKey(key);
        }
    }
    pump(500);
    ok(!count_told(old, EVENT(POLICYCHANGEDETECTED)) && !count_told(old, EVENT(SETTINGSCHANGESAPPLIED)),
       "the first version was called for an event of the second\n");
    unadvise(point, old);
    unadvise(other, new);
    listener_free(old);
    listener_free(new);
}

/* One that does not return holds up nobody else. */
static DWORD CALLBACK hanging_thread(void *arg)
{
    return mta_thread(arg);
}

static void test_hanging(void)
{
    fact("events.advise");
    struct listener *hung = listener_create(2), *other = listener_create(2);
    IConnectionPoint *point;
    HANDLE thread;

    hung->hang = CreateEventW(NULL, TRUE, FALSE, NULL);
    thread = CreateThread(NULL, 0, hanging_thread, hung, 0, NULL);
    wait_for(hung->cookie);
    if ((point = advise(other)))
    {
        make_noise(L"hang");
        expect(other, ITEMPINNED, unc(L"hang"));
        wait_for(hung->count);
        ok(hung->count == 1, "%u calls at once\n", hung->count);
        make_noise(L"hang2");
        expect(other, ITEMPINNED, unc(L"hang2"));
        ok(hung->count == 1, "%u calls at once\n", hung->count);
        SetEvent(hung->hang);
        expect(hung, ITEMPINNED, unc(L"hang"));
        unadvise(point, other);
    }
    SetEvent(hung->hang);
    wait_for(!WaitForSingleObject(thread, 0));
    CloseHandle(thread);
    listener_free(hung);
    listener_free(other);
    /* hung->hang stays open: a call may still look at it */
}

/* --- processes */

static void listen_elsewhere(const char *name)
{
    struct listener *listener = listener_create(2);
    IConnectionPointContainer *container;
    IConnectionPoint *point = NULL;
    IOfflineFilesCache *cache;
    HANDLE ready, heard;
    WCHAR event[64];
    DWORD start;
    HRESULT hr;

    swprintf(event, ARRAY_SIZE(event), L"csctest-%hs-ready", name);
    ready = OpenEventW(EVENT_MODIFY_STATE, FALSE, event);
    swprintf(event, ARRAY_SIZE(event), L"csctest-%hs-heard", name);
    heard = OpenEventW(EVENT_MODIFY_STATE, FALSE, event);
    ok(ready && heard, "no events to signal\n");
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    hr = CoCreateInstance(&CLSID_OfflineFilesCache, NULL, CLSCTX_INPROC_SERVER, &IID_IOfflineFilesCache, (void **)&cache);
    ok(hr == S_OK, "CoCreateInstance: %#lx\n", hr);
    if (SUCCEEDED(hr)) hr = IOfflineFilesCache_QueryInterface(cache, &IID_IConnectionPointContainer, (void **)&container);
    if (SUCCEEDED(hr)) hr = IConnectionPointContainer_FindConnectionPoint(container, &IID_IOfflineFilesEvents, &point);
    if (SUCCEEDED(hr)) hr = IConnectionPoint_Advise(point, unknown(listener), &listener->cookie);
    ok(hr == S_OK, "Advise: %#lx\n", hr);
    if (FAILED(hr)) return;
    SetEvent(ready);
    for (start = GetTickCount(); GetTickCount() - start < 30000;)
    {
        pump(50);
        if (find_told(listener, EVENT(ITEMPINNED), NULL)) SetEvent(heard);
    }
}

static void test_processes(void)
{
    fact("events.advise");
    struct listener *listener = listener_create(2);
    PROCESS_INFORMATION info[2] = {{ 0 }};
    HANDLE ready[2], heard[2];
    IConnectionPoint *point;
    STARTUPINFOW startup = { .cb = sizeof(startup) };
    WCHAR program[MAX_PATH], command[MAX_PATH + 64], name[64];
    unsigned int i;
    BOOL ret;

    GetModuleFileNameW(NULL, program, ARRAY_SIZE(program));
    for (i = 0; i < 2; i++)
    {
        swprintf(name, ARRAY_SIZE(name), L"csctest-%lu-%u-ready", GetCurrentProcessId(), i);
        ready[i] = CreateEventW(NULL, TRUE, FALSE, name);
        swprintf(name, ARRAY_SIZE(name), L"csctest-%lu-%u-heard", GetCurrentProcessId(), i);
        heard[i] = CreateEventW(NULL, TRUE, FALSE, name);
        swprintf(command, ARRAY_SIZE(command), L"\"%ls\" events listen %lu-%u", program, GetCurrentProcessId(), i);
        ret = CreateProcessW(program, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &info[i]);
        ok(ret, "CreateProcess: %lu\n", GetLastError());
        if (!ret) return;
    }
    if ((point = advise(listener)))
    {
        for (i = 0; i < 2; i++) ok(!WaitForSingleObject(ready[i], 20000), "process %u does not listen\n", i);
        make_noise(L"processes");
        expect(listener, ITEMPINNED, unc(L"processes"));
        for (i = 0; i < 2; i++) ok(!WaitForSingleObject(heard[i], 10000), "process %u heard nothing\n", i);

        /* one is killed, which nobody else notices */
        TerminateProcess(info[0].hProcess, 1);
        WaitForSingleObject(info[0].hProcess, 5000);
        ResetEvent(heard[1]);
        make_noise(L"survivors");
        expect(listener, ITEMPINNED, unc(L"survivors"));
        ok(!WaitForSingleObject(heard[1], 10000), "the other process heard nothing\n");
        unadvise(point, listener);
    }
    for (i = 0; i < 2; i++)
    {
        TerminateProcess(info[i].hProcess, 1);
        WaitForSingleObject(info[i].hProcess, 5000);
        CloseHandle(info[i].hProcess);
        CloseHandle(info[i].hThread);
        CloseHandle(ready[i]);
        CloseHandle(heard[i]);
    }
    listener_free(listener);
}

/* --- for other units */

IUnknown *make_listener(const WCHAR *path, BOOL hangs)
{
    struct listener *listener = listener_create(4);

    if ((listener->path = path)) listener->filtered = TRUE;
    listener->match = OFFLINEFILES_PATHFILTER_SELFORDESCENDENT;
    if (hangs) listener->hang = CreateEventW(NULL, TRUE, FALSE, NULL);
    return unknown(listener);
}

HRESULT advise_listener(IOfflineFilesCache *cache, IUnknown *listener, IConnectionPoint **point, DWORD *cookie)
{
    IConnectionPointContainer *container;
    HRESULT hr;

    hr = IOfflineFilesCache_QueryInterface(cache, &IID_IConnectionPointContainer, (void **)&container);
    if (FAILED(hr)) return hr;
    hr = IConnectionPointContainer_FindConnectionPoint(container, &IID_IOfflineFilesEvents, point);
    release(container);
    if (FAILED(hr)) return hr;
    if (FAILED(hr = IConnectionPoint_Advise(*point, listener, cookie))) release(*point);
    return hr;
}

START_TEST(events)
{
    char **argv;

    if (winetest_get_mainargs(&argv) >= 4 && !strcmp(argv[2], "listen"))
    {
        listen_elsewhere(argv[3]);
        return;
    }
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    if (begin_unit(L"events"))
    {
        test_points();
        test_advise();
        test_items();
        test_connection();
        test_not_renamed();
        test_encryption();
        test_conflict();
        test_filters();
        test_single_threaded();
        test_multi_threaded();
        test_unadvise_in_callback();
        test_versions();
        test_hanging();
        test_processes();
        end_unit();
    }
    CoUninitialize();
}
