/*
 * Enumerating items
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * All records are made when the enumeration is opened (Q71) and handed out in pieces.
 */

#include <stdlib.h>
#include <string.h>

#include "filter.h"
#include "scope.h"

struct csc_enum
{
    struct csc_buffer records;
    size_t next;                  /* offset of the next record */
};

/* The records of one place being made. */
struct builder
{
    struct csc_engine *engine;
    struct csc_enum *snapshot;
    const struct csc_view_scope *view;
    const struct csc_filters *filters;   /* NULL: none */
    int flat, files_only;
    size_t *open;                 /* flat: offsets of the records of the containers around, by depth */
    size_t open_capacity;
};

#define NO_RECORD ((size_t)-1)

/* The record at an offset, which moves with each addition. */
static struct csc_wire_item *record_at(struct builder *builder, size_t offset)
{
    return (struct csc_wire_item *)(builder->snapshot->records.data + offset);
}

/* A pinned item makes the containers around it partly pinned, up to one that knows already. */
static void mark_containers(struct builder *builder, size_t depth)
{
    while (depth--)
    {
        struct csc_wire_item *record;

        if (builder->open[depth] == NO_RECORD) continue;
        record = record_at(builder, builder->open[depth]);
        if (record->flags & CSC_ITEM_PARTLY_PINNED) break;
        if (!(record->pin & CSC_PIN_REASONS)) record->flags |= CSC_ITEM_PARTLY_PINNED;
    }
}

/* Notes the record of a container whose content follows. */
static csc_status remember_container(struct builder *builder, size_t depth, size_t offset)
{
    if (depth >= builder->open_capacity)
    {
        size_t capacity = depth + 32, *open = realloc(builder->open, capacity * sizeof(*open));

        if (!open) return CSC_E_OUT_OF_MEMORY;
        builder->open = open;
        builder->open_capacity = capacity;
    }
    builder->open[depth] = offset;
    return CSC_OK;
}

/* Takes the record at the end back when it does not pass. */
static int pass_filters(struct builder *builder, size_t offset)
{
    if (!builder->filters || csc_filters_pass(builder->filters, record_at(builder, offset))) return 1;
    builder->snapshot->records.size = offset;
    return 0;
}

/* depth: how many containers of this enumeration are around the item */
static csc_status add_item(struct builder *builder, const struct csc_walk_item *item, size_t depth, uint32_t type)
{
    struct csc_buffer *records = &builder->snapshot->records;
    size_t offset = records->size;
    int container = type != OFFLINEFILES_ITEM_TYPE_FILE, partly = 0;
    csc_status status = CSC_OK;

    if (builder->flat && item->item && (item->item->pin & CSC_PIN_REASONS)) mark_containers(builder, depth);
    if (container && builder->files_only) return remember_container(builder, depth, NO_RECORD);
    if (!builder->flat) status = csc_partly_pinned(builder->engine, item->item, &partly);
    if (!csc_failed(status)) status = csc_view_add(records, builder->view, item, partly ? CSC_ITEM_PARTLY_PINNED : 0);
    if (!csc_failed(status) && !pass_filters(builder, offset)) offset = NO_RECORD;
    if (!csc_failed(status) && builder->flat) status = remember_container(builder, depth, offset);
    return status;
}

struct walk_context
{
    struct builder *builder;
    size_t depth;                 /* of the place's children */
};

static csc_status add_walked(void *context, const struct csc_walk_item *item)
{
    struct walk_context *walk = context;

    return add_item(walk->builder, item, walk->depth + item->depth, item->type);
}

/* What is below a place. */
static csc_status add_below(struct builder *builder, struct csc_place *place, size_t depth)
{
    struct walk_context context = { builder, depth };

    return csc_walk(builder->engine, place, builder->flat, add_walked, &context);
}

/* A share and, when flat, what is below it. */
static csc_status add_share(struct builder *builder, struct csc_scope *scope, size_t depth)
{
    struct csc_view_scope view;
    struct csc_place place;
    struct csc_walk_item item;
    csc_status status;

    if (csc_failed(status = csc_place_of_scope(scope, &place)))
        return status == CSC_E_NOT_FOUND ? CSC_OK : status;   /* unmapped a moment ago */
    if (!csc_failed(status = csc_view_scope_read(scope, &view)))
    {
        memset(&item, 0, sizeof(item));
        item.item = &place.item;
        item.local = &place.local;
        item.path = place.path;
        item.relative = place.relative;
        item.flags = csc_item_change_flags(builder->engine, item.item, item.local, place.tree_lost);
        if (place.suspended) item.flags |= CSC_ITEM_SUSPENDED | CSC_ITEM_SUSPENDED_ROOT;
        builder->view = &view;
        status = add_item(builder, &item, depth, OFFLINEFILES_ITEM_TYPE_SHARE);
        if (!csc_failed(status) && builder->flat) status = add_below(builder, &place, depth + 1);
    }
    csc_view_scope_clear(&view);
    csc_place_clear(&place);
    return status;
}

static int same_server(const struct csc_scope *a, const struct csc_scope *b)
{
    /* scopes of one server have the name of its directory */
    return !strcmp(a->row.server, b->row.server);
}

