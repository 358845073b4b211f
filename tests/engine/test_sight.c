/*
 * What is told of an item that failed
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sync_fixture.h"

#include "decide.h"
#include "sight.h"

#define LOCAL    CSC_COPY_BIT(CSC_COPY_LOCAL)
#define REMOTE   CSC_COPY_BIT(CSC_COPY_REMOTE)
#define ORIGINAL CSC_COPY_BIT(CSC_COPY_ORIGINAL)
#define ALL      (LOCAL | REMOTE | ORIGINAL)
#define CHANGED(what) OFFLINEFILES_SYNC_ITEM_CHANGE_##what

static struct csc_stat a_file(uint64_t size, int64_t mtime, int64_t ctime)
{
    struct csc_stat stat = { .type = CSC_TYPE_FILE, .attributes = CSC_ATTR_ARCHIVE, .size = size, .mtime = mtime,
                             .ctime = ctime };
    return stat;
}

static uint32_t changes_of(const struct csc_item *item, const struct csc_stat *local, const struct csc_stat *origin)
{
    struct csc_wire_error sight;

    csc_sight_take(&sight, item, local, origin);
    CHECK_INT(sight.size, sizeof(sight));
    return sight.changes;
}

static void test_differences(void)
{
    struct csc_item item = { .type = OFFLINEFILES_ITEM_TYPE_FILE, .flags = CSC_ROW_BASE };
    struct csc_stat local = a_file(5, 1000, 2000), origin = a_file(5, 1000, 3000), none = { 0 };

    /* without an agreement the values are compared as they are */
    CHECK_INT(changes_of(NULL, &local, &origin), CHANGED(CHANGETIME));
    origin.ctime = 2000;
    CHECK_INT(changes_of(NULL, &local, &origin), 0);
    origin.mtime++;
    CHECK_INT(changes_of(NULL, &local, &origin), CHANGED(WRITETIME));
    origin.mtime--;
    origin.size++;
    CHECK_INT(changes_of(NULL, &local, &origin), CHANGED(FILESIZE));
    origin.size--;
    origin.attributes |= CSC_ATTR_READONLY;
    CHECK_INT(changes_of(NULL, &local, &origin), CHANGED(ATTRIBUTES));
    origin.attributes = CSC_ATTR_NORMAL;
    CHECK_INT(changes_of(NULL, &local, &origin), 0);

    /* what both sides agreed on counts as the same, however coarse one of them is */
    csc_base_record(&item.local, &local, 0);
    origin = a_file(5, 0, 9000);
    origin.attributes |= CSC_ATTR_READONLY;
    csc_base_record(&item.origin, &origin, 0);
    CHECK_INT(changes_of(&item, &local, &origin), 0);
    origin.mtime = 500;
    origin.ctime = 9500;
    CHECK_INT(changes_of(&item, &local, &origin), CHANGED(WRITETIME) | CHANGED(CHANGETIME));
    local.attributes |= CSC_ATTR_READONLY;
    CHECK_INT(changes_of(&item, &local, &origin), CHANGED(WRITETIME) | CHANGED(CHANGETIME));

    /* a file against a directory */
    origin = a_file(0, local.mtime, local.ctime);
    origin.type = CSC_TYPE_DIRECTORY;
    origin.attributes = CSC_ATTR_DIRECTORY;
    CHECK_INT(changes_of(NULL, &local, &origin), CHANGED(FILESIZE) | CHANGED(ATTRIBUTES));

    /* nothing differs from what is not there, or was not looked at */
    CHECK_INT(changes_of(&item, &local, &none), 0);
    CHECK_INT(changes_of(&item, &none, &origin), 0);
    CHECK_INT(changes_of(&item, &local, NULL), 0);
}

