/*
 * Works on single items of a pair
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An item is decided about with what the scan saw.  When it turns out to have moved since, it is looked at and
 * decided about again.
 */

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "damaged.h"
#include "evict.h"
#include "exclude.h"
#include "item.h"
#include "link_target.h"
#include "news.h"
#include "racy.h"
#include "room.h"
#include "scope.h"
#include "watch.h"
#include "way.h"

#define ROUNDS 3
/* bytes of a file that a slow link needs its time for, however near the server is */
#define HEAVY (256 * 1024)

static struct csc_item_work *impl_from_work(struct csc_work *work)
{
    return (struct csc_item_work *)work;
}

/* -- life -- */

static char *item_path(struct csc_work *work)
{
    struct csc_item_work *iw = impl_from_work(work);

    return csc_node_path(iw->dir ? iw->dir : iw->child, iw->dir ? iw->name : NULL);
}

static void forget_sides(struct csc_item_work *iw)
{
    int side;

    for (side = 0; side < CSC_SIDES; side++)
    {
        free(iw->names[side]);
        iw->names[side] = NULL;
        memset(&iw->stat[side], 0, sizeof(iw->stat[side]));
    }
    csc_item_clear(&iw->item);
    iw->has_item = 0;
    iw->content = iw->proof[CSC_LOCAL] = iw->proof[CSC_ORIGIN] = CSC_CONTENT_UNKNOWN;
    csc_blocks_free(&iw->agreed);
}

static void item_destroy(struct csc_work *work)
{
    struct csc_item_work *iw = impl_from_work(work);

    csc_room_return(work->op->engine, iw->room);
    /* it did not come to it; when this fails, the next start does it */
    if (iw->announced) csc_store_item_placed(work->op->engine->store, iw->announced_item);
    forget_sides(iw);
    free(iw->name);
    free(iw->key);
    if (iw->child) csc_node_release(iw->child);
    if (iw->dir) csc_node_release(iw->dir);
    free(iw);
}

/* op->lock held. */
static void item_settled(struct csc_work *work)
{
    struct csc_item_work *iw = impl_from_work(work);
    int missing;

    if (csc_failed(work->result))
    {
        /* what failed stays, and so do its containers */
        if (iw->dir) iw->dir->kept = iw->dir->told = 1;
        if (iw->child) iw->child->kept = iw->child->told = 1;
    }
    else if (iw->stays_in != CSC_AFTER_KEEP && iw->decision.action != CSC_DO_DROP_ROW
             && iw->decision.action != (iw->stays_in == CSC_AFTER_REMOVE_LOCAL ? CSC_DO_DELETE_LOCAL : CSC_DO_DELETE_ORIGIN))
        iw->dir->kept = 1;
    if (iw->child && iw->removal == CSC_AFTER_KEEP)
    {
        struct csc_pair *pair = iw->child->pair;

        pthread_mutex_lock(&pair->lock);
        missing = iw->child->side[CSC_LOCAL].missing || iw->child->side[CSC_ORIGIN].missing;
        pthread_mutex_unlock(&pair->lock);
        iw->child->preparing = 0;
        if (csc_failed(work->result) && missing) iw->child->failed = 1;
    }
}

static csc_status copy_item(struct csc_item *to, const struct csc_item *from)
{
    *to = *from;
    to->name = strdup(from->name);
    to->key = strdup(from->key);
    if (to->name && to->key) return CSC_OK;
    csc_item_clear(to);
    return CSC_E_OUT_OF_MEMORY;
}

/* What the client is told if the item fails: as it was seen now. */
static void see(const struct csc_item_work *iw, struct csc_wire_error *sight)
{
    /* a deletion from the cache does not look at the origin */
    const struct csc_stat *origin = iw->work.op->kind == CSC_OP_DELETE ? NULL : &iw->stat[CSC_ORIGIN];

    csc_sight_take(sight, iw->has_item ? &iw->item : NULL, &iw->stat[CSC_LOCAL], origin);
}

static csc_status take_cell(struct csc_item_work *iw, const struct csc_cell *cell)
{
    int side;

    forget_sides(iw);
    if (cell->item)
    {
        if (csc_failed(copy_item(&iw->item, cell->item))) return CSC_E_OUT_OF_MEMORY;
        iw->has_item = 1;
        if (iw->treat_sparse && iw->item.flags & CSC_ROW_BASE && !cell->side[CSC_LOCAL]) iw->item.flags |= CSC_ROW_SPARSE;
    }
    for (side = 0; side < CSC_SIDES; side++)
    {
        if (!cell->side[side]) continue;
        if (!(iw->names[side] = strdup(cell->side[side]->name))) return CSC_E_OUT_OF_MEMORY;
        iw->stat[side] = cell->side[side]->stat;
    }
    return CSC_OK;
}

static csc_status create(struct csc_op *op, struct csc_node *dir, struct csc_node *child, const char *name,
                         struct csc_item_work **ret)
{
    struct csc_item_work *iw = calloc(1, sizeof(*iw));

    if (!iw || !(iw->name = strdup(name)))
    {
        free(iw);
        return CSC_E_OUT_OF_MEMORY;
    }
    csc_work_init(&iw->work, op, child ? child->pair->scope : dir->pair->scope);
    iw->work.path = item_path;
    iw->work.destroy = item_destroy;
    iw->work.settled = item_settled;
    iw->dir = dir;
    if (dir) csc_node_addref(dir);
    iw->child = child;
    if (child) csc_node_addref(child);
    *ret = iw;
    return CSC_OK;
}

csc_status csc_item_work_create(struct csc_op *op, struct csc_node *dir, struct csc_node *child,
                                const struct csc_cell *cell, struct csc_item_work **ret)
{
    const char *name = cell->side[CSC_ORIGIN] ? cell->side[CSC_ORIGIN]->name : cell->item ? cell->item->name
                       : cell->side[CSC_LOCAL]->name;
    struct csc_item_work *iw;
    csc_status status;
    int side;

    if (csc_failed(status = create(op, dir, child, name, &iw))) return status;
    for (side = 0; side < CSC_SIDES; side++)
        if (cell->side[side] && cell->side[side]->stat.size > HEAVY) iw->work.task.heavy = 1;
    iw->treat_sparse = dir->pair->local_lost || dir->restore;
    if (!(iw->key = strdup(cell->key))) status = CSC_E_OUT_OF_MEMORY;
    if (!csc_failed(status)) status = take_cell(iw, cell);
    if (csc_failed(status))
    {
        csc_work_release(&iw->work);
        return status;
    }
    see(iw, &iw->work.sight);
    *ret = iw;
    return CSC_OK;
}

