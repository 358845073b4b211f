/*
 * Visiting directories of a pair
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "transfer.h"
#include "visit.h"

/* directories that are read ahead at least; more where there are more workers */
#define READ_AHEAD 16

void csc_visit_init(struct csc_visit *visit, struct csc_pair *pair, uint32_t flags, uint32_t may)
{
    memset(visit, 0, sizeof(*visit));
    visit->op = pair->op;
    visit->pair = pair;
    visit->flags = flags;
    visit->may = may;
    visit->fresh_tail = &visit->fresh;
}

void csc_visit_push(struct csc_visit *visit, struct csc_node *node)
{
    node->next = NULL;
    *visit->fresh_tail = node;
    visit->fresh_tail = &node->next;
}

/* Puts the children that were pushed on top, the first of them first. */
static void stack_fresh(struct csc_visit *visit)
{
    *visit->fresh_tail = visit->stack;
    visit->stack = visit->fresh;
    visit->fresh = NULL;
    visit->fresh_tail = &visit->fresh;
}

csc_status csc_visit_remove_later(struct csc_visit *visit, struct csc_node *node)
{
    if (visit->removal_count == visit->removal_capacity)
    {
        size_t capacity = visit->removal_capacity ? visit->removal_capacity * 2 : 16;
        struct csc_node **removals = realloc(visit->removals, capacity * sizeof(*removals));

        if (!removals) return CSC_E_OUT_OF_MEMORY;
        visit->removals = removals;
        visit->removal_capacity = capacity;
    }
    csc_node_addref(node);
    visit->removals[visit->removal_count++] = node;
    return CSC_OK;
}

void csc_visit_wait_prepared(struct csc_visit *visit, struct csc_node *node)
{
    struct csc_op *op = visit->op;

    pthread_mutex_lock(&op->lock);
    while (node->preparing && !csc_op_stopping(op)) csc_op_wait(op, UINT_MAX);
    pthread_mutex_unlock(&op->lock);
    csc_op_drop_works(op);
}

/* Starts to read the directories on top of the stack.  Returns the first that can be looked at, taken from the
 * stack: it was read, or failed before; NULL: none yet. */
static csc_status read_ahead(struct csc_visit *visit, struct csc_node **ready)
{
    struct csc_op *op = visit->op;
    struct csc_node **link, *node;
    csc_status status;
    unsigned i;

    *ready = NULL;
    visit->ahead = csc_pool_width(visit->pair->scope->pool);
    if (visit->ahead < READ_AHEAD) visit->ahead = READ_AHEAD;
    for (i = 0, link = &visit->stack; (node = *link) && i < visit->ahead; i++, link = &node->next)
    {
        int preparing, failed, done;

        pthread_mutex_lock(&op->lock);
        preparing = node->preparing;
        failed = node->failed;
        done = failed || (node->scan && node->scan->done);
        pthread_mutex_unlock(&op->lock);
        if (!preparing && !failed && !node->scan && csc_failed(status = csc_scan_start(op, node, &node->scan)))
            return status;
        if (!done || *ready) continue;
        *ready = node;
    }
    if (!*ready) return CSC_OK;
    for (link = &visit->stack; *link != *ready; link = &(*link)->next) {}
    *link = (*ready)->next;
    return CSC_OK;
}

/* 1: something may have moved since read_ahead looked. */
static int can_go_on(struct csc_visit *visit)
{
    struct csc_node *node;
    unsigned i;

    for (i = 0, node = visit->stack; node && i < visit->ahead; i++, node = node->next)
        if (node->failed || (node->scan ? node->scan->done : !node->preparing)) return 1;
    return csc_op_stopping(visit->op);
}

/* A file that was evicted for something else after its directory was read is not there any more, and nobody deleted it. */
static csc_status follow_eviction(struct csc_visit *visit, struct csc_scan *scan, struct csc_cell *cell)
{
    struct csc_item item;
    csc_status status;

    if (scan->evictions == atomic_load(&visit->op->evictions) || !cell->side[CSC_LOCAL] || !cell->item
        || cell->item->type != OFFLINEFILES_ITEM_TYPE_FILE) return CSC_OK;
    status = csc_store_item_get(visit->op->engine->store, cell->item->id, &item);
    if (csc_failed(status) && status != CSC_E_NOT_FOUND) return status;
    if (!csc_failed(status) && !(item.flags & CSC_ROW_EVICTED))
    {
        csc_item_clear(&item);
        return CSC_OK;
    }
    cell->side[CSC_LOCAL] = NULL;
    if (csc_failed(status)) cell->item = NULL;
    else
    {
        cell->item->flags = item.flags;
        csc_item_clear(&item);
    }
    return cell->item || cell->side[CSC_ORIGIN] ? CSC_OK : CSC_FALSE;
}

