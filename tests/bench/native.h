/*
 * csc-bench: what its files share
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_BENCH_NATIVE_H
#define CSC_BENCH_NATIVE_H

#include "csc.h"

#define BENCH_SHARE "\\\\bench\\share"
/* files in one directory */
#define BENCH_FILES 1000

/* Fills the share, which is mapped and empty, with rows of items files in directories of BENCH_FILES.  tree: the files
 * stand in the cache, too (empty); otherwise they are known, but without content.  \\bench\share\d00012\f00012345.dat */
csc_status bench_make_store(struct csc_engine *engine, unsigned long items, int tree);
/* The path of the n-th file; size: of path. */
void bench_path(unsigned long n, char *path, size_t size);

#endif
