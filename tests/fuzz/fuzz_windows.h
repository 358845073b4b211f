/*
 * Windows, as far as the files of the DLLs that look at bytes of others need it: they are compiled as they are
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * To be included behind the engine's headers, if at all.
 */

#ifndef CSC_TESTS_FUZZ_WINDOWS_H
#define CSC_TESTS_FUZZ_WINDOWS_H

#include "fuzz.h"
#include "cscwire.h"

typedef uint8_t BYTE;
typedef uint16_t WCHAR, UINT16;
typedef uint32_t DWORD, UINT32;
typedef uint64_t UINT64;
typedef int32_t HRESULT, BOOL;
typedef struct { uint8_t bytes[16]; } GUID;

#define TRUE 1
#define FALSE 0
#define S_OK 0
#define E_INVALIDARG ((HRESULT)0x80070057)
#define E_OUTOFMEMORY ((HRESULT)0x8007000e)
#define E_UNEXPECTED  ((HRESULT)0x8000ffff)
#define ERROR_MORE_DATA 234
#define ERROR_FILENAME_EXCED_RANGE 206
#define HRESULT_FROM_WIN32(code) ((HRESULT)(0x80070000u | (code)))
#define SUCCEEDED(hr) ((hr) >= 0)
#define FIELD_OFFSET(type, field) ((DWORD)offsetof(type, field))
#define max(a, b) ((a) > (b) ? (a) : (b))
#ifndef CSC_PUBLIC_H
#define OFFLINEFILES_ITEM_TYPE_SERVER 3
#define OFFLINEFILES_SYNC_OPERATION_PREPARE 7
#endif
#define CoTaskMemAlloc malloc

static size_t wide_length(const WCHAR *text, size_t most)
{
    size_t length = 0;

    while (length < most && text[length]) length++;
    return length;
}
#define wcslen(text) wide_length(text, SIZE_MAX)
#define wcsnlen(text, most) wide_length(text, most)

/* the parts of cscobj_private.h and cscsvc.h */
#define __CSCOBJ_PRIVATE_H
#define __CSCSVC_PRIVATE_H

struct wire_replies
{
    BYTE *data;
    DWORD size, capacity, last;
};

typedef struct CSC_OPERATION
{
    DWORD kind, flags, ask;
    BOOL deep;
    GUID sync_id;
} CSC_OPERATION;

#include "../../dlls/cscsvc/unixlib.h"

static HRESULT unix_call(enum csc_unix_call code, void *params)
{
    (void)code;
    free(((struct csc_unix_free_params *)params)->data);
    return S_OK;
}

#endif
