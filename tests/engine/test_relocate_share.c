/*
 * Renaming servers and shares in the cache
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "relocate_fixture.h"
#include "sidecar.h"

#define NEW "\\\\new\\docs"

static int at_new(struct fixture *f, const char *below, const char *text)
{
    char path[600];

    snprintf(path, sizeof(path), "v2.0.6/namespace/new/docs/%s", below);
    return !strcmp(fixture_read(f->cache, path), text);
}

static void make_files(struct fixture *f)
{
    fixture_mkdir(f->origin, "dir/sub");
    fixture_mkdir(f->origin, "quiet");
    origin_write(f, "top", "t");
    origin_write(f, "both", "b");
    origin_write(f, "gone", "g");
    origin_write(f, "dir/a", "alpha");
    origin_write(f, "dir/sub/b", "beta");
    origin_write(f, "quiet/q", "q");
    CHECK_STATUS(pin_all(f), CSC_OK);
}

static void make(struct fixture *f)
{
    world_make(f);
    make_files(f);
}

static csc_status sync_path(struct fixture *f, const char *path)
{
    return fixture_run(f, CSC_OP_SYNC, SYNC_BOTH, 0, path);
}

static int is_requested(struct fixture *f)
{
    csc_status status;
    char *all;

    if ((status = csc_store_meta_get(f->engine->store, CSC_META_RENAMES, &all))) return status != CSC_E_NOT_FOUND;
    free(all);
    return 1;
}

static void a_share_gets_another_name(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS };
    struct csc_sidecar_shares shares;
    struct fixture f;

    make(&f);
    CHECK_STATUS(rename_now(&f, "\\\\SERVER\\SHARE", NEW), CSC_OK);
    CHECK(!is_cached(&f, SHARE) && !is_cached(&f, "\\\\server"));
    CHECK(is_cached(&f, NEW "\\dir\\sub\\b") && is_cached(&f, "\\\\new"));
    CHECK(at_new(&f, "dir/a", "alpha"));
    CHECK_INT(pin_of(&f, NEW "\\dir\\a"), CSC_PIN_USER);
    /* the prefix is as it was before the share was mapped, and has the new name */
    CHECK(!fixture_exists(f.unc, "server"));
    CHECK(!fixture_exists(f.cache, "v2.0.6/namespace/server"));
    CHECK_STRING(fixture_link(&f, "new/docs"), f.origin);
    CHECK_STATUS(logged(&f, NEW), CSC_OK);
    CHECK(!is_requested(&f));
    if (CHECK_STATUS(csc_sidecar_read_shares(f.engine, &shares), CSC_OK))
    {
        CHECK_INT(shares.count, 1);
        CHECK_STRING(shares.list[0].row.share, "docs");
        CHECK_INT(shares.list[0].made_server, 1);
        csc_sidecar_shares_free(&shares);
    }
    /* nothing is copied because of it */
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, NEW), CSC_OK);
    CHECK_INT(client_count(&client, CSC_EVENT_ITEM_RESULT, NULL), 0);
    client_free(&client);

    start_again(&f);
    CHECK(!is_cached(&f, SHARE));
    CHECK(is_cached(&f, NEW "\\dir\\sub\\b"));
    CHECK_STRING(fixture_link(&f, "new/docs"), f.origin);
    change(f.origin, "dir/a", "changed there", 9);
    CHECK_STATUS(sync_path(&f, NEW), CSC_OK);
    CHECK(at_new(&f, "dir/a", "changed there"));
    /* the old name is free again */
    CHECK_STATUS(csc_map(f.engine, SHARE, f.origin, 0), CSC_OK);
    CHECK_STATUS(csc_unmap(f.engine, NEW, CSC_UNMAP_DISCARD_CHANGES), CSC_OK);
    CHECK(!fixture_exists(f.unc, "new"));
    fixture_destroy(&f);
}

