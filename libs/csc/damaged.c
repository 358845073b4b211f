/*
 * Files that a power loss may have damaged, kept aside until they were compared
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "damaged.h"
#include "transfer.h"
#include "watch.h"

/* bytes: what a power loss takes is gone by whole pages */
#define BLOCK 4096
#define BUFFER (64 * BLOCK)

/* -- notes: "<scope id>/<path>" by row -- */

static void note_name(int64_t item, char name[40])
{
    snprintf(name, 40, "%s%llx", CSC_META_DAMAGED, (unsigned long long)item);
}

static csc_status write_note(struct csc_scope *scope, const struct csc_item *item)
{
    struct csc_item_list above;
    char name[40], *text;
    size_t size, length, i;
    csc_status status;

    if (csc_failed(status = csc_rows_above(scope, item->parent, &above))) return status;
    for (i = 0, size = strlen(item->name) + 24; i < above.count; i++) size += strlen(above.items[i].name) + 1;
    if ((text = malloc(size)))
    {
        length = snprintf(text, size, "%lld/", (long long)scope->row.id);
        for (i = above.count; i--;) length += snprintf(text + length, size - length, "%s/", above.items[i].name);
        snprintf(text + length, size - length, "%s", item->name);
        note_name(item->id, name);
        status = csc_store_meta_set(scope->engine->store, name, text);
    }
    else status = CSC_E_OUT_OF_MEMORY;
    free(text);
    csc_item_list_free(&above);
    return status;
}

static csc_status forget_note(struct csc_engine *engine, int64_t item)
{
    char name[40];

    note_name(item, name);
    return csc_store_meta_set(engine->store, name, NULL);
}

/* -- content -- */

/* Whether all blocks of a file are zeros or, with another file, what that has there. */
static csc_status blocks_are_in(struct csc_fs *fs, struct csc_file *file, struct csc_fs *other_fs, struct csc_file *other,
                                struct csc_op *op, int *are)
{
    static const unsigned char zeros[BLOCK];
    unsigned char *data = malloc(2 * BUFFER), *there = data + BUFFER;
    size_t got = 0, got_there = 0, i;
    csc_status status = CSC_OK;
    uint64_t at = 0;

    *are = 1;
    if (!data) return CSC_E_OUT_OF_MEMORY;
    while (*are && !csc_failed(status))
    {
        if (op && csc_op_stopping(op)) status = CSC_E_CANCELLED;
        else status = fs->read(fs, file, at, data, BUFFER, &got);
        if (csc_failed(status) || !got) break;
        if (other) status = other_fs->read(other_fs, other, at, there, BUFFER, &got_there);
        for (i = 0; i < got && *are && !csc_failed(status); i += BLOCK)
        {
            size_t size = got - i < BLOCK ? got - i : BLOCK;

            *are = !memcmp(data + i, zeros, size) || (other && i + size <= got_there && !memcmp(data + i, there + i, size));
        }
        at += got;
    }
    free(data);
    return status;
}

static csc_status is_blank(struct csc_fs *fs, struct csc_dir *dir, const char *name, int *blank)
{
    struct csc_file *file;
    csc_status status = fs->open_file(fs, dir, name, &file);

    if (csc_failed(status)) return status;
    status = blocks_are_in(fs, file, NULL, NULL, NULL, blank);
    fs->close_file(fs, file);
    return status;
}

/* -- recovery -- */

csc_status csc_damaged_take(struct csc_scope *scope, const struct csc_item *item, struct csc_dir *dir, const char *name)
{
    struct csc_engine *engine = scope->engine;
    struct csc_fs *fs = engine->fs;
    char aside[CSC_TEMP_NAME];
    struct csc_dir *temp;
    csc_status status;
    int blank;

    if (csc_failed(status = is_blank(fs, dir, name, &blank))) return status;
    if (blank) return fs->remove_file(fs, dir, name);
    if (csc_failed(status = write_note(scope, item))) return status;
    if (csc_failed(status = fs->open_root(fs, engine->temp_dir, &temp))) return status;
    csc_temp_local_name(engine, CSC_TEMP_DAMAGED, item->id, aside);
    status = fs->rename(fs, dir, name, temp, aside, CSC_RENAME_NOREPLACE);
    fs->close_dir(fs, temp);
    if (!csc_failed(status)) atomic_fetch_add(&scope->damaged, 1);
    return status;
}

