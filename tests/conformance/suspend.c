/*
 * Suspension: IOfflineFilesSuspend and IOfflineFilesSuspendInfo
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "csctest.h"

static HRESULT suspend_root(const WCHAR *path, BOOL suspend)
{
    IOfflineFilesSuspend *root = find_interface(path, &IID_IOfflineFilesSuspend);
    HRESULT hr;

    if (!root) return E_NOINTERFACE;
    hr = IOfflineFilesSuspend_SuspendRoot(root, suspend);
    release(root);
    return hr;
}

#define check_suspended(path, suspended, root) check_suspended_(__LINE__, path, suspended, root)
static void check_suspended_(int line, const WCHAR *path, BOOL suspended, BOOL root)
{
    IOfflineFilesSuspendInfo *info = find_interface(path, &IID_IOfflineFilesSuspendInfo);
    BOOL is_suspended = 99, is_root = 99;
    HRESULT hr;

    ok_(__FILE__, line)(!!info, "%ls: no IOfflineFilesSuspendInfo\n", path);
    if (!info) return;
    hr = IOfflineFilesSuspendInfo_IsSuspended(info, &is_suspended, &is_root);
    ok_(__FILE__, line)(hr == S_OK, "%ls: IsSuspended: %#lx\n", path, hr);
    ok_(__FILE__, line)(!is_suspended == !suspended, "%ls: suspended %d\n", path, is_suspended);
    ok_(__FILE__, line)(!is_root == !root, "%ls: root %d\n", path, is_root);
    release(info);
}

static void test_interfaces(void)
{
    fact("if.suspend if.suspendinfo");
    IOfflineFilesSuspendInfo *info;
    BOOL value = 99;
    HRESULT hr;
    void *obj;

    write_file(unc(L"interfaces"), "i");
    hr = pin(unc(L"interfaces"), FALSE, PIN_USER_FILL, NULL);
    ok(hr == S_OK, "Pin: %#lx\n", hr);

    ok(!(obj = find_interface(unc(L"interfaces"), &IID_IOfflineFilesSuspend)), "a file can be suspended\n");
    if (obj) release(obj);
    ok(!!(obj = find_interface(unc(NULL), &IID_IOfflineFilesSuspend)), "a directory cannot be suspended\n");
    if (obj) release(obj);
    ok(!!(obj = find_interface(share_path(), &IID_IOfflineFilesSuspend)), "a share cannot be suspended\n");
    if (obj) release(obj);
    ok(!(obj = find_interface(server_path(), &IID_IOfflineFilesSuspend)), "a server can be suspended\n");
    if (obj) release(obj);
    ok(!(obj = find_interface(server_path(), &IID_IOfflineFilesSuspendInfo)), "a server has SuspendInfo\n");
    if (obj) release(obj);

    check_suspended(unc(L"interfaces"), FALSE, FALSE);
    check_suspended(unc(NULL), FALSE, FALSE);
    check_suspended(share_path(), FALSE, FALSE);

    info = find_interface(unc(NULL), &IID_IOfflineFilesSuspendInfo);
    ok(!!info, "no IOfflineFilesSuspendInfo\n");
    if (!info) return;
    hr = IOfflineFilesSuspendInfo_IsSuspended(info, NULL, &value);
    ok_ours(hr == E_POINTER && !value, Q8, "IsSuspended: %#lx, %d\n", hr, value);
    value = 99;
    hr = IOfflineFilesSuspendInfo_IsSuspended(info, &value, NULL);
    ok_ours(hr == E_POINTER && !value, Q8, "IsSuspended: %#lx, %d\n", hr, value);
    release(info);
}

static void test_tree(void)
{
    fact("sus.root sus.isroot");
    OFFLINEFILES_OFFLINE_REASON reason;
    OFFLINEFILES_CONNECT_STATE state;
    IOfflineFilesSuspendInfo *info;
    BOOL suspended, root;
    HRESULT hr;

    make_dir(unc(L"tree"));
    make_dir(unc(L"tree\\inner"));
    write_file(unc(L"tree\\inner\\file"), "f");
    write_file(unc(L"beside"), "b");
    hr = pin(unc(NULL), TRUE, PIN_USER_FILL, NULL);
    ok(hr == S_OK, "Pin: %#lx\n", hr);

    info = find_interface(unc(L"tree\\inner"), &IID_IOfflineFilesSuspendInfo);
    hr = suspend_root(unc(L"tree"), TRUE);
    ok(hr == S_OK, "SuspendRoot: %#lx\n", hr);
    check_suspended(unc(L"tree"), TRUE, TRUE);
    check_suspended(unc(L"tree\\inner"), TRUE, FALSE);
    check_suspended(unc(L"tree\\inner\\file"), TRUE, FALSE);
    check_suspended(unc(L"beside"), FALSE, FALSE);
    check_suspended(share_path(), FALSE, FALSE);

    /* an item is a snapshot until it is refreshed */
    if (info)
    {
        IOfflineFilesItem *item;

        hr = IOfflineFilesSuspendInfo_IsSuspended(info, &suspended, &root);
        ok(hr == S_OK && !suspended && !root, "IsSuspended: %#lx, %d, %d\n", hr, suspended, root);
        hr = IOfflineFilesSuspendInfo_QueryInterface(info, &IID_IOfflineFilesItem, (void **)&item);
        ok(hr == S_OK, "QueryInterface: %#lx\n", hr);
        if (SUCCEEDED(hr))
        {
            hr = IOfflineFilesItem_Refresh(item, 0);
            ok(hr == S_OK, "Refresh: %#lx\n", hr);
            hr = IOfflineFilesSuspendInfo_IsSuspended(info, &suspended, &root);
            ok(hr == S_OK && suspended && !root, "IsSuspended: %#lx, %d, %d\n", hr, suspended, root);
            release(item);
        }
        release(info);
    }

    fact("sus.offline con.statussuspended or.suspended");
    state = connect_state(unc(L"tree\\inner\\file"), &reason);
    ok(state == OFFLINEFILES_CONNECT_STATE_OFFLINE, "state %d\n", state);
    ok(reason == OFFLINEFILES_OFFLINE_REASON_ITEM_SUSPENDED, "reason %d\n", reason);
    state = connect_state(unc(L"beside"), &reason);
    ok_ours(state == OFFLINEFILES_CONNECT_STATE_ONLINE, Q97, "state %d, reason %d\n", state, reason);

    hr = suspend_root(unc(L"tree"), TRUE);
    ok_ours(hr == S_OK, Q99, "SuspendRoot again: %#lx\n", hr);
    hr = suspend_root(unc(L"tree\\inner"), FALSE);
    ok_ours(hr == E32(ERROR_INVALID_STATE), Q99, "SuspendRoot of what inherits: %#lx\n", hr);
    hr = suspend_root(unc(L"tree\\inner"), TRUE);
    ok_ours(hr == S_OK, Q99, "SuspendRoot inside: %#lx\n", hr);
    fact("sus.release");
    hr = suspend_root(unc(L"tree"), FALSE);
    ok(hr == S_OK, "SuspendRoot: %#lx\n", hr);
    check_suspended(unc(L"tree"), FALSE, FALSE);
    if (on_ours()) check_suspended(unc(L"tree\\inner"), TRUE, TRUE);
    suspend_root(unc(L"tree\\inner"), FALSE);
    check_suspended(unc(L"tree\\inner\\file"), FALSE, FALSE);
    hr = suspend_root(unc(L"tree"), FALSE);
    ok_ours(hr == S_OK, Q99, "SuspendRoot of what is not suspended: %#lx\n", hr);
}

