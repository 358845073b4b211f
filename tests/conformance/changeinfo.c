/*
 * Changes made offline, as IOfflineFilesChangeInfo tells them
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "csctest.h"

struct changes
{
    BOOL dirty, deleted, created, data, attributes, time;
};

/* Reads all flags of an item; FALSE if it is not in the cache. */
static BOOL get_changes(const WCHAR *path, struct changes *changes)
{
    IOfflineFilesChangeInfo *info = find_interface(path, &IID_IOfflineFilesChangeInfo);
    HRESULT hr;

    memset(changes, 0xcc, sizeof(*changes));
    if (!info) return FALSE;
    hr = IOfflineFilesChangeInfo_IsDirty(info, &changes->dirty);
    ok(hr == S_OK, "IsDirty: %#lx\n", hr);
    hr = IOfflineFilesChangeInfo_IsDeletedOffline(info, &changes->deleted);
    ok(hr == S_OK, "IsDeletedOffline: %#lx\n", hr);
    hr = IOfflineFilesChangeInfo_IsCreatedOffline(info, &changes->created);
    ok(hr == S_OK, "IsCreatedOffline: %#lx\n", hr);
    hr = IOfflineFilesChangeInfo_IsLocallyModifiedData(info, &changes->data);
    ok(hr == S_OK, "IsLocallyModifiedData: %#lx\n", hr);
    hr = IOfflineFilesChangeInfo_IsLocallyModifiedAttributes(info, &changes->attributes);
    ok(hr == S_OK, "IsLocallyModifiedAttributes: %#lx\n", hr);
    hr = IOfflineFilesChangeInfo_IsLocallyModifiedTime(info, &changes->time);
    ok(hr == S_OK, "IsLocallyModifiedTime: %#lx\n", hr);
    if (on_ours())
    {
        ok_ours(IOfflineFilesChangeInfo_IsDirty(info, NULL) == E_POINTER, Q8, "IsDirty\n");
        ok_ours(IOfflineFilesChangeInfo_IsDeletedOffline(info, NULL) == E_POINTER, Q8, "IsDeletedOffline\n");
        ok_ours(IOfflineFilesChangeInfo_IsCreatedOffline(info, NULL) == E_POINTER, Q8, "IsCreatedOffline\n");
        ok_ours(IOfflineFilesChangeInfo_IsLocallyModifiedData(info, NULL) == E_POINTER, Q8, "data\n");
        ok_ours(IOfflineFilesChangeInfo_IsLocallyModifiedAttributes(info, NULL) == E_POINTER, Q8, "attributes\n");
        ok_ours(IOfflineFilesChangeInfo_IsLocallyModifiedTime(info, NULL) == E_POINTER, Q8, "time\n");
    }
    release(info);
    return TRUE;
}

/* A change reaches the cache within moments; waits for it. */
static BOOL wait_dirty(const WCHAR *path, struct changes *changes)
{
    wait_for(get_changes(path, changes) && changes->dirty);
    return get_changes(path, changes) && changes->dirty;
}

#define check_clean(path) check_clean_(__LINE__, path)
static void check_clean_(int line, const WCHAR *path)
{
    struct changes changes;

    if (!get_changes(path, &changes))
    {
        ok_(__FILE__, line)(0, "%ls is not cached\n", path);
        return;
    }
    ok_(__FILE__, line)(!changes.dirty && !changes.deleted && !changes.created && !changes.data &&
                        !changes.attributes && !changes.time, "%ls is dirty: %d %d %d %d %d %d\n", path,
                        changes.dirty, changes.deleted, changes.created, changes.data, changes.attributes,
                        changes.time);
}

static void set_old_time(const WCHAR *path)
{
    FILETIME time = { 0x2b1a0000, 0x01c9ffff };
    HANDLE file = CreateFileW(path, FILE_WRITE_ATTRIBUTES, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING,
                              0, NULL);

    ok(file != INVALID_HANDLE_VALUE, "cannot open %ls: error %lu\n", path, GetLastError());
    ok(SetFileTime(file, NULL, NULL, &time), "SetFileTime: error %lu\n", GetLastError());
    CloseHandle(file);
}

