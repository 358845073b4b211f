/*
 * What was seen of an item when it was decided about
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_SIGHT_H
#define CSC_SIGHT_H

#include "store.h"
#include "cscwire.h"

/* Fills in a record for the client; status and operation are left 0, they are not known yet.
 *  item            the row; NULL: there is none
 *  local, origin   NULL: that side was not looked at; type NONE: nothing is there
 * What differs between the two sides [behaviour.md §3.13] is told when both are there.  Each volume has its own change
 * times, and may keep times and attributes less exactly than the other: where an agreement is known, a side whose
 * value is still the one that was agreed on does not differ for that. */
void csc_sight_take(struct csc_wire_error *sight, const struct csc_item *item, const struct csc_stat *local,
                    const struct csc_stat *origin);

#endif