/* Into and out of a server that has other shares. */
static void other_shares_of_the_servers_stay(void)
{
    struct fixture f;

    make(&f);
    CHECK_STATUS(csc_map(f.engine, "\\\\server\\second", f.origin, 0), CSC_OK);
    CHECK_STATUS(csc_map(f.engine, "\\\\new\\first", f.origin, 0), CSC_OK);
    CHECK_STATUS(rename_now(&f, SHARE, NEW), CSC_OK);
    CHECK(is_cached(&f, "\\\\server\\second"));
    CHECK(is_cached(&f, "\\\\new\\first"));
    CHECK(is_cached(&f, NEW "\\top"));
    CHECK_STRING(fixture_link(&f, "server/second"), f.origin);
    CHECK(!fixture_exists(f.unc, "server/share"));
    CHECK_STATUS(rename_now(&f, NEW, "\\\\NEW\\first"), CSC_E_ALREADY_EXISTS);
    CHECK_STATUS(rename_now(&f, "\\\\server\\second", "\\\\new\\second"), CSC_OK);
    CHECK(!fixture_exists(f.unc, "server"));
    CHECK_STATUS(rename_now(&f, NEW, "\\\\new\\renamed"), CSC_OK);
    CHECK(is_cached(&f, "\\\\new\\renamed\\top"));
    CHECK_STRING(fixture_link(&f, "new/renamed"), f.origin);
    CHECK_STRING(fixture_link(&f, "new/first"), f.origin);
    fixture_destroy(&f);
}

static void check_all_along(struct fixture *f)
{
    const struct csc_wire_item *item;
    struct csc_conflict *list;
    size_t count;

    CHECK(at_new(f, "top", "changed offline"));
    CHECK(fixture_flags(f, NEW "\\top") & CSC_ITEM_MODIFIED_DATA);
    CHECK(fixture_flags(f, NEW "\\dir\\made") & CSC_ITEM_CREATED_OFFLINE);
    CHECK(fixture_flags(f, NEW "\\gone") & CSC_ITEM_DELETED_OFFLINE);
    CHECK(!(fixture_flags(f, NEW "\\dir\\a") & CSC_ITEM_DIRTY));
    CHECK(fixture_flags(f, NEW "\\quiet") & CSC_ITEM_SUSPENDED_ROOT);
    CHECK(fixture_flags(f, NEW "\\quiet\\q") & CSC_ITEM_SUSPENDED);
    CHECK_INT(pin_of(f, NEW), INHERIT(CSC_PIN_USER));
    CHECK(fixture_flags(f, NEW "\\both") & CSC_ITEM_CONFLICT);
    if (CHECK_STATUS(csc_store_conflicts(f->engine->store, 0, &list, &count), CSC_OK))
    {
        CHECK_INT(count, 1);
        csc_conflicts_free(list, count);
    }
    item = fixture_find(f, NEW "\\top");
    if (CHECK(item != NULL))
    {
        CHECK_INT(item->connect_state, OFFLINEFILES_CONNECT_STATE_OFFLINE);
        CHECK_INT(item->offline_reason, OFFLINEFILES_OFFLINE_REASON_CONNECTION_FORCED);
    }
    CHECK(strstr(fixture_link(f, "new/docs"), "/namespace/new/docs") != NULL);
}

static void work_offline(struct fixture *f)
{
    CHECK_STATUS(csc_suspend(f->engine, SHARE "\\quiet", 1), CSC_OK);
    CHECK_STATUS(go_offline(f), CSC_OK);
    change(tree_of(f), "both", "mine", 5);
    change(f->origin, "both", "theirs", 6);
    CHECK_STATUS(sync_share(f, SYNC_BOTH), CSC_E_MORE_DATA);
    change(tree_of(f), "top", "changed offline", 5);
    change(tree_of(f), "dir/made", "made offline", 5);
    CHECK_INT(remove_at(tree_of(f), "gone"), 0);
}

static void what_was_done_offline_goes_along(void)
{
    struct fixture f;

    make(&f);
    work_offline(&f);
    CHECK_STATUS(rename_now(&f, SHARE, NEW), CSC_OK);
    check_all_along(&f);
    start_again(&f);
    check_all_along(&f);
    CHECK_STATUS(fixture_run(&f, CSC_OP_ONLINE, 0, 0, NEW), CSC_E_MORE_DATA);
    CHECK_STRING(fixture_read(f.origin, "top"), "changed offline");
    CHECK_STRING(fixture_read(f.origin, "dir/made"), "made offline");
    CHECK_STRING(fixture_read(f.origin, "both"), "theirs");
    CHECK(at_new(&f, "both", "mine"));
    CHECK(!fixture_exists(f.origin, "gone"));
    CHECK_STRING(fixture_link(&f, "new/docs"), f.origin);
    fixture_destroy(&f);
}

