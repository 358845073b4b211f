/*
 * Renaming in the cache, at once and at the next start
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "relocate_fixture.h"

static void make_files(struct fixture *f)
{
    fixture_mkdir(f->origin, "dir/sub");
    fixture_mkdir(f->origin, "other");
    origin_write(f, "top", "t");
    origin_write(f, "dir/a", "alpha");
    origin_write(f, "dir/sub/b", "beta");
    CHECK_STATUS(pin_all(f), CSC_OK);
}

static void make(struct fixture *f)
{
    world_make(f);
    make_files(f);
}

static uint32_t changes(struct fixture *f, const char *path)
{
    const struct csc_wire_item *item = fixture_find(f, path);

    return item ? item->flags & ~(CSC_ITEM_HAS_LOCAL | CSC_ITEM_HAS_ORIGINAL) : 0xffffffff;
}

static void move_at(const char *base, const char *from, const char *to)
{
    char from_path[1200], to_path[1200];

    if (rename(fixture_path(from_path, base, from), fixture_path(to_path, base, to))) perror(to);
}

/* The use it was made for: somebody moved things on the server, the cache follows and nothing is copied. */
static void the_cache_follows_a_move_on_the_server(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS };
    const struct csc_wire_item *item;
    uint64_t id = 0;
    struct fixture f;

    make(&f);
    move_at(f.origin, "dir/a", "other/A moved");
    move_at(f.origin, "dir/sub", "other/sub");
    if ((item = fixture_find(&f, SHARE "\\dir\\a"))) id = item->id;
    CHECK_STATUS(rename_now(&f, SHARE "\\dir\\A", SHARE "\\other\\A moved"), CSC_OK);
    CHECK_STATUS(rename_now(&f, SHARE "\\dir\\sub", SHARE "\\other\\sub"), CSC_OK);
    CHECK(!is_cached(&f, SHARE "\\dir\\a"));
    CHECK(!is_cached(&f, SHARE "\\dir\\sub\\b"));
    CHECK_INT(changes(&f, SHARE "\\other\\A moved"), 0);
    CHECK_INT(changes(&f, SHARE "\\other\\sub"), 0);
    CHECK_INT(changes(&f, SHARE "\\other\\sub\\b"), 0);
    if ((item = fixture_find(&f, SHARE "\\other\\a MOVED"))) CHECK_INT(item->id, id);
    CHECK_STRING(fixture_read(tree_of(&f), "other/A moved"), "alpha");
    CHECK_STRING(fixture_read(tree_of(&f), "other/sub/b"), "beta");
    CHECK_INT(pin_of(&f, SHARE "\\other\\A moved"), CSC_PIN_USER);
    CHECK_STATUS(logged(&f, SHARE "\\other\\sub"), CSC_OK);

    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE), CSC_OK);
    CHECK_INT(client.totals.bytes_sent, 0);
    CHECK_INT(client_count(&client, CSC_EVENT_CONFLICT, NULL), 0);
    CHECK_INT(conflict_count(&f), 0);
    CHECK_STRING(fixture_read(f.origin, "other/A moved"), "alpha");
    CHECK(!fixture_exists(f.origin, "dir/a"));
    CHECK_STRING(fixture_read(tree_of(&f), "other/sub/b"), "beta");
    client_free(&client);
    fixture_destroy(&f);
}

/* Nothing was moved there: the cache becomes what the origin is. */
static void without_a_move_the_next_sync_makes_both_equal(void)
{
    struct fixture f;

    make(&f);
    CHECK_STATUS(rename_now(&f, SHARE "\\dir\\a", SHARE "\\dir\\z"), CSC_OK);
    CHECK_STRING(fixture_read(f.origin, "dir/a"), "alpha");
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_STRING(fixture_read(f.origin, "dir/a"), "alpha");
    CHECK(!fixture_exists(f.origin, "dir/z"));
    CHECK(!fixture_exists(tree_of(&f), "dir/z"));
    CHECK_STRING(fixture_read(tree_of(&f), "dir/a"), "alpha");
    fixture_destroy(&f);
}

