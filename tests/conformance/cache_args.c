/*
 * Arguments of the methods of IOfflineFilesCache: pointers, flags, paths
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "csctest.h"

#ifndef ERROR_CONTENT_BLOCKED
#define ERROR_CONTENT_BLOCKED 1296
#endif

enum operation
{
    OP_PIN,
    OP_UNPIN,
    OP_SYNCHRONIZE,
    OP_DELETE_ITEMS,
    OP_COUNT
};

static const char *const operation_names[] = { "Pin", "Unpin", "Synchronize", "DeleteItems" };
static const DWORD usual_flags[] = { PIN_USER, PIN_USER, SYNC_BOTH, 0 };

static HRESULT operate(enum operation operation, LPCWSTR *paths, ULONG count, DWORD flags, struct sink *sink)
{
    IOfflineFilesSyncProgress *sync = sink ? &sink->IOfflineFilesSyncProgress_iface : NULL;

    switch (operation)
    {
    case OP_PIN:
        return IOfflineFilesCache_Pin(unit_cache(), NULL, paths, count, FALSE, FALSE, flags, sync);
    case OP_UNPIN:
        return IOfflineFilesCache_Unpin(unit_cache(), NULL, paths, count, FALSE, FALSE, flags, sync);
    case OP_SYNCHRONIZE:
        return IOfflineFilesCache_Synchronize(unit_cache(), NULL, paths, count, FALSE, flags, NULL, sync, NULL);
    default:
        return IOfflineFilesCache_DeleteItems(unit_cache(), paths, count, flags, FALSE,
                                              sink ? &sink->IOfflineFilesSimpleProgress_iface : NULL);
    }
}

/* Reference outputs; Windows is free to fault on NULL. */
static void test_null_outputs(void)
{
    IOfflineFilesCache *cache = unit_cache();
    ULONGLONG a, b, c, d, e;
    OFFLINEFILES_CACHING_MODE mode;
    BOOL cacheable;

    if (!on_ours()) return;
    ok_ours(IOfflineFilesCache_GetLocation(cache, NULL) == E_POINTER, Q8, "GetLocation\n");
    ok_ours(IOfflineFilesCache_FindItem(cache, share_path(), 0, NULL) == E_POINTER, Q8, "FindItem\n");
    ok_ours(IOfflineFilesCache_GetDiskSpaceInformation(cache, NULL, &b, &c, &d, &e) == E_POINTER, Q8, "1\n");
    ok_ours(IOfflineFilesCache_GetDiskSpaceInformation(cache, &a, NULL, &c, &d, &e) == E_POINTER, Q8, "2\n");
    ok_ours(IOfflineFilesCache_GetDiskSpaceInformation(cache, &a, &b, NULL, &d, &e) == E_POINTER, Q8, "3\n");
    ok_ours(IOfflineFilesCache_GetDiskSpaceInformation(cache, &a, &b, &c, NULL, &e) == E_POINTER, Q8, "4\n");
    ok_ours(IOfflineFilesCache_GetDiskSpaceInformation(cache, &a, &b, &c, &d, NULL) == E_POINTER, Q8, "5\n");
    ok_ours(IOfflineFilesCache_IsPathCacheable(cache, share_path(), NULL, &mode) == E_POINTER, Q8, "6\n");
    ok_ours(IOfflineFilesCache_IsPathCacheable(cache, share_path(), &cacheable, NULL) == E_POINTER, Q8, "7\n");
}

