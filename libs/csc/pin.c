/*
 * Pin
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Pinning writes rows: what is not in the cache gets a name there, files without content unless they are to be
 * filled at once.  [behaviour.md §2.2.4]; Q46-Q49
 */

#include <stdlib.h>
#include <string.h>

#include "damaged.h"
#include "exclude.h"
#include "link_target.h"
#include "scope.h"
#include "sync.h"

struct pin_plan
{
    struct csc_visit visit;
    uint32_t bits;               /* for directories: reasons and inherit */
    int fill;
    int above;                   /* looking at a container of what the path names */
    int named;
    int target;                  /* what a link leads to: not what the client asked for by name */
    int found;
    struct csc_node *child;
    struct csc_item_work **waiting;    /* the containers and what the path names: nothing is made before all are found */
    size_t waiting_count;
};

static int wants_content(const struct csc_item *item)
{
    return item->type == OFFLINEFILES_ITEM_TYPE_FILE && (item->flags & CSC_ROW_SPARSE);
}

/* Adds the bits.  A directory whose children are to inherit them is looked through by the next synchronization
 * (spread_pins in sync.c). */
static csc_status add_bits(struct csc_item_work *iw)
{
    /* pinned again, alone: what is below is looked through again, too */
    int again = !iw->work.op->deep && iw->pin_add >> CSC_PIN_INHERIT_SHIFT && (iw->item.flags & CSC_ROW_ENUMERATED);

    if ((iw->item.pin & iw->pin_add) == iw->pin_add && iw->item.id && !again) return CSC_OK;
    iw->item.pin |= iw->pin_add;
    if (iw->pin_add >> CSC_PIN_INHERIT_SHIFT) iw->item.flags &= ~CSC_ROW_ENUMERATED;
    return csc_item_put_row(iw);
}

static csc_status pin_directory(struct csc_item_work *iw)
{
    int has_local = iw->stat[CSC_LOCAL].type == CSC_TYPE_DIRECTORY;
    int has_origin = iw->stat[CSC_ORIGIN].type == CSC_TYPE_DIRECTORY;
    csc_status status = CSC_OK;

    /* new, or a name without a directory in the tree so far; what was deleted there stays deleted */
    if (!iw->has_item || !(iw->item.flags & CSC_ROW_BASE) || (iw->item.flags & CSC_ROW_SPARSE))
    {
        if (has_origin && !has_local && !iw->names[CSC_LOCAL]) status = csc_item_make_dir(iw, CSC_LOCAL);
        else if (has_origin && has_local) status = csc_item_adopt(iw, INT64_MIN);
        else if (!iw->has_item) status = csc_item_new_row(iw, OFFLINEFILES_ITEM_TYPE_DIRECTORY);
    }
    if (!csc_failed(status)) status = add_bits(iw);
    if (!csc_failed(status)) csc_item_note_child(iw);
    return status;
}

static csc_status pin_file(struct csc_item_work *iw)
{
    csc_status status;

    /* a list that came meanwhile, or a copy that went */
    if (csc_item_is_excluded(iw)) return iw->work.named ? CSC_E_EXCLUDED : CSC_OK;
    if (!iw->has_item)
    {
        if (csc_failed(status = csc_item_new_row(iw, OFFLINEFILES_ITEM_TYPE_FILE))) return status;
        if (!iw->names[CSC_LOCAL]) iw->item.flags |= CSC_ROW_SPARSE;
    }
    /* a new row has its bits already: it is written with the content */
    if (!(iw->fill && iw->stat[CSC_ORIGIN].type == CSC_TYPE_FILE && csc_item_needs_no_announcement(iw))
        && csc_failed(status = add_bits(iw))) return status;
    if (!iw->fill || iw->stat[CSC_ORIGIN].type != CSC_TYPE_FILE) return CSC_OK;
    if (csc_failed(status = csc_damaged_settle(iw))) return status;
    /* what a fill that was cut off had placed: until the row says so it would count as a user's new file */
    if (iw->names[CSC_LOCAL])
        return !(iw->item.flags & CSC_ROW_BASE) || wants_content(&iw->item) ? csc_item_recognise(iw) : CSC_OK;
    if (!wants_content(&iw->item)) return CSC_OK;
    atomic_store(&iw->work.operation, OFFLINEFILES_SYNC_OPERATION_CREATE_COPY_ON_CLIENT);
    return csc_item_transfer(iw, CSC_LOCAL);
}

