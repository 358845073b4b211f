/*
 * Pin and unpin
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sync_fixture.h"

#define SUBTREE (CSC_PIN_USER | CSC_PIN_USER << CSC_PIN_INHERIT_SHIFT)

static void make_files(struct fixture *f)
{
    world_make(f);
    fixture_mkdir(f->origin, "dir/sub");
    origin_write(f, "dir/a", "alpha");
    origin_write(f, "dir/sub/b", "beta");
    origin_write(f, "outside", "o");
}

static csc_status pin(struct fixture *f, uint32_t flags, int deep, const char *path)
{
    return fixture_run(f, CSC_OP_PIN, flags, deep, path);
}

static csc_status unpin(struct fixture *f, uint32_t flags, int deep, const char *path)
{
    return fixture_run(f, CSC_OP_UNPIN, flags, deep, path);
}

static void test_file(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS };
    struct fixture f;

    make_files(&f);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_PIN, PIN_USER, SHARE "\\dir\\a"), CSC_OK);
    CHECK_INT(client.count, 3);
    CHECK_INT(client_find(&client, CSC_EVENT_ITEM_RESULT, SHARE "\\dir\\a")->operation, OFFLINEFILES_SYNC_OPERATION_PIN);
    CHECK_INT(pin_of(&f, SHARE "\\dir\\a"), CSC_PIN_USER);
    CHECK_INT(pin_of(&f, SHARE "\\dir"), 0);
    CHECK_INT(pin_of(&f, SHARE), 0);
    CHECK(fixture_exists(tree_of(&f), "dir"));
    CHECK(!is_cached(&f, SHARE "\\dir\\sub"));

    /* again, for another reason, and with content */
    CHECK_STATUS(pin(&f, OFFLINEFILES_PIN_CONTROL_FLAG_FORALL | OFFLINEFILES_PIN_CONTROL_FLAG_FORREDIR
                         | OFFLINEFILES_PIN_CONTROL_FLAG_FILL, 0, SHARE "\\DIR\\A"), CSC_OK);
    CHECK_INT(pin_of(&f, SHARE "\\dir\\a"), CSC_PIN_USER | CSC_PIN_COMPUTER | CSC_PIN_REDIRECTION);
    CHECK_STRING(fixture_read(tree_of(&f), "dir/a"), "alpha");
    CHECK_STATUS(pin(&f, OFFLINEFILES_PIN_CONTROL_FLAG_FORUSER_POLICY, 0, SHARE "\\dir\\a"), CSC_OK);
    CHECK_INT(pin_of(&f, SHARE "\\dir\\a"), CSC_PIN_REASONS);
    client_free(&client);
    fixture_destroy(&f);
}