static void test_path_lists(void)
{
    fact("long.unc");
    struct sink *sink = sink_create();
    enum operation operation;

    for (operation = 0; operation < OP_COUNT; operation++)
    {
        DWORD flags = usual_flags[operation];
        LPCWSTR paths[2];
        HRESULT hr;

        winetest_push_context("%s", operation_names[operation]);

        paths[0] = unc(NULL);
        paths[1] = unc(L"one.txt");
        hr = operate(operation, paths, 0, flags, sink);
        ok_ours(hr == E_INVALIDARG, Q10, "no path: %#lx\n", hr);
        hr = operate(operation, NULL, 1, flags, sink);
        ok_ours(hr == E_INVALIDARG, Q10, "no array: %#lx\n", hr);
        hr = operate(operation, NULL, 0, flags, sink);
        ok_ours(hr == E_INVALIDARG, Q10, "nothing: %#lx\n", hr);
        paths[1] = NULL;
        hr = operate(operation, paths, 2, flags, sink);
        ok_ours(hr == E_INVALIDARG, Q10, "NULL element: %#lx\n", hr);
        paths[1] = L"";
        hr = operate(operation, paths, 2, flags, sink);
        ok_ours(hr == E_INVALIDARG, Q10, "empty element: %#lx\n", hr);
        paths[1] = L"C:\\one.txt";
        hr = operate(operation, paths, 2, flags, sink);
        ok_ours(hr == E32(ERROR_BAD_PATHNAME), Q11, "local path beside a good one: %#lx\n", hr);
        if (on_ours()) check_silence(sink);
        sink_reset(sink);
        winetest_pop_context();
    }
    sink_free(sink);
}

static void test_flags(void)
{
    static const struct
    {
        enum operation operation;
        DWORD flags;
        const char *question;
    }
    refused[] =
    {
        { OP_PIN, 0, "Q46" },
        { OP_PIN, OFFLINEFILES_PIN_CONTROL_FLAG_FILL, "Q46" },
        { OP_UNPIN, 0, "Q46" },
        { OP_PIN, PIN_USER | 0x2, "Q9" },
        { OP_PIN, PIN_USER | 0x00040000, "Q9" },
        { OP_PIN, PIN_USER | 0x80000000, "Q9" },
        { OP_UNPIN, PIN_USER | 0x00040000, "Q9" },
        { OP_SYNCHRONIZE, 0, "Q31" },
        { OP_SYNCHRONIZE, OFFLINEFILES_SYNC_CONTROL_FLAG_PINNEWFILES | OFFLINEFILES_SYNC_CONTROL_FLAG_PINFORUSER, "Q31" },
        { OP_SYNCHRONIZE, OFFLINEFILES_SYNC_CONTROL_FLAG_LOWPRIORITY, "Q31" },
        { OP_SYNCHRONIZE, OFFLINEFILES_SYNC_CONTROL_CR_KEEPLATEST, "Q31" },
        { OP_SYNCHRONIZE, SYNC_BOTH | 0x4000, "Q9" },
        { OP_SYNCHRONIZE, SYNC_BOTH | 0x00100000, "Q9" },
        { OP_SYNCHRONIZE, SYNC_BOTH | 0x40000000, "Q9" },
        { OP_SYNCHRONIZE, SYNC_BOTH | 0xf0000000, "Q9" },
        { OP_DELETE_ITEMS, 0x8, "Q9" },
        { OP_DELETE_ITEMS, 0x40000000, "Q9" },
    };
    static const struct
    {
        enum operation operation;
        DWORD flags;
    }
    accepted[] =
    {
        { OP_PIN, PIN_USER | OFFLINEFILES_PIN_CONTROL_FLAG_LOWPRIORITY },
        { OP_PIN, OFFLINEFILES_PIN_CONTROL_FLAG_FORUSER | OFFLINEFILES_PIN_CONTROL_FLAG_FORALL },
        { OP_PIN, PIN_USER | OFFLINEFILES_PIN_CONTROL_FLAG_CONSOLE | OFFLINEFILES_PIN_CONTROL_FLAG_BACKGROUND },
        { OP_PIN, PIN_USER | OFFLINEFILES_PIN_CONTROL_FLAG_PINLINKTARGETS },
        { OP_SYNCHRONIZE, OFFLINEFILES_SYNC_CONTROL_FLAG_FILLSPARSE },
        { OP_SYNCHRONIZE, OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCIN },
        { OP_SYNCHRONIZE, OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCOUT },
        { OP_SYNCHRONIZE, SYNC_BOTH | OFFLINEFILES_SYNC_CONTROL_FLAG_SKIPSUSPENDEDDIRS },
        { OP_SYNCHRONIZE, SYNC_BOTH | OFFLINEFILES_SYNC_CONTROL_FLAG_NONEWFILESOUT },
        { OP_SYNCHRONIZE, SYNC_BOTH | OFFLINEFILES_SYNC_CONTROL_FLAG_LOWPRIORITY },
        { OP_SYNCHRONIZE, SYNC_BOTH | OFFLINEFILES_SYNC_CONTROL_FLAG_CONSOLE },
        { OP_SYNCHRONIZE, SYNC_BOTH | OFFLINEFILES_SYNC_CONTROL_CR_KEEPLOCAL },
        { OP_SYNCHRONIZE, SYNC_BOTH | OFFLINEFILES_SYNC_CONTROL_CR_KEEPREMOTE },
        { OP_SYNCHRONIZE, SYNC_BOTH | OFFLINEFILES_SYNC_CONTROL_CR_KEEPLATEST },
        /* FILL and PINLINKTARGETS are ignored here */
        { OP_UNPIN, OFFLINEFILES_PIN_CONTROL_FLAGS & ~OFFLINEFILES_PIN_CONTROL_FLAG_INTERACTIVE },
    };
    const WCHAR *path = unc(L"one.txt");
    struct sink *sink = sink_create();
    unsigned int i;
    HRESULT hr;

    for (i = 0; i < ARRAY_SIZE(refused); i++)
    {
        hr = operate(refused[i].operation, &path, 1, refused[i].flags, sink);
        if (on_ours())
        {
            ok(hr == E_INVALIDARG, "%s: %s, flags %#lx: %#lx\n", refused[i].question,
               operation_names[refused[i].operation], refused[i].flags, hr);
            check_silence(sink);
        }
        else if (hr != E_INVALIDARG)
            trace("%s: %s, flags %#lx: %#lx\n", refused[i].question, operation_names[refused[i].operation],
                  refused[i].flags, hr);
        sink_reset(sink);
    }
    fact("res.lowpriority long.console long.hwnd unpin.ignored");
    for (i = 0; i < ARRAY_SIZE(accepted); i++)
    {
        hr = operate(accepted[i].operation, &path, 1, accepted[i].flags, sink);
        ok(hr == S_OK, "%s, flags %#lx: %#lx\n", operation_names[accepted[i].operation], accepted[i].flags, hr);
        check_protocol(sink, S_OK, GetCurrentThreadId());
        sink_reset(sink);
    }
    sink_free(sink);
}

