/*
 * The protocol between a long operation and the progress sink of its caller
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "csctest.h"

#define CANCELLED E32(ERROR_CANCELLED)
#define FILE_COUNT 40

static const WCHAR *file_path(unsigned int i)
{
    return unc(format_path(L"files\\file%02u.txt", i));
}

static void make_files(void)
{
    unsigned int i;

    make_dir(unc(L"files"));
    for (i = 0; i < FILE_COUNT; i++) write_file(file_path(i), "content of a file");
}

static void forget_files(void)
{
    HRESULT hr = delete_path(unc(L"files"), 0, NULL);

    ok(hr == S_OK || hr == E32(ERROR_FILE_NOT_FOUND), "DeleteItems: %#lx\n", hr);
}

/* One file: the method returns its result, and the sink hears of it once. */
static void test_one_file(void)
{
    fact("long.ok long.single long.async long.begin long.itempair long.end long.failresult long.continue "
         "notify.progress pin.callbacks unpin.callbacks prg.end prg.syncbegin prg.syncresult");
    const WCHAR *path = file_path(0);
    struct sink *sink = sink_create();
    unsigned int i;
    HRESULT hr;

    hr = pin(path, FALSE, PIN_USER_FILL, sink);
    ok(hr == S_OK, "Pin: %#lx\n", hr);
    check_protocol(sink, S_OK, GetCurrentThreadId());
    ok(sink_count(sink, CALL_ITEM_BEGIN, path) == 1, "begun %u times\n", sink_count(sink, CALL_ITEM_BEGIN, path));
    ok(sink_result(sink, path) == S_OK, "result %#lx\n", sink_result(sink, path));
    for (i = 0; i < sink->count; i++)
        ok_ours(!sink->calls[i].had_error_info, Q27, "call %u has error information\n", i);
    {
        fact("async.sinkref sync.sinkref");
        ok(sink->most_refs > 1, "the sink was not referenced during the call\n");
        ok(sink->refs == 1, "%ld references after the call\n", sink->refs);
    }

    sink_reset(sink);
    hr = sync_path(path, SYNC_BOTH, sink);
    ok(hr == S_OK, "Synchronize: %#lx\n", hr);
    check_protocol(sink, S_OK, GetCurrentThreadId());

    sink_reset(sink);
    hr = unpin(path, FALSE, PIN_USER, sink);
    ok(hr == S_OK, "Unpin: %#lx\n", hr);
    check_protocol(sink, S_OK, GetCurrentThreadId());
    ok(sink_count(sink, CALL_ITEM_BEGIN, path) == 1, "begun %u times\n", sink_count(sink, CALL_ITEM_BEGIN, path));

    sink_reset(sink);
    hr = delete_path(path, 0, sink);
    ok(hr == S_OK || hr == E32(ERROR_FILE_NOT_FOUND), "DeleteItems: %#lx\n", hr);
    check_protocol(sink, hr, GetCurrentThreadId());

    /* a failure is the result of the item, of End and of the method */
    sink_reset(sink);
    hr = pin(unc(L"missing.txt"), FALSE, PIN_USER_FILL, sink);
    ok_ours(hr == E32(ERROR_FILE_NOT_FOUND), Q17, "Pin: %#lx\n", hr);
    if (sink->count)
    {
        check_protocol(sink, hr, GetCurrentThreadId());
        if (sink_count(sink, CALL_ITEM_RESULT, NULL))
            ok(sink_result(sink, unc(L"missing.txt")) == hr, "result %#lx\n", sink_result(sink, unc(L"missing.txt")));
    }
    sink_free(sink);
}

