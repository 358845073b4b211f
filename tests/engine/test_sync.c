/*
 * Synchronization on real folders
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <dirent.h>
#include "sync_fixture.h"

static void test_fill(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS, .deep = 1 };
    struct fixture f;

    world_make(&f);
    origin_write(&f, "a.txt", "alpha");
    fixture_mkdir(f.origin, "dir/sub");
    origin_write(&f, "dir/b.txt", "beta");
    origin_write(&f, "dir/sub/empty", "");
    CHECK_STATUS(client_one(&f, &client, CSC_OP_PIN, PIN_FILL, SHARE), CSC_OK);
    CHECK_STRING(fixture_read(tree_of(&f), "a.txt"), "alpha");
    CHECK_STRING(fixture_read(tree_of(&f), "dir/b.txt"), "beta");
    CHECK_STRING(fixture_read(tree_of(&f), "dir/sub/empty"), "");
    CHECK_INT(client_count(&client, CSC_EVENT_ITEM_BEGIN, NULL), 6);
    CHECK_INT(client_count(&client, CSC_EVENT_ITEM_RESULT, NULL), 6);
    CHECK_INT(client_count(&client, CSC_EVENT_ITEM_RESULT, "\\\\server\\share\\dir\\sub\\empty"), 1);
    CHECK_INT(client.totals.items_done, 6);
    CHECK_INT(client.totals.items_failed, 0);
    CHECK_INT(client.totals.bytes_done, 9);
    CHECK(is_clean(&f));
    CHECK_INT(fixture_flags(&f, SHARE "\\a.txt"), 0);

    /* nothing to do now */
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE), CSC_OK);
    CHECK_INT(client_count(&client, CSC_EVENT_ITEM_BEGIN, NULL), 0);
    client_free(&client);
    fixture_destroy(&f);
}

static void test_both_ways(void)
{
    struct fixture f;

    world_make(&f);
    origin_write(&f, "in", "old");
    origin_write(&f, "out", "old");
    origin_write(&f, "gone in", "x");
    origin_write(&f, "gone out", "x");
    fixture_mkdir(f.origin, "dir");
    CHECK_STATUS(pin_all(&f), CSC_OK);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    change(f.origin, "in", "from the share", 1);
    change(tree_of(&f), "out", "from the cache", 1);
    remove_at(f.origin, "gone in");
    remove_at(tree_of(&f), "gone out");
    change(f.origin, "dir/new in", "n", 1);
    change(tree_of(&f), "dir/new out", "m", 1);
    fixture_mkdir(tree_of(&f), "dir/made here/deep");
    fixture_mkdir(f.origin, "made there/deep");

    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_STRING(fixture_read(tree_of(&f), "in"), "from the share");
    CHECK_STRING(fixture_read(f.origin, "out"), "from the cache");
    CHECK(!fixture_exists(tree_of(&f), "gone in"));
    CHECK(!fixture_exists(f.origin, "gone out"));
    CHECK_STRING(fixture_read(tree_of(&f), "dir/new in"), "n");
    CHECK_STRING(fixture_read(f.origin, "dir/new out"), "m");
    CHECK(fixture_exists(f.origin, "dir/made here/deep"));
    CHECK(fixture_exists(tree_of(&f), "made there/deep"));
    CHECK_INT(count_in(f.origin, "dir"), 3);
    CHECK(is_clean(&f));
    CHECK_INT(conflict_count(&f), 0);
    fixture_destroy(&f);
}

static void test_one_way(void)
{
    struct fixture f;

    world_make(&f);
    origin_write(&f, "in", "old");
    origin_write(&f, "out", "old");
    CHECK_STATUS(pin_all(&f), CSC_OK);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    change(f.origin, "in", "new", 1);
    change(tree_of(&f), "out", "new", 1);
    change(tree_of(&f), "created", "c", 1);
    CHECK_STATUS(sync_share(&f, SYNC_IN), CSC_OK);
    CHECK_STRING(fixture_read(tree_of(&f), "in"), "new");
    CHECK_STRING(fixture_read(f.origin, "out"), "old");
    CHECK(!fixture_exists(f.origin, "created"));
    CHECK_STATUS(sync_share(&f, SYNC_OUT | OFFLINEFILES_SYNC_CONTROL_FLAG_NONEWFILESOUT), CSC_OK);
    CHECK_STRING(fixture_read(f.origin, "out"), "new");
    CHECK(!fixture_exists(f.origin, "created"));
    CHECK_STATUS(sync_share(&f, SYNC_OUT), CSC_OK);
    CHECK_STRING(fixture_read(f.origin, "created"), "c");
    fixture_destroy(&f);
}

