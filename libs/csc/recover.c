/*
 * After a crash
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scope.h"

/* -- the temporary directory -- */

struct leftover
{
    struct leftover *next;
    char name[];
};

static csc_status collect_leftover(void *context, const char *name, enum csc_file_type type)
{
    struct leftover **list = context, *leftover = malloc(sizeof(*leftover) + strlen(name) + 1);

    (void)type;
    if (!leftover) return CSC_E_OUT_OF_MEMORY;
    strcpy(leftover->name, name);
    leftover->next = *list;
    *list = leftover;
    return CSC_OK;
}

static struct csc_scope *find_scope(struct csc_engine *engine, int64_t id)
{
    struct csc_scope *scope;

    for (scope = engine->scopes; scope; scope = scope->next) if (scope->row.id == id) break;
    return scope;
}

/* Gives a file whose place is taken a name of its own there. */
static csc_status keep_beside(struct csc_fs *fs, struct csc_dir *temp, const char *leftover, struct csc_dir *dir,
                              const char *name)
{
    const char *dot = strrchr(name, '.');
    csc_status status = CSC_E_EXISTS;
    size_t size = strlen(name) + 32;
    char *free_name = malloc(size);
    unsigned i;

    if (!free_name) return CSC_E_OUT_OF_MEMORY;
    if (!dot || dot == name) dot = name + strlen(name);
    for (i = 1; status == CSC_E_EXISTS && i < 1000; i++)
    {
        snprintf(free_name, size, "%.*s (recovered %u)%s", (int)(dot - name), name, i, dot);
        status = fs->rename(fs, temp, leftover, dir, free_name, CSC_RENAME_NOREPLACE);
    }
    free(free_name);
    return status;
}

/* A file that was about to be deleted from the cache: the deletion was not confirmed while its row is there. */
static csc_status put_back(struct csc_engine *engine, struct csc_dir *temp, const char *leftover, int64_t id)
{
    struct csc_fs *fs = engine->fs;
    struct csc_scope *scope;
    struct csc_item item;
    struct csc_stat stat;
    struct csc_dir *dir;
    csc_status status;

    status = csc_store_item_get(engine->store, id, &item);
    if (status == CSC_E_NOT_FOUND) return csc_remove_tree(fs, temp, leftover);
    if (csc_failed(status)) return status;
    if (!(scope = find_scope(engine, item.scope))) status = CSC_E_NOT_FOUND;
    else status = csc_open_container(scope, &item, &dir);
    if (!csc_failed(status))
    {
        status = fs->rename(fs, temp, leftover, dir, item.name, CSC_RENAME_NOREPLACE);
        if (status == CSC_E_EXISTS)
        {
            /* a newer copy came; an older one that nobody changed is of no use */
            status = fs->stat(fs, temp, leftover, &stat);
            if (!csc_failed(status) && csc_compare_side(&item.local, item.type, &stat, engine->granularity,
                                                        engine->trusted_ctime) == CSC_SAME)
                status = csc_remove_tree(fs, temp, leftover);
            else if (!csc_failed(status)) status = keep_beside(fs, temp, leftover, dir, item.name);
        }
        fs->close_dir(fs, dir);
    }
    csc_item_clear(&item);
    return status;
}

static csc_status clean_temp(struct csc_engine *engine)
{
    struct leftover *list = NULL, *leftover;
    unsigned long long id, number;
    struct csc_dir *temp;
    csc_status status, result;

    if (csc_failed(status = engine->fs->open_root(engine->fs, engine->temp_dir, &temp))) return status;
    status = engine->fs->list(engine->fs, temp, collect_leftover, &list);
    while ((leftover = list))
    {
        list = leftover->next;
        if (!csc_failed(status))
        {
            if (sscanf(leftover->name, CSC_TEMP_TAKEN, &id, &number) == 2)
                result = put_back(engine, temp, leftover->name, (int64_t)id);
            else result = csc_remove_tree(engine->fs, temp, leftover->name);
            /* what cannot be dealt with now stays for the next time */
            if (csc_failed(result)) csc_trace(engine, "%s stays: %08x", leftover->name, (unsigned)result);
        }
        free(leftover);
    }
    engine->fs->close_dir(engine->fs, temp);
    return status;
}

/* -- an unmap that was cut off -- */

