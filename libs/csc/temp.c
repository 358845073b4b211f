/*
 * Names of temporary files
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * On an origin: ".~csc-<cache id>-<n>.tmp", n in hexadecimal: 8 digits of a hash of the item's key, then the number,
 * its last digit the use.  In the cache: "<use letter><number>.<item>".
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pair.h"

static const char use_letters[] = "dxrqz";

uint32_t csc_temp_hash(const char *key)
{
    uint32_t hash = 2166136261u;

    for (; *key; key++) hash = (hash ^ (unsigned char)*key) * 16777619u;
    return hash;
}

static uint64_t next_number(struct csc_engine *engine)
{
    return atomic_fetch_add(&engine->next_temp, 1);
}

void csc_temp_origin_name(struct csc_engine *engine, enum csc_temp_use use, const char *key, char name[CSC_TEMP_NAME])
{
    snprintf(name, CSC_TEMP_NAME, ".~csc-%s-%08" PRIx32 "%" PRIx64 "%d.tmp", engine->cache_id, csc_temp_hash(key),
             next_number(engine), use);
}

void csc_temp_local_name(struct csc_engine *engine, enum csc_temp_use use, int64_t item, char name[CSC_TEMP_NAME])
{
    snprintf(name, CSC_TEMP_NAME, "%c%" PRIx64 ".%" PRIx64, use_letters[use], next_number(engine), (uint64_t)item);
}

int csc_temp_origin_parse(const char *name, const char *cache_id, enum csc_temp_use *use, uint32_t *hash)
{
    const char *digits;
    char head[9] = { 0 };
    size_t count;

    if (!csc_name_is_temporary(name, cache_id)) return 0;
    digits = strrchr(name, '-') + 1;
    count = strspn(digits, "0123456789abcdef");
    if (count < 10) return 0;
    memcpy(head, digits, 8);
    *hash = strtoul(head, NULL, 16);
    if (digits[count - 1] > '3') return 0;
    *use = digits[count - 1] - '0';
    return 1;
}

int csc_temp_local_parse(const char *name, enum csc_temp_use *use, int64_t *item)
{
    const char *letter = *name ? strchr(use_letters, *name) : NULL, *dot;
    size_t number, digits;

    if (!letter) return 0;
    number = strspn(name + 1, "0123456789abcdef");
    dot = name + 1 + number;
    if (!number || *dot != '.') return 0;
    digits = strspn(dot + 1, "0123456789abcdef");
    if (!digits || digits > 16 || dot[1 + digits]) return 0;
    *use = letter - use_letters;
    *item = (int64_t)strtoull(dot + 1, NULL, 16);
    return 1;
}

char *csc_temp_kept_name(struct csc_engine *engine, const char *name)
{
    const char *extension = strrchr(name, '.');
    char number[32], *kept;
    size_t stem;

    if (!extension || extension == name || strlen(extension) > 32) extension = name + strlen(name);
    stem = extension - name;
    snprintf(number, sizeof(number), " (kept %" PRIx64 ")", next_number(engine) & 0xffffff);
    /* room for it within 255 bytes, without cutting a character in two */
    while (stem && stem + strlen(number) + strlen(extension) > 255)
        do stem--; while (stem && ((unsigned char)name[stem] & 0xc0) == 0x80);
    if (!(kept = malloc(stem + strlen(number) + strlen(extension) + 1))) return NULL;
    memcpy(kept, name, stem);
    strcpy(kept + stem, number);
    strcat(kept, extension);
    return kept;
}
