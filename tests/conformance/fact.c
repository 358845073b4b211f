/*
 * Which documented facts the checks are about, and how they went
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * With the environment variable CSCTEST_FACTS a line for each fact that was looked at is added to that file at
 * the end: its id, then how often its checks passed, failed, were skipped, differed from our decision.
 */

#include "csctest.h"
#include "facts.h"

#define MAX_SCOPES 32
#define MAX_IDS 16

struct scope
{
    const char *function;
    unsigned int ids[MAX_IDS], count;
};

/* Checks of other threads count for the facts of the thread that tests: it waits for them. */
static struct scope scopes[MAX_SCOPES];
static unsigned int depth;
static LONG (*results)[FACT_RESULTS];

static void write_results(void)
{
    char path[MAX_PATH];
    DWORD length = GetEnvironmentVariableA("CSCTEST_FACTS", path, sizeof(path));
    unsigned int i;
    FILE *file;

    if (!length || length >= sizeof(path)) return;
    if (!(file = fopen(path, "a")))
    {
        fprintf(stderr, "cannot write %s\n", path);
        return;
    }
    for (i = 0; i < facts_count; i++)
    {
        const LONG *n = results[i];

        if (n[FACT_PASSED] || n[FACT_FAILED] || n[FACT_SKIPPED] || n[FACT_DIFFERS])
            fprintf(file, "%s %ld %ld %ld %ld\n", facts[i].id, n[FACT_PASSED], n[FACT_FAILED], n[FACT_SKIPPED],
                    n[FACT_DIFFERS]);
    }
    fclose(file);
}

int fact_find(const char *id, size_t length)
{
    unsigned int i;

    for (i = 0; i < facts_count; i++)
    {
        if (!strncmp(facts[i].id, id, length) && !facts[i].id[length]) return i;
    }
    return -1;
}

const char *fact_enter(const char *function, const char *ids)
{
    struct scope *scope;
    int i;

    if (!results)
    {
        if (!(results = calloc(facts_count, sizeof(*results)))) exit(1);
        atexit(write_results);
    }
    if (depth == MAX_SCOPES)
    {
        winetest_ok(0, "too many facts at once: %s\n", ids);
        return NULL;
    }
    scope = &scopes[depth++];
    scope->function = function;
    scope->count = 0;
    while (*ids)
    {
        size_t length = strcspn(ids, " ");

        i = fact_find(ids, length);
        if (i < 0 || scope->count == MAX_IDS) winetest_ok(0, "facts.txt has no fact %s, or there are too many\n", ids);
        if (i >= 0 && scope->count < MAX_IDS) scope->ids[scope->count++] = i;
        ids += length;
        ids += strspn(ids, " ");
    }
    return function;
}

void fact_leave(const char **function)
{
    if (*function) depth--;
}

void fact_count(enum fact_result result)
{
    unsigned int i, j;

    for (i = 0; i < depth; i++)
    {
        /* only the last one of a function holds */
        if (i + 1 < depth && scopes[i].function == scopes[i + 1].function) continue;
        for (j = 0; j < scopes[i].count; j++) InterlockedIncrement(&results[scopes[i].ids[j]][result]);
    }
}

void csctest_ok(int condition, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    winetest_vok(condition, format, args);
    va_end(args);
    fact_count(condition ? FACT_PASSED : FACT_FAILED);
}

void csctest_skip(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    winetest_vskip(format, args);
    va_end(args);
    fact_count(FACT_SKIPPED);
}
