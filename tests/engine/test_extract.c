/*
 * Tests of copying files out of a cache
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <signal.h>
#include <sys/wait.h>

#include "extract.h"
#include "sync_fixture.h"

struct outcome
{
    unsigned copied, present, failed, notices;
    char paths[8192];            /* of what was copied, each with a line break */
    char names[4096];            /* under another name */
    csc_status failure;          /* the last one */
};

static struct outcome extract(struct csc_fs *fs, const char *cache, const char *target, int only_modified)
{
    struct csc_extract_request request = { fs, csc_clock_posix(), cache, target, only_modified };
    struct csc_extract_report report;
    struct csc_extract *extraction;
    struct outcome outcome = { 0 };
    csc_status status;

    if (!CHECK_STATUS(csc_extract_open(&request, &extraction), CSC_OK)) return outcome;
    while (!(status = csc_extract_next(extraction, &report)))
    {
        if (report.kind == CSC_EXTRACT_NOTICE) outcome.notices++;
        else if (report.kind == CSC_EXTRACT_PRESENT) outcome.present++;
        else if (report.kind == CSC_EXTRACT_FAILED)
        {
            outcome.failed++;
            outcome.failure = report.status;
        }
        else
        {
            outcome.copied++;
            if (strlen(outcome.paths) + strlen(report.path) + 2 < sizeof(outcome.paths))
                strcat(strcat(outcome.paths, report.path), "\n");
            if (report.name) strcat(strcat(outcome.names, report.name), "\n");
        }
    }
    CHECK_STATUS(status, CSC_FALSE);
    csc_extract_close(extraction);
    return outcome;
}

static char target[600];

/* A share that is offline with a changed, a new and a deleted file; the engine runs on. */
static void make(struct fixture *fixture)
{
    fixture_make(fixture);
    snprintf(target, sizeof(target), "%.500s/target/deep", fixture->folder);
    fixture_mkdir(fixture->origin, "dir/empty");
    origin_write(fixture, "a", "aaa");
    origin_write(fixture, "dir/b", "old b");
    origin_write(fixture, "dir/other", "other");
    origin_write(fixture, "gone", "gone");
    CHECK_STATUS(csc_map(fixture->engine, SHARE, fixture->origin, 0), CSC_OK);
    CHECK_STATUS(pin_all(fixture), CSC_OK);
    CHECK_STATUS(go_offline(fixture), CSC_OK);
    change(tree_of(fixture), "dir/b", "mine", 60);
    fixture_mkdir(tree_of(fixture), "dir/made");
    change(tree_of(fixture), "dir/new", "new", 60);
    CHECK_INT(remove_at(tree_of(fixture), "gone"), 0);
}

static long long mtime_of(const char *base, const char *below)
{
    char path[1200];
    struct stat st;

    return lstat(fixture_path(path, base, below), &st) ? -1 : (long long)st.st_mtim.tv_sec;
}

static uint64_t tree_sum;

/* Names, sizes, times and inodes: whether anything at all was touched. */
static int add_to_sum(const char *path, const struct stat *st, int type, struct FTW *place)
{
    uint64_t values[] = { st->st_ino, (uint64_t)st->st_size, (uint64_t)st->st_mtim.tv_sec, (uint64_t)st->st_mtim.tv_nsec,
                          (uint64_t)st->st_ctim.tv_sec, (uint64_t)st->st_ctim.tv_nsec, st->st_mode };
    size_t i;

    (void)type; (void)place;
    for (; *path; path++) tree_sum = (tree_sum ^ (unsigned char)*path) * 1099511628211u;
    for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) tree_sum = (tree_sum ^ values[i]) * 1099511628211u;
    return 0;
}

static uint64_t sum_of_tree(const char *path)
{
    tree_sum = 14695981039346656037u;
    if (nftw(path, add_to_sum, 16, FTW_PHYS)) perror(path);
    return tree_sum;
}

