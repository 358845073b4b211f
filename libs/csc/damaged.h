/*
 * Files that a power loss may have damaged, kept aside until they were compared
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A download that was not flushed before a power loss may be torn, and programs must not take it for a whole one.  But what
 * stands in its place may also be what a program wrote over it, when no time of that reached the disk.  So it is moved out of
 * the tree, as a temporary file of use CSC_TEMP_DAMAGED with the number of its row, and the store notes where it was
 * (CSC_META_DAMAGED).  What has a row is settled before anything is done about that row; what lost its row goes back into the
 * tree under a name that shows.
 */

#ifndef CSC_DAMAGED_H
#define CSC_DAMAGED_H

#include "item.h"
#include "scope.h"

/* Recovery: moves a file of an item out of its directory.  One without a byte that is not zero is removed.  The names are not
 * flushed, nor is the note. */
csc_status csc_damaged_take(struct csc_scope *scope, const struct csc_item *item, struct csc_dir *dir, const char *name);
/* Recovery found it in the temporary directory; item: from its name.  It stays there while its row wants it. */
csc_status csc_damaged_found(struct csc_engine *engine, struct csc_scope *(*find_scope)(struct csc_engine *engine, int64_t id),
                             struct csc_dir *temp, const char *name, int64_t item);
/* Before an operation: what lost its row goes back into the tree. */
csc_status csc_damaged_sweep(struct csc_scope *scope);
/* Worker, before anything is done about an item: what was kept aside of it goes when all of it is on the origin, but for whole
 * blocks of zeros; else it comes into the cache as "<name> (kept <n>)", which the planner looks at then.  Both durably.
 * CSC_E_CHANGED: look again. */
csc_status csc_damaged_settle(struct csc_item_work *work);
/* Worker, after a row went with all below it: what was kept aside of those comes into this directory in the same way. */
csc_status csc_damaged_release(struct csc_node *dir);
/* 1: something of the item is kept aside. */
int csc_damaged_has(struct csc_scope *scope, int64_t item);
/* Gives up what is kept aside of an item, or (0) of all items of the share. */
csc_status csc_damaged_discard(struct csc_scope *scope, int64_t item);

#endif
