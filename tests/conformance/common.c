/*
 * Helpers of the conformance tests, and a test of the share that they are given
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "csctest.h"
#include <sddl.h>

static WCHAR share[MAX_PATH], server[MAX_PATH], other_side[MAX_PATH], unit_name[64];
static IOfflineFilesCache *cache;

BOOL on_ours(void)
{
    return GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "wine_get_version") != NULL;
}

/* --- paths */

static WCHAR *next_buffer(void)
{
    static WCHAR buffers[256][512];
    static unsigned int next;

    return buffers[next++ % ARRAY_SIZE(buffers)];
}

const WCHAR *format_path(const WCHAR *format, ...)
{
    WCHAR *buffer = next_buffer();
    va_list args;

    va_start(args, format);
    _vsnwprintf(buffer, 511, format, args);
    va_end(args);
    buffer[511] = 0;
    return buffer;
}

const WCHAR *share_path(void)
{
    return share;
}

const WCHAR *server_path(void)
{
    return server;
}

const WCHAR *unc(const WCHAR *name)
{
    if (!name) return format_path(L"%s\\%s", share, unit_name);
    return format_path(L"%s\\%s\\%s", share, unit_name, name);
}

const WCHAR *origin(const WCHAR *name)
{
    if (!other_side[0]) return NULL;
    if (!name) return format_path(L"%s\\%s", other_side, unit_name);
    return format_path(L"%s\\%s\\%s", other_side, unit_name, name);
}

/* --- files */

void write_file(const WCHAR *path, const char *text)
{
    DWORD written = 0, size = strlen(text);
    HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);

    ok(file != INVALID_HANDLE_VALUE, "cannot create %ls: error %lu\n", path, GetLastError());
    if (file == INVALID_HANDLE_VALUE) return;
    ok(WriteFile(file, text, size, &written, NULL) && written == size, "cannot write %ls: error %lu\n",
       path, GetLastError());
    CloseHandle(file);
}

void make_dir(const WCHAR *path)
{
    BOOL made = CreateDirectoryW(path, NULL);

    ok(made || GetLastError() == ERROR_ALREADY_EXISTS, "cannot make %ls: error %lu\n", path, GetLastError());
}

BOOL exists(const WCHAR *path)
{
    return GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES;
}

void check_file_(int line, const WCHAR *path, const char *text)
{
    char buffer[1024];
    DWORD size = 0;
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                              OPEN_EXISTING, 0, NULL);

    ok_(__FILE__, line)(file != INVALID_HANDLE_VALUE, "cannot open %ls: error %lu\n", path, GetLastError());
    if (file == INVALID_HANDLE_VALUE) return;
    ok_(__FILE__, line)(ReadFile(file, buffer, sizeof(buffer) - 1, &size, NULL), "cannot read %ls: error %lu\n",
                        path, GetLastError());
    buffer[size] = 0;
    ok_(__FILE__, line)(!strcmp(buffer, text), "%ls: got \"%s\", expected \"%s\"\n", path, buffer, text);
    CloseHandle(file);
}

void remove_tree(const WCHAR *path)
{
    WIN32_FIND_DATAW data;
    HANDLE find;
    WCHAR *name;

    if (!(name = malloc(1024 * sizeof(*name)))) return;
    _snwprintf(name, 1024, L"%s\\*", path);
    if ((find = FindFirstFileW(name, &data)) != INVALID_HANDLE_VALUE)
    {
        do
        {
            if (!wcscmp(data.cFileName, L".") || !wcscmp(data.cFileName, L"..")) continue;
            _snwprintf(name, 1024, L"%s\\%s", path, data.cFileName);
            if (data.dwFileAttributes & FILE_ATTRIBUTE_READONLY)
                SetFileAttributesW(name, FILE_ATTRIBUTE_NORMAL);
            if (data.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
                remove_tree(name);
            else
                DeleteFileW(name);
        } while (FindNextFileW(find, &data));
        FindClose(find);
    }
    free(name);
    RemoveDirectoryW(path);
}

void pump(DWORD milliseconds)
{
    DWORD start = GetTickCount(), spent;
    MSG message;

    while ((spent = GetTickCount() - start) < milliseconds)
    {
        MsgWaitForMultipleObjects(0, NULL, FALSE, milliseconds - spent, QS_ALLINPUT);
        while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE)) DispatchMessageW(&message);
    }
}

