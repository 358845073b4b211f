/*
 * A conflict handler that writes down what it is told and gives the answer that the test wants
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "csctest.h"

static struct handler *impl_from_IOfflineFilesSyncConflictHandler(IOfflineFilesSyncConflictHandler *iface)
{
    return CONTAINING_RECORD(iface, struct handler, IOfflineFilesSyncConflictHandler_iface);
}

static HRESULT WINAPI handler_QueryInterface(IOfflineFilesSyncConflictHandler *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualGUID(iid, &IID_IUnknown) && !IsEqualGUID(iid, &IID_IOfflineFilesSyncConflictHandler))
        return E_NOINTERFACE;
    *out = iface;
    IOfflineFilesSyncConflictHandler_AddRef(iface);
    return S_OK;
}

static ULONG WINAPI handler_AddRef(IOfflineFilesSyncConflictHandler *iface)
{
    return InterlockedIncrement(&impl_from_IOfflineFilesSyncConflictHandler(iface)->refs);
}

static ULONG WINAPI handler_Release(IOfflineFilesSyncConflictHandler *iface)
{
    return InterlockedDecrement(&impl_from_IOfflineFilesSyncConflictHandler(iface)->refs);
}

static HRESULT WINAPI handler_ResolveConflict(IOfflineFilesSyncConflictHandler *iface, LPCWSTR path, DWORD known,
                                              OFFLINEFILES_SYNC_STATE state, DWORD changes,
                                              OFFLINEFILES_SYNC_CONFLICT_RESOLVE *answer, LPWSTR *name)
{
    struct handler *handler = impl_from_IOfflineFilesSyncConflictHandler(iface);

    handler->count++;
    handler->thread = GetCurrentThreadId();
    handler->known = known;
    handler->state = state;
    handler->changes = changes;
    lstrcpynW(handler->path, path ? path : L"", ARRAY_SIZE(handler->path));
    handler->had_outputs = answer && name;
    if (!handler->had_outputs) return E_POINTER;
    *answer = handler->answer;
    *name = NULL;
    if (handler->name && (*name = CoTaskMemAlloc((lstrlenW(handler->name) + 1) * sizeof(WCHAR))))
        lstrcpyW(*name, handler->name);
    return handler->returns;
}

static const IOfflineFilesSyncConflictHandlerVtbl handler_vtbl =
{
    handler_QueryInterface,
    handler_AddRef,
    handler_Release,
    handler_ResolveConflict,
};

HRESULT sync_answer(struct handler *handler, const WCHAR *path, int answer, const WCHAR *name, DWORD flags,
                           struct sink *sink)
{
    HRESULT hr;

    memset(handler, 0, sizeof(*handler));
    handler->IOfflineFilesSyncConflictHandler_iface.lpVtbl = (IOfflineFilesSyncConflictHandlerVtbl *)&handler_vtbl;
    handler->refs = 1;
    handler->answer = answer;
    handler->name = name;
    if (sink) sink_reset(sink);
    hr = IOfflineFilesCache_Synchronize(unit_cache(), NULL, &path, 1, FALSE, flags,
                                        &handler->IOfflineFilesSyncConflictHandler_iface,
                                        sink ? &sink->IOfflineFilesSyncProgress_iface : NULL, NULL);
    ok(handler->refs == 1, "the handler has %ld references\n", handler->refs);
    if (handler->count)
    {
        ok(handler->had_outputs, "no place for the answer\n");
        ok(handler->thread == GetCurrentThreadId(), "called on thread %#lx\n", handler->thread);
    }
    return hr;
}
