/*
 * A growing byte buffer
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_BUFFER_H
#define CSC_BUFFER_H

#include <stddef.h>
#include "status.h"

struct csc_buffer
{
    unsigned char *data;      /* malloc, aligned to 8 */
    size_t size, capacity;
};

/* Room for size more bytes, counted in at once; NULL when out of memory (the buffer stays as it was). */
void *csc_buffer_add(struct csc_buffer *buffer, size_t size);
void csc_buffer_free(struct csc_buffer *buffer);

#endif
