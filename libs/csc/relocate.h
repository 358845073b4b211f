/*
 * Renaming in the cache: what relocate.c (items) and relocate_share.c (servers and shares) have in common
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_RELOCATE_H
#define CSC_RELOCATE_H

#include "scope.h"

/* CSC_META_RENAMES holds a line for each request: kind, old path, new path, between tabs.  No path can have either. */
#define CSC_RENAME_LATER "later"   /* to be carried out at a start */
#define CSC_RENAME_NOW   "now"     /* under way: what a crash left of it is looked after by the next start */

/* -- relocate.c -- */

/* Adds a line to the requests or takes one away; not committed yet.  CSC_E_BUSY: there are too many. */
csc_status csc_rename_request(struct csc_engine *engine, const char *kind, const char *from, const char *to, int add);
/* Keeps operations out of the scope until csc_rename_leave.  What the engine does by itself is pushed aside;
 * CSC_E_BUSY: an operation of a client does not end soon; CSC_E_CANCELLED: unmapped, or closing. */
csc_status csc_rename_enter(struct csc_scope *scope);
void csc_rename_leave(struct csc_scope *scope);
/* CSC_E_SHARING: a program has the item or something below it open, in the cache or on the origin.  relative: below the
 * share, "" for all of it. */
csc_status csc_rename_refuse_open(struct csc_scope *scope, const char *relative);
/* One line in the record. */
void csc_rename_log(struct csc_engine *engine, const char *from, const char *to, csc_status status);

/* -- relocate_carry.c -- */

/* from was renamed to to: the requests for what is inside of it (from and to of each), and the notes of what an
 * administrator's lists pinned there, name it by its new name; again: nothing is left to do.  Not committed yet. */
csc_status csc_rename_carry(struct csc_engine *engine, const struct csc_path *from, const struct csc_path *to);
/* What the path is called after that; itself: also when it is from.  CSC_FALSE and NULL: it is not concerned.  malloc */
csc_status csc_rename_new_path(const char *path, const struct csc_path *from, const char *to, int itself, char **renamed);

/* -- relocate_share.c: paths of one kind, both a server or both a share -- */

/* Can it be done?  CSC_E_NOT_FOUND: nothing of the old name is mapped; CSC_E_ALREADY_EXISTS: the new name is, in whatever
 * case, or a tree of a lost store stands there, or something that is no link to the origin stands where the new link
 * belongs.  engine->map_lock held. */
csc_status csc_shares_rename_check(struct csc_engine *engine, const struct csc_path *from, const struct csc_path *to);
/* Carries it out.  As csc_shares_rename_check, and CSC_E_BUSY, CSC_E_SHARING, CSC_E_CANCELLED as above; what fails is
 * undone.  engine->map_lock held. */
csc_status csc_shares_rename(struct csc_engine *engine, const struct csc_path *from, const struct csc_path *to);
/* At a start, before anything looks at the trees: what a crash left of the request (CSC_RENAME_NOW, of one share, named
 * as it was and as it was to be) is undone, unless the rows have the new name already. */
csc_status csc_share_rename_settle(struct csc_engine *engine, const struct csc_path *from, const struct csc_path *to);

#endif
