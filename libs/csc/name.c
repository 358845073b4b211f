/*
 * Names: their keys, and which of them can be items
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "path.h"
#include "utf.h"
#include "csc_upcase_table.h"

#define MAX_NAME_UNITS 255

uint32_t csc_upcase(uint32_t code)
{
    if (code >= CSC_UPCASE_LIMIT) return code;
    return code + (uint32_t)csc_upcase_deltas[csc_upcase_blocks[code / CSC_UPCASE_BLOCK]][code % CSC_UPCASE_BLOCK];
}

csc_status csc_name_key(const char *name, char **key)
{
    const char *p = name;
    size_t size = 1;
    uint32_t code;
    char *q;

    *key = NULL;
    while ((code = csc_utf8_next(&p)))
    {
        if (code == CSC_UTF_INVALID) return CSC_E_INVALID_NAME;
        size += csc_utf8_size(csc_upcase(code));   /* may differ from the size in the name */
    }
    if (!(q = *key = malloc(size))) return CSC_E_OUT_OF_MEMORY;
    p = name;
    while ((code = csc_utf8_next(&p))) q = csc_utf8_put(q, csc_upcase(code));
    *q = 0;
    return CSC_OK;
}

int csc_name_equal(const char *a, const char *b)
{
    uint32_t left, right;

    do
    {
        left = csc_utf8_next(&a);
        right = csc_utf8_next(&b);
        if (left == CSC_UTF_INVALID || right == CSC_UTF_INVALID || csc_upcase(left) != csc_upcase(right)) return 0;
    }
    while (left);
    return 1;
}

csc_status csc_name_check(const char *name)
{
    long length = csc_utf16_length(name);
    const char *p;

    if (length <= 0) return CSC_E_INVALID_NAME;
    if (!strcmp(name, ".") || !strcmp(name, "..")) return CSC_E_INVALID_NAME;
    for (p = name; *p; p++)
        if ((unsigned char)*p < 0x20 || strchr("\\/:*?\"<>|", *p)) return CSC_E_INVALID_NAME;
    return length > MAX_NAME_UNITS ? CSC_E_NAME_TOO_LONG : CSC_OK;
}

int csc_name_is_temporary(const char *name, const char *cache_id)
{
    static const char prefix[] = ".~csc-";
    size_t length, digits;

    if (strncmp(name, prefix, sizeof(prefix) - 1)) return 0;
    name += sizeof(prefix) - 1;
    length = cache_id ? strlen(cache_id) : strcspn(name, "-");
    if (!length || (cache_id && strncmp(name, cache_id, length))) return 0;
    name += length;
    if (*name++ != '-') return 0;
    digits = strspn(name, "0123456789abcdef");
    return digits && !strcmp(name + digits, ".tmp");
}
