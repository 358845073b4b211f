/*
 * Administratively assigned files: ProcessAdminPinPolicy and the Group Policy extension
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The test adds rows to the lists in the registry and removes them again; where it may not do so it is skipped.
 */

#include "csctest.h"

static const WCHAR list_key[] = L"Software\\Policies\\Microsoft\\Windows\\NetCache\\AssignedOfflineFolders";

static LSTATUS assign(HKEY root, const WCHAR *path)
{
    LSTATUS status;
    HKEY key;

    if ((status = RegCreateKeyExW(root, list_key, 0, NULL, 0, KEY_SET_VALUE | KEY_WOW64_64KEY, NULL, &key, NULL)))
        return status;
    status = RegSetValueExW(key, path, 0, REG_SZ, (const BYTE *)L"", sizeof(WCHAR));
    RegCloseKey(key);
    return status;
}

static void withdraw(HKEY root, const WCHAR *path)
{
    DWORD values = 1;
    HKEY key;

    if (RegOpenKeyExW(root, list_key, 0, KEY_SET_VALUE | KEY_QUERY_VALUE | KEY_WOW64_64KEY, &key)) return;
    RegDeleteValueW(key, path);
    RegQueryInfoKeyW(key, NULL, NULL, NULL, NULL, NULL, NULL, &values, NULL, NULL, NULL, NULL);
    RegCloseKey(key);
    if (!values) RegDeleteKeyExW(root, list_key, KEY_WOW64_64KEY, 0);
}

/* machine, user: pinned by the list of that scope, and passed on to new children. */
#define check_pins(path, machine, user, inherit) check_pins_(__LINE__, path, machine, user, inherit)
static void check_pins_(int line, const WCHAR *path, BOOL machine, BOOL user, BOOL inherit)
{
    IOfflineFilesPinInfo *info = find_interface(path, &IID_IOfflineFilesPinInfo);
    BOOL pinned = 99, passed_on = 99;
    HRESULT hr;

    ok_(__FILE__, line)(!!info, "%ls: not in the cache\n", path);
    if (!info) return;
    hr = IOfflineFilesPinInfo_IsPinnedForComputer(info, &pinned, &passed_on);
    ok_(__FILE__, line)(hr == S_OK && !pinned == !machine, "%ls: for the computer: %#lx, %d\n", path, hr, pinned);
    if (machine) ok_(__FILE__, line)(!passed_on == !inherit, "%ls: inherit %d\n", path, passed_on);
    hr = IOfflineFilesPinInfo_IsPinnedForUserByPolicy(info, &pinned, &passed_on);
    ok_(__FILE__, line)(hr == S_OK && !pinned == !user, "%ls: for the user: %#lx, %d\n", path, hr, pinned);
    release(info);
}

static HRESULT process(struct sink *pin_sink, struct sink *unpin_sink)
{
    return IOfflineFilesCache_ProcessAdminPinPolicy(unit_cache(),
                                                    pin_sink ? &pin_sink->IOfflineFilesSyncProgress_iface : NULL,
                                                    unpin_sink ? &unpin_sink->IOfflineFilesSyncProgress_iface : NULL);
}

static BOOL may_assign(void)
{
    LSTATUS status = assign(HKEY_LOCAL_MACHINE, L"\\\\nobody\\nothing");

    withdraw(HKEY_LOCAL_MACHINE, L"\\\\nobody\\nothing");
    if (status) skip("the policy of the machine cannot be written: %ld\n", status);
    return !status;
}

static void test_lists(void)
{
    struct sink *pins = sink_create(), *unpins = sink_create();
    unsigned int tries, told = 0;
    HRESULT hr;

    write_file(unc(L"user.txt"), "u");
    make_dir(unc(L"machine"));
    write_file(unc(L"machine\\file"), "m");
    ok(!assign(HKEY_LOCAL_MACHINE, unc(L"machine")), "no row for the machine\n");
    ok(!assign(HKEY_CURRENT_USER, unc(L"user.txt")), "no row for the user\n");
    {
        fact("admin.pin");
        hr = process(pins, unpins);
        ok(hr == S_OK, "ProcessAdminPinPolicy: %#lx\n", hr);
        check_pins(unc(L"machine"), TRUE, FALSE, TRUE);
        check_pins(unc(L"machine\\file"), TRUE, FALSE, FALSE);
        check_pins(unc(L"user.txt"), FALSE, TRUE, FALSE);
        check_protocol(pins, S_OK, 0);
        check_protocol(unpins, S_OK, 0);
        ok_ours(!sink_count(unpins, CALL_ITEM_BEGIN, NULL), Q65, "something was unpinned\n");
    }

    sink_reset(pins);
    sink_reset(unpins);
    withdraw(HKEY_LOCAL_MACHINE, unc(L"machine"));
    {
        fact("admin.unpin");
        hr = process(pins, unpins);
        ok(hr == S_OK, "ProcessAdminPinPolicy: %#lx\n", hr);
        check_pins(unc(L"machine"), FALSE, FALSE, FALSE);
        check_pins(unc(L"machine\\file"), FALSE, FALSE, FALSE);
        check_pins(unc(L"user.txt"), FALSE, TRUE, FALSE);
        ok(!sink_count(pins, CALL_ITEM_RESULT, unc(L"machine\\file")), "the first sink was told\n");
        check_protocol(unpins, S_OK, 0);
    }

    {
        fact("admin.pin admin.unpin");
        /* ours notices changes by itself, and sometimes is first */
        for (tries = 0; tries < 10 && told != 2; tries++)
        {
            sink_reset(pins);
            sink_reset(unpins);
            assign(HKEY_LOCAL_MACHINE, unc(L"machine"));
            process(pins, NULL);
            withdraw(HKEY_LOCAL_MACHINE, unc(L"machine"));
            process(NULL, unpins);
            told = !!sink_count(pins, CALL_ITEM_RESULT, unc(L"machine\\file")) +
                   !!sink_count(unpins, CALL_ITEM_RESULT, unc(L"machine\\file"));
        }
        ok(told == 2, "the sinks were not told\n");
    }

    withdraw(HKEY_CURRENT_USER, unc(L"user.txt"));
    {
        fact("admin.null");
        hr = process(NULL, NULL);
        ok(hr == S_OK, "ProcessAdminPinPolicy: %#lx\n", hr);
        check_pins(unc(L"user.txt"), FALSE, FALSE, FALSE);
    }
    sink_free(pins);
    sink_free(unpins);
}

