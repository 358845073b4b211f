/*
 * What to do with one item: the three-way comparison
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Pure: nothing is read, nothing is carried out.  [behaviour.md §3.15, §A.5]
 */

#ifndef CSC_DECIDE_H
#define CSC_DECIDE_H

#include "engine.h"
#include "public.h"

enum csc_action
{
    CSC_DO_NOTHING,
    CSC_DO_COMPARE,             /* read both files, then decide again with content known */
    CSC_DO_ADOPT,               /* both sides agree: record it */
    CSC_DO_DOWNLOAD,            /* the file of the origin to the cache, new or instead of what is there */
    CSC_DO_UPLOAD,
    CSC_DO_MAKE_LOCAL,          /* a directory */
    CSC_DO_MAKE_ORIGIN,
    CSC_DO_ATTRIBUTES_LOCAL,    /* the attributes of the origin to the cache */
    CSC_DO_ATTRIBUTES_ORIGIN,
    CSC_DO_DELETE_LOCAL,
    CSC_DO_DELETE_ORIGIN,
    CSC_DO_DROP_ROW,            /* gone on both sides, or never more than a name */
    CSC_DO_FORGET,              /* the row; what the origin has stays there */
    CSC_DO_CONFLICT,
    /* a conflict that somebody decided; what is in the way goes first, then it is decided again */
    CSC_DO_REPLACE_LOCAL,       /* a file by the origin's directory, or a directory by the origin's file */
    CSC_DO_REPLACE_ORIGIN,
    CSC_DO_KEEP_BOTH            /* what is in the cache gets another name */
};

enum csc_content { CSC_CONTENT_UNKNOWN, CSC_CONTENT_EQUAL, CSC_CONTENT_DIFFERENT };

/* What may be done. */
#define CSC_MAY_FILL       0x01u   /* complete sparse files */
#define CSC_MAY_IN         0x02u   /* change the cache */
#define CSC_MAY_OUT        0x04u   /* change the origin */
#define CSC_MAY_CREATE_OUT 0x08u   /* make what is only in the cache on the origin */
#define CSC_MAY_CACHE_NEW  0x10u   /* take what is only on the origin into the cache */

/* How far the times of one side can be trusted (csc_fs.time_quality). */
struct csc_quality
{
    int64_t granularity;
    int     trusted;
};

struct csc_question
{
    const struct csc_item *item;     /* the row; NULL: none */
    struct csc_stat local, origin;   /* now: type NONE, FILE or DIRECTORY */
    struct csc_quality local_quality, origin_quality;
    enum csc_content content;        /* of two files; what became of CSC_DO_COMPARE */
    enum csc_content proof[2];       /* the file of the cache, of the origin, against the agreed content, where the times
                                      * prove nothing (racy.c) */
    uint32_t may;
    int      excluded;               /* an exclusion list names it: what is not in the cache does not come */
    int      resolution;             /* OFFLINEFILES_SYNC_CONFLICT_RESOLVE_*; others than the KEEP ones: none */
};

struct csc_decision
{
    enum csc_action action;
    uint32_t state;             /* OFFLINEFILES_SYNC_STATE */
    uint32_t known;             /* OFFLINEFILES_SYNC_STATE_*_KNOWN */
    uint32_t changes;           /* OFFLINEFILES_CHANGES_* */
    uint32_t operation;         /* OFFLINEFILES_SYNC_OPERATION of the action */
    int      left_out;          /* it would have come into the cache, but for an exclusion list */
    int      conflict;          /* also when a resolution turned it into another action */
};

void csc_decide(const struct csc_question *question, struct csc_decision *decision);

/* 1: KEEPALLCHANGES has a meaning: both copies are there and one of them is a file. [behaviour.md §3.14] */
int csc_can_keep_both(const struct csc_question *question);

/* 1: the same file or directory content-wise as far as a stat can tell: what is asked right before replacing.
 * ctime is left out, renaming moves it. */
int csc_same_state(const struct csc_stat *expected, const struct csc_stat *seen, const struct csc_quality *quality);

/* Records a side; HIDDEN and SYSTEM stay as they were recorded when nobody looked.  recorded: a time at or before the stat. */
void csc_base_record(struct csc_base *base, const struct csc_stat *stat, int64_t recorded);

#endif
