/*
 * csccmd: status, map and unmap
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <wchar.h>

#include "csccmd.h"
#include "cscwire.h"
#include "feature.h"

#ifndef CP_UNIXCP
#define CP_UNIXCP 65010  /* Wine's number for the code page of Unix file names */
#endif

struct share_list
{
    BYTE *data;
    DWORD size;
};

/* Steps through the records; offset starts at 0. NULL at the end or where the data is damaged. */
static const struct csc_wire_share *next_share(const struct share_list *list, DWORD *offset)
{
    const struct csc_wire_share *share = (const struct csc_wire_share *)(list->data + *offset);
    ULONGLONG units;

    if (!list->data || list->size - *offset < sizeof(*share)) return NULL;
    if (share->size < sizeof(*share) || share->size > list->size - *offset) return NULL;
    units = (ULONGLONG)share->name_length + share->origin_length + 2;
    if (units > (share->size - sizeof(*share)) / sizeof(WCHAR)) return NULL;
    *offset += share->size;
    return share;
}

static const WCHAR *share_name(const struct csc_wire_share *share)
{
    return (const WCHAR *)share->strings;
}

static const WCHAR *share_origin(const struct csc_wire_share *share)
{
    return (const WCHAR *)share->strings + share->name_length + 1;
}

static HRESULT get_shares(ICscSession *session, struct share_list *list)
{
    list->data = NULL;
    list->size = 0;
    return ICscSession_GetShares(session, &list->size, &list->data);
}

/* ---- status --------------------------------------------------------------- */

static void print_share(const struct csc_wire_share *share)
{
    FILETIME last_sync = { (DWORD)share->last_sync, (DWORD)(share->last_sync >> 32) };
    WCHAR bytes[BYTES_TEXT_SIZE], time[TIME_TEXT_SIZE];

    if (global_switches & SWITCH_JSON)
    {
        json_begin(L"share");
        json_string_n(L"path", share_name(share), share->name_length);
        json_string_n(L"origin", share_origin(share), share->origin_length);
        json_string(L"state", connect_state_name(share->connect_state));
        json_string(L"reason", offline_reason_name(share->offline_reason));
        json_string(L"caching_mode", caching_mode_name(share->caching_mode));
        json_number(L"items", share->items);
        json_number(L"pinned", share->pinned);
        json_number(L"sparse", share->sparse);
        json_number(L"conflicts", share->conflicts);
        json_number(L"bytes", share->bytes);
        json_time(L"last_sync", &last_sync);
        json_end();
        return;
    }
    print(out_stream(), L"\n%ls\n", share_name(share));
    print(out_stream(), L"  State:      %ls\n", connect_state_text(share->connect_state, share->offline_reason));
    print(out_stream(), L"  Origin:     %ls\n", share_origin(share));
    print(out_stream(), L"  Cached:     %I64u items (%I64u pinned), %ls\n", share->items, share->pinned,
          format_bytes(share->bytes, bytes));
    if (share->sparse) print(out_stream(), L"  Incomplete: %I64u files\n", share->sparse);
    if (share->conflicts) print(out_stream(), L"  Conflicts:  %I64u\n", share->conflicts);
    print(out_stream(), L"  Last sync:  %ls\n", format_time(&last_sync, time) ? time : L"never");
}

static HRESULT print_cache(IOfflineFilesCache *cache)
{
    ULONGLONG total, limit, used, unpinned_limit, unpinned_used;
    WCHAR text[BYTES_TEXT_SIZE], text2[BYTES_TEXT_SIZE];
    WCHAR *location;
    HRESULT hr;

    if (FAILED(hr = IOfflineFilesCache_GetLocation(cache, &location))) return hr;
    hr = IOfflineFilesCache_GetDiskSpaceInformation(cache, &total, &limit, &used, &unpinned_limit, &unpinned_used);
    if (FAILED(hr))
    {
        CoTaskMemFree(location);
        return hr;
    }
    if (global_switches & SWITCH_JSON)
    {
        json_begin(L"cache");
        json_string(L"location", location);
        json_number(L"volume_bytes", total);
        json_number(L"limit_bytes", limit);
        json_number(L"used_bytes", used);
        json_number(L"unpinned_limit_bytes", unpinned_limit);
        json_number(L"unpinned_used_bytes", unpinned_used);
        print_excluded(cache);
        json_end();
    }
    else
    {
        print(out_stream(), L"Cache:         %ls\n", location);
        print(out_stream(), L"Used:          %ls of %ls", format_bytes(used, text), format_bytes(limit, text2));
        print(out_stream(), L" (not pinned: %ls of %ls)\n", format_bytes(unpinned_used, text),
              format_bytes(unpinned_limit, text2));
        print_excluded(cache);
    }
    CoTaskMemFree(location);
    return S_OK;
}

