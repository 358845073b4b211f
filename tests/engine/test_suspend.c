/*
 * Suspended trees
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sync_fixture.h"

#define SKIP OFFLINEFILES_SYNC_CONTROL_FLAG_SKIPSUSPENDEDDIRS
#define SUSPENDED (CSC_ITEM_SUSPENDED | CSC_ITEM_SUSPENDED_ROOT)

static void make_files(struct fixture *f)
{
    world_make(f);
    fixture_mkdir(f->origin, "dir/sub");
    fixture_mkdir(f->origin, "other");
    origin_write(f, "top", "t");
    origin_write(f, "dir/a", "alpha");
    origin_write(f, "dir/sub/b", "beta");
    origin_write(f, "other/c", "gamma");
    CHECK_STATUS(pin_all(f), CSC_OK);
}

static csc_status suspend(struct fixture *f, const char *path)
{
    return csc_suspend(f->engine, path, 1);
}

static csc_status resume(struct fixture *f, const char *path)
{
    return csc_suspend(f->engine, path, 0);
}

static uint32_t marks(struct fixture *f, const char *path)
{
    const struct csc_wire_item *item = fixture_find(f, path);

    return item ? item->flags & SUSPENDED : 0xffff;
}

static uint32_t reason_of(struct fixture *f, const char *path)
{
    uint32_t state, reason;

    CHECK_STATUS(csc_connect_state(f->engine, path, &state, &reason), CSC_OK);
    return state == OFFLINEFILES_CONNECT_STATE_OFFLINE ? reason : 0;
}

/* What is below a root inherits it; release ends it; both outlive a restart. */
static void test_inherited_and_kept(void)
{
    struct fixture f;

    make_files(&f);
    CHECK_STATUS(suspend(&f, SHARE "\\dir"), CSC_OK);
    CHECK_STATUS(suspend(&f, SHARE "\\DIR"), CSC_OK);
    CHECK_INT(marks(&f, SHARE "\\dir"), SUSPENDED);
    CHECK_INT(marks(&f, SHARE "\\dir\\a"), CSC_ITEM_SUSPENDED);
    CHECK_INT(marks(&f, SHARE "\\dir\\sub"), CSC_ITEM_SUSPENDED);
    CHECK_INT(marks(&f, SHARE "\\dir\\sub\\b"), CSC_ITEM_SUSPENDED);
    CHECK_INT(marks(&f, SHARE "\\other\\c"), 0);
    CHECK_INT(marks(&f, SHARE), 0);
    CHECK_INT(reason_of(&f, SHARE "\\dir\\sub\\b"), OFFLINEFILES_OFFLINE_REASON_ITEM_SUSPENDED);
    CHECK_INT(reason_of(&f, SHARE "\\other\\c"), 0);
    CHECK_INT(reason_of(&f, SHARE), 0);

    fixture_close(&f);
    CHECK_STATUS(fixture_open(&f), CSC_OK);
    CHECK_INT(marks(&f, SHARE "\\dir\\a"), CSC_ITEM_SUSPENDED);
    CHECK_STATUS(resume(&f, SHARE "\\dir"), CSC_OK);
    fixture_close(&f);
    CHECK_STATUS(fixture_open(&f), CSC_OK);
    CHECK_INT(marks(&f, SHARE "\\dir"), 0);
    CHECK_INT(marks(&f, SHARE "\\dir\\sub\\b"), 0);
    CHECK_INT(reason_of(&f, SHARE "\\dir\\a"), 0);
    fixture_destroy(&f);
}

