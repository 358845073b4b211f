/*
 * What the cache takes and holds
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "exclude.h"
#include "scope.h"

/* A name on an exclusion list of something that is neither cached nor known to be a directory. */
static int is_kept_out(struct csc_engine *engine, const struct csc_path *path)
{
    struct csc_place place;
    int kept_out = 1;

    if (!path->count || !csc_is_excluded(engine, path->components[path->count - 1])) return 0;
    if (csc_failed(csc_place_find(engine, path, &place))) return 1;
    if (place.local.type != CSC_TYPE_NONE || (place.has_item && place.item.type != OFFLINEFILES_ITEM_TYPE_FILE)) kept_out = 0;
    csc_place_clear(&place);
    return kept_out;
}

csc_status csc_is_cacheable(struct csc_engine *engine, const char *path, int *cacheable, uint32_t *mode)
{
    struct csc_unc_place place;
    struct csc_scope *scope;
    struct csc_path parsed;
    csc_status status;

    *cacheable = 0;
    *mode = OFFLINEFILES_CACHING_MODE_NONE;
    if (csc_failed(status = csc_path_parse(path, &parsed))) return status;
    if (is_kept_out(engine, &parsed)) status = CSC_OK;                                              /* Q92 */
    else if (!csc_failed(csc_scope_find(engine, &parsed, &scope)))
    {
        *cacheable = 1;
        *mode = scope->row.caching_mode;
        csc_scope_release(scope);
    }
    else if (parsed.share)
    {
        status = csc_unc_find(engine, parsed.server, parsed.share, &place);
        if (!csc_failed(status))
        {
            if (place.target)
            {
                *cacheable = 1;
                *mode = OFFLINEFILES_CACHING_MODE_MANUAL;
            }
            csc_unc_place_clear(&place);
        }
        /* a directory in the link's place cannot be cached, which is an answer */
        else if (status == CSC_E_EXISTS) status = CSC_OK;
    }
    csc_path_free(&parsed);
    return status;
}

static csc_status add_share(struct csc_scope *scope, struct csc_buffer *records)
{
    size_t before = records->size, size, written;
    struct csc_wire_share *record;
    struct csc_usage usage;
    long name_length, origin_length;
    csc_status status;
    char *name;

    if (csc_failed(status = csc_store_usage(scope->engine->store, scope->row.id, &usage))) return status;
    if (!(name = csc_scope_name(scope))) return CSC_E_OUT_OF_MEMORY;
    name_length = csc_utf16_length(name);
    /* a Unix path need not be UTF-8; then only the name is told */
    origin_length = csc_utf16_length(scope->row.origin);
    if (name_length < 0) status = CSC_E_INVALID_NAME;
    size = (sizeof(*record) + ((size_t)name_length + (origin_length < 0 ? 0 : (size_t)origin_length) + 2) * 2 + 7) &
           ~(size_t)7;
    if (!csc_failed(status) && !(record = csc_buffer_add(records, size))) status = CSC_E_OUT_OF_MEMORY;
    if (!csc_failed(status))
    {
        memset(record, 0, size);
        record->size = (uint32_t)size;
        record->caching_mode = scope->row.caching_mode;
        record->items = usage.items;
        record->pinned = usage.pinned;
        record->sparse = usage.sparse;
        record->conflicts = usage.conflicts;
        record->bytes = usage.bytes;
        csc_scope_state(scope, &record->connect_state, &record->offline_reason);
        pthread_mutex_lock(&scope->engine->lock);
        record->last_sync = scope->row.last_sync ? csc_filetime_from_ns(scope->row.last_sync) : 0;
        pthread_mutex_unlock(&scope->engine->lock);
        record->name_length = (uint32_t)name_length;
        status = csc_utf16_from_utf8(name, record->strings, (size_t)name_length + 1, &written);
        if (!csc_failed(status) && origin_length >= 0)
        {
            record->origin_length = (uint32_t)origin_length;
            status = csc_utf16_from_utf8(scope->row.origin, record->strings + name_length + 1,
                                         (size_t)origin_length + 1, &written);
        }
    }
    free(name);
    if (csc_failed(status)) records->size = before;
    return status;
}

csc_status csc_shares(struct csc_engine *engine, struct csc_buffer *records)
{
    struct csc_scope **scopes;
    csc_status status;
    size_t count, i;

    if (csc_failed(status = csc_scopes_of_server(engine, NULL, &scopes, &count))) return status;
    for (i = 0; i < count && !csc_failed(status); i++) status = add_share(scopes[i], records);
    for (i = 0; i < count; i++) csc_scope_release(scopes[i]);
    free(scopes);
    return status;
}