static void test_errors(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS };
    struct fixture f;

    make_files(&f);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_PIN, PIN_FILL, SHARE "\\dir\\nothing"), CSC_E_NOT_FOUND);
    CHECK_STATUS(client_result(&client, SHARE "\\dir\\nothing"), CSC_E_NOT_FOUND);
    CHECK_STATUS(pin(&f, PIN_FILL, 0, SHARE "\\no\\thing"), CSC_E_NOT_FOUND);
    CHECK_STATUS(pin(&f, PIN_FILL, 0, SHARE "\\outside\\x"), CSC_E_NOT_FOUND);
    CHECK_STATUS(pin(&f, PIN_FILL, 0, "\\\\server\\unknown\\x"), CSC_E_BAD_NETPATH);
    CHECK_STATUS(pin(&f, PIN_FILL, 0, "\\\\server"), CSC_E_BAD_PATH);
    CHECK_STATUS(pin(&f, OFFLINEFILES_PIN_CONTROL_FLAG_FILL, 0, SHARE), CSC_E_INVALID_ARG);
    CHECK_STATUS(pin(&f, 0x80000000 | PIN_FILL, 0, SHARE), CSC_E_INVALID_ARG);
    CHECK_STATUS(pin(&f, PIN_FILL, 0, ""), CSC_E_INVALID_ARG);
    CHECK_INT(count_in(f.origin, NULL), 2);
    CHECK_INT(count_in(tree_of(&f), NULL), 0);
    CHECK(!is_cached(&f, SHARE "\\dir"));
    CHECK(!is_cached(&f, SHARE "\\outside"));

    /* offline only what is there */
    CHECK_STATUS(pin(&f, PIN_FILL, 0, SHARE "\\dir\\a"), CSC_OK);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    CHECK_STATUS(pin(&f, PIN_FILL, 0, SHARE "\\outside"), CSC_E_BAD_NETPATH);
    CHECK_STATUS(pin(&f, OFFLINEFILES_PIN_CONTROL_FLAG_FORALL, 0, SHARE "\\dir\\a"), CSC_OK);
    change(tree_of(&f), "made offline", "m", 1);
    CHECK_STATUS(pin(&f, PIN_FILL, 0, SHARE "\\made offline"), CSC_OK);
    CHECK_INT(pin_of(&f, SHARE "\\made offline"), CSC_PIN_USER);
    CHECK((fixture_flags(&f, SHARE "\\made offline") & CSC_ITEM_CREATED_OFFLINE) != 0);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_STRING(fixture_read(f.origin, "made offline"), "m");
    CHECK_INT(pin_of(&f, SHARE "\\made offline"), CSC_PIN_USER);
    client_free(&client);
    fixture_destroy(&f);
}

static void test_shallow(void)
{
    struct fixture f;

    make_files(&f);
    CHECK_STATUS(pin(&f, PIN_FILL, 0, SHARE "\\dir"), CSC_OK);
    CHECK_INT(pin_of(&f, SHARE "\\dir"), SUBTREE);
    CHECK(!is_cached(&f, SHARE "\\dir\\a"));
    CHECK_INT(fixture_flags(&f, SHARE "\\dir") & CSC_ITEM_GHOST, CSC_ITEM_GHOST);

    /* the next synchronization pins and fills what is below */
    CHECK_STATUS(sync_share(&f, SYNC_IN), CSC_OK);
    CHECK_INT(pin_of(&f, SHARE "\\dir\\a"), CSC_PIN_USER);
    CHECK_INT(pin_of(&f, SHARE "\\dir\\sub"), SUBTREE);
    CHECK_INT(pin_of(&f, SHARE "\\dir\\sub\\b"), CSC_PIN_USER);
    CHECK_STRING(fixture_read(tree_of(&f), "dir/sub/b"), "beta");
    CHECK(!is_cached(&f, SHARE "\\outside"));

    /* so do files that come later */
    origin_write(&f, "dir/sub/later", "l");
    CHECK_STATUS(sync_share(&f, SYNC_IN), CSC_OK);
    CHECK_INT(pin_of(&f, SHARE "\\dir\\sub\\later"), CSC_PIN_USER);
    fixture_destroy(&f);
}

/* A shallow pin reaches what is in the cache already, once. */
static void test_spread(void)
{
    struct fixture f;

    make_files(&f);
    CHECK_STATUS(pin(&f, PIN_FILL, 0, SHARE "\\dir\\a"), CSC_OK);
    CHECK_STATUS(unpin(&f, PIN_USER, 0, SHARE "\\dir\\a"), CSC_OK);
    CHECK_INT(pin_of(&f, SHARE "\\dir\\a"), 0);
    CHECK_STATUS(pin(&f, PIN_USER, 0, SHARE "\\dir"), CSC_OK);
    CHECK_STATUS(sync_share(&f, SYNC_IN), CSC_OK);
    CHECK_INT(pin_of(&f, SHARE "\\dir\\a"), CSC_PIN_USER);
    /* what was unpinned by itself afterwards stays so */
    CHECK_STATUS(unpin(&f, PIN_USER, 0, SHARE "\\dir\\a"), CSC_OK);
    CHECK_STATUS(sync_share(&f, SYNC_IN), CSC_OK);
    CHECK_INT(pin_of(&f, SHARE "\\dir\\a"), 0);
    fixture_destroy(&f);
}

