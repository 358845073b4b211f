/*
 * Tests of mapping and unmapping shares
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "fixture.h"

#define SHARE "\\\\server\\share"

static char *link_to(struct fixture *fixture, const char *below, const char *target)
{
    static char path[1200];

    if (symlink(target, fixture_path(path, fixture->unc, below))) perror(path);
    return path;
}

static void map_points_the_link_at_the_origin(void)
{
    const struct csc_wire_share *share;
    struct csc_buffer records = { 0 };
    const struct csc_wire_item *item;
    struct fixture fixture;

    fixture_make(&fixture);
    CHECK_STATUS(csc_map(fixture.engine, SHARE, fixture.origin, 0), CSC_OK);
    CHECK_STRING(fixture_link(&fixture, "server/share"), fixture.origin);

    if ((item = fixture_find(&fixture, "//SERVER/Share/")))
    {
        CHECK_INT(item->type, OFFLINEFILES_ITEM_TYPE_SHARE);
        CHECK_STRING(fixture_text(item->path, item->path_length), SHARE);
        CHECK_INT(item->share_length, strlen(SHARE));
        CHECK_INT(item->connect_state, OFFLINEFILES_CONNECT_STATE_ONLINE);
        CHECK_INT(item->offline_reason, OFFLINEFILES_OFFLINE_REASON_NOT_APPLICABLE);
        CHECK_INT(item->caching_mode, OFFLINEFILES_CACHING_MODE_MANUAL);
    }
    if ((item = fixture_find(&fixture, "\\\\Server")))
    {
        CHECK_INT(item->type, OFFLINEFILES_ITEM_TYPE_SERVER);
        CHECK_STRING(fixture_text(item->path, item->path_length), "\\\\server");
        CHECK_INT(item->share_length, 0);
        CHECK_INT(item->id, 0);
    }
    CHECK_STATUS(csc_shares(fixture.engine, &records), CSC_OK);
    share = (const struct csc_wire_share *)records.data;
    if (CHECK(records.size && share->size == records.size))
    {
        CHECK_STRING(fixture_text(share->strings, share->name_length), SHARE);
        CHECK_STRING(fixture_text(share->strings + share->name_length + 1, share->origin_length), fixture.origin);
        CHECK_INT(share->items, 0);
        CHECK_INT(share->last_sync, 0);
    }
    csc_buffer_free(&records);
    fixture_destroy(&fixture);
}

static void map_survives_a_restart(void)
{
    struct fixture fixture;

    fixture_make(&fixture);
    CHECK_STATUS(csc_map(fixture.engine, SHARE, fixture.origin, 0), CSC_OK);
    fixture_close(&fixture);
    CHECK_STRING(fixture_link(&fixture, "server/share"), fixture.origin);
    CHECK_STATUS(fixture_open(&fixture), CSC_OK);
    CHECK(fixture_find(&fixture, SHARE) != NULL);
    CHECK_STRING(fixture_link(&fixture, "server/share"), fixture.origin);
    fixture_destroy(&fixture);
}

static void map_refuses_what_is_no_share_or_origin(void)
{
    struct fixture fixture;
    char path[1200];

    fixture_make(&fixture);
    fixture_write(fixture.folder, "file", "x");
    CHECK_STATUS(csc_map(fixture.engine, NULL, fixture.origin, 0), CSC_E_INVALID_ARG);
    CHECK_STATUS(csc_map(fixture.engine, "", fixture.origin, 0), CSC_E_INVALID_ARG);
    CHECK_STATUS(csc_map(fixture.engine, "C:\\x", fixture.origin, 0), CSC_E_BAD_PATH);
    CHECK_STATUS(csc_map(fixture.engine, "\\\\server", fixture.origin, 0), CSC_E_BAD_PATH);
    CHECK_STATUS(csc_map(fixture.engine, "\\\\server\\share\\dir", fixture.origin, 0), CSC_E_BAD_PATH);
    CHECK_STATUS(csc_map(fixture.engine, SHARE, NULL, 0), CSC_E_INVALID_ARG);
    CHECK_STATUS(csc_map(fixture.engine, SHARE, "relative", 0), CSC_E_INVALID_ARG);
    CHECK_STATUS(csc_map(fixture.engine, SHARE, "/tmp/../tmp", 0), CSC_E_INVALID_ARG);
    CHECK_STATUS(csc_map(fixture.engine, SHARE, fixture.origin, 1), CSC_E_INVALID_ARG);
    CHECK_STATUS(csc_map(fixture.engine, SHARE, fixture_path(path, fixture.folder, "missing"), 0), CSC_E_PATH_NOT_FOUND);
    CHECK_STATUS(csc_map(fixture.engine, SHARE, fixture_path(path, fixture.folder, "file"), 0), CSC_E_DIRECTORY);
    /* the cache cannot be cached */
    CHECK_STATUS(csc_map(fixture.engine, SHARE, fixture.cache, 0), CSC_E_INVALID_ARG);
    CHECK_STATUS(csc_map(fixture.engine, SHARE, fixture_path(path, fixture.cache, "v2.0.6"), 0), CSC_E_INVALID_ARG);
    CHECK_STATUS(csc_map(fixture.engine, SHARE, fixture.folder, 0), CSC_E_INVALID_ARG);
    CHECK_STATUS(csc_map(fixture.engine, SHARE, "/", 0), CSC_E_INVALID_ARG);
    /* nor through a link */
    if (symlink("windows", fixture_path(path, fixture.folder, "link"))) perror(path);
    CHECK_STATUS(csc_map(fixture.engine, SHARE, path, 0), CSC_E_INVALID_ARG);
    CHECK(!fixture_exists(fixture.unc, "server"));
    CHECK_STATUS(csc_find(fixture.engine, SHARE, 0, &(struct csc_buffer){ 0 }), CSC_E_NOT_FOUND);
    fixture_destroy(&fixture);
}