static void test_conflicts(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS };
    struct fixture f;

    world_make(&f);
    origin_write(&f, "both", "base");
    origin_write(&f, "changed deleted", "base");
    origin_write(&f, "deleted changed", "base");
    origin_write(&f, "fine", "base");
    CHECK_STATUS(pin_all(&f), CSC_OK);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    change(f.origin, "both", "theirs", 1);
    change(tree_of(&f), "both", "mine!!", 2);
    change(tree_of(&f), "changed deleted", "mine", 1);
    remove_at(f.origin, "changed deleted");
    remove_at(tree_of(&f), "deleted changed");
    change(f.origin, "deleted changed", "theirs", 1);
    change(f.origin, "new", "theirs", 1);
    change(tree_of(&f), "new", "mine", 1);
    change(f.origin, "fine", "better", 1);

    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE), CSC_E_MORE_DATA);
    CHECK_STATUS(client_result(&client, SHARE "\\both"), CSC_E_CONFLICT);
    CHECK_STATUS(client_result(&client, SHARE "\\changed deleted"), CSC_E_CONFLICT);
    CHECK_STATUS(client_result(&client, SHARE "\\deleted changed"), CSC_E_CONFLICT);
    CHECK_STATUS(client_result(&client, SHARE "\\new"), CSC_E_CONFLICT);
    CHECK_STATUS(client_result(&client, SHARE "\\fine"), CSC_OK);
    CHECK_INT(client.totals.items_failed, 4);
    CHECK_STRING(fixture_read(f.origin, "both"), "theirs");
    CHECK_STRING(fixture_read(tree_of(&f), "both"), "mine!!");
    CHECK_STRING(fixture_read(tree_of(&f), "changed deleted"), "mine");
    CHECK(!fixture_exists(f.origin, "changed deleted"));
    CHECK_STRING(fixture_read(f.origin, "deleted changed"), "theirs");
    CHECK(!fixture_exists(tree_of(&f), "deleted changed"));
    CHECK_STRING(fixture_read(f.origin, "new"), "theirs");
    CHECK_STRING(fixture_read(tree_of(&f), "new"), "mine");
    CHECK_INT(conflict_count(&f), 4);

    /* one of them, by name */
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE "\\both"), CSC_E_CONFLICT);

    /* the same content ends a conflict */
    change(f.origin, "new", "mine", 5);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE "\\new"), CSC_OK);
    CHECK_INT(conflict_count(&f), 3);

    CHECK_STATUS(sync_share(&f, SYNC_BOTH | OFFLINEFILES_SYNC_CONTROL_CR_KEEPLATEST), CSC_OK);
    CHECK_STRING(fixture_read(f.origin, "both"), "mine!!");
    CHECK_STRING(fixture_read(f.origin, "changed deleted"), "mine");
    CHECK_STRING(fixture_read(tree_of(&f), "deleted changed"), "theirs");
    CHECK_INT(conflict_count(&f), 0);
    CHECK(is_clean(&f));
    client_free(&client);
    fixture_destroy(&f);
}

