/*
 * Synchronization
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "elsewhere.h"
#include "exclude.h"
#include "later.h"
#include "link_target.h"
#include "scope.h"
#include "sync.h"

/* What the cell being looked at is to the request. */
enum role
{
    ROLE_FOUND,                  /* found on the way */
    ROLE_ABOVE,                  /* a container of what the path names: brought into being, otherwise left alone */
    ROLE_NAMED                   /* what the path names */
};

/* Something that the cache never held, in a directory that was deleted there. */
struct passed
{
    struct passed *next;
    struct csc_node *node;       /* the directory; with a reference */
    char name[];
};

/* What the plan knows beyond the visit. */
struct sync_plan
{
    struct csc_visit visit;
    enum role role;
    int settle;                  /* conflicts on record were told before */
    struct csc_later later;      /* renames made in the cache, and what is missing there */
    struct csc_elsewhere elsewhere;      /* rows whose old name is all that others have */
    int whole;                   /* everything in the share is looked at */
    int unseen;                  /* ... but for something */
    struct passed *passed;       /* what was left out in directories that are to go */
    int last;                    /* everything was seen: nothing is put off any more */
    int again;                   /* the current cell was made by a work */
    int64_t moved_from;          /* of the current cell: row of what it was before, 0: none */
    int undecided;               /* the current cell may yet turn out to go with its container */
    uint32_t pin;                /* bits that a new row gets, beside those of its container */
    struct csc_node *child;      /* ROLE_ABOVE: the directory that was found; with a reference */
    int left_out;                /* what the path names is in a suspended tree, which the client wants left alone */
    struct csc_conflict_set conflicts;
};

static struct sync_plan *plan_from_visit(struct csc_visit *visit)
{
    return (struct sync_plan *)visit;
}

static uint32_t permissions(uint32_t flags)
{
    uint32_t may = 0;

    if (flags & OFFLINEFILES_SYNC_CONTROL_FLAG_FILLSPARSE) may |= CSC_MAY_FILL;
    if (flags & OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCIN) may |= CSC_MAY_IN | CSC_MAY_FILL;
    if (flags & OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCOUT)
        may |= CSC_MAY_OUT | (flags & OFFLINEFILES_SYNC_CONTROL_FLAG_NONEWFILESOUT ? 0 : CSC_MAY_CREATE_OUT);
    return may;
}

static void keep(struct csc_visit *visit, struct csc_node *node, int told)
{
    pthread_mutex_lock(&visit->op->lock);
    node->kept = 1;
    node->told |= told;
    pthread_mutex_unlock(&visit->op->lock);
}

static csc_status report_seen(struct csc_visit *visit, struct csc_node *dir, const char *name, csc_status why, int named,
                              const struct csc_wire_error *sight)
{
    char *path = csc_node_path(dir, name);
    csc_status status;

    if (csc_failed(why)) keep(visit, dir, 1);
    if (!path) return CSC_E_OUT_OF_MEMORY;
    status = csc_op_report_seen(visit->op, path, OFFLINEFILES_SYNC_OPERATION_PREPARE, why, named, sight);
    free(path);
    return status;
}

static csc_status report(struct csc_visit *visit, struct csc_node *dir, const char *name, csc_status why, int named)
{
    return report_seen(visit, dir, name, why, named, NULL);
}

static csc_status report_cell(struct csc_visit *visit, struct csc_scan *scan, struct csc_cell *cell, const char *name,
                              csc_status why)
{
    struct csc_wire_error sight;

    csc_cell_sight(scan, cell, &sight);
    return report_seen(visit, scan->node, name, why, plan_from_visit(visit)->role != ROLE_FOUND, &sight);
}

/* The root of a suspended tree that the client wants left out. */
static int is_left_out(const struct csc_visit *visit, const struct csc_item *item)
{
    return item && (item->flags & CSC_ROW_SUSPENDED) &&
           (visit->flags & OFFLINEFILES_SYNC_CONTROL_FLAG_SKIPSUSPENDEDDIRS);
}

/* A file that is still there, without its content, which was evicted. */
static int is_evicted(const struct csc_cell *cell)
{
    return cell->item && (cell->item->flags & CSC_ROW_EVICTED) && !(cell->item->pin & CSC_PIN_REASONS)
           && !cell->side[CSC_LOCAL] && cell->side[CSC_ORIGIN]
           && cell->side[CSC_ORIGIN]->stat.type == CSC_TYPE_FILE;
}

/* Is what this listing lacks really gone?  Asked once a listing, after it was read. */
static int is_believed(struct sync_plan *plan, struct csc_scan *scan)
{
    if (!scan->believed) scan->believed = csc_failed(csc_pair_believe_missing(plan->visit.pair)) ? 2 : 1;
    return scan->believed == 1;
}

/* Pins that spread to what was cached before its container was pinned; a directory has them spread further, also
 * when it has them itself already. */
static csc_status spread_pins(struct csc_visit *visit, struct csc_scan *scan, struct csc_item *item)
{
    struct csc_node *node = scan->node;
    uint32_t bits = csc_pin_inherited(node->pin, 0);
    int is_dir = item->type != OFFLINEFILES_ITEM_TYPE_FILE;
    csc_status status;

    if (!bits || !(visit->may & CSC_MAY_IN) || (node->row_flags & CSC_ROW_ENUMERATED)) return CSC_OK;
    if (!is_dir) bits &= CSC_PIN_REASONS;
    if ((item->pin & bits) == bits && !(is_dir && (item->flags & CSC_ROW_ENUMERATED))) return CSC_OK;
    item->pin |= bits;
    if (is_dir) item->flags &= ~CSC_ROW_ENUMERATED;
    status = is_dir ? csc_store_item_put(visit->op->engine->store, item)
                    : csc_store_item_set_pin(visit->op->engine->store, item->id, item->pin);
    return status == CSC_E_NOT_FOUND ? CSC_OK : status;
}