csc_status csc_item_work_of_node(struct csc_op *op, struct csc_node *node, struct csc_item_work **ret)
{
    struct csc_item_work *iw;
    csc_status status;

    if (csc_failed(status = create(op, node->parent, node, node->name, &iw))) return status;
    if (csc_failed(status = csc_name_key(node->name, &iw->key))) csc_work_release(&iw->work);
    else *ret = iw;
    return status;
}

/* -- looking -- */

void csc_item_ask(const struct csc_item_work *iw, struct csc_question *question)
{
    struct csc_pair *pair = iw->dir->pair;

    memset(question, 0, sizeof(*question));
    question->item = iw->has_item ? &iw->item : NULL;
    question->local = iw->stat[CSC_LOCAL];
    question->origin = iw->stat[CSC_ORIGIN];
    question->local_quality = pair->quality[CSC_LOCAL];
    question->origin_quality = pair->quality[CSC_ORIGIN];
    question->content = iw->content;
    question->proof[CSC_LOCAL] = iw->proof[CSC_LOCAL];
    question->proof[CSC_ORIGIN] = iw->proof[CSC_ORIGIN];
    question->may = iw->may;
    question->excluded = csc_item_is_excluded(iw);
    question->resolution = csc_conflict_resolution(iw);
}

int csc_item_is_excluded(const struct csc_item_work *iw)
{
    return iw->stat[CSC_LOCAL].type == CSC_TYPE_NONE && iw->stat[CSC_ORIGIN].type == CSC_TYPE_FILE
           && csc_is_excluded(iw->work.op->engine, iw->names[CSC_ORIGIN]);
}

struct taking
{
    struct csc_item_work *iw;
    csc_status status;
    int found;
};

static csc_status take_only(void *context, struct csc_scan *scan, struct csc_cell *cell)
{
    struct taking *taking = context;
    int side;

    (void)scan;
    taking->found = 1;
    for (side = 0; side < CSC_SIDES; side++)
        if (cell->side[side] && csc_failed(cell->side[side]->status)) taking->status = cell->side[side]->status;
    if (!csc_failed(taking->status)) taking->status = take_cell(taking->iw, cell);
    return taking->status;
}

static csc_status pass_over(void *context, struct csc_scan *scan, const char *name, csc_status status)
{
    (void)context; (void)scan; (void)name; (void)status;
    return CSC_OK;           /* told when the directory was read */
}

csc_status csc_item_refresh(struct csc_item_work *iw)
{
    struct taking taking = { iw, CSC_OK, 0 };
    struct csc_wire_error sight;
    struct csc_scan *scan;
    csc_status status;

    status = csc_scan_known(iw->work.op, iw->dir, iw->name, iw->names, &scan);
    if (csc_failed(status)) return status;
    status = csc_scan_merge(scan, take_only, pass_over, &taking);
    if (!csc_failed(status) && !taking.found) forget_sides(iw);
    csc_scan_release(scan);
    if (status == CSC_E_NOT_FOUND) status = CSC_E_CHANGED;      /* it vanished between listing and stat */
    if (!csc_failed(status))
    {
        see(iw, &sight);
        csc_work_see(&iw->work, &sight);
    }
    if (!csc_failed(status) && iw->has_item && !iw->names[CSC_ORIGIN] && !iw->dir->pair->root->side[CSC_ORIGIN].missing)
        status = csc_pair_believe_missing(iw->dir->pair);
    return status;
}

csc_status csc_pair_believe_missing(struct csc_pair *pair)
{
    struct csc_fs *fs = pair->fs[CSC_ORIGIN];
    struct csc_dir *root;
    csc_status status;
    int empty;

    status = csc_scope_check_root(pair->scope);
    if (!csc_failed(status) && !csc_failed(status = csc_node_dir(pair->root, CSC_ORIGIN, &root)))
    {
        status = csc_dir_is_empty(fs, root, &empty);
        csc_node_done(pair->root, CSC_ORIGIN);
        if (!csc_failed(status) && empty) status = CSC_E_NOT_READY;
    }
    return csc_origin_result(pair, status);
}

/* -- rows -- */

/* The row of the item, or of its directory, with all below. */
static csc_status delete_row(struct csc_item_work *iw, int64_t id)
{
    csc_status status = csc_store_item_delete(iw->work.op->engine->store, id);

    if (csc_failed(status) && status != CSC_E_NOT_FOUND) return status;
    /* what fails is done before the next operation */
    if (iw->dir && csc_failed(csc_damaged_release(iw->dir)))
        csc_trace(iw->work.op->engine, "what was kept aside below %s stays there", iw->name);
    return CSC_OK;
}

csc_status csc_item_new_row(struct csc_item_work *iw, uint32_t type)
{
    const char *name = iw->names[CSC_ORIGIN] ? iw->names[CSC_ORIGIN] : iw->names[CSC_LOCAL];
    uint32_t pin = iw->pin_new;

    if (iw->has_item)
    {
        if ((iw->item.type == OFFLINEFILES_ITEM_TYPE_FILE) == (type == OFFLINEFILES_ITEM_TYPE_FILE)) return CSC_OK;
        /* the name stands for something else now */
        csc_status status = delete_row(iw, iw->item.id);

        if (csc_failed(status)) return status;
        pin |= iw->item.pin & CSC_PIN_REASONS;
        csc_item_clear(&iw->item);
        iw->has_item = 0;
    }
    if (!iw->dir->item) return CSC_E_CHANGED;       /* its container is not cached (any more) */
    memset(&iw->item, 0, sizeof(iw->item));
    iw->item.parent = iw->dir->item;
    iw->item.scope = iw->dir->pair->scope->row.id;
    iw->item.type = type;
    iw->item.pin = type == OFFLINEFILES_ITEM_TYPE_FILE ? pin & CSC_PIN_REASONS : pin;
    iw->item.used = iw->work.op->engine->clock->now(iw->work.op->engine->clock);
    if (!(iw->item.name = strdup(name)) || !(iw->item.key = strdup(iw->key)))
    {
        csc_item_clear(&iw->item);
        return CSC_E_OUT_OF_MEMORY;
    }
    iw->has_item = 1;
    return CSC_OK;
}

