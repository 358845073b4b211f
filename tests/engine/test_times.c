/*
 * Times and attributes of both copies
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <sys/xattr.h>

#include "sync_fixture.h"

#define MTIME 1234567890123456700LL
#define ATIME 1300000000987654300LL
#define S     1000000000LL

static void set_times(const char *base, const char *below, int64_t mtime, int64_t atime)
{
    struct timespec times[2] = { { atime / S, atime % S }, { mtime / S, mtime % S } };
    char path[1200];

    if (utimensat(AT_FDCWD, fixture_path(path, base, below), times, 0)) perror(path);
}

static int look(const char *base, const char *below, struct csc_stat *stat)
{
    struct csc_fs *fs = csc_fs_posix();
    struct csc_dir *dir;

    if (!CHECK_STATUS(fs->open_root(fs, base, &dir), CSC_OK)) return 0;
    CHECK_STATUS(fs->stat(fs, dir, below, stat), CSC_OK);
    fs->close_dir(fs, dir);
    return 1;
}

static int is_readonly(const char *base, const char *below)
{
    struct csc_stat stat;

    return look(base, below, &stat) && (stat.attributes & CSC_ATTR_READONLY);
}

static int make_readonly(const char *base, const char *below, int readonly)
{
    char path[1200];

    return chmod(fixture_path(path, base, below), readonly ? 0444 : 0644);
}

/* Both directions keep last write and last access to the 100 ns. */
static void test_both_ways(void)
{
    const struct csc_wire_item *item;
    struct csc_stat origin, local;
    struct fixture f;

    world_make(&f);
    fixture_write(f.origin, "in", "content");
    set_times(f.origin, "in", MTIME, ATIME);
    look(f.origin, "in", &origin);
    CHECK_STATUS(pin_all(&f), CSC_OK);
    if (look(tree_of(&f), "in", &local))
    {
        CHECK_INT(local.mtime, MTIME);
        CHECK_INT(local.atime, ATIME);
    }
    if ((item = fixture_find(&f, SHARE "\\in")))
    {
        CHECK_INT(item->original_times[CSC_TIME_LAST_WRITE], csc_filetime_from_ns(MTIME));
        CHECK_INT(item->original_times[CSC_TIME_LAST_ACCESS], csc_filetime_from_ns(ATIME));
        CHECK_INT(item->original_times[CSC_TIME_CHANGE], csc_filetime_from_ns(origin.ctime));
        CHECK_INT(item->original_times[CSC_TIME_CREATION],
                  csc_filetime_from_ns(origin.btime ? origin.btime : MTIME));
        CHECK_INT(item->local_times[CSC_TIME_LAST_WRITE], csc_filetime_from_ns(MTIME));
    }

    CHECK_STATUS(go_offline(&f), CSC_OK);
    fixture_write(tree_of(&f), "out", "made here");
    set_times(tree_of(&f), "out", MTIME + 100, ATIME + 100);
    fixture_write(tree_of(&f), "in", "changed");
    set_times(tree_of(&f), "in", MTIME + 200, ATIME + 200);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    if (look(f.origin, "out", &origin))
    {
        CHECK_INT(origin.mtime, MTIME + 100);
        CHECK_INT(origin.atime, ATIME + 100);
    }
    if (look(f.origin, "in", &origin)) CHECK_INT(origin.mtime, MTIME + 200);
    if ((item = fixture_find(&f, SHARE "\\in")))
        CHECK_INT(item->original_times[CSC_TIME_LAST_WRITE], csc_filetime_from_ns(MTIME + 200));
    CHECK_INT(fixture_flags(&f, SHARE "\\in"), 0);
    CHECK_INT(fixture_flags(&f, SHARE "\\out"), 0);
    fixture_destroy(&f);
}

/* Being read changes nothing. */
static void test_access_is_no_change(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS };
    struct fixture f;

    world_make(&f);
    origin_write(&f, "a", "content");
    CHECK_STATUS(pin_all(&f), CSC_OK);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    set_times(f.origin, "a", 1000000000 * S, ATIME);
    set_times(tree_of(&f), "a", 1000000000 * S, ATIME);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE), CSC_OK);
    CHECK_INT(client.totals.bytes_done, 0);
    CHECK_STRING(fixture_read(f.origin, "a"), "content");
    client_free(&client);
    fixture_destroy(&f);
}

static void test_read_only(void)
{
    struct csc_stat stat;
    struct fixture f;

    world_make(&f);
    origin_write(&f, "in", "content");
    origin_write(&f, "later", "content");
    CHECK(!make_readonly(f.origin, "in", 1));
    CHECK_STATUS(pin_all(&f), CSC_OK);
    CHECK(is_readonly(tree_of(&f), "in"));
    CHECK(!is_readonly(tree_of(&f), "later"));
    CHECK_STATUS(go_offline(&f), CSC_OK);

    /* the attribute alone, either way, and a file whose content changes, too */
    CHECK(!make_readonly(f.origin, "later", 1));
    CHECK(!make_readonly(tree_of(&f), "in", 0));
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK(is_readonly(tree_of(&f), "later"));
    CHECK(!is_readonly(f.origin, "in"));
    change(tree_of(&f), "in", "new", 1);
    CHECK(!make_readonly(tree_of(&f), "in", 1));
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_STRING(fixture_read(f.origin, "in"), "new");
    CHECK(is_readonly(f.origin, "in"));
    if (look(f.origin, "in", &stat)) CHECK_INT(stat.mtime, 1000000001 * S);
    CHECK_INT(fixture_flags(&f, SHARE "\\in"), 0);
    CHECK_INT(fixture_flags(&f, SHARE "\\later"), 0);
    fixture_destroy(&f);
}