/* A container: each file once, and a sink whose methods fail changes nothing. */
static void test_container(void)
{
    fact("long.each long.dirs long.ignored prg.ignored prg.simplebegin prg.simpleresult");
    struct sink *sink = sink_create();
    unsigned int i;
    HRESULT hr;

    sink->returns = E_FAIL;
    hr = pin(unc(L"files"), TRUE, PIN_USER_FILL, sink);
    ok(hr == S_OK, "Pin: %#lx\n", hr);
    check_protocol(sink, S_OK, GetCurrentThreadId());
    for (i = 0; i < FILE_COUNT; i++)
    {
        ok(sink_count(sink, CALL_ITEM_BEGIN, file_path(i)) == 1, "file %u begun %u times\n", i,
           sink_count(sink, CALL_ITEM_BEGIN, file_path(i)));
        ok(sink_result(sink, file_path(i)) == S_OK, "file %u: %#lx\n", i, sink_result(sink, file_path(i)));
    }
    sink_reset(sink);
    sink->returns = E_NOTIMPL;
    hr = delete_path(unc(L"files"), 0, sink);
    ok(hr == S_OK, "DeleteItems: %#lx\n", hr);
    check_protocol(sink, S_OK, GetCurrentThreadId());
    for (i = 0; i < FILE_COUNT; i++)
        ok(sink_result(sink, file_path(i)) == S_OK, "file %u: %#lx\n", i, sink_result(sink, file_path(i)));
    sink_free(sink);
}

static void test_abort_at_begin(void)
{
    fact("long.cancelled long.beginabort prg.begin");
    const WCHAR *path = file_path(1);
    struct sink *sink = sink_create();
    IOfflineFilesItem *item;
    HRESULT hr;

    sink->abort_begin = TRUE;
    hr = pin(path, FALSE, PIN_USER_FILL, sink);
    ok(hr == CANCELLED, "Pin: %#lx\n", hr);
    check_protocol(sink, CANCELLED, GetCurrentThreadId());
    ok_ours(!sink_count(sink, CALL_ITEM_BEGIN, NULL), Q21, "items were begun\n");
    hr = IOfflineFilesCache_FindItem(unit_cache(), path, 0, &item);
    ok_ours(hr == E32(ERROR_FILE_NOT_FOUND), Q21, "FindItem: %#lx\n", hr);
    if (hr == S_OK) release(item);

    ok(pin(path, FALSE, PIN_USER_FILL, NULL) == S_OK, "Pin failed\n");
    sink_reset(sink);
    sink->abort_begin = TRUE;
    hr = sync_path(path, SYNC_BOTH, sink);
    ok(hr == CANCELLED, "Synchronize: %#lx\n", hr);
    check_protocol(sink, CANCELLED, GetCurrentThreadId());

    sink_reset(sink);
    sink->abort_begin = TRUE;
    hr = delete_path(path, 0, sink);
    ok(hr == CANCELLED, "DeleteItems: %#lx\n", hr);
    check_protocol(sink, CANCELLED, GetCurrentThreadId());
    item = find_item(path);
    ok(item != NULL, "a cancelled deletion has deleted\n");
    release(item);
    sink_free(sink);
    forget_files();
}

/* ABORT from the callbacks of an item ends the operation; what was done stays done. */
static void test_abort_at_item(void)
{
    fact("long.abort opr.all");
    struct sink *sink = sink_create();
    const WCHAR *path = file_path(2);
    unsigned int i, done = 0;
    HRESULT hr;

    sink->begin_response = OFFLINEFILES_OP_ABORT;
    hr = pin(path, FALSE, PIN_USER_FILL, sink);
    ok(hr == CANCELLED, "Pin: %#lx\n", hr);
    check_protocol(sink, CANCELLED, GetCurrentThreadId());
    ok(sink_count(sink, CALL_ITEM_BEGIN, NULL) == 1, "%u items begun\n", sink_count(sink, CALL_ITEM_BEGIN, NULL));
    ok_ours(sink->count == 4 || sink_count(sink, CALL_QUERY_ABORT, NULL), Q24, "%u calls\n", sink->count);
    for (i = 0; i < sink->count; i++)
    {
        if (sink->calls[i].kind == CALL_ITEM_RESULT)
            ok_ours(sink->calls[i].hr == CANCELLED, Q24, "result %#lx\n", sink->calls[i].hr);
    }

    /* the result of the aborting item is what it is; no item is begun after it */
    forget_files();
    sink_reset(sink);
    sink->result_response = OFFLINEFILES_OP_ABORT;
    hr = pin(unc(L"files"), TRUE, PIN_USER_FILL, sink);
    ok(hr == CANCELLED, "Pin: %#lx\n", hr);
    check_protocol(sink, CANCELLED, GetCurrentThreadId());
    for (i = 0; i < sink->count; i++)
    {
        if (sink->calls[i].kind != CALL_ITEM_RESULT) continue;
        ok(sink->calls[i].hr == S_OK || sink->calls[i].hr == CANCELLED, "result %#lx\n", sink->calls[i].hr);
        done++;
        if (sink->calls[i].hr == S_OK)
        {
            fact("long.norollback");
            IOfflineFilesItem *item = find_item(sink->calls[i].path);

            ok(item != NULL, "%ls was done and is gone\n", sink->calls[i].path);
            release(item);
        }
    }
    ok(done < FILE_COUNT, "%u items were done although the first answer was to abort\n", done);

    sink_reset(sink);
    sink->begin_response = OFFLINEFILES_OP_ABORT;
    hr = delete_path(unc(L"files"), 0, sink);
    ok(hr == CANCELLED, "DeleteItems: %#lx\n", hr);
    check_protocol(sink, CANCELLED, GetCurrentThreadId());
    sink_free(sink);
    forget_files();
}

