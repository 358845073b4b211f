/*
 * Synchronize: directions, containers, conflicts
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "csctest.h"

#define SYNCIN OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCIN
#define SYNCOUT OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCOUT

/* What the cache holds of a file is what programs see offline. */
#define check_cached(path, text) check_cached_(__LINE__, path, text)
static void check_cached_(int line, const WCHAR *path, const char *text)
{
    ok_(__FILE__, line)(go_offline(), "the share does not go offline\n");
    check_file_(line, path, text);
    ok_(__FILE__, line)(go_online(), "the share does not go online\n");
}

static BOOL is_cached(const WCHAR *path)
{
    IOfflineFilesItem *item;

    if (IOfflineFilesCache_FindItem(unit_cache(), path, 0, &item) != S_OK) return FALSE;
    release(item);
    return TRUE;
}

/* Online, programs write to the other side; SYNCIN brings that into the cache. */
static void test_in(void)
{
    fact("sync.in sync.nosink sync.noid sync.result");
    const WCHAR *path = unc(L"in.txt");
    struct sink *sink = sink_create();
    IOfflineFilesFileSysInfo *info;
    LARGE_INTEGER size;
    HRESULT hr;

    write_file(path, "changed and longer");
    hr = sync_path(path, SYNCIN, sink);
    ok(hr == S_OK, "Synchronize: %#lx\n", hr);
    check_protocol(sink, S_OK, GetCurrentThreadId());
    ok(sink_result(sink, path) == S_OK, "result %#lx\n", sink_result(sink, path));
    if ((info = find_interface(path, &IID_IOfflineFilesFileSysInfo)))
    {
        hr = IOfflineFilesFileSysInfo_GetFileSize(info, OFFLINEFILES_ITEM_COPY_LOCAL, &size);
        ok(hr == S_OK && size.QuadPart == 18, "GetFileSize: %#lx, %lld\n", hr, size.QuadPart);
        release(info);
    }
    check_cached(path, "changed and longer");

    /* a file deleted on the other side leaves the cache */
    write_file(unc(L"gone.txt"), "gone");
    ok(pin(unc(L"gone.txt"), FALSE, PIN_USER_FILL, NULL) == S_OK, "Pin failed\n");
    ok(DeleteFileW(unc(L"gone.txt")), "error %lu\n", GetLastError());
    hr = sync_path(unc(NULL), SYNCIN, NULL);
    ok(hr == S_OK, "Synchronize: %#lx\n", hr);
    ok(!is_cached(unc(L"gone.txt")), "a file that was deleted on the other side is still cached\n");

    /* a new file of the other side comes into a pinned folder, and is usable offline */
    write_file(unc(L"arrived.txt"), "arrived");
    hr = sync_path(unc(NULL), SYNCIN, NULL);
    ok(hr == S_OK, "Synchronize: %#lx\n", hr);
    ok_ours(is_cached(unc(L"arrived.txt")), Q33, "a new file of a pinned folder is not cached\n");
    if (is_cached(unc(L"arrived.txt"))) check_cached(unc(L"arrived.txt"), "arrived");

    /* the same content again: nothing to do, and no error */
    sink_reset(sink);
    hr = sync_path(unc(NULL), SYNC_BOTH, sink);
    ok(hr == S_OK, "Synchronize: %#lx\n", hr);
    check_protocol(sink, S_OK, GetCurrentThreadId());
    sink_free(sink);
}

/* Pin without FILL leaves it to a later FILLSPARSE to bring the data. */
static void test_fill(void)
{
    fact("sync.fill file.filling");
    const WCHAR *path = unc(L"sparse.txt");
    IOfflineFilesFileItem *file;
    BOOL sparse;
    HRESULT hr;

    write_file(path, "sparse");
    ok(pin(path, FALSE, PIN_USER, NULL) == S_OK, "Pin failed\n");
    hr = sync_path(path, OFFLINEFILES_SYNC_CONTROL_FLAG_FILLSPARSE, NULL);
    ok(hr == S_OK, "Synchronize: %#lx\n", hr);
    file = find_interface(path, &IID_IOfflineFilesFileItem);
    ok(file != NULL, "not cached\n");
    if (file)
    {
        sparse = 99;
        hr = IOfflineFilesFileItem_IsSparse(file, &sparse);
        ok(hr == S_OK && !sparse, "IsSparse: %#lx, %d\n", hr, sparse);
        release(file);
    }
    check_cached(path, "sparse");
}