/* Q99 */
static void test_nested_roots(void)
{
    struct fixture f;

    make_files(&f);
    CHECK_STATUS(resume(&f, SHARE "\\dir"), CSC_OK);
    CHECK_STATUS(suspend(&f, SHARE "\\dir"), CSC_OK);
    CHECK_STATUS(resume(&f, SHARE "\\dir\\sub"), CSC_E_INVALID_STATE);
    CHECK_STATUS(suspend(&f, SHARE "\\dir\\sub"), CSC_OK);
    CHECK_INT(marks(&f, SHARE "\\dir\\sub"), SUSPENDED);
    CHECK_STATUS(resume(&f, SHARE "\\dir\\sub"), CSC_OK);
    CHECK_INT(marks(&f, SHARE "\\dir\\sub"), CSC_ITEM_SUSPENDED);
    CHECK_STATUS(suspend(&f, SHARE "\\dir\\sub"), CSC_OK);
    CHECK_STATUS(resume(&f, SHARE "\\dir"), CSC_OK);
    CHECK_INT(marks(&f, SHARE "\\dir\\a"), 0);
    CHECK_INT(marks(&f, SHARE "\\dir\\sub\\b"), CSC_ITEM_SUSPENDED);
    fixture_destroy(&f);
}

static void test_errors(void)
{
    struct fixture f;

    make_files(&f);
    CHECK_STATUS(suspend(&f, SHARE "\\dir\\a"), CSC_E_DIRECTORY);
    CHECK_STATUS(suspend(&f, SHARE "\\nothing"), CSC_E_NOT_FOUND);
    CHECK_STATUS(suspend(&f, "\\\\server\\unknown"), CSC_E_NOT_FOUND);
    CHECK_STATUS(suspend(&f, "\\\\server"), CSC_E_BAD_PATH);
    CHECK_STATUS(suspend(&f, "C:\\dir"), CSC_E_BAD_PATH);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    fixture_mkdir(tree_of(&f), "made offline");
    CHECK_STATUS(suspend(&f, SHARE "\\made offline"), CSC_E_INVALID_STATE);
    fixture_destroy(&f);
}

/* With the flag a tree is left alone in both directions, without it the client's word counts. */
static void test_sync_flag(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS };
    struct fixture f;

    make_files(&f);
    CHECK_STATUS(suspend(&f, SHARE "\\dir"), CSC_OK);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    change(f.origin, "dir/a", "new on the origin", 1);
    change(f.origin, "dir/sub/new", "n", 1);
    change(f.origin, "other/c", "new there", 1);
    change(tree_of(&f), "dir/sub/b", "changed here", 1);
    change(tree_of(&f), "top", "changed at the top", 1);
    remove_at(tree_of(&f), "dir/a");

    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH | SKIP, SHARE), CSC_OK);
    CHECK_STRING(fixture_read(tree_of(&f), "other/c"), "new there");
    CHECK_STRING(fixture_read(f.origin, "top"), "changed at the top");
    CHECK(fixture_exists(f.origin, "dir/a"));
    CHECK(!fixture_exists(tree_of(&f), "dir/sub/new"));
    CHECK_STRING(fixture_read(f.origin, "dir/sub/b"), "beta");
    CHECK_INT(client_count(&client, CSC_EVENT_ITEM_RESULT, SHARE "\\dir"), 0);
    CHECK_INT(client_count(&client, CSC_EVENT_ITEM_RESULT, SHARE "\\dir\\a"), 0);

    /* out only looks at the cache first: there, too */
    CHECK_STATUS(fixture_run(&f, CSC_OP_SYNC, SYNC_OUT | SKIP, 0, SHARE), CSC_OK);
    CHECK_STRING(fixture_read(f.origin, "dir/sub/b"), "beta");

    /* named, at the root and inside */
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH | SKIP, SHARE "\\dir"), CSC_OK);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH | SKIP, SHARE "\\dir\\sub\\b"), CSC_OK);
    CHECK_STRING(fixture_read(f.origin, "dir/sub/b"), "beta");
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE "\\dir\\sub\\b"), CSC_OK);
    CHECK_STRING(fixture_read(f.origin, "dir/sub/b"), "changed here");
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_IN, SHARE "\\dir\\sub"), CSC_OK);
    CHECK_STRING(fixture_read(tree_of(&f), "dir/sub/new"), "n");
    CHECK_INT(marks(&f, SHARE "\\dir"), SUSPENDED);
    client_free(&client);
    fixture_destroy(&f);
}

