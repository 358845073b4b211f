/*
 * Conflicts between a file and a directory, and keeping both copies
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is in the way goes first, then the item is an ordinary one and is decided about again.  The agreement in the row is
 * forgotten, durably, before anything moves: a crash after any step leaves something that the next synchronization
 * carries on from (a name to be filled, something created in the cache), or the conflict itself.
 *
 * A directory that has to go is removed only when all in it is what both sides agreed on.  Else it gets a name that
 * shows, "<name> (kept <n>)": what is in it was never decided about.
 */

#include <stdlib.h>
#include <string.h>

#include "item.h"
#include "scope.h"
#include "watch.h"

static csc_status side_result(struct csc_pair *pair, enum csc_which side, csc_status status)
{
    return side == CSC_ORIGIN ? csc_origin_result(pair, status) : csc_local_result(pair, status);
}

/* -- rows -- */

/* The row, all below it and what they know go; pin_new keeps the pins. */
static csc_status forget_row(struct csc_item_work *iw)
{
    csc_status status = csc_item_delete_row(iw);

    if (csc_failed(status)) return status;
    if (iw->has_item) iw->pin_new |= iw->item.pin;
    csc_item_clear(&iw->item);
    iw->has_item = 0;
    return CSC_OK;
}

static csc_status commit(struct csc_item_work *iw)
{
    if (csc_watch_lost(iw->work.op->engine)) return CSC_E_CANCELLED;
    return csc_store_commit(iw->work.op->engine->store, 1);
}

/* What is in the cache is going to stand there without a row, as if a user had made it.  After a power loss a part of it
 * would be sent to the origin then, so that all of it has to be on the disk before. */
static csc_status flush_cached(struct csc_item_work *iw)
{
    struct csc_pair *pair = iw->dir->pair;
    struct csc_fs *fs = pair->fs[CSC_LOCAL];

    if (!iw->has_item || iw->stat[CSC_LOCAL].type == CSC_TYPE_NONE) return CSC_OK;
    return csc_local_result(pair, fs->sync_all(fs, pair->temp));
}

/* In its place one that only says: what the origin has here is wanted in the cache.  marks: CSC_ROW_UNFLUSHED where what
 * stands here was decided against, so that recovery may remove it when a power loss brings it back, else 0. */
static csc_status want_origins(struct csc_item_work *iw, uint32_t marks)
{
    int is_dir = iw->stat[CSC_ORIGIN].type == CSC_TYPE_DIRECTORY;
    csc_status status = forget_row(iw);

    if (!csc_failed(status))
        status = csc_item_new_row(iw, is_dir ? OFFLINEFILES_ITEM_TYPE_DIRECTORY : OFFLINEFILES_ITEM_TYPE_FILE);
    if (csc_failed(status)) return status;
    if (!is_dir) iw->item.flags = CSC_ROW_SPARSE;
    iw->item.flags |= marks;
    status = csc_item_put_row(iw);
    return csc_failed(status) ? status : commit(iw);
}

/* -- directories in the way -- */

/* Gives it a name that shows, and has it looked at under that name. */
static csc_status keep_beside(struct csc_item_work *iw, enum csc_which side, struct csc_dir *from, const char *name)
{
    struct csc_pair *pair = iw->dir->pair;
    struct csc_fs *fs = pair->fs[side];
    char *kept = csc_temp_kept_name(pair->engine, iw->names[side]);
    struct csc_dir *dir;
    csc_status status;

    if (!kept) return CSC_E_OUT_OF_MEMORY;
    if (!csc_failed(status = csc_node_dir(iw->dir, side, &dir)))
    {
        status = fs->rename(fs, from ? from : dir, name, dir, kept, CSC_RENAME_NOREPLACE);
        csc_node_done(iw->dir, side);
    }
    if (!csc_failed(status) && csc_watch_lost(pair->engine)) status = CSC_E_CANCELLED;
    if (!csc_failed(status))
    {
        csc_store_log(pair->engine->store, "keep", kept, CSC_OK, "A file took the place of a directory that holds changes.");
        status = csc_pair_look_again(iw->dir, kept, iw->pin_new);
    }
    free(kept);
    return status;
}

/* Moves a directory whose content is known out of sight, makes sure that it still is what was looked at, and
 * removes it. */
