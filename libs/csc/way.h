/*
 * Giving way: files that programs have open
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An operation with the flag BACKGROUND leaves a file that a program has open for later, and stops copying one that a
 * program opens meanwhile.  [behaviour.md §2.1]
 */

#ifndef CSC_WAY_H
#define CSC_WAY_H

#include "engine.h"

/* -- open files of the Wine session below a directory -- */

struct csc_in_use
{
    char  **list;              /* absolute paths */
    size_t  count, capacity, skip;
};

/* root: without symbolic links in it (csc_resolve_path). */
csc_status csc_in_use_read(struct csc_fs *fs, const char *root, struct csc_in_use *in_use);
void csc_in_use_free(struct csc_in_use *in_use);
/* below: path below the root, with "/". */
int csc_in_use_has(const struct csc_in_use *in_use, const char *below);

/* -- for the works of a pair -- */

struct csc_node;
struct csc_pair;
struct csc_way;

/* Planner, with the roots of the pair open: *way is NULL for an operation that gives no way. */
csc_status csc_way_create(struct csc_pair *pair, struct csc_way **way);
void csc_way_free(struct csc_way *way);
/* 1: a program has the file open, in the cache or on the origin; as of a quarter of a second ago. */
int csc_way_taken(struct csc_node *dir, const char *name);
/* Around copying a file on this thread: csc_way_wanted tells from time to time whether somebody opened it. */
void csc_way_enter(struct csc_node *dir, const char *name);
int  csc_way_wanted(void);
void csc_way_leave(void);

#endif