/* A directory on the origin that was the root of a mounted file system and is none now. */
static int lost_its_mount(const struct csc_node *node, const struct csc_cell *cell)
{
    return cell->item && (cell->item->flags & CSC_ROW_MOUNT) && cell->side[CSC_ORIGIN]
           && cell->side[CSC_ORIGIN]->stat.type == CSC_TYPE_DIRECTORY
           && cell->side[CSC_ORIGIN]->stat.dev == node->side[CSC_ORIGIN].dev;
}

/* The name that an item is known by. */
static const char *name_of(const struct csc_cell *cell)
{
    return cell->side[CSC_ORIGIN] ? cell->side[CSC_ORIGIN]->name : cell->item ? cell->item->name
           : cell->side[CSC_LOCAL]->name;
}

static int case_moved(const struct csc_cell *cell)
{
    const struct csc_seen *local = cell->side[CSC_LOCAL], *origin = cell->side[CSC_ORIGIN];

    return local && origin && strcmp(local->name, origin->name);
}

static int row_name_moved(const struct csc_cell *cell)
{
    const struct csc_seen *seen = cell->side[CSC_ORIGIN] ? cell->side[CSC_ORIGIN] : cell->side[CSC_LOCAL];

    return cell->item && seen && strcmp(seen->name, cell->item->name);
}

static csc_status make_child(struct csc_scan *scan, struct csc_cell *cell, const struct csc_decision *decision,
                             struct csc_node **ret)
{
    struct csc_node *parent = scan->node, *child;
    const struct csc_seen *local = cell->side[CSC_LOCAL], *origin = cell->side[CSC_ORIGIN];
    const char *name = origin ? origin->name : local ? local->name : cell->item->name;
    csc_status status;

    status = csc_node_create(parent, name, local ? local->name : NULL, origin ? origin->name : NULL, &child);
    if (csc_failed(status)) return status;
    if (cell->item)
    {
        child->item = cell->item->id;
        child->pin = cell->item->pin;
        child->row_flags = cell->item->flags;
    }
    child->restore = parent->restore;
    child->resolution = parent->resolution;
    if (decision->action == CSC_DO_DELETE_LOCAL) child->after = CSC_AFTER_REMOVE_LOCAL;
    else if (decision->action == CSC_DO_DELETE_ORIGIN) child->after = CSC_AFTER_REMOVE_ORIGIN;
    *ret = child;
    return CSC_OK;
}

/* Names in a directory of the origin change. */
static int changes_origin(enum csc_action action)
{
    return action == CSC_DO_UPLOAD || action == CSC_DO_MAKE_ORIGIN || action == CSC_DO_DELETE_ORIGIN
           || action == CSC_DO_REPLACE_ORIGIN;
}

static csc_status submit(struct csc_visit *visit, struct csc_scan *scan, struct csc_cell *cell, struct csc_node *child,
                         const struct csc_decision *decision, int stale)
{
    struct sync_plan *plan = plan_from_visit(visit);
    struct csc_node *node = scan->node;
    struct csc_item_work *iw;
    csc_status status;

    if (csc_failed(status = csc_item_work_create(visit->op, node, child, cell, &iw))) return status;
    if (decision->action == CSC_DO_DOWNLOAD) csc_item_reserve(iw);
    iw->work.run = csc_item_sync;
    iw->work.named = plan->role == ROLE_NAMED;
    iw->work.stale = stale;
    iw->may = visit->may;
    iw->pin_new = csc_pin_inherited(node->pin, visit->flags);
    if (iw->pin_new) iw->may |= CSC_MAY_CACHE_NEW;
    iw->pin_new |= plan->pin;
    iw->resolution = node->resolution ? node->resolution : csc_conflict_policy(visit->flags);
    iw->stays_in = plan->undecided ? node->after : CSC_AFTER_KEEP;
    iw->moved_from = plan->moved_from;
    iw->moved_over = plan->moved_from && csc_later_is_over(&plan->later, plan->moved_from);
    iw->work.quiet = plan->role != ROLE_NAMED && (plan->moved_from || decision->action == CSC_DO_COMPARE || decision->action == CSC_DO_ADOPT
                                      || (decision->action == CSC_DO_NOTHING && !case_moved(cell)));
    atomic_store(&iw->work.operation, decision->operation);
    if (changes_origin(decision->action)) iw->work.task.lane = node;
    if (decision->action == CSC_DO_DOWNLOAD && !decision->conflict && !stale && csc_failed(status = csc_item_announce_early(iw)))
    {
        csc_work_release(&iw->work);
        return status;
    }
    if (child)
    {
        pthread_mutex_lock(&visit->op->lock);
        child->preparing = 1;
        pthread_mutex_unlock(&visit->op->lock);
    }
    return csc_work_submit(&iw->work);
}

/* A conflict on record whose item is in order again. */
static csc_status forget_conflict(struct csc_visit *visit, struct csc_scan *scan, struct csc_cell *cell)
{
    struct sync_plan *plan = plan_from_visit(visit);
    csc_status status;
    char *path;

    if (!plan->conflicts.count) return CSC_OK;
    if (!(path = csc_node_relative(scan->node, name_of(cell)))) return CSC_E_OUT_OF_MEMORY;
    status = CSC_OK;
    if (csc_conflict_set_has(&plan->conflicts, cell->item, path))
        status = csc_store_conflict_remove(visit->op->engine->store, visit->pair->scope->row.id, path);
    free(path);
    return csc_failed(status) ? status : CSC_OK;
}

