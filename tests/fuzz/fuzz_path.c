/*
 * Names, UNC paths and conversions of text
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "fuzz.h"
#include "op.h"
#include "pair.h"
#include "path.h"

static void try_utf(const char *text, const uint8_t *data, size_t size)
{
    long length = csc_utf16_length(text);
    uint16_t *units;
    char *back;
    size_t got;

    if (length >= 0)
    {
        HOLDS((units = malloc(((size_t)length + 1) * sizeof(*units))));
        HOLDS(!csc_utf16_from_utf8(text, units, (size_t)length + 1, &got));
        HOLDS(got == (size_t)length && !units[got]);
        HOLDS(!csc_utf8_from_utf16(units, got, &back));
        HOLDS(!strcmp(back, text));
        free(back);
        free(units);
    }
    /* the bytes as code units */
    HOLDS((units = malloc(size + 2)));
    if (size) memcpy(units, data, size);
    if (!csc_utf8_from_utf16(units, size / 2, &back))
    {
        HOLDS(csc_utf16_length(back) >= 0);
        free(back);
    }
    free(units);
}

static void try_name(const char *text)
{
    enum csc_temp_use use;
    csc_status status;
    uint32_t hash;
    char *key, *again;
    int64_t item;

    if (!(status = csc_name_key(text, &key)))
    {
        /* the key of a key is itself */
        HOLDS(!csc_name_key(key, &again));
        HOLDS(!strcmp(key, again));
        HOLDS(csc_temp_hash(key) == csc_temp_hash(again));
        free(again);
        free(key);
    }
    else HOLDS(csc_failed(csc_name_check(text)));
    if (!csc_name_check(text)) HOLDS(*text && !strchr(text, '/') && strcmp(text, ".") && strcmp(text, ".."));
    if (csc_temp_origin_parse(text, "0123abcd", &use, &hash)) HOLDS(csc_name_is_temporary(text, "0123abcd"));
    if (csc_name_is_temporary(text, "0123abcd")) HOLDS(csc_name_is_temporary(text, NULL));
    csc_temp_local_parse(text, &use, &item);
}

static void try_path(const char *text)
{
    struct csc_path path, again;
    size_t i;

    if (csc_path_parse(text, &path)) return;
    HOLDS(path.server && *path.server);
    HOLDS(path.share || !path.count);
    for (i = 0; i < path.count; i++) HOLDS(!strpbrk(path.components[i], "\\/*?") && *path.components[i]);
    HOLDS(!csc_path_parse(text, &again));
    HOLDS(again.count == path.count);
    csc_path_free(&again);
    csc_path_free(&path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = feed_text(data, size);
    char *unc;

    try_utf(text, data, size);
    try_name(text);
    try_path(text);
    if ((unc = malloc(size + 12)))
    {
        strcpy(unc, "\\\\s\\t\\");
        strcat(unc, text);
        try_path(unc);
        strcpy(unc, "\\\\?\\UNC\\");
        strcat(unc, text);
        try_path(unc);
        free(unc);
    }
    free(text);
    return 0;
}