/* Into the deepest directory of a noted path that is there, under a name that shows. */
static csc_status publish_noted(struct csc_scope *scope, struct csc_dir *temp, const char *aside, int64_t item, char *path)
{
    struct csc_engine *engine = scope->engine;
    struct csc_fs *fs = engine->fs;
    struct csc_dir *dir, *below;
    csc_status status;
    char *slash, *kept;

    if (csc_failed(status = csc_make_path(fs, scope->cache_path, &dir))) return status;
    for (; (slash = strchr(path, '/')); path = slash + 1)
    {
        *slash = 0;
        if (dir && !csc_failed(fs->open_dir(fs, dir, path, &below)))
        {
            fs->close_dir(fs, dir);
            dir = below;
        }
    }
    if (!(kept = csc_temp_kept_name(engine, path))) status = CSC_E_OUT_OF_MEMORY;
    else status = fs->rename(fs, temp, aside, dir, kept, CSC_RENAME_NOREPLACE);
    if (!csc_failed(status))
    {
        atomic_fetch_sub(&scope->damaged, 1);
        csc_store_log(engine->store, "keep", kept, CSC_OK, "A power loss may have damaged it, and nothing is left to compare it with.");
        status = csc_sync_dir(fs, dir);
    }
    if (!csc_failed(status)) status = csc_sync_dir(fs, temp);
    if (!csc_failed(status)) status = forget_note(engine, item);
    free(kept);
    fs->close_dir(fs, dir);
    return status;
}

/* The note of a row; *path: behind the scope's id, in *note, which is to be freed. */
static csc_status read_note(struct csc_engine *engine, int64_t item, char **note, char **path, int64_t *scope)
{
    char name[40];
    csc_status status;

    note_name(item, name);
    if (csc_failed(status = csc_store_meta_get(engine->store, name, note))) return status;
    *scope = strtoll(*note, path, 10);
    if (**path == '/') (*path)++;
    return CSC_OK;
}

csc_status csc_damaged_found(struct csc_engine *engine, struct csc_scope *(*find_scope)(struct csc_engine *engine, int64_t id),
                             struct csc_dir *temp, const char *name, int64_t id)
{
    struct csc_scope *scope = NULL;
    char *note = NULL, *path;
    struct csc_item item;
    int64_t scope_id;
    csc_status status = csc_store_item_get(engine->store, id, &item);

    if (!csc_failed(status))
    {
        if ((scope = find_scope(engine, item.scope)))
        {
            atomic_fetch_add(&scope->damaged, 1);
            /* the first one may be lost, or tell of where it was before a rename */
            status = write_note(scope, &item);
        }
        csc_item_clear(&item);
        return status;
    }
    if (status != CSC_E_NOT_FOUND) return status;
    status = read_note(engine, id, &note, &path, &scope_id);
    /* it was settled, and a power loss took that back */
    if (status == CSC_E_NOT_FOUND) return csc_remove_tree(engine->fs, temp, name);
    if (!csc_failed(status) && (scope = find_scope(engine, scope_id)))
    {
        atomic_fetch_add(&scope->damaged, 1);
        status = publish_noted(scope, temp, name, id, path);
    }
    free(note);
    return status;
}

/* -- what is there -- */

typedef csc_status (*aside_callback)(struct csc_scope *scope, struct csc_dir *temp, const char *name, int64_t item,
                                     void *context);

/* All that is aside, or (item not 0) what is of one item; CSC_FALSE from the callback ends it. */
static csc_status each_aside(struct csc_scope *scope, int64_t item, aside_callback callback, void *context)
{
    struct csc_engine *engine = scope->engine;
    struct csc_fs *fs = engine->fs;
    struct csc_name_list list;
    struct csc_dir *temp;
    enum csc_temp_use use;
    csc_status status;
    int64_t id;
    size_t i;

    if (!atomic_load(&scope->damaged)) return CSC_OK;
    if (csc_failed(status = fs->open_root(fs, engine->temp_dir, &temp))) return status;
    if (!csc_failed(status = csc_names_read(fs, temp, &list)))
    {
        for (i = 0; i < list.count && status == CSC_OK; i++)
            if (csc_temp_local_parse(list.names[i], &use, &id) && use == CSC_TEMP_DAMAGED && (!item || id == item))
                status = callback(scope, temp, list.names[i], id, context);
        csc_names_free(&list);
    }
    fs->close_dir(fs, temp);
    return status;
}

