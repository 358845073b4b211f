/*
 * Synchronization in the background
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_BACKGROUND_H
#define CSC_BACKGROUND_H

#include "op.h"

/* A scope is about to be listed: counting begins with what the store knows. */
void csc_background_init(struct csc_scope *scope);
/* Monitor: starts a synchronization when it is due. */
void csc_background_tick(struct csc_scope *scope);
/* An operation is over, nothing of it runs any more: what that means for the next one. */
void csc_background_ended(struct csc_op *op);

/* -- monitor.c -- */
/* Starts an operation of the engine's own over the share; automatic: CSC_AUTO_*.  A failure is traced, too. */
csc_status csc_scope_run_op(struct csc_scope *scope, enum csc_op_kind kind, uint32_t flags, enum csc_automatic automatic);

#endif
