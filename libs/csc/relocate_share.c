/*
 * Renaming servers and shares in the cache
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A share keeps its origin, its rows, and so what was changed, pinned, suspended or is in conflict; its name, its tree's
 * place and its link are others.  All shares of a server go together.
 *
 * Order: the request, durably; the old link becomes what it was before the share was mapped, so that nobody comes in any
 * more; the tree; the rows, all in one, durably; the new link; the request goes.  Cut off before the rows, the next start
 * moves the tree back and the link follows the row; cut off after them, the link follows the row, too, and what is left
 * of the old name is an empty directory or two.  [behaviour.md §2.2.10, §2.3.1]; Q60, Q62
 */

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "relocate.h"
#include "log.h"
#include "sidecar.h"
#include "transfer.h"

struct share_move
{
    struct csc_scope *old, *new;     /* with references */
    int entered, listed, moved;      /* operations are kept out; new is in the engine's list; the tree may have been moved */
};

struct server_move
{
    struct csc_engine *engine;
    struct share_move *list;
    size_t count;
    int made_server, had_made;       /* the directory of the new server is to be made; what the store said of it before */
    int hidden;                      /* nobody finds the shares, neither way */
};

static void clear(struct server_move *move)
{
    size_t i;

    for (i = 0; i < move->count; i++)
    {
        if (move->list[i].entered) csc_rename_leave(move->list[i].old);
        csc_scope_release(move->list[i].old);
        if (move->list[i].new) csc_scope_release(move->list[i].new);
    }
    free(move->list);
    memset(move, 0, sizeof(*move));
}

/* -- looking -- */

/* What stands at the new name must lead to where the share's files are. */
static csc_status check_link(struct csc_engine *engine, const struct csc_unc_place *place, const char *origin)
{
    csc_status status;
    char *target;

    if (!place->target) return CSC_OK;
    if (csc_failed(status = csc_unc_target(engine, place, &target)))
        return status == CSC_E_OUT_OF_MEMORY ? status : CSC_E_ALREADY_EXISTS;
    if (strcmp(target, origin)) status = CSC_E_ALREADY_EXISTS;
    free(target);
    return status;
}

/* The scope under its new name. */
static csc_status make_new(struct server_move *move, struct share_move *one, const char *server, const char *share)
{
    const struct csc_scope_row *old = &one->old->row;
    struct csc_scope_row row = *old;
    struct csc_unc_place place;
    csc_status status;

    status = csc_unc_find(move->engine, server, share, &place);
    if (csc_failed(status)) return status == CSC_E_EXISTS ? CSC_E_ALREADY_EXISTS : status;
    if (csc_failed(status = check_link(move->engine, &place, old->origin)))
    {
        csc_unc_place_clear(&place);
        return status;
    }
    move->made_server = !place.server_exists;
    row.server = place.server;
    row.share = place.share;
    row.link_before = place.target;
    if (!(row.origin = strdup(old->origin)))
    {
        csc_unc_place_clear(&place);
        return CSC_E_OUT_OF_MEMORY;
    }
    return csc_scope_create(move->engine, &row, &one->new);
}

static csc_status check_no_tree(struct csc_scope *scope)
{
    struct csc_fs *fs = scope->engine->fs;
    struct csc_dir *dir;
    csc_status status;
    int empty;

    status = fs->open_root(fs, scope->cache_path, &dir);
    if (status == CSC_E_NOT_FOUND || status == CSC_E_PATH_NOT_FOUND) return CSC_OK;
    if (csc_failed(status)) return status;
    status = csc_dir_is_empty(fs, dir, &empty);
    fs->close_dir(fs, dir);
    if (csc_failed(status)) return status;
    return empty ? CSC_OK : CSC_E_ALREADY_EXISTS;
}