/* A container of what the path names. */
static csc_status pass_directory(struct csc_visit *visit, struct csc_scan *scan, struct csc_cell *cell,
                                 struct csc_decision *decision)
{
    struct sync_plan *plan = plan_from_visit(visit);
    struct csc_node *child;
    csc_status status;
    int make;

    make = decision->action == CSC_DO_MAKE_LOCAL || decision->action == CSC_DO_MAKE_ORIGIN
           || decision->action == CSC_DO_ADOPT || plan->moved_from;
    if (!make) decision->action = CSC_DO_NOTHING;
    if (csc_failed(status = make_child(scan, cell, decision, &child))) return status;
    if (make && csc_failed(status = submit(visit, scan, cell, child, decision, 0)))
    {
        csc_node_release(child);
        return status;
    }
    plan->child = child;
    return CSC_OK;
}

static csc_status sync_directory(struct csc_visit *visit, struct csc_scan *scan, struct csc_cell *cell,
                                 struct csc_decision *decision)
{
    struct sync_plan *plan = plan_from_visit(visit);
    struct csc_node *node = scan->node, *child;
    int has_local = cell->side[CSC_LOCAL] != NULL, has_origin = cell->side[CSC_ORIGIN] != NULL;
    csc_status status;

    if (plan->role == ROLE_ABOVE) return pass_directory(visit, scan, cell, decision);
    if (decision->action == CSC_DO_DROP_ROW) return submit(visit, scan, cell, NULL, decision, 0);
    if (decision->action == CSC_DO_NOTHING && !plan->moved_from
        && ((!cell->item && !(has_local && has_origin))       /* only one side has it and it is none of ours */
            || (cell->item && !has_local)))                   /* deleted or not made in the cache, and that stays so */
    {
        keep(visit, node, 0);
        /* what is new stays here; but something that vanished elsewhere may stand in it */
        if (cell->item || !has_local || !(visit->may & CSC_MAY_OUT)) return CSC_OK;
    }
    if (csc_failed(status = make_child(scan, cell, decision, &child))) return status;
    if (child->after != CSC_AFTER_KEEP) status = csc_visit_remove_later(visit, child);
    else
    {
        /* in a directory that is to go, this one stays */
        if (node->after != CSC_AFTER_KEEP) keep(visit, node, 0);
        if (decision->action != CSC_DO_NOTHING || plan->moved_from || case_moved(cell) || row_name_moved(cell))
            status = submit(visit, scan, cell, child, decision, 0);
        else status = forget_conflict(visit, scan, cell);
    }
    if (csc_failed(status))
    {
        csc_node_release(child);
        return status;
    }
    csc_visit_push(visit, child);
    return CSC_OK;
}

/* -- names that moved in the cache -- */

/* A name under which something else stands than what was agreed on, by its number. */
static int stands_for_another(const struct csc_item *item, const struct csc_stat *local, const struct csc_quality *quality)
{
    return quality->trusted && local->ino != item->local.ino;
}

/* The row of what stands in the cache, when it was agreed on in another place.  from->id 0: none. */
static csc_status find_row_before(struct csc_visit *visit, const struct csc_cell *cell, struct csc_item *from)
{
    const struct csc_quality *quality = &visit->pair->quality[CSC_LOCAL];
    const struct csc_seen *local = cell->side[CSC_LOCAL];
    const struct csc_item *item = cell->item;
    struct csc_item_list rows;
    csc_status status;
    size_t i;

    memset(from, 0, sizeof(*from));
    if (!local || !(visit->may & CSC_MAY_OUT) || !quality->trusted || visit->pair->local_lost) return CSC_OK;
    /* a row without content may be that of a conflict whose cached copy was about to get another name */
    if (item && (item->flags & (CSC_ROW_BASE | CSC_ROW_SPARSE)) == CSC_ROW_BASE
        && !stands_for_another(item, &local->stat, quality)) return CSC_OK;
    status = csc_store_items_by_file(visit->op->engine->store, visit->pair->scope->row.id, local->stat.ino, &rows);
    if (csc_failed(status)) return status;
    for (i = 0; i < rows.count && !from->id; i++)
    {
        if ((item && rows.items[i].id == item->id)
            || csc_rename_kinship(&rows.items[i], &local->stat, 1) == CSC_STRANGER) continue;
        from->id = rows.items[i].id;
        from->parent = rows.items[i].parent;
        from->flags = rows.items[i].flags;
    }
    csc_item_list_free(&rows);
    return CSC_OK;
}

/* CSC_FALSE: the cell is looked at later, or was answered here.  Sets moved_from. */
static csc_status put_off(struct csc_visit *visit, struct csc_scan *scan, struct csc_cell *cell,
                          const struct csc_decision *decision)
{
    struct sync_plan *plan = plan_from_visit(visit);
    struct csc_item from;
    csc_status status;

    if (plan->again) return CSC_OK;
    if (csc_failed(status = find_row_before(visit, cell, &from))) return status;
    plan->moved_from = from.id;
    if (from.id && is_left_out(visit, &from))
    {
        plan->left_out = plan->unseen = 1;
        keep(visit, scan->node, 1);
        return CSC_FALSE;
    }
    if (plan->last || plan->role != ROLE_FOUND) return CSC_OK;
    if (from.id)
    {
        if (scan->node->after != CSC_AFTER_KEEP) keep(visit, scan->node, 0);
        status = csc_later_arrive(&plan->later, scan, cell, &from);
        return csc_failed(status) ? status : CSC_FALSE;
    }
    if (!cell->item || cell->side[CSC_LOCAL] || decision->action == CSC_DO_NOTHING || !(visit->may & CSC_MAY_OUT)
        || (cell->item->flags & (CSC_ROW_BASE | CSC_ROW_SPARSE)) != CSC_ROW_BASE || visit->pair->local_lost
        || !visit->pair->quality[CSC_LOCAL].trusted) return CSC_OK;
    if (!cell->side[CSC_ORIGIN]) is_believed(plan, scan);
    status = csc_later_depart(&plan->later, scan, cell);
    return csc_failed(status) ? status : CSC_FALSE;
}

