/*
 * Going offline and online, and what programs see of the share meanwhile
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "csctest.h"

#define OFFLINE OFFLINEFILES_CONNECT_STATE_OFFLINE
#define ONLINE OFFLINEFILES_CONNECT_STATE_ONLINE
#define FORCED OFFLINEFILES_OFFLINE_REASON_CONNECTION_FORCED
#define NOT_APPLICABLE OFFLINEFILES_OFFLINE_REASON_NOT_APPLICABLE

#define check_state(state, reason) check_state_(__LINE__, state, reason)
static void check_state_(int line, OFFLINEFILES_CONNECT_STATE state, OFFLINEFILES_OFFLINE_REASON reason)
{
    /* The state is that of the scope: the same for all that is in it. */
    const WCHAR *paths[] = { share_path(), unc(NULL), unc(L"file.txt") };
    OFFLINEFILES_OFFLINE_REASON actual_reason;
    OFFLINEFILES_CONNECT_STATE actual;
    unsigned int i;

    for (i = 0; i < ARRAY_SIZE(paths); i++)
    {
        actual = connect_state(paths[i], &actual_reason);
        ok_(__FILE__, line)(actual == state && actual_reason == reason, "%ls: state %d, reason %d\n", paths[i],
                            actual, actual_reason);
    }
}

static IOfflineFilesConnectionInfo *connection(const WCHAR *path)
{
    IOfflineFilesConnectionInfo *info = find_interface(path, &IID_IOfflineFilesConnectionInfo);

    ok(info != NULL, "%ls: no connection information\n", path);
    return info;
}

/* An object that is held tells the state of the moment, not that of when it was made. */
static void test_live(void)
{
    fact("item.connectlive con.get");
    IOfflineFilesConnectionInfo *info = connection(unc(L"file.txt"));
    OFFLINEFILES_OFFLINE_REASON reason;
    OFFLINEFILES_CONNECT_STATE state;
    IOfflineFilesItem *item;
    HRESULT hr;

    if (!info) return;
    hr = IOfflineFilesConnectionInfo_GetConnectState(info, &state, &reason);
    ok(hr == S_OK && state == ONLINE, "GetConnectState: %#lx, %d\n", hr, state);
    ok(go_offline(), "the share does not go offline\n");
    hr = IOfflineFilesConnectionInfo_GetConnectState(info, &state, &reason);
    ok(hr == S_OK && state == OFFLINE, "GetConnectState: %#lx, %d\n", hr, state);
    ok(reason == FORCED, "reason %d\n", reason);
    {
        fact("con.prefetched find.connection");
        hr = IOfflineFilesCache_FindItem(unit_cache(), unc(L"file.txt"), OFFLINEFILES_ITEM_QUERY_CONNECTIONSTATE, &item);
        ok(hr == S_OK, "FindItem: %#lx\n", hr);
        if (hr == S_OK)
        {
            IOfflineFilesConnectionInfo *fetched = NULL;

            hr = IOfflineFilesItem_QueryInterface(item, &IID_IOfflineFilesConnectionInfo, (void **)&fetched);
            ok(hr == S_OK, "QueryInterface: %#lx\n", hr);
            if (fetched) hr = IOfflineFilesConnectionInfo_GetConnectState(fetched, &state, &reason);
            ok(hr == S_OK && state == OFFLINE && reason == FORCED, "GetConnectState: %#lx, %d, %d\n", hr, state, reason);
            release(fetched);
            release(item);
        }
    }
    ok(go_online(), "the share does not go online\n");
    hr = IOfflineFilesConnectionInfo_GetConnectState(info, &state, &reason);
    ok(hr == S_OK && state == ONLINE && reason == NOT_APPLICABLE, "GetConnectState: %#lx, %d, %d\n", hr, state, reason);
    release(info);
}