static void map_twice(void)
{
    struct fixture fixture;
    char path[1200];

    fixture_make(&fixture);
    fixture_mkdir(fixture.folder, "other");
    CHECK_STATUS(csc_map(fixture.engine, SHARE, fixture.origin, 0), CSC_OK);
    CHECK_STATUS(csc_map(fixture.engine, SHARE, fixture.origin, 0), CSC_OK);
    CHECK_STATUS(csc_map(fixture.engine, "\\\\SERVER\\SHARE", fixture_path(path, fixture.origin, "./"), 0), CSC_OK);
    CHECK_STATUS(csc_map(fixture.engine, SHARE, fixture_path(path, fixture.folder, "other"), 0), CSC_E_ALREADY_EXISTS);
    CHECK_STRING(fixture_link(&fixture, "server/share"), fixture.origin);
    fixture_destroy(&fixture);
}

static void map_uses_what_stands_there_in_another_case(void)
{
    const struct csc_wire_item *item;
    struct fixture fixture;

    fixture_make(&fixture);
    fixture_mkdir(fixture.unc, "SerVer");
    link_to(&fixture, "SerVer/SHARE", "/nowhere");
    CHECK_STATUS(csc_map(fixture.engine, SHARE, fixture.origin, 0), CSC_OK);
    CHECK_STRING(fixture_link(&fixture, "SerVer/SHARE"), fixture.origin);
    CHECK(!fixture_exists(fixture.unc, "server"));
    CHECK(!fixture_exists(fixture.unc, "SerVer/share"));
    if ((item = fixture_find(&fixture, SHARE)))
        CHECK_STRING(fixture_text(item->path, item->path_length), "\\\\SerVer\\SHARE");

    CHECK_STATUS(csc_unmap(fixture.engine, SHARE, 0), CSC_OK);
    CHECK_STRING(fixture_link(&fixture, "SerVer/SHARE"), "/nowhere");
    fixture_destroy(&fixture);
}

static void map_leaves_real_directories_alone(void)
{
    struct fixture fixture;
    char path[1200];

    fixture_make(&fixture);
    fixture_mkdir(fixture.unc, "server/share");
    fixture_write(fixture.unc, "server/share/file", "precious");
    CHECK_STATUS(csc_map(fixture.engine, SHARE, fixture.origin, 0), CSC_E_EXISTS);
    CHECK_STRING(fixture_read(fixture.unc, "server/share/file"), "precious");

    /* the server itself is a link: what is below it is somebody's data */
    fixture_mkdir(fixture.folder, "mount");
    link_to(&fixture, "nas", fixture_path(path, fixture.folder, "mount"));
    CHECK_STATUS(csc_map(fixture.engine, "\\\\nas\\share", fixture.origin, 0), CSC_E_EXISTS);
    CHECK(!fixture_exists(fixture.folder, "mount/share"));
    CHECK_STATUS(csc_find(fixture.engine, SHARE, 0, &(struct csc_buffer){ 0 }), CSC_E_NOT_FOUND);
    fixture_destroy(&fixture);
}

