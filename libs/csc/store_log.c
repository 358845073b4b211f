/*
 * The store: the record of what was done
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>

#include "store_private.h"

void csc_log_free(struct csc_log_entry *list, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
    {
        free(list[i].operation);
        free(list[i].path);
        free(list[i].reason);
    }
    free(list);
}

static csc_status add(struct csc_store *store, const char *operation, const char *path, csc_status result,
                      const char *reason)
{
    struct csc_query query;
    csc_status status;
    int64_t id;

    csc_query_open(&query, store, CSC_SQL_LOG_ADD);
    csc_query_int(&query, 1, store->clock->now(store->clock));
    csc_query_text(&query, 2, operation);
    csc_query_text(&query, 3, path);
    csc_query_int(&query, 4, result);
    csc_query_text(&query, 5, reason);
    if ((status = csc_query_run(&query, NULL))) return status;

    /* ids have no gaps: the newest row is never deleted */
    if ((id = sqlite3_last_insert_rowid(store->db)) <= CSC_LOG_ROWS) return CSC_OK;
    csc_query_open(&query, store, CSC_SQL_LOG_TRIM);
    csc_query_int(&query, 1, id - CSC_LOG_ROWS);
    return csc_query_run(&query, NULL);
}

csc_status csc_store_log(struct csc_store *store, const char *operation, const char *path, csc_status result,
                         const char *reason)
{
    csc_status status;

    if (!operation) return CSC_E_INVALID_ARG;
    if ((status = csc_store_write_begin(store))) return status;
    return csc_store_write_end(store, add(store, operation, path, result, reason));
}

/* Takes all rows and closes the query. */
static csc_status take_entries(struct csc_query *query, struct csc_log_entry **list, size_t *count)
{
    size_t capacity = 0;

    *list = NULL;
    *count = 0;
    while (csc_query_step(query))
    {
        struct csc_log_entry *entry;

        if (*count == capacity)
        {
            capacity = capacity ? capacity * 2 : 64;
            if (!(entry = realloc(*list, capacity * sizeof(*entry))))
            {
                query->status = CSC_E_OUT_OF_MEMORY;
                break;
            }
            *list = entry;
        }
        entry = &(*list)[(*count)++];
        entry->id = csc_query_column(query, 0);
        entry->time = csc_query_column(query, 1);
        entry->operation = csc_query_column_text(query, 2);
        entry->path = csc_query_column_text(query, 3);
        entry->result = (csc_status)csc_query_column(query, 4);
        entry->reason = csc_query_column_text(query, 5);
        if (!query->status && !entry->operation) csc_query_damaged(query);
    }
    if (!csc_query_close(query)) return CSC_OK;
    csc_log_free(*list, *count);
    *list = NULL;
    *count = 0;
    return query->status;
}

csc_status csc_store_log_read(struct csc_store *store, int64_t since, size_t limit, struct csc_log_entry **list,
                              size_t *count)
{
    struct csc_query query;
    csc_status status;

    if (!limit || limit > CSC_LOG_ROWS) limit = CSC_LOG_ROWS;
    csc_store_lock(store);
    csc_query_open(&query, store, CSC_SQL_LOG_READ);
    csc_query_int(&query, 1, since);
    csc_query_int(&query, 2, (int64_t)limit);
    status = take_entries(&query, list, count);
    csc_store_unlock(store);
    return status;
}

csc_status csc_store_log_after(struct csc_store *store, int64_t after, int64_t since, int errors, size_t limit,
                               struct csc_log_entry **list, size_t *count)
{
    struct csc_query query;
    csc_status status;

    csc_store_lock(store);
    csc_query_open(&query, store, CSC_SQL_LOG_AFTER);
    csc_query_int(&query, 1, after);
    csc_query_int(&query, 2, since);
    csc_query_int(&query, 3, errors != 0);
    csc_query_int(&query, 4, (int64_t)limit);
    status = take_entries(&query, list, count);
    csc_store_unlock(store);
    return status;
}
