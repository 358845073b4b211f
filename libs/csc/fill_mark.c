/*
 * The mark of a share whose tree is filled for the first time
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A download into an online cache is announced by its row, and that has to be durable before the file gets its name: after
 * a power loss a file that no row tells of would be a user's.  Where the tree held nothing when the operation began, one mark
 * on the share says the same of all files in it: nobody but the engine puts anything there before the share goes offline.
 * So the mark is made durable once, a file gets its only row when it stands in the tree, and the mark goes behind the last of
 * them.
 *
 * When a start finds the mark, files that no row vouches for are removed: they come again.  That would be wrong in a tree
 * that programs have worked in.  So a share does not go offline before all files in it have their rows, and the store, durably,
 * has forgotten the mark; where a full disk keeps it from doing so, the link alone says that programs work there, such a mark counts for nothing,
 * and the share does not come back online before the store has forgotten it.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pair.h"
#include "scope.h"
#include "watch.h"

static void mark_name(const struct csc_scope *scope, char name[48])
{
    snprintf(name, 48, "%s%lld", CSC_META_FILLING, (long long)scope->row.id);
}

static csc_status set_mark(struct csc_scope *scope, const char *value)
{
    char name[48];

    mark_name(scope, name);
    return csc_store_meta_set(scope->engine->store, name, value);
}

csc_status csc_fill_mark_load(struct csc_scope *scope)
{
    char name[48], *value;
    csc_status status;

    mark_name(scope, name);
    status = csc_store_meta_get(scope->engine->store, name, &value);
    if (csc_failed(status)) return status == CSC_E_NOT_FOUND ? CSC_OK : status;
    free(value);
    scope->fill_marked = 1;
    return CSC_OK;
}

int csc_fill_mark_holds(struct csc_scope *scope)
{
    return atomic_load(&scope->filling);
}

int csc_fill_mark_enter(struct csc_scope *scope)
{
    /* in this order: who stops it sees this one, or is seen by it */
    atomic_fetch_add(&scope->placing, 1);
    if (atomic_load(&scope->filling)) return 1;
    csc_fill_mark_leave(scope);
    return 0;
}

void csc_fill_mark_leave(struct csc_scope *scope)
{
    atomic_fetch_sub(&scope->placing, 1);
}

void csc_fill_mark_stop(struct csc_scope *scope)
{
    atomic_store(&scope->filling, 0);
}

/* ms; a rename may have to wait for a disk that is busy */
#define MOST_PLACING 10000

csc_status csc_fill_mark_wait(struct csc_scope *scope)
{
    struct csc_clock *clock = scope->engine->clock;
    int64_t until = clock->monotonic(clock) + MOST_PLACING * CSC_NS_PER_MS;
    struct timespec pause = { .tv_nsec = CSC_NS_PER_MS };

    while (atomic_load(&scope->placing))
    {
        if (clock->monotonic(clock) > until) return CSC_E_TIMEOUT;
        nanosleep(&pause, NULL);
    }
    return CSC_OK;
}

csc_status csc_fill_mark_forget(struct csc_scope *scope)
{
    csc_status status;

    csc_fill_mark_stop(scope);
    if (!scope->fill_marked && !scope->fill_forgotten) return CSC_OK;
    if (csc_failed(status = set_mark(scope, NULL))) return status;
    scope->fill_marked = 0;
    return CSC_OK;
}

void csc_fill_mark_begin(struct csc_pair *pair)
{
    struct csc_scope *scope = pair->scope;
    struct csc_engine *engine = pair->engine;
    struct csc_store_change change;
    uint64_t losses;
    csc_status status;

    if (pair->fill_begun) return;
    pair->fill_begun = 1;
    if (!pair->tree_empty || pair->local_lost || csc_scope_has_writers(scope)) return;
    losses = csc_store_losses(engine->store);
    /* under the lock: who takes the share offline sees it and forgets it, or has come first */
    pthread_mutex_lock(&engine->lock);
    if (scope->row.offline || scope->leaving || scope->settle_wanted || scope->fill_marked) status = CSC_E_BUSY;
    else if (!csc_failed(status = set_mark(scope, "1")))
    {
        scope->fill_marked = 1;
        scope->fill_losses = losses;
    }
    pthread_mutex_unlock(&engine->lock);
    if (csc_failed(status)) return;
    csc_store_last_change(engine->store, &change);
    if (csc_failed(csc_store_reach(engine->store, &change))) return;
    pthread_mutex_lock(&engine->lock);
    if (scope->fill_marked && !scope->leaving) atomic_store(&scope->filling, 1);
    pthread_mutex_unlock(&engine->lock);
}

