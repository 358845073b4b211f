/*
 * Carrying out on the origin what was renamed in the cache
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * First the origin, then the row.  Cut off in between, the next synchronization finds the old name gone and the
 * very file or directory under the new one, and moves the row only.
 */

#include <stdlib.h>
#include <string.h>

#include "blocks.h"
#include "racy.h"
#include "rename.h"
#include "scope.h"
#include "sync.h"
#include "transfer.h"
#include "watch.h"

/* -- where it was -- */

/* The node of a row that is a directory, or of the share. */
static csc_status node_of_row(struct csc_pair *pair, int64_t id, struct csc_node **ret)
{
    struct csc_node *node = pair->root, *child;
    struct csc_item_list above;
    csc_status status;
    size_t i;

    if (csc_failed(status = csc_rows_above(pair->scope, id, &above))) return status;
    csc_node_addref(node);
    for (i = above.count; i-- && !csc_failed(status);)
    {
        const char *name = above.items[i].name;

        status = csc_node_create(node, name, name, name, &child);
        if (csc_failed(status)) break;
        csc_node_release(node);
        node = child;
    }
    csc_item_list_free(&above);
    if (csc_failed(status)) csc_node_release(node);
    else *ret = node;
    return status;
}

/* Is it still where it was?  Of two names of one file the old one counts. */
static csc_status look_whether_gone(struct csc_item_work *iw, struct csc_node *was_in, const struct csc_item *row, int *gone)
{
    struct csc_place place;
    struct csc_path path;
    csc_status status;
    char *text;

    *gone = 0;
    if (!(text = csc_node_path(was_in, row->name))) return CSC_E_OUT_OF_MEMORY;
    status = csc_path_parse(text, &path);
    free(text);
    if (csc_failed(status)) return status;
    status = csc_place_find(was_in->pair->engine, &path, &place);
    csc_path_free(&path);
    if (csc_failed(status)) return status;
    /* what was written anew under the old name is its content now: programs save like this */
    *gone = place.local.type == CSC_TYPE_NONE ? !place.tree_lost
                                              : iw->moved_over && place.local.ino != row->local.ino;
    csc_place_clear(&place);
    return CSC_OK;
}

/* -- whether it is the same -- */

/* Looks for the known children of a directory. */
static csc_status ask_children(struct csc_item_work *iw, const struct csc_item *row, enum csc_kinship *kinship)
{
    struct csc_pair *pair = iw->dir->pair;
    struct csc_fs *fs = pair->fs[CSC_LOCAL];
    struct csc_dir *container, *dir = NULL;
    struct csc_item_list rows;
    size_t i, known = 0, inside = 0;
    struct csc_stat stat;
    csc_status status;

    if (csc_failed(status = csc_store_children(pair->engine->store, row->id, &rows))) return status;
    if (!csc_failed(status = csc_node_dir(iw->dir, CSC_LOCAL, &container)))
    {
        status = fs->open_dir(fs, container, iw->names[CSC_LOCAL], &dir);
        csc_node_done(iw->dir, CSC_LOCAL);
    }
    for (i = 0; i < rows.count && !csc_failed(status); i++)
    {
        const struct csc_item *child = &rows.items[i];

        if ((child->flags & (CSC_ROW_BASE | CSC_ROW_SPARSE)) != CSC_ROW_BASE) continue;
        known++;
        status = fs->stat(fs, dir, child->name, &stat);
        if (status == CSC_E_NOT_FOUND) status = CSC_OK;
        else if (!csc_failed(status)) inside += csc_rename_kinship(child, &stat, 1) != CSC_STRANGER;
        if (csc_rename_children(known, inside, 0) == CSC_THE_SAME) break;
    }
    if (dir) fs->close_dir(fs, dir);
    csc_item_list_free(&rows);
    *kinship = csc_failed(status) ? CSC_STRANGER : csc_rename_children(known, inside, 1);
    return csc_local_result(pair, status);
}

/* Looks whether a file is the download that the row records, changed since: its note stays with it.  One that got the number
 * after it has none, or a copy of another one's. */