static void test_deep(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS, .deep = 1 };
    struct fixture f;

    make_files(&f);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_PIN, PIN_USER, SHARE "\\dir"), CSC_OK);
    CHECK_INT(client_count(&client, CSC_EVENT_ITEM_RESULT, NULL), 4);
    CHECK_INT(pin_of(&f, SHARE "\\dir\\sub\\b"), CSC_PIN_USER);
    CHECK_INT(pin_of(&f, SHARE "\\dir\\sub"), SUBTREE);
    CHECK_STRING(fixture_read(tree_of(&f), "dir/a"), "(none)");
    CHECK((fixture_flags(&f, SHARE "\\dir\\a") & CSC_ITEM_SPARSE) != 0);
    /* what is in the directories is known */
    CHECK_INT(fixture_flags(&f, SHARE "\\dir"), 0);
    CHECK_INT(fixture_flags(&f, SHARE "\\dir\\sub"), 0);

    /* missing content is no deletion */
    CHECK_STATUS(sync_share(&f, SYNC_OUT), CSC_OK);
    CHECK_STRING(fixture_read(f.origin, "dir/a"), "alpha");
    CHECK_STATUS(sync_share(&f, SYNC_FILL), CSC_OK);
    CHECK_STRING(fixture_read(tree_of(&f), "dir/a"), "alpha");
    CHECK_STRING(fixture_read(tree_of(&f), "dir/sub/b"), "beta");
    client_free(&client);
    fixture_destroy(&f);
}

static void test_sparse_vanishes(void)
{
    struct fixture f;

    make_files(&f);
    CHECK_STATUS(pin(&f, PIN_USER, 1, SHARE "\\dir"), CSC_OK);
    remove_at(f.origin, "dir/a");
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK(!is_cached(&f, SHARE "\\dir\\a"));
    CHECK_STRING(fixture_read(tree_of(&f), "dir/sub/b"), "beta");
    fixture_destroy(&f);
}

/* PINNEWFILES in a directory that is pinned without passing it on. */
static void test_pin_new_files(void)
{
    struct fixture f;

    make_files(&f);
    CHECK_STATUS(pin(&f, PIN_FILL, 0, SHARE "\\dir"), CSC_OK);
    {
        struct csc_scope *scope = fixture_scope(&f, SHARE);
        struct csc_item item;

        CHECK_STATUS(csc_store_item_find(f.engine->store, scope->row.root_item, "DIR", &item), CSC_OK);
        CHECK_STATUS(csc_store_item_set_pin(f.engine->store, item.id, CSC_PIN_USER), CSC_OK);
        csc_item_clear(&item);
        csc_scope_release(scope);
    }
    CHECK_STATUS(sync_share(&f, SYNC_IN), CSC_OK);
    CHECK(!is_cached(&f, SHARE "\\dir\\a"));                                                        /* Q33 */
    CHECK_STATUS(sync_share(&f, SYNC_IN | OFFLINEFILES_SYNC_CONTROL_FLAG_PINNEWFILES
                                | OFFLINEFILES_SYNC_CONTROL_FLAG_PINFORALL), CSC_OK);
    CHECK_INT(pin_of(&f, SHARE "\\dir\\a"), CSC_PIN_COMPUTER);
    CHECK_STRING(fixture_read(tree_of(&f), "dir/sub/b"), "beta");
    CHECK(!is_cached(&f, SHARE "\\outside"));
    fixture_destroy(&f);
}