static void unmap_restores_what_stood_there(void)
{
    struct fixture fixture;

    fixture_make(&fixture);
    /* nothing: link and server directory go */
    CHECK_STATUS(csc_map(fixture.engine, SHARE, fixture.origin, 0), CSC_OK);
    CHECK_STATUS(csc_map(fixture.engine, "\\\\server\\second", fixture.origin, 0), CSC_OK);
    CHECK_STATUS(csc_unmap(fixture.engine, SHARE, 0), CSC_OK);
    CHECK(!fixture_exists(fixture.unc, "server/share"));
    CHECK(fixture_exists(fixture.unc, "server"));
    CHECK_STATUS(csc_unmap(fixture.engine, "\\\\server\\second", 0), CSC_OK);
    CHECK(!fixture_exists(fixture.unc, "server"));
    CHECK_STATUS(csc_unmap(fixture.engine, SHARE, 0), CSC_E_BAD_NETPATH);

    /* an empty directory of the server stays */
    fixture_mkdir(fixture.unc, "server");
    CHECK_STATUS(csc_map(fixture.engine, SHARE, fixture.origin, 0), CSC_OK);
    CHECK_STATUS(csc_unmap(fixture.engine, SHARE, 0), CSC_OK);
    CHECK(fixture_exists(fixture.unc, "server"));
    CHECK(!fixture_exists(fixture.unc, "server/share"));

    /* a link gets its old text, whatever it means */
    link_to(&fixture, "server/share", "../../z:/odd//text");
    CHECK_STATUS(csc_map(fixture.engine, SHARE, fixture.origin, 0), CSC_OK);
    CHECK_STRING(fixture_link(&fixture, "server/share"), fixture.origin);
    CHECK_STATUS(csc_unmap(fixture.engine, SHARE, 0), CSC_OK);
    CHECK_STRING(fixture_link(&fixture, "server/share"), "../../z:/odd//text");

    /* unless it is to stay at the origin */
    CHECK_STATUS(csc_map(fixture.engine, SHARE, fixture.origin, 0), CSC_OK);
    CHECK_STATUS(csc_unmap(fixture.engine, SHARE, CSC_UNMAP_KEEP_LINK), CSC_OK);
    CHECK_STRING(fixture_link(&fixture, "server/share"), fixture.origin);

    /* what the user put there since is not touched */
    CHECK_STATUS(csc_map(fixture.engine, SHARE, fixture.origin, 0), CSC_OK);
    unlink(fixture_path((char[1200]){ 0 }, fixture.unc, "server/share"));
    link_to(&fixture, "server/share", "/users/choice");
    CHECK_STATUS(csc_unmap(fixture.engine, SHARE, 0), CSC_OK);
    CHECK_STRING(fixture_link(&fixture, "server/share"), "/users/choice");
    CHECK_STATUS(csc_unmap(fixture.engine, SHARE, 4), CSC_E_INVALID_ARG);
    CHECK_STATUS(csc_unmap(fixture.engine, "\\\\server", 0), CSC_E_BAD_PATH);
    fixture_destroy(&fixture);
}

static void unmap_while_offline_goes_back_to_the_origin_or_away(void)
{
    struct fixture fixture;
    char tree[1200];
    int prevented;

    fixture_make(&fixture);
    CHECK_STATUS(csc_map(fixture.engine, SHARE, fixture.origin, 0), CSC_OK);
    fixture_cached_file(&fixture, 0, "a", 0, "a", "text");
    CHECK_STATUS(csc_go_offline(fixture.engine, SHARE, 0, &prevented), CSC_OK);
    CHECK_STRING(fixture_link(&fixture, "server/share"), fixture_tree(&fixture, tree));
    CHECK_STATUS(csc_unmap(fixture.engine, SHARE, CSC_UNMAP_KEEP_LINK), CSC_OK);
    CHECK_STRING(fixture_link(&fixture, "server/share"), fixture.origin);
    CHECK(!fixture_exists(fixture.cache, "v2.0.6/namespace/server"));

    CHECK_STATUS(csc_map(fixture.engine, SHARE, fixture.origin, 0), CSC_OK);
    CHECK_STATUS(csc_go_offline(fixture.engine, SHARE, 0, &prevented), CSC_OK);
    CHECK_STATUS(csc_unmap(fixture.engine, SHARE, 0), CSC_OK);
    CHECK_STRING(fixture_link(&fixture, "server/share"), fixture.origin);   /* what stood there before map */
    fixture_destroy(&fixture);
}

