/*
 * The version resources of the modules
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Only cscobj.dll and the service are on every Windows that has the feature; what is in the resources of Microsoft's
 * is theirs, so that little more than their being there is asked for.
 */

#include "csctest.h"

static const WCHAR *string_value(const void *data, const WCHAR *name)
{
    const struct { WORD language, page; } *translation;
    WCHAR path[64];
    WCHAR *value;
    UINT size;

    if (!VerQueryValueW(data, L"\\VarFileInfo\\Translation", (void **)&translation, &size) || size < 4) return NULL;
    swprintf(path, ARRAY_SIZE(path), L"\\StringFileInfo\\%04x%04x\\%ls", translation->language, translation->page, name);
    return VerQueryValueW(data, path, (void **)&value, &size) && size ? value : NULL;
}

static void test_module(const WCHAR *name, BOOL must, DWORD type)
{
    VS_FIXEDFILEINFO *info;
    const WCHAR *value;
    WCHAR path[MAX_PATH];
    DWORD size, handle;
    void *data;
    UINT got;

    GetSystemDirectoryW(path, ARRAY_SIZE(path) - 16);
    wcscat(path, L"\\");
    wcscat(path, name);
    if (!exists(path) && !must && !on_ours())
    {
        skip("%ls is not there\n", name);
        return;
    }
    size = GetFileVersionInfoSizeW(path, &handle);
    ok(size, "%ls: no version, error %lu\n", name, GetLastError());
    if (!size || !(data = malloc(size))) return;
    ok(GetFileVersionInfoW(path, 0, size, data), "%ls: error %lu\n", name, GetLastError());
    ok(VerQueryValueW(data, L"\\", (void **)&info, &got) && got >= sizeof(*info), "%ls: no fixed part\n", name);
    ok(info->dwSignature == VS_FFI_SIGNATURE, "%ls: signature %#lx\n", name, info->dwSignature);
    /* the interfaces that are here came with 6.1 and, in part, a service pack */
    ok(info->dwFileVersionMS >= MAKELONG(1, 6), "%ls: version %lu.%lu\n", name, info->dwFileVersionMS >> 16,
       info->dwFileVersionMS & 0xffff);
    ok(info->dwFileType == type, "%ls: type %lu\n", name, info->dwFileType);
    value = string_value(data, L"FileDescription");
    ok(value && value[0], "%ls: no description\n", name);
    value = string_value(data, L"ProductVersion");
    ok(value && value[0], "%ls: no version of a product\n", name);
    if (on_ours())
    {
        value = string_value(data, L"ProductName");
        ok(value && !wcscmp(value, L"Offline Files for Wine"), "%ls: product %ls\n", name, value ? value : L"(none)");
        value = string_value(data, L"OriginalFilename");
        ok(value && !wcscmp(value, name), "%ls: name %ls\n", name, value ? value : L"(none)");
        value = string_value(data, L"InternalName");
        ok(value && !wcscmp(value, name), "%ls: internal name %ls\n", name, value ? value : L"(none)");
        /* of the FileVersion that Windows 10 2004 calls itself by */
        ok(info->dwFileVersionMS == MAKELONG(0, 10) && HIWORD(info->dwFileVersionLS) == 19041, "%ls: version %#lx, %#lx\n",
           name, info->dwFileVersionMS, info->dwFileVersionLS);
        ok(info->dwProductVersionMS && info->dwProductVersionMS != info->dwFileVersionMS, "%ls: product version %#lx\n",
           name, info->dwProductVersionMS);
    }
    free(data);
}

START_TEST(version)
{
    test_module(L"cscobj.dll", TRUE, VFT_DLL);
    test_module(L"cscsvc.dll", TRUE, VFT_DLL);
    test_module(L"cscapi.dll", TRUE, VFT_DLL);
    test_module(L"cscdll.dll", on_ours(), VFT_DLL);
    if (on_ours()) test_module(L"csccmd.exe", TRUE, VFT_APP);
}
