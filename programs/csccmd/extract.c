/*
 * csccmd: extract
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The native half of cscsvc.dll does it, in this process: neither the service nor the prefix that the cache belongs
 * to is needed.
 */

#include <wchar.h>

#include "csccmd.h"
#include "cscwire.h"
#include "../../dlls/cscsvc/unixcall.h"
#include "../../dlls/cscsvc/unixlib.h"

static unix_dispatcher dispatcher;
static unixlib_handle library;

static HRESULT call(enum csc_unix_call code, void *params)
{
    NTSTATUS status = dispatcher(library, code, params);

    /* The status is the first member of all parameter structures. */
    return status ? HRESULT_FROM_NT(status) : *(const int32_t *)params;
}

static HRESULT load_library(void)
{
    struct csc_unix_version_params params = { .version = CSC_UNIX_VERSION };
    HMODULE module = LoadLibraryW(L"cscsvc.dll");
    NTSTATUS status;

    if (!module) return HRESULT_FROM_WIN32(GetLastError());
    if ((status = find_unixlib(module, &library, &dispatcher))) return HRESULT_FROM_NT(status);
    return call(CSC_UNIX_VERSION_CHECK, &params);
}

struct extract_counts
{
    ULONGLONG copied, bytes, present, failed;
};

/* Steps through the records; offset starts at 0. NULL at the end or where the data is damaged. */
static const struct csc_wire_extract *next_record(const struct csc_unix_blob *blob, SIZE_T *offset)
{
    const struct csc_wire_extract *record = (const void *)((const BYTE *)blob->data + *offset);

    if (!blob->data || blob->size - *offset < sizeof(*record)) return NULL;
    if (record->size < sizeof(*record) || record->size > blob->size - *offset) return NULL;
    if ((ULONGLONG)record->path_length + record->name_length + 2 > (record->size - sizeof(*record)) / sizeof(WCHAR))
        return NULL;
    *offset += record->size;
    return record;
}

static void tell_copied(const struct csc_wire_extract *record, const WCHAR *path, const WCHAR *name)
{
    BOOL present = record->kind == CSC_EXTRACT_PRESENT;

    if (global_switches & SWITCH_QUIET) return;
    if (global_switches & SWITCH_JSON)
    {
        json_begin(L"item");
        json_string(L"path", path);
        json_bool(L"ok", TRUE);
        json_hresult(S_OK);
        json_string(L"name", name ? name : path);
        json_bool(L"present", present);
        json_number(L"bytes", record->bytes);
        json_end();
    }
    else if (present) print(out_stream(), L"there already: %ls\n", path);
    else if (name) print(out_stream(), L"%ls -> %ls\n", path, name);
    else print(out_stream(), L"%ls\n", path);
    flush_output_now_and_then();
}

static void tell(const struct csc_wire_extract *record, struct extract_counts *counts)
{
    const WCHAR *path = (const WCHAR *)record->strings;
    const WCHAR *name = record->name_length ? path + record->path_length + 1 : NULL;

    switch (record->kind)
    {
    case CSC_EXTRACT_NOTICE:
        if (global_switches & SWITCH_JSON)
        {
            json_begin(L"notice");
            json_string(L"text", path);
            json_end();
        }
        else print(err_stream(), L"csccmd: %ls\n", path);
        break;
    case CSC_EXTRACT_FAILED:
        counts->failed++;
        report_error(path, record->status);
        break;
    case CSC_EXTRACT_PRESENT:
        counts->present++;
        tell_copied(record, path, name);
        break;
    default:
        counts->copied++;
        counts->bytes += record->bytes;
        tell_copied(record, path, name);
        break;
    }
}

static HRESULT copy_all(void *extract, struct extract_counts *counts)
{
    HRESULT hr;

    for (;;)
    {
        struct csc_unix_extract_pull_params params = { .extract = extract };
        const struct csc_wire_extract *record;
        struct csc_unix_free_params release;
        SIZE_T offset = 0;

        if ((hr = call(CSC_UNIX_EXTRACT_PULL, &params)) != S_OK) break;
        while ((record = next_record(&params.records, &offset))) tell(record, counts);
        release.data = params.records.data;
        call(CSC_UNIX_FREE, &release);
    }
    return FAILED(hr) ? hr : S_OK;
}

static const WCHAR *open_error_text(HRESULT hr)
{
    switch (hr)
    {
    case HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND): return L"No cache is there.";
    case E_INVALIDARG: return L"The target may not be in the cache, nor the other way round.";
    default: return NULL;
    }
}

static void tell_sums(const struct command *command, HRESULT hr, const struct extract_counts *counts)
{
    WCHAR bytes[BYTES_TEXT_SIZE];

    if (global_switches & SWITCH_JSON)
    {
        json_begin(L"summary");
        json_string(L"verb", command->verb->name);
        json_string(L"result", FAILED(hr) || counts->failed ? L"failed" : L"done");
        json_number(L"items", counts->copied);
        json_number(L"bytes", counts->bytes);
        json_number(L"present", counts->present);
        json_number(L"failed", counts->failed);
        json_end();
    }
    else if (!(global_switches & SWITCH_QUIET))
        print(out_stream(), L"%I64u copied (%ls), %I64u there already, %I64u failed\n", counts->copied,
              format_bytes(counts->bytes, bytes), counts->present, counts->failed);
}

/* Makes a path of Unix of an argument; FALSE: it is none. */
static BOOL take_path(const WCHAR *arg, struct csc_unix_text *text, WCHAR **converted)
{
    if (arg[0] != '/' && (*converted = unix_path(arg))) arg = *converted;
    text->units = (const uint16_t *)arg;
    text->length = wcslen(arg);
    return arg[0] == '/';
}

int run_extract(const struct command *command)
{
    const WCHAR *cache = command->values[VALUE_CACHE], *target = command->values[VALUE_TARGET];
    struct csc_unix_extract_open_params params = { 0 };
    struct csc_unix_extract_close_params close = { 0 };
    struct extract_counts counts = { 0 };
    WCHAR *cache_path = NULL, *target_path = NULL;
    HRESULT hr;

    if (!cache || !target)
        return usage_error(command->verb, L"extract: %ls is missing", cache ? L"--target" : L"--cache");
    if (!take_path(cache, &params.cache, &cache_path))
        return usage_error(command->verb, L"extract: \"%ls\" is not an absolute path of a directory", cache);
    if (!take_path(target, &params.target, &target_path))
        return usage_error(command->verb, L"extract: \"%ls\" is not an absolute path of a directory", target);
    params.only_modified = !!(command->switches & SWITCH_ONLY_MODIFIED);

    if (FAILED(hr = load_library()))
        report_error_text(L"cscsvc.so", hr, L"The native part of Offline Files cannot be loaded. The native program "
                          L"csc-extract does the same without Wine.");
    else if (FAILED(hr = call(CSC_UNIX_EXTRACT_OPEN, &params)))
    {
        if (open_error_text(hr)) report_error_text(cache, hr, open_error_text(hr));
        else report_error(target, hr);
    }
    else
    {
        hr = copy_all(params.extract, &counts);
        if (FAILED(hr)) report_error(target, hr);
        close.extract = params.extract;
        call(CSC_UNIX_EXTRACT_CLOSE, &close);
        tell_sums(command, hr, &counts);
    }
    xfree(cache_path);
    xfree(target_path);
    return FAILED(hr) || counts.failed ? CMD_FAILED : CMD_DONE;
}
