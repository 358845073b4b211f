/*
 * A file system that kills its own process at a given change
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_TESTS_KILLING_FS_H
#define CSC_TESTS_KILLING_FS_H

#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fs.h"

static atomic_int steps_left;       /* the child dies at 0; far below: never */
static int die_after;               /* after the step instead of before it */

static void step(void)
{
    if (atomic_fetch_sub(&steps_left, 1) == 1) kill(getpid(), SIGKILL);
}

#define STEP(call) do { \
        csc_status step_status; \
        (void)fs; \
        if (!die_after) step(); \
        step_status = csc_fs_posix()->call; \
        if (die_after) step(); \
        return step_status; \
    } while (0)

static csc_status step_make_dir(struct csc_fs *fs, struct csc_dir *dir, const char *name)
{
    STEP(make_dir(csc_fs_posix(), dir, name));
}

static csc_status step_remove_dir(struct csc_fs *fs, struct csc_dir *dir, const char *name)
{
    STEP(remove_dir(csc_fs_posix(), dir, name));
}

static csc_status step_remove_file(struct csc_fs *fs, struct csc_dir *dir, const char *name)
{
    STEP(remove_file(csc_fs_posix(), dir, name));
}

static csc_status step_rename(struct csc_fs *fs, struct csc_dir *from, const char *old_name, struct csc_dir *to,
                              const char *new_name, int mode)
{
    STEP(rename(csc_fs_posix(), from, old_name, to, new_name, mode));
}

static csc_status step_create_file(struct csc_fs *fs, struct csc_dir *dir, const char *name, struct csc_file **file)
{
    STEP(create_file(csc_fs_posix(), dir, name, file));
}

#endif