static csc_status add_server(struct builder *builder, struct csc_scope **scopes, size_t count)
{
    size_t offset = builder->snapshot->records.size;
    csc_status status = csc_view_add_server(&builder->snapshot->records, scopes, count);

    if (!csc_failed(status)) pass_filters(builder, offset);
    return status;
}

/* The shares of a server, or (server NULL) the servers. */
static csc_status add_scopes(struct builder *builder, const char *server)
{
    struct csc_scope **scopes;
    csc_status status;
    size_t count, i, next, depth = server ? 0 : 1;

    if (csc_failed(status = csc_scopes_of_server(builder->engine, server, &scopes, &count))) return status;
    if (server && !count) status = CSC_E_NOT_FOUND;
    for (i = 0; i < count && !csc_failed(status); i = next)
    {
        next = i + 1;
        if (!server)
        {
            while (next < count && same_server(scopes[i], scopes[next])) next++;
            if (!builder->files_only) status = add_server(builder, scopes + i, next - i);
            /* servers have no pin state */
            if (!csc_failed(status)) status = remember_container(builder, 0, NO_RECORD);
            if (!builder->flat) continue;
        }
        for (; i < next && !csc_failed(status); i++) status = add_share(builder, scopes[i], depth);
    }
    for (i = 0; i < count; i++) csc_scope_release(scopes[i]);
    free(scopes);
    return status;
}

static csc_status add_place(struct builder *builder, struct csc_place *place)
{
    struct csc_view_scope view;
    csc_status status;

    if (place->has_item ? place->item.type == OFFLINEFILES_ITEM_TYPE_FILE : place->local.type != CSC_TYPE_DIRECTORY)
        return CSC_E_DIRECTORY;
    if (!csc_failed(status = csc_view_scope_read(place->scope, &view)))
    {
        builder->view = &view;
        status = add_below(builder, place, 0);
    }
    csc_view_scope_clear(&view);
    return status;
}

static csc_status add_path(struct builder *builder, const struct csc_path *path, uint32_t query)
{
    struct csc_place place;
    csc_status status;

    if (!path->share) return add_scopes(builder, path->server);
    if (csc_failed(status = csc_place_find(builder->engine, path, &place))) return status;
    if (query & OFFLINEFILES_ITEM_QUERY_ATTEMPT_TRANSITIONONLINE) csc_scope_suspect(place.scope);
    status = add_place(builder, &place);
    csc_place_clear(&place);
    return status;
}

csc_status csc_enum_open_filtered(struct csc_engine *engine, const char *path, uint32_t query, uint32_t enum_flags,
                                  const struct csc_wire_filters *filters, struct csc_enum **snapshot)
{
    struct csc_filters ready;
    struct builder builder =
    {
        .engine = engine, .filters = filters ? &ready : NULL, .flat = (enum_flags & OFFLINEFILES_ENUM_FLAT) != 0,
        .files_only = (enum_flags & OFFLINEFILES_ENUM_FLAT) && (enum_flags & OFFLINEFILES_ENUM_FLAT_FILESONLY),
    };
    struct csc_path parsed;
    csc_status status;

    *snapshot = NULL;
    if (enum_flags & ~(OFFLINEFILES_ENUM_FLAT | OFFLINEFILES_ENUM_FLAT_FILESONLY)) return CSC_E_INVALID_ARG;
    if (filters && csc_failed(status = csc_filters_make(filters, &ready))) return status;
    if (!(builder.snapshot = calloc(1, sizeof(*builder.snapshot)))) return CSC_E_OUT_OF_MEMORY;
    if (!path) status = add_scopes(&builder, NULL);
    else if (!csc_failed(status = csc_path_parse(path, &parsed)))
    {
        status = add_path(&builder, &parsed, query);
        csc_path_free(&parsed);
    }
    free(builder.open);
    if (csc_failed(status)) csc_enum_close(builder.snapshot);
    else *snapshot = builder.snapshot;
    return csc_failed(status) ? status : CSC_OK;
}

csc_status csc_enum_open(struct csc_engine *engine, const char *path, uint32_t query, uint32_t enum_flags,
                         struct csc_enum **snapshot)
{
    return csc_enum_open_filtered(engine, path, query, enum_flags, NULL, snapshot);
}

csc_status csc_enum_next(struct csc_enum *snapshot, size_t max_bytes, struct csc_buffer *records)
{
    size_t end = snapshot->next, size;
    void *copy;

    if (end == snapshot->records.size) return CSC_FALSE;
    do
    {
        size = ((const struct csc_wire_item *)(snapshot->records.data + end))->size;
        if (end != snapshot->next && end - snapshot->next + size > max_bytes) break;
        end += size;
    }
    while (end < snapshot->records.size);
    if (!(copy = csc_buffer_add(records, end - snapshot->next))) return CSC_E_OUT_OF_MEMORY;
    memcpy(copy, snapshot->records.data + snapshot->next, end - snapshot->next);
    snapshot->next = end;
    return CSC_OK;
}

size_t csc_enum_bytes(const struct csc_enum *snapshot)
{
    return snapshot->records.size;
}

void csc_enum_close(struct csc_enum *snapshot)
{
    if (!snapshot) return;
    csc_buffer_free(&snapshot->records);
    free(snapshot);
}
