/*
 * Legacy functions of Offline Files: searching the cache
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * They work over the public COM interfaces.  A search takes everything when it begins: callers may be on any thread, and
 * need not know that COM is behind it.  [behaviour.md §5.2-5.4]; what the documents leave open is decided as
 * FindFirstFile does it (docs/decisions.md, "Legacy functions").
 */

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define COBJMACROS
#include "windef.h"
#include "winbase.h"
#include "winuser.h"
#include "objbase.h"
#include "cscobj.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(cscdll);

/* Bits of lpdwHintFlags. */
#define HINT_PIN_USER           0x01
#define HINT_PIN_INHERIT_USER   0x02
#define HINT_PIN_INHERIT_SYSTEM 0x04
#define HINT_PIN_SYSTEM         0x10

struct found
{
    WIN32_FIND_DATAW data;
    DWORD pins;             /* reasons for which it is pinned */
    DWORD hints;
    FILETIME original;
};

struct search
{
    struct search *next;
    struct found *list;
    ULONG count, room;
    ULONG at;               /* the next one */
};

/* All that are open: what is no handle of ours must not be touched. */
static SRWLOCK searches_lock = SRWLOCK_INIT;
static struct search *searches;

static DWORD error_from_hresult(HRESULT hr)
{
    if (hr == E_OUTOFMEMORY) return ERROR_NOT_ENOUGH_MEMORY;
    if (hr == E_INVALIDARG) return ERROR_INVALID_PARAMETER;
    return HRESULT_FACILITY(hr) == FACILITY_WIN32 ? HRESULT_CODE(hr) : ERROR_GEN_FAILURE;
}

static void search_free(struct search *search)
{
    free(search->list);
    free(search);
}

/* ---- one item ---- */

/* Size and times, of the cached copy or, when there is none, of the agreed state. */
static void read_file_data(IUnknown *item, struct found *found)
{
    static const OFFLINEFILES_ITEM_COPY copies[] = { OFFLINEFILES_ITEM_COPY_LOCAL, OFFLINEFILES_ITEM_COPY_ORIGINAL };
    WIN32_FIND_DATAW *data = &found->data;
    IOfflineFilesFileSysInfo *info;
    FILETIME change, other;
    LARGE_INTEGER size;
    unsigned int i;

    if (FAILED(IUnknown_QueryInterface(item, &IID_IOfflineFilesFileSysInfo, (void **)&info))) return;
    for (i = 0; i < ARRAYSIZE(copies); i++)
    {
        if (FAILED(IOfflineFilesFileSysInfo_GetAttributes(info, copies[i], &data->dwFileAttributes))) continue;
        if (SUCCEEDED(IOfflineFilesFileSysInfo_GetFileSize(info, copies[i], &size)))
        {
            data->nFileSizeLow = size.LowPart;
            data->nFileSizeHigh = size.HighPart;
        }
        IOfflineFilesFileSysInfo_GetTimes(info, copies[i], &data->ftCreationTime, &data->ftLastWriteTime, &change,
                                          &data->ftLastAccessTime);
        break;
    }
    if (FAILED(IOfflineFilesFileSysInfo_GetTimes(info, OFFLINEFILES_ITEM_COPY_ORIGINAL, &other, &found->original, &other,
                                                 &other)))
        found->original = data->ftLastWriteTime;
    IOfflineFilesFileSysInfo_Release(info);
}

