/*
 * Renames made in the cache: which row something was before
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>

#include "rename.h"
#include "units.h"

/* children that are proof enough, however many there were */
#define ENOUGH 16
/* The clock of a file system stands still for a tick: what was made in the tick of the agreement seems to be older.  ns */
#define COARSEST (2 * CSC_NS_PER_S)

static int is_dir(const struct csc_item *row)
{
    return row->type != OFFLINEFILES_ITEM_TYPE_FILE;
}

static int same_type(const struct csc_item *row, const struct csc_stat *seen)
{
    return seen->type == (is_dir(row) ? CSC_TYPE_DIRECTORY : CSC_TYPE_FILE);
}

static int has_content(const struct csc_item *row)
{
    return (row->flags & (CSC_ROW_BASE | CSC_ROW_SPARSE)) == CSC_ROW_BASE;
}

enum csc_kinship csc_rename_kinship(const struct csc_item *row, const struct csc_stat *seen, int trusted)
{
    int same_state = row->local.size == seen->size && row->local.mtime == seen->mtime;

    if (!trusted || !has_content(row) || !same_type(row, seen) || !seen->ino || row->local.ino != seen->ino)
        return CSC_STRANGER;
    if (seen->btime && seen->btime < row->local.recorded)
        return !is_dir(row) && seen->btime >= row->local.recorded - COARSEST && seen->btime >= row->local.ctime && !same_state
               ? CSC_RELATED : CSC_THE_SAME;
    /* made after that: another one, which got the number of one that was removed */
    if (seen->btime > row->local.recorded) return CSC_STRANGER;
    if (is_dir(row)) return CSC_RELATED;
    return same_state ? CSC_THE_SAME : CSC_STRANGER;
}

enum csc_kinship csc_rename_children(size_t known, size_t inside, int all)
{
    if (inside >= ENOUGH) return CSC_THE_SAME;
    if (!all) return CSC_RELATED;
    return inside && inside >= known - inside ? CSC_THE_SAME : CSC_STRANGER;
}

int csc_rename_is_origin(const struct csc_item *row, const struct csc_stat *seen, int trusted)
{
    if (!trusted || !same_type(row, seen) || !seen->ino || row->origin.ino != seen->ino) return 0;
    return is_dir(row) || (row->origin.size == seen->size && row->origin.mtime == seen->mtime);
}

int csc_rename_origin_unchanged(const struct csc_item *row, const struct csc_stat *seen,
                                const struct csc_quality *quality)
{
    if (!same_type(row, seen)) return 0;
    /* of a directory only that it is the same one: each item in it is decided about by itself afterwards */
    if (is_dir(row)) return !quality->trusted || row->origin.ino == seen->ino;
    return csc_compare_side(&row->origin, row->type, seen, quality->granularity, quality->trusted) != CSC_CHANGED;
}

/* -- which of several comes first -- */

static int by_id(const void *a, const void *b)
{
    int64_t first = *(const int64_t *)a, second = *(const int64_t *)b;

    return (first > second) - (first < second);
}

size_t csc_rename_ready(struct csc_mover **movers, size_t count)
{
    size_t i, waiting = 0, ready = 0;
    int64_t *leaving;

    /* without memory for the look-up all of them are tried: one whose place is taken is left where it is */
    leaving = count ? malloc(count * sizeof(*leaving)) : NULL;
    for (i = 0; leaving && i < count; i++)
        if (!movers[i]->done) leaving[waiting++] = movers[i]->from;
    if (waiting) qsort(leaving, waiting, sizeof(*leaving), by_id);
    for (i = 0; i < count; i++)
    {
        movers[i]->ready = !movers[i]->done && (!movers[i]->over || !waiting
                           || !bsearch(&movers[i]->over, leaving, waiting, sizeof(*leaving), by_id));
        ready += movers[i]->ready;
    }
    free(leaving);
    return ready;
}
