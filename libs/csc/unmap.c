/*
 * Unmapping shares
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Order: link, rows, tree.  Cut off after the link: still mapped, the next start sets the link again.  Cut
 * off after the rows: CSC_META_UNMAPPING tells the next start which tree to remove; a tree without rows
 * and without that note belongs to a lost store and is kept.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "damaged.h"
#include "op.h"
#include "log.h"
#include "scope.h"
#include "sidecar.h"

/* Stops what runs in the scope and keeps others out.  CSC_E_BUSY: it does not stop. */
static csc_status seize(struct csc_scope *scope)
{
    struct csc_engine *engine = scope->engine;
    struct timespec until;
    struct csc_op *owner;
    int waited = 0;

    pthread_mutex_lock(&engine->lock);
    if (scope->removed)
    {
        pthread_mutex_unlock(&engine->lock);
        return CSC_E_BAD_NETPATH;
    }
    scope->removed = 1;
    if ((owner = scope->owner)) csc_op_addref(owner);
    pthread_cond_broadcast(&engine->changed);
    pthread_mutex_unlock(&engine->lock);
    if (owner)
    {
        csc_op_stop(owner, CSC_E_CANCELLED);
        csc_op_release(owner);
    }

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += 3 * (engine->config.origin_timeout / 1000 + 1);
    pthread_mutex_lock(&engine->lock);
    while ((scope->owner || scope->evicting || scope->renaming) && waited != ETIMEDOUT)
        waited = pthread_cond_timedwait(&engine->changed, &engine->lock, &until);
    owner = scope->owner;
    if (owner) scope->removed = 0;
    pthread_mutex_unlock(&engine->lock);
    return owner ? CSC_E_BUSY : CSC_OK;
}

static void let_go(struct csc_scope *scope)
{
    struct csc_engine *engine = scope->engine;

    pthread_mutex_lock(&engine->lock);
    scope->removed = 0;
    pthread_cond_broadcast(&engine->changed);
    pthread_mutex_unlock(&engine->lock);
}

static csc_status refuse_changes(struct csc_scope *scope, uint32_t flags)
{
    csc_status status;
    int dirty;

    if (flags & CSC_UNMAP_DISCARD_CHANGES) return CSC_OK;
    if (csc_failed(status = csc_scope_is_dirty(scope, &dirty))) return status;
    return dirty ? CSC_E_BUSY : CSC_OK;
}

/* Removes the rows; what is left is the tree, whose name is noted. */
static csc_status delete_rows(struct csc_scope *scope)
{
    struct csc_store *store = scope->engine->store;
    csc_status status;
    char *name;

    if (!(name = csc_join(scope->row.server, scope->row.share))) return CSC_E_OUT_OF_MEMORY;
    csc_store_forget_changes(store);
    status = csc_store_meta_set(store, CSC_META_UNMAPPING, name);
    free(name);
    if (!csc_failed(status)) status = csc_store_scope_delete(store, scope->row.id);
    if (csc_failed(status))
    {
        csc_store_meta_set(store, CSC_META_UNMAPPING, NULL);
        return status;
    }
    pthread_mutex_lock(&scope->engine->lock);
    if (csc_failed(csc_scope_set_settling(scope, 0))) csc_trace(scope->engine, "cannot forget to settle");
    if ((scope->doubtful || scope->unflushed) && csc_failed(csc_scope_set_doubtful(scope, 0))) csc_trace(scope->engine, "cannot forget a doubt");
    if (csc_failed(csc_fill_mark_forget(scope))) csc_trace(scope->engine, "cannot forget a fill");
    pthread_mutex_unlock(&scope->engine->lock);
    status = csc_store_commit(store, 1);
    pthread_mutex_lock(&scope->engine->lock);
    csc_sidecar_write_shares(scope->engine);      /* before its files go: they would seem to be new ones */
    pthread_mutex_unlock(&scope->engine->lock);
    csc_sidecar_pins_changed(scope->engine);
    return status;
}

