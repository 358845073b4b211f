/*
 * The blocks of large files
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Copying is left to the system, which shows us no bytes.  So the list of a file's blocks is made afterwards,
 * from the copy in the cache while that is still what was agreed on with the origin.  A file that is changed before its
 * turn came is sent as a whole, once.
 */

#include <stdlib.h>
#include <string.h>

#include "blake2b.h"
#include "blocks.h"
#include "decide.h"
#include "scope.h"

#define LEAST_BLOCK (64u * 1024)
#define MOST_BLOCK  (1024u * 1024)
#define WANTED_COUNT 65536       /* blocks of a list, as long as they are not of the greatest size */

void csc_blocks_free(struct csc_blocks *blocks)
{
    free(blocks->hashes);
    memset(blocks, 0, sizeof(*blocks));
}

size_t csc_block_count(uint64_t size, uint32_t block)
{
    return (size_t)(size / block + (size % block != 0));
}

uint32_t csc_block_size(uint64_t file_size)
{
    uint32_t block = LEAST_BLOCK;

    while (block < MOST_BLOCK && csc_block_count(file_size, block) > WANTED_COUNT) block *= 2;
    return block;
}

/* -- reading -- */

csc_status csc_block_reader_init(struct csc_block_reader *reader, struct csc_fs *fs, struct csc_file *file, uint64_t size,
                                 uint32_t block)
{
    memset(reader, 0, sizeof(*reader));
    reader->fs = fs;
    reader->file = file;
    reader->size = size;
    reader->block = block;
    return (reader->buffer = malloc(block)) ? CSC_OK : CSC_E_OUT_OF_MEMORY;
}

void csc_block_reader_clear(struct csc_block_reader *reader)
{
    free(reader->buffer);
    reader->buffer = NULL;
}

static int is_zero(const unsigned char *data, size_t size)
{
    return !data[0] && (size == 1 || !memcmp(data, data + 1, size - 1));
}

csc_status csc_block_next(struct csc_block_reader *reader)
{
    csc_status status;
    size_t got;

    if (reader->offset >= reader->size) return CSC_FALSE;
    reader->length = reader->size - reader->offset < reader->block ? (size_t)(reader->size - reader->offset)
                                                                   : reader->block;
    if (reader->offset >= reader->data_end)
    {
        status = reader->fs->find_data(reader->fs, reader->file, reader->offset, &reader->data, &reader->data_end);
        if (csc_failed(status)) return status;
    }
    reader->zero = reader->data >= reader->offset + reader->length;
    if (!reader->zero)
    {
        status = reader->fs->read(reader->fs, reader->file, reader->offset, reader->buffer, reader->length, &got);
        if (csc_failed(status)) return status;
        if (got != reader->length) return CSC_E_SHARING;
        reader->zero = is_zero(reader->buffer, reader->length);
    }
    reader->offset += reader->length;
    if (reader->zero) memset(reader->hash, 0, sizeof(reader->hash));
    else csc_blake2b(reader->buffer, reader->length, reader->hash, sizeof(reader->hash));
    return CSC_OK;
}

csc_status csc_blocks_read(struct csc_fs *fs, struct csc_file *file, uint64_t size, int (*stop)(void *context), void *context,
                           struct csc_blocks *blocks)
{
    struct csc_block_reader reader;
    csc_status status;
    size_t at = 0;

    blocks->size = size;
    blocks->block = csc_block_size(size);
    if (!(blocks->hashes = malloc(csc_block_count(size, blocks->block) * CSC_BLOCK_HASH + 1))) return CSC_E_OUT_OF_MEMORY;
    status = csc_block_reader_init(&reader, fs, file, size, blocks->block);
    while (!csc_failed(status))
    {
        if (stop(context)) status = CSC_E_CANCELLED;
        else if ((status = csc_block_next(&reader)) == CSC_FALSE) break;
        else if (!csc_failed(status)) memcpy(blocks->hashes + at++ * CSC_BLOCK_HASH, reader.hash, CSC_BLOCK_HASH);
    }
    csc_block_reader_clear(&reader);
    if (!csc_failed(status)) return CSC_OK;
    csc_blocks_free(blocks);
    return status;
}

