/*
 * Tests of going offline and online, by hand and by themselves
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "fixture.h"

#define SHARE "\\\\server\\share"
#define OFFLINE OFFLINEFILES_CONNECT_STATE_OFFLINE
#define ONLINE  OFFLINEFILES_CONNECT_STATE_ONLINE
#define PIN (OFFLINEFILES_PIN_CONTROL_FLAG_FORUSER | OFFLINEFILES_PIN_CONTROL_FLAG_FILL)

/* A file that both sides agree about, the row made by hand. */
static void agree(struct fixture *fixture, int64_t parent, const char *name, const char *below, const char *text)
{
    struct csc_item item;
    char path[1200];
    int64_t id;

    fixture_write(fixture->origin, below, text);
    fixture_touch(fixture->origin, below, 1000000000);
    id = fixture_cached_file(fixture, parent, name, CSC_PIN_USER, below, text);
    CHECK_STATUS(csc_store_item_get(fixture->engine->store, id, &item), CSC_OK);
    fixture_base(fixture_path(path, fixture->origin, below), &item.origin);
    CHECK_STATUS(csc_store_item_put(fixture->engine->store, &item), CSC_OK);
    csc_item_clear(&item);
}

/* A mapped share with a, dir and dir/b, everything pinned. */
static void make(struct fixture *fixture)
{
    struct csc_scope *scope;
    int64_t dir;

    fixture_make(fixture);
    fixture_mkdir(fixture->origin, "dir");
    CHECK_STATUS(csc_map(fixture->engine, SHARE, fixture->origin, 0), CSC_OK);
    agree(fixture, 0, "a", "a", "a of the origin");
    dir = fixture_cached_dir(fixture, 0, "dir", CSC_PIN_USER | CSC_PIN_USER << CSC_PIN_INHERIT_SHIFT, "dir");
    agree(fixture, dir, "b", "dir/b", "b of the origin");
    if ((scope = fixture_scope(fixture, SHARE)))
    {
        CHECK_STATUS(csc_store_item_set_pin(fixture->engine->store, scope->row.root_item,
                                            CSC_PIN_USER | CSC_PIN_USER << CSC_PIN_INHERIT_SHIFT), CSC_OK);
        csc_scope_release(scope);
    }
}

static void check_state(struct fixture *fixture, uint32_t state, uint32_t reason)
{
    uint32_t got_state, got_reason;
    char tree[1200];

    CHECK_STATUS(csc_connect_state(fixture->engine, SHARE, &got_state, &got_reason), CSC_OK);
    CHECK_INT(got_state, state);
    CHECK_INT(got_reason, reason);
    CHECK_STRING(fixture_link(fixture, "server/share"), state == OFFLINE ? fixture_tree(fixture, tree) : fixture->origin);
}

/* Waits until the share changed its state by itself, link included: the store changes first. */
static int wait_state(struct fixture *fixture, uint32_t state)
{
    char tree[1200];
    const char *target = state == OFFLINE ? fixture_tree(fixture, tree) : fixture->origin;
    int64_t until = fixture_now() + 10000;

    if (!fixture_wait_state(fixture, SHARE, state, 10000)) return 0;
    while (strcmp(fixture_link(fixture, "server/share"), target))
    {
        if (fixture_now() > until) return 0;
        usleep(10000);
    }
    return 1;
}

static void go_offline(struct fixture *fixture)
{
    int prevented = 1;

    CHECK_STATUS(csc_go_offline(fixture->engine, SHARE, 0, &prevented), CSC_OK);
    CHECK_INT(prevented, 0);
}

static csc_status go_online(struct fixture *fixture)
{
    return fixture_run(fixture, CSC_OP_ONLINE, 0, 0, SHARE);
}