void csc_fill_mark_end(struct csc_pair *pair)
{
    struct csc_scope *scope = pair->scope;
    struct csc_engine *engine = pair->engine;

    /* one that was abandoned did not end its own */
    if (csc_watch_lost(engine)) return;
    pthread_mutex_lock(&engine->lock);
    csc_fill_mark_stop(scope);
    /* rows that the store lost, or never got, have left their files behind: the next operation looks for them */
    if (scope->fill_marked && !atomic_load(&scope->placing) && !atomic_exchange(&scope->fill_remains, 0)
        && csc_store_losses(engine->store) == scope->fill_losses)
    {
        scope->fill_forgotten = 1;
        if (csc_failed(csc_fill_mark_forget(scope))) csc_trace(engine, "the mark of a fill stays");
    }
    pthread_mutex_unlock(&engine->lock);
}

/* -- when it was not forgotten -- */

/* A directory of the tree that is still to be looked at. */
struct pending
{
    struct pending *next;
    int64_t item;                    /* its row; 0: none */
    char path[];                     /* below the share, "/" separated */
};

static csc_status add_pending(struct pending **list, const char *above, const char *name, int64_t item)
{
    size_t length = strlen(above);
    struct pending *pending = malloc(sizeof(*pending) + length + strlen(name) + 2);

    if (!pending) return CSC_E_OUT_OF_MEMORY;
    pending->item = item;
    sprintf(pending->path, "%s%s%s", above, length ? "/" : "", name);
    pending->next = *list;
    *list = pending;
    return CSC_OK;
}

static csc_status open_pending(struct csc_scope *scope, const struct pending *pending, struct csc_dir **dir)
{
    struct csc_fs *fs = scope->engine->fs;
    char *names = strdup(pending->path), *name, *rest;
    struct csc_dir *below;
    csc_status status;

    if (!names) return CSC_E_OUT_OF_MEMORY;
    status = fs->open_root(fs, scope->cache_path, dir);
    for (name = strtok_r(names, "/", &rest); name && !csc_failed(status); name = strtok_r(NULL, "/", &rest))
    {
        status = fs->open_dir(fs, *dir, name, &below);
        fs->close_dir(fs, *dir);
        *dir = csc_failed(status) ? NULL : below;
    }
    free(names);
    return status;
}

/* Whether a row tells that just this stands in the cache. */
static int is_vouched_for(struct csc_engine *engine, const struct csc_item *item, const struct csc_stat *local)
{
    return item && (item->flags & (CSC_ROW_BASE | CSC_ROW_SPARSE)) == CSC_ROW_BASE
           && csc_compare_side(&item->local, item->type, local, engine->granularity, 1) != CSC_CHANGED;
}

static csc_status remove_unvouched(struct csc_scope *scope, struct csc_dir *dir, int64_t parent, const struct csc_entry *entry,
                                   unsigned *removed)
{
    struct csc_engine *engine = scope->engine;
    struct csc_item item = { 0 };
    csc_status status = CSC_OK;
    int has_item = 0;

    /* asked again: what hung may have come back meanwhile, and written its row */
    if (entry->item)
    {
        status = csc_store_item_find(engine->store, parent, entry->item->key, &item);
        has_item = !csc_failed(status);
        if (status == CSC_E_NOT_FOUND) status = CSC_OK;
    }
    if (!csc_failed(status) && !is_vouched_for(engine, has_item ? &item : NULL, &entry->local))
    {
        status = engine->fs->remove_file(engine->fs, dir, entry->local_name);
        if (!csc_failed(status)) ++*removed;
        if (status == CSC_E_NOT_FOUND) status = CSC_OK;
        if (!csc_failed(status) && has_item && !(item.flags & CSC_ROW_SPARSE))
        {
            item.flags |= CSC_ROW_SPARSE;
            status = csc_store_item_put(engine->store, &item);
        }
    }
    csc_item_clear(&item);
    return status;
}

