/*
 * Deleting from the cache
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sync_fixture.h"

static void make_files(struct fixture *f)
{
    world_make(f);
    fixture_mkdir(f->origin, "dir/sub");
    origin_write(f, "dir/a", "alpha");
    origin_write(f, "dir/sub/b", "beta");
    origin_write(f, "other", "o");
    CHECK_STATUS(pin_all(f), CSC_OK);
}

static void check_origin(struct fixture *f)
{
    CHECK_STRING(fixture_read(f->origin, "dir/a"), "alpha");
    CHECK_STRING(fixture_read(f->origin, "dir/sub/b"), "beta");
    CHECK_STRING(fixture_read(f->origin, "other"), "o");
}

static void test_file(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS };
    struct fixture f;

    make_files(&f);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_DELETE, 0, SHARE "\\dir\\a"), CSC_OK);
    CHECK_INT(client.count, 3);
    CHECK(!is_cached(&f, SHARE "\\dir\\a"));
    CHECK(!fixture_exists(tree_of(&f), "dir/a"));
    CHECK(is_clean(&f));
    check_origin(&f);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_DELETE, 0, SHARE "\\dir\\a"), CSC_E_NOT_FOUND);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_DELETE, 0, SHARE "\\no\\such"), CSC_E_NOT_FOUND);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_DELETE, 0, "\\\\server\\unknown"), CSC_E_BAD_NETPATH);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_DELETE, 8, SHARE), CSC_E_INVALID_ARG);

    /* it does not look deleted by a user */
    CHECK_STATUS(sync_share(&f, SYNC_OUT), CSC_OK);
    check_origin(&f);
    client_free(&client);
    fixture_destroy(&f);
}

static void test_tree(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS };
    struct fixture f;

    make_files(&f);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_DELETE, 0, SHARE "\\dir"), CSC_OK);
    CHECK_INT(client_count(&client, CSC_EVENT_ITEM_RESULT, NULL), 4);
    CHECK(!fixture_exists(tree_of(&f), "dir"));
    CHECK(!is_cached(&f, SHARE "\\dir"));
    CHECK(is_cached(&f, SHARE "\\other"));
    CHECK(is_clean(&f));
    check_origin(&f);
    CHECK_STATUS(sync_share(&f, SYNC_OUT), CSC_OK);
    check_origin(&f);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_DELETE, 0, SHARE), CSC_OK);
    CHECK_INT(count_in(tree_of(&f), NULL), 0);
    CHECK(is_cached(&f, SHARE));
    check_origin(&f);
    client_free(&client);
    fixture_destroy(&f);
}

static void test_changes_are_spared(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS };
    struct fixture f;

    make_files(&f);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    change(tree_of(&f), "dir/a", "mine", 1);
    change(tree_of(&f), "dir/sub/created", "mine", 1);
    fixture_mkdir(tree_of(&f), "made");
    remove_at(tree_of(&f), "other");
    CHECK_STATUS(client_one(&f, &client, CSC_OP_DELETE, 0, SHARE), CSC_E_MORE_DATA);
    CHECK_STATUS(client_result(&client, SHARE "\\dir\\a"), CSC_E_BUSY);
    CHECK_STATUS(client_result(&client, SHARE "\\dir\\sub\\created"), CSC_E_BUSY);
    CHECK_STATUS(client_result(&client, SHARE "\\dir\\sub\\b"), CSC_OK);
    CHECK_STATUS(client_result(&client, SHARE "\\made"), CSC_E_BUSY);
    CHECK_STATUS(client_result(&client, SHARE "\\other"), CSC_E_BUSY);
    CHECK_STRING(fixture_read(tree_of(&f), "dir/a"), "mine");
    CHECK_STRING(fixture_read(tree_of(&f), "dir/sub/created"), "mine");
    CHECK(!fixture_exists(tree_of(&f), "dir/sub/b"));
    CHECK(fixture_exists(tree_of(&f), "made"));
    CHECK_STATUS(client_one(&f, &client, CSC_OP_DELETE, 0, SHARE "\\dir\\a"), CSC_E_BUSY);

    /* what was kept still reaches the origin, and what went is still there */
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_STRING(fixture_read(f.origin, "dir/a"), "mine");
    CHECK_STRING(fixture_read(f.origin, "dir/sub/created"), "mine");
    CHECK_STRING(fixture_read(f.origin, "dir/sub/b"), "beta");
    CHECK(!fixture_exists(f.origin, "other"));
    CHECK(fixture_exists(f.origin, "made"));
    client_free(&client);
    fixture_destroy(&f);
}

