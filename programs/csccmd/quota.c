/*
 * csccmd: quota
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>
#include <wchar.h>

#include "csccmd.h"

struct space
{
    ULONGLONG total, limit, used, unpinned_limit, unpinned_used;
};

static HRESULT read_space(IOfflineFilesCache *cache, struct space *space)
{
    return IOfflineFilesCache_GetDiskSpaceInformation(cache, &space->total, &space->limit, &space->used,
                                                      &space->unpinned_limit, &space->unpinned_used);
}

/* A number of bytes, or of units of 1024 as in 500M or 1.5G, with or without "B" or "iB" behind. */
static BOOL parse_size(const WCHAR *text, ULONGLONG *bytes)
{
    static const WCHAR units[] = L"KMGTPE";
    ULONGLONG whole = 0, fraction = 0, scale = 1, unit = 1;
    const WCHAR *p = text, *found;

    if (*p < '0' || *p > '9') return FALSE;
    for (; *p >= '0' && *p <= '9'; p++)
    {
        if (whole > (MAXULONGLONG - (*p - '0')) / 10) return FALSE;
        whole = whole * 10 + (*p - '0');
    }
    if (*p == '.')
        for (p++; *p >= '0' && *p <= '9'; p++)
        {
            if (scale >= 1000000) continue;     /* more digits change nothing */
            fraction = fraction * 10 + (*p - '0');
            scale *= 10;
        }
    if (*p && (found = wcschr(units, towupper(*p))))
    {
        unit = (ULONGLONG)1 << 10 * (found - units + 1);
        p++;
        if (towlower(*p) == 'i' && towlower(p[1]) == 'b') p++;
    }
    else if (scale > 1) return FALSE;           /* part of a byte */
    if (towlower(*p) == 'b') p++;
    if (*p || whole > MAXULONGLONG / unit) return FALSE;
    *bytes = whole * unit;
    fraction = unit / scale * fraction + unit % scale * fraction / scale;
    if (*bytes > MAXULONGLONG - fraction) return FALSE;
    *bytes += fraction;
    return TRUE;
}

static int parse_limits(const struct command *command, const struct space *now, ULONGLONG *limit, ULONGLONG *unpinned)
{
    const WCHAR *text = command->values[VALUE_LIMIT], *unpinned_text = command->values[VALUE_UNPINNED_LIMIT];

    *limit = now->limit;
    if (text && !parse_size(text, limit))
        return usage_error(command->verb, L"quota: \"%ls\" is not a size", text);
    /* what is not pinned may take all of it: so it is with another limit, too */
    *unpinned = now->unpinned_limit == now->limit ? *limit : now->unpinned_limit;
    if (unpinned_text && !parse_size(unpinned_text, unpinned))
        return usage_error(command->verb, L"quota: \"%ls\" is not a size", unpinned_text);
    return CMD_DONE;
}

static void print_space(const struct space *space)
{
    WCHAR text[BYTES_TEXT_SIZE], text2[BYTES_TEXT_SIZE];

    if (global_switches & SWITCH_QUIET) return;
    if (global_switches & SWITCH_JSON)
    {
        json_begin(L"quota");
        json_number(L"volume_bytes", space->total);
        json_number(L"limit_bytes", space->limit);
        json_number(L"used_bytes", space->used);
        json_number(L"unpinned_limit_bytes", space->unpinned_limit);
        json_number(L"unpinned_used_bytes", space->unpinned_used);
        json_end();
        return;
    }
    print(out_stream(), L"Drive:      %ls\n", format_bytes(space->total, text));
    print(out_stream(), L"All:        %ls of %ls\n", format_bytes(space->used, text), format_bytes(space->limit, text2));
    print(out_stream(), L"Not pinned: %ls of %ls\n", format_bytes(space->unpinned_used, text),
          format_bytes(space->unpinned_limit, text2));
}

int run_quota(const struct command *command)
{
    const BOOL change = (command->switches & (SWITCH_LIMIT | SWITCH_UNPINNED_LIMIT)) != 0;
    struct space space = { 0 };
    ULONGLONG limit, unpinned;
    IOfflineFilesCache *cache;
    HRESULT hr;
    int ret;

    /* a wrong number is told without a service, too */
    if ((ret = parse_limits(command, &space, &limit, &unpinned))) return ret;
    if ((ret = open_cache(&cache))) return ret;
    hr = read_space(cache, &space);
    if (SUCCEEDED(hr) && change)
    {
        parse_limits(command, &space, &limit, &unpinned);
        hr = IOfflineFilesCache_SetDiskSpaceLimits(cache, limit, unpinned);
        if (SUCCEEDED(hr)) hr = read_space(cache, &space);
    }
    if (SUCCEEDED(hr)) print_space(&space);
    else if (hr == HRESULT_FROM_WIN32(ERROR_ACCESS_DISABLED_BY_POLICY))
        report_error_text(L"quota", hr, L"A policy sets the limits (CacheQuotaLimit, CacheQuotaLimitUnpinned).");
    else report_error(L"quota", hr);
    IOfflineFilesCache_Release(cache);
    return exit_code(hr);
}
