/*
 * Whether a share has changes that were not synchronized
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "scope.h"

/* ends the walk at the first change */
#define FOUND_CHANGE CSC_E_CHANGED

static csc_status refuse_change(void *context, const struct csc_walk_item *item)
{
    (void)context;
    return item->flags & CSC_ITEM_DIRTY ? FOUND_CHANGE : CSC_OK;
}

csc_status csc_scope_is_dirty(struct csc_scope *scope, int *dirty)
{
    struct csc_usage usage;
    struct csc_place place;
    csc_status status;

    *dirty = 1;
    if (atomic_load(&scope->damaged)) return CSC_OK;
    status = csc_store_usage(scope->engine->store, scope->row.id, &usage);
    if (csc_failed(status) || usage.conflicts) return status;
    if (csc_failed(status = csc_place_of_scope(scope, &place))) return status;
    status = csc_walk(&place, refuse_change, NULL);
    /* what stands in the tree and cannot be an item came from somebody, too */
    if (!csc_failed(status)) *dirty = place.left_out;
    csc_place_clear(&place);
    return status == FOUND_CHANGE ? CSC_OK : status;
}
