/*
 * Eviction: content that nobody pinned makes room
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_EVICT_H
#define CSC_EVICT_H

#include "engine.h"

/* Removes automatically cached content, least recently used first, until wanted bytes are free; *freed: how many
 * became so.  held: a scope that the caller keeps everybody else out of (see csc_op_hold); other scopes are passed
 * over while an operation works in them.  Cache and store only. */
csc_status csc_evict(struct csc_engine *engine, struct csc_scope *held, uint64_t wanted, uint64_t *freed);

/* Monitor: from time to time, or when it is wanted, notes what is in use and evicts what is over the limits. */
void csc_evict_tick(struct csc_engine *engine, int64_t now);

/* Planner: reserves room for a download into a scope that the operation owns, evicting for it.  CSC_E_DISK_FULL. */
csc_status csc_op_take_room(struct csc_op *op, struct csc_scope *scope, uint64_t bytes);

#endif
