/*
 * Counters of what work costs
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "counters.h"

struct csc_counter_cell csc_counter_cells[CSC_COUNTERS];

void csc_counters_read(uint64_t counters[CSC_COUNTERS])
{
    int i;

    for (i = 0; i < CSC_COUNTERS; i++)
        counters[i] = atomic_load_explicit(&csc_counter_cells[i].value, memory_order_relaxed);
}

uint64_t csc_counters_system_calls(const uint64_t counters[CSC_COUNTERS])
{
    uint64_t sum = 0;
    int i;

    for (i = 0; i < CSC_COUNT_SYSTEM_CALLS; i++) sum += counters[i];
    return sum;
}

const char *csc_counter_name(enum csc_counter counter)
{
    static const char *const names[CSC_COUNTERS] =
    {
        [CSC_COUNT_OPEN] = "open", [CSC_COUNT_CLOSE] = "close", [CSC_COUNT_STAT] = "stat", [CSC_COUNT_LIST] = "list",
        [CSC_COUNT_READ] = "read", [CSC_COUNT_WRITE] = "write", [CSC_COUNT_COPY] = "copy",
        [CSC_COUNT_RENAME] = "rename", [CSC_COUNT_REMOVE] = "remove", [CSC_COUNT_MAKE_DIR] = "make directory",
        [CSC_COUNT_SET] = "set", [CSC_COUNT_GET] = "get", [CSC_COUNT_SEEK] = "seek", [CSC_COUNT_FLUSH] = "flush",
        [CSC_COUNT_ORIGIN] = "calls on origins", [CSC_COUNT_STATEMENTS] = "statements",
        [CSC_COUNT_COMMITS] = "commits", [CSC_COUNT_DURABLE] = "durable commits"
    };

    return (unsigned)counter < CSC_COUNTERS ? names[counter] : "?";
}
