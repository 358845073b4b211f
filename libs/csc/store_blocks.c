/*
 * The store: the blocks of large files
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A list counts only together with the base of the cache's copy that it was made from: when that moves, the list is
 * of another content.  Rows take their lists along when they go (a trigger in store_schema.c).
 */

#include <stdlib.h>
#include <string.h>

#include "blocks.h"
#include "store_private.h"

static void bind_content(struct csc_query *query, const struct csc_item *item)
{
    csc_query_int(query, 1, item->id);
    csc_query_int(query, 2, (int64_t)item->local.size);
    csc_query_int(query, 3, item->local.mtime);
    csc_query_int(query, 4, (int64_t)item->local.ino);
    csc_query_int(query, 5, item->local.recorded);
}

csc_status csc_store_blocks_get(struct csc_store *store, const struct csc_item *item, struct csc_blocks *blocks)
{
    struct csc_query query;
    csc_status status;
    size_t size;

    memset(blocks, 0, sizeof(*blocks));
    csc_store_lock(store);
    csc_query_open(&query, store, CSC_SQL_BLOCKS_GET);
    bind_content(&query, item);
    if (csc_query_step(&query))
    {
        blocks->size = item->local.size;
        blocks->block = (uint32_t)csc_query_column(&query, 0);
        blocks->hashes = csc_query_column_blob(&query, 1, &size);
        /* a row that the program did not write so */
        if (!query.status && (!blocks->block || size != csc_block_count(blocks->size, blocks->block) * CSC_BLOCK_HASH))
            query.status = CSC_E_NOT_FOUND;
    }
    else if (!query.status) query.status = CSC_E_NOT_FOUND;
    if ((status = csc_query_close(&query))) csc_blocks_free(blocks);
    csc_store_unlock(store);
    return status;
}

csc_status csc_store_blocks_put(struct csc_store *store, const struct csc_item *item, const struct csc_blocks *blocks)
{
    struct csc_query query;
    csc_status status;

    if ((status = csc_store_write_begin(store))) return status;
    csc_query_open(&query, store, CSC_SQL_BLOCKS_PUT);
    bind_content(&query, item);
    csc_query_int(&query, 6, blocks->block);
    csc_query_blob(&query, 7, blocks->hashes, csc_block_count(blocks->size, blocks->block) * CSC_BLOCK_HASH);
    status = csc_query_run(&query, NULL);
    return csc_store_write_end(store, status);
}

csc_status csc_store_blocks_wanted(struct csc_store *store, int64_t scope, int64_t after, struct csc_item *item)
{
    struct csc_query query;
    csc_status status;

    csc_store_lock(store);
    csc_query_open(&query, store, CSC_SQL_BLOCKS_WANTED);
    csc_query_int(&query, 1, scope);
    csc_query_int(&query, 2, after);
    status = csc_item_take(&query, item);
    csc_store_unlock(store);
    return status;
}
