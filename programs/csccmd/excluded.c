/*
 * csccmd: what the exclusion lists keep out of the cache
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <wchar.h>

#include "csccmd.h"

static unsigned int told;       /* patterns so far */

static void tell_pattern(const WCHAR *text, size_t length)
{
    while (length && iswspace(text[length - 1])) length--;
    for (; length && iswspace(*text); text++) length--;
    if (!length) return;
    if (global_switches & SWITCH_JSON)
    {
        WCHAR *copy = xalloc((length + 1) * sizeof(*copy));

        wmemcpy(copy, text, length);
        copy[length] = 0;
        json_list_string(copy);
        xfree(copy);
    }
    else print(out_stream(), told ? L"; %.*ls" : L"Left out:      %.*ls", (int)length, text);
    told++;
}

static void tell_value(const VARIANT *value)
{
    const WCHAR *text;
    LONG low, high, i;
    size_t length;

    if (V_VT(value) == VT_BSTR && V_BSTR(value))
    {
        for (text = V_BSTR(value); *text; text += length + (text[length] != 0))
        {
            length = wcscspn(text, L";");
            tell_pattern(text, length);
        }
    }
    else if (V_VT(value) == (VT_ARRAY | VT_BSTR) && SUCCEEDED(SafeArrayGetLBound(V_ARRAY(value), 1, &low)) &&
             SUCCEEDED(SafeArrayGetUBound(V_ARRAY(value), 1, &high)))
    {
        for (i = low; i <= high; i++)
        {
            BSTR element;

            if (FAILED(SafeArrayGetElement(V_ARRAY(value), &i, &element))) continue;
            if (element) tell_pattern(element, wcslen(element));
            SysFreeString(element);
        }
    }
}

void print_excluded(IOfflineFilesCache *cache)
{
    static const WCHAR *const names[] = { L"ExcludedFileTypes", L"ExcludeExtensions", L"ExcludedNames" };
    IOfflineFilesSetting *setting;
    VARIANT value;
    BOOL by_policy;
    unsigned int i;

    told = 0;
    if (global_switches & SWITCH_JSON) json_list_begin(L"left_out");
    for (i = 0; i < ARRAYSIZE(names); i++)
    {
        /* another implementation may lack them */
        if (FAILED(IOfflineFilesCache_GetSettingObject(cache, names[i], &setting))) continue;
        VariantInit(&value);
        if (SUCCEEDED(IOfflineFilesSetting_GetValue(setting, &value, &by_policy))) tell_value(&value);
        VariantClear(&value);
        IOfflineFilesSetting_Release(setting);
    }
    if (global_switches & SWITCH_JSON) json_list_end();
    else if (told) print(out_stream(), L"\n");
}
