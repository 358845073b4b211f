/*
 * Name patterns as FindFirstFile knows them
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_PATTERN_H
#define CSC_PATTERN_H

#include <stddef.h>
#include <stdint.h>

#define CSC_PATTERN_MAX 259           /* code units of a pattern */

/* A pattern made ready: its units in upper case, wildcards as codes outside of UTF-16. */
struct csc_pattern
{
    uint32_t steps[CSC_PATTERN_MAX];
    size_t count;
    int everything;                   /* matches each name */
};

/* Units of UTF-16 without a terminator, at most CSC_PATTERN_MAX of them (0: too long, nothing done; 1: done).
 *   *  any run of characters      ?  one character, or none before a dot and at the end
 * and with the rules that FindFirstFile has from DOS: "*.*" is everything, a dot before a wildcard or at
 * the end also stands for the end of the name ("abc.*" matches "abc"), "*." is for names without an extension.  The characters that
 * these become on the way to a file system can be used, too: < > ".  An empty pattern is everything.
 * [behaviour.md §2.9]; Q81 */
int csc_pattern_make(const uint16_t *text, size_t length, struct csc_pattern *pattern);

/* Whether the whole name matches, whatever its case.  Takes at most (steps of the pattern) * (units of the name). */
int csc_pattern_matches(const struct csc_pattern *pattern, const uint16_t *name, size_t length);

#endif