static void a_server_takes_all_its_shares_along(void)
{
    char second[700], third[700];
    struct fixture f;

    make(&f);
    snprintf(second, sizeof(second), "%s/second", f.folder);
    snprintf(third, sizeof(third), "%s/third", f.folder);
    if (mkdir(second, 0777) || mkdir(third, 0777)) perror(second);
    fixture_write(second, "s", "second");
    CHECK_STATUS(csc_map(f.engine, "\\\\server\\second", second, 0), CSC_OK);
    CHECK_STATUS(csc_map(f.engine, "\\\\third\\share", third, 0), CSC_OK);
    CHECK_STATUS(fixture_run(&f, CSC_OP_PIN, PIN_FILL, 1, "\\\\server\\second"), CSC_OK);
    CHECK_STATUS(rename_now(&f, "\\\\server", "\\\\third"), CSC_E_ALREADY_EXISTS);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    CHECK_STATUS(rename_now(&f, "\\\\server", "\\\\new"), CSC_OK);
    CHECK(!is_cached(&f, "\\\\server") && !is_cached(&f, "\\\\server\\second"));
    CHECK(is_cached(&f, "\\\\new\\share\\dir\\sub\\b") && is_cached(&f, "\\\\new\\second\\s"));
    CHECK(is_cached(&f, "\\\\third\\share"));
    CHECK(strstr(fixture_link(&f, "new/share"), "/namespace/new/share") != NULL);
    CHECK_STRING(fixture_link(&f, "new/second"), second);
    CHECK(!fixture_exists(f.unc, "server"));
    start_again(&f);
    CHECK(is_cached(&f, "\\\\new\\share\\dir\\sub\\b") && is_cached(&f, "\\\\new\\second\\s"));
    CHECK_STATUS(sync_path(&f, "\\\\new\\second"), CSC_OK);
    fixture_destroy(&f);
}

static void links_are_looked_at(void)
{
    char old[1300], new[1300], path[1300], elsewhere[700];
    struct fixture f;

    fixture_make(&f);
    snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", f.folder);
    if (mkdir(elsewhere, 0777)) perror(elsewhere);
    /* somebody had made links for both names; the second with a detour in its text */
    fixture_mkdir(f.unc, "Server");
    fixture_mkdir(f.unc, "New");
    snprintf(new, sizeof(new), "%s/./", f.origin);
    if (symlink(f.origin, fixture_path(old, f.unc, "Server/Share"))) perror(old);
    if (symlink(new, fixture_path(path, f.unc, "New/Docs"))) perror(path);
    if (symlink(elsewhere, fixture_path(path, f.unc, "New/Other"))) perror(path);
    fixture_mkdir(f.unc, "New/Real");
    CHECK_STATUS(csc_map(f.engine, SHARE, f.origin, 0), CSC_OK);
    origin_write(&f, "top", "t");
    CHECK_STATUS(pin_all(&f), CSC_OK);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    CHECK_STATUS(rename_now(&f, SHARE, "\\\\new\\other"), CSC_E_ALREADY_EXISTS);
    CHECK_STATUS(rename_now(&f, SHARE, "\\\\new\\real"), CSC_E_ALREADY_EXISTS);
    CHECK(is_cached(&f, SHARE "\\top"));

    CHECK_STATUS(rename_now(&f, SHARE, NEW), CSC_OK);
    CHECK_STRING(fixture_link(&f, "Server/Share"), f.origin);
    CHECK(strstr(fixture_link(&f, "New/Docs"), "/namespace/New/Docs") != NULL);
    CHECK(is_cached(&f, NEW "\\top"));
    CHECK_STATUS(csc_unmap(f.engine, NEW, CSC_UNMAP_DISCARD_CHANGES), CSC_OK);
    CHECK_STRING(fixture_link(&f, "New/Docs"), new);
    CHECK_STRING(fixture_link(&f, "New/Other"), elsewhere);
    fixture_destroy(&f);
}