static void print_feature(void)
{
    BOOL active, enabled;
    HRESULT hr;

    if (FAILED(hr = query_feature(&active, &enabled)))
    {
        report_error(L"cscapi.dll", hr);
        return;
    }
    if (global_switches & SWITCH_JSON)
    {
        json_begin(L"feature");
        json_bool(L"enabled", enabled);
        json_bool(L"active", active);
        json_end();
    }
    else print(out_stream(), L"Offline Files: %ls, %ls\n", enabled ? L"enabled" : L"disabled",
               active ? L"running" : L"not running");
}

int run_status(const struct command *command)
{
    struct share_list list = { 0 };
    const struct csc_wire_share *share;
    IOfflineFilesCache *cache;
    ICscSession *session;
    unsigned int count = 0;
    DWORD offset = 0;
    HRESULT hr;
    int ret;

    /* the session starts the service, so it comes before the question whether that runs */
    ret = open_session(&cache, &session);
    print_feature();
    if (ret) return ret;

    hr = print_cache(cache);
    if (SUCCEEDED(hr)) hr = get_shares(session, &list);
    if (FAILED(hr)) report_error(command->verb->name, hr);
    else while ((share = next_share(&list, &offset)))
    {
        print_share(share);
        count++;
    }
    if (global_switches & SWITCH_JSON)
    {
        json_begin(L"summary");
        json_string(L"verb", command->verb->name);
        json_string(L"result", FAILED(hr) ? L"failed" : L"done");
        json_number(L"shares", count);
        json_end();
    }
    else if (SUCCEEDED(hr) && !count) print(out_stream(), L"\nNo share is mapped.\n");

    CoTaskMemFree(list.data);
    ICscSession_Release(session);
    IOfflineFilesCache_Release(cache);
    return exit_code(hr);
}

/* ---- map ------------------------------------------------------------------ */

static void report_done(const struct command *command, const WCHAR *path, const WCHAR *origin)
{
    if (global_switches & SWITCH_JSON)
    {
        if (global_switches & SWITCH_QUIET) return;
        json_begin(L"item");
        json_string(L"path", path);
        json_bool(L"ok", TRUE);
        json_hresult(S_OK);
        if (origin) json_string(L"origin", origin);
        json_end();
    }
    else if (!(global_switches & SWITCH_QUIET))
        print(out_stream(), origin ? L"%ls: %ls -> %ls\n" : L"%ls: %ls\n", command->verb->name, path, origin);
}

static void json_share_summary(const struct command *command, unsigned int count, unsigned int failed)
{
    if (!(global_switches & SWITCH_JSON)) return;
    json_begin(L"summary");
    json_string(L"verb", command->verb->name);
    json_string(L"result", failed ? L"failed" : L"done");
    json_number(L"items", count);
    json_number(L"failed", failed);
    json_end();
}

WCHAR *unix_path(const WCHAR *path)
{
    char *(CDECL *get_unix_file_name)(const WCHAR *);
    WCHAR *result = NULL;
    char *name;
    int count;

    get_unix_file_name = (void *)GetProcAddress(GetModuleHandleW(L"kernel32.dll"), "wine_get_unix_file_name");
    if (!get_unix_file_name || !(name = get_unix_file_name(path))) return NULL;
    if ((count = MultiByteToWideChar(CP_UNIXCP, 0, name, -1, NULL, 0)))
    {
        result = xalloc(count * sizeof(*result));
        MultiByteToWideChar(CP_UNIXCP, 0, name, -1, result, count);
    }
    HeapFree(GetProcessHeap(), 0, name);
    return result;
}

