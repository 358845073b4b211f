/*
 * csccmd: objects for scripts
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <wchar.h>

#include "csccmd.h"

/* Half of a surrogate pair cannot be written as UTF-8, only as an escape. */
static BOOL is_lone_surrogate(const WCHAR *text, SIZE_T index, SIZE_T length)
{
    if (IS_HIGH_SURROGATE(text[index])) return index + 1 >= length || !IS_LOW_SURROGATE(text[index + 1]);
    if (IS_LOW_SURROGATE(text[index])) return !index || !IS_HIGH_SURROGATE(text[index - 1]);
    return FALSE;
}

static void write_escaped(const WCHAR *text, SIZE_T length)
{
    SIZE_T i, start = 0;
    WCHAR escape[8];

    for (i = 0; i < length; i++)
    {
        switch (text[i])
        {
        case '"':  wcscpy(escape, L"\\\""); break;
        case '\\': wcscpy(escape, L"\\\\"); break;
        case '\n': wcscpy(escape, L"\\n"); break;
        case '\r': wcscpy(escape, L"\\r"); break;
        case '\t': wcscpy(escape, L"\\t"); break;
        default:
            if (text[i] >= 0x20 && text[i] != 0x7f && !is_lone_surrogate(text, i, length)) continue;
            _snwprintf(escape, ARRAYSIZE(escape), L"\\u%04x", text[i]);
            break;
        }
        write_text(out_stream(), text + start, i - start);
        print(out_stream(), L"%ls", escape);
        start = i + 1;
    }
    write_text(out_stream(), text + start, length - start);
}

static void write_name(const WCHAR *name)
{
    print(out_stream(), L",\"%ls\":", name);
}

static BOOL summary_written;

void json_begin(const WCHAR *type)
{
    if (!wcscmp(type, L"summary")) summary_written = TRUE;
    print(out_stream(), L"{\"type\":\"%ls\"", type);
}

static void write_string(const WCHAR *value, SIZE_T length)
{
    print(out_stream(), L"\"");
    write_escaped(value, length);
    print(out_stream(), L"\"");
}

void json_string_n(const WCHAR *name, const WCHAR *value, SIZE_T length)
{
    write_name(name);
    write_string(value, length);
}

void json_string(const WCHAR *name, const WCHAR *value)
{
    if (value)
    {
        json_string_n(name, value, wcslen(value));
        return;
    }
    write_name(name);
    print(out_stream(), L"null");
}

static BOOL list_begun;

void json_list_begin(const WCHAR *name)
{
    write_name(name);
    print(out_stream(), L"[");
    list_begun = FALSE;
}

void json_list_string(const WCHAR *value)
{
    if (list_begun) print(out_stream(), L",");
    write_string(value, wcslen(value));
    list_begun = TRUE;
}

void json_list_end(void)
{
    print(out_stream(), L"]");
}

void json_number(const WCHAR *name, ULONGLONG value)
{
    write_name(name);
    print(out_stream(), L"%I64u", value);
}

void json_bool(const WCHAR *name, BOOL value)
{
    write_name(name);
    print(out_stream(), value ? L"true" : L"false");
}

void json_hresult(HRESULT hr)
{
    write_name(L"hresult");
    print(out_stream(), L"\"0x%08lx\"", hr);
}

void json_time(const WCHAR *name, const FILETIME *time)
{
    WCHAR text[TIME_TEXT_SIZE];

    json_string(name, format_time(time, text) ? text : NULL);
}

void json_default_summary(const WCHAR *verb, int code)
{
    static const WCHAR *const results[] = { L"done", L"failed", L"usage", L"no_service", L"cancelled" };

    if (summary_written) return;
    json_begin(L"summary");
    json_string(L"verb", verb);
    json_string(L"result", results[code]);
    json_end();
}

void json_end(void)
{
    print(out_stream(), L"}\n");
    flush_output_now_and_then();
}
