/*
 * What a sink is told of an item that failed: IOfflineFilesSyncErrorInfo and IOfflineFilesSyncErrorItemInfo
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "csctest.h"

#define CHANGED_TIME OFFLINEFILES_SYNC_ITEM_CHANGE_CHANGETIME
#define CHANGED_WRITE OFFLINEFILES_SYNC_ITEM_CHANGE_WRITETIME
#define CHANGED_SIZE OFFLINEFILES_SYNC_ITEM_CHANGE_FILESIZE

/* The information of the item's failure; the caller releases it. */
static IOfflineFilesSyncErrorInfo *failure_of_sync(const WCHAR *path, HRESULT *result)
{
    struct sink *sink = sink_create();
    IOfflineFilesSyncErrorInfo *info;

    sink->keep_info = TRUE;
    sync_path(path, SYNC_BOTH, sink);
    *result = sink_result(sink, path);
    info = sink->info;
    sink_free(sink);
    return info;
}

static void check_bits(IOfflineFilesSyncErrorInfo *info, BOOL local, BOOL remote, BOOL original)
{
    BOOL bits[3] = { 99, 99, 99 };
    HRESULT hr;

    hr = IOfflineFilesSyncErrorInfo_InfoAvailable(info, &bits[0], &bits[1], &bits[2]);
    ok(hr == S_OK, "InfoAvailable: %#lx\n", hr);
    ok(bits[0] == local && bits[1] == remote && bits[2] == original, "available: %d, %d, %d\n", bits[0], bits[1], bits[2]);
}

static void check_size(IOfflineFilesSyncErrorItemInfo *item, LONGLONG expected)
{
    LARGE_INTEGER size = { .QuadPart = -1 };
    DWORD attributes = INVALID_FILE_ATTRIBUTES;
    HRESULT hr;

    hr = IOfflineFilesSyncErrorItemInfo_GetFileSize(item, &size);
    ok(hr == S_OK && size.QuadPart == expected, "GetFileSize: %#lx, %lld\n", hr, size.QuadPart);
    hr = IOfflineFilesSyncErrorItemInfo_GetFileAttributes(item, &attributes);
    ok(hr == S_OK && attributes && !(attributes & FILE_ATTRIBUTE_DIRECTORY), "GetFileAttributes: %#lx, %#lx\n", hr,
       attributes);
}

/* The copy has the last write time of this file. */
static void check_times(IOfflineFilesSyncErrorItemInfo *item, const WCHAR *path)
{
    WIN32_FILE_ATTRIBUTE_DATA data;
    FILETIME write = { 1, 1 }, change = { 1, 1 };
    HRESULT hr;

    ok(GetFileAttributesExW(path, GetFileExInfoStandard, &data), "%ls: error %lu\n", path, GetLastError());
    hr = IOfflineFilesSyncErrorItemInfo_GetFileTimes(item, &write, &change);
    ok(hr == S_OK, "GetFileTimes: %#lx\n", hr);
    ok(!CompareFileTime(&write, &data.ftLastWriteTime), "%ls: last write time %08lx%08lx, not %08lx%08lx\n", path,
       write.dwHighDateTime, write.dwLowDateTime, data.ftLastWriteTime.dwHighDateTime, data.ftLastWriteTime.dwLowDateTime);
    ok(change.dwHighDateTime > 0x01000000, "change time %08lx%08lx\n", change.dwHighDateTime, change.dwLowDateTime);
}

