/*
 * UTF-8 and UTF-16, strict both ways
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>

#include "path.h"
#include "utf.h"

#define IS_SURROGATE(code)      ((code) >= 0xd800 && (code) <= 0xdfff)
#define IS_HIGH_SURROGATE(unit) ((unit) >= 0xd800 && (unit) <= 0xdbff)
#define IS_LOW_SURROGATE(unit)  ((unit) >= 0xdc00 && (unit) <= 0xdfff)

uint32_t csc_utf8_next(const char **text)
{
    /* the smallest code point that needs 1, 2, 3 following bytes */
    static const uint32_t smallest[] = {0, 0x80, 0x800, 0x10000};
    const unsigned char *p = (const unsigned char *)*text;
    uint32_t code;
    int i, following;

    if (*p < 0x80)
    {
        if (*p) (*text)++;
        return *p;
    }
    if (*p >= 0xc0 && *p < 0xe0) { following = 1; code = *p & 0x1f; }
    else if (*p >= 0xe0 && *p < 0xf0) { following = 2; code = *p & 0x0f; }
    else if (*p >= 0xf0 && *p < 0xf8) { following = 3; code = *p & 0x07; }
    else return CSC_UTF_INVALID;

    for (i = 1; i <= following; i++)
    {
        /* the terminator is no following byte either: never read beyond it */
        if ((p[i] & 0xc0) != 0x80) return CSC_UTF_INVALID;
        code = code << 6 | (p[i] & 0x3f);
    }
    if (code < smallest[following] || code > 0x10ffff || IS_SURROGATE(code)) return CSC_UTF_INVALID;
    *text += following + 1;
    return code;
}

size_t csc_utf8_size(uint32_t code)
{
    if (code < 0x80) return 1;
    if (code < 0x800) return 2;
    return code < 0x10000 ? 3 : 4;
}

char *csc_utf8_put(char *text, uint32_t code)
{
    if (code < 0x80)
        *text++ = (char)code;
    else if (code < 0x800)
    {
        *text++ = (char)(0xc0 | code >> 6);
        *text++ = (char)(0x80 | (code & 0x3f));
    }
    else if (code < 0x10000)
    {
        *text++ = (char)(0xe0 | code >> 12);
        *text++ = (char)(0x80 | (code >> 6 & 0x3f));
        *text++ = (char)(0x80 | (code & 0x3f));
    }
    else
    {
        *text++ = (char)(0xf0 | code >> 18);
        *text++ = (char)(0x80 | (code >> 12 & 0x3f));
        *text++ = (char)(0x80 | (code >> 6 & 0x3f));
        *text++ = (char)(0x80 | (code & 0x3f));
    }
    return text;
}

long csc_utf16_length(const char *utf8)
{
    uint32_t code;
    long length = 0;

    while ((code = csc_utf8_next(&utf8)))
    {
        if (code == CSC_UTF_INVALID) return -1;
        length += code < 0x10000 ? 1 : 2;
    }
    return length;
}

csc_status csc_utf16_from_utf8(const char *utf8, uint16_t *utf16, size_t capacity, size_t *length)
{
    uint32_t code;
    size_t used = 0;

    if (!capacity) return CSC_E_MORE_DATA;
    for (;;)
    {
        size_t units;

        while ((unsigned char)(*utf8 - 1) < 0x7f && capacity - used > 1) utf16[used++] = (uint16_t)*utf8++;
        if (!(code = csc_utf8_next(&utf8))) break;
        units = code < 0x10000 ? 1 : 2;
        if (code == CSC_UTF_INVALID) return CSC_E_INVALID_NAME;
        if (units >= capacity - used) return CSC_E_MORE_DATA;
        if (units == 1)
            utf16[used++] = (uint16_t)code;
        else
        {
            utf16[used++] = (uint16_t)(0xd800 + ((code - 0x10000) >> 10));
            utf16[used++] = (uint16_t)(0xdc00 + ((code - 0x10000) & 0x3ff));
        }
    }
    utf16[used] = 0;
    if (length) *length = used;
    return CSC_OK;
}

csc_status csc_utf8_from_utf16(const uint16_t *utf16, size_t length, char **utf8)
{
    char *text, *p;
    size_t i;

    *utf8 = NULL;
    if (length > (SIZE_MAX - 1) / 3) return CSC_E_OUT_OF_MEMORY;
    /* a unit never takes more than three bytes, a pair takes four */
    if (!(text = p = malloc(length * 3 + 1))) return CSC_E_OUT_OF_MEMORY;
    for (i = 0; i < length; i++)
    {
        uint32_t code = utf16[i];

        if (IS_HIGH_SURROGATE(code) && i + 1 < length && IS_LOW_SURROGATE(utf16[i + 1]))
            code = 0x10000 + ((code - 0xd800) << 10) + (utf16[++i] - 0xdc00u);
        /* a terminator inside would cut the name short */
        if (!code || IS_SURROGATE(code))
        {
            free(text);
            return CSC_E_INVALID_NAME;
        }
        p = csc_utf8_put(p, code);
    }
    *p = 0;
    *utf8 = text;
    return CSC_OK;
}