static void unmap_refuses_to_lose_changes(void)
{
    struct fixture fixture;
    struct csc_usage usage;
    int64_t dir, file;
    int prevented;
    char tree[1200];

    fixture_make(&fixture);
    CHECK_STATUS(csc_map(fixture.engine, SHARE, fixture.origin, 0), CSC_OK);
    fixture_tree(&fixture, tree);
    dir = fixture_cached_dir(&fixture, 0, "dir", 0, "dir");
    file = fixture_cached_file(&fixture, dir, "file", 0, "dir/file", "text");
    CHECK_STATUS(csc_go_offline(fixture.engine, SHARE, 0, &prevented), CSC_OK);

    /* changed */
    fixture_write(tree, "dir/file", "changed");
    CHECK_STATUS(csc_unmap(fixture.engine, SHARE, 0), CSC_E_BUSY);
    CHECK_STRING(fixture_link(&fixture, "server/share"), tree);
    CHECK(fixture_find(&fixture, SHARE) != NULL);
    /* deleted */
    fixture_write(tree, "dir/file", "text");
    fixture_touch(tree, "dir/file", 1000000000);
    unlink(fixture_path((char[1200]){ 0 }, tree, "dir/file"));
    CHECK_STATUS(csc_unmap(fixture.engine, SHARE, 0), CSC_E_BUSY);
    /* created, also where it cannot be an item */
    CHECK_STATUS(csc_store_item_delete(fixture.engine->store, file), CSC_OK);
    fixture_write(tree, "dir/new", "text");
    CHECK_STATUS(csc_unmap(fixture.engine, SHARE, 0), CSC_E_BUSY);
    unlink(fixture_path((char[1200]){ 0 }, tree, "dir/new"));
    fixture_write(tree, "dir/not:an:item", "text");
    CHECK_STATUS(csc_unmap(fixture.engine, SHARE, 0), CSC_E_BUSY);

    CHECK_STATUS(csc_unmap(fixture.engine, SHARE, CSC_UNMAP_DISCARD_CHANGES), CSC_OK);
    CHECK(!fixture_exists(fixture.cache, "v2.0.6/namespace/server"));
    CHECK_STATUS(csc_store_usage(fixture.engine->store, 0, &usage), CSC_OK);
    CHECK_INT(usage.items, 0);
    CHECK(!fixture_exists(fixture.unc, "server"));

    /* a new life starts empty */
    CHECK_STATUS(csc_map(fixture.engine, SHARE, fixture.origin, 0), CSC_OK);
    CHECK(!fixture_exists(tree, "dir"));
    fixture_destroy(&fixture);
}

static void map_of_a_dead_mount_answers_in_time(void)
{
    struct fixture fixture;
    int64_t start;

    fixture_make(&fixture);
    fixture_set_mood(&fixture, ORIGIN_HUNG);
    start = fixture_now();
    CHECK_STATUS(csc_map(fixture.engine, SHARE, fixture.origin, 0), CSC_E_TIMEOUT);
    CHECK(fixture_now() - start < fixture.timeout + 2000);
    CHECK(!fixture_exists(fixture.unc, "server"));
    fixture_set_mood(&fixture, ORIGIN_DEAD);
    CHECK_STATUS(csc_map(fixture.engine, SHARE, fixture.origin, 0), CSC_E_IO);
    fixture_set_mood(&fixture, ORIGIN_ALIVE);
    CHECK_STATUS(csc_map(fixture.engine, SHARE, fixture.origin, 0), CSC_OK);
    fixture_destroy(&fixture);
}

static csc_status adopt(struct fixture *fixture, const char *text, char **origin)
{
    struct csc_scope *scope;
    struct csc_path path;
    csc_status status;

    *origin = NULL;
    if (csc_failed(status = csc_path_parse(text, &path))) return status;
    status = csc_scope_find_or_adopt(fixture->engine, &path, &scope);
    csc_path_free(&path);
    if (csc_failed(status)) return status;
    *origin = strdup(scope->row.origin);
    csc_scope_release(scope);
    return status;
}