static void offline_by_hand(void)
{
    struct fixture fixture;
    int prevented;

    make(&fixture);
    check_state(&fixture, ONLINE, OFFLINEFILES_OFFLINE_REASON_NOT_APPLICABLE);
    /* any path of the share means the share */
    CHECK_STATUS(csc_go_offline(fixture.engine, SHARE "\\dir\\b", 0, &prevented), CSC_OK);
    check_state(&fixture, OFFLINE, OFFLINEFILES_OFFLINE_REASON_CONNECTION_FORCED);
    CHECK_STRING(fixture_read(fixture.unc, "server/share/a"), "a of the origin");
    go_offline(&fixture);
    check_state(&fixture, OFFLINE, OFFLINEFILES_OFFLINE_REASON_CONNECTION_FORCED);

    CHECK_STATUS(csc_go_offline(fixture.engine, "\\\\server\\none", 0, &prevented), CSC_E_BAD_NETPATH);
    CHECK_STATUS(csc_go_offline(fixture.engine, "\\\\server", 0, &prevented), CSC_E_BAD_PATH);
    CHECK_STATUS(csc_go_offline(fixture.engine, NULL, 0, &prevented), CSC_E_INVALID_ARG);

    /* stays, though the origin is there, also over a restart, until it is taken back */
    usleep(fixture.interval * 4 * 1000);
    check_state(&fixture, OFFLINE, OFFLINEFILES_OFFLINE_REASON_CONNECTION_FORCED);
    fixture_close(&fixture);
    CHECK_STATUS(fixture_open(&fixture), CSC_OK);
    check_state(&fixture, OFFLINE, OFFLINEFILES_OFFLINE_REASON_CONNECTION_FORCED);
    usleep(fixture.interval * 4 * 1000);
    check_state(&fixture, OFFLINE, OFFLINEFILES_OFFLINE_REASON_CONNECTION_FORCED);
    CHECK_STATUS(go_online(&fixture), CSC_OK);
    check_state(&fixture, ONLINE, OFFLINEFILES_OFFLINE_REASON_NOT_APPLICABLE);
    CHECK_STATUS(go_online(&fixture), CSC_OK);
    fixture_close(&fixture);
    CHECK_STATUS(fixture_open(&fixture), CSC_OK);
    check_state(&fixture, ONLINE, OFFLINEFILES_OFFLINE_REASON_NOT_APPLICABLE);
    fixture_destroy(&fixture);
}

static void open_files_prevent_it(void)
{
    struct fixture fixture;
    char path[1200];
    int prevented;

    make(&fixture);
    fixture_write(fixture.origin, "uncached", "x");
    fixture_set_open_file(&fixture, fixture_path(path, fixture.origin, "uncached"));
    CHECK_STATUS(csc_go_offline(fixture.engine, SHARE, 0, &prevented), CSC_OK);
    CHECK_INT(prevented, 1);
    check_state(&fixture, ONLINE, OFFLINEFILES_OFFLINE_REASON_NOT_APPLICABLE);
    fixture_set_open_file(&fixture, fixture_path(path, fixture.origin, "dir/gone (deleted)"));
    CHECK_STATUS(csc_go_offline(fixture.engine, SHARE, 0, &prevented), CSC_OK);
    CHECK_INT(prevented, 1);
    /* one of the cache, in whatever case, or of somewhere else does not */
    fixture_set_open_file(&fixture, fixture_path(path, fixture.origin, "DIR/b"));
    CHECK_STATUS(csc_go_offline(fixture.engine, SHARE, 0, &prevented), CSC_OK);
    CHECK_INT(prevented, 0);
    check_state(&fixture, OFFLINE, OFFLINEFILES_OFFLINE_REASON_CONNECTION_FORCED);
    CHECK_STATUS(go_online(&fixture), CSC_OK);

    fixture_set_open_file(&fixture, fixture_path(path, fixture.origin, "uncached"));
    CHECK_STATUS(csc_go_offline(fixture.engine, SHARE, 1, &prevented), CSC_OK);
    CHECK_INT(prevented, 0);
    check_state(&fixture, OFFLINE, OFFLINEFILES_OFFLINE_REASON_CONNECTION_FORCED);
    fixture_destroy(&fixture);
}

