/*
 * The way to the service: finds it, starts it, opens a session
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "cscobj_private.h"
#include "winreg.h"
#include "winsvc.h"
#include "wine/debug.h"

#include <string.h>

WINE_DEFAULT_DEBUG_CHANNEL(cscobj);

/* An OBJREF of Wine has 68 bytes; Windows adds the addresses of the machine. */
#define MAX_OBJREF 2048

#define CONNECT_LIMIT  30000 /* ms until the service must have answered */
#define POLL_STEP          2 /* ms; the cold path has to be quick */
#define POLL_STEP_LATER   20 /* ms, when it takes longer than usual anyway */
#define RESTART_STEP     250 /* ms between requests to start a service that is said to run */
#define RETRY_SAME       500 /* ms until an OBJREF that led nowhere is tried again */
#define MAX_STARTS         2
#define BUSY_LIMIT     10000 /* ms for which a service that lets nobody in is asked again; it mends that by itself */

BOOL is_busy(HRESULT hr)
{
    return hr == HRESULT_FROM_WIN32(RPC_S_SERVER_TOO_BUSY);
}

BOOL busy_wait(ULONGLONG *since)
{
    ULONGLONG now = GetTickCount64();

    if (!*since) *since = now;
    if (now - *since >= BUSY_LIMIT) return FALSE;
    Sleep(POLL_STEP_LATER);
    return TRUE;
}

BOOL is_disconnect(HRESULT hr)
{
    switch (hr)
    {
    case RPC_E_DISCONNECTED:
    case RPC_E_SERVER_DIED:
    case RPC_E_SERVER_DIED_DNE:
    case RPC_E_CLIENT_DIED:
    case RPC_E_CONNECTION_TERMINATED:
    case RPC_E_INVALID_OBJREF:
    case RPC_E_INVALID_OBJECT:
    case RPC_E_INVALID_IPID:
    case CO_E_OBJNOTCONNECTED:
    case CO_E_OBJNOTREG:
        return TRUE;
    }
    if (HRESULT_FACILITY(hr) != FACILITY_WIN32) return FALSE;
    switch (HRESULT_CODE(hr))
    {
    case RPC_S_SERVER_UNAVAILABLE:
    case RPC_S_CALL_FAILED:
    case RPC_S_CALL_FAILED_DNE:
    case RPC_S_NO_ENDPOINT_FOUND:
    case RPC_S_UNKNOWN_IF:
    case RPC_S_COMM_FAILURE:
        return TRUE;
    }
    return FALSE;
}

HRESULT stream_from_bytes(const void *data, DWORD size, IStream **stream)
{
    LARGE_INTEGER start = {{ 0 }};
    HRESULT hr;

    if (FAILED(hr = CreateStreamOnHGlobal(NULL, TRUE, stream))) return hr;
    if (FAILED(hr = IStream_Write(*stream, data, size, NULL)) ||
        FAILED(hr = IStream_Seek(*stream, start, STREAM_SEEK_SET, NULL)))
    {
        IStream_Release(*stream);
        *stream = NULL;
    }
    return hr;
}

/* Reads the OBJREF that the service left; returns its size, 0: there is none. */
static DWORD read_objref(BYTE *objref)
{
    DWORD size = MAX_OBJREF, type;
    LSTATUS ret;
    HKEY key;

    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, CSC_SESSION_KEY, 0, KEY_QUERY_VALUE | KEY_WOW64_64KEY, &key)) return 0;
    ret = RegQueryValueExW(key, CSC_SESSION_VALUE, NULL, &type, objref, &size);
    RegCloseKey(key);
    return !ret && type == REG_BINARY ? size : 0;
}

static HRESULT try_objref(const BYTE *objref, DWORD size, ICscSession **session)
{
    ICscService *service;
    IStream *stream;
    HRESULT hr;

    if (FAILED(hr = stream_from_bytes(objref, size, &stream))) return hr;
    hr = CoUnmarshalInterface(stream, &IID_ICscService, (void **)&service);
    IStream_Release(stream);
    if (FAILED(hr)) return hr;
    hr = ICscService_Connect(service, CSC_WIRE_VERSION, GetCurrentProcessId(), session);
    ICscService_Release(service);
    return hr;
}

struct control
{
    SC_HANDLE manager;
    SC_HANDLE service;
    unsigned int starts;        /* that succeeded */
    ULONGLONG last_try;
};

