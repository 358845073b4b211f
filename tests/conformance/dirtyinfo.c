/*
 * IOfflineFilesDirtyInfo
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "csctest.h"

/* The bytes of a file that wait for synchronization, asked with these query flags; -1: it fails. */
static LONGLONG dirty_bytes(const WCHAR *path, DWORD query)
{
    IOfflineFilesDirtyInfo *info;
    IOfflineFilesItem *item;
    LARGE_INTEGER count;
    HRESULT hr;

    hr = IOfflineFilesCache_FindItem(unit_cache(), path, query, &item);
    ok(hr == S_OK, "FindItem %ls: %#lx\n", path, hr);
    if (hr != S_OK) return -1;
    hr = IOfflineFilesItem_QueryInterface(item, &IID_IOfflineFilesDirtyInfo, (void **)&info);
    release(item);
    ok(hr == S_OK, "%ls: no IOfflineFilesDirtyInfo: %#lx\n", path, hr);
    if (hr != S_OK) return -1;
    count.QuadPart = -2;
    hr = IOfflineFilesDirtyInfo_LocalDirtyByteCount(info, &count);
    ok(hr == S_OK, "LocalDirtyByteCount %ls: %#lx\n", path, hr);
    release(info);
    return hr == S_OK ? count.QuadPart : -1;
}

static void check_bytes_(int line, const WCHAR *path, LONGLONG expected)
{
    static const DWORD queries[] = { OFFLINEFILES_ITEM_QUERY_LOCALDIRTYBYTECOUNT, 0,
                                     OFFLINEFILES_ITEM_QUERY_REMOTEDIRTYBYTECOUNT };
    unsigned int i;

    for (i = 0; i < ARRAY_SIZE(queries); i++)
    {
        LONGLONG bytes = dirty_bytes(path, queries[i]);

        if (i == 0) ok_(__FILE__, line)(bytes == expected, "%ls: %ld bytes\n", path, (long)bytes);
        else ok_ours(bytes == expected, Q91, "line %d: %ls: %ld bytes with query flags %#lx\n", line, path, (long)bytes,
                     queries[i]);
    }
}
#define check_bytes(path, expected) check_bytes_(__LINE__, path, expected)

/* Files only; the remote count is reserved. */
static void test_other_kinds(void)
{
    fact("dirty.nofile");
    const WCHAR *paths[] = { share_path(), unc(L"tree"), unc(L"tree\\a.txt") };
    IOfflineFilesDirtyInfo *info;
    LARGE_INTEGER count;
    unsigned int i;
    HRESULT hr;

    for (i = 0; i < ARRAY_SIZE(paths); i++)
    {
        winetest_push_context("%ls", paths[i]);
        info = find_interface(paths[i], &IID_IOfflineFilesDirtyInfo);
        ok_ours(info != NULL, Q86, "no IOfflineFilesDirtyInfo\n");
        if (info)
        {
            if (i < 2)
            {
                count.QuadPart = -2;
                hr = IOfflineFilesDirtyInfo_LocalDirtyByteCount(info, &count);
                ok(FAILED(hr), "LocalDirtyByteCount: %#lx\n", hr);
                ok_ours(hr == E32(ERROR_NOT_SUPPORTED) && !count.QuadPart, Q91, "LocalDirtyByteCount: %#lx\n", hr);
            }
            fact("res.remotedirty");
            count.QuadPart = -2;
            hr = IOfflineFilesDirtyInfo_RemoteDirtyByteCount(info, &count);
            ok_ours(hr == E32(ERROR_NOT_SUPPORTED) && !count.QuadPart, Q90, "RemoteDirtyByteCount: %#lx\n", hr);
            if (on_ours())
            {
                ok_ours(IOfflineFilesDirtyInfo_LocalDirtyByteCount(info, NULL) == E_POINTER, Q8, "Local\n");
                ok_ours(IOfflineFilesDirtyInfo_RemoteDirtyByteCount(info, NULL) == E_POINTER, Q8, "Remote\n");
            }
            release(info);
        }
        winetest_pop_context();
    }
}

