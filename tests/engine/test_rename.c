/*
 * Renames made offline
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdatomic.h>

#include "blocks.h"
#include "rename.h"
#include "sync_fixture.h"

/* -- calls that make or copy something -- */

static atomic_uint created, copied, renamed, made, removed, opened;
static char fail_rename_to[64];           /* a rename to this name is refused; "": none */
static void (*before_rename)(void);       /* just before the next rename; NULL: nothing */

/* The monitor writes the second record of pins and shares whenever it thinks fit. */
static int is_counted(const char *name)
{
    return strncmp(name, "pins.txt", 8) && strncmp(name, "shares.txt", 10);
}

static csc_status count_create_file(struct csc_fs *fs, struct csc_dir *dir, const char *name, struct csc_file **file)
{
    (void)fs;
    if (is_counted(name)) atomic_fetch_add(&created, 1);
    return csc_fs_posix()->create_file(csc_fs_posix(), dir, name, file);
}

static csc_status count_copy(struct csc_fs *fs, struct csc_file *from, struct csc_file *to, uint64_t offset,
                             uint64_t size, uint64_t *done)
{
    (void)fs;
    atomic_fetch_add(&copied, 1);
    return csc_fs_posix()->copy(csc_fs_posix(), from, to, offset, size, done);
}

static csc_status count_rename(struct csc_fs *fs, struct csc_dir *from, const char *old_name, struct csc_dir *to,
                               const char *new_name, int mode)
{
    void (*hook)(void);

    (void)fs;
    if (!is_counted(old_name)) return csc_fs_posix()->rename(csc_fs_posix(), from, old_name, to, new_name, mode);
    atomic_fetch_add(&renamed, 1);
    hook = before_rename;
    before_rename = NULL;
    if (hook) hook();
    if (*fail_rename_to && !strcmp(new_name, fail_rename_to)) return CSC_E_ACCESS_DENIED;
    return csc_fs_posix()->rename(csc_fs_posix(), from, old_name, to, new_name, mode);
}

static csc_status count_make_dir(struct csc_fs *fs, struct csc_dir *dir, const char *name)
{
    (void)fs;
    atomic_fetch_add(&made, 1);
    return csc_fs_posix()->make_dir(csc_fs_posix(), dir, name);
}

static csc_status count_remove_file(struct csc_fs *fs, struct csc_dir *dir, const char *name)
{
    (void)fs;
    if (is_counted(name)) atomic_fetch_add(&removed, 1);
    return csc_fs_posix()->remove_file(csc_fs_posix(), dir, name);
}

static csc_status count_open_file(struct csc_fs *fs, struct csc_dir *dir, const char *name, struct csc_file **file)
{
    (void)fs;
    if (is_counted(name)) atomic_fetch_add(&opened, 1);
    return csc_fs_posix()->open_file(csc_fs_posix(), dir, name, file);
}

static void counts_clear(void)
{
    atomic_store(&opened, 0);
    atomic_store(&created, 0);
    atomic_store(&copied, 0);
    atomic_store(&renamed, 0);
    atomic_store(&made, 0);
    atomic_store(&removed, 0);
}

/* Nothing but so many renames was done. */
#define CHECK_ONLY_RENAMES(count) do { \
        CHECK_INT(atomic_load(&created), 0); \
        CHECK_INT(atomic_load(&copied), 0); \
        CHECK_INT(atomic_load(&made), 0); \
        CHECK_INT(atomic_load(&removed), 0); \
        CHECK_INT(atomic_load(&renamed), count); \
    } while (0)

/* -- the world -- */

static struct fixture f;

static void begin(void)
{
    world_make(&f);
    f.fs.create_file = count_create_file;
    f.fs.copy = count_copy;
    f.fs.rename = count_rename;
    f.fs.make_dir = count_make_dir;
    f.fs.remove_file = count_remove_file;
    f.fs.open_file = count_open_file;
    *fail_rename_to = 0;
    before_rename = NULL;
}

/* Everything is cached, the share is offline. */
static void leave(void)
{
    CHECK_STATUS(pin_all(&f), CSC_OK);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    counts_clear();
}

static void move_in(const char *base, const char *from, const char *to)
{
    char old[1200], new[1200];

    if (!CHECK(!rename(fixture_path(old, base, from), fixture_path(new, base, to)))) perror(new);
}

static void move_here(const char *from, const char *to)
{
    move_in(tree_of(&f), from, to);
}

static uint64_t number_of(const char *base, const char *below)
{
    char path[1200];
    struct stat st;

    return lstat(fixture_path(path, base, below), &st) ? 0 : st.st_ino;
}

static void check_both(const char *below, const char *text)
{
    if (!CHECK_STRING(fixture_read(f.origin, below), text) || !CHECK_STRING(fixture_read(tree_of(&f), below), text))
        printf("  for %s\n", below);
}

