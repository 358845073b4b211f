/*
 * The store: conflicts on record
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "path.h"
#include "store_private.h"

void csc_conflicts_free(struct csc_conflict *list, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) free(list[i].path);
    free(list);
}

static void read_conflict(struct csc_query *query, struct csc_conflict *conflict)
{
    conflict->item = csc_query_column(query, 0);
    conflict->scope = csc_query_column(query, 1);
    conflict->path = csc_query_column_text(query, 2);
    conflict->state = (uint32_t)csc_query_column(query, 3);
    conflict->time = csc_query_column(query, 4);
}

/* With the store locked.  CSC_E_NOT_FOUND. */
static csc_status find(struct csc_store *store, int64_t scope, const char *key, struct csc_conflict *conflict)
{
    struct csc_query query;
    int found;

    memset(conflict, 0, sizeof(*conflict));
    csc_query_open(&query, store, CSC_SQL_CONFLICT_FIND);
    csc_query_int(&query, 1, scope);
    csc_query_text(&query, 2, key);
    if ((found = csc_query_step(&query))) read_conflict(&query, conflict);
    if (csc_query_close(&query)) return query.status;
    return found ? CSC_OK : CSC_E_NOT_FOUND;
}

static csc_status put(struct csc_store *store, const struct csc_conflict *conflict, const char *key, int *added)
{
    struct csc_conflict present;
    struct csc_query query;
    csc_status status;
    int known;

    status = find(store, conflict->scope, key, &present);
    free(present.path);
    if (status && status != CSC_E_NOT_FOUND) return status;
    *added = status == CSC_E_NOT_FOUND;
    known = !status && present.state == conflict->state;

    csc_query_open(&query, store, CSC_SQL_CONFLICT_PUT);
    csc_query_int(&query, 1, conflict->scope);
    csc_query_text(&query, 2, key);
    csc_query_text(&query, 3, conflict->path);
    csc_query_int(&query, 4, conflict->item);
    csc_query_int(&query, 5, conflict->state);
    csc_query_int(&query, 6, known ? present.time : conflict->time);
    return csc_query_run(&query, NULL);
}

csc_status csc_store_conflict_put(struct csc_store *store, const struct csc_conflict *conflict, int *added)
{
    csc_status status;
    char *key;

    *added = 0;
    if (!conflict->path) return CSC_E_INVALID_ARG;
    if ((status = csc_name_key(conflict->path, &key))) return status;
    if (!(status = csc_store_write_begin(store)))
        status = csc_store_write_end(store, put(store, conflict, key, added));
    free(key);
    return status;
}

csc_status csc_store_conflict_remove(struct csc_store *store, int64_t scope, const char *path)
{
    struct csc_query query;
    csc_status status;
    int changed;
    char *key;

    if ((status = csc_name_key(path, &key))) return status;
    if (!(status = csc_store_write_begin(store)))
    {
        csc_query_open(&query, store, CSC_SQL_CONFLICT_REMOVE);
        csc_query_int(&query, 1, scope);
        csc_query_text(&query, 2, key);
        status = csc_query_run(&query, &changed);
        status = csc_store_write_end(store, status || changed ? status : CSC_FALSE);
    }
    free(key);
    return status;
}

csc_status csc_store_conflict_find(struct csc_store *store, int64_t scope, const char *path, struct csc_conflict *conflict)
{
    csc_status status;
    char *key;

    memset(conflict, 0, sizeof(*conflict));
    if ((status = csc_name_key(path, &key))) return status;
    csc_store_lock(store);
    status = find(store, scope, key, conflict);
    csc_store_unlock(store);
    free(key);
    return status;
}

csc_status csc_store_conflicts(struct csc_store *store, int64_t scope, struct csc_conflict **list, size_t *count)
{
    struct csc_query query;
    csc_status status;

    *list = NULL;
    *count = 0;
    csc_store_lock(store);
    csc_query_open(&query, store, CSC_SQL_CONFLICTS);
    csc_query_int(&query, 1, scope);
    while (csc_query_step(&query))
    {
        struct csc_conflict *larger = realloc(*list, (*count + 1) * sizeof(**list));

        if (!larger)
        {
            query.status = CSC_E_OUT_OF_MEMORY;
            break;
        }
        *list = larger;
        read_conflict(&query, &larger[(*count)++]);
    }
    if ((status = csc_query_close(&query)))
    {
        csc_conflicts_free(*list, *count);
        *list = NULL;
        *count = 0;
    }
    csc_store_unlock(store);
    return status;
}