static void everything(void)
{
    struct fixture fixture;
    struct outcome outcome;
    uint64_t before;

    make(&fixture);
    fixture_close(&fixture);
    before = sum_of_tree(fixture.cache);
    outcome = extract(csc_fs_posix(), fixture.cache, target, 0);
    CHECK(sum_of_tree(fixture.cache) == before);
    CHECK_INT(outcome.copied, 4);
    CHECK_INT(outcome.failed, 0);
    CHECK_INT(outcome.notices, 0);
    CHECK_STRING(outcome.paths, "server/share/a\nserver/share/dir/b\nserver/share/dir/new\nserver/share/dir/other\n");
    CHECK_STRING(outcome.names, "");
    CHECK_STRING(fixture_read(target, "server/share/dir/b"), "mine");
    CHECK_STRING(fixture_read(target, "server/share/dir/other"), "other");
    CHECK_INT(mtime_of(target, "server/share/dir/b"), 1000000060);
    CHECK_INT(mtime_of(target, "server/share/a"), 1000000000);
    CHECK(fixture_exists(target, "server/share/dir/empty"));
    CHECK_INT(count_in(target, NULL), 1);
    CHECK_INT(count_in(target, "server/share/dir"), 5);

    /* again: everything is there; nothing is copied twice */
    outcome = extract(csc_fs_posix(), fixture.cache, target, 0);
    CHECK_INT(outcome.copied, 0);
    CHECK_INT(outcome.present, 4);
    CHECK_INT(count_in(target, "server/share/dir"), 5);
    fixture_destroy(&fixture);
}

static void only_modified(void)
{
    struct fixture fixture;
    struct outcome outcome;

    make(&fixture);
    fixture_close(&fixture);
    outcome = extract(csc_fs_posix(), fixture.cache, target, 1);
    CHECK_STRING(outcome.paths, "server/share/dir/b\nserver/share/dir/new\n");
    CHECK_INT(outcome.notices, 0);
    CHECK(fixture_exists(target, "server/share/dir/made"));
    CHECK(!fixture_exists(target, "server/share/dir/empty"));
    CHECK(!fixture_exists(target, "server/share/a"));
    fixture_destroy(&fixture);
}

static void leave_a_log(struct fixture *fixture)
{
    char path[1200];
    struct stat st;

    origin_write(fixture, "late", "late");
    CHECK_STATUS(fixture_run(fixture, CSC_OP_ONLINE, 0, 0, SHARE), CSC_OK);
    CHECK_STATUS(csc_store_commit(fixture->engine->store, 1), CSC_OK);
    origin_write(fixture, "later", "later");
    CHECK_STATUS(sync_share(fixture, SYNC_BOTH), CSC_OK);
    CHECK_STATUS(csc_store_commit(fixture->engine->store, 0), CSC_OK);
    CHECK(!stat(fixture_path(path, fixture->cache, "v2.0.6/csc.db-wal"), &st) && st.st_size > 0);
}

/* A killed service leaves a log of changes, and nothing there is touched. */
static void from_a_log_of_changes(void)
{
    struct fixture fixture;
    struct outcome outcome;
    uint64_t before;
    int status = -1;
    pid_t pid;

    make(&fixture);
    fixture_close(&fixture);
    fflush(stdout);
    if (!(pid = fork()))
    {
        test_failures = 0;
        CHECK_STATUS(fixture_open(&fixture), CSC_OK);
        leave_a_log(&fixture);
        fflush(stdout);
        if (!test_failures) kill(getpid(), SIGKILL);
        _exit(1);
    }
    CHECK(pid != -1 && waitpid(pid, &status, 0) == pid);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    before = sum_of_tree(fixture.cache);
    outcome = extract(csc_fs_posix(), fixture.cache, target, 1);
    CHECK(sum_of_tree(fixture.cache) == before);
    CHECK_INT(outcome.notices, 0);
    CHECK_INT(outcome.copied, 0);      /* "later" is known from the log only */
    outcome = extract(csc_fs_posix(), fixture.cache, target, 0);
    CHECK_INT(outcome.copied, 6);
    CHECK(sum_of_tree(fixture.cache) == before);
    fixture_destroy(&fixture);
}

/* One that runs goes on writing meanwhile. */
static void beside_the_service(void)
{
    struct fixture fixture;
    struct outcome outcome;

    make(&fixture);
    leave_a_log(&fixture);
    outcome = extract(csc_fs_posix(), fixture.cache, target, 1);
    CHECK_INT(outcome.notices, 0);
    CHECK_INT(outcome.copied, 0);
    outcome = extract(csc_fs_posix(), fixture.cache, target, 0);
    CHECK_INT(outcome.copied, 6);
    CHECK_STATUS(sync_share(&fixture, SYNC_BOTH), CSC_OK);
    fixture_destroy(&fixture);
}

static void without_a_database(void)
{
    struct fixture fixture;
    struct outcome outcome;
    char path[1200];

    make(&fixture);
    fixture_close(&fixture);
    CHECK_INT(truncate(fixture_path(path, fixture.cache, "v2.0.6/csc.db"), 6000), 0);
    outcome = extract(csc_fs_posix(), fixture.cache, target, 1);
    CHECK_INT(outcome.notices, 1);
    CHECK_INT(outcome.copied, 4);
    CHECK_INT(remove(path), 0);
    outcome = extract(csc_fs_posix(), fixture.cache, target, 1);
    CHECK_INT(outcome.notices, 1);
    CHECK_INT(outcome.present, 4);
    fixture_destroy(&fixture);
}

