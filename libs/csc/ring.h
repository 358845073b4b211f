/*
 * A bounded queue of records
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Records begin with their size in bytes (uint32_t), a multiple of 8.  What does not fit is refused, and memory is
 * taken only as it is needed.  Not locked.
 */

#ifndef CSC_RING_H
#define CSC_RING_H

#include "buffer.h"

struct csc_ring
{
    unsigned char *data;
    size_t limit;             /* bytes that it may hold */
    size_t capacity, start, used;
};

void csc_ring_init(struct csc_ring *ring, size_t limit);
void csc_ring_free(struct csc_ring *ring);
/* 0: there is no room (or no memory) and the queue is as it was. */
int csc_ring_put(struct csc_ring *ring, const void *record);
/* Moves the oldest records, at most count of them, behind what is in the buffer.  CSC_E_OUT_OF_MEMORY: those that
 * were moved before are in the buffer, the others stay. */
csc_status csc_ring_take(struct csc_ring *ring, size_t count, struct csc_buffer *buffer);

#endif