/* One that lost its row, or whose row got content in another way. */
static csc_status sweep_one(struct csc_scope *scope, struct csc_dir *temp, const char *name, int64_t id, void *context)
{
    struct csc_engine *engine = scope->engine;
    char *note, *path;
    struct csc_item item;
    csc_status status;
    int64_t of_scope;
    int waits;

    (void)context;
    status = csc_store_item_get(engine->store, id, &item);
    if (!csc_failed(status))
    {
        waits = item.scope != scope->row.id || item.flags & CSC_ROW_SPARSE;
        csc_item_clear(&item);
        if (waits) return CSC_OK;
    }
    else if (status != CSC_E_NOT_FOUND) return status;
    if (csc_failed(status = read_note(engine, id, &note, &path, &of_scope))) return status == CSC_E_NOT_FOUND ? CSC_OK : status;
    if (of_scope == scope->row.id) status = publish_noted(scope, temp, name, id, path);
    free(note);
    return status;
}

csc_status csc_damaged_sweep(struct csc_scope *scope)
{
    return each_aside(scope, 0, sweep_one, NULL);
}

static csc_status found_one(struct csc_scope *scope, struct csc_dir *temp, const char *name, int64_t id, void *context)
{
    (void)scope; (void)temp; (void)name; (void)id;
    *(int *)context = 1;
    return CSC_FALSE;
}

int csc_damaged_has(struct csc_scope *scope, int64_t item)
{
    int has = 0;

    /* what cannot be looked at is believed to be there */
    return item && (csc_failed(each_aside(scope, item, found_one, &has)) || has);
}

/* Gone for good: before the note goes, and before a row can say that the item has content. */
static csc_status drop(struct csc_scope *scope, struct csc_dir *temp, const char *name, int64_t item)
{
    struct csc_engine *engine = scope->engine;
    struct csc_fs *fs = engine->fs;
    csc_status status = fs->remove_file(fs, temp, name);

    if (csc_failed(status)) return status;
    atomic_fetch_sub(&scope->damaged, 1);
    status = csc_sync_dir(fs, temp);
    return csc_failed(status) ? status : forget_note(engine, item);
}

static csc_status discard_one(struct csc_scope *scope, struct csc_dir *temp, const char *name, int64_t id, void *context)
{
    struct csc_engine *engine = scope->engine;
    char *note, *path;
    struct csc_item item;
    csc_status status;
    int64_t of_scope;

    (void)context;
    if (!csc_failed(status = csc_store_item_get(engine->store, id, &item)))
    {
        of_scope = item.scope;
        csc_item_clear(&item);
    }
    else if (status == CSC_E_NOT_FOUND && !csc_failed(status = read_note(engine, id, &note, &path, &of_scope))) free(note);
    if (csc_failed(status)) return status == CSC_E_NOT_FOUND ? CSC_OK : status;
    return of_scope == scope->row.id ? drop(scope, temp, name, id) : CSC_OK;
}

csc_status csc_damaged_discard(struct csc_scope *scope, int64_t item)
{
    return each_aside(scope, item, discard_one, NULL);
}

/* -- a worker comes to the item -- */

static csc_status is_on_origin(struct csc_item_work *iw, struct csc_dir *temp, const char *aside, int *is)
{
    struct csc_pair *pair = iw->dir->pair;
    struct csc_fs *fs = pair->fs[CSC_LOCAL], *origin_fs = pair->fs[CSC_ORIGIN];
    struct csc_file *file, *origin = NULL;
    struct csc_dir *dir;
    csc_status status;

    *is = 0;
    if (iw->stat[CSC_ORIGIN].type == CSC_TYPE_FILE)
    {
        if (!csc_failed(status = csc_node_dir(iw->dir, CSC_ORIGIN, &dir)))
        {
            status = origin_fs->open_file(origin_fs, dir, iw->names[CSC_ORIGIN], &origin);
            csc_node_done(iw->dir, CSC_ORIGIN);
        }
        if (status == CSC_E_NOT_FOUND) return CSC_E_CHANGED;
        if (csc_failed(status)) return csc_origin_result(pair, status);
    }
    if (!csc_failed(status = fs->open_file(fs, temp, aside, &file)))
    {
        status = blocks_are_in(fs, file, origin_fs, origin, iw->work.op, is);
        fs->close_file(fs, file);
    }
    if (origin) origin_fs->close_file(origin_fs, origin);
    if (csc_watch_lost(pair->engine)) return CSC_E_CANCELLED;
    return origin ? csc_origin_result(pair, status) : csc_local_result(pair, status);
}