static void test_keep_policies(void)
{
    struct fixture f;
    int round;

    for (round = 0; round < 2; round++)
    {
        uint32_t policy = round ? OFFLINEFILES_SYNC_CONTROL_CR_KEEPLOCAL : OFFLINEFILES_SYNC_CONTROL_CR_KEEPREMOTE;

        world_make(&f);
        origin_write(&f, "both", "base");
        origin_write(&f, "changed deleted", "base");
        origin_write(&f, "deleted changed", "base");
        CHECK_STATUS(pin_all(&f), CSC_OK);
        CHECK_STATUS(go_offline(&f), CSC_OK);
        change(f.origin, "both", "theirs", 1);
        change(tree_of(&f), "both", "mine!!", 2);
        change(tree_of(&f), "changed deleted", "mine", 1);
        remove_at(f.origin, "changed deleted");
        remove_at(tree_of(&f), "deleted changed");
        change(f.origin, "deleted changed", "theirs", 1);
        CHECK_STATUS(sync_share(&f, SYNC_BOTH | policy), CSC_OK);
        CHECK_STRING(fixture_read(f.origin, "both"), round ? "mine!!" : "theirs");
        CHECK_STRING(fixture_read(tree_of(&f), "both"), round ? "mine!!" : "theirs");
        CHECK_STRING(fixture_read(f.origin, "changed deleted"), round ? "mine" : "(none)");
        CHECK_STRING(fixture_read(tree_of(&f), "changed deleted"), round ? "mine" : "(none)");
        CHECK_STRING(fixture_read(f.origin, "deleted changed"), round ? "(none)" : "theirs");
        CHECK_STRING(fixture_read(tree_of(&f), "deleted changed"), round ? "(none)" : "theirs");
        CHECK(is_clean(&f));
        CHECK_INT(conflict_count(&f), 0);
        fixture_destroy(&f);
    }
}

static void test_adopt(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS };
    struct fixture f;

    world_make(&f);
    origin_write(&f, "same", "equal on both");
    CHECK_STATUS(fixture_run(&f, CSC_OP_PIN, PIN_USER, 0, SHARE), CSC_OK);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    /* as after a crash that lost the row, and made with another time */
    change(tree_of(&f), "same", "equal on both", 77);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE), CSC_OK);
    CHECK_INT(client_count(&client, CSC_EVENT_ITEM_BEGIN, NULL), 0);
    CHECK_INT(fixture_flags(&f, SHARE "\\same"), 0);
    client_free(&client);
    fixture_destroy(&f);
}

static void test_empty_root(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS };
    struct fixture f;

    world_make(&f);
    origin_write(&f, "a", "alpha");
    fixture_mkdir(f.origin, "dir");
    origin_write(&f, "dir/b", "beta");
    CHECK_STATUS(pin_all(&f), CSC_OK);
    remove_at(f.origin, "a");
    remove_at(f.origin, "dir/b");
    remove_at(f.origin, "dir");
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE), CSC_E_MORE_DATA);
    CHECK_STATUS(client_result(&client, SHARE "\\a"), CSC_E_NOT_READY);
    CHECK_STATUS(client_result(&client, SHARE "\\dir"), CSC_E_NOT_READY);
    CHECK_STRING(fixture_read(tree_of(&f), "a"), "alpha");
    CHECK_STRING(fixture_read(tree_of(&f), "dir/b"), "beta");
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE "\\a"), CSC_E_NOT_READY);
    CHECK_STRING(fixture_read(tree_of(&f), "a"), "alpha");
    client_free(&client);
    fixture_destroy(&f);
}

static void test_unmounted_root(void)
{
    struct fixture f;
    char away[1200];

    world_make(&f);
    f.interval = 100000;
    origin_write(&f, "a", "alpha");
    CHECK_STATUS(pin_all(&f), CSC_OK);
    fixture_path(away, f.folder, "away");
    CHECK_INT(rename(f.origin, away), 0);
    CHECK_INT(mkdir(f.origin, 0777), 0);
    fixture_write(f.origin, "stranger", "x");
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_E_BAD_NETPATH);
    CHECK_STRING(fixture_read(tree_of(&f), "a"), "alpha");
    CHECK(!fixture_exists(tree_of(&f), "stranger"));
    CHECK(!fixture_exists(f.origin, "a"));
    fixture_destroy(&f);
}

static void test_lost_tree(void)
{
    struct fixture f;

    world_make(&f);
    origin_write(&f, "a", "alpha");
    fixture_mkdir(f.origin, "dir");
    origin_write(&f, "dir/b", "beta");
    CHECK_STATUS(pin_all(&f), CSC_OK);
    remove_at(tree_of(&f), "a");
    remove_at(tree_of(&f), "dir/b");
    remove_at(tree_of(&f), "dir");
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_STRING(fixture_read(f.origin, "a"), "alpha");
    CHECK_STRING(fixture_read(f.origin, "dir/b"), "beta");
    CHECK_STRING(fixture_read(tree_of(&f), "a"), "alpha");
    CHECK_STRING(fixture_read(tree_of(&f), "dir/b"), "beta");
    fixture_destroy(&f);
}

