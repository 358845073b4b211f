/*
 * The watch over origin calls: what pool.c, guard.c and op.c share beyond engine.h
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_WATCH_H
#define CSC_WATCH_H

#include "engine.h"
#include "width.h"

/* The watch of the calling thread, NULL when it registered none. */
struct csc_watch *csc_watch_current(void);

/* The thread goes into an origin call at the monotonic time now, which may take extra ns longer than
 * the watch's timeout.  0: it was abandoned and must not. */
int csc_watch_enter(struct csc_watch *watch, int64_t now, int64_t extra);
/* The call is alive: its time starts again.  0: abandoned. */
int csc_watch_progress(struct csc_watch *watch, int64_t now);
/* The call returned.  0: too late, the thread was abandoned meanwhile. */
int csc_watch_leave(struct csc_watch *watch);

/* 1: the calling thread was abandoned, and hung() of its watch has returned.  To be asked before a
 * task that made origin calls finishes: when abandoned, hung() has finished it already. */
int csc_watch_lost(struct csc_engine *engine);

/* Abandons a thread wherever it is, if it is still registered, without calling hung(): its next origin call is refused. */
void csc_watch_give_up(struct csc_engine *engine, struct csc_watch *watch);

/* Closing the engine: waits until no thread has a watch but those that are abandoned. */
void csc_watch_drain(struct csc_engine *engine);

#endif