static csc_status remove_known(struct csc_item_work *iw, enum csc_which side, struct csc_dir *dir, uint64_t digest)
{
    struct csc_pair *pair = iw->dir->pair;
    struct csc_fs *fs = pair->fs[side];
    struct csc_dir *aside_dir = side == CSC_LOCAL ? pair->temp : dir;
    char aside[CSC_TEMP_NAME], going[CSC_TEMP_NAME];
    struct csc_tree_look now;
    csc_status status;

    if (side == CSC_LOCAL)
    {
        csc_temp_local_name(pair->engine, CSC_TEMP_REMOVE, iw->item.id, aside);
        csc_temp_local_name(pair->engine, CSC_TEMP_COPY, iw->item.id, going);
    }
    else
    {
        csc_temp_origin_name(pair->engine, CSC_TEMP_REMOVE, iw->key, aside);
        csc_temp_origin_name(pair->engine, CSC_TEMP_COPY, iw->key, going);
    }
    status = fs->rename(fs, dir, iw->names[side], aside_dir, aside, CSC_RENAME_NOREPLACE);
    if (csc_failed(status)) return status;
    if (csc_failed(status = csc_tree_look(pair, side, aside_dir, aside, 0, &now)) || now.digest != digest)
        return status == CSC_E_CANCELLED ? status : keep_beside(iw, side, aside_dir, aside);
    /* from here on nobody may bring it back, a part of it least of all */
    status = fs->rename(fs, aside_dir, aside, aside_dir, going, CSC_RENAME_NOREPLACE);
    return csc_failed(status) ? status : csc_remove_tree(fs, aside_dir, going);
}

static csc_status take_directory_away(struct csc_item_work *iw, enum csc_which side, const struct csc_tree_look *look)
{
    struct csc_pair *pair = iw->dir->pair;
    struct csc_fs *fs = pair->fs[side];
    struct csc_dir *dir;
    csc_status status;

    if (csc_failed(status = csc_node_dir(iw->dir, side, &dir))) return side_result(pair, side, status);
    status = fs->remove_dir(fs, dir, iw->names[side]);       /* an empty one */
    if (status == CSC_E_NOT_EMPTY)
        status = look->known ? remove_known(iw, side, dir, look->digest) : keep_beside(iw, side, NULL, iw->names[side]);
    else if (status == CSC_E_NOT_FOUND || status == CSC_E_DIRECTORY) status = CSC_E_CHANGED;
    csc_node_done(iw->dir, side);
    return side_result(pair, side, status);
}

/* -- the ways out of a conflict -- */

/* Looks at the directory that has to go, while the rows still tell what is known of it. */
static csc_status look_at_loser(struct csc_item_work *iw, enum csc_which side, struct csc_tree_look *look)
{
    struct csc_pair *pair = iw->dir->pair;
    int64_t row = iw->has_item && iw->item.type != OFFLINEFILES_ITEM_TYPE_FILE ? iw->item.id : 0;
    struct csc_dir *dir;
    csc_status status;

    memset(look, 0, sizeof(*look));
    if (iw->stat[side].type != CSC_TYPE_DIRECTORY) return CSC_OK;
    if (csc_failed(status = csc_node_dir(iw->dir, side, &dir))) return side_result(pair, side, status);
    status = csc_tree_look(pair, side, dir, iw->names[side], row, look);
    csc_node_done(iw->dir, side);
    if (status == CSC_E_NOT_FOUND || status == CSC_E_DIRECTORY) status = CSC_E_CHANGED;
    return side_result(pair, side, status);
}

/* Directories are the planner's: it goes into them. */
static csc_status carry_on(struct csc_item_work *iw, enum csc_which winner)
{
    if (iw->stat[winner].type != CSC_TYPE_DIRECTORY) return CSC_E_CHANGED;
    return csc_pair_look_again(iw->dir, iw->names[winner], iw->pin_new);
}

csc_status csc_replace_side(struct csc_item_work *iw, enum csc_which side)
{
    struct csc_stat expected = iw->stat[side];
    struct csc_tree_look look;
    csc_status status;

    if (csc_failed(status = look_at_loser(iw, side, &look))) return status;
    if ((side == CSC_ORIGIN || expected.type == CSC_TYPE_DIRECTORY) && csc_failed(status = flush_cached(iw))) return status;
    if (side == CSC_LOCAL) status = want_origins(iw, CSC_ROW_UNFLUSHED);
    else if (!csc_failed(status = forget_row(iw))) status = commit(iw);
    if (csc_failed(status)) return status;

    if (expected.type == CSC_TYPE_DIRECTORY) status = take_directory_away(iw, side, &look);
    else status = csc_remove_file(iw->dir, side, iw->names[side], iw->key, iw->has_item ? iw->item.id : 0, &expected);
    if (csc_failed(status)) return status;

    /* the name was there: nothing new goes out */
    if (side == CSC_ORIGIN) iw->may |= CSC_MAY_CREATE_OUT;
    return carry_on(iw, !side);
}