static int is_directory(const struct csc_cell *cell)
{
    int side;

    for (side = 0; side < CSC_SIDES; side++)
        if (cell->side[side]) return cell->side[side]->stat.type == CSC_TYPE_DIRECTORY;
    return cell->item->type != OFFLINEFILES_ITEM_TYPE_FILE;
}

static int same_types(const struct csc_cell *cell)
{
    const struct csc_seen *local = cell->side[CSC_LOCAL], *origin = cell->side[CSC_ORIGIN];

    return !local || !origin || local->stat.type == origin->stat.type;
}

/* Of a directory that was read in the cache only: did anything change there? */
static csc_status look_for_change(void *context, struct csc_scan *scan, struct csc_cell *cell)
{
    const struct csc_pair *pair = scan->node->pair;
    const struct csc_quality *quality = &pair->quality[CSC_LOCAL];
    const struct csc_seen *local = cell->side[CSC_LOCAL];
    const struct csc_item *item = cell->item;
    int *changed = context;

    if (!local) *changed |= (item->flags & (CSC_ROW_BASE | CSC_ROW_SPARSE)) == CSC_ROW_BASE && !pair->local_lost;
    else if (csc_failed(local->status) || !item || (item->flags & (CSC_ROW_BASE | CSC_ROW_SPARSE)) != CSC_ROW_BASE
             || strcmp(local->name, item->name))
        *changed = 1;
    else *changed |= stands_for_another(item, &local->stat, quality)
                     || csc_compare_side(&item->local, item->type, &local->stat, quality->granularity,
                                         quality->trusted) != CSC_SAME;
    return CSC_OK;
}

static csc_status note_refused(void *context, struct csc_scan *scan, const char *name, csc_status status)
{
    (void)scan; (void)name; (void)status;
    *(int *)context = 1;
    return CSC_OK;
}

/* Nothing changed in this directory: on to the ones below. */
static csc_status pass_unchanged(struct csc_visit *visit, struct csc_scan *scan, struct csc_cell *cell)
{
    struct csc_node *child;
    csc_status status;

    if (!cell->side[CSC_LOCAL] || cell->item->type == OFFLINEFILES_ITEM_TYPE_FILE) return CSC_OK;
    if (is_left_out(visit, cell->item)) return CSC_OK;
    status = csc_node_create(scan->node, cell->item->name, cell->side[CSC_LOCAL]->name, cell->item->name, &child);
    if (csc_failed(status)) return status;
    child->item = cell->item->id;
    child->pin = cell->item->pin;
    child->row_flags = cell->item->flags;
    csc_visit_push(visit, child);
    return CSC_OK;
}

/* A file of the origin that would come into the cache, but for an exclusion list. */
static int is_excluded(const struct csc_visit *visit, const struct csc_cell *cell, uint32_t may)
{
    const struct csc_seen *origin = cell->side[CSC_ORIGIN];

    return !cell->side[CSC_LOCAL] && origin && origin->stat.type == CSC_TYPE_FILE
           && (cell->item || (may & CSC_MAY_CACHE_NEW)) && csc_is_excluded(visit->op->engine, origin->name);
}

/* Told before, and nothing new. */
static int is_known_conflict(struct sync_plan *plan, struct csc_scan *scan, const struct csc_cell *cell)
{
    char *path;
    int known;

    if (!plan->settle || !plan->conflicts.count || !(path = csc_node_relative(scan->node, name_of(cell)))) return 0;
    known = csc_conflict_set_has(&plan->conflicts, cell->item, path);
    free(path);
    return known;
}

static void passed_free(struct passed *passed)
{
    csc_node_release(passed->node);
    free(passed);
}

static csc_status pass_over(struct sync_plan *plan, struct csc_node *node, const char *name)
{
    struct passed *passed = malloc(sizeof(*passed) + strlen(name) + 1);

    if (!passed) return CSC_E_OUT_OF_MEMORY;
    strcpy(passed->name, name);
    passed->node = node;
    csc_node_addref(node);
    passed->next = plan->passed;
    plan->passed = passed;
    return CSC_OK;
}

/* A directory that was to go stays, with those around it: what was left out in them is looked at after all. */
static csc_status keep_after_all(struct sync_plan *plan, struct csc_node *node)
{
    struct passed **link, *passed;
    csc_status status = CSC_OK;

    for (; node && !csc_failed(status); node = node->parent)
    {
        int comes_back = node->after == CSC_AFTER_REMOVE_ORIGIN;

        node->after = CSC_AFTER_KEEP;
        for (link = &plan->passed; comes_back && (passed = *link) && !csc_failed(status);)
        {
            if (passed->node != node)
            {
                link = &passed->next;
                continue;
            }
            *link = passed->next;
            status = csc_pair_look_again(node, passed->name, 0);
            passed_free(passed);
        }
    }
    return status;
}

/* A file that nobody agreed on yet: a closer look may show that it came from the origin before a crash (recall_download), and
 * then it goes. */
static int may_be_a_download(const struct csc_cell *cell, const struct csc_decision *decision)
{
    return cell->item && decision->action == CSC_DO_UPLOAD && !cell->side[CSC_ORIGIN];
}

/* Whether what vanished from the cache stands somewhere else there, and could not be brought to the origin under its new
 * name: then the old one is all that others have.  What they deleted themselves is gone. */