static void check_neither(const char *below)
{
    if (!CHECK(!fixture_exists(f.origin, below)) || !CHECK(!fixture_exists(tree_of(&f), below)))
        printf("  for %s\n", below);
}

/* A second synchronization has nothing to do. */
static void check_quiet(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS };

    counts_clear();
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE), CSC_OK);
    CHECK_INT(client_count(&client, CSC_EVENT_ITEM_BEGIN, NULL), 0);
    client_free(&client);
    CHECK_ONLY_RENAMES(0);
    CHECK(is_clean(&f));
}

static void end(void)
{
    fixture_destroy(&f);
}

/* -- pure renames -- */

static void test_file(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS };
    uint64_t number;

    begin();
    origin_write(&f, "old.txt", "content");
    origin_write(&f, "other", "x");
    number = number_of(f.origin, "old.txt");
    leave();
    move_here("old.txt", "new.txt");
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE), CSC_OK);
    CHECK_ONLY_RENAMES(1);
    CHECK_INT(number_of(f.origin, "new.txt"), number);
    check_both("new.txt", "content");
    check_neither("old.txt");
    /* one item, under its new name, and no word about the old one */
    CHECK_INT(client_count(&client, CSC_EVENT_ITEM_BEGIN, NULL), 1);
    CHECK_INT(client_count(&client, CSC_EVENT_CONFLICT, NULL), 0);
    CHECK_STATUS(client_result(&client, SHARE "\\new.txt"), CSC_OK);
    if (client_find(&client, CSC_EVENT_ITEM_RESULT, SHARE "\\new.txt"))
        CHECK_INT(client_find(&client, CSC_EVENT_ITEM_RESULT, SHARE "\\new.txt")->operation,
                  OFFLINEFILES_SYNC_OPERATION_SYNC_TO_SERVER);
    client_free(&client);
    CHECK_INT(fixture_flags(&f, SHARE "\\new.txt"), 0);
    check_quiet();
    end();
}

static void test_file_to_other_directory(void)
{
    uint64_t number;

    begin();
    fixture_mkdir(f.origin, "a/deep/er");
    fixture_mkdir(f.origin, "b");
    origin_write(&f, "a/deep/er/f", "content");
    number = number_of(f.origin, "a/deep/er/f");
    leave();
    move_here("a/deep/er/f", "b/g");
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_ONLY_RENAMES(1);
    CHECK_INT(number_of(f.origin, "b/g"), number);
    check_both("b/g", "content");
    check_neither("a/deep/er/f");
    CHECK(fixture_exists(f.origin, "a/deep/er"));
    check_quiet();
    end();
}

static void test_only_out(void)
{
    begin();
    fixture_mkdir(f.origin, "a");
    origin_write(&f, "a/f", "content");
    origin_write(&f, "x", "x");
    leave();
    move_here("a/f", "a/g");
    move_here("a", "b");
    CHECK_STATUS(sync_share(&f, SYNC_OUT), CSC_OK);
    CHECK_ONLY_RENAMES(2);
    check_both("b/g", "content");
    check_neither("a");
    check_quiet();
    end();
}

static void test_case_only(void)
{
    begin();
    fixture_mkdir(f.origin, "dir");
    origin_write(&f, "dir/file", "content");
    leave();
    move_here("dir/file", "dir/FILE");
    move_here("dir", "DIR");
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_ONLY_RENAMES(2);
    check_both("DIR/FILE", "content");
    check_quiet();
    end();
}

/* Every tenth file of one directory under a new name: nothing of the rest is touched. */
static void test_many_files(void)
{
    char from[64], to[64];
    int i;

    begin();
    fixture_mkdir(f.origin, "d");
    for (i = 0; i < 300; i++)
    {
        snprintf(from, sizeof(from), "d/%d", i);
        origin_write(&f, from, from);
    }
    leave();
    for (i = 0; i < 300; i += 10)
    {
        snprintf(from, sizeof(from), "d/%d", i);
        snprintf(to, sizeof(to), "d/new %d", i);
        move_here(from, to);
    }
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_ONLY_RENAMES(30);
    for (i = 0; i < 300; i += 10)
    {
        snprintf(from, sizeof(from), "d/%d", i);
        snprintf(to, sizeof(to), "d/new %d", i);
        check_both(to, from);
        check_neither(from);
    }
    check_quiet();
    end();
}

