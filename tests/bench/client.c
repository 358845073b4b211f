/*
 * The client of the benchmarks: waits for commands, times calls of the API from the call to its return
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 *   client              reads commands from stdin until its end, one a line, fields separated by tabs
 *   client cold PATH    stops the service; then the time from CoCreateInstance to the first answer, which starts it
 *   client nothing      ends at once: what it costs to start a Wine process
 *
 *   pin PATH            pins a tree and fills it, with a sink that answers every item
 *   pin-alone PATH      the same without a sink
 *   sync PATH           synchronizes a tree in both directions, with a sink
 *   find COUNT FILE     FindItem, COUNT times, on the paths in FILE in turn
 *   list COUNT PATH     EnumItems of a directory and all its items, COUNT times
 *   enum PATH           a flat enumeration of everything below, with the path of each item
 *   empty COUNT         the smallest call there is: the service finds that a handle is none of its own
 *
 * Answers with one line: "ok", seconds (of all calls together), items that were met, items that failed; or "error" and text.
 * Paths are UTF-8, FILE is a path of Windows.
 */

#define COBJMACROS
#define INITGUID
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
#include <objbase.h>
#include <servprov.h>
#include "cscobj.h"
#include "cscsvc.h"
#include "cscguids.h"

#define PIN_FLAGS (OFFLINEFILES_PIN_CONTROL_FLAG_FORUSER | OFFLINEFILES_PIN_CONTROL_FLAG_FILL)
#define SYNC_FLAGS (OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCIN | OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCOUT | \
                    OFFLINEFILES_SYNC_CONTROL_FLAG_FILLSPARSE | OFFLINEFILES_SYNC_CONTROL_FLAG_PINNEWFILES | \
                    OFFLINEFILES_SYNC_CONTROL_FLAG_PINFORUSER)
#define STOP_TIMEOUT 20000

static IOfflineFilesCache *cache;
static ICscSession *session;

struct result
{
    double seconds;
    unsigned long items, failed;
};

static double now(void)
{
    LARGE_INTEGER count, frequency;

    QueryPerformanceCounter(&count);
    QueryPerformanceFrequency(&frequency);
    return (double)count.QuadPart / frequency.QuadPart;
}

/* To be freed with free; NULL when there is no memory. */
static WCHAR *wide(const char *text)
{
    int length = MultiByteToWideChar(CP_UTF8, 0, text, -1, NULL, 0);
    WCHAR *copy = malloc(length * sizeof(*copy));

    if (copy) MultiByteToWideChar(CP_UTF8, 0, text, -1, copy, length);
    return copy;
}

/* ---- a sink that counts and says yes; never freed ---- */

static struct sink
{
    IOfflineFilesSyncProgress IOfflineFilesSyncProgress_iface;
    LONG refs;
    unsigned long items, failed;
} the_sink;

static HRESULT WINAPI sink_QueryInterface(IOfflineFilesSyncProgress *iface, REFIID iid, void **object)
{
    if (!IsEqualGUID(iid, &IID_IUnknown) && !IsEqualGUID(iid, &IID_IOfflineFilesProgress) &&
        !IsEqualGUID(iid, &IID_IOfflineFilesSyncProgress))
    {
        *object = NULL;
        return E_NOINTERFACE;
    }
    *object = iface;
    IOfflineFilesSyncProgress_AddRef(iface);
    return S_OK;
}

static ULONG WINAPI sink_AddRef(IOfflineFilesSyncProgress *iface)
{
    return InterlockedIncrement(&the_sink.refs);
}

static ULONG WINAPI sink_Release(IOfflineFilesSyncProgress *iface)
{
    return InterlockedDecrement(&the_sink.refs);
}

static HRESULT WINAPI sink_Begin(IOfflineFilesSyncProgress *iface, BOOL *abort)
{
    *abort = FALSE;
    return S_OK;
}

static HRESULT WINAPI sink_QueryAbort(IOfflineFilesSyncProgress *iface, BOOL *abort)
{
    *abort = FALSE;
    return S_OK;
}

