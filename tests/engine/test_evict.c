/*
 * Eviction
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sync_fixture.h"
#include "evict.h"

#define SIZE 1000
#define EVERYTHING (1ull << 40)

static void write_kilo(const char *base, const char *below)
{
    char text[SIZE + 1];

    memset(text, 'x', SIZE);
    text[SIZE] = 0;
    memcpy(text, below, strlen(below));
    fixture_write(base, below, text);
    fixture_touch(base, below, 1000000000);
}

static csc_status run(struct fixture *f, enum csc_op_kind kind, uint32_t flags, const char *path)
{
    return fixture_run(f, kind, flags, 0, path);
}

/* Files a to e, cached and not pinned any more, in a directory that passes no pin on; used in this order. */
static void make_unpinned(struct fixture *f)
{
    static const char *const names[] = { "dir/a", "dir/b", "dir/c", "dir/d", "dir/e" };
    char path[100];
    size_t i;

    world_make(f);
    fixture_mkdir(f->origin, "dir");
    for (i = 0; i < 5; i++)
    {
        write_kilo(f->origin, names[i]);
        snprintf(path, sizeof(path), SHARE "\\dir\\%c", names[i][4]);
        CHECK_STATUS(run(f, CSC_OP_PIN, PIN_FILL, path), CSC_OK);
        CHECK_STATUS(run(f, CSC_OP_UNPIN, PIN_USER, path), CSC_OK);
        fixture_touch(tree_of(f), names[i], 1000000000);      /* reading is no use here */
    }
    CHECK_STATUS(sync_share(f, SYNC_BOTH), CSC_OK);
}

static uint64_t evict(struct fixture *f, uint64_t wanted)
{
    uint64_t freed;

    CHECK_STATUS(csc_evict(f->engine, NULL, wanted, &freed), CSC_OK);
    return freed;
}

/* Which of a to e are in the cache. */
static const char *cached(struct fixture *f)
{
    static char text[6];
    char below[8], *p = text, c;

    for (c = 'a'; c <= 'e'; c++)
    {
        snprintf(below, sizeof(below), "dir/%c", c);
        if (fixture_exists(tree_of(f), below)) *p++ = c;
    }
    *p = 0;
    return text;
}

static void test_least_recently_used_first(void)
{
    struct fixture f;

    make_unpinned(&f);
    CHECK_STRING(cached(&f), "abcde");
    CHECK_INT(evict(&f, 1), SIZE);
    CHECK_STRING(cached(&f), "bcde");
    CHECK(!is_cached(&f, SHARE "\\dir\\a"));
    CHECK(fixture_exists(f.origin, "dir/a"));
    CHECK(is_clean(&f));

    /* what is fetched again is used now */
    change(f.origin, "dir/b", "changed on the origin", 1);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    fixture_touch(tree_of(&f), "dir/b", 1000000001);
    CHECK_INT(evict(&f, 2 * SIZE), 2 * SIZE);
    CHECK_STRING(cached(&f), "be");
    /* a sync does not take any of it for deleted, or for new */
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_STRING(cached(&f), "be");
    CHECK_INT(count_in(f.origin, "dir"), 5);
    CHECK_INT(evict(&f, EVERYTHING), SIZE + strlen("changed on the origin"));
    CHECK_INT(evict(&f, EVERYTHING), 0);
    CHECK_INT(count_in(f.origin, "dir"), 5);
    fixture_destroy(&f);
}

/* Pinned, dirty, in conflict, open, in a suspended tree: never. */
/* Pinned, changed, in conflict, open, suspended.
 * fact: pin.protects */
static void test_what_stays(void)
{
    struct fixture f;
    char open[1300];

    make_unpinned(&f);
    CHECK_STATUS(run(&f, CSC_OP_PIN, OFFLINEFILES_PIN_CONTROL_FLAG_FORALL, SHARE "\\dir\\a"), CSC_OK);
    change(tree_of(&f), "dir/b", "dirty", 1);
    change(tree_of(&f), "dir/c", "mine", 1);
    change(f.origin, "dir/c", "theirs", 2);
    sync_share(&f, SYNC_IN);
    CHECK_INT(conflict_count(&f), 1);
    snprintf(open, sizeof(open), "%s/dir/d", tree_of(&f));
    fixture_set_open_file(&f, open);
    CHECK_INT(evict(&f, EVERYTHING), SIZE);
    CHECK_STRING(cached(&f), "abcd");
    CHECK_STRING(fixture_read(tree_of(&f), "dir/b"), "dirty");
    CHECK_STRING(fixture_read(tree_of(&f), "dir/c"), "mine");

    fixture_set_open_file(&f, NULL);
    CHECK_STATUS(csc_suspend(f.engine, SHARE "\\dir", 1), CSC_OK);
    CHECK_INT(evict(&f, EVERYTHING), 0);
    CHECK_STATUS(csc_suspend(f.engine, SHARE "\\dir", 0), CSC_OK);
    CHECK_INT(evict(&f, EVERYTHING), SIZE);
    CHECK_STRING(cached(&f), "abc");
    fixture_destroy(&f);
}

