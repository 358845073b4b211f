/*
 * File system data of the copies of an item
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "csctest.h"

#define LOCAL OFFLINEFILES_ITEM_COPY_LOCAL
#define REMOTE OFFLINEFILES_ITEM_COPY_REMOTE
#define ORIGINAL OFFLINEFILES_ITEM_COPY_ORIGINAL

static LONGLONG get_size(const WCHAR *path, OFFLINEFILES_ITEM_COPY copy)
{
    IOfflineFilesFileSysInfo *info = find_interface(path, &IID_IOfflineFilesFileSysInfo);
    LARGE_INTEGER size = {{0}};
    HRESULT hr;

    size.QuadPart = -1;
    ok(info != NULL, "%ls: no file system information\n", path);
    if (!info) return -1;
    hr = IOfflineFilesFileSysInfo_GetFileSize(info, copy, &size);
    ok(hr == S_OK, "%ls: GetFileSize of copy %d: %#lx\n", path, copy, hr);
    release(info);
    return size.QuadPart;
}

static LONGLONG ticks(const FILETIME *time)
{
    return (LONGLONG)time->dwHighDateTime << 32 | time->dwLowDateTime;
}

/* Compares one copy with what the file system tells about a file. */
static void check_copy(IOfflineFilesFileSysInfo *info, OFFLINEFILES_ITEM_COPY copy, const WCHAR *path)
{
    FILETIME creation, write, change, access;
    WIN32_FILE_ATTRIBUTE_DATA data;
    DWORD attributes = 0;
    LARGE_INTEGER size;
    HRESULT hr;

    winetest_push_context("copy %d", copy);
    ok(GetFileAttributesExW(path, GetFileExInfoStandard, &data), "%ls: error %lu\n", path, GetLastError());
    hr = IOfflineFilesFileSysInfo_GetAttributes(info, copy, &attributes);
    ok(hr == S_OK, "GetAttributes: %#lx\n", hr);
    ok(!((attributes ^ data.dwFileAttributes) & (FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_READONLY)),
       "attributes %#lx, expected %#lx\n", attributes, data.dwFileAttributes);
    memset(&creation, 0, sizeof(creation));
    memset(&write, 0, sizeof(write));
    memset(&change, 0, sizeof(change));
    memset(&access, 0, sizeof(access));
    hr = IOfflineFilesFileSysInfo_GetTimes(info, copy, &creation, &write, &change, &access);
    ok(hr == S_OK, "GetTimes: %#lx\n", hr);
    if (!(data.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY))
    {
        LONGLONG difference = ticks(&write) - ticks(&data.ftLastWriteTime);

        /* file systems round to a microsecond or finer */
        ok(difference >= -10 && difference <= 10, "last write differs by %lld\n", difference);
        hr = IOfflineFilesFileSysInfo_GetFileSize(info, copy, &size);
        ok(hr == S_OK, "GetFileSize: %#lx\n", hr);
        ok(size.QuadPart == ((LONGLONG)data.nFileSizeHigh << 32 | data.nFileSizeLow), "size %lld\n", size.QuadPart);
    }
    ok(ticks(&write) && ticks(&change), "a time is missing\n");
    /* Of the original only what tells changes is certain to be recorded; 0 stands for not known (Q90). */
    if (copy == LOCAL) ok(ticks(&creation) && ticks(&access), "a time is missing\n");
    winetest_pop_context();
}

