/*
 * Tests of finding single items, and of what their records say
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "fixture.h"

#define SHARE "\\\\server\\share"

static void make(struct fixture *fixture)
{
    fixture_make(fixture);
    CHECK_STATUS(csc_map(fixture->engine, SHARE, fixture->origin, 0), CSC_OK);
}

static csc_status status_of(struct fixture *fixture, const char *path)
{
    struct csc_buffer buffer = { 0 };
    csc_status status = csc_find(fixture->engine, path, 0, &buffer);

    if (csc_failed(status)) CHECK_INT(buffer.size, 0);
    csc_buffer_free(&buffer);
    return status;
}

static void paths_are_judged(void)
{
    struct fixture fixture;

    make(&fixture);
    CHECK_STATUS(status_of(&fixture, NULL), CSC_E_INVALID_ARG);
    CHECK_STATUS(status_of(&fixture, ""), CSC_E_INVALID_ARG);
    CHECK_STATUS(status_of(&fixture, "C:\\x"), CSC_E_BAD_PATH);
    CHECK_STATUS(status_of(&fixture, SHARE "\\a\\..\\b"), CSC_E_BAD_PATH);
    CHECK_STATUS(status_of(&fixture, SHARE "\\missing"), CSC_E_NOT_FOUND);
    CHECK_STATUS(status_of(&fixture, SHARE "\\missing\\more"), CSC_E_NOT_FOUND);
    CHECK_STATUS(status_of(&fixture, "\\\\server\\other\\x"), CSC_E_NOT_FOUND);
    CHECK_STATUS(status_of(&fixture, "\\\\elsewhere"), CSC_E_NOT_FOUND);
    fixture_destroy(&fixture);
}

static void what_filters_keep_out_is_not_found(void)
{
    struct csc_wire_filters filters = { 0 };
    struct csc_buffer buffer = { 0 };
    struct fixture fixture;

    make(&fixture);
    fixture_cached_file(&fixture, 0, "file", CSC_PIN_USER, "file", "text");
    filters.at[CSC_FILTER_EXCLUDE_FILE].conditions = CSC_FILTER_FLAGS;
    filters.at[CSC_FILTER_EXCLUDE_FILE].mask = OFFLINEFILES_ITEM_FILTER_FLAG_PINNED;
    CHECK_STATUS(csc_find_filtered(fixture.engine, SHARE "\\file", 0, &filters, &buffer), CSC_OK);
    CHECK(buffer.size != 0);
    buffer.size = 0;
    CHECK_STATUS(csc_find_filtered(fixture.engine, SHARE, 0, &filters, &buffer), CSC_OK);
    buffer.size = 0;
    filters.at[CSC_FILTER_EXCLUDE_FILE].flags = OFFLINEFILES_ITEM_FILTER_FLAG_PINNED;
    CHECK_STATUS(csc_find_filtered(fixture.engine, SHARE "\\file", 0, &filters, &buffer), CSC_E_NOT_FOUND);
    CHECK_INT(buffer.size, 0);
    CHECK_STATUS(csc_find_filtered(fixture.engine, SHARE "\\file", 0, NULL, &buffer), CSC_OK);
    buffer.size = 0;
    filters.at[CSC_FILTER_EXCLUDE_FILE].mask = ~0ull;
    CHECK_STATUS(csc_find_filtered(fixture.engine, SHARE "\\file", 0, &filters, &buffer), CSC_E_INVALID_ARG);
    CHECK_STATUS(csc_find_filtered(fixture.engine, "\\\\none", 0, NULL, &buffer), CSC_E_NOT_FOUND);
    csc_buffer_free(&buffer);
    fixture_destroy(&fixture);
}

static void case_does_not_matter_and_is_kept(void)
{
    const struct csc_wire_item *item;
    struct fixture fixture;
    int64_t dir, file;
    char tree[1200], from[1200], to[1200];

    make(&fixture);
    fixture_tree(&fixture, tree);
    dir = fixture_cached_dir(&fixture, 0, "Dir", 0, "Dir");
    file = fixture_cached_file(&fixture, dir, "MiXed.TXT", CSC_PIN_USER, "Dir/MiXed.TXT", "text");
    if ((item = fixture_find(&fixture, "\\\\SERVER\\SHARE\\dir\\mixed.txt")))
    {
        CHECK_STRING(fixture_text(item->path, item->path_length), SHARE "\\Dir\\MiXed.TXT");
        CHECK_INT(item->share_length, strlen(SHARE));
        CHECK_INT(item->id, file);
        CHECK_INT(item->pin, CSC_PIN_USER);
        CHECK_INT(item->type, OFFLINEFILES_ITEM_TYPE_FILE);
        CHECK_INT(item->size % 8, 0);
        CHECK_INT(item->path[item->path_length], 0);
    }
    /* a program changed the case in the offline tree: the same item */
    rename(fixture_path(from, tree, "Dir/MiXed.TXT"), fixture_path(to, tree, "Dir/mixed.txt"));
    CHECK_INT(fixture_flags(&fixture, SHARE "\\DIR\\Mixed.txt"), CSC_ITEM_DIRTY | CSC_ITEM_MODIFIED_DATA);
    fixture_destroy(&fixture);
}

