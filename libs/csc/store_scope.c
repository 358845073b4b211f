/*
 * The store: scopes
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "path.h"
#include "store_private.h"

#define ITEM_TYPE_SHARE 2   /* OFFLINEFILES_ITEM_TYPE_SHARE */

void csc_scope_rows_free(struct csc_scope_row *rows, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
    {
        free(rows[i].server);
        free(rows[i].share);
        free(rows[i].origin);
        free(rows[i].link_before);
    }
    free(rows);
}

static void read_fixed_text(struct csc_query *query, int column, char *target, size_t size)
{
    char *text = csc_query_column_text(query, column);

    snprintf(target, size, "%s", text ? text : "");
    free(text);
}

static void read_scope(struct csc_query *query, struct csc_scope_row *row)
{
    row->id = csc_query_column(query, 0);
    row->server = csc_query_column_text(query, 1);
    row->share = csc_query_column_text(query, 2);
    row->origin = csc_query_column_text(query, 3);
    row->root.dev = (uint64_t)csc_query_column(query, 4);
    row->root.ino = (uint64_t)csc_query_column(query, 5);
    row->root.anonymous = csc_query_column(query, 6) != 0;
    read_fixed_text(query, 7, row->root.fs_type, sizeof(row->root.fs_type));
    read_fixed_text(query, 8, row->root.source, sizeof(row->root.source));
    row->link_before = csc_query_column_text(query, 9);
    row->offline = (uint32_t)csc_query_column(query, 10);
    row->reason = (uint32_t)csc_query_column(query, 11);
    row->caching_mode = (uint32_t)csc_query_column(query, 12);
    row->root_item = csc_query_column(query, 13);
    row->last_sync = csc_query_column(query, 14);
    if (!query->status && (!row->server || !row->share || !row->origin)) csc_query_damaged(query);
}

csc_status csc_store_scopes(struct csc_store *store, struct csc_scope_row **rows, size_t *count)
{
    struct csc_query query;
    csc_status status;

    *rows = NULL;
    *count = 0;
    csc_store_lock(store);
    csc_query_open(&query, store, CSC_SQL_SCOPES);
    while (csc_query_step(&query))
    {
        struct csc_scope_row *larger = realloc(*rows, (*count + 1) * sizeof(**rows));

        if (!larger)
        {
            query.status = CSC_E_OUT_OF_MEMORY;
            break;
        }
        *rows = larger;
        memset(&larger[*count], 0, sizeof(*larger));
        read_scope(&query, &larger[(*count)++]);
    }
    if ((status = csc_query_close(&query)))
    {
        csc_scope_rows_free(*rows, *count);
        *rows = NULL;
        *count = 0;
    }
    csc_store_unlock(store);
    return status;
}

static csc_status put(struct csc_store *store, enum csc_sql sql, const struct csc_scope_row *row, int64_t root_item,
                      int *changed)
{
    struct csc_query query;

    csc_query_open(&query, store, sql);
    if (sql == CSC_SQL_SCOPE_UPDATE) csc_query_int(&query, 1, row->id);
    csc_query_text(&query, 2, row->server);
    csc_query_text(&query, 3, row->share);
    csc_query_text(&query, 4, row->origin);
    csc_query_int(&query, 5, (int64_t)row->root.dev);
    csc_query_int(&query, 6, (int64_t)row->root.ino);
    csc_query_int(&query, 7, row->root.anonymous != 0);
    csc_query_text(&query, 8, row->root.fs_type);
    csc_query_text(&query, 9, row->root.source);
    csc_query_text(&query, 10, row->link_before);
    csc_query_int(&query, 11, row->offline);
    csc_query_int(&query, 12, row->reason);
    csc_query_int(&query, 13, row->caching_mode);
    csc_query_int(&query, 14, root_item);
    csc_query_int(&query, 15, row->last_sync);
    return csc_query_run(&query, changed);
}

