/*
 * Exclusion lists
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "exclude.h"
#include "scope.h"
#include "utf.h"

/* the longest name that an item can have, in code units */
#define NAME_UNITS 256

/* -- sets: pure -- */

static int add_pattern(struct csc_exclusions *set, const char *text)
{
    uint16_t units[CSC_PATTERN_MAX + 1];
    size_t length;

    if (!*text || csc_failed(csc_utf16_from_utf8(text, units, CSC_PATTERN_MAX + 1, &length))) return 0;
    if (!csc_pattern_make(units, length, &set->patterns[set->count])) return 0;
    set->count++;
    return 1;
}

csc_status csc_exclusions_make(const char *const *patterns, size_t count, struct csc_exclusions *set, size_t *useless)
{
    size_t i, left = 0;

    memset(set, 0, sizeof(*set));
    if (count && !(set->patterns = calloc(count, sizeof(*set->patterns)))) return CSC_E_OUT_OF_MEMORY;
    for (i = 0; i < count; i++) left += !add_pattern(set, patterns[i]);
    if (useless) *useless = left;
    return CSC_OK;
}

void csc_exclusions_free(struct csc_exclusions *set)
{
    free(set->patterns);
    memset(set, 0, sizeof(*set));
}

int csc_exclusions_match(const struct csc_exclusions *set, const char *name)
{
    uint16_t units[NAME_UNITS];
    size_t length, i;

    if (!set->count || csc_failed(csc_utf16_from_utf8(name, units, NAME_UNITS, &length))) return 0;
    for (i = 0; i < set->count; i++)
        if (csc_pattern_matches(&set->patterns[i], units, length)) return 1;
    return 0;
}

/* -- the engine's -- */

int csc_is_excluded(struct csc_engine *engine, const char *name)
{
    int excluded;

    if (!atomic_load(&engine->excludes)) return 0;
    pthread_mutex_lock(&engine->exclude_lock);
    excluded = csc_exclusions_match(&engine->exclusions, name);
    pthread_mutex_unlock(&engine->exclude_lock);
    return excluded;
}

csc_status csc_set_exclusions(struct csc_engine *engine, const char *const *patterns, size_t count)
{
    struct csc_exclusions set, old;
    struct csc_scope *scope;
    csc_status status;
    size_t useless;
    int same;

    if (csc_failed(status = csc_exclusions_make(patterns, count, &set, &useless))) return status;
    if (useless) csc_trace(engine, "%zu patterns of the exclusion lists are none", useless);
    pthread_mutex_lock(&engine->exclude_lock);
    old = engine->exclusions;
    engine->exclusions = set;
    same = old.count == set.count && (!set.count || !memcmp(old.patterns, set.patterns, set.count * sizeof(*set.patterns)));
    atomic_store(&engine->excludes, set.count != 0);
    pthread_mutex_unlock(&engine->exclude_lock);
    csc_exclusions_free(&old);
    if (same) return CSC_OK;
    csc_trace(engine, "%zu patterns of names do not come into the cache", count - useless);

    /* a name that waits without content may have left the lists */
    pthread_mutex_lock(&engine->lock);
    for (scope = engine->scopes; scope; scope = scope->next)
    {
        scope->fill_wanted = 1;
        scope->next_fill = 0;
        scope->fill_left = 0;
    }
    pthread_mutex_unlock(&engine->lock);
    return CSC_OK;
}