static void what_cannot_be_is_refused(void)
{
    csc_status (*const both[])(struct fixture *, const char *, const char *) = { rename_now, rename_later };
    char path[1200];
    struct fixture f;
    size_t i;

    make(&f);
    fixture_mkdir(f.cache, "v2.0.6/namespace/lost/tree");
    fixture_write(f.cache, "v2.0.6/namespace/lost/tree/file", "of a lost store");
    fixture_mkdir(f.cache, "v2.0.6/namespace/empty/tree");
    for (i = 0; i < 2; i++)
    {
        CHECK_STATUS(both[i](&f, "\\\\server\\none", NEW), CSC_E_NOT_FOUND);
        CHECK_STATUS(both[i](&f, "\\\\none", "\\\\new"), CSC_E_NOT_FOUND);
        CHECK_STATUS(both[i](&f, SHARE, SHARE), CSC_E_ALREADY_EXISTS);
        CHECK_STATUS(both[i](&f, SHARE, "\\\\SERVER\\Share"), CSC_E_ALREADY_EXISTS);
        CHECK_STATUS(both[i](&f, "\\\\server", "\\\\Server"), CSC_E_ALREADY_EXISTS);
        CHECK_STATUS(both[i](&f, SHARE, "\\\\lost\\tree"), CSC_E_ALREADY_EXISTS);
        CHECK_STATUS(both[i](&f, SHARE, "\\\\new"), CSC_E_INVALID_ARG);
        CHECK_STATUS(both[i](&f, SHARE, SHARE "\\dir\\x"), CSC_E_INVALID_ARG);
        CHECK_STATUS(both[i](&f, "\\\\server", NEW), CSC_E_INVALID_ARG);
        CHECK_STATUS(both[i](&f, "\\\\server", SHARE "\\x"), CSC_E_INVALID_ARG);
        CHECK_STATUS(both[i](&f, SHARE "\\top", NEW), CSC_E_INVALID_ARG);
        CHECK_STATUS(both[i](&f, SHARE "\\top", "\\\\new"), CSC_E_INVALID_ARG);
    }
    CHECK(!is_requested(&f));
    fixture_set_open_file(&f, fixture_path(path, tree_of(&f), "dir/sub/b"));
    CHECK_STATUS(rename_now(&f, SHARE, NEW), CSC_E_SHARING);
    CHECK_STATUS(rename_now(&f, "\\\\server", "\\\\new"), CSC_E_SHARING);
    fixture_set_open_file(&f, fixture_path(path, f.origin, "top"));
    CHECK_STATUS(rename_now(&f, SHARE, NEW), CSC_E_SHARING);
    fixture_set_open_file(&f, NULL);
    CHECK(!is_requested(&f));
    CHECK(is_cached(&f, SHARE "\\dir\\sub\\b") && !is_cached(&f, NEW));
    CHECK_STRING(fixture_link(&f, "server/share"), f.origin);
    CHECK(!fixture_exists(f.unc, "new"));
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_STATUS(rename_now(&f, SHARE, "\\\\empty\\tree"), CSC_OK);
    CHECK(is_cached(&f, "\\\\empty\\tree\\dir\\sub\\b"));
    CHECK_STRING(fixture_read(f.cache, "v2.0.6/namespace/lost/tree/file"), "of a lost store");
    fixture_destroy(&f);
}

