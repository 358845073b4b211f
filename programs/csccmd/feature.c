/*
 * csccmd: the feature as a whole: enable, disable, status
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "csccmd.h"
#include "feature.h"

/* cscapi.dll is loaded when needed: without it help, usage and the COM verbs still work. */
static HRESULT load_function(const char *name, FARPROC *func)
{
    static HMODULE module;

    if (!module && !(module = LoadLibraryW(L"cscapi.dll"))) return HRESULT_FROM_WIN32(GetLastError());
    if (!(*func = GetProcAddress(module, name))) return HRESULT_FROM_WIN32(GetLastError());
    return S_OK;
}

HRESULT query_feature(BOOL *active, BOOL *enabled)
{
    DWORD (WINAPI *query)(BOOL *, BOOL *);
    FARPROC func;
    HRESULT hr;

    if (FAILED(hr = load_function("OfflineFilesQueryStatus", &func))) return hr;
    query = (void *)func;
    return HRESULT_FROM_WIN32(query(active, enabled));
}

static HRESULT enable_feature(BOOL enable, BOOL *restart)
{
    DWORD (WINAPI *set)(BOOL, BOOL *);
    FARPROC func;
    HRESULT hr;

    *restart = FALSE;
    if (FAILED(hr = load_function("OfflineFilesEnable", &func))) return hr;
    set = (void *)func;
    return HRESULT_FROM_WIN32(set(enable, restart));
}

static HRESULT start_feature(void)
{
    DWORD (WINAPI *start)(void);
    FARPROC func;
    HRESULT hr;

    if (FAILED(hr = load_function("OfflineFilesStart", &func))) return hr;
    start = (void *)func;
    return HRESULT_FROM_WIN32(start());
}

static void report_feature(const struct command *command, BOOL enabled, BOOL restart)
{
    if (global_switches & SWITCH_JSON)
    {
        json_begin(L"summary");
        json_string(L"verb", command->verb->name);
        json_string(L"result", L"done");
        json_bool(L"enabled", enabled);
        json_bool(L"restart_needed", restart);
        json_end();
    }
    else if (!(global_switches & SWITCH_QUIET))
        print(out_stream(), L"Offline Files is %ls%ls.\n", enabled ? L"enabled" : L"disabled",
              restart ? L"; this takes effect when Wine is restarted (wineboot --restart)" : L"");
}

int run_enable(const struct command *command)
{
    BOOL restart, active = FALSE;
    HRESULT hr;

    if (FAILED(hr = enable_feature(TRUE, &restart)))
    {
        report_error(L"enable", hr);
        return exit_code(hr);
    }
    /* an enabled feature that can start now should */
    if (SUCCEEDED(query_feature(&active, NULL)) && !active)
    {
        hr = start_feature();
        if (SUCCEEDED(hr)) restart = FALSE;
        else if (hr == HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED)) restart = TRUE;
        else
        {
            report_error(L"start of the service", hr);
            return CMD_NO_SERVICE;
        }
    }
    report_feature(command, TRUE, restart);
    return CMD_DONE;
}

int run_disable(const struct command *command)
{
    BOOL restart;
    HRESULT hr;

    if (FAILED(hr = enable_feature(FALSE, &restart)))
    {
        report_error(L"disable", hr);
        return exit_code(hr);
    }
    report_feature(command, FALSE, restart);
    return CMD_DONE;
}