static csc_status check_free(struct csc_engine *engine, const struct csc_path *to)
{
    struct csc_scope **scopes, *scope;
    csc_status status;
    size_t count, i;

    if (to->share)
    {
        if (csc_failed(csc_scope_find(engine, to, &scope))) return CSC_OK;
        csc_scope_release(scope);
        return CSC_E_ALREADY_EXISTS;
    }
    if (csc_failed(status = csc_scopes_of_server(engine, to->server, &scopes, &count))) return status;
    for (i = 0; i < count; i++) csc_scope_release(scopes[i]);
    free(scopes);
    return count ? CSC_E_ALREADY_EXISTS : CSC_OK;
}

/* Finds the shares, and whether they can get their new names. */
static csc_status look(struct csc_engine *engine, const struct csc_path *from, const struct csc_path *to,
                       struct server_move *move)
{
    struct csc_scope **scopes = NULL;
    csc_status status;
    size_t count, i;

    memset(move, 0, sizeof(*move));
    move->engine = engine;
    if (csc_failed(status = csc_scopes_of_server(engine, from->server, &scopes, &count))) return status;
    if (!(move->list = calloc(count + 1, sizeof(*move->list)))) status = CSC_E_OUT_OF_MEMORY;
    for (i = 0; i < count; i++)
    {
        if (!csc_failed(status) && (!from->share || csc_name_equal(scopes[i]->row.share, from->share)))
            move->list[move->count++].old = scopes[i];
        else csc_scope_release(scopes[i]);
    }
    free(scopes);
    if (!csc_failed(status) && !move->count) status = CSC_E_NOT_FOUND;
    if (!csc_failed(status)) status = check_free(engine, to);
    for (i = 0; i < move->count && !csc_failed(status); i++)
    {
        struct share_move *one = &move->list[i];

        status = make_new(move, one, to->server, to->share ? to->share : one->old->row.share);
        if (!csc_failed(status)) status = check_no_tree(one->new);
    }
    if (csc_failed(status)) clear(move);
    return status;
}

csc_status csc_shares_rename_check(struct csc_engine *engine, const struct csc_path *from, const struct csc_path *to)
{
    struct server_move move;
    csc_status status = look(engine, from, to, &move);

    if (!csc_failed(status)) clear(&move);
    return status;
}

/* -- the request -- */

/* A line for each share, with its names as they are and will be. */
static csc_status request(struct server_move *move, int add)
{
    csc_status status = CSC_OK;
    size_t i;

    for (i = 0; i < move->count && !csc_failed(status); i++)
    {
        char *from = csc_scope_name(move->list[i].old), *to = csc_scope_name(move->list[i].new);

        if (!from || !to) status = CSC_E_OUT_OF_MEMORY;
        else status = csc_rename_request(move->engine, CSC_RENAME_NOW, from, to, add);
        free(from);
        free(to);
    }
    if (!csc_failed(status)) status = csc_store_commit(move->engine->store, 1);
    return status;
}

/* -- the trees -- */

static csc_status open_names(struct csc_engine *engine, const char *server, int make, struct csc_dir **dir)
{
    char *path = csc_join(engine->namespace_dir, server);
    csc_status status;

    if (!path) return CSC_E_OUT_OF_MEMORY;
    if (make) status = csc_make_path(engine->fs, path, dir);
    else status = engine->fs->open_root(engine->fs, path, dir);
    free(path);
    return status == CSC_E_PATH_NOT_FOUND ? CSC_E_NOT_FOUND : status;
}

/* Removes the server's directory among the trees when nothing is left in it. */
static void drop_names(struct csc_engine *engine, const char *server)
{
    struct csc_dir *dir;

    if (csc_failed(engine->fs->open_root(engine->fs, engine->namespace_dir, &dir))) return;
    engine->fs->remove_dir(engine->fs, dir, server);
    engine->fs->close_dir(engine->fs, dir);
}

/* Moves the tree of a share, durably; one that is not there is nothing to move (CSC_FALSE).  An empty directory gives way,
 * anything else does not: CSC_E_ALREADY_EXISTS. */
