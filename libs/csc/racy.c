/*
 * Files whose times prove nothing
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where the clock of a file system is coarse, a file that was agreed on in the tick of its last change can be written once
 * more without that showing.  A later look compares it with the other side; when that one was changed or deleted
 * meanwhile, only the content of the agreed version tells who did what.  So its hashes are kept, for such files alone: they
 * are read once more, from the cache, while they are still in memory.
 */

#include "racy.h"
#include "scope.h"
#include "watch.h"

static int stopping(void *op)
{
    return csc_op_stopping(op);
}

static int is_racy(const struct csc_stat *stat, int64_t when, const struct csc_quality *quality)
{
    return csc_is_racy(stat->mtime, when, quality->granularity);
}

void csc_racy_read(struct csc_pair *pair, struct csc_file *file, const struct csc_stat *written, const struct csc_stat *source,
                   int64_t recorded, int certain, struct csc_blocks *agreed)
{
    int racy[CSC_SIDES] = { is_racy(written, recorded, &pair->quality[CSC_LOCAL]),
                            is_racy(source, recorded, &pair->quality[CSC_ORIGIN]) };

    csc_blocks_free(agreed);
    if (!written->size || written->size > CSC_LARGE) return;
    if (!racy[CSC_ORIGIN] && !racy[CSC_LOCAL]) return;
    if (racy[CSC_LOCAL] && !certain) return;
    csc_blocks_read(pair->fs[CSC_LOCAL], file, written->size, stopping, pair->op, agreed);
}

void csc_racy_note(struct csc_item_work *iw)
{
    struct csc_engine *engine = iw->work.op->engine;

    if (iw->agreed.hashes && iw->agreed.size == iw->item.local.size && !csc_watch_lost(engine))
        csc_store_blocks_put(engine->store, &iw->item, &iw->agreed);
    csc_blocks_free(&iw->agreed);
}

static int is_same(const struct csc_stat *before, const struct csc_stat *now, const struct csc_quality *quality)
{
    return csc_same_state(before, now, quality) && (!quality->trusted || before->ctime == now->ctime);
}

void csc_racy_remember(struct csc_node *dir, const struct csc_item *row, const struct csc_stat *origin)
{
    struct csc_pair *pair = dir->pair;
    const struct csc_quality *quality = &pair->quality[CSC_ORIGIN];
    struct csc_store *store = pair->engine->store;
    struct csc_fs *fs = pair->fs[CSC_ORIGIN];
    struct csc_blocks blocks = { 0 };
    struct csc_store_change change;
    struct csc_file *file = NULL;
    struct csc_dir *opened;
    struct csc_stat now;
    csc_status status;

    if (!origin->size || origin->size > CSC_LARGE || origin->size != row->local.size
        || csc_compare_side(&row->origin, row->type, origin, quality->granularity, quality->trusted) != CSC_SAME) return;
    if (!csc_failed(status = csc_node_dir(dir, CSC_ORIGIN, &opened)))
    {
        status = fs->open_file(fs, opened, row->name, &file);
        csc_node_done(dir, CSC_ORIGIN);
    }
    if (!csc_failed(status)) status = csc_blocks_read(fs, file, origin->size, stopping, pair->op, &blocks);
    if (!csc_failed(status)) status = fs->stat_file(fs, file, &now);
    if (file) fs->close_file(fs, file);
    if (!csc_failed(status) && is_same(origin, &now, quality) && !csc_watch_lost(pair->engine)
        && !csc_failed(csc_store_blocks_put(store, row, &blocks)))
    {
        csc_store_last_change(store, &change);
        csc_store_reach(store, &change);
    }
    csc_blocks_free(&blocks);
}

