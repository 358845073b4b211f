/*
 * Suspending trees
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The mark is on the row of the root and holds for everything below it (place.c, walk.c, sync.c).  A share has a link
 * of its own, so that a suspended one is really offline; of a directory in an online share programs see the origin.
 * [behaviour.md §2.18]; Q99
 */

#include <stdlib.h>

#include "scope.h"
#include "sidecar.h"

static csc_status suspend_place(struct csc_place *place, int suspend)
{
    struct csc_engine *engine = place->scope->engine;
    int is_dir = place->has_item ? place->item.type != OFFLINEFILES_ITEM_TYPE_FILE
                                 : place->local.type == CSC_TYPE_DIRECTORY;
    int is_root = place->has_item && (place->item.flags & CSC_ROW_SUSPENDED);
    csc_status status;

    if (!is_dir) return CSC_E_DIRECTORY;
    if (!place->has_item) return CSC_E_INVALID_STATE;
    if (!suspend && !is_root) return place->suspended ? CSC_E_INVALID_STATE : CSC_OK;
    if (suspend && is_root) return CSC_OK;

    csc_store_forget_changes(engine->store);
    if (csc_failed(status = csc_store_item_set_suspended(engine->store, place->item.id, suspend))) return status;
    if (place->item.type == OFFLINEFILES_ITEM_TYPE_SHARE) status = csc_scope_follow_suspension(place->scope);
    if (!csc_failed(status)) status = csc_store_commit(engine->store, 1);
    csc_sidecar_pins_changed(engine);
    csc_store_log(engine->store, suspend ? "suspend" : "resume", place->path, status,
                  csc_failed(status) ? csc_status_text(status) : "Somebody asked for it.");
    return status;
}

csc_status csc_suspend(struct csc_engine *engine, const char *path, int suspend)
{
    struct csc_place place;
    struct csc_path parsed;
    csc_status status;

    if (csc_failed(status = csc_path_parse(path, &parsed))) return status;
    if (!parsed.share) status = CSC_E_BAD_PATH;
    else if (!csc_failed(status = csc_check_wait(engine)) && !csc_failed(status = csc_place_find(engine, &parsed, &place)))
    {
        status = suspend_place(&place, suspend);
        csc_place_clear(&place);
    }
    csc_path_free(&parsed);
    return status;
}

csc_status csc_scope_is_suspended(struct csc_scope *scope, int *suspended)
{
    struct csc_item item;
    csc_status status;

    *suspended = 0;
    if (csc_failed(status = csc_store_item_get(scope->engine->store, scope->row.root_item, &item))) return status;
    *suspended = (item.flags & CSC_ROW_SUSPENDED) != 0;
    csc_item_clear(&item);
    return CSC_OK;
}