static void a_share_with_a_link_is_adopted(void)
{
    struct fixture fixture;
    uint32_t mode;
    int cacheable;
    char *origin;

    fixture_make(&fixture);
    CHECK_STATUS(adopt(&fixture, SHARE, &origin), CSC_E_BAD_NETPATH);
    CHECK_STATUS(csc_is_cacheable(fixture.engine, SHARE "\\file", &cacheable, &mode), CSC_OK);
    CHECK_INT(cacheable, 0);
    CHECK_INT(mode, OFFLINEFILES_CACHING_MODE_NONE);

    fixture_mkdir(fixture.unc, "server/local");
    link_to(&fixture, "server/share", fixture.origin);
    link_to(&fixture, "server/dead", "/does/not/exist");
    CHECK_STATUS(csc_is_cacheable(fixture.engine, "\\\\server\\SHARE\\file", &cacheable, &mode), CSC_OK);
    CHECK_INT(cacheable, 1);
    CHECK_INT(mode, OFFLINEFILES_CACHING_MODE_MANUAL);
    CHECK_STATUS(csc_is_cacheable(fixture.engine, "\\\\server\\local", &cacheable, &mode), CSC_OK);
    CHECK_INT(cacheable, 0);
    CHECK_STATUS(csc_is_cacheable(fixture.engine, "\\\\server", &cacheable, &mode), CSC_OK);
    CHECK_INT(cacheable, 0);
    CHECK_STATUS(csc_is_cacheable(fixture.engine, "C:\\file", &cacheable, &mode), CSC_E_BAD_PATH);

    CHECK_STATUS(adopt(&fixture, "\\\\server\\local\\x", &origin), CSC_E_BAD_NETPATH);
    CHECK_STATUS(adopt(&fixture, "\\\\server\\dead\\x", &origin), CSC_E_BAD_NETPATH);
    CHECK_STATUS(adopt(&fixture, "\\\\SERVER\\Share\\x", &origin), CSC_OK);
    CHECK_STRING(origin, fixture.origin);
    free(origin);
    CHECK_STATUS(csc_unmap(fixture.engine, SHARE, 0), CSC_OK);
    CHECK_STRING(fixture_link(&fixture, "server/share"), fixture.origin);
    fixture_destroy(&fixture);
}

static void links_are_set_as_the_store_says(void)
{
    struct fixture fixture;
    char tree[1200], path[1200];
    int prevented;

    fixture_make(&fixture);
    CHECK_STATUS(csc_map(fixture.engine, SHARE, fixture.origin, 0), CSC_OK);
    fixture_cached_file(&fixture, 0, "a", 0, "a", "text");
    fixture_tree(&fixture, tree);
    fixture_path(path, fixture.unc, "server/share");

    /* killed between the row (online) and the link: still at the cache; what programs changed there comes first */
    fixture_close(&fixture);
    unlink(path);
    link_to(&fixture, "server/share", tree);
    fixture_set_mood(&fixture, ORIGIN_DEAD);
    CHECK_STATUS(fixture_open(&fixture), CSC_OK);
    CHECK_STRING(fixture_link(&fixture, "server/share"), tree);
    fixture_set_mood(&fixture, ORIGIN_ALIVE);
    CHECK(fixture_wait_state(&fixture, SHARE, OFFLINEFILES_CONNECT_STATE_ONLINE, 10000));
    CHECK_STRING(fixture_link(&fixture, "server/share"), fixture.origin);

    /* killed before map made the link */
    fixture_close(&fixture);
    unlink(path);
    rmdir(fixture_path((char[1200]){ 0 }, fixture.unc, "server"));
    CHECK_STATUS(fixture_open(&fixture), CSC_OK);
    CHECK_STRING(fixture_link(&fixture, "server/share"), fixture.origin);

    /* killed between the row (offline) and the link: still at the origin */
    CHECK_STATUS(csc_go_offline(fixture.engine, SHARE, 1, &prevented), CSC_OK);
    fixture_close(&fixture);
    unlink(path);
    link_to(&fixture, "server/share", fixture.origin);
    CHECK_STATUS(fixture_open(&fixture), CSC_OK);
    CHECK_STRING(fixture_link(&fixture, "server/share"), tree);

    /* what the user chose stays, until the share is mapped again */
    fixture_close(&fixture);
    unlink(path);
    link_to(&fixture, "server/share", "/users/choice");
    CHECK_STATUS(fixture_open(&fixture), CSC_OK);
    CHECK_STRING(fixture_link(&fixture, "server/share"), "/users/choice");
    CHECK_STATUS(csc_map(fixture.engine, SHARE, fixture.origin, 0), CSC_OK);
    CHECK_STRING(fixture_link(&fixture, "server/share"), tree);
    fixture_destroy(&fixture);
}