static void open_files_are_found_through_links(void)
{
    char through[1200], path[1200], *resolved;
    struct fixture fixture;
    int prevented;

    fixture_make(&fixture);
    if (symlink(fixture.folder, fixture_path(path, fixture.folder, "here"))) perror(path);
    if (symlink("./here/.", fixture_path(path, fixture.folder, "away"))) perror(path);
    fixture_path(through, fixture.folder, "away/origin");
    CHECK_STATUS(csc_resolve_path(csc_fs_posix(), through, &resolved), CSC_OK);
    CHECK_STRING(resolved, fixture.origin);
    free(resolved);
    if (symlink("loop", fixture_path(path, fixture.folder, "loop"))) perror(path);
    CHECK_STATUS(csc_resolve_path(csc_fs_posix(), path, &resolved), CSC_E_CANNOT_ACCESS);
    CHECK_STATUS(csc_resolve_path(csc_fs_posix(), "/", &resolved), CSC_OK);
    CHECK_STRING(resolved, "/");
    free(resolved);
    CHECK_STATUS(csc_resolve_path(csc_fs_posix(), fixture_path(path, fixture.folder, "none/x"), &resolved),
                 CSC_E_NOT_FOUND);

    CHECK_STATUS(csc_map(fixture.engine, SHARE, through, 0), CSC_OK);
    fixture_set_open_file(&fixture, fixture_path(path, fixture.origin, "uncached"));
    CHECK_STATUS(csc_go_offline(fixture.engine, SHARE, 0, &prevented), CSC_OK);
    CHECK_INT(prevented, 1);
    fixture_destroy(&fixture);
}

static void online_brings_the_edits_over(void)
{
    struct fixture fixture;
    char path[1200];

    make(&fixture);
    go_offline(&fixture);
    fixture_write(fixture.unc, "server/share/a", "a edited offline");
    fixture_write(fixture.unc, "server/share/new", "made offline");
    unlink(fixture_path(path, fixture.unc, "server/share/dir/b"));
    fixture_write(fixture.origin, "fresh", "made on the origin");
    CHECK_STATUS(go_online(&fixture), CSC_OK);
    check_state(&fixture, ONLINE, OFFLINEFILES_OFFLINE_REASON_NOT_APPLICABLE);
    CHECK_STRING(fixture_read(fixture.origin, "a"), "a edited offline");
    CHECK_STRING(fixture_read(fixture.origin, "new"), "made offline");
    CHECK(!fixture_exists(fixture.origin, "dir/b"));
    CHECK(fixture_exists(fixture.origin, "dir"));
    CHECK_STRING(fixture_read(fixture_tree(&fixture, path), "fresh"), "made on the origin");
    CHECK_INT(fixture_flags(&fixture, SHARE "\\a") & CSC_ITEM_DIRTY, 0);
    fixture_destroy(&fixture);
}

static void a_conflict_does_not_keep_it_offline(void)
{
    const struct csc_wire_item *item;
    struct fixture fixture;
    char tree[1200];

    make(&fixture);
    go_offline(&fixture);
    fixture_write(fixture.unc, "server/share/a", "edited offline");
    fixture_write(fixture.origin, "a", "edited on the origin, too");
    CHECK_STATUS(go_online(&fixture), CSC_E_MORE_DATA);
    CHECK_STRING(fixture_link(&fixture, "server/share"), fixture.origin);
    CHECK_STRING(fixture_read(fixture.unc, "server/share/a"), "edited on the origin, too");
    CHECK_STRING(fixture_read(fixture_tree(&fixture, tree), "a"), "edited offline");
    if ((item = fixture_find(&fixture, SHARE "\\a")))
    {
        CHECK(item->flags & CSC_ITEM_CONFLICT);
        CHECK_INT(item->connect_state, OFFLINE);
        CHECK_INT(item->offline_reason, OFFLINEFILES_OFFLINE_REASON_ITEM_VERSION_CONFLICT);
    }
    fixture_destroy(&fixture);
}

static void a_late_edit_is_settled(void)
{
    struct fixture fixture;
    char tree[1200];
    int fd, i;

    make(&fixture);
    go_offline(&fixture);
    /* a program that keeps a file of the cache open over the swap */
    fd = open(fixture_path((char[1200]){ 0 }, fixture.unc, "server/share/a"), O_WRONLY);
    CHECK_STATUS(go_online(&fixture), CSC_OK);
    CHECK_INT(write(fd, "late", 4), 4);
    close(fd);
    for (i = 0; i < 60 && strncmp(fixture_read(fixture.origin, "a"), "late", 4); i++) usleep(100000);
    CHECK_STRING(fixture_read(fixture.origin, "a"), "late the origin");
    CHECK_STRING(fixture_read(fixture_tree(&fixture, tree), "a"), "late the origin");
    fixture_destroy(&fixture);
}