/* A cached file with its times far from the racy range, so that even the changed ctime of the test's own touch
 * is part of the record. */
static void changes_are_told_apart(void)
{
    struct fixture fixture;
    int64_t dir;
    char tree[1200], path[1200];

    make(&fixture);
    fixture_tree(&fixture, tree);
    dir = fixture_cached_dir(&fixture, 0, "dir", 0, "dir");
    fixture_cached_file(&fixture, dir, "same", 0, "dir/same", "text");
    fixture_cached_file(&fixture, dir, "size", 0, "dir/size", "text");
    fixture_cached_file(&fixture, dir, "time", 0, "dir/time", "text");
    fixture_cached_file(&fixture, dir, "attributes", 0, "dir/attributes", "text");
    fixture_cached_file(&fixture, dir, "deleted", 0, "dir/deleted", "text");
    fixture_row(&fixture, dir, "sparse", OFFLINEFILES_ITEM_TYPE_FILE, CSC_PIN_USER, CSC_ROW_SPARSE, NULL);
    fixture_row(&fixture, dir, "wassparse", OFFLINEFILES_ITEM_TYPE_FILE, CSC_PIN_USER, CSC_ROW_SPARSE, NULL);
    fixture_cached_dir(&fixture, dir, "deldir", 0, "dir/deldir");
    fixture_cached_file(&fixture, 0, "other", 0, "other", "text");

    fixture_write(tree, "dir/size", "longer text");
    fixture_touch(tree, "dir/size", 1000000000);
    fixture_touch(tree, "dir/time", 1000000001);
    chmod(fixture_path(path, tree, "dir/attributes"), 0444);
    unlink(fixture_path(path, tree, "dir/deleted"));
    rmdir(fixture_path(path, tree, "dir/deldir"));
    fixture_write(tree, "dir/created", "new");
    fixture_mkdir(tree, "dir/newdir");
    fixture_write(tree, "dir/newdir/inside", "new");
    fixture_write(tree, "dir/wassparse", "new");

    CHECK_INT(fixture_flags(&fixture, SHARE "\\dir\\same"), 0);
    CHECK_INT(fixture_flags(&fixture, SHARE "\\dir\\size"), CSC_ITEM_DIRTY | CSC_ITEM_MODIFIED_DATA);
    CHECK_INT(fixture_flags(&fixture, SHARE "\\dir\\time"),
              CSC_ITEM_DIRTY | CSC_ITEM_MODIFIED_DATA | CSC_ITEM_MODIFIED_TIME);
    CHECK_INT(fixture_flags(&fixture, SHARE "\\dir\\attributes"), CSC_ITEM_DIRTY | CSC_ITEM_MODIFIED_ATTRIBUTES);
    CHECK_INT(fixture_flags(&fixture, SHARE "\\dir\\deleted"), CSC_ITEM_DIRTY | CSC_ITEM_DELETED_OFFLINE);
    CHECK_INT(fixture_flags(&fixture, SHARE "\\dir\\deldir"), CSC_ITEM_DIRTY | CSC_ITEM_DELETED_OFFLINE);
    CHECK_INT(fixture_flags(&fixture, SHARE "\\dir\\sparse"), CSC_ITEM_SPARSE | CSC_ITEM_GHOST);
    CHECK_INT(fixture_flags(&fixture, SHARE "\\dir\\wassparse"), CSC_ITEM_DIRTY | CSC_ITEM_CREATED_OFFLINE);
    CHECK_INT(fixture_flags(&fixture, SHARE "\\dir\\created"), CSC_ITEM_DIRTY | CSC_ITEM_CREATED_OFFLINE);
    CHECK_INT(fixture_flags(&fixture, SHARE "\\dir\\newdir"), CSC_ITEM_DIRTY | CSC_ITEM_CREATED_OFFLINE);
    CHECK_INT(fixture_flags(&fixture, SHARE "\\dir\\newdir\\INSIDE"), CSC_ITEM_DIRTY | CSC_ITEM_CREATED_OFFLINE);
    CHECK_INT(fixture_flags(&fixture, SHARE "\\dir"), CSC_ITEM_PARTLY_PINNED);
    CHECK_INT(fixture_flags(&fixture, SHARE), CSC_ITEM_PARTLY_PINNED);
    fixture_destroy(&fixture);
}

