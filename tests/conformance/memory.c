/*
 * Memory: who allocates strings, and that nothing is left behind
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * CSCTEST_CYCLES is how often each kind of object is made, used and released (200 without it).
 */

#include "csctest.h"

static void test_strings(void)
{
    IOfflineFilesItem *item = find_item(unc(L"file.txt"));
    WCHAR *first = NULL, *second = NULL;
    HRESULT hr;

    if (!item) return;
    {
        fact("mem.path");
        hr = IOfflineFilesItem_GetPath(item, &first);
        ok(hr == S_OK, "GetPath: %#lx\n", hr);
        hr = IOfflineFilesItem_GetPath(item, &second);
        ok(hr == S_OK && first != second, "the same string twice\n");
        ok(is_task_memory(first), "not made by CoTaskMemAlloc\n");
        CoTaskMemFree(first);
        CoTaskMemFree(second);
    }
    release(item);
    {
        fact("mem.location");
        hr = IOfflineFilesCache_GetLocation(unit_cache(), &first);
        ok(hr == S_OK, "GetLocation: %#lx\n", hr);
        if (hr == S_OK)
        {
            ok(is_task_memory(first), "not made by CoTaskMemAlloc\n");
            CoTaskMemFree(first);
        }
    }
}

/* --- what is left after many cycles */

/* Blocks and bytes in use in all heaps of the process. */
static SIZE_T heap_use(SIZE_T *blocks)
{
    HANDLE heaps[32];
    DWORD count = GetProcessHeaps(ARRAY_SIZE(heaps), heaps), i;
    SIZE_T bytes = 0;

    *blocks = 0;
    for (i = 0; i < count && i < ARRAY_SIZE(heaps); i++)
    {
        PROCESS_HEAP_ENTRY entry;

        memset(&entry, 0, sizeof(entry));
        if (!HeapLock(heaps[i])) continue;
        while (HeapWalk(heaps[i], &entry))
        {
            if (!(entry.wFlags & PROCESS_HEAP_ENTRY_BUSY)) continue;
            bytes += entry.cbData;
            ++*blocks;
        }
        HeapUnlock(heaps[i]);
    }
    return bytes;
}

/* The last reference of an object goes. */
static void check_last(void *object, const char *name)
{
    ULONG left = IUnknown_Release((IUnknown *)object);

    if (left) ok(0, "%s has %lu references left\n", name, left);
}

static void cycle_cache(void)
{
    IOfflineFilesCache *cache;
    WCHAR *path;

    if (CoCreateInstance(&CLSID_OfflineFilesCache, NULL, CLSCTX_INPROC_SERVER, &IID_IOfflineFilesCache,
                         (void **)&cache) != S_OK)
    {
        ok(0, "CoCreateInstance failed\n");
        return;
    }
    if (IOfflineFilesCache_GetLocation(cache, &path) == S_OK) CoTaskMemFree(path);
    check_last(cache, "the cache object");
}