static void test_directories(void)
{
    char name[64];
    int i, j;

    begin();
    for (i = 0; i < 20; i++)
    {
        snprintf(name, sizeof(name), "d%d/sub", i);
        fixture_mkdir(f.origin, name);
        for (j = 0; j < 20; j++)
        {
            snprintf(name, sizeof(name), "d%d/%sf%d", i, j & 1 ? "sub/" : "", j);
            origin_write(&f, name, name);
        }
    }
    leave();
    for (i = 0; i < 20; i++)
    {
        char to[64];

        snprintf(name, sizeof(name), "d%d", i);
        snprintf(to, sizeof(to), "renamed %d", i);
        move_here(name, to);
    }
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_ONLY_RENAMES(20);
    check_both("renamed 7/sub/f3", "d7/sub/f3");
    check_both("renamed 19/f18", "d19/f18");
    check_neither("d7");
    CHECK_INT(fixture_flags(&f, SHARE "\\renamed 7\\sub\\f3"), 0);
    check_quiet();
    end();
}

static void test_directory_and_files_inside(void)
{
    begin();
    fixture_mkdir(f.origin, "d/sub");
    origin_write(&f, "d/a", "alpha");
    origin_write(&f, "d/b", "beta");
    origin_write(&f, "d/sub/c", "gamma");
    origin_write(&f, "out", "x");
    leave();
    move_here("d", "e");
    move_here("e/a", "e/aa");
    move_here("e/sub", "e/down");
    move_here("e/down/c", "c");
    move_here("out", "e/in");
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_ONLY_RENAMES(5);
    check_both("e/aa", "alpha");
    check_both("e/b", "beta");
    check_both("c", "gamma");
    check_both("e/in", "x");
    CHECK(fixture_exists(f.origin, "e/down"));
    check_neither("d");
    check_neither("e/sub");
    check_neither("out");
    check_quiet();
    end();
}

/* What is inside goes up, what was outside goes in. */
static void test_inside_out(void)
{
    begin();
    fixture_mkdir(f.origin, "a/b");
    origin_write(&f, "a/1", "one");
    origin_write(&f, "a/b/2", "two");
    leave();
    move_here("a/b", "b");
    move_here("a", "b/a");
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_ONLY_RENAMES(2);
    check_both("b/a/1", "one");
    check_both("b/2", "two");
    check_neither("a");
    check_quiet();
    end();
}

static void test_into_new_directory(void)
{
    begin();
    origin_write(&f, "f", "content");
    fixture_mkdir(f.origin, "d");
    origin_write(&f, "d/g", "more");
    leave();
    fixture_mkdir(tree_of(&f), "made/here");
    move_here("f", "made/here/f");
    move_here("d", "made/d");
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_INT(atomic_load(&created), 0);
    CHECK_INT(atomic_load(&made), 2);
    CHECK_INT(atomic_load(&renamed), 2);
    check_both("made/here/f", "content");
    check_both("made/d/g", "more");
    check_neither("f");
    check_neither("d");
    check_quiet();
    end();
}

static void test_chain(void)
{
    begin();
    origin_write(&f, "a", "alpha");
    origin_write(&f, "b", "beta, longer");
    fixture_mkdir(f.origin, "da");
    fixture_mkdir(f.origin, "db");
    origin_write(&f, "da/x", "in a");
    origin_write(&f, "db/x", "in b, longer");
    leave();
    move_here("b", "c");
    move_here("a", "b");
    move_here("db", "dc");
    move_here("da", "db");
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_ONLY_RENAMES(4);
    check_both("c", "beta, longer");
    check_both("b", "alpha");
    check_neither("a");
    check_both("dc/x", "in b, longer");
    check_both("db/x", "in a");
    check_neither("da");
    check_quiet();
    end();
}

/* Of a large file the blocks are known: the origin's is not even opened. */
static void test_large_file(void)
{
    const size_t size = 3 << 20;
    struct csc_scope *scope;
    struct csc_item item;
    int64_t until = fixture_now() + 20000;
    char *text = malloc(size + 1);
    uint64_t number;
    size_t i;

    begin();
    for (i = 0; i < size; i++) text[i] = 'a' + (char)(i * i / 7 % 26);
    text[size] = 0;
    origin_write(&f, "large", text);
    number = number_of(f.origin, "large");
    CHECK_STATUS(pin_all(&f), CSC_OK);
    scope = fixture_scope(&f, SHARE);
    while (csc_store_blocks_wanted(f.engine->store, scope->row.id, 0, &item) == CSC_OK && fixture_now() < until)
    {
        csc_item_clear(&item);
        usleep(20000);
    }
    csc_scope_release(scope);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    move_here("large", "still large");
    usleep(50000);
    counts_clear();
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_ONLY_RENAMES(1);
    CHECK_INT(atomic_load(&opened), 1);
    CHECK_INT(number_of(f.origin, "still large"), number);
    check_quiet();

    /* changed with its time put back: the blocks tell */
    CHECK_STATUS(go_offline(&f), CSC_OK);
    text[size / 2] = '!';
    move_here("still large", "changed");
    fixture_write(tree_of(&f), "changed", text);
    fixture_touch(tree_of(&f), "changed", 1000000000);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK(atomic_load(&created));
    {
        char first[1200], second[1200], command[2500];

        snprintf(command, sizeof(command), "cmp -s '%s' '%s'", fixture_path(first, f.origin, "changed"),
                 fixture_path(second, tree_of(&f), "changed"));
        CHECK_INT(system(command), 0);
    }
    check_quiet();
    free(text);
    end();
}