static void a_lost_tree_is_not_a_deletion(void)
{
    struct fixture fixture;
    int64_t dir;
    char tree[1200], path[1200];

    make(&fixture);
    fixture_tree(&fixture, tree);
    dir = fixture_cached_dir(&fixture, 0, "dir", 0, "dir");
    fixture_cached_file(&fixture, dir, "file", 0, "dir/file", "text");
    unlink(fixture_path(path, tree, "dir/file"));
    CHECK_INT(fixture_flags(&fixture, SHARE "\\dir\\file"), CSC_ITEM_DIRTY | CSC_ITEM_DELETED_OFFLINE);
    rmdir(fixture_path(path, tree, "dir"));
    CHECK_INT(fixture_flags(&fixture, SHARE "\\dir\\file"), CSC_ITEM_SPARSE | CSC_ITEM_GHOST);
    CHECK_INT(fixture_flags(&fixture, SHARE "\\dir"), 0);
    rmdir(tree);
    CHECK_INT(fixture_flags(&fixture, SHARE "\\dir\\file"), CSC_ITEM_SPARSE | CSC_ITEM_GHOST);
    CHECK_INT(fixture_flags(&fixture, SHARE), 0);
    fixture_destroy(&fixture);
}

static void records_carry_both_sides(void)
{
    const struct csc_wire_item *item;
    struct csc_item row;
    struct fixture fixture;
    int64_t file;
    char tree[1200];

    make(&fixture);
    fixture_tree(&fixture, tree);
    file = fixture_cached_file(&fixture, 0, "file", 0, "file", "text");
    CHECK_STATUS(csc_store_item_get(fixture.engine->store, file, &row), CSC_OK);
    row.origin.size = 77;
    row.origin.mtime = 1500000000LL * 1000000000;
    row.origin.btime = 1400000000LL * 1000000000 + 100;
    row.origin.atime = 1550000000LL * 1000000000;
    row.origin.attributes = CSC_ATTR_ARCHIVE | CSC_ATTR_READONLY;
    CHECK_STATUS(csc_store_item_put(fixture.engine->store, &row), CSC_OK);
    csc_item_clear(&row);
    fixture_write(tree, "file", "longer text");
    fixture_touch(tree, "file", 1600000000);

    if ((item = fixture_find(&fixture, SHARE "\\file")))
    {
        CHECK(item->flags & CSC_ITEM_HAS_LOCAL);
        CHECK(item->flags & CSC_ITEM_HAS_ORIGINAL);
        CHECK_INT(item->local_size, 11);
        CHECK_INT(item->dirty_bytes, 11);
        CHECK_INT(item->local_times[CSC_TIME_LAST_WRITE], (1600000000LL + 11644473600LL) * 10000000);
        CHECK(item->local_times[CSC_TIME_CREATION] != 0);
        CHECK(item->local_times[CSC_TIME_LAST_ACCESS] != 0);
        CHECK(item->local_times[CSC_TIME_CHANGE] != 0);
        CHECK(item->local_attributes != 0);
        CHECK_INT(item->original_size, 77);
        CHECK_INT(item->original_attributes, CSC_ATTR_ARCHIVE | CSC_ATTR_READONLY);
        CHECK_INT(item->original_times[CSC_TIME_LAST_WRITE], (1500000000LL + 11644473600LL) * 10000000);
        CHECK_INT(item->original_times[CSC_TIME_CREATION], (1400000000LL + 11644473600LL) * 10000000 + 1);
        CHECK_INT(item->original_times[CSC_TIME_LAST_ACCESS], (1550000000LL + 11644473600LL) * 10000000);
    }
    fixture_write(tree, "new", "123");
    if ((item = fixture_find(&fixture, SHARE "\\new")))
    {
        CHECK(item->flags & CSC_ITEM_HAS_LOCAL);
        CHECK(!(item->flags & CSC_ITEM_HAS_ORIGINAL));
        CHECK_INT(item->id, 0);
        CHECK_INT(item->dirty_bytes, 3);
    }
    fixture_destroy(&fixture);
}

