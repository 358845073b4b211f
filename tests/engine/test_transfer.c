/*
 * Transfers while the world changes under them
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A file system that lets a test do something right before a call: another program that saves, a disk that fills up,
 * a server that goes away in the middle of a listing.
 */

#include "fs_posix.h"
#include "sync_fixture.h"

/* -- the meddler -- */

static struct
{
    struct fixture *f;
    const char *call;             /* before which call; NULL: none */
    const char *name;             /* on which name, NULL: any */
    int origin;                   /* on the origin, else in the cache */
    int times;                    /* how often */
    void (*act)(struct fixture *f);
    csc_status result;            /* instead of calling; CSC_OK: call */
    int written;                  /* a program has a file of the cache (1) or of the origin (2) open for writing: ... */
    ino_t written_ino;            /* ... the first that is asked about; 0: none was */
    int no_exchange;              /* files of the origin cannot change places */
    pthread_mutex_t lock;
} meddler = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void meddle(struct fixture *f, const char *call, const char *name, int origin, int times,
                   void (*act)(struct fixture *f), csc_status result)
{
    pthread_mutex_lock(&meddler.lock);
    meddler.f = f;
    meddler.call = call;
    meddler.name = name;
    meddler.origin = origin;
    meddler.times = times;
    meddler.act = act;
    meddler.result = result;
    pthread_mutex_unlock(&meddler.lock);
}

static const char *last_name(int fd, char path[1200])
{
    char link[64];
    ssize_t size;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    size = readlink(link, path, 1199);
    path[size > 0 ? size : 0] = 0;
    return strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
}

static int is_origin(int fd)
{
    char path[1200];

    last_name(fd, path);
    return !strncmp(path, meddler.f->origin, strlen(meddler.f->origin));
}

static csc_status before(const char *call, const char *name, int fd)
{
    void (*act)(struct fixture *f) = NULL;
    csc_status result = CSC_OK;

    pthread_mutex_lock(&meddler.lock);
    if (meddler.times && meddler.call && !strcmp(meddler.call, call)
        && (!meddler.name || (name && !strcmp(meddler.name, name))) && is_origin(fd) == meddler.origin)
    {
        meddler.times--;
        act = meddler.act;
        result = meddler.result;
    }
    pthread_mutex_unlock(&meddler.lock);
    if (act) act(meddler.f);
    return result;
}

#define BEFORE(call, name, fd, expression) do { \
        csc_status before_status = before(call, name, fd); \
        (void)fs; \
        if (before_status) return before_status; \
        return csc_fs_posix()->expression; \
    } while (0)

static csc_status m_rename(struct csc_fs *fs, struct csc_dir *from, const char *old_name, struct csc_dir *to,
                           const char *new_name, int mode)
{
    static const char *const calls[] = { "replace", "noreplace", "exchange" };
    csc_status status;

    /* moving away is told by the old name, placing by the new one */
    if ((status = before("move", old_name, from->fd))) return status;
    if (mode == CSC_RENAME_EXCHANGE && meddler.no_exchange && is_origin(to->fd))
    {
        status = before(calls[mode], new_name, to->fd);
        return status ? status : CSC_E_NOT_SUPPORTED;
    }
    BEFORE(calls[mode], new_name, to->fd, rename(csc_fs_posix(), from, old_name, to, new_name, mode));
}

static csc_status m_list(struct csc_fs *fs, struct csc_dir *dir, csc_list_callback callback, void *context)
{
    char path[1200];

    BEFORE("list", last_name(dir->fd, path), dir->fd, list(csc_fs_posix(), dir, callback, context));
}

static csc_status m_stat(struct csc_fs *fs, struct csc_dir *dir, const char *name, struct csc_stat *stat)
{
    BEFORE("stat", name, dir->fd, stat(csc_fs_posix(), dir, name, stat));
}

static csc_status m_copy(struct csc_fs *fs, struct csc_file *from, struct csc_file *to, uint64_t offset, uint64_t size,
                         uint64_t *copied)
{
    BEFORE("copy", NULL, from->fd, copy(csc_fs_posix(), from, to, offset, size, copied));
}

static csc_status m_create_file(struct csc_fs *fs, struct csc_dir *dir, const char *name, struct csc_file **file)
{
    BEFORE("create", NULL, dir->fd, create_file(csc_fs_posix(), dir, name, file));
}