static void test_changes(void)
{
    fact("chg.dirty chg.deleted chg.created chg.data chg.attributes chg.time");
    struct changes changes;
    IOfflineFilesItem *item;
    HRESULT hr;

    check_clean(unc(NULL));
    check_clean(unc(L"data.txt"));
    check_clean(unc(L"attributes.txt"));
    check_clean(unc(L"time.txt"));
    check_clean(unc(L"deleted.txt"));

    if (!go_offline())
    {
        ok(0, "the share does not go offline\n");
        return;
    }
    write_file(unc(L"data.txt"), "other data, longer");
    ok(SetFileAttributesW(unc(L"attributes.txt"), FILE_ATTRIBUTE_READONLY), "error %lu\n", GetLastError());
    set_old_time(unc(L"time.txt"));
    ok(DeleteFileW(unc(L"deleted.txt")), "error %lu\n", GetLastError());
    write_file(unc(L"created.txt"), "created offline");
    make_dir(unc(L"created"));
    write_file(unc(L"created\\inside.txt"), "inside");

    ok(wait_dirty(unc(L"data.txt"), &changes), "changed data is not noticed\n");
    ok(changes.data && !changes.deleted && !changes.created, "data: %d, deleted: %d, created: %d\n", changes.data,
       changes.deleted, changes.created);
    ok(wait_dirty(unc(L"attributes.txt"), &changes), "changed attributes are not noticed\n");
    ok(changes.attributes && !changes.data && !changes.deleted && !changes.created,
       "attributes: %d, data: %d, deleted: %d, created: %d\n", changes.attributes, changes.data, changes.deleted,
       changes.created);
    ok(wait_dirty(unc(L"time.txt"), &changes), "a changed time is not noticed\n");
    ok(changes.time && !changes.deleted && !changes.created, "time: %d, deleted: %d, created: %d\n", changes.time,
       changes.deleted, changes.created);
    ok(wait_dirty(unc(L"created.txt"), &changes), "a new file is not noticed\n");
    ok(changes.created && !changes.deleted, "created: %d, deleted: %d\n", changes.created, changes.deleted);
    ok(wait_dirty(unc(L"created"), &changes), "a new folder is not noticed\n");
    ok(changes.created && !changes.deleted, "created: %d, deleted: %d\n", changes.created, changes.deleted);
    ok(wait_dirty(unc(L"created\\inside.txt"), &changes), "a new file in a new folder is not noticed\n");

    /* Whether a deleted item can be found is open (Q72); if so, it tells that it is deleted. */
    hr = IOfflineFilesCache_FindItem(unit_cache(), unc(L"deleted.txt"), 0, &item);
    ok_ours(hr == S_OK, Q72, "FindItem of a file deleted offline: %#lx\n", hr);
    if (hr == S_OK)
    {
        release(item);
        ok(wait_dirty(unc(L"deleted.txt"), &changes), "a deleted file is not noticed\n");
        ok(changes.deleted, "not deleted\n");
    }

    fact("chg.cleared chg.online");
    ok(go_online(), "the share does not go online\n");
    check_clean(unc(L"data.txt"));
    check_clean(unc(L"attributes.txt"));
    check_clean(unc(L"time.txt"));
    check_clean(unc(L"created.txt"));
    check_clean(unc(L"created"));
    check_clean(unc(L"created\\inside.txt"));
    hr = IOfflineFilesCache_FindItem(unit_cache(), unc(L"deleted.txt"), 0, &item);
    ok(hr == E32(ERROR_FILE_NOT_FOUND), "FindItem: %#lx\n", hr);
    if (hr == S_OK) release(item);

    check_file(unc(L"data.txt"), "other data, longer");
    check_file(unc(L"created.txt"), "created offline");
    check_file(unc(L"created\\inside.txt"), "inside");
    ok(!exists(unc(L"deleted.txt")), "the deleted file is still there\n");
    if (origin(NULL))
    {
        check_file(origin(L"data.txt"), "other data, longer");
        check_file(origin(L"created.txt"), "created offline");
        check_file(origin(L"created\\inside.txt"), "inside");
        ok(!exists(origin(L"deleted.txt")), "the deleted file is still on the other side\n");
    }
    else
        skip("CSCTEST_ORIGIN is not set\n");
    SetFileAttributesW(unc(L"attributes.txt"), FILE_ATTRIBUTE_NORMAL);
}

START_TEST(changeinfo)
{
    CoInitialize(NULL);
    if (begin_unit(L"changeinfo"))
    {
        HRESULT hr;

        write_file(unc(L"data.txt"), "data");
        write_file(unc(L"attributes.txt"), "attributes");
        write_file(unc(L"time.txt"), "time");
        write_file(unc(L"deleted.txt"), "deleted");
        hr = pin(unc(NULL), TRUE, PIN_USER_FILL, NULL);
        ok(hr == S_OK, "Pin: %#lx\n", hr);
        if (hr == S_OK) test_changes();
        end_unit();
    }
    CoUninitialize();
}