/* Stores the row, under the name that the item has on the origin, else in the cache.  room: reserved for content that
 * the row tells of now. */
static csc_status put_row(struct csc_item_work *iw, uint64_t room)
{
    const char *name = iw->names[CSC_ORIGIN] ? iw->names[CSC_ORIGIN] : iw->names[CSC_LOCAL];
    char *copy;

    if (csc_watch_lost(iw->work.op->engine)) return CSC_E_CANCELLED;
    if (name && strcmp(name, iw->item.name))
    {
        if (!(copy = strdup(name))) return CSC_E_OUT_OF_MEMORY;
        free(iw->item.name);
        iw->item.name = copy;
    }
    if (!room) return csc_store_item_put(iw->work.op->engine->store, &iw->item);
    iw->room -= room;
    return csc_room_store(iw->work.op->engine, &iw->item, room);
}

csc_status csc_item_put_row(struct csc_item_work *iw)
{
    return put_row(iw, 0);
}

csc_status csc_item_delete_row(struct csc_item_work *iw)
{
    if (csc_watch_lost(iw->work.op->engine)) return CSC_E_CANCELLED;
    if (!iw->has_item) return CSC_OK;
    return delete_row(iw, iw->item.id);
}

static csc_status set_name(struct csc_item_work *iw, enum csc_which side, const char *name)
{
    char *copy = strdup(name);

    if (!copy) return CSC_E_OUT_OF_MEMORY;
    free(iw->names[side]);
    iw->names[side] = copy;
    return CSC_OK;
}

/* -- names that differ in case -- */

/* Lets one side follow the other.  *moved: something was done. */
static csc_status follow_case(struct csc_item_work *iw, int *moved)
{
    struct csc_pair *pair = iw->dir->pair;
    const char *local = iw->names[CSC_LOCAL], *origin = iw->names[CSC_ORIGIN];
    struct csc_base *base;
    struct csc_stat after;
    struct csc_dir *dir;
    enum csc_which side;
    csc_status status;

    *moved = 0;
    if (!local || !origin || !strcmp(local, origin)) return CSC_OK;
    if (iw->stat[CSC_LOCAL].type != iw->stat[CSC_ORIGIN].type) return CSC_OK;
    side = iw->has_item && !strcmp(origin, iw->item.name) ? CSC_ORIGIN : CSC_LOCAL;
    if (!(iw->may & (side == CSC_ORIGIN ? CSC_MAY_OUT : CSC_MAY_IN))) return CSC_OK;

    status = csc_change_case(iw->dir, side, iw->names[side], iw->names[!side]);
    if (csc_failed(status)) return status;
    if (csc_failed(status = set_name(iw, side, iw->names[!side]))) return status;
    if (iw->child)
    {
        char *copy = strdup(iw->names[!side]);

        if (!copy) return CSC_E_OUT_OF_MEMORY;
        pthread_mutex_lock(&pair->lock);
        free(iw->child->side[side].name);
        iw->child->side[side].name = copy;
        pthread_mutex_unlock(&pair->lock);
    }
    *moved = 1;

    /* renaming moved ctime, which would look like a change */
    if (csc_failed(status = csc_node_dir(iw->dir, side, &dir))) return status;
    status = pair->fs[side]->stat(pair->fs[side], dir, iw->names[side], &after);
    csc_node_done(iw->dir, side);
    if (csc_failed(status)) return status == CSC_E_NOT_FOUND ? CSC_E_CHANGED : status;
    /* somebody changed it since it was decided about */
    if (!csc_same_state(&iw->stat[side], &after, &pair->quality[side])) return CSC_E_CHANGED;
    base = side == CSC_LOCAL ? &iw->item.local : &iw->item.origin;
    if (iw->has_item && base->ctime == iw->stat[side].ctime) base->ctime = after.ctime;
    iw->stat[side] = after;
    return CSC_OK;
}

/* -- carrying out -- */

static csc_status store_agreement(struct csc_item_work *iw, int64_t local_recorded, int64_t origin_recorded)
{
    csc_status status;

    csc_base_record(&iw->item.local, &iw->stat[CSC_LOCAL], local_recorded);
    csc_base_record(&iw->item.origin, &iw->stat[CSC_ORIGIN], origin_recorded);
    iw->item.flags = (iw->item.flags & ~CSC_ROW_SPARSE) | CSC_ROW_BASE;
    if (!csc_failed(status = csc_item_put_row(iw))) csc_racy_note(iw);
    return status;
}

static uint32_t type_of(const struct csc_stat *stat)
{
    return stat->type == CSC_TYPE_DIRECTORY ? OFFLINEFILES_ITEM_TYPE_DIRECTORY : OFFLINEFILES_ITEM_TYPE_FILE;
}

/* What the planner learns of a directory whose row was written. */
void csc_item_note_child(struct csc_item_work *iw)
{
    if (!iw->child) return;
    pthread_mutex_lock(&iw->work.op->lock);
    iw->child->item = iw->item.id;
    iw->child->pin = iw->item.pin;
    iw->child->row_flags = iw->item.flags;
    pthread_mutex_unlock(&iw->work.op->lock);
}

static void note_mount(struct csc_item_work *iw)
{
    const struct csc_handle *dir = &iw->dir->side[CSC_ORIGIN];

    if (iw->stat[CSC_ORIGIN].type == CSC_TYPE_DIRECTORY && dir->known && dir->dev != iw->stat[CSC_ORIGIN].dev)
        iw->item.flags |= CSC_ROW_MOUNT;
}

/* An upload that was cut off before its flush leaves two equal sides.  Once the row says so, the cache's copy would go with
 * the origin's in a power loss of that machine. */
