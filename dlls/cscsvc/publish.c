/*
 * Service for Offline Files: where clients find it
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * rpcss keeps the registration of a class after its server was killed, and every activation then
 * fails until the Wine session ends.  So the way in is a marshalled reference in a volatile registry
 * key, which each new service replaces; the class is registered beside it for other DCOM clients.
 */

#include "cscsvc_private.h"
#include "winreg.h"
#include "sddl.h"
#include "cscguids.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(cscsvc);

static IStream *reference;      /* the marshalled service; holds a stub until it is released */
static DWORD class_cookie;
static BOOL class_registered;

static HRESULT rewind_stream(IStream *stream)
{
    LARGE_INTEGER start = { .QuadPart = 0 };

    return IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
}

/* Everybody finds the service, but only administrators and the system may say where it is: who could replace the
 * reference would be talked to in its place. */
#define REFERENCE_RIGHTS L"D:P(A;;KA;;;SY)(A;;KA;;;BA)(A;;KR;;;WD)"

static HRESULT store_reference(const void *data, DWORD size)
{
    SECURITY_ATTRIBUTES attributes = { .nLength = sizeof(attributes) };
    HKEY parent, key;
    LSTATUS status;

    /* A volatile key below one that isn't: the upper one has to be there first. */
    if ((status = RegCreateKeyExW(HKEY_LOCAL_MACHINE, CSC_NETCACHE_KEY, 0, NULL, 0, KEY_READ | KEY_WOW64_64KEY,
                                  NULL, &parent, NULL)))
        return HRESULT_FROM_WIN32(status);
    RegCloseKey(parent);
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(REFERENCE_RIGHTS, SDDL_REVISION_1,
                                                              &attributes.lpSecurityDescriptor, NULL))
        return HRESULT_FROM_WIN32(GetLastError());
    status = RegCreateKeyExW(HKEY_LOCAL_MACHINE, CSC_SESSION_KEY, 0, NULL, REG_OPTION_VOLATILE,
                             KEY_SET_VALUE | KEY_WOW64_64KEY, &attributes, &key, NULL);
    LocalFree(attributes.lpSecurityDescriptor);
    if (status) return HRESULT_FROM_WIN32(status);
    status = RegSetValueExW(key, CSC_SESSION_VALUE, 0, REG_BINARY, data, size);
    RegCloseKey(key);
    return HRESULT_FROM_WIN32(status);
}

static void delete_reference(void)
{
    HKEY key;

    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, CSC_SESSION_KEY, 0, KEY_SET_VALUE | KEY_WOW64_64KEY, &key)) return;
    RegDeleteValueW(key, CSC_SESSION_VALUE);
    RegCloseKey(key);
}

static HRESULT store_stream(IStream *stream)
{
    STATSTG stat;
    BYTE *data;
    ULONG size;
    HRESULT hr;

    if (FAILED(hr = IStream_Stat(stream, &stat, STATFLAG_NONAME))) return hr;
    if (FAILED(hr = rewind_stream(stream))) return hr;
    size = stat.cbSize.LowPart;
    if (!(data = HeapAlloc(GetProcessHeap(), 0, size))) return E_OUTOFMEMORY;
    hr = IStream_Read(stream, data, size, &size);
    if (SUCCEEDED(hr)) hr = store_reference(data, size);
    if (SUCCEEDED(hr)) listener_published(data, size);
    HeapFree(GetProcessHeap(), 0, data);
    return hr;
}

HRESULT publish_service(void)
{
    HRESULT hr;

    hr = CoRegisterClassObject(&CLSID_CscService, (IUnknown *)get_service_factory(), CLSCTX_LOCAL_SERVER,
                               REGCLS_MULTIPLEUSE, &class_cookie);
    if (FAILED(hr))
    {
        ERR("the class can't be registered: %#lx\n", hr);
        return hr;
    }
    class_registered = TRUE;

    if (FAILED(hr = CreateStreamOnHGlobal(NULL, TRUE, &reference))) goto failed;
    hr = CoMarshalInterface(reference, &IID_ICscService, (IUnknown *)get_service_object(), MSHCTX_LOCAL, NULL,
                            MSHLFLAGS_TABLESTRONG);
    if (FAILED(hr))
    {
        ERR("the service object can't be marshalled: %#lx; is cscobj.dll registered?\n", hr);
        IStream_Release(reference);
        reference = NULL;
        goto failed;
    }
    if (FAILED(hr = store_stream(reference)))
    {
        ERR("the reference can't be stored: %#lx\n", hr);
        goto failed;
    }
    return S_OK;

failed:
    unpublish_service();
    return hr;
}

void unpublish_service(void)
{
    delete_reference();
    if (reference)
    {
        if (SUCCEEDED(rewind_stream(reference))) CoReleaseMarshalData(reference);
        IStream_Release(reference);
        reference = NULL;
    }
    if (class_registered) CoRevokeClassObject(class_cookie);
    class_registered = FALSE;
}