static csc_status is_only_copy(struct sync_plan *plan, const struct csc_cell *cell, const struct csc_decision *decision, int *only)
{
    struct csc_visit *visit = &plan->visit;
    struct csc_scope *scope = visit->pair->scope;
    csc_status status = CSC_OK;

    *only = 0;
    if (cell->side[CSC_LOCAL] || !cell->side[CSC_ORIGIN] || !cell->item || decision->action == CSC_DO_NOTHING
        || (cell->item->flags & (CSC_ROW_BASE | CSC_ROW_SPARSE)) != CSC_ROW_BASE || !(visit->may & CSC_MAY_OUT)
        || !visit->pair->quality[CSC_LOCAL].trusted || visit->pair->local_lost) return CSC_OK;
    if (!plan->elsewhere.known)
        status = plan->whole && !plan->unseen && !visit->unread ? csc_elsewhere_take(&plan->elsewhere, scope, &plan->later)
                                                                : csc_elsewhere_read(&plan->elsewhere, scope);
    *only = csc_elsewhere_has(&plan->elsewhere, cell->item->id);
    return csc_failed(status) ? csc_local_result(visit->pair, status) : CSC_OK;
}

static csc_status sync_cell(struct csc_visit *visit, struct csc_scan *scan, struct csc_cell *cell)
{
    struct sync_plan *plan = plan_from_visit(visit);
    struct csc_node *node = scan->node;
    struct csc_question question = { 0 };
    struct csc_decision decision;
    csc_status status;
    int side, removes, only;

    plan->moved_from = 0;
    plan->undecided = 0;
    if (scan->local_only) return pass_unchanged(visit, scan, cell);
    if (is_left_out(visit, cell->item))
    {
        plan->left_out = plan->unseen = 1;
        keep(visit, node, 1);
        return CSC_OK;
    }
    if (is_known_conflict(plan, scan, cell))
    {
        plan->unseen = 1;
        keep(visit, node, 1);
        return CSC_OK;
    }
    if (plan->role == ROLE_NAMED && !is_directory(cell)) visit->op->named_file = 1;
    for (side = 0; side < CSC_SIDES; side++)
    {
        if (!cell->side[side] || !csc_failed(status = cell->side[side]->status)) continue;
        if (csc_op_stopping(visit->op)) return CSC_E_CANCELLED;
        if (side == CSC_ORIGIN) csc_origin_result(visit->pair, status);
        memset(&decision, 0, sizeof(decision));
        plan->unseen = 1;
        keep(visit, node, 0);
        /* it vanished between listing and stat: looked at again by the work */
        if (status == CSC_E_NOT_FOUND) return submit(visit, scan, cell, NULL, &decision, 1);
        return report_cell(visit, scan, cell, cell->side[side]->name, status);
    }
    if (cell->item)
    {
        uint32_t pin = cell->item->pin;

        if (csc_failed(status = spread_pins(visit, scan, cell->item))) return status;
        if (cell->item->pin != pin && cell->side[CSC_LOCAL] && csc_pins_links(visit->op))
            csc_links_note(node, 1, cell->side[CSC_LOCAL]->name, cell->item->pin & CSC_PIN_REASONS);
        if ((visit->pair->local_lost || node->restore) && !cell->side[CSC_LOCAL] && (cell->item->flags & CSC_ROW_BASE))
            cell->item->flags |= CSC_ROW_SPARSE;
    }
    if (lost_its_mount(node, cell))
    {
        plan->unseen = 1;
        return report_cell(visit, scan, cell, cell->side[CSC_ORIGIN]->name, CSC_E_NOT_READY);
    }

    question.item = cell->item;
    if (cell->side[CSC_LOCAL]) question.local = cell->side[CSC_LOCAL]->stat;
    if (cell->side[CSC_ORIGIN]) question.origin = cell->side[CSC_ORIGIN]->stat;
    question.local_quality = visit->pair->quality[CSC_LOCAL];
    question.origin_quality = visit->pair->quality[CSC_ORIGIN];
    question.may = visit->may | (csc_pin_inherited(node->pin, visit->flags) ? CSC_MAY_CACHE_NEW : 0);
    question.resolution = visit->op->ask & CSC_OP_ASK_CONFLICTS ? 0 :
                          node->resolution ? node->resolution : csc_conflict_policy(visit->flags);
    question.excluded = is_excluded(visit, cell, question.may);
    csc_decide(&question, &decision);

    /* only one of the two is gone into */
    if (!same_types(cell)) plan->unseen = 1;
    if ((status = put_off(visit, scan, cell, &decision))) return csc_failed(status) ? status : CSC_OK;
    if (csc_failed(status = is_only_copy(plan, cell, &decision, &only))) return status;
    if (only)
    {
        keep(visit, node, 1);
        return plan->role == ROLE_NAMED ? report(visit, node, name_of(cell), CSC_OK, 1) : CSC_OK;
    }

    /* In a directory that was deleted in the cache, what the cache never held is no part of what was deleted:
     * it is neither removed nor brought back. */
    if (node->after == CSC_AFTER_REMOVE_ORIGIN && !cell->side[CSC_LOCAL]
        && (!cell->item || (cell->item->flags & CSC_ROW_SPARSE) || !(cell->item->flags & CSC_ROW_BASE)))
    {
        if (!cell->side[CSC_ORIGIN]) return CSC_OK;
        keep(visit, node, 0);
        return pass_over(plan, node, cell->side[CSC_ORIGIN]->name);
    }

    /* evicted content comes back when somebody asks for it, or it would come and go for ever */
    if (is_evicted(cell) && plan->role == ROLE_FOUND) return CSC_OK;

    if (decision.left_out)
    {
        atomic_fetch_add(&visit->op->left_out, 1);
        if (plan->role == ROLE_NAMED && decision.action == CSC_DO_NOTHING)
            return report_cell(visit, scan, cell, name_of(cell), CSC_E_EXCLUDED);                   /* Q18 */
    }

    /* what seems to be gone from the origin */
    if (cell->item && !cell->side[CSC_ORIGIN] && (decision.action != CSC_DO_NOTHING || is_directory(cell))
        && !is_believed(plan, scan))
        return report_cell(visit, scan, cell, cell->item->name, CSC_E_NOT_READY);

    if (is_directory(cell) && same_types(cell)) return sync_directory(visit, scan, cell, &decision);
    if (plan->role == ROLE_ABOVE) return CSC_OK;

    removes = decision.action == CSC_DO_DROP_ROW ||
              (node->after == CSC_AFTER_REMOVE_LOCAL && decision.action == CSC_DO_DELETE_LOCAL) ||
              (node->after == CSC_AFTER_REMOVE_ORIGIN && decision.action == CSC_DO_DELETE_ORIGIN);
    plan->undecided = node->after != CSC_AFTER_KEEP && (decision.conflict || may_be_a_download(cell, &decision));
    if (node->after != CSC_AFTER_KEEP && !removes && !plan->undecided) keep(visit, node, 0);

    if (decision.action != CSC_DO_NOTHING || plan->moved_from || case_moved(cell) || row_name_moved(cell))
        return submit(visit, scan, cell, NULL, &decision, 0);
    if (csc_failed(status = forget_conflict(visit, scan, cell))) return status;
    if (plan->role == ROLE_NAMED) return report(visit, node, name_of(cell), CSC_OK, 1);
    return CSC_OK;
}