static void test_cancel(void)
{
    struct sink *pins = sink_create(), *unpins = sink_create();
    HRESULT hr;

    write_file(unc(L"cancel"), "c");
    assign(HKEY_LOCAL_MACHINE, unc(L"cancel"));
    pins->abort_begin = TRUE;
    hr = process(pins, unpins);
    ok_ours(hr == E32(ERROR_CANCELLED), Q65, "ProcessAdminPinPolicy: %#lx\n", hr);
    check_protocol(pins, E32(ERROR_CANCELLED), 0);
    sink_reset(pins);
    sink_reset(unpins);
    unpins->abort_begin = TRUE;
    hr = process(pins, unpins);
    ok_ours(hr == E32(ERROR_CANCELLED), Q65, "ProcessAdminPinPolicy: %#lx\n", hr);
    ok_ours(!sink_count(pins, CALL_BEGIN, NULL), Q65, "the other phase began\n");
    withdraw(HKEY_LOCAL_MACHINE, unc(L"cancel"));
    hr = process(NULL, NULL);
    ok(hr == S_OK, "ProcessAdminPinPolicy: %#lx\n", hr);
    sink_free(pins);
    sink_free(unpins);
}

static void test_missing(void)
{
    HRESULT hr;

    assign(HKEY_LOCAL_MACHINE, unc(L"missing"));
    hr = process(NULL, NULL);
    ok_ours(hr == E32(ERROR_FILE_NOT_FOUND) || hr == E32(ERROR_MORE_DATA), Q65, "ProcessAdminPinPolicy: %#lx\n", hr);
    withdraw(HKEY_LOCAL_MACHINE, unc(L"missing"));
    hr = process(NULL, NULL);
    ok(hr == S_OK, "ProcessAdminPinPolicy: %#lx\n", hr);
}

/* The documented callback of userenv.h. */
static void test_group_policy(void)
{
    DWORD (WINAPI *process_group_policy)(DWORD, HANDLE, HKEY, void *, void *, ULONG_PTR, BOOL *, void *);
    HMODULE module = LoadLibraryW(L"cscobj.dll");
    BOOL abort = FALSE;
    DWORD ret;

    ok(!!module, "no cscobj.dll\n");
    if (!module) return;
    process_group_policy = (void *)GetProcAddress(module, "ProcessGroupPolicy");
    ok(!!process_group_policy, "no ProcessGroupPolicy\n");
    if (process_group_policy && on_ours())
    {
        write_file(unc(L"group"), "g");
        assign(HKEY_LOCAL_MACHINE, unc(L"group"));
        ret = process_group_policy(0, NULL, HKEY_LOCAL_MACHINE, NULL, NULL, 0, &abort, NULL);
        ok(ret == ERROR_SUCCESS, "ProcessGroupPolicy: %lu\n", ret);
        check_pins(unc(L"group"), TRUE, FALSE, FALSE);
        withdraw(HKEY_LOCAL_MACHINE, unc(L"group"));
        abort = TRUE;
        ret = process_group_policy(0, NULL, HKEY_LOCAL_MACHINE, NULL, NULL, 0, &abort, NULL);
        ok(ret == ERROR_CANCELLED, "ProcessGroupPolicy: %lu\n", ret);
        ret = process_group_policy(0, NULL, HKEY_LOCAL_MACHINE, NULL, NULL, 0, NULL, NULL);
        ok(ret == ERROR_SUCCESS, "ProcessGroupPolicy: %lu\n", ret);
        check_pins(unc(L"group"), FALSE, FALSE, FALSE);
    }
    else skip("only Windows' own Group Policy client calls it there\n");
    FreeLibrary(module);
}

START_TEST(adminpin)
{
    CoInitialize(NULL);
    if (begin_unit(L"adminpin"))
    {
        if (may_assign())
        {
            test_lists();
            test_cancel();
            test_missing();
            test_group_policy();
        }
        end_unit();
    }
    CoUninitialize();
}