static void test_unpin(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS, .deep = 1 };
    struct fixture f;

    make_files(&f);
    CHECK_STATUS(pin(&f, PIN_FILL | OFFLINEFILES_PIN_CONTROL_FLAG_FORALL, 1, SHARE), CSC_OK);
    CHECK_INT(pin_of(&f, SHARE), INHERIT(CSC_PIN_USER | CSC_PIN_COMPUTER));

    /* shallow: the directory and the files right in it */
    CHECK_STATUS(unpin(&f, PIN_USER, 0, SHARE "\\dir"), CSC_OK);
    CHECK_INT(pin_of(&f, SHARE "\\dir"), INHERIT(CSC_PIN_COMPUTER));
    CHECK_INT(pin_of(&f, SHARE "\\dir\\a"), CSC_PIN_COMPUTER);
    CHECK_INT(pin_of(&f, SHARE "\\dir\\sub"), INHERIT(CSC_PIN_USER | CSC_PIN_COMPUTER));
    CHECK_INT(pin_of(&f, SHARE "\\dir\\sub\\b"), CSC_PIN_USER | CSC_PIN_COMPUTER);
    CHECK_INT(pin_of(&f, SHARE "\\outside"), CSC_PIN_USER | CSC_PIN_COMPUTER);

    CHECK_STATUS(client_one(&f, &client, CSC_OP_UNPIN, PIN_USER | OFFLINEFILES_PIN_CONTROL_FLAG_FORALL, SHARE "\\dir"), CSC_OK);
    CHECK_INT(client_count(&client, CSC_EVENT_ITEM_RESULT, NULL), 4);
    CHECK_INT(pin_of(&f, SHARE "\\dir\\sub"), 0);
    CHECK_INT(pin_of(&f, SHARE "\\dir\\sub\\b"), 0);
    CHECK_INT(pin_of(&f, SHARE "\\outside"), CSC_PIN_USER | CSC_PIN_COMPUTER);

    /* again: nothing to do, and no error; the content stays */
    CHECK_STATUS(client_one(&f, &client, CSC_OP_UNPIN, PIN_USER, SHARE "\\dir"), CSC_OK);
    CHECK_INT(client_count(&client, CSC_EVENT_ITEM_RESULT, NULL), 0);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_UNPIN, PIN_USER, SHARE "\\dir\\a"), CSC_OK);
    CHECK_INT(client_count(&client, CSC_EVENT_ITEM_RESULT, SHARE "\\dir\\a"), 1);
    CHECK_STATUS(unpin(&f, PIN_USER, 0, SHARE "\\nothing"), CSC_E_NOT_FOUND);
    CHECK_STRING(fixture_read(tree_of(&f), "dir/sub/b"), "beta");

    CHECK_STATUS(unpin(&f, PIN_USER | OFFLINEFILES_PIN_CONTROL_FLAG_FORALL, 1, SHARE), CSC_OK);
    CHECK_INT(pin_of(&f, SHARE), 0);
    client_free(&client);
    fixture_destroy(&f);
}

/* A file created offline in a pinned directory is pinned like the others. */
static void test_created_inherits(void)
{
    struct fixture f;

    make_files(&f);
    CHECK_STATUS(pin(&f, PIN_FILL, 1, SHARE "\\dir"), CSC_OK);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    fixture_mkdir(tree_of(&f), "dir/new dir");
    change(tree_of(&f), "dir/new dir/new", "n", 1);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_STRING(fixture_read(f.origin, "dir/new dir/new"), "n");
    CHECK_INT(pin_of(&f, SHARE "\\dir\\new dir"), SUBTREE);
    CHECK_INT(pin_of(&f, SHARE "\\dir\\new dir\\new"), CSC_PIN_USER);
    fixture_destroy(&f);
}

/* What was cached and listed long before inherits, too, down to the last level; what was unpinned on purpose stays so
 * until its container is pinned again. */