static csc_status move_tree(struct csc_engine *engine, const struct csc_scope_row *from, const struct csc_scope_row *to)
{
    struct csc_dir *old = NULL, *new = NULL, *all = NULL;
    struct csc_fs *fs = engine->fs;
    struct csc_stat stat;
    csc_status status;

    status = open_names(engine, from->server, 0, &old);
    if (!csc_failed(status)) status = fs->stat(fs, old, from->share, &stat);
    if (status == CSC_E_NOT_FOUND) status = CSC_FALSE;
    else if (!csc_failed(status)) status = open_names(engine, to->server, 1, &new);
    if (!status)
    {
        status = fs->remove_dir(fs, new, to->share);
        if (status == CSC_E_NOT_FOUND) status = CSC_OK;
        else if (status == CSC_E_NOT_EMPTY) status = CSC_E_ALREADY_EXISTS;
    }
    if (!status)
    {
        status = fs->rename(fs, old, from->share, new, to->share, CSC_RENAME_NOREPLACE);
        if (status == CSC_E_EXISTS) status = CSC_E_ALREADY_EXISTS;
    }
    /* the directory of the server may be new, too */
    if (!status) status = fs->open_root(fs, engine->namespace_dir, &all);
    if (!status) status = csc_sync_dir(fs, all);
    if (!status) status = csc_sync_dir(fs, new);
    if (!status) status = csc_sync_dir(fs, old);
    if (old) fs->close_dir(fs, old);
    if (new) fs->close_dir(fs, new);
    if (all) fs->close_dir(fs, all);
    return status;
}

static csc_status move_trees(struct server_move *move)
{
    csc_status status = CSC_OK;
    size_t i;

    for (i = 0; i < move->count && !csc_failed(status); i++)
    {
        move->list[i].moved = 1;
        status = move_tree(move->engine, &move->list[i].old->row, &move->list[i].new->row);
        if (status == CSC_E_ALREADY_EXISTS) move->list[i].moved = 0;
    }
    return csc_failed(status) ? status : CSC_OK;
}

/* -- the links -- */

/* Gives the old link back, durably: it must not be there again after a power loss when the rows have the new name. */
static csc_status give_links_back(struct server_move *move)
{
    struct csc_engine *engine = move->engine;
    csc_status status = CSC_OK;
    struct csc_dir *dir;
    char *path;
    size_t i;

    for (i = 0; i < move->count && !csc_failed(status); i++)
    {
        struct csc_scope *old = move->list[i].old;

        pthread_mutex_lock(&engine->lock);
        status = csc_link_give_back(old);
        pthread_mutex_unlock(&engine->lock);
        /* something that is no link stands there: not ours to touch */
        if (status == CSC_E_DIRECTORY || status == CSC_E_EXISTS) status = CSC_OK;
        if (csc_failed(status)) break;
        if (!(path = csc_join(engine->config.unc_dir, old->row.server))) return CSC_E_OUT_OF_MEMORY;
        status = engine->fs->open_root(engine->fs, path, &dir);
        free(path);
        if (status == CSC_E_NOT_FOUND || status == CSC_E_PATH_NOT_FOUND) status = CSC_OK;
        else if (!csc_failed(status))
        {
            status = csc_sync_dir(engine->fs, dir);
            engine->fs->close_dir(engine->fs, dir);
        }
    }
    return status;
}

/* -- the scopes -- */

static csc_status enter_all(struct server_move *move)
{
    csc_status status = CSC_OK;
    size_t i;

    for (i = 0; i < move->count && !csc_failed(status); i++)
        move->list[i].entered = !csc_failed(status = csc_rename_enter(move->list[i].old));
    return status;
}

static csc_status refuse_open(struct server_move *move)
{
    csc_status status = CSC_OK;
    size_t i;

    for (i = 0; i < move->count && !csc_failed(status); i++) status = csc_rename_refuse_open(move->list[i].old, "");
    return status;
}