static csc_status confirm_origin(struct csc_item_work *iw)
{
    const struct csc_quality *quality = &iw->dir->pair->quality[CSC_LOCAL];

    if (!iw->names[CSC_ORIGIN]) return CSC_OK;
    if (iw->has_item && iw->item.flags & CSC_ROW_BASE
        && csc_compare_side(&iw->item.local, iw->item.type, &iw->stat[CSC_LOCAL], quality->granularity, quality->trusted)
           == CSC_SAME) return CSC_OK;
    return csc_flush_origin(iw->dir, iw->names[CSC_ORIGIN], &iw->stat[CSC_ORIGIN]);
}

csc_status csc_item_adopt(struct csc_item_work *iw, int64_t recorded)
{
    csc_status status = confirm_origin(iw);

    if (!csc_failed(status)) status = csc_item_new_row(iw, type_of(&iw->stat[CSC_LOCAL]));
    if (csc_failed(status)) return status;
    /* without a comparison the old records stand: nothing new was proved about the content */
    if (recorded == INT64_MIN && iw->item.flags & CSC_ROW_BASE)
        status = store_agreement(iw, iw->item.local.recorded, iw->item.origin.recorded);
    else
    {
        note_mount(iw);
        /* nobody knows when it was written; while the share is offline downloads are flushed, and it may be a user's */
        if (!csc_scope_has_writers(iw->dir->pair->scope)) iw->item.flags |= CSC_ROW_UNFLUSHED;
        status = store_agreement(iw, recorded, recorded);
    }
    if (!csc_failed(status)) csc_item_note_child(iw);
    return status;
}

/* What a download needs beyond what it replaces. */
static uint64_t room_wanted(const struct csc_item_work *iw)
{
    uint64_t size = iw->stat[CSC_ORIGIN].size, before = iw->stat[CSC_LOCAL].size;

    return size > before ? size - before : 0;
}

void csc_item_reserve(struct csc_item_work *iw)
{
    uint64_t wanted = room_wanted(iw);

    if (!csc_failed(csc_op_take_room(iw->work.op, iw->work.scope, wanted))) iw->room = wanted;
}

/* A download takes room before it begins; mostly the planner reserved it. */
static csc_status take_room(struct csc_item_work *iw)
{
    uint64_t more = room_wanted(iw);
    csc_status status;

    if (more <= iw->room) return CSC_OK;
    if (!csc_failed(status = csc_room_take(iw->work.op->engine, more - iw->room))) iw->room = more;
    else if (status == CSC_E_DISK_FULL) csc_room_refuse(iw->work.op->engine, more - iw->room);
    return status;
}

int csc_item_needs_no_announcement(const struct csc_item_work *iw)
{
    return !iw->item.id && iw->stat[CSC_LOCAL].type == CSC_TYPE_NONE && csc_fill_mark_holds(iw->dir->pair->scope);
}

/* Content reaches the disk some time after its name, and so does the row.  After a power loss only a row that was
 * there before tells that what stands at its place was not made by a user. */
csc_status csc_item_announce(struct csc_item_work *iw)
{
    csc_status status = csc_item_new_row(iw, OFFLINEFILES_ITEM_TYPE_FILE);

    if (csc_failed(status) || iw->announced) return status;
    if (!(iw->item.flags & CSC_ROW_BASE)) iw->item.flags |= CSC_ROW_SPARSE;
    iw->item.flags |= CSC_ROW_UNFLUSHED | CSC_ROW_PLACING;
    if (csc_failed(status = csc_item_put_row(iw))) return status;
    iw->announced = 1;
    iw->announced_item = iw->item.id;
    iw->landing.announced = 1;
    csc_store_last_change(iw->work.op->engine->store, &iw->landing.change);
    return CSC_OK;
}

csc_status csc_item_announce_early(struct csc_item_work *iw)
{
    struct csc_op *op = iw->work.op;
    csc_status status;

    /* its own row may be among what was evicted for it */
    if (iw->work.evictions != atomic_load(&op->evictions)) return CSC_OK;
    if (iw->has_item ? iw->item.type != OFFLINEFILES_ITEM_TYPE_FILE : !iw->dir->item || iw->names[CSC_LOCAL]) return CSC_OK;
    csc_fill_mark_begin(iw->dir->pair);
    if (csc_item_needs_no_announcement(iw)) return CSC_OK;
    if (csc_failed(status = csc_item_announce(iw)) || csc_fill_mark_holds(iw->dir->pair->scope)) return status;
    if (++op->announced_files < CSC_ANNOUNCE_TOGETHER) return CSC_OK;
    /* what the workers come to next is durable then, and none of them waits for the disk.  While users write, content is
     * flushed instead.  A failure is theirs. */
    op->announced_files = 0;
    if (!csc_scope_has_writers(iw->dir->pair->scope)) csc_store_reach(op->engine->store, &iw->landing.change);
    return CSC_OK;
}

/* What the engine fills by itself, before anybody asks for it. */
static int is_prefetch(const struct csc_item_work *iw, enum csc_which to)
{
    const uint32_t other = OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCIN | OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCOUT;
    const struct csc_op *op = iw->work.op;

    return to == CSC_LOCAL && op->detached && op->kind == CSC_OP_SYNC && !(op->flags & other) &&
           op->flags & OFFLINEFILES_SYNC_CONTROL_FLAG_FILLSPARSE;
}

static void tell_prefetch(struct csc_item_work *iw, uint32_t event, csc_status status)
{
    struct csc_news_event told = { .event = event, .status = status };
    struct csc_engine *engine = iw->work.op->engine;
    char *path;

    if (!csc_news_wanted(engine->news) || !(path = iw->work.path(&iw->work))) return;
    told.path = path;
    csc_news_post(engine->news, &told);
    free(path);
}

static struct csc_item_work *work_from_landing(struct csc_landing *landing)
{
    return (struct csc_item_work *)((char *)landing - offsetof(struct csc_item_work, landing));
}

static csc_status announce_landing(struct csc_landing *landing)
{
    return csc_item_announce(work_from_landing(landing));
}

static csc_status put_content_row(struct csc_item_work *iw)
{
    iw->item.flags &= ~CSC_ROW_EVICTED;
    iw->item.used = iw->work.op->engine->clock->now(iw->work.op->engine->clock);
    return put_row(iw, iw->room);
}

