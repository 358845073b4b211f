/*
 * Room in the cache
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Who brings content into the cache reserves the bytes that come in addition before, and returns the reservation when
 * the row is written.  Reservations keep several workers from filling the same gap.
 */

#ifndef CSC_ROOM_H
#define CSC_ROOM_H

#include "engine.h"

/* Reads what an administrator set. */
csc_status csc_room_init(struct csc_engine *engine);

/* Reserves bytes.  CSC_E_DISK_FULL: that would exceed the limit of the cache; a smaller wish may still be met. */
csc_status csc_room_take(struct csc_engine *engine, uint64_t bytes);
/* Ends a reservation that was not needed. */
void csc_room_return(struct csc_engine *engine, uint64_t bytes);
/* Writes the row of content that is in the cache now, and ends its reservation.  Who adds up the rows meanwhile may count it
 * twice, and nobody is refused room for that. */
csc_status csc_room_store(struct csc_engine *engine, struct csc_item *item, uint64_t bytes);

/* Who asked for room gives up: the next look at the limits makes that much. */
void csc_room_refuse(struct csc_engine *engine, uint64_t bytes);
/* The most that was refused since the last call. */
uint64_t csc_room_refused(struct csc_engine *engine);
/* The next reservation adds the rows up anew. */
void csc_room_forget_sum(struct csc_engine *engine);
/* What the store holds, and the limits as they are now. */
csc_status csc_room_look(struct csc_engine *engine, uint64_t *volume, struct csc_usage *usage, struct csc_quota *quota);

#endif
