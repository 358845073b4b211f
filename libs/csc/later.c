/*
 * Cells that are put off
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "later.h"

static void free_arrival(struct csc_arrival *arrival)
{
    csc_node_release(arrival->dir);
    free(arrival->key);
    free(arrival->name);
    free(arrival);
}

/* Room for one more. */
static csc_status grow(void **list, size_t count, size_t *capacity, size_t size)
{
    size_t more = *capacity ? *capacity * 2 : 16;
    void *larger;

    if (count < *capacity) return CSC_OK;
    if (!(larger = realloc(*list, more * size))) return CSC_E_OUT_OF_MEMORY;
    *list = larger;
    *capacity = more;
    return CSC_OK;
}

csc_status csc_later_arrive(struct csc_later *later, struct csc_scan *scan, const struct csc_cell *cell,
                            const struct csc_item *from)
{
    const struct csc_seen *local = cell->side[CSC_LOCAL];
    struct csc_arrival *arrival;
    void *list = later->movers;
    csc_status status;

    status = grow(&list, later->mover_count, &later->mover_capacity, sizeof(*later->movers));
    later->movers = list;
    if (csc_failed(status)) return status;
    if (!(arrival = calloc(1, sizeof(*arrival)))) return CSC_E_OUT_OF_MEMORY;
    arrival->dir = scan->node;
    csc_node_addref(scan->node);
    arrival->mover.from = from->id;
    arrival->mover.over = cell->item ? cell->item->id : 0;
    arrival->is_dir = local->stat.type == CSC_TYPE_DIRECTORY;
    arrival->family = from->parent;
    arrival->stat = local->stat;
    arrival->taken = cell->item || cell->side[CSC_ORIGIN];
    arrival->key = strdup(cell->key);
    arrival->name = strdup(local->name);
    if (!arrival->key || !arrival->name)
    {
        free_arrival(arrival);
        return CSC_E_OUT_OF_MEMORY;
    }
    later->movers[later->mover_count++] = &arrival->mover;
    later->pending++;
    if (arrival->mover.over) later->over_count++;
    return CSC_OK;
}

csc_status csc_later_depart(struct csc_later *later, struct csc_scan *scan, const struct csc_cell *cell)
{
    const struct csc_seen *origin = cell->side[CSC_ORIGIN];
    struct csc_departure *departure;
    void *list = later->departures;
    csc_status status;

    status = grow(&list, later->departure_count, &later->departure_capacity, sizeof(*later->departures));
    later->departures = list;
    if (csc_failed(status)) return status;
    departure = &later->departures[later->departure_count];
    memset(departure, 0, sizeof(*departure));
    departure->key = strdup(cell->key);
    if (origin)
    {
        departure->origin_name = strdup(origin->name);
        departure->origin = origin->stat;
    }
    if (!departure->key || (origin && !departure->origin_name))
    {
        free(departure->key);
        free(departure->origin_name);
        return CSC_E_OUT_OF_MEMORY;
    }
    departure->dir = scan->node;
    csc_node_addref(scan->node);
    departure->item = cell->item->id;
    departure->believed = scan->believed;
    later->departure_count++;
    return CSC_OK;
}

/* In a circle nobody can move without making room first: all of them are left to be compared where they are. */
static void choose_all(struct csc_later *later)
{
    size_t i;

    for (i = 0; i < later->mover_count; i++) later->movers[i]->ready = !later->movers[i]->done;
}

void csc_later_choose(struct csc_later *later)
{
    const struct csc_arrival *first = NULL;
    size_t i;

    if (!csc_rename_ready(later->movers, later->mover_count))
    {
        choose_all(later);
        return;
    }
    for (i = 0; i < later->mover_count && !first; i++)
        if (later->movers[i]->ready && csc_later_arrival(later, i)->is_dir) first = csc_later_arrival(later, i);
    if (!first) return;
    for (i = 0; i < later->mover_count; i++)
    {
        const struct csc_arrival *arrival = csc_later_arrival(later, i);

        if (!arrival->is_dir || arrival->family != first->family) later->movers[i]->ready = 0;
    }
}

int csc_later_is_over(const struct csc_later *later, int64_t item)
{
    size_t i;

    for (i = 0; later->over_count && i < later->mover_count; i++)
        if (later->movers[i]->over == item) return 1;
    return 0;
}

void csc_later_clear(struct csc_later *later)
{
    size_t i;

    for (i = 0; i < later->mover_count; i++) free_arrival(csc_later_arrival(later, i));
    free(later->movers);
    for (i = 0; i < later->departure_count; i++)
    {
        csc_node_release(later->departures[i].dir);
        free(later->departures[i].key);
        free(later->departures[i].origin_name);
    }
    free(later->departures);
    memset(later, 0, sizeof(*later));
}