/* --- units */

static void read_environment(void)
{
    char **argv;
    int argc = winetest_get_mainargs(&argv);

    if (!GetEnvironmentVariableW(L"CSCTEST_UNC", share, ARRAY_SIZE(share))) share[0] = 0;
    if (argc > 2) MultiByteToWideChar(CP_ACP, 0, argv[2], -1, share, ARRAY_SIZE(share));
    if (!GetEnvironmentVariableW(L"CSCTEST_ORIGIN", other_side, ARRAY_SIZE(other_side))) other_side[0] = 0;
    if (!share[0])
    {
        DWORD error = test_share_create(share, other_side);

        if (error)
        {
            share[0] = 0;
            skip("no share to test with: CSCTEST_UNC is not set, and none can be made: error %lu\n", error);
        }
    }
    if (share[0])
    {
        WCHAR *end;

        wcscpy(server, share);
        if ((end = wcschr(server + 2, '\\'))) *end = 0;
    }
}

BOOL begin_unit(const WCHAR *name)
{
    HRESULT hr;

    read_environment();
    if (!share[0]) return FALSE;
    hr = CoCreateInstance(&CLSID_OfflineFilesCache, NULL, CLSCTX_INPROC_SERVER, &IID_IOfflineFilesCache,
                          (void **)&cache);
    ok(hr == S_OK, "CoCreateInstance: %#lx\n", hr);
    if (hr != S_OK)
    {
        cache = NULL;
        return FALSE;
    }
    _snwprintf(unit_name, ARRAY_SIZE(unit_name), L"%s-%lu", name, GetCurrentProcessId());
    go_online();
    make_dir(unc(NULL));
    return TRUE;
}

void end_unit(void)
{
    const WCHAR *folder = unc(NULL);
    HRESULT hr;

    if (!cache) return;
    ok(go_online(), "the share does not go online at the end of the unit\n");
    hr = delete_path(folder, OFFLINEFILES_DELETE_FLAG_DELMODIFIED, NULL);
    ok(hr == S_OK || hr == E32(ERROR_FILE_NOT_FOUND), "DeleteItems of the unit's folder: %#lx\n", hr);
    remove_tree(folder);
    ok(!exists(folder), "the unit's folder is still there\n");
    IOfflineFilesCache_Release(cache);
    cache = NULL;
    test_share_remove();
}

BOOL own_names(WCHAR *sid_text, WCHAR *name, unsigned int size)
{
    BYTE buffer[256];
    TOKEN_USER *user = (TOKEN_USER *)buffer;
    DWORD length, name_length = size / 2, domain_length = size / 2;
    WCHAR *domain = name, *account = name + size / 2, *text;
    SID_NAME_USE use;
    HANDLE token;
    BOOL done;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) return FALSE;
    done = GetTokenInformation(token, TokenUser, user, sizeof(buffer), &length);
    CloseHandle(token);
    if (!done || !ConvertSidToStringSidW(user->User.Sid, &text)) return FALSE;
    lstrcpynW(sid_text, text, size);
    LocalFree(text);
    if (!LookupAccountSidW(NULL, user->User.Sid, account, &name_length, domain, &domain_length, &use)) return FALSE;
    wcscat(domain, L"\\");
    memmove(domain + wcslen(domain), account, (wcslen(account) + 1) * sizeof(WCHAR));
    return TRUE;
}

/* --- the cache */

IOfflineFilesCache *unit_cache(void)
{
    return cache;
}