static HRESULT WINAPI sink_End(IOfflineFilesSyncProgress *iface, HRESULT result)
{
    return S_OK;
}

static HRESULT WINAPI sink_SyncItemBegin(IOfflineFilesSyncProgress *iface, LPCWSTR file, OFFLINEFILES_OP_RESPONSE *response)
{
    *response = OFFLINEFILES_OP_CONTINUE;
    return S_OK;
}

static HRESULT WINAPI sink_SyncItemResult(IOfflineFilesSyncProgress *iface, LPCWSTR file, HRESULT result,
                                          IOfflineFilesSyncErrorInfo *info, OFFLINEFILES_OP_RESPONSE *response)
{
    the_sink.items++;
    if (FAILED(result))
    {
        the_sink.failed++;
        fprintf(stderr, "%ls: %#lx\n", file, result);
    }
    *response = OFFLINEFILES_OP_CONTINUE;
    return S_OK;
}

static IOfflineFilesSyncProgressVtbl sink_vtbl =
{
    sink_QueryInterface,
    sink_AddRef,
    sink_Release,
    sink_Begin,
    sink_QueryAbort,
    sink_End,
    sink_SyncItemBegin,
    sink_SyncItemResult
};

static IOfflineFilesSyncProgress *fresh_sink(void)
{
    the_sink.IOfflineFilesSyncProgress_iface.lpVtbl = &sink_vtbl;
    the_sink.refs = 1;
    the_sink.items = the_sink.failed = 0;
    return &the_sink.IOfflineFilesSyncProgress_iface;
}

/* ---- the calls ---- */

static HRESULT time_pin(const WCHAR *path, BOOL with_sink, struct result *result)
{
    IOfflineFilesSyncProgress *sink = fresh_sink();
    double start = now();
    HRESULT hr;

    hr = IOfflineFilesCache_Pin(cache, NULL, &path, 1, TRUE, FALSE, PIN_FLAGS, with_sink ? sink : NULL);
    result->seconds = now() - start;
    result->items = the_sink.items;
    result->failed = the_sink.failed;
    return hr;
}

static HRESULT time_sync(const WCHAR *path, struct result *result)
{
    IOfflineFilesSyncProgress *sink = fresh_sink();
    double start = now();
    HRESULT hr;

    hr = IOfflineFilesCache_Synchronize(cache, NULL, &path, 1, FALSE, SYNC_FLAGS, NULL, sink, NULL);
    result->seconds = now() - start;
    result->items = the_sink.items;
    result->failed = the_sink.failed;
    return hr;
}

/* All items of an enumeration, with their paths as a program would want them. */
static HRESULT drain(IEnumOfflineFilesItems *items, struct result *result)
{
    IOfflineFilesItem *item[64];
    ULONG fetched, i;
    WCHAR *path;
    HRESULT hr;

    do
    {
        fetched = 0;
        hr = IEnumOfflineFilesItems_Next(items, ARRAYSIZE(item), item, &fetched);
        for (i = 0; i < fetched; i++)
        {
            if (SUCCEEDED(IOfflineFilesItem_GetPath(item[i], &path))) CoTaskMemFree(path);
            else result->failed++;
            result->items++;
            IOfflineFilesItem_Release(item[i]);
        }
    }
    while (hr == S_OK);
    IEnumOfflineFilesItems_Release(items);
    return hr;
}

static HRESULT container_of(const WCHAR *path, IOfflineFilesItemContainer **container)
{
    IOfflineFilesItem *item;
    HRESULT hr;

    if (FAILED(hr = IOfflineFilesCache_FindItem(cache, path, 0, &item))) return hr;
    hr = IOfflineFilesItem_QueryInterface(item, &IID_IOfflineFilesItemContainer, (void **)container);
    IOfflineFilesItem_Release(item);
    return hr;
}