/* While the share is offline the cache is all that programs have. */
static void test_not_while_offline(void)
{
    struct fixture f;

    make_unpinned(&f);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    CHECK_INT(evict(&f, EVERYTHING), 0);
    CHECK_STRING(cached(&f), "abcde");
    fixture_destroy(&f);
}

static time_t accessed(struct fixture *f, const char *below)
{
    char path[1300];
    struct stat st;

    snprintf(path, sizeof(path), "%s/%s", tree_of(f), below);
    return stat(path, &st) ? -1 : st.st_atime;
}

/* Programs that read a copy offline move its time of access, which counts. */
static void test_reading_is_a_use(void)
{
    struct timespec times[2] = { { 0, 0 }, { 1000000000, 0 } };
    struct csc_item_list rows;
    struct fixture f;
    char path[1300];
    size_t i;

    make_unpinned(&f);
    /* the synchronization there read all of them to compare, and that was no use */
    CHECK_INT(accessed(&f, "dir/b"), 1000000000);
    CHECK_STATUS(csc_store_evictable(f.engine->store, INT64_MIN, 0, 10, &rows), CSC_OK);
    CHECK_INT(rows.count, 5);
    for (i = 0; i < rows.count; i++)
    {
        /* by their names: several workers brought them in */
        rows.items[i].used += (rows.items[i].name[0] - 3600) * CSC_NS_PER_S;
        CHECK_STATUS(csc_store_item_put(f.engine->store, &rows.items[i]), CSC_OK);
    }
    csc_item_list_free(&rows);
    times[0].tv_sec = time(NULL) - 5;
    snprintf(path, sizeof(path), "%s/dir/a", tree_of(&f));
    if (utimensat(AT_FDCWD, path, times, 0)) perror(path);
    /* its ctime moved: a sync finds that it is the same */
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_INT(evict(&f, 1), SIZE);
    CHECK_STRING(cached(&f), "acde");
    /* in its turn it goes, too */
    CHECK_INT(evict(&f, EVERYTHING), 4 * SIZE);
    fixture_destroy(&f);
}

/* A file that a program opens in the instant of its eviction, or changes, has its place back. */
static struct fixture *racing;
static int (*race)(const char *aside);
static int raced;

static csc_status racing_rename(struct csc_fs *fs, struct csc_dir *from, const char *old_name, struct csc_dir *to,
                                const char *new_name, int mode)
{
    csc_status status = csc_fs_posix()->rename(csc_fs_posix(), from, old_name, to, new_name, mode);

    (void)fs;
    if (race && !csc_failed(status) && !strcmp(old_name, "a") && new_name[0] == 'r')
    {
        raced = 1;
        race(new_name);
    }
    return status;
}

static int open_aside(const char *aside)
{
    static char path[1400];

    snprintf(path, sizeof(path), "%s/v2.0.6/temp/%s", racing->cache, aside);
    fixture_set_open_file(racing, path);
    return 0;
}

static int write_aside(const char *aside)
{
    char temp[1200];

    fixture_path(temp, racing->cache, "v2.0.6/temp");
    change(temp, aside, "written in the last instant", 5);
    return 0;
}

static int take_place(const char *aside)
{
    (void)aside;
    change(tree_of(racing), "dir/a", "somebody else", 5);
    return open_aside(aside);
}

static int go_offline_now(const char *aside)
{
    (void)aside;
    CHECK_STATUS(go_offline(racing), CSC_OK);
    return 0;
}