/* SERVER/SHARE: unique among the shares' rows, and no name of a file can be the same. */
static csc_status make_share_key(const struct csc_scope_row *row, char **key)
{
    size_t size = strlen(row->server) + strlen(row->share) + 2;
    csc_status status;
    char *name;

    if (!(name = malloc(size))) return CSC_E_OUT_OF_MEMORY;
    snprintf(name, size, "%s/%s", row->server, row->share);
    status = csc_name_key(name, key);
    free(name);
    return status;
}

static csc_status insert(struct csc_store *store, struct csc_scope_row *row, const char *key)
{
    struct csc_item item = {.name = row->share, .type = ITEM_TYPE_SHARE};
    csc_status status;

    /* row and item know each other: the id that csc_item_insert gives next is known before */
    if ((status = put(store, CSC_SQL_SCOPE_INSERT, row, store->next_item, NULL))) return status;
    item.scope = sqlite3_last_insert_rowid(store->db);
    if ((status = csc_item_insert(store, &item, key))) return status == CSC_E_EXISTS ? CSC_E_ALREADY_EXISTS : status;
    row->id = item.scope;
    row->root_item = item.id;
    return CSC_OK;
}

csc_status csc_store_scope_put(struct csc_store *store, struct csc_scope_row *row)
{
    csc_status status;
    int changed;
    char *key;

    if (!row->server || !row->share || !row->origin) return CSC_E_INVALID_ARG;
    if (row->id)
    {
        if ((status = csc_store_write_begin(store))) return status;
        status = put(store, CSC_SQL_SCOPE_UPDATE, row, row->root_item, &changed);
        return csc_store_write_end(store, status || changed ? status : CSC_E_NOT_FOUND);
    }
    if ((status = make_share_key(row, &key))) return status;
    if (!(status = csc_store_write_begin_all(store)))
        status = csc_store_write_end_all(store, insert(store, row, key));
    free(key);
    return status;
}

static csc_status rename_scope(struct csc_store *store, const struct csc_scope_row *row)
{
    struct csc_query query;
    csc_status status;
    int changed = 0;
    char *key;

    if ((status = make_share_key(row, &key))) return status;
    csc_query_open(&query, store, CSC_SQL_SCOPE_RENAME);
    csc_query_int(&query, 1, row->id);
    csc_query_text(&query, 2, row->server);
    csc_query_text(&query, 3, row->share);
    csc_query_text(&query, 4, row->link_before);
    if (!(status = csc_query_run(&query, &changed)) && !changed) status = CSC_E_NOT_FOUND;
    if (!status)
    {
        csc_query_open(&query, store, CSC_SQL_SHARE_RENAME);
        csc_query_int(&query, 1, row->root_item);
        csc_query_text(&query, 2, row->share);
        csc_query_text(&query, 3, key);
        status = csc_query_run(&query, &changed);
        if (status == CSC_E_EXISTS) status = CSC_E_ALREADY_EXISTS;
        else if (!status && !changed) status = CSC_E_NOT_FOUND;
    }
    free(key);
    return status;
}

csc_status csc_store_scopes_rename(struct csc_store *store, const struct csc_scope_row *const *rows, size_t count)
{
    csc_status status;
    size_t i;

    if ((status = csc_store_write_begin_all(store))) return status;
    for (i = 0; i < count && !status; i++) status = rename_scope(store, rows[i]);
    return csc_store_write_end_all(store, status);
}

csc_status csc_store_scope_delete(struct csc_store *store, int64_t id)
{
    static const enum csc_sql parts[] =
        {CSC_SQL_SCOPE_DELETE_CONFLICTS, CSC_SQL_SCOPE_DELETE_ITEMS, CSC_SQL_SCOPE_DELETE};
    csc_status status;
    int changed = 0;
    size_t i;

    if ((status = csc_store_write_begin_all(store))) return status;
    for (i = 0; i < sizeof(parts) / sizeof(parts[0]) && !status; i++)
    {
        struct csc_query query;

        csc_query_open(&query, store, parts[i]);
        csc_query_int(&query, 1, id);
        status = csc_query_run(&query, &changed);
    }
    if (!status && !changed) status = CSC_E_NOT_FOUND;
    return csc_store_write_end_all(store, status);
}