/* An item that takes its time: the operation has not asked for long then. */
static void pause_once(struct sink *sink, const WCHAR *path)
{
    (void)path;
    sink->on_begin = NULL;
    Sleep(400);
}

/* The operation asks now and then; how often is open (Q26). If it asks, it heeds the answer. */
static void test_query_abort(void)
{
    fact("long.queryabort long.querycancel prg.query");
    struct sink *sink = sink_create();
    HRESULT hr;

    sink->abort_query = TRUE;
    sink->on_begin = pause_once;
    hr = pin(unc(L"files"), TRUE, PIN_USER_FILL, sink);
    ok_ours(sink_count(sink, CALL_QUERY_ABORT, NULL) > 0, Q26, "QueryAbort was not called\n");
    if (sink_count(sink, CALL_QUERY_ABORT, NULL))
        ok(hr == CANCELLED, "Pin: %#lx\n", hr);
    else
        ok(hr == S_OK, "Pin: %#lx\n", hr);
    check_protocol(sink, hr, GetCurrentThreadId());
    sink_free(sink);
    forget_files();
}

static void test_retry(void)
{
    fact("long.retry opr.all");
    struct sink *sink = sink_create();
    const WCHAR *path = file_path(3);
    unsigned int count;
    HRESULT hr;

    /* at the begin it is taken as CONTINUE */
    sink->begin_response = OFFLINEFILES_OP_RETRY;
    hr = pin(path, FALSE, PIN_USER_FILL, sink);
    ok(hr == S_OK, "Pin: %#lx\n", hr);
    check_protocol(sink, S_OK, GetCurrentThreadId());
    ok_ours(sink_count(sink, CALL_ITEM_BEGIN, path) == 1, Q23, "begun %u times\n",
            sink_count(sink, CALL_ITEM_BEGIN, path));

    /* at the result the item is done again, with both callbacks */
    forget_files();
    sink_reset(sink);
    sink->result_response = OFFLINEFILES_OP_RETRY;
    sink->retries = 2;
    hr = pin(path, FALSE, PIN_USER_FILL, sink);
    ok(hr == S_OK, "Pin: %#lx\n", hr);
    check_protocol(sink, S_OK, GetCurrentThreadId());
    ok_ours(sink_count(sink, CALL_ITEM_BEGIN, path) == 3, Q23, "begun %u times\n",
            sink_count(sink, CALL_ITEM_BEGIN, path));

    /* one item of several; the others are not done again */
    forget_files();
    sink_reset(sink);
    sink->path = path;
    sink->result_response = OFFLINEFILES_OP_RETRY;
    sink->retries = 3;
    hr = pin(unc(L"files"), TRUE, PIN_USER_FILL, sink);
    ok(hr == S_OK, "Pin: %#lx\n", hr);
    check_protocol(sink, S_OK, GetCurrentThreadId());
    ok_ours(sink_count(sink, CALL_ITEM_BEGIN, path) == 4, Q23, "begun %u times\n",
            sink_count(sink, CALL_ITEM_BEGIN, path));
    count = sink_count(sink, CALL_ITEM_BEGIN, file_path(4));
    ok(count == 1, "another file was begun %u times\n", count);

    /* a sink that never has enough is not asked for ever */
    forget_files();
    sink_reset(sink);
    sink->result_response = OFFLINEFILES_OP_RETRY;
    sink->retries = -1;
    hr = pin(path, FALSE, PIN_USER_FILL, sink);
    ok_ours(hr == S_OK, Q23, "Pin: %#lx\n", hr);
    check_protocol(sink, hr, GetCurrentThreadId());
    count = sink_count(sink, CALL_ITEM_BEGIN, path);
    ok_ours(count == 11, Q23, "begun %u times\n", count);

    sink_reset(sink);
    sink->result_response = OFFLINEFILES_OP_RETRY;
    sink->retries = 1;
    hr = delete_path(path, 0, sink);
    ok_ours(hr == S_OK || hr == E32(ERROR_FILE_NOT_FOUND), Q23, "DeleteItems: %#lx\n", hr);
    check_protocol(sink, hr, GetCurrentThreadId());
    ok_ours(sink_count(sink, CALL_ITEM_BEGIN, path) == 2, Q23, "begun %u times\n",
            sink_count(sink, CALL_ITEM_BEGIN, path));

    /* RETRY of a failed item can make it succeed; here it just fails again */
    sink_reset(sink);
    sink->result_response = OFFLINEFILES_OP_RETRY;
    sink->retries = 2;
    hr = pin(unc(L"missing.txt"), FALSE, PIN_USER_FILL, sink);
    ok(FAILED(hr), "Pin: %#lx\n", hr);
    sink_free(sink);
    forget_files();
}

