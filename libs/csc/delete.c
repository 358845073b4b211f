/*
 * Deleting from the cache
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The origin is never touched, and what is removed here must never look as if a user had deleted it: a row with
 * content and no file.  So files are first moved aside, from where recovery puts them back while their rows are
 * there; their rows go; when that is durable, the files go.  Directories the other way round: rows, then the
 * directories, since one without a row is harmless.  [behaviour.md §2.2.2]; Q54, Q56
 */

#include <stdlib.h>
#include <string.h>

#include "damaged.h"
#include "scope.h"
#include "sync.h"
#include "watch.h"

/* A file moved aside, or a directory without a row. */
struct doomed
{
    struct doomed *next;
    struct csc_node *dir;        /* its container; with a reference */
    char aside[CSC_TEMP_NAME];   /* file: where it is */
    int64_t item;
    struct csc_stat stat;
    char name[];
};

struct delete_plan
{
    struct csc_visit visit;
    int named;
    int found;
    struct csc_node *child;      /* a container of what the path names */
    int above;
    uint64_t losses;             /* of the store, when it began */

    pthread_mutex_t lock;
    struct doomed *files, *dirs;
};

/* Is there anything that the origin does not have yet? */
static int is_dirty(const struct delete_plan *plan, const struct csc_cell *cell)
{
    const struct csc_pair *pair = plan->visit.pair;
    const struct csc_quality *quality = &pair->quality[CSC_LOCAL];
    const struct csc_item *item = cell->item;
    const struct csc_seen *local = cell->side[CSC_LOCAL];

    if (!item || !(item->flags & CSC_ROW_BASE)) return local != NULL;
    if (csc_damaged_has(pair->scope, item->id)) return 1;
    if (!local) return !(item->flags & CSC_ROW_SPARSE) && !pair->local_lost;
    return csc_compare_side(&item->local, item->type, &local->stat, quality->granularity, quality->trusted) != CSC_SAME;
}

static struct doomed *doomed_create(struct csc_node *dir, const char *name)
{
    struct doomed *doomed = calloc(1, sizeof(*doomed) + strlen(name) + 1);

    if (!doomed) return NULL;
    strcpy(doomed->name, name);
    doomed->dir = dir;
    csc_node_addref(dir);
    return doomed;
}

static void doomed_free(struct doomed *doomed)
{
    csc_node_release(doomed->dir);
    free(doomed);
}

static void doom(struct delete_plan *plan, struct doomed **list, struct doomed *doomed)
{
    pthread_mutex_lock(&plan->lock);
    doomed->next = *list;
    *list = doomed;
    pthread_mutex_unlock(&plan->lock);
}

/* Its row may have stayed, which without the file would look like a deletion by the user. */
static void give_back(const struct doomed *doomed)
{
    csc_put_back(doomed->dir, CSC_LOCAL, doomed->aside, doomed->name, doomed->item, &doomed->stat);
}

/* The work's plan outlives it: the planner waits for its works. */
static struct delete_plan *plan_of(struct csc_item_work *iw)
{
    return iw->context;
}