/* Each interface of an item, with one of its methods. */
static void cycle_item(const WCHAR *path)
{
    IOfflineFilesItem *item, *parent;
    OFFLINEFILES_CONNECT_STATE state;
    OFFLINEFILES_OFFLINE_REASON reason;
    union
    {
        IUnknown *unknown;
        IOfflineFilesChangeInfo *change;
        IOfflineFilesConnectionInfo *connection;
        IOfflineFilesPinInfo2 *pin;
        IOfflineFilesFileSysInfo *filesys;
        IOfflineFilesGhostInfo *ghost;
        IOfflineFilesShareInfo *share;
        IOfflineFilesSuspendInfo *suspend;
        IOfflineFilesDirtyInfo *dirty;
        IOfflineFilesTransparentCacheInfo *transparent;
        IOfflineFilesFileItem *file;
    } info;
    IOfflineFilesShareItem *share;
    BOOL value, other;
    LARGE_INTEGER size;

    if (IOfflineFilesCache_FindItem(unit_cache(), path, 0, &item) != S_OK)
    {
        ok(0, "FindItem failed\n");
        return;
    }
#define WITH(name, call) \
    if (IOfflineFilesItem_QueryInterface(item, &IID_##name, (void **)&info.unknown) == S_OK) \
    { \
        call; \
        IUnknown_Release(info.unknown); \
    }
    WITH(IOfflineFilesChangeInfo, IOfflineFilesChangeInfo_IsDirty(info.change, &value))
    WITH(IOfflineFilesConnectionInfo, IOfflineFilesConnectionInfo_GetConnectState(info.connection, &state, &reason))
    WITH(IOfflineFilesPinInfo2, IOfflineFilesPinInfo2_IsPartlyPinned(info.pin, &value))
    WITH(IOfflineFilesFileSysInfo, IOfflineFilesFileSysInfo_GetFileSize(info.filesys, OFFLINEFILES_ITEM_COPY_LOCAL, &size))
    WITH(IOfflineFilesGhostInfo, IOfflineFilesGhostInfo_IsGhosted(info.ghost, &value))
    WITH(IOfflineFilesSuspendInfo, IOfflineFilesSuspendInfo_IsSuspended(info.suspend, &value, &other))
    WITH(IOfflineFilesDirtyInfo, IOfflineFilesDirtyInfo_LocalDirtyByteCount(info.dirty, &size))
    WITH(IOfflineFilesTransparentCacheInfo,
         IOfflineFilesTransparentCacheInfo_IsTransparentlyCached(info.transparent, &value))
    WITH(IOfflineFilesSuspend, IUnknown_AddRef(info.unknown); IUnknown_Release(info.unknown))
    WITH(IOfflineFilesFileItem, IOfflineFilesFileItem_IsSparse(info.file, &value))
    WITH(IOfflineFilesShareInfo,
         if (IOfflineFilesShareInfo_GetShareItem(info.share, &share) == S_OK) check_last(share, "the share item"))
#undef WITH
    if (IOfflineFilesItem_GetParentItem(item, &parent) == S_OK) check_last(parent, "the parent item");
    IOfflineFilesItem_Refresh(item, 0);
    check_last(item, "the item");
}

/* --- a filter of items, of the client's: whether somebody keeps it */

static LONG filter_refs;

static HRESULT WINAPI filter_QueryInterface(IOfflineFilesItemFilter *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IOfflineFilesItemFilter)) return E_NOINTERFACE;
    InterlockedIncrement(&filter_refs);
    *out = iface;
    return S_OK;
}

static ULONG WINAPI filter_AddRef(IOfflineFilesItemFilter *iface) { return InterlockedIncrement(&filter_refs); }
static ULONG WINAPI filter_Release(IOfflineFilesItemFilter *iface) { return InterlockedDecrement(&filter_refs); }

static HRESULT WINAPI filter_GetFilterFlags(IOfflineFilesItemFilter *iface, ULONGLONG *flags, ULONGLONG *mask)
{
    return E_NOTIMPL;
}

static HRESULT WINAPI filter_GetTimeFilter(IOfflineFilesItemFilter *iface, FILETIME *time, BOOL *time_of_day,
                                           OFFLINEFILES_ITEM_TIME *type, OFFLINEFILES_COMPARE *compare)
{
    return E_NOTIMPL;
}

static HRESULT WINAPI filter_GetPatternFilter(IOfflineFilesItemFilter *iface, LPWSTR pattern, ULONG count)
{
    lstrcpynW(pattern, L"*.txt", count);
    return S_OK;
}

static const IOfflineFilesItemFilterVtbl filter_vtbl =
{
    filter_QueryInterface,
    filter_AddRef,
    filter_Release,
    filter_GetFilterFlags,
    filter_GetTimeFilter,
    filter_GetPatternFilter
};

static IOfflineFilesItemFilter item_filter = { (IOfflineFilesItemFilterVtbl *)&filter_vtbl };

static void cycle_filter(void)
{
    IOfflineFilesItemContainer *container = find_interface(unc(NULL), &IID_IOfflineFilesItemContainer);
    IEnumOfflineFilesItems *items;
    IOfflineFilesItem *item = NULL;
    ULONG fetched = 0;

    if (!container)
    {
        ok(0, "no container\n");
        return;
    }
    if (IOfflineFilesItemContainer_EnumItemsEx(container, &item_filter, NULL, NULL, NULL, OFFLINEFILES_ENUM_FLAT, 0,
                                               &items) == S_OK)
    {
        if (IEnumOfflineFilesItems_Next(items, 1, &item, &fetched) == S_OK) check_last(item, "an enumerated item");
        else ok(0, "nothing passes the filter\n");
        IEnumOfflineFilesItems_Skip(items, 1);
        IEnumOfflineFilesItems_Reset(items);
        check_last(items, "the enumerator");
    }
    else ok(0, "EnumItemsEx failed\n");
    check_last(container, "the container");
    if (IOfflineFilesCache_FindItemEx(unit_cache(), unc(L"file.txt"), &item_filter, NULL, NULL, NULL, 0, &item) == S_OK)
        check_last(item, "the found item");
    if (filter_refs) ok(0, "the filter has %ld references\n", filter_refs);
}