static void test_directory_deletions(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS };
    struct fixture f;

    world_make(&f);
    fixture_mkdir(f.origin, "all gone/deep/er");
    origin_write(&f, "all gone/deep/er/file", "x");
    fixture_mkdir(f.origin, "kept there");
    origin_write(&f, "kept there/same", "x");
    origin_write(&f, "kept there/changed", "x");
    fixture_mkdir(f.origin, "kept here");
    origin_write(&f, "kept here/same", "x");
    origin_write(&f, "kept here/changed", "x");
    fixture_mkdir(f.origin, "grown");
    origin_write(&f, "grown/same", "x");
    fixture_mkdir(f.origin, "grown here");
    origin_write(&f, "grown here/same", "x");
    origin_write(&f, "stays", "x");
    CHECK_STATUS(pin_all(&f), CSC_OK);
    CHECK_STATUS(go_offline(&f), CSC_OK);

    remove_at(tree_of(&f), "all gone/deep/er/file");
    remove_at(tree_of(&f), "all gone/deep/er");
    remove_at(tree_of(&f), "all gone/deep");
    remove_at(tree_of(&f), "all gone");
    remove_at(tree_of(&f), "kept there/same");
    remove_at(tree_of(&f), "kept there/changed");
    remove_at(tree_of(&f), "kept there");
    change(f.origin, "kept there/changed", "theirs", 1);
    remove_at(f.origin, "kept here/same");
    remove_at(f.origin, "kept here/changed");
    remove_at(f.origin, "kept here");
    change(tree_of(&f), "kept here/changed", "mine", 1);
    remove_at(tree_of(&f), "grown/same");
    remove_at(tree_of(&f), "grown");
    change(f.origin, "grown/new", "unseen", 1);
    remove_at(f.origin, "grown here/same");
    remove_at(f.origin, "grown here");
    change(tree_of(&f), "grown here/new", "mine", 1);

    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE), CSC_E_MORE_DATA);
    CHECK(!fixture_exists(f.origin, "all gone"));
    CHECK(!fixture_exists(f.origin, "kept there/same"));
    CHECK_STRING(fixture_read(f.origin, "kept there/changed"), "theirs");
    CHECK_STATUS(client_result(&client, SHARE "\\kept there\\changed"), CSC_E_CONFLICT);
    CHECK(!fixture_exists(tree_of(&f), "kept here/same"));
    CHECK_STRING(fixture_read(tree_of(&f), "kept here/changed"), "mine");
    CHECK_STATUS(client_result(&client, SHARE "\\kept here\\changed"), CSC_E_CONFLICT);
    CHECK_STRING(fixture_read(f.origin, "grown/new"), "unseen");
    CHECK(!fixture_exists(f.origin, "grown/same"));
    CHECK_STATUS(client_result(&client, SHARE "\\grown"), CSC_E_CONFLICT);
    CHECK_STRING(fixture_read(f.origin, "grown here/new"), "mine");
    CHECK_STRING(fixture_read(tree_of(&f), "grown here/new"), "mine");
    CHECK(!fixture_exists(tree_of(&f), "grown here/same"));
    CHECK(!fixture_exists(tree_of(&f), "grown"));
    CHECK_STRING(fixture_read(f.origin, "stays"), "x");

    /* a second time changes nothing more */
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_E_MORE_DATA);
    CHECK_STRING(fixture_read(f.origin, "kept there/changed"), "theirs");
    CHECK_STRING(fixture_read(tree_of(&f), "kept here/changed"), "mine");
    CHECK_STRING(fixture_read(f.origin, "grown/new"), "unseen");
    CHECK(is_clean(&f));
    client_free(&client);
    fixture_destroy(&f);
}

