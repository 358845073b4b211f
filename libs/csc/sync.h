/*
 * Plans: synchronization, pins, deletions
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_SYNC_H
#define CSC_SYNC_H

#include "item.h"
#include "visit.h"

/* One path below a scope that the operation owns.  A failure ends the operation, except: CSC_E_NOT_FOUND, the
 * path is not in the cache, and CSC_E_BAD_NETPATH. */
csc_status csc_sync_path(struct csc_op *op, struct csc_scope *scope, const struct csc_path *path);
csc_status csc_pin_path(struct csc_op *op, struct csc_scope *scope, const struct csc_path *path);
/* What a shell link leads to: a file only (CSC_E_DIRECTORY), for these reasons; a failure ends nothing. */
csc_status csc_pin_target(struct csc_op *op, struct csc_scope *scope, const struct csc_path *path, uint32_t reasons);
csc_status csc_unpin_path(struct csc_op *op, struct csc_scope *scope, const struct csc_path *path);
csc_status csc_delete_path(struct csc_op *op, struct csc_scope *scope, const struct csc_path *path);

/* Works in flight, scans and everything else of the operation that runs: waits until there is none. */
void csc_op_settle_down(struct csc_op *op);

/* pins.c: pure */
/* CSC_PIN_* of OFFLINEFILES_PIN_CONTROL_FLAG_FOR* or the same bits of synchronization flags. */
uint32_t csc_pin_reasons(uint32_t flags);
/* Bits that a new row in a directory with these pins gets; 0: it is not cached by itself. */
uint32_t csc_pin_inherited(uint32_t pin, uint32_t sync_flags);

/* litter.c: quiet work on a temporary file that a crash left on the origin. */
csc_status csc_litter_submit(struct csc_scan *scan, const char *name);

#endif
