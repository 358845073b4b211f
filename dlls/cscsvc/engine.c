/*
 * Service for Offline Files: the engine and who is inside it
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "cscsvc_private.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(cscsvc);

/* How long a start waits for a killed predecessor whose last native call is still in the kernel. */
#define OWNER_WAIT  10000
#define OWNER_STEP  50

static SRWLOCK engine_lock = SRWLOCK_INIT;   /* shared: the engine stays; exclusive: it comes or goes */
static void *engine;
static BOOL engine_blocked;
static LONG inside;

/* Wine's own way to the Unix name of a path.  Free with HeapFree. */
static char *unix_name(const WCHAR *path)
{
    typedef char * (__cdecl *get_unix_file_name)(const WCHAR *);
    get_unix_file_name get = (get_unix_file_name)(void *)GetProcAddress(GetModuleHandleW(L"kernel32.dll"),
                                                                       "wine_get_unix_file_name");

    return get ? get(path) : NULL;
}

HRESULT engine_start(void (*progress)(void))
{
    struct csc_unix_open_params params = { 0 };
    struct exclusions exclusions;
    struct service_config config;
    WCHAR windows[MAX_PATH];
    char *windows_dir, *drive_c;
    DWORD waited = 0;
    UINT length;
    HRESULT hr;

    if (FAILED(hr = unix_calls_init())) return hr;

    length = GetWindowsDirectoryW(windows, ARRAYSIZE(windows));
    if (!length || length >= ARRAYSIZE(windows)) return E_UNEXPECTED;
    windows_dir = unix_name(windows);
    /* Whatever drive Windows is on, C: is a link in the folder that also holds unc. */
    drive_c = unix_name(L"C:\\");
    if (!windows_dir || !drive_c)
    {
        ERR("no Unix path for %s\n", debugstr_w(windows));
        hr = HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND);
        goto done;
    }
    read_service_config(&config);
    params.workers = config.workers;
    params.origin_timeout = config.origin_timeout;
    params.probe_interval = config.probe_interval;
    params.ping_interval = config.ping_interval;
    params.answer_timeout = config.answer_timeout;
    params.online_sync_interval = config.online_sync_interval;
    params.system_drive = 1;      /* which is what the drive with Windows is */
    read_quota_policy(&params.quota_policy);
    /* with the first look at a share they are in force */
    read_exclusions(&exclusions);
    params.excluded = exclusions.texts;
    params.excluded_count = exclusions.count;
    params.trace = TRACE_ON(cscsvc);
    params.windows_dir = windows_dir;
    params.drive_c = drive_c;
    TRACE("windows %s, C: %s, workers %lu, origin timeout %lu, probe interval %lu\n", debugstr_a(windows_dir),
          debugstr_a(drive_c), config.workers, config.origin_timeout, config.probe_interval);

    for (;;)
    {
        hr = unix_call(CSC_UNIX_OPEN, &params);
        if (hr != HRESULT_FROM_WIN32(ERROR_BUSY) || waited >= OWNER_WAIT) break;
        progress();
        Sleep(OWNER_STEP);
        waited += OWNER_STEP;
    }
    free_exclusions(&exclusions);
    if (FAILED(hr))
        ERR("can't open the cache below %s: %#lx\n", debugstr_a(windows_dir), hr);
    else
    {
        hand_over_policies(params.engine);
        AcquireSRWLockExclusive(&engine_lock);
        engine = params.engine;
        engine_blocked = FALSE;
        ReleaseSRWLockExclusive(&engine_lock);
    }

done:
    HeapFree(GetProcessHeap(), 0, windows_dir);
    HeapFree(GetProcessHeap(), 0, drive_c);
    return hr;
}

HRESULT engine_enter(void **out)
{
    HRESULT hr = S_OK;

    AcquireSRWLockShared(&engine_lock);
    if (engine && !engine_blocked)
    {
        InterlockedIncrement(&inside);
        *out = engine;
    }
    else hr = HRESULT_FROM_WIN32(ERROR_SERVICE_NOT_ACTIVE);
    ReleaseSRWLockShared(&engine_lock);
    return hr;
}

void engine_leave(void)
{
    InterlockedDecrement(&inside);
}

BOOL engine_is_damaged(void)
{
    struct csc_unix_is_damaged_params params = { 0 };

    if (FAILED(engine_enter(&params.engine))) return FALSE;
    unix_call(CSC_UNIX_IS_DAMAGED, &params);
    engine_leave();
    return params.damaged != 0;
}

BOOL engine_hold(void)
{
    AcquireSRWLockShared(&engine_lock);
    if (engine) return TRUE;
    ReleaseSRWLockShared(&engine_lock);
    return FALSE;
}

void engine_unhold(void)
{
    ReleaseSRWLockShared(&engine_lock);
}

void engine_block(void)
{
    AcquireSRWLockExclusive(&engine_lock);
    engine_blocked = TRUE;
    ReleaseSRWLockExclusive(&engine_lock);
}

BOOL engine_drain(DWORD timeout)
{
    DWORD waited = 0;

    while (InterlockedCompareExchange(&inside, 0, 0))
    {
        if (waited >= timeout) return FALSE;
        Sleep(10);
        waited += 10;
    }
    return TRUE;
}

void engine_close(void)
{
    struct csc_unix_close_params params = { 0 };

    AcquireSRWLockExclusive(&engine_lock);
    params.engine = engine;
    engine = NULL;
    if (params.engine) unix_call(CSC_UNIX_CLOSE, &params);
    ReleaseSRWLockExclusive(&engine_lock);
}
