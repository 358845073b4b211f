/*
 * What cscobj.dll leaves in the registry
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "csctest.h"

static const struct
{
    const IID *iid;
    const char *name;
}
interfaces[] =
{
#define PROXIED(name) { &IID_##name, #name }
    PROXIED(IOfflineFilesEvents),
    PROXIED(IOfflineFilesEvents2),
    PROXIED(IOfflineFilesEvents3),
    PROXIED(IOfflineFilesEvents4),
    PROXIED(IOfflineFilesEventsFilter),
    PROXIED(IOfflineFilesErrorInfo),
    PROXIED(IOfflineFilesSyncErrorItemInfo),
    PROXIED(IOfflineFilesSyncErrorInfo),
    PROXIED(IOfflineFilesProgress),
    PROXIED(IOfflineFilesSimpleProgress),
    PROXIED(IOfflineFilesSyncProgress),
    PROXIED(IOfflineFilesSyncConflictHandler),
    PROXIED(IOfflineFilesItemFilter),
    PROXIED(IOfflineFilesItem),
    PROXIED(IOfflineFilesServerItem),
    PROXIED(IOfflineFilesShareItem),
    PROXIED(IOfflineFilesDirectoryItem),
    PROXIED(IOfflineFilesFileItem),
    PROXIED(IEnumOfflineFilesItems),
    PROXIED(IOfflineFilesItemContainer),
    PROXIED(IOfflineFilesChangeInfo),
    PROXIED(IOfflineFilesDirtyInfo),
    PROXIED(IOfflineFilesFileSysInfo),
    PROXIED(IOfflineFilesPinInfo),
    PROXIED(IOfflineFilesPinInfo2),
    PROXIED(IOfflineFilesTransparentCacheInfo),
    PROXIED(IOfflineFilesGhostInfo),
    PROXIED(IOfflineFilesConnectionInfo),
    PROXIED(IOfflineFilesShareInfo),
    PROXIED(IOfflineFilesSuspend),
    PROXIED(IOfflineFilesSuspendInfo),
    PROXIED(IOfflineFilesSetting),
    PROXIED(IEnumOfflineFilesSettings),
    PROXIED(IOfflineFilesCache),
    PROXIED(IOfflineFilesCache2),
#undef PROXIED
};

static BOOL read_string(HKEY root, const WCHAR *path, const WCHAR *name, WCHAR *value, DWORD count)
{
    DWORD size = count * sizeof(*value);

    return !RegGetValueW(root, path, name, RRF_RT_REG_SZ | RRF_RT_REG_EXPAND_SZ | RRF_NOEXPAND, NULL, value, &size);
}

static void test_class(void)
{
    WCHAR value[MAX_PATH];

    ok(read_string(HKEY_CLASSES_ROOT, L"CLSID\\{48C6BE7C-3871-43CC-B46F-1449A1BB2FF3}\\InprocServer32", NULL, value,
                   MAX_PATH), "the class is not registered\n");
    ok(wcslen(value) >= 10 && !_wcsicmp(value + wcslen(value) - 10, L"cscobj.dll"), "the server is %ls\n", value);
    ok(read_string(HKEY_CLASSES_ROOT, L"CLSID\\{48C6BE7C-3871-43CC-B46F-1449A1BB2FF3}\\InprocServer32",
                   L"ThreadingModel", value, MAX_PATH), "no threading model\n");
    ok_ours(!_wcsicmp(value, L"Both"), Q3, "threading model %ls\n", value);
}

static void test_proxies(void)
{
    unsigned int i;
    CLSID clsid;
    HRESULT hr;

    CoInitialize(NULL);
    for (i = 0; i < ARRAY_SIZE(interfaces); i++)
    {
        hr = CoGetPSClsid(interfaces[i].iid, &clsid);
        ok_ours(hr == S_OK, Q4, "%s has no proxy: %#lx\n", interfaces[i].name, hr);
    }
    CoUninitialize();
}

/* Each interface can be handed to another apartment: the proxy is found there and has the right
 * interface. The object behind it is one that claims to be everything. */
struct anything
{
    IUnknown IUnknown_iface;
    LONG refs;
};

static struct anything *impl_from_IUnknown(IUnknown *iface)
{
    return CONTAINING_RECORD(iface, struct anything, IUnknown_iface);
}