static void test_type_changes(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS };
    struct fixture f;

    world_make(&f);
    origin_write(&f, "file", "x");
    origin_write(&f, "file2", "x");
    fixture_mkdir(f.origin, "dir");
    origin_write(&f, "dir/inside", "x");
    CHECK_STATUS(pin_all(&f), CSC_OK);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    remove_at(f.origin, "file");
    fixture_mkdir(f.origin, "file");
    change(f.origin, "file/new", "theirs", 1);
    remove_at(tree_of(&f), "file2");
    fixture_mkdir(tree_of(&f), "file2");
    remove_at(f.origin, "dir/inside");
    remove_at(f.origin, "dir");
    change(f.origin, "dir", "a file now", 1);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE), CSC_E_MORE_DATA);
    CHECK_STATUS(client_result(&client, SHARE "\\file"), CSC_E_CONFLICT);
    CHECK_STATUS(client_result(&client, SHARE "\\file2"), CSC_E_CONFLICT);
    CHECK_STATUS(client_result(&client, SHARE "\\dir"), CSC_E_CONFLICT);
    CHECK_STRING(fixture_read(tree_of(&f), "file"), "x");
    CHECK_STRING(fixture_read(f.origin, "file/new"), "theirs");
    CHECK_STRING(fixture_read(f.origin, "file2"), "x");
    CHECK_STRING(fixture_read(tree_of(&f), "dir/inside"), "x");
    CHECK_STRING(fixture_read(f.origin, "dir"), "a file now");
    client_free(&client);
    fixture_destroy(&f);
}

static int is_kept_double(const struct dirent *entry)
{
    return !strncmp(entry->d_name, "REPORT (kept ", 13);
}

/* In the cache the one without a row becomes something of its own; of two directories an empty one goes. */
static void test_doubles_in_the_cache(void)
{
    struct dirent **kept = NULL;
    char below[400];
    struct fixture f;

    world_make(&f);
    origin_write(&f, "Report.txt", "r");
    fixture_mkdir(f.origin, "Folder");
    origin_write(&f, "Folder/inside", "i");
    CHECK_STATUS(pin_all(&f), CSC_OK);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    change(tree_of(&f), "REPORT.txt", "another file", 60);
    fixture_mkdir(tree_of(&f), "FOLDER");
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK(!fixture_exists(tree_of(&f), "FOLDER"));
    CHECK_STRING(fixture_read(tree_of(&f), "Report.txt"), "r");
    CHECK_STRING(fixture_read(f.origin, "Report.txt"), "r");
    if (CHECK_INT(scandir(f.origin, &kept, is_kept_double, alphasort), 1))
    {
        snprintf(below, sizeof(below), "%s", kept[0]->d_name);
        CHECK_STRING(fixture_read(f.origin, below), "another file");
        CHECK_STRING(fixture_read(tree_of(&f), below), "another file");
        free(kept[0]);
    }
    free(kept);
    fixture_destroy(&f);
}

static void test_case(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS };
    struct fixture f;
    char from[1200], to[1200];

    world_make(&f);
    origin_write(&f, "Report.txt", "r");
    origin_write(&f, "other.txt", "o");
    fixture_mkdir(f.origin, "Folder");
    origin_write(&f, "Folder/inside", "i");
    CHECK_STATUS(pin_all(&f), CSC_OK);
    CHECK_STATUS(go_offline(&f), CSC_OK);

    /* two names with one key: the stored one is the item */
    origin_write(&f, "REPORT.TXT", "another file");
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE), CSC_E_MORE_DATA);
    CHECK_STATUS(client_result(&client, SHARE "\\REPORT.TXT"), CSC_E_DUPLICATE_NAME);
    CHECK_STRING(fixture_read(tree_of(&f), "Report.txt"), "r");
    CHECK_STRING(fixture_read(f.origin, "REPORT.TXT"), "another file");
    remove_at(f.origin, "REPORT.TXT");

    rename(fixture_path(from, f.origin, "Report.txt"), fixture_path(to, f.origin, "report.TXT"));
    rename(fixture_path(from, tree_of(&f), "other.txt"), fixture_path(to, tree_of(&f), "Other.txt"));
    rename(fixture_path(from, f.origin, "Folder"), fixture_path(to, f.origin, "FOLDER"));
    change(f.origin, "FOLDER/new", "n", 1);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_STRING(fixture_read(tree_of(&f), "report.TXT"), "r");
    CHECK(!fixture_exists(tree_of(&f), "Report.txt"));
    CHECK_STRING(fixture_read(f.origin, "Other.txt"), "o");
    CHECK(!fixture_exists(f.origin, "other.txt"));
    CHECK_STRING(fixture_read(tree_of(&f), "FOLDER/new"), "n");
    CHECK_STRING(fixture_read(tree_of(&f), "FOLDER/inside"), "i");
    CHECK_INT(count_in(f.origin, NULL), 3);
    CHECK_INT(count_in(tree_of(&f), NULL), 3);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE), CSC_OK);
    CHECK_INT(client_count(&client, CSC_EVENT_ITEM_BEGIN, NULL), 0);
    client_free(&client);
    fixture_destroy(&f);
}

