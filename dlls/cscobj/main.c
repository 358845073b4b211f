/*
 * Entry points and class factory
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "cscobj_private.h"
#include "wine/debug.h"

#include <stdlib.h>
#include <string.h>

WINE_DEFAULT_DEBUG_CHANNEL(cscobj);

HINSTANCE cscobj_instance;
static LONG module_refs;

/* the generated proxy code, dlldata.c */
extern BOOL WINAPI Prx_DllMain(HINSTANCE instance, DWORD reason, void *reserved);
extern HRESULT WINAPI Prx_DllGetClassObject(REFCLSID clsid, REFIID iid, void **obj);
extern HRESULT WINAPI Prx_DllCanUnloadNow(void);

void module_addref(void)
{
    InterlockedIncrement(&module_refs);
}

void module_release(void)
{
    InterlockedDecrement(&module_refs);
}

struct thread_start
{
    DWORD (*proc)(void *);
    void *context;
    HMODULE module;
};

static DWORD WINAPI module_thread(void *arg)
{
    struct thread_start start = *(struct thread_start *)arg;
    DWORD ret;

    free(arg);
    ret = start.proc(start.context);
    module_release();
    FreeLibraryAndExitThread(start.module, ret);
    return ret;
}

HRESULT module_start_thread(DWORD (*proc)(void *), void *context)
{
    struct thread_start *start;
    HANDLE thread;
    HRESULT hr;

    if (!(start = malloc(sizeof(*start)))) return E_OUTOFMEMORY;
    start->proc = proc;
    start->context = context;
    if (!GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, (const WCHAR *)cscobj_instance, &start->module))
    {
        hr = HRESULT_FROM_WIN32(GetLastError());
        free(start);
        return hr;
    }
    module_addref();
    if (!(thread = CreateThread(NULL, 0, module_thread, start, 0, NULL)))
    {
        hr = HRESULT_FROM_WIN32(GetLastError());
        module_release();
        FreeLibrary(start->module);
        free(start);
        return hr;
    }
    CloseHandle(thread);
    return S_OK;
}

WCHAR *copy_string(const WCHAR *str, size_t length)
{
    WCHAR *copy;

    if (!(copy = malloc((length + 1) * sizeof(WCHAR)))) return NULL;
    memcpy(copy, str, length * sizeof(WCHAR));
    copy[length] = 0;
    return copy;
}

WCHAR *copy_string_for_caller(const WCHAR *str, size_t length)
{
    WCHAR *copy;

    if (!(copy = CoTaskMemAlloc((length + 1) * sizeof(WCHAR)))) return NULL;
    memcpy(copy, str, length * sizeof(WCHAR));
    copy[length] = 0;
    return copy;
}

struct factory
{
    IClassFactory IClassFactory_iface;
    HRESULT (*create)(REFIID iid, void **obj);
};

static inline struct factory *impl_from_IClassFactory(IClassFactory *iface)
{
    return CONTAINING_RECORD(iface, struct factory, IClassFactory_iface);
}

static HRESULT WINAPI factory_QueryInterface(IClassFactory *iface, REFIID iid, void **obj)
{
    if (!obj) return E_POINTER;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IClassFactory))
    {
        IClassFactory_AddRef(iface);
        *obj = iface;
        return S_OK;
    }
    *obj = NULL;
    return E_NOINTERFACE;
}

/* The factories are static: their references only keep the DLL loaded. */
static ULONG WINAPI factory_AddRef(IClassFactory *iface)
{
    module_addref();
    return 2;
}

static ULONG WINAPI factory_Release(IClassFactory *iface)
{
    module_release();
    return 1;
}

static HRESULT WINAPI factory_CreateInstance(IClassFactory *iface, IUnknown *outer, REFIID iid, void **obj)
{
    TRACE("outer %p, iid %s, obj %p\n", outer, debugstr_guid(iid), obj);

    if (!obj) return E_POINTER;
    *obj = NULL;
    if (outer) return CLASS_E_NOAGGREGATION;
    return impl_from_IClassFactory(iface)->create(iid, obj);
}

static HRESULT WINAPI factory_LockServer(IClassFactory *iface, BOOL lock)
{
    if (lock) module_addref();
    else module_release();
    return S_OK;
}

static const IClassFactoryVtbl factory_vtbl =
{
    factory_QueryInterface,
    factory_AddRef,
    factory_Release,
    factory_CreateInstance,
    factory_LockServer
};

static struct factory cache_factory = { { (IClassFactoryVtbl *)&factory_vtbl }, cache_create };
static struct factory setting_factory = { { (IClassFactoryVtbl *)&factory_vtbl }, setting_create_blank };
static struct factory error_factory = { { (IClassFactoryVtbl *)&factory_vtbl }, error_unmarshaler_create };

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved)
{
    if (reason == DLL_PROCESS_ATTACH)
    {
        cscobj_instance = instance;
        DisableThreadLibraryCalls(instance);
    }
    return Prx_DllMain(instance, reason, reserved);
}

HRESULT WINAPI DllGetClassObject(REFCLSID clsid, REFIID iid, void **obj)
{
    TRACE("clsid %s, iid %s, obj %p\n", debugstr_guid(clsid), debugstr_guid(iid), obj);

    if (!obj) return E_POINTER;
    *obj = NULL;
    if (IsEqualCLSID(clsid, &CLSID_OfflineFilesCache))
        return IClassFactory_QueryInterface(&cache_factory.IClassFactory_iface, iid, obj);
    if (IsEqualCLSID(clsid, &CLSID_OfflineFilesSetting))
        return IClassFactory_QueryInterface(&setting_factory.IClassFactory_iface, iid, obj);
    if (IsEqualCLSID(clsid, &CLSID_CscErrorMarshal))
        return IClassFactory_QueryInterface(&error_factory.IClassFactory_iface, iid, obj);
    return Prx_DllGetClassObject(clsid, iid, obj);
}

HRESULT WINAPI DllCanUnloadNow(void)
{
    if (module_refs || Prx_DllCanUnloadNow() != S_OK) return S_FALSE;
    session_close();
    return S_OK;
}