static csc_status ask_note(struct csc_item_work *iw, const struct csc_item *row, enum csc_kinship *kinship)
{
    struct csc_pair *pair = iw->dir->pair;
    struct csc_fs *fs = pair->fs[CSC_LOCAL];
    struct csc_file *file = NULL;
    struct csc_note note;
    struct csc_dir *dir;
    csc_status status;

    *kinship = CSC_STRANGER;
    if (csc_failed(status = csc_node_dir(iw->dir, CSC_LOCAL, &dir))) return csc_local_result(pair, status);
    if (!csc_failed(fs->open_file(fs, dir, iw->names[CSC_LOCAL], &file)) && !csc_failed(fs->get_note(fs, file, &note, sizeof(note)))
        && csc_note_is_of(&note, &row->local)) *kinship = CSC_THE_SAME;
    if (file) fs->close_file(fs, file);
    csc_node_done(iw->dir, CSC_LOCAL);
    return CSC_OK;
}

static csc_status ask_kinship(struct csc_item_work *iw, const struct csc_item *row, enum csc_kinship *kinship)
{
    *kinship = csc_rename_kinship(row, &iw->stat[CSC_LOCAL], iw->dir->pair->quality[CSC_LOCAL].trusted);
    if (*kinship != CSC_RELATED) return CSC_OK;
    return row->type == OFFLINEFILES_ITEM_TYPE_FILE ? ask_note(iw, row, kinship) : ask_children(iw, row, kinship);
}

/* -- the origin -- */

/* What stands under the old name there; type NONE: nothing. */
static csc_status stat_old(struct csc_node *was_in, const char *name, struct csc_stat *stat)
{
    struct csc_fs *fs = was_in->pair->fs[CSC_ORIGIN];
    struct csc_dir *dir;
    csc_status status;

    memset(stat, 0, sizeof(*stat));
    if (!csc_failed(status = csc_node_dir(was_in, CSC_ORIGIN, &dir)))
    {
        status = fs->stat(fs, dir, name, stat);
        csc_node_done(was_in, CSC_ORIGIN);
    }
    if (status == CSC_E_NOT_FOUND || status == CSC_E_DIRECTORY || status == CSC_E_CHANGED) return CSC_OK;
    return csc_origin_result(was_in->pair, status);
}

/* Renames and looks what came out of it.  CSC_FALSE: it is not done, and nothing is different. */
static csc_status rename_on_origin(struct csc_item_work *iw, struct csc_node *was_in, const char *old_name,
                                   const struct csc_stat *before, struct csc_stat *after)
{
    struct csc_pair *pair = iw->dir->pair;
    struct csc_fs *fs = pair->fs[CSC_ORIGIN];
    const char *name = iw->names[CSC_LOCAL];
    struct csc_dir *from, *to;
    csc_status status;

    /* a rename makes nothing new, the directory that it leads into may be */
    status = iw->may & CSC_MAY_CREATE_OUT ? csc_node_need(iw->dir, CSC_ORIGIN, &to)
                                          : csc_node_dir(iw->dir, CSC_ORIGIN, &to);
    if (csc_failed(status)) return status == CSC_E_NOT_FOUND ? CSC_FALSE : csc_origin_result(pair, status);
    if (!csc_failed(status = csc_node_dir(was_in, CSC_ORIGIN, &from)))
    {
        status = fs->rename(fs, from, old_name, to, name, CSC_RENAME_NOREPLACE);
        if (!csc_failed(status))
        {
            status = fs->stat(fs, to, name, after);
            if (!csc_failed(status) && !csc_same_state(before, after, &pair->quality[CSC_ORIGIN])) status = CSC_E_CHANGED;
            /* not what was to be renamed; where its own place was taken meanwhile it keeps the new name, which shows.  Where the
             * server did not say what it is, the next synchronization looks. */
            if (csc_failed(status) && !csc_is_for_sweep(CSC_ORIGIN, status))
                fs->rename(fs, to, name, from, old_name, CSC_RENAME_NOREPLACE);
            /* the row will say that it is there: that must be so after a power loss, too */
            if (!csc_failed(status)) status = csc_sync_dir(fs, to);
            if (!csc_failed(status) && from != to) status = csc_sync_dir(fs, from);
        }
        csc_node_done(was_in, CSC_ORIGIN);
    }
    csc_node_done(iw->dir, CSC_ORIGIN);
    if (csc_status_is_origin_failure(status)) return csc_origin_result(pair, status);
    /* not allowed, not possible, something in the way: it is deleted and made anew */
    return csc_failed(status) && status != CSC_E_CANCELLED ? CSC_FALSE : status;
}

/* -- the row -- */