static csc_status clean_directory(struct csc_scope *scope, struct pending **list, const struct pending *directory,
                                  unsigned *removed)
{
    struct csc_engine *engine = scope->engine;
    struct csc_entries entries;
    struct csc_dir *dir;
    csc_status status;
    size_t i;

    if (csc_failed(status = open_pending(scope, directory, &dir))) return status;
    status = csc_entries_read(engine, directory->item, dir, &entries);
    for (i = 0; !csc_failed(status) && i < entries.count; i++)
    {
        const struct csc_entry *entry = &entries.list[i];

        if (entry->local.type == CSC_TYPE_DIRECTORY)
            status = add_pending(list, directory->path, entry->local_name, entry->item ? entry->item->id : 0);
        else if (entry->local.type == CSC_TYPE_FILE && !is_vouched_for(engine, entry->item, &entry->local))
            status = remove_unvouched(scope, dir, directory->item, entry, removed);
    }
    csc_entries_free(&entries);
    engine->fs->close_dir(engine->fs, dir);
    return status;
}

/* A directory that no row tells of, when it is empty by now. */
static void remove_unknown(struct csc_scope *scope, struct pending *directory)
{
    struct csc_fs *fs = scope->engine->fs;
    char *slash = strrchr(directory->path, '/'), *name = slash ? slash + 1 : directory->path;
    struct csc_dir *above = NULL;
    csc_status status;

    if (slash)
    {
        *slash = 0;
        status = open_pending(scope, directory, &above);
    }
    else status = fs->open_root(fs, scope->cache_path, &above);
    if (csc_failed(status)) return;
    fs->remove_dir(fs, above, name);
    fs->close_dir(fs, above);
}

static csc_status clean_tree(struct csc_scope *scope, unsigned *removed)
{
    struct pending *list = NULL, *unknown = NULL, *directory;
    csc_status status = add_pending(&list, "", "", scope->row.root_item);

    while ((directory = list))
    {
        list = directory->next;
        if (!csc_failed(status)) status = clean_directory(scope, &list, directory, removed);
        if (csc_failed(status) || directory->item) free(directory);
        else
        {
            directory->next = unknown;
            unknown = directory;
        }
    }
    /* those below before those above */
    while ((directory = unknown))
    {
        unknown = directory->next;
        remove_unknown(scope, directory);
        free(directory);
    }
    return status;
}

/* A full disk can take back that the mark was forgotten, and rows before that with it. */
static csc_status look_again(struct csc_scope *scope)
{
    struct csc_engine *engine = scope->engine;
    uint64_t losses = csc_store_losses(engine->store);
    csc_status status = CSC_OK;

    pthread_mutex_lock(&engine->lock);
    if (scope->fill_forgotten && !scope->fill_marked && losses != scope->fill_losses
        && !csc_failed(status = csc_fill_mark_load(scope))) scope->fill_losses = losses;
    pthread_mutex_unlock(&engine->lock);
    return status;
}

csc_status csc_fill_mark_settle(struct csc_scope *scope)
{
    struct csc_engine *engine = scope->engine;
    unsigned removed = 0;
    struct csc_dir *root;
    csc_status status;

    if (csc_failed(status = look_again(scope))) return status;
    if (!scope->fill_marked || csc_fill_mark_holds(scope)) return CSC_OK;
    if (atomic_load(&scope->placing)) return CSC_E_BUSY;
    /* programs have worked in it since: all that is there is theirs */
    if (!csc_scope_has_writers(scope))
    {
        status = clean_tree(scope, &removed);
        /* or another power loss would bring them back, when no mark tells of them any more */
        if (!csc_failed(status) && !csc_failed(status = engine->fs->open_root(engine->fs, scope->cache_path, &root)))
        {
            status = engine->fs->sync_all(engine->fs, root);
            engine->fs->close_dir(engine->fs, root);
        }
        if (csc_failed(status)) return status;
        if (removed) csc_trace(engine, "%u files of a fill that was cut off are fetched again", removed);
    }
    pthread_mutex_lock(&engine->lock);
    status = csc_fill_mark_forget(scope);
    if (!csc_failed(status) && removed) scope->fill_wanted = 1;
    pthread_mutex_unlock(&engine->lock);
    if (csc_failed(status)) return status;
    if (csc_failed(status = csc_store_commit(engine->store, 1)))
    {
        pthread_mutex_lock(&engine->lock);
        scope->fill_marked = 1;
        pthread_mutex_unlock(&engine->lock);
    }
    return status;
}
