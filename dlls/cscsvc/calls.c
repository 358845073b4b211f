/*
 * Service for Offline Files: calls into the native half
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "cscsvc_private.h"
#include "unixcall.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(cscsvc);

static unix_dispatcher dispatcher;
static unixlib_handle library;

HRESULT unix_calls_init(void)
{
    struct csc_unix_version_params params = { .version = CSC_UNIX_VERSION };
    NTSTATUS status = find_unixlib(cscsvc_instance, &library, &dispatcher);
    HRESULT hr;

    if (status)
    {
        if (status == NTSTATUS_DLL_NOT_FOUND)
            ERR("the native library cscsvc.so is not in Wine's folders or in WINEDLLPATH, or can't be loaded; "
                "the service can't run without it\n");
        else
            ERR("no native library: status %#lx\n", status);
        return HRESULT_FROM_NT(status);
    }
    if (FAILED(hr = unix_call(CSC_UNIX_VERSION_CHECK, &params)))
        ERR("cscsvc.so is of another build: version %u, not %u\n", params.version, CSC_UNIX_VERSION);
    return hr;
}

HRESULT unix_call(enum csc_unix_call code, void *params)
{
    NTSTATUS status;

    if (!dispatcher) return HRESULT_FROM_NT(NTSTATUS_DLL_NOT_FOUND);
    if ((status = dispatcher(library, code, params)))
    {
        ERR("call %u failed: %#lx\n", code, status);
        return HRESULT_FROM_NT(status);
    }
    /* The status is the first member of all parameter structures. */
    return *(const int32_t *)params;
}