static void changes_follow(void)
{
    struct fixture f;

    make(&f);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    change(tree_of(&f), "dir/a", "changed offline", 5);
    change(tree_of(&f), "dir/sub/b", "changed too", 5);
    change(tree_of(&f), "dir/new", "created", 5);
    CHECK_STATUS(rename_now(&f, SHARE "\\dir\\a", SHARE "\\other\\a"), CSC_OK);
    CHECK_STATUS(rename_now(&f, SHARE "\\dir\\new", SHARE "\\other\\new"), CSC_OK);
    CHECK_STATUS(rename_now(&f, SHARE "\\dir\\sub", SHARE "\\other\\sub"), CSC_OK);
    CHECK(changes(&f, SHARE "\\other\\a") & CSC_ITEM_MODIFIED_DATA);
    CHECK(changes(&f, SHARE "\\other\\sub\\b") & CSC_ITEM_MODIFIED_DATA);
    CHECK(changes(&f, SHARE "\\other\\new") & CSC_ITEM_CREATED_OFFLINE);
    move_at(f.origin, "dir/a", "other/a");
    move_at(f.origin, "dir/sub", "other/sub");
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_E_MORE_DATA);
    CHECK_STRING(fixture_read(f.origin, "other/sub/b"), "changed too");
    CHECK_STRING(fixture_read(f.origin, "other/new"), "created");
    CHECK(!fixture_exists(f.origin, "dir/new"));
    /* moving it there moved ctime: nothing proves that it was not changed there, too */
    CHECK_INT(conflict_count(&f), 1);
    CHECK_STRING(fixture_read(tree_of(&f), "other/a"), "changed offline");
    CHECK_STRING(fixture_read(f.origin, "other/a"), "alpha");
    CHECK_STATUS(sync_share(&f, SYNC_BOTH | OFFLINEFILES_SYNC_CONTROL_CR_KEEPLOCAL), CSC_OK);
    CHECK_STRING(fixture_read(f.origin, "other/a"), "changed offline");
    fixture_destroy(&f);
}

static void names_only_move_too(void)
{
    struct fixture f;

    make(&f);
    origin_write(&f, "dir/sparse", "content");
    CHECK_STATUS(fixture_run(&f, CSC_OP_PIN, PIN_USER, 1, SHARE "\\dir\\sparse"), CSC_OK);
    CHECK(changes(&f, SHARE "\\dir\\sparse") & CSC_ITEM_SPARSE);
    CHECK_STATUS(rename_now(&f, SHARE "\\dir\\sparse", SHARE "\\other\\sparse"), CSC_OK);
    CHECK(changes(&f, SHARE "\\other\\sparse") & CSC_ITEM_SPARSE);
    CHECK(!is_cached(&f, SHARE "\\dir\\sparse"));
    /* only the case */
    CHECK_STATUS(rename_now(&f, SHARE "\\dir\\a", SHARE "\\dir\\A"), CSC_OK);
    CHECK(fixture_exists(tree_of(&f), "dir/A"));
    CHECK(!fixture_exists(tree_of(&f), "dir/a"));
    CHECK_INT(changes(&f, SHARE "\\dir\\a"), 0);
    CHECK_STATUS(rename_now(&f, SHARE "\\dir", SHARE "\\DIR"), CSC_OK);
    CHECK_STRING(fixture_read(tree_of(&f), "DIR/A"), "alpha");
    CHECK_INT(changes(&f, SHARE "\\dir\\sub\\b"), 0);
    fixture_destroy(&f);
}

static void what_cannot_be_is_refused(void)
{
    csc_status (*const both[])(struct fixture *, const char *, const char *) = { rename_now, rename_later };
    struct fixture f;
    char *left;
    size_t i;

    make(&f);
    CHECK_STATUS(csc_map(f.engine, "\\\\server\\second", f.origin, 0), CSC_OK);
    for (i = 0; i < 2; i++)
    {
        CHECK_STATUS(both[i](&f, SHARE "\\none", SHARE "\\x"), CSC_E_NOT_FOUND);
        CHECK_STATUS(both[i](&f, "\\\\server\\none\\a", SHARE "\\x"), CSC_E_NOT_FOUND);
        CHECK_STATUS(both[i](&f, SHARE "\\dir\\a", SHARE "\\none\\a"), CSC_E_PATH_NOT_FOUND);
        CHECK_STATUS(both[i](&f, SHARE "\\dir\\a", SHARE "\\top\\a"), CSC_E_PATH_NOT_FOUND);
        CHECK_STATUS(both[i](&f, SHARE "\\dir\\a", SHARE "\\TOP"), CSC_E_ALREADY_EXISTS);
        CHECK_STATUS(both[i](&f, SHARE "\\dir\\a", SHARE "\\other"), CSC_E_ALREADY_EXISTS);
        CHECK_STATUS(both[i](&f, SHARE "\\dir\\a", SHARE "\\dir\\a"), CSC_E_ALREADY_EXISTS);
        CHECK_STATUS(both[i](&f, SHARE "\\dir", SHARE "\\dir\\sub\\dir"), CSC_E_INVALID_ARG);
        CHECK_STATUS(both[i](&f, SHARE "\\dir", SHARE "\\dir\\dir"), CSC_E_INVALID_ARG);
        CHECK_STATUS(both[i](&f, SHARE "\\dir\\a", "\\\\server\\second\\a"), CSC_E_NOT_SAME_DEVICE);
        CHECK_STATUS(both[i](&f, SHARE "\\dir\\a", SHARE), CSC_E_INVALID_ARG);
        CHECK_STATUS(both[i](&f, "C:\\a", SHARE "\\x"), CSC_E_BAD_PATH);
        CHECK_STATUS(both[i](&f, SHARE "\\dir\\a", SHARE "\\dir\\b*"), CSC_E_BAD_PATH);
        CHECK_STATUS(both[i](&f, "", SHARE "\\x"), CSC_E_INVALID_ARG);
        CHECK_STATUS(both[i](&f, SHARE "\\dir\\a", NULL), CSC_E_INVALID_ARG);
    }
    CHECK_STATUS(go_offline(&f), CSC_OK);
    fixture_mkdir(tree_of(&f), "made offline");
    remove_at(tree_of(&f), "top");
    for (i = 0; i < 2; i++)
    {
        CHECK_STATUS(both[i](&f, SHARE "\\dir\\a", SHARE "\\made offline\\a"), CSC_E_INVALID_STATE);
        CHECK_STATUS(both[i](&f, SHARE "\\top", SHARE "\\bottom"), CSC_E_NOT_FOUND);
        /* its name is not free: that it was deleted has yet to be told */
        CHECK_STATUS(both[i](&f, SHARE "\\dir\\a", SHARE "\\top"), CSC_E_ALREADY_EXISTS);
    }
    CHECK_STRING(fixture_read(tree_of(&f), "dir/a"), "alpha");
    CHECK_STATUS(csc_store_meta_get(f.engine->store, CSC_META_RENAMES, &left), CSC_E_NOT_FOUND);
    fixture_destroy(&f);
}

