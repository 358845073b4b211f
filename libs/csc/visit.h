/*
 * Visiting directories of a pair: the planner's loop
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Directories are read ahead on workers and looked at one after the other, a container before its content.  The
 * stack is on the heap: neither depth nor width of a tree matters.
 */

#ifndef CSC_VISIT_H
#define CSC_VISIT_H

#include "scan.h"

struct csc_visit
{
    struct csc_op   *op;
    struct csc_pair *pair;
    uint32_t flags;                    /* of the operation */
    uint32_t may;                      /* CSC_MAY_* */
    /* a directory was read; it may be left out by returning CSC_FALSE.  May be NULL. */
    csc_status (*opened)(struct csc_visit *visit, struct csc_scan *scan);
    csc_status (*cell)(struct csc_visit *visit, struct csc_scan *scan, struct csc_cell *cell);
    /* a name in the cache differs in case only from that of the item; CSC_FALSE: it is refused.  May be NULL. */
    csc_status (*twice)(struct csc_visit *visit, struct csc_scan *scan, const char *name);
    /* all of its cells were looked at.  May be NULL. */
    csc_status (*left)(struct csc_visit *visit, struct csc_scan *scan);
    /* everything in flight is done.  CSC_FALSE: something was pushed or submitted.  May be NULL. */
    csc_status (*more)(struct csc_visit *visit);
    /* removes a directory of removals when all below is done; submits a work or sets kept. */
    csc_status (*removal)(struct csc_visit *visit, struct csc_node *node);
    void *context;

    int unread;                        /* a directory could not be looked at, or a name in it */
    unsigned ahead;                    /* directories on top of the stack that are read ahead */
    struct csc_node *stack;
    struct csc_node *fresh, **fresh_tail;        /* children of the directory being looked at */
    struct csc_node **removals;                  /* containers before their content, with references */
    size_t removal_count, removal_capacity;
};

void csc_visit_init(struct csc_visit *visit, struct csc_pair *pair, uint32_t flags, uint32_t may);
/* For left: the row of the directory says from now on that its children are known. */
csc_status csc_visit_enumerated(struct csc_visit *visit, struct csc_scan *scan);
/* Takes the reference. */
void csc_visit_push(struct csc_visit *visit, struct csc_node *node);
/* Adds a reference. */
csc_status csc_visit_remove_later(struct csc_visit *visit, struct csc_node *node);
/* Runs until everything is done, removals too.  A failure ends the operation. */
csc_status csc_visit_run(struct csc_visit *visit);
/* Forgets what is left, at the end or after a failure. */
void csc_visit_clear(struct csc_visit *visit);
/* doubles.c, for twice: what has no row becomes "<name> (kept <n>)", which the planner looks at then; where both are
 * directories an empty one goes. */
csc_status csc_keep_double(struct csc_visit *visit, struct csc_scan *scan, const char *name);
/* Waits until the works on a directory itself are done. */
void csc_visit_wait_prepared(struct csc_visit *visit, struct csc_node *node);

#endif
