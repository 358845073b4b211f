/*
 * Counters of what work costs
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Calls of the system and statements of the database, since the process began, of all engines in it.  Unlike times they are
 * the same on each machine, so that tests can hold them against fixed limits (tests/engine/test_counters.c).
 */

#ifndef CSC_COUNTERS_H
#define CSC_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

enum csc_counter
{
    /* system calls of the POSIX layer; not those of the session (open files, wineservers) and of mount tables */
    CSC_COUNT_OPEN,
    CSC_COUNT_CLOSE,
    CSC_COUNT_STAT,
    CSC_COUNT_LIST,              /* getdents64 */
    CSC_COUNT_READ,
    CSC_COUNT_WRITE,
    CSC_COUNT_COPY,              /* copy_file_range */
    CSC_COUNT_RENAME,            /* and links */
    CSC_COUNT_REMOVE,
    CSC_COUNT_MAKE_DIR,
    CSC_COUNT_SET,               /* sizes, times, modes, extended attributes */
    CSC_COUNT_GET,               /* extended attributes */
    CSC_COUNT_SEEK,
    CSC_COUNT_FLUSH,             /* fsync, syncfs */
    CSC_COUNT_SYSTEM_CALLS,      /* how many of those before */

    CSC_COUNT_ORIGIN = CSC_COUNT_SYSTEM_CALLS,   /* calls of csc_fs on origins: each takes the latency of a server */
    CSC_COUNT_STATEMENTS,        /* of the store, with BEGIN and COMMIT */
    CSC_COUNT_COMMITS,
    CSC_COUNT_DURABLE,           /* commits that waited for the disk */
    CSC_COUNTERS
};

struct csc_counter_cell
{
    _Alignas(64) atomic_uint_fast64_t value;     /* threads that count different things do not meet */
};

extern struct csc_counter_cell csc_counter_cells[CSC_COUNTERS];

static inline void csc_count(enum csc_counter counter)
{
    atomic_fetch_add_explicit(&csc_counter_cells[counter].value, 1, memory_order_relaxed);
}

/* What was counted up to now. */
void csc_counters_read(uint64_t counters[CSC_COUNTERS]);
/* All system calls of a reading. */
uint64_t csc_counters_system_calls(const uint64_t counters[CSC_COUNTERS]);
/* In words, for messages. */
const char *csc_counter_name(enum csc_counter counter);

#endif
