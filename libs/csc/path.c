/*
 * UNC paths
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "path.h"

#define MAX_PATH_UNITS 32767

static int is_separator(char c)
{
    return c == '\\' || c == '/';
}

/* Behind the double separator or \\?\UNC\ that begins a UNC path; NULL: another kind of path. */
static const char *skip_prefix(const char *text)
{
    if (!is_separator(text[0]) || !is_separator(text[1])) return NULL;
    text += 2;
    if (text[0] != '?' || !is_separator(text[1])) return text;
    text += 2;
    if ((text[0] | 0x20) != 'u' || (text[1] | 0x20) != 'n' || (text[2] | 0x20) != 'c' || !is_separator(text[3]))
        return NULL;
    return text + 4;
}

static size_t count_components(const char *text)
{
    size_t count = 1;

    for (; *text; text++) count += is_separator(*text);
    return count;
}

/* Cuts text at its separators and checks every part. */
static csc_status split(char *text, char **parts, size_t count)
{
    csc_status status;
    size_t i;

    for (i = 0; i < count; i++)
    {
        parts[i] = text;
        while (*text && !is_separator(*text)) text++;
        *text++ = 0;
        if ((status = csc_name_check(parts[i])))
            return status == CSC_E_NAME_TOO_LONG ? status : CSC_E_BAD_PATH;
    }
    return CSC_OK;
}

csc_status csc_path_parse(const char *text, struct csc_path *path)
{
    const char *start;
    size_t length, count;
    char **parts, *copy;
    csc_status status;
    long units;

    memset(path, 0, sizeof(*path));
    if (!text || !*text) return CSC_E_INVALID_ARG;
    if ((units = csc_utf16_length(text)) < 0) return CSC_E_BAD_PATH;
    if (units > MAX_PATH_UNITS) return CSC_E_NAME_TOO_LONG;
    if (!(start = skip_prefix(text))) return CSC_E_BAD_PATH;

    length = strlen(start);
    while (length && is_separator(start[length - 1])) length--;
    if (!length) return CSC_E_BAD_PATH;

    /* one allocation: first the array of parts (never more than the text has characters), then the text */
    count = count_components(start);
    if (!(path->storage = malloc(count * sizeof(*parts) + length + 1))) return CSC_E_OUT_OF_MEMORY;
    parts = (char **)path->storage;
    copy = path->storage + count * sizeof(*parts);
    memcpy(copy, start, length);
    copy[length] = 0;
    count = count_components(copy);

    if ((status = split(copy, parts, count)))
    {
        csc_path_free(path);
        return status;
    }
    path->server = parts[0];
    if (count > 1) path->share = parts[1];
    if (count > 2)
    {
        path->components = parts + 2;
        path->count = count - 2;
    }
    return CSC_OK;
}

void csc_path_free(struct csc_path *path)
{
    free(path->storage);
    memset(path, 0, sizeof(*path));
}

char *csc_path_text(const struct csc_path *path)
{
    size_t size = strlen(path->server) + 3, i;
    char *text, *p;

    if (path->share) size += strlen(path->share) + 1;
    for (i = 0; i < path->count; i++) size += strlen(path->components[i]) + 1;
    if (!(text = malloc(size))) return NULL;
    p = text + sprintf(text, "\\\\%s", path->server);
    if (path->share) p += sprintf(p, "\\%s", path->share);
    for (i = 0; i < path->count; i++) p += sprintf(p, "\\%s", path->components[i]);
    return text;
}