static void test_races(void)
{
    struct fixture f;

    make_unpinned(&f);
    racing = &f;
    f.fs.rename = racing_rename;

    race = open_aside;
    raced = 0;
    CHECK_INT(evict(&f, 1), 0);
    CHECK(raced);
    CHECK_STRING(cached(&f), "abcde");
    fixture_set_open_file(&f, NULL);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_INT(fixture_flags(&f, SHARE "\\dir\\a"), 0);

    race = write_aside;
    raced = 0;
    evict(&f, 1);
    CHECK(raced);
    CHECK_STRING(fixture_read(tree_of(&f), "dir/a"), "written in the last instant");
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_STRING(fixture_read(f.origin, "dir/a"), "written in the last instant");

    race = go_offline_now;
    raced = 0;
    /* the others were used before by now */
    evict(&f, EVERYTHING);
    CHECK(raced);
    CHECK(fixture_exists(tree_of(&f), "dir/a"));
    race = NULL;
    CHECK_STATUS(run(&f, CSC_OP_ONLINE, 0, SHARE), CSC_OK);
    CHECK_INT(count_in(f.origin, "dir"), 5);

    race = take_place;
    raced = 0;
    evict(&f, EVERYTHING);
    CHECK(raced);
    CHECK_STRING(fixture_read(tree_of(&f), "dir/a"), "somebody else");
    CHECK_INT(count_in(tree_of(&f), "dir"), 2);               /* and the one that was moved, under another name */
    race = NULL;
    CHECK(is_clean(&f));
    fixture_destroy(&f);
}

/* In a directory that passes its pin on an evicted file keeps its name, or it would come back pinned. */
static void test_no_return(void)
{
    struct fixture f;
    struct csc_usage usage;

    world_make(&f);
    fixture_mkdir(f.origin, "dir");
    write_kilo(f.origin, "dir/a");
    write_kilo(f.origin, "dir/b");
    CHECK_STATUS(pin_all(&f), CSC_OK);
    CHECK_STATUS(run(&f, CSC_OP_UNPIN, PIN_USER, SHARE "\\dir\\a"), CSC_OK);
    fixture_touch(tree_of(&f), "dir/a", 1000000000);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_INT(evict(&f, 1), SIZE);
    CHECK_STRING(cached(&f), "b");
    CHECK_INT(fixture_flags(&f, SHARE "\\dir\\a"), CSC_ITEM_SPARSE | CSC_ITEM_GHOST);
    CHECK_STATUS(csc_store_usage(f.engine->store, 0, &usage), CSC_OK);
    CHECK_INT(usage.sparse, 0);

    CHECK_STATUS(sync_share(&f, SYNC_BOTH | SYNC_FILL), CSC_OK);
    CHECK_STRING(cached(&f), "b");
    change(f.origin, "dir/a", "changed there", 1);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_STRING(cached(&f), "b");
    /* asked for by name */
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_STATUS(run(&f, CSC_OP_SYNC, SYNC_FILL, SHARE "\\dir\\a"), CSC_OK);
    CHECK_STRING(fixture_read(tree_of(&f), "dir/a"), "changed there");
    CHECK_INT(fixture_flags(&f, SHARE "\\dir\\a"), 0);
    fixture_touch(tree_of(&f), "dir/a", 1000000001);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_INT(evict(&f, 1), strlen("changed there"));
    CHECK_STRING(cached(&f), "b");
    /* pinned again */
    CHECK_STATUS(run(&f, CSC_OP_PIN, PIN_FILL, SHARE "\\dir\\a"), CSC_OK);
    CHECK_STRING(cached(&f), "ab");
    CHECK_INT(evict(&f, EVERYTHING), 0);

    /* deleted on the origin: so is the name */
    CHECK_STATUS(run(&f, CSC_OP_UNPIN, PIN_USER, SHARE "\\dir\\a"), CSC_OK);
    fixture_touch(tree_of(&f), "dir/a", 1000000001);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_INT(evict(&f, 1), strlen("changed there"));
    remove_at(f.origin, "dir/a");
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK(!is_cached(&f, SHARE "\\dir\\a"));
    fixture_destroy(&f);
}

/* A crash at each step: nothing is lost, nothing looks deleted by a user. */
static void test_crash(void)
{
    char path[1200], aside[100], tree[1300];
    struct csc_item_list rows;
    struct fixture f;
    int step;

    for (step = 0; step < 3; step++)
    {
        make_unpinned(&f);
        CHECK_STATUS(csc_store_evictable(f.engine->store, INT64_MIN, 0, 1, &rows), CSC_OK);
        CHECK_INT(rows.count, 1);
        CHECK_STRING(rows.items[0].name, "a");
        snprintf(aside, sizeof(aside), "v2.0.6/temp/r77.%llx", (unsigned long long)rows.items[0].id);
        snprintf(tree, sizeof(tree), "%s/dir/a", tree_of(&f));
        if (rename(tree, fixture_path(path, f.cache, aside))) perror(path);
        if (step) CHECK_STATUS(csc_store_item_evict(f.engine->store, rows.items[0].id, step == 2), CSC_OK);
        csc_item_list_free(&rows);
        fixture_close(&f);
        CHECK_STATUS(fixture_open(&f), CSC_OK);
        CHECK_STRING(cached(&f), step ? "bcde" : "abcde");
        CHECK(is_clean(&f));
        CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
        CHECK_INT(count_in(f.origin, "dir"), 5);
        CHECK_INT(conflict_count(&f), 0);
        CHECK_STRING(cached(&f), step ? "bcde" : "abcde");
        fixture_destroy(&f);
    }
}

