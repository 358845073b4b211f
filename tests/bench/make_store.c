/*
 * Large caches for benchmarks: rows straight into the store, a million in some seconds
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "native.h"
#include "public.h"
#include "scope.h"

static void dir_name(unsigned long n, char *name, size_t size)
{
    snprintf(name, size, "d%05lu", n / BENCH_FILES);
}

static void file_name(unsigned long n, char *name, size_t size)
{
    snprintf(name, size, "f%08lu.dat", n);
}

void bench_path(unsigned long n, char *path, size_t size)
{
    char dir[32], file[32];

    dir_name(n, dir, sizeof(dir));
    file_name(n, file, sizeof(file));
    snprintf(path, size, "%s\\%s\\%s", BENCH_SHARE, dir, file);
}

static void record(struct csc_base *base, const struct csc_stat *stat, int64_t now)
{
    base->size = stat->size;
    base->ino = stat->ino;
    base->mtime = stat->mtime;
    base->ctime = stat->ctime;
    base->attributes = stat->attributes & ~CSC_ATTR_UNSEEN;
    base->recorded = now;
}

/* A row below a container; what stands in the tree is in stat, NULL: nothing. */
static csc_status add_row(struct csc_engine *engine, const struct csc_item *above, const char *name, uint32_t type,
                          const struct csc_stat *stat, struct csc_item *item)
{
    struct csc_stat origin = { 0 };
    int64_t now = engine->clock->now(engine->clock);

    memset(item, 0, sizeof(*item));
    item->parent = above->id;
    item->scope = above->scope;
    item->type = type;
    item->name = (char *)name;
    item->flags = CSC_ROW_BASE | (type ? CSC_ROW_ENUMERATED : 0) | (stat ? 0 : CSC_ROW_SPARSE);
    if (stat) origin = *stat;
    origin.attributes = type ? CSC_ATTR_DIRECTORY : CSC_ATTR_ARCHIVE;
    /* as if it had been agreed on a day ago */
    if (!stat) origin.mtime = origin.ctime = now - INT64_C(86400000000000);
    record(&item->origin, &origin, now);
    if (stat) record(&item->local, stat, now + INT64_C(5000000000));
    return csc_store_item_put(engine->store, item);
}

static csc_status make_file(struct csc_fs *fs, struct csc_dir *dir, const char *name, struct csc_stat *stat)
{
    struct csc_file *file;
    csc_status status;

    if (csc_failed(status = fs->create_file(fs, dir, name, &file))) return status;
    status = fs->stat_file(fs, file, stat);
    fs->close_file(fs, file);
    return status;
}

/* Rows first..last of one directory. */
static csc_status add_dir(struct csc_engine *engine, const struct csc_item *share, struct csc_dir *root,
                          unsigned long first, unsigned long last)
{
    struct csc_fs *fs = engine->fs;
    struct csc_item dir_item, item;
    struct csc_dir *dir = NULL;
    struct csc_stat stat;
    csc_status status;
    char name[32];

    dir_name(first, name, sizeof(name));
    if (root)
    {
        if (csc_failed(status = fs->make_dir(fs, root, name))) return status;
        if (csc_failed(status = fs->open_dir(fs, root, name, &dir))) return status;
        if (csc_failed(status = fs->stat_dir(fs, dir, &stat))) goto done;
    }
    status = add_row(engine, share, name, OFFLINEFILES_ITEM_TYPE_DIRECTORY, dir ? &stat : NULL, &dir_item);
    for (; first < last && !csc_failed(status); first++)
    {
        file_name(first, name, sizeof(name));
        if (dir) status = make_file(fs, dir, name, &stat);
        if (!csc_failed(status))
            status = add_row(engine, &dir_item, name, OFFLINEFILES_ITEM_TYPE_FILE, dir ? &stat : NULL, &item);
    }
done:
    if (dir) fs->close_dir(fs, dir);
    return status;
}

csc_status bench_make_store(struct csc_engine *engine, unsigned long items, int tree)
{
    struct csc_dir *root = NULL;
    struct csc_scope *scope;
    struct csc_item share;
    struct csc_path path;
    csc_status status;
    unsigned long n;

    if (csc_failed(status = csc_path_parse(BENCH_SHARE, &path))) return status;
    status = csc_scope_find(engine, &path, &scope);
    csc_path_free(&path);
    if (csc_failed(status)) return status;
    status = csc_store_item_get(engine->store, scope->row.root_item, &share);
    if (!csc_failed(status) && tree) status = csc_make_path(engine->fs, scope->cache_path, &root);
    csc_scope_release(scope);
    for (n = 0; n < items && !csc_failed(status); n += BENCH_FILES)
        status = add_dir(engine, &share, root, n, n + BENCH_FILES < items ? n + BENCH_FILES : items);
    if (root) engine->fs->close_dir(engine->fs, root);
    csc_item_clear(&share);
    return csc_failed(status) ? status : csc_store_commit(engine->store, 1);
}