/* Puts away what a crash left.  CSC_FALSE: the directory has to be read again, files may have come back. */
static csc_status sweep(struct csc_visit *visit, struct csc_scan *scan)
{
    csc_status status = CSC_OK;
    size_t i;

    if (!scan->litter.count || scan->node->swept) return CSC_OK;
    scan->node->swept = 1;
    for (i = 0; i < scan->litter.count && !csc_failed(status); i++)
        status = csc_litter_submit(scan, scan->litter.list[i].name);
    csc_work_drain(visit->op);
    csc_op_drop_works(visit->op);
    return csc_failed(status) ? status : CSC_FALSE;
}

static csc_status sync_opened(struct csc_visit *visit, struct csc_scan *scan)
{
    csc_status status = CSC_OK;
    int changed = 0;

    if (!scan->local_only) status = sweep(visit, scan);
    else
    {
        status = csc_scan_merge(scan, look_for_change, note_refused, &changed);
        if (!csc_failed(status) && changed)
        {
            scan->node->whole = 1;
            status = CSC_FALSE;
        }
    }
    if (status != CSC_FALSE) return status;
    csc_node_addref(scan->node);
    csc_visit_push(visit, scan->node);
    return CSC_FALSE;
}

static csc_status sync_left(struct csc_visit *visit, struct csc_scan *scan)
{
    return visit->may & CSC_MAY_IN ? csc_visit_enumerated(visit, scan) : CSC_OK;
}

/* Something in a directory that was deleted in the cache stays: a conflict of the directory. */
static csc_status submit_kept_on_origin(struct csc_visit *visit, struct csc_node *node)
{
    struct sync_plan *plan = plan_from_visit(visit);
    struct csc_item_work *iw;
    csc_status status;
    int known;
    char *path;

    if (plan->settle && plan->conflicts.count)
    {
        if (!(path = csc_node_relative(node, NULL))) return CSC_E_OUT_OF_MEMORY;
        known = csc_conflict_set_has(&plan->conflicts, NULL, path);
        free(path);
        if (known) return CSC_OK;
    }
    if (csc_failed(status = csc_item_work_of_node(visit->op, node, &iw))) return status;
    iw->work.run = csc_item_kept_dir;
    iw->may = visit->may;
    iw->resolution = node->resolution ? node->resolution : csc_conflict_policy(visit->flags);
    return csc_work_submit(&iw->work);
}

static csc_status sync_removal(struct csc_visit *visit, struct csc_node *node)
{
    struct csc_item_work *iw;
    csc_status status;
    int kept, told;

    pthread_mutex_lock(&visit->op->lock);
    kept = node->kept;
    told = node->told;
    pthread_mutex_unlock(&visit->op->lock);
    if (kept)
    {
        if (node->after == CSC_AFTER_REMOVE_ORIGIN && !told) return submit_kept_on_origin(visit, node);
        return CSC_OK;
    }
    if (csc_failed(status = csc_item_work_of_node(visit->op, node, &iw))) return status;
    iw->work.run = csc_item_remove_dir;
    iw->removal = node->after;
    return csc_work_submit(&iw->work);
}

static csc_status refuse_other(void *context, struct csc_scan *scan, const char *name, csc_status status)
{
    (void)context; (void)scan; (void)name; (void)status;
    return CSC_OK;
}

static csc_status sync_again(void *context, struct csc_scan *scan, struct csc_cell *cell)
{
    return sync_cell(context, scan, cell);
}

/* A cell as it was seen, in a directory that is not read again. */
static csc_status sync_seen(struct csc_visit *visit, struct csc_node *dir, struct csc_cell *cell, int believed)
{
    struct csc_scan scan = { .op = visit->op, .node = dir, .believed = believed };

    return sync_cell(visit, &scan, cell);
}

static csc_status sync_arrival(struct csc_visit *visit, struct csc_arrival *arrival)
{
    struct csc_seen local = { .name = arrival->name, .key = arrival->key, .stat = arrival->stat };
    struct csc_cell cell = { .key = arrival->key, .side[CSC_LOCAL] = &local };
    struct csc_scan *scan;
    csc_status status;

    if (!arrival->taken) return sync_seen(visit, arrival->dir, &cell, 0);
    /* what had the name may have moved away meanwhile */
    status = csc_scan_name(visit->op, arrival->dir, arrival->name, &scan);
    if (csc_failed(status)) return csc_op_stopping(visit->op) ? CSC_E_CANCELLED :
                                   report(visit, arrival->dir, arrival->name, csc_origin_result(visit->pair, status), 0);
    status = csc_scan_merge(scan, sync_again, refuse_other, visit);
    csc_scan_release(scan);
    return status;
}

