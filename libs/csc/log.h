/*
 * The record of what was done: its lines
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_LOG_H
#define CSC_LOG_H

#include "engine.h"

/* The outcome for one item.  operation NULL: only a failure is worth a line.  Cancelled ones get none. */
void csc_log_item(struct csc_engine *engine, const char *operation, const char *path, csc_status status);
/* The end of an operation; none for one of the engine's own that had nothing to do. */
void csc_log_operation(struct csc_op *op, csc_status status);
/* Something that concerns a share as a whole.  reason: plain words, or NULL. */
void csc_log_scope(struct csc_scope *scope, const char *operation, csc_status status, const char *reason);

#endif
