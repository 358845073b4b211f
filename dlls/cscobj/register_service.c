/*
 * Registration of the service CscService
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "cscobj_private.h"
#include "winreg.h"
#include "winsvc.h"
#include "wine/debug.h"

#include <stdlib.h>
#include <string.h>

WINE_DEFAULT_DEBUG_CHANNEL(cscobj);

#define SVCHOST_KEY    L"Software\\Microsoft\\Windows NT\\CurrentVersion\\SvcHost"
#define PARAMETERS_KEY L"System\\CurrentControlSet\\Services\\" CSC_SERVICE_NAME L"\\Parameters"
#define COMMAND        L"%SystemRoot%\\system32\\svchost.exe -k " CSC_SERVICE_GROUP
#define DISPLAY_NAME   L"Offline Files"

#define STOP_LIMIT 5000 /* ms */
#define STOP_STEP    20

/* Reads the members of our svchost group as consecutive strings, two terminators at the end even when
 * there are none.  size: in bytes, both terminators included. */
static LSTATUS read_group(HKEY key, WCHAR **members, DWORD *size)
{
    DWORD type, length = 0;
    LSTATUS ret;

    *members = NULL;
    ret = RegQueryValueExW(key, CSC_SERVICE_GROUP, NULL, &type, NULL, &length);
    if (ret == ERROR_FILE_NOT_FOUND) length = 0;
    else if (ret) return ret;
    else if (type != REG_MULTI_SZ) return ERROR_INVALID_DATA;

    if (!(*members = calloc(1, length + 2 * sizeof(WCHAR)))) return ERROR_OUTOFMEMORY;
    if (length && (ret = RegQueryValueExW(key, CSC_SERVICE_GROUP, NULL, &type, (BYTE *)*members, &length)))
    {
        free(*members);
        *members = NULL;
        return ret;
    }
    *size = 0;
    while ((*members)[*size]) *size += wcslen(*members + *size) + 1;
    *size = (*size + 1) * sizeof(WCHAR);
    return ERROR_SUCCESS;
}

/* Puts our service into the group or takes it out; all other members stay in their order. */
static HRESULT change_group(BOOL member)
{
    WCHAR *members, *changed = NULL, *pos, *out;
    LSTATUS ret;
    BOOL found = FALSE;
    DWORD size;
    HKEY key;

    if ((ret = RegCreateKeyExW(HKEY_LOCAL_MACHINE, SVCHOST_KEY, 0, NULL, 0, KEY_QUERY_VALUE | KEY_SET_VALUE, NULL,
                               &key, NULL)))
        return HRESULT_FROM_WIN32(ret);
    if ((ret = read_group(key, &members, &size))) goto done;

    if (!(changed = calloc(1, size + sizeof(CSC_SERVICE_NAME))))
    {
        ret = ERROR_OUTOFMEMORY;
        goto done;
    }
    for (pos = members, out = changed; *pos; pos += wcslen(pos) + 1)
    {
        if (!_wcsicmp(pos, CSC_SERVICE_NAME))
        {
            found = TRUE;
            if (!member) continue;
        }
        wcscpy(out, pos);
        out += wcslen(out) + 1;
    }
    if (found == member) goto done;
    if (member)
    {
        wcscpy(out, CSC_SERVICE_NAME);
        out += wcslen(out) + 1;
    }
    if (out == changed) ret = RegDeleteValueW(key, CSC_SERVICE_GROUP);
    else ret = RegSetValueExW(key, CSC_SERVICE_GROUP, 0, REG_MULTI_SZ, (const BYTE *)changed,
                              (out + 1 - changed) * sizeof(WCHAR));
done:
    RegCloseKey(key);
    free(changed);
    free(members);
    return HRESULT_FROM_WIN32(ret);
}

/* Creates the service, or puts an existing one right.  A start type that was chosen stays: whoever
 * disabled the feature did so on purpose. */
