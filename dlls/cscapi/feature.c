/*
 * State of the Offline Files feature: what is configured, and what runs
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "feature.h"
#include "winsvc.h"
#include "cscguids.h"
#include "cscset.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(cscapi);

/* A start that goes on is polled in these steps and given up after the limit, ms. */
#define START_STEP  5
#define START_LIMIT 60000

static enum feature_policy read_policy(void)
{
    struct setting_value value;
    BOOL by_policy, enabled;

    if (setting_effective(setting_find(L"Enabled"), &value, &by_policy)) return POLICY_NONE;
    enabled = value.number != 0;
    setting_clear(&value);
    if (!by_policy) return POLICY_NONE;
    return enabled ? POLICY_ENABLED : POLICY_DISABLED;
}

static DWORD open_service(DWORD access, SC_HANDLE *service)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    DWORD error = ERROR_SUCCESS;

    if (!manager) return GetLastError();
    if (!(*service = OpenServiceW(manager, CSC_SERVICE_NAME, access))) error = GetLastError();
    CloseServiceHandle(manager);
    return error;
}

static DWORD read_start_type(SC_HANDLE service, DWORD *start_type)
{
    QUERY_SERVICE_CONFIGW *config;
    DWORD size = 0, error;

    if (QueryServiceConfigW(service, NULL, 0, &size)) return ERROR_INVALID_DATA;
    if ((error = GetLastError()) != ERROR_INSUFFICIENT_BUFFER) return error;
    if (!(config = HeapAlloc(GetProcessHeap(), 0, size))) return ERROR_NOT_ENOUGH_MEMORY;
    if (QueryServiceConfigW(service, config, size, &size))
    {
        *start_type = config->dwStartType;
        error = ERROR_SUCCESS;
    }
    else error = GetLastError();
    HeapFree(GetProcessHeap(), 0, config);
    return error;
}

DWORD feature_read(struct feature *feature)
{
    SERVICE_STATUS status;
    SC_HANDLE service;
    DWORD error;

    feature->installed = feature->running = FALSE;
    feature->start_type = SERVICE_DISABLED;
    feature->policy = read_policy();

    error = open_service(SERVICE_QUERY_CONFIG | SERVICE_QUERY_STATUS, &service);
    if (error == ERROR_SERVICE_DOES_NOT_EXIST) return ERROR_SUCCESS;
    if (error) return error;
    feature->installed = TRUE;
    if (!(error = read_start_type(service, &feature->start_type)))
    {
        if (QueryServiceStatus(service, &status)) feature->running = status.dwCurrentState == SERVICE_RUNNING;
        else error = GetLastError();
    }
    CloseServiceHandle(service);
    return error;
}

BOOL feature_enabled(const struct feature *feature)
{
    if (!feature->installed) return FALSE;
    if (feature->policy != POLICY_NONE) return feature->policy == POLICY_ENABLED;
    return feature->start_type == SERVICE_AUTO_START;
}

BOOL feature_available(const struct feature *feature)
{
    if (!feature->installed) return FALSE;
    if (feature->running || feature->policy == POLICY_ENABLED) return TRUE;
    return feature->policy != POLICY_DISABLED && feature->start_type != SERVICE_DISABLED;
}

DWORD feature_set_start_type(DWORD start_type)
{
    DWORD error = ERROR_SUCCESS;
    SC_HANDLE service;

    if ((error = open_service(SERVICE_CHANGE_CONFIG, &service))) return error;
    if (!ChangeServiceConfigW(service, SERVICE_NO_CHANGE, start_type, SERVICE_NO_CHANGE, NULL, NULL, NULL, NULL,
                              NULL, NULL, NULL))
        error = GetLastError();
    CloseServiceHandle(service);
    return error;
}

/* The service's own reason is an HRESULT; this function's callers want a Win32 code. */
static DWORD exit_error(const SERVICE_STATUS *status)
{
    DWORD reason = status->dwServiceSpecificExitCode;

    if (status->dwWin32ExitCode != ERROR_SERVICE_SPECIFIC_ERROR)
        return status->dwWin32ExitCode ? status->dwWin32ExitCode : ERROR_SERVICE_NOT_ACTIVE;
    WARN("the service stopped with %#lx\n", reason);
    return HRESULT_FACILITY(reason) == FACILITY_WIN32 ? HRESULT_CODE(reason) : ERROR_SERVICE_SPECIFIC_ERROR;
}

DWORD feature_start(void)
{
    DWORD waited = 0, error;
    SERVICE_STATUS status;
    SC_HANDLE service;

    if ((error = open_service(SERVICE_START | SERVICE_QUERY_STATUS, &service))) return error;
    if (!StartServiceW(service, 0, NULL) && (error = GetLastError()) != ERROR_SERVICE_ALREADY_RUNNING)
    {
        CloseServiceHandle(service);
        return error;
    }
    for (;;)
    {
        if (!QueryServiceStatus(service, &status)) error = GetLastError();
        else if (status.dwCurrentState == SERVICE_RUNNING) error = ERROR_SUCCESS;
        else if (status.dwCurrentState == SERVICE_STOPPED) error = exit_error(&status);
        else if (waited >= START_LIMIT) error = ERROR_SERVICE_REQUEST_TIMEOUT;
        else
        {
            Sleep(START_STEP);
            waited += START_STEP;
            continue;
        }
        break;
    }
    CloseServiceHandle(service);
    return error;
}