/* Description and raw data, and the arguments. */
static void check_common(IOfflineFilesSyncErrorInfo *info, HRESULT result)
{
    fact("mem.description mem.rawdata err.raw err.text err.operation");
    IOfflineFilesErrorInfo *base = NULL;
    IOfflineFilesSyncErrorItemInfo *item;
    WCHAR *text = NULL, expected[512];
    BYTE_BLOB *blob = NULL;
    IUnknown *unknown[2];
    OFFLINEFILES_SYNC_OPERATION operation;
    BOOL a, b;
    DWORD length;
    HRESULT hr;

    hr = IOfflineFilesSyncErrorInfo_GetDescription(info, &text);
    ok(hr == S_OK && text, "GetDescription: %#lx\n", hr);
    if (text)
    {
        length = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, result, 0, expected,
                                ARRAYSIZE(expected), NULL);
        while (length && wcschr(L"\r\n ", expected[length - 1])) expected[--length] = 0;
        if (length) ok(!wcsncmp(text, expected, length), "description %ls, not %ls\n", text, expected);
        ok_ours(text[0] && !wcschr(L"\r\n ", text[wcslen(text) - 1]), Q30, "description '%ls'\n", text);
    }
    {
        fact("mem.description");
        ok(is_task_memory(text), "the description is not made by CoTaskMemAlloc\n");
    }
    CoTaskMemFree(text);

    hr = IOfflineFilesSyncErrorInfo_GetRawData(info, &blob);
    ok(hr == S_OK && blob, "GetRawData: %#lx\n", hr);
    if (blob) ok_ours(blob->clSize > 0, Q30, "%lu bytes\n", blob->clSize);
    {
        fact("mem.rawdata");
        ok(is_task_memory(blob), "the data are not made by CoTaskMemAlloc\n");
    }
    CoTaskMemFree(blob);

    hr = IOfflineFilesSyncErrorInfo_QueryInterface(info, &IID_IOfflineFilesErrorInfo, (void **)&base);
    ok(hr == S_OK && base, "IOfflineFilesErrorInfo: %#lx\n", hr);
    if (base)
    {
        IOfflineFilesErrorInfo_QueryInterface(base, &IID_IUnknown, (void **)&unknown[0]);
        IOfflineFilesSyncErrorInfo_QueryInterface(info, &IID_IUnknown, (void **)&unknown[1]);
        ok(unknown[0] == unknown[1], "two identities\n");
        release(unknown[0]);
        release(unknown[1]);
        release(base);
    }
    hr = IOfflineFilesSyncErrorInfo_QueryInterface(info, &IID_IOfflineFilesItem, (void **)&base);
    ok(hr == E_NOINTERFACE && !base, "IOfflineFilesItem: %#lx\n", hr);

    hr = IOfflineFilesSyncErrorInfo_GetDescription(info, NULL);
    ok_ours(hr == E_POINTER, Q8, "GetDescription: %#lx\n", hr);
    hr = IOfflineFilesSyncErrorInfo_GetRawData(info, NULL);
    ok_ours(hr == E_POINTER, Q8, "GetRawData: %#lx\n", hr);
    hr = IOfflineFilesSyncErrorInfo_GetSyncOperation(info, NULL);
    ok_ours(hr == E_POINTER, Q8, "GetSyncOperation: %#lx\n", hr);
    hr = IOfflineFilesSyncErrorInfo_GetItemChangeFlags(info, NULL);
    ok_ours(hr == E_POINTER, Q8, "GetItemChangeFlags: %#lx\n", hr);
    hr = IOfflineFilesSyncErrorInfo_InfoEnumerated(info, &a, NULL, &b);
    ok_ours(hr == E_POINTER, Q8, "InfoEnumerated: %#lx\n", hr);
    hr = IOfflineFilesSyncErrorInfo_InfoAvailable(info, &a, &b, NULL);
    ok_ours(hr == E_POINTER, Q8, "InfoAvailable: %#lx\n", hr);
    hr = IOfflineFilesSyncErrorInfo_GetLocalInfo(info, NULL);
    ok_ours(hr == E_POINTER, Q8, "GetLocalInfo: %#lx\n", hr);

    operation = 99;
    hr = IOfflineFilesSyncErrorInfo_GetSyncOperation(info, &operation);
    ok(hr == S_OK && operation <= OFFLINEFILES_SYNC_OPERATION_PREPARE, "GetSyncOperation: %#lx, %d\n", hr, operation);
    item = (void *)0xdeadbeef;
    IOfflineFilesSyncErrorInfo_InfoAvailable(info, &a, &b, &a);
    if (b) return;
    hr = IOfflineFilesSyncErrorInfo_GetRemoteInfo(info, &item);
    ok(FAILED(hr), "GetRemoteInfo: %#lx\n", hr);
    ok_ours(hr == E32(ERROR_NOT_FOUND) && !item, Q30, "GetRemoteInfo: %#lx, %p\n", hr, item);
}

