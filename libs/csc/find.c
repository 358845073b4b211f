/*
 * Finding one item
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "filter.h"
#include "scope.h"

/* The record of a server; one that has no mapped share is not in the cache. */
static csc_status find_server(struct csc_engine *engine, const char *server, struct csc_buffer *record)
{
    struct csc_scope **scopes;
    csc_status status;
    size_t count, i;

    if (csc_failed(status = csc_scopes_of_server(engine, server, &scopes, &count))) return status;
    status = count ? csc_view_add_server(record, scopes, count) : CSC_E_NOT_FOUND;
    for (i = 0; i < count; i++) csc_scope_release(scopes[i]);
    free(scopes);
    return status;
}

static csc_status record_place(struct csc_engine *engine, const struct csc_place *place, struct csc_buffer *record)
{
    struct csc_view_scope view;
    struct csc_walk_item item =
    {
        .item = place->has_item ? &place->item : NULL, .local = &place->local,
        .path = place->path, .relative = place->relative,
    };
    csc_status status;
    int partly = 0;

    item.flags = csc_item_change_flags(place->scope, item.item, &place->local, place->tree_lost);
    if (place->suspended) item.flags |= CSC_ITEM_SUSPENDED;
    if (item.item && (item.item->flags & CSC_ROW_SUSPENDED)) item.flags |= CSC_ITEM_SUSPENDED_ROOT;
    if (csc_failed(status = csc_view_scope_read(place->scope, &view))) goto done;
    if (csc_failed(status = csc_partly_pinned(engine, item.item, &partly))) goto done;
    status = csc_view_add(record, &view, &item, partly ? CSC_ITEM_PARTLY_PINNED : 0);
done:
    csc_view_scope_clear(&view);
    return status;
}

static csc_status find_path(struct csc_engine *engine, const char *path, uint32_t query, struct csc_buffer *record)
{
    struct csc_place place;
    struct csc_path parsed;
    csc_status status;

    if (csc_failed(status = csc_path_parse(path, &parsed))) return status;
    if (!parsed.share) status = find_server(engine, parsed.server, record);
    else if (!csc_failed(status = csc_place_find(engine, &parsed, &place)))
    {
        /* our reading of a flag that has no text: have a look whether the origin is back (Q67) */
        if (query & OFFLINEFILES_ITEM_QUERY_ATTEMPT_TRANSITIONONLINE) csc_scope_suspect(place.scope);
        status = record_place(engine, &place, record);
        csc_place_clear(&place);
    }
    csc_path_free(&parsed);
    return status;
}

csc_status csc_find_filtered(struct csc_engine *engine, const char *path, uint32_t query,
                             const struct csc_wire_filters *filters, struct csc_buffer *record)
{
    struct csc_filters ready;
    size_t before = record->size;
    csc_status status;

    if (filters && csc_failed(status = csc_filters_make(filters, &ready))) return status;
    if (csc_failed(status = find_path(engine, path, query, record)) || !filters) return status;
    if (csc_filters_pass(&ready, (const struct csc_wire_item *)(record->data + before))) return status;
    record->size = before;
    return CSC_E_NOT_FOUND;
}

csc_status csc_find(struct csc_engine *engine, const char *path, uint32_t query, struct csc_buffer *record)
{
    return csc_find_filtered(engine, path, query, NULL, record);
}
