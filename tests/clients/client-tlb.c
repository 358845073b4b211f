/*
 * A client that has no header: classes, interfaces, slots and values come from the registered type library
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * usage: client-tlb     types and paths of all that is cached, one a line, as client-c prints them
 *
 * The interfaces are not derived from IDispatch, so nothing is invoked by name: like a compiler that
 * reads type libraries it calls through the vtable offsets.
 */

#define COBJMACROS
#include <stdio.h>
#include <wchar.h>
#include <windows.h>
#include <oleauto.h>

/* The one thing that such a program names. */
static const GUID library_id = { 0x275a74a3, 0xb4b7, 0x4426, { 0x8b, 0xd1, 0x75, 0x89, 0xbe, 0xec, 0x18, 0xc9 } };

static ITypeLib *library;

static void fail(const WCHAR *what)
{
    printf("not in the type library: %ls\n", what);
    exit(1);
}

static ITypeInfo *type_by_name(const WCHAR *name)
{
    UINT i, count = ITypeLib_GetTypeInfoCount(library);
    ITypeInfo *info;
    BSTR found;

    for (i = 0; i < count; i++)
    {
        int same;

        if (FAILED(ITypeLib_GetDocumentation(library, i, &found, NULL, NULL, NULL))) continue;
        same = !wcscmp(found, name);
        SysFreeString(found);
        if (same && SUCCEEDED(ITypeLib_GetTypeInfo(library, i, &info))) return info;
    }
    fail(name);
    return NULL;
}

static GUID guid_of(const WCHAR *name)
{
    ITypeInfo *info = type_by_name(name);
    TYPEATTR *attr;
    GUID guid;

    if (FAILED(ITypeInfo_GetTypeAttr(info, &attr))) fail(name);
    guid = attr->guid;
    ITypeInfo_ReleaseTypeAttr(info, attr);
    ITypeInfo_Release(info);
    return guid;
}

/* The code of a method of an object, found by the names of its interface and of the method. */
static void *method_of(void *object, const WCHAR *interface_name, const WCHAR *name, int params)
{
    ITypeInfo *info = type_by_name(interface_name);
    TYPEATTR *attr;
    FUNCDESC *desc;
    void *code = NULL;
    BSTR found;
    UINT i;

    if (FAILED(ITypeInfo_GetTypeAttr(info, &attr))) fail(interface_name);
    for (i = 0; i < attr->cFuncs && !code; i++)
    {
        if (FAILED(ITypeInfo_GetFuncDesc(info, i, &desc))) continue;
        if (SUCCEEDED(ITypeInfo_GetDocumentation(info, desc->memid, &found, NULL, NULL, NULL)))
        {
            if (!wcscmp(found, name) && desc->cParams == params && desc->callconv == CC_STDCALL)
                code = *(void **)(*(char **)object + desc->oVft);
            SysFreeString(found);
        }
        ITypeInfo_ReleaseFuncDesc(info, desc);
    }
    ITypeInfo_ReleaseTypeAttr(info, attr);
    ITypeInfo_Release(info);
    if (!code) fail(name);
    return code;
}

static int list(IUnknown *parent)
{
    HRESULT (WINAPI *enum_items)(void *, DWORD, IUnknown **);
    HRESULT (WINAPI *next)(void *, ULONG, IUnknown **, ULONG *);
    HRESULT (WINAPI *get_type)(void *, int *);
    HRESULT (WINAPI *get_path)(void *, WCHAR **);
    GUID container_id = guid_of(L"IOfflineFilesItemContainer");
    IUnknown *container, *items, *item;
    int failures = 0, type;
    ULONG fetched;
    WCHAR *path;
    HRESULT hr;

    if (FAILED(IUnknown_QueryInterface(parent, &container_id, (void **)&container))) return 0;
    enum_items = method_of(container, L"IOfflineFilesItemContainer", L"EnumItems", 2);
    hr = enum_items(container, 0, &items);
    IUnknown_Release(container);
    if (FAILED(hr)) return 1;
    next = method_of(items, L"IEnumOfflineFilesItems", L"Next", 3);
    while (next(items, 1, &item, &fetched) == S_OK)
    {
        get_type = method_of(item, L"IOfflineFilesItem", L"GetItemType", 1);
        get_path = method_of(item, L"IOfflineFilesItem", L"GetPath", 1);
        if (SUCCEEDED(get_type(item, &type)) && SUCCEEDED(get_path(item, &path)))
        {
            printf("%d %ls\n", type, path);
            CoTaskMemFree(path);
            failures += list(item);
        }
        else failures++;
        IUnknown_Release(item);
    }
    IUnknown_Release(items);
    return failures;
}

int main(void)
{
    GUID class_id, cache_id;
    IUnknown *cache;
    int failures;
    ULONG refs;
    HRESULT hr;

    CoInitialize(NULL);
    if (FAILED(hr = LoadRegTypeLib(&library_id, 1, 0, LOCALE_NEUTRAL, &library)))
    {
        printf("the type library is not registered: %#lx\n", hr);
        return 1;
    }
    class_id = guid_of(L"OfflineFilesCache");
    cache_id = guid_of(L"IOfflineFilesCache");
    hr = CoCreateInstance(&class_id, NULL, CLSCTX_INPROC_SERVER, &cache_id, (void **)&cache);
    printf("create %#lx\n", hr);
    if (FAILED(hr)) return 1;
    failures = list(cache);
    refs = IUnknown_Release(cache);
    printf("references: cache %lu\n", refs);
    ITypeLib_Release(library);
    CoUninitialize();
    return failures != 0;
}
