/*
 * csccmd: the way to the cache and to the service
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "csccmd.h"
#include <servprov.h>

#include "cscguids.h"

static const WCHAR service_name[] = L"Offline Files service";

static void report_no_service(HRESULT hr)
{
    if (hr == HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED))
        report_error_text(service_name, hr, L"The database of the cache was made by a newer version of Offline Files; "
                          L"nothing was touched.");
    else report_error(service_name, hr);
}

int open_cache(IOfflineFilesCache **cache)
{
    HRESULT hr;

    hr = CoCreateInstance(&CLSID_OfflineFilesCache, NULL, CLSCTX_INPROC_SERVER, &IID_IOfflineFilesCache,
                          (void **)cache);
    if (SUCCEEDED(hr)) return CMD_DONE;
    *cache = NULL;
    report_no_service(hr);
    return CMD_NO_SERVICE;
}

int open_session(IOfflineFilesCache **cache, ICscSession **session)
{
    IServiceProvider *provider;
    HRESULT hr;
    int ret;

    *session = NULL;
    if ((ret = open_cache(cache))) return ret;
    /* a private agreement with our cscobj.dll: its cache object hands out the session */
    hr = IOfflineFilesCache_QueryInterface(*cache, &IID_IServiceProvider, (void **)&provider);
    if (SUCCEEDED(hr))
    {
        hr = IServiceProvider_QueryService(provider, &CLSID_CscService, &IID_ICscSession, (void **)session);
        IServiceProvider_Release(provider);
    }
    if (SUCCEEDED(hr)) return CMD_DONE;
    report_no_service(hr);
    IOfflineFilesCache_Release(*cache);
    *cache = NULL;
    *session = NULL;
    return CMD_NO_SERVICE;
}

struct path_list
{
    WCHAR **paths;
    unsigned int count;
    unsigned int room;
};

static void add_path(struct path_list *list, WCHAR *path)
{
    WCHAR **bigger;

    if (list->count == list->room)
    {
        list->room = list->room ? list->room * 2 : 16;
        bigger = xalloc(list->room * sizeof(*bigger));
        if (list->count) memcpy(bigger, list->paths, list->count * sizeof(*bigger));
        xfree(list->paths);
        list->paths = bigger;
    }
    list->paths[list->count++] = path;
}

void free_paths(WCHAR **paths, unsigned int count)
{
    unsigned int i;

    for (i = 0; i < count; i++) CoTaskMemFree(paths[i]);
    xfree(paths);
}

/* Collects the shares below a container: the cache or a server. */
static HRESULT collect_shares(IUnknown *object, struct path_list *list)
{
    IOfflineFilesItemContainer *container;
    IEnumOfflineFilesItems *items;
    OFFLINEFILES_ITEM_TYPE type;
    IOfflineFilesItem *item;
    ULONG fetched;
    WCHAR *path;
    HRESULT hr;

    if (FAILED(hr = IUnknown_QueryInterface(object, &IID_IOfflineFilesItemContainer, (void **)&container))) return hr;
    hr = IOfflineFilesItemContainer_EnumItems(container, 0, &items);
    IOfflineFilesItemContainer_Release(container);
    if (FAILED(hr)) return hr;

    while ((hr = IEnumOfflineFilesItems_Next(items, 1, &item, &fetched)) == S_OK)
    {
        hr = IOfflineFilesItem_GetItemType(item, &type);
        if (SUCCEEDED(hr) && type == OFFLINEFILES_ITEM_TYPE_SERVER) hr = collect_shares((IUnknown *)item, list);
        else if (SUCCEEDED(hr) && type == OFFLINEFILES_ITEM_TYPE_SHARE)
        {
            hr = IOfflineFilesItem_GetPath(item, &path);
            if (SUCCEEDED(hr)) add_path(list, path);
        }
        IOfflineFilesItem_Release(item);
        if (FAILED(hr)) break;
    }
    IEnumOfflineFilesItems_Release(items);
    return FAILED(hr) ? hr : S_OK;
}

int list_share_paths(IOfflineFilesCache *cache, WCHAR ***paths, unsigned int *count)
{
    struct path_list list = { 0 };
    HRESULT hr;

    hr = collect_shares((IUnknown *)cache, &list);
    if (FAILED(hr))
    {
        report_error(L"list of shares", hr);
        free_paths(list.paths, list.count);
        *paths = NULL;
        *count = 0;
        return exit_code(hr);
    }
    *paths = list.paths;
    *count = list.count;
    return CMD_DONE;
}
