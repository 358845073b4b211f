/*
 * Registration of classes, interfaces and the type library
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "cscobj_private.h"
#include "winreg.h"
#include "oleauto.h"
#include "wine/debug.h"

#include <stdlib.h>
#include <string.h>

WINE_DEFAULT_DEBUG_CHANNEL(cscobj);

/* the generated proxy code, dlldata.c: the Interface keys and the class of the proxies */
extern HRESULT WINAPI Prx_DllRegisterServer(void);
extern HRESULT WINAPI Prx_DllUnregisterServer(void);

#define CLASSES L"Software\\Classes\\"
#define GUID_CHARS 39

HRESULT register_string(HKEY root, const WCHAR *path, const WCHAR *name, DWORD type, const WCHAR *value)
{
    LSTATUS ret;
    HKEY key;

    if (!(ret = RegCreateKeyExW(root, path, 0, NULL, 0, KEY_SET_VALUE, NULL, &key, NULL)))
    {
        ret = RegSetValueExW(key, name, 0, type, (const BYTE *)value, (wcslen(value) + 1) * sizeof(WCHAR));
        RegCloseKey(key);
    }
    if (ret) ERR("%s, value %s: error %ld\n", debugstr_w(path), debugstr_w(name), ret);
    return HRESULT_FROM_WIN32(ret);
}

/* Forms `Software\Classes\<kind>\{guid}<tail>`. */
static void class_path(WCHAR *path, size_t size, const WCHAR *kind, const GUID *guid, const WCHAR *tail)
{
    WCHAR text[GUID_CHARS];

    StringFromGUID2(guid, text, ARRAYSIZE(text));
    _snwprintf(path, size, L"%ls%ls\\%ls%ls", CLASSES, kind, text, tail);
    path[size - 1] = 0;
}

static HRESULT delete_class_key(const WCHAR *kind, const GUID *guid)
{
    WCHAR path[128];
    LSTATUS ret;

    class_path(path, ARRAYSIZE(path), kind, guid, L"");
    ret = RegDeleteTreeW(HKEY_LOCAL_MACHINE, path);
    return ret == ERROR_FILE_NOT_FOUND ? S_OK : HRESULT_FROM_WIN32(ret);
}

/* The full name of this DLL; NULL: no memory.  free() it. */
static WCHAR *module_path(void)
{
    DWORD size = MAX_PATH, length;
    WCHAR *path = NULL, *grown;

    for (;; size *= 2)
    {
        if (!(grown = realloc(path, size * sizeof(WCHAR))))
        {
            free(path);
            return NULL;
        }
        path = grown;
        length = GetModuleFileNameW(cscobj_instance, path, size);
        if (length && length < size) return path;
        if (!length)
        {
            free(path);
            return NULL;
        }
    }
}

/* A 32-bit DLL beside a 64-bit one: only its own view of the classes is its business. */
static BOOL is_second_dll(void)
{
    BOOL wow64;

    return sizeof(void *) == 4 && IsWow64Process(GetCurrentProcess(), &wow64) && wow64;
}

static HRESULT register_typelib(const WCHAR *module)
{
    ITypeLib *typelib;
    HRESULT hr;

    if (FAILED(hr = LoadTypeLibEx(module, REGKIND_NONE, &typelib))) return hr;
    hr = RegisterTypeLib(typelib, (WCHAR *)module, NULL);
    ITypeLib_Release(typelib);
    return hr;
}

static HRESULT unregister_typelib(const WCHAR *module)
{
    ITypeLib *typelib;
    TLIBATTR *attr;
    HRESULT hr;

    if (FAILED(hr = LoadTypeLibEx(module, REGKIND_NONE, &typelib))) return hr;
    if (SUCCEEDED(hr = ITypeLib_GetLibAttr(typelib, &attr)))
    {
        /* Fails when it is not registered, which is what is wanted. */
        HRESULT ignored = UnRegisterTypeLib(&attr->guid, attr->wMajorVerNum, attr->wMinorVerNum, attr->lcid,
                                            sizeof(void *) == 8 ? SYS_WIN64 : SYS_WIN32);
        TRACE("%#lx\n", ignored);
        ITypeLib_ReleaseTLibAttr(typelib, attr);
    }
    ITypeLib_Release(typelib);
    return hr;
}