static IOfflineFilesSyncProgress *sync_iface(struct sink *sink)
{
    return sink ? &sink->IOfflineFilesSyncProgress_iface : NULL;
}

HRESULT pin(const WCHAR *path, BOOL deep, DWORD flags, struct sink *sink)
{
    return IOfflineFilesCache_Pin(cache, NULL, &path, 1, deep, FALSE, flags, sync_iface(sink));
}

HRESULT unpin(const WCHAR *path, BOOL deep, DWORD flags, struct sink *sink)
{
    return IOfflineFilesCache_Unpin(cache, NULL, &path, 1, deep, FALSE, flags, sync_iface(sink));
}

HRESULT sync_path(const WCHAR *path, DWORD flags, struct sink *sink)
{
    return IOfflineFilesCache_Synchronize(cache, NULL, &path, 1, FALSE, flags, NULL, sync_iface(sink), NULL);
}

HRESULT delete_path(const WCHAR *path, DWORD flags, struct sink *sink)
{
    return IOfflineFilesCache_DeleteItems(cache, &path, 1, flags, FALSE,
                                          sink ? &sink->IOfflineFilesSimpleProgress_iface : NULL);
}

void *find_interface(const WCHAR *path, REFIID iid)
{
    IOfflineFilesItem *item;
    void *result;

    if (IOfflineFilesCache_FindItem(cache, path, 0, &item) != S_OK) return NULL;
    if (IOfflineFilesItem_QueryInterface(item, iid, &result) != S_OK) result = NULL;
    IOfflineFilesItem_Release(item);
    return result;
}

IOfflineFilesItem *find_item_(int line, const WCHAR *path)
{
    IOfflineFilesItem *item = NULL;
    HRESULT hr = IOfflineFilesCache_FindItem(cache, path, 0, &item);

    ok_(__FILE__, line)(hr == S_OK, "FindItem %ls: %#lx\n", path, hr);
    return hr == S_OK ? item : NULL;
}

OFFLINEFILES_CONNECT_STATE connect_state(const WCHAR *path, OFFLINEFILES_OFFLINE_REASON *reason)
{
    IOfflineFilesConnectionInfo *info = find_interface(path, &IID_IOfflineFilesConnectionInfo);
    OFFLINEFILES_CONNECT_STATE state = OFFLINEFILES_CONNECT_STATE_UNKNOWN;
    OFFLINEFILES_OFFLINE_REASON why = OFFLINEFILES_OFFLINE_REASON_UNKNOWN;

    if (info)
    {
        IOfflineFilesConnectionInfo_GetConnectState(info, &state, &why);
        IOfflineFilesConnectionInfo_Release(info);
    }
    if (reason) *reason = why;
    return state;
}

BOOL go_offline(void)
{
    IOfflineFilesConnectionInfo *info = find_interface(share, &IID_IOfflineFilesConnectionInfo);
    BOOL prevented = FALSE;
    HRESULT hr = E_FAIL;

    if (info)
    {
        hr = IOfflineFilesConnectionInfo_TransitionOffline(info, NULL, 0, FALSE, &prevented);
        IOfflineFilesConnectionInfo_Release(info);
    }
    return hr == S_OK && !prevented && connect_state(share, NULL) == OFFLINEFILES_CONNECT_STATE_OFFLINE;
}

BOOL go_online(void)
{
    IOfflineFilesConnectionInfo *info = find_interface(share, &IID_IOfflineFilesConnectionInfo);
    HRESULT hr;

    /* A share that the cache does not know is never offline. */
    if (!info) return TRUE;
    hr = IOfflineFilesConnectionInfo_TransitionOnline(info, NULL, 0);
    IOfflineFilesConnectionInfo_Release(info);
    return hr == S_OK && connect_state(share, NULL) == OFFLINEFILES_CONNECT_STATE_ONLINE;
}

const WCHAR *change_both_sides(const WCHAR *name)
{
    write_file(unc(name), "ours");
    pump(20);
    write_file(origin(name), "theirs, longer");
    return unc(name);
}