static void test_query_flags(void)
{
    static const DWORD accepted[] =
    {
        0, OFFLINEFILES_ITEM_QUERY_REMOTEINFO, OFFLINEFILES_ITEM_QUERY_CONNECTIONSTATE,
        OFFLINEFILES_ITEM_QUERY_LOCALDIRTYBYTECOUNT, OFFLINEFILES_ITEM_QUERY_REMOTEDIRTYBYTECOUNT,
        OFFLINEFILES_ITEM_QUERY_INCLUDETRANSPARENTCACHE, OFFLINEFILES_ITEM_QUERY_ATTEMPT_TRANSITIONONLINE
    };
    IOfflineFilesItem *item;
    unsigned int i;
    HRESULT hr;

    fact("res.queryflags find.connection find.dirtybytes");
    for (i = 0; i < ARRAY_SIZE(accepted); i++)
    {
        hr = IOfflineFilesCache_FindItem(unit_cache(), unc(L"one.txt"), accepted[i], &item);
        ok(hr == S_OK, "flags %#lx: %#lx\n", accepted[i], hr);
        if (hr == S_OK)
        {
            hr = IOfflineFilesItem_Refresh(item, accepted[i]);
            ok(hr == S_OK, "Refresh, flags %#lx: %#lx\n", accepted[i], hr);
            hr = IOfflineFilesItem_Refresh(item, 0x40);
            ok_ours(hr == E_INVALIDARG, Q84, "Refresh: %#lx\n", hr);
            release(item);
        }
    }
    for (i = 0x40; i && i < 0x80000000; i <<= 1)
    {
        item = (IOfflineFilesItem *)0xdeadbeef;
        hr = IOfflineFilesCache_FindItem(unit_cache(), unc(L"one.txt"), i, &item);
        ok_ours(hr == E_INVALIDARG, Q9, "FindItem, flags %#x: %#lx\n", i, hr);
        ok_ours(!item, Q9, "FindItem, flags %#x: got %p\n", i, item);
        if (hr == S_OK) release(item);
    }
}