static csc_status finish_unmap(struct csc_engine *engine)
{
    char *name, *slash, gone[32];
    csc_status status = csc_store_meta_get(engine->store, CSC_META_UNMAPPING, &name);

    if (csc_failed(status)) return status == CSC_E_NOT_FOUND ? CSC_OK : status;
    if ((slash = strchr(name, '/')))
    {
        *slash = 0;
        status = csc_discard_tree(engine, name, slash + 1, gone);
    }
    free(name);
    return status;
}

csc_status csc_recover_engine(struct csc_engine *engine)
{
    csc_status status = finish_unmap(engine);

    return csc_failed(status) ? status : clean_temp(engine);
}

/* -- power loss -- */

/* Content that was not flushed before a power loss.  A file that is not what was recorded was damaged and is
 * filled again; but only in a share that is online: programs cannot have changed it there, going offline and
 * going online flush.  What is missing was not deleted. */
static csc_status check_row(struct csc_scope *scope, struct csc_item *item)
{
    struct csc_engine *engine = scope->engine;
    struct csc_fs *fs = engine->fs;
    struct csc_stat stat;
    struct csc_dir *dir;
    csc_status status;

    if (item->type == OFFLINEFILES_ITEM_TYPE_SHARE || !(item->flags & CSC_ROW_BASE)) return CSC_OK;
    if (csc_failed(status = csc_open_container(scope, item, &dir))) return status;
    status = fs->stat(fs, dir, item->name, &stat);
    if (item->type == OFFLINEFILES_ITEM_TYPE_DIRECTORY)
    {
        if (status == CSC_E_NOT_FOUND) status = fs->make_dir(fs, dir, item->name);
    }
    else if (!(item->flags & CSC_ROW_SPARSE))
    {
        int damaged = status == CSC_E_NOT_FOUND;

        if (!csc_failed(status) && !scope->row.offline && stat.type == CSC_TYPE_FILE &&
            csc_compare_side(&item->local, item->type, &stat, engine->granularity, 0) == CSC_CHANGED)
        {
            damaged = 1;
            status = fs->remove_file(fs, dir, item->name);
        }
        if (damaged && (!csc_failed(status) || status == CSC_E_NOT_FOUND))
        {
            csc_trace(engine, "%s was lost with the power and is filled again", item->name);
            item->flags |= CSC_ROW_SPARSE;
            item->flags &= ~CSC_ROW_UNFLUSHED;
            status = csc_store_item_put(engine->store, item);
            scope->fill_wanted = 1;
        }
    }
    fs->close_dir(fs, dir);
    return status;
}

static csc_status check_unflushed(struct csc_scope *scope)
{
    struct csc_store *store = scope->engine->store;
    struct csc_item_list rows;
    csc_status status, result;
    size_t i;

    if (csc_failed(status = csc_store_unflushed(store, scope->row.id, &rows)) || !rows.count) return status;
    for (i = 0; i < rows.count; i++)
    {
        result = check_row(scope, &rows.items[i]);
        if (csc_failed(result))
        {
            csc_trace(scope->engine, "cannot check %s: %08x", rows.items[i].name, (unsigned)result);
            status = result;
        }
    }
    csc_item_list_free(&rows);
    /* what is there now has been on disk all along; rows that could not be checked keep their mark */
    if (csc_failed(status)) return CSC_OK;
    status = csc_store_flush_begin(store, scope->row.id);
    if (!csc_failed(status)) status = csc_store_flushed(store, scope->row.id);
    if (!csc_failed(status)) status = csc_store_commit(store, 1);
    return status;
}

csc_status csc_recover_scope(struct csc_scope *scope, int rebooted)
{
    csc_status status = csc_make_path(scope->engine->fs, scope->cache_path, NULL);
    struct csc_usage usage;

    if (csc_failed(status)) return status;
    if (rebooted && csc_failed(status = check_unflushed(scope))) return status;
    if (csc_failed(status = csc_store_usage(scope->engine->store, scope->row.id, &usage))) return status;
    if (usage.sparse) scope->fill_wanted = 1;

    /* a link that cannot be set now does not keep the other shares away */
    status = csc_link_reconcile(scope);
    if (csc_failed(status)) csc_trace(scope->engine, "cannot set %s: %08x", scope->link_path, (unsigned)status);
    return CSC_OK;
}