static void nothing_is_overwritten(void)
{
    struct fixture fixture;
    struct outcome outcome;
    char path[1200];

    make(&fixture);
    fixture_close(&fixture);
    fixture_mkdir(target, "server/share");
    fixture_write(target, "server/share/a", "somebody's");
    fixture_write(target, "server/share/a (2)", "somebody else's");
    fixture_mkdir(fixture.folder, "elsewhere");
    if (symlink("../../../elsewhere", fixture_path(path, target, "server/share/dir"))) perror(path);
    outcome = extract(csc_fs_posix(), fixture.cache, target, 0);
    CHECK_INT(outcome.copied, 4);
    CHECK_INT(outcome.failed, 0);
    CHECK_STRING(fixture_read(target, "server/share/a"), "somebody's");
    CHECK_STRING(fixture_read(target, "server/share/a (2)"), "somebody else's");
    CHECK_STRING(fixture_read(target, "server/share/a (3)"), "aaa");
    CHECK_STRING(fixture_read(target, "server/share/dir (2)/b"), "mine");
    CHECK_STRING(outcome.names, "server/share/a (3)\nserver/share/dir (2)/b\nserver/share/dir (2)/new\n"
                 "server/share/dir (2)/other\n");
    fixture_path(path, fixture.folder, "elsewhere");
    CHECK_INT(count_in(path, NULL), 0);
    fixture_destroy(&fixture);
}

static csc_status refuse_open(struct csc_fs *fs, struct csc_dir *dir, const char *name, struct csc_file **file)
{
    (void)fs;
    return !strcmp(name, "new") ? CSC_E_IO : csc_fs_posix()->open_file(csc_fs_posix(), dir, name, file);
}

static void failures_are_told(void)
{
    struct csc_fs fs = *csc_fs_posix();
    struct fixture fixture;
    struct outcome outcome;
    char path[1200];

    make(&fixture);
    fixture_close(&fixture);
    fs.open_file = refuse_open;
    if (symlink("a", fixture_path(path, tree_of(&fixture), "link"))) perror(path);
    outcome = extract(&fs, fixture.cache, target, 0);
    CHECK_INT(outcome.copied, 3);
    CHECK_INT(outcome.failed, 2);
    CHECK_STATUS(outcome.failure, CSC_E_CANNOT_ACCESS);
    CHECK(!fixture_exists(target, "server/share/dir/new"));
    CHECK_INT(count_in(target, "server/share/dir"), 4);
    fixture_destroy(&fixture);
}

static void bad_arguments(void)
{
    struct csc_extract_request request = { .fs = csc_fs_posix(), .clock = csc_clock_posix() };
    struct csc_extract *extraction;
    struct fixture fixture;
    char path[1200], link[1200];

    make(&fixture);
    fixture_close(&fixture);
    request.cache = fixture.folder;
    request.target = target;
    CHECK_STATUS(csc_extract_open(&request, &extraction), CSC_OK);     /* folder/windows/CSC */
    csc_extract_close(extraction);
    request.cache = fixture.origin;
    CHECK_STATUS(csc_extract_open(&request, &extraction), CSC_E_PATH_NOT_FOUND);
    CHECK(!extraction);
    request.cache = fixture.cache;
    request.target = fixture_path(path, fixture.cache, "v2.0.6/namespace/new/directory");
    CHECK_STATUS(csc_extract_open(&request, &extraction), CSC_E_INVALID_ARG);
    CHECK(!fixture_exists(fixture.cache, "v2.0.6/namespace/new"));
    if (symlink(fixture.cache, fixture_path(link, fixture.folder, "way"))) perror(link);
    request.target = fixture_path(path, link, "v2.0.6");
    CHECK_STATUS(csc_extract_open(&request, &extraction), CSC_E_INVALID_ARG);
    request.target = "relative";
    CHECK_STATUS(csc_extract_open(&request, &extraction), CSC_E_INVALID_ARG);
    fixture_destroy(&fixture);
}