/* What the codes mean when a share is mapped; NULL: the usual text says it. */
static const WCHAR *map_error_text(HRESULT hr)
{
    switch (hr)
    {
    case HRESULT_FROM_WIN32(ERROR_ALREADY_EXISTS):
        return L"The share is mapped to another directory already (unmap it first).";
    case HRESULT_FROM_WIN32(ERROR_FILE_EXISTS):
        return L"A directory stands in dosdevices/unc where the link to the share belongs.";
    case HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND):
    case HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND):
        return L"The directory to be mapped does not exist.";
    case HRESULT_FROM_WIN32(ERROR_DIRECTORY):
        return L"What is to be mapped is not a directory.";
    default:
        return NULL;
    }
}

int run_map(const struct command *command)
{
    const WCHAR *share = command->args[0], *origin = command->args[1];
    WCHAR *converted = NULL;
    IOfflineFilesCache *cache;
    ICscSession *session;
    HRESULT hr;
    int ret;

    if (wcsncmp(share, L"\\\\", 2))
        return usage_error(command->verb, L"map: \"%ls\" is not of the form \\\\server\\share", share);
    if (origin[0] && origin[1] == ':')
    {
        if ((converted = unix_path(origin))) origin = converted;
    }
    if (origin[0] != '/')
        return usage_error(command->verb, L"map: \"%ls\" is not an absolute path of a directory", origin);

    if (!(ret = open_session(&cache, &session)))
    {
        hr = ICscSession_MapShare(session, share, origin, 0);
        if (SUCCEEDED(hr)) report_done(command, share, origin);
        else if (map_error_text(hr)) report_error_text(share, hr, map_error_text(hr));
        else report_error(share, hr);
        json_share_summary(command, 1, FAILED(hr) ? 1 : 0);
        ret = exit_code(hr);
        ICscSession_Release(session);
        IOfflineFilesCache_Release(cache);
    }
    xfree(converted);
    return ret;
}

/* ---- unmap ---------------------------------------------------------------- */

static HRESULT unmap_share(const struct command *command, ICscSession *session, const WCHAR *share)
{
    DWORD flags = 0;
    HRESULT hr;

    if (command->switches & SWITCH_DISCARD_CHANGES) flags |= CSC_UNMAP_DISCARD_CHANGES;
    if (command->switches & SWITCH_KEEP_LINK) flags |= CSC_UNMAP_KEEP_LINK;
    hr = ICscSession_UnmapShare(session, share, flags);
    if (hr == HRESULT_FROM_WIN32(ERROR_BUSY) && !(flags & CSC_UNMAP_DISCARD_CHANGES))
        report_error_text(share, hr, L"Changes made offline are not synchronized (synchronize first, "
                          L"or lose them with --discard-changes).");
    else if (FAILED(hr)) report_error(share, hr);
    else report_done(command, share, NULL);
    return hr;
}

int run_unmap(const struct command *command)
{
    struct share_list list = { 0 };
    const struct csc_wire_share *share;
    unsigned int count = 0, failed = 0;
    IOfflineFilesCache *cache;
    ICscSession *session;
    DWORD offset = 0;
    HRESULT hr;
    int ret;

    if ((ret = open_session(&cache, &session))) return ret;
    if (command->arg_count)
    {
        hr = unmap_share(command, session, command->args[0]);
        ret = exit_code(hr);
        count = 1;
        if (FAILED(hr)) failed = 1;
    }
    else if (FAILED(hr = get_shares(session, &list)))
    {
        report_error(L"list of shares", hr);
        ret = exit_code(hr);
    }
    else while ((share = next_share(&list, &offset)))
    {
        hr = unmap_share(command, session, share_name(share));
        ret = worse_exit(ret, exit_code(hr));
        count++;
        if (FAILED(hr)) failed++;
    }
    json_share_summary(command, count, failed);
    CoTaskMemFree(list.data);
    ICscSession_Release(session);
    IOfflineFilesCache_Release(cache);
    return ret;
}