/* Forms of a path, Q11. Each is made of the path of a cached file by replacing the parts. */
static void test_path_forms(void)
{
    fact("long.unc find.item item.unc");
    const WCHAR *file = unc(L"one.txt"), *folder = unc(NULL);
    const WCHAR *good[10], *bad[20];
    unsigned int good_count = 0, bad_count = 0, i;
    WCHAR *slashes = wcsdup(file), *upper = wcsdup(file), *p;
    struct sink *sink = sink_create();
    IOfflineFilesItem *item;
    enum operation operation;
    HRESULT hr;

    for (p = slashes; *p; p++) if (*p == '\\') *p = '/';
    CharUpperW(upper);
    good[good_count++] = file;
    good[good_count++] = folder;
    good[good_count++] = share_path();
    good[good_count++] = format_path(L"%s\\", folder);
    good[good_count++] = format_path(L"%s\\", share_path());
    good[good_count++] = slashes;
    good[good_count++] = upper;
    good[good_count++] = format_path(L"\\\\?\\UNC\\%s", file + 2);
    good[good_count++] = format_path(L"\\\\?\\UNC\\%s", share_path() + 2);
    for (i = 0; i < good_count; i++)
    {
        hr = IOfflineFilesCache_FindItem(unit_cache(), good[i], 0, &item);
        ok_ours(hr == S_OK, Q11, "FindItem %ls: %#lx\n", good[i], hr);
        if (hr != S_OK) continue;
        if (i < 3) ok(hr == S_OK, "FindItem %ls: %#lx\n", good[i], hr);
        hr = IOfflineFilesItem_GetPath(item, &p);
        ok(hr == S_OK, "GetPath: %#lx\n", hr);
        if (hr == S_OK)
        {
            const WCHAR *expected = file;

            if (i == 1 || i == 3) expected = folder;
            if (i == 2 || i == 4 || i == 8) expected = share_path();
            ok_ours(!lstrcmpiW(p, expected), Q12, "GetPath of %ls: %ls\n", good[i], p);
            ok_ours(i == 2 || i == 4 || i == 8 || !wcscmp(wcsrchr(p, '\\'), wcsrchr(expected, '\\')), Q12,
                    "GetPath of %ls: %ls\n", good[i], p);
            CoTaskMemFree(p);
        }
        release(item);
    }

    bad[bad_count++] = L"C:\\";
    bad[bad_count++] = L"C:\\windows\\notepad.exe";
    bad[bad_count++] = L"relative.txt";
    bad[bad_count++] = L"\\rooted";
    bad[bad_count++] = L"\\\\";
    bad[bad_count++] = L"\\\\?\\C:\\windows";
    bad[bad_count++] = L"\\\\.\\pipe\\x";
    bad[bad_count++] = L"\\\\?\\UNC\\";
    bad[bad_count++] = format_path(L"%s\\*", folder);
    bad[bad_count++] = format_path(L"%s\\one.?xt", folder);
    bad[bad_count++] = format_path(L"%s\\\\one.txt", folder);
    bad[bad_count++] = format_path(L"%s\\.\\one.txt", folder);
    bad[bad_count++] = format_path(L"%s\\..\\one.txt", folder);
    bad[bad_count++] = format_path(L"%s\\..", share_path());
    bad[bad_count++] = format_path(L"file:%s", file);
    for (i = 0; i < bad_count; i++)
    {
        BOOL cacheable = TRUE;
        OFFLINEFILES_CACHING_MODE mode = OFFLINEFILES_CACHING_MODE_MANUAL;

        item = (IOfflineFilesItem *)0xdeadbeef;
        hr = IOfflineFilesCache_FindItem(unit_cache(), bad[i], 0, &item);
        ok(FAILED(hr), "FindItem %ls: %#lx\n", bad[i], hr);
        ok_ours(hr == E32(ERROR_BAD_PATHNAME), Q11, "FindItem %ls: %#lx\n", bad[i], hr);
        ok_ours(!item, Q11, "FindItem %ls: got %p\n", bad[i], item);
        for (operation = 0; operation < OP_COUNT; operation++)
        {
            hr = operate(operation, (LPCWSTR *)&bad[i], 1, usual_flags[operation], sink);
            ok(FAILED(hr), "%s %ls: %#lx\n", operation_names[operation], bad[i], hr);
            ok_ours(hr == E32(ERROR_BAD_PATHNAME), Q11, "%s %ls: %#lx\n", operation_names[operation], bad[i], hr);
            if (on_ours()) check_silence(sink);
            sink_reset(sink);
        }
        hr = IOfflineFilesCache_IsPathCacheable(unit_cache(), bad[i], &cacheable, &mode);
        ok_ours(hr == E32(ERROR_BAD_PATHNAME), Q11, "IsPathCacheable %ls: %#lx\n", bad[i], hr);
        ok_ours(!cacheable && mode == OFFLINEFILES_CACHING_MODE_NONE, Q92, "IsPathCacheable %ls: %d, %d\n",
                bad[i], cacheable, mode);
    }
    item = (IOfflineFilesItem *)0xdeadbeef;
    hr = IOfflineFilesCache_FindItem(unit_cache(), L"", 0, &item);
    ok(FAILED(hr), "empty path: %#lx\n", hr);
    if (on_ours())
    {
        hr = IOfflineFilesCache_FindItem(unit_cache(), NULL, 0, &item);
        ok_ours(hr == E_INVALIDARG, Q8, "no path: %#lx\n", hr);
        ok_ours(!item, Q8, "no path: got %p\n", item);
    }
    free(slashes);
    free(upper);
    sink_free(sink);
}