static csc_status agree_landing(struct csc_landing *landing)
{
    struct csc_item_work *iw = work_from_landing(landing);
    csc_status status = put_content_row(iw);

    if (!csc_failed(status)) iw->announced = 0;       /* the row says so */
    return status;
}

static csc_status download(struct csc_item_work *iw)
{
    csc_status status;

    iw->landing.announce = announce_landing;
    iw->landing.agree = agree_landing;
    if (csc_failed(status = take_room(iw))) return status;
    if (!csc_item_needs_no_announcement(iw) && csc_failed(status = csc_item_announce(iw))) return status;
    csc_way_enter(iw->dir, iw->name);
    status = csc_download(iw->dir, iw->names[CSC_ORIGIN], iw->names[CSC_LOCAL], &iw->stat[CSC_LOCAL], &iw->item,
                          &iw->landing, &iw->agreed);
    csc_way_leave();
    return status;
}

static csc_status upload(struct csc_item_work *iw)
{
    csc_status status;

    csc_way_enter(iw->dir, iw->name);
    status = csc_upload(iw->dir, iw->names[CSC_LOCAL], iw->names[CSC_ORIGIN], &iw->stat[CSC_ORIGIN], &iw->item, iw->key,
                        &iw->agreed);
    csc_way_leave();
    return csc_failed(status) ? status : put_content_row(iw);
}

/* A download did not come: a new row says that it is wanted. */
static void remember_wanted(struct csc_item_work *iw, uint32_t flags)
{
    memset(&iw->item.local, 0, sizeof(iw->item.local));
    memset(&iw->item.origin, 0, sizeof(iw->item.origin));
    iw->item.flags = flags;
    csc_item_announce(iw);
}

static csc_status transfer(struct csc_item_work *iw, enum csc_which to)
{
    csc_status status;
    uint32_t flags;

    if (csc_failed(status = csc_item_new_row(iw, OFFLINEFILES_ITEM_TYPE_FILE))) return status;
    flags = iw->item.flags;
    if (csc_way_taken(iw->dir, iw->name)) status = CSC_E_SHARING;
    else if (!iw->names[to]) status = set_name(iw, to, iw->names[!to]);
    if (!csc_failed(status))
    {
        atomic_fetch_add(&iw->work.op->bytes_found, iw->stat[!to].size);
        status = to == CSC_LOCAL ? download(iw) : upload(iw);
    }
    if (csc_failed(status))
    {
        if (to == CSC_LOCAL && !iw->item.id) remember_wanted(iw, flags);
        return status == CSC_E_BUSY ? CSC_E_SHARING : status;
    }
    csc_racy_note(iw);
    return CSC_OK;
}

csc_status csc_item_transfer(struct csc_item_work *iw, enum csc_which to)
{
    csc_status status;

    if (!is_prefetch(iw, to)) return transfer(iw, to);
    tell_prefetch(iw, OFFLINEFILES_EVENT_PREFETCHFILEBEGIN, CSC_OK);
    status = transfer(iw, to);
    if (!csc_watch_lost(iw->work.op->engine)) tell_prefetch(iw, OFFLINEFILES_EVENT_PREFETCHFILEEND, status);
    return status;
}

csc_status csc_item_make_dir(struct csc_item_work *iw, enum csc_which to)
{
    struct csc_pair *pair = iw->dir->pair;
    struct csc_engine *engine = pair->engine;
    struct csc_fs *fs = pair->fs[to];
    int flush = 1;
    int64_t recorded = 0;
    struct csc_dir *dir;
    csc_status status;

    if (csc_failed(status = csc_item_new_row(iw, OFFLINEFILES_ITEM_TYPE_DIRECTORY))) return status;
    if (!csc_failed(status = csc_node_need(iw->dir, to, &dir)))
    {
        status = fs->make_dir(fs, dir, iw->names[!to]);
        if (status == CSC_E_EXISTS) status = CSC_E_CHANGED;
        if (!csc_failed(status) && csc_attributes_to_set(iw->stat[!to].attributes) & CSC_ATTR_SETTABLE)
        {
            status = fs->set_attributes(fs, dir, iw->names[!to], csc_attributes_to_set(iw->stat[!to].attributes));
            if (status == CSC_E_NOT_SUPPORTED) status = CSC_OK;
        }
        recorded = engine->clock->now(engine->clock);
        if (!csc_failed(status)) status = fs->stat(fs, dir, iw->names[!to], &iw->stat[to]);
        if (!csc_failed(status)) status = csc_pair_see(pair, to, dir, iw->names[!to], &iw->stat[to]);
        /* the base will say that it is there: that must be so after a power loss, too */
        flush = to == CSC_ORIGIN || csc_scope_has_writers(pair->scope);
        if (!csc_failed(status) && flush) status = csc_sync_dir(fs, dir);
        csc_node_done(iw->dir, to);
    }
    status = to == CSC_ORIGIN ? csc_origin_result(pair, status) : csc_local_result(pair, status);
    if (csc_failed(status)) return status;
    if (csc_failed(status = set_name(iw, to, iw->names[!to]))) return status;
    note_mount(iw);
    if (!flush) iw->item.flags |= CSC_ROW_UNFLUSHED;
    if (csc_failed(status = store_agreement(iw, recorded, recorded))) return status;
    if (iw->child)
    {
        pthread_mutex_lock(&pair->lock);
        iw->child->side[to].missing = 0;
        iw->child->side[to].known = 0;
        pthread_mutex_unlock(&pair->lock);
        csc_item_note_child(iw);
        if (iw->decision.conflict)
        {
            pthread_mutex_lock(&iw->work.op->lock);
            iw->child->restore = 1;
            pthread_mutex_unlock(&iw->work.op->lock);
        }
    }
    return CSC_OK;
}

