/*
 * One side against what was recorded of it
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "engine.h"
#include "public.h"
#include "test.h"

#define MS 1000000LL
#define TICK (10 * MS)
#define T 1000000000000LL

/* Recorded long after the last change. */
static struct csc_base old_base(void)
{
    struct csc_base base = { .size = 10, .ino = 5, .mtime = T, .ctime = T + 1, .attributes = CSC_ATTR_ARCHIVE,
                             .recorded = T + 1000 * MS };
    return base;
}

static struct csc_stat same_file(void)
{
    struct csc_stat stat = { .type = CSC_TYPE_FILE, .attributes = CSC_ATTR_ARCHIVE, .size = 10, .ino = 5, .mtime = T,
                             .ctime = T + 1 };
    return stat;
}

static enum csc_difference compare(const struct csc_base *base, const struct csc_stat *stat, int trusted)
{
    return csc_compare_side(base, OFFLINEFILES_ITEM_TYPE_FILE, stat, TICK, trusted);
}

static void test_same(void)
{
    struct csc_base base = old_base();
    struct csc_stat stat = same_file();

    CHECK_INT(compare(&base, &stat, 1), CSC_SAME);
    CHECK_INT(compare(&base, &stat, 0), CSC_SAME);
    stat.atime = T + 5;
    stat.dev = 7;
    CHECK_INT(compare(&base, &stat, 1), CSC_SAME);
    /* only attributes that can be set are compared */
    stat.attributes = CSC_ATTR_NORMAL;
    CHECK_INT(compare(&base, &stat, 1), CSC_SAME);
}

static void test_changed(void)
{
    struct csc_base base = old_base();
    struct csc_stat stat = same_file();

    stat.size = 11;
    CHECK_INT(compare(&base, &stat, 1), CSC_CHANGED);
    stat = same_file();
    stat.mtime++;
    CHECK_INT(compare(&base, &stat, 1), CSC_CHANGED);
    stat = same_file();
    stat.mtime -= 5000 * MS;            /* an older file put in its place */
    CHECK_INT(compare(&base, &stat, 0), CSC_CHANGED);
    stat = same_file();
    stat.attributes |= CSC_ATTR_READONLY;
    CHECK_INT(compare(&base, &stat, 1), CSC_CHANGED);
    stat = same_file();
    stat.type = CSC_TYPE_DIRECTORY;
    CHECK_INT(compare(&base, &stat, 1), CSC_CHANGED);
    stat.type = CSC_TYPE_LINK;
    CHECK_INT(compare(&base, &stat, 1), CSC_CHANGED);
}

static void test_unsure(void)
{
    struct csc_base base = old_base();
    struct csc_stat stat = same_file();

    stat.ctime++;
    CHECK_INT(compare(&base, &stat, 1), CSC_UNSURE);
    CHECK_INT(compare(&base, &stat, 0), CSC_SAME);
    stat = same_file();
    stat.ino++;
    CHECK_INT(compare(&base, &stat, 1), CSC_UNSURE);
    CHECK_INT(compare(&base, &stat, 0), CSC_SAME);
}

static void test_racy(void)
{
    struct csc_base base = old_base();
    struct csc_stat stat = same_file();

    base.recorded = T + TICK;           /* in the tick that follows: not before it for certain */
    CHECK_INT(compare(&base, &stat, 1), CSC_UNSURE);
    base.recorded = T + TICK + 1;
    CHECK_INT(compare(&base, &stat, 1), CSC_SAME);
    base.recorded = T;
    CHECK_INT(compare(&base, &stat, 0), CSC_UNSURE);
    base.recorded = T - 3600 * 1000 * MS;   /* a clock ahead of ours */
    CHECK_INT(compare(&base, &stat, 1), CSC_UNSURE);
    /* what is certain stays certain */
    stat.size++;
    CHECK_INT(compare(&base, &stat, 1), CSC_CHANGED);
}

static void test_directories(void)
{
    struct csc_base base = { .attributes = CSC_ATTR_DIRECTORY, .mtime = T, .recorded = T };
    struct csc_stat stat = { .type = CSC_TYPE_DIRECTORY, .attributes = CSC_ATTR_DIRECTORY, .size = 4096, .mtime = T + 77,
                             .ctime = 9, .ino = 99 };

    CHECK_INT(csc_compare_side(&base, OFFLINEFILES_ITEM_TYPE_DIRECTORY, &stat, TICK, 1), CSC_SAME);
    CHECK_INT(csc_compare_side(&base, OFFLINEFILES_ITEM_TYPE_SHARE, &stat, TICK, 1), CSC_SAME);
    stat.attributes |= CSC_ATTR_HIDDEN;
    CHECK_INT(csc_compare_side(&base, OFFLINEFILES_ITEM_TYPE_DIRECTORY, &stat, TICK, 1), CSC_CHANGED);
    stat.attributes = CSC_ATTR_DIRECTORY;
    stat.type = CSC_TYPE_FILE;
    CHECK_INT(csc_compare_side(&base, OFFLINEFILES_ITEM_TYPE_DIRECTORY, &stat, TICK, 1), CSC_CHANGED);
}

int main(void)
{
    RUN(test_same);
    RUN(test_changed);
    RUN(test_unsure);
    RUN(test_racy);
    RUN(test_directories);
    return test_report();
}