static csc_status m_open_file(struct csc_fs *fs, struct csc_dir *dir, const char *name, struct csc_file **file)
{
    BEFORE("open", name, dir->fd, open_file(csc_fs_posix(), dir, name, file));
}

static csc_status m_sync_file(struct csc_fs *fs, struct csc_file *file)
{
    BEFORE("flush", NULL, file->fd, sync_file(csc_fs_posix(), file));
}

static csc_status m_is_written(struct csc_fs *fs, struct csc_dir *dir, const char *name, int64_t since, int *written)
{
    struct stat stat;

    (void)fs;
    (void)since;
    *written = meddler.written == (is_origin(dir->fd) ? 2 : 1);
    if (!meddler.written) meddler.written_ino = 0;
    if (!*written || fstatat(dir->fd, name, &stat, AT_SYMLINK_NOFOLLOW)) return CSC_OK;
    if (!meddler.written_ino) meddler.written_ino = stat.st_ino;
    *written = meddler.written_ino == stat.st_ino;
    return CSC_OK;
}

static void meddled_world(struct fixture *f)
{
    meddle(f, NULL, NULL, 0, 0, NULL, CSC_OK);
    meddler.no_exchange = meddler.written = meddler.written_ino = 0;
    fixture_make(f);
    f->fs.is_written = m_is_written;
    f->fs.rename = m_rename;
    f->fs.list = m_list;
    f->fs.stat = m_stat;
    f->fs.copy = m_copy;
    f->fs.create_file = m_create_file;
    f->fs.open_file = m_open_file;
    f->fs.sync_file = m_sync_file;
    CHECK_STATUS(csc_map(f->engine, SHARE, f->origin, 0), CSC_OK);
}

/* A share with one file in sync, offline. */
static void one_file(struct fixture *f)
{
    meddled_world(f);
    origin_write(f, "a", "base");
    origin_write(f, "other", "base");
    CHECK_STATUS(pin_all(f), CSC_OK);
    CHECK_STATUS(go_offline(f), CSC_OK);
}

static csc_status sync_a(struct fixture *f)
{
    return fixture_run(f, CSC_OP_SYNC, SYNC_BOTH, 0, SHARE "\\a");
}

static void origin_saves(struct fixture *f) { save_over(f->origin, "a", "theirs", 50); }
static void origin_writes(struct fixture *f) { change(f->origin, "a", "theirs, in place", 50); }
static void origin_deletes(struct fixture *f) { remove_at(f->origin, "a"); }
static void cache_saves(struct fixture *f) { save_over(tree_of(f), "a", "mine", 60); }
static void origin_makes_n(struct fixture *f) { change(f->origin, "n", "theirs, new", 9); }
static void cache_deletes(struct fixture *f) { remove_at(tree_of(f), "a"); }

/* -- replacing -- */

static void test_upload_over_new_version(void)
{
    void (*const acts[])(struct fixture *f) = { origin_saves, origin_writes };
    int i;

    for (i = 0; i < 2; i++)
    {
        struct fixture f;

        one_file(&f);
        change(tree_of(&f), "a", "mine", 1);
        meddle(&f, "exchange", "a", 1, 1, acts[i], CSC_OK);
        CHECK_STATUS(sync_a(&f), CSC_E_CONFLICT);
        CHECK_INT(meddler.times, 0);
        CHECK_STRING(fixture_read(f.origin, "a"), i ? "theirs, in place" : "theirs");
        CHECK_STRING(fixture_read(tree_of(&f), "a"), "mine");
        CHECK_INT(count_in(f.origin, NULL), 2);
        CHECK(is_clean(&f));
        fixture_destroy(&f);
    }
}

static void test_upload_over_deleted(void)
{
    struct fixture f;

    one_file(&f);
    change(tree_of(&f), "a", "mine", 1);
    meddle(&f, "exchange", "a", 1, 1, origin_deletes, CSC_OK);
    CHECK_STATUS(sync_a(&f), CSC_E_CONFLICT);
    CHECK(!fixture_exists(f.origin, "a"));
    CHECK_STRING(fixture_read(tree_of(&f), "a"), "mine");
    CHECK_INT(count_in(f.origin, NULL), 1);
    fixture_destroy(&f);
}