static void test_modified_too(void)
{
    struct fixture f;

    make_files(&f);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    change(tree_of(&f), "dir/a", "mine", 1);
    change(tree_of(&f), "dir/sub/created", "mine", 1);
    fixture_mkdir(tree_of(&f), "made");
    remove_at(tree_of(&f), "other");
    CHECK_STATUS(fixture_run(&f, CSC_OP_DELETE, OFFLINEFILES_DELETE_FLAG_DELMODIFIED, 0, SHARE), CSC_OK);
    CHECK_INT(count_in(tree_of(&f), NULL), 0);
    CHECK(is_clean(&f));
    CHECK_STATUS(sync_share(&f, SYNC_OUT), CSC_OK);
    check_origin(&f);
    CHECK_INT(count_in(f.origin, NULL), 2);
    fixture_destroy(&f);
}

static void test_spared_by_pins(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS };
    struct fixture f;

    make_files(&f);
    CHECK_STATUS(fixture_run(&f, CSC_OP_UNPIN, PIN_USER, 1, SHARE "\\dir"), CSC_OK);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_DELETE, OFFLINEFILES_DELETE_FLAG_NOAUTOCACHED, SHARE "\\dir"), CSC_OK);
    CHECK_INT(client_count(&client, CSC_EVENT_ITEM_RESULT, NULL), 0);
    CHECK_STRING(fixture_read(tree_of(&f), "dir/a"), "alpha");
    CHECK_STATUS(client_one(&f, &client, CSC_OP_DELETE, OFFLINEFILES_DELETE_FLAG_NOPINNED, SHARE), CSC_OK);
    CHECK(!fixture_exists(tree_of(&f), "dir"));
    CHECK_STRING(fixture_read(tree_of(&f), "other"), "o");
    CHECK_STATUS(client_one(&f, &client, CSC_OP_DELETE, OFFLINEFILES_DELETE_FLAG_NOPINNED, SHARE "\\other"), CSC_OK);
    CHECK_STRING(fixture_read(tree_of(&f), "other"), "o");
    check_origin(&f);
    client_free(&client);
    fixture_destroy(&f);
}

static void test_names_only(void)
{
    struct fixture f;

    world_make(&f);
    f.interval = 100000;
    origin_write(&f, "a", "alpha");
    CHECK_STATUS(fixture_run(&f, CSC_OP_PIN, PIN_USER, 1, SHARE), CSC_OK);
    CHECK_STATUS(fixture_run(&f, CSC_OP_DELETE, 0, 0, SHARE "\\a"), CSC_OK);
    CHECK(!is_cached(&f, SHARE "\\a"));
    CHECK_STATUS(sync_share(&f, SYNC_OUT), CSC_OK);
    CHECK_STRING(fixture_read(f.origin, "a"), "alpha");
    fixture_destroy(&f);
}

static uint32_t edit_before_delete(struct client *client, const struct csc_wire_event *event, const char *path,
                                   unsigned before)
{
    struct fixture *f = client->context;

    (void)before;
    if (event->kind == CSC_EVENT_ITEM_BEGIN && strstr(path, "\\a")) change(tree_of(f), "dir/a", "last edit", 9);
    return OFFLINEFILES_OP_CONTINUE;
}

/* Changed after the decision, before the deed. */
static void test_late_edit(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS, .answer = edit_before_delete };
    struct fixture f;

    make_files(&f);
    client.context = &f;
    CHECK_STATUS(go_offline(&f), CSC_OK);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_DELETE, 0, SHARE "\\dir"), CSC_E_MORE_DATA);
    CHECK_STATUS(client_result(&client, SHARE "\\dir\\a"), CSC_E_SHARING);
    CHECK_STRING(fixture_read(tree_of(&f), "dir/a"), "last edit");
    CHECK(is_clean(&f));
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_STRING(fixture_read(f.origin, "dir/a"), "last edit");
    client_free(&client);
    fixture_destroy(&f);
}

int main(void)
{
    RUN(test_file);
    RUN(test_tree);
    RUN(test_changes_are_spared);
    RUN(test_modified_too);
    RUN(test_spared_by_pins);
    RUN(test_names_only);
    RUN(test_late_edit);
    return test_report();
}