static void test_arguments(void)
{
    static const OFFLINEFILES_CONNECT_STATE states[] =
    {
        OFFLINEFILES_CONNECT_STATE_UNKNOWN, OFFLINEFILES_CONNECT_STATE_TRANSPARENTLY_CACHED,
        OFFLINEFILES_CONNECT_STATE_PARTLY_TRANSPARENTLY_CACHED, 5
    };
    IOfflineFilesConnectionInfo *info = connection(share_path());
    OFFLINEFILES_OFFLINE_REASON reason;
    OFFLINEFILES_CONNECT_STATE state;
    BOOL prevented;
    unsigned int i;
    HRESULT hr;

    if (!info) return;
    for (i = 0; i < ARRAY_SIZE(states); i++)
    {
        hr = IOfflineFilesConnectionInfo_SetConnectState(info, NULL, 0, states[i]);
        ok_ours(hr == E_INVALIDARG, Q94, "SetConnectState %d: %#lx\n", states[i], hr);
    }
    hr = IOfflineFilesConnectionInfo_SetConnectState(info, NULL, 0x4, OFFLINE);
    ok_ours(hr == E_INVALIDARG, Q9, "SetConnectState: %#lx\n", hr);
    hr = IOfflineFilesConnectionInfo_TransitionOnline(info, NULL, 0x4);
    ok_ours(hr == E_INVALIDARG, Q9, "TransitionOnline: %#lx\n", hr);
    hr = IOfflineFilesConnectionInfo_TransitionOffline(info, NULL, 0x4, FALSE, &prevented);
    ok_ours(hr == E_INVALIDARG, Q9, "TransitionOffline: %#lx\n", hr);
    if (on_ours())
    {
        ok_ours(IOfflineFilesConnectionInfo_GetConnectState(info, NULL, &reason) == E_POINTER, Q8, "state\n");
        ok_ours(IOfflineFilesConnectionInfo_GetConnectState(info, &state, NULL) == E_POINTER, Q8, "reason\n");
        hr = IOfflineFilesConnectionInfo_TransitionOffline(info, NULL, 0, FALSE, NULL);
        ok_ours(hr == E_POINTER, Q8, "TransitionOffline: %#lx\n", hr);
        check_state(ONLINE, NOT_APPLICABLE);
    }
    release(info);
}

/* From each kind of item, with both ways to say it. */
static void test_transitions(void)
{
    fact("con.get con.setoffline con.online con.offline con.flags con.statusonline con.statusforced cs.offline "
         "cs.online or.notapplicable or.forced");
    const WCHAR *paths[] = { share_path(), unc(NULL), unc(L"file.txt") };
    IOfflineFilesConnectionInfo *info;
    BOOL prevented;
    unsigned int i;
    HRESULT hr;

    check_state(ONLINE, NOT_APPLICABLE);
    for (i = 0; i < ARRAY_SIZE(paths); i++)
    {
        winetest_push_context("%ls", paths[i]);
        if (!(info = connection(paths[i])))
        {
            winetest_pop_context();
            continue;
        }
        hr = IOfflineFilesConnectionInfo_TransitionOnline(info, NULL, 0);
        ok_ours(hr == S_OK, Q94, "TransitionOnline when online: %#lx\n", hr);
        prevented = 99;
        hr = IOfflineFilesConnectionInfo_TransitionOffline(info, NULL, OFFLINEFILES_TRANSITION_FLAG_CONSOLE, FALSE,
                                                           &prevented);
        ok(hr == S_OK && !prevented, "TransitionOffline: %#lx, %d\n", hr, prevented);
        check_state(OFFLINE, FORCED);
        prevented = 99;
        hr = IOfflineFilesConnectionInfo_TransitionOffline(info, NULL, 0, FALSE, &prevented);
        ok_ours(hr == S_OK && !prevented, Q94, "TransitionOffline when offline: %#lx, %d\n", hr, prevented);
        check_state(OFFLINE, FORCED);
        hr = IOfflineFilesConnectionInfo_TransitionOnline(info, NULL, 0);
        ok(hr == S_OK, "TransitionOnline: %#lx\n", hr);
        check_state(ONLINE, NOT_APPLICABLE);

        hr = IOfflineFilesConnectionInfo_SetConnectState(info, NULL, 0, OFFLINE);
        ok(hr == S_OK, "SetConnectState: %#lx\n", hr);
        check_state(OFFLINE, FORCED);
        hr = IOfflineFilesConnectionInfo_SetConnectState(info, NULL, 0, OFFLINE);
        ok_ours(hr == S_OK, Q94, "SetConnectState when offline: %#lx\n", hr);
        hr = IOfflineFilesConnectionInfo_SetConnectState(info, NULL, 0, ONLINE);
        ok(hr == S_OK, "SetConnectState: %#lx\n", hr);
        check_state(ONLINE, NOT_APPLICABLE);
        hr = IOfflineFilesConnectionInfo_SetConnectState(info, NULL, 0, ONLINE);
        ok_ours(hr == S_OK, Q94, "SetConnectState when online: %#lx\n", hr);
        release(info);
        winetest_pop_context();
    }
}

