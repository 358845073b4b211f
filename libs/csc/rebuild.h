/*
 * A database that is damaged or gone
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_REBUILD_H
#define CSC_REBUILD_H

#include "engine.h"

/* Opens engine->store.  A database that is damaged, or empty although there were shares, is kept aside as
 * "csc.db.corrupt-<time>", and a new one with the shares of the second record is opened; the items follow with
 * csc_rebuild_finish.  Errors of csc_store_open but CSC_E_CORRUPT. */
csc_status csc_rebuild_open_store(struct csc_engine *engine);
/* Ends a rebuild, if one was begun: rows for all that is in the trees.  The scopes are listed, nothing else runs
 * yet, and what a crash left in the temporary directory is still there. */
csc_status csc_rebuild_finish(struct csc_engine *engine);
/* Lets a rebuild go that could not be ended; the next start begins again. */
void csc_rebuild_free(struct csc_engine *engine);
/* Notes that the database is damaged: the next start makes it anew. */
csc_status csc_rebuild_mark(struct csc_engine *engine);
/* Monitor: the same for a damage that was found while running. */
void csc_rebuild_tick(struct csc_engine *engine);

#endif
