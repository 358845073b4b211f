/*
 * RenameItem and RenameItemEx
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "csctest.h"

static IOfflineFilesCache2 *cache2;

static BOOL is_cached(const WCHAR *path)
{
    IOfflineFilesItem *item;

    if (IOfflineFilesCache_FindItem(unit_cache(), path, 0, &item) != S_OK) return FALSE;
    release(item);
    return TRUE;
}

static HRESULT rename_ex(const WCHAR *from, const WCHAR *to)
{
    return IOfflineFilesCache2_RenameItemEx(cache2, from, to, FALSE);
}

static HRESULT rename_later(const WCHAR *from, const WCHAR *to)
{
    return IOfflineFilesCache2_RenameItem(cache2, from, to, FALSE);
}

/* What both refuse. */
static void check_errors(HRESULT (*rename_item)(const WCHAR *, const WCHAR *))
{
    fact("ren.exists ren2.exists ren2.rules");
    HRESULT hr;

    hr = rename_item(unc(L"tree\\a.txt"), unc(L"tree\\b.txt"));
    ok(FAILED(hr), "onto a file: %#lx\n", hr);
    ok_ours(hr == E32(ERROR_ALREADY_EXISTS), Q60, "onto a file: %#lx\n", hr);
    hr = rename_item(unc(L"tree\\a.txt"), unc(L"tree\\Sub"));
    ok(FAILED(hr), "onto a directory: %#lx\n", hr);
    ok_ours(hr == E32(ERROR_ALREADY_EXISTS), Q60, "onto a directory: %#lx\n", hr);
    hr = rename_item(unc(L"tree\\none"), unc(L"tree\\c.txt"));
    ok_ours(hr == E32(ERROR_FILE_NOT_FOUND), Q60, "what is not cached: %#lx\n", hr);
    hr = rename_item(unc(L"tree\\a.txt"), unc(L"tree\\none\\a.txt"));
    ok_ours(hr == E32(ERROR_PATH_NOT_FOUND), Q60, "into what is not there: %#lx\n", hr);
    hr = rename_item(unc(L"tree\\Sub"), unc(L"tree\\Sub\\Below"));
    ok_ours(hr == E_INVALIDARG, Q60, "into itself: %#lx\n", hr);
    hr = rename_item(unc(L"tree\\a.txt"), format_path(L"%ls-other\\a.txt", share_path()));
    ok_ours(FAILED(hr), Q60, "into another share: %#lx\n", hr);
    if (!on_ours()) return;
    ok_ours(rename_item(NULL, unc(L"tree\\c.txt")) == E_INVALIDARG, Q10, "NULL\n");
    ok_ours(rename_item(unc(L"tree\\a.txt"), NULL) == E_INVALIDARG, Q10, "NULL\n");
    ok_ours(rename_item(L"", unc(L"tree\\c.txt")) == E_INVALIDARG, Q10, "empty\n");
    ok_ours(rename_item(unc(L"tree\\a.txt"), L"C:\\c.txt") == E32(ERROR_BAD_PATHNAME), Q11, "local\n");
    ok_ours(rename_item(L"tree\\a.txt", unc(L"tree\\c.txt")) == E32(ERROR_BAD_PATHNAME), Q11, "relative\n");
}

static void test_now(void)
{
    fact("ren2.now res.replace");
    HRESULT hr;

    hr = rename_ex(unc(L"tree\\a.txt"), unc(L"tree\\Sub\\renamed.txt"));
    ok(hr == S_OK, "RenameItemEx of a file: %#lx\n", hr);
    ok(!is_cached(unc(L"tree\\a.txt")) && is_cached(unc(L"tree\\Sub\\renamed.txt")), "the cache does not follow\n");
    /* in the cache, not on the server */
    if (origin(NULL)) check_file(origin(L"tree\\a.txt"), "a");
    hr = rename_ex(unc(L"tree\\Sub\\renamed.txt"), unc(L"tree\\a.txt"));
    ok(hr == S_OK, "back: %#lx\n", hr);
    hr = rename_ex(unc(L"tree\\Sub"), unc(L"tree\\Renamed"));
    ok(hr == S_OK, "RenameItemEx of a directory: %#lx\n", hr);
    ok(is_cached(unc(L"tree\\Renamed\\below.txt")) && !is_cached(unc(L"tree\\Sub")), "what is below does not follow\n");
    hr = rename_ex(unc(L"tree\\Renamed"), unc(L"tree\\Sub"));
    ok(hr == S_OK, "back: %#lx\n", hr);
    ok(sync_path(unc(L"tree"), SYNC_BOTH, NULL) == S_OK, "Synchronize failed\n");
    ok(is_cached(unc(L"tree\\a.txt")) && is_cached(unc(L"tree\\Sub\\below.txt")), "something is gone\n");
    /* reserved, whatever it is */
    hr = IOfflineFilesCache2_RenameItemEx(cache2, unc(L"tree\\a.txt"), unc(L"tree\\b.txt"), TRUE);
    ok(FAILED(hr), "with bReplaceIfExists: %#lx\n", hr);
    ok(is_cached(unc(L"tree\\a.txt")), "with bReplaceIfExists: gone\n");
}