/* What is cached can be read and changed offline, what is not cached is not there. */
static void test_files(void)
{
    fact("con.offline con.online chg.online");
    WIN32_FIND_DATAW data;
    unsigned int found = 0;
    HANDLE find;

    write_file(unc(L"uncached.txt"), "uncached");
    if (!go_offline())
    {
        ok(0, "the share does not go offline\n");
        return;
    }
    check_file(unc(L"file.txt"), "file");
    check_file(unc(L"folder\\below.txt"), "below");
    check_file(unc(L"FOLDER\\Below.TXT"), "below");
    ok_ours(!exists(unc(L"uncached.txt")), Q72, "a file without content is visible\n");
    find = FindFirstFileW(unc(L"*"), &data);
    ok(find != INVALID_HANDLE_VALUE, "FindFirstFile: error %lu\n", GetLastError());
    if (find != INVALID_HANDLE_VALUE)
    {
        do found += !wcscmp(data.cFileName, L"file.txt") || !wcscmp(data.cFileName, L"folder");
        while (FindNextFileW(find, &data));
        FindClose(find);
    }
    ok(found == 2, "%u of 2 names in the folder\n", found);

    write_file(unc(L"file.txt"), "changed offline");
    write_file(unc(L"new.txt"), "new offline");
    ok(MoveFileW(unc(L"folder\\below.txt"), unc(L"folder\\renamed.txt")), "MoveFile: error %lu\n", GetLastError());
    check_file(unc(L"file.txt"), "changed offline");
    check_file(unc(L"new.txt"), "new offline");
    check_file(unc(L"folder\\renamed.txt"), "below");
    if (origin(NULL))
    {
        check_file(origin(L"file.txt"), "file");
        ok(!exists(origin(L"new.txt")), "a file created offline is on the other side\n");
        check_file(origin(L"folder\\below.txt"), "below");
    }

    ok(go_online(), "the share does not go online\n");
    check_file(unc(L"file.txt"), "changed offline");
    check_file(unc(L"new.txt"), "new offline");
    check_file(unc(L"folder\\renamed.txt"), "below");
    ok(!exists(unc(L"folder\\below.txt")), "the old name is still there\n");
    check_file(unc(L"uncached.txt"), "uncached");
    if (!origin(NULL))
    {
        skip("CSCTEST_ORIGIN is not set\n");
        return;
    }
    check_file(origin(L"file.txt"), "changed offline");
    check_file(origin(L"new.txt"), "new offline");
    check_file(origin(L"folder\\renamed.txt"), "below");
    ok(!exists(origin(L"folder\\below.txt")), "the old name is still on the other side\n");

    /* a change on the other side while this one is offline */
    ok(go_offline(), "the share does not go offline\n");
    write_file(origin(L"file.txt"), "changed on the other side");
    check_file(unc(L"file.txt"), "changed offline");
    ok(go_online(), "the share does not go online\n");
    check_file(unc(L"file.txt"), "changed on the other side");
    ok(go_offline(), "the share does not go offline\n");
    check_file(unc(L"file.txt"), "changed on the other side");
    ok(go_online(), "the share does not go online\n");
}

