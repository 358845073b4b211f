/*
 * Debug channels: finds the functions behind wine/debug.h in ntdll at run time
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A module that imports them from ntdll would not load on Windows, where they
 * don't exist. There all channels stay off, but the string helpers, which
 * wine/test.h uses too, still work. */

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "windef.h"
#include "winbase.h"
#include "wine/debug.h"

typedef unsigned char (__cdecl *get_channel_flags_func)(struct __wine_debug_channel *);
typedef const char * (__cdecl *strdup_func)(const char *);
typedef int (__cdecl *output_func)(const char *);
typedef int (__cdecl *header_func)(enum __wine_debug_class, struct __wine_debug_channel *, const char *);

/* Looks a function up once. Threads may do it at the same time: all of them
 * find the same. */
static void *find(void *volatile *slot, const char *name)
{
    static char missing;

    if (!*slot)
    {
        HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
        FARPROC proc = ntdll ? GetProcAddress(ntdll, name) : NULL;

        *slot = proc ? (void *)proc : &missing;
    }
    return *slot == &missing ? NULL : *slot;
}

unsigned char __cdecl __wine_dbg_get_channel_flags(struct __wine_debug_channel *channel)
{
    static void *volatile slot;
    get_channel_flags_func func = (get_channel_flags_func)find(&slot, __func__);

    return func ? func(channel) : 0;
}

const char * __cdecl __wine_dbg_strdup(const char *str)
{
    static void *volatile slot;
    strdup_func func = (strdup_func)find(&slot, __func__);
    static LONG next;
    static char strings[32][512];
    char *copy;

    if (func) return func(str);

    /* Only test programs get here: the last 32 strings stay valid. */
    copy = strings[(ULONG)InterlockedIncrement(&next) % ARRAYSIZE(strings)];
    lstrcpynA(copy, str, sizeof(strings[0]));
    return copy;
}

int __cdecl __wine_dbg_output(const char *str)
{
    static void *volatile slot;
    output_func func = (output_func)find(&slot, __func__);

    return func ? func(str) : 0;
}

int __cdecl __wine_dbg_header(enum __wine_debug_class cls, struct __wine_debug_channel *channel,
                              const char *function)
{
    static void *volatile slot;
    header_func func = (header_func)find(&slot, __func__);

    /* -1 tells the caller that nothing is to be printed. */
    return func ? func(cls, channel, function) : -1;
}