/* Changed on both sides: all three states are known, and tell what they are. */
static void test_conflict(void)
{
    fact("prg.errorinfo err.changes err.enumerated err.available err.items err.attributes sop.prepare");
    const WCHAR *path = unc(L"conflict.txt");
    IOfflineFilesSyncErrorItemInfo *item = NULL, *again = NULL;
    IOfflineFilesSyncErrorInfo *info;
    OFFLINEFILES_SYNC_OPERATION operation;
    BOOL bits[3] = { 99, 99, 99 };
    HRESULT hr, result;
    DWORD changes;

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
    Sleep(100);     /* or both may have the same time */
    write_file(origin(L"conflict.txt"), "theirs, longer");
    info = failure_of_sync(path, &result);
    ok(FAILED(result), "result %#lx\n", result);
    ok_ours(info != NULL, Q27, "no error information\n");
    if (info)
    {
        check_common(info, result);
        operation = 99;
        hr = IOfflineFilesSyncErrorInfo_GetSyncOperation(info, &operation);
        ok_ours(hr == S_OK && operation == OFFLINEFILES_SYNC_OPERATION_PREPARE, Q30, "GetSyncOperation: %#lx, %d\n", hr,
                operation);
        hr = IOfflineFilesSyncErrorInfo_InfoEnumerated(info, &bits[0], &bits[1], &bits[2]);
        ok(hr == S_OK && bits[0] == TRUE && bits[1] == TRUE && bits[2] == TRUE, "InfoEnumerated: %#lx, %d, %d, %d\n", hr,
           bits[0], bits[1], bits[2]);
        check_bits(info, TRUE, TRUE, TRUE);
        changes = 0xdeadbeef;
        hr = IOfflineFilesSyncErrorInfo_GetItemChangeFlags(info, &changes);
        ok(hr == S_OK && (changes & (CHANGED_TIME | CHANGED_WRITE | CHANGED_SIZE)) ==
           (CHANGED_TIME | CHANGED_WRITE | CHANGED_SIZE), "GetItemChangeFlags: %#lx, %#lx\n", hr, changes);
        ok(!(changes & OFFLINEFILES_SYNC_ITEM_CHANGE_ATTRIBUTES), "attributes differ\n");

        hr = IOfflineFilesSyncErrorInfo_GetLocalInfo(info, &item);
        ok(hr == S_OK && item, "GetLocalInfo: %#lx\n", hr);
        if (item)
        {
            check_size(item, 4);
            check_times(item, path);
            hr = IOfflineFilesSyncErrorInfo_GetLocalInfo(info, &again);
            ok(hr == S_OK && again, "GetLocalInfo: %#lx\n", hr);
            if (again) release(again);
            /* what came with a failure does not change any more */
            write_file(path, "ours, later");
            check_size(item, 4);
            hr = IOfflineFilesSyncErrorItemInfo_GetFileSize(item, NULL);
            ok_ours(hr == E_POINTER, Q8, "GetFileSize: %#lx\n", hr);
            hr = IOfflineFilesSyncErrorItemInfo_GetFileAttributes(item, NULL);
            ok_ours(hr == E_POINTER, Q8, "GetFileAttributes: %#lx\n", hr);
            hr = IOfflineFilesSyncErrorItemInfo_GetFileTimes(item, NULL, NULL);
            ok_ours(hr == E_POINTER, Q8, "GetFileTimes: %#lx\n", hr);
            release(item);
        }
        item = NULL;
        hr = IOfflineFilesSyncErrorInfo_GetRemoteInfo(info, &item);
        ok(hr == S_OK && item, "GetRemoteInfo: %#lx\n", hr);
        if (item)
        {
            check_size(item, 14);
            check_times(item, origin(L"conflict.txt"));
            release(item);
        }
        item = NULL;
        hr = IOfflineFilesSyncErrorInfo_GetOriginalInfo(info, &item);
        ok(hr == S_OK && item, "GetOriginalInfo: %#lx\n", hr);
        /* it lives on without the one that it came from */
        ok(!IOfflineFilesSyncErrorInfo_Release(info), "somebody else holds the error information\n");
        if (item)
        {
            check_size(item, 6);
            ok(!IOfflineFilesSyncErrorItemInfo_Release(item), "somebody else holds the original's information\n");
        }
    }

    /* deleted here, changed there */
    ok(DeleteFileW(path), "error %lu\n", GetLastError());
    info = failure_of_sync(path, &result);
    ok_ours(FAILED(result), Q34, "result %#lx\n", result);
    ok_ours(info != NULL, Q27, "no error information\n");
    if (info)
    {
        check_bits(info, FALSE, TRUE, TRUE);
        item = (void *)0xdeadbeef;
        hr = IOfflineFilesSyncErrorInfo_GetLocalInfo(info, &item);
        ok(FAILED(hr), "GetLocalInfo: %#lx\n", hr);
        ok_ours(hr == E32(ERROR_NOT_FOUND) && !item, Q30, "GetLocalInfo: %#lx, %p\n", hr, item);
        release(info);
    }
    ok(sync_path(path, SYNC_BOTH | OFFLINEFILES_SYNC_CONTROL_CR_KEEPREMOTE, NULL) == S_OK, "not resolved\n");
    ok(go_online(), "the share does not go online\n");
}