/* A server on its own. */
static void test_server_path(void)
{
    const WCHAR *path = server_path();
    IOfflineFilesItem *item = find_item(path);
    struct sink *sink = sink_create();
    HRESULT hr;

    release(item);
    hr = pin(path, FALSE, PIN_USER, sink);
    ok(FAILED(hr), "Pin: %#lx\n", hr);
    ok_ours(hr == E32(ERROR_BAD_PATHNAME), Q49, "Pin: %#lx\n", hr);
    sink_reset(sink);
    hr = unpin(path, FALSE, PIN_USER, sink);
    ok_ours(hr == E32(ERROR_BAD_PATHNAME), Q49, "Unpin: %#lx\n", hr);
    sink_reset(sink);
    hr = sync_path(path, SYNC_BOTH, sink);
    ok_ours(hr == S_OK, Q49, "Synchronize: %#lx\n", hr);
    sink_free(sink);
}

static void test_not_there(void)
{
    fact("find.missing");
    const WCHAR *missing = unc(L"missing.txt");
    const WCHAR *uncached = unc(L"uncached.txt");
    const WCHAR *foreign = L"\\\\no-such-server-of-the-tests\\share\\file.txt";
    struct sink *sink = sink_create();
    IOfflineFilesItem *item;
    HRESULT hr;

    write_file(uncached, "never pinned");

    item = (IOfflineFilesItem *)0xdeadbeef;
    hr = IOfflineFilesCache_FindItem(unit_cache(), missing, 0, &item);
    ok(hr == E32(ERROR_FILE_NOT_FOUND), "FindItem: %#lx\n", hr);
    ok_ours(!item, Q8, "got %p\n", item);
    hr = IOfflineFilesCache_FindItem(unit_cache(), uncached, 0, &item);
    ok(hr == E32(ERROR_FILE_NOT_FOUND), "FindItem: %#lx\n", hr);
    hr = IOfflineFilesCache_FindItem(unit_cache(), foreign, 0, &item);
    ok(hr == E32(ERROR_FILE_NOT_FOUND), "FindItem: %#lx\n", hr);
    hr = IOfflineFilesCache_FindItem(unit_cache(), L"\\\\no-such-server-of-the-tests", 0, &item);
    ok(hr == E32(ERROR_FILE_NOT_FOUND), "FindItem: %#lx\n", hr);

    hr = pin(missing, FALSE, PIN_USER, NULL);
    ok(FAILED(hr), "Pin: %#lx\n", hr);
    ok_ours(hr == E32(ERROR_FILE_NOT_FOUND), Q17, "Pin: %#lx\n", hr);
    item = NULL;
    hr = IOfflineFilesCache_FindItem(unit_cache(), missing, 0, &item);
    ok_ours(hr == E32(ERROR_FILE_NOT_FOUND), Q47, "a trace of the failed Pin is left: %#lx\n", hr);
    if (hr == S_OK) release(item);
    hr = pin(unc(L"no\\such\\folder\\file.txt"), FALSE, PIN_USER, NULL);
    ok(FAILED(hr), "Pin: %#lx\n", hr);
    hr = pin(foreign, FALSE, PIN_USER, NULL);
    ok(FAILED(hr), "Pin: %#lx\n", hr);
    ok_ours(hr == E32(ERROR_BAD_NETPATH), Q17, "Pin: %#lx\n", hr);

    hr = sync_path(uncached, SYNC_BOTH, sink);
    ok_ours(hr == E32(ERROR_FILE_NOT_FOUND), Q17, "Synchronize: %#lx\n", hr);
    ok_ours(sink_count(sink, CALL_BEGIN, NULL) == sink_count(sink, CALL_END, NULL), Q22, "Begin without End\n");
    sink_reset(sink);
    hr = unpin(uncached, FALSE, PIN_USER, sink);
    ok_ours(hr == E32(ERROR_FILE_NOT_FOUND), Q17, "Unpin: %#lx\n", hr);
    ok_ours(sink_count(sink, CALL_BEGIN, NULL) == sink_count(sink, CALL_END, NULL), Q22, "Begin without End\n");
    sink_reset(sink);
    hr = delete_path(uncached, 0, sink);
    ok_ours(hr == E32(ERROR_FILE_NOT_FOUND), Q17, "DeleteItems: %#lx\n", hr);
    ok_ours(sink_count(sink, CALL_BEGIN, NULL) == sink_count(sink, CALL_END, NULL), Q22, "Begin without End\n");
    ok(exists(uncached), "a file of the share was deleted\n");
    sink_free(sink);
}