static csc_status move_row(struct csc_item_work *iw, struct csc_item *row)
{
    struct csc_pair *pair = iw->dir->pair;
    struct csc_store *store = pair->engine->store;
    int writers = csc_scope_has_writers(pair->scope);
    struct csc_store_change change;
    struct csc_item moved = *row;
    struct csc_dir *dir;
    csc_status status;
    char *path;

    /* the same of the user's rename in the cache */
    if (writers)
    {
        if (csc_failed(status = csc_node_dir(iw->dir, CSC_LOCAL, &dir))) return status;
        status = csc_local_result(pair, csc_sync_dir(pair->fs[CSC_LOCAL], dir));
        csc_node_done(iw->dir, CSC_LOCAL);
        if (csc_failed(status)) return status;
    }
    else moved.flags |= CSC_ROW_UNFLUSHED;
    if (csc_watch_lost(pair->engine)) return CSC_E_CANCELLED;
    moved.parent = iw->dir->item;
    moved.name = iw->names[CSC_LOCAL];
    moved.key = iw->key;
    if (!(path = csc_node_relative(iw->dir, moved.name))) return CSC_E_OUT_OF_MEMORY;
    status = csc_store_item_move(store, &moved, path, csc_pin_inherited(iw->dir->pin, 0), 1);
    free(path);
    if (csc_failed(status) || !writers) return status;
    /* A file that is replaced under the new name is known by its row while it stands aside: after a power loss the old place
     * would get it back. */
    csc_store_last_change(store, &change);
    return csc_local_result(pair, csc_store_reach(store, &change));
}

/* The directory itself stands on the origin from now on. */
static csc_status note_child(struct csc_item_work *iw)
{
    struct csc_pair *pair = iw->dir->pair;
    char *name;

    if (!iw->child) return CSC_OK;
    if (!(name = strdup(iw->names[CSC_ORIGIN]))) return CSC_E_OUT_OF_MEMORY;
    pthread_mutex_lock(&pair->lock);
    free(iw->child->side[CSC_ORIGIN].name);
    iw->child->side[CSC_ORIGIN].name = name;
    iw->child->side[CSC_ORIGIN].missing = 0;
    iw->child->side[CSC_ORIGIN].known = 0;
    pthread_mutex_unlock(&pair->lock);
    csc_item_note_child(iw);
    return CSC_OK;
}

static void log_move(struct csc_item_work *iw, struct csc_node *was_in, const char *old_name)
{
    struct csc_engine *engine = iw->dir->pair->engine;
    char *path = csc_node_path(iw->dir, iw->names[CSC_LOCAL]), *old = csc_node_path(was_in, old_name);

    if (path && old && !csc_watch_lost(engine)) csc_store_log(engine->store, "rename on the origin", path, CSC_OK, old);
    free(path);
    free(old);
}

/* -- the content -- */

/* Reads a file to see whether it still has the blocks of a list. */
static csc_status has_blocks(struct csc_item_work *iw, struct csc_file *file, const struct csc_blocks *blocks, int *has)
{
    struct csc_block_reader reader;
    csc_status status;
    size_t i;

    *has = 0;
    status = csc_block_reader_init(&reader, iw->dir->pair->fs[CSC_LOCAL], file, blocks->size, blocks->block);
    for (i = 0; !csc_failed(status) && (status = csc_block_next(&reader)) == CSC_OK; i++)
    {
        if (memcmp(reader.hash, blocks->hashes + i * CSC_BLOCK_HASH, CSC_BLOCK_HASH)) break;
        if (csc_op_stopping(iw->work.op)) status = CSC_E_CANCELLED;
    }
    csc_block_reader_clear(&reader);
    *has = status == CSC_FALSE;
    return csc_failed(status) ? status : CSC_OK;
}

/* A rename moves ctime, so that only the content tells whether the file was changed, too.  Of a large file the list of
 * its blocks answers that, without reading the origin's. */