/* In a scope that was taken offline by hand a synchronization by hand works, and it stays offline. */
static void test_out(void)
{
    fact("sync.out");
    struct sink *sink = sink_create();
    HRESULT hr;

    if (!go_offline())
    {
        ok(0, "the share does not go offline\n");
        sink_free(sink);
        return;
    }
    write_file(unc(L"out.txt"), "changed offline");
    write_file(unc(L"new.txt"), "new offline");
    hr = sync_path(unc(NULL), SYNCOUT, sink);
    ok_ours(hr == S_OK, Q32, "Synchronize: %#lx\n", hr);
    check_protocol(sink, hr, GetCurrentThreadId());
    ok_ours(connect_state(share_path(), NULL) == OFFLINEFILES_CONNECT_STATE_OFFLINE, Q32, "online again\n");
    if (hr == S_OK && origin(NULL))
    {
        check_file(origin(L"out.txt"), "changed offline");
        check_file(origin(L"new.txt"), "new offline");

        /* with SYNCOUT only, nothing comes in */
        fact("sync.outonly");
        write_file(origin(L"in.txt"), "from the other side");
        hr = sync_path(unc(NULL), SYNCOUT, NULL);
        ok_ours(hr == S_OK, Q32, "Synchronize: %#lx\n", hr);
        check_file(unc(L"in.txt"), "changed and longer");
        hr = sync_path(unc(NULL), SYNCIN, NULL);
        ok_ours(hr == S_OK, Q32, "Synchronize: %#lx\n", hr);
        check_file(unc(L"in.txt"), "from the other side");

        /* with SYNCIN only, nothing goes out */
        write_file(unc(L"out.txt"), "changed offline again");
        hr = sync_path(unc(NULL), SYNCIN, NULL);
        ok_ours(hr == S_OK, Q32, "Synchronize: %#lx\n", hr);
        check_file(origin(L"out.txt"), "changed offline");
        check_file(unc(L"out.txt"), "changed offline again");

        /* deletions go out too */
        ok(DeleteFileW(unc(L"new.txt")), "error %lu\n", GetLastError());
        hr = sync_path(unc(NULL), SYNCOUT, NULL);
        ok_ours(hr == S_OK, Q32, "Synchronize: %#lx\n", hr);
        ok(!exists(origin(L"new.txt")), "a deletion did not go out\n");
        check_file(origin(L"out.txt"), "changed offline again");

        /* new files do not when NONEWFILESOUT says so */
        fact("sync.nonew");
        write_file(unc(L"kept.txt"), "kept here");
        hr = sync_path(unc(NULL), SYNCOUT | OFFLINEFILES_SYNC_CONTROL_FLAG_NONEWFILESOUT, NULL);
        ok_ours(hr == S_OK, Q32, "Synchronize: %#lx\n", hr);
        ok(!exists(origin(L"kept.txt")), "a new file went out\n");
        check_file(unc(L"kept.txt"), "kept here");
    }
    else
        skip("CSCTEST_ORIGIN is not set\n");
    ok(go_online(), "the share does not go online\n");
    sink_free(sink);
}

