/*
 * The flags of Synchronize and Pin, one by one
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "csctest.h"

#define SYNCIN OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCIN
#define SYNCOUT OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCOUT
#define PINNEW OFFLINEFILES_SYNC_CONTROL_FLAG_PINNEWFILES

static BOOL is_cached(const WCHAR *path)
{
    IOfflineFilesItem *item;

    if (IOfflineFilesCache_FindItem(unit_cache(), path, 0, &item) != S_OK) return FALSE;
    release(item);
    return TRUE;
}

/* TRUE for what is not cached, too */
static BOOL is_sparse(const WCHAR *path)
{
    IOfflineFilesFileItem *file = find_interface(path, &IID_IOfflineFilesFileItem);
    BOOL sparse = TRUE;
    HRESULT hr;

    if (!file) return TRUE;
    hr = IOfflineFilesFileItem_IsSparse(file, &sparse);
    ok(hr == S_OK, "IsSparse: %#lx\n", hr);
    release(file);
    return sparse;
}

static BOOL suspend(const WCHAR *path, BOOL suspend)
{
    IOfflineFilesSuspend *root = find_interface(path, &IID_IOfflineFilesSuspend);
    HRESULT hr;

    if (!root) return FALSE;
    hr = IOfflineFilesSuspend_SuspendRoot(root, suspend);
    release(root);
    return hr == S_OK;
}

static void test_fill(void)
{
    IOfflineFilesGhostInfo *ghost;
    BOOL ghosted = FALSE;
    HRESULT hr;

    {
        fact("pin.fill pin.cached");
        write_file(unc(L"filled"), "filled by Pin");
        ok(!is_cached(unc(L"filled")), "cached before it was pinned\n");
        hr = pin(unc(L"filled"), FALSE, PIN_USER_FILL, NULL);
        ok(hr == S_OK, "Pin: %#lx\n", hr);
        ok(is_cached(unc(L"filled")) && !is_sparse(unc(L"filled")), "not filled by Pin\n");
    }

    /* In a suspended tree nobody fills a file before it is looked at. */
    make_dir(unc(L"held"));
    write_file(unc(L"held\\first"), "first");
    ok(pin(unc(L"held"), TRUE, PIN_USER_FILL, NULL) == S_OK, "Pin failed\n");
    ok(suspend(unc(L"held"), TRUE), "SuspendRoot failed\n");
    write_file(unc(L"held\\sparse"), "filled later");
    {
        fact("file.sparse");
        hr = pin(unc(L"held\\sparse"), FALSE, PIN_USER, NULL);
        ok(hr == S_OK, "Pin: %#lx\n", hr);
        ok(is_cached(unc(L"held\\sparse")), "not cached\n");
        ok(is_sparse(unc(L"held\\sparse")), "filled without FILL, in a suspended tree\n");
    }
    {
        fact("ghost.pinned");
        ghost = find_interface(unc(L"held\\sparse"), &IID_IOfflineFilesGhostInfo);
        ok(ghost != NULL, "no IOfflineFilesGhostInfo\n");
        if (ghost)
        {
            hr = IOfflineFilesGhostInfo_IsGhosted(ghost, &ghosted);
            ok(hr == S_OK && ghosted, "IsGhosted: %#lx, %d\n", hr, ghosted);
            release(ghost);
        }
    }
    {
        fact("sync.infills file.filling");
        hr = sync_path(unc(L"held\\sparse"), SYNCIN, NULL);
        ok(hr == S_OK, "Synchronize: %#lx\n", hr);
        ok(!is_sparse(unc(L"held\\sparse")), "not filled by SYNCIN\n");
    }
    write_file(unc(L"held\\second"), "filled by the service");
    hr = pin(unc(L"held\\second"), FALSE, PIN_USER, NULL);
    ok(hr == S_OK, "Pin: %#lx\n", hr);
    ok(suspend(unc(L"held"), FALSE), "SuspendRoot failed\n");
    {
        fact("pin.nofill");
        DWORD start = GetTickCount(), limit = on_ours() ? 90000 : 15 * 60000;

        while (is_sparse(unc(L"held\\second")) && GetTickCount() - start < limit) pump(200);
        ok(!is_sparse(unc(L"held\\second")), "not filled by the service\n");
    }
}

