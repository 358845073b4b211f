/*
 * csccmd: rename
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "csccmd.h"

int run_rename(const struct command *command)
{
    const WCHAR *from = command->args[0], *to = command->args[1];
    BOOL later = !!(command->switches & SWITCH_LATER);
    IOfflineFilesCache2 *cache2;
    IOfflineFilesCache *cache;
    HRESULT hr;
    int ret;

    if ((ret = open_cache(&cache))) return ret;
    if (later) hr = IOfflineFilesCache_RenameItem(cache, from, to, FALSE);
    else if (SUCCEEDED(hr = IOfflineFilesCache_QueryInterface(cache, &IID_IOfflineFilesCache2, (void **)&cache2)))
    {
        hr = IOfflineFilesCache2_RenameItemEx(cache2, from, to, FALSE);
        IOfflineFilesCache2_Release(cache2);
    }
    if (FAILED(hr)) report_error(from, hr);
    if (global_switches & SWITCH_JSON)
    {
        json_begin(L"summary");
        json_string(L"verb", command->verb->name);
        json_string(L"result", FAILED(hr) ? L"failed" : L"done");
        json_end();
    }
    else if (SUCCEEDED(hr) && !(global_switches & SWITCH_QUIET))
        print(out_stream(), later ? L"%ls becomes %ls at the next start of the service\n" : L"%ls is %ls now\n", from, to);
    IOfflineFilesCache_Release(cache);
    return exit_code(hr);
}