/* -- with a change -- */

static void test_renamed_and_edited(void)
{
    uint64_t number;

    begin();
    origin_write(&f, "old", "content");
    number = number_of(f.origin, "old");
    leave();
    move_here("old", "new");
    change(tree_of(&f), "new", "other content", 5);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    check_both("new", "other content");
    check_neither("old");
    CHECK(number != number_of(f.origin, "new"));
    CHECK_INT(atomic_load(&created), 1);
    CHECK_INT(conflict_count(&f), 0);
    check_quiet();
    end();
}

/* The time was put back: only the content tells. */
static void test_edited_with_old_time(void)
{
    begin();
    origin_write(&f, "old", "content");
    leave();
    move_here("old", "new");
    fixture_write(tree_of(&f), "new", "CONTENT");
    fixture_touch(tree_of(&f), "new", 1000000000);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    check_both("new", "CONTENT");
    check_neither("old");
    check_quiet();
    end();
}

/* A number that was used again: whatever the new file is, it is not the old one. */
static void test_number_used_again(void)
{
    char old[64], new[64];
    int i, used_again = 0;
    uint64_t numbers[20];

    begin();
    for (i = 0; i < 20; i++)
    {
        snprintf(old, sizeof(old), "old%d", i);
        origin_write(&f, old, "content");
    }
    leave();
    for (i = 0; i < 20; i++)
    {
        snprintf(old, sizeof(old), "old%d", i);
        numbers[i] = number_of(tree_of(&f), old);
        remove_at(tree_of(&f), old);
    }
    for (i = 0; i < 20; i++)
    {
        uint64_t number;
        int j;

        snprintf(new, sizeof(new), "new%d", i);
        change(tree_of(&f), new, "another one", 7);
        number = number_of(tree_of(&f), new);
        for (j = 0; j < 20; j++) used_again += numbers[j] == number;
    }
    printf("# %d numbers were used again\n", used_again);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK(atomic_load(&created) >= 20);
    CHECK_INT(count_in(f.origin, NULL), 20);
    for (i = 0; i < 20; i++)
    {
        snprintf(new, sizeof(new), "new%d", i);
        check_both(new, "another one");
    }
    check_quiet();
    end();
}

/* -- how programs save -- */

static void test_saved_with_backup(void)
{
    begin();
    origin_write(&f, "x", "first");
    leave();
    move_here("x", "x.bak");
    change(tree_of(&f), "x", "second", 3);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    check_both("x", "second");
    check_both("x.bak", "first");
    CHECK_INT(atomic_load(&created), 2);
    CHECK_INT(conflict_count(&f), 0);
    check_quiet();
    end();
}

/* The pin stays with the name that the user knows. */
static void test_saved_with_backup_keeps_pin(void)
{
    const struct csc_wire_item *item;

    begin();
    origin_write(&f, "x", "first");
    CHECK_STATUS(fixture_run(&f, CSC_OP_PIN, PIN_FILL, 0, SHARE "\\x"), CSC_OK);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    move_here("x", "x.bak");
    change(tree_of(&f), "x", "second", 3);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    if ((item = fixture_find(&f, SHARE "\\x"))) CHECK(item->pin & CSC_PIN_USER);
    if ((item = fixture_find(&f, SHARE "\\x.bak"))) CHECK(!(item->pin & CSC_PIN_USER));
    end();
}

static void test_saved_over(void)
{
    begin();
    origin_write(&f, "x", "first");
    leave();
    save_over(tree_of(&f), "x", "second", 3);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    check_both("x", "second");
    CHECK_INT(count_in(f.origin, NULL), 1);
    check_quiet();
    end();
}

/* Renamed over something that is cached. */
static void test_over_existing(void)
{
    begin();
    origin_write(&f, "a", "alpha");
    origin_write(&f, "b", "beta, longer");
    leave();
    move_here("a", "b");
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    check_both("b", "alpha");
    check_neither("a");
    CHECK_INT(conflict_count(&f), 0);
    check_quiet();
    end();
}

