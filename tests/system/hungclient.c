/*
 * A client that does not answer: hungclient WHAT \\server\share
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 *   events   has a sink of published events, whose first call returns when a line comes on stdin; then tells how many
 *            connections are left
 *   sink     synchronizes with a sink whose first SyncItemBegin returns when a line comes
 *   slow     the same with a sink that takes its time for each item, and needs no line
 *
 * Prints "hangs" (or "works") when that is so, and at the end what Synchronize returned.
 */

#define COBJMACROS
#include <stdio.h>
#include <windows.h>
#include <ole2.h>
#include <olectl.h>
#include <initguid.h>
#include "cscobj.h"

static BOOL slow;
static LONG calls;

static void say(const char *text)
{
    printf("%s\n", text);
    fflush(stdout);
}

static void hang(void)
{
    char line[16];

    if (InterlockedIncrement(&calls) == 1) say(slow ? "works" : "hangs");
    if (slow) Sleep(20);
    else if (calls == 1 && !fgets(line, sizeof(line), stdin)) ExitProcess(1);
}

/* ---- a sink; the interfaces that it has differ in what follows the first three methods ---- */

static HRESULT STDMETHODCALLTYPE query(IUnknown *iface, REFIID iid, void **object)
{
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IOfflineFilesEvents) &&
        !IsEqualIID(iid, &IID_IOfflineFilesProgress) && !IsEqualIID(iid, &IID_IOfflineFilesSyncProgress))
    {
        *object = NULL;
        return E_NOINTERFACE;
    }
    *object = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE count(IUnknown *iface) { (void)iface; return 2; }

/* Any method of IOfflineFilesEvents: the callee looks at no argument, and the caller cleans up. */
static HRESULT STDMETHODCALLTYPE notify(IUnknown *iface) { (void)iface; hang(); return S_OK; }

static HRESULT STDMETHODCALLTYPE begin(IUnknown *iface, BOOL *abort) { (void)iface; *abort = FALSE; return S_OK; }
static HRESULT STDMETHODCALLTYPE query_abort(IUnknown *iface, BOOL *abort) { (void)iface; *abort = FALSE; return S_OK; }
static HRESULT STDMETHODCALLTYPE end(IUnknown *iface, HRESULT hr) { (void)iface; printf("End %#lx\n", hr); return S_OK; }

static HRESULT STDMETHODCALLTYPE item_begin(IUnknown *iface, LPCWSTR path, OFFLINEFILES_OP_RESPONSE *response)
{
    (void)iface; (void)path;
    hang();
    *response = OFFLINEFILES_OP_CONTINUE;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE item_result(IUnknown *iface, LPCWSTR path, HRESULT hr, IOfflineFilesSyncErrorInfo *info,
                                             OFFLINEFILES_OP_RESPONSE *response)
{
    (void)iface; (void)path; (void)hr; (void)info;
    *response = OFFLINEFILES_OP_CONTINUE;
    return S_OK;
}

static void *events_table[3 + OFFLINEFILES_NUM_EVENTS] = { query, count, count };
static void *progress_table[] = { query, count, count, begin, query_abort, end, item_begin, item_result };
static struct { void **table; } events_sink = { events_table }, progress_sink = { progress_table };

static ULONG connections(IConnectionPoint *point)
{
    IEnumConnections *enumerator;
    CONNECTDATA data;
    ULONG number = 0;

    if (IConnectionPoint_EnumConnections(point, &enumerator) != S_OK) return 99;
    while (IEnumConnections_Next(enumerator, 1, &data, NULL) == S_OK) number++;
    IEnumConnections_Release(enumerator);
    return number;
}

static int listen_and_hang(IOfflineFilesCache *cache)
{
    IConnectionPointContainer *container;
    IConnectionPoint *point;
    unsigned int i;
    DWORD cookie;
    HRESULT hr;

    for (i = 3; i < ARRAYSIZE(events_table); i++) events_table[i] = notify;
    hr = IOfflineFilesCache_QueryInterface(cache, &IID_IConnectionPointContainer, (void **)&container);
    if (SUCCEEDED(hr)) hr = IConnectionPointContainer_FindConnectionPoint(container, &IID_IOfflineFilesEvents, &point);
    if (SUCCEEDED(hr)) hr = IConnectionPoint_Advise(point, (IUnknown *)&events_sink, &cookie);
    if (FAILED(hr))
    {
        printf("Advise %#lx\n", hr);
        return 1;
    }
    say("listens");
    /* until the callback returned, and its thread learned that the connection is gone */
    for (i = 0; i < 1200 && connections(point); i++) Sleep(100);
    printf("connections %lu\n", connections(point));
    printf("Unadvise %#lx\n", IConnectionPoint_Unadvise(point, cookie));
    return 0;
}

int wmain(int argc, WCHAR **argv)
{
    const WCHAR *path = argc > 2 ? argv[2] : L"";
    IOfflineFilesCache *cache;
    HRESULT hr;

    if (argc < 3) return 2;
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    hr = CoCreateInstance(&CLSID_OfflineFilesCache, NULL, CLSCTX_INPROC_SERVER, &IID_IOfflineFilesCache, (void **)&cache);
    if (FAILED(hr))
    {
        printf("CoCreateInstance %#lx\n", hr);
        return 1;
    }
    if (!wcscmp(argv[1], L"events")) return listen_and_hang(cache);
    slow = !wcscmp(argv[1], L"slow");
    hr = IOfflineFilesCache_Synchronize(cache, NULL, &path, 1, FALSE, OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCIN |
                                        OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCOUT, NULL,
                                        (IOfflineFilesSyncProgress *)&progress_sink, NULL);
    printf("Synchronize %#lx\n", hr);
    return 0;
}
