/*
 * Runs an operation that kills itself at its n-th change of a file system, for every n
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_CRASH_FIXTURE_H
#define CSC_CRASH_FIXTURE_H

#include "killing_fs.h"
#include "sync_fixture.h"

/* Less than what was asked for, so that a partial copy is left behind. */
static csc_status step_copy(struct csc_fs *fs, struct csc_file *from, struct csc_file *to, uint64_t offset,
                            uint64_t size, uint64_t *copied)
{
    STEP(copy(csc_fs_posix(), from, to, offset, size > 1000000 ? 1000000 : size > 100 || size < 5 ? size : 5, copied));
}

static csc_status step_write(struct csc_fs *fs, struct csc_file *file, uint64_t offset, const void *data, size_t size)
{
    STEP(write(csc_fs_posix(), file, offset, data, size));
}

static csc_status step_set_size(struct csc_fs *fs, struct csc_file *file, uint64_t size)
{
    STEP(set_size(csc_fs_posix(), file, size));
}

static csc_status step_set_times(struct csc_fs *fs, struct csc_file *file, int64_t mtime, int64_t atime)
{
    STEP(set_times(csc_fs_posix(), file, mtime, atime));
}

static csc_status step_set_attributes(struct csc_fs *fs, struct csc_dir *dir, const char *name, uint32_t attributes)
{
    STEP(set_attributes(csc_fs_posix(), dir, name, attributes));
}

static int refuse_exchange;

static csc_status step_rename_mode(struct csc_fs *fs, struct csc_dir *from, const char *old_name, struct csc_dir *to,
                                   const char *new_name, int mode)
{
    if (refuse_exchange && mode == CSC_RENAME_EXCHANGE) return CSC_E_NOT_SUPPORTED;
    return step_rename(fs, from, old_name, to, new_name, mode);
}

static void step_fs(struct fixture *f)
{
    f->fs.make_dir = step_make_dir;
    f->fs.remove_dir = step_remove_dir;
    f->fs.remove_file = step_remove_file;
    f->fs.rename = step_rename_mode;
    f->fs.create_file = step_create_file;
    f->fs.copy = step_copy;
    f->fs.write = step_write;
    f->fs.set_size = step_set_size;
    f->fs.set_times = step_set_times;
    f->fs.set_attributes = step_set_attributes;
}

struct scenario
{
    const char *name;
    void (*prepare)(struct fixture *f);      /* engine open */
    void (*operate)(struct fixture *f);
    void (*check_left)(struct fixture *f);   /* right after the crash, engine closed */
    void (*finish)(struct fixture *f);       /* engine open again: synchronizes and checks */
};

/* Runs in a child process.  1: it ended by itself. */
static int in_child(struct fixture *f, void (*function)(struct fixture *f), int steps)
{
    pid_t pid;
    int status;

    fflush(stdout);
    if (!(pid = fork()))
    {
        step_fs(f);
        if (fixture_open(f)) _exit(2);
        atomic_store(&steps_left, steps);
        test_failures = 0;
        function(f);
        atomic_store(&steps_left, -1);
        fixture_close(f);
        fflush(stdout);
        _exit(test_failures ? 3 : 0);
    }
    if (pid == -1 || waitpid(pid, &status, 0) != pid)
    {
        FAIL("no child");
        return 1;
    }
    if (WIFSIGNALED(status))
    {
        CHECK_INT(WTERMSIG(status), SIGKILL);
        return 0;
    }
    CHECK_INT(WEXITSTATUS(status), 0);
    return 1;
}

/* valgrind and the sanitizers are slow: every n-th step has to do, each is killed without them */
static int stride(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return 3;
#else
    return test_under_valgrind() ? 6 : 1;
#endif
}

static inline void run_scenario(const struct scenario *scenario)
{
    int n, ended, crashes = 0;
    struct fixture f;

    for (die_after = 0; die_after < 2; die_after++)
    {
        for (n = 1, ended = 0; !ended && !test_failures; n += stride())
        {
            fixture_make(&f);
            CHECK_STATUS(csc_map(f.engine, SHARE, f.origin, 0), CSC_OK);
            fixture_close(&f);
            in_child(&f, scenario->prepare, -1);
            ended = in_child(&f, scenario->operate, n);
            crashes += !ended;
            scenario->check_left(&f);
            CHECK_STATUS(fixture_open(&f), CSC_OK);
            scenario->finish(&f);
            CHECK(is_clean(&f));
            if (test_failures && getenv("CSC_TEST_KEEP")) { printf("%s\n", f.folder); exit(1); }
            if (test_failures) printf("  %s killed %s step %d\n", scenario->name, die_after ? "after" : "before", n);
            fixture_destroy(&f);
            if (n > 2000) break;
        }
    }
    CHECK(crashes > 7 / stride());
    printf("# %s: %d crashes\n", scenario->name, crashes);
}

#endif
