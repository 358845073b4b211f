/*
 * Finding the native half of a module
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Wine has no header for modules outside of its tree; this is its interface to native libraries.
 */

#ifndef __CSCSVC_UNIXCALL_H
#define __CSCSVC_UNIXCALL_H

#include "windef.h"
#include "winbase.h"
#include "winternl.h"

#define MEMORY_WINE_UNIX_FUNCS 1000
typedef UINT64 unixlib_handle;
typedef NTSTATUS (WINAPI *unix_dispatcher)(unixlib_handle handle, unsigned int code, void *args);
typedef NTSTATUS (WINAPI *query_virtual_memory)(HANDLE process, void *address, int info, void *buffer,
                                                SIZE_T size, SIZE_T *result);

#define NTSTATUS_DLL_NOT_FOUND      ((NTSTATUS)0xc0000135)
#define NTSTATUS_ENTRY_NOT_FOUND    ((NTSTATUS)0xc0000139)

/* What a module's native half is called with.  NTSTATUS_DLL_NOT_FOUND: it has none that could be loaded. */
static inline NTSTATUS find_unixlib(HMODULE module, unixlib_handle *library, unix_dispatcher *dispatcher)
{
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    /* ntdll exports a variable of this name, not a function. */
    unix_dispatcher *exported = (unix_dispatcher *)(void *)GetProcAddress(ntdll, "__wine_unix_call_dispatcher");
    query_virtual_memory query = (query_virtual_memory)(void *)GetProcAddress(ntdll, "NtQueryVirtualMemory");
    NTSTATUS status;

    if (!exported || !query) return NTSTATUS_ENTRY_NOT_FOUND;
    status = query(GetCurrentProcess(), module, MEMORY_WINE_UNIX_FUNCS, library, sizeof(*library), NULL);
    if (!status) *dispatcher = *exported;
    return status;
}

#endif /* __CSCSVC_UNIXCALL_H */
