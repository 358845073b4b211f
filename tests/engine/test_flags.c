/*
 * What the control flags of a synchronization mean
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * SKIPSUSPENDEDDIRS is in test_suspend.c, PINLINKTARGETS in test_link_target.c.
 */

#include "sync_fixture.h"

#define BACKGROUND OFFLINEFILES_SYNC_CONTROL_FLAG_BACKGROUND
#define PIN_NEW    OFFLINEFILES_SYNC_CONTROL_FLAG_PINNEWFILES

/* A change on each side, a sparse file, a new file on each side, a deletion on each side. */
static void make_all(struct fixture *f)
{

    world_make(f);
    origin_write(f, "changed here", "1");
    origin_write(f, "changed there", "1");
    origin_write(f, "deleted here", "1");
    origin_write(f, "deleted there", "1");
    CHECK_STATUS(pin_all(f), CSC_OK);
    CHECK_STATUS(go_offline(f), CSC_OK);
    origin_write(f, "new there", "n");
    origin_write(f, "sparse", "s");
    change(tree_of(f), "changed here", "2", 1);
    change(f->origin, "changed there", "2", 1);
    change(tree_of(f), "new here", "n", 1);
    remove_at(tree_of(f), "deleted here");
    remove_at(f->origin, "deleted there");
    fixture_row(f, 0, "sparse", OFFLINEFILES_ITEM_TYPE_FILE, CSC_PIN_USER, CSC_ROW_SPARSE, NULL);
}

struct outcome { int out, in, filled, created_out, created_in, deleted_out, deleted_in; };

static struct outcome outcome_of(struct fixture *f)
{
    struct outcome o = { 0 };

    o.out = !strcmp(fixture_read(f->origin, "changed here"), "2");
    o.in = !strcmp(fixture_read(tree_of(f), "changed there"), "2");
    o.filled = fixture_exists(tree_of(f), "sparse");
    o.created_out = fixture_exists(f->origin, "new here");
    o.created_in = fixture_exists(tree_of(f), "new there");
    o.deleted_out = !fixture_exists(f->origin, "deleted here");
    o.deleted_in = !fixture_exists(tree_of(f), "deleted there");
    return o;
}

static void check_outcome(uint32_t flags, struct outcome expected)
{
    struct outcome o;
    struct fixture f;

    make_all(&f);
    CHECK_STATUS(sync_share(&f, flags), CSC_OK);
    o = outcome_of(&f);
    CHECK_INT(o.out, expected.out);
    CHECK_INT(o.in, expected.in);
    CHECK_INT(o.filled, expected.filled);
    CHECK_INT(o.created_out, expected.created_out);
    CHECK_INT(o.created_in, expected.created_in);
    CHECK_INT(o.deleted_out, expected.deleted_out);
    CHECK_INT(o.deleted_in, expected.deleted_in);
    fixture_destroy(&f);
}

static void test_directions(void)
{
    check_outcome(SYNC_FILL, (struct outcome){ .filled = 1 });
    check_outcome(SYNC_IN, (struct outcome){ .filled = 1, .in = 1, .created_in = 1, .deleted_in = 1 });
    check_outcome(SYNC_OUT, (struct outcome){ .out = 1, .created_out = 1, .deleted_out = 1 });
    check_outcome(SYNC_OUT | OFFLINEFILES_SYNC_CONTROL_FLAG_NONEWFILESOUT,
                  (struct outcome){ .out = 1, .deleted_out = 1 });
    check_outcome(SYNC_BOTH, (struct outcome){ 1, 1, 1, 1, 1, 1, 1 });
    /* accepted, and nothing else */
    check_outcome(SYNC_BOTH | OFFLINEFILES_SYNC_CONTROL_FLAG_LOWPRIORITY | OFFLINEFILES_SYNC_CONTROL_FLAG_INTERACTIVE |
                  OFFLINEFILES_SYNC_CONTROL_FLAG_CONSOLE | OFFLINEFILES_SYNC_CONTROL_FLAG_ASYNCPROGRESS | BACKGROUND,
                  (struct outcome){ 1, 1, 1, 1, 1, 1, 1 });
}