static void test_location(void)
{
    fact("loc.path");
    WCHAR *path = NULL;
    DWORD attributes;
    HRESULT hr = IOfflineFilesCache_GetLocation(unit_cache(), &path);

    ok(hr == S_OK, "GetLocation: %#lx\n", hr);
    if (hr != S_OK) return;
    ok(path[0] && path[1] == ':' && path[2] == '\\', "not a full path: %ls\n", path);
    attributes = GetFileAttributesW(path);
    ok(attributes != INVALID_FILE_ATTRIBUTES || GetLastError() == ERROR_ACCESS_DENIED, "%ls: error %lu\n",
       path, GetLastError());
    ok(attributes == INVALID_FILE_ATTRIBUTES || (attributes & FILE_ATTRIBUTE_DIRECTORY), "%ls is no folder\n", path);
    CoTaskMemFree(path);
}

static void test_disk_space(void)
{
    fact("space.total space.limit space.used space.unpinnedlimit space.unpinned");
    ULONGLONG total = 0, limit = 0, used = 0, unpinned_limit = 0, unpinned_used = 1, before;
    ULARGE_INTEGER volume;
    WCHAR *location;
    HRESULT hr;

    hr = IOfflineFilesCache_GetDiskSpaceInformation(unit_cache(), &total, &limit, &used, &unpinned_limit,
                                                    &unpinned_used);
    ok(hr == S_OK, "GetDiskSpaceInformation: %#lx\n", hr);
    ok(limit && limit <= total, "limit %llu of %llu\n", limit, total);
    ok(unpinned_limit <= limit, "unpinned limit %llu, limit %llu\n", unpinned_limit, limit);
    ok(unpinned_used <= used, "unpinned %llu of %llu used\n", unpinned_used, used);
    ok(used, "nothing is used\n");
    if (IOfflineFilesCache_GetLocation(unit_cache(), &location) == S_OK)
    {
        if (GetDiskFreeSpaceExW(location, NULL, &volume, NULL))
            ok(total == volume.QuadPart, "volume of %llu bytes, expected %llu\n", total, volume.QuadPart);
        CoTaskMemFree(location);
    }

    before = used;
    write_file(unc(L"used.txt"), "0123456789012345678901234567890123456789");
    ok(pin(unc(L"used.txt"), FALSE, PIN_USER_FILL, NULL) == S_OK, "Pin failed\n");
    hr = IOfflineFilesCache_GetDiskSpaceInformation(unit_cache(), &total, &limit, &used, &unpinned_limit,
                                                    &unpinned_used);
    ok(hr == S_OK, "GetDiskSpaceInformation: %#lx\n", hr);
    ok(used >= before + 40, "%llu bytes used, %llu before 40 more\n", used, before);
}

