/*
 * Service for Offline Files: the exclusion lists
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Of each of the three what is in force counts, and together they are one list for the engine.  [behaviour.md §6.2]; Q18
 */

#include "cscsvc_private.h"
#include "cscset.h"
#include "wine/debug.h"

#include <stdlib.h>
#include <wchar.h>

WINE_DEFAULT_DEBUG_CHANNEL(cscsvc);

/* each name of a file is compared with all of them */
#define MOST_PATTERNS 8192

static const WCHAR *const names[EXCLUSION_LISTS] = { L"ExcludedFileTypes", L"ExcludeExtensions", L"ExcludedNames" };

void read_exclusions(struct exclusions *exclusions)
{
    DWORD count = 0;
    const WCHAR *p;
    unsigned int i;

    memset(exclusions, 0, sizeof(*exclusions));
    for (i = 0; i < EXCLUSION_LISTS; i++)
    {
        exclusions->lists[i] = setting_list(names[i]);
        for (p = exclusions->lists[i]; p && *p; p += wcslen(p) + 1) count++;
    }
    if (count > MOST_PATTERNS)
    {
        WARN("of %lu patterns in the exclusion lists the first %u count\n", count, MOST_PATTERNS);
        count = MOST_PATTERNS;
    }
    if (!(exclusions->texts = malloc((count + 1) * sizeof(*exclusions->texts)))) return;
    for (i = 0; i < EXCLUSION_LISTS; i++)
        for (p = exclusions->lists[i]; p && *p && exclusions->count < count; p += wcslen(p) + 1)
        {
            if (FAILED(wire_text(p, &exclusions->texts[exclusions->count]))) continue;
            exclusions->count++;
            TRACE("%s names %s\n", debugstr_w(names[i]), debugstr_w(p));
        }
}

void free_exclusions(struct exclusions *exclusions)
{
    unsigned int i;

    for (i = 0; i < EXCLUSION_LISTS; i++) free(exclusions->lists[i]);
    free(exclusions->texts);
}

void hand_over_exclusions(void *engine)
{
    struct csc_unix_set_exclusions_params params = { .engine = engine };
    struct exclusions exclusions;

    read_exclusions(&exclusions);
    /* without memory what was in force stays so */
    if (exclusions.texts)
    {
        params.patterns = exclusions.texts;
        params.count = exclusions.count;
        unix_call(CSC_UNIX_SET_EXCLUSIONS, &params);
    }
    free_exclusions(&exclusions);
}
