/*
 * Filters of a find or an enumeration
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_FILTER_H
#define CSC_FILTER_H

#include "cscwire.h"
#include "pattern.h"
#include "status.h"

struct csc_filter
{
    uint64_t flags, mask;             /* mask: without what is reserved */
    uint64_t time;
    uint32_t conditions, time_type, compare;
    struct csc_pattern pattern;
};

/* Four filters made ready, by enum csc_filter_position. */
struct csc_filters
{
    struct csc_filter at[CSC_FILTER_COUNT];
};

/* Checks what a client sent and makes it ready.  CSC_E_INVALID_ARG: conditions, flags (Q78), kind of time or
 * comparison that do not exist, a pattern without an end (Q81), or one in another place than INCLUDE_FILE (Q80).
 * [behaviour.md §2.9, §3.16] */
csc_status csc_filters_make(const struct csc_wire_filters *wire, struct csc_filters *filters);

/* Whether an item passes: the inclusion filter of its kind matches and the exclusion filter does not.  Servers, shares
 * and directories are judged by the filters for directories (Q77), each item by itself (Q75); all conditions of a
 * filter must hold, one without conditions has no say (Q74).  Times are those of the cached copy, without one those of
 * the last agreement; an item without either matches no condition on times (Q83).  Without the time of day UTC days
 * are compared (Q82).  Pure.  [behaviour.md §1.6] */
int csc_filters_pass(const struct csc_filters *filters, const struct csc_wire_item *item);

#endif
