/*
 * Service for Offline Files: checks of what clients send, and what they get back
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "cscsvc_private.h"

/* The engine's own limit holds for the path without the prefix \\?\UNC\ and trailing separators. */
#define MAX_TEXT_UNITS (CSC_MAX_PATH_UNITS + 16)

HRESULT wire_text(const WCHAR *string, struct csc_unix_text *text)
{
    size_t length;

    if (!string) return E_INVALIDARG;
    length = wcsnlen(string, MAX_TEXT_UNITS + 1);
    if (length > MAX_TEXT_UNITS) return HRESULT_FROM_WIN32(ERROR_FILENAME_EXCED_RANGE);
    text->units = (const uint16_t *)string;
    text->length = length;
    return S_OK;
}

HRESULT wire_check_operation(const CSC_OPERATION *operation, DWORD count)
{
    if (!operation) return E_INVALIDARG;
    if (operation->kind >= CSC_OP_KIND_COUNT) return E_INVALIDARG;
    if (operation->ask & ~(CSC_OP_ASK_ITEMS | CSC_OP_ASK_CONFLICTS)) return E_INVALIDARG;
    if (count > CSC_MAX_PATHS) return E_INVALIDARG;
    return S_OK;
}

BOOL wire_check_replies(const BYTE *data, DWORD size)
{
    const DWORD header = FIELD_OFFSET(struct csc_wire_reply, name);
    DWORD offset = 0;

    if (size > CSC_MAX_REPLY_BYTES) return FALSE;
    if (size && !data) return FALSE;
    while (offset < size)
    {
        struct csc_wire_reply reply;
        DWORD name_bytes;
        WCHAR end;

        if (size - offset < header) return FALSE;
        memcpy(&reply, data + offset, header);
        if (reply.size < header || reply.size % 8 || reply.size > size - offset) return FALSE;
        if (reply.name_length > CSC_MAX_PATH_UNITS) return FALSE;
        if (reply.name_length)
        {
            if (reply.more) return FALSE;
            name_bytes = (reply.name_length + 1) * sizeof(WCHAR);
            if (name_bytes > reply.size - header) return FALSE;
            memcpy(&end, data + offset + header + name_bytes - sizeof(end), sizeof(end));
            if (end) return FALSE;
        }
        offset += reply.size;
    }
    return TRUE;
}

HRESULT wire_filters(const BYTE *data, DWORD size, struct csc_wire_filters *copy,
                     const struct csc_wire_filters **filters)
{
    *filters = NULL;
    if (!size) return S_OK;
    if (size != sizeof(*copy) || !data) return E_INVALIDARG;
    memcpy(copy, data, sizeof(*copy));
    *filters = copy;
    return S_OK;
}

HRESULT wire_blob(HRESULT hr, struct csc_unix_blob *blob, DWORD *size, BYTE **data)
{
    struct csc_unix_free_params params = { .data = blob->data };

    *size = 0;
    *data = NULL;
    if (!blob->data) return hr;
    if (SUCCEEDED(hr))
    {
        /* More than the limit means one record that is larger than it; RPC takes that too, up to a bound. */
        if (blob->size > 2 * CSC_MAX_BLOB_BYTES)
            hr = HRESULT_FROM_WIN32(ERROR_MORE_DATA);
        else if (!(*data = CoTaskMemAlloc(blob->size)))
            hr = E_OUTOFMEMORY;
        else
        {
            memcpy(*data, blob->data, blob->size);
            *size = blob->size;
        }
    }
    unix_call(CSC_UNIX_FREE, &params);
    blob->data = NULL;
    return hr;
}