/* -- both -- */

static csc_status note_taken(void *context, struct csc_scan *scan, struct csc_cell *cell)
{
    (void)scan; (void)cell;
    *(int *)context = 1;
    return CSC_OK;
}

static csc_status note_refused(void *context, struct csc_scan *scan, const char *name, csc_status status)
{
    (void)scan; (void)name; (void)status;
    *(int *)context = 1;
    return CSC_OK;
}

/* May the copy have this name?  It has to be free on both sides, in any case of its letters. */
static csc_status check_new_name(struct csc_item_work *iw, const char *name)
{
    struct csc_scan *scan;
    csc_status status;
    int taken = 0;

    if (!name) return CSC_E_INVALID_NAME;
    if (csc_failed(status = csc_name_check(name))) return status;
    if (csc_name_is_temporary(name, NULL)) return CSC_E_INVALID_NAME;
    if (csc_failed(status = csc_scan_name(iw->work.op, iw->dir, name, &scan))) return status;
    status = csc_scan_merge(scan, note_taken, note_refused, &taken);
    csc_scan_release(scan);
    if (csc_failed(status)) return status;
    return taken ? CSC_E_EXISTS : CSC_OK;
}

csc_status csc_keep_both(struct csc_item_work *iw)
{
    struct csc_pair *pair = iw->dir->pair;
    struct csc_fs *fs = pair->fs[CSC_LOCAL];
    const char *name = iw->work.new_name;
    struct csc_dir *dir;
    csc_status status;

    if (csc_failed(status = check_new_name(iw, name))) return status;
    if (csc_failed(status = flush_cached(iw))) return status;
    if (csc_failed(status = want_origins(iw, 0))) return status;
    if (!csc_failed(status = csc_node_dir(iw->dir, CSC_LOCAL, &dir)))
    {
        status = fs->rename(fs, dir, iw->names[CSC_LOCAL], dir, name, CSC_RENAME_NOREPLACE);
        if (status == CSC_E_NOT_FOUND || status == CSC_E_EXISTS) status = CSC_E_CHANGED;
        /* before anything takes its old place */
        if (!csc_failed(status))
        {
            status = fs->sync_dir(fs, dir);
            if (status == CSC_E_NOT_SUPPORTED || status == CSC_E_INVALID_ARG) status = CSC_OK;
        }
        csc_node_done(iw->dir, CSC_LOCAL);
    }
    if (csc_failed(status)) return csc_local_result(pair, status);
    if (csc_failed(status = csc_pair_look_again(iw->dir, name, iw->pin_new))) return status;
    return carry_on(iw, CSC_ORIGIN);
}

/* -- a directory that was deleted in the cache, and stays because of what the cache never held -- */

csc_status csc_item_kept_dir(struct csc_work *work)
{
    struct csc_item_work *iw = (struct csc_item_work *)work;
    struct csc_op *op = work->op;
    struct csc_wire_error sight;
    csc_status status;

    iw->decision.action = CSC_DO_CONFLICT;
    iw->decision.state = OFFLINEFILES_SYNC_STATE_DeletedOnClient_DirChangedOnServer;
    iw->decision.known = OFFLINEFILES_SYNC_STATE_LOCAL_KNOWN | OFFLINEFILES_SYNC_STATE_REMOTE_KNOWN;
    if (csc_conflict_must_ask(iw)) return CSC_WORK_ASKS;
    if (!iw->has_item)
    {
        status = csc_store_item_get(op->engine->store, iw->child->item, &iw->item);
        if (status == CSC_E_NOT_FOUND) return CSC_OK;
        if (csc_failed(status)) return status;
        iw->has_item = 1;
    }
    csc_sight_take(&sight, &iw->item, &iw->stat[CSC_LOCAL], NULL);
    csc_work_see(work, &sight);
    switch (csc_conflict_resolution(iw))
    {
    case OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPLOCAL:
        /* all that was deleted in the cache is gone; the rest was never part of it */
        if (!(iw->may & CSC_MAY_OUT)) break;
        work->log = "forget";
        return csc_item_delete_row(iw);
    case OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPREMOTE:
    case OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPLATEST:
        if (!(iw->may & CSC_MAY_IN)) break;
        iw->item.flags |= CSC_ROW_SPARSE;
        if (csc_failed(status = csc_item_put_row(iw))) return status;
        pthread_mutex_lock(&op->lock);
        iw->child->told = 1;         /* the containers come back with it */
        pthread_mutex_unlock(&op->lock);
        return csc_pair_look_again(iw->dir, iw->name, 0);
    default:
        break;
    }
    work->log = "conflict";
    return csc_conflict_record(iw);
}