static csc_status delete_file(struct csc_work *work)
{
    struct csc_item_work *iw = (struct csc_item_work *)work;
    struct delete_plan *plan = plan_of(iw);
    struct doomed *doomed = NULL;
    struct csc_cell cell = { 0 };
    struct csc_seen local = { 0 };
    csc_status status = CSC_OK;

    if (work->stale && csc_failed(status = csc_item_refresh(iw))) return status == CSC_E_CHANGED ? CSC_E_SHARING : status;
    if (work->stale)
    {
        /* decided anew: it may have been changed since */
        if (!iw->has_item && !iw->names[CSC_LOCAL]) return CSC_E_NOT_FOUND;
        local.stat = iw->stat[CSC_LOCAL];
        if (iw->names[CSC_LOCAL]) cell.side[CSC_LOCAL] = &local;
        if (iw->has_item) cell.item = &iw->item;
        iw->refused = is_dirty(plan, &cell) && !(work->op->flags & OFFLINEFILES_DELETE_FLAG_DELMODIFIED)
                      ? CSC_E_BUSY : CSC_OK;
    }
    if (csc_failed(iw->refused)) return iw->refused;
    if (iw->has_item && csc_failed(status = csc_damaged_discard(iw->dir->pair->scope, iw->item.id))) return status;
    if (iw->names[CSC_LOCAL])
    {
        if (!(doomed = doomed_create(iw->dir, iw->names[CSC_LOCAL]))) return CSC_E_OUT_OF_MEMORY;
        doomed->item = iw->has_item ? iw->item.id : 0;
        doomed->stat = iw->stat[CSC_LOCAL];
        status = csc_set_aside(iw->dir, CSC_LOCAL, doomed->name, iw->key, doomed->item, &doomed->stat, doomed->aside);
        if (csc_failed(status))
        {
            doomed_free(doomed);
            return status == CSC_E_CHANGED ? CSC_E_SHARING : status;
        }
        work->log = "remove from the cache";
    }
    status = csc_item_delete_row(iw);
    if (!csc_failed(status)) status = csc_conflict_forget(iw);
    if (doomed && !csc_failed(status)) doom(plan, &plan->files, doomed);
    else if (doomed)
    {
        give_back(doomed);
        doomed_free(doomed);
    }
    return status;
}

static csc_status delete_cell(struct csc_visit *visit, struct csc_scan *scan, struct csc_cell *cell)
{
    struct delete_plan *plan = (struct delete_plan *)visit;
    const struct csc_seen *local = cell->side[CSC_LOCAL];
    uint32_t flags = visit->op->flags, pinned = cell->item ? cell->item->pin & CSC_PIN_REASONS : 0;
    struct csc_node *child;
    struct csc_item_work *iw;
    csc_status status;
    int is_dir;

    plan->found = 1;
    if (local && local->status == CSC_E_NOT_FOUND) return CSC_OK;
    if (local && csc_failed(local->status))
    {
        char *path = csc_node_path(scan->node, local->name);
        struct csc_wire_error sight;

        if (!path) return CSC_E_OUT_OF_MEMORY;
        if (plan->named) visit->op->named_file = 1;
        pthread_mutex_lock(&visit->op->lock);
        scan->node->kept = 1;
        pthread_mutex_unlock(&visit->op->lock);
        csc_cell_sight(scan, cell, &sight);
        status = csc_op_report_seen(visit->op, path, OFFLINEFILES_SYNC_OPERATION_DELETE_CLIENT_COPY, local->status,
                                    plan->named || plan->above, &sight);
        free(path);
        return status;
    }
    is_dir = local ? local->stat.type == CSC_TYPE_DIRECTORY : cell->item->type != OFFLINEFILES_ITEM_TYPE_FILE;

    if (is_dir)
    {
        if (csc_failed(status = csc_node_create(scan->node, cell->item ? cell->item->name : local->name,
                                                local ? local->name : NULL, NULL, &child))) return status;
        if (cell->item)
        {
            child->item = cell->item->id;
            child->pin = cell->item->pin;
        }
        if (plan->above)
        {
            plan->child = child;
            return CSC_OK;
        }
        if (pinned ? flags & OFFLINEFILES_DELETE_FLAG_NOPINNED : flags & OFFLINEFILES_DELETE_FLAG_NOAUTOCACHED)
            child->kept = 1;     /* spared; what is inside is looked at on its own */
        child->after = CSC_AFTER_REMOVE_LOCAL;
        /* created offline, put in the place of a file, or deleted there: a change that the origin has not heard of */
        if (local) child->dirty = !cell->item || !(cell->item->flags & CSC_ROW_BASE) || cell->item->type == OFFLINEFILES_ITEM_TYPE_FILE;
        else child->dirty = is_dirty(plan, cell);
        if (flags & OFFLINEFILES_DELETE_FLAG_DELMODIFIED) child->dirty = 0;
        status = csc_visit_remove_later(visit, child);
        if (csc_failed(status)) csc_node_release(child);
        else csc_visit_push(visit, child);
        return status;
    }
    if (plan->above) return CSC_OK;
    if (plan->named) visit->op->named_file = 1;

    if (pinned ? flags & OFFLINEFILES_DELETE_FLAG_NOPINNED : flags & OFFLINEFILES_DELETE_FLAG_NOAUTOCACHED)
    {
        pthread_mutex_lock(&visit->op->lock);
        scan->node->kept = 1;
        pthread_mutex_unlock(&visit->op->lock);
        return CSC_OK;
    }
    if (csc_failed(status = csc_item_work_create(visit->op, scan->node, NULL, cell, &iw))) return status;
    iw->work.run = delete_file;
    iw->work.named = plan->named;
    iw->context = plan;
    iw->refused = is_dirty(plan, cell) && !(flags & OFFLINEFILES_DELETE_FLAG_DELMODIFIED) ? CSC_E_BUSY : CSC_OK;
    atomic_store(&iw->work.operation, OFFLINEFILES_SYNC_OPERATION_DELETE_CLIENT_COPY);
    return csc_work_submit(&iw->work);
}