static void a_late_edit_is_settled_after_a_restart(void)
{
    struct fixture fixture;
    char tree[1200];
    int i;

    make(&fixture);
    go_offline(&fixture);
    CHECK_STATUS(go_online(&fixture), CSC_OK);
    /* written between the swap and a crash */
    fixture_write(fixture_tree(&fixture, tree), "a", "late edit");
    fixture_close(&fixture);
    CHECK_STRING(fixture_read(fixture.origin, "a"), "a of the origin");
    CHECK_STATUS(fixture_open(&fixture), CSC_OK);
    for (i = 0; i < 60 && strcmp(fixture_read(fixture.origin, "a"), "late edit"); i++) usleep(100000);
    CHECK_STRING(fixture_read(fixture.origin, "a"), "late edit");
    fixture_destroy(&fixture);
}

/* A child that goes offline, edits and goes online until it is killed; what it wrote last is in *written. */
static void edit_until_killed(struct fixture *fixture, volatile int *written)
{
    char path[1200], text[32];
    int prevented, fd, i;

    if (csc_failed(fixture_open(fixture))) _exit(1);
    fixture_path(path, fixture->unc, "server/share/a");
    for (;;)
    {
        csc_go_offline(fixture->engine, SHARE, 1, &prevented);
        for (i = 0; i < 3; i++)
        {
            snprintf(text, sizeof(text), "edit %010d", *written + 1);
            if ((fd = open(path, O_WRONLY)) == -1 || pwrite(fd, text, 15, 0) != 15) _exit(2);
            close(fd);
            ++*written;
            usleep(1000);
        }
        go_online(fixture);
    }
}