static void test_swap(void)
{
    begin();
    origin_write(&f, "a", "alpha");
    origin_write(&f, "b", "beta, longer");
    fixture_mkdir(f.origin, "da");
    fixture_mkdir(f.origin, "db");
    origin_write(&f, "da/x", "in a");
    origin_write(&f, "da/only a", "1");
    origin_write(&f, "db/x", "in b, longer");
    origin_write(&f, "db/only b", "2");
    leave();
    move_here("a", "t");
    move_here("b", "a");
    move_here("t", "b");
    move_here("da", "dt");
    move_here("db", "da");
    move_here("dt", "db");
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    check_both("a", "beta, longer");
    check_both("b", "alpha");
    check_both("da/x", "in b, longer");
    check_both("da/only b", "2");
    check_both("db/x", "in a");
    check_both("db/only a", "1");
    check_neither("da/only a");
    check_neither("db/only b");
    CHECK_INT(conflict_count(&f), 0);
    check_quiet();
    end();
}

static void test_hard_link(void)
{
    char old[1200], new[1200];

    begin();
    origin_write(&f, "x", "content");
    leave();
    CHECK(!link(fixture_path(old, tree_of(&f), "x"), fixture_path(new, tree_of(&f), "y")));
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    check_both("x", "content");
    check_both("y", "content");
    check_quiet();
    end();
}

/* -- somebody else was there, too -- */

static void test_changed_on_origin(void)
{
    begin();
    origin_write(&f, "old", "content");
    leave();
    move_here("old", "new");
    change(f.origin, "old", "theirs, longer", 9);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_E_MORE_DATA);
    check_both("new", "content");
    CHECK_STRING(fixture_read(f.origin, "old"), "theirs, longer");
    CHECK_INT(conflict_count(&f), 1);
    end();
}

static void test_deleted_on_origin(void)
{
    begin();
    origin_write(&f, "old", "content");
    origin_write(&f, "x", "x");
    leave();
    move_here("old", "new");
    remove_at(f.origin, "old");
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    check_both("new", "content");
    check_neither("old");
    check_quiet();
    end();
}

static void test_target_taken(void)
{
    begin();
    origin_write(&f, "old", "content");
    leave();
    move_here("old", "new");
    origin_write(&f, "new", "theirs");
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_E_MORE_DATA);
    CHECK_STRING(fixture_read(f.origin, "new"), "theirs");
    CHECK_STRING(fixture_read(tree_of(&f), "new"), "content");
    CHECK_INT(conflict_count(&f), 1);
    /* the only copy of what was renamed that others have stays */
    CHECK_STRING(fixture_read(f.origin, "old"), "content");
    end();
}

static void take_target(void)
{
    origin_write(&f, "new", "theirs");
}

static void test_target_taken_in_the_last_moment(void)
{
    begin();
    origin_write(&f, "old", "content");
    leave();
    move_here("old", "new");
    before_rename = take_target;
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_E_MORE_DATA);
    CHECK_STRING(fixture_read(f.origin, "new"), "theirs");
    CHECK_STRING(fixture_read(tree_of(&f), "new"), "content");
    CHECK_STRING(fixture_read(f.origin, "old"), "content");
    end();
}

static void replace_source(void)
{
    save_over(f.origin, "old", "theirs, longer", 9);
}

static void test_changed_in_the_last_moment(void)
{
    begin();
    origin_write(&f, "old", "content");
    leave();
    move_here("old", "new");
    before_rename = replace_source;
    sync_share(&f, SYNC_BOTH);
    sync_share(&f, SYNC_BOTH);
    CHECK_STRING(fixture_read(f.origin, "old"), "theirs, longer");
    check_both("new", "content");
    end();
}

/* What others did inside a renamed directory holds under its new name. */
static void test_directory_changed_inside(void)
{
    begin();
    fixture_mkdir(f.origin, "d");
    origin_write(&f, "d/a", "alpha");
    origin_write(&f, "d/b", "beta");
    origin_write(&f, "d/c", "gamma");
    leave();
    move_here("d", "e");
    change(f.origin, "d/a", "theirs, longer", 4);
    remove_at(f.origin, "d/b");
    origin_write(&f, "d/added", "added there");
    change(tree_of(&f), "e/c", "mine, longer", 4);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    check_both("e/a", "theirs, longer");
    check_neither("e/b");
    check_both("e/c", "mine, longer");
    check_both("e/added", "added there");
    check_neither("d");
    check_quiet();
    end();
}

static void test_directory_replaced_on_origin(void)
{
    begin();
    fixture_mkdir(f.origin, "d");
    origin_write(&f, "d/a", "alpha");
    leave();
    move_here("d", "e");
    move_in(f.origin, "d", "moved by others");
    fixture_mkdir(f.origin, "d");
    origin_write(&f, "d/theirs", "theirs");
    sync_share(&f, SYNC_BOTH);
    check_both("e/a", "alpha");
    CHECK_STRING(fixture_read(f.origin, "d/theirs"), "theirs");
    CHECK_STRING(fixture_read(f.origin, "moved by others/a"), "alpha");
    end();
}