/* Reads a file whose state is expected.  CSC_FALSE: it was written so lately that this proves nothing either. */
static csc_status read_again(struct csc_item_work *iw, enum csc_which side, struct csc_file *file,
                             const struct csc_stat *expected, struct csc_blocks *blocks)
{
    struct csc_pair *pair = iw->dir->pair;
    const struct csc_quality *quality = &pair->quality[side];
    struct csc_engine *engine = pair->engine;
    struct csc_fs *fs = pair->fs[side];
    struct csc_stat now;
    csc_status status;

    csc_wait_out_tick(pair, side, expected->mtime, quality->granularity + CSC_NS_PER_MS);
    if (csc_op_stopping(iw->work.op)) return CSC_E_CANCELLED;
    if (is_racy(expected, engine->clock->now(engine->clock), quality)) return CSC_FALSE;
    if (csc_failed(status = fs->stat_file(fs, file, &now))) return status;
    if (!is_same(expected, &now, quality)) return CSC_E_CHANGED;
    status = csc_blocks_read(fs, file, expected->size, stopping, iw->work.op, blocks);
    if (status == CSC_E_SHARING) return CSC_E_CHANGED;
    if (csc_failed(status) || csc_failed(status = fs->stat_file(fs, file, &now))) return status;
    return is_same(expected, &now, quality) ? CSC_OK : CSC_E_CHANGED;
}

static csc_status prove_side(struct csc_item_work *iw, enum csc_which side, const struct csc_blocks *agreed)
{
    struct csc_pair *pair = iw->dir->pair;
    struct csc_fs *fs = pair->fs[side];
    struct csc_blocks now = { 0 };
    struct csc_file *file;
    struct csc_dir *dir;
    csc_status status;

    status = csc_node_dir(iw->dir, side, &dir);
    if (!csc_failed(status))
    {
        status = fs->open_file(fs, dir, iw->names[side], &file);
        csc_node_done(iw->dir, side);
    }
    if (!csc_failed(status))
    {
        status = read_again(iw, side, file, &iw->stat[side], &now);
        fs->close_file(fs, file);
    }
    else if (status == CSC_E_NOT_FOUND) status = CSC_E_CHANGED;
    if (status == CSC_OK) iw->proof[side] = csc_blocks_equal(agreed, &now) ? CSC_CONTENT_EQUAL : CSC_CONTENT_DIFFERENT;
    csc_blocks_free(&now);
    if (!csc_failed(status) && csc_watch_lost(pair->engine)) status = CSC_E_CANCELLED;
    return side == CSC_ORIGIN ? csc_origin_result(pair, status) : csc_local_result(pair, status);
}

/* Whether the times of a side leave open what became of the agreed content. */
static int is_unsure(const struct csc_item_work *iw, enum csc_which side)
{
    const struct csc_quality *quality = &iw->dir->pair->quality[side];
    const struct csc_base *base = side == CSC_LOCAL ? &iw->item.local : &iw->item.origin;

    return iw->stat[side].type == CSC_TYPE_FILE && iw->proof[side] == CSC_CONTENT_UNKNOWN &&
           csc_compare_side(base, iw->item.type, &iw->stat[side], quality->granularity, quality->trusted) == CSC_UNSURE;
}

csc_status csc_racy_prove(struct csc_item_work *iw)
{
    struct csc_blocks agreed = { 0 };
    csc_status status;
    int side;

    if (!iw->has_item || !(iw->item.flags & CSC_ROW_BASE) || (iw->item.flags & CSC_ROW_SPARSE)) return CSC_OK;
    /* of nothing there is one version only */
    for (side = 0; side < CSC_SIDES; side++)
        if (is_unsure(iw, side) && !iw->stat[side].size) iw->proof[side] = CSC_CONTENT_EQUAL;
    if (!is_unsure(iw, CSC_LOCAL) && !is_unsure(iw, CSC_ORIGIN)) return CSC_OK;
    status = csc_store_blocks_get(iw->work.op->engine->store, &iw->item, &agreed);
    if (status == CSC_E_NOT_FOUND) return CSC_OK;
    for (side = 0; side < CSC_SIDES && !csc_failed(status); side++)
        if (agreed.hashes && is_unsure(iw, side)) status = prove_side(iw, side, &agreed);
    csc_blocks_free(&agreed);
    return csc_failed(status) ? status : CSC_OK;
}