/* With bAsync the method returns at once and the outcome comes with End. */
static void test_async(DWORD thread)
{
    fact("async.atonce async.others async.end async.sinkref");
    struct sink *sink = sink_create();
    const WCHAR *path = unc(L"files");
    HRESULT hr;

    hr = IOfflineFilesCache_Pin(unit_cache(), NULL, &path, 1, TRUE, TRUE, PIN_USER_FILL,
                                &sink->IOfflineFilesSyncProgress_iface);
    ok(hr == S_OK, "Pin: %#lx\n", hr);
    ok(sink_wait(sink), "End does not come\n");
    check_protocol(sink, S_OK, thread);
    ok(sink->most_refs > 1, "the sink was not referenced during the operation\n");
    ok(sink_count(sink, CALL_ITEM_RESULT, NULL) >= FILE_COUNT, "%u results\n", sink_count(sink, CALL_ITEM_RESULT, NULL));

    sink_reset(sink);
    hr = IOfflineFilesCache_Synchronize(unit_cache(), NULL, &path, 1, TRUE, SYNC_BOTH, NULL,
                                        &sink->IOfflineFilesSyncProgress_iface, NULL);
    ok(hr == S_OK, "Synchronize: %#lx\n", hr);
    ok(sink_wait(sink), "End does not come\n");
    check_protocol(sink, S_OK, thread);

    sink_reset(sink);
    hr = IOfflineFilesCache_Unpin(unit_cache(), NULL, &path, 1, TRUE, TRUE, PIN_USER,
                                  &sink->IOfflineFilesSyncProgress_iface);
    ok(hr == S_OK, "Unpin: %#lx\n", hr);
    ok(sink_wait(sink), "End does not come\n");
    check_protocol(sink, S_OK, thread);

    ok(pin(path, TRUE, PIN_USER_FILL, NULL) == S_OK, "Pin failed\n");
    sink_reset(sink);
    hr = IOfflineFilesCache_DeleteItems(unit_cache(), &path, 1, 0, TRUE, &sink->IOfflineFilesSimpleProgress_iface);
    ok(hr == S_OK, "DeleteItems: %#lx\n", hr);
    ok(sink_wait(sink), "End does not come\n");
    check_protocol(sink, S_OK, thread);

    /* a failure comes with End only */
    path = unc(L"missing.txt");
    sink_reset(sink);
    hr = IOfflineFilesCache_Pin(unit_cache(), NULL, &path, 1, FALSE, TRUE, PIN_USER_FILL,
                                &sink->IOfflineFilesSyncProgress_iface);
    ok_ours(hr == S_OK, Q17, "Pin: %#lx\n", hr);
    if (hr == S_OK)
    {
        ok(sink_wait(sink), "End does not come\n");
        check_protocol(sink, E32(ERROR_FILE_NOT_FOUND), thread);
    }

    /* bad arguments do not wait */
    sink_reset(sink);
    path = L"C:\\file.txt";
    hr = IOfflineFilesCache_Pin(unit_cache(), NULL, &path, 1, FALSE, TRUE, PIN_USER_FILL,
                                &sink->IOfflineFilesSyncProgress_iface);
    ok_ours(hr == E32(ERROR_BAD_PATHNAME), Q11, "Pin: %#lx\n", hr);
    if (on_ours())
    {
        pump(200);
        check_silence(sink);
    }

    /* abort */
    sink_reset(sink);
    sink->begin_response = OFFLINEFILES_OP_ABORT;
    path = unc(L"files");
    hr = IOfflineFilesCache_Pin(unit_cache(), NULL, &path, 1, TRUE, TRUE, PIN_USER_FILL,
                                &sink->IOfflineFilesSyncProgress_iface);
    ok(hr == S_OK, "Pin: %#lx\n", hr);
    ok(sink_wait(sink), "End does not come\n");
    check_protocol(sink, CANCELLED, thread);
    sink_free(sink);
    forget_files();
}

