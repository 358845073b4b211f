/*
 * csccmd: offline and online, suspend and resume
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "csccmd.h"

/* One share, or the share of a path. *prevented: files that are open keep it online. */
typedef HRESULT (*transition_func)(IOfflineFilesConnectionInfo *connection, const struct command *command,
                                   BOOL *prevented);

static HRESULT go_offline(IOfflineFilesConnectionInfo *connection, const struct command *command, BOOL *prevented)
{
    BOOL force = !!(command->switches & SWITCH_FORCE);
    HRESULT hr;

    hr = IOfflineFilesConnectionInfo_TransitionOffline(connection, NULL, 0, force, prevented);
    if (FAILED(hr) || force) *prevented = FALSE;
    return hr;
}

static HRESULT go_online(IOfflineFilesConnectionInfo *connection, const struct command *command, BOOL *prevented)
{
    (void)command;
    *prevented = FALSE;
    return IOfflineFilesConnectionInfo_TransitionOnline(connection, NULL, 0);
}

static HRESULT suspend_root(IOfflineFilesConnectionInfo *connection, BOOL suspend)
{
    IOfflineFilesSuspend *root;
    HRESULT hr;

    hr = IOfflineFilesConnectionInfo_QueryInterface(connection, &IID_IOfflineFilesSuspend, (void **)&root);
    if (FAILED(hr)) return hr;
    hr = IOfflineFilesSuspend_SuspendRoot(root, suspend);
    IOfflineFilesSuspend_Release(root);
    return hr;
}

static HRESULT suspend(IOfflineFilesConnectionInfo *connection, const struct command *command, BOOL *prevented)
{
    (void)command;
    *prevented = FALSE;
    return suspend_root(connection, TRUE);
}

static HRESULT resume(IOfflineFilesConnectionInfo *connection, const struct command *command, BOOL *prevented)
{
    (void)command;
    *prevented = FALSE;
    return suspend_root(connection, FALSE);
}

static void report_state(const WCHAR *path, IOfflineFilesConnectionInfo *connection)
{
    OFFLINEFILES_CONNECT_STATE state = OFFLINEFILES_CONNECT_STATE_UNKNOWN;
    OFFLINEFILES_OFFLINE_REASON reason = OFFLINEFILES_OFFLINE_REASON_UNKNOWN;
    HRESULT hr;

    hr = IOfflineFilesConnectionInfo_GetConnectState(connection, &state, &reason);
    if (FAILED(hr)) state = OFFLINEFILES_CONNECT_STATE_UNKNOWN;
    if (global_switches & SWITCH_JSON)
    {
        if (global_switches & SWITCH_QUIET) return;
        json_begin(L"item");
        json_string(L"path", path);
        json_bool(L"ok", TRUE);
        json_hresult(S_OK);
        json_string(L"state", connect_state_name(state));
        json_string(L"reason", offline_reason_name(reason));
        json_end();
    }
    else if (!(global_switches & SWITCH_QUIET)) print(out_stream(), L"%ls: %ls\n", path, connect_state_text(state, reason));
}

static HRESULT transition(IOfflineFilesCache *cache, const WCHAR *path, transition_func func,
                          const struct command *command)
{
    IOfflineFilesConnectionInfo *connection;
    IOfflineFilesItem *item;
    BOOL prevented = FALSE;
    HRESULT hr;

    if (SUCCEEDED(hr = IOfflineFilesCache_FindItem(cache, path, 0, &item)))
    {
        hr = IOfflineFilesItem_QueryInterface(item, &IID_IOfflineFilesConnectionInfo, (void **)&connection);
        IOfflineFilesItem_Release(item);
    }
    if (FAILED(hr))
    {
        report_error(path, hr);
        return hr;
    }

    hr = func(connection, command, &prevented);
    if (SUCCEEDED(hr) && prevented)
    {
        hr = HRESULT_FROM_WIN32(ERROR_OPEN_FILES);
        report_error_text(path, hr, L"Files are open that are not in the cache (--force goes offline nevertheless).");
    }
    else if (hr == HRESULT_FROM_WIN32(ERROR_MORE_DATA))
        report_error_text(path, hr, L"Some items could not be synchronized (csccmd sync tells which).");
    else if (hr == E_NOINTERFACE)
        report_error_text(path, hr, L"Only shares and directories can be suspended.");
    else if (FAILED(hr)) report_error(path, hr);
    else report_state(path, connection);
    IOfflineFilesConnectionInfo_Release(connection);
    return hr;
}

static int run_transitions(const struct command *command, transition_func func)
{
    const WCHAR *const *paths = command->args;
    unsigned int count = command->arg_count, failed = 0, i;
    IOfflineFilesCache *cache;
    WCHAR **shares = NULL;
    HRESULT hr;
    int ret;

    if ((ret = open_cache(&cache))) return ret;
    if (!count)
    {
        if ((ret = list_share_paths(cache, &shares, &count)))
        {
            IOfflineFilesCache_Release(cache);
            return ret;
        }
        paths = (const WCHAR *const *)shares;
    }

    for (i = 0; i < count; i++)
    {
        hr = transition(cache, paths[i], func, command);
        if (FAILED(hr)) failed++;
        ret = worse_exit(ret, exit_code(hr));
    }
    if (global_switches & SWITCH_JSON)
    {
        json_begin(L"summary");
        json_string(L"verb", command->verb->name);
        json_string(L"result", ret ? L"failed" : L"done");
        json_number(L"items", count);
        json_number(L"failed", failed);
        json_end();
    }
    if (shares) free_paths(shares, count);
    IOfflineFilesCache_Release(cache);
    return ret;
}

int run_offline(const struct command *command)
{
    return run_transitions(command, go_offline);
}

int run_online(const struct command *command)
{
    return run_transitions(command, go_online);
}

int run_suspend(const struct command *command)
{
    return run_transitions(command, suspend);
}

int run_resume(const struct command *command)
{
    return run_transitions(command, resume);
}