static void test_strange_names(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS, .deep = 1 };
    struct fixture f;
    char path[1200];

    world_make(&f);
    origin_write(&f, "good", "g");
    origin_write(&f, "bad\nname", "b");
    origin_write(&f, "bad\xffutf", "b");
    origin_write(&f, "a:b", "b");
    origin_write(&f, "trailing dot.", "t");
    origin_write(&f, ".~csc-00000000-12345678910.tmp", "of another cache");
    CHECK_INT(symlink("/etc/passwd", fixture_path(path, f.origin, "link")), 0);
    CHECK_INT(mkfifo(fixture_path(path, f.origin, "pipe"), 0666), 0);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_PIN, PIN_FILL, SHARE), CSC_E_MORE_DATA);
    CHECK_STRING(fixture_read(tree_of(&f), "good"), "g");
    CHECK_STRING(fixture_read(tree_of(&f), "trailing dot."), "t");
    CHECK_INT(count_in(tree_of(&f), NULL), 2);
    CHECK_STATUS(client_result(&client, SHARE "\\link"), CSC_E_CANNOT_ACCESS);
    CHECK_STATUS(client_result(&client, SHARE "\\pipe"), CSC_E_CANNOT_ACCESS);
    CHECK_STATUS(client_result(&client, SHARE "\\a:b"), CSC_E_INVALID_NAME);
    CHECK_STATUS(client_result(&client, SHARE "\\bad?utf"), CSC_E_INVALID_NAME);
    CHECK_INT(client.totals.items_failed, 5);
    CHECK(fixture_exists(f.origin, ".~csc-00000000-12345678910.tmp"));
    client_free(&client);
    fixture_destroy(&f);
}

/* A name in the cache that would be taken for a temporary file on the origin. */
static void test_temporary_name(void)
{
    static const char name[] = ".~csc-00000000-12345678910.tmp";
    struct client client = { .ask = CSC_OP_ASK_ITEMS };
    struct fixture f;

    world_make(&f);
    origin_write(&f, "good", "g");
    CHECK_STATUS(pin_all(&f), CSC_OK);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    change(tree_of(&f), name, "mine", 1);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE), CSC_E_MORE_DATA);
    CHECK_STATUS(client_result(&client, SHARE "\\.~csc-00000000-12345678910.tmp"), CSC_E_INVALID_NAME);
    CHECK_STRING(fixture_read(tree_of(&f), name), "mine");
    CHECK(!fixture_exists(f.origin, name));
    client_free(&client);
    fixture_destroy(&f);
}

/* Times that say nothing: the content decides. */
static void test_doubtful_times(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS };
    struct fixture f;
    char path[1200];

    world_make(&f);
    origin_write(&f, "touched", "same");
    origin_write(&f, "hidden change", "1234");
    origin_write(&f, "hidden there", "1234");
    origin_write(&f, "replaced", "1234");
    CHECK_STATUS(pin_all(&f), CSC_OK);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    chmod(fixture_path(path, tree_of(&f), "touched"), 0400);
    chmod(fixture_path(path, tree_of(&f), "touched"), 0644);
    change(tree_of(&f), "hidden change", "4321", 0);        /* same size, and the time set back */
    change(f.origin, "hidden there", "4321", 0);
    save_over(f.origin, "replaced", "5678", 0);

    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE), CSC_OK);
    CHECK_INT(client_count(&client, CSC_EVENT_ITEM_RESULT, SHARE "\\touched"), 0);
    CHECK_STRING(fixture_read(f.origin, "hidden change"), "4321");
    CHECK_STRING(fixture_read(tree_of(&f), "hidden there"), "4321");
    CHECK_STRING(fixture_read(tree_of(&f), "replaced"), "5678");
    CHECK_INT(client_count(&client, CSC_EVENT_ITEM_RESULT, NULL), 3);

    /* and it is settled */
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE), CSC_OK);
    CHECK_INT(client_count(&client, CSC_EVENT_ITEM_RESULT, NULL), 0);
    CHECK_INT(fixture_flags(&f, SHARE "\\touched"), 0);
    client_free(&client);
    fixture_destroy(&f);
}