/* Changed on both sides, without a handler and without a policy: both copies stay as they are. */
static void test_conflict(void)
{
    const WCHAR *path = unc(L"conflict.txt");
    OFFLINEFILES_OFFLINE_REASON reason;
    IOfflineFilesChangeInfo *info;
    BOOL dirty = FALSE;
    HRESULT hr;

    if (!origin(NULL))
    {
        skip("CSCTEST_ORIGIN is not set\n");
        return;
    }
    if (!go_offline())
    {
        ok(0, "the share does not go offline\n");
        return;
    }
    write_file(path, "ours");
    write_file(origin(L"conflict.txt"), "theirs, longer");
    fact("sync.nohandler sync.crdefault");
    hr = sync_path(path, SYNC_BOTH, NULL);
    ok_ours(FAILED(hr), Q14, "Synchronize of a conflict: %#lx\n", hr);
    check_file(path, "ours");
    check_file(origin(L"conflict.txt"), "theirs, longer");

    /* online, the item shows the other side's version and tells why */
    go_online();
    ok(connect_state(share_path(), &reason) == OFFLINEFILES_CONNECT_STATE_ONLINE, "the share is not online\n");
    fact("con.statusconflict or.conflict");
    ok(connect_state(path, &reason) == OFFLINEFILES_CONNECT_STATE_OFFLINE, "the item is not offline\n");
    ok(reason == OFFLINEFILES_OFFLINE_REASON_ITEM_VERSION_CONFLICT, "reason %d\n", reason);
    if ((info = find_interface(path, &IID_IOfflineFilesChangeInfo)))
    {
        hr = IOfflineFilesChangeInfo_IsDirty(info, &dirty);
        ok(hr == S_OK && dirty, "IsDirty: %#lx, %d\n", hr, dirty);
        release(info);
    }
    check_file(origin(L"conflict.txt"), "theirs, longer");
    hr = sync_path(path, SYNC_BOTH, NULL);
    ok_ours(FAILED(hr), Q14, "Synchronize of a conflict: %#lx\n", hr);
    check_file(origin(L"conflict.txt"), "theirs, longer");

    /* the local version is still there */
    ok(go_offline(), "the share does not go offline\n");
    check_file(path, "ours");

    /* the same content on both sides is none */
    write_file(path, "theirs, longer");
    hr = sync_path(path, SYNC_BOTH, NULL);
    ok(hr == S_OK, "Synchronize: %#lx\n", hr);
    ok(go_online(), "the share does not go online\n");
    ok(connect_state(path, &reason) == OFFLINEFILES_CONNECT_STATE_ONLINE, "the item is not online\n");
}

/* Several paths, of which one fails. */
static void test_several(void)
{
    fact("long.each");
    const WCHAR *paths[] = { unc(L"in.txt"), unc(L"never-there.txt") };
    struct sink *sink = sink_create();
    HRESULT hr;

    hr = IOfflineFilesCache_Synchronize(unit_cache(), NULL, paths, 2, FALSE, SYNC_BOTH, NULL,
                                        &sink->IOfflineFilesSyncProgress_iface, NULL);
    ok_ours(hr == E32(ERROR_MORE_DATA), Q14, "Synchronize: %#lx\n", hr);
    check_protocol(sink, hr, GetCurrentThreadId());
    ok(sink_result(sink, paths[0]) == S_OK, "%#lx\n", sink_result(sink, paths[0]));
    ok_ours(sink_result(sink, paths[1]) == E32(ERROR_FILE_NOT_FOUND), Q17, "%#lx\n", sink_result(sink, paths[1]));

    /* the same path twice, and a parent with its child */
    sink_reset(sink);
    paths[1] = paths[0];
    hr = IOfflineFilesCache_Synchronize(unit_cache(), NULL, paths, 2, FALSE, SYNC_BOTH, NULL,
                                        &sink->IOfflineFilesSyncProgress_iface, NULL);
    ok_ours(hr == S_OK, Q13, "Synchronize: %#lx\n", hr);
    check_protocol(sink, hr, GetCurrentThreadId());
    sink_reset(sink);
    paths[1] = unc(NULL);
    hr = IOfflineFilesCache_Synchronize(unit_cache(), NULL, paths, 2, FALSE, SYNC_BOTH, NULL,
                                        &sink->IOfflineFilesSyncProgress_iface, NULL);
    ok_ours(hr == S_OK, Q13, "Synchronize: %#lx\n", hr);
    check_protocol(sink, hr, GetCurrentThreadId());
    sink_free(sink);
}

START_TEST(sync)
{
    CoInitialize(NULL);
    if (begin_unit(L"sync"))
    {
        HRESULT hr;

        write_file(unc(L"in.txt"), "in");
        write_file(unc(L"out.txt"), "out");
        write_file(unc(L"conflict.txt"), "before");
        hr = pin(unc(NULL), TRUE, PIN_USER_FILL, NULL);
        ok(hr == S_OK, "Pin: %#lx\n", hr);
        if (hr == S_OK)
        {
            test_in();
            test_fill();
            test_out();
            test_several();
            test_conflict();
        }
        end_unit();
    }
    CoUninitialize();
}
