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
    WITH(IOfflineFilesFileItem, IOfflineFilesFileItem_IsSparse(info.file, &value))
    WITH(IOfflineFilesShareInfo,
         if (IOfflineFilesShareInfo_GetShareItem(info.share, &share) == S_OK) check_last(share, "the share item"))
#undef WITH
    if (IOfflineFilesItem_GetParentItem(item, &parent) == S_OK) check_last(parent, "the parent item");
    IOfflineFilesItem_Refresh(item, 0);
    check_last(item, "the item");
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
    IEnumOfflineFilesSettings *settings;
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

static void cycle_file(void) { cycle_item(unc(L"file.txt")); }
static void cycle_directory(void) { cycle_item(unc(NULL)); }
static void cycle_share(void) { cycle_item(share_path()); }
static void cycle_server(void) { cycle_item(server_path()); }

static void test_leaks(void)
{
    static const struct { const char *name; void (*cycle)(void); unsigned int part; } kinds[] =
    {
        { "cache", cycle_cache, 1 },
        { "file", cycle_file, 1 },
        { "directory", cycle_directory, 1 },
        { "share", cycle_share, 1 },
        { "server", cycle_server, 1 },
        { "enumerator", cycle_enum, 1 },
        { "setting", cycle_setting, 1 },
        { "synchronization", cycle_sink, 10 },   /* a tenth as often: each is an operation of the service */
    };
    fact("mem.reference");
    unsigned int cycles = 200, i, j;
    SIZE_T before, after, blocks, blocks_after;
    WCHAR text[16];
    void *probe;

    before = heap_use(&blocks);
    probe = CoTaskMemAlloc(5000);
    after = heap_use(&blocks_after);
    CoTaskMemFree(probe);
    ok(blocks_after == blocks + 1 && after >= before + 5000, "a block of 5000 bytes is not seen: %lu and %lu blocks\n",
       (unsigned long)blocks, (unsigned long)blocks_after);

    if (GetEnvironmentVariableW(L"CSCTEST_CYCLES", text, ARRAY_SIZE(text))) cycles = _wtoi(text);
    for (i = 0; i < ARRAY_SIZE(kinds); i++)
    {
        unsigned int count = cycles / kinds[i].part;
        DWORD start;

        winetest_push_context("%s", kinds[i].name);
        for (j = 0; j < 20; j++) kinds[i].cycle();
        before = heap_use(&blocks);
        start = GetTickCount();
        for (j = 0; j < count; j++)
        {
            kinds[i].cycle();
            if (!(j % 256)) pump(0);
        }
        start = GetTickCount() - start;
        after = heap_use(&blocks_after);
        /* what others in the process (the RPC runtime, threads that ended late) hold comes and goes */
        ok(blocks_after < blocks + count / 4 + 20, "%u cycles left %lu blocks, %ld bytes\n", count,
           (unsigned long)(blocks_after - blocks), (long)(after - before));
        trace("%u cycles in %lu ms: %ld blocks, %ld bytes more\n", count, start, (long)(blocks_after - blocks),
              (long)(after - before));
        winetest_pop_context();
    }
}

START_TEST(memory)
{
    CoInitialize(NULL);
    if (begin_unit(L"memory"))
    {
        HRESULT hr;

        write_file(unc(L"file.txt"), "file");
        write_file(unc(L"other.txt"), "other");
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