/* Servers, from the cache itself. */
static void cycle_servers(void)
{
    IOfflineFilesItemContainer *container;
    IEnumOfflineFilesItems *items;
    IOfflineFilesItem *item;
    ULONG fetched;

    if (IOfflineFilesCache_QueryInterface(unit_cache(), &IID_IOfflineFilesItemContainer, (void **)&container) != S_OK)
    {
        ok(0, "no container\n");
        return;
    }
    if (IOfflineFilesItemContainer_EnumItems(container, 0, &items) == S_OK)
    {
        while (IEnumOfflineFilesItems_Next(items, 1, &item, &fetched) == S_OK) check_last(item, "a server");
        check_last(items, "the enumerator of servers");
    }
    else ok(0, "EnumItems failed\n");
    release(container);
}

static void cycle_enum(void)
{
    IOfflineFilesItemContainer *container = find_interface(unc(NULL), &IID_IOfflineFilesItemContainer);
    IEnumOfflineFilesItems *items, *copy;
    IOfflineFilesItem *got[4];
    ULONG fetched = 0, i;

    if (!container)
    {
        ok(0, "no container\n");
        return;
    }
    if (IOfflineFilesItemContainer_EnumItems(container, 0, &items) == S_OK)
    {
        if (IEnumOfflineFilesItems_Clone(items, &copy) == S_OK) check_last(copy, "the copy of the enumerator");
        IEnumOfflineFilesItems_Next(items, ARRAY_SIZE(got), got, &fetched);
        for (i = 0; i < fetched; i++) check_last(got[i], "an enumerated item");
        check_last(items, "the enumerator");
    }
    check_last(container, "the container");
}

static void cycle_setting(void)
{
    IEnumOfflineFilesSettings *settings, *copy;
    IOfflineFilesSetting *setting, *got[4];
    ULONG fetched = 0, i;
    VARIANT value;
    BOOL by_policy;
    WCHAR *name;

    if (IOfflineFilesCache_GetSettingObject(unit_cache(), OFFLINEFILES_SETTING_PinLinkTargets, &setting) != S_OK)
    {
        ok(0, "GetSettingObject failed\n");
        return;
    }
    if (IOfflineFilesSetting_GetName(setting, &name) == S_OK) CoTaskMemFree(name);
    if (IOfflineFilesSetting_GetValue(setting, &value, &by_policy) == S_OK) VariantClear(&value);
    check_last(setting, "the setting");
    if (IOfflineFilesCache_EnumSettingObjects(unit_cache(), &settings) != S_OK) return;
    IEnumOfflineFilesSettings_Next(settings, ARRAY_SIZE(got), got, &fetched);
    for (i = 0; i < fetched; i++) check_last(got[i], "an enumerated setting");
    if (IEnumOfflineFilesSettings_Clone(settings, &copy) == S_OK) check_last(copy, "the copy of the enumerator of settings");
    check_last(settings, "the enumerator of settings");
}

/* A call with a sink, which passes through the private connection to the service and back. */
static void cycle_sink(void)
{
    struct sink *sink = sink_create();
    const WCHAR *path = unc(L"file.txt");

    IOfflineFilesCache_Synchronize(unit_cache(), NULL, &path, 1, FALSE, SYNC_BOTH, NULL,
                                   &sink->IOfflineFilesSyncProgress_iface, NULL);
    if (sink->refs != 1) ok(0, "the sink has %ld references\n", sink->refs);
    DeleteCriticalSection(&sink->lock);
    CloseHandle(sink->ended);
    free(sink->calls);
    free(sink);
}

/* The points of a cache object, and their enumerator; nobody is advised. */
static void cycle_points(void)
{
    IConnectionPointContainer *container;
    IEnumConnectionPoints *points, *copy;
    IEnumConnections *connections;
    IOfflineFilesCache *cache;
    IConnectionPoint *point;
    CONNECTDATA data;
    ULONG fetched;

    if (CoCreateInstance(&CLSID_OfflineFilesCache, NULL, CLSCTX_INPROC_SERVER, &IID_IOfflineFilesCache,
                         (void **)&cache) != S_OK ||
        IOfflineFilesCache_QueryInterface(cache, &IID_IConnectionPointContainer, (void **)&container) != S_OK)
    {
        ok(0, "no connection points\n");
        return;
    }
    if (IConnectionPointContainer_EnumConnectionPoints(container, &points) == S_OK)
    {
        while (IEnumConnectionPoints_Next(points, 1, &point, &fetched) == S_OK)
        {
            if (IConnectionPoint_EnumConnections(point, &connections) == S_OK)
            {
                ok(IEnumConnections_Next(connections, 1, &data, &fetched) == S_FALSE, "somebody is connected\n");
                check_last(connections, "the enumerator of connections");
            }
            release(point);
        }
        if (IEnumConnectionPoints_Clone(points, &copy) == S_OK) check_last(copy, "the copy of the enumerator of points");
        check_last(points, "the enumerator of points");
    }
    else ok(0, "EnumConnectionPoints failed\n");
    release(container);
    check_last(cache, "the cache object");
}

