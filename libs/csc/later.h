/*
 * Cells of a synchronization that are put off until all directories were read
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What vanished from the cache may stand somewhere else under a new name, so nothing is deleted on the origin
 * before everything was seen.  What appeared in the cache and is known by its number waits until what it was can be
 * moved: directories first, since what happened inside them shows only then.
 */

#ifndef CSC_LATER_H
#define CSC_LATER_H

#include "rename.h"
#include "scan.h"

/* Something in the cache that stood elsewhere when it was last agreed on. */
struct csc_arrival
{
    struct csc_mover mover;          /* first */
    struct csc_node *dir;            /* its container; with a reference */
    char *key;
    int is_dir;
    int64_t family;                  /* container of the row that it was */
    char *name;                      /* in the cache */
    struct csc_stat stat;
    int taken;                       /* a row or something on the origin has the name: it is to be looked at again */
};

/* A row with content, and nothing in the cache. */
struct csc_departure
{
    struct csc_node *dir;            /* with a reference */
    int64_t item;
    char *key;
    char *origin_name;               /* NULL: nothing on the origin either */
    struct csc_stat origin;
    int believed;                    /* ... of csc_scan */
};

struct csc_later
{
    struct csc_mover **movers;       /* the arrivals */
    size_t mover_count, mover_capacity;
    size_t over_count;               /* ... that have to wait for room */
    struct csc_departure *departures;
    size_t departure_count, departure_capacity;
    size_t pending;                  /* arrivals that were not tried */
};

static inline struct csc_arrival *csc_later_arrival(const struct csc_later *later, size_t index)
{
    return (struct csc_arrival *)later->movers[index];
}

csc_status csc_later_arrive(struct csc_later *later, struct csc_scan *scan, const struct csc_cell *cell,
                            const struct csc_item *from);
csc_status csc_later_depart(struct csc_later *later, struct csc_scan *scan, const struct csc_cell *cell);
/* Sets mover.ready of those that are to be tried now: directories of one family, else all files that can be. */
void csc_later_choose(struct csc_later *later);
/* Is something that moved standing where this row's was? */
int csc_later_is_over(const struct csc_later *later, int64_t item);
void csc_later_clear(struct csc_later *later);

#endif