static void requests_wait_for_the_next_start(void)
{
    char path[1200];
    struct fixture f;

    make(&f);
    work_offline(&f);
    CHECK_STATUS(rename_later(&f, SHARE, "\\\\between\\share"), CSC_OK);
    CHECK_STATUS(rename_later(&f, SHARE "\\dir", SHARE "\\moved"), CSC_OK);
    CHECK(is_cached(&f, SHARE "\\top") && !is_cached(&f, "\\\\between\\share"));
    /* what is open waits for another start */
    fixture_set_open_file(&f, fixture_path(path, tree_of(&f), "top"));
    start_again(&f);
    CHECK(is_cached(&f, SHARE "\\top") && is_cached(&f, SHARE "\\moved\\a"));
    CHECK_STATUS(logged(&f, "\\\\between\\share"), CSC_E_SHARING);
    CHECK(is_requested(&f));
    fixture_set_open_file(&f, NULL);
    start_again(&f);
    CHECK(!is_cached(&f, SHARE) && is_cached(&f, "\\\\between\\share\\moved\\a"));
    CHECK_STATUS(logged(&f, "\\\\between\\share"), CSC_OK);
    CHECK(!is_requested(&f));
    CHECK(strstr(fixture_link(&f, "between/share"), "/namespace/between/share") != NULL);
    CHECK_STATUS(rename_later(&f, "\\\\between", "\\\\new"), CSC_OK);
    start_again(&f);
    CHECK(is_cached(&f, "\\\\new\\share\\moved\\a"));
    CHECK_STATUS(rename_now(&f, "\\\\new\\share", NEW), CSC_OK);
    CHECK_STATUS(rename_now(&f, NEW "\\moved", NEW "\\dir"), CSC_OK);
    check_all_along(&f);
    fixture_destroy(&f);
}

/* Requests for what is inside of a share, or of its server, mean it under its new name, whoever renames it. */
static void requests_go_along(void)
{
    struct fixture f;

    make(&f);
    work_offline(&f);
    CHECK_STATUS(rename_later(&f, SHARE, "\\\\between\\share"), CSC_OK);
    CHECK_STATUS(rename_later(&f, SHARE "\\dir", SHARE "\\moved"), CSC_OK);
    CHECK_STATUS(rename_later(&f, SHARE "\\top", SHARE "\\dir\\top"), CSC_OK);
    start_again(&f);
    CHECK(is_cached(&f, "\\\\between\\share\\moved\\a") && is_cached(&f, "\\\\between\\share\\moved\\top"));
    CHECK(!is_requested(&f));
    /* at once, with a request that waits; its server's name is another's beginning */
    CHECK_STATUS(rename_later(&f, "\\\\between\\share\\moved\\top", "\\\\BETWEEN\\share\\top"), CSC_OK);
    CHECK_STATUS(rename_now(&f, "\\\\between", "\\\\between2"), CSC_OK);
    CHECK_STATUS(rename_now(&f, "\\\\between2\\share\\moved", "\\\\between2\\share\\dir"), CSC_OK);
    start_again(&f);
    CHECK(is_cached(&f, "\\\\between2\\share\\top") && is_cached(&f, "\\\\between2\\share\\dir\\a"));
    CHECK(!is_requested(&f));
    fixture_destroy(&f);
}

/* -- operations in the share -- */

static csc_status slow_copy(struct csc_fs *fs, struct csc_file *from, struct csc_file *to, uint64_t offset, uint64_t size,
                            uint64_t *copied)
{
    (void)fs;
    usleep(50000);
    return csc_fs_posix()->copy(csc_fs_posix(), from, to, offset, size > 1 ? 1 : size, copied);
}

static void wait_for_owner(struct fixture *f)
{
    struct csc_scope *scope = fixture_scope(f, SHARE);
    int64_t until = fixture_now() + 10000;
    int owned = 0;

    while (!owned && CHECK(fixture_now() < until))
    {
        pthread_mutex_lock(&f->engine->lock);
        owned = scope->owner != NULL;
        pthread_mutex_unlock(&f->engine->lock);
        usleep(10000);
    }
    csc_scope_release(scope);
}

