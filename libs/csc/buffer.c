/*
 * A growing byte buffer
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdint.h>
#include <stdlib.h>

#include "buffer.h"

#define FIRST_CAPACITY 4096

void *csc_buffer_add(struct csc_buffer *buffer, size_t size)
{
    unsigned char *place;

    if (size > SIZE_MAX / 2 - buffer->size) return NULL;
    if (buffer->size + size > buffer->capacity)
    {
        size_t capacity = buffer->capacity ? buffer->capacity : FIRST_CAPACITY;
        unsigned char *data;

        while (capacity < buffer->size + size) capacity *= 2;
        if (!(data = realloc(buffer->data, capacity))) return NULL;
        buffer->data = data;
        buffer->capacity = capacity;
    }
    /* a first call with size 0 gets a place, too: NULL always means out of memory */
    if (!buffer->data)
    {
        if (!(buffer->data = malloc(FIRST_CAPACITY))) return NULL;
        buffer->capacity = FIRST_CAPACITY;
    }
    place = buffer->data + buffer->size;
    buffer->size += size;
    return place;
}

void csc_buffer_free(struct csc_buffer *buffer)
{
    free(buffer->data);
    buffer->data = NULL;
    buffer->size = buffer->capacity = 0;
}