static void check_operation(const WCHAR *name, OFFLINEFILES_SYNC_OPERATION expected)
{
    OFFLINEFILES_SYNC_OPERATION operation = 99;
    IOfflineFilesSyncErrorInfo *info;
    HRESULT hr, result;

    info = failure_of_sync(unc(name), &result);
    ok_ours(result == E32(ERROR_SHARING_VIOLATION), Q30, "%ls: result %#lx\n", name, result);
    ok_ours(info != NULL, Q27, "%ls: no error information\n", name);
    if (!info) return;
    hr = IOfflineFilesSyncErrorInfo_GetSyncOperation(info, &operation);
    ok_ours(hr == S_OK && operation == expected, Q30, "%ls: %#lx, operation %d, not %d\n", name, hr, operation, expected);
    release(info);
}

/* A program has the file open for writing, so that nothing can be done with it: what would have been? */
static void test_operations(void)
{
    fact("sop.create sop.send sop.delete err.operation");
    static const WCHAR *const names[] = { L"in.txt", L"out.txt", L"new.txt", L"gone.txt" };
    HANDLE files[ARRAYSIZE(names)];
    unsigned int i;

    if (!origin(NULL))
    {
        skip("CSCTEST_ORIGIN is not set\n");
        return;
    }
    ok(go_offline(), "the share does not go offline\n");
    Sleep(100);
    write_file(unc(L"out.txt"), "changed here");
    write_file(unc(L"new.txt"), "new here");
    write_file(origin(L"in.txt"), "changed there");
    ok(DeleteFileW(origin(L"gone.txt")), "error %lu\n", GetLastError());
    for (i = 0; i < ARRAYSIZE(names); i++)
    {
        files[i] = CreateFileW(unc(names[i]), GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                               OPEN_EXISTING, 0, NULL);
        ok(files[i] != INVALID_HANDLE_VALUE, "%ls: error %lu\n", names[i], GetLastError());
    }
    check_operation(L"in.txt", OFFLINEFILES_SYNC_OPERATION_SYNC_TO_CLIENT);
    check_operation(L"out.txt", OFFLINEFILES_SYNC_OPERATION_SYNC_TO_SERVER);
    check_operation(L"new.txt", OFFLINEFILES_SYNC_OPERATION_CREATE_COPY_ON_SERVER);
    check_operation(L"gone.txt", OFFLINEFILES_SYNC_OPERATION_DELETE_CLIENT_COPY);
    for (i = 0; i < ARRAYSIZE(names); i++) CloseHandle(files[i]);
    ok(sync_path(unc(NULL), SYNC_BOTH, NULL) == S_OK, "afterwards it fails, too\n");
    ok(go_online(), "the share does not go online\n");
}

/* Nothing is there: that is what is told. */
static void test_missing(void)
{
    fact("prg.errorinfo err.available");
    const WCHAR *path = unc(L"missing.txt");
    struct sink *sink = sink_create();
    HRESULT hr;

    sink->keep_info = TRUE;
    hr = pin(path, FALSE, PIN_USER_FILL, sink);
    ok(FAILED(hr), "Pin: %#lx\n", hr);
    if (sink_count(sink, CALL_ITEM_RESULT, path))
    {
        ok_ours(sink->info != NULL, Q27, "no error information\n");
        if (sink->info)
        {
            check_common(sink->info, hr);
            check_bits(sink->info, FALSE, FALSE, FALSE);
            release(sink->info);
        }
    }
    sink_free(sink);
}

