/*
 * csccmd: numbers, times and states in words
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>

#include "csccmd.h"

const WCHAR *format_bytes(ULONGLONG bytes, WCHAR buffer[BYTES_TEXT_SIZE])
{
    static const WCHAR units[] = L"KMGTPE";
    ULONGLONG tenths;
    unsigned int unit;

    if (bytes < 1024)
    {
        _snwprintf(buffer, BYTES_TEXT_SIZE, L"%I64u B", bytes);
        return buffer;
    }
    for (unit = 0; bytes >= 1024 * 1024 && unit + 2 < ARRAYSIZE(units); unit++) bytes /= 1024;
    tenths = bytes * 10 / 1024;
    _snwprintf(buffer, BYTES_TEXT_SIZE, L"%I64u.%I64u %ciB", tenths / 10, tenths % 10, units[unit]);
    return buffer;
}

BOOL format_time(const FILETIME *time, WCHAR buffer[TIME_TEXT_SIZE])
{
    SYSTEMTIME st;

    if (!time->dwLowDateTime && !time->dwHighDateTime) return FALSE;
    if (!FileTimeToSystemTime(time, &st)) return FALSE;
    _snwprintf(buffer, TIME_TEXT_SIZE, L"%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", st.wYear, st.wMonth, st.wDay,
               st.wHour, st.wMinute, st.wSecond, st.wMilliseconds);
    return TRUE;
}

/* The words for the user. [behaviour.md §2.16.1] */
const WCHAR *connect_state_text(OFFLINEFILES_CONNECT_STATE state, OFFLINEFILES_OFFLINE_REASON reason)
{
    switch (state)
    {
    case OFFLINEFILES_CONNECT_STATE_ONLINE:
        return L"Online";
    case OFFLINEFILES_CONNECT_STATE_TRANSPARENTLY_CACHED:
        return L"Online (transparently cached)";
    case OFFLINEFILES_CONNECT_STATE_PARTLY_TRANSPARENTLY_CACHED:
        return L"Online (partly transparently cached)";
    case OFFLINEFILES_CONNECT_STATE_OFFLINE:
        break;
    default:
        return L"Unknown";
    }

    switch (reason)
    {
    case OFFLINEFILES_OFFLINE_REASON_CONNECTION_FORCED:     return L"Offline (working offline)";
    case OFFLINEFILES_OFFLINE_REASON_CONNECTION_SLOW:       return L"Offline (slow connection)";
    case OFFLINEFILES_OFFLINE_REASON_CONNECTION_ERROR:      return L"Offline (not connected)";
    case OFFLINEFILES_OFFLINE_REASON_ITEM_VERSION_CONFLICT: return L"Offline (need to sync)";
    case OFFLINEFILES_OFFLINE_REASON_ITEM_SUSPENDED:        return L"Offline (always)";
    default:                                                return L"Offline";
    }
}

const WCHAR *connect_state_name(OFFLINEFILES_CONNECT_STATE state)
{
    switch (state)
    {
    case OFFLINEFILES_CONNECT_STATE_OFFLINE:                     return L"offline";
    case OFFLINEFILES_CONNECT_STATE_ONLINE:                      return L"online";
    case OFFLINEFILES_CONNECT_STATE_TRANSPARENTLY_CACHED:        return L"transparently_cached";
    case OFFLINEFILES_CONNECT_STATE_PARTLY_TRANSPARENTLY_CACHED: return L"partly_transparently_cached";
    default:                                                     return L"unknown";
    }
}

const WCHAR *offline_reason_name(OFFLINEFILES_OFFLINE_REASON reason)
{
    switch (reason)
    {
    case OFFLINEFILES_OFFLINE_REASON_NOT_APPLICABLE:        return L"not_applicable";
    case OFFLINEFILES_OFFLINE_REASON_CONNECTION_FORCED:     return L"connection_forced";
    case OFFLINEFILES_OFFLINE_REASON_CONNECTION_SLOW:       return L"connection_slow";
    case OFFLINEFILES_OFFLINE_REASON_CONNECTION_ERROR:      return L"connection_error";
    case OFFLINEFILES_OFFLINE_REASON_ITEM_VERSION_CONFLICT: return L"item_version_conflict";
    case OFFLINEFILES_OFFLINE_REASON_ITEM_SUSPENDED:        return L"item_suspended";
    default:                                                return L"unknown";
    }
}

const WCHAR *caching_mode_text(OFFLINEFILES_CACHING_MODE mode)
{
    switch (mode)
    {
    case OFFLINEFILES_CACHING_MODE_NOCACHING:       return L"no caching allowed";
    case OFFLINEFILES_CACHING_MODE_MANUAL:          return L"manual caching";
    case OFFLINEFILES_CACHING_MODE_AUTO_DOC:        return L"automatic caching of documents";
    case OFFLINEFILES_CACHING_MODE_AUTO_PROGANDDOC: return L"automatic caching of programs and documents";
    default:                                        return L"not known";
    }
}

const WCHAR *caching_mode_name(OFFLINEFILES_CACHING_MODE mode)
{
    switch (mode)
    {
    case OFFLINEFILES_CACHING_MODE_NOCACHING:       return L"nocaching";
    case OFFLINEFILES_CACHING_MODE_MANUAL:          return L"manual";
    case OFFLINEFILES_CACHING_MODE_AUTO_DOC:        return L"auto_doc";
    case OFFLINEFILES_CACHING_MODE_AUTO_PROGANDDOC: return L"auto_proganddoc";
    default:                                        return L"none";
    }
}

const WCHAR *item_type_name(OFFLINEFILES_ITEM_TYPE type)
{
    switch (type)
    {
    case OFFLINEFILES_ITEM_TYPE_FILE:      return L"file";
    case OFFLINEFILES_ITEM_TYPE_DIRECTORY: return L"directory";
    case OFFLINEFILES_ITEM_TYPE_SHARE:     return L"share";
    case OFFLINEFILES_ITEM_TYPE_SERVER:    return L"server";
    default:                               return L"unknown";
    }
}

unsigned int char_columns(WCHAR c)
{
    if (IS_LOW_SURROGATE(c)) return 0;
    if (IS_HIGH_SURROGATE(c)) return 2;                            /* at most two for the pair */
    if (c >= 0x0300 && c <= 0x036f) return 0;                      /* combining marks */
    if (c >= 0x200b && c <= 0x200f) return 0;                      /* zero width */
    if (c >= 0x1100 && c <= 0x115f) return 2;                      /* Hangul */
    if (c >= 0x2e80 && c <= 0xa4cf && c != 0x303f) return 2;       /* CJK */
    if (c >= 0xac00 && c <= 0xd7a3) return 2;                      /* Hangul syllables */
    if (c >= 0xf900 && c <= 0xfaff) return 2;                      /* CJK compatibility */
    if (c >= 0xfe30 && c <= 0xfe6f) return 2;
    if ((c >= 0xff00 && c <= 0xff60) || (c >= 0xffe0 && c <= 0xffe6)) return 2;  /* full width */
    return 1;
}
