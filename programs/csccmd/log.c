/*
 * csccmd: log
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <wchar.h>

#include "csccmd.h"
#include "cscwire.h"

#define BLOB_SIZE     (256 * 1024)
#define TICKS_A_SECOND 10000000ULL

/* -- since when -- */

/* A number at *text, of exactly so many digits; -1: there is none. */
static int take_digits(const WCHAR **text, unsigned int digits)
{
    int number = 0;

    while (digits--)
    {
        if (**text < '0' || **text > '9') return -1;
        number = number * 10 + *(*text)++ - '0';
    }
    return number;
}

/* "2026-05-31", "2026-05-31T12:30", with ":45" and "Z"; without Z it is local time. */
static BOOL parse_date(const WCHAR *text, FILETIME *time)
{
    SYSTEMTIME st = { 0 };
    int year, month, day, hour = 0, minute = 0, second = 0;
    FILETIME local;

    year = take_digits(&text, 4);
    if (year < 1601 || *text++ != '-') return FALSE;
    month = take_digits(&text, 2);
    if (month < 1 || *text++ != '-') return FALSE;
    if ((day = take_digits(&text, 2)) < 1) return FALSE;
    if (*text == 'T' || *text == 't' || *text == ' ')
    {
        text++;
        if ((hour = take_digits(&text, 2)) < 0 || *text++ != ':') return FALSE;
        if ((minute = take_digits(&text, 2)) < 0) return FALSE;
        if (*text == ':')
        {
            text++;
            if ((second = take_digits(&text, 2)) < 0) return FALSE;
        }
    }
    st.wYear = year;
    st.wMonth = month;
    st.wDay = day;
    st.wHour = hour;
    st.wMinute = minute;
    st.wSecond = second;
    if (!SystemTimeToFileTime(&st, &local)) return FALSE;
    if ((*text == 'Z' || *text == 'z') && !text[1])
    {
        *time = local;
        return TRUE;
    }
    return !*text && LocalFileTimeToFileTime(&local, time);
}

/* "90s", "30m", "2h", "7d", "1w": so long ago. */
static BOOL parse_span(const WCHAR *text, FILETIME *time)
{
    static const struct { WCHAR unit; ULONGLONG seconds; } units[] =
        { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 604800 } };
    ULONGLONG number = 0, now, span;
    unsigned int i;

    if (*text < '0' || *text > '9') return FALSE;
    for (; *text >= '0' && *text <= '9'; text++)
        if ((number = number * 10 + *text - '0') > 1000000000) return FALSE;
    for (i = 0; i < ARRAYSIZE(units); i++)
    {
        if (*text != units[i].unit || text[1]) continue;
        GetSystemTimeAsFileTime(time);
        now = (ULONGLONG)time->dwHighDateTime << 32 | time->dwLowDateTime;
        span = number * units[i].seconds * TICKS_A_SECOND;
        now = span < now ? now - span : 1;
        time->dwLowDateTime = (DWORD)now;
        time->dwHighDateTime = (DWORD)(now >> 32);
        return TRUE;
    }
    return FALSE;
}

/* -- the lines -- */

struct log_texts
{
    const WCHAR *operation, *path, *reason;
};

/* Steps through the records; offset starts at 0. NULL at the end or where the data is damaged. */
static const struct csc_wire_log *next_record(const BYTE *data, DWORD size, DWORD *offset, struct log_texts *texts)
{
    const struct csc_wire_log *record = (const struct csc_wire_log *)(data + *offset);
    ULONGLONG units;

    if (!data || size - *offset < sizeof(*record)) return NULL;
    if (record->size < sizeof(*record) || record->size > size - *offset) return NULL;
    units = (ULONGLONG)record->operation_length + record->path_length + record->reason_length + 3;
    if (units > (record->size - sizeof(*record)) / sizeof(WCHAR)) return NULL;
    *offset += record->size;
    texts->operation = (const WCHAR *)record->strings;
    texts->path = texts->operation + record->operation_length + 1;
    texts->reason = texts->path + record->path_length + 1;
    return record;
}

static void print_record(const struct csc_wire_log *record, const struct log_texts *texts)
{
    FILETIME filetime = { (DWORD)record->time, (DWORD)(record->time >> 32) };
    WCHAR time[TIME_TEXT_SIZE];

    if (global_switches & SWITCH_JSON)
    {
        json_begin(L"log");
        json_number(L"id", record->id);
        json_time(L"time", &filetime);
        json_string(L"operation", texts->operation);
        json_string(L"path", record->path_length ? texts->path : NULL);
        json_bool(L"ok", SUCCEEDED(record->status));
        json_hresult(record->status);
        json_string(L"reason", record->reason_length ? texts->reason : NULL);
        json_end();
        return;
    }
    print(out_stream(), L"%ls  %ls", format_time(&filetime, time) ? time : L"-", texts->operation);
    if (record->path_length) print(out_stream(), L"  %ls", texts->path);
    if (FAILED(record->status)) print(out_stream(), L"  0x%08lx", (DWORD)record->status);
    if (record->reason_length) print(out_stream(), L"  %ls", texts->reason);
    print(out_stream(), L"\n");
    flush_output_now_and_then();
}

static HRESULT print_log(ICscSession *session, const WCHAR *path, ULONGLONG since, DWORD flags, unsigned int *count)
{
    ULONGLONG after = 0;
    HRESULT hr;

    for (;;)
    {
        const struct csc_wire_log *record;
        struct log_texts texts;
        DWORD size, offset = 0;
        ULONGLONG before = after;
        BYTE *data = NULL;

        hr = ICscSession_GetLog(session, path, since, flags, after, BLOB_SIZE, &size, &data);
        if (hr != S_OK) break;
        while ((record = next_record(data, size, &offset, &texts)))
        {
            print_record(record, &texts);
            after = record->id;
            ++*count;
        }
        CoTaskMemFree(data);
        if (after == before) return E_UNEXPECTED;
    }
    return FAILED(hr) ? hr : S_OK;
}

BOOL parse_since(const WCHAR *text, FILETIME *time)
{
    return parse_span(text, time) || parse_date(text, time);
}

int run_log(const struct command *command)
{
    const WCHAR *path = command->arg_count ? command->args[0] : NULL, *text = command->values[VALUE_SINCE];
    IOfflineFilesCache *cache;
    FILETIME since = { 0 };
    ICscSession *session;
    unsigned int count = 0;
    HRESULT hr;
    int ret;

    if (text && !parse_since(text, &since))
        return usage_error(command->verb, L"log: \"%ls\" is no time; 2h, 7d, 2026-05-31 and 2026-05-31T12:30 are", text);
    if ((ret = open_session(&cache, &session))) return ret;
    hr = print_log(session, path, (ULONGLONG)since.dwHighDateTime << 32 | since.dwLowDateTime,
                   command->switches & SWITCH_ERRORS ? CSC_LOG_ERRORS : 0, &count);
    if (FAILED(hr)) report_error(path ? path : command->verb->name, hr);
    if (global_switches & SWITCH_JSON)
    {
        json_begin(L"summary");
        json_string(L"verb", command->verb->name);
        json_string(L"result", FAILED(hr) ? L"failed" : L"done");
        json_number(L"lines", count);
        json_end();
    }
    ICscSession_Release(session);
    IOfflineFilesCache_Release(cache);
    return exit_code(hr);
}
