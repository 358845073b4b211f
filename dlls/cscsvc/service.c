/*
 * Service for Offline Files: the object that clients find
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Any process of the prefix may connect: they all run as the same Unix user.  A session is for the process that the
 * connection comes from, whatever it says of itself, and ends with it; what an administrator is needed for is checked
 * in each such call (caller.c).
 */

#include "cscsvc_private.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(cscsvc);

static HRESULT WINAPI service_QueryInterface(ICscService *iface, REFIID iid, void **out)
{
    if (!out) return E_POINTER;
    if (IsEqualGUID(iid, &IID_IUnknown) || IsEqualGUID(iid, &IID_ICscService))
    {
        *out = iface;
        ICscService_AddRef(iface);
        return S_OK;
    }
    *out = NULL;
    return E_NOINTERFACE;
}

/* One object for the life of the module. */
static ULONG WINAPI service_AddRef(ICscService *iface)
{
    return 2;
}

static ULONG WINAPI service_Release(ICscService *iface)
{
    return 1;
}

static HRESULT WINAPI service_Connect(ICscService *iface, DWORD version, DWORD pid, ICscSession **session)
{
    DWORD caller;
    void *engine;
    HRESULT hr;

    TRACE("version %lu, process %#lx\n", version, pid);

    if (!session) return E_POINTER;
    *session = NULL;
    if (version != CSC_WIRE_VERSION)
    {
        WARN("process %#lx speaks version %lu, the service %u\n", pid, version, CSC_WIRE_VERSION);
        return HRESULT_FROM_WIN32(ERROR_REVISION_MISMATCH);
    }
    if (FAILED(hr = caller_process(&caller))) return hr;
    if (caller != pid)
    {
        WARN("process %#lx says that it is %#lx\n", caller, pid);
        return E_ACCESSDENIED;
    }
    if (FAILED(hr = engine_enter(&engine))) return hr;
    hr = session_create(pid, session);
    engine_leave();
    return hr;
}

static const ICscServiceVtbl service_vtbl =
{
    service_QueryInterface,
    service_AddRef,
    service_Release,
    service_Connect
};

static ICscService service_object = { (ICscServiceVtbl *)&service_vtbl };

ICscService *get_service_object(void)
{
    return &service_object;
}