/* New files of a pinned directory that passes nothing on: with PINNEWFILES only, for the reasons given or its own. */
static void test_pin_new_files(void)
{
    static const struct { uint32_t flags, reasons; } cases[] =
    {
        { OFFLINEFILES_SYNC_CONTROL_FLAG_PINFORUSER, CSC_PIN_USER },
        { OFFLINEFILES_SYNC_CONTROL_FLAG_PINFORUSER_POLICY, CSC_PIN_USER_POLICY },
        { OFFLINEFILES_SYNC_CONTROL_FLAG_PINFORALL, CSC_PIN_COMPUTER },
        { OFFLINEFILES_SYNC_CONTROL_FLAG_PINFORREDIR, CSC_PIN_REDIRECTION },
        { OFFLINEFILES_SYNC_CONTROL_FLAG_PINFORUSER | OFFLINEFILES_SYNC_CONTROL_FLAG_PINFORALL,
          CSC_PIN_USER | CSC_PIN_COMPUTER },
        { 0, CSC_PIN_REDIRECTION },
    };
    char below[32], path[64];
    struct csc_scope *scope;
    struct csc_item item;
    struct fixture f;
    unsigned i;
    char *key;

    world_make(&f);
    fixture_mkdir(f.origin, "dir");
    fixture_mkdir(f.origin, "plain");
    CHECK_STATUS(fixture_run(&f, CSC_OP_PIN, OFFLINEFILES_PIN_CONTROL_FLAG_FORREDIR, 0, SHARE "\\dir"), CSC_OK);
    CHECK_STATUS(fixture_run(&f, CSC_OP_PIN, PIN_USER, 0, SHARE "\\plain"), CSC_OK);
    CHECK_STATUS(fixture_run(&f, CSC_OP_UNPIN, PIN_USER, 0, SHARE "\\plain"), CSC_OK);
    /* pinned, without passing it on */
    scope = fixture_scope(&f, SHARE);
    CHECK_STATUS(csc_name_key("dir", &key), CSC_OK);
    CHECK_STATUS(csc_store_item_find(f.engine->store, scope->row.root_item, key, &item), CSC_OK);
    CHECK_STATUS(csc_store_item_set_pin(f.engine->store, item.id, CSC_PIN_REDIRECTION), CSC_OK);
    csc_item_clear(&item);
    free(key);
    csc_scope_release(scope);

    origin_write(&f, "dir/first", "1");
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK(!is_cached(&f, SHARE "\\dir\\first"));
    CHECK_STATUS(sync_share(&f, SYNC_OUT | PIN_NEW), CSC_OK);
    CHECK(!is_cached(&f, SHARE "\\dir\\first"));
    CHECK_STATUS(sync_share(&f, SYNC_FILL | PIN_NEW), CSC_OK);
    CHECK(!is_cached(&f, SHARE "\\dir\\first"));
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
    {
        snprintf(below, sizeof(below), "dir/new %u", i);
        origin_write(&f, below, "n");
        snprintf(below, sizeof(below), "dir/new dir %u", i);
        fixture_mkdir(f.origin, below);
        CHECK_STATUS(sync_share(&f, SYNC_IN | PIN_NEW | cases[i].flags), CSC_OK);
        snprintf(path, sizeof(path), SHARE "\\dir\\new %u", i);
        CHECK_INT(pin_of(&f, path), cases[i].reasons);
        snprintf(path, sizeof(path), SHARE "\\dir\\new dir %u", i);
        CHECK_INT(pin_of(&f, path), INHERIT(cases[i].reasons));
    }
    /* a cached directory that is not pinned takes nothing up */
    origin_write(&f, "plain/new", "n");
    CHECK_STATUS(sync_share(&f, SYNC_IN | PIN_NEW | OFFLINEFILES_SYNC_CONTROL_FLAG_PINFORUSER), CSC_OK);
    CHECK(!is_cached(&f, SHARE "\\plain\\new"));
    fixture_destroy(&f);
}

