/*
 * The store: which pins are not inherited
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "store_private.h"

struct own_pin_id
{
    int64_t id;
    struct csc_own_pin pin;
};

void csc_own_pins_free(struct csc_own_pin *list, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) free(list[i].path);
    free(list);
}

static csc_status read_path(struct csc_store *store, int64_t id, char **path)
{
    struct csc_query query;

    *path = NULL;
    csc_query_open(&query, store, CSC_SQL_ITEM_PATH);
    csc_query_int(&query, 1, id);
    if (csc_query_step(&query)) *path = csc_query_column_text(&query, 0);
    if (csc_query_close(&query)) return query.status;
    return *path || (*path = strdup("")) ? CSC_OK : CSC_E_OUT_OF_MEMORY;
}

/* Store locked. */
static csc_status read_ids(struct csc_store *store, int64_t scope, struct own_pin_id **list, size_t *count)
{
    struct csc_query query;
    size_t capacity = 0;

    csc_query_open(&query, store, CSC_SQL_OWN_PINS);
    csc_query_int(&query, 1, scope);
    while (csc_query_step(&query))
    {
        struct own_pin_id *entry;

        if (*count == capacity)
        {
            capacity = capacity ? capacity * 2 : 64;
            if (!(entry = realloc(*list, capacity * sizeof(*entry))))
            {
                query.status = CSC_E_OUT_OF_MEMORY;
                break;
            }
            *list = entry;
        }
        entry = &(*list)[(*count)++];
        entry->id = csc_query_column(&query, 0);
        entry->pin.path = NULL;
        entry->pin.type = (uint32_t)csc_query_column(&query, 1);
        entry->pin.pin = (uint32_t)csc_query_column(&query, 2);
        entry->pin.flags = (uint32_t)csc_query_column(&query, 3);
    }
    return csc_query_close(&query);
}

csc_status csc_store_above_pins(struct csc_store *store, int64_t **ids, size_t *count)
{
    struct csc_query query;
    size_t capacity = 0;

    *ids = NULL;
    *count = 0;
    csc_store_lock(store);
    csc_query_open(&query, store, CSC_SQL_ABOVE_PINS);
    while (csc_query_step(&query))
    {
        if (*count == capacity)
        {
            int64_t *larger = realloc(*ids, (capacity = capacity ? capacity * 2 : 64) * sizeof(*larger));

            if (!larger)
            {
                query.status = CSC_E_OUT_OF_MEMORY;
                break;
            }
            *ids = larger;
        }
        (*ids)[(*count)++] = csc_query_column(&query, 0);
    }
    csc_query_close(&query);
    csc_store_unlock(store);
    if (!query.status) return CSC_OK;
    free(*ids);
    *ids = NULL;
    *count = 0;
    return query.status;
}

csc_status csc_store_own_pins(struct csc_store *store, int64_t scope, struct csc_own_pin **list, size_t *count)
{
    struct own_pin_id *ids = NULL;
    csc_status status;
    size_t found = 0, i;

    *list = NULL;
    *count = 0;
    csc_store_lock(store);
    status = read_ids(store, scope, &ids, &found);
    if (!status && found && !(*list = calloc(found, sizeof(**list)))) status = CSC_E_OUT_OF_MEMORY;
    for (i = 0; i < found && !status; i++)
    {
        (*list)[i] = ids[i].pin;
        if (!(status = read_path(store, ids[i].id, &(*list)[i].path))) ++*count;
    }
    csc_store_unlock(store);
    free(ids);
    if (status)
    {
        csc_own_pins_free(*list, *count);
        *list = NULL;
        *count = 0;
    }
    return status;
}
