/*
 * What handles a process has
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "csctest.h"
#include <winternl.h>

#define MAX_KINDS 64

struct handle_entry
{
    void *object;
    ULONG_PTR pid, handle;
    ULONG access;
    USHORT back_trace, type;
    ULONG attributes, reserved;
};

struct handle_list
{
    ULONG_PTR count, reserved;
    struct handle_entry entries[1];
};

/* ObjectTypeInformation: begins with this */
struct object_type
{
    UNICODE_STRING name;
    BYTE rest[512];
};

struct kind
{
    char name[32];
    unsigned int count;
};

/* All handles of the system; NULL: not to be had. The caller frees the list. */
static struct handle_list *list_handles(void)
{
    NTSTATUS (WINAPI *query)(SYSTEM_INFORMATION_CLASS, void *, ULONG, ULONG *) =
        (void *)GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "NtQuerySystemInformation");
    struct handle_list *list = NULL;
    ULONG size = 0x40000;
    NTSTATUS status;

    if (!query) return NULL;
    do
    {
        free(list);
        size *= 2;
        if (!(list = malloc(size))) return NULL;
        /* SystemExtendedHandleInformation */
        status = query((SYSTEM_INFORMATION_CLASS)64, list, size, NULL);
    } while (status == (NTSTATUS)0xc0000004 /* STATUS_INFO_LENGTH_MISMATCH */ && size < 0x10000000);
    if (!status) return list;
    free(list);
    return NULL;
}

unsigned int handle_count(DWORD pid)
{
    struct handle_list *list = list_handles();
    unsigned int count = 0;
    ULONG_PTR i;

    if (!list) return 0;
    for (i = 0; i < list->count; i++) count += list->entries[i].pid == pid;
    free(list);
    return count;
}

/* The kind of object behind a handle of this process. */
static BOOL kind_of(HANDLE handle, char *name, int size)
{
    NTSTATUS (WINAPI *query)(HANDLE, int, void *, ULONG, ULONG *) =
        (void *)GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "NtQueryObject");
    struct object_type type;
    int length;

    if (!query || query(handle, 2 /* ObjectTypeInformation */, &type, sizeof(type), NULL)) return FALSE;
    length = WideCharToMultiByte(CP_ACP, 0, type.name.Buffer, type.name.Length / sizeof(WCHAR), name, size - 1, NULL, NULL);
    name[length] = 0;
    if (!strcmp(name, "File") && GetFileType(handle) == FILE_TYPE_PIPE) lstrcpynA(name, "File (pipe)", size);
    return length > 0;
}

static void count_kind(struct kind *kinds, const char *name)
{
    unsigned int i;

    for (i = 0; i < MAX_KINDS - 1 && kinds[i].count && strcmp(kinds[i].name, name); i++) ;
    lstrcpynA(kinds[i].name, name, sizeof(kinds[i].name));
    kinds[i].count++;
}

const char *handle_kinds(DWORD pid, unsigned int *count)
{
    static char text[1024];
    struct kind kinds[MAX_KINDS] = { 0 };
    HANDLE process = OpenProcess(PROCESS_DUP_HANDLE, FALSE, pid), copy;
    struct handle_list *list = list_handles();
    unsigned int used = 0;
    char name[32];
    ULONG_PTR i;

    *count = 0;
    text[0] = 0;
    for (i = 0; list && i < list->count; i++)
    {
        if (list->entries[i].pid != pid) continue;
        ++*count;
        if (!process || !DuplicateHandle(process, (HANDLE)list->entries[i].handle, GetCurrentProcess(), &copy, 0, FALSE,
                                         DUPLICATE_SAME_ACCESS))
            continue;
        if (kind_of(copy, name, sizeof(name))) count_kind(kinds, name);
        CloseHandle(copy);
    }
    free(list);
    if (process) CloseHandle(process);
    for (i = 0; i < MAX_KINDS && kinds[i].count; i++)
        used += snprintf(text + used, sizeof(text) - used, "%s%u %s", used ? ", " : "", kinds[i].count, kinds[i].name);
    return text;
}
