/*
 * The store: items
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "path.h"
#include "store_private.h"

void csc_item_clear(struct csc_item *item)
{
    free(item->name);
    free(item->key);
    memset(item, 0, sizeof(*item));
}

void csc_item_list_free(struct csc_item_list *list)
{
    size_t i;

    if (list->texts.last) csc_texts_free(&list->texts);
    else for (i = 0; i < list->count; i++) csc_item_clear(&list->items[i]);
    free(list->items);
    list->items = NULL;
    list->count = 0;
}

/* -- reading -- */

static void read_base(struct csc_query *query, int column, struct csc_base *base)
{
    base->size = (uint64_t)csc_query_column(query, column);
    base->ino = (uint64_t)csc_query_column(query, column + 1);
    base->mtime = csc_query_column(query, column + 2);
    base->ctime = csc_query_column(query, column + 3);
    base->attributes = (uint32_t)csc_query_column(query, column + 4);
    base->recorded = csc_query_column(query, column + 5);
}

/* The row that the query stands on; a failure is in its status.  texts (may be NULL): keeps its name and key. */
static void read_item(struct csc_query *query, struct csc_texts *texts, struct csc_item *item)
{
    item->id = csc_query_column(query, 0);
    item->parent = csc_query_column(query, 1);
    item->scope = csc_query_column(query, 2);
    item->name = csc_query_column_text_in(query, 3, texts);
    item->key = csc_query_column_text_in(query, 4, texts);
    item->type = (uint32_t)csc_query_column(query, 5);
    item->pin = (uint32_t)csc_query_column(query, 6);
    item->flags = (uint32_t)csc_query_column(query, 7);
    read_base(query, 8, &item->origin);
    read_base(query, 14, &item->local);
    item->used = csc_query_column(query, 20);
    item->origin.btime = csc_query_column(query, 21);
    item->origin.atime = csc_query_column(query, 22);
    if (!query->status && (!item->name || !item->key)) csc_query_damaged(query);
}

csc_status csc_item_take(struct csc_query *query, struct csc_item *item)
{
    int found;

    memset(item, 0, sizeof(*item));
    if ((found = csc_query_step(query))) read_item(query, NULL, item);
    if (csc_query_close(query))
    {
        csc_item_clear(item);
        return query->status;
    }
    return found ? CSC_OK : CSC_E_NOT_FOUND;
}

csc_status csc_item_take_list(struct csc_query *query, struct csc_item_list *list)
{
    size_t capacity = 0;

    memset(list, 0, sizeof(*list));
    while (csc_query_step(query))
    {
        if (list->count == capacity)
        {
            struct csc_item *items;

            capacity = capacity ? capacity * 2 : 16;
            if (!(items = realloc(list->items, capacity * sizeof(*items))))
            {
                query->status = CSC_E_OUT_OF_MEMORY;
                break;
            }
            list->items = items;
        }
        memset(&list->items[list->count], 0, sizeof(*list->items));
        read_item(query, &list->texts, &list->items[list->count++]);
    }
    if (csc_query_close(query)) csc_item_list_free(list);
    return query->status;
}

csc_status csc_store_item_get(struct csc_store *store, int64_t id, struct csc_item *item)
{
    struct csc_query query;
    csc_status status;

    csc_store_lock(store);
    csc_query_open(&query, store, CSC_SQL_ITEM_GET);
    csc_query_int(&query, 1, id);
    status = csc_item_take(&query, item);
    csc_store_unlock(store);
    return status;
}

csc_status csc_store_item_find(struct csc_store *store, int64_t parent, const char *key, struct csc_item *item)
{
    struct csc_query query;
    csc_status status;

    csc_store_lock(store);
    csc_query_open(&query, store, CSC_SQL_ITEM_FIND);
    csc_query_int(&query, 1, parent);
    csc_query_text(&query, 2, key);
    status = csc_item_take(&query, item);
    csc_store_unlock(store);
    return status;
}

static csc_status list_items(struct csc_store *store, enum csc_sql sql, int64_t number, struct csc_item_list *list)
{
    struct csc_query query;
    csc_status status;

    csc_store_lock(store);
    csc_query_open(&query, store, sql);
    csc_query_int(&query, 1, number);
    status = csc_item_take_list(&query, list);
    csc_store_unlock(store);
    return status;
}

csc_status csc_store_children(struct csc_store *store, int64_t parent, struct csc_item_list *list)
{
    return list_items(store, CSC_SQL_ITEM_CHILDREN, parent, list);
}

csc_status csc_store_unflushed(struct csc_store *store, int64_t scope, struct csc_item_list *list)
{
    return list_items(store, CSC_SQL_UNFLUSHED, scope, list);
}

csc_status csc_store_pinned_below(struct csc_store *store, int64_t id, int *pinned)
{
    struct csc_query query;
    csc_status status;

    csc_store_lock(store);
    csc_query_open(&query, store, CSC_SQL_PINNED_BELOW);
    csc_query_int(&query, 1, id);
    *pinned = csc_query_step(&query);
    status = csc_query_close(&query);
    csc_store_unlock(store);
    return status;
}

