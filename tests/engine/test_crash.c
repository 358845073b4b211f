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

#include "blocks.h"
#include "crash_fixture.h"

/* -- what each file may hold -- */

/* A file below a folder that is not temporary has one of these contents, or is not there. */
static int holds(const char *base, const char *below, const char *first, const char *second)
{
    const char *text = fixture_read(base, below);

    if (!strcmp(text, "(none)") || !strcmp(text, first) || (second && !strcmp(text, second))) return 1;
    printf("  %s/%s holds '%s'\n", base, below, text);
    return 0;
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

/* -- deleting what was never anywhere else -- */

static void prepare_created(struct fixture *f)
{
    origin_write(f, "a", "alpha");
    CHECK_STATUS(pin_all(f), CSC_OK);
    CHECK_STATUS(go_offline(f), CSC_OK);
    change(tree_of(f), "created", "mine", 1);
    fixture_mkdir(tree_of(f), "made/below");
    change(tree_of(f), "made/below/created", "mine, too", 1);
}

static void operate_created(struct fixture *f)
{
    CHECK_STATUS(fixture_run(f, CSC_OP_DELETE, OFFLINEFILES_DELETE_FLAG_DELMODIFIED, 1, SHARE), CSC_OK);
}

static void check_left_created(struct fixture *f)
{
    CHECK_STRING(fixture_read(f->origin, "a"), "alpha");
    CHECK(holds(tree_of(f), "created", "mine", NULL));
    CHECK(holds(tree_of(f), "made/below/created", "mine, too", NULL));
}

/* What was not removed for good is back at its place: nothing lies about where nobody finds it. */
static void finish_created(struct fixture *f)
{
    CHECK(is_clean(f));
    check_left_created(f);
    operate_created(f);
    CHECK_INT(count_in(tree_of(f), NULL), 0);
    CHECK(is_clean(f));
    nothing_strange(f->origin);
    CHECK_INT(count_in(f->origin, NULL), 1);
}

static void test_delete_created_killed(void)
{
    static const struct scenario scenario =
        { "deletion of what was created", prepare_created, operate_created, check_left_created, finish_created };

    run_scenario(&scenario);
}

/* -- a large file of which parts are sent -- */

#define LARGE (2 * 1024 * 1024 + 100)

/* The content of a version; both begin and end differ, the second one ends in a hole. */
static void make_large(const char *base, int version)
{
    char path[1200];
    int fd = open(fixture_path(path, base, "large"), O_WRONLY | O_CREAT | O_TRUNC, 0666);
    unsigned char *data = malloc(LARGE);
    size_t i;

    for (i = 0; i < LARGE; i++) data[i] = (unsigned char)((i * 2654435761u) >> 13 | 1);
    data[0] = data[1000000] = data[LARGE - 1] = (unsigned char)version;
    if (write(fd, data, LARGE) != LARGE) perror(path);
    if (version == 2 && ftruncate(fd, LARGE + 500000)) perror(path);
    close(fd);
    free(data);
    fixture_touch(base, "large", 1000000000 + version);
}

/* 0: neither of the versions. */
static int large_version(const char *base)
{
    unsigned char *data = calloc(1, LARGE + 500001);
    char path[1200];
    int fd = open(fixture_path(path, base, "large"), O_RDONLY), version = 0;
    ssize_t size = fd == -1 ? -1 : read(fd, data, LARGE + 500001);
    size_t i;

    if (size == LARGE || size == LARGE + 500000) version = data[0];
    if (size != (version == 2 ? LARGE + 500000 : LARGE)) version = 0;
    for (i = 0; version && i < LARGE; i++)
        if (data[i] != (i && i != 1000000 && i != LARGE - 1 ? ((i * 2654435761u) >> 13 | 1) & 0xff : (unsigned)version))
            version = 0;
    if (fd != -1) close(fd);
    free(data);
    return version;
}

static void prepare_large(struct fixture *f)
{
    int64_t until = fixture_now() + 20000;
    struct csc_scope *scope;
    struct csc_item item;

    make_large(f->origin, 1);
    CHECK_STATUS(pin_all(f), CSC_OK);
    CHECK_STATUS(go_offline(f), CSC_OK);
    if ((scope = fixture_scope(f, SHARE)))
    {
        while (csc_store_blocks_wanted(f->engine->store, scope->row.id, 0, &item) == CSC_OK && fixture_now() < until)
        {
            csc_item_clear(&item);
            usleep(10000);
        }
        csc_scope_release(scope);
    }
    make_large(tree_of(f), 2);
}

static void operate_large(struct fixture *f)
{
    struct client client = { 0 };

    CHECK_STATUS(client_one(f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE), CSC_OK);
    CHECK(client.totals.bytes_sent < 300000);
    client_free(&client);
}

static void check_left_large(struct fixture *f)
{
    CHECK(large_version(f->origin));
    CHECK_INT(large_version(tree_of(f)), 2);
}

static void finish_large(struct fixture *f)
{
    CHECK_STATUS(sync_share(f, SYNC_BOTH), CSC_OK);
    CHECK_INT(large_version(f->origin), 2);
    CHECK_INT(large_version(tree_of(f)), 2);
    CHECK_INT(count_in(f->origin, NULL), 1);
    CHECK_INT(fixture_flags(f, SHARE "\\large"), 0);
}

static void test_large_killed(void)
{
    static const struct scenario scenario =
        { "a large file", prepare_large, operate_large, check_left_large, finish_large };

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

/* -- renames made offline -- */

static void move_local(struct fixture *f, const char *from, const char *to)
{
    char old[1200], new[1200];

    CHECK(!rename(fixture_path(old, tree_of(f), from), fixture_path(new, tree_of(f), to)));
}

static void prepare_rename(struct fixture *f)
{
    fixture_mkdir(f->origin, "d/sub");
    origin_write(f, "d/a", "alpha");
    origin_write(f, "d/sub/b", "beta");
    origin_write(f, "f", "file");
    origin_write(f, "e", "to be edited");
    origin_write(f, "1", "one");
    origin_write(f, "2", "two, longer");
    CHECK_STATUS(pin_all(f), CSC_OK);
    CHECK_STATUS(go_offline(f), CSC_OK);
    move_local(f, "d", "dd");
    move_local(f, "dd/a", "dd/aa");
    fixture_mkdir(tree_of(f), "made");
    move_local(f, "f", "made/ff");
    move_local(f, "e", "ee");
    change(tree_of(f), "ee", "edited, longer than before", 1);
    move_local(f, "2", "3");
    move_local(f, "1", "2");
}

static void operate_rename(struct fixture *f)
{
    CHECK_STATUS(sync_share(f, SYNC_BOTH), CSC_OK);
}

/* The content stands on the origin under one of its names. */
static int stands_at(struct fixture *f, const char *content, const char *const *names)
{
    const char *const *name;

    for (name = names; *name; name++)
        if (!strcmp(fixture_read(f->origin, *name), content)) return 1;
    printf("  '%s' is nowhere\n", content);
    return 0;
}

static void check_left_rename(struct fixture *f)
{
    static const char *const a[] = { "d/a", "dd/a", "dd/aa", NULL }, *const b[] = { "d/sub/b", "dd/sub/b", NULL };
    static const char *const file[] = { "f", "made/ff", NULL }, *const one[] = { "1", "2", NULL };
    static const char *const two[] = { "2", "3", NULL };

    CHECK_STRING(fixture_read(tree_of(f), "dd/aa"), "alpha");
    CHECK_STRING(fixture_read(tree_of(f), "dd/sub/b"), "beta");
    CHECK_STRING(fixture_read(tree_of(f), "made/ff"), "file");
    CHECK_STRING(fixture_read(tree_of(f), "ee"), "edited, longer than before");
    CHECK_STRING(fixture_read(tree_of(f), "2"), "one");
    CHECK_STRING(fixture_read(tree_of(f), "3"), "two, longer");
    CHECK(stands_at(f, "alpha", a));
    CHECK(stands_at(f, "beta", b));
    CHECK(stands_at(f, "file", file));
    CHECK(stands_at(f, "one", one));
    CHECK(stands_at(f, "two, longer", two));
    CHECK(holds(f->origin, "ee", "to be edited", "edited, longer than before"));
}

static void finish_rename(struct fixture *f)
{
    static const char *const names[] = { "dd/aa", "dd/sub/b", "made/ff", "ee", "2", "3" };
    static const char *const texts[] = { "alpha", "beta", "file", "edited, longer than before", "one", "two, longer" };
    int open;
    size_t i;

    /* Renaming moved the origin's ctime, and the row that would know it is lost: of the file that was edited, too, nobody
     * can tell any more whether others changed it.  That is a conflict, with both copies. */
    sync_share(f, SYNC_BOTH);
    open = conflict_count(f) == 1;
    CHECK_STATUS(sync_share(f, SYNC_BOTH), open ? CSC_E_MORE_DATA : CSC_OK);
    for (i = 0; i < 6; i++)
    {
        CHECK_STRING(fixture_read(f->origin, names[i]), open && i == 3 ? "to be edited" : texts[i]);
        CHECK_STRING(fixture_read(tree_of(f), names[i]), texts[i]);
    }
    CHECK_INT(conflict_count(f), open);
    CHECK_INT(count_in(f->origin, NULL), 5);
    CHECK_INT(count_in(tree_of(f), NULL), 5);
    CHECK_INT(fixture_flags(f, SHARE "\\dd\\sub\\b"), 0);
    nothing_strange(f->origin);
    nothing_strange(tree_of(f));
}

static void test_rename_killed(void)
{
    static const struct scenario scenario =
        { "renames", prepare_rename, operate_rename, check_left_rename, finish_rename };

    run_scenario(&scenario);
}

int main(void)
{
    RUN(test_pin_killed);
    RUN(test_delete_killed);
    RUN(test_delete_created_killed);
    RUN(test_large_killed);
    RUN(test_sync_killed);
    RUN(test_rename_killed);
    RUN(test_sync_without_exchange_killed);
    return test_report();
}