static csc_status sync_departure(struct csc_visit *visit, const struct csc_departure *departure)
{
    struct csc_seen origin = { .name = departure->origin_name, .stat = departure->origin };
    struct csc_cell cell = { 0 };
    struct csc_item row;
    csc_status status;

    status = csc_store_item_get(visit->op->engine->store, departure->item, &row);
    if (csc_failed(status)) return status == CSC_E_NOT_FOUND ? CSC_OK : status;
    if (row.parent == departure->dir->item && !strcmp(row.key, departure->key))
    {
        cell.item = &row;
        cell.key = origin.key = row.key;
        if (departure->origin_name) cell.side[CSC_ORIGIN] = &origin;
        status = sync_seen(visit, departure->dir, &cell, departure->believed);
    }
    csc_item_clear(&row);
    return status;
}

/* What was put off, when all directories were read: CSC_FALSE, there may be more. */
static csc_status sync_put_off(struct csc_visit *visit)
{
    struct sync_plan *plan = plan_from_visit(visit);
    struct csc_later *later = &plan->later;
    csc_status status = CSC_OK;
    size_t i, count;

    /* everything is going to be looked at again */
    if (visit->pair->not_found || plan->last) return CSC_OK;
    if (!later->pending)
    {
        plan->last = 1;
        for (i = 0; i < later->departure_count && !csc_failed(status); i++)
            status = csc_op_stopping(visit->op) ? CSC_E_CANCELLED : sync_departure(visit, &later->departures[i]);
        return csc_failed(status) ? status : CSC_FALSE;
    }
    csc_later_choose(later);
    plan->last = 1;          /* for these */
    for (i = 0, count = later->mover_count; i < count && !csc_failed(status); i++)
    {
        if (!later->movers[i]->ready) continue;
        later->movers[i]->done = 1;
        later->pending--;
        status = csc_op_stopping(visit->op) ? CSC_E_CANCELLED : sync_arrival(visit, csc_later_arrival(later, i));
    }
    plan->last = 0;
    return csc_failed(status) ? status : CSC_FALSE;
}

/* What the works left for the planner. */
static csc_status sync_more(struct csc_visit *visit)
{
    struct sync_plan *plan = plan_from_visit(visit);
    csc_status status = CSC_OK, result = CSC_OK;
    struct csc_again *again;
    struct csc_scan *scan;

    while (!csc_failed(status) && (again = csc_pair_next_again(visit->pair)))
    {
        result = CSC_FALSE;
        plan->pin = again->pin;
        plan->again = 1;
        if (csc_failed(status = keep_after_all(plan, again->node))) {}
        else if (!csc_failed(status = csc_scan_name(visit->op, again->node, again->name, &scan)))
        {
            status = csc_scan_merge(scan, sync_again, refuse_other, visit);
            csc_scan_release(scan);
        }
        else if (!csc_op_stopping(visit->op)) status = report(visit, again->node, again->name, status, 0);
        csc_again_free(again);
    }
    plan->again = 0;
    plan->pin = 0;
    if (csc_failed(status) || result == CSC_FALSE) return csc_failed(status) ? status : result;
    return sync_put_off(visit);
}

/* -- starting -- */

static csc_status open_plan(struct sync_plan *plan, struct csc_op *op, struct csc_scope *scope, uint32_t flags)
{
    struct csc_pair *pair;
    csc_status status;

    memset(plan, 0, sizeof(*plan));
    if (csc_failed(status = csc_pair_open(op, scope, 1, &pair))) return csc_status_is_origin_failure(status) ||
        status == CSC_E_NOT_FOUND || status == CSC_E_PATH_NOT_FOUND || status == CSC_E_DIRECTORY ? CSC_E_BAD_NETPATH : status;
    csc_visit_init(&plan->visit, pair, flags, permissions(flags));
    /* what changed on the origin alone does not matter when nothing may come in */
    pair->local_first = !(plan->visit.may & (CSC_MAY_IN | CSC_MAY_FILL));
    plan->visit.opened = sync_opened;
    plan->visit.cell = sync_cell;
    plan->visit.twice = csc_keep_double;
    plan->visit.left = sync_left;
    plan->visit.more = sync_more;
    plan->visit.removal = sync_removal;
    status = csc_conflict_set_read(op->engine, scope->row.id, &plan->conflicts);
    if (csc_failed(status)) csc_pair_close(pair);
    return status;
}

static void close_plan(struct sync_plan *plan)
{
    struct passed *passed;

    csc_op_settle_down(plan->visit.op);
    csc_visit_clear(&plan->visit);
    csc_later_clear(&plan->later);
    csc_elsewhere_clear(&plan->elsewhere);
    while ((passed = plan->passed))
    {
        plan->passed = passed->next;
        passed_free(passed);
    }
    csc_conflict_set_free(&plan->conflicts);
    csc_pair_close(plan->visit.pair);
}

static csc_status note_time(struct csc_op *op, struct csc_scope *scope)
{
    struct csc_engine *engine = op->engine;
    csc_status status;

    pthread_mutex_lock(&engine->lock);
    scope->row.last_sync = engine->clock->now(engine->clock);
    status = scope->removed ? CSC_OK : csc_store_scope_put(engine->store, &scope->row);
    pthread_mutex_unlock(&engine->lock);
    return status;
}