static void read_pins(IUnknown *item, struct found *found)
{
    IOfflineFilesPinInfo *info;
    BOOL pinned, inherit;

    if (FAILED(IUnknown_QueryInterface(item, &IID_IOfflineFilesPinInfo, (void **)&info))) return;
#define READ(method, pin_hint, inherit_hint) \
    pinned = inherit = FALSE; \
    if (SUCCEEDED(IOfflineFilesPinInfo_##method(info, &pinned, &inherit))) \
    { \
        if (pinned) found->pins++; \
        if (pinned) found->hints |= pin_hint; \
        if (inherit) found->hints |= inherit_hint; \
    }
    READ(IsPinnedForUser, HINT_PIN_USER, HINT_PIN_INHERIT_USER)
    READ(IsPinnedForUserByPolicy, HINT_PIN_SYSTEM, HINT_PIN_INHERIT_SYSTEM)
    READ(IsPinnedForComputer, HINT_PIN_SYSTEM, HINT_PIN_INHERIT_SYSTEM)
    READ(IsPinnedForFolderRedirection, HINT_PIN_SYSTEM, HINT_PIN_INHERIT_SYSTEM)
#undef READ
    IOfflineFilesPinInfo_Release(info);
}

/* With * and ?, ignoring case; *.* is * as usual. */
static BOOL name_matches(const WCHAR *name, const WCHAR *pattern)
{
    const WCHAR *star = NULL, *resume = NULL;

    if (!wcscmp(pattern, L"*.*")) return TRUE;
    while (*name)
    {
        if (*pattern == '*')
        {
            star = ++pattern;
            resume = name;
        }
        else if (*pattern == '?' || CharUpperW((WCHAR *)(ULONG_PTR)*pattern) == CharUpperW((WCHAR *)(ULONG_PTR)*name))
        {
            pattern++;
            name++;
        }
        else if (star)
        {
            pattern = star;
            name = ++resume;
        }
        else return FALSE;
    }
    while (*pattern == '*') pattern++;
    return !*pattern;
}

/* Adds the item if its name fits; pattern NULL: in any case. */
static HRESULT search_add(struct search *search, IOfflineFilesItem *item, const WCHAR *pattern)
{
    OFFLINEFILES_ITEM_TYPE type;
    struct found *found, *list;
    WCHAR *path, *name;
    HRESULT hr;

    if (FAILED(hr = IOfflineFilesItem_GetItemType(item, &type))) return hr;
    if (FAILED(hr = IOfflineFilesItem_GetPath(item, &path))) return hr;
    name = wcsrchr(path, '\\');
    name = name ? name + 1 : path;
    if (wcslen(name) >= ARRAYSIZE(found->data.cFileName) || (pattern && !name_matches(name, pattern)))
    {
        CoTaskMemFree(path);
        return S_OK;
    }
    if (search->count == search->room)
    {
        ULONG room = search->room ? 2 * search->room : 16;

        if (!(list = realloc(search->list, room * sizeof(*list))))
        {
            CoTaskMemFree(path);
            return E_OUTOFMEMORY;
        }
        search->list = list;
        search->room = room;
    }
    found = &search->list[search->count++];
    memset(found, 0, sizeof(*found));
    wcscpy(found->data.cFileName, name);
    CoTaskMemFree(path);
    found->data.dwFileAttributes = type == OFFLINEFILES_ITEM_TYPE_FILE ? FILE_ATTRIBUTE_NORMAL : FILE_ATTRIBUTE_DIRECTORY;
    read_file_data((IUnknown *)item, found);
    read_pins((IUnknown *)item, found);
    return S_OK;
}

/* ---- searching ---- */

static HRESULT search_children(struct search *search, IOfflineFilesItem *parent, const WCHAR *pattern)
{
    IOfflineFilesItemContainer *container;
    IEnumOfflineFilesItems *items;
    IOfflineFilesItem *item;
    ULONG got;
    HRESULT hr;

    hr = IOfflineFilesItem_QueryInterface(parent, &IID_IOfflineFilesItemContainer, (void **)&container);
    if (FAILED(hr)) return HRESULT_FROM_WIN32(ERROR_DIRECTORY);
    hr = IOfflineFilesItemContainer_EnumItems(container, 0, &items);
    IOfflineFilesItemContainer_Release(container);
    if (FAILED(hr)) return hr;
    while ((hr = IEnumOfflineFilesItems_Next(items, 1, &item, &got)) == S_OK)
    {
        hr = search_add(search, item, pattern);
        IOfflineFilesItem_Release(item);
        if (FAILED(hr)) break;
    }
    IEnumOfflineFilesItems_Release(items);
    if (FAILED(hr)) return hr;
    return search->count ? S_OK : HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND);
}

/* In an apartment.  path is changed. */
static HRESULT search_run(struct search *search, WCHAR *path)
{
    WCHAR *pattern = wcsrchr(path, '\\');
    IOfflineFilesCache *cache;
    IOfflineFilesItem *item;
    HRESULT hr;

    /* Wildcards may stand in the last part only. */
    if (pattern && wcspbrk(pattern, L"*?")) *pattern++ = 0;
    else pattern = NULL;
    if (wcspbrk(path, L"*?")) return HRESULT_FROM_WIN32(ERROR_BAD_PATHNAME);

    hr = CoCreateInstance(&CLSID_OfflineFilesCache, NULL, CLSCTX_INPROC_SERVER, &IID_IOfflineFilesCache, (void **)&cache);
    if (FAILED(hr)) return hr;
    if (SUCCEEDED(hr = IOfflineFilesCache_FindItem(cache, path, 0, &item)))
    {
        if (pattern) hr = search_children(search, item, pattern);
        else hr = search_add(search, item, NULL);
        IOfflineFilesItem_Release(item);
    }
    IOfflineFilesCache_Release(cache);
    return hr;
}

/* Callers need not have entered an apartment. */
static HRESULT search_path(struct search *search, const WCHAR *path)
{
    HRESULT init = CoInitializeEx(NULL, COINIT_MULTITHREADED), hr;
    size_t length = wcsnlen(path, 32768);
    WCHAR *copy;

    if (FAILED(init) && init != RPC_E_CHANGED_MODE) return init;
    if (length > 32767) hr = HRESULT_FROM_WIN32(ERROR_BAD_PATHNAME);
    else if (!(copy = malloc((length + 1) * sizeof(WCHAR)))) hr = E_OUTOFMEMORY;
    else
    {
        memcpy(copy, path, (length + 1) * sizeof(WCHAR));
        hr = search_run(search, copy);
        free(copy);
    }
    if (SUCCEEDED(init)) CoUninitialize();
    return hr;
}

/* Hands out the next one; searches_lock held when the search is known to others. */
static BOOL search_next(struct search *search, WIN32_FIND_DATAW *data, DWORD *status, DWORD *pins, DWORD *hints,
                        FILETIME *original)
{
    const struct found *found;

    if (search->at >= search->count) return FALSE;
    found = &search->list[search->at++];
    *data = found->data;
    if (status) *status = 0;    /* STATUS_SUCCESS (Q115) */
    if (pins) *pins = found->pins;
    if (hints) *hints = found->hints;
    if (original) *original = found->original;
    return TRUE;
}

HANDLE WINAPI CSCFindFirstFileW(LPCWSTR path, WIN32_FIND_DATAW *data, LPDWORD status, LPDWORD pins, LPDWORD hints,
                                FILETIME *original)
{
    struct search *search;
    HRESULT hr;

    TRACE("%s, %p, %p, %p, %p, %p\n", debugstr_w(path), data, status, pins, hints, original);

    if (!path || !path[0] || !data)
    {
        SetLastError(ERROR_INVALID_PARAMETER);
        return INVALID_HANDLE_VALUE;
    }
    if (!(search = calloc(1, sizeof(*search))))
    {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return INVALID_HANDLE_VALUE;
    }
    if (FAILED(hr = search_path(search, path)) || !search_next(search, data, status, pins, hints, original))
    {
        search_free(search);
        SetLastError(FAILED(hr) ? error_from_hresult(hr) : ERROR_FILE_NOT_FOUND);
        return INVALID_HANDLE_VALUE;
    }
    AcquireSRWLockExclusive(&searches_lock);
    search->next = searches;
    searches = search;
    ReleaseSRWLockExclusive(&searches_lock);
    return search;
}

BOOL WINAPI CSCFindNextFileW(HANDLE handle, WIN32_FIND_DATAW *data, LPDWORD status, LPDWORD pins, LPDWORD hints,
                             FILETIME *original)
{
    struct search *search;
    DWORD error = ERROR_SUCCESS;

    TRACE("%p, %p, %p, %p, %p, %p\n", handle, data, status, pins, hints, original);

    if (!data)
    {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    AcquireSRWLockExclusive(&searches_lock);
    for (search = searches; search && search != handle; search = search->next) ;
    if (!search) error = ERROR_INVALID_HANDLE;
    else if (!search_next(search, data, status, pins, hints, original)) error = ERROR_NO_MORE_FILES;
    ReleaseSRWLockExclusive(&searches_lock);
    if (error) SetLastError(error);
    return !error;
}

BOOL WINAPI CSCFindClose(HANDLE handle)
{
    struct search **link, *search;

    TRACE("%p\n", handle);

    AcquireSRWLockExclusive(&searches_lock);
    for (link = &searches; *link && *link != handle; link = &(*link)->next) ;
    if ((search = *link)) *link = search->next;
    ReleaseSRWLockExclusive(&searches_lock);
    if (!search)
    {
        SetLastError(ERROR_INVALID_HANDLE);
        return FALSE;
    }
    search_free(search);
    return TRUE;
}
