/*
 * A bounded queue of records
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ring.h"

#define FIRST_CAPACITY 4096

void csc_ring_init(struct csc_ring *ring, size_t limit)
{
    memset(ring, 0, sizeof(*ring));
    ring->limit = limit;
}

void csc_ring_free(struct csc_ring *ring)
{
    free(ring->data);
    csc_ring_init(ring, ring->limit);
}

static void copy_out(const struct csc_ring *ring, void *to, size_t size)
{
    size_t first = ring->capacity - ring->start;

    if (first > size) first = size;
    memcpy(to, ring->data + ring->start, first);
    memcpy((unsigned char *)to + first, ring->data, size - first);
}

static void copy_in(struct csc_ring *ring, const void *from, size_t size)
{
    size_t end = (ring->start + ring->used) % ring->capacity, first = ring->capacity - end;

    if (first > size) first = size;
    memcpy(ring->data + end, from, first);
    memcpy(ring->data, (const unsigned char *)from + first, size - first);
    ring->used += size;
}

/* Makes room for size more bytes. */
static int grow(struct csc_ring *ring, size_t size)
{
    size_t capacity = ring->capacity ? ring->capacity : FIRST_CAPACITY;
    unsigned char *data;

    if (size > ring->limit || ring->used > ring->limit - size) return 0;
    if (ring->used + size <= ring->capacity) return 1;
    while (capacity < ring->used + size) capacity *= 2;
    if (capacity > ring->limit) capacity = ring->limit;
    if (!(data = malloc(capacity))) return 0;
    if (ring->used) copy_out(ring, data, ring->used);
    free(ring->data);
    ring->data = data;
    ring->capacity = capacity;
    ring->start = 0;
    return 1;
}

int csc_ring_put(struct csc_ring *ring, const void *record)
{
    uint32_t size;

    memcpy(&size, record, sizeof(size));
    if (!grow(ring, size)) return 0;
    copy_in(ring, record, size);
    return 1;
}

csc_status csc_ring_take(struct csc_ring *ring, size_t count, struct csc_buffer *buffer)
{
    uint32_t size;
    void *place;

    while (ring->used && count--)
    {
        copy_out(ring, &size, sizeof(size));
        if (!(place = csc_buffer_add(buffer, size))) return CSC_E_OUT_OF_MEMORY;
        copy_out(ring, place, size);
        ring->start = (ring->start + size) % ring->capacity;
        ring->used -= size;
    }
    if (!ring->used) csc_ring_free(ring);
    return CSC_OK;
}
