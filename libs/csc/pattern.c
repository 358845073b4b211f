/*
 * Name patterns as FindFirstFile knows them
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * FindFirstFile rewrites a pattern before the file system sees it; the file system then knows further wildcards
 * (documented for FsRtlIsNameInExpression).  Both halves are here; the plain ? cannot come out of the first.
 */

#include <string.h>

#include "pattern.h"
#include "utf.h"

enum
{
    ANY_RUN = 0x10000,                /* * */
    DOS_RUN,                          /* <: any run, but it does not go past the last dot */
    DOS_ONE,                          /* >: any one but a dot; nothing, before a dot and at the end */
    DOS_DOT                           /* ": a dot; nothing, at the end */
};

static int is_wildcard(uint16_t unit)
{
    return unit == '*' || unit == '?';
}

static uint32_t step_of(const uint16_t *text, size_t length, size_t at)
{
    switch (text[at])
    {
    case '*': return at + 2 == length && text[at + 1] == '.' ? DOS_RUN : ANY_RUN;
    case '?': return DOS_ONE;
    case '.': return at + 1 == length || is_wildcard(text[at + 1]) ? DOS_DOT : '.';
    case '<': return DOS_RUN;
    case '>': return DOS_ONE;
    case '"': return DOS_DOT;
    default:  return csc_upcase(text[at]);
    }
}

int csc_pattern_make(const uint16_t *text, size_t length, struct csc_pattern *pattern)
{
    size_t i;

    memset(pattern, 0, sizeof(*pattern));
    if (length > CSC_PATTERN_MAX) return 0;
    if (!length || (length == 3 && text[0] == '*' && text[1] == '.' && text[2] == '*'))
    {
        pattern->everything = 1;
        return 1;
    }
    for (i = 0; i < length; i++)
    {
        uint32_t step = step_of(text, length, i);

        /* one run is as good as several */
        if (step == ANY_RUN && pattern->count && pattern->steps[pattern->count - 1] == ANY_RUN) continue;
        pattern->steps[pattern->count++] = step;
    }
    pattern->everything = pattern->count == 1 && pattern->steps[0] == ANY_RUN;
    return 1;
}

/* Goes over steps that may stand for nothing at this place: from each reached step to the next one. */
static void skip_empty(const struct csc_pattern *pattern, unsigned char *reached, int at_dot, int at_end)
{
    size_t i;

    for (i = 0; i < pattern->count; i++)
    {
        if (!reached[i]) continue;
        switch (pattern->steps[i])
        {
        case ANY_RUN:
        case DOS_RUN: reached[i + 1] = 1; break;
        case DOS_ONE: if (at_dot || at_end) reached[i + 1] = 1; break;
        case DOS_DOT: if (at_end) reached[i + 1] = 1; break;
        }
    }
}

int csc_pattern_matches(const struct csc_pattern *pattern, const uint16_t *name, size_t length)
{
    unsigned char sets[2][CSC_PATTERN_MAX + 1], *reached = sets[0], *next = sets[1], *swap;
    size_t at, i, last_dot = length;
    int some;

    if (pattern->everything) return 1;
    for (at = 0; at < length; at++) if (name[at] == '.') last_dot = at;

    /* all places of the pattern that the name up to here can have reached */
    memset(reached, 0, pattern->count + 1);
    reached[0] = 1;
    for (at = 0; at < length; at++)
    {
        uint32_t unit = csc_upcase(name[at]);

        skip_empty(pattern, reached, unit == '.', 0);
        memset(next, 0, pattern->count + 1);
        for (some = 0, i = 0; i < pattern->count; i++)
        {
            if (!reached[i]) continue;
            switch (pattern->steps[i])
            {
            case ANY_RUN: next[i] = 1; break;
            case DOS_RUN: if (at != last_dot) next[i] = 1; break;
            case DOS_ONE: if (unit != '.') next[i + 1] = 1; break;
            case DOS_DOT: if (unit == '.') next[i + 1] = 1; break;
            default:      if (unit == pattern->steps[i]) next[i + 1] = 1; break;
            }
            some |= next[i] | next[i + 1];
        }
        if (!some) return 0;
        swap = reached;
        reached = next;
        next = swap;
    }
    skip_empty(pattern, reached, 0, 1);
    return reached[pattern->count];
}