static csc_status prove_content(struct csc_item_work *iw, const struct csc_item *row)
{
    struct csc_pair *pair = iw->dir->pair;
    const struct csc_quality *quality = &pair->quality[CSC_LOCAL];
    struct csc_engine *engine = pair->engine;
    struct csc_fs *fs = pair->fs[CSC_LOCAL];
    struct csc_file *file = NULL;
    struct csc_stat before, after;
    struct csc_blocks blocks;
    struct csc_item item;
    struct csc_dir *dir;
    csc_status status;
    int has = 0;

    if (row->type != OFFLINEFILES_ITEM_TYPE_FILE || iw->stat[CSC_LOCAL].size != row->local.size
        || iw->stat[CSC_LOCAL].mtime != row->local.mtime) return CSC_OK;
    status = csc_store_blocks_get(engine->store, row, &blocks);
    if (csc_failed(status)) return status == CSC_E_NOT_FOUND ? CSC_OK : status;
    if (!csc_failed(status = csc_node_dir(iw->dir, CSC_LOCAL, &dir)))
    {
        status = fs->open_file(fs, dir, iw->names[CSC_LOCAL], &file);
        csc_node_done(iw->dir, CSC_LOCAL);
    }
    if (!csc_failed(status)) status = fs->stat_file(fs, file, &before);
    /* a change within the tick of the rename would have the same ctime */
    if (!csc_failed(status) && csc_same_state(&iw->stat[CSC_LOCAL], &before, quality) && blocks.size == before.size
        && before.ctime < engine->clock->now(engine->clock) - quality->granularity)
    {
        status = has_blocks(iw, file, &blocks, &has);
        if (!csc_failed(status)) status = fs->stat_file(fs, file, &after);
        has = has && !csc_failed(status) && csc_same_state(&before, &after, quality) && before.ctime == after.ctime;
    }
    if (file) fs->close_file(fs, file);
    csc_blocks_free(&blocks);
    status = csc_local_result(pair, status);
    if (csc_failed(status) || !has) return status;
    if (csc_watch_lost(engine)) return CSC_E_CANCELLED;
    if (csc_failed(status = csc_store_item_get(engine->store, row->id, &item))) return status;
    item.local.ctime = before.ctime;
    status = csc_store_item_put(engine->store, &item);
    csc_item_clear(&item);
    return status;
}

/* Without a proof the content is compared as ever. */
static csc_status spare_comparison(struct csc_item_work *iw, const struct csc_item *row)
{
    csc_status status = prove_content(iw, row);

    return csc_op_stopping(iw->work.op) || status == CSC_E_CANCELLED ? CSC_E_CANCELLED : CSC_OK;
}

/* -- all of it -- */

/* CSC_FALSE: it does not fit, and nothing was done. */
static csc_status try_move(struct csc_item_work *iw, struct csc_node *was_in, struct csc_item *row)
{
    struct csc_pair *pair = iw->dir->pair;
    const struct csc_quality *quality = &pair->quality[CSC_ORIGIN];
    struct csc_stat old, now;
    enum csc_kinship kinship;
    csc_status status;
    int gone;

    if (csc_failed(status = look_whether_gone(iw, was_in, row, &gone))) return status;
    if (!gone) return CSC_FALSE;
    if (csc_failed(status = ask_kinship(iw, row, &kinship))) return status;
    if (kinship != CSC_THE_SAME) return CSC_FALSE;
    iw->left = row->id;
    if (iw->has_item) return CSC_FALSE;          /* the name is not free */
    if (csc_failed(status = stat_old(was_in, row->name, &old))) return status;

    if (iw->names[CSC_ORIGIN])
    {
        /* renamed already: the row was left behind by a crash */
        if (old.type != CSC_TYPE_NONE || !csc_rename_is_origin(row, &iw->stat[CSC_ORIGIN], quality->trusted)) return CSC_FALSE;
        if (iw->work.quiet) return CSC_WORK_LOUD;
        /* that rename moved ctime, and perhaps somebody else did: the content will tell */
        if (csc_failed(status = csc_flush_origin(iw->dir, NULL, NULL))) return status;
        status = move_row(iw, row);
        return csc_failed(status) ? status : spare_comparison(iw, row);
    }
    if (old.type == CSC_TYPE_NONE || !csc_rename_origin_unchanged(row, &old, quality)) return CSC_FALSE;
    if (iw->work.quiet) return CSC_WORK_LOUD;

    if (row->type == OFFLINEFILES_ITEM_TYPE_FILE
        && (row->local.size != iw->stat[CSC_LOCAL].size || row->local.mtime != iw->stat[CSC_LOCAL].mtime))
        csc_racy_remember(was_in, row, &old);
    if ((status = rename_on_origin(iw, was_in, row->name, &old, &now))) return status;
    /* renaming moved ctime, which would look like a change */
    if (row->origin.ctime == old.ctime) row->origin.ctime = now.ctime;
    if (csc_failed(status = move_row(iw, row))) return status;
    log_move(iw, was_in, row->name);
    return spare_comparison(iw, row);
}