/* \\server\share\... with another server or share. */
static const WCHAR *moved_path(const WCHAR *server, const WCHAR *share, const WCHAR *path)
{
    return format_path(L"%ls\\%ls%ls", server, share ? share : wcsrchr(share_path(), '\\') + 1, path + wcslen(share_path()));
}

/* A share, and a server with all its shares, to another name and back. The cache follows; there is no server of that name. */
static void test_shares(void)
{
    fact("ren.kinds ren2.now");
    const WCHAR *other = L"\\\\csctest-moved", *path = unc(L"tree\\Sub\\below.txt");
    HRESULT hr;

    hr = rename_ex(share_path(), moved_path(other, L"csctest-share", share_path()));
    ok_ours(hr == S_OK, Q62, "RenameItemEx of a share: %#lx\n", hr);
    if (hr == S_OK)
    {
        ok(is_cached(moved_path(other, L"csctest-share", path)) && !is_cached(path), "what is in the share does not follow\n");
        ok(!is_cached(share_path()), "the share has its old name, too\n");
        if (on_ours()) check_file(moved_path(other, L"csctest-share", path), "below");
        hr = rename_ex(moved_path(other, L"csctest-share", share_path()), share_path());
        ok(hr == S_OK, "back: %#lx\n", hr);
    }
    hr = rename_ex(server_path(), other);
    ok_ours(hr == S_OK, Q62, "RenameItemEx of a server: %#lx\n", hr);
    if (hr == S_OK)
    {
        ok(is_cached(moved_path(other, NULL, path)) && !is_cached(path), "the server's shares do not follow\n");
        ok(!is_cached(server_path()), "the server has its old name, too\n");
        if (on_ours()) check_file(moved_path(other, NULL, path), "below");
        hr = rename_ex(other, server_path());
        ok(hr == S_OK, "back: %#lx\n", hr);
    }
    check_file(path, "below");
    ok(is_cached(path), "it is gone\n");
    ok(sync_path(unc(L"tree"), SYNC_BOTH, NULL) == S_OK, "Synchronize failed\n");
}

/* Servers and shares, refused. */
static void check_share_errors(HRESULT (*rename_item)(const WCHAR *, const WCHAR *))
{
    fact("ren.kinds ren.exists ren2.exists");
    HRESULT hr;

    hr = rename_item(share_path(), share_path());
    ok(FAILED(hr), "onto itself: %#lx\n", hr);
    ok_ours(hr == E32(ERROR_ALREADY_EXISTS), Q60, "onto itself: %#lx\n", hr);
    hr = rename_item(server_path(), server_path());
    ok(FAILED(hr), "onto itself: %#lx\n", hr);
    ok_ours(hr == E32(ERROR_ALREADY_EXISTS), Q60, "onto itself: %#lx\n", hr);
    hr = rename_item(L"\\\\csctest-none\\share", L"\\\\csctest-moved\\share");
    ok_ours(hr == E32(ERROR_FILE_NOT_FOUND), Q60, "a share that is not cached: %#lx\n", hr);
    hr = rename_item(L"\\\\csctest-none", L"\\\\csctest-moved");
    ok_ours(hr == E32(ERROR_FILE_NOT_FOUND), Q60, "a server that is not cached: %#lx\n", hr);
    if (!on_ours()) return;
    hr = rename_item(share_path(), L"\\\\csctest-moved");
    ok_ours(hr == E_INVALIDARG, Q60, "a share to a server: %#lx\n", hr);
    hr = rename_item(unc(L"tree\\a.txt"), L"\\\\csctest-moved\\share");
    ok_ours(hr == E_INVALIDARG, Q60, "a file to a share: %#lx\n", hr);
}