static HRESULT WINAPI anything_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    unsigned int i;

    *out = NULL;
    for (i = 0; i < ARRAY_SIZE(interfaces); i++)
    {
        if (IsEqualIID(iid, interfaces[i].iid)) *out = iface;
    }
    if (IsEqualIID(iid, &IID_IUnknown)) *out = iface;
    if (!*out) return E_NOINTERFACE;
    IUnknown_AddRef(iface);
    return S_OK;
}

static ULONG WINAPI anything_AddRef(IUnknown *iface)
{
    return InterlockedIncrement(&impl_from_IUnknown(iface)->refs);
}

static ULONG WINAPI anything_Release(IUnknown *iface)
{
    return InterlockedDecrement(&impl_from_IUnknown(iface)->refs);
}

static const IUnknownVtbl anything_vtbl =
{
    anything_QueryInterface,
    anything_AddRef,
    anything_Release
};

struct handover
{
    IStream *stream;
    unsigned int index;
};

static DWORD WINAPI unmarshal_thread(void *arg)
{
    struct handover *handover = arg;
    IUnknown *proxy;
    HRESULT hr;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    hr = CoGetInterfaceAndReleaseStream(handover->stream, interfaces[handover->index].iid, (void **)&proxy);
    ok_ours(hr == S_OK, Q4, "%s: %#lx\n", interfaces[handover->index].name, hr);
    if (hr == S_OK) release(proxy);
    CoUninitialize();
    return 0;
}

static void test_marshalling(void)
{
    struct anything anything = { { (IUnknownVtbl *)&anything_vtbl }, 1 };
    struct handover handover;
    HANDLE thread;
    HRESULT hr;
    DWORD wait;

    CoInitialize(NULL);
    for (handover.index = 0; handover.index < ARRAY_SIZE(interfaces); handover.index++)
    {
        hr = CoMarshalInterThreadInterfaceInStream(interfaces[handover.index].iid, &anything.IUnknown_iface,
                                                   &handover.stream);
        ok_ours(hr == S_OK, Q4, "%s: %#lx\n", interfaces[handover.index].name, hr);
        if (hr != S_OK) continue;
        thread = CreateThread(NULL, 0, unmarshal_thread, &handover, 0, NULL);
        ok(thread != NULL, "CreateThread: error %lu\n", GetLastError());
        hr = CoWaitForMultipleHandles(0, 30000, 1, &thread, &wait);
        ok(hr == S_OK, "the other apartment does not get on: %#lx\n", hr);
        CloseHandle(thread);
    }
    CoUninitialize();
    ok(anything.refs == 1, "%ld references are left\n", anything.refs);
}

static void test_service(void)
{
    fact("svc.there");
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT), service;
    WCHAR value[MAX_PATH];

    ok(manager != NULL, "error %lu\n", GetLastError());
    if (!manager) return;
    service = OpenServiceW(manager, L"CscService", SERVICE_QUERY_STATUS);
    ok(service != NULL, "the service is not there: error %lu\n", GetLastError());
    if (service) CloseServiceHandle(service);
    CloseServiceHandle(manager);
    ok(read_string(HKEY_LOCAL_MACHINE, L"System\\CurrentControlSet\\Services\\CscService\\Parameters", L"ServiceDll",
                   value, MAX_PATH), "no ServiceDll\n");
    ok(wcslen(value) >= 10 && !_wcsicmp(value + wcslen(value) - 10, L"cscsvc.dll"), "ServiceDll is %ls\n", value);
}

static void test_type_library(void)
{
    HMODULE module = LoadLibraryW(L"cscobj.dll");
    WCHAR path[MAX_PATH];
    ITypeLib *library;
    ITypeInfo *info;
    unsigned int i;
    HRESULT hr;

    ok(module != NULL, "error %lu\n", GetLastError());
    if (!module) return;
    GetModuleFileNameW(module, path, MAX_PATH);
    hr = LoadTypeLibEx(path, REGKIND_NONE, &library);
    ok_ours(hr == S_OK, Q4, "no type library in %ls: %#lx\n", path, hr);
    if (hr != S_OK) return;
    for (i = 0; i < ARRAY_SIZE(interfaces); i++)
    {
        hr = ITypeLib_GetTypeInfoOfGuid(library, interfaces[i].iid, &info);
        ok_ours(hr == S_OK, Q4, "%s: %#lx\n", interfaces[i].name, hr);
        if (hr == S_OK) release(info);
    }
    release(library);
}

START_TEST(registration)
{
    test_class();
    test_proxies();
    test_marshalling();
    test_service();
    test_type_library();
}