/* Whether an item is pinned for the reason of a flag of Synchronize. */
static BOOL pinned_for(const WCHAR *path, DWORD reason)
{
    IOfflineFilesPinInfo *info = find_interface(path, &IID_IOfflineFilesPinInfo);
    BOOL pinned = FALSE, inherit;

    if (!info) return FALSE;
    if (reason == OFFLINEFILES_SYNC_CONTROL_FLAG_PINFORUSER)
        IOfflineFilesPinInfo_IsPinnedForUser(info, &pinned, &inherit);
    else if (reason == OFFLINEFILES_SYNC_CONTROL_FLAG_PINFORUSER_POLICY)
        IOfflineFilesPinInfo_IsPinnedForUserByPolicy(info, &pinned, &inherit);
    else if (reason == OFFLINEFILES_SYNC_CONTROL_FLAG_PINFORREDIR)
        IOfflineFilesPinInfo_IsPinnedForFolderRedirection(info, &pinned, &inherit);
    else
        IOfflineFilesPinInfo_IsPinnedForComputer(info, &pinned, &inherit);
    release(info);
    return pinned;
}

/* A new file of the directory is pinned for a reason that the call names. */
static void check_reason(const WCHAR *path, DWORD flag)
{
    HRESULT hr;

    write_file(path, "new");
    hr = sync_path(unc(L"pinned"), SYNCIN | PINNEW | flag, NULL);
    ok(hr == S_OK, "Synchronize: %#lx\n", hr);
    ok(pinned_for(path, flag), "%ls is not pinned for this reason\n", path);
}

static void test_pin_new(void)
{
    HRESULT hr;

    make_dir(unc(L"pinned"));
    hr = pin(unc(L"pinned"), TRUE, PIN_USER, NULL);
    ok(hr == S_OK, "Pin: %#lx\n", hr);
    {
        fact("sync.pinnew sync.foruser");
        check_reason(unc(L"pinned\\user"), OFFLINEFILES_SYNC_CONTROL_FLAG_PINFORUSER);
    }
    {
        fact("sync.pinnew sync.forpolicy");
        check_reason(unc(L"pinned\\policy"), OFFLINEFILES_SYNC_CONTROL_FLAG_PINFORUSER_POLICY);
    }
    {
        fact("sync.pinnew sync.forall");
        check_reason(unc(L"pinned\\all"), OFFLINEFILES_SYNC_CONTROL_FLAG_PINFORALL);
    }
    {
        fact("sync.pinnew sync.forredir");
        check_reason(unc(L"pinned\\redir"), OFFLINEFILES_SYNC_CONTROL_FLAG_PINFORREDIR);
    }
    {
        fact("sync.fornew");
        write_file(unc(L"pinned\\not new"), "new");
        hr = sync_path(unc(L"pinned"), SYNCIN | OFFLINEFILES_SYNC_CONTROL_FLAG_PINFORALL, NULL);
        ok(hr == S_OK, "Synchronize: %#lx\n", hr);
        ok(!pinned_for(unc(L"pinned\\not new"), OFFLINEFILES_SYNC_CONTROL_FLAG_PINFORALL), "pinned without PINNEWFILES\n");
    }
    {
        fact("sync.pinnewin");
        write_file(unc(L"pinned\\not in"), "new");
        hr = sync_path(unc(L"pinned"), SYNCOUT | PINNEW | OFFLINEFILES_SYNC_CONTROL_FLAG_PINFORALL, NULL);
        ok(hr == S_OK, "Synchronize: %#lx\n", hr);
        ok(!pinned_for(unc(L"pinned\\not in"), OFFLINEFILES_SYNC_CONTROL_FLAG_PINFORALL), "pinned without SYNCIN\n");
    }
}