/* The same rename on both sides. */
static void test_renamed_on_both_sides(void)
{
    begin();
    fixture_mkdir(f.origin, "d");
    origin_write(&f, "d/a", "alpha");
    origin_write(&f, "old", "content");
    leave();
    move_here("d", "e");
    move_here("old", "new");
    move_in(f.origin, "d", "e");
    move_in(f.origin, "old", "new");
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_ONLY_RENAMES(0);
    check_both("e/a", "alpha");
    check_both("new", "content");
    check_neither("d");
    check_neither("old");
    check_quiet();
    end();
}

/* Where the origin does not let anybody rename, it is done the long way. */
static void test_refused(void)
{
    begin();
    origin_write(&f, "old", "content");
    fixture_mkdir(f.origin, "d");
    origin_write(&f, "d/a", "alpha");
    leave();
    move_here("d", "e");
    strcpy(fail_rename_to, "e");
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    *fail_rename_to = 0;
    check_both("e/a", "alpha");
    check_both("old", "content");
    check_neither("d");
    check_quiet();
    end();
}

/* Neither the new name nor the old one's end gets out. */
static void test_no_new_files_out(void)
{
    begin();
    origin_write(&f, "f", "content");
    leave();
    fixture_mkdir(tree_of(&f), "made");
    move_here("f", "made/f");
    CHECK_STATUS(sync_share(&f, SYNC_BOTH | OFFLINEFILES_SYNC_CONTROL_FLAG_NONEWFILESOUT), CSC_OK);
    CHECK_STRING(fixture_read(f.origin, "f"), "content");
    CHECK_STRING(fixture_read(tree_of(&f), "made/f"), "content");
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    check_both("made/f", "content");
    check_neither("f");
    check_quiet();
    end();
}

/* -- what goes along -- */

static void test_conflict_inside(void)
{
    struct csc_scope *scope;
    struct csc_conflict *list = NULL;
    size_t count = 0;

    begin();
    fixture_mkdir(f.origin, "d");
    origin_write(&f, "d/a", "alpha");
    origin_write(&f, "d/b", "beta");
    leave();
    change(f.origin, "d/a", "theirs", 1);
    change(tree_of(&f), "d/a", "mine, longer", 2);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_E_MORE_DATA);
    CHECK_INT(conflict_count(&f), 1);
    move_here("d", "other name");
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_E_MORE_DATA);
    CHECK_STRING(fixture_read(f.origin, "other name/a"), "theirs");
    CHECK_STRING(fixture_read(tree_of(&f), "other name/a"), "mine, longer");
    check_both("other name/b", "beta");
    check_neither("d");
    scope = fixture_scope(&f, SHARE);
    CHECK_STATUS(csc_store_conflicts(f.engine->store, scope->row.id, &list, &count), CSC_OK);
    if (CHECK_INT(count, 1)) CHECK_STRING(list[0].path, "other name/a");
    csc_conflicts_free(list, count);
    csc_scope_release(scope);
    end();
}

static void test_conflict_renamed(void)
{
    begin();
    origin_write(&f, "a", "alpha");
    leave();
    change(f.origin, "a", "theirs", 1);
    change(tree_of(&f), "a", "mine, longer", 2);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_E_MORE_DATA);
    move_here("a", "b");
    sync_share(&f, SYNC_BOTH);
    CHECK_STRING(fixture_read(f.origin, "a"), "theirs");
    check_both("b", "mine, longer");
    end();
}

static void test_pin_follows(void)
{
    const struct csc_wire_item *item;

    begin();
    origin_write(&f, "f", "content");
    fixture_mkdir(f.origin, "d");
    origin_write(&f, "d/g", "more");
    fixture_mkdir(f.origin, "plain");
    CHECK_STATUS(fixture_run(&f, CSC_OP_PIN, PIN_FILL, 0, SHARE "\\f"), CSC_OK);
    CHECK_STATUS(fixture_run(&f, CSC_OP_PIN, PIN_FILL, 1, SHARE "\\d"), CSC_OK);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    move_here("f", "f2");
    move_here("d", "d2");
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    check_both("f2", "content");
    check_both("d2/g", "more");
    if ((item = fixture_find(&f, SHARE "\\f2"))) CHECK(item->pin & CSC_PIN_USER);
    if ((item = fixture_find(&f, SHARE "\\d2"))) CHECK_INT(item->pin, CSC_PIN_USER | CSC_PIN_USER << CSC_PIN_INHERIT_SHIFT);
    if ((item = fixture_find(&f, SHARE "\\d2\\g"))) CHECK(item->pin & CSC_PIN_USER);
    end();
}

