/*
 * A share for the time of a test
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * On Windows the server of this machine shares a temporary folder; with our implementation csccmd.exe maps one
 * to a UNC path of its own. Nothing is made when the test names a share.
 */

#include "csctest.h"
#include <lm.h>

static WCHAR made_unc[MAX_PATH], made_folder[MAX_PATH], made_name[32];

/* csccmd.exe of the system directory with these arguments. */
DWORD run_csccmd(const WCHAR *arguments)
{
    WCHAR command[3 * MAX_PATH], system[MAX_PATH];
    PROCESS_INFORMATION process;
    STARTUPINFOW startup;
    DWORD code = ERROR_GEN_FAILURE;

    GetSystemDirectoryW(system, MAX_PATH);
    _snwprintf(command, ARRAY_SIZE(command), L"\"%s\\csccmd.exe\" %s", system, arguments);
    command[ARRAY_SIZE(command) - 1] = 0;
    memset(&startup, 0, sizeof(startup));
    startup.cb = sizeof(startup);
    if (!CreateProcessW(NULL, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process)) return GetLastError();
    if (WaitForSingleObject(process.hProcess, 60000) != WAIT_OBJECT_0) TerminateProcess(process.hProcess, 1);
    else if (GetExitCodeProcess(process.hProcess, &code) && code) code = ERROR_GEN_FAILURE;
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
    return code;
}

static DWORD share_folder(void)
{
    NET_API_STATUS (WINAPI *add)(LPWSTR, DWORD, LPBYTE, LPDWORD);
    WCHAR computer[MAX_COMPUTERNAME_LENGTH + 1], arguments[2 * MAX_PATH + 16];
    DWORD size = ARRAY_SIZE(computer);
    SHARE_INFO_2 info;
    DWORD parameter;

    if (on_ours())
    {
        _snwprintf(made_unc, MAX_PATH, L"\\\\csctest\\%s", made_name);
        _snwprintf(arguments, ARRAY_SIZE(arguments), L"map %s \"%s\"", made_unc, made_folder);
        return run_csccmd(arguments);
    }
    add = (void *)GetProcAddress(LoadLibraryW(L"netapi32.dll"), "NetShareAdd");
    if (!add) return ERROR_CALL_NOT_IMPLEMENTED;
    if (!GetComputerNameW(computer, &size)) return GetLastError();
    _snwprintf(made_unc, MAX_PATH, L"\\\\%s\\%s", computer, made_name);
    memset(&info, 0, sizeof(info));
    info.shi2_netname = made_name;
    info.shi2_type = STYPE_DISKTREE;
    info.shi2_remark = (WCHAR *)L"conformance test";
    info.shi2_permissions = ACCESS_ALL;
    info.shi2_max_uses = ~0u;
    info.shi2_path = made_folder;
    return add(NULL, 2, (BYTE *)&info, &parameter);
}

DWORD test_share_create(WCHAR *unc, WCHAR *origin)
{
    WCHAR temp[MAX_PATH];
    DWORD error, length = GetTempPathW(MAX_PATH, temp);

    if (!length || length > MAX_PATH - 32) return ERROR_FILENAME_EXCED_RANGE;
    _snwprintf(made_name, ARRAY_SIZE(made_name), L"csctest-%lu", GetCurrentProcessId());
    _snwprintf(made_folder, MAX_PATH, L"%s%s", temp, made_name);
    if (!CreateDirectoryW(made_folder, NULL))
    {
        error = GetLastError();
        made_folder[0] = 0;
        return error;
    }
    if ((error = share_folder()))
    {
        RemoveDirectoryW(made_folder);
        made_folder[0] = 0;
        return error;
    }
    wcscpy(unc, made_unc);
    wcscpy(origin, made_folder);
    return ERROR_SUCCESS;
}

void test_share_remove(void)
{
    NET_API_STATUS (WINAPI *del)(LPWSTR, LPWSTR, DWORD);
    WCHAR arguments[MAX_PATH + 32];

    if (!made_folder[0]) return;
    if (on_ours())
    {
        _snwprintf(arguments, ARRAY_SIZE(arguments), L"unmap --discard-changes %s", made_unc);
        run_csccmd(arguments);
    }
    else if ((del = (void *)GetProcAddress(LoadLibraryW(L"netapi32.dll"), "NetShareDel")))
        del(NULL, made_name, 0);
    remove_tree(made_folder);
    made_folder[0] = 0;
}