static csc_status give_attributes(struct csc_item_work *iw, enum csc_which to, int64_t recorded)
{
    csc_status status;
    struct csc_stat now;

    if (csc_failed(status = csc_item_new_row(iw, type_of(&iw->stat[CSC_LOCAL])))) return status;
    status = csc_give_attributes(iw->dir, to, iw->names[to], iw->stat[!to].attributes, &iw->stat[to], &now);
    if (csc_failed(status)) return status;
    /* a file that somebody wrote meanwhile must show as changed */
    iw->stat[to].attributes = now.attributes;
    if (csc_same_state(&iw->stat[to], &now, &iw->dir->pair->quality[to])) iw->stat[to] = now;
    if (recorded != INT64_MIN) status = store_agreement(iw, recorded, recorded);
    else if (iw->item.flags & CSC_ROW_BASE) status = store_agreement(iw, iw->item.local.recorded, iw->item.origin.recorded);
    else status = store_agreement(iw, 0, 0);
    if (!csc_failed(status)) csc_item_note_child(iw);
    return status;
}

/* Out of the way first, then the row goes, durably, and the file at last.  A row that a power loss brings back without
 * its file would say that somebody deleted it here, and what was made or put back on the origin since would be deleted
 * there; as it is, recovery puts the file back. */
static csc_status remove_cached(struct csc_item_work *iw)
{
    struct csc_pair *pair = iw->dir->pair;
    struct csc_store *store = pair->engine->store;
    struct csc_store_change change;
    char aside[CSC_TEMP_NAME];
    csc_status status;

    status = csc_set_aside(iw->dir, CSC_LOCAL, iw->names[CSC_LOCAL], iw->key, iw->item.id, &iw->stat[CSC_LOCAL], aside);
    if (csc_failed(status) || csc_failed(status = csc_item_delete_row(iw))) return status;
    csc_store_last_change(store, &change);
    if (iw->has_item && csc_failed(status = csc_store_reach(store, &change)))
    {
        /* the row is there again */
        if (csc_failed(csc_store_holds(store, &change)))
            csc_put_back(iw->dir, CSC_LOCAL, aside, iw->names[CSC_LOCAL], iw->item.id, &iw->stat[CSC_LOCAL]);
        return csc_local_result(pair, status);
    }
    status = pair->fs[CSC_LOCAL]->remove_file(pair->fs[CSC_LOCAL], pair->temp, aside);
    if (!csc_failed(status)) csc_aside_forget(pair, aside);
    return csc_local_result(pair, status);
}

static csc_status remove_file(struct csc_item_work *iw, enum csc_which side)
{
    csc_status status;

    if (csc_way_taken(iw->dir, iw->name)) return CSC_E_SHARING;
    if (side == CSC_LOCAL) return remove_cached(iw);
    status = csc_remove_file(iw->dir, side, iw->names[side], iw->key, iw->item.id, &iw->stat[side]);
    return csc_failed(status) ? status : csc_item_delete_row(iw);
}

/* Gone from both sides.  That of the origin may be a removal that was cut off before its flush: without the row, what a power
 * loss there brings back would be new. */
static csc_status drop_row(struct csc_item_work *iw)
{
    csc_status status = CSC_OK;

    if (iw->has_item && (iw->item.flags & (CSC_ROW_BASE | CSC_ROW_SPARSE)) == CSC_ROW_BASE && iw->may & CSC_MAY_OUT)
        status = csc_flush_origin(iw->dir, NULL, NULL);
    if (status == CSC_E_NOT_FOUND) status = CSC_OK;      /* with the directory it was in */
    return csc_failed(status) ? status : csc_item_delete_row(iw);
}

static csc_status carry_out(struct csc_item_work *iw, int64_t recorded)
{
    static const char *const lines[] =
    {
        [CSC_DO_UPLOAD] = "upload", [CSC_DO_MAKE_ORIGIN] = "make on the origin", [CSC_DO_DELETE_LOCAL] = "delete in the cache",
        [CSC_DO_DELETE_ORIGIN] = "delete on the origin", [CSC_DO_ATTRIBUTES_ORIGIN] = "attributes to the origin",
        [CSC_DO_FORGET] = "leave out", [CSC_DO_CONFLICT] = "conflict", [CSC_DO_REPLACE_LOCAL] = "replace in the cache",
        [CSC_DO_REPLACE_ORIGIN] = "replace on the origin", [CSC_DO_KEEP_BOTH] = "keep both"
    };
    enum csc_action action = iw->decision.action;

    iw->work.log = action < sizeof(lines) / sizeof(lines[0]) ? lines[action] : NULL;
    if (action == CSC_DO_DOWNLOAD && iw->names[CSC_LOCAL]) iw->work.log = "update the cache";
    switch (action)
    {
    case CSC_DO_ADOPT: return csc_item_adopt(iw, recorded);
    case CSC_DO_DOWNLOAD: return csc_item_transfer(iw, CSC_LOCAL);
    case CSC_DO_UPLOAD: return csc_item_transfer(iw, CSC_ORIGIN);
    case CSC_DO_MAKE_LOCAL: return csc_item_make_dir(iw, CSC_LOCAL);
    case CSC_DO_MAKE_ORIGIN: return csc_item_make_dir(iw, CSC_ORIGIN);
    case CSC_DO_ATTRIBUTES_LOCAL: return give_attributes(iw, CSC_LOCAL, recorded);
    case CSC_DO_ATTRIBUTES_ORIGIN: return give_attributes(iw, CSC_ORIGIN, recorded);
    case CSC_DO_DELETE_LOCAL: return remove_file(iw, CSC_LOCAL);
    case CSC_DO_DELETE_ORIGIN: return remove_file(iw, CSC_ORIGIN);
    case CSC_DO_DROP_ROW: return drop_row(iw);
    case CSC_DO_FORGET: return csc_item_delete_row(iw);
    case CSC_DO_CONFLICT: return csc_conflict_record(iw);
    case CSC_DO_REPLACE_LOCAL: return csc_replace_side(iw, CSC_LOCAL);
    case CSC_DO_REPLACE_ORIGIN: return csc_replace_side(iw, CSC_ORIGIN);
    case CSC_DO_KEEP_BOTH: return csc_conflict_keep_both(iw);
    default: return CSC_OK;
    }
}

/* Whether what a crash kept from the store would make a difference: the origin changed, or deleted the file, and the
 * cache's copy would count as a user's. */
