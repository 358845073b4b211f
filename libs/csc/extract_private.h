/*
 * What the files of the extraction share
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_EXTRACT_PRIVATE_H
#define CSC_EXTRACT_PRIVATE_H

#include "extract.h"
#include "pair.h"
#include "scope.h"

#define CSC_EXTRACT_CHUNK ((uint64_t)8 << 20)

/* What the names of a directory are. */
enum csc_extract_kind
{
    CSC_LEVEL_SERVERS,
    CSC_LEVEL_SHARES,
    CSC_LEVEL_ITEMS,
    CSC_LEVEL_TEMP             /* of the temporary directory: only what is no download on its way */
};

/* A directory on the way down. */
struct csc_extract_level
{
    struct csc_extract_level *above;
    char    *name;                /* in the directory above; "": its files stand right in the target */
    char    *target_name;         /* the name it got there; NULL: not made yet */
    struct csc_dir *source;       /* NULL: closed, to be opened again */
    struct csc_dir *target;
    int      made;                /* by this extraction */
    int64_t  mtime;
    enum csc_extract_kind kind;
    int64_t  row;                 /* 0: not known */
    struct csc_item_list rows;    /* of its children, by key */
    char   **names;
    size_t   count, capacity, next;
    size_t   path_length;         /* of the path above */
    unsigned depth;
};

struct csc_extract
{
    struct csc_fs    *fs;
    struct csc_clock *clock;
    int      only_modified;
    char    *target;              /* absolute, without links */
    struct csc_dir *target_dir, *cache_dir;
    struct csc_store *store;      /* over a copy; NULL: nothing is known */
    struct csc_scope_row *scopes;
    size_t   scope_count;
    int64_t  granularity;
    int      trusted_ctime;
    char   **roots;               /* directories of the cache that are gone through */
    size_t   root_count, root;
    struct csc_extract_level *level;
    char    *path;                /* of the present level or item */
    size_t   path_length, path_capacity;
    size_t   cut_to;              /* the path's length when the report has been read */
    int      cut;
    char    *renamed;             /* for the report */
    const char *notice;           /* to be told next */
    uint64_t next_temp;
};

/* -- extract_copy.c -- */

/* Makes the directory in the target, with all above it, and opens it.  An existing one is used. */
csc_status csc_extract_make_target(struct csc_extract *extract, struct csc_extract_level *level);
/* Copies a file of the present level, under the name shown or the next free one; fills kind, bytes and name in. */
csc_status csc_extract_file(struct csc_extract *extract, struct csc_dir *source, const char *name, const char *shown,
                            const struct csc_stat *stat, struct csc_extract_report *report);
/* Whether a name of the temporary directory may be the only copy of something. */
int csc_extract_is_leftover(const char *name);

#endif