static void test_copies(void)
{
    struct csc_item item = { .type = OFFLINEFILES_ITEM_TYPE_FILE, .flags = CSC_ROW_BASE };
    struct csc_stat local = a_file(5, 1000, 2000), none = { 0 }, other = { .type = CSC_TYPE_LINK, .attributes = 1 };
    struct csc_wire_error sight;

    item.origin.size = 7;
    item.origin.attributes = CSC_ATTR_READONLY;
    item.origin.mtime = 1700000000000000000;
    csc_sight_take(&sight, &item, &local, &none);
    CHECK_INT(sight.looked, ALL);
    CHECK_INT(sight.found, LOCAL | ORIGINAL);
    CHECK_INT(sight.copies[CSC_COPY_LOCAL].size, 5);
    CHECK_INT(sight.copies[CSC_COPY_LOCAL].attributes, CSC_ATTR_ARCHIVE);
    CHECK_INT(sight.copies[CSC_COPY_LOCAL].change, csc_filetime_from_ns(2000));
    CHECK_INT(sight.copies[CSC_COPY_REMOTE].size, 0);
    CHECK_INT(sight.copies[CSC_COPY_ORIGINAL].size, 7);
    CHECK_INT(sight.copies[CSC_COPY_ORIGINAL].attributes, CSC_ATTR_READONLY);
    CHECK_INT(sight.copies[CSC_COPY_ORIGINAL].last_write, csc_filetime_from_ns(1700000000000000000));

    item.flags = CSC_ROW_SPARSE;
    csc_sight_take(&sight, &item, &none, NULL);
    CHECK_INT(sight.looked, LOCAL | ORIGINAL);
    CHECK_INT(sight.found, 0);
    csc_sight_take(&sight, NULL, &local, &other);
    CHECK_INT(sight.looked, ALL);
    CHECK_INT(sight.found, LOCAL);
}

static const struct csc_wire_error *error_of(const struct client *client, const char *path)
{
    static const struct csc_wire_error none;
    const struct seen_event *event = client_find(client, CSC_EVENT_ITEM_RESULT, path);

    return event ? &event->error : &none;
}

/* A conflict tells of all three states, as they were when it was found. */
static void test_conflict(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS };
    const struct csc_wire_error *error;
    struct fixture f;

    world_make(&f);
    origin_write(&f, "a", "before");
    origin_write(&f, "other", "an empty tree would count as lost");
    CHECK_STATUS(pin_all(&f), CSC_OK);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    change(tree_of(&f), "a", "mine", 100);
    change(f.origin, "a", "theirs, longer", 200);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE "\\a"), CSC_E_CONFLICT);
    error = error_of(&client, SHARE "\\a");
    CHECK_INT(error->size, sizeof(*error));
    CHECK_STATUS(error->status, CSC_E_CONFLICT);
    CHECK_INT(error->operation, OFFLINEFILES_SYNC_OPERATION_PREPARE);
    CHECK_INT(error->looked, ALL);
    CHECK_INT(error->found, ALL);
    CHECK_INT(error->changes, CHANGED(CHANGETIME) | CHANGED(WRITETIME) | CHANGED(FILESIZE));
    CHECK_INT(error->copies[CSC_COPY_LOCAL].size, 4);
    CHECK_INT(error->copies[CSC_COPY_REMOTE].size, 14);
    CHECK_INT(error->copies[CSC_COPY_ORIGINAL].size, 6);
    CHECK_INT(error->copies[CSC_COPY_LOCAL].last_write, csc_filetime_from_ns(1000000100 * (int64_t)1000000000));
    CHECK_INT(error->copies[CSC_COPY_REMOTE].last_write, csc_filetime_from_ns(1000000200 * (int64_t)1000000000));
    CHECK_INT(error->copies[CSC_COPY_ORIGINAL].last_write, csc_filetime_from_ns(1000000000 * (int64_t)1000000000));

    /* deleted in the cache, changed on the origin */
    CHECK(!remove_at(tree_of(&f), "a"));
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE "\\a"), CSC_E_CONFLICT);
    error = error_of(&client, SHARE "\\a");
    CHECK_INT(error->looked, ALL);
    CHECK_INT(error->found, REMOTE | ORIGINAL);
    CHECK_INT(error->changes, 0);
    client_free(&client);
    fixture_destroy(&f);
}

