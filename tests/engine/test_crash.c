/*
 * Killed at every step that changes anything
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A child process runs an operation and kills itself right before or right after its n-th change of a file
 * system.  Whatever it left, nothing may be lost, no partial file may show, and the next synchronization
 * has to end where it would have ended without the crash.  Each n starts from the same world.
 */

#include "killing_fs.h"
#include "sync_fixture.h"

/* Half of what was asked for, so that a partial copy is left behind. */
static csc_status step_copy(struct csc_fs *fs, struct csc_file *from, struct csc_file *to, uint64_t offset,
                            uint64_t size, uint64_t *copied)
{
    STEP(copy(csc_fs_posix(), from, to, offset, size > 5 ? 5 : size, copied));
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
    f->fs.set_times = step_set_times;
    f->fs.set_attributes = step_set_attributes;
}

/* -- what each file may hold -- */

/* A file below a folder that is not temporary has one of these contents, or is not there. */
static int holds(const char *base, const char *below, const char *first, const char *second)
{
    const char *text = fixture_read(base, below);

    if (!strcmp(text, "(none)") || !strcmp(text, first) || (second && !strcmp(text, second))) return 1;
    printf("  %s/%s holds '%s'\n", base, below, text);
    return 0;
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

/* valgrind is slow: every fourth step has to do */
static int stride(void)
{
    const char *preload = getenv("LD_PRELOAD");

    return preload && strstr(preload, "valgrind") ? 4 : 1;
}

static void run_scenario(const struct scenario *scenario)
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

/* -- a synchronization with everything in it -- */

static void nothing_strange(const char *base)
{
    DIR *dir = opendir(base);
    struct dirent *entry;

    if (!dir) return;
    while ((entry = readdir(dir)))
        if (!CHECK(!strstr(entry->d_name, "kept ") && strncmp(entry->d_name, ".~csc-", 6)))
            printf("  %s/%s\n", base, entry->d_name);
    closedir(dir);
}

static void prepare_sync(struct fixture *f)
{
    char from[1200], to[1200];

    origin_write(f, "in", "old in");
    origin_write(f, "out", "old out");
    origin_write(f, "both", "old both");
    origin_write(f, "gone in", "x");
    origin_write(f, "gone out", "x");
    origin_write(f, "Case", "x");
    fixture_mkdir(f->origin, "dir gone in/sub");
    origin_write(f, "dir gone in/sub/a", "x");
    fixture_mkdir(f->origin, "dir gone out/sub");
    origin_write(f, "dir gone out/sub/a", "x");
    CHECK_STATUS(pin_all(f), CSC_OK);
    CHECK_STATUS(go_offline(f), CSC_OK);

    change(f->origin, "in", "new in from the share", 1);
    change(tree_of(f), "out", "new out from the cache", 1);
    change(f->origin, "both", "theirs", 1);
    change(tree_of(f), "both", "mine, longer", 2);
    remove_at(f->origin, "gone in");
    remove_at(tree_of(f), "gone out");
    rename(fixture_path(from, f->origin, "Case"), fixture_path(to, f->origin, "CASE"));
    remove_at(f->origin, "dir gone in/sub/a");
    remove_at(f->origin, "dir gone in/sub");
    remove_at(f->origin, "dir gone in");
    remove_at(tree_of(f), "dir gone out/sub/a");
    remove_at(tree_of(f), "dir gone out/sub");
    remove_at(tree_of(f), "dir gone out");
    fixture_mkdir(f->origin, "made there");
    change(f->origin, "made there/new", "new there", 1);
    fixture_mkdir(tree_of(f), "made here");
    change(tree_of(f), "made here/new", "new here", 1);
}

static void operate_sync(struct fixture *f)
{
    CHECK_STATUS(sync_share(f, SYNC_BOTH), CSC_E_MORE_DATA);
}

/* Without an exchange a file may be away for an instant, until the sweep brings it back. */
static void check_left_contents(struct fixture *f)
{
    CHECK(holds(f->origin, "in", "new in from the share", NULL));
    CHECK(holds(tree_of(f), "in", "old in", "new in from the share"));
    CHECK(holds(f->origin, "out", "old out", "new out from the cache"));
    CHECK_STRING(fixture_read(tree_of(f), "out"), "new out from the cache");
    CHECK(fixture_exists(f->origin, "in"));
    CHECK_STRING(fixture_read(f->origin, "both"), "theirs");
    CHECK_STRING(fixture_read(tree_of(f), "both"), "mine, longer");
    CHECK(holds(tree_of(f), "made there/new", "new there", NULL));
    CHECK(holds(f->origin, "made here/new", "new here", NULL));
    CHECK_STRING(fixture_read(tree_of(f), "made here/new"), "new here");
}

static void check_left_sync(struct fixture *f)
{
    check_left_contents(f);
    CHECK(fixture_exists(f->origin, "out"));
    CHECK(fixture_exists(tree_of(f), "in"));
}

static void finish_sync(struct fixture *f)
{
    static const char *const both[] = { "in", "out", "CASE", "made there/new", "made here/new" };
    static const char *const texts[] = { "new in from the share", "new out from the cache", "x", "new there", "new here" };
    size_t i;

    CHECK_STATUS(sync_share(f, SYNC_BOTH), CSC_E_MORE_DATA);
    for (i = 0; i < 5; i++)
    {
        CHECK_STRING(fixture_read(f->origin, both[i]), texts[i]);
        CHECK_STRING(fixture_read(tree_of(f), both[i]), texts[i]);
        CHECK_INT(fixture_flags(f, i == 3 ? SHARE "\\made there\\new" : SHARE "\\in"), 0);
    }
    CHECK_STRING(fixture_read(f->origin, "both"), "theirs");
    CHECK_STRING(fixture_read(tree_of(f), "both"), "mine, longer");
    CHECK_INT(conflict_count(f), 1);
    CHECK_INT(count_in(f->origin, NULL), 6);
    CHECK_INT(count_in(tree_of(f), NULL), 6);
    nothing_strange(f->origin);
    nothing_strange(tree_of(f));
}

static void test_sync_killed(void)
{
    static const struct scenario scenario =
        { "synchronization", prepare_sync, operate_sync, check_left_sync, finish_sync };

    run_scenario(&scenario);
}

static void test_sync_without_exchange_killed(void)
{
    static const struct scenario scenario =
        { "synchronization without exchange", prepare_sync, operate_sync, check_left_contents, finish_sync };

    refuse_exchange = 1;
    run_scenario(&scenario);
    refuse_exchange = 0;
}

/* -- deleting from the cache: the origin must not lose anything by it -- */

static void prepare_delete(struct fixture *f)
{
    origin_write(f, "a", "alpha");
    fixture_mkdir(f->origin, "dir/empty");
    origin_write(f, "dir/b", "beta");
    origin_write(f, "dir/c", "gamma");
    CHECK_STATUS(pin_all(f), CSC_OK);
    CHECK_STATUS(go_offline(f), CSC_OK);
    change(tree_of(f), "dir/c", "mine", 1);
}

static void operate_delete(struct fixture *f)
{
    CHECK_STATUS(fixture_run(f, CSC_OP_DELETE, 0, 1, SHARE), CSC_E_MORE_DATA);
}

static void check_left_delete(struct fixture *f)
{
    CHECK_STRING(fixture_read(f->origin, "a"), "alpha");
    CHECK_STRING(fixture_read(tree_of(f), "dir/c"), "mine");
}

static void finish_delete(struct fixture *f)
{
    CHECK_STATUS(sync_share(f, SYNC_BOTH), CSC_OK);
    CHECK_STRING(fixture_read(f->origin, "a"), "alpha");
    CHECK_STRING(fixture_read(f->origin, "dir/b"), "beta");
    CHECK_STRING(fixture_read(f->origin, "dir/c"), "mine");
    CHECK(fixture_exists(f->origin, "dir/empty"));
    nothing_strange(f->origin);
    nothing_strange(tree_of(f));
}

static void test_delete_killed(void)
{
    static const struct scenario scenario =
        { "deletion", prepare_delete, operate_delete, check_left_delete, finish_delete };

    run_scenario(&scenario);
}

/* -- the first fill -- */

static void prepare_pin(struct fixture *f)
{
    origin_write(f, "a", "alpha beta gamma");
    fixture_mkdir(f->origin, "dir");
    origin_write(f, "dir/b", "beta");
}

static void operate_pin(struct fixture *f)
{
    CHECK_STATUS(pin_all(f), CSC_OK);
}

static void check_left_pin(struct fixture *f)
{
    CHECK(holds(tree_of(f), "a", "alpha beta gamma", NULL));
    CHECK(holds(tree_of(f), "dir/b", "beta", NULL));
}

static void finish_pin(struct fixture *f)
{
    CHECK_STATUS(pin_all(f), CSC_OK);
    CHECK_STATUS(sync_share(f, SYNC_BOTH), CSC_OK);
    CHECK_STRING(fixture_read(tree_of(f), "a"), "alpha beta gamma");
    CHECK_STRING(fixture_read(tree_of(f), "dir/b"), "beta");
    CHECK_STRING(fixture_read(f->origin, "a"), "alpha beta gamma");
    CHECK_INT(fixture_flags(f, SHARE "\\a"), 0);
    CHECK_INT(fixture_flags(f, SHARE "\\dir\\b"), 0);
    nothing_strange(f->origin);
    nothing_strange(tree_of(f));
}

static void test_pin_killed(void)
{
    static const struct scenario scenario = { "pin", prepare_pin, operate_pin, check_left_pin, finish_pin };

    run_scenario(&scenario);
}

int main(void)
{
    RUN(test_pin_killed);
    RUN(test_delete_killed);
    RUN(test_sync_killed);
    RUN(test_sync_without_exchange_killed);
    return test_report();
}
