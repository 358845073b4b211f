/*
 * Unpin
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Takes reasons away from rows; nothing else is touched.  [behaviour.md §2.2.5]; Q50-Q52
 */

#include <stdlib.h>
#include <string.h>

#include "scope.h"
#include "sync.h"

struct unpin
{
    struct csc_work work;
    char *path;
    int64_t item;
    uint32_t bits;               /* to be taken away */
};

static char *unpin_path(struct csc_work *work)
{
    return strdup(((struct unpin *)work)->path);
}

static void unpin_destroy(struct csc_work *work)
{
    struct unpin *unpin = (struct unpin *)work;

    free(unpin->path);
    free(unpin);
}

static csc_status run_unpin(struct csc_work *work)
{
    struct unpin *unpin = (struct unpin *)work;
    struct csc_store *store = work->op->engine->store;
    struct csc_item item;
    csc_status status;

    if (csc_failed(status = csc_store_item_get(store, unpin->item, &item))) return status;
    status = csc_store_item_set_pin(store, item.id, item.pin & ~unpin->bits);
    csc_item_clear(&item);
    return status;
}

/* One row: a work when it has any of the bits, or when it is what the path names. */
static csc_status unpin_row(struct csc_op *op, struct csc_scope *scope, const struct csc_item *item, const char *path,
                            uint32_t bits, int named)
{
    struct unpin *unpin;

    if (!named && !(item->pin & bits)) return CSC_OK;
    if (!(unpin = calloc(1, sizeof(*unpin))) || !(unpin->path = strdup(path)))
    {
        free(unpin);
        return CSC_E_OUT_OF_MEMORY;
    }
    csc_work_init(&unpin->work, op, scope);
    unpin->work.run = run_unpin;
    unpin->work.path = unpin_path;
    unpin->work.destroy = unpin_destroy;
    unpin->work.named = named;
    unpin->item = item->id;
    unpin->bits = bits;
    atomic_store(&unpin->work.operation, OFFLINEFILES_SYNC_OPERATION_PIN);
    return csc_work_submit(&unpin->work);
}

/* A directory whose children wait. */
struct level
{
    struct level *next;
    int64_t id;
    char path[];
};

static csc_status push_level(struct level **stack, int64_t id, const char *path, const char *name)
{
    size_t length = strlen(path), more = name ? strlen(name) + 1 : 0;
    struct level *level = malloc(sizeof(*level) + length + more + 1);

    if (!level) return CSC_E_OUT_OF_MEMORY;
    memcpy(level->path, path, length + 1);
    if (name)
    {
        level->path[length] = '\\';
        strcpy(level->path + length + 1, name);
    }
    level->id = id;
    level->next = *stack;
    *stack = level;
    return CSC_OK;
}

static csc_status unpin_children(struct csc_op *op, struct csc_scope *scope, struct level *level, uint32_t bits,
                                 struct level **stack)
{
    struct csc_item_list rows;
    csc_status status;
    char *path;
    size_t i;

    if (csc_failed(status = csc_store_children(op->engine->store, level->id, &rows))) return status;
    for (i = 0; i < rows.count && !csc_failed(status); i++)
    {
        const struct csc_item *item = &rows.items[i];
        int is_dir = item->type != OFFLINEFILES_ITEM_TYPE_FILE;

        if (csc_op_stopping(op)) status = CSC_E_CANCELLED;
        /* shallow: the files that are immediate children (Q50) */
        if (csc_failed(status) || (!op->deep && is_dir)) continue;
        if (item->pin & bits)
        {
            if (!(path = malloc(strlen(level->path) + strlen(item->name) + 2)))
            {
                status = CSC_E_OUT_OF_MEMORY;
                break;
            }
            strcpy(path, level->path);
            strcat(path, "\\");
            strcat(path, item->name);
            status = unpin_row(op, scope, item, path, bits, 0);
            free(path);
        }
        if (!csc_failed(status) && is_dir) status = push_level(stack, item->id, level->path, item->name);
    }
    csc_item_list_free(&rows);
    return status;
}

csc_status csc_unpin_path(struct csc_op *op, struct csc_scope *scope, const struct csc_path *path)
{
    uint32_t bits = op->reasons ? op->reasons[path - op->paths] : csc_pin_reasons(op->flags);
    struct level *stack = NULL, *level;
    struct csc_place place;
    csc_status status;
    int is_dir;

    if (csc_failed(status = csc_place_find(op->engine, path, &place))) return status;
    bits |= bits << CSC_PIN_INHERIT_SHIFT;
    is_dir = place.has_item ? place.item.type != OFFLINEFILES_ITEM_TYPE_FILE : place.local.type == CSC_TYPE_DIRECTORY;
    op->named_file = !is_dir;
    if (!place.has_item)                                                                            /* Q51 */
        status = csc_op_report(op, place.path, OFFLINEFILES_SYNC_OPERATION_PIN, CSC_OK, 1);
    else
    {
        status = unpin_row(op, scope, &place.item, place.path, bits, !is_dir);
        if (!csc_failed(status) && is_dir) status = push_level(&stack, place.item.id, place.path, NULL);
    }
    csc_place_clear(&place);

    while ((level = stack))
    {
        stack = level->next;
        if (!csc_failed(status)) status = unpin_children(op, scope, level, bits, &stack);
        free(level);
    }
    return status;
}