static void test_file(void)
{
    fact("fsi.attributes fsi.times fsi.size fsi.local fsi.original");
    const WCHAR *path = unc(L"file.txt");
    IOfflineFilesFileSysInfo *info = find_interface(path, &IID_IOfflineFilesFileSysInfo);
    FILETIME a, b, c, d;
    LARGE_INTEGER size;
    DWORD attributes;
    HRESULT hr;

    ok(info != NULL, "no file system information\n");
    if (!info) return;
    check_copy(info, LOCAL, path);
    check_copy(info, ORIGINAL, path);
    fact("res.copyremote");
    hr = IOfflineFilesFileSysInfo_GetAttributes(info, REMOTE, &attributes);
    ok_ours(hr == E32(ERROR_NOT_SUPPORTED), Q90, "GetAttributes: %#lx\n", hr);
    hr = IOfflineFilesFileSysInfo_GetTimes(info, REMOTE, &a, &b, &c, &d);
    ok_ours(hr == E32(ERROR_NOT_SUPPORTED), Q90, "GetTimes: %#lx\n", hr);
    hr = IOfflineFilesFileSysInfo_GetFileSize(info, REMOTE, &size);
    ok_ours(hr == E32(ERROR_NOT_SUPPORTED), Q90, "GetFileSize: %#lx\n", hr);
    if (on_ours())
    {
        ok_ours(IOfflineFilesFileSysInfo_GetAttributes(info, 3, &attributes) == E_INVALIDARG, Q90, "copy 3\n");
        ok_ours(IOfflineFilesFileSysInfo_GetTimes(info, 3, &a, &b, &c, &d) == E_INVALIDARG, Q90, "copy 3\n");
        ok_ours(IOfflineFilesFileSysInfo_GetFileSize(info, 3, &size) == E_INVALIDARG, Q90, "copy 3\n");
        ok_ours(IOfflineFilesFileSysInfo_GetAttributes(info, LOCAL, NULL) == E_POINTER, Q8, "GetAttributes\n");
        ok_ours(IOfflineFilesFileSysInfo_GetTimes(info, LOCAL, NULL, &b, &c, &d) == E_POINTER, Q8, "GetTimes\n");
        ok_ours(IOfflineFilesFileSysInfo_GetTimes(info, LOCAL, &a, NULL, &c, &d) == E_POINTER, Q8, "GetTimes\n");
        ok_ours(IOfflineFilesFileSysInfo_GetTimes(info, LOCAL, &a, &b, NULL, &d) == E_POINTER, Q8, "GetTimes\n");
        ok_ours(IOfflineFilesFileSysInfo_GetTimes(info, LOCAL, &a, &b, &c, NULL) == E_POINTER, Q8, "GetTimes\n");
        ok_ours(IOfflineFilesFileSysInfo_GetFileSize(info, LOCAL, NULL) == E_POINTER, Q8, "GetFileSize\n");
    }
    release(info);
}

static void test_directory(void)
{
    const WCHAR *path = unc(L"folder");
    IOfflineFilesFileSysInfo *info = find_interface(path, &IID_IOfflineFilesFileSysInfo);

    ok(info != NULL, "no file system information\n");
    if (!info) return;
    check_copy(info, LOCAL, path);
    check_copy(info, ORIGINAL, path);
    release(info);
}

static void test_offline(void)
{
    fact("fsi.local fsi.original");
    IOfflineFilesFileSysInfo *info;
    IOfflineFilesItem *item;
    LARGE_INTEGER size;
    DWORD attributes;
    HRESULT hr;

    if (!go_offline())
    {
        ok(0, "the share does not go offline\n");
        return;
    }
    write_file(unc(L"file.txt"), "much longer than it was before");
    wait_for(get_size(unc(L"file.txt"), LOCAL) == 30);
    ok(get_size(unc(L"file.txt"), LOCAL) == 30, "local: %lld\n", get_size(unc(L"file.txt"), LOCAL));
    ok(get_size(unc(L"file.txt"), ORIGINAL) == 4, "original: %lld\n", get_size(unc(L"file.txt"), ORIGINAL));

    write_file(unc(L"new.txt"), "new");
    wait_for(IOfflineFilesCache_FindItem(unit_cache(), unc(L"new.txt"), 0, &item) == S_OK && (release(item), TRUE));
    info = find_interface(unc(L"new.txt"), &IID_IOfflineFilesFileSysInfo);
    ok(info != NULL, "a file created offline is not found\n");
    if (info)
    {
        hr = IOfflineFilesFileSysInfo_GetFileSize(info, LOCAL, &size);
        ok(hr == S_OK && size.QuadPart == 3, "GetFileSize: %#lx\n", hr);
        hr = IOfflineFilesFileSysInfo_GetFileSize(info, ORIGINAL, &size);
        ok_ours(hr == E32(ERROR_FILE_NOT_FOUND), Q90, "GetFileSize: %#lx\n", hr);
        hr = IOfflineFilesFileSysInfo_GetAttributes(info, ORIGINAL, &attributes);
        ok_ours(hr == E32(ERROR_FILE_NOT_FOUND), Q90, "GetAttributes: %#lx\n", hr);
        release(info);
    }

    ok(go_online(), "the share does not go online\n");
    ok(get_size(unc(L"file.txt"), ORIGINAL) == 30, "original: %lld\n", get_size(unc(L"file.txt"), ORIGINAL));
    ok(get_size(unc(L"new.txt"), ORIGINAL) == 3, "original: %lld\n", get_size(unc(L"new.txt"), ORIGINAL));
}

START_TEST(filesysinfo)
{
    CoInitialize(NULL);
    if (begin_unit(L"filesysinfo"))
    {
        HRESULT hr;

        make_dir(unc(L"folder"));
        write_file(unc(L"file.txt"), "file");
        hr = pin(unc(NULL), TRUE, PIN_USER_FILL, NULL);
        ok(hr == S_OK, "Pin: %#lx\n", hr);
        if (hr == S_OK)
        {
            test_file();
            test_directory();
            test_offline();
        }
        end_unit();
    }
    CoUninitialize();
}
