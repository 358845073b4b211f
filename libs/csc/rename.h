/*
 * Renames made in the cache: which row something was before
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Pure: nothing is read, nothing is carried out.
 */

#ifndef CSC_RENAME_H
#define CSC_RENAME_H

#include "decide.h"

/* What a file or directory of the cache has to do with a row. */
enum csc_kinship
{
    CSC_STRANGER,
    CSC_RELATED,             /* a directory of the same number: what is in it has to tell; a file that may have been made in the tick
                              * in which the row was recorded, or after it: the note of a download has to tell */
    CSC_THE_SAME
};

/* seen: what stands somewhere in the cache; trusted: of csc_quality.  File systems give the numbers of what was
 * removed to what is made next, so a number alone proves nothing.  A file of the same number, size and time is
 * the same one; so is what was made before the row was recorded, whatever became of it since; of a file before the ctime
 * that the row has, or at least 2 s before it was recorded. */
enum csc_kinship csc_rename_kinship(const struct csc_item *row, const struct csc_stat *seen, int trusted);

/* The children that a directory was known to have: known, the number looked for so far; inside, how many of them
 * are in it under their old names.  CSC_RELATED: more have to be looked for. */
enum csc_kinship csc_rename_children(size_t known, size_t inside, int all);

/* Is this the file or directory of the origin that the row's base was recorded of, judged by its number? */
int csc_rename_is_origin(const struct csc_item *row, const struct csc_stat *seen, int trusted);

/* May it be renamed on the origin: does it stand there as agreed? */
int csc_rename_origin_unchanged(const struct csc_item *row, const struct csc_stat *seen,
                                const struct csc_quality *quality);

/* -- which of several comes first -- */

struct csc_mover
{
    int64_t from;            /* row of what it was */
    int64_t over;            /* row of what is to make room for it; 0: none */
    int     done;
    int     ready;           /* result */
};

/* Sets ready of the movers that nothing pending stands in the way of; returns their number.  Where movers change
 * places in a circle there is none. */
size_t csc_rename_ready(struct csc_mover **movers, size_t count);

#endif