static void open_files_keep_it_from_happening(void)
{
    char path[1200], inside[1200], beside[1200];
    struct fixture f;

    make(&f);
    fixture_path(path, tree_of(&f), "dir/sub/b");
    fixture_path(inside, f.origin, "dir/a");
    fixture_path(beside, tree_of(&f), "top");
    fixture_set_open_file(&f, path);
    CHECK_STATUS(rename_now(&f, SHARE "\\dir", SHARE "\\moved"), CSC_E_SHARING);
    CHECK_STATUS(rename_now(&f, SHARE "\\dir\\sub\\b", SHARE "\\moved"), CSC_E_SHARING);
    CHECK_STATUS(rename_later(&f, SHARE "\\dir", SHARE "\\moved"), CSC_OK);
    start_again(&f);
    CHECK(is_cached(&f, SHARE "\\dir\\a"));
    CHECK_STATUS(logged(&f, SHARE "\\moved"), CSC_E_SHARING);
    fixture_set_open_file(&f, inside);
    start_again(&f);
    CHECK(is_cached(&f, SHARE "\\dir\\a"));
    CHECK_STATUS(rename_now(&f, SHARE "\\dir", SHARE "\\elsewhere"), CSC_E_SHARING);
    fixture_set_open_file(&f, beside);
    start_again(&f);
    CHECK(!is_cached(&f, SHARE "\\dir\\a"));
    CHECK(is_cached(&f, SHARE "\\moved\\sub\\b"));
    CHECK_STATUS(logged(&f, SHARE "\\moved"), CSC_OK);
    fixture_destroy(&f);
}

static void requests_wait_for_the_next_start(void)
{
    struct fixture f;
    char *left;

    make(&f);
    CHECK_STATUS(rename_later(&f, SHARE "\\dir\\a", SHARE "\\other\\a"), CSC_OK);
    /* in their order: each sees what is there then, and what is inside goes along */
    CHECK_STATUS(rename_later(&f, SHARE "\\dir", SHARE "\\renamed"), CSC_OK);
    CHECK_STATUS(rename_later(&f, SHARE "\\DIR\\sub\\b", SHARE "\\dir\\c"), CSC_OK);
    CHECK_STATUS(rename_later(&f, SHARE "\\dir\\sub", SHARE "\\other\\sub"), CSC_OK);
    CHECK_STATUS(rename_later(&f, SHARE "\\top", SHARE "\\bottom"), CSC_OK);
    CHECK_STATUS(rename_later(&f, SHARE "\\top", SHARE "\\bottom"), CSC_OK);
    CHECK(is_cached(&f, SHARE "\\dir\\a"));
    CHECK(!is_cached(&f, SHARE "\\other\\a"));
    start_again(&f);
    CHECK(is_cached(&f, SHARE "\\other\\a"));
    CHECK(is_cached(&f, SHARE "\\renamed\\c"));
    CHECK(!is_cached(&f, SHARE "\\dir"));
    CHECK(is_cached(&f, SHARE "\\other\\sub"));
    CHECK(!is_cached(&f, SHARE "\\renamed\\sub"));
    CHECK(is_cached(&f, SHARE "\\bottom"));
    CHECK_INT(changes(&f, SHARE "\\other\\a"), 0);
    /* what failed is told and not tried for ever */
    CHECK_STATUS(logged(&f, SHARE "\\other\\sub"), CSC_OK);
    CHECK_STATUS(logged(&f, SHARE "\\bottom"), CSC_E_NOT_FOUND);
    CHECK_STATUS(csc_store_meta_get(f.engine->store, CSC_META_RENAMES, &left), CSC_E_NOT_FOUND);
    fixture_destroy(&f);
}