static void what_the_engine_does_gives_way(void)
{
    static const enum csc_automatic kinds[] = { CSC_AUTO_FILL, CSC_AUTO_SYNC, CSC_AUTO_NONE };
    const char *paths[] = { SHARE };
    struct csc_op_request request = { .kind = CSC_OP_SYNC, .flags = SYNC_BOTH | SYNC_FILL, .paths = paths, .count = 1 };
    struct fixture f;
    int64_t begin;
    size_t i;

    make(&f);
    f.fs.copy = slow_copy;
    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
    {
        char name[32], text[400];

        /* twenty seconds */
        snprintf(name, sizeof(name), "slow%u", (unsigned)i);
        memset(text, 'x', sizeof(text));
        text[sizeof(text) - 1] = 0;
        origin_write(&f, name, text);
        CHECK_STATUS(csc_op_run_detached(f.engine, &request, kinds[i]), CSC_OK);
        wait_for_owner(&f);
        begin = fixture_now();
        if (i == 1) CHECK_STATUS(rename_now(&f, SHARE "\\dir\\a", SHARE "\\dir\\z"), CSC_OK);
        else CHECK_STATUS(rename_now(&f, SHARE, NEW), CSC_OK);
        CHECK(fixture_now() - begin < 4000);
        if (i == 1) CHECK(is_cached(&f, SHARE "\\dir\\z"));
        else
        {
            CHECK(at_new(&f, "top", "t"));
            CHECK_STATUS(rename_now(&f, NEW, SHARE), CSC_OK);
        }
    }
    fixture_destroy(&f);
}

static void a_clients_operation_does_not(void)
{
    const char *paths[] = { SHARE };
    struct csc_op_request request = { .kind = CSC_OP_SYNC, .flags = SYNC_BOTH, .ask = CSC_OP_ASK_ITEMS, .paths = paths,
                                      .count = 1 };
    struct csc_wire_totals totals;
    struct csc_buffer events = { 0 };
    struct csc_op *op;
    struct fixture f;
    int64_t begin;

    make(&f);
    change(f.origin, "top", "changed there", 5);
    /* nobody answers it */
    CHECK_STATUS(csc_op_start(f.engine, &request, &op), CSC_OK);
    CHECK_STATUS(csc_op_pull(op, 5000, NULL, 0, &totals, &events), CSC_OK);
    wait_for_owner(&f);
    begin = fixture_now();
    CHECK_STATUS(rename_now(&f, SHARE, NEW), CSC_E_BUSY);
    CHECK(fixture_now() - begin > 4500 && fixture_now() - begin < 9000);
    CHECK(is_cached(&f, SHARE "\\top") && !is_cached(&f, NEW));
    csc_buffer_free(&events);
    csc_op_close(op);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_STATUS(rename_now(&f, SHARE, NEW), CSC_OK);
    CHECK(at_new(&f, "top", "changed there"));
    fixture_destroy(&f);
}

/* -- cut off -- */

static csc_status step_replace_link(struct csc_fs *fs, const char *path, const char *target)
{
    STEP(replace_link(csc_fs_posix(), path, target));
}

static csc_status step_remove_link(struct csc_fs *fs, const char *path)
{
    STEP(remove_link(csc_fs_posix(), path));
}

static csc_status step_sync_dir(struct csc_fs *fs, struct csc_dir *dir)
{
    STEP(sync_dir(csc_fs_posix(), dir));
}

/* Of the file system, all that a rename calls; what a start does counts, too. */
static void more_steps(struct fixture *f)
{
    f->fs.replace_link = step_replace_link;
    f->fs.remove_link = step_remove_link;
    f->fs.sync_dir = step_sync_dir;
}

static void prepare(struct fixture *f)
{
    make_files(f);
    CHECK_STATUS(csc_map(f->engine, "\\\\server\\second", f->origin, 0), CSC_OK);
    CHECK_STATUS(fixture_run(f, CSC_OP_PIN, PIN_FILL, 0, "\\\\server\\second\\top"), CSC_OK);
    work_offline(f);
}

static void rename_share(struct fixture *f)
{
    more_steps(f);
    CHECK_STATUS(rename_now(f, SHARE, NEW), CSC_OK);
}

static void rename_server(struct fixture *f)
{
    more_steps(f);
    CHECK_STATUS(rename_now(f, "\\\\server", "\\\\new"), CSC_OK);
}

static void check_nothing(struct fixture *f)
{
    (void)f;
}