static void test_share(void)
{
    fact("long.shares pin.kinds");
    struct sink *sink = sink_create();
    HRESULT hr;

    hr = pin(share_path(), FALSE, OFFLINEFILES_PIN_CONTROL_FLAG_FORREDIR, sink);
    ok(hr == S_OK, "Pin: %#lx\n", hr);
    ok(pinned_for(share_path(), OFFLINEFILES_SYNC_CONTROL_FLAG_PINFORREDIR), "the share is not pinned\n");
    hr = unpin(share_path(), FALSE, OFFLINEFILES_PIN_CONTROL_FLAG_FORREDIR, NULL);
    ok(hr == S_OK, "Unpin: %#lx\n", hr);
    ok(!pinned_for(share_path(), OFFLINEFILES_SYNC_CONTROL_FLAG_PINFORREDIR), "the share is still pinned\n");
    sink_free(sink);
}

/* The work goes on while a sink stands still in its callback: what it saw of the other file there. */
static BOOL seen_filled;

static void wait_in_begin(struct sink *sink, const WCHAR *path)
{
    DWORD start = GetTickCount();

    if (wcscmp(wcsrchr(path, '\\'), L"\\slow")) return;
    sink->on_begin = NULL;
    while (is_sparse(path) && GetTickCount() - start < 3000) Sleep(50);
    seen_filled = !is_sparse(path);
}

static void test_async_progress(void)
{
    fact("async.progress");
    struct sink *sink = sink_create();
    unsigned int i;
    HRESULT hr;

    for (i = 0; i < 2; i++)
    {
        make_dir(unc(L"progress"));
        write_file(unc(L"progress\\slow"), "the sink takes its time");
        write_file(unc(L"progress\\other"), "another");
        seen_filled = FALSE;
        sink_reset(sink);
        sink->on_begin = wait_in_begin;
        hr = pin(unc(L"progress"), TRUE, PIN_USER_FILL | (i ? OFFLINEFILES_PIN_CONTROL_FLAG_ASYNCPROGRESS : 0), sink);
        ok(hr == S_OK, "Pin: %#lx\n", hr);
        ok(sink_count(sink, CALL_END, NULL) == 1, "End was called %u times\n", sink_count(sink, CALL_END, NULL));
        if (i) ok(seen_filled, "the work waited for the sink\n");
        else ok(!seen_filled, "the work did not wait for the sink\n");
        hr = delete_path(unc(L"progress"), 0, NULL);
        ok(hr == S_OK, "DeleteItems: %#lx\n", hr);
    }
    sink_free(sink);
}

/* From here on the share is offline. */

static void test_nonew(void)
{
    HRESULT hr;

    fact("sync.nonewout");
    write_file(unc(L"new here"), "new");
    hr = sync_path(unc(L"new here"), SYNCIN | OFFLINEFILES_SYNC_CONTROL_FLAG_NONEWFILESOUT, NULL);
    ok(hr == S_OK, "Synchronize: %#lx\n", hr);
    hr = sync_path(unc(L"new here"), SYNCOUT, NULL);
    ok(hr == S_OK, "Synchronize: %#lx\n", hr);
    check_file(origin(L"new here"), "new");
}

static void test_both(void)
{
    fact("sync.both");
    HRESULT hr;

    write_file(unc(L"a"), "changed here");
    write_file(origin(L"b"), "changed there");
    hr = sync_path(unc(NULL), SYNC_BOTH, NULL);
    ok(hr == S_OK, "Synchronize: %#lx\n", hr);
    check_file(unc(L"a"), "changed here");
    check_file(origin(L"a"), "changed here");
    check_file(unc(L"b"), "changed there");
    check_file(origin(L"b"), "changed there");
}

/* A file changed on both sides, the other side's later; synchronized with a policy. */
static void decide(DWORD policy, const char *winner)
{
    HRESULT hr;

    write_file(unc(L"a"), "ours");
    pump(20);
    write_file(origin(L"a"), "theirs, longer");
    hr = sync_path(unc(L"a"), SYNC_BOTH | policy, NULL);
    ok(hr == S_OK, "Synchronize: %#lx\n", hr);
    check_file(unc(L"a"), winner);
    check_file(origin(L"a"), winner);
}