/* Left out with the flag, synchronized when a caller wants it. */
static void test_sync(void)
{
    HRESULT hr;

    if (!origin(L"synced"))
    {
        skip("CSCTEST_ORIGIN is not set\n");
        return;
    }
    make_dir(unc(L"synced"));
    write_file(unc(L"synced\\file"), "first");
    hr = pin(unc(L"synced"), TRUE, PIN_USER_FILL, NULL);
    ok(hr == S_OK, "Pin: %#lx\n", hr);
    hr = suspend_root(unc(L"synced"), TRUE);
    ok(hr == S_OK, "SuspendRoot: %#lx\n", hr);

    if (go_offline())
    {
        write_file(unc(L"synced\\file"), "changed offline");
        fact("sync.skip");
        hr = sync_path(unc(NULL), SYNC_BOTH | OFFLINEFILES_SYNC_CONTROL_FLAG_SKIPSUSPENDEDDIRS, NULL);
        ok(hr == S_OK, "Synchronize: %#lx\n", hr);
        check_file(origin(L"synced\\file"), "first");
        fact("sync.suspended sus.explicit");
        hr = sync_path(unc(L"synced"), SYNC_BOTH, NULL);
        ok(hr == S_OK, "Synchronize: %#lx\n", hr);
        check_file(origin(L"synced\\file"), "changed offline");
        go_online();
    }
    else ok(0, "cannot go offline\n");

    /* going online synchronizes by itself, but not this */
    if (go_offline())
    {
        fact("sus.auto");
        write_file(unc(L"synced\\file"), "changed again");
        write_file(unc(L"beside"), "changed again");
        ok(go_online(), "the share does not go online\n");
        check_file(origin(L"beside"), "changed again");
        check_file(origin(L"synced\\file"), "changed offline");
    }
    else ok(0, "cannot go offline\n");
    hr = suspend_root(unc(L"synced"), FALSE);
    ok(hr == S_OK, "SuspendRoot: %#lx\n", hr);
}

START_TEST(suspend)
{
    CoInitialize(NULL);
    if (begin_unit(L"suspend"))
    {
        test_interfaces();
        test_tree();
        test_sync();
        end_unit();
    }
    CoUninitialize();
}