csc_status csc_discard_tree(struct csc_engine *engine, const char *server, const char *share, char gone[32])
{
    struct csc_fs *fs = engine->fs;
    struct csc_dir *names = NULL, *parent = NULL, *temp = NULL;
    csc_status status;

    gone[0] = 0;
    status = fs->open_root(fs, engine->namespace_dir, &names);
    if (!csc_failed(status)) status = fs->open_dir(fs, names, server, &parent);
    if (!csc_failed(status)) status = fs->open_root(fs, engine->temp_dir, &temp);
    if (!csc_failed(status))
    {
        snprintf(gone, 32, "gone-%llx", (unsigned long long)atomic_fetch_add(&engine->next_temp, 1));
        status = fs->rename(fs, parent, share, temp, gone, CSC_RENAME_NOREPLACE);
        if (csc_failed(status)) gone[0] = 0;
    }
    if (parent)
    {
        fs->close_dir(fs, parent);
        fs->remove_dir(fs, names, server);      /* stays while other shares are in it */
    }
    if (names) fs->close_dir(fs, names);
    if (temp) fs->close_dir(fs, temp);
    if (status == CSC_E_NOT_FOUND || status == CSC_E_PATH_NOT_FOUND) status = CSC_OK;
    if (!csc_failed(status)) status = csc_store_meta_set(engine->store, CSC_META_UNMAPPING, NULL);
    if (!csc_failed(status)) status = csc_store_commit(engine->store, 0);
    return status;
}

/* All but the content.  gone: what is to be removed from the temporary directory. */
static csc_status unmap_scope(struct csc_scope *scope, uint32_t flags, char gone[32])
{
    struct csc_engine *engine = scope->engine;
    csc_status status;

    if (csc_failed(status = seize(scope))) return status;
    status = refuse_changes(scope, flags);
    if (csc_failed(status)) goto failed;

    pthread_mutex_lock(&engine->lock);
    status = csc_link_restore(scope, (flags & CSC_UNMAP_KEEP_LINK) != 0);
    pthread_mutex_unlock(&engine->lock);
    /* something that is no link stands there: not ours to touch */
    if (status == CSC_E_DIRECTORY || status == CSC_E_EXISTS) status = CSC_OK;
    /* nobody comes in by the link any more; what was changed before it went counts */
    if (!csc_failed(status)) status = refuse_changes(scope, flags);
    if (!csc_failed(status)) status = csc_damaged_discard(scope, 0);
    if (!csc_failed(status)) status = delete_rows(scope);
    if (csc_failed(status))
    {
        pthread_mutex_lock(&engine->lock);
        csc_link_reconcile(scope);
        pthread_mutex_unlock(&engine->lock);
        goto failed;
    }
    csc_log_scope(scope, "unmap", CSC_OK, NULL);
    /* a tree that cannot be moved now is removed at the next start */
    if (csc_failed(csc_discard_tree(engine, scope->row.server, scope->row.share, gone)))
        csc_trace(engine, "%s stays until the next start", scope->cache_path);
    csc_scope_deactivate(scope);
    return CSC_OK;

failed:
    let_go(scope);
    return status;
}

static void remove_gone(struct csc_engine *engine, const char *gone)
{
    struct csc_dir *temp;

    if (!*gone || csc_failed(engine->fs->open_root(engine->fs, engine->temp_dir, &temp))) return;
    if (csc_failed(csc_remove_tree(engine->fs, temp, gone))) csc_trace(engine, "%s stays until the next start", gone);
    engine->fs->close_dir(engine->fs, temp);
}

csc_status csc_unmap(struct csc_engine *engine, const char *share, uint32_t flags)
{
    struct csc_scope *scope;
    struct csc_path path;
    csc_status status;
    char gone[32] = "";

    if (flags & ~(CSC_UNMAP_DISCARD_CHANGES | CSC_UNMAP_KEEP_LINK)) return CSC_E_INVALID_ARG;
    if (csc_failed(status = csc_path_parse(share, &path))) return status;
    if (!path.share || path.count) status = CSC_E_BAD_PATH;
    else if (!csc_failed(status = csc_check_wait(engine)))
    {
        pthread_mutex_lock(&engine->map_lock);
        status = csc_scope_find(engine, &path, &scope);
        if (!csc_failed(status))
        {
            status = unmap_scope(scope, flags, gone);
            csc_scope_release(scope);
        }
        pthread_mutex_unlock(&engine->map_lock);
        remove_gone(engine, gone);
    }
    csc_path_free(&path);
    return status;
}