static void test_upload_new_over_new(void)
{
    struct fixture f;

    one_file(&f);
    change(tree_of(&f), "n", "mine", 1);
    /* the name appears right before the file is placed */
    meddle(&f, "noreplace", "n", 1, 1, origin_makes_n, CSC_OK);
    CHECK_STATUS(fixture_run(&f, CSC_OP_SYNC, SYNC_BOTH, 0, SHARE "\\n"), CSC_E_CONFLICT);
    CHECK_STRING(fixture_read(f.origin, "n"), "theirs, new");
    CHECK_STRING(fixture_read(tree_of(&f), "n"), "mine");
    CHECK_INT(count_in(f.origin, NULL), 3);
    fixture_destroy(&f);
}

static void test_download_over_edit(void)
{
    struct fixture f;

    one_file(&f);
    change(f.origin, "a", "theirs", 1);
    meddle(&f, "exchange", "a", 0, 1, cache_saves, CSC_OK);
    CHECK_STATUS(sync_a(&f), CSC_E_CONFLICT);
    CHECK_INT(meddler.times, 0);
    CHECK_STRING(fixture_read(f.origin, "a"), "theirs");
    CHECK_STRING(fixture_read(tree_of(&f), "a"), "mine");
    CHECK_INT(count_in(tree_of(&f), NULL), 2);
    CHECK(is_clean(&f));
    fixture_destroy(&f);
}

static void test_download_over_deleted(void)
{
    struct fixture f;

    one_file(&f);
    change(f.origin, "a", "theirs", 1);
    meddle(&f, "exchange", "a", 0, 1, cache_deletes, CSC_OK);
    CHECK_STATUS(sync_a(&f), CSC_E_CONFLICT);
    CHECK_STRING(fixture_read(f.origin, "a"), "theirs");
    CHECK(!fixture_exists(tree_of(&f), "a"));
    CHECK(is_clean(&f));
    fixture_destroy(&f);
}

static int has_kept(const char *base, const char *text)
{
    DIR *dir = opendir(base);
    struct dirent *entry;
    int found = 0;

    while (dir && (entry = readdir(dir)))
        if (strstr(entry->d_name, "(kept ") && !strcmp(fixture_read(base, entry->d_name), text)) found++;
    if (dir) closedir(dir);
    return found;
}

/* Where files cannot change places, the old one makes room first. */
static void test_without_exchange(void)
{
    void (*const acts[])(struct fixture *f) = { origin_saves, origin_writes };
    const char *const calls[] = { "exchange", "move" };
    struct fixture f;
    int i, j;

    one_file(&f);
    meddler.no_exchange = 1;
    change(tree_of(&f), "a", "mine", 1);
    CHECK_STATUS(sync_a(&f), CSC_OK);
    CHECK_STRING(fixture_read(f.origin, "a"), "mine");
    CHECK_INT(count_in(f.origin, NULL), 2);
    CHECK_STATUS(fixture_run(&f, CSC_OP_SYNC, SYNC_BOTH, 0, SHARE), CSC_OK);
    CHECK_INT(fixture_flags(&f, SHARE "\\a"), 0);
    fixture_destroy(&f);

    /* a save before the last look, and one right before the old file is moved away */
    for (i = 0; i < 2; i++)
        for (j = 0; j < 2; j++)
        {
            one_file(&f);
            meddler.no_exchange = 1;
            change(tree_of(&f), "a", "mine again", 2);
            meddle(&f, calls[i], "a", 1, 1, acts[j], CSC_OK);
            CHECK_STATUS(sync_a(&f), CSC_E_CONFLICT);
            CHECK_INT(meddler.times, 0);
            CHECK_STRING(fixture_read(f.origin, "a"), j ? "theirs, in place" : "theirs");
            CHECK_STRING(fixture_read(tree_of(&f), "a"), "mine again");
            CHECK_INT(count_in(f.origin, NULL), 2);
            fixture_destroy(&f);
        }

    /* somebody takes the name while it is free */
    one_file(&f);
    meddler.no_exchange = 1;
    change(tree_of(&f), "a", "mine again", 2);
    meddle(&f, "noreplace", "a", 1, 1, origin_saves, CSC_OK);
    CHECK_STATUS(sync_a(&f), CSC_E_CONFLICT);
    CHECK_STRING(fixture_read(f.origin, "a"), "theirs");
    CHECK_STRING(fixture_read(tree_of(&f), "a"), "mine again");
    CHECK_INT(count_in(f.origin, NULL), 3);
    CHECK_INT(has_kept(f.origin, "base"), 1);
    fixture_destroy(&f);

    /* the new file cannot be placed: the old one comes back */
    one_file(&f);
    meddler.no_exchange = 1;
    change(tree_of(&f), "a", "mine again", 2);
    meddle(&f, "noreplace", "a", 1, 1, NULL, CSC_E_ACCESS_DENIED);
    CHECK_STATUS(sync_a(&f), CSC_E_ACCESS_DENIED);
    CHECK_STRING(fixture_read(f.origin, "a"), "base");
    CHECK_INT(count_in(f.origin, NULL), 2);
    CHECK_STATUS(sync_a(&f), CSC_OK);
    CHECK_STRING(fixture_read(f.origin, "a"), "mine again");
    fixture_destroy(&f);
}