static csc_status visit_cell(void *context, struct csc_scan *scan, struct csc_cell *cell)
{
    struct csc_visit *visit = context;
    csc_status status;

    if (csc_op_stopping(visit->op)) return CSC_E_CANCELLED;
    if ((status = follow_eviction(visit, scan, cell))) return csc_failed(status) ? status : CSC_OK;
    return visit->cell(visit, scan, cell);
}

static csc_status refuse_name(void *context, struct csc_scan *scan, const char *name, csc_status why)
{
    struct csc_visit *visit = context;
    csc_status status;
    char *path;

    if (why == CSC_E_DUPLICATE_NAME && visit->twice && (status = visit->twice(visit, scan, name)) != CSC_FALSE) return status;
    pthread_mutex_lock(&visit->op->lock);
    scan->node->kept = scan->node->told = 1;
    pthread_mutex_unlock(&visit->op->lock);
    visit->unread = 1;
    if (!(path = csc_node_path(scan->node, name))) return CSC_E_OUT_OF_MEMORY;
    status = csc_op_report(visit->op, path, OFFLINEFILES_SYNC_OPERATION_PREPARE, why, 0);
    free(path);
    return status;
}

/* A directory that cannot be read: nothing is done below it. */
static csc_status report_unread(struct csc_visit *visit, struct csc_scan *scan, csc_status why)
{
    csc_status status;
    char *path;

    if (csc_op_stopping(visit->op)) return CSC_E_CANCELLED;
    pthread_mutex_lock(&visit->op->lock);
    scan->node->kept = scan->node->told = 1;
    pthread_mutex_unlock(&visit->op->lock);
    visit->unread = 1;
    if (!(path = csc_node_path(scan->node, NULL))) return CSC_E_OUT_OF_MEMORY;
    status = csc_op_report(visit->op, path, OFFLINEFILES_SYNC_OPERATION_PREPARE,
                           why == CSC_E_CHANGED ? CSC_E_SHARING : why, 0);
    free(path);
    return status;
}

static csc_status look_at(struct csc_visit *visit, struct csc_scan *scan)
{
    csc_status status;

    if (csc_failed(scan->rows_status)) return scan->rows_status;
    if (csc_failed(status = scan->status[CSC_ORIGIN]))
    {
        if (status == CSC_E_CHANGED && visit->pair->local_first)
        {
            visit->pair->not_found = 1;
            return CSC_OK;
        }
        csc_origin_result(visit->pair, status);
        return report_unread(visit, scan, status);
    }
    if (csc_failed(status = scan->status[CSC_LOCAL])) return report_unread(visit, scan, csc_local_result(visit->pair, status));
    if (visit->opened && (status = visit->opened(visit, scan))) return csc_failed(status) ? status : CSC_OK;
    if (csc_failed(status = csc_scan_merge(scan, visit_cell, refuse_name, visit))) return status;
    return visit->left ? visit->left(visit, scan) : CSC_OK;
}

csc_status csc_visit_enumerated(struct csc_visit *visit, struct csc_scan *scan)
{
    struct csc_node *node = scan->node;
    struct csc_item item;
    csc_status status;

    if (!node->item || node->row_flags & CSC_ROW_ENUMERATED || node->side[CSC_ORIGIN].missing) return CSC_OK;
    if (csc_failed(status = csc_store_item_get(visit->op->engine->store, node->item, &item)))
        return status == CSC_E_NOT_FOUND ? CSC_OK : status;
    item.flags |= CSC_ROW_ENUMERATED;
    status = csc_store_item_put(visit->op->engine->store, &item);
    csc_item_clear(&item);
    return status;
}

