/*
 * Rows whose file or directory stands somewhere else in the cache
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "elsewhere.h"
#include "scope.h"

struct reading
{
    struct csc_elsewhere *elsewhere;
    struct csc_scope *scope;
};

static csc_status add(struct csc_elsewhere *elsewhere, int64_t row)
{
    if (elsewhere->count == elsewhere->capacity)
    {
        size_t more = elsewhere->capacity ? elsewhere->capacity * 2 : 16;
        int64_t *rows = realloc(elsewhere->rows, more * sizeof(*rows));

        if (!rows) return CSC_E_OUT_OF_MEMORY;
        elsewhere->rows = rows;
        elsewhere->capacity = more;
    }
    elsewhere->rows[elsewhere->count++] = row;
    return CSC_OK;
}

static int by_number(const void *a, const void *b)
{
    int64_t first = *(const int64_t *)a, second = *(const int64_t *)b;

    return (first > second) - (first < second);
}

/* Something was agreed on under the name that it has now. */
static int is_at_home(const struct csc_item *row, const struct csc_stat *local)
{
    int is_dir = local->type == CSC_TYPE_DIRECTORY;

    return row && (row->flags & CSC_ROW_BASE) && is_dir == (row->type != OFFLINEFILES_ITEM_TYPE_FILE)
           && (is_dir || row->local.ino == local->ino);
}

/* A directory of a number that was used before may be another one: the files in it will tell. */
static csc_status look_at(void *context, const struct csc_walk_item *found)
{
    struct reading *reading = context;
    csc_status status = CSC_OK;
    struct csc_item_list rows;
    enum csc_kinship kinship;
    size_t i;

    if (found->local->type == CSC_TYPE_NONE || is_at_home(found->item, found->local)) return CSC_OK;
    status = csc_store_items_by_file(reading->scope->engine->store, reading->scope->row.id, found->local->ino, &rows);
    if (csc_failed(status)) return status;
    for (i = 0; i < rows.count && !csc_failed(status); i++)
        if ((!found->item || rows.items[i].id != found->item->id)
            && ((kinship = csc_rename_kinship(&rows.items[i], found->local, 1)) == CSC_THE_SAME
                || (kinship == CSC_RELATED && found->local->type == CSC_TYPE_FILE)))       /* in doubt nothing is deleted */
            status = add(reading->elsewhere, rows.items[i].id);
    csc_item_list_free(&rows);
    return status;
}

static void sort(struct csc_elsewhere *elsewhere)
{
    if (elsewhere->count) qsort(elsewhere->rows, elsewhere->count, sizeof(*elsewhere->rows), by_number);
    elsewhere->known = 1;
}

csc_status csc_elsewhere_read(struct csc_elsewhere *elsewhere, struct csc_scope *scope)
{
    struct reading reading = { elsewhere, scope };
    struct csc_place place;
    csc_status status = csc_place_of_scope(scope, &place);

    if (csc_failed(status)) return status;
    status = csc_walk(&place, look_at, &reading);
    csc_place_clear(&place);
    if (!csc_failed(status)) sort(elsewhere);
    return status;
}

csc_status csc_elsewhere_take(struct csc_elsewhere *elsewhere, struct csc_scope *scope, const struct csc_later *later)
{
    csc_status status = CSC_OK;
    size_t i;

    for (i = 0; i < later->mover_count && !csc_failed(status); i++)
    {
        const struct csc_arrival *arrival = csc_later_arrival(later, i);
        struct csc_item row;

        status = csc_store_item_find(scope->engine->store, arrival->dir->item, arrival->key, &row);
        if (status == CSC_E_NOT_FOUND) status = add(elsewhere, arrival->mover.from);
        else if (!csc_failed(status))
        {
            if (!is_at_home(&row, &arrival->stat)) status = add(elsewhere, arrival->mover.from);
            csc_item_clear(&row);
        }
    }
    if (!csc_failed(status)) sort(elsewhere);
    return status;
}

int csc_elsewhere_has(const struct csc_elsewhere *elsewhere, int64_t row)
{
    return elsewhere->count && bsearch(&row, elsewhere->rows, elsewhere->count, sizeof(row), by_number) != NULL;
}

void csc_elsewhere_clear(struct csc_elsewhere *elsewhere)
{
    free(elsewhere->rows);
    memset(elsewhere, 0, sizeof(*elsewhere));
}