/* -- programs that still write -- */

static void test_written_files(void)
{
    struct fixture f;
    int no_exchange;

    /* into the cache, over a file that a program writes: its handle must not be left with a file without a name */
    one_file(&f);
    change(f.origin, "a", "theirs", 1);
    meddler.written = 1;
    CHECK_STATUS(sync_a(&f), CSC_E_SHARING);
    CHECK_STRING(fixture_read(tree_of(&f), "a"), "base");
    CHECK(is_clean(&f));
    meddler.written = meddler.written_ino = 0;
    CHECK_STATUS(sync_a(&f), CSC_OK);
    CHECK_STRING(fixture_read(tree_of(&f), "a"), "theirs");

    /* out of the cache: not half of what it writes */
    change(tree_of(&f), "a", "mine", 2);
    meddler.written = 1;
    CHECK_STATUS(sync_a(&f), CSC_E_SHARING);
    CHECK_STRING(fixture_read(f.origin, "a"), "theirs");
    meddler.written = meddler.written_ino = 0;

    /* over a file of the origin */
    for (no_exchange = 0; no_exchange < 2; no_exchange++)
    {
        change(tree_of(&f), "a", no_exchange ? "mine again" : "mine", 3 + no_exchange);
        meddler.no_exchange = no_exchange;
        meddler.written = 2;
        CHECK_STATUS(sync_a(&f), CSC_E_SHARING);
        CHECK_STRING(fixture_read(f.origin, "a"), no_exchange ? "mine" : "theirs");
        CHECK_INT(count_in(f.origin, NULL), 2);
        meddler.written = meddler.written_ino = 0;
        CHECK_STATUS(sync_a(&f), CSC_OK);
        CHECK_STRING(fixture_read(f.origin, "a"), no_exchange ? "mine again" : "mine");
    }
    fixture_destroy(&f);

    /* deleted on one side, written on the other */
    one_file(&f);
    origin_deletes(&f);
    meddler.written = 1;
    CHECK_STATUS(sync_a(&f), CSC_E_SHARING);
    CHECK_STRING(fixture_read(tree_of(&f), "a"), "base");
    meddler.written = meddler.written_ino = 0;
    CHECK_STATUS(sync_a(&f), CSC_OK);
    CHECK(!fixture_exists(tree_of(&f), "a"));
    fixture_destroy(&f);

    one_file(&f);
    cache_deletes(&f);
    meddler.written = 2;
    CHECK_STATUS(sync_a(&f), CSC_E_SHARING);
    CHECK_STRING(fixture_read(f.origin, "a"), "base");
    CHECK_INT(count_in(f.origin, NULL), 2);
    meddler.written = meddler.written_ino = 0;
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK(!fixture_exists(f.origin, "a"));
    fixture_destroy(&f);
}

/* -- removing -- */

static void test_delete_what_changed(void)
{
    const char *const calls[] = { "stat", "move" };
    int i;

    for (i = 0; i < 2; i++)
    {
        struct fixture f;

        /* on the origin */
        one_file(&f);
        cache_deletes(&f);
        meddle(&f, calls[i], "a", 1, i ? 1 : 2, origin_saves, CSC_OK);     /* the scan's own look comes first */
        CHECK_STATUS(sync_a(&f), CSC_E_CONFLICT);
        CHECK_STRING(fixture_read(f.origin, "a"), "theirs");
        CHECK_INT(count_in(f.origin, NULL), 2);
        fixture_destroy(&f);

        /* in the cache */
        one_file(&f);
        origin_deletes(&f);
        meddle(&f, calls[i], "a", 0, i ? 1 : 2, cache_saves, CSC_OK);
        CHECK_STATUS(sync_a(&f), CSC_E_CONFLICT);
        CHECK_STRING(fixture_read(tree_of(&f), "a"), "mine");
        CHECK_INT(count_in(tree_of(&f), NULL), 2);
        CHECK(is_clean(&f));
        fixture_destroy(&f);
    }
}