static void item_states_go_before_the_share_s(void)
{
    struct csc_conflict conflict = { .path = "file", .state = OFFLINEFILES_SYNC_STATE_FileChangedOnClient_ChangedOnServer };
    const struct csc_wire_item *item;
    struct fixture fixture;
    uint32_t state, reason;
    struct csc_scope *scope;
    int added, prevented;

    make(&fixture);
    conflict.item = fixture_cached_file(&fixture, 0, "file", 0, "file", "text");
    fixture_cached_file(&fixture, 0, "sibling", 0, "sibling", "text");
    fixture_row(&fixture, fixture_row(&fixture, 0, "suspended", OFFLINEFILES_ITEM_TYPE_DIRECTORY, 0,
                                      CSC_ROW_SUSPENDED | CSC_ROW_ENUMERATED, NULL),
                "below", OFFLINEFILES_ITEM_TYPE_FILE, 0, CSC_ROW_SPARSE, NULL);
    scope = fixture_scope(&fixture, SHARE);
    conflict.scope = scope->row.id;
    csc_scope_release(scope);
    CHECK_STATUS(csc_store_conflict_put(fixture.engine->store, &conflict, &added), CSC_OK);

    if ((item = fixture_find(&fixture, SHARE "\\file")))
    {
        CHECK(item->flags & CSC_ITEM_CONFLICT);
        CHECK_INT(item->connect_state, OFFLINEFILES_CONNECT_STATE_OFFLINE);
        CHECK_INT(item->offline_reason, OFFLINEFILES_OFFLINE_REASON_ITEM_VERSION_CONFLICT);
    }
    CHECK_STATUS(csc_connect_state(fixture.engine, SHARE "\\sibling", &state, &reason), CSC_OK);
    CHECK_INT(state, OFFLINEFILES_CONNECT_STATE_ONLINE);
    CHECK_INT(reason, OFFLINEFILES_OFFLINE_REASON_NOT_APPLICABLE);
    CHECK_STATUS(csc_connect_state(fixture.engine, SHARE "\\suspended\\below", &state, &reason), CSC_OK);
    CHECK_INT(state, OFFLINEFILES_CONNECT_STATE_OFFLINE);
    CHECK_INT(reason, OFFLINEFILES_OFFLINE_REASON_ITEM_SUSPENDED);
    if ((item = fixture_find(&fixture, SHARE "\\suspended\\below")))
        CHECK_INT(item->flags & (CSC_ITEM_SUSPENDED | CSC_ITEM_SUSPENDED_ROOT), CSC_ITEM_SUSPENDED);
    if ((item = fixture_find(&fixture, SHARE "\\suspended")))
        CHECK_INT(item->flags & (CSC_ITEM_SUSPENDED | CSC_ITEM_SUSPENDED_ROOT),
                  CSC_ITEM_SUSPENDED | CSC_ITEM_SUSPENDED_ROOT);

    CHECK_STATUS(csc_go_offline(fixture.engine, SHARE, 1, &prevented), CSC_OK);
    CHECK_STATUS(csc_connect_state(fixture.engine, SHARE "\\file", &state, &reason), CSC_OK);
    CHECK_INT(reason, OFFLINEFILES_OFFLINE_REASON_ITEM_VERSION_CONFLICT);
    CHECK_STATUS(csc_connect_state(fixture.engine, SHARE "\\sibling", &state, &reason), CSC_OK);
    CHECK_INT(state, OFFLINEFILES_CONNECT_STATE_OFFLINE);
    CHECK_INT(reason, OFFLINEFILES_OFFLINE_REASON_CONNECTION_FORCED);
    CHECK_STATUS(csc_connect_state(fixture.engine, "\\\\server", &state, &reason), CSC_OK);
    CHECK_INT(state, OFFLINEFILES_CONNECT_STATE_OFFLINE);
    /* not in the cache: what holds for the share */
    CHECK_STATUS(csc_connect_state(fixture.engine, SHARE "\\none", &state, &reason), CSC_OK);
    CHECK_INT(reason, OFFLINEFILES_OFFLINE_REASON_CONNECTION_FORCED);
    CHECK_STATUS(csc_connect_state(fixture.engine, "\\\\server\\none\\x", &state, &reason), CSC_E_BAD_NETPATH);
    CHECK_INT(state, OFFLINEFILES_CONNECT_STATE_UNKNOWN);
    fixture_destroy(&fixture);
}