static IUnknown *listener, *filtered_listener;

/* A sink that comes and goes, with and without filters; it has a subscription and a thread in between. */
static void cycle_connection(void)
{
    IConnectionPoint *point;
    DWORD cookie;
    HRESULT hr;
    unsigned int i;

    for (i = 0; i < 2; i++)
    {
        hr = advise_listener(unit_cache(), i ? filtered_listener : listener, &point, &cookie);
        if (hr != S_OK)
        {
            ok(0, "Advise: %#lx\n", hr);
            continue;
        }
        hr = IConnectionPoint_Unadvise(point, cookie);
        if (hr != S_OK) ok(0, "Unadvise: %#lx\n", hr);
        release(point);
    }
}

/* RPC keeps a connection for each call that was under way at once, a pipe and an event, and uses it for later ones. Each
 * sink that listens has a call under way, and so has for a moment one that has just gone; how many of these there are at
 * once depends on how busy the machine is. So there are many from the start; what comes on top after this is left over. */
static void warm_up_connections(void)
{
    IConnectionPoint *points[16];
    DWORD cookies[ARRAY_SIZE(points)];
    unsigned int i;
    HRESULT hr;

    for (i = 0; i < ARRAY_SIZE(points); i++)
    {
        hr = advise_listener(unit_cache(), listener, &points[i], &cookies[i]);
        if (hr == S_OK) continue;
        ok(0, "Advise: %#lx\n", hr);
        points[i] = NULL;
    }
    pump(500);
    for (i = 0; i < ARRAY_SIZE(points); i++)
    {
        if (!points[i]) continue;
        IConnectionPoint_Unadvise(points[i], cookies[i]);
        release(points[i]);
    }
}

/* The share is offline, and has a conflict. */
static void cycle_error(void)
{
    IOfflineFilesSyncErrorItemInfo *item;
    struct sink *sink = sink_create();
    const WCHAR *path = unc(L"conflict.txt");
    BYTE_BLOB *blob;
    WCHAR *text;

    sink->keep_info = TRUE;
    IOfflineFilesCache_Synchronize(unit_cache(), NULL, &path, 1, FALSE, SYNC_BOTH, NULL,
                                   &sink->IOfflineFilesSyncProgress_iface, NULL);
    if (sink->info)
    {
        if (IOfflineFilesSyncErrorInfo_GetRawData(sink->info, &blob) == S_OK) CoTaskMemFree(blob);
        if (IOfflineFilesSyncErrorInfo_GetDescription(sink->info, &text) == S_OK) CoTaskMemFree(text);
        if (IOfflineFilesSyncErrorInfo_GetLocalInfo(sink->info, &item) == S_OK) release(item);
        if (IOfflineFilesSyncErrorInfo_GetRemoteInfo(sink->info, &item) == S_OK) release(item);
        if (IOfflineFilesSyncErrorInfo_GetOriginalInfo(sink->info, &item) == S_OK) release(item);
        check_last(sink->info, "the error information");
    }
    else ok(0, "no error information\n");
    if (sink->refs != 1) ok(0, "the sink has %ld references\n", sink->refs);
    DeleteCriticalSection(&sink->lock);
    CloseHandle(sink->ended);
    free(sink->calls);
    free(sink);
}

static void cycle_file(void) { cycle_item(unc(L"file.txt")); }
static void cycle_directory(void) { cycle_item(unc(NULL)); }
static void cycle_share(void) { cycle_item(share_path()); }
static void cycle_server(void) { cycle_item(server_path()); }