static csc_status delete_directory(struct csc_work *work)
{
    struct csc_item_work *iw = (struct csc_item_work *)work;
    struct delete_plan *plan = plan_of(iw);
    struct csc_pair *pair = iw->child->pair;
    struct csc_fs *fs = pair->fs[CSC_LOCAL];
    struct doomed *doomed;
    csc_status status;
    struct csc_dir *dir;
    int empty;

    if (csc_failed(iw->refused)) return iw->refused;
    if (iw->child->side[CSC_LOCAL].name)
    {
        status = csc_node_dir(iw->child, CSC_LOCAL, &dir);
        if (!csc_failed(status))
        {
            /* directories below that lost their rows before this one go later */
            status = csc_dir_is_empty(fs, dir, &empty);
            csc_node_done(iw->child, CSC_LOCAL);
            if (!csc_failed(status) && !empty && !iw->child->emptied) return CSC_E_SHARING;
        }
        else if (status == CSC_E_NOT_FOUND) status = CSC_OK;
        if (csc_failed(status)) return csc_local_result(pair, status);
        if (!(doomed = doomed_create(iw->child->parent, iw->child->side[CSC_LOCAL].name))) return CSC_E_OUT_OF_MEMORY;
        doom(plan, &plan->dirs, doomed);
    }
    pthread_mutex_lock(&work->op->lock);
    if (iw->child->parent) iw->child->parent->emptied = 1;
    pthread_mutex_unlock(&work->op->lock);
    work->log = "remove from the cache";
    if (!iw->child->item) return CSC_OK;
    status = csc_store_item_delete(pair->engine->store, iw->child->item);
    return status == CSC_E_NOT_FOUND ? CSC_OK : status;
}

static csc_status delete_removal(struct csc_visit *visit, struct csc_node *node)
{
    struct csc_item_work *iw;
    csc_status status;
    int kept;

    pthread_mutex_lock(&visit->op->lock);
    kept = node->kept;
    pthread_mutex_unlock(&visit->op->lock);
    if (kept) return CSC_OK;
    if (csc_failed(status = csc_item_work_of_node(visit->op, node, &iw))) return status;
    iw->work.run = delete_directory;
    iw->removal = node->after;
    iw->context = visit;
    iw->refused = node->dirty ? CSC_E_BUSY : CSC_OK;
    atomic_store(&iw->work.operation, OFFLINEFILES_SYNC_OPERATION_DELETE_CLIENT_COPY);
    return csc_work_submit(&iw->work);
}