/* The item is seen again when its work is repeated: the last look is told. */
static uint32_t change_and_retry(struct client *client, const struct csc_wire_event *event, const char *path, unsigned before)
{
    struct fixture *f = client->context;

    (void)path;
    if (event->kind != CSC_EVENT_ITEM_RESULT || before) return OFFLINEFILES_OP_CONTINUE;
    change(f->origin, "a", "theirs, even longer", 300);
    return OFFLINEFILES_OP_RETRY;
}

static void test_retry(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS, .answer = change_and_retry };
    const struct csc_wire_error *error;
    struct fixture f;

    world_make(&f);
    client.context = &f;
    origin_write(&f, "a", "before");
    CHECK_STATUS(pin_all(&f), CSC_OK);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    change(tree_of(&f), "a", "mine", 100);
    change(f.origin, "a", "theirs, longer", 200);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE "\\a"), CSC_E_CONFLICT);
    CHECK_INT(client_count(&client, CSC_EVENT_ITEM_RESULT, NULL), 2);
    error = error_of(&client, SHARE "\\a");
    CHECK_INT(error->copies[CSC_COPY_REMOTE].size, 19);
    CHECK_INT(error->copies[CSC_COPY_REMOTE].last_write, csc_filetime_from_ns(1000000300 * (int64_t)1000000000));
    client_free(&client);
    fixture_destroy(&f);
}

static void test_others(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS };
    const struct csc_wire_error *error;
    char from[1200];
    struct fixture f;

    world_make(&f);
    origin_write(&f, "a", "alpha");
    origin_write(&f, "b", "beta");
    CHECK(!symlink("/", fixture_path(from, f.origin, "link")));

    /* success tells nothing */
    CHECK_STATUS(client_one(&f, &client, CSC_OP_PIN, PIN_FILL, SHARE "\\a"), CSC_OK);
    CHECK_INT(error_of(&client, SHARE "\\a")->size, 0);

    /* nothing was there to be looked at */
    CHECK_STATUS(client_one(&f, &client, CSC_OP_PIN, PIN_FILL, SHARE "\\missing"), CSC_E_NOT_FOUND);
    error = error_of(&client, SHARE "\\missing");
    CHECK_INT(error->size, sizeof(*error));
    CHECK_STATUS(error->status, CSC_E_NOT_FOUND);
    CHECK_INT(error->found, 0);

    /* a link is there, but no copy of an item */
    CHECK_STATUS(client_one(&f, &client, CSC_OP_PIN, PIN_FILL, SHARE "\\link"), CSC_E_CANNOT_ACCESS);
    error = error_of(&client, SHARE "\\link");
    CHECK_INT(error->operation, OFFLINEFILES_SYNC_OPERATION_PIN);
    CHECK_INT(error->looked, ALL);
    CHECK_INT(error->found, 0);

    /* a deletion does not look at the origin */
    CHECK_STATUS(go_offline(&f), CSC_OK);
    change(tree_of(&f), "a", "changed", 100);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_DELETE, 0, SHARE "\\a"), CSC_E_BUSY);
    error = error_of(&client, SHARE "\\a");
    CHECK_INT(error->operation, OFFLINEFILES_SYNC_OPERATION_DELETE_CLIENT_COPY);
    CHECK_INT(error->looked, LOCAL | ORIGINAL);
    CHECK_INT(error->found, LOCAL | ORIGINAL);
    CHECK_INT(error->copies[CSC_COPY_LOCAL].size, 7);
    CHECK_INT(error->copies[CSC_COPY_ORIGINAL].size, 5);
    client_free(&client);
    fixture_destroy(&f);
}

int main(void)
{
    RUN(test_differences);
    RUN(test_copies);
    RUN(test_conflict);
    RUN(test_retry);
    RUN(test_others);
    return test_report();
}
