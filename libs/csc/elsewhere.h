/*
 * Rows whose file or directory stands somewhere else in the cache
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What was renamed in the cache is gone under its old name only.  As long as it did not get to the origin under the new
 * one (a conflict, no room there, or nobody asked for the new name yet), the origin's file under the old name is the only
 * other copy, and its name is no deletion.
 */

#ifndef CSC_ELSEWHERE_H
#define CSC_ELSEWHERE_H

#include "later.h"

struct csc_elsewhere
{
    int known;                   /* one of the two below was called */
    int64_t *rows;               /* sorted */
    size_t count, capacity;
};

/* Reads the whole cache tree of the share: for a look at a part of it, or where not all could be looked at. */
csc_status csc_elsewhere_read(struct csc_elsewhere *elsewhere, struct csc_scope *scope);
/* The same from what was seen on the way, when that was all there is. */
csc_status csc_elsewhere_take(struct csc_elsewhere *elsewhere, struct csc_scope *scope, const struct csc_later *later);
int csc_elsewhere_has(const struct csc_elsewhere *elsewhere, int64_t row);
void csc_elsewhere_clear(struct csc_elsewhere *elsewhere);

#endif
