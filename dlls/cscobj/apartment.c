/*
 * Apartments: which one a thread is in, and when it ends
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "cscobj_private.h"
#include "wine/debug.h"

#include <stdlib.h>

WINE_DEFAULT_DEBUG_CHANNEL(cscobj);

HRESULT apartment_current(DWORD *thread)
{
    APTTYPEQUALIFIER qualifier;
    APTTYPE type;
    HRESULT hr;

    if (FAILED(hr = CoGetApartmentType(&type, &qualifier))) return hr;
    switch (type)
    {
    case APTTYPE_STA:
    case APTTYPE_MAINSTA:
        *thread = GetCurrentThreadId();
        break;
    case APTTYPE_NA:
        *thread = APARTMENT_NEUTRAL;
        break;
    default:
        *thread = APARTMENT_MTA;
        break;
    }
    return S_OK;
}

/* A proxy must not be called after its apartment has ended: Wine's rpcrt4 crashes then, instead of
 * returning CO_E_OBJNOTCONNECTED, in methods with certain outputs.  Clients that keep objects over
 * CoUninitialize make a mistake, but must get an error, not that.  So the MTA is kept from ending, and
 * the end of a single-threaded apartment is told by COM itself, as it would be on Windows. */
struct apartment_watch
{
    IInitializeSpy IInitializeSpy_iface;
    LONG refs;
    DWORD thread;
    BOOL registered;
    ULARGE_INTEGER spy;         /* cookies */
    CO_MTA_USAGE_COOKIE usage;
};

static inline struct apartment_watch *impl_from_IInitializeSpy(IInitializeSpy *iface)
{
    return CONTAINING_RECORD(iface, struct apartment_watch, IInitializeSpy_iface);
}

static HRESULT WINAPI spy_QueryInterface(IInitializeSpy *iface, REFIID iid, void **obj)
{
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IInitializeSpy))
    {
        IInitializeSpy_AddRef(iface);
        *obj = iface;
        return S_OK;
    }
    *obj = NULL;
    return E_NOINTERFACE;
}

static ULONG WINAPI spy_AddRef(IInitializeSpy *iface)
{
    return InterlockedIncrement(&impl_from_IInitializeSpy(iface)->refs);
}

static ULONG WINAPI spy_Release(IInitializeSpy *iface)
{
    struct apartment_watch *watch = impl_from_IInitializeSpy(iface);
    ULONG refs = InterlockedDecrement(&watch->refs);

    if (!refs)
    {
        free(watch);
        module_release();
    }
    return refs;
}

static HRESULT WINAPI spy_PreInitialize(IInitializeSpy *iface, DWORD flags, DWORD refs)
{
    return S_OK;
}

static HRESULT WINAPI spy_PostInitialize(IInitializeSpy *iface, HRESULT hr, DWORD flags, DWORD refs)
{
    return hr;
}

static HRESULT WINAPI spy_PreUninitialize(IInitializeSpy *iface, DWORD refs)
{
    struct apartment_watch *watch = impl_from_IInitializeSpy(iface);

    if (refs == 1) links_forget_apartment(watch->thread);
    return S_OK;
}

static HRESULT WINAPI spy_PostUninitialize(IInitializeSpy *iface, DWORD refs)
{
    return S_OK;
}

static const IInitializeSpyVtbl spy_vtbl =
{
    spy_QueryInterface,
    spy_AddRef,
    spy_Release,
    spy_PreInitialize,
    spy_PostInitialize,
    spy_PreUninitialize,
    spy_PostUninitialize
};

/* mingw's 32-bit import library lacks these two. */
static FARPROC ole32_proc(const char *name)
{
    HMODULE ole32 = GetModuleHandleW(L"ole32.dll");

    return ole32 ? GetProcAddress(ole32, name) : NULL;
}

static HRESULT keep_mta(CO_MTA_USAGE_COOKIE *cookie)
{
    HRESULT (WINAPI *increment)(CO_MTA_USAGE_COOKIE *) = (void *)ole32_proc("CoIncrementMTAUsage");

    *cookie = NULL;
    return increment ? increment(cookie) : E_NOTIMPL;
}

static void release_mta(CO_MTA_USAGE_COOKIE cookie)
{
    HRESULT (WINAPI *decrement)(CO_MTA_USAGE_COOKIE) = (void *)ole32_proc("CoDecrementMTAUsage");

    if (cookie && decrement) decrement(cookie);
}

HRESULT apartment_watch(DWORD thread, struct apartment_watch **ret)
{
    struct apartment_watch *watch;
    HRESULT hr = S_OK;

    *ret = NULL;
    if (!(watch = calloc(1, sizeof(*watch)))) return E_OUTOFMEMORY;
    watch->IInitializeSpy_iface.lpVtbl = (IInitializeSpyVtbl *)&spy_vtbl;
    watch->refs = 1;
    watch->thread = thread;
    module_addref();

    if (thread == APARTMENT_MTA) hr = keep_mta(&watch->usage);
    else if (thread != APARTMENT_NEUTRAL)
    {
        hr = CoRegisterInitializeSpy(&watch->IInitializeSpy_iface, &watch->spy);
        watch->registered = SUCCEEDED(hr);
    }
    if (FAILED(hr))
    {
        WARN("cannot watch the apartment, %#lx\n", hr);
        IInitializeSpy_Release(&watch->IInitializeSpy_iface);
        return hr;
    }
    *ret = watch;
    return S_OK;
}

void apartment_unwatch(struct apartment_watch *watch)
{
    release_mta(watch->usage);
    /* Another thread cannot revoke it; then it goes with its own thread. */
    if (watch->registered && watch->thread == GetCurrentThreadId()) CoRevokeInitializeSpy(watch->spy);
    IInitializeSpy_Release(&watch->IInitializeSpy_iface);
}

void wait_in_apartment(HANDLE handle, DWORD timeout)
{
    DWORD index;
    HRESULT hr = CoWaitForMultipleHandles(0, timeout, 1, &handle, &index);

    if (FAILED(hr) && hr != RPC_S_CALLPENDING) WaitForSingleObject(handle, timeout);
}

void release_marshalled(IStream *stream)
{
    LARGE_INTEGER start = {{ 0 }};

    if (!stream) return;
    if (SUCCEEDED(IStream_Seek(stream, start, STREAM_SEEK_SET, NULL))) CoReleaseMarshalData(stream);
    IStream_Release(stream);
}