/* -- writing -- */

static void bind_base(struct csc_query *query, int index, const struct csc_base *base)
{
    csc_query_int(query, index, (int64_t)base->size);
    csc_query_int(query, index + 1, (int64_t)base->ino);
    csc_query_int(query, index + 2, base->mtime);
    csc_query_int(query, index + 3, base->ctime);
    csc_query_int(query, index + 4, base->attributes);
    csc_query_int(query, index + 5, base->recorded);
}

static void bind_item(struct csc_query *query, const struct csc_item *item, int64_t id, const char *key)
{
    csc_query_int(query, 1, id);
    csc_query_int(query, 2, item->parent);
    csc_query_int(query, 3, item->scope);
    csc_query_text(query, 4, item->name);
    csc_query_text(query, 5, key);
    csc_query_int(query, 6, item->type);
    csc_query_int(query, 7, item->pin);
    csc_query_int(query, 8, item->flags);
    bind_base(query, 9, &item->origin);
    bind_base(query, 15, &item->local);
    csc_query_int(query, 21, item->used);
    csc_query_int(query, 22, item->flags & CSC_ROW_UNFLUSHED ? query->store->generation : 0);
    csc_query_int(query, 23, item->origin.btime);
    csc_query_int(query, 24, item->origin.atime);
}

csc_status csc_item_insert(struct csc_store *store, struct csc_item *item, const char *key)
{
    struct csc_query query;
    csc_status status;

    csc_query_open(&query, store, CSC_SQL_ITEM_INSERT);
    bind_item(&query, item, store->next_item, key);
    if (!(status = csc_query_run(&query, NULL))) item->id = store->next_item++;
    return status;
}

csc_status csc_item_update(struct csc_store *store, const struct csc_item *item, const char *key)
{
    struct csc_query query;
    csc_status status;
    int changed;

    csc_query_open(&query, store, CSC_SQL_ITEM_UPDATE);
    bind_item(&query, item, item->id, key);
    status = csc_query_run(&query, &changed);
    return status || changed ? status : CSC_E_NOT_FOUND;
}

csc_status csc_store_item_put(struct csc_store *store, struct csc_item *item)
{
    csc_status status;
    char *key = NULL;

    /* the rows of shares come from csc_store_scope_put */
    if (!item->name || (!item->id && !item->parent)) return CSC_E_INVALID_ARG;
    if (!item->key && (status = csc_name_key(item->name, &key))) return status;
    if (!(status = csc_store_write_begin(store)))
    {
        status = item->id ? csc_item_update(store, item, key ? key : item->key) :
                 csc_item_insert(store, item, key ? key : item->key);
        status = csc_store_write_end(store, status);
    }
    free(key);
    return status;
}

/* A statement that sets one value of the row with this id. */
static csc_status set_value(struct csc_store *store, enum csc_sql sql, int64_t id, int64_t value)
{
    struct csc_query query;
    csc_status status;
    int changed;

    if ((status = csc_store_write_begin(store))) return status;
    csc_query_open(&query, store, sql);
    csc_query_int(&query, 1, id);
    csc_query_int(&query, 2, value);
    status = csc_query_run(&query, &changed);
    return csc_store_write_end(store, status || changed ? status : CSC_E_NOT_FOUND);
}

csc_status csc_store_item_set_pin(struct csc_store *store, int64_t id, uint32_t pin)
{
    return set_value(store, CSC_SQL_ITEM_SET_PIN, id, pin);
}

csc_status csc_store_item_touch(struct csc_store *store, int64_t id, int64_t used)
{
    return set_value(store, CSC_SQL_ITEM_TOUCH, id, used);
}

csc_status csc_store_evictable(struct csc_store *store, int64_t used, int64_t id, unsigned limit,
                               struct csc_item_list *list)
{
    struct csc_query query;
    csc_status status;

    csc_store_lock(store);
    csc_query_open(&query, store, CSC_SQL_EVICTABLE);
    csc_query_int(&query, 1, used);
    csc_query_int(&query, 2, id);
    csc_query_int(&query, 3, limit);
    status = csc_item_take_list(&query, list);
    csc_store_unlock(store);
    return status;
}

csc_status csc_store_item_evict(struct csc_store *store, int64_t id, int keep)
{
    struct csc_query query;
    csc_status status;
    int changed = 0;

    if ((status = csc_store_write_begin(store))) return status;
    csc_query_open(&query, store, keep ? CSC_SQL_ITEM_EVICT_KEEPING : CSC_SQL_ITEM_EVICT);
    csc_query_int(&query, 1, id);
    status = csc_query_run(&query, &changed);
    status = csc_store_write_end(store, status);
    return status || changed ? status : CSC_FALSE;
}