static HRESULT create_service(void)
{
    SERVICE_DESCRIPTIONW description =
    {
        (WCHAR *)L"Keeps copies of files of network shares, so that they can be used without the network, and "
                 L"synchronizes changes."
    };
    SC_HANDLE manager, service;
    HRESULT hr = S_OK;

    if (!(manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CREATE_SERVICE | SC_MANAGER_CONNECT)))
        return HRESULT_FROM_WIN32(GetLastError());
    service = CreateServiceW(manager, CSC_SERVICE_NAME, DISPLAY_NAME, SERVICE_CHANGE_CONFIG,
                             SERVICE_WIN32_SHARE_PROCESS, SERVICE_AUTO_START, SERVICE_ERROR_NORMAL, COMMAND,
                             NULL, NULL, NULL, NULL, NULL);
    if (!service && GetLastError() == ERROR_SERVICE_EXISTS)
    {
        service = OpenServiceW(manager, CSC_SERVICE_NAME, SERVICE_CHANGE_CONFIG);
        if (service && !ChangeServiceConfigW(service, SERVICE_WIN32_SHARE_PROCESS, SERVICE_NO_CHANGE,
                                             SERVICE_ERROR_NORMAL, COMMAND, NULL, NULL, NULL, NULL, NULL,
                                             DISPLAY_NAME))
            hr = HRESULT_FROM_WIN32(GetLastError());
    }
    if (!service) hr = HRESULT_FROM_WIN32(GetLastError());
    if (SUCCEEDED(hr) && !ChangeServiceConfig2W(service, SERVICE_CONFIG_DESCRIPTION, &description))
        hr = HRESULT_FROM_WIN32(GetLastError());
    if (service) CloseServiceHandle(service);
    CloseServiceHandle(manager);
    return hr;
}

HRESULT register_service(void)
{
    HRESULT hr;

    if (FAILED(hr = change_group(TRUE))) return hr;
    if (FAILED(hr = create_service())) return hr;
    if (FAILED(hr = register_string(HKEY_LOCAL_MACHINE, PARAMETERS_KEY, L"ServiceDll", REG_EXPAND_SZ,
                                    CSC_SERVICE_DLL)))
        return hr;
    return register_string(HKEY_LOCAL_MACHINE, PARAMETERS_KEY, L"ServiceMain", REG_SZ,
                           L"" CSC_SERVICE_MAIN);
}

/* Stops the service if it runs.  One that does not stop in time is deleted all the same. */
static void stop_service(SC_HANDLE service)
{
    SERVICE_STATUS status;
    DWORD waited;

    if (!ControlService(service, SERVICE_CONTROL_STOP, &status)) return;
    for (waited = 0; waited < STOP_LIMIT; waited += STOP_STEP)
    {
        if (!QueryServiceStatus(service, &status) || status.dwCurrentState == SERVICE_STOPPED) return;
        Sleep(STOP_STEP);
    }
    WARN("the service does not stop\n");
}

static HRESULT delete_service(void)
{
    SC_HANDLE manager, service;
    HRESULT hr = S_OK;

    if (!(manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT))) return HRESULT_FROM_WIN32(GetLastError());
    if ((service = OpenServiceW(manager, CSC_SERVICE_NAME, SERVICE_STOP | SERVICE_QUERY_STATUS | DELETE)))
    {
        stop_service(service);
        if (!DeleteService(service) && GetLastError() != ERROR_SERVICE_MARKED_FOR_DELETE)
            hr = HRESULT_FROM_WIN32(GetLastError());
        CloseServiceHandle(service);
    }
    else if (GetLastError() != ERROR_SERVICE_DOES_NOT_EXIST) hr = HRESULT_FROM_WIN32(GetLastError());
    CloseServiceHandle(manager);
    return hr;
}

HRESULT unregister_service(void)
{
    HRESULT hr = delete_service(), hr2 = change_group(FALSE);
    DWORD keys, values;
    BOOL empty;
    HKEY key;

    /* What the service left; settings that somebody made stay. */
    if (!RegOpenKeyExW(HKEY_LOCAL_MACHINE, CSC_NETCACHE_KEY, 0, KEY_ALL_ACCESS | KEY_WOW64_64KEY, &key))
    {
        RegDeleteTreeW(key, L"Session");
        empty = !RegQueryInfoKeyW(key, NULL, NULL, NULL, &keys, NULL, NULL, &values, NULL, NULL, NULL, NULL) &&
                !keys && !values;
        RegCloseKey(key);
        if (empty) RegDeleteKeyExW(HKEY_LOCAL_MACHINE, CSC_NETCACHE_KEY, KEY_WOW64_64KEY, 0);
    }
    return FAILED(hr) ? hr : hr2;
}