static void test_leaks(void)
{
    static const struct { const char *name; void (*cycle)(void); unsigned int part, each; } kinds[] =
    {
        { "cache", cycle_cache, 1, 1 },
        { "file", cycle_file, 1, 1 },
        { "directory", cycle_directory, 1, 1 },
        { "share", cycle_share, 1, 1 },
        { "server", cycle_server, 1, 1 },
        { "enumerator", cycle_enum, 1, 1 },
        { "servers", cycle_servers, 1, 1 },
        { "enumerator with a filter", cycle_filter, 1, 1 },
        { "setting", cycle_setting, 1, 1 },
        { "connection points", cycle_points, 1, 1 },
        /* in a short run less often: these need the service for long */
        { "connections, two at a time", cycle_connection, 5, 2 },
        { "synchronization", cycle_sink, 10, 1 },
        { "error information", cycle_error, 10, 1 },  /* the last: it leaves a conflict */
    };
    fact("mem.reference");
    unsigned int cycles = 200, i, j, handles, handles_after;
    SIZE_T before, after, blocks, blocks_after;
    BOOL all = FALSE;
    WCHAR text[16], only[64];
    char kinds_before[1024];
    void *probe;

    before = heap_use(&blocks);
    probe = CoTaskMemAlloc(5000);
    after = heap_use(&blocks_after);
    CoTaskMemFree(probe);
    ok(blocks_after == blocks + 1 && after >= before + 5000, "a block of 5000 bytes is not seen: %lu and %lu blocks\n",
       (unsigned long)blocks, (unsigned long)blocks_after);

    if (GetEnvironmentVariableW(L"CSCTEST_CYCLES", text, ARRAY_SIZE(text))) {
        cycles = _wtoi(text);
        all = TRUE;
    }
    if (!GetEnvironmentVariableW(L"CSCTEST_KIND", only, ARRAY_SIZE(only))) only[0] = 0;
    listener = make_listener(NULL, FALSE);
    filtered_listener = make_listener(share_path(), FALSE);
    for (i = 0; i < ARRAY_SIZE(kinds); i++)
    {
        unsigned int count = cycles / (all ? kinds[i].each : kinds[i].part);
        DWORD start;

        if (only[0] && !wcsstr(only, format_path(L"%hs", kinds[i].name))) continue;
        if (kinds[i].cycle == cycle_error && !make_conflict())
        {
            skip("CSCTEST_ORIGIN is not set: no conflict, and so no error information\n");
            continue;
        }
        winetest_push_context("%s", kinds[i].name);
        if (kinds[i].cycle == cycle_connection) warm_up_connections();
        for (j = 0; j < 20; j++) kinds[i].cycle();
        pump(kinds[i].part > 1 ? 500 : 0);         /* threads end */
        lstrcpynA(kinds_before, handle_kinds(GetCurrentProcessId(), &handles), sizeof(kinds_before));
        before = heap_use(&blocks);
        start = GetTickCount();
        for (j = 0; j < count; j++)
        {
            kinds[i].cycle();
            if (!(j % 256)) pump(0);
        }
        start = GetTickCount() - start;
        /* what others in the process (the RPC runtime, threads that ended late) hold comes and goes */
        for (j = 0; j < 50; j++)
        {
            after = heap_use(&blocks_after);
            handles_after = handle_count(GetCurrentProcessId());
            if (blocks_after <= blocks + 20 && handles_after <= handles) break;
            pump(100);
        }
        ok(blocks_after <= blocks + 50, "%u cycles left %ld blocks, %ld bytes\n", count, (long)(blocks_after - blocks),
           (long)(after - before));
        if (!handles) skip("the handles of the process cannot be counted\n");
        else ok(handles_after <= handles + 5, "%u cycles left %d handles\n", count, (int)(handles_after - handles));
        trace("%u cycles in %lu ms: %ld blocks, %ld bytes, %d handles more\n", count, start, (long)(blocks_after - blocks),
              (long)(after - before), (int)(handles_after - handles));
        if (handles_after > handles)
            trace("handles before: %s; after: %s\n", kinds_before, handle_kinds(GetCurrentProcessId(), &handles_after));
        winetest_pop_context();
        if (kinds[i].cycle == cycle_error)
        {
            sync_path(unc(L"conflict.txt"), SYNC_BOTH | OFFLINEFILES_SYNC_CONTROL_CR_KEEPREMOTE, NULL);
            ok(go_online(), "the share does not go online\n");
        }
    }
    wait_for(references(listener) == 1 && references(filtered_listener) == 1);
    ok(references(listener) == 1 && references(filtered_listener) == 1, "the sinks are held: %lu, %lu\n",
       references(listener), references(filtered_listener));
}

START_TEST(memory)
{
    CoInitialize(NULL);
    if (begin_unit(L"memory"))
    {
        HRESULT hr;

        write_file(unc(L"file.txt"), "file");
        write_file(unc(L"other.txt"), "other");
        write_file(unc(L"conflict.txt"), "before");
        hr = pin(unc(NULL), TRUE, PIN_USER_FILL, NULL);
        ok(hr == S_OK, "Pin: %#lx\n", hr);
        if (hr == S_OK)
        {
            test_strings();
            test_leaks();
        }
        end_unit();
    }
    CoUninitialize();
}