static void killed_at_any_time(void)
{
    volatile int *written = mmap(NULL, sizeof(*written), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct fixture fixture;
    uint32_t state, reason;
    char tree[1200], text[32];
    int round, status, number;
    pid_t child;

    make(&fixture);
    fixture_write(fixture.origin, "a", "edit 0000000000");
    CHECK_STATUS(fixture_run(&fixture, CSC_OP_SYNC, OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCIN, 0, SHARE), CSC_OK);
    CHECK_STRING(fixture_read(fixture_tree(&fixture, tree), "a"), "edit 0000000000");
    srand(1);
    for (round = 0; round < 20 && !test_failures; round++)
    {
        fixture_close(&fixture);
        if (!(child = fork())) edit_until_killed(&fixture, written);
        usleep(20000 + rand() % 150000);
        kill(child, SIGKILL);
        waitpid(child, &status, 0);
        CHECK(WIFSIGNALED(status));

        CHECK_STATUS(fixture_open(&fixture), CSC_OK);
        CHECK_STATUS(csc_connect_state(fixture.engine, SHARE, &state, &reason), CSC_OK);
        CHECK_STRING(fixture_link(&fixture, "server/share"), state == OFFLINE ? tree : fixture.origin);
        /* whatever the state was, both sides end up with the last edit */
        CHECK_STATUS(go_online(&fixture), CSC_OK);
        CHECK_STATUS(fixture_run(&fixture, CSC_OP_SYNC, OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCIN |
                                 OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCOUT, 0, SHARE), CSC_OK);
        CHECK_STRING(fixture_link(&fixture, "server/share"), fixture.origin);
        CHECK_INT(sscanf(fixture_read(fixture.origin, "a"), "edit %d", &number), 1);
        /* it may have been killed between the write and the note of it */
        CHECK(number == *written || number == *written + 1);
        *written = number;
        snprintf(text, sizeof(text), "edit %010d", number);
        CHECK_STRING(fixture_read(tree, "a"), text);
        CHECK_STRING(fixture_read(fixture.origin, "dir/b"), "b of the origin");
        CHECK_STRING(fixture_read(tree, "dir/b"), "b of the origin");
    }
    printf("# %d edits\n", *written);
    munmap((void *)written, sizeof(*written));
    fixture_destroy(&fixture);
}

static void online_without_the_origin_fails(void)
{
    struct fixture fixture;
    int64_t start;

    make(&fixture);
    go_offline(&fixture);
    fixture_set_mood(&fixture, ORIGIN_DEAD);
    CHECK(csc_failed(go_online(&fixture)));
    check_state(&fixture, OFFLINE, OFFLINEFILES_OFFLINE_REASON_CONNECTION_FORCED);
    fixture_set_mood(&fixture, ORIGIN_HUNG);
    start = fixture_now();
    CHECK_STATUS(go_online(&fixture), CSC_E_TIMEOUT);
    CHECK(fixture_now() - start < 5000);
    check_state(&fixture, OFFLINE, OFFLINEFILES_OFFLINE_REASON_CONNECTION_FORCED);
    fixture_set_mood(&fixture, ORIGIN_ALIVE);
    fixture_set_foreign_root(&fixture, 1);
    CHECK_STATUS(go_online(&fixture), CSC_E_BAD_NETPATH);
    check_state(&fixture, OFFLINE, OFFLINEFILES_OFFLINE_REASON_CONNECTION_FORCED);
    fixture_set_foreign_root(&fixture, 0);
    CHECK_STATUS(go_online(&fixture), CSC_OK);
    check_state(&fixture, ONLINE, OFFLINEFILES_OFFLINE_REASON_NOT_APPLICABLE);
    fixture_destroy(&fixture);
}

/* The origin fails in one of the ways, and comes back. */
static void fail_and_return(void (*fail)(struct fixture *fixture), void (*mend)(struct fixture *fixture))
{
    struct fixture fixture;
    int64_t start;

    make(&fixture);
    start = fixture_now();
    fail(&fixture);
    CHECK(wait_state(&fixture, OFFLINE));
    printf("# offline after %lld ms\n", (long long)(fixture_now() - start));
    check_state(&fixture, OFFLINE, OFFLINEFILES_OFFLINE_REASON_CONNECTION_ERROR);

    /* programs go on, a restart changes nothing */
    fixture_write(fixture.unc, "server/share/a", "edited meanwhile");
    fixture_close(&fixture);
    CHECK_STATUS(fixture_open(&fixture), CSC_OK);
    usleep(fixture.interval * 3 * 1000);
    check_state(&fixture, OFFLINE, OFFLINEFILES_OFFLINE_REASON_CONNECTION_ERROR);

    mend(&fixture);
    CHECK(wait_state(&fixture, ONLINE));
    check_state(&fixture, ONLINE, OFFLINEFILES_OFFLINE_REASON_NOT_APPLICABLE);
    CHECK_STRING(fixture_read(fixture.origin, "a"), "edited meanwhile");
    fixture_destroy(&fixture);
}

static void kill_origin(struct fixture *fixture)
{
    fixture_set_mood(fixture, ORIGIN_DEAD);
}

static void hang_origin(struct fixture *fixture)
{
    fixture_set_mood(fixture, ORIGIN_HUNG);
}

static void revive_origin(struct fixture *fixture)
{
    fixture_set_mood(fixture, ORIGIN_ALIVE);
}

static void replace_root(struct fixture *fixture)
{
    fixture_set_foreign_root(fixture, 1);
}

static void restore_root(struct fixture *fixture)
{
    fixture_set_foreign_root(fixture, 0);
}

static void an_origin_that_fails(void)
{
    fail_and_return(kill_origin, revive_origin);
}

static void an_origin_that_hangs(void)
{
    fail_and_return(hang_origin, revive_origin);
}

static void an_origin_that_is_another_one(void)
{
    fail_and_return(replace_root, restore_root);
}

static void move_away(struct fixture *fixture)
{
    char away[1200];

    if (rename(fixture->origin, fixture_path(away, fixture->folder, "away"))) perror(away);
}

static void move_back(struct fixture *fixture)
{
    char away[1200];

    if (rename(fixture_path(away, fixture->folder, "away"), fixture->origin)) perror(away);
}

static void an_origin_that_is_not_there(void)
{
    fail_and_return(move_away, move_back);
}

/* What an unmounted mount point looks like: an empty directory at the same place. */
static void unmount(struct fixture *fixture)
{
    move_away(fixture);
    mkdir(fixture->origin, 0777);
}

static void mount_again(struct fixture *fixture)
{
    rmdir(fixture->origin);
    move_back(fixture);
}

static void an_empty_mount_point(void)
{
    fail_and_return(unmount, mount_again);
}

static void one_error_is_not_enough(void)
{
    struct fixture fixture;
    struct csc_scope *scope;
    uint32_t state, reason;
    int i;

    make(&fixture);
    /* dead for less than the time after which a failure is confirmed */
    fixture_set_mood(&fixture, ORIGIN_DEAD);
    scope = fixture_scope(&fixture, SHARE);
    csc_scope_suspect(scope);
    csc_scope_release(scope);
    usleep(150000);
    fixture_set_mood(&fixture, ORIGIN_ALIVE);
    for (i = 0; i < 20; i++)
    {
        CHECK_STATUS(csc_connect_state(fixture.engine, SHARE, &state, &reason), CSC_OK);
        CHECK_INT(state, ONLINE);
        usleep(50000);
    }
    fixture_destroy(&fixture);
}

static void an_empty_cache_stays_at_the_origin(void)
{
    struct fixture fixture;

    fixture_make(&fixture);
    CHECK_STATUS(csc_map(fixture.engine, SHARE, fixture.origin, 0), CSC_OK);
    fixture_set_mood(&fixture, ORIGIN_DEAD);
    usleep(1500000);
    CHECK_STRING(fixture_link(&fixture, "server/share"), fixture.origin);
    check_state(&fixture, ONLINE, OFFLINEFILES_OFFLINE_REASON_NOT_APPLICABLE);
    fixture_destroy(&fixture);
}

static void an_error_becomes_a_decision(void)
{
    struct fixture fixture;

    make(&fixture);
    kill_origin(&fixture);
    CHECK(wait_state(&fixture, OFFLINE));
    go_offline(&fixture);
    check_state(&fixture, OFFLINE, OFFLINEFILES_OFFLINE_REASON_CONNECTION_FORCED);
    revive_origin(&fixture);
    usleep(fixture.interval * 5 * 1000);
    check_state(&fixture, OFFLINE, OFFLINEFILES_OFFLINE_REASON_CONNECTION_FORCED);
    fixture_destroy(&fixture);
}

static void other_shares_go_on(void)
{
    struct fixture fixture;
    uint32_t state, reason;
    char path[1200];

    make(&fixture);
    fixture_mkdir(fixture.folder, "second");
    fixture_write(fixture.folder, "second/file", "content");
    CHECK_STATUS(csc_map(fixture.engine, "\\\\server\\second", fixture_path(path, fixture.folder, "second"), 0), CSC_OK);
    hang_origin(&fixture);
    CHECK_STATUS(fixture_run(&fixture, CSC_OP_PIN, PIN, 1, "\\\\server\\second"), CSC_OK);
    CHECK(wait_state(&fixture, OFFLINE));
    CHECK_STATUS(csc_connect_state(fixture.engine, "\\\\server\\second\\file", &state, &reason), CSC_OK);
    CHECK_INT(state, ONLINE);
    CHECK_STATUS(csc_unmap(fixture.engine, "\\\\server\\second", 0), CSC_OK);
    CHECK_STATUS(csc_unmap(fixture.engine, SHARE, 0), CSC_OK);
    fixture_destroy(&fixture);
}

/* The disk was full when the share went offline, so that the store does not know: the link does. */
static void a_link_at_the_cache_means_offline(void)
{
    struct fixture fixture;
    char link[1200], tree[1200];

    make(&fixture);
    fixture_close(&fixture);
    unlink(fixture_path(link, fixture.unc, "server/share"));
    if (symlink(fixture_tree(&fixture, tree), link)) perror(link);
    fixture_write(fixture.unc, "server/share/a", "edited meanwhile");
    fixture_set_mood(&fixture, ORIGIN_DEAD);
    CHECK_STATUS(fixture_open(&fixture), CSC_OK);
    check_state(&fixture, OFFLINE, OFFLINEFILES_OFFLINE_REASON_CONNECTION_ERROR);
    CHECK_STRING(fixture_read(fixture.unc, "server/share/a"), "edited meanwhile");
    fixture_set_mood(&fixture, ORIGIN_ALIVE);
    CHECK(wait_state(&fixture, ONLINE));
    CHECK_STRING(fixture_read(fixture.origin, "a"), "edited meanwhile");
    fixture_destroy(&fixture);
}

static atomic_int flush_hangs;

static csc_status hanging_flush(struct csc_fs *fs, struct csc_dir *dir)
{
    while (atomic_load(&flush_hangs)) usleep(10000);
    return csc_fs_posix()->sync_all(fs, dir);
}

/* The flush before a share goes offline has a limit of 3 s: no other share waits for it. */
static void a_slow_flush_delays_no_other_share(void)
{
    static const char other[] = "\\\\server\\zother";     /* the monitor looks at it last */
    struct csc_item_list rows = { 0 };
    struct csc_scope *scope;
    struct fixture fixture;
    uint32_t state, reason;
    int64_t start;
    char path[1200];

    make(&fixture);
    fixture_close(&fixture);
    fixture.fs.sync_all = hanging_flush;
    CHECK_STATUS(fixture_open(&fixture), CSC_OK);
    fixture_mkdir(fixture.folder, "origin of another");
    fixture_write(fixture.folder, "origin of another/file", "content");
    CHECK_STATUS(csc_map(fixture.engine, other, fixture_path(path, fixture.folder, "origin of another"), 0), CSC_OK);
    CHECK_STATUS(fixture_run(&fixture, CSC_OP_PIN, PIN, 1, other), CSC_OK);
    if ((scope = fixture_scope(&fixture, other)))
    {
        CHECK_STATUS(csc_scope_flush(scope, 10000), CSC_OK);
        csc_scope_release(scope);
    }
    atomic_store(&flush_hangs, 1);
    fixture_write(fixture.origin, "fresh", "not flushed");
    CHECK_STATUS(fixture_run(&fixture, CSC_OP_SYNC, OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCIN, 1, SHARE), CSC_OK);
    if ((scope = fixture_scope(&fixture, SHARE)))
    {
        CHECK_STATUS(csc_store_unflushed(fixture.engine->store, scope->row.id, &rows), CSC_OK);
        CHECK(rows.count);
        csc_item_list_free(&rows);
        csc_scope_release(scope);
    }

    start = fixture_now();
    fixture_set_mood(&fixture, ORIGIN_DEAD);
    CHECK(fixture_wait_state(&fixture, other, OFFLINE, 10000));
    printf("# the other share is offline after %lld ms\n", (long long)(fixture_now() - start));
    CHECK_STATUS(csc_connect_state(fixture.engine, SHARE, &state, &reason), CSC_OK);
    CHECK_INT(state, ONLINE);
    /* nor does the share itself wait for ever */
    CHECK(wait_state(&fixture, OFFLINE));
    atomic_store(&flush_hangs, 0);
    fixture_destroy(&fixture);
}

static void closing_with_a_hung_origin(void)
{
    struct fixture fixture;
    int64_t start;

    make(&fixture);
    hang_origin(&fixture);
    CHECK(wait_state(&fixture, OFFLINE));
    start = fixture_now();
    fixture_close(&fixture);
    CHECK(fixture_now() - start < 6000);
    /* the store was let go */
    revive_origin(&fixture);
    CHECK_STATUS(fixture_open(&fixture), CSC_OK);
    CHECK(wait_state(&fixture, ONLINE));
    fixture_destroy(&fixture);
}

int main(void)
{
    RUN(offline_by_hand);
    RUN(open_files_prevent_it);
    RUN(open_files_are_found_through_links);
    RUN(online_brings_the_edits_over);
    RUN(a_conflict_does_not_keep_it_offline);
    RUN(a_late_edit_is_settled);
    RUN(a_late_edit_is_settled_after_a_restart);
    RUN(killed_at_any_time);
    RUN(online_without_the_origin_fails);
    RUN(an_origin_that_fails);
    RUN(an_origin_that_hangs);
    RUN(an_origin_that_is_another_one);
    RUN(an_origin_that_is_not_there);
    RUN(an_empty_mount_point);
    RUN(one_error_is_not_enough);
    RUN(an_empty_cache_stays_at_the_origin);
    RUN(an_error_becomes_a_decision);
    RUN(other_shares_go_on);
    RUN(a_link_at_the_cache_means_offline);
    RUN(a_slow_flush_delays_no_other_share);
    RUN(closing_with_a_hung_origin);
    return test_report();
}
