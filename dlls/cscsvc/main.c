/*
 * Service for Offline Files: the service under svchost
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The service does nothing to keep the Wine session alive, and it gets no notice when the session
 * ends: it is killed.  So nothing here may depend on a clean stop.
 */

#include "cscsvc_private.h"
#include "winsvc.h"
#include "cscguids.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(cscsvc);

/* How long a stop waits for calls that are inside the engine, ms. */
#define DRAIN_TIMEOUT 10000
/* How often the engine is asked whether its database is sound, ms. */
#define LOOK_INTERVAL 2000
/* What callers of the service manager are told to expect, ms. */
#define WAIT_HINT     30000

HINSTANCE cscsvc_instance;

static SERVICE_STATUS_HANDLE status_handle;
static SERVICE_STATUS service_status;
static HANDLE stop_event;
static HANDLE unreachable;      /* set: no client gets in; it stays so as long as the process lives */

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved)
{
    if (reason == DLL_PROCESS_ATTACH)
    {
        cscsvc_instance = instance;
        DisableThreadLibraryCalls(instance);
    }
    return TRUE;
}

/* hr: why the service stopped; a client reads it with QueryServiceStatus. */
static void report(DWORD state, HRESULT hr)
{
    BOOL pending = state == SERVICE_START_PENDING || state == SERVICE_STOP_PENDING;

    service_status.dwServiceType = SERVICE_WIN32_SHARE_PROCESS;
    service_status.dwControlsAccepted = state == SERVICE_RUNNING ? SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN : 0;
    service_status.dwWin32ExitCode = FAILED(hr) ? ERROR_SERVICE_SPECIFIC_ERROR : NO_ERROR;
    service_status.dwServiceSpecificExitCode = FAILED(hr) ? hr : 0;
    service_status.dwCheckPoint = pending && service_status.dwCurrentState == state ? service_status.dwCheckPoint + 1 : 0;
    service_status.dwWaitHint = pending ? WAIT_HINT : 0;
    service_status.dwCurrentState = state;
    if (!SetServiceStatus(status_handle, &service_status)) WARN("state %lu not set: %lu\n", state, GetLastError());
}

static void report_start_progress(void)
{
    report(SERVICE_START_PENDING, S_OK);
}

static DWORD WINAPI control_handler(DWORD control, DWORD event_type, void *event_data, void *context)
{
    TRACE("%lu\n", control);

    switch (control)
    {
    case SERVICE_CONTROL_STOP:
    case SERVICE_CONTROL_SHUTDOWN:
        SetEvent(stop_event);
        return NO_ERROR;
    case SERVICE_CONTROL_INTERROGATE:
        return NO_ERROR;
    default:
        return ERROR_CALL_NOT_IMPLEMENTED;
    }
}

static void no_progress(void)
{
}

/* Opens the engine anew, which rebuilds its database.  Clients lose their operations and get new sessions. */
static HRESULT reopen(void)
{
    ERR("the database of the cache is damaged, it is made anew\n");
    engine_block();
    sessions_cancel_all();
    if (!engine_drain(DRAIN_TIMEOUT)) return HRESULT_FROM_WIN32(ERROR_FILE_CORRUPT);
    sessions_close_all();
    engine_close();
    return engine_start(no_progress);
}

/* FALSE: the service has to end. */
static BOOL wait_for_look(void)
{
    HANDLE ends[] = { stop_event, unreachable };

    return WaitForMultipleObjects(ARRAYSIZE(ends), ends, FALSE, LOOK_INTERVAL) == WAIT_TIMEOUT;
}

/* From opening the engine to closing it.  Returns why the service could not run, or S_OK. */
static HRESULT run(void)
{
    HRESULT hr;

    settings_watch_listen(apply_quota_policy);
    settings_watch_listen(publish_settings_change);
    settings_watch_listen(apply_policies);
    settings_watch_remember();
    if (FAILED(hr = engine_start(report_start_progress))) return hr;
    if (SUCCEEDED(hr = settings_watch_start()) && SUCCEEDED(hr = sessions_start()))
    {
        if (SUCCEEDED(hr = publish_service()))
        {
            if (SUCCEEDED(hr = listener_start(unreachable)))
            {
                report(SERVICE_RUNNING, S_OK);
                TRACE("running\n");
                while (SUCCEEDED(hr) && wait_for_look())
                    if (engine_is_damaged()) hr = reopen();
                report(SERVICE_STOP_PENDING, S_OK);
                TRACE("stopping\n");
                listener_stop();
            }
            unpublish_service();
        }
    }
    engine_block();
    settings_watch_stop();
    sessions_cancel_all();
    if (engine_drain(DRAIN_TIMEOUT))
    {
        sessions_close_all();
        engine_close();
    }
    else
        /* Ending without a close is what every crash does. */
        WARN("a call is still in the engine, leaving it open\n");
    sessions_stop();
    return hr;
}

void WINAPI CscServiceMain(DWORD argc, LPWSTR *argv)
{
    HRESULT hr;

    TRACE("%lu, %p\n", argc, argv);

    if (!(status_handle = RegisterServiceCtrlHandlerExW(CSC_SERVICE_NAME, control_handler, NULL)))
    {
        ERR("no control handler: %lu\n", GetLastError());
        return;
    }
    report(SERVICE_START_PENDING, S_OK);
    if ((!stop_event && !(stop_event = CreateEventW(NULL, TRUE, FALSE, NULL))) ||
        (!unreachable && !(unreachable = CreateEventW(NULL, TRUE, FALSE, NULL))))
    {
        report(SERVICE_STOPPED, HRESULT_FROM_WIN32(GetLastError()));
        return;
    }
    ResetEvent(stop_event);
    if (FAILED(hr = CoInitializeEx(NULL, COINIT_MULTITHREADED)))
    {
        ERR("no apartment: %#lx\n", hr);
        report(SERVICE_STOPPED, hr);
        return;
    }
    hr = run();
    if (!WaitForSingleObject(unreachable, 0))
    {
        /* RPC may not be asked for anything any more, and another start must not get the same process. */
        report(SERVICE_STOPPED, hr);
        TerminateProcess(GetCurrentProcess(), ERROR_SERVICE_REQUEST_TIMEOUT);
    }
    CoUninitialize();
    /* Last of all: the process may end right after it. */
    report(SERVICE_STOPPED, hr);
}

/* Nothing but its name is published; Windows' own tests use it. */
DWORD WINAPI CscTestGetInterface(void *unknown1, void *unknown2)
{
    FIXME("%p, %p: not published\n", unknown1, unknown2);
    return ERROR_CALL_NOT_IMPLEMENTED;
}