/* Nobody listens; the work is done all the same. */
static void test_async_without_sink(void)
{
    const WCHAR *path = file_path(5);
    IOfflineFilesItem *item;
    HRESULT hr;

    hr = IOfflineFilesCache_Pin(unit_cache(), NULL, &path, 1, FALSE, TRUE, PIN_USER_FILL, NULL);
    ok_ours(hr == S_OK, Q19, "Pin: %#lx\n", hr);
    if (hr != S_OK) return;
    wait_for(IOfflineFilesCache_FindItem(unit_cache(), path, 0, &item) == S_OK && (release(item), TRUE));
    item = find_item(path);
    ok_ours(item != NULL, Q19, "the file was not pinned\n");
    release(item);
    {
        fact("del.asyncsink");
        hr = IOfflineFilesCache_DeleteItems(unit_cache(), &path, 1, 0, TRUE, NULL);
        ok(hr == S_OK, "DeleteItems: %#lx\n", hr);
        wait_for(IOfflineFilesCache_FindItem(unit_cache(), path, 0, &item) != S_OK || (release(item), FALSE));
        hr = IOfflineFilesCache_FindItem(unit_cache(), path, 0, &item);
        ok(hr == E32(ERROR_FILE_NOT_FOUND), "FindItem: %#lx\n", hr);
    }
    forget_files();
}

/* Several operations at the same time, each with a sink of its own. */
static void test_at_once(void)
{
    struct sink *sinks[4];
    unsigned int i;
    HRESULT hr;

    for (i = 0; i < ARRAY_SIZE(sinks); i++)
    {
        const WCHAR *path = file_path(i);

        sinks[i] = sink_create();
        hr = IOfflineFilesCache_Pin(unit_cache(), NULL, &path, 1, FALSE, TRUE, PIN_USER_FILL,
                                    &sinks[i]->IOfflineFilesSyncProgress_iface);
        ok(hr == S_OK, "Pin: %#lx\n", hr);
    }
    for (i = 0; i < ARRAY_SIZE(sinks); i++)
    {
        ok(sink_wait(sinks[i]), "End %u does not come\n", i);
        check_protocol(sinks[i], S_OK, 0);
        ok(sink_result(sinks[i], file_path(i)) == S_OK, "file %u: %#lx\n", i, sink_result(sinks[i], file_path(i)));
        sink_free(sinks[i]);
    }
    forget_files();
}

static void test_all(const WCHAR *name, DWORD async_thread)
{
    if (!begin_unit(name)) return;
    make_files();
    test_one_file();
    test_container();
    test_abort_at_begin();
    test_abort_at_item();
    test_query_abort();
    test_retry();
    test_async(async_thread);
    test_async_without_sink();
    test_at_once();
    end_unit();
}

START_TEST(progress)
{
    CoInitialize(NULL);
    winetest_push_context("single-threaded apartment");
    test_all(L"progress-sta", GetCurrentThreadId());
    winetest_pop_context();
    CoUninitialize();

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    winetest_push_context("multi-threaded apartment");
    test_all(L"progress-mta", 0);
    winetest_pop_context();
    CoUninitialize();
}
