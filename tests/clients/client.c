/*
 * A client in C, as programs for Windows are written: lists a share
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * usage: client-c     types and paths of all that is cached, one a line
 */

#define COBJMACROS
#include <stdio.h>
#include <windows.h>
#include <ole2.h>
#include <cscobj.h>

static int list(IUnknown *parent)
{
    IOfflineFilesItemContainer *container;
    IEnumOfflineFilesItems *items;
    IOfflineFilesItem *item;
    int failures = 0;
    ULONG fetched;
    HRESULT hr;

    if (FAILED(IUnknown_QueryInterface(parent, &IID_IOfflineFilesItemContainer, (void **)&container))) return 0;
    hr = IOfflineFilesItemContainer_EnumItems(container, 0, &items);
    IOfflineFilesItemContainer_Release(container);
    if (FAILED(hr)) return 1;
    while (IEnumOfflineFilesItems_Next(items, 1, &item, &fetched) == S_OK)
    {
        OFFLINEFILES_ITEM_TYPE type;
        LPWSTR path;

        if (SUCCEEDED(IOfflineFilesItem_GetItemType(item, &type)) && SUCCEEDED(IOfflineFilesItem_GetPath(item, &path)))
        {
            printf("%d %ls\n", type, path);
            CoTaskMemFree(path);
            failures += list((IUnknown *)item);
        }
        else failures++;
        IOfflineFilesItem_Release(item);
    }
    IEnumOfflineFilesItems_Release(items);
    return failures;
}

int main(void)
{
    IOfflineFilesCache *cache;
    int failures;
    HRESULT hr;
    ULONG refs;

    CoInitialize(NULL);
    hr = CoCreateInstance(&CLSID_OfflineFilesCache, NULL, CLSCTX_INPROC_SERVER, &IID_IOfflineFilesCache, (void **)&cache);
    printf("create %#lx\n", hr);
    if (FAILED(hr)) return 1;
    failures = list((IUnknown *)cache);
    refs = IOfflineFilesCache_Release(cache);
    printf("references: cache %lu\n", refs);
    CoUninitialize();
    return failures != 0;
}