static HRESULT time_enum(const WCHAR *path, struct result *result)
{
    IOfflineFilesItemContainer *container;
    IEnumOfflineFilesItems *items;
    double start;
    HRESULT hr;

    if (FAILED(hr = container_of(path, &container))) return hr;
    start = now();
    hr = IOfflineFilesItemContainer_EnumItemsEx(container, NULL, NULL, NULL, NULL, OFFLINEFILES_ENUM_FLAT, 0, &items);
    if (SUCCEEDED(hr)) hr = drain(items, result);
    result->seconds = now() - start;
    IOfflineFilesItemContainer_Release(container);
    return hr;
}

static HRESULT time_list(unsigned long count, const WCHAR *path, struct result *result)
{
    IOfflineFilesItemContainer *container;
    IEnumOfflineFilesItems *items;
    double start;
    HRESULT hr;

    if (FAILED(hr = container_of(path, &container))) return hr;
    start = now();
    while (count-- && SUCCEEDED(hr))
        if (SUCCEEDED(hr = IOfflineFilesItemContainer_EnumItems(container, 0, &items))) hr = drain(items, result);
    result->seconds = now() - start;
    IOfflineFilesItemContainer_Release(container);
    return hr;
}

/* The lines of a file.  The array and its text stay for good: the same file is asked for again and again. */
static WCHAR **read_lines(const char *name, unsigned long *count)
{
    static WCHAR **lines;
    static unsigned long read;
    static char last[MAX_PATH];
    unsigned long room = 0;
    char line[2048];
    FILE *file;

    *count = read;
    if (!strcmp(name, last)) return lines;
    if (!(file = fopen(name, "r"))) return NULL;
    for (read = 0, lines = NULL; fgets(line, sizeof(line), file); read++)
    {
        line[strcspn(line, "\r\n")] = 0;
        if (read == room)
        {
            room = room ? room * 2 : 1024;
            if (!(lines = realloc(lines, room * sizeof(*lines)))) break;
        }
        lines[read] = wide(line);
    }
    fclose(file);
    snprintf(last, sizeof(last), "%s", name);
    *count = read;
    return lines;
}

static HRESULT time_find(unsigned long count, const char *file, struct result *result)
{
    static unsigned long next;
    unsigned long lines, i;
    IOfflineFilesItem *item;
    HRESULT hr = S_OK;
    WCHAR **paths;
    double start;

    if (!(paths = read_lines(file, &lines)) || !lines) return HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND);
    start = now();
    for (i = 0; i < count && SUCCEEDED(hr); i++)
        if (SUCCEEDED(hr = IOfflineFilesCache_FindItem(cache, paths[next++ % lines], 0, &item)))
            IOfflineFilesItem_Release(item);
    result->seconds = now() - start;
    result->items = i;
    return hr;
}

static HRESULT time_empty(unsigned long count, struct result *result)
{
    double start = now();
    unsigned long i;

    for (i = 0; i < count; i++)
        if (ICscSession_EnumClose(session, 0) != HRESULT_FROM_WIN32(ERROR_INVALID_HANDLE)) return E_UNEXPECTED;
    result->seconds = now() - start;
    result->items = i;
    return S_OK;
}

/* ---- commands ---- */

static HRESULT open_session(void)
{
    IServiceProvider *provider;
    HRESULT hr;

    if (FAILED(hr = CoCreateInstance(&CLSID_OfflineFilesCache, NULL, CLSCTX_INPROC_SERVER, &IID_IOfflineFilesCache,
                                     (void **)&cache))) return hr;
    if (FAILED(hr = IOfflineFilesCache_QueryInterface(cache, &IID_IServiceProvider, (void **)&provider))) return hr;
    hr = IServiceProvider_QueryService(provider, &CLSID_CscService, &IID_ICscSession, (void **)&session);
    IServiceProvider_Release(provider);
    return hr;
}

