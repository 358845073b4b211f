/*
 * Encryption of the cache
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sync_fixture.h"

/* What the file system says of everything in it, but (plain_path) of one directory and what is in that. */
static int volume_encrypts;
static const char *plain_path;
static struct csc_dir *plain_dir;

static csc_status open_root(struct csc_fs *fs, const char *path, struct csc_dir **dir)
{
    size_t length = strlen(path), more = plain_path ? strlen(plain_path) : 0;
    csc_status status = fixture_open_root(fs, path, dir);

    if (!csc_failed(status) && more && length >= more && !strcmp(path + length - more, plain_path)) plain_dir = *dir;
    return status;
}

static void close_dir(struct csc_fs *fs, struct csc_dir *dir)
{
    (void)fs;
    if (plain_dir == dir) plain_dir = NULL;
    csc_fs_posix()->close_dir(csc_fs_posix(), dir);
}

static csc_status stat_dir(struct csc_fs *fs, struct csc_dir *dir, struct csc_stat *stat)
{
    csc_status status = csc_fs_posix()->stat_dir(fs, dir, stat);

    stat->encrypted = volume_encrypts && dir != plain_dir;
    return status;
}

static csc_status stat_name(struct csc_fs *fs, struct csc_dir *dir, const char *name, struct csc_stat *stat)
{
    csc_status status = csc_fs_posix()->stat(fs, dir, name, stat);

    stat->encrypted = volume_encrypts;
    return status;
}

static csc_status encrypt(struct fixture *f, int on, uint32_t flags)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS, .deep = on };
    csc_status status = client_run(f, &client, CSC_OP_ENCRYPT, flags, NULL, 0);

    if (client.count) CHECK_INT(client.seen[0].kind, CSC_EVENT_END);
    client_free(&client);
    return status;
}

static void check(int encrypts)
{
    const struct csc_wire_item *item;
    int encrypted = 7, partial = 7;
    struct fixture f;

    volume_encrypts = encrypts;
    world_make(&f);
    f.fs.stat_dir = stat_dir;
    f.fs.stat = stat_name;
    origin_write(&f, "file", "content");
    CHECK_STATUS(pin_all(&f), CSC_OK);
    CHECK_STATUS(csc_encryption_status(f.engine, &encrypted, &partial), CSC_OK);
    CHECK_INT(encrypted, encrypts);
    CHECK_INT(partial, 0);
    if ((item = fixture_find(&f, SHARE "\\file"))) CHECK_INT(!!(item->flags & CSC_ITEM_ENCRYPTED), encrypts);

    /* it is as it is, and says so */
    CHECK_STATUS(encrypt(&f, encrypts, 0), CSC_OK);
    CHECK_STATUS(encrypt(&f, encrypts, OFFLINEFILES_ENCRYPTION_CONTROL_FLAGS), CSC_OK);
    CHECK_STATUS(encrypt(&f, !encrypts, 0), CSC_E_NO_ENCRYPTION);
    CHECK_STATUS(encrypt(&f, encrypts, 1), CSC_E_INVALID_ARG);
    CHECK_STATUS(csc_encryption_status(f.engine, &encrypted, &partial), CSC_OK);
    CHECK_INT(encrypted, encrypts);
    fixture_destroy(&f);
}

static void an_ordinary_volume(void)
{
    check(0);
}

static void an_encrypted_directory(void)
{
    check(1);
}

/* One directory that content is made in is not: then nobody is told that the cache is encrypted. */
static void one_plain_directory_is_enough(void)
{
    static const char *const places[] = { "/namespace", "/temp", "/namespace/server/share" };
    int encrypted = 7, partial = 7;
    struct fixture f;
    size_t i;

    volume_encrypts = 1;
    world_make(&f);
    f.fs.stat_dir = stat_dir;
    f.fs.open_root = open_root;
    f.fs.close_dir = close_dir;
    for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
    {
        plain_path = places[i];
        CHECK_STATUS(csc_encryption_status(f.engine, &encrypted, &partial), CSC_OK);
        CHECK_INT(encrypted, 0);
        CHECK_INT(partial, 1);
        CHECK_STATUS(encrypt(&f, 1, 0), CSC_E_NO_ENCRYPTION);
        CHECK_STATUS(encrypt(&f, 0, 0), CSC_E_NO_ENCRYPTION);
    }
    plain_path = NULL;
    CHECK_STATUS(csc_encryption_status(f.engine, &encrypted, &partial), CSC_OK);
    CHECK_INT(encrypted, 1);
    CHECK_INT(partial, 0);
    fixture_destroy(&f);
}

static void only_encryption_goes_without_paths(void)
{
    struct client client = { 0 };
    const char *path = SHARE;
    struct fixture f;

    volume_encrypts = 0;
    world_make(&f);
    CHECK_STATUS(client_run(&f, &client, CSC_OP_SYNC, SYNC_BOTH, NULL, 0), CSC_E_INVALID_ARG);
    CHECK_STATUS(client_run(&f, &client, CSC_OP_ENCRYPT, 0, &path, 1), CSC_E_INVALID_ARG);
    client_free(&client);
    fixture_destroy(&f);
}

int main(void)
{
    RUN(an_ordinary_volume);
    RUN(an_encrypted_directory);
    RUN(one_plain_directory_is_enough);
    RUN(only_encryption_goes_without_paths);
    return test_report();
}