/* -- copying -- */

static void origin_grows(struct fixture *f)
{
    char path[1200];
    FILE *file = fopen(fixture_path(path, f->origin, "a"), "a");

    fputs("more", file);
    fclose(file);
}

static void test_source_moves(void)
{
    struct fixture f;

    /* once: the copy is made again */
    one_file(&f);
    change(f.origin, "a", "new", 1);
    meddle(&f, "copy", NULL, 1, 1, origin_grows, CSC_OK);
    CHECK_STATUS(sync_a(&f), CSC_OK);
    CHECK_STRING(fixture_read(tree_of(&f), "a"), "newmore");

    /* always: it is in use */
    change(f.origin, "a", "newer", 2);
    meddle(&f, "copy", NULL, 1, 1000, origin_grows, CSC_OK);
    CHECK_STATUS(sync_a(&f), CSC_E_SHARING);
    CHECK_STRING(fixture_read(tree_of(&f), "a"), "newmore");
    CHECK(is_clean(&f));
    fixture_destroy(&f);
}

static void test_disk_full(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS };
    struct fixture f;

    one_file(&f);
    change(f.origin, "a", "new", 1);
    change(f.origin, "other", "new", 1);
    meddle(&f, "copy", NULL, 1, 1000, NULL, CSC_E_DISK_FULL);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE), CSC_E_DISK_FULL);
    CHECK_STRING(fixture_read(tree_of(&f), "a"), "base");
    CHECK(is_clean(&f));
    CHECK(client_count(&client, CSC_EVENT_ITEM_RESULT, NULL) >= 1);
    meddle(&f, NULL, NULL, 0, 0, NULL, CSC_OK);

    /* a full server is that item's trouble */
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    change(tree_of(&f), "a", "mine", 7);
    change(f.origin, "other", "newer", 8);
    meddle(&f, "create", NULL, 1, 1, NULL, CSC_E_DISK_FULL);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE), CSC_E_MORE_DATA);
    CHECK_STATUS(client_result(&client, SHARE "\\a"), CSC_E_DISK_FULL);
    CHECK_STATUS(client_result(&client, SHARE "\\other"), CSC_OK);
    CHECK_STRING(fixture_read(f.origin, "a"), "new");
    CHECK_STRING(fixture_read(tree_of(&f), "a"), "mine");
    client_free(&client);
    fixture_destroy(&f);
}

static void test_access_denied(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS };
    struct fixture f;

    one_file(&f);
    change(f.origin, "a", "new", 1);
    change(f.origin, "other", "new", 1);
    meddle(&f, "open", "a", 1, 1, NULL, CSC_E_ACCESS_DENIED);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE), CSC_E_MORE_DATA);
    CHECK_STATUS(client_result(&client, SHARE "\\a"), CSC_E_ACCESS_DENIED);
    CHECK_STATUS(client_result(&client, SHARE "\\other"), CSC_OK);
    CHECK_STRING(fixture_read(tree_of(&f), "a"), "base");
    CHECK_STRING(fixture_read(tree_of(&f), "other"), "new");

    change(tree_of(&f), "a", "mine", 3);
    change(f.origin, "a", "base", 0);
    meddle(&f, "stat", "a", 1, 1, NULL, CSC_E_ACCESS_DENIED);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE), CSC_E_MORE_DATA);
    CHECK_STATUS(client_result(&client, SHARE "\\a"), CSC_E_ACCESS_DENIED);
    CHECK_STRING(fixture_read(tree_of(&f), "a"), "mine");
    client_free(&client);
    fixture_destroy(&f);
}

