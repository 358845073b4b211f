/*
 * The store: small values by name
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "store_private.h"

csc_status csc_meta_get(struct csc_store *store, const char *name, char **value)
{
    struct csc_query query;
    int found;

    *value = NULL;
    csc_query_open(&query, store, CSC_SQL_META_GET);
    csc_query_text(&query, 1, name);
    if ((found = csc_query_step(&query))) *value = csc_query_column_text(&query, 0);
    if (csc_query_close(&query)) return query.status;
    return found ? CSC_OK : CSC_E_NOT_FOUND;
}

csc_status csc_meta_set(struct csc_store *store, const char *name, const char *value)
{
    struct csc_query query;

    csc_query_open(&query, store, value ? CSC_SQL_META_SET : CSC_SQL_META_REMOVE);
    csc_query_text(&query, 1, name);
    if (value) csc_query_text(&query, 2, value);
    return csc_query_run(&query, NULL);
}

csc_status csc_store_meta_get(struct csc_store *store, const char *name, char **value)
{
    csc_status status;

    csc_store_lock(store);
    status = csc_meta_get(store, name, value);
    csc_store_unlock(store);
    return status;
}

csc_status csc_store_meta_set(struct csc_store *store, const char *name, const char *value)
{
    csc_status status;

    if ((status = csc_store_write_begin(store))) return status;
    return csc_store_write_end(store, csc_meta_set(store, name, value));
}
