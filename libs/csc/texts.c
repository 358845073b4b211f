/*
 * Many short texts that go together
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "texts.h"

/* of a block: few texts must not take much, many must not take many blocks */
#define FIRST_SIZE   512
#define LARGEST_SIZE 65536

/* below it nobody notices; above it a trim, some milliseconds, is little beside the work that there was */
#define MUCH (4 << 20)

struct csc_texts_block
{
    struct csc_texts_block *before;
    size_t used, size;
    char data[];
};

char *csc_texts_add(struct csc_texts *texts, const char *text)
{
    struct csc_texts_block *block = texts->last;
    size_t length = strlen(text) + 1, size;
    char *copy;

    if (!block || block->size - block->used < length)
    {
        size = block ? block->size * 2 : FIRST_SIZE;
        if (size > LARGEST_SIZE) size = LARGEST_SIZE;
        if (size < length) size = length;
        if (!(block = malloc(sizeof(*block) + size))) return NULL;
        block->before = texts->last;
        block->used = 0;
        block->size = size;
        texts->last = block;
    }
    copy = memcpy(block->data + block->used, text, length);
    block->used += length;
    return copy;
}

void csc_texts_free(struct csc_texts *texts)
{
    struct csc_texts_block *block, *before;

    for (block = texts->last; block; block = before)
    {
        before = block->before;
        free(block);
    }
    texts->last = NULL;
}

void csc_memory_freed(size_t bytes)
{
#ifdef __GLIBC__
    if (bytes >= MUCH) malloc_trim(0);
#else
    (void)bytes;
#endif
}