csc_status csc_item_move(struct csc_item_work *iw)
{
    struct csc_pair *pair = iw->dir->pair;
    struct csc_node *was_in;
    struct csc_item row;
    csc_status status;

    atomic_store(&iw->work.operation, OFFLINEFILES_SYNC_OPERATION_SYNC_TO_SERVER);
    iw->left = 0;
    if (!iw->names[CSC_LOCAL] || !iw->dir->item || !(iw->may & CSC_MAY_OUT))
    {
        iw->moved_from = 0;
        return CSC_OK;
    }
    status = csc_store_item_get(pair->engine->store, iw->moved_from, &row);
    if (!csc_failed(status))
    {
        if (!csc_failed(status = node_of_row(pair, row.parent, &was_in)))
        {
            status = try_move(iw, was_in, &row);
            csc_node_release(was_in);
        }
        csc_item_clear(&row);
    }
    if (status == CSC_WORK_LOUD) return status;
    if (status == CSC_OK)
    {
        iw->moved_from = iw->left = 0;
        iw->moved = 1;
        if (csc_failed(status = csc_item_refresh(iw))) return status;
        return iw->names[CSC_ORIGIN] && iw->has_item ? note_child(iw) : CSC_E_CHANGED;
    }
    /* what cannot be looked at was not renamed; but a dead origin or a full disk ends everything */
    if (csc_op_stopping(iw->work.op) || status == CSC_E_CANCELLED || status == CSC_E_OUT_OF_MEMORY) return status;
    iw->moved_from = 0;
    return CSC_OK;
}

/* Row of a file that was left; CSC_FALSE: there is none any more. */
static csc_status left_row(struct csc_item_work *iw, struct csc_item *row)
{
    csc_status status;

    if (!iw->left || csc_watch_lost(iw->dir->pair->engine)) return CSC_FALSE;
    status = csc_store_item_get(iw->dir->pair->engine->store, iw->left, row);
    if (csc_failed(status)) return status == CSC_E_NOT_FOUND ? CSC_FALSE : status;
    if (row->type == OFFLINEFILES_ITEM_TYPE_FILE && row->flags & CSC_ROW_BASE) return CSC_OK;
    csc_item_clear(row);
    return CSC_FALSE;
}

csc_status csc_item_leave(struct csc_item_work *iw, int undo)
{
    struct csc_store *store = iw->dir->pair->engine->store;
    enum csc_action action = iw->decision.action;
    struct csc_store_change change;
    struct csc_item row;
    csc_status status;

    if (action != CSC_DO_DOWNLOAD && action != CSC_DO_MAKE_LOCAL && action != CSC_DO_DELETE_LOCAL
        && action != CSC_DO_REPLACE_LOCAL) return CSC_OK;
    if ((status = left_row(iw, &row))) return csc_failed(status) ? status : CSC_OK;
    if (!(row.flags & CSC_ROW_SPARSE) == !undo)
    {
        row.flags ^= CSC_ROW_SPARSE;
        status = csc_store_item_put(store, &row);
        csc_store_last_change(store, &change);
        /* after a power loss the row would say that the user deleted it */
        if (!csc_failed(status) && !undo) status = csc_local_result(iw->dir->pair, csc_store_reach(store, &change));
    }
    csc_item_clear(&row);
    return status;
}

csc_status csc_item_let_go(struct csc_item_work *iw)
{
    struct csc_store *store = iw->dir->pair->engine->store;
    struct csc_blocks blocks;
    csc_status status;
    struct csc_item row;

    if (!iw->has_item || !(iw->item.flags & CSC_ROW_BASE) || iw->item.id == iw->left) return CSC_OK;
    if ((status = left_row(iw, &row))) return csc_failed(status) ? status : CSC_OK;
    if (row.local.ino == iw->item.local.ino)
    {
        /* the hashes are kept under the number; where times tell nothing, they are what tells whether the origin changed it */
        status = csc_store_blocks_get(store, &row, &blocks);
        row.local.ino = 0;
        if (!csc_failed(status) || status == CSC_E_NOT_FOUND) status = csc_store_item_put(store, &row);
        if (!csc_failed(status) && blocks.hashes) status = csc_store_blocks_put(store, &row, &blocks);
        csc_blocks_free(&blocks);
    }
    csc_item_clear(&row);
    return status;
}