/* Moved into a pinned directory: pinned like all in it. */
static void test_pin_inherited(void)
{
    const struct csc_wire_item *item;

    begin();
    fixture_mkdir(f.origin, "pinned");
    fixture_mkdir(f.origin, "d/sub");
    origin_write(&f, "pinned/x", "x");
    origin_write(&f, "d/sub/g", "more");
    CHECK_STATUS(fixture_run(&f, CSC_OP_PIN, PIN_FILL, 1, SHARE "\\pinned"), CSC_OK);
    CHECK_STATUS(fixture_run(&f, CSC_OP_PIN, PIN_FILL, 1, SHARE "\\d"), CSC_OK);
    CHECK_STATUS(fixture_run(&f, CSC_OP_UNPIN, PIN_USER, 1, SHARE "\\d"), CSC_OK);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    counts_clear();
    move_here("d", "pinned/d");
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_ONLY_RENAMES(1);
    if ((item = fixture_find(&f, SHARE "\\pinned\\d\\sub")))
        CHECK_INT(item->pin, CSC_PIN_USER | CSC_PIN_USER << CSC_PIN_INHERIT_SHIFT);
    if ((item = fixture_find(&f, SHARE "\\pinned\\d\\sub\\g"))) CHECK_INT(item->pin, CSC_PIN_USER);
    end();
}

/* Names without content in the cache: they move along, and nothing is deleted for them. */
static void test_sparse_children(void)
{
    begin();
    fixture_mkdir(f.origin, "d/sub");
    origin_write(&f, "d/full", "content");
    origin_write(&f, "d/sub/full", "content");
    CHECK_STATUS(pin_all(&f), CSC_OK);
    origin_write(&f, "d/sparse", "never cached");
    origin_write(&f, "d/sub/sparse", "never cached");
    CHECK_STATUS(fixture_run(&f, CSC_OP_PIN, PIN_USER, 0, SHARE "\\d\\sparse"), CSC_OK);
    CHECK_STATUS(fixture_run(&f, CSC_OP_PIN, PIN_USER, 0, SHARE "\\d\\sub\\sparse"), CSC_OK);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    if (fixture_exists(tree_of(&f), "d/sparse")) remove_at(tree_of(&f), "d/sparse");
    counts_clear();
    move_here("d", "e");
    CHECK_STATUS(sync_share(&f, SYNC_OUT), CSC_OK);
    CHECK_ONLY_RENAMES(1);
    CHECK_STRING(fixture_read(f.origin, "e/sparse"), "never cached");
    CHECK_STRING(fixture_read(f.origin, "e/sub/sparse"), "never cached");
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    check_both("e/sparse", "never cached");
    check_both("e/sub/sparse", "never cached");
    check_neither("d");
    end();
}

/* Only a name inside: the directory is older than its row, which is proof enough. */
static void test_directory_without_content(void)
{
    begin();
    fixture_mkdir(f.origin, "empty");
    origin_write(&f, "x", "x");
    leave();
    move_here("empty", "still empty");
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_INT(atomic_load(&renamed), 1);
    CHECK_INT(atomic_load(&made), 0);
    CHECK(fixture_exists(f.origin, "still empty"));
    check_neither("empty");
    check_quiet();
    end();
}

/* A directory of the same number that somebody made after the old one went. */
static void test_directory_made_anew(void)
{
    begin();
    fixture_mkdir(f.origin, "d");
    origin_write(&f, "d/a", "alpha");
    leave();
    remove_at(tree_of(&f), "d/a");
    remove_at(tree_of(&f), "d");
    fixture_mkdir(tree_of(&f), "n");
    change(tree_of(&f), "n/a", "other", 1);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    check_both("n/a", "other");
    check_neither("d");
    CHECK_INT(count_in(f.origin, "n"), 1);
    check_quiet();
    end();
}

/* -- by name -- */

static void test_named_path(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS };

    begin();
    origin_write(&f, "old", "content");
    fixture_mkdir(f.origin, "d");
    origin_write(&f, "d/a", "alpha");
    leave();
    move_here("old", "new");
    move_here("d", "e");
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE "\\new"), CSC_OK);
    CHECK_INT(client_count(&client, CSC_EVENT_ITEM_RESULT, SHARE "\\new"), 1);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE "\\e\\a"), CSC_OK);
    client_free(&client);
    CHECK_ONLY_RENAMES(2);
    check_both("new", "content");
    check_both("e/a", "alpha");
    check_quiet();
    end();
}

/* -- the pure part -- */