static int wants_note(const struct csc_item_work *iw)
{
    if (iw->stat[CSC_LOCAL].type != CSC_TYPE_FILE) return 0;
    if (iw->left) return 0;              /* renamed over what the note is about */
    if (iw->has_item && iw->item.type != OFFLINEFILES_ITEM_TYPE_FILE) return 0;
    /* the row knows of this very file: whatever differs came after the download */
    if (iw->has_item && (iw->item.flags & CSC_ROW_BASE) && iw->item.local.ino == iw->stat[CSC_LOCAL].ino) return 0;
    if (iw->stat[CSC_ORIGIN].type == CSC_TYPE_FILE) return iw->decision.conflict;
    /* the row was there before the file: the store was told that it would come from the origin */
    return iw->stat[CSC_ORIGIN].type == CSC_TYPE_NONE && iw->has_item;
}

/* A file that is as it was downloaded, while a crash kept that from the store: only the origin changed. */
static csc_status recall_download(struct csc_item_work *iw, struct csc_question *question)
{
    struct csc_stat *local = &iw->stat[CSC_LOCAL], *origin = &iw->stat[CSC_ORIGIN];
    struct csc_note note;
    csc_status status;

    if (!wants_note(iw) || !csc_note_holds(iw->dir, iw->key, iw->names[CSC_LOCAL], local, &note)) return CSC_OK;
    if (origin->type == CSC_TYPE_NONE)
    {
        /* it may be deleted now: as before any deletion, the server must be there */
        if (csc_failed(status = csc_pair_believe_missing(iw->dir->pair))) return status;
    }
    /* the same times with other content: one of the two lies */
    else if (origin->size == note.size && origin->mtime == note.mtime) return CSC_OK;
    if (!iw->has_item && csc_failed(status = csc_item_new_row(iw, OFFLINEFILES_ITEM_TYPE_FILE))) return status;
    csc_base_record(&iw->item.local, local, note.placed);
    csc_base_record(&iw->item.origin, local, note.placed);
    iw->item.flags = (iw->item.flags & ~CSC_ROW_SPARSE) | CSC_ROW_BASE;
    csc_item_ask(iw, question);
    csc_decide(question, &iw->decision);
    return iw->decision.action == CSC_DO_COMPARE ? CSC_E_CHANGED : CSC_OK;
}

/* Whether a file is as it was recorded, and its ctime would show a change of its attributes since. */
static int is_as_recorded(const struct csc_base *base, const struct csc_stat *stat, const struct csc_quality *quality)
{
    return stat->type == CSC_TYPE_FILE && stat->ctime == base->ctime && stat->mtime == base->mtime && stat->ino == base->ino
           && !(quality->trusted && csc_is_racy(base->ctime, base->recorded, quality->granularity));
}

/* HIDDEN and SYSTEM of both sides.  Of a file that is as it was recorded they are, too, and need no look. */
static csc_status see_sides(struct csc_item_work *iw)
{
    struct csc_pair *pair = iw->dir->pair;
    csc_status status = CSC_OK;
    struct csc_dir *dir;
    int side;

    for (side = 0; side < CSC_SIDES && pair->hidden && !csc_failed(status); side++)
    {
        const struct csc_base *base = side == CSC_LOCAL ? &iw->item.local : &iw->item.origin;
        struct csc_stat *stat = &iw->stat[side];

        if (!(stat->attributes & CSC_ATTR_UNSEEN)) continue;
        if (iw->has_item && iw->item.flags & CSC_ROW_BASE && is_as_recorded(base, stat, &pair->quality[side]))
        {
            csc_attributes_take(stat, base->attributes);
            continue;
        }
        if (csc_failed(status = csc_node_dir(iw->dir, side, &dir))) return status;
        status = csc_pair_see(pair, side, dir, iw->names[side], stat);
        csc_node_done(iw->dir, side);
        if (status == CSC_E_NOT_FOUND) return CSC_E_CHANGED;
        status = side == CSC_ORIGIN ? csc_origin_result(pair, status) : csc_local_result(pair, status);
    }
    return status;
}

/* Decides, comparing content where that is needed. */
static csc_status decide(struct csc_item_work *iw, int64_t *recorded)
{
    struct csc_question question;
    csc_status status;
    int equal;

    if (csc_failed(status = see_sides(iw))) return status;
    csc_item_ask(iw, &question);
    csc_decide(&question, &iw->decision);
    if (iw->decision.action == CSC_DO_COMPARE)
    {
        status = csc_compare_content(iw->dir, iw->names[CSC_LOCAL], iw->names[CSC_ORIGIN], &iw->stat[CSC_LOCAL],
                                     &iw->stat[CSC_ORIGIN], &iw->compared, &equal, &iw->agreed);
        if (csc_failed(status) || csc_failed(status = see_sides(iw))) return status;
        iw->content = equal ? CSC_CONTENT_EQUAL : CSC_CONTENT_DIFFERENT;
        csc_item_ask(iw, &question);
        csc_decide(&question, &iw->decision);
        if (iw->decision.action == CSC_DO_COMPARE) return CSC_E_CHANGED;
    }
    /* times that prove nothing make no conflict while the content does */
    if (iw->decision.conflict)
    {
        if (csc_failed(status = csc_racy_prove(iw))) return status;
        csc_item_ask(iw, &question);
        csc_decide(&question, &iw->decision);
        if (iw->decision.action == CSC_DO_COMPARE) return CSC_E_CHANGED;
    }
    if (csc_failed(status = recall_download(iw, &question))) return status;
    *recorded = iw->content == CSC_CONTENT_UNKNOWN ? INT64_MIN : iw->compared;
    return CSC_OK;
}

csc_status csc_item_recognise(struct csc_item_work *iw)
{
    int64_t recorded;
    csc_status status;

    iw->may = 0;
    if (csc_failed(status = decide(iw, &recorded))) return status;
    return iw->decision.action == CSC_DO_ADOPT ? csc_item_adopt(iw, recorded) : CSC_OK;
}