static DWORD WINAPI use_in_mta(void *stream)
{
    IOfflineFilesSyncErrorItemInfo *item = NULL;
    IOfflineFilesSyncErrorInfo *info = NULL;
    HRESULT hr;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    hr = CoGetInterfaceAndReleaseStream(stream, &IID_IOfflineFilesSyncErrorInfo, (void **)&info);
    ok(hr == S_OK && info, "unmarshalling: %#lx\n", hr);
    if (info)
    {
        check_bits(info, TRUE, TRUE, TRUE);
        hr = IOfflineFilesSyncErrorInfo_GetRemoteInfo(info, &item);
        ok(hr == S_OK && item, "GetRemoteInfo: %#lx\n", hr);
        if (item)
        {
            check_size(item, 14);
            release(item);
        }
        release(info);
    }
    CoUninitialize();
    return 0;
}

/* An asynchronous operation: the information outlives the thread that brought it, and goes to other apartments. */
static void test_apartments(void)
{
    const WCHAR *path = unc(L"apartments.txt");
    struct sink *sink = sink_create();
    IStream *stream = NULL;
    HANDLE thread;
    HRESULT hr;

    if (!origin(NULL))
    {
        skip("CSCTEST_ORIGIN is not set\n");
        sink_free(sink);
        return;
    }
    ok(go_offline(), "the share does not go offline\n");
    write_file(path, "ours");
    write_file(origin(L"apartments.txt"), "theirs, longer");
    sink->keep_info = TRUE;
    hr = IOfflineFilesCache_Synchronize(unit_cache(), NULL, &path, 1, TRUE, SYNC_BOTH, NULL,
                                        &sink->IOfflineFilesSyncProgress_iface, NULL);
    ok(hr == S_OK, "Synchronize: %#lx\n", hr);
    ok(sink_wait(sink), "no End\n");
    wait_for(sink->refs == 1);
    ok(FAILED(sink_result(sink, path)), "result %#lx\n", sink_result(sink, path));
    ok_ours(sink->info != NULL, Q27, "no error information\n");
    if (sink->info)
    {
        check_bits(sink->info, TRUE, TRUE, TRUE);
        hr = CoMarshalInterThreadInterfaceInStream(&IID_IOfflineFilesSyncErrorInfo, (IUnknown *)sink->info, &stream);
        ok(hr == S_OK, "marshalling: %#lx\n", hr);
        if (hr == S_OK && (thread = CreateThread(NULL, 0, use_in_mta, stream, 0, NULL)))
        {
            while (MsgWaitForMultipleObjects(1, &thread, FALSE, 10000, QS_ALLINPUT) == WAIT_OBJECT_0 + 1) pump(0);
            ok(!WaitForSingleObject(thread, 10000), "the thread does not end\n");
            CloseHandle(thread);
        }
        check_bits(sink->info, TRUE, TRUE, TRUE);
        ok(!IOfflineFilesSyncErrorInfo_Release(sink->info), "somebody else holds the error information\n");
    }
    sink_free(sink);
    ok(sync_path(path, SYNC_BOTH | OFFLINEFILES_SYNC_CONTROL_CR_KEEPREMOTE, NULL) == S_OK, "not resolved\n");
    ok(go_online(), "the share does not go online\n");
}

START_TEST(errorinfo)
{
    CoInitialize(NULL);
    if (begin_unit(L"errorinfo"))
    {
        write_file(unc(L"conflict.txt"), "before");
        write_file(unc(L"apartments.txt"), "before");
        write_file(unc(L"other.txt"), "stays as it is");
        write_file(unc(L"in.txt"), "before");
        write_file(unc(L"out.txt"), "before");
        write_file(unc(L"gone.txt"), "before");
        ok(pin(unc(NULL), TRUE, PIN_USER_FILL, NULL) == S_OK, "Pin failed\n");
        test_conflict();
        test_missing();
        test_operations();
        test_apartments();
        end_unit();
    }
    CoUninitialize();
}