/* Files written in the very moment in which they are cached are not mistaken for changed ones later. */
static void test_fresh_files(void)
{
    struct fixture f;

    world_make(&f);
    fixture_write(f.origin, "a", "just");
    fixture_write(f.origin, "b", "now");
    CHECK_STATUS(pin_all(&f), CSC_OK);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    fixture_write(tree_of(&f), "a", "mine");
    fixture_write(f.origin, "b", "their");
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_STRING(fixture_read(f.origin, "a"), "mine");
    CHECK_STRING(fixture_read(tree_of(&f), "b"), "their");
    CHECK_INT(conflict_count(&f), 0);
    fixture_destroy(&f);
}

static void test_readonly(void)
{
    struct fixture f;
    char path[1200];

    world_make(&f);
    origin_write(&f, "changed", "old");
    origin_write(&f, "deleted", "old");
    origin_write(&f, "flag", "old");
    chmod(fixture_path(path, f.origin, "changed"), 0444);
    chmod(fixture_path(path, f.origin, "deleted"), 0444);
    CHECK_STATUS(pin_all(&f), CSC_OK);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    chmod(fixture_path(path, tree_of(&f), "changed"), 0644);
    change(tree_of(&f), "changed", "new", 1);
    remove_at(tree_of(&f), "deleted");
    chmod(fixture_path(path, tree_of(&f), "flag"), 0444);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_STRING(fixture_read(f.origin, "changed"), "new");
    CHECK(!fixture_exists(f.origin, "deleted"));
    {
        struct stat st;

        CHECK_INT(lstat(fixture_path(path, f.origin, "flag"), &st), 0);
        CHECK_INT(st.st_mode & 0222, 0);
    }
    fixture_destroy(&f);
}

static void test_named_paths(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS };
    struct fixture f;

    world_make(&f);
    fixture_mkdir(f.origin, "dir/sub");
    origin_write(&f, "dir/file", "x");
    origin_write(&f, "dir/other", "x");
    CHECK_STATUS(pin_all(&f), CSC_OK);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE "\\DIR\\File"), CSC_OK);
    CHECK_INT(client_count(&client, CSC_EVENT_ITEM_BEGIN, SHARE "\\dir\\file"), 1);
    CHECK_INT(client_count(&client, CSC_EVENT_ITEM_RESULT, SHARE "\\dir\\file"), 1);
    CHECK_INT(client.count, 3);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE "\\no\\such"), CSC_E_NOT_FOUND);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, "\\\\server\\nowhere"), CSC_E_BAD_NETPATH);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, "\\\\server"), CSC_OK);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, "\\\\nobody"), CSC_E_BAD_NETPATH);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, 0, SHARE), CSC_E_INVALID_ARG);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, 0x80000001, SHARE), CSC_E_INVALID_ARG);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, "C:\\x"), CSC_E_BAD_PATH);

    /* a new file in new directories, by its name alone */
    CHECK_STATUS(go_offline(&f), CSC_OK);
    fixture_mkdir(tree_of(&f), "made/here");
    change(tree_of(&f), "made/here/new", "n", 1);
    change(tree_of(&f), "made/unasked", "u", 1);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE "\\made\\here\\new"), CSC_OK);
    CHECK_STRING(fixture_read(f.origin, "made/here/new"), "n");
    CHECK(!fixture_exists(f.origin, "made/unasked"));

    /* a directory */
    change(f.origin, "dir/file", "y", 1);
    change(f.origin, "dir/other", "y", 1);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE "\\dir"), CSC_OK);
    CHECK_STRING(fixture_read(tree_of(&f), "dir/other"), "y");
    client_free(&client);
    fixture_destroy(&f);
}