/* Nobody finds the shares any more, neither way, until the outcome is known; and nobody works on their trees. */
static csc_status hide(struct server_move *move)
{
    static const struct timespec pause = { 0, 5000000 };
    struct csc_engine *engine = move->engine;
    csc_status status = CSC_OK;
    int busy = 1;
    size_t i;

    pthread_mutex_lock(&engine->lock);
    for (i = 0; i < move->count; i++)
    {
        struct csc_scope *old = move->list[i].old, *new = move->list[i].new;

        if (old->removed || engine->closing) status = CSC_E_CANCELLED;
        /* offline, and the link alone says so */
        else if (old->state_due) status = CSC_E_DISK_FULL;
        /* what may have changed since it was looked at; nothing does any more */
        new->row.root = old->row.root;
        new->row.offline = old->row.offline;
        new->row.reason = old->row.reason;
        new->row.last_sync = old->row.last_sync;
        /* what a power loss or a failing disk left to be done */
        new->unchecked = old->unchecked;
        new->doubtful = old->doubtful;
        new->unflushed = old->unflushed;
        atomic_store(&new->strays, atomic_load(&old->strays));
        atomic_store(&new->damaged, atomic_load(&old->damaged));
        new->slow_waived = old->slow_waived;
        new->removed = 1;
    }
    for (i = 0; i < move->count && !csc_failed(status); i++) move->list[i].old->removed = 1;
    move->hidden = !csc_failed(status);
    pthread_cond_broadcast(&engine->changed);
    pthread_mutex_unlock(&engine->lock);

    while (busy && !csc_failed(status))
    {
        busy = 0;
        pthread_mutex_lock(&engine->lock);
        for (i = 0; i < move->count; i++) busy |= move->list[i].old->listing_blocks || move->list[i].old->failure;
        pthread_mutex_unlock(&engine->lock);
        if (busy) nanosleep(&pause, NULL);
    }
    for (i = 0; i < move->count && !csc_failed(status); i++)
    {
        csc_scope_addref(move->list[i].new);
        move->list[i].listed = !csc_failed(status = csc_scope_activate(move->list[i].new));
        if (csc_failed(status)) csc_scope_release(move->list[i].new);
    }
    return status;
}

/* Takes back whatever was done; the rows have the old names. */
static void undo(struct server_move *move)
{
    struct csc_engine *engine = move->engine;
    csc_status status;
    size_t i;

    for (i = move->count; i--;)
    {
        struct share_move *one = &move->list[i];

        if (one->listed) csc_scope_deactivate(one->new);
        if (one->moved && csc_failed(status = move_tree(engine, &one->new->row, &one->old->row)))
            csc_log_scope(one->old, "rename in the cache", status, "The tree could not be moved back; the next start does it.");
        drop_names(engine, one->new->row.server);
        pthread_mutex_lock(&engine->lock);
        csc_link_reconcile(one->old);
        one->old->removed = 0;
        pthread_cond_broadcast(&engine->changed);
        pthread_mutex_unlock(&engine->lock);
    }
}

/* -- the rows -- */

static csc_status rename_rows(struct server_move *move, int back)
{
    const struct csc_scope_row **rows = calloc(move->count, sizeof(*rows));
    struct csc_engine *engine = move->engine;
    csc_status status;
    size_t i;

    if (!rows) return CSC_E_OUT_OF_MEMORY;
    for (i = 0; i < move->count; i++) rows[i] = back ? &move->list[i].old->row : &move->list[i].new->row;
    status = csc_store_scopes_rename(engine->store, rows, move->count);
    free(rows);
    if (!csc_failed(status) && move->made_server)
        status = csc_made_server_put(engine, move->list[0].new->row.server, !back || move->had_made);
    if (!csc_failed(status)) status = csc_store_commit(engine->store, 1);
    return status;
}