static HRESULT run(const char *verb, const char *first, const char *second, struct result *result)
{
    unsigned long count = strtoul(first, NULL, 10);
    WCHAR *path = wide(*second ? second : first);
    HRESULT hr = E_INVALIDARG;

    memset(result, 0, sizeof(*result));
    if (!path) return E_OUTOFMEMORY;
    if (!strcmp(verb, "pin")) hr = time_pin(path, TRUE, result);
    else if (!strcmp(verb, "pin-alone")) hr = time_pin(path, FALSE, result);
    else if (!strcmp(verb, "sync")) hr = time_sync(path, result);
    else if (!strcmp(verb, "enum")) hr = time_enum(path, result);
    else if (!strcmp(verb, "list")) hr = time_list(count, path, result);
    else if (!strcmp(verb, "find")) hr = time_find(count, second, result);
    else if (!strcmp(verb, "empty")) hr = time_empty(count, result);
    free(path);
    return hr;
}

static int serve(void)
{
    char line[4096], *verb, *first, *second;
    struct result result;
    HRESULT hr;

    hr = open_session();
    if (FAILED(hr)) printf("error\tno session: %#lx\n", hr);
    else printf("ok\t0\t0\t0\n");
    fflush(stdout);
    while (SUCCEEDED(hr) && fgets(line, sizeof(line), stdin))
    {
        line[strcspn(line, "\r\n")] = 0;
        verb = strtok(line, "\t");
        first = verb ? strtok(NULL, "\t") : NULL;
        second = first ? strtok(NULL, "\t") : NULL;
        if (!verb) continue;
        hr = run(verb, first ? first : "", second ? second : "", &result);
        if (FAILED(hr)) printf("error\t%s: %#lx, %lu of %lu items failed\n", verb, hr, result.failed, result.items);
        else printf("ok\t%.9f\t%lu\t%lu\n", result.seconds, result.items, result.failed);
        fflush(stdout);
        hr = S_OK;
    }
    if (session) ICscSession_Release(session);
    if (cache) IOfflineFilesCache_Release(cache);
    return FAILED(hr);
}

static BOOL stop_service(void)
{
    SC_HANDLE manager, service = NULL;
    SERVICE_STATUS status;
    DWORD start = GetTickCount();
    BOOL stopped = FALSE;

    if ((manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT)))
        service = OpenServiceW(manager, CSC_SERVICE_NAME, SERVICE_STOP | SERVICE_QUERY_STATUS);
    if (service)
    {
        ControlService(service, SERVICE_CONTROL_STOP, &status);
        while (QueryServiceStatus(service, &status) && !(stopped = status.dwCurrentState == SERVICE_STOPPED) &&
               GetTickCount() - start < STOP_TIMEOUT) Sleep(20);
        CloseServiceHandle(service);
    }
    if (manager) CloseServiceHandle(manager);
    /* its process ends a moment later */
    Sleep(500);
    return stopped;
}

static int cold(const char *path)
{
    WCHAR *text = wide(path);
    IOfflineFilesItem *item;
    double start;
    HRESULT hr;

    if (!text || !stop_service())
    {
        printf("error\tthe service does not stop\n");
        return 1;
    }
    start = now();
    if (SUCCEEDED(hr = CoCreateInstance(&CLSID_OfflineFilesCache, NULL, CLSCTX_INPROC_SERVER, &IID_IOfflineFilesCache,
                                        (void **)&cache)) &&
        SUCCEEDED(hr = IOfflineFilesCache_FindItem(cache, text, 0, &item)))
    {
        printf("ok\t%.9f\t1\t0\n", now() - start);
        IOfflineFilesItem_Release(item);
    }
    else printf("error\tcold: %#lx\n", hr);
    if (cache) IOfflineFilesCache_Release(cache);
    free(text);
    return FAILED(hr);
}

int main(int argc, char *argv[])
{
    int code;

    if (argc == 2 && !strcmp(argv[1], "nothing")) return 0;
    CoInitialize(NULL);
    code = argc == 3 && !strcmp(argv[1], "cold") ? cold(argv[2]) : serve();
    CoUninitialize();
    return code;
}