/* A directory that was deleted on the other side, in a suspended tree and as its root. */
static void test_deletions_are_left_alone(void)
{
    struct fixture f;
    char path[1200];

    make_files(&f);
    CHECK_STATUS(suspend(&f, SHARE "\\dir\\sub"), CSC_OK);
    remove_at(f.origin, "dir/sub/b");
    remove_at(f.origin, "dir/sub");
    remove_at(f.origin, "dir/a");
    if (rmdir(fixture_path(path, f.origin, "dir"))) perror(path);
    sync_share(&f, SYNC_BOTH | SKIP);
    CHECK_STRING(fixture_read(tree_of(&f), "dir/sub/b"), "beta");
    CHECK(!fixture_exists(tree_of(&f), "dir/a"));
    CHECK_INT(marks(&f, SHARE "\\dir\\sub"), SUSPENDED);

    CHECK_STATUS(resume(&f, SHARE "\\dir\\sub"), CSC_OK);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH | SKIP), CSC_OK);
    CHECK(!fixture_exists(tree_of(&f), "dir"));
    fixture_destroy(&f);
}

/* A sync that read the row before it was suspended must not take the mark away. */
static void test_mark_survives_writes(void)
{
    struct csc_item item;
    struct csc_scope *scope;
    struct fixture f;
    char *key;

    make_files(&f);
    scope = fixture_scope(&f, SHARE);
    CHECK_STATUS(csc_name_key("dir", &key), CSC_OK);
    CHECK_STATUS(csc_store_item_find(f.engine->store, scope->row.root_item, key, &item), CSC_OK);
    free(key);
    CHECK_STATUS(suspend(&f, SHARE "\\dir"), CSC_OK);
    CHECK_STATUS(csc_store_item_put(f.engine->store, &item), CSC_OK);
    CHECK_INT(marks(&f, SHARE "\\dir"), SUSPENDED);
    csc_item_clear(&item);
    CHECK_STATUS(pin_all(&f), CSC_OK);
    CHECK_INT(marks(&f, SHARE "\\dir"), SUSPENDED);
    csc_scope_release(scope);
    fixture_destroy(&f);
}

/* A share has a link of its own: suspended, it is the cache that programs see. */
static void test_share(void)
{
    struct fixture f;

    make_files(&f);
    CHECK_STATUS(suspend(&f, SHARE), CSC_OK);
    CHECK_STRING(fixture_link(&f, "server/share"), tree_of(&f));
    CHECK_INT(reason_of(&f, SHARE), OFFLINEFILES_OFFLINE_REASON_ITEM_SUSPENDED);
    CHECK_INT(reason_of(&f, SHARE "\\dir\\a"), OFFLINEFILES_OFFLINE_REASON_ITEM_SUSPENDED);
    CHECK_INT(marks(&f, SHARE), SUSPENDED);

    change(tree_of(&f), "dir/a", "edited", 1);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH | SKIP), CSC_OK);
    CHECK_STRING(fixture_read(f.origin, "dir/a"), "alpha");
    CHECK_STATUS(fixture_run(&f, CSC_OP_ONLINE, 0, 0, SHARE), CSC_E_INVALID_STATE);
    /* that it does not come back by itself: test_quiet */
    fixture_close(&f);
    CHECK_STATUS(fixture_open(&f), CSC_OK);
    CHECK_STRING(fixture_link(&f, "server/share"), tree_of(&f));
    CHECK_STRING(fixture_read(f.origin, "dir/a"), "alpha");

    CHECK_STATUS(resume(&f, SHARE), CSC_OK);
    CHECK(fixture_wait_state(&f, SHARE, OFFLINEFILES_CONNECT_STATE_ONLINE, 10000));
    CHECK_STRING(fixture_read(f.origin, "dir/a"), "edited");
    CHECK_STRING(fixture_link(&f, "server/share"), f.origin);
    fixture_destroy(&f);
}

