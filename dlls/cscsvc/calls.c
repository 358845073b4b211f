/*
 * Service for Offline Files: calls into the native half
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "cscsvc_private.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(cscsvc);

/* Wine has no header for modules outside of its tree; this is its interface to native libraries. */
#define MEMORY_WINE_UNIX_FUNCS 1000
typedef UINT64 unixlib_handle;
typedef NTSTATUS (WINAPI *unix_dispatcher)(unixlib_handle handle, unsigned int code, void *args);
typedef NTSTATUS (WINAPI *query_virtual_memory)(HANDLE process, void *address, int info, void *buffer,
                                                SIZE_T size, SIZE_T *result);

#define NTSTATUS_DLL_NOT_FOUND      ((NTSTATUS)0xc0000135)
#define NTSTATUS_ENTRY_NOT_FOUND    ((NTSTATUS)0xc0000139)

static unix_dispatcher dispatcher;
static unixlib_handle library;

static NTSTATUS find_library(void)
{
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    /* ntdll exports a variable of this name, not a function. */
    unix_dispatcher *exported = (unix_dispatcher *)(void *)GetProcAddress(ntdll, "__wine_unix_call_dispatcher");
    query_virtual_memory query = (query_virtual_memory)(void *)GetProcAddress(ntdll, "NtQueryVirtualMemory");
    NTSTATUS status;

    if (!exported || !query) return NTSTATUS_ENTRY_NOT_FOUND;
    status = query(GetCurrentProcess(), cscsvc_instance, MEMORY_WINE_UNIX_FUNCS, &library, sizeof(library), NULL);
    if (!status) dispatcher = *exported;
    return status;
}

HRESULT unix_calls_init(void)
{
    struct csc_unix_version_params params = { .version = CSC_UNIX_VERSION };
    NTSTATUS status = find_library();
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
