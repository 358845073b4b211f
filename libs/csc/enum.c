/*
 * Enumerating items
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Records are made as they are asked for: an enumeration is a walk that rests between two pieces, so that it takes no more
 * than the directories it is in.  What it takes from the store is read a directory at a time, and no transaction stays open;
 * what comes or goes meanwhile is there or not, as it is when the walk gets to its directory (Q71).
 */

#include <stdlib.h>
#include <string.h>

#include "filter.h"
#include "scope.h"

struct csc_enum
{
    struct csc_engine *engine;
    struct csc_filters filters;
    int has_filters, flat, files_only;

    struct csc_scope **scopes;    /* whose shares come, each with a reference */
    size_t scope_count, next_scope;
    int with_servers;             /* the record of a server comes before its shares */

    /* where the walk is, NULL: not below a share */
    struct csc_walker *walker;
    struct csc_place place;
    struct csc_view_scope view;

    int64_t *above_pins;          /* containers that are partly pinned, read when the first record asks */
    size_t above_pin_count;
    int above_pins_known;

    struct csc_buffer records;    /* made and not handed out yet */
    csc_status status;            /* a failure, which stays, or CSC_FALSE: all records are made */
};

static int compare_ids(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

    return left < right ? -1 : left > right;
}

/* As csc_partly_pinned, for many items. */
static csc_status partly_pinned(struct csc_enum *all, const struct csc_item *item, int *partly)
{
    csc_status status;

    *partly = 0;
    if (!item || item->type == OFFLINEFILES_ITEM_TYPE_FILE || (item->pin & CSC_PIN_REASONS)) return CSC_OK;
    if (!all->above_pins_known)
    {
        status = csc_store_above_pins(all->engine->store, &all->above_pins, &all->above_pin_count);
        if (csc_failed(status)) return status;
        all->above_pins_known = 1;
    }
    if (all->above_pin_count)
        *partly = bsearch(&item->id, all->above_pins, all->above_pin_count, sizeof(item->id), compare_ids) != NULL;
    return CSC_OK;
}

/* Takes the record at the end back when it does not pass. */
static void pass_filters(struct csc_enum *all, size_t offset)
{
    if (!all->has_filters) return;
    if (!csc_filters_pass(&all->filters, (const struct csc_wire_item *)(all->records.data + offset))) all->records.size = offset;
}

static csc_status add_item(struct csc_enum *all, const struct csc_walk_item *item, uint32_t type)
{
    size_t offset = all->records.size;
    csc_status status;
    int partly;

    if (all->files_only && type != OFFLINEFILES_ITEM_TYPE_FILE) return CSC_OK;
    status = partly_pinned(all, item->item, &partly);
    if (!csc_failed(status))
        status = csc_view_add(&all->records, &all->view, item, partly ? CSC_ITEM_PARTLY_PINNED : 0);
    if (!csc_failed(status)) pass_filters(all, offset);
    return status;
}

static void leave_place(struct csc_enum *all)
{
    csc_walker_close(all->walker);
    all->walker = NULL;
    csc_view_scope_clear(&all->view);
    csc_place_clear(&all->place);
}

/* The record of the share that all->place is. */
static csc_status add_share(struct csc_enum *all)
{
    const struct csc_place *place = &all->place;
    struct csc_walk_item item = { .item = &place->item, .local = &place->local, .path = place->path,
                                  .relative = place->relative };

    item.flags = csc_item_change_flags(place->scope, item.item, item.local, place->tree_lost);
    if (place->suspended) item.flags |= CSC_ITEM_SUSPENDED | CSC_ITEM_SUSPENDED_ROOT;
    return add_item(all, &item, OFFLINEFILES_ITEM_TYPE_SHARE);
}

/* A share and, when flat, the way below it. */
static csc_status enter_share(struct csc_enum *all, struct csc_scope *scope)
{
    csc_status status;

    if (csc_failed(status = csc_place_of_scope(scope, &all->place)))
        return status == CSC_E_NOT_FOUND ? CSC_OK : status;   /* unmapped a moment ago */
    status = csc_view_scope_read(scope, &all->view);
    if (!csc_failed(status)) status = add_share(all);
    if (!csc_failed(status) && all->flat) status = csc_walker_open(&all->place, 1, &all->walker);
    if (!all->walker) leave_place(all);
    return status;
}

static int same_server(const struct csc_scope *a, const struct csc_scope *b)
{
    /* scopes of one server have the name of its directory */
    return !strcmp(a->row.server, b->row.server);
}

/* The server of the next scope, when that is its first one. */
static csc_status add_server(struct csc_enum *all)
{
    struct csc_scope **scopes = all->scopes + all->next_scope;
    size_t offset = all->records.size, left = all->scope_count - all->next_scope, count = 1;
    csc_status status;

    if (all->files_only || (all->next_scope && same_server(scopes[-1], scopes[0]))) return CSC_OK;
    while (count < left && same_server(scopes[0], scopes[count])) count++;
    status = csc_view_add_server(&all->records, scopes, count);
    if (!csc_failed(status)) pass_filters(all, offset);
    return status;
}

/* Makes some more records, or none; CSC_FALSE: there are no more. */
static csc_status go_on(struct csc_enum *all)
{
    struct csc_walk_item item;
    csc_status status = CSC_OK;

    if (all->walker)
    {
        status = csc_walker_next(all->walker, &item);
        if (status == CSC_OK) return add_item(all, &item, item.type);
        leave_place(all);
        if (csc_failed(status)) return status;
    }
    if (all->next_scope == all->scope_count) return CSC_FALSE;
    if (all->with_servers) status = add_server(all);
    if (!csc_failed(status) && (!all->with_servers || all->flat)) status = enter_share(all, all->scopes[all->next_scope]);
    all->next_scope++;
    return status;
}

