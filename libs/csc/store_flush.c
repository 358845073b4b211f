/*
 * The store: which content has reached the disk
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "store_private.h"

int64_t csc_store_flush_begin(struct csc_store *store)
{
    int64_t begun;

    csc_store_lock(store);
    begun = ++store->generation;
    csc_store_unlock(store);
    return begun;
}

csc_status csc_store_flushed(struct csc_store *store, int64_t scope, int64_t begun)
{
    struct csc_query query;
    csc_status status;

    if ((status = csc_store_write_begin(store))) return status;
    csc_query_open(&query, store, CSC_SQL_FLUSHED);
    csc_query_int(&query, 1, scope);
    csc_query_int(&query, 2, begun);
    return csc_store_write_end(store, csc_query_run(&query, NULL));
}

csc_status csc_store_wants_flush(struct csc_store *store, int64_t scope, int *any)
{
    struct csc_query query;
    csc_status status;

    csc_store_lock(store);
    csc_query_open(&query, store, CSC_SQL_WANTS_FLUSH);
    csc_query_int(&query, 1, scope);
    *any = csc_query_step(&query);
    status = csc_query_close(&query);
    csc_store_unlock(store);
    return status;
}