/* A row has its bits from the beginning: one without them would tell for ever that somebody unpinned it.  What the
 * path leads through gets a row, too, and inherits as if a synchronization had found it. */
static void set_pins_of_new_row(struct csc_item_work *iw)
{
    iw->pin_new = iw->pin_add | csc_pin_inherited(iw->dir->pin, 0);
}

csc_status csc_item_pin(struct csc_work *work)
{
    struct csc_item_work *iw = (struct csc_item_work *)work;
    csc_status status = work->stale ? CSC_E_CHANGED : CSC_OK;
    int round, is_dir;

    pthread_mutex_lock(&work->op->lock);
    set_pins_of_new_row(iw);
    pthread_mutex_unlock(&work->op->lock);
    for (round = 0; round < 3; round++)
    {
        if (csc_op_stopping(work->op)) return CSC_E_CANCELLED;
        if (status == CSC_E_CHANGED && csc_failed(status = csc_item_refresh(iw)) && status != CSC_E_CHANGED) return status;
        if (csc_failed(status)) continue;
        if (!iw->has_item && !iw->names[CSC_LOCAL] && !iw->names[CSC_ORIGIN]) return CSC_E_NOT_FOUND;
        if (iw->has_item) is_dir = iw->item.type != OFFLINEFILES_ITEM_TYPE_FILE;
        else is_dir = iw->stat[iw->names[CSC_ORIGIN] ? CSC_ORIGIN : CSC_LOCAL].type == CSC_TYPE_DIRECTORY;
        status = is_dir ? pin_directory(iw) : pin_file(iw);
        if (!csc_failed(status) && !is_dir && (work->op->flags & OFFLINEFILES_PIN_CONTROL_FLAG_PINLINKTARGETS)
            && (iw->names[CSC_LOCAL] || iw->names[CSC_ORIGIN]))
            csc_links_note(iw->dir, iw->names[CSC_LOCAL] != NULL,
                           iw->names[iw->names[CSC_LOCAL] ? CSC_LOCAL : CSC_ORIGIN], iw->pin_add & CSC_PIN_REASONS);
        if (status != CSC_E_CHANGED) return status;
    }
    return CSC_E_SHARING;
}

static csc_status report(struct csc_visit *visit, struct csc_scan *scan, struct csc_cell *cell, const char *name,
                         csc_status why)
{
    struct pin_plan *plan = (struct pin_plan *)visit;
    char *path = csc_node_path(scan->node, name);
    struct csc_wire_error sight;
    csc_status status;

    if (!path) return CSC_E_OUT_OF_MEMORY;
    csc_cell_sight(scan, cell, &sight);
    status = csc_op_report_seen(visit->op, path, OFFLINEFILES_SYNC_OPERATION_PIN, why, plan->named || plan->above, &sight);
    free(path);
    return status;
}

static csc_status submit(struct csc_visit *visit, struct csc_item_work *iw)
{
    if (iw->child)
    {
        pthread_mutex_lock(&visit->op->lock);
        iw->child->preparing = 1;
        pthread_mutex_unlock(&visit->op->lock);
    }
    return csc_work_submit(&iw->work);
}

/* A link whose target is wanted, too. */
static int pins_target(const struct csc_op *op, const struct csc_cell *cell)
{
    return op->kind == CSC_OP_PIN && (op->flags & OFFLINEFILES_PIN_CONTROL_FLAG_PINLINKTARGETS)
           && csc_is_link_name(cell->key);
}

/* A file that an exclusion list names is not pinned by its name; found in a directory it is when it is cached. */
static int is_left_out(const struct pin_plan *plan, const struct csc_cell *cell)
{
    const struct csc_seen *local = cell->side[CSC_LOCAL], *origin = cell->side[CSC_ORIGIN];

    if (plan->above || (local && !plan->named)) return 0;
    return csc_is_excluded(plan->visit.op->engine, origin ? origin->name : local ? local->name : cell->item->name);
}