static void requests_have_a_limit(void)
{
    char *many = malloc(1 << 20);
    struct fixture f;

    make(&f);
    if (!many) abort();
    memset(many, 'x', 1 << 20);
    strcpy(many + (1 << 20) - 10, "\n");
    CHECK_STATUS(csc_store_meta_set(f.engine->store, CSC_META_RENAMES, many), CSC_OK);
    CHECK_STATUS(rename_later(&f, SHARE "\\top", SHARE "\\bottom"), CSC_E_BUSY);
    CHECK_STATUS(rename_now(&f, SHARE "\\top", SHARE "\\bottom"), CSC_E_BUSY);
    CHECK(is_cached(&f, SHARE "\\top"));
    free(many);
    fixture_destroy(&f);
}

/* -- cut off -- */

static void rename_directory(struct fixture *f)
{
    rename_now(f, SHARE "\\dir", SHARE "\\moved");
}


static void prepare_request(struct fixture *f)
{
    make_files(f);
    CHECK_STATUS(rename_later(f, SHARE "\\dir\\a", SHARE "\\other\\a"), CSC_OK);
}

static void a_cut_leaves_it_done_or_not_done(void)
{
    struct fixture f;

    for (die_after = 0; die_after < 2; die_after++)
    {
        fixture_make(&f);
        CHECK_STATUS(csc_map(f.engine, SHARE, f.origin, 0), CSC_OK);
        fixture_close(&f);
        in_child(&f, make_files, -1);
        CHECK_INT(in_child(&f, rename_directory, 1), 0);
        CHECK_INT(fixture_exists(tree_of(&f), "moved"), die_after);
        CHECK_STATUS(fixture_open(&f), CSC_OK);
        CHECK_INT(is_cached(&f, SHARE "\\moved"), die_after);
        CHECK_INT(is_cached(&f, SHARE "\\dir"), !die_after);
        CHECK_INT(changes(&f, die_after ? SHARE "\\moved\\sub\\b" : SHARE "\\dir\\sub\\b"), 0);
        /* the server keeps its names: nothing was renamed there */
        start_again(&f);
        CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
        CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
        CHECK_STRING(fixture_read(f.origin, "dir/a"), "alpha");
        CHECK(!fixture_exists(f.origin, "moved"));
        CHECK_STRING(fixture_read(tree_of(&f), "dir/sub/b"), "beta");
        fixture_destroy(&f);
    }
}

static void a_cut_start_goes_on(void)
{
    char from[1200], to[1200];
    struct fixture f;

    fixture_make(&f);
    CHECK_STATUS(csc_map(f.engine, SHARE, f.origin, 0), CSC_OK);
    prepare_request(&f);
    fixture_close(&f);
    /* as a start leaves it that was cut off between tree and row */
    CHECK_INT(rename(fixture_path(from, tree_of(&f), "dir/a"), fixture_path(to, tree_of(&f), "other/a")), 0);
    CHECK_STATUS(fixture_open(&f), CSC_OK);
    CHECK(is_cached(&f, SHARE "\\other\\a"));
    CHECK(!is_cached(&f, SHARE "\\dir\\a"));
    CHECK_STATUS(logged(&f, SHARE "\\other\\a"), CSC_OK);
    /* the move took ctime along: that it was not changed, too, the content tells */
    move_at(f.origin, "dir/a", "other/a");
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_INT(conflict_count(&f), 0);
    CHECK_INT(changes(&f, SHARE "\\other\\a"), 0);
    CHECK_STRING(fixture_read(f.origin, "other/a"), "alpha");
    fixture_destroy(&f);
}

int main(void)
{
    RUN(the_cache_follows_a_move_on_the_server);
    RUN(without_a_move_the_next_sync_makes_both_equal);
    RUN(changes_follow);
    RUN(names_only_move_too);
    RUN(what_cannot_be_is_refused);
    RUN(open_files_keep_it_from_happening);
    RUN(requests_wait_for_the_next_start);
    RUN(requests_have_a_limit);
    RUN(a_cut_leaves_it_done_or_not_done);
    RUN(a_cut_start_goes_on);
    return test_report();
}