/* -- opening -- */

/* The shares of a server, or (server NULL) the servers. */
static csc_status open_scopes(struct csc_enum *all, const char *server)
{
    csc_status status = csc_scopes_of_server(all->engine, server, &all->scopes, &all->scope_count);

    all->with_servers = !server;
    if (csc_failed(status)) return status;
    return server && !all->scope_count ? CSC_E_NOT_FOUND : CSC_OK;
}

static csc_status open_place(struct csc_enum *all)
{
    const struct csc_place *place = &all->place;
    csc_status status;

    if (place->has_item ? place->item.type == OFFLINEFILES_ITEM_TYPE_FILE : place->local.type != CSC_TYPE_DIRECTORY)
        return CSC_E_DIRECTORY;
    status = csc_view_scope_read(place->scope, &all->view);
    if (!csc_failed(status)) status = csc_walker_open(&all->place, all->flat, &all->walker);
    return status;
}

static csc_status open_path(struct csc_enum *all, const struct csc_path *path, uint32_t query)
{
    csc_status status;

    if (!path->share) return open_scopes(all, path->server);
    if (csc_failed(status = csc_place_find(all->engine, path, &all->place))) return status;
    if (query & OFFLINEFILES_ITEM_QUERY_ATTEMPT_TRANSITIONONLINE) csc_scope_suspect(all->place.scope);
    return open_place(all);
}

/* A flat enumeration may take long and stays small; what is not flat is made as it is now. */
static csc_status begin(struct csc_enum *all)
{
    csc_status status = CSC_OK;

    if (all->walker) csc_walker_rest(all->walker);
    else if (!all->flat) while ((status = go_on(all)) == CSC_OK) {}
    all->status = status;
    return status;
}

csc_status csc_enum_open_filtered(struct csc_engine *engine, const char *path, uint32_t query, uint32_t enum_flags,
                                  const struct csc_wire_filters *filters, struct csc_enum **ret)
{
    struct csc_enum *all;
    struct csc_path parsed;
    csc_status status = CSC_OK;

    *ret = NULL;
    if (enum_flags & ~(OFFLINEFILES_ENUM_FLAT | OFFLINEFILES_ENUM_FLAT_FILESONLY)) return CSC_E_INVALID_ARG;
    if (!(all = calloc(1, sizeof(*all)))) return CSC_E_OUT_OF_MEMORY;
    all->engine = engine;
    all->flat = (enum_flags & OFFLINEFILES_ENUM_FLAT) != 0;
    all->files_only = all->flat && (enum_flags & OFFLINEFILES_ENUM_FLAT_FILESONLY);
    all->has_filters = filters != NULL;
    if (filters) status = csc_filters_make(filters, &all->filters);
    if (csc_failed(status)) {}
    else if (!path) status = open_scopes(all, NULL);
    else if (!csc_failed(status = csc_path_parse(path, &parsed)))
    {
        status = open_path(all, &parsed, query);
        csc_path_free(&parsed);
    }
    if (!csc_failed(status)) status = begin(all);
    if (csc_failed(status)) csc_enum_close(all);
    else *ret = all;
    return csc_failed(status) ? status : CSC_OK;
}

csc_status csc_enum_open(struct csc_engine *engine, const char *path, uint32_t query, uint32_t enum_flags,
                         struct csc_enum **ret)
{
    return csc_enum_open_filtered(engine, path, query, enum_flags, NULL, ret);
}

/* -- handing out -- */

/* How many bytes of whole records are a piece: at most max_bytes, at least one record. */
static size_t piece_size(const struct csc_buffer *records, size_t max_bytes)
{
    size_t end = 0, size;

    while (end < records->size)
    {
        size = ((const struct csc_wire_item *)(records->data + end))->size;
        if (end && end + size > max_bytes) break;
        end += size;
    }
    return end;
}

csc_status csc_enum_next(struct csc_enum *all, size_t max_bytes, struct csc_buffer *records)
{
    size_t size;
    void *copy;

    while (all->status == CSC_OK && all->records.size <= max_bytes) all->status = go_on(all);
    if (all->walker) csc_walker_rest(all->walker);
    if (csc_failed(all->status)) return all->status;
    if (!(size = piece_size(&all->records, max_bytes))) return CSC_FALSE;
    if (!(copy = csc_buffer_add(records, size))) return CSC_E_OUT_OF_MEMORY;
    memcpy(copy, all->records.data, size);
    all->records.size -= size;
    memmove(all->records.data, all->records.data + size, all->records.size);
    return CSC_OK;
}

size_t csc_enum_bytes(const struct csc_enum *all)
{
    return sizeof(*all) + all->records.capacity + all->above_pin_count * sizeof(*all->above_pins) +
           (all->walker ? csc_walker_bytes(all->walker) : 0);
}

void csc_enum_close(struct csc_enum *all)
{
    size_t i;

    if (!all) return;
    leave_place(all);
    for (i = 0; i < all->scope_count; i++) csc_scope_release(all->scopes[i]);
    free(all->scopes);
    free(all->above_pins);
    csc_buffer_free(&all->records);
    free(all);
}