#define DOSATTRIB "user.DOSATTRIB"

static int hide(const char *base, const char *below, const char *value)
{
    char path[1200];

    return setxattr(fixture_path(path, base, below), DOSATTRIB, value, strlen(value), 0);
}

static const char *hidden(const char *base, const char *below)
{
    static char value[64];
    char path[1200];
    ssize_t got = getxattr(fixture_path(path, base, below), DOSATTRIB, value, sizeof(value) - 1);

    value[got < 0 ? 0 : got] = 0;
    return value;
}

/* Wine's way to keep HIDDEN and SYSTEM; the change is told as one of attributes. */
static void test_hidden_and_system(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS | CSC_OP_ASK_CONFLICTS };
    const struct csc_wire_item *item;
    const struct seen_event *event;
    struct fixture f;

    world_make(&f);
    origin_write(&f, "in", "content");
    origin_write(&f, "a", "content");
    fixture_mkdir(f.origin, "dir");
    origin_write(&f, "dir/b", "content");
    if (hide(f.origin, "in", "0x2"))
    {
        test_skip("no extended attributes here");
        fixture_destroy(&f);
        return;
    }
    CHECK_STATUS(pin_all(&f), CSC_OK);
    CHECK_STRING(hidden(tree_of(&f), "in"), "0x2");
    if ((item = fixture_find(&f, SHARE "\\in")))
    {
        CHECK_INT(item->local_attributes, CSC_ATTR_ARCHIVE | CSC_ATTR_HIDDEN);
        CHECK_INT(item->original_attributes, CSC_ATTR_ARCHIVE | CSC_ATTR_HIDDEN);
    }
    CHECK_STATUS(go_offline(&f), CSC_OK);
    CHECK(!hide(tree_of(&f), "a", "0x4"));
    CHECK(!hide(f.origin, "dir", "0x6"));
    CHECK_INT(fixture_flags(&f, SHARE "\\a") & (CSC_ITEM_DIRTY | CSC_ITEM_MODIFIED_ATTRIBUTES | CSC_ITEM_MODIFIED_DATA),
              CSC_ITEM_DIRTY | CSC_ITEM_MODIFIED_ATTRIBUTES);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE), CSC_OK);
    CHECK_STRING(hidden(f.origin, "a"), "0x4");
    CHECK_STRING(hidden(tree_of(&f), "dir"), "0x6");
    CHECK_INT(client.totals.bytes_sent, 0);
    CHECK_INT(fixture_flags(&f, SHARE "\\a"), 0);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE), CSC_OK);
    CHECK_INT(client_count(&client, CSC_EVENT_ITEM_RESULT, NULL), 0);
    CHECK(!hide(tree_of(&f), "in", "0x4"));
    CHECK(!hide(f.origin, "in", "0x6"));
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE), CSC_E_MORE_DATA);
    if (CHECK((event = client_find(&client, CSC_EVENT_CONFLICT, SHARE "\\in")) != NULL))
        CHECK_INT(event->changes & (OFFLINEFILES_CHANGES_LOCAL_ATTRIBUTES | OFFLINEFILES_CHANGES_REMOTE_ATTRIBUTES),
                  OFFLINEFILES_CHANGES_LOCAL_ATTRIBUTES | OFFLINEFILES_CHANGES_REMOTE_ATTRIBUTES);
    client_free(&client);
    fixture_destroy(&f);
}

/* Times before 1970 and long after. */
static void test_far_times(void)
{
    static const int64_t times[] = { -1000000000 * S, 0, 4000000000 * S };
    struct csc_stat stat;
    struct fixture f;
    char name[16];
    int i;

    world_make(&f);
    for (i = 0; i < 3; i++)
    {
        snprintf(name, sizeof(name), "%d", i);
        fixture_write(f.origin, name, "content");
        set_times(f.origin, name, times[i], times[i]);
    }
    CHECK_STATUS(pin_all(&f), CSC_OK);
    for (i = 0; i < 3; i++)
    {
        snprintf(name, sizeof(name), "%d", i);
        if (look(tree_of(&f), name, &stat)) CHECK_INT(stat.mtime, times[i]);
    }
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    fixture_destroy(&f);
}

int main(void)
{
    RUN(test_both_ways);
    RUN(test_access_is_no_change);
    RUN(test_read_only);
    RUN(test_hidden_and_system);
    RUN(test_far_times);
    return test_report();
}