/* A helper looks at the limits just now. */
static int is_evicting(struct csc_engine *engine)
{
    int evicting;

    pthread_mutex_lock(&engine->lock);
    evicting = engine->evicting;
    pthread_mutex_unlock(&engine->lock);
    return evicting;
}

/* The monitor does it by itself once a limit is exceeded. */
static void test_limit_of_unpinned(void)
{
    struct fixture f;
    int64_t until;

    make_unpinned(&f);
    CHECK_STATUS(csc_set_disk_limits(f.engine, EVERYTHING, 2 * SIZE + 500), CSC_OK);
    until = fixture_now() + 10000;
    while ((strlen(cached(&f)) > 2 || is_evicting(f.engine)) && fixture_now() < until) usleep(20000);
    CHECK_STRING(cached(&f), "de");
    CHECK(is_clean(&f));
    CHECK_INT(count_in(f.origin, "dir"), 5);
    fixture_destroy(&f);
}

/* Pinned content has precedence: what was cached automatically makes room for it. */
static void test_room_for_pins(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS, .deep = 1 };
    struct fixture f;
    char name[32];
    int i;

    make_unpinned(&f);
    CHECK_STATUS(csc_set_disk_limits(f.engine, 6 * SIZE, 6 * SIZE), CSC_OK);
    fixture_mkdir(f.origin, "pinned");
    for (i = 0; i < 4; i++)
    {
        snprintf(name, sizeof(name), "pinned/%d", i);
        write_kilo(f.origin, name);
    }
    CHECK_STATUS(client_one(&f, &client, CSC_OP_PIN, PIN_FILL, SHARE "\\pinned"), CSC_OK);
    CHECK_STRING(cached(&f), "de");
    CHECK_INT(count_in(tree_of(&f), "pinned"), 4);
    /* more than can be had */
    for (; i < 8; i++)
    {
        snprintf(name, sizeof(name), "pinned/%d", i);
        write_kilo(f.origin, name);
    }
    CHECK_STATUS(client_one(&f, &client, CSC_OP_PIN, PIN_FILL, SHARE "\\pinned"), CSC_E_MORE_DATA);
    CHECK_STRING(cached(&f), "");
    CHECK_INT(count_in(tree_of(&f), "pinned"), 6);
    /* with more room the rest comes by itself */
    CHECK_STATUS(csc_set_disk_limits(f.engine, 20 * SIZE, 6 * SIZE), CSC_OK);
    CHECK_STATUS(sync_share(&f, SYNC_FILL), CSC_OK);
    CHECK_INT(count_in(tree_of(&f), "pinned"), 8);
    client_free(&client);
    fixture_destroy(&f);
}

/* While an operation works in a share, others leave it alone: what is gone from the tree and not yet from the rows
 * would look deleted by a user. */
static void test_busy_share(void)
{
    struct csc_scope *scope;
    struct csc_op *owner;
    const char *path = SHARE;
    struct csc_op_request request = { .kind = CSC_OP_SYNC, .flags = SYNC_BOTH, .paths = &path, .count = 1 };
    struct fixture f;

    make_unpinned(&f);
    scope = fixture_scope(&f, SHARE);
    CHECK_STATUS(csc_op_start(f.engine, &request, &owner), CSC_OK);
    CHECK_STATUS(csc_op_own_scope(owner, scope), CSC_OK);
    CHECK_INT(evict(&f, EVERYTHING), 0);
    CHECK_STRING(cached(&f), "abcde");
    csc_op_disown_scope(owner, scope);
    csc_op_close(owner);
    csc_scope_release(scope);
    CHECK_INT(evict(&f, EVERYTHING), 5 * SIZE);
    fixture_destroy(&f);
}

int main(void)
{
    RUN(test_least_recently_used_first);
    RUN(test_what_stays);
    RUN(test_not_while_offline);
    RUN(test_reading_is_a_use);
    RUN(test_races);
    RUN(test_no_return);
    RUN(test_crash);
    RUN(test_limit_of_unpinned);
    RUN(test_room_for_pins);
    RUN(test_busy_share);
    return test_report();
}
