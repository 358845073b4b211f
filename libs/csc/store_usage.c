/*
 * The store: sums over items, kept up to date by triggers (store_schema.c)
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "store_private.h"

static csc_status sum_items(struct csc_store *store, int64_t scope, struct csc_usage *usage)
{
    struct csc_query query;

    csc_query_open(&query, store, CSC_SQL_USAGE);
    csc_query_int(&query, 1, scope);
    if (csc_query_step(&query))
    {
        usage->items = (uint64_t)csc_query_column(&query, 0);
        usage->pinned = (uint64_t)csc_query_column(&query, 1);
        usage->sparse = (uint64_t)csc_query_column(&query, 2);
        usage->bytes = (uint64_t)csc_query_column(&query, 3);
        usage->bytes_unpinned = (uint64_t)csc_query_column(&query, 4);
    }
    return csc_query_close(&query);
}

static csc_status count_conflicts(struct csc_store *store, int64_t scope, struct csc_usage *usage)
{
    struct csc_query query;

    csc_query_open(&query, store, CSC_SQL_USAGE_CONFLICTS);
    csc_query_int(&query, 1, scope);
    if (csc_query_step(&query)) usage->conflicts = (uint64_t)csc_query_column(&query, 0);
    return csc_query_close(&query);
}

csc_status csc_store_usage(struct csc_store *store, int64_t scope, struct csc_usage *usage)
{
    csc_status status;

    memset(usage, 0, sizeof(*usage));
    csc_store_lock(store);
    if (!(status = sum_items(store, scope, usage))) status = count_conflicts(store, scope, usage);
    csc_store_unlock(store);
    return status;
}
