/*
 * csccmd: the filter of list
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <wchar.h>

#include "csccmd.h"

/* What --only knows; "not-" in front wants the opposite. */
static const struct { const WCHAR *name; ULONGLONG flag; } states[] =
{
    { L"changed", OFFLINEFILES_ITEM_FILTER_FLAG_DIRTY },
    { L"new", OFFLINEFILES_ITEM_FILTER_FLAG_CREATED },
    { L"deleted", OFFLINEFILES_ITEM_FILTER_FLAG_DELETED },
    { L"sparse", OFFLINEFILES_ITEM_FILTER_FLAG_SPARSE },
    { L"ghost", OFFLINEFILES_ITEM_FILTER_FLAG_GHOST },
    { L"pinned", OFFLINEFILES_ITEM_FILTER_FLAG_PINNED },
    { L"suspended", OFFLINEFILES_ITEM_FILTER_FLAG_SUSPENDED },
    { L"offline", OFFLINEFILES_ITEM_FILTER_FLAG_OFFLINE },
    { L"online", OFFLINEFILES_ITEM_FILTER_FLAG_ONLINE },
    { L"file", OFFLINEFILES_ITEM_FILTER_FLAG_FILE },
};

static struct list_filter *impl_from_IOfflineFilesItemFilter(IOfflineFilesItemFilter *iface)
{
    return CONTAINING_RECORD(iface, struct list_filter, IOfflineFilesItemFilter_iface);
}

static HRESULT WINAPI filter_QueryInterface(IOfflineFilesItemFilter *iface, REFIID iid, void **out)
{
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IOfflineFilesItemFilter))
    {
        *out = iface;
        return S_OK;
    }
    *out = NULL;
    return E_NOINTERFACE;
}

/* It lives on the stack of the verb, which outlives the call that it is for. */
static ULONG WINAPI filter_AddRef(IOfflineFilesItemFilter *iface)
{
    (void)iface;
    return 2;
}

static ULONG WINAPI filter_Release(IOfflineFilesItemFilter *iface)
{
    (void)iface;
    return 1;
}

static HRESULT WINAPI filter_GetFilterFlags(IOfflineFilesItemFilter *iface, ULONGLONG *flags, ULONGLONG *mask)
{
    struct list_filter *filter = impl_from_IOfflineFilesItemFilter(iface);

    if (!filter->mask) return E_NOTIMPL;
    *flags = filter->flags;
    *mask = filter->mask;
    return S_OK;
}

static HRESULT WINAPI filter_GetTimeFilter(IOfflineFilesItemFilter *iface, FILETIME *time, BOOL *time_of_day,
                                           OFFLINEFILES_ITEM_TIME *type, OFFLINEFILES_COMPARE *compare)
{
    struct list_filter *filter = impl_from_IOfflineFilesItemFilter(iface);

    if (!filter->has_since) return E_NOTIMPL;
    *time = filter->since;
    *time_of_day = TRUE;
    *type = OFFLINEFILES_ITEM_TIME_LASTWRITE;
    *compare = OFFLINEFILES_COMPARE_GTE;
    return S_OK;
}

static HRESULT WINAPI filter_GetPatternFilter(IOfflineFilesItemFilter *iface, LPWSTR pattern, ULONG size)
{
    struct list_filter *filter = impl_from_IOfflineFilesItemFilter(iface);

    if (!filter->pattern) return E_NOTIMPL;
    if (wcslen(filter->pattern) >= size) return E_INVALIDARG;
    wcscpy(pattern, filter->pattern);
    return S_OK;
}

static const IOfflineFilesItemFilterVtbl filter_vtbl =
{
    filter_QueryInterface,
    filter_AddRef,
    filter_Release,
    filter_GetFilterFlags,
    filter_GetTimeFilter,
    filter_GetPatternFilter
};

/* One word of --only. */
static BOOL add_state(struct list_filter *filter, const WCHAR *word, size_t length)
{
    BOOL wanted = TRUE;
    unsigned int i;

    if (length > 4 && !_wcsnicmp(word, L"not-", 4))
    {
        wanted = FALSE;
        word += 4;
        length -= 4;
    }
    for (i = 0; i < ARRAYSIZE(states); i++)
    {
        if (wcslen(states[i].name) != length || _wcsnicmp(states[i].name, word, length)) continue;
        filter->mask |= states[i].flag;
        if (wanted) filter->flags |= states[i].flag;
        else filter->flags &= ~states[i].flag;
        return TRUE;
    }
    return FALSE;
}

int read_list_filter(const struct command *command, struct list_filter *filter)
{
    const WCHAR *only = command->values[VALUE_ONLY], *since = command->values[VALUE_SINCE];
    size_t length;

    memset(filter, 0, sizeof(*filter));
    filter->IOfflineFilesItemFilter_iface.lpVtbl = (IOfflineFilesItemFilterVtbl *)&filter_vtbl;
    filter->pattern = command->values[VALUE_NAME];
    if (filter->pattern && wcslen(filter->pattern) >= MAX_PATH)
        return usage_error(command->verb, L"list: the pattern is too long");
    if (since)
    {
        if (!parse_since(since, &filter->since))
            return usage_error(command->verb, L"list: \"%ls\" is no time; 2h, 7d, 2026-05-31 and 2026-05-31T12:30 are",
                               since);
        filter->has_since = TRUE;
    }
    for (; only; only = only[length] ? only + length + 1 : NULL)
    {
        length = wcscspn(only, L",");
        if (!add_state(filter, only, length))
            return usage_error(command->verb, L"list: \"%.*ls\" is no state", (int)length, only);
    }
    /* directories have no names and times that anybody asked for */
    filter->files_only = filter->pattern || filter->has_since;
    filter->any = filter->files_only || filter->mask;
    return CMD_DONE;
}
