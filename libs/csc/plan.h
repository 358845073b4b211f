/*
 * What the planner of each kind of operation does
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_PLAN_H
#define CSC_PLAN_H

#include "op.h"

/* Runs the operation; a failure ends it, what failed for single items is in its counters. */
csc_status csc_plan(struct csc_op *op);

#endif
