/*
 * What is in a directory: both sides and the rows, merged by key
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_SCAN_H
#define CSC_SCAN_H

#include "pair.h"

/* A name on one side. */
struct csc_seen
{
    char *name;
    char *key;                   /* NULL: the name cannot be an item, status says why */
    struct csc_stat stat;
    csc_status status;           /* CSC_OK, or why nothing can be done with it */
};

struct csc_seen_list
{
    struct csc_seen *list;
    size_t count, capacity;
    struct csc_texts texts;      /* the names and keys */
};

/* One item, as far as it is there.  Pointers into the scan. */
struct csc_cell
{
    const char *key;
    struct csc_item *item;
    struct csc_seen *side[CSC_SIDES];
};

struct csc_scan
{
    struct csc_task task;
    atomic_uint refs;
    struct csc_op *op;                     /* with a reference */
    struct csc_node *node;                 /* with a reference */
    struct csc_seen_list side[CSC_SIDES];
    struct csc_seen_list litter;           /* temporary files of this cache on the origin */
    struct csc_item_list rows;
    atomic_uint parts;                     /* of the stats, not done yet */
    int local_only;                        /* the origin was not looked at */
    unsigned evictions;                    /* of the operation, when the rows were read */
    int believed;                          /* the planner's: what the listing lacks is gone; 0: not asked, 1: yes, 2: no */
    int done;                              /* op->lock */
    csc_status status[CSC_SIDES], rows_status;
    struct csc_stat origin_dir;            /* the directory itself */
};

/* Starts to read a directory on workers; done is set and op->wake signalled when everything is there. */
csc_status csc_scan_start(struct csc_op *op, struct csc_node *node, struct csc_scan **scan);
/* Reads a single name of a directory on the calling thread; what is missing was looked for in whole listings. */
csc_status csc_scan_name(struct csc_op *op, struct csc_node *node, const char *name, struct csc_scan **scan);
/* The same with the names that a listing told just now, NULL: none. */
csc_status csc_scan_known(struct csc_op *op, struct csc_node *node, const char *name, char *const known[CSC_SIDES],
                          struct csc_scan **scan);
void csc_scan_release(struct csc_scan *scan);

/* What the client is told of a cell with which nothing can be done. */
void csc_cell_sight(const struct csc_scan *scan, const struct csc_cell *cell, struct csc_wire_error *sight);

/* Calls back for each item in the order of the keys; duplicates holds names whose key is another's, ended by
 * the callback's failure. */
typedef csc_status (*csc_cell_callback)(void *context, struct csc_scan *scan, struct csc_cell *cell);
typedef csc_status (*csc_refused_callback)(void *context, struct csc_scan *scan, const char *name, csc_status status);
csc_status csc_scan_merge(struct csc_scan *scan, csc_cell_callback item, csc_refused_callback refused, void *context);

#endif