/* -- BACKGROUND -- */

static void test_gives_way(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS };
    struct fixture f;
    char open[1400];

    make_all(&f);
    /* a program has the origin's file open */
    snprintf(open, sizeof(open), "%s/changed there", f.origin);
    fixture_set_open_file(&f, open);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH | BACKGROUND, SHARE), CSC_E_MORE_DATA);
    CHECK_STATUS(client_result(&client, SHARE "\\changed there"), CSC_E_SHARING);
    CHECK_STRING(fixture_read(tree_of(&f), "changed there"), "1");
    CHECK_STRING(fixture_read(f.origin, "changed here"), "2");
    CHECK(is_clean(&f));
    /* without the flag it does not matter */
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE), CSC_OK);
    CHECK_STRING(fixture_read(tree_of(&f), "changed there"), "2");

    /* the cache's copy, to be sent */
    snprintf(open, sizeof(open), "%s/new here", tree_of(&f));
    fixture_set_open_file(&f, open);
    change(tree_of(&f), "new here", "not done yet", 5);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH | BACKGROUND, SHARE "\\new here"), CSC_E_SHARING);
    CHECK_STRING(fixture_read(f.origin, "new here"), "n");
    /* ... to be deleted */
    remove_at(f.origin, "changed here");
    snprintf(open, sizeof(open), "%s/changed here", tree_of(&f));
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH | BACKGROUND, SHARE "\\changed here"), CSC_E_SHARING);
    CHECK(fixture_exists(tree_of(&f), "changed here"));
    /* closed, it is done the next time */
    fixture_set_open_file(&f, NULL);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH | BACKGROUND, SHARE), CSC_OK);
    CHECK(!fixture_exists(tree_of(&f), "changed here"));
    CHECK_STRING(fixture_read(f.origin, "new here"), "not done yet");
    client_free(&client);
    fixture_destroy(&f);
}

/* Somebody opens the file while it is copied. */
static struct fixture *copying;
static char opened[1400];
static atomic_int copies;

static csc_status slow_copy(struct csc_fs *fs, struct csc_file *from, struct csc_file *to, uint64_t offset, uint64_t size,
                            uint64_t *copied)
{
    (void)fs;
    atomic_fetch_add(&copies, 1);
    fixture_set_open_file(copying, opened);
    usleep(300000);
    return csc_fs_posix()->copy(csc_fs_posix(), from, to, offset, size, copied);
}

static void test_gives_way_meanwhile(void)
{
    char *content = malloc(20u << 20), path[1200];
    struct fixture f;
    int fd;

    memset(content, 'c', 20u << 20);
    world_make(&f);
    fd = open(fixture_path(path, f.origin, "large"), O_WRONLY | O_CREAT, 0666);
    if (fd == -1 || write(fd, content, 20u << 20) != 20 << 20) perror(path);
    close(fd);
    free(content);
    fixture_touch(f.origin, "large", 1000000000);
    CHECK_STATUS(fixture_run(&f, CSC_OP_PIN, PIN_USER, 0, SHARE), CSC_OK);
    fixture_set_mood(&f, ORIGIN_ALIVE);
    f.fs.copy = slow_copy;
    copying = &f;
    snprintf(opened, sizeof(opened), "%s/large", f.origin);
    CHECK_STATUS(sync_share(&f, SYNC_IN | BACKGROUND), CSC_E_MORE_DATA);
    CHECK(atomic_load(&copies) > 0 && atomic_load(&copies) < 3);
    CHECK(!fixture_exists(tree_of(&f), "large"));
    CHECK(is_clean(&f));
    CHECK_STATUS(sync_share(&f, SYNC_IN), CSC_OK);
    CHECK(fixture_exists(tree_of(&f), "large"));
    fixture_destroy(&f);
}

int main(void)
{
    RUN(test_directions);
    RUN(test_pin_new_files);
    RUN(test_gives_way);
    RUN(test_gives_way_meanwhile);
    return test_report();
}
