/*
 * Records of one scope: what they have in common, conflicts, servers
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "scope.h"

static int compare_ids(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

    return left < right ? -1 : left > right;
}

csc_status csc_conflict_set_read(struct csc_engine *engine, int64_t scope, struct csc_conflict_set *set)
{
    csc_status status;
    size_t i;

    memset(set, 0, sizeof(*set));
    status = csc_store_conflicts(engine->store, scope, &set->list, &set->count);
    if (csc_failed(status) || !set->count) return status;
    if (!(set->ids = malloc(set->count * sizeof(*set->ids))))
    {
        csc_conflict_set_free(set);
        return CSC_E_OUT_OF_MEMORY;
    }
    for (i = 0; i < set->count; i++) if (set->list[i].item) set->ids[set->id_count++] = set->list[i].item;
    qsort(set->ids, set->id_count, sizeof(*set->ids), compare_ids);
    return CSC_OK;
}

void csc_conflict_set_free(struct csc_conflict_set *set)
{
    csc_conflicts_free(set->list, set->count);
    free(set->ids);
    memset(set, 0, sizeof(*set));
}

int csc_conflict_set_has(const struct csc_conflict_set *set, const struct csc_item *item, const char *relative)
{
    size_t i;

    if (!set->count) return 0;
    if (item && item->id) return bsearch(&item->id, set->ids, set->id_count, sizeof(*set->ids), compare_ids) != NULL;
    for (i = 0; i < set->count; i++)
        if (!set->list[i].item && !strcmp(set->list[i].path, relative)) return 1;
    return 0;
}

csc_status csc_view_scope_read(struct csc_scope *scope, struct csc_view_scope *view)
{
    memset(view, 0, sizeof(*view));
    if (!(view->name = csc_scope_name(scope))) return CSC_E_OUT_OF_MEMORY;
    csc_scope_state(scope, &view->connect_state, &view->offline_reason);
    view->caching_mode = scope->row.caching_mode;
    return csc_conflict_set_read(scope->engine, scope->row.id, &view->conflicts);
}

void csc_view_scope_clear(struct csc_view_scope *view)
{
    free(view->name);
    csc_conflict_set_free(&view->conflicts);
    memset(view, 0, sizeof(*view));
}

csc_status csc_view_add(struct csc_buffer *buffer, const struct csc_view_scope *scope, const struct csc_walk_item *item,
                        uint32_t extra)
{
    struct csc_item_view view =
    {
        .item = item->item, .local = item->local, .path = item->path, .name_share = scope->name,
        .connect_state = scope->connect_state, .offline_reason = scope->offline_reason,
        .caching_mode = scope->caching_mode, .flags = item->flags | extra,
    };

    /* what holds for the item alone says more than what holds for the whole share (Q96, Q97) */
    if (item->flags & CSC_ITEM_SUSPENDED)
    {
        view.connect_state = OFFLINEFILES_CONNECT_STATE_OFFLINE;
        view.offline_reason = OFFLINEFILES_OFFLINE_REASON_ITEM_SUSPENDED;
    }
    if (csc_conflict_set_has(&scope->conflicts, item->item, item->relative))
    {
        view.flags |= CSC_ITEM_CONFLICT;
        view.connect_state = OFFLINEFILES_CONNECT_STATE_OFFLINE;
        view.offline_reason = OFFLINEFILES_OFFLINE_REASON_ITEM_VERSION_CONFLICT;
    }
    return csc_record_item(buffer, &view);
}

csc_status csc_view_add_server(struct csc_buffer *buffer, struct csc_scope *const *scopes, size_t count)
{
    uint32_t state, reason;
    struct csc_item item = { .type = OFFLINEFILES_ITEM_TYPE_SERVER };
    struct csc_item_view view =
    {
        .item = &item, .caching_mode = scopes[0]->row.caching_mode,
        .connect_state = OFFLINEFILES_CONNECT_STATE_OFFLINE,
    };
    csc_status status;
    char *path;
    size_t i;

    /* a server is online while one of its shares is */
    for (i = 0; i < count; i++)
    {
        csc_scope_state(scopes[i], &state, &reason);
        if (!i || state == OFFLINEFILES_CONNECT_STATE_ONLINE) view.offline_reason = reason;
        if (state == OFFLINEFILES_CONNECT_STATE_ONLINE) view.connect_state = state;
    }
    if (!(path = malloc(strlen(scopes[0]->row.server) + 3))) return CSC_E_OUT_OF_MEMORY;
    strcpy(path, "\\\\");
    strcat(path, scopes[0]->row.server);
    view.path = path;
    status = csc_record_item(buffer, &view);
    free(path);
    return status;
}

csc_status csc_partly_pinned(struct csc_engine *engine, const struct csc_item *item, int *partly)
{
    *partly = 0;
    if (!item || item->type == OFFLINEFILES_ITEM_TYPE_FILE || (item->pin & CSC_PIN_REASONS)) return CSC_OK;
    return csc_store_pinned_below(engine->store, item->id, partly);
}