static void test_flush_fails(void)
{
    struct fixture f;

    one_file(&f);
    change(tree_of(&f), "a", "mine", 1);
    meddle(&f, "flush", NULL, 1, 1, NULL, CSC_E_DISK_FULL);
    CHECK_STATUS(sync_a(&f), CSC_E_DISK_FULL);
    CHECK_STRING(fixture_read(f.origin, "a"), "base");
    CHECK_INT(count_in(f.origin, NULL), 2);
    CHECK_STATUS(sync_a(&f), CSC_OK);
    CHECK_STRING(fixture_read(f.origin, "a"), "mine");
    fixture_destroy(&f);
}

static void write_big(const char *base, const char *below, size_t size, unsigned seed)
{
    char path[1200];
    FILE *file = fopen(fixture_path(path, base, below), "w");
    size_t i;

    for (i = 0; i < size; i++) putc((int)((i * 2654435761u + seed) >> 13 & 0xff), file);
    fclose(file);
}

static int same_big(const char *base, const char *below, size_t size, unsigned seed)
{
    char path[1200];
    FILE *file = fopen(fixture_path(path, base, below), "r");
    size_t i;

    if (!file) return 0;
    for (i = 0; i < size; i++) if (getc(file) != (int)((i * 2654435761u + seed) >> 13 & 0xff)) break;
    i = i == size && getc(file) == EOF;
    fclose(file);
    return (int)i;
}

static void test_big(void)
{
    const size_t size = 21 * 1024 * 1024 + 17;
    struct client client = { 0 };
    struct fixture f;

    one_file(&f);
    write_big(f.origin, "a", size, 1);
    fixture_touch(f.origin, "a", 1000000001);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE "\\a"), CSC_OK);
    CHECK_INT(client.totals.bytes_done, size);
    CHECK_INT(client.totals.bytes_found, size);
    CHECK(same_big(tree_of(&f), "a", size, 1));
    write_big(tree_of(&f), "a", size + 3, 2);
    CHECK_STATUS(sync_a(&f), CSC_OK);
    CHECK(same_big(f.origin, "a", size + 3, 2));
    client_free(&client);
    fixture_destroy(&f);
}

/* -- an origin that goes away -- */

static void test_listing_breaks_off(void)
{
    static const csc_status results[] = { CSC_E_NET_IO, CSC_E_BAD_NETPATH, CSC_E_ACCESS_DENIED };
    size_t i;

    for (i = 0; i < 3; i++)
    {
        struct fixture f;

        one_file(&f);
        fixture_mkdir(f.origin, "dir");
        origin_write(&f, "dir/x", "x");
        CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
        change(tree_of(&f), "dir/mine", "mine", 1);
        meddle(&f, "list", "dir", 1, 1, NULL, results[i]);
        CHECK_STATUS(sync_share(&f, SYNC_BOTH), i == 2 ? CSC_E_MORE_DATA : results[i]);
        CHECK_STRING(fixture_read(tree_of(&f), "a"), "base");
        CHECK_STRING(fixture_read(tree_of(&f), "dir/x"), "x");
        CHECK_STRING(fixture_read(f.origin, "dir/x"), "x");
        CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
        CHECK_STRING(fixture_read(f.origin, "dir/mine"), "mine");
        fixture_destroy(&f);
    }
}

static void empty_and_replace(struct fixture *f)
{
    remove_at(f->origin, "dir/x");
    fixture_set_foreign_root(f, 1);
}

/* The root is another one by the time that a listing lacks something. */
static void test_root_changes_while_listing(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS };
    struct fixture f;

    meddled_world(&f);
    fixture_mkdir(f.origin, "dir");
    origin_write(&f, "dir/x", "x");
    origin_write(&f, "a", "base");
    CHECK_STATUS(pin_all(&f), CSC_OK);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    meddle(&f, "list", "dir", 1, 1, empty_and_replace, CSC_OK);
    CHECK(csc_failed(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE)));
    CHECK_STRING(fixture_read(tree_of(&f), "dir/x"), "x");
    fixture_set_foreign_root(&f, 0);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK(!fixture_exists(tree_of(&f), "dir/x"));
    client_free(&client);
    fixture_destroy(&f);
}