static void test_cacheable(void)
{
    fact("cacheable.item cacheable.mode cacheable.none cm.manual cm.none");
    OFFLINEFILES_CACHING_MODE mode;
    BOOL cacheable;
    HRESULT hr;

    cacheable = FALSE;
    mode = OFFLINEFILES_CACHING_MODE_NONE;
    hr = IOfflineFilesCache_IsPathCacheable(unit_cache(), unc(L"one.txt"), &cacheable, &mode);
    ok(hr == S_OK, "%#lx\n", hr);
    ok(cacheable, "a cached file is not cacheable\n");
    ok(mode >= OFFLINEFILES_CACHING_MODE_MANUAL && mode <= OFFLINEFILES_CACHING_MODE_AUTO_PROGANDDOC,
       "mode %d\n", mode);
    cacheable = FALSE;
    hr = IOfflineFilesCache_IsPathCacheable(unit_cache(), share_path(), &cacheable, &mode);
    ok(hr == S_OK, "%#lx\n", hr);
    ok(cacheable, "the share is not cacheable\n");
    cacheable = FALSE;
    hr = IOfflineFilesCache_IsPathCacheable(unit_cache(), unc(L"uncached.txt"), &cacheable, &mode);
    ok_ours(hr == S_OK && cacheable, Q92, "%#lx, %d\n", hr, cacheable);
    cacheable = TRUE;
    mode = OFFLINEFILES_CACHING_MODE_MANUAL;
    hr = IOfflineFilesCache_IsPathCacheable(unit_cache(), L"\\\\no-such-server-of-the-tests\\share", &cacheable, &mode);
    ok(!cacheable, "%#lx: a share that is not there is cacheable\n", hr);
    ok(mode == OFFLINEFILES_CACHING_MODE_NONE, "%#lx: mode %d\n", hr, mode);
}

static BOOL is_cacheable(const WCHAR *path, OFFLINEFILES_CACHING_MODE *mode)
{
    BOOL cacheable = FALSE;
    HRESULT hr = IOfflineFilesCache_IsPathCacheable(unit_cache(), path, &cacheable, mode);

    ok(hr == S_OK, "IsPathCacheable %s: %#lx\n", wine_dbgstr_w(path), hr);
    return cacheable;
}

