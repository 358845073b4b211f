/*
 * For tests of decisions: what may stand on both sides and in the row
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_DECIDE_FIXTURE_H
#define CSC_DECIDE_FIXTURE_H

#include "decide.h"
#include "test.h"

#define S(name) OFFLINEFILES_SYNC_STATE_##name
#define T 1000000000000LL

/* what stands on a side */
enum now { NONE, F_SAME, F_CHANGED, F_UNSURE, D_SAME, D_CHANGED, NOW_COUNT };
/* the row */
enum row { NO_ROW, NAME_F, NAME_D, SPARSE_F, SPARSE_D, BASE_F, BASE_D, ROW_COUNT };

static const char *const now_names[] = { "none", "file same", "file changed", "file unsure", "dir same", "dir changed" };
static const char *const row_names[] = { "no row", "name of file", "name of dir", "sparse file", "sparse dir", "file", "dir" };

static inline struct csc_stat make_stat(enum now now, int other_size)
{
    struct csc_stat stat = { .type = CSC_TYPE_FILE, .attributes = CSC_ATTR_ARCHIVE, .size = 10, .ino = 5, .mtime = T, .ctime = T };

    switch (now)
    {
    case NONE:
        memset(&stat, 0, sizeof(stat));
        break;
    case F_CHANGED:
        stat.mtime = T + 5;
        stat.size += other_size;
        break;
    case F_UNSURE:
        stat.ctime = T + 5;
        break;
    case D_CHANGED:
        stat.attributes |= CSC_ATTR_HIDDEN;
        /* fall through */
    case D_SAME:
        stat.type = CSC_TYPE_DIRECTORY;
        stat.attributes = CSC_ATTR_DIRECTORY | (stat.attributes & CSC_ATTR_HIDDEN);
        stat.size = 0;
        break;
    default:
        break;
    }
    return stat;
}

static inline struct csc_item make_row(enum row row)
{
    struct csc_item item = { .id = 1, .parent = 2, .scope = 1, .name = "x", .key = "X" };

    item.type = row == NAME_D || row == SPARSE_D || row == BASE_D ? OFFLINEFILES_ITEM_TYPE_DIRECTORY
                                                                  : OFFLINEFILES_ITEM_TYPE_FILE;
    if (row >= SPARSE_F) item.flags = CSC_ROW_BASE;
    if (row == SPARSE_F || row == SPARSE_D) item.flags |= CSC_ROW_SPARSE;
    if (row == NAME_F) item.flags = CSC_ROW_SPARSE;
    item.local = item.origin = (struct csc_base){ .size = item.type ? 0 : 10, .ino = 5, .mtime = T, .ctime = T,
        .attributes = item.type ? CSC_ATTR_DIRECTORY : CSC_ATTR_ARCHIVE, .recorded = T + 1000000000 };
    return item;
}

static inline struct csc_question make_question(struct csc_item *item, enum row row, enum now local, enum now origin)
{
    struct csc_question q = { 0 };

    *item = make_row(row);
    q.item = row == NO_ROW ? NULL : item;
    q.local = make_stat(local, 1);
    q.origin = make_stat(origin, 2);
    q.local_quality = q.origin_quality = (struct csc_quality){ 10000000, 1 };
    q.may = CSC_MAY_FILL | CSC_MAY_IN | CSC_MAY_OUT | CSC_MAY_CREATE_OUT | CSC_MAY_CACHE_NEW;
    return q;
}

#endif