static HRESULT register_inproc_class(const CLSID *clsid, const WCHAR *name, const WCHAR *module)
{
    WCHAR path[128];
    HRESULT hr;

    class_path(path, ARRAYSIZE(path), L"CLSID", clsid, L"");
    if (FAILED(hr = register_string(HKEY_LOCAL_MACHINE, path, NULL, REG_SZ, name))) return hr;
    class_path(path, ARRAYSIZE(path), L"CLSID", clsid, L"\\InprocServer32");
    if (FAILED(hr = register_string(HKEY_LOCAL_MACHINE, path, NULL, REG_SZ, module))) return hr;
    return register_string(HKEY_LOCAL_MACHINE, path, L"ThreadingModel", REG_SZ, L"Both");
}

/* The class that the service registers while it runs: activation leads to the service. */
static HRESULT register_service_class(void)
{
    WCHAR path[128], appid[GUID_CHARS];
    HRESULT hr;

    StringFromGUID2(&APPID_CscService, appid, ARRAYSIZE(appid));
    class_path(path, ARRAYSIZE(path), L"CLSID", &CLSID_CscService, L"");
    if (FAILED(hr = register_string(HKEY_LOCAL_MACHINE, path, NULL, REG_SZ, L"Offline Files Service"))) return hr;
    if (FAILED(hr = register_string(HKEY_LOCAL_MACHINE, path, L"AppID", REG_SZ, appid))) return hr;
    class_path(path, ARRAYSIZE(path), L"AppID", &APPID_CscService, L"");
    if (FAILED(hr = register_string(HKEY_LOCAL_MACHINE, path, NULL, REG_SZ, L"Offline Files Service"))) return hr;
    return register_string(HKEY_LOCAL_MACHINE, path, L"LocalService", REG_SZ, CSC_SERVICE_NAME);
}

HRESULT WINAPI DllRegisterServer(void)
{
    WCHAR *module;
    HRESULT hr;

    TRACE("\n");

    if (!(module = module_path())) return E_OUTOFMEMORY;
    /* The proxies come after the type library: the Interface keys are to name ours. */
    hr = register_typelib(module);
    if (SUCCEEDED(hr)) hr = Prx_DllRegisterServer();
    if (SUCCEEDED(hr)) hr = register_inproc_class(&CLSID_OfflineFilesCache, L"Offline Files Cache", module);
    if (SUCCEEDED(hr)) hr = register_inproc_class(&CLSID_CscErrorMarshal, L"Offline Files Error Information", module);
    if (SUCCEEDED(hr)) hr = register_inproc_class(&CLSID_OfflineFilesSetting, L"Offline Files Setting", module);
    if (SUCCEEDED(hr) && !is_second_dll())
    {
        hr = register_service_class();
        if (SUCCEEDED(hr)) hr = register_service();
    }
    free(module);
    if (FAILED(hr)) ERR("failed, %#lx\n", hr);
    return hr;
}

/* Goes through all of it and returns the first error. */
HRESULT WINAPI DllUnregisterServer(void)
{
    WCHAR *module;
    HRESULT hr, ret = S_OK;

    TRACE("\n");

    if (!is_second_dll())
    {
        if (FAILED(hr = unregister_service())) ret = hr;
        if (FAILED(hr = delete_class_key(L"CLSID", &CLSID_CscService)) && SUCCEEDED(ret)) ret = hr;
        if (FAILED(hr = delete_class_key(L"AppID", &APPID_CscService)) && SUCCEEDED(ret)) ret = hr;
    }
    if (FAILED(hr = delete_class_key(L"CLSID", &CLSID_OfflineFilesCache)) && SUCCEEDED(ret)) ret = hr;
    if (FAILED(hr = delete_class_key(L"CLSID", &CLSID_CscErrorMarshal)) && SUCCEEDED(ret)) ret = hr;
    if (FAILED(hr = delete_class_key(L"CLSID", &CLSID_OfflineFilesSetting)) && SUCCEEDED(ret)) ret = hr;
    hr = Prx_DllUnregisterServer();
    if (FAILED(hr) && hr != HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND) && SUCCEEDED(ret)) ret = hr;
    if (!(module = module_path())) hr = E_OUTOFMEMORY;
    else hr = unregister_typelib(module);
    if (FAILED(hr) && SUCCEEDED(ret)) ret = hr;
    free(module);
    if (FAILED(ret)) ERR("failed, %#lx\n", ret);
    return ret;
}
