/*
 * Conflicts
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * With a handler the client is asked and the CR field is ignored; without one the CR field decides; else a
 * conflict is written down and both copies stay. [behaviour.md §2.2.1, §3.14]
 */

#include <stdlib.h>

#include "item.h"
#include "watch.h"

int csc_conflict_policy(uint32_t flags)
{
    switch (flags & OFFLINEFILES_SYNC_CONTROL_CR_MASK)
    {
    case OFFLINEFILES_SYNC_CONTROL_CR_KEEPLOCAL: return OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPLOCAL;
    case OFFLINEFILES_SYNC_CONTROL_CR_KEEPREMOTE: return OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPREMOTE;
    case OFFLINEFILES_SYNC_CONTROL_CR_KEEPLATEST: return OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPLATEST;
    default: return OFFLINEFILES_SYNC_CONFLICT_RESOLVE_NONE;
    }
}

static int asks(const struct csc_item_work *iw)
{
    return (iw->work.op->ask & CSC_OP_ASK_CONFLICTS) != 0;
}

int csc_conflict_resolution(const struct csc_item_work *iw)
{
    if (!asks(iw)) return iw->resolution;
    return iw->work.resolved ? (int)iw->work.resolution : OFFLINEFILES_SYNC_CONFLICT_RESOLVE_NONE;
}

int csc_conflict_must_ask(struct csc_item_work *iw)
{
    struct csc_work *work = &iw->work;

    if (iw->decision.action != CSC_DO_CONFLICT || !asks(iw)) return 0;
    /* an answer holds for the conflict it was given to */
    if (work->resolved && work->conflict_state == iw->decision.state && work->conflict_changes == iw->decision.changes)
        return 0;
    work->resolved = 0;
    work->conflict_state = iw->decision.state;
    work->conflict_known = iw->decision.known;
    work->conflict_changes = iw->decision.changes;
    return 1;
}

csc_status csc_conflict_record(struct csc_item_work *iw)
{
    struct csc_engine *engine = iw->work.op->engine;
    struct csc_conflict conflict = { 0 };
    csc_status status;
    int added;

    /* SKIP: nothing is recorded. [behaviour.md §3.14] */
    if (iw->work.resolved && iw->work.resolution == OFFLINEFILES_SYNC_CONFLICT_RESOLVE_SKIP) return CSC_E_CONFLICT;
    if (csc_watch_lost(engine)) return CSC_E_CANCELLED;
    conflict.item = iw->has_item ? iw->item.id : 0;
    conflict.scope = iw->dir->pair->scope->row.id;
    conflict.state = iw->decision.state;
    conflict.time = engine->clock->now(engine->clock);
    if (!(conflict.path = csc_node_relative(iw->dir, iw->name))) return CSC_E_OUT_OF_MEMORY;
    status = csc_store_conflict_put(engine->store, &conflict, &added);
    free(conflict.path);
    atomic_store(&iw->dir->pair->has_conflicts, 1);
    return csc_failed(status) ? status : CSC_E_CONFLICT;
}

csc_status csc_conflict_keep_both(struct csc_item_work *iw)
{
    csc_status status = csc_keep_both(iw);

    if (status != CSC_E_INVALID_NAME && status != CSC_E_NAME_TOO_LONG && status != CSC_E_EXISTS) return status;
    return csc_conflict_record(iw);
}

csc_status csc_conflict_forget(struct csc_item_work *iw)
{
    struct csc_engine *engine = iw->work.op->engine;
    csc_status status;
    char *path;

    if (iw->decision.action == CSC_DO_NOTHING || !atomic_load(&iw->dir->pair->has_conflicts)) return CSC_OK;
    if (csc_watch_lost(engine)) return CSC_E_CANCELLED;
    if (!(path = csc_node_relative(iw->dir, iw->name))) return CSC_E_OUT_OF_MEMORY;
    status = csc_store_conflict_remove(engine->store, iw->dir->pair->scope->row.id, path);
    free(path);
    return csc_failed(status) ? status : CSC_OK;
}