BOOL make_conflict(void)
{
    BOOL offline;

    if (!origin(NULL)) return FALSE;
    offline = go_offline();
    ok(offline, "the share does not go offline\n");
    if (offline) change_both_sides(L"conflict.txt");
    return offline;
}

void release(void *unknown)
{
    if (unknown) IUnknown_Release((IUnknown *)unknown);
}

ULONG references(void *unknown)
{
    IUnknown_AddRef((IUnknown *)unknown);
    return IUnknown_Release((IUnknown *)unknown);
}

BOOL is_task_memory(const void *block)
{
    IMalloc *allocator;
    BOOL result;

    if (!block || CoGetMalloc(1, &allocator) != S_OK) return FALSE;
    result = IMalloc_DidAlloc(allocator, (void *)block) == 1;
    IMalloc_Release(allocator);
    return result;
}

/* --- sinks */

static void record(struct sink *sink, enum call_kind kind, const WCHAR *path, HRESULT hr, BOOL had_error_info)
{
    struct call *call;

    EnterCriticalSection(&sink->lock);
    if (sink->count == sink->room)
    {
        unsigned int room = sink->room ? sink->room * 2 : 64;
        struct call *calls = realloc(sink->calls, room * sizeof(*calls));

        if (!calls)
        {
            LeaveCriticalSection(&sink->lock);
            ok(0, "no memory for the calls of a sink\n");
            return;
        }
        sink->calls = calls;
        sink->room = room;
    }
    if (sink->refs > sink->most_refs) sink->most_refs = sink->refs;
    call = &sink->calls[sink->count++];
    call->kind = kind;
    call->hr = hr;
    call->thread = GetCurrentThreadId();
    call->had_error_info = had_error_info;
    call->path[0] = 0;
    if (path) lstrcpynW(call->path, path, ARRAY_SIZE(call->path));
    LeaveCriticalSection(&sink->lock);
}

static OFFLINEFILES_OP_RESPONSE answer(struct sink *sink, const WCHAR *path, enum call_kind kind)
{
    OFFLINEFILES_OP_RESPONSE response = OFFLINEFILES_OP_CONTINUE;

    if (!path || (sink->path && lstrcmpiW(sink->path, path))) return response;
    response = kind == CALL_ITEM_BEGIN ? sink->begin_response : sink->result_response;
    if (kind == CALL_ITEM_RESULT && response == OFFLINEFILES_OP_RETRY && sink->retries >= 0)
    {
        if (!sink->retries) return OFFLINEFILES_OP_CONTINUE;
        sink->retries--;
    }
    return response;
}

static HRESULT query_sink(struct sink *sink, REFIID iid, void **out)
{
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IOfflineFilesProgress) ||
        IsEqualIID(iid, &IID_IOfflineFilesSyncProgress))
        *out = &sink->IOfflineFilesSyncProgress_iface;
    else if (IsEqualIID(iid, &IID_IOfflineFilesSimpleProgress))
        *out = &sink->IOfflineFilesSimpleProgress_iface;
    else
    {
        *out = NULL;
        return E_NOINTERFACE;
    }
    InterlockedIncrement(&sink->refs);
    return S_OK;
}

static HRESULT sink_begin(struct sink *sink, BOOL *abort)
{
    ok(abort != NULL, "Begin: no output\n");
    record(sink, CALL_BEGIN, NULL, S_OK, FALSE);
    if (abort) *abort = sink->abort_begin;
    return sink->returns;
}

static HRESULT sink_query_abort(struct sink *sink, BOOL *abort)
{
    ok(abort != NULL, "QueryAbort: no output\n");
    record(sink, CALL_QUERY_ABORT, NULL, S_OK, FALSE);
    if (abort) *abort = sink->abort_query;
    return sink->returns;
}

static HRESULT sink_end(struct sink *sink, HRESULT hr)
{
    HRESULT returns = sink->returns;

    record(sink, CALL_END, NULL, hr, FALSE);
    SetEvent(sink->ended);
    return returns;
}

