/*
 * Help for search indexers: CscSearchApiGetInterface
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A C++ class with three virtual functions and nothing else; [windows-modules.md], [behaviour.md §4.5].  An indexer reads
 * what is in the cache, which is the same as what programs see offline.
 */

#include <stdarg.h>
#include <wchar.h>

#include "windef.h"
#include "winbase.h"
#include "winternl.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(cscapi);

#define SEARCH_COOKIE  0x8fb92809
#define SEARCH_VERSION (1 << 16 | sizeof(struct search_api))

#define NTSTATUS_OK                ((NTSTATUS)0)
#define NTSTATUS_INVALID_PARAMETER ((NTSTATUS)0xc000000d)
#define NTSTATUS_REVISION_MISMATCH ((NTSTATUS)0xc0000059)

/* Virtual functions of C++ get "this" in a register on x86. */
#ifdef __i386__
#define METHOD __attribute__((thiscall))
#else
#define METHOD
#endif

struct search_api
{
    const struct search_vtbl *vtbl;
};

struct search_vtbl
{
    LONG  (METHOD *AddRef)(struct search_api *api);
    LONG  (METHOD *DelRef)(struct search_api *api);
    DWORD (METHOD *OfflineFilesOpenIndexingHandle)(struct search_api *api, HANDLE *handle, const WCHAR *name, DWORD access,
                                                   DWORD sharing, BOOL *is_directory);
};

/* One object for the life of the module. */
static LONG METHOD search_AddRef(struct search_api *api)
{
    return 2;
}

static LONG METHOD search_DelRef(struct search_api *api)
{
    return 1;
}

/* The place in the cache of a UNC path: ERROR_BAD_PATHNAME for others, and for what would lead out of the cache. */
static DWORD cached_place(const WCHAR *name, WCHAR *place, DWORD room)
{
    DWORD length = GetSystemWindowsDirectoryW(place, room);
    const WCHAR *part, *end;

    if (!length || length >= room) return ERROR_BAD_PATHNAME;
    if (!wcsncmp(name, L"\\\\?\\UNC\\", 8)) name += 7;
    else if (name[0] == '\\' && name[1] == '\\') name += 1;
    else return ERROR_BAD_PATHNAME;
    for (part = name; *part; part = end)
    {
        part++;
        for (end = part; *end && *end != '\\'; end++) if (wcschr(L"/:*?\"<>|", *end)) return ERROR_BAD_PATHNAME;
        if ((end - part == 1 && part[0] == '.') || (end - part == 2 && part[0] == '.' && part[1] == '.'))
            return ERROR_BAD_PATHNAME;
    }
    if (length + wcslen(L"\\CSC\\v2.0.6\\namespace") + wcslen(name) >= room) return ERROR_FILENAME_EXCED_RANGE;
    wcscat(place, L"\\CSC\\v2.0.6\\namespace");
    wcscat(place, name);
    return ERROR_SUCCESS;
}

/* Our decision: only for reading, since writing goes through the share, and only what is in the cache. */
static DWORD METHOD search_OpenIndexingHandle(struct search_api *api, HANDLE *handle, const WCHAR *name, DWORD access,
                                              DWORD sharing, BOOL *is_directory)
{
    static WCHAR place[32768];
    static SRWLOCK place_lock = SRWLOCK_INIT;
    BY_HANDLE_FILE_INFORMATION info;
    DWORD error;

    TRACE("%p, %s, access %#lx, sharing %#lx, %p\n", handle, debugstr_w(name), access, sharing, is_directory);

    if (!handle || !name) return ERROR_INVALID_PARAMETER;
    *handle = INVALID_HANDLE_VALUE;
    if (access & ~(GENERIC_READ | FILE_GENERIC_READ)) return ERROR_ACCESS_DENIED;
    AcquireSRWLockExclusive(&place_lock);
    if (!(error = cached_place(name, place, ARRAYSIZE(place))))
    {
        *handle = CreateFileW(place, access, sharing, NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
        if (*handle == INVALID_HANDLE_VALUE) error = GetLastError();
    }
    ReleaseSRWLockExclusive(&place_lock);
    if (error) return error;
    if (!is_directory) return ERROR_SUCCESS;
    if (!GetFileInformationByHandle(*handle, &info))
    {
        error = GetLastError();
        CloseHandle(*handle);
        *handle = INVALID_HANDLE_VALUE;
        return error;
    }
    *is_directory = (info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
    return ERROR_SUCCESS;
}

static const struct search_vtbl search_vtbl = { search_AddRef, search_DelRef, search_OpenIndexingHandle };
static struct search_api search_object = { &search_vtbl };

NTSTATUS WINAPI CscSearchApiGetInterface(ULONG version, ULONG cookie, struct search_api **api)
{
    TRACE("%#lx, %#lx, %p\n", version, cookie, api);

    if (!api) return NTSTATUS_INVALID_PARAMETER;
    *api = NULL;
    if (cookie != SEARCH_COOKIE) return NTSTATUS_INVALID_PARAMETER;
    if (version != SEARCH_VERSION) return NTSTATUS_REVISION_MISMATCH;
    *api = &search_object;
    return NTSTATUS_OK;
}