static void test_counts(void)
{
    fact("dirty.local if.dirty ver.dirty find.dirtybytes");
    IOfflineFilesDirtyInfo *info;
    IOfflineFilesItem *item;
    LARGE_INTEGER count;
    HRESULT hr;

    check_bytes(unc(L"tree\\a.txt"), 0);
    if (!go_offline())
    {
        ok(0, "the share does not go offline\n");
        return;
    }
    write_file(unc(L"tree\\a.txt"), "changed offline");
    write_file(unc(L"tree\\new.txt"), "created offline, too");
    write_file(unc(L"tree\\empty.txt"), "");
    SetFileAttributesW(unc(L"tree\\b.txt"), FILE_ATTRIBUTE_READONLY);
    check_bytes(unc(L"tree\\a.txt"), 15);
    ok_ours(dirty_bytes(unc(L"tree\\new.txt"), OFFLINEFILES_ITEM_QUERY_LOCALDIRTYBYTECOUNT) == 20, Q91, "a new file\n");
    ok_ours(dirty_bytes(unc(L"tree\\empty.txt"), OFFLINEFILES_ITEM_QUERY_LOCALDIRTYBYTECOUNT) == 0, Q91, "empty\n");
    ok_ours(dirty_bytes(unc(L"tree\\b.txt"), OFFLINEFILES_ITEM_QUERY_LOCALDIRTYBYTECOUNT) == 0, Q91, "attributes\n");

    /* a snapshot, as everything in an item */
    hr = IOfflineFilesCache_FindItem(unit_cache(), unc(L"tree\\a.txt"), OFFLINEFILES_ITEM_QUERY_LOCALDIRTYBYTECOUNT,
                                     &item);
    ok(hr == S_OK, "FindItem: %#lx\n", hr);
    if (hr == S_OK)
    {
        hr = IOfflineFilesItem_QueryInterface(item, &IID_IOfflineFilesDirtyInfo, (void **)&info);
        ok(hr == S_OK, "no IOfflineFilesDirtyInfo: %#lx\n", hr);
        if (hr == S_OK)
        {
            write_file(unc(L"tree\\a.txt"), "longer than it was before");
            hr = IOfflineFilesDirtyInfo_LocalDirtyByteCount(info, &count);
            ok(hr == S_OK && count.QuadPart == 15, "%#lx: %ld bytes\n", hr, (long)count.QuadPart);
            hr = IOfflineFilesItem_Refresh(item, OFFLINEFILES_ITEM_QUERY_LOCALDIRTYBYTECOUNT);
            ok(hr == S_OK, "Refresh: %#lx\n", hr);
            hr = IOfflineFilesDirtyInfo_LocalDirtyByteCount(info, &count);
            ok(hr == S_OK && count.QuadPart == 25, "%#lx: %ld bytes\n", hr, (long)count.QuadPart);
            release(info);
        }
        release(item);
    }

    ok(go_online(), "the share does not go online\n");
    ok(sync_path(unc(L"tree"), SYNC_BOTH, NULL) == S_OK, "Synchronize failed\n");
    check_bytes(unc(L"tree\\a.txt"), 0);
    check_bytes(unc(L"tree\\new.txt"), 0);
    SetFileAttributesW(unc(L"tree\\b.txt"), FILE_ATTRIBUTE_NORMAL);
}

START_TEST(dirtyinfo)
{
    CoInitialize(NULL);
    if (begin_unit(L"dirtyinfo"))
    {
        HRESULT hr;

        make_dir(unc(L"tree"));
        write_file(unc(L"tree\\a.txt"), "a");
        write_file(unc(L"tree\\b.txt"), "b");
        hr = pin(unc(L"tree"), TRUE, PIN_USER_FILL, NULL);
        ok(hr == S_OK, "Pin: %#lx\n", hr);
        if (hr == S_OK)
        {
            test_other_kinds();
            test_counts();
        }
        end_unit();
    }
    CoUninitialize();
}
