/*
 * Reading the filters of a client
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "cscobj_private.h"
#include "wine/debug.h"

#include <string.h>

WINE_DEFAULT_DEBUG_CHANNEL(cscobj);

C_ASSERT(MAX_PATH == CSC_FILTER_PATTERN_UNITS);

/* The pattern is for inclusion filters of files alone, nobody else is asked (Q80). */
static HRESULT read_filter(IOfflineFilesItemFilter *filter, BOOL pattern, struct csc_wire_filter *values)
{
    OFFLINEFILES_ITEM_TIME type = OFFLINEFILES_ITEM_TIME_CREATION;
    OFFLINEFILES_COMPARE compare = OFFLINEFILES_COMPARE_EQ;
    ULONGLONG flags = 0, mask = 0;
    WCHAR text[MAX_PATH] = { 0 };
    FILETIME time = { 0 };
    BOOL time_of_day = FALSE;
    HRESULT hr;

    hr = IOfflineFilesItemFilter_GetFilterFlags(filter, &flags, &mask);
    TRACE("%p, flags %s of %s: %#lx\n", filter, wine_dbgstr_longlong(flags), wine_dbgstr_longlong(mask), hr);
    if (FAILED(hr) && hr != E_NOTIMPL) return hr;
    if (SUCCEEDED(hr))
    {
        if (mask & ~(ULONGLONG)OFFLINEFILES_ITEM_FILTER_FLAGS) return E_INVALIDARG;
        values->conditions |= CSC_FILTER_FLAGS;
        values->flags = flags;
        values->mask = mask;
    }

    hr = IOfflineFilesItemFilter_GetTimeFilter(filter, &time, &time_of_day, &type, &compare);
    TRACE("%p, item's time %d, comparison %d, %#lx%08lx, time of day %d: %#lx\n", filter, type, compare,
          time.dwHighDateTime, time.dwLowDateTime, time_of_day, hr);
    if (FAILED(hr) && hr != E_NOTIMPL) return hr;
    if (SUCCEEDED(hr))
    {
        if ((DWORD)type > OFFLINEFILES_ITEM_TIME_LASTWRITE || (DWORD)compare > OFFLINEFILES_COMPARE_GTE)
            return E_INVALIDARG;
        values->conditions |= CSC_FILTER_TIME | (time_of_day ? CSC_FILTER_TIME_OF_DAY : 0);
        values->time = ((UINT64)time.dwHighDateTime << 32) | time.dwLowDateTime;
        values->time_type = type;
        values->compare = compare;
    }

    if (!pattern) return S_OK;
    hr = IOfflineFilesItemFilter_GetPatternFilter(filter, text, ARRAYSIZE(text));
    if (FAILED(hr)) return hr == E_NOTIMPL ? S_OK : hr;
    if (wcsnlen(text, ARRAYSIZE(text)) == ARRAYSIZE(text)) return E_INVALIDARG;
    TRACE("%p, pattern %s\n", filter, debugstr_w(text));
    values->conditions |= CSC_FILTER_PATTERN;
    memcpy(values->pattern, text, sizeof(text));
    return S_OK;
}

HRESULT read_filters(IOfflineFilesItemFilter *include_file, IOfflineFilesItemFilter *include_dir,
                     IOfflineFilesItemFilter *exclude_file, IOfflineFilesItemFilter *exclude_dir,
                     struct csc_wire_filters *values, const struct csc_wire_filters **filters)
{
    IOfflineFilesItemFilter *const given[CSC_FILTER_COUNT] =
    {
        [CSC_FILTER_INCLUDE_FILE] = include_file, [CSC_FILTER_INCLUDE_DIRECTORY] = include_dir,
        [CSC_FILTER_EXCLUDE_FILE] = exclude_file, [CSC_FILTER_EXCLUDE_DIRECTORY] = exclude_dir,
    };
    unsigned int i;
    HRESULT hr;

    *filters = NULL;
    memset(values, 0, sizeof(*values));
    for (i = 0; i < ARRAYSIZE(given); i++)
    {
        if (!given[i]) continue;
        *filters = values;
        if (FAILED(hr = read_filter(given[i], i == CSC_FILTER_INCLUDE_FILE, &values->at[i]))) return hr;
    }
    return S_OK;
}