/* Open files that are not cached prevent the transition, unless it is forced. */
static void test_open_files(void)
{
    IOfflineFilesConnectionInfo *info = connection(share_path());
    BOOL prevented = 99;
    HANDLE file;
    HRESULT hr;

    if (!info) return;
    write_file(unc(L"open.txt"), "open");
    file = CreateFileW(unc(L"open.txt"), GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    ok(file != INVALID_HANDLE_VALUE, "CreateFile: error %lu\n", GetLastError());
    fact("con.prevented");
    hr = IOfflineFilesConnectionInfo_TransitionOffline(info, NULL, 0, FALSE, &prevented);
    ok(hr == S_OK && prevented == TRUE, "TransitionOffline: %#lx, %d\n", hr, prevented);
    check_state(ONLINE, NOT_APPLICABLE);
    fact("con.setopen");
    hr = IOfflineFilesConnectionInfo_SetConnectState(info, NULL, 0, OFFLINE);
    ok(FAILED(hr), "SetConnectState: %#lx\n", hr);
    check_state(ONLINE, NOT_APPLICABLE);
    fact("con.force");
    hr = IOfflineFilesConnectionInfo_TransitionOffline(info, NULL, 0, TRUE, &prevented);
    ok(hr == S_OK, "TransitionOffline: %#lx\n", hr);
    check_state(OFFLINE, FORCED);
    CloseHandle(file);
    release(info);
    ok(go_online(), "the share does not go online\n");

    /* an open file that is cached does not */
    file = CreateFileW(unc(L"file.txt"), GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    ok(file != INVALID_HANDLE_VALUE, "CreateFile: error %lu\n", GetLastError());
    ok(go_offline(), "the share does not go offline\n");
    CloseHandle(file);
    ok(go_online(), "the share does not go online\n");
}

/* The other side is away: offline by itself, not online by order, and online again by itself. */
static void test_unreachable(void)
{
    WCHAR base[MAX_PATH], away[MAX_PATH + 8];
    OFFLINEFILES_OFFLINE_REASON reason;
    IOfflineFilesConnectionInfo *info;
    HRESULT hr;

    if (!GetEnvironmentVariableW(L"CSCTEST_ORIGIN", base, ARRAY_SIZE(base)))
    {
        skip("CSCTEST_ORIGIN is not set\n");
        return;
    }
    _snwprintf(away, ARRAY_SIZE(away), L"%s.away", base);
    if (!go_offline())
    {
        ok(0, "the share does not go offline\n");
        return;
    }
    if (!MoveFileW(base, away))
    {
        skip("the other side cannot be moved away: error %lu\n", GetLastError());
        go_online();
        return;
    }
    if ((info = connection(share_path())))
    {
        hr = IOfflineFilesConnectionInfo_TransitionOnline(info, NULL, 0);
        ok(FAILED(hr), "TransitionOnline: %#lx\n", hr);
        ok_ours(hr == E32(ERROR_BAD_NETPATH), Q94, "TransitionOnline: %#lx\n", hr);
        check_state(OFFLINE, FORCED);
        hr = IOfflineFilesConnectionInfo_SetConnectState(info, NULL, 0, ONLINE);
        ok_ours(hr == E32(ERROR_BAD_NETPATH), Q94, "SetConnectState: %#lx\n", hr);
        check_file(unc(L"file.txt"), "changed on the other side");
        hr = pin(unc(L"missing.txt"), FALSE, PIN_USER, NULL);
        ok(FAILED(hr), "Pin: %#lx\n", hr);
        release(info);
    }
    ok(MoveFileW(away, base), "cannot move the other side back: error %lu\n", GetLastError());
    ok(go_online(), "the share does not go online\n");
    check_state(ONLINE, NOT_APPLICABLE);

    /* now it fails while online */
    fact("con.statuserror or.error");
    ok(MoveFileW(base, away), "cannot move the other side away: error %lu\n", GetLastError());
    if (!exists(base))
    {
        DWORD start = GetTickCount();

        exists(unc(L"file.txt"));
        while (connect_state(share_path(), &reason) != OFFLINE && GetTickCount() - start < 20000) pump(200);
        ok(connect_state(share_path(), &reason) == OFFLINE, "still online\n");
        ok(reason == OFFLINEFILES_OFFLINE_REASON_CONNECTION_ERROR, "reason %d\n", reason);
        check_file(unc(L"file.txt"), "changed on the other side");
        write_file(unc(L"file.txt"), "changed while away");
        ok(MoveFileW(away, base), "cannot move the other side back: error %lu\n", GetLastError());
        start = GetTickCount();
        while (connect_state(share_path(), &reason) != ONLINE && GetTickCount() - start < 150000) pump(200);
        ok(connect_state(share_path(), &reason) == ONLINE, "not online again by itself\n");
        check_file(unc(L"file.txt"), "changed while away");
        check_file(origin(L"file.txt"), "changed while away");
    }
}

START_TEST(connection)
{
    CoInitialize(NULL);
    if (begin_unit(L"connection"))
    {
        HRESULT hr;

        make_dir(unc(L"folder"));
        write_file(unc(L"file.txt"), "file");
        write_file(unc(L"folder\\below.txt"), "below");
        hr = pin(unc(NULL), TRUE, PIN_USER_FILL, NULL);
        ok(hr == S_OK, "Pin: %#lx\n", hr);
        if (hr == S_OK)
        {
            test_live();
            test_arguments();
            test_transitions();
            test_files();
            test_open_files();
            test_unreachable();
        }
        end_unit();
    }
    CoUninitialize();
}
