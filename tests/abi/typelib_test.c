/*
 * Walks the type library of cscobj and compares it with the published facts
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * usage: typelib_test.exe FILE     a .tlb, or a DLL with one in its resources
 */

#define COBJMACROS
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>
#include <windows.h>
#include <oleauto.h>

#define MAX_PARAMS 8

struct method_facts
{
    int slot;
    const WCHAR *name;
    int param_count;
    const WCHAR *params[MAX_PARAMS];
};

struct interface_facts
{
    const WCHAR *name, *base;
    GUID iid;
    int method_count;   /* its own ones */
    int slot_count;     /* with the inherited ones */
    const struct method_facts *methods;
};

struct member_facts
{
    const WCHAR *name;
    int value;
};

struct enum_facts
{
    const WCHAR *name;
    int member_count;
    const struct member_facts *members;
};

struct class_facts
{
    const WCHAR *name, *default_interface;
    GUID clsid;
};

#include "typelib_facts.h"

static int passed, failed;

static int check(int good, const char *format, ...)
{
    if (good)
        passed++;
    else
    {
        va_list args;

        failed++;
        printf("not ok - ");
        va_start(args, format);
        vprintf(format, args);
        va_end(args);
        printf("\n");
    }
    return good;
}

/* Compares the name of a type or member (its own one for memid MEMBERID_NIL) with the expected one. */
static void check_name(ITypeInfo *info, MEMBERID memid, const WCHAR *expected)
{
    BSTR name = NULL;
    HRESULT hr = ITypeInfo_GetDocumentation(info, memid, &name, NULL, NULL, NULL);

    check(SUCCEEDED(hr) && name && !wcscmp(name, expected), "name is %ls, expected %ls",
          name ? name : L"(none)", expected);
    SysFreeString(name);
}

static void check_method(ITypeInfo *info, int index, const struct interface_facts *facts)
{
    const struct method_facts *expected = &facts->methods[index];
    BSTR names[MAX_PARAMS + 1];
    FUNCDESC *desc;
    UINT count = 0, i;

    if (!check(SUCCEEDED(ITypeInfo_GetFuncDesc(info, index, &desc)), "%ls has no method %d",
               facts->name, index))
        return;
    check(desc->oVft == expected->slot * (int)sizeof(void *), "%ls::%ls is at offset %d",
          facts->name, expected->name, desc->oVft);
    check(desc->cParams == expected->param_count, "%ls::%ls has %d parameters", facts->name,
          expected->name, desc->cParams);
    check(desc->funckind == FUNC_PUREVIRTUAL && desc->callconv == CC_STDCALL,
          "%ls::%ls is called in another way", facts->name, expected->name);
    check(desc->elemdescFunc.tdesc.vt == VT_HRESULT, "%ls::%ls returns type %d", facts->name,
          expected->name, desc->elemdescFunc.tdesc.vt);
    check_name(info, desc->memid, expected->name);
    if (check(SUCCEEDED(ITypeInfo_GetNames(info, desc->memid, names, MAX_PARAMS + 1, &count)),
              "%ls::%ls has no names", facts->name, expected->name))
    {
        check(count == (UINT)expected->param_count + 1, "%ls::%ls has %u names", facts->name,
              expected->name, count);
        for (i = 0; i < count; i++)
        {
            /* a type library keeps one spelling of names that differ in case only (ppenum, ppEnum) */
            if (i && i <= (UINT)expected->param_count)
                check(!_wcsicmp(names[i], expected->params[i - 1]), "%ls::%ls: parameter %u is %ls",
                      facts->name, expected->name, i, names[i]);
            SysFreeString(names[i]);
        }
    }
    ITypeInfo_ReleaseFuncDesc(info, desc);
}

static void check_base(ITypeInfo *info, const struct interface_facts *facts)
{
    ITypeInfo *base;
    HREFTYPE ref;

    if (!check(SUCCEEDED(ITypeInfo_GetRefTypeOfImplType(info, 0, &ref)), "%ls has no base", facts->name))
        return;
    if (!check(SUCCEEDED(ITypeInfo_GetRefTypeInfo(info, ref, &base)), "%ls: base not found", facts->name))
        return;
    check_name(base, MEMBERID_NIL, facts->base);
    ITypeInfo_Release(base);
}

static void check_interface(ITypeLib *lib, const struct interface_facts *facts)
{
    ITypeInfo *info;
    TYPEATTR *attr;
    int i;

    if (!check(SUCCEEDED(ITypeLib_GetTypeInfoOfGuid(lib, &facts->iid, &info)),
               "no type with the IID of %ls", facts->name))
        return;
    check_name(info, MEMBERID_NIL, facts->name);
    if (check(SUCCEEDED(ITypeInfo_GetTypeAttr(info, &attr)), "%ls has no attributes", facts->name))
    {
        check(attr->typekind == TKIND_INTERFACE, "%ls is of kind %d", facts->name, attr->typekind);
        check(attr->cbSizeVft == facts->slot_count * sizeof(void *), "%ls has a vtable of %u bytes",
              facts->name, attr->cbSizeVft);
        if (check(attr->cFuncs == facts->method_count, "%ls has %d methods", facts->name, attr->cFuncs))
        {
            for (i = 0; i < facts->method_count; i++) check_method(info, i, facts);
        }
        ITypeInfo_ReleaseTypeAttr(info, attr);
    }
    check_base(info, facts);
    ITypeInfo_Release(info);
}