/* All of it has one name, and is whole. */
static void check_whole(struct fixture *f, const char *server, const char *share, int second)
{
    char path[600], link[1200];
    struct csc_buffer record = { 0 };

    snprintf(path, sizeof(path), "\\\\%s\\%s\\top", server, share);
    CHECK(fixture_flags(f, path) & CSC_ITEM_MODIFIED_DATA);
    snprintf(path, sizeof(path), "\\\\%s\\%s\\gone", server, share);
    CHECK(fixture_flags(f, path) & CSC_ITEM_DELETED_OFFLINE);
    snprintf(path, sizeof(path), "\\\\%s\\%s\\dir\\a", server, share);
    CHECK(!(fixture_flags(f, path) & (CSC_ITEM_DIRTY | CSC_ITEM_SPARSE)));
    snprintf(path, sizeof(path), "v2.0.6/namespace/%s/%s/dir/made", server, share);
    CHECK_STRING(fixture_read(f->cache, path), "made offline");
    snprintf(path, sizeof(path), "%s/%s", server, share);
    snprintf(link, sizeof(link), "%s/v2.0.6/namespace/%s/%s", f->cache, server, share);
    CHECK_STRING(fixture_link(f, path), link);
    snprintf(path, sizeof(path), "\\\\%s\\second\\top", second ? "new" : "server");
    CHECK_STATUS(csc_find(f->engine, path, 0, &record), CSC_OK);
    csc_buffer_free(&record);
    CHECK_STRING(fixture_link(f, second ? "new/second" : "server/second"), f->origin);
}

/* Either name, and nothing of the other. */
static int finish_either(struct fixture *f, const char *share, int server)
{
    char name[64];
    int done;

    snprintf(name, sizeof(name), "\\\\new\\%s", share);
    done = is_cached(f, name);
    CHECK_INT(is_cached(f, SHARE), !done);
    CHECK(!is_requested(f));
    check_whole(f, done ? "new" : "server", done ? share : "share", done && server);
    if (!done || server)
    {
        CHECK(!fixture_exists(f->unc, done ? "server" : "new"));
        CHECK(!fixture_exists(f->cache, done ? "v2.0.6/namespace/server" : "v2.0.6/namespace/new"));
    }
    else
    {
        CHECK(!fixture_exists(f->unc, "server/share"));
        CHECK(!fixture_exists(f->cache, "v2.0.6/namespace/server/share"));
    }
    /* again, whichever way it is now */
    if (done) CHECK_STATUS(rename_now(f, name, SHARE), CSC_OK);
    CHECK_STATUS(rename_now(f, SHARE, NEW), CSC_OK);
    CHECK(at_new(f, "top", "changed offline") && at_new(f, "dir/made", "made offline") && at_new(f, "both", "mine"));
    CHECK_STATUS(sync_path(f, NEW), CSC_E_MORE_DATA);
    CHECK_STRING(fixture_read(f->origin, "top"), "changed offline");
    CHECK_STRING(fixture_read(f->origin, "dir/made"), "made offline");
    CHECK_STRING(fixture_read(f->origin, "dir/a"), "alpha");
    CHECK_STRING(fixture_read(f->origin, "both"), "theirs");
    CHECK(!fixture_exists(f->origin, "gone"));
    return done;
}

static int finished[2];

static void finish_share(struct fixture *f)
{
    finished[finish_either(f, "docs", 0)]++;
}

static void finish_server(struct fixture *f)
{
    finished[finish_either(f, "share", 1)]++;
}

/* A start that carries out a request is cut in test_relocate_sim. */
static void cut_anywhere(void)
{
    static const struct scenario scenarios[] =
    {
        { "renaming a share", prepare, rename_share, check_nothing, finish_share },
        { "renaming a server", prepare, rename_server, check_nothing, finish_server },
    };
    size_t i;

    for (i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
    {
        finished[0] = finished[1] = 0;
        run_scenario(&scenarios[i]);
        /* both outcomes were seen */
        CHECK(finished[0] > 2 && finished[1] > 2);
    }
}

int main(void)
{
    RUN(a_share_gets_another_name);
    RUN(other_shares_of_the_servers_stay);
    RUN(what_was_done_offline_goes_along);
    RUN(a_server_takes_all_its_shares_along);
    RUN(links_are_looked_at);
    RUN(what_cannot_be_is_refused);
    RUN(requests_wait_for_the_next_start);
    RUN(requests_go_along);
    RUN(what_the_engine_does_gives_way);
    RUN(a_clients_operation_does_not);
    RUN(cut_anywhere);
    return test_report();
}
