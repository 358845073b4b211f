/*
 * Many short texts that go together
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The names of a large directory would each take twice their size or more as blocks of their own.
 */

#ifndef CSC_TEXTS_H
#define CSC_TEXTS_H

#include <stddef.h>

struct csc_texts
{
    struct csc_texts_block *last; /* NULL: empty; all zero is a fine beginning */
};

/* A copy that lives as long as the texts; NULL: out of memory. */
char *csc_texts_add(struct csc_texts *texts, const char *text);
void csc_texts_free(struct csc_texts *texts);

/* To be told what was just freed at once, bytes: when that is much, the system gets back what the allocator keeps. */
void csc_memory_freed(size_t bytes);

#endif