/* A directory stays: so do those above it. */
static void keep_above(struct csc_visit *visit, struct csc_node *node)
{
    pthread_mutex_lock(&visit->op->lock);
    if (node->kept && node->parent)
    {
        node->parent->kept = 1;
        node->parent->told |= node->told;
    }
    pthread_mutex_unlock(&visit->op->lock);
}

/* Removes directories, deepest first; those of one depth do not depend on each other. */
static csc_status run_removals(struct csc_visit *visit)
{
    unsigned depth, deepest = 0;
    csc_status status = CSC_OK;
    struct csc_node **sorted;
    size_t *starts, i;

    if (!visit->removal_count) return CSC_OK;
    for (i = 0; i < visit->removal_count; i++)
        if (visit->removals[i]->depth > deepest) deepest = visit->removals[i]->depth;
    sorted = malloc(visit->removal_count * sizeof(*sorted));
    starts = calloc(deepest + 2, sizeof(*starts));
    if (!sorted || !starts)
    {
        free(sorted);
        free(starts);
        return CSC_E_OUT_OF_MEMORY;
    }
    for (i = 0; i < visit->removal_count; i++) starts[visit->removals[i]->depth + 1]++;
    for (depth = 0; depth <= deepest; depth++) starts[depth + 1] += starts[depth];
    for (i = 0; i < visit->removal_count; i++) sorted[starts[visit->removals[i]->depth]++] = visit->removals[i];

    /* starts[depth] is now the end of that depth */
    for (depth = deepest + 1, i = visit->removal_count; depth-- && !csc_failed(status);)
    {
        size_t from = depth ? starts[depth - 1] : 0, at;

        for (at = from; at < i && !csc_failed(status); at++)
        {
            if (csc_op_stopping(visit->op)) status = CSC_E_CANCELLED;
            else status = visit->removal(visit, sorted[at]);
        }
        csc_work_drain(visit->op);
        csc_op_drop_works(visit->op);
        for (at = from; at < i; at++) keep_above(visit, sorted[at]);
        i = from;
    }
    free(sorted);
    free(starts);
    return status;
}

/* Looks at every directory on the stack and waits for the works. */
static csc_status run_stack(struct csc_visit *visit)
{
    struct csc_op *op = visit->op;
    csc_status status = CSC_OK;
    struct csc_node *node;
    int failed;

    stack_fresh(visit);
    while (visit->stack && !csc_failed(status))
    {
        if (csc_op_stopping(op)) return CSC_E_CANCELLED;
        if (csc_failed(status = read_ahead(visit, &node))) break;
        if (!node)
        {
            pthread_mutex_lock(&op->lock);
            while (!can_go_on(visit)) csc_op_wait(op, UINT_MAX);
            pthread_mutex_unlock(&op->lock);
            csc_op_drop_works(op);
            continue;
        }
        pthread_mutex_lock(&op->lock);
        failed = node->failed;
        pthread_mutex_unlock(&op->lock);
        if (!failed) status = look_at(visit, node->scan);
        else visit->unread = 1;
        csc_scan_release(node->scan);
        node->scan = NULL;
        csc_node_release(node);
        stack_fresh(visit);
    }
    if (csc_failed(status)) return status;
    csc_work_drain(op);
    csc_op_drop_works(op);
    return csc_op_stopping(op) ? CSC_E_CANCELLED : CSC_OK;
}

csc_status csc_visit_run(struct csc_visit *visit)
{
    csc_status status;

    do status = run_stack(visit);
    while (!csc_failed(status) && visit->more && (status = visit->more(visit)) == CSC_FALSE);
    if (!csc_failed(status)) status = run_removals(visit);
    /* what a removal came to */
    while (!csc_failed(status) && visit->more && (status = visit->more(visit)) == CSC_FALSE) status = run_stack(visit);
    return csc_failed(status) && csc_op_stopping(visit->op) ? csc_op_stop_status(visit->op) : status;
}

void csc_visit_clear(struct csc_visit *visit)
{
    struct csc_node *node;
    size_t i;

    stack_fresh(visit);
    while ((node = visit->stack))
    {
        visit->stack = node->next;
        csc_scan_release(node->scan);
        node->scan = NULL;
        csc_node_release(node);
    }
    for (i = 0; i < visit->removal_count; i++) csc_node_release(visit->removals[i]);
    free(visit->removals);
    visit->removals = NULL;
    visit->removal_count = visit->removal_capacity = 0;
}