static HRESULT sink_item(struct sink *sink, enum call_kind kind, const WCHAR *path, HRESULT hr,
                         BOOL had_error_info, OFFLINEFILES_OP_RESPONSE *response)
{
    ok(path != NULL, "no path of the item\n");
    ok(response != NULL, "no output for the response\n");
    record(sink, kind, path, hr, had_error_info);
    if (kind == CALL_ITEM_BEGIN && sink->on_begin) sink->on_begin(sink, path);
    if (response) *response = answer(sink, path, kind);
    return sink->returns;
}

static struct sink *impl_from_IOfflineFilesSyncProgress(IOfflineFilesSyncProgress *iface)
{
    return CONTAINING_RECORD(iface, struct sink, IOfflineFilesSyncProgress_iface);
}

static HRESULT WINAPI sync_QueryInterface(IOfflineFilesSyncProgress *iface, REFIID iid, void **out)
{
    return query_sink(impl_from_IOfflineFilesSyncProgress(iface), iid, out);
}

static ULONG WINAPI sync_AddRef(IOfflineFilesSyncProgress *iface)
{
    return InterlockedIncrement(&impl_from_IOfflineFilesSyncProgress(iface)->refs);
}

static ULONG WINAPI sync_Release(IOfflineFilesSyncProgress *iface)
{
    return InterlockedDecrement(&impl_from_IOfflineFilesSyncProgress(iface)->refs);
}

static HRESULT WINAPI sync_Begin(IOfflineFilesSyncProgress *iface, BOOL *abort)
{
    return sink_begin(impl_from_IOfflineFilesSyncProgress(iface), abort);
}

static HRESULT WINAPI sync_QueryAbort(IOfflineFilesSyncProgress *iface, BOOL *abort)
{
    return sink_query_abort(impl_from_IOfflineFilesSyncProgress(iface), abort);
}

static HRESULT WINAPI sync_End(IOfflineFilesSyncProgress *iface, HRESULT hr)
{
    return sink_end(impl_from_IOfflineFilesSyncProgress(iface), hr);
}

static HRESULT WINAPI sync_SyncItemBegin(IOfflineFilesSyncProgress *iface, LPCWSTR path,
                                         OFFLINEFILES_OP_RESPONSE *response)
{
    return sink_item(impl_from_IOfflineFilesSyncProgress(iface), CALL_ITEM_BEGIN, path, S_OK, FALSE, response);
}

static HRESULT WINAPI sync_SyncItemResult(IOfflineFilesSyncProgress *iface, LPCWSTR path, HRESULT hr,
                                          IOfflineFilesSyncErrorInfo *info, OFFLINEFILES_OP_RESPONSE *response)
{
    struct sink *sink = impl_from_IOfflineFilesSyncProgress(iface);

    if (sink->keep_info)
    {
        if (sink->info) IOfflineFilesSyncErrorInfo_Release(sink->info);
        if ((sink->info = info)) IOfflineFilesSyncErrorInfo_AddRef(info);
    }
    return sink_item(sink, CALL_ITEM_RESULT, path, hr, info != NULL, response);
}

static const IOfflineFilesSyncProgressVtbl sync_vtbl =
{
    sync_QueryInterface,
    sync_AddRef,
    sync_Release,
    sync_Begin,
    sync_QueryAbort,
    sync_End,
    sync_SyncItemBegin,
    sync_SyncItemResult
};

static struct sink *impl_from_IOfflineFilesSimpleProgress(IOfflineFilesSimpleProgress *iface)
{
    return CONTAINING_RECORD(iface, struct sink, IOfflineFilesSimpleProgress_iface);
}

static HRESULT WINAPI simple_QueryInterface(IOfflineFilesSimpleProgress *iface, REFIID iid, void **out)
{
    return query_sink(impl_from_IOfflineFilesSimpleProgress(iface), iid, out);
}