csc_status csc_store_item_set_suspended(struct csc_store *store, int64_t id, int suspended)
{
    return set_value(store, CSC_SQL_ITEM_SET_SUSPENDED, id, suspended != 0);
}

csc_status csc_store_item_placed(struct csc_store *store, int64_t id)
{
    struct csc_query query;
    csc_status status;

    if ((status = csc_store_write_begin(store))) return status;
    csc_query_open(&query, store, CSC_SQL_ITEM_PLACED);
    csc_query_int(&query, 1, id);
    return csc_store_write_end(store, csc_query_run(&query, NULL));
}

csc_status csc_store_placed_all(struct csc_store *store)
{
    struct csc_query query;
    csc_status status;

    if ((status = csc_store_write_begin(store))) return status;
    csc_query_open(&query, store, CSC_SQL_PLACED_ALL);
    return csc_store_write_end(store, csc_query_run(&query, NULL));
}

/* -- deleting -- */

/* Puts a key in front of the path that has been put together so far. */
static csc_status prepend(char **path, char *key)
{
    size_t length = strlen(key), rest = *path ? strlen(*path) : 0;
    char *joined;

    if (!*path)
    {
        *path = key;
        return CSC_OK;
    }
    if ((joined = malloc(length + 1 + rest + 1)))
    {
        memcpy(joined, key, length);
        joined[length] = '/';
        memcpy(joined + length + 1, *path, rest + 1);
        free(*path);
        *path = joined;
    }
    free(key);
    return joined ? CSC_OK : CSC_E_OUT_OF_MEMORY;
}

csc_status csc_item_find_place(struct csc_store *store, int64_t id, int64_t *scope, char **path)
{
    struct csc_query query;
    csc_status status;

    *path = NULL;
    *scope = 0;
    csc_query_open(&query, store, CSC_SQL_ITEM_PLACE);
    csc_query_int(&query, 1, id);
    while (csc_query_step(&query))
    {
        char *key;

        *scope = csc_query_column(&query, 1);
        if (!csc_query_column(&query, 0))
        {
            if (!*path) query.status = CSC_E_INVALID_ARG;
            break;
        }
        if ((key = csc_query_column_text(&query, 2))) query.status = prepend(path, key);
    }
    status = csc_query_close(&query);
    if (!status && !*path) status = CSC_E_NOT_FOUND;
    if (status)
    {
        free(*path);
        *path = NULL;
    }
    return status;
}

static csc_status remove_conflicts_below(struct csc_store *store, int64_t scope, const char *path)
{
    size_t length = strlen(path);
    struct csc_query query;
    csc_status status;
    char *from, *to;

    from = malloc(length + 2);
    to = malloc(length + 2);
    if (from && to)
    {
        memcpy(from, path, length);
        memcpy(from + length, "/", 2);
        memcpy(to, path, length);
        memcpy(to + length, "0", 2);   /* the character behind '/' */
        csc_query_open(&query, store, CSC_SQL_CONFLICT_REMOVE_BELOW);
        csc_query_int(&query, 1, scope);
        csc_query_text(&query, 2, path);
        csc_query_text(&query, 3, from);
        csc_query_text(&query, 4, to);
        status = csc_query_run(&query, NULL);
    }
    else status = CSC_E_OUT_OF_MEMORY;
    free(from);
    free(to);
    return status;
}

static csc_status run_with_id(struct csc_store *store, enum csc_sql sql, int64_t id)
{
    struct csc_query query;

    csc_query_open(&query, store, sql);
    csc_query_int(&query, 1, id);
    return csc_query_run(&query, NULL);
}

/* Whether there can be conflicts to remove with a row: finding its place takes a look at each row above it, which
 * would make the removal of a deep tree slow. */
static csc_status needs_place(struct csc_store *store, int64_t id, int *needed)
{
    struct csc_query query;
    int found, share = 0;

    *needed = 0;
    csc_query_open(&query, store, CSC_SQL_ITEM_NEEDS_PLACE);
    csc_query_int(&query, 1, id);
    if ((found = csc_query_step(&query)))
    {
        share = !csc_query_column(&query, 0);
        *needed = csc_query_column(&query, 1) != 0;
    }
    if (csc_query_close(&query)) return query.status;
    return !found ? CSC_E_NOT_FOUND : share ? CSC_E_INVALID_ARG : CSC_OK;
}

csc_status csc_store_item_delete(struct csc_store *store, int64_t id)
{
    csc_status status;
    int64_t scope;
    char *path;
    int needed;

    if ((status = csc_store_write_begin_all(store))) return status;
    if (!(status = needs_place(store, id, &needed)) && needed && !(status = csc_item_find_place(store, id, &scope, &path)))
    {
        if (!(status = remove_conflicts_below(store, scope, path)))
            status = run_with_id(store, CSC_SQL_ITEM_DELETE_CONFLICTS, id);
        free(path);
    }
    if (!status) status = run_with_id(store, CSC_SQL_ITEM_DELETE, id);
    return csc_store_write_end_all(store, status);
}