static void containers_tell_of_pins_below(void)
{
    const struct csc_wire_item *item;
    struct fixture fixture;
    int64_t dir, pinned;

    make(&fixture);
    dir = fixture_cached_dir(&fixture, 0, "dir", 0, "dir");
    pinned = fixture_cached_dir(&fixture, 0, "pinned", CSC_PIN_USER, "pinned");
    fixture_cached_dir(&fixture, 0, "empty", 0, "empty");
    fixture_cached_file(&fixture, dir, "file", CSC_PIN_COMPUTER, "dir/file", "text");
    fixture_cached_file(&fixture, pinned, "file", CSC_PIN_USER, "pinned/file", "text");
    if ((item = fixture_find(&fixture, SHARE))) CHECK(item->flags & CSC_ITEM_PARTLY_PINNED);
    if ((item = fixture_find(&fixture, SHARE "\\dir"))) CHECK(item->flags & CSC_ITEM_PARTLY_PINNED);
    if ((item = fixture_find(&fixture, SHARE "\\pinned"))) CHECK(!(item->flags & CSC_ITEM_PARTLY_PINNED));
    if ((item = fixture_find(&fixture, SHARE "\\empty"))) CHECK(!(item->flags & CSC_ITEM_PARTLY_PINNED));
    if ((item = fixture_find(&fixture, SHARE "\\dir\\file"))) CHECK(!(item->flags & CSC_ITEM_PARTLY_PINNED));
    fixture_destroy(&fixture);
}

static void a_hung_origin_does_not_matter(void)
{
    struct fixture fixture;
    int64_t start;
    int i;

    make(&fixture);
    fixture_cached_file(&fixture, 0, "file", 0, "file", "text");
    fixture_set_mood(&fixture, ORIGIN_HUNG);
    start = fixture_now();
    for (i = 0; i < 200; i++)
    {
        CHECK_INT(fixture_flags(&fixture, SHARE "\\file"), 0);
        usleep(5000);
    }
    /* a second of waiting is in it */
    CHECK(fixture_now() - start < 3000);
    fixture_destroy(&fixture);
}

static void names_outside_ascii(void)
{
    const struct csc_wire_item *item;
    struct fixture fixture;

    make(&fixture);
    fixture_cached_file(&fixture, 0, "\xc3\x84rger \xf0\x9f\x98\x80.txt", 0, "\xc3\x84rger \xf0\x9f\x98\x80.txt", "x");
    if ((item = fixture_find(&fixture, SHARE "\\\xc3\xa4RGER \xf0\x9f\x98\x80.TXT")))
    {
        const uint16_t *name = item->path + item->share_length + 1;

        CHECK_INT(item->path_length, strlen(SHARE) + 1 + 12);
        CHECK_INT(name[0], 0xc4);
        CHECK_INT(name[6], 0xd83d);
        CHECK_INT(name[7], 0xde00);
    }
    fixture_destroy(&fixture);
}

int main(void)
{
    RUN(paths_are_judged);
    RUN(what_filters_keep_out_is_not_found);
    RUN(case_does_not_matter_and_is_kept);
    RUN(changes_are_told_apart);
    RUN(a_lost_tree_is_not_a_deletion);
    RUN(records_carry_both_sides);
    RUN(item_states_go_before_the_share_s);
    RUN(containers_tell_of_pins_below);
    RUN(a_hung_origin_does_not_matter);
    RUN(names_outside_ascii);
    return test_report();
}