static void an_unmap_that_was_cut_off_is_finished(void)
{
    struct fixture fixture;
    struct csc_scope *scope;

    fixture_make(&fixture);
    CHECK_STATUS(csc_map(fixture.engine, SHARE, fixture.origin, 0), CSC_OK);
    fixture_cached_dir(&fixture, 0, "dir", 0, "dir");
    fixture_write(fixture_tree(&fixture, (char[1200]){ 0 }), "dir/file", "text");
    if ((scope = fixture_scope(&fixture, SHARE)))
    {
        /* as after the commit of the rows */
        CHECK_STATUS(csc_store_meta_set(fixture.engine->store, CSC_META_UNMAPPING, "server/share"), CSC_OK);
        CHECK_STATUS(csc_store_scope_delete(fixture.engine->store, scope->row.id), CSC_OK);
        csc_scope_release(scope);
    }
    fixture_close(&fixture);
    CHECK_STATUS(fixture_open(&fixture), CSC_OK);
    CHECK(!fixture_exists(fixture.cache, "v2.0.6/namespace/server"));

    /* without the note it is what a lost store left, and stays */
    fixture_mkdir(fixture.cache, "v2.0.6/namespace/other/share");
    fixture_write(fixture.cache, "v2.0.6/namespace/other/share/file", "precious");
    fixture_close(&fixture);
    CHECK_STATUS(fixture_open(&fixture), CSC_OK);
    CHECK_STRING(fixture_read(fixture.cache, "v2.0.6/namespace/other/share/file"), "precious");
    fixture_destroy(&fixture);
}

static void a_cache_has_one_owner(void)
{
    struct fixture fixture;
    struct csc_engine *first;

    fixture_make(&fixture);
    first = fixture.engine;
    CHECK_STATUS(fixture_open(&fixture), CSC_E_BUSY);
    CHECK(!fixture.engine);
    fixture.engine = first;
    fixture_destroy(&fixture);
}

static void disk_space_adds_up(void)
{
    uint64_t total, limit, used, unpinned_limit, unpinned_used;
    struct fixture fixture;

    fixture_make(&fixture);
    CHECK_STATUS(csc_map(fixture.engine, SHARE, fixture.origin, 0), CSC_OK);
    fixture_cached_file(&fixture, 0, "a", 0, "a", "12345");
    fixture_cached_file(&fixture, 0, "b", CSC_PIN_USER, "b", "123");
    CHECK_STATUS(csc_disk_space(fixture.engine, &total, &limit, &used, &unpinned_limit, &unpinned_used), CSC_OK);
    CHECK_INT(used, 8);
    CHECK_INT(unpinned_used, 5);
    CHECK_INT(limit, total / 4);
    CHECK_INT(unpinned_limit, limit);
    fixture_destroy(&fixture);
}

int main(void)
{
    RUN(map_points_the_link_at_the_origin);
    RUN(map_survives_a_restart);
    RUN(map_refuses_what_is_no_share_or_origin);
    RUN(map_twice);
    RUN(map_uses_what_stands_there_in_another_case);
    RUN(map_leaves_real_directories_alone);
    RUN(unmap_restores_what_stood_there);
    RUN(unmap_while_offline_goes_back_to_the_origin_or_away);
    RUN(unmap_refuses_to_lose_changes);
    RUN(map_of_a_dead_mount_answers_in_time);
    RUN(a_share_with_a_link_is_adopted);
    RUN(links_are_set_as_the_store_says);
    RUN(an_unmap_that_was_cut_off_is_finished);
    RUN(a_cache_has_one_owner);
    RUN(disk_space_adds_up);
    return test_report();
}