/* The request is taken; it finds nothing to rename at the next start, since the share is gone by then. */
static void test_share_later(void)
{
    fact("ren.kinds ren.request");
    DWORD error;
    HRESULT hr;

    if (!on_ours() || !origin(NULL)) return;
    error = run_csccmd(format_path(L"map \\\\csctest-later\\share \"%ls\"", origin(L"tree")));
    ok(!error, "csccmd map: %lu\n", error);
    if (error) return;
    hr = rename_later(L"\\\\csctest-later\\share", L"\\\\csctest-moved\\share");
    ok(hr == S_OK || hr == E_ACCESSDENIED, "RenameItem of a share: %#lx\n", hr);
    hr = rename_later(L"\\\\csctest-later", L"\\\\csctest-moved");
    ok(hr == S_OK || hr == E_ACCESSDENIED, "RenameItem of a server: %#lx\n", hr);
    ok(is_cached(L"\\\\csctest-later\\share") && !is_cached(L"\\\\csctest-moved"), "it was done at once\n");
    run_csccmd(L"unmap --discard-changes \\\\csctest-later\\share");
}

/* A program that has it open, or something below it. */
static void test_open(void)
{
    fact("ren2.open");
    HANDLE file = CreateFileW(unc(L"tree\\Sub\\below.txt"), GENERIC_READ,
                              FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING, 0, NULL);
    HRESULT hr;

    ok(file != INVALID_HANDLE_VALUE, "cannot open: error %lu\n", GetLastError());
    if (file == INVALID_HANDLE_VALUE) return;
    hr = rename_ex(unc(L"tree\\Sub\\below.txt"), unc(L"tree\\moved.txt"));
    ok(FAILED(hr), "RenameItemEx of an open file: %#lx\n", hr);
    ok_ours(hr == E32(ERROR_SHARING_VIOLATION), Q62, "RenameItemEx of an open file: %#lx\n", hr);
    hr = rename_ex(unc(L"tree\\Sub"), unc(L"tree\\Moved"));
    ok(FAILED(hr), "RenameItemEx of its directory: %#lx\n", hr);
    ok_ours(hr == E32(ERROR_SHARING_VIOLATION), Q62, "RenameItemEx of its directory: %#lx\n", hr);
    ok(is_cached(unc(L"tree\\Sub\\below.txt")), "it was renamed nevertheless\n");
    hr = rename_ex(share_path(), L"\\\\csctest-moved\\share");
    ok(FAILED(hr), "RenameItemEx of its share: %#lx\n", hr);
    ok_ours(hr == E32(ERROR_SHARING_VIOLATION), Q62, "RenameItemEx of its share: %#lx\n", hr);
    hr = rename_ex(server_path(), L"\\\\csctest-moved");
    ok(FAILED(hr), "RenameItemEx of its server: %#lx\n", hr);
    ok_ours(hr == E32(ERROR_SHARING_VIOLATION), Q62, "RenameItemEx of its server: %#lx\n", hr);
    CloseHandle(file);
}

/* That it is carried out at the next start is a matter for a test that can start the service again; what is asked for
 * here is gone by then. */
static void test_later(void)
{
    fact("ren.request");
    HRESULT hr = rename_later(unc(L"tree\\a.txt"), unc(L"tree\\later.txt"));

    ok(hr == S_OK || hr == E_ACCESSDENIED, "RenameItem: %#lx\n", hr);
    ok(is_cached(unc(L"tree\\a.txt")) && !is_cached(unc(L"tree\\later.txt")), "it was done at once\n");
}

START_TEST(rename)
{
    CoInitialize(NULL);
    if (begin_unit(L"rename"))
    {
        HRESULT hr;

        make_dir(unc(L"tree"));
        make_dir(unc(L"tree\\Sub"));
        write_file(unc(L"tree\\a.txt"), "a");
        write_file(unc(L"tree\\b.txt"), "b");
        write_file(unc(L"tree\\Sub\\below.txt"), "below");
        hr = pin(unc(L"tree"), TRUE, PIN_USER_FILL, NULL);
        ok(hr == S_OK, "Pin: %#lx\n", hr);
        hr = IOfflineFilesCache_QueryInterface(unit_cache(), &IID_IOfflineFilesCache2, (void **)&cache2);
        ok(hr == S_OK, "no IOfflineFilesCache2: %#lx\n", hr);
        if (hr == S_OK)
        {
            check_errors(rename_ex);
            check_errors(rename_later);
            check_share_errors(rename_ex);
            check_share_errors(rename_later);
            test_now();
            test_shares();
            test_open();
            test_later();
            test_share_later();
            release(cache2);
        }
        end_unit();
    }
    CoUninitialize();
}