static void test_kinship(void)
{
    struct csc_item row = { .type = OFFLINEFILES_ITEM_TYPE_FILE, .flags = CSC_ROW_BASE };
    struct csc_stat seen = { .type = CSC_TYPE_FILE, .ino = 7, .size = 5, .mtime = 100 };

    row.local.ino = 7;
    row.local.size = 5;
    row.local.mtime = 100;
    row.local.ctime = row.local.recorded = 1000;
    CHECK_INT(csc_rename_kinship(&row, &seen, 1), CSC_THE_SAME);
    CHECK_INT(csc_rename_kinship(&row, &seen, 0), CSC_STRANGER);
    seen.size = 6;
    CHECK_INT(csc_rename_kinship(&row, &seen, 1), CSC_STRANGER);
    seen.btime = 999;
    CHECK_INT(csc_rename_kinship(&row, &seen, 1), CSC_THE_SAME);
    row.local.ctime = 999;
    CHECK_INT(csc_rename_kinship(&row, &seen, 1), CSC_RELATED);
    seen.btime = 998;
    CHECK_INT(csc_rename_kinship(&row, &seen, 1), CSC_THE_SAME);
    seen.btime = 1000;
    CHECK_INT(csc_rename_kinship(&row, &seen, 1), CSC_STRANGER);
    seen.size = 5;
    CHECK_INT(csc_rename_kinship(&row, &seen, 1), CSC_THE_SAME);
    seen.ino = 8;
    CHECK_INT(csc_rename_kinship(&row, &seen, 1), CSC_STRANGER);
    seen.ino = 7;
    row.flags = CSC_ROW_BASE | CSC_ROW_SPARSE;
    CHECK_INT(csc_rename_kinship(&row, &seen, 1), CSC_STRANGER);
    row.flags = 0;
    CHECK_INT(csc_rename_kinship(&row, &seen, 1), CSC_STRANGER);
    row.flags = CSC_ROW_BASE;
    seen.type = CSC_TYPE_DIRECTORY;
    CHECK_INT(csc_rename_kinship(&row, &seen, 1), CSC_STRANGER);
    row.type = OFFLINEFILES_ITEM_TYPE_DIRECTORY;
    CHECK_INT(csc_rename_kinship(&row, &seen, 1), CSC_RELATED);
    seen.btime = 10;
    CHECK_INT(csc_rename_kinship(&row, &seen, 1), CSC_THE_SAME);

    CHECK_INT(csc_rename_children(0, 0, 1), CSC_STRANGER);
    CHECK_INT(csc_rename_children(1, 1, 1), CSC_THE_SAME);
    CHECK_INT(csc_rename_children(4, 2, 1), CSC_THE_SAME);
    CHECK_INT(csc_rename_children(5, 2, 1), CSC_STRANGER);
    CHECK_INT(csc_rename_children(5, 2, 0), CSC_RELATED);
    CHECK_INT(csc_rename_children(100, 16, 0), CSC_THE_SAME);
}

static void test_order(void)
{
    struct csc_mover a = { .from = 1, .over = 2 }, b = { .from = 2, .over = 3 }, c = { .from = 3 }, d = { .from = 9, .over = 8 };
    struct csc_mover *all[] = { &a, &b, &c, &d }, *circle[] = { &a, &b };

    CHECK_INT(csc_rename_ready(all, 4), 2);
    CHECK(!a.ready && !b.ready && c.ready && d.ready);
    c.done = d.done = 1;
    CHECK_INT(csc_rename_ready(all, 4), 1);
    CHECK(!a.ready && b.ready && !c.ready);
    b.done = 1;
    CHECK_INT(csc_rename_ready(all, 4), 1);
    CHECK(a.ready);
    b.done = 0;
    b.over = 1;
    CHECK_INT(csc_rename_ready(circle, 2), 0);
    CHECK_INT(csc_rename_ready(NULL, 0), 0);
}

int main(void)
{
    RUN(test_kinship);
    RUN(test_order);
    RUN(test_file);
    RUN(test_file_to_other_directory);
    RUN(test_only_out);
    RUN(test_case_only);
    RUN(test_many_files);
    RUN(test_directories);
    RUN(test_directory_and_files_inside);
    RUN(test_inside_out);
    RUN(test_into_new_directory);
    RUN(test_chain);
    RUN(test_large_file);
    RUN(test_renamed_and_edited);
    RUN(test_edited_with_old_time);
    RUN(test_number_used_again);
    RUN(test_saved_with_backup);
    RUN(test_saved_with_backup_keeps_pin);
    RUN(test_saved_over);
    RUN(test_over_existing);
    RUN(test_swap);
    RUN(test_hard_link);
    RUN(test_changed_on_origin);
    RUN(test_deleted_on_origin);
    RUN(test_target_taken);
    RUN(test_target_taken_in_the_last_moment);
    RUN(test_changed_in_the_last_moment);
    RUN(test_directory_changed_inside);
    RUN(test_directory_replaced_on_origin);
    RUN(test_renamed_on_both_sides);
    RUN(test_refused);
    RUN(test_no_new_files_out);
    RUN(test_conflict_inside);
    RUN(test_conflict_renamed);
    RUN(test_pin_follows);
    RUN(test_pin_inherited);
    RUN(test_sparse_children);
    RUN(test_directory_without_content);
    RUN(test_directory_made_anew);
    RUN(test_named_path);
    return test_report();
}