static csc_status sync_once(struct csc_item_work *iw)
{
    int64_t recorded;
    csc_status status;
    int moved = 0, has_origin;

    if (csc_failed(status = decide(iw, &recorded))) return status;
    if (iw->work.quiet && iw->decision.action != CSC_DO_NOTHING && iw->decision.action != CSC_DO_ADOPT)
        return CSC_WORK_LOUD;
    if (csc_conflict_must_ask(iw)) return CSC_WORK_ASKS;
    if (iw->decision.left_out && iw->decision.action == CSC_DO_NOTHING && iw->work.named) return CSC_E_EXCLUDED;

    if (!iw->moved || iw->decision.operation != OFFLINEFILES_SYNC_OPERATION_PREPARE)
        atomic_store(&iw->work.operation, iw->decision.operation);
    if (csc_failed(status = follow_case(iw, &moved))) return status;
    has_origin = iw->names[CSC_ORIGIN] != NULL;
    /* what a crash leaves of replacing the old content is known as such by its row only, under the new name */
    if (iw->moved && iw->decision.action == CSC_DO_UPLOAD
        && csc_failed(status = csc_store_commit(iw->work.op->engine->store, 1))) return status;
    if (iw->decision.action == CSC_DO_KEEP_BOTH) iw->left = 0;       /* it gets a third name, and is sent under that */
    if (iw->decision.action != CSC_DO_NOTHING && csc_failed(status = csc_damaged_settle(iw))) return status;
    if (iw->left && csc_failed(status = csc_item_leave(iw, 0))) return status;
    status = carry_out(iw, recorded);
    if (csc_failed(status) && status != CSC_E_CHANGED && iw->left) csc_item_leave(iw, 1);
    if (csc_failed(status) || csc_failed(status = csc_item_let_go(iw))) return status;
    /* a link came into the cache */
    if ((iw->decision.action == CSC_DO_DOWNLOAD || iw->decision.action == CSC_DO_ADOPT) && iw->names[CSC_LOCAL]
        && iw->item.type == OFFLINEFILES_ITEM_TYPE_FILE && csc_pins_links(iw->work.op))
        csc_links_note(iw->dir, 1, iw->names[CSC_LOCAL], iw->item.pin & CSC_PIN_REASONS);
    if (moved && iw->decision.action == CSC_DO_NOTHING && iw->has_item) status = csc_item_put_row(iw);
    /* a name that only moved in case where one side is there */
    else if (iw->decision.action == CSC_DO_NOTHING && iw->has_item && has_origin
             && strcmp(iw->names[CSC_ORIGIN], iw->item.name)) status = csc_item_put_row(iw);
    return csc_failed(status) ? status : csc_conflict_forget(iw);
}

csc_status csc_item_sync(struct csc_work *work)
{
    struct csc_item_work *iw = impl_from_work(work);
    csc_status status = work->stale ? CSC_E_CHANGED : CSC_OK;
    int round;

    for (round = 0; round < ROUNDS; round++)
    {
        if (csc_op_stopping(work->op)) return CSC_E_CANCELLED;
        if (status == CSC_E_CHANGED && csc_failed(status = csc_item_refresh(iw)) && status != CSC_E_CHANGED) return status;
        if (!csc_failed(status) && iw->moved_from) status = csc_item_move(iw);
        if (status == CSC_OK) status = sync_once(iw);
        if (status != CSC_E_CHANGED) return status;
    }
    return CSC_E_SHARING;
}

/* -- directories, at last -- */

/* The row of a cached directory that goes says so before, durably.  One that a power loss brings back without the directory
 * would say that somebody deleted it here, and one of this name that was made on the origin since would be deleted there.
 * When the directory stays after all, it still is what was agreed on. */
static csc_status mark_going(struct csc_engine *engine, int64_t id, int going)
{
    struct csc_store_change change;
    struct csc_item item;
    csc_status status = csc_store_item_get(engine->store, id, &item);
    uint32_t before = going ? CSC_ROW_BASE : CSC_ROW_BASE | CSC_ROW_SPARSE;

    if (csc_failed(status)) return status == CSC_E_NOT_FOUND ? CSC_OK : status;
    if ((item.flags & (CSC_ROW_BASE | CSC_ROW_SPARSE)) == before)
    {
        item.flags ^= CSC_ROW_SPARSE;
        status = csc_store_item_put(engine->store, &item);
        csc_store_last_change(engine->store, &change);
        if (!csc_failed(status) && going) status = csc_store_reach(engine->store, &change);
    }
    csc_item_clear(&item);
    return status;
}

csc_status csc_item_remove_dir(struct csc_work *work)
{
    struct csc_item_work *iw = impl_from_work(work);
    enum csc_which side = iw->removal == CSC_AFTER_REMOVE_ORIGIN ? CSC_ORIGIN : CSC_LOCAL;
    struct csc_pair *pair = iw->child->pair;
    struct csc_fs *fs = pair->fs[side];
    const char *name = iw->child->side[side].name;
    int there = iw->removal != CSC_AFTER_DROP_ROW && name, marked = there && side == CSC_LOCAL && iw->child->item;
    csc_status status = CSC_OK;
    struct csc_dir *dir;

    iw->work.log = side == CSC_ORIGIN ? "delete on the origin" : "delete in the cache";
    atomic_store(&work->operation, side == CSC_ORIGIN ? OFFLINEFILES_SYNC_OPERATION_DELETE_SERVER_COPY
                                                      : OFFLINEFILES_SYNC_OPERATION_DELETE_CLIENT_COPY);
    if (marked && csc_failed(status = mark_going(pair->engine, iw->child->item, 1))) return csc_local_result(pair, status);
    if (there && !csc_failed(status = csc_node_dir(iw->dir, side, &dir)))
    {
        status = fs->remove_dir(fs, dir, name);
        if (status == CSC_E_NOT_FOUND) status = CSC_OK;
        if (!csc_failed(status)) status = csc_sync_dir(fs, dir);
        csc_node_done(iw->dir, side);
    }
    status = side == CSC_ORIGIN ? csc_origin_result(pair, status) : csc_local_result(pair, status);
    if (csc_failed(status) && marked && !csc_watch_lost(pair->engine)) mark_going(pair->engine, iw->child->item, 0);
    /* somebody put something there meanwhile: it stays, the next synchronization looks at it */
    if (csc_failed(status)) return status == CSC_E_NOT_EMPTY ? CSC_E_SHARING : status;
    if (csc_watch_lost(pair->engine)) return CSC_E_CANCELLED;
    if (!iw->child->item) return CSC_OK;
    return delete_row(iw, iw->child->item);
}
