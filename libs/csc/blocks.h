/*
 * The blocks of a large file, each with its hash: what tells which parts of it changed
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_BLOCKS_H
#define CSC_BLOCKS_H

#include "engine.h"

#define CSC_BLOCK_HASH 16        /* bytes of BLAKE2b; nothing but zeros stands for a block of zeros */

struct csc_blocks
{
    uint64_t size;               /* of the file */
    uint32_t block;              /* size of a block; the last one may be shorter */
    unsigned char *hashes;       /* of all blocks in turn, malloc */
};

void csc_blocks_free(struct csc_blocks *blocks);
/* How many blocks a file of this size has. */
size_t csc_block_count(uint64_t size, uint32_t block);
/* The size of the blocks of a file: their list stays small. */
uint32_t csc_block_size(uint64_t file_size);

/* Reads a file block by block. */
struct csc_block_reader
{
    struct csc_fs *fs;
    struct csc_file *file;
    uint64_t size;               /* of the file, as far as it is read */
    uint32_t block;
    uint64_t offset;             /* of the next block */
    uint64_t data, data_end;     /* see csc_fs.find_data */
    unsigned char *buffer;       /* the block that was read, when it is not zero */
    size_t length;               /* its length */
    int zero;                    /* it is a hole, or holds zeros only */
    unsigned char hash[CSC_BLOCK_HASH];
};

csc_status csc_block_reader_init(struct csc_block_reader *reader, struct csc_fs *fs, struct csc_file *file, uint64_t size,
                                 uint32_t block);
void csc_block_reader_clear(struct csc_block_reader *reader);
/* CSC_FALSE: at the end.  CSC_E_SHARING: the file became shorter. */
csc_status csc_block_next(struct csc_block_reader *reader);

/* The list of a whole file; stop is asked before each block.  CSC_E_SHARING: the file became shorter; CSC_E_CANCELLED: stop
 * said so.  blocks is empty when it fails. */
csc_status csc_blocks_read(struct csc_fs *fs, struct csc_file *file, uint64_t size, int (*stop)(void *context), void *context,
                           struct csc_blocks *blocks);
/* 1: two lists of the same content. */
int csc_blocks_equal(const struct csc_blocks *a, const struct csc_blocks *b);

/* Monitor: has the blocks of files read that have no list yet, while nobody needs the workers. */
void csc_blocks_tick(struct csc_scope *scope);

/* -- store_blocks.c -- */
/* The list of the content that item->local records.  CSC_E_NOT_FOUND: there is none. */
csc_status csc_store_blocks_get(struct csc_store *store, const struct csc_item *item, struct csc_blocks *blocks);
/* item: the row that the list is for; it may be written later.  Nothing happens when there is no such row. */
csc_status csc_store_blocks_put(struct csc_store *store, const struct csc_item *item, const struct csc_blocks *blocks);
/* The first large file of a scope, by id, after the given one, whose content has no list.  CSC_E_NOT_FOUND. */
csc_status csc_store_blocks_wanted(struct csc_store *store, int64_t scope, int64_t after, struct csc_item *item);

#endif