static void test_policies(void)
{
    HRESULT hr;

    {
        fact("sync.keeplocal");
        decide(OFFLINEFILES_SYNC_CONTROL_CR_KEEPLOCAL, "ours");
    }
    {
        fact("sync.keepremote");
        decide(OFFLINEFILES_SYNC_CONTROL_CR_KEEPREMOTE, "theirs, longer");
    }
    {
        fact("sync.keeplatest");
        decide(OFFLINEFILES_SYNC_CONTROL_CR_KEEPLATEST, "theirs, longer");
        write_file(origin(L"b"), "theirs, longer");
        pump(20);
        write_file(unc(L"b"), "ours");
        hr = sync_path(unc(L"b"), SYNC_BOTH | OFFLINEFILES_SYNC_CONTROL_CR_KEEPLATEST, NULL);
        ok(hr == S_OK, "Synchronize: %#lx\n", hr);
        check_file(unc(L"b"), "ours");
        check_file(origin(L"b"), "ours");
    }
}

static void test_background(void)
{
    fact("long.background");
    struct sink *sink = sink_create();
    DWORD written;
    HANDLE file;
    HRESULT hr;

    file = CreateFileW(unc(L"a"), GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                       CREATE_ALWAYS, 0, NULL);
    ok(file != INVALID_HANDLE_VALUE, "CreateFile: error %lu\n", GetLastError());
    ok(WriteFile(file, "half", 4, &written, NULL), "WriteFile: error %lu\n", GetLastError());
    hr = sync_path(unc(L"a"), SYNCOUT | OFFLINEFILES_SYNC_CONTROL_FLAG_BACKGROUND, sink);
    ok_ours(hr == E32(ERROR_SHARING_VIOLATION), BACKGROUND, "Synchronize: %#lx\n", hr);
    check_file(origin(L"a"), "theirs, longer");
    ok(WriteFile(file, " and half", 9, &written, NULL), "the program was disturbed: error %lu\n", GetLastError());
    CloseHandle(file);
    hr = sync_path(unc(L"a"), SYNCOUT | OFFLINEFILES_SYNC_CONTROL_FLAG_BACKGROUND, sink);
    ok(hr == S_OK, "Synchronize: %#lx\n", hr);
    check_file(origin(L"a"), "half and half");
    sink_free(sink);
}

/* What a cancelled synchronization had done stays done, the rest is as it was. */
static void test_cancel(void)
{
    fact("sync.cancelkeeps long.norollback");
    struct sink *sink = sink_create();
    unsigned int i, done = 0, left = 0;
    HRESULT hr;

    make_dir(unc(L"many"));
    for (i = 0; i < 60; i++) write_file(unc(format_path(L"many\\file%u", i)), "to be sent");
    sink->result_response = OFFLINEFILES_OP_ABORT;
    sink->path = unc(L"many\\file10");
    hr = sync_path(unc(L"many"), SYNC_BOTH, sink);
    ok(hr == E32(ERROR_CANCELLED), "Synchronize: %#lx\n", hr);
    for (i = 0; i < 60; i++)
    {
        const WCHAR *name = format_path(L"many\\file%u", i);

        check_file(unc(name), "to be sent");
        if (sink_result(sink, unc(name)) == S_OK)
        {
            check_file(origin(name), "to be sent");
            done++;
        }
        else if (!exists(origin(name))) left++;
    }
    ok(done, "nothing was done before the cancel\n");
    ok_ours(left, Q24, "all was done in spite of the cancel\n");
    hr = sync_path(unc(L"many"), SYNC_BOTH, NULL);
    ok(hr == S_OK, "Synchronize: %#lx\n", hr);
    sink_free(sink);
}

START_TEST(syncflags)
{
    CoInitialize(NULL);
    if (begin_unit(L"syncflags"))
    {
        HRESULT hr;

        test_fill();
        test_pin_new();
        test_share();
        test_async_progress();
        write_file(unc(L"a"), "a");
        write_file(unc(L"b"), "b");
        hr = pin(unc(NULL), TRUE, PIN_USER_FILL, NULL);
        ok(hr == S_OK, "Pin: %#lx\n", hr);
        if (!origin(NULL)) skip("CSCTEST_ORIGIN is not set\n");
        else if (hr == S_OK)
        {
            ok(go_offline(), "the share does not go offline\n");
            test_nonew();
            test_both();
            test_policies();
            test_background();
            test_cancel();
            ok(go_online(), "the share does not go online\n");
        }
        end_unit();
    }
    CoUninitialize();
}
