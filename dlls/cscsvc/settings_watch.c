/*
 * Service for Offline Files: changes of policies and preferences
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A thread waits for notices of the registry.  Notices say that something happened, not what; so the
 * content of each key is taken down as a number and compared.  A key that does not exist yet is
 * watched through the nearest one above it that does.
 */

#include "cscsvc_private.h"
#include "winreg.h"
#include "cscguids.h"
#include "wine/debug.h"

#include <stdlib.h>
#include <wchar.h>

WINE_DEFAULT_DEBUG_CHANNEL(cscsvc);

/* Looked at this often without any notice, too, ms: changes must be told within 5 s. */
#define LOOK_INTERVAL 3000
/* Programs write several values one after the other; they are told as one change, ms. */
#define SETTLE_TIME   250
/* Deeper keys are not ours. */
#define MAX_DEPTH     3
#define MAX_LISTENERS 8
/* How long a stop waits for a listener, ms. */
#define STOP_TIMEOUT  5000

struct place
{
    HKEY         root;
    const WCHAR *path;
    unsigned int what;
};

static const struct place places[] =
{
    { HKEY_LOCAL_MACHINE, CSC_POLICY_KEY, SETTINGS_POLICY },
    { HKEY_CURRENT_USER, CSC_POLICY_KEY, SETTINGS_POLICY },
    { HKEY_LOCAL_MACHINE, CSC_NETCACHE_KEY, SETTINGS_PREFERENCES },
    { HKEY_CURRENT_USER, CSC_NETCACHE_KEY, SETTINGS_PREFERENCES }
};

/* Kept between looks, in the thread. */
struct watched
{
    HKEY key;               /* what the notice is asked of; NULL: nothing */
    BOOL is_place;          /* the key itself, not one above it */
};

static UINT64 known[ARRAYSIZE(places)];
static SRWLOCK listeners_lock = SRWLOCK_INIT;
static settings_listener listeners[MAX_LISTENERS];
static HANDLE thread, stop_event, notice_event;

/* FNV-1a */
static UINT64 add_bytes(UINT64 sum, const void *data, size_t size)
{
    const BYTE *bytes = data;
    size_t i;

    for (i = 0; i < size; i++) sum = (sum ^ bytes[i]) * 0x100000001b3;
    return sum;
}

static UINT64 add_text(UINT64 sum, const WCHAR *text)
{
    return add_bytes(sum, text, (wcslen(text) + 1) * sizeof(*text));
}

static UINT64 add_values(UINT64 sum, HKEY key, DWORD max_name, DWORD max_data)
{
    WCHAR *name = malloc((max_name + 1) * sizeof(*name));
    BYTE *data = malloc(max_data ? max_data : 1);
    DWORD i, name_length, size, type;
    LSTATUS status;

    for (i = 0; name && data; i++)
    {
        name_length = max_name + 1;
        size = max_data;
        status = RegEnumValueW(key, i, name, &name_length, NULL, &type, data, &size);
        /* One that just grew is seen at the next look. */
        if (status == ERROR_MORE_DATA) continue;
        if (status) break;
        sum = add_text(sum, name);
        sum = add_bytes(sum, &type, sizeof(type));
        sum = add_bytes(sum, data, size);
    }
    free(data);
    free(name);
    return sum;
}

/* A number for everything in a key. */
static UINT64 add_key(UINT64 sum, HKEY key, unsigned int depth)
{
    DWORD i, length, max_name, max_data;
    WCHAR name[256];
    HKEY child;

    if (RegQueryInfoKeyW(key, NULL, NULL, NULL, NULL, NULL, NULL, NULL, &max_name, &max_data, NULL, NULL)) return sum;
    sum = add_values(sum, key, max_name, max_data);
    if (depth == MAX_DEPTH) return sum;
    for (i = 0; length = ARRAYSIZE(name), !RegEnumKeyExW(key, i, name, &length, NULL, NULL, NULL, NULL); i++)
    {
        /* What the service itself keeps there is no setting. */
        if (!depth && !wcsicmp(name, CSC_SESSION_NAME)) continue;
        if (RegOpenKeyExW(key, name, 0, KEY_READ | KEY_WOW64_64KEY, &child)) continue;
        sum = add_text(sum, name);
        sum = add_key(sum, child, depth + 1);
        RegCloseKey(child);
    }
    return sum;
}

static UINT64 look(const struct place *place)
{
    UINT64 sum;
    HKEY key;

    /* A key that is empty is as good as none. */
    if (RegOpenKeyExW(place->root, place->path, 0, KEY_READ | KEY_WOW64_64KEY, &key)) return 0xcbf29ce484222325;
    sum = add_key(0xcbf29ce484222325, key, 0);
    RegCloseKey(key);
    return sum;
}

