/*
 * The store: which content has reached the disk
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>

#include "store_private.h"

static struct csc_flush *find_flush(struct csc_store *store, int64_t scope)
{
    size_t i;

    for (i = 0; i < store->flush_count; i++)
        if (store->flushes[i].scope == scope) return &store->flushes[i];
    return NULL;
}

static struct csc_flush *add_flush(struct csc_store *store, int64_t scope)
{
    struct csc_flush *flushes = realloc(store->flushes, (store->flush_count + 1) * sizeof(*flushes));

    if (!flushes) return NULL;
    store->flushes = flushes;
    flushes[store->flush_count].scope = scope;
    return &flushes[store->flush_count++];
}

csc_status csc_store_flush_begin(struct csc_store *store, int64_t scope)
{
    csc_status status = CSC_OK;
    struct csc_flush *flush;

    csc_store_lock(store);
    if ((flush = find_flush(store, scope)) || (flush = add_flush(store, scope))) flush->begun = ++store->generation;
    else status = CSC_E_OUT_OF_MEMORY;
    csc_store_unlock(store);
    return status;
}

csc_status csc_store_flushed(struct csc_store *store, int64_t scope)
{
    struct csc_flush *flush;
    struct csc_query query;
    csc_status status;

    if ((status = csc_store_write_begin(store))) return status;
    if ((flush = find_flush(store, scope)))
    {
        csc_query_open(&query, store, CSC_SQL_FLUSHED);
        csc_query_int(&query, 1, scope);
        csc_query_int(&query, 2, flush->begun);
        status = csc_query_run(&query, NULL);
    }
    else status = CSC_E_INVALID_ARG;
    return csc_store_write_end(store, status);
}