static ULONG WINAPI simple_AddRef(IOfflineFilesSimpleProgress *iface)
{
    return InterlockedIncrement(&impl_from_IOfflineFilesSimpleProgress(iface)->refs);
}

static ULONG WINAPI simple_Release(IOfflineFilesSimpleProgress *iface)
{
    return InterlockedDecrement(&impl_from_IOfflineFilesSimpleProgress(iface)->refs);
}

static HRESULT WINAPI simple_Begin(IOfflineFilesSimpleProgress *iface, BOOL *abort)
{
    return sink_begin(impl_from_IOfflineFilesSimpleProgress(iface), abort);
}

static HRESULT WINAPI simple_QueryAbort(IOfflineFilesSimpleProgress *iface, BOOL *abort)
{
    return sink_query_abort(impl_from_IOfflineFilesSimpleProgress(iface), abort);
}

static HRESULT WINAPI simple_End(IOfflineFilesSimpleProgress *iface, HRESULT hr)
{
    return sink_end(impl_from_IOfflineFilesSimpleProgress(iface), hr);
}

static HRESULT WINAPI simple_ItemBegin(IOfflineFilesSimpleProgress *iface, LPCWSTR path,
                                       OFFLINEFILES_OP_RESPONSE *response)
{
    return sink_item(impl_from_IOfflineFilesSimpleProgress(iface), CALL_ITEM_BEGIN, path, S_OK, FALSE, response);
}

static HRESULT WINAPI simple_ItemResult(IOfflineFilesSimpleProgress *iface, LPCWSTR path, HRESULT hr,
                                        OFFLINEFILES_OP_RESPONSE *response)
{
    return sink_item(impl_from_IOfflineFilesSimpleProgress(iface), CALL_ITEM_RESULT, path, hr, FALSE, response);
}

static const IOfflineFilesSimpleProgressVtbl simple_vtbl =
{
    simple_QueryInterface,
    simple_AddRef,
    simple_Release,
    simple_Begin,
    simple_QueryAbort,
    simple_End,
    simple_ItemBegin,
    simple_ItemResult
};

struct sink *sink_create(void)
{
    struct sink *sink = calloc(1, sizeof(*sink));

    if (!sink || !(sink->ended = CreateEventW(NULL, TRUE, FALSE, NULL)))
    {
        ok(0, "no memory for a sink\n");
        exit(1);
    }
    sink->IOfflineFilesSyncProgress_iface.lpVtbl = (IOfflineFilesSyncProgressVtbl *)&sync_vtbl;
    sink->IOfflineFilesSimpleProgress_iface.lpVtbl = (IOfflineFilesSimpleProgressVtbl *)&simple_vtbl;
    sink->refs = 1;
    InitializeCriticalSection(&sink->lock);
    return sink;
}

void sink_reset(struct sink *sink)
{
    sink->count = 0;
    sink->returns = S_OK;
    sink->abort_begin = sink->abort_query = FALSE;
    sink->path = NULL;
    sink->begin_response = sink->result_response = OFFLINEFILES_OP_CONTINUE;
    sink->retries = 0;
    sink->on_begin = NULL;
    sink->most_refs = 0;
    ResetEvent(sink->ended);
}

void sink_free(struct sink *sink)
{
    /* After an asynchronous operation the last reference goes a moment after End. */
    wait_for(sink->refs == 1);
    ok(sink->refs == 1, "the sink still has %ld references\n", sink->refs);
    if (sink->refs != 1) return;
    DeleteCriticalSection(&sink->lock);
    CloseHandle(sink->ended);
    free(sink->calls);
    free(sink);
}

unsigned int sink_count(struct sink *sink, enum call_kind kind, const WCHAR *path)
{
    unsigned int i, count = 0;

    for (i = 0; i < sink->count; i++)
    {
        if (sink->calls[i].kind == kind && (!path || !lstrcmpiW(sink->calls[i].path, path))) count++;
    }
    return count;
}

