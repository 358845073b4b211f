/*
 * The conflicts on record, as records for clients
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "scope.h"
#include "utf.h"

static csc_status add_record(struct csc_buffer *records, const struct csc_conflict *conflict, const char *path,
                             const struct csc_place *place)
{
    struct csc_wire_conflict *record;
    long length = csc_utf16_length(path);
    size_t written, size, before = records->size;
    csc_status status;

    if (length < 0 || length > (long)CSC_MAX_PATH_UNITS) return CSC_OK;      /* no such path can be named */
    size = (sizeof(*record) + ((size_t)length + 1) * sizeof(uint16_t) + 7) & ~(size_t)7;
    if (!(record = csc_buffer_add(records, size))) return CSC_E_OUT_OF_MEMORY;
    memset(record, 0, size);
    record->size = (uint32_t)size;
    record->state = conflict->state;
    record->time = csc_filetime_from_ns(conflict->time);
    if (place && place->local.type != CSC_TYPE_NONE) record->flags |= CSC_CONFLICT_HAS_LOCAL;
    if (place && place->local.type == CSC_TYPE_DIRECTORY) record->flags |= CSC_CONFLICT_LOCAL_DIRECTORY;
    record->path_length = (uint32_t)length;
    if (csc_failed(status = csc_utf16_from_utf8(path, record->path, (size_t)length + 1, &written))) records->size = before;
    return status;
}

/* name: \\server\share. */
static csc_status add_conflict(struct csc_engine *engine, const char *name, const struct csc_conflict *conflict,
                               struct csc_buffer *records)
{
    struct csc_path path = { 0 };
    struct csc_place place;
    char *text, *p;
    csc_status status;

    if (!(text = csc_join(name, conflict->path))) return CSC_E_OUT_OF_MEMORY;
    for (p = text; *p; p++) if (*p == '/') *p = '\\';
    status = csc_path_parse(text, &path);
    if (!csc_failed(status)) status = csc_place_find(engine, &path, &place);
    if (!csc_failed(status))
    {
        status = add_record(records, conflict, place.path, &place);
        csc_place_clear(&place);
    }
    else if (status != CSC_E_OUT_OF_MEMORY) status = add_record(records, conflict, text, NULL);
    csc_path_free(&path);
    free(text);
    return status;
}

static csc_status add_scope(struct csc_scope *scope, const char *below, struct csc_buffer *records)
{
    struct csc_conflict *list;
    size_t count, i, length = below ? strlen(below) : 0;
    char *name = csc_scope_name(scope), *key;
    csc_status status;

    if (!name) return CSC_E_OUT_OF_MEMORY;
    status = csc_store_conflicts(scope->engine->store, scope->row.id, &list, &count);
    if (!csc_failed(status))
    {
        for (i = 0; i < count && !csc_failed(status); i++)
        {
            int wanted = !length;

            if (!wanted && !csc_failed(status = csc_name_key(list[i].path, &key)))
            {
                wanted = !strncmp(key, below, length) && (!key[length] || key[length] == '/');
                free(key);
            }
            if (wanted) status = add_conflict(scope->engine, name, &list[i], records);
        }
        csc_conflicts_free(list, count);
    }
    free(name);
    return status;
}

/* The key of the components below a share, as conflicts have it; NULL: out of memory. */
static char *key_below(const struct csc_path *path)
{
    char *text = strdup(""), *joined, *key;
    size_t i;

    for (i = 0; i < path->count && text; i++)
    {
        joined = i ? csc_join(text, path->components[i]) : strdup(path->components[i]);
        free(text);
        text = joined;
    }
    if (!text) return NULL;
    if (csc_failed(csc_name_key(text, &key))) key = NULL;
    free(text);
    return key;
}

csc_status csc_conflicts(struct csc_engine *engine, const char *text, struct csc_buffer *records)
{
    struct csc_path path = { 0 };
    struct csc_scope **scopes = NULL, *scope;
    csc_status status = CSC_OK;
    char *below = NULL;
    size_t count = 0, i;

    if (text && csc_failed(status = csc_path_parse(text, &path))) return status;
    if (path.share)
    {
        if (!(below = key_below(&path))) status = CSC_E_OUT_OF_MEMORY;
        if (!csc_failed(status)) status = csc_scope_find(engine, &path, &scope);
        if (!csc_failed(status))
        {
            status = add_scope(scope, below, records);
            csc_scope_release(scope);
        }
    }
    else
    {
        status = csc_scopes_of_server(engine, path.server, &scopes, &count);
        for (i = 0; i < count; i++)
        {
            if (!csc_failed(status)) status = add_scope(scopes[i], NULL, records);
            csc_scope_release(scopes[i]);
        }
        free(scopes);
        if (!csc_failed(status) && path.server && !count) status = CSC_E_BAD_NETPATH;
    }
    free(below);
    csc_path_free(&path);
    return status;
}
