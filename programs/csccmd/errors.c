/*
 * csccmd: errors in words
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>
#include <wchar.h>

#include "csccmd.h"

#ifndef ERROR_CONTENT_BLOCKED
#define ERROR_CONTENT_BLOCKED 1296
#endif

#define E32(code) ((HRESULT)(0x80070000u | (code)))

/* Our own words: where the system's text would mislead, or where Wine has none. */
static const struct
{
    HRESULT hr;
    const WCHAR *text;
}
own_texts[] =
{
    { E32(ERROR_REVISION_MISMATCH), L"Changed on both sides, both copies kept." },
    { E32(ERROR_CANCELLED), L"Cancelled." },
    { E32(ERROR_MORE_DATA), L"Some items failed." },
    { E32(ERROR_BAD_NETPATH), L"The share is not mapped, or its server cannot be reached." },
    { E32(ERROR_NOT_READY), L"The origin is not what was mapped (nothing was deleted because of that)." },
    { E32(ERROR_DUP_NAME), L"Another name in the directory differs in case only." },
    { E32(ERROR_SEM_TIMEOUT), L"The server did not answer in time." },
    { E32(ERROR_BUSY), L"Spared: its changes are not synchronized." },
    { E32(ERROR_INVALID_STATE), L"Suspended: \"csccmd resume\" of what was suspended ends it (something made offline has to "
                                L"be synchronized before it can be suspended)." },
    { E32(ERROR_FILE_CORRUPT), L"The database of the cache is damaged." },
    { E32(ERROR_CONTENT_BLOCKED), L"An exclusion list names it: such files do not come into the cache (csccmd status shows "
                                  L"the patterns)." },
    { E32(ERROR_CANT_ACCESS_FILE), L"Links that leave the share and special files are not cached." },
    { E32(ERROR_SERVICE_DISABLED), L"Offline Files is disabled (csccmd enable switches it on)." },
    { E32(ERROR_SERVICE_NOT_ACTIVE), L"The Offline Files service is not running." },
    { E32(ERROR_SERVICE_DOES_NOT_EXIST), L"The Offline Files service is not installed." },
    { E32(ERROR_SERVICE_REQUEST_TIMEOUT), L"The Offline Files service did not answer in time." },
    { E32(ERROR_FILE_OFFLINE), L"The content of the item is not in the cache." },
    { E32(RPC_S_SERVER_UNAVAILABLE), L"The Offline Files service cannot be reached." },
    { E32(RPC_S_CALL_FAILED), L"The Offline Files service stopped during the call." },
    { E32(RPC_S_CALL_FAILED_DNE), L"The Offline Files service stopped before the call." },
    { (HRESULT)0xd0000135, L"The native part of the Offline Files service (cscsvc.so) was not found." },
    { REGDB_E_CLASSNOTREG, L"Offline Files is not installed in this prefix." },
    { CO_E_SERVER_EXEC_FAILURE, L"The Offline Files service could not be started." },
    { E_NOTIMPL, L"This is not implemented yet." },
    { E_INVALIDARG, L"The argument is not valid." },
    { E_OUTOFMEMORY, L"Out of memory." },
    { E_ACCESSDENIED, L"Access denied." },
    { E_NOINTERFACE, L"The item does not offer this." },
    { E_FAIL, L"The operation failed." },
};

static DWORD system_message(DWORD code, WCHAR **text)
{
    return FormatMessageW(FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_FROM_SYSTEM |
                          FORMAT_MESSAGE_IGNORE_INSERTS | FORMAT_MESSAGE_MAX_WIDTH_MASK,
                          NULL, code, 0, (WCHAR *)text, 0, NULL);
}

static WCHAR *copy_text(const WCHAR *text)
{
    SIZE_T size = (wcslen(text) + 1) * sizeof(*text);
    WCHAR *copy = xalloc(size);

    memcpy(copy, text, size);
    return copy;
}

WCHAR *error_text(HRESULT hr)
{
    WCHAR *message = NULL, *copy;
    DWORD length = 0;
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(own_texts); i++)
        if (own_texts[i].hr == hr) return copy_text(own_texts[i].text);

    if (HRESULT_FACILITY(hr) == FACILITY_WIN32) length = system_message(HRESULT_CODE(hr), &message);
    if (!length) length = system_message(hr, &message);
    if (!length) return copy_text(L"Unknown error.");

    while (length && wcschr(L" \r\n", message[length - 1])) message[--length] = 0;
    copy = copy_text(length ? message : L"Unknown error.");
    LocalFree(message);
    return copy;
}

void report_error_text(const WCHAR *subject, HRESULT hr, const WCHAR *text)
{
    if (global_switches & SWITCH_JSON)
    {
        json_begin(L"error");
        json_string(L"path", subject);
        json_hresult(hr);
        json_string(L"text", text);
        json_end();
    }
    else print(err_stream(), L"csccmd: %ls: 0x%08lx %ls\n", subject, hr, text);
}

void report_error(const WCHAR *subject, HRESULT hr)
{
    WCHAR *text = error_text(hr);

    report_error_text(subject, hr, text);
    xfree(text);
}

BOOL is_service_error(HRESULT hr)
{
    switch (hr)
    {
    case E32(ERROR_MOD_NOT_FOUND):
    case E32(ERROR_SERVICE_DISABLED):
    case E32(ERROR_SERVICE_NOT_ACTIVE):
    case E32(ERROR_SERVICE_DOES_NOT_EXIST):
    case E32(ERROR_SERVICE_REQUEST_TIMEOUT):
    case E32(ERROR_SERVICE_MARKED_FOR_DELETE):
    case E32(ERROR_SERVICE_NEVER_STARTED):
    case E32(ERROR_SERVICE_CANNOT_ACCEPT_CTRL):
    case E32(ERROR_PROCESS_ABORTED):
    case E32(RPC_S_SERVER_UNAVAILABLE):
    case E32(RPC_S_SERVER_TOO_BUSY):
    case E32(RPC_S_CALL_FAILED):
    case E32(RPC_S_CALL_FAILED_DNE):
    case RPC_E_DISCONNECTED:
    case RPC_E_SERVER_DIED:
    case RPC_E_SERVER_DIED_DNE:
    case CO_E_OBJNOTCONNECTED:
    case CO_E_SERVER_EXEC_FAILURE:
    case CO_E_SERVER_STOPPING:
    case REGDB_E_CLASSNOTREG:
        return TRUE;
    default:
        return hr == (HRESULT)0xd0000135;  /* STATUS_DLL_NOT_FOUND: no unixlib */
    }
}

int exit_code(HRESULT hr)
{
    if (SUCCEEDED(hr)) return CMD_DONE;
    if (hr == E32(ERROR_CANCELLED)) return CMD_CANCELLED;
    return is_service_error(hr) ? CMD_NO_SERVICE : CMD_FAILED;
}

int worse_exit(int a, int b)
{
    return a > b ? a : b;
}
