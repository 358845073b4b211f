/*
 * Exclusion lists: files that do not come into the cache
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The policies ExcludedFileTypes and ExcludeExtensions and our own ExcludedNames name files that are neither cached by
 * themselves nor pinnable.  They only keep files from coming in: what is in the cache already, or was made there, is
 * kept in sync both ways as any other file, and nothing is removed on either side because of a list.  What that means
 * for one item csc_decide says (csc_question.excluded).  [behaviour.md §6.2, A.7]; Q18
 */

#ifndef CSC_EXCLUDE_H
#define CSC_EXCLUDE_H

#include "engine.h"

/* Makes a set of patterns (UTF-8, as FindFirstFile reads them, see pattern.h).  Left out, and counted in *useless (may
 * be NULL): empty ones, which would be everything, and those that are too long or no UTF-8. */
csc_status csc_exclusions_make(const char *const *patterns, size_t count, struct csc_exclusions *set, size_t *useless);
void csc_exclusions_free(struct csc_exclusions *set);
/* Whether a pattern of the set matches the name (a last component, UTF-8), whatever its case.  Pure. */
int csc_exclusions_match(const struct csc_exclusions *set, const char *name);

/* Whether the lists in force name a file so.  Any thread; cheap while there is no list. */
int csc_is_excluded(struct csc_engine *engine, const char *name);

#endif
