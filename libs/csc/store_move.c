/*
 * The store: rows that change their place
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>

#include "cscwire.h"
#include "store_private.h"

/* Conflicts are kept by path: those at and below the row follow it. */
static csc_status move_conflicts(struct csc_store *store, int64_t scope, const char *old_key, const char *key,
                                 const char *path)
{
    struct csc_query query;

    csc_query_open(&query, store, CSC_SQL_CONFLICT_MOVE);
    csc_query_int(&query, 1, scope);
    csc_query_text(&query, 2, old_key);
    csc_query_text(&query, 3, key);
    csc_query_text(&query, 4, path);
    return csc_query_run(&query, NULL);
}

static csc_status pin_subtree(struct csc_store *store, int64_t id, uint32_t pin)
{
    struct csc_query query;

    csc_query_open(&query, store, CSC_SQL_ITEM_PIN_SUBTREE);
    csc_query_int(&query, 1, id);
    csc_query_int(&query, 2, pin);
    csc_query_int(&query, 3, pin & CSC_PIN_REASONS);
    return csc_query_run(&query, NULL);
}

csc_status csc_store_item_move(struct csc_store *store, const struct csc_item *item, const char *path, uint32_t pin,
                               int told)
{
    char *old_key = NULL, *key = NULL;
    csc_status status;
    int64_t scope;

    if (!item->id || !item->parent || !item->name || !item->key) return CSC_E_INVALID_ARG;
    if ((status = csc_store_write_begin_all(store))) return status;
    store->renames_untold = !told;
    if (!(status = csc_item_find_place(store, item->id, &scope, &old_key)) &&
        !(status = csc_item_update(store, item, item->key)) &&
        !(status = csc_item_find_place(store, item->id, &scope, &key)))
        status = move_conflicts(store, scope, old_key, key, path);
    if (!status && pin) status = pin_subtree(store, item->id, pin);
    store->renames_untold = 0;
    free(old_key);
    free(key);
    return csc_store_write_end_all(store, status);
}

csc_status csc_store_items_by_file(struct csc_store *store, int64_t scope, uint64_t ino, struct csc_item_list *list)
{
    struct csc_query query;
    csc_status status;

    csc_store_lock(store);
    csc_query_open(&query, store, CSC_SQL_ITEM_BY_FILE);
    csc_query_int(&query, 1, scope);
    csc_query_int(&query, 2, (int64_t)ino);
    status = csc_item_take_list(&query, list);
    csc_store_unlock(store);
    return status;
}