/* Rows are gone for good: so may be what they stood for.  The works removed them, on threads of theirs. */
static csc_status finish(struct delete_plan *plan)
{
    struct csc_pair *pair = plan->visit.pair;
    struct csc_fs *fs = pair->fs[CSC_LOCAL];
    struct doomed *doomed, *dirs = NULL;
    csc_status status = CSC_OK;
    struct csc_dir *dir;
    int committed = 0;

    if (plan->files || plan->dirs) status = csc_store_commit_since(pair->engine->store, plan->losses, &committed);
    while ((doomed = plan->files))
    {
        plan->files = doomed->next;
        /* rows that are gone, but may come back with a power loss: the next start sees which of them did */
        if (csc_failed(status) && committed && doomed->item) csc_trace(pair->engine, "%s stays until the next start", doomed->aside);
        else if (csc_failed(status)) give_back(doomed);
        else if (!csc_failed(fs->remove_file(fs, pair->temp, doomed->aside))) csc_aside_forget(pair, doomed->aside);
        doomed_free(doomed);
    }
    /* the deepest came first and are at the end of the list */
    while ((doomed = plan->dirs))
    {
        plan->dirs = doomed->next;
        doomed->next = dirs;
        dirs = doomed;
    }
    while ((doomed = dirs))
    {
        dirs = doomed->next;
        if (!csc_failed(status) && !csc_failed(csc_node_dir(doomed->dir, CSC_LOCAL, &dir)))
        {
            fs->remove_dir(fs, dir, doomed->name);     /* one that got something new stays, as created offline */
            csc_node_done(doomed->dir, CSC_LOCAL);
        }
        doomed_free(doomed);
    }
    return status;
}

static csc_status merge_cell(void *context, struct csc_scan *scan, struct csc_cell *cell)
{
    return delete_cell(context, scan, cell);
}

static csc_status refuse_other(void *context, struct csc_scan *scan, const char *name, csc_status status)
{
    (void)context; (void)scan; (void)name; (void)status;
    return CSC_OK;
}

static csc_status find_item(struct delete_plan *plan, const struct csc_path *path)
{
    struct csc_op *op = plan->visit.op;
    struct csc_node *node = plan->visit.pair->root;
    csc_status status = CSC_OK;
    size_t i;

    csc_node_addref(node);
    for (i = 0; i < path->count && !csc_failed(status); i++)
    {
        struct csc_scan *scan;

        plan->above = i + 1 < path->count;
        plan->named = !plan->above;
        plan->found = 0;
        plan->child = NULL;
        if (csc_failed(status = csc_scan_name(op, node, path->components[i], &scan))) break;
        status = csc_scan_merge(scan, merge_cell, refuse_other, plan);
        csc_scan_release(scan);
        if (csc_failed(status) || plan->named) break;
        if (!plan->child) break;
        csc_node_release(node);
        node = plan->child;
    }
    csc_node_release(node);
    if (!csc_failed(status) && (!plan->found || plan->above)) status = CSC_E_NOT_FOUND;
    plan->above = plan->named = 0;
    return status;
}

csc_status csc_delete_path(struct csc_op *op, struct csc_scope *scope, const struct csc_path *path)
{
    struct delete_plan plan = { 0 };
    struct csc_pair *pair;
    csc_status status, last;

    if (csc_failed(status = csc_pair_open(op, scope, 0, &pair))) return status;
    csc_visit_init(&plan.visit, pair, op->flags, 0);
    plan.losses = csc_store_losses(op->engine->store);
    plan.visit.cell = delete_cell;
    plan.visit.removal = delete_removal;
    pthread_mutex_init(&plan.lock, NULL);
    if (path->count) status = find_item(&plan, path);
    else
    {
        csc_node_addref(pair->root);
        csc_visit_push(&plan.visit, pair->root);
    }
    if (!csc_failed(status)) status = csc_visit_run(&plan.visit);
    csc_op_settle_down(op);
    last = finish(&plan);
    csc_visit_clear(&plan.visit);
    csc_pair_close(pair);
    pthread_mutex_destroy(&plan.lock);
    return csc_failed(status) ? status : last;
}