/* Into a directory, or the nearest one above that is in the cache. */
static csc_status publish(struct csc_node *node, struct csc_dir *temp, const char *aside, int64_t item, const char *name,
                          uint32_t pin)
{
    struct csc_pair *pair = node->pair;
    struct csc_fs *fs = pair->fs[CSC_LOCAL];
    struct csc_dir *dir = NULL;
    csc_status status;
    char *kept;

    while ((status = csc_node_dir(node, CSC_LOCAL, &dir)) == CSC_E_NOT_FOUND && node->parent) node = node->parent;
    if (csc_failed(status)) return csc_local_result(pair, status);
    if (!(kept = csc_temp_kept_name(pair->engine, name))) status = CSC_E_OUT_OF_MEMORY;
    else status = fs->rename(fs, temp, aside, dir, kept, CSC_RENAME_NOREPLACE);
    if (!csc_failed(status))
    {
        atomic_fetch_sub(&pair->scope->damaged, 1);
        csc_store_log(pair->engine->store, "keep", kept, CSC_OK,
                      "A power loss may have damaged it, or a program wrote it: it is not what the server has.");
        status = csc_sync_dir(fs, dir);
    }
    if (!csc_failed(status)) status = csc_sync_dir(fs, temp);
    csc_node_done(node, CSC_LOCAL);
    if (!csc_failed(status)) status = forget_note(pair->engine, item);
    if (!csc_failed(status)) status = csc_pair_look_again(node, kept, pin);
    /* should the directory have been about to go */
    pthread_mutex_lock(&pair->op->lock);
    node->kept = 1;
    pthread_mutex_unlock(&pair->op->lock);
    free(kept);
    return csc_local_result(pair, status);
}

static csc_status settle_one(struct csc_scope *scope, struct csc_dir *temp, const char *name, int64_t item, void *context)
{
    struct csc_item_work *iw = context;
    csc_status status;
    int is;

    if (csc_failed(status = is_on_origin(iw, temp, name, &is))) return status;
    if (!is) return publish(iw->dir, temp, name, item, iw->item.name, iw->item.pin & CSC_PIN_REASONS);
    return csc_local_result(iw->dir->pair, drop(scope, temp, name, item));
}

csc_status csc_damaged_settle(struct csc_item_work *iw)
{
    if (!iw->has_item || !iw->item.id || iw->item.type != OFFLINEFILES_ITEM_TYPE_FILE) return CSC_OK;
    return each_aside(iw->dir->pair->scope, iw->item.id, settle_one, iw);
}

/* One whose row went with that of a directory above. */
static csc_status release_one(struct csc_scope *scope, struct csc_dir *temp, const char *name, int64_t id, void *context)
{
    struct csc_engine *engine = scope->engine;
    char *note, *path, *last;
    struct csc_item item;
    csc_status status;
    int64_t of_scope;

    if (!csc_failed(status = csc_store_item_get(engine->store, id, &item))) csc_item_clear(&item);
    if (status != CSC_E_NOT_FOUND) return csc_failed(status) ? status : CSC_OK;
    if (csc_failed(status = read_note(engine, id, &note, &path, &of_scope))) return status == CSC_E_NOT_FOUND ? CSC_OK : status;
    last = strrchr(path, '/');
    if (of_scope == scope->row.id) status = publish(context, temp, name, id, last ? last + 1 : path, 0);
    free(note);
    return status;
}

csc_status csc_damaged_release(struct csc_node *dir)
{
    return each_aside(dir->pair->scope, 0, release_one, dir);
}
