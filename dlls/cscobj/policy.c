/*
 * Administratively assigned files, and the Group Policy extension for them
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "cscobj_private.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(cscobj);

static HRESULT run_phase(DWORD kind, IOfflineFilesSyncProgress *sink)
{
    LPCWSTR none = NULL;    /* an array must be there, however short */
    struct operation_request request = { .operation = { .kind = kind }, .paths = &none, .sync = sink };

    return operation_run(&request);
}

/* Unpinning comes first: it goes down a tree, and what stays on a list below gets its pin back (Q65). */
HRESULT process_admin_pins(IOfflineFilesSyncProgress *pin_sink, IOfflineFilesSyncProgress *unpin_sink)
{
    struct csc_call call = { 0 };
    HRESULT hr, pinned;

    do
        if (SUCCEEDED(hr = call_begin(&call)))
            hr = ICscSession_ApplyPolicies(call.link->session);
    while (call_again(&call, hr));
    call_end(&call);
    if (FAILED(hr)) return hr;

    hr = run_phase(CSC_OP_ADMIN_UNPIN, unpin_sink);
    if (hr == HRESULT_FROM_WIN32(ERROR_CANCELLED)) return hr;
    pinned = run_phase(CSC_OP_ADMIN_PIN, pin_sink);
    return FAILED(hr) ? hr : pinned;
}

/* A sink that asks the caller of the extension whether to go on. */
struct abort_sink
{
    IOfflineFilesSyncProgress IOfflineFilesSyncProgress_iface;
    BOOL *abort;
};

static inline struct abort_sink *impl_from_IOfflineFilesSyncProgress(IOfflineFilesSyncProgress *iface)
{
    return CONTAINING_RECORD(iface, struct abort_sink, IOfflineFilesSyncProgress_iface);
}

static HRESULT WINAPI abort_sink_QueryInterface(IOfflineFilesSyncProgress *iface, REFIID iid, void **obj)
{
    if (!obj) return E_POINTER;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IOfflineFilesProgress) ||
        IsEqualIID(iid, &IID_IOfflineFilesSyncProgress))
    {
        *obj = iface;
        return S_OK;
    }
    *obj = NULL;
    return E_NOINTERFACE;
}

/* It stands on the stack of the call that it is for, which waits for the operation. */
static ULONG WINAPI abort_sink_AddRef(IOfflineFilesSyncProgress *iface)
{
    return 2;
}

static ULONG WINAPI abort_sink_Release(IOfflineFilesSyncProgress *iface)
{
    return 1;
}

static HRESULT WINAPI abort_sink_QueryAbort(IOfflineFilesSyncProgress *iface, BOOL *abort)
{
    struct abort_sink *sink = impl_from_IOfflineFilesSyncProgress(iface);

    *abort = sink->abort && *sink->abort;
    return S_OK;
}

static HRESULT WINAPI abort_sink_End(IOfflineFilesSyncProgress *iface, HRESULT result)
{
    TRACE("%#lx\n", result);
    return S_OK;
}

static HRESULT WINAPI abort_sink_SyncItemBegin(IOfflineFilesSyncProgress *iface, LPCWSTR path,
                                               OFFLINEFILES_OP_RESPONSE *response)
{
    *response = OFFLINEFILES_OP_CONTINUE;
    return S_OK;
}

static HRESULT WINAPI abort_sink_SyncItemResult(IOfflineFilesSyncProgress *iface, LPCWSTR path, HRESULT result,
                                                IOfflineFilesSyncErrorInfo *info, OFFLINEFILES_OP_RESPONSE *response)
{
    if (FAILED(result)) WARN("%s: %#lx\n", debugstr_w(path), result);
    *response = OFFLINEFILES_OP_CONTINUE;
    return S_OK;
}

static const IOfflineFilesSyncProgressVtbl abort_sink_vtbl =
{
    abort_sink_QueryInterface,
    abort_sink_AddRef,
    abort_sink_Release,
    abort_sink_QueryAbort,        /* Begin: asks the same */
    abort_sink_QueryAbort,
    abort_sink_End,
    abort_sink_SyncItemBegin,
    abort_sink_SyncItemResult
};

/* The Group Policy client comes in with a thread of its own, which need not be in an apartment. */
static DWORD process_policy(BOOL *abort)
{
    struct abort_sink sink = { { (IOfflineFilesSyncProgressVtbl *)&abort_sink_vtbl }, abort };
    HRESULT hr, init = CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);

    if (FAILED(init) && init != RPC_E_CHANGED_MODE) return HRESULT_CODE(init);
    hr = process_admin_pins(&sink.IOfflineFilesSyncProgress_iface, &sink.IOfflineFilesSyncProgress_iface);
    if (SUCCEEDED(init)) CoUninitialize();
    TRACE("%#lx\n", hr);
    if (SUCCEEDED(hr)) return ERROR_SUCCESS;
    return HRESULT_FACILITY(hr) == FACILITY_WIN32 ? HRESULT_CODE(hr) : ERROR_GEN_FAILURE;
}

/* The client-side extension {C631DF4C-088F-4156-B058-4375F0853CD8}.  The policies are in the registry when it is
 * called, those of machine and user are processed together, so that neither flags nor lists of policy objects
 * matter.  [windows-modules.md] */
DWORD WINAPI ProcessGroupPolicy(DWORD flags, HANDLE token, HKEY root, void *deleted, void *changed,
                                ULONG_PTR completion, BOOL *abort, void *status_callback)
{
    TRACE("flags %#lx, token %p, root %p\n", flags, token, root);
    return process_policy(abort);
}

/* Not published; taken to be the same. */
DWORD WINAPI ProcessPolicy(DWORD flags, HANDLE token, HKEY root, void *deleted, void *changed,
                           ULONG_PTR completion, BOOL *abort, void *status_callback)
{
    TRACE("flags %#lx, token %p, root %p\n", flags, token, root);
    return process_policy(abort);
}