static void close_control(struct control *control)
{
    if (control->service) CloseServiceHandle(control->service);
    if (control->manager) CloseServiceHandle(control->manager);
}

/* Starts the service unless it runs or is about to.  combase would do it too, but sleeps a whole
 * second afterwards [wine-notes §2].  What is told as running may be dead: Wine's service control
 * manager looks only when it is to start it, so it is asked to do that in any state now and then. */
static HRESULT start_if_needed(struct control *control, ULONGLONG now)
{
    SERVICE_STATUS status;

    if (!control->manager && !(control->manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT)))
        return HRESULT_FROM_WIN32(GetLastError());
    if (!control->service && !(control->service = OpenServiceW(control->manager, CSC_SERVICE_NAME,
                                                               SERVICE_START | SERVICE_QUERY_STATUS)))
        return HRESULT_FROM_WIN32(GetLastError());
    if (!QueryServiceStatus(control->service, &status)) return HRESULT_FROM_WIN32(GetLastError());
    if (status.dwCurrentState != SERVICE_STOPPED && control->last_try && now - control->last_try < RESTART_STEP)
        return S_OK;

    if (control->starts == MAX_STARTS && status.dwCurrentState == SERVICE_STOPPED)
    {
        ERR("the service stops right after it was started, error %lu, %#lx\n", status.dwWin32ExitCode,
            status.dwServiceSpecificExitCode);
        /* our service gives an HRESULT there */
        if (status.dwWin32ExitCode == ERROR_SERVICE_SPECIFIC_ERROR && FAILED((HRESULT)status.dwServiceSpecificExitCode))
            return (HRESULT)status.dwServiceSpecificExitCode;
        return HRESULT_FROM_WIN32(status.dwWin32ExitCode ? status.dwWin32ExitCode : ERROR_SERVICE_NOT_ACTIVE);
    }
    control->last_try = now;
    if (StartServiceW(control->service, 0, NULL))
    {
        TRACE("started the service\n");
        control->starts++;
        return S_OK;
    }
    switch (GetLastError())
    {
    case ERROR_SERVICE_ALREADY_RUNNING:
    case ERROR_SERVICE_DATABASE_LOCKED: /* the session is just starting its services */
        return S_OK;
    default:
        WARN("the service does not start, error %lu\n", GetLastError());
        return HRESULT_FROM_WIN32(GetLastError());
    }
}

HRESULT service_connect(ICscSession **session)
{
    struct control control = { 0 };
    BYTE objref[MAX_OBJREF], tried[MAX_OBJREF];
    DWORD size, tried_size = 0;
    ULONGLONG begin = GetTickCount64(), now = begin, tried_time = 0, busy = 0;
    HRESULT hr;

    *session = NULL;
    for (;;)
    {
        if ((size = read_objref(objref)) &&
            (size != tried_size || memcmp(objref, tried, size) || now - tried_time >= RETRY_SAME))
        {
            hr = try_objref(objref, size, session);
            TRACE("connecting gave %#lx\n", hr);
            if (is_busy(hr) && busy_wait(&busy))
            {
                now = GetTickCount64();
                continue;
            }
            /* Nobody there: it is what a service left that was killed. */
            if (!is_disconnect(hr)) break;
            memcpy(tried, objref, size);
            tried_size = size;
            tried_time = now;
        }
        if (FAILED(hr = start_if_needed(&control, now))) break;
        if (now - begin >= CONNECT_LIMIT)
        {
            ERR("the service does not answer\n");
            hr = HRESULT_FROM_WIN32(ERROR_SERVICE_REQUEST_TIMEOUT);
            break;
        }
        Sleep(now - begin < 1000 ? POLL_STEP : POLL_STEP_LATER);
        now = GetTickCount64();
    }
    close_control(&control);
    return hr;
}

BOOL service_is_stopped(void)
{
    SC_HANDLE manager, service = NULL;
    SERVICE_STATUS status;
    BOOL stopped = FALSE;

    if ((manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT)))
    {
        service = OpenServiceW(manager, CSC_SERVICE_NAME, SERVICE_QUERY_STATUS);
        stopped = service && QueryServiceStatus(service, &status) && status.dwCurrentState == SERVICE_STOPPED;
    }
    if (service) CloseServiceHandle(service);
    if (manager) CloseServiceHandle(manager);
    return stopped;
}