/* Finds a type by kind and name; the caller releases it. */
static ITypeInfo *find_type(ITypeLib *lib, TYPEKIND kind, const WCHAR *name)
{
    UINT i, count = ITypeLib_GetTypeInfoCount(lib);
    ITypeInfo *info;
    TYPEKIND actual;
    BSTR found;
    int same;

    for (i = 0; i < count; i++)
    {
        if (FAILED(ITypeLib_GetTypeInfoType(lib, i, &actual)) || actual != kind) continue;
        if (FAILED(ITypeLib_GetDocumentation(lib, i, &found, NULL, NULL, NULL))) continue;
        same = !wcscmp(found, name);
        SysFreeString(found);
        if (same && SUCCEEDED(ITypeLib_GetTypeInfo(lib, i, &info))) return info;
    }
    return NULL;
}

static void check_enum(ITypeLib *lib, const struct enum_facts *facts)
{
    ITypeInfo *info = find_type(lib, TKIND_ENUM, facts->name);
    TYPEATTR *attr;
    VARDESC *desc;
    int i;

    if (!check(info != NULL, "no enumeration %ls", facts->name)) return;
    if (check(SUCCEEDED(ITypeInfo_GetTypeAttr(info, &attr)), "%ls has no attributes", facts->name))
    {
        check(attr->cVars == facts->member_count, "%ls has %d members", facts->name, attr->cVars);
        check(attr->cbSizeInstance == 4, "%ls takes %u bytes", facts->name, attr->cbSizeInstance);
        for (i = 0; i < attr->cVars && i < facts->member_count; i++)
        {
            if (!check(SUCCEEDED(ITypeInfo_GetVarDesc(info, i, &desc)), "%ls has no member %d",
                       facts->name, i))
                continue;
            check_name(info, desc->memid, facts->members[i].name);
            check(desc->varkind == VAR_CONST && V_I4(desc->lpvarValue) == facts->members[i].value,
                  "%ls has another value", facts->members[i].name);
            ITypeInfo_ReleaseVarDesc(info, desc);
        }
        ITypeInfo_ReleaseTypeAttr(info, attr);
    }
    ITypeInfo_Release(info);
}

static void check_class(ITypeLib *lib, const struct class_facts *facts)
{
    ITypeInfo *info, *iface;
    TYPEATTR *attr;
    HREFTYPE ref;
    INT flags;
    int i, defaults = 0;

    if (!check(SUCCEEDED(ITypeLib_GetTypeInfoOfGuid(lib, &facts->clsid, &info)),
               "no type with the CLSID of %ls", facts->name))
        return;
    check_name(info, MEMBERID_NIL, facts->name);
    if (check(SUCCEEDED(ITypeInfo_GetTypeAttr(info, &attr)), "%ls has no attributes", facts->name))
    {
        check(attr->typekind == TKIND_COCLASS, "%ls is of kind %d", facts->name, attr->typekind);
        for (i = 0; i < attr->cImplTypes; i++)
        {
            if (FAILED(ITypeInfo_GetImplTypeFlags(info, i, &flags)) || !(flags & IMPLTYPEFLAG_FDEFAULT))
                continue;
            defaults++;
            if (FAILED(ITypeInfo_GetRefTypeOfImplType(info, i, &ref))) continue;
            if (FAILED(ITypeInfo_GetRefTypeInfo(info, ref, &iface))) continue;
            check_name(iface, MEMBERID_NIL, facts->default_interface);
            ITypeInfo_Release(iface);
        }
        check(defaults == 1, "%ls has %d default interfaces", facts->name, defaults);
        ITypeInfo_ReleaseTypeAttr(info, attr);
    }
    ITypeInfo_Release(info);
}

/* Nothing but the published interfaces and classes may be in the library. */
static void check_counts(ITypeLib *lib)
{
    UINT i, count = ITypeLib_GetTypeInfoCount(lib), interface_count = 0, class_count = 0;
    TYPEKIND kind;

    for (i = 0; i < count; i++)
    {
        BSTR name = NULL;

        if (FAILED(ITypeLib_GetTypeInfoType(lib, i, &kind))) continue;
        if (kind == TKIND_COCLASS) class_count++;
        if (kind != TKIND_INTERFACE) continue;
        if (SUCCEEDED(ITypeLib_GetDocumentation(lib, i, &name, NULL, NULL, NULL)) &&
            wcsstr(name, L"OfflineFiles"))
            interface_count++;
        SysFreeString(name);
    }
    check(interface_count == ARRAYSIZE(interfaces), "%u interfaces in the library", interface_count);
    check(class_count == ARRAYSIZE(classes), "%u classes in the library", class_count);
}

int wmain(int argc, WCHAR **argv)
{
    ITypeLib *lib;
    HRESULT hr;
    BSTR name;
    UINT i;

    if (argc != 2)
    {
        fprintf(stderr, "usage: typelib_test FILE\n");
        return 2;
    }
    if (FAILED(hr = LoadTypeLibEx(argv[1], REGKIND_NONE, &lib)))
    {
        printf("not ok - cannot load the type library of %ls: %#lx\n", argv[1], hr);
        return 1;
    }
    if (SUCCEEDED(ITypeLib_GetDocumentation(lib, -1, &name, NULL, NULL, NULL)))
    {
        check(!wcscmp(name, library_name), "the library is called %ls", name);
        SysFreeString(name);
    }
    else
        check(0, "the library has no name");
    for (i = 0; i < ARRAYSIZE(interfaces); i++) check_interface(lib, &interfaces[i]);
    for (i = 0; i < ARRAYSIZE(enums); i++) check_enum(lib, &enums[i]);
    for (i = 0; i < ARRAYSIZE(classes); i++) check_class(lib, &classes[i]);
    check_counts(lib);
    ITypeLib_Release(lib);
    printf("type library (%u bit): %d passed, %d failed\n", (unsigned int)sizeof(void *) * 8, passed, failed);
    return failed != 0;
}