/* Opens the key, or the nearest one above it. */
static void open_watched(const struct place *place, struct watched *watched)
{
    WCHAR path[ARRAYSIZE(CSC_POLICY_KEY) + ARRAYSIZE(CSC_NETCACHE_KEY)], *end;

    wcscpy(path, place->path);
    watched->is_place = TRUE;
    while (RegOpenKeyExW(place->root, path, 0, KEY_NOTIFY | KEY_WOW64_64KEY, &watched->key))
    {
        watched->is_place = FALSE;
        watched->key = NULL;
        if (!(end = wcsrchr(path, '\\'))) return;
        *end = 0;
    }
}

/* Asks for the next notice of each place.  Afterwards is the time to look. */
static void ask_for_notices(struct watched *watched)
{
    const DWORD names = REG_NOTIFY_CHANGE_NAME;
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(places); i++)
    {
        /* The key may have been made in the meantime, or removed. */
        if (watched[i].key && !watched[i].is_place)
        {
            RegCloseKey(watched[i].key);
            watched[i].key = NULL;
        }
        if (!watched[i].key) open_watched(&places[i], &watched[i]);
        if (!watched[i].key) continue;
        if (RegNotifyChangeKeyValue(watched[i].key, watched[i].is_place,
                                    watched[i].is_place ? names | REG_NOTIFY_CHANGE_LAST_SET : names,
                                    notice_event, TRUE))
        {
            RegCloseKey(watched[i].key);
            watched[i].key = NULL;
        }
    }
}

static void close_watched(struct watched *watched)
{
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(places); i++)
        if (watched[i].key) RegCloseKey(watched[i].key);
}

static void tell(enum settings_step step, unsigned int what)
{
    settings_listener copy[MAX_LISTENERS];
    unsigned int i;

    AcquireSRWLockShared(&listeners_lock);
    memcpy(copy, listeners, sizeof(copy));
    ReleaseSRWLockShared(&listeners_lock);
    for (i = 0; i < ARRAYSIZE(copy) && copy[i]; i++) copy[i](step, what);
}

static void look_and_tell(void)
{
    unsigned int i, what = 0;
    UINT64 now;

    for (i = 0; i < ARRAYSIZE(places); i++)
    {
        if ((now = look(&places[i])) == known[i]) continue;
        known[i] = now;
        what |= places[i].what;
    }
    if (!what) return;
    TRACE("changed:%s%s\n", what & SETTINGS_POLICY ? " policy" : "", what & SETTINGS_PREFERENCES ? " preferences" : "");
    tell(SETTINGS_DETECTED, what);
    tell(SETTINGS_APPLY, what);
    tell(SETTINGS_APPLIED, what);
}

static DWORD WINAPI watch_proc(void *arg)
{
    HANDLE events[] = { stop_event, notice_event };
    struct watched watched[ARRAYSIZE(places)] = { { 0 } };
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    DWORD ret;

    if (FAILED(hr))
    {
        ERR("no apartment: %#lx\n", hr);
        return 1;
    }
    do
    {
        ask_for_notices(watched);
        look_and_tell();
        ret = WaitForMultipleObjects(ARRAYSIZE(events), events, FALSE, LOOK_INTERVAL);
        if (ret == WAIT_OBJECT_0 + 1) ret = WaitForSingleObject(stop_event, SETTLE_TIME);
    }
    while (ret == WAIT_TIMEOUT);
    close_watched(watched);
    CoUninitialize();
    return 0;
}

BOOL settings_watch_listen(settings_listener listener)
{
    BOOL found = FALSE;
    unsigned int i;

    AcquireSRWLockExclusive(&listeners_lock);
    for (i = 0; i < MAX_LISTENERS && !found; i++)
    {
        if (!listeners[i]) listeners[i] = listener;
        found = listeners[i] == listener;
    }
    ReleaseSRWLockExclusive(&listeners_lock);
    if (!found) ERR("too many listeners\n");
    return found;
}

void settings_watch_remember(void)
{
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(places); i++) known[i] = look(&places[i]);
}

HRESULT settings_watch_start(void)
{
    if (!stop_event && !(stop_event = CreateEventW(NULL, TRUE, FALSE, NULL))) return HRESULT_FROM_WIN32(GetLastError());
    if (!notice_event && !(notice_event = CreateEventW(NULL, FALSE, FALSE, NULL)))
        return HRESULT_FROM_WIN32(GetLastError());
    ResetEvent(stop_event);
    if (!(thread = CreateThread(NULL, 0, watch_proc, NULL, 0, NULL))) return HRESULT_FROM_WIN32(GetLastError());
    return S_OK;
}

void settings_watch_stop(void)
{
    if (!thread) return;
    SetEvent(stop_event);
    if (WaitForSingleObject(thread, STOP_TIMEOUT)) WARN("a listener is still busy\n");
    CloseHandle(thread);
    thread = NULL;
}