static void deep_trees(void)
{
    static const int depth = 400;
    struct fixture fixture;
    struct outcome outcome;
    int i, fd, at, next;
    char path[1200];

    make(&fixture);
    at = open(tree_of(&fixture), O_RDONLY | O_DIRECTORY);
    for (i = 0; i < depth; i++)
    {
        mkdirat(at, "d", 0777);
        next = openat(at, "d", O_RDONLY | O_DIRECTORY);
        close(at);
        at = next;
        if ((fd = openat(at, "z", O_WRONLY | O_CREAT, 0666)) >= 0) close(fd);
    }
    close(at);
    fixture_close(&fixture);
    outcome = extract(csc_fs_posix(), fixture.cache, target, 1);
    CHECK_INT(outcome.copied, depth + 2);
    CHECK_INT(outcome.failed, 0);
    for (at = open(fixture_path(path, target, "server/share"), O_RDONLY | O_DIRECTORY), i = 0; at >= 0; i++)
    {
        next = openat(at, "d", O_RDONLY | O_DIRECTORY);
        if (next >= 0) CHECK(!faccessat(next, "z", F_OK, 0));
        close(at);
        at = next;
    }
    CHECK_INT(i, depth + 1);
    fixture_destroy(&fixture);
}

/* What a cut-off operation or a rebuild had put away is the user's, too. */
static int64_t row_of_a(struct fixture *fixture)
{
    struct csc_scope_row *scopes;
    struct csc_item item;
    int64_t id = 0;
    size_t count;

    if (!CHECK_STATUS(csc_store_scopes(fixture->engine->store, &scopes, &count), CSC_OK)) return 0;
    if (CHECK_STATUS(csc_store_item_find(fixture->engine->store, scopes[0].root_item, "A", &item), CSC_OK))
    {
        id = item.id;
        csc_item_clear(&item);
    }
    csc_scope_rows_free(scopes, count);
    return id;
}

static void leftovers(void)
{
    char base[1200], damaged[48], paths[256];
    struct fixture fixture;
    struct outcome outcome;
    int64_t id;

    make(&fixture);
    id = row_of_a(&fixture);
    fixture_close(&fixture);
    fixture_path(base, fixture.cache, "v2.0.6");
    snprintf(damaged, sizeof(damaged), "temp/z9.%llx", (unsigned long long)id);
    fixture_write(base, damaged, "may be damaged");
    fixture_mkdir(base, "rescued-20260101T000000Z");
    fixture_mkdir(base, "temp/gone-1");
    fixture_write(base, "rescued-20260101T000000Z/r1.2", "rescued");
    fixture_write(base, "temp/gone-1/file", "given up");
    fixture_write(base, "temp/x3.4", "changing places");
    fixture_write(base, "temp/d5.6", "half a download");
    outcome = extract(csc_fs_posix(), fixture.cache, target, 1);
    snprintf(paths, sizeof(paths), "server/share/dir/b\nserver/share/dir/new\ntemp/x3.4\n%s\nrescued-20260101T000000Z/r1.2\n", damaged);
    CHECK_STRING(outcome.paths, paths);
    /* under the name of its row */
    CHECK_STRING(fixture_read(target, "temp/a"), "may be damaged");
    CHECK_STRING(fixture_read(target, "rescued-20260101T000000Z/r1.2"), "rescued");
    fixture_destroy(&fixture);
}

static void records(void)
{
    struct csc_extract_request request = { csc_fs_posix(), csc_clock_posix(), NULL, target, 1 };
    const struct csc_wire_extract *record;
    struct csc_buffer buffer = { 0 };
    struct csc_extract *extraction;
    struct fixture fixture;
    csc_status status;
    unsigned count = 0;
    size_t at;

    make(&fixture);
    fixture_close(&fixture);
    change(tree_of(&fixture), "\xc3\xa9", "name", 60);
    change(tree_of(&fixture), "bad\xff", "name", 60);
    request.cache = fixture.cache;
    CHECK_STATUS(csc_extract_open(&request, &extraction), CSC_OK);
    while (!(status = csc_extract_pull(extraction, &buffer))) if (!CHECK(buffer.size < 100000)) break;
    CHECK_STATUS(status, CSC_FALSE);
    for (at = 0; at < buffer.size; at += record->size, count++)
    {
        record = (const struct csc_wire_extract *)(buffer.data + at);
        CHECK_INT(record->size % 8, 0);
        CHECK_INT(record->kind, CSC_EXTRACT_COPIED);
        CHECK_INT(record->strings[record->path_length], 0);
    }
    CHECK_INT(count, 4);
    csc_extract_close(extraction);
    csc_buffer_free(&buffer);
    fixture_destroy(&fixture);
}

int main(void)
{
    RUN(everything);
    RUN(only_modified);
    RUN(from_a_log_of_changes);
    RUN(beside_the_service);
    RUN(without_a_database);
    RUN(nothing_is_overwritten);
    RUN(failures_are_told);
    RUN(bad_arguments);
    RUN(deep_trees);
    RUN(leftovers);
    RUN(records);
    return test_report();
}