static csc_status pin_cell(struct csc_visit *visit, struct csc_scan *scan, struct csc_cell *cell)
{
    struct pin_plan *plan = (struct pin_plan *)visit;
    const struct csc_seen *local = cell->side[CSC_LOCAL], *origin = cell->side[CSC_ORIGIN];
    struct csc_node *child = NULL;
    struct csc_item_work *iw;
    uint32_t bits = plan->above ? 0 : plan->bits;
    csc_status status;
    int side, is_dir;

    for (side = 0; side < CSC_SIDES; side++)
    {
        if (!cell->side[side] || !csc_failed(status = cell->side[side]->status)) continue;
        if (csc_op_stopping(visit->op)) return CSC_E_CANCELLED;
        if (status == CSC_E_NOT_FOUND) return CSC_OK;
        if (side == CSC_ORIGIN) csc_origin_result(visit->pair, status);
        plan->found = 1;
        if (plan->target) return status;
        if (plan->named) visit->op->named_file = 1;
        return report(visit, scan, cell, cell->side[side]->name, status);
    }
    plan->found = 1;
    if (cell->item) is_dir = cell->item->type != OFFLINEFILES_ITEM_TYPE_FILE;
    else is_dir = (origin ? origin : local)->stat.type == CSC_TYPE_DIRECTORY;
    if (!is_dir && is_left_out(plan, cell))
    {
        atomic_fetch_add(&visit->op->left_out, 1);
        return plan->named ? CSC_E_EXCLUDED : CSC_OK;                                               /* Q18 */
    }
    if (!is_dir) bits &= CSC_PIN_REASONS;

    /* a directory is never pinned because a link leads to it */
    if (is_dir && plan->named && plan->target) return CSC_E_DIRECTORY;
    if (is_dir)
    {
        const char *name = origin ? origin->name : local ? local->name : cell->item->name;

        status = csc_node_create(scan->node, name, local && local->stat.type == CSC_TYPE_DIRECTORY ? local->name : NULL,
                                 origin && origin->stat.type == CSC_TYPE_DIRECTORY ? origin->name : NULL, &child);
        if (csc_failed(status)) return status;
        if (cell->item)
        {
            child->item = cell->item->id;
            child->pin = cell->item->pin;
            child->row_flags = cell->item->flags;
        }
    }
    else if (plan->above) return CSC_OK;
    else if (plan->named && !plan->target) visit->op->named_file = 1;

    status = CSC_OK;
    if (!cell->item || (cell->item->pin & bits) != bits || (plan->fill && wants_content(cell->item))
        || (plan->named && !plan->target) || (!is_dir && pins_target(visit->op, cell)))
    {
        status = csc_item_work_create(visit->op, scan->node, child, cell, &iw);
        if (!csc_failed(status))
        {
            iw->work.run = csc_item_pin;
            iw->work.named = plan->named && !plan->target;
            iw->work.quiet = plan->above;
            iw->pin_add = bits;
            set_pins_of_new_row(iw);
            iw->fill = plan->fill && !plan->above;
            if (iw->fill && !is_dir && origin && !local) csc_item_reserve(iw);
            atomic_store(&iw->work.operation, OFFLINEFILES_SYNC_OPERATION_PIN);
            if (plan->above || plan->named) plan->waiting[plan->waiting_count++] = iw;
            else
            {
                if (iw->fill && !local && origin && origin->stat.type == CSC_TYPE_FILE
                    && (!cell->item || wants_content(cell->item))) status = csc_item_announce_early(iw);
                if (csc_failed(status)) csc_work_release(&iw->work);
                else status = submit(visit, iw);
            }
        }
    }
    if (csc_failed(status) || !child)
    {
        if (child) csc_node_release(child);
        return status;
    }
    if (plan->above) plan->child = child;
    else if (visit->op->deep) csc_visit_push(visit, child);
    else csc_node_release(child);
    return CSC_OK;
}

static csc_status refuse_other(void *context, struct csc_scan *scan, const char *name, csc_status status)
{
    (void)context; (void)scan; (void)name; (void)status;
    return CSC_OK;
}

static csc_status merge_cell(void *context, struct csc_scan *scan, struct csc_cell *cell)
{
    struct pin_plan *plan = context;

    return pin_cell(&plan->visit, scan, cell);
}

static csc_status pin_share(struct pin_plan *plan)
{
    struct csc_visit *visit = &plan->visit;
    struct csc_store *store = visit->op->engine->store;
    struct csc_node *root = visit->pair->root;
    struct csc_item item;
    csc_status status;
    char *path;

    if (!(path = csc_node_path(root, NULL))) return CSC_E_OUT_OF_MEMORY;
    status = csc_store_item_get(store, root->item, &item);
    if (!csc_failed(status) && ((item.pin & plan->bits) != plan->bits || !visit->op->deep))
    {
        item.pin |= plan->bits;
        item.flags &= ~CSC_ROW_ENUMERATED;
        status = csc_store_item_put(store, &item);
    }
    if (!csc_failed(status)) csc_item_clear(&item);
    root->pin |= plan->bits;
    status = csc_op_report(visit->op, path, OFFLINEFILES_SYNC_OPERATION_PIN, status, 0);
    free(path);
    if (csc_failed(status) || !visit->op->deep) return status;
    csc_node_addref(root);
    csc_visit_push(visit, root);
    return CSC_OK;
}