/* 1: the share as a whole is suspended and to be left out. */
static int is_scope_left_out(struct csc_scope *scope, uint32_t flags, csc_status *status)
{
    int suspended = 0;

    *status = CSC_OK;
    if (flags & OFFLINEFILES_SYNC_CONTROL_FLAG_SKIPSUSPENDEDDIRS) *status = csc_scope_is_suspended(scope, &suspended);
    return csc_failed(*status) || suspended;
}

/* Conflicts on record of what is neither in the store nor in the cache tree any more: the cache has no part in them. */
static csc_status forget_vanished(struct csc_op *op, struct csc_scope *scope, const struct csc_conflict_set *conflicts)
{
    char *name = csc_scope_name(scope), *text;
    csc_status status = name ? CSC_OK : CSC_E_OUT_OF_MEMORY;
    struct csc_place place;
    struct csc_path path;
    size_t i;

    for (i = 0; i < conflicts->count && !csc_failed(status); i++)
    {
        if (!(text = csc_join(name, conflicts->list[i].path))) status = CSC_E_OUT_OF_MEMORY;
        else if (!csc_failed(csc_path_parse(text, &path)))
        {
            status = csc_place_find(op->engine, &path, &place);
            if (!csc_failed(status)) csc_place_clear(&place);
            else if (status == CSC_E_NOT_FOUND)
                status = csc_store_conflict_remove(op->engine->store, scope->row.id, conflicts->list[i].path);
            csc_path_free(&path);
        }
        free(text);
    }
    free(name);
    return csc_failed(status) ? status : CSC_OK;
}

csc_status csc_sync_scope(struct csc_op *op, struct csc_scope *scope, uint32_t flags, int settle)
{
    struct sync_plan plan;
    csc_status status;

    if (is_scope_left_out(scope, flags, &status)) return status;
    if (csc_failed(status = open_plan(&plan, op, scope, flags))) return status;
    plan.settle = settle || op->detached;
    plan.whole = 1;
    csc_node_addref(plan.visit.pair->root);
    csc_visit_push(&plan.visit, plan.visit.pair->root);
    status = csc_visit_run(&plan.visit);
    if (!csc_failed(status) && plan.visit.pair->not_found)
    {
        /* a directory is not where the rows say that it is: only a look at everything tells where it went */
        csc_visit_clear(&plan.visit);
        csc_later_clear(&plan.later);
        csc_elsewhere_clear(&plan.elsewhere);
        plan.visit.pair->local_first = 0;
        plan.visit.pair->not_found = 0;
        csc_node_addref(plan.visit.pair->root);
        csc_visit_push(&plan.visit, plan.visit.pair->root);
        status = csc_visit_run(&plan.visit);
    }
    if (!csc_failed(status)) status = forget_vanished(op, scope, &plan.conflicts);
    close_plan(&plan);
    /* a fill alone brings nothing up to date */
    if (!csc_failed(status) && !settle && (permissions(flags) & (CSC_MAY_IN | CSC_MAY_OUT))) status = note_time(op, scope);
    return status;
}

/* A single cell: whether there is anything to look at. */
struct finding
{
    struct csc_visit *visit;
    int found;
    int told;                    /* the client heard why it cannot be looked at */
};

static csc_status find_cell(void *context, struct csc_scan *scan, struct csc_cell *cell)
{
    struct finding *finding = context;
    struct csc_visit *visit = finding->visit;
    int cached = cell->item || cell->side[CSC_LOCAL];
    csc_status status;

    /* what is only on the origin is in the cache as little as what is nowhere, unless it would come by itself */
    if (!cached && !(csc_pin_inherited(scan->node->pin, visit->flags) && (visit->may & CSC_MAY_IN))) return CSC_OK;
    finding->found = 1;
    status = sync_cell(visit, scan, cell);
    pthread_mutex_lock(&visit->op->lock);
    finding->told = scan->node->told;
    pthread_mutex_unlock(&visit->op->lock);
    return status;
}

csc_status csc_sync_path(struct csc_op *op, struct csc_scope *scope, const struct csc_path *path)
{
    struct csc_node *node;
    struct sync_plan plan;
    csc_status status;
    size_t i;

    if (!path->count) return csc_sync_scope(op, scope, op->flags, 0);
    if (is_scope_left_out(scope, op->flags, &status)) return status;
    if (csc_failed(status = open_plan(&plan, op, scope, op->flags))) return status;

    /* down to the item; errors of what stands on the way are told under its own name */
    node = plan.visit.pair->root;
    csc_node_addref(node);
    for (i = 0; i < path->count && !csc_failed(status); i++)
    {
        struct finding finding = { &plan.visit, 0, 0 };
        struct csc_scan *scan;

        plan.role = i + 1 < path->count ? ROLE_ABOVE : ROLE_NAMED;
        plan.child = NULL;
        if (csc_failed(status = csc_scan_name(op, node, path->components[i], &scan))) break;
        if ((status = sweep(&plan.visit, scan)) == CSC_FALSE)
        {
            csc_scan_release(scan);
            if (csc_failed(status = csc_scan_name(op, node, path->components[i], &scan))) break;
        }
        if (!csc_failed(status)) status = csc_scan_merge(scan, find_cell, refuse_other, &finding);
        csc_scan_release(scan);
        if (!csc_failed(status) && !finding.found) status = CSC_E_NOT_FOUND;
        if (csc_failed(status) || plan.role == ROLE_NAMED) break;
        if (!plan.child)
        {
            status = finding.told || plan.left_out ? CSC_OK : CSC_E_NOT_FOUND;
            break;
        }
        csc_node_release(node);
        node = plan.child;
        csc_visit_wait_prepared(&plan.visit, node);
        if (node->failed) status = CSC_E_PATH_NOT_FOUND;
    }
    csc_node_release(node);
    plan.role = ROLE_FOUND;
    if (!csc_failed(status)) status = csc_visit_run(&plan.visit);
    close_plan(&plan);
    return status;
}