int csc_blocks_equal(const struct csc_blocks *a, const struct csc_blocks *b)
{
    return a->size == b->size && a->block == b->block &&
           !memcmp(a->hashes, b->hashes, csc_block_count(a->size, a->block) * CSC_BLOCK_HASH);
}

/* -- making lists in the background -- */

struct block_task
{
    struct csc_task task;
    struct csc_scope *scope;         /* with a reference */
};

/* Others need the worker, or the share goes away. */
static int must_stop(void *context)
{
    struct csc_scope *scope = context;
    struct csc_engine *engine = scope->engine;
    int stop;

    pthread_mutex_lock(&engine->lock);
    stop = scope->owner || scope->removed || !scope->listed || engine->closing;
    pthread_mutex_unlock(&engine->lock);
    return stop;
}

/* Whether a stat is, for certain, that of the content that was agreed on. */
static int is_agreed(const struct csc_engine *engine, const struct csc_item *item, const struct csc_stat *stat)
{
    return csc_compare_side(&item->local, item->type, stat, engine->granularity, engine->trusted_ctime) == CSC_SAME;
}

static csc_status list_blocks(struct csc_scope *scope, struct csc_file *file, const struct csc_item *item)
{
    struct csc_engine *engine = scope->engine;
    struct csc_fs *fs = engine->fs;
    struct csc_blocks blocks = { 0 };
    struct csc_stat stat;
    csc_status status;

    if (csc_failed(status = fs->stat_file(fs, file, &stat))) return status;
    if (!is_agreed(engine, item, &stat)) return CSC_E_CHANGED;
    status = csc_blocks_read(fs, file, item->local.size, must_stop, scope, &blocks);
    if (!csc_failed(status)) status = fs->stat_file(fs, file, &stat);
    if (!csc_failed(status) && !is_agreed(engine, item, &stat)) status = CSC_E_CHANGED;
    if (!csc_failed(status)) status = csc_store_blocks_put(engine->store, item, &blocks);
    csc_blocks_free(&blocks);
    return status;
}

static csc_status list_item(struct csc_scope *scope, const struct csc_item *item)
{
    struct csc_fs *fs = scope->engine->fs;
    struct csc_file *file;
    struct csc_dir *dir;
    csc_status status;

    if (csc_failed(status = csc_open_container(scope, item, &dir))) return status;
    status = fs->open_file(fs, dir, item->name, &file);
    fs->close_dir(fs, dir);
    if (csc_failed(status)) return status;
    status = list_blocks(scope, file, item);
    fs->close_file(fs, file);
    return status;
}

static void run_blocks(struct csc_task *task)
{
    struct csc_scope *scope = ((struct block_task *)task)->scope;
    struct csc_engine *engine = scope->engine;
    struct csc_item item;
    csc_status status = CSC_OK;
    int64_t after = 0;

    while (status != CSC_E_CANCELLED && !csc_failed(csc_store_blocks_wanted(engine->store, scope->row.id, after, &item)))
    {
        after = item.id;
        status = must_stop(scope) ? CSC_E_CANCELLED : list_item(scope, &item);
        csc_item_clear(&item);
    }
    pthread_mutex_lock(&engine->lock);
    scope->listing_blocks = 0;
    if (status == CSC_E_CANCELLED) scope->blocks_wanted = 1;     /* else: what cannot be read now waits for an operation */
    pthread_mutex_unlock(&engine->lock);
    csc_scope_release(scope);
    free(task);
}

void csc_blocks_tick(struct csc_scope *scope)
{
    struct csc_engine *engine = scope->engine;
    struct block_task *task;

    pthread_mutex_lock(&engine->lock);
    if (scope->blocks_wanted && !scope->listing_blocks && !scope->owner && scope->pool &&
        (task = calloc(1, sizeof(*task))))
    {
        task->task.run = run_blocks;
        task->scope = scope;
        csc_scope_addref(scope);
        scope->blocks_wanted = 0;
        scope->listing_blocks = 1;
        csc_pool_submit(scope->pool, &task->task);
    }
    pthread_mutex_unlock(&engine->lock);
}