/* Only out: where the cache did not change, the origin is not even read. */
static void test_out_only(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS };
    struct fixture f;
    char from[1200], to[1200];

    world_make(&f);
    fixture_mkdir(f.origin, "a/deep/er");
    origin_write(&f, "a/deep/er/x", "x");
    fixture_mkdir(f.origin, "b/deep");
    origin_write(&f, "b/deep/x", "x");
    fixture_mkdir(f.origin, "c/deep");
    origin_write(&f, "c/deep/x", "x");
    fixture_mkdir(f.origin, "d");
    origin_write(&f, "d/x", "x");
    CHECK_STATUS(pin_all(&f), CSC_OK);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    change(tree_of(&f), "a/deep/er/x", "changed", 1);
    /* a directory that went away on the origin and got something new in the cache */
    remove_at(f.origin, "b/deep/x");
    remove_at(f.origin, "b/deep");
    change(tree_of(&f), "b/deep/new", "n", 1);
    /* one that was renamed there */
    rename(fixture_path(from, f.origin, "c/deep"), fixture_path(to, f.origin, "c/DEEP"));
    change(tree_of(&f), "c/deep/x", "changed", 1);
    /* and one that was deleted here */
    remove_at(tree_of(&f), "d/x");
    remove_at(tree_of(&f), "d");
    change(f.origin, "news", "not asked for", 1);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_OUT, SHARE), CSC_OK);
    CHECK_STRING(fixture_read(f.origin, "a/deep/er/x"), "changed");
    CHECK_STRING(fixture_read(f.origin, "b/deep/new"), "n");
    CHECK(!fixture_exists(f.origin, "b/deep/x"));
    CHECK_STRING(fixture_read(f.origin, "c/DEEP/x"), "changed");
    CHECK(!fixture_exists(f.origin, "d"));
    CHECK(!fixture_exists(tree_of(&f), "news"));
    client_free(&client);
    fixture_destroy(&f);
}

static void test_online(void)
{
    struct fixture f;
    int64_t until;

    world_make(&f);
    origin_write(&f, "a", "base");
    origin_write(&f, "both", "base");
    CHECK_STATUS(pin_all(&f), CSC_OK);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    change(tree_of(&f), "a", "mine", 1);
    change(tree_of(&f), "both", "mine", 1);
    change(f.origin, "both", "theirs", 2);
    {
        struct client client = { .ask = CSC_OP_ASK_ITEMS };

        client_one(&f, &client, CSC_OP_ONLINE, 0, SHARE);
        /* the settling pass does not tell a conflict again */
        CHECK_INT(client_count(&client, CSC_EVENT_ITEM_RESULT, SHARE "\\both"), 1);
        client_free(&client);
    }
    CHECK_STRING(fixture_link(&f, "server/share"), f.origin);
    CHECK_STRING(fixture_read(f.origin, "a"), "mine");
    CHECK_STRING(fixture_read(tree_of(&f), "both"), "mine");
    CHECK_STRING(fixture_read(f.origin, "both"), "theirs");

    /* a program that still had the file open writes late */
    change(tree_of(&f), "a", "late", 9);
    for (until = fixture_now() + 8000; fixture_now() < until && strcmp(fixture_read(f.origin, "a"), "late");) usleep(50000);
    CHECK_STRING(fixture_read(f.origin, "a"), "late");
    fixture_destroy(&f);
}

int main(void)
{
    RUN(test_fill);
    RUN(test_both_ways);
    RUN(test_one_way);
    RUN(test_conflicts);
    RUN(test_keep_policies);
    RUN(test_adopt);
    RUN(test_empty_root);
    RUN(test_unmounted_root);
    RUN(test_lost_tree);
    RUN(test_directory_deletions);
    RUN(test_type_changes);
    RUN(test_case);
    RUN(test_doubles_in_the_cache);
    RUN(test_strange_names);
    RUN(test_temporary_name);
    RUN(test_doubtful_times);
    RUN(test_fresh_files);
    RUN(test_readonly);
    RUN(test_named_paths);
    RUN(test_out_only);
    RUN(test_online);
    return test_report();
}