/* A list as a preference of the machine, for as long as the test takes. */
static void test_exclusion_list(void)
{
    fact("cacheable.none");
    const WCHAR *left_out = unc(L"excluded\\a.left-out"), *beside = unc(L"excluded\\a.txt");
    IOfflineFilesSetting *setting;
    OFFLINEFILES_CACHING_MODE mode;
    IOfflineFilesItem *item;
    struct sink *sink;
    VARIANT list, before;
    HRESULT hr;

    hr = IOfflineFilesCache_GetSettingObject(unit_cache(), L"ExcludedFileTypes", &setting);
    ok_ours(hr == S_OK, Q106, "GetSettingObject: %#lx\n", hr);
    if (hr != S_OK) return;
    VariantInit(&before);
    hr = IOfflineFilesSetting_GetPreference(setting, &before, OFFLINEFILES_SETTING_SCOPE_COMPUTER);
    if (hr == S_OK) skip("ExcludedFileTypes is set on this system\n");
    else
    {
        V_VT(&list) = VT_BSTR;
        V_BSTR(&list) = SysAllocString(L"*.LEFT-OUT; *.left-out-too");
        hr = IOfflineFilesSetting_SetPreference(setting, &list, OFFLINEFILES_SETTING_SCOPE_COMPUTER);
        ok_ours(hr == S_OK, Q106, "SetPreference: %#lx\n", hr);
        VariantClear(&list);
    }
    VariantClear(&before);
    if (hr != S_OK)
    {
        IOfflineFilesSetting_Release(setting);
        return;
    }

    make_dir(unc(L"excluded"));
    write_file(left_out, "left out");
    write_file(beside, "beside");
    wait_for(!is_cacheable(left_out, &mode));
    ok_ours(!is_cacheable(left_out, &mode), Q92, "it is cacheable\n");
    ok_ours(mode == OFFLINEFILES_CACHING_MODE_NONE, Q92, "mode %d\n", mode);
    ok(is_cacheable(beside, &mode), "what is beside it is not cacheable\n");

    sink = sink_create();
    hr = pin(left_out, FALSE, PIN_USER_FILL, sink);
    ok_ours(hr == E32(ERROR_CONTENT_BLOCKED), Q18, "Pin: %#lx\n", hr);
    ok_ours(sink_result(sink, left_out) == hr, Q18, "the sink was told %#lx\n", sink_result(sink, left_out));
    sink_reset(sink);
    hr = pin(unc(L"excluded"), TRUE, PIN_USER_FILL, sink);
    ok(hr == S_OK, "Pin of the directory: %#lx\n", hr);
    ok_ours(!sink_count(sink, CALL_ITEM_RESULT, left_out), Q18, "the file is told of\n");
    ok(sink_result(sink, beside) == S_OK, "beside it: %#lx\n", sink_result(sink, beside));
    sink_free(sink);
    hr = IOfflineFilesCache_FindItem(unit_cache(), left_out, 0, &item);
    ok_ours(hr == E32(ERROR_FILE_NOT_FOUND), Q18, "FindItem: %#lx\n", hr);
    if (hr == S_OK) IOfflineFilesItem_Release(item);
    hr = sync_path(left_out, SYNC_BOTH, NULL);
    ok_ours(hr == E32(ERROR_CONTENT_BLOCKED), Q18, "Synchronize: %#lx\n", hr);

    hr = IOfflineFilesSetting_DeletePreference(setting, OFFLINEFILES_SETTING_SCOPE_COMPUTER);
    ok(hr == S_OK, "DeletePreference: %#lx\n", hr);
    IOfflineFilesSetting_Release(setting);
    wait_for(is_cacheable(left_out, &mode));
    ok(is_cacheable(left_out, &mode), "it is not cacheable without the list\n");
    hr = pin(left_out, FALSE, PIN_USER_FILL, NULL);
    ok(hr == S_OK, "Pin without the list: %#lx\n", hr);
}

START_TEST(cache_args)
{
    CoInitialize(NULL);
    if (begin_unit(L"cache_args"))
    {
        HRESULT hr;

        write_file(unc(L"one.txt"), "one");
        hr = pin(unc(L"one.txt"), FALSE, PIN_USER_FILL, NULL);
        ok(hr == S_OK, "Pin: %#lx\n", hr);
        if (hr == S_OK)
        {
            test_null_outputs();
            test_path_lists();
            test_flags();
            test_query_flags();
            hr = pin(unc(L"one.txt"), FALSE, PIN_USER_FILL, NULL);
            ok(hr == S_OK, "Pin: %#lx\n", hr);
            test_path_forms();
            test_server_path();
            test_not_there();
            test_location();
            test_disk_space();
            test_cacheable();
            test_exclusion_list();
        }
        end_unit();
    }
    CoUninitialize();
}