/* A directory of the origin in which another file system was mounted. */
static void test_inner_mount(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS };
    struct fixture f;
    struct csc_item item;
    struct csc_scope *scope;

    meddled_world(&f);
    origin_write(&f, "a", "base");
    fixture_mkdir(f.origin, "mount");
    origin_write(&f, "mount/x", "x");
    CHECK_STATUS(pin_all(&f), CSC_OK);
    if ((scope = fixture_scope(&f, SHARE)))
    {
        CHECK_STATUS(csc_store_item_find(f.engine->store, scope->row.root_item, "MOUNT", &item), CSC_OK);
        CHECK_INT(item.flags & CSC_ROW_MOUNT, 0);
        item.flags |= CSC_ROW_MOUNT;          /* as if another file system had been there */
        CHECK_STATUS(csc_store_item_put(f.engine->store, &item), CSC_OK);
        csc_item_clear(&item);
        csc_scope_release(scope);
    }
    remove_at(f.origin, "mount/x");
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE), CSC_E_MORE_DATA);
    CHECK_STATUS(client_result(&client, SHARE "\\mount"), CSC_E_NOT_READY);
    CHECK_STRING(fixture_read(tree_of(&f), "mount/x"), "x");
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE "\\mount\\x"), CSC_E_MORE_DATA);
    CHECK_STRING(fixture_read(tree_of(&f), "mount/x"), "x");
    client_free(&client);
    fixture_destroy(&f);
}

/* -- what a crash left on the origin -- */

static void litter_name(struct fixture *f, char name[128], const char *key, int use)
{
    uint32_t hash = 2166136261u;

    for (; *key; key++) hash = (hash ^ (unsigned char)*key) * 16777619u;
    snprintf(name, 128, ".~csc-%s-%08x1234567%d.tmp", f->engine->cache_id, (unsigned)hash, use);
}

static void test_litter(void)
{
    struct fixture f;
    char name[128];

    one_file(&f);

    /* a copy on its way */
    litter_name(&f, name, "A", 0);
    fixture_write(f.origin, name, "half a co");
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK(!fixture_exists(f.origin, name));

    /* replaced, and known */
    litter_name(&f, name, "A", 1);
    fixture_write(f.origin, name, "base");
    fixture_touch(f.origin, name, 1000000000);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK(!fixture_exists(f.origin, name));
    CHECK_INT(count_in(f.origin, NULL), 2);

    /* what was to be placed, and the cache still has; found by a real smbd that was stopped: its times are coarser */
    litter_name(&f, name, "A", 1);
    change(tree_of(&f), "a", "edited, then interrupted", 7);
    fixture_write(f.origin, name, "edited, then interrupted");
    fixture_touch(f.origin, name, 1000000000);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK(!fixture_exists(f.origin, name));
    CHECK_STRING(fixture_read(f.origin, "a"), "edited, then interrupted");
    CHECK_INT(has_kept(f.origin, "edited, then interrupted"), 0);
    change(tree_of(&f), "a", "base", 9);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);

    /* not known: somebody's */
    litter_name(&f, name, "A", 1);
    fixture_write(f.origin, name, "who knows");
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK(!fixture_exists(f.origin, name));
    CHECK_INT(has_kept(f.origin, "who knows"), 1);

    /* moved away to be removed, but that was not confirmed */
    {
        char from[1200], to[1200];

        litter_name(&f, name, "A", 2);
        CHECK_INT(rename(fixture_path(from, f.origin, "a"), fixture_path(to, f.origin, name)), 0);
    }
    CHECK_STATUS(sync_a(&f), CSC_OK);
    CHECK_STRING(fixture_read(f.origin, "a"), "base");
    CHECK_STRING(fixture_read(tree_of(&f), "a"), "base");

    /* another program took the name meanwhile */
    litter_name(&f, name, "A", 2);
    fixture_write(f.origin, name, "their last words");
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_STRING(fixture_read(f.origin, "a"), "base");
    CHECK_INT(has_kept(f.origin, "their last words"), 1);
    fixture_destroy(&f);
}

int main(void)
{
    RUN(test_upload_over_new_version);
    RUN(test_upload_over_deleted);
    RUN(test_upload_new_over_new);
    RUN(test_download_over_edit);
    RUN(test_download_over_deleted);
    RUN(test_without_exchange);
    RUN(test_written_files);
    RUN(test_delete_what_changed);
    RUN(test_source_moves);
    RUN(test_disk_full);
    RUN(test_access_denied);
    RUN(test_flush_fails);
    RUN(test_big);
    RUN(test_listing_breaks_off);
    RUN(test_root_changes_while_listing);
    RUN(test_inner_mount);
    RUN(test_litter);
    return test_report();
}
