/*
 * A cache that the engine made once, to begin with
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_TESTS_READY_H
#define CSC_TESTS_READY_H

#include "sim.h"

/* Lets an engine make its cache in a simulation of its own; without this ready_copy does nothing.  No other simulation is
 * active.  path: the folder of the cache. */
void ready_make(const char *path);
/* Puts what that engine left at path, durable.  An engine that opens there finds an empty cache of an earlier run. */
void ready_copy(struct sim *sim, const char *path);

#endif