HRESULT sink_result(struct sink *sink, const WCHAR *path)
{
    HRESULT hr = E_PENDING;
    unsigned int i;

    for (i = 0; i < sink->count; i++)
    {
        if (sink->calls[i].kind == CALL_ITEM_RESULT && !lstrcmpiW(sink->calls[i].path, path))
            hr = sink->calls[i].hr;
    }
    return hr;
}

BOOL sink_wait(struct sink *sink)
{
    DWORD start = GetTickCount(), spent;
    MSG message;

    while ((spent = GetTickCount() - start) < 30000)
    {
        if (MsgWaitForMultipleObjects(1, &sink->ended, FALSE, 30000 - spent, QS_ALLINPUT) == WAIT_OBJECT_0)
            return TRUE;
        while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE)) DispatchMessageW(&message);
    }
    return FALSE;
}

void check_protocol_(int line, struct sink *sink, HRESULT hr, DWORD thread)
{
    unsigned int i, j;
    int open;

    ok_(__FILE__, line)(sink_count(sink, CALL_BEGIN, NULL) == 1, "Begin was called %u times\n",
                        sink_count(sink, CALL_BEGIN, NULL));
    ok_(__FILE__, line)(sink_count(sink, CALL_END, NULL) == 1, "End was called %u times\n",
                        sink_count(sink, CALL_END, NULL));
    if (!sink->count) return;
    ok_(__FILE__, line)(sink->calls[0].kind == CALL_BEGIN, "the first call was of kind %u\n", sink->calls[0].kind);
    ok_(__FILE__, line)(sink->calls[sink->count - 1].kind == CALL_END, "the last call was of kind %u\n",
                        sink->calls[sink->count - 1].kind);
    ok_(__FILE__, line)(sink->calls[sink->count - 1].hr == hr, "End got %#lx, expected %#lx\n",
                        sink->calls[sink->count - 1].hr, hr);
    for (i = 0; i < sink->count; i++)
    {
        const struct call *call = &sink->calls[i];

        if (thread)
            ok_(__FILE__, line)(call->thread == thread, "call %u came on thread %#lx, expected %#lx\n", i,
                                call->thread, thread);
        if (call->kind != CALL_ITEM_BEGIN && call->kind != CALL_ITEM_RESULT) continue;
        ok_(__FILE__, line)(!wcsncmp(call->path, L"\\\\", 2), "call %u: %ls is not a UNC path\n", i, call->path);
        for (j = 0, open = 0; j <= i; j++)
        {
            if (lstrcmpiW(sink->calls[j].path, call->path)) continue;
            if (sink->calls[j].kind == CALL_ITEM_BEGIN) open++;
            if (sink->calls[j].kind == CALL_ITEM_RESULT) open--;
        }
        ok_(__FILE__, line)(open == (call->kind == CALL_ITEM_BEGIN), "call %u for %ls: %d begun\n", i, call->path,
                            open);
    }
    ok_(__FILE__, line)(sink_count(sink, CALL_ITEM_BEGIN, NULL) == sink_count(sink, CALL_ITEM_RESULT, NULL),
                        "%u items begun, %u results\n", sink_count(sink, CALL_ITEM_BEGIN, NULL),
                        sink_count(sink, CALL_ITEM_RESULT, NULL));
}

void check_silence_(int line, struct sink *sink)
{
    ok_(__FILE__, line)(!sink->count, "the sink was called %u times\n", sink->count);
}

/* The other units only make sense if this one passes. */
START_TEST(common)
{
    CoInitialize(NULL);
    if (begin_unit(L"common"))
    {
        write_file(unc(L"file.txt"), "written through the share");
        check_file(unc(L"file.txt"), "written through the share");
        check_file(unc(L"FILE.TXT"), "written through the share");
        if (origin(NULL))
            check_file(origin(L"file.txt"), "written through the share");
        else
            skip("CSCTEST_ORIGIN is not set\n");
        end_unit();
    }
    CoUninitialize();
}