static csc_status pin_item(struct pin_plan *plan, const struct csc_path *path)
{
    struct csc_op *op = plan->visit.op;
    struct csc_node *node = plan->visit.pair->root;
    csc_status status = CSC_OK;
    size_t i;

    if (!(plan->waiting = calloc(path->count, sizeof(*plan->waiting)))) return CSC_E_OUT_OF_MEMORY;
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
        if (csc_failed(status)) break;
        if (!plan->found)
            status = plan->visit.pair->root->side[CSC_ORIGIN].missing ? CSC_E_BAD_NETPATH : CSC_E_NOT_FOUND;  /* Q47 */
        if (csc_failed(status) || plan->named) break;
        if (!plan->child)
        {
            status = CSC_E_NOT_FOUND;
            break;
        }
        csc_node_release(node);
        node = plan->child;
    }
    csc_node_release(node);
    plan->above = plan->named = 0;

    for (i = 0; i < plan->waiting_count; i++)
    {
        struct csc_item_work *iw = plan->waiting[i];

        if (csc_failed(status))
        {
            csc_work_release(&iw->work);
            continue;
        }
        if (!(node = iw->child) || i + 1 == plan->waiting_count)
        {
            status = submit(&plan->visit, iw);
            continue;
        }
        csc_node_addref(node);
        status = submit(&plan->visit, iw);
        if (!csc_failed(status)) csc_visit_wait_prepared(&plan->visit, node);
        if (!csc_failed(status) && node->failed) status = CSC_E_PATH_NOT_FOUND;
        csc_node_release(node);
    }
    free(plan->waiting);
    return status;
}

static csc_status pin(struct csc_op *op, struct csc_scope *scope, const struct csc_path *path, uint32_t reasons, int fill,
                      int target)
{
    struct csc_engine *engine = op->engine;
    struct pin_plan plan = { .target = target };
    struct csc_pair *pair;
    csc_status status;
    int offline;

    pthread_mutex_lock(&engine->lock);
    offline = scope->row.offline != 0;
    pthread_mutex_unlock(&engine->lock);
    if (csc_failed(status = csc_pair_open(op, scope, !offline, &pair)))
        return csc_status_is_origin_failure(status) || status == CSC_E_NOT_FOUND || status == CSC_E_PATH_NOT_FOUND
               ? CSC_E_BAD_NETPATH : status;

    csc_visit_init(&plan.visit, pair, op->flags, 0);
    plan.visit.cell = pin_cell;
    plan.visit.left = csc_visit_enumerated;
    plan.bits = reasons | reasons << CSC_PIN_INHERIT_SHIFT;                                          /* Q48 */
    plan.fill = !offline && fill;
    status = path->count ? pin_item(&plan, path) : pin_share(&plan);
    if (!csc_failed(status)) status = csc_visit_run(&plan.visit);
    csc_op_settle_down(op);
    csc_visit_clear(&plan.visit);
    csc_pair_close(pair);

    /* also for what did not get its content here, such as for lack of room */
    pthread_mutex_lock(&engine->lock);
    scope->fill_wanted = 1;
    scope->next_fill = 0;
    scope->fill_left = 0;
    pthread_mutex_unlock(&engine->lock);
    return status;
}

csc_status csc_pin_path(struct csc_op *op, struct csc_scope *scope, const struct csc_path *path)
{
    uint32_t reasons = op->reasons ? op->reasons[path - op->paths] : csc_pin_reasons(op->flags);

    return pin(op, scope, path, reasons, (op->flags & OFFLINEFILES_PIN_CONTROL_FLAG_FILL) != 0, 0);
}

csc_status csc_pin_target(struct csc_op *op, struct csc_scope *scope, const struct csc_path *path, uint32_t reasons)
{
    /* a synchronization brings content with it */
    int fill = op->kind == CSC_OP_SYNC || (op->flags & OFFLINEFILES_PIN_CONTROL_FLAG_FILL);

    return pin(op, scope, path, reasons, fill, 1);
}