/* Taken offline by hand, the share stays so when it is released; after an error it comes back. */
static void test_share_that_was_offline(void)
{
    struct fixture f;

    make_files(&f);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    CHECK_STATUS(suspend(&f, SHARE), CSC_OK);
    CHECK_INT(reason_of(&f, SHARE), OFFLINEFILES_OFFLINE_REASON_ITEM_SUSPENDED);
    CHECK_STATUS(resume(&f, SHARE), CSC_OK);
    CHECK_INT(reason_of(&f, SHARE), OFFLINEFILES_OFFLINE_REASON_CONNECTION_FORCED);
    CHECK_STATUS(fixture_run(&f, CSC_OP_ONLINE, 0, 0, SHARE), CSC_OK);

    fixture_set_mood(&f, ORIGIN_DEAD);
    CHECK(fixture_wait_state(&f, SHARE, OFFLINEFILES_CONNECT_STATE_OFFLINE, 10000));
    CHECK_STATUS(suspend(&f, SHARE), CSC_OK);
    fixture_set_mood(&f, ORIGIN_ALIVE);
    CHECK_STATUS(resume(&f, SHARE), CSC_OK);
    CHECK(fixture_wait_state(&f, SHARE, OFFLINEFILES_CONNECT_STATE_ONLINE, 10000));
    fixture_destroy(&f);
}

/* Cut off between the mark and what follows from it. */
static void test_cut_off(void)
{
    struct csc_scope *scope;
    struct fixture f;

    make_files(&f);
    scope = fixture_scope(&f, SHARE);
    CHECK_STATUS(csc_store_item_set_suspended(f.engine->store, scope->row.root_item, 1), CSC_OK);
    csc_scope_release(scope);
    fixture_close(&f);
    CHECK_STATUS(fixture_open(&f), CSC_OK);
    CHECK_STRING(fixture_link(&f, "server/share"), tree_of(&f));
    CHECK_INT(reason_of(&f, SHARE), OFFLINEFILES_OFFLINE_REASON_ITEM_SUSPENDED);

    scope = fixture_scope(&f, SHARE);
    CHECK_STATUS(csc_store_item_set_suspended(f.engine->store, scope->row.root_item, 0), CSC_OK);
    csc_scope_release(scope);
    fixture_close(&f);
    CHECK_STATUS(fixture_open(&f), CSC_OK);
    CHECK(fixture_wait_state(&f, SHARE, OFFLINEFILES_CONNECT_STATE_ONLINE, 10000));
    fixture_destroy(&f);
}

/* Coming back online synchronizes by itself, so it leaves suspended trees alone. */
static void test_going_online(void)
{
    struct fixture f;

    make_files(&f);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    CHECK_STATUS(suspend(&f, SHARE "\\dir"), CSC_OK);
    change(tree_of(&f), "dir/a", "mine", 1);
    change(tree_of(&f), "top", "mine too", 1);
    CHECK_STATUS(fixture_run(&f, CSC_OP_ONLINE, 0, 0, SHARE), CSC_OK);
    CHECK_STRING(fixture_read(f.origin, "top"), "mine too");
    CHECK_STRING(fixture_read(f.origin, "dir/a"), "alpha");
    CHECK_STRING(fixture_read(tree_of(&f), "dir/a"), "mine");
    CHECK((fixture_flags(&f, SHARE "\\dir\\a") & CSC_ITEM_DIRTY) != 0);
    CHECK_INT(reason_of(&f, SHARE "\\dir\\a"), OFFLINEFILES_OFFLINE_REASON_ITEM_SUSPENDED);
    CHECK_STATUS(resume(&f, SHARE "\\dir"), CSC_OK);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH | SKIP), CSC_OK);
    CHECK_STRING(fixture_read(f.origin, "dir/a"), "mine");
    fixture_destroy(&f);
}

int main(void)
{
    RUN(test_inherited_and_kept);
    RUN(test_nested_roots);
    RUN(test_errors);
    RUN(test_sync_flag);
    RUN(test_deletions_are_left_alone);
    RUN(test_mark_survives_writes);
    RUN(test_share);
    RUN(test_share_that_was_offline);
    RUN(test_cut_off);
    RUN(test_going_online);
    return test_report();
}