/* Removes what is left of a server that has no shares any more. */
static void drop_server(struct csc_engine *engine, const char *server)
{
    csc_status status = csc_server_directory_remove(engine, server);

    if (csc_failed(status)) csc_trace(engine, "cannot remove the links' directory of \\\\%s: %08x", server, (unsigned)status);
    drop_names(engine, server);
}

/* The rows have the new names: the rest follows. */
static csc_status finish(struct server_move *move)
{
    struct csc_engine *engine = move->engine;
    csc_status status = CSC_OK, result;
    size_t i;

    pthread_mutex_lock(&engine->lock);
    csc_sidecar_write_shares(engine);
    pthread_mutex_unlock(&engine->lock);
    for (i = 0; i < move->count; i++)
    {
        struct share_move *one = &move->list[i];

        csc_scope_deactivate(one->old);
        pthread_mutex_lock(&engine->lock);
        result = csc_link_reconcile(one->new);
        one->new->removed = 0;
        pthread_mutex_unlock(&engine->lock);
        if (csc_failed(result)) status = result;
        /* what else a start does for a share */
        if (csc_failed(result = csc_recover_scope(one->new, 0))) status = result;
    }
    for (i = 0; i < move->count; i++) drop_server(engine, move->list[i].old->row.server);
    csc_sidecar_pins_changed(engine);
    return status;
}

csc_status csc_shares_rename(struct csc_engine *engine, const struct csc_path *from, const struct csc_path *to)
{
    struct server_move move;
    csc_status status, result;

    if (csc_failed(status = look(engine, from, to, &move))) return status;
    status = csc_made_server(engine, move.list[0].new->row.server, &move.had_made);
    if (!csc_failed(status)) status = enter_all(&move);
    if (!csc_failed(status)) status = refuse_open(&move);
    if (!csc_failed(status)) status = request(&move, 1);
    if (!csc_failed(status)) status = hide(&move);
    if (!csc_failed(status)) status = give_links_back(&move);
    /* whoever came in before */
    if (!csc_failed(status)) status = refuse_open(&move);
    if (!csc_failed(status)) status = move_trees(&move);
    if (!csc_failed(status) && csc_failed(status = rename_rows(&move, 0))) rename_rows(&move, 1);
    if (!csc_failed(status))
    {
        status = finish(&move);
        /* with the end of the request */
        result = csc_rename_carry(engine, from, to);
        if (!csc_failed(status)) status = result;
    }
    else if (move.hidden) undo(&move);
    result = request(&move, 0);
    clear(&move);
    return csc_failed(status) ? status : result;
}

/* -- at a start -- */

static struct csc_scope *find(struct csc_engine *engine, const struct csc_path *path)
{
    struct csc_scope *scope;

    pthread_mutex_lock(&engine->lock);
    scope = csc_scope_lookup(engine, path->server, path->share);
    pthread_mutex_unlock(&engine->lock);
    return scope;
}

csc_status csc_share_rename_settle(struct csc_engine *engine, const struct csc_path *from, const struct csc_path *to)
{
    struct csc_scope_row new = { .server = to->server, .share = to->share };
    struct csc_scope **others, *scope;
    csc_status status;
    size_t count, i;

    if (!(scope = find(engine, from)))
    {
        /* the rows had their new names; the link follows them */
        if (csc_failed(status = csc_scopes_of_server(engine, from->server, &others, &count))) return status;
        for (i = 0; i < count; i++) csc_scope_release(others[i]);
        free(others);
        if (!count) drop_server(engine, from->server);
        return csc_rename_carry(engine, from, to);
    }
    /* it was not begun, or it is to be done again */
    if (find(engine, to)) return CSC_OK;
    status = move_tree(engine, &new, &scope->row);
    if (status == CSC_E_ALREADY_EXISTS)
    {
        csc_log_scope(scope, "rename in the cache", status, "Both names have a tree; both are left alone.");
        return CSC_OK;
    }
    drop_names(engine, to->server);
    return csc_failed(status) ? status : CSC_OK;
}