static void test_spread_recursively(void)
{
    const uint32_t all = OFFLINEFILES_PIN_CONTROL_FLAG_FORALL;
    struct fixture f;

    make_files(&f);
    CHECK_STATUS(pin(&f, PIN_FILL, 1, SHARE), CSC_OK);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_STATUS(pin(&f, all, 0, SHARE), CSC_OK);
    CHECK_INT(pin_of(&f, SHARE "\\dir\\sub\\b"), CSC_PIN_USER);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_INT(pin_of(&f, SHARE "\\outside"), CSC_PIN_USER | CSC_PIN_COMPUTER);
    CHECK_INT(pin_of(&f, SHARE "\\dir"), INHERIT(CSC_PIN_USER | CSC_PIN_COMPUTER));
    CHECK_INT(pin_of(&f, SHARE "\\dir\\sub"), INHERIT(CSC_PIN_USER | CSC_PIN_COMPUTER));
    CHECK_INT(pin_of(&f, SHARE "\\dir\\sub\\b"), CSC_PIN_USER | CSC_PIN_COMPUTER);

    CHECK_STATUS(unpin(&f, PIN_USER | all, 0, SHARE "\\dir\\sub\\b"), CSC_OK);
    CHECK_STATUS(unpin(&f, PIN_USER | all, 1, SHARE "\\dir\\sub"), CSC_OK);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_INT(pin_of(&f, SHARE "\\dir\\sub"), 0);
    CHECK_INT(pin_of(&f, SHARE "\\dir\\sub\\b"), 0);
    /* nothing new is cached there */
    origin_write(&f, "dir/sub/new", "n");
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK(!is_cached(&f, SHARE "\\dir\\sub\\new"));

    CHECK_STATUS(pin(&f, PIN_USER, 0, SHARE "\\dir"), CSC_OK);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_INT(pin_of(&f, SHARE "\\dir\\sub"), INHERIT(CSC_PIN_USER | CSC_PIN_COMPUTER));
    CHECK_INT(pin_of(&f, SHARE "\\dir\\sub\\b"), CSC_PIN_USER | CSC_PIN_COMPUTER);
    CHECK_INT(pin_of(&f, SHARE "\\dir\\sub\\new"), CSC_PIN_USER | CSC_PIN_COMPUTER);
    fixture_destroy(&f);
}

/* Partly pinned: a container that is not pinned itself, with anything pinned below, at any depth. */
static void test_partly_pinned(void)
{
    struct fixture f;

    make_files(&f);
    CHECK_STATUS(pin(&f, PIN_FILL, 0, SHARE "\\dir\\sub\\b"), CSC_OK);
    CHECK(fixture_flags(&f, SHARE) & CSC_ITEM_PARTLY_PINNED);
    CHECK(fixture_flags(&f, SHARE "\\dir") & CSC_ITEM_PARTLY_PINNED);
    CHECK(fixture_flags(&f, SHARE "\\dir\\sub") & CSC_ITEM_PARTLY_PINNED);
    CHECK(!(fixture_flags(&f, SHARE "\\dir\\sub\\b") & CSC_ITEM_PARTLY_PINNED));
    CHECK_STATUS(pin(&f, OFFLINEFILES_PIN_CONTROL_FLAG_FORREDIR, 0, SHARE "\\dir"), CSC_OK);
    CHECK(!(fixture_flags(&f, SHARE "\\dir") & CSC_ITEM_PARTLY_PINNED));
    CHECK(fixture_flags(&f, SHARE "\\dir\\sub") & CSC_ITEM_PARTLY_PINNED);
    CHECK_STATUS(unpin(&f, OFFLINEFILES_PIN_CONTROL_FLAG_FORREDIR, 0, SHARE "\\dir"), CSC_OK);
    CHECK_STATUS(unpin(&f, PIN_USER, 0, SHARE "\\dir\\sub"), CSC_OK);
    CHECK_INT(pin_of(&f, SHARE "\\dir\\sub\\b"), 0);
    CHECK(!(fixture_flags(&f, SHARE) & CSC_ITEM_PARTLY_PINNED));
    CHECK(!(fixture_flags(&f, SHARE "\\dir\\sub") & CSC_ITEM_PARTLY_PINNED));
    fixture_destroy(&f);
}

int main(void)
{
    RUN(test_file);
    RUN(test_errors);
    RUN(test_shallow);
    RUN(test_spread);
    RUN(test_deep);
    RUN(test_sparse_vanishes);
    RUN(test_pin_new_files);
    RUN(test_unpin);
    RUN(test_created_inherits);
    RUN(test_spread_recursively);
    RUN(test_partly_pinned);
    return test_report();
}
